//! Declarations as standards of the checkers selene and luacheck.

use super::by_table;
use super::kind::Kind;
use crate::Declaration;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Returns a standard library for selene, over Lua 5.4's.
pub(super) fn selene(declarations: &[Declaration]) -> String {
    let mut text = String::from("---\nbase: lua54\nname: moonfuel\nglobals:\n");
    text.push_str("  args:\n    any: true\n");
    for declaration in declarations {
        let _ = writeln!(text, "  {}:", declaration.path());
        if declaration.parameters.is_empty() {
            text.push_str("    args: []\n");
            continue;
        }
        text.push_str("    args:\n");
        for parameter in &declaration.parameters {
            let _ = writeln!(text, "      - type: {}", selene_type(parameter));
            if parameter.optional {
                text.push_str("        required: false\n");
            }
        }
    }
    text
}

fn selene_type(parameter: &crate::session::Parameter) -> &'static str {
    if parameter.name == "..." {
        return "\"...\"";
    }
    match Kind::read(&parameter.kind) {
        Kind::Name(name) => match name.as_str() {
            "string" => "string",
            "integer" | "number" => "number",
            "boolean" => "bool",
            "table" => "table",
            "function" => "function",
            _ => "any",
        },
        Kind::Array(_) | Kind::Fields(_) => "table",
        Kind::Literal(_) => "string",
        Kind::Union(_) | Kind::Any => "any",
    }
}

/// A table of globals and those in it.
#[derive(Default)]
struct Fields<'a>(BTreeMap<&'a str, Fields<'a>>);

/// Returns a standard for luacheck, to be put into `.luacheckrc`: with `std =
/// "lua54+moonfuel"` its names are known.
pub(super) fn luacheck(declarations: &[Declaration]) -> String {
    let mut root = Fields::default();
    root.0.insert("args", Fields::default());
    for (table, functions) in by_table(declarations) {
        for function in functions {
            let path = table.split('.').filter(|name| !name.is_empty());
            let mut fields = &mut root;
            for name in path.chain([function.name()]) {
                fields = fields.0.entry(name).or_default();
            }
        }
    }
    let mut text = String::from("stds.moonfuel = {\n  read_globals = {\n");
    write_fields(&root, 4, &mut text);
    text.push_str("  },\n}\n");
    text
}

/// Writes fields. A path has at most 200 bytes, which bounds the recursion.
fn write_fields(fields: &Fields<'_>, indent: usize, text: &mut String) {
    let margin = " ".repeat(indent);
    for (name, inner) in &fields.0 {
        if inner.0.is_empty() {
            let _ = writeln!(text, "{margin}{name} = {{}},");
        } else {
            let _ = writeln!(text, "{margin}{name} = {{ fields = {{");
            write_fields(inner, indent + 2, text);
            let _ = writeln!(text, "{margin}}} }},");
        }
    }
}
