//! Syntax trees of GraphQL queries and schemas, in the shape in which OPA shows them to policies.

/// Line and column from 1; `None` in trees that came from values.
pub(super) type Pos = Option<(u32, i64)>;

/// Comments before an element; `Some` of nothing where a group was begun but holds none.
pub(super) type Comment = Option<Vec<String>>;

#[derive(Clone, Debug, Default)]
pub(super) struct QueryDocument {
    pub(super) operations: Vec<Operation>,
    pub(super) fragments: Vec<Fragment>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Operation {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) variables: Vec<Variable>,
    pub(super) directives: Vec<Directive>,
    pub(super) selections: Vec<Selection>,
    pub(super) pos: Pos,
    pub(super) comment: Comment,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) ty: Type,
    pub(super) default: Option<Literal>,
    pub(super) directives: Vec<Directive>,
    pub(super) pos: Pos,
    pub(super) comment: Comment,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Fragment {
    pub(super) name: String,
    pub(super) variables: Vec<Variable>,
    pub(super) condition: String,
    pub(super) directives: Vec<Directive>,
    pub(super) selections: Vec<Selection>,
    pub(super) pos: Pos,
    pub(super) comment: Comment,
}

#[derive(Clone, Debug)]
pub(super) enum Selection {
    Field(Field),
    Spread(Spread),
    Inline(Inline),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Field {
    pub(super) alias: String,
    pub(super) name: String,
    pub(super) arguments: Vec<Argument>,
    pub(super) directives: Vec<Directive>,
    pub(super) selections: Vec<Selection>,
    pub(super) pos: Pos,
    pub(super) comment: Comment,
}

impl Field {
    /// The name in the response.
    pub(super) fn response_name(&self) -> &str {
        if self.alias.is_empty() { &self.name } else { &self.alias }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Spread {
    pub(super) name: String,
    pub(super) directives: Vec<Directive>,
    pub(super) pos: Pos,
    pub(super) comment: Comment,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Inline {
    pub(super) condition: String,
    pub(super) directives: Vec<Directive>,
    pub(super) selections: Vec<Selection>,
    pub(super) pos: Pos,
    pub(super) comment: Comment,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Argument {
    pub(super) name: String,
    pub(super) value: Literal,
    pub(super) pos: Pos,
    pub(super) comment: Comment,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Directive {
    pub(super) name: String,
    pub(super) arguments: Vec<Argument>,
    pub(super) pos: Pos,
}

/// The kinds of literals, in the order of the numbers that stand for them in values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    #[default]
    Variable,
    Int,
    Float,
    String,
    Block,
    Boolean,
    Null,
    Enum,
    List,
    Object,
}

impl Kind {
    pub(super) const ALL: [Kind; 10] = [
        Kind::Variable,
        Kind::Int,
        Kind::Float,
        Kind::String,
        Kind::Block,
        Kind::Boolean,
        Kind::Null,
        Kind::Enum,
        Kind::List,
        Kind::Object,
    ];
}

#[derive(Clone, Debug, Default)]
pub(super) struct Literal {
    pub(super) kind: Kind,
    pub(super) raw: String,
    pub(super) children: Vec<Child>,
    pub(super) pos: Pos,
    pub(super) comment: Comment,
}

/// An element of a list (without a name) or a field of an input object.
#[derive(Clone, Debug, Default)]
pub(super) struct Child {
    pub(super) name: String,
    pub(super) value: Literal,
    pub(super) pos: Pos,
    pub(super) comment: Comment,
}

impl Literal {
    /// As it would be written, without spaces.
    pub(super) fn text(&self) -> String {
        match self.kind {
            Kind::Variable => format!("${}", self.raw),
            Kind::String | Kind::Block => crate::url::quote(self.raw.as_bytes()),
            Kind::List => {
                let items: Vec<String> = self.children.iter().map(|c| c.value.text()).collect();
                format!("[{}]", items.join(","))
            }
            Kind::Object => {
                let fields: Vec<String> =
                    self.children.iter().map(|c| format!("{}:{}", c.name, c.value.text())).collect();
                format!("{{{}}}", fields.join(","))
            }
            _ => self.raw.clone(),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Type {
    /// Empty for lists.
    pub(super) named: String,
    pub(super) element: Option<Box<Type>>,
    pub(super) non_null: bool,
    pub(super) pos: Pos,
}

impl Type {
    pub(super) fn named(name: &str, non_null: bool) -> Type {
        Type { named: name.to_owned(), non_null, ..Type::default() }
    }

    /// The innermost name.
    pub(super) fn name(&self) -> &str {
        let mut t = self;
        while t.named.is_empty() {
            match &t.element {
                Some(inner) => t = inner,
                None => break,
            }
        }
        &t.named
    }

    pub(super) fn text(&self) -> String {
        let bang = if self.non_null { "!" } else { "" };
        match &self.element {
            Some(inner) if self.named.is_empty() => format!("[{}]{bang}", inner.text()),
            _ => format!("{}{bang}", self.named),
        }
    }

    /// A value of this type may stand where `other` is expected.
    pub(super) fn is_compatible(&self, other: &Type) -> bool {
        if self.named != other.named {
            return false;
        }
        if let Some(inner) = &self.element
            && !other.element.as_ref().is_some_and(|o| inner.is_compatible(o))
        {
            return false;
        }
        !other.non_null || self.non_null
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct SchemaDocument {
    pub(super) schema: Vec<SchemaDefinition>,
    pub(super) schema_extensions: Vec<SchemaDefinition>,
    pub(super) directives: Vec<DirectiveDefinition>,
    pub(super) definitions: Vec<Definition>,
    pub(super) extensions: Vec<Definition>,
    pub(super) comment: Comment,
}

/// Text and comments around a definition.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    pub(super) description: String,
    pub(super) before: Comment,
    pub(super) after: Comment,
    pub(super) end: Comment,
}

#[derive(Clone, Debug, Default)]
pub(super) struct SchemaDefinition {
    pub(super) notes: Notes,
    pub(super) directives: Vec<Directive>,
    pub(super) operations: Vec<RootOperation>,
    pub(super) pos: Pos,
}

#[derive(Clone, Debug, Default)]
pub(super) struct RootOperation {
    pub(super) kind: String,
    pub(super) ty: String,
    pub(super) pos: Pos,
    pub(super) comment: Comment,
}

#[derive(Clone, Debug, Default)]
pub(super) struct DirectiveDefinition {
    pub(super) notes: Notes,
    pub(super) name: String,
    pub(super) arguments: Vec<InputDefinition>,
    pub(super) locations: Vec<String>,
    pub(super) repeatable: bool,
    pub(super) pos: Pos,
}

/// A type. The kind is as in introspection: `OBJECT`, `SCALAR`, and so on.
#[derive(Clone, Debug, Default)]
pub(super) struct Definition {
    pub(super) kind: String,
    pub(super) notes: Notes,
    pub(super) name: String,
    pub(super) directives: Vec<Directive>,
    pub(super) interfaces: Vec<String>,
    pub(super) fields: Vec<FieldDefinition>,
    pub(super) types: Vec<String>,
    pub(super) type_positions: Vec<Pos>,
    pub(super) enum_values: Vec<EnumValue>,
    pub(super) built_in: bool,
    pub(super) pos: Pos,
}

impl Definition {
    pub(super) fn is(&self, kinds: &[&str]) -> bool {
        kinds.contains(&self.kind.as_str())
    }

    pub(super) fn is_composite(&self) -> bool {
        self.is(&["OBJECT", "INTERFACE", "UNION"])
    }

    pub(super) fn is_input(&self) -> bool {
        self.is(&["SCALAR", "ENUM", "INPUT_OBJECT"])
    }

    pub(super) fn is_leaf(&self) -> bool {
        self.is(&["SCALAR", "ENUM"])
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct FieldDefinition {
    pub(super) notes: Notes,
    pub(super) name: String,
    pub(super) arguments: Vec<InputDefinition>,
    /// Of input objects only.
    pub(super) default: Option<Literal>,
    pub(super) ty: Type,
    pub(super) directives: Vec<Directive>,
    pub(super) pos: Pos,
}

#[derive(Clone, Debug, Default)]
pub(super) struct InputDefinition {
    pub(super) notes: Notes,
    pub(super) name: String,
    pub(super) default: Option<Literal>,
    pub(super) ty: Type,
    pub(super) directives: Vec<Directive>,
    pub(super) pos: Pos,
}

#[derive(Clone, Debug, Default)]
pub(super) struct EnumValue {
    pub(super) notes: Notes,
    pub(super) name: String,
    pub(super) directives: Vec<Directive>,
    pub(super) pos: Pos,
}
