//! The project's own rules, checked: layers, sizes, names, unsafe code, dependencies.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

#[path = "tidy/imports.rs"]
mod imports;
#[path = "tidy/package.rs"]
mod package;
#[path = "tidy/source.rs"]
mod source;

use imports::{Imports, by_folder, circle, imports};
use source::{File, files, names_after, root};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

/// A module may use those of its own row and of the rows above it.
const LAYERS: [&[&str]; 11] = [
    &["base", "alloc"],
    &["syntax", "bytecode"],
    &["compiler"],
    &["hints"],
    &["gc", "vm"],
    &["stdlib"],
    &["session"],
    &["fuzz"],
    &["drive", "host"],
    &["mcp"],
    &["cli"],
];

/// The rooms of `vm`: each may use itself and those before it.
const MACHINE_ROOMS: [&str; 7] = ["meters", "heap", "state", "calls", "run", "image", "machine"];

/// The rooms of `session`, likewise.
const SESSION_ROOMS: [&str; 10] = [
    "values",
    "functions",
    "natives",
    "images",
    "tapes",
    "calls",
    "making",
    "runs",
    "saved",
    "trace",
];

/// Imports that close a circle, or lead up, by the nature of things.
const NATURAL: [(&str, &str, &str); 17] = [
    ("alloc/span", "alloc/heap", "a span knows whose it is, and a heap has spans"),
    ("alloc/trim", "alloc/code", "new memory has code be forgotten, as pages are forgotten"),
    ("gc/pointer", "gc/arena", "an arena's handle makes pointers, and is told of them"),
    ("gc/collect", "gc/pointer", "what is traced holds pointers, which are traced"),
    ("gc/marker", "gc/vtable", "what marks knows types, which know how they are traced"),
    ("gc/page", "gc/vtable", "a page knows the type of its objects, which knows how one is swept"),
    ("vm/heap/closure", "vm/heap/thread", "an open upvalue is a place in a thread's stack"),
    ("vm/heap/native", "vm/calls/call", "a function is a value, and takes its window"),
    ("vm/heap/native", "vm/calls/bare", "the same, without a frame"),
    ("vm/heap/store", "vm/heap/journal", "what is changed is noted, and is what is in the heap"),
    ("vm/heap/store", "vm/heap/pristine", "what is not real yet is known, and is made by the heap"),
    ("vm/heap/value", "vm/heap/closure", "a value is one of these, and these hold values"),
    ("vm/heap/value", "vm/heap/loading", "the same"),
    ("vm/heap/value", "vm/heap/native", "the same"),
    ("vm/heap/value", "vm/heap/table", "the same"),
    ("vm/heap/value", "vm/heap/thread", "the same"),
    ("vm/heap/value", "vm/heap/userdata", "the same"),
];

/// The only files with unsafe code; each says why at its top.
const UNSAFE_FILES: [&str; 49] = [
    "src/alloc.rs",
    "src/alloc/code.rs",
    "src/alloc/heap.rs",
    "src/alloc/parts.rs",
    "src/alloc/parts/tests.rs",
    "src/alloc/reserve.rs",
    "src/alloc/slab.rs",
    "src/alloc/span.rs",
    "src/alloc/tests.rs",
    "src/alloc/trim.rs",
    "src/cli/code.rs",
    "src/gc/arena.rs",
    "src/gc/collect.rs",
    "src/gc/foresee.rs",
    "src/gc/marker.rs",
    "src/gc/page.rs",
    "src/gc/pointer.rs",
    "src/gc/shared.rs",
    "src/gc/slabs.rs",
    "src/gc/space.rs",
    "src/gc/tests.rs",
    "src/gc/vtable.rs",
    "src/host/process/death_signal.rs",
    "src/host/process/inherit.rs",
    "src/session/making/send.rs",
    "src/vm/calls/frames.rs",
    "src/vm/calls/handlers.rs",
    "src/vm/heap/closure.rs",
    "src/vm/heap/journal.rs",
    "src/vm/heap/loading.rs",
    "src/vm/heap/stack.rs",
    "src/vm/heap/string.rs",
    "src/vm/heap/table.rs",
    "src/vm/heap/table/array.rs",
    "src/vm/heap/table/block.rs",
    "src/vm/heap/table/hash.rs",
    "src/vm/heap/table/objects.rs",
    "src/vm/heap/table/saved.rs",
    "src/vm/heap/thread.rs",
    "src/vm/heap/thread/saved.rs",
    "src/vm/heap/userdata.rs",
    "src/vm/heap/value.rs",
    "src/vm/run/exec.rs",
    "src/vm/run/exec/calls.rs",
    "src/vm/run/exec/operands.rs",
    "src/vm/run/exec/tables.rs",
    "src/vm/run/inherit.rs",
    "src/vm/run/slow.rs",
    "src/vm/state/context.rs",
];

/// Names that say nothing about what a file is for.
const EMPTY_NAMES: [&str; 6] = ["utils", "util", "common", "helpers", "misc", "other"];

/// What would let a run depend on the machine it runs on.
const OUTSIDE: [&str; 9] = [
    "std::time",
    "std::fs",
    "std::env",
    "std::thread",
    "std::net",
    "std::process",
    "HashMap",
    "HashSet",
    "RandomState",
];

/// The file that may ask for entropy, and says why nothing comes of it.
const HASH_KEY_FILE: &str = "src/session/making/hash_key.rs:";

/// The files that may name the host's maps: they sort what is in them.
const HOST_MAPS_FILES: [&str; 2] =
    ["src/session/values/host_value/from.rs:", "src/session/values/hash_maps.rs:"];

/// Macros of the lower layers, which Rust exports at the root.
const MACROS: [&str; 4] = ["now", "for_each_op", "parts", "parts_in_lists"];

/// The most lines of a file.
const MAX_LINES: usize = 800;

/// Documents, whose claims name their tests.
const DOCUMENTS: [&str; 6] = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "COMPATIBILITY.md",
    "PERFORMANCE.md",
    "THREATS.md",
];

fn sources() -> Vec<File> {
    files("src", "rs")
}

fn all_rust() -> Vec<File> {
    ["src", "tests", "benches", "examples"].iter().flat_map(|folder| files(folder, "rs")).collect()
}

/// Fails with everything that was found, one finding a line.
fn none(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

/// Lists the lines of the code that have any of the words.
fn lines_with(file: &File, words: &[&str]) -> Vec<String> {
    let found = |line: &str| words.iter().find(|word| line.contains(**word)).copied();
    file.code
        .lines()
        .enumerate()
        .filter_map(|(at, line)| found(line).map(|word| (at, word)))
        .map(|(at, word)| format!("{}:{}: {word}", file.path, at + 1))
        .collect()
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&module))
}

/// The module right below the root a file belongs to.
fn top_module(file: &File) -> &str {
    let path = file.path.strip_prefix("src/").unwrap_or_default();
    path.split(['/', '.']).next().unwrap_or_default()
}

#[test]
fn modules_use_only_lower_layers() {
    let mut findings = Vec::new();
    for file in sources().iter().filter(|file| !file.test) {
        let module = top_module(file);
        if matches!(module, "lib" | "main") {
            continue;
        }
        let Some(own) = layer(module) else {
            findings.push(format!("{}: the module is in no layer", file.path));
            continue;
        };
        for (line, name) in names_after(&file.code, "crate::") {
            // What the root exports again comes from `session` and `stdlib`.
            let exported = name.starts_with(|c: char| c.is_ascii_uppercase());
            let used = if exported { layer("session") } else { layer(&name) };
            let exempt = MACROS.contains(&name.trim_end_matches('!'));
            if !exempt && used.is_none_or(|used| used > own) {
                findings.push(format!("{}:{line}: {module} uses {name}", file.path));
            }
        }
    }
    none(&findings);
}

/// The imports of the project, without those that are natural.
fn ordered_imports() -> Imports {
    let mut all = imports(&sources());
    for (from, to, reason) in NATURAL {
        let named = all.get_mut(from).is_some_and(|named| named.remove(to));
        assert!(named, "{from} does not import {to}: {reason}");
    }
    all
}

#[test]
fn rooms_use_only_lower_rooms() {
    let mut findings = Vec::new();
    for (folder, rooms) in [("vm/", &MACHINE_ROOMS[..]), ("session/", &SESSION_ROOMS)] {
        let room = |module: &str| {
            let name = module.strip_prefix(folder)?.split('/').next()?;
            Some(rooms.iter().position(|room| *room == name).unwrap_or(rooms.len()))
        };
        for (from, named) in ordered_imports() {
            let Some(own) = room(&from) else { continue };
            if own == rooms.len() {
                findings.push(format!("src/{from}.rs: is in no room"));
            }
            let above = |to: &String| room(to).is_some_and(|to| to > own);
            let upwards = named.iter().filter(|to| above(to));
            findings.extend(upwards.map(|to| format!("{from} uses {to}")));
        }
    }
    none(&findings);
}

#[test]
fn imports_do_not_run_in_circles() {
    let mut findings = Vec::new();
    for (folder, graph) in by_folder(&ordered_imports()) {
        // What is right below the root has layers, and what it exports again comes from above.
        if folder.is_empty() {
            continue;
        }
        findings.extend(circle(&graph).map(|found| format!("{folder}: {}", found.join(" > "))));
    }
    none(&findings);
}

#[test]
fn files_say_what_they_are_and_are_short() {
    let mut findings = Vec::new();
    for file in all_rust() {
        if !file.text.starts_with("//! ") {
            findings.push(format!("{}: does not begin with //!", file.path));
        }
        let lines = file.text.lines().count();
        if lines > MAX_LINES {
            findings.push(format!("{}: {lines} lines, more than {MAX_LINES}", file.path));
        }
        let name = file.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
        if EMPTY_NAMES.contains(&name) || name == "mod" {
            findings.push(format!("{}: a name that says nothing", file.path));
        }
        if file.code.contains("#[cfg(test)]\nmod tests {") {
            findings.push(format!("{}: tests belong into a file beside it", file.path));
        }
    }
    none(&findings);
}

#[test]
fn texts_have_no_trailing_space_and_no_foreign_paths() {
    let mut findings = Vec::new();
    let mut texts = all_rust();
    for folder in ["tests", "benches", "examples", "lua-conformance"] {
        for ending in ["lua", "expected", "txt", "toml"] {
            texts.extend(files(folder, ending));
        }
    }
    let mut texts: Vec<(String, String)> =
        texts.into_iter().map(|file| (file.path, file.text)).collect();
    let documents = DOCUMENTS.iter().chain(&["Cargo.toml"]);
    texts.extend(documents.map(|path| ((*path).to_owned(), document(path))));
    // Written in two parts: this file is looked at too.
    let foreign = ["../sh", "/wo", "/ho", "/ro"];
    let foreign: Vec<String> =
        foreign.iter().zip(["ared", "rk/", "me/", "ot/"]).map(|(a, b)| format!("{a}{b}")).collect();
    for (path, text) in &texts {
        for (at, line) in text.lines().enumerate() {
            if line.ends_with([' ', '\t', '\r']) && path.ends_with(".rs") {
                findings.push(format!("{path}:{}: white space at the end", at + 1));
            }
            if foreign.iter().any(|foreign| line.contains(foreign)) {
                findings.push(format!("{path}:{}: a path of one machine", at + 1));
            }
        }
    }
    none(&findings);
}

#[test]
fn unsafe_code_is_listed_and_explained() {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    for file in all_rust() {
        let lines: Vec<&str> = file.text.lines().collect();
        for (at, code) in file.code.lines().enumerate() {
            let mut words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
            if !words.any(|word| word == "unsafe") {
                continue;
            }
            seen.insert(file.path.clone());
            if !UNSAFE_FILES.contains(&file.path.as_str()) {
                findings.push(format!("{}:{}: unsafe in an unlisted file", file.path, at + 1));
            }
            let above = &lines[at.saturating_sub(6)..at];
            if !above.iter().any(|line| line.contains("SAFETY: ") || line.contains("# Safety")) {
                findings.push(format!("{}:{}: unsafe without its reason", file.path, at + 1));
            }
        }
    }
    for file in UNSAFE_FILES {
        if !seen.contains(file) {
            findings.push(format!("{file}: is listed and has no unsafe code"));
        }
    }
    none(&findings);
}

#[test]
fn the_collector_has_one_door() {
    let inside = |file: &&File| !file.path.starts_with("src/gc");
    let findings: Vec<String> = sources()
        .iter()
        .filter(inside)
        .flat_map(|file| lines_with(file, &["gc::space", "gc::page", "gc::slabs", "gc_arena"]))
        .collect();
    none(&findings);
}

#[test]
fn nothing_of_the_machine_reaches_a_run() {
    let below_host = |file: &&File| {
        let host = layer("host");
        layer(top_module(file)).is_some_and(|own| Some(own) < host) && !file.test
    };
    let mut findings: Vec<String> =
        sources().iter().filter(below_host).flat_map(|file| lines_with(file, &OUTSIDE)).collect();
    let [values, arguments] = HOST_MAPS_FILES;
    let allowed =
        [(HASH_KEY_FILE, ": RandomState"), (values, ": HashMap"), (arguments, ": HashMap")];
    findings.retain(|finding| {
        !allowed.iter().any(|(file, what)| finding.starts_with(file) && finding.ends_with(what))
    });
    none(&findings);
}

#[test]
fn nothing_panics_on_purpose_or_is_left_for_later() {
    let mut findings = Vec::new();
    for file in sources() {
        findings.extend(lines_with(&file, &["todo!", "unimplemented!", "dbg!"]));
        if !file.test {
            let panics = [".unwrap()", ".expect(", "panic!(", "unreachable!("];
            // The parser has an `expect` of its own, which returns an error.
            let own = |finding: &String| {
                finding.starts_with("src/syntax/parser") && finding.ends_with(".expect(")
            };
            findings.extend(lines_with(&file, &panics).into_iter().filter(|f| !own(f)));
        }
    }
    none(&findings);
}

#[test]
fn the_build_needs_no_c() {
    let mut findings = Vec::new();
    for features in [&[][..], &["--no-default-features"], &["--all-features"]] {
        let tree = Command::new(env!("CARGO"))
            .args(["tree", "--locked", "-e", "normal,build", "--prefix", "none"])
            .args(features)
            .current_dir(root())
            .output()
            .unwrap();
        assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
        let tree = String::from_utf8(tree.stdout).unwrap();
        let names: BTreeSet<&str> =
            tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
        assert!(names.contains("memchr"), "the tree is not understood:\n{tree}");
        for name in names {
            let tool = ["cc", "cmake", "bindgen", "pkg-config", "vcpkg"].contains(&name);
            let system = ["linux-raw-sys", "windows-sys"].contains(&name);
            if tool || (name.ends_with("-sys") && !system) {
                findings.push(format!("{name} {features:?}"));
            }
        }
    }
    none(&findings);
}

fn document(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

#[test]
fn the_readme_names_the_two_commands() {
    let readme = document("README.md");
    let fence = readme.find("```sh").unwrap();
    let commands = &readme[fence..fence + readme[fence..].find("\n```").unwrap()];
    assert!(commands.contains("\ncargo run --release -- run "), "{commands}");
    assert!(commands.contains("\ncargo test"), "{commands}");
    for script in commands.split_whitespace().filter(|word| word.ends_with(".lua")) {
        assert!(root().join(script).is_file(), "{script} is not there");
    }
}

#[test]
fn the_files_and_tests_the_documents_name_exist() {
    let guides = files("docs", "md");
    let documents = DOCUMENTS
        .iter()
        .map(|name| ((*name).to_owned(), document(name)))
        .chain(guides.into_iter().map(|guide| (guide.path, guide.text)));
    let sources: Vec<String> = all_rust().into_iter().map(|file| file.path).collect();
    let mut findings = Vec::new();
    for (name, text) in documents {
        for named in text.split('`').skip(1).step_by(2).filter(|named| !named.contains(' ')) {
            let (path, test) = named.split_once("::").unwrap_or((named, ""));
            let is_whole = path.starts_with("tests/") || path.starts_with("src/");
            // Some are named by the end of their paths, `heap/thread.rs`.
            let is_end = path.ends_with(".rs") && !path.contains(['{', '*']);
            let ending = format!("/{path}");
            let there = match is_whole {
                true => root().join(path).exists(),
                false => !is_end || sources.iter().any(|source| source.ends_with(&ending)),
            };
            let has = |test: &str| {
                let text = fs::read_to_string(root().join(path)).unwrap_or_default();
                text.contains(&format!("fn {test}("))
            };
            if !there || (is_whole && !test.is_empty() && !has(test)) {
                findings.push(format!("{name} names {named}, which is not there"));
            }
        }
    }
    none(&findings);
}

#[test]
fn ranks_and_rooms_are_those_that_architecture_lists() {
    let document = document("ARCHITECTURE.md");
    let listed = |head: &str, column: usize| -> Vec<BTreeSet<String>> {
        let (_, table) = document.split_once(head).unwrap();
        let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        let names = |row: &str| {
            let cell = row.split('|').nth(column).unwrap();
            cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
        };
        rows.map(names).collect()
    };
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(listed("\n| rank | modules | what it is |", 2), LAYERS.map(named).to_vec(),);
    let room =
        |room: &str| if room == "machine" { "vm/machine.rs".into() } else { format!("vm/{room}") };
    assert_eq!(
        listed("\n| room | what |", 1),
        MACHINE_ROOMS.map(|name| BTreeSet::from([room(name)])).to_vec(),
    );
    assert_eq!(
        listed("\n| room of the session | what |", 1),
        SESSION_ROOMS.map(|name| BTreeSet::from([format!("session/{name}")])).to_vec(),
    );
}

#[test]
fn the_reader_tells_code_from_text() {
    let text =
        "a /* unsafe /* x */ */ b\n\"un\\\"safe\" r#\"un\"safe\"# 'u' '\\'' &'a c // unsafe\nd";
    assert_eq!(source::strip(text).split_whitespace().collect::<String>(), "ab&'acd");
    assert_eq!(source::strip(text).lines().count(), 3);
    let names = names_after("use crate::{a::{b, c}, d};\ncrate::e!(); mycrate::f", "crate::");
    let names: Vec<&str> = names.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names, ["a", "d", "e!"]);
}

#[test]
fn the_reader_follows_imports() {
    let file = |path: &str, code: &str| File {
        path: path.to_owned(),
        text: String::new(),
        code: code.to_owned(),
        test: false,
    };
    let files = [
        file("src/a.rs", "mod b; use b::T;"),
        file("src/a/b.rs", "use super::{c::{self, T}, d::U}; use crate::e::{V, f::g};"),
        file("src/a/c.rs", "fn x(y: super::d::U) {} pub(in crate::a) struct T;"),
        file("src/a/d.rs", "use super::*; use self::inner::x; macro!($crate::a::b::T)"),
        file("src/e.rs", "mod f; pub use f::{H, I as J}; pub(crate) use crate::e::f::K;"),
        file("src/e/f.rs", ""),
        file("src/h.rs", "use crate::{H, e::{J, K}};"),
        file("src/lib.rs", "pub use e::H;"),
    ];
    let found = imports(&files);
    let of = |name: &str| found[name].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(of("a/b"), ["a/c", "a/d", "e", "e/f"]);
    assert_eq!(of("a/c"), ["a", "a/d"]);
    assert_eq!(of("a/d"), ["a", "a/b"]);
    assert_eq!(of("h"), ["e", "e/f"]);
    let folders = by_folder(&found);
    assert_eq!(circle(&folders["a"]).unwrap().join(" > "), "b > c > d");
    assert!(circle(&folders[""]).is_none());
}
