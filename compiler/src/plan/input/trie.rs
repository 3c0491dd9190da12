//! The keys of a projection as a trie: where slots hang, and how much of the values below them is kept.

use std::collections::BTreeMap;

use writ_value::Value;

use super::need::Need;

/// One key position.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Node {
    /// The value goes into this slot.
    pub slot: Option<u32>,
    /// Some value above it in a slot contains it.
    pub kept: bool,
    /// Everything below it is kept.
    pub whole: bool,
    /// Below constant keys. Keys that occur here have the needs of `elements` as well.
    pub fields: BTreeMap<Value, Node>,
    /// Below all other keys, if they are kept; they have no slots.
    pub elements: Option<Box<Node>>,
    has_slot: bool,
}

/// A projection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trie {
    /// The input itself.
    pub root: Node,
}

impl Trie {
    /// Adds a slot at a path with what is needed of the value there.
    pub(super) fn insert(&mut self, path: &[Value], need: &Need) {
        let mut node = &mut self.root;
        for key in path {
            node = node.fields.entry(key.clone()).or_default();
        }
        node.has_slot = true;
        node.keep(need);
    }

    /// Numbers the slots in the order of a walk: a node before what is below it.
    pub(super) fn number(&self) -> BTreeMap<Vec<Value>, u32> {
        fn walk(node: &Node, path: &mut Vec<Value>, out: &mut BTreeMap<Vec<Value>, u32>) {
            if node.has_slot {
                let number = out.len() as u32;
                out.insert(path.clone(), number);
            }
            for (key, below) in &node.fields {
                path.push(key.clone());
                walk(below, path, out);
                path.pop();
            }
        }
        let mut out = BTreeMap::new();
        walk(&self.root, &mut Vec::new(), &mut out);
        out
    }

    /// Writes the slots' numbers into the nodes, and spreads what is needed of all elements over the named ones.
    pub(super) fn finish(&mut self, slots: &BTreeMap<Vec<Value>, u32>) {
        fn number(node: &mut Node, path: &mut Vec<Value>, slots: &BTreeMap<Vec<Value>, u32>) {
            if node.has_slot {
                node.slot = slots.get(path.as_slice()).copied();
            }
            for (key, below) in &mut node.fields {
                path.push(key.clone());
                number(below, path, slots);
                path.pop();
            }
        }
        number(&mut self.root, &mut Vec::new(), slots);
        self.root.spread();
    }
}

impl Node {
    /// Keeps of this value what is needed.
    fn keep(&mut self, need: &Need) {
        self.whole |= need.whole;
        for (key, below) in &need.fields {
            let node = self.fields.entry(key.clone()).or_default();
            node.kept = true;
            node.keep(below);
        }
        if let Some(below) = &need.elements {
            let node = self.elements.get_or_insert_default();
            node.kept = true;
            node.keep(below);
        }
    }

    /// Keeps what another node keeps. That one has no slots.
    fn include(&mut self, other: &Node) {
        self.kept |= other.kept;
        self.whole |= other.whole;
        for (key, below) in &other.fields {
            self.fields.entry(key.clone()).or_default().include(below);
        }
        if let Some(below) = &other.elements {
            self.elements.get_or_insert_default().include(below);
        }
    }

    /// A named key has what is needed of all elements as well. Below what is kept whole only slots are of interest.
    fn spread(&mut self) {
        if self.whole {
            self.elements = None;
            self.fields.retain(|_, below| below.holds_slot());
        }
        for below in self.fields.values_mut() {
            if self.whole {
                below.kept = true;
                below.whole = true;
            }
            if let Some(elements) = &self.elements {
                below.include(elements);
            }
            below.spread();
        }
        if let Some(elements) = &mut self.elements {
            elements.spread();
        }
    }

    fn holds_slot(&self) -> bool {
        self.slot.is_some() || self.fields.values().any(Node::holds_slot)
    }
}
