//! What a native function keeps between its steps beside Lua values: an object of Rust's
//! that lies in a slot of its window, with the memory it holds and the fuel it owes.

use super::call::Call;
use crate::gc;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::userdata::UserData;
use crate::vm::heap::value::Value;
use crate::vm::meters::account::{Held, USERDATA_BYTES};
use crate::vm::state::context::Context;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Logical bytes of the object itself and of small lists in it.
pub(in crate::vm) const KEPT_BYTES: usize = 512;

/// An object that outlives the step of a native function.
///
/// A step does a bounded piece of work and leaves what it is worth in `owed`; the next step
/// charges that before it goes on. So the work that a step repeats when fuel is refused is
/// none at all, and a run never owes more than one piece.
#[derive(Debug)]
pub(in crate::vm) struct Kept<T> {
    pub(in crate::vm) state: RefCell<T>,
    pub(in crate::vm) held: Cell<usize>,
    pub(in crate::vm) owed: Cell<u64>,
    /// Its last piece was refused memory.
    pub(in crate::vm) refused: Cell<bool>,
    /// It comes from an image, and has not been held against its window yet.
    pub(in crate::vm) unchecked: Cell<bool>,
}

impl<T> Drop for Kept<T> {
    fn drop(&mut self) {
        gc::freed(KEPT_BYTES + self.held.get());
    }
}

impl<T> Kept<T> {
    /// Takes what is held, to be put back by [`Kept::put_back`] or given back by dropping it.
    fn take_held<'gc>(&self, call: &Call<'_, 'gc>) -> Held<'gc> {
        Held::resume(&call.ctx.state.account, self.held.replace(0))
    }

    /// Notes the memory that is held now.
    fn put_back(&self, held: Held<'_>) {
        self.held.set(held.into_bytes());
    }

    /// Notes what the work of the step that ends now is worth.
    fn owe(&self, units: u64) {
        self.owed.set(units);
    }

    /// Charges what the last step owes: the first thing that a step does. It stays owed
    /// until [`Kept::owe`], since this step may run again.
    ///
    /// # Errors
    /// When fuel is refused.
    fn pay<'gc>(&self, call: &Call<'_, 'gc>) -> Result<(), Interrupt<'gc>> {
        call.charge(self.owed.get())
    }
}

/// Work that is done in pieces, each in a step of its own.
pub trait Work: Sized + 'static {
    /// Does the next bit of the work, a few microseconds at most, and adds its price to
    /// [`Work::owed`]. What it charges besides is added by [`Call::work`].
    ///
    /// # Errors
    /// When memory is refused: nothing has changed then, and the same bit comes again.
    fn advance<'gc>(
        &mut self,
        call: &mut Call<'_, 'gc>,
        held: &mut Held<'gc>,
    ) -> Result<(), Interrupt<'gc>>;

    /// What the work done since it was last taken is worth, in units of fuel.
    fn owed(&mut self) -> &mut u64;

    /// Tells whether nothing is left to do.
    fn has_ended(&self) -> bool;

    /// Gives up what it holds for others, such as handles, since no memory is left for it. Tells
    /// whether it does hold such: its error is raised at once then.
    fn give_up(&mut self, _ctx: Context<'_>) -> bool {
        false
    }

    /// Gives buffers of work that comes from an image the room they had: how much there is
    /// decides whether they are copied in the end. `held`: the memory that is held for all.
    /// Tells whether that can be.
    fn make_room(&mut self, _held: usize) -> bool {
        true
    }

    /// Tells whether the work, which comes from an image, can go on with what lies in the
    /// window: places in texts are in them.
    fn is_sound(&self, _call: &Call<'_, '_>) -> bool {
        true
    }
}

/// Units that one step's piece of work is worth, or a little more.
const PIECE: u64 = 1024;

/// Bits in a row that are worth nothing: more come only where the values that work goes on
/// with are not those it left, which a snapshot may have made up.
const MOST_IDLE: u32 = 1000;

/// Does one piece of work. A refusal ends it where it is: the refused bit begins the next
/// one, so that nothing that was made in a piece is made twice.
fn piece<'gc, W: Work>(
    work: &mut W,
    call: &mut Call<'_, 'gc>,
    held: &mut Held<'gc>,
) -> Result<(), Interrupt<'gc>> {
    let (mut advanced, mut idle) = (false, 0);
    while !work.has_ended() && *work.owed() < PIECE {
        let before = *work.owed();
        match work.advance(call, held) {
            Ok(()) => {
                advanced = true;
                idle = if *work.owed() == before { idle + 1 } else { 0 };
                if idle > MOST_IDLE {
                    return Err(call.error("internal error: values expected"));
                }
            }
            Err(Interrupt::Memory(_)) if advanced => return Ok(()),
            Err(interrupt) => return Err(interrupt),
        }
    }
    Ok(())
}

impl<'gc> Call<'_, 'gc> {
    /// Does one step of some work. The first step brings the work; the others go on with
    /// what lies in `slot`. When the work has ended and is paid for, `finish` makes the
    /// result of it; until then there is none, and the step must come again.
    ///
    /// # Errors
    /// When fuel or memory is refused, `finish` refuses, or an operation fails.
    pub fn work<W: Work, R>(
        &mut self,
        slot: usize,
        first: Option<W>,
        finish: impl FnOnce(&mut W, &mut Held<'gc>, &mut Self) -> Result<R, Interrupt<'gc>>,
    ) -> Result<Option<R>, Interrupt<'gc>> {
        let fuel = &self.ctx.state.fuel;
        if let Some(mut work) = first {
            let mut held = Held::new(&self.ctx.state.account);
            let (result, noted) = fuel.noting(|| piece(&mut work, self, &mut held));
            let owed = std::mem::take(work.owed()).saturating_add(noted);
            self.pay_for_failure(&result, owed);
            result?;
            if work.has_ended() {
                self.charge(owed)?;
                return finish(&mut work, &mut held, self).map(Some);
            }
            self.keep(slot, || work, held, owed)?;
            return Ok(None);
        }
        let kept = self.kept::<W>(slot)?;
        kept.pay(self)?;
        let mut work = kept.state.borrow_mut();
        if kept.unchecked.get() {
            if !work.is_sound(self) {
                return Err(self.error("internal error: values expected"));
            }
            kept.unchecked.set(false);
        }
        let mut held = kept.take_held(self);
        if work.has_ended() {
            let result = finish(&mut work, &mut held, self);
            if result.is_err() {
                kept.put_back(held);
            }
            return result.map(Some);
        }
        let (result, noted) = fuel.noting(|| piece(&mut *work, self, &mut held));
        let owed = std::mem::take(work.owed()).saturating_add(noted);
        kept.put_back(held);
        self.pay_for_failure(&result, owed);
        if let Err(Interrupt::Memory(refused)) = &result {
            let again = kept.refused.replace(true);
            let for_good = again || !self.ctx.state.account.collection_may_help(refused.bytes);
            if for_good && work.give_up(self.ctx) {
                return Err(Interrupt::Error(Value::String(self.ctx.state.memory_message)));
            }
        }
        result?;
        kept.refused.set(false);
        kept.owe(owed);
        Ok(None)
    }

    /// Charges for work that ended in an error of Lua's: it cannot be done again first.
    fn pay_for_failure(&self, result: &Result<(), Interrupt<'gc>>, owed: u64) {
        if let Err(Interrupt::Error(_)) = result {
            self.ctx.state.fuel.owe(owed);
        }
    }

    /// Keeps work that is yet to be begun in a slot of the window below the top, with the
    /// memory it holds. It is made when nothing can be refused any more.
    ///
    /// # Errors
    /// When memory is refused.
    pub fn begin_work<W: Work>(
        &mut self,
        slot: usize,
        held: Held<'gc>,
        make: impl FnOnce() -> W,
    ) -> Result<(), Interrupt<'gc>> {
        self.keep(slot, make, held, 0)
    }

    /// Keeps an object in a slot of the window below the top.
    fn keep<T: 'static>(
        &mut self,
        slot: usize,
        make: impl FnOnce() -> T,
        held: Held<'gc>,
        owed: u64,
    ) -> Result<(), Interrupt<'gc>> {
        let account = &self.ctx.state.account;
        account.reserve(KEPT_BYTES + USERDATA_BYTES)?;
        // Reserved again at once, where an object of its own is charged.
        account.release(USERDATA_BYTES);
        let userdata = UserData::hidden(self.ctx.heap(), || {
            let state = RefCell::new(make());
            let held = Cell::new(held.into_bytes());
            let (refused, unchecked) = (Cell::new(false), Cell::new(false));
            Rc::new(Kept { state, held, owed: Cell::new(owed), refused, unchecked })
        })?;
        self.set(slot, Value::UserData(userdata));
        Ok(())
    }

    /// Looks at the work kept in a slot.
    ///
    /// # Errors
    /// When there is none, which only a bug can bring about.
    pub fn with_kept<W: Work, R>(
        &self,
        slot: usize,
        look: impl FnOnce(&mut W) -> R,
    ) -> Result<R, Interrupt<'gc>> {
        Ok(look(&mut self.kept::<W>(slot)?.state.borrow_mut()))
    }

    /// Returns the object kept in a slot.
    ///
    /// # Errors
    /// When there is none, which only a bug can bring about.
    fn kept<T: 'static>(&self, slot: usize) -> Result<&'gc Kept<T>, Interrupt<'gc>> {
        let kept = match self.arg(slot) {
            Value::UserData(userdata) => userdata.object::<Kept<T>>(),
            _ => None,
        };
        kept.ok_or_else(|| self.error("internal error: nothing was kept"))
    }
}
