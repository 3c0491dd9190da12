//! Types of documents by their path below `data`.

use std::cell::RefCell;
use std::collections::BTreeMap;

use writ_value::Value;

use crate::types::{MAX_DEPTH, Type};

/// Position of a node in its tree.
pub(super) type NodeId = usize;

/// The root of every tree: `data` itself.
pub(super) const ROOT: NodeId = 0;

/// A tree of types. A node with a type is a document that rules define; it may have children where other rules define parts of it.
#[derive(Debug)]
pub(super) struct TypeTree {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    ty: Type,
    children: BTreeMap<Value, NodeId>,
    /// Type of the whole document below this node, until something changes there.
    extent: RefCell<Option<Type>>,
}

impl TypeTree {
    pub(super) fn new() -> TypeTree {
        TypeTree { nodes: vec![Node::default()] }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.nodes.len() == 1 && self.own(ROOT).is_none()
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn child(&self, node: NodeId, key: &Value) -> Option<NodeId> {
        self.nodes[node].children.get(key).copied()
    }

    pub(super) fn keys(&self, node: NodeId) -> impl Iterator<Item = &Value> {
        self.nodes[node].children.keys()
    }

    pub(super) fn has_children(&self, node: NodeId) -> bool {
        !self.nodes[node].children.is_empty()
    }

    /// The node's own type, if rules define it.
    pub(super) fn own(&self, node: NodeId) -> Option<&Type> {
        Some(&self.nodes[node].ty).filter(|t| !t.is_unknown())
    }

    /// Type of the whole document at a node. Base data may add properties, so objects of children stay open.
    pub(super) fn extent(&self, node: NodeId) -> Type {
        if let Some(own) = self.own(node) {
            return own.clone();
        }
        if let Some(known) = &*self.nodes[node].extent.borrow() {
            return known.clone();
        }
        let scalar = |k: &Value| matches!(k, Value::String(_) | Value::Number(_) | Value::Bool(_));
        let children = self.nodes[node].children.iter().filter(|(k, _)| scalar(k));
        let fixed = children.map(|(k, child)| (k.clone(), self.extent(*child))).collect();
        let ty = Type::object(fixed, Some((Type::String, Type::Any)));
        *self.nodes[node].extent.borrow_mut() = Some(ty.clone());
        ty
    }

    /// Replaces the type at `path`.
    pub(super) fn put(&mut self, path: &[Value], ty: Type) {
        let (path, ty) = cut(path, ty);
        let node = self.make(path, |_, _| {});
        self.nodes[node].ty = ty;
    }

    /// Adds a type at `path`: it joins what is there, objects above learn of the property, and parts below join an object.
    pub(super) fn insert(&mut self, path: &[Value], ty: Type) {
        let (path, ty) = cut(path, ty);
        let node = self.make(path, |node, rest| {
            if matches!(node.ty, Type::Object(_)) && !rest.is_empty() {
                node.ty = insert_into_object(&node.ty, rest, &ty);
            }
        });
        let mut merged = merge(&self.nodes[node].ty, &ty);
        if matches!(ty, Type::Object(_)) && self.has_children(node) {
            for (below, leaf) in self.leaves(node) {
                merged = insert_into_object(&merged, &below, &leaf);
            }
        }
        self.nodes[node].ty = merged;
    }

    /// Walks to `path`, making nodes; `visit` sees each existing node on the way with the rest of the path.
    fn make(&mut self, path: &[Value], mut visit: impl FnMut(&mut Node, &[Value])) -> NodeId {
        let mut node = ROOT;
        *self.nodes[ROOT].extent.borrow_mut() = None;
        for (i, key) in path.iter().enumerate() {
            node = match self.child(node, key) {
                Some(child) => {
                    visit(&mut self.nodes[child], &path[i + 1..]);
                    child
                }
                None => {
                    let child = self.nodes.len();
                    self.nodes.push(Node::default());
                    self.nodes[node].children.insert(key.clone(), child);
                    child
                }
            };
            *self.nodes[node].extent.borrow_mut() = None;
        }
        node
    }

    /// Paths and types of the nearest typed nodes below `node`.
    fn leaves(&self, node: NodeId) -> Vec<(Vec<Value>, Type)> {
        let mut found = Vec::new();
        let mut open: Vec<(NodeId, Vec<Value>)> = vec![(node, Vec::new())];
        while let Some((at, path)) = open.pop() {
            for (key, child) in &self.nodes[at].children {
                let mut path = path.clone();
                path.push(key.clone());
                match self.own(*child) {
                    Some(ty) => found.push((path, ty.clone())),
                    None => open.push((*child, path)),
                }
            }
        }
        found
    }
}

/// A path deeper than a type may be counts as its prefix with any value.
fn cut(path: &[Value], ty: Type) -> (&[Value], Type) {
    match path.get(..MAX_DEPTH as usize / 2) {
        Some(prefix) if prefix.len() < path.len() => (prefix, Type::Any),
        _ => (path, ty),
    }
}

/// `object` with a property at `path`, as part of its unnamed properties. Types that are no objects stay.
fn insert_into_object(object: &Type, path: &[Value], ty: &Type) -> Type {
    let (Type::Object(o), Some((key, rest))) = (object, path.split_first()) else { return object.clone() };
    let value =
        if rest.is_empty() { ty.clone() } else { insert_into_object(&Type::object(Vec::new(), None), rest, ty) };
    let key = Type::of_value(key);
    let others = match o.rest() {
        Some((k, v)) => (k.or(&key), v.or(&value)),
        None => (key, value),
    };
    Type::object(o.fixed().to_vec(), Some(others))
}

/// The type of a document that two rules define: sets and open objects join inside, others form a union.
fn merge(a: &Type, b: &Type) -> Type {
    match (a, b) {
        (Type::Unknown, t) | (t, Type::Unknown) => t.clone(),
        (Type::Set(a), Type::Set(b)) => Type::set(a.element().or(b.element())),
        (Type::Object(x), Type::Object(y)) if x.fixed().is_empty() && y.fixed().is_empty() => {
            match (x.rest(), y.rest()) {
                (None, _) => b.clone(),
                (_, None) => a.clone(),
                (Some((k1, v1)), Some((k2, v2))) => Type::object_of(k1.or(k2), merge(v1, v2)),
            }
        }
        (Type::Object(o), u @ Type::Union(_)) | (u @ Type::Union(_), Type::Object(o)) => {
            merge_into_union(u, o).unwrap_or_else(|| a.or(b))
        }
        _ => a.or(b),
    }
}

/// Joins an open object with the open object that the union has, if both exist.
fn merge_into_union(union: &Type, object: &crate::types::Object) -> Option<Type> {
    let Type::Union(u) = union else { return None };
    let (key, value) = object.rest().filter(|_| object.fixed().is_empty())?;
    let open = |t: &Type| match t {
        Type::Object(o) if o.fixed().is_empty() => o.rest().cloned(),
        _ => None,
    };
    let at = u.members().iter().position(|t| open(t).is_some())?;
    let mut members = u.members().to_vec();
    let (k, v) = open(&members[at])?;
    members[at] = Type::object_of(k.or(key), v.or(value));
    Some(Type::union(members))
}
