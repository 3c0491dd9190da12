//! A compiled schema: an arena of nodes that refer to each other by index, so that references may form cycles.

use writ_value::Number;

use crate::regex::Pattern;

/// Index of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NodeId(pub(super) usize);

/// A compiled schema; the first node is its root.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    pub(super) nodes: Vec<Node>,
}

/// A version of the specification; the order is that of time. `Hybrid` accepts what any of them does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Draft {
    Draft4,
    Draft6,
    Draft7,
    #[default]
    Hybrid,
}

/// What a keyword like `additionalProperties` says about the rest.
#[derive(Debug, Default)]
pub(super) enum Additional {
    #[default]
    Any,
    None,
    Schema(NodeId),
}

/// Elements of arrays.
#[derive(Debug, Default)]
pub(super) enum Items {
    #[default]
    Any,
    /// One schema for all.
    Each(NodeId),
    /// One schema per position.
    Positions(Vec<NodeId>),
}

/// What the presence of a property demands.
#[derive(Debug)]
pub(super) enum Dependency {
    Properties(Vec<String>),
    Schema(NodeId),
}

/// All keywords of one schema. Lists of properties are sorted by name.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// `true` or `false` instead of an object.
    pub(super) pass: Option<bool>,
    /// Replaces everything else.
    pub(super) reference: Option<NodeId>,
    pub(super) types: Vec<String>,
    pub(super) properties: Vec<(String, NodeId)>,
    pub(super) additional_properties: Additional,
    pub(super) pattern_properties: Vec<(Pattern, NodeId)>,
    pub(super) property_names: Option<NodeId>,
    pub(super) dependencies: Vec<(String, Dependency)>,
    pub(super) items: Items,
    pub(super) additional_items: Additional,
    pub(super) contains: Option<NodeId>,
    pub(super) multiple_of: Option<Number>,
    pub(super) minimum: Option<Number>,
    pub(super) exclusive_minimum: Option<Number>,
    pub(super) maximum: Option<Number>,
    pub(super) exclusive_maximum: Option<Number>,
    pub(super) min_length: Option<usize>,
    pub(super) max_length: Option<usize>,
    /// The pattern and its text.
    pub(super) pattern: Option<(Pattern, String)>,
    pub(super) format: String,
    pub(super) min_properties: Option<usize>,
    pub(super) max_properties: Option<usize>,
    pub(super) required: Vec<String>,
    pub(super) min_items: Option<usize>,
    pub(super) max_items: Option<usize>,
    pub(super) unique_items: bool,
    /// Canonical text, as in [`super::keywords::canonical`].
    pub(super) constant: Option<String>,
    /// Canonical texts; empty and present fails always.
    pub(super) enumeration: Option<Vec<String>>,
    pub(super) one_of: Vec<NodeId>,
    pub(super) any_of: Vec<NodeId>,
    pub(super) all_of: Vec<NodeId>,
    pub(super) not: Option<NodeId>,
    pub(super) condition: Option<NodeId>,
    pub(super) then: Option<NodeId>,
    pub(super) otherwise: Option<NodeId>,
}
