//! `net.cidr_merge`: the fewest blocks that cover the same addresses.

use writ_value::Value;

use super::block::{Address, Block};
use crate::BuiltinError;

/// A block, or an IPv4 address, which takes the mask of its class.
pub(super) fn element(v: &Value) -> Result<Block, BuiltinError> {
    let Value::String(s) = v else { return Err(BuiltinError::new("element must be string")) };
    let text = s.to_str_lossy();
    let Some(written) = Address::parse(&text) else {
        let block = Block::parse(&text).map_err(BuiltinError::new)?;
        return Ok(Block { written: block.first(), ..block });
    };
    if written.v6 {
        return Err(BuiltinError::new("IPv6 invalid: needs prefix length"));
    }
    let prefix = match written.bits >> 24 {
        0..128 => 8,
        128..192 => 16,
        _ => 24,
    };
    Ok(Block { written, prefix })
}

/// Where IPv4 addresses lie among those of IPv6.
const V4: u128 = 0xffff_0000_0000;

/// A run of addresses, all as IPv6 numbers; `block` as long as it came from one block alone.
#[derive(Clone, Copy)]
struct Run {
    first: u128,
    last: u128,
    block: Option<Block>,
}

fn number(a: Address) -> u128 {
    if a.v6 { a.bits } else { V4 | a.bits }
}

/// Joins blocks that touch or overlap. Cost: that of sorting.
pub(super) fn merge(blocks: Vec<Block>) -> Vec<Block> {
    let run = |b: Block| Run { first: number(b.first()), last: number(b.last()), block: Some(b) };
    let mut runs: Vec<Run> = blocks.into_iter().map(run).collect();
    runs.sort_by_key(|r| (r.last, r.first));
    let mut merged: Vec<Run> = Vec::new();
    while let Some(mut run) = runs.pop() {
        while let Some(before) = runs.pop_if(|b| previous(run.first) <= b.last) {
            run = Run { first: before.first.min(run.first), last: run.last, block: None };
        }
        merged.push(run);
    }
    merged.into_iter().flat_map(|r| r.block.map_or_else(|| cover(r.first, r.last), |b| vec![b])).collect()
}

/// The address before; the first of each family has none.
fn previous(at: u128) -> u128 {
    if at == V4 { at } else { at.saturating_sub(1) }
}

/// The fewest blocks for a run of addresses.
fn cover(first: u128, last: u128) -> Vec<Block> {
    let mut out = Vec::new();
    let mut at = first;
    loop {
        // The largest power of two that neither breaks the alignment nor passes the end.
        let fits = (last - at).checked_add(1).map_or(128, u128::ilog2);
        let host = at.trailing_zeros().min(fits);
        let v6 = at >> 32 != V4 >> 32 || host > 32;
        let written = Address { v6, bits: if v6 { at } else { at - V4 } };
        out.push(Block { written, prefix: written.width() - host });
        match 1u128.checked_shl(host).and_then(|size| at.checked_add(size)) {
            Some(next) if next <= last => at = next,
            _ => return out,
        }
    }
}
