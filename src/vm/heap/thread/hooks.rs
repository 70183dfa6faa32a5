//! What a thread knows of its debug hook (manual §6.10, `debug.sethook`): the data, and
//! what is noted in it. `vm::calls::hooks` calls the hook.

use super::{Callee, HOOKED, Then, ThreadState};

/// Slot of a native frame's message handler while its call event is due: no window
/// is that large when a frame begins.
pub(in crate::vm) const CALL_DUE: u16 = u16::MAX;

/// What was done for the instruction the thread is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::vm) enum Stage {
    /// Nothing is known: to be found out when the frame is entered.
    #[default]
    Unknown,
    /// The function begins: its call event is due.
    Begin,
    /// As [`Stage::Begin`], after `VarargPrep`.
    BeginVararg,
    /// The call event is past.
    Begun,
    /// In the midst of a function.
    Between,
    /// The count event is past.
    Counted,
    /// All events before the instruction are past.
    Ready,
    /// The return event is past.
    Returned,
}

/// The hook of one thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hooks {
    pub(in crate::vm) mask: u8,
    pub(in crate::vm) running: bool,
    pub(in crate::vm) stage: Stage,
    /// Instructions between count events, as it was given: one below 1 makes none.
    pub(in crate::vm) every: i32,
    /// Instructions left until the next one.
    pub(in crate::vm) left: u32,
    /// Instruction of the last look at lines, valid in the frame numbered `depth`.
    pub(in crate::vm) old_pc: u32,
    /// Number of frames when `old_pc` was set; 0 when it tells nothing.
    pub(in crate::vm) depth: u32,
    /// The thread's top to be restored after the hook.
    pub(in crate::vm) top: u32,
    /// First local and number of values that a call or return hands over.
    pub(in crate::vm) transfer: (u32, u32),
}

impl Hooks {
    /// Tells whether events are to be looked for: there is a hook and it is not running.
    #[inline(always)]
    pub fn active(&self) -> bool {
        self.mask != 0 && !self.running
    }

    /// Tells whether the thread is running its hook.
    pub fn running(&self) -> bool {
        self.running
    }

    /// Returns the event bits; 0 without a hook.
    pub fn mask(&self) -> u8 {
        self.mask
    }

    /// Returns the number of instructions between count events, as it was given.
    pub fn count(&self) -> i32 {
        self.every
    }

    /// Returns the first local and the number of values that are handed over.
    pub(in crate::vm) fn transfer(&self) -> (u32, u32) {
        if self.running { self.transfer } else { (0, 0) }
    }

    pub(in crate::vm) fn wants(&self, event: u8) -> bool {
        self.active() && self.mask & event != 0
    }

    /// An error passed the hook or the thread was emptied.
    pub(in crate::vm) fn interrupted(&mut self) {
        self.running = false;
        self.forget_place();
    }

    /// An error was caught: the thread goes on elsewhere, unless that was inside the hook.
    pub(in crate::vm) fn unwound(&mut self) {
        if !self.running {
            self.forget_place();
        }
    }

    fn forget_place(&mut self) {
        self.stage = Stage::Unknown;
        self.depth = 0;
    }

    /// The fuel is used up before the next instruction.
    pub(in crate::vm) fn pause(&mut self) {
        if self.stage == Stage::Unknown {
            self.stage = Stage::Between;
        }
    }

    /// A metamethod's result is about to be delivered to the frame numbered `depth`.
    pub(in crate::vm) fn note_delivery(&mut self, then: Then, depth: usize, pc: u32) {
        match then {
            // The same instruction goes on.
            Then::Repeat | Then::Concat => self.stage = Stage::Ready,
            // It may jump: what counts is where from.
            Then::Compare | Then::CompareNot => {
                self.stage = Stage::Between;
                self.old_pc = pc.saturating_sub(1);
                self.depth = depth as u32;
            }
            _ => {}
        }
    }

    /// A frame is looked at: finds out what is due in it. `prepaid` tells that an
    /// instruction is tried again.
    pub(in crate::vm) fn enter(&mut self, pc: u32, prepaid: bool) {
        if self.stage == Stage::Unknown {
            self.stage = match pc {
                _ if prepaid => Stage::Ready,
                0 => Stage::Begin,
                _ => Stage::Between,
            };
        }
    }
}

impl<'gc> ThreadState<'gc> {
    /// Sets the thread's hook (`mask` 0 for none); the function itself is the registry's.
    pub fn set_hook(&mut self, mask: u8, count: i32) {
        self.hooks.mask = mask;
        self.hooks.every = count;
        self.hooks.left = count.max(0).unsigned_abs();
        if !self.hooks.running {
            self.hooks.forget_place();
        } else {
            self.hooks.depth = 0;
        }
        if mask != 0 {
            // Their returns are events.
            for frame in &mut self.frames {
                if let Callee::Native(_) = frame.callee {
                    frame.flags |= HOOKED;
                }
            }
        }
    }
}

/// Marks a native frame that was just pushed if its thread has a hook.
#[inline]
pub(in crate::vm) fn note_native(th: &mut ThreadState<'_>) {
    if th.hooks.active()
        && let Some(frame) = th.frames.last_mut()
    {
        frame.flags |= HOOKED;
        frame.handler = CALL_DUE;
    }
}
