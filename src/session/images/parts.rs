//! What a session keeps for the host, and hands over, as parts of an image: values, errors,
//! calls and answers. Values of the script's are found again by the numbers of their handles.

use crate::session::functions::letters::{Answer, Request, Target};
use crate::session::functions::objects::{Owned, owned};
use crate::session::natives::all::{Answers, Asking, Results, Together};
use crate::session::natives::call_lua::Callback;
use crate::session::natives::call_main::{Calling, Owned as Called};
use crate::session::natives::from_host::FromHost;
use crate::session::natives::main_function::Ending;
use crate::session::natives::to_host::ToHost;
use crate::session::natives::yielding::Yielded;
use crate::session::values::error::ErrorKind;
use crate::session::values::function::Function;
use crate::session::values::host_error::{HostError, Raised};
use crate::session::values::host_value::{HostKey, HostValue};
use crate::session::values::mismatch::Mismatch;
use crate::session::values::object_ref::ObjectRef;
use crate::stdlib::json::{Decoder, Encoder};
use crate::vm::image::fault::Fault;
use crate::vm::image::kept;
use crate::vm::image::parts::{Part, Parts, Put};
use crate::vm::image::wire::{OF_ANOTHER, Reader, Writer};
use crate::vm::state::context::Context;
use crate::vm::state::handles::Handle;
use crate::{parts, parts_in_lists};
use std::any::Any;
use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

parts_in_lists!(HostValue, (HostKey, HostValue), Request, Answer);

impl Part for HostKey {
    fn put(&self, to: &mut Writer) -> Put {
        match self {
            HostKey::Boolean(value) => {
                to.byte(0);
                value.put(to)
            }
            HostKey::Integer(value) => {
                to.byte(1);
                value.put(to)
            }
            HostKey::Number(value) => {
                to.byte(2);
                value.put(to)
            }
            HostKey::String(value) => {
                to.byte(3);
                value.put(to)
            }
        }
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        Ok(match from.from.byte()? {
            0 => HostKey::Boolean(Part::get(from)?),
            1 => HostKey::Integer(Part::get(from)?),
            2 => HostKey::Number(Part::get(from)?),
            3 => HostKey::String(Part::get(from)?),
            _ => return Err(Fault::NUMBER),
        })
    }
}

/// Names of types of values that cannot cross.
const OPAQUE: [&str; 2] = ["thread", "userdata"];

impl Part for HostValue {
    fn put(&self, to: &mut Writer) -> Put {
        match self {
            HostValue::Nil => to.byte(0),
            HostValue::Null => to.byte(1),
            HostValue::Boolean(value) => {
                to.byte(2);
                value.put(to)?;
            }
            HostValue::Integer(value) => {
                to.byte(3);
                value.put(to)?;
            }
            HostValue::Number(value) => {
                to.byte(4);
                value.put(to)?;
            }
            HostValue::String(value) => {
                to.byte(5);
                value.put(to)?;
            }
            // Depth is bounded by `WALKED` (see `host_value`), and so is this recursion.
            HostValue::Array(items) => {
                to.byte(6);
                items.put(to)?;
            }
            HostValue::Object(fields) => {
                to.byte(7);
                fields.put(to)?;
            }
            HostValue::Function(function) => {
                to.byte(8);
                function.put(to)?;
            }
            HostValue::UserData(object) => {
                to.byte(9);
                object.put(to)?;
            }
            HostValue::Opaque(name) => {
                to.byte(10);
                to.byte(u8::from(*name == OPAQUE[1]));
            }
        }
        Ok(())
    }

    /// Without recursion: how deep what comes from elsewhere is nested, nobody knows.
    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            let mut value = match from.from.byte()? {
                0 => HostValue::Nil,
                1 => HostValue::Null,
                2 => HostValue::Boolean(Part::get(from)?),
                3 => HostValue::Integer(Part::get(from)?),
                4 => HostValue::Number(Part::get(from)?),
                5 => HostValue::String(Part::get(from)?),
                kind @ (6 | 7) => {
                    if open.len() >= DEPTH {
                        return Err(Fault::Damaged("too deep a value"));
                    }
                    // Each is a byte at least; room is made as they come.
                    let left = from.from.count(1)?;
                    let (items, fields) = (Vec::new(), Vec::new());
                    open.push(Open { is_array: kind == 6, left, items, fields, key: None });
                    match next(&mut open, from)? {
                        Some(value) => value,
                        None => continue,
                    }
                }
                8 => HostValue::Function(Part::get(from)?),
                9 => HostValue::UserData(Part::get(from)?),
                10 => HostValue::Opaque(OPAQUE[usize::from(from.from.flag()?)]),
                _ => return Err(Fault::NUMBER),
            };
            loop {
                let Some(around) = open.last_mut() else { return Ok(value) };
                around.left -= 1;
                match around.key.take() {
                    Some(key) => around.fields.push((key, value)),
                    None => around.items.push(value),
                }
                match next(&mut open, from)? {
                    Some(ended) => value = ended,
                    None => break,
                }
            }
        }
    }
}

/// A list or an object that is being read.
struct Open {
    is_array: bool,
    /// How much of it is still to come.
    left: usize,
    items: Vec<HostValue>,
    fields: Vec<(HostKey, HostValue)>,
    /// The key of the value that comes next.
    key: Option<HostKey>,
}

/// Makes the innermost one ready for its next value, or takes it if it has all of them.
fn next(open: &mut Vec<Open>, from: &mut Parts<'_, '_, '_>) -> Result<Option<HostValue>, Fault> {
    if let Some(last) = open.last_mut()
        && last.left > 0
    {
        if !last.is_array {
            last.key = Some(Part::get(from)?);
        }
        return Ok(None);
    }
    Ok(open.pop().map(|last| match last.is_array {
        true => HostValue::Array(last.items),
        false => HostValue::Object(last.fields),
    }))
}

const NO_HANDLE: Fault = Fault::Damaged("a handle that cannot be");

/// Returns the handle with a serial number. Hosts may answer with one that is stale.
fn numbered(from: &Parts<'_, '_, '_>, number: u64) -> Result<Arc<Handle>, Fault> {
    let handles = &from.ctx.state.handles;
    handles.numbered(number).or_else(|| handles.stale(number)).ok_or(NO_HANDLE)
}

impl Part for Function {
    fn put(&self, to: &mut Writer) -> Put {
        to.handle(self.handle());
        Ok(())
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        let number = from.from.number()?;
        if number == OF_ANOTHER {
            return Ok(Function::new(Arc::new(Handle::of_nobody(number))));
        }
        numbered(from, number).map(Function::new)
    }
}

impl Part for ObjectRef {
    fn put(&self, to: &mut Writer) -> Put {
        to.handle(self.handle());
        to.text(self.type_name().as_bytes());
        Ok(())
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        let number = from.from.number()?;
        if number == OF_ANOTHER {
            let name = String::get(from)?;
            return Ok(ObjectRef::new(Arc::new(Handle::of_nobody(number)), name));
        }
        let handle = numbered(from, number)?;
        let name = from.from.text()?;
        let known = from.names.iter().find(|known| known.as_bytes() == name);
        let name = known.ok_or(NO_HANDLE)?.clone();
        Ok(ObjectRef::new(handle, name))
    }
}

impl Part for HostError {
    fn put(&self, to: &mut Writer) -> Put {
        match self.raised() {
            Raised::Message(message) => {
                to.byte(0);
                message.put(to)
            }
            Raised::Value(value) => {
                to.byte(1);
                value.put(to)
            }
            Raised::Script { value, number } => {
                to.byte(2);
                value.put(to)?;
                number.put(to)
            }
            Raised::Memory => {
                to.byte(3);
                Ok(())
            }
            Raised::Argument(mismatch) => {
                to.byte(4);
                mismatch.put(to)
            }
            Raised::Kind(kind, message) => {
                let Some(kind) = ErrorKind::ALL.iter().position(|known| known == kind) else {
                    return Err("an error of no kind".to_owned());
                };
                to.byte(5);
                to.size(kind);
                message.put(to)
            }
            Raised::Stopped => Err("a call that has ended the run".to_owned()),
        }
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        Ok(match from.from.byte()? {
            0 => HostError::new(Vec::get(from)?),
            1 => HostError::value(Part::get(from)?),
            2 => HostError::of_script(Part::get(from)?, Part::get(from)?),
            3 => HostError::memory(),
            4 => HostError::from(Mismatch::get(from)?),
            5 => {
                let kind = ErrorKind::ALL.get(usize::get(from)?).ok_or(Fault::NUMBER)?;
                HostError::raising(Raised::Kind(*kind, Vec::get(from)?))
            }
            _ => return Err(Fault::NUMBER),
        })
    }
}

impl Part for Target {
    fn put(&self, to: &mut Writer) -> Put {
        match self {
            Target::Function(index) => {
                to.byte(0);
                // One is far beyond all others.
                to.size(*index);
                Ok(())
            }
            Target::Method { kind, number } => {
                to.byte(1);
                kind.put(to)?;
                number.put(to)
            }
        }
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        Ok(match from.from.byte()? {
            0 => Target::Function(from.from.size()?),
            1 => Target::Method { kind: Part::get(from)?, number: Part::get(from)? },
            _ => return Err(Fault::NUMBER),
        })
    }
}

/// Why a call from within a call of the host's is in no snapshot: what goes on behind it is
/// code of Rust's with what it holds.
const GOES_ON: &str =
    "a host function that waits for a function of the script's, and goes on in this process alone,";

impl Part for Request {
    fn put(&self, to: &mut Writer) -> Put {
        if self.then.is_some() {
            return Err(GOES_ON.to_owned());
        }
        self.target.put(to)?;
        self.args.put(to)?;
        self.made.put(to)?;
        self.object.is_some().put(to)
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        let request = Request::new(Part::get(from)?, Part::get(from)?, Part::get(from)?);
        let object = match bool::get(from)? {
            true => Some(receiver(from.ctx).ok_or(Fault::Damaged("a method of nothing"))?),
            false => None,
        };
        Ok(Request { object, ..request })
    }
}

/// Returns the object that a method is called on: the function that asks for it waits, with
/// the object as its first argument.
fn receiver(ctx: Context<'_>) -> Option<Rc<Owned>> {
    let th = ctx.state.current.get().state();
    let base = th.frames.last()?.base as usize;
    owned((base < th.top).then(|| th.stack.get(base))?)
}

impl Part for Answer {
    fn put(&self, to: &mut Writer) -> Put {
        if self.calls.is_some() {
            return Err(GOES_ON.to_owned());
        }
        self.result.put(to)?;
        self.refused.put(to)?;
        self.target.put(to)?;
        self.made.put(to)
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        let answer = Answer::new(Part::get(from)?);
        let refused = Part::get(from)?;
        Ok(Answer { refused, target: Part::get(from)?, made: Part::get(from)?, ..answer })
    }
}

parts!(struct Yielded { values, made });
parts!(struct Calling { callee, args, refused });
parts!(enum Called { 0 Function(function), 1 Path(path) });
parts!(enum Ending {
    0 Rejected(message),
    1 Done(result),
    2 BadArgs(message),
    3 Failed { message, value, out_of_memory },
    4 TooLong(message),
    5 NotUtf8(message),
});

impl Part for Together {
    fn put(&self, to: &mut Writer) -> Put {
        self.0.put(to)
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        Ok(Together(Part::get(from)?))
    }
}

/// How deeply host values are nested at most, errors and lists around them included: answers
/// that are too deep for a script wait as they are.
const DEPTH: usize = crate::session::values::host_value::WALKED + 8;

/// Writes what lies in the mailbox.
pub(in crate::session) fn put_letter(letter: Option<&dyn Any>, to: &mut Writer) -> Put {
    let Some(letter) = letter else {
        to.byte(0);
        return Ok(());
    };
    macro_rules! letters {
        ($($number:literal $kind:ty),*) => {
            $(if let Some(letter) = letter.downcast_ref::<$kind>() {
                to.byte($number);
                return letter.put(to);
            })*
        };
    }
    letters!(1 Request, 2 Together, 3 Yielded, 4 Answer, 5 Answers, 6 Calling, 7 Ending);
    Err("a letter of an unknown kind".to_owned())
}

/// Reads it.
pub(in crate::session) fn get_letter(
    from: &mut Parts<'_, '_, '_>,
) -> Result<Option<Box<dyn Any>>, Fault> {
    Ok(Some(match from.from.byte()? {
        0 => return Ok(None),
        1 => Box::new(Request::get(from)?),
        2 => Box::new(Together::get(from)?),
        3 => Box::new(Yielded::get(from)?),
        4 => Box::new(Answer::get(from)?),
        5 => Box::new(Answers::get(from)?),
        6 => Box::new(Calling::get(from)?),
        7 => Box::new(Ending::get(from)?),
        _ => return Err(Fault::NUMBER),
    }))
}

/// Writes work in pieces that a native function keeps, if the object is some.
pub(in crate::session) fn put_work(object: &Rc<dyn Any>, to: &mut Writer) -> Option<Put> {
    macro_rules! works {
        ($($number:literal $kind:ty),*) => {
            $(if let Some(put) = kept::put::<$kind>(object, $number, to) {
                return Some(put);
            })*
        };
    }
    works!(1 Encoder, 2 Decoder, 3 ToHost, 4 FromHost, 5 Asking, 6 Results);
    kept::size::<Callback>(object).map(|_| Err(GOES_ON.to_owned()))
}

/// Returns how many bytes work in pieces takes, if the object is some.
pub(in crate::session) fn work_size(object: &Rc<dyn Any>) -> Option<usize> {
    macro_rules! works {
        ($($kind:ty),*) => { None$(.or_else(|| kept::size::<$kind>(object)))* };
    }
    works!(Callback, Encoder, Decoder, ToHost, FromHost, Asking, Results)
}

/// Reads work in pieces.
pub(in crate::session) fn get_work(
    from: &mut Parts<'_, '_, '_>,
    kind: u8,
) -> Result<Rc<dyn Any>, Fault> {
    match kind {
        1 => kept::get::<Encoder>(from),
        2 => kept::get::<Decoder>(from),
        3 => kept::get::<ToHost>(from),
        4 => kept::get::<FromHost>(from),
        5 => kept::get::<Asking>(from),
        6 => kept::get::<Results>(from),
        _ => Err(Fault::Damaged("work of no kind")),
    }
}

/// Makes a reader of parts.
pub(in crate::session) fn parts_of<'a, 'b, 'gc>(
    ctx: Context<'gc>,
    from: &'b mut Reader<'a>,
    names: &'b [Cow<'static, str>],
) -> Parts<'a, 'b, 'gc> {
    Parts { ctx, from, names, room: 0 }
}
