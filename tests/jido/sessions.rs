//! Sessions by name.

use super::{Place, everything};
use moonfuel::host::jido::{Jido, JidoOptions};
use moonfuel::host::sessions::{Lines, Sessions, SessionsOptions};
use moonfuel::{Chunk, HostValue, Outcome, Session};
use serde_json::json;
use std::time::{Duration, Instant};

fn small() -> Sessions {
    Sessions::new(SessionsOptions { threads: 2, ..SessionsOptions::default() })
}

fn plain() -> Session {
    Session::builder().build().unwrap()
}

#[test]
fn row_09_names_are_one_session_each() {
    let sessions = small();
    sessions.open("a", plain()).unwrap();
    assert_eq!(sessions.open("a", plain()).unwrap_err().kind(), "already_open");
    assert_eq!(sessions.run_lua("b", "return 1", None).unwrap_err().kind(), "not_found");
    assert_eq!(sessions.close("b").unwrap_err().kind(), "not_found");
    sessions.open("b", plain()).unwrap();
    assert_eq!(sessions.ids(), ["a", "b"]);
    assert!(sessions.run_lua("a", "x = 1", None).unwrap().is_done());
    assert_eq!(sessions.run_lua("b", "return x", None).unwrap().json().unwrap(), "[null]");
    sessions.close("a").unwrap();
    sessions.open("a", plain()).unwrap();
    assert_eq!(sessions.run_lua("a", "return x", None).unwrap().json().unwrap(), "[null]");
}

#[test]
fn row_07_a_run_that_takes_too_long_is_undone() {
    let sessions = small();
    sessions.open("a", plain()).unwrap();
    assert!(sessions.run_lua("a", "x = 1", None).unwrap().is_done());
    let begin = Instant::now();
    let report =
        sessions.run_lua("a", "x = 2 while true do end", Duration::from_millis(60)).unwrap();
    assert_eq!(report.outcome, Outcome::Deadline);
    assert!(begin.elapsed() < Duration::from_secs(2));
    assert_eq!(sessions.run_lua("a", "return x", None).unwrap().json().unwrap(), "[1]");
}

#[test]
fn row_69_calls_wait_their_turn_and_too_many_are_refused() {
    let sessions = small();
    let slow = Session::builder()
        .async_function("wait", async |ms: u64| {
            // A thread of its own, as a timer would be.
            let (told, tell) = std::sync::mpsc::channel::<()>();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(ms));
                drop(told);
            });
            let mut polls = 0;
            std::future::poll_fn(move |cx| {
                polls += 1;
                match tell.try_recv() {
                    Err(std::sync::mpsc::TryRecvError::Empty) => {
                        let waker = cx.waker().clone();
                        std::thread::spawn(move || {
                            std::thread::sleep(Duration::from_millis(2));
                            waker.wake();
                        });
                        std::task::Poll::Pending
                    }
                    _ => std::task::Poll::Ready(Ok(polls > 0)),
                }
            })
            .await
        })
        .build()
        .unwrap();
    sessions.open("a", slow).unwrap();
    let first =
        sessions.begin("a", Chunk::new(b"order = '' wait(200) order = order .. 1"), None).unwrap();
    let others: Vec<_> = (2..18)
        .map(|number| {
            let source = format!("order = order .. ' {number}'");
            sessions.begin("a", Chunk::new(source.as_bytes()), None).unwrap()
        })
        .collect();
    assert_eq!(sessions.run_lua("a", "return 1", None).unwrap_err().kind(), "busy");
    assert!(first.wait().unwrap().is_done());
    for other in others {
        assert!(other.wait().unwrap().is_done());
    }
    let report = sessions.run_lua("a", "return order", None).unwrap();
    assert_eq!(report.json().unwrap(), r#"["1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17"]"#);
}

#[test]
fn many_sessions_run_on_few_threads() {
    let sessions = small();
    let place = Place::new();
    place.write("f", "x");
    for number in 0..40 {
        let jido = Jido::open(&place.root(), everything()).unwrap();
        sessions.open_jido(format!("s{number}"), jido, Session::builder()).unwrap();
    }
    // More than there are threads wait for a program, and others run meanwhile.
    let begin = Instant::now();
    let sleepers: Vec<_> = (0..10)
        .map(|number| {
            let chunk = Chunk::new(b"return jido.shell('sleep', {'1'}).exit_code");
            sessions.begin(&format!("s{number}"), chunk, None).unwrap()
        })
        .collect();
    for number in 10..40 {
        let report =
            sessions.run_lua(&format!("s{number}"), "return jido.read_file('f')", None).unwrap();
        assert_eq!(report.json().unwrap(), r#"["     1→x"]"#);
    }
    for sleeper in sleepers {
        assert_eq!(sleeper.wait().unwrap().json().unwrap(), "[0]");
    }
    assert!(begin.elapsed() < Duration::from_secs(8), "{:?}", begin.elapsed());
    // One that never ends does not keep others from their turns, on one thread either.
    let one = Sessions::new(SessionsOptions { threads: 1, ..SessionsOptions::default() });
    one.open("endless", plain()).unwrap();
    one.open("short", plain()).unwrap();
    let endless =
        one.begin("endless", Chunk::new(b"while true do end"), Duration::from_secs(20)).unwrap();
    assert_eq!(one.run_lua("short", "return 7", None).unwrap().json().unwrap(), "[7]");
    one.close("endless").unwrap();
    assert_eq!(endless.wait().unwrap().outcome, Outcome::Cancelled);
}

#[test]
fn closing_ends_what_runs_and_what_waits() {
    let place = Place::new();
    let sessions = small();
    let jido = Jido::open(&place.root(), everything()).unwrap();
    sessions.open_jido("a", jido, Session::builder()).unwrap();
    let running = sessions.begin("a", Chunk::new(b"jido.shell('sleep', {'100'})"), None).unwrap();
    let waiting = sessions.begin("a", Chunk::new(b"return 1"), None).unwrap();
    std::thread::sleep(Duration::from_millis(50));
    let begin = Instant::now();
    sessions.close("a").unwrap();
    assert_eq!(running.wait().unwrap().outcome, Outcome::Cancelled);
    assert_eq!(waiting.wait().unwrap_err().kind(), "not_found");
    assert!(begin.elapsed() < Duration::from_secs(3));
    // All of them, with the place itself.
    sessions.open("b", plain()).unwrap();
    let running = sessions.begin("b", Chunk::new(b"while true do end"), None).unwrap();
    drop(sessions);
    assert_eq!(running.wait().unwrap().outcome, Outcome::Cancelled);
}

#[test]
fn row_68_a_host_asks_as_a_script_would() {
    let place = Place::new();
    place.write("a.txt", "one\ntwo\nthree");
    place.write("d/x", "");
    let sessions = small();
    let jido = Jido::open(&place.root(), everything()).unwrap();
    sessions.open_jido("s", jido, Session::builder()).unwrap();
    let root = place.root();
    assert_eq!(sessions.project_root("s").unwrap(), root);
    assert_eq!(sessions.session_id("s").unwrap(), "s");
    assert_eq!(sessions.validate_path("s", b"d/../a.txt").unwrap(), root.join("a.txt"));
    assert_eq!(sessions.validate_path("s", b"..").unwrap_err().kind(), "path_escapes_boundary");
    let lines = Lines { offset: Some(2), limit: Some(1) };
    assert_eq!(sessions.read_file("s", "a.txt", lines).unwrap(), "     2→two");
    // What was read here counts for the script, and the other way round.
    let report = sessions.run_lua("s", "return jido.write_file('a.txt', 'new')", None).unwrap();
    assert_eq!(report.json().unwrap(), "[true]");
    sessions.write_file("s", "a.txt", "newer").unwrap();
    let error = sessions.write_file("s", "d/x", "y").unwrap_err();
    assert_eq!(error.to_string(), "File must be read before overwriting: d/x");
    assert_eq!(sessions.list_dir("s", "").unwrap(), ["d", "a.txt"]);
    assert_eq!(sessions.list_dir("s", "no").unwrap_err().kind(), "enoent");
    // Values, not source: whatever the bytes.
    let name = b"it's \"odd\"\\ \n ]] \xff.txt";
    sessions.write_file("s", name, "x").unwrap();
    assert!(
        place
            .root()
            .join(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(name))
            .exists()
    );
    let error = sessions.read_file("s", "a\0b", Lines::default()).unwrap_err();
    assert!(error.to_string().starts_with("Security error (invalid_path)"), "{error}");
    let echo = vec!["echo".into(), HostValue::array(["hi".into()])];
    assert_eq!(sessions.call("s", "shell", echo).unwrap()["stdout"], json!("hi\n"));
    // A script that takes away its own `jido` takes nothing from the host.
    assert!(sessions.run_lua("s", "jido = nil", None).unwrap().is_done());
    assert_eq!(sessions.read_file("s", "a.txt", Lines::default()).unwrap(), "     1→newer");
    assert_eq!(sessions.call("s", "format_disk", Vec::new()).unwrap_err().kind(), "not_found");
    assert_eq!(sessions.read_file("t", "a.txt", Lines::default()).unwrap_err().kind(), "not_found");
}

#[test]
fn questions_are_answered_by_the_host_or_by_nobody() {
    let place = Place::new();
    let options = JidoOptions { answers_questions: true, ..JidoOptions::default() };
    let sessions = Sessions::answering(SessionsOptions::default(), |id, call| {
        assert_eq!((id, call.name.as_str()), ("s", "jido.ask_user"));
        let title = call.args[0].field("title").cloned().unwrap_or_default();
        Ok(vec![HostValue::object([("ok", true.into()), ("value", title)])])
    });
    sessions
        .open_jido("s", Jido::open(&place.root(), options).unwrap(), Session::builder())
        .unwrap();
    let code = "local a = jido.ask_user{kind = 'confirm', title = 'really?'} return a.ok, a.value";
    assert_eq!(sessions.run_lua("s", code, None).unwrap().json().unwrap(), r#"[true,"really?"]"#);
    let mut alone = super::session(&place, JidoOptions::default());
    let code = "local a = jido.ask_user{kind = 'confirm'} return a.ok, a.reason, jido.ask_user(5)";
    assert_eq!(
        super::values(&mut alone, code),
        json!([false, "unavailable", null, "ask_user requires a question"])
    );
}

#[test]
fn one_script_alone_leaves_nothing() {
    let sessions = small();
    let run = |code: &str| {
        let report =
            sessions.execute(Session::builder(), Chunk::new(code.as_bytes()), None).unwrap();
        report.json().unwrap().to_owned()
    };
    assert_eq!(run("x = 1 return x"), "[1]");
    assert_eq!(run("return x"), "[null]");
    assert!(sessions.ids().is_empty());
}

#[test]
fn an_answer_that_panics_is_an_error_of_the_script() {
    let place = Place::new();
    let options = JidoOptions { answers_questions: true, ..JidoOptions::default() };
    let one = SessionsOptions { threads: 1, ..SessionsOptions::default() };
    let sessions = Sessions::answering(one, |_, _| panic!("on purpose"));
    let jido = Jido::open(&place.root(), options).unwrap();
    sessions.open_jido("s", jido, Session::builder()).unwrap();
    for _ in 0..2 {
        let code = "return pcall(jido.ask_user, {kind = 'confirm', title = 'really?'})";
        let report = sessions.run_lua("s", code, None).unwrap();
        assert_eq!(report.json().unwrap(), r#"[false,"the answer panicked"]"#);
    }
}
