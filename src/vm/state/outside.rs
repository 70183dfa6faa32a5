//! What goes out of the machine: to the session's output, or to the world's streams.

use super::context::Context;
use super::output::WARNING;
use super::world::World;
use crate::vm::heap::native::{Interrupt, Stop};
use crate::vm::meters::fuel::bytes_price;
use std::cell::RefMut;

impl<'gc> Context<'gc> {
    /// Gives the machine a world.
    pub fn set_world(self, world: Box<dyn World>) {
        *self.state.world.borrow_mut() = Some(world);
    }

    /// Returns the world, if there is one. The guard must be gone before the machine goes on.
    pub fn world(self) -> Option<RefMut<'gc, Box<dyn World>>> {
        RefMut::filter_map(self.state.world.borrow_mut(), Option::as_mut).ok()
    }

    /// Writes to the session's output, or to standard output where there is a
    /// [`World`], charging for the bytes.
    ///
    /// # Errors
    /// When fuel is refused (nothing is written then), and [`Stop::Output`] when the
    /// limit is reached (what fits is written).
    pub fn write_output(self, bytes: &[u8]) -> Result<(), Interrupt<'gc>> {
        self.charge(bytes_price(bytes.len()))?;
        // As PUC's `print`: what the system says to it is nobody's concern.
        let printed = self.world().and_then(|mut world| world.print(bytes));
        if printed.is_some() { Ok(()) } else { self.write_session_output(bytes) }
    }

    /// Writes a warning's line, if warnings are on (manual §6.1, `warn`).
    ///
    /// # Errors
    /// As [`Context::write_warning`].
    pub(in crate::vm) fn warn(self, message: &[u8]) -> Result<(), Interrupt<'gc>> {
        if !self.state.output.borrow().warnings {
            return Ok(());
        }
        self.write_warning(&[WARNING, message, b"\n"].concat())
    }

    /// Writes a whole line of a warning: to standard error where there is one, else to the session's
    /// output, charging for the bytes.
    ///
    /// # Errors
    /// As [`Context::write_output`].
    pub fn write_warning(self, bytes: &[u8]) -> Result<(), Interrupt<'gc>> {
        self.charge(bytes_price(bytes.len()))?;
        let told = self.world().is_some_and(|mut world| world.complain(bytes));
        if told { Ok(()) } else { self.write_session_output(bytes) }
    }

    /// Charges memory for output of `bytes` bytes, so that writing it is not refused.
    ///
    /// # Errors
    /// When memory is refused.
    pub fn reserve_output(self, bytes: usize) -> Result<(), Interrupt<'gc>> {
        Ok(self.state.output.borrow_mut().reserve(bytes, &self.state.account)?)
    }

    /// Writes to the session's output. The caller has charged fuel for the bytes.
    ///
    /// # Errors
    /// When memory is refused (nothing is written then), and [`Stop::Output`] when the
    /// limit is reached (what fits is written).
    pub fn write_session_output(self, bytes: &[u8]) -> Result<(), Interrupt<'gc>> {
        self.reserve_output(bytes.len())?;
        if self.state.output.borrow_mut().write(bytes) {
            Ok(())
        } else {
            Err(Interrupt::Stop(Stop::Output))
        }
    }
}
