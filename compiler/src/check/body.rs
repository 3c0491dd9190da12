//! Checks one body: each literal against what is known, learning the types of variables on the way.

use super::Shared;
use super::call;
use super::env::Env;
use super::explain;
use super::refs;
use super::text::Printer;
use super::unify::Side;
use super::view::{Root, View};
use super::visit::{self, Visitor};
use super::with;
use crate::diag::Diagnostic;
use crate::hir::{Body, Callee, Compr, Literal, LiteralKind, Ref, Scope, Term, TermKind};
use crate::source::Span;
use crate::types::Type;

/// The check of one rule's branch or of a query.
pub(super) struct BodyChecker<'c, 'p> {
    pub shared: &'c Shared<'p>,
    pub env: Env<'c>,
    pub printer: Printer<'p>,
    pub found: Vec<Diagnostic>,
    /// In queries `==` is a call like any other, which takes operands of all types; in modules it has to be possible that they are equal.
    pub is_query: bool,
}

impl<'c, 'p> BodyChecker<'c, 'p> {
    pub(super) fn new(shared: &'c Shared<'p>, env: Env<'c>, scope: &'p Scope) -> Self {
        BodyChecker { shared, env, printer: Printer { scope, names: &[] }, found: Vec::new(), is_query: false }
    }

    pub(super) fn body(&mut self, body: &'p Body) {
        let outer = std::mem::replace(&mut self.printer.names, body);
        for literal in body {
            self.literal(literal);
        }
        self.printer.names = outer;
    }

    /// A term that stands for itself, such as the value in a rule's head.
    pub(super) fn head(&mut self, term: &'p Term) {
        let mut parts = Parts { checker: self, closure_errors: 0, ref_errors: 0 };
        visit::term(term, &mut parts);
    }

    fn literal(&mut self, literal: &'p Literal) {
        // A negation as people write it: what it calls and reads was moved in front of it, so that its one literal is checked like any other.
        if let LiteralKind::Not(body) = &literal.kind
            && literal.origin.classic_not
            && let [inner] = body.as_slice()
            && !matches!(inner.kind, LiteralKind::Not(_) | LiteralKind::Logic(_) | LiteralKind::Every { .. })
        {
            let n = self.enter(literal);
            self.literal(inner);
            self.env.truncate_overlays(n);
            return;
        }
        let n = self.enter(literal);
        let mut parts = Parts { checker: self, closure_errors: 0, ref_errors: 0 };
        visit::kind(&literal.kind, &mut parts);
        let (closure_errors, mut ref_errors) = (parts.closure_errors, parts.ref_errors);
        if let LiteralKind::Iterate { key, domain, .. } = &literal.kind {
            ref_errors += usize::from(!self.reference(&View::element(domain, key.as_ref())));
        }
        self.expression(literal, closure_errors > 0, closure_errors + ref_errors > 0);
        self.env.truncate_overlays(n);
        self.env.clear_comprehensions();
    }

    /// Checks the values of a literal's `with`, then opens the scope that they make. Returns the number of overlays before.
    fn enter(&mut self, literal: &'p Literal) -> usize {
        let n = self.env.n_overlays();
        if !literal.with.is_empty() {
            for w in &literal.with {
                if let Some(term) = w.value.term() {
                    self.head(term);
                }
            }
            with::enter(self.shared, &mut self.env, &literal.with);
            self.found.extend(with::check(self.shared, &self.env, &literal.with));
        }
        n
    }

    /// What the literal itself demands. An error that only repeats that a part has no type, which was reported, is left out.
    fn expression(&mut self, literal: &'p Literal, closures_failed: bool, parts_failed: bool) {
        let unifier = &self.shared.unifier;
        let error = match &literal.kind {
            LiteralKind::Unify(a, b) => self.equation(literal.span, a, Side::Term(b)),
            LiteralKind::Iterate { key, value, domain } => {
                let view = View::element(domain, key.as_ref());
                self.equation(literal.span, value, Side::View(&view))
            }
            LiteralKind::Call { callee: Callee::Builtin(name), args, out: None }
                if name == "equal" && !self.is_query =>
            {
                match args.as_slice() {
                    [a, b] => self.equation(literal.span, a, Side::Term(b)),
                    _ => None,
                }
            }
            LiteralKind::Call { callee, args, out } => {
                let membership = match callee {
                    Callee::Builtin(name) => call::membership(unifier, &mut self.env, name, args, literal.span),
                    Callee::Group(_) => None,
                };
                let error = membership.or_else(|| {
                    let function = call::function_type(self.shared, &self.env, callee);
                    let (out, span) = (out.as_ref(), literal.span);
                    let call = call::Call { callee, args, out, span, parts_failed, closures_failed };
                    call.check(self.shared, &mut self.env, &function)
                });
                error.map(|e| (e.diagnostic, e.for_want_of_type))
            }
            LiteralKind::Term(_) | LiteralKind::Every { .. } | LiteralKind::Not(_) | LiteralKind::Logic(_) => None,
        };
        if let Some((diagnostic, for_want_of_type)) = error
            && !(parts_failed && for_want_of_type)
        {
            self.found.push(diagnostic);
        }
    }

    fn equation(&mut self, span: Span, a: &Term, b: Side<'_>) -> Option<(Diagnostic, bool)> {
        let (left, right) = (self.env.term(a), b.ty(&self.env));
        if self.shared.unifier.equate(&mut self.env, a, b) {
            return None;
        }
        let for_want_of_type = left.has_unknown() || right.has_unknown();
        Some((explain::mismatch(span, &left, &right), for_want_of_type))
    }

    /// Checks one reference; false if it can select nothing.
    fn reference(&mut self, view: &View<'p>) -> bool {
        match refs::check(&self.shared.unifier, &mut self.env, view) {
            Ok(()) => true,
            Err(problem) => {
                self.found.push(problem.diagnostic(self.printer, view));
                false
            }
        }
    }

    /// Checks a comprehension's body and head; its variables are forgotten after it, its type is kept for the literal around it.
    fn comprehension(&mut self, term: &Term, key: Option<&'p Term>, compr: &'p Compr) -> bool {
        let before = self.found.len();
        let mark = self.env.mark();
        // The types of comprehensions of this literal stay valid, those of inner literals are of no use outside.
        self.body_of_comprehension(&compr.body);
        key.into_iter().chain([&compr.head]).for_each(|t| self.head(t));
        let ok = self.found.len() == before;
        let ty = if ok {
            let head = self.env.term(&compr.head);
            match (&term.kind, key) {
                (TermKind::ArrayCompr(_), _) => Type::array_of(head),
                (TermKind::SetCompr(_), _) => Type::set(head),
                (_, Some(key)) => Type::object_of(self.env.term(key), head),
                (_, None) => Type::Unknown,
            }
        } else {
            Type::Unknown
        };
        self.env.forget(mark);
        self.env.set_comprehension(compr, ty);
        ok
    }

    fn body_of_comprehension(&mut self, body: &'p Body) {
        let outer = self.env.take_comprehensions();
        self.body(body);
        self.env.restore_comprehensions(outer);
    }
}

/// The references and comprehensions of one literal. Bodies of `every`, `and`, `or` and `not { … }` are looked through for those only.
struct Parts<'x, 'c, 'p> {
    checker: &'x mut BodyChecker<'c, 'p>,
    closure_errors: usize,
    ref_errors: usize,
}

impl<'p> Visitor<'p> for Parts<'_, '_, 'p> {
    fn literal(&mut self, literal: &'p Literal) -> bool {
        // `some x in v` reads `v[_]`, which is a reference like any other.
        if let LiteralKind::Iterate { key, domain, .. } = &literal.kind {
            let view = View::element(domain, key.as_ref());
            if !matches!(view.root, Root::Term(_)) {
                self.ref_errors += usize::from(!self.checker.reference(&view));
            }
        }
        true
    }

    fn reference(&mut self, reference: &'p Ref, term: &'p Term) -> bool {
        let ok = self.checker.reference(&View::of(reference, term.span));
        self.ref_errors += usize::from(!ok);
        true
    }

    fn comprehension(&mut self, term: &'p Term, key: Option<&'p Term>, compr: &'p Compr) -> bool {
        let ok = self.checker.comprehension(term, key, compr);
        self.closure_errors += usize::from(!ok);
        false
    }
}
