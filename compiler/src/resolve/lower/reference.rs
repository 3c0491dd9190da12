//! References: where they start and their steps.

use super::{Lowerer, var_term};
use crate::hir::{Literal, Ref, RefBase, Term, TermKind};
use crate::source::Span;
use crate::syntax::ast::{self, TermKind as Ast};

impl<'a> Lowerer<'a, '_> {
    /// Lowers a reference; what its head and steps need is appended to `out`.
    pub(super) fn reference(&mut self, r: &'a ast::Ref, span: Span, out: &mut Vec<Literal>) -> Term {
        let mut result = self.ref_head(r, out);
        result.path.extend(r.path.iter().map(|arg| self.term(&arg.term, out)));
        match result {
            // `input` under a local of this name.
            Ref { base: RefBase::Var(var), path } if path.is_empty() => var_term(var, span),
            result => Term { kind: TermKind::Ref(result), span },
        }
    }

    fn ref_head(&mut self, r: &'a ast::Ref, out: &mut Vec<Literal>) -> Ref {
        let span = r.head.span;
        let base = match &r.head.kind {
            Ast::Var(var) => match (&*var.name, self.global(&var.name)) {
                (_, Some(global)) => return global.reference(span),
                ("input" | "data", None) => self.document(var, r.path.is_empty()),
                _ => RefBase::Var(self.local(var)),
            },
            _ => {
                let head = self.term(&r.head, out);
                match head.kind {
                    TermKind::Var(var) => RefBase::Var(var),
                    TermKind::Const(_) => RefBase::Term(Box::new(head)),
                    _ => RefBase::Var(self.bind(head, out)),
                }
            }
        };
        Ref { base, path: Vec::new() }
    }

    /// `input` or `data`, unless a local of that name hides it.
    fn document(&mut self, var: &'a ast::Var, bare: bool) -> RefBase {
        if let Some(local) = self.locals.see(&var.name) {
            return RefBase::Var(local);
        }
        if !bare {
            // Using a part of the document keeps the name from being declared further below.
            if self.locals.find(&var.name).is_none() {
                self.locals.insert_seen(&var.name, None, var.span);
            }
        }
        if &*var.name == "input" { RefBase::Input } else { RefBase::Data }
    }

    /// The domain of `some … in` or `every`: as it is if it is a constant, variable or reference, otherwise a variable for it.
    pub(super) fn domain(&mut self, term: Term, out: &mut Vec<Literal>) -> Term {
        match term.kind {
            TermKind::Const(_) | TermKind::Var(_) | TermKind::Ref(_) => term,
            _ => {
                let span = term.span;
                var_term(self.bind(term, out), span)
            }
        }
    }
}
