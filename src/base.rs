//! Rank 0: what every layer above may use and that knows nothing of Lua code:
//! numbers as text, C strings and the display names of chunks.

pub mod c_string;
pub mod chunk_id;
pub mod number;
