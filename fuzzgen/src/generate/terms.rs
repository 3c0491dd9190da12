//! Expressions of a wanted type.

use super::builtins::literal;
use super::types::{self, KEYS, Ty};
use super::{Defined, Form, Generator};
use crate::program::{Literal, TemplatePart, Term};

const COMPARISONS: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];
const ARITHMETIC: [&str; 5] = ["+", "-", "*", "/", "%"];
const SETS: [&str; 3] = ["&", "|", "-"];

impl Generator {
    /// An expression that mostly gives a value of `ty`. It uses only names that are bound.
    pub(super) fn term(&mut self, ty: &Ty, depth: usize) -> Term {
        self.budget = self.budget.saturating_sub(1);
        if *ty == Ty::Any {
            let ty = Ty::random(&mut self.rng, 1);
            return self.term(&ty, depth);
        }
        if depth == 0 || self.budget == 0 {
            return self.leaf(ty);
        }
        // A wrong type now and then: built-in errors, undefined references, mismatches.
        if self.rng.chance(self.options.mistakes) {
            let other = Ty::random(&mut self.rng, 1);
            return self.leaf(&other);
        }
        for _ in 0..4 {
            let made = match self.rng.weighted(&[22, 12, 14, 14, 16, 12, 10]) {
                0 => Some(self.leaf(ty)),
                1 => self.rule_value(ty, depth - 1),
                2 => self.builtin_call(ty, depth - 1),
                3 => self.operator(ty, depth - 1),
                4 => Some(self.composite(ty, depth - 1)),
                5 => self.comprehension(ty, depth - 1),
                _ => self.generic(ty, depth - 1),
            };
            if let Some(term) = made {
                return term;
            }
        }
        self.leaf(ty)
    }

    /// A variable, a place in a document or a constant.
    pub(super) fn leaf(&mut self, ty: &Ty) -> Term {
        match self.rng.weighted(&[40, 30, 30]) {
            0 => {
                let vars: Vec<String> =
                    self.vars.iter().filter(|(_, t)| t.fits(ty)).map(|(name, _)| name.clone()).collect();
                if !vars.is_empty() {
                    return Term::Name(self.rng.pick(&vars).clone());
                }
            }
            1 => {
                if let Some(place) = self.place(ty) {
                    return place;
                }
            }
            _ => {}
        }
        let value = types::value(&mut self.rng, ty);
        literal(&value)
    }

    /// A reference into input or data.
    pub(super) fn place(&mut self, ty: &Ty) -> Option<Term> {
        let iterate = self.may_iterate();
        let fits: Vec<usize> = (0..self.places.len())
            .filter(|i| self.places[*i].ty.fits(ty) && (iterate || !self.places[*i].iterates))
            .collect();
        if fits.is_empty() { None } else { Some(self.places[*self.rng.pick(&fits)].term.clone()) }
    }

    /// The value of a rule, or of a call of a function.
    fn rule_value(&mut self, ty: &Ty, depth: usize) -> Option<Term> {
        let fits: Vec<Defined> = self.defined.iter().filter(|d| d.value_type().fits(ty)).cloned().collect();
        if !fits.is_empty() && self.rng.chance(70) {
            let rule = self.rng.pick(&fits).clone();
            let name = Term::name(if self.rng.chance(10) { format!("data.{}", rule.name) } else { rule.name.clone() });
            return Some(match &rule.form {
                Form::Function(params) => {
                    let args = params.iter().map(|ty| self.term(ty, depth)).collect();
                    Term::Call(rule.name, args)
                }
                _ => name,
            });
        }
        // An element of what a rule makes.
        let holders: Vec<Defined> =
            self.defined.iter().filter(|d| d.element_type().is_some_and(|t| t.fits(ty))).cloned().collect();
        if holders.is_empty() {
            return None;
        }
        let rule = self.rng.pick(&holders).clone();
        let key = match (&rule.form, self.rng.below(3)) {
            (Form::Object(..), 0) => Term::str(self.rng.pick::<&str>(&KEYS)),
            (Form::Object(key, _), 1) => {
                let key = key.clone();
                self.leaf(&key)
            }
            _ if self.may_iterate() => Term::name("_"),
            _ => return None,
        };
        Some(Term::Ref(Box::new(Term::name(rule.name)), vec![key]))
    }

    fn operator(&mut self, ty: &Ty, depth: usize) -> Option<Term> {
        let infix = |op: &'static str, a: Term, b: Term| Term::Infix(op, Box::new(a), Box::new(b));
        Some(match ty {
            Ty::Num => {
                let op = *self.rng.pick(&ARITHMETIC);
                let (a, b) = (self.term(ty, depth), self.term(ty, depth));
                infix(op, a, b)
            }
            Ty::Set(_) => {
                let op = *self.rng.pick(&SETS);
                let (a, b) = (self.term(ty, depth), self.term(ty, depth));
                infix(op, a, b)
            }
            Ty::Bool if self.rng.chance(70) => self.comparison(depth),
            Ty::Bool => self.membership(depth),
            Ty::Str if !self.v0 => self.template(depth),
            _ => return None,
        })
    }

    /// `a < b` and the like, of one type on both sides.
    pub(super) fn comparison(&mut self, depth: usize) -> Term {
        let ty = Ty::random(&mut self.rng, 1);
        let op = *self.rng.pick(&COMPARISONS);
        let (a, b) = (self.term(&ty, depth), self.term(&ty, depth));
        Term::Infix(op, Box::new(a), Box::new(b))
    }

    /// `x in xs`, `k, v in xs`.
    pub(super) fn membership(&mut self, depth: usize) -> Term {
        let of = Ty::random(&mut self.rng, 0);
        let (key, domain) = match self.rng.below(3) {
            0 => (Ty::Num, Ty::array(of.clone())),
            1 => (of.clone(), Ty::set(of.clone())),
            _ => (Ty::Str, Ty::object(of.clone())),
        };
        let value = self.term(&of, depth);
        let key = if self.rng.chance(25) { Some(Box::new(self.term(&key, depth))) } else { None };
        let domain = self.term(&domain, depth);
        Term::In(key, Box::new(value), Box::new(domain))
    }

    fn template(&mut self, depth: usize) -> Term {
        let mut parts = Vec::new();
        for _ in 0..self.rng.between(1, 3) {
            if self.rng.chance(50) {
                parts.push(TemplatePart::Text((*self.rng.pick(&["a", " ", "=", "é", ", "])).to_owned()));
            } else {
                let term = self.in_single(|g| g.term(&Ty::Any, depth));
                parts.push(TemplatePart::Expr(term));
            }
        }
        Term::Template(parts)
    }

    fn composite(&mut self, ty: &Ty, depth: usize) -> Term {
        let n = self.rng.weighted(&[1, 3, 3, 2]);
        match ty {
            Ty::Array(of) => Term::Array((0..n).map(|_| self.term(of, depth)).collect()),
            Ty::Tuple(items) => Term::Array(items.iter().map(|t| self.term(t, depth)).collect()),
            Ty::Set(of) => Term::Set((0..n).map(|_| self.term(of, depth)).collect()),
            Ty::Object(key, of) => {
                let entry = |g: &mut Generator| {
                    let key = if **key == Ty::Str && g.rng.chance(70) {
                        Term::str(g.rng.pick::<&str>(&KEYS))
                    } else {
                        g.leaf(key)
                    };
                    (key, g.term(of, depth))
                };
                Term::Object((0..n).map(|_| entry(self)).collect())
            }
            Ty::Record(fields) => {
                Term::Object(fields.iter().map(|(k, t)| (Term::str(k), self.term(t, depth))).collect())
            }
            _ => self.leaf(ty),
        }
    }

    fn comprehension(&mut self, ty: &Ty, depth: usize) -> Option<Term> {
        if !matches!(ty, Ty::Array(_) | Ty::Set(_) | Ty::Object(..)) {
            return None;
        }
        let scope = self.vars.len();
        let single = std::mem::take(&mut self.single);
        self.comprehensions += 1;
        let n = self.rng.between(1, 2);
        let mut body: Vec<Literal> = vec![self.iteration(depth)];
        body.extend(self.body(n - 1, depth));
        let term = match ty {
            Ty::Array(of) => Term::ArrayCompr(Box::new(self.term(of, depth)), body),
            Ty::Set(of) => Term::SetCompr(Box::new(self.term(of, depth)), body),
            Ty::Object(key, of) => {
                let key = self.leaf(key);
                Term::ObjectCompr(Box::new((key, self.term(of, depth))), body)
            }
            _ => Term::Array(Vec::new()),
        };
        self.vars.truncate(scope);
        self.single = single;
        self.comprehensions -= 1;
        Some(term)
    }

    /// Built-ins whose result has the type of an argument.
    fn generic(&mut self, ty: &Ty, depth: usize) -> Option<Term> {
        let call = |name: &str, args: Vec<Term>| Some(Term::Call(name.to_owned(), args));
        match (ty, self.rng.below(3)) {
            (Ty::Array(_), 0) => call("array.concat", vec![self.term(ty, depth), self.term(ty, depth)]),
            (Ty::Array(_), 1) => {
                let (from, to) = (self.rng.between(0, 3) as i64 - 1, self.rng.between(0, 4) as i64);
                call("array.slice", vec![self.term(ty, depth), Term::int(from), Term::int(to)])
            }
            (Ty::Array(of), _) => {
                let from = if self.rng.chance(50) { Ty::set((**of).clone()) } else { ty.clone() };
                let name = if from == *ty && self.rng.chance(50) { "array.reverse" } else { "sort" };
                call(name, vec![self.term(&from, depth)])
            }
            (Ty::Object(..), 0) => call("object.union", vec![self.term(ty, depth), self.term(ty, depth)]),
            (Ty::Object(key, _), _) => {
                let keys = Ty::array((**key).clone());
                let name = *self.rng.pick(&["object.remove", "object.filter"]);
                call(name, vec![self.term(ty, depth), self.term(&keys, depth)])
            }
            (Ty::Set(_), _) => {
                let name = *self.rng.pick(&["union", "intersection"]);
                let sets = Ty::set(ty.clone());
                call(name, vec![self.composite(&sets, depth)])
            }
            (Ty::Null | Ty::Bool | Ty::Num | Ty::Str, 0) => {
                let name = *self.rng.pick(&["min", "max"]);
                let all = if self.rng.chance(50) { Ty::array(ty.clone()) } else { Ty::set(ty.clone()) };
                call(name, vec![self.term(&all, depth)])
            }
            (Ty::Null | Ty::Bool | Ty::Num | Ty::Str, 1) => {
                let object = Ty::object(ty.clone());
                let key = Term::str(self.rng.pick::<&str>(&KEYS));
                call("object.get", vec![self.term(&object, depth), key, self.leaf(ty)])
            }
            _ => None,
        }
    }
}
