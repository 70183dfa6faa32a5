//! Journals that no run makes, and what undoing makes of them.

use crate::vm::heap::thread::Thread;
use crate::vm::heap::value::Value;
use crate::vm::machine::Lua;
use crate::vm::state::context::Context;

/// Saves a thread in the journal, though it may be saved already.
pub(crate) fn save_again<'gc>(ctx: Context<'gc>, thread: Value<'gc>) {
    let Value::Thread(thread) = thread else { panic!("a thread") };
    thread.set_stamp(0);
    let (saved, _) = ctx.state.fuel.noting(|| thread.save(ctx.heap()).is_ok());
    assert!(saved);
}

/// Saves a thread with variables of another one.
pub(crate) fn save_with_variables_of<'gc>(ctx: Context<'gc>, thread: Value<'gc>, of: Value<'gc>) {
    let (Value::Thread(own), Value::Thread(of)) = (thread, of) else { panic!("threads") };
    let variables = of.state().open.clone();
    let own_variables = std::mem::replace(&mut own.state().open, variables);
    save_again(ctx, thread);
    own.state().open = own_variables;
}

/// Saves a thread as one that has nothing to begin with.
pub(crate) fn save_as_nothing<'gc>(ctx: Context<'gc>, thread: Value<'gc>) {
    let Value::Thread(own) = thread else { panic!("a thread") };
    let th = own.state();
    let (frames, open) = (std::mem::take(&mut th.frames), std::mem::take(&mut th.open));
    let top = std::mem::replace(&mut th.top, 0);
    save_again(ctx, thread);
    (th.frames, th.open, th.top) = (frames, open, top);
}

/// Says that the main thread had so many slots before the run.
pub(crate) fn had_room(ctx: Context<'_>, slots: usize) {
    let mut before = ctx.state.journal.before.borrow_mut();
    before.as_mut().unwrap().main.0 = slots;
}

#[test]
fn no_variable_points_into_a_stack_that_is_gone() {
    let mut lua = Lua::new(1, 1 << 24);
    lua.enter(|ctx| {
        ctx.state.fuel.give(1 << 20);
        let thread = Thread::new(ctx.heap()).unwrap();
        let th = thread.state();
        let first = th.find_upvalue(ctx.heap(), thread, 0).unwrap();
        first.set(ctx.heap(), Value::Integer(1));
        ctx.open_journal();
        save_again(ctx, Value::Thread(thread));
        // A variable of before the run would have been open then.
        let second = th.find_upvalue(ctx.heap(), thread, 1).unwrap();
        second.set(ctx.heap(), Value::Integer(2));
        first.set(ctx.heap(), Value::Integer(3));
        let saved = ctx.state.journal.threads.borrow_mut().pop().unwrap();
        saved.restore();
        assert!(first.is_open() && !second.is_open());
        assert!(matches!(first.get(), Value::Integer(1)));
        assert!(matches!(second.get(), Value::Integer(2)));
        ctx.keep_changes();
    });
}
