//! Names: local variables, upvalues, constants, blocks, labels and gotos.

use super::exp::{Exp, Value};
use super::fault::quoting;
use super::func::{Binding, Block, FuncState, Var};
use super::{BREAK, Compiler, FOR_STATE, NOT_BOUND, OUTSIDE, Result};
use crate::bytecode::op::Op;
use crate::bytecode::proto::{LOC_VAR_BYTES, LocVar, UpvalDesc};
use crate::syntax::ast::{Attrib, StrId};

/// Local variables a function may have at a time.
const MAX_VARS: usize = 200;
/// Upvalues a function may have.
const MAX_UPVALUES: usize = 255;
/// Logical bytes of what a block leaves behind.
const BLOCK_BYTES: u64 = 64;
/// Logical bytes of an upvalue while its function is compiled.
const UPVALUE_BYTES: u64 = 96;
/// Upvalues or blocks that are looked at for one unit of work.
const SCANNED_PER_UNIT: usize = 16;

impl Compiler {
    /// Declares a local variable; [`Compiler::activate`] brings it into scope.
    pub(super) fn declare(&mut self, name: StrId, attrib: Attrib) -> Result<()> {
        if self.fs.vars.len() >= MAX_VARS {
            return Err(self.limit_error("local variables", MAX_VARS));
        }
        let shadows = NOT_BOUND;
        self.fs.vars.push(Var { name, attrib, reg: 0, top: 0, debug: 0, constant: None, shadows });
        Ok(())
    }

    /// Brings the next `n` declared variables into scope, in the next registers.
    pub(super) fn activate(&mut self, n: usize) {
        for _ in 0..n {
            let index = self.fs.active;
            let Some(var) = self.fs.vars.get(index).copied() else {
                return;
            };
            let (start_pc, reg) = (self.fs.pc(), self.fs.var_top);
            let name = self.shared_name(var.name);
            self.grow(2 * LOC_VAR_BYTES as u64);
            let debug = self.fs.proto.loc_vars.len() as u32;
            self.fs.proto.loc_vars.push(LocVar { name, start_pc, end_pc: start_pc, reg });
            let var = &mut self.fs.vars[index];
            var.reg = reg;
            var.debug = debug;
            var.top = reg + 1;
            self.fs.var_top = reg + 1;
            self.bind(index);
        }
    }

    /// Brings the next declared variable into scope as a compile-time constant.
    pub(super) fn activate_constant(&mut self, value: Value) {
        let index = self.fs.active;
        self.fs.vars[index].constant = Some(value);
        self.fs.vars[index].top = self.fs.var_top;
        self.bind(index);
    }

    fn bind(&mut self, index: usize) {
        let func = self.outer.len() as u32;
        let name = self.fs.vars[index].name;
        if name != FOR_STATE {
            let binding = Binding { func, var: index as u32 };
            let outer = std::mem::replace(&mut self.bindings[name.0 as usize], binding);
            self.fs.vars[index].shadows = outer;
        }
        self.fs.active = index + 1;
    }

    /// Ends the scope of all variables from number `level` on.
    fn remove_vars(&mut self, level: usize) {
        let pc = self.fs.pc();
        while self.fs.active > level {
            self.fs.active -= 1;
            let var = self.fs.vars[self.fs.active];
            if var.constant.is_none() {
                self.fs.proto.loc_vars[var.debug as usize].end_pc = pc;
            }
            if var.name != FOR_STATE {
                self.bindings[var.name.0 as usize] = var.shadows;
            }
        }
        self.fs.vars.truncate(level);
        self.fs.var_top = self.fs.level(level);
    }

    /// Returns the value of a compile-time constant.
    pub(super) fn constant_of(&self, func: u32, var: u32) -> Value {
        let constant = self.variable(Binding { func, var }).constant;
        constant.unwrap_or(Value::Nil)
    }

    fn function(&self, depth: u32) -> &FuncState {
        self.outer.get(depth as usize).unwrap_or(&self.fs)
    }

    fn variable(&self, binding: Binding) -> &Var {
        &self.function(binding.func).vars[binding.var as usize]
    }

    /// Finds a variable: local, upvalue, compile-time constant, or nothing.
    fn resolve(&mut self, name: StrId) -> Result<Option<Value>> {
        let binding = self.bindings[name.0 as usize];
        if binding == NOT_BOUND {
            return Ok(None);
        }
        let mut attrib = Attrib::Regular;
        if binding.func != OUTSIDE {
            let var = *self.variable(binding);
            let Binding { func, var: index } = binding;
            if var.constant.is_some() {
                return Ok(Some(Value::Const { func, var: index }));
            }
            if func as usize == self.outer.len() {
                let reg = var.reg;
                return Ok(Some(Value::Local { reg, var: index }));
            }
            attrib = var.attrib;
        }
        self.upvalue(name, binding, attrib).map(|index| Some(Value::Upvalue(index)))
    }

    /// Finds or makes the upvalue of the current function for an outer variable,
    /// and of every function between.
    fn upvalue(&mut self, name: StrId, binding: Binding, attrib: Attrib) -> Result<u8> {
        let known = |fs: &FuncState| {
            let at = fs.upvalues.iter().position(|(b, _)| *b == binding);
            at.map(|index| index as u8)
        };
        let mut looked_at = 0;
        if let Some(index) = known(&self.fs) {
            self.work += usize::from(index) as u64 / SCANNED_PER_UNIT as u64;
            return Ok(index);
        }
        // Outwards to a function that knows the variable, or to the one that owns it.
        let mut depth = self.outer.len();
        let (mut in_stack, mut index) = loop {
            let Some(above) = depth.checked_sub(1) else {
                break (false, 0);
            };
            looked_at += SCANNED_PER_UNIT + self.outer[above].upvalues.len();
            if above == binding.func as usize {
                looked_at += self.outer[above].blocks.len();
                let var = self.outer[above].vars[binding.var as usize];
                self.outer[above].mark_captured(binding.var as usize);
                break (true, var.reg);
            }
            if let Some(index) = known(&self.outer[above]) {
                break (false, index);
            }
            depth = above;
        };
        self.work += (looked_at / SCANNED_PER_UNIT) as u64;
        // And back inwards, making one in each.
        let bytes = self.shared_name(name);
        for depth in depth..=self.outer.len() {
            let fs = self.outer.get_mut(depth).unwrap_or(&mut self.fs);
            let next = fs.upvalues.len();
            if next >= MAX_UPVALUES {
                let line = fs.proto.line_defined;
                return Err(self.limit_error_in("upvalues", MAX_UPVALUES, line));
            }
            fs.upvalues.push((binding, attrib));
            fs.proto.upvalues.push(UpvalDesc {
                name: bytes.clone(),
                in_stack,
                index,
                read_only: attrib != Attrib::Regular,
            });
            self.bytes += UPVALUE_BYTES;
            fs.bytes += UPVALUE_BYTES;
            self.work += 1;
            (in_stack, index) = (false, next as u8);
        }
        Ok(index)
    }

    /// Makes the operand for a name: a variable, or a field of `_ENV` (§2.2).
    pub(super) fn name_operand(&mut self, name: StrId) -> Result<Exp> {
        if let Some(value) = self.resolve(name)? {
            return Ok(Exp::new(value));
        }
        let env = self.resolve(self.env)?.unwrap_or(Value::Nil);
        let mut table = Exp::new(env);
        self.put_in_reg_or_upvalue(&mut table)?;
        self.index(&mut table, &mut Exp::new(Value::Str(name)))?;
        Ok(table)
    }

    /// Refuses an assignment to a constant.
    pub(super) fn check_writable(&self, e: &Exp) -> Result<()> {
        let name = match e.value {
            Value::Const { func, var } => self.variable(Binding { func, var }).name,
            Value::Local { var, .. } => {
                let var = self.fs.vars[var as usize];
                if var.attrib == Attrib::Regular {
                    return Ok(());
                }
                var.name
            }
            Value::Upvalue(index) => {
                let (binding, attrib) = self.fs.upvalues[index as usize];
                if attrib == Attrib::Regular {
                    return Ok(());
                }
                self.variable(binding).name
            }
            _ => return Ok(()),
        };
        let before = b"attempt to assign to const variable '";
        Err(self.error_plain(quoting(before, self.name(name), b"'")))
    }

    /// Opens a block.
    pub(super) fn enter_block(&mut self, is_loop: bool) {
        let inside_tbc = self.fs.blocks.last().is_some_and(|b| b.inside_tbc);
        self.fs.blocks.push(Block {
            mark: self.fs.gotos.mark(),
            vars: self.fs.active,
            captured: false,
            is_loop,
            inside_tbc,
        });
    }

    /// Closes a block and returns what it was.
    pub(super) fn leave_block(&mut self) -> Result<Option<Block>> {
        let Some(&block) = self.fs.blocks.last() else {
            return Ok(None);
        };
        let level = self.fs.level(block.vars);
        self.remove_vars(block.vars);
        let closed = block.is_loop && self.create_label(BREAK, false)?;
        let outermost = self.fs.blocks.len() == 1;
        if !closed && !outermost && block.captured {
            self.emit(Op::Close, level, 0, 0, 0);
        }
        self.fs.free = level;
        self.fs.blocks.pop();
        if outermost {
            self.check_lost_gotos()?;
        }
        self.fs.gotos.leave(block.mark, block.vars, level, block.captured);
        self.grow(BLOCK_BYTES);
        Ok(Some(block))
    }

    /// Makes the innermost block close its variables, a to-be-closed one among them.
    pub(super) fn mark_tbc(&mut self) {
        if let Some(block) = self.fs.blocks.last_mut() {
            block.captured = true;
            block.inside_tbc = true;
        }
        self.fs.needs_close = true;
    }
}

impl FuncState {
    /// Notes that a variable is captured: its block has to close it.
    fn mark_captured(&mut self, var: usize) {
        if let Some(block) = self.blocks.iter_mut().rev().find(|b| b.vars <= var) {
            block.captured = true;
        }
        self.needs_close = true;
    }
}
