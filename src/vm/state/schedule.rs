//! When the collector works, as scripts may say (manual §2.5, `collectgarbage`).

use super::context::Context;
use crate::vm::heap::native::Interrupt;
use crate::vm::meters::account::{Account, STOPPED};
use crate::vm::meters::fuel::COLLECT_BYTES_PER_UNIT;

/// Bytes of a step that names no size: PUC's `LUAI_GCSTEPSIZE`.
const STEP_BYTES: usize = 8 * 1024;
/// Bytes of the heap one byte of a step's size stands for: PUC's ratio of work to
/// memory with the default multiplier.
const STEP_WORK: usize = 12;

/// Returns the price of a full collection out of turn.
pub(in crate::vm) fn collection_price(account: &Account) -> u64 {
    (account.used() / COLLECT_BYTES_PER_UNIT) as u64
}

impl<'gc> Context<'gc> {
    /// Asks for a full collection before the next step, and charges for it.
    ///
    /// # Errors
    /// When fuel is refused.
    pub fn request_collection(self) -> Result<(), Interrupt<'gc>> {
        self.charge(collection_price(&self.state.account))?;
        self.state.collect_now.set(true);
        Ok(())
    }

    /// Stops automatic collections, or lets them happen again. A refused request
    /// collects all the same.
    pub fn stop_collector(self, stop: bool) {
        self.state.account.hold(STOPPED, stop);
    }

    /// Tells whether automatic collections happen.
    pub fn is_collector_running(self) -> bool {
        !self.state.account.is_held(STOPPED)
    }

    /// Goes `kib` KiB further through the heap (0: a basic step; all of it in
    /// generational mode), at the end of which a full collection is asked for. Tells
    /// whether that is so.
    ///
    /// # Errors
    /// When fuel is refused: a full collection costs what
    /// [`Context::request_collection`] charges.
    pub fn step_collector(self, kib: i32) -> Result<bool, Interrupt<'gc>> {
        let collector = &self.state.collector;
        let bytes = match usize::try_from(kib) {
            Ok(0) => STEP_BYTES,
            Ok(kib) => kib.saturating_mul(1024),
            Err(_) => 0,
        };
        let progress = collector.progress.get().saturating_add(bytes.saturating_mul(STEP_WORK));
        if progress < self.state.account.used() && !collector.generational.get() {
            collector.progress.set(progress);
            return Ok(false);
        }
        self.request_collection()?;
        Ok(true)
    }
}
