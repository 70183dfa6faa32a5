//! From bytes to a syntax tape: lexer, parser, syntax errors.

pub mod ast;
