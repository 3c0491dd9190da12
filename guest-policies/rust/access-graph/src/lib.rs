//! Access through groups of groups: a search in the graph of memberships for a group that was granted the action on the resource or on a folder around it.

use std::collections::{BTreeMap, HashSet, VecDeque};

use serde::Deserialize;
use writ_guest_sdk::{module, policy};

/// Who wants to do what.
#[derive(Debug, Deserialize)]
pub struct Request<'a> {
    /// A user or any other node of the graph.
    #[serde(borrow)]
    pub subject: &'a str,
    /// Such as `read`.
    #[serde(borrow)]
    pub action: &'a str,
    /// A path such as `docs/2026/plan`.
    #[serde(borrow)]
    pub resource: &'a str,
}

/// Memberships and grants.
#[derive(Debug, Deserialize)]
pub struct Graph {
    /// By member: what it is a member of.
    pub member_of: BTreeMap<String, Vec<String>>,
    /// By group.
    pub grants: BTreeMap<String, Vec<Grant>>,
    /// Longest chain of memberships that counts.
    #[serde(default = "default_depth")]
    pub max_depth: usize,
}

fn default_depth() -> usize {
    16
}

/// A right to act on a resource and all below it.
#[derive(Debug, Deserialize)]
pub struct Grant {
    /// `*` is any action.
    pub action: String,
    /// Empty is everything.
    pub resource: String,
}

impl Grant {
    fn covers(&self, request: &Request<'_>) -> bool {
        let below = |rest: &str| self.resource.is_empty() || rest.is_empty() || rest.starts_with('/');
        (self.action == "*" || self.action == request.action)
            && request.resource.strip_prefix(self.resource.as_str()).is_some_and(below)
    }
}

/// Breadth first, so that the path is a shortest one; each node is visited once, so that cycles end.
fn search<'a>(request: &'a Request<'a>, graph: &'a Graph) -> Option<Vec<&'a str>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut seen = HashSet::from([request.subject]);
    let mut queue = VecDeque::from([(request.subject, 0)]);
    while let Some((node, depth)) = queue.pop_front() {
        if graph.grants.get(node).is_some_and(|grants| grants.iter().any(|grant| grant.covers(request))) {
            let mut path = vec![node];
            while let Some(&before) = path.last().and_then(|last| came_from.get(last)) {
                path.push(before);
            }
            path.reverse();
            return Some(path);
        }
        if depth == graph.max_depth {
            continue;
        }
        for group in graph.member_of.get(node).into_iter().flatten() {
            if seen.insert(group) {
                came_from.insert(group, node);
                queue.push_back((group, depth + 1));
            }
        }
    }
    None
}

/// With the path; undefined without access.
#[policy(entrypoint = "access/path", data = "access")]
pub fn path(input: &Request<'_>, data: &Graph) -> Option<Vec<String>> {
    let path = search(input, data)?;
    Some(path.into_iter().map(str::to_owned).collect())
}

/// Whether there is access.
#[policy(entrypoint = "access/allow", data = "access")]
pub fn allow(input: &Request<'_>, data: &Graph) -> bool {
    search(input, data).is_some()
}

module!(path, allow);
