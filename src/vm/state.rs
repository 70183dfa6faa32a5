//! What one machine has: its state and the context that every operation receives, what the
//! collector is told (weak tables, finalizers), output, and the world outside. It may use the
//! heap and the meters; nothing here calls anything of Lua's.

pub(crate) mod collector;
pub(crate) mod context;
pub(crate) mod coverage;
pub(crate) mod finalize;
pub(crate) mod handles;
pub(crate) mod holding;
pub(crate) mod library;
pub(crate) mod loose_ends;
pub(crate) mod metatables;
pub(crate) mod module_texts;
pub(crate) mod objects;
pub(crate) mod output;
pub(crate) mod outside;
pub(crate) mod place;
pub(crate) mod profile;
pub(crate) mod retry;
pub(crate) mod schedule;
pub(crate) mod undo;
pub(crate) mod weak;
pub(crate) mod world;
