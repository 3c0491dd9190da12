//! Types that the generator aims for, and values of them.

use writ_value::{Number, Object, Set, Value};

use crate::rng::Rng;

/// A type, simpler than the compiler's: what to build, not what is allowed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ty {
    /// `null`
    Null,
    /// A boolean.
    Bool,
    /// A number.
    Num,
    /// A string.
    Str,
    /// Anything.
    Any,
    /// An array.
    Array(Box<Ty>),
    /// A set.
    Set(Box<Ty>),
    /// An object with keys and values of one type each.
    Object(Box<Ty>, Box<Ty>),
    /// An object with these properties.
    Record(Vec<(&'static str, Ty)>),
    /// An array of exactly these.
    Tuple(Vec<Ty>),
}

impl Ty {
    /// An array type.
    pub(super) fn array(of: Ty) -> Ty {
        Ty::Array(Box::new(of))
    }

    /// A set type.
    pub(super) fn set(of: Ty) -> Ty {
        Ty::Set(Box::new(of))
    }

    /// An object type with string keys.
    pub(super) fn object(of: Ty) -> Ty {
        Ty::Object(Box::new(Ty::Str), Box::new(of))
    }

    /// A type to build where anything would do.
    pub(super) fn random(rng: &mut Rng, depth: usize) -> Ty {
        match rng.weighted(&[
            1,
            4,
            6,
            6,
            if depth == 0 { 0 } else { 4 },
            if depth == 0 { 0 } else { 3 },
            if depth == 0 { 0 } else { 4 },
        ]) {
            0 => Ty::Null,
            1 => Ty::Bool,
            2 => Ty::Num,
            3 => Ty::Str,
            4 => Ty::array(Ty::random(rng, depth - 1)),
            5 => Ty::set(Ty::random(rng, depth - 1)),
            _ => Ty::object(Ty::random(rng, depth - 1)),
        }
    }

    /// True if a value of `self` can stand where `want` is asked for.
    pub(super) fn fits(&self, want: &Ty) -> bool {
        match (self, want) {
            (_, Ty::Any) => true,
            (Ty::Array(a), Ty::Array(b)) | (Ty::Set(a), Ty::Set(b)) => a.fits(b),
            (Ty::Tuple(items), Ty::Array(b)) => items.iter().all(|t| t.fits(b)),
            (Ty::Object(ka, va), Ty::Object(kb, vb)) => ka.fits(kb) && va.fits(vb),
            (Ty::Record(fields), Ty::Object(k, v)) => Ty::Str.fits(k) && fields.iter().all(|(_, t)| t.fits(v)),
            (a, b) => a == b,
        }
    }
}

/// Strings that matter: empty, prefixes of each other, numbers, separators, more than one byte per character.
pub(super) const STRINGS: [&str; 22] = [
    "", "a", "b", "c", "ab", "abc", "bc", "A", "x y", "é", "日本", "10", "1.5", "-3", "a/b", "a,b,c", "/a", "true",
    "[1,2]", "🙂", " a ", "%",
];

/// Keys of objects, the same as some strings, so that keys and values meet.
pub(super) const KEYS: [&str; 6] = ["a", "b", "c", "ab", "10", "é"];

/// Numbers that matter: small, negative, fractions, other notations of the same number, beyond 53 and 64 bits.
pub(super) const NUMBERS: [&str; 20] = [
    "0",
    "1",
    "2",
    "3",
    "4",
    "5",
    "7",
    "10",
    "-1",
    "-2",
    "0.5",
    "1.5",
    "-2.5",
    "1.0",
    "1e2",
    "0.1",
    "100",
    "9007199254740993",
    "18446744073709551616",
    "12345678901234567890123",
];

/// A number of the list, the plain ones more often.
pub(super) fn number(rng: &mut Rng) -> Value {
    let text = if rng.chance(75) { NUMBERS[rng.below(8)] } else { *rng.pick(&NUMBERS) };
    Number::parse(text).map_or(Value::Null, Value::Number)
}

/// A random value of a type.
pub(super) fn value(rng: &mut Rng, ty: &Ty) -> Value {
    let n = |rng: &mut Rng| rng.weighted(&[1, 2, 4, 3, 1]);
    match ty {
        Ty::Null => Value::Null,
        Ty::Bool => Value::Bool(rng.chance(50)),
        Ty::Num => number(rng),
        Ty::Str => Value::from(*rng.pick(&STRINGS)),
        Ty::Any => {
            let ty = Ty::random(rng, 2);
            value(rng, &ty)
        }
        Ty::Array(of) => (0..n(rng)).map(|_| value(rng, of)).collect::<Vec<_>>().into(),
        Ty::Set(of) => Value::from((0..n(rng)).map(|_| value(rng, of)).collect::<Set>()),
        Ty::Object(key, of) => {
            let entry = |rng: &mut Rng| {
                let key = if **key == Ty::Str { Value::from(*rng.pick(&KEYS)) } else { value(rng, key) };
                (key, value(rng, of))
            };
            Value::from((0..n(rng)).map(|_| entry(rng)).collect::<Object>())
        }
        Ty::Record(fields) => {
            Value::from(fields.iter().map(|(k, t)| (Value::from(*k), value(rng, t))).collect::<Object>())
        }
        Ty::Tuple(items) => items.iter().map(|t| value(rng, t)).collect::<Vec<_>>().into(),
    }
}
