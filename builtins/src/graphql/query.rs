//! The parser of queries: operations and fragments.

use super::ast::{Field, Fragment, Inline, Operation, QueryDocument, Selection, Spread, Variable};
use super::error::Error;
use super::lexer::T;
use super::parser::Parser;

/// Parses a query.
pub(super) fn parse(text: &str) -> Result<QueryDocument, Error> {
    let mut p = Parser::new(text);
    let mut doc = QueryDocument::default();
    while p.kind() != T::Eof && p.ok() {
        let token = p.peek();
        match (token.kind, token.value.as_str()) {
            (T::Name, "query" | "mutation" | "subscription") | (T::BraceL, _) => doc.operations.push(p.operation()),
            (T::Name, "fragment") => doc.fragments.push(p.fragment()),
            _ => p.unexpected(),
        }
    }
    match p.failure {
        Some(e) => Err(e),
        None => Ok(doc),
    }
}

impl Parser<'_> {
    fn operation(&mut self) -> Operation {
        let pos = self.pos();
        if self.kind() == T::BraceL {
            let selections = self.selections();
            // The reference implementation looks at the comments only now.
            let comment = self.comment.clone();
            return Operation { kind: "query".to_owned(), selections, pos, comment, ..Operation::default() };
        }
        let comment = self.comment.clone();
        let kind = self.operation_kind();
        let name = if self.kind() == T::Name { self.next().value } else { String::new() };
        let variables = self.variables();
        let directives = self.directives(false);
        Operation { kind, name, variables, directives, selections: self.selections(), pos, comment }
    }

    pub(super) fn operation_kind(&mut self) -> String {
        let token = self.next();
        if matches!(token.value.as_str(), "query" | "mutation" | "subscription") {
            return token.value;
        }
        self.unexpected_token(&token);
        String::new()
    }

    fn variables(&mut self) -> Vec<Variable> {
        self.some(T::ParenL, T::ParenR, Self::variable).0
    }

    fn variable(&mut self) -> Variable {
        let (pos, comment) = (self.pos(), self.comment.clone());
        let name = self.variable_name();
        self.expect(T::Colon);
        let ty = self.type_reference();
        let default = self.skip(T::Equals).then(|| self.literal(true));
        Variable { name, ty, default, directives: self.directives(false), pos, comment }
    }

    fn selections(&mut self) -> Vec<Selection> {
        let token = self.peek();
        if token.kind != T::BraceL {
            self.error(&token, format!("Expected {{, found {}", token.kind.text()));
            return Vec::new();
        }
        self.nested(|p| p.some(T::BraceL, T::BraceR, Self::selection).0)
    }

    fn selection(&mut self) -> Selection {
        if self.kind() == T::Spread { self.spread() } else { Selection::Field(self.field()) }
    }

    fn field(&mut self) -> Field {
        let (pos, comment) = (self.pos(), self.comment.clone());
        let alias = self.name();
        let name = if self.skip(T::Colon) { self.name() } else { alias.clone() };
        let arguments = self.arguments(false);
        let directives = self.directives(false);
        let selections = if self.kind() == T::BraceL { self.selections() } else { Vec::new() };
        Field { alias, name, arguments, directives, selections, pos, comment }
    }

    fn spread(&mut self) -> Selection {
        let (_, comment) = self.expect(T::Spread);
        let token = self.peek();
        let pos = self.pos();
        if token.kind == T::Name && token.value != "on" {
            let name = self.fragment_name();
            return Selection::Spread(Spread { name, directives: self.directives(false), pos, comment });
        }
        let mut condition = String::new();
        if token.value == "on" {
            self.next();
            condition = self.name();
        }
        let directives = self.directives(false);
        Selection::Inline(Inline { condition, directives, selections: self.selections(), pos, comment })
    }

    fn fragment(&mut self) -> Fragment {
        let (pos, comment) = (self.pos(), self.comment.clone());
        self.keyword("fragment");
        let name = self.fragment_name();
        let variables = self.variables();
        self.keyword("on");
        let condition = self.name();
        let directives = self.directives(false);
        Fragment { name, variables, condition, directives, selections: self.selections(), pos, comment }
    }

    fn fragment_name(&mut self) -> String {
        if self.peek().value == "on" {
            self.unexpected();
            return String::new();
        }
        self.name()
    }
}
