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
    pub(super) problems: Problems,
}

/// What is wrong with a token, each thing once, in the order of its occurrence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Problems([Option<&'static str>; 3]);

impl Problems {
    const NONE: Problems = Problems([None; 3]);

    const fn one(text: &'static str) -> Self {
        Problems([Some(text), None, None])
    }

    fn is_empty(&self) -> bool {
        *self == Problems::NONE
    }

    fn push(&mut self, text: &'static str) {
        if !self.0.contains(&Some(text))
            && let Some(free) = self.0.iter_mut().find(|slot| slot.is_none())
        {
            *free = Some(text);
        }
    }

    /// The messages.
    pub(super) fn iter(self) -> impl Iterator<Item = &'static str> {
        self.0.into_iter().flatten()
    }
}

impl<'a> Lexer<'a> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The token at `at`. A run of white space is one token.
    pub(super) fn token(&self, at: usize) -> Lexed {
        let ok = |tok, end| Lexed { tok, end, problems: Problems::NONE };
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
            b'$' => Lexed { tok: Tok::Illegal, end: at + 1, problems: Problems::one("illegal $ character") },
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
            b'!' => Lexed { tok: Tok::Illegal, end: at + 1, problems: Problems::one("illegal ! character") },
            _ => {
                let c = self.text.get(at..).and_then(|s| s.chars().next()).unwrap_or(' ');
                let problems = match c {
                    '\u{a0}' => Problems::one("illegal non-breaking space character, use a regular space instead"),
                    _ => Problems::NONE,
                };
                Lexed { tok: Tok::Illegal, end: at + c.len_utf8(), problems }
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
        let mut problems = Problems::NONE;
        let mut end = digits(at);
        if self.byte(end) == Some(b'.') {
            let from = end + 1;
            end = digits(from);
            if end == from {
                problems.push("expected fraction");
            }
        }
        if matches!(self.byte(end), Some(b'e' | b'E')) {
            let from = end + if matches!(self.byte(end + 1), Some(b'+' | b'-')) { 2 } else { 1 };
            end = digits(from);
            if end == from {
                problems.push("expected exponent");
            }
        }
        // `0a2b` is one bad number rather than a number and a name.
        if self.byte(end).is_some_and(is_letter) {
            problems.push("illegal number format");
            end = self.skip(end, |b| is_letter(b) || b.is_ascii_digit());
        }
        Lexed { tok: if problems.is_empty() { Tok::Number } else { Tok::Illegal }, end, problems }
    }

    /// `at` is the offset after the opening quote.
    fn string(&self, at: usize) -> Lexed {
        let (mut pos, mut problems) = (at, Problems::NONE);
        loop {
            match self.byte(pos) {
                None | Some(b'\n') => {
                    problems.push("non-terminated string");
                    break;
                }
                Some(b'"') => {
                    pos += 1;
                    break;
                }
                Some(b'\\') => pos = self.escape(pos, false, &mut problems),
                Some(_) => pos += 1,
            }
        }
        Lexed { tok: if problems.is_empty() { Tok::String } else { Tok::Illegal }, end: pos, problems }
    }

    /// Steps over the escape sequence whose backslash is at `at`.
    fn escape(&self, at: usize, brace: bool, problems: &mut Problems) -> usize {
        match self.byte(at + 1) {
            Some(b'\\' | b'"' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at + 2,
            Some(b'{') if brace => at + 2,
            // As in OPA the four characters are not looked at here, so that a wrong one is a bad literal.
            Some(b'u') => {
                let rest = self.text.get(at + 2..).unwrap_or("");
                at + 2 + rest.char_indices().nth(4).map_or(rest.len(), |(n, _)| n)
            }
            _ => {
                problems.push("illegal escape sequence");
                at + 1
            }
        }
    }

    fn raw_string(&self, at: usize) -> Lexed {
        let end = self.skip(at, |b| b != b'`');
        if self.byte(end).is_some() {
            Lexed { tok: Tok::RawString, end: end + 1, problems: Problems::NONE }
        } else {
            Lexed { tok: Tok::Illegal, end, problems: Problems::one("non-terminated string") }
        }
    }

    fn template(&self, at: usize) -> Lexed {
        let (mut pos, mut problems, mut tok) = (at, Problems::NONE, Tok::TemplatePart);
        loop {
            match self.byte(pos) {
                None | Some(b'\n') => {
                    problems.push("non-terminated string");
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
                Some(b'\\') => pos = self.escape(pos, true, &mut problems),
                Some(_) => pos += 1,
            }
        }
        Lexed { tok: if problems.is_empty() { tok } else { Tok::Illegal }, end: pos, problems }
    }

    fn raw_template(&self, at: usize) -> Lexed {
        let ok = |tok, end| Lexed { tok, end, problems: Problems::NONE };
        let mut pos = at;
        loop {
            match self.byte(pos) {
                None => {
                    return Lexed { tok: Tok::Illegal, end: pos, problems: Problems::one("non-terminated string") };
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
