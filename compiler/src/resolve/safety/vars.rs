//! Which variables a literal needs or could bind, as the safety check counts them.

use rustc_hash::{FxHashMap, FxHashSet};

use super::outputs;
use crate::hir::walk::{closure_vars, closures, direct_vars, operands};
use crate::hir::{Body, Literal, LiteralKind, TermKind, VarId};

/// The variables of one literal, each once.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Outside of closures; those of operands without braces that only the outside can bind.
    pub(super) plain: Vec<VarId>,
    /// Inside closures, at any depth.
    pub(super) closed: Vec<VarId>,
}

impl Facts {
    /// Looks at a literal.
    pub(super) fn new(literal: &Literal) -> Self {
        let mut facts = Facts::default();
        plain_vars(literal, &mut |var| facts.plain.push(var));
        closures(literal, &mut |closure| closure_vars(&closure, &mut |var| facts.closed.push(var)));
        for list in [&mut facts.plain, &mut facts.closed] {
            list.sort_unstable();
            list.dedup();
        }
        facts
    }
}

/// Calls `f` with the plain variables of a literal, see [`Facts::plain`].
pub(super) fn plain_vars(literal: &Literal, f: &mut dyn FnMut(VarId)) {
    direct_vars(literal, &mut |var, _| f(var));
    let mut operand = |body: &Body| {
        if is_implicit(body) {
            vars_from_outside(body).into_iter().for_each(&mut *f);
        }
    };
    match &literal.kind {
        LiteralKind::Not(body) if !literal.origin.classic_not => operand(body),
        LiteralKind::Logic(logic) => operands(logic, &mut |body| operand(body)),
        _ => {}
    }
}

fn is_implicit(body: &Body) -> bool {
    body.first().is_some_and(|l| l.origin.implicit)
}

/// Variables of an operand without braces that it does not bind for itself: those that none of its literals binds, and
/// those that only one literal mentions.
fn vars_from_outside(body: &Body) -> Vec<VarId> {
    let mut mentions: FxHashMap<VarId, usize> = FxHashMap::default();
    for literal in body {
        let mut vars = FxHashSet::default();
        direct_vars(literal, &mut |var, _| {
            if vars.insert(var) {
                *mentions.entry(var).or_default() += 1;
            }
        });
    }
    let mut result: Vec<VarId> = if body.len() == 1 {
        mentions.keys().copied().collect()
    } else {
        let bound = bound_inside(body, &mentions);
        mentions.iter().filter(|(var, n)| **n == 1 || !bound.contains(*var)).map(|(var, _)| *var).collect()
    };
    result.sort_unstable();
    result
}

/// Variables that the literals of an operand bind, when all variables that are no side of a unification come from outside.
fn bound_inside(body: &Body, mentions: &FxHashMap<VarId, usize>) -> FxHashSet<VarId> {
    let mut sides = FxHashSet::default();
    for literal in body {
        if let LiteralKind::Unify(left, right) = &literal.kind {
            for term in [left, right] {
                if let TermKind::Var(var) = term.kind {
                    sides.insert(var);
                }
            }
        }
    }
    let mut bound: FxHashSet<VarId> = FxHashSet::default();
    loop {
        let before = bound.len();
        for literal in body {
            match &literal.kind {
                LiteralKind::Unify(..) => {
                    let known = |v: VarId| bound.contains(&v) || (mentions.contains_key(&v) && !sides.contains(&v));
                    let mut found = Vec::new();
                    outputs::of_literal(literal, &known, &mut found);
                    bound.extend(found);
                }
                LiteralKind::Call { out: Some(out), .. } => {
                    outputs::each_pattern_var(out, outputs::ARGUMENT, &mut |v| {
                        bound.insert(v);
                    });
                }
                _ => {}
            }
        }
        if bound.len() == before {
            return bound;
        }
    }
}
