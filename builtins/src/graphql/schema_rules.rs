//! What makes a schema valid; the first violation is reported.

use std::collections::{BTreeMap, HashMap};

use super::ast::{Definition, Directive, DirectiveDefinition, InputDefinition, Kind, Pos, Type};
use super::error::Error;
use super::schema::{Schema, TypeId};
use crate::url::quote;

type Checked = Result<(), Error>;

fn fail<T>(pos: Pos, message: String) -> Result<T, Error> {
    Err(Error::at(pos, message))
}

/// Checks types by name, then cycles of inputs, then directives by name.
pub(super) fn check(schema: &Schema) -> Checked {
    for &id in schema.by_name.values() {
        definition(schema, id)?;
    }
    input_cycles(schema)?;
    for d in schema.directives.values() {
        reserved(d.pos, &d.name)?;
        arguments(schema, &d.arguments, Some(d))?;
    }
    Ok(())
}

fn reserved(pos: Pos, name: &str) -> Checked {
    if !name.starts_with("__") {
        return Ok(());
    }
    fail(pos, format!("Name \"{name}\" must not begin with \"__\", which is reserved by GraphQL introspection."))
}

fn known_type(schema: &Schema, ty: &Type) -> Checked {
    match schema.get(ty.name()) {
        Some(_) => Ok(()),
        None => fail(ty.pos, format!("Undefined type {}.", ty.name())),
    }
}

fn definition(schema: &Schema, id: TypeId) -> Checked {
    let d = &schema.types[id];
    let is_input = d.kind == "INPUT_OBJECT";
    let location = if is_input { "INPUT_FIELD_DEFINITION" } else { "FIELD_DEFINITION" };
    for f in &d.fields {
        reserved(f.pos, &f.name)?;
        known_type(schema, &f.ty)?;
        arguments(schema, &f.arguments, None)?;
        directives(schema, &f.directives, location, None, true)?;
    }
    for t in &d.types {
        match schema.get(t) {
            None => return fail(d.pos, format!("Undefined type {}.", quote(t.as_bytes()))),
            Some(t) if t.kind != "OBJECT" => {
                return fail(d.pos, format!("{} type {} must be OBJECT.", d.kind, quote(t.name.as_bytes())));
            }
            Some(_) => {}
        }
    }
    for i in &d.interfaces {
        implements(schema, id, i)?;
    }
    by_kind(schema, d)?;
    unique(d)?;
    if !d.built_in {
        reserved(d.pos, &d.name)?;
    }
    directives(schema, &d.directives, &d.kind, None, false)
}

fn by_kind(schema: &Schema, d: &Definition) -> Checked {
    let nothing = |what: &str| fail(d.pos, format!("{} {}: must define one or more {what}.", d.kind, d.name));
    match d.kind.as_str() {
        "OBJECT" | "INTERFACE" => {
            if d.fields.is_empty() {
                return nothing("fields");
            }
            let outputs = ["SCALAR", "OBJECT", "INTERFACE", "UNION", "ENUM"];
            for f in &d.fields {
                if schema.get(f.ty.name()).is_some_and(|t| !t.is(&outputs)) {
                    let outputs = outputs.join(", ");
                    return fail(f.pos, format!("{} {}: field must be one of {outputs}.", d.kind, d.name));
                }
            }
        }
        "ENUM" => {
            if d.enum_values.is_empty() {
                return nothing("unique enum values");
            }
            for v in &d.enum_values {
                if matches!(v.name.as_str(), "true" | "false" | "null") {
                    return fail(d.pos, format!("{} {}: non-enum value {}.", d.kind, d.name, v.name));
                }
                directives(schema, &v.directives, "ENUM_VALUE", None, true)?;
            }
        }
        "INPUT_OBJECT" => {
            if d.fields.is_empty() {
                return nothing("input fields");
            }
            let inputs = ["SCALAR", "ENUM", "INPUT_OBJECT"];
            for f in &d.fields {
                if let Some(t) = schema.get(f.ty.name()).filter(|t| !t.is(&inputs)) {
                    let inputs = inputs.join(", ");
                    return fail(f.pos, format!("{} {}: field must be one of {inputs}.", t.kind, f.name));
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// Positions of the first name that occurs again, and of its next occurrence.
fn duplicate<'a>(names: impl Iterator<Item = &'a str>) -> Option<(usize, usize)> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut repeated: BTreeMap<usize, usize> = BTreeMap::new();
    for (i, name) in names.enumerate() {
        match seen.get(name) {
            Some(&first) => {
                repeated.entry(first).or_insert(i);
            }
            None => {
                seen.insert(name, i);
            }
        }
    }
    repeated.first_key_value().map(|(&a, &b)| (a, b))
}

fn unique(d: &Definition) -> Checked {
    if let Some((_, i)) = duplicate(d.fields.iter().map(|f| f.name.as_str())) {
        let f = &d.fields[i];
        return fail(f.pos, format!("Field {}.{} can only be defined once.", d.name, f.name));
    }
    if let Some((_, i)) = duplicate(d.enum_values.iter().map(|v| v.name.as_str())) {
        let v = &d.enum_values[i];
        return fail(v.pos, format!("Enum value {}.{} can only be defined once.", d.name, v.name));
    }
    if let Some((_, i)) = duplicate(d.types.iter().map(String::as_str)) {
        let aligned = d.type_positions.len() == d.types.len();
        let pos = if aligned { d.type_positions[i].or(d.pos) } else { d.pos };
        return fail(pos, format!("Union type {} can only include type {} once.", d.name, d.types[i]));
    }
    Ok(())
}

fn arguments(schema: &Schema, args: &[InputDefinition], within: Option<&DirectiveDefinition>) -> Checked {
    for a in args {
        reserved(a.pos, &a.name)?;
        known_type(schema, &a.ty)?;
        if let Some(t) = schema.get(a.ty.name()).filter(|t| !t.is_input()) {
            return fail(
                a.pos,
                format!(
                    "cannot use {} as argument {} because {} is not a valid input type",
                    a.ty.text(),
                    a.name,
                    t.kind
                ),
            );
        }
        directives(schema, &a.directives, "ARGUMENT_DEFINITION", within, true)?;
    }
    Ok(())
}

/// Checks uses of directives at one location. Types gather theirs from several places, so those may repeat.
pub(super) fn directives(
    schema: &Schema,
    uses: &[Directive],
    location: &str,
    within: Option<&DirectiveDefinition>,
    one_place: bool,
) -> Checked {
    let mut seen = std::collections::HashSet::new();
    for d in uses {
        reserved(d.pos, &d.name)?;
        if within.is_some_and(|w| w.name == d.name) {
            return fail(d.pos, format!("Directive {} cannot refer to itself.", d.name));
        }
        let Some(def) = schema.directives.get(&d.name) else {
            return fail(d.pos, format!("Undefined directive {}.", d.name));
        };
        if one_place && !seen.insert(d.name.as_str()) && !def.repeatable {
            return fail(d.pos, format!("The directive {} can only be used once at this location.", d.name));
        }
        if !def.locations.iter().any(|l| l == location) {
            return fail(d.pos, format!("Directive {} is not applicable on {location}.", d.name));
        }
        for a in &d.arguments {
            if !def.arguments.iter().any(|x| x.name == a.name) {
                return fail(a.pos, format!("Undefined argument {} for directive {}.", a.name, d.name));
            }
        }
        for a in def.arguments.iter().filter(|a| a.ty.non_null && a.default.is_none()) {
            let given = d.arguments.iter().find(|x| x.name == a.name);
            if given.is_none_or(|g| g.value.kind == Kind::Null) {
                return fail(d.pos, format!("Argument {} for directive {} cannot be null.", a.name, d.name));
            }
        }
    }
    Ok(())
}

fn implements(schema: &Schema, id: TypeId, name: &str) -> Checked {
    let d = &schema.types[id];
    let Some(interface) = schema.get(name) else {
        return fail(d.pos, format!("Undefined type {}.", quote(name.as_bytes())));
    };
    if interface.kind != "INTERFACE" {
        return fail(d.pos, format!("{} is a non interface type {}.", quote(name.as_bytes()), interface.kind));
    }
    for required in &interface.fields {
        let to = format!("For {} to implement {}", d.name, interface.name);
        let Some(found) = schema.field(id, &required.name) else {
            return fail(d.pos, format!("{to} it must have a field called {}.", required.name));
        };
        if !is_covariant(schema, &required.ty, &found.ty) {
            let ty = required.ty.text();
            return fail(found.pos, format!("{to} the field {} must have type {ty}.", required.name));
        }
        for arg in &required.arguments {
            let same = format!("{to} the field {} must have the same arguments but", required.name);
            let Some(found_arg) = found.arguments.iter().find(|a| a.name == arg.name) else {
                return fail(found.pos, format!("{same} it is missing {}.", arg.name));
            };
            if !arg.ty.is_compatible(&found_arg.ty) {
                return fail(found_arg.pos, format!("{same} {} has the wrong type.", arg.name));
            }
        }
        for arg in &found.arguments {
            let extra = !required.arguments.iter().any(|a| a.name == arg.name);
            if extra && arg.ty.non_null && arg.default.is_none() {
                return fail(
                    arg.pos,
                    format!(
                        "{to} any additional arguments on {} must be optional or have a default value but {} is required.",
                        found.name, arg.name
                    ),
                );
            }
        }
    }
    if let Some(ancestor) = interface.interfaces.iter().find(|a| !d.interfaces.contains(a)) {
        if *ancestor == d.name {
            let text = format!("Type {} cannot implement {name} because it would create a circular reference.", d.name);
            return fail(d.pos, text);
        }
        let text = format!("Type {} must implement {ancestor} because it is implemented by {name}.", d.name);
        return fail(d.pos, text);
    }
    Ok(())
}

fn is_covariant(schema: &Schema, required: &Type, actual: &Type) -> bool {
    if required.non_null && !actual.non_null {
        return false;
    }
    if !required.named.is_empty() {
        return required.named == actual.named
            || schema.possible_types(&required.named).iter().any(|&t| schema.types[t].name == actual.named);
    }
    match (&required.element, &actual.element) {
        (Some(r), Some(a)) => is_covariant(schema, r, a),
        (Some(_), None) => false,
        (None, _) => true,
    }
}

/// Refuses inputs that contain themselves through required fields. Walks with a stack of its own.
fn input_cycles(schema: &Schema) -> Checked {
    let mut visited = vec![false; schema.types.len()];
    for &start in schema.by_name.values().filter(|&&id| schema.types[id].kind == "INPUT_OBJECT") {
        // Each frame: the type, and the next of its fields to look at.
        let mut stack: Vec<(TypeId, usize)> = Vec::new();
        let mut depth_of: HashMap<TypeId, usize> = HashMap::new();
        if !std::mem::replace(&mut visited[start], true) {
            depth_of.insert(start, 0);
            stack.push((start, 0));
        }
        while let Some((id, next)) = stack.pop() {
            let Some(field) = schema.types[id].fields.get(next) else {
                depth_of.remove(&id);
                continue;
            };
            stack.push((id, next + 1));
            let target = schema
                .id(&field.ty.named)
                .filter(|&t| field.ty.non_null && !field.ty.named.is_empty() && schema.types[t].kind == "INPUT_OBJECT");
            let Some(target) = target else { continue };
            if let Some(&from) = depth_of.get(&target) {
                let path: Vec<_> = stack[from..].iter().map(|&(t, n)| &schema.types[t].fields[n - 1]).collect();
                let names: Vec<&str> = path.iter().map(|f| f.name.as_str()).collect();
                let text = format!(
                    "Cannot reference Input Object {} within itself through a series of non-null fields: {}.",
                    quote(schema.types[target].name.as_bytes()),
                    quote(names.join(".").as_bytes())
                );
                return fail(path[0].pos, text);
            }
            if !std::mem::replace(&mut visited[target], true) {
                depth_of.insert(target, stack.len());
                stack.push((target, 0));
            }
        }
    }
    Ok(())
}
