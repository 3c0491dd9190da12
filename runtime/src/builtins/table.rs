//! What a module's built-in ids mean on this host.

use std::collections::BTreeMap;
use std::sync::Arc;

use writ_builtins::Builtin;

use super::custom::{CustomBuiltin, CustomBuiltins};
use crate::error::EvalError;
use crate::meta::Meta;

/// Ids lie below; OPA numbers its built-ins from 0.
const MAX_ID: i32 = 1 << 16;

/// The built-ins of one module, by the module's ids. Ids may have gaps.
#[derive(Default)]
pub(crate) struct BuiltinTable {
    by_id: Vec<Option<Callee>>,
    /// Entrypoints of other modules that the module calls, each once.
    functions: Vec<Function>,
}

/// An entrypoint of another module, as a built-in.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    /// Name of the built-in.
    pub(crate) name: Arc<str>,
    /// Name of the entrypoint.
    pub(crate) entrypoint: Arc<str>,
}

/// A built-in of the host.
#[derive(Clone)]
pub(super) enum Callee {
    Standard(&'static Builtin),
    Custom(Arc<CustomBuiltin>),
    /// An entrypoint of another module: its place among the functions of the table.
    Function(usize, Arc<str>),
}

impl Callee {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Standard(builtin) => builtin.name,
            Self::Custom(builtin) => builtin.name(),
            Self::Function(_, name) => name,
        }
    }

    fn arity(&self) -> usize {
        match self {
            Self::Standard(builtin) => builtin.arity,
            Self::Custom(builtin) => builtin.arity(),
            Self::Function(..) => 1,
        }
    }

    fn is_nondeterministic(&self) -> bool {
        match self {
            Self::Standard(builtin) => builtin.nondeterministic,
            Self::Custom(builtin) => builtin.is_nondeterministic(),
            // The module that has it says so.
            Self::Function(..) => false,
        }
    }
}

impl BuiltinTable {
    /// Finds every built-in that the module wants. `meta` has what the module tells about them.
    pub(crate) fn new(wanted: &BTreeMap<String, i32>, meta: &Meta, custom: &CustomBuiltins) -> Result<Self, EvalError> {
        let mut by_id: Vec<Option<Callee>> = Vec::new();
        let mut functions: Vec<Function> = Vec::new();
        let mut missing = Vec::new();
        for (name, &id) in wanted {
            let callee = match (writ_builtins::lookup(name), meta.functions.get(name), custom.lookup(name)) {
                (Some(builtin), _, _) => Callee::Standard(builtin),
                (None, Some(entrypoint), _) => {
                    let name: Arc<str> = name.as_str().into();
                    functions.push(Function { name: name.clone(), entrypoint: entrypoint.as_str().into() });
                    Callee::Function(functions.len() - 1, name)
                }
                (None, None, Some(builtin)) => Callee::Custom(builtin.clone()),
                (None, None, None) => {
                    missing.push(format!("`{name}`"));
                    continue;
                }
            };
            if let Some(&arity) = meta.arities.get(name).filter(|&&arity| arity != callee.arity()) {
                missing.push(format!("`{name}` with {arity} arguments"));
                continue;
            }
            if !(0..MAX_ID).contains(&id) {
                return Err(EvalError::artifact(format!("its built-in `{name}` has the id {id}")));
            }
            let at = id as usize;
            if by_id.len() <= at {
                by_id.resize(at + 1, None);
            }
            by_id[at] = Some(callee);
        }
        if missing.is_empty() {
            return Ok(Self { by_id, functions });
        }
        Err(EvalError::artifact(format!("it needs built-ins that this host does not have: {}", missing.join(", "))))
    }

    pub(super) fn get(&self, id: i32) -> Option<&Callee> {
        self.by_id.get(usize::try_from(id).ok()?)?.as_ref()
    }

    /// Entrypoints of other modules that the module calls.
    pub(crate) fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// The place among [`Self::functions`] of the built-in, if it is one of them.
    #[inline]
    pub(super) fn function(&self, id: i32) -> Option<usize> {
        match self.get(id)? {
            Callee::Function(place, _) => Some(*place),
            _ => None,
        }
    }

    /// Names, sorted.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.sorted(|_| true)
    }

    /// Names of those whose results may change from decision to decision, sorted.
    pub(crate) fn nondeterministic(&self) -> impl Iterator<Item = &str> {
        self.sorted(Callee::is_nondeterministic)
    }

    fn sorted(&self, wanted: fn(&Callee) -> bool) -> impl Iterator<Item = &str> {
        let mut names: Vec<_> = self.by_id.iter().flatten().filter(|c| wanted(c)).map(Callee::name).collect();
        names.sort_unstable();
        names.into_iter()
    }
}
