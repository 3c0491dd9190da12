//! The shape of a text that was read in full. Runs when a text looks like none before, so it may take its time; it can count on JSON without mistakes.

use super::shape::{Action, LITERAL, Step};
use crate::projection::{NO_SLOT, Node, Projection};
use crate::words::Piece;

/// Steps of one text.
const MAX_STEPS: usize = 100;

/// The steps that lead through the text; `None` where it is not worth it or cannot be done.
pub(super) fn steps_of(text: &[u8], projection: &Projection) -> Option<Vec<Step>> {
    let nodes = &projection.nodes;
    if nodes.first()?.slots.is_empty() {
        return None;
    }
    let mut walk = Walk { text, nodes, steps: Vec::new(), begin: 0, depth: 0, visited: Vec::new() };
    walk.value(0, 0)?;
    walk.step(text.len(), Action::End)?;
    Some(walk.steps)
}

struct Walk<'t> {
    text: &'t [u8],
    nodes: &'t [Node],
    steps: Vec<Step>,
    /// Where the next literal begins.
    begin: usize,
    depth: usize,
    /// Nodes that were met. A second value for one of them clears what the first has left, which no step does.
    visited: Vec<u32>,
}

impl Walk<'_> {
    /// A step whose literal ends at `end`.
    fn step(&mut self, end: usize, action: Action) -> Option<()> {
        let mut literal = self.text.get(self.begin..end)?;
        while let Some((part, rest)) = literal.split_at_checked(LITERAL).filter(|(_, rest)| !rest.is_empty()) {
            self.steps.push(Step::new(part, self.depth, Action::Nothing)?);
            literal = rest;
        }
        self.steps.push(Step::new(literal, self.depth, action)?);
        self.begin = end;
        (self.steps.len() <= MAX_STEPS).then_some(())
    }

    /// Goes over the value of a node that has slots or leads to some: the place behind it.
    fn value(&mut self, at: usize, number: u32) -> Option<usize> {
        if self.visited.contains(&number) {
            return None;
        }
        self.visited.push(number);
        let node = self.nodes.get(number as usize)?;
        let at = self.space(at);
        match self.text.get(at)? {
            b'{' if node.slot == NO_SLOT => self.object(at, node),
            b'"' if node.slot != NO_SLOT => self.string(at, Action::Text(node.slot)),
            b'{' | b'[' => self.leaf(at, Action::Value(number)),
            _ if node.slot != NO_SLOT => self.leaf(at, Action::Atom(node.slot)),
            _ => self.leaf(at, Action::Value(number)),
        }
    }

    fn object(&mut self, at: usize, node: &Node) -> Option<usize> {
        let mut at = self.space(at + 1);
        if self.text.get(at)? == &b'}' {
            return Some(at + 1);
        }
        self.depth += 1;
        loop {
            let start = at + 1;
            let end = self.end_of_string(at)?;
            let key = self.text.get(start..end - 1)?;
            if key.contains(&b'\\') {
                return None;
            }
            // Behind the colon.
            at = self.space(self.space(end) + 1);
            let below = node.fields.get(Piece::new(key)).or(node.elements);
            let reads = |below: &u32| self.nodes.get(*below as usize).is_some_and(|below| !below.slots.is_empty());
            at = match below.filter(reads) {
                Some(below) => self.value(at, below)?,
                None if self.text.get(at)? == &b'"' => self.string(at, Action::Unread)?,
                None => self.leaf(at, Action::Skip)?,
            };
            at = self.space(at);
            if self.text.get(at)? == &b'}' {
                self.depth -= 1;
                return Some(at + 1);
            }
            at = self.space(at + 1);
        }
    }

    fn string(&mut self, at: usize, action: Action) -> Option<usize> {
        self.step(at + 1, action)?;
        let end = self.end_of_string(at)?;
        // The closing quote belongs to the next literal.
        self.begin = end - 1;
        Some(end)
    }

    fn leaf(&mut self, at: usize, action: Action) -> Option<usize> {
        self.step(at, action)?;
        self.begin = self.end_of_value(at)?;
        Some(self.begin)
    }

    /// The place behind the value that begins at `at`.
    fn end_of_value(&self, mut at: usize) -> Option<usize> {
        let mut open = 0usize;
        loop {
            match self.text.get(at)? {
                b'"' => at = self.end_of_string(at)?,
                b'{' | b'[' => (open, at) = (open + 1, at + 1),
                b'}' | b']' => (open, at) = (open - 1, at + 1),
                b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' => at += 1,
                _ => at += self.text.get(at..)?.iter().take_while(|byte| !b",]} \n\r\t".contains(byte)).count(),
            }
            if open == 0 {
                return Some(at);
            }
        }
    }

    /// The place behind the string whose opening quote is at `at`.
    fn end_of_string(&self, at: usize) -> Option<usize> {
        let mut at = at + 1;
        loop {
            match self.text.get(at)? {
                b'"' => return Some(at + 1),
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
    }

    fn space(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        at + rest.iter().take_while(|byte| b" \n\r\t".contains(byte)).count()
    }
}
