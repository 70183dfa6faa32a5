//! Objects of Rust's that userdata hold, as images see them.

use super::fault::Fault;
use super::wire::{Reader, Writer};
use crate::vm::state::context::Context;
use std::any::Any;
use std::rc::Rc;

/// Who knows the objects of Rust's that userdata hold.
pub(crate) trait Outside {
    /// Writes an object: all that [`Outside::load`] needs.
    ///
    /// # Errors
    /// What it is that cannot be saved: `a file`.
    fn save(&mut self, object: &Rc<dyn Any>, out: &mut Writer) -> Result<(), String>;

    /// Returns how many bytes an object gives back when it is collected, if it is known.
    fn size(&self, object: &Rc<dyn Any>) -> Option<usize>;

    /// Makes an object again. What it takes is charged.
    ///
    /// # Errors
    /// Why that cannot be.
    fn load(&mut self, ctx: Context<'_>, from: &mut Reader<'_>) -> Result<Rc<dyn Any>, Fault>;
}
