//! Tokens of templates: text between actions, and what stands in actions.

/// The kind of a token. Keywords are names too, but print in angle brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum T {
    Error,
    Bool,
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    Eof,
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    Space,
    String,
    Text,
    Variable,
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

/// A token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: T,
    pub(super) pos: usize,
    /// The text as written, or of the error.
    pub(super) text: String,
    pub(super) line: usize,
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use T::{Block, Break, Continue, Define, Dot, Else, End, Eof, Error, If, Nil, Range, Template, With};
        match self.kind {
            Eof => f.write_str("EOF"),
            Error => f.write_str(&self.text),
            Block | Break | Continue | Dot | Define | Else | End | If | Nil | Range | Template | With => {
                write!(f, "<{}>", self.text)
            }
            _ if self.text.len() > 10 => {
                let short: String = self.text.chars().take(10).collect();
                write!(f, "{}...", crate::url::quote(short.as_bytes()))
            }
            _ => f.write_str(&crate::url::quote(self.text.as_bytes())),
        }
    }
}

/// A lexer. Cost: linear in the text over all tokens.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    input: &'a str,
    pos: usize,
    /// Where the token begins.
    start: usize,
    line: usize,
    start_line: usize,
    n_parens: usize,
    in_action: bool,
}

const LEFT: &str = "{{";
const RIGHT: &str = "}}";
const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

fn is_space(c: char) -> bool {
    SPACES.contains(&c)
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// `- ` behind the left delimiter.
fn trims_left(s: &str) -> bool {
    s.strip_prefix('-').is_some_and(|s| s.starts_with(SPACES))
}

/// ` -` in front of the right delimiter.
fn trims_right(s: &str) -> bool {
    s.strip_prefix(SPACES).is_some_and(|s| s.starts_with('-'))
}

impl<'a> Lexer<'a> {
    pub(super) fn new(input: &'a str) -> Self {
        Lexer { input, pos: 0, start: 0, line: 1, start_line: 1, n_parens: 0, in_action: false }
    }

    fn rest(&self) -> &'a str {
        &self.input[self.pos..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next_char(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.pos += c.len_utf8();
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    fn emit(&mut self, kind: T) -> Token {
        let text = self.input[self.start..self.pos].to_owned();
        let token = Token { kind, pos: self.start, text, line: self.start_line };
        self.begin();
        token
    }

    fn begin(&mut self) {
        // What lies between was skipped.
        self.start = self.pos;
        self.start_line = self.line;
    }

    /// Moves over text that may have line breaks.
    fn skip(&mut self, n: usize) {
        self.line += self.rest()[..n].matches('\n').count();
        self.pos += n;
    }

    /// An error; the end follows.
    fn error(&mut self, text: impl Into<String>) -> Token {
        let token = Token { kind: T::Error, pos: self.start, text: text.into(), line: self.start_line };
        (self.input, self.pos, self.start, self.in_action) = ("", 0, 0, false);
        token
    }

    /// The next token; at the end, and after an error, the end again and again.
    pub(super) fn next(&mut self) -> Token {
        loop {
            let token = if self.in_action { Some(self.in_action()) } else { self.in_text() };
            if let Some(t) = token {
                return t;
            }
        }
    }

    /// Text or a left delimiter; `None` after a comment.
    fn in_text(&mut self) -> Option<Token> {
        let Some(n) = self.rest().find(LEFT) else {
            self.skip(self.rest().len());
            return Some(if self.pos > self.start { self.emit(T::Text) } else { self.end() });
        };
        if n > 0 {
            let after = &self.rest()[n + LEFT.len()..];
            let text = &self.rest()[..n];
            let kept = if trims_left(after) { text.trim_end_matches(SPACES).len() } else { n };
            self.skip(kept);
            let token = self.emit(T::Text);
            self.skip(n - kept);
            self.begin();
            if kept > 0 {
                return Some(token);
            }
        }
        let marker = if trims_left(&self.rest()[LEFT.len()..]) { 2 } else { 0 };
        if self.rest()[LEFT.len() + marker..].starts_with("/*") {
            self.skip(LEFT.len() + marker);
            self.begin();
            return self.comment();
        }
        self.pos += LEFT.len();
        let token = self.emit(T::LeftDelim);
        self.in_action = true;
        self.skip(marker);
        self.begin();
        self.n_parens = 0;
        Some(token)
    }

    fn end(&mut self) -> Token {
        Token { kind: T::Eof, pos: self.start, text: "EOF".to_owned(), line: self.start_line }
    }

    fn comment(&mut self) -> Option<Token> {
        let Some(n) = self.rest()[2..].find("*/") else { return Some(self.error("unclosed comment")) };
        self.skip(n + 4);
        let Some(trims) = self.at_right() else { return Some(self.error("comment ends before closing delimiter")) };
        self.close(trims);
        None
    }

    /// At a right delimiter; whether it trims.
    fn at_right(&self) -> Option<bool> {
        let rest = self.rest();
        if trims_right(rest) && rest[2..].starts_with(RIGHT) {
            return Some(true);
        }
        rest.starts_with(RIGHT).then_some(false)
    }

    /// Moves over a right delimiter and the space that it trims.
    fn close(&mut self, trims: bool) {
        self.skip(if trims { 2 } else { 0 } + RIGHT.len());
        if trims {
            let space = self.rest().len() - self.rest().trim_start_matches(SPACES).len();
            self.skip(space);
        }
        self.begin();
    }

    fn right_delimiter(&mut self, trims: bool) -> Token {
        if trims {
            self.skip(2);
            self.begin();
        }
        let (pos, line) = (self.pos, self.start_line);
        self.pos -= if trims { 2 } else { 0 };
        self.close(trims);
        self.in_action = false;
        Token { kind: T::RightDelim, pos, text: RIGHT.to_owned(), line }
    }

    fn in_action(&mut self) -> Token {
        if let Some(trims) = self.at_right() {
            if self.n_parens == 0 {
                return self.right_delimiter(trims);
            }
            return self.error("unclosed left paren");
        }
        let Some(c) = self.next_char() else { return self.error("unclosed action") };
        match c {
            c if is_space(c) => self.space(),
            '=' => self.emit(T::Assign),
            ':' if self.next_char() == Some('=') => self.emit(T::Declare),
            ':' => self.error("expected :="),
            '|' => self.emit(T::Pipe),
            '"' => self.quoted('"', "unterminated quoted string", T::String),
            '`' => self.raw(),
            '\'' => self.quoted('\'', "unterminated character constant", T::CharConstant),
            '$' => self.name(T::Variable),
            '.' if !self.peek().is_some_and(|c| c.is_ascii_digit()) && self.pos < self.input.len() => {
                self.name(T::Field)
            }
            '.' | '+' | '-' | '0'..='9' => self.number(),
            c if is_alphanumeric(c) => self.identifier(),
            '(' => {
                self.n_parens += 1;
                self.emit(T::LeftParen)
            }
            ')' if self.n_parens == 0 => self.error("unexpected right paren"),
            ')' => {
                self.n_parens -= 1;
                self.emit(T::RightParen)
            }
            c if c.is_ascii_graphic() => self.emit(T::Char),
            c => self.error(format!("unrecognized character in action: {}", unicode(c))),
        }
    }

    fn space(&mut self) -> Token {
        while self.peek().is_some_and(is_space) {
            self.next_char();
        }
        // The last space may belong to a delimiter that trims.
        let last = &self.input[self.pos - 1..];
        if trims_right(last) && last[2..].starts_with(RIGHT) {
            self.pos -= 1;
            if last.starts_with('\n') {
                self.line -= 1;
            }
            if self.pos == self.start {
                return self.right_delimiter(true);
            }
        }
        self.emit(T::Space)
    }

    /// What may follow a name.
    fn at_terminator(&self) -> bool {
        match self.peek() {
            None => true,
            Some(c) => is_space(c) || ".,|:)(".contains(c) || self.rest().starts_with(RIGHT),
        }
    }

    /// A field or variable; its first character is read.
    fn name(&mut self, kind: T) -> Token {
        if self.at_terminator() {
            return self.emit(if kind == T::Field { T::Dot } else { kind });
        }
        self.word(kind)
    }

    fn word(&mut self, kind: T) -> Token {
        while self.peek().is_some_and(is_alphanumeric) {
            self.next_char();
        }
        match self.peek() {
            Some(c) if !self.at_terminator() => self.error(format!("bad character {}", unicode(c))),
            _ => self.emit(kind),
        }
    }

    fn identifier(&mut self) -> Token {
        let mut token = self.word(T::Identifier);
        if token.kind == T::Identifier {
            token.kind = match token.text.as_str() {
                "block" => T::Block,
                "break" => T::Break,
                "continue" => T::Continue,
                "define" => T::Define,
                "else" => T::Else,
                "end" => T::End,
                "if" => T::If,
                "nil" => T::Nil,
                "range" => T::Range,
                "template" => T::Template,
                "with" => T::With,
                "true" | "false" => T::Bool,
                _ => T::Identifier,
            };
        }
        token
    }

    fn quoted(&mut self, quote: char, unterminated: &str, kind: T) -> Token {
        loop {
            match self.next_char() {
                Some('\\') if !matches!(self.next_char(), None | Some('\n')) => {}
                Some('\\' | '\n') | None => return self.error(unterminated),
                Some(c) if c == quote => return self.emit(kind),
                Some(_) => {}
            }
        }
    }

    fn raw(&mut self) -> Token {
        match self.rest().find('`') {
            None => self.error("unterminated raw quoted string"),
            Some(n) => {
                self.skip(n + 1);
                self.emit(T::RawString)
            }
        }
    }

    fn number(&mut self) -> Token {
        self.pos = self.start;
        let mut complex = false;
        let mut good = self.scan_number();
        if good && self.peek().is_some_and(|c| matches!(c, '+' | '-')) {
            complex = true;
            good = self.scan_number() && self.input[..self.pos].ends_with('i');
        }
        if !good {
            let text = crate::url::quote(&self.input.as_bytes()[self.start..self.pos]);
            return self.error(format!("bad number syntax: {text}"));
        }
        self.emit(if complex { T::Complex } else { T::Number })
    }

    fn accept(&mut self, set: &str) -> bool {
        let found = self.peek().is_some_and(|c| set.contains(c));
        self.pos += usize::from(found);
        found
    }

    fn scan_number(&mut self) -> bool {
        self.accept("+-");
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        while self.accept(digits) {}
        if self.accept(".") {
            while self.accept(digits) {}
        }
        let exponent = match digits.len() {
            11 => self.accept("eE"),
            23 => self.accept("pP"),
            _ => false,
        };
        if exponent {
            self.accept("+-");
            while self.accept("0123456789_") {}
        }
        self.accept("i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.next_char();
            return false;
        }
        true
    }
}

/// A character as `U+0041 'A'`.
fn unicode(c: char) -> String {
    let code = format!("U+{:04X}", u32::from(c));
    if writ_value::utf8::is_printable(c) { format!("{code} '{c}'") } else { code }
}
