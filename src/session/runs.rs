//! Runs, from the first look at a source to the report: begun, gone on with step by step, waiting
//! for answers, ended; and what a session tells of what was run.

pub(in crate::session) mod advice;
pub(in crate::session) mod beginning;
pub(in crate::session) mod call;
pub(in crate::session) mod check;
pub(in crate::session) mod coverage;
pub(in crate::session) mod looks;
pub(in crate::session) mod park;
pub(in crate::session) mod pending;
pub(in crate::session) mod prepared;
pub(in crate::session) mod profile;
pub(in crate::session) mod run;
pub(in crate::session) mod run_future;
pub(in crate::session) mod starting;
pub(in crate::session) mod stepping;
