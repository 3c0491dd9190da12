//! Whether types can hold a common value, and what variables learn from a term having to fit a type.

use std::cell::Cell;

use writ_value::Value;

use super::env::Env;
use super::view::View;
use crate::hir::{Term, TermKind};
use crate::types::{Array, Function, Object, Type};

/// Steps of comparison that one check may take in all. Beyond it everything fits, so that hostile types cost bounded time.
const MAX_STEPS: u64 = 1 << 27;

/// Compares types within a budget.
#[derive(Debug)]
pub(super) struct Unifier {
    steps: Cell<u64>,
}

impl Unifier {
    pub(super) fn new() -> Unifier {
        Unifier { steps: Cell::new(MAX_STEPS) }
    }

    fn spend(&self, n: usize) -> bool {
        let left = self.steps.get().saturating_sub(1 + n as u64);
        self.steps.set(left);
        left > 0
    }

    /// True if some value is of both types. Unknown fits nothing.
    pub(super) fn fits(&self, a: &Type, b: &Type) -> bool {
        if !self.spend(0) {
            return true;
        }
        match (a, b) {
            (Type::Unknown, _) | (_, Type::Unknown) => false,
            (Type::Any, t) | (t, Type::Any) => !matches!(t, Type::Function(_)),
            (Type::Union(u), t) | (t, Type::Union(u)) => {
                !matches!(t, Type::Function(_)) && u.members().iter().any(|m| self.fits(m, t))
            }
            (Type::Array(a), Type::Array(b)) => self.arrays(a, b),
            (Type::Object(a), Type::Object(b)) => self.objects(a, b),
            (Type::Set(a), Type::Set(b)) => {
                a.element().is_unknown() || b.element().is_unknown() || self.fits(a.element(), b.element())
            }
            (Type::Function(a), Type::Function(b)) => self.functions(a, b),
            (Type::Null, Type::Null)
            | (Type::Boolean, Type::Boolean)
            | (Type::Number, Type::Number)
            | (Type::String, Type::String) => true,
            _ => false,
        }
    }

    fn arrays(&self, a: &Array, b: &Array) -> bool {
        let fixed = a.fixed().len().max(b.fixed().len());
        (0..fixed).all(|i| a.at(i).zip(b.at(i)).is_some_and(|(x, y)| self.fits(x, y)))
            && a.rest().zip(b.rest()).is_none_or(|(x, y)| self.fits(x, y))
    }

    fn objects(&self, a: &Object, b: &Object) -> bool {
        self.properties(a, b)
            && self.properties(b, a)
            && known_values(a).zip(known_values(b)).is_none_or(|(x, y)| self.fits(x, y))
    }

    fn properties(&self, a: &Object, b: &Object) -> bool {
        a.fixed().iter().all(|(key, ty)| match b.get(key) {
            Some(other) => self.fits(ty, other),
            None => known_values(a).is_some() || known_values(b).is_some(),
        })
    }

    fn functions(&self, a: &Function, b: &Function) -> bool {
        a.arity() == b.arity() && a.params.iter().zip(&b.params).all(|(x, y)| self.fits(&x.ty, &y.ty))
    }

    /// Makes `term` fit `ty`: checks its known parts, and types its variables. With `widen` a variable may also be of this type besides
    /// what it was before.
    pub(super) fn assign(&self, env: &mut Env<'_>, term: &Term, ty: &Type, widen: bool) -> bool {
        match &term.kind {
            TermKind::Array(items) => match ty {
                Type::Array(a) => {
                    (items.len() == a.fixed().len() || a.rest().is_some())
                        && items.iter().enumerate().all(|(i, item)| {
                            let unknown = Type::Unknown;
                            self.assign(env, item, a.at(i).unwrap_or(&unknown), widen)
                        })
                }
                _ => self.assign_member(env, term, ty, |u, env| {
                    items.iter().for_each(|item| _ = u.assign(env, item, &Type::Any, true));
                }),
            },
            TermKind::Object(entries) => match ty {
                Type::Object(o) => self.assign_object(env, entries, o, widen),
                _ => self.assign_member(env, term, ty, |u, env| {
                    for (key, value) in entries {
                        u.assign(env, key, &Type::Any, true);
                        u.assign(env, value, &Type::Any, true);
                    }
                }),
            },
            TermKind::Set(items) => match ty {
                Type::Set(s) => items.iter().all(|item| self.assign(env, item, s.element(), widen)),
                _ => self.assign_member(env, term, ty, |u, env| {
                    items.iter().for_each(|item| _ = u.assign(env, item, &Type::Any, true));
                }),
            },
            TermKind::Var(v) => {
                let known = env.var(*v);
                if widen {
                    env.set_var(*v, known.or(ty));
                } else if known.is_unknown() {
                    env.set_var(*v, ty.clone());
                } else {
                    return self.fits(&known, ty);
                }
                true
            }
            TermKind::Const(value) => self.constant_fits(value, ty),
            TermKind::Ref(_) | TermKind::ArrayCompr(_) | TermKind::SetCompr(_) | TermKind::ObjectCompr(..) => {
                self.fits(&env.term(term), ty)
            }
        }
    }

    /// A constant against a type, element by element: each element of a set has to fit, not just one of them.
    fn constant_fits(&self, value: &Value, ty: &Type) -> bool {
        if !self.spend(0) {
            return true;
        }
        match (value, ty) {
            (_, Type::Any) => true,
            (Value::Array(_) | Value::Object(_) | Value::Set(_), Type::Union(u)) => {
                u.members().iter().any(|m| self.constant_fits(value, m))
            }
            (Value::Array(items), Type::Array(a)) => {
                (items.len() == a.fixed().len() || a.rest().is_some())
                    && items.iter().enumerate().all(|(i, item)| a.at(i).is_some_and(|t| self.constant_fits(item, t)))
            }
            (Value::Object(entries), Type::Object(o)) => {
                (entries.len() == o.fixed().len() || o.rest().is_some())
                    && entries.iter().all(|(k, v)| o.get(k).is_some_and(|t| self.constant_fits(v, t)))
            }
            (Value::Set(items), Type::Set(s)) => items.iter().all(|item| self.constant_fits(item, s.element())),
            _ => self.fits(&Type::of_value(value), ty),
        }
    }

    /// A collection against a type that is not of its kind: any of the union's members may take it.
    fn assign_member(
        &self,
        env: &mut Env<'_>,
        term: &Term,
        ty: &Type,
        assign_any: impl FnOnce(&Unifier, &mut Env<'_>),
    ) -> bool {
        match ty {
            Type::Any => {
                assign_any(self, env);
                true
            }
            Type::Union(u) => {
                let mut fits = false;
                for member in u.members() {
                    fits |= self.assign(env, term, member, true);
                }
                fits
            }
            _ => false,
        }
    }

    fn assign_object(&self, env: &mut Env<'_>, entries: &[(Term, Term)], ty: &Object, widen: bool) -> bool {
        if entries.len() != ty.fixed().len() && known_values(ty).is_none() {
            return false;
        }
        entries.iter().all(|(key, value)| match &key.kind {
            TermKind::Const(key) => ty.get(key).is_some_and(|t| self.assign(env, value, t, widen)),
            // Which property a computed key names is unknown, so its value may be anything.
            _ => {
                self.assign(env, value, &Type::Any, widen);
                true
            }
        })
    }

    /// Makes two terms equal. `b` is `None` where one side is a reference that nobody wrote.
    pub(super) fn equate(&self, env: &mut Env<'_>, a: &Term, b: Side<'_>) -> bool {
        let (ty_a, ty_b) = (env.term(a), b.ty(env));
        match (ty_a.has_unknown(), ty_b.has_unknown()) {
            (true, false) => return self.assign(env, a, &ty_b, false),
            (false, true) => {
                return match b {
                    Side::Term(b) => self.assign(env, b, &ty_a, false),
                    Side::View(_) => self.fits(&ty_b, &ty_a),
                };
            }
            (false, false) => return self.fits(&ty_a, &ty_b),
            (true, true) => {}
        }
        if let Some(done) = b.term().and_then(|b| self.equate_parts(env, a, b)) {
            return done;
        }
        let is_unknown_var = |t: &Term, ty: &Type| matches!(t.kind, TermKind::Var(_)) && ty.is_unknown();
        if is_unknown_var(a, &ty_a) && !ty_b.is_unknown() {
            return self.assign(env, a, &ty_b, false);
        }
        match b.term() {
            Some(b) if is_unknown_var(b, &ty_b) && !ty_a.is_unknown() => self.assign(env, b, &ty_a, false),
            _ => false,
        }
    }

    fn equate_constant(&self, env: &mut Env<'_>, term: &Term, value: &Value) -> bool {
        let constant = Term { kind: TermKind::Const(value.clone()), span: term.span };
        self.equate(env, term, Side::Term(&constant))
    }

    /// Two partly known terms, part by part; `None` if they are not of kinds that have parts.
    fn equate_parts(&self, env: &mut Env<'_>, a: &Term, b: &Term) -> Option<bool> {
        let both = |u: &Unifier, env: &mut Env<'_>, collection: &Term, var: &Term| {
            u.assign(env, collection, &Type::Any, false) && {
                let ty = env.term(collection);
                u.assign(env, var, &ty, false)
            }
        };
        Some(match (&a.kind, &b.kind) {
            (TermKind::Var(_), TermKind::Var(_)) => both(self, env, a, b),
            (TermKind::Array(_) | TermKind::Object(_), TermKind::Var(_)) => both(self, env, a, b),
            (TermKind::Var(_), TermKind::Array(_) | TermKind::Object(_)) => both(self, env, b, a),
            (TermKind::Array(x), TermKind::Array(y)) => {
                x.len() == y.len() && x.iter().zip(y).all(|(x, y)| self.equate(env, x, Side::Term(y)))
            }
            (TermKind::Object(x), TermKind::Object(y)) => {
                x.len() == y.len()
                    && x.iter().all(|(key, value)| {
                        let same = |(k, _): &&(Term, Term)| same_key(k, key);
                        y.iter().find(same).is_some_and(|(_, other)| self.equate(env, value, Side::Term(other)))
                    })
            }
            (TermKind::Array(x), TermKind::Const(Value::Array(y))) => {
                x.len() == y.len() && x.iter().zip(y.iter()).all(|(x, y)| self.equate_constant(env, x, y))
            }
            (TermKind::Const(Value::Array(_) | Value::Object(_)), TermKind::Array(_) | TermKind::Object(_)) => {
                return self.equate_parts(env, b, a);
            }
            (TermKind::Object(x), TermKind::Const(Value::Object(y))) => {
                x.len() == y.len()
                    && x.iter().all(|(key, value)| match &key.kind {
                        TermKind::Const(key) => y.get(key).is_some_and(|other| self.equate_constant(env, value, other)),
                        _ => false,
                    })
            }
            (TermKind::Array(_) | TermKind::Object(_), _) => false,
            _ => return None,
        })
    }
}

/// Type of the unnamed properties, if there are any and it is known.
fn known_values(object: &Object) -> Option<&Type> {
    object.rest().map(|(_, value)| value).filter(|t| !t.is_unknown())
}

fn same_key(a: &Term, b: &Term) -> bool {
    match (&a.kind, &b.kind) {
        (TermKind::Const(a), TermKind::Const(b)) => a == b,
        (TermKind::Var(a), TermKind::Var(b)) => a == b,
        _ => false,
    }
}

/// The right side of an equation.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side<'s> {
    Term(&'s Term),
    /// A reference made from parts of a literal.
    View(&'s View<'s>),
}

impl<'s> Side<'s> {
    pub(super) fn ty(self, env: &Env<'_>) -> Type {
        match self {
            Side::Term(t) => env.term(t),
            Side::View(v) => env.view(v),
        }
    }

    fn term(self) -> Option<&'s Term> {
        match self {
            Side::Term(t) => Some(t),
            Side::View(_) => None,
        }
    }
}
