//! A replay that somebody may have no patience for.

use super::super::watch::Canceller;
use super::divergence::ReplayError;
use super::player::Stopped;
use super::replay::{Replay, Trace, check};
use super::stage::Stage;

impl Trace {
    /// As [`Trace::replay`]; nothing, if it was cancelled before its end.
    pub(crate) fn replay_unless(
        &self,
        canceller: &Canceller,
    ) -> Result<Option<Replay>, ReplayError> {
        if canceller.is_cancelled() {
            return Ok(None);
        }
        let (mut session, tape) = self.session()?;
        let stop = tape.clone();
        let mut watch = |_| {
            if canceller.is_cancelled()
                && let Some(player) = stop.lock().player()
            {
                player.stopped.get_or_insert(Stopped::Reached);
            }
        };
        let mut stage = Stage::new(&mut session, tape.clone(), None).watched(&mut watch);
        let unfinished = stage.play();
        let reports = std::mem::take(&mut stage.reports);
        if canceller.is_cancelled() {
            return Ok(None);
        }
        check(&mut session, &tape, unfinished.as_ref()).map_err(|error| self.with_cut(error))?;
        self.check_end(unfinished.is_some())?;
        Ok(Some(Replay { reports }))
    }
}
