//! JSON text to a frame in one pass: a recursive walk along the projection, everything off it skipped, all of it checked.

mod marks;
mod skip;
mod text;

use std::borrow::Cow;

use writ_abi::Word;
use writ_value::{json, utf8};

use crate::error::EncodeError;
use crate::frame::{Encoder, Frame, Full, Scratch};
use crate::number::{self, Scanned};
use crate::projection::{NO_SLOT, Node, Projection};
use crate::words::Piece;
pub(crate) use marks::Block;
use marks::Quotes;
use text::ESCAPED;

/// Why a scan stopped. Fits a register beside a word, so that passing it up costs nothing; the wording is made elsewhere.
#[derive(Clone, Copy)]
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
    let mut blocks = std::mem::take(&mut scratch.blocks);
    let mut clean = Cow::Borrowed(text);
    if !marks::mark(text, &mut blocks) && std::str::from_utf8(text).is_err() {
        // As OPA does, bytes that are no UTF-8 become U+FFFD.
        clean = Cow::Owned(utf8::to_str_lossy(text).into_owned().into_bytes());
        marks::mark(&clean, &mut blocks);
    }
    scratch.words.clear();
    let frame = Frame::new(encoder, room, base)?;
    let quotes = Quotes::new(&blocks);
    let mut scanner = Scanner {
        text: &clean,
        quotes,
        depth: 0,
        max_depth: encoder.max_depth,
        frame,
        scratch,
        word: Word::UNDEFINED,
        after_escaped: 0,
    };
    let outcome = scanner.document(encoder.projection);
    let outcome = match outcome {
        Ok(()) => Ok(scanner.frame.used()),
        Err(Stop::Depth) => Err(EncodeError::Depth(encoder.max_depth)),
        Err(Stop::Full) => Err(scanner.frame.full()),
        Err(Stop::Syntax) => Err(explain(text, encoder.max_depth)),
    };
    // One huge text should not keep its marks.
    if blocks.capacity() <= KEPT_BLOCKS {
        scratch.blocks = blocks;
    }
    outcome
}

/// Marks of up to 4 MiB of text are kept between inputs.
const KEPT_BLOCKS: usize = (4 << 20) / marks::BLOCK;

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
    /// INVARIANT: outside of strings, the next one is the first at or behind the place of reading.
    quotes: Quotes<'t>,
    depth: usize,
    max_depth: usize,
    frame: Frame<'f>,
    scratch: &'s mut Scratch,
    /// The value that was read last; undefined if nobody asked for it.
    word: Word,
    /// Where the string with escapes that was read last ends.
    after_escaped: usize,
}

/// The place of reading goes from function to function in a register: kept in the scanner, each step would wait for the memory that the one before wrote.
impl Scanner<'_, '_, '_> {
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
            b'"' => {
                let start = at + 1;
                let end = self.string(start)?;
                if end == ESCAPED {
                    self.word = self.frame.string(Piece::new(&self.scratch.text))?;
                    return Ok(self.after_escaped);
                }
                self.word = self.frame.string(Piece::within(self.text, start, end))?;
                Ok(end + 1)
            }
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

    fn object(&mut self, at: usize, nodes: &[Node], node: &Node, wanted: bool) -> Result<usize, Stop> {
        let mark = self.scratch.words.len();
        let (mut at, mut next) = self.need(at + 1)?;
        if next != b'}' {
            self.deeper()?;
            loop {
                if next != b'"' {
                    return Err(Stop::Syntax);
                }
                let start = at + 1;
                let end = self.string(start)?;
                let (piece, after) = match end {
                    ESCAPED => (Piece::new(&self.scratch.text), self.after_escaped),
                    _ => (Piece::within(self.text, start, end), end + 1),
                };
                let below = node.fields.get(piece).or(node.elements);
                // The key's word is made before the value's strings take the scratch text.
                let below = below.and_then(|at| nodes.get(at as usize));
                let kept = wanted && below.is_some_and(|below| below.kept);
                let key = if kept { self.frame.string(piece)? } else { Word::UNDEFINED };
                let (colon, byte) = self.need(after)?;
                if byte != b':' {
                    return Err(Stop::Syntax);
                }
                at = match below {
                    Some(below) if kept || !below.slots.is_empty() => {
                        self.frame.clear_slots(below.slots_below());
                        let after = self.value(colon + 1, nodes, below, kept)?;
                        if kept {
                            self.scratch.words.extend([key.0, self.word.0]);
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
            let Scratch { words, table, .. } = &mut *self.scratch;
            self.word = self.frame.object(&mut words[mark..], table)?;
            words.truncate(mark);
        }
        Ok(at + 1)
    }

    fn array(&mut self, at: usize, nodes: &[Node], node: &Node, wanted: bool) -> Result<usize, Stop> {
        let mark = self.scratch.words.len();
        // With neither elements nor positions of interest it is empty to whoever looks.
        let filled = wanted && (node.elements.is_some() || !node.positions.is_empty());
        let mut position = 0u32;
        let (mut at, next) = self.need(at + 1)?;
        if next != b']' {
            self.deeper()?;
            loop {
                let named = node.positions.binary_search_by_key(&position, |(at, _)| *at).ok();
                let below = named.map(|at| node.positions[at].1).or(node.elements);
                let below = below.and_then(|at| nodes.get(at as usize));
                match below {
                    Some(below) if wanted && below.kept || !below.slots.is_empty() => {
                        self.frame.clear_slots(below.slots_below());
                        at = self.value(at, nodes, below, wanted && below.kept)?;
                        if filled {
                            // A slot's value that is no part of this one only holds its place.
                            self.scratch.words.push(if below.kept { self.word.0 } else { Word::NULL.0 });
                        }
                    }
                    _ => {
                        at = self.skip(at)?;
                        if filled {
                            self.scratch.words.push(Word::NULL.0);
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
            let words = &mut self.scratch.words;
            self.word = self.frame.array(&words[mark..])?;
            words.truncate(mark);
        }
        Ok(at + 1)
    }
}
