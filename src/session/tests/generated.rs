//! The programs of the differential test, for tests that look inside.

#[path = "../../../tests/differential/branches.rs"]
mod branches;
#[path = "../../../tests/differential/callbacks.rs"]
mod callbacks;
#[path = "../../../tests/differential/control.rs"]
mod control;
#[path = "../../../tests/differential/expression.rs"]
mod expression;
#[path = "../../../tests/differential/feature.rs"]
mod feature;
#[path = "../../../tests/differential/generator.rs"]
mod generator;
#[path = "../../../tests/differential/library.rs"]
mod library;
#[path = "../../../tests/differential/loading.rs"]
#[allow(dead_code, reason = "dumped functions are for the full profile")]
mod loading;
#[path = "../../../tests/differential/metamethod.rs"]
mod metamethod;
#[path = "../../../tests/differential/pattern.rs"]
mod pattern;
#[path = "../../../tests/differential/prng.rs"]
mod prng;
#[path = "../../../tests/differential/program.rs"]
#[allow(dead_code, reason = "programs are made smaller elsewhere")]
mod program;
#[path = "../../../tests/differential/text.rs"]
mod text;
#[path = "../../../tests/differential/threads.rs"]
mod threads;
#[path = "../../../tests/differential/wide.rs"]
mod wide;

pub(super) use prng::Prng;

/// What programs show values by: as the prelude of the differential test, in one line.
const SHOWS: &str = "function P(...) local out = {} for i = 1, select('#', ...) do \
    local v = select(i, ...) local t = type(v) \
    out[i] = (t == 'string' or t == 'number' or t == 'boolean') and tostring(v) or t end \
    print(table.concat(out, ' ')) end \
    function N(v) return v ~= v and 0 or (type(v) == 'table' or type(v) == 'function') and type(v) or v end \
    function D(name, v) P(name, type(v) == 'table' and #v or v) end ";

/// Returns the `id`-th program of a seed, of one of ten kinds in turn.
pub(super) fn source(seed: u64, id: u64) -> String {
    format!("{SHOWS}\n{}", without_shows(seed, id))
}

/// The same for a test that has its own functions `P`, `N` and `D`.
pub(super) fn without_shows(seed: u64, id: u64) -> String {
    let program = match id % 10 {
        0 => generator::program(seed, id),
        1 => control::program(seed, id),
        2 => metamethod::program(seed, id),
        3 => library::program(seed, id),
        4 => threads::program(seed, id),
        5 => callbacks::program(seed, id),
        6 => loading::program(seed, id),
        7 => wide::program(seed, id),
        8 => branches::program(seed, id),
        _ => pattern::program(seed, id),
    };
    program::render(&program)
}

/// Tells whether what a program sees says when there were collections: what finalizers and weak
/// tables see does.
pub(super) fn tells_collections(source: &str) -> bool {
    ["collectgarbage", "__gc", "__mode"].iter().any(|word| source.contains(word))
}

/// Returns a number from the environment: how many a test tries, and from which one on.
pub(super) fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().and_then(|number| number.parse().ok())
}

/// Returns the programs of a folder that the environment names, with their names.
pub(super) fn in_folder(variable: &str) -> Option<Vec<(String, Vec<u8>)>> {
    let folder = std::env::var_os(variable)?;
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: std::path::PathBuf| {
        let text = std::fs::read(&path).unwrap();
        (path.display().to_string(), text)
    };
    let mut programs: Vec<_> = paths.map(read).collect();
    programs.sort();
    Some(programs)
}

/// Makes what is local in the main chunk global, so that it stays.
pub(super) fn with_globals(source: &str) -> String {
    let global = |line: &str| match line.strip_prefix("local ") {
        Some(rest)
            if rest.starts_with("function ") || !rest.contains('<') && rest.contains('=') =>
        {
            rest.to_owned()
        }
        _ => line.to_owned(),
    };
    source.lines().map(|line| global(line) + "\n").collect()
}
