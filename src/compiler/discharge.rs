//! Turning expression descriptors into code: registers, constants, values, stores.

use super::exp::{Exp, PatchList, Value};
use super::{Compiler, Result};
use crate::base::arithmetic::float_to_integer;
use crate::bytecode::op::Op;
use crate::bytecode::proto::Const;
use crate::bytecode::verify::SHORT_STRING;

/// Registers a function may use.
const MAX_REGISTERS: usize = 255;

impl Compiler {
    /// Makes sure `n` more registers exist.
    pub(super) fn check_stack(&mut self, n: usize) -> Result<()> {
        let needed = self.fs.free as usize + n;
        if needed >= MAX_REGISTERS {
            return Err(self.error_near("function or expression needs too many registers"));
        }
        let needed = needed as u8;
        if needed > self.fs.proto.max_stack {
            self.fs.proto.max_stack = needed;
        }
        Ok(())
    }

    /// Takes `n` registers.
    pub(super) fn reserve(&mut self, n: usize) -> Result<()> {
        self.check_stack(n)?;
        self.fs.free += n as u8;
        Ok(())
    }

    /// Gives a register back if it holds a temporary.
    fn free_reg(&mut self, reg: u8) {
        if reg >= self.fs.var_top {
            debug_assert_eq!(reg + 1, self.fs.free, "registers are freed in order");
            self.fs.free = self.fs.free.saturating_sub(1);
        }
    }

    /// Gives two registers back in the right order.
    fn free_regs(&mut self, a: u8, b: u8) {
        self.free_reg(a.max(b));
        self.free_reg(a.min(b));
    }

    /// Gives back the register of an expression.
    pub(super) fn free_exp(&mut self, e: &Exp) {
        if let Value::NonReloc(reg) = e.value {
            self.free_reg(reg);
        }
    }

    /// Gives back the registers of two expressions in the right order.
    pub(super) fn free_exps(&mut self, a: &Exp, b: &Exp) {
        match (a.value, b.value) {
            (Value::NonReloc(a), Value::NonReloc(b)) => self.free_regs(a, b),
            _ => {
                self.free_exp(a);
                self.free_exp(b);
            }
        }
    }

    /// Sets `n` registers to nil, joining earlier code that does the same.
    pub(super) fn nil(&mut self, from: u8, n: u8) {
        let last = from + (n - 1);
        if let Some(previous) = self.fs.mergeable()
            && previous.op == Op::LoadNil
        {
            let previous_last = previous.a + previous.b;
            let touches = (previous.a <= from && from <= previous_last + 1)
                || (from <= previous.a && previous.a <= last + 1);
            if touches {
                previous.a = previous.a.min(from);
                previous.b = previous_last.max(last) - previous.a;
                return;
            }
        }
        self.emit(Op::LoadNil, from, n - 1, 0, 0);
    }

    /// Sets how many values an open call or `...` gives. `None` is all of them.
    pub(super) fn set_returns(&mut self, e: &Exp, results: Option<u8>) -> Result<()> {
        let c = results.map_or(0, |n| n + 1);
        match e.value {
            Value::Call(pc) => self.fs.at(pc).c = c,
            Value::Vararg(pc) => {
                let free = self.fs.free;
                let instr = self.fs.at(pc);
                instr.c = c;
                instr.a = free;
                self.reserve(1)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Restricts a call or `...` to one value.
    pub(super) fn set_one_return(&mut self, e: &mut Exp) {
        match e.value {
            Value::Call(pc) => e.value = Value::NonReloc(self.fs.at(pc).a),
            Value::Vararg(pc) => {
                self.fs.at(pc).c = 2;
                e.value = Value::Reloc(pc);
            }
            _ => {}
        }
    }

    /// Makes sure the expression is not a variable any more.
    pub(super) fn discharge(&mut self, e: &mut Exp) {
        match e.value {
            Value::Const { func, var } => e.value = self.constant_of(func, var),
            Value::Local { reg, .. } => e.value = Value::NonReloc(reg),
            Value::Upvalue(index) => {
                e.value = Value::Reloc(self.emit(Op::GetUpval, 0, index, 0, 0));
            }
            Value::IndexUp { table, key } => {
                e.value = Value::Reloc(self.emit(Op::GetTabUp, 0, table, 0, key));
            }
            Value::IndexInt { table, key } => {
                self.free_reg(table);
                e.value = Value::Reloc(self.emit(Op::GetI, 0, table, 0, key as u32));
            }
            Value::IndexStr { table, key } => {
                self.free_reg(table);
                e.value = Value::Reloc(self.emit(Op::GetField, 0, table, 0, key));
            }
            Value::Indexed { table, key } => {
                self.free_regs(table, key);
                e.value = Value::Reloc(self.emit(Op::GetTable, 0, table, key, 0));
            }
            Value::Call(_) | Value::Vararg(_) => self.set_one_return(e),
            _ => {}
        }
    }

    /// Puts the value (jumps aside) into a register.
    fn discharge_to(&mut self, e: &mut Exp, reg: u8) {
        self.discharge(e);
        match e.value {
            Value::Nil => self.nil(reg, 1),
            Value::False => {
                self.emit(Op::LoadFalse, reg, 0, 0, 0);
            }
            Value::True => {
                self.emit(Op::LoadTrue, reg, 0, 0, 0);
            }
            Value::Str(_) => {
                let k = self.constant(e.value);
                self.emit(Op::LoadK, reg, 0, 0, k);
            }
            Value::Konst(k) => {
                self.emit(Op::LoadK, reg, 0, 0, k);
            }
            Value::Integer(i) => match i32::try_from(i) {
                Ok(i) => {
                    self.emit(Op::LoadI, reg, 0, 0, i as u32);
                }
                Err(_) => {
                    let k = self.constant(e.value);
                    self.emit(Op::LoadK, reg, 0, 0, k);
                }
            },
            Value::Float(f) => {
                let small = float_to_integer(f).and_then(|i| i32::try_from(i).ok());
                match small {
                    Some(i) if i != 0 || f.is_sign_positive() => {
                        self.emit(Op::LoadF, reg, 0, 0, i as u32);
                    }
                    _ => {
                        let k = self.constant(e.value);
                        self.emit(Op::LoadK, reg, 0, 0, k);
                    }
                }
            }
            Value::Reloc(pc) => self.fs.at(pc).a = reg,
            Value::NonReloc(from) => {
                if from != reg {
                    self.emit(Op::Move, reg, from, 0, 0);
                }
            }
            _ => return,
        }
        e.value = Value::NonReloc(reg);
    }

    /// Puts the value (jumps aside) into some register.
    pub(super) fn discharge_any(&mut self, e: &mut Exp) -> Result<()> {
        if !matches!(e.value, Value::NonReloc(_)) {
            self.reserve(1)?;
            self.discharge_to(e, self.fs.free - 1);
        }
        Ok(())
    }

    /// Puts the final value, jumps included, into a register.
    fn put_in_reg(&mut self, e: &mut Exp, reg: u8) {
        self.discharge_to(e, reg);
        if let Value::Jump(pc) = e.value {
            self.fs.concat(&mut e.on_true, PatchList::one(pc));
        }
        if e.has_jumps() {
            let (mut load_false, mut load_true) = (0, 0);
            if !(e.on_true.plain.is_empty() && e.on_false.plain.is_empty()) {
                let skip = match e.value {
                    Value::Jump(_) => PatchList::EMPTY,
                    _ => PatchList::one(self.jump()),
                };
                self.fs.label_here();
                load_false = self.emit(Op::LFalseSkip, reg, 0, 0, 0);
                self.fs.label_here();
                load_true = self.emit(Op::LoadTrue, reg, 0, 0, 0);
                self.fs.patch_here(skip);
            }
            let end = self.fs.label_here();
            self.fs.patch_values(e.on_false, end, Some(reg), load_false);
            self.fs.patch_values(e.on_true, end, Some(reg), load_true);
        }
        *e = Exp::new(Value::NonReloc(reg));
    }

    /// Puts the final value into the next free register.
    pub(super) fn put_in_next_reg(&mut self, e: &mut Exp) -> Result<()> {
        self.discharge(e);
        self.free_exp(e);
        self.reserve(1)?;
        self.put_in_reg(e, self.fs.free - 1);
        Ok(())
    }

    /// Puts the final value into some register and returns it.
    pub(super) fn put_in_any_reg(&mut self, e: &mut Exp) -> Result<u8> {
        self.discharge(e);
        if let Value::NonReloc(reg) = e.value {
            if !e.has_jumps() {
                return Ok(reg);
            }
            if reg >= self.fs.var_top {
                self.put_in_reg(e, reg);
                return Ok(reg);
            }
        }
        self.put_in_next_reg(e)?;
        Ok(self.fs.free - 1)
    }

    /// Makes sure the value is in a register or is an upvalue.
    pub(super) fn put_in_reg_or_upvalue(&mut self, e: &mut Exp) -> Result<()> {
        if !matches!(e.value, Value::Upvalue(_)) || e.has_jumps() {
            self.put_in_any_reg(e)?;
        }
        Ok(())
    }

    /// Makes sure the value is in a register or is a constant.
    pub(super) fn settle(&mut self, e: &mut Exp) -> Result<()> {
        // A comparison has no value yet either, and must take its register before
        // the indexed upvalue takes one.
        if e.has_jumps() || matches!(e.value, Value::Jump(_)) {
            self.put_in_any_reg(e)?;
        } else {
            self.discharge(e);
        }
        Ok(())
    }

    /// Makes a plain constant an entry of the constant table and returns its index.
    fn make_constant(&mut self, e: &mut Exp) -> Option<u32> {
        if e.has_jumps() {
            return None;
        }
        let index = match e.value {
            Value::Nil
            | Value::True
            | Value::False
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Str(_) => self.constant(e.value),
            Value::Konst(index) => index,
            _ => return None,
        };
        e.value = Value::Konst(index);
        Some(index)
    }

    /// Puts the value into a register or among the first 256 constants.
    /// Returns the operand and whether it is a constant.
    pub(super) fn put_in_reg_or_constant(&mut self, e: &mut Exp) -> Result<(u8, bool)> {
        if let Some(index) = self.make_constant(e)
            && let Ok(index) = u8::try_from(index)
        {
            return Ok((index, true));
        }
        Ok((self.put_in_any_reg(e)?, false))
    }

    /// Tells whether the expression is a constant that field instructions take.
    fn short_string(&self, e: &Exp) -> Option<u32> {
        match e.value {
            Value::Konst(k) if !e.has_jumps() => match self.fs.proto.constants.get(k as usize) {
                Some(Const::String(s)) if s.len() <= SHORT_STRING => Some(k),
                _ => None,
            },
            _ => None,
        }
    }

    /// Makes `table` the element `table[key]`.
    pub(super) fn index(&mut self, table: &mut Exp, key: &mut Exp) -> Result<()> {
        if let Value::Str(_) = key.value
            && !key.has_jumps()
        {
            self.make_constant(key);
        }
        let field = self.short_string(key);
        if let (Value::Upvalue(upvalue), Some(key)) = (table.value, field) {
            table.value = Value::IndexUp { table: upvalue, key };
            return Ok(());
        }
        let table_reg = match table.value {
            Value::Local { reg, .. } | Value::NonReloc(reg) => reg,
            _ => self.put_in_any_reg(table)?,
        };
        table.value = if let Some(key) = field {
            Value::IndexStr { table: table_reg, key }
        } else if let Some(key) = key.wide_integer() {
            Value::IndexInt { table: table_reg, key }
        } else {
            Value::Indexed { table: table_reg, key: self.put_in_any_reg(key)? }
        };
        Ok(())
    }

    /// Stores a value into a variable.
    pub(super) fn store(&mut self, var: &Exp, e: &mut Exp) -> Result<()> {
        match var.value {
            Value::Local { reg, .. } => {
                self.free_exp(e);
                self.put_in_reg(e, reg);
                return Ok(());
            }
            Value::Upvalue(index) => {
                let reg = self.put_in_any_reg(e)?;
                self.emit(Op::SetUpval, reg, index, 0, 0);
            }
            Value::IndexUp { table, key } => {
                let (b, constant) = self.put_in_reg_or_constant(e)?;
                self.emit(Op::SetTabUp, table, b, u8::from(constant), key);
            }
            Value::IndexInt { table, key } => {
                let (b, constant) = self.put_in_reg_or_constant(e)?;
                self.emit(Op::SetI, table, b, u8::from(constant), key as u32);
            }
            Value::IndexStr { table, key } => {
                let (b, constant) = self.put_in_reg_or_constant(e)?;
                self.emit(Op::SetField, table, b, u8::from(constant), key);
            }
            Value::Indexed { table, key } => match self.make_constant(e) {
                Some(k) => {
                    self.emit(Op::SetTable, table, key, 0, k + 1);
                }
                None => {
                    let reg = self.put_in_any_reg(e)?;
                    self.emit(Op::SetTable, table, key, reg, 0);
                }
            },
            _ => {}
        }
        self.free_exp(e);
        Ok(())
    }
}
