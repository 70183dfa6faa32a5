//! What is right, but reads as something else: `x =- 1`, `local a b = 1`, `local a f()`, a key
//! that stands twice.

use super::{Finding, Linter};
use crate::hints::tree::{Id, Shape};
use crate::syntax::ast::Kind;
use crate::syntax::token::Tok;
use std::collections::BTreeMap;

/// A key that is written in a constructor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Text(Vec<u8>),
    Number(i64),
    Truth(bool),
}

/// A constructor that has begun.
#[derive(Default)]
struct Constructor {
    /// The lines of its keys.
    lines: BTreeMap<Key, u32>,
    items: i64,
}

impl Linter<'_> {
    pub(super) fn written(&mut self) {
        self.signs();
        self.declarations();
        self.keys();
    }

    /// `x =- 1` is `x = -1`.
    fn signs(&mut self) {
        let tokens = &self.reading.tokens;
        for at in 1..tokens.len().saturating_sub(1) {
            let reversed = tokens.tok(at) == Tok::Byte(b'=')
                && tokens.tok(at + 1) == Tok::Byte(b'-')
                && tokens.touches_next(at)
                && !tokens.touches_next(at - 1)
                && !tokens.touches_next(at + 1);
            if reversed {
                self.lint.findings.push(Finding {
                    rule: "reversed-operator",
                    span: tokens.span(at, at + 1),
                    message: "`=-` is `=` with a negative value".to_owned(),
                    hint: Some("to subtract, write `x = x - 1`; else write `x = -1`".to_owned()),
                });
            }
        }
    }

    /// `local a b = 1` are two statements, and `local a f()`.
    fn declarations(&mut self) {
        let tokens = &self.reading.tokens;
        for node in &self.reading.chunk.nodes {
            let Kind::LocalEnd { exprs: 0, .. } = node.kind else { continue };
            let next = tokens.at(node.at as usize);
            let Some(last) = next.checked_sub(1) else { continue };
            let names = [last, next].map(|at| matches!(tokens.tok(at), Tok::Name(_)));
            let same_line = tokens.get(last).line == tokens.get(next).line;
            // `local f f = function() ... end` is one way to have a function call itself.
            let same_name = tokens.text(last) == tokens.text(next);
            if names != [true, true] || !same_line || same_name {
                continue;
            }
            let [a, b] = [last, next].map(|at| String::from_utf8_lossy(tokens.text(at)));
            let (rule, what, hint) = if matches!(tokens.tok(next + 1), Tok::Byte(b'=' | b',')) {
                let hint = format!("to declare both, write `local {a}, {b} = ...`");
                ("missing-comma", format!("'{b}' is set"), hint)
            } else if let Some(called) = self.called(next) {
                let hint = format!("to keep what that returns, write `{a} = {called}(...)`");
                ("missing-assignment", format!("'{called}' is called"), hint)
            } else {
                continue;
            };
            self.lint.findings.push(Finding {
                rule,
                span: tokens.span(next, next),
                message: format!("the `local` ends with '{a}': {what} by another statement"),
                hint: Some(hint),
            });
        }
    }

    /// Returns what is called by a statement that begins with a name: `table.insert`.
    fn called(&self, name: usize) -> Option<String> {
        let tokens = &self.reading.tokens;
        let mut called = String::from_utf8_lossy(tokens.text(name)).into_owned();
        let mut at = name + 1;
        while let Tok::Byte(joint @ (b'.' | b':')) = tokens.tok(at) {
            called.push(char::from(joint));
            called.push_str(&String::from_utf8_lossy(tokens.text(at + 1)));
            at += 2;
        }
        (tokens.tok(at) == Tok::Byte(b'(')).then_some(called)
    }

    /// `{a = 1, a = 2}` loses a value.
    fn keys(&mut self) {
        let (tokens, tree) = (&self.reading.tokens, &self.reading.tree);
        let mut open: Vec<Constructor> = Vec::new();
        for (index, node) in self.reading.chunk.nodes.iter().enumerate() {
            let ahead = tokens.at(node.at as usize);
            let (key, at) = match node.kind {
                Kind::TableOpen => {
                    open.push(Constructor::default());
                    continue;
                }
                Kind::TableClose => {
                    open.pop();
                    continue;
                }
                Kind::ItemNamed(name) => {
                    let at = ahead.saturating_sub(2);
                    (Some(Key::Text(self.reading.name(name).to_vec())), (at, at))
                }
                Kind::ItemPositional => {
                    let (Some(table), [value]) = (open.last_mut(), tree.taken(index)) else {
                        continue;
                    };
                    table.items += 1;
                    (Some(Key::Number(table.items)), tree.exprs[*value].tokens)
                }
                Kind::ItemKeyEnd => {
                    let [key, _] = tree.taken(index) else { continue };
                    (self.key(*key), tree.exprs[*key].tokens)
                }
                _ => continue,
            };
            let (Some(key), Some(table)) = (key, open.last_mut()) else { continue };
            let Some(line) = table.lines.insert(key.clone(), tokens.get(at.0).line) else {
                continue;
            };
            let key = match key {
                Key::Text(text) => format!("'{}'", String::from_utf8_lossy(&text)),
                Key::Number(number) => number.to_string(),
                Key::Truth(truth) => truth.to_string(),
            };
            self.lint.findings.push(Finding {
                rule: "duplicate-key",
                span: tokens.span(at.0, at.1),
                message: format!(
                    "the key {key} stands twice in this table, first on line {line}: one of the \
                     values is lost"
                ),
                hint: None,
            });
        }
    }

    /// Returns the key that an expression is, if that can be read from it.
    fn key(&self, id: Id) -> Option<Key> {
        Some(match *self.shape(self.reading.tree.inside(id)) {
            Shape::Str(text) => Key::Text(self.reading.name(text).to_vec()),
            Shape::Integer(number) => Key::Number(number),
            Shape::True => Key::Truth(true),
            Shape::False => Key::Truth(false),
            _ => return None,
        })
    }
}
