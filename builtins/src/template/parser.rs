//! The parser of templates, with Go's error texts.

use std::collections::BTreeMap;

use super::funcs::Function;
use super::lexer::{Lexer, T, Token};
use super::literal;
use super::tree::{Branch, Call, Command, Pipe, Pos, Statement, Term, TermKind};

/// Most statements and parentheses within each other.
const MAX_NESTING: usize = 100;

/// The name of the template that the caller's text is.
pub(super) const MAIN: &[u8] = b"template";

/// Templates by name.
pub(super) type Templates = BTreeMap<Vec<u8>, Vec<Statement>>;

/// What ends a list of statements.
enum Stop {
    End,
    /// With the place behind, where `if` or `with` may follow.
    Else,
}

enum Parsed {
    Statement(Statement),
    /// Only space or a comment.
    Stop(Stop),
}

/// What each template has for itself while it is parsed.
#[derive(Debug)]
struct Scope {
    /// The last tokens read; errors name the line of the first.
    tokens: [Token; 3],
    /// How many of them are yet to be read.
    n_ahead: usize,
    variables: Vec<String>,
    /// The line of the action's left delimiter; 0 outside.
    action_line: usize,
    n_ranges: usize,
}

impl Scope {
    fn new() -> Self {
        let none = Token { kind: T::Error, pos: 0, text: String::new(), line: 0 };
        let tokens = [none.clone(), none.clone(), none];
        Scope { tokens, n_ahead: 0, variables: vec!["$".to_owned()], action_line: 0, n_ranges: 0 }
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    scope: Scope,
    templates: Templates,
    nesting: usize,
}

type Result<T> = std::result::Result<T, String>;

/// Parses a template and those that it defines.
pub(super) fn parse(text: &str) -> Result<Templates> {
    let mut p = Parser { lexer: Lexer::new(text), scope: Scope::new(), templates: Templates::new(), nesting: 0 };
    let mut main = Vec::new();
    while p.peek().kind != T::Eof {
        if p.peek().kind == T::LeftDelim {
            let delimiter = p.next();
            if p.next_non_space().kind == T::Define {
                p.definition()?;
                continue;
            }
            p.back_2(delimiter);
        }
        match p.text_or_action()? {
            Parsed::Statement(s) => main.push(s),
            Parsed::Stop(stop) => return p.fail(format!("unexpected {}", stop.text())),
        }
    }
    p.add(MAIN.to_vec(), main)?;
    Ok(p.templates)
}

impl Stop {
    fn text(&self) -> &'static str {
        match self {
            Stop::End => "{{end}}",
            Stop::Else => "{{else}}",
        }
    }
}

/// Nothing but space.
fn is_empty(list: &[Statement]) -> bool {
    list.iter().all(|s| matches!(s, Statement::Text(t) if t.trim().is_empty()))
}

impl Parser<'_> {
    fn next(&mut self) -> Token {
        let s = &mut self.scope;
        if s.n_ahead > 0 {
            s.n_ahead -= 1;
        } else {
            s.tokens[0] = self.lexer.next();
        }
        s.tokens[s.n_ahead].clone()
    }

    fn peek(&mut self) -> Token {
        let s = &mut self.scope;
        if s.n_ahead == 0 {
            s.n_ahead = 1;
            s.tokens[0] = self.lexer.next();
        }
        s.tokens[s.n_ahead - 1].clone()
    }

    fn back(&mut self) {
        self.scope.n_ahead += 1;
    }

    fn back_2(&mut self, first: Token) {
        self.scope.tokens[1] = first;
        self.scope.n_ahead = 2;
    }

    fn back_3(&mut self, first: Token, second: Token) {
        self.scope.tokens[1] = second;
        self.scope.tokens[2] = first;
        self.scope.n_ahead = 3;
    }

    fn next_non_space(&mut self) -> Token {
        loop {
            let token = self.next();
            if token.kind != T::Space {
                return token;
            }
        }
    }

    fn peek_non_space(&mut self) -> Token {
        let token = self.next_non_space();
        self.back();
        token
    }

    fn fail<R>(&self, text: impl std::fmt::Display) -> Result<R> {
        Err(format!("template: template:{}: {text}", self.scope.tokens[0].line))
    }

    fn unexpected<R>(&self, token: &Token, context: &str) -> Result<R> {
        if token.kind != T::Error {
            return self.fail(format!("unexpected {token} in {context}"));
        }
        let line = self.scope.action_line;
        if line == 0 || line == token.line {
            return self.fail(token);
        }
        let action = if token.text.ends_with(" action") { "" } else { " in action" };
        self.fail(format!("{token}{action} started at template:{line}"))
    }

    fn expect(&mut self, kind: T, context: &str) -> Result<Token> {
        let token = self.next_non_space();
        if token.kind == kind { Ok(token) } else { self.unexpected(&token, context) }
    }

    /// Parses something nested, within bounds.
    fn nested<R>(&mut self, parse: impl FnOnce(&mut Self) -> Result<R>) -> Result<R> {
        if self.nesting >= MAX_NESTING {
            return self.fail("max expression depth exceeded");
        }
        self.nesting += 1;
        let r = parse(self);
        self.nesting -= 1;
        r
    }

    /// Keeps a template: a second one of the same name only if either is empty.
    fn add(&mut self, name: Vec<u8>, list: Vec<Statement>) -> Result<()> {
        if self.templates.get(&name).is_none_or(|t| is_empty(t)) {
            self.templates.insert(name, list);
        } else if !is_empty(&list) {
            return self.fail(format!("template: multiple definition of template {}", crate::url::quote(&name)));
        }
        Ok(())
    }

    /// The body of a template within this one, up to its end.
    fn inner(&mut self, context: &str, name: Option<Vec<u8>>) -> Result<()> {
        let outer = std::mem::replace(&mut self.scope, Scope::new());
        let name = match name {
            Some(n) => n,
            None => {
                let token = self.next_non_space();
                let name = self.template_name(&token, context)?;
                self.expect(T::RightDelim, context)?;
                name
            }
        };
        let (list, stop) = self.nested(Self::list)?;
        if let Stop::Else = stop {
            return self.fail(format!("unexpected {} in {context}", stop.text()));
        }
        self.add(name, list)?;
        self.scope = outer;
        Ok(())
    }

    fn definition(&mut self) -> Result<()> {
        self.inner("define clause", None)
    }

    fn template_name(&mut self, token: &Token, context: &str) -> Result<Vec<u8>> {
        match token.kind {
            T::String | T::RawString => literal::unquote(&token.text).or_else(|e| self.fail(e)),
            _ => self.unexpected(token, context),
        }
    }

    /// Statements up to an end or else.
    fn list(&mut self) -> Result<(Vec<Statement>, Stop)> {
        let mut list = Vec::new();
        while self.peek_non_space().kind != T::Eof {
            match self.text_or_action()? {
                Parsed::Statement(s) => list.push(s),
                Parsed::Stop(stop) => return Ok((list, stop)),
            }
        }
        self.fail("unexpected EOF")
    }

    fn text_or_action(&mut self) -> Result<Parsed> {
        let token = self.next_non_space();
        match token.kind {
            T::Text => Ok(Parsed::Statement(Statement::Text(token.text))),
            T::LeftDelim => {
                self.scope.action_line = token.line;
                let action = self.action();
                self.scope.action_line = 0;
                action
            }
            _ => self.unexpected(&token, "input"),
        }
    }

    fn action(&mut self) -> Result<Parsed> {
        let token = self.next_non_space();
        let statement = match token.kind {
            T::Block => self.block()?,
            T::Break => self.leave_range("{{break}}", Statement::Break)?,
            T::Continue => self.leave_range("{{continue}}", Statement::Continue)?,
            T::Else => {
                // What follows in `else if` and `else with` is left to whoever gets the stop.
                if !matches!(self.peek_non_space().kind, T::If | T::With) {
                    self.expect(T::RightDelim, "else")?;
                }
                return Ok(Parsed::Stop(Stop::Else));
            }
            T::End => {
                self.expect(T::RightDelim, "end")?;
                return Ok(Parsed::Stop(Stop::End));
            }
            T::If => Statement::If(self.branch("if")?),
            T::Range => Statement::Range(self.branch("range")?),
            T::Template => self.call()?,
            T::With => Statement::With(self.branch("with")?),
            _ => {
                self.back();
                Statement::Action(self.pipeline("command", T::RightDelim)?)
            }
        };
        Ok(Parsed::Statement(statement))
    }

    fn leave_range(&mut self, context: &str, statement: Statement) -> Result<Statement> {
        let token = self.next_non_space();
        if token.kind != T::RightDelim {
            return self.unexpected(&token, context);
        }
        if self.scope.n_ranges == 0 {
            return self.fail(format!("{context} outside {{{{range}}}}"));
        }
        Ok(statement)
    }

    fn branch(&mut self, context: &'static str) -> Result<Branch> {
        let n_variables = self.scope.variables.len();
        let branch = self.nested(|p| {
            let pipe = p.pipeline(context, T::RightDelim)?;
            let is_range = usize::from(context == "range");
            p.scope.n_ranges += is_range;
            let (body, stop) = p.list()?;
            p.scope.n_ranges -= is_range;
            let otherwise = match stop {
                Stop::End => None,
                Stop::Else => Some(p.otherwise(context)?),
            };
            Ok(Branch { pipe, body, otherwise })
        })?;
        self.scope.variables.truncate(n_variables);
        Ok(branch)
    }

    fn otherwise(&mut self, context: &'static str) -> Result<Vec<Statement>> {
        match (context, self.peek().kind) {
            ("if", T::If) => {
                self.next();
                Ok(vec![Statement::If(self.branch("if")?)])
            }
            ("with", T::With) => {
                self.next();
                Ok(vec![Statement::With(self.branch("with")?)])
            }
            _ => match self.list()? {
                (list, Stop::End) => Ok(list),
                (_, stop) => self.fail(format!("expected end; found {}", stop.text())),
            },
        }
    }

    fn block(&mut self) -> Result<Statement> {
        const CONTEXT: &str = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let argument = self.pipeline(CONTEXT, T::RightDelim)?;
        self.inner(CONTEXT, Some(name.clone()))?;
        Ok(Statement::Template(Call { pos: token.pos, name, argument: Some(argument) }))
    }

    fn call(&mut self) -> Result<Statement> {
        const CONTEXT: &str = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let mut argument = None;
        if self.next_non_space().kind != T::RightDelim {
            self.back();
            argument = Some(self.pipeline(CONTEXT, T::RightDelim)?);
        }
        Ok(Statement::Template(Call { pos: token.pos, name, argument }))
    }

    fn pipeline(&mut self, context: &str, end: T) -> Result<Pipe> {
        let mut pipe = Pipe { pos: self.peek_non_space().pos, ..Pipe::default() };
        self.declarations(context, &mut pipe)?;
        loop {
            let token = self.next_non_space();
            match token.kind {
                k if k == end => {
                    self.check(&pipe, context)?;
                    return Ok(pipe);
                }
                T::Bool
                | T::CharConstant
                | T::Complex
                | T::Dot
                | T::Field
                | T::Identifier
                | T::Number
                | T::Nil
                | T::RawString
                | T::String
                | T::Variable
                | T::LeftParen => {
                    self.back();
                    pipe.commands.push(self.command()?);
                }
                _ => return self.unexpected(&token, context),
            }
        }
    }

    fn declarations(&mut self, context: &str, pipe: &mut Pipe) -> Result<()> {
        loop {
            let variable = self.peek_non_space();
            if variable.kind != T::Variable {
                return Ok(());
            }
            self.next();
            // Space is a token, so it takes three tokens to tell `$x foo` from `$x := foo`.
            let after = self.peek();
            let next = self.peek_non_space();
            match next.kind {
                T::Assign | T::Declare => {
                    pipe.is_assignment = next.kind == T::Assign;
                    self.next_non_space();
                    self.declare(variable, pipe);
                    return Ok(());
                }
                T::Char if next.text == "," => {
                    self.next_non_space();
                    self.declare(variable, pipe);
                    if context != "range" || pipe.variables.len() >= 2 {
                        return self.fail(format!("too many declarations in {context}"));
                    }
                    if !matches!(self.peek_non_space().kind, T::Variable | T::RightDelim | T::RightParen) {
                        return self.fail("range can only initialize variables");
                    }
                }
                _ if after.kind == T::Space => {
                    self.back_3(variable, after);
                    return Ok(());
                }
                _ => {
                    self.back_2(variable);
                    return Ok(());
                }
            }
        }
    }

    fn declare(&mut self, variable: Token, pipe: &mut Pipe) {
        pipe.variables.push(variable.text.clone());
        self.scope.variables.push(variable.text);
    }

    fn check(&self, pipe: &Pipe, context: &str) -> Result<()> {
        if pipe.commands.is_empty() {
            return self.fail(format!("missing value for {context}"));
        }
        let is_value = |c: &Command| {
            use TermKind::{Bool, Dot, Nil, Number, Text};
            matches!(c.terms.first().map(|t| &t.kind), Some(Bool(_) | Dot | Nil | Number(..) | Text(..)))
        };
        match pipe.commands.iter().skip(1).position(is_value) {
            Some(i) => self.fail(format!("non executable command in pipeline stage {}", i + 2)),
            None => Ok(()),
        }
    }

    fn command(&mut self) -> Result<Command> {
        let mut command = Command { pos: self.peek_non_space().pos, terms: Vec::new() };
        loop {
            self.peek_non_space();
            command.terms.extend(self.operand()?);
            let token = self.next();
            match token.kind {
                T::Space => continue,
                T::RightDelim | T::RightParen => self.back(),
                T::Pipe => {}
                _ => return self.unexpected(&token, "operand"),
            }
            break;
        }
        if command.terms.is_empty() {
            return self.fail("empty command");
        }
        Ok(command)
    }

    /// A term and fields of it; `None` if the next token begins no term.
    fn operand(&mut self) -> Result<Option<Term>> {
        let Some(term) = self.term()? else { return Ok(None) };
        let first = self.peek();
        if first.kind != T::Field {
            return Ok(Some(term));
        }
        let mut more: Vec<String> = Vec::new();
        while self.peek().kind == T::Field {
            more.push(self.next().text.trim_start_matches('.').to_owned());
        }
        // A chain has the place of its second part.
        let pos: Pos = first.pos;
        let kind = match term.kind {
            TermKind::Field(mut fields) => {
                fields.append(&mut more);
                TermKind::Field(fields)
            }
            TermKind::Variable(name, mut fields) => {
                fields.append(&mut more);
                TermKind::Variable(name, fields)
            }
            TermKind::Bool(_) | TermKind::Text(..) | TermKind::Number(..) | TermKind::Nil | TermKind::Dot => {
                let text = crate::url::quote(term.to_string().as_bytes());
                return self.fail(format!("unexpected . after term {text}"));
            }
            _ => TermKind::Chain(Box::new(term), more),
        };
        Ok(Some(Term { pos, kind }))
    }

    fn term(&mut self) -> Result<Option<Term>> {
        let token = self.next_non_space();
        let kind = match token.kind {
            T::Identifier => {
                if Function::named(&token.text).is_none() {
                    let name = crate::url::quote(token.text.as_bytes());
                    return self.fail(format!("function {name} not defined"));
                }
                TermKind::Function(token.text)
            }
            T::Dot => TermKind::Dot,
            T::Nil => TermKind::Nil,
            T::Variable => {
                if !self.scope.variables.contains(&token.text) {
                    let name = crate::url::quote(token.text.as_bytes());
                    return self.fail(format!("undefined variable {name}"));
                }
                TermKind::Variable(token.text, Vec::new())
            }
            T::Field => TermKind::Field(vec![token.text.trim_start_matches('.').to_owned()]),
            T::Bool => TermKind::Bool(token.text == "true"),
            T::CharConstant | T::Complex | T::Number => {
                let constant = literal::number(token.kind, &token.text).or_else(|e| self.fail(e))?;
                TermKind::Number(constant, token.text)
            }
            T::LeftParen => TermKind::Pipe(self.nested(|p| p.pipeline("parenthesized pipeline", T::RightParen))?),
            T::String | T::RawString => {
                TermKind::Text(literal::unquote(&token.text).or_else(|e| self.fail(e))?, token.text)
            }
            _ => {
                self.back();
                return Ok(None);
            }
        };
        let pos = match &kind {
            TermKind::Pipe(p) => p.pos,
            _ => token.pos,
        };
        Ok(Some(Term { pos, kind }))
    }
}
