//! Operators: immediates, constants, comparisons, short circuits, concatenation.

use super::exp::{Exp, PatchList, Value};
use super::{Compiler, Result, fold};
use crate::bytecode::op::Op;
use crate::syntax::ast::{BinOp, UnOp};

impl Compiler {
    /// Appends a comparison or test that jumps, with its target open.
    fn condition(&mut self, op: Op, a: u8, b: u8, c: u8) -> u32 {
        self.emit(op, a, b, c, u32::MAX)
    }

    /// Makes a comparison jump on the opposite outcome.
    fn negate(&mut self, pc: u32) {
        self.fs.at(pc).c ^= 1;
    }

    /// Appends code that jumps if the expression's truth is `cond`.
    fn jump_on(&mut self, e: &mut Exp, cond: bool) -> Result<PatchList> {
        if let Value::Reloc(pc) = e.value {
            let instr = *self.fs.at(pc);
            if instr.op == Op::Not {
                self.fs.remove_last();
                let pc = self.condition(Op::Test, instr.b, 0, u8::from(!cond));
                return Ok(PatchList::one(pc));
            }
        }
        self.discharge_any(e)?;
        self.free_exp(e);
        let reg = match e.value {
            Value::NonReloc(reg) => reg,
            _ => 0,
        };
        let pc = self.condition(Op::TestSet, u8::MAX, reg, u8::from(cond));
        Ok(PatchList::one_value(pc))
    }

    /// Goes through if the expression is true, jumps (list `on_false`) otherwise.
    pub(super) fn go_if_true(&mut self, e: &mut Exp) -> Result<()> {
        self.discharge(e);
        let jump = match e.value {
            Value::Jump(pc) => {
                self.negate(pc);
                PatchList::one(pc)
            }
            Value::Konst(_) | Value::Float(_) | Value::Integer(_) | Value::Str(_) | Value::True => {
                PatchList::EMPTY
            }
            _ => self.jump_on(e, false)?,
        };
        self.fs.concat(&mut e.on_false, jump);
        self.fs.patch_here(e.on_true);
        e.on_true = PatchList::EMPTY;
        Ok(())
    }

    /// Goes through if the expression is false, jumps (list `on_true`) otherwise.
    pub(super) fn go_if_false(&mut self, e: &mut Exp) -> Result<()> {
        self.discharge(e);
        let jump = match e.value {
            Value::Jump(pc) => PatchList::one(pc),
            Value::Nil | Value::False => PatchList::EMPTY,
            _ => self.jump_on(e, true)?,
        };
        self.fs.concat(&mut e.on_true, jump);
        self.fs.patch_here(e.on_false);
        e.on_false = PatchList::EMPTY;
        Ok(())
    }

    /// Compiles a unary operator.
    pub(super) fn unary_node(&mut self, op: UnOp, line: u32) -> Result<()> {
        let mut e = self.pop();
        self.discharge(&mut e);
        let folded = match op {
            UnOp::Minus => fold::minus(&e),
            UnOp::BNot => fold::bit_not(&e),
            _ => None,
        };
        match (folded, op) {
            (Some(value), _) => e.value = value,
            (None, UnOp::Not) => self.not(&mut e)?,
            (None, UnOp::Minus) => self.unary(Op::Unm, &mut e, line)?,
            (None, UnOp::BNot) => self.unary(Op::BNot, &mut e, line)?,
            (None, UnOp::Len) => self.unary(Op::Len, &mut e, line)?,
        }
        self.exps.push(e);
        Ok(())
    }

    fn unary(&mut self, op: Op, e: &mut Exp, line: u32) -> Result<()> {
        let reg = self.put_in_any_reg(e)?;
        self.free_exp(e);
        e.value = Value::Reloc(self.emit(op, 0, reg, 0, 0));
        self.fix_line(line);
        Ok(())
    }

    fn not(&mut self, e: &mut Exp) -> Result<()> {
        match e.value {
            Value::Nil | Value::False => e.value = Value::True,
            Value::Konst(_) | Value::Float(_) | Value::Integer(_) | Value::Str(_) | Value::True => {
                e.value = Value::False;
            }
            Value::Jump(pc) => self.negate(pc),
            _ => {
                self.discharge_any(e)?;
                self.free_exp(e);
                if let Value::NonReloc(reg) = e.value {
                    e.value = Value::Reloc(self.emit(Op::Not, 0, reg, 0, 0));
                }
            }
        }
        std::mem::swap(&mut e.on_true, &mut e.on_false);
        self.fs.remove_values(&mut e.on_false);
        self.fs.remove_values(&mut e.on_true);
        Ok(())
    }

    /// Prepares the left operand before the right one is compiled.
    pub(super) fn infix_node(&mut self, op: BinOp) -> Result<()> {
        let mut e = self.pop();
        self.discharge(&mut e);
        match op {
            BinOp::And => self.go_if_true(&mut e)?,
            BinOp::Or => self.go_if_false(&mut e)?,
            BinOp::Concat => self.put_in_next_reg(&mut e)?,
            BinOp::Eq | BinOp::Ne => {
                if !e.is_numeral() {
                    self.put_in_reg_or_constant(&mut e)?;
                }
            }
            BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge => {
                if e.byte_number().is_none() {
                    self.put_in_any_reg(&mut e)?;
                }
            }
            _ => {
                if !e.is_numeral() {
                    self.put_in_any_reg(&mut e)?;
                }
            }
        }
        self.exps.push(e);
        Ok(())
    }

    /// Compiles a binary operator whose operands are both there.
    pub(super) fn binary_node(&mut self, op: BinOp, line: u32) -> Result<()> {
        let mut right = self.pop();
        let mut left = self.pop();
        self.discharge(&mut right);
        if let Some(value) = fold::binary(op, &left, &right) {
            self.exps.push(Exp::new(value));
            return Ok(());
        }
        match op {
            BinOp::And => {
                let mut list = right.on_false;
                self.fs.concat(&mut list, left.on_false);
                right.on_false = list;
                left = right;
            }
            BinOp::Or => {
                let mut list = right.on_true;
                self.fs.concat(&mut list, left.on_true);
                right.on_true = list;
                left = right;
            }
            BinOp::Concat => self.concatenate(&mut left, &mut right, line)?,
            BinOp::Eq | BinOp::Ne => self.equality(op, &mut left, &mut right)?,
            BinOp::Lt => self.order(Op::Lt, Op::LtI, Op::GtI, &mut left, &mut right)?,
            BinOp::Le => self.order(Op::Le, Op::LeI, Op::GeI, &mut left, &mut right)?,
            BinOp::Gt => {
                std::mem::swap(&mut left, &mut right);
                self.order(Op::Lt, Op::LtI, Op::GtI, &mut left, &mut right)?;
            }
            BinOp::Ge => {
                std::mem::swap(&mut left, &mut right);
                self.order(Op::Le, Op::LeI, Op::GeI, &mut left, &mut right)?;
            }
            _ => self.arithmetic(op, &mut left, &mut right, line)?,
        }
        self.exps.push(left);
        Ok(())
    }

    /// Appends `a .. b`, joining a concatenation on the right.
    fn concatenate(&mut self, left: &mut Exp, right: &mut Exp, line: u32) -> Result<()> {
        self.put_in_next_reg(right)?;
        let Value::NonReloc(first) = left.value else {
            return Ok(());
        };
        self.free_exp(right);
        if let Some(previous) = self.fs.mergeable()
            && previous.op == Op::Concat
            && previous.a == first + 1
            && right.value == Value::NonReloc(previous.a)
        {
            previous.a = first;
            previous.b += 1;
            return Ok(());
        }
        self.emit(Op::Concat, first, 2, 0, 0);
        self.fix_line(line);
        Ok(())
    }

    fn equality(&mut self, op: BinOp, left: &mut Exp, right: &mut Exp) -> Result<()> {
        if !matches!(left.value, Value::NonReloc(_)) {
            std::mem::swap(left, right);
        }
        let wanted = u8::from(matches!(op, BinOp::Eq));
        let a = self.put_in_any_reg(left)?;
        let (op, b, c) = if let Some((number, float)) = right.byte_number() {
            (Op::EqI, number as u8, wanted | u8::from(float) << 1)
        } else {
            let (operand, constant) = self.put_in_reg_or_constant(right)?;
            (if constant { Op::EqK } else { Op::Eq }, operand, wanted)
        };
        self.free_exps(left, right);
        *left = Exp::new(Value::Jump(self.condition(op, a, b, c)));
        Ok(())
    }

    /// Appends `left < right` or `left <= right`, with immediates on either side.
    fn order(
        &mut self,
        plain: Op,
        right_immediate: Op,
        left_immediate: Op,
        left: &mut Exp,
        right: &mut Exp,
    ) -> Result<()> {
        let (op, a, b, c) = if let Some((number, float)) = right.byte_number() {
            let reg = self.put_in_any_reg(left)?;
            (right_immediate, reg, number as u8, 1 | u8::from(float) << 1)
        } else if let Some((number, float)) = left.byte_number() {
            let reg = self.put_in_any_reg(right)?;
            (left_immediate, reg, number as u8, 1 | u8::from(float) << 1)
        } else {
            let a = self.put_in_any_reg(left)?;
            let b = self.put_in_any_reg(right)?;
            (plain, a, b, 1)
        };
        self.free_exps(left, right);
        *left = Exp::new(Value::Jump(self.condition(op, a, b, c)));
        Ok(())
    }

    /// Appends an arithmetic or bitwise operation.
    fn arithmetic(&mut self, op: BinOp, left: &mut Exp, right: &mut Exp, line: u32) -> Result<()> {
        // A constant on the left of an operator with a constant form goes right, flagged.
        let commutes = match op {
            BinOp::Add | BinOp::Mul => left.is_numeral(),
            BinOp::BAnd | BinOp::BOr | BinOp::BXor => {
                left.is_numeral() && matches!(left.value, Value::Integer(_))
            }
            _ => false,
        };
        if commutes {
            std::mem::swap(left, right);
        }
        let negated = right.wide_integer().and_then(i32::checked_neg);
        let immediate = match op {
            BinOp::Add if !commutes => right.wide_integer().map(|i| (Op::AddI, i, 0)),
            BinOp::Sub => negated.map(|i| (Op::AddI, i, 1)),
            BinOp::Shr => right.wide_integer().map(|i| (Op::ShrI, i, 0)),
            BinOp::Shl => negated.map(|i| (Op::ShrI, i, 1)),
            _ => None,
        };
        if let (BinOp::Shl, Some(i)) = (op, left.wide_integer()) {
            let reg = self.put_in_any_reg(right)?;
            return self.finish_binary(Op::ShlI, (reg, 0, i as u32), left, right, line);
        }
        if let Some((op, i, c)) = immediate {
            let reg = self.put_in_any_reg(left)?;
            return self.finish_binary(op, (reg, c, i as u32), left, right, line);
        }
        if let Some(constant_op) = constant_form(op, right) {
            let k = self.constant(right.value);
            let reg = self.put_in_any_reg(left)?;
            let c = u8::from(commutes);
            return self.finish_binary(constant_op, (reg, c, k), left, right, line);
        }
        if commutes {
            std::mem::swap(left, right);
        }
        let b = self.put_in_any_reg(right)?;
        let a = self.put_in_any_reg(left)?;
        self.finish_binary(register_form(op), (a, b, 0), left, right, line)
    }

    /// Appends the instruction of a binary operation: operands `b`, `c`, `x`.
    fn finish_binary(
        &mut self,
        op: Op,
        (b, c, x): (u8, u8, u32),
        left: &mut Exp,
        right: &Exp,
        line: u32,
    ) -> Result<()> {
        self.free_exps(left, right);
        *left = Exp::new(Value::Reloc(self.emit(op, 0, b, c, x)));
        self.fix_line(line);
        Ok(())
    }
}

/// Returns the form of an operator that takes `right` as a constant.
fn constant_form(op: BinOp, right: &Exp) -> Option<Op> {
    if !right.is_numeral() {
        return None;
    }
    let integer = matches!(right.value, Value::Integer(_));
    Some(match op {
        BinOp::Add => Op::AddK,
        BinOp::Sub => Op::SubK,
        BinOp::Mul => Op::MulK,
        BinOp::Mod => Op::ModK,
        BinOp::Pow => Op::PowK,
        BinOp::Div => Op::DivK,
        BinOp::IDiv => Op::IDivK,
        BinOp::BAnd if integer => Op::BAndK,
        BinOp::BOr if integer => Op::BOrK,
        BinOp::BXor if integer => Op::BXorK,
        _ => return None,
    })
}

/// Returns the form of an arithmetic or bitwise operator on two registers.
fn register_form(op: BinOp) -> Op {
    match op {
        BinOp::Sub => Op::Sub,
        BinOp::Mul => Op::Mul,
        BinOp::Mod => Op::Mod,
        BinOp::Pow => Op::Pow,
        BinOp::Div => Op::Div,
        BinOp::IDiv => Op::IDiv,
        BinOp::BAnd => Op::BAnd,
        BinOp::BOr => Op::BOr,
        BinOp::BXor => Op::BXor,
        BinOp::Shl => Op::Shl,
        BinOp::Shr => Op::Shr,
        _ => Op::Add,
    }
}
