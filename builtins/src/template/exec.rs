//! Running templates.

use std::fmt::Display;

use writ_value::Value;
use writ_value::gofmt::MAX_OUTPUT;

use super::datum::{Content, Datum};
use super::funcs::{Function, Parameter};
use super::parser::{MAIN, Templates};
use super::tree::{Branch, Call, Command, Constant, Pipe, Pos, Statement, Term, TermKind};
use crate::{BuiltinError, Context};

/// Most templates, statements and pipelines within each other.
const MAX_DEPTH: usize = 300;
/// Most statements and commands in all.
const MAX_STEPS: usize = 2_000_000;
/// Steps between two looks at the clock.
const CLOCK: usize = 4096;

/// What comes after a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Statement,
    Break,
    Continue,
}

/// The node at which an error is reported.
#[derive(Clone, Copy)]
enum At<'a> {
    Call(&'a Call),
    Pipe(&'a Pipe),
    Command(&'a Command),
    Term(&'a Term),
}

struct Run<'a> {
    context: &'a Context,
    text: &'a str,
    templates: &'a Templates,
    /// The name of the template that runs.
    name: &'a [u8],
    at: Option<At<'a>>,
    variables: Vec<(&'a str, Datum)>,
    depth: usize,
    n_steps: usize,
    out: Vec<u8>,
}

type Result<T> = std::result::Result<T, BuiltinError>;

/// Runs the main template on the data.
pub(super) fn execute(context: &Context, text: &str, templates: &Templates, data: &Value) -> Result<Vec<u8>> {
    let data = Datum::top(data);
    let variables = vec![("$", data.clone())];
    let (at, out) = (None, Vec::new());
    let mut run = Run { context, text, templates, name: MAIN, at, variables, depth: 0, n_steps: 0, out };
    run.list(&data, templates.get(MAIN).map_or(&[], Vec::as_slice))?;
    Ok(run.out)
}

impl At<'_> {
    fn pos(&self) -> Pos {
        match self {
            At::Call(c) => c.pos,
            At::Pipe(p) => p.pos,
            At::Command(c) => c.pos,
            At::Term(t) => t.pos,
        }
    }
}

impl Display for At<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            At::Call(c) => c.fmt(f),
            At::Pipe(p) => p.fmt(f),
            At::Command(c) => c.fmt(f),
            At::Term(t) => t.fmt(f),
        }
    }
}

impl<'a> Run<'a> {
    fn fail<T>(&self, text: impl Display) -> Result<T> {
        let Some(at) = self.at else {
            return Err(BuiltinError::new(format!("template: {}: {text}", String::from_utf8_lossy(self.name))));
        };
        let before = &self.text[..at.pos().min(self.text.len())];
        let line = 1 + before.matches('\n').count();
        let column = before.len() - before.rfind('\n').map_or(0, |n| n + 1);
        let name = crate::url::quote(self.name);
        Err(BuiltinError::new(format!("template: template:{line}:{column}: executing {name} at <{at}>: {text}")))
    }

    fn step(&mut self, cost: usize) -> Result<()> {
        let before = self.n_steps / CLOCK;
        self.n_steps += cost;
        if self.n_steps > MAX_STEPS {
            return Err(BuiltinError::halt("template takes too many steps"));
        }
        if self.n_steps / CLOCK > before { self.context.check_deadline() } else { Ok(()) }
    }

    fn deeper<T>(&mut self, run: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return self.fail(format!("exceeded maximum template depth ({MAX_DEPTH})"));
        }
        self.depth += 1;
        let r = run(self);
        self.depth -= 1;
        r
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if self.out.len() + bytes.len() > MAX_OUTPUT {
            return Err(BuiltinError::halt("result too large"));
        }
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn list(&mut self, dot: &Datum, list: &'a [Statement]) -> Result<Next> {
        self.deeper(|run| {
            for s in list {
                let next = run.statement(dot, s)?;
                if next != Next::Statement {
                    return Ok(next);
                }
            }
            Ok(Next::Statement)
        })
    }

    fn statement(&mut self, dot: &Datum, statement: &'a Statement) -> Result<Next> {
        self.step(1)?;
        match statement {
            Statement::Text(t) => self.write(t.as_bytes())?,
            Statement::Action(pipe) => {
                let value = self.pipe(dot, pipe)?;
                if pipe.variables.is_empty() {
                    self.write(&value.print())?;
                }
            }
            Statement::If(b) => return self.branch(dot, b, false),
            Statement::With(b) => return self.branch(dot, b, true),
            Statement::Range(b) => return self.range(dot, b),
            Statement::Template(c) => self.call(dot, c)?,
            Statement::Break => return Ok(Next::Break),
            Statement::Continue => return Ok(Next::Continue),
        }
        Ok(Next::Statement)
    }

    fn branch(&mut self, dot: &Datum, b: &'a Branch, moves_dot: bool) -> Result<Next> {
        let n_variables = self.variables.len();
        let value = self.pipe(dot, &b.pipe)?;
        let next = match (value.is_true(), &b.otherwise) {
            (true, _) => self.list(if moves_dot { &value } else { dot }, &b.body)?,
            (false, Some(list)) => self.list(dot, list)?,
            (false, None) => Next::Statement,
        };
        self.variables.truncate(n_variables);
        Ok(next)
    }

    fn range(&mut self, dot: &Datum, b: &'a Branch) -> Result<Next> {
        let n_variables = self.variables.len();
        let value = self.pipe(dot, &b.pipe)?;
        let any = match &value.content {
            Content::Missing | Content::Nil => false,
            Content::Int(_) | Content::Byte(_) => {
                if b.pipe.variables.len() > 1 {
                    let shown = String::from_utf8_lossy(&value.print()).into_owned();
                    return self.fail(format!("can't use {shown} to iterate over more than one variable"));
                }
                match value.content {
                    Content::Int(end) => {
                        let numbers = (0..end).map(|i| (Datum::MISSING, Content::Int(i).into()));
                        self.iterations(b, numbers)?
                    }
                    _ => {
                        let Content::Byte(end) = value.content else { unreachable!("matched above") };
                        self.iterations(b, (0..end).map(|i| (Datum::MISSING, Content::Byte(i).into())))?
                    }
                }
            }
            Content::Json(Value::Array(a)) => {
                let index = |i: usize| Datum::from(Content::Int(i64::try_from(i).unwrap_or(i64::MAX)));
                self.iterations(b, a.iter().enumerate().map(|(i, v)| (index(i), Datum::element(v))))?
            }
            Content::Json(Value::Object(o)) => {
                self.iterations(b, o.iter().map(|(k, v)| (Datum::top(k), Datum::element(v))))?
            }
            _ => {
                let shown = String::from_utf8_lossy(&value.print()).into_owned();
                return self.fail(format!("range can't iterate over {shown}"));
            }
        };
        let mut next = Next::Statement;
        if let (false, Some(list)) = (any, &b.otherwise) {
            next = self.list(dot, list)?;
        }
        self.variables.truncate(n_variables);
        // As in Go, a break ends this range even if it stands in its else.
        Ok(if next == Next::Break { Next::Statement } else { next })
    }

    /// Whether there was any.
    fn iterations(&mut self, b: &'a Branch, each: impl Iterator<Item = (Datum, Datum)>) -> Result<bool> {
        let (names, mark) = (&b.pipe.variables, self.variables.len());
        let mut any = false;
        for (index, element) in each {
            self.step(1)?;
            any = true;
            let values = if names.len() > 1 { vec![index, element.clone()] } else { vec![element.clone()] };
            for (i, (name, value)) in names.iter().zip(values).enumerate() {
                if b.pipe.is_assignment {
                    self.assign(name, value)?;
                } else {
                    self.variables[mark - names.len() + i].1 = value;
                }
            }
            let next = self.list(&element, &b.body)?;
            self.variables.truncate(mark);
            if next == Next::Break {
                break;
            }
        }
        Ok(any)
    }

    fn call(&mut self, dot: &Datum, call: &'a Call) -> Result<()> {
        self.at = Some(At::Call(call));
        let templates = self.templates;
        let Some((name, list)) = templates.get_key_value(&call.name) else {
            return self.fail(format!("template {} not defined", crate::url::quote(&call.name)));
        };
        let argument = match &call.argument {
            Some(pipe) => self.pipe(dot, pipe)?,
            None => Datum::MISSING,
        };
        let outer_name = std::mem::replace(&mut self.name, name);
        let outer = std::mem::replace(&mut self.variables, vec![("$", argument.clone())]);
        self.list(&argument, list)?;
        (self.name, self.variables) = (outer_name, outer);
        Ok(())
    }

    fn assign(&mut self, name: &str, value: Datum) -> Result<()> {
        match self.variables.iter_mut().rev().find(|(n, _)| *n == name) {
            Some((_, v)) => {
                *v = value;
                Ok(())
            }
            None => self.fail(format!("undefined variable: {name}")),
        }
    }

    fn pipe(&mut self, dot: &Datum, pipe: &'a Pipe) -> Result<Datum> {
        self.deeper(|run| {
            run.at = Some(At::Pipe(pipe));
            let mut value = None;
            for c in &pipe.commands {
                run.step(1)?;
                value = Some(run.command(dot, c, value)?.taken());
            }
            let value = value.unwrap_or(Datum::MISSING);
            for name in &pipe.variables {
                if pipe.is_assignment {
                    run.assign(name, value.clone())?;
                } else {
                    run.variables.push((name, value.clone()));
                }
            }
            Ok(value)
        })
    }

    fn command(&mut self, dot: &Datum, command: &'a Command, last: Option<Datum>) -> Result<Datum> {
        let (first, n_terms) = (&command.terms[0], command.terms.len());
        let given = n_terms > 1 || last.is_some();
        match &first.kind {
            TermKind::Field(_) | TermKind::Chain(..) => return self.fields(dot, first, given),
            TermKind::Variable(_, fields) if !fields.is_empty() => return self.fields(dot, first, given),
            TermKind::Function(name) => {
                self.at = Some(At::Term(first));
                return self.function(dot, At::Command(command), name, &command.terms[1..], last);
            }
            TermKind::Pipe(p) => {
                self.no_function(first, given)?;
                return self.pipe(dot, p);
            }
            _ => {}
        }
        self.at = Some(At::Term(first));
        self.no_function(first, given)?;
        match &first.kind {
            TermKind::Nil => self.fail("nil is not a command"),
            TermKind::Variable(name, _) => self.variable(name),
            _ => self.constant(dot, first),
        }
    }

    fn no_function(&self, term: &Term, given: bool) -> Result<()> {
        if !given {
            return Ok(());
        }
        let text = match &term.kind {
            TermKind::Pipe(p) => p.to_string(),
            _ => term.to_string(),
        };
        self.fail(format!("can't give argument to non-function {text}"))
    }

    fn variable(&self, name: &str) -> Result<Datum> {
        match self.variables.iter().rev().find(|(n, _)| *n == name) {
            Some((_, v)) => Ok(v.clone()),
            None => self.fail(format!("undefined variable: {name}")),
        }
    }

    fn constant(&mut self, dot: &Datum, term: &'a Term) -> Result<Datum> {
        self.at = Some(At::Term(term));
        let content = match &term.kind {
            TermKind::Dot => return Ok(dot.clone()),
            TermKind::Text(t, _) => return Ok(t.clone().into()),
            TermKind::Bool(b) => Content::Bool(*b),
            TermKind::Number(Constant::Int(i), _) => Content::Int(*i),
            TermKind::Number(Constant::Float(f), _) => Content::Float(*f),
            TermKind::Number(Constant::Overflow, text) => return self.fail(format!("{text} overflows int")),
            _ => {
                return self.fail(format!("can't evaluate command {}", crate::url::quote(term.to_string().as_bytes())));
            }
        };
        Ok(content.into())
    }

    /// A field, or a chain of them; `given` arguments are an error.
    fn fields(&mut self, dot: &Datum, term: &'a Term, given: bool) -> Result<Datum> {
        self.at = Some(At::Term(term));
        let (mut receiver, fields) = match &term.kind {
            TermKind::Field(fields) => (dot.clone(), fields),
            TermKind::Variable(name, fields) => (self.variable(name)?, fields),
            TermKind::Chain(of, fields) => {
                if let TermKind::Nil = of.kind {
                    return self.fail(format!("indirection through explicit nil in {term}"));
                }
                (self.argument(dot, of, Parameter::Any)?, fields)
            }
            _ => return self.fail("no fields"),
        };
        for (i, name) in fields.iter().enumerate() {
            receiver = self.field(&receiver, name, given && i + 1 == fields.len())?;
        }
        Ok(receiver)
    }

    fn field(&self, receiver: &Datum, name: &str, given: bool) -> Result<Datum> {
        match &receiver.content {
            Content::Missing => Ok(Datum::MISSING),
            Content::Nil => self.fail(format!("nil pointer evaluating {}.{name}", receiver.type_name())),
            Content::Json(Value::Object(_)) if given => self.fail(format!("{name} is not a method but has arguments")),
            Content::Json(v @ Value::Object(_)) => Ok(v.get(name).map_or(Datum::MISSING, Datum::element)),
            _ => self.fail(format!("can't evaluate field {name} in type {}", receiver.type_name())),
        }
    }

    fn function(
        &mut self,
        dot: &Datum,
        node: At<'a>,
        name: &str,
        terms: &'a [Term],
        last: Option<Datum>,
    ) -> Result<Datum> {
        let Some(function) = Function::named(name) else {
            return self.fail(format!("{} is not a defined function", crate::url::quote(name.as_bytes())));
        };
        let (needed, variadic) = function.arity();
        let n_args = terms.len() + usize::from(last.is_some());
        if variadic && n_args < needed {
            return self.fail(format!("wrong number of args for {name}: want at least {needed} got {}", terms.len()));
        }
        if !variadic && n_args != needed {
            return self.fail(format!("wrong number of args for {name}: want {needed} got {n_args}"));
        }
        if let Function::And | Function::Or = function {
            return self.logic(dot, function == Function::Or, terms, last);
        }
        let mut args = Vec::with_capacity(n_args);
        for (i, t) in terms.iter().enumerate() {
            args.push(self.argument(dot, t, function.parameter(i))?);
        }
        if let Some(last) = last {
            args.push(self.validated(last, function.parameter(terms.len()))?);
        }
        let result = function.call(&args).map_err(|e| match (function, terms.first()) {
            // The error names the argument as it was written.
            (Function::Call, Some(t)) => e.replace("{name}", &t.to_string()),
            (Function::Call, None) => e.replace("{name}", &String::from_utf8_lossy(&args[0].print())),
            _ => e,
        });
        match result {
            Ok(d) => {
                self.step(d.string().map_or(0, |s| s.len() / 64))?;
                Ok(d)
            }
            Err(e) => {
                self.at = Some(node);
                self.fail(format!("error calling {name}: {e}"))
            }
        }
    }

    /// `and` and `or` stop at the argument that decides.
    fn logic(&mut self, dot: &Datum, until: bool, terms: &'a [Term], last: Option<Datum>) -> Result<Datum> {
        let mut value = Datum::MISSING;
        for t in terms {
            value = self.argument(dot, t, Parameter::Any)?;
            if value.is_true() == until {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    fn argument(&mut self, dot: &Datum, term: &'a Term, parameter: Parameter) -> Result<Datum> {
        self.at = Some(At::Term(term));
        let value = match &term.kind {
            TermKind::Nil if parameter == Parameter::Text => return self.fail("cannot assign nil to string"),
            TermKind::Nil => return Ok(self.nothing(parameter)),
            TermKind::Dot => dot.clone(),
            TermKind::Field(_) | TermKind::Chain(..) => self.fields(dot, term, false)?,
            TermKind::Variable(_, fields) if !fields.is_empty() => self.fields(dot, term, false)?,
            TermKind::Variable(name, _) => self.variable(name)?,
            TermKind::Pipe(p) => self.pipe(dot, p)?,
            TermKind::Function(name) => self.function(dot, At::Term(term), name, &[], None)?,
            TermKind::Text(..) => return self.constant(dot, term),
            _ if parameter == Parameter::Text => return self.fail(format!("expected string; found {term}")),
            _ => return self.constant(dot, term),
        };
        self.validated(value, parameter)
    }

    fn nothing(&self, parameter: Parameter) -> Datum {
        match parameter {
            Parameter::Interface => Datum { content: Content::Nil, is_element: true },
            _ => Datum::MISSING,
        }
    }

    /// The value as an argument, if it is one that the parameter takes.
    fn validated(&self, value: Datum, parameter: Parameter) -> Result<Datum> {
        match (&value.content, parameter) {
            (Content::Missing, Parameter::Text) => self.fail("invalid value; expected string"),
            (Content::Missing, _) => Ok(self.nothing(parameter)),
            (Content::Nil, Parameter::Text) => self.fail("wrong type for value; expected string; got interface {}"),
            (_, Parameter::Text) if value.string().is_none() => {
                let got = value.taken();
                self.fail(format!("wrong type for value; expected string; got {}", got.type_name()))
            }
            _ => Ok(value),
        }
    }
}
