//! Texts that look like one before: the same keys in the same order, only the values differ.
//!
//! Whoever asks for decisions writes inputs by one piece of code, so most texts are those of a few *shapes*. A shape is a list of steps: bytes that
//! must come next, then what to do with the value that follows.
//!
//! ```text
//!   {"user":{"id":"▒▒▒","role":"▒▒▒","level":▒},"action":"▒▒▒"}
//!   └──literal───┘ ▲   └─literal┘
//!                  slot 3
//! ```
//!
//! Going along it takes a comparison of up to 32 bytes per value in the place of reading keys, looking them up and checking commas and brackets one
//! by one. The literals are those of a text that was read in full, so what matches them is JSON of the same structure. Where a text is not as expected,
//! it is read from the beginning by the scanner; a shape decides speed, never meaning.
//!
//! The shapes of a projection form a tree: what begins alike shares its steps.

use super::learn;
use super::{Scanner, Stop};
use crate::frame::Encoder;
use crate::projection::{Node, Projection};
use crate::words::{FIRST, WHOLE, chunk, last_chunk};

/// Projections that a scratch remembers shapes of.
const MAX_PROJECTIONS: usize = 8;
/// Steps of all shapes of a projection: 16 KiB.
const MAX_STEPS: usize = 256;
/// Steps in one place that a text is compared with.
const MAX_OTHERS: usize = 8;
/// Longest text that a shape is made of. Of longer ones the keys are the least part.
const MAX_TEXT: usize = 4096;
/// Bytes of a literal.
pub(super) const LITERAL: usize = 2 * WHOLE;
/// No step.
const NONE: u32 = u32::MAX;
/// Texts that no shape can be made of, after which no more are looked at.
const MAX_FRUITLESS: u32 = 64;
/// Texts of no known shape, when no more shapes are added, after which all shapes are forgotten if they do not serve. Doubled each time.
const FIRST_PATIENCE: u32 = 1024;

/// What is to be done behind a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// The literal goes on in the next step.
    Nothing,
    /// The rest of a string for the slot. Its closing quote belongs to the next literal.
    Text(u32),
    /// The rest of a string that nothing reads.
    Unread,
    /// A number or word for the slot; a collection is no such thing.
    Atom(u32),
    /// Whatever comes, for the node of the number.
    Value(u32),
    /// Whatever comes, which nothing reads.
    Skip,
    /// The end of the text.
    End,
}

/// A literal and what comes behind it.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// The literal, with zeros behind it.
    words: [u128; 2],
    len: u8,
    /// Collections that are open behind the literal.
    depth: u16,
    action: Action,
    /// What comes next, and what else may be here.
    next: u32,
    other: u32,
}

impl Step {
    /// `None` for a literal of more than [`LITERAL`] bytes.
    pub(super) fn new(literal: &[u8], depth: usize, action: Action) -> Option<Self> {
        let mut bytes = [0; LITERAL];
        bytes.get_mut(..literal.len())?.copy_from_slice(literal);
        let words = [0, 1].map(|n| chunk(&bytes, n * WHOLE).unwrap_or_default());
        let (len, depth) = (literal.len() as u8, u16::try_from(depth).ok()?);
        Some(Step { words, len, depth, action, next: NONE, other: NONE })
    }

    fn is_like(&self, other: &Step) -> bool {
        (self.words, self.len, self.depth, self.action) == (other.words, other.len, other.depth, other.action)
    }

    /// Whether the literal is what stands at `at`.
    #[inline(always)]
    fn is_at(&self, text: &[u8], at: usize) -> bool {
        match text.get(at..).and_then(|rest| rest.first_chunk::<LITERAL>()) {
            Some(here) => self.is(here),
            None => match chunk(text, at).or_else(|| last_chunk(text, at)) {
                // Nearly all literals at the end are short.
                Some(here) if usize::from(self.len) <= WHOLE => self.begins(here),
                _ => self.is_at_end(text, at),
            },
        }
    }

    /// Whether a literal of up to [`WHOLE`] bytes is what `here` begins with.
    #[inline(always)]
    fn begins(&self, here: u128) -> bool {
        let mask = FIRST.get(usize::from(self.len)).copied().unwrap_or(u128::MAX);
        (here ^ self.words[0]) & mask == 0
    }

    #[inline(always)]
    fn is(&self, here: &[u8; LITERAL]) -> bool {
        let masks = MASKS.get(usize::from(self.len)).copied().unwrap_or([u128::MAX; 2]);
        let [first, second] = [0, 1].map(|n| chunk(here, n * WHOLE).unwrap_or_default());
        ((first ^ self.words[0]) & masks[0]) | ((second ^ self.words[1]) & masks[1]) == 0
    }

    /// [`Self::is_at`] for a long literal where less than [`LITERAL`] bytes are left, or in a very short text.
    #[cold]
    #[inline(never)]
    fn is_at_end(&self, text: &[u8], at: usize) -> bool {
        let rest = text.get(at..).unwrap_or_default();
        let mut here = [0; LITERAL];
        match here.get_mut(..rest.len()) {
            Some(place) => place.copy_from_slice(rest),
            None => return false,
        }
        // Zeros behind the end are no part of any literal.
        self.is(&here)
    }
}

/// Masks for the first so many bytes of a literal.
const MASKS: [[u128; 2]; LITERAL + 1] = {
    let mut masks = [[u128::MAX, 0]; LITERAL + 1];
    let mut n = 0;
    while n <= WHOLE {
        masks[n][0] = FIRST[n];
        masks[n + WHOLE][1] = FIRST[n];
        n += 1;
    }
    masks
};

/// The shapes of some projections.
#[derive(Debug, Default)]
pub(crate) struct Shapes {
    known: Vec<Shape>,
    /// The one that was asked for last.
    last: usize,
}

impl Shapes {
    /// Those for an encoder.
    #[inline]
    pub(super) fn of(&mut self, encoder: &Encoder<'_>) -> &mut Shape {
        let is = |shape: &Shape| shape.of == encoder.projection.id && shape.max_depth == encoder.max_depth;
        if !self.known.get(self.last).is_some_and(is) {
            self.last = match self.known.iter().position(is) {
                Some(at) => at,
                None => self.add(encoder),
            };
        }
        &mut self.known[self.last]
    }

    #[cold]
    fn add(&mut self, encoder: &Encoder<'_>) -> usize {
        let new = Shape {
            of: encoder.projection.id,
            max_depth: encoder.max_depth,
            steps: Vec::new(),
            full: false,
            hits: 0,
            misses: 0,
            patience: FIRST_PATIENCE,
        };
        if self.known.len() < MAX_PROJECTIONS {
            self.known.push(new);
            return self.known.len() - 1;
        }
        let at = (self.last + 1) % MAX_PROJECTIONS;
        self.known[at] = new;
        at
    }
}

/// The shapes of texts for one projection: a tree whose root is the first step.
#[derive(Debug)]
pub(super) struct Shape {
    /// Id of the projection.
    of: u64,
    /// The nesting that was allowed.
    max_depth: usize,
    steps: Vec<Step>,
    /// No more shapes are added.
    full: bool,
    /// Texts of a known shape, and others, since that was so.
    hits: u32,
    misses: u32,
    patience: u32,
}

impl Shape {
    /// A text was JSON, but of no known shape.
    pub(super) fn missed(&mut self, text: &[u8], projection: &Projection) {
        if text.len() > MAX_TEXT {
            return;
        }
        if !self.full {
            match learn::steps_of(text, projection) {
                Some(steps) => self.full = !self.add(steps),
                // Looking costs time; those that never show anything are not looked at for ever.
                None => self.misses += 1,
            }
            self.full |= self.misses >= MAX_FRUITLESS;
            return;
        }
        self.misses += 1;
        if self.misses >= self.patience {
            if self.hits < self.misses.saturating_mul(4) {
                self.steps.clear();
                self.full = false;
                self.patience = self.patience.saturating_mul(2);
            }
            (self.hits, self.misses) = (0, 0);
        }
    }

    /// Adds a shape; false when there was no room for all of it.
    fn add(&mut self, steps: Vec<Step>) -> bool {
        // The step before, and whether the place is its `next` or its `other`.
        let mut before: Option<(usize, bool)> = None;
        for new in steps {
            let mut at = match before {
                None if self.steps.is_empty() => NONE,
                None => 0,
                Some((before, _)) => self.steps[before].next,
            };
            let mut others = 0;
            while let Some(step) = self.steps.get(at as usize).filter(|step| !step.is_like(&new)) {
                before = Some((at as usize, true));
                at = step.other;
                others += 1;
            }
            if at == NONE {
                if self.steps.len() >= MAX_STEPS || others >= MAX_OTHERS {
                    return false;
                }
                at = self.steps.len() as u32;
                match before {
                    Some((before, true)) => self.steps[before].other = at,
                    Some((before, false)) => self.steps[before].next = at,
                    None => {}
                }
                self.steps.push(new);
            }
            before = Some((at as usize, false));
        }
        true
    }
}

impl Scanner<'_, '_, '_> {
    /// Reads the text if it is of a known shape. If not, some of the frame may have been written.
    #[inline]
    pub(super) fn follow(&mut self, encoder: &Encoder<'_>, shape: &mut Shape) -> bool {
        let known = self.go_along(&encoder.projection.nodes, &shape.steps).is_ok();
        shape.hits = shape.hits.saturating_add(u32::from(known));
        known
    }

    fn go_along(&mut self, nodes: &[Node], steps: &[Step]) -> Result<(), Stop> {
        let text = self.text;
        let (mut at, mut next) = (0, 0);
        loop {
            // No step is left: the text is of another shape.
            let step = steps.get(next as usize).ok_or(Stop::Syntax)?;
            if !step.is_at(text, at) {
                next = step.other;
                continue;
            }
            at += usize::from(step.len);
            match step.action {
                Action::Text(slot) => {
                    at = self.string(at)? - 1;
                    self.frame.set_slot(slot, self.word);
                }
                Action::Unread => at = self.skip_string(at)? - 1,
                Action::Atom(slot) => {
                    let byte = *text.get(at).ok_or(Stop::Syntax)?;
                    at = self.scalar(at, byte)?;
                    self.frame.set_slot(slot, self.word);
                }
                Action::Value(node) => {
                    self.depth = usize::from(step.depth);
                    at = self.value(at, nodes, nodes.get(node as usize).ok_or(Stop::Syntax)?, false)?;
                }
                Action::Skip => {
                    self.depth = usize::from(step.depth);
                    at = self.skip(at)?;
                }
                Action::Nothing => {}
                Action::End => return if at == text.len() { Ok(()) } else { Err(Stop::Syntax) },
            }
            next = step.next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{InputLayout, Interner, Scratch};

    const BASE: u32 = 4096;

    fn layout() -> InputLayout {
        let section = r#"{"version":1,"slots":3,"of":[0],"projections":[{"f":{"user":{"f":{"id":{"s":0},"level":{"s":1}}},"roles":{"s":2,"w":1}}}]}"#;
        InputLayout::parse(section.as_bytes()).expect("a section")
    }

    fn steps(scratch: &Scratch) -> usize {
        scratch.shapes.known.iter().map(|shape| shape.steps.len()).sum()
    }

    fn hits(scratch: &Scratch) -> u32 {
        scratch.shapes.known.iter().map(|shape| shape.hits).sum()
    }

    #[test]
    fn a_text_like_one_before_is_followed() {
        let (layout, strings) = (layout(), Interner::default());
        let encoder = Encoder { projection: layout.projection(0).expect("one"), strings: &strings, max_depth: 10 };
        let mut scratch = Scratch::default();
        let mut room = vec![0; 1 << 12];
        let mut encode = |text: &str, followed: bool| {
            let before = hits(&scratch);
            let outcome = encoder.json(text.as_bytes(), &mut scratch, &mut room, BASE);
            assert_eq!(hits(&scratch) > before, followed, "{text}");
            outcome.is_ok()
        };
        let first = r#"{"user": {"id": "ann", "note": "a key that nothing reads", "level": 7}, "roles": ["x", "y"], "more": {"a": [1]}}"#;
        assert!(encode(first, false));
        assert!(encode(first, true));
        for text in [
            r#"{"user": {"id": "a name of more than sixteen bytes", "note": "", "level": -12.5}, "roles": [], "more": 1}"#,
            r#"{"user": {"id": "with \"escapes\" \u00e9", "note": "\n", "level": null}, "roles": {"a": {}}, "more": "x"}"#,
            r#"{"user": {"id": "日本", "note": "é", "level": true}, "roles": 1, "more": {"b": "日本"}}"#,
        ] {
            assert!(encode(text, true));
        }
        // Another type, another order, other white space: shapes of their own.
        for text in [
            r#"{"user": {"id": 1, "note": "", "level": 2}, "roles": [], "more": 1}"#,
            r#"{"roles": [], "user": {"level": 2, "id": "ann"}}"#,
            r#"{"roles":[],"user":{"level":2,"id":"ann"}}"#,
            r#"{"user": "nobody"}"#,
        ] {
            assert!(encode(text, false));
            assert!(encode(text, true), "{text}");
        }
        // Not JSON, or a key twice: never followed.
        for text in [
            r#"{"user": {"id": "ann", "note": "", "level": 7}, "roles": [], "more": 1"#,
            r#"{"user": {"id": "ann", "note": "", "level": 7}, "roles": [], "more": 1}}"#,
            r#"{"user": {"id": "ann", "note": "", "level": 7x}, "roles": [], "more": 1}"#,
            "{\"user\": {\"id\": \"an\tn\", \"note\": \"\", \"level\": 7}, \"roles\": [], \"more\": 1}",
        ] {
            assert!(!encode(text, false), "{text}");
        }
        let twice = r#"{"user": {"id": "ann"}, "user": {"level": 1}}"#;
        assert!(encode(twice, false) && encode(twice, false));
    }

    #[test]
    fn what_is_no_utf8_is_never_part_of_a_shape() {
        let section = r#"{"version":1,"slots":2,"of":[0],"projections":[{"f":{"\ufffd":{"s":0},"a":{"s":1}}}]}"#;
        let layout = InputLayout::parse(section.as_bytes()).expect("a section");
        let strings = Interner::default();
        let encoder = Encoder { projection: layout.projection(0).expect("one"), strings: &strings, max_depth: 10 };
        let mut scratch = Scratch::default();
        for _ in 0..3 {
            let mut room = vec![0; 1 << 12];
            encoder.json(b"{\"\xff\": 1, \"a\": 2, \"and\": \"more\"}", &mut scratch, &mut room, BASE).expect("JSON");
            assert_eq!(room[..16], [3, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0], "both slots are set");
        }
        assert_eq!((steps(&scratch), hits(&scratch)), (0, 0));
    }

    #[test]
    fn shapes_are_bounded_and_forgotten_when_they_do_not_serve() {
        let (layout, strings) = (layout(), Interner::default());
        let encoder = Encoder { projection: layout.projection(0).expect("one"), strings: &strings, max_depth: 10 };
        let mut scratch = Scratch::default();
        let mut room = vec![0; 1 << 12];
        let (mut most, mut forgotten) = (0, 0);
        for n in 0..20_000u32 {
            let before = steps(&scratch);
            let text = format!(r#"{{"key{n}":1,"user":{{"id":"ann","level":{n}}}}}"#);
            encoder.json(text.as_bytes(), &mut scratch, &mut room, BASE).expect("JSON");
            most = most.max(steps(&scratch));
            forgotten += u32::from(steps(&scratch) < before);
        }
        assert!(most <= MAX_STEPS, "{most}");
        assert!((1..20).contains(&forgotten), "less often each time: {forgotten}");
        // Projections are forgotten as well.
        let layouts: Vec<InputLayout> = (0..20).map(|_| super::tests::layout()).collect();
        for layout in &layouts {
            let encoder = Encoder { projection: layout.projection(0).expect("one"), ..encoder };
            encoder.json(br#"{"user":{"id":"ann"}}"#, &mut scratch, &mut room, BASE).expect("JSON");
        }
        assert_eq!(scratch.shapes.known.len(), MAX_PROJECTIONS);
    }
}
