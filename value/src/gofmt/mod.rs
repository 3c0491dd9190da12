//! Go's `Sprintf` over Rego values: verbs, flags, widths, argument indexes and the `%!d(string=x)` notes for misuse.
//!
//! ```text
//!   format ──scan──▶ one Spec per verb ──▶ int | float | text | compound ──▶ bytes
//! ```

mod compound;
mod float;
mod int;
mod text;

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec::Vec;

use num_bigint::BigInt;

use crate::number::{self, NumRef, NumberError};
use crate::utf8;

/// Longest result in bytes.
pub const MAX_OUTPUT: usize = 1 << 24;
/// Widths and precisions beyond this are refused, as in Go.
const MAX_WIDTH: u64 = 1_000_000;

/// An argument, in the Go type that OPA hands to `Sprintf`.
#[derive(Clone, Debug)]
pub enum Arg<'a> {
    /// A plain integer that fits 64 bits.
    Int(i64),
    /// A wider one.
    Big(BigInt),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// A string, or any other value in Rego notation.
    Str(Cow<'a, [u8]>),
    /// A boolean. `sprintf` gets none, but templates do, as the rest.
    Bool(bool),
    /// No value at all.
    Nil,
    /// A slice.
    List(Vec<Arg<'a>>),
    /// A map, in the order of its keys.
    Map(Vec<(Arg<'a>, Arg<'a>)>),
    /// An argument of a type with another name.
    Typed(&'static str, Box<Arg<'a>>),
}

impl<'a> Arg<'a> {
    /// A number, as OPA passes it: its text decides, so `1.0` is a float.
    #[must_use]
    pub fn number(n: NumRef<'a>) -> Arg<'a> {
        let text = match n {
            NumRef::Int(i) => return Arg::Int(i),
            NumRef::Text(t) => t,
        };
        if text.contains(['.', 'e', 'E']) {
            if let Some(f) = n.to_f64() {
                return Arg::Float(f);
            }
        } else if let Some(i) = n.to_i64() {
            return Arg::Int(i);
        } else if let Some(i) = number::to_bigint(n) {
            return Arg::Big(i);
        }
        Arg::Str(Cow::Borrowed(text.as_bytes()))
    }

    /// A string.
    #[must_use]
    pub fn string(bytes: &'a [u8]) -> Arg<'a> {
        Arg::Str(Cow::Borrowed(bytes))
    }

    fn type_name(&self) -> &'static str {
        match self {
            Arg::Int(_) => "int64",
            Arg::Big(_) => "*big.Int",
            Arg::Float(_) => "float64",
            Arg::Str(_) => "string",
            Arg::Bool(_) => "bool",
            Arg::Nil => "<nil>",
            Arg::List(_) => "[]interface {}",
            Arg::Map(_) => "map[string]interface {}",
            Arg::Typed(name, _) => name,
        }
    }
}

impl<'a> From<&'a crate::Value> for Arg<'a> {
    fn from(v: &'a crate::Value) -> Self {
        match v {
            crate::Value::Number(n) => Arg::number(n.as_num()),
            crate::Value::String(s) => Arg::string(s.as_bytes()),
            other => Arg::Str(Cow::Owned(other.to_string().into_bytes())),
        }
    }
}

/// Flags, width and precision of one verb.
#[derive(Clone, Copy, Debug, Default)]
struct Spec {
    sharp: bool,
    zero: bool,
    plus: bool,
    minus: bool,
    space: bool,
    /// `%#v` and `%+v` keep their flag here, since it means another thing.
    sharp_v: bool,
    plus_v: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

impl Spec {
    /// Appends `body` filled up to the width with spaces, or zeros on the left.
    fn pad(&self, body: &[u8], zero: bool, out: &mut Vec<u8>) {
        let fill = self.width.unwrap_or(0).saturating_sub(utf8::runes(body).count());
        if self.minus {
            out.extend_from_slice(body);
            out.resize(out.len() + fill, b' ');
        } else {
            out.resize(out.len() + fill, if zero { b'0' } else { b' ' });
            out.extend_from_slice(body);
        }
    }
}

/// Formats `args` by `format`.
///
/// # Errors
/// [`NumberError::ResultTooBig`] beyond [`MAX_OUTPUT`]; misuse of verbs is no error but noted in the output, as in Go.
pub fn sprintf(format: &[u8], args: &[Arg<'_>]) -> Result<Vec<u8>, NumberError> {
    let mut p = Printer { format, at: 0, args, next: 0, good_index: true, reordered: false, out: Vec::new() };
    while p.step() {
        if p.out.len() > MAX_OUTPUT {
            return Err(NumberError::ResultTooBig);
        }
    }
    p.extra();
    if p.out.len() > MAX_OUTPUT { Err(NumberError::ResultTooBig) } else { Ok(p.out) }
}

struct Printer<'a> {
    format: &'a [u8],
    at: usize,
    args: &'a [Arg<'a>],
    next: usize,
    good_index: bool,
    reordered: bool,
    out: Vec<u8>,
}

impl Printer<'_> {
    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    /// Text up to a verb and the verb; false at the end.
    fn step(&mut self) -> bool {
        let rest = &self.format[self.at..];
        let plain = rest.iter().position(|&c| c == b'%').unwrap_or(rest.len());
        self.out.extend_from_slice(&rest[..plain]);
        self.at += plain;
        if self.peek().is_none() {
            return false;
        }
        self.at += 1;
        self.good_index = true;
        let mut spec = self.flags();
        let mut after_index = self.index();
        self.width(&mut spec, &mut after_index);
        if self.peek() == Some(b'.') && self.at + 1 < self.format.len() {
            self.precision(&mut spec, &mut after_index);
        }
        if !after_index {
            self.index();
        }
        if self.at >= self.format.len() {
            self.out.extend_from_slice(b"%!(NOVERB)");
            return false;
        }
        let (verb, len) = utf8::decode(&self.format[self.at..]);
        let verb = verb.unwrap_or(char::REPLACEMENT_CHARACTER);
        self.at += len;
        if verb == '%' {
            self.out.push(b'%');
        } else if !self.good_index {
            self.note(verb, b"(BADINDEX)");
        } else if let Some(arg) = self.args.get(self.next) {
            if matches!(verb, 'v' | 'w') {
                (spec.sharp_v, spec.sharp) = (spec.sharp, false);
                (spec.plus_v, spec.plus) = (spec.plus, false);
            }
            write_arg(arg, verb, &spec, &mut self.out);
            self.next += 1;
        } else {
            self.note(verb, b"(MISSING)");
        }
        true
    }

    fn note(&mut self, verb: char, text: &[u8]) {
        self.out.extend_from_slice(b"%!");
        push_char(verb, &mut self.out);
        self.out.extend_from_slice(text);
    }

    fn flags(&mut self) -> Spec {
        let mut spec = Spec::default();
        while let Some(c) = self.peek() {
            match c {
                b'#' => spec.sharp = true,
                b'0' => spec.zero = true,
                b'+' => spec.plus = true,
                b'-' => spec.minus = true,
                b' ' => spec.space = true,
                _ => break,
            }
            self.at += 1;
        }
        spec
    }

    /// An index such as `[2]`; true if there was one that reads well.
    fn index(&mut self) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let rest = &self.format[self.at..];
        let close = if rest.len() < 3 { None } else { rest.iter().position(|&c| c == b']') };
        let Some(close) = close else {
            self.at += 1;
            self.good_index = false;
            return false;
        };
        self.at += close + 1;
        let number = match decimal(&rest[1..close]) {
            (Some(n), used) if used == close - 1 => Some(n),
            _ => None,
        };
        match number.and_then(|n| n.checked_sub(1)).filter(|&n| n < self.args.len()) {
            Some(n) => {
                self.next = n;
                true
            }
            None => {
                self.good_index = false;
                number.is_some()
            }
        }
    }

    fn width(&mut self, spec: &mut Spec, after_index: &mut bool) {
        if self.peek() == Some(b'*') {
            self.at += 1;
            match self.star() {
                Some(w) => {
                    spec.width = Some(usize::try_from(w.unsigned_abs()).unwrap_or(0));
                    if w < 0 {
                        spec.minus = true;
                        spec.zero = false;
                    }
                }
                None => self.out.extend_from_slice(b"%!(BADWIDTH)"),
            }
            *after_index = false;
        } else {
            spec.width = self.decimal_here();
            if *after_index && spec.width.is_some() {
                self.good_index = false;
            }
        }
    }

    fn precision(&mut self, spec: &mut Spec, after_index: &mut bool) {
        self.at += 1;
        if *after_index {
            self.good_index = false;
        }
        *after_index = self.index();
        if self.peek() == Some(b'*') {
            self.at += 1;
            spec.precision = self.star().and_then(|p| usize::try_from(p).ok());
            if spec.precision.is_none() {
                self.out.extend_from_slice(b"%!(BADPREC)");
            }
            *after_index = false;
        } else {
            spec.precision = Some(self.decimal_here().unwrap_or(0));
        }
    }

    /// The next argument as a width or precision.
    fn star(&mut self) -> Option<i64> {
        let arg = self.args.get(self.next)?;
        self.next += 1;
        match arg {
            Arg::Int(i) if i.unsigned_abs() <= MAX_WIDTH => Some(*i),
            Arg::Typed(_, arg) => match **arg {
                Arg::Int(i) if i.unsigned_abs() <= MAX_WIDTH => Some(i),
                _ => None,
            },
            _ => None,
        }
    }

    fn decimal_here(&mut self) -> Option<usize> {
        let (n, used) = decimal(&self.format[self.at..]);
        self.at += used;
        n
    }

    /// Arguments that no verb took.
    fn extra(&mut self) {
        let Some(rest) = self.args.get(self.next..).filter(|r| !r.is_empty() && !self.reordered) else { return };
        self.out.extend_from_slice(b"%!(EXTRA ");
        for (i, arg) in rest.iter().enumerate() {
            if i > 0 {
                self.out.extend_from_slice(b", ");
            }
            if !matches!(arg, Arg::Nil) {
                self.out.extend_from_slice(arg.type_name().as_bytes());
                self.out.push(b'=');
            }
            write_arg(arg, 'v', &Spec::default(), &mut self.out);
        }
        self.out.push(b')');
    }
}

/// A decimal number and the bytes it takes; a number that is too large takes all of them and is none.
fn decimal(b: &[u8]) -> (Option<usize>, usize) {
    let mut n = None;
    for (i, c) in b.iter().enumerate() {
        if !c.is_ascii_digit() {
            return (n, i);
        }
        let so_far = n.unwrap_or(0);
        if so_far > 1_000_000 {
            return (None, b.len());
        }
        n = Some(so_far * 10 + usize::from(c - b'0'));
    }
    (n, b.len())
}

fn push_char(c: char, out: &mut Vec<u8>) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn write_arg(arg: &Arg<'_>, verb: char, spec: &Spec, out: &mut Vec<u8>) {
    if verb == 'T' {
        text::write(arg.type_name().as_bytes(), 's', spec, out);
        return;
    }
    if !write_plain(arg, verb, spec, out) {
        out.extend_from_slice(b"%!");
        push_char(verb, out);
        out.push(b'(');
        if !matches!(arg, Arg::Nil) {
            out.extend_from_slice(arg.type_name().as_bytes());
            out.push(b'=');
        }
        write_arg(arg, 'v', spec, out);
        out.push(b')');
    }
}

/// Appends an argument; false if the verb does not apply.
fn write_plain(arg: &Arg<'_>, verb: char, spec: &Spec, out: &mut Vec<u8>) -> bool {
    match arg {
        Arg::Int(i) => int::write(*i, verb, spec, out),
        Arg::Big(i) => {
            int::write_big(i, verb, spec, out);
            true
        }
        Arg::Float(f) => float::write(*f, verb, spec, out),
        Arg::Str(s) => text::write(s, verb, spec, out),
        Arg::Typed(_, arg) => write_plain(arg, verb, spec, out),
        Arg::Bool(b) if matches!(verb, 't' | 'v') => {
            spec.pad(if *b { b"true" } else { b"false" }, spec.zero, out);
            true
        }
        Arg::Nil if verb == 'v' => {
            spec.pad(b"<nil>", spec.zero, out);
            true
        }
        Arg::Bool(_) | Arg::Nil => false,
        Arg::List(elements) => {
            compound::write_list(elements, verb, spec, out);
            true
        }
        Arg::Map(entries) => {
            compound::write_map(entries, verb, spec, out);
            true
        }
    }
}

#[cfg(test)]
mod tests;
