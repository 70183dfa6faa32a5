//! What a run that was stopped looks like to people: its calls, and their variables as text.
//! Nothing of the script's runs for it, and nothing is charged.

use super::error::current_line;
use crate::base::chunk_id::chunk_id;
use crate::base::number::float_text;
use crate::bytecode::names;
use crate::vm::heap::table::Table;
use crate::vm::heap::thread::{Callee, ThreadState};
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;

/// Most calls and variables that are shown, items of a table, and bytes of a string.
const CALLS: usize = 50;
const LOCALS: usize = 100;
const ITEMS: usize = 8;
const BYTES: usize = 80;

/// A call of a Lua function that has not returned.
#[derive(Debug)]
pub struct StandingCall {
    /// The chunk, as messages show it.
    pub chunk: Vec<u8>,
    /// The line, if the function has lines.
    pub line: Option<u32>,
    /// Its variables, with their values as text.
    pub locals: Vec<(Vec<u8>, String)>,
}

impl Context<'_> {
    /// Returns the calls of the running thread, the innermost first, and then those of the
    /// threads that wait for it.
    pub fn standing(self) -> Vec<StandingCall> {
        let mut calls = Vec::new();
        let mut next = Some(self.state.current.get());
        while let Some(thread) = next.filter(|_| calls.len() < CALLS) {
            let th = thread.state();
            let (count, room) = (th.call_count(), CALLS - calls.len());
            let levels = (0..count.min(CALLS)).map(|level| th.frame_of_call(count - 1 - level));
            calls.extend(levels.filter_map(|index| standing_call(th, index)).take(room));
            next = th.resumer;
        }
        calls
    }
}

fn standing_call(th: &ThreadState<'_>, index: usize) -> Option<StandingCall> {
    let frame = &th.frames[index];
    let Callee::Lua(closure) = frame.callee else { return None };
    let proto = closure.proto();
    let pc = (frame.pc as usize).saturating_sub(1);
    let mut locals = Vec::new();
    for n in 0..LOCALS {
        let Some(name) = names::nth_local(proto, pc, n as i64 + 1) else { break };
        // Those of the machine's own have names that are none.
        if !name.starts_with(b"(") {
            let value = th.stack.get(frame.base as usize + n);
            locals.push((name.to_vec(), shown(&value, true)));
        }
    }
    Some(StandingCall { chunk: chunk_id(&proto.source), line: current_line(frame), locals })
}

fn shown(value: &Value<'_>, whole: bool) -> String {
    match value {
        Value::Nil => "nil".to_owned(),
        Value::Boolean(b) => b.to_string(),
        Value::Integer(i) => i.to_string(),
        Value::Number(n) => float_text(*n),
        Value::String(string) => {
            let bytes = string.as_bytes();
            let cut = &bytes[..bytes.len().min(BYTES)];
            let rest = if cut.len() < bytes.len() { "..." } else { "" };
            format!("\"{}\"{rest}", String::from_utf8_lossy(cut).escape_debug())
        }
        Value::Table(table) if whole => shown_table(*table),
        Value::Table(_) => "{...}".to_owned(),
        other => other.type_name().to_owned(),
    }
}

fn shown_table(table: Table<'_>) -> String {
    let mut items = Vec::new();
    let (mut position, mut next) = (0, 1);
    while let Some((after, key, value)) = table.next_index(position) {
        position = after;
        if items.len() == ITEMS {
            items.push("...".to_owned());
            break;
        }
        let value = shown(&value, false);
        items.push(match key {
            Value::Integer(i) if i == next => {
                next += 1;
                value
            }
            Value::String(name) if is_name(name.as_bytes()) => {
                format!("{} = {value}", String::from_utf8_lossy(name.as_bytes()))
            }
            key => format!("[{}] = {value}", shown(&key, false)),
        });
    }
    format!("{{{}}}", items.join(", "))
}

fn is_name(text: &[u8]) -> bool {
    text.len() <= BYTES
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        && text.first().is_some_and(|first| !first.is_ascii_digit())
}
