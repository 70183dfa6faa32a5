//! Objects of Rust's that calls have left on stacks, and that cannot be saved.
//!
//! No script can reach one, but until it is collected it takes memory, and what it lies beside
//! is to be saved. So of such an object is written how much it takes.

use super::fault::Fault;
use super::save::Saver;
use crate::gc;
use crate::vm::heap::userdata::UserData;
use crate::vm::state::context::Context;
use std::any::Any;
use std::rc::Rc;

/// What stands for one in a machine that was restored.
struct Spent {
    bytes: usize,
}

impl Drop for Spent {
    fn drop(&mut self) {
        gc::freed(self.bytes);
    }
}

/// Returns how many bytes an object takes, if it stands for another one.
pub(super) fn size(object: &Rc<dyn Any>) -> Option<usize> {
    Some(object.downcast_ref::<Spent>()?.bytes)
}

/// Makes what stands for an object that takes so many bytes, which are charged.
///
/// # Errors
/// When memory is refused.
pub(super) fn make(ctx: Context<'_>, bytes: usize) -> Result<Rc<dyn Any>, Fault> {
    ctx.state.account.reserve(bytes)?;
    Ok(Rc::new(Spent { bytes }))
}

impl<'gc> Saver<'_, 'gc> {
    /// Refuses what was written as spent, and is met where a script may reach it.
    pub(super) fn check_spent(&mut self, userdata: UserData<'gc>) {
        if !self.in_left && self.spent.iter().any(|spent| spent.ptr_eq(userdata)) {
            self.refuse("what calls have left");
        }
    }
}
