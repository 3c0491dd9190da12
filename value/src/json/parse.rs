//! The JSON parser: no recursion, so that depth costs heap and is bounded by a limit.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::error::{JsonError, JsonErrorKind};
use crate::number::Number;
use crate::string::Str;
use crate::utf8;
use crate::value::Value;

/// Bounds on a text.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest text in bytes.
    pub max_bytes: usize,
    /// Deepest nesting of collections; more than [`MAX_DEPTH`](crate::MAX_DEPTH) counts as that.
    pub max_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { max_bytes: 1 << 30, max_depth: crate::MAX_DEPTH }
    }
}

/// Reads one JSON value under the default [`Limits`].
///
/// As OPA does: duplicate keys, the last wins; bad UTF-8 and lone surrogates become U+FFFD; numbers keep their text.
///
/// # Errors
/// [`JsonError`] with Go's wording and the place.
pub fn parse(text: &[u8]) -> Result<Value, JsonError> {
    parse_with(text, Limits::default())
}

/// As [`parse`], with limits of one's own.
///
/// # Errors
/// As [`parse`].
pub fn parse_with(text: &[u8], limits: Limits) -> Result<Value, JsonError> {
    if text.len() > limits.max_bytes {
        return Err(JsonError::new(JsonErrorKind::TooLong(limits.max_bytes), text, 0));
    }
    let mut p = Parser { text, at: 0, max_depth: limits.max_depth.min(crate::MAX_DEPTH) };
    p.document().map_err(|kind| JsonError::new(kind, text, p.at))
}

/// A collection that is being read.
enum Open {
    Array(Vec<Value>),
    Object(BTreeMap<Value, Value>, Str),
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    max_depth: usize,
}

type Parsed<T> = Result<T, JsonErrorKind>;

impl Parser<'_> {
    fn document(&mut self) -> Parsed<Value> {
        self.skip_space();
        if self.at == self.text.len() {
            return Err(JsonErrorKind::Empty);
        }
        let value = self.value()?;
        self.skip_space();
        match self.peek() {
            None => Ok(value),
            Some(c @ (b'{' | b'[')) => Err(JsonErrorKind::TrailingValue(char::from(c).to_string())),
            Some(b'n') => self.bad("after top-level value"),
            Some(_) => {
                let start = self.at;
                let token = match self.value()? {
                    Value::String(s) => s.to_string(),
                    other => crate::rego::to_string(&other),
                };
                self.at = start;
                Err(JsonErrorKind::TrailingValue(token))
            }
        }
    }

    fn value(&mut self) -> Parsed<Value> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            self.skip_space();
            let mut value = match self.need()? {
                b'[' => {
                    self.at += 1;
                    self.skip_space();
                    if self.need()? == b']' {
                        self.at += 1;
                        Value::from(Vec::new())
                    } else {
                        self.push(&mut open, Open::Array(Vec::new()))?;
                        continue;
                    }
                }
                b'{' => {
                    self.at += 1;
                    self.skip_space();
                    if self.need()? == b'}' {
                        self.at += 1;
                        Value::empty_object()
                    } else {
                        let key = self.key()?;
                        self.push(&mut open, Open::Object(BTreeMap::new(), key))?;
                        continue;
                    }
                }
                b'"' => Value::String(self.string()?),
                b'-' | b'0'..=b'9' => Value::Number(self.number()?),
                b't' => self.literal("true", "in literal true", Value::Bool(true))?,
                b'f' => self.literal("false", "in literal false", Value::Bool(false))?,
                b'n' => self.literal("null", "in literal null", Value::Null)?,
                _ => return self.bad("looking for beginning of value"),
            };
            // Put the value where it belongs, closing collections until one wants another value.
            loop {
                match open.pop() {
                    None => return Ok(value),
                    Some(Open::Array(mut elements)) => {
                        elements.push(value);
                        self.skip_space();
                        match self.need()? {
                            b',' => {
                                self.at += 1;
                                open.push(Open::Array(elements));
                                break;
                            }
                            b']' => {
                                self.at += 1;
                                value = Value::from(elements);
                            }
                            _ => return self.bad("after array element"),
                        }
                    }
                    Some(Open::Object(mut entries, key)) => {
                        entries.insert(Value::String(key), value);
                        self.skip_space();
                        match self.need()? {
                            b',' => {
                                self.at += 1;
                                self.skip_space();
                                let key = self.key()?;
                                open.push(Open::Object(entries, key));
                                break;
                            }
                            b'}' => {
                                self.at += 1;
                                value = Value::from(entries);
                            }
                            _ => return self.bad("after object key:value pair"),
                        }
                    }
                }
            }
        }
    }

    fn push(&self, open: &mut Vec<Open>, new: Open) -> Parsed<()> {
        if open.len() >= self.max_depth {
            return Err(JsonErrorKind::TooDeep(self.max_depth));
        }
        open.push(new);
        Ok(())
    }

    fn key(&mut self) -> Parsed<Str> {
        if self.need()? != b'"' {
            return self.bad("looking for beginning of object key string");
        }
        let key = self.string()?;
        self.skip_space();
        if self.need()? != b':' {
            return self.bad("after object key");
        }
        self.at += 1;
        Ok(key)
    }

    fn literal(&mut self, word: &str, context: &'static str, value: Value) -> Parsed<Value> {
        for expected in word.bytes() {
            let byte = self.need()?;
            if byte != expected {
                return Err(JsonErrorKind::InvalidCharacter { byte, context, expected: Some(expected) });
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Parsed<Number> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.need()? == b'0' {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        let text = core::str::from_utf8(&self.text[start..self.at]).unwrap_or_default();
        Number::parse(text).map_err(|e| {
            self.at = start;
            JsonErrorKind::Number(e)
        })
    }

    fn digits(&mut self, context: &'static str) -> Parsed<()> {
        if !self.need()?.is_ascii_digit() {
            return self.bad(context);
        }
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Parsed<Str> {
        self.at += 1;
        let start = self.at;
        loop {
            match self.need()? {
                b'"' => {
                    let raw = &self.text[start..self.at];
                    self.at += 1;
                    return Ok(match core::str::from_utf8(raw) {
                        Ok(s) => Str::from(s),
                        Err(_) => Str::from(utf8::to_str_lossy(raw).into_owned()),
                    });
                }
                b'\\' => break,
                0..0x20 => return self.bad("in string literal"),
                _ => self.at += 1,
            }
        }
        let mut out = String::from(utf8::to_str_lossy(&self.text[start..self.at]));
        loop {
            let run = self.at;
            while self.peek().is_some_and(|c| c != b'"' && c != b'\\' && c >= 0x20) {
                self.at += 1;
            }
            out.push_str(&utf8::to_str_lossy(&self.text[run..self.at]));
            match self.need()? {
                b'"' => {
                    self.at += 1;
                    return Ok(Str::from(out));
                }
                b'\\' => {
                    self.at += 1;
                    let c = self.escape()?;
                    out.push(c);
                }
                _ => return self.bad("in string literal"),
            }
        }
    }

    fn escape(&mut self) -> Parsed<char> {
        let c = match self.need()? {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\x08',
            b'f' => '\x0c',
            c @ (b'"' | b'\\' | b'/') => char::from(c),
            b'u' => {
                self.at += 1;
                return self.unicode_escape();
            }
            _ => return self.bad("in string escape code"),
        };
        self.at += 1;
        Ok(c)
    }

    fn unicode_escape(&mut self) -> Parsed<char> {
        let first = self.hex4()?;
        if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with(b"\\u") {
            let back = self.at;
            self.at += 2;
            let second = self.hex4()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = back;
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex4(&mut self) -> Parsed<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = char::from(self.need()?).to_digit(16) else {
                return self.bad("in \\u hexadecimal character escape");
            };
            code = (code << 4) | digit;
            self.at += 1;
        }
        Ok(code)
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn need(&self) -> Parsed<u8> {
        self.peek().ok_or(JsonErrorKind::UnexpectedEnd)
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn bad<T>(&self, context: &'static str) -> Parsed<T> {
        match self.peek() {
            Some(byte) => Err(JsonErrorKind::InvalidCharacter { byte, context, expected: None }),
            None => Err(JsonErrorKind::UnexpectedEnd),
        }
    }
}
