//! How a session's trace is written, or compared with the one that is there: lines and what stands
//! in them, the tape that is told of each moment, the player. What a session is remade from for a
//! replay is in `trace`.

pub(in crate::session) mod deck;
pub(in crate::session) mod divergence;
pub(in crate::session) mod ended;
pub(in crate::session) mod in_place;
#[cfg(feature = "mcp")]
pub(in crate::session) mod journal;
pub(in crate::session) mod json;
pub(in crate::session) mod limits;
pub(in crate::session) mod line;
pub(in crate::session) mod live;
pub(in crate::session) mod notes;
pub(in crate::session) mod player;
pub(in crate::session) mod recorded;
pub(in crate::session) mod redact;
pub(in crate::session) mod reply;
pub(in crate::session) mod tape;
pub(in crate::session) mod text;
pub(in crate::session) mod value;
pub(in crate::session) mod writer;
