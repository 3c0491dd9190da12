//! Queries: each expression's value is captured, as results report it.

use rustc_hash::FxHashMap;

use super::Context;
use super::body::Position;
use super::{Lowerer, generated, var_term};
use crate::builtins::Vocabulary;
use crate::hir::walk::direct_terms;
use crate::hir::{Body, Callee, Literal, LiteralKind, RefBase, Scope, Term, TermKind, VarId};
use crate::source::Span;
use crate::syntax::ast;

/// A query in the making.
#[derive(Debug)]
pub(in crate::resolve) struct LoweredQuery {
    /// Its literals.
    pub(in crate::resolve) body: Body,
    /// Its variables.
    pub(in crate::resolve) scope: Scope,
    /// Variables that hold values of expressions, by the place of the expression.
    pub(in crate::resolve) values: FxHashMap<Span, VarId>,
    /// Variables that were not declared.
    pub(in crate::resolve) raw: Vec<VarId>,
    /// Captures of template strings and prints.
    pub(in crate::resolve) captures: FxHashMap<VarId, super::Capture>,
}

impl<'a> Lowerer<'a, '_> {
    /// Lowers a query.
    pub(in crate::resolve) fn query(mut self, body: &'a ast::Body) -> LoweredQuery {
        self.is_query = true;
        self.enter_names(body);
        let mut out = Vec::new();
        let mut values = FxHashMap::default();
        for literal in body {
            self.literal(literal, Position::Body, &mut out);
            if let Some(last) = out.last_mut().filter(|l| l.span == literal.span)
                && let Some(var) = self.capture_value(last)
            {
                values.insert(literal.span, var);
            }
        }
        self.report_unused(body, &|_| false);
        // Alone, an expression may be false: then that is its value. Among others it must hold.
        if body.literals.len() > 1 || out.iter().any(|l| iterates(l, &self.scope, self.cx.vocabulary)) {
            for literal in body {
                if let Some(var) = values.get(&literal.span) {
                    out.push(generated(LiteralKind::Term(var_term(*var, literal.span)), literal.span));
                }
            }
        }
        self.leave_names();
        let raw = self.take_raw();
        LoweredQuery { body: out, scope: self.scope, values, raw, captures: self.captures }
    }

    /// The variable for an expression's value: a wildcard to authors, whom OPA tells about it where the expression is unsafe.
    fn captured(&mut self, span: Span) -> VarId {
        self.new_var("_".to_owned(), true, span)
    }

    /// Makes a variable for the value of an expression: a term, or a call without output argument.
    fn capture_value(&mut self, literal: &mut Literal) -> Option<VarId> {
        if literal.origin.generated {
            return None;
        }
        let span = literal.span;
        match &mut literal.kind {
            LiteralKind::Term(_) => {
                let var = self.captured(span);
                let kind = std::mem::replace(&mut literal.kind, LiteralKind::Not(Vec::new()));
                if let LiteralKind::Term(term) = kind {
                    literal.kind = LiteralKind::Unify(term, var_term(var, span));
                }
                Some(var)
            }
            LiteralKind::Call { callee, args, out: out @ None } if has_result(self.cx, callee, args.len()) => {
                let var = self.captured(span);
                *out = Some(var_term(var, span));
                Some(var)
            }
            _ => None,
        }
    }
}

fn has_result(cx: &Context<'_>, callee: &Callee, given: usize) -> bool {
    match callee {
        Callee::Builtin(name) => cx.vocabulary.lookup(name).is_some_and(|b| !b.is_void() && b.arity() == given),
        Callee::Group(group) => cx.index.rules.iter().any(|r| r.group == *group && r.arity() == given),
    }
}

/// True if the literal may hold in several ways because of a variable in a reference or a relation.
fn iterates(literal: &Literal, scope: &Scope, vocabulary: &Vocabulary) -> bool {
    let mut found = false;
    if let LiteralKind::Call { callee: Callee::Builtin(name), .. } = &literal.kind {
        found |= vocabulary.lookup(name).is_some_and(|b| b.relation);
    }
    direct_terms(literal, &mut |term| found |= has_variable_step(term, scope));
    let mut inner = Vec::new();
    crate::hir::walk::closures(literal, &mut |closure| match closure {
        crate::hir::walk::Closure::Compr(..) => {}
        crate::hir::walk::Closure::Every(_, _, body) | crate::hir::walk::Closure::Body(body) => inner.push(body),
    });
    found || inner.into_iter().any(|body| body.iter().any(|l| iterates(l, scope, vocabulary)))
}

fn has_variable_step(term: &Term, scope: &Scope) -> bool {
    let written = |t: &Term| match &t.kind {
        TermKind::Var(var) => scope.vars.get(var.0 as usize).is_some_and(|v| !v.generated || v.name == "_"),
        _ => false,
    };
    match &term.kind {
        TermKind::Ref(r) => {
            r.path.iter().any(|t| written(t) || has_variable_step(t, scope))
                || matches!(&r.base, RefBase::Term(base) if has_variable_step(base, scope))
        }
        TermKind::Array(items) | TermKind::Set(items) => items.iter().any(|t| has_variable_step(t, scope)),
        TermKind::Object(entries) => {
            entries.iter().any(|(k, v)| has_variable_step(k, scope) || has_variable_step(v, scope))
        }
        _ => false,
    }
}
