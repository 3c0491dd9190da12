//! Failures of built-ins and conflicts. A built-in that fails is undefined, unless errors are strict: then it ends the
//! evaluation with OPA's text.

use writ_abi::{Tag, Word};

use crate::text::Text;
use crate::{host, mem};

/// What a built-in gives: `None` is undefined, and then an error was reported or there is no answer.
pub type Answer = Option<Word>;

/// The name of a value's type in error texts.
pub fn type_name(w: Word) -> &'static [u8] {
    match w.tag() {
        Tag::Undefined => b"undefined",
        Tag::Atom => {
            if w == Word::NULL {
                b"null"
            } else {
                b"boolean"
            }
        }
        Tag::Int | Tag::Number => b"number",
        Tag::String => b"string",
        Tag::Array => b"array",
        Tag::Object => b"object",
        Tag::Set => b"set",
    }
}

/// A built-in failed: `eval_builtin_error: NAME: MESSAGE`. The parts of the message are put together only in strict mode.
#[cold]
#[inline(never)]
pub fn fail<T>(name: &str, message: &[&[u8]]) -> Option<T> {
    if mem::strict() {
        end(b"eval_builtin_error: ", name, message)
    }
    None
}

/// An operand is wrong: `eval_type_error: NAME: operand N MESSAGE`.
#[cold]
#[inline(never)]
pub fn operand<T>(name: &str, position: u32, message: &[&[u8]]) -> Option<T> {
    if mem::strict() {
        let position = [b'0' + position as u8];
        let mut text = Text::new(64);
        for part in [&b"operand "[..], &position, b" "].iter().chain(message) {
            text.push(part);
        }
        end(b"eval_type_error: ", name, &[text.bytes()])
    }
    None
}

/// An operand has the wrong type: `must be EXPECTED but got TYPE`.
#[cold]
#[inline(never)]
pub fn mistyped<T>(name: &str, position: u32, expected: &str, got: Word) -> Option<T> {
    operand(name, position, &[b"must be ", expected.as_bytes(), b" but got ", type_name(got)])
}

/// The operands do not go together: `eval_type_error: NAME: MESSAGE`.
#[cold]
#[inline(never)]
pub fn mistyped_whole<T>(name: &str, message: &[u8]) -> Option<T> {
    if mem::strict() {
        end(b"eval_type_error: ", name, &[message])
    }
    None
}

/// An element of a collection has the wrong type: `must be array of strings but got array containing number`.
#[cold]
#[inline(never)]
pub fn bad_element<T>(name: &str, position: u32, collection: Word, expected: &str, got: Word) -> Option<T> {
    let kind = type_name(collection);
    operand(
        name,
        position,
        &[b"must be ", kind, b" of ", expected.as_bytes(), b" but got ", kind, b" containing ", type_name(got)],
    )
}

#[cold]
#[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
fn end(code: &[u8], name: &str, message: &[&[u8]]) -> ! {
    let mut text = Text::new(128);
    text.push(code);
    text.push(name.as_bytes());
    text.push(b": ");
    for part in message {
        text.push(part);
    }
    host::abort_at(text.finish_c())
}

/// Two outputs where one is allowed. `kind`: 0 complete rule, 1 function, 2 object key. `location`: address of a C string
/// `file:row:col`, or 0.
#[cold]
#[cfg_attr(all(target_arch = "wasm32", feature = "module"), optimize(size))]
pub fn conflict(kind: u32, location: u32) -> ! {
    let mut text = Text::new(128);
    text.push(b"eval_conflict_error: ");
    if location != 0 {
        let mut at = location;
        loop {
            match mem::load8(at) {
                0 => break,
                byte => text.byte(byte),
            }
            at += 1;
        }
        text.push(b": ");
    }
    text.push(match kind {
        0 => b"complete rules must not produce multiple outputs",
        1 => b"functions must not produce multiple outputs for same inputs",
        _ => b"object keys must be unique",
    });
    host::abort_at(text.finish_c())
}
