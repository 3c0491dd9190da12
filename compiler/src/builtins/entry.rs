//! One row of the table of built-ins.

use super::Function;

/// A built-in function as the compiler sees it.
#[derive(Debug, Clone, Copy)]
pub struct Builtin {
    /// Full name, e.g. `array.concat`.
    pub name: &'static str,
    /// Signature as text, e.g. `(x: number, y: number) => z: number`. Parsed by [`Builtin::function`].
    pub signature: &'static str,
    /// The operator that it is written as.
    pub infix: Option<&'static str>,
    /// Where it is meant to run. What a guest really exports decides when a module is linked.
    pub place: Place,
    /// May give different results for the same arguments in different decisions.
    pub nondeterministic: bool,
    /// What its results depend on besides its arguments, here; `nondeterministic` is what OPA says.
    pub varies: Varies,
    /// Refused in Rego v1 and in strict mode.
    pub deprecated: bool,
    /// Yields any number of results, one at a time.
    pub relation: bool,
}

/// What the results of a built-in depend on besides its arguments. Within one decision they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Varies {
    /// Nothing.
    #[default]
    Never,
    /// The time of the decision.
    Clock,
    /// Anything: chance, the network, the host's configuration.
    World,
}

/// Where a built-in runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the module itself.
    Guest,
    /// In the host, through an import.
    Host,
    /// Nowhere: the compiler replaces it.
    Compiler,
}

impl Builtin {
    const fn new(place: Place, name: &'static str, signature: &'static str) -> Builtin {
        Builtin {
            name,
            signature,
            infix: None,
            place,
            nondeterministic: false,
            varies: Varies::Never,
            deprecated: false,
            relation: false,
        }
    }

    pub(super) const fn infix(self, operator: &'static str) -> Builtin {
        Builtin { infix: Some(operator), ..self }
    }

    pub(super) const fn nondeterministic(self) -> Builtin {
        Builtin { nondeterministic: true, varies: Varies::World, ..self }
    }

    /// Says what the results depend on where that is not what OPA's mark says.
    pub(super) const fn varies(self, varies: Varies) -> Builtin {
        Builtin { varies, ..self }
    }

    pub(super) const fn deprecated(self) -> Builtin {
        Builtin { deprecated: true, ..self }
    }

    pub(super) const fn relation(self) -> Builtin {
        Builtin { relation: true, ..self }
    }

    /// The parsed signature. Cost: a search by name; signatures are parsed once per process.
    pub fn function(&self) -> &'static Function {
        super::function_of(self.name)
    }

    /// Number of arguments, without the variadic ones of `print`.
    pub fn arity(&self) -> usize {
        self.function().arity()
    }

    /// True if it has no result, as `print`.
    pub fn is_void(&self) -> bool {
        self.function().is_void()
    }
}

pub(super) const fn guest(name: &'static str, signature: &'static str) -> Builtin {
    Builtin::new(Place::Guest, name, signature)
}

pub(super) const fn host(name: &'static str, signature: &'static str) -> Builtin {
    Builtin::new(Place::Host, name, signature)
}

pub(super) const fn compiler(name: &'static str, signature: &'static str) -> Builtin {
    Builtin::new(Place::Compiler, name, signature)
}
