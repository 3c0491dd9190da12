//! Rules about variables.

use std::collections::HashMap;

use super::super::ast::{Kind, Literal, Operation, Variable};
use super::super::validate::{Expected, Validator};

pub(in super::super) fn known_type<'a>(v: &mut Validator<'a>, variable: &'a Variable) {
    if v.schema.get(variable.ty.name()).is_none() {
        v.error(variable.pos, format!("Unknown type \"{}\".", variable.ty.name()));
    }
}

pub(super) fn no_unused<'a>(v: &mut Validator<'a>, o: &'a Operation) {
    for variable in &o.variables {
        if v.used_variables.contains(&std::ptr::from_ref(variable)) {
            continue;
        }
        let mut text = format!("Variable \"${}\" is never used", variable.name);
        if !o.name.is_empty() {
            text.push_str(&format!(" in operation \"{}\"", o.name));
        }
        text.push('.');
        v.error(variable.pos, text);
    }
}

pub(super) fn unique_names<'a>(v: &mut Validator<'a>, o: &'a Operation) {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for variable in &o.variables {
        let n = counts.entry(&variable.name).or_default();
        *n += 1;
        if *n == 2 {
            v.error(variable.pos, format!("There can be only one variable named \"${}\".", variable.name));
        }
    }
}

pub(super) fn are_input_types<'a>(v: &mut Validator<'a>, o: &'a Operation) {
    for variable in &o.variables {
        if v.schema.get(variable.ty.name()).is_some_and(|t| !t.is_input()) {
            let ty = variable.ty.text();
            v.error(variable.pos, format!("Variable \"${}\" cannot be non-input type \"{ty}\".", variable.name));
        }
    }
}

pub(super) fn no_undefined<'a>(v: &mut Validator<'a>, l: &'a Literal, variable: Option<&'a Variable>) {
    let Some(o) = v.operation else { return };
    if l.kind != Kind::Variable || variable.is_some() {
        return;
    }
    let text = if o.name.is_empty() {
        format!("Variable \"{}\" is not defined.", l.text())
    } else {
        format!("Variable \"{}\" is not defined by operation \"{}\".", l.text(), o.name)
    };
    v.error(l.pos, text);
}

pub(super) fn in_allowed_position<'a>(
    v: &mut Validator<'a>,
    l: &'a Literal,
    expected: Expected<'a>,
    variable: Option<&'a Variable>,
) {
    if let (Some(ty), Some(variable), Some(_)) = (expected.ty, variable, v.operation) {
        let mut wanted = ty.clone();
        let has_default = variable.default.as_ref().is_some_and(|d| d.kind != Kind::Null);
        if has_default || expected.has_default {
            wanted.non_null = false;
        }
        if !variable.ty.is_compatible(&wanted) {
            v.error(
                l.pos,
                format!(
                    "Variable \"{}\" of type \"{}\" used in position expecting type \"{}\".",
                    l.text(),
                    variable.ty.text(),
                    ty.text()
                ),
            );
        }
    }
    one_of(v, l, expected);
}

/// The one field of an input of which exactly one must be given cannot be a variable that may be null.
fn one_of<'a>(v: &mut Validator<'a>, l: &'a Literal, expected: Expected<'a>) {
    let (Kind::Object, Some(id)) = (l.kind, expected.definition) else { return };
    let def = &v.schema.types[id];
    let Some(o) = v.operation.filter(|_| def.directives.iter().any(|d| d.name == "oneOf")) else { return };
    for c in l.children.iter().filter(|c| c.value.kind == Kind::Variable) {
        if let Some(variable) = o.variables.iter().find(|x| x.name == c.value.raw && !x.ty.non_null) {
            v.error(
                variable.pos,
                format!(
                    "Variable \"{}\" is of type \"{}\" but must be non-nullable to be used for OneOf Input Object \"{}\".",
                    c.value.text(),
                    variable.ty.text(),
                    def.name
                ),
            );
        }
    }
}
