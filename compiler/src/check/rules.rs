//! Types of rules from their bodies, in the order of their dependencies.

use super::Shared;
use super::body::BodyChecker;
use super::env::Env;
use super::graph::{NodeView, VertexId};
use super::tree::TypeTree;
use crate::diag::Diagnostic;
use crate::hir::{GroupKind, Head, Term, TermKind, VarId};
use crate::types::{Function, Type};
use std::sync::Arc;
use writ_value::Value;

/// Checks all rules. Returns the types of all documents.
pub(super) fn check(shared: &Shared<'_>, order: &[VertexId], found: &mut Vec<Diagnostic>) -> TypeTree {
    let mut tree = TypeTree::new();
    for vertex in order {
        if found.len() >= super::MAX_ERRORS {
            break;
        }
        let Some(node) = NodeView::of(shared.program, shared.graph.rules[*vertex]) else { continue };
        let env = Env::new(&tree, node.scope.vars.len());
        let mut checker = BodyChecker::new(shared, env, node.scope);
        checker.body(node.body);
        node.params().iter().chain(node.head_terms()).for_each(|t| checker.head(t));
        let errors = std::mem::take(&mut checker.found);
        let (path, dynamic) = split(&node);
        if errors.is_empty() {
            let ty = head_type(&mut checker.env, &node, dynamic);
            drop(checker);
            if !ty.is_unknown() {
                tree.insert(&path, ty);
            }
        } else {
            drop(checker);
            // Whatever refers to a wrong rule is not wrong for that.
            tree.put(&path, Type::Any);
        }
        found.extend(errors);
    }
    tree
}

/// The constant part of a rule's path, and its keys from the first that is computed.
fn split<'p>(node: &NodeView<'p>) -> (Vec<Value>, &'p [Term]) {
    let mut path = node.group.path.clone();
    let suffix = node.suffix();
    let n = suffix.iter().take_while(|t| matches!(t.kind, TermKind::Const(_))).count();
    path.extend(suffix[..n].iter().filter_map(|t| match &t.kind {
        TermKind::Const(value) => Some(value.clone()),
        _ => None,
    }));
    (path, &suffix[n..])
}

fn head_type(env: &mut Env<'_>, node: &NodeView<'_>, keys: &[Term]) -> Type {
    if let GroupKind::Function { arity } = node.group.kind {
        return function_type(env, node, arity);
    }
    let value = match (node.branch.map(|b| &b.head), &node.group.default) {
        (Some(Head::Value(term)), _) => env.term(term),
        (Some(Head::Member(term)), _) => match env.term(term) {
            Type::Unknown => Type::Unknown,
            member => Type::set(member),
        },
        (None, Some(default)) => env.term(&default.value),
        (None, None) => Type::Unknown,
    };
    keys.iter().rev().fold(value, |value, key| {
        let key = env.term(key);
        if value.is_unknown() || key.is_unknown() { Type::Unknown } else { Type::object_of(key, value) }
    })
}

fn function_type(env: &mut Env<'_>, node: &NodeView<'_>, arity: usize) -> Type {
    let params = match node.rule {
        Some(rule) => {
            // Parameters that the body says nothing about take anything.
            let mut vars = Vec::new();
            rule.params.iter().for_each(|t| variables(t, &mut vars));
            for v in vars {
                if env.var(v).is_unknown() {
                    env.set_var(v, Type::Any);
                }
            }
            rule.params.iter().map(|t| env.term(t)).collect()
        }
        None => vec![Type::Any; arity],
    };
    let result = match (node.branch.map(|b| &b.head), &node.group.default) {
        (Some(Head::Value(term) | Head::Member(term)), _) => env.term(term),
        (None, Some(default)) => env.term(&default.value),
        (None, None) => Type::Any,
    };
    Type::Function(Arc::new(Function::new(params, if result.is_unknown() { Type::Any } else { result })))
}

fn variables(term: &Term, vars: &mut Vec<VarId>) {
    match &term.kind {
        TermKind::Var(v) => vars.push(*v),
        TermKind::Array(items) | TermKind::Set(items) => items.iter().for_each(|t| variables(t, vars)),
        TermKind::Object(entries) => entries.iter().for_each(|(k, v)| {
            variables(k, vars);
            variables(v, vars);
        }),
        _ => {}
    }
}
