//! The walk that writes an image.

use super::address::Addresses;
use super::fault::Unsaved;
use super::natives::Natives;
use super::object::Object;
use super::outside::Outside;
use super::reach::Reach;
use super::tag;
use super::wire::Writer;
use crate::bytecode::proto::Proto;
use crate::gc::Gc;
use crate::vm::heap::native::NativeDef;
use crate::vm::heap::table::Table;
use crate::vm::heap::userdata::UserData;
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;
use crate::vm::state::handles::PlaceImage;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

/// What an image is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be restored elsewhere.
    Snapshot,
    /// To be restored in this process: prototypes are shared.
    Fork,
    /// To find out what is alive: nothing is kept of what is written.
    Reach,
    /// To be compared: what no later run can notice, or only in memory figures, is left out.
    Digest,
}

/// Writes an image.
pub(crate) struct Saver<'a, 'gc> {
    pub(super) ctx: Context<'gc>,
    pub(super) purpose: Purpose,
    pub(super) out: Writer,
    natives: &'a Natives,
    pub(super) outside: &'a mut dyn Outside,
    /// Objects by address.
    objects: Addresses,
    /// Objects that have a number and no body yet.
    found: VecDeque<Object<'gc>>,
    /// Numbers of objects in `found` count from here.
    described: usize,
    /// Strings by address.
    pub(super) strings: Addresses,
    /// Short strings that a new machine has anyway, or that come with code.
    pub(super) implied: Addresses,
    /// Texts of chunks by address.
    pub(super) texts: Addresses,
    /// Native functions by address.
    functions: Addresses,
    /// The serial id that was written last.
    last_id: u64,
    /// What a fork shares.
    pub(super) shared: Vec<Arc<Proto>>,
    /// A tombstone depends on the key of hashes.
    pub(super) keyed: bool,
    /// The epoch of the run that goes on, if the image is of one.
    pub(super) epoch: Option<u32>,
    /// What calls have left above the live parts of stacks is to be written, too.
    pub(super) left: bool,
    /// The walk is there.
    pub(super) in_left: bool,
    /// What was met there and is written as spent.
    pub(super) spent: Vec<UserData<'gc>>,
    /// What was met first that cannot be saved.
    unsaved: Option<Unsaved>,
    /// What a full collection would leave, if that is to be told.
    pub(super) reach: Option<Rc<Reach>>,
    /// Tables in a weak mode that were met.
    pub(super) weak_met: Vec<Table<'gc>>,
    /// For each object where it was met: in which one, and where in that. Only if paths are
    /// wanted.
    trail: Option<Vec<(usize, String)>>,
    /// Where the walk is in the object at hand.
    at: String,
    /// Places of handles, and where it is written whether the host holds them.
    pub(super) held: Vec<(usize, PlaceImage)>,
}

impl<'a, 'gc> Saver<'a, 'gc> {
    pub(super) fn new(
        ctx: Context<'gc>,
        purpose: Purpose,
        out: Writer,
        natives: &'a Natives,
        outside: &'a mut dyn Outside,
    ) -> Saver<'a, 'gc> {
        Saver {
            ctx,
            purpose,
            out: out.of_owner(ctx.state.handles.owner()),
            natives,
            outside,
            objects: Addresses::default(),
            found: VecDeque::new(),
            described: 0,
            strings: Addresses::default(),
            implied: Addresses::default(),
            texts: Addresses::default(),
            functions: Addresses::default(),
            last_id: 0,
            shared: Vec::new(),
            keyed: false,
            epoch: None,
            left: false,
            in_left: false,
            spent: Vec::new(),
            unsaved: None,
            reach: None,
            weak_met: Vec::new(),
            trail: None,
            at: String::new(),
            held: Vec::new(),
        }
    }

    /// From now on it is noted where objects are met.
    pub(super) fn note_paths(&mut self) {
        self.trail = Some(Vec::new());
    }

    /// Tells whether it is noted where objects are met, and nothing else is wanted.
    pub(super) fn notes_paths(&self) -> bool {
        self.trail.is_some()
    }

    /// Notes a place in the object at hand, if that is wanted.
    #[inline]
    pub(super) fn at(&mut self, place: impl FnOnce() -> String) {
        if self.trail.is_some() {
            self.at = place();
        }
    }

    /// Notes that something cannot be saved. The walk goes on.
    pub(super) fn refuse(&mut self, what: impl Into<String>) {
        if self.unsaved.is_none() {
            self.unsaved = Some(Unsaved { what: what.into(), path: self.path() });
        }
    }

    /// Returns the way to where the walk is, from the globals on.
    fn path(&self) -> String {
        let Some(trail) = &self.trail else { return String::new() };
        let mut steps = vec![self.at.as_str()];
        let mut object = self.described;
        const ROOTS: [&str; 3] = ["_G", "the registry", "the main thread"];
        // Each was met in one with a smaller number, or in none.
        while let Some((around, at)) = trail.get(object)
            && object >= ROOTS.len()
            && *around < object
        {
            steps.push(at);
            object = *around;
        }
        let rest = if self.epoch.is_some() { "the run" } else { "what is to be finalized" };
        steps.push(ROOTS.get(object).copied().unwrap_or(rest));
        steps.reverse();
        steps.concat()
    }

    /// Returns the bytes, if all could be saved.
    pub(super) fn finish(self) -> Result<(Writer, Vec<Arc<Proto>>), Unsaved> {
        match self.unsaved {
            Some(unsaved) => Err(unsaved),
            None => Ok((self.out, self.shared)),
        }
    }

    /// Returns the hash of all that was written.
    pub(super) fn into_hash(self) -> [u8; 32] {
        self.out.into_hash().unwrap_or_default()
    }

    /// Gives an object the next number, and has its body written when its turn comes. Tells
    /// whether it had none.
    pub(super) fn admit(&mut self, address: Gc<'gc, ()>, object: Object<'gc>) -> (u32, bool) {
        let (number, new) = self.objects.add(Gc::as_ptr(address).addr());
        if new {
            self.found.push_back(object);
            if let Some(trail) = &mut self.trail {
                trail.push((self.described, self.at.clone()));
            }
        }
        (number, new)
    }

    /// Returns how many objects were met.
    pub(super) fn met(&self) -> u32 {
        self.objects.len() as u32
    }

    /// Ends the walk and returns the numbers of all objects by their addresses.
    pub(super) fn into_objects(self) -> Addresses {
        self.objects
    }

    /// Returns the number of an object.
    pub(super) fn number_of(&self, address: Gc<'gc, ()>) -> Option<u32> {
        self.objects.get(Gc::as_ptr(address).addr())
    }

    /// Writes the bodies of all objects that are found on the way.
    pub(super) fn bodies(&mut self) {
        while let Some(object) = self.found.pop_front() {
            self.at.clear();
            match object {
                Object::Table(table) => self.table_body(table),
                Object::Native(native) => self.native_body(native),
                Object::Upvalue(upvalue) => self.upvalue_body(upvalue),
                Object::UserData(userdata) => self.userdata_body(userdata),
                Object::Thread(thread) => self.thread_body(thread),
                Object::Closure(_) | Object::Code(_) | Object::Buffer(_) | Object::Loading(_) => {}
            }
            self.described += 1;
            self.out.settle();
        }
    }

    /// Writes the journal's mark of an object: whether the run that goes on has made or
    /// saved it.
    #[inline]
    pub(super) fn stamp(&mut self, stamp: u32) {
        if let Some(epoch) = self.epoch {
            self.out.flag(stamp == epoch);
        }
    }

    /// Writes a serial id: those of objects that are found together are near one another.
    pub(super) fn id(&mut self, id: u64) {
        self.out.signed(id.wrapping_sub(self.last_id) as i64);
        self.last_id = id;
    }

    /// Writes a value.
    #[inline]
    pub(super) fn value(&mut self, value: Value<'gc>) {
        match value {
            Value::Nil => self.out.byte(tag::NIL),
            Value::Boolean(false) => self.out.byte(tag::FALSE),
            Value::Boolean(true) => self.out.byte(tag::TRUE),
            Value::Integer(small @ 0..=tag::MOST_SMALL) => self.out.byte(tag::SMALL + small as u8),
            Value::Integer(integer) => {
                self.out.byte(tag::INTEGER);
                self.out.signed(integer);
            }
            Value::Number(number) => {
                self.out.byte(tag::FLOAT);
                self.out.word(number.to_bits());
            }
            Value::String(string) => self.string(string),
            Value::Builtin(def) => {
                self.out.byte(tag::BUILTIN);
                self.native(def);
            }
            Value::Table(table) => {
                if !self.known(table.erase()) {
                    self.admit(table.erase(), Object::Table(table));
                    self.out.byte(tag::TABLE);
                    self.id(table.id());
                }
            }
            Value::Closure(closure) => {
                if !self.known(closure.erase()) {
                    self.closure(closure);
                }
            }
            Value::Native(native) => {
                if !self.known(native.erase()) {
                    self.native_closure(native);
                }
            }
            Value::UserData(userdata) => {
                if self.known(userdata.erase()) {
                    self.check_spent(userdata);
                } else {
                    self.userdata(userdata);
                }
            }
            Value::Thread(thread) => {
                if !self.known(thread.erase()) {
                    self.thread(thread);
                }
            }
            Value::Buffer(buffer) => {
                if !self.known(buffer.erase()) {
                    self.buffer(buffer);
                }
            }
            Value::Loading(loading) => {
                if !self.known(loading.erase()) {
                    self.loading(loading);
                }
            }
        }
    }

    /// Writes an object's number, if it has one.
    #[inline]
    fn known(&mut self, address: Gc<'gc, ()>) -> bool {
        match self.number_of(address) {
            Some(number) => {
                self.out.byte(tag::OBJECT);
                self.out.number(u64::from(number));
                true
            }
            None => false,
        }
    }

    /// Writes what stands for an object that is no value: its number plus 1, or 0 if it has
    /// none yet. Tells whether it has.
    pub(super) fn hidden(&mut self, address: Gc<'gc, ()>) -> bool {
        match self.number_of(address) {
            Some(number) => {
                self.out.number(u64::from(number) + 1);
                true
            }
            None => {
                self.out.byte(0);
                false
            }
        }
    }

    /// Writes a native function: its number plus 1, or 0 and its name if it was not met yet.
    pub(super) fn native(&mut self, def: &'static NativeDef) {
        let (number, new) = self.functions.add(std::ptr::from_ref(def).addr());
        if !new {
            return self.out.number(u64::from(number) + 1);
        }
        self.out.byte(0);
        match self.natives.name_of(def) {
            Some(name) => self.out.text(name.as_bytes()),
            None => {
                self.refuse(format!("the native function '{}'", def.name));
                self.out.text(b"");
            }
        }
    }
}
