//! Loops (§3.3.4, §3.3.5).

use super::exp::{Exp, PatchList, Value};
use super::statements::Open;
use super::{Compiler, Result};
use crate::bytecode::op::Op;
use crate::syntax::ast::{Kind, Node};

impl Compiler {
    /// Compiles the condition of a loop and returns the jumps taken when it fails.
    pub(super) fn loop_condition(&mut self) -> Result<PatchList> {
        let mut e = self.pop();
        if e.value == Value::Nil {
            e.value = Value::False;
        }
        self.go_if_true(&mut e)?;
        Ok(e.on_false)
    }

    /// Opens the outer block of a `for`: its hidden variables live there.
    pub(super) fn open_for(&mut self, base: u8, generic: bool) {
        self.enter_block(true);
        self.open.push(Open::For { base, prep: 0, names: 1, generic });
    }

    /// Ends the head of a numeric `for` (§3.3.5).
    pub(super) fn numeric_do(&mut self, exprs: u32, line: u32) -> Result<()> {
        let mut last = self.pop();
        self.put_in_next_reg(&mut last)?;
        if exprs < 3 {
            let mut step = Exp::new(Value::Integer(1));
            self.put_in_next_reg(&mut step)?;
        }
        self.activate(3);
        self.for_body(Op::ForPrep, 1, line)
    }

    /// Ends the head of a generic `for` (§3.3.5).
    pub(super) fn generic_do(&mut self, names: u32, exprs: u32, line: u32) -> Result<()> {
        let mut last = self.pop();
        self.adjust(4, exprs as usize, &mut last)?;
        self.activate(4);
        self.mark_tbc();
        self.check_stack(3)?;
        self.for_body(Op::TForPrep, names, line)
    }

    /// Appends the preparation of a `for` and opens the block of its variables.
    fn for_body(&mut self, op: Op, declared: u32, line: u32) -> Result<()> {
        if let Some(&Open::For { base, generic, .. }) = self.open.last() {
            let prep = self.emit(op, base, 0, 0, 0);
            // That of the `do`, while the values belong to the lines before.
            self.fix_line(line);
            self.open.pop();
            self.open.push(Open::For { base, prep, names: declared, generic });
        }
        self.enter_block(false);
        self.activate(declared as usize);
        self.reserve(declared as usize)?;
        self.enter_block(false);
        Ok(())
    }

    /// Ends the body of a `while` or `for`: what makes the loop go round.
    pub(super) fn end_loop_body(&mut self, node: Node) -> Result<()> {
        match self.open.last().copied() {
            Some(Open::While { start, .. }) => {
                self.leave_block()?;
                let back = self.jump();
                self.fs.fix_jump(back, start);
            }
            Some(Open::For { base, prep, names, generic }) => {
                if let Kind::ForNumEnd { before } | Kind::ForInEnd { before } = node.kind {
                    self.line = before;
                }
                self.leave_block()?;
                self.leave_block()?;
                let here = self.fs.label_here();
                let op = if generic {
                    self.fs.fix_jump(prep, here);
                    self.emit(Op::TForCall, base, 0, names as u8, 0);
                    self.fix_line(node.line);
                    Op::TForLoop
                } else {
                    self.fs.fix_jump(prep, here + 1);
                    Op::ForLoop
                };
                let end = self.emit(op, base, 0, 0, 0);
                self.fs.fix_jump(end, prep + 1);
                self.fix_line(node.line);
            }
            _ => {}
        }
        Ok(())
    }

    /// Ends a loop. Variables are closed on the line of its `end`, if they must be.
    pub(super) fn end_loop(&mut self) -> Result<()> {
        match self.open.pop() {
            Some(Open::While { exit, .. }) => {
                self.leave_block()?;
                self.fs.patch_here(exit);
            }
            Some(Open::Repeat { start }) => {
                let mut again = self.loop_condition()?;
                let scope = self.leave_block()?;
                if let Some(block) = scope
                    && block.captured
                {
                    // Leaving has closed the variables; so must going round again.
                    let exit = PatchList::one(self.jump());
                    self.fs.patch_here(again);
                    let level = self.fs.level(block.vars);
                    self.emit(Op::Close, level, 0, 0, 0);
                    again = PatchList::one(self.jump());
                    self.fs.patch_here(exit);
                }
                self.fs.patch(again, start);
                self.leave_block()?;
            }
            Some(Open::For { .. }) => {
                self.leave_block()?;
            }
            _ => {}
        }
        Ok(())
    }
}
