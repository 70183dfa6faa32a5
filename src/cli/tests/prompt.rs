//! The prompt without a terminal, in one process.

use super::*;

fn typed(args: &[&str], input: &str) -> Ran {
    let args = ["repl", "--no-history"].iter().chain(args);
    moonfuel_os(args.map(OsString::from).collect(), input.as_bytes())
}

#[test]
fn names_of_chunks_reach_no_terminal_as_they_are() {
    let ran = typed(&[], "load('return function() end', '=\\27[2J\\u{9b}1m\\u{61c}\"')()\n");
    assert_eq!(ran.stdout, "<function \\x1b[2J\\u{9b}1m\\u{61c}\":1>\n", "{}", ran.stderr);
    let ran = typed(&[], "load('return function() end', 'a \"b\\\\')()\n");
    assert_eq!(ran.stdout, "<function [string \"a \"b\\\"]:1>\n", "{}", ran.stderr);
}

#[test]
fn what_is_not_shown_is_counted_as_long_as_that_is_quick() {
    let ran = typed(
        &[],
        "t = {} for i = 1, 99000 do t[i] = 0 end\n\
         s = {} for i = 1, 100 do s[i] = t end\n\
         return s, s, s, s\n\
         for i = 99001, 100200 do t[i] = 0 end return t\n\
         for i = 100, 101 do t[i] = nil end return #t\n",
    );
    assert!(ran.stdout.contains("… 98970 more\n"), "{}", ran.stdout);
    // Of all tables together, a million.
    let last = ran.stdout.matches("… 1 more at least\n").count();
    assert!(last > 100, "{last}");
    assert!(ran.stdout.contains("… 100000 more at least\n"), "{}", ran.stdout);
}

#[test]
fn types_say_how_many_more_there_are() {
    let ran = typed(&[], ":type table.unpack({}, 1, 102)\n:type table.unpack({}, 1, 101)\n");
    let mut lines = ran.stdout.lines();
    assert!(lines.next().is_some_and(|line| line.ends_with("nil, … 2 more values")));
    assert!(lines.next().is_some_and(|line| line.ends_with("nil, … 1 more value")));
}

#[test]
fn nothing_is_saved_over_what_the_session_is_about() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let (trace, lib, policy) = (path("t.jsonl"), path("lib"), path("p.toml"));
    fs::create_dir(&lib).unwrap();
    let module = script(lib.as_ref(), "m.lua", "return 1");
    fs::write(&policy, "tier = \"write\"\n").unwrap();
    let root = path(".");
    let args = ["--record", &trace, "--lib", &lib, "--root", &root, "--policy", &policy];
    let input = format!(
        "1\n:snapshot {trace}\n:trace {trace}\n:snapshot {policy}\n:snapshot {module}\n\
         :snapshot {}\n",
        path("s.bin")
    );
    let ran = typed(&args, &input);
    for (file, what) in [
        (&trace, "--record already"),
        (&policy, "--policy already"),
        (&module, &format!("code in {lib}")[..]),
    ] {
        assert!(ran.stderr.contains(&format!("moonfuel: {file} is {what}\n")), "{}", ran.stderr);
    }
    assert!(ran.stdout.contains("s.bin"), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(fs::read_to_string(&policy).unwrap(), "tier = \"write\"\n");
    assert_eq!(fs::read_to_string(&module).unwrap(), "return 1");
    assert_eq!(moonfuel(&["replay", &trace]).status, 0);
}

#[test]
fn standard_input_is_no_file_to_load() {
    let ran = typed(&[], ":load -\n1\n");
    assert_eq!(ran.stderr, "moonfuel: :load reads a file; one that is called `-` is `./-`\n");
    assert_eq!(ran.stdout, "1\n");
}

/// What a line came to is told, whether or not its output could be ended.
#[test]
fn an_error_is_told_though_the_output_before_it_cannot_be_written() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            match bytes {
                b"\n" => Err(std::io::ErrorKind::StorageFull.into()),
                bytes => Ok(bytes.len()),
            }
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut stderr = Vec::new();
    let streams = &mut Streams {
        stdin: &mut b"io.write('x') error('what went wrong')\n".as_slice(),
        stdout: &mut Full,
        stderr: &mut stderr,
        is_process: false,
    };
    let words = ["moonfuel", "repl", "--no-history", "--profile", "compat"];
    assert_eq!(super::run(words.map(OsString::from), streams), 1);
    let told = String::from_utf8_lossy(&stderr);
    assert!(told.contains("cannot write the output"), "{told}");
    assert!(told.contains("stdin:1: what went wrong"), "{told}");
}

/// Of a long text only what may end it is looked at as a whole.
#[test]
fn thousands_of_lines_are_one_function() {
    let mut input = "function f(t, s)\n".to_owned();
    for n in 0..1500 {
        input += &format!("  t[#t + 1] = {{{n}, 'end', [[\nend }} ]] .. s, (s)}}\n");
        input += "  --[==[ end\n]] end\n  ]==]\n  if t[\n#t] then s = 'ab' end\n";
    }
    input += "  s = \"a\\\nb\" .. s\n";
    let long = format!("  s = [[\n{}]]\n", "a line of text\n".repeat(2000));
    let ran = typed(&[], &format!("{input}{long}  return #t, #s\nend\nf({{}}, 'x')\n1\n"));
    let told: Vec<&str> = ran.stderr.lines().take(5).collect();
    assert_eq!((ran.stdout.as_str(), told), ("1500, 30000\n1\n", Vec::new()));
    // What is wrong in it is told, and not at its end alone.
    let wrong = format!("{input}  x = = 1\n{}", "  y = 1\n".repeat(4000));
    let ran = typed(&[], &wrong);
    assert!(ran.stderr.contains("unexpected symbol near '='"), "{}", ran.stderr.len());
    assert_eq!(typed(&[], &format!("{wrong}y\n")).stdout, "1\n");
}
