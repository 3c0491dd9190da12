//! Templates as trees; nodes print as they stand in Go's error texts.

use std::fmt;

/// Where a node begins, in bytes.
pub(super) type Pos = usize;

/// A statement.
#[derive(Debug)]
pub(super) enum Statement {
    Text(String),
    /// `{{pipeline}}`.
    Action(Pipe),
    If(Branch),
    With(Branch),
    Range(Branch),
    Template(Call),
    Break,
    Continue,
}

/// `{{template "name" pipeline}}`.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) pos: Pos,
    pub(super) name: Vec<u8>,
    pub(super) argument: Option<Pipe>,
}

/// A pipeline that decides what happens next.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) pipe: Pipe,
    pub(super) body: Vec<Statement>,
    pub(super) otherwise: Option<Vec<Statement>>,
}

/// `$x, $y := command | command`.
#[derive(Debug, Default)]
pub(super) struct Pipe {
    pub(super) pos: Pos,
    /// The variables exist already.
    pub(super) is_assignment: bool,
    /// Names with their dollar signs.
    pub(super) variables: Vec<String>,
    pub(super) commands: Vec<Command>,
}

/// A function or value and its arguments.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) pos: Pos,
    /// At least one.
    pub(super) terms: Vec<Term>,
}

/// A term and its place.
#[derive(Debug)]
pub(super) struct Term {
    pub(super) pos: Pos,
    pub(super) kind: TermKind,
}

#[derive(Debug)]
pub(super) enum TermKind {
    Bool(bool),
    Dot,
    Nil,
    Number(Constant, String),
    /// The text and how it was written.
    Text(Vec<u8>, String),
    Function(String),
    /// `.a.b`.
    Field(Vec<String>),
    /// `$x.a.b`.
    Variable(String, Vec<String>),
    /// `(…).a.b`.
    Chain(Box<Term>, Vec<String>),
    Pipe(Pipe),
}

/// A number where nothing asks for a type.
#[derive(Clone, Copy, Debug)]
pub(super) enum Constant {
    Int(i64),
    Float(f64),
    /// An integer beyond 63 bits.
    Overflow,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{template {}", crate::url::quote(&self.name))?;
        if let Some(argument) = &self.argument {
            write!(f, " {argument}")?;
        }
        f.write_str("}}")
    }
}

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.variables.is_empty() {
            let assign = if self.is_assignment { "=" } else { ":=" };
            write!(f, "{} {assign} ", self.variables.join(", "))?;
        }
        for (i, c) in self.commands.iter().enumerate() {
            write!(f, "{}{c}", if i > 0 { " | " } else { "" })?;
        }
        Ok(())
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, t) in self.terms.iter().enumerate() {
            f.write_str(if i > 0 { " " } else { "" })?;
            t.in_parentheses(f)?;
        }
        Ok(())
    }
}

impl Term {
    fn in_parentheses(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            TermKind::Pipe(p) => write!(f, "({p})"),
            _ => fmt::Display::fmt(self, f),
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = match &self.kind {
            TermKind::Bool(b) => return b.fmt(f),
            TermKind::Dot => return f.write_str("."),
            TermKind::Nil => return f.write_str("nil"),
            TermKind::Number(_, s) | TermKind::Text(_, s) | TermKind::Function(s) => return f.write_str(s),
            TermKind::Pipe(p) => return p.fmt(f),
            TermKind::Field(fields) => fields,
            TermKind::Variable(name, fields) => {
                f.write_str(name)?;
                fields
            }
            TermKind::Chain(term, fields) => {
                term.in_parentheses(f)?;
                fields
            }
        };
        fields.iter().try_for_each(|field| write!(f, ".{field}"))
    }
}
