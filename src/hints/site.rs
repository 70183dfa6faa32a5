//! Which expression an instruction was made for.
//!
//! The tape is compiled with the numbers of its nodes in place of lines. Where a compiler
//! attributes an instruction to the node that ends its construct, that is the expression;
//! where it attributes it to whatever was read last, all instructions of that kind, key and
//! node are counted, and so are the expressions that are made into code there: they come in
//! the same order. Where the numbers differ nothing is said.

use super::reading::{Allowance, Reading};
use super::tree::{Id, Shape};
use crate::bytecode::op::{Instr, Op};
use crate::bytecode::proto::{Const, LocVar, Proto, UpvalDesc};
use crate::compiler::Compiler;
use crate::syntax::ast::{BinOp, Kind};
use std::sync::Arc;

/// What an instruction does, in the source's terms.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Site {
    /// `base.name` or `base[key]`, read.
    Get(Id),
    /// The same, assigned to.
    Set(Id),
    /// `base:name`.
    Method(Id),
    /// A call.
    Call(Id),
    /// A binary or unary operation that is no concatenation or comparison.
    Operation(Id),
    /// The operands of a concatenation, and the whole.
    Concat { operands: Vec<Id>, whole: Id },
    /// A comparison.
    Compare(Id),
    /// `[key] = value` in a constructor: the key.
    Item(Id),
    /// The values of a numeric `for`.
    ForNum(Vec<Id>),
    /// The values of a generic `for`.
    ForIn(Vec<Id>),
}

/// What is found: the site, the instruction, and the local variables there, the innermost
/// first, with their registers.
pub(crate) type Found = (Site, Instr, Vec<(String, u8)>);

/// Finds what the instruction at `pc` of the function with this print is.
pub(crate) fn find(reading: &Reading<'_>, print: u64, pc: usize) -> Option<Found> {
    let main = relined(reading)?;
    let mut found: Option<Found> = None;
    let mut pending = vec![&main];
    while let Some(candidate) = pending.pop() {
        if print_with(candidate, |number| line_of(reading, number)) == print {
            // Functions that are the same on the same line cannot be told apart.
            let site = Finder { reading, proto: candidate }.site(pc)?;
            if found.as_ref().is_some_and(|(found, ..)| *found != site) {
                return None;
            }
            found = Some((site, *candidate.code.get(pc)?, locals(candidate, pc)));
        }
        pending.extend(candidate.protos.iter().map(|inner| &**inner));
    }
    found
}

/// Returns the local variables that are active at an instruction, the innermost first.
fn locals(proto: &Proto, pc: usize) -> Vec<(String, u8)> {
    let active = |var: &&LocVar| var.start_pc as usize <= pc && pc < var.end_pc as usize;
    let all = proto.loc_vars.iter().rev().filter(active);
    all.map(|var| (String::from_utf8_lossy(&var.name).into_owned(), var.reg)).collect()
}

/// The number of the first node: what a compiler makes before it comes on line 1.
const FIRST: u32 = 2;
/// Marks a line that a node has beside its own: it stays a line.
const LINE: u32 = 1 << 31;

/// Compiles a source whose tape has the numbers of its nodes as lines.
fn relined(reading: &Reading<'_>) -> Option<Proto> {
    // What ran was right; a snapshot may say that this is its source.
    if reading.error.is_some() {
        return None;
    }
    let mut chunk = reading.chunk.clone();
    for (index, node) in chunk.nodes.iter_mut().enumerate() {
        node.line = u32::try_from(index).ok()?.checked_add(FIRST)?;
        if let Kind::Vararg { before } | Kind::ForNumEnd { before } | Kind::ForInEnd { before } =
            &mut node.kind
        {
            *before |= LINE;
        }
    }
    let mut compiler = Compiler::new(chunk, Arc::from(&b"="[..]), true);
    match compiler.go_on(u64::MAX, &mut Allowance::new()) {
        Ok(Ok(())) => Some(compiler.take_proto()),
        _ => None,
    }
}

/// Returns the line that a node's number stands for.
fn line_of(reading: &Reading<'_>, number: u32) -> u32 {
    if number & LINE != 0 {
        return number & !LINE;
    }
    let node = number.checked_sub(FIRST).and_then(|index| reading.chunk.nodes.get(index as usize));
    node.map_or(number, |node| node.line)
}

/// Returns a number that tells a function apart from others: made of its code, its constants
/// and its lines.
pub(crate) fn print_of(proto: &Proto) -> u64 {
    print_with(proto, |line| line)
}

fn print_with(proto: &Proto, line_of: impl Fn(u32) -> u32) -> u64 {
    // FNV-1a, by words.
    let mut print = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |word: u64| print = (print ^ word).wrapping_mul(0x0100_0000_01b3);
    add(u64::from(line_of(proto.line_defined)));
    for (instr, line) in proto.code.iter().zip(&proto.lines) {
        let operands = [instr.op as u8, instr.a, instr.b, instr.c];
        add(u64::from(u32::from_le_bytes(operands)) << 32 | u64::from(instr.x));
        add(u64::from(line_of(*line)));
    }
    for constant in &proto.constants {
        match constant {
            Const::Nil => add(1),
            Const::Boolean(value) => add(2 + u64::from(*value)),
            Const::Integer(n) => add(n.cast_unsigned()),
            Const::Number(n) => add(n.to_bits()),
            Const::String(text) => text.iter().for_each(|byte| add(u64::from(*byte))),
        }
    }
    print
}

struct Finder<'a> {
    reading: &'a Reading<'a>,
    proto: &'a Proto,
}

impl Finder<'_> {
    fn site(&self, pc: usize) -> Option<Site> {
        let instr = *self.proto.code.get(pc)?;
        let node = self.node(pc)?;
        let made = self.reading.tree.nodes.get(node)?.made;
        match instr.op {
            Op::GetTabUp | Op::GetField | Op::GetI | Op::GetTable => {
                self.get(pc, instr, node).map(Site::Get)
            }
            Op::SetTabUp | Op::SetField | Op::SetI | Op::SetTable => {
                self.set(pc, instr, node).map(Site::Set).or_else(|| self.item(node).map(Site::Item))
            }
            Op::SelfOp => made.map(Site::Method),
            Op::Call | Op::TailCall => self.call(node).map(Site::Call),
            Op::Concat => self.concat(made?, usize::from(instr.b)),
            Op::Lt | Op::Le | Op::LtI | Op::LeI | Op::GtI | Op::GeI => self.compare(node),
            Op::ForPrep => Some(Site::ForNum(self.reading.tree.taken(node).to_vec())),
            Op::TForCall => {
                let loops = &self.reading.tree.loops;
                let (_, begin) = loops.iter().find(|(end, _)| *end == node)?;
                Some(Site::ForIn(self.reading.tree.taken(*begin).to_vec()))
            }
            _ => match self.reading.tree.exprs.get(made?)?.shape {
                Shape::Unary(..) | Shape::Binary(..) => made.map(Site::Operation),
                _ => None,
            },
        }
    }

    /// Returns the node that an instruction is attributed to.
    fn node(&self, pc: usize) -> Option<usize> {
        self.proto.lines.get(pc)?.checked_sub(FIRST).map(|number| number as usize)
    }

    /// Returns the node that code made at `node` is attributed to.
    fn attributed(&self, node: usize) -> usize {
        let nodes = &self.reading.chunk.nodes;
        let kept = |at: &usize| nodes.get(*at).is_none_or(|node| !node.kind.keeps_line());
        let begins = nodes.get(node).is_some_and(|node| node.kind.begins_line());
        let last = if begins { node.saturating_sub(1) } else { node };
        (0..=last).rev().find(kept).unwrap_or(0)
    }

    /// Returns the place of an instruction among those like it.
    fn ordinal(&self, pc: usize, instr: Instr, node: usize) -> (usize, usize) {
        let alike = |at: &usize| {
            self.node(*at) == Some(node) && self.key_of(self.proto.code[*at]) == self.key_of(instr)
        };
        let all = (0..self.proto.code.len()).filter(alike);
        let before = all.clone().take_while(|at| *at < pc).count();
        (before, all.count())
    }

    /// Returns what tells apart instructions that read, or that assign to, a part.
    fn key_of(&self, instr: Instr) -> Option<(bool, Key<'_>)> {
        let text = |index: u32| match self.proto.constants.get(index as usize) {
            Some(Const::String(text)) => Key::Text(text),
            _ => Key::Any,
        };
        Some(match instr.op {
            Op::GetTabUp if self.proto.upvalues.get(usize::from(instr.b)).is_some_and(is_env) => {
                return None;
            }
            Op::GetField | Op::GetTabUp => (false, text(instr.x)),
            Op::SetField | Op::SetTabUp => (true, text(instr.x)),
            Op::GetI => (false, Key::Integer(instr.sx())),
            Op::SetI => (true, Key::Integer(instr.sx())),
            Op::GetTable => (false, Key::Any),
            Op::SetTable => (true, Key::Any),
            _ => return None,
        })
    }

    /// Returns the same of an expression, if it is certain.
    fn key_in(&self, id: Id) -> Option<Key<'_>> {
        let tree = &self.reading.tree;
        let short = |text| match text {
            text if <[u8]>::len(text) <= crate::bytecode::verify::SHORT_STRING => Key::Text(text),
            _ => Key::Any,
        };
        Some(match tree.exprs[id].shape {
            Shape::Field { name, .. } => short(self.reading.name(name)),
            Shape::Index { key, .. } => match tree.exprs[key].shape {
                Shape::Str(text) => short(self.reading.name(text)),
                Shape::Integer(n) => i32::try_from(n).map_or(Key::Any, Key::Integer),
                // Folded, or a variable that is a constant: it may be any of them.
                Shape::Unary(..) | Shape::Binary(..) | Shape::Paren(_) | Shape::Name(_) => {
                    return None;
                }
                _ => Key::Any,
            },
            _ => return None,
        })
    }

    /// Takes the one of a list that is at an instruction's place.
    fn pick(&self, alike: &[Id], pc: usize, instr: Instr, node: usize) -> Option<Id> {
        let (before, count) = self.ordinal(pc, instr, node);
        match alike {
            [only] if count == 1 => Some(*only),
            _ if alike.len() == count => alike.get(before).copied(),
            _ => None,
        }
    }

    fn get(&self, pc: usize, instr: Instr, node: usize) -> Option<Id> {
        let key = self.key_of(instr)?.1;
        let exprs = &self.reading.tree.exprs;
        let here = |id: &Id| {
            let used = exprs[*id].used;
            used != usize::MAX && self.attributed(used) == node && !self.is_target(*id)
        };
        let mut alike: Vec<Id> = (0..exprs.len())
            .filter(|id| matches!(exprs[*id].shape, Shape::Field { .. } | Shape::Index { .. }))
            .filter(here)
            .collect();
        alike.retain(|id| self.key_in(*id).is_none_or(|own| own == key));
        alike.sort_by_key(|id| (exprs[*id].used, exprs[*id].made));
        self.pick(&alike, pc, instr, node)
    }

    /// Tells whether an expression is what is assigned to.
    fn is_target(&self, id: Id) -> bool {
        let nodes = &self.reading.chunk.nodes;
        let used = self.reading.tree.exprs[id].used;
        matches!(nodes.get(used).map(|node| node.kind), Some(Kind::Target | Kind::FunctionStatEnd))
    }

    fn set(&self, pc: usize, instr: Instr, node: usize) -> Option<Id> {
        let (tree, nodes) = (&self.reading.tree, &self.reading.chunk.nodes);
        let taken = tree.taken(node);
        let targets = match nodes.get(node)?.kind {
            Kind::AssignEnd { targets, .. } => taken.get(..targets as usize)?,
            Kind::FunctionStatEnd => taken.get(..1)?,
            _ => return None,
        };
        let key = self.key_of(instr)?.1;
        // They are stored from right to left.
        let is_part =
            |id: &&Id| matches!(tree.exprs[**id].shape, Shape::Field { .. } | Shape::Index { .. });
        let mut alike: Vec<Id> = targets.iter().rev().filter(is_part).copied().collect();
        alike.retain(|id| self.key_in(*id).is_none_or(|own| own == key));
        self.pick(&alike, pc, instr, node)
    }

    /// Returns the key of a constructor's item, if it alone is made at a node.
    fn item(&self, node: usize) -> Option<Id> {
        let nodes = &self.reading.chunk.nodes;
        let here = |at: &usize| nodes[*at].kind == Kind::ItemKeyEnd && self.attributed(*at) == node;
        let mut all = (node..nodes.len()).filter(here);
        let (only, None) = (all.next()?, all.next()) else { return None };
        self.reading.tree.taken(only).first().copied()
    }

    fn call(&self, node: usize) -> Option<Id> {
        let is_it = |shape: &Shape| matches!(shape, Shape::Call { open, .. } if *open == node);
        self.reading.tree.exprs.iter().position(|expr| is_it(&expr.shape))
    }

    /// Goes from the last `..` of a chain to its first.
    fn concat(&self, last: Id, count: usize) -> Option<Site> {
        let exprs = &self.reading.tree.exprs;
        let Shape::Binary(BinOp::Concat, left, right) = exprs[last].shape else { return None };
        let (mut operands, mut whole) = (vec![right, left], last);
        while operands.len() < count {
            let parent = exprs[whole].parent?;
            match exprs[parent].shape {
                Shape::Binary(BinOp::Concat, left, right) if right == whole => {
                    operands.push(left);
                    whole = parent;
                }
                _ => return None,
            }
        }
        operands.reverse();
        Some(Site::Concat { operands, whole })
    }

    /// A comparison is attributed to what was read before it.
    fn compare(&self, node: usize) -> Option<Site> {
        let (tree, nodes) = (&self.reading.tree, &self.reading.chunk.nodes);
        let behind = (node + 1..nodes.len()).take_while(|at| nodes[*at].kind.keeps_line());
        let is_it = |at: &usize| {
            let order = [BinOp::Lt, BinOp::Le, BinOp::Gt, BinOp::Ge];
            matches!(nodes[*at].kind, Kind::Binary(op) if order.contains(&op))
        };
        let at = behind.into_iter().find(is_it)?;
        tree.nodes[at].made.map(Site::Compare)
    }
}

/// Tells whether an upvalue is the one that globals are in.
fn is_env(upvalue: &UpvalDesc) -> bool {
    &*upvalue.name == b"_ENV"
}

/// What an instruction that reads or assigns a part has as its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key<'a> {
    Text(&'a [u8]),
    Integer(i32),
    /// In a register.
    Any,
}
