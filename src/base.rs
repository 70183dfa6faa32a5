//! Rank 0: what every layer above may use and that knows nothing of Lua code:
//! arithmetic, real functions, numbers as text, C strings, the display names of chunks and of
//! files, characters that are not seen, names that are near others, and hashes.

pub(crate) mod arithmetic;
pub(crate) mod c_string;
pub(crate) mod chunk_id;
pub(crate) mod hidden;
pub(crate) mod math;
pub(crate) mod nearest;
pub(crate) mod number;
#[cfg(feature = "host")]
pub(crate) mod one_line;
pub(crate) mod sha256;
