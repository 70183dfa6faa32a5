//! Looking at a chunk without running it.

use super::advice::{advise_syntax, names};
use crate::base::chunk_id::chunk_id;
use crate::bytecode::op::Op;
use crate::bytecode::proto::{Const, Proto};
use crate::compiler::compile_source;
use crate::hints::lint::{self, lint};
use crate::hints::position::place_of;
use crate::hints::reading::Reading;
use crate::session::calls::host_table::HostTable;
use crate::session::making::config::Config;
use crate::session::values::error::{ErrorKind, LuaError};
use crate::syntax::ParseOptions;
use crate::syntax::error::SyntaxError;
use crate::syntax::meter::NoMeter;
use crate::vm::machine::Lua;
use std::collections::BTreeSet;

/// The result of looking at a chunk without running it.
///
/// ```
/// use moonfuel::Session;
///
/// let mut session = Session::builder().function("db.count", |()| Ok(3)).build()?;
/// let checked = session.check(b"local n = db.count()\nreturn n + offset", "=add");
/// assert!(checked.error.is_none());
/// assert_eq!(checked.unknown_globals, [(2, "offset".to_owned())]);
/// assert_eq!(checked.host_calls[0].path, "db.count");
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Default)]
#[non_exhaustive]
pub struct Checked {
    /// The syntax error, if there is one.
    pub error: Option<LuaError>,
    /// Lines and names of globals that the session does not have and the chunk
    /// never sets.
    pub unknown_globals: Vec<(u32, String)>,
    /// What looks wrong, in the order of the source; the syntax error too.
    pub findings: Vec<Finding>,
    /// The functions of the host that the chunk names, each where it first does.
    pub host_calls: Vec<NamedCall>,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Severity {
    /// It may be meant.
    Warning,
    /// The chunk cannot run.
    Error,
}

impl Severity {
    /// Returns the name that JSON results give it.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// Something that looks wrong in a chunk.
///
/// ```
/// use moonfuel::{Session, Severity};
///
/// let mut session = Session::builder().build()?;
/// let checked = session.check(b"local n = 1\nprint(strng.rep('x', 3))", "=script");
/// let said: Vec<_> = checked
///     .findings
///     .iter()
///     .map(|found| (found.line, found.column, found.rule, found.hint.as_deref()))
///     .collect();
/// assert_eq!(
///     said,
///     [
///         (1, 7, "unused-local", None),
///         (2, 7, "unknown-global", Some("did you mean `string`?"))
///     ]
/// );
/// assert!(checked.findings.iter().all(|found| found.severity == Severity::Warning));
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What kind it is: `syntax`, `unknown-global`, `unknown-field`, `unused-local`,
    /// `shadowed-local`, `shadowed-module`, `always-false`, `always-true`, `endless-loop`,
    /// `duplicate-key`, `missing-assignment`, `missing-comma`, `reversed-operator`, `host-call`.
    pub rule: &'static str,
    /// What is wrong.
    pub message: String,
    /// What may be meant.
    pub hint: Option<String>,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
    /// The line and the column behind it.
    pub end: (u32, u32),
}

/// A function of the host that a chunk names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NamedCall {
    /// Its path.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
}

/// Most findings of one chunk.
const MOST: usize = 1000;

pub(in crate::session) fn check(
    lua: &mut Lua,
    config: &Config,
    host: &HostTable,
    source: &[u8],
    name: &str,
) -> Checked {
    if let Some(error) = refusal(source, name.as_bytes(), config.limits.source) {
        return with_error(error, source);
    }
    let options = ParseOptions { skip_file_prefix: true };
    let proto = match compile_source(source, name.as_bytes(), options, &mut NoMeter) {
        Ok(proto) => proto,
        Err(error) => {
            let mut error = syntax_error(&error);
            advise_syntax(source, &mut error);
            return with_error(error, source);
        }
    };
    let known = known_globals(lua);
    let mut checked =
        Checked { unknown_globals: unknown_globals(&proto, &known), ..Checked::default() };
    if let Some(reading) = Reading::whole(source) {
        let found = lint(&reading, &names(lua, host, config.profile));
        let findings = found.findings.into_iter().take(MOST);
        checked.findings = findings.map(|found| warning(source, found)).collect();
        checked.host_calls = found
            .calls
            .into_iter()
            .map(|(path, span)| {
                let (line, column) = place_of(source, span.start);
                NamedCall { path, line, column }
            })
            .collect();
    }
    checked
}

fn warning(source: &[u8], found: lint::Finding) -> Finding {
    let (line, column) = place_of(source, found.span.start);
    Finding {
        severity: Severity::Warning,
        rule: found.rule,
        message: found.message,
        hint: found.hint,
        line,
        column,
        end: place_of(source, found.span.end),
    }
}

/// Makes the result for a chunk that cannot run.
fn with_error(error: LuaError, source: &[u8]) -> Checked {
    let span = error.advice.as_deref().and_then(|advice| advice.span);
    let (line, column) = match span {
        Some(span) => place_of(source, span.start),
        None => (error.line.unwrap_or(1), 1),
    };
    let message = String::from_utf8_lossy(&error.message).into_owned();
    let place = error.line.map_or(String::new(), |line| format!("{}:{line}: ", error.chunk));
    let finding = Finding {
        severity: Severity::Error,
        rule: "syntax",
        message: message.strip_prefix(&place).unwrap_or(&message).to_owned(),
        hint: error.hint.clone(),
        line,
        column,
        end: span.map_or((line, column), |span| place_of(source, span.end)),
    };
    Checked { error: Some(error), findings: vec![finding], ..Checked::default() }
}

/// Returns the error for a source that is not even looked at: one beyond the limit,
/// or bytecode, which is told by its first byte as PUC does.
pub(in crate::session) fn refusal(source: &[u8], name: &[u8], limit: u64) -> Option<LuaError> {
    let message = if source.len() as u64 > limit {
        format!("the source has {} bytes, more than {limit} (limit: source)", source.len())
    } else if source.first() == Some(&0x1b) {
        "attempt to load a binary chunk (mode is 't')".to_owned()
    } else {
        return None;
    };
    let mut error = LuaError::plain(ErrorKind::Syntax, message);
    error.chunk = String::from_utf8_lossy(&chunk_id(name)).into_owned();
    Some(error)
}

fn syntax_error(error: &SyntaxError) -> LuaError {
    LuaError::positioned(ErrorKind::Syntax, error.message().to_vec())
}

fn known_globals(lua: &mut Lua) -> BTreeSet<Vec<u8>> {
    lua.enter(|ctx| {
        let mut known = BTreeSet::new();
        ctx.make_library_real();
        let mut position = 0;
        while let Some((next, key, _)) = ctx.state.globals.next_index(position) {
            if let crate::vm::heap::value::Value::String(name) = key {
                known.insert(name.as_bytes().to_vec());
            }
            position = next;
        }
        known
    })
}

fn unknown_globals(main: &Proto, known: &BTreeSet<Vec<u8>>) -> Vec<(u32, String)> {
    let mut read = Vec::new();
    let mut set = BTreeSet::new();
    let mut pending = vec![main];
    while let Some(proto) = pending.pop() {
        for (instr, line) in proto.code.iter().zip(&proto.lines) {
            let (upvalue, write) = match instr.op {
                Op::GetTabUp => (instr.b, false),
                Op::SetTabUp => (instr.a, true),
                _ => continue,
            };
            let env = proto.upvalues.get(usize::from(upvalue));
            let Some(Const::String(name)) = proto.constants.get(instr.x as usize) else { continue };
            if env.is_none_or(|env| &*env.name != b"_ENV") {
                continue;
            }
            if write {
                set.insert(name.to_vec());
            } else {
                read.push((*line, name.to_vec()));
            }
        }
        pending.extend(proto.protos.iter().map(|inner| &**inner));
    }
    let mut seen = BTreeSet::new();
    read.sort();
    read.into_iter()
        .filter(|(_, name)| !known.contains(name) && !set.contains(name))
        .filter(|(_, name)| seen.insert(name.clone()))
        .map(|(line, name)| (line, String::from_utf8_lossy(&name).into_owned()))
        .collect()
}
