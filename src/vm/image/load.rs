//! Making the objects of an image again.
//!
//! **Nothing is trusted.** Lengths are held against the bytes that are left, memory is asked
//! for before it is taken, references lead only to what was made and is of the kind that is
//! asked for, code is verified, and what the machine relies on is checked where it is made:
//! ids below the next one, keys that may be keys, closures with the variables their code
//! names. A machine that could not be made is dropped as a whole.
//!
//! The machine is new and its collector asleep: no barrier is needed.

use super::fault::Fault;
use super::natives::Natives;
use super::object::Object;
use super::outside::Outside;
use super::pending::{Numbers, OpenVariables, Pending};
use super::tag;
use super::texts::TextsAgain;
use super::wire::Reader;
use crate::bytecode::proto::Proto;
use crate::vm::heap::native::NativeDef;
use crate::vm::heap::store::Heap;
use crate::vm::heap::string::Str;
use crate::vm::heap::table::Table;
use crate::vm::heap::table::image::Unmade;
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;
use std::sync::Arc;

/// Serial numbers stay below this.
pub(super) const MOST_IDS: u64 = 1 << 49;

/// Reads an image into a new machine.
pub(crate) struct Loader<'a, 'gc> {
    pub(super) ctx: Context<'gc>,
    pub(super) from: Reader<'a>,
    natives: &'a Natives,
    pub(super) outside: &'a mut dyn Outside,
    /// Objects by number.
    pub(super) objects: Vec<Object<'gc>>,
    /// How many of them had their bodies read.
    described: usize,
    /// Coroutines that were made.
    pub(super) threads: usize,
    /// Variables that live in stacks.
    pub(super) open: OpenVariables,
    /// The last place of the host's handles.
    pub(super) last_place: u32,
    /// Tables of the journal that are yet to be saved there.
    pub(super) pending: Vec<Pending<'gc>>,
    /// What is charged for the journal, less what was made of it.
    pub(super) journal_left: usize,
    /// What else the journal needs, if it is open.
    pub(super) numbers: Option<Numbers>,
    /// The epoch of the run that goes on, if the image is of one.
    pub(super) epoch: Option<u32>,
    pub(super) strings: Vec<Str<'gc>>,
    pub(super) texts: Vec<TextsAgain>,
    functions: Vec<&'static NativeDef>,
    last_id: u64,
    /// The ids that the machine has given out are smaller.
    pub(super) next_id: u64,
    /// What a fork shares.
    pub(super) shared: &'a [Arc<Proto>],
    /// Tombstones of objects: the table, the place, the object's id.
    pub(super) dead: Vec<(Table<'gc>, u32, u64)>,
}

impl From<Unmade> for Fault {
    fn from(unmade: Unmade) -> Self {
        match unmade {
            Unmade::Memory(refused) => refused.into(),
            Unmade::Wrong(what) => Fault::Damaged(what),
        }
    }
}

impl<'a, 'gc> Loader<'a, 'gc> {
    pub(super) fn new(
        ctx: Context<'gc>,
        from: Reader<'a>,
        natives: &'a Natives,
        outside: &'a mut dyn Outside,
        shared: &'a [Arc<Proto>],
    ) -> Loader<'a, 'gc> {
        Loader {
            ctx,
            from,
            natives,
            outside,
            objects: Vec::new(),
            described: 0,
            threads: 0,
            open: OpenVariables::default(),
            last_place: 0,
            pending: Vec::new(),
            journal_left: 0,
            numbers: None,
            epoch: None,
            strings: Vec::new(),
            texts: Vec::new(),
            functions: Vec::new(),
            last_id: 0,
            next_id: 0,
            shared,
            dead: Vec::new(),
        }
    }

    pub(super) fn heap(&self) -> Heap<'gc> {
        self.ctx.heap()
    }

    /// Reads the bodies of all objects that are met on the way.
    pub(super) fn bodies(&mut self) -> Result<(), Fault> {
        while let Some(object) = self.objects.get(self.described) {
            match *object {
                Object::Table(table) => self.table_body(table)?,
                Object::Native(native) => self.native_body(native)?,
                Object::Upvalue(upvalue) => self.upvalue_body(upvalue)?,
                Object::UserData(userdata) => self.userdata_body(userdata)?,
                Object::Thread(thread) => self.thread_body(thread)?,
                Object::Closure(_) | Object::Code(_) | Object::Buffer(_) | Object::Loading(_) => {}
            }
            self.described += 1;
        }
        Ok(())
    }

    /// Reads the journal's mark of an object.
    pub(super) fn stamp(&mut self) -> Result<u32, Fault> {
        match self.epoch {
            Some(epoch) => Ok(if self.from.flag()? { epoch } else { 0 }),
            None => Ok(0),
        }
    }

    /// Reads a serial id.
    pub(super) fn id(&mut self) -> Result<u64, Fault> {
        let id = self.last_id.wrapping_add(self.from.signed()? as u64);
        self.last_id = id;
        if id == 0 || id >= self.next_id {
            return Err(Fault::Damaged("a serial id that was never given out"));
        }
        Ok(id)
    }

    /// Reads a value.
    #[inline]
    pub(super) fn value(&mut self) -> Result<Value<'gc>, Fault> {
        let kind = self.from.byte()?;
        self.value_of(kind)
    }

    /// Reads the value that begins with this byte.
    #[inline]
    pub(super) fn value_of(&mut self, kind: u8) -> Result<Value<'gc>, Fault> {
        Ok(match kind {
            tag::SMALL.. => Value::Integer(i64::from(kind - tag::SMALL)),
            tag::NIL => Value::Nil,
            tag::FALSE => Value::Boolean(false),
            tag::TRUE => Value::Boolean(true),
            tag::INTEGER => match self.from.signed()? {
                0..=tag::MOST_SMALL => return Err(Fault::Damaged("a number in the wrong form")),
                integer => Value::Integer(integer),
            },
            tag::FLOAT => Value::Number(f64::from_bits(self.from.word()?)),
            tag::SHORT => Value::String(self.short_string()?),
            tag::LONG => Value::String(self.long_string()?),
            tag::STRING => Value::String(self.known_string()?),
            tag::BUILTIN => Value::Builtin(self.native()?),
            tag::OBJECT => {
                let number = self.from.size()?;
                match self.objects.get(number) {
                    Some(Object::Table(table)) => Value::Table(*table),
                    Some(Object::Closure(closure)) => Value::Closure(*closure),
                    Some(Object::Native(native)) => Value::Native(*native),
                    Some(Object::UserData(userdata)) => Value::UserData(*userdata),
                    Some(Object::Thread(thread)) => Value::Thread(*thread),
                    Some(Object::Buffer(buffer)) => Value::Buffer(*buffer),
                    Some(Object::Loading(loading)) => Value::Loading(*loading),
                    _ => return Err(Fault::Damaged("a number that no value has")),
                }
            }
            tag::TABLE => {
                let table = Table::again(self.heap(), self.id()?)?;
                self.objects.push(Object::Table(table));
                Value::Table(table)
            }
            tag::CLOSURE => Value::Closure(self.closure()?),
            tag::NATIVE => Value::Native(self.native_closure()?),
            tag::USERDATA => Value::UserData(self.userdata()?),
            tag::THREAD => Value::Thread(self.thread()?),
            tag::BUFFER => Value::Buffer(self.buffer()?),
            tag::LOADING => Value::Loading(self.loading()?),
            _ => return Err(Fault::Damaged("a value of no kind")),
        })
    }

    /// Reads a string, or nothing for nil, where a value is written whole inside another one.
    /// [`Loader::value`] would come back to that one: how deep bytes from elsewhere are nested,
    /// nobody knows.
    pub(super) fn string_or_nil(&mut self) -> Result<Option<Str<'gc>>, Fault> {
        Ok(Some(match self.from.byte()? {
            tag::NIL => return Ok(None),
            tag::SHORT => self.short_string()?,
            tag::LONG => self.long_string()?,
            tag::STRING => self.known_string()?,
            _ => return Err(Fault::Damaged("no string where one must be")),
        }))
    }

    /// Reads a value that lies in a chunk which is loaded, and is no such chunk: as
    /// [`Loader::string_or_nil`], without recursion.
    pub(super) fn value_in_loading(&mut self) -> Result<Value<'gc>, Fault> {
        match self.from.byte()? {
            tag::LOADING => Err(Fault::Damaged("a chunk in a chunk")),
            kind => self.value_of(kind),
        }
    }

    /// Reads a table, or nothing for nil.
    pub(super) fn table_or_nil(&mut self) -> Result<Option<Table<'gc>>, Fault> {
        match self.value()? {
            Value::Nil => Ok(None),
            Value::Table(table) => Ok(Some(table)),
            _ => Err(Fault::Damaged("no table where one must be")),
        }
    }

    /// Reads what stands for an object that is no value; nothing if it is new.
    pub(super) fn hidden(&mut self) -> Result<Option<Object<'gc>>, Fault> {
        match self.from.size()? {
            0 => Ok(None),
            number => match self.objects.get(number - 1) {
                Some(object) => Ok(Some(*object)),
                None => Err(Fault::Damaged("a number that no object has")),
            },
        }
    }

    /// Reads a native function.
    pub(super) fn native(&mut self) -> Result<&'static NativeDef, Fault> {
        match self.from.size()? {
            0 => {
                let name = self.from.text()?;
                let found = std::str::from_utf8(name).ok().and_then(|name| self.natives.find(name));
                let def = found.ok_or_else(|| {
                    Fault::Native(String::from_utf8_lossy(&name[..name.len().min(64)]).into_owned())
                })?;
                self.functions.push(def);
                Ok(def)
            }
            number => {
                let def = self.functions.get(number - 1).copied();
                def.ok_or(Fault::Damaged("a number that no native function has"))
            }
        }
    }
}
