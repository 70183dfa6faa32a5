//! What a model is told about the server.

use crate::Limits;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Some clients show no more than this many characters: they must do alone.
#[cfg(test)]
pub(super) const FIRST: usize = 512;

/// Writes the instructions.
pub(super) fn instructions(limits: &Limits, asked: &BTreeSet<String>, granted: bool) -> String {
    let mut text = String::from(
        "Moonfuel runs Lua 5.4 in a sandbox. Call lua_execute with `script`; what it returns comes \
         back as JSON in `values`, what it prints in `output`. Each call begins afresh: \
         lua_session_open gives a handle that keeps globals from run to run. A script that \
         fails, or uses up its fuel, memory or time, is an error with its line: mend it and \
         call again. JSON `args` is the global `args`. There is no io, os.execute, require of \
         files or network unless the resource moonfuel://api lists functions for it.",
    );
    let _ = write!(
        text,
        "\n\nA run may use {} units of fuel (about one an instruction) and {} bytes of memory; \
         `limits` asks for less. The same script with the same `args` and `seed` does the same \
         to the byte. A run that fails leaves its session as it was.",
        limits.fuel, limits.memory
    );
    if granted {
        text.push_str(
            "\n\nFunctions of the host are in tables such as `jido`: jido.help() lists them, and \
             most of them answer a failure with nil and a text. Long results are better looked \
             at in the script than returned.",
        );
    }
    if !asked.is_empty() {
        let names: Vec<&str> = asked.iter().map(String::as_str).collect();
        let _ = write!(
            text,
            "\n\nThe user is asked before each call of {}. The script waits meanwhile; a call that \
             is declined answers nil and a text.",
            names.join(", ")
        );
    }
    text
}

#[cfg(test)]
mod tests;
