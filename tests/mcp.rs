//! `moonfuel mcp`, driven by a client of our own in each era of the protocol, and by `rmcp`'s.
//!
//! Every message of the server is held against the definitions in `tests/mcp/definitions.json`;
//! with `MCP_SCHEMAS=FOLDER` also against `FOLDER/REVISION/schema.json`, the protocol's own.
//! `MCP_LONG=1` makes as many calls as the promises say, instead of some.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_types,
    reason = "a test may stop, says what it skipped, and looks at the clock"
)]
#![cfg(feature = "mcp")]

#[path = "mcp/approvals.rs"]
mod approvals;
#[path = "mcp/asking.rs"]
mod asking;
#[path = "mcp/client.rs"]
mod client;
#[path = "record/damage.rs"]
mod damage;
#[path = "mcp/documents.rs"]
mod documents;
#[path = "mcp/eras.rs"]
mod eras;
#[path = "mcp/inspector.rs"]
mod inspector;
#[path = "mcp/many.rs"]
mod many;
#[path = "mcp/real.rs"]
mod real;
#[path = "mcp/restarts.rs"]
mod restarts;
#[path = "mcp/schema.rs"]
mod schema;
#[path = "mcp/scripts.rs"]
mod scripts;
#[path = "mcp/streams.rs"]
mod streams;
#[path = "mcp/tasks.rs"]
mod tasks;
