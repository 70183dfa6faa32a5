//! The allocator keeps blocks apart, whoever frees them, and gives memory back.

use super::*;
use std::sync::mpsc;

/// A block with what was written to it.
struct Block {
    at: *mut u8,
    layout: Layout,
    fill: u8,
}

// SAFETY: whoever has the `Block` has the memory.
unsafe impl Send for Block {}

impl Block {
    fn new(layout: Layout, fill: u8) -> Block {
        // SAFETY: the layout has a size.
        let at = unsafe { SmallBlocks.alloc(layout) };
        assert!(!at.is_null());
        assert_eq!(at as usize % layout.align(), 0);
        // SAFETY: the block has `size` bytes.
        unsafe { at.write_bytes(fill, layout.size()) };
        Block { at, layout, fill }
    }

    fn check(&self, bytes: usize) {
        // SAFETY: the block is live and has so many bytes.
        let bytes = unsafe { std::slice::from_raw_parts(self.at, bytes) };
        // At once: Miri is slow.
        assert!(bytes == vec![self.fill; bytes.len()]);
    }

    fn resize(&mut self, size: usize) {
        // SAFETY: the block is live, of this layout.
        self.at = unsafe { SmallBlocks.realloc(self.at, self.layout, size) };
        assert!(!self.at.is_null());
        self.check(size.min(self.layout.size()));
        self.layout = Layout::from_size_align(size, self.layout.align()).unwrap();
        assert_eq!(self.at as usize % self.layout.align(), 0);
        // SAFETY: the block has `size` bytes.
        unsafe { self.at.write_bytes(self.fill, size) };
    }

    fn free(self) {
        self.check(self.layout.size());
        // SAFETY: the block is live, of this layout; it is not used afterwards.
        unsafe { SmallBlocks.dealloc(self.at, self.layout) };
    }
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    /// Mostly small blocks, now and then one of the system's.
    fn layout(&mut self) -> Layout {
        let most = [40, 200, 700, 5000][self.below(4)];
        Layout::from_size_align(1 + self.below(most), 1 << self.below(7)).unwrap()
    }
}

/// Blocks that are made at random: Miri is slow.
const ROUNDS: usize = if cfg!(miri) { 100 } else { 20_000 };

/// Allocates, resizes and frees at random; hands some blocks on, and checks and frees
/// those it is handed.
fn work(seed: u64, rounds: usize, give: &mpsc::Sender<Block>, got: &mpsc::Receiver<Block>) {
    let mut dice = Dice(seed);
    let mut live: Vec<Block> = Vec::new();
    for round in 0..rounds {
        live.push(Block::new(dice.layout(), round as u8));
        // Live blocks come in waves, so that spans get empty.
        let most = [20, 3000][round / (ROUNDS / 5) % 2];
        while live.len() > most {
            let block = live.swap_remove(dice.below(live.len()));
            match dice.below(8) {
                0..2 => give.send(block).unwrap(),
                _ => block.free(),
            }
        }
        if dice.below(4) == 0 {
            let at = dice.below(live.len());
            live[at].resize(1 + dice.below(900));
        }
        while let Ok(block) = got.try_recv() {
            if dice.below(2) == 0 { block.free() } else { live.push(block) }
        }
    }
    live.into_iter().for_each(Block::free);
}

#[test]
fn blocks_of_all_sizes_keep_what_is_written_to_them() {
    let (give, got) = mpsc::channel();
    work(1, 3 * ROUNDS, &give, &got);
    got.try_iter().for_each(Block::free);
}

/// Threads that come and go free each other's blocks, those of ended ones as well.
#[test]
fn blocks_that_change_threads_keep_what_is_written_to_them() {
    for generation in 0..4 {
        let (give_left, got_right) = mpsc::channel();
        let (give_right, got_left) = mpsc::channel();
        let left = std::thread::spawn(move || {
            work(generation * 2 + 10, ROUNDS, &give_left, &got_left);
            got_left
        });
        let right = std::thread::spawn(move || {
            work(generation * 2 + 11, ROUNDS, &give_right, &got_right);
            got_right
        });
        let rest = [left.join().unwrap(), right.join().unwrap()];
        rest.iter().flat_map(mpsc::Receiver::try_iter).for_each(Block::free);
    }
}

const MIB: usize = 1 << 20;

/// Returns the memory in this thread's spans.
fn held() -> usize {
    let heap = LISTS.with(|lists| lists.heap.get());
    // SAFETY: a thread's heap is alive and the thread's.
    let spans = if heap.is_null() { 0 } else { unsafe { (*heap).spans.get() } };
    spans as usize * slab::ALIGN
}

fn blocks_of(size: usize, bytes: usize) -> Vec<Block> {
    let layout = Layout::from_size_align(size, 16).unwrap();
    (0..bytes / size).map(|_| Block::new(layout, 7)).collect()
}

/// What large blocks of a session are left, on its way to another thread.
struct Moved(parts::Leaving);

// SAFETY: whoever has it has the blocks.
unsafe impl Send for Moved {}

/// Works with much small memory, which stays or not, and rests.
fn work_and_rest(mut moved: Moved, stays: bool) -> Moved {
    // So that the thread has a heap when there is work.
    Block::new(Layout::new::<u64>(), 1).free();
    let work = || blocks_of(64, 8 * MIB).into_iter().for_each(Block::free);
    moved.0.during(false, work);
    assert_eq!(held() >= 7 * MIB, stays, "{} bytes", held());
    parts::rest();
    assert!(held() <= 2 * MIB, "{} bytes", held());
    moved
}

/// What a session says stays empty while it works, and goes when it rests; on a second thread
/// nothing stays.
#[test]
#[cfg_attr(miri, ignore = "many blocks")]
fn empty_pages_stay_while_a_session_wants_them_and_on_one_thread() {
    let mut moved = Moved(parts::Leaving::default());
    moved.0.keep(8 * MIB);
    let moved = work_and_rest(moved, true);
    std::thread::spawn(|| work_and_rest(moved, false)).join().unwrap();
}

/// One class after the other takes what it can: pages go from one to the next, and what
/// is empty at the end goes to the system.
#[test]
#[cfg_attr(miri, ignore = "many blocks")]
fn empty_pages_go_to_all_classes_and_to_the_system() {
    let before = held();
    for size in (16..=LARGEST).step_by(16) {
        let mut blocks = blocks_of(size, 8 * MIB);
        // One small block stays of each class until the next is full.
        let last = blocks.pop();
        let now = held() - before.min(held());
        assert!(now < 9 * MIB + MIB / 2, "{} KiB for 8 MiB in blocks of {size}", now / 1024);
        blocks.into_iter().chain(last).for_each(Block::free);
    }
    assert!(held() < before + 4 * MIB, "{} KiB stay", (held() - before) / 1024);
}

/// Whoever frees a block does not wait until the memory of many has gone to the system.
#[test]
#[cfg_attr(miri, ignore = "many blocks")]
fn memory_goes_to_the_system_little_by_little() {
    let blocks = blocks_of(64, 32 * MIB);
    let mut before = held();
    let most = before;
    for block in blocks {
        block.free();
        let now = held();
        assert!(now + 2 * slab::ALIGN >= before, "{} KiB at once", (before - now) / 1024);
        before = now;
    }
    assert!(before < most / 4, "{} KiB stay of {}", before / 1024, most / 1024);
}

/// What fragmentation can do at worst, as the documentation says: one live block of each
/// span holds all of it.
#[test]
#[cfg_attr(miri, ignore = "many blocks")]
fn one_block_holds_a_span() {
    let blocks = blocks_of(64, 8 * MIB);
    let mut spans = std::collections::BTreeSet::new();
    let (kept, freed): (Vec<_>, Vec<_>) =
        blocks.into_iter().partition(|block| spans.insert(Span::of(block.at) as usize));
    freed.into_iter().for_each(Block::free);
    assert!(kept.len() <= 8 * MIB / slab::ALIGN + 8, "{} spans", kept.len());
    assert!(held() >= kept.len() * slab::ALIGN);
    kept.into_iter().for_each(Block::free);
    assert!(held() < 5 * MIB, "{} KiB stay", held() / 1024);
}

/// Blocks made by one thread and freed by another, without end: the maker uses them again.
#[test]
fn a_consumer_on_another_thread_lets_nothing_grow() {
    let (give, got) = mpsc::sync_channel::<Block>(1000);
    let consumer = std::thread::spawn(move || got.into_iter().for_each(Block::free));
    let layout = Layout::from_size_align(200, 16).unwrap();
    for round in 0..15 * ROUNDS {
        give.send(Block::new(layout, round as u8)).unwrap();
        assert!(held() < 8 * MIB, "{} MiB after {round} blocks", held() / MIB);
    }
    drop(give);
    consumer.join().unwrap();
}

/// More than stays goes to the system, and what comes back has blocks of another size.
#[test]
fn what_went_to_the_system_comes_back() {
    for size in [LARGEST, LARGEST / 2 + 16] {
        let blocks = blocks_of(size, 2 * MIB);
        assert!(held() >= 2 * MIB);
        blocks.into_iter().for_each(Block::free);
        assert!(held() < 2 * MIB, "{} KiB stay", held() / 1024);
    }
}
