//! Definitions of all kinds.

use super::builtins::literal;
use super::types::{self, KEYS, Ty};
use super::{Defined, Form, Generator};
use crate::program::{Head, Literal, Package, Rule, Term};

impl Generator {
    /// The definitions of one name, which those after it can use.
    pub(super) fn rules(&mut self, n: usize) -> Vec<Rule> {
        let (rules, defined) = match self.rng.weighted(&[26, 12, 18, 16, 18, 10, 10]) {
            0 => self.complete(n),
            1 => self.condition_rule(n),
            2 => self.set(n),
            3 => self.object(n),
            4 => self.function(n),
            5 => self.nested(n),
            _ => self.family(n),
        };
        self.defined.push(defined);
        rules
    }

    fn rule(name: &str, head: Head, body: Vec<Literal>) -> Rule {
        Rule {
            package: Package::Main,
            default: false,
            name: name.to_owned(),
            path: Vec::new(),
            params: None,
            head,
            body,
            elses: Vec::new(),
        }
    }

    fn scoped<T>(&mut self, make: impl FnOnce(&mut Generator) -> T) -> T {
        self.vars.clear();
        self.budget = self.options.rule_size;
        let made = make(self);
        self.vars.clear();
        made
    }

    fn some_body(&mut self) -> Vec<Literal> {
        let n = self.rng.between(1, 4);
        self.body(n, self.options.depth)
    }

    /// An ad-hoc query: statements whose variables are its answer.
    pub(super) fn query(&mut self) -> Vec<Literal> {
        self.scoped(|g| {
            let mut body = g.some_body();
            // Rules cannot ask for all names of their own package.
            if g.rng.chance(30) {
                let package = *g.rng.pick(&[Package::Main, Package::Library]);
                let mut path: Vec<Term> = package.path().split('/').map(Term::str).collect();
                path.push(Term::name("name"));
                let all = Term::Ref(Box::new(Term::name("data")), path);
                body.push(Literal::Unify(Term::name("found"), all));
            }
            body
        })
    }

    fn default(&mut self, name: &str, ty: &Ty, params: Option<Vec<Term>>) -> Rule {
        let value = types::value(&mut self.rng, ty);
        Rule { default: true, params, ..Self::rule(name, Head::Value(literal(&value)), Vec::new()) }
    }

    fn complete(&mut self, n: usize) -> (Vec<Rule>, Defined) {
        let name = format!("r{n}");
        let ty = Ty::random(&mut self.rng, 2);
        let mut rules = Vec::new();
        if self.rng.chance(30) {
            rules.push(self.default(&name, &ty, None));
        }
        let count = if self.rng.chance(20) { 2 } else { 1 };
        // Several definitions must agree, so that most have the same constant.
        let shared = types::value(&mut self.rng, &ty);
        for _ in 0..count {
            let rule = self.scoped(|g| {
                let body = if count == 1 && g.rng.chance(25) { Vec::new() } else { g.some_body() };
                let value = if count > 1 && g.rng.chance(90) { literal(&shared) } else { g.term(&ty, g.options.depth) };
                let mut rule = Self::rule(&name, Head::Value(value), body);
                if !rule.body.is_empty() && g.rng.chance(25) {
                    rule.elses = g.elses(&ty);
                }
                rule
            });
            rules.push(rule);
        }
        (rules, Defined { name, form: Form::Value(ty), result: None })
    }

    fn elses(&mut self, ty: &Ty) -> Vec<(Term, Vec<Literal>)> {
        let scope = self.vars.clone();
        let mut elses = Vec::new();
        for i in 0..self.rng.between(1, 2) {
            // The variables of the first body are not those of the next.
            self.vars.retain(|(name, _)| name.starts_with('p'));
            let body = if i > 0 && self.rng.chance(40) { Vec::new() } else { self.some_body() };
            elses.push((self.term(ty, 1), body));
            if elses.last().is_some_and(|(_, body)| body.is_empty()) {
                break;
            }
        }
        self.vars = scope;
        elses
    }

    fn condition_rule(&mut self, n: usize) -> (Vec<Rule>, Defined) {
        let name = format!("r{n}");
        let mut rules = Vec::new();
        if self.rng.chance(40) {
            rules.push(Rule { default: true, ..Self::rule(&name, Head::Value(literal(&false.into())), Vec::new()) });
        }
        for _ in 0..self.rng.between(1, 2) {
            rules.push(self.scoped(|g| Self::rule(&name, Head::True, g.some_body())));
        }
        (rules, Defined { name, form: Form::Value(Ty::Bool), result: None })
    }

    fn set(&mut self, n: usize) -> (Vec<Rule>, Defined) {
        let name = format!("r{n}");
        let ty = Ty::random(&mut self.rng, 1);
        let mut rules = Vec::new();
        for _ in 0..self.rng.between(1, 3) {
            rules.push(self.scoped(|g| {
                let body = if g.rng.chance(15) { Vec::new() } else { g.some_body() };
                Self::rule(&name, Head::Member(g.term(&ty, 1)), body)
            }));
        }
        (rules, Defined { name, form: Form::Set(ty), result: None })
    }

    fn object(&mut self, n: usize) -> (Vec<Rule>, Defined) {
        let name = format!("r{n}");
        let ty = Ty::random(&mut self.rng, 1);
        let mut rules = Vec::new();
        for _ in 0..self.rng.between(1, 2) {
            rules.push(self.scoped(|g| {
                let body = g.some_body();
                let key = g.key();
                let head = Head::Value(g.term(&ty, 1));
                Rule { path: vec![key], ..Self::rule(&name, head, body) }
            }));
        }
        (rules, Defined { name, form: Form::Object(Ty::Str, ty), result: None })
    }

    /// Rules of one shape with other constants, which compilers put into an index.
    fn family(&mut self, n: usize) -> (Vec<Rule>, Defined) {
        let name = format!("r{n}");
        let ty = Ty::random(&mut self.rng, 1);
        let asked = if self.rng.chance(70) { Ty::Str } else { Ty::Num };
        let subject = self.in_single(|g| g.place(&asked)).unwrap_or(Term::name("input"));
        let other = self.in_single(|g| g.place(&Ty::Num)).unwrap_or(Term::name("input"));
        let (shape, head) = (self.rng.below(4), self.rng.below(4));
        let shared = literal(&types::value(&mut self.rng, &ty));
        let mut rules = Vec::new();
        if head == 1 && self.rng.chance(50) {
            rules.push(self.default(&name, &ty, None));
        }
        for _ in 0..self.rng.between(3, 7) {
            let constant = literal(&types::value(&mut self.rng, &asked));
            let equal = Literal::Term(Term::Infix("==", Box::new(subject.clone()), Box::new(constant.clone())));
            let mut body = match shape {
                0 => vec![equal],
                1 => {
                    let set = types::value(&mut self.rng, &Ty::set(asked.clone()));
                    let set = if set.as_set().is_some_and(|s| s.is_empty()) {
                        Term::Set(vec![constant])
                    } else {
                        literal(&set)
                    };
                    vec![Literal::Term(Term::In(None, Box::new(subject.clone()), Box::new(set)))]
                }
                2 if asked == Ty::Str => {
                    vec![Literal::Term(Term::Call("startswith".to_owned(), vec![subject.clone(), constant]))]
                }
                _ => {
                    let limit = literal(&types::number(&mut self.rng));
                    vec![equal, Literal::Term(Term::Infix("<", Box::new(other.clone()), Box::new(limit)))]
                }
            };
            // Now and then one that is unlike the others.
            if self.rng.chance(10) {
                body = self.scoped(Self::some_body);
            }
            let own = literal(&types::value(&mut self.rng, &ty));
            let value = if self.rng.chance(85) { shared.clone() } else { own.clone() };
            let (head, path) = match head {
                0 => (Head::True, Vec::new()),
                1 => (Head::Value(value), Vec::new()),
                2 => (Head::Member(own), Vec::new()),
                _ => (Head::Value(value), vec![Term::str(self.rng.pick::<&str>(&KEYS))]),
            };
            rules.push(Rule { path, ..Self::rule(&name, head, body) });
        }
        let form = match head {
            0 => Form::Value(Ty::Bool),
            1 => Form::Value(ty),
            2 => Form::Set(ty),
            _ => Form::Object(Ty::Str, ty),
        };
        (rules, Defined { name, form, result: None })
    }

    /// A key for a head: mostly a variable that the body binds.
    fn key(&mut self) -> Term {
        let strings: Vec<String> =
            self.vars.iter().filter(|(_, t)| *t == Ty::Str).map(|(name, _)| name.clone()).collect();
        if strings.is_empty() || self.rng.chance(20) {
            Term::str(self.rng.pick::<&str>(&KEYS))
        } else {
            Term::Name(self.rng.pick(&strings).clone())
        }
    }

    /// Heads with several parts.
    fn nested(&mut self, n: usize) -> (Vec<Rule>, Defined) {
        let name = format!("r{n}");
        let ty = Ty::random(&mut self.rng, 1);
        let mut rules = Vec::new();
        let shape = self.rng.below(3);
        for _ in 0..self.rng.between(1, 3) {
            rules.push(self.scoped(|g| {
                let body = g.some_body();
                let (first, second) = (g.key(), g.key());
                let fixed = Term::str(g.rng.pick::<&str>(&["a", "b"]));
                let path = match g.rng.below(3) {
                    0 => vec![first, fixed],
                    1 => vec![fixed, first],
                    _ => vec![first, second],
                };
                let value = g.term(&ty, 1);
                let head = if shape == 0 { Head::Member(value) } else { Head::Value(value) };
                Rule { path, ..Self::rule(&name, head, body) }
            }));
        }
        let inner = if shape == 0 { Ty::set(ty) } else { ty };
        (rules, Defined { name, form: Form::Object(Ty::Str, Ty::object(inner)), result: None })
    }

    fn function(&mut self, n: usize) -> (Vec<Rule>, Defined) {
        let name = format!("f{n}");
        let types: Vec<Ty> = (0..self.rng.between(1, 2)).map(|_| Ty::random(&mut self.rng, 1)).collect();
        let ty = Ty::random(&mut self.rng, 1);
        let mut rules = Vec::new();
        if self.rng.chance(20) {
            let wildcards = types.iter().map(|_| Term::name("_")).collect();
            rules.push(self.default(&name, &ty, Some(wildcards)));
        }
        let count = self.rng.between(1, 2);
        for i in 0..count {
            rules.push(self.scoped(|g| {
                let mut params = Vec::new();
                for (p, ty) in types.iter().enumerate() {
                    params.push(if i + 1 < count && g.rng.chance(60) {
                        let value = types::value(&mut g.rng, ty);
                        literal(&value)
                    } else {
                        let param = format!("p{p}");
                        g.vars.push((param.clone(), ty.clone()));
                        Term::Name(param)
                    });
                }
                let body = if g.rng.chance(40) { Vec::new() } else { g.some_body() };
                let value = g.term(&ty, g.options.depth);
                let mut rule = Rule { params: Some(params), ..Self::rule(&name, Head::Value(value), body) };
                if !rule.body.is_empty() && g.rng.chance(25) {
                    rule.elses = g.elses(&ty);
                }
                rule
            }));
        }
        (rules, Defined { name, form: Form::Function(types), result: Some(ty) })
    }
}
