//! The gate: its order, its time, its log, and what comes of refusals.

use super::{Gate, GateEvent};
use crate::host::audit::Status;
use crate::host::declare;
use crate::host::policy::{Grants, Rate, Rules};
use crate::{
    Denied, Effect, ErrorKind, HostError, HostValue, PolicyCall, Session, SessionBuilder, Tier,
};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// A session with two functions, `db.get` that reads `path`, and `db.put`.
fn builder() -> SessionBuilder {
    let get = crate::Declaration::new("db.get")
        .parameter("path?", "string", "")
        .result("string", "")
        .tier(Tier::ReadOnly)
        .effect(Effect::Read)
        .answers_nil();
    let put = crate::Declaration::new("db.put")
        .parameter("path", "string", "")
        .tier(Tier::Write)
        .effect(Effect::Write);
    Session::builder()
        .function("db.get", |path: Option<String>| Ok(path.unwrap_or("the token=abc".to_owned())))
        .function("db.put", |_: String| Ok(true))
        .declare(get)
        .declare(put)
}

fn session(gate: &Gate) -> Session {
    builder().policy(gate.clone()).build().unwrap()
}

fn run(session: &mut Session, source: &str) -> String {
    session.run(source).json().unwrap().to_owned()
}

#[test]
fn rules_are_looked_at_in_their_order() {
    let mut rules = Rules::new(Tier::ReadOnly);
    rules.rate.insert(Tier::Write, Rate { calls: 1, window_ms: 1000 });
    rules.requires_consent = vec!["db.put".to_owned()];
    let gate = Gate::new(rules, "s").clock(|| 5_000_000);
    let mut session = session(&gate);
    // A call that the tier refuses is counted; the next is refused by the rate.
    let values =
        run(&mut session, "return select(2, pcall(db.put, 'a')), select(2, pcall(db.put, 'a'))");
    assert!(values.contains("permission_denied: db.put needs the tier write"), "{values}");
    assert!(values.contains("rate_limited: db.put was called 1 times in 1000 ms"), "{values}");
    assert!(values.contains("try again in 1000 ms"), "{values}");
    let rules: Vec<_> =
        gate.audit().entries().iter().map(|entry| entry.rule.clone().unwrap()).collect();
    assert_eq!(rules, ["tier", "rate"]);
}

#[test]
fn time_is_an_input() {
    let time = Arc::new(AtomicU64::new(0));
    let mut rules = Rules::new(Tier::ReadOnly);
    rules.rate_of.insert("get".to_owned(), Rate { calls: 2, window_ms: 10 });
    let clock = Arc::clone(&time);
    let gate = Gate::new(rules, "s").clock(move || clock.load(Ordering::Relaxed));
    let mut session = session(&gate);
    let count = "local n = 0 for i = 1, 5 do if db.get('x') then n = n + 1 end end return n";
    assert_eq!(run(&mut session, count), "[2]");
    time.store(9_999, Ordering::Relaxed);
    assert_eq!(run(&mut session, count), "[0]");
    time.store(10_000, Ordering::Relaxed);
    assert_eq!(run(&mut session, count), "[2]");
}

#[test]
fn what_is_not_caught_has_its_kind() {
    let gate = Gate::new(Rules::new(Tier::ReadOnly), "s");
    let mut denied = session(&gate);
    let error = denied.run("db.put('a')").json().unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied);
    // A script that writes the same words is not believed.
    let report = denied.run("error('permission_denied: db.put needs the tier write')");
    assert_eq!(report.json().unwrap_err().kind, ErrorKind::Runtime);

    let mut rules = Rules::new(Tier::Write);
    rules.rate_of.insert("put".to_owned(), Rate { calls: 1, window_ms: 10 });
    let mut limited = session(&Gate::new(rules, "s").clock(|| 0));
    let error = limited.run("db.put('a') db.put('a')").json().unwrap_err();
    assert_eq!(error.kind, ErrorKind::RateLimited);
}

#[test]
fn a_grant_waits_for_the_next_run_and_a_revocation_does_not() {
    let gate = Gate::new(Rules::new(Tier::ReadOnly), "s");
    let other = gate.clone();
    let mut session = builder()
        .function("host.change", move |what: String| match what.as_str() {
            "grant" => other.consent("db.put").map_err(HostError::external),
            _ => other.revoke("db.put").map_err(HostError::external),
        })
        .declare(crate::Declaration::new("host.change").tier(Tier::ReadOnly))
        .policy(gate.clone())
        .build()
        .unwrap();
    let put = "pcall(db.put, 'a')";
    assert_eq!(
        run(&mut session, &format!("host.change('grant') return (select(1, {put}))")),
        "[false]"
    );
    assert_eq!(
        run(
            &mut session,
            &format!("local a = {put} host.change('revoke') local b = {put} return a, b")
        ),
        "[true,false]"
    );
}

#[test]
fn results_and_errors_lose_their_secrets_before_the_script_has_them() {
    let mut rules = Rules::new(Tier::ReadOnly);
    rules.redact = true;
    let gate = Gate::new(rules, "s");
    let mut session = builder()
        .function("db.fail", |()| -> Result<(), HostError> { Err("password=x".into()) })
        .declare(crate::Declaration::new("db.fail").tier(Tier::ReadOnly))
        .policy(gate)
        .build()
        .unwrap();
    assert_eq!(run(&mut session, "return db.get()"), r#"["the [REDACTED]"]"#);
    let error = session.run("db.fail()").json().unwrap_err().to_string();
    assert!(error.ends_with(": [REDACTED]"), "{error}");
}

#[test]
fn every_call_has_an_entry_and_events_in_order() {
    let gate = Gate::new(Rules::new(Tier::ReadOnly), "s");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let events = Arc::clone(&seen);
    gate.on_event(move |event| {
        events.lock().unwrap().push(match event {
            GateEvent::Call { id, name, .. } => format!("call {id} {name}"),
            GateEvent::Result { id, entry } => format!("{} {id}", entry.status.name()),
        });
    });
    let mut session = session(&gate);
    run(&mut session, "return db.get('a'), pcall(db.put, 'b'), pcall(db.get, {})");
    assert_eq!(
        *seen.lock().unwrap(),
        ["call 1 db.get", "ok 1", "blocked 2", "call 3 db.get", "error 3"]
    );
    let entries = gate.audit().entries();
    let numbers: Vec<_> = entries.iter().map(|entry| (entry.run, entry.call)).collect();
    assert_eq!(numbers, [(1, 1), (1, 2), (1, 3)]);
    assert!(entries.iter().all(|entry| entry.args_hash.is_some()));
}

#[test]
fn a_call_that_is_dropped_has_an_entry_too() {
    let gate = Gate::new(Rules::new(Tier::ReadOnly), "s");
    let session = Session::builder()
        .pending_function("ask")
        .declare(crate::Declaration::new("ask").tier(Tier::ReadOnly))
        .policy(gate.clone())
        .build()
        .unwrap();
    let mut run = session.start(crate::Chunk::new(b"return ask('a')"));
    while !matches!(run.step(1000), crate::Step::Pending(_)) {}
    drop(run);
    let entries = gate.audit().entries();
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].status, entries[0].rule.as_deref()), (Status::Error, Some("abandoned")));
}

#[test]
fn answers_that_come_later_pass_the_gate() {
    let mut rules = Rules::new(Tier::ReadOnly);
    rules.redact = true;
    let gate = Gate::new(rules, "s");
    let session = Session::builder()
        .pending_function("ask")
        .async_function("fetch", async |()| Ok("token: x"))
        .declare(crate::Declaration::new("ask").tier(Tier::ReadOnly))
        .declare(crate::Declaration::new("fetch").tier(Tier::ReadOnly))
        .policy(gate.clone())
        .build()
        .unwrap();
    let options = crate::drive::DriveOptions::default().answer(|_| Ok(vec!["secret=y".into()]));
    let chunk = crate::Chunk::new(b"return ask(), fetch()");
    let (_, report) = crate::drive::drive(session, chunk, options, &mut |_| ());
    assert_eq!(report.json().unwrap(), r#"["[REDACTED]","[REDACTED]"]"#);
    assert_eq!(gate.audit().entries().len(), 2);
}

#[test]
fn hooks_of_the_host_refuse_and_change() {
    let gate = Gate::new(Rules::new(Tier::Write), "s");
    gate.before(|call| match call.args {
        [HostValue::String(path)] if path == b"no" => Err(Denied::new("hook", "not that", "")),
        _ => Ok(()),
    });
    gate.after(|_, answer| {
        if let Ok(values) = answer {
            values.push("seen".into());
        }
    });
    let mut session = session(&gate);
    assert_eq!(run(&mut session, "return db.get('yes')"), r#"["yes","seen"]"#);
    assert_eq!(run(&mut session, "return db.get('no')"), r#"[null,"denied (hook): not that"]"#);
}

#[test]
fn grants_name_what_functions_may_be_used_on() {
    let grants = Grants {
        read: Some(vec!["src".to_owned()]),
        write: Some(vec!["src/out".to_owned()]),
        ..Grants::default()
    };
    let gate = Gate::new(Rules { grants, ..Rules::new(Tier::Write) }, "s").root("/p");
    let mut session = session(&gate);
    let read =
        |session: &mut Session, path: &str| run(session, &format!("return db.get('{path}')"));
    for path in ["src/a", "/p/src/a", "./src//a", "docs/../src"] {
        assert!(!read(&mut session, path).contains("null"), "{path}");
    }
    for path in ["srcs", "docs", ".", "/p/docs", "src/../docs"] {
        let values = read(&mut session, path);
        let want = format!("denied (grants.read): db.get on '{path}' is not granted");
        assert!(values.contains(&want), "{path}: {values}");
    }
    assert!(run(&mut session, "return db.get()").contains("null"));
    assert_eq!(run(&mut session, "return pcall(db.put, 'src/out/x')"), "[true,true]");
    assert!(run(&mut session, "return pcall(db.put, 'src/x')").contains("grants.write"));
}

#[test]
fn a_rule_that_is_about_nothing_is_an_error() {
    let build = |rules: Rules| {
        let built = builder().policy(Gate::new(rules, "s")).build();
        built.err().map(|error| error.to_string())
    };
    let consent = |name: &str| Rules { consent: vec![name.to_owned()], ..Rules::default() };
    assert_eq!(build(consent("put")), None);
    let text = "policy: 'consent' names 'db.gett', which is no function of the session: did you \
                mean 'db.get'?";
    assert_eq!(build(consent("db.gett")).as_deref(), Some(text));
    let hosts = Grants { hosts: Some(Vec::new()), ..Grants::default() };
    let text = "policy: 'grants.hosts' has no effect: no function of the session does that";
    assert_eq!(build(Rules { grants: hosts, ..Rules::default() }).as_deref(), Some(text));
}

#[test]
fn jidos_functions_have_rules_of_their_own() {
    let declared = declare::jido();
    let fits = |text: &str| {
        let rules = Rules::from_toml(text).unwrap();
        let all: Vec<_> = declared.iter().collect();
        crate::Policy::fits(&Gate::new(rules, "s").root("/project"), &all)
    };
    fits("consent = ['git', 'jido.shell']\n[grants]\ncommands = ['ls']\nhosts = []\ngit = []")
        .unwrap();
    assert!(fits("[grants]\nenv = []").is_err());
    for rule in ["read", "write"] {
        for path in ["../x", "a/../../x", "/etc", "/project2", "/project/../x"] {
            let why = fits(&format!("[grants]\n{rule} = ['src', '{path}']")).unwrap_err();
            let text = format!(
                "policy: 'grants.{rule}' names '{path}', which is not below the root: nothing \
                 there is reached, whatever is granted"
            );
            assert_eq!(why, text);
        }
        for path in ["src", ".", "", "a/../b", "/project", "/project/src"] {
            fits(&format!("[grants]\n{rule} = ['{path}']")).unwrap();
        }
    }
}

#[test]
fn what_is_said_about_git_holds_for_a_shell_that_runs_it() {
    let asked = |text: &str, path: &str, args: &[HostValue]| {
        let declared = declare::jido();
        let declaration = declared.iter().find(|one| one.path() == path);
        let gate = Gate::new(Rules::from_toml(text).unwrap(), "s");
        let call = crate::PolicyCall { path, declaration, args, number: 1 };
        crate::Policy::ask(&gate, &call).map_err(|denied| denied.rule)
    };
    let log = HostValue::array(["log".into(), "--oneline".into()]);
    let status = HostValue::object([(crate::HostKey::Integer(3), "status".into())]);
    let holes = HostValue::array([HostValue::Null, "status".into()]);
    for shell in ["jido.shell", "jido.shell_background"] {
        let git = |text: &str, args: &HostValue| asked(text, shell, &["git".into(), args.clone()]);
        let granted = "tier = 'execute'\n[grants]\ngit = ['log']";
        assert!(git(granted, &log).is_ok());
        assert!(asked(granted, shell, &["git".into()]).is_ok());
        assert!(asked(granted, shell, &["ls".into(), status.clone()]).is_ok());
        for other in [&status, &holes] {
            assert_eq!(git(granted, other), Err("grants.git".to_owned()));
        }
        let careful = "tier = 'execute'\nrequires_consent = ['git']";
        assert_eq!(git(careful, &log), Err("consent".to_owned()));
        assert!(git(&format!("consent = ['jido.git']\n{careful}"), &log).is_ok());
        let high = "tier = 'execute'\n[tiers]\n'jido.git' = 'privileged'";
        assert_eq!(git(high, &log), Err("tier".to_owned()));
    }
}

/// A run that asks for two things at once, and one of its answers.
const APPROVAL: &[u8] = b"
    local both = host.all({{ask, 'a'}, {ask, 'b'}})
    return both[1][1], both[2][1], db.get('c')";

fn approving(gate: &Gate) -> SessionBuilder {
    let ask = crate::Declaration::new("ask").tier(Tier::Write);
    builder().pending_function("ask").declare(ask).policy(gate.clone())
}

fn waiting(gate: &Gate) -> crate::Run {
    let session = approving(gate).build().unwrap();
    let mut run = session.start(crate::Chunk::new(APPROVAL));
    while !matches!(run.step(1000), crate::Step::Pending(_)) {}
    run
}

#[test]
fn a_snapshot_that_fails_leaves_no_word_in_the_log() {
    struct Open;
    impl crate::UserData for Open {
        const NAME: &'static str = "open";

        fn add_methods(_: &mut crate::Methods<Self>) {}
    }
    let gate = Gate::new(Rules::new(Tier::Write), "s");
    let make = crate::Declaration::new("db.open").tier(Tier::ReadOnly);
    let builder = approving(&gate).object::<Open>().declare(make);
    let session = builder.function_with("db.open", |cx, ()| cx.object(Open)).build().unwrap();
    let mut run = session.start(crate::Chunk::new(b"file = db.open() ask('a')"));
    while !matches!(run.step(1000), crate::Step::Pending(_)) {}
    assert!(run.snapshot().unwrap_err().to_string().contains("'open'"));
    drop(run);
    let entries = gate.audit().entries();
    assert_eq!(entries.last().unwrap().rule.as_deref(), Some("abandoned"));
}

#[test]
fn a_call_that_waits_is_taken_up_by_the_gate_of_another_process() {
    let mut rules = Rules::new(Tier::Write);
    rules.redact = true;
    rules.rate_of.insert("ask".to_owned(), Rate { calls: 2, window_ms: 1_000_000 });
    let gate = Gate::new(rules.clone(), "s").clock(|| 5_000_000);
    let mut run = waiting(&gate);
    let bytes = run.snapshot().unwrap();
    drop(run);
    let entries = gate.audit().entries();
    let what: Vec<_> = entries.iter().map(|e| (e.status, e.rule.as_deref())).collect();
    assert_eq!(what, [(Status::Error, Some("saved")); 2]);

    let gate = Gate::new(rules, "s").clock(|| 9_000_000);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    gate.on_event(move |event| {
        sink.lock().unwrap().push(match event {
            GateEvent::Call { id, name, .. } => format!("call {id} {name}"),
            GateEvent::Result { id, entry } => format!("{} {id}", entry.status.name()),
        });
    });
    let mut run = approving(&gate).restore_run(&bytes).unwrap();
    let calls = run.pending();
    assert_eq!((calls[0].args.as_slice(), calls[1].id), (&["a".into()][..], 2));
    run.answer(2, Ok(vec!["password=hunter2 it is".into()])).unwrap();
    run.deny(1, "no").unwrap();
    while !run.step(1000).is_ended() {}
    let report = run.finish().1;
    assert_eq!(report.json().unwrap(), r#"[null,"[REDACTED] it is","c"]"#);
    assert_eq!(
        *seen.lock().unwrap(),
        ["call 1 ask", "call 2 ask", "ok 2", "error 1", "call 3 db.get", "ok 3"]
    );
    let entries = gate.audit().entries();
    let numbers: Vec<_> = entries.iter().map(|e| (e.run, e.call, e.duration_us)).collect();
    assert_eq!(numbers, [(1, 2, 4_000_000), (1, 1, 4_000_000), (1, 3, 0)]);
    assert!(entries.iter().all(|entry| entry.args_hash.is_some()));
}

#[test]
fn a_call_that_waits_is_not_taken_up_where_it_is_not_allowed() {
    let gate = Gate::new(Rules::new(Tier::Write), "s");
    let bytes = waiting(&gate).snapshot().unwrap();
    let strict = Gate::new(Rules::new(Tier::ReadOnly), "s");
    let error = approving(&strict).restore_run(&bytes).unwrap_err().to_string();
    assert!(error.starts_with("ask: permission_denied: ask needs the tier write"), "{error}");
    let entries = strict.audit().entries();
    assert_eq!((entries[0].status, entries[0].rule.as_deref()), (Status::Blocked, Some("tier")));
    // One that was made without a policy is looked at as well.
    let asking = || builder().pending_function("ask");
    let ask = || crate::Declaration::new("ask").tier(Tier::Write);
    let session = asking().declare(ask()).build().unwrap();
    let mut run = session.start(crate::Chunk::new(APPROVAL));
    while !matches!(run.step(1000), crate::Step::Pending(_)) {}
    let free = run.snapshot().unwrap();
    let error = approving(&strict).restore_run(&free).unwrap_err().to_string();
    assert!(error.contains("permission_denied"), "{error}");
    assert_eq!(approving(&gate).restore_run(&free).unwrap().pending().len(), 2);
    // And what was made under one is not let out of it.
    let error = asking().declare(ask()).restore_run(&bytes).unwrap_err().to_string();
    assert_eq!(error, "ask: a call of it waits under a policy, and there is none");
}

#[test]
fn what_a_refused_call_was_about_is_logged_without_secrets() {
    let token = format!("ghp_{}", "0123456789".repeat(4));
    let mut rules = Rules::new(Tier::Write);
    rules.grants.read = Some(vec!["src".to_owned()]);
    let gate = Gate::new(rules, "s");
    let look = |path: String| {
        Ok((HostValue::Nil, format!("Security error: path escapes project boundary: {path}")))
    };
    let mut session = builder()
        .function("look", look)
        .declare(crate::Declaration::new("look").tier(Tier::ReadOnly))
        .policy(gate.clone())
        .build()
        .unwrap();
    // Refused by a rule, and by the function itself.
    run(&mut session, &format!("db.get('{token}') look('../{token}')"));
    let entries = gate.audit().entries();
    let told: Vec<_> = entries.iter().map(|entry| entry.about.as_deref().unwrap()).collect();
    assert_eq!(told, ["[REDACTED_GITHUB_TOKEN]", "../[REDACTED_GITHUB_TOKEN]"]);
    // And by a hook, whose words may quote the arguments.
    let declared = crate::Declaration::new("tools.greet").tier(Tier::ReadOnly);
    let declaration = Some(&declared);
    let call = PolicyCall { path: "tools.greet", declaration, args: &[], number: 9 };
    let id = gate.ask_beside(&call).unwrap();
    gate.block(id, "hook", &format!("not with {token}"));
    let entry = gate.audit().entries().pop().unwrap();
    assert_eq!(entry.about.as_deref(), Some("not with [REDACTED_GITHUB_TOKEN]"));
}
