//! Values of `writ_value` as words and back.

use writ_abi::{Tag, Word};
use writ_guest::{iter, number, table, value as guest};
use writ_value::{Number, Object, Set, Str, Value};

/// Builds the value on the heap, collections in the order of `Value` reversed, so that sorting has work to do.
pub(crate) fn word(v: &Value) -> Word {
    match v {
        Value::Null => Word::NULL,
        Value::Bool(b) => Word::bool(*b),
        Value::Number(n) => number::word(n),
        Value::String(s) => guest::string(s.as_bytes()),
        Value::Array(a) => {
            let array = guest::array(0);
            for v in a.iter() {
                guest::push(array, word(v));
            }
            array
        }
        Value::Object(o) => {
            let object = table::object(0);
            for (k, v) in o.iter().rev() {
                table::insert(object, word(k), word(v));
            }
            object
        }
        Value::Set(s) => {
            let set = table::set(0);
            for v in s.iter().rev() {
                table::add(set, word(v));
            }
            set
        }
    }
}

/// Reads the value from the heap.
pub(crate) fn value(w: Word) -> Value {
    match w.tag() {
        Tag::Undefined => unreachable!("undefined is no value"),
        Tag::Atom if w == Word::NULL => Value::Null,
        Tag::Atom => Value::Bool(w == Word::TRUE),
        Tag::Int => Value::from(w.as_int().unwrap_or_default()),
        Tag::Number => {
            let text = std::str::from_utf8(guest::text(w)).expect("numbers are ASCII");
            Value::Number(Number::parse(text).expect("a number"))
        }
        Tag::String => Value::String(Str::from_bytes(guest::text(w))),
        Tag::Array => guest::items(w).map(value).collect(),
        Tag::Object => Value::from(
            (0..iter::begin(w)).map(|i| (value(iter::key(w, i)), value(iter::val(w, i)))).collect::<Object>(),
        ),
        Tag::Set => Value::from((0..iter::begin(w)).map(|i| value(iter::key(w, i))).collect::<Set>()),
    }
}
