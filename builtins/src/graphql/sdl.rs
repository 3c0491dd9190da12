//! The parser of schemas: definitions and extensions of types, directives and the schema itself.

use super::ast::{
    Comment, Definition, DirectiveDefinition, EnumValue, FieldDefinition, InputDefinition, Notes, Pos, RootOperation,
    SchemaDefinition, SchemaDocument,
};
use super::error::Error;
use super::lexer::T;
use super::parser::Parser;

/// Places where directives may stand.
pub(super) const LOCATIONS: [&str; 19] = [
    "QUERY",
    "MUTATION",
    "SUBSCRIPTION",
    "FIELD",
    "FRAGMENT_DEFINITION",
    "FRAGMENT_SPREAD",
    "INLINE_FRAGMENT",
    "VARIABLE_DEFINITION",
    "SCHEMA",
    "SCALAR",
    "OBJECT",
    "FIELD_DEFINITION",
    "ARGUMENT_DEFINITION",
    "INTERFACE",
    "UNION",
    "ENUM",
    "ENUM_VALUE",
    "INPUT_OBJECT",
    "INPUT_FIELD_DEFINITION",
];

/// Parses a schema.
pub(super) fn parse(text: &str) -> Result<SchemaDocument, Error> {
    let mut p = Parser::new(text);
    let mut doc = SchemaDocument::default();
    while p.kind() != T::Eof && p.ok() {
        let (description, before) = p.description();
        let token = p.peek();
        if token.kind != T::Name {
            p.unexpected();
            break;
        }
        let notes = Notes { description, before, ..Notes::default() };
        match token.value.as_str() {
            word @ ("scalar" | "type" | "interface" | "union" | "enum" | "input") => {
                let definition = p.definition(word, notes, false);
                doc.definitions.push(definition);
            }
            "schema" => doc.schema.push(p.schema_definition(notes)),
            "directive" => doc.directives.push(p.directive_definition(notes)),
            "extend" => {
                if !notes.description.is_empty() {
                    let previous = p.previous.clone();
                    p.unexpected_token(&previous);
                }
                p.extension(&mut doc);
            }
            _ => p.unexpected(),
        }
    }
    doc.comment = p.comment.clone();
    match p.failure {
        Some(e) => Err(e),
        None => Ok(doc),
    }
}

impl Parser<'_> {
    /// A string before a definition, with the comments before it.
    fn description(&mut self) -> (String, Comment) {
        if !matches!(self.kind(), T::String | T::BlockString) {
            return (String::new(), None);
        }
        let comment = self.comment.clone();
        (self.next().value, comment)
    }

    /// Description, comments and place of an element within a definition.
    fn element_notes(&mut self) -> (Notes, Pos) {
        let (description, before) = self.description();
        let before = if description.is_empty() { None } else { before };
        let pos = self.pos();
        (Notes { description, before, after: self.comment.clone(), end: None }, pos)
    }

    fn schema_definition(&mut self, mut notes: Notes) -> SchemaDefinition {
        notes.after = self.keyword("schema");
        let pos = self.pos();
        let directives = self.directives(true);
        let (operations, end) = self.some(T::BraceL, T::BraceR, Self::root_operation);
        notes.end = end;
        SchemaDefinition { notes, directives, operations, pos }
    }

    fn root_operation(&mut self) -> RootOperation {
        let (pos, comment) = (self.pos(), self.comment.clone());
        let kind = self.operation_kind();
        self.expect(T::Colon);
        RootOperation { kind, ty: self.name(), pos, comment }
    }

    /// A type by its keyword. Extensions take the comments before `extend`, and must extend something.
    fn definition(&mut self, word: &str, mut notes: Notes, extension: bool) -> Definition {
        let comment = self.keyword(word);
        if !extension {
            notes.after = comment;
        }
        let pos = self.pos();
        let mut def = Definition { notes, pos, name: self.name(), ..Definition::default() };
        def.kind = match word {
            "scalar" => "SCALAR",
            "type" => "OBJECT",
            "interface" => "INTERFACE",
            "union" => "UNION",
            "enum" => "ENUM",
            _ => "INPUT_OBJECT",
        }
        .to_owned();
        // Extensions of interfaces may not implement more, in the reference implementation.
        if word == "type" || (word == "interface" && !extension) {
            def.interfaces = self.implements();
        }
        def.directives = self.directives(!(extension && word == "input"));
        match word {
            "type" | "interface" => {
                (def.fields, def.notes.end) = self.some(T::BraceL, T::BraceR, Self::field_definition);
            }
            "input" => {
                let (fields, end) = self.some(T::BraceL, T::BraceR, Self::input_definition);
                def.fields = fields.into_iter().map(input_field).collect();
                def.notes.end = end;
            }
            "enum" => (def.enum_values, def.notes.end) = self.some(T::BraceL, T::BraceR, Self::enum_value),
            "union" => (def.types, def.type_positions) = self.union_members(),
            _ => {}
        }
        if extension
            && def.interfaces.is_empty()
            && def.directives.is_empty()
            && def.fields.is_empty()
            && def.types.is_empty()
            && def.enum_values.is_empty()
        {
            self.unexpected();
        }
        def
    }

    fn implements(&mut self) -> Vec<String> {
        let mut out = Vec::new();
        if self.peek().value == "implements" {
            self.next();
            self.skip(T::Amp);
            out.push(self.name());
            while self.skip(T::Amp) && self.ok() {
                out.push(self.name());
            }
        }
        out
    }

    fn field_definition(&mut self) -> FieldDefinition {
        let (notes, pos) = self.element_notes();
        let name = self.name();
        let arguments = self.some(T::ParenL, T::ParenR, Self::input_definition).0;
        self.expect(T::Colon);
        let ty = self.type_reference();
        FieldDefinition { notes, name, arguments, default: None, ty, directives: self.directives(true), pos }
    }

    fn input_definition(&mut self) -> InputDefinition {
        let (notes, pos) = self.element_notes();
        let name = self.name();
        self.expect(T::Colon);
        let ty = self.type_reference();
        let default = self.skip(T::Equals).then(|| self.literal(true));
        InputDefinition { notes, name, default, ty, directives: self.directives(true), pos }
    }

    fn enum_value(&mut self) -> EnumValue {
        let (notes, pos) = self.element_notes();
        let name = self.name();
        EnumValue { notes, name, directives: self.directives(true), pos }
    }

    fn union_members(&mut self) -> (Vec<String>, Vec<Pos>) {
        let (mut types, mut positions) = (Vec::new(), Vec::new());
        if self.skip(T::Equals) {
            self.skip(T::Pipe);
            loop {
                positions.push(self.pos());
                types.push(self.name());
                if !(self.skip(T::Pipe) && self.ok()) {
                    break;
                }
            }
        }
        (types, positions)
    }

    fn directive_definition(&mut self, mut notes: Notes) -> DirectiveDefinition {
        notes.after = self.keyword("directive");
        self.expect(T::At);
        let pos = self.pos();
        let name = self.name();
        let arguments = self.some(T::ParenL, T::ParenR, Self::input_definition).0;
        let token = self.peek();
        let repeatable = token.kind == T::Name && token.value == "repeatable";
        if repeatable {
            self.next();
        }
        self.keyword("on");
        self.skip(T::Pipe);
        let mut locations = vec![self.location()];
        while self.skip(T::Pipe) && self.ok() {
            locations.push(self.location());
        }
        DirectiveDefinition { notes, name, arguments, locations, repeatable, pos }
    }

    fn location(&mut self) -> String {
        let (token, _) = self.expect(T::Name);
        if LOCATIONS.contains(&token.value.as_str()) {
            return token.value;
        }
        self.unexpected_token(&token);
        String::new()
    }

    fn extension(&mut self, doc: &mut SchemaDocument) {
        let after = self.keyword("extend");
        let notes = Notes { after, ..Notes::default() };
        match self.peek().value.as_str() {
            "schema" => {
                let after = notes.after.clone();
                let mut def = self.schema_definition(notes);
                def.notes.after = after;
                if def.directives.is_empty() && def.operations.is_empty() {
                    self.unexpected();
                }
                doc.schema_extensions.push(def);
            }
            word @ ("scalar" | "type" | "interface" | "union" | "enum" | "input") => {
                let definition = self.definition(word, notes, true);
                doc.extensions.push(definition);
            }
            _ => self.unexpected(),
        }
    }
}

fn input_field(d: InputDefinition) -> FieldDefinition {
    FieldDefinition {
        notes: d.notes,
        name: d.name,
        arguments: Vec::new(),
        default: d.default,
        ty: d.ty,
        directives: d.directives,
        pos: d.pos,
    }
}
