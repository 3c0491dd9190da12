//! Projections as the section `writ.input` gives them: a trie of keys with the slots that hang there.

use std::sync::atomic::{AtomicU64, Ordering};

use writ_value::{Value, json};

use crate::error::EncodeError;
use crate::keys::Keys;

/// No slot.
pub(crate) const NO_SLOT: u32 = u32::MAX;
/// Most nodes of a module's projections, so that a made-up section costs bounded memory.
const MAX_NODES: usize = 1 << 20;
/// Most slots of a frame.
const MAX_SLOTS: u32 = 1 << 16;
/// Deepest projection.
const MAX_DEPTH: usize = 256;

/// The next projection's id.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// One key position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// Where the value goes, or [`NO_SLOT`].
    pub(crate) slot: u32,
    /// Slots of this node and all below it.
    pub(crate) slots: std::ops::Range<u32>,
    /// The value is part of the one above it.
    pub(crate) kept: bool,
    /// Below keys of an object.
    pub(crate) fields: Keys,
    /// Below positions of an array, ascending.
    pub(crate) positions: Vec<(u32, u32)>,
    /// Below every other key, if those are kept.
    pub(crate) elements: Option<u32>,
}

impl Node {
    fn everything(at: u32) -> Node {
        Node {
            slot: NO_SLOT,
            slots: 0..0,
            kept: true,
            fields: Keys::default(),
            positions: Vec::new(),
            elements: Some(at),
        }
    }

    /// The node for the next element of an array. `named` is how many of [`Node::positions`] have come before it.
    #[inline(always)]
    pub(crate) fn element(&self, position: u32, named: &mut usize) -> Option<u32> {
        match self.positions.get(*named) {
            Some((at, below)) if *at == position => {
                *named += 1;
                Some(*below)
            }
            _ => self.elements,
        }
    }

    /// Slots below it, in case the value at its key comes a second time. A slot of its own is overwritten in any case.
    #[inline]
    pub(crate) fn slots_below(&self) -> std::ops::Range<u32> {
        let start = self.slots.start + u32::from(self.slot == self.slots.start);
        start..self.slots.end
    }
}

/// What one or several entrypoints of a module read of the input. Immutable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection {
    /// The root comes first; number 1 is a node that keeps everything below it.
    pub(crate) nodes: Vec<Node>,
    pub(crate) slots: u32,
    /// What tells it from all others of this process.
    pub(crate) id: u64,
}

/// Number of the node that keeps everything.
pub(crate) const EVERYTHING: u32 = 1;

impl Projection {
    /// Number of slots in a frame, the same for all projections of a module.
    pub fn slots(&self) -> u32 {
        self.slots
    }

    /// True when nothing of the input is read.
    pub fn is_empty(&self) -> bool {
        self.nodes.first().is_none_or(|root| root.slots.is_empty())
    }
}

/// The section `writ.input`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputLayout {
    projections: Vec<Projection>,
    of_entrypoint: Vec<usize>,
}

impl InputLayout {
    /// Reads the section.
    ///
    /// # Errors
    /// [`EncodeError::Internal`] when it is not what this version of the contract knows.
    pub fn parse(section: &[u8]) -> Result<Self, EncodeError> {
        Self::read(section).ok_or(EncodeError::Internal("section `writ.input` is not of this version, or damaged"))
    }

    fn read(section: &[u8]) -> Option<Self> {
        let text = json::parse(section).ok()?;
        let number = |value: &Value, name: &str| match value.get(name)? {
            Value::Number(n) => u32::try_from(n.to_i64()?).ok(),
            _ => None,
        };
        if number(&text, "version")? != 1 {
            return None;
        }
        let slots = number(&text, "slots").filter(|n| *n <= MAX_SLOTS)?;
        let mut projections = Vec::new();
        for root in text.get("projections")?.as_array()?.iter() {
            let mut reader = Reader { nodes: Vec::new(), slots };
            reader.nodes.push(Node::everything(EVERYTHING));
            reader.nodes.push(Node::everything(EVERYTHING));
            let node = reader.node(root, 0)?;
            reader.nodes[0] = node;
            projections.push(Projection { nodes: reader.nodes, slots, id: NEXT_ID.fetch_add(1, Ordering::Relaxed) });
        }
        let of_entrypoint = text.get("of")?.as_array()?.iter().map(|n| match n {
            Value::Number(n) => usize::try_from(n.to_i64()?).ok().filter(|n| *n < projections.len()),
            _ => None,
        });
        let of_entrypoint = of_entrypoint.collect::<Option<_>>()?;
        Some(InputLayout { projections, of_entrypoint })
    }

    /// What an entrypoint reads.
    #[inline]
    pub fn projection(&self, entrypoint: u32) -> Option<&Projection> {
        self.projections.get(*self.of_entrypoint.get(entrypoint as usize)?)
    }
}

struct Reader {
    nodes: Vec<Node>,
    slots: u32,
}

impl Reader {
    fn node(&mut self, text: &Value, depth: usize) -> Option<Node> {
        if depth > MAX_DEPTH || self.nodes.len() > MAX_NODES {
            return None;
        }
        let slot = match text.get("s") {
            Some(Value::Number(n)) => u32::try_from(n.to_i64()?).ok().filter(|n| *n < self.slots)?,
            Some(_) => return None,
            None => NO_SLOT,
        };
        let mut slots = if slot == NO_SLOT { u32::MAX..0 } else { slot..slot + 1 };
        let mut fields = Vec::new();
        if let Some(Value::Object(below)) = text.get("f") {
            for (key, below) in below.iter() {
                fields.push((key.as_str()?.as_bytes().into(), self.below(below, depth, &mut slots)?));
            }
        }
        let mut positions: Vec<(u32, u32)> = Vec::new();
        if let Some(Value::Object(below)) = text.get("i") {
            for (key, below) in below.iter() {
                positions.push((key.as_str()?.parse().ok()?, self.below(below, depth, &mut slots)?));
            }
        }
        positions.sort_unstable();
        if positions.windows(2).any(|two| matches!(two, [(a, _), (b, _)] if a == b)) {
            return None;
        }
        let whole = text.get("w").is_some();
        let elements = match text.get("e") {
            Some(below) => {
                // Slots of elements would be filled several times; there are none.
                let mut none = u32::MAX..0;
                let below = self.below(below, depth, &mut none)?;
                if !none.is_empty() {
                    return None;
                }
                Some(below)
            }
            None => whole.then_some(EVERYTHING),
        };
        if slots.is_empty() {
            slots = 0..0;
        }
        let kept = text.get("k").is_some();
        Some(Node { slot, slots, kept, fields: Keys::new(fields), positions, elements })
    }

    fn below(&mut self, text: &Value, depth: usize, slots: &mut std::ops::Range<u32>) -> Option<u32> {
        let node = self.node(text, depth + 1)?;
        if !node.slots.is_empty() {
            *slots = slots.start.min(node.slots.start)..slots.end.max(node.slots.end);
        }
        self.nodes.push(node);
        Some(self.nodes.len() as u32 - 1)
    }
}
