//! `sprintf` and template strings.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use writ_abi::{Tag, Word};
use writ_value::gofmt::{self, Arg};

use super::operand;
use crate::error::{self, Answer};
use crate::json::dump;
use crate::text::Text;
use crate::{bytes, heap, host, number, table, value};

/// `sprintf`: Go's verbs; misuse shows up in the text.
pub fn sprintf(format: Word, args: Word) -> Answer {
    let bytes = operand::string("sprintf", 1, format)?;
    let args = operand::array("sprintf", 2, args)?;
    let mark = heap::mark();
    if let Some(text) = plain(bytes, args) {
        return Some(text);
    }
    heap::release(mark);
    let args: Vec<Arg<'_>> = value::items(args).map(argument).collect();
    match gofmt::sprintf(bytes, &args) {
        Ok(text) => Some(value::string(&text)),
        Err(error) => error::fail("sprintf", &[error.message().as_bytes()]),
    }
}

/// What most formats are made of, written without the general machinery: text, `%%`, `%s` and `%v` for what is no number, `%d` and `%v` for small
/// integers, and as many arguments as verbs. `None` for anything else.
fn plain(format: &[u8], args: Word) -> Option<Word> {
    let mut text = Text::new(64);
    let (mut rest, mut next) = (format, 0);
    while let Some(at) = bytes::position(rest, b'%') {
        text.push(&rest[..at]);
        let verb = *rest.get(at + 1)?;
        rest = &rest[at + 2..];
        if verb == b'%' {
            text.byte(b'%');
            continue;
        }
        if next == value::len(args) || text.len() as usize > gofmt::MAX_OUTPUT {
            return None;
        }
        let arg = value::item(args, next);
        next += 1;
        match (verb, arg.tag()) {
            (b'd' | b'v', Tag::Int) => text.int(arg.as_int()?),
            (b's' | b'v', Tag::String) => text.push(value::text(arg)),
            (b's' | b'v', Tag::Atom | Tag::Array | Tag::Object | Tag::Set) => dump::rego(&mut text, arg),
            _ => return None,
        }
    }
    text.push(rest);
    (next == value::len(args) && text.len() as usize <= gofmt::MAX_OUTPUT).then(|| text.finish())
}

fn argument(w: Word) -> Arg<'static> {
    if let Some(n) = number::get(w) {
        return Arg::number(n);
    }
    if w.tag() == Tag::String {
        return Arg::string(value::text(w));
    }
    let mut text = Text::new(64);
    dump::rego(&mut text, w);
    Arg::Str(Cow::Borrowed(value::text(text.finish())))
}

/// `internal.template_string`: joins strings and scalars as they are, and for each set its only element or `<undefined>`.
pub fn template_string(parts: Word) -> Answer {
    let parts = operand::array("internal.template_string", 1, parts)?;
    let mut text = Text::new(64);
    for part in value::items(parts) {
        match part.tag() {
            Tag::Set if value::len(part) == 0 => text.push(b"<undefined>"),
            Tag::Set if value::len(part) > 1 => {
                host::abort(b"eval_conflict_error: template-strings must not produce multiple outputs\0")
            }
            Tag::Set => show(&mut text, table::key(part, 0)),
            Tag::Array => host::abort(b"eval_internal_error: illegal argument type: array\0"),
            Tag::Object => host::abort(b"eval_internal_error: illegal argument type: object\0"),
            _ => show(&mut text, part),
        }
    }
    Some(text.finish())
}

fn show(text: &mut Text, w: Word) {
    if w.tag() == Tag::String { text.push(value::text(w)) } else { dump::rego(text, w) }
}
