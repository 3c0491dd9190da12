//! Rules about fields.

use std::collections::HashSet;

use super::super::ast::{Field, Selection};
use super::super::schema::TypeId;
use super::super::suggest::{quoted_list, similar, suggest};
use super::super::validate::Validator;

/// Nested lists of types that an introspection query may ask for.
const MAX_INTROSPECTION: usize = 3;

pub(super) fn on_correct_type<'a>(v: &mut Validator<'a>, f: &'a Field) {
    let info = v.info(f);
    let (Some(object), None) = (info.object, info.definition) else { return };
    let name = &v.schema.types[object].name;
    let mut text = format!("Cannot query field \"{}\" on type \"{name}\".", f.name);
    let types = types_with(v, object, &f.name);
    if types.is_empty() {
        let definition = &v.schema.types[object];
        if definition.is(&["OBJECT", "INTERFACE"]) {
            let names: Vec<&str> = definition.fields.iter().map(|f| f.name.as_str()).collect();
            let close = similar(&f.name, &names);
            if !close.is_empty() {
                text.push_str(&format!(" Did you mean {}?", quoted_list(&close)));
            }
        }
    } else {
        text.push_str(&format!(" Did you mean to use an inline fragment on {}?", quoted_list(&types)));
    }
    v.error(f.pos, text);
}

/// Types below an abstract one that have the field: interfaces first, the most used ones in front.
fn types_with<'a>(v: &Validator<'a>, parent: TypeId, field: &str) -> Vec<&'a str> {
    let parent = &v.schema.types[parent];
    if !parent.is(&["INTERFACE", "UNION"]) {
        return Vec::new();
    }
    let mut objects: Vec<&str> = Vec::new();
    let mut interfaces: Vec<(&str, usize)> = Vec::new();
    for &t in v.schema.possible_types(&parent.name) {
        if v.schema.field(t, field).is_none() {
            continue;
        }
        objects.push(&v.schema.types[t].name);
        for i in &v.schema.types[t].interfaces {
            if v.schema.id(i).is_some_and(|i| v.schema.field(i, field).is_some()) {
                match interfaces.iter_mut().find(|(name, _)| name == i) {
                    Some((_, n)) => *n += 1,
                    None => interfaces.push((i, 1)),
                }
            }
        }
    }
    let mut all: Vec<(&str, usize)> = interfaces;
    all.extend(objects.into_iter().map(|o| (o, 0)));
    all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    all.into_iter().map(|(name, _)| name).collect()
}

pub(super) fn known_arguments<'a>(v: &mut Validator<'a>, f: &'a Field) {
    let info = v.info(f);
    let (Some(object), Some(def)) = (info.object, info.definition) else { return };
    for a in &f.arguments {
        if !def.arguments.iter().any(|x| x.name == a.name) {
            let names: Vec<&str> = def.arguments.iter().map(|x| x.name.as_str()).collect();
            let parent = &v.schema.types[object].name;
            let mut text = format!("Unknown argument \"{}\" on field \"{parent}.{}\".", a.name, f.name);
            suggest(&mut text, "Did you mean", true, &a.name, &names);
            v.error(f.pos, text);
        }
    }
}

pub(super) fn required_arguments<'a>(v: &mut Validator<'a>, f: &'a Field) {
    let Some(def) = v.info(f).definition else { return };
    for a in def.arguments.iter().filter(|a| a.ty.non_null && a.default.is_none()) {
        if !f.arguments.iter().any(|x| x.name == a.name) {
            let ty = a.ty.text();
            v.error(
                f.pos,
                format!(
                    "Field \"{}\" argument \"{}\" of type \"{ty}\" is required, but it was not provided.",
                    f.name, a.name
                ),
            );
        }
    }
}

pub(super) fn leafs<'a>(v: &mut Validator<'a>, f: &'a Field) {
    let Some(def) = v.info(f).definition else { return };
    let Some(ty) = v.schema.get(def.ty.name()) else { return };
    if ty.is_leaf() && !f.selections.is_empty() {
        let name = &ty.name;
        v.error(
            f.pos,
            format!("Field \"{}\" must not have a selection since type \"{name}\" has no subfields.", f.name),
        );
    } else if !ty.is_leaf() && f.selections.is_empty() {
        let ty = def.ty.text();
        let name = &f.name;
        v.error(
            f.pos,
            format!(
                "Field \"{name}\" of type \"{ty}\" must have a selection of subfields. Did you mean \"{name} {{ ... }}\"?"
            ),
        );
    }
}

pub(super) fn introspection_depth<'a>(v: &mut Validator<'a>, f: &'a Field) {
    if matches!(f.name.as_str(), "__schema" | "__type") && too_deep(v, f, &mut HashSet::new(), 0) {
        v.error(f.pos, "Maximum introspection depth exceeded");
    }
}

fn too_deep<'a>(v: &mut Validator<'a>, f: &'a Field, visited: &mut HashSet<&'a str>, depth: usize) -> bool {
    let list = matches!(f.name.as_str(), "fields" | "interfaces" | "possibleTypes" | "inputFields");
    let depth = depth + usize::from(list);
    (list && depth >= MAX_INTROSPECTION) || selections_too_deep(v, &f.selections, visited, depth)
}

fn selections_too_deep<'a>(
    v: &mut Validator<'a>,
    selections: &'a [Selection],
    visited: &mut HashSet<&'a str>,
    depth: usize,
) -> bool {
    selections.iter().any(|s| {
        v.step()
            && match s {
                Selection::Field(f) => too_deep(v, f, visited, depth),
                Selection::Inline(i) => selections_too_deep(v, &i.selections, visited, depth),
                Selection::Spread(s) => match v.fragments.get(s.name.as_str()).copied() {
                    Some(f) if visited.insert(&f.name) => {
                        let deep = selections_too_deep(v, &f.selections, visited, depth);
                        visited.remove(f.name.as_str());
                        deep
                    }
                    _ => false,
                },
            }
    })
}
