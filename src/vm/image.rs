//! The machine as bytes: what a later run can notice of it, in one order.
//!
//! **The walk** begins at the roots and goes breadth first. Objects get numbers in the order
//! in which they are found, so that the bytes depend on no address, no key of hashes and no
//! collection. Where an object is met first its kind is written, with what is needed to make
//! it empty (a *mention*); what is in it (its *body*) follows when its turn comes. So neither
//! writing nor reading recurses, and a reader meets no reference to what it has not made.
//! Strings and functions have no body: they are written whole where they are met.
//!
//! **What is written is physical**: capacities, tombstones, holes, the order of entries, serial
//! ids. `vm/tests/canonical.rs` writes the same things as text, for people.
//!
//! **Nothing that is read is trusted** ([`load`]).
//!
//! To add a kind of object: a variant of [`Object`](object::Object), a tag for its mention
//! ([`tag`]), its mention and its body in a file of its own with a half for [`save::Saver`] and
//! a half for [`load::Loader`], each called from one `match`.

pub(crate) mod address;
mod alive;
pub(crate) mod code;
pub(crate) mod fault;
pub(crate) mod frames;
pub(crate) mod function;
mod handles;
pub(crate) mod journal;
pub(crate) mod kept;
pub(crate) mod load;
pub(crate) mod machine;
pub(crate) mod natives;
pub(crate) mod object;
pub(crate) mod outside;
pub(crate) mod parts;
mod pending;
pub(crate) mod reach;
pub(crate) mod save;
mod spent;
mod stream;
pub(crate) mod suspended;
pub(crate) mod table;
pub(crate) mod tag;
pub(crate) mod text;
mod texts;
pub(crate) mod thread;
pub(crate) mod userdata;
pub(crate) mod window;
pub(crate) mod wire;
