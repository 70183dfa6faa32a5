//! Userdata in an image.

use super::fault::Fault;
use super::load::Loader;
use super::object::Object;
use super::save::Saver;
use super::spent;
use super::stream;
use super::tag;
use crate::vm::heap::table::TO_FINALIZE;
use crate::vm::heap::userdata::UserData;
use crate::vm::heap::value::Value;
use crate::vm::state::world::stream::Stream;
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

/// What a userdata holds: nothing, a stream, or what the session knows.
const BARE: u8 = 0;
const STREAM: u8 = 1;
const OUTSIDE: u8 = 2;
/// What calls have left on a stack, and cannot be saved.
const SPENT: u8 = 3;

impl<'gc> Saver<'_, 'gc> {
    /// Mentions a userdata, with the object it holds.
    pub(super) fn userdata(&mut self, userdata: UserData<'gc>) {
        self.admit(userdata.erase(), Object::UserData(userdata));
        self.out.byte(tag::USERDATA);
        self.id(userdata.id());
        self.out.number(userdata.tag());
        match userdata.shared() {
            None => self.out.byte(BARE),
            Some(object) => match object.downcast::<RefCell<Stream>>() {
                Ok(stream) => {
                    self.out.byte(STREAM);
                    if !stream.try_borrow().is_ok_and(|open| stream::save(&open, &mut self.out)) {
                        self.refuse("an open file");
                    }
                }
                Err(object) => self.object(userdata, &object),
            },
        }
    }

    /// Writes an object that the session knows.
    fn object(&mut self, userdata: UserData<'gc>, object: &Rc<dyn Any>) {
        if self.in_left {
            return self.left_object(userdata, object);
        }
        self.out.byte(OUTSIDE);
        if let Err(what) = self.outside.save(object, &mut self.out) {
            self.refuse(what);
        }
    }

    /// Writes an object that lies where a call has left it, or what it takes if it cannot be
    /// saved.
    fn left_object(&mut self, userdata: UserData<'gc>, object: &Rc<dyn Any>) {
        let mut out = self.out.beside();
        let (size, saved) = match spent::size(object) {
            None => (self.outside.size(object), self.outside.save(object, &mut out)),
            size => (size, Err(String::new())),
        };
        match (saved, size) {
            (Ok(()), _) => {
                self.out.byte(OUTSIDE);
                self.out.part(out);
            }
            (Err(_), Some(size)) => {
                self.out.byte(SPENT);
                self.out.size(size);
                // The host does not hold what it has.
                self.out.handles_of(&out);
                self.spent.push(userdata);
            }
            (Err(what), None) => self.refuse(what),
        }
    }

    pub(super) fn userdata_body(&mut self, userdata: UserData<'gc>) {
        self.out.flag(userdata.collector_marks() & TO_FINALIZE != 0);
        self.value(userdata.metatable().map_or(Value::Nil, Value::Table));
    }
}

impl<'gc> Loader<'_, 'gc> {
    pub(super) fn userdata(&mut self) -> Result<UserData<'gc>, Fault> {
        let (id, tag) = (self.id()?, self.from.number()?);
        let object = match self.from.byte()? {
            BARE => None,
            STREAM => Some(stream::load(self.ctx, &mut self.from)?),
            OUTSIDE => Some(self.outside.load(self.ctx, &mut self.from)?),
            SPENT => Some(spent::make(self.ctx, self.from.size()?)?),
            _ => return Err(Fault::Damaged("a userdata of no kind")),
        };
        let userdata = UserData::again(self.heap(), id, tag, object)?;
        self.objects.push(Object::UserData(userdata));
        Ok(userdata)
    }

    pub(super) fn userdata_body(&mut self, userdata: UserData<'gc>) -> Result<(), Fault> {
        let marks = if self.from.flag()? { TO_FINALIZE } else { 0 };
        let metatable = self.table_or_nil()?;
        userdata.fill_again(metatable, marks);
        Ok(())
    }
}
