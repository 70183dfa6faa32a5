//! Names: local variables, upvalues, constants, blocks, labels and gotos.

use super::exp::{Exp, PatchList, Value};
use super::func::{Binding, Block, FuncState, Goto, Label, Var};
use super::{BREAK, Compiler, FOR_STATE, OUTSIDE, Result};
use crate::bytecode::op::Op;
use crate::bytecode::proto::{LocVar, UpvalDesc};
use crate::syntax::ast::{Attrib, StrId};
use crate::syntax::error::SyntaxError;

/// Local variables a function may have at a time.
const MAX_VARS: usize = 200;
/// Upvalues a function may have.
const MAX_UPVALUES: usize = 255;

impl Compiler<'_> {
    /// Declares a local variable; [`Compiler::activate`] brings it into scope.
    pub(super) fn declare(&mut self, name: StrId, attrib: Attrib) -> Result<()> {
        if self.fs.vars.len() >= MAX_VARS {
            return Err(self.limit_error("local variables", MAX_VARS));
        }
        self.fs.vars.push(Var { name, attrib, reg: 0, debug: 0, constant: None });
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
            let name: Box<[u8]> = self.name(var.name).into();
            self.bytes += 32 + name.len() as u64;
            let debug = self.fs.proto.loc_vars.len() as u32;
            self.fs.proto.loc_vars.push(LocVar { name, start_pc, end_pc: start_pc, reg });
            let var = &mut self.fs.vars[index];
            var.reg = reg;
            var.debug = debug;
            self.fs.var_top = reg + 1;
            self.bind(index);
        }
    }

    /// Brings the next declared variable into scope as a compile-time constant.
    pub(super) fn activate_constant(&mut self, value: Value) {
        let index = self.fs.active;
        self.fs.vars[index].constant = Some(value);
        self.bind(index);
    }

    fn bind(&mut self, index: usize) {
        let func = self.outer.len() as u32;
        let name = self.fs.vars[index].name;
        if name != FOR_STATE {
            self.bindings[name.0 as usize].push(Binding { func, var: index as u32 });
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
                self.bindings[var.name.0 as usize].pop();
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
        let Some(&binding) = self.bindings[name.0 as usize].last() else {
            return Ok(None);
        };
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
        if let Some(index) = known(&self.fs) {
            return Ok(index);
        }
        // Outwards to a function that knows the variable, or to the one that owns it.
        let mut depth = self.outer.len();
        let (mut in_stack, mut index) = loop {
            let Some(above) = depth.checked_sub(1) else {
                break (false, 0);
            };
            if above == binding.func as usize {
                let var = self.outer[above].vars[binding.var as usize];
                self.outer[above].mark_captured(binding.var as usize);
                break (true, var.reg);
            }
            if let Some(index) = known(&self.outer[above]) {
                break (false, index);
            }
            depth = above;
        };
        // And back inwards, making one in each.
        let bytes: &[u8] = self.name(name);
        for depth in depth..=self.outer.len() {
            let fs = self.outer.get_mut(depth).unwrap_or(&mut self.fs);
            let next = fs.upvalues.len();
            if next >= MAX_UPVALUES {
                let line = fs.proto.line_defined;
                return Err(self.limit_error_in("upvalues", MAX_UPVALUES, line));
            }
            fs.upvalues.push((binding, attrib));
            fs.proto.upvalues.push(UpvalDesc {
                name: bytes.into(),
                in_stack,
                index,
                read_only: attrib != Attrib::Regular,
            });
            self.bytes += 40 + bytes.len() as u64;
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
        Err(self.quoting("attempt to assign to const variable '", self.name(name), "'"))
    }

    /// Makes an error that quotes a name, which need not be UTF-8.
    fn quoting(&self, before: &str, name: &[u8], after: &str) -> SyntaxError {
        self.error_plain(&[before.as_bytes(), name, after.as_bytes()].concat())
    }

    /// Opens a block.
    pub(super) fn enter_block(&mut self, is_loop: bool) {
        let inside_tbc = self.fs.blocks.last().is_some_and(|b| b.inside_tbc);
        self.fs.blocks.push(Block {
            first_label: self.fs.label_names.len(),
            first_goto: self.fs.gotos.len(),
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
        for name in self.fs.label_names.drain(block.first_label..) {
            self.fs.labels.remove(&name);
        }
        self.fs.blocks.pop();
        let pending = &mut self.fs.gotos[block.first_goto..];
        let lost = pending.iter().find(|g| outermost && !g.solved).copied();
        if let Some(lost) = lost {
            return Err(self.lost_goto(&lost));
        }
        let mut all_solved = true;
        for goto in pending.iter_mut().filter(|g| !g.solved) {
            all_solved = false;
            goto.close |= goto.level > level && block.captured;
            goto.vars = block.vars;
            goto.level = level;
        }
        if all_solved {
            self.fs.gotos.truncate(block.first_goto);
        }
        Ok(Some(block))
    }

    fn lost_goto(&self, goto: &Goto) -> SyntaxError {
        if goto.name == BREAK {
            let text = format!("break outside loop at line {}", goto.line);
            return self.error_plain(text.as_bytes());
        }
        let after = format!("' for <goto> at line {}", goto.line);
        self.quoting("no visible label '", self.name(goto.name), &after)
    }

    /// Makes the innermost block close its variables, a to-be-closed one among them.
    pub(super) fn mark_tbc(&mut self) {
        if let Some(block) = self.fs.blocks.last_mut() {
            block.captured = true;
            block.inside_tbc = true;
        }
        self.fs.needs_close = true;
    }

    /// Notes a forward jump to a label that is not known yet.
    pub(super) fn pending_goto(&mut self, name: StrId, jumps: PatchList, line: u32) {
        let index = self.fs.gotos.len() as u32;
        self.fs.gotos.push(Goto {
            name,
            jumps,
            line,
            vars: self.fs.active,
            level: self.fs.var_top,
            close: false,
            solved: false,
        });
        self.fs.goto_names.entry(name).or_default().push(index);
        self.bytes += 40;
    }

    /// Compiles `goto`: backwards at once, forwards when the label comes.
    pub(super) fn goto(&mut self, name: StrId, line: u32) {
        match self.fs.labels.get(&name).copied() {
            None => {
                let jumps = PatchList::one(self.jump());
                self.pending_goto(name, jumps, line);
            }
            Some(label) => {
                let level = self.fs.level(label.vars);
                if self.fs.var_top > level {
                    self.emit(Op::Close, level, 0, 0, 0);
                }
                let pc = self.jump();
                self.fs.fix_jump(pc, label.pc);
            }
        }
    }

    /// Compiles a label.
    pub(super) fn label(&mut self, name: StrId, line: u32, last: bool) -> Result<()> {
        if let Some(label) = self.fs.labels.get(&name) {
            let after = format!("' already defined on line {}", label.line);
            return Err(self.quoting("label '", self.name(name), &after));
        }
        let pc = self.fs.label_here();
        let vars = match self.fs.blocks.last() {
            // At the end of a block its variables count as out of scope already.
            Some(block) if last => block.vars,
            _ => self.fs.active,
        };
        self.fs.labels.insert(name, Label { pc, line, vars });
        self.fs.label_names.push(name);
        self.bytes += 40;
        self.create_label(name, last)?;
        Ok(())
    }

    /// Sends the gotos of the innermost block that wait for a label here, and
    /// closes variables if one of them needs it. Tells whether it did.
    fn create_label(&mut self, name: StrId, last: bool) -> Result<bool> {
        let pc = self.fs.label_here();
        let Some(block) = self.fs.blocks.last().copied() else {
            return Ok(false);
        };
        let vars = if last { block.vars } else { self.fs.active };
        let mut close = false;
        while let Some(index) = self
            .fs
            .goto_names
            .get_mut(&name)
            .and_then(|waiting| waiting.pop_if(|index| *index as usize >= block.first_goto))
        {
            let goto = &mut self.fs.gotos[index as usize];
            goto.solved = true;
            let goto = *goto;
            if goto.vars < vars {
                let var = self.name(self.fs.vars[goto.vars].name);
                let goto_name = String::from_utf8_lossy(self.name(goto.name));
                let line = goto.line;
                let before =
                    format!("<goto {goto_name}> at line {line} jumps into the scope of local '");
                return Err(self.quoting(&before, var, "'"));
            }
            close |= goto.close;
            self.fs.patch(goto.jumps, pc);
        }
        if close {
            let level = self.fs.var_top;
            self.emit(Op::Close, level, 0, 0, 0);
        }
        Ok(close)
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
