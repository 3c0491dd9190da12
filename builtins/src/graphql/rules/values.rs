//! Rules about literals: each must fit the type that is expected where it stands.

use std::collections::HashSet;

use super::super::ast::{Definition, Kind, Literal, Type};
use super::super::suggest::suggest;
use super::super::validate::{Expected, Validator};

pub(super) fn unique_input_fields<'a>(v: &mut Validator<'a>, l: &'a Literal) {
    if l.kind != Kind::Object {
        return;
    }
    let mut seen = HashSet::new();
    for c in &l.children {
        if !seen.insert(c.name.as_str()) {
            v.error(c.pos, format!("There can be only one input field named \"{}\".", c.name));
        }
    }
}

pub(super) fn of_correct_type<'a>(v: &mut Validator<'a>, l: &'a Literal, expected: Expected<'a>) {
    let (Some(ty), Some(id)) = (expected.ty, expected.definition) else { return };
    let def = &v.schema.types[id];
    if l.kind == Kind::Null && ty.non_null {
        v.error(l.pos, format!("Expected value of type \"{}\", found {}.", ty.text(), l.text()));
    }
    if def.kind == "SCALAR" && !def_is(def, &["Int", "Float", "String", "Boolean", "ID"]) {
        return;
    }
    if !is_representable(l) {
        v.error(l.pos, unexpected(l, ty, def));
    }
    match l.kind {
        Kind::Null | Kind::Variable => {}
        Kind::List => {
            if ty.element.is_none() {
                v.error(l.pos, unexpected(l, ty, def));
            }
        }
        Kind::Int if !def_is(def, &["Int", "Float", "ID"]) => v.error(l.pos, unexpected(l, ty, def)),
        Kind::Float if !def_is(def, &["Float"]) => v.error(l.pos, unexpected(l, ty, def)),
        Kind::Boolean if !def_is(def, &["Boolean"]) => v.error(l.pos, unexpected(l, ty, def)),
        Kind::Int | Kind::Float | Kind::Boolean => {}
        Kind::String | Kind::Block => string(v, l, ty, def),
        Kind::Enum => enum_value(v, l, ty, def),
        Kind::Object => object(v, l, def),
    }
}

fn def_is(def: &Definition, names: &[&str]) -> bool {
    names.contains(&def.name.as_str())
}

/// Numbers must fit 64 bits or a double.
fn is_representable(l: &Literal) -> bool {
    match l.kind {
        Kind::Int => l.raw.parse::<i64>().is_ok(),
        Kind::Float => l.raw.parse::<f64>().is_ok_and(f64::is_finite),
        Kind::Boolean => matches!(l.raw.as_str(), "true" | "false"),
        Kind::List | Kind::Object => l.children.iter().all(|c| is_representable(&c.value)),
        _ => true,
    }
}

fn string<'a>(v: &mut Validator<'a>, l: &'a Literal, ty: &Type, def: &Definition) {
    if def.kind == "ENUM" {
        let mut text = format!("Enum \"{}\" cannot represent non-enum value: {}.", ty.text(), l.text());
        suggest(&mut text, "Did you mean the enum value", true, &l.raw, &enum_names(def));
        v.error(l.pos, text);
    } else if !def_is(def, &["String", "ID"]) {
        v.error(l.pos, unexpected(l, ty, def));
    }
}

fn enum_value<'a>(v: &mut Validator<'a>, l: &'a Literal, ty: &Type, def: &Definition) {
    if def.kind != "ENUM" {
        v.error(l.pos, unexpected(l, ty, def));
    } else if !def.enum_values.iter().any(|e| e.name == l.raw) {
        let mut text = format!("Value \"{}\" does not exist in \"{}\" enum.", l.text(), ty.text());
        suggest(&mut text, "Did you mean the enum value", true, &l.raw, &enum_names(def));
        v.error(l.pos, text);
    }
}

fn enum_names(def: &Definition) -> Vec<&str> {
    def.enum_values.iter().map(|e| e.name.as_str()).collect()
}

fn object<'a>(v: &mut Validator<'a>, l: &'a Literal, def: &Definition) {
    let given: HashSet<&str> = l.children.iter().map(|c| c.name.as_str()).collect();
    for f in def.fields.iter().filter(|f| f.ty.non_null && f.default.is_none()) {
        if !given.contains(f.name.as_str()) {
            let ty = f.ty.text();
            v.error(l.pos, format!("Field \"{}.{}\" of required type \"{ty}\" was not provided.", def.name, f.name));
        }
    }
    for _ in def.directives.iter().filter(|d| d.name == "oneOf") {
        match l.children.as_slice() {
            [one] if one.value.kind == Kind::Null => {
                let first = def.fields.first().map_or("", |f| f.name.as_str());
                v.error(one.value.pos, format!("Field \"{}.{first}\" must be non-null.", def.name));
            }
            [_] => {}
            _ => {
                v.error(l.pos, format!("OneOf Input Object \"{}\" must specify exactly one key.", def.name));
            }
        }
    }
    let known: Vec<&str> = def.fields.iter().map(|f| f.name.as_str()).collect();
    let known_set: HashSet<&str> = known.iter().copied().collect();
    for c in l.children.iter().filter(|c| !known_set.contains(c.name.as_str())) {
        let mut text = format!("Field \"{}\" is not defined by type \"{}\".", c.name, def.name);
        suggest(&mut text, "Did you mean", true, &c.name, &known);
        v.error(c.pos, text);
    }
}

fn unexpected(l: &Literal, ty: &Type, def: &Definition) -> String {
    let found = l.text();
    match ty.text().as_str() {
        "Int" | "Int!" => {
            let digits = l.raw.strip_prefix(['-', '+']).unwrap_or(&l.raw);
            let is_integer = !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit());
            if is_integer && l.raw.parse::<i32>().is_err() {
                format!("Int cannot represent non 32-bit signed integer value: {found}")
            } else {
                format!("Int cannot represent non-integer value: {found}")
            }
        }
        "String" | "String!" | "[String]" => format!("String cannot represent a non string value: {found}"),
        "Boolean" | "Boolean!" => format!("Boolean cannot represent a non boolean value: {found}"),
        "Float" | "Float!" => format!("Float cannot represent non numeric value: {found}"),
        "ID" | "ID!" => format!("ID cannot represent a non-string and non-integer value: {found}"),
        ty if def.kind == "ENUM" => format!("Enum \"{ty}\" cannot represent non-enum value: {found}."),
        ty => format!("Expected value of type \"{ty}\", found {found}."),
    }
}
