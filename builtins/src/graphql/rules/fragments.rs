//! Rules about fragments and where they are spread.

use std::collections::HashMap;

use super::super::ast::{Fragment, Inline, Selection, Spread};
use super::super::schema::TypeId;
use super::super::suggest::suggest;
use super::super::validate::Validator;

pub(super) fn on_composite_type<'a>(v: &mut Validator<'a>, f: &'a Fragment) {
    if v.schema.get(&f.condition).is_some_and(|t| !t.is_composite()) {
        let text = format!("Fragment \"{}\" cannot condition on non composite type \"{}\".", f.name, f.condition);
        v.error(f.pos, text);
    }
}

pub(super) fn inline_on_composite_type<'a>(v: &mut Validator<'a>, i: &'a Inline) {
    if v.schema.get(&i.condition).is_some_and(|t| !t.is_composite()) {
        v.error(i.pos, format!("Fragment cannot condition on non composite type \"{}\".", i.condition));
    }
}

pub(super) fn known_type<'a>(v: &mut Validator<'a>, f: &'a Fragment) {
    if v.schema.get(&f.condition).is_none() {
        let names: Vec<&str> = v.schema.by_name.keys().map(String::as_str).collect();
        let mut text = format!("Unknown type \"{}\".", f.condition);
        suggest(&mut text, "Did you mean", true, &f.condition, &names);
        v.error(f.pos, text);
    }
}

pub(super) fn inline_known_type<'a>(v: &mut Validator<'a>, i: &'a Inline) {
    if !i.condition.is_empty() && v.schema.get(&i.condition).is_none() {
        v.error(i.pos, format!("Unknown type \"{}\".", i.condition));
    }
}

/// Reports each way in which a fragment comes to contain itself, once per set of fragments that reach each other.
pub(super) fn no_cycles<'a>(v: &mut Validator<'a>, f: &'a Fragment) {
    let (mut path, mut at) = (Vec::new(), HashMap::new());
    follow(v, f, &mut path, &mut at);
}

fn follow<'a>(v: &mut Validator<'a>, f: &'a Fragment, path: &mut Vec<&'a Spread>, at: &mut HashMap<&'a str, usize>) {
    if !v.seen.fragments_in_cycles.insert(&f.name) {
        return;
    }
    let spreads = spreads(&f.selections);
    if spreads.is_empty() {
        return;
    }
    at.insert(&f.name, path.len());
    for s in spreads {
        path.push(s);
        match at.get(s.name.as_str()) {
            None => {
                if let Some(next) = v.fragments.get(s.name.as_str()).copied() {
                    follow(v, next, path, at);
                }
            }
            Some(&from) => {
                let names: Vec<String> = path[from..path.len() - 1].iter().map(|s| format!("\"{}\"", s.name)).collect();
                let via = if names.is_empty() { String::new() } else { format!(" via {}", names.join(", ")) };
                v.error(s.pos, format!("Cannot spread fragment \"{}\" within itself{via}.", s.name));
            }
        }
        path.pop();
    }
    at.remove(f.name.as_str());
}

/// All spreads below, those of later sets first.
fn spreads(selections: &[Selection]) -> Vec<&Spread> {
    let mut out = Vec::new();
    let mut sets = vec![selections];
    while let Some(set) = sets.pop() {
        for s in set {
            match s {
                Selection::Spread(s) => out.push(s),
                Selection::Field(f) => sets.push(&f.selections),
                Selection::Inline(i) => sets.push(&i.selections),
            }
        }
    }
    out
}

pub(super) fn note_spread<'a>(v: &mut Validator<'a>, s: &'a Spread) {
    if !v.seen.in_fragment_definitions {
        v.seen.spread_fragments.insert(&s.name);
    }
}

pub(super) fn no_unused<'a>(v: &mut Validator<'a>, f: &'a Fragment) {
    v.seen.in_fragment_definitions = true;
    if !v.seen.spread_fragments.contains(f.name.as_str()) {
        v.error(f.pos, format!("Fragment \"{}\" is never used.", f.name));
    }
}

pub(super) fn unique_name<'a>(v: &mut Validator<'a>, f: &'a Fragment) {
    if !v.seen.fragment_names.insert(&f.name) {
        v.error(f.pos, format!("There can be only one fragment named \"{}\".", f.name));
    }
}

pub(super) fn known_name<'a>(v: &mut Validator<'a>, s: &'a Spread) {
    if !v.fragments.contains_key(s.name.as_str()) {
        v.error(s.pos, format!("Unknown fragment \"{}\".", s.name));
    }
}

/// No value of the parent's type can be of the fragment's type; false where other rules complain already.
fn never_applies(v: &Validator<'_>, parent: TypeId, condition: &str) -> bool {
    let parent_type = &v.schema.types[parent];
    let own = [parent];
    let parents = match parent_type.kind.as_str() {
        "OBJECT" => &own[..],
        "INTERFACE" | "UNION" => v.schema.possible_types(&parent_type.name),
        _ => return false,
    };
    match v.schema.get(condition) {
        Some(t) if t.is_composite() => {
            let possible: std::collections::HashSet<_> = v.schema.possible_types(condition).iter().collect();
            !parents.iter().any(|p| possible.contains(p))
        }
        _ => false,
    }
}

pub(super) fn inline_possible<'a>(v: &mut Validator<'a>, i: &'a Inline, parent: Option<TypeId>) {
    let Some(parent) = parent.filter(|&p| never_applies(v, p, &i.condition)) else { return };
    let name = &v.schema.types[parent].name;
    v.error(
        i.pos,
        format!(
            "Fragment cannot be spread here as objects of type \"{name}\" can never be of type \"{}\".",
            i.condition
        ),
    );
}

pub(super) fn possible<'a>(v: &mut Validator<'a>, s: &'a Spread, parent: Option<TypeId>) {
    let Some(f) = v.fragments.get(s.name.as_str()).copied() else { return };
    let Some(parent) = parent.filter(|&p| never_applies(v, p, &f.condition)) else { return };
    let name = &v.schema.types[parent].name;
    v.error(
        s.pos,
        format!(
            "Fragment \"{}\" cannot be spread here as objects of type \"{name}\" can never be of type \"{}\".",
            s.name, f.condition
        ),
    );
}
