//! Tests of sessions.

mod generated;
mod refused_once;
