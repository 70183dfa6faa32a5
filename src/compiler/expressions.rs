//! Simple expressions, suffixes, calls and functions.

use std::sync::Arc;

use super::exp::{Exp, Value};
use super::func::{FUNCTION_BYTES, FuncState};
use super::{Compiler, FUNCTION, Result};
use crate::bytecode::op::Op;
use crate::syntax::ast::{Attrib, Kind, Node, StrId};

impl Compiler {
    /// Compiles an expression without parts.
    pub(super) fn simple(&mut self, node: Node) -> Result<()> {
        let value = match node.kind {
            Kind::True => Value::True,
            Kind::False => Value::False,
            Kind::Integer(i) => Value::Integer(i),
            Kind::Float(f) => Value::Float(f),
            Kind::Str(id) => Value::Str(id),
            Kind::Vararg { before } => {
                if !self.fs.proto.is_vararg {
                    return Err(self.error_near("cannot use '...' outside a vararg function"));
                }
                let pc = self.emit(Op::Vararg, 0, 0, 1, 0);
                self.fix_line(before);
                Value::Vararg(pc)
            }
            _ => Value::Nil,
        };
        self.exps.push(Exp::new(value));
        Ok(())
    }

    /// Compiles a name or a part that follows a prefix expression.
    pub(super) fn suffix(&mut self, node: Node) -> Result<()> {
        match node.kind {
            Kind::Name(name) => {
                let e = self.name_operand(name)?;
                self.exps.push(e);
            }
            Kind::Field(name) => {
                let mut table = self.pop();
                self.put_in_reg_or_upvalue(&mut table)?;
                self.index(&mut table, &mut Exp::new(Value::Str(name)))?;
                self.exps.push(table);
            }
            Kind::IndexOpen => {
                let mut table = self.pop();
                self.put_in_reg_or_upvalue(&mut table)?;
                self.exps.push(table);
            }
            Kind::Index => {
                let mut key = self.pop();
                let mut table = self.pop();
                self.settle(&mut key)?;
                self.index(&mut table, &mut key)?;
                self.exps.push(table);
            }
            Kind::Method(name) => self.method(name)?,
            Kind::CallOpen => {
                self.call_lines.push(node.line);
                let before = self.index.checked_sub(1).map(|i| self.chunk.nodes[i].kind);
                if !matches!(before, Some(Kind::Method(_))) {
                    let mut function = self.pop();
                    self.put_in_next_reg(&mut function)?;
                    self.exps.push(function);
                }
            }
            Kind::Call { args } => self.call(args)?,
            _ => {
                let mut e = self.pop();
                self.discharge(&mut e);
                self.exps.push(e);
            }
        }
        Ok(())
    }

    fn method(&mut self, name: StrId) -> Result<()> {
        let mut object = self.pop();
        let reg = self.put_in_any_reg(&mut object)?;
        self.free_exp(&object);
        let base = self.fs.free;
        self.reserve(2)?;
        let key = self.constant(Value::Str(name));
        self.emit(Op::SelfOp, base, reg, 0, key);
        self.exps.push(Exp::new(Value::NonReloc(base)));
        Ok(())
    }

    fn call(&mut self, args: u32) -> Result<()> {
        let mut open = false;
        if args > 0 {
            let mut last = self.pop();
            if last.is_multi() {
                self.set_returns(&last, None)?;
                open = true;
            } else {
                self.put_in_next_reg(&mut last)?;
            }
        }
        let base = match self.pop().value {
            Value::NonReloc(reg) => reg,
            _ => 0,
        };
        let given = if open { 0 } else { self.fs.free - base };
        let pc = self.emit(Op::Call, base, given, 2, 0);
        if let Some(line) = self.call_lines.pop() {
            self.fix_line(line);
        }
        // The call takes the function and its arguments away and leaves one value.
        self.fs.free = base + 1;
        self.exps.push(Exp::new(Value::Call(pc)));
        Ok(())
    }

    /// Begins a function body.
    pub(super) fn open_function(&mut self, params: u32, vararg: bool, line: u32) -> Result<()> {
        let mut fs = FuncState::new(&self.source_name);
        fs.proto.line_defined = line;
        fs.proto.is_vararg = vararg;
        fs.params_left = params;
        self.bytes += FUNCTION_BYTES;
        self.work += FUNCTION;
        self.outer.push(std::mem::replace(&mut self.fs, fs));
        self.enter_block(false);
        if params == 0 {
            self.close_params()?;
        }
        Ok(())
    }

    /// Declares a parameter.
    pub(super) fn param(&mut self, name: StrId) -> Result<()> {
        self.declare(name, Attrib::Regular)?;
        self.fs.params_left = self.fs.params_left.saturating_sub(1);
        if self.fs.params_left == 0 {
            self.close_params()?;
        }
        Ok(())
    }

    fn close_params(&mut self) -> Result<()> {
        let count = self.fs.vars.len();
        self.activate(count);
        self.fs.proto.num_params = count as u8;
        if self.fs.proto.is_vararg {
            self.emit(Op::VarargPrep, count as u8, 0, 0, 0);
        }
        self.reserve(count)
    }

    /// Ends the code of the current function: final return, scopes. What is left to do
    /// is in proportion to the code, and done in pieces.
    pub(super) fn begin_close(&mut self) -> Result<()> {
        self.emit(Op::Return0, 0, 0, 0, 0);
        self.leave_block()?;
        self.closing = Some(0);
        Ok(())
    }

    /// Gives the prototype of the current function, whose code is finished, its final size.
    pub(super) fn finish_proto(&mut self) {
        let proto = &mut self.fs.proto;
        proto.shrink();
        self.bytes = (self.bytes + proto.bytes() as u64).saturating_sub(self.fs.bytes);
    }

    /// Goes back to the function around the current one, whose code is finished, and
    /// leaves the closure as an operand.
    pub(super) fn end_function(&mut self) -> Result<()> {
        self.finish_proto();
        let proto = std::mem::take(&mut self.fs.proto);
        let Some(outer) = self.outer.pop() else {
            return Ok(());
        };
        self.fs = outer;
        let index = self.fs.proto.protos.len() as u32;
        self.fs.proto.protos.push(Arc::new(proto));
        let mut e = Exp::new(Value::Reloc(self.emit(Op::Closure, 0, 0, 0, index)));
        self.put_in_next_reg(&mut e)?;
        self.exps.push(e);
        Ok(())
    }
}
