//! Function prototypes: immutable code with its debug information.
//!
//! A prototype knows nothing of the machine's values: constants are plain data,
//! so that code can be shared between sessions and threads.

use super::op::Instr;
use std::sync::Arc;

/// Logical size of a prototype without its parts.
pub const PROTO_BYTES: usize = 448;
/// Logical size of an instruction and its line.
pub const CODE_BYTES: usize = 12;
/// Logical size of a constant: as plain data, without its text, and as a value.
pub const CONST_BYTES: usize = 40;
/// Logical size of a text beside its bytes.
const TEXT_BYTES: usize = 64;
/// Logical size of a local variable's debug entry.
pub const LOC_VAR_BYTES: usize = 40;
/// Logical size of an upvalue's description.
pub const UPVAL_DESC_BYTES: usize = 32;

const _: () = assert!(size_of::<Instr>() + size_of::<u32>() == CODE_BYTES);
const _: () = assert!(size_of::<Const>() + 16 <= CONST_BYTES);
const _: () =
    assert!(size_of::<LocVar>() <= LOC_VAR_BYTES && size_of::<UpvalDesc>() <= UPVAL_DESC_BYTES);

/// Returns the logical size of a text of this length that prototypes share.
pub fn text_bytes(length: usize) -> usize {
    TEXT_BYTES.saturating_add(length)
}

/// A constant of a prototype.
#[derive(Clone, Debug, PartialEq)]
pub enum Const {
    /// `nil`
    Nil,
    /// A boolean.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A float.
    Number(f64),
    /// A byte string.
    String(Arc<[u8]>),
}

/// Where a closure finds one of its upvalues when it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpvalDesc {
    /// The variable's name.
    pub name: Arc<[u8]>,
    /// Whether it is a register of the enclosing function (else one of its upvalues).
    pub in_stack: bool,
    /// Register or upvalue index in the enclosing function.
    pub index: u8,
    /// Attribute of the variable: constants of run-time value are read-only.
    pub read_only: bool,
}

/// A local variable's name and range, for error messages and debugging.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocVar {
    /// The name.
    pub name: Arc<[u8]>,
    /// First instruction at which it is active.
    pub start_pc: u32,
    /// First instruction at which it is dead.
    pub end_pc: u32,
    /// Its register.
    pub reg: u8,
}

/// A compiled function.
#[derive(Clone, Debug, Default)]
pub struct Proto {
    /// Number of fixed parameters.
    pub num_params: u8,
    /// Whether it takes `...`; if so the first instruction is `VarargPrep`.
    pub is_vararg: bool,
    /// Registers it needs: at least 2, at most 255.
    pub max_stack: u8,
    /// The code. Ends in a return.
    pub code: Vec<Instr>,
    /// Source line of each instruction.
    pub lines: Vec<u32>,
    /// Constants.
    pub constants: Vec<Const>,
    /// Nested functions.
    pub protos: Vec<Arc<Proto>>,
    /// Upvalues.
    pub upvalues: Vec<UpvalDesc>,
    /// Local variables in order of `start_pc`.
    pub loc_vars: Vec<LocVar>,
    /// Line where the function begins; 0 for a main chunk.
    pub line_defined: u32,
    /// Line where it ends; 0 for a main chunk.
    pub last_line_defined: u32,
    /// The chunk's name, as given to `load` (`=stdin`, `@file`, or the source).
    pub source: Arc<[u8]>,
}

impl Proto {
    /// Returns the logical size of the prototype and of what makes it ready to run, without
    /// the texts it shares with others and the prototypes in it.
    pub fn bytes(&self) -> usize {
        PROTO_BYTES
            + self.code.len() * CODE_BYTES
            + self.constants.len() * CONST_BYTES
            + self.protos.len() * 16
            + self.loc_vars.len() * LOC_VAR_BYTES
            + self.upvalues.len() * UPVAL_DESC_BYTES
    }

    /// Gives back room that is not used.
    pub fn shrink(&mut self) {
        self.code.shrink_to_fit();
        self.lines.shrink_to_fit();
        self.constants.shrink_to_fit();
        self.protos.shrink_to_fit();
        self.upvalues.shrink_to_fit();
        self.loc_vars.shrink_to_fit();
    }
}

impl Drop for Proto {
    /// Takes nested prototypes apart in a loop: depth is bounded by the parser's
    /// nesting limit, and still no recursion depends on it.
    fn drop(&mut self) {
        let mut pending = std::mem::take(&mut self.protos);
        while let Some(proto) = pending.pop() {
            if let Some(mut inner) = Arc::into_inner(proto) {
                pending.append(&mut inner.protos);
            }
        }
    }
}
