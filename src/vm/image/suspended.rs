//! A run that goes on, in an image: the machine's own state in the midst of one, beside what
//! an image of a machine at rest holds.

use super::fault::Fault;
use super::frames::check_retry;
use super::load::Loader;
use super::save::Saver;
use crate::vm::heap::native::Flow;
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::Reading;
use crate::vm::state::output::Printed;
use crate::vm::state::place::Place;
use crate::vm::state::retry::{Request, Retry};

/// Most coroutines, calls and the like: sums of a few do not overflow.
const MOST: u64 = 1 << 62;

impl<'gc> Saver<'_, 'gc> {
    /// Writes what is only there in the midst of a run, before any bodies.
    pub(super) fn run(&mut self) {
        let state = self.ctx.state;
        // What is kept refers to them.
        self.handles();
        self.out.number(state.handles.before());
        self.out.number(state.objects.before());
        self.value(Value::Thread(state.current.get()));
        let raising = state.raising.get();
        self.value(raising);
        let waiting: Vec<Value<'gc>> = state.collector.waiting.borrow().iter().copied().collect();
        self.out.size(waiting.len());
        for object in waiting {
            self.value(object);
        }
        let collector = &state.collector;
        let (generational, pause, multiplier) = collector.settings();
        for flag in [
            collector.finalizing.get(),
            collector.closing.get(),
            generational,
            state.collect_now.get(),
            state.too_many.get(),
        ] {
            self.out.flag(flag);
        }
        self.out.byte(pause);
        self.out.byte(multiplier);
        for size in [
            state.max_depth.get(),
            state.max_coroutines.get(),
            state.mailbox_bytes.get(),
            state.account.limit(),
            state.account.peak(),
        ] {
            self.out.size(size);
        }
        for number in
            [state.host_calls.get(), state.max_host_calls.get(), state.max_host_result.get()]
        {
            self.out.number(number);
        }
        let reading = state.fuel.reading();
        for units in reading.units {
            self.out.number(units);
        }
        for flag in reading.prepaid {
            self.out.flag(flag);
        }
        let printed = state.output.borrow().printed();
        self.out.text(&printed.bytes);
        for figure in printed.figures {
            self.out.number(figure);
        }
        for flag in printed.flags {
            self.out.flag(flag);
        }
        self.out.text(&state.traceback.borrow());
        let raised_at = state.raised_at.borrow();
        self.out.flag(raised_at.is_some());
        if let Some(place) = &*raised_at {
            self.out.text(&place.chunk);
            self.out.number(place.line.map_or(0, |line| u64::from(line) + 1));
        }
        self.retry(state.retry.get());
    }

    fn retry(&mut self, retry: Option<Retry>) {
        match retry {
            None => self.out.byte(0),
            Some(Retry::Call(request)) => {
                self.out.byte(1);
                self.out.size(request.func);
                self.out.size(request.args);
                self.out.signed(i64::from(request.results));
                self.then(request.then);
                self.out.byte(request.flags);
            }
            Some(Retry::Return { first, n }) => {
                self.out.byte(2);
                self.out.size(first);
                self.out.size(n);
            }
            Some(Retry::Handler { catcher }) => {
                self.out.byte(3);
                self.out.size(catcher);
            }
            Some(Retry::Flow { base, flow }) => {
                let (kind, numbers) = match flow {
                    Flow::Yield { n, step } => (4, [n, 0, step as usize]),
                    Flow::Resume { at, args, step } => (5, [at, args, step as usize]),
                    Flow::CloseThread { at, step } => (6, [at, 0, step as usize]),
                    _ => return self.refuse("a call of this kind"),
                };
                self.out.byte(kind);
                self.out.size(base);
                for number in numbers {
                    self.out.size(number);
                }
            }
        }
    }

    /// Writes the short strings that came in the run.
    pub(super) fn born_strings(&mut self) {
        let state = self.ctx.state;
        let mut born: Vec<&[u8]> = Vec::new();
        if state.journal.open.get() {
            born.extend(state.strings.born(self.ctx.mc).into_iter().map(|born| born.as_bytes()));
        }
        born.sort_unstable();
        self.out.size(born.len());
        for string in born {
            self.out.text(string);
        }
    }
}

/// What is put in place when all else is there.
pub(super) struct Run {
    limit: usize,
    pub(super) peak: usize,
    max_depth: usize,
    reading: Reading,
}

impl<'gc> Loader<'_, 'gc> {
    /// Reads what is only there in the midst of a run.
    pub(super) fn run(&mut self) -> Result<Run, Fault> {
        let state = self.ctx.state;
        self.handles_of_run()?;
        let before = (self.from.number()?, self.from.number()?);
        if !state.handles.set_before(before.0) || !state.objects.set_before(before.1) {
            return Err(Fault::NUMBER);
        }
        match self.value()? {
            Value::Thread(thread) => state.current.set(thread),
            _ => return Err(Fault::Damaged("no thread where one must be")),
        }
        let raising = self.value()?;
        state.raising.set(raising);
        let waiting = self.finalizers()?;
        *state.collector.waiting.borrow_mut() = waiting.into();
        let mut flags = [false; 5];
        for flag in &mut flags {
            *flag = self.from.flag()?;
        }
        let [finalizing, closing, generational, collect_now, too_many] = flags;
        state.collector.finalizing.set(finalizing);
        state.collector.closing.set(closing);
        state.collect_now.set(collect_now);
        state.too_many.set(too_many);
        state.collector.set_settings((generational, self.from.byte()?, self.from.byte()?));
        let mut sizes = [0; 5];
        for size in &mut sizes {
            *size = self.from.size()?;
        }
        let [max_depth, max_coroutines, mailbox_bytes, limit, peak] = sizes;
        state.max_coroutines.set(max_coroutines);
        state.account.reserve(mailbox_bytes)?;
        state.mailbox_bytes.set(mailbox_bytes);
        let mut numbers = [0; 3];
        for number in &mut numbers {
            *number = self.from.number()?;
        }
        let [host_calls, max_host_calls, max_host_result] = numbers;
        if host_calls > MOST {
            return Err(Fault::NUMBER);
        }
        state.host_calls.set(host_calls);
        state.max_host_calls.set(max_host_calls);
        state.max_host_result.set(max_host_result);
        let mut reading = Reading::default();
        for units in &mut reading.units {
            *units = self.from.number()?;
        }
        for flag in &mut reading.prepaid {
            *flag = self.from.flag()?;
        }
        let mut printed = Printed { bytes: self.from.text()?.to_vec(), ..Printed::default() };
        for figure in &mut printed.figures {
            *figure = self.from.number()?;
        }
        for flag in &mut printed.flags {
            *flag = self.from.flag()?;
        }
        let charged = printed.figures[2];
        if !state.output.borrow_mut().set_to(printed) {
            return Err(Fault::Damaged("output that cannot have come about"));
        }
        state.account.reserve(charged as usize)?;
        *state.traceback.borrow_mut() = self.from.text()?.to_vec();
        if self.from.flag()? {
            let chunk = self.from.text()?.to_vec();
            let line = self.from.number()?.checked_sub(1);
            let line = line.map(u32::try_from).transpose().map_err(|_| Fault::NUMBER)?;
            *state.raised_at.borrow_mut() = Some(Box::new(Place { chunk, line }));
        }
        state.retry.set(self.retry()?);
        Ok(Run { limit, peak, max_depth, reading })
    }

    fn retry(&mut self) -> Result<Option<Retry>, Fault> {
        let kind = self.from.byte()?;
        Ok(Some(match kind {
            0 => return Ok(None),
            1 => Retry::Call(Request {
                func: self.from.size()?,
                args: self.from.size()?,
                results: i32::try_from(self.from.signed()?).map_err(|_| Fault::NUMBER)?,
                then: self.then()?,
                flags: self.from.byte()?,
            }),
            2 => Retry::Return { first: self.from.size()?, n: self.from.size()? },
            3 => Retry::Handler { catcher: self.from.size()? },
            4..=6 => {
                let base = self.from.size()?;
                let mut numbers = [0; 3];
                for number in &mut numbers {
                    *number = self.from.small()?;
                }
                let [first, second, step] = numbers;
                let (first, args) = (first as usize, second as usize);
                let flow = match kind {
                    4 => Flow::Yield { n: first, step },
                    5 => Flow::Resume { at: first, args, step },
                    _ => Flow::CloseThread { at: first, step },
                };
                Retry::Flow { base, flow }
            }
            _ => return Err(Fault::NUMBER),
        }))
    }

    /// Goes on with the run: everything else is there. Nothing can be refused any more.
    pub(super) fn resume(&mut self, run: &Run) -> Result<(), Fault> {
        let state = self.ctx.state;
        let th = state.current.get().state();
        if let Some(retry) = state.retry.get() {
            check_retry(th, &retry)?;
        }
        // Whoever restores it has a limit too.
        state.account.set_limit(run.limit.min(state.account.limit()));
        state.account.set_peak(run.peak);
        state.max_depth.set(run.max_depth);
        Ok(())
    }

    /// Sets the meter: the last thing that is done.
    pub(super) fn set_meter(&self, run: &Run) -> Result<(), Fault> {
        if self.ctx.state.fuel.set_to(&run.reading) {
            return Ok(());
        }
        Err(Fault::Damaged("fuel that does not add up"))
    }

    /// Reads the short strings that came in the run.
    pub(super) fn born_strings(&mut self, epoch: u32) -> Result<(), Fault> {
        let strings = &self.ctx.state.strings;
        let count = self.from.count(1)?;
        let mut born = Vec::with_capacity(count.min(1 << 16));
        for _ in 0..count {
            let bytes = self.from.text()?;
            let found = strings.find(self.ctx.mc, bytes);
            born.push(found.map_err(|_| Fault::Damaged("a string that is not there"))?);
        }
        if self.ctx.state.journal.open.get() {
            strings.begin_again(epoch, &born);
        }
        Ok(())
    }
}
