//! Tests of names, on code the compiler makes.

use super::{NameKind, called_name, constant_name, event, object_name, upvalue_name};
use crate::bytecode::op::Op;
use crate::bytecode::proto::Proto;
use crate::syntax::meter::NoMeter;

fn compiled(source: &str) -> Proto {
    let chunk = crate::syntax::parser::parse(source.as_bytes(), b"=t", &mut NoMeter).unwrap();
    crate::compiler::compile(&chunk, source.as_bytes(), b"=t", &mut NoMeter).unwrap()
}

/// Names what the last instruction of a kind calls or (operand `b`) uses.
fn name(source: &str, op: Op) -> Option<(NameKind, String)> {
    let proto = compiled(source);
    let proto = proto.protos.first().map_or(&proto, |inner| &**inner);
    let pc = proto.code.iter().rposition(|i| i.op == op).unwrap();
    let mut searched = 0;
    let found = match op {
        Op::Call | Op::TailCall | Op::TForCall => called_name(proto, pc, &mut searched),
        _ => object_name(proto, pc, proto.code[pc].b, &mut searched),
    };
    found.map(|(kind, name)| (kind, String::from_utf8(name.to_vec()).unwrap()))
}

#[track_caller]
fn check(source: &str, op: Op, kind: NameKind, expected: &str) {
    assert_eq!(name(source, op), Some((kind, expected.to_owned())), "{source}");
}

#[test]
fn callees() {
    check("f()", Op::Call, NameKind::Global, "f");
    check("local t; t.f()", Op::Call, NameKind::Field, "f");
    check("local t; t:f()", Op::Call, NameKind::Method, "f");
    check("local f; f()", Op::Call, NameKind::Local, "f");
    check("local t; t[1]()", Op::Call, NameKind::Field, "integer index");
    check("local t; t[255]()", Op::Call, NameKind::Field, "integer index");
    check("local t; t[256]()", Op::Call, NameKind::Field, "?");
    check("local t; t[-1]()", Op::Call, NameKind::Field, "?");
    check("local t, k; t[k]()", Op::Call, NameKind::Field, "?");
    check("local f; return function() f() end", Op::Call, NameKind::Upvalue, "f");
    check("local _ENV = {}; f()", Op::Call, NameKind::Global, "f");
    check("local E = {}; E.f()", Op::Call, NameKind::Field, "f");
    check("('x')()", Op::Call, NameKind::Constant, "x");
    check("for i in f do end", Op::TForCall, NameKind::ForIterator, "for iterator");
    assert_eq!(name("(f or g)()", Op::Call), None);
    assert_eq!(name("f()()", Op::Call), None);
}

#[test]
fn operands() {
    check("local a; return a.b", Op::GetField, NameKind::Local, "a");
    check("return a.b", Op::GetField, NameKind::Global, "a");
    check("return a.b.c", Op::GetField, NameKind::Field, "b");
    check("return -a", Op::Unm, NameKind::Global, "a");
    let long = "k".repeat(50);
    let source = format!("local t; return -t.{long}");
    check(&source, Op::Unm, NameKind::Field, &long);
}

#[test]
fn events_and_tables() {
    let proto = compiled("local a; return a - 1, 'name'");
    let pc = proto.code.iter().position(|i| i.op == Op::AddI).unwrap();
    assert_eq!(event(proto.code[pc]), Some("sub"));
    let expected = Some((NameKind::Metamethod, &b"sub"[..]));
    assert_eq!(called_name(&proto, pc, &mut 0), expected);
    assert_eq!(upvalue_name(&proto, 0), b"_ENV");
    assert_eq!(upvalue_name(&proto, 9), b"?");
    assert_eq!(constant_name(&proto, 0), Some(&b"name"[..]));
    assert_eq!(constant_name(&proto, 1), None);
}
