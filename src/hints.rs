//! What an error is about and what may have been meant: found by reading a source once more.
//!
//! Nothing here costs a script anything. When a run has failed, its source is read and
//! compiled again, outside of the machine, with the numbers of the tape's nodes in place of
//! lines: so each instruction says which expression it was made for ([`site`]), and neither
//! prototypes nor their figures know of columns. Hints are two tables ([`syntax`],
//! [`running`]) of triggers over tokens, the tree of expressions and what the machine said:
//! never over text, which strings and comments could fool.

use std::sync::Arc;

mod around;
pub(crate) mod blocks;
pub(crate) mod hosts;
mod idioms;
#[cfg(feature = "cli")]
pub(crate) mod knobs;
pub(crate) mod lint;
pub(crate) mod names;
pub(crate) mod position;
pub(crate) mod reading;
pub(crate) mod running;
pub(crate) mod scopes;
pub(crate) mod site;
pub(crate) mod syntax;
pub(crate) mod tokens;
pub(crate) mod tree;

/// A part of a source: the bytes from `start` up to `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: usize,
    pub end: usize,
}

/// A further place that an error is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub span: Span,
    /// What is there.
    pub label: String,
}

/// What is found out about an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Advice {
    /// The expression or token it is about.
    pub span: Option<Span>,
    /// Other places that matter.
    pub marks: Vec<Mark>,
    /// What may have been meant.
    pub hint: Option<String>,
    /// The source that this is about, if it is not that of the run.
    pub text: Option<Arc<[u8]>>,
}
