//! Tests of the verifier: good code passes, each kind of damage is found.

use super::verify;
use crate::bytecode::op::{Instr, Op};
use crate::bytecode::proto::{Const, LocVar, Proto, UpvalDesc};

/// A function of four registers with the given code and a return.
fn proto(code: &[Instr]) -> Proto {
    let mut proto = Proto::default();
    proto.max_stack = 4;
    proto.code = code.to_vec();
    proto.code.push(Instr::new(Op::Return0, 0, 0, 0, 0));
    proto.lines = vec![1; proto.code.len()];
    proto.constants = vec![Const::Integer(1), Const::String(b"s".as_slice().into())];
    proto
}

fn what(code: &[Instr]) -> Result<(), &'static str> {
    verify(&proto(code)).map_err(|e| e.what)
}

fn i(op: Op, a: u8, b: u8, c: u8, x: i32) -> Instr {
    Instr::new(op, a, b, c, x as u32)
}

#[test]
fn registers_are_in_range() {
    let out = Err("register out of range");
    assert_eq!(what(&[i(Op::Move, 3, 0, 0, 0)]), Ok(()));
    assert_eq!(what(&[i(Op::Move, 4, 0, 0, 0)]), out);
    assert_eq!(what(&[i(Op::Add, 0, 0, 4, 0)]), out);
    assert_eq!(what(&[i(Op::LoadNil, 2, 1, 0, 0)]), Ok(()));
    assert_eq!(what(&[i(Op::LoadNil, 2, 2, 0, 0)]), out);
    assert_eq!(what(&[i(Op::Call, 1, 3, 1, 0)]), Ok(()));
    assert_eq!(what(&[i(Op::Call, 1, 4, 1, 0)]), out);
    assert_eq!(what(&[i(Op::Call, 1, 1, 5, 0)]), out);
    assert_eq!(what(&[i(Op::SetList, 1, 2, 0, 0)]), Ok(()));
    assert_eq!(what(&[i(Op::SetList, 1, 3, 0, 0)]), out);
    assert_eq!(what(&[i(Op::Concat, 2, 3, 0, 0)]), out);
    assert_eq!(what(&[i(Op::SelfOp, 3, 0, 0, 1)]), out);
    assert_eq!(what(&[i(Op::TForCall, 0, 0, 1, 0)]), out);
    assert_eq!(what(&[i(Op::Vararg, 2, 0, 4, 0)]), out);
}

#[test]
fn constants_have_their_types() {
    assert_eq!(what(&[i(Op::AddK, 0, 0, 0, 0)]), Ok(()));
    assert_eq!(what(&[i(Op::AddK, 0, 0, 0, 1)]), Err("constant is no number"));
    assert_eq!(what(&[i(Op::AddK, 0, 0, 0, 2)]), Err("constant out of range"));
    assert_eq!(what(&[i(Op::GetField, 0, 0, 0, 1)]), Ok(()));
    assert_eq!(what(&[i(Op::GetField, 0, 0, 0, 0)]), Err("key is not a short string"));
    assert_eq!(what(&[i(Op::SetTable, 0, 0, 9, 2)]), Ok(()));
    assert_eq!(what(&[i(Op::SetTable, 0, 0, 0, 3)]), Err("constant out of range"));
    assert_eq!(what(&[i(Op::GetUpval, 0, 0, 0, 0)]), Err("upvalue out of range"));
    assert_eq!(what(&[i(Op::Closure, 0, 0, 0, 0)]), Err("function out of range"));
}

#[test]
fn jumps_stay_inside_and_loops_are_paired() {
    assert_eq!(what(&[i(Op::Jmp, 0, 0, 0, 0)]), Ok(()));
    assert_eq!(what(&[i(Op::Jmp, 0, 0, 0, 1)]), Err("jump out of range"));
    assert_eq!(what(&[i(Op::Test, 0, 0, 0, -2)]), Err("jump out of range"));
    assert_eq!(what(&[i(Op::LFalseSkip, 0, 0, 0, 0)]), Err("jump out of range"));
    let body = [i(Op::ForPrep, 0, 0, 0, 1), i(Op::ForLoop, 0, 0, 0, -1)];
    assert_eq!(what(&body), Ok(()));
    let unpaired = [i(Op::ForPrep, 0, 0, 0, 0), i(Op::ForLoop, 0, 0, 0, -1)];
    assert_eq!(what(&unpaired), Err("loop without its other end"));
}

#[test]
fn open_lists_are_set_and_used() {
    let open = i(Op::Call, 1, 1, 0, 0);
    assert_eq!(what(&[open, i(Op::Call, 0, 0, 1, 0)]), Ok(()));
    assert_eq!(what(&[open]), Err("open list is not used"));
    assert_eq!(what(&[i(Op::Call, 0, 0, 1, 0)]), Err("open list is not set"));
    let above = [i(Op::Call, 0, 1, 0, 0), i(Op::Call, 1, 0, 1, 0)];
    assert_eq!(what(&above), Err("open list is not set"));
    let jumped = [i(Op::Test, 0, 0, 0, 1), open, i(Op::Call, 0, 0, 1, 0)];
    assert_eq!(what(&jumped), Err("open list is not set"));
}

#[test]
fn open_arguments_lie_above_the_function() {
    // A call that leaves no value puts `top` below the arguments of a call in its place.
    for op in [Op::Call, Op::SetList] {
        let in_place = [i(Op::Call, 1, 1, 0, 0), i(op, 1, 0, 1, 0)];
        assert_eq!(what(&in_place), Err("open list is not set"), "{op:?}");
    }
    assert_eq!(what(&[i(Op::Call, 1, 1, 0, 0), i(Op::Return, 1, 0, 0, 0)]), Ok(()));
}

#[test]
fn the_frame_of_a_vararg_function_moves_once() {
    let vararg = |code: &[Instr]| {
        let mut proto = proto(code);
        proto.is_vararg = true;
        verify(&proto).map_err(|e| e.what)
    };
    let prepare = i(Op::VarargPrep, 0, 0, 0, 0);
    assert_eq!(vararg(&[prepare, i(Op::Vararg, 0, 0, 2, 0)]), Ok(()));
    assert_eq!(vararg(&[prepare, i(Op::Jmp, 0, 0, 0, -1)]), Ok(()));
    assert_eq!(vararg(&[prepare, i(Op::Jmp, 0, 0, 0, -2)]), Err("jump to the beginning"));
    assert_eq!(vararg(&[prepare, prepare]), Err("vararg preparation"));
    let without = what(&[i(Op::Vararg, 0, 0, 2, 0)]);
    assert_eq!(without, Err("extra arguments of a function without"));
}

#[test]
fn captured_and_marked_variables_are_closed() {
    let unclosed = Err("return that closes nothing");
    assert_eq!(what(&[i(Op::Tbc, 0, 0, 0, 0)]), unclosed);
    let mut closing = proto(&[i(Op::Tbc, 0, 0, 0, 0), i(Op::Return, 0, 1, 1, 0)]);
    closing.code.pop();
    closing.lines.pop();
    assert_eq!(verify(&closing), Ok(()));
    closing.code[1].c = 0;
    assert_eq!(verify(&closing).map_err(|e| e.what), unclosed);
    let mut capturing = proto(&[i(Op::Closure, 0, 0, 0, 0)]);
    let mut inner = proto(&[]);
    inner.upvalues = vec![UpvalDesc {
        name: std::sync::Arc::default(),
        in_stack: true,
        index: 3,
        read_only: false,
    }];
    capturing.protos = vec![inner.into()];
    assert_eq!(verify(&capturing).map_err(|e| e.what), unclosed);
    let last = capturing.code.len() - 1;
    capturing.code[last] = i(Op::Return, 0, 1, 1, 0);
    assert_eq!(verify(&capturing), Ok(()));
}

#[test]
fn tables_ask_for_no_more_than_the_code_can_fill() {
    let refused = Err("size of a table");
    assert_eq!(what(&[i(Op::NewTable, 0, 2, 0, 512)]), Ok(()));
    assert_eq!(what(&[i(Op::NewTable, 0, 0, 0, 513)]), refused);
    assert_eq!(what(&[i(Op::NewTable, 0, 4, 0, 0)]), refused);
    assert_eq!(what(&[i(Op::NewTable, 0, 255, 0, 0)]), refused);
    assert_eq!(what(&[i(Op::SetList, 0, 1, 0, -1)]), refused);
}

#[test]
fn debug_information_is_in_range_or_absent() {
    let mut stripped = proto(&[]);
    stripped.lines.clear();
    assert_eq!(verify(&stripped), Ok(()));
    stripped.lines = vec![1, 2];
    assert_eq!(verify(&stripped).map_err(|e| e.what), Err("line table"));
    let with = |start_pc, end_pc, reg| {
        let mut proto = proto(&[]);
        proto.loc_vars = vec![LocVar { name: std::sync::Arc::default(), start_pc, end_pc, reg }];
        verify(&proto).map_err(|e| e.what)
    };
    assert_eq!(with(0, 1, 3), Ok(()));
    assert_eq!(with(0, 1, 4), Err("register of a variable"));
    assert_eq!(with(1, 0, 3), Err("range of a variable"));
    assert_eq!(with(0, 2, 3), Err("range of a variable"));
}

#[test]
fn a_function_ends_in_a_return() {
    let mut open = proto(&[i(Op::Jmp, 0, 0, 0, -1)]);
    open.code.pop();
    open.lines.pop();
    assert_eq!(verify(&open).map_err(|e| e.what), Err("no return at the end"));
    let mut unprepared = proto(&[]);
    unprepared.is_vararg = true;
    let found = verify(&unprepared).map_err(|e| e.what);
    assert_eq!(found, Err("vararg preparation"));
}
