//! System calls that lead out of what landlock bounds, which programs cannot make.
//!
//! Sockets that have a name in the file system lead to whoever listens there: the daemon of
//! containers, the session's bus, an agent with keys; those to a machine's own host lead out of
//! the machine. So programs make sockets of the network alone. Pairs, which lead nowhere else,
//! they can make.
//!
//! What has a number in the place of a path is nobody's but its user's: memory, queues and
//! semaphores that processes share, and the keys that the kernel keeps. And a process of the
//! same user, the host among them, could be taken its handles or its memory by a limit.

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen as Width, SeccompCmpOp as Is,
    SeccompCondition, SeccompFilter, SeccompRule, TargetArch, apply_filter,
};
use std::collections::BTreeMap;
use std::io;

/// The families of sockets that programs may make: of the Internet, and to ask the system about
/// its own network.
const NETWORK: [u64; 3] = [2, 10, 16];
/// The error of what is refused: permission denied.
const REFUSED: u32 = 13;
/// Number of the system call that makes a ring of requests, which could make sockets too.
const RING: i64 = 425;
/// What is added to the numbers of calls in a second way to make them, where there is one.
const OTHER_WAY: i64 = 0x4000_0000;

/// A processor, and the numbers of its system calls.
struct Processor {
    kind: TargetArch,
    has_other_way: bool,
    /// Makes a socket.
    socket: i64,
    /// Sets limits, of another process too.
    limits: i64,
    /// Those that use what is shared by number, and keys.
    shared: &'static [i64],
}

#[cfg(target_arch = "x86_64")]
const PROCESSOR: Option<Processor> = Some(Processor {
    kind: TargetArch::x86_64,
    has_other_way: true,
    socket: 41,
    limits: 302,
    shared: &[29, 30, 31, 64, 65, 66, 68, 69, 70, 71, 220, 240, 248, 249, 250],
});
#[cfg(any(target_arch = "aarch64", target_arch = "riscv64"))]
const PROCESSOR: Option<Processor> = Some(Processor {
    kind: if cfg!(target_arch = "aarch64") { TargetArch::aarch64 } else { TargetArch::riscv64 },
    has_other_way: false,
    socket: 198,
    limits: 261,
    shared: &[180, 186, 187, 188, 189, 190, 191, 192, 193, 194, 195, 196, 217, 218, 219],
});
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")))]
const PROCESSOR: Option<Processor> = None;

/// Keeps this thread, and what it starts from now on, from those calls. It must have no way to
/// new privileges already.
///
/// # Errors
/// When the system cannot.
pub(super) fn refuse() -> io::Result<()> {
    let processor = PROCESSOR.ok_or(io::ErrorKind::Unsupported)?;
    let filter = filter(&processor).map_err(io::Error::other)?;
    apply_filter(&filter).map_err(io::Error::other)
}

fn filter(processor: &Processor) -> Result<BpfProgram, BackendError> {
    let is_none_of_these = |family: &u64| SeccompCondition::new(0, Width::Dword, Is::Ne, *family);
    let families = NETWORK.iter().map(is_none_of_these).collect::<Result<_, _>>()?;
    let of_another = SeccompCondition::new(0, Width::Dword, Is::Ne, 0)?;
    let sets = SeccompCondition::new(2, Width::Qword, Is::Ne, 0)?;
    let mut rules = BTreeMap::from([
        (processor.socket, vec![SeccompRule::new(families)?]),
        (processor.limits, vec![SeccompRule::new(vec![of_another, sets])?]),
        (RING, Vec::new()),
    ]);
    rules.extend(processor.shared.iter().map(|number| (*number, Vec::new())));
    if processor.has_other_way {
        // Nothing uses it, and most systems do not have it.
        let numbers: Vec<i64> = rules.keys().copied().collect();
        rules.extend(numbers.into_iter().map(|number| (number + OTHER_WAY, Vec::new())));
    }
    let (allowed, refused) = (SeccompAction::Allow, SeccompAction::Errno(REFUSED));
    SeccompFilter::new(rules, allowed, refused, processor.kind)?.try_into()
}
