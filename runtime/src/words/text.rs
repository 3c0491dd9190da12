//! From guest memory to JSON text, as OPA prints it, without a value in between.

use std::fmt::Write;

use writ_abi::{Tag, Word};
use writ_value::json;

use super::read::{Reader, lie, u64_at};
use crate::error::EvalError;
use crate::limits::Limits;

/// Appends the text of `word` to `out`; false, and nothing is appended, when it is undefined.
///
/// # Errors
/// As [`super::read`]; what was appended by then is taken back.
pub(crate) fn write(memory: &[u8], word: Word, limits: &Limits, out: &mut String) -> Result<bool, EvalError> {
    if !word.is_defined() {
        return Ok(false);
    }
    let before = out.len();
    let written = put(&mut Reader::new(memory, limits), word, 0, out);
    if written.is_err() {
        out.truncate(before);
    }
    written.map(|()| true)
}

fn put(reader: &mut Reader<'_>, word: Word, depth: usize, out: &mut String) -> Result<(), EvalError> {
    reader.enter(depth)?;
    match word.tag() {
        Tag::Int => {
            // Writing to a string does not fail.
            let _ = write!(out, "{}", word.as_int().unwrap_or_default());
        }
        Tag::Atom => out.push_str(match word {
            Word::NULL => "null",
            Word::TRUE => "true",
            Word::FALSE => "false",
            _ => return Err(lie("an unknown atom")),
        }),
        Tag::Number => out.push_str(reader.number(word)?),
        Tag::String => json::write_string(reader.text(word.addr())?, out),
        Tag::Array => {
            let (len, data) = reader.elements(word.addr(), 1)?;
            let items = (0..len).map(|i| Word(u64_at(data, i)));
            put_list(reader, items, depth, out)?;
        }
        Tag::Set => match reader.table(word)? {
            Some(entries) => put_list(reader, entries.map(|(element, _)| element), depth, out)?,
            None => json::write(&reader.value(word, depth)?, out),
        },
        Tag::Object => match reader.table(word)? {
            Some(entries) => {
                out.push('{');
                for (i, (key, value)) in entries.enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    reader.enter(depth + 1)?;
                    json::write_string(reader.text(key.addr())?, out);
                    out.push(':');
                    put(reader, value, depth + 1, out)?;
                }
                out.push('}');
            }
            None => json::write(&reader.value(word, depth)?, out),
        },
        Tag::Undefined => return Err(lie("undefined inside a collection")),
    }
    Ok(())
}

fn put_list(
    reader: &mut Reader<'_>,
    items: impl Iterator<Item = Word>,
    depth: usize,
    out: &mut String,
) -> Result<(), EvalError> {
    out.push('[');
    for (i, item) in items.enumerate() {
        if i > 0 {
            out.push(',');
        }
        put(reader, item, depth + 1, out)?;
    }
    out.push(']');
    Ok(())
}
