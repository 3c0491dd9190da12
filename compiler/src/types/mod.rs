//! Types of Rego values, for the checks before a policy runs.
//!
//! A [`Type`] is a set of values. Unions are sorted and hold each member once, so that equal types are equal data. Composite types
//! know their size and depth; one that exceeds [`MAX_NODES`], [`MAX_DEPTH`] or [`MAX_MEMBERS`] widens to `any`, which accepts
//! more and never less. Cloning is cheap: composites are shared.

mod compare;
mod function;
mod json;
mod of_value;
mod ops;
mod print;
mod signature;

use std::sync::{Arc, OnceLock};

use writ_value::Value;

pub use function::{Function, Parameter};
pub use signature::SignatureError;

/// Nesting of a type before it widens to `any`.
pub const MAX_DEPTH: u32 = 160;
/// Nodes of a type (shared parts counted each time they occur) before it widens to `any`.
pub const MAX_NODES: u32 = 1 << 20;
/// Members of a union before it widens to `any`.
pub const MAX_MEMBERS: usize = 512;

/// The type of a value or function.
#[derive(Clone, Debug, Default)]
pub enum Type {
    /// Nothing is known, not even that there is a value. Prints as `???`.
    #[default]
    Unknown,
    /// `null`
    Null,
    /// A boolean.
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// Arrays of one shape.
    Array(Arc<Array>),
    /// Objects of one shape.
    Object(Arc<Object>),
    /// Sets of one element type.
    Set(Arc<Set>),
    /// Every value.
    Any,
    /// One of several types.
    Union(Arc<Union>),
    /// A function, which is no value.
    Function(Arc<Function>),
}

/// Shape of an array: types of its first elements, and of those that follow.
#[derive(Debug)]
pub struct Array {
    fixed: Vec<Type>,
    rest: Option<Type>,
    extent: Extent,
}

/// Shape of an object: properties with known keys, and what others may be.
#[derive(Debug)]
pub struct Object {
    /// Sorted by key, keys unique.
    fixed: Vec<(Value, Type)>,
    rest: Option<(Type, Type)>,
    extent: Extent,
}

/// Element type of a set; unknown for the empty set.
#[derive(Debug)]
pub struct Set {
    element: Type,
    extent: Extent,
}

/// Members of a union: at least one, sorted, unique, none of them `any` or a union.
#[derive(Debug)]
pub struct Union {
    members: Vec<Type>,
    extent: Extent,
}

/// Size of a composite and what was derived from it once.
#[derive(Debug, Default)]
struct Extent {
    nodes: u32,
    depth: u32,
    has_unknown: bool,
    keys: OnceLock<Type>,
    values: OnceLock<Type>,
}

impl Extent {
    fn of<'a>(children: impl Iterator<Item = &'a Type>) -> Extent {
        let mut extent = Extent { nodes: 1, depth: 1, ..Extent::default() };
        for child in children {
            let (nodes, depth, unknown) = child.extent();
            extent.nodes = extent.nodes.saturating_add(nodes);
            extent.depth = extent.depth.max(depth + 1);
            extent.has_unknown |= unknown;
        }
        extent
    }

    fn too_large(&self) -> bool {
        self.nodes > MAX_NODES || self.depth > MAX_DEPTH
    }
}

impl Type {
    /// An array whose first elements have the types `fixed` and all further ones `rest`.
    pub fn array(fixed: Vec<Type>, rest: Option<Type>) -> Type {
        // Elements of which nothing is known count as none, as in OPA.
        let rest = rest.filter(|t| !t.is_unknown());
        let extent = Extent::of(fixed.iter().chain(&rest));
        if extent.too_large() { Type::Any } else { Type::Array(Arc::new(Array { fixed, rest, extent })) }
    }

    /// An array of any length.
    pub fn array_of(element: Type) -> Type {
        Type::array(Vec::new(), Some(element))
    }

    /// An object with the properties `fixed` and others of the types in `rest`. Of equal keys the last counts.
    pub fn object(mut fixed: Vec<(Value, Type)>, rest: Option<(Type, Type)>) -> Type {
        // Reversed before the stable sort so that removing later duplicates keeps the last property given.
        fixed.reverse();
        fixed.sort_by(|a, b| a.0.cmp(&b.0));
        fixed.dedup_by(|a, b| a.0 == b.0);
        let extent = Extent::of(fixed.iter().map(|(_, t)| t).chain(rest.iter().flat_map(|(k, v)| [k, v])));
        if extent.too_large() { Type::Any } else { Type::Object(Arc::new(Object { fixed, rest, extent })) }
    }

    /// An object with any number of properties.
    pub fn object_of(key: Type, value: Type) -> Type {
        Type::object(Vec::new(), Some((key, value)))
    }

    /// A set; `Unknown` as element makes the type of the empty set.
    pub fn set(element: Type) -> Type {
        let extent = Extent::of(std::iter::once(&element));
        if extent.too_large() { Type::Any } else { Type::Set(Arc::new(Set { element, extent })) }
    }

    /// The union of exactly these members, which must be neither unions nor `any`. None means `any`.
    pub fn union(mut members: Vec<Type>) -> Type {
        members.sort();
        members.dedup();
        Type::union_of_sorted(members)
    }

    fn union_of_sorted(members: Vec<Type>) -> Type {
        if members.is_empty() || members.len() > MAX_MEMBERS {
            return Type::Any;
        }
        let extent = Extent::of(members.iter());
        if extent.too_large() { Type::Any } else { Type::Union(Arc::new(Union { members, extent })) }
    }

    /// Parses the notation that types print as, e.g. `any<string, array[number]>`.
    ///
    /// # Errors
    /// The text is not a type.
    pub fn parse(text: &str) -> Result<Type, SignatureError> {
        signature::parse_type(text)
    }

    /// True if nothing at all is known.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Type::Unknown)
    }

    /// True if some part of the type is not known.
    pub fn has_unknown(&self) -> bool {
        self.extent().2
    }

    fn extent(&self) -> (u32, u32, bool) {
        let extent = match self {
            Type::Unknown => return (1, 1, true),
            Type::Null | Type::Boolean | Type::Number | Type::String | Type::Any => return (1, 1, false),
            Type::Function(f) => return (1, 1, f.has_unknown()),
            Type::Array(a) => &a.extent,
            Type::Object(o) => &o.extent,
            Type::Set(s) => &s.extent,
            // Members that hold unknown parts do not make the union unknown: one of the others may be meant.
            Type::Union(u) => return (u.extent.nodes, u.extent.depth, false),
        };
        (extent.nodes, extent.depth, extent.has_unknown)
    }
}

impl Array {
    /// Types of the first elements.
    pub fn fixed(&self) -> &[Type] {
        &self.fixed
    }

    /// Type of all further elements; `None` if there are none.
    pub fn rest(&self) -> Option<&Type> {
        self.rest.as_ref()
    }

    /// Type of the element at `index`.
    pub fn at(&self, index: usize) -> Option<&Type> {
        self.fixed.get(index).or(self.rest.as_ref())
    }
}

impl Object {
    /// Properties with known keys, sorted by key.
    pub fn fixed(&self) -> &[(Value, Type)] {
        &self.fixed
    }

    /// Key and value type of all other properties; `None` if there are none.
    pub fn rest(&self) -> Option<&(Type, Type)> {
        self.rest.as_ref()
    }

    /// Type of the property `key`.
    pub fn get(&self, key: &Value) -> Option<&Type> {
        if let Ok(i) = self.fixed.binary_search_by(|(k, _)| k.cmp(key)) {
            return self.fixed.get(i).map(|(_, t)| t);
        }
        self.rest.as_ref().filter(|(k, _)| k.contains(&Type::of_value(key))).map(|(_, v)| v)
    }
}

impl Set {
    /// Element type; unknown for the empty set.
    pub fn element(&self) -> &Type {
        &self.element
    }
}

impl Union {
    /// The members, sorted.
    pub fn members(&self) -> &[Type] {
        &self.members
    }
}

/// A constant key as it prints within a type.
pub fn plain(key: &Value) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = of_value::plain_key(key, &mut out);
    out
}

#[cfg(test)]
mod tests;
