//! Pages: aligned pieces of memory with objects of one kind, or of all kinds in the few
//! pages an arena begins with.
//!
//! A page begins with its header, which an object finds by rounding its address down. In a
//! page of one kind the header says what the objects are; in a mixed one each object has a
//! word before it that does.
//!
//! Invariants, on which all unsafe code of the collector rests:
//! 1. A bit of `cells` stands for the place (of [`GRAIN`] bytes) with the same number, counted
//!    from the page's beginning. It is set exactly for places at which an object begins, or a
//!    cell of the run that the page's class hands out objects from.
//! 2. A bit of `marks` is set only where one of `cells` is.
//! 3. The cells of a page of one kind lie one behind the other from [`FIRST`] on, and their
//!    size is that of the kind. Objects are in cells whose bit is set, except in those that a
//!    class has not yet handed out (`Class::next` to `Class::end`).

#![expect(unsafe_code, reason = "headers and objects lie in raw memory")]

use super::CHECKED;
use super::vtable::VTable;
use std::cell::Cell;

/// Size and alignment of a page.
pub(super) const PAGE: usize = 16 * 1024;
/// Alignment and unit of the sizes of cells.
pub(super) const GRAIN: usize = 8;
/// Words of a set of places.
const WORDS: usize = PAGE / GRAIN / 64;
/// Where the first cell begins.
pub(super) const FIRST: usize = size_of::<Page>();

/// The header.
#[repr(C, align(64))]
pub(super) struct Page {
    /// What the objects are; nothing in a mixed page.
    vtable: Cell<Option<&'static VTable>>,
    /// The next page of the class with free cells.
    pub(super) next: Cell<*mut Page>,
    /// Size of a cell.
    cell: Cell<u32>,
    /// Bytes from the beginning to the first cell.
    first: Cell<u32>,
    /// Bytes from the beginning to behind the last cell.
    end: Cell<u32>,
    /// From here on free cells are looked for; in a mixed page, there is nothing behind it.
    cursor: Cell<u32>,
    /// The slab it was cut from.
    pub(super) slab: Cell<u32>,
    marks: [Cell<u64>; WORDS],
    cells: [Cell<u64>; WORDS],
}

const _: () = assert!(FIRST.is_multiple_of(64) && FIRST < 1024);

impl Page {
    /// Makes a page of memory: of one kind if `vtable` says which, else mixed.
    ///
    /// # Safety
    /// `at` is aligned by [`PAGE`], and so many bytes from there are nobody's.
    pub(super) unsafe fn write(at: *mut Page, slab: u32, vtable: Option<&'static VTable>) {
        debug_assert!(at.addr().is_multiple_of(PAGE));
        let cell = vtable.map_or(GRAIN, |vtable| vtable.cell);
        let header = Page {
            vtable: Cell::new(vtable),
            next: Cell::new(std::ptr::null_mut()),
            cell: Cell::new(cell as u32),
            first: Cell::new(FIRST as u32),
            end: Cell::new((FIRST + (PAGE - FIRST) / cell * cell) as u32),
            cursor: Cell::new(FIRST as u32),
            slab: Cell::new(slab),
            marks: [const { Cell::new(0) }; WORDS],
            cells: [const { Cell::new(0) }; WORDS],
        };
        // SAFETY: as the caller says.
        unsafe { at.write(header) };
    }

    /// Returns the page of an object.
    #[inline(always)]
    pub(super) fn of(object: *mut u8) -> *mut Page {
        object.map_addr(|address| address & !(PAGE - 1)).cast()
    }

    /// Returns where a place is in a set: the word, and the bit in it.
    #[inline(always)]
    fn place(offset: usize) -> (usize, u64) {
        ((offset / GRAIN / 64) % WORDS, 1 << (offset / GRAIN % 64))
    }

    #[inline(always)]
    fn place_of(object: *mut u8) -> (usize, u64) {
        Page::place(object.addr() & (PAGE - 1))
    }

    /// Returns what the objects are, in a page of one kind.
    #[inline(always)]
    pub(super) fn vtable(&self) -> Option<&'static VTable> {
        self.vtable.get()
    }

    /// Marks an object. Tells whether it was not marked.
    #[inline(always)]
    pub(super) fn mark(&self, object: *mut u8) -> bool {
        let (word, bit) = Page::place_of(object);
        let marks = self.marks[word].get();
        // Written only where it changes: one object is often met many times in a row, and the
        // processor would wait for each of the writes before it reads the next time.
        if marks & bit != 0 {
            return false;
        }
        self.marks[word].set(marks | bit);
        true
    }

    /// Tells whether an object is marked.
    #[inline(always)]
    pub(super) fn is_marked(&self, object: *mut u8) -> bool {
        let (word, bit) = Page::place_of(object);
        self.marks[word].get() & bit != 0
    }

    /// Tells whether there is an object (or a cell for one) at an address.
    pub(super) fn has(&self, object: *mut u8) -> bool {
        let (word, bit) = Page::place_of(object);
        object.addr().is_multiple_of(GRAIN) && self.cells[word].get() & bit != 0
    }

    /// Panics if there is no object at an address, in builds that check each use of a pointer.
    #[inline(always)]
    pub(super) fn check(object: *mut u8) {
        if CHECKED {
            // SAFETY: a pointer was made for an object, and its page is there for as long as the
            // arena in these builds.
            assert!(unsafe { &*Page::of(object) }.has(object), "a pointer to what was freed");
        }
    }

    fn set_cell(&self, offset: usize) {
        let (word, bit) = Page::place(offset);
        self.cells[word].set(self.cells[word].get() | bit);
    }

    /// Frees a cell without looking at what is in it.
    pub(super) fn clear_cell(&self, object: *mut u8) {
        let (word, bit) = Page::place_of(object);
        self.cells[word].set(self.cells[word].get() & !bit);
    }

    /// Returns where the first object at or behind `offset` begins, or the end.
    fn next_cell(&self, offset: usize) -> usize {
        let end = self.end.get() as usize;
        let from = offset / GRAIN;
        let mut word = from / 64;
        let mut bits = match self.cells.get(word) {
            Some(bits) => bits.get() & (u64::MAX << (from % 64)),
            None => return end,
        };
        while bits == 0 {
            word += 1;
            bits = match self.cells.get(word) {
                Some(bits) => bits.get(),
                None => return end,
            };
        }
        ((word * 64 + bits.trailing_zeros() as usize) * GRAIN).min(end)
    }

    /// Takes the next run of free cells of a page of one kind: where it begins and ends,
    /// counted from the page's beginning.
    pub(super) fn take_run(&self) -> Option<(usize, usize)> {
        let (cell, end) = (self.cell.get() as usize, self.end.get() as usize);
        let mut at = self.cursor.get() as usize;
        while at < end {
            let live = self.next_cell(at);
            if live > at {
                // Then what counts as an object is one.
                let live = if CHECKED { at + cell } else { live };
                (at..live).step_by(cell).for_each(|offset| self.set_cell(offset));
                self.cursor.set(live as u32);
                return Some((at, live));
            }
            at += cell;
        }
        self.cursor.set(end as u32);
        None
    }

    /// Takes `bytes` bytes at the end of a mixed page, for an object that begins `before`
    /// bytes later. Returns where they begin, counted from the page's beginning.
    pub(super) fn take_end(&self, bytes: usize, before: usize) -> Option<usize> {
        let at = self.cursor.get() as usize;
        if at + bytes > self.end.get() as usize {
            return None;
        }
        self.cursor.set((at + bytes) as u32);
        self.set_cell(at + before);
        Some(at)
    }

    /// Looks for free cells from the beginning again, where cells are used twice.
    pub(super) fn rewind(&self) {
        if !CHECKED {
            self.cursor.set(self.first.get());
        }
    }

    /// Tells whether all cells were used, where none is used twice.
    pub(super) fn is_spent(&self) -> bool {
        self.cursor.get() >= self.end.get()
    }

    /// Keeps `bytes` bytes of an empty page for something that is no object, and returns
    /// where it lies, counted from the page's beginning.
    pub(super) fn keep(&self, bytes: usize) -> usize {
        let at = self.first.get() as usize;
        self.first.set((at + bytes.next_multiple_of(GRAIN)) as u32);
        self.cursor.set(self.first.get());
        at
    }

    /// Tells whether there are no objects.
    pub(super) fn is_empty(&self) -> bool {
        self.cells.iter().all(|word| word.get() == 0)
    }

    /// Tells whether a page of one kind has no free cell.
    pub(super) fn is_full(&self) -> bool {
        if CHECKED {
            return self.is_spent();
        }
        let cells: u32 = self.cells.iter().map(|word| word.get().count_ones()).sum();
        cells * self.cell.get() + FIRST as u32 >= self.end.get()
    }

    /// Calls `each` with every object that is not marked, freeing its cell before, and
    /// unmarks the others. Returns how many were not.
    #[inline(always)]
    pub(super) fn sweep(page: *mut Page, mut each: impl FnMut(*mut u8)) -> u64 {
        // SAFETY: the caller's page has a header.
        let header = unsafe { &*page };
        let mut count = 0;
        for word in 0..WORDS {
            let marks = header.marks[word].replace(0);
            // Set before anything is dropped: should that panic, the rest is leaked.
            let mut dead = header.cells[word].replace(marks) & !marks;
            count += u64::from(dead.count_ones());
            while dead != 0 {
                let place = word * 64 + dead.trailing_zeros() as usize;
                dead &= dead - 1;
                // SAFETY: the place is one of the page's.
                each(unsafe { page.cast::<u8>().add(place * GRAIN) });
            }
        }
        count
    }

    /// As [`Page::sweep`], but changes nothing, and with all objects if `all`.
    pub(super) fn each(page: *mut Page, all: bool, mut each: impl FnMut(*mut u8)) {
        // SAFETY: the caller's page has a header.
        let header = unsafe { &*page };
        for word in 0..WORDS {
            let marks = if all { 0 } else { header.marks[word].get() };
            let mut dead = header.cells[word].get() & !marks;
            while dead != 0 {
                let place = word * 64 + dead.trailing_zeros() as usize;
                dead &= dead - 1;
                // SAFETY: the place is one of the page's.
                each(unsafe { page.cast::<u8>().add(place * GRAIN) });
            }
        }
    }
}
