//! Rules about directives and arguments.

use std::collections::{HashMap, HashSet};

use super::super::ast::{Argument, Directive};
use super::super::suggest::suggest;
use super::super::validate::Validator;

pub(in super::super) fn unique<'a>(v: &mut Validator<'a>, directives: &'a [Directive]) {
    let mut seen = HashSet::new();
    for d in directives {
        let repeatable = v.schema.directives.get(&d.name).is_some_and(|d| d.repeatable);
        if !seen.insert(d.name.as_str()) && !repeatable {
            v.error(d.pos, format!("The directive \"@{}\" can only be used once at this location.", d.name));
        }
    }
}

pub(super) fn known<'a>(v: &mut Validator<'a>, d: &'a Directive, location: &str) {
    let Some(def) = v.schema.directives.get(&d.name) else {
        v.error(d.pos, format!("Unknown directive \"@{}\".", d.name));
        return;
    };
    if def.locations.iter().any(|l| l == location) {
        return;
    }
    // The same place is reached again through fragments.
    let (line, column) = d.pos.unwrap_or_default();
    if v.seen.misplaced_directives.insert((&d.name, line, column)) {
        v.error(d.pos, format!("Directive \"@{}\" may not be used on {location}.", d.name));
    }
}

pub(super) fn known_arguments<'a>(v: &mut Validator<'a>, d: &'a Directive) {
    let Some(def) = v.schema.directives.get(&d.name) else { return };
    for a in &d.arguments {
        if !def.arguments.iter().any(|x| x.name == a.name) {
            let names: Vec<&str> = def.arguments.iter().map(|x| x.name.as_str()).collect();
            let mut text = format!("Unknown argument \"{}\" on directive \"@{}\".", a.name, d.name);
            suggest(&mut text, "Did you mean", true, &a.name, &names);
            v.error(d.pos, text);
        }
    }
}

pub(super) fn required_arguments<'a>(v: &mut Validator<'a>, d: &'a Directive) {
    let Some(def) = v.schema.directives.get(&d.name) else { return };
    for a in def.arguments.iter().filter(|a| a.ty.non_null && a.default.is_none()) {
        if !d.arguments.iter().any(|x| x.name == a.name) {
            let ty = a.ty.text();
            v.error(
                d.pos,
                format!(
                    "Directive \"@{}\" argument \"{}\" of type \"{ty}\" is required, but it was not provided.",
                    def.name, a.name
                ),
            );
        }
    }
}

pub(super) fn unique_arguments<'a>(v: &mut Validator<'a>, arguments: &'a [Argument]) {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for a in arguments {
        let n = counts.entry(&a.name).or_default();
        *n += 1;
        if *n == 2 {
            v.error(a.pos, format!("There can be only one argument named \"{}\".", a.name));
        }
    }
}
