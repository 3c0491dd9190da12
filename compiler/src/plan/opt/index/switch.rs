//! Blocks of different shapes that test one value become the cases of a switch over it.
//!
//! A block whose test the value meets runs in the case of its constant, after those in front of it that ask for the same constant;
//! blocks without the test stay where they are, between two switches if need be.

use std::collections::BTreeMap;

use writ_value::Value;

use super::guards::{Source, Test};
use super::table::elements;
use super::{Entry, Pass};
use crate::plan::ir::{Block, ConstId, Stmt};
use crate::plan::opt::Note;

/// Fewest blocks for a switch.
pub(super) const FEWEST: usize = 3;
/// Most elements of a constant collection for which a block is copied into the case of each.
pub(super) const ELEMENTS: usize = 8;

impl Pass<'_> {
    /// Puts blocks, under switches where that pays, at the end of `out`.
    pub(super) fn switches(&mut self, entries: Vec<Entry>, commute: bool, used: &[Source], out: &mut Vec<Stmt>) {
        let Some(source) = self.most_tested(&entries) else {
            out.extend(entries.into_iter().map(|entry| Stmt::Block(entry.body)));
            return;
        };
        let tests = |this: &Self, entry: &Entry| !entry.effects.breaks_out && this.values(entry, &source).is_some();
        if commute {
            let (under, rest): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(|e| tests(self, e));
            self.switch(under, &source, used, out);
            self.switches(rest, commute, used, out);
            return;
        }
        // Neighbours that test it, and what stands between them.
        let mut groups: Vec<(bool, Vec<Entry>)> = Vec::new();
        for entry in entries {
            let under = tests(self, &entry);
            match groups.last_mut() {
                Some((same, group)) if *same == under => group.push(entry),
                _ => groups.push((under, vec![entry])),
            }
        }
        for (under, group) in groups {
            if under && group.len() >= FEWEST {
                self.switch(group, &source, used, out);
            } else if under {
                out.extend(group.into_iter().map(|entry| Stmt::Block(entry.body)));
            } else {
                self.switches(group, commute, used, out);
            }
        }
    }

    /// The value that most blocks test, if enough do. Of several the first one met.
    fn most_tested(&self, entries: &[Entry]) -> Option<Source> {
        let mut counts: BTreeMap<&Source, (usize, usize)> = BTreeMap::new();
        for (n, entry) in entries.iter().enumerate().filter(|(_, e)| !e.effects.breaks_out) {
            let mut seen: Vec<&Source> = Vec::new();
            for guard in &entry.guards {
                if !seen.contains(&&guard.source) && self.values(entry, &guard.source).is_some() {
                    seen.push(&guard.source);
                    counts.entry(&guard.source).or_insert((0, n)).0 += 1;
                }
            }
        }
        let enough = counts.into_iter().filter(|(_, (count, _))| *count >= FEWEST);
        let best = enough.max_by_key(|(_, (count, first))| (*count, std::cmp::Reverse(*first)));
        best.map(|(source, _)| source.clone())
    }

    /// The constants for which the block can do something, by its first test of the source that tells.
    fn values(&self, entry: &Entry, source: &Source) -> Option<Vec<ConstId>> {
        entry.guards.iter().filter(|guard| guard.source == *source).find_map(|guard| match guard.test {
            Test::Equal => Some(vec![guard.constant]),
            Test::OneOf => {
                let elements = elements(self.consts.value(guard.constant))?;
                let known = elements.len() <= ELEMENTS;
                known.then(|| elements.into_iter().map(|value| self.consts.find(value)).collect())?
            }
            Test::Prefix => None,
        })
    }

    fn switch(&mut self, entries: Vec<Entry>, source: &Source, used: &[Source], out: &mut Vec<Stmt>) {
        let rules = entries.len();
        let mut cases: Vec<(ConstId, Vec<Block>)> = Vec::new();
        // Equal values with different texts, such as 1 and 1.0, have one case.
        let mut by_value: BTreeMap<Value, usize> = BTreeMap::new();
        for entry in entries {
            let mut values = self.values(&entry, source).unwrap_or_default();
            values.dedup();
            for id in values {
                let next = cases.len();
                let at = *by_value.entry(self.consts.value(id).clone()).or_insert(next);
                if at == next {
                    cases.push((id, Vec::new()));
                }
                if let Some((_, blocks)) = cases.get_mut(at) {
                    blocks.push(entry.body.clone());
                }
            }
        }
        self.notes.push(Note::Switch { func: self.func, rules, by: self.describe(source), cases: cases.len() });
        let mut inside = Vec::new();
        let on = self.read(source, &mut inside);
        let mut used = used.to_vec();
        used.push(source.clone());
        let cases = cases
            .into_iter()
            .map(|(id, blocks)| {
                let mut body = Vec::new();
                self.run(blocks, &used, &mut body);
                (id, Block(body))
            })
            .collect();
        inside.push(Stmt::Switch { on, cases, default: Block::default() });
        out.push(Stmt::Block(Block(inside)));
    }
}
