//! `jido.read_file(path [, {offset=, limit=}])`.

use super::place::{Fare, Place};
use super::refusal::Refusal;
use super::seen::Stamp;
use super::text::{count_lines, number_lines};
use super::{Answer, Jido};
use crate::host::pace;
use crate::{HostCx, HostValue};
use cap_std::fs::OpenOptions;

/// The number of lines shown when the script does not say.
const DEFAULT_LINES: i64 = 2000;

/// How far into a file a NUL byte makes it binary.
pub(super) const BINARY_PROBE: usize = 8192;

/// Reads a file as numbered lines.
pub(super) fn read_file(jido: &Jido, cx: &mut HostCx<'_>, args: &[HostValue]) -> Answer {
    let (Some(HostValue::String(path)), Some(_)) = (args.first(), options(args.get(1))) else {
        return Err(b"read_file requires a path argument".to_vec().into());
    };
    let offset = option(args.get(1), "offset").unwrap_or(1).max(1);
    let limit = option(args.get(1), "limit").unwrap_or(DEFAULT_LINES);
    let text = jido.read_lines(cx, path, offset, limit).map_err(|r| r.failure(cx, path))?;
    Ok(HostValue::String(text))
}

/// Returns the options, if they are some or none.
pub(super) fn options(given: Option<&HostValue>) -> Option<&HostValue> {
    match given {
        None | Some(HostValue::Null) => Some(&HostValue::Nil),
        Some(options @ (HostValue::Nil | HostValue::Array(_) | HostValue::Object(_))) => {
            Some(options)
        }
        Some(_) => None,
    }
}

/// Returns a numeric option; what is no number is ignored, floats lose their fraction.
pub(super) fn option(options: Option<&HostValue>, name: &str) -> Option<i64> {
    match options?.field(name)? {
        HostValue::Integer(i) => Some(*i),
        // The cast saturates, which is what an endless limit wants.
        HostValue::Number(n) if !n.is_nan() => Some(*n as i64),
        _ => None,
    }
}

impl Jido {
    fn read_lines(
        &self,
        cx: &mut HostCx<'_>,
        path: &[u8],
        offset: i64,
        limit: i64,
    ) -> Result<Vec<u8>, Refusal> {
        let relative = self.check_path(path)?;
        let place = self.find_for(Fare::given(cx, &relative), &relative)?;
        let (content, stamp) = self.read_content(cx, &place)?;
        if content.iter().take(BINARY_PROBE).any(|&b| b == 0) {
            return Err(Refusal::Binary);
        }
        let (offset, limit) = if limit < 0 {
            // The last lines of those that are left.
            let lines = count_lines(cx, &content)?;
            let first = usize::try_from(offset).unwrap_or(usize::MAX);
            let count = usize::try_from(limit.unsigned_abs()).unwrap_or(usize::MAX);
            (first.max((lines + 1).saturating_sub(count)), count)
        } else {
            let to_size = |number| usize::try_from(number).unwrap_or(usize::MAX);
            (to_size(offset), to_size(limit))
        };
        let longest = self.options.read_limit.saturating_mul(2);
        let text = number_lines(cx, &content, offset, limit, longest)?;
        let text = text.ok_or(Refusal::ResultTooLarge(longest))?;
        self.has_seen(cx, &place.real, stamp);
        Ok(text)
    }

    /// Reads a whole file, and says what it was when it was opened.
    pub(super) fn read_content(
        &self,
        cx: &mut HostCx<'_>,
        place: &Place,
    ) -> Result<(Vec<u8>, Stamp), Refusal> {
        self.read_content_into(cx, place, &mut pace::Room::default())
    }

    /// As [`Jido::read_content`], with memory that was reserved for others before.
    pub(super) fn read_content_into(
        &self,
        cx: &mut HostCx<'_>,
        place: &Place,
        room: &mut pace::Room,
    ) -> Result<(Vec<u8>, Stamp), Refusal> {
        let size = self.require_regular(&place.metadata)?;
        self.require_size(size)?;
        // Between the look and the opening a pipe may have taken the file's
        // place: open without waiting, and look again at what was opened.
        let file = place.open(OpenOptions::new().read(true))?;
        let metadata = file.metadata()?;
        let size = self.require_regular(&metadata)?;
        self.require_size(size)?;
        self.refuse_protected_identity(&metadata)?;
        let content = pace::read::<Refusal>(cx, room, file, size, self.options.read_limit)?;
        self.require_size(content.len() as u64)?;
        Ok((content, Stamp::of(&metadata)))
    }

    fn require_regular(&self, metadata: &cap_std::fs::Metadata) -> Result<u64, Refusal> {
        if metadata.is_dir() {
            Err(Refusal::IsDirectory)
        } else if !metadata.is_file() {
            Err(Refusal::NotRegular)
        } else {
            Ok(metadata.len())
        }
    }

    fn require_size(&self, size: u64) -> Result<(), Refusal> {
        if size > self.options.read_limit {
            return Err(Refusal::TooLarge(size, self.options.read_limit));
        }
        Ok(())
    }
}

/// Returns the options that open for reading without waiting for a writer.
pub(in crate::host) fn reading() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    use cap_std::fs::OpenOptionsExt;
    if let Ok(flag) = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()) {
        options.custom_flags(flag);
    }
    options
}
