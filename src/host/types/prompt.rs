//! Declarations as a short text for a model's prompt.

use super::failure_of;
use crate::Declaration;
use std::fmt::Write;

/// Returns what a model has to know to write scripts with these functions.
pub(super) fn prompt(declarations: &[Declaration]) -> String {
    let mut text = String::from(
        "You write Lua 5.4. There is no os.execute, io or network but through the functions \
         below. Lists begin at 1; `~=` is unequal; `..` joins strings; `nil` is no value. \
         Arguments are in `args`. Return what is asked for: tables become JSON.\n",
    );
    let mut style = None;
    for declaration in declarations {
        let fails = failure_of(declaration);
        if style != Some(fails) {
            style = Some(fails);
            let _ = write!(text, "\n{fails}:\n");
        }
        let _ = writeln!(text, "{} -- {}", declaration.signature(), declaration.doc);
    }
    text
}
