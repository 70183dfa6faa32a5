//! Tests of the compiler.

use super::compile;
use crate::bytecode::disasm::disassemble;
use crate::bytecode::proto::Proto;
use crate::bytecode::verify::verify;
use crate::syntax::error::SyntaxError;
use crate::syntax::meter::NoMeter;
use crate::syntax::parser::parse;

mod errors;
mod limits;
mod listings;

fn compiled(source: &[u8]) -> Result<Proto, SyntaxError> {
    let chunk = parse(source, b"=test", &mut NoMeter)?;
    compile(&chunk, source, b"=test", &mut NoMeter)
}

/// Compiles, verifies and lists a chunk.
fn listing(source: &str) -> String {
    let proto = compiled(source.as_bytes()).unwrap_or_else(|e| panic!("{source}: {e}"));
    verify(&proto).unwrap_or_else(|e| panic!("{source}: {e}\n{}", disassemble(&proto)));
    disassemble(&proto)
}
