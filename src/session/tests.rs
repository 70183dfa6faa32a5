//! Tests of sessions.

mod refused_once;
