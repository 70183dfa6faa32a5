//! The canonical form of a machine's whole state: text that is the same exactly if all
//! that a later run can notice is the same.
//!
//! Objects get numbers in the order in which they are found, breadth first, beginning at
//! the globals. Each has a line that says what it is, its id, and from where it was found
//! first, and then lines of its parts as they lie in memory: capacities, tombstones and
//! holes included. What no run can notice is left out: addresses, guesses of where a key
//! lies, what lies in stacks above the live part.

use crate::gc::Gc;
use crate::vm::heap::closure::{Code, LuaClosure, NativeClosure, Upvalue};
use crate::vm::heap::string::Str;
use crate::vm::heap::table::Table;
use crate::vm::heap::thread::{Callee, Frame, Thread};
use crate::vm::heap::userdata::{Buffer, UserData};
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;
use std::collections::{BTreeMap, VecDeque};
use std::fmt::{self, Display, Write};

/// The first bits of the number that a tombstone keeps of a long string.
const DEAD_LONG_STRING: u64 = 0x7FFC_0000_0000_0000 >> 50;

/// An object with an identity.
#[derive(Clone, Copy)]
enum Object<'gc> {
    Table(Table<'gc>),
    Closure(LuaClosure<'gc>),
    Code(Gc<'gc, Code<'gc>>),
    Native(NativeClosure<'gc>),
    Upvalue(Upvalue<'gc>),
    Thread(Thread<'gc>),
    UserData(UserData<'gc>),
    Buffer(Buffer<'gc>),
    Loading,
    LongString(Str<'gc>),
}

/// Returns the canonical form of a machine's state.
pub(crate) fn of(ctx: Context<'_>) -> String {
    ctx.make_library_real();
    let mut walk = Walk { text: String::new(), ..Walk::default() };
    walk.machine(ctx);
    while let Some((number, from, object)) = walk.found.pop_front() {
        walk.object(number, &from, object);
    }
    walk.weak_tables(ctx);
    walk.text
}

#[derive(Default)]
struct Walk<'gc> {
    numbers: BTreeMap<usize, usize>,
    /// Objects that have a number and no lines yet, with where they were found.
    found: VecDeque<(usize, String, Object<'gc>)>,
    /// The number of the object that is being written, and the place in it.
    at: String,
    text: String,
}

/// Writes a line. Writing to a string does not fail.
macro_rules! line {
    ($walk:expr, $($arg:tt)*) => {{
        let _ = writeln!($walk.text, $($arg)*);
    }};
}

impl<'gc> Walk<'gc> {
    fn machine(&mut self, ctx: Context<'gc>) {
        let state = ctx.state;
        let (used, threshold, due, held) = state.account.physical();
        line!(self, "account used {used} threshold {threshold} due {due} held {held}");
        let (count, slots, strings) = state.strings.physical(ctx.mc);
        line!(self, "interner {count} strings in {slots} slots");
        for string in strings {
            line!(self, "interned {}", string.escape_ascii());
        }
        line!(
            self,
            "next id {} upvalue {} string {} coroutines {}",
            state.next_id.get(),
            state.next_upvalue.get(),
            state.next_string.get(),
            state.coroutines.get()
        );
        line!(self, "random {:x?}", state.random.get());
        line!(
            self,
            "waiting: collection {} retry {:?} too many {} letter {} of {} traceback {} raised {}",
            state.collect_now.get(),
            state.retry.get().is_some(),
            state.too_many.get(),
            state.mailbox.borrow().is_some(),
            state.mailbox_bytes.get(),
            state.traceback.borrow().len(),
            state.raised_at.borrow().is_some()
        );
        line!(self, "collector {}", state.collector.physical());
        line!(
            self,
            "held for the host {:?} next object {}",
            state.handles.physical(),
            state.objects.next()
        );
        let files = &state.files;
        let mut roots = vec![
            ("globals".to_owned(), Value::Table(state.globals)),
            ("registry".to_owned(), Value::Table(state.registry)),
            ("main thread".to_owned(), Value::Thread(state.main_thread)),
            ("current thread".to_owned(), Value::Thread(state.current.get())),
            ("error raised".to_owned(), state.raising.get()),
        ];
        for (of, metatable) in state.type_metatables.iter().enumerate() {
            let metatable = metatable.get().map_or(Value::Nil, Value::Table);
            roots.push((format!("metatable of type {of}"), metatable));
        }
        for (name, file) in [("input", &files.input), ("output", &files.output)] {
            roots.push((name.to_owned(), file.get().map_or(Value::Nil, Value::UserData)));
        }
        let collector = &state.collector;
        let finalizable = collector.finalizable.borrow().clone();
        let pending = collector.pending.borrow().iter().copied().collect();
        let waiting = collector.waiting.borrow().iter().copied().collect();
        let lists: [(&str, Vec<Value<'gc>>); 3] = [
            ("with finalizers", finalizable),
            ("to be finalized", pending),
            ("to be finalized later", waiting),
        ];
        for (list, values) in lists {
            line!(self, "{list}: {}", values.len());
            roots.extend(
                values.iter().enumerate().map(|(at, value)| (format!("{list} {at}"), *value)),
            );
        }
        for (name, value) in roots {
            self.at.clear();
            self.part(&name, value);
        }
    }

    /// Writes the list of weak tables, but for those that only the list knows: they are
    /// garbage, and go with any collection.
    fn weak_tables(&mut self, ctx: Context<'gc>) {
        let weak = ctx.state.collector.weak.borrow();
        let number = |table: &Table<'gc>| self.numbers.get(&Gc::as_ptr(table.erase()).addr());
        let known: Vec<usize> = weak.iter().filter_map(number).copied().collect();
        line!(self, "weak tables: {known:?}");
    }

    /// Writes the line of a part of the object at hand.
    fn part(&mut self, name: &dyn Display, value: Value<'gc>) {
        let _ = write!(self.text, "  {name} = ");
        self.show(name, value);
        self.text.push('\n');
    }

    /// Writes what stands for a value. What is found in it comes later.
    fn show(&mut self, name: &dyn Display, value: Value<'gc>) {
        let _ = match value {
            Value::Nil => write!(self.text, "nil"),
            Value::Boolean(b) => write!(self.text, "{b}"),
            Value::Integer(i) => write!(self.text, "{i}"),
            // The rest of the bits depend on the key of hashes.
            Value::Number(n) if n.to_bits() >> 50 == DEAD_LONG_STRING => {
                write!(self.text, "a long string that is dead")
            }
            Value::Number(n) => write!(self.text, "float {n} {:x}", n.to_bits()),
            Value::Builtin(def) => write!(self.text, "builtin {}", def.name),
            Value::String(s) if s.is_short() => {
                write!(self.text, "\"{}\"", s.as_bytes().escape_ascii())
            }
            Value::String(s) => return self.number(name, s.erase(), Object::LongString(s)),
            Value::Table(v) => return self.number(name, v.erase(), Object::Table(v)),
            Value::Closure(v) => return self.number(name, v.erase(), Object::Closure(v)),
            Value::Native(v) => return self.number(name, v.erase(), Object::Native(v)),
            Value::Thread(v) => return self.number(name, v.erase(), Object::Thread(v)),
            Value::UserData(v) => return self.number(name, v.erase(), Object::UserData(v)),
            Value::Buffer(v) => return self.number(name, v.erase(), Object::Buffer(v)),
            Value::Loading(v) => return self.number(name, v.erase(), Object::Loading),
        };
    }

    /// Writes an object's number, and has it described later if it was not found before.
    fn number(&mut self, name: &dyn Display, object: Gc<'gc, ()>, what: Object<'gc>) {
        let next = self.numbers.len();
        let number = *self.numbers.entry(Gc::as_ptr(object).addr()).or_insert(next);
        if number == next {
            self.found.push_back((number, format!("{}.{name}", self.at), what));
        }
        let _ = write!(self.text, "#{number}");
    }

    /// As [`Walk::part`], for an object that is no value.
    fn hidden(&mut self, name: &dyn Display, object: Gc<'gc, ()>, what: Object<'gc>) {
        let _ = write!(self.text, "  {name} = ");
        self.number(name, object, what);
        self.text.push('\n');
    }

    fn object(&mut self, number: usize, from: &str, object: Object<'gc>) {
        self.at = format!("#{number}");
        let _ = write!(self.text, "#{number} at {from}: ");
        match object {
            Object::Table(table) => self.table(table),
            Object::Closure(closure) => self.closure(closure),
            Object::Code(code) => self.code(code),
            Object::Native(native) => {
                line!(self, "native function {} id {}", native.def().name, native.id());
                for n in 0..native.upvalue_count() {
                    self.part(&format_args!("upvalue {n}"), native.upvalue(n));
                }
            }
            Object::Upvalue(upvalue) => self.upvalue(upvalue),
            Object::Thread(thread) => self.thread(thread),
            Object::UserData(userdata) => {
                line!(
                    self,
                    "userdata id {} tag {:x} marks {}",
                    userdata.id(),
                    userdata.tag(),
                    userdata.collector_marks()
                );
                self.part(&"metatable", userdata.metatable().map_or(Value::Nil, Value::Table));
            }
            Object::Buffer(buffer) => {
                let bytes = buffer.with(|bytes| bytes.escape_ascii().to_string());
                line!(self, "buffer charged {} of {}: {bytes}", buffer.charged(), buffer.len());
            }
            Object::Loading => line!(self, "loading"),
            Object::LongString(string) => {
                let id = string.long_id(|| 0).unwrap_or(0);
                line!(
                    self,
                    "string hashed {} id {id} {}",
                    !string.is_unhashed(),
                    string.as_bytes().escape_ascii()
                );
            }
        }
    }

    fn table(&mut self, table: Table<'gc>) {
        let parts = table.physical();
        line!(
            self,
            "table id {} items {} of {} holes {} beyond {} entries {} of {} integers {} joined {} 0 leads {} \
             weak {} marks {} read-only {} json {}",
            table.id(),
            parts.array.len(),
            parts.array_capacity,
            parts.holes,
            parts.beyond,
            parts.entries.len(),
            parts.hash_capacity,
            parts.integers,
            parts.joined,
            parts.zero_leads,
            parts.weak_mode,
            parts.collector_marks,
            parts.read_only,
            parts.json_mark
        );
        if let Some(broken) = parts.broken {
            line!(self, "  BROKEN: {broken}");
        }
        if let Some(metatable) = parts.metatable {
            self.part(&"metatable", Value::Table(metatable));
        }
        for (at, item) in parts.array.iter().enumerate() {
            self.part(&format_args!("[{}]", at + 1), *item);
        }
        for (at, entry) in parts.entries.iter().enumerate() {
            let _ = write!(self.text, "  {at}: [");
            self.show(&format_args!("key {at}"), entry.key);
            match entry.died {
                Some(died) => line!(self, "] died at {died}"),
                None => {
                    self.text.push_str("] = ");
                    self.show(&format_args!("[{}]", Key(entry.key)), entry.value);
                    self.text.push('\n');
                }
            }
        }
    }

    fn closure(&mut self, closure: LuaClosure<'gc>) {
        line!(self, "function id {}", closure.id());
        let code = closure.code();
        self.hidden(&"code", Gc::erase(code), Object::Code(code));
        for (n, upvalue) in closure.upvalues().iter().enumerate() {
            let name = format_args!("upvalue {n}");
            self.hidden(&name, upvalue.erase(), Object::Upvalue(*upvalue));
        }
    }

    fn code(&mut self, code: Gc<'gc, Code<'gc>>) {
        let code = code.as_ref();
        let line = code.proto.lines.first();
        line!(self, "code {} line {line:?}", code.proto.source.escape_ascii());
        // Constants that have no identity are as immutable as the code.
        for (n, constant) in code.constants.iter().enumerate() {
            if constant.collectable().is_some() {
                self.part(&format_args!("constant {n}"), *constant);
            }
        }
        for (n, nested) in code.protos.iter().enumerate() {
            let name = format_args!("code {n}");
            self.hidden(&name, Gc::erase(*nested), Object::Code(*nested));
        }
    }

    fn upvalue(&mut self, upvalue: Upvalue<'gc>) {
        let number = upvalue.number();
        if !upvalue.is_in_place() {
            line!(self, "upvalue BROKEN: it points elsewhere");
            return;
        }
        match upvalue.thread() {
            Some(thread) => {
                let slot = upvalue.index();
                line!(self, "open upvalue number {number} slot {slot}");
                self.part(&"thread", Value::Thread(thread));
            }
            None => {
                line!(self, "closed upvalue number {number}");
                self.part(&"value", upvalue.get());
            }
        }
    }

    fn thread(&mut self, thread: Thread<'gc>) {
        let th = thread.state();
        let live = th.live_top();
        line!(
            self,
            "thread id {} {:?} top {} live {live} of {} frames {} of {} native calls {} handling {}",
            thread.id(),
            th.status,
            th.top,
            th.room().0,
            th.frames.len(),
            th.frames_charged,
            th.c_calls,
            th.handling
        );
        if live > th.stack.capacity() {
            line!(self, "  BROKEN: more is alive than there are slots");
        }
        if th.stack.capacity() > th.room().0 {
            line!(self, "  BROKEN: more slots than are charged for");
        }
        line!(self, "  closing {:?} finalizers {:?} {:?}", th.tbc, th.driver, th.hooks);
        self.part(&"resumer", th.resumer.map_or(Value::Nil, Value::Thread));
        for (at, frame) in th.frames.iter().enumerate() {
            self.frame(at, frame);
        }
        for (at, error) in th.errors.iter().enumerate() {
            self.part(&format_args!("error {at}"), *error);
        }
        for upvalue in &th.open {
            let name = format_args!("open upvalue of slot {}", upvalue.index());
            self.hidden(&name, upvalue.erase(), Object::Upvalue(*upvalue));
            if !upvalue.thread().is_some_and(|own| own.ptr_eq(thread)) {
                line!(self, "  BROKEN: it is not open here");
            }
        }
        for slot in 0..live.min(th.stack.capacity()) {
            self.part(&format_args!("slot {slot}"), th.stack.get(slot));
        }
    }

    fn frame(&mut self, at: usize, frame: &Frame<'gc>) {
        let callee = match frame.callee {
            Callee::Lua(closure) => Value::Closure(closure),
            Callee::Native(def) => Value::Builtin(def),
        };
        let _ = write!(self.text, "  frame {at}: ");
        self.show(&format_args!("frame {at}"), callee);
        line!(
            self,
            " func {} base {} top {} pc {} results {} varargs {} saved {} \
             aux {} then {:?} flags {:x} handler {}",
            frame.func,
            frame.base,
            frame.top,
            frame.pc,
            frame.results,
            frame.varargs,
            frame.saved,
            frame.aux,
            frame.then,
            frame.flags,
            frame.handler
        );
    }
}

/// A key as paths show it.
struct Key<'gc>(Value<'gc>);

impl Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Integer(i) => write!(f, "{i}"),
            Value::String(s) => write!(f, "{}", s.as_bytes().escape_ascii()),
            other => f.write_str(other.type_name()),
        }
    }
}
