//! The state of one function under compilation.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::exp::{PatchList, Value};
use crate::bytecode::op::{Instr, Op};
use crate::bytecode::proto::{Const, Proto};
use crate::syntax::ast::{Attrib, StrId};

/// A declared local variable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Var {
    pub name: StrId,
    pub attrib: Attrib,
    /// Its register, unless it is a compile-time constant.
    pub reg: u8,
    /// Its entry in the debug information, once it is in scope.
    pub debug: u32,
    /// Its value if it is a compile-time constant: such a variable has no register.
    pub constant: Option<Value>,
}

/// A block of statements.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub first_label: usize,
    pub first_goto: usize,
    /// Variables in scope outside the block.
    pub vars: usize,
    /// Whether a variable of the block is captured or to be closed.
    pub captured: bool,
    pub is_loop: bool,
    pub inside_tbc: bool,
}

/// A `goto` or `break` whose label is not known yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Goto {
    pub name: StrId,
    pub jumps: PatchList,
    pub line: u32,
    /// Variables in scope at the jump (or at the end of the blocks left since).
    pub vars: usize,
    /// Registers those variables take.
    pub level: u8,
    /// Whether a block with captured variables was left since.
    pub close: bool,
    pub solved: bool,
}

/// A label in scope.
#[derive(Clone, Copy, Debug)]
pub(super) struct Label {
    pub pc: u32,
    pub line: u32,
    pub vars: usize,
}

/// Which variable an upvalue stands for: function depth and variable index there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Binding {
    pub func: u32,
    pub var: u32,
}

/// The kind of a constant, to tell equal bits apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ConstKind {
    Nil,
    Boolean,
    Integer,
    Float,
    Str,
}

/// A function under compilation.
pub(super) struct FuncState {
    pub proto: Proto,
    constants: BTreeMap<(ConstKind, u64), u32>,
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
    pub labels: BTreeMap<StrId, Label>,
    pub label_names: Vec<StrId>,
    pub gotos: Vec<Goto>,
    pub goto_names: BTreeMap<StrId, Vec<u32>>,
    /// What each upvalue stands for, and the attribute of the variable.
    pub upvalues: Vec<(Binding, Attrib)>,
    pub needs_close: bool,
    /// Parameters still to be named.
    pub params_left: u32,
    /// Assignment targets complete so far.
    pub targets: usize,
}

impl FuncState {
    /// Starts a function.
    pub(super) fn new(source: &Arc<[u8]>) -> FuncState {
        let mut proto = Proto::default();
        proto.source = source.clone();
        proto.max_stack = 2;
        FuncState {
            proto,
            constants: BTreeMap::new(),
            vars: Vec::new(),
            active: 0,
            var_top: 0,
            free: 0,
            last_target: 0,
            blocks: Vec::new(),
            labels: BTreeMap::new(),
            label_names: Vec::new(),
            gotos: Vec::new(),
            goto_names: BTreeMap::new(),
            upvalues: Vec::new(),
            needs_close: false,
            params_left: 0,
            targets: 0,
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
        let with_register = self.vars[..vars].iter().rev().find(|v| v.constant.is_none());
        with_register.map_or(0, |v| v.reg.wrapping_add(1))
    }

    /// Tells how far apart a jump and its target are, as the jump stores it.
    pub(super) fn fix_jump(&mut self, pc: u32, dest: u32) {
        self.at(pc).x = dest.wrapping_sub(pc).wrapping_sub(1);
    }

    /// Returns the next jump of a patch list.
    pub(super) fn next_jump(&self, pc: u32) -> u32 {
        match self.proto.code[pc as usize].sx() {
            -1 => u32::MAX,
            offset => pc.wrapping_add(1).wrapping_add_signed(offset),
        }
    }

    /// Appends list `more` to `list`.
    pub(super) fn concat(&mut self, list: &mut PatchList, more: PatchList) {
        if more.is_empty() {
        } else if list.is_empty() {
            *list = more;
        } else {
            self.fix_jump(list.tail, more.head);
            list.tail = more.tail;
        }
    }

    /// Tells whether some jump of a list does not carry the value it tested.
    pub(super) fn needs_value(&self, list: PatchList) -> bool {
        let mut pc = list.head;
        while pc != u32::MAX {
            if self.proto.code[pc as usize].op != Op::TestSet {
                return true;
            }
            pc = self.next_jump(pc);
        }
        false
    }

    /// Gives a `TestSet` its register, or turns it into a `Test` if the value
    /// is not wanted or already there. Tells whether it was a `TestSet`.
    fn patch_test(&mut self, pc: u32, reg: Option<u8>) -> bool {
        let instr = self.at(pc);
        if instr.op != Op::TestSet {
            return false;
        }
        match reg {
            Some(reg) if reg != instr.b => instr.a = reg,
            _ => {
                instr.op = Op::Test;
                instr.a = instr.b;
                instr.b = 0;
            }
        }
        true
    }

    /// Makes sure no jump of a list produces a value.
    pub(super) fn remove_values(&mut self, list: PatchList) {
        let mut pc = list.head;
        while pc != u32::MAX {
            self.patch_test(pc, None);
            pc = self.next_jump(pc);
        }
    }

    /// Sends jumps that carry their value (into `reg`) to `with_value`, others to `other`.
    pub(super) fn patch_values(
        &mut self,
        list: PatchList,
        with_value: u32,
        reg: Option<u8>,
        other: u32,
    ) {
        let mut pc = list.head;
        while pc != u32::MAX {
            let next = self.next_jump(pc);
            let target = if self.patch_test(pc, reg) { with_value } else { other };
            self.fix_jump(pc, target);
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

    /// Returns the index of a constant and whether it is new.
    pub(super) fn constant(
        &mut self,
        value: Value,
        text: impl FnOnce(StrId) -> Box<[u8]>,
    ) -> (u32, bool) {
        let key = match value {
            Value::True => (ConstKind::Boolean, 1),
            Value::False => (ConstKind::Boolean, 0),
            Value::Integer(i) => (ConstKind::Integer, i as u64),
            Value::Float(f) => (ConstKind::Float, f.to_bits()),
            Value::Str(id) => (ConstKind::Str, u64::from(id.0)),
            _ => (ConstKind::Nil, 0),
        };
        let next = self.proto.constants.len() as u32;
        let index = *self.constants.entry(key).or_insert(next);
        if index == next {
            self.proto.constants.push(match value {
                Value::True => Const::Boolean(true),
                Value::False => Const::Boolean(false),
                Value::Integer(i) => Const::Integer(i),
                Value::Float(f) => Const::Number(f),
                Value::Str(id) => Const::String(text(id)),
                _ => Const::Nil,
            });
        }
        (index, index == next)
    }

    /// Finishes the code: shortens jumps to jumps and flags the returns that close variables.
    pub(super) fn finish(&mut self) {
        for pc in 0..self.proto.code.len() {
            let mut instr = self.proto.code[pc];
            match instr.op {
                Op::Return0 | Op::Return1 if self.needs_close || self.proto.is_vararg => {
                    instr.b = if instr.op == Op::Return0 { 1 } else { 2 };
                    instr.op = Op::Return;
                    instr.c = u8::from(self.needs_close);
                }
                Op::Return | Op::TailCall => instr.c = u8::from(self.needs_close),
                op if op.is_condition() || op == Op::Jmp => {
                    let target = self.final_target(pc);
                    instr.x = target.wrapping_sub(pc as u32).wrapping_sub(1);
                }
                _ => {}
            }
            self.proto.code[pc] = instr;
        }
    }

    /// Follows a jump through the jumps it leads to, within reason (loops of jumps exist).
    fn final_target(&self, pc: usize) -> u32 {
        let offset_from = |pc: u32, instr: &Instr| pc.wrapping_add(1).wrapping_add(instr.x);
        let mut target = offset_from(pc as u32, &self.proto.code[pc]);
        for _ in 0..100 {
            match self.proto.code.get(target as usize) {
                Some(next) if next.op == Op::Jmp => target = offset_from(target, next),
                _ => break,
            }
        }
        target
    }
}
