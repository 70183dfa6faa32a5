//! What looks wrong in a chunk that is right: names nobody has, variables nobody reads,
//! comparisons with one outcome.

use super::Span;
use super::names::{As, Names, is_foreign_value};
use super::reading::Reading;
use super::scopes::{Origin, Scopes, is_target};
use super::tree::{Id, Shape};
use crate::syntax::ast::{Attrib, BinOp, Kind, UnOp};
use std::collections::{BTreeMap, BTreeSet};

mod constant;
mod hosts;
mod written;

/// Something that looks wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub rule: &'static str,
    pub span: Span,
    pub message: String,
    pub hint: Option<String>,
}

/// What is known of a chunk without running it.
#[derive(Debug, Default)]
pub(crate) struct Lint {
    pub findings: Vec<Finding>,
    /// Functions of the host that the chunk names, each where it first does.
    pub calls: Vec<(String, Span)>,
}

struct Linter<'a> {
    reading: &'a Reading<'a>,
    names: &'a Names,
    scopes: Scopes,
    /// Globals, and fields of modules, that the chunk sets or looks for before it uses them.
    set: BTreeSet<String>,
    lint: Lint,
}

/// Looks at a chunk.
pub(crate) fn lint(reading: &Reading<'_>, names: &Names) -> Lint {
    let scopes = Scopes::of(reading);
    let mut linter = Linter { reading, names, scopes, set: BTreeSet::new(), lint: Lint::default() };
    linter.note_what_is_set();
    linter.names();
    linter.variables();
    linter.comparisons();
    linter.iterators();
    linter.written();
    linter.host_calls();
    let mut lint = linter.lint;
    lint.findings.sort_by_key(|finding| (finding.span.start, finding.rule));
    lint
}

impl Linter<'_> {
    fn span(&self, id: Id) -> Span {
        self.reading.tree.span(&self.reading.tokens, id)
    }

    fn shape(&self, id: Id) -> &Shape {
        &self.reading.tree.exprs[id].shape
    }

    /// Returns the path of globals and fields that an expression is: `jido.read_file`, and
    /// `files.read_file` behind `local files = jido`.
    fn path(&self, id: Id) -> Option<String> {
        let mut parts = Vec::new();
        let mut at = id;
        // Modules are not nested deeper.
        for _ in 0..6 {
            if let Some(value) = self.alias(at) {
                at = value;
                continue;
            }
            match *self.shape(at) {
                Shape::Name(name) if !self.scopes.meaning.contains_key(&at) => {
                    parts.push(self.reading.name(name));
                    parts.reverse();
                    let names: Option<Vec<&str>> =
                        parts.into_iter().map(|part| std::str::from_utf8(part).ok()).collect();
                    return names.map(|names| names.join("."));
                }
                Shape::Field { base, name } => {
                    parts.push(self.reading.name(name));
                    at = base;
                }
                Shape::Index { base, key } => {
                    let Shape::Str(name) = *self.shape(key) else { return None };
                    parts.push(self.reading.name(name));
                    at = base;
                }
                _ => return None,
            }
        }
        None
    }

    /// Returns the path of a method: `jido.read_file` of `jido:read_file`, which calls it too.
    fn method_path(&self, id: Id) -> Option<String> {
        let Shape::Method { base, name } = *self.shape(id) else { return None };
        Some(format!("{}.{}", self.path(base)?, String::from_utf8_lossy(self.reading.name(name))))
    }

    /// Returns what a variable is another name of, if that is what an expression is.
    fn alias(&self, id: Id) -> Option<Id> {
        self.scopes.variables[*self.scopes.meaning.get(&id)?].alias_of()
    }

    /// Tells whether a table is used so that it is not to be seen which of its fields are:
    /// `jido[name]`, `pairs(jido)`.
    fn is_handed_on(&self, id: Id) -> bool {
        let expr = &self.reading.tree.exprs[id];
        match expr.parent.map(|parent| self.shape(parent)) {
            Some(Shape::Field { .. } | Shape::Method { .. }) => false,
            Some(Shape::Index { base, key }) if *base == id => {
                !matches!(*self.shape(*key), Shape::Str(_))
            }
            _ if self.is_tested(id) => false,
            // Its fields are looked at where the variable is used.
            None => !self.scopes.variables.iter().any(|own| own.alias_of() == Some(id)),
            _ => true,
        }
    }

    /// Tells whether an expression fails if it is nil.
    fn must_be_there(&self, id: Id) -> bool {
        match self.reading.tree.exprs[id].parent.map(|parent| self.shape(parent)) {
            Some(Shape::Call { callee, .. }) => *callee == id,
            Some(
                Shape::Field { .. }
                | Shape::Method { .. }
                | Shape::Unary(UnOp::Len | UnOp::Minus, _),
            ) => true,
            Some(Shape::Index { base, .. }) => *base == id,
            Some(Shape::Binary(op, ..)) => {
                !matches!(op, BinOp::And | BinOp::Or | BinOp::Eq | BinOp::Ne)
            }
            _ => false,
        }
    }

    fn note_what_is_set(&mut self) {
        for id in 0..self.reading.tree.exprs.len() {
            if matches!(self.shape(id), Shape::Name(_) | Shape::Field { .. })
                && let Some(path) = self.path(id)
                // Who compares with `null` does not look for it.
                && (is_target(self.reading, id)
                    || self.is_tested(id) && !is_foreign_value(&path))
            {
                // `_G.x = 1` sets a global, too.
                if let Some(name) = path.strip_prefix("_G.") {
                    self.set.insert(name.to_owned());
                }
                self.set.insert(path);
            }
            if let Shape::Call { callee, .. } = *self.shape(id)
                && matches!(self.path(callee).as_deref(), Some("setmetatable" | "rawset"))
                && let Some(table) = self.reading.tree.args(id).first()
                && self.path(*table).as_deref() == Some("_G")
            {
                // Which globals there are is not to be seen then.
                self.scopes.own_globals = true;
            }
        }
    }

    /// Tells whether a script finds out if a name is there.
    fn is_tested(&self, id: Id) -> bool {
        let expr = &self.reading.tree.exprs[id];
        match expr.parent.map(|parent| self.shape(parent)) {
            Some(Shape::Unary(UnOp::Not, _)) => true,
            Some(Shape::Binary(op, ..)) => {
                matches!(op, BinOp::And | BinOp::Or | BinOp::Eq | BinOp::Ne)
            }
            Some(Shape::Call { callee, .. }) if *callee != id => {
                matches!(
                    self.path(*callee).as_deref(),
                    Some("type" | "pcall" | "assert" | "rawget")
                )
            }
            Some(_) => false,
            None => {
                let used = self.reading.chunk.nodes.get(expr.used).map(|node| node.kind);
                matches!(used, Some(Kind::Then | Kind::WhileDo | Kind::RepeatEnd))
            }
        }
    }

    /// Looks at globals and at fields of modules.
    fn names(&mut self) {
        let mut told = BTreeSet::new();
        let mut called = BTreeMap::new();
        for id in 0..self.reading.tree.exprs.len() {
            let method = self.method_path(id);
            let whole = self.path(id).filter(|_| !is_target(self.reading, id));
            let Some(path) = method.as_ref().or(whole.as_ref()) else { continue };
            let host = path.strip_prefix("_G.").unwrap_or(path);
            if self.names.hosts.contains(host) {
                called.entry(host.to_owned()).or_insert_with(|| self.span(id));
            }
            // What a method is called on has been looked at.
            let Some(path) = whole else { continue };
            let host = path.strip_prefix("_G.").unwrap_or(&path);
            let below = format!("{host}.");
            let all = self.names.hosts.range(below.clone()..);
            let mut all = all.take_while(|name| name.starts_with(&below)).peekable();
            if all.peek().is_some() && self.is_handed_on(id) {
                for name in all {
                    called.entry(name.clone()).or_insert_with(|| self.span(id));
                }
            }
            if self.scopes.own_globals || self.set.contains(&path) || told.contains(&path) {
                continue;
            }
            let finding = match path.rsplit_once('.') {
                None if self.names.globals.contains(&path) => None,
                None => Some(self.unknown_global(id, &path)),
                Some((module, name)) => self.unknown_field(id, module, name),
            };
            if let Some(finding) = finding {
                told.insert(path);
                self.lint.findings.push(finding);
            }
        }
        self.lint.calls = called.into_iter().collect();
        self.lint.calls.sort_by_key(|(_, span)| span.start);
    }

    fn unknown_global(&self, id: Id, name: &str) -> Finding {
        let parent = self.reading.tree.exprs[id].parent.map(|parent| self.shape(parent));
        let used = match parent {
            Some(Shape::Call { callee, .. }) if *callee == id => As::Function,
            Some(Shape::Field { .. } | Shape::Index { .. } | Shape::Method { .. }) => As::Module,
            _ => As::Value,
        };
        Finding {
            rule: "unknown-global",
            span: self.span(id),
            message: format!("unknown global '{name}'"),
            hint: self.names.for_global(name, used),
        }
    }

    fn unknown_field(&self, id: Id, module: &str, name: &str) -> Option<Finding> {
        let fields = self.names.fields.get(module)?;
        let known = fields.contains(name) || self.set.contains(module);
        if known || !self.must_be_there(id) {
            return None;
        }
        Some(Finding {
            rule: "unknown-field",
            span: self.span(id),
            message: format!("'{module}' has no field '{name}'"),
            hint: self.names.for_field(module, name),
        })
    }

    /// Looks at local variables.
    fn variables(&mut self) {
        let variables = self.scopes.variables.clone();
        for (index, variable) in variables.iter().enumerate() {
            let text = String::from_utf8_lossy(self.reading.name(variable.name)).into_owned();
            let span = self.reading.tokens.span(variable.token, variable.token);
            let line_of = |token: usize| self.reading.tokens.get(token).line;
            if self.is_module_hidden(index, &text) {
                self.lint.findings.push(Finding {
                    rule: "shadowed-module",
                    span,
                    message: format!(
                        "'{text}' hides the module of that name, whose functions are used"
                    ),
                    hint: Some("give the variable another name".to_owned()),
                });
            }
            let unused = variable.reads == 0
                && variable.attrib != Attrib::Close
                && !text.starts_with('_')
                && matches!(variable.origin, Origin::Local | Origin::Function)
                && variable.last;
            if !unused {
                continue;
            }
            let hidden = variable.hides.map(|hidden| &variables[hidden]).filter(|hidden| {
                hidden.reads > 0 && hidden.end > variable.end && variable.origin == Origin::Local
            });
            self.lint.findings.push(match hidden {
                Some(hidden) => Finding {
                    rule: "shadowed-local",
                    span,
                    message: format!(
                        "this '{text}' is a new variable that nothing reads: the one of line {} \
                         keeps its value",
                        line_of(hidden.token)
                    ),
                    hint: Some(format!("to change that one, write `{text} = ...` without `local`")),
                },
                None => Finding {
                    rule: "unused-local",
                    span,
                    message: format!("unused local '{text}'"),
                    hint: None,
                },
            });
        }
    }

    /// Tells whether a variable has the name of a module, and functions of that are looked
    /// for in it.
    fn is_module_hidden(&self, index: usize, text: &str) -> bool {
        let Some(fields) = self.names.fields.get(text) else { return false };
        if self.scopes.variables[index].origin == Origin::Local {
            // It may well be the module, or one like it.
            return false;
        }
        self.scopes.uses[index].iter().any(|id| {
            let parent = self.reading.tree.exprs[*id].parent;
            let called = parent.filter(|parent| {
                let outer = self.reading.tree.exprs[*parent].parent.map(|outer| self.shape(outer));
                matches!(outer, Some(Shape::Call { callee, .. }) if callee == parent)
            });
            match called.map(|field| self.shape(field)) {
                Some(Shape::Field { name, .. }) => std::str::from_utf8(self.reading.name(*name))
                    .is_ok_and(|name| fields.contains(name)),
                _ => false,
            }
        })
    }

    fn comparisons(&mut self) {
        for id in 0..self.reading.tree.exprs.len() {
            let Some((rule, message, hint)) = constant::of(self.reading, &self.scopes, id) else {
                continue;
            };
            let span = self.span(id);
            self.lint.findings.push(Finding { rule, span, message, hint });
        }
    }

    /// Looks for `for k, v in pairs do`: it is called for each turn, and never gives nil.
    fn iterators(&mut self) {
        for (_, head) in &self.reading.tree.loops {
            // `for k, v in pairs, t do`
            let values = self.reading.tree.taken(*head);
            let Some(iterator) = values.first() else { continue };
            let name = self.path(*iterator).filter(|path| {
                matches!(path.as_str(), "pairs" | "ipairs") && !self.set.contains(path)
            });
            let Some(name) = name.filter(|_| !self.scopes.own_globals) else { continue };
            let text = values.get(1).and_then(|second| {
                let span = self.span(*second);
                let text = self.reading.tokens.source().get(span.start..span.end)?;
                std::str::from_utf8(text).ok().filter(|text| text.len() <= 40)
            });
            self.lint.findings.push(Finding {
                rule: "endless-loop",
                span: self.span(*iterator),
                message: format!("'{name}' itself is called for each turn: this loop never ends"),
                hint: Some(format!("write `{name}({})`", text.unwrap_or("t"))),
            });
        }
    }
}
