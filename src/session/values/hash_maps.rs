//! Hash maps as arguments and results of host functions. The order of one is another in each
//! process; no script sees it.

#![allow(clippy::disallowed_types, reason = "hosts have them; their order stays behind")]

use super::from_lua::{FromLua, entries};
use super::host_error::HostError;
use super::host_value::{HostKey, HostValue};
use super::into_lua::{IntoLua, fields};
use super::mismatch::Mismatch;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};

impl<K, V, S> FromLua for HashMap<K, V, S>
where
    K: FromLua + Eq + Hash,
    V: FromLua,
    S: BuildHasher + Default,
{
    fn from_lua(value: HostValue) -> Result<Self, Mismatch> {
        let mut map = HashMap::default();
        entries(value, |key, value| {
            map.insert(key, value);
        })?;
        Ok(map)
    }
}

impl<K: IntoLua, V: IntoLua, S> IntoLua for HashMap<K, V, S> {
    fn into_lua(self) -> Result<HostValue, HostError> {
        let mut fields = fields(self)?;
        fields.sort_by(|(one, _), (other, _)| order(one).cmp(&order(other)));
        Ok(HostValue::Object(fields))
    }
}

/// What keys are sorted by.
fn order(key: &HostKey) -> (i64, i64, &[u8]) {
    match key {
        HostKey::Boolean(b) => (i64::from(*b), 0, b""),
        HostKey::Integer(i) => (*i, 0, b""),
        // Those beyond all integers follow each other as `f64::total_cmp` has them.
        HostKey::Number(n) => {
            let bits = n.to_bits() as i64;
            (*n as i64, bits ^ ((bits >> 63) & i64::MAX), b"")
        }
        HostKey::String(text) => (0, 0, text),
    }
}
