//! The objects of an arena: allocating, marking and sweeping them.

#![expect(unsafe_code, reason = "objects lie in raw memory")]

use super::CHECKED;
use super::allowance::{Allowance, OBJECT};
use super::collect::{Collect, Object};
use super::kind::KINDS;
use super::marker::{Gray, Marker, vtable_of};
use super::page::{FIRST, GRAIN, PAGE, Page};
use super::shared;
use super::slabs::Slabs;
use super::vtable::{HasVTable, VTable, cell_of, poison};
use std::alloc::{Layout, handle_alloc_error};
use std::cell::{Cell, RefCell};
use std::collections::BinaryHeap;
use std::ptr::{NonNull, null_mut};

/// Bytes that one kind may take of mixed pages: arenas with few objects of many kinds need
/// no page for each.
const MIXED: usize = 4096;

/// Units for sweeping a page, beside the objects on it that are dropped, and for looking at its
/// header.
const PAGE_SWEPT: u64 = 32;
const PAGE_SEEN: u64 = 4;

/// What an arena is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing.
    Sleep,
    /// Marks what is alive.
    Mark,
    /// Drops the dead whose order of dropping shows.
    Drop,
    /// Frees the rest.
    Sweep,
}

/// Where objects of one kind are made.
struct Class {
    /// The next free cell of the run in use, and the run's end: equal if there is none.
    next: Cell<*mut u8>,
    end: Cell<*mut u8>,
}

impl Class {
    const fn new() -> Class {
        Class { next: Cell::new(null_mut()), end: Cell::new(null_mut()) }
    }
}

/// What only arenas have that have outgrown their first page.
struct Grown {
    slabs: Slabs,
    /// For each kind, the pages whose free cells come next, in order.
    open: [*mut Page; KINDS],
    /// Pages that were used up, where no cell is used twice.
    gone: Vec<*mut Page>,
}

/// A cell without its object, which nobody may come to see: it all ends there.
struct Unwritten(Layout);

impl Drop for Unwritten {
    fn drop(&mut self) {
        handle_alloc_error(self.0);
    }
}

/// The objects of an arena.
pub(super) struct Space {
    classes: [Class; KINDS],
    /// Bytes that each kind has taken of mixed pages.
    few: [Cell<u16>; KINDS],
    /// The page this lies in with the root, and the mixed page in use.
    home: *mut Page,
    mixed: Cell<*mut Page>,
    /// All pages with objects.
    pages: RefCell<Vec<*mut Page>>,
    grown: RefCell<Option<Box<Grown>>>,
    gray: Gray,
    phase: Cell<Phase>,
    /// From where the root is still to be traced.
    root: Cell<Option<u64>>,
    /// Pages before this one are still to be swept, or to be looked at for what is dropped in
    /// order.
    unswept: Cell<usize>,
    /// There may be objects whose order of dropping shows.
    ordered: Cell<bool>,
    /// Those that are dropped next, with their age.
    dying: RefCell<BinaryHeap<(u64, *mut u8)>>,
}

const _: () = assert!(align_of::<Space>() <= GRAIN);

impl Space {
    /// Makes a space, which lies in its first page, and room for a root behind it.
    pub(super) fn make<R>() -> (NonNull<Space>, NonNull<R>) {
        const {
            assert!(align_of::<R>() <= GRAIN);
            assert!(FIRST + size_of::<Space>() + size_of::<R>() <= PAGE);
        }
        let Some(memory) = shared::take() else { handle_alloc_error(Layout::new::<[u8; PAGE]>()) };
        let home = memory.cast::<Page>();
        let space = Space {
            classes: [const { Class::new() }; KINDS],
            few: [const { Cell::new(0) }; KINDS],
            home,
            mixed: Cell::new(home),
            pages: RefCell::new(vec![home]),
            grown: RefCell::default(),
            gray: Gray::default(),
            phase: Cell::new(Phase::Sleep),
            root: Cell::new(None),
            unswept: Cell::new(0),
            ordered: Cell::new(false),
            dying: RefCell::default(),
        };
        // SAFETY: the page is new; it keeps room for a space and a root, which begin aligned, as
        // pages and the sizes of headers are.
        unsafe {
            Page::write(home, 0, None);
            let at = memory.add((*home).keep(size_of::<Space>())).cast::<Space>();
            at.write(space);
            let root = memory.add((*home).keep(size_of::<R>())).cast::<R>();
            (NonNull::new_unchecked(at), NonNull::new_unchecked(root))
        }
    }

    /// Drops all objects and then the root, and frees all memory.
    ///
    /// # Safety
    /// Both came from [`Space::make`], the root was written, and nothing uses them or an object
    /// any more.
    pub(super) unsafe fn end<R>(space: NonNull<Space>, root: NonNull<R>) {
        // SAFETY: as the caller says.
        unsafe {
            let home = space.as_ref().home;
            space.drop_in_place();
            root.drop_in_place();
            shared::put(home.cast());
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase.get()
    }

    /// Makes an object, in its cell.
    #[inline(always)]
    pub(super) fn allocate<'gc, T: Object<'gc>>(&self, make: impl FnOnce() -> T) -> NonNull<T> {
        let class = &self.classes[T::KIND as usize];
        let mut at = class.next.get();
        if at == class.end.get() {
            at = self.refill(const { &T::VTABLE });
        } else {
            // SAFETY: the run in use ends at a cell's end, which was not reached.
            class.next.set(unsafe { at.add(cell_of::<T>()) });
        }
        // The cell counts as an object already.
        let unwritten = Unwritten(Layout::new::<T>());
        // SAFETY: the cell is nobody's, large enough, aligned, and not at address 0.
        unsafe {
            at.cast::<T>().write(make());
            std::mem::forget(unwritten);
            NonNull::new_unchecked(at.cast())
        }
    }

    /// Returns a cell for an object of a kind whose run is used up.
    #[cold]
    #[inline(never)]
    fn refill(&self, vtable: &'static VTable) -> *mut u8 {
        debug_assert_ne!(self.phase.get(), Phase::Sweep, "an object is made during a sweep");
        let class = &self.classes[vtable.kind];
        if vtable.ordered {
            self.ordered.set(true);
        }
        loop {
            let page = self.open(vtable.kind);
            if page.is_null() {
                break;
            }
            // SAFETY: pages in the list have headers.
            let header = unsafe { &*page };
            debug_assert!(
                header.vtable().is_some_and(|own| (own.name)() == (vtable.name)()),
                "two types of one kind"
            );
            if let Some((from, to)) = header.take_run() {
                // SAFETY: the run lies in the page.
                let (from, to) =
                    unsafe { (page.cast::<u8>().add(from), page.cast::<u8>().add(to)) };
                if self.phase.get() == Phase::Mark {
                    for n in 0..(to.addr() - from.addr()) / vtable.cell {
                        // SAFETY: a cell of the run.
                        header.mark(unsafe { from.add(n * vtable.cell) });
                    }
                }
                // SAFETY: the run has at least one cell.
                class.next.set(unsafe { from.add(vtable.cell) });
                class.end.set(to);
                return from;
            }
            self.set_open(vtable.kind, header.next.get());
        }
        const WORD: usize = size_of::<&'static VTable>().next_multiple_of(GRAIN);
        let bytes = vtable.cell + WORD;
        let few = &self.few[vtable.kind];
        if usize::from(few.get()) + bytes <= MIXED {
            few.set(few.get() + bytes as u16);
            return self.take_mixed(vtable, bytes, WORD);
        }
        let page = self.new_page(Some(vtable));
        self.set_open(vtable.kind, page);
        self.refill(vtable)
    }

    /// Returns room for an object in a mixed page, its type written before it.
    fn take_mixed(&self, vtable: &'static VTable, bytes: usize, word: usize) -> *mut u8 {
        // `MIXED` bytes fit into every new page.
        let (page, at) = loop {
            let page = self.mixed.get();
            // SAFETY: the page in use has a header.
            if let Some(at) = unsafe { (*page).take_end(bytes, word) } {
                break (page, at);
            }
            self.mixed.set(self.new_page(None));
        };
        // SAFETY: the bytes are the page's and nobody else's.
        unsafe {
            let object = page.cast::<u8>().add(at + word);
            object.cast::<&'static VTable>().sub(1).write(vtable);
            if self.phase.get() == Phase::Mark {
                (*page).mark(object);
            }
            object
        }
    }

    fn new_page(&self, vtable: Option<&'static VTable>) -> *mut Page {
        let (memory, slab) = self.grow(|grown| grown.slabs.take());
        let page = memory.cast::<Page>();
        // SAFETY: the page is new, aligned and of this size.
        unsafe { Page::write(page, slab, vtable) };
        self.pages.borrow_mut().push(page);
        page
    }

    /// Works with what arenas have that outgrow their first page.
    fn grow<T>(&self, work: impl FnOnce(&mut Grown) -> T) -> T {
        let fresh = || {
            Box::new(Grown { slabs: Slabs::default(), open: [null_mut(); KINDS], gone: Vec::new() })
        };
        work(self.grown.borrow_mut().get_or_insert_with(fresh))
    }

    /// Returns the first page of a kind whose free cells come next, or null.
    fn open(&self, kind: usize) -> *mut Page {
        self.grown.borrow().as_ref().map_or(null_mut(), |grown| grown.open[kind])
    }

    /// Sets it, and returns what was there.
    fn set_open(&self, kind: usize, page: *mut Page) -> *mut Page {
        self.grow(|grown| std::mem::replace(&mut grown.open[kind], page))
    }

    /// Gives the cells back that classes have not handed out: what is in them is no object.
    fn retire(&self) {
        for class in &self.classes {
            let (mut at, end) = (class.next.replace(null_mut()), class.end.replace(null_mut()));
            if at == end {
                continue;
            }
            // SAFETY: the run lies in a page of one kind.
            unsafe {
                let page = &*Page::of(at);
                let cell = page.vtable().map_or(PAGE, |vtable| vtable.cell);
                while at < end {
                    page.clear_cell(at);
                    at = at.add(cell);
                }
            }
        }
    }

    /// Begins a collection, or goes on with it, and marks what is alive, as far as is allowed.
    /// Tells whether all of it is marked.
    pub(super) fn mark_some<'gc, R: Collect<'gc>>(&self, root: &R, allowance: &Allowance) -> bool {
        if self.phase.get() == Phase::Sleep {
            self.retire();
            self.gray.marked.set(0);
            self.gray.places.set(0);
            self.phase.set(Phase::Mark);
            self.root.set(Some(0));
        }
        debug_assert_eq!(self.phase.get(), Phase::Mark);
        loop {
            // SAFETY: what waits was reported by live objects, and nothing was freed since.
            if !unsafe { self.gray.drain(allowance) } {
                return false;
            }
            let Some(from) = self.root.get() else { return true };
            let mut marker = Marker::new(&self.gray);
            self.root.set(root.trace_piece(&mut marker, from));
            if !marker.pay(allowance) {
                return self.root.get().is_none() && self.gray.is_drained();
            }
        }
    }

    /// Marks an object.
    #[inline(always)]
    pub(super) fn mark(&self, object: NonNull<u8>) {
        debug_assert_eq!(self.phase.get(), Phase::Mark);
        // SAFETY: whoever holds a `Gc` while nothing is freed holds a live object.
        unsafe { self.gray.mark(object.as_ptr()) };
    }

    /// Tells whether an object is marked.
    #[inline(always)]
    pub(super) fn is_marked(&self, object: NonNull<u8>) -> bool {
        // SAFETY: as in `mark`.
        let page = unsafe { &*Page::of(object.as_ptr()) };
        debug_assert!(page.has(object.as_ptr()), "a pointer to what is no object");
        page.is_marked(object.as_ptr())
    }

    /// Returns the number of objects that the last collection has marked.
    pub(super) fn marked(&self) -> usize {
        self.gray.marked.get()
    }

    /// Returns the places of values that the last collection went through.
    pub(super) fn places(&self) -> u64 {
        self.gray.places.get()
    }

    /// Frees what is not marked, as far as is allowed, and ends the collection. Tells whether
    /// it has ended.
    ///
    /// Nothing is made in the meantime: a new object would have no mark.
    pub(super) fn sweep_some(&self, allowance: &Allowance) -> bool {
        if self.phase.get() == Phase::Mark {
            debug_assert!(self.root.get().is_none() && self.gray.is_drained());
            self.retire();
            self.unswept.set(self.pages.borrow().len());
            self.phase.set(Phase::Drop);
        }
        if self.phase.get() == Phase::Drop {
            if self.ordered.get() && !self.drop_in_order(false, allowance) {
                return false;
            }
            if let Some(grown) = &mut *self.grown.borrow_mut() {
                grown.open = [null_mut(); KINDS];
            }
            self.phase.set(Phase::Sweep);
            self.unswept.set(self.pages.borrow().len());
        }
        while let Some(at) = self.unswept.get().checked_sub(1) {
            self.unswept.set(at);
            // Destructors may run the host's code, so nothing is borrowed.
            let page = self.pages.borrow()[at];
            // SAFETY: pages in the list have headers; what is not marked is dead.
            let dropped = unsafe { sweep_page(page) };
            self.put_back(at, page);
            if !allowance.spend(PAGE_SWEPT + dropped * OBJECT) {
                return false;
            }
        }
        self.pages.borrow_mut().retain(|page| !page.is_null());
        self.gray.rest();
        self.phase.set(Phase::Sleep);
        true
    }

    /// Gives free pages back to the system, but for as many as are in use, or would hold `live`
    /// bytes, if they are no more than `room` bytes or a few; as far as is allowed. Tells whether
    /// that is done.
    pub(super) fn trim(&self, live: usize, room: usize, allowance: &Allowance) -> bool {
        match &mut *self.grown.borrow_mut() {
            Some(grown) => grown.slabs.trim(live, room, allowance),
            None => true,
        }
    }

    /// Lets a page that was swept be used again: by its class, or by any if it is empty.
    fn put_back(&self, at: usize, page: *mut Page) {
        // SAFETY: pages in the list have headers.
        let header = unsafe { &*page };
        if header.is_empty() {
            header.rewind();
            if self.mixed.get() != page && self.home != page && (!CHECKED || header.is_spent()) {
                self.pages.borrow_mut()[at] = null_mut();
                if CHECKED {
                    self.grow(|grown| grown.gone.push(page));
                    return;
                }
                self.grow(|grown| grown.slabs.put(page.cast(), header.slab.get()));
                return;
            }
        }
        if let Some(vtable) = header.vtable()
            && !header.is_full()
        {
            header.rewind();
            header.next.set(self.set_open(vtable.kind, page));
        }
    }

    /// Drops objects whose order of dropping shows, and frees their cells: those that are not
    /// marked, or all, on pages before `unswept`; as far as is allowed. Tells whether that is
    /// done.
    fn drop_in_order(&self, all: bool, allowance: &Allowance) -> bool {
        while let Some(at) = self.unswept.get().checked_sub(1) {
            self.unswept.set(at);
            let page = self.pages.borrow()[at];
            if !allowance.spend(PAGE_SEEN + self.find_ordered(page, all) * OBJECT) {
                return false;
            }
        }
        loop {
            // Destructors may run the host's code, so nothing is borrowed.
            let next = self.dying.borrow_mut().pop();
            let Some((_, object)) = next else { break };
            // SAFETY: it is dead, and its cell is free before it is dropped.
            unsafe {
                let page = &*Page::of(object);
                let vtable = vtable_of(page, object);
                page.clear_cell(object);
                (vtable.drop)(object);
                poison(object, vtable.cell);
            }
            if !allowance.spend(2 * OBJECT) {
                return false;
            }
        }
        self.dying.take();
        true
    }

    /// Takes note of a page's objects that are to be dropped in order. Returns how many
    /// there are.
    fn find_ordered(&self, page: *mut Page, all: bool) -> u64 {
        // SAFETY: pages in the list have headers.
        let header = unsafe { &*page };
        let mut dying = self.dying.borrow_mut();
        let before = dying.len();
        if header.vtable().is_none_or(|vtable| vtable.ordered) {
            Page::each(page, all, |object| {
                // SAFETY: it is an object of this page, and was not dropped.
                unsafe {
                    let vtable = vtable_of(header, object);
                    if vtable.ordered {
                        dying.push(((vtable.age)(object), object));
                    }
                }
            });
        }
        (dying.len() - before) as u64
    }
}

/// Frees what is not marked on a page, and unmarks the rest. Returns how many were freed.
///
/// # Safety
/// The page has a header; its objects that are not marked are dead.
unsafe fn sweep_page(page: *mut Page) -> u64 {
    // SAFETY: as the caller says.
    unsafe {
        match (*page).vtable() {
            Some(vtable) => (vtable.sweep)(page),
            None => Page::sweep(page, |object| {
                let vtable = vtable_of(&*page, object);
                (vtable.drop)(object);
                poison(object, vtable.cell);
            }),
        }
    }
}

impl Drop for Space {
    /// Drops all objects that own something, and gives all pages back but the first.
    fn drop(&mut self) {
        self.retire();
        // It may end in the middle of a sweep.
        self.pages.get_mut().retain(|page| !page.is_null());
        if self.ordered.get() {
            // Those that wait are found again.
            self.dying.take();
            self.unswept.set(self.pages.get_mut().len());
            self.drop_in_order(true, &Allowance::endless());
        }
        let mut pages = std::mem::take(self.pages.get_mut());
        if let Some(grown) = self.grown.get_mut() {
            pages.append(&mut grown.gone);
        }
        for page in pages.iter().copied() {
            // SAFETY: pages in the list have headers, and their objects were not dropped.
            unsafe {
                let header = &*page;
                if header.vtable().is_some_and(|vtable| !vtable.owns) {
                    continue;
                }
                Page::each(page, true, |object| {
                    let vtable = vtable_of(header, object);
                    header.clear_cell(object);
                    if vtable.owns {
                        (vtable.drop)(object);
                    }
                });
            }
        }
        for page in pages.into_iter().filter(|page| *page != self.home) {
            // SAFETY: as above.
            let slab = unsafe { (*page).slab.get() };
            self.grow(|grown| grown.slabs.put(page.cast(), slab));
        }
    }
}
