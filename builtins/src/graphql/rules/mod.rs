//! The rules for queries, by what they look at. Each node's rules run in the order of the rules' names.

pub(super) mod directives;
mod fields;
mod fragments;
mod operations;
pub(super) mod overlap;
mod values;
pub(super) mod variables;

use std::collections::HashSet;

use super::ast::{Directive, Field, Fragment, Inline, Literal, Operation, Spread, Variable};
use super::schema::TypeId;
use super::validate::{Expected, Validator};

/// What rules remember across nodes.
#[derive(Debug, Default)]
pub(super) struct Seen<'a> {
    misplaced_directives: HashSet<(&'a str, u32, i64)>,
    fragments_in_cycles: HashSet<&'a str>,
    spread_fragments: HashSet<&'a str>,
    in_fragment_definitions: bool,
    fragment_names: HashSet<&'a str>,
    operation_names: HashSet<&'a str>,
}

pub(super) fn on_operation<'a>(v: &mut Validator<'a>, o: &'a Operation, root: Option<TypeId>) {
    operations::known_root_type(v, o, root);
    operations::lone_anonymous(v, o);
    variables::no_unused(v, o);
    overlap::check(v, &o.selections);
    operations::single_field_subscription(v, o);
    operations::unique_name(v, o);
    variables::unique_names(v, o);
    variables::are_input_types(v, o);
}

pub(super) fn on_field<'a>(v: &mut Validator<'a>, f: &'a Field) {
    fields::on_correct_type(v, f);
    fields::known_arguments(v, f);
    fields::introspection_depth(v, f);
    if v.operation.is_some() {
        overlap::check(v, &f.selections);
    }
    fields::required_arguments(v, f);
    fields::leafs(v, f);
    directives::unique_arguments(v, &f.arguments);
}

pub(super) fn on_fragment<'a>(v: &mut Validator<'a>, f: &'a Fragment) {
    fragments::on_composite_type(v, f);
    fragments::known_type(v, f);
    fragments::no_cycles(v, f);
    fragments::no_unused(v, f);
    overlap::check(v, &f.selections);
    fragments::unique_name(v, f);
}

pub(super) fn on_inline<'a>(v: &mut Validator<'a>, i: &'a Inline, parent: Option<TypeId>) {
    fragments::inline_on_composite_type(v, i);
    fragments::inline_known_type(v, i);
    overlap::check(v, &i.selections);
    fragments::inline_possible(v, i, parent);
}

pub(super) fn on_spread<'a>(v: &mut Validator<'a>, s: &'a Spread, parent: Option<TypeId>) {
    fragments::known_name(v, s);
    fragments::note_spread(v, s);
    fragments::possible(v, s, parent);
}

pub(super) fn on_directive<'a>(v: &mut Validator<'a>, d: &'a Directive, location: &str) {
    directives::known_arguments(v, d);
    directives::known(v, d, location);
    directives::required_arguments(v, d);
    directives::unique_arguments(v, &d.arguments);
}

pub(super) fn on_literal<'a>(
    v: &mut Validator<'a>,
    l: &'a Literal,
    expected: Expected<'a>,
    variable: Option<&'a Variable>,
) {
    variables::no_undefined(v, l, variable);
    values::unique_input_fields(v, l);
    values::of_correct_type(v, l, expected);
    variables::in_allowed_position(v, l, expected, variable);
}
