//! What scripts may try against their host, and what must come of it.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use moonfuel::{Chunk, HostError, HostValue, Limits, Outcome, Profile, Report, Session, Variadic};

fn session(limits: Limits) -> Session {
    Session::builder()
        .limits(limits)
        .function("echo", |values: Variadic<HostValue>| Ok(values))
        .function("fail", |()| -> Result<(), HostError> { Err(HostError::new("it failed")) })
        .function("panic", |()| -> Result<(), HostError> {
            std::panic::resume_unwind(Box::new("the secret of /etc/shadow"))
        })
        .build()
        .unwrap()
}

fn run(source: &str) -> Report {
    session(Limits::default()).run(source)
}

// threat: LIM-1
#[test]
fn limits_are_finite_unless_written_otherwise() {
    let (default, none) = (Limits::default(), Limits::unlimited());
    for (default, none) in [
        (default.fuel, none.fuel),
        (default.memory, none.memory),
        (default.output, none.output),
        (default.host_calls, none.host_calls),
        (default.host_result, none.host_result),
        (default.source, none.source),
        (default.coroutines, none.coroutines),
        (default.call_depth, none.call_depth),
    ] {
        assert!(default < 1 << 32 && none > 1 << 60, "{default} {none}");
    }
    assert_eq!(*Session::builder().build().unwrap().limits(), Limits::default());
}

// threat: LIM-2
#[test]
fn a_limit_that_is_set_holds() {
    let free = Limits::default;
    let recursion = "local function f(n) if n > 0 then return 1 + f(n - 1) end return 0 end
        return pcall(f, 500)";
    let coroutines = "local t = {} for i = 1, 100 do
        local ok, co = pcall(coroutine.create, print) if not ok then return i, co end t[i] = co end";
    let cases: [(Limits, &str, &str); 8] = [
        (Limits { fuel: 5_000, ..free() }, "while true do end", "OutOfFuel"),
        (
            Limits { memory: 1 << 20, ..free() },
            "local t = {} while true do t[#t + 1] = {} end",
            "OutOfMemory",
        ),
        (Limits { output: 100, ..free() }, "while true do print('x') end", "OutputLimit"),
        (Limits { host_calls: 10, ..free() }, "while true do echo() end", "HostCallLimit"),
        (Limits { host_result: 100, ..free() }, "return echo(('x'):rep(1000))", "too large"),
        (
            Limits { source: 10, ..free() },
            "return 'longer than ten bytes'",
            "more than 10 (limit: source)",
        ),
        (Limits { coroutines: 20, ..free() }, coroutines, "coroutines"),
        (Limits { call_depth: 100, ..free() }, recursion, "stack overflow"),
    ];
    for (limits, source, text) in cases {
        let shown = format!("{limits:?}");
        let outcome = format!("{:?}", session(limits).run(source).outcome);
        assert!(outcome.contains(text), "{shown}\n{outcome}");
        // Without it the script does something else.
        if !source.contains("while true") {
            let outcome = format!("{:?}", run(source).outcome);
            assert!(!outcome.contains(text), "{outcome}");
        }
    }
}

// threat: HOST-2
#[test]
fn calls_of_the_host_are_counted_whatever_comes_of_them() {
    for call in ["echo", "fail", "panic", "echo, print"] {
        let limits = Limits { host_calls: 100, ..Limits::default() };
        let mut session = session(limits);
        let report = session.run(format!("while true do pcall({call}) end"));
        assert_eq!(report.outcome, Outcome::HostCallLimit, "{call}");
        assert_eq!(report.usage.host_calls, 100, "{call}");
        assert_eq!(session.run("return echo(1)").json().unwrap(), "[1]");
    }
}

// threat: HOST-6
#[test]
fn a_panic_tells_a_script_nothing() {
    let report = run("return pcall(panic)");
    let text = report.json().unwrap();
    assert!(text.contains("false") && !text.contains("secret"), "{text}");
}

// threat: JSON-1 JSON-2 JSON-3 JSON-4 JSON-5 JSON-6
#[test]
fn what_has_no_json_form_is_an_error_with_its_path() {
    for (value, error) in [
        ("(function() local t = {a = {}} t.a.b = t return t end)()", "(at $.a.b"),
        ("(function() local t = {} for i = 1, 200 do t = {t} end return t end)()", "nested deeper"),
        ("{x = {0 / 0}}", "NaN (at $.x[1])"),
        ("{math.huge}", "inf (at $[1])"),
        ("{a = '\\xff'}", "Invalid UTF-8 (at $.a)"),
        ("{['\\xff'] = 1}", "Invalid UTF-8 (at $"),
        ("{f = print}", "Functions cannot be converted to JSON (at $.f)"),
        ("{coroutine.create(print)}", "Threads cannot be converted to JSON (at $[1])"),
        ("{[true] = 1}", "(at $"),
        ("{[{}] = 1}", "(at $"),
    ] {
        let report = run(&format!("return pcall(json.encode, {value})"));
        let text = report.json().unwrap();
        assert!(text.starts_with("[false,") && text.contains(error), "{value}: {text}");
    }
}

// threat: JSON-7
#[test]
fn conversions_call_no_metamethod() {
    let report = run("
        local called = 0
        local function call() called = called + 1 return 1 end
        local m = {__index = call, __pairs = call, __len = call, __tostring = call, __call = call,
          __newindex = call, __eq = call, __name = 'x'}
        local t = setmetatable({1, 2, {a = setmetatable({}, m)}}, m)
        local text = json.encode(t)
        echo(t)
        return text, called, t");
    assert_eq!(report.json().unwrap(), r#"["[1,2,{\"a\":[]}]",0,[1,2,{"a":[]}]]"#);
}

// threat: JSON-8
#[test]
fn a_graph_that_unfolds_is_paid_for() {
    let unfold = "local t = {'x'} for i = 1, 60 do t = {t, t} end";
    for use_it in ["json.encode(t)", "echo(t)", "return t", "error(t)"] {
        let limits = Limits { fuel: 20_000_000, memory: 16 << 20, ..Limits::default() };
        let report = session(limits).run(format!("{unfold} {use_it}"));
        let stopped = match &report.outcome {
            Outcome::OutOfFuel | Outcome::OutOfMemory => true,
            // Results and error objects are bounded by themselves.
            Outcome::Done(Err(error)) => error.to_string().contains("longer than"),
            Outcome::Failed(error) => error.value.as_ref().is_none_or(|text| text.len() < 1 << 20),
            _ => false,
        };
        assert!(stopped && report.usage.memory_peak <= 16 << 20, "{use_it}: {:?}", report.outcome);
    }
}

// threat: SES-3
#[test]
fn sessions_beside_each_other_are_as_if_alone() {
    let script = "
        local t = setmetatable({}, {__gc = function() end})
        seen = (seen or 0) + 1
        for i = 1, 200 do local s = 'a string that both make ' .. i end
        collectgarbage()
        return seen, tostring({}), tostring(print), math.random(1 << 50), os.time(), os.clock(),
          collectgarbage('count'), rawlen(_G)";
    let chunk = || Chunk::new(script.as_bytes()).named("=both");
    let alone = |count: usize| {
        let mut session = session(Limits::default());
        (0..count).map(|_| session.run_chunk(chunk())).collect::<Vec<Report>>()
    };
    let expected = alone(3);
    // Slice by slice, one after the other, with a third that fails in between.
    let (mut first, mut second) = (session(Limits::default()), session(Limits::default()));
    for report in &expected {
        let (mut a, mut b) = (first.start(chunk()), second.start(chunk()));
        let mut noise = session(Limits { fuel: 3_000, ..Limits::default() });
        loop {
            let ended = [a.step(11).is_ended(), b.step(7).is_ended()];
            let source =
                "print = nil for i = 1, 1e9 do local s = 'a string that both make ' .. i end";
            assert_eq!(noise.run(source).outcome, Outcome::OutOfFuel);
            if ended == [true, true] {
                break;
            }
        }
        let ((one, a), (two, b)) = (a.finish(), b.finish());
        (first, second) = (one, two);
        assert_eq!((&a, &b), (report, report));
    }
}

// threat: SES-2
#[test]
fn what_is_kept_from_a_run_that_was_stopped_works_later() {
    for atomic in [true, false] {
        let mut session = Session::builder().atomic(atomic).build().unwrap();
        let made = "n = 0
            co = coroutine.wrap(function() while true do n = n + 1 coroutine.yield(n) end end)
            function spin() while true do n = n + 1 end end
            return co()";
        assert_eq!(session.run(made).json().unwrap(), "[1]");
        let stopped = Chunk::new(b"co() spin()");
        let limits = Limits { fuel: 1_000, ..Limits::default() };
        assert_eq!(session.run_chunk(stopped.limits(limits)).outcome, Outcome::OutOfFuel);
        let report = session.run("local before = n return co() == before + 1, n > 1");
        assert_eq!(report.json().unwrap(), "[true,true]", "atomic: {atomic}");
        // A coroutine that was stopped in its midst is dead, or as if nothing had happened.
        let inside = "inner = coroutine.create(function() spin() end)
            outer = coroutine.create(function() return coroutine.resume(inner) end)
            coroutine.resume(outer)";
        let limits = Limits { fuel: 3_000, ..Limits::default() };
        let chunk = Chunk::new(inside.as_bytes()).limits(limits);
        assert_eq!(session.run_chunk(chunk).outcome, Outcome::OutOfFuel);
        let report = session.run(
            "if not inner then return 'undone' end
            return coroutine.status(inner), coroutine.status(outer), coroutine.resume(inner)",
        );
        let expected = match atomic {
            true => r#"["undone"]"#,
            false => r#"["dead","dead",false,"cannot resume dead coroutine"]"#,
        };
        assert_eq!(report.json().unwrap(), expected);
    }
}

// threat: ESC-9
#[test]
fn output_is_bytes_as_they_were_printed() {
    let report = run("print('\\27]0;x\\7', 'a\\rb', '\\u{202E}', '\\xff\\0')");
    assert_eq!(
        report.output,
        "\x1b]0;x\x07\ta\rb\t\u{202e}\t".bytes().chain(*b"\xff\0\n").collect::<Vec<u8>>()
    );
}

// threat: ESC-3
#[test]
fn nothing_of_the_machine_is_in_what_scripts_see() {
    let source = "
        local t = {}
        for name, lib in pairs(_G) do
          t[#t + 1] = tostring(name) .. tostring(lib)
          if type(lib) == 'table' then
            for k, v in pairs(lib) do
              if type(v) ~= 'string' then t[#t + 1] = tostring(k) .. tostring(v) end
            end
          end
        end
        return table.concat(t, '\\n'), select(2, pcall(error, {})) ~= nil,
          (select(2, xpcall(function() local x = nil + 1 end, debug.traceback)))";
    for profile in [Profile::Strict, Profile::Compat] {
        let text = |key: u64| {
            let session = Session::builder().profile(profile).hash_key(key).build();
            session.unwrap().run(source).json().unwrap().to_owned()
        };
        assert_eq!(text(1), text(2));
        let foreign = [env!("CARGO_MANIFEST_DIR"), "/usr", "/home", ".rs:", "0x7f", "0x55"];
        assert!(!foreign.iter().any(|foreign| text(3).contains(foreign)), "{}", text(3));
    }
}
