//! Schemas: definitions merged with their extensions, indexed by name.

use std::collections::{BTreeMap, HashMap};

use super::ast::{Definition, DirectiveDefinition, FieldDefinition, InputDefinition, SchemaDocument, Type};
use super::error::Error;
use super::{schema_rules, sdl};

/// A type's place in [`Schema::types`].
pub(super) type TypeId = usize;

/// A valid schema.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    pub(super) types: Vec<Definition>,
    pub(super) by_name: BTreeMap<String, TypeId>,
    /// Positions of fields, by type and name.
    fields: Vec<HashMap<String, usize>>,
    pub(super) directives: BTreeMap<String, DirectiveDefinition>,
    /// The types that a value of an interface, union or object type may have.
    pub(super) possible: HashMap<String, Vec<TypeId>>,
    pub(super) query: Option<TypeId>,
    pub(super) mutation: Option<TypeId>,
    pub(super) subscription: Option<TypeId>,
}

/// Directives that a schema may define again.
const REDEFINABLE: [&str; 6] = ["include", "skip", "deprecated", "specifiedBy", "defer", "oneOf"];

impl Schema {
    /// Merges a document with the built-in definitions and checks it.
    pub(super) fn build(doc: SchemaDocument) -> Result<Schema, Error> {
        let mut all = sdl::parse(include_str!("prelude.graphql"))?;
        for d in &mut all.definitions {
            d.built_in = true;
        }
        all.directives.extend(doc.directives);
        all.definitions.extend(doc.definitions);
        let mut schema = Schema::default();
        schema.add_types(all.definitions, doc.extensions)?;
        schema.index_fields();
        schema.find_possible_types();
        schema.add_directives(all.directives)?;
        if let Some(second) = doc.schema.get(1) {
            let text = "Cannot have multiple schema entry points, consider schema extensions instead.";
            return Err(Error::at(second.pos, text));
        }
        for definition in doc.schema.iter().chain(&doc.schema_extensions) {
            schema.add_roots(definition)?;
            schema_rules::directives(&schema, &definition.directives, "SCHEMA", None, true)?;
        }
        schema_rules::check(&schema)?;
        if doc.schema.is_empty() {
            schema.infer_roots();
        }
        schema.add_introspection();
        Ok(schema)
    }

    fn add_types(&mut self, definitions: Vec<Definition>, extensions: Vec<Definition>) -> Result<(), Error> {
        for d in definitions {
            if self.by_name.contains_key(&d.name) {
                return Err(Error::at(d.pos, format!("Cannot redeclare type {}.", d.name)));
            }
            self.by_name.insert(d.name.clone(), self.types.len());
            self.types.push(d);
        }
        for ext in extensions {
            let id = match self.by_name.get(&ext.name) {
                Some(&id) => id,
                None => {
                    let (kind, name, pos) = (ext.kind.clone(), ext.name.clone(), ext.pos);
                    self.by_name.insert(name.clone(), self.types.len());
                    self.types.push(Definition { kind, name, pos, ..Definition::default() });
                    self.types.len() - 1
                }
            };
            let d = &mut self.types[id];
            if d.kind != ext.kind {
                return Err(Error::at(
                    ext.pos,
                    format!("Cannot extend type {} because the base type is a {}, not {}.", ext.name, d.kind, ext.kind),
                ));
            }
            d.directives.extend(ext.directives);
            d.interfaces.extend(ext.interfaces);
            d.fields.extend(ext.fields);
            d.types.extend(ext.types);
            d.type_positions.extend(ext.type_positions);
            d.enum_values.extend(ext.enum_values);
        }
        Ok(())
    }

    fn index_fields(&mut self) {
        self.fields = self
            .types
            .iter()
            .map(|d| d.fields.iter().enumerate().rev().map(|(i, f)| (f.name.clone(), i)).collect())
            .collect();
    }

    fn find_possible_types(&mut self) {
        for (id, d) in self.types.iter().enumerate() {
            let mut add = |name: &str, id| self.possible.entry(name.to_owned()).or_default().push(id);
            match d.kind.as_str() {
                "UNION" => {
                    for t in &d.types {
                        if let Some(&t) = self.by_name.get(t) {
                            add(&d.name, t);
                        }
                    }
                }
                "INPUT_OBJECT" | "OBJECT" => {
                    d.interfaces.iter().for_each(|i| add(i, id));
                    add(&d.name, id);
                }
                "INTERFACE" => d.interfaces.iter().for_each(|i| add(i, id)),
                _ => {}
            }
        }
    }

    fn add_directives(&mut self, directives: Vec<DirectiveDefinition>) -> Result<(), Error> {
        for d in directives {
            if self.directives.contains_key(&d.name) && !REDEFINABLE.contains(&d.name.as_str()) {
                return Err(Error::at(d.pos, format!("Cannot redeclare directive {}.", d.name)));
            }
            self.directives.insert(d.name.clone(), d);
        }
        Ok(())
    }

    fn add_roots(&mut self, definition: &super::ast::SchemaDefinition) -> Result<(), Error> {
        for op in &definition.operations {
            let Some(&id) = self.by_name.get(&op.ty) else {
                let text = format!("Schema root {} refers to a type {} that does not exist.", op.kind, op.ty);
                return Err(Error::at(op.pos, text));
            };
            match op.kind.as_str() {
                "query" => self.query = Some(id),
                "mutation" => self.mutation = Some(id),
                "subscription" => self.subscription = Some(id),
                _ => {}
            }
        }
        Ok(())
    }

    fn infer_roots(&mut self) {
        let named = |name: &str| self.by_name.get(name).copied();
        let (q, m, s) = (named("Query"), named("Mutation"), named("Subscription"));
        self.query = self.query.or(q);
        self.mutation = self.mutation.or(m);
        self.subscription = self.subscription.or(s);
    }

    fn add_introspection(&mut self) {
        let Some(id) = self.query else { return };
        let argument =
            InputDefinition { name: "name".to_owned(), ty: Type::named("String", true), ..Default::default() };
        let field = |name: &str, ty, arguments| FieldDefinition {
            name: name.to_owned(),
            ty,
            arguments,
            ..FieldDefinition::default()
        };
        self.types[id].fields.push(field("__schema", Type::named("__Schema", true), Vec::new()));
        self.types[id].fields.push(field("__type", Type::named("__Type", false), vec![argument]));
        self.index_fields();
    }

    pub(super) fn id(&self, name: &str) -> Option<TypeId> {
        self.by_name.get(name).copied()
    }

    pub(super) fn get(&self, name: &str) -> Option<&Definition> {
        self.id(name).map(|id| &self.types[id])
    }

    pub(super) fn field(&self, id: TypeId, name: &str) -> Option<&FieldDefinition> {
        self.fields[id].get(name).map(|&i| &self.types[id].fields[i])
    }

    pub(super) fn possible_types(&self, name: &str) -> &[TypeId] {
        self.possible.get(name).map_or(&[], Vec::as_slice)
    }
}
