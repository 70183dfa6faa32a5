//! `table.sort` (manual §6.6): quicksort in place, as a state machine.
//!
//! The elements stay in the table all the time and only ever swap places, so a
//! comparator that fails, yields or is never called again loses none of them.
//! Pivots are chosen by position alone (no clock, no randomness): the same
//! input always makes the same comparisons.

use super::{LENGTH, READ, WRITE, measure, raw_table};
use crate::now;
use crate::vm::calls::call::{Call, Now};
use crate::vm::heap::native::{Flow, Interrupt, Step};
use crate::vm::heap::table::Table;
use crate::vm::heap::value::Value;

const LIST: usize = 0;
const COMPARATOR: usize = 1;
const PHASE: usize = 2;
/// Bounds of the range being sorted, both inclusive.
const LOW: usize = 3;
const HIGH: usize = 4;
/// The two places being compared or swapped.
const LEFT: usize = 5;
const RIGHT: usize = 6;
/// Their elements.
const A: usize = 7;
const B: usize = 8;
const PIVOT: usize = 9;
/// Number of postponed ranges.
const DEPTH: usize = 10;
/// What moves the pivot's place; not 0 once a partition was badly uneven.
const SEED: usize = 11;
/// True while the machine waits for the result of a call, which then lies above
/// the slots. (The top does not tell: an interrupt restores it.)
const WAITING: usize = 12;
const RANGES: usize = 13;
/// The larger half is always the one postponed, so 32 ranges are enough for 2^31 elements.
const MOST_RANGES: i64 = 32;
const TOP: usize = RANGES + 2 * MOST_RANGES as usize;

/// Units for calling an order function, besides what it does.
const ASKING: u64 = 3;
/// Units for two elements that change places.
const SWAP: u64 = 2;
/// Step of the machine; a comparison's or an access's result may be on top.
const RUN: u32 = 3;

/// Ranges at least this long may have their pivots elsewhere than in the middle.
const LONG: i64 = 100;

/// Operations done in one step; each may be preceded by a scan.
const STEP_OPERATIONS: u32 = 500;
/// Plain comparisons done in one scan.
const SCAN: u32 = 64;

/// `table.sort (list [, comp])`
pub(super) fn sort<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step != RUN {
        return begin(call);
    }
    match again(call) {
        Again::Asked => Ok(Flow::Call { at: TOP, args: 2, results: Some(1), step: RUN }),
        Again::Short => Err(Interrupt::Fuel),
        Again::Other => run(call),
    }
}

#[inline(never)]
fn begin<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let (length, _) = now!(measure(call, READ | WRITE | LENGTH, 2));
    if length < 2 {
        return Ok(Flow::Return(0));
    }
    if length >= i64::from(i32::MAX) {
        return Err(call.arg_error(0, "array too big"));
    }
    if !call.arg(COMPARATOR).is_nil() {
        call.check_function(COMPARATOR)?;
    }
    call.ensure(TOP)?;
    call.set_top(2);
    call.set_top(TOP);
    let mut machine = Machine::load(call);
    machine.low = 1;
    machine.high = length;
    machine.phase = Phase::Range;
    machine.save(call);
    Ok(Flow::Again { step: RUN })
}

/// What the machine does next. The names of the places: low, high, the middle,
/// and in the partition `left` and `right`, which run towards each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Begin with the range low..=high, or take the next one.
    Range,
    /// Read the elements at low and high.
    EndsA,
    EndsB,
    /// Compare them: high < low?
    Ends,
    /// Read the middle one and compare it with the low one.
    MiddleB,
    MiddleA,
    MiddleLow,
    /// Compare the high one with the middle one.
    HighA,
    HighMiddle,
    /// Move the middle element, the pivot, to the place before high.
    PivotA,
    PivotB,
    /// Read the next element from the left; is it before the pivot?
    LeftGet,
    LeftLess,
    /// Read the next element from the right; is the pivot before it?
    RightGet,
    RightLess,
    /// Write A to `right` and then B to `left`, and go on as the swap's reason says.
    SwapA(After),
    SwapB(After),
    /// The order function contradicts itself.
    Invalid,
    /// The same with B to `left` first: as in PUC, since metamethods see it.
    LeftFirst(After),
    RightLast(After),
}

/// What follows a swap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    Ends,
    /// The middle element and one of the ends.
    Pair,
    Pivot,
    Partition,
    Last,
}

/// The phases by number. Runs that are saved hold such numbers: new phases come last.
const PHASES: [Phase; 36] = {
    use After as F;
    use Phase as P;
    [
        P::Range,
        P::EndsA,
        P::EndsB,
        P::Ends,
        P::MiddleB,
        P::MiddleA,
        P::MiddleLow,
        P::HighA,
        P::HighMiddle,
        P::PivotA,
        P::PivotB,
        P::LeftGet,
        P::LeftLess,
        P::RightGet,
        P::RightLess,
        P::SwapA(F::Ends),
        P::SwapA(F::Pair),
        P::SwapA(F::Pivot),
        P::SwapA(F::Partition),
        P::SwapA(F::Last),
        P::SwapB(F::Ends),
        P::SwapB(F::Pair),
        P::SwapB(F::Pivot),
        P::SwapB(F::Partition),
        P::SwapB(F::Last),
        P::Invalid,
        P::LeftFirst(F::Ends),
        P::LeftFirst(F::Pair),
        P::LeftFirst(F::Pivot),
        P::LeftFirst(F::Partition),
        P::LeftFirst(F::Last),
        P::RightLast(F::Ends),
        P::RightLast(F::Pair),
        P::RightLast(F::Pivot),
        P::RightLast(F::Partition),
        P::RightLast(F::Last),
    ]
};

impl Phase {
    /// Returns the phase's index in [`PHASES`].
    fn number(self) -> i64 {
        let after = |after: After| after as i64;
        match self {
            Phase::Range => 0,
            Phase::EndsA => 1,
            Phase::EndsB => 2,
            Phase::Ends => 3,
            Phase::MiddleB => 4,
            Phase::MiddleA => 5,
            Phase::MiddleLow => 6,
            Phase::HighA => 7,
            Phase::HighMiddle => 8,
            Phase::PivotA => 9,
            Phase::PivotB => 10,
            Phase::LeftGet => 11,
            Phase::LeftLess => LEFT_LESS,
            Phase::RightGet => 13,
            Phase::RightLess => RIGHT_LESS,
            Phase::SwapA(a) => 15 + after(a),
            Phase::SwapB(a) => 20 + after(a),
            Phase::Invalid => 25,
            Phase::LeftFirst(a) => 26 + after(a),
            Phase::RightLast(a) => 31 + after(a),
        }
    }

    fn of(number: i64) -> Phase {
        usize::try_from(number).ok().and_then(|n| PHASES.get(n)).copied().unwrap_or(Phase::Range)
    }
}

const LEFT_LESS: i64 = 12;
const RIGHT_LESS: i64 = 14;

/// What a phase wants done.
enum Ask<'gc> {
    /// Nothing: go on.
    Nothing,
    /// The element at a place.
    Get(i64),
    /// Whether the first is before the second.
    Less(Value<'gc>, Value<'gc>),
    /// Store an element.
    Set(i64, Value<'gc>),
    /// The order function contradicts itself.
    Invalid,
    /// Everything is in order.
    Finished,
}

/// What it got.
#[derive(Clone, Copy)]
enum Answer<'gc> {
    None,
    Value(Value<'gc>),
    Less(bool),
}

/// The state, out of the window for the time of a step.
struct Machine<'gc> {
    phase: Phase,
    low: i64,
    high: i64,
    left: i64,
    right: i64,
    seed: i64,
    a: Value<'gc>,
    b: Value<'gc>,
    pivot: Value<'gc>,
}

/// What came of [`again`].
enum Again {
    /// The next comparison is ready to be called.
    Asked,
    /// Fuel is short.
    Short,
    /// It is a case for the machine.
    Other,
}

/// Prepares the comparison of the next item from the left, or from the right.
#[inline(always)]
fn ask_next<'gc>(call: &mut Call<'_, 'gc>, to_left: bool, next: i64, item: Value<'gc>) {
    let Some(slots) = call.slots_mut::<{ TOP + 1 }>() else { return };
    slots[TOP] = slots[COMPARATOR];
    let pivot = slots[PIVOT];
    if to_left {
        (slots[PHASE], slots[LEFT]) = (Value::Integer(LEFT_LESS), Value::Integer(next));
        slots[A] = item;
        call.push(item);
        call.push(pivot);
    } else {
        (slots[PHASE], slots[RIGHT]) = (Value::Integer(RIGHT_LESS), Value::Integer(next));
        slots[B] = item;
        call.push(pivot);
        call.push(item);
    }
}

/// [`ask_next`] for an item that is not in the array part.
#[cold]
#[inline(never)]
fn ask_elsewhere(call: &mut Call<'_, '_>, to_left: bool, next: i64) {
    if let Some(table) = raw_table(&call.arg(LIST)) {
        let item = table.get_int(next);
        ask_next(call, to_left, next, item);
    }
}

/// Does the commonest things with little ado: a comparator of Lua code answered in one of
/// the two inner loops of the partition, and the loop goes on; or it is the other one's turn.
/// What else there is, is left to the machine. The price is the machine's, that of a swap
/// included.
#[inline]
fn again(call: &mut Call<'_, '_>) -> Again {
    let ctx = call.ctx;
    let Some(slots) = call.slots_mut::<{ TOP + 1 }>() else { return Again::Other };
    let (Some(table), true) = (raw_table(&slots[LIST]), slots[WAITING].is_truthy()) else {
        return Again::Other;
    };
    let (Value::Integer(phase), Value::Integer(left), Value::Integer(right)) =
        (slots[PHASE], slots[LEFT], slots[RIGHT])
    else {
        return Again::Other;
    };
    if slots[COMPARATOR].is_nil() {
        return Again::Other;
    }
    let (to_left, next, price) = match (phase, slots[TOP].is_truthy()) {
        (LEFT_LESS, true) => {
            let next = left.wrapping_add(1);
            let inside = matches!(slots[HIGH], Value::Integer(high) if next < high);
            (true, if inside { next } else { return Again::Other }, 1)
        }
        (RIGHT_LESS, true) => {
            let next = right.wrapping_sub(1);
            (false, if next >= left { next } else { return Again::Other }, 1)
        }
        (LEFT_LESS, false) => (false, right.wrapping_sub(1), ASKING),
        (RIGHT_LESS, false) => {
            let swaps = left <= right
                && table.has_own_item(ctx.heap(), left)
                && table.has_own_item(ctx.heap(), right)
                && !slots[A].is_nil()
                && !slots[B].is_nil();
            (true, if swaps { left + 1 } else { return Again::Other }, SWAP + ASKING)
        }
        _ => return Again::Other,
    };
    if ctx.charge(price).is_err() {
        return Again::Short;
    }
    if price > ASKING {
        let swapped = table.replace_int(ctx.heap(), right, slots[A])
            && table.replace_int(ctx.heap(), left, slots[B]);
        debug_assert!(swapped);
    }
    match table.item(next) {
        Some(item) => ask_next(call, to_left, next, item),
        None => ask_elsewhere(call, to_left, next),
    }
    let step = if to_left { 1 } else { -1 };
    table.foresee_items(next + step, next + 2 * step);
    Again::Asked
}

#[inline(never)]
fn run<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let mut machine = Machine::load(call);
    if !machine.is_sound(call) {
        return Err(call.error("internal error: sort state expected"));
    }
    let result = call.arg(TOP);
    call.set_top(TOP);
    if call.arg(WAITING).is_truthy() {
        // The answer to what the phase asked for.
        call.set(WAITING, Value::Boolean(false));
        let answer = match machine.ask(call) {
            Ask::Less(..) => Answer::Less(result.is_truthy()),
            _ => Answer::Value(result),
        };
        machine.answer(call, answer);
    }
    let result = machine.work(call);
    machine.save(call);
    result
}

impl<'gc> Machine<'gc> {
    fn load(call: &Call<'_, 'gc>) -> Machine<'gc> {
        Machine {
            phase: Phase::of(call.int(PHASE)),
            low: call.int(LOW),
            high: call.int(HIGH),
            left: call.int(LEFT),
            right: call.int(RIGHT),
            seed: call.int(SEED),
            a: call.arg(A),
            b: call.arg(B),
            pivot: call.arg(PIVOT),
        }
    }

    /// Tells whether the state is one that sorting a list can come to: a snapshot may hold
    /// any. Then sums do not overflow, and the postponed ranges come to an end.
    fn is_sound(&self, call: &Call<'_, 'gc>) -> bool {
        let places = [self.low, self.high, self.left, self.right];
        places.iter().all(|place| (-1..=i64::from(i32::MAX)).contains(place))
            && (0..=MOST_RANGES).contains(&call.int(DEPTH))
    }

    fn save(&self, call: &mut Call<'_, 'gc>) {
        for (slot, value) in [
            (PHASE, self.phase.number()),
            (LOW, self.low),
            (HIGH, self.high),
            (LEFT, self.left),
            (RIGHT, self.right),
            (SEED, self.seed),
        ] {
            call.set(slot, Value::Integer(value));
        }
        for (slot, value) in [(A, self.a), (B, self.b), (PIVOT, self.pivot)] {
            call.set(slot, value);
        }
    }

    /// Works until it must call something, is done or has done enough. What is
    /// finished stays finished: the caller saves the state however this ends, so
    /// each operation is charged for itself.
    fn work(&mut self, call: &mut Call<'_, 'gc>) -> Step<'gc> {
        let comparator = call.arg(COMPARATOR);
        let list = call.arg(LIST);
        // Nothing but a call can give the list a metatable, and a call ends the step.
        let raw = raw_table(&list);
        for _ in 0..STEP_OPERATIONS {
            if let (Some(table), Value::Nil) = (raw, comparator) {
                self.scan(call, table)?;
            }
            let answer = match self.ask(call) {
                Ask::Nothing => Answer::None,
                Ask::Get(at) => match raw {
                    Some(table) => Answer::Value(table.get_int(at)),
                    None => {
                        call.charge(1)?;
                        match call.index(list, Value::Integer(at), RUN)? {
                            Now::Done(value) => Answer::Value(value),
                            Now::Later(flow) => return Ok(wait(call, flow)),
                        }
                    }
                },
                Ask::Set(at, value) => {
                    call.charge(1)?;
                    match self.set(call, raw, at, value)? {
                        Now::Done(()) => Answer::None,
                        Now::Later(flow) => {
                            self.answer(call, Answer::None);
                            return Ok(flow);
                        }
                    }
                }
                Ask::Less(a, b) => {
                    call.charge(if comparator.is_nil() { 1 } else { ASKING })?;
                    if !comparator.is_nil() {
                        for value in [comparator, a, b] {
                            call.push(value);
                        }
                        let flow = Flow::Call { at: TOP, args: 2, results: Some(1), step: RUN };
                        return Ok(wait(call, flow));
                    }
                    match less_than(call, a, b)? {
                        Now::Done(less) => Answer::Less(less),
                        Now::Later(flow) => return Ok(wait(call, flow)),
                    }
                }
                Ask::Invalid => return Err(call.error("invalid order function for sorting")),
                Ask::Finished => return Ok(Flow::Return(0)),
            };
            self.answer(call, answer);
            call.ctx.state.fuel.done();
        }
        Ok(Flow::Again { step: RUN })
    }

    /// Runs the inner loops of the partition over plain numbers, which is all there
    /// is to do for them; stops before anything else.
    #[inline]
    fn scan(&mut self, call: &Call<'_, 'gc>, table: Table<'gc>) -> Result<(), Interrupt<'gc>> {
        for _ in 0..SCAN {
            let (item, less) = match self.phase {
                Phase::LeftGet => {
                    let item = table.get_int(self.left);
                    (item, numbers_less(&item, &self.pivot))
                }
                Phase::RightGet => {
                    let item = table.get_int(self.right);
                    (item, numbers_less(&self.pivot, &item))
                }
                _ => return Ok(()),
            };
            let Some(less) = less else { return Ok(()) };
            call.charge(1)?;
            if self.phase == Phase::LeftGet {
                self.a = item;
                self.left_compared(less);
            } else {
                self.b = item;
                self.right_compared(less);
            }
            call.ctx.state.fuel.done();
        }
        Ok(())
    }

    #[inline]
    fn set(
        &self,
        call: &mut Call<'_, 'gc>,
        raw: Option<Table<'gc>>,
        at: i64,
        value: Value<'gc>,
    ) -> Result<Now<()>, Interrupt<'gc>> {
        match raw {
            Some(table) => table.set_int(call.ctx.heap(), at, value).map(Now::Done),
            None => call.set_index(call.arg(LIST), Value::Integer(at), value, RUN),
        }
    }

    /// Returns the place of the pivot: the middle, as in PUC, so that elements which
    /// compare equal end up in the same order; somewhere in the middle half once
    /// that has gone badly.
    fn middle(&self) -> i64 {
        let span = self.high - self.low;
        if span >= LONG && self.seed != 0 {
            let quarter = span / 4;
            self.low + quarter + (self.seed as u64 % (2 * quarter) as u64) as i64
        } else {
            self.low + span / 2
        }
    }

    /// Tells what the phase needs. Asking changes nothing.
    #[inline]
    fn ask(&self, call: &Call<'_, 'gc>) -> Ask<'gc> {
        match self.phase {
            Phase::Range if self.low >= self.high && call.int(DEPTH) == 0 => Ask::Finished,
            Phase::Range => Ask::Nothing,
            Phase::EndsA => Ask::Get(self.low),
            Phase::EndsB | Phase::HighA => Ask::Get(self.high),
            Phase::MiddleB | Phase::PivotA => Ask::Get(self.middle()),
            Phase::MiddleA => Ask::Get(self.low),
            Phase::PivotB => Ask::Get(self.high - 1),
            // In these comparisons `a` is the element at the lower place, `b` the other.
            Phase::Ends | Phase::MiddleLow | Phase::HighMiddle => Ask::Less(self.b, self.a),
            Phase::LeftGet => Ask::Get(self.left),
            Phase::RightGet => Ask::Get(self.right),
            Phase::LeftLess => Ask::Less(self.a, self.pivot),
            Phase::RightLess => Ask::Less(self.pivot, self.b),
            Phase::Invalid => Ask::Invalid,
            Phase::SwapA(_) | Phase::RightLast(_) => Ask::Set(self.right, self.a),
            Phase::SwapB(_) | Phase::LeftFirst(_) => Ask::Set(self.left, self.b),
        }
    }

    /// Takes what the phase asked for and moves on to the next phase.
    #[inline]
    fn answer(&mut self, call: &mut Call<'_, 'gc>, answer: Answer<'gc>) {
        let value = if let Answer::Value(value) = answer { value } else { Value::Nil };
        let less = matches!(answer, Answer::Less(true));
        match self.phase {
            Phase::Range if self.low < self.high => self.phase = Phase::EndsA,
            Phase::Range => self.resume_range(call),
            Phase::EndsA => self.got_a(self.low, value, Phase::EndsB),
            Phase::EndsB => self.got_b(self.high, value, Phase::Ends),
            Phase::Ends if less => self.phase = Phase::LeftFirst(After::Ends),
            Phase::Ends => self.ordered(After::Ends),
            Phase::MiddleB => self.got_b(self.middle(), value, Phase::MiddleA),
            Phase::MiddleA => self.got_a(self.low, value, Phase::MiddleLow),
            Phase::MiddleLow if !less => self.phase = Phase::HighA,
            Phase::MiddleLow => self.phase = Phase::SwapA(After::Pair),
            Phase::HighA => {
                self.got_a(self.right, self.b, Phase::HighA);
                self.got_b(self.high, value, Phase::HighMiddle);
            }
            Phase::HighMiddle if less => self.phase = Phase::LeftFirst(After::Pair),
            Phase::HighMiddle => self.ordered(After::Pair),
            Phase::PivotA => {
                self.pivot = value;
                self.got_a(self.middle(), value, Phase::PivotB);
            }
            Phase::PivotB => self.got_b(self.high - 1, value, Phase::LeftFirst(After::Pivot)),
            Phase::LeftGet => self.got_a(self.left, value, Phase::LeftLess),
            Phase::RightGet => self.got_b(self.right, value, Phase::RightLess),
            Phase::LeftLess => self.left_compared(less),
            Phase::RightLess => self.right_compared(less),
            Phase::SwapA(after) => self.phase = Phase::SwapB(after),
            Phase::LeftFirst(after) => self.phase = Phase::RightLast(after),
            Phase::SwapB(after) | Phase::RightLast(after) => self.swapped(call, after),
            Phase::Invalid => {}
        }
    }

    fn got_a(&mut self, at: i64, value: Value<'gc>, next: Phase) {
        (self.left, self.a, self.phase) = (at, value, next);
    }

    fn got_b(&mut self, at: i64, value: Value<'gc>, next: Phase) {
        (self.right, self.b, self.phase) = (at, value, next);
    }

    /// Goes on after one of the first comparisons, whether it led to a swap or not.
    fn ordered(&mut self, after: After) {
        let (enough, next) =
            if after == After::Ends { (1, Phase::MiddleB) } else { (2, Phase::PivotA) };
        if self.high - self.low == enough {
            self.low = self.high;
            self.phase = Phase::Range;
        } else {
            self.phase = next;
        }
    }

    fn left_compared(&mut self, less: bool) {
        if !less {
            self.right -= 1;
            self.phase = Phase::RightGet;
        } else if self.left == self.high - 1 {
            // The pivot itself stands there, and nothing is before itself.
            self.phase = Phase::Invalid;
        } else {
            self.left += 1;
            self.phase = Phase::LeftGet;
        }
    }

    fn right_compared(&mut self, less: bool) {
        let crossed = self.right < self.left;
        match (less, crossed) {
            (true, true) => self.phase = Phase::Invalid,
            (true, false) => {
                self.right -= 1;
                self.phase = Phase::RightGet;
            }
            // The pivot goes where the two have met; it is written as it was read.
            (false, true) => self.got_b(self.high - 1, self.pivot, Phase::SwapA(After::Last)),
            (false, false) => self.phase = Phase::LeftFirst(After::Partition),
        }
    }

    fn swapped(&mut self, call: &mut Call<'_, 'gc>, after: After) {
        match after {
            After::Ends | After::Pair => self.ordered(after),
            After::Pivot => {
                self.left = self.low + 1;
                self.right = self.high - 1;
                self.phase = Phase::LeftGet;
            }
            After::Partition => {
                self.left += 1;
                self.phase = Phase::LeftGet;
            }
            After::Last => self.split(call),
        }
    }

    /// Goes on with the smaller side of the pivot and postpones the larger one.
    fn split(&mut self, call: &mut Call<'_, 'gc>) {
        let pivot = self.left;
        let (before, behind) = ((self.low, pivot - 1), (pivot + 1, self.high));
        let (small, large) =
            if pivot - self.low < self.high - pivot { (before, behind) } else { (behind, before) };
        if (large.1 - large.0) / 128 > small.1 - small.0 + 1 {
            // Any numbers do, as long as they differ and are always the same ones.
            self.seed = self.seed.wrapping_add(pivot).wrapping_mul(0x5851_F42D_4C95_7F2D) | 1;
        }
        let depth = call.int(DEPTH);
        let slot = RANGES + 2 * depth as usize;
        if slot + 1 < TOP {
            call.set(slot, Value::Integer(large.0));
            call.set(slot + 1, Value::Integer(large.1));
            call.set(DEPTH, Value::Integer(depth + 1));
        }
        (self.low, self.high) = small;
        self.phase = Phase::Range;
    }

    fn resume_range(&mut self, call: &mut Call<'_, 'gc>) {
        let depth = call.int(DEPTH) - 1;
        let slot = RANGES + 2 * depth.max(0) as usize;
        (self.low, self.high) = (call.int(slot), call.int(slot + 1));
        call.set(DEPTH, Value::Integer(depth));
    }
}

/// Notes that the flow's result is waited for.
fn wait(call: &mut Call<'_, '_>, flow: Flow) -> Flow {
    call.set(WAITING, Value::Boolean(true));
    flow
}

/// Compares two integers or two floats.
#[inline]
fn numbers_less(a: &Value<'_>, b: &Value<'_>) -> Option<bool> {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => Some(a < b),
        (Value::Number(a), Value::Number(b)) => Some(a < b),
        _ => None,
    }
}

/// Compares numbers at once and leaves the rest to the machine.
#[inline]
fn less_than<'gc>(
    call: &mut Call<'_, 'gc>,
    a: Value<'gc>,
    b: Value<'gc>,
) -> Result<Now<bool>, Interrupt<'gc>> {
    match numbers_less(&a, &b) {
        Some(less) => Ok(Now::Done(less)),
        None => call.less_than(a, b, RUN),
    }
}
