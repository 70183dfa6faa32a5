//! Values for the eyes of a person: how a prompt shows what a line returned.
//!
//! This is the host's look at them, not the script's: nothing is charged, no metamethod is
//! called, nothing is kept. Depth, items and text have limits of their own.

use super::names::is_name;
use crate::base::chunk_id::chunk_id;
use crate::base::hidden::is_hidden;
use crate::base::number::float_text;
use crate::vm::heap::meta::Event;
use crate::vm::heap::table::Table;
use crate::vm::heap::value::Value;
use crate::vm::machine::Lua;
use crate::vm::state::context::Context;

/// Tables within tables that are shown.
const DEPTH: usize = 6;
/// Entries of a table that are shown, of the value itself and of tables in it.
const ITEMS: [usize; 2] = [100, 30];
/// Characters of a string that are shown, of the value itself and of strings in it.
const CHARACTERS: [usize; 2] = [4000, 200];
/// Bytes of text after which nothing more is shown.
const TEXT: usize = 32 << 10;
/// Entries that are counted of those that are not shown, of one table and of all of them.
const COUNTED: [usize; 2] = [100_000, 1_000_000];
/// Values that are shown of one line.
const VALUES: usize = 100;

/// What a line returned, to be shown.
#[derive(Debug, Default)]
pub(crate) struct View {
    /// Columns of the terminal: what has room is on one line.
    pub(crate) width: usize,
    /// Each value, written out.
    pub(crate) texts: Vec<String>,
    /// The type of each value.
    pub(crate) types: Vec<&'static str>,
    /// How many values there are that are not shown.
    pub(crate) more: usize,
}

impl View {
    /// Columns for which values are shown where no terminal says how many it has.
    pub(crate) const WIDTH: usize = 80;

    /// Returns the values' texts, and what says that there are more.
    pub(crate) fn into_texts(self) -> Vec<String> {
        let more = self.more_text();
        self.texts.into_iter().chain(more).collect()
    }

    /// Says that there are more values than are shown.
    pub(crate) fn more_text(&self) -> Option<String> {
        match self.more {
            0 => None,
            1 => Some("… 1 more value".to_owned()),
            more => Some(format!("… {more} more values")),
        }
    }
}

/// Lets the values of a machine's next run be shown for a terminal of so many columns.
pub(in crate::session) fn ask(lua: &mut Lua, width: usize) {
    let view = View { width, ..View::default() };
    lua.enter(|ctx| {
        // Nothing is made while a run looks.
        ctx.make_library_real();
        *ctx.state.view.borrow_mut() = Some(Box::new(view));
    });
}

/// Takes what a machine's last run returned, if it was asked for.
pub(in crate::session) fn take(lua: &mut Lua) -> Option<View> {
    let view = lua.enter(|ctx| ctx.state.view.borrow_mut().take())?;
    view.downcast().ok().map(|view| *view)
}

/// Shows the values of a run, if the host has asked for that.
pub(in crate::session) fn look<'gc>(
    ctx: Context<'gc>,
    values: impl ExactSizeIterator<Item = Value<'gc>>,
) {
    let mut asked = ctx.state.view.borrow_mut();
    let Some(view) = asked.as_mut().and_then(|view| view.downcast_mut::<View>()) else { return };
    // The step may run again.
    (view.texts, view.types) = (Vec::new(), Vec::new());
    view.more = values.len().saturating_sub(VALUES);
    let mut writer = Writer { ctx, width: view.width, above: Vec::new(), written: 0, counted: 0 };
    for value in values.take(VALUES) {
        writer.written = 0;
        view.texts.push(writer.value(&value, 0, 0));
        view.types.push(value.type_name());
    }
}

/// Writes values.
struct Writer<'gc> {
    ctx: Context<'gc>,
    width: usize,
    /// The tables around the one that is written, outermost first.
    above: Vec<Table<'gc>>,
    /// Bytes that were written of all parts of a value so far.
    written: usize,
    /// Entries that were counted of all tables so far.
    counted: usize,
}

impl<'gc> Writer<'gc> {
    /// Writes a value that begins in a column. (The depth, and so Rust's stack, is bounded by
    /// [`DEPTH`].)
    fn value(&mut self, value: &Value<'gc>, column: usize, depth: usize) -> String {
        let text = match value {
            Value::Nil => "nil".to_owned(),
            Value::Boolean(b) => b.to_string(),
            Value::Integer(i) => i.to_string(),
            Value::Number(n) => float_text(*n),
            Value::String(s) => quoted(s.as_bytes(), CHARACTERS[depth.min(1)]),
            Value::Table(table) => return self.table(*table, column, depth),
            Value::Builtin(def) if !def.name.is_empty() => format!("<function {}>", def.name),
            Value::Native(native) if !native.def().name.is_empty() => {
                format!("<function {}>", native.def().name)
            }
            Value::Closure(closure) => {
                // Scripts choose the names of what they load.
                let chunk = plain(&chunk_id(closure.source_name()), CHARACTERS[1]);
                match closure.proto().line_defined {
                    0 => format!("<function {chunk}>"),
                    line => format!("<function {chunk}:{line}>"),
                }
            }
            other => match self.name(other) {
                Some(name) => format!("<{name}>"),
                None => format!("<{}>", other.type_name()),
            },
        };
        self.written += text.len();
        text
    }

    /// Returns what a value's metatable calls it.
    fn name(&self, value: &Value<'gc>) -> Option<String> {
        match self.ctx.metamethod(value, Event::Name) {
            Value::String(name) => Some(plain(name.as_bytes(), CHARACTERS[1])),
            _ => None,
        }
    }

    fn table(&mut self, table: Table<'gc>, column: usize, depth: usize) -> String {
        if let Some(at) = self.above.iter().rposition(|above| above.ptr_eq(table)) {
            return match self.above.len() - at {
                1 => "<cycle: this table>".to_owned(),
                levels => format!("<cycle: {} tables up>", levels - 1),
            };
        }
        let value = Value::Table(table);
        let name = match (self.name(&value), table.metatable()) {
            (Some(name), _) => format!("<{name}> "),
            (None, Some(_)) => "<with metatable> ".to_owned(),
            (None, None) => String::new(),
        };
        if depth >= DEPTH || self.written > TEXT {
            let shown = if table.next_index(0).is_none() { "{}" } else { "{…}" };
            self.written += shown.len();
            return name + shown;
        }
        self.above.push(table);
        let (mut items, left, is_all) = self.items(table, column + 2, depth);
        self.above.pop();
        match left {
            0 => {}
            _ if is_all => items.push(format!("… {left} more")),
            _ => items.push(format!("… {left} more at least")),
        }
        self.written += 2 * items.len();
        name + &self.joined(&items, column)
    }

    /// Writes entries, as many as are shown, and counts the others; tells whether it has counted
    /// all of them.
    fn items(
        &mut self,
        table: Table<'gc>,
        column: usize,
        depth: usize,
    ) -> (Vec<String>, usize, bool) {
        let most = ITEMS[depth.min(1)];
        let mut items = Vec::new();
        let (mut cursor, mut next, mut left) = (0, 1, 0);
        while let Some((after, key, value)) = table.next_index(cursor) {
            cursor = after;
            if items.len() >= most || self.written > TEXT {
                left += 1;
                self.counted += 1;
                if left == COUNTED[0] || self.counted >= COUNTED[1] {
                    return (items, left, false);
                }
                continue;
            }
            let key = match key {
                Value::Integer(at) if at == next => {
                    next += 1;
                    String::new()
                }
                Value::String(name) if is_name(name.as_bytes()) => {
                    format!("{} = ", String::from_utf8_lossy(name.as_bytes()))
                }
                // Tables as keys are not written out.
                key => format!("[{}] = ", self.value(&key, column, DEPTH)),
            };
            self.written += key.len();
            items.push(key.clone() + &self.value(&value, column + key.chars().count(), depth + 1));
        }
        (items, left, true)
    }

    /// Writes parts between braces: on one line if they have room there.
    fn joined(&self, items: &[String], column: usize) -> String {
        let length: usize = items.iter().map(|item| item.chars().count() + 2).sum();
        if column + length <= self.width && !items.iter().any(|item| item.contains('\n')) {
            return format!("{{{}}}", items.join(", "));
        }
        let indent = " ".repeat(2 * self.above.len());
        let mut text = String::from("{\n");
        let mut items = items.iter().peekable();
        while let Some(item) = items.next() {
            let comma = if items.peek().is_some() { "," } else { "" };
            text.push_str(&format!("{indent}  {item}{comma}\n"));
        }
        text + &indent + "}"
    }
}

/// Writes a string with quotes, cut after so many characters.
fn quoted(bytes: &[u8], most: usize) -> String {
    let (text, is_cut) = escaped(bytes, most, true);
    match is_cut {
        true => format!("\"{text}\"… ({} bytes)", bytes.len()),
        false => format!("\"{text}\""),
    }
}

/// Writes a string without quotes, likewise.
fn plain(bytes: &[u8], most: usize) -> String {
    let (text, is_cut) = escaped(bytes, most, false);
    if is_cut { text + "…" } else { text }
}

/// Writes the beginning of a string, as it would stand between quotes if there are some, and
/// tells whether that is not all.
fn escaped(bytes: &[u8], most: usize, has_quotes: bool) -> (String, bool) {
    let mut text = String::new();
    let mut count = 0;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if count == most {
                return (text, true);
            }
            count += 1;
            match c {
                '"' | '\\' if has_quotes => text.extend(['\\', c]),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\t' => text.push_str("\\t"),
                c if is_hidden(c) && c.is_ascii() => {
                    text.push_str(&format!("\\x{:02x}", u32::from(c)));
                }
                c if is_hidden(c) => text.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
                c => text.push(c),
            }
        }
        for byte in chunk.invalid() {
            if count == most {
                return (text, true);
            }
            count += 1;
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    (text, false)
}
