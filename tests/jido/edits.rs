//! Reading before writing, and edits.

use super::{Place, builder, everything, session, sink, values};
use moonfuel::host::jido::JidoOptions;
use serde_json::json;
use sha2::{Digest, Sha256};

fn writing() -> JidoOptions {
    JidoOptions { allow_write: true, ..JidoOptions::default() }
}

#[test]
fn row_37_what_was_not_read_is_not_overwritten() {
    let place = Place::new();
    place.write("a.txt", "old");
    place.write("d/b.txt", "old");
    std::os::unix::fs::symlink("a.txt", place.root().join("link")).unwrap();
    let mut s = session(&place, writing());
    let unread = "File must be read before overwriting: a.txt";
    assert_eq!(values(&mut s, "return jido.write_file('a.txt', 'x')"), json!([null, unread]));
    // Another name of it, and part of it, will do; and what a run has read, the next has, too,
    // even one that failed.
    assert!(!s.run("jido.read_file('link', {limit = 0}) error('no')").is_done());
    assert_eq!(values(&mut s, "return jido.write_file('./a.txt', 'x')"), json!([true]));
    // What was written counts as read.
    assert_eq!(values(&mut s, "return jido.write_file('a.txt', 'y')"), json!([true]));
    assert_eq!(
        values(&mut s, "return jido.write_file('new', '1'), jido.write_file('new', '2')"),
        json!([true, true])
    );
    place.write("a.txt", "somebody else's");
    let changed = "File changed since it was read: a.txt";
    assert_eq!(values(&mut s, "return jido.write_file('a.txt', 'x')"), json!([null, changed]));
    let edit = "return jido.edit_file('a.txt', 'else', 'x')";
    assert_eq!(values(&mut s, edit), json!([null, changed]));
    // A file that was deleted and is there again is another one.
    assert_eq!(values(&mut s, "return jido.delete_file('new')"), json!([true]));
    place.write("new", "3");
    let unread = "File must be read before overwriting: new";
    assert_eq!(values(&mut s, "return jido.write_file('new', 'x')"), json!([null, unread]));
    // Another session knows nothing of it.
    let mut other = session(&place, writing());
    let unread = "File must be read before editing: a.txt";
    assert_eq!(values(&mut other, edit), json!([null, unread]));
    let mut free = session(&place, JidoOptions { require_read: false, ..writing() });
    assert_eq!(values(&mut free, "return jido.write_file('d/b.txt', 'x')"), json!([true]));
}

#[test]
fn what_was_seen_is_known_to_whoever_goes_on() {
    let place = Place::new();
    for name in ["read.txt", "changed.txt", "edited.txt", "deleted.txt", "other.txt"] {
        place.write(name, "old text");
    }
    let first = "for _, name in ipairs{'read', 'changed', 'edited', 'deleted'} do
            jido.read_file(name .. '.txt')
        end
        jido.write_file('written.txt', '1') jido.edit_file('edited.txt', 'old', 'new')
        jido.delete_file('deleted.txt')";
    let second = "local told = {}
        for _, name in ipairs{'read', 'changed', 'edited', 'deleted', 'other', 'written'} do
            local done, why = jido.write_file(name .. '.txt', 'more')
            told[#told + 1] = why or tostring(done)
        end
        return told";
    let expected = json!([[
        "true",
        "File changed since it was read: changed.txt",
        "true",
        "File must be read before overwriting: deleted.txt",
        "File must be read before overwriting: other.txt",
        "true"
    ]]);
    let open = || builder(&place.root(), writing());
    let set_up = || {
        for name in ["read.txt", "changed.txt", "edited.txt", "deleted.txt", "other.txt"] {
            place.write(name, "old text");
        }
        let _ = std::fs::remove_file(place.root().join("written.txt"));
    };
    let meanwhile = || {
        place.write("changed.txt", "somebody else's");
        place.write("deleted.txt", "somebody else's");
    };
    // By a snapshot.
    let mut session = open().build().unwrap();
    session.run(first).json().unwrap();
    let bytes = session.snapshot().unwrap();
    drop(session);
    meanwhile();
    assert_eq!(values(&mut open().restore(&bytes).unwrap(), second), expected);
    // By a trace.
    set_up();
    let sink = sink::Sink::default();
    let mut session = open().record(sink.clone()).build().unwrap();
    session.run(first).json().unwrap();
    drop(session);
    meanwhile();
    let trace = moonfuel::Trace::parse(sink.text()).unwrap();
    let rest = sink::Sink::default();
    let resumed = trace.resume(open(), rest.clone(), |call| call.redo_if_idempotent()).unwrap();
    let moonfuel::ResumedAt::Between(mut session) = resumed.at else { panic!("it had ended") };
    assert_eq!(values(&mut session, second), expected);
    drop(session);
    // What was noted is in the new trace too, and is no difference between traces.
    let kept = usize::try_from(trace.kept_bytes()).unwrap();
    let whole = format!("{}{}", &sink.text()[..kept], rest.text());
    let whole = moonfuel::Trace::parse(whole).unwrap();
    assert_eq!(whole.replay().unwrap().reports.len(), 2);
    assert!(sink.text().contains("[\"remember\",\"8 bytes of "), "{}", sink.text());
    let text = sink.text().replace(" bytes of 1", " bytes of 2");
    let other = moonfuel::Trace::parse(rehashed(&text)).unwrap();
    assert_eq!(trace.difference(&other), None);
    let text = sink.text().replace("read.txt", "raed.txt");
    assert!(trace.difference(&moonfuel::Trace::parse(rehashed(&text)).unwrap()).is_some());
}

#[test]
fn the_list_of_things_to_do_has_a_limit() {
    let place = Place::new();
    let mut s = builder(&place.root(), writing()).build().unwrap();
    // The host keeps it, beside what a run may take.
    let code = "local function list(bytes, items)
            local all = {}
            for i = 1, items do
                all[i] = {content = ('x'):rep(bytes), active_form = 'x', status = 'pending'}
            end
            return all
        end
        local kept = jido.todo_write(list(100000, 10))
        local _, large = jido.todo_write(list(100000, 11))
        local _, many = jido.todo_write(list(1, 1001))
        return kept, large, many, #jido.todo_read()";
    let told = json!([
        "Todo list updated: 10 pending",
        "Todos too large (limit 1048576 bytes)",
        "Too many todos (limit 1000)",
        10
    ]);
    assert_eq!(values(&mut s, code), told);
}

#[test]
fn the_list_of_things_to_do_goes_on_with_traces_and_snapshots() {
    let place = Place::new();
    let open = || builder(&place.root(), writing());
    let write = |content: &str| {
        let fields = format!("content = '{content}', active_form = 'at {content}'");
        format!(
            "assert(jido.todo_write{{{{{fields}, status = 'pending'}},
                {{content = '1 \\xff bytes of 2', active_form = '\\0', status = 'completed'}}}})"
        )
    };
    let list = "local told = {}
        for _, item in ipairs(jido.todo_read()) do
            local text = item.content .. ',' .. item.active_form .. ',' .. item.status
            told[#told + 1] = text:gsub('[^%w, ]', function(c) return '%' .. c:byte() end)
        end
        return told";
    let sink = sink::Sink::default();
    let mut session = open().record(sink.clone()).build().unwrap();
    assert_eq!(values(&mut session, list), json!([[]]));
    session.run(write("first")).json().unwrap();
    let lists = |content: &str| {
        let own = format!("{content},at {content},pending");
        json!([[own, "1 %255 bytes of 2,%0,completed"]])
    };
    let (first, second) = (lists("first"), lists("second"));
    // What a run that fails has written does not stay, in a trace that is gone on with either.
    assert!(!session.run(format!("{} error('no')", write("failed"))).is_done());
    assert_eq!(values(&mut session, list), first);
    let bytes = session.snapshot().unwrap();
    session.run(format!("{} jido.file_exists('a')", write("second"))).json().unwrap();
    assert_eq!(values(&mut session, list), second);
    drop(session);
    let mut restored = open().restore(&bytes).unwrap();
    assert!(!restored.run("error('the list is none of this run')").is_done());
    assert_eq!(values(&mut restored, list), first);

    let lines =
        |count: usize| -> String { sink.text().split_inclusive('\n').take(count).collect() };
    let rest = sink::Sink::default;
    let (mut between, mut within) = (0, 0);
    for count in 1..=sink.text().lines().count() {
        let trace = moonfuel::Trace::parse(lines(count)).unwrap();
        let resumed = trace.resume(open(), rest(), |call| call.redo_if_idempotent());
        // Writing has no answer yet, and nobody has decided what came of it.
        let Ok(resumed) = resumed else { continue };
        let ended = lines(count).matches("\"k\":\"end\"").count();
        let (mut session, is_within) = match resumed.at {
            moonfuel::ResumedAt::Between(session) => (*session, false),
            moonfuel::ResumedAt::Within { mut run, .. } => {
                while !run.step(100_000).is_ended() {}
                (run.finish().0, true)
            }
            other => panic!("{other:?}"),
        };
        *if is_within { &mut within } else { &mut between } += 1;
        let expected = match (ended, is_within) {
            (0, _) | (1, false) => json!([[]]),
            (1, true) | (2 | 3, _) | (4, false) => first.clone(),
            _ => second.clone(),
        };
        assert_eq!(values(&mut session, list), expected, "{count} {is_within}");
    }
    assert!(between > 0 && within > 0, "{between} {within}");
}

/// Makes the hashes of a trace anew.
fn rehashed(text: &str) -> String {
    let (mut hash, mut all) = ([0; 32], String::new());
    for line in text.lines() {
        let body = line.rsplit_once(",\"sha\":").unwrap().0;
        hash = Sha256::new().chain_update(hash).chain_update(body).finalize().into();
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        all += &format!("{body},\"sha\":\"{hex}\"}}\n");
    }
    all
}

#[test]
fn row_37_a_thousand_files_are_remembered() {
    let place = Place::new();
    for number in 0..1001 {
        place.write(&format!("f{number}"), "x");
    }
    let mut s = session(&place, writing());
    let code = "for i = 0, 1000 do jido.read_file('f' .. i) end
        return jido.write_file('f0', ''), jido.write_file('f1', '')";
    assert_eq!(values(&mut s, code), json!([null, true]));
}

/// Content, old text, new text, and what comes of it.
type Edit<'a> = (&'a str, &'a str, &'a str, Result<&'a str, &'a str>);

#[test]
fn edits_find_their_place_by_one_strategy_after_the_other() {
    let none = "String not found in file (tried exact, line-trimmed, whitespace-normalized, and \
                indentation-flexible matching): f";
    let several = "Found 2 occurrences of the string in f. Use replace_all: true to replace all, \
                   or provide a more specific string.";
    let edits: [Edit<'_>; 14] = [
        ("one two three", "two", "2", Ok("one 2 three")),
        ("aXbXc", "X", "-", Err(several)),
        ("aaaa", "aa", "b", Err(several)),
        ("one", "two", "2", Err(none)),
        // By whole lines, trimmed: the lines go, indentation and all.
        ("  if x then\n    y()\n  end\n", "if x then\n  y()\nend", "z()", Ok("z()\n")),
        ("a\n\tb \nc", " b", "B", Ok("a\nB\nc")),
        ("  a\n  a\n", "   a", "b", Err(several)),
        // Blanks and tabs, many as one.
        ("x  =\t\t1\n", "  x =  1", "x = 2", Err(none)),
        ("x  =\t\t1\n", "x =  1", "x = 2", Ok("x = 2\n")),
        // Nothing that trimming would not find is left for the last; a part of a line is none.
        ("\t\tfoo(bar)\n", "    foo(bar)", "baz", Ok("baz\n")),
        ("\t\tfoo(bar)  -- x\n", "    foo(bar)", "baz", Err(none)),
        ("a\r\nb\r\nc", " b", "B", Ok("a\r\nB\nc")),
        ("é世 界", "世", "地", Ok("é地 界")),
        ("x", "x", "", Ok("")),
    ];
    let place = Place::new();
    for (content, old, new, want) in edits {
        place.write("f", content);
        let mut s = session(&place, writing());
        let code = format!(
            "jido.read_file('f') return jido.edit_file('f', {}, {})",
            quoted(old),
            quoted(new)
        );
        let got = values(&mut s, &code);
        match want {
            Ok(want) => assert_eq!((got, place.read("f").as_str()), (json!([true]), want), "{old}"),
            Err(text) => {
                assert_eq!(got, json!([null, text]), "{content:?} {old:?}");
                assert_eq!(place.read("f"), content);
            }
        }
    }
}

fn quoted(text: &str) -> String {
    json!(text).to_string()
}

#[test]
fn many_edits_are_made_all_or_none() {
    let place = Place::new();
    place.write("f", "one two two");
    let mut s = session(&place, writing());
    values(&mut s, "jido.read_file('f')");
    let edit = |s: &mut _, edits: &str| values(s, &format!("return jido.multi_edit('f', {edits})"));
    let texts = [
        ("{}", "edits array cannot be empty"),
        (
            "{{old_string='one', new_string='1'}, {old_string='x', new_string='y'}}",
            "Edit 2 failed: String not found in file",
        ),
        (
            "{{old_string='two', new_string='2'}}",
            "Edit 1 failed: Found 2 occurrences - provide more specific old_string",
        ),
        (
            "{{old_string='one', new_string='1'}, 5}",
            "Edit 2 invalid: must have old_string and new_string fields",
        ),
        ("{{old_string='', new_string='1'}}", "Edit 1 invalid: old_string cannot be empty"),
        ("5", "multi_edit requires path and edits arguments"),
    ];
    for (edits, text) in texts {
        assert_eq!(edit(&mut s, edits), json!([null, text]));
        assert_eq!(place.read("f"), "one two two");
    }
    let both = "{{old_string='one', new_string='two'}, {old_string='two', new_string='2', replace_all=true}}";
    assert_eq!(edit(&mut s, both), json!([true]));
    assert_eq!(place.read("f"), "2 2 2");
}

#[test]
fn rule_11_nothing_raises_whatever_it_is_given() {
    let place = Place::new();
    place.write("a", "x");
    let code = r#"
        local cycle = {} cycle[1] = cycle
        local deep = {} for i = 1, 200 do deep = {deep} end
        local odd = {[print] = 1, [{}] = 2}
        local given = {
            "", "a", "../x", "\0", ("x"):rep(10000), "\255", 0, -1, 2^53, 0/0, 1/0, true, false,
            {}, {1, 2}, {x = 1}, cycle, deep, odd, {a = {cycle}}, print, coroutine.create(print), json.null,
        }
        local names, calls = {}, 0
        for name in pairs(jido) do names[#names + 1] = name end
        local function try(f, ...)
            local ok, a, b = pcall(f, ...)
            assert(ok, a)
            assert(a ~= nil or type(b) == "string" or b == nil)
            calls = calls + 1
        end
        for _, name in ipairs(names) do
            local f = jido[name]
            try(f)
            for _, a in ipairs(given) do
                try(f, a)
                try(f, nil, a)
                try(f, "a", a)
                try(f, "a", a, a)
                try(f, a, a, a, a, a)
            end
        end
        return calls > 2000
    "#;
    // Whatever is written by chance is no matter; programs are not started.
    let options = JidoOptions { commands: Vec::new(), ..everything() };
    let limits = moonfuel::Limits {
        fuel: 100_000_000_000,
        host_calls: 1_000_000,
        ..moonfuel::Limits::default()
    };
    let mut s = super::builder(&place.root(), options).limits(limits).build().unwrap();
    assert_eq!(values(&mut s, code), json!([true]));
}

#[test]
fn many_edits_take_no_more_memory_than_a_few() {
    let place = Place::new();
    let text: String = (0..20_000).map(|n| format!("line {n:06} with some text\n")).collect();
    place.write("f", &text);
    let mut s = session(&place, writing());
    values(&mut s, "jido.read_file('f', {limit = 1})");
    let mut peak = |count: usize| {
        // One of two is found as it is, the others by their lines.
        let source = format!(
            "local edits = {{}}
            for i = 1, {count} do
                local line = ('line %06d with some text'):format(i + {count})
                edits[i] = {{old_string = i % 2 == 0 and line or '  ' .. line, new_string = 'new'}}
            end
            return jido.multi_edit('f', edits)"
        );
        let report = s.run(&source);
        assert_eq!(report.json().unwrap(), "[true]");
        report.usage.memory_peak
    };
    let (few, many) = (peak(4), peak(100));
    assert!(many < few + few / 10, "{few} {many}");
}
