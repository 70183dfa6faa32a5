//! A chunk that is being loaded.

#![expect(unsafe_code, reason = "collected types trace themselves")]

use super::front::{End, Front};
use super::{Loaded, PIECE};
use crate::base::chunk_id::shown_name;
use crate::bytecode::proto::{Const, Proto};
use crate::gc::{self, Collect, Gc, Trace};
use crate::vm::heap::closure::{Code, LuaClosure, Texts, Upvalue};
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::string::Str;
use crate::vm::heap::value::Value;
use crate::vm::meters::account::{LOADING_BYTES, UPVALUE_BYTES};
use crate::vm::meters::fuel::bytes_price;
use crate::vm::state::context::Context;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// Units of work for making a constant a value, and for making a function ready.
const VALUE: u64 = 4;
const CODE: u64 = 16;

/// A chunk that is being loaded: lives in the window of the native function that loads
/// it, so that this can stop and go on. No script ever sees one.
#[derive(Clone, Copy)]
pub struct Loading<'gc>(Gc<'gc, LoadingBox<'gc>>);

struct LoadingBox<'gc> {
    /// The front end, until it is through: what a run has loaded lies about until the next
    /// collection, and runs that wait for long may be many.
    front: RefCell<Option<Box<Front>>>,
    making: RefCell<Option<Making<'gc>>>,
    /// The whole name of the chunk, where scripts can ask for it.
    name: Option<Str<'gc>>,
    env: Value<'gc>,
}

/// Prototypes that are made ready to run.
struct Making<'gc> {
    /// Prototypes, outer ones first: the children of later ones come last.
    order: Vec<Arc<Proto>>,
    /// Those ready, from the last of `order` on.
    made: Vec<Gc<'gc, Code<'gc>>>,
    /// Constants of the next one.
    values: Vec<Value<'gc>>,
    /// Where the children of the prototype before the next one begin in `order`.
    next_child: usize,
    /// One object per long string of the chunk, as in PUC's scanner; by address.
    long: BTreeMap<usize, Str<'gc>>,
    texts: Rc<Texts>,
    name: Option<Str<'gc>>,
}

impl Drop for LoadingBox<'_> {
    fn drop(&mut self) {
        gc::freed(LOADING_BYTES);
    }
}

// SAFETY: name, environment and what is made are all the collected pointers.
unsafe impl<'gc> Collect<'gc> for LoadingBox<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        cc.trace(&self.env);
        if let Some(name) = &self.name {
            cc.trace(name);
        }
        // Borrowed only inside a step, in which nothing is traced.
        if let Ok(making) = self.making.try_borrow()
            && let Some(making) = &*making
        {
            making.made.iter().for_each(|code| cc.trace(code));
            making.values.iter().for_each(|value| cc.trace(value));
            making.long.values().for_each(|text| cc.trace(text));
        }
    }
}

// SAFETY: the only pointer is traced.
unsafe impl<'gc> Collect<'gc> for Loading<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        cc.trace(&self.0);
    }
}

impl std::fmt::Debug for Loading<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Loading")
    }
}

impl<'gc> Loading<'gc> {
    pub(super) fn new(
        ctx: Context<'gc>,
        source: &[u8],
        name: Str<'gc>,
        env: Value<'gc>,
        file: bool,
    ) -> Result<Loading<'gc>, Interrupt<'gc>> {
        ctx.state.account.reserve(LOADING_BYTES)?;
        let shown: Arc<[u8]> = (*shown_name(name.as_bytes())).into();
        let longer = shown.len() < name.len();
        let front = Front::new(source, shown, file, ctx.state.binary_chunks.get());
        // Precompiled functions bring names of their own.
        let whole = ctx.state.whole_names.get() && longer && !front.is_binary();
        let object = LoadingBox {
            front: RefCell::new(Some(Box::new(front))),
            making: RefCell::new(None),
            name: whole.then_some(name),
            env,
        };
        Ok(Loading(Gc::new(ctx.mc, object)))
    }

    /// Pays for the piece before and does the next one. `source` is the same each time.
    /// Returns the function, or what is wrong, when all is done and paid.
    ///
    /// # Errors
    /// Fuel or memory is refused: to be called again, and goes on where it was.
    pub fn go_on(
        self,
        ctx: Context<'gc>,
        source: &[u8],
    ) -> Result<Option<Loaded<'gc>>, Interrupt<'gc>> {
        let mut place = self.0.front.borrow_mut();
        let Some(front) = place.as_deref_mut() else {
            return Err(ctx.error("internal error: the chunk is loaded already"));
        };
        ctx.charge(front.owed())?;
        front.paid();
        let mut making = self.0.making.borrow_mut();
        if let Some(making) = &mut *making {
            // What is made goes into an object that may have been marked.
            ctx.mc.backward_barrier(Gc::erase(self.0), None);
            let Some(code) = making.piece(ctx, front)? else { return Ok(None) };
            let finished = self.finish(ctx, front, code)?;
            *place = None;
            return Ok(Some(finished));
        }
        if let Some((order, texts)) = front.take_made() {
            front.hand_over(texts as usize);
            *making = Some(Making::new(order, texts as usize, self.0.name));
            return Ok(None);
        }
        let failed = match front.failure() {
            None => {
                front.piece(source, &ctx.state.account)?;
                return Ok(None);
            }
            // A copy: whoever is told may be refused memory, and ask again.
            Some(End::Rejected(diagnostic)) => Ok(Some(Err(diagnostic.clone()))),
            Some(_) => {
                let message = "internal error: the compiler made code that does not verify";
                Err(ctx.error(message))
            }
        };
        front.give_back(&ctx.state.account);
        failed
    }

    /// Makes the function.
    fn finish(
        self,
        ctx: Context<'gc>,
        front: &mut Front,
        code: Gc<'gc, Code<'gc>>,
    ) -> Result<Loaded<'gc>, Interrupt<'gc>> {
        let upvalues = code.proto.upvalues.len();
        ctx.state.account.reserve(UPVALUE_BYTES * upvalues + LuaClosure::bytes(upvalues))?;
        front.give_back(&ctx.state.account);
        // Variables of their own, and the first of them the environment.
        let values = std::iter::once(self.0.env).chain(std::iter::repeat(Value::Nil));
        let upvalues: Vec<Upvalue<'gc>> =
            values.take(upvalues).map(|value| Upvalue::closed(ctx.heap(), value)).collect();
        Ok(Ok(LuaClosure::new(ctx.heap(), code, &upvalues)))
    }

    pub(in crate::vm) fn erase(self) -> Gc<'gc, ()> {
        Gc::erase(self.0)
    }
}

impl<'gc> Making<'gc> {
    fn new(order: Vec<Arc<Proto>>, texts: usize, name: Option<Str<'gc>>) -> Making<'gc> {
        Making {
            next_child: order.len(),
            made: Vec::with_capacity(order.len()),
            order,
            values: Vec::new(),
            long: BTreeMap::new(),
            texts: Rc::new(Texts::new(texts)),
            name,
        }
    }

    /// Makes the next functions ready; returns the main function's code when that is done.
    fn piece(
        &mut self,
        ctx: Context<'gc>,
        front: &mut Front,
    ) -> Result<Option<Gc<'gc, Code<'gc>>>, Interrupt<'gc>> {
        let mut left = PIECE;
        while let Some(at) = self.order.len().checked_sub(self.made.len() + 1) {
            if left == 0 {
                return Ok(None);
            }
            let proto = self.order[at].clone();
            if self.values.capacity() == 0 {
                self.values.reserve_exact(proto.constants.len());
            }
            while let Some(constant) = proto.constants.get(self.values.len()) {
                if left == 0 {
                    return Ok(None);
                }
                let (value, work) = self.value(ctx, constant)?;
                front.owe(work);
                left = left.saturating_sub(work);
                self.values.push(value);
            }
            // Children before parents, without recursion.
            let children = proto.protos.len();
            let first = self.next_child - children;
            self.next_child = first;
            let last = self.order.len() - 1;
            let children = (first..first + children).map(|child| self.made[last - child]).collect();
            let values = std::mem::take(&mut self.values).into_boxed_slice();
            let bytes = proto.bytes();
            front.hand_over(bytes);
            front.owe(CODE);
            left = left.saturating_sub(CODE);
            let code = Code::new(proto, values, children, bytes, self.texts.clone(), self.name);
            self.made.push(Gc::new(ctx.mc, code));
        }
        self.made.last().copied().map(Some).ok_or_else(|| ctx.error("internal error: no prototype"))
    }

    /// Makes a constant a value; returns its price too.
    fn value(
        &mut self,
        ctx: Context<'gc>,
        constant: &Const,
    ) -> Result<(Value<'gc>, u64), Interrupt<'gc>> {
        Ok(match constant {
            Const::Nil => (Value::Nil, 1),
            Const::Boolean(b) => (Value::Boolean(*b), 1),
            Const::Integer(i) => (Value::Integer(*i), 1),
            Const::Number(n) => (Value::Number(*n), 1),
            Const::String(text) => {
                let address = text.as_ptr().addr();
                if let Some(known) = self.long.get(&address) {
                    return Ok((Value::String(*known), VALUE));
                }
                let made = ctx.string(text)?;
                if !made.is_short() {
                    self.long.insert(address, made);
                }
                (Value::String(made), VALUE + bytes_price(text.len()))
            }
        })
    }
}
