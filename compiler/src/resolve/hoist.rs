//! Terms that are computed in a literal of their own, in front of the one that they stand in.
//!
//! * Classic `not`: references and comprehensions in the arguments of what is negated. So `not count(input.xs) > 1` does not
//!   hold when `input.xs` is undefined, as in OPA, while `not input.xs` does.
//! * References that bind a variable which the same literal needs elsewhere: `x == input.xs[x]` looks at each element first.
//!
//! Must run after safety: what is computed in front of a `not` must not bind anything for it.

use rustc_hash::FxHashMap;

use crate::hir::walk::{ClosureMut, closures_mut, direct_terms, direct_vars, term_vars};
use crate::hir::{Body, Callee, Literal, LiteralKind, Origin, Query, Rule, Scope, Term, TermKind, Var, VarId, With};

/// Hoists in all bodies of a rule.
pub(super) fn hoist_rule(rule: &mut Rule) {
    let mut hoister = Hoister { scope: &mut rule.scope, equal_is_unify: true };
    rule.branches.iter_mut().for_each(|b| hoister.body(&mut b.body));
}

/// Hoists in all bodies of a query.
pub(super) fn hoist_query(query: &mut Query) {
    Hoister { scope: &mut query.scope, equal_is_unify: false }.body(&mut query.body);
}

struct Hoister<'s> {
    scope: &'s mut Scope,
    /// In rules, `==` has become `=` by the time that OPA does this; in queries it has not.
    equal_is_unify: bool,
}

impl Hoister<'_> {
    fn body(&mut self, body: &mut Body) {
        for literal in body.iter_mut() {
            closures_mut(literal, &mut |closure| match closure {
                ClosureMut::Compr(_, body) | ClosureMut::Every(_, _, body) | ClosureMut::Body(body) => self.body(body),
            });
        }
        if !body.iter().any(|l| l.origin.classic_not || needs_own_binding(l)) {
            return;
        }
        let literals = std::mem::take(body);
        for mut literal in literals {
            let own_binding = needs_own_binding(&literal);
            let mut front = Front { out: body, with: &literal.with };
            match &mut literal.kind {
                LiteralKind::Not(negated) if literal.origin.classic_not => {
                    negated.iter_mut().for_each(|l| self.negated(l, &mut front));
                }
                kind if own_binding => self.all(kind, &mut front),
                _ => {}
            }
            body.push(literal);
        }
    }

    fn negated(&mut self, literal: &mut Literal, front: &mut Front<'_>) {
        match &mut literal.kind {
            LiteralKind::Term(term) => self.outer(term, front),
            LiteralKind::Unify(left, right) => {
                self.outer(left, front);
                self.outer(right, front);
            }
            LiteralKind::Call { callee: Callee::Builtin(name), args, out: None }
                if self.equal_is_unify && name == "equal" =>
            {
                args.iter_mut().for_each(|t| self.outer(t, front));
            }
            LiteralKind::Call { args, out, .. } => args.iter_mut().chain(out).for_each(|t| self.inner(t, front)),
            LiteralKind::Iterate { .. } | LiteralKind::Every { .. } | LiteralKind::Not(_) | LiteralKind::Logic(_) => {}
        }
    }

    /// Computes all references of a literal in front of it.
    fn all(&mut self, kind: &mut LiteralKind, front: &mut Front<'_>) {
        match kind {
            LiteralKind::Term(term) => self.inner(term, front),
            LiteralKind::Unify(left, right) => {
                self.inner(left, front);
                self.inner(right, front);
            }
            LiteralKind::Call { args, out, .. } => args.iter_mut().chain(out).for_each(|t| self.inner(t, front)),
            LiteralKind::Iterate { domain, .. } | LiteralKind::Every { domain, .. } => self.inner(domain, front),
            LiteralKind::Not(_) | LiteralKind::Logic(_) => {}
        }
    }

    /// A term that stands for itself: only what is inside a reference is computed in front.
    fn outer(&mut self, term: &mut Term, front: &mut Front<'_>) {
        match &mut term.kind {
            TermKind::Ref(r) => r.path.iter_mut().for_each(|t| self.inner(t, front)),
            TermKind::ArrayCompr(_) | TermKind::SetCompr(_) | TermKind::ObjectCompr(..) => {}
            _ => self.inner(term, front),
        }
    }

    /// A term that must be known before.
    fn inner(&mut self, term: &mut Term, front: &mut Front<'_>) {
        match &mut term.kind {
            TermKind::Const(_) | TermKind::Var(_) => {}
            TermKind::Ref(r) => {
                r.path.iter_mut().for_each(|t| self.inner(t, front));
                self.compute(term, front);
            }
            TermKind::ArrayCompr(_) | TermKind::SetCompr(_) | TermKind::ObjectCompr(..) => self.compute(term, front),
            TermKind::Array(items) | TermKind::Set(items) => items.iter_mut().for_each(|t| self.inner(t, front)),
            TermKind::Object(entries) => entries.iter_mut().for_each(|(k, v)| {
                self.inner(k, front);
                self.inner(v, front);
            }),
        }
    }

    fn compute(&mut self, term: &mut Term, front: &mut Front<'_>) {
        let span = term.span;
        let var = VarId(self.scope.vars.len() as u32);
        self.scope.vars.push(Var { name: format!("__local{}__", var.0), generated: true, span });
        let computed = std::mem::replace(&mut term.kind, TermKind::Var(var));
        let target = Term { kind: TermKind::Var(var), span };
        front.out.push(Literal {
            kind: LiteralKind::Unify(target, Term { kind: computed, span }),
            with: front.with.to_vec(),
            span,
            origin: Origin { generated: true, ..Origin::default() },
        });
    }
}

/// Where computed terms go.
struct Front<'f> {
    out: &'f mut Body,
    with: &'f [With],
}

/// True if a step of some reference in the literal is a variable that the literal mentions outside of that reference, too.
fn needs_own_binding(literal: &Literal) -> bool {
    if literal.origin.classic_not {
        return false;
    }
    let mut mentions: FxHashMap<VarId, usize> = FxHashMap::default();
    direct_vars(literal, &mut |v, _| *mentions.entry(v).or_default() += 1);
    if mentions.values().all(|n| *n == 1) {
        return false;
    }
    let mut found = false;
    direct_terms(literal, &mut |term| {
        each_reference(term, &mut |reference| {
            let mut here: FxHashMap<VarId, usize> = FxHashMap::default();
            term_vars(reference, &mut |v, _| *here.entry(v).or_default() += 1);
            if let TermKind::Ref(r) = &reference.kind {
                let mut in_steps = |v: VarId| found |= mentions.get(&v) > here.get(&v);
                r.path.iter().for_each(|step| term_vars(step, &mut |v, _| in_steps(v)));
            }
        });
    });
    found
}

/// Calls `f` with each reference in the term that is not part of another one.
fn each_reference<'h>(term: &'h Term, f: &mut dyn FnMut(&'h Term)) {
    match &term.kind {
        TermKind::Ref(_) => f(term),
        TermKind::Array(items) | TermKind::Set(items) => items.iter().for_each(|t| each_reference(t, f)),
        TermKind::Object(entries) => entries.iter().for_each(|(k, v)| {
            each_reference(k, f);
            each_reference(v, f);
        }),
        TermKind::Const(_)
        | TermKind::Var(_)
        | TermKind::ArrayCompr(_)
        | TermKind::SetCompr(_)
        | TermKind::ObjectCompr(..) => {}
    }
}
