//! Which objects wait for their finalizers (manual §2.5.3). `vm::calls::finalizers` calls them.

use super::context::{Context, State};
use crate::gc::{Finalization, Gc};
use crate::vm::heap::value::Value;
use crate::vm::meters::account::FINALIZING;

/// Moves the objects that marking did not reach to those whose finalizers are to be
/// called, latest mark first, and marks them. Tells whether there were any: then
/// marking must go on.
///
/// The first `kept` objects stay where they are, and alive: they are from before a run that
/// may be undone. Whether one of them was found is noted.
pub(in crate::vm) fn separate<'gc>(
    fc: &Finalization<'gc>,
    state: &State<'gc>,
    kept: usize,
) -> bool {
    let collector = &state.collector;
    let mut pending = collector.pending.borrow_mut();
    let mut objects = collector.finalizable.borrow_mut();
    let before = pending.len();
    let dead =
        |object: &Value<'gc>| object.collectable().is_some_and(|object| Gc::is_dead(fc, object));
    let kept = kept.min(objects.len());
    let mut found = false;
    for object in objects[..kept].iter().filter(|object| dead(object)) {
        found = true;
        if let Some(object) = object.collectable() {
            Gc::resurrect(fc, object);
        }
    }
    if found {
        collector.overdue.set(true);
    }
    pending.extend(objects[kept..].iter().rev().filter(|object| dead(object)));
    if pending.len() == before {
        return found;
    }
    let mut at = 0;
    objects.retain(|object| {
        at += 1;
        at <= kept || !dead(object)
    });
    if objects.len() < objects.capacity() / 4 {
        let room = objects.len() * 2;
        objects.shrink_to(room);
    }
    for object in pending.range(before..).filter_map(Value::collectable) {
        Gc::resurrect(fc, object);
    }
    true
}

/// Forgets that finalizers run: they are done, or the run has ended.
pub(in crate::vm) fn forget(ctx: Context<'_>) {
    ctx.state.collector.finalizing.set(false);
    ctx.state.account.hold(FINALIZING, false);
}
