//! The programs of the differential test, for tests that look inside.

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
#[path = "../../../tests/differential/prng.rs"]
mod prng;
#[path = "../../../tests/differential/program.rs"]
#[allow(dead_code, reason = "programs are made smaller elsewhere")]
mod program;
#[path = "../../../tests/differential/threads.rs"]
mod threads;

pub(super) use prng::Prng;

/// What programs show values by: as the prelude of the differential test, in one line.
const SHOWS: &str = "function P(...) local out = {} for i = 1, select('#', ...) do \
    local v = select(i, ...) local t = type(v) \
    out[i] = (t == 'string' or t == 'number' or t == 'boolean') and tostring(v) or t end \
    print(table.concat(out, ' ')) end \
    function N(v) return v ~= v and 0 or (type(v) == 'table' or type(v) == 'function') and type(v) or v end \
    function D(name, v) P(name, type(v) == 'table' and #v or v) end ";

/// Returns the `id`-th program of a seed, of one of seven kinds in turn.
pub(super) fn source(seed: u64, id: u64) -> String {
    format!("{SHOWS}\n{}", without_shows(seed, id))
}

/// The same for a test that has its own functions `P`, `N` and `D`.
pub(super) fn without_shows(seed: u64, id: u64) -> String {
    let program = match id % 7 {
        0 => generator::program(seed, id),
        1 => control::program(seed, id),
        2 => metamethod::program(seed, id),
        3 => library::program(seed, id),
        4 => threads::program(seed, id),
        5 => callbacks::program(seed, id),
        _ => loading::program(seed, id),
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
