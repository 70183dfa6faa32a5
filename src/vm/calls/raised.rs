//! Where the functions stand that an error goes through, for those who look for its cause
//! outside of the machine.

use super::call::Call;
use crate::base::chunk_id::chunk_id;
use crate::base::number::parse_number;
use crate::hints::running::{Held, Raised};
use crate::hints::site::print_of;
use crate::vm::heap::thread::{Callee, ThreadState};
use crate::vm::heap::value::Value;
use std::sync::Arc;

/// Most functions that are told of.
const MOST: usize = 16;
/// The longest source that is kept of each function.
const LONGEST_TEXT: usize = 16 << 10;
/// The longest string that is looked at for a number.
const LONGEST_NUMBER: usize = 64;

impl Call<'_, '_> {
    /// Returns where the Lua functions of this thread stand, the innermost first. The running
    /// native function, which asks, is left out.
    pub(crate) fn raised(&self) -> Vec<Raised> {
        let own = self.th.frames.len().saturating_sub(1);
        (0..own).rev().filter_map(|index| raised(self.th, index, own)).take(MOST).collect()
    }
}

fn raised(th: &ThreadState<'_>, index: usize, own: usize) -> Option<Raised> {
    let frame = &th.frames[index];
    let Callee::Lua(closure) = frame.callee else { return None };
    let native = match th.frames.get(index + 1).map(|above| above.callee) {
        Some(Callee::Native(def)) if index + 1 < own => Some(def.name.to_owned()),
        _ => None,
    };
    let proto = closure.proto();
    let pc = (frame.pc as usize).checked_sub(1)?;
    let register = |number: usize| held(&th.stack.get(frame.base as usize + number));
    let registers = (0..usize::from(proto.max_stack)).map(register).collect();
    Some(Raised {
        chunk: chunk_id(&proto.source),
        text: text_of(&proto.source),
        line: proto.lines.get(pc).copied(),
        print: print_of(proto),
        pc: pc as u32,
        native,
        held: registers,
    })
}

/// Returns the source of a chunk, if its name says no more than that.
fn text_of(name: &Arc<[u8]>) -> Option<Arc<[u8]>> {
    let named = matches!(name.first(), None | Some(b'@' | b'='));
    (!named && name.len() <= LONGEST_TEXT).then(|| Arc::clone(name))
}

fn held(value: &Value<'_>) -> Held {
    match value {
        Value::Nil => Held::Nil,
        Value::Integer(_) => Held::Integer,
        Value::Number(n) => Held::Float(n.trunc() == *n && n.abs() < 9.2e18),
        Value::String(text) => {
            let bytes = text.as_bytes();
            Held::String(bytes.len() <= LONGEST_NUMBER && parse_number(bytes).is_some())
        }
        Value::Table(_) => Held::Table,
        value if value.type_name() == "function" => Held::Function,
        _ => Held::Other,
    }
}
