//! Checks a prototype before the machine trusts its operands.
//!
//! The machine reads registers, constants and upvalues without range checks of
//! its own; what it relies on is established here: every operand is in range,
//! constants have the types their instructions expect, jumps land inside the
//! code, loops are paired, and `top` is set just before an instruction uses it.
//! Precompiled chunks come from anywhere, so that what no compiler would write is
//! refused as well: functions that leave captured variables open, moves of the
//! frame in the middle of a function, room asked for that no code could fill.

#[cfg(test)]
mod tests;

use super::op::{Instr, Op};
use super::proto::{Const, Proto};

/// Longest string that field instructions take as their key.
pub(crate) const SHORT_STRING: usize = 40;

/// Most items of a table constructor that one instruction can stand for: as many as
/// there are registers.
const ITEMS_PER_INSTRUCTION: usize = 256;

/// What is wrong with a prototype.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VerifyError {
    /// Line where the function begins.
    pub line: u32,
    /// Position of the instruction.
    pub pc: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

crate::base::says::says!(VerifyError {
    Self { line, pc, what } => "bad code in the function at line {line}, instruction {pc}: {what}",
});

type Check = Result<(), &'static str>;

/// Instructions checked for one unit of work.
const PER_UNIT: usize = 4;

/// Checks a prototype and all prototypes in it at once.
///
/// # Errors
/// The first violation found.
pub(crate) fn verify(proto: &Proto) -> Result<(), VerifyError> {
    let mut pending = vec![proto];
    while let Some(proto) = pending.pop() {
        let mut verifying = Verifying::default();
        while !verifying.go_on(proto, u64::MAX)? {}
        pending.extend(proto.protos.iter().map(|inner| &**inner));
    }
    Ok(())
}

/// Where the check of one prototype, without those in it, has come to. It stops between
/// any two instructions.
#[derive(Debug, Default)]
pub(crate) struct Verifying {
    stage: Stage,
    at: usize,
    /// Which instructions are jumped to.
    targets: Vec<bool>,
    /// Something was found that must be closed.
    closes: bool,
    /// A return was found that closes nothing.
    leaves_open: bool,
    work: u64,
}

#[derive(Clone, Copy, Debug, Default)]
enum Stage {
    #[default]
    Frame,
    Variables,
    Instructions,
    Tops,
}

impl Verifying {
    /// Returns the memory that the check of a prototype takes.
    pub(crate) fn bytes(proto: &Proto) -> usize {
        proto.code.len()
    }

    /// Returns the units of work done so far.
    pub(crate) fn work(&self) -> u64 {
        self.work
    }

    /// Goes on for about `units` units of work, and tells whether that was all.
    ///
    /// # Errors
    /// The first violation found.
    pub(crate) fn go_on(&mut self, proto: &Proto, units: u64) -> Result<bool, VerifyError> {
        let v = Verifier { proto };
        let room = usize::try_from(units).unwrap_or(usize::MAX).saturating_mul(PER_UNIT);
        let from = self.at;
        let checked = self.check(&v, from.saturating_add(room.max(PER_UNIT)));
        self.work += (self.at.saturating_sub(from) / PER_UNIT) as u64 + 1;
        let line = proto.line_defined;
        let over = checked.map_err(|what| VerifyError { line, pc: self.at, what })?;
        if !over {
            return Ok(false);
        }
        self.at = 0;
        self.stage = match self.stage {
            Stage::Frame => Stage::Variables,
            Stage::Variables => {
                self.targets = vec![false; proto.code.len()];
                Stage::Instructions
            }
            Stage::Instructions => Stage::Tops,
            Stage::Tops => return Ok(true),
        };
        Ok(false)
    }

    /// Goes on with one stage up to position `end`, and tells whether that was all of it.
    fn check(&mut self, v: &Verifier<'_>, end: usize) -> Result<bool, &'static str> {
        let length = match self.stage {
            Stage::Frame => {
                v.frame()?;
                self.closes = v.captured_variables()?;
                return Ok(true);
            }
            Stage::Variables => v.proto.loc_vars.len(),
            Stage::Instructions | Stage::Tops => v.proto.code.len(),
        };
        let end = end.min(length);
        while self.at < end {
            let at = self.at;
            match self.stage {
                Stage::Variables => v.variable(at)?,
                Stage::Instructions => {
                    let instr = v.proto.code[at];
                    v.instruction(at, instr)?;
                    if let Some(target) = v.jump_target(at, instr)? {
                        // There the frame moves above the extra arguments: once.
                        ensure(target > 0 || !v.proto.is_vararg, "jump to the beginning")?;
                        self.targets[target] = true;
                    }
                    self.closes |= matches!(instr.op, Op::Tbc | Op::TForPrep);
                    self.leaves_open |= leaves_open(instr);
                }
                _ => v.top(at, v.proto.code[at], self.targets[at])?,
            }
            self.at += 1;
        }
        if self.at == length && matches!(self.stage, Stage::Instructions) {
            ensure(!(self.closes && self.leaves_open), "return that closes nothing")?;
        }
        Ok(self.at == length)
    }
}

/// Tells whether an instruction returns without closing variables.
fn leaves_open(i: Instr) -> bool {
    match i.op {
        Op::Return0 | Op::Return1 => true,
        Op::Return | Op::TailCall => i.c == 0,
        _ => false,
    }
}

fn ensure(condition: bool, what: &'static str) -> Check {
    if condition { Ok(()) } else { Err(what) }
}

/// Tells whether an instruction leaves an open list of values up to `top`.
fn sets_top(i: Instr) -> bool {
    matches!(i.op, Op::Call | Op::Vararg) && i.c == 0 || i.op == Op::TailCall
}

/// Tells whether an instruction uses the values up to `top`.
fn uses_top(i: Instr) -> bool {
    matches!(i.op, Op::Call | Op::TailCall | Op::Return | Op::SetList) && i.b == 0
}

struct Verifier<'a> {
    proto: &'a Proto,
}

impl Verifier<'_> {
    /// Checks what does not belong to one instruction.
    fn frame(&self) -> Check {
        let p = self.proto;
        ensure(p.max_stack >= 2, "stack size")?;
        ensure(p.num_params <= p.max_stack, "parameters")?;
        ensure(p.upvalues.len() <= 255, "upvalues")?;
        ensure(i32::try_from(p.code.len()).is_ok(), "code size")?;
        let first = p.code.first().map(|i| (i.op, i.a));
        ensure(p.lines.is_empty() || p.lines.len() == p.code.len(), "line table")?;
        let prepared = matches!(first, Some((Op::VarargPrep, _)));
        ensure(prepared == p.is_vararg, "vararg preparation")?;
        ensure(
            matches!(p.code.last().map(|i| i.op), Some(Op::Return | Op::Return0 | Op::Return1)),
            "no return at the end",
        )
    }

    /// Checks that inner functions capture what is there. Tells whether one captures a
    /// register, which must be closed then.
    fn captured_variables(&self) -> Result<bool, &'static str> {
        let p = self.proto;
        let mut registers = false;
        for upvalue in p.protos.iter().flat_map(|inner| &inner.upvalues) {
            registers |= upvalue.in_stack;
            let limit = if upvalue.in_stack { p.max_stack as usize } else { p.upvalues.len() };
            ensure((upvalue.index as usize) < limit, "captured variable")?;
        }
        Ok(registers)
    }

    /// Checks what error messages and the debug library rely on.
    fn variable(&self, at: usize) -> Check {
        let (p, variable) = (self.proto, &self.proto.loc_vars[at]);
        ensure(variable.reg < p.max_stack, "register of a variable")?;
        ensure(variable.start_pc <= variable.end_pc, "range of a variable")?;
        ensure(variable.end_pc as usize <= p.code.len(), "range of a variable")
    }

    /// Checks that room for items is not more than the code can fill.
    fn room(&self, items: u32) -> Check {
        let most = self.proto.code.len().saturating_mul(ITEMS_PER_INSTRUCTION);
        ensure(items as usize <= most, "size of a table")
    }

    /// Checks that registers `a`, ..., `a + n - 1` exist.
    fn regs(&self, a: u8, n: usize) -> Check {
        ensure(a as usize + n <= self.proto.max_stack as usize, "register out of range")
    }

    fn upvalue(&self, index: u8) -> Check {
        ensure((index as usize) < self.proto.upvalues.len(), "upvalue out of range")
    }

    fn constant(&self, index: u32) -> Result<&Const, &'static str> {
        let constant = self.proto.constants.get(index as usize);
        constant.ok_or("constant out of range")
    }

    fn short(&self, index: u32) -> Check {
        let short = matches!(self.constant(index)?, Const::String(s) if s.len() <= SHORT_STRING);
        ensure(short, "key is not a short string")
    }

    /// Checks operand `b` as a constant if `c` says so, else as a register.
    fn reg_or_constant(&self, i: Instr) -> Check {
        match i.c {
            0 => self.regs(i.b, 1),
            1 => self.constant(u32::from(i.b)).map(|_| ()),
            _ => Err("flag"),
        }
    }

    /// Checks one instruction's operands.
    fn instruction(&self, pc: usize, i: Instr) -> Check {
        match i.op {
            Op::Move | Op::Unm | Op::BNot | Op::Not | Op::Len | Op::ShlI => {
                self.regs(i.a, 1)?;
                self.regs(i.b, 1)
            }
            Op::LoadI | Op::LoadF | Op::LoadFalse | Op::LFalseSkip | Op::LoadTrue => {
                self.regs(i.a, 1)
            }
            Op::Close | Op::Tbc | Op::Return1 => self.regs(i.a, 1),
            Op::NewTable => {
                self.regs(i.a, 1)?;
                let others = if i.b == 0 {
                    0
                } else {
                    1u64.checked_shl(u32::from(i.b) - 1).unwrap_or(u64::MAX)
                };
                ensure(others / 2 <= self.proto.code.len() as u64, "size of a table")?;
                self.room(i.x)
            }
            Op::LoadK => {
                self.regs(i.a, 1)?;
                self.constant(i.x).map(|_| ())
            }
            Op::LoadNil => self.regs(i.a, i.b as usize + 1),
            Op::GetUpval | Op::SetUpval => {
                self.regs(i.a, 1)?;
                self.upvalue(i.b)
            }
            Op::GetTabUp | Op::GetTable | Op::GetI | Op::GetField | Op::SelfOp => self.get(i),
            Op::SetTabUp | Op::SetTable | Op::SetI | Op::SetField => self.set(i),
            Op::AddI | Op::ShrI => {
                self.regs(i.a, 1)?;
                self.regs(i.b, 1)?;
                ensure(i.c <= 1, "flag")
            }
            Op::AddK
            | Op::SubK
            | Op::MulK
            | Op::ModK
            | Op::PowK
            | Op::DivK
            | Op::IDivK
            | Op::BAndK
            | Op::BOrK
            | Op::BXorK => self.with_constant(i),
            Op::Add
            | Op::Sub
            | Op::Mul
            | Op::Mod
            | Op::Pow
            | Op::Div
            | Op::IDiv
            | Op::BAnd
            | Op::BOr
            | Op::BXor
            | Op::Shl
            | Op::Shr => {
                self.regs(i.a, 1)?;
                self.regs(i.b, 1)?;
                self.regs(i.c, 1)
            }
            Op::Concat => {
                ensure(i.b >= 2, "operand count")?;
                self.regs(i.a, i.b as usize)
            }
            Op::Eq
            | Op::Lt
            | Op::Le
            | Op::EqK
            | Op::EqI
            | Op::LtI
            | Op::LeI
            | Op::GtI
            | Op::GeI
            | Op::Test
            | Op::TestSet => self.condition(i),
            Op::Jmp | Op::Return0 => Ok(()),
            Op::Call | Op::TailCall | Op::Return | Op::Vararg | Op::SetList => self.list(i),
            Op::ForLoop | Op::ForPrep | Op::TForPrep => self.regs(i.a, 4),
            Op::TForLoop => self.regs(i.a, 5),
            Op::TForCall => self.regs(i.a, 4 + (i.c as usize).max(3)),
            Op::Closure => {
                self.regs(i.a, 1)?;
                ensure((i.x as usize) < self.proto.protos.len(), "function out of range")
            }
            Op::VarargPrep => {
                ensure(pc == 0, "vararg preparation")?;
                ensure(i.a == self.proto.num_params, "parameters")
            }
        }
    }

    fn get(&self, i: Instr) -> Check {
        self.regs(i.a, 1)?;
        match i.op {
            Op::GetTabUp => {
                self.upvalue(i.b)?;
                return self.short(i.x);
            }
            Op::GetTable => self.regs(i.c, 1)?,
            Op::GetField => self.short(i.x)?,
            Op::SelfOp => {
                self.regs(i.a, 2)?;
                let string = matches!(self.constant(i.x)?, Const::String(_));
                ensure(string, "method name is not a string")?;
            }
            _ => {}
        }
        self.regs(i.b, 1)
    }

    fn set(&self, i: Instr) -> Check {
        match i.op {
            Op::SetTabUp => {
                self.upvalue(i.a)?;
                self.short(i.x)?;
            }
            Op::SetField => {
                self.regs(i.a, 1)?;
                self.short(i.x)?;
            }
            Op::SetTable => {
                self.regs(i.a, 1)?;
                self.regs(i.b, 1)?;
                return match i.x.checked_sub(1) {
                    Some(index) => self.constant(index).map(|_| ()),
                    None => self.regs(i.c, 1),
                };
            }
            _ => self.regs(i.a, 1)?,
        }
        self.reg_or_constant(i)
    }

    fn with_constant(&self, i: Instr) -> Check {
        self.regs(i.a, 1)?;
        self.regs(i.b, 1)?;
        ensure(i.c <= 1, "flag")?;
        let bitwise = matches!(i.op, Op::BAndK | Op::BOrK | Op::BXorK);
        let fits = match self.constant(i.x)? {
            Const::Integer(_) => true,
            Const::Number(_) => !bitwise,
            _ => false,
        };
        ensure(fits, "constant is no number")
    }

    fn condition(&self, i: Instr) -> Check {
        self.regs(i.a, 1)?;
        match i.op {
            Op::Eq | Op::Lt | Op::Le | Op::TestSet => self.regs(i.b, 1)?,
            Op::EqK => {
                self.constant(u32::from(i.b))?;
            }
            Op::Test => {}
            _ => return ensure(i.c <= 3, "flag"),
        }
        ensure(i.c <= 1, "flag")
    }

    /// Checks instructions on lists of registers, open ones included.
    fn list(&self, i: Instr) -> Check {
        self.regs(i.a, 1)?;
        let results = (i.c as usize).saturating_sub(1);
        match i.op {
            Op::Call => {
                self.regs(i.a, i.b as usize)?;
                self.regs(i.a, results)
            }
            Op::TailCall => {
                ensure(i.c <= 1, "flag")?;
                self.regs(i.a, i.b as usize)
            }
            Op::Vararg => {
                self.regs(i.a, results)?;
                ensure(self.proto.is_vararg, "extra arguments of a function without")
            }
            Op::SetList => {
                self.room(i.x)?;
                self.regs(i.a, i.b as usize + 1)
            }
            _ => {
                ensure(i.c <= 1, "flag")?;
                self.regs(i.a, (i.b as usize).saturating_sub(1))
            }
        }
    }

    /// Returns the other instruction that may run after this one, if it is a jump.
    fn jump_target(&self, pc: usize, i: Instr) -> Result<Option<usize>, &'static str> {
        let loops =
            matches!(i.op, Op::Jmp | Op::ForLoop | Op::ForPrep | Op::TForPrep | Op::TForLoop);
        let offset = match i.op {
            Op::LFalseSkip => 1,
            op if loops || op.is_condition() => i.sx(),
            _ => return Ok(None),
        };
        let code = &self.proto.code;
        let target = usize::try_from(pc as i64 + 1 + i64::from(offset))
            .ok()
            .filter(|target| *target < code.len())
            .ok_or("jump out of range")?;
        let pairs = |at: Option<usize>, op: Op| {
            at.and_then(|at| code.get(at)).is_some_and(|other| other.op == op && other.a == i.a)
        };
        let paired = match i.op {
            Op::ForLoop => pairs(target.checked_sub(1), Op::ForPrep),
            Op::ForPrep => pairs(target.checked_sub(1), Op::ForLoop),
            Op::TForPrep => pairs(Some(target), Op::TForCall),
            Op::TForLoop => {
                pairs(pc.checked_sub(1), Op::TForCall) && pairs(target.checked_sub(1), Op::TForPrep)
            }
            _ => true,
        };
        ensure(paired, "loop without its other end")?;
        Ok(Some(target))
    }

    /// Checks that open lists are used by the instruction after the one that
    /// makes them, and that nothing jumps between the two.
    fn top(&self, pc: usize, i: Instr, is_target: bool) -> Check {
        let code = &self.proto.code;
        let previous = pc.checked_sub(1).map(|at| code[at]);
        if uses_top(i) {
            // All but `Return` take the values above register A.
            let first = u16::from(i.a) + u16::from(i.op != Op::Return);
            let open = previous.is_some_and(|p| sets_top(p) && u16::from(p.a) >= first);
            ensure(open && !is_target, "open list is not set")?;
        }
        if sets_top(i) {
            let next = code.get(pc + 1).copied();
            ensure(next.is_some_and(uses_top), "open list is not used")?;
            if i.op == Op::TailCall {
                let returns = next.is_some_and(|n| n.op == Op::Return);
                ensure(returns, "tail call without return")?;
            }
        }
        Ok(())
    }
}
