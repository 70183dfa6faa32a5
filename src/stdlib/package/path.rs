//! Paths: lists of templates with a mark where a module's name goes (manual §6.3).

use super::NO_ENVIRONMENT;
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Interrupt, Step};
use crate::vm::state::context::Context;

/// `package.path` unless the environment says otherwise: PUC's for `/usr/local`.
pub(super) const DEFAULT: &[u8] = b"/usr/local/share/lua/5.4/?.lua;\
/usr/local/share/lua/5.4/?/init.lua;/usr/local/lib/lua/5.4/?.lua;\
/usr/local/lib/lua/5.4/?/init.lua;./?.lua;./?/init.lua";

/// `package.cpath`, likewise.
pub(super) const C_DEFAULT: &[u8] =
    b"/usr/local/lib/lua/5.4/?.so;/usr/local/lib/lua/5.4/loadall.so;./?.so";

/// Separates templates.
const SEPARATOR: u8 = b';';
/// What a path of the environment has where the default goes.
const DEFAULT_MARK: &[u8] = b";;";

/// Returns a path: from the variable with the version in its name, else from the one
/// without, else the default.
///
/// # Errors
/// When memory is refused.
pub(super) fn from_environment<'gc>(
    ctx: Context<'gc>,
    variable: &str,
    default: &[u8],
) -> Result<Vec<u8>, Interrupt<'gc>> {
    let ignored = ctx.state.registry.get_str(ctx.heap(), ctx.string(NO_ENVIRONMENT.as_bytes())?);
    let found = match ctx.world() {
        Some(mut world) if !ignored.is_truthy() => {
            let versioned = world.variable(format!("{variable}_5_4").as_bytes());
            versioned.or_else(|| world.variable(variable.as_bytes()))
        }
        _ => None,
    };
    Ok(found.map_or_else(|| default.to_vec(), |path| with_default(&path, default)))
}

/// Puts the default where a path has two separators in a row for the first time.
pub(super) fn with_default(path: &[u8], default: &[u8]) -> Vec<u8> {
    let Some(mark) = memchr::memmem::find(path, DEFAULT_MARK) else { return path.to_vec() };
    let (before, after) = (&path[..mark], &path[mark + DEFAULT_MARK.len()..]);
    let mut out = Vec::with_capacity(path.len() + default.len());
    if !before.is_empty() {
        out.extend_from_slice(before);
        out.push(SEPARATOR);
    }
    out.extend_from_slice(default);
    if !after.is_empty() {
        out.push(SEPARATOR);
        out.extend_from_slice(after);
    }
    out
}

/// Replaces each `from` in a text by `to`.
pub(super) fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    if from.is_empty() {
        return text.to_vec();
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

/// Looks for a readable file along a path.
///
/// # Errors
/// The inner error names the files that were tried. Else fuel is refused.
pub(super) fn search<'gc>(
    call: &Call<'_, 'gc>,
    name: &[u8],
    path: &[u8],
    separator: &[u8],
    replacement: &[u8],
) -> Result<Result<Vec<u8>, Vec<u8>>, Interrupt<'gc>> {
    let name = replace(name, separator, replacement);
    // Each template is written out once to be tried and once in the message.
    let marks = memchr::memchr_iter(b'?', path).count();
    call.charge_bytes(2 * (path.len() + marks.saturating_mul(name.len())))?;
    let files = replace(path, b"?", &name);
    for file in files.split(|byte| *byte == SEPARATOR).filter(|_| !files.is_empty()) {
        if call.ctx.world().is_some_and(|mut world| world.is_readable(file)) {
            return Ok(Ok(file.to_vec()));
        }
    }
    let mut message = b"no file '".to_vec();
    message.extend_from_slice(&replace(&files, b";", b"'\n\tno file '"));
    message.push(b'\'');
    Ok(Err(message))
}

/// `package.searchpath (name, path [, sep [, rep]])`
pub(super) fn searchpath<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    // PUC looks at the last one first.
    let replacement = call.opt_string(3)?;
    let separator = call.opt_string(2)?;
    let path = call.check_string(1)?;
    let name = call.check_string(0)?;
    let separator = separator.as_ref().map_or(b".".as_slice(), |text| text.as_bytes());
    let replacement = replacement.as_ref().map_or(b"/".as_slice(), |text| text.as_bytes());
    match search(call, name.as_bytes(), path.as_bytes(), separator, replacement)? {
        Ok(file) => {
            let file = call.ctx.string(&file)?;
            call.ret(file)
        }
        Err(message) => call.fail(message),
    }
}
