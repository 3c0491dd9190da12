//! Which parts of a document a type can hold, asked of the type's own `Deserialize`: derived ones name their fields, wherever they stand.
//!
//! ```text
//!   struct Request { amount: u64, cart: Vec<Item> }  ─▶  Struct [ amount: Scalar, cart: Each(Struct [ … ]) ]
//! ```
//!
//! A type is asked once per place: the probe leads it to one place (all other fields are left out, so order does not matter), notes which method it calls
//! there, and ends with an error. What cannot be found out (`flatten`, untagged and tagged enums, tuples, types that contain themselves, hand-written
//! impls that look for themselves) is kept whole: a shape may be larger than what the type reads, never smaller.

mod probe;

use std::fmt::Write;

use serde::Deserialize;

use probe::{Found, Step};

/// Deepest struct whose fields are told apart.
const MAX_DEPTH: usize = 16;
/// Most places that a type is asked about.
const MAX_PLACES: usize = 4000;

/// Parts of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing of it.
    Nothing,
    /// The value itself; of a collection not even its elements.
    Scalar,
    /// All of it.
    Whole,
    /// These fields.
    Struct(Vec<(&'static str, Shape)>),
    /// All elements, or all values of a map, of one shape.
    Each(Box<Shape>),
}

impl Shape {
    /// What `T` can hold.
    pub(crate) fn of<T: Deserialize<'static>>() -> Self {
        let ask = |path: &[Step]| probe::ask::<T>(path);
        Asker { ask: &ask, path: Vec::new(), above: Vec::new(), places: 0 }.shape()
    }
}

struct Asker<'a> {
    ask: &'a dyn Fn(&[Step]) -> Option<Found>,
    path: Vec<Step>,
    /// Structs around the place, to notice those that contain themselves.
    above: Vec<(&'static str, &'static [&'static str])>,
    places: usize,
}

impl Asker<'_> {
    fn shape(&mut self) -> Shape {
        self.places += 1;
        if self.places > MAX_PLACES || self.path.len() > MAX_DEPTH {
            return Shape::Whole;
        }
        match (self.ask)(&self.path) {
            Some(Found::Nothing) => Shape::Nothing,
            Some(Found::Scalar) => Shape::Scalar,
            Some(Found::Each) => {
                self.path.push(Step::Element);
                let element = self.shape();
                self.path.pop();
                Shape::Each(Box::new(element))
            }
            Some(Found::Struct { name, fields }) if !self.above.contains(&(name, fields)) => {
                self.above.push((name, fields));
                let mut known = Vec::new();
                for &field in fields {
                    self.path.push(Step::Field(field));
                    known.push((field, self.shape()));
                    self.path.pop();
                }
                self.above.pop();
                Shape::Struct(known)
            }
            Some(Found::Struct { .. } | Found::Whole) | None => Shape::Whole,
        }
    }
}

/// Number of slots of a frame, and the text of the node in the section `writ.input` (see `compiler/src/link/input.rs`).
pub(crate) fn projection(shape: &Shape) -> (usize, String) {
    let mut out = String::new();
    match shape {
        Shape::Nothing => {
            out.push_str("{}");
            (0, out)
        }
        // A struct's fields have slots of their own; slot 0 is the shell, which says whether there is an object at all.
        Shape::Struct(fields) => {
            out.push_str("{\"s\":0,\"f\":{");
            for (i, (name, below)) in fields.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                json_string(name, &mut out);
                let _ = write!(out, ":{{\"s\":{}", i + 1);
                contents(below, &mut out);
                out.push('}');
            }
            out.push_str("}}");
            (fields.len() + 1, out)
        }
        other => {
            out.push_str("{\"s\":0");
            contents(other, &mut out);
            out.push('}');
            (1, out)
        }
    }
}

/// What is kept below a value that is kept.
fn contents(shape: &Shape, out: &mut String) {
    match shape {
        Shape::Nothing | Shape::Scalar => {}
        Shape::Whole => out.push_str(",\"w\":1"),
        Shape::Each(element) => {
            out.push_str(",\"e\":{\"k\":1");
            contents(element, out);
            out.push('}');
        }
        Shape::Struct(fields) => {
            out.push_str(",\"f\":{");
            for (i, (name, below)) in fields.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                json_string(name, out);
                out.push_str(":{\"k\":1");
                contents(below, out);
                out.push('}');
            }
            out.push('}');
        }
    }
}

pub(crate) fn json_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\0'..='\x1f' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests;
