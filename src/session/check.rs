//! Looking at a chunk without running it.

use super::builder::Config;
use super::outcome::{ErrorKind, LuaError};
use crate::base::chunk_id::chunk_id;
use crate::bytecode::op::Op;
use crate::bytecode::proto::{Const, Proto};
use crate::compiler::compile_source;
use crate::syntax::ParseOptions;
use crate::syntax::error::SyntaxError;
use crate::syntax::meter::NoMeter;
use crate::vm::machine::Lua;
use std::collections::BTreeSet;

/// The result of looking at a chunk without running it.
#[derive(Clone, Debug, PartialEq, Default)]
#[non_exhaustive]
pub struct Checked {
    /// The syntax error, if there is one.
    pub error: Option<LuaError>,
    /// Lines and names of globals that the session does not have and the chunk
    /// never sets.
    pub unknown_globals: Vec<(u32, String)>,
}

pub(super) fn check(lua: &mut Lua, config: &Config, source: &[u8], name: &str) -> Checked {
    if let Some(error) = refusal(source, name.as_bytes(), config.limits.source) {
        return Checked { error: Some(error), ..Checked::default() };
    }
    let options = ParseOptions { skip_file_prefix: true };
    match compile_source(source, name.as_bytes(), options, &mut NoMeter) {
        Ok(proto) => {
            let known = known_globals(lua);
            Checked { error: None, unknown_globals: unknown_globals(&proto, &known) }
        }
        Err(error) => Checked { error: Some(syntax_error(&error)), ..Checked::default() },
    }
}

/// Returns the error for a source that is not even looked at: one beyond the limit,
/// or bytecode, which is told by its first byte as PUC does.
pub(super) fn refusal(source: &[u8], name: &[u8], limit: u64) -> Option<LuaError> {
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
