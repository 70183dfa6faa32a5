//! Which variable each name is.

use super::reading::Reading;
use super::tree::{Id, Shape};
use crate::syntax::ast::{Attrib, Kind, StrId};
use std::collections::{BTreeMap, BTreeSet};

/// How a variable came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// `local`
    Local,
    /// `local function`
    Function,
    /// A parameter.
    Parameter,
    /// The variable of a loop.
    Loop,
}

/// A local variable.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub name: StrId,
    pub origin: Origin,
    pub attrib: Attrib,
    /// The token of its declaration.
    pub token: usize,
    /// The variable of the same function that it hides.
    pub hides: Option<usize>,
    /// Whether it is declared together with others, and has none of them behind it.
    pub last: bool,
    pub reads: usize,
    pub writes: usize,
    /// What it is declared with, `local name = value`.
    pub value: Option<Id>,
    /// The number of the function it belongs to.
    function: usize,
    /// The node where its scope ends.
    pub end: usize,
}

impl Variable {
    /// Returns what the variable is another name of: it is declared with it, and never set again.
    pub(crate) fn alias_of(&self) -> Option<Id> {
        self.value.filter(|_| self.origin == Origin::Local && self.writes == 0)
    }
}

/// The names of a chunk.
#[derive(Debug, Default)]
pub(crate) struct Scopes {
    pub variables: Vec<Variable>,
    /// The variable that an expression is, if it is a name and not a global.
    pub meaning: BTreeMap<Id, usize>,
    /// Names that are globals, in order.
    pub globals: Vec<Id>,
    /// The expressions that each variable is.
    pub uses: Vec<Vec<Id>>,
    /// Globals that are assigned to.
    pub assigned: BTreeSet<StrId>,
    /// Whether some part of the chunk has its own globals.
    pub own_globals: bool,
}

struct Walk<'a> {
    reading: &'a Reading<'a>,
    scopes: Scopes,
    /// The variable that each name stands for, innermost last.
    bound: BTreeMap<StrId, Vec<usize>>,
    /// Variables of the blocks that are open.
    blocks: Vec<Vec<usize>>,
    /// Declared, and not in scope yet.
    pending: Vec<usize>,
    functions: Vec<usize>,
    count: usize,
}

impl Scopes {
    /// Finds out what the names of a chunk are.
    pub(crate) fn of(reading: &Reading<'_>) -> Scopes {
        let mut walk = Walk {
            reading,
            scopes: Scopes::default(),
            bound: BTreeMap::new(),
            blocks: vec![Vec::new()],
            pending: Vec::new(),
            functions: vec![0],
            count: 0,
        };
        for node in 0..reading.chunk.nodes.len() {
            walk.node(node);
        }
        while !walk.blocks.is_empty() {
            walk.close(reading.chunk.nodes.len());
        }
        walk.scopes
    }
}

impl Walk<'_> {
    fn node(&mut self, index: usize) {
        let node = self.reading.chunk.nodes[index];
        match node.kind {
            Kind::Name(name) => self.name(index, name),
            Kind::LocalName(name, attrib) => {
                let token = self.declared_at(index, attrib);
                self.declare(name, Origin::Local, attrib, token);
            }
            Kind::LocalEnd { names, .. } => {
                let from = self.pending.len().saturating_sub(names as usize);
                if let Some(last) = self.pending.last() {
                    self.scopes.variables[*last].last = true;
                }
                let values = self.reading.tree.taken(index);
                for (variable, value) in self.pending[from..].iter().zip(values) {
                    self.scopes.variables[*variable].value = Some(*value);
                }
                self.activate(from);
            }
            Kind::LocalFunction(name) => {
                let token = self.before(index);
                self.declare(name, Origin::Function, Attrib::Regular, token);
                let from = self.pending.len() - 1;
                self.scopes.variables[self.pending[from]].last = true;
                self.activate(from);
            }
            Kind::Param(name) => {
                let token = self.before(index);
                self.declare(name, Origin::Parameter, Attrib::Regular, token);
                let from = self.pending.len() - 1;
                self.activate(from);
            }
            Kind::ForNum(name) | Kind::ForName(name) => {
                let token = self.name_before(index, name);
                self.declare(name, Origin::Loop, Attrib::Regular, token);
            }
            Kind::ForNumDo { .. } => {
                self.blocks.push(Vec::new());
                let from = self.pending.len().saturating_sub(1);
                self.activate(from);
            }
            Kind::ForInDo { names, .. } => {
                self.blocks.push(Vec::new());
                let from = self.pending.len().saturating_sub(names as usize);
                self.activate(from);
            }
            Kind::FunctionOpen { .. } => {
                self.count += 1;
                self.functions.push(self.count);
                self.blocks.push(Vec::new());
            }
            Kind::FunctionClose => {
                self.functions.pop();
                self.close(index);
            }
            Kind::DoOpen | Kind::WhileDo | Kind::Repeat | Kind::Then => {
                self.blocks.push(Vec::new())
            }
            Kind::ElseIf
            | Kind::DoClose
            | Kind::WhileEnd
            | Kind::ForNumEnd { .. }
            | Kind::ForInEnd { .. }
            | Kind::RepeatEnd
            | Kind::IfEnd => self.close(index),
            Kind::Else => {
                self.close(index);
                self.blocks.push(Vec::new());
            }
            _ => {}
        }
    }

    /// Returns the token before the one that a node was written at.
    fn before(&self, node: usize) -> usize {
        let at = self.reading.chunk.nodes[node].at as usize;
        self.reading.tokens.at(at).saturating_sub(1)
    }

    /// Returns the token of a name that was read in front of a node.
    fn name_before(&self, node: usize, name: StrId) -> usize {
        let (last, text) = (self.before(node), self.reading.name(name));
        let is_it = |at: &usize| self.reading.tokens.text(*at) == text;
        (last.saturating_sub(2)..=last).rev().find(is_it).unwrap_or(last)
    }

    /// Returns the token of a local's name, which its attribute stands behind.
    fn declared_at(&self, node: usize, attrib: Attrib) -> usize {
        let last = self.before(node);
        if attrib == Attrib::Regular { last } else { last.saturating_sub(3) }
    }

    fn declare(&mut self, name: StrId, origin: Origin, attrib: Attrib, token: usize) {
        let function = self.functions.last().copied().unwrap_or(0);
        let hides = self.bound.get(&name).and_then(|stack| stack.last()).copied();
        let hides = hides.filter(|index| self.scopes.variables[*index].function == function);
        self.pending.push(self.scopes.variables.len());
        self.scopes.uses.push(Vec::new());
        self.scopes.variables.push(Variable {
            name,
            origin,
            attrib,
            token,
            hides,
            last: false,
            reads: 0,
            writes: 0,
            value: None,
            function,
            end: usize::MAX,
        });
        if self.reading.name(name) == b"_ENV" {
            self.scopes.own_globals = true;
        }
    }

    fn activate(&mut self, from: usize) {
        for index in self.pending.split_off(from) {
            let name = self.scopes.variables[index].name;
            self.bound.entry(name).or_default().push(index);
            if let Some(block) = self.blocks.last_mut() {
                block.push(index);
            }
        }
    }

    fn close(&mut self, node: usize) {
        for index in self.blocks.pop().unwrap_or_default().into_iter().rev() {
            let variable = &mut self.scopes.variables[index];
            variable.end = node;
            if let Some(stack) = self.bound.get_mut(&variable.name)
                && stack.last() == Some(&index)
            {
                stack.pop();
            }
        }
    }

    fn name(&mut self, node: usize, name: StrId) {
        let Some(id) = self.reading.tree.nodes[node].made else { return };
        if self.reading.name(name) == b"_ENV" {
            self.scopes.own_globals = true;
        }
        let found = self.bound.get(&name).and_then(|stack| stack.last()).copied();
        let Some(index) = found else {
            self.scopes.globals.push(id);
            if is_target(self.reading, id) {
                self.scopes.assigned.insert(name);
            }
            return;
        };
        self.scopes.meaning.insert(id, index);
        self.scopes.uses[index].push(id);
        let variable = &mut self.scopes.variables[index];
        if is_target(self.reading, id) { variable.writes += 1 } else { variable.reads += 1 }
    }
}

/// Tells whether an expression is what is assigned to.
pub(crate) fn is_target(reading: &Reading<'_>, id: Id) -> bool {
    let used = reading.tree.exprs[id].used;
    let kind = reading.chunk.nodes.get(used).map(|node| node.kind);
    matches!(kind, Some(Kind::Target | Kind::FunctionStatEnd))
        && reading.tree.exprs[id].parent.is_none()
        && !matches!(reading.tree.exprs[id].shape, Shape::Function)
}
