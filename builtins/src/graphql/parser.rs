//! What the parsers of queries and schemas share: lookahead, comments, lists, values and types.
//!
//! The first error sticks; from then on every step gives up quickly.

use super::ast::{Argument, Child, Comment, Directive, Kind, Literal, Pos, Type};
use super::error::Error;
use super::lexer::{Lexer, T, Token};

/// Deepest nesting of selections, values and types.
const MAX_DEPTH: usize = 200;
/// Most tokens of a text.
const MAX_TOKENS: usize = 500_000;

#[derive(Debug)]
pub(super) struct Parser<'a> {
    lexer: Lexer<'a>,
    pub(super) failure: Option<Error>,
    peeked: Option<Token>,
    peek_error: Option<Error>,
    pub(super) previous: Token,
    /// The comments before the token that was peeked.
    pub(super) comment: Comment,
    depth: usize,
    n_tokens: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(input: &'a str) -> Self {
        Parser {
            lexer: Lexer::new(input),
            failure: None,
            peeked: None,
            peek_error: None,
            previous: Token { kind: T::Invalid, value: String::new(), line: 0, column: 0 },
            comment: None,
            depth: 0,
            n_tokens: 0,
        }
    }

    pub(super) fn ok(&self) -> bool {
        self.failure.is_none()
    }

    fn read(&mut self) -> Token {
        match self.lexer.next() {
            Ok(t) => {
                self.peek_error = None;
                t
            }
            Err((t, e)) => {
                self.peek_error = Some(e);
                t
            }
        }
    }

    pub(super) fn peek(&mut self) -> Token {
        if !self.ok() {
            return self.previous.clone();
        }
        if let Some(t) = &self.peeked {
            return t.clone();
        }
        let mut token = self.read();
        if token.kind == T::Comment {
            let mut comments = Vec::new();
            while token.kind == T::Comment {
                comments.push(std::mem::take(&mut token.value));
                token = self.read();
            }
            self.comment = Some(comments);
        }
        self.peeked = Some(token.clone());
        token
    }

    pub(super) fn kind(&mut self) -> T {
        self.peek().kind
    }

    pub(super) fn pos(&mut self) -> Pos {
        let t = self.peek();
        Some((t.line, t.column))
    }

    pub(super) fn next(&mut self) -> Token {
        if !self.ok() {
            return self.previous.clone();
        }
        self.n_tokens += 1;
        if self.n_tokens > MAX_TOKENS {
            let token = self.peek();
            self.error(&token, format!("exceeded token limit of {MAX_TOKENS}"));
            return self.previous.clone();
        }
        self.peek();
        self.comment = None;
        if let Some(t) = self.peeked.take() {
            self.previous = t;
        }
        self.failure = self.peek_error.take();
        self.previous.clone()
    }

    pub(super) fn error(&mut self, token: &Token, message: String) {
        if self.ok() {
            self.failure = Some(Error::at(Some((token.line, token.column)), message));
        }
    }

    pub(super) fn unexpected(&mut self) {
        let token = self.peek();
        self.unexpected_token(&token);
    }

    pub(super) fn unexpected_token(&mut self, token: &Token) {
        self.error(token, format!("Unexpected {}", token.text()));
    }

    /// The token and the comments before it.
    pub(super) fn expect(&mut self, kind: T) -> (Token, Comment) {
        let token = self.peek();
        let comment = self.comment.clone();
        if token.kind == kind {
            return (self.next(), comment);
        }
        self.error(&token, format!("Expected {}, found {}", kind.text(), token.kind.text()));
        (token, comment)
    }

    pub(super) fn keyword(&mut self, word: &str) -> Comment {
        let token = self.peek();
        let comment = self.comment.clone();
        if token.kind == T::Name && token.value == word {
            self.next();
        } else {
            self.error(&token, format!("Expected \"{word}\", found {}", token.text()));
        }
        comment
    }

    pub(super) fn skip(&mut self, kind: T) -> bool {
        let found = self.ok() && self.kind() == kind;
        if found {
            self.next();
        }
        found
    }

    pub(super) fn name(&mut self) -> String {
        self.expect(T::Name).0.value
    }

    /// Runs `item` one level deeper.
    pub(super) fn nested<R: Default>(&mut self, item: impl FnOnce(&mut Self) -> R) -> R {
        if self.depth >= MAX_DEPTH {
            let token = self.peek();
            self.error(&token, format!("exceeded max depth of {MAX_DEPTH}"));
            return R::default();
        }
        self.depth += 1;
        let out = item(self);
        self.depth -= 1;
        out
    }

    /// At least one item between delimiters, or no delimiters at all; also gives the comments before the closing one.
    pub(super) fn some<R>(&mut self, open: T, close: T, mut item: impl FnMut(&mut Self) -> R) -> (Vec<R>, Comment) {
        let mut items = Vec::new();
        if !self.skip(open) {
            return (items, None);
        }
        while self.kind() != close && self.ok() {
            items.push(item(self));
        }
        if items.is_empty() {
            let token = self.peek();
            self.error(&token, format!("expected at least one definition, found {}", token.kind.text()));
            return (items, None);
        }
        let comment = self.comment.clone();
        self.next();
        (items, comment)
    }

    /// Any number of items between delimiters.
    fn many<R>(&mut self, open: T, close: T, mut item: impl FnMut(&mut Self) -> R) -> Vec<R> {
        let mut items = Vec::new();
        if self.skip(open) {
            while self.kind() != close && self.ok() {
                items.push(item(self));
            }
            self.next();
        }
        items
    }

    pub(super) fn arguments(&mut self, constant: bool) -> Vec<Argument> {
        self.some(T::ParenL, T::ParenR, |p| p.argument(constant)).0
    }

    fn argument(&mut self, constant: bool) -> Argument {
        let (pos, comment) = (self.pos(), self.comment.clone());
        let name = self.name();
        self.expect(T::Colon);
        Argument { name, value: self.literal(constant), pos, comment }
    }

    pub(super) fn directives(&mut self, constant: bool) -> Vec<Directive> {
        let mut out = Vec::new();
        while self.kind() == T::At && self.ok() {
            self.next();
            let pos = self.pos();
            let name = self.name();
            out.push(Directive { name, arguments: self.arguments(constant), pos });
        }
        out
    }

    pub(super) fn type_reference(&mut self) -> Type {
        self.nested(|p| {
            let mut ty = Type::default();
            if p.skip(T::BracketL) {
                ty.pos = p.pos();
                ty.element = Some(Box::new(p.type_reference()));
                p.expect(T::BracketR);
            } else {
                ty.pos = p.pos();
                ty.named = p.name();
            }
            ty.non_null = p.skip(T::Bang);
            ty
        })
    }

    pub(super) fn variable_name(&mut self) -> String {
        self.expect(T::Dollar);
        self.name()
    }

    pub(super) fn literal(&mut self, constant: bool) -> Literal {
        let token = self.peek();
        let pos = Some((token.line, token.column));
        let kind = match token.kind {
            T::BracketL => {
                let comment = self.comment.clone();
                let children = self.nested(|p| {
                    p.many(T::BracketL, T::BracketR, |p| Child { value: p.literal(constant), ..Child::default() })
                });
                return Literal { kind: Kind::List, raw: String::new(), children, pos, comment };
            }
            T::BraceL => {
                let comment = self.comment.clone();
                let children = self.nested(|p| p.many(T::BraceL, T::BraceR, |p| p.object_field(constant)));
                return Literal { kind: Kind::Object, raw: String::new(), children, pos, comment };
            }
            T::Dollar if !constant => {
                let raw = self.variable_name();
                return Literal { kind: Kind::Variable, raw, pos, comment: self.comment.clone(), children: vec![] };
            }
            T::Int => Kind::Int,
            T::Float => Kind::Float,
            T::String => Kind::String,
            T::BlockString => Kind::Block,
            T::Name => match token.value.as_str() {
                "true" | "false" => Kind::Boolean,
                "null" => Kind::Null,
                _ => Kind::Enum,
            },
            _ => {
                self.unexpected();
                return Literal::default();
            }
        };
        self.next();
        Literal { kind, raw: token.value, children: vec![], pos, comment: self.comment.clone() }
    }

    fn object_field(&mut self, constant: bool) -> Child {
        let (pos, comment) = (self.pos(), self.comment.clone());
        let name = self.name();
        self.expect(T::Colon);
        Child { name, value: self.literal(constant), pos, comment }
    }
}
