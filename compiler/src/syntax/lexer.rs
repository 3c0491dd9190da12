//! Text to tokens, one at a time and from any place, so that the parser can go back without a token buffer.
//!
//! Names are ASCII. (OPA also takes other scripts' digits within a name; those are refused here.)

use super::token::{Keywords, Tok, is_letter};

/// The text and the words that are keywords at this point of it.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'a> {
    pub(super) text: &'a str,
    pub(super) keywords: Keywords,
}

/// A token, and what is wrong with it if it is [`Tok::Illegal`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Lexed {
    pub(super) tok: Tok,
    /// Offset after the token.
    pub(super) end: usize,
    /// Errors in the order of their occurrence.
    pub(super) problem: Problem,
}

/// What can be wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    None,
    One(&'static str),
    /// Several of the same in one token, such as bad escapes in a string; and perhaps a last one.
    Many(&'static str, u32, Option<&'static str>),
}

impl Problem {
    fn push(&mut self, text: &'static str) {
        *self = match *self {
            Problem::None => Problem::One(text),
            Problem::One(first) if first == text => Problem::Many(first, 2, None),
            Problem::One(first) => Problem::Many(first, 1, Some(text)),
            Problem::Many(first, n, last) if first == text => Problem::Many(first, n.saturating_add(1), last),
            Problem::Many(first, n, _) => Problem::Many(first, n, Some(text)),
        };
    }
}

impl<'a> Lexer<'a> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The token at `at`. A run of white space is one token.
    pub(super) fn token(&self, at: usize) -> Lexed {
        let ok = |tok, end| Lexed { tok, end, problem: Problem::None };
        let Some(first) = self.byte(at) else { return ok(Tok::Eof, at) };
        let next_is = |b| self.byte(at + 1) == Some(b);
        let one_or = |tok, follow, longer| if next_is(follow) { ok(longer, at + 2) } else { ok(tok, at + 1) };
        match first {
            b' ' | b'\t' | b'\n' | b'\r' => ok(Tok::Whitespace, self.skip(at, is_space)),
            b'#' => {
                let end = self.text.as_bytes().get(at..).and_then(|r| r.iter().position(|b| *b == b'\n'));
                let end = end.map_or(self.text.len(), |n| at + n);
                let cr = self.byte(end - 1) == Some(b'\r');
                ok(Tok::Comment, if cr { end - 1 } else { end })
            }
            b if is_letter(b) => {
                let end = self.skip(at, |b| is_letter(b) || b.is_ascii_digit());
                ok(self.keywords.token(self.text.get(at..end).unwrap_or("")), end)
            }
            b'0'..=b'9' => self.number(at),
            b'"' => self.string(at + 1),
            b'`' => self.raw_string(at + 1),
            b'$' if next_is(b'"') => self.template(at + 2),
            b'$' if next_is(b'`') => self.raw_template(at + 2),
            b'$' => Lexed { tok: Tok::Illegal, end: at + 1, problem: Problem::One("illegal $ character") },
            b'[' => ok(Tok::LBrack, at + 1),
            b']' => ok(Tok::RBrack, at + 1),
            b'{' => ok(Tok::LBrace, at + 1),
            b'}' => ok(Tok::RBrace, at + 1),
            b'(' => ok(Tok::LParen, at + 1),
            b')' => ok(Tok::RParen, at + 1),
            b',' => ok(Tok::Comma, at + 1),
            b';' => ok(Tok::Semicolon, at + 1),
            b'.' => ok(Tok::Dot, at + 1),
            b'+' => ok(Tok::Add, at + 1),
            b'-' => ok(Tok::Sub, at + 1),
            b'*' => ok(Tok::Mul, at + 1),
            b'/' => ok(Tok::Div, at + 1),
            b'%' => ok(Tok::Rem, at + 1),
            b'&' => ok(Tok::And, at + 1),
            b'|' => ok(Tok::Or, at + 1),
            b':' => one_or(Tok::Colon, b'=', Tok::Assign),
            b'=' => one_or(Tok::Unify, b'=', Tok::Equal),
            b'>' => one_or(Tok::Gt, b'=', Tok::Gte),
            b'<' => one_or(Tok::Lt, b'=', Tok::Lte),
            b'!' if next_is(b'=') => ok(Tok::Neq, at + 2),
            b'!' => Lexed { tok: Tok::Illegal, end: at + 1, problem: Problem::One("illegal ! character") },
            _ => {
                let c = self.text.get(at..).and_then(|s| s.chars().next()).unwrap_or(' ');
                let problem = match c {
                    '\u{a0}' => Problem::One("illegal non-breaking space character, use a regular space instead"),
                    _ => Problem::None,
                };
                Lexed { tok: Tok::Illegal, end: at + c.len_utf8(), problem }
            }
        }
    }

    /// The rest of a template string after an expression; `at` is the offset after the expression's `}`.
    pub(super) fn template_rest(&self, at: usize, raw: bool) -> Lexed {
        if raw { self.raw_template(at) } else { self.template(at) }
    }

    fn skip(&self, from: usize, while_: impl Fn(u8) -> bool) -> usize {
        let rest = self.text.as_bytes().get(from..).unwrap_or(&[]);
        rest.iter().position(|b| !while_(*b)).map_or(self.text.len(), |n| from + n)
    }

    fn number(&self, at: usize) -> Lexed {
        let digits = |from| self.skip(from, |b| b.is_ascii_digit());
        let mut problem = Problem::None;
        let mut end = digits(at);
        if self.byte(end) == Some(b'.') {
            let from = end + 1;
            end = digits(from);
            if end == from {
                problem.push("expected fraction");
            }
        }
        if matches!(self.byte(end), Some(b'e' | b'E')) {
            let from = end + if matches!(self.byte(end + 1), Some(b'+' | b'-')) { 2 } else { 1 };
            end = digits(from);
            if end == from {
                problem.push("expected exponent");
            }
        }
        // `0a2b` is one bad number rather than a number and a name.
        if self.byte(end).is_some_and(is_letter) {
            problem.push("illegal number format");
            end = self.skip(end, |b| is_letter(b) || b.is_ascii_digit());
        }
        Lexed { tok: if problem == Problem::None { Tok::Number } else { Tok::Illegal }, end, problem }
    }

    /// `at` is the offset after the opening quote.
    fn string(&self, at: usize) -> Lexed {
        let (mut pos, mut problem) = (at, Problem::None);
        loop {
            match self.byte(pos) {
                None | Some(b'\n') => {
                    problem.push("non-terminated string");
                    break;
                }
                Some(b'"') => {
                    pos += 1;
                    break;
                }
                Some(b'\\') => pos = self.escape(pos, false, &mut problem),
                Some(_) => pos += 1,
            }
        }
        Lexed { tok: if problem == Problem::None { Tok::String } else { Tok::Illegal }, end: pos, problem }
    }

    /// Steps over the escape sequence whose backslash is at `at`.
    fn escape(&self, at: usize, brace: bool, problem: &mut Problem) -> usize {
        match self.byte(at + 1) {
            Some(b'\\' | b'"' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at + 2,
            Some(b'{') if brace => at + 2,
            // As in OPA the four characters are not looked at here, so that a wrong one is a bad literal.
            Some(b'u') => {
                let rest = self.text.get(at + 2..).unwrap_or("");
                at + 2 + rest.char_indices().nth(4).map_or(rest.len(), |(n, _)| n)
            }
            _ => {
                problem.push("illegal escape sequence");
                at + 1
            }
        }
    }

    fn raw_string(&self, at: usize) -> Lexed {
        let end = self.skip(at, |b| b != b'`');
        if self.byte(end).is_some() {
            Lexed { tok: Tok::RawString, end: end + 1, problem: Problem::None }
        } else {
            Lexed { tok: Tok::Illegal, end, problem: Problem::One("non-terminated string") }
        }
    }

    fn template(&self, at: usize) -> Lexed {
        let (mut pos, mut problem, mut tok) = (at, Problem::None, Tok::TemplatePart);
        loop {
            match self.byte(pos) {
                None | Some(b'\n') => {
                    problem.push("non-terminated string");
                    break;
                }
                Some(b'"') => {
                    (tok, pos) = (Tok::TemplateEnd, pos + 1);
                    break;
                }
                Some(b'{') => {
                    pos += 1;
                    break;
                }
                Some(b'\\') => pos = self.escape(pos, true, &mut problem),
                Some(_) => pos += 1,
            }
        }
        Lexed { tok: if problem == Problem::None { tok } else { Tok::Illegal }, end: pos, problem }
    }

    fn raw_template(&self, at: usize) -> Lexed {
        let ok = |tok, end| Lexed { tok, end, problem: Problem::None };
        let mut pos = at;
        loop {
            match self.byte(pos) {
                None => {
                    return Lexed { tok: Tok::Illegal, end: pos, problem: Problem::One("non-terminated string") };
                }
                Some(b'`') => return ok(Tok::RawTemplateEnd, pos + 1),
                Some(b'{') => return ok(Tok::RawTemplatePart, pos + 1),
                Some(b'\\') if self.byte(pos + 1) == Some(b'{') => pos += 2,
                Some(_) => pos += 1,
            }
        }
    }
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
