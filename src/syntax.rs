//! From bytes to a syntax tape: lexer, parser, syntax errors.

pub mod ast;
pub mod error;
mod intern;
pub mod lexer;
pub mod meter;
pub mod parser;
pub mod token;

pub use error::{SyntaxError, error_at, error_near, error_plain, line_at};
pub use lexer::file_prefix;
pub use meter::{Meter, NoMeter, Stopped};
pub use parser::{ParseOptions, ParserState, parse, parse_prefix, parse_with};
