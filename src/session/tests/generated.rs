//! The programs of the differential test, for tests that look inside.

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
#[path = "../../../tests/differential/metamethod.rs"]
mod metamethod;
#[path = "../../../tests/differential/prng.rs"]
mod prng;
#[path = "../../../tests/differential/program.rs"]
#[allow(dead_code, reason = "programs are made smaller elsewhere")]
mod program;

pub(super) use prng::Prng;

/// Returns the `id`-th program of a seed, of one of four kinds in turn.
pub(super) fn source(seed: u64, id: u64) -> String {
    let program = match id % 4 {
        0 => generator::program(seed, id),
        1 => control::program(seed, id),
        2 => metamethod::program(seed, id),
        _ => library::program(seed, id),
    };
    program::render(&program)
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
