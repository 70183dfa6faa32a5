//! Tests of the table of operations.

use super::Op;
use std::collections::BTreeSet;

#[test]
fn opcodes_are_unique_and_documented() {
    let names: BTreeSet<&str> = Op::ALL.iter().map(|op| op.name()).collect();
    assert_eq!(names.len(), Op::ALL.len());
    for op in Op::ALL {
        assert!(!op.effect().is_empty(), "{}", op.name());
        for operand in op.operands().split_whitespace() {
            assert!(["A", "B", "sB", "C", "X", "sX"].contains(&operand), "{}", op.name());
        }
    }
    let binary = |op: &&Op| {
        let words: Vec<&str> = op.effect().split(' ').collect();
        matches!(words.as_slice(), ["R[A]", ":=", "R[B]", _, "R[C]"])
    };
    let binary: Vec<&Op> = Op::ALL.iter().filter(binary).collect();
    assert_eq!(binary.len(), 12);
    assert!(binary.iter().all(|op| op.is_abc()));
    let effects: BTreeSet<&str> = Op::ALL.iter().map(|op| op.effect()).collect();
    assert_eq!(effects.len(), Op::ALL.len());
}
