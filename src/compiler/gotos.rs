//! Labels and gotos (§3.3.4, §3.5).
//!
//! A `goto` whose label is not known yet waits in its block, and moves outwards when the
//! block is left. All that wait there move at once, as one bundle: moving each of them
//! out of each block would be quadratic.

use std::collections::BTreeMap;

use super::exp::PatchList;
use super::fault::quoting;
use super::{BREAK, Compiler, Fault, Result};
use crate::bytecode::op::Op;
use crate::syntax::ast::StrId;
use crate::syntax::error::near;

/// No bundle.
const NONE: u32 = u32::MAX;

/// Logical bytes of a waiting `goto`, with its places in the lists of them.
const GOTO_BYTES: u64 = 96;

/// Logical bytes of a label, or of a name that gotos wait for.
const LABEL_BYTES: u64 = 96;

/// A `goto` or `break` whose label is not known yet.
#[derive(Clone, Copy, Debug)]
struct Goto {
    name: StrId,
    jumps: PatchList,
    line: u32,
    /// Variables in scope at the jump.
    vars: u32,
    /// Registers those variables take.
    level: u8,
    /// Whether the block it was in had variables to close.
    close: bool,
    solved: bool,
    /// The bundle it left its block in.
    bundle: u32,
}

const _: () = assert!(2 * size_of::<Goto>() + 16 <= GOTO_BYTES as usize);

/// Gotos that left a block together.
#[derive(Clone, Copy, Debug)]
struct Bundle {
    /// The bundle that this one left the next block in.
    parent: u32,
    /// Variables in scope where they are now, unless there is a parent.
    vars: usize,
    /// Registers those variables take.
    level: u8,
    /// Whether a block left on the way to the parent had variables to close.
    close: bool,
}

/// A label in scope.
#[derive(Clone, Copy, Debug)]
struct Label {
    pc: u32,
    line: u32,
    vars: usize,
}

/// The labels and gotos of a function under compilation.
#[derive(Debug, Default)]
pub(super) struct Gotos {
    labels: BTreeMap<StrId, Label>,
    label_names: Vec<StrId>,
    gotos: Vec<Goto>,
    /// The waiting ones by name, innermost last.
    by_name: BTreeMap<StrId, Vec<u32>>,
    /// The gotos of the open blocks that are in no bundle, innermost last.
    loose: Vec<u32>,
    bundles: Vec<Bundle>,
    /// The bundles of the open blocks that are in no other, innermost last.
    roots: Vec<u32>,
}

/// Where the labels and gotos of a block begin.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mark {
    label: usize,
    goto: usize,
    loose: usize,
    root: usize,
}

impl Gotos {
    /// Returns where those of a block begin that is opened now.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            label: self.label_names.len(),
            goto: self.gotos.len(),
            loose: self.loose.len(),
            root: self.roots.len(),
        }
    }

    /// Moves what waits out of a block, to where `vars` variables in `level` registers
    /// are in scope, and forgets the block's labels. `captured`: it closes variables.
    pub(super) fn leave(&mut self, from: Mark, vars: usize, level: u8, captured: bool) {
        self.forget_labels(from);
        let bundle = self.bundles.len() as u32;
        let mut some = self.roots.len() > from.root;
        for index in self.loose.drain(from.loose..) {
            let goto = &mut self.gotos[index as usize];
            if !goto.solved {
                some = true;
                goto.close |= goto.level > level && captured;
                goto.bundle = bundle;
            }
        }
        for root in self.roots.drain(from.root..) {
            let root = &mut self.bundles[root as usize];
            root.close = root.level > level && captured;
            root.parent = bundle;
        }
        if some {
            self.bundles.push(Bundle { parent: NONE, vars, level, close: false });
            self.roots.push(bundle);
        }
    }

    fn forget_labels(&mut self, from: Mark) {
        for name in self.label_names.drain(from.label..) {
            self.labels.remove(&name);
        }
    }

    /// Returns the first goto that still waits.
    fn lost(&self) -> Option<Goto> {
        self.gotos.iter().find(|goto| !goto.solved).copied()
    }

    /// Returns the bundle around a bundle that is in no other, and makes the way there
    /// short.
    fn root(&mut self, bundle: u32) -> u32 {
        let mut root = bundle;
        let mut way = Vec::new();
        while self.bundles[root as usize].parent != NONE {
            way.push(root);
            root = self.bundles[root as usize].parent;
        }
        let mut close = false;
        for at in way.into_iter().rev() {
            let at = &mut self.bundles[at as usize];
            close |= at.close;
            at.close = close;
            at.parent = root;
        }
        root
    }

    /// Returns the variables in scope where a goto has come to, and whether it left a
    /// block that closes variables.
    fn reach(&mut self, goto: Goto) -> (usize, bool) {
        if goto.bundle == NONE {
            return (goto.vars as usize, goto.close);
        }
        let root = self.root(goto.bundle);
        let on_the_way = goto.bundle != root && self.bundles[goto.bundle as usize].close;
        (self.bundles[root as usize].vars, goto.close || on_the_way)
    }

    /// Takes a goto that waits for a label in a block.
    fn take_waiting(&mut self, name: StrId, block: Mark) -> Option<Goto> {
        let waiting = self.by_name.get_mut(&name)?;
        let index = waiting.pop_if(|index| *index as usize >= block.goto)?;
        let goto = &mut self.gotos[index as usize];
        goto.solved = true;
        Some(*goto)
    }
}

impl Compiler {
    /// Finds a goto of the outermost block that nothing can solve any more.
    pub(super) fn check_lost_gotos(&self) -> Result<()> {
        match self.fs.gotos.lost() {
            None => Ok(()),
            Some(goto) if goto.name == BREAK => {
                let text = format!("break outside loop at line {}", goto.line);
                Err(self.error_plain(text.into_bytes()))
            }
            Some(goto) => {
                let after = format!("' for <goto> at line {}", goto.line);
                let before = b"no visible label '";
                Err(self.error_plain(quoting(before, self.name(goto.name), after.as_bytes())))
            }
        }
    }

    /// Notes a forward jump to a label that is not known yet.
    pub(super) fn pending_goto(&mut self, name: StrId, jumps: PatchList, line: u32) {
        let (vars, level) = (self.fs.active as u32, self.fs.var_top);
        let goto =
            Goto { name, jumps, line, vars, level, close: false, solved: false, bundle: NONE };
        let gotos = &mut self.fs.gotos;
        let index = gotos.gotos.len() as u32;
        gotos.gotos.push(goto);
        gotos.loose.push(index);
        let waiting = gotos.by_name.entry(name).or_default();
        let first = waiting.capacity() == 0;
        waiting.push(index);
        self.grow(GOTO_BYTES + if first { LABEL_BYTES } else { 0 });
    }

    /// Compiles `goto`: backwards at once, forwards when the label comes.
    pub(super) fn goto(&mut self, name: StrId, line: u32) {
        match self.fs.gotos.labels.get(&name).copied() {
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
        if let Some(label) = self.fs.gotos.labels.get(&name) {
            let after = format!("' already defined on line {}", label.line);
            return Err(self.error_plain(quoting(b"label '", self.name(name), after.as_bytes())));
        }
        let pc = self.fs.label_here();
        let vars = match self.fs.blocks.last() {
            // At the end of a block its variables count as out of scope already.
            Some(block) if last => block.vars,
            _ => self.fs.active,
        };
        self.fs.gotos.labels.insert(name, Label { pc, line, vars });
        self.fs.gotos.label_names.push(name);
        self.grow(LABEL_BYTES);
        self.create_label(name, last)?;
        Ok(())
    }

    /// Sends the gotos of the innermost block that wait for a label here, and
    /// closes variables if one of them needs it. Tells whether it did.
    pub(super) fn create_label(&mut self, name: StrId, last: bool) -> Result<bool> {
        let pc = self.fs.label_here();
        let Some(block) = self.fs.blocks.last().copied() else {
            return Ok(false);
        };
        let vars = if last { block.vars } else { self.fs.active };
        let mut close = false;
        let mut wrong: Option<(Goto, usize)> = None;
        while let Some(goto) = self.fs.gotos.take_waiting(name, block.mark) {
            let (goto_vars, goto_closes) = self.fs.gotos.reach(goto);
            // The last one taken was the first one written.
            if goto_vars < vars {
                wrong = Some((goto, goto_vars));
            }
            close |= goto_closes;
            self.work += 1;
            self.fs.patch(goto.jumps, pc);
        }
        if let Some((goto, goto_vars)) = wrong {
            return Err(self.jump_into_scope(&goto, goto_vars));
        }
        if close {
            let level = self.fs.var_top;
            self.emit(Op::Close, level, 0, 0, 0);
        }
        Ok(close)
    }

    fn jump_into_scope(&self, goto: &Goto, vars: usize) -> Box<Fault> {
        let var = self.name(self.fs.vars[vars].name);
        let mut before = b"<goto ".to_vec();
        before.extend_from_slice(&near::cut(self.name(goto.name)));
        let line = format!("> at line {} jumps into the scope of local '", goto.line);
        before.extend_from_slice(line.as_bytes());
        self.error_plain(quoting(&before, var, b"'"))
    }
}
