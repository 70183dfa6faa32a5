//! What a dumped chunk is, to the byte, and that reading gives back what was written.

use super::{dump, dumped_len};
use crate::bytecode::disasm::disassemble;
use crate::bytecode::proto::{Const, Proto};
use crate::bytecode::undump::undump;
use crate::bytecode::verify::verify;
use crate::syntax::error::SyntaxError;
use crate::syntax::meter::{Budget, NoMeter};
use std::sync::Arc;

fn compiled(source: &str) -> Proto {
    let options = crate::syntax::ParseOptions::default();
    crate::compiler::compile_source(source.as_bytes(), b"@t.lua", options, &mut NoMeter).unwrap()
}

fn read(bytes: &[u8]) -> Result<Proto, String> {
    undump(bytes, b"=c", &mut NoMeter).map_err(|e| e.to_string())
}

#[test]
fn the_header_is_that_of_puc() {
    let chunk = dump(&compiled("return 1"), b"@t.lua", false);
    let header = b"\x1bLua\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08";
    assert_eq!(&chunk[..15], header);
    assert_eq!(chunk[15..23], 0x5678_i64.to_le_bytes());
    assert_eq!(chunk[23..31], 370.5_f64.to_le_bytes());
    assert_eq!(chunk.len(), dumped_len(&compiled("return 1"), b"@t.lua", false));
}

#[test]
fn damage_to_the_header_is_named() {
    let chunk = dump(&compiled("return 1"), b"@t.lua", false);
    let damaged = |at: usize| {
        let mut bytes = chunk.clone();
        bytes[at] ^= 0x40;
        read(&bytes).unwrap_err()
    };
    for (at, why) in [
        (1, "not a binary chunk"),
        (4, "version mismatch"),
        (5, "format mismatch"),
        (8, "corrupted chunk"),
        (12, "Instruction size mismatch"),
        (13, "lua_Integer size mismatch"),
        (14, "lua_Number size mismatch"),
        (15, "integer format mismatch"),
        (30, "float format mismatch"),
        (31, "version mismatch"),
    ] {
        assert_eq!(damaged(at), format!("c: bad binary format ({why})"));
    }
}

#[test]
fn reading_gives_back_what_was_written() {
    let source = "local a <const>, b = 1.5, -7\nlocal function f(x, ...) return x + b, ... end\n\
                  return f(a, 'text', nil, true, 2^53, 0x7fffffffffffffff), function() b = f end";
    let proto = compiled(source);
    let again = read(&dump(&proto, &proto.source, false)).unwrap();
    assert_eq!(disassemble(&again), disassemble(&proto));
    assert_eq!(again.source, proto.source);
    assert_eq!(again.protos[0].source, proto.source);
    assert_eq!(again.lines, proto.lines);
    assert_eq!(again.loc_vars, proto.loc_vars);
    assert_eq!(again.protos[0].upvalues, proto.protos[0].upvalues);
    assert_eq!(again.constants, proto.constants);
    assert_eq!(verify(&again), Ok(()));
}

#[test]
fn stripped_functions_have_no_names_no_lines_and_no_source() {
    let proto = compiled("local a = 1\nreturn function() return a, b end");
    let stripped = read(&dump(&proto, &proto.source, true)).unwrap();
    assert_eq!(verify(&stripped), Ok(()));
    for proto in [&stripped, &*stripped.protos[0]] {
        assert_eq!(&*proto.source, b"=?");
        assert!(proto.lines.is_empty() && proto.loc_vars.is_empty());
        assert!(proto.upvalues.iter().all(|upvalue| upvalue.name.is_empty()));
    }
    assert_eq!(stripped.protos[0].line_defined, 2);
    // Stripping what is stripped changes nothing.
    assert_eq!(dump(&stripped, &stripped.source, true), dump(&proto, &proto.source, true));
}

#[test]
fn a_nan_is_the_one_nan() {
    let mut proto = compiled("return 1");
    proto.constants = vec![Const::Number(f64::from_bits(0x7ff8_dead_beef_0001))];
    match read(&dump(&proto, &proto.source, false)).unwrap().constants[..] {
        [Const::Number(n)] => assert_eq!(n.to_bits(), 0xfff8 << 48),
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn memory_is_asked_for_before_it_is_taken() {
    let chunk = dump(&compiled(&"x = 1 ".repeat(1000)), b"@t.lua", false);
    assert!(undump(&chunk, b"=c", &mut Budget(100_000)).is_ok());
    let refused = undump(&chunk, b"=c", &mut Budget(10_000));
    assert!(matches!(refused, Err(SyntaxError::Stopped(_))));
    // A count beyond the bytes that follow is refused without asking.
    let mut header = chunk[..32].to_vec();
    header.extend_from_slice(&[0, 0, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0]);
    let refused = undump(&header, b"=c", &mut Budget(1_000)).unwrap_err();
    assert_eq!(refused.to_string(), "c: bad binary format (truncated chunk)");
    header.truncate(38);
    header.extend_from_slice(&[0xff; 12]);
    let refused = undump(&header, b"=c", &mut Budget(1_000)).unwrap_err();
    assert_eq!(refused.to_string(), "c: bad binary format (integer overflow)");
}

#[test]
fn functions_nested_without_end_need_no_stack() {
    let shallow = compiled("return 1");
    let around = |inner: Option<Proto>| {
        let mut proto = Proto::default();
        proto.max_stack = 2;
        proto.source = shallow.source.clone();
        proto.code = shallow.code[1..].to_vec();
        proto.lines = shallow.lines[1..].to_vec();
        proto.constants.clone_from(&shallow.constants);
        proto.protos.extend(inner.map(Arc::new));
        proto
    };
    let mut proto = around(None);
    for _ in 0..200_000 {
        proto = around(Some(proto));
    }
    let chunk = dump(&proto, &proto.source, false);
    let again = read(&chunk).unwrap();
    assert_eq!(dump(&again, &again.source, false), chunk);
    assert_eq!(verify(&again), Ok(()));
}
