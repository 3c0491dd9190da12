//! Names that a rule declares or uses: one scope per body, each name with how it came in and how often it was seen.

use rustc_hash::FxHashMap;

use crate::hir::VarId;
use crate::source::Span;

/// How a name came into a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occurrence {
    /// A parameter.
    Argument,
    /// It was used without a declaration.
    Seen,
    /// `:=`.
    Assigned,
    /// `some`, `every`.
    Declared,
}

/// A name in one scope.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Its variable. `None` for names that are no variable, such as a function that was called.
    pub(super) var: Option<VarId>,
    /// How it came in.
    pub(super) occurrence: Occurrence,
    /// How often it was seen, the declaration included.
    pub(super) count: u32,
    /// The statement that brought it in.
    pub(super) at: Span,
}

/// The names of one body.
#[derive(Debug, Clone, Default)]
pub(super) struct LocalScope<'a> {
    names: FxHashMap<&'a str, Entry>,
    /// Names in the order in which they came, so that messages have an order.
    order: Vec<&'a str>,
}

impl<'a> LocalScope<'a> {
    /// The entries in the order in which the names came in.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a str, &Entry)> {
        self.order.iter().filter_map(|name| self.names.get_key_value(name)).map(|(name, entry)| (*name, entry))
    }

    fn insert(&mut self, name: &'a str, entry: Entry) {
        if self.names.insert(name, entry).is_none() {
            self.order.push(name);
        }
    }
}

/// Scopes from the outermost to the innermost.
#[derive(Debug, Clone, Default)]
pub(super) struct Locals<'a> {
    scopes: Vec<LocalScope<'a>>,
}

impl<'a> Locals<'a> {
    /// One empty scope.
    pub(super) fn new() -> Self {
        Locals { scopes: vec![LocalScope::default()] }
    }

    /// Opens a scope.
    pub(super) fn push(&mut self) {
        self.scopes.push(LocalScope::default());
    }

    /// Closes the innermost scope.
    pub(super) fn pop(&mut self) -> LocalScope<'a> {
        self.scopes.pop().unwrap_or_default()
    }

    /// The innermost scope.
    pub(super) fn innermost(&self) -> Option<&LocalScope<'a>> {
        self.scopes.last()
    }

    /// The variable that `name` stands for, counted as seen.
    pub(super) fn see(&mut self, name: &str) -> Option<VarId> {
        let entry = self.scopes.iter_mut().rev().find_map(|s| s.names.get_mut(name))?;
        entry.count += 1;
        entry.var
    }

    /// The entry of `name` in the innermost scope that has it.
    pub(super) fn find(&self, name: &str) -> Option<&Entry> {
        self.scopes.iter().rev().find_map(|s| s.names.get(name))
    }

    /// Notes that `name` was used here, with its variable if it is one.
    pub(super) fn insert_seen(&mut self, name: &'a str, var: Option<VarId>, at: Span) {
        self.insert(name, Entry { var, occurrence: Occurrence::Seen, count: 1, at });
    }

    /// Declares `name` in the innermost scope; `var` is made if that is allowed.
    ///
    /// # Errors
    /// What is wrong, if the scope has the name already.
    pub(super) fn declare(
        &mut self,
        name: &'a str,
        occurrence: Occurrence,
        at: Span,
        var: impl FnOnce() -> VarId,
    ) -> Result<VarId, Redeclared> {
        let before = self.scopes.last().and_then(|s| s.names.get(name));
        match before.map(|entry| entry.occurrence) {
            Some(Occurrence::Seen) => Err(Redeclared("referenced above")),
            Some(Occurrence::Assigned) => Err(Redeclared("assigned above")),
            Some(Occurrence::Declared) => Err(Redeclared("declared above")),
            Some(Occurrence::Argument) => Err(Redeclared("redeclared")),
            None => {
                let var = var();
                self.insert(name, Entry { var: Some(var), occurrence, count: 1, at });
                Ok(var)
            }
        }
    }

    fn insert(&mut self, name: &'a str, entry: Entry) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name, entry);
        }
    }
}

/// Why a name cannot be declared.
#[derive(Debug)]
pub(super) struct Redeclared(&'static str);

impl Redeclared {
    /// The message for `name`.
    pub(super) fn message(&self, name: &str) -> String {
        let what = if self.0 == "redeclared" { "arg" } else { "var" };
        format!("{what} {name} {}", self.0)
    }
}
