//! Data segments: what stands in memory when an instance is made, and the start function that puts the rest there.

use wasm_encoder::Instruction;
use writ_abi::layout::cells;
use writ_abi::names::IMPORTED_PAGES;

use super::code::Code;
use super::guest::{Guest, Signature};
use super::own::{Own, OwnFunc};
use super::reach::Kept;
use super::template::FuncRef;

const PAGE: u32 = 65_536;
/// Memory is zero at first, and a further segment costs this many bytes: shorter runs of zeros are written.
const GAP: usize = 8;

/// Data segments of a module. The passive one comes last.
#[derive(Debug)]
pub(crate) struct Segments {
    /// Address and bytes; all below the pages that every host gives.
    pub(crate) active: Vec<(u32, Vec<u8>)>,
    /// What lies beyond them, copied by the start function.
    pub(crate) passive: Option<(u32, Vec<u8>)>,
}

impl Segments {
    /// Lays out the kept data of the guest, then the generated image. `cells_addr` is where the guest reads the first address
    /// of its heap and marks how far it used its stack.
    pub(crate) fn new(guest: &Guest, own: &Own, kept: &Kept, cells_addr: u32) -> Self {
        let mut active = Vec::new();
        for (segment, start, end) in &kept.data {
            let segment = &guest.segments[*segment as usize];
            let bytes = &guest.bytes(&segment.bytes)[*start as usize..*end as usize];
            without_zeros(segment.addr + start, bytes, &mut active);
        }
        active.push((cells_addr + cells::HEAP_PTR, own.image.end().to_le_bytes().to_vec()));
        if let Some(top) = guest.stack_top() {
            active.push((cells_addr + cells::STACK_LOW, top.to_le_bytes().to_vec()));
        }
        let pages = IMPORTED_PAGES as u32 * PAGE;
        let (base, bytes) = (own.image.base, &own.image.bytes);
        let below = (pages.saturating_sub(base) as usize).min(bytes.len());
        without_zeros(base, &bytes[..below], &mut active);
        let passive = (below < bytes.len()).then(|| (base + below as u32, bytes[below..].to_vec()));
        Segments { active, passive }
    }

    /// Number of segments.
    pub(crate) fn count(&self) -> u32 {
        self.active.len() as u32 + u32::from(self.passive.is_some())
    }

    /// The start function, if one is needed: grows the memory, copies the passive segment, runs the guest's own.
    pub(crate) fn start(&self, guest: &Guest) -> Option<OwnFunc> {
        if self.passive.is_none() && guest.start.is_none() {
            return None;
        }
        let mut code = Code::default();
        if let Some((addr, bytes)) = &self.passive {
            let (segment, len) = (self.active.len() as u32, bytes.len() as i32);
            let pages = (addr + bytes.len() as u32).div_ceil(PAGE) as i32;
            code.op(Instruction::MemorySize(0));
            code.i32(pages);
            code.op(Instruction::I32LtU);
            code.if_();
            code.i32(pages);
            code.op(Instruction::MemorySize(0));
            code.op(Instruction::I32Sub);
            code.op(Instruction::MemoryGrow(0));
            code.i32(-1);
            code.op(Instruction::I32Eq);
            code.if_();
            code.op(Instruction::Unreachable);
            code.end();
            code.end();
            code.addr(*addr);
            code.i32(0);
            code.i32(len);
            code.op(Instruction::MemoryInit { mem: 0, data_index: segment });
            code.op(Instruction::DataDrop(segment));
        }
        if let Some(start) = guest.start {
            code.call(FuncRef::Guest(start));
        }
        code.end_function();
        let signature = Signature { params: vec![], results: vec![] };
        Some(OwnFunc { name: "_start".to_owned(), signature, locals: vec![], code })
    }
}

/// Cuts longer runs of zeros out.
fn without_zeros(addr: u32, bytes: &[u8], out: &mut Vec<(u32, Vec<u8>)>) {
    let mut at = 0;
    while let Some(start) = bytes[at..].iter().position(|b| *b != 0).map(|n| at + n) {
        let mut end = start;
        while let Some(next) = bytes[end..].iter().position(|b| *b != 0).filter(|n| *n <= GAP) {
            end += next + bytes[end + next..].iter().take_while(|b| **b != 0).count();
        }
        out.push((addr + start as u32, bytes[start..end].to_vec()));
        at = end;
    }
}
