//! JSON text to a frame in one pass: a recursive walk along the projection, everything off it skipped, all of it checked.

mod learn;
mod shape;
mod skip;
mod text;

use writ_abi::Word;
use writ_value::{json, utf8};

use crate::error::EncodeError;
use crate::frame::{Encoder, Frame, Full, Lists, Scratch};
use crate::number::{self, Scanned};
use crate::projection::{NO_SLOT, Node, Projection};
use crate::words::Piece;
pub(crate) use shape::Shapes;
use text::find_special;

/// Why a scan stopped. Fits a register beside a word, so that passing it up costs nothing; the wording is made elsewhere.
#[derive(Clone, Copy)]
#[repr(usize)]
pub(crate) enum Stop {
    /// The text is not JSON.
    Syntax,
    /// It is nested too deeply.
    Depth,
    /// The frame has no more room.
    Full,
}

impl From<Full> for Stop {
    #[inline]
    fn from(_: Full) -> Self {
        Stop::Full
    }
}

pub(crate) fn encode(
    encoder: &Encoder<'_>,
    text: &[u8],
    scratch: &mut Scratch,
    room: &mut [u8],
    base: u32,
) -> Result<usize, EncodeError> {
    let Scratch { lists, shapes } = scratch;
    lists.words.clear();
    let frame = Frame::new(encoder, room, base)?;
    let mut scanner =
        Scanner { text, depth: 0, max_depth: encoder.max_depth, frame, lists, word: Word::UNDEFINED, high: 0 };
    let shape = shapes.of(encoder);
    let known = scanner.follow(encoder, shape);
    let outcome = if known { Ok(()) } else { scanner.scan(encoder) };
    if scanner.high != 0 && std::str::from_utf8(text).is_err() {
        return scanner.scan_cleaned(encoder);
    }
    if !known && outcome.is_ok() {
        shape.missed(text, encoder.projection);
    }
    scanner.outcome(outcome, text)
}

/// The wording for a text that the scanner refused. Cost: another parse; nobody waits for a bad input.
#[cold]
fn explain(text: &[u8], max_depth: usize) -> EncodeError {
    let limits = json::Limits { max_depth, ..json::Limits::default() };
    match json::parse_with(text, limits) {
        Err(error) => EncodeError::Syntax(error.to_string()),
        Ok(_) => EncodeError::Internal("the scanner refused what the parser takes"),
    }
}

struct Scanner<'t, 'f, 's> {
    text: &'t [u8],
    depth: usize,
    max_depth: usize,
    frame: Frame<'f>,
    lists: &'s mut Lists,
    /// The value that was read last; undefined if nobody asked for it.
    word: Word,
    /// Not 0: a string had a byte that is not ASCII, or was followed by one.
    high: u32,
}

/// The place of reading goes from function to function in a register: kept in the scanner, each step would wait for the memory that the one before wrote.
impl Scanner<'_, '_, '_> {
    /// Reads a text that does not look like one before.
    #[inline(never)]
    fn scan(&mut self, encoder: &Encoder<'_>) -> Result<(), Stop> {
        self.restart(encoder);
        self.document(encoder.projection)
    }

    /// Reads a text that is no UTF-8: as OPA does, with U+FFFD in the place of what is none.
    #[cold]
    #[inline(never)]
    fn scan_cleaned(mut self, encoder: &Encoder<'_>) -> Result<usize, EncodeError> {
        let text = self.text;
        let clean = utf8::to_str_lossy(text).into_owned().into_bytes();
        self.restart(encoder);
        let mut scanner = Scanner { text: &clean, ..self };
        let outcome = scanner.document(encoder.projection);
        scanner.outcome(outcome, text)
    }

    fn restart(&mut self, encoder: &Encoder<'_>) {
        self.frame.restart(encoder.slot_bytes());
        self.lists.words.clear();
        self.depth = 0;
    }

    /// `text` is what the caller gave.
    fn outcome(&self, outcome: Result<(), Stop>, text: &[u8]) -> Result<usize, EncodeError> {
        match outcome {
            Ok(()) => Ok(self.frame.used()),
            Err(Stop::Depth) => Err(EncodeError::Depth(self.max_depth)),
            Err(Stop::Full) => Err(self.frame.full()),
            Err(Stop::Syntax) => Err(explain(text, self.max_depth)),
        }
    }

    fn document(&mut self, projection: &Projection) -> Result<(), Stop> {
        let nodes = projection.nodes.as_slice();
        let root = nodes.first().ok_or(Stop::Syntax)?;
        let at = if root.slots.is_empty() { self.skip(0)? } else { self.value(0, nodes, root, false)? };
        match self.space(at).1 {
            Some(_) => Err(Stop::Syntax),
            None => Ok(()),
        }
    }

    /// The place of the next byte that is no white space, and the byte.
    #[inline(always)]
    fn space(&self, mut at: usize) -> (usize, Option<u8>) {
        loop {
            match self.text.get(at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => at += 1,
                byte => return (at, byte.copied()),
            }
        }
    }

    #[inline(always)]
    fn need(&self, at: usize) -> Result<(usize, u8), Stop> {
        match self.text.get(at) {
            Some(&byte) if byte > b' ' => Ok((at, byte)),
            _ => self.need_behind(at),
        }
    }

    #[inline]
    fn need_behind(&self, at: usize) -> Result<(usize, u8), Stop> {
        match self.space(at) {
            (at, Some(byte)) => Ok((at, byte)),
            (_, None) => Err(Stop::Syntax),
        }
    }

    fn deeper(&mut self) -> Result<(), Stop> {
        if self.depth >= self.max_depth {
            return Err(Stop::Depth);
        }
        self.depth += 1;
        Ok(())
    }

    /// Reads a value that the node is about: the place behind it. Its word is kept if it is asked for or has a slot.
    #[inline(always)]
    fn value(&mut self, at: usize, nodes: &[Node], node: &Node, wanted: bool) -> Result<usize, Stop> {
        let wanted = wanted || node.slot != NO_SLOT;
        let (at, byte) = self.need(at)?;
        let at = match byte {
            b'{' => self.object(at, nodes, node, wanted)?,
            b'[' => self.array(at, nodes, node, wanted)?,
            _ if wanted => self.scalar(at, byte)?,
            _ => {
                self.word = Word::UNDEFINED;
                self.skip(at)?
            }
        };
        if node.slot != NO_SLOT {
            self.frame.set_slot(node.slot, self.word);
        }
        Ok(at)
    }

    #[inline(always)]
    fn scalar(&mut self, at: usize, byte: u8) -> Result<usize, Stop> {
        match byte {
            b'"' => self.string(at + 1),
            _ => self.atom(at, byte),
        }
    }

    /// Reads a number or a word.
    #[inline(never)]
    fn atom(&mut self, at: usize, byte: u8) -> Result<usize, Stop> {
        match byte {
            b't' => self.literal(at, b"true", Word::TRUE),
            b'f' => self.literal(at, b"false", Word::FALSE),
            b'n' => self.literal(at, b"null", Word::NULL),
            _ => {
                let rest = &self.text[at..];
                let (scanned, len) = number::scan(rest).ok_or(Stop::Syntax)?;
                self.word = match scanned {
                    Scanned::Int(word) => word,
                    Scanned::Text => self.frame.number(&rest[..len])?,
                };
                Ok(at + len)
            }
        }
    }

    #[inline]
    fn literal(&mut self, at: usize, word: &[u8], value: Word) -> Result<usize, Stop> {
        let end = at + word.len();
        if self.text.get(at..end) != Some(word) {
            return Err(Stop::Syntax);
        }
        self.word = value;
        Ok(end)
    }

    #[inline(never)]
    fn object(&mut self, at: usize, nodes: &[Node], node: &Node, wanted: bool) -> Result<usize, Stop> {
        let mark = self.lists.words.len();
        let (mut at, mut next) = self.need(at + 1)?;
        if next != b'}' {
            self.deeper()?;
            loop {
                if next != b'"' {
                    return Err(Stop::Syntax);
                }
                let (below, kept, after) = match self.short(at + 1) {
                    Some((words, len)) => {
                        let (head, tail) = (words as u64, (words >> 64) as u64);
                        let below = node.fields.get_short(head, tail, len).or(node.elements);
                        let below = below.and_then(|at| nodes.get(at as usize));
                        let kept = wanted && below.is_some_and(|below| below.kept);
                        if kept {
                            self.word = self.frame.short(head, tail, len)?;
                        }
                        (below, kept, at + len + 2)
                    }
                    None => self.any_key(at + 1, nodes, node, wanted)?,
                };
                // The key's word is made before the value's strings take the scratch text.
                let key = self.word;
                let (colon, byte) = self.need(after)?;
                if byte != b':' {
                    return Err(Stop::Syntax);
                }
                at = match below {
                    Some(below) if kept || !below.slots.is_empty() => {
                        self.frame.clear_slots(below.slots_below());
                        let after = self.value(colon + 1, nodes, below, kept)?;
                        if kept {
                            self.lists.words.extend([key.0, self.word.0]);
                        }
                        after
                    }
                    _ => self.skip(colon + 1)?,
                };
                (at, next) = self.need(at)?;
                match next {
                    b',' => (at, next) = self.need(at + 1)?,
                    b'}' => break,
                    _ => return Err(Stop::Syntax),
                }
            }
            self.depth -= 1;
        }
        self.word = Word::UNDEFINED;
        if wanted {
            let Lists { words, table, .. } = &mut *self.lists;
            self.word = self.frame.object(&mut words[mark..], table)?;
            words.truncate(mark);
        }
        Ok(at + 1)
    }

    /// The key that begins at `start`, however long it is: its node, whether it is kept, and the place behind it.
    #[inline(never)]
    fn any_key<'n>(
        &mut self,
        start: usize,
        nodes: &'n [Node],
        node: &Node,
        wanted: bool,
    ) -> Result<(Option<&'n Node>, bool, usize), Stop> {
        let end = find_special(self.text, start, &mut self.high);
        let (piece, after) = if self.text.get(end) == Some(&b'"') {
            (Piece::new(self.text.get(start..end).unwrap_or_default()), end + 1)
        } else {
            let after = self.escaped(start)?;
            (Piece::new(&self.lists.text), after)
        };
        let below = node.fields.get(piece).or(node.elements).and_then(|at| nodes.get(at as usize));
        let kept = wanted && below.is_some_and(|below| below.kept);
        if kept {
            self.word = self.frame.string(piece)?;
        }
        Ok((below, kept, after))
    }

    #[inline(never)]
    fn array(&mut self, at: usize, nodes: &[Node], node: &Node, wanted: bool) -> Result<usize, Stop> {
        let mark = self.lists.words.len();
        // With neither elements nor positions of interest it is empty to whoever looks.
        let filled = wanted && (node.elements.is_some() || !node.positions.is_empty());
        let (mut position, mut named) = (0u32, 0);
        let (mut at, next) = self.need(at + 1)?;
        if next != b']' {
            self.deeper()?;
            loop {
                let below = node.element(position, &mut named).and_then(|at| nodes.get(at as usize));
                match below {
                    Some(below) if wanted && below.kept || !below.slots.is_empty() => {
                        self.frame.clear_slots(below.slots_below());
                        at = self.value(at, nodes, below, wanted && below.kept)?;
                        if filled {
                            // A slot's value that is no part of this one only holds its place.
                            self.lists.words.push(if below.kept { self.word.0 } else { Word::NULL.0 });
                        }
                    }
                    _ => {
                        at = self.skip(at)?;
                        if filled {
                            self.lists.words.push(Word::NULL.0);
                        }
                    }
                }
                position = position.saturating_add(1);
                let (place, byte) = self.need(at)?;
                at = place;
                match byte {
                    b',' => at += 1,
                    b']' => break,
                    _ => return Err(Stop::Syntax),
                }
            }
            self.depth -= 1;
        }
        self.word = Word::UNDEFINED;
        if wanted {
            let words = &mut self.lists.words;
            self.word = self.frame.array(&words[mark..])?;
            words.truncate(mark);
        }
        Ok(at + 1)
    }
}
