//! The walk over a query, which tells the rules about every node once its children are done.
//!
//! Fragments are walked where an operation first spreads them and once more on their own, so an error within one may be
//! reported twice, as in OPA. Errors stand in the order of the walk, at one node in the order of the rules' names.

use std::collections::{HashMap, HashSet};

use super::ast::{
    Argument, Directive, Field, FieldDefinition, Fragment, Inline, InputDefinition, Kind, Literal, Operation, Pos,
    QueryDocument, Selection, Spread, Type, Variable,
};
use super::error::Error;
use super::rules;
use super::rules::overlap::Compared;
use super::schema::{Schema, TypeId};

/// Most steps of a validation, so that hostile queries end.
const MAX_STEPS: usize = 200_000;
/// Most fragments of a query; spreads may nest that deep.
const MAX_FRAGMENTS: usize = 500;

/// What a field is, known from the types around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldInfo<'a> {
    pub(super) object: Option<TypeId>,
    pub(super) definition: Option<&'a FieldDefinition>,
}

/// What is expected where a literal stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Expected<'a> {
    pub(super) ty: Option<&'a Type>,
    pub(super) has_default: bool,
    pub(super) definition: Option<TypeId>,
}

/// State of one validation.
#[derive(Debug)]
pub(super) struct Validator<'a> {
    pub(super) schema: &'a Schema,
    pub(super) doc: &'a QueryDocument,
    pub(super) fragments: HashMap<&'a str, &'a Fragment>,
    pub(super) operation: Option<&'a Operation>,
    pub(super) errors: Vec<Error>,
    pub(super) used_variables: HashSet<*const Variable>,
    pub(super) seen: rules::Seen<'a>,
    pub(super) compared: Compared<'a>,
    fields: HashMap<*const Field, FieldInfo<'a>>,
    typename: &'a FieldDefinition,
    spread_already: HashSet<&'a str>,
    steps: usize,
}

/// Checks a query against a schema; no errors means that it is valid.
pub(super) fn validate(schema: &Schema, doc: &QueryDocument) -> Vec<Error> {
    if doc.fragments.len() > MAX_FRAGMENTS {
        return vec![Error::rule(None, format!("more than {MAX_FRAGMENTS} fragments"))];
    }
    let ty = Type::named("String", false);
    let typename = FieldDefinition { name: "__typename".to_owned(), ty, ..FieldDefinition::default() };
    let mut v = Validator {
        schema,
        doc,
        fragments: doc.fragments.iter().rev().map(|f| (f.name.as_str(), f)).collect(),
        operation: None,
        errors: Vec::new(),
        used_variables: HashSet::new(),
        seen: rules::Seen::default(),
        compared: Compared::default(),
        fields: HashMap::new(),
        typename: &typename,
        spread_already: HashSet::new(),
        steps: 0,
    };
    for o in &doc.operations {
        v.annotate(v.root(o).0, &o.selections);
    }
    for f in &doc.fragments {
        v.annotate(schema.id(&f.condition), &f.selections);
    }
    for o in &doc.operations {
        v.spread_already.clear();
        v.walk_operation(o);
    }
    for f in &doc.fragments {
        v.spread_already.clear();
        v.walk_fragment(f);
    }
    if v.steps >= MAX_STEPS {
        return vec![Error::rule(None, "query is too complex to validate")];
    }
    v.errors
}

impl<'a> Validator<'a> {
    pub(super) fn error(&mut self, pos: Pos, message: impl Into<String>) {
        self.errors.push(Error::rule(pos, message));
    }

    /// Counts a step; false once there were too many.
    pub(super) fn step(&mut self) -> bool {
        self.steps += 1;
        self.steps < MAX_STEPS
    }

    pub(super) fn info(&self, field: &Field) -> FieldInfo<'a> {
        self.fields.get(&std::ptr::from_ref(field)).copied().unwrap_or(FieldInfo { object: None, definition: None })
    }

    fn root(&self, o: &Operation) -> (Option<TypeId>, &'static str) {
        match o.kind.as_str() {
            "mutation" => (self.schema.mutation, "MUTATION"),
            "subscription" => (self.schema.subscription, "SUBSCRIPTION"),
            _ => (self.schema.query, "QUERY"),
        }
    }

    /// Finds out what the fields of a selection are; depends on the text around them only.
    fn annotate(&mut self, parent: Option<TypeId>, selections: &'a [Selection]) {
        for s in selections {
            match s {
                Selection::Field(f) => {
                    let definition = if f.name == "__typename" {
                        Some(self.typename)
                    } else {
                        parent.and_then(|p| self.schema.field(p, &f.name))
                    };
                    self.fields.insert(f, FieldInfo { object: parent, definition });
                    self.annotate(definition.and_then(|d| self.schema.id(d.ty.name())), &f.selections);
                }
                Selection::Inline(i) => {
                    let inner = if i.condition.is_empty() { parent } else { self.schema.id(&i.condition) };
                    self.annotate(inner, &i.selections);
                }
                Selection::Spread(_) => {}
            }
        }
    }

    fn walk_operation(&mut self, o: &'a Operation) {
        self.operation = Some(o);
        for v in &o.variables {
            rules::variables::known_type(self, v);
        }
        let (def, location) = self.root(o);
        for v in &o.variables {
            let definition = self.schema.id(v.ty.name());
            if let Some(default) = &v.default {
                self.walk_literal(default, Expected { ty: Some(&v.ty), has_default: false, definition });
            }
            self.walk_directives(&v.directives, "VARIABLE_DEFINITION");
        }
        self.walk_directives(&o.directives, location);
        self.walk_selections(def, &o.selections);
        rules::on_operation(self, o, def);
        self.operation = None;
    }

    fn walk_fragment(&mut self, f: &'a Fragment) {
        self.walk_directives(&f.directives, "FRAGMENT_DEFINITION");
        self.walk_selections(self.schema.id(&f.condition), &f.selections);
        rules::on_fragment(self, f);
    }

    fn walk_directives(&mut self, directives: &'a [Directive], location: &'static str) {
        for d in directives {
            let def = self.schema.directives.get(&d.name);
            self.walk_arguments(def.map_or(&[], |d| &d.arguments), &d.arguments);
            rules::on_directive(self, d, location);
        }
        rules::directives::unique(self, directives);
    }

    fn walk_arguments(&mut self, definitions: &'a [InputDefinition], arguments: &'a [Argument]) {
        for a in arguments {
            let expected = definitions.iter().find(|d| d.name == a.name).map(|d| Expected {
                ty: Some(&d.ty),
                has_default: d.default.as_ref().is_some_and(|d| d.kind != Kind::Null),
                definition: self.schema.id(d.ty.name()),
            });
            self.walk_literal(&a.value, expected.unwrap_or_default());
        }
    }

    fn walk_literal(&mut self, l: &'a Literal, expected: Expected<'a>) {
        if !self.step() {
            return;
        }
        let mut variable = None;
        if l.kind == Kind::Variable
            && let Some(o) = self.operation
        {
            variable = o.variables.iter().find(|v| v.name == l.raw);
            if let Some(v) = variable {
                self.used_variables.insert(v);
            }
        }
        for c in &l.children {
            let inner = match l.kind {
                Kind::Object => expected.definition.and_then(|d| self.schema.field(d, &c.name)).map(|f| Expected {
                    ty: Some(&f.ty),
                    has_default: f.default.as_ref().is_some_and(|d| d.kind != Kind::Null),
                    definition: self.schema.id(f.ty.name()),
                }),
                _ => expected.ty.and_then(|t| t.element.as_deref()).map(|element| Expected {
                    ty: Some(element),
                    has_default: false,
                    definition: expected.definition,
                }),
            };
            self.walk_literal(&c.value, inner.unwrap_or_default());
        }
        rules::on_literal(self, l, expected, variable);
    }

    fn walk_selections(&mut self, parent: Option<TypeId>, selections: &'a [Selection]) {
        for s in selections {
            if !self.step() {
                return;
            }
            match s {
                Selection::Field(f) => self.walk_field(f),
                Selection::Inline(i) => self.walk_inline(i, parent),
                Selection::Spread(s) => self.walk_spread(s, parent),
            }
        }
    }

    fn walk_field(&mut self, f: &'a Field) {
        let definition = self.info(f).definition;
        let next = definition.and_then(|d| self.schema.id(d.ty.name()));
        self.walk_arguments(definition.map_or(&[], |d| &d.arguments), &f.arguments);
        self.walk_directives(&f.directives, "FIELD");
        self.walk_selections(next, &f.selections);
        rules::on_field(self, f);
    }

    fn walk_inline(&mut self, i: &'a Inline, parent: Option<TypeId>) {
        let next = if i.condition.is_empty() { parent } else { self.schema.id(&i.condition) };
        self.walk_directives(&i.directives, "INLINE_FRAGMENT");
        self.walk_selections(next, &i.selections);
        rules::on_inline(self, i, parent);
    }

    fn walk_spread(&mut self, s: &'a Spread, parent: Option<TypeId>) {
        self.walk_directives(&s.directives, "FRAGMENT_SPREAD");
        if let Some(f) = self.fragments.get(s.name.as_str()).copied()
            && self.spread_already.insert(&f.name)
        {
            self.walk_directives(&f.directives, "FRAGMENT_DEFINITION");
            self.walk_selections(self.schema.id(&f.condition), &f.selections);
        }
        rules::on_spread(self, s, parent);
    }
}
