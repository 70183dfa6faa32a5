//! How a run's values become one JSON text.

use crate::vm::heap::native::Interrupt;
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;

/// What the JSON of a report is made of, of the values that the script returned.
///
/// ```
/// use moonfuel::{Decode, Session};
///
/// for (way, json) in [(Decode::All, "[1,2]"), (Decode::First, "1"), (Decode::None, "[]")] {
///     let mut session = Session::builder().decode(way).build()?;
///     assert_eq!(session.run("return 1, 2").json()?, json);
/// }
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decode {
    /// An array of all of them.
    #[default]
    All,
    /// None is `null`, one is itself, more are an array.
    Jido,
    /// The first, or `null`. The others are not even converted.
    First,
    /// An empty array: no value is converted.
    None,
}

/// The key of the registry under which the way is noted.
const DECODE: &[u8] = b"session.decode";

/// The ways by their names.
const NAMES: [(&str, Decode); 4] = [
    ("all", Decode::All),
    ("jido", Decode::Jido),
    ("first", Decode::First),
    ("none", Decode::None),
];

impl Decode {
    /// Returns the way's name.
    pub(in crate::session) fn name(self) -> &'static str {
        NAMES.iter().find(|(_, way)| *way == self).map_or("", |(name, _)| name)
    }

    /// Returns the way of a name.
    pub(in crate::session) fn of_name(name: &str) -> Option<Decode> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, way)| *way)
    }

    /// Notes the way in a machine.
    pub(in crate::session) fn set(self, ctx: Context<'_>) -> Result<(), Interrupt<'_>> {
        if self == Decode::All {
            return Ok(());
        }
        let (key, way) = (ctx.string(DECODE)?, Value::Integer(self as i64));
        ctx.state.registry.set_str(ctx.heap(), key, way)
    }

    /// Gives a machine that was made of a snapshot the way of its new description.
    pub(in crate::session) fn take_over(self, ctx: Context<'_>) -> Result<(), Interrupt<'_>> {
        if Decode::of(ctx) == self {
            return Ok(());
        }
        let (key, way) = (ctx.string(DECODE)?, Value::Integer(self as i64));
        ctx.state.registry.set_str(ctx.heap(), key, way)
    }

    /// Returns the way a machine's values are decoded.
    pub(in crate::session) fn of(ctx: Context<'_>) -> Decode {
        let known = ctx.state.strings.find(ctx.mc, DECODE);
        match known.map(|key| ctx.state.registry.get_str(ctx.heap(), key)) {
            Ok(Value::Integer(1)) => Decode::Jido,
            Ok(Value::Integer(2)) => Decode::First,
            Ok(Value::Integer(3)) => Decode::None,
            _ => Decode::All,
        }
    }

    /// Returns how many of `count` values are converted.
    pub(in crate::session) fn taken(self, count: usize) -> usize {
        match self {
            Decode::All | Decode::Jido => count,
            Decode::First => count.min(1),
            Decode::None => 0,
        }
    }

    /// Makes the text of that of an array with `count` values.
    pub(in crate::session) fn decode(self, mut array: Vec<u8>, count: usize) -> Vec<u8> {
        match (self, count) {
            (Decode::All | Decode::None, _) => array,
            (_, 0) => b"null".to_vec(),
            (_, 1) => {
                // The brackets go.
                array.pop();
                array.drain(..1.min(array.len()));
                array
            }
            _ => array,
        }
    }
}
