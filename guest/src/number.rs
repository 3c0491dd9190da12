//! Numbers: small integers in the word, everything else as the author's decimal text. What numbers mean is defined in
//! `writ_value::number`; here is only how words hold them.

use core::cmp::Ordering;
use core::hash::{Hash, Hasher};

use writ_abi::{Tag, Word, hash};
use writ_value::number::{self, NumRef, Number, NumberError};

use crate::text::Text;
use crate::{heap, mem, value};

/// Whether the word is a number.
#[inline]
pub fn is_number(w: Word) -> bool {
    matches!(w.tag(), Tag::Int | Tag::Number)
}

/// The number in a word, `None` when it is something else.
#[inline]
pub fn get(w: Word) -> Option<NumRef<'static>> {
    match w.tag() {
        Tag::Int => Some(NumRef::Int(w.as_int()?)),
        Tag::Number => Some(NumRef::Text(mem::text(value::text(w)))),
        _ => None,
    }
}

/// As [`get`], for words that are known to be numbers.
#[inline]
fn known(w: Word) -> NumRef<'static> {
    get(w).unwrap_or(NumRef::Int(0))
}

/// Length of the JSON number at the start of the text.
pub fn scan(text: &[u8]) -> Option<usize> {
    let digits = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(text.first() == Some(&b'-'));
    at += match text.get(at)? {
        b'0' => 1,
        b'1'..=b'9' => digits(at),
        _ => return None,
    };
    if text.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        at += 1 + usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at.min(text.len()));
        if exponent == 0 {
            return None;
        }
        at += exponent;
    }
    Some(at)
}

/// A number from its text, which [`scan`] accepts as a whole. `None` when it is out of range.
pub fn parse(text: &[u8]) -> Option<Word> {
    if let Some(n) = short_int(text) {
        return Some(n);
    }
    match number::check(mem::text(text)) {
        Ok(Some(n)) => Some(value::int(n)),
        Ok(None) => Some(from_text(text)),
        Err(_) => None,
    }
}

/// Integers of up to nine digits, which are nearly all.
fn short_int(text: &[u8]) -> Option<Word> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 9 || (negative && digits == b"0") {
        return None;
    }
    let mut n: i64 = 0;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        n = n * 10 + i64::from(digit);
    }
    Word::int(if negative { -n } else { n })
}

/// A number in memory with this text, which must be a number and no plain small integer.
pub fn from_text(text: &[u8]) -> Word {
    Word::pointer(Tag::Number, value::string(text).addr())
}

/// A 64-bit integer that is too large for a small integer.
pub fn from_i64(n: i64) -> Word {
    let mut text = Text::new(20);
    text.int(n);
    text.finish_number()
}

/// A number as a word.
pub fn word(n: &Number) -> Word {
    match n {
        Number::Int(n) => value::int(*n),
        Number::Text(text) => from_text(text.as_bytes()),
    }
}

/// Runs an operation and keeps its result without the scratch memory that it left on the heap.
pub fn compute(operation: impl FnOnce() -> Result<Number, NumberError>) -> Result<Word, NumberError> {
    let mark = heap::mark();
    let result = match operation() {
        // The result is copied behind the scratch, so that freeing the original cannot touch it.
        Ok(n) => Ok(word(&n)),
        Err(error) => {
            heap::release(mark);
            return Err(error);
        }
    };
    result.map(|w| if w.tag() == Tag::Number { value::move_down(w, mark) } else { release(mark, w) })
}

fn release(mark: u32, w: Word) -> Word {
    heap::release(mark);
    w
}

/// Exact order of two numbers.
pub fn compare(a: Word, b: Word) -> Ordering {
    if let (Some(x), Some(y)) = (a.as_int(), b.as_int()) {
        return x.cmp(&y);
    }
    known(a).cmp(&known(b))
}

/// A hash that equal numbers share, whatever their text: `1`, `1.0` and `10e-1`.
pub fn hash(w: Word) -> u64 {
    let mut state = Mix(0);
    known(w).hash(&mut state);
    state.finish()
}

struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, part: u64) {
        self.0 = hash::mix(self.0, part);
    }

    fn write_u8(&mut self, part: u8) {
        self.write_u64(u64::from(part));
    }

    fn write_i64(&mut self, part: i64) {
        self.write_u64(part as u64);
    }
}

/// The value as a 64-bit integer, where OPA takes the text for one: `1`, `1.0`, not `1e0`.
pub fn as_i64(w: Word) -> Option<i64> {
    match w.tag() {
        Tag::Int => w.as_int(),
        _ => get(w)?.to_i64(),
    }
}

/// A number in JSON's grammar that is the whole text.
pub fn scan_whole(text: &[u8]) -> Option<Word> {
    (scan(text)? == text.len()).then(|| parse(text))?
}

/// The decimal text of an integer, in the buffer.
pub fn decimal_text(n: i64, buffer: &mut [u8; 20]) -> &[u8] {
    let mut at = buffer.len();
    let mut rest = n.unsigned_abs();
    loop {
        at -= 1;
        buffer[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if n < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    &buffer[at..]
}
