//! What editors, checkers, models and people are told about the functions that scripts have:
//! all of it made from the declarations.

use crate::Declaration;
use crate::base::nearest::{meant, nearest_function};
use crate::host::declare;
#[cfg(feature = "cli")]
use crate::{HostCx, HostError, HostFunction, HostValue, Reply};
use std::collections::BTreeMap;

mod kind;
mod luacats;
mod markdown;
mod prompt;
mod schema;
mod standards;

/// Bytes of a name that help is asked about.
#[cfg(feature = "cli")]
const LONGEST_NAME: usize = 200;

/// What declarations are written as, by name.
type Format = (&'static str, fn(&[Declaration]) -> String);

/// The formats.
const FORMATS: [Format; 6] = [
    ("luacats", luacats::luacats),
    ("selene", standards::selene),
    ("luacheck", standards::luacheck),
    ("json-schema", schema::text),
    ("prompt", prompt::prompt),
    ("markdown", markdown::markdown),
];

/// Writes declarations in a format: `luacats` (definitions for lua-language-server), `selene`
/// and `luacheck` (standards for these checkers), `json-schema` (tools as models know them),
/// `prompt` (a short text for a model) or `markdown` (a page for people).
///
/// ```
/// use moonfuel::host::types::{jido, write};
///
/// let text = write(&jido(), "luacats")?;
/// assert!(text.starts_with("---@meta\n"));
/// assert!(text.contains("function jido.glob(pattern, path) end\n"));
/// let tools: serde_json::Value = serde_json::from_str(&write(&jido(), "json-schema")?)?;
/// assert_eq!(tools[0]["name"], "jido.read_file");
/// assert_eq!(tools[0]["parameters"]["required"], serde_json::json!(["path"]));
/// assert_eq!(tools[0]["annotations"]["readOnlyHint"], true);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When there is no such format: which there are.
pub fn write(declarations: &[Declaration], format: &str) -> Result<String, String> {
    match FORMATS.iter().find(|(name, _)| *name == format) {
        Some((_, write)) => Ok(write(declarations)),
        None => {
            let names: Vec<&str> = FORMATS.iter().map(|(name, _)| *name).collect();
            Err(format!("the formats are {}", names.join(", ")))
        }
    }
}

/// Returns the declarations of `jido.*`.
pub fn jido() -> Vec<Declaration> {
    let mut all = declare::jido();
    all.push(declare::help("jido"));
    all
}

/// Returns the declarations of `imp.*`.
pub fn imp() -> Vec<Declaration> {
    declare::imp()
}

/// Returns the declarations of `http.*`, which scripts of codex have if hosts are allowed.
pub fn codex() -> Vec<Declaration> {
    declare::codex()
}

/// Returns the declaration of the global `help`.
#[cfg(feature = "cli")]
pub(crate) fn help_of_all() -> Declaration {
    declare::help("")
}

/// Returns the declarations of what scripts of every sandbox have beside Lua's own library:
/// `json`, `yield` and `host.all`.
pub fn library() -> Vec<Declaration> {
    declare::library()
}

/// Declarations by the tables they lie in; the empty name is that of the globals.
fn by_table(declarations: &[Declaration]) -> BTreeMap<&str, Vec<&Declaration>> {
    let mut tables: BTreeMap<&str, Vec<&Declaration>> = BTreeMap::new();
    for declaration in declarations {
        let table = declaration.path().rsplit_once('.').map_or("", |(table, _)| table);
        tables.entry(table).or_default().push(declaration);
    }
    tables
}

/// Answers `help()` and `help(name)`: the list of the functions, or one of them whole.
///
/// # Errors
/// When there is no such function.
pub fn help(declarations: &[Declaration], name: Option<&str>) -> Result<String, String> {
    let Some(name) = name else {
        let line = |one: &Declaration| format!("{}\n    {}\n", one.signature(), one.doc);
        return Ok(declarations.iter().map(line).collect());
    };
    let found = declarations.iter().find(|one| one.path() == name || one.name() == name);
    let Some(found) = found else {
        let names = declarations.iter().flat_map(|one| [one.path(), one.name()]);
        let hint = meant(nearest_function(name, names));
        return Err(format!("there is no function '{name}'{hint}"));
    };
    Ok(help_of(found))
}

fn help_of(found: &Declaration) -> String {
    let mut text = format!("{}\n\n{}\n", found.signature(), found.doc);
    for parameter in &found.parameters {
        let optional = if parameter.optional { " (may be left out)" } else { "" };
        text.push_str(&format!("\n  {}: {}{optional}\n", parameter.name, parameter.kind));
        if !parameter.doc.is_empty() {
            text.push_str(&format!("    {}\n", parameter.doc));
        }
    }
    if !found.result.is_empty() {
        text.push_str(&format!("\n  returns {}\n", found.result));
        if !found.result_doc.is_empty() {
            text.push_str(&format!("    {}\n", found.result_doc));
        }
    }
    text.push_str(&format!("\n  {}\n", failure_of(found)));
    text.push_str(&format!("  tier: {}", found.tier));
    if found.consent {
        text.push_str(", needs consent");
    }
    text.push('\n');
    text
}

/// Says how a function fails.
fn failure_of(declaration: &Declaration) -> &'static str {
    match declaration.style {
        crate::session::RefusalStyle::NilAndText => "if it fails: nil and what is wrong",
        crate::session::RefusalStyle::Raises | crate::session::RefusalStyle::Hides(_) => {
            "if it fails, it raises an error"
        }
    }
}

/// The function that answers `help` for scripts. It raises nothing, whatever it is given.
#[cfg(feature = "cli")]
pub(crate) struct Help(pub(crate) Vec<Declaration>);

#[cfg(feature = "cli")]
impl HostFunction for Help {
    fn call(&mut self, cx: &mut HostCx<'_>, args: &mut [HostValue]) -> Result<Reply, HostError> {
        let answer = match args.first() {
            None | Some(HostValue::Nil | HostValue::Null) => {
                cx.charge(self.0.len() as u64 * 64)?;
                help(&self.0, None)
            }
            Some(HostValue::String(name)) => {
                // Longer ones are not compared, and are told in part.
                let name = &name[..name.len().min(LONGEST_NAME)];
                cx.charge(self.0.len() as u64 * 64)?;
                help(&self.0, Some(&String::from_utf8_lossy(name)))
            }
            Some(_) => Err("help takes the name of a function, as a string".to_owned()),
        };
        Ok(Reply::Now(match answer {
            Ok(text) => vec![text.into()],
            Err(text) => vec![HostValue::Nil, text.into()],
        }))
    }

    fn takes_anything(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
