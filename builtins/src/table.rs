//! The table of all built-ins, put together from the pieces that the namespaces keep.

use std::collections::HashMap;
use std::sync::OnceLock;

use writ_value::Value;

use crate::{Answer, BuiltinError, Context};

/// One built-in.
#[derive(Debug)]
pub struct Builtin {
    /// Its name in Rego.
    pub name: &'static str,
    /// How many arguments it takes.
    pub arity: usize,
    /// The function. Use [`Builtin::call`], which checks the arity and names errors.
    pub run: fn(&mut Context, &[Value]) -> Answer,
    /// The answer may change between decisions (never within one).
    pub nondeterministic: bool,
}

impl Builtin {
    pub(crate) const fn new(name: &'static str, arity: usize, run: fn(&mut Context, &[Value]) -> Answer) -> Self {
        Builtin { name, arity, run, nondeterministic: false }
    }

    pub(crate) const fn nondeterministic(
        name: &'static str,
        arity: usize,
        run: fn(&mut Context, &[Value]) -> Answer,
    ) -> Self {
        Builtin { name, arity, run, nondeterministic: true }
    }

    /// Calls it.
    ///
    /// # Errors
    /// [`BuiltinError`] whose message begins with the name, as in OPA.
    pub fn call(&self, context: &mut Context, args: &[Value]) -> Answer {
        if args.len() != self.arity {
            let text = format!("{} takes {} arguments but got {}", self.name, self.arity, args.len());
            return Err(BuiltinError::halt(text));
        }
        (self.run)(context, args).map_err(|e| e.named(self.name))
    }
}

/// The pieces, one per namespace.
const PIECES: &[&[&[Builtin]]] = &[
    &[
        crate::aws::BUILTINS,
        crate::http::BUILTINS,
        crate::opa::BUILTINS,
        crate::output::BUILTINS,
        crate::regex::BUILTINS,
        crate::glob::BUILTINS,
        crate::graphql::BUILTINS,
        crate::semver::BUILTINS,
        crate::template::BUILTINS,
        crate::time::BUILTINS,
        crate::uuid::BUILTINS,
        crate::native::BUILTINS,
        crate::yaml::BUILTINS,
        crate::jwt::BUILTINS,
        crate::x509::BUILTINS,
        crate::schema::BUILTINS,
    ],
    crate::crypto::BUILTINS,
    crate::url::BUILTINS,
    crate::json::BUILTINS,
    crate::network::BUILTINS,
];

/// All built-ins of the host, namespace by namespace.
pub fn all() -> impl Iterator<Item = &'static Builtin> {
    PIECES.iter().copied().flatten().copied().flatten()
}

/// The built-in of that name.
#[must_use]
pub fn lookup(name: &str) -> Option<&'static Builtin> {
    static INDEX: OnceLock<HashMap<&'static str, &'static Builtin>> = OnceLock::new();
    INDEX.get_or_init(|| all().map(|b| (b.name, b)).collect()).get(name).copied()
}
