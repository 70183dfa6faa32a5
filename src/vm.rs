//! The machine: values, memory, fuel, threads and the loop that runs code.

pub mod account;
pub mod call;
pub mod closure;
pub mod fuel;
pub mod interner;
pub mod lua;
pub mod meta;
pub mod native;
pub mod number;
pub mod stack;
pub mod string;
pub mod table;
pub mod thread;
pub mod userdata;
pub mod value;
