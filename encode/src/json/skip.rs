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
    /// Takes one value.
    pub(super) fn skip(&mut self) -> Result<(), Stop> {
        match self.need()? {
            b'"' => {
                self.at += 1;
                self.skip_string()
            }
            b'{' | b'[' => self.skip_collection(),
            _ => self.skip_atom(),
        }
    }

    #[inline]
    fn skip_atom(&mut self) -> Result<(), Stop> {
        match self.text.get(self.at) {
            Some(b't') => self.literal(b"true", Word::TRUE).map(drop),
            Some(b'f') => self.literal(b"false", Word::FALSE).map(drop),
            Some(b'n') => self.literal(b"null", Word::NULL).map(drop),
            _ => {
                let (_, len) = number::scan(&self.text[self.at..]).ok_or(Stop::Syntax)?;
                self.at += len;
                Ok(())
            }
        }
    }

    fn skip_collection(&mut self) -> Result<(), Stop> {
        let mut open = Open { bits: 0, spilled: Vec::new(), len: 0 };
        let room = self.max_depth - self.depth.min(self.max_depth);
        loop {
            // A value begins here.
            match self.need()? {
                b'"' => {
                    self.at += 1;
                    self.skip_string()?;
                }
                byte @ (b'{' | b'[') => {
                    self.at += 1;
                    let object = byte == b'{';
                    let next = self.need()?;
                    // The closing brackets stand two behind the opening ones in ASCII.
                    if next != byte + 2 {
                        if open.len >= room {
                            return Err(Stop::Depth);
                        }
                        open.push(object);
                        if object {
                            self.skip_key(next)?;
                        }
                        continue;
                    }
                    self.at += 1;
                }
                _ => self.skip_atom()?,
            }
            // A value has ended.
            loop {
                if open.len == 0 {
                    return Ok(());
                }
                let object = open.in_object();
                match self.need()? {
                    b',' => {
                        self.at += 1;
                        if object {
                            let next = self.need()?;
                            self.skip_key(next)?;
                        }
                        break;
                    }
                    b'}' if object => {}
                    b']' if !object => {}
                    _ => return Err(Stop::Syntax),
                }
                self.at += 1;
                open.pop();
            }
        }
    }

    #[inline]
    fn skip_key(&mut self, next: u8) -> Result<(), Stop> {
        if next != b'"' {
            return Err(Stop::Syntax);
        }
        self.at += 1;
        self.skip_string()?;
        if self.need()? != b':' {
            return Err(Stop::Syntax);
        }
        self.at += 1;
        Ok(())
    }
}
