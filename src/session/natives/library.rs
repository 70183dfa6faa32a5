//! What every session of a profile begins with, as an image that all of them share.

use super::yielding;
use crate::stdlib::{self, Profile};
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::pristine::Image;
use crate::vm::machine::Lua;
use crate::vm::state::context::Context;
use std::sync::LazyLock;

#[cfg(test)]
mod tests;

static STRICT: LazyLock<Option<Image>> = LazyLock::new(|| take(Profile::Strict));

/// Returns the image of a profile, made the first time. Profiles whose tables hold files or
/// are made from the environment have none.
pub(in crate::session) fn image(profile: Profile) -> Option<&'static Image> {
    #[cfg(test)]
    if tests::WITHOUT_IMAGE.get() {
        return None;
    }
    match profile {
        Profile::Strict => STRICT.as_ref(),
        Profile::Compat | Profile::Full => None,
    }
}

/// Makes the library of a profile, all of it.
///
/// # Errors
/// When memory is refused.
pub(in crate::session) fn open<'gc>(
    ctx: Context<'gc>,
    profile: Profile,
) -> Result<(), Interrupt<'gc>> {
    stdlib::open(ctx, profile)?;
    yielding::register(ctx, profile)
}

fn take(profile: Profile) -> Option<Image> {
    let mut lua = Lua::new(0, usize::MAX / 2);
    lua.enter(|ctx| {
        ctx.state.fuel.give(u64::MAX / 4);
        open(ctx, profile).ok()?;
        ctx.image()
    })
}
