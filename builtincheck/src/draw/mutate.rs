//! Values that differ a little from others.

use writ_value::{Object, Str, Value};

use super::typed;
use super::words::Words;
use crate::case::{base64, unbase64};
use crate::rng::Rng;

/// A variation of the value, somewhere in it.
pub(super) fn value(v: &Value, words: &Words, edges: &[Value], rng: &mut Rng) -> Value {
    if rng.chance(8) {
        return rng.pick(edges).clone();
    }
    match v {
        Value::String(s) => text(s, words, rng),
        Value::Number(_) => typed::number(rng),
        Value::Array(a) if !a.is_empty() => {
            let mut items = a.to_vec();
            let i = rng.below(items.len());
            match rng.below(8) {
                0 => {
                    items.remove(i);
                }
                1 => items.insert(i, a[rng.below(a.len())].clone()),
                2 => items.reverse(),
                _ => items[i] = value(&items[i], words, edges, rng),
            }
            Value::from(items)
        }
        Value::Set(s) if !s.is_empty() => {
            let mut items: Vec<_> = s.iter().cloned().collect();
            let i = rng.below(items.len());
            items[i] = value(&items[i], words, edges, rng);
            Value::set(items)
        }
        Value::Object(o) if !o.is_empty() => object(o, words, edges, rng),
        Value::Bool(b) => Value::Bool(!b),
        _ => rng.pick(edges).clone(),
    }
}

fn object(o: &Object, words: &Words, edges: &[Value], rng: &mut Rng) -> Value {
    let mut entries = o.clone();
    let keys: Vec<_> = o.keys().cloned().collect();
    let key = rng.pick(&keys).clone();
    match rng.below(8) {
        0 => {
            entries.remove(&key);
        }
        1 => {
            let v = entries.remove(&key).unwrap_or_default();
            entries.insert(value(&key, words, edges, rng), v);
        }
        2 => {
            let v = entries.get(&key).cloned().unwrap_or_default();
            entries.insert(words.text(rng), v);
        }
        _ => {
            let v = value(&entries[&key], words, edges, rng);
            entries.insert(key, v);
        }
    }
    Value::from(entries)
}

fn text(s: &Str, words: &Words, rng: &mut Rng) -> Value {
    let bytes = s.as_bytes();
    if rng.chance(60) && bytes.iter().filter(|&&b| b == b'.').count() == 2 && bytes.starts_with(b"ey") {
        return token(bytes, words, rng);
    }
    let Some(text) = s.as_str() else {
        return Value::String(Str::from_bytes(&bytes[..rng.below(bytes.len() + 1)]));
    };
    let edited = edit(text, words, rng);
    Value::from(edited.as_str())
}

/// A text with one edit.
fn edit(text: &str, words: &Words, rng: &mut Rng) -> String {
    let bounds: Vec<_> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
    let (a, b) = (*rng.pick(&bounds), *rng.pick(&bounds));
    let (a, b) = (a.min(b), a.max(b));
    let near = bounds.iter().copied().find(|&x| x > a).unwrap_or(a);
    match rng.below(9) {
        0 => format!("{}{}", &text[..a], &text[near..]),
        1 => format!("{}{}", &text[..a], &text[b..]),
        2 | 3 => format!("{}{}{}", &text[..a], words.token(rng), &text[a..]),
        4 => format!("{}{}{}", &text[..a], words.token(rng), &text[near..]),
        5 => text[..a].to_owned(),
        6 if text.len() < 2000 => format!("{}{}{}", &text[..b], &text[a..b], &text[b..]),
        7 if text.is_ascii() => format!("{}{}{}", &text[..a], text[a..b].to_ascii_uppercase(), &text[b..]),
        _ => {
            let other = words.text(rng);
            let other = other.as_str().unwrap_or_default();
            format!("{}{}{}", &text[..a], other, &text[b..])
        }
    }
}

/// A token of which one part says something else.
fn token(bytes: &[u8], words: &Words, rng: &mut Rng) -> Value {
    let mut parts: Vec<_> = bytes.split(|&b| b == b'.').map(<[u8]>::to_vec).collect();
    let i = rng.below(parts.len());
    let content = unbase64(&parts[i]);
    let edited = match std::str::from_utf8(&content) {
        Ok(text) => edit(text, words, rng).into_bytes(),
        Err(_) => content[..rng.below(content.len() + 1)].to_vec(),
    };
    parts[i] = base64(&edited).trim_end_matches('=').replace('+', "-").replace('/', "_").into_bytes();
    Value::String(Str::from_bytes(&parts.join(&b'.')))
}
