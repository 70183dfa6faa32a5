//! Rebuilding the hash part: without tombstones, and with room for what comes.

use super::block::Living;
use super::hash::{capacity_for, room_for_rebuilt};
use super::moving::note_work;
use super::{Table, TableBox};
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::store::Heap;
use crate::vm::meters::account::{ARRAY_SLOT_BYTES, HASH_SLOT_BYTES};
use crate::vm::meters::fuel::{REHASH_ENTRY, items_price};

impl<'gc> Table<'gc> {
    /// Rebuilds the hash part without tombstones and with room for `more` entries,
    /// a quarter of the slots beyond them free. Charges for that and `work` more.
    pub(super) fn rebuild(
        self,
        heap: Heap<'gc>,
        more: usize,
        work: u64,
    ) -> Result<(), Interrupt<'gc>> {
        let table = &*self.0;
        let length = table.array_len.get() as usize;
        let capacity = table.array_capacity.get() as usize;
        // The array part of a stack that has shrunk is given back on this occasion.
        let shrink = capacity >= 16 && length < capacity / 4 && !table.are_items_paged(heap);
        let moved = if shrink { items_price(length) } else { 0 };
        let price = u64::from(table.used.get()) * REHASH_ENTRY + moved + work;
        let ready = self.charge_moving_entries(heap, price, more)?;
        let (live, new) = match &ready {
            Some(Living { block, .. }) => (block.entries().len(), block.capacity()),
            None => {
                let live = table.live_entries();
                (live, capacity_for(heap, room_for_rebuilt(live, more))?)
            }
        };
        if table.are_entries_paged(heap) {
            table.move_entries(heap, new, ready)?;
        } else {
            table.rebuild_in_place(heap, ready, live, new)?;
        }
        if shrink && table.resize_array(length * 2) {
            heap.store.account.release((capacity - length * 2) * ARRAY_SLOT_BYTES);
        }
        Ok(())
    }
}

impl<'gc> TableBox<'gc> {
    /// Rebuilds the hash part with room for `new` entries: in its own block, or by taking one
    /// that holds the live ones.
    fn rebuild_in_place(
        &self,
        heap: Heap<'gc>,
        ready: Option<Living<'gc>>,
        live: usize,
        new: usize,
    ) -> Result<(), Interrupt<'gc>> {
        let old = self.hash_capacity();
        let make = || match ready {
            Some(living) => {
                let before = self.exchange_live_entries(living, self.used.get());
                if new > old {
                    before.outgrown()
                } else {
                    drop(before)
                }
                true
            }
            None => {
                note_work(u64::from(self.used.get()));
                self.remake(live, new)
            }
        };
        let account = &heap.store.account;
        if new > old {
            account.replace(old * HASH_SLOT_BYTES, new * HASH_SLOT_BYTES, make)?;
        } else if make() {
            account.release((old - new) * HASH_SLOT_BYTES);
        }
        Ok(())
    }
}
