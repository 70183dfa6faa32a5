//! What lies in the arena: values, strings and their table, tables, closures, userdata, the data
//! of threads, the descriptions of native functions, chunks that are being loaded; and the handle
//! that makes and changes them. It may use the meters, and the front end for what is loaded;
//! nothing here knows how the machine runs or what else it has.

pub(crate) mod closure;
pub(crate) mod counts;
pub(crate) mod interner;
pub(crate) mod journal;
pub(crate) mod loading;
pub(crate) mod meta;
pub(crate) mod names;
pub(crate) mod native;
pub(crate) mod pristine;
pub(crate) mod stack;
pub(crate) mod store;
pub(crate) mod string;
pub(crate) mod table;
pub(crate) mod thread;
pub(crate) mod userdata;
pub(crate) mod value;

#[cfg(test)]
mod sizes;
