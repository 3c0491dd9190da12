//! Definitions of all kinds.

use super::builtins::literal;
use super::types::{self, KEYS, Ty};
use super::{Defined, Form, Generator};
use crate::program::{Head, Literal, Package, Rule, Term};

impl Generator {
    /// The definitions of one name, which those after it can use.
    pub(super) fn rules(&mut self, n: usize) -> Vec<Rule> {
        let (rules, defined) = match self.rng.weighted(&[26, 12, 18, 16, 18, 10]) {
            0 => self.complete(n),
            1 => self.condition_rule(n),
            2 => self.set(n),
            3 => self.object(n),
            4 => self.function(n),
            _ => self.nested(n),
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
        self.scoped(Self::some_body)
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
