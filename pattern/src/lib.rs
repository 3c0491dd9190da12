//! RE2's pattern syntax, checked as Go checks it and written in the syntax of the `regex` crate.
//!
//! A crate of its own, so that the compiler can check a pattern that the host will run. The two syntaxes are close relatives, so this is one pass
//! that copies, resolves what differs (`\d` is ASCII, `\Q…\E`, octal escapes, a stray `{`, names of groups) and refuses what Go refuses, with its
//! words.

use std::fmt;
use std::fmt::Write;

use writ_value::utf8;

/// Deepest nesting of groups.
pub const MAX_DEPTH: u32 = 200;
/// Largest count of a repetition, also of nested ones multiplied.
const MAX_REPEAT: u32 = 1000;

/// A pattern in the engine's syntax.
#[derive(Debug)]
pub struct Translated {
    /// The pattern; the crate's compiler has the last word on it.
    pub pattern: String,
    /// Names of the groups; index 0 is the whole match.
    pub names: Vec<Option<String>>,
}

/// A pattern that Go refuses.
#[derive(Debug)]
pub struct SyntaxError {
    what: &'static str,
    excerpt: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error parsing regexp: {}", self.what)?;
        if self.what == "trailing backslash at end of expression" {
            return f.write_str(": ``");
        }
        write!(f, ": `{}`", self.excerpt)
    }
}

impl std::error::Error for SyntaxError {}

type Parsed<T> = Result<T, SyntaxError>;

fn fail<T>(what: &'static str, excerpt: &[u8]) -> Parsed<T> {
    Err(SyntaxError { what, excerpt: String::from_utf8_lossy(excerpt).into_owned() })
}

/// Checks and translates a pattern. Cost: linear.
///
/// # Errors
/// [`SyntaxError`] for what Go refuses, with Go's words.
pub fn translate(pattern: &[u8]) -> Parsed<Translated> {
    let mut p = Parser {
        whole: pattern,
        rest: pattern,
        out: String::with_capacity(pattern.len() + 8),
        names: vec![None],
        groups: vec![],
        product: 1,
        last: None,
        last_repeat: None,
    };
    while !p.rest.is_empty() {
        p.step()?;
    }
    if !p.groups.is_empty() {
        return fail("missing closing )", pattern);
    }
    Ok(Translated { pattern: p.out, names: p.names })
}

/// An atom that a repetition may follow.
#[derive(Clone, Copy)]
struct Atom {
    /// Largest product of nested counts within it.
    product: u32,
}

struct Parser<'a> {
    whole: &'a [u8],
    rest: &'a [u8],
    out: String,
    names: Vec<Option<String>>,
    /// For each open group, the product of the surroundings.
    groups: Vec<u32>,
    /// Largest product of counts in the group so far.
    product: u32,
    last: Option<Atom>,
    /// Where the previous item began, if it was a repetition.
    last_repeat: Option<&'a [u8]>,
}

impl<'a> Parser<'a> {
    fn step(&mut self) -> Parsed<()> {
        let before = self.rest;
        let mut repeat = None;
        match before[0] {
            b'(' => self.open_group()?,
            b')' => {
                self.rest = &before[1..];
                let Some(outer) = self.groups.pop() else { return fail("unexpected )", self.whole) };
                self.out.push(')');
                let product = std::mem::replace(&mut self.product, outer);
                self.atom(product);
            }
            b'|' => {
                self.rest = &before[1..];
                self.out.push('|');
                self.last = None;
            }
            c @ (b'^' | b'$' | b'.') => {
                self.rest = &before[1..];
                self.out.push(char::from(c));
                self.atom(1);
            }
            b'[' => self.class()?,
            c @ (b'*' | b'+' | b'?') => {
                self.rest = &before[1..];
                self.repeat(before, None, |out| out.push(char::from(c)))?;
                repeat = Some(before);
            }
            b'{' => match counts(before) {
                None => {
                    self.rest = &before[1..];
                    self.literal('{');
                }
                Some((min, max, after)) => {
                    self.rest = after;
                    let excerpt = &before[..before.len() - after.len()];
                    let (Some(min), Some(max)) = (min, max) else { return fail("invalid repeat count", excerpt) };
                    if min > MAX_REPEAT || max.is_some_and(|m| m > MAX_REPEAT || m < min) {
                        return fail("invalid repeat count", excerpt);
                    }
                    let count = max.unwrap_or(min);
                    self.repeat(before, Some(count), |out| {
                        let _ = match max {
                            Some(max) => write!(out, "{{{min},{max}}}"),
                            None => write!(out, "{{{min},}}"),
                        };
                    })?;
                    repeat = Some(before);
                }
            },
            b'\\' => self.escape()?,
            _ => {
                let c = self.next_char()?;
                self.literal(c);
            }
        }
        self.last_repeat = repeat;
        Ok(())
    }

    fn atom(&mut self, product: u32) {
        self.last = Some(Atom { product });
        self.product = self.product.max(product);
    }

    fn literal(&mut self, c: char) {
        push_char(c, &mut self.out);
        self.atom(1);
    }

    fn next_char(&mut self) -> Parsed<char> {
        let (c, len) = utf8::decode(self.rest);
        let Some(c) = c else { return fail("invalid UTF-8", self.rest) };
        self.rest = &self.rest[len..];
        Ok(c)
    }

    fn repeat(&mut self, before: &'a [u8], count: Option<u32>, write: impl FnOnce(&mut String)) -> Parsed<()> {
        let mut lazy = false;
        if self.rest.first() == Some(&b'?') {
            self.rest = &self.rest[1..];
            lazy = true;
        }
        if let Some(previous) = self.last_repeat {
            return fail("invalid nested repetition operator", &previous[..previous.len() - self.rest.len()]);
        }
        let excerpt = &before[..before.len() - self.rest.len()];
        let Some(atom) = self.last else { return fail("missing argument to repetition operator", excerpt) };
        let product = atom.product.saturating_mul(count.unwrap_or(1).max(1));
        if product > MAX_REPEAT {
            return fail("invalid repeat count", excerpt);
        }
        write(&mut self.out);
        if lazy {
            self.out.push('?');
        }
        self.atom(product);
        Ok(())
    }

    fn open_group(&mut self) -> Parsed<()> {
        let s = self.rest;
        if s.get(1) != Some(&b'?') {
            self.rest = &s[1..];
            self.names.push(None);
            self.out.push('(');
            return self.enter();
        }
        let name_at = match s {
            [_, _, b'P', b'<', _, ..] => Some(4),
            [_, _, b'<', _, ..] => Some(3),
            _ => None,
        };
        if let Some(name_at) = name_at {
            let Some(end) = s.iter().position(|&c| c == b'>') else {
                return fail("invalid named capture", s);
            };
            let name = s.get(name_at..end).unwrap_or_default();
            if name.is_empty() || !name.iter().all(|c| c.is_ascii_alphanumeric() || *c == b'_') {
                return fail("invalid named capture", &s[..=end]);
            }
            self.names.push(Some(String::from_utf8_lossy(name).into_owned()));
            self.rest = &s[end + 1..];
            self.out.push('(');
            return self.enter();
        }
        self.flags(s)
    }

    fn enter(&mut self) -> Parsed<()> {
        if self.groups.len() >= MAX_DEPTH as usize {
            return fail("expression nests too deeply", self.whole);
        }
        self.groups.push(std::mem::replace(&mut self.product, 1));
        self.last = None;
        Ok(())
    }

    /// `(?i)`, `(?s-m:…)`; the letters mean the same to the engine.
    fn flags(&mut self, s: &'a [u8]) -> Parsed<()> {
        self.rest = &s[2..];
        let mut flags = String::new();
        let mut saw_flag = false;
        while !self.rest.is_empty() {
            let c = self.next_char()?;
            match c {
                'i' | 'm' | 's' | 'U' => {
                    // The engine refuses a flag given twice.
                    if flags.contains(c) {
                        if flags.split('-').next_back().is_some_and(|f| f.contains(c)) {
                            saw_flag = true;
                            continue;
                        }
                        flags = flags.replace(c, "");
                    }
                    flags.push(c);
                    saw_flag = true;
                }
                '-' if !flags.contains('-') => {
                    flags.push('-');
                    saw_flag = false;
                }
                ':' | ')' if saw_flag || !flags.contains('-') => {
                    let flags = flags.strip_suffix('-').unwrap_or(&flags);
                    if c == ':' {
                        let _ = write!(self.out, "(?{flags}:");
                        return self.enter();
                    }
                    if !flags.is_empty() {
                        let _ = write!(self.out, "(?{flags})");
                    }
                    return Ok(());
                }
                _ => break,
            }
        }
        fail("invalid or unsupported Perl syntax", &s[..s.len() - self.rest.len()])
    }

    fn escape(&mut self) -> Parsed<()> {
        let s = self.rest;
        let raw = match s.get(1) {
            Some(b'A') => "\\A",
            Some(b'z') => "\\z",
            // ASCII words, as in RE2.
            Some(b'b') => "(?-u:\\b)",
            Some(b'B') => "(?-u:\\B)",
            Some(b'C') => return fail("invalid escape sequence", &s[..2]),
            Some(b'Q') => return self.quoted(),
            Some(b'p' | b'P') => {
                let class = self.unicode_class()?;
                self.out.push_str(&class);
                self.atom(1);
                return Ok(());
            }
            Some(&c) if perl_class(c).is_some() => {
                self.rest = &s[2..];
                let _ = write!(self.out, "[{}]", perl_class(c).unwrap_or_default());
                self.atom(1);
                return Ok(());
            }
            _ => {
                let c = self.escaped_char()?;
                push_code(c, &mut self.out);
                self.atom(1);
                return Ok(());
            }
        };
        self.rest = &s[2..];
        self.out.push_str(raw);
        self.atom(1);
        Ok(())
    }

    /// `\Q…\E`.
    fn quoted(&mut self) -> Parsed<()> {
        let s = &self.rest[2..];
        let end = s.windows(2).position(|w| w == b"\\E");
        let after = end.map_or(&s[s.len()..], |e| &s[e + 2..]);
        self.rest = &s[..end.unwrap_or(s.len())];
        while !self.rest.is_empty() {
            let c = self.next_char()?;
            self.literal(c);
        }
        self.rest = after;
        Ok(())
    }

    /// A single-character escape, as a code point (which may be one that is no character).
    fn escaped_char(&mut self) -> Parsed<u32> {
        let s = self.rest;
        self.rest = &s[1..];
        if self.rest.is_empty() {
            return fail("trailing backslash at end of expression", b"");
        }
        let c = self.next_char()?;
        let octal = |p: &Self| p.rest.first().filter(|d| (b'0'..=b'7').contains(d)).map(|d| u32::from(d - b'0'));
        match c {
            '0'..='7' => {
                let mut code = u32::from(c) - u32::from('0');
                if c == '0' || octal(self).is_some() {
                    for _ in 1..3 {
                        let Some(d) = octal(self) else { break };
                        code = code * 8 + d;
                        self.rest = &self.rest[1..];
                    }
                    return Ok(code);
                }
            }
            'x' => {
                if let Some(code) = self.hex()? {
                    return Ok(code);
                }
            }
            'a' => return Ok(7),
            'f' => return Ok(12),
            'n' => return Ok(10),
            'r' => return Ok(13),
            't' => return Ok(9),
            'v' => return Ok(11),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => return Ok(c.into()),
            _ => {}
        }
        fail("invalid escape sequence", &s[..s.len() - self.rest.len()])
    }

    fn hex(&mut self) -> Parsed<Option<u32>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let first = self.next_char()?;
        if first != '{' {
            if self.rest.is_empty() {
                return Ok(None);
            }
            let second = self.next_char()?;
            return Ok(first.to_digit(16).zip(second.to_digit(16)).map(|(x, y)| x * 16 + y));
        }
        let mut code = None;
        while !self.rest.is_empty() {
            let c = self.next_char()?;
            if c == '}' {
                return Ok(code);
            }
            let Some(d) = c.to_digit(16) else { return Ok(None) };
            let so_far = code.unwrap_or(0) * 16 + d;
            if so_far > 0x0010_ffff {
                return Ok(None);
            }
            code = Some(so_far);
        }
        Ok(None)
    }

    /// `\pL`, `\p{Greek}`, `\P{^Lu}`, in the engine's words.
    fn unicode_class(&mut self) -> Parsed<String> {
        let s = self.rest;
        let mut negated = s[1] == b'P';
        self.rest = &s[2..];
        if self.rest.is_empty() {
            return fail("invalid character class range", s);
        }
        let c = self.next_char()?;
        let name;
        if c == '{' {
            let Some(end) = s.iter().position(|&c| c == b'}') else { return fail("invalid character class range", s) };
            name = String::from_utf8_lossy(&s[3..end]).into_owned();
            self.rest = &s[end + 1..];
        } else {
            name = c.to_string();
        }
        let seq = &s[..s.len() - self.rest.len()];
        let name = match name.strip_prefix('^') {
            Some(n) => {
                negated = !negated;
                n
            }
            None => &name,
        };
        match unicode_table(name) {
            Some(table) if negated => Ok(format!("\\P{{{table}}}")),
            Some(table) => Ok(format!("\\p{{{table}}}")),
            None => fail("invalid character class range", seq),
        }
    }

    fn class(&mut self) -> Parsed<()> {
        let s = self.rest;
        let mut class = String::from("[");
        self.rest = &s[1..];
        if self.rest.first() == Some(&b'^') {
            class.push('^');
            self.rest = &self.rest[1..];
        }
        let mut first = true;
        let mut empty = true;
        while first || self.rest.first() != Some(&b']') {
            first = false;
            if let [b'[', b':', _, ..] = self.rest
                && let Some(end) = self.rest[2..].windows(2).position(|w| w == b":]")
            {
                let (name, after) = self.rest.split_at(end + 4);
                let Some(posix) = posix_class(&name[2..end + 2]) else {
                    return fail("invalid character class range", name);
                };
                class.push_str(&posix);
                self.rest = after;
                empty = false;
                continue;
            }
            match self.rest {
                [b'\\', b'p' | b'P', ..] => class.push_str(&self.unicode_class()?),
                [b'\\', c, ..] if perl_class(*c).is_some() => {
                    let _ = write!(class, "[{}]", perl_class(*c).unwrap_or_default());
                    self.rest = &self.rest[2..];
                }
                _ => self.range(s, &mut class)?,
            }
            empty = false;
        }
        self.rest = &self.rest[1..];
        class.push(']');
        debug_assert!(!empty, "the first item is always taken");
        self.out.push_str(&class);
        self.atom(1);
        Ok(())
    }

    /// A character or a range within a class.
    fn range(&mut self, whole: &'a [u8], class: &mut String) -> Parsed<()> {
        let start = self.rest;
        let lo = self.class_char(whole)?;
        let mut hi = lo;
        if let [b'-', next, ..] = self.rest
            && *next != b']'
        {
            self.rest = &self.rest[1..];
            hi = self.class_char(whole)?;
            if hi < lo {
                return fail("invalid character class range", &start[..start.len() - self.rest.len()]);
            }
        }
        push_code(lo, class);
        if hi != lo {
            class.push('-');
            push_code(hi, class);
        }
        Ok(())
    }

    fn class_char(&mut self, whole: &'a [u8]) -> Parsed<u32> {
        match self.rest.first() {
            None => fail("missing closing ]", whole),
            Some(b'\\') => self.escaped_char(),
            Some(_) => self.next_char().map(u32::from),
        }
    }
}

/// `{2}`, `{2,}`, `{2,5}`: the counts (inner `None`: too large; maximum `Some(None)`: open) and what follows.
#[expect(clippy::type_complexity, reason = "read once, two lines above its use")]
fn counts(s: &[u8]) -> Option<(Option<u32>, Option<Option<u32>>, &[u8])> {
    let (min, s) = integer(s.strip_prefix(b"{")?)?;
    if let Some(after) = s.strip_prefix(b"}") {
        return Some((min, min.map(Some), after));
    }
    let s = s.strip_prefix(b",")?;
    if let Some(after) = s.strip_prefix(b"}") {
        return Some((min, Some(None), after));
    }
    let (max, s) = integer(s)?;
    Some((min, max.map(Some), s.strip_prefix(b"}")?))
}

fn integer(s: &[u8]) -> Option<(Option<u32>, &[u8])> {
    let n = s.iter().take_while(|c| c.is_ascii_digit()).count();
    if n == 0 || (n > 1 && s[0] == b'0') {
        return None;
    }
    let value = std::str::from_utf8(&s[..n]).ok().and_then(|t| t.parse().ok());
    Some((value, &s[n..]))
}

/// Appends a literal character.
fn push_char(c: char, out: &mut String) {
    if c.is_ascii() && !c.is_ascii_alphanumeric() { push_code(c.into(), out) } else { out.push(c) }
}

/// Appends a code point. A surrogate, which no text contains, becomes a class that matches nothing.
fn push_code(code: u32, out: &mut String) {
    match char::from_u32(code) {
        Some(c) if c.is_ascii_alphanumeric() => out.push(c),
        Some(_) => {
            let _ = write!(out, "\\x{{{code:X}}}");
        }
        None => out.push_str(if code < 0xdc00 { "\\x{D7FF}" } else { "\\x{E000}" }),
    }
}

fn perl_class(c: u8) -> Option<&'static str> {
    Some(match c {
        b'd' => "0-9",
        b'D' => "^0-9",
        b's' => "\\t\\n\\x0C\\r ",
        b'S' => "^\\t\\n\\x0C\\r ",
        b'w' => "0-9A-Za-z_",
        b'W' => "^0-9A-Za-z_",
        _ => return None,
    })
}

fn posix_class(name: &[u8]) -> Option<String> {
    const NAMES: [&str; 14] = [
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper",
        "word", "xdigit",
    ];
    let text = std::str::from_utf8(name).ok()?;
    let plain = text.strip_prefix('^').unwrap_or(text);
    NAMES.contains(&plain).then(|| format!("[:{text}:]"))
}

/// The engine's name of a Unicode category or script.
fn unicode_table(name: &str) -> Option<String> {
    let canonical: String = name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).collect();
    match canonical.to_ascii_lowercase().as_str() {
        "any" => return Some("Any".to_owned()),
        "assigned" => return Some("Assigned".to_owned()),
        "ascii" => return Some("ASCII".to_owned()),
        "" => return None,
        _ => {}
    }
    if !canonical.bytes().all(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    ["gc", "sc"]
        .into_iter()
        .map(|kind| format!("{kind}={name}"))
        .find(|table| regex_accepts(&format!("\\p{{{table}}}")))
}

fn regex_accepts(pattern: &str) -> bool {
    regex::bytes::Regex::new(pattern).is_ok()
}
