//! References as the checks read them: where they start, and one step per level.

use writ_value::Value;

use crate::hir::{Ref, RefBase, Term, TermKind, VarId};
use crate::source::Span;

/// A reference without its own memory, so that one that nobody wrote (`some x in xs` reads `xs[_]`) costs nothing.
#[derive(Debug, Clone)]
pub(super) struct View<'h> {
    pub root: Root<'h>,
    pub steps: Vec<Step<'h>>,
    pub span: Span,
}

/// Where a reference starts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Root<'h> {
    Input,
    Data,
    Var(VarId),
    Term(&'h Term),
}

/// One level of a reference.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'h> {
    /// A constant.
    Const(&'h Value),
    /// A variable.
    Var(VarId),
    /// A nested reference or comprehension: known to be one value.
    Term(&'h Term),
    /// An array, object or set with variables.
    Pattern(&'h Term),
    /// A key that has no name.
    Wildcard,
}

impl<'h> Step<'h> {
    pub(super) fn of(term: &'h Term) -> Step<'h> {
        match &term.kind {
            TermKind::Const(value) => Step::Const(value),
            TermKind::Var(v) => Step::Var(*v),
            TermKind::Array(_) | TermKind::Object(_) | TermKind::Set(_) => Step::Pattern(term),
            TermKind::Ref(_) | TermKind::ArrayCompr(_) | TermKind::SetCompr(_) | TermKind::ObjectCompr(..) => {
                Step::Term(term)
            }
        }
    }

    pub(super) fn constant(self) -> Option<&'h Value> {
        match self {
            Step::Const(value) => Some(value),
            _ => None,
        }
    }
}

impl<'h> View<'h> {
    pub(super) fn of(reference: &'h Ref, span: Span) -> View<'h> {
        let root = match &reference.base {
            RefBase::Input => Root::Input,
            RefBase::Data => Root::Data,
            RefBase::Var(v) => Root::Var(*v),
            RefBase::Term(t) => Root::Term(t),
        };
        View { root, steps: reference.path.iter().map(Step::of).collect(), span }
    }

    /// The elements of `domain` under `key`: what `some key, value in domain` reads.
    pub(super) fn element(domain: &'h Term, key: Option<&'h Term>) -> View<'h> {
        let mut view = match &domain.kind {
            TermKind::Ref(r) => View::of(r, domain.span),
            TermKind::Var(v) => View { root: Root::Var(*v), steps: Vec::new(), span: domain.span },
            _ => View { root: Root::Term(domain), steps: Vec::new(), span: domain.span },
        };
        view.steps.push(key.map_or(Step::Wildcard, Step::of));
        view
    }
}
