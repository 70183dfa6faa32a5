//! Native functions trust nothing in their windows: a snapshot says what lies there, and a
//! snapshot may come from anybody. Whatever step is run on whatever values, it ends in an
//! error, a result or for want of fuel; it never panics and never runs on unpaid.
//!
//! `MOONFUEL_WINDOWS=1000000 cargo test --release --lib hostile_windows` tries so many;
//! `MOONFUEL_WINDOWS_FROM=n` begins with another one.

use super::generated::{Prng, number};
use crate::session::natives::named::natives;
use crate::session::runs::stepping::leave;
use crate::vm::heap::closure::NativeClosure;
use crate::vm::heap::native::NativeDef;
use crate::vm::heap::thread::{Callee, Frame, HANDLER, PROTECTED, Status, Then};
use crate::vm::heap::userdata::Buffer;
use crate::vm::heap::value::Value;
use crate::vm::machine::Halt;
use crate::vm::state::context::Context;
use crate::{Chunk, HostValue, Limits, Outcome, Profile, Session, UserData, Variadic};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// What lies about in the sessions: values of every kind, to be put into windows.
const PREPARE: &str = "
POOL = {0, 1, -1, 2, 3, 7, 20, 64, 255, 1 << 31, 1 << 32, math.maxinteger, math.mininteger,
  0.0, -0.0, 1.5, 1e308, 1/0, -1/0, 0/0, 2^53, true, false, '', 'x', '%', '(', '[', '^a', '%b()',
  '%f[a]', '10', '0x10', 'n', '*n', 'l', 'k', 'v', 'return 1', '[1,{\"a\":2}]', '{', '>i4s4', '!8',
  ('x'):rep(50), ('%d %s '):rep(30), ('[1,'):rep(40), ('ab'):rep(4000), '\\xE4\\xB8\\xAD', '\\xFF',
  {}, {1, 2, 3}, {3, 1, 2, n = 3}, {x = 1, {y = 2}}, setmetatable({}, {__index = print}),
  setmetatable({}, {__mode = 'k'}), setmetatable({}, {__index = function() return 1 end,
    __newindex = function() end, __lt = function() return true end, __len = function() return 5 end,
    __call = function() return 2 end, __tostring = function() return 'me' end,
    __close = function() end, __pairs = function() return next, {}, nil end}),
  print, string.format, table.sort, function(...) return ... end, function() error('no') end,
  function() return nil end, coroutine.create(function() coroutine.yield(1) end),
  coroutine.wrap(print), string.gmatch('aXbX', 'X'), ('x').rep, host.echo, host.thing(1)}
for i = 1, 60 do POOL[#POOL + 1] = {i, {i}} end
do local co = coroutine.create(function() local x <close> = POOL[53] coroutine.yield() end)
  coroutine.resume(co) POOL[#POOL + 1] = co end
do local co = coroutine.create(error) coroutine.resume(co) POOL[#POOL + 1] = co end
if io then POOL[#POOL + 1] = io.stdout end
";

/// An object of the host's.
struct Thing(i64);

impl UserData for Thing {
    const NAME: &'static str = "thing";

    fn add_methods(methods: &mut crate::Methods<Self>) {
        methods.method("number", |this, ()| Ok(this.0));
    }
}

fn session(profile: Profile) -> Session {
    let limits = Limits { fuel: 2_000_000, memory: 16 << 20, ..Limits::default() };
    let mut session = Session::builder()
        .profile(profile)
        .limits(limits)
        .hash_key(1)
        .function("host.echo", |args: Variadic<HostValue>| Ok(args))
        .pending_function("host.ask")
        .object::<Thing>()
        .function_with("host.thing", |cx, number: i64| cx.object(Thing(number)))
        .module("m", "return 1")
        .build()
        .unwrap();
    let report = session.run_chunk(Chunk::new(PREPARE.as_bytes()).named("=prepare"));
    assert!(matches!(report.outcome, Outcome::Done(_)), "{report:?}");
    session
}

/// Makes a value of any kind.
fn value<'gc>(ctx: Context<'gc>, prng: &mut Prng) -> Value<'gc> {
    let pool = ctx.string(b"POOL").ok().map(|name| ctx.state.globals.get_str(ctx.heap(), name));
    match prng.below(20) {
        0 => Value::Nil,
        1..=4 => Value::Integer(prng.below(70) as i64 - 2),
        5 => Value::Integer(prng.next() as i64),
        6 | 7 => {
            let Ok(buffer) = Buffer::new(ctx.heap()) else { return Value::Nil };
            let bytes: Vec<u8> = (0..prng.below(200))
                .map(|_| if prng.chance(500) { prng.below(4) as u8 } else { prng.next() as u8 })
                .collect();
            let _ = buffer.push(ctx.heap(), &bytes);
            Value::Buffer(buffer)
        }
        8 => {
            let source = b"local a, b = 1, {2, function() return 3 end} return a + #b";
            let Ok(name) = ctx.string(b"=loaded") else { return Value::Nil };
            let globals = Value::Table(ctx.state.globals);
            match ctx.begin_load(source, name, globals, true) {
                Ok(loading) => {
                    if let Ok(source) = ctx.string(source) {
                        loading.comes_from(ctx.heap(), Value::String(source));
                    }
                    Value::Loading(loading)
                }
                Err(_) => Value::Nil,
            }
        }
        9 => Value::Table(ctx.state.globals),
        _ => match pool {
            Some(Value::Table(pool)) => pool.get_int(1 + prng.below(pool.len() as usize) as i64),
            _ => Value::Nil,
        },
    }
}

/// Puts a step of a native function with some window on the machine.
fn prepare<'gc>(ctx: Context<'gc>, def: &'static NativeDef, step: u32, prng: &mut Prng) {
    let thread = ctx.state.main_thread;
    let th = thread.state();
    th.reset(ctx);
    th.status = Status::Running;
    ctx.state.current.set(thread);
    let count = prng.below(16);
    if th.ensure(ctx, count + 64).is_err() {
        return;
    }
    let function = if prng.chance(500) {
        let upvalues: Vec<Value<'gc>> = (0..prng.below(6)).map(|_| value(ctx, prng)).collect();
        NativeClosure::new(ctx.heap(), def, &upvalues).map_or(Value::Builtin(def), Value::Native)
    } else {
        Value::Builtin(def)
    };
    th.push(function);
    for _ in 0..count {
        let value = value(ctx, prng);
        th.push(value);
    }
    th.high_water = th.top;
    let protected = prng.chance(300);
    let handler = if protected && prng.chance(300) { HANDLER } else { 0 };
    th.frames.push(Frame {
        callee: Callee::Native(def),
        entry: std::ptr::null(),
        func: 0,
        base: 1,
        top: 0,
        pc: step,
        results: prng.below(4) as i32 - 1,
        varargs: 0,
        saved: prng.below(count + 1) as u32,
        aux: prng.below(20) as u32,
        then: Then::Finish,
        flags: if protected { PROTECTED | handler } else { 0 },
        handler: 0,
    });
    ctx.state.fuel.reset();
    ctx.state.fuel.give(20_000);
}

/// Runs a step on a window.
fn run(session: &mut Session, def: &'static NativeDef, step: u32, prng: &mut Prng) {
    let lua = &mut session.machine.0;
    lua.begin();
    lua.enter(|ctx| prepare(ctx, def, step, prng));
    for _ in 0..20 {
        match lua.run() {
            // Nobody answers.
            Halt::HostCall { .. } => drop(lua.enter(|ctx| ctx.state.mailbox.borrow_mut().take())),
            _ => break,
        }
    }
    leave(lua);
}

fn step(prng: &mut Prng) -> u32 {
    match prng.below(10) {
        0 => prng.next() as u32,
        1 => 64 + prng.below(3) as u32,
        2 => 16 + prng.below(20) as u32,
        _ => prng.below(16) as u32,
    }
}

/// Does work on another thread; what is said last is what it was at when it ran on.
fn watched(work: impl FnOnce(&dyn Fn(String)) + Send + 'static) {
    let (send, receive) = channel();
    let worker = std::thread::Builder::new().stack_size(1 << 20).spawn(move || {
        work(&|said| drop(send.send(said)));
    });
    let mut last = String::new();
    loop {
        match receive.recv_timeout(Duration::from_secs(60)) {
            Ok(said) => last = said,
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => panic!("it runs on without paying: {last}"),
        }
    }
    worker.unwrap().join().unwrap();
}

#[test]
fn any_step_may_find_anything_in_its_window() {
    let from = number("MOONFUEL_WINDOWS_FROM").unwrap_or(0);
    let tries = number("MOONFUEL_WINDOWS").unwrap_or(20_000);
    watched(move |say| {
        let natives = [Profile::Compat, Profile::Full].map(natives);
        let all: Vec<(&str, &'static NativeDef)> =
            natives.iter().flat_map(|natives| natives.iter()).collect();
        let mut failures: BTreeMap<String, u64> = BTreeMap::new();
        let mut sessions: Vec<Option<Session>> = (0..3).map(|_| None).collect();
        let profiles = [Profile::Strict, Profile::Compat, Profile::Full];
        for seed in from..from + tries {
            let mut prng = Prng::new(seed, 9);
            let (name, def) = all[prng.below(all.len())];
            let step = step(&mut prng);
            let which = prng.below(3);
            let said = format!("{name} step {step} seed {seed}");
            say(said.clone());
            let mut own = sessions[which].take().unwrap_or_else(|| session(profiles[which]));
            let done = catch_unwind(AssertUnwindSafe(|| run(&mut own, def, step, &mut prng)));
            match done {
                Ok(()) => sessions[which] = Some(own),
                Err(_) => {
                    *failures.entry(format!("{name} step {step}")).or_default() += 1;
                    std::mem::forget(own);
                }
            }
        }
        assert!(failures.is_empty(), "{failures:#?}");
    });
}

/// The programs whose windows are tampered with.
fn sources() -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("lua-conformance");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "lua"));
    paths.sort();
    let small = super::refused_once::PROGRAMS.iter().map(|(_, source)| source.as_bytes().to_vec());
    small.chain(paths.iter().map(|path| std::fs::read(path).unwrap())).collect()
}

/// Changes something in the window of a native function that waits or is about to go on.
fn tamper(ctx: Context<'_>, prng: &mut Prng) {
    let thread = if prng.chance(700) { ctx.state.current.get() } else { ctx.state.main_thread };
    let th = thread.state();
    let native = |frame: &Frame<'_>| matches!(frame.callee, Callee::Native(_));
    let natives: Vec<usize> = (0..th.frames.len()).filter(|at| native(&th.frames[*at])).collect();
    if natives.is_empty() {
        return;
    }
    let at = natives[natives.len() - 1 - prng.below(natives.len().min(3))];
    let base = th.frames[at].base as usize;
    let end = th.frames.get(at + 1).map_or(th.top, |next| next.func as usize).max(base);
    let innermost = at + 1 == th.frames.len();
    match prng.below(8) {
        0 => th.frames[at].pc = prng.below(18) as u32,
        1 if innermost => th.top = base + prng.below(end - base + 1),
        2 if innermost && th.top + 40 < th.stack.capacity() => {
            let value = value(ctx, prng);
            th.push(value);
        }
        3 => {
            let from = th.stack.get(prng.below(th.top.max(1)));
            if end > base {
                th.stack.set(base + prng.below(end - base), from);
            }
        }
        _ if end > base => {
            let value = value(ctx, prng);
            th.stack.set(base + prng.below(end - base), value);
        }
        _ => {}
    }
}

#[test]
fn windows_of_waiting_functions_may_be_tampered_with() {
    let from = number("MOONFUEL_WINDOWS_FROM").unwrap_or(0);
    let tries = number("MOONFUEL_WINDOWS").unwrap_or(3_000);
    watched(move |say| {
        let sources = sources();
        let profiles = [Profile::Strict, Profile::Compat, Profile::Full];
        let mut sessions: Vec<Option<Session>> = (0..3).map(|_| None).collect();
        let mut failures = Vec::new();
        let mut tampered = 0;
        for seed in from..from + tries {
            let mut prng = Prng::new(seed, 10);
            let which = prng.below(3);
            let source = prng.below(sources.len());
            let said = format!("source {source} seed {seed}");
            say(said.clone());
            let own = sessions[which].take().unwrap_or_else(|| session(profiles[which]));
            let done = catch_unwind(AssertUnwindSafe(|| {
                let mut run = own.start(Chunk::new(&sources[source]).named("=tampered"));
                let slice = 1 << prng.below(9);
                let mut left = 60 + prng.below(200);
                let mut used = 0;
                while left > 0 {
                    left -= 1;
                    match run.step(slice + prng.next() % slice) {
                        crate::Step::Ended => break,
                        crate::Step::Pending(calls) => {
                            for call in calls {
                                run.answer(call.id, Ok(call.args.clone())).unwrap();
                            }
                        }
                        _ => {}
                    }
                    if prng.chance(100) {
                        run.session.machine.0.enter(|ctx| tamper(ctx, &mut prng));
                        used += 1;
                    }
                }
                for _ in 0..50 {
                    if run.step(4000).is_ended() {
                        break;
                    }
                }
                (run.finish().0, used)
            }));
            match done {
                Ok((own, used)) => {
                    sessions[which] = Some(own);
                    tampered += used;
                }
                Err(_) => failures.push(said),
            }
        }
        assert!(failures.is_empty(), "{failures:?}");
        assert!(tampered > tries, "{tampered}");
    });
}
