//! The batch entry: one call evaluates many frames, one after the other.
//!
//! ```text
//!   table   [frame 0][frame 1]…      each entry becomes the word of a result
//!   frames  slots and values
//!   heap    set back after each frame whose result does not point behind the table's start
//! ```

use wasm_encoder::Instruction as I;
use writ_abi::layout::cells;
use writ_abi::names;

use super::error::EmitError;
use super::module::{Gen, own_func};
use crate::link::code::Code;
use crate::link::guest::ValKind::{I32, I64};
use crate::link::template::FuncRef;

/// `(id, table, count, heap)`, see [`names::DECIDE_MANY`]; `decide` is the function for one frame.
pub(super) fn decide_many(module: &mut Gen<'_>, decide: u32) -> Result<u32, EmitError> {
    let (id, table, end, heap, entry, word) = (0, 1, 2, 3, 4, 5);
    let shared =
        module.guest.cells().ok_or_else(|| EmitError::Guest(format!("no exported global `{}`", names::CELLS)))?;
    let mut code = Code::default();
    code.get(table);
    code.tee(entry);
    // The number of frames becomes the end of their table.
    code.get(end);
    code.i32(3);
    code.op(I::I32Shl);
    code.op(I::I32Add);
    code.set(end);
    let done = code.block();
    let next = code.loop_();
    code.get(entry);
    code.get(end);
    code.op(I::I32Eq);
    code.br_if(done);
    code.get(entry);
    code.get(id);
    code.get(entry);
    code.load32(0);
    code.get(heap);
    code.call(FuncRef::Own(decide));
    code.tee(word);
    code.store64(0);
    settle_heap(&mut code, shared, table, heap, word);
    code.get(entry);
    code.i32(8);
    code.op(I::I32Add);
    code.set(entry);
    code.br(next);
    code.end();
    code.end();
    Ok(module.add(own_func(names::DECIDE_MANY, &[I32, I32, I32, I32], &[], &[I32, I64], code)))
}

/// Where the next heap begins: behind this one if the result may point into it, else at the same place.
///
/// A collection of the frame may have got its index or its order in the heap, so such a result keeps the heap as well. Constants and base data never do.
fn settle_heap(code: &mut Code, cells_at: u32, table: u32, heap: u32, word: u32) {
    let settled = code.block();
    let back = code.block();
    // A small integer is no address.
    code.get(word);
    code.op(I::I32WrapI64);
    code.i32(1);
    code.op(I::I32And);
    code.br_if(back);
    code.get(word);
    code.header();
    code.get(table);
    code.op(I::I32LtU);
    code.br_if(back);
    code.addr(cells_at + cells::HEAP_PTR);
    code.load32(0);
    code.set(heap);
    code.br(settled);
    code.end();
    // The host wipes what was used.
    code.addr(cells_at + cells::HEAP_PTR);
    code.load32(0);
    code.addr(cells_at + cells::HEAP_HIGH);
    code.load32(0);
    code.op(I::I32LeU);
    code.br_if(settled);
    code.addr(cells_at + cells::HEAP_HIGH);
    code.addr(cells_at + cells::HEAP_PTR);
    code.load32(0);
    code.store32(0);
    code.end();
}
