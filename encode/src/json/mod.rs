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
    let mut scanner = Scanner { text: &clean, at: 0, quotes, depth: 0, max_depth: encoder.max_depth, frame, scratch };
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
    at: usize,
    /// INVARIANT: outside of strings, the next one is the first at or behind `at`.
    quotes: Quotes<'t>,
    depth: usize,
    max_depth: usize,
    frame: Frame<'f>,
    scratch: &'s mut Scratch,
}

impl Scanner<'_, '_, '_> {
    fn document(&mut self, projection: &Projection) -> Result<(), Stop> {
        let nodes = projection.nodes.as_slice();
        let root = nodes.first().ok_or(Stop::Syntax)?;
        if root.slots.is_empty() {
            self.skip()?;
        } else {
            self.value(nodes, root, false)?;
        }
        if self.space().is_some() {
            return Err(Stop::Syntax);
        }
        Ok(())
    }

    /// The next byte that is not white space, which is not taken.
    #[inline(always)]
    fn space(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.get(self.at)?;
            if byte > b' ' {
                return Some(byte);
            }
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    #[inline(always)]
    fn need(&mut self) -> Result<u8, Stop> {
        self.space().ok_or(Stop::Syntax)
    }

    fn deeper(&mut self) -> Result<(), Stop> {
        if self.depth >= self.max_depth {
            return Err(Stop::Depth);
        }
        self.depth += 1;
        Ok(())
    }

    /// Reads a value that the node is about; its word if it is asked for or has a slot, else undefined.
    fn value(&mut self, nodes: &[Node], node: &Node, wanted: bool) -> Result<Word, Stop> {
        let wanted = wanted || node.slot != NO_SLOT;
        let word = match self.need()? {
            b'{' => self.object(nodes, node, wanted)?,
            b'[' => self.array(nodes, node, wanted)?,
            _ if wanted => self.scalar()?,
            _ => {
                self.skip()?;
                Word::UNDEFINED
            }
        };
        if node.slot != NO_SLOT {
            self.frame.set_slot(node.slot, word);
        }
        Ok(word)
    }

    fn scalar(&mut self) -> Result<Word, Stop> {
        match self.need()? {
            b'"' => {
                self.at += 1;
                let start = self.at;
                let end = self.string()?;
                if end == ESCAPED {
                    return Ok(self.frame.string(Piece::new(&self.scratch.text))?);
                }
                Ok(self.frame.string(Piece::within(self.text, start, end))?)
            }
            b't' => self.literal(b"true", Word::TRUE),
            b'f' => self.literal(b"false", Word::FALSE),
            b'n' => self.literal(b"null", Word::NULL),
            _ => {
                let rest = &self.text[self.at..];
                let (scanned, len) = number::scan(rest).ok_or(Stop::Syntax)?;
                self.at += len;
                match scanned {
                    Scanned::Int(word) => Ok(word),
                    Scanned::Text => Ok(self.frame.number(&rest[..len])?),
                }
            }
        }
    }

    #[inline]
    fn literal(&mut self, word: &[u8], value: Word) -> Result<Word, Stop> {
        let end = self.at + word.len();
        if self.text.get(self.at..end) != Some(word) {
            return Err(Stop::Syntax);
        }
        self.at = end;
        Ok(value)
    }

    fn object(&mut self, nodes: &[Node], node: &Node, wanted: bool) -> Result<Word, Stop> {
        self.at += 1;
        let mark = self.scratch.words.len();
        let mut next = self.need()?;
        if next == b'}' {
            self.at += 1;
        } else {
            self.deeper()?;
            loop {
                if next != b'"' {
                    return Err(Stop::Syntax);
                }
                self.at += 1;
                let start = self.at;
                let end = self.string()?;
                let piece = match end {
                    ESCAPED => Piece::new(&self.scratch.text),
                    _ => Piece::within(self.text, start, end),
                };
                let below = node.fields.get(piece).or(node.elements);
                // The key's word is made before the value's strings take the scratch text.
                let below = below.and_then(|at| nodes.get(at as usize));
                let kept = wanted && below.is_some_and(|below| below.kept);
                let key = if kept { self.frame.string(piece)? } else { Word::UNDEFINED };
                if self.need()? != b':' {
                    return Err(Stop::Syntax);
                }
                self.at += 1;
                match below {
                    Some(below) if kept || !below.slots.is_empty() => {
                        self.frame.clear_slots(below.slots_below());
                        let value = self.value(nodes, below, kept)?;
                        if kept {
                            self.scratch.words.extend([key.0, value.0]);
                        }
                    }
                    _ => self.skip()?,
                }
                match self.need()? {
                    b',' => self.at += 1,
                    b'}' => {
                        self.at += 1;
                        break;
                    }
                    _ => return Err(Stop::Syntax),
                }
                next = self.need()?;
            }
            self.depth -= 1;
        }
        if !wanted {
            return Ok(Word::UNDEFINED);
        }
        let Scratch { words, table, .. } = &mut *self.scratch;
        let word = self.frame.object(&mut words[mark..], table)?;
        words.truncate(mark);
        Ok(word)
    }

    fn array(&mut self, nodes: &[Node], node: &Node, wanted: bool) -> Result<Word, Stop> {
        self.at += 1;
        let mark = self.scratch.words.len();
        // With neither elements nor positions of interest it is empty to whoever looks.
        let filled = wanted && (node.elements.is_some() || !node.positions.is_empty());
        let mut position = 0u32;
        if self.need()? == b']' {
            self.at += 1;
        } else {
            self.deeper()?;
            loop {
                let named = node.positions.binary_search_by_key(&position, |(at, _)| *at).ok();
                let below = named.map(|at| node.positions[at].1).or(node.elements);
                let below = below.and_then(|at| nodes.get(at as usize));
                match below {
                    Some(below) if wanted && below.kept || !below.slots.is_empty() => {
                        self.frame.clear_slots(below.slots_below());
                        let value = self.value(nodes, below, wanted && below.kept)?;
                        if filled {
                            // A slot's value that is no part of this one only holds its place.
                            self.scratch.words.push(if below.kept { value.0 } else { Word::NULL.0 });
                        }
                    }
                    _ => {
                        self.skip()?;
                        if filled {
                            self.scratch.words.push(Word::NULL.0);
                        }
                    }
                }
                position = position.saturating_add(1);
                match self.need()? {
                    b',' => self.at += 1,
                    b']' => {
                        self.at += 1;
                        break;
                    }
                    _ => return Err(Stop::Syntax),
                }
            }
            self.depth -= 1;
        }
        if !wanted {
            return Ok(Word::UNDEFINED);
        }
        let words = &mut self.scratch.words;
        let word = self.frame.array(&words[mark..])?;
        words.truncate(mark);
        Ok(word)
    }
}
