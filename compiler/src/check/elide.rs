//! Long types in messages: only what differs is spelled out, the rest becomes an ellipsis.

use crate::types::{Array, Function, Object, Parameter, Type, Union};

/// Width of a line from which types are shortened.
const MAX_LINE: usize = 80;
/// Width of a type that is always spelled out.
const MAX_TYPE: usize = 32;
/// Depth to which two types are compared.
const MAX_DEPTH: usize = 8;
const DOTS: &str = "...";

fn is_wide(text: &str) -> bool {
    text.chars().count() > MAX_LINE
}

/// The lines `left  : …` and `right : …`.
pub(super) fn sides(left: &Type, right: &Type) -> Vec<String> {
    let lines = vec![format!("left  : {left}"), format!("right : {right}")];
    if !lines.iter().any(|l| is_wide(l)) {
        return lines;
    }
    let (left, right) = diff(left, right, 0);
    vec![format!("left  : {left}"), format!("right : {right}")]
}

/// The lines `have: (…)` and `want: (…)`.
pub(super) fn arguments(have: &[Type], want: &[&Parameter], variadic: Option<&Type>) -> Vec<String> {
    let line = |name: &str, parts: Vec<String>| format!("{name}: ({})", parts.join(", "));
    let full_have = line("have", have.iter().map(Type::to_string).collect());
    let more = |variadic: Option<&Type>, show: fn(&Type) -> String| variadic.map(|v| show(v) + DOTS);
    let mut params: Vec<String> = want.iter().map(|p| p.to_string()).collect();
    params.extend(more(variadic, Type::to_string));
    let full_want = line("want", params);
    if !is_wide(&full_have) && !is_wide(&full_want) {
        return vec![full_have, full_want];
    }
    let mut haves: Vec<String> = have.iter().map(short).collect();
    let mut wants: Vec<String> = want.iter().map(|p| named(p, short_named(p))).collect();
    let unifier = super::unify::Unifier::new();
    for (i, (h, w)) in have.iter().zip(want).enumerate() {
        if !unifier.fits(h, &w.ty) {
            let (l, r) = diff(h, &w.ty, 0);
            haves[i] = l;
            wants[i] = named(w, r);
        }
    }
    wants.extend(more(variadic, short));
    vec![line("have", haves), line("want", wants)]
}

fn named(parameter: &Parameter, ty: String) -> String {
    match &parameter.name {
        Some(name) => format!("{name}: {ty}"),
        None => ty,
    }
}

/// Whether a parameter is short counts its name.
fn short_named(parameter: &Parameter) -> String {
    if parameter.to_string().chars().count() <= MAX_TYPE { parameter.ty.to_string() } else { elided(&parameter.ty, 0) }
}

/// The type, or its outermost kind if it is long.
fn short(ty: &Type) -> String {
    let full = ty.to_string();
    if full.chars().count() <= MAX_TYPE { full } else { elided(ty, 0) }
}

/// The type down to `depth` levels.
fn elided(ty: &Type, depth: usize) -> String {
    let inner = |t: &Type| if depth == 0 { DOTS.to_owned() } else { elided(t, depth - 1) };
    let list = |types: &[Type]| match types {
        [] => Vec::new(),
        _ if depth == 0 => vec![DOTS.to_owned()],
        types => types.iter().map(inner).collect(),
    };
    match ty {
        Type::Set(s) if !s.element().is_unknown() => format!("set[{}]", inner(s.element())),
        Type::Array(a) => composite("array", &list(a.fixed()), a.rest().map(inner)),
        Type::Object(o) => {
            let fixed = match o.fixed() {
                [] => Vec::new(),
                _ if depth == 0 => vec![DOTS.to_owned()],
                fixed => fixed.iter().map(|(k, v)| property(k, &inner(v))).collect(),
            };
            let rest =
                o.rest().map(|(k, v)| if depth == 0 { DOTS.to_owned() } else { format!("{}: {}", inner(k), inner(v)) });
            composite("object", &fixed, rest)
        }
        Type::Union(u) => union(list(u.members())),
        Type::Function(f) => {
            let mut params: Vec<String> = f.params.iter().map(|p| inner(&p.ty)).collect();
            params.extend(f.variadic.as_ref().map(|v| inner(v) + DOTS));
            if depth == 0 && !params.is_empty() {
                params = vec![DOTS.to_owned()];
            }
            let result = if f.is_void() { f.result.ty.to_string() } else { inner(&f.result.ty) };
            format!("({}) => {result}", params.join(", "))
        }
        ty => ty.to_string(),
    }
}

fn property(key: &writ_value::Value, ty: &str) -> String {
    format!("{}: {ty}", crate::types::plain(key))
}

fn composite(kind: &str, fixed: &[String], rest: Option<String>) -> String {
    let mut out = kind.to_owned();
    if !fixed.is_empty() {
        out += &format!("<{}>", fixed.join(", "));
    }
    out + &rest.map_or(String::new(), |rest| format!("[{rest}]"))
}

fn union(members: Vec<String>) -> String {
    if members.is_empty() { "any".into() } else { format!("any<{}>", members.join(", ")) }
}

fn equal(a: &Type, b: &Type) -> bool {
    a.to_string() == b.to_string()
}

/// Both types with only what differs spelled out.
fn diff(a: &Type, b: &Type, depth: usize) -> (String, String) {
    if depth >= MAX_DEPTH || a.is_unknown() || b.is_unknown() || equal(a, b) {
        return (short(a), short(b));
    }
    match (a, b) {
        (Type::Set(x), Type::Set(y)) if !x.element().is_unknown() && !y.element().is_unknown() => {
            let (l, r) = diff(x.element(), y.element(), depth + 1);
            (format!("set[{l}]"), format!("set[{r}]"))
        }
        (Type::Array(x), Type::Array(y)) => diff_arrays(a, b, x, y, depth),
        (Type::Object(x), Type::Object(y)) => diff_objects(x, y, depth),
        (Type::Union(x), Type::Union(y)) => diff_unions(x, y),
        (Type::Function(x), Type::Function(y)) if x.arity() == y.arity() => diff_functions(x, y, depth),
        _ => (short(a), short(b)),
    }
}

fn diff_arrays(a: &Type, b: &Type, x: &Array, y: &Array, depth: usize) -> (String, String) {
    if x.fixed().len() != y.fixed().len() || x.rest().is_some() != y.rest().is_some() {
        return (elided(a, 1), elided(b, 1));
    }
    let pairs = x.fixed().iter().zip(y.fixed()).map(|(x, y)| diff(x, y, depth + 1));
    let (left, right): (Vec<_>, Vec<_>) = pairs.unzip();
    let (l, r) = x.rest().zip(y.rest()).map(|(x, y)| diff(x, y, depth + 1)).unzip();
    (composite("array", &left, l), composite("array", &right, r))
}

fn diff_objects(x: &Object, y: &Object, depth: usize) -> (String, String) {
    let (mut left, mut right, mut dropped) = (Vec::new(), Vec::new(), false);
    let (mut xs, mut ys) = (x.fixed().iter().peekable(), y.fixed().iter().peekable());
    loop {
        let order = match (xs.peek(), ys.peek()) {
            (None, None) => break,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.cmp(b),
        };
        let a = if order.is_le() { xs.next() } else { None };
        let b = if order.is_ge() { ys.next() } else { None };
        match (a, b) {
            (Some((_, a)), Some((_, b))) if equal(a, b) => dropped = true,
            (Some((key, a)), Some((_, b))) => {
                let (l, r) = diff(a, b, depth + 1);
                left.push(property(key, &l));
                right.push(property(key, &r));
            }
            (a, b) => {
                left.extend(a.map(|(k, t)| property(k, &short(t))));
                right.extend(b.map(|(k, t)| property(k, &short(t))));
            }
        }
    }
    let rest = |o: &Object| o.rest().map(|(k, v)| format!("{}: {}", short(k), short(v)));
    let (l, r) = match (x.rest(), y.rest()) {
        (Some((k1, v1)), Some((k2, v2))) => {
            let ((kl, kr), (vl, vr)) = (diff(k1, k2, depth + 1), diff(v1, v2, depth + 1));
            (Some(format!("{kl}: {vl}")), Some(format!("{kr}: {vr}")))
        }
        _ => (rest(x), rest(y)),
    };
    if dropped {
        left.push(DOTS.into());
        right.push(DOTS.into());
    }
    (composite("object", &left, l), composite("object", &right, r))
}

fn diff_unions(x: &Union, y: &Union) -> (String, String) {
    let only = |a: &Union, b: &Union| -> Vec<String> {
        a.members().iter().filter(|t| !b.members().iter().any(|o| equal(t, o))).map(short).collect()
    };
    let (mut left, mut right) = (only(x, y), only(y, x));
    if left.len() < x.members().len() {
        left.push(DOTS.into());
        right.push(DOTS.into());
    }
    (union(left), union(right))
}

fn diff_functions(x: &Function, y: &Function, depth: usize) -> (String, String) {
    let pairs = x.params.iter().zip(&y.params).map(|(x, y)| diff(&x.ty, &y.ty, depth + 1));
    let (left, right): (Vec<_>, Vec<_>) = pairs.unzip();
    let (l, r) = diff(&x.result.ty, &y.result.ty, depth + 1);
    (format!("({}) => {l}", left.join(", ")), format!("({}) => {r}", right.join(", ")))
}
