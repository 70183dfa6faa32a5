//! Statements (§3.3).

use super::exp::{Exp, PatchList, Value};
use super::{BREAK, Compiler, FOR_STATE, Result};
use crate::bytecode::op::Op;
use crate::syntax::ast::{Attrib, Kind, Node, StrId};

/// Earlier targets of an assignment that are looked at for one unit of work.
const TARGETS_PER_UNIT: usize = 8;

/// A statement under way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Open {
    /// `if`: jumps to its end, jumps over the current branch, and whether that
    /// branch's block is open.
    If { escape: PatchList, skip: PatchList, open: bool },
    /// `while`: position of the condition and jumps out.
    While { start: u32, exit: PatchList },
    /// `repeat`: position of the body and jumps back.
    Repeat { start: u32 },
    /// Either `for`: first register, position of the preparation, declared
    /// variables, and whether it is generic.
    For { base: u8, prep: u32, names: u32, generic: bool },
}

impl Compiler {
    /// Compiles a node of a statement.
    pub(super) fn statement(&mut self, node: Node) -> Result<()> {
        match node.kind {
            Kind::ExprStat => {
                if let Value::Call(pc) = self.pop().value {
                    self.fs.at(pc).c = 1;
                }
                self.end_statement();
            }
            Kind::LocalName(name, attrib) => self.local_name(name, attrib)?,
            Kind::LocalEnd { names, exprs } => self.local_end(names as usize, exprs as usize)?,
            Kind::LocalFunction(name) => {
                self.declare(name, Attrib::Regular)?;
                self.activate(1);
            }
            Kind::LocalFunctionEnd => {
                self.pop();
                let pc = self.fs.pc();
                if let Some(var) = self.fs.vars.last().map(|v| v.debug as usize) {
                    self.fs.proto.loc_vars[var].start_pc = pc;
                }
                self.end_statement();
            }
            Kind::FunctionStatEnd => {
                let mut function = self.pop();
                let target = self.pop();
                self.check_writable(&target)?;
                self.store(&target, &mut function)?;
                self.fix_line(node.line);
                self.end_statement();
            }
            Kind::Target => self.target()?,
            Kind::AssignEnd { targets, exprs } => self.assign(targets as usize, exprs as usize)?,
            Kind::ReturnEnd { exprs } => self.return_end(exprs)?,
            Kind::Break => {
                let jumps = PatchList::one(self.jump());
                self.pending_goto(BREAK, jumps, node.line);
            }
            Kind::Goto(name) => self.goto(name, node.line),
            Kind::Label(name, last) => self.label(name, node.line, last)?,
            Kind::DoOpen => self.enter_block(false),
            Kind::DoClose => {
                self.leave_block()?;
                self.end_statement();
            }
            _ => self.structure(node)?,
        }
        Ok(())
    }

    /// Compiles a node of a conditional or loop.
    fn structure(&mut self, node: Node) -> Result<()> {
        match node.kind {
            Kind::While => {
                let start = self.fs.label_here();
                let exit = PatchList::EMPTY;
                self.open.push(Open::While { start, exit });
            }
            Kind::WhileDo => {
                let jumps = self.loop_condition()?;
                if let Some(Open::While { exit, .. }) = self.open.last_mut() {
                    *exit = jumps;
                }
                self.enter_block(true);
                self.enter_block(false);
            }
            Kind::Repeat => {
                let start = self.fs.label_here();
                self.open.push(Open::Repeat { start });
                self.enter_block(true);
                self.enter_block(false);
            }
            Kind::If => self.open.push(Open::If {
                escape: PatchList::EMPTY,
                skip: PatchList::EMPTY,
                open: false,
            }),
            Kind::Then => self.then()?,
            Kind::ForNum(name) => {
                let base = self.fs.free;
                self.open_for(base, false);
                for name in [FOR_STATE, FOR_STATE, FOR_STATE, name] {
                    self.declare(name, Attrib::Regular)?;
                }
            }
            Kind::ForNumDo { exprs } => self.numeric_do(exprs, node.line)?,
            Kind::ForIn { .. } => {
                let base = self.fs.free;
                self.open_for(base, true);
                for _ in 0..4 {
                    self.declare(FOR_STATE, Attrib::Regular)?;
                }
            }
            Kind::ForName(name) => self.declare(name, Attrib::Regular)?,
            Kind::ForInDo { names, exprs } => self.generic_do(names, exprs, node.line)?,
            Kind::WhileEnd | Kind::ForNumEnd { .. } | Kind::ForInEnd { .. } => {
                self.end_loop_body(node)?
            }
            Kind::RepeatEnd | Kind::LoopClose => {
                self.end_loop()?;
                self.end_statement();
            }
            Kind::ElseIf | Kind::Else | Kind::IfEnd => self.end_branch(node.kind)?,
            _ => {}
        }
        Ok(())
    }

    /// Gives all temporaries back.
    fn end_statement(&mut self) {
        self.fs.free = self.fs.var_top;
    }

    fn local_name(&mut self, name: StrId, attrib: Attrib) -> Result<()> {
        self.declare(name, attrib)?;
        let declared = &self.fs.vars[self.fs.active..];
        let closing = declared.iter().filter(|v| v.attrib == Attrib::Close);
        if attrib == Attrib::Close && closing.count() > 1 {
            let text = b"multiple to-be-closed variables in local list";
            return Err(self.error_plain(text.to_vec()));
        }
        Ok(())
    }

    fn local_end(&mut self, names: usize, exprs: usize) -> Result<()> {
        let mut e = match exprs {
            0 => Exp::new(Value::Void),
            _ => self.pop(),
        };
        let first = self.fs.active;
        let last = self.fs.vars.last().map(|v| v.attrib);
        let constant = match last {
            Some(Attrib::Const) if names == exprs => self.constant_value(&e),
            _ => None,
        };
        if let Some(value) = constant {
            self.activate(names - 1);
            self.activate_constant(value);
        } else {
            self.adjust(names, exprs, &mut e)?;
            self.activate(names);
        }
        let declared = self.fs.vars.iter().skip(first);
        if let Some(reg) = declared.filter(|v| v.attrib == Attrib::Close).map(|v| v.reg).next() {
            self.mark_tbc();
            self.emit(Op::Tbc, reg, 0, 0, 0);
        }
        self.end_statement();
        Ok(())
    }

    /// Returns the value of an expression that is known while compiling.
    fn constant_value(&self, e: &Exp) -> Option<Value> {
        if e.has_jumps() {
            return None;
        }
        match e.value {
            Value::Const { func, var } => Some(self.constant_of(func, var)),
            Value::Nil
            | Value::True
            | Value::False
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Str(_) => Some(e.value),
            _ => None,
        }
    }

    /// Makes a list of `exprs` values, the last of them `e`, give `wanted` values.
    pub(super) fn adjust(&mut self, wanted: usize, exprs: usize, e: &mut Exp) -> Result<()> {
        let needed = wanted.saturating_sub(exprs);
        if e.is_multi() {
            // The open expression itself gives one of the missing values.
            let results = if wanted >= exprs { needed + 1 } else { 0 };
            let own = usize::from(matches!(e.value, Value::Vararg(_)));
            self.check_stack(needed + own)?;
            self.set_returns(e, Some(results as u8))?;
        } else {
            if e.value != Value::Void {
                self.put_in_next_reg(e)?;
            }
            if needed > 0 {
                self.check_stack(needed)?;
                self.nil(self.fs.free, needed as u8);
            }
        }
        if needed > 0 {
            self.reserve(needed)?;
        } else {
            self.fs.free -= (exprs - wanted) as u8;
        }
        Ok(())
    }

    /// Completes an assignment target: earlier ones that use the variable it
    /// assigns get a copy, since stores run from right to left.
    fn target(&mut self) -> Result<()> {
        let target = self.pop();
        let earlier = self.exps.len().saturating_sub(self.fs.targets);
        let mut conflict = false;
        let copy = self.fs.free;
        let variable = matches!(target.value, Value::Local { .. } | Value::Upvalue(_));
        let looked_at = if variable { &mut self.exps[earlier..] } else { &mut [] };
        self.work += (looked_at.len() / TARGETS_PER_UNIT) as u64;
        for e in looked_at {
            match (&mut e.value, target.value) {
                (Value::IndexUp { table, key }, Value::Upvalue(index)) if *table == index => {
                    e.value = Value::IndexStr { table: copy, key: *key };
                    conflict = true;
                }
                (Value::Indexed { table, key }, Value::Local { reg, .. }) => {
                    for used in [table, key] {
                        if *used == reg {
                            *used = copy;
                            conflict = true;
                        }
                    }
                }
                (
                    Value::IndexInt { table, .. } | Value::IndexStr { table, .. },
                    Value::Local { reg, .. },
                ) if *table == reg => {
                    *table = copy;
                    conflict = true;
                }
                _ => {}
            }
        }
        if conflict {
            match target.value {
                Value::Local { reg, .. } => self.emit(Op::Move, copy, reg, 0, 0),
                Value::Upvalue(index) => self.emit(Op::GetUpval, copy, index, 0, 0),
                _ => 0,
            };
            self.reserve(1)?;
        }
        self.check_writable(&target)?;
        self.exps.push(target);
        self.fs.targets += 1;
        Ok(())
    }

    fn assign(&mut self, targets: usize, exprs: usize) -> Result<()> {
        self.fs.targets = 0;
        let mut e = self.pop();
        let mut left = targets;
        if targets == exprs {
            self.set_one_return(&mut e);
            let target = self.pop();
            self.store(&target, &mut e)?;
            left -= 1;
        } else {
            self.adjust(targets, exprs, &mut e)?;
        }
        for _ in 0..left {
            let mut value = Exp::new(Value::NonReloc(self.fs.free.saturating_sub(1)));
            let target = self.pop();
            self.store(&target, &mut value)?;
        }
        self.end_statement();
        Ok(())
    }

    fn return_end(&mut self, exprs: u32) -> Result<()> {
        let first = self.fs.var_top;
        if exprs == 0 {
            self.emit(Op::Return0, 0, 0, 0, 0);
            return Ok(());
        }
        let mut e = self.pop();
        if e.is_multi() {
            self.set_returns(&e, None)?;
            let inside_tbc = self.fs.blocks.last().is_some_and(|b| b.inside_tbc);
            if let Value::Call(pc) = e.value
                && exprs == 1
                && !inside_tbc
            {
                let call = self.fs.at(pc);
                call.op = Op::TailCall;
                call.c = 0;
            }
            self.emit(Op::Return, first, 0, 0, 0);
        } else if exprs == 1 {
            let reg = self.put_in_any_reg(&mut e)?;
            self.emit(Op::Return1, reg, 0, 0, 0);
        } else {
            self.put_in_next_reg(&mut e)?;
            self.emit(Op::Return, first, exprs as u8 + 1, 0, 0);
        }
        self.end_statement();
        Ok(())
    }

    /// Begins a branch of `if`. `if c then break` jumps straight to the loop's end.
    fn then(&mut self) -> Result<()> {
        let mut e = self.pop();
        let next = |n: usize| self.chunk.nodes.get(self.index + n).copied();
        let (mut jumps, mut is_open) = (PatchList::EMPTY, true);
        match next(1) {
            Some(Node { kind: Kind::Break, line, .. }) => {
                let ends = matches!(
                    next(2).map(|n| n.kind),
                    Some(Kind::ElseIf | Kind::Else | Kind::IfEnd)
                );
                self.go_if_false(&mut e)?;
                self.index += 1;
                self.enter_block(false);
                self.pending_goto(BREAK, e.on_true, line);
                if ends {
                    self.leave_block()?;
                    is_open = false;
                } else {
                    jumps = PatchList::one(self.jump());
                }
            }
            _ => {
                self.go_if_true(&mut e)?;
                self.enter_block(false);
                jumps = e.on_false;
            }
        }
        if let Some(Open::If { skip, open, .. }) = self.open.last_mut() {
            *skip = jumps;
            *open = is_open;
        }
        Ok(())
    }

    /// Ends a branch of `if` and begins the next one or none.
    fn end_branch(&mut self, kind: Kind) -> Result<()> {
        let Some(Open::If { mut escape, skip, open }) = self.open.pop() else {
            return Ok(());
        };
        if open {
            self.leave_block()?;
            if !matches!(kind, Kind::IfEnd) {
                let over = PatchList::one(self.jump());
                self.fs.concat(&mut escape, over);
            }
        }
        self.fs.patch_here(skip);
        if matches!(kind, Kind::IfEnd) {
            self.fs.patch_here(escape);
            self.end_statement();
            return Ok(());
        }
        let is_else = matches!(kind, Kind::Else);
        if is_else {
            self.enter_block(false);
        }
        self.open.push(Open::If { escape, skip: PatchList::EMPTY, open: is_else });
        Ok(())
    }
}
