//! Order and equality of types: the order in which the members of a union print.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Array, Object, Type};

impl Type {
    fn rank(&self) -> u8 {
        match self {
            Type::Unknown => 0,
            Type::Null => 1,
            Type::Boolean => 2,
            Type::Number => 3,
            Type::String => 4,
            Type::Array(_) => 5,
            Type::Object(_) => 6,
            Type::Set(_) => 7,
            Type::Any | Type::Union(_) => 8,
            Type::Function(_) => 9,
        }
    }
}

impl Ord for Type {
    fn cmp(&self, other: &Type) -> Ordering {
        match (self, other) {
            (Type::Array(a), Type::Array(b)) => same(a, b, arrays),
            (Type::Object(a), Type::Object(b)) => same(a, b, objects),
            (Type::Set(a), Type::Set(b)) => same(a, b, |a, b| a.element.cmp(&b.element)),
            (Type::Union(a), Type::Union(b)) => same(a, b, |a, b| a.members.cmp(&b.members)),
            (Type::Any, Type::Union(_)) => Ordering::Less,
            (Type::Union(_), Type::Any) => Ordering::Greater,
            (Type::Function(a), Type::Function(b)) => same(a, b, |a, b| a.compare(b)),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

/// Shared types are equal without a look inside.
fn same<T>(a: &Arc<T>, b: &Arc<T>, compare: impl FnOnce(&T, &T) -> Ordering) -> Ordering {
    if Arc::ptr_eq(a, b) { Ordering::Equal } else { compare(a, b) }
}

/// `None` is less than any type.
fn arrays(a: &Array, b: &Array) -> Ordering {
    a.rest.cmp(&b.rest).then_with(|| a.fixed.cmp(&b.fixed))
}

fn objects(a: &Object, b: &Object) -> Ordering {
    a.rest.cmp(&b.rest).then_with(|| a.fixed.cmp(&b.fixed))
}

impl PartialOrd for Type {
    fn partial_cmp(&self, other: &Type) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Type {
    fn eq(&self, other: &Type) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Type {}
