//! What an error of a run is about, and what may have been meant: looked up in the source of
//! the run when it has failed, outside of the machine and at nobody's expense.

use crate::base::chunk_id::chunk_id;
use crate::compiler::compile_source;
use crate::hints::names::{Names, Signature};
use crate::hints::position::place_of;
use crate::hints::reading::{LARGEST, Reading};
use crate::hints::running::{Held, Raised};
use crate::hints::{Advice, running, syntax};
use crate::session::calls::host_table::HostTable;
use crate::session::functions::declaration::RefusalStyle;
use crate::session::values::error::{ErrorKind, LuaError};
use crate::stdlib::Profile;
use crate::stdlib::known::known;
use crate::syntax::ParseOptions;
use crate::syntax::error::SyntaxError;
use crate::syntax::meter::NoMeter;
use crate::vm::heap::value::Value;
use crate::vm::image::fault::Fault;
use crate::vm::image::wire::{Reader, Writer};
use crate::vm::machine::Lua;
use std::sync::Arc;

/// The source of a run, as long as it runs.
#[derive(Clone, Debug)]
pub(in crate::session) struct Source {
    /// The chunk's name, as messages show it.
    chunk: Vec<u8>,
    text: Arc<[u8]>,
    profile: Profile,
}

impl Source {
    /// Returns the text.
    pub(in crate::session) fn text(&self) -> &Arc<[u8]> {
        &self.text
    }

    /// Keeps a source, unless it is too large to be looked at again.
    pub(in crate::session) fn kept(text: &[u8], name: &[u8], profile: Profile) -> Option<Source> {
        (text.len() <= LARGEST).then(|| Source {
            chunk: chunk_id(name),
            text: text.into(),
            profile,
        })
    }
}

/// Adds to a run's error what it is about and what may have been meant.
pub(in crate::session) fn advise(
    lua: &mut Lua,
    host: &HostTable,
    source: Option<&Source>,
    error: &mut LuaError,
) {
    let raised = lua.enter(|ctx| std::mem::take(&mut *ctx.state.raised.borrow_mut()));
    let Some(source) = source else { return host.add_hint(error) };
    match error.kind {
        ErrorKind::Syntax => advise_syntax(&source.text, error),
        ErrorKind::Conversion | ErrorKind::Usage | ErrorKind::Internal => {}
        _ => advise_running(lua, host, source, &raised, error),
    }
}

/// Adds to a syntax error what it is about and what may have been meant.
pub(in crate::session) fn advise_syntax(source: &[u8], error: &mut LuaError) {
    if source.len() > LARGEST {
        return;
    }
    let options = ParseOptions { skip_file_prefix: true };
    let Err(SyntaxError::Rejected(diagnostic)) =
        compile_source(source, b"=", options, &mut NoMeter)
    else {
        return;
    };
    let Some(reading) = Reading::new(source) else { return };
    note(source, syntax::advise(&reading, &diagnostic), error);
}

fn advise_running(
    lua: &mut Lua,
    host: &HostTable,
    source: &Source,
    raised: &[Raised],
    error: &mut LuaError,
) {
    if let Some(line) = error.line.filter(|_| error.chunk.as_bytes() != source.chunk) {
        return advise_loaded(lua, host, source, (raised, line), error);
    }
    let Some(reading) = Reading::new(&source.text) else { return };
    let Some(index) = blamed(&reading, source, raised, error) else { return };
    let Some(message) = message_of(error) else { return };
    let names = names(lua, host, source.profile);
    let advice = running::advise(&reading, &raised[index], index == 0, &message, &names);
    note(&source.text, advice, error);
}

/// Returns an error's message without its place.
fn message_of(error: &LuaError) -> Option<String> {
    let text = String::from_utf8_lossy(&error.message).into_owned();
    let place = error.line.map_or(String::new(), |line| format!("{}:{line}: ", error.chunk));
    text.strip_prefix(&place).map(str::to_owned)
}

/// Tells of an error in a string that `load` was given, whose name is its text, or in a module
/// that the host gave.
fn advise_loaded(
    lua: &mut Lua,
    host: &HostTable,
    source: &Source,
    (raised, line): (&[Raised], u32),
    error: &mut LuaError,
) {
    let given = lua.enter(|ctx| ctx.state.module_texts.borrow().find(error.chunk.as_bytes()));
    if error.message.starts_with(b"error loading module '") {
        if let Some(text) = given {
            advise_syntax(&text, error);
            if let Some(advice) = error.advice.as_deref_mut() {
                advice.text = Some(text);
            }
        }
        return;
    }
    let is_there =
        |raised: &Raised| raised.line == Some(line) && raised.chunk == error.chunk.as_bytes();
    let Some(index) = raised.iter().position(is_there) else { return };
    let Some(text) = raised[index].text.clone().or(given) else { return };
    let Some(reading) = Reading::new(&text) else { return };
    let level = running::error_level(&reading, &raised[index]).filter(|_| index == 0);
    let Some(message) = message_of(error) else { return };
    if level.is_some_and(|level| level != Some(1)) {
        return;
    }
    let names = names(lua, host, source.profile);
    let mut advice = running::advise(&reading, &raised[index], index == 0, &message, &names);
    advice.text = Some(Arc::clone(&text));
    note(&text, advice, error);
}

/// Returns which function an error is about: the one at the place that its message names, the
/// innermost if it names none. Nothing where several may be meant: a caret at the wrong one is
/// worse than none.
fn blamed(
    reading: &Reading<'_>,
    source: &Source,
    raised: &[Raised],
    error: &LuaError,
) -> Option<usize> {
    let inner = raised.first()?;
    let level = match inner.chunk == source.chunk {
        true => running::error_level(reading, inner),
        false => None,
    };
    let Some(line) = error.line else {
        // `error(message, 2)` where nobody is to be blamed.
        let here = inner.chunk == source.chunk && level.flatten().is_none_or(|level| level < 2);
        return here.then_some(0);
    };
    if error.chunk.as_bytes() != source.chunk {
        return None;
    }
    let from = match level {
        None | Some(None) => 0,
        Some(Some(level)) => usize::from(level > 1),
    };
    let mut there = (from..raised.len())
        .filter(|index| raised[*index].line == Some(line) && raised[*index].chunk == source.chunk);
    let first = there.next()?;
    let same = |index: usize| {
        raised[index].print == raised[first].print && raised[index].pc == raised[first].pc
    };
    let certain = match level {
        None => true,
        Some(Some(level)) if level <= 2 => true,
        _ => there.all(same),
    };
    certain.then_some(first)
}

/// Writes what was found out into the error.
fn note(source: &[u8], advice: Advice, error: &mut LuaError) {
    if let Some(span) = advice.span {
        let (line, column) = place_of(source, span.start);
        if error.line == Some(line) {
            error.column = Some(column);
        } else if span.start == span.end && error.line == Some(place_of(source, source.len()).0) {
            // The end of the source, behind line breaks.
            error.column = Some(place_of(source, source.len()).1);
        }
    }
    if error.hint.is_none() {
        error.hint.clone_from(&advice.hint);
    }
    error.advice = Some(Box::new(advice));
}

/// Returns the names that scripts find, and those they would find otherwise.
pub(in crate::session) fn names(lua: &mut Lua, host: &HostTable, profile: Profile) -> Names {
    let mut names = Names::default();
    for (module, name) in known(profile) {
        names.add(module, name);
    }
    for entry in &host.entries {
        names.add_path(&entry.path);
        names.hosts.insert(entry.path.clone());
        let declared = host.declared.get(&entry.path);
        if let Some(declared) = declared {
            let kinds = declared.parameters.iter().map(|one| (one.kind.clone(), one.optional));
            let signature = Signature { text: declared.signature(), parameters: kinds.collect() };
            names.signatures.insert(entry.path.clone(), signature);
        }
        if declared.is_some_and(|one| one.style == RefusalStyle::NilAndText) {
            names.answering.insert(entry.path.clone());
        }
    }
    for bus in &host.buses {
        names.add_path(&format!("{bus}.on"));
        names.add_path(&format!("{bus}.emit"));
    }
    if !host.entries.is_empty() {
        names.add_path("host.all");
    }
    lua.enter(|ctx| {
        ctx.make_library_real();
        let mut position = 0;
        while let Some((next, key, _)) = ctx.state.globals.next_index(position) {
            if let Value::String(name) = key {
                names.globals.insert(String::from_utf8_lossy(name.as_bytes()).into_owned());
            }
            position = next;
        }
    });
    for (other, what) in [
        (Profile::Compat, "the profiles compat and full have it (`Profile::Compat`)"),
        (Profile::Full, "only the profile full has it, for trusted code (`Profile::Full`)"),
    ] {
        for (module, name) in known(other) {
            names.add_elsewhere(module, name, what);
        }
    }
    for (module, option) in [
        ("jido", "a host grants it (`HostProfile::Jido`)"),
        ("imp", "a host grants it (`HostProfile::Imp`)"),
    ] {
        names.add_elsewhere("_G", module, option);
    }
    if profile.is_sandbox() {
        let what = "modules come from the host (`SessionBuilder::module`)".to_owned();
        names.elsewhere.insert("require()".to_owned(), what);
    }
    names
}

/// All that a register may be said to hold, by number.
const HELD: [Held; 9] = [
    Held::Nil,
    Held::Integer,
    Held::Float(false),
    Held::Float(true),
    Held::String(false),
    Held::String(true),
    Held::Table,
    Held::Function,
    Held::Other,
];

/// Appends what a suspended run needs to tell of its error later.
pub(in crate::session) fn put(out: &mut Writer, source: Option<&Source>, raised: &[Raised]) {
    out.flag(source.is_some());
    if let Some(source) = source {
        out.text(&source.chunk);
        out.text(&source.text);
    }
    out.size(raised.len());
    for raised in raised {
        out.text(&raised.chunk);
        out.number(raised.line.map_or(0, |line| u64::from(line) + 1));
        out.word(raised.print);
        out.number(u64::from(raised.pc));
        out.flag(raised.native.is_some());
        if let Some(native) = &raised.native {
            out.text(native.as_bytes());
        }
        out.size(raised.held.len());
        for held in &raised.held {
            out.byte(HELD.iter().position(|known| known == held).unwrap_or(0) as u8);
        }
    }
}

/// Reads what [`put`] wrote.
///
/// # Errors
/// When the bytes are no such thing.
pub(in crate::session) fn get(
    from: &mut Reader<'_>,
    profile: Profile,
) -> Result<(Option<Source>, Vec<Raised>), Fault> {
    let source = match from.flag()? {
        true => {
            let chunk = from.text()?.to_vec();
            Some(Source { chunk, text: from.text()?.into(), profile })
        }
        false => None,
    };
    let small = |number: u64| u32::try_from(number).map_err(|_| Fault::NUMBER);
    let mut all = Vec::new();
    for _ in 0..from.count(1)? {
        let chunk = from.text()?.to_vec();
        let line = from.number()?.checked_sub(1).map(small).transpose()?;
        let (print, pc) = (from.word()?, small(from.number()?)?);
        let native = match from.flag()? {
            true => Some(String::from_utf8_lossy(from.text()?).into_owned()),
            false => None,
        };
        let mut held = Vec::new();
        for _ in 0..from.count(1)? {
            held.push(*HELD.get(usize::from(from.byte()?)).ok_or(Fault::NUMBER)?);
        }
        // What `load` was given is not saved: of errors in that no column is told.
        all.push(Raised { chunk, text: None, line, print, pc, native, held });
    }
    Ok((source, all))
}
