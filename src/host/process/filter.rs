//! Sockets that have a name in the file system lead to whoever listens there: the daemon of
//! containers, the session's bus, an agent with keys. Landlock says nothing about them, so
//! programs cannot make sockets of that family at all. Pairs of them, which lead nowhere else,
//! they can make; and connections over the network, which is another matter.

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, apply_filter,
};
use std::io;

/// The family of sockets that are named by paths.
const UNIX: u64 = 1;
/// The error of what is refused: permission denied.
const REFUSED: u32 = 13;
/// Number of the system call that makes a ring of requests, which could make sockets too.
const RING: i64 = 425;

/// The processor and the number of the system call that makes a socket.
const PROCESSOR: Option<(TargetArch, i64)> = if cfg!(target_arch = "x86_64") {
    Some((TargetArch::x86_64, 41))
} else if cfg!(target_arch = "aarch64") {
    Some((TargetArch::aarch64, 198))
} else if cfg!(target_arch = "riscv64") {
    Some((TargetArch::riscv64, 198))
} else {
    None
};

/// Keeps this thread, and what it starts from now on, from sockets that have names in the file
/// system. It must have no way to new privileges already.
///
/// # Errors
/// When the system cannot.
pub(super) fn refuse() -> io::Result<()> {
    let (processor, socket) = PROCESSOR.ok_or(io::ErrorKind::Unsupported)?;
    let filter = filter(processor, socket).map_err(io::Error::other)?;
    apply_filter(&filter).map_err(io::Error::other)
}

fn filter(processor: TargetArch, socket: i64) -> Result<BpfProgram, BackendError> {
    let family = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, UNIX)?;
    let rules = [(socket, vec![SeccompRule::new(vec![family])?]), (RING, Vec::new())];
    let (allowed, refused) = (SeccompAction::Allow, SeccompAction::Errno(REFUSED));
    SeccompFilter::new(rules.into_iter().collect(), allowed, refused, processor)?.try_into()
}
