//! The environment that enclosing `with` modifiers make: what is replaced while a function runs.

use std::collections::{BTreeMap, BTreeSet};

use writ_value::Value;

use crate::hir::Callee;

/// What stands in for a function.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Mock {
    /// Another function. It runs without any mocks, so that it can call what it replaces.
    Callee(Callee),
    /// The value in this cell, whatever the arguments.
    Cell(u32),
    /// The document at this path below `data`, whatever the arguments. It sees all replacements but this one.
    Document(Vec<Value>),
}

/// Everything that is replaced. Equal environments share their functions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Env {
    /// Paths below `data` where rules no longer count: base data alone answers there.
    pub(super) shadows: BTreeSet<Vec<Value>>,
    /// Functions with their stand-ins.
    pub(super) mocks: BTreeMap<Callee, Mock>,
}

impl Env {
    /// True when rules at exactly this path are replaced. Asked for each prefix on the way down.
    pub(super) fn is_shadowed(&self, path: &[Value]) -> bool {
        !self.shadows.is_empty() && self.shadows.contains(path)
    }

    /// This environment without stand-ins: what a stand-in itself runs in.
    pub(super) fn without_mocks(&self) -> Self {
        Self { shadows: self.shadows.clone(), mocks: BTreeMap::new() }
    }

    /// This environment without the stand-in of one function, so that a document in its place cannot ask for itself.
    pub(super) fn without_mock(&self, callee: &Callee) -> Self {
        let mut env = self.clone();
        env.mocks.remove(callee);
        env
    }
}
