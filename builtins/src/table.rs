//! The table of all built-ins, put together from the pieces that the namespaces keep.

use std::collections::HashMap;
use std::sync::OnceLock;

use writ_value::Value;

use crate::{Answer, Arg, BuiltinError, Context};

/// Most arguments that a built-in takes.
pub(crate) const MAX_ARITY: usize = 4;

/// One built-in.
#[derive(Debug)]
pub struct Builtin {
    /// Its name in Rego.
    pub name: &'static str,
    /// How many arguments it takes.
    pub arity: usize,
    /// The answer may change between decisions (never within one).
    pub nondeterministic: bool,
    run: Run,
}

/// The function, by what it takes.
#[derive(Debug)]
enum Run {
    Values(fn(&mut Context, &[Value]) -> Answer),
    /// For those that are called often with short texts.
    Args(fn(&mut Context, &[Arg<'_>]) -> Answer),
}

impl Builtin {
    pub(crate) const fn new(name: &'static str, arity: usize, run: fn(&mut Context, &[Value]) -> Answer) -> Self {
        Builtin { name, arity, run: Run::Values(run), nondeterministic: false }
    }

    pub(crate) const fn of_args(name: &'static str, arity: usize, run: fn(&mut Context, &[Arg<'_>]) -> Answer) -> Self {
        Builtin { name, arity, run: Run::Args(run), nondeterministic: false }
    }

    pub(crate) const fn nondeterministic(
        name: &'static str,
        arity: usize,
        run: fn(&mut Context, &[Value]) -> Answer,
    ) -> Self {
        Builtin { name, arity, run: Run::Values(run), nondeterministic: true }
    }

    /// Calls it.
    ///
    /// # Errors
    /// [`BuiltinError`] whose message begins with the name, as in OPA.
    pub fn call(&self, context: &mut Context, args: &[Value]) -> Answer {
        self.check(args.len())?;
        let answer = match self.run {
            Run::Values(run) => run(context, args),
            Run::Args(run) => {
                let mut borrowed = [Arg::Text(b""); MAX_ARITY];
                borrowed.iter_mut().zip(args).for_each(|(slot, arg)| *slot = arg.into());
                run(context, &borrowed[..self.arity])
            }
        };
        answer.map_err(|e| e.named(self.name))
    }

    /// As [`Builtin::call`], with texts where they lie. Costs a copy of them where the built-in needs values.
    ///
    /// # Errors
    /// As [`Builtin::call`].
    #[inline]
    pub fn call_args(&self, context: &mut Context, args: &[Arg<'_>]) -> Answer {
        self.check(args.len())?;
        let answer = match self.run {
            Run::Args(run) => run(context, args),
            Run::Values(run) => {
                let mut values: [Value; MAX_ARITY] = Default::default();
                values.iter_mut().zip(args).for_each(|(slot, arg)| *slot = arg.to_value());
                run(context, &values[..self.arity])
            }
        };
        answer.map_err(|e| e.named(self.name))
    }

    /// INVARIANT: what it lets pass has at most [`MAX_ARITY`] arguments, since no built-in takes more (tested).
    #[inline]
    fn check(&self, n_args: usize) -> Result<(), BuiltinError> {
        if n_args == self.arity {
            return Ok(());
        }
        Err(BuiltinError::halt(format!("{} takes {} arguments but got {n_args}", self.name, self.arity)))
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
