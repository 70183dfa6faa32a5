//! Sessions: scripts run under limits, with the host's functions, to an outcome.
//!
//! This is the owned tier of the interface: no lifetimes, everything `Send`.

mod calls;
mod functions;
mod images;
mod making;
mod natives;
mod runs;
mod saved;
mod tapes;
mod trace;
mod values;

#[cfg(test)]
mod tests;

pub(crate) use functions::contained::contained;
pub use functions::declaration::{Declaration, Effect, Tier};
pub(crate) use functions::declaration::{Parameter, RefusalStyle};
pub use functions::future::HostFuture;
pub use functions::host_context::HostCx;
#[cfg(all(test, feature = "host"))]
pub(crate) use functions::host_context::with_context;
pub use functions::host_function::HostFunction;
pub(crate) use functions::lock::lock;
pub use functions::modules::{Module, ModuleSource, Sought};
pub use functions::policy::{Policy, PolicyCall};
#[cfg(all(feature = "host", unix))]
pub(crate) use functions::reply::has_failed;
pub use functions::reply::{IntoReply, Reply, Then};
pub use functions::secret::Secret;
pub use functions::typed_object::Object;
pub use functions::user_data::{Methods, UserData};
pub use functions::watch::Canceller;
pub(crate) use functions::watch::TimeLimit;
pub use images::restore_error::{RestoreError, SnapshotError};
pub use making::builder::SessionBuilder;
pub use making::session::Session;
pub use natives::decode::Decode;
#[cfg(feature = "cli")]
pub(crate) use natives::names::{KEYWORDS, Named, Names, reachable};
#[cfg(all(feature = "host", unix))]
pub(crate) use natives::verdict;
#[cfg(feature = "cli")]
pub(crate) use natives::view::View;
pub use runs::check::{Checked, Finding, NamedCall, Severity};
pub use runs::coverage::{BranchCount, ChunkCoverage, Coverage, FunctionCount, LineCount};
pub(crate) use runs::park::Parker;
pub(crate) use runs::pending::nobody;
pub use runs::pending::{AnswerError, PendingCall};
pub(crate) use runs::prepared::{Given, Prepared, is_internal};
pub use runs::profile::FuelProfile;
pub use runs::run::{Run, Step};
pub use runs::run_future::{RunFuture, RunToEnd, StepFuture};
pub use tapes::divergence::{Divergence, ReplayError};
#[cfg(feature = "mcp")]
pub(crate) use tapes::journal::Journal;
pub use tapes::live::{Decision, OpenCall};
#[cfg(feature = "cli")]
pub(crate) use tapes::recorded::NEVER_BEGAN;
pub use tapes::recorded::TraceError;
pub use tapes::redact::{TracePart, TraceValue};
pub use tapes::writer::TraceWriter;
pub use trace::{
    Replay, ReplayCall, ReplayView, Resumed, ResumedAt, Trace, TraceDifference, Until,
};
pub use values::callee::Callee;
pub use values::chunk::Chunk;
pub(crate) use values::deep_json::{read_bounded, read_foreign};
pub use values::denied::Denied;
pub use values::digest::Digest;
#[cfg(all(feature = "host", unix))]
pub(crate) use values::error::Cause;
pub use values::error::{ErrorKind, LuaError};
#[cfg(feature = "cli")]
pub(crate) use values::excerpt::ENVELOPE;
pub use values::from_lua::{Bytes, FromLua, Serde};
pub use values::function::Function;
pub use values::host_error::HostError;
pub use values::host_value::{ConvertError, ConvertErrorKind, HostKey, HostValue};
pub use values::into_lua::IntoLua;
pub use values::limits::Limits;
pub use values::mismatch::Mismatch;
pub use values::multi::{FromLuaMulti, IntoLuaMulti, Results, Variadic};
pub use values::object_ref::ObjectRef;
pub use values::outcome::{Outcome, Place, Report, Usage};
