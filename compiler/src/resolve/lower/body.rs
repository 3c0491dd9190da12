//! Bodies and their literals.

use super::locals::Occurrence;
use super::names::{declared_in_body, declared_in_literal};
use super::{Lowerer, written};
use crate::diag::{Code, Diagnostic};
use crate::hir::{Literal, LiteralKind, Origin, Term, TermKind, With};
use crate::resolve::report::Stage;
use crate::source::Span;
use crate::syntax::ast::{self, TermKind as Ast};

/// Where a literal stands, as far as it matters for what it may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// A body of its own.
    Body,
    /// An operand without braces; holds the message for assignments.
    Implicit(&'static str),
}

/// What a `:=` in a negated expression is told.
pub(super) const NO_ASSIGNMENT_IN_NOT: &str = "cannot assign vars inside negated expression";

impl<'a> Lowerer<'a, '_> {
    /// Lowers a body within the innermost scope. `used` says which names its head mentions.
    pub(super) fn body(&mut self, body: &'a ast::Body, used: &dyn Fn(&str) -> bool) -> Vec<Literal> {
        let mut out = Vec::with_capacity(body.literals.len());
        for literal in body {
            self.literal(literal, Position::Body, &mut out);
        }
        self.report_unused(body, used);
        out
    }

    /// Names that `body` declares mean no rule or import until [`Lowerer::leave_names`].
    pub(super) fn enter_names(&mut self, body: &'a ast::Body) {
        self.ignore.push(declared_in_body(body));
    }

    pub(super) fn leave_names(&mut self) {
        self.ignore.pop();
    }

    /// Lowers one literal; what it needs computed comes before it.
    pub(super) fn literal(&mut self, literal: &'a ast::Literal, position: Position, out: &mut Vec<Literal>) {
        match &literal.kind {
            ast::LiteralKind::Expr(term) => self.expression(literal, term, position, out),
            ast::LiteralKind::Some(vars) => {
                for var in vars {
                    if self.declare(var, Occurrence::Declared, literal.span, literal.span).is_none() {
                        break;
                    }
                }
            }
            ast::LiteralKind::SomeIn(some) => self.some_in(literal, some, out),
            ast::LiteralKind::Every(every) => self.every(literal, every, out),
            ast::LiteralKind::Not(not) => self.not(literal, not, out),
            ast::LiteralKind::Logical(_) => self.logical(literal, out),
        }
    }

    fn expression(
        &mut self,
        literal: &'a ast::Literal,
        term: &'a ast::Term,
        position: Position,
        out: &mut Vec<Literal>,
    ) {
        if let Some(call) = term.as_call().filter(|c| c.is("assign", 2))
            && let [left, right] = &call.args[..]
        {
            match position {
                Position::Body => self.assignment(literal, left, right, out),
                Position::Implicit(message) => self.declaration_error(literal.span, message),
            }
            return;
        }
        let mut support = Vec::new();
        let Some(kind) = self.statement(literal, term, &mut support) else {
            // An erased `print` takes its `with` along; only the names in it count as seen.
            let before = std::mem::replace(&mut self.discarding, true);
            self.withs(&literal.with, &mut Vec::new());
            self.discarding = before;
            return;
        };
        let with = self.attach_with(literal, &mut support, out);
        out.append(&mut support);
        out.push(Literal { with, ..written(kind, literal.span) });
    }

    /// The literal for an expression that is no assignment, without its `with`. `None` for an erased `print`.
    pub(super) fn statement(
        &mut self,
        literal: &'a ast::Literal,
        term: &'a ast::Term,
        support: &mut Vec<Literal>,
    ) -> Option<LiteralKind> {
        match &term.kind {
            Ast::Call(call) => self.call_statement(literal, call, support),
            _ => Some(LiteralKind::Term(self.term(term, support))),
        }
    }

    /// Lowers the `with` parts: what their values need goes to `out`; all of `support` gets them, too.
    pub(super) fn attach_with(
        &mut self,
        literal: &'a ast::Literal,
        support: &mut [Literal],
        out: &mut Vec<Literal>,
    ) -> Vec<With> {
        let with = self.withs(&literal.with, out);
        if !with.is_empty() {
            support.iter_mut().for_each(|s| s.with.clone_from(&with));
        }
        with
    }

    /// `left := right`: the right side is read before the left declares anything.
    fn assignment(
        &mut self,
        literal: &'a ast::Literal,
        left: &'a ast::Term,
        right: &'a ast::Term,
        out: &mut Vec<Literal>,
    ) {
        let mut support = Vec::new();
        let right = self.term(right, &mut support);
        let with = self.attach_with(literal, &mut support, out);
        out.append(&mut support);
        let left = self.assigned_pattern(left, literal.span, out);
        let origin = Origin { assigned: true, ..Origin::default() };
        out.push(Literal { kind: LiteralKind::Unify(left, right), with, span: literal.span, origin });
    }

    fn assigned_pattern(&mut self, term: &'a ast::Term, at: Span, out: &mut Vec<Literal>) -> Term {
        let span = term.span;
        let kind = match &term.kind {
            Ast::Var(var) => self.assigned_var(var, at, span),
            Ast::Array(items) => {
                let items = items.iter().map(|t| self.assigned_pattern(t, at, out)).collect();
                return Term { kind: TermKind::Array(items), span };
            }
            Ast::Object(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| {
                        // A key is not declared: a variable there needs a value from elsewhere.
                        let key = match &key.kind {
                            Ast::Var(var) => super::var_term(self.raw_var(var), key.span),
                            _ => self.term(key, out),
                        };
                        (key, self.assigned_pattern(value, at, out))
                    })
                    .collect();
                return Term { kind: TermKind::Object(entries), span };
            }
            Ast::Ref(r) if r.path.is_empty() => match &r.head.kind {
                // `input := 1`, which v0 allows.
                Ast::Var(var) => self.assigned_var(var, at, span),
                _ => None,
            },
            _ => {
                self.declaration_error(span, format!("cannot assign to {}", term.kind_name()));
                None
            }
        };
        // After an error the pattern only has to be something.
        Term { kind: kind.unwrap_or(TermKind::Const(writ_value::Value::Null)), span }
    }

    fn assigned_var(&mut self, var: &'a ast::Var, at: Span, span: Span) -> Option<TermKind> {
        self.declare(var, Occurrence::Assigned, at, span).map(TermKind::Var)
    }

    /// Says which names of the innermost scope were declared in vain.
    pub(super) fn report_unused(&mut self, body: &'a ast::Body, used: &dyn Fn(&str) -> bool) {
        if self.declaration_errors || self.unused_reported || self.discarding {
            return;
        }
        if self.cx.strict && !self.is_query {
            self.report_unused_of(Occurrence::Assigned, "assigned", used, |entry_at, _| entry_at);
        }
        if !self.unused_reported {
            let first = body.literals.first().map_or(body.span, |l| l.span);
            let place = |_: Span, name: &str| {
                let declares = |l: &&'a ast::Literal| {
                    let mut names = Default::default();
                    declared_in_literal(l, &mut names);
                    names.contains(name)
                };
                body.literals.iter().find(declares).map_or(first, |l| l.span)
            };
            self.report_unused_of(Occurrence::Declared, "declared", used, place);
        }
    }

    fn report_unused_of(
        &mut self,
        occurrence: Occurrence,
        how: &str,
        used: &dyn Fn(&str) -> bool,
        place: impl Fn(Span, &str) -> Span,
    ) {
        let Some(scope) = self.locals.innermost() else { return };
        let mut found = Vec::new();
        for (name, entry) in scope.entries().filter(|(_, e)| e.occurrence == occurrence && e.count <= 1) {
            let hidden = entry.var.and_then(|v| self.scope.vars.get(v.0 as usize)).is_none_or(|v| v.generated);
            if !hidden && !used(name) {
                found.push((place(entry.at, name), format!("{how} var {name} unused")));
            }
        }
        for (span, message) in found {
            self.unused_reported = true;
            let diagnostic = Diagnostic::error(Code::Compile, span, message);
            if self.is_query {
                self.reports.error(Stage::Locals, diagnostic);
            } else {
                self.reports.note(Stage::Locals, diagnostic);
            }
        }
    }
}
