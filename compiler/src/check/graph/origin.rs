//! Where a variable gets its value, for messages about recursion that may or may not happen.

use std::collections::BTreeMap;

use writ_value::Value;

use super::NodeView;
use crate::builtins;
use crate::check::text::Printer;
use crate::check::view::{Root, Step, View};
use crate::hir::{Callee, Literal, LiteralKind, Term, TermKind, VarId};
use crate::types::Type;

/// Most members of a collection that a message lists.
const MAX_MEMBERS: usize = 5;

/// Where a variable gets its value.
#[derive(Debug)]
pub(super) enum Origin<'p> {
    /// From a reference into `input`, as text.
    Input(String),
    /// From a rule, as text.
    Rule(String),
    /// From a constant collection.
    Collection(&'p Value),
    /// From a built-in.
    Builtin(&'p str),
    /// It is a key of the rule's head.
    HeadKey,
    /// It is a parameter of the function.
    HeadArgument,
}

impl Origin<'_> {
    /// What a message adds about `term`, which has this origin in `rule`.
    pub(super) fn note(&self, term: &str, rule: &str) -> String {
        match self {
            Origin::Input(reference) => format!("{term} comes from {reference}"),
            Origin::Rule(reference) => {
                format!("{term} comes from rule {reference}, whose value isn't known at compile time")
            }
            Origin::Collection(values) => match members(values).len() {
                n if n > MAX_MEMBERS => format!("{term} is one of {n} values"),
                _ => format!("{term} is one of {values}"),
            },
            Origin::Builtin(name) => format!("{term} is computed by {name}"),
            Origin::HeadKey => format!("{term} is a key of {rule}"),
            Origin::HeadArgument => format!("{term} is an argument of {rule}"),
        }
    }

    /// False if the variable cannot hold `value`, so that naming the value as a condition would mislead.
    pub(super) fn may_be(&self, value: &Value) -> bool {
        match self {
            Origin::Collection(values) => members(values).contains(&value),
            Origin::Builtin(name) => match (builtins::lookup(name), value) {
                (None, _) | (_, Value::Array(_) | Value::Object(_) | Value::Set(_)) => true,
                (Some(b), scalar) => b.is_void() || b.function().result.ty.contains(&Type::of_value(scalar)),
            },
            _ => true,
        }
    }
}

fn members(collection: &Value) -> Vec<&Value> {
    match collection {
        Value::Array(a) => a.iter().collect(),
        Value::Set(s) => s.iter().collect(),
        Value::Object(o) => o.values().collect(),
        _ => Vec::new(),
    }
}

/// The origin of a variable that stands in literal `at` of a rule's body, as the literals before it and the head tell.
pub(super) fn of_variable<'p>(node: &NodeView<'p>, at: usize, var: VarId) -> Option<Origin<'p>> {
    let before = node.body.iter().take(at).filter(|l| l.with.is_empty());
    let mut bindings = Bindings::default();
    before.for_each(|literal| bindings.learn(literal));
    bindings.origin(node, var)
}

/// What a variable is first said to be.
#[derive(Debug, Clone, Copy)]
enum Binding<'p> {
    Term(&'p Term),
    /// An element of a collection.
    Element(&'p Term),
}

#[derive(Debug, Default)]
struct Bindings<'p> {
    terms: BTreeMap<VarId, Binding<'p>>,
    outputs: BTreeMap<VarId, &'p str>,
}

impl<'p> Bindings<'p> {
    fn learn(&mut self, literal: &'p Literal) {
        match &literal.kind {
            LiteralKind::Unify(a, b) => {
                self.bind(a, Binding::Term(b));
                self.bind(b, Binding::Term(a));
            }
            LiteralKind::Iterate { value, domain, .. } => self.bind(value, Binding::Element(domain)),
            LiteralKind::Call { callee: Callee::Builtin(name), out: Some(out), .. } => {
                if let TermKind::Var(v) = out.kind {
                    self.outputs.insert(v, name);
                }
            }
            _ => {}
        }
    }

    fn bind(&mut self, var: &Term, to: Binding<'p>) {
        if let TermKind::Var(v) = var.kind {
            self.terms.entry(v).or_insert(to);
        }
    }

    fn origin(&self, node: &NodeView<'p>, mut var: VarId) -> Option<Origin<'p>> {
        // A chain of bindings is at most as long as there are bindings; a longer one goes in a circle.
        for _ in 0..=self.terms.len() {
            if let Some(name) = self.outputs.get(&var) {
                return Some(Origin::Builtin(name));
            }
            match self.terms.get(&var) {
                Some(Binding::Term(Term { kind: TermKind::Var(next), .. })) => {
                    var = *next;
                    continue;
                }
                Some(Binding::Term(t @ Term { kind: TermKind::Ref(r), .. })) => {
                    let view = View::of(r, t.span);
                    if let Some(origin) = self.reference(node, &view) {
                        return Some(origin);
                    }
                }
                Some(Binding::Element(domain)) => {
                    if let Some(origin) = self.reference(node, &View::element(domain, None)) {
                        return Some(origin);
                    }
                }
                Some(Binding::Term(_)) | None => {}
            }
            return head(node, var);
        }
        None
    }

    fn reference(&self, node: &NodeView<'p>, view: &View<'p>) -> Option<Origin<'p>> {
        // Values come from there, whatever index the body reads them by.
        let constant = view.steps.iter().take_while(|s| s.constant().is_some()).count();
        let text = || Printer { scope: node.scope, names: node.body }.reference(view, constant);
        match (view.root, view.steps.as_slice()) {
            (Root::Input, _) => Some(Origin::Input(text())),
            (Root::Data, _) => Some(Origin::Rule(text())),
            (_, [Step::Const(_)]) => None,
            (Root::Term(t), [_]) => self.collection(t),
            (Root::Var(v), [_]) => match self.terms.get(&v) {
                Some(Binding::Term(t)) => self.collection(t),
                _ => None,
            },
            _ => None,
        }
    }

    fn collection(&self, mut term: &'p Term) -> Option<Origin<'p>> {
        for _ in 0..=self.terms.len() {
            match &term.kind {
                TermKind::Const(value @ (Value::Array(_) | Value::Object(_) | Value::Set(_))) => {
                    return Some(Origin::Collection(value));
                }
                TermKind::Var(v) => match self.terms.get(v) {
                    Some(Binding::Term(next)) => term = next,
                    _ => return None,
                },
                _ => return None,
            }
        }
        None
    }
}

fn head<'p>(node: &NodeView<'_>, var: VarId) -> Option<Origin<'p>> {
    let is_var = |t: &Term| matches!(t.kind, TermKind::Var(v) if v == var);
    if node.params().iter().any(is_var) {
        return Some(Origin::HeadArgument);
    }
    let member = match node.branch.map(|b| &b.head) {
        Some(crate::hir::Head::Member(member)) => Some(member),
        _ => None,
    };
    node.suffix().iter().chain(member).any(is_var).then_some(Origin::HeadKey)
}
