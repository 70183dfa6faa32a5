//! A readable listing of prototypes.

use std::fmt::Write;

use super::op::{Instr, Op};
use super::proto::{Const, Proto};

/// Lists a prototype and all prototypes in it, outer before inner.
///
/// A line shows position, source line, operation, operands as the opcode table
/// names them, and after `;` what constants, upvalues and jumps refer to.
pub(crate) fn disassemble(proto: &Proto) -> String {
    let mut out = String::new();
    let mut pending = vec![proto];
    while let Some(proto) = pending.pop() {
        list(proto, &mut out);
        pending.extend(proto.protos.iter().rev().map(AsRef::as_ref));
        if !pending.is_empty() {
            out.push('\n');
        }
    }
    out
}

/// Lists one prototype. Writing to a `String` does not fail.
fn list(proto: &Proto, out: &mut String) {
    let title = if proto.line_defined == 0 { "main" } else { "function" };
    let _ = writeln!(
        out,
        "{title} {}-{}: {}{} params, {} slots, {} upvalues, {} constants",
        proto.line_defined,
        proto.last_line_defined,
        proto.num_params,
        if proto.is_vararg { "+" } else { "" },
        proto.max_stack,
        proto.upvalues.len(),
        proto.constants.len(),
    );
    for (pc, instr) in proto.code.iter().enumerate() {
        let line = proto.lines.get(pc).copied().unwrap_or(0);
        let _ = write!(out, "{pc:4} [{line}] {:<10}", instr.op.name());
        for operand in instr.op.operands().split(' ').filter(|o| !o.is_empty()) {
            let value = match operand {
                "A" => i64::from(instr.a),
                "B" => i64::from(instr.b),
                "C" => i64::from(instr.c),
                "sB" => i64::from(instr.sb()),
                "X" => i64::from(instr.x),
                _ => i64::from(instr.sx()),
            };
            let _ = write!(out, " {value}");
        }
        let note = note(proto, pc, *instr);
        if !note.is_empty() {
            let _ = write!(out, " ; {note}");
        }
        out.push('\n');
    }
}

/// Says what an instruction's operands refer to.
fn note(p: &Proto, pc: usize, i: Instr) -> String {
    let jump = || (pc as i64 + 1 + i64::from(i.sx())).to_string();
    let upvalue = |index: u8| {
        let name = p.upvalues.get(index as usize).map(|u| quote(&u.name));
        name.unwrap_or_else(|| "?".to_owned())
    };
    let stored = |flag: bool| {
        if flag { format!(" {}", constant(p, u32::from(i.b))) } else { String::new() }
    };
    match i.op {
        Op::LoadK
        | Op::GetField
        | Op::SelfOp
        | Op::AddK
        | Op::SubK
        | Op::MulK
        | Op::ModK
        | Op::PowK
        | Op::DivK
        | Op::IDivK
        | Op::BAndK
        | Op::BOrK
        | Op::BXorK => constant(p, i.x),
        Op::GetUpval | Op::SetUpval => upvalue(i.b),
        Op::GetTabUp => format!("{} {}", upvalue(i.b), constant(p, i.x)),
        Op::SetTabUp => format!("{} {}{}", upvalue(i.a), constant(p, i.x), stored(i.c != 0)),
        Op::SetField => format!("{}{}", constant(p, i.x), stored(i.c != 0)),
        Op::SetI if i.c != 0 => constant(p, u32::from(i.b)),
        Op::SetTable if i.x != 0 => constant(p, i.x - 1),
        Op::EqK => format!("{} to {}", constant(p, u32::from(i.b)), jump()),
        Op::LFalseSkip => format!("to {}", pc + 2),
        Op::Jmp | Op::ForLoop | Op::ForPrep | Op::TForPrep | Op::TForLoop => {
            format!("to {}", jump())
        }
        op if op.is_condition() => format!("to {}", jump()),
        _ => String::new(),
    }
}

fn constant(p: &Proto, index: u32) -> String {
    match p.constants.get(index as usize) {
        None => "?".to_owned(),
        Some(Const::Nil) => "nil".to_owned(),
        Some(Const::Boolean(b)) => b.to_string(),
        Some(Const::Integer(i)) => i.to_string(),
        Some(Const::Number(f)) => format!("{f:?}"),
        Some(Const::String(s)) => format!("\"{}\"", quote(s)),
    }
}

/// Shows bytes in ASCII, cut after forty.
fn quote(bytes: &[u8]) -> String {
    let shown = &bytes[..bytes.len().min(40)];
    let more = if shown.len() < bytes.len() { "..." } else { "" };
    format!("{}{more}", shown.escape_ascii())
}
