//! The input and base data that programs read: a fixed schema, and values that follow it most of the time.

use std::sync::Arc;

use writ_value::{Object, Value, json};

use super::types::{Ty, value};
use crate::program::Term;
use crate::rng::Rng;

/// What policies find in `input`.
pub(super) fn input_schema() -> Ty {
    Ty::Record(vec![
        ("n", Ty::Num),
        ("m", Ty::Num),
        ("s", Ty::Str),
        ("b", Ty::Bool),
        ("xs", Ty::array(Ty::Num)),
        ("ss", Ty::array(Ty::Str)),
        ("o", Ty::object(Ty::Num)),
        ("u", user()),
        ("us", Ty::array(user())),
        ("any", Ty::Any),
    ])
}

/// What policies find in `data.base`.
pub(super) fn data_schema() -> Ty {
    Ty::Record(vec![
        ("limit", Ty::Num),
        ("names", Ty::array(Ty::Str)),
        ("roles", Ty::object(Ty::array(Ty::Str))),
        ("table", Ty::object(Ty::object(Ty::Num))),
        ("list", Ty::array(Ty::Any)),
    ])
}

fn user() -> Ty {
    Ty::Record(vec![("name", Ty::Str), ("age", Ty::Num), ("roles", Ty::array(Ty::Str)), ("attr", Ty::object(Ty::Str))])
}

/// The base data: one property that policies read, and now and then some beside the rules, where no rule is.
pub(super) fn data(rng: &mut Rng) -> Value {
    let mut base = document(rng, &data_schema());
    // Long enough for an index.
    if rng.chance(12)
        && let Value::Object(fields) = &mut base
    {
        let names: Vec<Value> = (0..rng.between(17, 40)).map(|_| value(rng, &Ty::Str)).collect();
        Arc::make_mut(fields).insert(Value::from("names"), Value::from(names));
    }
    let mut all = Object::from([(Value::from("base"), base)]);
    if rng.chance(20) {
        let beside = Object::from([(Value::from("beside"), value(rng, &Ty::Any))]);
        all.insert(Value::from("fuzz"), Value::from(beside));
    }
    as_json(&Value::from(all))
}

/// What JSON keeps of a value: sets are arrays.
fn as_json(value: &Value) -> Value {
    json::parse(json::to_string(value).as_bytes()).unwrap_or(Value::Null)
}

/// The input, seldom not there or of another kind.
pub(super) fn input(rng: &mut Rng) -> Option<Value> {
    match rng.below(100) {
        0 => None,
        1 => Some(as_json(&value(rng, &Ty::Any))),
        _ => Some(as_json(&document(rng, &input_schema()))),
    }
}

/// A value of the schema; each property may be missing or of another type.
fn document(rng: &mut Rng, ty: &Ty) -> Value {
    let Ty::Record(fields) = ty else { return value(rng, ty) };
    let mut object = Object::new();
    for (key, ty) in fields {
        let value = match rng.below(100) {
            0..6 => continue,
            6..9 => value(rng, &Ty::Any),
            _ => document(rng, ty),
        };
        object.insert(Value::from(*key), value);
    }
    Value::from(object)
}

/// A place in a document.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// How it is read.
    pub term: Term,
    /// What is there.
    pub ty: Ty,
    /// Reading it goes over many values.
    pub iterates: bool,
}

/// Every place of the schemas, with one level of elements below arrays and objects.
pub(super) fn places() -> Vec<Place> {
    let mut found = Vec::new();
    walk(&Place { term: Term::name("input"), ty: input_schema(), iterates: false }, &mut found);
    let base = Term::Ref(Box::new(Term::name("data")), vec![Term::str("base")]);
    walk(&Place { term: base, ty: data_schema(), iterates: false }, &mut found);
    found
}

fn walk(place: &Place, found: &mut Vec<Place>) {
    found.push(place.clone());
    let below = |key: Term, ty: &Ty, iterates: bool| {
        let term = match &place.term {
            Term::Ref(base, path) => Term::Ref(base.clone(), [path.as_slice(), &[key]].concat()),
            base => Term::Ref(Box::new(base.clone()), vec![key]),
        };
        Place { term, ty: ty.clone(), iterates: place.iterates || iterates }
    };
    match &place.ty {
        Ty::Record(fields) => fields.iter().for_each(|(key, ty)| walk(&below(Term::str(key), ty, false), found)),
        Ty::Array(of) => {
            found.push(below(Term::int(0), of, false));
            walk(&below(Term::name("_"), of, true), found);
        }
        Ty::Object(_, of) => {
            found.push(below(Term::str("a"), of, false));
            walk(&below(Term::name("_"), of, true), found);
        }
        _ => {}
    }
}
