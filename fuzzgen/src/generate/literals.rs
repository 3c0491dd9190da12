//! Statements. Each binds what it binds in `vars`, so that those after it can use it.

use super::types::{KEYS, Ty};
use super::{Form, Generator};
use crate::program::{Literal, Term};

impl Generator {
    /// Statements of a body; the variables that they bind stay in scope.
    pub(super) fn body(&mut self, n: usize, depth: usize) -> Vec<Literal> {
        let mut literals = Vec::new();
        for _ in 0..n {
            let before = self.vars.len();
            let literal = self.literal(depth);
            // A reference, equation or call may also say which variables are its own.
            let open = matches!(literal, Literal::Unify(..) | Literal::Term(Term::Ref(..)));
            if open && self.vars.len() > before && self.rng.chance(15) {
                let names = self.vars[before..].iter().map(|(name, _)| name.clone());
                literals.push(Literal::Some(names.collect()));
            }
            literals.push(literal);
        }
        literals
    }

    fn literal(&mut self, depth: usize) -> Literal {
        let scope = self.vars.len();
        let plain = match self.rng.weighted(&[24, 8, 16, 22, 8, 6, 5, 4, 3]) {
            0 => self.assignment(depth),
            1 => self.unification(depth),
            2 => self.iteration(depth),
            3 => Literal::Term(self.condition(depth)),
            4 => self.negation(depth),
            5 => self.every(depth),
            6 => self.declared(depth),
            7 => self.walk(depth),
            _ => self.logic(depth),
        };
        let can_replace = matches!(plain, Literal::Term(_) | Literal::Assign(..) | Literal::Not(_));
        if !can_replace || !self.rng.chance(8) {
            return plain;
        }
        let replaced = self.with(plain, scope, depth);
        if self.rng.chance(25) { self.with(replaced, scope, depth) } else { replaced }
    }

    fn fresh(&mut self) -> String {
        self.next_var += 1;
        format!("v{}", self.next_var)
    }

    /// A new variable, or now and then one of the names around it, which it then hides.
    fn bind(&mut self, ty: Ty) -> String {
        let name = self.fresh();
        self.vars.push((name.clone(), ty));
        name
    }

    fn assignment(&mut self, depth: usize) -> Literal {
        match self.rng.below(8) {
            0 => {
                let types: Vec<Ty> = (0..2).map(|_| Ty::random(&mut self.rng, 1)).collect();
                let value = Term::Array(types.iter().map(|ty| self.term(ty, depth)).collect());
                let pattern = types.into_iter().map(|ty| self.pattern(ty)).collect();
                Literal::Assign(Term::Array(pattern), value)
            }
            1 => {
                let ty = Ty::random(&mut self.rng, 1);
                let key = Term::str(self.rng.pick::<&str>(&KEYS));
                let value = Term::Object(vec![(key.clone(), self.term(&ty, depth))]);
                let pattern = self.pattern(ty);
                Literal::Assign(Term::Object(vec![(key, pattern)]), value)
            }
            _ => {
                let ty = Ty::random(&mut self.rng, 2);
                let value = self.term(&ty, depth);
                Literal::Assign(Term::Name(self.bind(ty)), value)
            }
        }
    }

    fn pattern(&mut self, ty: Ty) -> Term {
        Term::Name(if self.rng.chance(20) { "_".to_owned() } else { self.bind(ty) })
    }

    /// `=`: a new variable or a pattern against a term, either way round.
    fn unification(&mut self, depth: usize) -> Literal {
        let (a, b) = match self.rng.below(4) {
            0 => {
                let of = Ty::random(&mut self.rng, 0);
                let known = self.term(&of, 0);
                let value = self.term(&Ty::Tuple(vec![of.clone(), of.clone()]), depth);
                (Term::Array(vec![known, Term::Name(self.bind(of))]), value)
            }
            1 => {
                let ty = Ty::random(&mut self.rng, 1);
                (self.term(&ty, depth), self.term(&ty, depth))
            }
            _ => {
                let ty = Ty::random(&mut self.rng, 1);
                let value = self.term(&ty, depth);
                (Term::Name(self.bind(ty)), value)
            }
        };
        if self.rng.chance(50) { Literal::Unify(a, b) } else { Literal::Unify(b, a) }
    }

    /// Goes over a collection; binds its elements and perhaps its keys.
    pub(super) fn iteration(&mut self, depth: usize) -> Literal {
        let of = Ty::random(&mut self.rng, 1);
        let (key, domain) = match self.rng.below(3) {
            0 => (Ty::Num, Ty::array(of.clone())),
            1 => (of.clone(), Ty::set(of.clone())),
            _ => (Ty::Str, Ty::object(of.clone())),
        };
        let collection = self.collection(&domain, depth);
        if self.rng.chance(70) {
            let key = if self.rng.chance(35) { Some(Term::Name(self.bind(key))) } else { None };
            let value = Term::Name(self.bind(of));
            return Literal::SomeIn(key, value, collection);
        }
        // The same with a reference: only names and references can be indexed without parentheses.
        let step = Term::Name(if self.rng.chance(40) { "_".to_owned() } else { self.bind(key) });
        let element = match collection {
            Term::Ref(base, mut path) => {
                path.push(step);
                Term::Ref(base, path)
            }
            base @ (Term::Name(_) | Term::Array(_) | Term::Object(_) | Term::Call(..)) => {
                Term::Ref(Box::new(base), vec![step])
            }
            other => {
                let value = Term::Name(self.bind(of));
                return Literal::SomeIn(Some(step), value, other);
            }
        };
        Literal::Unify(Term::Name(self.bind(of)), element)
    }

    /// Something to go over. OPA refuses what it knows to be empty, so that is rare; and what OPA goes over in a way of its own
    /// (`docs/differential.md`) is left out.
    fn collection(&mut self, ty: &Ty, depth: usize) -> Term {
        for _ in 0..8 {
            let term = self.term(ty, depth);
            let empty = matches!(&term, Term::Array(t) | Term::Set(t) if t.is_empty())
                || matches!(&term, Term::Object(t) if t.is_empty());
            let misleads = match &term {
                Term::Set(items) => items.len() > 1 && items.iter().any(|t| !matches!(t, Term::Scalar(_))),
                Term::ArrayCompr(..) | Term::SetCompr(..) | Term::ObjectCompr(..) => self.comprehensions > 0,
                _ => false,
            };
            if !empty && !misleads {
                return term;
            }
        }
        self.leaf(ty)
    }

    /// Something that holds or not.
    pub(super) fn condition(&mut self, depth: usize) -> Term {
        match self.rng.below(6) {
            0 => self.membership(depth),
            1 => self.term(&Ty::Bool, depth),
            2 => {
                let ty = Ty::random(&mut self.rng, 1);
                self.term(&ty, depth)
            }
            _ => self.comparison(depth),
        }
    }

    fn negation(&mut self, depth: usize) -> Literal {
        if self.rng.chance(25) {
            let scope = self.vars.len();
            let body = self.body(2, depth.saturating_sub(1));
            self.vars.truncate(scope);
            return Literal::NotBody(body);
        }
        let condition = self.in_single(|g| g.condition(depth));
        Literal::Not(Box::new(Literal::Term(condition)))
    }

    fn every(&mut self, depth: usize) -> Literal {
        let of = Ty::random(&mut self.rng, 1);
        let (key, domain) =
            if self.rng.chance(60) { (Ty::Num, Ty::array(of.clone())) } else { (Ty::Str, Ty::object(of.clone())) };
        let collection = self.collection(&domain, depth);
        let scope = self.vars.len();
        let key = if self.rng.chance(30) { Some(self.bind(key)) } else { None };
        let value = self.bind(of.clone());
        let mut body = vec![];
        // OPA wants declared variables to be used.
        for name in key.iter().chain([&value]) {
            let own = self.vars.iter().find(|(n, _)| n == name).map_or(Ty::Any, |(_, t)| t.clone());
            let other = self.term(&own, 0);
            body.push(Literal::Term(Term::Infix("!=", Box::new(Term::name(name.clone())), Box::new(other))));
        }
        let n = self.rng.below(2);
        body.extend(self.body(n, depth.saturating_sub(1)));
        self.vars.truncate(scope);
        Literal::Every(key, value, collection, body)
    }

    /// `some x` with a use of it in a reference to a rule or document.
    fn declared(&mut self, depth: usize) -> Literal {
        let rules: Vec<String> = self
            .defined
            .iter()
            .filter(|d| matches!(d.form, Form::Object(..) | Form::Set(_)))
            .map(|d| d.name.clone())
            .collect();
        if rules.is_empty() {
            return self.iteration(depth);
        }
        let base = Term::name(self.rng.pick(&rules).clone());
        let mut steps = vec![Term::Name(self.bind(Ty::Any))];
        if self.rng.chance(25) {
            steps.push(if self.rng.chance(50) { Term::name("_") } else { Term::str(self.rng.pick::<&str>(&KEYS)) });
        }
        Literal::Term(Term::Ref(Box::new(base), steps))
    }

    fn walk(&mut self, depth: usize) -> Literal {
        let ty = Ty::random(&mut self.rng, 2);
        let value = self.term(&ty, depth);
        let path = self.pattern(Ty::array(Ty::Any));
        let leaf = self.pattern(Ty::Any);
        Literal::Term(Term::Call("walk".to_owned(), vec![value, Term::Array(vec![path, leaf])]))
    }

    fn logic(&mut self, depth: usize) -> Literal {
        let op = *self.rng.pick(&["and", "or"]);
        let side = |g: &mut Generator| {
            let scope = g.vars.len();
            let body = g.body(1, depth.saturating_sub(1));
            g.vars.truncate(scope);
            body
        };
        let (a, b) = (side(self), side(self));
        Literal::Logic(op, a, b)
    }

    fn with(&mut self, inner: Literal, scope: usize, depth: usize) -> Literal {
        let documents: Vec<(String, Ty)> = self
            .defined
            .iter()
            .filter(|d| matches!(d.form, Form::Value(_) | Form::Set(_)))
            .map(|d| (d.name.clone(), d.value_type()))
            .collect();
        let functions: Vec<(String, Ty)> = self
            .defined
            .iter()
            .filter(|d| matches!(d.form, Form::Function(_)))
            .map(|d| (d.name.clone(), d.value_type()))
            .collect();
        let (target, ty) = match self.rng.below(8) {
            0 => ("input".to_owned(), super::documents::input_schema()),
            1 if !documents.is_empty() => {
                let (name, ty) = self.rng.pick(&documents).clone();
                (format!("data.{name}"), ty)
            }
            2 if !functions.is_empty() => self.rng.pick(&functions).clone(),
            3 => (self.rng.pick(&["count", "upper", "sum"]).to_string(), Ty::Num),
            4 => ("data.base.limit".to_owned(), Ty::Num),
            5 => ("data.base.names".to_owned(), Ty::array(Ty::Str)),
            6 => ("input.n".to_owned(), Ty::Num),
            _ => ("input.o.a".to_owned(), Ty::Num),
        };
        // What the statement itself binds is not known to its `with`.
        let own = self.vars.split_off(scope);
        let value = self.in_single(|g| g.term(&ty, depth.min(1)));
        self.vars.extend(own);
        Literal::With(Box::new(inner), target, value)
    }
}
