//! `json.marshal`, `json.unmarshal`, `json.is_valid` and `json.marshal_with_options`.

use writ_abi::{Tag, Word};
use writ_value::json::JsonErrorKind;

use super::operand;
use crate::error::{self, Answer};
use crate::json::dump::{Indent, Json, go_string, json, rego};
use crate::json::{Dialect, parse};
use crate::text::Text;
use crate::{mem, number, table, value};

/// `json.marshal`: compact; `<`, `>` and `&` are escaped.
pub fn marshal(a: Word) -> Answer {
    let mut text = Text::new(64);
    json(&mut text, a, &Json { html: true, indent: None }, 0);
    Some(text.finish())
}

/// `json.unmarshal`.
pub fn unmarshal(s: Word) -> Answer {
    let text = operand::string("json.unmarshal", 1, s)?;
    // The parser tolerates NULs at the end for the sake of hosts; here they are wrong.
    let parsed = if text.contains(&0) { None } else { parse(text, Dialect::Json) };
    if parsed.is_none() && mem::strict() {
        explain(text);
    }
    parsed
}

/// Ends the evaluation with what OPA says about a malformed text.
#[cold]
fn explain(text: &[u8]) {
    const NAME: &str = "json.unmarshal";
    let Err(error) = writ_value::json::parse(text) else { return };
    let _: Answer = match error.kind() {
        JsonErrorKind::Empty => error::fail(NAME, &[b"EOF"]),
        JsonErrorKind::UnexpectedEnd => error::fail(NAME, &[b"unexpected EOF"]),
        JsonErrorKind::InvalidCharacter { byte, context, expected } => {
            let mut message = Text::new(64);
            message.push(b"invalid character ");
            quote_byte(&mut message, *byte);
            message.byte(b' ');
            message.push(context.as_bytes());
            if let Some(expected) = expected {
                message.push(b" (expecting ");
                quote_byte(&mut message, *expected);
                message.byte(b')');
            }
            error::fail(NAME, &[message.bytes()])
        }
        JsonErrorKind::TrailingValue(token) => {
            error::fail(NAME, &[b"error: invalid character '", token.as_bytes(), b"' after top-level value"])
        }
        JsonErrorKind::Number(number) => error::fail(NAME, &[b"invalid number: ", number.message().as_bytes()]),
        JsonErrorKind::TooDeep(_) | JsonErrorKind::TooLong(_) => error::fail(NAME, &[b"exceeded max depth"]),
    };
}

/// A byte in single quotes; beyond ASCII it is shown as the character with that number.
fn quote_byte(text: &mut Text, byte: u8) {
    match byte {
        b'\'' => text.push(b"'\\''"),
        b'"' => text.push(b"'\"'"),
        _ => {
            let mut quoted = Text::new(8);
            let mut utf8 = [0; 4];
            go_string(&mut quoted, char::from(byte).encode_utf8(&mut utf8).as_bytes());
            let inner = quoted.len() as usize - 1;
            text.byte(b'\'');
            text.push(&quoted.bytes()[1..inner]);
            text.byte(b'\'');
        }
    }
}

/// `json.is_valid`: false for anything that is no string.
pub fn is_valid(s: Word) -> Answer {
    let valid = value::as_string(s).is_some_and(|text| {
        let mark = crate::heap::mark();
        let valid = !text.contains(&0) && parse(text, Dialect::Syntax).is_some();
        crate::heap::release(mark);
        valid
    });
    Some(Word::bool(valid))
}

const MARSHAL_OPTIONS: &str = "json.marshal_with_options";

/// `json.marshal_with_options`: `pretty`, `indent` and `prefix`; the latter two imply `pretty`.
pub fn marshal_with_options(a: Word, options: Word) -> Answer {
    let options = operand::object(MARSHAL_OPTIONS, 2, options)?;
    let (mut prefix, mut indent): (&[u8], &[u8]) = (b"", b"\t");
    let (mut pretty, mut implied) = (None, false);
    for (i, (key, val)) in table::entries(options).enumerate() {
        if key.tag() != Tag::String {
            return bad_key(key, i);
        }
        let name = value::text(key);
        match name {
            b"prefix" => prefix = text_option(key, val, i)?,
            b"indent" => indent = text_option(key, val, i)?,
            b"pretty" if val == Word::TRUE || val == Word::FALSE => pretty = Some(val == Word::TRUE),
            b"pretty" => return bad_option(key, b"key ", &[b" failed cast to bool"]),
            _ => return bad_option(key, b"object contained unknown key ", &[]),
        }
        implied |= name != b"pretty";
    }
    let mut text = Text::new(64);
    let indent = pretty.unwrap_or(implied).then_some(Indent { prefix, indent });
    if indent.is_some() {
        text.push(prefix);
    }
    json(&mut text, a, &Json { html: true, indent }, 0);
    Some(text.finish())
}

#[cold]
fn bad_option<T>(key: Word, before: &[u8], after: &[&[u8]]) -> Option<T> {
    let mut message = Text::new(64);
    message.push(before);
    rego(&mut message, key);
    for part in after {
        message.push(part);
    }
    error::operand(MARSHAL_OPTIONS, 2, &[message.bytes()])
}

#[cold]
fn bad_key<T>(key: Word, i: usize) -> Option<T> {
    let mut index = [0; 20];
    let index = number::decimal_text(i as i64, &mut index);
    let after = [b" at index ", index, b": operand ", index, b" must be string but got ", error::type_name(key)];
    bad_option(key, b"failed to stringify key ", &after)
}

fn text_option(key: Word, val: Word, i: usize) -> Option<&'static [u8]> {
    if val.tag() == Tag::String {
        return Some(value::text(val));
    }
    let mut index = [0; 20];
    let index = number::decimal_text(i as i64, &mut index);
    let got = error::type_name(val);
    bad_option(key, b"key ", &[b" failed cast to string: operand ", index, b" must be string but got ", got])
}
