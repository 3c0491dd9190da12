//! Which variables a literal binds when some are bound before it.

use super::unify::Unifier;
use crate::hir::walk::term_vars;
use crate::hir::{Literal, LiteralKind, Ref, RefBase, Term, TermKind, VarId};

/// Which parts of a pattern are left out.
#[derive(Clone, Copy)]
pub(super) struct Skip {
    /// Elements of sets.
    sets: bool,
    /// Keys of objects.
    keys: bool,
}

/// Parts of an argument that can be bound or must be known.
pub(super) const ARGUMENT: Skip = Skip { sets: true, keys: true };
/// Parts of a pattern that unification binds.
pub(super) const PATTERN: Skip = Skip { sets: false, keys: true };
/// Steps of a reference.
const STEPS: Skip = Skip { sets: false, keys: false };

/// Says whether a variable is bound.
pub(super) type Known<'k> = dyn Fn(VarId) -> bool + 'k;

/// Appends the variables that the literal binds and that are not known yet. Variables may come twice.
pub(super) fn of_literal(literal: &Literal, known: &Known<'_>, out: &mut Vec<VarId>) {
    let start = out.len();
    let with_known = literal.with.iter().all(|with| with.value.term().is_none_or(|value| is_known(value, known)));
    if !with_known {
        return;
    }
    match &literal.kind {
        LiteralKind::Term(term) => of_refs(term, known, out),
        LiteralKind::Unify(left, right) => of_unify(literal, left, right, known, out),
        LiteralKind::Iterate { key, value, domain } => of_iterate(key.as_ref(), value, domain, known, out),
        LiteralKind::Call { args, out: result, .. } => {
            args.iter().chain(result).for_each(|t| of_refs(t, known, out));
            if let Some(result) = result {
                let bound_now: Vec<VarId> = out.get(start..).unwrap_or_default().to_vec();
                let mut all_known = true;
                for arg in args {
                    each_pattern_var(arg, ARGUMENT, &mut |v| all_known &= known(v) || bound_now.contains(&v));
                }
                if all_known {
                    each_pattern_var(result, ARGUMENT, &mut |v| out.push(v));
                } else {
                    out.truncate(start);
                }
            }
        }
        LiteralKind::Every { domain, .. } => of_refs(domain, known, out),
        LiteralKind::Not(_) | LiteralKind::Logic(_) => {}
    }
    let mut at = start;
    while let Some(var) = out.get(at) {
        if known(*var) {
            out.swap_remove(at);
        } else {
            at += 1;
        }
    }
}

fn of_unify(literal: &Literal, left: &Term, right: &Term, known: &Known<'_>, out: &mut Vec<VarId>) {
    let start = out.len();
    of_refs(left, known, out);
    of_refs(right, known, out);
    let mut from_refs: Vec<VarId> = out.get(start..).unwrap_or_default().to_vec();
    from_refs.sort_unstable();
    let mut declared = Vec::new();
    if literal.origin.assigned {
        // What `:=` declares must not make its right side known by going backwards.
        each_pattern_var(left, STEPS, &mut |v| declared.push(v));
        declared.sort_unstable();
    }
    let safe = |v: VarId| declared.binary_search(&v).is_err() && (known(v) || from_refs.binary_search(&v).is_ok());
    let mut unifier = Unifier::new(&safe);
    unifier.unify(left, right);
    out.extend(unifier.finish());
}

/// `some key, value in domain` binds like `value = domain[key]`.
fn of_iterate(key: Option<&Term>, value: &Term, domain: &Term, known: &Known<'_>, out: &mut Vec<VarId>) {
    of_refs(value, known, out);
    let head_known = match &domain.kind {
        TermKind::Ref(r) => is_base_known(r, known),
        _ => is_known(domain, known),
    };
    if !head_known {
        return;
    }
    of_refs(domain, known, out);
    if let Some(key) = key {
        each_pattern_var(key, STEPS, &mut |v| out.push(v));
    }
    if matches!(value.kind, TermKind::Var(_) | TermKind::Array(_) | TermKind::Object(_)) {
        each_pattern_var(value, PATTERN, &mut |v| out.push(v));
    }
}

/// Appends variables that are bound by iteration: unknown steps of references whose start is known.
fn of_refs(term: &Term, known: &Known<'_>, out: &mut Vec<VarId>) {
    match &term.kind {
        TermKind::Const(_)
        | TermKind::Var(_)
        | TermKind::ArrayCompr(_)
        | TermKind::SetCompr(_)
        | TermKind::ObjectCompr(..) => {}
        TermKind::Ref(r) => {
            if is_base_known(r, known) {
                for step in &r.path {
                    each_pattern_var(step, STEPS, &mut |v| out.push(v));
                }
            }
        }
        TermKind::Array(items) | TermKind::Set(items) => items.iter().for_each(|t| of_refs(t, known, out)),
        TermKind::Object(entries) => entries.iter().for_each(|(k, v)| {
            of_refs(k, known, out);
            of_refs(v, known, out);
        }),
    }
}

/// True if what the reference starts from is known.
pub(super) fn is_base_known(r: &Ref, known: &Known<'_>) -> bool {
    match &r.base {
        RefBase::Input | RefBase::Data => true,
        RefBase::Var(var) => known(*var),
        RefBase::Term(base) => is_known(base, known),
    }
}

/// True if all variables outside of comprehensions are known.
pub(super) fn is_known(term: &Term, known: &Known<'_>) -> bool {
    let mut all = true;
    term_vars(term, &mut |v, _| all &= known(v));
    all
}

/// Calls `f` with each variable of a pattern, without those that references start from.
pub(super) fn each_pattern_var(term: &Term, skip: Skip, f: &mut dyn FnMut(VarId)) {
    match &term.kind {
        TermKind::Const(_) | TermKind::ArrayCompr(_) | TermKind::SetCompr(_) | TermKind::ObjectCompr(..) => {}
        TermKind::Var(var) => f(*var),
        TermKind::Ref(r) => r.path.iter().for_each(|t| each_pattern_var(t, skip, f)),
        TermKind::Set(_) if skip.sets => {}
        TermKind::Array(items) | TermKind::Set(items) => items.iter().for_each(|t| each_pattern_var(t, skip, f)),
        TermKind::Object(entries) => entries.iter().for_each(|(k, v)| {
            if !skip.keys {
                each_pattern_var(k, skip, f);
            }
            each_pattern_var(v, skip, f);
        }),
    }
}
