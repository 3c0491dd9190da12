//! Values of a type.

use writ_compiler::types::Type;
use writ_value::{Number, Object, Value};

use super::words::Words;
use crate::rng::Rng;

/// A value that the type accepts, mostly small.
pub(super) fn draw(ty: &Type, words: &Words, rng: &mut Rng, depth: usize) -> Value {
    let few = |rng: &mut Rng| if depth == 0 { 0 } else { rng.below(4) };
    match ty {
        Type::Null => Value::Null,
        Type::Boolean => Value::Bool(rng.chance(50)),
        Type::Number => number(rng),
        Type::String => words.text(rng),
        Type::Array(a) => {
            let mut items: Vec<_> = a.fixed().iter().map(|t| draw(t, words, rng, depth.saturating_sub(1))).collect();
            if let Some(rest) = a.rest() {
                for _ in 0..few(rng) {
                    items.push(draw(rest, words, rng, depth.saturating_sub(1)));
                }
            }
            Value::from(items)
        }
        Type::Object(o) => {
            let mut entries = Object::new();
            for (key, t) in o.fixed() {
                entries.insert(key.clone(), draw(t, words, rng, depth.saturating_sub(1)));
            }
            if let Some((key, value)) = o.rest() {
                for _ in 0..few(rng) {
                    let k = draw(key, words, rng, depth.saturating_sub(1));
                    entries.insert(k, draw(value, words, rng, depth.saturating_sub(1)));
                }
            }
            Value::from(entries)
        }
        Type::Set(s) => {
            let n = few(rng);
            Value::set((0..n).map(|_| draw(s.element(), words, rng, depth.saturating_sub(1))).collect::<Vec<_>>())
        }
        Type::Union(u) => {
            let member = rng.pick(u.members()).clone();
            draw(&member, words, rng, depth)
        }
        Type::Any | Type::Unknown | Type::Function(_) => any(words, rng, depth),
    }
}

fn any(words: &Words, rng: &mut Rng, depth: usize) -> Value {
    let nested = |rng: &mut Rng| any(words, rng, depth.saturating_sub(1));
    match rng.below(if depth == 0 { 5 } else { 8 }) {
        0 => Value::Null,
        1 => Value::Bool(rng.chance(50)),
        2 => number(rng),
        3 | 4 => words.text(rng),
        5 => (0..rng.below(4)).map(|_| nested(rng)).collect(),
        6 => Value::set((0..rng.below(4)).map(|_| nested(rng)).collect::<Vec<_>>()),
        _ => {
            let mut entries = Object::new();
            for _ in 0..rng.below(4) {
                let key = if rng.chance(85) { words.text(rng) } else { nested(rng) };
                entries.insert(key, nested(rng));
            }
            Value::from(entries)
        }
    }
}

/// A number, most often a small integer.
pub(super) fn number(rng: &mut Rng) -> Value {
    let text = match rng.below(10) {
        0..=4 => return Value::from(rng.below(12) as i64 - 2),
        5 => return Value::from(rng.bits() as i64),
        6 => format!("{}.{}", rng.below(2000) as i64 - 1000, rng.below(1000)),
        7 => format!("{}e{}", rng.below(100) as i64 - 50, rng.below(60) as i64 - 30),
        8 => format!("{}{}", rng.bits(), rng.bits()),
        _ => return Value::from(1i64 << rng.below(62)),
    };
    Number::parse(&text).map_or(Value::Null, Value::Number)
}
