//! `jido.todo_write(todos)` and `jido.todo_read()`: the list of what is to be done.
//!
//! The list is the session's, as its globals are: what a run that fails has written is
//! forgotten with the rest of it. Traces and snapshots have it as notes, so that whoever goes
//! on with them has the same list.

use super::{Answer, Jido};
use crate::session::lock;
use crate::{HostCx, HostValue};
use std::sync::{Mutex, MutexGuard};

/// The most items.
const MOST_ITEMS: usize = 1000;
/// The most bytes of their texts: the list is kept by the host, beside what a run may take.
const MOST_BYTES: usize = 1024 * 1024;
/// Units of fuel for an item.
const ITEM: u64 = 64;

/// An item's text, its state, and what it is called while it is done.
#[derive(Clone, Debug)]
struct Item {
    content: Vec<u8>,
    status: &'static str,
    active_form: Vec<u8>,
}

/// The list.
#[derive(Debug, Default)]
pub(super) struct Todos(Mutex<Lists>);

#[derive(Debug, Default)]
struct Lists {
    kept: Vec<Item>,
    /// What the run at work has put in its place.
    written: Option<Vec<Item>>,
}

impl Todos {
    fn lists(&self) -> MutexGuard<'_, Lists> {
        lock(&self.0)
    }

    /// Returns the lists as notes for [`Todos::recall`].
    pub(super) fn notes(&self) -> Vec<Vec<u8>> {
        let lists = self.lists();
        let kept = (!lists.kept.is_empty()).then(|| note(KEPT, &lists.kept));
        let written = lists.written.as_ref().map(|written| note(WRITTEN, written));
        kept.into_iter().chain(written).collect()
    }

    /// Takes up a note that was made elsewhere, or long ago. Tells whether it is one of these.
    pub(super) fn recall(&self, note: &[u8]) -> bool {
        if let Some(items) = note.strip_prefix(KEPT).and_then(items_of) {
            self.lists().kept = items;
        } else if let Some(items) = note.strip_prefix(WRITTEN).and_then(items_of) {
            self.lists().written = Some(items);
        } else {
            return false;
        }
        true
    }

    /// Takes up what the run has written, or forgets it.
    pub(super) fn run_ended(&self, kept: bool) {
        let mut lists = self.lists();
        if let Some(written) = lists.written.take()
            && kept
        {
            lists.kept = written;
        }
    }
}

/// How the note begins of a list that stays.
const KEPT: &[u8] = b"todo kept ";
/// How that of a list begins which a run has written that is at work.
const WRITTEN: &[u8] = b"todo written ";

/// Makes the note of a list: of each item state, lengths and texts, as in
/// `pending 4 5 testtests`.
fn note(begin: &[u8], items: &[Item]) -> Vec<u8> {
    let mut note = begin.to_vec();
    for Item { content, status, active_form } in items {
        note.extend(format!("{status} {} {} ", content.len(), active_form.len()).bytes());
        note.extend_from_slice(content);
        note.extend_from_slice(active_form);
    }
    note
}

fn items_of(mut note: &[u8]) -> Option<Vec<Item>> {
    let mut items = Vec::new();
    while !note.is_empty() {
        let mut parts = note.splitn(4, |byte| *byte == b' ');
        let (state, content, form) = (parts.next()?, parts.next()?, parts.next()?);
        let (status, _) = STATES.iter().find(|(name, _)| name.as_bytes() == state)?;
        let length = |digits| std::str::from_utf8(digits).ok()?.parse().ok();
        let (content, rest) = parts.next()?.split_at_checked(length(content)?)?;
        let (form, rest) = rest.split_at_checked(length(form)?)?;
        let (content, active_form) = (content.to_vec(), form.to_vec());
        items.push(Item { content, status, active_form });
        note = rest;
    }
    Some(items)
}

/// The states, in the order in which they are counted.
const STATES: [(&str, &str); 3] =
    [("in_progress", "in progress"), ("pending", "pending"), ("completed", "completed")];

/// Puts a list in the place of the old one.
pub(super) fn todo_write(jido: &Jido, cx: &mut HostCx<'_>, args: &[HostValue]) -> Answer {
    let items: &[HostValue] = match args.first() {
        Some(HostValue::Array(items)) => items,
        Some(HostValue::Object(fields)) if fields.is_empty() => &[],
        _ => return Err(b"todo_write requires a todos array argument".to_vec().into()),
    };
    if items.len() > MOST_ITEMS {
        return Err(format!("Too many todos (limit {MOST_ITEMS})").into_bytes().into());
    }
    cx.charge(ITEM * items.len() as u64).map_err(super::Failure::Raised)?;
    let items = items.iter().map(item).collect::<Result<Vec<_>, _>>()?;
    let bytes: usize = items.iter().map(|item| item.content.len() + item.active_form.len()).sum();
    if bytes > MOST_BYTES {
        return Err(format!("Todos too large (limit {MOST_BYTES} bytes)").into_bytes().into());
    }
    let counts = STATES.iter().filter_map(|(status, words)| {
        let count = items.iter().filter(|item| item.status == *status).count();
        (count > 0).then(|| format!("{count} {words}"))
    });
    let counts: Vec<String> = counts.collect();
    let text = if counts.is_empty() {
        "Todo list cleared".to_owned()
    } else {
        format!("Todo list updated: {}", counts.join(", "))
    };
    cx.remember(|| note(WRITTEN, &items));
    jido.todos.lists().written = Some(items);
    Ok(text.into())
}

/// Reads an item, or says what is wrong with it.
fn item(value: &HostValue) -> Result<Item, Vec<u8>> {
    let field = |name| value.field(name).and_then(HostValue::as_bytes);
    let content = field("content").filter(|content| !content.trim_ascii().is_empty());
    let content = content.ok_or(b"Each todo must have a non-empty 'content' string")?;
    let status = value.field("status");
    let said = status.and_then(HostValue::as_bytes);
    let known = STATES.iter().find(|(name, _)| Some(name.as_bytes()) == said);
    let Some((status, _)) = known else {
        let shown = match status {
            Some(HostValue::String(bytes)) => format!("{:?}", String::from_utf8_lossy(bytes)),
            Some(value) if !value.is_nil() => shown(value),
            _ => "nil".to_owned(),
        };
        let text =
            "Each todo must have a valid 'status' (pending, in_progress, or completed), got: ";
        return Err(format!("{text}{shown}").into_bytes());
    };
    let active_form = field("active_form").filter(|form| !form.trim_ascii().is_empty());
    let active_form = active_form.ok_or(b"Each todo must have a non-empty 'active_form' string")?;
    Ok(Item { content: content.to_vec(), status, active_form: active_form.to_vec() })
}

fn shown(value: &HostValue) -> String {
    match value {
        HostValue::Boolean(b) => b.to_string(),
        HostValue::Integer(i) => i.to_string(),
        HostValue::Number(n) => n.to_string(),
        other => other.type_name().to_owned(),
    }
}

/// Returns the list.
pub(super) fn todo_read(jido: &Jido, cx: &mut HostCx<'_>, _args: &[HostValue]) -> Answer {
    let items = {
        let lists = jido.todos.lists();
        lists.written.as_ref().unwrap_or(&lists.kept).clone()
    };
    cx.charge(ITEM * items.len() as u64).map_err(super::Failure::Raised)?;
    let items = items.into_iter().map(|item| {
        HostValue::object([
            ("content", HostValue::String(item.content)),
            ("status", item.status.into()),
            ("active_form", HostValue::String(item.active_form)),
        ])
    });
    Ok(HostValue::Array(items.collect()))
}
