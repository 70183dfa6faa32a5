//! The state of one function under compilation.

use std::sync::Arc;

use super::constants::ConstantIndex;
use super::exp::{Links, PatchList, Value};
use super::gotos::{Gotos, Mark};
use crate::bytecode::op::{Instr, Op};
use crate::bytecode::proto::Proto;
use crate::syntax::ast::{Attrib, StrId};

/// Logical bytes of a function while it is compiled, without its parts.
pub(super) const FUNCTION_BYTES: u64 = 2048;

/// Instructions finished for one unit of work.
const FINISHED_PER_UNIT: usize = 8;
/// Jumps followed for one unit of work.
const HOPS_PER_UNIT: u64 = 8;

/// A declared local variable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Var {
    pub name: StrId,
    pub attrib: Attrib,
    /// Its register, unless it is a compile-time constant.
    pub reg: u8,
    /// Registers that the variables up to this one take, once it is in scope.
    pub top: u8,
    /// Its entry in the debug information, once it is in scope.
    pub debug: u32,
    /// Its value if it is a compile-time constant: such a variable has no register.
    pub constant: Option<Value>,
    /// What its name stood for before.
    pub shadows: Binding,
}

/// A block of statements.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub mark: Mark,
    /// Variables in scope outside the block.
    pub vars: usize,
    /// Whether a variable of the block is captured or to be closed.
    pub captured: bool,
    pub is_loop: bool,
    pub inside_tbc: bool,
}

/// Which variable an upvalue stands for: function depth and variable index there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Binding {
    pub func: u32,
    pub var: u32,
}

/// A function under compilation.
pub(super) struct FuncState {
    pub proto: Proto,
    pub constants: ConstantIndex,
    /// Declared variables; the first `active` are in scope.
    pub vars: Vec<Var>,
    pub active: usize,
    /// Registers the variables in scope take.
    pub var_top: u8,
    /// First free register.
    pub free: u8,
    /// Position of the last jump target: code before it must not be merged with later code.
    pub last_target: u32,
    pub blocks: Vec<Block>,
    pub gotos: Gotos,
    /// What each upvalue stands for, and the attribute of the variable.
    pub upvalues: Vec<(Binding, Attrib)>,
    pub needs_close: bool,
    /// Parameters still to be named.
    pub params_left: u32,
    /// Assignment targets complete so far.
    pub targets: usize,
    /// Logical bytes of what was made for it.
    pub bytes: u64,
}

impl FuncState {
    /// Starts a function.
    pub(super) fn new(source: &Arc<[u8]>) -> FuncState {
        let mut proto = Proto::default();
        proto.source = source.clone();
        proto.max_stack = 2;
        FuncState {
            proto,
            constants: ConstantIndex::default(),
            vars: Vec::new(),
            active: 0,
            var_top: 0,
            free: 0,
            last_target: 0,
            blocks: Vec::new(),
            gotos: Gotos::default(),
            upvalues: Vec::new(),
            needs_close: false,
            params_left: 0,
            targets: 0,
            bytes: FUNCTION_BYTES,
        }
    }

    /// Returns the position of the next instruction.
    pub(super) fn pc(&self) -> u32 {
        self.proto.code.len() as u32
    }

    /// Returns an instruction for change.
    pub(super) fn at(&mut self, pc: u32) -> &mut Instr {
        &mut self.proto.code[pc as usize]
    }

    /// Marks the next instruction as a jump target and returns its position.
    pub(super) fn label_here(&mut self) -> u32 {
        self.last_target = self.pc();
        self.last_target
    }

    /// Returns the last instruction if it may be merged with what follows.
    pub(super) fn mergeable(&mut self) -> Option<&mut Instr> {
        if self.pc() > self.last_target { self.proto.code.last_mut() } else { None }
    }

    /// Drops the last instruction.
    pub(super) fn remove_last(&mut self) {
        self.proto.code.pop();
        self.proto.lines.pop();
    }

    /// Returns how many registers the first `vars` variables take.
    pub(super) fn level(&self, vars: usize) -> u8 {
        vars.checked_sub(1).map_or(0, |last| self.vars[last].top)
    }

    /// Tells how far apart a jump and its target are, as the jump stores it.
    pub(super) fn fix_jump(&mut self, pc: u32, dest: u32) {
        self.at(pc).x = dest.wrapping_sub(pc).wrapping_sub(1);
    }

    /// Returns the next jump of a patch list.
    fn next_jump(&self, pc: u32) -> u32 {
        match self.proto.code[pc as usize].sx() {
            -1 => u32::MAX,
            offset => pc.wrapping_add(1).wrapping_add_signed(offset),
        }
    }

    /// Appends list `more` to `list`.
    pub(super) fn concat(&mut self, list: &mut PatchList, more: PatchList) {
        self.join(&mut list.values, more.values);
        self.join(&mut list.plain, more.plain);
    }

    fn join(&mut self, links: &mut Links, more: Links) {
        if more.is_empty() {
        } else if links.is_empty() {
            *links = more;
        } else {
            self.fix_jump(links.tail, more.head);
            links.tail = more.tail;
        }
    }

    /// Gives a `TestSet` its register, or turns it into a `Test` if the value
    /// is not wanted or already there.
    fn patch_test(&mut self, pc: u32, reg: Option<u8>) {
        let instr = self.at(pc);
        match reg {
            Some(reg) if reg != instr.b => instr.a = reg,
            _ => {
                instr.op = Op::Test;
                instr.a = instr.b;
                instr.b = 0;
            }
        }
    }

    /// Makes sure no jump of a list produces a value.
    pub(super) fn remove_values(&mut self, list: &mut PatchList) {
        let mut pc = list.values.head;
        while pc != u32::MAX {
            self.patch_test(pc, None);
            pc = self.next_jump(pc);
        }
        let values = std::mem::replace(&mut list.values, PatchList::EMPTY.values);
        self.join(&mut list.plain, values);
    }

    /// Sends jumps that carry their value (into `reg`) to `with_value`, others to `other`.
    pub(super) fn patch_values(
        &mut self,
        list: PatchList,
        with_value: u32,
        reg: Option<u8>,
        other: u32,
    ) {
        let mut pc = list.values.head;
        while pc != u32::MAX {
            let next = self.next_jump(pc);
            self.patch_test(pc, reg);
            self.fix_jump(pc, with_value);
            pc = next;
        }
        let mut pc = list.plain.head;
        while pc != u32::MAX {
            let next = self.next_jump(pc);
            self.fix_jump(pc, other);
            pc = next;
        }
    }

    /// Sends all jumps of a list to `target`.
    pub(super) fn patch(&mut self, list: PatchList, target: u32) {
        self.patch_values(list, target, None, target);
    }

    /// Sends all jumps of a list to the next instruction.
    pub(super) fn patch_here(&mut self, list: PatchList) {
        if !list.is_empty() {
            let here = self.label_here();
            self.patch(list, here);
        }
    }

    /// Finishes the code from `pc` on: shortens jumps to jumps and flags the returns that
    /// close variables. Returns where it stopped after about `units` units of work, and
    /// how many those were.
    pub(super) fn finish(&mut self, from: usize, units: u64) -> (usize, u64) {
        let mut work = 0;
        let mut pc = from;
        while pc < self.proto.code.len() && work < units {
            let mut instr = self.proto.code[pc];
            match instr.op {
                Op::Return0 | Op::Return1 if self.needs_close || self.proto.is_vararg => {
                    instr.b = if instr.op == Op::Return0 { 1 } else { 2 };
                    instr.op = Op::Return;
                    instr.c = u8::from(self.needs_close);
                }
                Op::Return | Op::TailCall => instr.c = u8::from(self.needs_close),
                op if op.is_condition() || op == Op::Jmp => {
                    let (target, hops) = self.final_target(pc);
                    instr.x = target.wrapping_sub(pc as u32).wrapping_sub(1);
                    work += hops / HOPS_PER_UNIT;
                }
                _ => {}
            }
            self.proto.code[pc] = instr;
            work += u64::from(pc.is_multiple_of(FINISHED_PER_UNIT));
            pc += 1;
        }
        (pc, work)
    }

    /// Follows a jump through the jumps it leads to, within reason (loops of jumps exist).
    /// Returns where it ends, and how many they were.
    fn final_target(&self, pc: usize) -> (u32, u64) {
        let offset_from = |pc: u32, instr: &Instr| pc.wrapping_add(1).wrapping_add(instr.x);
        let mut target = offset_from(pc as u32, &self.proto.code[pc]);
        for hops in 0..100 {
            match self.proto.code.get(target as usize) {
                Some(next) if next.op == Op::Jmp => target = offset_from(target, next),
                _ => return (target, hops),
            }
        }
        (target, 100)
    }
}
