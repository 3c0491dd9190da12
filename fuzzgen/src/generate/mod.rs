//! From a seed to a program.

mod builtins;
mod documents;
mod literals;
mod rules;
mod terms;
mod types;

pub use self::builtins::literal as value_term;

use self::builtins::Callable;
use self::documents::Place;
use self::types::Ty;
use crate::program::{Package, Program, Rule};
use crate::rng::Rng;

/// What programs to make.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Names that a program defines, at most.
    pub rules: usize,
    /// Depth of expressions.
    pub depth: usize,
    /// Terms of one rule, about.
    pub rule_size: usize,
    /// Percentage of terms that have a wrong type.
    pub mistakes: u32,
    /// Percentage of references that may go over many values where one is expected.
    pub iteration: u32,
    /// Percentage of names that are defined in a second package.
    pub library: u32,
    /// Percentage of programs that come with an ad-hoc query.
    pub queries: u32,
    /// Percentage of programs in Rego v0.
    pub v0: u32,
    /// Percentage of programs that are compiled in strict mode.
    pub strict: u32,
}

impl Options {
    /// Larger and deeper programs with more mistakes.
    pub fn hard() -> Self {
        Options { rules: 10, depth: 3, rule_size: 50, mistakes: 2, iteration: 20, ..Options::default() }
    }
}

impl Default for Options {
    fn default() -> Self {
        Options {
            rules: 6,
            depth: 2,
            rule_size: 24,
            mistakes: 1,
            iteration: 12,
            library: 15,
            queries: 30,
            v0: 12,
            strict: 8,
        }
    }
}

/// The program of a seed. Cost: linear in its size, which the options bound.
pub fn program(seed: u64, options: Options) -> Program {
    let mut rng = Rng::new(seed);
    let (input, data) = (documents::input(&mut rng), documents::data(&mut rng));
    let mut generator = Generator {
        rng,
        options,
        callables: builtins::callables(),
        places: documents::places(),
        defined: Vec::new(),
        vars: Vec::new(),
        next_var: 0,
        budget: 0,
        single: false,
        v0: false,
        comprehensions: 0,
    };
    generator.v0 = generator.rng.chance(options.v0);
    let n = generator.rng.between(1, options.rules);
    let mut rules = Vec::new();
    for n in 0..n {
        let package = if generator.rng.chance(options.library) { Package::Library } else { Package::Main };
        let found = generator.rules(n);
        rules.extend(found.into_iter().map(|rule| Rule { package, ..rule }));
    }
    let queries = if generator.rng.chance(options.queries) { vec![generator.query()] } else { Vec::new() };
    let (v0, strict) = (generator.v0, generator.rng.chance(options.strict));
    Program { rules, queries, v0, strict, input, data }
}

/// State while a program is built.
struct Generator {
    rng: Rng,
    options: Options,
    callables: Vec<Callable>,
    places: Vec<Place>,
    /// Rules so far, so that there is no recursion.
    defined: Vec<Defined>,
    /// Bound variables, innermost last.
    vars: Vec<(String, Ty)>,
    next_var: usize,
    /// Terms that the current rule may still have.
    budget: usize,
    /// References must not go over many values here, as nothing would bind their keys.
    single: bool,
    /// The program is in Rego v0, which has no template strings.
    v0: bool,
    /// Comprehensions around what is built.
    comprehensions: usize,
}

impl Generator {
    /// Makes something in which references give one value each.
    fn in_single<T>(&mut self, make: impl FnOnce(&mut Generator) -> T) -> T {
        let outer = std::mem::replace(&mut self.single, true);
        let made = make(self);
        self.single = outer;
        made
    }

    fn may_iterate(&mut self) -> bool {
        !self.single && self.rng.chance(self.options.iteration)
    }
}

/// A rule that later rules can use.
#[derive(Debug, Clone)]
struct Defined {
    name: String,
    form: Form,
    /// What a function returns.
    result: Option<Ty>,
}

/// What a rule makes.
#[derive(Debug, Clone)]
enum Form {
    Value(Ty),
    Set(Ty),
    Object(Ty, Ty),
    Function(Vec<Ty>),
}

impl Defined {
    fn value_type(&self) -> Ty {
        match &self.form {
            Form::Value(ty) => ty.clone(),
            Form::Set(of) => Ty::set(of.clone()),
            Form::Object(key, of) => Ty::Object(Box::new(key.clone()), Box::new(of.clone())),
            Form::Function(_) => self.result.clone().unwrap_or(Ty::Any),
        }
    }

    fn element_type(&self) -> Option<&Ty> {
        match &self.form {
            Form::Set(of) | Form::Object(_, of) => Some(of),
            Form::Value(_) | Form::Function(_) => None,
        }
    }
}
