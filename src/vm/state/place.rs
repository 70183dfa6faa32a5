//! A place in a program, as it is told outside.

/// A place in a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The chunk, as messages show it.
    pub chunk: Vec<u8>,
    /// The line, if the function has lines.
    pub line: Option<u32>,
}
