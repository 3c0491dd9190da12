//! Parser of JSON text, and of the text that OPA prints for values: JSON plus sets, keys of any kind and Go's escapes.

use writ_abi::layout::MAX_DEPTH;
use writ_abi::{Tag, Word};

use crate::text::Text;
use crate::{compare, heap, mem, number, table, value};

/// What the parser accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// RFC 8259.
    Json,
    /// RFC 8259 with numbers of any size: for checking a text, not for using its value.
    Syntax,
    /// Also `{a, b}`, `set()`, `{[1]: 2}`, a comma behind the last element, and the escapes of Go's quoted strings.
    Value,
}

/// The value of a whole text, `None` when it is malformed, nested too deeply or has a number out of range. White space
/// and NUL bytes may follow. Of equal keys the last wins; bytes that are no UTF-8 become U+FFFD.
///
/// Linear in the text but for objects whose keys are not in order, which are sorted.
pub fn parse(text: &[u8], dialect: Dialect) -> Option<Word> {
    let mark = heap::mark();
    let mut parser = Parser { text, at: 0, depth: 0, dialect };
    let value = parser.document();
    if value.is_none() {
        heap::release(mark);
    }
    value
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    depth: u32,
    dialect: Dialect,
}

impl Parser<'_> {
    fn document(&mut self) -> Option<Word> {
        let value = self.value()?;
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r' | 0)) {
            self.at += 1;
        }
        (self.at == self.text.len()).then_some(value)
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    #[inline]
    fn space(&mut self) -> Option<u8> {
        loop {
            match self.peek()? {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    fn word(&mut self, text: &[u8], value: Word) -> Option<Word> {
        if !self.text.get(self.at..)?.starts_with(text) {
            return None;
        }
        self.at += text.len();
        Some(value)
    }

    fn value(&mut self) -> Option<Word> {
        match self.space()? {
            b'"' => {
                self.at += 1;
                self.string()
            }
            b'{' => self.nested(Nested::Braces),
            b'[' => self.nested(Nested::Array),
            b't' => self.word(b"true", Word::TRUE),
            b'f' => self.word(b"false", Word::FALSE),
            b'n' => self.word(b"null", Word::NULL),
            b's' if self.dialect == Dialect::Value => {
                self.word(b"set(", Word::NULL)?;
                self.close(b')')?;
                Some(table::set(0))
            }
            _ => self.number(),
        }
    }

    #[inline]
    fn nested(&mut self, kind: Nested) -> Option<Word> {
        if self.depth == MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        self.at += 1;
        let value = match kind {
            Nested::Array => self.array(),
            Nested::Braces => self.braces(),
        };
        self.depth -= 1;
        value
    }

    /// Skips white space and takes `byte`.
    fn close(&mut self, byte: u8) -> Option<()> {
        (self.space()? == byte).then(|| self.at += 1)
    }

    /// After an element: true for another one, false at the closing byte.
    fn more(&mut self, close: u8) -> Option<bool> {
        let byte = self.space()?;
        self.at += 1;
        match byte {
            b',' if self.dialect == Dialect::Value && self.space()? == close => {
                self.at += 1;
                Some(false)
            }
            b',' => Some(true),
            _ if byte == close => Some(false),
            _ => None,
        }
    }

    fn array(&mut self) -> Option<Word> {
        if self.space()? == b']' {
            self.at += 1;
            return Some(value::array(0));
        }
        let array = value::array(4);
        loop {
            let element = self.value()?;
            value::push(array, element);
            if !self.more(b']')? {
                return Some(array);
            }
        }
    }

    fn braces(&mut self) -> Option<Word> {
        if self.space()? == b'}' {
            self.at += 1;
            return Some(table::object(0));
        }
        if self.dialect != Dialect::Value {
            return self.object(None);
        }
        let first = self.value()?;
        if self.space()? == b':' { self.object(Some(first)) } else { self.set(first) }
    }

    fn object(&mut self, mut first: Option<Word>) -> Option<Word> {
        let mut rows = Rows::new(16);
        loop {
            let key = match first.take() {
                Some(key) => key,
                None => self.key()?,
            };
            self.close(b':')?;
            let value = self.value()?;
            rows.push(key, value);
            if !self.more(b'}')? {
                return Some(rows.finish(Tag::Object));
            }
        }
    }

    fn key(&mut self) -> Option<Word> {
        if self.space()? == b'"' {
            self.at += 1;
            return self.string();
        }
        if self.dialect == Dialect::Value { self.value() } else { None }
    }

    #[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
    fn set(&mut self, first: Word) -> Option<Word> {
        let mut rows = Rows::new(8);
        rows.push(first, Word::UNDEFINED);
        while self.more(b'}')? {
            let element = self.value()?;
            rows.push(element, Word::UNDEFINED);
        }
        Some(rows.finish(Tag::Set))
    }

    fn number(&mut self) -> Option<Word> {
        let start = self.at;
        let rest = self.text.get(start..)?;
        let len = number::scan(rest)?;
        self.at += len;
        let text = &rest[..len];
        if self.dialect == Dialect::Syntax { Some(number::from_text(text)) } else { number::parse(text) }
    }

    /// A string, after its opening quote.
    fn string(&mut self) -> Option<Word> {
        let start = self.at;
        let mut high = 0;
        loop {
            let byte = self.peek()?;
            match byte {
                b'"' => break,
                b'\\' => return self.escaped(start),
                0..0x20 => return None,
                _ => high |= byte,
            }
            self.at += 1;
        }
        let bytes = &self.text[start..self.at];
        self.at += 1;
        if high < 0x80 || core::str::from_utf8(bytes).is_ok() {
            return Some(value::string(bytes));
        }
        let mut text = Text::new(bytes.len() as u32 + 16);
        push_valid(&mut text, bytes);
        Some(text.finish())
    }

    #[inline(never)]
    #[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
    fn escaped(&mut self, start: usize) -> Option<Word> {
        let mut text = Text::new((self.at - start) as u32 * 2 + 16);
        let mut plain = start;
        loop {
            match self.peek()? {
                b'"' => {
                    push_valid(&mut text, &self.text[plain..self.at]);
                    self.at += 1;
                    return Some(text.finish());
                }
                b'\\' => {
                    push_valid(&mut text, &self.text[plain..self.at]);
                    self.at += 1;
                    self.escape(&mut text)?;
                    plain = self.at;
                }
                0..0x20 => return None,
                _ => self.at += 1,
            }
        }
    }

    #[inline(never)]
    #[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
    fn escape(&mut self, text: &mut Text) -> Option<()> {
        let byte = self.peek()?;
        self.at += 1;
        let plain = match byte {
            b'"' | b'\\' | b'/' => byte,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                text.char(self.utf16()?);
                return Some(());
            }
            b'a' if self.dialect == Dialect::Value => 7,
            b'v' if self.dialect == Dialect::Value => 11,
            b'x' if self.dialect == Dialect::Value => self.hex(2)? as u8,
            b'U' if self.dialect == Dialect::Value => {
                text.char(char::from_u32(self.hex(8)?)?);
                return Some(());
            }
            _ => return None,
        };
        text.byte(plain);
        Some(())
    }

    /// The code point of a `\u` escape and, for a surrogate pair, of the one behind it. Lone surrogates become U+FFFD.
    #[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
    fn utf16(&mut self) -> Option<char> {
        let first = self.hex(4)?;
        if (0xd800..0xdc00).contains(&first) && self.text.get(self.at..)?.starts_with(b"\\u") {
            let back = self.at;
            self.at += 2;
            let second = self.hex(4)?;
            if (0xdc00..0xe000).contains(&second) {
                return char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
            }
            self.at = back;
        }
        Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    #[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
    fn hex(&mut self, digits: usize) -> Option<u32> {
        let mut value = 0;
        for _ in 0..digits {
            let digit = match self.peek()? {
                byte @ b'0'..=b'9' => byte - b'0',
                byte @ b'a'..=b'f' => byte - b'a' + 10,
                byte @ b'A'..=b'F' => byte - b'A' + 10,
                _ => return None,
            };
            self.at += 1;
            value = value << 4 | u32::from(digit);
        }
        Some(value)
    }
}

#[derive(Clone, Copy)]
enum Nested {
    Array,
    Braces,
}

/// Appends bytes, with U+FFFD for each byte that is no part of valid UTF-8.
#[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
pub fn push_valid(text: &mut Text, mut bytes: &[u8]) {
    loop {
        match core::str::from_utf8(bytes) {
            Ok(valid) => return text.push(valid.as_bytes()),
            Err(error) => {
                let (valid, rest) = bytes.split_at(error.valid_up_to());
                text.push(valid);
                text.char(char::REPLACEMENT_CHARACTER);
                bytes = &rest[1..];
            }
        }
    }
}

/// Rows of a table in the making, in text order.
struct Rows {
    data: u32,
    len: u32,
    cap: u32,
    stride: u32,
    last: Word,
    ascending: bool,
}

impl Rows {
    fn new(stride: u32) -> Self {
        let cap = 4;
        Self { data: heap::alloc(cap * stride), len: 0, cap, stride, last: Word::UNDEFINED, ascending: true }
    }

    fn push(&mut self, key: Word, value: Word) {
        if self.len == self.cap {
            let bytes = heap::product(self.cap, self.stride * 2);
            self.data = heap::grow(self.data, self.cap * self.stride, bytes);
            self.cap *= 2;
        }
        self.ascending = self.ascending && (self.len == 0 || compare::cmp(self.last, key).is_lt());
        self.last = key;
        let at = self.data + self.len * self.stride;
        mem::store64(at, key.0);
        if self.stride == 16 {
            mem::store64(at + 8, value.0);
        }
        self.len += 1;
    }

    fn finish(self, tag: Tag) -> Word {
        table::from_rows(tag, self.data, self.len, self.cap, self.ascending)
    }
}
