//! Tokens of GraphQL. White space and commas are skipped; comments are tokens, which the parser gathers.

use writ_value::utf8;

use super::error::{Error, Place};

/// The kinds of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum T {
    Invalid,
    Eof,
    Bang,
    Dollar,
    Amp,
    ParenL,
    ParenR,
    Spread,
    Colon,
    Equals,
    At,
    BracketL,
    BracketR,
    BraceL,
    BraceR,
    Pipe,
    Name,
    Int,
    Float,
    String,
    BlockString,
    Comment,
}

impl T {
    pub(super) fn text(self) -> &'static str {
        match self {
            T::Invalid => "<Invalid>",
            T::Eof => "<EOF>",
            T::Bang => "!",
            T::Dollar => "$",
            T::Amp => "&",
            T::ParenL => "(",
            T::ParenR => ")",
            T::Spread => "...",
            T::Colon => ":",
            T::Equals => "=",
            T::At => "@",
            T::BracketL => "[",
            T::BracketR => "]",
            T::BraceL => "{",
            T::BraceR => "}",
            T::Pipe => "|",
            T::Name => "Name",
            T::Int => "Int",
            T::Float => "Float",
            T::String => "String",
            T::BlockString => "BlockString",
            T::Comment => "Comment",
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: T,
    pub(super) value: String,
    pub(super) line: u32,
    pub(super) column: i64,
}

impl Token {
    /// As errors show it.
    pub(super) fn text(&self) -> String {
        if self.value.is_empty() {
            self.kind.text().to_owned()
        } else {
            format!("{} {}", self.kind.text(), crate::url::quote(self.value.as_bytes()))
        }
    }
}

/// Reads tokens one by one. Columns count characters.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    input: &'a [u8],
    start: usize,
    end: usize,
    start_runes: i64,
    end_runes: i64,
    line: u32,
    line_start: i64,
}

type Lexed = Result<Token, (Token, Error)>;

impl<'a> Lexer<'a> {
    pub(super) fn new(input: &'a str) -> Self {
        Lexer { input: input.as_bytes(), start: 0, end: 0, start_runes: 0, end_runes: 0, line: 1, line_start: 0 }
    }

    fn token(&self, kind: T, value: String) -> Token {
        Token { kind, value, line: self.line, column: self.start_runes - self.line_start + 1 }
    }

    fn punctuation(&self, kind: T) -> Lexed {
        Ok(self.token(kind, String::new()))
    }

    fn source(&self) -> String {
        String::from_utf8_lossy(&self.input[self.start..self.end]).into_owned()
    }

    fn error(&self, message: String) -> Lexed {
        let column = self.end_runes - self.line_start + 1;
        let token = Token { kind: T::Invalid, value: String::new(), line: self.line, column };
        Err((token, Error { message, place: Place::At(self.line, column) }))
    }

    fn peek(&self) -> Option<u8> {
        self.input.get(self.end).copied()
    }

    fn advance(&mut self, n: usize) {
        self.end += n;
        self.end_runes += i64::try_from(n).unwrap_or(0);
    }

    /// Takes one character, however many bytes it has.
    fn take_char(&mut self) -> char {
        let (c, width) = utf8::decode(&self.input[self.end..]);
        self.end += width;
        self.end_runes += 1;
        c.unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn new_line(&mut self) {
        self.line += 1;
        self.line_start = self.end_runes;
    }

    fn skip_space(&mut self) {
        while let Some(c) = self.peek() {
            match c {
                b'\t' | b' ' | b',' => self.advance(1),
                b'\n' => {
                    self.advance(1);
                    self.new_line();
                }
                b'\r' => {
                    self.advance(1);
                    self.new_line();
                    if self.peek() == Some(b'\n') {
                        self.advance(1);
                    }
                }
                0xef if self.input[self.end..].starts_with(b"\xef\xbb\xbf") => {
                    self.take_char();
                }
                _ => break,
            }
        }
    }

    /// The next token, or an invalid one with its error.
    pub(super) fn next(&mut self) -> Lexed {
        self.skip_space();
        self.start = self.end;
        self.start_runes = self.end_runes;
        let Some(c) = self.peek() else { return self.punctuation(T::Eof) };
        let kind = match c {
            b'!' => T::Bang,
            b'$' => T::Dollar,
            b'&' => T::Amp,
            b'(' => T::ParenL,
            b')' => T::ParenR,
            b'.' if self.input[self.end..].starts_with(b"...") => {
                self.advance(3);
                return self.punctuation(T::Spread);
            }
            b':' => T::Colon,
            b'=' => T::Equals,
            b'@' => T::At,
            b'[' => T::BracketL,
            b']' => T::BracketR,
            b'{' => T::BraceL,
            b'}' => T::BraceR,
            b'|' => T::Pipe,
            b'#' => return self.comment(),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => return self.name(),
            b'-' | b'0'..=b'9' => return self.number(),
            b'"' if self.input[self.end..].starts_with(b"\"\"\"") => return self.block_string(),
            b'"' => return self.string(),
            0..=0x1f => return self.error(format!("Cannot contain the invalid character \"\\u{c:04x}\"")),
            b'\'' => {
                let hint = "Unexpected single quote character ('), did you mean to use a double quote (\")?";
                return self.error(hint.to_owned());
            }
            c => return self.error(format!("Cannot parse the unexpected character \"{}\".", char::from(c))),
        };
        self.advance(1);
        self.punctuation(kind)
    }

    fn comment(&mut self) -> Lexed {
        self.advance(1);
        while self.peek().is_some_and(|c| c > 0x1f || c == b'\t') {
            self.take_char();
        }
        Ok(self.token(T::Comment, self.source()))
    }

    fn name(&mut self) -> Lexed {
        while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == b'_') {
            self.advance(1);
        }
        Ok(self.token(T::Name, self.source()))
    }

    fn accept(&mut self, bytes: &[u8]) -> bool {
        let found = self.peek().is_some_and(|c| bytes.contains(&c));
        if found {
            self.advance(1);
        }
        found
    }

    fn digits(&mut self) -> usize {
        let n = self.input[self.end..].iter().take_while(|c| c.is_ascii_digit()).count();
        self.advance(n);
        n
    }

    fn describe_next(&self) -> String {
        self.peek().map_or_else(|| "<EOF>".to_owned(), |c| format!("\"{}\"", char::from(c)))
    }

    fn number(&mut self) -> Lexed {
        let mut kind = T::Int;
        let missing = |l: &Self| l.error(format!("Invalid number, expected digit but got: {}.", l.describe_next()));
        self.accept(b"-");
        if self.accept(b"0") {
            if self.peek().is_some_and(|c| c.is_ascii_digit()) {
                return self.error(format!("Invalid number, unexpected digit after 0: {}.", self.describe_next()));
            }
        } else if self.digits() == 0 {
            return missing(self);
        }
        if self.accept(b".") {
            kind = T::Float;
            if self.digits() == 0 {
                return missing(self);
            }
        }
        if self.accept(b"eE") {
            kind = T::Float;
            self.accept(b"+-");
            if self.digits() == 0 {
                return missing(self);
            }
        }
        Ok(self.token(kind, self.source()))
    }

    fn string(&mut self) -> Lexed {
        self.advance(1);
        self.start += 1;
        self.start_runes += 1;
        let mut out = String::new();
        while let Some(c) = self.peek() {
            match c {
                b'\n' | b'\r' => break,
                0..0x20 if c != b'\t' => {
                    return self.error(format!("Invalid character within String: \"\\u{c:04x}\"."));
                }
                b'"' => {
                    let token = self.token(T::String, out);
                    self.advance(1);
                    return Ok(token);
                }
                b'\\' => match self.escape() {
                    Ok(c) => out.push(c),
                    Err(message) => return self.error(message),
                },
                _ => out.push(self.take_char()),
            }
        }
        self.error("Unterminated string.".to_owned())
    }

    /// An escape sequence; on failure the place is behind the backslash.
    fn escape(&mut self) -> Result<char, String> {
        let invalid = |what: &str| Err(format!("Invalid character escape sequence: \\{what}."));
        let Some(&c) = self.input.get(self.end + 1) else {
            self.advance(1);
            return Err("Invalid character escape sequence.".to_owned());
        };
        if c == b'u' {
            let text =
                |l: &Self, to: usize| String::from_utf8_lossy(&l.input[l.end..to.min(l.input.len())]).into_owned();
            if self.end + 6 >= self.input.len() {
                self.advance(1);
                let rest = text(self, self.input.len());
                return invalid(&rest);
            }
            let hex = std::str::from_utf8(&self.input[self.end + 2..self.end + 6]).unwrap_or_default();
            let code = Some(hex).filter(|h| h.bytes().all(|c| c.is_ascii_hexdigit()));
            let Some(code) = code.and_then(|h| u32::from_str_radix(h, 16).ok()) else {
                self.advance(1);
                let rest = text(self, self.end + 5);
                return invalid(&rest);
            };
            self.advance(6);
            return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let c = match c {
            b'"' | b'/' | b'\\' => char::from(c),
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            other => {
                self.advance(1);
                return invalid(&char::from(other).to_string());
            }
        };
        self.advance(2);
        Ok(c)
    }

    fn block_string(&mut self) -> Lexed {
        self.advance(3);
        self.start += 3;
        self.start_runes += 3;
        let mut raw = String::new();
        while let Some(c) = self.peek() {
            let rest = &self.input[self.end..];
            match c {
                b'"' if rest.starts_with(b"\"\"\"") => {
                    let quotes = rest.iter().take_while(|&&c| c == b'"').count();
                    raw.extend(std::iter::repeat_n('"', quotes - 3));
                    let token = self.token(T::BlockString, block_value(&raw));
                    self.advance(quotes);
                    return Ok(token);
                }
                0..0x20 if !matches!(c, b'\t' | b'\n' | b'\r') => {
                    return self.error(format!("Invalid character within String: \"\\u{c:04x}\"."));
                }
                b'\\' if rest.starts_with(b"\\\"\"\"") => {
                    raw.push_str("\"\"\"");
                    self.advance(4);
                }
                b'\r' => {
                    if rest.get(1) == Some(&b'\n') {
                        self.advance(1);
                    }
                    self.advance(1);
                    raw.push('\n');
                    self.new_line();
                }
                b'\n' => {
                    self.advance(1);
                    raw.push('\n');
                    self.new_line();
                }
                _ => raw.push(self.take_char()),
            }
        }
        self.error("Unterminated string.".to_owned())
    }
}

/// A block string without its common indentation and the blank lines around it.
fn block_value(raw: &str) -> String {
    let lines: Vec<&str> = raw.split('\n').collect();
    let indent = |l: &str| l.find(|c| c != ' ' && c != '\t');
    let common = lines.iter().filter_map(|l| indent(l)).min().unwrap_or(0);
    let mut out: Vec<&str> =
        lines.iter().enumerate().map(|(i, l)| if i == 0 { l } else { l.get(common..).unwrap_or("") }).collect();
    while out.first().is_some_and(|l| indent(l).is_none()) {
        out.remove(0);
    }
    while out.last().is_some_and(|l| indent(l).is_none()) {
        out.pop();
    }
    out.join("\n")
}
