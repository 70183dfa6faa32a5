//! Declarations as LuaCATS: what the language server knows of the functions.

use super::by_table;
use crate::Declaration;
use crate::session::RefusalStyle;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Returns a file of definitions for lua-language-server.
pub(super) fn luacats(declarations: &[Declaration]) -> String {
    let mut text = String::from("---@meta\n");
    let mut made = BTreeSet::new();
    for (table, functions) in by_table(declarations) {
        // The tables on the way come first.
        for (at, _) in table.match_indices('.').chain([(table.len(), "")]) {
            let table = &table[..at];
            if !table.is_empty() && made.insert(table.to_owned()) {
                let _ = write!(text, "\n---@class {table}\n{table} = {{}}\n");
            }
        }
        for function in functions {
            write_function(function, &mut text);
        }
    }
    text
}

fn write_function(function: &Declaration, text: &mut String) {
    let _ = write!(text, "\n---{}\n", function.doc);
    for parameter in &function.parameters {
        let optional = if parameter.optional { "?" } else { "" };
        let line =
            format!("---@param {}{optional} {} {}", parameter.name, parameter.kind, parameter.doc);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    if !function.result.is_empty() {
        let or_nil = if function.style == RefusalStyle::NilAndText { "|nil" } else { "" };
        let kind = if or_nil.is_empty() || !function.result.contains('|') {
            format!("{}{or_nil}", function.result)
        } else {
            format!("({}){or_nil}", function.result)
        };
        let line = format!("---@return {kind} # {}", function.result_doc);
        let _ = writeln!(text, "{}", line.trim_end().trim_end_matches(" #"));
    }
    if function.style == RefusalStyle::NilAndText {
        text.push_str("---@return string? error What is wrong, if the first is nil.\n");
    }
    let names: Vec<&str> = function.parameters.iter().map(|p| p.name.as_str()).collect();
    let _ = writeln!(text, "function {}({}) end", function.path(), names.join(", "));
}
