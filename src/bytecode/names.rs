//! Names for error messages: which variable a register holds (as in PUC-Rio's `ldebug`).
//!
//! A register's name is that of the local variable in scope there, or follows
//! from the instruction that set it last, found by running through the code
//! without values: an instruction that a jump may skip proves nothing.

#[cfg(test)]
mod tests;

use super::op::{Instr, Op};
use super::proto::{Const, Proto};

/// What kind of thing a name denotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameKind {
    /// A local variable.
    Local,
    /// A field of `_ENV`.
    Global,
    /// A field of another table.
    Field,
    /// A method, called with `:`.
    Method,
    /// A local variable of an enclosing function.
    Upvalue,
    /// A string constant.
    Constant,
    /// The iterator of a generic `for`.
    ForIterator,
    /// A metamethod: the name is that of its event without underscores.
    Metamethod,
}

impl NameKind {
    /// Returns the word that stands before the name in a message.
    pub(crate) fn word(self) -> &'static str {
        match self {
            NameKind::Local => "local",
            NameKind::Global => "global",
            NameKind::Field => "field",
            NameKind::Method => "method",
            NameKind::Upvalue => "upvalue",
            NameKind::Constant => "constant",
            NameKind::ForIterator => "for iterator",
            NameKind::Metamethod => "metamethod",
        }
    }
}

/// Returns the name of the local variable that lives in a register at `pc`.
pub(crate) fn local_name(p: &Proto, pc: usize, reg: u8) -> Option<&[u8]> {
    p.loc_vars
        .iter()
        .take_while(|v| v.start_pc as usize <= pc)
        .filter(|v| v.reg == reg && pc < v.end_pc as usize)
        .last()
        .map(|v| &*v.name)
}

/// Returns the name of the local variable that is number `n`, from 1, of those active
/// at `pc`.
pub(crate) fn nth_local(p: &Proto, pc: usize, n: i64) -> Option<&[u8]> {
    let n = usize::try_from(n.checked_sub(1)?).ok()?;
    p.loc_vars
        .iter()
        .take_while(|v| v.start_pc as usize <= pc)
        .filter(|v| pc < v.end_pc as usize)
        .nth(n)
        .map(|v| &*v.name)
}

/// Returns the name of an upvalue; `?` if it has none.
pub(crate) fn upvalue_name(p: &Proto, index: u8) -> &[u8] {
    let name = p.upvalues.get(index as usize).map(|u| &*u.name);
    // Functions without debug information have none.
    name.filter(|name| !name.is_empty()).unwrap_or(b"?")
}

/// Returns a constant as a name if it is a string.
pub(crate) fn constant_name(p: &Proto, index: u32) -> Option<&[u8]> {
    match p.constants.get(index as usize) {
        Some(Const::String(s)) => Some(s),
        _ => None,
    }
}

/// What something is called.
pub(crate) type Name<'p> = (NameKind, &'p [u8]);

/// Returns what the value in a register is called, as seen by the instruction at `pc`.
/// `searched` counts the instructions and variables that it goes through for that:
/// mostly not more than [`usual_search`].
pub(crate) fn object_name<'p>(
    p: &'p Proto,
    pc: usize,
    reg: u8,
    searched: &mut usize,
) -> Option<Name<'p>> {
    let (at, reg) = match origin(p, pc, reg, searched) {
        Origin::Local(name) => return Some((NameKind::Local, name)),
        Origin::Set(at, reg) => (at, reg),
        Origin::Unknown => return None,
    };
    let instr = p.code[at];
    let key = |index| constant_name(p, index).unwrap_or(b"?");
    let field = |env: bool| {
        if env { NameKind::Global } else { NameKind::Field }
    };
    debug_assert!(instr.op != Op::Move || instr.b >= reg, "moves are followed");
    match instr.op {
        Op::GetTabUp => {
            let env = upvalue_name(p, instr.b) == b"_ENV";
            Some((field(env), key(instr.x)))
        }
        Op::GetField => Some((field(is_env(p, at, instr.b, searched)), key(instr.x))),
        Op::GetTable => {
            let name = match origin(p, at, instr.c, searched) {
                Origin::Set(set, _) if p.code[set].op == Op::LoadK => key(p.code[set].x),
                _ => b"?",
            };
            Some((field(is_env(p, at, instr.b, searched)), name))
        }
        // What PUC's instruction has room for; other integers are keys in registers there.
        Op::GetI if (0..=255).contains(&instr.sx()) => Some((NameKind::Field, b"integer index")),
        Op::GetI => Some((NameKind::Field, b"?")),
        Op::GetUpval => Some((NameKind::Upvalue, upvalue_name(p, instr.b))),
        Op::LoadK => constant_name(p, instr.x).map(|name| (NameKind::Constant, name)),
        Op::SelfOp => Some((NameKind::Method, key(instr.x))),
        _ => None,
    }
}

/// Returns how many instructions and variables are gone through for most names.
pub(crate) fn usual_search(p: &Proto, pc: usize) -> usize {
    pc.saturating_add(p.loc_vars.len()).saturating_mul(2)
}

/// Returns what the function called by the instruction at `pc` is called:
/// the callee of a call, a `for` iterator, or the metamethod of an operation.
/// `searched` counts as in [`object_name`].
pub(crate) fn called_name<'p>(p: &'p Proto, pc: usize, searched: &mut usize) -> Option<Name<'p>> {
    let instr = *p.code.get(pc)?;
    match instr.op {
        Op::Call | Op::TailCall => object_name(p, pc, instr.a, searched),
        Op::TForCall => Some((NameKind::ForIterator, b"for iterator")),
        _ => event(instr).map(|event| (NameKind::Metamethod, event.as_bytes())),
    }
}

/// Returns the event (§2.4) an instruction may raise.
pub(crate) fn event(instr: Instr) -> Option<&'static str> {
    Some(match instr.op {
        Op::GetTabUp | Op::GetTable | Op::GetI | Op::GetField | Op::SelfOp => "index",
        Op::SetTabUp | Op::SetTable | Op::SetI | Op::SetField => "newindex",
        Op::AddI if instr.c != 0 => "sub",
        Op::AddI | Op::AddK | Op::Add => "add",
        Op::SubK | Op::Sub => "sub",
        Op::MulK | Op::Mul => "mul",
        Op::ModK | Op::Mod => "mod",
        Op::PowK | Op::Pow => "pow",
        Op::DivK | Op::Div => "div",
        Op::IDivK | Op::IDiv => "idiv",
        Op::BAndK | Op::BAnd => "band",
        Op::BOrK | Op::BOr => "bor",
        Op::BXorK | Op::BXor => "bxor",
        Op::ShrI if instr.c != 0 => "shl",
        Op::ShlI | Op::Shl => "shl",
        Op::ShrI | Op::Shr => "shr",
        Op::Unm => "unm",
        Op::BNot => "bnot",
        Op::Len => "len",
        Op::Concat => "concat",
        Op::Eq => "eq",
        Op::Lt | Op::LtI | Op::GtI => "lt",
        Op::Le | Op::LeI | Op::GeI => "le",
        Op::Close | Op::Return => "close",
        _ => return None,
    })
}

/// Where a register's value comes from.
enum Origin<'a> {
    /// A local variable.
    Local(&'a [u8]),
    /// The instruction at this position set this register.
    Set(usize, u8),
    Unknown,
}

/// Moves that are followed: more of them, one behind the other, are between temporaries
/// of code without names.
const MOVES: usize = 8;

/// Finds where the value of a register comes from, through moves.
fn origin<'p>(p: &'p Proto, pc: usize, reg: u8, searched: &mut usize) -> Origin<'p> {
    let (mut pc, mut reg) = (pc, reg);
    for _ in 0..MOVES {
        *searched += pc.saturating_add(p.loc_vars.len());
        if let Some(name) = local_name(p, pc, reg) {
            return Origin::Local(name);
        }
        let Some(at) = last_set(p, pc, reg) else {
            return Origin::Unknown;
        };
        let instr = p.code[at];
        // Only moves upwards keep a name: the others assign to variables.
        if instr.op != Op::Move || instr.b >= instr.a {
            return Origin::Set(at, reg);
        }
        (pc, reg) = (at, instr.b);
    }
    Origin::Unknown
}

/// Tells whether a register holds the variable `_ENV`.
fn is_env(p: &Proto, pc: usize, reg: u8, searched: &mut usize) -> bool {
    match origin(p, pc, reg, searched) {
        Origin::Local(name) => name == b"_ENV",
        Origin::Set(at, _) => {
            p.code[at].op == Op::GetUpval && upvalue_name(p, p.code[at].b) == b"_ENV"
        }
        Origin::Unknown => false,
    }
}

/// Finds the instruction before `last` that certainly set a register last.
fn last_set(p: &Proto, last: usize, reg: u8) -> Option<usize> {
    let mut found = None;
    // Code before this position may have been jumped over.
    let mut certain_from = 0;
    for (pc, instr) in p.code.iter().enumerate().take(last) {
        let a = instr.a;
        let changes = match instr.op {
            Op::LoadNil => a <= reg && reg - a <= instr.b,
            Op::TForCall => u16::from(reg) >= u16::from(a) + 2,
            Op::Call | Op::TailCall => reg >= a,
            op => sets_a(op) && reg == a,
        };
        if changes {
            found = (pc >= certain_from).then_some(pc);
        }
        if instr.op == Op::Jmp || instr.op.is_condition() {
            let target = pc as i64 + 1 + i64::from(instr.sx());
            if let Ok(target) = usize::try_from(target)
                && target <= last
            {
                certain_from = certain_from.max(target);
            }
        }
    }
    found
}

/// Tells whether an operation sets its first operand's register, and only that
/// one as far as names are concerned.
fn sets_a(op: Op) -> bool {
    if op.is_condition() {
        return op == Op::TestSet;
    }
    !matches!(
        op,
        Op::SetUpval
            | Op::SetTabUp
            | Op::SetTable
            | Op::SetI
            | Op::SetField
            | Op::Close
            | Op::Tbc
            | Op::Jmp
            | Op::Return
            | Op::Return0
            | Op::Return1
            | Op::TForPrep
            | Op::SetList
            | Op::VarargPrep
    )
}
