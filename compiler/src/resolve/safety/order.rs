//! The order of a body's literals: as written, except that a literal waits until its inputs are bound.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use super::outputs;
use super::vars::{Facts, plain_vars};
use crate::hir::walk::{ClosureMut, closures_mut, term_vars};
use crate::hir::{Body, Literal, LiteralKind, Term, VarId};
use crate::source::Span;

/// A literal with variables that nothing binds.
#[derive(Debug)]
pub(super) struct Unsafe {
    /// The literal.
    pub(super) span: Span,
    /// Its unbound variables.
    pub(super) vars: Vec<VarId>,
    /// What it declares, if it is a `:=`.
    pub(super) declares: Vec<VarId>,
}

/// Orders bodies from the outermost to the innermost. Lives as long as one rule branch is looked at.
#[derive(Debug)]
pub(super) struct Orderer {
    /// Variables that are bound where we are.
    safe: Vec<bool>,
    /// Those set in `safe`, in order, to take them back.
    trail: Vec<VarId>,
    /// Literals that cannot be evaluated.
    pub(super) found: Vec<Unsafe>,
}

impl Orderer {
    /// For a scope of `n_vars` variables.
    pub(super) fn new(n_vars: usize) -> Self {
        Orderer { safe: vec![false; n_vars], trail: Vec::new(), found: Vec::new() }
    }

    /// True if the variable is bound.
    pub(super) fn is_safe(&self, var: VarId) -> bool {
        self.safe.get(var.0 as usize).copied().unwrap_or(false)
    }

    /// Binds a variable until [`Orderer::undo`].
    pub(super) fn mark(&mut self, var: VarId) {
        if let Some(slot) = self.safe.get_mut(var.0 as usize)
            && !*slot
        {
            *slot = true;
            self.trail.push(var);
        }
    }

    fn undo(&mut self, to: usize) {
        for var in self.trail.drain(to..) {
            if let Some(slot) = self.safe.get_mut(var.0 as usize) {
                *slot = false;
            }
        }
    }

    /// Orders a body and the closures in it. Literals that cannot be evaluated come last.
    ///
    /// Cost: each literal is looked at once, and again when a variable of it becomes bound, at most once per pass over the body.
    pub(super) fn body(&mut self, body: &mut Body) {
        let start = self.trail.len();
        let mut literals: Vec<Option<Literal>> = std::mem::take(body).into_iter().map(Some).collect();
        let facts: Vec<Facts> = literals.iter().flatten().map(Facts::new).collect();
        let order = self.order(&literals, &facts);
        self.undo(start);

        for (index, ready) in order.iter().map(|i| (*i, true)).chain(rest(&order, literals.len())) {
            let Some(mut literal) = literals.get_mut(index).and_then(Option::take) else { continue };
            if ready {
                self.closures(&mut literal);
                if let Some(facts) = facts.get(index) {
                    facts.plain.iter().for_each(|v| self.mark(*v));
                }
            }
            body.push(literal);
        }
        self.undo(start);
    }

    /// The order as positions, without literals that cannot be evaluated, which are noted. Leaves their variables bound.
    fn order(&mut self, literals: &[Option<Literal>], facts: &[Facts]) -> Vec<usize> {
        let mut waiting: FxHashMap<VarId, Vec<usize>> = FxHashMap::default();
        let mut closed: Vec<Vec<VarId>> = Vec::with_capacity(facts.len());
        for (i, facts) in facts.iter().enumerate() {
            for var in facts.plain.iter().filter(|v| !self.is_safe(**v)) {
                waiting.entry(*var).or_default().push(i);
            }
            closed.push(Vec::new());
        }
        // Of the variables in closures only those count that the body itself mentions and that are not bound outside.
        for (i, facts) in facts.iter().enumerate() {
            for var in &facts.closed {
                if let Some(list) = waiting.get_mut(var) {
                    list.push(i);
                    if let Some(closed) = closed.get_mut(i) {
                        closed.push(*var);
                    }
                }
            }
        }

        let mut order = Vec::with_capacity(facts.len());
        let mut this_pass: BinaryHeap<Reverse<usize>> = (0..facts.len()).map(Reverse).collect();
        let mut next_pass: BinaryHeap<Reverse<usize>> = BinaryHeap::new();
        let mut queued = vec![true; facts.len()];
        let mut done = vec![false; facts.len()];
        let mut bound = Vec::new();
        loop {
            let Some(Reverse(i)) = this_pass.pop() else {
                if next_pass.is_empty() {
                    break;
                }
                std::mem::swap(&mut this_pass, &mut next_pass);
                continue;
            };
            let (Some(Some(literal)), Some(facts), Some(closed)) = (literals.get(i), facts.get(i), closed.get(i))
            else {
                continue;
            };
            set(&mut queued, i, false);
            bound.clear();
            if !self.is_ready(literal, facts, closed, &mut bound) {
                continue;
            }
            set(&mut done, i, true);
            order.push(i);
            for var in &bound {
                if self.is_safe(*var) {
                    continue;
                }
                self.mark(*var);
                for waiter in waiting.get(var).into_iter().flatten() {
                    if is_set(&done, *waiter) || is_set(&queued, *waiter) {
                        continue;
                    }
                    set(&mut queued, *waiter, true);
                    let pass = if *waiter > i { &mut this_pass } else { &mut next_pass };
                    pass.push(Reverse(*waiter));
                }
            }
        }
        for (i, facts) in facts.iter().enumerate().filter(|(i, _)| !is_set(&done, *i)) {
            if let (Some(Some(literal)), Some(closed)) = (literals.get(i), closed.get(i)) {
                self.note_unsafe(literal, facts, closed);
            }
        }
        order
    }

    /// True if all variables of the literal are bound or become so by it; those go to `bound`.
    fn is_ready(&self, literal: &Literal, facts: &Facts, closed: &[VarId], bound: &mut Vec<VarId>) -> bool {
        let missing = |vars: &[VarId]| vars.iter().any(|v| !self.is_safe(*v));
        if !missing(&facts.plain) && !missing(closed) {
            return true;
        }
        outputs::of_literal(literal, &|v| self.is_safe(v), bound);
        bound.sort_unstable();
        bound.dedup();
        // What a literal binds cannot be used by a closure in it.
        if !closed.is_empty() && closed == bound.as_slice() {
            return false;
        }
        facts.plain.iter().chain(closed).all(|v| self.is_safe(*v) || bound.binary_search(v).is_ok())
    }

    fn note_unsafe(&mut self, literal: &Literal, facts: &Facts, closed: &[VarId]) {
        let mut bound = Vec::new();
        outputs::of_literal(literal, &|v| self.is_safe(v), &mut bound);
        let only_itself = {
            bound.sort_unstable();
            bound.dedup();
            !closed.is_empty() && closed == bound.as_slice()
        };
        let mut vars: Vec<VarId> = facts.plain.iter().chain(closed).copied().collect();
        vars.sort_unstable();
        vars.dedup();
        vars.retain(|v| !self.is_safe(*v) && (only_itself || bound.binary_search(v).is_err()));
        let mut declares = Vec::new();
        if let LiteralKind::Unify(left, _) = &literal.kind
            && literal.origin.assigned
        {
            term_vars(left, &mut |v, _| declares.push(v));
        }
        self.found.push(Unsafe { span: literal.span, vars, declares });
    }

    /// Orders the closures in a literal, with what is bound before it.
    fn closures(&mut self, literal: &mut Literal) {
        let span = literal.span;
        closures_mut(literal, &mut |closure| match closure {
            ClosureMut::Compr(heads, body) => {
                let heads: Vec<&Term> = heads.into_iter().map(|h| &*h).collect();
                self.check_heads(&heads, body, span);
                self.body(body);
            }
            ClosureMut::Every(key, value, body) => {
                key.into_iter().chain([value]).for_each(|v| self.mark(*v));
                self.body(body);
            }
            ClosureMut::Body(body) => self.body(body),
        });
    }

    /// Variables that a comprehension yields must occur in its body or be bound outside.
    fn check_heads(&mut self, heads: &[&Term], body: &Body, span: Span) {
        let mut vars = Vec::new();
        heads.iter().for_each(|head| term_vars(head, &mut |v, _| vars.push(v)));
        vars.retain(|v| !self.is_safe(*v));
        if vars.is_empty() {
            return;
        }
        for literal in body {
            plain_vars(literal, &mut |v| vars.retain(|unbound| *unbound != v));
            if vars.is_empty() {
                return;
            }
        }
        vars.sort_unstable();
        vars.dedup();
        self.found.push(Unsafe { span, vars, declares: Vec::new() });
    }
}

fn set(flags: &mut [bool], i: usize, to: bool) {
    if let Some(flag) = flags.get_mut(i) {
        *flag = to;
    }
}

fn is_set(flags: &[bool], i: usize) -> bool {
    flags.get(i).copied().unwrap_or(false)
}

/// Positions below `n` that are not in `order`, with `false`.
fn rest(order: &[usize], n: usize) -> impl Iterator<Item = (usize, bool)> + use<> {
    let mut ordered = vec![false; n];
    order.iter().for_each(|i| set(&mut ordered, *i, true));
    ordered.into_iter().enumerate().filter(|(_, ordered)| !ordered).map(|(i, _)| (i, false))
}
