//! Threads in an image: stacks, frames, open upvalues.
//!
//! Of a stack is written what a collection could take for a value: the live part
//! (`ThreadState::live_top`), and what calls have left above it. (Of an object there that cannot
//! be saved it is written what it takes: [`super::spent`].) For a digest, and to find out what is
//! alive, only the live part is. Open upvalues are variables like others; that they live in a
//! stack is said twice, by them and by the thread, and both must agree.

use super::fault::Fault;
use super::frames::check;
use super::load::Loader;
use super::object::Object;
use super::save::{Purpose, Saver};
use super::tag;
use crate::gc::Gc;
use crate::vm::calls::finalizers::DRIVER;
use crate::vm::heap::closure::Upvalue;
use crate::vm::heap::thread::hooks::{Hooks, Stage};
use crate::vm::heap::thread::{
    Callee, Driver, FIRST_STACK, Frame, MAX_STACK, Status, Then, Thread, ThreadState,
};
use crate::vm::heap::value::Value;
use crate::vm::meters::account::{FRAME_BYTES, Refused, STACK_SLOT_BYTES, THREAD_BYTES};

/// No stack and no list of frames is longer: message handlers have some room beyond the limit.
pub(super) const MOST: usize = 2 * MAX_STACK;
/// Bytes that a frame takes in an image, at least.
const LEAST_FRAME: usize = 12;

const STATUSES: [Status; 5] =
    [Status::Suspended, Status::Running, Status::Normal, Status::Dead, Status::Failed];

const STAGES: [Stage; 8] = [
    Stage::Unknown,
    Stage::Begin,
    Stage::BeginVararg,
    Stage::Begun,
    Stage::Between,
    Stage::Counted,
    Stage::Ready,
    Stage::Returned,
];

/// What returns do, but for [`Then::Store`], whose register follows.
const THENS: [Then; 12] = [
    Then::Results,
    Then::Compare,
    Then::CompareNot,
    Then::Discard,
    Then::Concat,
    Then::Repeat,
    Then::Native,
    Then::Unwind,
    Then::Handler,
    Then::Finalizers,
    Then::Finish,
    Then::Hook,
];

/// Returns the place of something in a list that has it.
fn place_of<T: PartialEq>(list: &[T], wanted: &T) -> u8 {
    list.iter().position(|known| known == wanted).unwrap_or(list.len()) as u8
}

pub(super) fn address(object: Gc<'_, ()>) -> usize {
    Gc::as_ptr(object).addr()
}

/// Tells whether a coroutine that does not run can be resumed, or never will be: one has a function
/// to begin with, or waits in a native one.
pub(super) fn may_rest(th: &ThreadState<'_>) -> bool {
    let innermost = th.frames.last().map(|frame| frame.callee);
    match th.status {
        Status::Suspended => {
            !matches!(innermost, Some(Callee::Lua(_))) && (th.top > 0 || innermost.is_some())
        }
        Status::Dead | Status::Failed => true,
        Status::Running | Status::Normal => false,
    }
}

impl<'gc> Saver<'_, 'gc> {
    /// Mentions a thread.
    pub(super) fn thread(&mut self, thread: Thread<'gc>) {
        self.admit(thread.erase(), Object::Thread(thread));
        self.out.byte(tag::THREAD);
        self.id(thread.id());
    }

    pub(super) fn thread_body(&mut self, thread: Thread<'gc>) {
        self.stamp(thread.stamp());
        let th = thread.state();
        let indexes: Vec<u32> = th.open.iter().map(|upvalue| upvalue.index() as u32).collect();
        self.thread_state(th, th.live_top(), &indexes);
    }

    /// Writes the state of a thread, with the first `live` slots of its stack, and what calls
    /// have left above if that is to be; the variables in its list lie at these places.
    pub(super) fn thread_state(&mut self, th: &ThreadState<'gc>, live: usize, indexes: &[u32]) {
        // A collection gives room back: it is not to be told by the digest.
        if self.purpose != Purpose::Digest {
            let (slots, frames) = th.room();
            self.out.size(slots);
            self.out.size(frames);
        }
        self.out.byte(place_of(&STATUSES, &th.status));
        let end = if self.left { th.left_top(live) } else { live };
        self.out.size(end);
        for (slot, value) in th.stack.slice(0, end).iter().enumerate() {
            self.in_left = slot >= live;
            self.value(*value);
        }
        self.in_left = false;
        self.out.size(th.top);
        self.out.size(th.frames.len());
        for frame in &th.frames {
            self.frame(frame);
        }
        self.out.size(indexes.len());
        for (upvalue, index) in th.open.iter().zip(indexes) {
            self.upvalue(*upvalue);
            self.out.number(u64::from(*index));
        }
        self.out.size(th.tbc.len());
        for slot in &th.tbc {
            self.out.number(u64::from(*slot));
        }
        self.out.number(u64::from(th.c_calls));
        self.out.number(u64::from(th.handling));
        self.out.size(th.errors.len());
        for error in &th.errors {
            self.value(*error);
        }
        self.value(th.resumer.map_or(Value::Nil, Value::Thread));
        self.hooks(&th.hooks);
        self.out.flag(th.driver.is_some());
        if let Some(driver) = &th.driver {
            self.out.size(driver.frame);
            self.hooks(&driver.hooks);
        }
    }

    fn frame(&mut self, frame: &Frame<'gc>) {
        self.value(match frame.callee {
            Callee::Lua(closure) => Value::Closure(closure),
            Callee::Native(def) => Value::Builtin(def),
        });
        let numbers = [
            frame.func,
            frame.base - frame.func,
            frame.top,
            frame.pc,
            frame.varargs,
            frame.saved,
            frame.aux,
            u32::from(frame.flags),
            u32::from(frame.handler),
        ];
        for number in numbers {
            self.out.number(u64::from(number));
        }
        self.out.signed(i64::from(frame.results));
        self.then(frame.then);
    }

    pub(super) fn then(&mut self, then: Then) {
        self.out.byte(place_of(&THENS, &then));
        if let Then::Store(register) = then {
            self.out.byte(register);
        }
    }

    pub(super) fn hooks(&mut self, hooks: &Hooks) {
        self.out.byte(hooks.mask);
        self.out.flag(hooks.running);
        self.out.byte(place_of(&STAGES, &hooks.stage));
        self.out.signed(i64::from(hooks.every));
        let (first, count) = hooks.transfer;
        for number in [hooks.left, hooks.old_pc, hooks.depth, hooks.top, first, count] {
            self.out.number(u64::from(number));
        }
    }
}

impl<'gc> Loader<'_, 'gc> {
    pub(super) fn thread(&mut self) -> Result<Thread<'gc>, Fault> {
        let id = self.id()?;
        let account = &self.ctx.state.account;
        account.reserve(THREAD_BYTES + FIRST_STACK * STACK_SLOT_BYTES)?;
        let thread = Thread::allocate(self.ctx.mc, id);
        self.threads += 1;
        self.objects.push(Object::Thread(thread));
        Ok(thread)
    }

    pub(super) fn thread_body(&mut self, thread: Thread<'gc>) -> Result<(), Fault> {
        let stamp = self.stamp()?;
        thread.set_stamp(stamp);
        let open = self.thread_state(thread.state(), true)?;
        let th = thread.state();
        for (upvalue, index) in open {
            if upvalue.is_open() {
                return Err(Fault::Damaged("a variable in two stacks"));
            }
            self.open.listed.push((address(upvalue.erase()), address(thread.erase())));
            upvalue.open_again(thread, index as usize, th.stack.at(index as usize));
            th.open.push(upvalue);
        }
        Ok(())
    }

    /// Reads the state of a thread, which is empty. Returns its open variables, which are not
    /// yet in its list. `charged`: what it takes is charged here, and not with the journal.
    pub(super) fn thread_state(
        &mut self,
        th: &mut ThreadState<'gc>,
        charged: bool,
    ) -> Result<Vec<(Upvalue<'gc>, u32)>, Fault> {
        let (slots, frames) = (self.from.size()?, self.from.size()?);
        let before = th.room().0;
        if slots < before || slots > MOST || frames > MOST {
            return Err(Fault::Damaged("a stack of no size"));
        }
        let more = (slots - before) * STACK_SLOT_BYTES + frames * FRAME_BYTES;
        match charged {
            true => self.ctx.state.account.reserve(more)?,
            false => self.take_of_journal(more)?,
        }
        let _ = th.restore_room((slots, frames));
        if th.room() != (slots, frames) || th.frames.capacity() < frames {
            return Err(Refused { bytes: more }.into());
        }
        let status = self.from.byte()?;
        th.status = *STATUSES.get(usize::from(status)).ok_or(Fault::NUMBER)?;
        let live = self.from.count(1)?;
        if live > slots {
            return Err(Fault::Damaged("more values than a stack has room for"));
        }
        for slot in 0..live {
            let value = self.value()?;
            th.stack.set(slot, value);
        }
        th.high_water = live;
        th.top = self.from.size()?;
        let count = self.from.count(LEAST_FRAME)?;
        if count > frames {
            return Err(Fault::Damaged("more calls than there is room for"));
        }
        for _ in 0..count {
            let frame = self.frame()?;
            th.frames.push(frame);
        }
        th.high_water = th.registers_end(live);
        let mut open: Vec<(Upvalue<'gc>, u32)> = Vec::new();
        for _ in 0..self.from.count(2)? {
            let upvalue = self.upvalue()?;
            let index = self.from.small()?;
            let rises = open.last().is_none_or(|(_, last)| *last < index);
            if !rises || index as usize >= live {
                return Err(Fault::Damaged("a variable that is nowhere"));
            }
            open.push((upvalue, index));
        }
        for _ in 0..self.from.count(1)? {
            let slot = self.from.small()?;
            if slot as usize >= live {
                return Err(Fault::Damaged("a variable that is nowhere"));
            }
            th.tbc.push(slot);
        }
        th.c_calls = self.from.small()?;
        th.handling = self.from.small()?;
        for _ in 0..self.from.count(1)? {
            let error = self.value()?;
            th.errors.push(error);
        }
        th.resumer = match self.value()? {
            Value::Nil => None,
            Value::Thread(thread) => Some(thread),
            _ => return Err(Fault::Damaged("no thread where one must be")),
        };
        th.hooks = self.hooks()?;
        if self.from.flag()? {
            let frame = self.from.size()?;
            let hooks = self.hooks()?;
            th.driver = Some(Box::new(Driver { frame, hooks, function: &DRIVER }));
        }
        check(th)?;
        Ok(open)
    }

    fn frame(&mut self) -> Result<Frame<'gc>, Fault> {
        let callee = match self.value()? {
            Value::Closure(closure) => Callee::Lua(closure),
            Value::Builtin(def) => Callee::Native(def),
            _ => return Err(Fault::Damaged("no function where one must be")),
        };
        let mut numbers = [0; 9];
        for number in &mut numbers {
            *number = self.from.small()?;
        }
        let [func, above, top, pc, varargs, saved, aux, flags, handler] = numbers;
        // Places of a stack: sums of a few do not overflow.
        let most = (MOST + 1) as u32;
        if [func, above, top, varargs, saved].iter().any(|number| *number > most) {
            return Err(Fault::NUMBER);
        }
        Ok(Frame {
            callee,
            entry: callee.entry(),
            func,
            base: func + above,
            top,
            pc,
            results: i32::try_from(self.from.signed()?).map_err(|_| Fault::NUMBER)?,
            varargs,
            saved,
            aux,
            then: self.then()?,
            flags: u8::try_from(flags).map_err(|_| Fault::NUMBER)?,
            handler: u16::try_from(handler).map_err(|_| Fault::NUMBER)?,
        })
    }

    pub(super) fn then(&mut self) -> Result<Then, Fault> {
        match usize::from(self.from.byte()?) {
            known if known < THENS.len() => Ok(THENS[known]),
            store if store == THENS.len() => Ok(Then::Store(self.from.byte()?)),
            _ => Err(Fault::NUMBER),
        }
    }

    pub(super) fn hooks(&mut self) -> Result<Hooks, Fault> {
        let (mask, running) = (self.from.byte()?, self.from.flag()?);
        let stage = usize::from(self.from.byte()?);
        let every = i32::try_from(self.from.signed()?).map_err(|_| Fault::NUMBER)?;
        let mut numbers = [0; 6];
        for number in &mut numbers {
            *number = self.from.small()?;
        }
        let [left, old_pc, depth, top, first, count] = numbers;
        if mask > 15 {
            return Err(Fault::NUMBER);
        }
        Ok(Hooks {
            mask,
            running,
            stage: *STAGES.get(stage).ok_or(Fault::NUMBER)?,
            every,
            left,
            old_pc,
            depth,
            top,
            transfer: (first, count),
        })
    }

    /// Notes that a variable says it lives in the stack of a thread.
    pub(super) fn claim_open(&mut self, upvalue: Upvalue<'gc>, thread: Thread<'gc>) {
        self.open.claimed.push((address(upvalue.erase()), address(thread.erase())));
    }

    /// Checks that variables and threads agree, and that threads wait for one another from the
    /// running one to the main one. All bodies were read.
    pub(super) fn check_threads(&mut self) -> Result<(), Fault> {
        self.open.claimed.sort_unstable();
        self.open.listed.sort_unstable();
        if self.open.claimed != self.open.listed {
            return Err(Fault::Damaged("a variable that is nowhere"));
        }
        let state = self.ctx.state;
        let wrong = Err(Fault::Damaged("threads that do not wait for one another"));
        let (main, current) = (state.main_thread, state.current.get());
        let suspended = self.epoch.is_some();
        let mut active = 0;
        for object in &self.objects {
            let Object::Thread(thread) = object else { continue };
            let th = thread.state();
            let innermost = th.frames.last().map(|frame| frame.callee);
            let is_current = suspended && thread.ptr_eq(current);
            let right = match th.status {
                Status::Running => is_current,
                Status::Normal => {
                    suspended && !is_current && matches!(innermost, Some(Callee::Native(_)))
                }
                Status::Suspended if thread.ptr_eq(main) => !suspended && th.frames.is_empty(),
                Status::Suspended | Status::Dead | Status::Failed => may_rest(th),
            };
            let waits = th.is_active() && !thread.ptr_eq(main);
            if !right || th.resumer.is_some() != waits {
                return wrong;
            }
            active += usize::from(th.is_active());
        }
        if !suspended {
            return Ok(());
        }
        // A chain of as many as there are, each waiting for the next: no circle.
        let mut thread = current;
        while let Some(resumer) = thread.state().resumer {
            active -= 1;
            if active == 0 || resumer.state().status != Status::Normal {
                return wrong;
            }
            thread = resumer;
        }
        if active == 1 && thread.ptr_eq(main) && current.state().is_active() {
            Ok(())
        } else {
            wrong
        }
    }
}
