//! Prototypes to bytes: precompiled chunks (manual §6.4, `string.dump`).

use super::format::{
    DATA, FLOAT, INTEGER, LUA_VERSION, PUC_FORMAT, SIGNATURE, SIZES, VERSION, tag,
};
use super::proto::{Const, Proto};
use std::sync::Arc;

#[cfg(test)]
mod tests;

/// Where the bytes go.
trait Sink {
    fn put(&mut self, bytes: &[u8]);
}

/// Only counts.
struct Counter(usize);

impl Sink for Counter {
    fn put(&mut self, bytes: &[u8]) {
        self.0 += bytes.len();
    }
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Returns the number of bytes that [`dump`] makes. Linear in the prototype.
pub fn dumped_len(proto: &Proto, name: &[u8], strip: bool) -> usize {
    let mut counter = Counter(0);
    chunk(proto, name, strip, &mut counter);
    counter.0
}

/// Returns a prototype and all in it as a precompiled chunk; `strip` leaves out the
/// debug information: names, lines and the name of the chunk. That is `name`, of which the
/// prototype may know only what messages show. Equal prototypes give equal bytes. Linear in
/// the prototype; memory is [`dumped_len`].
pub fn dump(proto: &Proto, name: &[u8], strip: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(dumped_len(proto, name, strip));
    chunk(proto, name, strip, &mut out);
    out
}

fn chunk(proto: &Proto, name: &[u8], strip: bool, out: &mut impl Sink) {
    out.put(SIGNATURE);
    out.put(&[LUA_VERSION, PUC_FORMAT]);
    out.put(DATA);
    for (size, _) in SIZES {
        out.put(&[size]);
    }
    out.put(&INTEGER.to_le_bytes());
    out.put(&FLOAT.to_le_bytes());
    out.put(&[VERSION]);
    // Functions still to be written, the next one last, with the source around them.
    let mut pending: Vec<(&Proto, Option<&Arc<[u8]>>)> = vec![(proto, None)];
    while let Some((proto, around)) = pending.pop() {
        function(proto, name, around, strip, out);
        let inner = proto.protos.iter().rev();
        pending.extend(inner.map(|inner| (&**inner, Some(&proto.source))));
    }
}

/// Writes a function up to the number of functions in it.
fn function(
    proto: &Proto,
    name: &[u8],
    around: Option<&Arc<[u8]>>,
    strip: bool,
    out: &mut impl Sink,
) {
    if strip
        || around
            .is_some_and(|around| Arc::ptr_eq(around, &proto.source) || *around == proto.source)
    {
        unsigned(0, out);
    } else {
        let name = if around.is_none() { name } else { &proto.source };
        unsigned(name.len() as u64 + 1, out);
        out.put(name);
    }
    unsigned(u64::from(proto.line_defined), out);
    unsigned(u64::from(proto.last_line_defined), out);
    out.put(&[proto.num_params, u8::from(proto.is_vararg), proto.max_stack]);
    count(proto.code.len(), out);
    for instr in &proto.code {
        let [x0, x1, x2, x3] = instr.x.to_le_bytes();
        out.put(&[instr.op as u8, instr.a, instr.b, instr.c, x0, x1, x2, x3]);
    }
    count(proto.constants.len(), out);
    for constant in &proto.constants {
        value(constant, out);
    }
    count(proto.upvalues.len(), out);
    for upvalue in &proto.upvalues {
        out.put(&[u8::from(upvalue.in_stack), upvalue.index, u8::from(upvalue.read_only)]);
    }
    if strip {
        out.put(&[0, 0, 0]);
    } else {
        debug_information(proto, out);
    }
    count(proto.protos.len(), out);
}

fn debug_information(proto: &Proto, out: &mut impl Sink) {
    count(proto.lines.len(), out);
    let mut before = proto.line_defined;
    for line in &proto.lines {
        let step = i64::from(*line) - i64::from(before);
        // The sign goes to the lowest bit, so that small steps stay short.
        unsigned(((step << 1) ^ (step >> 63)) as u64, out);
        before = *line;
    }
    count(proto.loc_vars.len(), out);
    for variable in &proto.loc_vars {
        string(&variable.name, out);
        unsigned(u64::from(variable.start_pc), out);
        unsigned(u64::from(variable.end_pc), out);
        out.put(&[variable.reg]);
    }
    count(proto.upvalues.len(), out);
    for upvalue in &proto.upvalues {
        string(&upvalue.name, out);
    }
}

fn value(constant: &Const, out: &mut impl Sink) {
    match constant {
        Const::Nil => out.put(&[tag::NIL]),
        Const::Boolean(false) => out.put(&[tag::FALSE]),
        Const::Boolean(true) => out.put(&[tag::TRUE]),
        Const::Integer(i) => {
            out.put(&[tag::INTEGER]);
            out.put(&i.to_le_bytes());
        }
        Const::Number(n) => {
            out.put(&[tag::FLOAT]);
            out.put(&n.to_le_bytes());
        }
        Const::String(s) => {
            out.put(&[tag::STRING]);
            string(s, out);
        }
    }
}

fn string(bytes: &[u8], out: &mut impl Sink) {
    count(bytes.len(), out);
    out.put(bytes);
}

fn count(n: usize, out: &mut impl Sink) {
    unsigned(n as u64, out);
}

/// Writes a number seven bits at a time, the lowest first.
fn unsigned(n: u64, out: &mut impl Sink) {
    let mut rest = n;
    while rest >= 0x80 {
        out.put(&[rest as u8 | 0x80]);
        rest >>= 7;
    }
    out.put(&[rest as u8]);
}
