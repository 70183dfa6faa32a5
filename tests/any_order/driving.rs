//! A run on its way to its end: what its host does meanwhile.

use super::Actor;
use crate::host::answer;
use crate::ops::{End, Play};
use crate::prng::Prng;
use crate::world::{Thing, World, value};
use moonfuel::{Function, HostError, HostValue, Outcome, PendingCall, Report, Run, Session, Step};

impl Actor<'_> {
    /// Goes on to the end.
    pub(super) fn drive(
        &mut self,
        at: usize,
        mut run: Run,
        play: &Play,
    ) -> Result<Option<(Session, Report)>, String> {
        let mut pauses = 0;
        let mut taken = Vec::new();
        let sizes = if self.manner.slices { self.prng.below(4) } else { 4 };
        // Numbers of what the host holds that the run's session, a copy, has under them.
        let mut lost: Option<Vec<u64>> = None;
        let mut steps = 0_u32;
        // No image knows that a run is cancelled, and no run finds handles by their number.
        let stays = play.gives_handles || matches!(play.end, End::Cancel(_));
        if play.end == End::Cancel(0) {
            run.canceller().cancel();
        }
        loop {
            steps += 1;
            let slice = match sizes {
                0 if steps < 400 => 1 + self.prng.next() % 9,
                0 | 1 => 1 + self.prng.next() % 200,
                2 => 1 + self.prng.next() % 5000,
                3 => self.prng.pick(&[0, 1, 77, u64::MAX]).max(u64::from(steps > 300) * 5000),
                _ => u64::MAX,
            };
            let step;
            if self.manner.elsewhere && self.prng.chance(8) {
                (run, step) = std::thread::scope(|scope| {
                    let other = scope.spawn(move || {
                        let step = run.step(slice);
                        (run, step)
                    });
                    other.join().unwrap()
                });
            } else {
                step = run.step(slice);
            }
            match &step {
                Step::Ended => match (run.outcome(), play.end) {
                    (Some(Outcome::OutOfFuel), End::MoreFuel(more)) if pauses < 30 => {
                        pauses += 1;
                        run = self.visit(at, run, &mut taken, &mut lost, stays)?;
                        if !run.add_fuel(more) {
                            break;
                        }
                    }
                    _ => break,
                },
                Step::Pending(calls) if calls.is_empty() => {}
                Step::Pending(_) | Step::Yielded(_) => {
                    let yielded = matches!(step, Step::Yielded(_));
                    // The host holds nothing of it meanwhile.
                    drop(step);
                    pauses += 1;
                    match paused(&mut run, play, pauses) {
                        Pause::GoesOn => {}
                        Pause::Finishes => break,
                        Pause::Drops => return Ok(None),
                    }
                    run = self.visit(at, run, &mut taken, &mut lost, stays)?;
                    if yielded {
                        resume(&mut run, play)?;
                    } else {
                        self.answer_all(&mut run, play)?;
                    }
                }
                _ => {
                    if self.prng.chance(100) {
                        run = self.visit(at, run, &mut taken, &mut lost, stays)?;
                    }
                }
            }
        }
        if self.manner.asks {
            if !run.is_finished() && !matches!(play.end, End::Finish(_)) {
                return Err("it has ended and is not finished".into());
            }
            let _ = (run.fuel_used(), run.pending(), run.outcome());
        }
        let (mut session, mut report) = run.finish();
        if !taken.is_empty() {
            taken.append(&mut report.output);
            report.output = taken;
        }
        if let Some(numbers) = lost {
            self.find(at, &mut session, &numbers)?;
        }
        Ok(Some((session, report)))
    }

    /// Takes the handles of a session that is a copy.
    pub(super) fn find(
        &mut self,
        at: usize,
        session: &mut Session,
        kept: &[u64],
    ) -> Result<(), String> {
        for held in self.handles.iter_mut().filter(|held| held.owner() == at) {
            *held = held.found(at, session).ok_or("a handle is not found again")?;
        }
        let found =
            kept.iter().filter_map(|number| session.function_numbered(*number)).collect::<Vec<_>>();
        self.slots[at].world.kept.lock().unwrap().splice(0..0, found);
        Ok(())
    }

    /// Answers the calls that wait, in any order.
    fn answer_all(&mut self, run: &mut Run, play: &Play) -> Result<(), String> {
        let mut calls = run.pending();
        if calls.is_empty() {
            return Err("no call waits any more".into());
        }
        while !calls.is_empty() {
            let call = calls.swap_remove(self.prng.below(calls.len()));
            let answer = self.answer(play, &call);
            run.answer(call.id, answer).map_err(|e| e.to_string())?;
            if self.manner.errs && run.answer(call.id, Ok(vec![])).is_ok() {
                return Err("answered twice".into());
            }
        }
        Ok(())
    }

    pub(super) fn answer(
        &self,
        play: &Play,
        call: &PendingCall,
    ) -> Result<Vec<HostValue>, HostError> {
        let seed = play.answers ^ call.id;
        if play.gives_handles && !self.handles.is_empty() && !seed.is_multiple_of(3) {
            return Ok(vec![self.handles[seed as usize % self.handles.len()].value()]);
        }
        answer(seed, &call.args)
    }

    /// What is done with a run between two steps, and must not show.
    pub(super) fn visit(
        &mut self,
        at: usize,
        mut run: Run,
        taken: &mut Vec<u8>,
        lost: &mut Option<Vec<u64>>,
        stays: bool,
    ) -> Result<Run, String> {
        let manner = self.manner;
        if manner.asks && self.prng.chance(300) {
            taken.append(&mut run.take_output());
            let _ = (run.fuel_used(), run.limits(), run.outcome(), run.pending(), run.canceller());
            let nth = self.prng.below(64);
            if let Some(object) = self.object(nth).and_then(|object| object.typed::<Thing>()) {
                let _ = run.with(&object, |thing| thing.0);
            }
        }
        if manner.errs && self.prng.chance(300) {
            let waits = run.pending();
            let unknown = waits.iter().map(|call| call.id).max().unwrap_or(0) + 1000;
            if run.answer(unknown, Ok(vec![1.into()])).is_ok() || run.deny(0, "no").is_ok() {
                return Err("a call that is not there was answered".into());
            }
            if !waits.is_empty() && run.resume_with(vec![2.into()]).is_ok() {
                return Err("resumed what waits for answers".into());
            }
        }
        if manner.copies && self.prng.chance(200) {
            let limits = self.slots[at].limits.clone();
            let world = World::new();
            let other = self.builder(&limits, &world);
            let copy = if self.prng.chance(500) {
                run.fork(other)
            } else {
                match run.snapshot() {
                    Ok(bytes) => other.restore_run(&bytes),
                    Err(error) => Err(moonfuel::RestoreError::Unsaved(error)),
                }
            };
            match copy {
                Ok(mut copy) => {
                    self.tally.push("copied within");
                    let play = Play { answers: 5, gives_handles: false, end: End::Own };
                    for _ in 0..self.prng.below(12) {
                        match copy.step(self.prng.next() % 2000) {
                            Step::Ended => break,
                            Step::Pending(calls) => {
                                for call in calls {
                                    copy.answer(call.id, self.answer(&play, &call))
                                        .map_err(|e| e.to_string())?;
                                }
                            }
                            _ => {}
                        }
                    }
                    if self.prng.chance(500) {
                        let (mut session, _) = copy.finish();
                        let _ = session.run("S = nil");
                    }
                }
                Err(moonfuel::RestoreError::Unsaved(_)) => self.tally.push("not copied within"),
                Err(error) => return Err(format!("not copied: {error}")),
            }
        }
        if manner.replaces && !stays && self.prng.chance(200) {
            match run.snapshot() {
                Ok(bytes) => {
                    let limits = self.slots[at].limits.clone();
                    let mine = std::mem::take(&mut *self.slots[at].world.kept.lock().unwrap());
                    let mut numbers = lost.take().unwrap_or_default();
                    numbers.extend(mine.iter().map(Function::number));
                    *lost = Some(numbers);
                    drop(mine);
                    let world = World::new();
                    let other = self.builder(&limits, &world).restore_run(&bytes);
                    let other = other.map_err(|e| format!("not restored: {e}"))?;
                    drop(std::mem::replace(&mut run, other));
                    self.slots[at].world = world;
                    self.slots[at].trace = None;
                    self.tally.push("replaced within");
                }
                Err(_) => self.tally.push("not saved within"),
            }
        }
        Ok(run)
    }
}

/// Goes on behind a yield, with values or none.
fn resume(run: &mut Run, play: &Play) -> Result<(), String> {
    let mut prng = Prng::new(play.answers, 3);
    if prng.chance(600) {
        let values = vec![value(&mut prng, 1), value(&mut prng, 1)];
        run.resume_with(values).map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// What the host does with a run that waits for it.
enum Pause {
    GoesOn,
    /// It takes the report as it is.
    Finishes,
    Drops,
}

/// Ends a run at this pause, if its host does so in one way or another.
fn paused(run: &mut Run, play: &Play, pauses: usize) -> Pause {
    match play.end {
        End::Stop(at) if at == pauses => run.stop(Outcome::Deadline),
        End::Cancel(at) if at == pauses => run.canceller().cancel(),
        End::Finish(at) if at == pauses => return Pause::Finishes,
        End::Drop(at) if at == pauses => return Pause::Drops,
        _ => {}
    }
    Pause::GoesOn
}
