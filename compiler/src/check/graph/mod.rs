//! Which rule depends on which: the order in which rules can be checked, and cycles.
//!
//! ```text
//!   rule ──▶ group of rules ──▶ rule            a reference to a document with all its rules
//!   rule ──▶ place in the tree ──▶ group        a reference to all documents below a package
//!   rule ──▶ pattern ──▶ rule                   a reference with variables among its steps, made once per distinct shape
//! ```
//!
//! The vertices between rules keep the graph linear in the size of the policy: thousands of references to one package share its vertex.

mod build;
mod cycles;
mod narrow;
mod origin;

use std::cell::OnceCell;

use writ_value::Value;

use crate::hir::{Body, Branch, Group, GroupId, Head, Program, Rule, Scope, Term, VarId};
use crate::source::Span;

pub(super) use cycles::report_cycles;

/// Position of a vertex.
pub(super) type VertexId = usize;

/// Most edges of a graph. Only references with variables over very many documents can come near.
const MAX_EDGES: usize = 1 << 24;

/// Dependencies between the rules of a program.
#[derive(Debug)]
pub(super) struct Graph {
    /// The rules come first, then the vertices that bundle edges.
    pub rules: Vec<RuleNode>,
    edges: Vec<Vec<Edge>>,
    /// The edges the other way round, made when first needed.
    incoming: OnceCell<Vec<Vec<VertexId>>>,
    /// Vertices of a group's rules, by group.
    members: Vec<Vec<VertexId>>,
    /// References that are not certain to select what they may select, for messages.
    uncertain: Vec<Uncertain>,
    /// There were more than [`MAX_EDGES`].
    pub overflow: bool,
}

/// A rule as far as types and dependencies go: a default, or one branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RuleNode {
    pub group: GroupId,
    pub part: Part,
}

/// Which part of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Default,
    Branch { rule: usize, branch: usize },
}

/// A dependency.
#[derive(Debug, Clone, Copy)]
struct Edge {
    to: VertexId,
    /// The reference behind it, if it has steps that may or may not select the target.
    uncertain: Option<u32>,
}

/// A reference some of whose steps hold values that are not known.
#[derive(Debug)]
struct Uncertain {
    /// The reference as written, to at most the length of the longest rule.
    steps: Vec<String>,
    /// Which of the steps are not known.
    open: Vec<bool>,
    /// Values of the known steps.
    values: Vec<Option<Value>>,
    /// What kind each step is.
    kinds: Vec<StepKind>,
    /// The rule that the reference stands in.
    rule: VertexId,
    /// Position of its literal in the body.
    at: usize,
}

/// What a message says about where a step's value comes from.
#[derive(Debug, Clone, Copy)]
enum StepKind {
    Var(VarId),
    /// A nested reference to a rule.
    RuleValue,
    Other,
}

/// What the parts of a rule node are in the program.
#[derive(Debug, Clone, Copy)]
pub(super) struct NodeView<'p> {
    pub group: &'p Group,
    /// `None` for a default.
    pub rule: Option<&'p Rule>,
    pub branch: Option<&'p Branch>,
    pub scope: &'p Scope,
    pub body: &'p Body,
    pub span: Span,
}

impl<'p> NodeView<'p> {
    pub(super) fn of(program: &'p Program, node: RuleNode) -> Option<NodeView<'p>> {
        let group = program.groups.get(node.group.0 as usize)?;
        match node.part {
            Part::Default => {
                let default = group.default.as_ref()?;
                let (scope, body, span) = (&default.scope, &default.body, default.span);
                Some(NodeView { group, rule: None, branch: None, scope, body, span })
            }
            Part::Branch { rule, branch } => {
                let rule = group.rules.get(rule)?;
                let branch = rule.branches.get(branch)?;
                let (scope, body, span) = (&rule.scope, &branch.body, branch.span);
                Some(NodeView { group, rule: Some(rule), branch: Some(branch), scope, body, span })
            }
        }
    }

    /// Terms of the head that are computed by the rule: keys, then the value or member.
    pub(super) fn head_terms(&self) -> impl Iterator<Item = &'p Term> {
        let value = match (&self.branch.map(|b| &b.head), &self.group.default) {
            (Some(Head::Value(t) | Head::Member(t)), _) => Some(t),
            (None, Some(default)) => Some(&default.value),
            (None, None) => None,
        };
        self.suffix().iter().chain(value)
    }

    pub(super) fn suffix(&self) -> &'p [Term] {
        self.branch.map_or(&[], |b| &b.suffix)
    }

    pub(super) fn params(&self) -> &'p [Term] {
        self.rule.map_or(&[], |r| &r.params)
    }
}

impl Graph {
    /// Rules in an order in which each comes after those it depends on, as far as there are no cycles.
    pub(super) fn order(&self) -> Vec<VertexId> {
        let mut order = Vec::with_capacity(self.rules.len());
        let mut seen = vec![false; self.edges.len()];
        // Vertex and the next of its edges to follow.
        let mut open: Vec<(VertexId, usize)> = Vec::new();
        for start in 0..self.rules.len() {
            if std::mem::replace(&mut seen[start], true) {
                continue;
            }
            open.push((start, 0));
            while let Some((vertex, next)) = open.last_mut() {
                match self.edges[*vertex].get(*next) {
                    Some(edge) => {
                        *next += 1;
                        if !std::mem::replace(&mut seen[edge.to], true) {
                            open.push((edge.to, 0));
                        }
                    }
                    None => {
                        if *vertex < self.rules.len() {
                            order.push(*vertex);
                        }
                        open.pop();
                    }
                }
            }
        }
        order
    }

    /// The rules that are among `starts` or depend on one of them, directly or not.
    pub(super) fn dependents(&self, starts: &[VertexId]) -> Vec<VertexId> {
        let incoming = self.incoming.get_or_init(|| {
            let mut incoming: Vec<Vec<VertexId>> = vec![Vec::new(); self.edges.len()];
            for (from, edges) in self.edges.iter().enumerate() {
                edges.iter().for_each(|e| incoming[e.to].push(from));
            }
            incoming
        });
        let mut seen = vec![false; self.edges.len()];
        let mut open: Vec<VertexId> = starts.to_vec();
        while let Some(vertex) = open.pop() {
            if !std::mem::replace(&mut seen[vertex], true) {
                open.extend(&incoming[vertex]);
            }
        }
        (0..self.rules.len()).filter(|v| seen[*v]).collect()
    }

    /// Vertices of a group's rules.
    pub(super) fn members(&self, group: GroupId) -> &[VertexId] {
        self.members.get(group.0 as usize).map_or(&[], Vec::as_slice)
    }
}
