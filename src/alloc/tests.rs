//! The allocator keeps blocks apart.

use super::*;

/// Blocks of every size hold what is written to them, apart from each other, through
/// growth across the border between the lists and the system.
#[test]
fn blocks_do_not_overlap() {
    let mut live: Vec<(*mut u8, Layout, u8)> = Vec::new();
    let mut seed = 1_u64;
    for round in 0..20_000_u32 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let size = 1 + (seed >> 40) as usize % 700;
        let align = 1 << ((seed >> 20) % 6);
        let layout = Layout::from_size_align(size, align).unwrap();
        // SAFETY: the layout has a size.
        let block = unsafe { SmallBlocks.alloc(layout) };
        assert_eq!(block as usize % align, 0);
        let fill = round as u8;
        // SAFETY: the block has `size` bytes.
        unsafe { block.write_bytes(fill, size) };
        live.push((block, layout, fill));
        if live.len() > 300 {
            let (block, layout, fill) = live.swap_remove((seed >> 33) as usize % 300);
            // SAFETY: the block is live, of this layout; it is not used afterwards.
            unsafe {
                let bytes = std::slice::from_raw_parts(block, layout.size());
                assert!(bytes.iter().all(|byte| *byte == fill));
                let grown = SmallBlocks.realloc(block, layout, layout.size() + 40);
                let bytes = std::slice::from_raw_parts(grown, layout.size());
                assert!(bytes.iter().all(|byte| *byte == fill));
                let layout = Layout::from_size_align(layout.size() + 40, layout.align()).unwrap();
                SmallBlocks.dealloc(grown, layout);
            }
        }
    }
    for (block, layout, _) in live {
        // SAFETY: as above.
        unsafe { SmallBlocks.dealloc(block, layout) };
    }
}
