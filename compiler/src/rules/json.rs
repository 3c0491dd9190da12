//! JSON with places. Its own reader, because YAML's differs from JSON in tabs, escapes, long keys and messages.

use std::collections::HashMap;

use super::limits;
use super::node::{self, Budget, Entry, Kind, Node};
use crate::diag::{Code, Diagnostic};
use crate::source::{FileId, Span};

/// Reads the text; `None` after an error, which stops the reading.
pub(super) fn parse(file: FileId, text: &str, found: &mut Vec<Diagnostic>) -> Option<Node> {
    let mut parser = Parser { file, text, at: 0, budget: Budget::new() };
    let result = parser.value(0).and_then(|root| {
        parser.space();
        if parser.at < text.len() {
            Err(parser.error("the document ends here, but more text follows"))
        } else {
            Ok(root)
        }
    });
    result.map_err(|diagnostic| found.push(*diagnostic)).ok()
}

struct Parser<'a> {
    file: FileId,
    text: &'a str,
    /// Always at a character's start.
    at: usize,
    budget: Budget,
}

type Parsed<T> = Result<T, Box<Diagnostic>>;

impl Parser<'_> {
    fn span(&self, start: usize) -> Span {
        Span::new(self.file, start as u32, self.at as u32)
    }

    fn error(&self, message: impl Into<String>) -> Box<Diagnostic> {
        let width = self.text[self.at..].chars().next().map_or(0, char::len_utf8);
        let span = Span::new(self.file, self.at as u32, (self.at + width) as u32);
        Box::new(Diagnostic::error(Code::RulesParse, span, message))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn unexpected(&self, wanted: &str) -> Box<Diagnostic> {
        match self.text[self.at..].chars().next() {
            None => self.error(format!("the text ends where {wanted} is expected")),
            Some(c) => self.error(format!("{c:?} stands where {wanted} is expected")),
        }
    }

    fn expect(&mut self, c: u8, wanted: &str) -> Parsed<()> {
        self.space();
        if self.peek() != Some(c) {
            return Err(self.unexpected(wanted));
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Parsed<Node> {
        self.space();
        let start = self.at;
        if depth > limits::MAX_DEPTH {
            let message = format!("lists and maps may be nested {} deep", limits::MAX_DEPTH);
            return Err(Box::new(Diagnostic { code: Code::RulesLimit, ..*self.error(message) }));
        }
        let kind = match self.peek() {
            Some(b'{') => self.map(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Kind::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        };
        let bytes = if let Kind::String(s) = &kind { s.len() } else { 0 };
        let span = self.span(start);
        self.budget.take(1, bytes, span)?;
        Ok(Node { span, kind })
    }

    fn word(&mut self) -> Parsed<Kind> {
        for (word, kind) in [("null", Kind::Null), ("true", Kind::Bool(true)), ("false", Kind::Bool(false))] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(kind);
            }
        }
        Err(self.unexpected("a value"))
    }

    fn number(&mut self) -> Parsed<Kind> {
        let start = self.at;
        while matches!(self.peek(), Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')) {
            self.at += 1;
        }
        let text = &self.text[start..self.at];
        if text.len() <= limits::MAX_NUMBER_BYTES && writ_value::json::parse(text.as_bytes()).is_err() {
            return Err(Box::new(Diagnostic::error(
                Code::RulesParse,
                self.span(start),
                format!("`{text}` is no number"),
            )));
        }
        node::number(text, self.span(start)).map(Kind::Number)
    }

    fn list(&mut self, depth: usize) -> Parsed<Kind> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Kind::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Kind::List(items));
                }
                _ => return Err(self.unexpected("`,` or `]`")),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Parsed<Kind> {
        self.at += 1;
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen: HashMap<String, Span> = HashMap::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Kind::Map(entries));
        }
        loop {
            self.space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a field's name in quotes"));
            }
            let key = self.string()?;
            let key_span = self.span(start);
            self.budget.take(1, key.len(), key_span)?;
            self.expect(b':', "`:`")?;
            let value = self.value(depth + 1)?;
            if let Some(first) = seen.insert(key.clone(), key_span) {
                return Err(Box::new(node::duplicate_key(&key, key_span, first)));
            }
            entries.push(Entry { key, key_span, value });
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Kind::Map(entries));
                }
                _ => return Err(self.unexpected("`,` or `}`")),
            }
        }
    }

    /// A string from its opening quote on.
    fn string(&mut self) -> Parsed<String> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    break;
                }
                Some(b'\\') => self.at += 1 + self.text[self.at + 1..].chars().next().map_or(0, char::len_utf8),
                Some(c) if c < 0x20 => return Err(self.error("a string may not hold control characters; use escapes")),
                Some(_) => self.at += self.text[self.at..].chars().next().map_or(1, char::len_utf8),
                None => {
                    let message = "the string that starts here has no end";
                    return Err(Box::new(Diagnostic::error(Code::RulesParse, self.span(start), message)));
                }
            }
        }
        // The escapes' meaning is that of every other JSON text of this project.
        match writ_value::json::parse(&self.text.as_bytes()[start..self.at]) {
            Ok(value) => Ok(value.as_str().unwrap_or_default().to_owned()),
            Err(_) => {
                Err(Box::new(Diagnostic::error(Code::RulesParse, self.span(start), "the string has a wrong escape")))
            }
        }
    }
}
