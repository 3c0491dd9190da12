//! A reader of DER: strict lengths, no recursion, every read checked. Readers borrow; nothing is copied.

use num_bigint::BigInt;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OID: u8 = 0x06;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const NUMERIC_STRING: u8 = 0x12;
pub(crate) const PRINTABLE_STRING: u8 = 0x13;
pub(crate) const T61_STRING: u8 = 0x14;
pub(crate) const IA5_STRING: u8 = 0x16;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const BMP_STRING: u8 = 0x1e;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// The tag `[n]`, primitive.
pub(crate) const fn context(n: u8) -> u8 {
    0x80 | n
}

/// The tag `[n]`, constructed.
pub(crate) const fn context_constructed(n: u8) -> u8 {
    0xa0 | n
}

/// What is left to read. Each method takes one element off the front, or nothing if it gives `None`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

/// One element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    /// Tag, length and content.
    pub(crate) full: &'a [u8],
    /// The content.
    pub(crate) body: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn peek(&self, tag: u8) -> bool {
        self.0.first() == Some(&tag)
    }

    /// The next element, whatever its tag (below 31).
    pub(crate) fn any(&mut self) -> Option<Element<'a>> {
        let (&tag, &first) = (self.0.first()?, self.0.get(1)?);
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (header, length) = if first & 0x80 == 0 {
            (2, usize::from(first))
        } else {
            let n = usize::from(first & 0x7f);
            if n == 0 || n > 4 {
                return None;
            }
            let bytes = self.0.get(2..2 + n)?;
            let length = bytes.iter().fold(0usize, |l, &b| l << 8 | usize::from(b));
            if length < 128 || bytes[0] == 0 {
                return None;
            }
            (2 + n, length)
        };
        let full = self.0.get(..header.checked_add(length)?)?;
        self.0 = &self.0[full.len()..];
        Some(Element { tag, full, body: &full[header..] })
    }

    /// The next element with its header, if it has this tag.
    pub(crate) fn element(&mut self, tag: u8) -> Option<Element<'a>> {
        let mut ahead = *self;
        let e = ahead.any()?;
        (e.tag == tag).then(|| {
            *self = ahead;
            e
        })
    }

    /// The content of the next element, if it has this tag.
    pub(crate) fn body(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.element(tag).map(|e| e.body)
    }

    /// A reader over the content of the next element, if it has this tag.
    pub(crate) fn inside(&mut self, tag: u8) -> Option<Reader<'a>> {
        self.body(tag).map(Reader)
    }

    /// `Some(None)` if the next element has another tag or there is none.
    #[allow(clippy::option_option, reason = "the outer option is failure, the inner one absence")]
    pub(crate) fn optional(&mut self, tag: u8) -> Option<Option<Reader<'a>>> {
        if self.peek(tag) { self.inside(tag).map(Some) } else { Some(None) }
    }

    pub(crate) fn boolean(&mut self) -> Option<bool> {
        match self.body(BOOLEAN)? {
            [0] => Some(false),
            [0xff] => Some(true),
            _ => None,
        }
    }

    /// The two's complement bytes of an integer, minimally encoded.
    pub(crate) fn integer(&mut self) -> Option<&'a [u8]> {
        self.integer_with_tag(INTEGER)
    }

    pub(crate) fn integer_with_tag(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let bytes = ahead.body(tag)?;
        let minimal = match bytes {
            [] => false,
            [0, b, ..] => b & 0x80 != 0,
            [0xff, b, ..] => b & 0x80 == 0,
            _ => true,
        };
        minimal.then(|| {
            *self = ahead;
            bytes
        })
    }

    pub(crate) fn bigint(&mut self) -> Option<BigInt> {
        self.integer().map(BigInt::from_signed_bytes_be)
    }

    pub(crate) fn int64(&mut self) -> Option<i64> {
        self.integer().and_then(signed)
    }

    pub(crate) fn oid(&mut self) -> Option<Vec<u64>> {
        oid_components(self.body(OID)?)
    }

    pub(crate) fn bit_string(&mut self) -> Option<BitString<'a>> {
        let (&padding, bytes) = self.body(BIT_STRING)?.split_first()?;
        let clean = match bytes.last() {
            None => padding == 0,
            Some(last) => padding <= 7 && last & ((1 << padding) - 1) == 0,
        };
        clean.then_some(BitString { bytes, padding })
    }
}

/// A signed integer of at most 64 bits.
pub(crate) fn signed(bytes: &[u8]) -> Option<i64> {
    let first = *bytes.first()?;
    if bytes.len() > 8 {
        return None;
    }
    let fill = if first & 0x80 == 0 { 0 } else { -1 };
    Some(bytes.iter().fold(fill, |n: i64, &b| n << 8 | i64::from(b)))
}

/// Bits, the first one in the highest bit of the first byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BitString<'a> {
    pub(crate) bytes: &'a [u8],
    padding: u8,
}

impl BitString<'_> {
    pub(crate) fn bit(&self, i: usize) -> bool {
        self.bytes.get(i / 8).is_some_and(|b| b & (0x80 >> (i % 8)) != 0)
    }

    /// The bytes with the padding moved to the front.
    pub(crate) fn right_align(&self) -> Vec<u8> {
        let mut carry = 0;
        let shift = u32::from(self.padding);
        self.bytes
            .iter()
            .map(|&b| {
                let both = u16::from(carry) << 8 | u16::from(b);
                carry = b;
                (both >> shift).to_be_bytes()[1]
            })
            .collect()
    }
}

/// The components of an object identifier; each at most 31 bits, as in Go.
pub(crate) fn oid_components(body: &[u8]) -> Option<Vec<u64>> {
    let mut out = Vec::with_capacity(body.len() + 1);
    let (mut value, mut n) = (0u64, 0);
    for &b in body {
        if n == 5 || value >= 1 << 24 || (n == 0 && b == 0x80) {
            return None;
        }
        value = value << 7 | u64::from(b & 0x7f);
        n += 1;
        if b & 0x80 == 0 {
            if out.is_empty() {
                let first = (value / 40).min(2);
                out.extend([first, value - 40 * first]);
            } else {
                out.push(value);
            }
            (value, n) = (0, 0);
        }
    }
    (n == 0 && !out.is_empty()).then_some(out)
}

/// Dotted notation.
pub(crate) fn oid_text(components: &[u64]) -> String {
    components.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

/// Encodes one element.
#[cfg(test)]
pub(crate) fn wrap(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let n = body.len();
    if n < 128 {
        out.push(n.to_le_bytes()[0]);
    } else {
        let bytes = n.to_be_bytes();
        let skip = bytes.iter().take_while(|&&b| b == 0).count();
        out.push(0x80 | (bytes.len() - skip).to_le_bytes()[0]);
        out.extend_from_slice(&bytes[skip..]);
    }
    out.extend_from_slice(body);
    out
}
