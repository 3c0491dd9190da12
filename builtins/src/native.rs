//! Built-ins that modules of our compiler carry with them, here for modules of other compilers, which ask the host: the guest's own code, run
//! natively, so that there is one implementation of each.
//!
//! Each thread that calls one keeps an arena for it, of at most [`ARENA`] bytes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use writ_abi::{Tag, Word};
use writ_guest::{iter, mem, number, table, value as guest};
use writ_value::{Number, Object, Set, Str, Value};

use crate::{Answer, Builtin, BuiltinError, ErrorKind};

/// Most memory of a thread's arena.
const ARENA: u32 = 64 << 20;

macro_rules! natives {
    ($($name:literal / $arity:literal),* $(,)?) => {
        /// Those of the guest's built-ins that OPA's modules leave to the host and that no other file of this crate has.
        pub(crate) const BUILTINS: &[Builtin] =
            &[$(Builtin::new($name, $arity, |_, args| call($name, concat!("bi_", $name), args))),*];
    };
}

natives! {
    "base64url.encode_no_pad" / 1,
    "cast_array" / 1,
    "cast_boolean" / 1,
    "cast_null" / 1,
    "cast_object" / 1,
    "cast_set" / 1,
    "cast_string" / 1,
    "graph.reachable_paths" / 2,
    "hex.decode" / 1,
    "hex.encode" / 1,
    "indexof_n" / 2,
    "numbers.range_step" / 3,
    "object.subset" / 2,
    "sprintf" / 2,
    "strings.any_prefix_match" / 2,
    "strings.any_suffix_match" / 2,
    "strings.count" / 2,
    "strings.split_n" / 3,
    "units.parse" / 1,
    "units.parse_bytes" / 1,
}

/// The guest ends an evaluation natively by a panic with the text that it would give the host.
fn call(name: &str, export: &str, args: &[Value]) -> Answer {
    mem::set_bound(ARENA);
    mem::set_strict(true);
    let mark = mem::heap_ptr();
    let answer = catch_unwind(AssertUnwindSafe(|| {
        let words: Vec<Word> = args.iter().map(word).collect();
        writ_guest::call(export, &words).map(value)
    }));
    mem::set_heap_ptr(mark);
    answer.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map_or("", String::as_str);
        let (code, message) = text.split_once(": ").unwrap_or(("", "it panicked"));
        let message = message.strip_prefix(name).and_then(|m| m.strip_prefix(": ")).unwrap_or(message);
        let kinds = [ErrorKind::Type, ErrorKind::Builtin];
        let kind = kinds.into_iter().find(|kind| kind.code() == code).unwrap_or(ErrorKind::Halt);
        BuiltinError::of_kind(kind, message)
    })
}

/// Recursion is bounded by the depth of a value.
fn word(v: &Value) -> Word {
    match v {
        Value::Null => Word::NULL,
        Value::Bool(b) => Word::bool(*b),
        Value::Number(n) => number::word(n),
        Value::String(s) => guest::string(s.as_bytes()),
        Value::Array(a) => {
            let array = guest::array(a.len() as u32);
            a.iter().for_each(|v| guest::push(array, word(v)));
            array
        }
        Value::Object(o) => {
            let object = table::object(o.len() as u32);
            o.iter().for_each(|(k, v)| table::insert(object, word(k), word(v)));
            object
        }
        Value::Set(s) => {
            let set = table::set(s.len() as u32);
            s.iter().for_each(|v| table::add(set, word(v)));
            set
        }
    }
}

fn value(w: Word) -> Value {
    match w.tag() {
        Tag::Undefined => Value::Null,
        Tag::Atom if w == Word::NULL => Value::Null,
        Tag::Atom => Value::Bool(w == Word::TRUE),
        Tag::Int => Value::from(w.as_int().unwrap_or_default()),
        Tag::Number => {
            let text = String::from_utf8_lossy(guest::text(w));
            Number::parse(&text).map_or(Value::Null, Value::Number)
        }
        Tag::String => Value::String(Str::from_bytes(guest::text(w))),
        Tag::Array => guest::items(w).map(value).collect(),
        Tag::Object => {
            let entry = |i| (value(iter::key(w, i)), value(iter::val(w, i)));
            Value::from((0..iter::begin(w)).map(entry).collect::<Object>())
        }
        Tag::Set => Value::from((0..iter::begin(w)).map(|i| value(iter::key(w, i))).collect::<Set>()),
    }
}

#[cfg(test)]
mod tests {
    use writ_value::{Value, json};

    use crate::{Caches, Context, ErrorKind, lookup};

    fn call(name: &str, args: &str) -> crate::Answer {
        let args = json::parse(args.as_bytes()).expect("JSON");
        lookup(name).expect(name).call(&mut Context::new(Caches::new(), 0), args.as_array().expect("array"))
    }

    #[test]
    fn results_cross_and_the_arena_is_used_again() {
        for _ in 0..200 {
            let long = "x".repeat(100_000);
            let text =
                call("sprintf", &format!(r#"["%s-%v", ["{long}", {{"a": [1, null, 1e400]}}]]"#)).expect("no error");
            assert_eq!(text, Some(Value::from(format!("{long}-{{\"a\": [1, null, 1e400]}}"))));
        }
        assert_eq!(call("object.subset", r#"[{"a": 1}, {"b": 1}]"#), Ok(Some(Value::Bool(false))));
    }

    #[test]
    fn errors_have_class_and_text() {
        for (name, args, kind, message) in [
            // OPA, too, names it twice.
            ("units.parse", r#"[""]"#, ErrorKind::Builtin, "units.parse: units.parse: no amount provided"),
            ("hex.decode", r#"[1]"#, ErrorKind::Type, "hex.decode: operand 1 must be string but got number"),
        ] {
            let e = call(name, args).expect_err(name);
            assert_eq!((e.kind(), e.message()), (kind, message));
        }
    }

    #[test]
    fn what_is_too_large_is_an_error() {
        let e = call("numbers.range_step", "[1, 4000000000, 1]").expect_err("too long");
        assert_eq!(e.kind(), ErrorKind::Builtin, "{e}");
        assert!(call("hex.encode", r#"["a"]"#).is_ok(), "the thread goes on");
    }
}
