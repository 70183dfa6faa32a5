//! `require` in sandboxes: modules the host registers or keeps in a directory.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may stop, and says what it skipped"
)]

use moonfuel::{
    HostCx, HostError, Limits, ModuleSource, Outcome, Profile, Report, Session, SessionBuilder,
    Sought,
};

fn json(report: &Report) -> String {
    match &report.outcome {
        Outcome::Done(_) => report.json().unwrap().to_owned(),
        other => panic!("{other:?}"),
    }
}

fn both(describe: impl Fn() -> SessionBuilder, test: impl Fn(Profile, &mut Session)) {
    for profile in [Profile::Strict, Profile::Compat] {
        test(profile, &mut describe().profile(profile).build().expect("a session"));
    }
}

#[test]
fn a_registered_module_is_loaded_once() {
    let describe = || {
        Session::builder()
            .module(
                "counter",
                "count = (count or 0) + 1 local name, file = ... return {name, file}",
            )
            .module("nothing", "")
            .module("no", "return false")
            .module("a.b", "#!lua\nreturn debug.traceback('here')")
    };
    both(describe, |_, session| {
        let report = session.run(
            "local a, file = require('counter') local b = require('counter')
             return a == b, a, file, count, require('nothing'), (require('no')), require('string') == string",
        );
        assert_eq!(json(&report), r#"[true,["counter","counter"],"counter",1,true,false,true]"#);
        assert_eq!(report.usage.host_calls, 3);
        // It stays loaded from run to run, but not in pristine copies.
        assert_eq!(json(&session.run("require('counter') return count")), "[1]");
        let report = session.execute("return count, require('counter') and count", None);
        assert_eq!(json(&report), "[null,1]");
        let trace = json(&session.run("return (require('a.b'))"));
        assert!(
            trace.starts_with(r#"["here\nstack traceback:\n\ta.b:2: in main chunk\n"#),
            "{trace}"
        );
    });
}

#[test]
fn what_cannot_be_loaded_is_an_error() {
    let describe = || Session::builder().module("bad", "x = = 1").module("fails", "error('x')");
    both(describe, |profile, session| {
        let mut message = |code: &str| {
            let report =
                session.run(format!("local ok, message = pcall(require, {code}) return message"));
            let values: Vec<String> = serde_json::from_str(&json(&report)).unwrap();
            values[0].clone()
        };
        let preload = match profile {
            Profile::Compat => "\n\tno field package.preload['none']",
            _ => "",
        };
        assert_eq!(
            message("'none'"),
            format!("module 'none' not found:{preload}\n\tno module 'none' from the host")
        );
        assert_eq!(
            message("'bad'"),
            "error loading module 'bad' from file 'bad':\n\tbad:1: unexpected symbol near '='"
        );
        assert_eq!(message("'fails'"), "fails:1: x");
        assert_eq!(message("{}"), "bad argument #1 to 'require' (string expected, got table)");
    });
    both(Session::builder, |profile, session| {
        let report = session.run("return select(2, pcall(require, 'none'))");
        let text = json(&report);
        assert!(text.ends_with("no module 'none' from the host\"]"), "{profile:?}: {text}");
        assert_eq!(report.usage.host_calls, 0);
    });
}

#[test]
fn bytecode_is_no_module() {
    let describe = || Session::builder().module("binary", b"\x1bLua".to_vec());
    both(describe, |_, session| {
        let text = json(&session.run("return select(2, pcall(require, 'binary'))"));
        assert!(text.contains("attempt to load a binary chunk (mode is 't')"), "{text}");
    });
}

#[test]
fn modules_may_yield_and_require_each_other() {
    let describe = || {
        Session::builder()
            .module("outer", "return require('inner') + coroutine.yield('waiting')")
            .module("inner", "return coroutine.yield('inside')")
            .module("loop", "return require('loop')")
    };
    both(describe, |profile, session| {
        let report = session.run(
            "local co = coroutine.wrap(require)
             local ok, first = pcall(co, 'outer')
             if not ok then return first end
             return first, co(40), co(2)",
        );
        let expected = match profile {
            Profile::Strict => r#"["inside","waiting",42,"outer"]"#,
            // As PUC's `require`, which no yield leaves.
            _ => r#"["attempt to yield across a C-call boundary"]"#,
        };
        assert_eq!(json(&report), expected);
        let text = json(&session.run("return select(2, pcall(require, 'loop'))"));
        assert!(text.contains("C stack overflow"), "{text}");
    });
}

#[test]
fn the_compat_profile_has_package_as_data() {
    let mut session = Session::builder()
        .profile(Profile::Compat)
        .module("m", "return 'host'")
        .build()
        .expect("a session");
    let report = session.run(
        "package.preload.p = function(...) return table.concat({...}, ' ') end
         local p = require('p')
         package.loaded.m = 'set'
         local m = require('m')
         package.loaded.m = nil
         local again = require('m')
         table.insert(package.searchers, 1, function(name) return function() return 'own ' .. name end end)
         return p, m, again, require('other'), package.path, package.cpath, package.config, package.loadlib == nil",
    );
    assert_eq!(
        json(&report),
        r#"["p :preload:","set","host","own other","","","/\n;\n?\n!\n-\n",true]"#
    );
}

/// Gives every module that begins with `x`, fails over `y`, panics over `z`.
struct Letters;

impl ModuleSource for Letters {
    fn find(&mut self, _cx: &mut HostCx<'_>, name: &[u8]) -> Result<Sought, HostError> {
        match name.first() {
            Some(b'x') => Ok(Sought::Found(moonfuel::Module {
                file: "letters.lua".to_owned(),
                source: b"return 'letter'".to_vec(),
            })),
            Some(b'y') => Err(HostError::new("cannot read y")),
            Some(b'z') => panic!("z"),
            _ => Ok(Sought::Absent(vec!["no letter".to_owned(), "no digit".to_owned()])),
        }
    }
}

#[test]
fn a_place_of_modules_is_asked_behind_a_gate() {
    let describe = || Session::builder().module("xa", "return 'named'").module_source(Letters);
    both(describe, |_, session| {
        let report = session.run("return {require('xa')}, {require('xb')}");
        assert_eq!(json(&report), r#"[["named","xa"],["letter","letters.lua"]]"#);
        let mut message =
            |name: &str| json(&session.run(format!("return select(2, pcall(require, '{name}'))")));
        assert_eq!(message("y"), r#"["cannot read y"]"#);
        assert_eq!(message("z"), r#"["source: the host function panicked"]"#);
        assert!(
            message("a").ends_with(r#"no module 'a' from the host\n\tno letter\n\tno digit"]"#)
        );
    });
}

#[test]
fn reading_a_module_counts_against_the_limits() {
    let limits = Limits { host_calls: 2, host_result: 100, ..Limits::default() };
    let mut session = Session::builder()
        .limits(limits)
        .module("large", vec![b' '; 200])
        .build()
        .expect("a session");
    let text = json(&session.run("return select(2, pcall(require, 'large'))"));
    assert!(text.contains("result of 237 bytes is too large"), "{text}");
    let report = session.run("while true do pcall(require, 'none') end");
    assert!(matches!(report.outcome, Outcome::HostCallLimit), "{:?}", report.outcome);
}

#[test]
fn slices_change_nothing() {
    let run = |slice: u64| {
        let session =
            Session::builder().module("m", "local n = 0 for i = 1, 50 do n = n + i end return n");
        let mut run = session
            .build()
            .expect("a session")
            .start(moonfuel::Chunk::new(b"return require('m'), pcall(require, 'n')"));
        while !run.step(slice).is_ended() {}
        let (_, report) = run.finish();
        (json(&report), report.usage.fuel_used, report.usage.memory_peak)
    };
    let whole = run(u64::MAX);
    for slice in [1, 2, 3, 7, 50, 1000] {
        assert_eq!(run(slice), whole, "{slice}");
    }
}
