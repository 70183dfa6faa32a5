//! Rank 0: what every layer above may use and that knows nothing of Lua code:
//! real functions, numbers as text, C strings, the display names of chunks, names that
//! are near others, bytes as text, hashes and the texts of errors.

pub(crate) mod base64;
pub(crate) mod c_string;
pub(crate) mod chunk_id;
pub(crate) mod math;
pub(crate) mod nearest;
pub(crate) mod number;
pub(crate) mod says;
pub(crate) mod sha256;
