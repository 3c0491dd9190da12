//! Values that nothing reads: checked as closely as the others, kept nowhere. No recursion, one bit per open collection.

use super::{Scanner, Stop};
use crate::number;
use writ_abi::Word;

/// Levels that fit the first word of bits.
const WORD: usize = 64;

/// Which of the open collections are objects, the innermost in the lowest bit of the last word.
struct Open {
    bits: u64,
    spilled: Vec<u64>,
    len: usize,
}

impl Open {
    #[inline]
    fn push(&mut self, object: bool) {
        if self.len.is_multiple_of(WORD) && self.len > 0 {
            self.spilled.push(self.bits);
        }
        self.bits = (self.bits << 1) | u64::from(object);
        self.len += 1;
    }

    #[inline]
    fn pop(&mut self) {
        self.bits >>= 1;
        self.len -= 1;
        if self.len.is_multiple_of(WORD) && self.len > 0 {
            self.bits = self.spilled.pop().unwrap_or_default();
        }
    }

    #[inline]
    fn in_object(&self) -> bool {
        self.bits & 1 != 0
    }
}

impl Scanner<'_, '_, '_> {
    /// Goes over one value: the place behind it.
    #[inline]
    pub(super) fn skip(&mut self, at: usize) -> Result<usize, Stop> {
        let (at, byte) = self.need(at)?;
        match byte {
            b'"' => self.skip_string(at + 1),
            b'{' | b'[' => self.skip_collection(at),
            _ => self.skip_atom(at, byte),
        }
    }

    #[inline]
    fn skip_atom(&mut self, at: usize, byte: u8) -> Result<usize, Stop> {
        match byte {
            b't' => self.literal(at, b"true", Word::UNDEFINED),
            b'f' => self.literal(at, b"false", Word::UNDEFINED),
            b'n' => self.literal(at, b"null", Word::UNDEFINED),
            _ => {
                let (_, len) = number::scan(&self.text[at..]).ok_or(Stop::Syntax)?;
                Ok(at + len)
            }
        }
    }

    fn skip_collection(&mut self, mut at: usize) -> Result<usize, Stop> {
        let mut open = Open { bits: 0, spilled: Vec::new(), len: 0 };
        let room = self.max_depth - self.depth.min(self.max_depth);
        loop {
            // A value begins here.
            let (begin, byte) = self.need(at)?;
            match byte {
                b'"' => at = self.skip_string(begin + 1)?,
                b'{' | b'[' => {
                    let object = byte == b'{';
                    let (inside, next) = self.need(begin + 1)?;
                    // The closing brackets stand two behind the opening ones in ASCII.
                    if next != byte + 2 {
                        if open.len >= room {
                            return Err(Stop::Depth);
                        }
                        open.push(object);
                        at = if object { self.skip_key(inside, next)? } else { inside };
                        continue;
                    }
                    at = inside + 1;
                }
                _ => at = self.skip_atom(begin, byte)?,
            }
            // A value has ended.
            loop {
                if open.len == 0 {
                    return Ok(at);
                }
                let object = open.in_object();
                let (place, byte) = self.need(at)?;
                at = place + 1;
                match byte {
                    b',' => {
                        if object {
                            let (key, next) = self.need(at)?;
                            at = self.skip_key(key, next)?;
                        }
                        break;
                    }
                    b'}' if object => {}
                    b']' if !object => {}
                    _ => return Err(Stop::Syntax),
                }
                open.pop();
            }
        }
    }

    /// Goes over a key and its colon.
    #[inline(always)]
    fn skip_key(&mut self, at: usize, next: u8) -> Result<usize, Stop> {
        if next != b'"' {
            return Err(Stop::Syntax);
        }
        let after = self.skip_string(at + 1)?;
        match self.need(after)? {
            (colon, b':') => Ok(colon + 1),
            _ => Err(Stop::Syntax),
        }
    }
}
