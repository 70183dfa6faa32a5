//! The window a native function works in: its arguments, its slots, checks and
//! coercions of arguments, and the operations it may ask of the machine.

pub(crate) use super::bare::Bare;
use super::error;
use super::handlers::NATIVE_HANDLER;
use crate::base::arithmetic::float_to_integer;
use crate::base::c_string::c_string;
use crate::base::number::{self as text, Number};
use crate::vm::heap::loading::Loaded;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::{Flow, Interrupt, Step};
use crate::vm::heap::string::Str;
use crate::vm::heap::table::Table;
use crate::vm::heap::thread::{HANDLER, PROTECTED, Thread, ThreadState};
use crate::vm::heap::userdata::Buffer;
use crate::vm::heap::value::{Type, Value};
use crate::vm::meters::fuel;
use crate::vm::state::context::Context;

/// A value that is there now, or a call that must be made first.
#[derive(Debug)]
pub enum Now<T> {
    /// The value.
    Done(T),
    /// Return this from the step; the result will be on top of the window.
    Later(Flow),
}

/// Unwraps a [`Now`], returning the flow from the enclosing step when a call is needed.
#[macro_export]
#[doc(hidden)]
macro_rules! now {
    ($e:expr) => {
        match $e? {
            $crate::vm::calls::call::Now::Done(value) => value,
            $crate::vm::calls::call::Now::Later(flow) => return Ok(flow),
        }
    };
}

/// One step of a native function's call. Slots and argument numbers count from 0;
/// messages count arguments from 1 as PUC does.
#[derive(Debug)]
pub struct Call<'a, 'gc> {
    /// The machine.
    pub ctx: Context<'gc>,
    /// The running thread.
    pub thread: Thread<'gc>,
    pub(in crate::vm) th: &'a mut ThreadState<'gc>,
    pub(in crate::vm) base: usize,
    /// The step to do; 0 at first.
    pub step: u32,
}

impl<'gc> Call<'_, 'gc> {
    /// Returns upvalue `n` of the running native closure, or nil.
    #[inline]
    pub fn upvalue(&self, n: usize) -> Value<'gc> {
        match self.th.stack.get(self.base - 1) {
            Value::Native(closure) => closure.upvalue(n),
            _ => Value::Nil,
        }
    }

    /// Saves the upvalues of the running native closure in the journal: to be called before
    /// one is set, and before anything else is done.
    ///
    /// # Errors
    /// When fuel or memory is refused; nothing has changed then.
    pub fn save_upvalues(&self) -> Result<(), Interrupt<'gc>> {
        match self.th.stack.get(self.base - 1) {
            Value::Native(closure) => closure.save(self.ctx.heap()),
            _ => Ok(()),
        }
    }

    /// Sets upvalue `n` of the running native closure.
    #[inline]
    pub fn set_upvalue(&mut self, n: usize, value: Value<'gc>) {
        if let Value::Native(closure) = self.th.stack.get(self.base - 1) {
            closure.set_upvalue(self.ctx.heap(), n, value);
        }
    }

    // ---- results ----

    /// Returns one value.
    #[inline(always)]
    pub fn ret(&mut self, value: impl Into<Value<'gc>>) -> Step<'gc> {
        self.push(value.into());
        Ok(Flow::Return(1))
    }

    /// Returns no value.
    pub fn ret_none(&self) -> Step<'gc> {
        Ok(Flow::Return(0))
    }

    /// Returns `nil` and a message: how many functions report failure.
    ///
    /// # Errors
    /// When fuel or memory is refused.
    pub fn fail(&mut self, message: impl AsRef<[u8]>) -> Step<'gc> {
        let message = self.string(message.as_ref())?;
        self.push(Value::Nil);
        self.push(Value::String(message));
        Ok(Flow::Return(2))
    }

    // ---- metering ----

    /// Charges fuel for work about to be done.
    ///
    /// # Errors
    /// [`Interrupt::Fuel`]; the step will run again.
    #[inline]
    pub fn charge(&self, units: u64) -> Result<(), Interrupt<'gc>> {
        self.ctx.charge(units)
    }

    /// Charges for work on `bytes` bytes.
    ///
    /// # Errors
    /// As [`Call::charge`].
    #[inline]
    pub fn charge_bytes(&self, bytes: usize) -> Result<(), Interrupt<'gc>> {
        self.charge(fuel::bytes_price(bytes))
    }

    /// Charges for moving `items` values.
    ///
    /// # Errors
    /// As [`Call::charge`].
    #[inline]
    pub fn charge_items(&self, items: usize) -> Result<(), Interrupt<'gc>> {
        self.charge(fuel::items_price(items))
    }

    // ---- making objects ----

    /// Makes a string, charging for its bytes.
    ///
    /// # Errors
    /// When fuel or memory is refused.
    pub fn string(&self, bytes: &[u8]) -> Result<Str<'gc>, Interrupt<'gc>> {
        self.charge_bytes(bytes.len())?;
        self.ctx.string(bytes)
    }

    /// Makes a table with room for `array` items and `hash` other entries.
    ///
    /// # Errors
    /// When memory is refused.
    pub fn table(&self, array: usize, hash: usize) -> Result<Table<'gc>, Interrupt<'gc>> {
        Table::new(self.ctx.heap(), array, hash)
    }

    /// Makes a byte buffer.
    ///
    /// # Errors
    /// When memory is refused.
    pub fn buffer(&self) -> Result<Buffer<'gc>, Interrupt<'gc>> {
        Buffer::new(self.ctx.heap())
    }

    /// Returns the buffer in a slot.
    ///
    /// # Errors
    /// When the slot holds something else, which only a bug can bring about.
    pub fn get_buffer(&self, slot: usize) -> Result<Buffer<'gc>, Interrupt<'gc>> {
        match self.arg(slot) {
            Value::Buffer(buffer) => Ok(buffer),
            _ => Err(self.error("internal error: buffer expected")),
        }
    }

    /// Does the next piece of the loading in a slot. Returns the function, or what is wrong,
    /// when it was the last.
    ///
    /// # Errors
    /// Fuel or memory is refused.
    pub fn go_on_loading(&self, slot: usize) -> Result<Option<Loaded<'gc>>, Interrupt<'gc>> {
        match self.arg(slot) {
            Value::Loading(loading) => loading.go_on_by_itself(self.ctx.heap()),
            _ => Err(self.error("internal error: chunk expected")),
        }
    }

    /// Returns the integer a native function keeps in a slot (0 for anything else).
    pub fn int(&self, slot: usize) -> i64 {
        match self.arg(slot) {
            Value::Integer(i) => i,
            _ => 0,
        }
    }

    /// Returns the position or size a native function keeps in a slot: 0 for what is none,
    /// and never so large that sums of a few overflow.
    pub fn size(&self, slot: usize) -> usize {
        usize::try_from(self.int(slot)).unwrap_or(0).min(usize::MAX / 4)
    }

    // ---- errors ----

    /// Makes an error with the position of the calling Lua code: `luaL_error`. A long
    /// message is charged.
    pub fn error(&self, message: impl AsRef<[u8]>) -> Interrupt<'gc> {
        let message = message.as_ref();
        match self.afford_message(message.len()) {
            Ok(()) => error::at_level(self.ctx, self.th, 1, message),
            Err(interrupt) => interrupt,
        }
    }

    /// Makes an error of a text with a position in front, charging for it.
    pub fn positioned_error(&self, mut position: Vec<u8>, text: Str<'gc>) -> Interrupt<'gc> {
        if let Err(interrupt) = self.afford_message(text.len()) {
            return interrupt;
        }
        position.reserve_exact(text.len());
        position.extend_from_slice(text.as_bytes());
        self.ctx.heap().error_from_vec(position)
    }

    /// Charges for a message that quotes much, which is copied a few times until it is an
    /// error, and makes sure that the memory for that is there.
    fn afford_message(&self, bytes: usize) -> Result<(), Interrupt<'gc>> {
        const SHORT_MESSAGE: usize = 256;
        const LONG_MESSAGE: usize = 64 * 1024;
        const COPIES: usize = 3;
        if bytes > SHORT_MESSAGE {
            self.charge_bytes(bytes.saturating_mul(COPIES))?;
        }
        if bytes > LONG_MESSAGE {
            self.ctx.afford(bytes.saturating_mul(COPIES))?;
        }
        Ok(())
    }

    /// Returns the text `chunk:line: ` of the function at `level`, 1 being the
    /// caller: `luaL_where`. Empty when there is no Lua function.
    pub fn position(&self, level: usize) -> Vec<u8> {
        error::position(self.th, level)
    }

    /// Tells whether a thread's running function is called, at whatever distance, by a
    /// library function that PUC's coroutines cannot leave by a yield.
    ///
    /// # Errors
    /// When fuel is refused.
    pub fn is_inside_library(&self, thread: Thread<'gc>) -> Result<bool, Interrupt<'gc>> {
        let th = if thread.ptr_eq(self.thread) { &*self.th } else { thread.state() };
        self.charge(super::boundaries::boundary_price(th))?;
        Ok(super::boundaries::is_inside_library(th))
    }

    /// Appends a traceback of the running thread.
    ///
    /// # Errors
    /// When fuel or memory is refused.
    pub fn own_traceback(&self, skip: usize, out: &mut Vec<u8>) -> Result<(), Interrupt<'gc>> {
        super::traceback::traceback(self.ctx, self.th, skip, out)
    }

    /// Makes this function catch the error that its step is about to return, after the
    /// message handler in force has seen it: the window is cut to `at`, the error object
    /// pushed into slot `at`, and `on_error` is the next step.
    pub fn catch_own_error(&mut self, at: usize, on_error: u32) {
        if let Some(frame) = self.th.frames.last_mut() {
            frame.saved = at as u32;
            frame.aux = on_error;
            frame.flags = (frame.flags & !HANDLER) | PROTECTED;
        }
    }

    /// Lets errors pass again, after a protected call or [`Call::catch_own_error`].
    pub fn let_errors_pass(&mut self) {
        if let Some(frame) = self.th.frames.last_mut() {
            frame.flags &= !(HANDLER | PROTECTED);
        }
    }

    /// Makes the error for a bad argument: `bad argument #1 to 'name' (message)`.
    /// A long message is charged.
    pub fn arg_error(&self, arg: usize, message: impl AsRef<[u8]>) -> Interrupt<'gc> {
        let message = message.as_ref();
        match self.afford_message(message.len()) {
            Ok(()) => error::bad_argument(self.ctx, self.th, arg + 1, message, None),
            Err(interrupt) => interrupt,
        }
    }

    /// As [`Call::arg_error`], for a function of the host, which has a name of its own.
    pub fn arg_error_of(
        &self,
        name: &str,
        arg: usize,
        message: impl AsRef<[u8]>,
    ) -> Interrupt<'gc> {
        let message = message.as_ref();
        match self.afford_message(message.len()) {
            Ok(()) => error::bad_argument(self.ctx, self.th, arg + 1, message, Some(name)),
            Err(interrupt) => interrupt,
        }
    }

    /// Makes the error for an argument of a wrong type.
    pub fn type_error(&self, arg: usize, expected: &str) -> Interrupt<'gc> {
        match self.type_message(arg, expected) {
            Ok(message) => self.arg_error(arg, message),
            Err(interrupt) => interrupt,
        }
    }

    /// Makes the message for an argument of a wrong type.
    ///
    /// # Errors
    /// When fuel or memory for a long name is refused.
    pub fn type_message(&self, arg: usize, expected: &str) -> Result<Vec<u8>, Interrupt<'gc>> {
        let value = self.arg(arg);
        let got = if arg >= self.top() {
            b"no value"
        } else {
            error::argument_type_name(self.ctx, &value)
        };
        self.afford_message(got.len())?;
        Ok([expected.as_bytes(), b" expected, got ", got].concat())
    }

    // ---- arguments ----

    /// Requires an argument of any type, nil included.
    ///
    /// # Errors
    /// `value expected` when there is none.
    pub fn check_any(&self, arg: usize) -> Result<Value<'gc>, Interrupt<'gc>> {
        if arg >= self.top() {
            return Err(self.arg_error(arg, "value expected"));
        }
        Ok(self.arg(arg))
    }

    /// Requires an integer; floats with integer values and numerals in strings convert.
    ///
    /// # Errors
    /// A bad argument error.
    #[inline(always)]
    pub fn check_integer(&self, arg: usize) -> Result<i64, Interrupt<'gc>> {
        match self.arg(arg) {
            Value::Integer(i) => Ok(i),
            other => self.coerce_integer(arg, other),
        }
    }

    #[cold]
    fn coerce_integer(&self, arg: usize, value: Value<'gc>) -> Result<i64, Interrupt<'gc>> {
        match self.ctx.to_number(&value)? {
            Some(Number::Integer(i)) => Ok(i),
            Some(Number::Float(n)) => float_to_integer(n)
                .ok_or_else(|| self.arg_error(arg, "number has no integer representation")),
            None => Err(self.type_error(arg, "number")),
        }
    }

    /// Like [`Call::check_integer`], with a default for nil and none.
    ///
    /// # Errors
    /// A bad argument error.
    pub fn opt_integer(&self, arg: usize, default: i64) -> Result<i64, Interrupt<'gc>> {
        if self.arg(arg).is_nil() { Ok(default) } else { self.check_integer(arg) }
    }

    /// As [`Call::check_integer`] where PUC takes an `int`, which keeps the lower half.
    ///
    /// # Errors
    /// A bad argument error.
    pub fn check_int(&self, arg: usize) -> Result<i64, Interrupt<'gc>> {
        self.check_integer(arg).map(|n| i64::from(n as i32))
    }

    /// As [`Call::opt_integer`] where PUC takes an `int`.
    ///
    /// # Errors
    /// A bad argument error.
    pub fn opt_int(&self, arg: usize, default: i64) -> Result<i64, Interrupt<'gc>> {
        self.opt_integer(arg, default).map(|n| i64::from(n as i32))
    }

    /// Requires a string that is one of these names and returns its index: `luaL_checkoption`.
    ///
    /// # Errors
    /// A bad argument error; its text is charged.
    pub fn check_option(
        &self,
        arg: usize,
        default: Option<usize>,
        names: &[&str],
    ) -> Result<usize, Interrupt<'gc>> {
        if let Some(default) = default
            && self.arg(arg).is_nil()
        {
            return Ok(default);
        }
        let given = self.check_string(arg)?;
        self.charge_bytes(given.len())?;
        let given = c_string(given.as_bytes());
        if let Some(found) = names.iter().position(|name| name.as_bytes() == given) {
            return Ok(found);
        }
        Err(self.arg_error(arg, [b"invalid option '", given, b"'"].concat()))
    }

    /// Requires a number and returns it as a float.
    ///
    /// # Errors
    /// A bad argument error.
    pub fn check_float(&self, arg: usize) -> Result<f64, Interrupt<'gc>> {
        match self.check_number(arg)? {
            Number::Integer(i) => Ok(i as f64),
            Number::Float(n) => Ok(n),
        }
    }

    /// Requires a number of either subtype; numerals in strings convert.
    ///
    /// # Errors
    /// A bad argument error.
    pub fn check_number(&self, arg: usize) -> Result<Number, Interrupt<'gc>> {
        self.ctx.to_number(&self.arg(arg))?.ok_or_else(|| self.type_error(arg, "number"))
    }

    /// Replaces numerals in the slots `from..to` by their numbers, so that each is read
    /// once: what is done stays done when fuel runs out in between. Ends at the first
    /// string that is no numeral, of which the check of that argument will tell. A step
    /// calls this before it charges anything else.
    ///
    /// # Errors
    /// When fuel is refused.
    pub fn convert_numerals(&mut self, from: usize, to: usize) -> Result<(), Interrupt<'gc>> {
        for slot in from..to {
            let value = self.arg(slot);
            if !matches!(value, Value::String(_)) {
                continue;
            }
            let Some(number) = self.ctx.to_number(&value)? else { return Ok(()) };
            self.set(slot, Value::from(number));
            self.ctx.state.fuel.done();
        }
        Ok(())
    }

    /// Requires a string; numbers convert.
    ///
    /// # Errors
    /// A bad argument error.
    #[inline(always)]
    pub fn check_string(&self, arg: usize) -> Result<Str<'gc>, Interrupt<'gc>> {
        match self.arg(arg) {
            Value::String(s) => Ok(s),
            other => self.coerce_string(arg, other),
        }
    }

    #[cold]
    #[inline(never)]
    fn coerce_string(&self, arg: usize, value: Value<'gc>) -> Result<Str<'gc>, Interrupt<'gc>> {
        match self.ctx.coerce_string(&value)? {
            Some(s) => Ok(s),
            None => Err(self.type_error(arg, "string")),
        }
    }

    /// Like [`Call::check_string`]; `None` for nil and none.
    ///
    /// # Errors
    /// A bad argument error.
    pub fn opt_string(&self, arg: usize) -> Result<Option<Str<'gc>>, Interrupt<'gc>> {
        if self.arg(arg).is_nil() { Ok(None) } else { self.check_string(arg).map(Some) }
    }

    /// Requires a table.
    ///
    /// # Errors
    /// A bad argument error.
    #[inline]
    pub fn check_table(&self, arg: usize) -> Result<Table<'gc>, Interrupt<'gc>> {
        match self.arg(arg) {
            Value::Table(table) => Ok(table),
            _ => Err(self.type_error(arg, "table")),
        }
    }

    /// Requires a function.
    ///
    /// # Errors
    /// A bad argument error.
    pub fn check_function(&self, arg: usize) -> Result<Value<'gc>, Interrupt<'gc>> {
        let value = self.arg(arg);
        if value.type_of() == Type::Function {
            Ok(value)
        } else {
            Err(self.type_error(arg, "function"))
        }
    }

    // ---- operations that may call metamethods ----

    /// Calls the metamethod in slot `at` with everything above it; one result is wanted.
    fn later(&self, at: usize, step: u32) -> Flow {
        if !matches!(self.arg(at), Value::Closure(_)) {
            self.ctx.state.fuel.owe(NATIVE_HANDLER);
        }
        Flow::Call { at, args: self.above(at + 1), results: Some(1), step }
    }

    /// `object[key]`. When a metamethod must be called, the result is on top of
    /// the window at `step`.
    ///
    /// # Errors
    /// As the operation in Lua code.
    pub fn index(
        &mut self,
        object: Value<'gc>,
        key: Value<'gc>,
        step: u32,
    ) -> Result<Now<Value<'gc>>, Interrupt<'gc>> {
        match self.ctx.index_chain(self.th, object, key)? {
            super::access::Found::Value(value) => Ok(Now::Done(value)),
            super::access::Found::Handler { handler, object } => {
                let at = self.top();
                self.push(handler);
                self.push(object);
                self.push(key);
                Ok(Now::Later(self.later(at, step)))
            }
        }
    }

    /// `object[key] = value`. When a metamethod must be called, nothing is left
    /// of it in the window at `step`.
    ///
    /// # Errors
    /// As the operation in Lua code.
    pub fn set_index(
        &mut self,
        object: Value<'gc>,
        key: Value<'gc>,
        value: Value<'gc>,
        step: u32,
    ) -> Result<Now<()>, Interrupt<'gc>> {
        match self.ctx.set_index_chain(self.th, object, key, value)? {
            None => Ok(Now::Done(())),
            Some((handler, object)) => {
                let at = self.top();
                for value in [handler, object, key, value] {
                    self.push(value);
                }
                Ok(Now::Later(Flow::Call { at, args: 3, results: Some(0), step }))
            }
        }
    }

    /// `#object`. When a metamethod must be called, its result (of any type) is on
    /// top of the window at `step`.
    ///
    /// # Errors
    /// As the operation in Lua code.
    pub fn length(
        &mut self,
        object: Value<'gc>,
        step: u32,
    ) -> Result<Now<Value<'gc>>, Interrupt<'gc>> {
        let handler = match object {
            Value::String(s) => return Ok(Now::Done(Value::Integer(s.len() as i64))),
            Value::Table(table) => {
                let handler = self.ctx.metamethod(&object, Event::Len);
                if handler.is_nil() {
                    return Ok(Now::Done(Value::Integer(table.len())));
                }
                handler
            }
            _ => self.ctx.metamethod(&object, Event::Len),
        };
        if handler.is_nil() {
            return Err(error::operand(self.ctx, self.th, &object, "get length of"));
        }
        let at = self.top();
        self.push(handler);
        self.push(object);
        self.push(object);
        Ok(Now::Later(self.later(at, step)))
    }

    /// `a < b`. When a metamethod must be called, its result (of any type: test its
    /// truth) is on top of the window at `step`.
    ///
    /// # Errors
    /// As the operation in Lua code.
    pub fn less_than(
        &mut self,
        a: Value<'gc>,
        b: Value<'gc>,
        step: u32,
    ) -> Result<Now<bool>, Interrupt<'gc>> {
        if let Some(result) = self.ctx.raw_less_than(&a, &b)? {
            return Ok(Now::Done(result));
        }
        let mut handler = self.ctx.metamethod(&a, Event::Lt);
        if handler.is_nil() {
            handler = self.ctx.metamethod(&b, Event::Lt);
        }
        if handler.is_nil() {
            return Err(error::compare(self.ctx, self.th, &a, &b));
        }
        let at = self.top();
        for value in [handler, a, b] {
            self.push(value);
        }
        Ok(Now::Later(self.later(at, step)))
    }

    /// `a == b`. When a metamethod must be called, its result (of any type: test its
    /// truth) is on top of the window at `step`.
    ///
    /// # Errors
    /// When the stack cannot grow.
    pub fn equal(
        &mut self,
        a: Value<'gc>,
        b: Value<'gc>,
        step: u32,
    ) -> Result<Now<bool>, Interrupt<'gc>> {
        let both = matches!(
            (&a, &b),
            (Value::Table(_), Value::Table(_)) | (Value::UserData(_), Value::UserData(_))
        );
        if !both || a.raw_eq(&b) {
            return Ok(Now::Done(a.raw_eq(&b)));
        }
        let handler = self.ctx.binary_handler(&a, &b, Event::Eq);
        if handler.is_nil() {
            return Ok(Now::Done(false));
        }
        let at = self.top();
        for value in [handler, a, b] {
            self.push(value);
        }
        Ok(Now::Later(self.later(at, step)))
    }

    /// `tostring(value)` with `__tostring` and `__name` (manual §6.1). When a
    /// metamethod must be called, its result is on top of the window at `step`,
    /// and the caller raises `'__tostring' must return a string` if it is no string.
    ///
    /// # Errors
    /// When fuel or memory is refused.
    #[expect(clippy::wrong_self_convention, reason = "it may push a call")]
    pub fn to_string(
        &mut self,
        value: Value<'gc>,
        step: u32,
    ) -> Result<Now<Str<'gc>>, Interrupt<'gc>> {
        let handler = self.ctx.metamethod(&value, Event::ToString);
        if handler.is_nil() {
            return Ok(Now::Done(self.ctx.plain_to_string(&value)?));
        }
        let at = self.top();
        self.push(handler);
        self.push(value);
        Ok(Now::Later(self.later(at, step)))
    }
}

impl<'gc> Context<'gc> {
    /// Converts a number, or a string that is a numeral, to a number (manual §3.4.3).
    /// A string is charged by its length, before it is read.
    ///
    /// # Errors
    /// When fuel is refused.
    pub fn to_number(self, value: &Value<'gc>) -> Result<Option<Number>, Interrupt<'gc>> {
        Ok(match value {
            Value::Integer(i) => Some(Number::Integer(*i)),
            Value::Number(n) => Some(Number::Float(*n)),
            Value::String(s) => {
                self.charge(fuel::numeral_price(s.len()))?;
                text::parse_number(s.as_bytes())
            }
            _ => None,
        })
    }

    /// Makes sure that so many bytes of memory are there, for work that takes them before
    /// the string it makes is there to reserve them.
    ///
    /// # Errors
    /// When memory is refused.
    pub fn afford(self, bytes: usize) -> Result<(), Interrupt<'gc>> {
        self.state.account.reserve(bytes)?;
        self.state.account.release(bytes);
        Ok(())
    }

    /// Converts a number to a string; strings are returned, other values give `None`.
    ///
    /// # Errors
    /// When memory is refused.
    pub fn coerce_string(self, value: &Value<'gc>) -> Result<Option<Str<'gc>>, Interrupt<'gc>> {
        match value {
            Value::String(s) => Ok(Some(*s)),
            Value::Integer(_) | Value::Number(_) => self.plain_to_string(value).map(Some),
            _ => Ok(None),
        }
    }

    /// Converts a value to a string without calling `__tostring`; `__name` counts.
    ///
    /// # Errors
    /// When memory is refused.
    pub fn plain_to_string(self, value: &Value<'gc>) -> Result<Str<'gc>, Interrupt<'gc>> {
        let mut out = Vec::new();
        match value {
            Value::Nil => return self.string(b"nil"),
            Value::Boolean(true) => return self.string(b"true"),
            Value::Boolean(false) => return self.string(b"false"),
            Value::Integer(i) => return self.string(&text::format_integer(*i)),
            Value::Number(n) => {
                self.charge(fuel::FLOAT_TEXT)?;
                text::format_float(*n, &mut out);
            }
            Value::String(s) => return Ok(*s),
            object => {
                // Unlike in `type_name`, that of a type's metatable counts here.
                let name = match self.metamethod(object, Event::Name) {
                    Value::String(name) => name.as_bytes(),
                    _ => object.type_name().as_bytes(),
                };
                self.charge(fuel::OBJECT_TEXT + fuel::bytes_price(name.len()))?;
                const MORE: usize = 32;
                self.afford(name.len() + MORE)?;
                out.reserve_exact(name.len() + MORE);
                out.extend_from_slice(name);
                out.extend_from_slice(b": ");
                text::format_id(object.object_id().unwrap_or_default(), &mut out);
            }
        }
        self.string_from_vec(out)
    }
}
