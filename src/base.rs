//! Rank 0: what every layer above may use and that knows nothing of Lua code:
//! numbers as text, C strings, the display names of chunks and names that are near others.

pub(crate) mod c_string;
pub(crate) mod chunk_id;
pub(crate) mod nearest;
pub(crate) mod number;
