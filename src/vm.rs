//! The machine: values, memory, fuel, threads and the loop that runs code.

pub(crate) mod access;
pub(crate) mod account;
pub(crate) mod arith;
pub(crate) mod call;
pub(crate) mod calls;
pub(crate) mod closure;
pub(crate) mod collector;
pub(crate) mod concat;
pub(crate) mod coroutine;
pub(crate) mod error;
pub(crate) mod exec;
pub(crate) mod executor;
pub(crate) mod finalize;
pub(crate) mod fuel;
pub(crate) mod hooks;
pub(crate) mod inspect;
pub(crate) mod interner;
pub(crate) mod kept;
pub(crate) mod load;
pub(crate) mod loaded_names;
pub(crate) mod loops;
pub(crate) mod lua;
pub(crate) mod machine;
pub(crate) mod meta;
pub(crate) mod native;
pub(crate) mod number;
pub(crate) mod output;
pub(crate) mod place;
pub(crate) mod slow;
pub(crate) mod stack;
pub(crate) mod string;
pub(crate) mod table;
pub(crate) mod thread;
pub(crate) mod traceback;
pub(crate) mod unwind;
pub(crate) mod userdata;
pub(crate) mod value;
mod weak;
pub(crate) mod world;

#[cfg(test)]
mod sizes;
#[cfg(test)]
pub(crate) mod tests;
