//! Which objects wait for their finalizers (manual §2.5.3). `vm::calls::finalizers` calls them.

use super::context::{Context, State};
use super::weak::{Cursor, LOOK};
use crate::gc::{Allowance, Finalization, Gc};
use crate::vm::heap::value::Value;
use crate::vm::meters::account::FINALIZING;

/// How far the objects with finalizers have been looked through.
#[derive(Debug)]
pub(in crate::vm) struct Separation {
    /// The first ones stay where they are, and alive: they are from before a run that may be
    /// undone.
    kept: usize,
    stage: Stage,
    cursor: Cursor,
    /// One of those was found.
    found: bool,
    /// Finalizers that waited already.
    before: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Marks those that are kept.
    Keep,
    /// Lets the others wait.
    Find,
    /// Takes them off the list.
    Remove,
    /// Marks them.
    Revive,
    Done,
}

impl Separation {
    /// Begins with the marks that there are; the first `kept` objects are kept.
    pub(in crate::vm) fn new(kept: usize) -> Separation {
        let cursor = Cursor::default();
        Separation { kept, stage: Stage::Keep, cursor, found: false, before: 0 }
    }

    /// Moves the objects that marking did not reach to those whose finalizers are to be
    /// called, latest mark first, and marks them, as far as is allowed. When that is done, tells
    /// whether there were any: then marking must go on. Whether one of those that are kept was
    /// found is noted.
    pub(in crate::vm) fn go_on<'gc>(
        &mut self,
        fc: &Finalization<'gc>,
        state: &State<'gc>,
        allowance: &Allowance,
    ) -> Option<bool> {
        let collector = &state.collector;
        let mut pending = collector.pending.borrow_mut();
        let mut objects = collector.finalizable.borrow_mut();
        let dead = |object: &Value<'gc>| {
            object.collectable().is_some_and(|object| Gc::is_dead(fc, object))
        };
        let kept = self.kept.min(objects.len());
        while self.stage != Stage::Done {
            let cursor = &mut self.cursor;
            let (done, next) = match self.stage {
                Stage::Keep => {
                    let found = &mut self.found;
                    let done = cursor.go(kept, allowance, |at, _| {
                        if dead(&objects[at]) {
                            *found = true;
                            revive(fc, &objects[at]);
                        }
                        (None, LOOK)
                    });
                    if done {
                        self.before = pending.len();
                    }
                    (done, Stage::Find)
                }
                Stage::Find => {
                    let last = objects.len();
                    let done = cursor.go(last - kept, allowance, |at, _| {
                        let object = objects[last - 1 - at];
                        if dead(&object) {
                            pending.push_back(object);
                        }
                        (None, LOOK)
                    });
                    let none = pending.len() == self.before;
                    (done, if none { Stage::Done } else { Stage::Remove })
                }
                Stage::Remove => {
                    let (last, mut to) = (objects.len(), kept + cursor.kept);
                    let done = cursor.go(last - kept, allowance, |at, _| {
                        if !dead(&objects[kept + at]) {
                            objects[to] = objects[kept + at];
                            to += 1;
                        }
                        (None, LOOK)
                    });
                    cursor.kept = to - kept;
                    if done {
                        objects.truncate(to);
                        if to < objects.capacity() / 4 {
                            objects.shrink_to(to * 2);
                        }
                    }
                    (done, Stage::Revive)
                }
                Stage::Revive | Stage::Done => {
                    let before = self.before;
                    let done = cursor.go(pending.len() - before, allowance, |at, _| {
                        revive(fc, &pending[before + at]);
                        (None, LOOK)
                    });
                    (done, Stage::Done)
                }
            };
            if !done {
                return None;
            }
            (self.stage, self.cursor) = (next, Cursor::default());
        }
        if self.found {
            collector.overdue.set(true);
        }
        Some(self.found || pending.len() > self.before)
    }
}

fn revive<'gc>(fc: &Finalization<'gc>, object: &Value<'gc>) {
    if let Some(object) = object.collectable() {
        Gc::resurrect(fc, object);
    }
}

/// Forgets that finalizers run: they are done, or the run has ended.
pub(in crate::vm) fn forget(ctx: Context<'_>) {
    ctx.state.collector.finalizing.set(false);
    ctx.state.account.hold(FINALIZING, false);
}
