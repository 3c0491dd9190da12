//! Trees from values, as Go's decoder reads them: missing fields are empty, unknown ones ignored, wrong types an error.
//!
//! Members of selection sets are read as fields if they can be, as in OPA, so fragments within them are mostly lost.

use writ_value::Value;

use super::ast::{
    Argument, Child, Definition, Directive, DirectiveDefinition, EnumValue, Field, FieldDefinition, Fragment, Inline,
    InputDefinition, Kind, Literal, Notes, Operation, QueryDocument, RootOperation, SchemaDefinition, SchemaDocument,
    Selection, Spread, Type, Variable,
};

type Decoded<T> = Result<T, String>;

/// An object that is read.
#[derive(Clone, Copy)]
struct Node<'a>(&'a Value, &'static str);

impl<'a> Node<'a> {
    fn object(v: &'a Value, what: &'static str) -> Decoded<Self> {
        match v {
            Value::Object(_) | Value::Null => Ok(Node(v, what)),
            other => Err(wrong(other, what, "")),
        }
    }

    fn get(&self, key: &str) -> Option<&'a Value> {
        let found = self.0.get(key).or_else(|| {
            self.0.as_object().filter(|_| self.folds()).and_then(|o| {
                let same = |k: &Value| k.as_str().is_some_and(|k| k.eq_ignore_ascii_case(key));
                o.iter().rev().find(|(k, _)| same(k)).map(|(_, v)| v)
            })
        });
        found.filter(|v| !matches!(v, Value::Null))
    }

    /// Go's own decoder ignores the case of keys; the parser's decoders of these types do not.
    fn folds(&self) -> bool {
        !matches!(self.1, "OperationDefinition" | "FragmentDefinition" | "Field" | "FragmentSpread" | "InlineFragment")
    }

    fn text(&self, key: &str) -> Decoded<String> {
        match self.get(key) {
            None => Ok(String::new()),
            Some(Value::String(s)) => Ok(s.to_str_lossy().into_owned()),
            Some(other) => Err(wrong(other, self.1, key)),
        }
    }

    fn flag(&self, key: &str) -> Decoded<bool> {
        match self.get(key) {
            None => Ok(false),
            Some(Value::Bool(b)) => Ok(*b),
            Some(other) => Err(wrong(other, self.1, key)),
        }
    }

    fn list<T>(&self, key: &str, each: impl Fn(&'a Value) -> Decoded<T>) -> Decoded<Vec<T>> {
        match self.get(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(a)) => a.iter().map(each).collect(),
            // Sets are arrays by the time that OPA decodes them.
            Some(Value::Set(s)) => s.iter().map(each).collect(),
            Some(other) => Err(wrong(other, self.1, key)),
        }
    }

    fn texts(&self, key: &'static str) -> Decoded<Vec<String>> {
        let what = self.1;
        self.list(key, |v| match v {
            Value::String(s) => Ok(s.to_str_lossy().into_owned()),
            other => Err(wrong(other, what, key)),
        })
    }

    fn notes(&self) -> Decoded<Notes> {
        Ok(Notes { description: self.text("Description")?, ..Notes::default() })
    }
}

fn wrong(got: &Value, what: &str, key: &str) -> String {
    let got = match got {
        Value::Bool(_) => "bool",
        Value::Set(_) => "array",
        other => other.type_name(),
    };
    let place = if key.is_empty() { format!("value of type ast.{what}") } else { format!("struct field {what}.{key}") };
    format!("json: cannot unmarshal {got} into Go {place}")
}

/// A query.
pub(super) fn query(v: &Value) -> Decoded<QueryDocument> {
    let n = Node::object(v, "QueryDocument")?;
    Ok(QueryDocument { operations: n.list("Operations", operation)?, fragments: n.list("Fragments", fragment)? })
}

/// A schema.
pub(super) fn schema(v: &Value) -> Decoded<SchemaDocument> {
    let n = Node::object(v, "SchemaDocument")?;
    Ok(SchemaDocument {
        schema: n.list("Schema", schema_definition)?,
        schema_extensions: n.list("SchemaExtension", schema_definition)?,
        directives: n.list("Directives", directive_definition)?,
        definitions: n.list("Definitions", definition)?,
        extensions: n.list("Extensions", definition)?,
        comment: None,
    })
}

fn operation(v: &Value) -> Decoded<Operation> {
    let n = Node::object(v, "OperationDefinition")?;
    Ok(Operation {
        kind: n.text("Operation")?,
        name: n.text("Name")?,
        variables: n.list("VariableDefinitions", variable)?,
        directives: n.list("Directives", directive)?,
        selections: selections(n)?,
        ..Operation::default()
    })
}

fn variable(v: &Value) -> Decoded<Variable> {
    let n = Node::object(v, "VariableDefinition")?;
    Ok(Variable {
        name: n.text("Variable")?,
        ty: n.get("Type").map(type_reference).transpose()?.unwrap_or_default(),
        default: n.get("DefaultValue").map(literal).transpose()?,
        directives: n.list("Directives", directive)?,
        ..Variable::default()
    })
}

fn fragment(v: &Value) -> Decoded<Fragment> {
    let n = Node::object(v, "FragmentDefinition")?;
    Ok(Fragment {
        name: n.text("Name")?,
        variables: n.list("VariableDefinition", variable)?,
        condition: n.text("TypeCondition")?,
        directives: n.list("Directives", directive)?,
        selections: selections(n)?,
        ..Fragment::default()
    })
}

fn selections(n: Node<'_>) -> Decoded<Vec<Selection>> {
    // What decodes as nothing is dropped.
    let selection = |v| Ok(field(v).map(Selection::Field).or_else(|_| spread(v)).or_else(|_| inline(v)).ok());
    Ok(n.list("SelectionSet", selection)?.into_iter().flatten().collect())
}

fn spread(v: &Value) -> Decoded<Selection> {
    let n = Node::object(v, "FragmentSpread")?;
    let spread = Spread { name: n.text("Name")?, directives: n.list("Directives", directive)?, ..Spread::default() };
    Ok(Selection::Spread(spread))
}

fn inline(v: &Value) -> Decoded<Selection> {
    let n = Node::object(v, "InlineFragment")?;
    let (condition, directives) = (n.text("TypeCondition")?, n.list("Directives", directive)?);
    Ok(Selection::Inline(Inline { condition, directives, selections: selections(n)?, ..Inline::default() }))
}

fn field(v: &Value) -> Decoded<Field> {
    let n = Node::object(v, "Field")?;
    Ok(Field {
        alias: n.text("Alias")?,
        name: n.text("Name")?,
        arguments: n.list("Arguments", argument)?,
        directives: n.list("Directives", directive)?,
        selections: selections(n)?,
        ..Field::default()
    })
}

fn argument(v: &Value) -> Decoded<Argument> {
    let n = Node::object(v, "Argument")?;
    let value = n.get("Value").map(literal).transpose()?.unwrap_or_default();
    Ok(Argument { name: n.text("Name")?, value, ..Argument::default() })
}

fn directive(v: &Value) -> Decoded<Directive> {
    let n = Node::object(v, "Directive")?;
    Ok(Directive { name: n.text("Name")?, arguments: n.list("Arguments", argument)?, pos: None })
}

fn literal(v: &Value) -> Decoded<Literal> {
    let n = Node::object(v, "Value")?;
    let kind = match n.get("Kind") {
        None => Kind::default(),
        Some(k) => {
            let index = k.as_number().and_then(|k| k.to_i64()).ok_or_else(|| wrong(k, "Value", "Kind"))?;
            let kind = usize::try_from(index).ok().and_then(|i| Kind::ALL.get(i).copied());
            kind.ok_or_else(|| format!("unknown value kind {index}"))?
        }
    };
    let children = n.list("Children", |v| {
        let n = Node::object(v, "ChildValue")?;
        let value = n.get("Value").map(literal).transpose()?.unwrap_or_default();
        Ok(Child { name: n.text("Name")?, value, ..Child::default() })
    })?;
    Ok(Literal { kind, raw: n.text("Raw")?, children, ..Literal::default() })
}

fn type_reference(v: &Value) -> Decoded<Type> {
    let n = Node::object(v, "Type")?;
    Ok(Type {
        named: n.text("NamedType")?,
        element: n.get("Elem").map(type_reference).transpose()?.map(Box::new),
        non_null: n.flag("NonNull")?,
        pos: None,
    })
}

fn schema_definition(v: &Value) -> Decoded<SchemaDefinition> {
    let n = Node::object(v, "SchemaDefinition")?;
    let operations = n.list("OperationTypes", |v| {
        let n = Node::object(v, "OperationTypeDefinition")?;
        Ok(RootOperation { kind: n.text("Operation")?, ty: n.text("Type")?, ..RootOperation::default() })
    })?;
    Ok(SchemaDefinition { notes: n.notes()?, directives: n.list("Directives", directive)?, operations, pos: None })
}

fn directive_definition(v: &Value) -> Decoded<DirectiveDefinition> {
    let n = Node::object(v, "DirectiveDefinition")?;
    Ok(DirectiveDefinition {
        notes: n.notes()?,
        name: n.text("Name")?,
        arguments: n.list("Arguments", input_definition)?,
        locations: n.texts("Locations")?,
        repeatable: n.flag("IsRepeatable")?,
        pos: None,
    })
}

fn definition(v: &Value) -> Decoded<Definition> {
    let n = Node::object(v, "Definition")?;
    Ok(Definition {
        kind: n.text("Kind")?,
        notes: n.notes()?,
        name: n.text("Name")?,
        directives: n.list("Directives", directive)?,
        interfaces: n.texts("Interfaces")?,
        fields: n.list("Fields", field_definition)?,
        types: n.texts("Types")?,
        type_positions: Vec::new(),
        enum_values: n.list("EnumValues", enum_value)?,
        built_in: n.flag("BuiltIn")?,
        pos: None,
    })
}

fn field_definition(v: &Value) -> Decoded<FieldDefinition> {
    let n = Node::object(v, "FieldDefinition")?;
    Ok(FieldDefinition {
        notes: n.notes()?,
        name: n.text("Name")?,
        arguments: n.list("Arguments", input_definition)?,
        default: n.get("DefaultValue").map(literal).transpose()?,
        ty: n.get("Type").map(type_reference).transpose()?.unwrap_or_default(),
        directives: n.list("Directives", directive)?,
        pos: None,
    })
}

fn input_definition(v: &Value) -> Decoded<InputDefinition> {
    let n = Node::object(v, "ArgumentDefinition")?;
    Ok(InputDefinition {
        notes: n.notes()?,
        name: n.text("Name")?,
        default: n.get("DefaultValue").map(literal).transpose()?,
        ty: n.get("Type").map(type_reference).transpose()?.unwrap_or_default(),
        directives: n.list("Directives", directive)?,
        pos: None,
    })
}

fn enum_value(v: &Value) -> Decoded<EnumValue> {
    let n = Node::object(v, "EnumValueDefinition")?;
    Ok(EnumValue { notes: n.notes()?, name: n.text("Name")?, directives: n.list("Directives", directive)?, pos: None })
}
