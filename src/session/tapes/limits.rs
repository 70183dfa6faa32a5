//! Limits, in a trace.

use super::text::{push_count, push_str};
use super::value::count_of;
use crate::session::values::host_value::HostValue;
use crate::session::values::limits::Limits;

/// Each limit by its name.
pub(in crate::session) fn limits(limits: &mut Limits) -> [(&'static str, &mut u64); 8] {
    [
        ("fuel", &mut limits.fuel),
        ("memory", &mut limits.memory),
        ("output", &mut limits.output),
        ("host_calls", &mut limits.host_calls),
        ("host_result", &mut limits.host_result),
        ("source", &mut limits.source),
        ("coroutines", &mut limits.coroutines),
        ("call_depth", &mut limits.call_depth),
    ]
}

/// Appends limits.
pub(in crate::session) fn push_limits(text: &mut Vec<u8>, of: &Limits) {
    for (at, (name, limit)) in limits(&mut of.clone()).into_iter().enumerate() {
        text.push(if at == 0 { b'{' } else { b',' });
        push_str(text, name);
        text.push(b':');
        push_count(text, *limit);
    }
    text.push(b'}');
}

/// Reads limits.
pub(in crate::session) fn limits_of(json: &HostValue) -> Option<Limits> {
    let mut read = Limits::default();
    for (name, limit) in limits(&mut read) {
        *limit = json.field(name).and_then(count_of)?;
    }
    Some(read)
}
