//! Trees as values: Go's field names, without places, nulls and empty collections.

use writ_value::{Object, Value};

use super::ast::{
    Argument, Child, Comment, Definition, Directive, DirectiveDefinition, EnumValue, Field, FieldDefinition, Fragment,
    Inline, InputDefinition, Literal, Notes, Operation, QueryDocument, RootOperation, SchemaDefinition, SchemaDocument,
    Selection, Spread, Type, Variable,
};

/// An object under construction; what is empty is left out.
struct Node(Object);

impl Node {
    fn new() -> Self {
        Node(Object::new())
    }

    fn text(self, key: &str, text: &str) -> Self {
        self.value(key, Value::from(text))
    }

    fn value(mut self, key: &str, value: Value) -> Self {
        let empty = match &value {
            Value::Null => true,
            Value::Array(a) => a.is_empty(),
            Value::Object(o) => o.is_empty(),
            _ => false,
        };
        if !empty {
            self.0.insert(key.into(), value);
        }
        self
    }

    fn list<T>(self, key: &str, items: &[T], each: impl Fn(&T) -> Value) -> Self {
        let values = items.iter().map(each).filter(|v| !v.as_object().is_some_and(Object::is_empty)).collect();
        self.value(key, values)
    }

    fn comment(self, key: &str, comment: &Comment) -> Self {
        let Some(lines) = comment else { return self };
        let list: Value = lines.iter().map(|l| Value::object([("Value", Value::from(l.as_str()))])).collect();
        let group = Node::new().value("List", list).done();
        self.value(key, group)
    }

    fn notes(self, n: &Notes) -> Self {
        self.text("Description", &n.description)
            .comment("BeforeDescriptionComment", &n.before)
            .comment("AfterDescriptionComment", &n.after)
    }

    fn done(self) -> Value {
        self.0.into()
    }
}

/// A query.
pub(super) fn query(doc: &QueryDocument) -> Value {
    Node::new().list("Operations", &doc.operations, operation).list("Fragments", &doc.fragments, fragment).done()
}

/// A schema.
pub(super) fn schema(doc: &SchemaDocument) -> Value {
    Node::new()
        .list("Schema", &doc.schema, schema_definition)
        .list("SchemaExtension", &doc.schema_extensions, schema_definition)
        .list("Directives", &doc.directives, directive_definition)
        .list("Definitions", &doc.definitions, definition)
        .list("Extensions", &doc.extensions, definition)
        .comment("Comment", &doc.comment)
        .done()
}

fn operation(o: &Operation) -> Value {
    Node::new()
        .text("Operation", &o.kind)
        .text("Name", &o.name)
        .list("VariableDefinitions", &o.variables, variable)
        .list("Directives", &o.directives, directive)
        .list("SelectionSet", &o.selections, selection)
        .comment("Comment", &o.comment)
        .done()
}

fn variable(v: &Variable) -> Value {
    Node::new()
        .text("Variable", &v.name)
        .value("Type", type_reference(&v.ty))
        .value("DefaultValue", v.default.as_ref().map_or(Value::Null, literal))
        .list("Directives", &v.directives, directive)
        .comment("Comment", &v.comment)
        .value("Used", false.into())
        .done()
}

fn fragment(f: &Fragment) -> Value {
    Node::new()
        .text("Name", &f.name)
        .list("VariableDefinition", &f.variables, variable)
        .text("TypeCondition", &f.condition)
        .list("Directives", &f.directives, directive)
        .list("SelectionSet", &f.selections, selection)
        .comment("Comment", &f.comment)
        .done()
}

fn selection(s: &Selection) -> Value {
    match s {
        Selection::Field(f) => field(f),
        Selection::Spread(s) => spread(s),
        Selection::Inline(i) => inline(i),
    }
}

fn field(f: &Field) -> Value {
    Node::new()
        .text("Alias", &f.alias)
        .text("Name", &f.name)
        .list("Arguments", &f.arguments, argument)
        .list("Directives", &f.directives, directive)
        .list("SelectionSet", &f.selections, selection)
        .comment("Comment", &f.comment)
        .done()
}

fn spread(s: &Spread) -> Value {
    Node::new().text("Name", &s.name).list("Directives", &s.directives, directive).comment("Comment", &s.comment).done()
}

fn inline(i: &Inline) -> Value {
    Node::new()
        .text("TypeCondition", &i.condition)
        .list("Directives", &i.directives, directive)
        .list("SelectionSet", &i.selections, selection)
        .comment("Comment", &i.comment)
        .done()
}

fn argument(a: &Argument) -> Value {
    Node::new().text("Name", &a.name).value("Value", literal(&a.value)).comment("Comment", &a.comment).done()
}

fn directive(d: &Directive) -> Value {
    Node::new().text("Name", &d.name).list("Arguments", &d.arguments, argument).text("Location", "").done()
}

fn literal(l: &Literal) -> Value {
    Node::new()
        .text("Raw", &l.raw)
        .list("Children", &l.children, child)
        .value("Kind", Value::from(l.kind as i32))
        .comment("Comment", &l.comment)
        .value("ExpectedTypeHasDefault", false.into())
        .done()
}

fn child(c: &Child) -> Value {
    Node::new().text("Name", &c.name).value("Value", literal(&c.value)).comment("Comment", &c.comment).done()
}

fn type_reference(t: &Type) -> Value {
    Node::new()
        .text("NamedType", &t.named)
        .value("Elem", t.element.as_ref().map_or(Value::Null, |e| type_reference(e)))
        .value("NonNull", t.non_null.into())
        .done()
}

fn schema_definition(s: &SchemaDefinition) -> Value {
    Node::new()
        .notes(&s.notes)
        .list("Directives", &s.directives, directive)
        .list("OperationTypes", &s.operations, root_operation)
        .comment("EndOfDefinitionComment", &s.notes.end)
        .done()
}

fn root_operation(o: &RootOperation) -> Value {
    Node::new().text("Operation", &o.kind).text("Type", &o.ty).comment("Comment", &o.comment).done()
}

fn directive_definition(d: &DirectiveDefinition) -> Value {
    Node::new()
        .notes(&d.notes)
        .text("Name", &d.name)
        .list("Arguments", &d.arguments, input_definition)
        .list("Locations", &d.locations, |l| Value::from(l.as_str()))
        .value("IsRepeatable", d.repeatable.into())
        .done()
}

fn definition(d: &Definition) -> Value {
    Node::new()
        .text("Kind", &d.kind)
        .notes(&d.notes)
        .text("Name", &d.name)
        .list("Directives", &d.directives, directive)
        .list("Interfaces", &d.interfaces, |i| Value::from(i.as_str()))
        .list("Fields", &d.fields, field_definition)
        .list("Types", &d.types, |t| Value::from(t.as_str()))
        .list("EnumValues", &d.enum_values, enum_value)
        .value("BuiltIn", d.built_in.into())
        .comment("EndOfDefinitionComment", &d.notes.end)
        .done()
}

fn field_definition(f: &FieldDefinition) -> Value {
    Node::new()
        .notes(&f.notes)
        .text("Name", &f.name)
        .list("Arguments", &f.arguments, input_definition)
        .value("DefaultValue", f.default.as_ref().map_or(Value::Null, literal))
        .value("Type", type_reference(&f.ty))
        .list("Directives", &f.directives, directive)
        .done()
}

fn input_definition(i: &InputDefinition) -> Value {
    Node::new()
        .notes(&i.notes)
        .text("Name", &i.name)
        .value("DefaultValue", i.default.as_ref().map_or(Value::Null, literal))
        .value("Type", type_reference(&i.ty))
        .list("Directives", &i.directives, directive)
        .done()
}

fn enum_value(e: &EnumValue) -> Value {
    Node::new().notes(&e.notes).text("Name", &e.name).list("Directives", &e.directives, directive).done()
}
