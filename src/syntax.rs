//! From bytes to a syntax tape: lexer, parser, syntax errors.

pub(crate) mod ast;
pub(crate) mod error;
mod intern;
pub(crate) mod lexer;
pub(crate) mod meter;
pub(crate) mod parser;
pub(crate) mod placed;
pub(crate) mod token;

pub(crate) use lexer::file_prefix;
pub(crate) use parser::{ParseOptions, ParserState, parse_prefix};
