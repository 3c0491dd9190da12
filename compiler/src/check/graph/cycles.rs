//! Rules that depend on themselves: `rego_recursion_error` with the way around.

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};
use writ_value::Value;

use super::{Graph, NodeView, StepKind, Uncertain, VertexId, origin};
use crate::check::text::{self, Printer};
use crate::check::view::{Root, Step, View};
use crate::diag::{Code, Diagnostic};
use crate::hir::{Program, TermKind};

/// Most errors about recursion. A cycle through thousands of rules is one mistake, not thousands.
const MAX_REPORTS: usize = 100;
/// Most conditions that a message spells out.
const MAX_CONDITIONS: usize = 2;

/// One error per rule that lies on a cycle. Cost: linear; the search for the way around is made for reported rules only.
pub(in crate::check) fn report_cycles(graph: &Graph, program: &Program) -> Vec<Diagnostic> {
    let cyclic = graph.cyclic_rules();
    let mut direct = Direct { graph, cyclic: cyclic.iter().copied().collect(), edges: FxHashMap::default() };
    let mut found = Vec::new();
    for rule in cyclic {
        if found.len() >= MAX_REPORTS {
            break;
        }
        found.extend(report(&mut direct, program, rule));
    }
    found
}

fn report(direct: &mut Direct<'_>, program: &Program, rule: VertexId) -> Option<Diagnostic> {
    let node = NodeView::of(program, direct.graph.rules[rule])?;
    let name = rule_name(program, direct.graph, rule);
    let certain = direct.way_around(program, rule, true);
    let (path, verb) = match certain {
        Some(path) => (path, "is"),
        None => (direct.way_around(program, rule, false)?, "may be"),
    };
    let names: Vec<String> = path.iter().map(|(v, _)| rule_name(program, direct.graph, *v)).collect();
    let mut message = format!("rule {name} {verb} recursive: {}", names.join(" -> "));
    if verb == "may be"
        && let Some(cause) = cause(direct.graph, program, &path)
    {
        message += &cause;
    }
    Some(Diagnostic::error(Code::Recursion, node.span, message))
}

/// `data.a.p`, with keys as written: `data.a.p[x]`.
fn rule_name(program: &Program, graph: &Graph, rule: VertexId) -> String {
    let Some(node) = NodeView::of(program, graph.rules[rule]) else { return String::new() };
    let path = node.group.path.iter().map(Step::Const).chain(node.suffix().iter().map(Step::of)).collect();
    let view = View { root: Root::Data, steps: path, span: node.span };
    Printer { scope: node.scope, names: node.body }.reference(&view, view.steps.len())
}

/// Keys of a rule's full path; `None` where they are computed.
fn rule_keys(program: &Program, graph: &Graph, rule: VertexId) -> Vec<Option<Value>> {
    let Some(node) = NodeView::of(program, graph.rules[rule]) else { return Vec::new() };
    let constant = |key: &TermKind| match key {
        TermKind::Const(value) => Some(value.clone()),
        _ => None,
    };
    let suffix = node.suffix().iter().map(|t| constant(&t.kind));
    node.group.path.iter().cloned().map(Some).chain(suffix).collect()
}

impl Uncertain {
    /// Steps that must hold a certain value for the reference to select a rule: position and value. `None` if a known step differs.
    fn conditions(&self, keys: &[Option<Value>]) -> Option<Vec<(usize, Value)>> {
        let mut conditions = Vec::new();
        for (i, (open, key)) in self.open.iter().zip(keys).enumerate() {
            let Some(key) = key else { continue };
            match &self.values[i] {
                Some(value) if value != key => return None,
                _ if *open => conditions.push((i, key.clone())),
                _ => {}
            }
        }
        Some(conditions)
    }

    fn is_certain(&self, keys: &[Option<Value>]) -> bool {
        self.conditions(keys).is_some_and(|c| c.is_empty())
    }
}

/// The text after the way around: which reference may close the cycle, and when.
fn cause(graph: &Graph, program: &Program, path: &[(VertexId, Option<u32>)]) -> Option<String> {
    for (i, (target, uncertain)) in path.iter().enumerate().skip(1) {
        let keys = rule_keys(program, graph, *target);
        let Some(reference) = uncertain.and_then(|u| graph.uncertain.get(u as usize)).filter(|u| !u.is_certain(&keys))
        else {
            continue;
        };
        let mut out = String::from(" (");
        out += &reference_text(reference, keys.len());
        if i > 1 {
            out += &format!(" in {}", rule_name(program, graph, path[i - 1].0));
        }
        let target = rule_name(program, graph, *target);
        let conditions = reference.conditions(&keys).filter(|c| !c.is_empty());
        match conditions.and_then(|c| explained(graph, program, reference, c)) {
            Some(conditions) if conditions.len() <= MAX_CONDITIONS => {
                out += &format!(" refers to {target} if {}", conditions.join(" and "));
            }
            _ => out += &format!(" could refer to {target}"),
        }
        return Some(out + ")");
    }
    None
}

fn reference_text(reference: &Uncertain, n_keys: usize) -> String {
    let mut out = String::from("data");
    for (step, value) in reference.steps.iter().zip(&reference.values).take(n_keys) {
        match value {
            Some(value) => out += text::path(std::slice::from_ref(value)).strip_prefix("data").unwrap_or(""),
            None => out += &format!("[{step}]"),
        }
    }
    out
}

/// One text per term; `None` if a term would need two values at once, or one that it cannot have.
fn explained(
    graph: &Graph,
    program: &Program,
    reference: &Uncertain,
    conditions: Vec<(usize, Value)>,
) -> Option<Vec<String>> {
    let mut seen: Vec<(&str, Value)> = Vec::new();
    let mut texts = Vec::new();
    for (at, value) in conditions {
        let term = reference.steps[at].as_str();
        match seen.iter().find(|(t, _)| *t == term) {
            Some((_, other)) if *other == value => continue,
            Some(_) => return None,
            None => seen.push((term, value.clone())),
        }
        let note = match reference.kinds[at] {
            StepKind::RuleValue => Some("rule values aren't known at compile time".to_owned()),
            StepKind::Other => None,
            StepKind::Var(var) => {
                let node = NodeView::of(program, graph.rules[reference.rule])?;
                let origin = origin::of_variable(&node, reference.at, var);
                if origin.as_ref().is_some_and(|o| !o.may_be(&value)) {
                    return None;
                }
                origin.map(|o| o.note(term, &rule_name(program, graph, reference.rule)))
            }
        };
        texts.push(format!("{term} is {value}{}", note.map_or(String::new(), |note| format!(" ({note})"))));
    }
    Some(texts)
}

/// Edges between rules on cycles, without the vertices in between. Made when needed.
struct Direct<'g> {
    graph: &'g Graph,
    cyclic: FxHashSet<VertexId>,
    edges: FxHashMap<VertexId, Vec<(VertexId, Option<u32>)>>,
}

impl Direct<'_> {
    fn edges(&mut self, rule: VertexId) -> Vec<(VertexId, Option<u32>)> {
        if let Some(known) = self.edges.get(&rule) {
            return known.clone();
        }
        let mut found: Vec<(VertexId, Option<u32>)> = Vec::new();
        // A vertex in between may be reached for certain and otherwise; both count.
        let mut seen: FxHashSet<(VertexId, Option<u32>)> = FxHashSet::default();
        let mut open: Vec<(VertexId, Option<u32>)> =
            self.graph.edges[rule].iter().map(|e| (e.to, e.uncertain)).collect();
        open.reverse();
        while let Some((vertex, uncertain)) = open.pop() {
            if !seen.insert((vertex, uncertain)) {
                continue;
            }
            if vertex < self.graph.rules.len() {
                if self.cyclic.contains(&vertex) {
                    found.push((vertex, uncertain));
                }
            } else {
                open.extend(self.graph.edges[vertex].iter().rev().map(|e| (e.to, uncertain)));
            }
        }
        self.edges.insert(rule, found.clone());
        found
    }

    /// A shortest way from a rule back to itself, each rule with the reference that led to it.
    fn way_around(&mut self, program: &Program, rule: VertexId, certain: bool) -> Option<Vec<(VertexId, Option<u32>)>> {
        let mut from: FxHashMap<VertexId, (VertexId, Option<u32>)> = FxHashMap::default();
        let mut open = VecDeque::from([rule]);
        while let Some(at) = open.pop_front() {
            for (to, uncertain) in self.edges(at) {
                let is_certain = || match uncertain.and_then(|u| self.graph.uncertain.get(u as usize)) {
                    Some(u) => u.is_certain(&rule_keys(program, self.graph, to)),
                    None => true,
                };
                if from.contains_key(&to) || (certain && !is_certain()) {
                    continue;
                }
                from.insert(to, (at, uncertain));
                if to == rule {
                    return Some(trace(&from, rule));
                }
                open.push_back(to);
            }
        }
        None
    }
}

fn trace(from: &FxHashMap<VertexId, (VertexId, Option<u32>)>, rule: VertexId) -> Vec<(VertexId, Option<u32>)> {
    let mut path = Vec::new();
    let mut at = rule;
    while let Some((before, uncertain)) = from.get(&at) {
        path.push((at, *uncertain));
        at = *before;
        if at == rule {
            break;
        }
    }
    path.push((rule, None));
    path.reverse();
    path
}

impl Graph {
    /// Rules that lie on a cycle, in order: Tarjan's strongly connected components, with a stack of its own.
    fn cyclic_rules(&self) -> Vec<VertexId> {
        const NEW: usize = usize::MAX;
        let n = self.edges.len();
        let (mut index, mut low) = (vec![NEW; n], vec![0; n]);
        let mut on_stack = vec![false; n];
        let (mut stack, mut calls) = (Vec::new(), Vec::new());
        let mut next = 0;
        let mut cyclic = Vec::new();
        for start in 0..self.rules.len() {
            if index[start] != NEW {
                continue;
            }
            calls.push((start, 0));
            while let Some((vertex, edge)) = calls.pop() {
                if edge == 0 {
                    (index[vertex], low[vertex]) = (next, next);
                    next += 1;
                    stack.push(vertex);
                    on_stack[vertex] = true;
                }
                if let Some(e) = self.edges[vertex].get(edge) {
                    calls.push((vertex, edge + 1));
                    if index[e.to] == NEW {
                        calls.push((e.to, 0));
                    } else if on_stack[e.to] {
                        low[vertex] = low[vertex].min(index[e.to]);
                    }
                    continue;
                }
                if let Some((parent, _)) = calls.last() {
                    low[*parent] = low[*parent].min(low[vertex]);
                }
                if low[vertex] == index[vertex] {
                    let at = stack.iter().rposition(|v| *v == vertex).unwrap_or(0);
                    let component = stack.split_off(at);
                    component.iter().for_each(|v| on_stack[*v] = false);
                    if component.len() > 1 || self.edges[vertex].iter().any(|e| e.to == vertex) {
                        cyclic.extend(component.into_iter().filter(|v| *v < self.rules.len()));
                    }
                }
            }
        }
        cyclic.sort_unstable();
        cyclic
    }
}
