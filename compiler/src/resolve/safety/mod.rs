//! Safety: every variable is bound before it is used, by putting literals in an order in which it is.

mod order;
mod outputs;
mod unify;
mod vars;

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};
use writ_value::Value;

use self::order::{Orderer, Unsafe};
use super::index::{Index, RuleEntry};
use super::report::{Reports, Stage};
use super::text;
use crate::diag::{Code, Diagnostic};
use crate::hir::walk::{direct_vars, term_vars};
use crate::hir::{Branch, Head, Literal, Query, Rule, Scope, Var, VarId};
use crate::source::{SourceMap, Span};

/// Names that are keywords in some dialect.
const FUTURE_KEYWORDS: [&str; 7] = ["and", "contains", "every", "if", "in", "not", "or"];

/// Appends variables that `literal` binds when those that `known` accepts are bound.
pub(super) fn literal_outputs(literal: &Literal, known: &dyn Fn(VarId) -> bool, out: &mut Vec<VarId>) {
    outputs::of_literal(literal, known, out);
}

/// Orders the bodies of a rule and reports what cannot be bound. `label` names the rule of a branch where its line does not.
pub(super) fn check_rule(rule: &mut Rule, label: &dyn Fn(Span) -> String, reports: &mut Reports) {
    let mut arguments = Vec::new();
    rule.params.iter().for_each(|p| term_vars(p, &mut |v, _| arguments.push(v)));
    for branch in &mut rule.branches {
        check_head(&rule.scope, &arguments, branch, label, reports);
        let mut orderer = Orderer::new(rule.scope.vars.len());
        arguments.iter().for_each(|v| orderer.mark(*v));
        orderer.body(&mut branch.body);
        if !orderer.found.is_empty() {
            report(&rule.scope, &orderer.found, &label(branch.span), reports);
        }
    }
}

/// Orders the body of a query.
pub(super) fn check_query(query: &mut Query, reports: &mut Reports) {
    let mut orderer = Orderer::new(query.scope.vars.len());
    orderer.body(&mut query.body);
    report(&query.scope, &orderer.found, "", reports);
}

/// Variables of a head must occur in the body or among the arguments.
fn check_head(
    scope: &Scope,
    arguments: &[VarId],
    branch: &Branch,
    label: &dyn Fn(Span) -> String,
    reports: &mut Reports,
) {
    let mut unbound: BTreeMap<VarId, Span> = BTreeMap::new();
    let (Head::Value(head) | Head::Member(head)) = &branch.head;
    for term in [head].into_iter().chain(&branch.suffix) {
        term_vars(term, &mut |v, span| {
            unbound.insert(v, span);
        });
    }
    if unbound.is_empty() {
        return;
    }
    arguments.iter().for_each(|v| {
        unbound.remove(v);
    });
    for literal in &branch.body {
        direct_vars(literal, &mut |v, _| {
            unbound.remove(&v);
        });
    }
    for (var, span) in unbound {
        if let Some(name) = scope.vars.get(var.0 as usize).and_then(shown) {
            reports.error(Stage::SafeHeads, unsafe_var(name, &label(branch.span), span));
        }
    }
}

/// The name to print, unless the compiler made the variable.
fn shown(var: &Var) -> Option<&str> {
    (!var.generated || var.name == "_").then_some(&*var.name)
}

fn unsafe_var(name: &str, label: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::UnsafeVar, span, format!("var {name} is unsafe{label}"))
}

/// An unbound name that is a keyword in some dialect is probably a missing import.
fn with_keyword_hint(diagnostic: Diagnostic, name: &str) -> Diagnostic {
    if FUTURE_KEYWORDS.contains(&name) {
        return diagnostic.with_hint(format!("`import future.keywords.{name}` to import a future keyword"));
    }
    diagnostic
}

/// One error per variable, at the first literal that needs it; variables of the compiler are told as unsafe expressions.
fn report(scope: &Scope, found: &[Unsafe], label: &str, reports: &mut Reports) {
    if found.is_empty() {
        return;
    }
    let var = |v: &VarId| scope.vars.get(v.0 as usize);
    let declared: FxHashSet<VarId> = found.iter().flat_map(|u| u.declares.iter().copied()).collect();
    // Parts of one undeclared name are told once, hence the name and first place as the key.
    let mut first: FxHashMap<(&str, Span), (Span, bool)> = FxHashMap::default();
    for at in found {
        for v in &at.vars {
            let Some((var, name)) = var(v).and_then(|var| Some((var, shown(var)?))) else { continue };
            // Each wildcard is a variable of its own.
            let place = first.entry((name, var.span)).or_insert((at.span, declared.contains(v)));
            place.0 = place.0.min(at.span);
        }
    }
    let only_declared = first.values().all(|(_, declared)| *declared);
    let mut errors: Vec<Diagnostic> = first
        .iter()
        .filter(|(_, (_, declared))| only_declared || !declared)
        .map(|((name, _), (span, _))| with_keyword_hint(unsafe_var(name, label, *span), name))
        .collect();
    crate::diag::sort(&mut errors);
    if errors.is_empty() {
        let mut seen = FxHashSet::default();
        let mut places: Vec<&Unsafe> = found.iter().collect();
        places.sort_by_key(|u| u.span);
        for at in places {
            let before = seen.len();
            seen.extend(at.vars.iter().copied());
            if seen.len() > before {
                errors.push(Diagnostic::error(Code::UnsafeVar, at.span, format!("expression is unsafe{label}")));
            }
        }
    }
    errors.into_iter().for_each(|e| reports.error(Stage::SafeBodies, e));
}

/// Rows on which rules of several names stand, so that a place alone does not tell which is meant.
#[derive(Debug)]
pub(super) struct RuleScopes<'s> {
    sources: &'s SourceMap,
    shared: Vec<FxHashSet<usize>>,
}

impl<'s> RuleScopes<'s> {
    /// Looks at all rules.
    pub(super) fn new(index: &Index<'_>, sources: &'s SourceMap) -> Self {
        let mut shared = vec![FxHashSet::default(); index.modules.len()];
        let mut first: FxHashMap<(usize, usize), &[Value]> = FxHashMap::default();
        for entry in &index.rules {
            let rule = entry.rule;
            for span in std::iter::once(rule.span).chain(rule.elses.iter().map(|e| e.span)) {
                let row = row(sources, span);
                let name = *first.entry((entry.module, row)).or_insert(&entry.path);
                if name != entry.path.as_slice()
                    && let Some(rows) = shared.get_mut(entry.module)
                {
                    rows.insert(row);
                }
            }
        }
        RuleScopes { sources, shared }
    }

    /// ` in rule p`, or nothing if the place is enough.
    pub(super) fn label(&self, index: &Index<'_>, entry: &RuleEntry<'_>, span: Span) -> String {
        let row = row(self.sources, span);
        if !self.shared.get(entry.module).is_some_and(|rows| rows.contains(&row)) {
            return String::new();
        }
        let package = index.modules.get(entry.module).map_or(0, |m| m.package.path.len());
        format!(" in rule {}", text::relative_path(entry.path.get(package..).unwrap_or_default()))
    }
}

fn row(sources: &SourceMap, span: Span) -> usize {
    sources.file(span.file).map_or(0, |f| f.line_index(span.start))
}
