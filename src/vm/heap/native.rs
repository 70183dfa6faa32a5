//! Native functions: their static descriptions, the window of the stack they
//! work in, and what they tell the machine to do next.
//!
//! A native function is a step machine. The machine calls [`NativeDef::call`]
//! with `step` 0; the function either returns its results or asks for something
//! ([`Flow`]) and names the step at which it wants to go on. All its state
//! between steps lies in its stack window (slots `0..top`) and the step number:
//! no Rust state outlives a step, which is why any run can be stopped, rolled
//! back or saved anywhere.
//!
//! **A step must be restartable**: charging fuel ([`Call::charge`](crate::vm::calls::call::Call::charge)) and
//! reserving memory can interrupt it, and it is then run again from its
//! beginning with what it charged as credit. So a step charges and reserves
//! first and changes visible state (window slots included) last.

use super::value::Value;
use crate::vm::meters::account::Refused;
use crate::vm::meters::fuel::OutOfFuel;

/// Why an operation did not finish.
#[derive(Clone, Copy, Debug)]
pub enum Interrupt<'gc> {
    /// A Lua error with its error object.
    Error(Value<'gc>),
    /// Out of fuel: to be run again when more is given.
    Fuel,
    /// Memory was refused: to be run again after a collection.
    Memory(Refused),
    /// The run ends here for another reason, which no script can catch.
    Stop(Stop),
}

/// Reasons to end a run that are neither Lua errors nor waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The output limit is reached.
    Output,
    /// The script asked to end with this code (`os.exit`).
    Exit(i32),
}

impl From<Refused> for Interrupt<'_> {
    fn from(refused: Refused) -> Self {
        Interrupt::Memory(refused)
    }
}

impl From<OutOfFuel> for Interrupt<'_> {
    fn from(_: OutOfFuel) -> Self {
        Interrupt::Fuel
    }
}

/// What a native function wants next. Slots are relative to its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Done: the top `n` values of the window are the results.
    Return(usize),
    /// Call the value in slot `at` with the `args` values above it (they end at
    /// the top). Its results replace it from slot `at` on, adjusted to `results`
    /// (`None`: all, up to the new top); then go on at `step`.
    Call {
        /// Slot of the function.
        at: usize,
        /// Number of arguments.
        args: usize,
        /// Number of results wanted.
        results: Option<usize>,
        /// Step to go on at.
        step: u32,
    },
    /// Like [`Flow::Call`], but a Lua error does not pass: the window is cut to
    /// `at`, the error object pushed into slot `at`, and `on_error` is the step.
    ProtectedCall {
        /// Slot of the function.
        at: usize,
        /// Number of arguments.
        args: usize,
        /// Step to go on at after success (all results are kept).
        step: u32,
        /// Step to go on at after an error.
        on_error: u32,
        /// Slot of a message handler, if any.
        handler: Option<usize>,
    },
    /// Replace this call by a call of the value in slot `at`.
    TailCall {
        /// Slot of the function.
        at: usize,
        /// Number of arguments.
        args: usize,
    },
    /// Go on at `step` (a point where a slice may end or a collection run).
    Again {
        /// Step to go on at.
        step: u32,
    },
    /// Yield the top `n` values from the running coroutine; the values it is
    /// resumed with are pushed in their place and `step` is the next step.
    Yield {
        /// Number of values.
        n: usize,
        /// Step to go on at.
        step: u32,
    },
    /// Resume the coroutine in slot `at` with the `args` values above it. When it
    /// yields, returns or fails, slot `at` is replaced by `true` and the values,
    /// or `false` and the error object; then go on at `step`.
    Resume {
        /// Slot of the coroutine.
        at: usize,
        /// Number of arguments.
        args: usize,
        /// Step to go on at.
        step: u32,
    },
    /// Close the coroutine in slot `at`, calling its pending `__close`s. Slot `at`
    /// is replaced by `true`, or by `false` and the error object; then go on at `step`.
    CloseThread {
        /// Slot of the coroutine.
        at: usize,
        /// Step to go on at.
        step: u32,
    },
    /// Done, without results; the running thread's hook was changed.
    Rehook,
    /// Ask the host: the function's upvalue or `name` says what; arguments are
    /// the top `args` values. The reply's values replace them; then `step`.
    Host {
        /// Number of arguments.
        args: usize,
        /// Step to go on at.
        step: u32,
    },
}

/// The result of one step of a native function.
pub(crate) type Step<'gc> = Result<Flow, Interrupt<'gc>>;

/// The code of a native function.
pub(crate) type NativeFn = for<'a, 'gc> fn(&mut crate::vm::calls::call::Call<'a, 'gc>) -> Step<'gc>;

/// What a native function returns for some arguments: it is stored, without a frame, and
/// nothing shows that there was none.
#[derive(Clone, Copy)]
pub(crate) enum AtOnce {
    /// One value that takes neither fuel nor memory; the arguments say it.
    Plain(Plain),
    /// Such a value for which the machine is looked at.
    Looking(Looking),
    /// All that the function does for them in its first step, if that is its only one.
    Whole(Whole),
    /// The same of `next`, which generic loops know.
    Next(Whole),
    /// The iterator of `ipairs`, which generic loops know: when it is called it has a frame.
    Ipairs,
}

/// Stores the value. Returns false, having done nothing, where it takes more.
pub(crate) type Plain = for<'gc> fn(&[Value<'gc>], &mut Value<'gc>) -> bool;

/// Returns the value, or nothing where it takes more. With true all results are wanted, of which
/// there must be one; else it is the first of them.
pub(crate) type Looking =
    for<'a, 'gc> fn(&crate::vm::calls::call::Call<'a, 'gc>, bool) -> Option<Value<'gc>>;

/// Pushes the results, a few, and returns how many there are, or nothing where it takes more:
/// then nothing was done that the first step would not do as well.
pub(crate) type Whole =
    for<'a, 'gc> fn(&mut crate::vm::calls::call::Bare<'a, 'gc>) -> Option<usize>;

/// The static description of a native function.
pub struct NativeDef {
    /// Qualified name, as in the manual: `string.rep`.
    pub name: &'static str,
    /// The code.
    pub call: NativeFn,
    /// Manual section.
    pub section: &'static str,
    /// What it charges, in words, for the generated documentation.
    pub fuel: &'static str,
    /// A shorter way for simple arguments, if there is one.
    pub(crate) at_once: Option<AtOnce>,
    /// The step that does nothing but return all that is in the window; 0 if there is none.
    pub passes_on: u32,
}

impl NativeDef {
    /// Describes a function that always has a frame.
    pub(crate) const fn new(
        name: &'static str,
        call: NativeFn,
        section: &'static str,
        fuel: &'static str,
    ) -> NativeDef {
        NativeDef { name, call, section, fuel, at_once: None, passes_on: 0 }
    }

    /// Gives it a shorter way for simple arguments.
    pub(crate) const fn at_once(self, way: AtOnce) -> NativeDef {
        NativeDef { at_once: Some(way), ..self }
    }

    /// Says that a step only passes on what it was given: the machine does that.
    pub(crate) const fn passes_on(self, step: u32) -> NativeDef {
        NativeDef { passes_on: step, ..self }
    }

    /// Returns the name without its library: `rep`.
    pub fn short_name(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }

    /// Tells whether scripts find the function under its name: metamethods and iterators have
    /// names of their callers' making instead, as in PUC.
    pub(in crate::vm) fn is_found_by_name(&self) -> bool {
        const HIDDEN: [&str; 4] =
            ["coroutine.wrapped", "ipairs_iterator", "io.lines_iterator", "string.gmatch_aux"];
        let name = self.name;
        let hidden = HIDDEN.contains(&name) || name.starts_with("utf8.codes_");
        !name.is_empty() && !name.contains(".__") && !name.starts_with("file.") && !hidden
    }

    /// Returns an id made from the name, the same in every build and process.
    pub fn id(&self) -> u64 {
        // FNV-1a folded to 24 bits: far below the ids of objects made at run time.
        let hash = self.name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        (hash ^ (hash >> 24) ^ (hash >> 48)) & 0xff_ffff
    }
}

impl std::fmt::Debug for NativeDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("NativeDef").field(&self.name).finish()
    }
}
