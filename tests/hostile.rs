//! Invariant "Limits are outcomes" over a corpus of hostile scripts: each has one
//! way to end, and no script panics, hangs or passes its limits.

#[path = "programs/corpus.rs"]
mod corpus;

use moonfuel::{Chunk, Limits, Outcome, Session};

/// What a script must come to.
enum Expected {
    OutOfFuel,
    OutOfMemory,
    OutputLimit,
    /// An error whose message holds this.
    Error(&'static str),
    /// Values whose JSON holds this.
    Done(&'static str),
}
use Expected::{Done, Error, OutOfFuel, OutOfMemory, OutputLimit};

const EXPECTED: &[(&str, Expected)] = &[
    ("cpu_backtrack", OutOfFuel),
    ("cpu_balanced", OutOfFuel),
    ("cpu_close", OutOfFuel),
    ("cpu_concat_far", Done("[false,\"invalid value (nil) at index 1 in table for 'concat'\"]")),
    ("cpu_coroutines", Done("C stack overflow")),
    ("cpu_for_huge", OutOfFuel),
    ("cpu_goto", OutOfFuel),
    ("cpu_handler", OutOfFuel),
    ("cpu_index_cycle", Done("'__index' chain too long; possible loop")),
    ("cpu_index_recursion", Done("C stack overflow")),
    ("cpu_insert_far", OutOfFuel),
    ("cpu_load_reader", OutOfFuel),
    ("cpu_loop", OutOfFuel),
    ("cpu_move_far", OutOfFuel),
    ("cpu_pcall_loop", OutOfFuel),
    ("cpu_quadratic_match", OutOfFuel),
    ("cpu_rep_empty", Done("[0]")),
    ("cpu_sort_endless", OutOfFuel),
    ("cpu_sort_inconsistent", Done("invalid order function for sorting")),
    ("cpu_too_complex", Done("pattern too complex")),
    ("cpu_tostring", OutOfFuel),
    ("escape_addresses", Done("[true,true]")),
    ("escape_close_running", Done("cannot close a running coroutine")),
    ("escape_environment", Done("[null,null]")),
    ("escape_error_nil", Error("nil")),
    ("escape_error_object", Error("(error object is a table value)")),
    ("escape_getmetatable", Done("cannot change a protected metatable")),
    ("escape_names", Done("[null,null,null,null,null,null,null]")),
    ("escape_resume_self", Done("cannot resume non-suspended coroutine")),
    ("escape_string_metatable", Done("[false,")),
    ("int_division", Done("[-9223372036854775808,0,-9223372036854775808,-9223372036854775808]")),
    ("mem_coroutines", OutOfMemory),
    ("mem_doubling", OutOfMemory),
    ("mem_format", Done("invalid conversion")),
    ("mem_huge_keys", Done("[0]")),
    ("mem_pack", Done("[false,")),
    ("mem_packsize", Done("[false,")),
    ("mem_print", OutputLimit),
    ("mem_rep", Done("resulting string too large")),
    ("mem_tables", OutOfMemory),
    ("mem_unpack", Done("too many results to unpack")),
    ("mem_unpack_offset", Done("[false,")),
    ("mem_unpack_wrap", Done("too many results to unpack")),
    ("parse_blocks", Done("[null,")),
    ("parse_bytecode", Done("attempt to load a binary chunk")),
    ("parse_gotos", Done("")),
    ("parse_locals", Done("too many local variables")),
    ("parse_number", Done("[1.0]")),
    ("parse_parens", Done("[null,")),
    ("parse_upvalues", Done("")),
];

#[test]
fn limits_are_outcomes_over_the_hostile_corpus() {
    let scripts = corpus::read_folder("tests/hostile");
    let mut wrong = Vec::new();
    for (name, source) in &scripts {
        let Some((_, expected)) = EXPECTED.iter().find(|(known, _)| known == name) else {
            wrong.push(format!("{name} is not in the table"));
            continue;
        };
        let limits = Limits { fuel: 20_000_000, memory: 16 << 20, ..Limits::default() };
        let fuel = limits.fuel;
        let mut session = Session::builder().limits(limits).build().expect("a session");
        let report = session.run_chunk(Chunk::new(source).named(name));
        let met = match (expected, &report.outcome) {
            (OutOfFuel, Outcome::OutOfFuel) => report.usage.fuel_used == fuel,
            (OutOfMemory, Outcome::OutOfMemory) | (OutputLimit, Outcome::OutputLimit) => true,
            (Error(text), Outcome::Failed(error)) => error.to_string().contains(text),
            (Done(text), Outcome::Done(Ok(json))) => json.contains(text),
            // A function among the values has no JSON form: the script ended all the same.
            (Done(""), Outcome::Done(Err(_))) => true,
            _ => false,
        };
        if !met || report.usage.memory_peak > 16 << 20 {
            wrong.push(format!("{name}: {:?} {:?}", report.outcome, report.usage));
        }
        // The session is as good as new.
        assert_eq!(session.run("return 1 + 1").json().ok(), Some("[2]"), "after {name}");
    }
    assert_eq!(scripts.len(), EXPECTED.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn limits_are_outcomes_that_no_script_sees() {
    for source in [
        "pcall(function() while true do end end) print('seen')",
        "xpcall(function() while true do end end, function() print('seen') end)",
        "local x <close> = setmetatable({}, {__close = function() print('seen') end}) while true do end",
        "local co = coroutine.wrap(function() local x <close> = setmetatable({}, {__close = function() print('seen') end}) while true do end end) pcall(co) print('seen')",
        "table.sort({2, 1}, function() while true do end end) print('seen')",
    ] {
        let limits = Limits { fuel: 100_000, ..Limits::default() };
        let mut session = Session::builder().limits(limits).build().expect("a session");
        let report = session.run(source);
        assert_eq!(report.outcome, Outcome::OutOfFuel, "{source}");
        assert_eq!(report.output, b"", "{source}");
    }
}
