//! Large blocks that leave bit by bit: what goes, what stays, and that all of it goes.

#![expect(unsafe_code, reason = "reads blocks that have left in part")]

use super::*;

const MIB: usize = 1024 * 1024;
/// What blocks are filled with: pages that were given back read as nothing.
const FILL: u8 = 7;

fn block(bytes: usize) -> (*mut u8, Layout) {
    let layout = Layout::from_size_align(bytes, 16).unwrap();
    // SAFETY: the layout has a size.
    let block = unsafe { alloc(layout) };
    assert!(!block.is_null());
    // SAFETY: the block has so many bytes.
    unsafe { block.write_bytes(FILL, bytes) };
    (block, layout)
}

/// Lets blocks leave.
fn left(leaving: &mut Leaving, blocks: &[(*mut u8, Layout)]) {
    leaving.during(false, || {
        for (block, layout) in blocks {
            // SAFETY: they are of `alloc`, and nothing uses them any more.
            unsafe { leave(*block, *layout) };
        }
    });
}

/// Tells whether all bytes from one place to another are these.
fn is_all(block: *mut u8, from: usize, to: usize, byte: u8) -> bool {
    // SAFETY: the block is not freed, only given back in part, and so can be read.
    let bytes = unsafe { std::slice::from_raw_parts(block.add(from), to - from) };
    // At once: Miri is slow.
    bytes == vec![byte; bytes.len()]
}

/// Bytes that still take memory, as the list has them.
fn rest(leaving: &Leaving) -> usize {
    leaving.blocks.iter().map(|left| left.rest).sum()
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "the system takes no parts of a block")]
#[cfg_attr(miri, ignore = "what went is not to be read there")]
fn whole_pages_of_the_end_go_and_nothing_before_or_beside_them() {
    for (bytes, step) in [
        (MIB, PIECE),
        (3 * MIB + 12_345, 100_000),
        (3 * MIB + 1, PIECE + 1),
        (2 * MIB + 4096, 1),
        (2 * MIB, 700_000),
    ] {
        let beside = [block(MIB), block(MIB)];
        let mut leaving = Leaving::default();
        let (own, layout) = block(bytes);
        left(&mut leaving, &[(own, layout)]);
        assert_eq!((leaving.blocks.len(), rest(&leaving)), (1, bytes));
        assert!(is_all(own, 0, bytes, FILL), "nothing goes before it is asked for");
        let (mut before, mut asked) = (bytes, 0);
        loop {
            leaving.give_back(step);
            asked += step;
            if leaving.blocks.is_empty() {
                break;
            }
            let now = rest(&leaving);
            assert!(now < before, "each time some goes");
            assert!(before - now < step + PIECE, "{} at once, of {step}", before - now);
            assert!(bytes - now >= asked.min(bytes), "{} of {asked}", bytes - now);
            // What stays is as it was; what went is whole pages, up to the last one, which
            // may hold what is somebody else's.
            assert!(is_all(own, 0, now, FILL));
            let end = ((own.addr() + bytes) & !(PIECE - 1)) - own.addr();
            assert_eq!((own.addr() + now) % PIECE, 0);
            assert!(is_all(own, now, end, 0));
            assert!(is_all(own, end, bytes, FILL));
            before = now;
        }
        // The last step takes what is left, and is no larger than the others.
        assert!(before <= step.max(PIECE) + PIECE, "{before}");
        for (block, layout) in beside {
            assert!(is_all(block, 0, layout.size(), FILL));
            // SAFETY: it is live, and not used any more.
            unsafe { dealloc(block, layout) };
        }
    }
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "the system takes no parts of a block")]
fn only_large_blocks_wait_and_only_while_somebody_lets_them() {
    let mut leaving = Leaving::default();
    // Freed at once: nobody lets them go bit by bit.
    let (own, layout) = block(2 * MIB);
    // SAFETY: it is live, and not used any more.
    unsafe { leave(own, layout) };
    left(&mut leaving, &[block(MIB - 16), block(64)]);
    assert!(leaving.blocks.is_empty());
    left(&mut leaving, &[block(MIB)]);
    assert_eq!(rest(&leaving), MIB);
    // One machine at work within another: each has what it has left.
    let mut inner = Leaving::default();
    leaving.during(false, || left(&mut inner, &[block(2 * MIB)]));
    assert_eq!((rest(&leaving), rest(&inner)), (MIB, 2 * MIB));
    leaving.append(inner);
    assert_eq!(rest(&leaving), 3 * MIB);
    leaving.give_back(2 * MIB + PIECE);
    assert!(rest(&leaving) < MIB && leaving.blocks.len() == 1, "{}", rest(&leaving));
    // A panic leaves the list with its owner.
    let (own, layout) = block(2 * MIB);
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        leaving.during(false, || {
            // SAFETY: it is live, and not used any more.
            unsafe { leave(own, layout) };
            panic!("in the midst")
        });
    }));
    assert!(caught.is_err());
    assert_eq!(leaving.blocks.len(), 2);
    leaving.give_back(usize::MAX);
    assert!(leaving.blocks.is_empty());
}

#[test]
fn a_block_that_stays_is_taken_again_by_whoever_needs_its_size() {
    let (bytes, outgrown) = (2 * MIB, block(3 * MIB));
    let blocks = [block(bytes), block(bytes), block(bytes)];
    let mut leaving = Leaving::default();
    leaving.keep(2 * bytes + MIB);
    left(&mut leaving, &blocks);
    leaving.during(false, || {
        // SAFETY: it is live, and not used any more.
        unsafe { leave_outgrown(outgrown.0, outgrown.1) };
    });
    // Little by little what is outgrown goes first, and then what was left first.
    leaving.give_back(3 * MIB);
    assert!(leaving.blocks.iter().all(|left| left.stays && left.rest == bytes));
    (0..100).for_each(|_| leaving.give_back(PIECE));
    let there = rest(&leaving);
    assert!(there <= 2 * bytes + MIB && there > 2 * bytes, "{there} bytes stay");
    leaving.during(true, || {
        let other = block(bytes + 16);
        assert!(blocks.iter().all(|(own, _)| *own != other.0), "it is of another size");
        let again = [block(bytes), block(bytes)];
        assert_eq!(again.map(|(own, _)| own), [blocks[2].0, blocks[1].0]);
        // Where nothing waits only what may stay does.
        for (own, layout) in [other, again[0], again[1]] {
            // SAFETY: they are live, and not used any more.
            unsafe { leave(own, layout) };
        }
    });
    assert!(leaving.blocks.len() < 4 && rest(&leaving) <= 2 * bytes + MIB, "{leaving:?}");
    // Small blocks that grow large take one, with what they had.
    let (small, layout) = block(MIB / 2);
    leaving.during(false, || {
        // SAFETY: it is live.
        let grown = unsafe { realloc(small, layout, bytes + 16) };
        assert!(blocks.iter().all(|(own, _)| *own != grown) && is_all(grown, 0, MIB / 2, FILL));
        let layout = Layout::from_size_align(bytes + 16, 16).unwrap();
        // SAFETY: it is live, and not used any more.
        unsafe { leave(grown, layout) };
    });
    leaving.give_all_back();
    assert!(leaving.blocks.is_empty());
}

/// Tells whether an address is mapped.
#[cfg(target_os = "linux")]
fn is_mapped(address: usize) -> bool {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    maps.lines().any(|line| {
        let (range, _) = line.split_once(' ').unwrap();
        let (from, to) = range.split_once('-').unwrap();
        let number = |digits| usize::from_str_radix(digits, 16).unwrap();
        (number(from)..number(to)).contains(&address)
    })
}

/// So large that the C library maps it for itself whatever was freed before.
#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
#[test]
#[cfg_attr(miri, ignore = "what is mapped is the system's")]
fn what_is_dropped_in_the_midst_is_freed() {
    const BYTES: usize = 40 * MIB;
    // Another thread may have been given the same place meanwhile: not each time.
    let freed = (0..50).any(|_| {
        let blocks = [block(BYTES), block(BYTES)];
        let mut leaving = Leaving::default();
        left(&mut leaving, &blocks);
        leaving.give_back(BYTES + 10 * MIB);
        assert_eq!(leaving.blocks.len(), 1);
        let middle = |(block, _): (*mut u8, Layout)| block.addr() + MIB;
        assert!(is_mapped(middle(blocks[1])), "it has left in part alone");
        drop(leaving);
        !is_mapped(middle(blocks[0])) && !is_mapped(middle(blocks[1]))
    });
    assert!(freed, "the blocks stay");
}
