//! The machine: values, memory, fuel, threads and the loop that runs code.
//!
//! It is rooms on floors of their own; each uses itself and those above it in this list.

pub(crate) mod calls;
pub(crate) mod heap;
pub(crate) mod image;
pub(crate) mod machine;
pub(crate) mod meters;
pub(crate) mod run;
pub(crate) mod state;

#[cfg(test)]
pub(crate) mod tests;
