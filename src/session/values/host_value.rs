//! The owned values that cross between a script and its host's functions.
//!
//! Nothing here knows the machine: a [`HostValue`] has no lifetime and can be
//! kept, sent to another thread or turned into JSON.
//!
//! # Depth
//!
//! The bridge that builds these values from Lua tables refuses tables nested
//! more than 128 deep, [`HostValue::from_json`] refuses such JSON,
//! and [`HostValue::to_json`] refuses such values. So the recursion in here,
//! and that of the compiler-made `Drop`, has a small fixed bound. A host that
//! builds deeper values by hand gets an error from every conversion, and pays
//! for their `Drop` with its own stack.

use super::function::Function;
use super::object_ref::ObjectRef;

mod debug;
mod depth;
mod error;
mod from;
mod json;
mod key;

#[cfg(test)]
mod tests;

pub(in crate::session) use debug::Text;
pub(in crate::session) use depth::{TOO_DEEP, WALKED, cut_off, walkable, walkable_one};
pub use error::{ConvertError, ConvertErrorKind};
pub use key::HostKey;

/// The deepest nesting of arrays and objects a value may have.
pub(in crate::session) const MAX_DEPTH: usize = 128;

/// An owned value passed to, or returned by, a host function.
///
/// Everything usual becomes one with `into`; [`HostValue::from_serde`] takes whatever
/// implements `Serialize`, and [`HostValue::to`] makes whatever implements `Deserialize`:
///
/// ```
/// use moonfuel::HostValue;
///
/// let page = HostValue::object([
///     ("title", "Moon".into()),
///     ("size", 1737.4.into()),
///     ("tags", vec!["rock", "dust"].into()),
/// ]);
/// assert_eq!(page.field("title").and_then(HostValue::as_str), Some("Moon"));
///
/// let tags: Vec<String> = page.field("tags").map_or(Ok(vec![]), HostValue::to)?;
/// assert_eq!(tags, ["rock", "dust"]);
/// # Ok::<(), moonfuel::ConvertError>(())
/// ```
///
/// # Null
///
/// Scripts know two things where JSON has one: `nil`, which is no value at all, and
/// `json.null`. The first is [`HostValue::Nil`] on both ways. [`HostValue::Null`] is what
/// `json.null` becomes, and a hole in a table that is marked as an array
/// (`json.array({1, nil, 3})`). Given to a script it is nil, as `null` is for `json.decode`:
/// a field that is not there, or a hole in an array, which keeps its shape unless the hole
/// is at its end. A session built with
/// [`keep_null`](crate::SessionBuilder::keep_null) gives `json.null` instead.
///
/// # Depth
///
/// What crosses is at most 128 deep, whoever made it. A function's result, or an answer to a
/// call that waits, which is nested deeper is an error of the call, however deep it is. A value
/// that a host itself nests tens of thousands deep, and keeps, cannot be dropped, cloned or
/// shown without overflowing the stack, as with any tree of Rust's own.
#[derive(Clone, PartialEq, Default)]
#[non_exhaustive]
pub enum HostValue {
    /// Lua's `nil`.
    #[default]
    Nil,
    /// JSON's `null`: `json.null` of a script, or a hole in an array.
    Null,
    /// A boolean.
    Boolean(bool),
    /// An integer number.
    Integer(i64),
    /// A floating-point number.
    Number(f64),
    /// A string of any bytes.
    String(Vec<u8>),
    /// A table whose keys are exactly 1..n. One that is marked as an array may have holes,
    /// which are [`HostValue::Null`].
    Array(Vec<HostValue>),
    /// Any other table, in the order of iteration.
    Object(Vec<(HostKey, HostValue)>),
    /// A function of the script's, which can be called.
    Function(Function),
    /// An object of a type of the host's.
    UserData(ObjectRef),
    /// A value that cannot leave the machine, by the name of its type: `thread`, or
    /// `userdata` that is no object of the host's. Given to a script it is nil.
    Opaque(&'static str),
}

impl HostValue {
    /// Makes an array of values.
    ///
    /// ```
    /// use moonfuel::HostValue;
    ///
    /// let pair = HostValue::array([1.into(), "one".into()]);
    /// assert_eq!(pair.to_json()?.to_string(), r#"[1,"one"]"#);
    /// # Ok::<(), moonfuel::ConvertError>(())
    /// ```
    pub fn array(items: impl IntoIterator<Item = HostValue>) -> HostValue {
        HostValue::Array(items.into_iter().collect())
    }

    /// Makes an object of keys and values, in this order.
    pub fn object<K: Into<HostKey>>(fields: impl IntoIterator<Item = (K, HostValue)>) -> HostValue {
        HostValue::Object(fields.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// Tells whether the value takes no memory of its own, for certain.
    #[inline(always)]
    pub(in crate::session) fn is_scalar(&self) -> bool {
        matches!(
            self,
            HostValue::Nil | HostValue::Boolean(_) | HostValue::Integer(_) | HostValue::Number(_)
        )
    }

    /// Tells whether this is, or holds, what means nothing outside of its session. Values that
    /// cross are at most 128 deep, and so is this recursion.
    #[cfg(feature = "mcp")]
    pub(crate) fn is_of_session(&self) -> bool {
        match self {
            HostValue::Function(_) | HostValue::UserData(_) | HostValue::Opaque(_) => true,
            HostValue::Array(items) => items.iter().any(HostValue::is_of_session),
            HostValue::Object(fields) => fields.iter().any(|(_, value)| value.is_of_session()),
            _ => false,
        }
    }

    /// Returns what a list holds: the values at integer keys, in the order of these; nothing of
    /// what is no table.
    #[cfg(feature = "host")]
    pub(crate) fn items(&self) -> Option<Vec<&HostValue>> {
        match self {
            HostValue::Array(items) => Some(items.iter().collect()),
            HostValue::Object(fields) => {
                let numbered = fields.iter().filter_map(|(key, value)| match key {
                    HostKey::Integer(index) => Some((index, value)),
                    _ => None,
                });
                let mut numbered: Vec<_> = numbered.collect();
                numbered.sort_by_key(|(index, _)| **index);
                Some(numbered.into_iter().map(|(_, value)| value).collect())
            }
            _ => None,
        }
    }

    /// Tells whether this is nil or null.
    pub fn is_nil(&self) -> bool {
        matches!(self, HostValue::Nil | HostValue::Null)
    }

    /// Returns the bytes of a string, or `None` for any other value.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            HostValue::String(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Returns a string that is UTF-8, or `None` for any other value.
    pub fn as_str(&self) -> Option<&str> {
        self.as_bytes().and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// Returns the field `name` of an object, or `None`.
    pub fn field(&self, name: &str) -> Option<&HostValue> {
        match self {
            HostValue::Object(fields) => {
                fields.iter().find(|(key, _)| key == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Names the value's type as Lua's `type` does; `null` is a name of its own.
    pub fn type_name(&self) -> &'static str {
        match self {
            HostValue::Nil => "nil",
            HostValue::Null => "null",
            HostValue::Boolean(_) => "boolean",
            HostValue::Integer(_) | HostValue::Number(_) => "number",
            HostValue::String(_) => "string",
            HostValue::Array(_) | HostValue::Object(_) => "table",
            HostValue::Function(_) => "function",
            HostValue::UserData(_) => "userdata",
            HostValue::Opaque(name) => name,
        }
    }
}
