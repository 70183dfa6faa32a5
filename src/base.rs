//! Rank 0: what every layer above may use and that knows nothing of Lua code:
//! numbers as text, C strings and the display names of chunks.

pub(crate) mod c_string;
pub(crate) mod chunk_id;
pub(crate) mod number;
