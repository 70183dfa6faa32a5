//! Invariant "Asked before taken": what grows is refused before it is there, the
//! process stays near its limit, and what a run took it gives back.

#![allow(
    clippy::disallowed_types,
    clippy::expect_used,
    reason = "a test may stop, and may look at the clock"
)]

use moonfuel::{Limits, Methods, Outcome, Report, Session, UserData};

const LIMIT: u64 = 16 << 20;

/// Programs that want more than there is.
const GREEDY: &[(&str, &str)] = &[
    ("string doubling", "local s = 'x' while true do s = s .. s end"),
    ("array growth", "local t = {} for i = 1, 1e9 do t[i] = i end"),
    ("hash growth", "local t = {} for i = 1, 1e9 do t['k' .. i] = i end"),
    ("float keys", "local t = {} for i = 1, 1e9 do t[i + 0.5] = i end"),
    ("tables", "local t = {} for i = 1, 1e9 do t[i] = {} end"),
    ("linked list", "local l for i = 1, 1e9 do l = { l } end"),
    ("rep", "local s = ('x'):rep(1e9) return #s"),
    ("rep with separator", "local s = ('x'):rep(1e8, 'abc') return #s"),
    ("reps kept", "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end"),
    ("closures", "local t = {} for i = 1, 1e9 do t[i] = function() return i end end"),
    ("coroutines", "local t = {} for i = 1, 1e9 do t[i] = coroutine.create(print) end"),
    (
        "running coroutines",
        "local t = {} for i = 1, 1e9 do t[i] = coroutine.wrap(function() local a, b, c coroutine.yield() end) t[i]() end",
    ),
    (
        "concat",
        "local s = ('x'):rep(1e6) local t = {} for i = 1, 200 do t[i] = s end return #table.concat(t)",
    ),
    ("concat operator", "local s = ('x'):rep(4e6) return #(s .. s .. s .. s .. s .. s)"),
    ("format", "local t = {} for i = 1, 1e9 do t[i] = string.format('%99d', i) end"),
    (
        "format of long strings",
        "local s = ('x'):rep(4e6) return #string.format('%s%s%s%s%s%s', s, s, s, s, s, s)",
    ),
    ("load", "local s = ('local a = {1, 2, 3} '):rep(2e5) return load(s)"),
    ("load of strings", "return load('return {' .. ('\"abc\",'):rep(1e6) .. '}')"),
    ("load reader", "local s = ('x'):rep(1e5) return assert(load(function() return s end))"),
    ("loaded functions", "local t = {} for i = 1, 1e9 do t[i] = load('return ' .. i) end"),
    (
        "recursion",
        "local function f(a, b, c, d) local e, g, h = 1, 2, 3 return 1 + f(a, b, c, d) end f()",
    ),
    (
        "recursion in coroutines",
        "local function f() return 1 + f() end local t = {} for i = 1, 1e9 do t[i] = coroutine.create(f) coroutine.resume(t[i]) end",
    ),
    ("gsub", "local s = ('x'):rep(1e6) return s:gsub('x', ('y'):rep(100))"),
    (
        "gsub callback",
        "local s = ('x'):rep(1e5) return s:gsub('x', function() return ('y'):rep(1000) end)",
    ),
    (
        "upper and reverse",
        "local t = {} local s = ('x'):rep(1e6) for i = 1, 1e9 do t[i] = s:upper():reverse() end",
    ),
    ("substrings", "local t = {} local s = ('x'):rep(1e6) for i = 1, 1e9 do t[i] = s:sub(2) end"),
    (
        "pcall of reps",
        "local t = {} while true do local ok, s = pcall(string.rep, 'x', 1e6) if not ok then error(s, 0) end t[#t + 1] = s end",
    ),
    (
        "unpack",
        "local t = {} for i = 1, 1e5 do t[i] = i end local k = {} while true do k[#k + 1] = { table.unpack(t) } end",
    ),
    ("varargs", "local function f(...) return 1 + f(1, ...) end f()"),
    ("pack", "local t = {} while true do t[#t + 1] = table.pack(1, 2, 3) end"),
    ("string.pack", "local t = {} while true do t[#t + 1] = string.pack('c1000', 'x') end"),
    (
        "json.encode",
        "local t = {} for i = 1, 1e9 do t[i] = json.encode({ ('x'):rep(1000), i }) end",
    ),
    (
        "json.encode of much",
        "local t = {} for i = 1, 3e5 do t[i] = i end local s = {} for i = 1, 50 do s[i] = t end return json.encode(s)",
    ),
    ("json.decode", "return json.decode('[' .. ('[],'):rep(5e5) .. '1]')"),
    ("errors", "local t = {} while true do local _, e = pcall(error, { 'x' }) t[#t + 1] = e end"),
    (
        "error messages",
        "local t = {} while true do local _, e = pcall(error, ('x'):rep(1000) .. #t, 2) t[#t + 1] = e .. #t end",
    ),
    ("globals", "for i = 1, 1e9 do _G['g' .. i] = i end"),
    ("metatables", "local t = {} while true do t = setmetatable({}, { __index = t }) end"),
    ("upvalues", "local f = print while true do local g = f f = function() return g() end end"),
    ("utf8.char", "local t = {} while true do t[#t + 1] = utf8.char(1, 2, 3) .. #t end"),
    ("table.move", "local t = { 1 } while true do table.move(t, 1, #t, #t + 1) end"),
    ("table.insert", "local t = {} while true do table.insert(t, {}) end"),
    ("gmatch", "local t = {} while true do t[#t + 1] = ('a b'):gmatch('%a') end"),
    (
        "tracebacks",
        "local t = {} while true do t[#t + 1] = debug.traceback(('x'):rep(100)) .. #t end",
    ),
    (
        "closing list",
        "local function f() local x <close> = setmetatable({}, { __close = type }) return (f()) end f()",
    ),
];

fn greedy(source: &str) -> Report {
    let limits =
        Limits { memory: LIMIT, fuel: 300_000_000, coroutines: u64::MAX, ..Limits::default() };
    Session::builder().limits(limits).build().expect("a session").run(source)
}

/// Tells whether the run ended for want of memory.
fn refused(report: &Report) -> bool {
    match &report.outcome {
        Outcome::OutOfMemory => true,
        Outcome::Failed(error) => {
            let text = error.to_string();
            text.contains("not enough memory") || text.contains("stack overflow")
        }
        _ => false,
    }
}

#[test]
fn asked_before_taken_greedy_programs_are_refused() {
    for (name, source) in GREEDY {
        let report = greedy(source);
        assert!(refused(&report), "{name}: {:?} {:?}", report.outcome, report.usage);
        assert!(report.usage.memory_peak <= LIMIT, "{name}: {:?}", report.usage);
    }
}

#[test]
fn asked_before_taken_refusals_are_caught_and_the_script_goes_on() {
    for (name, source) in GREEDY {
        let report = greedy(&format!(
            "local function greedy() {source} end local ok = pcall(greedy) return ok, #('x'):rep(100000)"
        ));
        if *name == "globals" {
            continue;
        }
        assert_eq!(report.json().ok(), Some("[false,100000]"), "{name}: {:?}", report.outcome);
    }
}

#[test]
fn message_handlers_of_scripts_do_not_see_refused_memory() {
    // Manual §4.4.1: for memory errors, the message handler is not called.
    let source = r#"
        local calls = 0
        local function handler(m) calls = calls + 1 return "handled: " .. m end
        local function grow() local s = "x" while true do s = s .. s end end
        print(xpcall(grow, handler))
        print(xpcall(coroutine.wrap(grow), handler))
        print(xpcall(function()
            local ok, m = pcall(grow)
            error(m, 0)
        end, handler))
        print(xpcall(function()
            local x <close> = setmetatable({}, { __close = function() error("closed", 0) end })
            grow()
        end, handler))
        return calls
    "#;
    let report = greedy(source);
    // But for what `__close` raises meanwhile.
    assert_eq!(report.json().ok(), Some("[1]"), "{report:?}");
    let output = String::from_utf8_lossy(&report.output).into_owned();
    let refused = "false\tnot enough memory\n";
    assert_eq!(output, [refused, refused, refused, "false\thandled: closed\n"].concat());
    // Where the run ends by it, its host is told where that was.
    let report = greedy("local s = 'x'\nwhile true do s = s .. s end");
    assert_eq!(report.place.as_ref().and_then(|place| place.line), Some(2), "{report:?}");
}

#[test]
fn asked_before_taken_output_is_capped() {
    let limits = Limits { output: 100_000, ..Limits::default() };
    let mut session = Session::builder().limits(limits).build().expect("a session");
    let report = session.run("while true do pcall(print, ('x'):rep(999)) end");
    assert_eq!(report.outcome, Outcome::OutputLimit);
    assert_eq!((report.output.len(), report.truncated), (100_000, true));
}

/// A heap at its limit must not make every small allocation a free full collection.
#[test]
fn asked_before_taken_a_full_heap_pays_for_its_collections() {
    let source = "local keep = {} pcall(function() for i = 1, 1e9 do keep[i] = { i } end end) \
        local n = 0 while true do n = n + 1 pcall(function() local x = ('y'):rep(20000) end) end";
    let began = std::time::Instant::now();
    let report = greedy(source);
    assert_eq!(report.outcome, Outcome::OutOfFuel);
    assert!(began.elapsed().as_secs() < 30, "{:?}", began.elapsed());
    let report =
        greedy("local t = {} for i = 1, 1e5 do t[i] = {} end while true do collectgarbage() end");
    assert_eq!(report.outcome, Outcome::OutOfFuel);
}

#[test]
fn account_returns_to_its_baseline_run_after_run() {
    let mut session = Session::builder().build().expect("a session");
    let source = "local t = {} for i = 1, 200 do t[i] = { tostring(i), function() return i end } end \
        local co = coroutine.wrap(function() coroutine.yield() end) co() \
        local s = json.encode(t[1][1]) load('return 1')() error(s)";
    let measure = |session: &mut Session| {
        let _ = session.run("collectgarbage()");
        let report = session.run("return math.floor(collectgarbage('count') * 1024)");
        report.values().expect("a figure")[0].as_i64().expect("an integer")
    };
    for _ in 0..10 {
        let _ = session.run(source);
    }
    let before = measure(&mut session);
    for _ in 0..1_000 {
        assert!(matches!(session.run(source).outcome, Outcome::Failed(_)));
    }
    let after = measure(&mut session);
    assert!(after <= before + 64, "{before} bytes became {after}");
}

/// Runs the command under each greedy program and watches the process.
#[cfg(all(target_os = "linux", feature = "cli"))]
#[test]
fn asked_before_taken_the_process_stays_near_its_limit() {
    use std::process::{Command, Stdio};
    let folder = tempfile::tempdir().expect("a folder");
    for (name, source) in GREEDY {
        let file = folder.path().join("greedy.lua");
        std::fs::write(&file, source).expect("a script");
        // The shell stays the parent and waits: `VmHWM` of the child is read while it runs
        // and lasts until it is reaped.
        let mut child = Command::new(env!("CARGO_BIN_EXE_moonfuel"))
            .args(["run", "--memory", "16MiB", "--fuel", "300M"])
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command");
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        while child.try_wait().expect("a status").is_none() {
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
            peak = peak.max(kib.unwrap_or(0));
            std::thread::sleep(std::time::Duration::from_micros(500));
        }
        assert!(peak < 40 * 1024, "{name}: {peak} KiB");
    }
}

#[test]
fn what_a_call_left_in_registers_keeps_no_garbage_alive() {
    let full = "local live pcall(function() while true do live = {live} end end) live = nil\n";
    for wanted in [
        "local c = 0 local f = function() c = c + 1 end f() return c",
        "local t = {{}} return #t",
        "local s = ('x'):rep(50) return #(s .. 1 .. s) // 101",
        "local co = coroutine.wrap(function() return 1 end) return co()",
    ] {
        for memory in [2 << 20, 4 << 20, 16 << 20] {
            let limits = Limits { memory, ..Limits::default() };
            let mut session = Session::builder().limits(limits).build().expect("a session");
            let report = session.run(format!("{full}{wanted}"));
            assert_eq!(report.json().as_deref(), Ok("[1]"), "{wanted} in {memory} bytes");
        }
    }
}

/// A function writes to its registers without saying so: what a collection finds dead in one
/// must be gone from it when the next comes, at an instruction that does not tell which of them
/// are in use (here one whose table cannot grow).
// threat: ESC-11
#[test]
fn what_was_freed_is_in_no_register() {
    let names = (0..120).map(|n| format!("a{n}")).collect::<Vec<_>>().join(",");
    let source = format!(
        "local T, n = {{}}, 1 << 15
         for i = 1, n do T[i] = i end
         local function f(T, n)
           collectgarbage()
           do local {names} local x = {{}} end
           collectgarbage()
           T[n + 1] = n
           T[n + 2] = n
         end
         local refused = 0
         for i = 1, 20 do if not pcall(f, T, n) then refused = refused + 1 end end
         return refused"
    );
    let mut refused = 0;
    for memory in (1_000_000..1_700_000).step_by(100_000) {
        let limits = Limits { memory, ..Limits::default() };
        let mut session = Session::builder().limits(limits).build().expect("a session");
        let report = session.run(&source);
        refused += report.values().expect("a count")[0].as_u64().expect("a count");
        assert!(session.run("return 1").is_done());
    }
    assert!(refused > 20, "{refused}");
}

/// An object that says it takes more than there is anywhere.
struct Vast(usize);

impl UserData for Vast {
    const NAME: &'static str = "Vast";

    fn add_methods(_: &mut Methods<Self>) {}

    fn size_hint(&self) -> usize {
        self.0
    }
}

#[test]
fn what_a_host_says_it_takes_may_be_any_number() {
    for memory in [u64::MAX, u64::MAX - 1, u64::MAX / 2, 1 << 48, 1 << 20] {
        let limits = Limits { memory, ..Limits::default() };
        let builder = Session::builder().limits(limits).object::<Vast>();
        let mut session = builder
            .function_with("vast", |cx, n: i64| cx.object(Vast(n as usize)))
            .function_with("twice", |cx, n: i64| {
                cx.reserve(n as usize)?;
                cx.reserve(n as usize)?;
                Ok(1)
            })
            .build()
            .expect("a session");
        for n in [i64::MAX, i64::MAX / 2 + 5, i64::MAX / 3, -1, i64::MIN, 1 << 47, 1 << 31] {
            let source = format!(
                "print(pcall(twice, {n}))
                 local t = {{}} for i = 1, 5 do t[i] = pcall(vast, {n}) end
                 kept = nil collectgarbage() kept = t[1] error('undone')"
            );
            for _ in 0..5 {
                let report = session.run(&source);
                // A collection is paid by what is in use, so fuel may end first.
                assert!(!report.is_done(), "{:?}", report.outcome);
                let _ = session.object(Vast(n as usize));
            }
            let report = session.run("collectgarbage() return collectgarbage('count') < 1000");
            assert_eq!(report.json().expect("a value"), "[true]", "{n} of {memory}");
        }
    }
}
