//! A run that stands at any instruction at all may have a collection, be copied or be saved there,
//! and goes on as if nothing had been.
//!
//! `MOONFUEL_ANYWHERE=1000 cargo test --release --lib anywhere` has so many programs of random
//! ones stand at each of their units; `MOONFUEL_ANYWHERE_FROM=n` begins with another one, and
//! `MOONFUEL_ANYWHERE_FOLDER` names a folder of other programs, which stand at some of them.

use super::generated::{self, number, tells_collections};
use crate::{Chunk, Limits, Outcome, Profile, Report, Session, SessionBuilder};

/// Calls of all kinds with more values than functions have registers, and lists of values that
/// end where nothing says it but the stack's top.
const PROGRAMS: [&str; 4] = [
    "local function f(...) return ... end
     local function g(a, ...) local n = select('#', ...) return n, a, ... end
     local function few(a, b, ...) return (...) end
     print(f(1, 2, 3, 4, 5, 6, 7, 8, 9)) print(g(f('a', 'b', 'c', 'd', 'e', 'f')))
     print((function(...) return few(...) end)({}, {}, 'third', 4, 5, 6, 7, 8))
     local t = {f(1, nil, 3, nil, 5), ...} print(#{...}, t[5], select(-2, f(1, 2, 3, 4, 5)))",
    "local t = setmetatable({}, {
       __call = function(self, ...) return select('#', ...), ... end,
       __index = function(...) return select('#', ...) end,
       __add = function(...) return table.pack(...).n end,
       __close = function(...) print('close', select('#', ...)) end })
     print(t(1, 2, 3, 4, 5, 6, 7)) print(t.x, t + 1, pcall(t, 'a', 'b', 'c', 'd', 'e'))
     do local closed <close> = t end
     local garbage = {__gc = function(...) local values = {...} return values end}
     for i = 1, 3 do setmetatable({}, garbage) print((function(...) return ... end)(i, 2, 3, 4, 5)) end
     print(pcall(function(...) error(select(6, ...)) end, 1, 2, 3, 4, 5, 'last'))",
    "local function f(...) local a, b = coroutine.yield(...) return b, a, ... end
     local co = coroutine.wrap(f) print(co(1, 2, 3, 4, 5, 6, 7)) print(co('x', 'y'))
     print(coroutine.resume(coroutine.create(function(...) return select(4, ...) end), 1, 2, 3, 4, 5, 6))
     table.sort({3, 1, 2}, function(...) local a, b = ... return a < b end)
     print(('abc'):gsub('(.)(.)', function(...) local a, b = ... return b .. a end))",
    "local function tail(n, ...) if n == 0 then return ... end return tail(n - 1, n, ...) end
     print(tail(9)) for i, v in (function(...) return ... end)(ipairs{7, 8}) do print(i, v) end
     local s = {} for i = 1, 4 do s[i] = {i .. '', k = i, tail(i)} end
     print(s[4][1], #s[4], s[4].k, table.concat({tail(6)}, s[1][1] .. '-'))
     goto done ::done:: local a <const>, b = 1, tail(3) print(a, b, -b, ~b, not b, b // 1, a < b)",
];

/// What a host does where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Nothing,
    /// Garbage is collected, and its finalizers are called next.
    Collects,
    Copies,
    Saves,
}

fn builder(source: &str) -> SessionBuilder {
    let profile = if source.starts_with("--full") { Profile::Full } else { Profile::Compat };
    let limits = Limits { fuel: 1_000_000, ..Limits::default() };
    Session::builder().limits(limits).profile(profile).hash_key(7)
}

/// Stands once, after so many units of fuel.
fn run(source: &str, after: u64, manner: Manner) -> Report {
    let session = builder(source).build().unwrap();
    let mut run = session.start(Chunk::new(source.as_bytes()).named("=anywhere"));
    let mut step = run.step(after);
    match manner {
        _ if step.is_ended() => {}
        Manner::Nothing => {}
        Manner::Collects => run.session.machine.0.collect(),
        Manner::Copies => run = run.fork(builder(source)).unwrap(),
        Manner::Saves => run = builder(source).restore_run(&run.snapshot().unwrap()).unwrap(),
    }
    while !step.is_ended() {
        step = run.step(u64::MAX);
    }
    run.finish().1
}

/// Has a program stand at each `by`th of its units of fuel. Returns how often.
fn stands(source: &str, by: u64) -> Result<u64, String> {
    let whole = run(source, u64::MAX, Manner::Nothing);
    let tells = tells_collections(source);
    let mut stands = 0;
    for after in (0..whole.usage.fuel_used).step_by(by as usize) {
        for manner in [Manner::Collects, Manner::Copies, Manner::Saves] {
            let collects = manner == Manner::Collects;
            if collects && tells && !PROGRAMS.contains(&source) {
                continue;
            }
            let mut seen = run(source, after, manner);
            if collects {
                // What is taken of memory, and what finalizers cost, is another matter.
                seen.usage = whole.usage;
            }
            if seen != whole {
                let text = format!("{manner:?} after {after} units of {source}");
                return Err(format!("{text}\n{seen:?}\ninstead of {whole:?}"));
            }
        }
        stands += 1;
    }
    Ok(stands)
}

#[test]
fn runs_go_on_from_anywhere() {
    for source in PROGRAMS {
        assert!(run(source, u64::MAX, Manner::Nothing).is_done(), "{source}");
        let stands = stands(source, 1).unwrap();
        assert!(stands > 300, "{stands}");
    }
}

#[test]
fn generated_runs_go_on_from_anywhere() {
    let count = number("MOONFUEL_ANYWHERE").unwrap_or(14);
    let from = number("MOONFUEL_ANYWHERE_FROM").unwrap_or(0);
    let by = if count > 14 { 1 } else { 23 };
    let sources: Vec<String> = match generated::in_folder("MOONFUEL_ANYWHERE_FOLDER") {
        Some(programs) => {
            let texts = programs.into_iter().map(|(_, text)| String::from_utf8(text));
            texts.filter_map(Result::ok).collect()
        }
        None => (from..from + count).map(|id| generated::source(31, id)).collect(),
    };
    let failed: Vec<String> =
        sources.iter().filter_map(|source| stands(source, by).err()).collect();
    assert!(failed.is_empty(), "{} failures: {}", failed.len(), failed[0]);
}

/// A function with more arguments than the stack has room for, where memory for it is refused
/// before there was a collection.
#[test]
fn no_argument_is_lost_where_memory_is_refused() {
    let args: Vec<String> = (1..=120).map(|number| number.to_string()).collect();
    let source = format!(
        "local function f(...) return ... end local garbage for i = 1, 3000 do garbage = {{}} end
         local t = table.pack(f({})) return t[120], t.n",
        args.join(", ")
    );
    let (mut done, mut refused) = (0, 0);
    for memory in (30_000..200_000).step_by(160) {
        let limits = Limits { memory, ..Limits::default() };
        let Ok(mut session) = Session::builder().limits(limits).build() else { continue };
        match session.run(source.as_str()).outcome {
            Outcome::Done(values) => {
                assert_eq!(values.unwrap(), "[120,120]", "{memory}");
                done += 1;
            }
            Outcome::OutOfMemory => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(done > 100 && refused > 10, "{done} {refused}");
}
