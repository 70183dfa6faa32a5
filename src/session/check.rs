//! Looking at a chunk without running it.

use super::builder::Config;
use super::outcome::{ErrorKind, LuaError};
use crate::bytecode::op::Op;
use crate::bytecode::proto::{Const, Proto};
use crate::compiler::compile;
use crate::syntax::ParseOptions;
use crate::syntax::error::SyntaxError;
use crate::syntax::meter::NoMeter;
use crate::syntax::parser::parse_with;
use crate::vm::machine::Lua;
use std::collections::BTreeSet;

/// The result of looking at a chunk without running it.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Checked {
    /// The syntax error, if there is one.
    pub error: Option<LuaError>,
    /// Lines and names of globals that the session does not have and the chunk
    /// never sets.
    pub unknown_globals: Vec<(u32, String)>,
}

pub(super) fn check(lua: &mut Lua, config: &Config, source: &[u8], name: &str) -> Checked {
    if source.len() as u64 > config.limits.source {
        let error = Some(too_large(source.len(), config.limits.source));
        return Checked { error, ..Checked::default() };
    }
    let options = ParseOptions { skip_file_prefix: true };
    let proto = parse_with(source, name.as_bytes(), options, &mut NoMeter)
        .and_then(|chunk| compile(&chunk, source, name.as_bytes(), &mut NoMeter));
    match proto {
        Ok(proto) => {
            let known = known_globals(lua);
            Checked { error: None, unknown_globals: unknown_globals(&proto, &known) }
        }
        Err(error) => Checked { error: Some(syntax_error(&error)), ..Checked::default() },
    }
}

/// The error for a source beyond the limit.
pub(super) fn too_large(bytes: usize, limit: u64) -> LuaError {
    let message = format!("the source has {bytes} bytes, more than {limit} (limit: source)");
    LuaError::plain(ErrorKind::Syntax, message)
}

fn syntax_error(error: &SyntaxError) -> LuaError {
    LuaError::positioned(ErrorKind::Syntax, error.message().to_vec())
}

fn known_globals(lua: &mut Lua) -> BTreeSet<Vec<u8>> {
    lua.enter(|ctx| {
        let mut known = BTreeSet::new();
        let mut position = 0;
        while let Some((next, key, _)) = ctx.state.globals.next_index(position) {
            if let crate::vm::value::Value::String(name) = key {
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
