//! What loading a chunk costs, and when it is paid.

use super::Loading;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::value::Value;
use crate::vm::machine::Lua;
use crate::vm::state::context::Context;

fn begin<'gc>(ctx: Context<'gc>, source: &str) -> Loading<'gc> {
    let name = ctx.string(b"=chunk").unwrap();
    let text = Value::String(ctx.string(source.as_bytes()).unwrap());
    let globals = Value::Table(ctx.state.globals);
    let loading = ctx.begin_load(source.as_bytes(), name, globals, false).unwrap();
    loading.comes_from(ctx.heap(), text);
    loading
}

/// Loads a source as a native function does, step by step; `refuses`: the first request for
/// memory of each step is refused once. Returns the fuel that takes, and how many were refused.
fn load(source: &str, refuses: bool) -> (u64, u64) {
    let mut lua = Lua::new(1, 1 << 26);
    lua.enter(|ctx| {
        let (fuel, account) = (&ctx.state.fuel, &ctx.state.account);
        fuel.reset();
        fuel.give(1 << 30);
        let loading = begin(ctx, source);
        let (mut refused, mut step) = (0, 0);
        loop {
            fuel.done();
            let once = refuses && refused <= step;
            account.refuse.set(if once { account.requests.get() + 1 } else { 0 });
            fuel.begin_step();
            account.begin_step();
            let mut done = loading.go_on_by_itself(ctx.heap());
            fuel.end_step();
            if let Err(Interrupt::Memory(_)) = done {
                refused += 1;
                account.refuse.set(0);
                fuel.keep_credit();
                done = loading.go_on_by_itself(ctx.heap());
            }
            step += 1;
            account.refuse.set(0);
            match done {
                Ok(None) => {}
                Ok(Some(Ok(_))) => return (fuel.used(), refused),
                other => panic!("{other:?}"),
            }
        }
    })
}

/// Functions and constants of all kinds.
fn source() -> String {
    let function = |n: usize| {
        format!(
            "local function f{n}(a) return a, 'text {n}', {n}.5, {{[{n}] = 'a long text of some forty bytes {n}'}} end\n"
        )
    };
    (0..100).map(function).collect()
}

#[test]
fn a_piece_that_is_refused_memory_costs_what_it_costs() {
    let source = source();
    let (whole, none) = load(&source, false);
    let (again, refused) = load(&source, true);
    assert!(none == 0 && refused > 5, "{refused}");
    assert_eq!(again, whole);
}
