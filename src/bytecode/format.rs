//! What precompiled chunks look like (manual §6.4, `string.dump`).
//!
//! A chunk begins with the header of PUC-Rio's Lua 5.4, so that programs which look
//! at it find what they expect, and goes on in a format of our own, told by
//! [`VERSION`]: functions in preorder, each with its code (eight bytes an
//! instruction), constants, upvalues, debug information and the number of functions
//! in it. Counts and lines are LEB128 numbers, everything else is little-endian: the
//! bytes are the same on every machine.
//!
//! ```text
//! chunk    = header VERSION function
//! function = source line last_line params vararg stack
//!            count instruction* count constant* count upvalue*
//!            count line_step* count variable* count name* count function*
//! source   = 0 (that of the function around it, or none) | length + 1, bytes
//! ```

/// The first bytes of every precompiled chunk.
pub(crate) const SIGNATURE: &[u8] = b"\x1bLua";

/// Version 5.4 of the language, and the format number that PUC-Rio's Lua writes.
pub(super) const LUA_VERSION: u8 = 0x54;
pub(super) const PUC_FORMAT: u8 = 0;

/// Bytes that a conversion of line ends or characters would change.
pub(super) const DATA: &[u8] = b"\x19\x93\r\n\x1a\n";

/// Sizes of an instruction, an integer and a float, as the header states them, with
/// the names PUC's messages give them.
pub(super) const SIZES: [(u8, &str); 3] =
    [(4, "Instruction"), (8, "lua_Integer"), (8, "lua_Number")];

/// An integer and a float whose bytes show how numbers are written.
pub(super) const INTEGER: i64 = 0x5678;
pub(super) const FLOAT: f64 = 370.5;

/// Version of what follows the header: to be raised whenever the opcode table or the
/// format changes (a test holds the opcode table to it).
pub(crate) const VERSION: u8 = 1;

/// Bytes of an instruction.
pub(super) const INSTR_BYTES: usize = 8;

/// What a constant is, in front of its value.
pub(super) mod tag {
    pub(in crate::bytecode) const NIL: u8 = 0;
    pub(in crate::bytecode) const FALSE: u8 = 1;
    pub(in crate::bytecode) const TRUE: u8 = 2;
    pub(in crate::bytecode) const INTEGER: u8 = 3;
    pub(in crate::bytecode) const FLOAT: u8 = 4;
    pub(in crate::bytecode) const STRING: u8 = 5;
}
