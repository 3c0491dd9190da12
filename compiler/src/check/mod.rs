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
mod features;
mod functions;
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

pub use functions::{builtin_arity, function_arity, undefined_function};

use self::body::BodyChecker;
use self::env::Env;
use self::graph::{Graph, NodeView};
use self::tree::TypeTree;
use self::unify::Unifier;
use crate::capabilities::Capabilities;
use crate::diag::{Code, Diagnostic};
use crate::hir::{Program, TermKind};
use crate::syntax::ast;
use crate::types::Type;

/// Most errors of one check.
pub const MAX_ERRORS: usize = 1000;

/// What to check besides types.
#[derive(Debug, Clone, Copy, Default)]
pub struct CheckOptions<'a> {
    /// Refuse deprecated built-ins in v0 modules, too.
    pub strict: bool,
    /// Limits the built-ins that exist, and adds some. `None` means all of ours.
    pub capabilities: Option<&'a Capabilities>,
    /// Built-ins that must not be called. `None` means that all may.
    pub unsafe_builtins: Option<&'a BTreeSet<String>>,
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

/// Checks a program that resolved, with the modules that it came from. Errors come in no particular order; none means that it can be planned.
///
/// Runs nothing on a program that is [`Program::incomplete`]. Cost: about linear in the size of the program.
pub fn check(program: &Program, modules: &[ast::Module], options: &CheckOptions<'_>) -> Vec<Diagnostic> {
    let mut found = features::check(modules, options.capabilities);
    if !program.incomplete {
        found.extend(check_program(program, modules, options));
    }
    found
}

fn check_program(program: &Program, modules: &[ast::Module], options: &CheckOptions<'_>) -> Vec<Diagnostic> {
    let graph = Graph::new(program);
    if graph.overflow {
        let message = "references with variables select too many rules";
        return vec![Diagnostic::error_without_place(Code::Limit, message)];
    }
    let shared = Shared {
        program,
        graph,
        capabilities: options.capabilities,
        unifier: Unifier::new(),
        relaxed: RefCell::default(),
        relaxed_nodes: Cell::new(0),
    };
    let mut found = functions::check(&shared);
    if found.is_empty() {
        found = graph::report_cycles(&shared.graph, program);
    }
    if !found.is_empty() {
        return found;
    }
    let tree = rules::check(&shared, &shared.graph.order(), &mut found);
    for query in &program.queries {
        let env = Env::new(&tree, query.scope.vars.len());
        let mut checker = BodyChecker::new(&shared, env, &query.scope);
        checker.is_query = true;
        checker.body(&query.body);
        found.append(&mut checker.found);
    }
    found.extend(builtins::check(program, modules, options));
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
