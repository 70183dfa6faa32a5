//! Pages for small arenas: most take one or two, and a slab for each would be a waste.
//!
//! They are cut from slabs that are never given back, but the memory of pages that nobody
//! uses is. So what there is follows from how many small arenas there were at once.

#![expect(unsafe_code, reason = "takes raw memory from the allocator")]

use super::page::PAGE;
use crate::alloc;
use std::alloc::{Layout, alloc};
use std::sync::{Mutex, PoisonError};

/// Pages of a slab. What is not used is not there.
const SLAB: usize = 64;
/// Free pages whose memory is kept.
const MOST_WARM: usize = 64;

/// Free pages: those with memory, and those that the system gives some when they are used.
struct Free {
    warm: Vec<*mut u8>,
    cold: Vec<*mut u8>,
}

// SAFETY: a free page is nobody's, on any thread.
unsafe impl Send for Free {}

static FREE: Mutex<Free> = Mutex::new(Free { warm: Vec::new(), cold: Vec::new() });

/// Takes a page; nothing if the system has no memory.
pub(super) fn take() -> Option<*mut u8> {
    let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(page) = free.warm.pop() {
        return Some(page);
    }
    if let Some(page) = free.cold.pop() {
        return Some(page);
    }
    let layout = Layout::from_size_align(SLAB * PAGE, PAGE).ok()?;
    // SAFETY: the size is not 0.
    let slab = unsafe { alloc(layout) };
    if slab.is_null() {
        return None;
    }
    // SAFETY: the slab has so many pages.
    free.cold.extend((1..SLAB).rev().map(|page| unsafe { slab.add(page * PAGE) }));
    Some(slab)
}

/// Takes a page back.
///
/// # Safety
/// It came from [`take`], and nothing uses it any more.
pub(super) unsafe fn put(page: *mut u8) {
    let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
    if free.warm.len() < MOST_WARM {
        free.warm.push(page);
        return;
    }
    // SAFETY: as the caller says.
    unsafe { alloc::forget(page, PAGE) };
    free.cold.push(page);
}
