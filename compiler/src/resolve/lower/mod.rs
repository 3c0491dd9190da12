//! Syntax trees to resolved literals: names, scopes, and calls taken out of terms.
//!
//! ```text
//!   ok if x := f(g(input.a)); not x == count(ys)
//!     g(input.a, t0); f(t0, x); count(ys, t1); not equal(x, t1)
//! ```
//!
//! A term is lowered into a term without calls; the calls it needs become literals in front of the one it stands in.

mod body;
mod call;
mod capture;
mod closure;
pub(super) mod globals;
mod head;
mod locals;
mod names;
mod negation;
mod query;
mod reference;
mod some_every;
mod term;
mod with;

use rustc_hash::{FxHashMap, FxHashSet};
use writ_value::Value;

pub(super) use self::globals::Globals;
pub(super) use self::head::LoweredRule;
use self::locals::{Locals, Occurrence};
pub(super) use self::query::LoweredQuery;
use super::annotations::Metadata;
use super::index::Index;
use super::report::{Reports, Stage};
use crate::builtins::Vocabulary;
use crate::diag::{Code, Diagnostic};
use crate::hir::{Literal, LiteralKind, Origin, Scope, Term, TermKind, Var, VarId};
use crate::source::{SourceMap, Span};
use crate::syntax::ast;

/// What stays the same for all rules.
#[derive(Debug)]
pub(super) struct Context<'a> {
    /// All rules.
    pub(super) index: Index<'a>,
    /// The texts.
    pub(super) sources: &'a SourceMap,
    /// The built-ins.
    pub(super) vocabulary: &'a Vocabulary,
    /// As in [`ResolveOptions`](super::ResolveOptions).
    pub(super) strict: bool,
    /// As in [`ResolveOptions`](super::ResolveOptions).
    pub(super) prints: bool,
}

/// A variable that holds one argument of a template string or of `print`, the only variable of a comprehension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Capture {
    /// Part of a template string.
    Template,
    /// Argument of `print`.
    Print,
}

/// Lowers one rule or query. Lives as long as its [`Scope`].
#[derive(Debug)]
pub(super) struct Lowerer<'a, 'c> {
    cx: &'c Context<'a>,
    globals: &'c Globals<'a>,
    reports: &'c mut Reports,
    /// Variables made so far.
    pub(super) scope: Scope,
    /// Captures by their variable.
    pub(super) captures: FxHashMap<VarId, Capture>,
    /// Names that are declared somewhere in an enclosing body and so mean no rule or import.
    ignore: Vec<FxHashSet<&'a str>>,
    locals: Locals<'a>,
    /// Variables that were not declared, by name. One per name and branch, later split by [`super::split`].
    raw: FxHashMap<&'a str, VarId>,
    /// What `rego.metadata.*` stands for. `None` in queries.
    metadata: Option<&'c Metadata>,
    /// Errors in declarations were found in this branch, so that nothing is said about unused ones.
    declaration_errors: bool,
    /// Something unused was reported in this branch.
    unused_reported: bool,
    /// A bad `with` was reported in this branch.
    with_reported: bool,
    /// What is lowered now is thrown away.
    discarding: bool,
    /// A query: OPA's strict mode is not for it, and each stage has to be without errors before the next looks at it.
    is_query: bool,
}

impl<'a, 'c> Lowerer<'a, 'c> {
    /// Starts a rule or query.
    pub(super) fn new(cx: &'c Context<'a>, globals: &'c Globals<'a>, reports: &'c mut Reports) -> Self {
        Lowerer {
            cx,
            globals,
            reports,
            scope: Scope::default(),
            captures: FxHashMap::default(),
            ignore: Vec::new(),
            locals: Locals::new(),
            raw: FxHashMap::default(),
            metadata: None,
            declaration_errors: false,
            unused_reported: false,
            with_reported: false,
            discarding: false,
            is_query: false,
        }
    }

    /// Variables that were used without a declaration, which [`super::split`] gives their scopes.
    pub(super) fn take_raw(&mut self) -> Vec<VarId> {
        let mut raw: Vec<VarId> = self.raw.drain().map(|(_, var)| var).collect();
        raw.sort_unstable();
        raw
    }

    fn new_var(&mut self, name: String, generated: bool, span: Span) -> VarId {
        let id = VarId(self.scope.vars.len() as u32);
        self.scope.vars.push(Var { name, generated, span });
        id
    }

    /// A variable that nobody wrote.
    pub(super) fn temporary(&mut self, span: Span) -> VarId {
        let name = format!("__local{}__", self.scope.vars.len());
        self.new_var(name, true, span)
    }

    /// A variable that an author wrote.
    fn written_var(&mut self, var: &ast::Var) -> VarId {
        let name = if var.wildcard { "_" } else { &*var.name };
        self.new_var(name.to_owned(), var.wildcard || name.starts_with("__local"), var.span)
    }

    fn raw_var(&mut self, var: &'a ast::Var) -> VarId {
        if let Some(id) = self.raw.get(&*var.name) {
            return *id;
        }
        let id = self.written_var(var);
        self.raw.insert(&var.name, id);
        id
    }

    /// The variable that a name stands for here, which is not that of a rule or import.
    fn local(&mut self, var: &'a ast::Var) -> VarId {
        if let Some(id) = self.locals.see(&var.name) {
            return id;
        }
        let id = self.raw_var(var);
        if self.locals.find(&var.name).is_none() {
            self.locals.insert_seen(&var.name, Some(id), var.span);
        }
        id
    }

    /// The rule or import that a name stands for here.
    fn global(&self, name: &str) -> Option<&'c globals::Global> {
        let global = self.globals.get(name)?;
        if self.ignore.iter().any(|names| names.contains(name)) {
            return None;
        }
        global.used.set(true);
        Some(global)
    }

    /// Declares a variable in the innermost scope. `at` is the statement, `error_at` the place of an error.
    fn declare(&mut self, var: &'a ast::Var, occurrence: Occurrence, at: Span, error_at: Span) -> Option<VarId> {
        let next = VarId(self.scope.vars.len() as u32);
        match self.locals.declare(&var.name, occurrence, at, || next) {
            Ok(_) => Some(self.written_var(var)),
            Err(redeclared) => {
                let name = if var.wildcard { "_" } else { &*var.name };
                self.declaration_error(error_at, redeclared.message(name));
                None
            }
        }
    }

    fn declaration_error(&mut self, span: Span, message: impl Into<String>) {
        self.declaration_errors = true;
        self.error(Stage::Locals, Code::Compile, span, message);
    }

    fn error(&mut self, stage: Stage, code: Code, span: Span, message: impl Into<String>) {
        // Calls of `print` are erased before later stages see them.
        if !self.discarding || stage <= Stage::VoidCalls {
            self.reports.error(stage, Diagnostic::error(code, span, message));
        }
    }
}

/// A literal that stands in the source.
pub(super) fn written(kind: LiteralKind, span: Span) -> Literal {
    Literal { kind, with: Vec::new(), span, origin: Origin::default() }
}

/// A literal made by the compiler.
pub(super) fn generated(kind: LiteralKind, span: Span) -> Literal {
    Literal { origin: Origin { generated: true, ..Origin::default() }, ..written(kind, span) }
}

/// A constant.
pub(super) fn constant_term(value: Value, span: Span) -> Term {
    Term { kind: TermKind::Const(value), span }
}

/// A variable.
pub(super) fn var_term(var: VarId, span: Span) -> Term {
    Term { kind: TermKind::Var(var), span }
}
