//! `json.marshal`, `json.unmarshal`, `json.is_valid` and `json.marshal_with_options`.

use writ_abi::{Tag, Word};

use super::operand;
use crate::error::{self, Answer};
use crate::json::dump::{Indent, Json, json};
use crate::json::{Dialect, parse};
use crate::text::Text;
use crate::{table, value};

/// `json.marshal`: compact; `<`, `>` and `&` are escaped.
pub fn marshal(a: Word) -> Answer {
    let mut text = Text::new(64);
    json(&mut text, a, &Json { html: true, indent: None }, 0);
    Some(text.finish())
}

/// `json.unmarshal`.
pub fn unmarshal(s: Word) -> Answer {
    let text = operand::string("json.unmarshal", 1, s)?;
    if text.contains(&0) {
        // The parser tolerates NULs at the end for the sake of hosts; here they are wrong.
        return error::fail("json.unmarshal", &[b"invalid character '\\x00'"]);
    }
    match parse(text, Dialect::Json) {
        Some(w) => Some(w),
        None => error::fail("json.unmarshal", &[b"invalid JSON text"]),
    }
}

/// `json.is_valid`: false for anything that is no string.
pub fn is_valid(s: Word) -> Answer {
    let valid = value::as_string(s).is_some_and(|text| {
        let mark = crate::heap::mark();
        let valid = !text.contains(&0) && parse(text, Dialect::Json).is_some();
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
    for (key, val) in table::entries(options) {
        let name = operand::string(MARSHAL_OPTIONS, 2, key)?;
        match name {
            b"prefix" => prefix = text_option(name, val)?,
            b"indent" => indent = text_option(name, val)?,
            b"pretty" if val == Word::TRUE || val == Word::FALSE => pretty = Some(val == Word::TRUE),
            b"pretty" => return error::operand(MARSHAL_OPTIONS, 2, &[b"key pretty failed cast to bool"]),
            _ => return error::operand(MARSHAL_OPTIONS, 2, &[b"object contained unknown key ", name]),
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

fn text_option(name: &[u8], val: Word) -> Option<&'static [u8]> {
    if val.tag() == Tag::String {
        return Some(value::text(val));
    }
    let got = error::type_name(val);
    let wrong = [b"key ", name, b" failed cast to string: operand 0 must be string but got ", got];
    error::operand(MARSHAL_OPTIONS, 2, &wrong)
}
