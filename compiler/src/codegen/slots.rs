//! Which Wasm local each local of a plan function lives in: locals that are never alive together share one.
//!
//! A local is alive from its first to its last statement in the text. Around a loop this interval grows to the whole loop
//! when it only overlaps it, since the loop's end leads back to its start. Linear scan over these intervals then gives
//! out slots, the lowest free one first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::error::{EmitError, at_most};
use crate::plan::ir::{Block, Func, Local, Stmt};
use crate::plan::visit;

/// Wasm's limit for locals of a function, less room for temporaries.
const SLOTS: usize = 49_000;

/// The outcome for one function.
#[derive(Debug)]
pub(crate) struct Slots {
    /// Wasm local of each plan local.
    pub(crate) of: Vec<u32>,
    /// Number of Wasm locals, parameters included.
    pub(crate) count: u32,
    /// A failing assignment may leave undefined behind in the local: nobody looks at an older value of it.
    pub(crate) fresh: Vec<bool>,
}

/// Assigns slots. Cost: sorting the locals.
pub(crate) fn assign(func: &Func) -> Result<Slots, EmitError> {
    let mut walk = Walk {
        locals: vec![Interval::default(); func.locals as usize],
        loops: vec![Loop { parent: 0, depth: 0, start: 0, late: vec![] }],
        inside: vec![0],
        now: 0,
    };
    for param in 0..func.params {
        walk.wrote(Local(param));
    }
    walk.block(&func.body);
    walk.give_slots(func)
}

#[derive(Debug, Clone, Default)]
struct Interval {
    used: bool,
    first: u32,
    last: u32,
    /// The innermost loop around all its statements.
    home: usize,
    writes: u32,
    written_in: usize,
}

/// A loop; number 0 is the function itself.
#[derive(Debug)]
struct Loop {
    parent: usize,
    depth: usize,
    start: u32,
    /// Locals that live on until the end of this loop.
    late: Vec<u32>,
}

struct Walk {
    locals: Vec<Interval>,
    loops: Vec<Loop>,
    /// The open loops, outermost first.
    inside: Vec<usize>,
    now: u32,
}

impl Walk {
    fn innermost(&self) -> usize {
        self.inside.last().copied().unwrap_or(0)
    }

    fn seen(&mut self, local: Local) {
        let (now, here) = (self.now, self.innermost());
        let interval = &mut self.locals[local.0 as usize];
        if !interval.used {
            *interval = Interval { used: true, first: now, last: now, home: here, writes: 0, written_in: 0 };
            return;
        }
        interval.last = interval.last.max(now);
        // Loops that are closed by now were overlapped: the local lives through all of them.
        while self.inside.get(self.loops[interval.home].depth) != Some(&interval.home) {
            interval.first = interval.first.min(self.loops[interval.home].start);
            interval.home = self.loops[interval.home].parent;
        }
        // It comes from outside the next open loop, so the next round may need it.
        if let Some(inner) = self.inside.get(self.loops[interval.home].depth + 1) {
            self.loops[*inner].late.push(local.0);
        }
    }

    fn wrote(&mut self, local: Local) {
        self.seen(local);
        let here = self.innermost();
        let interval = &mut self.locals[local.0 as usize];
        interval.writes += 1;
        interval.written_in = here;
    }

    fn block(&mut self, block: &Block) {
        for stmt in &block.0 {
            self.now += 1;
            visit::reads(stmt, &mut |local| self.seen(local));
            match stmt {
                Stmt::Scan { key, value, body, .. } | Stmt::Select { key, value, body, .. } => {
                    self.now += 1;
                    let (parent, depth) = (self.innermost(), self.inside.len());
                    self.loops.push(Loop { parent, depth, start: self.now, late: vec![] });
                    let this = self.loops.len() - 1;
                    self.inside.push(this);
                    if matches!(stmt, Stmt::Select { .. }) {
                        // It reads its operands in each round.
                        visit::reads(stmt, &mut |local| self.seen(local));
                    }
                    key.iter().chain(value).for_each(|local| self.wrote(*local));
                    self.block(body);
                    self.now += 1;
                    self.inside.pop();
                    for local in std::mem::take(&mut self.loops[this].late) {
                        let interval = &mut self.locals[local as usize];
                        interval.last = interval.last.max(self.now);
                    }
                }
                Stmt::Reset { dst } => self.seen(*dst),
                _ => {
                    visit::writes(stmt, &mut |local| self.wrote(local));
                    stmt.blocks().for_each(|block| self.block(block));
                }
            }
        }
    }

    fn give_slots(self, func: &Func) -> Result<Slots, EmitError> {
        let params = func.params as usize;
        let mut of: Vec<u32> = (0..func.params).collect();
        of.resize(self.locals.len(), 0);
        let mut count = func.params;
        let mut active: BinaryHeap<Reverse<(u32, u32)>> =
            (0..params).map(|p| Reverse((self.locals[p].last, p as u32))).collect();
        let mut free: BinaryHeap<Reverse<u32>> = BinaryHeap::new();
        let mut order: Vec<usize> = (params..self.locals.len()).filter(|l| self.locals[*l].used).collect();
        order.sort_by_key(|l| self.locals[*l].first);
        for local in order {
            let interval = &self.locals[local];
            while let Some(Reverse((_, slot))) = active.peek().copied().filter(|top| top.0.0 < interval.first) {
                active.pop();
                free.push(Reverse(slot));
            }
            let slot = free.pop().map_or(count, |Reverse(slot)| slot);
            count = count.max(slot + 1);
            of[local] = slot;
            active.push(Reverse((interval.last, slot)));
        }
        at_most("local variables", &func.name, count as usize, SLOTS)?;
        let fresh = self.locals.iter().map(|l| l.writes == 1 && l.home == l.written_in).collect();
        Ok(Slots { of, count, fresh })
    }
}
