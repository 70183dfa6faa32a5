//! A chunk that is being loaded: the front end or the reader, in pieces, and the
//! prototype's constants turned into values.

#![expect(unsafe_code, reason = "collected types trace themselves")]

use super::closure::{Code, LuaClosure, Texts, Upvalue};
use super::native::Interrupt;
use super::store::Heap;
use super::string::Str;
use super::value::Value;
use crate::base::chunk_id::shown_name;
use crate::bytecode::proto::{Const, Proto};
use crate::gc::{self, Collect, Gc, Kind, Object, Trace};
use crate::syntax::error::Diagnostic;
use crate::vm::meters::account::{LOADING_BYTES, UPVALUE_BYTES};
use crate::vm::meters::fuel::bytes_price;
use front::{End, Front};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

mod front;

/// Units of work of one piece, at most a few more: some 50 microseconds.
const PIECE: u64 = 4096;
/// Units of work for making a constant a value, and for making a function ready.
const VALUE: u64 = 4;
const CODE: u64 = 16;

/// What a chunk may be, and what is kept of it.
#[derive(Clone, Copy, Debug)]
pub(in crate::vm) struct Terms {
    /// It may begin as files may, with a byte order mark and a line that starts with `#`.
    pub(in crate::vm) file: bool,
    /// Precompiled chunks are read; elsewhere they are text.
    pub(in crate::vm) binary: bool,
    /// Scripts can ask for the whole name.
    pub(in crate::vm) whole_name: bool,
}

/// A function, or what is wrong with its source.
pub(crate) type Loaded<'gc> = Result<LuaClosure<'gc>, Box<Diagnostic>>;

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
    /// What is loaded, a string or a buffer, and its length; nil for bytes of the host's.
    source: Cell<Value<'gc>>,
    length: usize,
    terms: Terms,
    /// What the chunk was called.
    called: Str<'gc>,
    /// Pieces that were done.
    pieces: Cell<u32>,
    /// A piece ended early, since memory was refused.
    refused: Cell<bool>,
    /// Somebody was told what is wrong with the chunk.
    told: Cell<bool>,
}

/// How far a chunk is, as an image holds it.
pub(in crate::vm) struct Progress<'gc> {
    pub(in crate::vm) name: Str<'gc>,
    pub(in crate::vm) env: Value<'gc>,
    pub(in crate::vm) source: Value<'gc>,
    pub(in crate::vm) terms: Terms,
    pub(in crate::vm) told: bool,
    pub(in crate::vm) over: bool,
    pub(in crate::vm) pieces: u32,
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
        cc.trace(&self.source.get());
        cc.trace(&self.called);
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

// SAFETY: the kind is this type's alone.
unsafe impl<'gc> Object<'gc> for LoadingBox<'gc> {
    const KIND: Kind = Kind::Loading;
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
    pub(in crate::vm) fn new(
        heap: Heap<'gc>,
        source: &[u8],
        name: Str<'gc>,
        env: Value<'gc>,
        terms: Terms,
    ) -> Result<Loading<'gc>, Interrupt<'gc>> {
        heap.store.account.reserve(LOADING_BYTES)?;
        let shown: Arc<[u8]> = (*shown_name(name.as_bytes())).into();
        let longer = shown.len() < name.len();
        let front = Front::new(source, shown, terms.file, terms.binary);
        // Precompiled functions bring names of their own.
        let whole = terms.whole_name && longer && !front.is_binary();
        let object = LoadingBox {
            front: RefCell::new(Some(Box::new(front))),
            making: RefCell::new(None),
            name: whole.then_some(name),
            env,
            source: Cell::default(),
            length: source.len(),
            terms,
            called: name,
            pieces: Cell::new(0),
            refused: Cell::new(false),
            told: Cell::new(false),
        };
        Ok(Loading(Gc::new(heap.mc, object)))
    }

    /// Says what is loaded: the string or the buffer whose bytes it began with.
    pub fn comes_from(self, heap: Heap<'gc>, source: Value<'gc>) {
        heap.mc.backward_barrier(Gc::erase(self.0), None);
        self.0.source.set(source);
    }

    /// As [`Loading::go_on`], with what it comes from.
    ///
    /// # Errors
    /// As [`Loading::go_on`].
    pub(in crate::vm) fn go_on_by_itself(
        self,
        heap: Heap<'gc>,
    ) -> Result<Option<Loaded<'gc>>, Interrupt<'gc>> {
        let paid = self.owed();
        let done = match self.0.source.get() {
            Value::String(source) => self.go_on(heap, source.as_bytes()),
            Value::Buffer(source) => source.with(|source| self.go_on(heap, source)),
            _ => return Err(heap.error("internal error: source expected")),
        };
        if !matches!(done, Err(Interrupt::Fuel)) {
            // The piece before is paid once and for all: it is no credit for what follows, which
            // is done again where it is refused.
            heap.store.fuel.spend(paid);
        }
        done
    }

    /// Returns the units that the next piece pays first.
    fn owed(self) -> u64 {
        self.0.front.borrow().as_ref().map_or(0, |front| front.owed())
    }

    /// Pays for the piece before and does the next one. `source` is the same each time.
    /// Returns the function, or what is wrong, when all is done and paid.
    ///
    /// # Errors
    /// Fuel or memory is refused: to be called again, and goes on where it was.
    pub fn go_on(
        self,
        heap: Heap<'gc>,
        source: &[u8],
    ) -> Result<Option<Loaded<'gc>>, Interrupt<'gc>> {
        let done = self.go_on_unnoted(heap, source);
        match &done {
            Ok(None) => self.0.pieces.set(self.0.pieces.get().saturating_add(1)),
            Ok(Some(Err(_))) => self.0.told.set(true),
            Err(Interrupt::Memory(_)) => self.0.refused.set(true),
            _ => {}
        }
        done
    }

    /// Returns how far it is, unless a piece of it was refused memory: where that ended is
    /// not known.
    pub(in crate::vm) fn progress(self) -> Option<Progress<'gc>> {
        let inner = &self.0;
        (!inner.refused.get()).then(|| Progress {
            name: inner.called,
            env: inner.env,
            source: inner.source.get(),
            terms: inner.terms,
            told: inner.told.get(),
            over: inner.front.borrow().is_none(),
            pieces: inner.pieces.get(),
        })
    }

    /// Does so many pieces again, and what was done after the last: somebody was told what is
    /// wrong, or got the function. Tells whether that is how far it can be.
    ///
    /// # Errors
    /// When memory is refused.
    pub(in crate::vm) fn go_on_again(
        self,
        heap: Heap<'gc>,
        pieces: u32,
        told: bool,
        over: bool,
    ) -> Result<bool, Interrupt<'gc>> {
        if over {
            self.0.front.take();
            self.0.pieces.set(pieces);
            return Ok(true);
        }
        for _ in 0..pieces {
            if self.go_on_by_itself(heap)?.is_some() {
                return Ok(false);
            }
        }
        Ok(!told || matches!(self.go_on_by_itself(heap)?, Some(Err(_))))
    }

    fn go_on_unnoted(
        self,
        heap: Heap<'gc>,
        source: &[u8],
    ) -> Result<Option<Loaded<'gc>>, Interrupt<'gc>> {
        let mut place = self.0.front.borrow_mut();
        let Some(front) = place.as_deref_mut() else {
            return Err(heap.error("internal error: the chunk is loaded already"));
        };
        heap.charge(front.owed())?;
        front.paid();
        let mut making = self.0.making.borrow_mut();
        if let Some(under_way) = &mut *making {
            // What is made goes into an object that may have been marked.
            heap.mc.backward_barrier(Gc::erase(self.0), None);
            let Some(code) = under_way.piece(heap, front)? else { return Ok(None) };
            let finished = self.finish(heap, front, code)?;
            // Not only when this object is collected: the run may wait for long.
            *making = None;
            *place = None;
            return Ok(Some(finished));
        }
        if let Some((order, texts)) = front.take_made() {
            front.hand_over(texts as usize);
            *making = Some(Making::new(order, texts as usize, self.0.name));
            return Ok(None);
        }
        let failed = match front.failure() {
            // A buffer that a snapshot lets two functions have may have changed.
            None if source.len() != self.0.length => {
                return Err(heap.error("internal error: source expected"));
            }
            None => {
                front.piece(source, &heap.store.account)?;
                return Ok(None);
            }
            // A copy: whoever is told may be refused memory, and ask again.
            Some(End::Rejected(diagnostic)) => Ok(Some(Err(diagnostic.clone()))),
            Some(_) => {
                let message = "internal error: the compiler made code that does not verify";
                Err(heap.error(message))
            }
        };
        front.give_back(&heap.store.account);
        failed
    }

    /// Makes the function.
    fn finish(
        self,
        heap: Heap<'gc>,
        front: &mut Front,
        code: Gc<'gc, Code<'gc>>,
    ) -> Result<Loaded<'gc>, Interrupt<'gc>> {
        let upvalues = code.proto.upvalues.len();
        heap.store.account.reserve(UPVALUE_BYTES * upvalues + LuaClosure::bytes(upvalues))?;
        front.give_back(&heap.store.account);
        // Variables of their own, and the first of them the environment.
        let values = std::iter::once(self.0.env).chain(std::iter::repeat(Value::Nil));
        let upvalues: Vec<Upvalue<'gc>> =
            values.take(upvalues).map(|value| Upvalue::closed(heap, value)).collect();
        Ok(Ok(LuaClosure::new(heap, code, &upvalues)))
    }

    #[inline(always)]
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
        heap: Heap<'gc>,
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
                let (value, work) = self.value(heap, constant)?;
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
            self.made.push(Gc::new(heap.mc, code));
        }
        self.made
            .last()
            .copied()
            .map(Some)
            .ok_or_else(|| heap.error("internal error: no prototype"))
    }

    /// Makes a constant a value; returns its price too.
    fn value(
        &mut self,
        heap: Heap<'gc>,
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
                let made = heap.string(text)?;
                if !made.is_short() {
                    self.long.insert(address, made);
                }
                (Value::String(made), VALUE + bytes_price(text.len()))
            }
        })
    }
}

#[cfg(test)]
mod tests;
