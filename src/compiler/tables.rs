//! Table constructors (§3.4.9).

use super::exp::{Exp, Value};
use super::{Compiler, Result};
use crate::bytecode::op::Op;
use crate::syntax::ast::Kind;

/// Positional items stored by one `SetList`.
const ITEMS_PER_FLUSH: u8 = 50;

/// A table constructor under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct TableState {
    /// Position of the `NewTable`.
    pc: u32,
    /// Register of the table.
    reg: u8,
    /// Positional items stored so far.
    stored: u32,
    /// Positional items in registers.
    pending: u8,
    /// Named and keyed items.
    others: u32,
    /// First free register before the item under way.
    item_base: u8,
}

impl Compiler {
    /// Compiles a node of a table constructor.
    pub(super) fn table_node(&mut self, kind: Kind) -> Result<()> {
        if matches!(kind, Kind::TableOpen) {
            let pc = self.emit(Op::NewTable, 0, 0, 0, 0);
            let reg = self.fs.free;
            self.reserve(1)?;
            self.fs.at(pc).a = reg;
            self.exps.push(Exp::new(Value::NonReloc(reg)));
            self.tables.push(TableState {
                pc,
                reg,
                stored: 0,
                pending: 0,
                others: 0,
                item_base: 0,
            });
            return Ok(());
        }
        let Some(mut table) = self.tables.pop() else {
            return Ok(());
        };
        match kind {
            Kind::ItemPositional => self.positional(&mut table)?,
            Kind::ItemNamed(name) => {
                table.item_base = self.fs.free;
                self.open_item(&mut table, Exp::new(Value::Str(name)))?;
            }
            Kind::ItemKeyOpen => table.item_base = self.fs.free,
            Kind::ItemKey => {
                let mut key = self.pop();
                self.settle(&mut key)?;
                self.open_item(&mut table, key)?;
            }
            Kind::ItemNamedEnd | Kind::ItemKeyEnd => {
                let mut value = self.pop();
                let element = self.pop();
                self.store(&element, &mut value)?;
                self.fs.free = table.item_base;
            }
            _ => {
                self.close_table(&mut table);
                return Ok(());
            }
        }
        self.tables.push(table);
        Ok(())
    }

    /// Makes `table[key]` the operand that the item's value will be stored to.
    fn open_item(&mut self, table: &mut TableState, mut key: Exp) -> Result<()> {
        table.others = table.others.saturating_add(1);
        let mut element = Exp::new(Value::NonReloc(table.reg));
        self.index(&mut element, &mut key)?;
        self.exps.push(element);
        Ok(())
    }

    fn positional(&mut self, table: &mut TableState) -> Result<()> {
        let mut item = self.pop();
        let last =
            matches!(self.chunk.nodes.get(self.index + 1).map(|n| n.kind), Some(Kind::TableClose));
        if last && item.is_multi() {
            self.set_returns(&item, None)?;
            self.set_list(table, 0);
            return Ok(());
        }
        self.put_in_next_reg(&mut item)?;
        table.pending += 1;
        if table.pending == ITEMS_PER_FLUSH {
            self.flush(table);
        }
        Ok(())
    }

    /// Stores the pending items.
    fn flush(&mut self, table: &mut TableState) {
        if table.pending > 0 {
            self.set_list(table, table.pending);
            table.stored = table.stored.saturating_add(u32::from(table.pending));
            table.pending = 0;
        }
    }

    fn set_list(&mut self, table: &TableState, count: u8) {
        self.emit(Op::SetList, table.reg, count, 0, table.stored);
        self.fs.free = table.reg + 1;
    }

    fn close_table(&mut self, table: &mut TableState) {
        let open_end = self.fs.mergeable().is_some_and(|last| {
            // A list of open length was stored just now: what was pending went with it.
            last.op == Op::SetList && last.a == table.reg && last.b == 0
        });
        if open_end {
            table.stored = table.stored.saturating_add(u32::from(table.pending));
        } else {
            self.flush(table);
        }
        let others = match table.others {
            0 => 0,
            n => n.checked_next_power_of_two().map_or(32, u32::trailing_zeros) as u8 + 1,
        };
        let instr = self.fs.at(table.pc);
        instr.b = others;
        instr.x = table.stored;
    }
}
