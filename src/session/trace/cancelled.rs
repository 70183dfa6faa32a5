//! A replay that somebody may have no patience for.

use super::replay::{Replay, Trace};
use super::stage::Stage;
use crate::session::tapes::divergence::ReplayError;
use crate::session::tapes::player::Stopped;
use std::cell::Cell;

impl Trace {
    /// As [`Trace::replay`], and asks now and then, with how many entries are done, whether to
    /// go on; nothing, if not.
    pub(crate) fn replay_while(
        &self,
        goes_on: &mut dyn FnMut(u64) -> bool,
    ) -> Result<Option<Replay>, ReplayError> {
        let (mut session, tape) = self.session()?;
        let (stop, is_over) = (tape.clone(), Cell::new(!goes_on(0)));
        let mut watch = |at| {
            if !is_over.get() && !goes_on(at) {
                is_over.set(true);
            }
            if is_over.get()
                && let Some(player) = stop.lock().player()
            {
                player.stopped.get_or_insert(Stopped::Reached);
            }
        };
        let mut stage = Stage::new(&mut session, tape.clone(), None).watched(&mut watch);
        let unfinished = if is_over.get() { None } else { stage.play() };
        let reports = std::mem::take(&mut stage.reports);
        if is_over.get() {
            return Ok(None);
        }
        self.played(&mut session, &tape, unfinished.as_ref(), reports).map(Some)
    }
}
