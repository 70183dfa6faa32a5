//! A thread's value stack: one growable block that is only ever touched through
//! raw slots, so that open upvalues may point into it.

#![expect(unsafe_code, reason = "owns a raw block of slots")]

use super::value::Value;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;

/// The block. Every slot always holds a valid value.
#[derive(Debug)]
pub struct Stack<'gc> {
    slots: NonNull<Value<'gc>>,
    capacity: usize,
}

impl Drop for Stack<'_> {
    fn drop(&mut self) {
        if let (1.., Ok(layout)) = (self.capacity, Layout::array::<Value<'_>>(self.capacity)) {
            // SAFETY: `slots` was allocated with this layout; values need no drop.
            unsafe { dealloc(self.slots.as_ptr().cast(), layout) };
        }
    }
}

impl<'gc> Stack<'gc> {
    /// Makes a stack of `capacity` nils. The caller reserved the memory.
    pub fn new(capacity: usize) -> Stack<'gc> {
        let mut stack = Stack::none();
        if !stack.resize(capacity.max(1)) {
            handle_alloc_error(Layout::new::<[Value<'gc>; 16]>());
        }
        stack
    }

    /// Makes a stack without slots.
    pub fn none() -> Stack<'gc> {
        Stack { slots: NonNull::dangling(), capacity: 0 }
    }

    /// Copies the first `live` slots to a stack of the same capacity, whose others are nil;
    /// nothing if the system has no memory.
    pub fn copy_of(&self, live: usize) -> Option<Stack<'gc>> {
        let mut stack = Stack::none();
        if !stack.resize(self.capacity) {
            return None;
        }
        for (at, value) in self.slice(0, live).iter().enumerate() {
            stack.set(at, *value);
        }
        Some(stack)
    }

    /// Returns the number of slots.
    #[inline(always)]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Moves the stack to a block of `capacity` slots; new ones are nil. Slots
    /// beyond a smaller capacity are lost. Open upvalues must be repointed. Tells whether
    /// the system had memory; if not, nothing was done.
    #[inline]
    pub fn resize(&mut self, capacity: usize) -> bool {
        let capacity = capacity.max(1);
        let Ok(layout) = Layout::array::<Value<'gc>>(capacity) else { return false };
        // SAFETY: `capacity` is at least 1 and `Value` is not zero-sized.
        let block = unsafe { alloc(layout) }.cast::<Value<'gc>>();
        let Some(block) = NonNull::new(block) else { return false };
        let keep = self.capacity.min(capacity);
        // SAFETY: both blocks hold at least `keep` slots and do not overlap; the rest of the
        // new block is initialised before anything reads it.
        unsafe {
            std::ptr::copy_nonoverlapping(self.slots.as_ptr(), block.as_ptr(), keep);
            for slot in keep..capacity {
                block.as_ptr().add(slot).write(Value::Nil);
            }
        }
        *self = Stack { slots: block, capacity };
        true
    }

    /// Returns the address of slot `index` (`index` may be one past the end).
    #[inline(always)]
    pub fn at(&self, index: usize) -> *mut Value<'gc> {
        debug_assert!(index <= self.capacity);
        // SAFETY: the machine asks for slots it made room for (`index <= capacity`); an
        // out-of-range address is a bug that the debug assertion and the verifier catch.
        unsafe { self.slots.as_ptr().add(index) }
    }

    /// Returns the value in a slot.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Value<'gc> {
        assert!(index < self.capacity, "stack slot out of range");
        // SAFETY: in range, and every slot holds a valid value.
        unsafe { Value::load(self.slots.as_ptr().add(index)) }
    }

    /// Sets a slot.
    #[inline(always)]
    pub fn set(&mut self, index: usize, value: Value<'gc>) {
        assert!(index < self.capacity, "stack slot out of range");
        // SAFETY: in range.
        unsafe { value.store(self.slots.as_ptr().add(index)) };
    }

    /// Returns `N` slots from `from` on, if there are so many. As [`Stack::slice`].
    #[inline(always)]
    pub fn slots_mut<const N: usize>(&mut self, from: usize) -> Option<&mut [Value<'gc>; N]> {
        if from.checked_add(N)? > self.capacity {
            return None;
        }
        // SAFETY: the range is in the block, every slot holds a valid value, and `&mut self`
        // keeps other users of the stack away.
        Some(unsafe { &mut *self.slots.as_ptr().add(from).cast::<[Value<'gc>; N]>() })
    }

    /// Returns `count` slots from `from` on, if there are so many. As [`Stack::slice`].
    #[inline(always)]
    pub fn slice_mut(&mut self, from: usize, count: usize) -> Option<&mut [Value<'gc>]> {
        if from.checked_add(count)? > self.capacity {
            return None;
        }
        // SAFETY: the range is in the block, every slot holds a valid value, and `&mut self`
        // keeps other users of the stack away.
        Some(unsafe { std::slice::from_raw_parts_mut(self.slots.as_ptr().add(from), count) })
    }

    /// Copies `count` slots down, to where they are wanted.
    #[inline(always)]
    pub fn copy_down(&mut self, from: usize, to: usize, count: usize) {
        // More are worth a call.
        const FEW: usize = 4;
        if count > FEW || from < to {
            return self.copy(from, to, count);
        }
        for offset in 0..count {
            let value = self.get(from + offset);
            self.set(to + offset, value);
        }
    }

    /// Copies `N` slots down, or to others altogether: word by word, as they may just have been
    /// written.
    #[inline(always)]
    pub fn copy_few<const N: usize>(&mut self, from: usize, to: usize) {
        assert!(from.max(to).checked_add(N).is_some_and(|end| end <= self.capacity));
        for offset in 0..N {
            // SAFETY: both ranges are in the block, and every slot holds a valid value.
            unsafe {
                Value::load(self.slots.as_ptr().add(from + offset))
                    .store(self.slots.as_ptr().add(to + offset));
            }
        }
    }

    /// Copies `count` slots; the ranges may overlap.
    #[inline]
    pub fn copy(&mut self, from: usize, to: usize, count: usize) {
        assert!(from.max(to).checked_add(count).is_some_and(|end| end <= self.capacity));
        // SAFETY: both ranges are in the block.
        unsafe {
            std::ptr::copy(self.slots.as_ptr().add(from), self.slots.as_ptr().add(to), count)
        };
    }

    /// Sets slots `from..to` to nil.
    #[inline]
    pub fn clear(&mut self, from: usize, to: usize) {
        assert!(to <= self.capacity);
        for index in from..to {
            // SAFETY: in range.
            unsafe { *self.slots.as_ptr().add(index) = Value::Nil };
        }
    }

    /// Reads `count` slots from `from` on. The machine must not write to the
    /// stack while the slice is held.
    #[inline]
    pub fn slice(&self, from: usize, count: usize) -> &[Value<'gc>] {
        assert!(from.checked_add(count).is_some_and(|end| end <= self.capacity));
        // SAFETY: the range is in the block; `&self` keeps writers through `set` away, and
        // upvalues are written by instructions only, which hold no slice.
        unsafe { std::slice::from_raw_parts(self.slots.as_ptr().add(from), count) }
    }
}
