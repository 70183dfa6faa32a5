//! The expressions of a tape, as a tree with places.
//!
//! The tape has one node for each event and says where the look-ahead token was; with the
//! list of tokens that gives every expression its first and last token. Each expression also
//! knows the node that made it and the one that took it: between the two a compiler makes its
//! code.

use super::Span;
use super::tokens::Tokens;
use crate::syntax::ast::{BinOp, Chunk, Kind, StrId, UnOp};
use crate::syntax::token::Tok;
use std::ops::Range;

/// The number of an expression.
pub(crate) type Id = usize;

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    Nil,
    True,
    False,
    Integer(i64),
    Float(f64),
    Str(StrId),
    Vararg,
    Name(StrId),
    Field {
        base: Id,
        name: StrId,
    },
    Index {
        base: Id,
        key: Id,
    },
    /// The callee of a method call.
    Method {
        base: Id,
        name: StrId,
    },
    /// `open` is the node of the parenthesis; the arguments are among the lists.
    Call {
        callee: Id,
        open: usize,
        args: Range<usize>,
    },
    Paren(Id),
    Unary(UnOp, Id),
    Binary(BinOp, Id, Id),
    Table,
    Function,
}

/// An expression.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub shape: Shape,
    /// Its first and its last token.
    pub tokens: (usize, usize),
    /// The node that made it.
    pub made: usize,
    /// The first node that takes it up, once there is one.
    pub used: usize,
    /// The expression it is a part of.
    pub parent: Option<Id>,
}

/// What a node of the tape did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Done {
    /// The expression it made.
    pub made: Option<Id>,
    /// Those it took away, as a part of the lists.
    pub taken: Range<usize>,
}

/// The expressions of a chunk.
#[derive(Debug)]
pub(crate) struct Tree {
    pub exprs: Vec<Expr>,
    /// Lists of expressions.
    pub lists: Vec<Id>,
    /// What each node did.
    pub nodes: Vec<Done>,
    /// Of each node that ends a generic `for`: the node of its `do`.
    pub loops: Vec<(usize, usize)>,
}

/// Node that has not come.
const NEVER: usize = usize::MAX;

struct Builder<'a> {
    tokens: &'a Tokens<'a>,
    tree: Tree,
    stack: Vec<Id>,
    /// Openings of calls, tables and functions: node, and first token.
    open: Vec<(usize, usize)>,
    fors: Vec<usize>,
    node: usize,
}

impl Tree {
    /// Builds it; the tape may end anywhere.
    pub(crate) fn build(chunk: &Chunk, tokens: &Tokens<'_>) -> Tree {
        let nodes = vec![Done::default(); chunk.nodes.len()];
        let tree = Tree { exprs: Vec::new(), lists: Vec::new(), nodes, loops: Vec::new() };
        let mut builder = Builder {
            tokens,
            tree,
            stack: Vec::new(),
            open: Vec::new(),
            fors: Vec::new(),
            node: 0,
        };
        for (index, node) in chunk.nodes.iter().enumerate() {
            builder.node = index;
            builder.add(node.kind, tokens.at(node.at as usize));
        }
        builder.tree
    }

    /// Returns where an expression is.
    pub(crate) fn span(&self, tokens: &Tokens<'_>, id: Id) -> Span {
        let (first, last) = self.exprs[id].tokens;
        tokens.span(first, last)
    }

    /// Returns the expressions that a node took away.
    pub(crate) fn taken(&self, node: usize) -> &[Id] {
        let range = self.nodes.get(node).map_or(0..0, |done| done.taken.clone());
        self.lists.get(range).unwrap_or(&[])
    }

    /// Returns the arguments of a call.
    pub(crate) fn args(&self, id: Id) -> &[Id] {
        match &self.exprs[id].shape {
            Shape::Call { args, .. } => self.lists.get(args.clone()).unwrap_or(&[]),
            _ => &[],
        }
    }

    /// Returns an expression without the parentheses around it.
    pub(crate) fn inside(&self, mut id: Id) -> Id {
        while let Shape::Paren(inner) = self.exprs[id].shape {
            id = inner;
        }
        id
    }
}

impl Builder<'_> {
    fn push(&mut self, shape: Shape, first: usize, last: usize) {
        let id = self.tree.exprs.len();
        let parts: Vec<Id> = match &shape {
            Shape::Field { base, .. } | Shape::Method { base, .. } => vec![*base],
            Shape::Index { base, key } => vec![*base, *key],
            Shape::Paren(part) | Shape::Unary(_, part) => vec![*part],
            Shape::Binary(_, left, right) => vec![*left, *right],
            Shape::Call { callee, args, .. } => {
                let mut parts = self.tree.lists[args.clone()].to_vec();
                parts.push(*callee);
                parts
            }
            _ => Vec::new(),
        };
        for part in parts {
            self.tree.exprs[part].parent = Some(id);
        }
        let (made, used) = (self.node, NEVER);
        self.tree.exprs.push(Expr { shape, tokens: (first, last), made, used, parent: None });
        self.tree.nodes[self.node].made = Some(id);
        self.stack.push(id);
    }

    /// Notes that the operand on top is taken up here.
    fn touch(&mut self) {
        if let Some(&top) = self.stack.last() {
            let used = &mut self.tree.exprs[top].used;
            *used = (*used).min(self.node);
        }
    }

    /// Takes operands away, as a list.
    fn take(&mut self, count: usize) -> Range<usize> {
        self.touch();
        let from = self.stack.len().saturating_sub(count);
        let start = self.tree.lists.len();
        for id in self.stack.drain(from..) {
            let used = &mut self.tree.exprs[id].used;
            *used = (*used).min(self.node);
            self.tree.lists.push(id);
        }
        let range = start..self.tree.lists.len();
        self.tree.nodes[self.node].taken = range.clone();
        range
    }

    /// Takes one operand away.
    fn one(&mut self) -> Option<Id> {
        let range = self.take(1);
        self.tree.lists.get(range.start).copied()
    }

    fn add(&mut self, kind: Kind, ahead: usize) {
        let last = ahead.saturating_sub(1);
        match kind {
            Kind::Nil => self.push(Shape::Nil, last, last),
            Kind::True => self.push(Shape::True, last, last),
            Kind::False => self.push(Shape::False, last, last),
            Kind::Integer(n) => self.push(Shape::Integer(n), last, last),
            Kind::Float(n) => self.push(Shape::Float(n), last, last),
            Kind::Str(id) => self.push(Shape::Str(id), last, last),
            Kind::Name(id) => self.push(Shape::Name(id), last, last),
            // Written before its token is consumed.
            Kind::Vararg { .. } => self.push(Shape::Vararg, ahead, ahead),
            Kind::Field(name) => {
                if let Some(base) = self.one() {
                    let first = self.tree.exprs[base].tokens.0;
                    self.push(Shape::Field { base, name }, first, ahead + 1);
                }
            }
            Kind::Method(name) => {
                if let Some(base) = self.one() {
                    let first = self.tree.exprs[base].tokens.0;
                    self.push(Shape::Method { base, name }, first, last);
                }
            }
            Kind::IndexOpen | Kind::Infix(_) | Kind::Comma | Kind::Target => self.touch(),
            Kind::Index => {
                let both = self.take(2);
                if let [base, key] = self.tree.lists[both] {
                    let first = self.tree.exprs[base].tokens.0;
                    self.push(Shape::Index { base, key }, first, ahead);
                }
            }
            Kind::CallOpen => {
                self.touch();
                self.open.push((self.node, ahead));
            }
            Kind::Call { args } => {
                let (open, _) = self.open.pop().unwrap_or((self.node, ahead));
                let args = self.take(args as usize);
                let callee = self.one();
                // What the node took are its arguments.
                self.tree.nodes[self.node].taken = args.clone();
                if let Some(callee) = callee {
                    let first = self.tree.exprs[callee].tokens.0;
                    self.push(Shape::Call { callee, open, args }, first, last);
                }
            }
            Kind::Paren => {
                if let Some(inner) = self.one() {
                    let first = self.tree.exprs[inner].tokens.0.saturating_sub(1);
                    self.push(Shape::Paren(inner), first, last);
                }
            }
            Kind::Unary(op) => {
                if let Some(operand) = self.one() {
                    let (first, last) = self.tree.exprs[operand].tokens;
                    self.push(Shape::Unary(op, operand), first.saturating_sub(1), last);
                }
            }
            Kind::Binary(op) => {
                let both = self.take(2);
                if let [left, right] = self.tree.lists[both] {
                    let (first, last) =
                        (self.tree.exprs[left].tokens.0, self.tree.exprs[right].tokens.1);
                    self.push(Shape::Binary(op, left, right), first, last);
                }
            }
            Kind::TableOpen => self.open.push((self.node, ahead)),
            Kind::TableClose => {
                let (_, first) = self.open.pop().unwrap_or((self.node, last));
                self.push(Shape::Table, first, last);
            }
            Kind::FunctionOpen { .. } => {
                // The word, which the name of a statement may stand behind.
                let mut first = last;
                while first > 0 && self.tokens.tok(first) != Tok::Function {
                    first -= 1;
                }
                self.open.push((self.node, first));
            }
            Kind::FunctionClose => {
                let (_, first) = self.open.pop().unwrap_or((self.node, last));
                self.push(Shape::Function, first, last);
            }
            _ => self.statement(kind),
        }
    }

    fn statement(&mut self, kind: Kind) {
        let count = match kind {
            Kind::ItemPositional
            | Kind::ItemNamedEnd
            | Kind::ExprStat
            | Kind::LocalFunctionEnd
            | Kind::WhileDo
            | Kind::Then
            | Kind::RepeatEnd => 1,
            Kind::ItemKey => return self.touch(),
            Kind::ItemKeyEnd | Kind::FunctionStatEnd => 2,
            Kind::LocalEnd { exprs, .. } | Kind::ReturnEnd { exprs } | Kind::ForNumDo { exprs } => {
                exprs as usize
            }
            Kind::ForInDo { exprs, .. } => {
                self.fors.push(self.node);
                exprs as usize
            }
            Kind::ForInEnd { .. } => {
                if let Some(begin) = self.fors.pop() {
                    self.tree.loops.push((self.node, begin));
                }
                return;
            }
            Kind::AssignEnd { targets, exprs } => {
                let all = targets as usize + exprs as usize;
                self.take(all);
                return;
            }
            _ => return,
        };
        if count > 0 {
            self.take(count);
        }
    }
}
