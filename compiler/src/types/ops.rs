//! Operations on types: union, containment, selection, keys and values.

use std::sync::Arc;

use writ_value::Value;

use super::Type;
use super::of_value::as_index;

impl Type {
    /// The smallest type that holds both. `Unknown` adds nothing; a function joined with a value is unknown.
    ///
    /// Cost: linear in the number of union members.
    #[must_use]
    pub fn or(&self, other: &Type) -> Type {
        match (self, other) {
            (Type::Unknown, t) | (t, Type::Unknown) => t.clone(),
            (Type::Function(a), Type::Function(b)) => a.or(b).map_or(Type::Unknown, |f| Type::Function(Arc::new(f))),
            (Type::Function(_), _) | (_, Type::Function(_)) => Type::Unknown,
            (Type::Any, _) | (_, Type::Any) => Type::Any,
            (Type::Union(a), Type::Union(b)) => {
                if Arc::ptr_eq(a, b) {
                    return self.clone();
                }
                merge(&a.members, &b.members)
            }
            (Type::Union(u), t) | (t, Type::Union(u)) => match u.members.binary_search(t) {
                Ok(_) => Type::Union(u.clone()),
                Err(at) => {
                    let mut members = u.members.clone();
                    members.insert(at, t.clone());
                    Type::union_of_sorted(members)
                }
            },
            (a, b) if a == b => a.clone(),
            (a, b) => Type::union(vec![a.clone(), b.clone()]),
        }
    }

    /// The union of all. Cost: linear times logarithmic, however many distinct members there are.
    #[must_use]
    pub fn or_all<'a>(types: impl IntoIterator<Item = &'a Type>) -> Type {
        let mut members: Vec<Type> = Vec::new();
        let (mut any, mut function) = (false, None::<Type>);
        for t in types {
            match t {
                Type::Unknown => continue,
                // A function and a value have no type in common; what comes after them counts again.
                t if function.is_some() => {
                    function = function.take().map(|f| f.or(t)).filter(|t| !t.is_unknown());
                }
                Type::Function(_) if members.is_empty() && !any => function = Some(t.clone()),
                Type::Function(_) => {
                    members.clear();
                    any = false;
                }
                Type::Any => any = true,
                Type::Union(u) => members.extend(u.members.iter().cloned()),
                t if members.last() == Some(t) => continue,
                t => members.push(t.clone()),
            }
            if members.len() > 4 * super::MAX_MEMBERS {
                members.sort();
                members.dedup();
                if members.len() > super::MAX_MEMBERS {
                    members.clear();
                    any = true;
                }
            }
        }
        if let Some(function) = function {
            return function;
        }
        if any {
            return Type::Any;
        }
        members.sort();
        members.dedup();
        match members.len() {
            0 => Type::Unknown,
            1 => members.swap_remove(0),
            _ => Type::union_of_sorted(members),
        }
    }

    /// True if `self` is `other` or names it as a member. No deeper subtyping.
    pub fn contains(&self, other: &Type) -> bool {
        match (self, other) {
            (Type::Any | Type::Union(_), Type::Function(_)) => false,
            (Type::Any, _) => true,
            (Type::Union(u), t) => u.members.binary_search(t).is_ok(),
            (a, b) => a == b,
        }
    }

    /// Type of what a constant key selects; unknown if it selects nothing.
    #[must_use]
    pub fn select(&self, key: &Value) -> Type {
        match self {
            Type::Array(a) => as_index(key).and_then(|i| a.at(i)).cloned().unwrap_or_default(),
            Type::Object(o) => o.get(key).cloned().unwrap_or_default(),
            Type::Set(s) => {
                let ty = Type::of_value(key);
                let holds = match &s.element {
                    element @ (Type::Any | Type::Union(_)) => element.contains(&ty),
                    element => *element == ty,
                };
                if holds { ty } else { Type::Unknown }
            }
            Type::Any => Type::Any,
            Type::Union(u) => {
                let selected: Vec<Type> = u.members.iter().map(|m| m.select(key)).collect();
                Type::or_all(&selected)
            }
            _ => Type::Unknown,
        }
    }

    /// Type of the keys that iteration yields; unknown if there is nothing to iterate. Computed once per type.
    #[must_use]
    pub fn keys(&self) -> Type {
        match self {
            Type::Array(_) => Type::Number,
            Type::Object(o) => o
                .extent
                .keys
                .get_or_init(|| {
                    let fixed: Vec<Type> = o.fixed.iter().map(|(k, _)| Type::of_value(k)).collect();
                    Type::or_all(fixed.iter().chain(o.rest.as_ref().map(|(k, _)| k)))
                })
                .clone(),
            Type::Set(s) => s.element.clone(),
            Type::Any => Type::Any,
            Type::Union(u) => u
                .extent
                .keys
                .get_or_init(|| {
                    let keys: Vec<Type> = u.members.iter().map(Type::keys).collect();
                    Type::or_all(&keys)
                })
                .clone(),
            _ => Type::Unknown,
        }
    }

    /// Type of the values that iteration yields; unknown if there is nothing to iterate. Computed once per type.
    #[must_use]
    pub fn values(&self) -> Type {
        match self {
            Type::Array(a) => a.extent.values.get_or_init(|| Type::or_all(a.fixed.iter().chain(&a.rest))).clone(),
            Type::Object(o) => o
                .extent
                .values
                .get_or_init(|| Type::or_all(o.fixed.iter().map(|(_, v)| v).chain(o.rest.as_ref().map(|(_, v)| v))))
                .clone(),
            Type::Set(s) => s.element.clone(),
            Type::Any => Type::Any,
            Type::Union(u) => u
                .extent
                .values
                .get_or_init(|| {
                    let values: Vec<Type> = u.members.iter().map(Type::values).collect();
                    Type::or_all(&values)
                })
                .clone(),
            _ => Type::Unknown,
        }
    }
}

/// Union of two sorted lists in one pass.
fn merge(a: &[Type], b: &[Type]) -> Type {
    let mut members = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    loop {
        let next = match (a.peek(), b.peek()) {
            (Some(x), Some(y)) => match x.cmp(y) {
                std::cmp::Ordering::Less => a.next(),
                std::cmp::Ordering::Greater => b.next(),
                std::cmp::Ordering::Equal => {
                    b.next();
                    a.next()
                }
            },
            (Some(_), None) => a.next(),
            (None, _) => b.next(),
        };
        match next {
            Some(t) => members.push(t.clone()),
            None => return Type::union_of_sorted(members),
        }
    }
}
