//! Files that are written beside a run, on a disk that is full: it is said, and nothing else that
//! is told of the run is lost.

use super::hosts::folder;
use super::*;

const FULL: &str = "/dev/full";

fn object(ran: &Ran) -> serde_json::Value {
    // There is one object, and nothing behind it.
    serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {}", ran.stdout))
}

#[test]
fn json_is_one_object_when_a_file_cannot_be_written() {
    let (_folder, root, _) = folder("");
    let code = "print('said') return jido.file_exists('a.txt')";
    for (option, status, kind, why) in [
        (format!("--audit={FULL}"), 1, "internal", "cannot write the log of calls /dev/full: "),
        (format!("--cover={FULL}"), 2, "usage", "cannot write /dev/full: "),
        (format!("--profile-out={FULL}"), 2, "usage", "cannot write /dev/full: "),
    ] {
        let ran = moonfuel(&["eval", "--json", "--root", &root, &option, code]);
        let told = object(&ran);
        assert_eq!((ran.status, told["ok"].as_bool()), (status, Some(false)), "{option}");
        assert_eq!(told["error"]["kind"], kind, "{option}");
        assert!(told["error"]["message"].as_str().unwrap().starts_with(why), "{told}");
        assert_eq!((&told["output"], &told["host_calls"]), (&"said\n".into(), &1.into()), "{told}");
    }
}

#[test]
fn what_came_of_calls_is_told_when_their_log_cannot_be_written() {
    let (folder, root, _) = folder("");
    let why = "cannot write the log of calls /dev/full: No space left on device";
    let audit = format!("--audit={FULL}");
    let ran = moonfuel(&["eval", "--root", &root, &audit, "return jido.file_exists('a.txt')"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, "[true]\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
    let ran = moonfuel(&["eval", "--root", &root, &audit, "jido.is_dir('a') error('boom')"]);
    assert!(ran.status == 1 && ran.stderr.contains("boom"), "{}", ran.stderr);
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
    let path = r#"{"path":"a.txt"}"#;
    let ran = moonfuel(&["tool", "--root", &root, &audit, "jido.file_exists", path]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, "true\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains(why), "{}", ran.stderr);

    let extensions = folder.path().join("extensions");
    fs::create_dir(&extensions).unwrap();
    let source = "imp.register_command('up', { handler = string.upper })
                  imp.register_tool { name = 'greet', execute = function() return 'hello' end }";
    fs::write(extensions.join("e.lua"), source).unwrap();
    let dir = extensions.to_str().unwrap();
    let ran = moonfuel(&["command", "--extensions", dir, &audit, "up", "it"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, "IT\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
    let ran = moonfuel(&["tool", "--extensions", dir, &audit, "greet"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, "hello\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
}

#[test]
fn going_on_says_that_the_log_of_calls_cannot_be_written() {
    let (folder, root, _) = folder("");
    let trace = folder.path().join("t.jsonl");
    let name = trace.to_str().unwrap();
    let code = "return jido.file_exists('a.txt')";
    let recorded = moonfuel(&["eval", "--root", &root, "--record", name, code]);
    assert_eq!(recorded.status, 0, "{}", recorded.stderr);
    let text = fs::read_to_string(&trace).unwrap();
    // As if it had been killed before the call.
    let cut: String = text.split_inclusive('\n').take(2).collect();
    for json in [false, true] {
        fs::write(&trace, &cut).unwrap();
        let line = ["replay", "--resume", "--root", &root, "--audit", FULL];
        let ran = moonfuel(&[&line[..], if json { &["--json"] } else { &[] }, &[name]].concat());
        assert_eq!(ran.status, 1, "{} {}", ran.stdout, ran.stderr);
        let told = if json { ran.stdout } else { ran.stderr };
        assert!(told.contains("cannot write the log of calls /dev/full: "), "{told}");
    }
}

#[test]
fn what_fuzz_finds_is_saved_whole_or_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = script(folder.path(), "s.lua", "error('x')");
    let failures = folder.path().join("failures");
    let path = failures.display().to_string();
    let args = ["fuzz", &file, "--bytes", "--attempts", "9", "--failures", &path];
    assert_eq!(moonfuel(&args).status, 1);
    let all = fs::read_dir(&failures).unwrap().map(|entry| entry.unwrap().path());
    let trace =
        all.into_iter().find(|path| path.display().to_string().ends_with(".jsonl")).unwrap();
    assert_eq!(moonfuel(&["replay", trace.to_str().unwrap()]).status, 0);
    fs::remove_file(&trace).unwrap();
    std::os::unix::fs::symlink(FULL, &trace).unwrap();
    let ran = moonfuel(&args);
    let why = format!("moonfuel: cannot write {}: No space left on device", trace.display());
    assert_eq!((ran.status, ran.stderr.contains(&why)), (2, true), "{}", ran.stderr);
}
