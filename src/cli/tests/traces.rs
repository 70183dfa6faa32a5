//! `--record`, `replay` and `diff`.

use super::*;

/// Records a script in a folder, which has a root with a file; returns the trace's path.
fn record(dir: &Path, source: &str) -> String {
    let (trace, ran) = recorded(dir, source);
    assert_eq!(ran.stderr, "");
    trace
}

/// As [`record`]; returns what else the command did, too.
fn recorded(dir: &Path, source: &str) -> (String, Ran) {
    let script = script(dir, "job.lua", source);
    fs::create_dir_all(dir.join("root")).unwrap();
    fs::write(dir.join("root/a.txt"), "some text").unwrap();
    let (root, trace) = (dir.join("root"), dir.join("trace.jsonl"));
    let (root, trace) = (root.display().to_string(), trace.display().to_string());
    let ran = moonfuel(&["run", "--record", &trace, "--root", &root, "--allow", "write", &script]);
    (trace, ran)
}

/// Records a script that takes its time; returns the trace's path.
fn long(dir: &Path) -> String {
    let script = script(dir, "loop.lua", "while true do end");
    let trace = dir.join("trace.jsonl").display().to_string();
    let ran = moonfuel(&["run", "--record", &trace, "--fuel", "30M", "--timeout", "0", &script]);
    assert_eq!(ran.status, 4, "{}", ran.stderr);
    trace
}

const SOURCE: &str = "local text = jido.read_file('a.txt')
for i = 1, 3 do
  jido.write_file('b' .. i .. '.txt', text .. i)
  print(i)
end";

#[test]
fn a_trace_replays_without_files() {
    let dir = tempfile::tempdir().unwrap();
    let trace = record(dir.path(), SOURCE);
    fs::remove_dir_all(dir.path().join("root")).unwrap();
    let ran = moonfuel(&["replay", &trace]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    assert_eq!(ran.stdout, "the same: 1 run, 15 entries\n");
    let ran = moonfuel(&["replay", "--json", &trace]);
    assert_eq!(json(&ran)["entries"], 15);
    assert!(!dir.path().join("root").exists());
}

#[test]
fn until_shows_calls_variables_and_output() {
    let dir = tempfile::tempdir().unwrap();
    let trace = record(dir.path(), SOURCE);
    let ran = moonfuel(&["replay", "--until", "9", &trace]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    for part in
        ["entry 9, run 1, fuel ", "job.lua:3:\n", "  i = 2\n", "stack traceback:", "output:\n1\n"]
    {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    let ran = moonfuel(&["replay", "--until", "fuel:100", &trace]);
    assert!(ran.stdout.contains("fuel 100\n"), "{}", ran.stdout);
    // Before there is a function, and in all threads.
    let ran = moonfuel(&["replay", "--until", "fuel:10", &trace]);
    assert!(ran.stdout.contains("the chunk is compiled, or has returned"), "{}", ran.stdout);
    for until in ["99", "fuel:99999999"] {
        let ran = moonfuel(&["replay", "--until", until, &trace]);
        assert_eq!(ran.status, 2);
        assert!(ran.stderr.starts_with("moonfuel: --until: entry 15: "), "{}", ran.stderr);
    }
    let nested = "local function inner(x) local y = x * 2 print(jido.file_exists('a'), y) end
local co = coroutine.wrap(function(v) local inside = v + 1 inner(inside) return inside end)
local outside = co(5)";
    let trace = record(dir.path(), nested);
    let ran = moonfuel(&["replay", "--until", "3", &trace]);
    for part in ["  y = 12\n", "  inside = 6\n", "  co = function\n"] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}

#[test]
fn what_a_replay_has_no_use_for_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let trace = record(dir.path(), SOURCE);
    for (options, told) in [
        (&["--fuel", "7"][..], "--fuel has no effect on a replay: the trace says what it is"),
        (&["--memory", "7M"], "--memory has no effect on a replay: the trace says"),
        (&["--record", "z"], "--record has no effect on a replay: record or count a run"),
        (&["--cover"], "--cover has no effect on a replay: record or count a run"),
        (&["--timeout", "7", "--until", "3"], "--timeout has no effect with --until"),
        (&["--fuel", "1G"], "--fuel has no effect on a replay: the trace says what it is"),
        (&["--root", "."], "--root means something with --resume alone"),
        (&["--stats"], "--stats means something"),
    ] {
        let ran = moonfuel(&[&["replay"], options, &[trace.as_str()]].concat());
        assert_eq!(ran.status, 2);
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
    // A trace comes from standard input too, and goes nowhere but into files.
    let text = fs::read(&trace).unwrap();
    let words = ["replay", "-"].map(OsString::from).to_vec();
    assert_eq!(moonfuel_os(words, &text).stdout, "the same: 1 run, 15 entries\n");
    let ran = moonfuel(&["replay", "--resume", "-"]);
    assert_eq!((ran.status, ran.stderr.contains("not in `-`")), (2, true), "{}", ran.stderr);
    let script = dir.path().join("job.lua").display().to_string();
    let ran = moonfuel(&["run", "--record", "-", &script]);
    assert_eq!((ran.status, ran.stderr.contains("not `-`")), (2, true), "{}", ran.stderr);
    #[cfg(target_os = "linux")]
    {
        let ran = moonfuel(&["run", "--record", "/dev/full", &script]);
        assert!(!ran.stderr.contains("--memory"), "{}", ran.stderr);
        assert!(ran.stderr.contains("the trace cannot be written"), "{}", ran.stderr);
    }
}

#[test]
fn a_replay_takes_as_long_as_it_may() {
    let dir = tempfile::tempdir().unwrap();
    let trace = long(dir.path());
    let ran = moonfuel(&["replay", "--timeout", "1ms", &trace]);
    let expected = "moonfuel: the replay is out of time: 1 milliseconds are over (raise with --timeout TIME)\n";
    assert_eq!((ran.status, ran.stderr.as_str(), ran.stdout.as_str()), (4, expected, ""));
    let ran = moonfuel(&["replay", "--timeout", "10m", &trace]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
}

#[test]
fn going_on_behind_the_end_has_the_status_of_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let trace = record(dir.path(), "print('x') return print");
    let root = dir.path().join("root").display().to_string();
    let ran = moonfuel(&["replay", "--resume", "--root", &root, "--allow", "write", &trace]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "x\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("the trace is whole"), "{}", ran.stderr);
}

#[test]
fn what_is_wrong_with_a_trace_is_told_with_status_5() {
    let dir = tempfile::tempdir().unwrap();
    let trace = record(dir.path(), SOURCE);
    let text = fs::read_to_string(&trace).unwrap();
    fs::write(&trace, text.replace("some text1", "some text9")).unwrap();
    let ran = moonfuel(&["replay", &trace]);
    assert_eq!(ran.status, 5);
    assert_eq!(
        ran.stderr,
        "moonfuel: line 5: it is damaged: it or an entry before it is not what was written\n"
    );
    let ran = moonfuel(&["replay", "--json", &trace]);
    assert_eq!((ran.status, &json(&ran)["error"]["kind"]), (5, &"damaged".into()));
    fs::write(&trace, &text[..text.len() - 30]).unwrap();
    let ran = moonfuel(&["replay", &trace]);
    assert_eq!(ran.status, 5);
    assert!(ran.stderr.contains("entry 15 is cut (--resume goes on from there)"), "{}", ran.stderr);
    let ran = moonfuel(&["replay", &format!("{trace}.not")]);
    assert_eq!(ran.status, 2);
    let ran = moonfuel(&["run", "--record", "/nowhere/at/all", &trace]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.starts_with("moonfuel: cannot write the trace"), "{}", ran.stderr);
}

#[test]
fn resume_goes_on_where_a_trace_ends() {
    let dir = tempfile::tempdir().unwrap();
    let trace = record(dir.path(), SOURCE);
    let whole = fs::read_to_string(&trace).unwrap();
    let root = dir.path().join("root").display().to_string();
    let resume = |more: &[&str]| {
        let options = ["replay", "--resume", "--root", &root, "--allow", "write"];
        moonfuel(&[&options, more, &[trace.as_str()]].concat())
    };
    // Within the second write.
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    fs::write(&trace, lines[..8].concat()).unwrap();
    for name in ["root/b2.txt", "root/b3.txt"] {
        fs::remove_file(dir.path().join(name)).unwrap();
    }
    let ran = resume(&[]);
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (0, "1\n2\n3\n", ""));
    let written = fs::read_to_string(dir.path().join("root/b2.txt")).unwrap();
    assert!(written.ends_with("some text2"), "{written}");
    // But for the times of files.
    let again = fs::read_to_string(&trace).unwrap();
    let read = |text: &str| crate::Trace::parse(text).unwrap();
    assert_eq!(read(&again).difference(&read(&whole)), None);
    let whole = again;
    // All of it is there: what it printed is shown, and nothing is done.
    let ran = resume(&[]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "1\n2\n3\n"));
    assert_eq!(fs::read_to_string(&trace).unwrap(), whole);
    // With the figures of the run, if they are asked for.
    let ran = resume(&["--stats"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "1\n2\n3\n"));
    let figures = ran.stderr.lines().last().unwrap();
    let fuel = read(&whole).replay().unwrap().reports[0].usage.fuel_used;
    assert!(figures.starts_with(&format!("moonfuel: fuel {fuel}, memory peak ")), "{figures}");
    // With other functions it does not go on.
    let ran = moonfuel(&["replay", "--resume", &trace]);
    assert_eq!(ran.status, 5);
    assert!(
        ran.stderr.contains("host function 'jido.read_file' is not registered (give --root, "),
        "{}",
        ran.stderr
    );
}

#[test]
fn diff_shows_where_two_traces_part() {
    let dir = tempfile::tempdir().unwrap();
    let one = record(dir.path(), SOURCE);
    let other = dir.path().join("other.jsonl").display().to_string();
    fs::copy(&one, &other).unwrap();
    let ran = moonfuel(&["diff", &one, &other]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""));
    let again = record(dir.path(), &SOURCE.replace("text .. i", "text .. i + 1"));
    let ran = moonfuel(&["diff", &other, &again]);
    assert_eq!(ran.status, 5);
    assert!(
        ran.stdout.starts_with("entry 2: run of 1 differ in `source`\n  first:  "),
        "{}",
        ran.stdout
    );
}

#[test]
fn neither_a_script_nor_an_older_trace_is_lost_to_a_run_that_cannot_begin() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (script, old) = (path("s.lua"), path("old.jsonl"));
    std::fs::write(&script, "return 1").unwrap();
    std::fs::write(&old, "an older trace, longer than nothing").unwrap();
    let same = moonfuel(&["run", "--record", &script, &script]);
    assert_eq!(same.status, 2);
    assert_eq!(std::fs::read(&script).unwrap(), b"return 1");
    let small = moonfuel(&["run", "--record", &old, "--memory", "1K", &script]);
    assert!(small.stderr.contains("raise with --memory SIZE"), "{}", small.stderr);
    assert_eq!(std::fs::read(&old).unwrap(), b"an older trace, longer than nothing");
    assert_eq!(moonfuel(&["run", "--record", &old, &script]).status, 0);
    assert_eq!(moonfuel(&["replay", &old]).status, 0);
}

#[test]
fn no_file_is_written_that_is_read_or_written_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let names = ["s.lua", "args.json", "policy.toml", "lib/m.lua", "linked.lua", "hard.lua"];
    fs::create_dir(path("lib")).unwrap();
    fs::write(path("s.lua"), "return require('m')").unwrap();
    fs::write(path("args.json"), "{}").unwrap();
    fs::write(path("policy.toml"), "").unwrap();
    fs::write(path("lib/m.lua"), "return 1").unwrap();
    std::os::unix::fs::symlink(path("s.lua"), path("linked.lua")).unwrap();
    fs::hard_link(path("s.lua"), path("hard.lua")).unwrap();
    let read = || names.map(|name| fs::read(path(name)).unwrap());
    let before = read();
    let (args, around) = (format!("@{}", path("args.json")), path("lib/../s.lua"));
    for name in names.iter().map(|name| path(name)).chain([around]) {
        let root = folder.path().to_str().unwrap();
        for option in ["--record", "--cover", "--profile-out", "--audit"] {
            let given = format!("{option}={name}");
            let options = ["run", &given, "--lib", &path("lib"), "--args", &args, "--root", root];
            let policy = ["--policy", &path("policy.toml"), &path("s.lua")];
            let ran = moonfuel(&[&options[..], &policy[..]].concat());
            assert_eq!(ran.status, 2, "{option} {name}: {}", ran.stderr);
            let is_told = ran.stderr.contains("the same file") || ran.stderr.contains("overwrite");
            assert!(is_told && ran.stderr.contains(option), "{}", ran.stderr);
            assert_eq!(read(), before, "{option} {name}");
        }
    }
    // Two that are written, though neither is there yet.
    let (one, same) = (path("out"), path("lib/../out"));
    let both = ["run", "--record", &one, "--profile-out", &same, "--lib", &path("lib")];
    let ran = moonfuel(&[&both[..], &[&path("s.lua")]].concat());
    let expected = format!("moonfuel: --record and --profile-out are the same file: {one}\n");
    assert_eq!((ran.status, ran.stderr), (2, expected));
    // The log of calls may be the policy's.
    fs::write(path("logs.toml"), format!("[audit]\nfile = '{one}'")).unwrap();
    let logs = ["--policy", &path("logs.toml"), "--root", folder.path().to_str().unwrap()];
    let (lib, script) = (path("lib"), path("s.lua"));
    for (option, status) in [("--record", 2), ("--cover", 2), ("--audit", 0)] {
        let given = format!("{option}={same}");
        let ran = [&["run", &given, "--lib", &lib], &logs[..], &[&script]].concat();
        let ran = moonfuel(&ran);
        assert_eq!(ran.status, status, "{option}: {}", ran.stderr);
        let expected = format!("{option} and audit.file of the policy are the same file");
        assert_eq!(ran.stderr.contains(&expected), status == 2, "{}", ran.stderr);
    }
    fs::remove_file(&one).unwrap();
    // Devices are no files.
    let nowhere = ["--record", "/dev/null", "--profile-out", "/dev/null", "--lib", &path("lib")];
    let ran = moonfuel(&[&["run"], &nowhere[..], &[&path("s.lua")]].concat());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
}

#[test]
fn until_the_end_of_a_run_shows_how_it_ended() {
    let dir = tempfile::tempdir().unwrap();
    let (trace, _) = recorded(dir.path(), "print('before')\nlocal t\nreturn t.x");
    let ran = moonfuel(&["replay", "--until", "4", &trace]);
    for part in ["entry 4, run 1, fuel ", "attempt to index a nil value (local 't')", "before\n"] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    let view = json(&moonfuel(&["replay", "--json", "--until", "4", &trace]));
    assert_eq!((&view["entry"], &view["output"]), (&4.into(), &"before\n".into()));
    assert_eq!(view["ended"]["error"]["kind"], "runtime");
    let view = json(&moonfuel(&["replay", "--json", "--until", "fuel:12", &trace]));
    assert_eq!((&view["fuel"], &view["ended"]), (&12.into(), &serde_json::Value::Null));
    let ran = moonfuel(&["replay", "--until", "0", &trace]);
    assert!(ran.stderr.contains("entries are counted from 1"), "{}", ran.stderr);
}

#[test]
fn going_on_is_refused_what_it_cannot_do() {
    let dir = tempfile::tempdir().unwrap();
    let trace = record(dir.path(), SOURCE);
    let whole = fs::read_to_string(&trace).unwrap();
    let other = dir.path().join("root").display().to_string();
    let ran = moonfuel(&["replay", "--resume", "--root", &other, &trace]);
    assert_eq!(ran.status, 5);
    assert!(ran.stderr.contains("is not what it was when this was recorded"), "{}", ran.stderr);
    for option in
        [["--seed", "7"], ["--time", "7"], ["--fuel", "9"], ["--args", "1"], ["--record", "z"]]
    {
        let ran = moonfuel(&[&["replay", "--resume"], &option[..], &[&trace]].concat());
        let expected = format!("{} has no effect on a replay", option[0]);
        assert_eq!((ran.status, ran.stderr.contains(&expected)), (2, true), "{}", ran.stderr);
    }
    let root = dir.path().join("root").display().to_string();
    let resume = ["replay", "--resume", "--root", &root, "--allow", "write", &trace];
    // While another session writes it.
    let file = fs::File::open(&trace).unwrap();
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let ran = moonfuel(&resume);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("somebody else is writing it"), "{}", ran.stderr);
    let script = dir.path().join("job.lua").display().to_string();
    let ran = moonfuel(&["run", "--record", &trace, &script]);
    assert!(ran.stderr.contains("somebody else is writing it"), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(&trace).unwrap(), whole);
    drop(file);
    // With nothing in it but its header, or a part of that.
    let header = whole.split_inclusive('\n').next().unwrap();
    let again = "the recording ended before its script began (run it with --record once more)\n";
    for (begun, arguments, status) in [
        (header, &resume[..], 2),
        (header, &["replay", &trace][..], 5),
        (&header[..40], &resume[..], 5),
        (&header[..40], &["replay", &trace][..], 5),
    ] {
        fs::write(&trace, begun).unwrap();
        let ran = moonfuel(arguments);
        assert_eq!((ran.status, ran.stderr.ends_with(again)), (status, true), "{}", ran.stderr);
        assert_eq!(fs::read_to_string(&trace).unwrap(), begun);
    }
}

#[test]
fn a_replay_out_of_time_says_so_in_json() {
    let dir = tempfile::tempdir().unwrap();
    let trace = long(dir.path());
    let ran = moonfuel(&["replay", "--json", "--timeout", "1ms", &trace]);
    assert_eq!((ran.status, &json(&ran)["error"]["kind"]), (4, &"deadline".into()));
}

#[test]
fn going_on_with_other_allowed_places_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let script = script(dir.path(), "job.lua", "return 1");
    let trace = dir.path().join("trace.jsonl").display().to_string();
    let root = dir.path().display().to_string();
    let shell = ["--root", &root, "--allow", "shell"];
    let (home, lang) = (["--allow", "env=HOME"], ["--allow", "env=LANG"]);
    let mut granted: Vec<[&[&str]; 2]> = vec![[&home, &lang], [&[], &home], [&home, &[]]];
    let (here, there) = (["--allow", "net=localhost"], ["--allow", "net=example.org"]);
    if cfg!(feature = "net") {
        granted.extend([[&here[..], &there[..]], [&here[..], &[]]]);
    }
    for [then, now] in granted {
        let run = [&["run", "--record", &trace], &shell[..], then, &[&script]].concat();
        assert_eq!(moonfuel(&run).stderr, "");
        let resume = |given: &[&str]| {
            moonfuel(&[&["replay", "--resume"], &shell[..], given, &[&trace]].concat())
        };
        let ran = resume(then);
        assert_eq!((ran.status, ran.stderr.contains("the trace is whole")), (0, true), "{then:?}");
        let ran = resume(now);
        let expected = "give --allow env=NAME, net=HOST and git=DIR as they were then";
        assert_eq!((ran.status, ran.stderr.contains(expected)), (5, true), "{}", ran.stderr);
    }
    // In any order, and said twice.
    let run = [&["run", "--record", &trace], &shell[..], &home, &lang, &[&script]].concat();
    assert_eq!(moonfuel(&run).stderr, "");
    let resume = [&["replay", "--resume"], &shell[..], &lang, &home, &lang, &[&trace]].concat();
    assert_eq!(moonfuel(&resume).status, 0);
}
