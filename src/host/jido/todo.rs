//! `jido.todo_write(todos)` and `jido.todo_read()`: the list of what is to be done.
//!
//! The list is the session's, as its globals are: what a run that fails has written is
//! forgotten with the rest of it.

use super::{Answer, Jido};
use crate::{HostCx, HostValue};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most items.
const MOST_ITEMS: usize = 1000;
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
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
