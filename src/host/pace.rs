//! The pace of a host function: it works in pieces, and before each of them it looks whether
//! the run must end and pays.

use crate::{HostCx, HostError, HostValue};
use cap_std::fs::File;
use std::io::{self, Read, Write};

/// Bytes that are read, written or looked at before the next look at the run.
pub(super) const PIECE: usize = 64 * 1024;

/// Bytes for one unit of fuel.
const BYTES_PER_UNIT: usize = 64;
/// Units for a call: its requests to the system, whatever they find.
pub(super) const CALL: u64 = 512;
/// Units for starting a program.
pub(super) const PROGRAM: u64 = 100_000;
/// Units for a request to another machine.
pub(super) const REQUEST: u64 = 100_000;
/// Bytes of a path for one unit: many rules look at each.
const PATH_BYTES_PER_UNIT: usize = 4;
/// The longest path the rules look at.
const LOOKED_AT: usize = 4096;
/// Units for each component of a path, which the system looks up one by one.
pub(super) const COMPONENT: u64 = 64;

/// Looks at the run and charges for work on `bytes` bytes.
pub(super) fn piece(cx: &mut HostCx<'_>, bytes: usize) -> Result<(), HostError> {
    cx.check()?;
    cx.charge((bytes / BYTES_PER_UNIT) as u64)
}

/// Charges for a call with these arguments, the first of which may be a path.
pub(super) fn begin(cx: &mut HostCx<'_>, args: &[HostValue]) -> Result<(), HostError> {
    let path = args.first().and_then(HostValue::as_bytes).unwrap_or_default();
    piece(cx, path.len())?;
    let components = path.split(|&byte| byte == b'/').count() as u64;
    // Longer ones are refused after one look.
    let rules = path.len().min(LOOKED_AT) / PATH_BYTES_PER_UNIT;
    cx.charge(CALL + COMPONENT * components + rules as u64)
}

/// Memory that a call has reserved for what it reads, one thing after the other: what comes
/// later has it again.
#[derive(Debug, Default)]
pub(super) struct Room(usize);

impl Room {
    /// Reserves so many bytes, in the place of those before.
    pub(super) fn need(&mut self, cx: &mut HostCx<'_>, bytes: usize) -> Result<(), HostError> {
        if bytes > self.0 {
            cx.reserve(bytes - self.0)?;
            self.0 = bytes;
        }
        Ok(())
    }
}

/// Memory that a call takes piece by piece for one work after the other: what comes later has it
/// again.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    room: Room,
    used: usize,
}

impl Scratch {
    /// Begins the next work, which has all there is.
    pub(super) fn clear(&mut self) {
        self.used = 0;
    }

    /// Takes so many bytes more.
    pub(super) fn take(&mut self, cx: &mut HostCx<'_>, bytes: usize) -> Result<(), HostError> {
        self.used = self.used.saturating_add(bytes);
        self.room.need(cx, self.used)
    }
}

/// Reads a file of about `size` bytes, but not more than `limit` and one: one that grows
/// meanwhile must not fill the memory.
///
/// # Errors
///
/// The system's; or when the run has no memory or no fuel for it, or must end.
pub(super) fn read<E: From<io::Error> + From<HostError>>(
    cx: &mut HostCx<'_>,
    room: &mut Room,
    file: File,
    size: u64,
    limit: u64,
) -> Result<Vec<u8>, E> {
    let mut counted = usize::try_from(size).unwrap_or(usize::MAX);
    let mut buffer = vec![0; PIECE.min(counted.saturating_add(1))];
    room.need(cx, counted.saturating_add(buffer.len()))?;
    let mut content = Vec::new();
    content.try_reserve_exact(counted).map_err(io::Error::other)?;
    let mut file = file.take(limit.saturating_add(1));
    loop {
        let count = match file.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            count => count?,
        };
        if count == 0 {
            return Ok(content);
        }
        piece(cx, count)?;
        let more = (content.len() + count).saturating_sub(counted);
        if more > 0 {
            let more = more.max(content.len());
            counted = counted.saturating_add(more);
            room.need(cx, counted.saturating_add(buffer.len()))?;
            content.try_reserve_exact(more).map_err(io::Error::other)?;
        }
        content.extend_from_slice(&buffer[..count]);
    }
}

/// Writes the content of a file.
///
/// # Errors
///
/// As [`read`].
pub(super) fn write<E: From<io::Error> + From<HostError>>(
    cx: &mut HostCx<'_>,
    file: &mut File,
    content: &[u8],
) -> Result<(), E> {
    for part in content.chunks(PIECE) {
        piece(cx, part.len())?;
        file.write_all(part)?;
    }
    Ok(())
}
