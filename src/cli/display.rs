//! Errors as people read them: the message, the line it is about, the traceback.

use super::source::Script;
use crate::base::chunk_id::chunk_id;
use crate::base::hidden::is_hidden;
use crate::base::one_line::one_line;
use crate::hints::knobs::in_options;
use crate::hints::position::{line_end, line_of};
use crate::hints::{Advice, Span};
use crate::{ErrorKind, Limits, LuaError, Outcome, Usage};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::fmt::Write;
use std::time::Duration;

/// Columns that a source line may take where it is shown.
const WIDTH: usize = 120;

/// Makes bytes safe to show on a terminal: control characters, invisible
/// direction marks and bytes that are no UTF-8 are written as escapes. Newlines
/// and tabs stay.
pub(super) fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' | '\t' => text.push(c),
                c if is_hidden(c) && c.is_ascii() => {
                    let _ = write!(text, "\\x{:02x}", u32::from(c));
                }
                c if is_hidden(c) => {
                    let _ = write!(text, "\\u{{{:x}}}", u32::from(c));
                }
                c => text.push(c),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// Writes an error: `moonfuel: chunk:line: message`, the source line with a
/// caret when the error is in the main script, and the traceback.
pub(super) fn error_text(error: &LuaError, script: Option<&Script>) -> String {
    let message = escape(&error.message);
    let chunk = escape(error.chunk.as_bytes());
    let mut text = String::from("moonfuel: ");
    match error.line {
        Some(line) if !message.starts_with(&format!("{chunk}:{line}:")) => {
            let _ = write!(text, "{chunk}:{line}: ");
        }
        None if !chunk.is_empty() => {
            let _ = write!(text, "{chunk}: ");
        }
        _ => {}
    }
    text.push_str(&message);
    text.push('\n');
    // What is found out is found in the main script.
    let here = |script: &&Script| error.advice.is_some() || script.is_named(&error.chunk);
    if let Some(script) = script.filter(here) {
        text.push_str(&excerpt(script, error));
    }
    if let Some(hint) = &error.hint {
        let _ = writeln!(text, "hint: {}", escape(in_options(hint).as_bytes()));
    }
    if !error.traceback.is_empty() {
        text.push_str(escape(error.traceback.as_bytes()).trim_end());
        text.push('\n');
    }
    // Of a long name the end alone is shown.
    let Some(name) = script.map(|script| escape(&chunk_id(script.name.as_bytes()))) else {
        return text;
    };
    match one_line(&name) {
        shown if shown != name => text.replace(&name, &shown),
        _ => text,
    }
}

/// Draws the part of the script that an error is about, marked, with the other places that
/// matter; or the line alone if nothing is known but that.
fn excerpt(script: &Script, error: &LuaError) -> String {
    let advice = error.advice.as_deref();
    if let Some(text) = advice.and_then(|advice| advice.text.as_deref()) {
        let loaded = Script::loaded(text);
        let advice = Advice { text: None, ..advice.cloned().unwrap_or_default() };
        let error = LuaError { advice: Some(Box::new(advice)), ..error.clone() };
        return excerpt(&loaded, &error);
    }
    let span = advice.and_then(|advice| advice.span);
    let line = match (error.line, span) {
        (Some(line), _) => script.line_span(line),
        (None, span) => span,
    };
    let Some(line) = line.filter(|line| line.end <= script.text.len()) else {
        return String::new();
    };
    if span.is_none() && script.text[line.start..line.end].trim_ascii().is_empty() {
        return String::new();
    }
    drawn(script, line, advice.unwrap_or(&Advice::default()))
}

/// Draws a line of the script, and what is found out about it.
pub(super) fn drawn(script: &Script, line: Span, advice: &Advice) -> String {
    let (span, marks) = (advice.span, &advice.marks);
    let all = marks.iter().map(|mark| mark.span).chain(span).chain([line]);
    let from = all.clone().map(|span| span.start).min().unwrap_or(0);
    let to = all.map(|span| span.end).max().unwrap_or(0);
    let mut shown = Shown::new(script, from, to);
    let mut annotations = Vec::new();
    match span {
        Some(span) => annotations.push(AnnotationKind::Primary.span(shown.part(span))),
        None => annotations.push(AnnotationKind::Visible.span(shown.part(line))),
    }
    for mark in marks {
        let label = escape(mark.label.as_bytes());
        annotations.push(AnnotationKind::Context.span(shown.part(mark.span)).label(label));
    }
    let snippet = Snippet::source(std::mem::take(&mut shown.text))
        .line_start(shown.first_line)
        .annotations(annotations);
    let group = Group::with_level(Level::ERROR).element(snippet);
    let drawn = Renderer::plain().term_width(WIDTH).render(&[group]);
    // Without a title above them, the excerpt's lines need none to keep them apart.
    // A line with nothing marked in it has a row for that all the same.
    let unmarked = span.is_none() && marks.is_empty();
    let empty = |at: usize, line: &str| line.trim() == "|" && (at == 0 || unmarked);
    let lines = drawn.lines().enumerate().filter(|(at, line)| !empty(*at, line));
    lines.fold(String::new(), |text, (_, line)| text + " " + line + "\n")
}

/// Bytes of a line on either side of what it is shown for, of which some are shown: far more
/// than [`WIDTH`] columns take.
const NEAR: usize = 4096;

/// Returns where a character begins, in front of an offset or there.
fn char_start(text: &[u8], offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while at > 0 && text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80) {
        at -= 1;
    }
    at
}

/// A part of a script as it is shown: hidden characters as escapes, every line ended by a
/// line feed.
struct Shown {
    text: String,
    first_line: usize,
    /// Offsets in the script and in the text, in order.
    places: Vec<(usize, usize)>,
}

impl Shown {
    /// Prepares the lines from one offset to another.
    fn new(script: &Script, from: usize, to: usize) -> Shown {
        let (first_line, begin) = line_of(&script.text, from);
        let mut shown =
            Shown { text: String::new(), first_line: first_line as usize, places: Vec::new() };
        let mut start = Some(begin);
        while let Some(begin) = start {
            let (end, next) = line_end(&script.text, begin);
            let is_first = shown.places.is_empty();
            // Of a long line only what is near is looked at; the rest is not shown.
            let mut offset = match is_first {
                true => begin.max(char_start(&script.text, from.saturating_sub(NEAR))),
                false => begin,
            };
            let shown_end = end.min(char_start(&script.text, to.saturating_add(NEAR)));
            for chunk in script.text[offset..shown_end.max(offset)].utf8_chunks() {
                let chars = chunk.valid().char_indices();
                let pieces = chars.map(|(at, c)| &chunk.valid()[at..at + c.len_utf8()]);
                for piece in pieces.map(str::as_bytes).chain(chunk.invalid().chunks(1)) {
                    shown.places.push((offset, shown.text.len()));
                    shown.text.push_str(&escape(piece));
                    offset += piece.len();
                }
            }
            shown.places.push((offset, shown.text.len()));
            shown.text.push('\n');
            start = next.filter(|_| end < to);
        }
        shown
    }

    /// Returns the part of the text that a part of the script is; of several lines the first.
    fn part(&self, span: Span) -> std::ops::Range<usize> {
        let place = |offset: usize| {
            let index = self.places.partition_point(|(at, _)| *at < offset);
            self.places.get(index).map_or(self.text.len(), |(_, place)| *place)
        };
        let start = place(span.start);
        let line_end = self.text[start..].find('\n').map_or(self.text.len(), |end| start + end);
        start..place(span.end).clamp(start, line_end.max(start))
    }
}

/// Says, behind a text about a limit, which option raises it; nothing of other errors.
pub(super) fn raise_with(kind: ErrorKind) -> String {
    let option = match kind {
        ErrorKind::Fuel => "--fuel N",
        ErrorKind::Memory => "--memory SIZE",
        ErrorKind::Output => "--output SIZE",
        ErrorKind::HostCalls => "--host-calls N",
        ErrorKind::Deadline => "--timeout TIME",
        _ => return String::new(),
    };
    format!(" (raise with {option})")
}

/// Says which limit ended a run, how much it was, and what raises it; `None`
/// for the outcomes that are no limits.
pub(super) fn limit_text(
    outcome: &Outcome,
    limits: &Limits,
    timeout: Option<Duration>,
) -> Option<String> {
    let (text, kind) = match outcome {
        Outcome::OutOfFuel => {
            (format!("out of fuel: all {} units are used", limits.fuel), ErrorKind::Fuel)
        }
        Outcome::OutOfMemory => (
            format!("out of memory: the script needs more than {} bytes", limits.memory),
            ErrorKind::Memory,
        ),
        Outcome::OutputLimit => (
            format!("too much output: more than {} bytes were printed", limits.output),
            ErrorKind::Output,
        ),
        Outcome::HostCallLimit => (
            format!("too many host calls: more than {} were made", limits.host_calls),
            ErrorKind::HostCalls,
        ),
        Outcome::Deadline => {
            // It ended so when it was recorded, and no trace says how long it had.
            let Some(timeout) = timeout else {
                return Some("out of time: the time that it had was over".to_owned());
            };
            let ms = timeout.as_millis();
            (format!("out of time: {ms} milliseconds are over"), ErrorKind::Deadline)
        }
        Outcome::Cancelled => return Some("cancelled".to_owned()),
        Outcome::Done(_) | Outcome::Failed(_) | Outcome::Exit(_) => return None,
    };
    Some(text + &raise_with(kind))
}

/// Writes what a run used, on one line.
pub(super) fn usage_text(usage: &Usage, elapsed: Duration) -> String {
    format!(
        "moonfuel: fuel {}, memory peak {} bytes, output {} bytes, host calls {}, time {:.3} ms\n",
        usage.fuel_used,
        usage.memory_peak,
        usage.output_bytes,
        usage.host_calls,
        elapsed.as_secs_f64() * 1000.0
    )
}
