//! Rank 0: what every layer above may use and that knows nothing of Lua code:
//! numbers as text and the display names of chunks.

pub mod chunk_id;
pub mod number;
