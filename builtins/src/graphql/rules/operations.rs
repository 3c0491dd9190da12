//! Rules about operations as a whole.

use std::collections::HashSet;

use super::super::ast::{Operation, Pos, Selection};
use super::super::schema::TypeId;
use super::super::validate::Validator;

pub(super) fn known_root_type<'a>(v: &mut Validator<'a>, o: &'a Operation, root: Option<TypeId>) {
    if root.is_none() {
        v.error(o.pos, format!("Schema does not support operation type \"{}\"", o.kind));
    }
}

pub(super) fn lone_anonymous<'a>(v: &mut Validator<'a>, o: &'a Operation) {
    if o.name.is_empty() && v.doc.operations.len() > 1 {
        v.error(o.pos, "This anonymous operation must be the only defined operation.");
    }
}

pub(super) fn unique_name<'a>(v: &mut Validator<'a>, o: &'a Operation) {
    if !v.seen.operation_names.insert(&o.name) {
        v.error(o.pos, format!("There can be only one operation named \"{}\".", o.name));
    }
}

pub(super) fn single_field_subscription<'a>(v: &mut Validator<'a>, o: &'a Operation) {
    if v.schema.subscription.is_none() || o.kind != "subscription" {
        return;
    }
    let mut fields: Vec<(&str, Pos)> = Vec::new();
    top_fields(v, &o.selections, &mut HashSet::new(), &mut fields);
    let mut seen = HashSet::new();
    fields.retain(|(name, _)| seen.insert(*name));
    let name = if o.name.is_empty() {
        "Anonymous Subscription".to_owned()
    } else {
        format!("Subscription {}", crate::url::quote(o.name.as_bytes()))
    };
    if let Some((_, pos)) = fields.get(1) {
        v.error(*pos, format!("{name} must select only one top level field."));
    }
    for (_, pos) in fields.iter().filter(|(f, _)| f.starts_with("__")) {
        v.error(*pos, format!("{name} must not select an introspection top level field."));
    }
}

fn top_fields<'a>(
    v: &Validator<'a>,
    selections: &'a [Selection],
    visited: &mut HashSet<&'a str>,
    out: &mut Vec<(&'a str, Pos)>,
) {
    for s in selections {
        match s {
            Selection::Field(f) => out.push((&f.name, f.pos)),
            Selection::Inline(i) => top_fields(v, &i.selections, visited, out),
            Selection::Spread(s) => {
                let Some(f) = v.fragments.get(s.name.as_str()).copied() else { return };
                if visited.insert(&f.name) {
                    top_fields(v, &f.selections, visited, out);
                }
            }
        }
    }
}
