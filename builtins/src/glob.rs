//! `glob.*`: patterns with `*`, `**`, `?`, `[a-z]`, `[!abc]` and `{a,b}`, turned into regular expressions.

use regex::bytes::RegexBuilder;
use writ_value::{Value, utf8};

use crate::argument;
use crate::operand;
use crate::regex::Bounded;
use crate::{Answer, Arg, Builtin, BuiltinError, Context};

/// The namespace's built-ins.
pub(crate) const BUILTINS: &[Builtin] =
    &[Builtin::of_args("glob.match", 3, glob_match), Builtin::new("glob.quote_meta", 1, quote_meta)];

/// Longest pattern in bytes.
const MAX_PATTERN: usize = 1 << 16;
/// Deepest nesting of braces.
const MAX_DEPTH: usize = 200;

/// No byte of UTF-8: it ends the delimiters in a key.
const END: u8 = 0xff;

fn glob_match(context: &mut Context, args: &[Arg<'_>]) -> Answer {
    let pattern = argument::text(args, 1)?;
    let mut key = std::mem::take(&mut context.key);
    key.clear();
    let delimiters = delimiters(args[1], &mut key);
    let answer = delimiters.and_then(|()| {
        let end = key.len();
        key.push(END);
        key.extend_from_slice(pattern);
        let text = argument::text(args, 3)?;
        let caches = &context.caches;
        let build = || compile(pattern, key.get(..end).unwrap_or_default());
        let shared = || caches.globs.get_or_build(&*key, build).map_err(BuiltinError::new);
        let regex = context.globs.get(&key, shared)?;
        Ok(Some(regex.get().is_match(utf8::to_str_lossy(text).as_bytes()).into()))
    });
    context.key = key;
    answer
}

/// Writes the delimiters in UTF-8.
fn delimiters(arg: Arg<'_>, out: &mut Vec<u8>) -> Result<(), BuiltinError> {
    match arg {
        Arg::Value(Value::Null) => Ok(()),
        Arg::Value(Value::Array(a)) if a.is_empty() => {
            out.push(b'.');
            Ok(())
        }
        Arg::Value(composite @ Value::Array(a)) => a.iter().try_for_each(|d| {
            out.extend_from_slice(delimiter(composite, d)?.encode_utf8(&mut [0; 4]).as_bytes());
            Ok(())
        }),
        other => Err(operand::type_error(2, &other.to_value(), &["array", "null"])),
    }
}

fn delimiter(composite: &Value, d: &Value) -> Result<char, BuiltinError> {
    let Value::String(s) = d else { return Err(operand::element_error(2, composite, d, &["string"])) };
    let text = s.to_str_lossy();
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(c),
        _ => Err(operand::element_error(2, composite, d, &["rune"])),
    }
}

fn quote_meta(_: &mut Context, args: &[Value]) -> Answer {
    let text = operand::string(args, 1)?;
    let mut out = Vec::with_capacity(text.len());
    for &b in text.as_bytes() {
        if b"*?\\[]{}".contains(&b) {
            out.push(b'\\');
        }
        out.push(b);
    }
    Ok(Some(Value::String(out.into())))
}

fn compile(pattern: &[u8], delimiters: &[u8]) -> Result<Bounded, String> {
    if pattern.len() > MAX_PATTERN {
        return Err(format!("pattern exceeds {MAX_PATTERN} bytes"));
    }
    let mut p = Parser { pattern, at: 0, out: String::from("\\A(?s:"), depth: 0, one: one(delimiters) };
    p.run()?;
    p.out.push_str(")\\z");
    let mut builder = RegexBuilder::new(&p.out);
    Bounded::build(builder.nest_limit(4 * u32::try_from(MAX_DEPTH).unwrap_or(0))).map_err(|e| format!("glob: {e}"))
}

/// The class of one character that is no delimiter.
fn one(delimiters: &[u8]) -> String {
    if delimiters.is_empty() {
        return ".".to_owned();
    }
    let mut class = String::from("[^");
    for c in utf8::to_str_lossy(delimiters).chars() {
        push_char(c, &mut class);
    }
    class.push(']');
    class
}

fn push_char(c: char, out: &mut String) {
    out.push_str(&format!("\\x{{{:X}}}", u32::from(c)));
}

struct Parser<'a> {
    pattern: &'a [u8],
    at: usize,
    out: String,
    depth: usize,
    one: String,
}

impl Parser<'_> {
    fn error<T>(&self, reason: &str) -> Result<T, String> {
        Err(format!("glob: syntax error at {}: {reason}", self.at))
    }

    fn peek(&self) -> Option<char> {
        self.pattern.get(self.at..).filter(|r| !r.is_empty()).and_then(|r| utf8::decode(r).0)
    }

    fn next(&mut self) -> Result<Option<char>, String> {
        match self.pattern.get(self.at..) {
            None | Some([]) => Ok(None),
            Some(rest) => match utf8::decode(rest) {
                (Some(c), len) => {
                    self.at += len;
                    Ok(Some(c))
                }
                (None, _) => self.error("invalid UTF-8 sequence"),
            },
        }
    }

    fn run(&mut self) -> Result<(), String> {
        while let Some(c) = self.next()? {
            match c {
                '*' if self.peek() == Some('*') => {
                    self.at += 1;
                    // A second one in a row adds nothing.
                    if !self.out.ends_with(".*") {
                        self.out.push_str(".*");
                    }
                }
                '*' => {
                    let one = self.one.clone();
                    self.out.push_str(&one);
                    self.out.push('*');
                }
                '?' => {
                    let one = self.one.clone();
                    self.out.push_str(&one);
                }
                '[' => self.class()?,
                '{' => {
                    self.depth += 1;
                    if self.depth > MAX_DEPTH {
                        return self.error("braces nest too deeply");
                    }
                    self.out.push_str("(?:");
                }
                ',' if self.depth > 0 => self.out.push('|'),
                '}' if self.depth > 0 => {
                    self.depth -= 1;
                    self.out.push(')');
                }
                '\\' => match self.next()? {
                    Some(c) => push_char(c, &mut self.out),
                    None => return self.error("trailing backslash"),
                },
                c => push_char(c, &mut self.out),
            }
        }
        if self.depth > 0 { self.error("unclosed `{`") } else { Ok(()) }
    }

    /// `[abc]` or `[a-c]`, after the bracket; a class is a list or one range, not both.
    fn class(&mut self) -> Result<(), String> {
        let mut class = String::from("[");
        let end = "unexpected end of input";
        let Some(mut first) = self.next()? else { return self.error(end) };
        if first == '!' {
            class.push('^');
            let Some(c) = self.next()? else { return self.error(end) };
            first = c;
        }
        if self.peek() == Some('-') {
            self.at += 1;
            let Some(hi) = self.next()? else { return self.error(end) };
            match self.next()? {
                None => return self.error(end),
                Some(']') => {}
                Some(_) => return self.error("expected close range character"),
            }
            if hi < first {
                return self.error("range hi character is less than lo");
            }
            push_char(first, &mut class);
            class.push('-');
            push_char(hi, &mut class);
        } else {
            let mut c = Some(first);
            let mut empty = true;
            loop {
                match c {
                    None => return self.error(end),
                    Some(']') => break,
                    Some('\\') => match self.next()? {
                        None => return self.error(end),
                        Some(c) => push_char(c, &mut class),
                    },
                    Some(c) => push_char(c, &mut class),
                }
                empty = false;
                c = self.next()?;
            }
            if empty {
                return self.error("could not parse range");
            }
        }
        class.push(']');
        self.out.push_str(&class);
        Ok(())
    }
}
