//! `graph.reachable`, `graph.reachable_paths` and `walk`.

use writ_abi::{Tag, Word};

use super::operand;
use crate::compare::{MAX_DEPTH, too_deep};
use crate::error::Answer;
use crate::{iter, table, value};

/// `graph.reachable`: the nodes of the graph that can be reached from the initial ones, which count.
pub fn reachable(graph: Word, initial: Word) -> Answer {
    let graph = operand::object("graph.reachable", 1, graph)?;
    let initial = operand::list("graph.reachable", 2, initial, "{array, set}")?;
    let reached = table::set(8);
    let queue = value::array(value::len(initial));
    for node in iter::elements(initial) {
        value::push(queue, node);
    }
    let mut next = 0;
    while next < value::len(queue) {
        let node = value::item(queue, next);
        next += 1;
        let edges = table::get(graph, node);
        if !edges.is_defined() || table::contains(reached, node) {
            continue;
        }
        table::add(reached, node);
        for neighbor in iter::elements(edges) {
            if !table::contains(reached, neighbor) {
                value::push(queue, neighbor);
            }
        }
    }
    Some(reached)
}

/// `graph.reachable_paths`: paths from the initial nodes, each cut in front of a node that was already gone through from the same initial
/// node, or where it leaves the graph. OPA up to 1.21 and its conformance suite; OPA 1.22 cuts a path only in front of its own nodes.
///
/// Keeps its own stack, since a path may be as long as the graph is large.
pub fn reachable_paths(graph: Word, initial: Word) -> Answer {
    let graph = operand::object("graph.reachable_paths", 1, graph)?;
    let initial = operand::list("graph.reachable_paths", 2, initial, "{array, set}")?;
    let paths = table::set(8);
    for node in iter::elements(initial) {
        if table::get(graph, node).is_defined() {
            paths_from(graph, node, paths);
        }
    }
    Some(paths)
}

fn paths_from(graph: Word, root: Word, paths: Word) {
    // Three words per node of the current path: the node, its edges, how many of them were followed.
    let stack = value::array(16);
    let mut reached = table::set(8);
    let mut depth = 0;
    enter(graph, root, stack, &mut depth, paths);
    while depth > 0 {
        let top = (depth - 1) * 3;
        let edges = value::item(stack, top + 1);
        let followed = value::item(stack, top + 2).as_int().unwrap_or(0);
        if followed == i64::from(iter::begin(edges)) {
            depth -= 1;
            continue;
        }
        value::set_item(stack, top + 2, value::int(followed + 1));
        let neighbor = iter::val(edges, followed as u32);
        if depth == 1 {
            // What was gone through counts within one branch from the root.
            reached = table::set(8);
        }
        // OPA does not look for the root itself among the root's own neighbours.
        if depth > 1 && table::contains(reached, neighbor) {
            table::add(paths, path(stack, depth));
        } else {
            table::add(reached, value::item(stack, top));
            enter(graph, neighbor, stack, &mut depth, paths);
        }
    }
}

/// Goes on to a node; a path that ends there, or in front of it because the graph lacks it, is complete.
fn enter(graph: Word, node: Word, stack: Word, depth: &mut u32, paths: Word) {
    let edges = table::get(graph, node);
    if !edges.is_defined() {
        table::add(paths, path(stack, *depth));
        return;
    }
    for (i, word) in [node, edges, value::int(0)].into_iter().enumerate() {
        let at = *depth * 3 + i as u32;
        if at < value::len(stack) { value::set_item(stack, at, word) } else { value::push(stack, word) }
    }
    *depth += 1;
    if iter::elements(edges).len() == 0 {
        table::add(paths, path(stack, *depth));
        *depth -= 1;
    }
}

fn path(stack: Word, depth: u32) -> Word {
    let path = value::array(depth);
    for i in 0..depth {
        value::push(path, value::item(stack, i * 3));
    }
    path
}

/// `walk`: an array of `[path, value]` for the value itself and everything below, parents first.
pub fn walk(w: Word) -> Answer {
    let found = value::array(8);
    visit(w, value::array(0), found, 0);
    Some(found)
}

fn visit(w: Word, path: Word, found: Word, depth: u32) {
    if depth > MAX_DEPTH {
        too_deep();
    }
    let pair = value::array(2);
    value::push(pair, path);
    value::push(pair, w);
    value::push(found, pair);
    if !matches!(w.tag(), Tag::Array | Tag::Object | Tag::Set) {
        return;
    }
    for i in 0..iter::begin(w) {
        let below = value::array(depth + 1);
        for step in value::items(path) {
            value::push(below, step);
        }
        value::push(below, iter::key(w, i));
        visit(iter::val(w, i), below, found, depth + 1);
    }
}
