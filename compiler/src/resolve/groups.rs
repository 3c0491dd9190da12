//! Rules put together by the document that they define.

use writ_value::Value;

use super::index::{Index, Place};
use crate::hir::{Default_, Group, GroupKind, Head, Node, Program, Rule, Term, TermKind};

/// Builds groups and the tree of documents. `lowered` are the rules of `index` in its order.
pub(super) fn build(index: &Index<'_>, lowered: Vec<Rule>) -> Program {
    let mut lowered: Vec<Option<Rule>> = lowered.into_iter().map(Some).collect();
    let mut groups: Vec<Option<Group>> = Vec::new();
    groups.resize_with(index.groups as usize, || None);
    let tree = node(index, &index.root, &mut Vec::new(), &mut lowered, &mut groups);
    let groups = groups.into_iter().map(|g| g.unwrap_or_else(empty)).collect();
    Program { groups, tree, ..Program::default() }
}

/// Stands for the number of a place that another group took over.
fn empty() -> Group {
    Group { path: Vec::new(), kind: GroupKind::Object, rules: Vec::new(), default: None }
}

/// Recurses as deep as the longest path of a rule, which is limited.
fn node(
    index: &Index<'_>,
    place: &Place,
    path: &mut Vec<Value>,
    lowered: &mut [Option<Rule>],
    groups: &mut [Option<Group>],
) -> Node {
    let mut result = Node { is_package: !place.modules.is_empty(), ..Node::default() };
    if let Some(group) = place.group {
        result.group = Some(group);
        if let Some(slot) = groups.get_mut(group.0 as usize) {
            *slot = Some(collect(index, place, path, lowered));
        }
        return result;
    }
    for (key, child) in &place.children {
        path.push(key.clone());
        result.children.insert(key.clone(), node(index, child, path, lowered, groups));
        path.pop();
    }
    result
}

fn collect(index: &Index<'_>, place: &Place, path: &[Value], lowered: &mut [Option<Rule>]) -> Group {
    let dynamic = place.is_dynamic(&index.rules);
    let mut numbers = place.rules.clone();
    if dynamic {
        numbers.clear();
        place.each_rule(&mut |r| numbers.push(r));
        numbers.sort_unstable();
    }
    let mut group = Group { path: path.to_vec(), kind: GroupKind::Object, rules: Vec::new(), default: None };
    for number in numbers {
        let (Some(entry), Some(mut rule)) = (index.rules.get(number), lowered.get_mut(number).and_then(Option::take))
        else {
            continue;
        };
        group.kind = match () {
            () if dynamic => GroupKind::Object,
            () if entry.is_set() => GroupKind::Set,
            () if entry.arity() > 0 => GroupKind::Function { arity: entry.arity() },
            () => GroupKind::Complete,
        };
        if entry.rule.default {
            // As in OPA, a default below an object with variable keys has no effect.
            if !dynamic {
                group.default = default(rule);
            }
            continue;
        }
        if dynamic {
            let below = entry.path.get(path.len()..).unwrap_or_default();
            for branch in &mut rule.branches {
                let span = branch.span;
                let constants = below.iter().map(|v| Term { kind: TermKind::Const(v.clone()), span });
                branch.suffix.splice(0..0, constants);
            }
        }
        group.rules.push(rule);
    }
    group
}

fn default(rule: Rule) -> Option<Default_> {
    let branch = rule.branches.into_iter().next()?;
    let (Head::Value(value) | Head::Member(value)) = branch.head;
    Some(Default_ { value, body: branch.body, scope: rule.scope, span: rule.span })
}
