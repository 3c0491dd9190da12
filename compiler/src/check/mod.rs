//! Checks of resolved rules before they are planned: types, arities, recursion, and built-ins that are not allowed.
//!
//! ```text
//!   hir::Program ─▶ graph (who depends on whom) ─▶ cycles? ─▶ types of rules, dependencies first ─▶ queries ─▶ built-ins
//! ```
//!
//! The checks accept whatever OPA accepts, and report what it reports in its words. Where a type grows too large to follow it widens to `any`.
//! Absent on purpose: anything about names and safety, which resolution reports.

mod body;
mod builtins;
mod call;
mod elide;
mod env;
mod explain;
mod graph;
mod refs;
mod rules;
mod text;
mod tree;
mod unify;
mod view;
mod visit;
mod with;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use writ_value::Value;

pub use call::{builtin_arity, function_arity};

use self::body::BodyChecker;
use self::env::Env;
use self::graph::{Graph, NodeView};
use self::tree::TypeTree;
use self::unify::Unifier;
use crate::capabilities::Capabilities;
use crate::diag::{Code, Diagnostic};
use crate::hir::{Program, TermKind};
use crate::source::FileId;
use crate::types::Type;

/// Most errors of one check.
pub const MAX_ERRORS: usize = 1000;

/// What to check besides types.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Whether a file may not call deprecated built-ins: those in Rego v1, and all in strict mode.
    pub refuses_deprecated: &'a dyn Fn(FileId) -> bool,
    /// Built-ins that must not be called.
    pub unsafe_builtins: &'a BTreeSet<String>,
    /// Limits the built-ins that exist, and adds some.
    pub capabilities: Option<&'a Capabilities>,
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("unsafe_builtins", &self.unsafe_builtins).finish_non_exhaustive()
    }
}

/// What a `with` replaces: a path below `data`, and whether it is a function.
type Target = (Vec<Value>, bool);

/// What all bodies of one check share.
struct Shared<'p> {
    program: &'p Program,
    graph: Graph,
    capabilities: Option<&'p Capabilities>,
    unifier: Unifier,
    /// Rules that may be anything while a document is replaced.
    relaxed: RefCell<BTreeMap<Target, Option<Rc<TypeTree>>>>,
    /// Nodes of those trees so far.
    relaxed_nodes: Cell<usize>,
}

/// Most nodes of trees of relaxed rules. Beyond it, `with` makes all of `data` anything.
const MAX_RELAXED: usize = 1 << 21;

/// Checks a program that resolved without errors. Errors come in no particular order; none means that it can be planned.
///
/// Cost: about linear in the size of the program.
pub fn check(program: &Program, options: &Options<'_>) -> Vec<Diagnostic> {
    let graph = Graph::new(program);
    if graph.overflow {
        let message = "references with variables select too many rules";
        return vec![Diagnostic::error_without_place(Code::Limit, message)];
    }
    let mut found = graph::report_cycles(&graph, program);
    if !found.is_empty() {
        return found;
    }
    let order = graph.order();
    let shared = Shared {
        program,
        graph,
        capabilities: options.capabilities,
        unifier: Unifier::new(),
        relaxed: RefCell::default(),
        relaxed_nodes: Cell::new(0),
    };
    let tree = rules::check(&shared, &order, &mut found);
    for query in &program.queries {
        let env = Env::new(&tree, query.scope.vars.len());
        let mut checker = BodyChecker::new(&shared, env, &query.scope);
        checker.body(&query.body);
        found.append(&mut checker.found);
    }
    found.extend(builtins::check(program, options));
    found
}

impl Shared<'_> {
    /// Type of a built-in that exists under the capabilities in force.
    fn builtin(&self, name: &str) -> Option<Type> {
        match self.capabilities {
            Some(capabilities) => capabilities.builtin(name),
            None => crate::builtins::type_of(name),
        }
    }

    /// The rules at a path and all that depend on them, typed as anything. `None` if there are none.
    fn relaxed(&self, path: &[Value], function: bool) -> Option<Rc<TypeTree>> {
        let key = (path.to_vec(), function);
        if let Some(known) = self.relaxed.borrow().get(&key) {
            return known.clone();
        }
        let tree = if self.relaxed_nodes.get() > MAX_RELAXED {
            let mut all = TypeTree::new();
            all.put(&[], Type::Any);
            Some(Rc::new(all))
        } else {
            self.relax(path, function)
        };
        self.relaxed.borrow_mut().insert(key, tree.clone());
        tree
    }

    fn relax(&self, path: &[Value], function: bool) -> Option<Rc<TypeTree>> {
        let starts = self.graph.rules_at(self.program, path);
        if starts.is_empty() {
            return None;
        }
        let mut tree = TypeTree::new();
        for vertex in self.graph.dependents(&starts) {
            let Some(node) = NodeView::of(self.program, self.graph.rules[vertex]) else { continue };
            let mut at = node.group.path.clone();
            // A replaced function keeps its type, so that what replaces it can be compared.
            if function && at == path {
                continue;
            }
            at.extend(node.suffix().iter().map_while(|t| match &t.kind {
                TermKind::Const(key) => Some(key.clone()),
                _ => None,
            }));
            tree.put(&at, Type::Any);
        }
        self.relaxed_nodes.set(self.relaxed_nodes.get() + tree.len());
        (!tree.is_empty()).then(|| Rc::new(tree))
    }
}
