//! Declarations as a page for people.

use super::{by_table, failure_of};
use crate::Declaration;
use std::fmt::Write;

/// Returns a page about these functions.
pub(super) fn markdown(declarations: &[Declaration]) -> String {
    let mut text = String::from(
        "# What scripts can call\n\nMade by `moonfuel types --format markdown` from the \
         declarations; `tests/script_api.rs` holds it to them. Types are written as LuaCATS has \
         them, `?` marks what may be left out.\n",
    );
    for (table, functions) in by_table(declarations) {
        let title = if table.is_empty() { "Globals".to_owned() } else { format!("`{table}`") };
        let _ = write!(text, "\n## {title}\n");
        for function in functions {
            write_function(function, &mut text);
        }
    }
    text
}

fn write_function(function: &Declaration, text: &mut String) {
    let _ =
        write!(text, "\n### `{}`\n\n```text\n{}\n```\n\n", function.path(), function.signature());
    let _ = writeln!(text, "{}\n", function.doc);
    for parameter in &function.parameters {
        let optional = if parameter.optional { "?" } else { "" };
        let line =
            format!("* `{}{optional}`: `{}` {}", parameter.name, parameter.kind, parameter.doc);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    if !function.result.is_empty() {
        let line = format!("* returns `{}` {}", function.result, function.result_doc);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let effects: Vec<&str> = function.effects.iter().map(|effect| effect.name()).collect();
    let touches =
        if effects.is_empty() { "nothing outside".to_owned() } else { effects.join(", ") };
    let mut facts = format!("{}; tier {}; touches: {touches}", failure_of(function), function.tier);
    if function.consent {
        facts.push_str("; needs consent");
    }
    if !function.price.is_empty() {
        let _ = write!(facts, "; fuel: {}", function.price);
    }
    let _ = writeln!(text, "* {facts}");
}
