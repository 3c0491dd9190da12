//! How an instance's linear memory is divided, and how it is made clean after a decision.
//!
//! ```text
//!   0 ─ stack_top        the guest's stack, used from the top
//!   … ─ heap_start       constants and cells of the module
//!   … ─ heap_base        base data
//!   heap_base ─ …        heap of one decision
//! ```

use std::ops::Range;

use writ_abi::layout::cells;

use crate::error::EvalError;

/// Used heaps larger than this are given back to the system instead of being overwritten.
const RELEASE_BYTES: usize = 256 << 10;

/// The map of one instance's memory, for modules of ours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Space {
    /// Address of the cells that guest and host share.
    cells: u32,
    /// Where the stack begins.
    stack_top: u32,
    /// First address behind the module's own data.
    pub(crate) heap_start: u32,
    /// Where each decision's heap begins.
    pub(crate) heap_base: u32,
}

impl Space {
    /// Reads the cells of an instance that has not run yet.
    pub(crate) fn of_fresh(memory: &[u8], cells: u32) -> Result<Self, EvalError> {
        let mut this = Self { cells, stack_top: 0, heap_start: 0, heap_base: 0 };
        let cell = |offset| this.cell(memory, offset).ok_or_else(|| EvalError::artifact("its cells lie outside"));
        let (heap, stack) = (cell(cells::HEAP_PTR)?, cell(cells::STACK_LOW)?);
        if heap as usize > memory.len() || stack > cells {
            return Err(EvalError::artifact("its cells say that heap or stack lie outside"));
        }
        (this.stack_top, this.heap_start, this.heap_base) = (stack, heap, heap);
        Ok(this)
    }

    /// Where nothing changes while the data stay: constants and base data. Of the cells and the guest's own statics in between no word is the address.
    pub(crate) fn fixed(&self) -> Range<u32> {
        self.stack_top..self.heap_base
    }

    /// The heap pointer.
    #[inline]
    pub(crate) fn heap_ptr(&self, memory: &[u8]) -> u32 {
        self.cell(memory, cells::HEAP_PTR).unwrap_or(u32::MAX)
    }

    /// Moves the heap pointer.
    #[inline]
    pub(crate) fn set_heap_ptr(&self, memory: &mut [u8], addr: u32) {
        self.set_cell(memory, cells::HEAP_PTR, addr);
    }

    /// Makes failing built-ins fatal, or not.
    #[inline]
    pub(crate) fn set_strict(&self, memory: &mut [u8], strict: bool) {
        self.set_cell(memory, cells::STRICT, u32::from(strict));
    }

    /// Sets the heap back and overwrites what was used of heap and stack, as the guest's marks say. Cost: linear in what was used; large heaps go
    /// back to the system instead.
    #[inline]
    pub(crate) fn wipe(&self, memory: &mut [u8]) {
        let high = self.heap_ptr(memory).max(self.cell(memory, cells::HEAP_HIGH).unwrap_or(u32::MAX)) as usize;
        let low = self.cell(memory, cells::STACK_LOW).unwrap_or(0) as usize;
        let (base, top) = (self.heap_base as usize, self.stack_top as usize);
        let high = high.clamp(base, memory.len().max(base));
        if let Some(used) = memory.get_mut(base..high) {
            if used.len() > RELEASE_BYTES { crate::pages::release(used) } else { used.fill(0) }
        }
        if let Some(used) = memory.get_mut(low.min(top)..top) {
            used.fill(0);
        }
        self.set_cell(memory, cells::HEAP_PTR, self.heap_base);
        self.set_cell(memory, cells::HEAP_HIGH, 0);
        self.set_cell(memory, cells::STACK_LOW, self.stack_top);
    }

    #[inline]
    fn cell(&self, memory: &[u8], offset: u32) -> Option<u32> {
        let at = self.cells.checked_add(offset)? as usize;
        memory.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_le_bytes)
    }

    #[inline]
    fn set_cell(&self, memory: &mut [u8], offset: u32, value: u32) {
        let at = self.cells as usize + offset as usize;
        if let Some(cell) = memory.get_mut(at..at + 4) {
            cell.copy_from_slice(&value.to_le_bytes());
        }
    }
}
