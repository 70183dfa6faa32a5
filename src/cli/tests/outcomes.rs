//! How runs end: exit statuses, what is said, and the one object of `--json`.

use super::*;
use crate::Usage;

/// A limit: the options and code that reach it, the kind `--json` gives it, and
/// what its message must say.
const LIMITS: [(&[&str], &str, &[&str]); 6] = [
    (&["--fuel", "5k", "while true do end"], "fuel", &["5000", "--fuel"]),
    (&["--fuel", "5k", "pcall(function() while true do end end)"], "fuel", &["5000", "--fuel"]),
    (
        &["--memory", "1M", "local t = {} for i = 1, 1e9 do t[i] = i end"],
        "memory",
        &["1048576", "--memory"],
    ),
    (&["--output", "2KB", "while true do print('x') end"], "output", &["2000", "--output"]),
    (
        &["--host-calls", "3", "--root", ".", "while true do jido.is_dir('.') end"],
        "host_calls",
        &["3 were made", "--host-calls"],
    ),
    (&["--timeout", "30", "while true do end"], "deadline", &["30 milliseconds", "--timeout"]),
];

#[test]
fn limits_end_with_four_and_say_what_raises_them() {
    for (args, kind, parts) in LIMITS {
        let ran = moonfuel(&[&["eval"], args].concat());
        assert_eq!(ran.status, 4, "{args:?}: {}", ran.stderr);
        let said = ran.stderr.find("moonfuel: ").map(|at| &ran.stderr[at..]);
        let place = "moonfuel: (command line):1: ";
        assert!(said.is_some_and(|said| said.starts_with(place)), "{}", ran.stderr);
        for part in parts {
            assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
        }
        let ran = moonfuel(&[&["eval", "--json"], args].concat());
        assert_eq!((ran.status, ran.stderr.as_str()), (4, ""));
        let result = json(&ran);
        assert_eq!(result["error"]["kind"], kind);
        assert_eq!(result["truncated"], kind == "output");
        for part in parts {
            assert!(result["error"]["message"].to_string().contains(part), "{result}");
        }
    }
}

#[test]
fn hints_name_options_and_the_library_names_its_own() {
    for (source, option, name) in [
        ("return ('x'):rep(70000)", "--output SIZE", "Limits::output"),
        ("return args.name", "--args JSON", "Chunk::args"),
        ("require 'a'", "--lib DIR", "SessionBuilder::module"),
        ("return io.open('a')", "--profile compat", "Profile::Compat"),
        ("os.remove('a')", "moonfuel lua", "Profile::Full"),
        ("jido.read_file('a')", "--root DIR", "HostProfile::Jido"),
        ("imp.exec('a', {})", "--host imp", "HostProfile::Imp"),
    ] {
        let hint = |hint: &str| format!("`{hint}`");
        let ran = moonfuel(&["eval", "--output", "1000", source]);
        let said = ran.stderr.split("hint: ").nth(1).unwrap_or_default();
        assert!(said.contains(&hint(option)) && !said.contains("::"), "{source}: {}", ran.stderr);
        let ran = moonfuel(&["eval", "--output", "1000", "--json", source]);
        assert!(json(&ran)["error"]["hint"].as_str().unwrap().contains(&hint(option)));
        let limits = crate::Limits { output: 1000, ..crate::Limits::default() };
        let mut session = crate::Session::builder().limits(limits).build().unwrap();
        let error = session.run(source).json().unwrap_err();
        let said = error.hint.unwrap_or_default();
        assert!(said.contains(&hint(name)) && !said.contains("`--"), "{source}: {said}");
    }
}

#[test]
fn output_up_to_the_limit_is_shown() {
    let ran = moonfuel(&["eval", "--output", "5", "print('abc') print('defg')"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (4, ""));
    assert!(ran.stderr.starts_with("abc\nd\nmoonfuel: (command line):1: too much output"));
    let ran = moonfuel(&["eval", "--output", "4", "print('abc') return 1"]);
    // The values come alone, for who reads them.
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (0, "[1]\n", "abc\n"));
}

/// Fields in the order they are written.
fn keys(object: &serde_json::Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

const FIELDS: [&str; 8] =
    ["ok", "values", "output", "truncated", "error", "fuel_used", "memory_peak", "host_calls"];

#[test]
fn json_is_one_object_with_its_fields_in_order() {
    let ran = moonfuel(&["eval", "--json", "--root", ".", "jido.is_dir('.') return {1, 2.0}"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    assert!(
        ran.stdout.starts_with(
            "{\"ok\":true,\"values\":[[1,2.0]],\"output\":\"\",\"truncated\":false,\"error\":null,\
             \"fuel_used\":"
        ),
        "{}",
        ran.stdout
    );
    let result = json(&ran);
    assert_eq!(keys(&result), FIELDS);
    assert_eq!(result["host_calls"], 1);

    let ran = moonfuel(&["eval", "--json", "print('before') error('a \"b\"')"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
    assert!(
        ran.stdout.starts_with(
            "{\"ok\":false,\"values\":null,\"output\":\"before\\n\",\"truncated\":false,\
             \"error\":{\"kind\":\"runtime\",\"message\":\"(command line):1: a \\\"b\\\"\",\
             \"hint\":null,\"chunk\":\"(command line)\",\"line\":1,\"column\":17,\
             \"traceback\":\"stack traceback:\\n\\t[C]: in function 'error'\\n\\t\
             (command line):1: in main chunk\\n\\t[C]: in ?\"},\"fuel_used\":"
        ),
        "{}",
        ran.stdout
    );
    assert_eq!(keys(&json(&ran)), FIELDS);

    let ran = moonfuel(&["eval", "--json", "return print"]);
    assert_eq!(ran.status, 1);
    let error = &json(&ran)["error"];
    assert_eq!(error["kind"], "conversion");
    assert!(error["chunk"].is_null() && error["line"].is_null() && error["traceback"].is_null());

    let ran = moonfuel(&["eval", "--json", "print('\\xff\\0')"]);
    assert!(ran.stdout.contains("\"output\":\"\u{fffd}\\u0000\\n\""), "{}", ran.stdout);

    let ran = moonfuel(&["eval", "--json", "return +"]);
    assert_eq!(ran.status, 3);
    let error = &json(&ran)["error"];
    assert_eq!(error["kind"], "syntax");
    assert_eq!((&error["chunk"], &error["line"]), (&"(command line)".into(), &1.into()));
}

#[test]
fn error_objects_keep_their_value() {
    let thrown = "error({code = 7, tags = {'a'}})";
    let ran = moonfuel(&["eval", "--json", thrown]);
    assert_eq!(ran.status, 1);
    let result = json(&ran);
    let error = &result["error"];
    assert_eq!(
        keys(error),
        ["kind", "message", "hint", "chunk", "line", "column", "traceback", "value"]
    );
    assert_eq!(error["message"], "(error object is a table value)");
    assert_eq!(error["value"].to_string(), r#"{"code":7,"tags":["a"]}"#);
    let ran = moonfuel(&["eval", thrown]);
    assert!(
        ran.stderr.starts_with("moonfuel: (error object is a table value)\n"),
        "{}",
        ran.stderr
    );
    // An object that describes itself, one without a JSON form, and a string.
    let described =
        "error(setmetatable({n = 1}, {__tostring = function(e) return 'n=' .. e.n end}))";
    let error = &json(&moonfuel(&["eval", "--json", described]))["error"];
    assert_eq!((&error["message"], &error["value"]["n"]), (&"n=1".into(), &1.into()));
    let error = &json(&moonfuel(&["eval", "--json", "error({print})"]))["error"];
    assert_eq!(error.get("value"), None);
    let error = &json(&moonfuel(&["eval", "--json", "error('text')"]))["error"];
    assert_eq!(error.get("value"), None);
}

/// A report of a run that nothing was used by.
fn report(outcome: Outcome) -> Report {
    Report { outcome, usage: Usage::default(), output: Vec::new(), truncated: false, place: None }
}

#[test]
fn outcomes_no_script_reaches_here_are_shown_as_well() {
    let limits = crate::Limits::default();
    for (outcome, status, values, kind) in [
        (Outcome::Cancelled, 4, "null", "\"cancelled\""),
        (Outcome::Exit(0), 0, "[]", "null"),
        (Outcome::Exit(7), 7, "[]", "\"exit\""),
        (Outcome::Exit(-1), 255, "[]", "\"exit\""),
    ] {
        assert_eq!(status_with_values(&outcome), status);
        let text = json::report_json(&report(outcome), b"", &limits, None);
        let result: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(result["values"].to_string(), values);
        assert_eq!(result["ok"], status == 0);
        let error = &result["error"];
        let shown = if error.is_null() { error } else { &error["kind"] };
        assert_eq!(shown.to_string(), kind);
    }
}

#[test]
fn a_limit_is_shown_where_it_was_reached() {
    let dir = tempfile::tempdir().unwrap();
    let file = script(dir.path(), "p.lua", "local n = 0\nwhile true do\n  n = n + 1\nend\n");
    let ran = moonfuel(&["run", "--fuel", "1M", &file]);
    assert_eq!(ran.status, 4);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert!(
        lines[0].ends_with(": out of fuel: all 1000000 units are used (raise with --fuel N)"),
        "{lines:?}"
    );
    let at = lines[0].split("p.lua:").nth(1).unwrap();
    assert!(at.starts_with("2: ") || at.starts_with("3: "), "{lines:?}");
    assert!(lines[1].starts_with(" 2 | while") || lines[1].starts_with(" 3 |   n"), "{lines:?}");
    assert_eq!(lines[2], "stack traceback:");
    let result = json(&moonfuel(&["run", "--json", "--fuel", "1M", &file]));
    let error = &result["error"];
    assert_eq!(error["kind"], "fuel");
    assert!(error["chunk"].as_str().unwrap().ends_with("p.lua"), "{error}");
    assert!(error["line"] == 2 || error["line"] == 3, "{error}");
    assert!(error["traceback"].as_str().unwrap().contains("in main chunk"), "{error}");
}

#[test]
fn no_line_is_shown_that_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let file = script(dir.path(), "fake.lua", "local line = ...\nerror(line, 0)");
    for line in ["0", "3", "99", "4294967295"] {
        let message = format!("{file}:{line}: fake");
        let ran = moonfuel(&["run", &file, &message]);
        assert_eq!(ran.status, 1);
        assert!(ran.stderr.starts_with(&format!("moonfuel: {message}\n")), "{}", ran.stderr);
        assert!(!ran.stderr.contains(" | "), "{}", ran.stderr);
    }
    let ran = moonfuel(&["run", &file, &format!("{file}:2: fake")]);
    assert!(ran.stderr.contains(" 2 | error(line, 0)\n"), "{}", ran.stderr);
}
