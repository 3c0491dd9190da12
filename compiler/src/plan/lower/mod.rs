//! Lowering: resolved rules become plan functions.
//!
//! ```text
//!   entrypoint ─▶ FuncKey { what, env } ─▶ work list ─▶ one `Lowerer` per function ─▶ Func
//!                        ▲                                   │ asks for the functions that it calls
//!                        └───────────────────────────────────┘
//! ```
//!
//! Only functions that an entrypoint reaches are lowered. A function is made once per *environment*: the set of documents and functions
//! that enclosing `with` modifiers replaced ([`env::Env`]), so that a policy without `with` pays nothing for it.
//!
//! One file per construct: [`groups`] (rules), [`body`] (literals), [`terms`], [`refs`], [`unify`], [`documents`] (the tree under `data`),
//! [`with`], [`query`].

mod body;
mod builder;
mod documents;
mod env;
mod groups;
mod query;
mod refs;
mod terms;
mod unify;
mod with;

use std::collections::HashMap;
use std::rc::Rc;

use writ_value::Value;

use self::builder::Builder;
use self::env::Env;
use super::ir::{ConstId, Entrypoint, EntrypointKind, Func, FuncId, Operand, PathId, Plan};
use crate::hir::{GroupId, Program, Scope, VarId};
use crate::source::Span;

/// Most functions that a plan may have; nested `with` can multiply them.
pub const MAX_FUNCS: usize = 200_000;
/// Most statements that a plan may have.
pub const MAX_STATEMENTS: usize = 20_000_000;

/// Why a program could not be planned.
#[derive(Debug, Clone)]
pub struct LowerError {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Option<Span>,
    /// True when one of the limits of this module was reached, false for a defect of the compiler.
    pub is_limit: bool,
}

/// What the plan shall offer.
#[derive(Debug, Clone)]
pub enum Request {
    /// The document at a path below `data`.
    Document {
        /// The entrypoint's name, parts joined with `/`.
        name: String,
        /// The path.
        path: Vec<Value>,
    },
    /// The query at this position of [`Program::queries`].
    Query(usize),
}

/// Plans `requests` over `program`, which must have passed safety and recursion checks.
///
/// # Errors
/// [`LowerError`] when a limit is reached. Time and space are linear in the reachable program but for nested `with` over functions.
pub fn lower(program: &Program, requests: &[Request]) -> Result<Plan, LowerError> {
    let mut planner = Planner::new(program);
    for request in requests {
        let (name, what, kind) = match request {
            Request::Document { name, path } => (name.clone(), What::Document(path.clone()), EntrypointKind::Document),
            Request::Query(index) => match program.queries.get(*index) {
                Some(query) => (query.name.clone(), What::Query(*index), EntrypointKind::Query),
                None => return Err(LowerError::defect("no such query", None)),
            },
        };
        let func = planner.func(what, &Rc::new(Env::default()))?;
        planner.plan.entrypoints.push(Entrypoint { name, func, kind, effects: Default::default() });
    }
    planner.run()?;
    Ok(planner.plan)
}

impl LowerError {
    fn defect(message: &str, span: Option<Span>) -> Self {
        Self { message: format!("internal: {message}"), span, is_limit: false }
    }

    fn limit(message: &str) -> Self {
        Self { message: message.to_owned(), span: None, is_limit: true }
    }
}

/// One part of a path with its dynamic keys, for functions over the data tree.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Step {
    /// A constant key.
    Const(Value),
    /// A key that is the next parameter of the function.
    Param,
}

/// What a plan function computes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum What {
    /// The document of a group of rules (or the function that they define).
    Group(GroupId),
    /// The document at a static path, whatever stands there.
    Document(Vec<Value>),
    /// The whole object at a node of the tree: base data below it with all virtual documents.
    Extent(Vec<Value>),
    /// The document at `path` and then `steps`; parameters are the dynamic keys.
    Lookup(Vec<Value>, Vec<Step>),
    /// The keys of the document at `path` and then `steps`, as a set; parameters are the dynamic keys.
    Keys(Vec<Value>, Vec<Step>),
    /// A query's rows.
    Query(usize),
}

/// State of one lowering: the plan under construction and what is still to do.
struct Planner<'p> {
    program: &'p Program,
    plan: Plan,
    funcs: HashMap<(What, Rc<Env>), FuncId>,
    todo: Vec<(FuncId, What, Rc<Env>)>,
    constants: HashMap<String, ConstId>,
    input_paths: HashMap<String, PathId>,
    cells: HashMap<crate::hir::Callee, u32>,
    statements: usize,
}

impl<'p> Planner<'p> {
    fn new(program: &'p Program) -> Self {
        Self {
            program,
            plan: Plan::default(),
            funcs: HashMap::new(),
            todo: Vec::new(),
            constants: HashMap::new(),
            input_paths: HashMap::new(),
            cells: HashMap::new(),
            statements: 0,
        }
    }

    /// Lowers functions until none is asked for any more.
    fn run(&mut self) -> Result<(), LowerError> {
        while let Some((id, what, env)) = self.todo.pop() {
            let func = self.lower_func(&what, &env)?;
            match self.plan.funcs.get_mut(id.0 as usize) {
                Some(slot) => *slot = func,
                None => return Err(LowerError::defect("function out of range", None)),
            }
        }
        Ok(())
    }

    /// The function that computes `what` in `env`, made now or before.
    fn func(&mut self, what: What, env: &Rc<Env>) -> Result<FuncId, LowerError> {
        let key = (what, Rc::clone(env));
        if let Some(id) = self.funcs.get(&key) {
            return Ok(*id);
        }
        if self.plan.funcs.len() >= MAX_FUNCS {
            return Err(LowerError::limit("the policy needs too many functions (nested `with` multiplies them)"));
        }
        let id = FuncId(self.plan.funcs.len() as u32);
        self.plan.funcs.push(Func {
            name: String::new(),
            params: 0,
            locals: 0,
            memo: None,
            body: super::ir::Block::default(),
        });
        self.todo.push((id, key.0.clone(), Rc::clone(env)));
        self.funcs.insert(key, id);
        Ok(id)
    }

    fn lower_func(&mut self, what: &What, env: &Rc<Env>) -> Result<Func, LowerError> {
        match what {
            What::Group(id) => groups::lower(self, *id, env),
            What::Document(path) => documents::lower_document(self, path, env),
            What::Extent(path) => documents::lower_extent(self, path, env),
            What::Lookup(path, steps) => documents::lower_lookup(self, path, steps, env),
            What::Keys(path, steps) => documents::lower_keys(self, path, steps, env),
            What::Query(index) => query::lower(self, *index, env),
        }
    }

    /// The constant's number. Constants that print differently (`1` and `1.0`) are different ones.
    fn constant(&mut self, value: &Value) -> ConstId {
        let key = value.to_string();
        if let Some(id) = self.constants.get(&key) {
            return *id;
        }
        let id = ConstId(self.plan.constants.len() as u32);
        self.plan.constants.push(value.clone());
        self.constants.insert(key, id);
        id
    }

    fn input_path(&mut self, path: &[Value]) -> PathId {
        let key = path.iter().cloned().collect::<Value>().to_string();
        if let Some(id) = self.input_paths.get(&key) {
            return *id;
        }
        let id = PathId(self.plan.input_paths.len() as u32);
        self.plan.input_paths.push(path.to_vec());
        self.input_paths.insert(key, id);
        id
    }

    /// The cell that holds the value put in place of a function.
    fn cell(&mut self, callee: &crate::hir::Callee) -> u32 {
        if let Some(cell) = self.cells.get(callee) {
            return *cell;
        }
        let cell = self.plan.cells;
        self.plan.cells += 1;
        self.cells.insert(callee.clone(), cell);
        cell
    }

    fn memo_slot(&mut self) -> u32 {
        let slot = self.plan.memo_slots;
        self.plan.memo_slots += 1;
        slot
    }
}

/// State of one function's lowering.
struct Lowerer<'a, 'p> {
    planner: &'a mut Planner<'p>,
    env: Rc<Env>,
    b: Builder,
    /// By [`VarId`]: where the variable's value is, once something bound it.
    bound: Vec<Option<Operand>>,
    scope: &'a Scope,
}

impl<'a, 'p> Lowerer<'a, 'p> {
    fn new(planner: &'a mut Planner<'p>, env: &Rc<Env>, scope: &'a Scope, params: u32) -> Self {
        Self { planner, env: Rc::clone(env), b: Builder::new(params), bound: vec![None; scope.vars.len()], scope }
    }

    /// Ends the function.
    fn finish(self, name: String, memo: Option<u32>) -> Result<Func, LowerError> {
        let (params, locals, body, statements) =
            self.b.finish().map_err(|message| LowerError::defect(message, None))?;
        self.planner.statements += statements;
        if self.planner.statements > MAX_STATEMENTS {
            return Err(LowerError::limit("the policy's plan is too large"));
        }
        Ok(Func { name, params, locals, memo, body })
    }

    fn constant(&mut self, value: &Value) -> Operand {
        Operand::Const(self.planner.constant(value))
    }

    fn is_bound(&self, var: VarId) -> bool {
        self.bound.get(var.0 as usize).is_some_and(Option::is_some)
    }

    fn bind(&mut self, var: VarId, operand: Operand) {
        if let Some(slot) = self.bound.get_mut(var.0 as usize) {
            *slot = Some(operand);
        }
    }

    fn var(&self, var: VarId, span: Span) -> Result<Operand, LowerError> {
        match self.bound.get(var.0 as usize) {
            Some(Some(operand)) => Ok(*operand),
            _ => {
                let name = self.scope.vars.get(var.0 as usize).map_or("?", |v| v.name.as_str());
                Err(LowerError::defect(&format!("variable `{name}` is used before it is bound"), Some(span)))
            }
        }
    }

    /// Runs `inner` in a scope of its own: what it binds is forgotten, what it opens is closed.
    fn scoped<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, LowerError>) -> Result<T, LowerError> {
        let bound = self.bound.clone();
        let depth = self.b.depth();
        let result = inner(self)?;
        self.b.close_to(depth);
        self.bound = bound;
        Ok(result)
    }
}
