//! Finds what each rule refers to.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use writ_value::Value;

use super::narrow::{Known, MAX_EXPANSION};
use super::{Edge, Graph, MAX_EDGES, NodeView, Part, RuleNode, StepKind, Uncertain, VertexId};
use crate::check::text::Printer;
use crate::check::view::{Root, Step, View};
use crate::check::visit::{self, Visitor};
use crate::hir::{
    Callee, GroupId, GroupKind, Literal, LiteralKind, Node, Program, Ref, RefBase, Term, TermKind, VarId, WithTarget,
    WithValue,
};

/// Steps of a reference for the search: a constant, or anything.
type Pattern = Vec<Option<Value>>;

impl Graph {
    /// Cost: linear in the program, plus what references with variables in the middle select.
    pub(in crate::check) fn new(program: &Program) -> Graph {
        let mut rules = Vec::new();
        let mut members = Vec::with_capacity(program.groups.len());
        for (g, group) in program.groups.iter().enumerate() {
            let id = GroupId(g as u32);
            let from = rules.len();
            if group.default.is_some() {
                rules.push(RuleNode { group: id, part: Part::Default });
            }
            for (rule, r) in group.rules.iter().enumerate() {
                for branch in 0..r.branches.len() {
                    rules.push(RuleNode { group: id, part: Part::Branch { rule, branch } });
                }
            }
            members.push((from..rules.len()).collect::<Vec<_>>());
        }
        let n = rules.len();
        let edges = vec![Vec::new(); n];
        let graph = Graph { rules, edges, incoming: OnceCell::new(), members, uncertain: Vec::new(), overflow: false };
        let mut builder = Builder {
            program,
            graph,
            n_edges: 0,
            groups: vec![None; program.groups.len()],
            places: BTreeMap::new(),
            patterns: BTreeMap::new(),
        };
        for vertex in 0..n {
            builder.rule(vertex);
        }
        builder.graph
    }

    /// Rules whose documents lie on, above or below a path.
    pub(in crate::check) fn rules_at(&self, program: &Program, path: &[Value]) -> Vec<VertexId> {
        let mut found = Vec::new();
        let mut node = &program.tree;
        for (i, key) in path.iter().enumerate() {
            if let Some(group) = node.group {
                let rest: Pattern = path[i..].iter().cloned().map(Some).collect();
                let fits = |v: &&VertexId| intersects(program, self.rules[**v], &rest);
                found.extend(self.members(group).iter().filter(fits));
                return found;
            }
            match node.children.get(key) {
                Some(child) => node = child,
                None => return found,
            }
        }
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            found.extend(node.group.iter().flat_map(|g| self.members(*g)));
            open.extend(node.children.values());
        }
        found
    }
}

/// True if a rule's keys below its group's path may equal `rest`, as far as both go.
fn intersects(program: &Program, node: RuleNode, rest: &[Option<Value>]) -> bool {
    let suffix = NodeView::of(program, node).map_or(&[][..], |v| v.suffix());
    suffix.iter().zip(rest).all(|(key, step)| match (&key.kind, step) {
        (TermKind::Const(key), Some(step)) => key == step,
        _ => true,
    })
}

struct Builder<'p> {
    program: &'p Program,
    graph: Graph,
    n_edges: usize,
    /// Vertex of a whole group, made when first needed.
    groups: Vec<Option<VertexId>>,
    /// Vertex of everything below a place, by address of its node.
    places: BTreeMap<usize, VertexId>,
    /// Vertex of a reference with variables, by its steps.
    patterns: BTreeMap<Pattern, VertexId>,
}

impl<'p> Builder<'p> {
    fn edge(&mut self, from: VertexId, to: VertexId, uncertain: Option<u32>) {
        self.n_edges += 1;
        if self.n_edges > MAX_EDGES {
            self.graph.overflow = true;
            return;
        }
        self.graph.edges[from].push(Edge { to, uncertain });
    }

    fn vertex(&mut self) -> VertexId {
        self.graph.edges.push(Vec::new());
        self.graph.edges.len() - 1
    }

    fn group(&mut self, id: GroupId) -> Option<VertexId> {
        let slot = *self.groups.get(id.0 as usize)?;
        if slot.is_some() {
            return slot;
        }
        let vertex = self.vertex();
        self.groups[id.0 as usize] = Some(vertex);
        for member in self.graph.members(id).to_vec() {
            self.edge(vertex, member, None);
        }
        Some(vertex)
    }

    /// Everything below a place. Places form a tree no deeper than the longest path, so this walks with a stack of its own.
    fn place(&mut self, node: &'p Node) -> VertexId {
        let address = std::ptr::from_ref(node) as usize;
        if let Some(vertex) = self.places.get(&address) {
            return *vertex;
        }
        let vertex = self.vertex();
        self.places.insert(address, vertex);
        let mut open = vec![(node, vertex)];
        while let Some((node, vertex)) = open.pop() {
            if let Some(group) = node.group.and_then(|g| self.group(g)) {
                self.edge(vertex, group, None);
            }
            for child in node.children.values() {
                let address = std::ptr::from_ref(child) as usize;
                let below = match self.places.get(&address) {
                    Some(known) => *known,
                    None => {
                        let below = self.vertex();
                        self.places.insert(address, below);
                        open.push((child, below));
                        below
                    }
                };
                self.edge(vertex, below, None);
            }
        }
        vertex
    }

    fn rule(&mut self, vertex: VertexId) {
        let Some(node) = NodeView::of(self.program, self.graph.rules[vertex]) else { return };
        let mut scan = Scan {
            builder: self,
            vertex,
            printer: Printer { scope: node.scope, names: node.body },
            known: Known::default(),
            at: 0,
            bound: FxHashSet::default(),
        };
        for term in node.params().iter().chain(node.suffix()) {
            visit::term(term, &mut Bound(&mut scan.bound));
        }
        for (at, literal) in node.body.iter().enumerate() {
            scan.at = at;
            visit::literal(literal, &mut scan);
            scan.known.learn(literal);
            visit::literal(literal, &mut Bound(&mut scan.bound));
        }
        scan.at = node.body.len();
        for term in node.params().iter().chain(node.head_terms()) {
            visit::term(term, &mut scan);
        }
    }

    /// Edges from a rule to all that a reference may select.
    fn select(&mut self, from: VertexId, pattern: &Pattern, uncertain: Option<u32>) {
        if let Some(to) = self.target(pattern) {
            self.edge(from, to, uncertain);
        }
    }

    fn target(&mut self, pattern: &Pattern) -> Option<VertexId> {
        // Constant steps lead to one place.
        let mut node = &self.program.tree;
        for (i, step) in pattern.iter().enumerate() {
            if let Some(group) = node.group {
                return self.below_group(group, pattern, i);
            }
            match step {
                Some(key) => node = node.children.get(key)?,
                None if pattern[i..].iter().all(Option::is_none) && i + 1 == pattern.len() => {
                    return Some(self.place(node));
                }
                None => return self.open(node, pattern, i),
            }
        }
        Some(self.place(node))
    }

    /// The rules of a group that may have what the steps from `at` on select.
    fn below_group(&mut self, id: GroupId, pattern: &Pattern, at: usize) -> Option<VertexId> {
        let all = self.program.groups.get(id.0 as usize).is_none_or(|g| g.kind != GroupKind::Object);
        if all || pattern[at..].iter().all(Option::is_none) {
            return self.group(id);
        }
        if let Some(vertex) = self.patterns.get(pattern) {
            return Some(*vertex);
        }
        let vertex = self.vertex();
        self.patterns.insert(pattern.clone(), vertex);
        for member in self.graph.members(id).to_vec() {
            if intersects(self.program, self.graph.rules[member], &pattern[at..]) {
                self.edge(vertex, member, None);
            }
        }
        Some(vertex)
    }

    /// A step that can be any key at `node`, with more steps after it.
    fn open(&mut self, node: &'p Node, pattern: &Pattern, at: usize) -> Option<VertexId> {
        if let Some(vertex) = self.patterns.get(pattern) {
            return Some(*vertex);
        }
        let vertex = self.vertex();
        self.patterns.insert(pattern.clone(), vertex);
        for key in node.children.keys() {
            let mut closed = pattern.clone();
            closed[at] = Some(key.clone());
            if let Some(to) = self.target(&closed) {
                self.edge(vertex, to, None);
            }
            if self.graph.overflow {
                break;
            }
        }
        Some(vertex)
    }
}

/// Collects the variables of what was seen.
struct Bound<'x>(&'x mut FxHashSet<VarId>);

impl<'p> Visitor<'p> for Bound<'_> {
    fn variable(&mut self, var: VarId) {
        self.0.insert(var);
    }
}

/// Looks for references in one rule.
struct Scan<'x, 'p> {
    builder: &'x mut Builder<'p>,
    vertex: VertexId,
    printer: Printer<'p>,
    known: Known,
    /// Position of the current literal.
    at: usize,
    bound: FxHashSet<VarId>,
}

impl<'p> Visitor<'p> for Scan<'_, 'p> {
    fn literal(&mut self, literal: &'p Literal) -> bool {
        if let LiteralKind::Call { callee, .. } = &literal.kind {
            self.callee(callee);
        }
        for with in &literal.with {
            match &with.target {
                WithTarget::Data(path) => {
                    let pattern = path.iter().cloned().map(Some).collect();
                    self.builder.select(self.vertex, &pattern, None);
                }
                WithTarget::Callee(callee) => self.callee(callee),
                WithTarget::Input(_) => {}
            }
            if let WithValue::Callee(callee) = &with.value {
                self.callee(callee);
            }
        }
        true
    }

    fn reference(&mut self, reference: &'p Ref, term: &'p Term) -> bool {
        if matches!(reference.base, RefBase::Data) {
            self.document(&View::of(reference, term.span), reference);
        }
        true
    }
}

impl<'p> Scan<'_, 'p> {
    fn callee(&mut self, callee: &Callee) {
        if let Callee::Group(id) = callee
            && let Some(group) = self.builder.group(*id)
        {
            self.builder.edge(self.vertex, group, None);
        }
    }

    fn document(&mut self, view: &View<'p>, reference: &'p Ref) {
        let mut patterns: Vec<Pattern> = vec![Vec::with_capacity(view.steps.len())];
        for (step, term) in view.steps.iter().zip(&reference.path) {
            let values = match step {
                Step::Const(value) => Some(vec![(*value).clone()]),
                _ => self.known.term(term).filter(|v| !v.is_empty() && patterns.len() * v.len() <= MAX_EXPANSION),
            };
            match values.as_deref() {
                Some([value]) => patterns.iter_mut().for_each(|p| p.push(Some(value.clone()))),
                Some(values) => {
                    let grow = |p: &Pattern| {
                        values.iter().map(|v| [p.as_slice(), &[Some(v.clone())]].concat()).collect::<Vec<_>>()
                    };
                    patterns = patterns.iter().flat_map(grow).collect();
                }
                None => patterns.iter_mut().for_each(|p| p.push(None)),
            }
        }
        let uncertain =
            self.uncertain(view, patterns.len() > 1 || patterns.iter().flatten().any(Option::is_none), &patterns);
        for pattern in &patterns {
            self.builder.select(self.vertex, pattern, uncertain);
        }
    }

    /// Notes a reference whose steps may or may not hold what a rule needs. A variable that nothing bound, used once, takes every value.
    fn uncertain(&mut self, view: &View<'p>, is_open: bool, patterns: &[Pattern]) -> Option<u32> {
        if !is_open {
            return None;
        }
        let single = match patterns {
            [one] => Some(one),
            _ => None,
        };
        let uses = |v: VarId| view.steps.iter().filter(|s| matches!(s, Step::Var(x) if *x == v)).count();
        let open: Vec<bool> = (view.steps.iter().enumerate())
            .map(|(i, step)| match step {
                Step::Const(_) | Step::Wildcard => false,
                Step::Var(v) if !self.bound.contains(v) && uses(*v) == 1 => false,
                _ => single.is_none_or(|p| p[i].is_none()),
            })
            .collect();
        if !open.contains(&true) {
            return None;
        }
        debug_assert!(matches!(view.root, Root::Data));
        let steps = (view.steps.iter())
            .map(|step| {
                let mut text = String::new();
                self.printer.step(*step, &mut text);
                text
            })
            .collect();
        let values = view.steps.iter().map(|s| s.constant().cloned()).collect();
        let kind = |step: &Step<'_>| match step {
            Step::Var(v) => StepKind::Var(*v),
            Step::Term(Term { kind: TermKind::Ref(Ref { base: RefBase::Data, .. }), .. }) => StepKind::RuleValue,
            _ => StepKind::Other,
        };
        let kinds = view.steps.iter().map(kind).collect();
        let (rule, at) = (self.vertex, self.at);
        self.builder.graph.uncertain.push(Uncertain { steps, open, values, kinds, rule, at });
        Some(self.builder.graph.uncertain.len() as u32 - 1)
    }
}
