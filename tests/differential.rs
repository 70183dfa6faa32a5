//! Compares random programs with PUC-Rio's Lua, output by output.
//!
//! `LUA_REFERENCE` names the command to compare with (`lua5.4` unless set); where
//! there is none, or one with faults of its own that the programs of a kind meet, the tests
//! say so and pass. `MOONFUEL_DIFF_PROGRAMS` says how many
//! programs each test makes, `MOONFUEL_DIFF_SEED` which ones, and
//! `MOONFUEL_DIFF_SHRINK` how many differences are made small; `MOONFUEL_DIFF_SHOW`
//! prints one program and ends, and `MOONFUEL_DIFF_FULL=1` runs all of them in the full
//! profile. A million numbers take about a minute:
//! `MOONFUEL_DIFF_PROGRAMS=1000000 cargo test --release --test differential numbers`.

#[path = "differential/allowed.rs"]
mod allowed;
#[path = "differential/branches.rs"]
mod branches;
#[path = "differential/callbacks.rs"]
mod callbacks;
#[path = "differential/compare.rs"]
mod compare;
#[path = "differential/control.rs"]
mod control;
#[path = "differential/debugging.rs"]
mod debugging;
#[path = "differential/expression.rs"]
mod expression;
#[path = "differential/fault.rs"]
mod fault;
#[path = "differential/feature.rs"]
mod feature;
#[path = "differential/generator.rs"]
mod generator;
#[path = "differential/hooks.rs"]
mod hooks;
#[path = "differential/library.rs"]
mod library;
#[path = "differential/literal.rs"]
mod literal;
#[path = "differential/loading.rs"]
mod loading;
#[path = "differential/metamethod.rs"]
mod metamethod;
#[path = "differential/number.rs"]
mod number;
#[path = "differential/pack.rs"]
mod pack;
#[path = "differential/pattern.rs"]
mod pattern;
#[path = "differential/prng.rs"]
mod prng;
#[path = "differential/program.rs"]
mod program;
#[path = "differential/runner.rs"]
mod runner;
#[path = "differential/shrink.rs"]
mod shrink;
#[path = "differential/text.rs"]
mod text;
#[path = "differential/threads.rs"]
mod threads;
#[path = "differential/wide.rs"]
mod wide;

use compare::{Concept, compare};
use program::Node;

/// A concept whose programs are faults as often as not.
fn concept(name: &'static str, program: fn(u64, u64) -> Vec<Node>) -> Concept {
    Concept {
        name,
        program,
        per_file: 500,
        since: "",
        full: false,
        most_syntax: 0,
        least_ok: 900,
        least_distinct: 250,
    }
}

#[test]
fn random_programs_print_what_lua_prints() {
    let concept = Concept {
        per_file: 100,
        most_syntax: 1,
        least_ok: 600,
        ..concept("programs", generator::program)
    };
    compare(&Concept { least_distinct: 900, ..concept }, 10_000);
}

#[test]
fn numbers_print_and_parse_as_in_lua() {
    compare(&Concept { per_file: 2_000, ..concept("numbers", number::program) }, 20_000);
}

#[test]
fn packing_does_what_lua_does() {
    compare(&concept("packing", pack::program), 5_000);
}

#[test]
fn patterns_match_what_lua_matches() {
    compare(&concept("patterns", pattern::program), 5_000);
}

#[test]
fn faults_are_told_as_in_lua() {
    compare(
        &Concept { most_syntax: 1000, least_ok: 0, ..concept("faults", fault::program) },
        5_000,
    );
}

#[test]
fn library_functions_do_what_lua_does() {
    compare(&concept("library", library::program), 10_000);
}

#[test]
fn literals_mean_what_they_mean_in_lua() {
    let concept = concept("literals", literal::program);
    compare(&Concept { most_syntax: 600, least_ok: 0, ..concept }, 5_000);
}

#[test]
fn metamethods_are_called_as_in_lua() {
    compare(&Concept { least_ok: 0, ..concept("metamethods", metamethod::program) }, 3_000);
}

#[test]
fn control_flows_as_in_lua() {
    compare(&Concept { per_file: 100, ..concept("control", control::program) }, 2_000);
}

#[test]
fn conditions_branch_as_in_lua() {
    compare(&concept("branches", branches::program), 5_000);
}

#[test]
fn coroutines_end_each_other_as_in_lua() {
    let concept = Concept { since: "5.4.8", ..concept("threads", threads::program) };
    // In sandboxes more of them may yield.
    compare(&Concept { full: true, per_file: 200, ..concept }, 3_000);
}

#[test]
fn library_functions_call_back_as_in_lua() {
    compare(&Concept { per_file: 200, ..concept("callbacks", callbacks::program) }, 3_000);
}

#[test]
fn wide_programs_do_what_they_do_in_lua() {
    let concept = Concept { since: "5.4.8", ..concept("wide", wide::program) };
    compare(&Concept { per_file: 100, ..concept }, 1_000);
}

#[test]
fn chunks_are_loaded_as_in_lua() {
    compare(&concept("loading", loading::program), 3_000);
}

#[test]
fn dumped_functions_are_loaded_as_in_lua() {
    compare(&Concept { full: true, ..concept("dumped", loading::dumped) }, 3_000);
}

#[test]
fn hooks_see_what_they_see_in_lua() {
    let concept = Concept { since: "5.4.8", ..concept("hooks", hooks::program) };
    compare(&Concept { full: true, per_file: 100, ..concept }, 2_000);
}

#[test]
fn the_debug_library_tells_what_it_tells_in_lua() {
    let concept = Concept { since: "5.4.8", ..concept("debugging", debugging::program) };
    compare(&Concept { full: true, per_file: 200, ..concept }, 3_000);
}
