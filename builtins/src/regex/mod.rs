//! `regex.*`: RE2's syntax and semantics, run by an engine with the same linear-time guarantee.

mod globs;
mod template;

use regex::bytes::{Captures, RegexBuilder};
use writ_value::{Str, Value, utf8};

use crate::argument;
use crate::cache::Weight;
use crate::{Answer, Arg, Builtin, BuiltinError, Context};

/// The namespace's built-ins.
pub(crate) const BUILTINS: &[Builtin] = &[
    Builtin::of_args("regex.is_valid", 1, is_valid),
    Builtin::of_args("regex.match", 2, is_match),
    Builtin::of_args("re_match", 2, is_match),
    Builtin::of_args("regex.split", 2, split),
    Builtin::of_args("regex.find_n", 3, find_n),
    Builtin::of_args("regex.find_all_string_submatch_n", 3, find_all_submatches),
    Builtin::of_args("regex.replace", 3, replace),
    Builtin::of_args("regex.template_match", 4, template_match),
    Builtin::new("regex.globs_match", 2, globs::globs_match),
];

/// Longest pattern in bytes.
const MAX_PATTERN: usize = 1 << 16;
/// Longest template in bytes: each of its parts is a pattern of its own.
const MAX_TEMPLATE: usize = 1 << 14;
/// Largest compiled pattern in bytes.
const MAX_COMPILED: usize = 10 << 20;
/// Longest result of a replacement in bytes.
const MAX_OUTPUT: usize = 16 << 20;

/// Largest compiled pattern that counts as a small one in caches.
const SMALL: usize = 256 << 10;

/// A regular expression with a bound on its size.
#[derive(Debug)]
pub(crate) struct Bounded {
    regex: regex::bytes::Regex,
    max_bytes: usize,
}

impl Bounded {
    /// Builds it within [`SMALL`] if that is possible, else within [`MAX_COMPILED`].
    pub(crate) fn build(builder: &mut RegexBuilder) -> Result<Bounded, regex::Error> {
        let mut within = |max_bytes| Ok(Bounded { regex: builder.size_limit(max_bytes).build()?, max_bytes });
        match within(SMALL) {
            Err(regex::Error::CompiledTooBig(_)) => within(MAX_COMPILED),
            other => other,
        }
    }

    pub(crate) fn get(&self) -> &regex::bytes::Regex {
        &self.regex
    }
}

impl Weight for Bounded {
    fn bytes(&self) -> usize {
        self.max_bytes
    }
}

impl Weight for Pattern {
    fn bytes(&self) -> usize {
        self.regex.max_bytes
    }
}

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    regex: Bounded,
    /// Names of the groups, by index; the engine does not know them, since Go allows more names.
    names: Vec<Option<String>>,
    empty: bool,
}

impl Pattern {
    pub(crate) fn new(pattern: &[u8]) -> Result<Pattern, String> {
        if pattern.len() > MAX_PATTERN {
            return Err("error parsing regexp: expression too large".to_owned());
        }
        let translated = writ_pattern::translate(pattern).map_err(|e| e.to_string())?;
        let mut builder = RegexBuilder::new(&translated.pattern);
        builder.dfa_size_limit(2 << 20).nest_limit(4 * writ_pattern::MAX_DEPTH);
        let regex = Bounded::build(&mut builder).map_err(|e| match e {
            regex::Error::CompiledTooBig(_) => {
                format!("error parsing regexp: expression too large: `{}`", String::from_utf8_lossy(pattern))
            }
            other => format!("error parsing regexp: {other}"),
        })?;
        Ok(Pattern { regex, names: translated.names, empty: pattern.is_empty() })
    }

    pub(crate) fn is_match(&self, text: &[u8]) -> bool {
        self.regex.get().is_match(text)
    }

    /// At most `limit` matches, left to right; an empty match right behind another one does not count.
    fn matches<'t>(&self, text: &'t [u8], limit: usize) -> impl Iterator<Item = Captures<'t>> {
        // `\B` may match inside of a character, which Go never does.
        self.regex
            .get()
            .captures_iter(text)
            .filter(move |c| c.get(0).is_some_and(|m| is_boundary(text, m.start())))
            .take(limit)
    }
}

fn is_boundary(text: &[u8], at: usize) -> bool {
    text.get(at).is_none_or(|b| b & 0xc0 != 0x80)
        || std::str::from_utf8(text).map_or(true, |text| text.is_char_boundary(at))
}

/// The compiled pattern, from the caches if it is there.
#[inline]
pub(crate) fn compile<'c>(context: &'c mut Context, pattern: &[u8]) -> Result<&'c Pattern, BuiltinError> {
    let caches = &context.caches;
    let shared = || caches.regexes.get_or_build(pattern, || Pattern::new(pattern)).map_err(BuiltinError::new);
    context.patterns.get(pattern, shared)
}

/// Go's count: negative means all.
fn limit(n: i64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

fn group<'t>(c: &Captures<'t>, i: usize) -> &'t [u8] {
    c.get(i).map_or(&[], |m| m.as_bytes())
}

fn is_valid(context: &mut Context, args: &[Arg<'_>]) -> Answer {
    let ok = argument::text(args, 1).is_ok_and(|p| compile(context, p).is_ok());
    Ok(Some(ok.into()))
}

fn is_match(context: &mut Context, args: &[Arg<'_>]) -> Answer {
    let (pattern, text) = (argument::text(args, 1)?, argument::text(args, 2)?);
    Ok(Some(compile(context, pattern)?.is_match(text).into()))
}

fn split(context: &mut Context, args: &[Arg<'_>]) -> Answer {
    let (pattern, text) = (argument::text(args, 1)?, argument::text(args, 2)?);
    let pattern = compile(context, pattern)?;
    let piece = |b: &[u8]| Value::String(Str::from_bytes(b));
    if !pattern.empty && text.is_empty() {
        return Ok(Some(Value::from(vec![piece(b"")])));
    }
    let mut out = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for m in pattern.matches(text, usize::MAX).filter_map(|c| c.get(0)) {
        end = m.start();
        if m.end() != 0 {
            out.push(piece(&text[begin..end]));
        }
        begin = m.end();
    }
    if end != text.len() {
        out.push(piece(&text[begin..]));
    }
    Ok(Some(out.into()))
}

fn find_n(context: &mut Context, args: &[Arg<'_>]) -> Answer {
    let (pattern, text, n) = (argument::text(args, 1)?, argument::text(args, 2)?, argument::int(args, 3)?);
    let pattern = compile(context, pattern)?;
    let found = pattern.matches(text, limit(n)).map(|c| Value::String(Str::from_bytes(group(&c, 0))));
    Ok(Some(found.collect()))
}

fn find_all_submatches(context: &mut Context, args: &[Arg<'_>]) -> Answer {
    let (pattern, text, n) = (argument::text(args, 1)?, argument::text(args, 2)?, argument::int(args, 3)?);
    let pattern = compile(context, pattern)?;
    let found = pattern
        .matches(text, limit(n))
        .map(|c| (0..c.len()).map(|i| Value::String(Str::from_bytes(group(&c, i)))).collect::<Value>());
    Ok(Some(found.collect()))
}

fn replace(context: &mut Context, args: &[Arg<'_>]) -> Answer {
    let (text, pattern, with) = (argument::text(args, 1)?, argument::text(args, 2)?, argument::text(args, 3)?);
    let pattern = compile(context, pattern)?;
    let mut out = Vec::new();
    let mut done = 0;
    for c in pattern.matches(text, usize::MAX) {
        let Some(m) = c.get(0) else { continue };
        out.extend_from_slice(&text[done..m.start()]);
        template::expand(with, &c, &pattern.names, &mut out);
        done = m.end();
        if out.len() > MAX_OUTPUT {
            return Err(BuiltinError::halt("result too large"));
        }
    }
    out.extend_from_slice(&text[done..]);
    Ok(Some(Value::String(out.into())))
}

fn template_match(context: &mut Context, args: &[Arg<'_>]) -> Answer {
    let (pattern, text) = (argument::text(args, 1)?, argument::text(args, 2)?);
    let (start, end) = (argument::text(args, 3)?, argument::text(args, 4)?);
    let n = start.len();
    let [open] = start else {
        return Err(BuiltinError::new(format!("start delimiter has to be exactly one character long but is {n} long")));
    };
    let [close] = end else {
        // OPA reports the length of the other delimiter.
        return Err(BuiltinError::new(format!("end delimiter has to be exactly one character long but is {n} long")));
    };
    if pattern.len() > MAX_TEMPLATE {
        return Err(BuiltinError::new("error parsing regexp: expression too large"));
    }
    let pattern = template::to_regex(&utf8::to_str_lossy(pattern), *open, *close).map_err(BuiltinError::new)?;
    Ok(Some(compile(context, pattern.as_bytes())?.is_match(text).into()))
}

#[cfg(test)]
mod tests;
