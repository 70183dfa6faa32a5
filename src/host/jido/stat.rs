//! `jido.file_stat(path)`: what is known of a file without reading it.

use super::place::{Fare, Place};
use super::refusal::Refusal;
use super::{Answer, Jido};
use crate::{HostCx, HostValue};
use std::time::UNIX_EPOCH;

/// Says what a path leads to.
pub(super) fn file_stat(jido: &Jido, cx: &mut HostCx<'_>, args: &[HostValue]) -> Answer {
    let Some(HostValue::String(path)) = args.first() else {
        return Err(b"file_stat requires a path argument".to_vec().into());
    };
    jido.stat(cx, path).map_err(|r| r.failure(cx, path))
}

impl Jido {
    fn stat(&self, cx: &mut HostCx<'_>, path: &[u8]) -> Result<HostValue, Refusal> {
        let relative = self.check_path(path)?;
        let place = self.find_for(Fare::given(cx, &relative), &relative)?;
        self.refuse_protected_identity(&place.metadata)?;
        let size = i64::try_from(place.metadata.len()).unwrap_or(i64::MAX);
        Ok(HostValue::object([
            ("size", size.into()),
            ("type", kind(&place).into()),
            ("access", access(&place).into()),
            ("mtime", modified(&place).into()),
        ]))
    }
}

fn kind(place: &Place) -> &'static str {
    let metadata = &place.metadata;
    if metadata.is_dir() {
        "directory"
    } else if metadata.is_file() {
        "regular"
    } else if metadata.is_symlink() {
        "symlink"
    } else if is_device(metadata) {
        "device"
    } else {
        "other"
    }
}

fn is_device(metadata: &cap_std::fs::Metadata) -> bool {
    use cap_std::fs::FileTypeExt;
    let kind = metadata.file_type();
    kind.is_char_device() || kind.is_block_device()
}

fn access(place: &Place) -> &'static str {
    use rustix::fs::{Access, AtFlags, accessat};
    let may = |access| accessat(&place.parent, &place.name, access, AtFlags::empty()).is_ok();
    access_name(may(Access::READ_OK), may(Access::WRITE_OK))
}

fn access_name(read: bool, write: bool) -> &'static str {
    match (read, write) {
        (true, true) => "read_write",
        (true, false) => "read",
        (false, true) => "write",
        (false, false) => "none",
    }
}

/// Returns the time of the last change in UTC, to the second: `2024-01-02T03:04:05`.
fn modified(place: &Place) -> String {
    let seconds = place.metadata.modified().ok().map(|time| {
        match time.into_std().duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
            Err(before) => {
                let before = before.duration();
                let up = i64::from(before.subsec_nanos() > 0);
                -i64::try_from(before.as_secs()).unwrap_or(i64::MAX).saturating_add(up)
            }
        }
    });
    let time = jiff::Timestamp::from_second(seconds.unwrap_or(0));
    time.unwrap_or(jiff::Timestamp::UNIX_EPOCH).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}
