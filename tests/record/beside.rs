//! When entries are written: what only looks may wait for what does more, and somebody may
//! write beside the session.

use super::sink::Sink;
use moonfuel::{Bytes, Declaration, Outcome, Session, SessionBuilder, Tier, Trace, drive};
use std::sync::{Arc, Mutex};

/// What only looks, where the script stands and while the machine waits, and what does more.
/// Each notes what the sink has when it is called.
fn looking(sink: &Sink, seen: &Arc<Mutex<Vec<(&'static str, usize)>>>) -> SessionBuilder {
    let note = |name: &'static str| {
        let (sink, seen) = (sink.clone(), Arc::clone(seen));
        move || seen.lock().unwrap().push((name, sink.text().lines().count()))
    };
    let (plain, waited, other, act) = (note("look"), note("look"), note("look"), note("act"));
    let only_looks = |path: &str| Declaration::new(path).tier(Tier::ReadOnly).idempotent();
    Session::builder()
        .function("look", move |n: i64| {
            plain();
            Ok(n)
        })
        .function_with("look_again", move |cx, n: usize| {
            waited();
            cx.charge(3)?;
            let text = "a \"line\"\n\u{1}→ é𝄞".repeat(n);
            let bytes = Bytes((0..n).map(|at| (at * 7) as u8).collect());
            Ok((text, 1.5, bytes, "short", vec![n; 3]))
        })
        .function("ask", move |n: i64| {
            other();
            Ok(n)
        })
        .function("act", move |n: i64| {
            act();
            Ok(n)
        })
        .declare(only_looks("look"))
        .declare(only_looks("look_again"))
        // It may be asked once only, and what may be done again is not all harmless.
        .declare(Declaration::new("ask").tier(Tier::ReadOnly))
        .declare(Declaration::new("act").tier(Tier::Write).idempotent())
}

const LOOKS: &str = "
    local n = 0
    for i = 1, 30 do
        n = n + look(i) + #look_again(i * 9)
        print(n)
        if i % 10 == 0 then act(i) ask(i) end
    end
    look(1)
    return n";

#[test]
fn what_only_looks_is_written_before_anything_else_is_done() {
    let whole = {
        let (sink, seen) = (Sink::default(), Arc::default());
        let mut session = looking(&sink, &seen).record(sink.clone()).build().unwrap();
        session.run(LOOKS).json().unwrap();
        drop(session);
        // Every entry is there before what it is about is done.
        let lines: Vec<usize> = seen.lock().unwrap().iter().map(|(_, lines)| *lines).collect();
        assert!(lines.windows(2).all(|pair| pair[0] < pair[1]), "{lines:?}");
        sink.text()
    };
    let calls: Vec<usize> = whole
        .lines()
        .enumerate()
        .filter(|(_, line)| line.contains("\"k\":\"call\""))
        .map(|(at, _)| at + 1)
        .collect();
    let (sink, seen) = (Sink::default(), Arc::default());
    let (builder, writer) = looking(&sink, &seen).record_beside(sink.clone());
    let mut session = builder.build().unwrap();
    session.run(LOOKS).json().unwrap();
    // With the run all of it is there but for what ends the trace.
    assert_eq!(sink.text().lines().count() + 1, whole.lines().count());
    drop(session);
    assert_eq!(sink.text(), whole);
    assert!(!writer.write());
    // Nobody wrote beside the session: what looks waits for what does not.
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), calls.len());
    let mut waited = 0;
    for ((name, lines), call) in seen.iter().zip(calls) {
        match *name {
            "act" => assert_eq!(*lines, call),
            _ => waited += usize::from(*lines < call),
        }
    }
    // `ask` is written at once too.
    assert_eq!(waited, 61);
}

#[test]
fn a_trace_that_is_written_beside_its_session_is_the_same() {
    let mut texts = Vec::new();
    for how in 0..3 {
        let (sink, seen) = (Sink::default(), Arc::default());
        let builder = looking(&sink, &seen);
        let mut beside = None;
        let builder = match how {
            0 => builder.record(sink.clone()),
            1 => drive::record(builder, sink.clone()),
            _ => {
                let (builder, writer) = builder.record_beside(sink.clone());
                beside = Some(std::thread::spawn(move || while writer.write() {}));
                builder
            }
        };
        let mut session = builder.build().unwrap();
        for _ in 0..3 {
            session.run(LOOKS).json().unwrap();
        }
        // More than what may wait.
        session.run("for i = 1, 40 do look_again(1000) end error('x')").json().unwrap_err();
        drop(session);
        if let Some(beside) = beside {
            beside.join().unwrap();
        }
        texts.push(sink.text());
    }
    assert_eq!(Trace::parse(&texts[0]).unwrap().replay().unwrap().reports.len(), 4);
    assert!(texts[0] == texts[1] && texts[0] == texts[2]);
}

#[test]
fn a_sink_that_fails_beside_the_session_ends_the_run_before_the_next_effect() {
    /// Takes so many bytes.
    struct Full(Sink, usize);
    impl std::io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.1 = self.1.checked_sub(bytes.len()).ok_or(std::io::ErrorKind::StorageFull)?;
            self.0.write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for room in (2_000..12_000).step_by(500) {
        let (sink, seen) = (Sink::default(), Arc::default());
        let mut session =
            drive::record(looking(&sink, &seen), Full(sink.clone(), room)).build().unwrap();
        let source = "while true do for i = 1, 5 do pcall(look, i) end pcall(act, 1) end";
        let report = session.run(source);
        let Outcome::Failed(error) = &report.outcome else { panic!("{report:?}") };
        assert!(error.to_string().contains("the trace cannot be written"), "{error}");
        let acts = seen.lock().unwrap().iter().filter(|(name, _)| *name == "act").count();
        assert_eq!(sink.text().matches(r#""name":"act""#).count(), acts, "{room}");
    }
}
