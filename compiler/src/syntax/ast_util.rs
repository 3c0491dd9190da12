//! Questions about syntax trees and walks over them.

use super::ast::*;
use crate::source::Span;

impl Term {
    /// A term.
    pub fn new(kind: TermKind, span: Span) -> Self {
        Term { span, kind }
    }

    /// True if it holds no variable, reference, call or comprehension.
    pub fn is_ground_constant(&self) -> bool {
        match &self.kind {
            TermKind::Null | TermKind::Bool(_) | TermKind::Number(_) | TermKind::String(_) => true,
            TermKind::Array(xs) | TermKind::Set(xs) => xs.iter().all(Term::is_ground_constant),
            TermKind::Object(es) => es.iter().all(|(k, v)| k.is_ground_constant() && v.is_ground_constant()),
            TermKind::Template(t) => t.parts.iter().all(|p| matches!(p, TemplatePart::Text(..))),
            TermKind::Var(_)
            | TermKind::Ref(_)
            | TermKind::Call(_)
            | TermKind::ArrayCompr(_)
            | TermKind::SetCompr(_)
            | TermKind::ObjectCompr(_) => false,
        }
    }

    /// True if no variable must be bound to know its value, in OPA's sense: a reference is ground if its steps are
    /// (whatever its head), a comprehension and a template always are.
    pub fn is_ground(&self) -> bool {
        match &self.kind {
            TermKind::Var(_) => false,
            TermKind::Ref(r) => r.is_ground(),
            TermKind::Call(c) => c.args.iter().all(Term::is_ground),
            TermKind::Array(xs) | TermKind::Set(xs) => xs.iter().all(Term::is_ground),
            TermKind::Object(es) => es.iter().all(|(k, v)| k.is_ground() && v.is_ground()),
            TermKind::Null
            | TermKind::Bool(_)
            | TermKind::Number(_)
            | TermKind::String(_)
            | TermKind::Template(_)
            | TermKind::ArrayCompr(_)
            | TermKind::SetCompr(_)
            | TermKind::ObjectCompr(_) => true,
        }
    }

    /// The variable, if it is one.
    pub fn as_var(&self) -> Option<&Var> {
        match &self.kind {
            TermKind::Var(v) => Some(v),
            _ => None,
        }
    }

    /// The reference, if it is one.
    pub fn as_ref_term(&self) -> Option<&Ref> {
        match &self.kind {
            TermKind::Ref(r) => Some(r),
            _ => None,
        }
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            TermKind::String(s) => Some(&s.value),
            _ => None,
        }
    }

    /// The call, if it is one.
    pub fn as_call(&self) -> Option<&Call> {
        match &self.kind {
            TermKind::Call(c) => Some(c),
            _ => None,
        }
    }

    /// Name of the kind of value, as OPA's messages say it.
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            TermKind::Null => "null",
            TermKind::Bool(_) => "boolean",
            TermKind::Number(_) => "number",
            TermKind::String(_) => "string",
            TermKind::Template(_) => "templatestring",
            TermKind::Var(_) => "var",
            TermKind::Ref(_) => "ref",
            TermKind::Call(_) => "call",
            TermKind::Array(_) => "array",
            TermKind::Set(_) => "set",
            TermKind::Object(_) => "object",
            TermKind::ArrayCompr(_) => "arraycomprehension",
            TermKind::SetCompr(_) => "setcomprehension",
            TermKind::ObjectCompr(_) => "objectcomprehension",
        }
    }
}

impl Ref {
    /// The name of the head variable, if the head is one.
    pub fn head_name(&self) -> Option<&str> {
        self.head.as_var().map(|v| &*v.name)
    }

    /// True if all steps are ground.
    pub fn is_ground(&self) -> bool {
        self.path.iter().all(|a| a.term.is_ground())
    }

    /// The dotted name if the head is a variable and all steps are strings: `io.jwt.decode`, `internal.member_2`.
    pub fn dotted(&self) -> Option<String> {
        let mut name = self.head_name()?.to_owned();
        for arg in &self.path {
            name.push('.');
            name.push_str(arg.term.as_str()?);
        }
        Some(name)
    }

    /// True if [`Ref::dotted`] is `name`, without building it.
    pub fn is_named(&self, name: &str) -> bool {
        let mut parts = name.split('.');
        self.head_name() == parts.next()
            && self.path.iter().all(|a| a.term.as_str().is_some_and(|s| parts.next() == Some(s)))
            && parts.next().is_none()
    }
}

impl Call {
    /// True if the callee is `name` and the call has that many arguments.
    pub fn is(&self, name: &str, n_args: usize) -> bool {
        self.args.len() == n_args && self.function.is_named(name)
    }
}

/// A walk over a tree in source order. Each method visits what lies below; overriding one and not calling its `walk_`
/// function stops the walk there.
pub trait Visitor {
    /// A term.
    fn term(&mut self, term: &Term) {
        walk_term(self, term);
    }
    /// A literal.
    fn literal(&mut self, literal: &Literal) {
        walk_literal(self, literal);
    }
    /// A body.
    fn body(&mut self, body: &Body) {
        body.literals.iter().for_each(|l| self.literal(l));
    }
    /// A reference.
    fn reference(&mut self, reference: &Ref) {
        self.term(&reference.head);
        reference.path.iter().for_each(|a| self.term(&a.term));
    }
}

/// Visits the parts of a rule.
pub fn walk_rule<V: Visitor + ?Sized>(v: &mut V, rule: &Rule) {
    v.reference(&rule.head.reference);
    rule.head.args.iter().flatten().for_each(|t| v.term(t));
    rule.head.key.iter().chain(&rule.head.value).for_each(|t| v.term(t));
    v.body(&rule.body);
    for e in &rule.elses {
        e.value.iter().for_each(|t| v.term(t));
        v.body(&e.body);
    }
}

/// Visits the parts of a literal.
pub fn walk_literal<V: Visitor + ?Sized>(v: &mut V, literal: &Literal) {
    match &literal.kind {
        LiteralKind::Expr(t) => v.term(t),
        LiteralKind::Some(_) => {}
        LiteralKind::SomeIn(s) => {
            s.key.iter().for_each(|t| v.term(t));
            v.term(&s.value);
            v.term(&s.domain);
        }
        LiteralKind::Every(e) => {
            v.term(&e.domain);
            v.body(&e.body);
        }
        LiteralKind::Not(n) => v.body(&n.body),
        LiteralKind::Logical(l) => {
            v.body(&l.lhs.body);
            v.body(&l.rhs.body);
        }
    }
    for w in &literal.with {
        v.term(&w.target);
        v.term(&w.value);
    }
}

/// Visits the parts of a term.
pub fn walk_term<V: Visitor + ?Sized>(v: &mut V, term: &Term) {
    match &term.kind {
        TermKind::Null | TermKind::Bool(_) | TermKind::Number(_) | TermKind::String(_) | TermKind::Var(_) => {}
        TermKind::Template(t) => {
            for part in &t.parts {
                if let TemplatePart::Expr(l) = part {
                    v.literal(l);
                }
            }
        }
        TermKind::Ref(r) => v.reference(r),
        TermKind::Call(c) => {
            v.reference(&c.function);
            c.args.iter().for_each(|t| v.term(t));
        }
        TermKind::Array(xs) | TermKind::Set(xs) => xs.iter().for_each(|t| v.term(t)),
        TermKind::Object(es) => {
            for (k, val) in es {
                v.term(k);
                v.term(val);
            }
        }
        TermKind::ArrayCompr(c) | TermKind::SetCompr(c) => {
            v.term(&c.head);
            v.body(&c.body);
        }
        TermKind::ObjectCompr(c) => {
            v.term(&c.key);
            v.term(&c.value);
            v.body(&c.body);
        }
    }
}
