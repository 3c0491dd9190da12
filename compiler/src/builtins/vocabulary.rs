//! The built-ins that one compilation knows by name: those of the table, and those that capabilities add.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Function, Varies};

/// Knows more than what a policy may call: whether capabilities allow a built-in is for the checks to say.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    /// Built-ins of the host application.
    custom: Arc<BTreeMap<String, Custom>>,
}

/// A built-in of the host application, or an entrypoint of another module.
#[derive(Debug, Clone)]
pub(crate) struct Custom {
    pub(crate) function: Arc<Function>,
    pub(crate) relation: bool,
    pub(crate) nondeterministic: bool,
    pub(crate) entrypoint: Option<Arc<str>>,
}

/// A built-in that is known.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Full name.
    pub name: &'a str,
    /// Its type.
    pub function: &'a Function,
    /// Yields any number of results, one at a time.
    pub relation: bool,
    /// What its results depend on besides its arguments.
    pub varies: Varies,
    /// The entrypoint of another module that it is.
    pub entrypoint: Option<&'a str>,
}

impl Known<'_> {
    /// Number of arguments.
    pub fn arity(&self) -> usize {
        self.function.arity()
    }

    /// True if it has no result.
    pub fn is_void(&self) -> bool {
        self.function.is_void()
    }
}

impl Vocabulary {
    pub(crate) fn new(custom: BTreeMap<String, Custom>) -> Self {
        Self { custom: Arc::new(custom) }
    }

    /// The built-in of this name.
    pub fn lookup(&self, name: &str) -> Option<Known<'_>> {
        if let Some(b) = super::lookup(name) {
            let (function, entrypoint) = (b.function(), None);
            return Some(Known { name: b.name, function, relation: b.relation, varies: b.varies, entrypoint });
        }
        let (name, custom) = self.custom.get_key_value(name)?;
        let varies = if custom.nondeterministic { Varies::World } else { Varies::Never };
        let entrypoint = custom.entrypoint.as_deref();
        Some(Known { name, function: &custom.function, relation: custom.relation, varies, entrypoint })
    }

    /// Built-ins that are entrypoints of other modules: names to entrypoints.
    pub(crate) fn entrypoints(&self) -> BTreeMap<String, String> {
        let of = |(name, custom): (&String, &Custom)| Some((name.clone(), custom.entrypoint.as_deref()?.to_owned()));
        self.custom.iter().filter_map(of).collect()
    }
}
