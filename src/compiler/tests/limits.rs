//! Long inputs: no native recursion, no quadratic step, within a small stack.

use super::compiled;
use crate::bytecode::verify::verify;
use crate::syntax::ast::Chunk;
use crate::syntax::meter::Budget;

const LONG: usize = 100_000;

/// Compiles on a 256 KiB stack and returns the instruction count of the main function.
fn on_small_stack(source: String) -> usize {
    let run = move || {
        let proto = compiled(source.as_bytes()).unwrap_or_else(|e| panic!("{e}"));
        verify(&proto).unwrap_or_else(|e| panic!("{e}"));
        proto.code.len()
    };
    let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(run);
    thread.unwrap().join().unwrap()
}

#[test]
fn long_chains_of_operators() {
    let chain = |op: &str| format!("local a; return a{}", format!(" {op} a").repeat(LONG));
    assert_eq!(on_small_stack(chain("and")), LONG + 5);
    assert_eq!(on_small_stack(chain("or")), LONG + 5);
    assert_eq!(on_small_stack(chain("+")), LONG + 4);
    assert_eq!(on_small_stack(chain("==")), 3 * LONG + 4);
}

#[test]
fn long_suffixes() {
    let fields = format!("local a; return a{}", ".b".repeat(LONG));
    assert_eq!(on_small_stack(fields), LONG + 4);
    let calls = format!("f{}", "()".repeat(LONG));
    assert_eq!(on_small_stack(calls), LONG + 3);
}

#[test]
fn long_conditionals() {
    let branches = "elseif a == 1 then b = 1 ".repeat(LONG);
    let source = format!("if a then {branches}end");
    assert!(on_small_stack(source) > 3 * LONG);
    let breaks = "if a then break end ".repeat(LONG);
    assert!(on_small_stack(format!("while true do {breaks}end")) > 2 * LONG);
}

#[test]
fn many_gotos_and_labels() {
    let forward = format!("do {}end ::a::", "do goto a end ".repeat(LONG));
    assert_eq!(on_small_stack(forward), LONG + 2);
    let backward = format!("::a:: {}", "do goto a end ".repeat(LONG));
    assert_eq!(on_small_stack(backward), LONG + 2);
    let pending = "do goto last end ".repeat(LONG);
    let labels: String = (0..LONG).map(|i| format!("::l{i}:: a = 1 ")).collect();
    assert_eq!(on_small_stack(format!("{pending}{labels} ::last::")), 2 * LONG + 2);
}

#[test]
fn many_constants() {
    let items: String = (0..LONG).map(|i| format!("'s{i}',{i}.5,")).collect();
    let source = format!("return {{{items}}}");
    // Each flush of fifty items costs one instruction.
    assert_eq!(on_small_stack(source), 2 * LONG + 2 * LONG / 50 + 4);
}

#[test]
fn deep_functions() {
    let depth = 90;
    let source =
        format!("local x{} return x{}", " return function()".repeat(depth), " end".repeat(depth));
    assert_eq!(on_small_stack(source), 5);
}

#[test]
fn the_meter_stops_a_compilation() {
    let source = "a = b + c ".repeat(1000);
    let chunk: Chunk =
        crate::syntax::parser::parse(source.as_bytes(), b"=test", &mut Budget(u64::MAX)).unwrap();
    let compile = |budget| super::compile(&chunk, source.as_bytes(), b"=test", &mut Budget(budget));
    assert!(compile(1_000_000).is_ok());
    let refused = compile(10_000).map(|_| ());
    assert_eq!(
        refused,
        Err(crate::syntax::error::SyntaxError::Stopped(crate::syntax::Stopped::Memory))
    );
}
