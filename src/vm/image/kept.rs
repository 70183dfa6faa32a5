//! What native functions keep, in an image.

use super::fault::Fault;
use super::parts::{Part, Parts, Put};
use super::wire::Writer;
use crate::vm::calls::kept::{KEPT_BYTES, Kept, Work};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Writes work of this type, after its kind, if the object is some that is kept.
pub(crate) fn put<W: Work + Part>(object: &Rc<dyn Any>, kind: u8, to: &mut Writer) -> Option<Put> {
    let kept = object.downcast_ref::<Kept<W>>()?;
    to.byte(kind);
    to.size(kept.held.get());
    to.number(kept.owed.get());
    to.flag(kept.refused.get());
    Some(kept.state.borrow().put(to))
}

/// Returns how many bytes work of this type takes, if the object is some that is kept.
pub(crate) fn size<W: Work>(object: &Rc<dyn Any>) -> Option<usize> {
    Some(KEPT_BYTES + object.downcast_ref::<Kept<W>>()?.held.get())
}

/// Reads work of this type. What it holds is charged.
///
/// # Errors
/// When it is none, or memory is refused.
pub(crate) fn get<W: Work + Part>(from: &mut Parts<'_, '_, '_>) -> Result<Rc<dyn Any>, Fault> {
    let (held, owed, refused) = (usize::get(from)?, u64::get(from)?, bool::get(from)?);
    from.ctx.state.account.reserve(KEPT_BYTES + held)?;
    from.room = held;
    let mut work = W::get(from)?;
    if !work.make_room(held) {
        return Err(Fault::Damaged("work without room"));
    }
    let state = RefCell::new(work);
    let (held, owed, unchecked) = (Cell::new(held), Cell::new(owed), Cell::new(true));
    Ok(Rc::new(Kept { state, held, owed, refused: Cell::new(refused), unchecked }))
}
