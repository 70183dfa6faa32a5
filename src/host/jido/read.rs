//! `jido.read_file(path [, {offset=, limit=}])`.

use super::refusal::Refusal;
use super::text::number_lines;
use super::{Answer, Jido};
use crate::host::pace;
use crate::{HostCx, HostValue};
use cap_std::fs::OpenOptions;
use std::path::Path;

/// The number of lines shown when the script does not say.
const DEFAULT_LINES: i64 = 2000;

/// How far into a file a NUL byte makes it binary.
const BINARY_PROBE: usize = 8192;

/// Reads a file as numbered lines.
pub(super) fn read_file(jido: &Jido, cx: &mut HostCx<'_>, args: &[HostValue]) -> Answer {
    let Some(HostValue::String(path)) = args.first() else {
        return Err(b"read_file requires a path argument".to_vec().into());
    };
    let offset = option(args.get(1), "offset").unwrap_or(1).max(1);
    let limit = option(args.get(1), "limit").unwrap_or(DEFAULT_LINES).max(0);
    let text = jido.read_lines(cx, path, offset, limit).map_err(|r| r.failure(cx, path))?;
    Ok(HostValue::String(text))
}

/// Returns a numeric option; what is no number is ignored, floats lose their fraction.
fn option(options: Option<&HostValue>, name: &str) -> Option<i64> {
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
        let content = self.read_content(cx, &self.locate(&relative)?)?;
        if content.iter().take(BINARY_PROBE).any(|&b| b == 0) {
            return Err(Refusal::Binary);
        }
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let longest = self.options.read_limit.saturating_mul(2);
        number_lines(cx, &content, offset, limit, longest)?.ok_or(Refusal::ResultTooLarge(longest))
    }

    fn read_content(&self, cx: &mut HostCx<'_>, relative: &Path) -> Result<Vec<u8>, Refusal> {
        let size = self.require_regular(&self.dir.metadata(relative)?)?;
        self.require_size(size)?;
        // Between the look and the opening a pipe may have taken the file's
        // place: open without waiting, and look again at what was opened.
        let file = self.dir.open_with(relative, &reading())?;
        let metadata = file.metadata()?;
        let size = self.require_regular(&metadata)?;
        self.require_size(size)?;
        self.refuse_protected_identity(&metadata)?;
        let content = pace::read::<Refusal>(cx, file, size, self.options.read_limit)?;
        self.require_size(content.len() as u64)?;
        Ok(content)
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
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt;
        if let Ok(flag) = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()) {
            options.custom_flags(flag);
        }
    }
    options
}
