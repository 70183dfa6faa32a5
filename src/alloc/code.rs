//! Pages of the program's own code, given back as a script takes memory.
//!
//! Reading a command line and setting up a run goes through code that is strewn over the
//! whole program, and the system maps sixteen pages around each that is touched: 4 MB that
//! count as the process's, of which a script that works on its data uses a tenth.

use std::sync::OnceLock;

/// Where the program's code and its constants lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Code {
    /// The address of the first page, and how many bytes there are.
    pub from: usize,
    pub bytes: usize,
    /// Tells whether the pages are as they are in the file: a debugger writes its breakpoints
    /// into them. It allocates nothing.
    pub is_as_in_the_file: fn() -> bool,
}

static CODE: OnceLock<Code> = OnceLock::new();

/// Has pages of code be given back from now on. A command asks for this in its own process; a
/// library leaves its host's alone.
///
/// # Safety
/// The pages are of mappings of a file, neither of which the process or anybody else writes to
/// while `is_as_in_the_file` says so.
pub(crate) unsafe fn give_back_code(code: Code) {
    // What was said first stands.
    let _ = CODE.set(code);
}

/// Lets the system have the pages of the program's code and constants. It hands them out again,
/// from what it keeps of the file, as they are used. Allocates nothing.
pub(super) fn forget_code() {
    if let Some(code) = CODE.get()
        && (code.is_as_in_the_file)()
    {
        // SAFETY: as who gave it has said: what the system reads anew is what was there.
        unsafe { super::forget(std::ptr::with_exposed_provenance_mut(code.from), code.bytes) };
    }
}
