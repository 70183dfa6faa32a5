//! Objects of Rust's in images of a session.

use super::object_types::ObjectType;
use crate::vm::image::fault::Fault;
use crate::vm::image::userdata::Outside;
use crate::vm::image::wire::{Reader, Writer};
use crate::vm::state::context::Context;
use std::any::Any;
use std::rc::Rc;

/// Knows what userdata of a session hold.
pub(super) struct Keeper<'a> {
    types: &'a [ObjectType],
}

impl<'a> Keeper<'a> {
    /// `types` are those of the session.
    pub(super) fn new(types: &'a [ObjectType]) -> Keeper<'a> {
        Keeper { types }
    }
}

impl Outside for Keeper<'_> {
    fn save(&mut self, _object: &Rc<dyn Any>, _out: &mut Writer) -> Result<(), String> {
        let _ = self.types;
        Err("an object of the host's".to_owned())
    }

    fn load(&mut self, _ctx: Context<'_>, _from: &mut Reader<'_>) -> Result<Rc<dyn Any>, Fault> {
        Err(Fault::Damaged("an object"))
    }
}
