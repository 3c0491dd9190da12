//! The custom section `writ.input`: JSON text from which a host knows the slots of a frame.
//!
//! ```text
//!   {"version":1,
//!    "slots":3,                   words in a frame
//!    "of":[0,0,1],                projection of each entrypoint
//!    "projections":[node,…]}
//!
//!   node   {"s":2,                the value goes into slot 2
//!           "k":1,                the value is part of the one above it
//!           "w":1,                everything below it is kept
//!           "f":{"role":node},    below keys of an object
//!           "i":{"0":node},       below positions of an array
//!           "e":node}             below all other keys and positions, which are kept
//! ```
//!
//! Whatever has none of these is skipped. A value that is kept without contents is `[]` or `{}` where it is a collection.

use std::fmt::Write;

use writ_value::{Number, Value};

use super::meta::json_string;
use crate::plan::input::{InputPlan, Node};

/// Version of the section.
const VERSION: u32 = 1;

/// Text of the section.
pub(crate) fn write(plan: &InputPlan) -> String {
    let mut out = format!("{{\"version\":{VERSION},\"slots\":{}", plan.slots);
    out.push_str(",\"of\":[");
    for (n, projection) in plan.of_entrypoint.iter().enumerate() {
        let _ = write!(out, "{}{projection}", if n == 0 { "" } else { "," });
    }
    out.push_str("],\"projections\":[");
    for (n, trie) in plan.projections.iter().enumerate() {
        out.push_str(if n == 0 { "" } else { "," });
        node(&trie.root, &mut out);
    }
    out.push_str("]}");
    out
}

fn node(node_: &Node, out: &mut String) {
    out.push('{');
    let mut separator = "";
    let mut member = |name: &str, out: &mut String| {
        let _ = write!(out, "{separator}\"{name}\":");
        separator = ",";
    };
    if let Some(slot) = node_.slot {
        member("s", out);
        let _ = write!(out, "{slot}");
    }
    for (name, flag) in [("k", node_.kept), ("w", node_.whole)] {
        if flag {
            member(name, out);
            out.push('1');
        }
    }
    let text = |key: &Value| match key {
        Value::String(s) => Some(s.to_string()),
        _ => None,
    };
    let position = |key: &Value| match key {
        Value::Number(Number::Int(n)) if *n >= 0 => Some(n.to_string()),
        _ => None,
    };
    // No other key occurs in JSON.
    fields("f", node_, &text, &mut member, out);
    fields("i", node_, &position, &mut member, out);
    if let Some(below) = &node_.elements {
        member("e", out);
        node(below, out);
    }
    out.push('}');
}

fn fields(
    name: &str,
    of: &Node,
    key_text: &dyn Fn(&Value) -> Option<String>,
    member: &mut impl FnMut(&str, &mut String),
    out: &mut String,
) {
    let mut first = true;
    for (key, below) in &of.fields {
        let Some(key) = key_text(key) else { continue };
        if first {
            member(name, out);
        }
        out.push(if first { '{' } else { ',' });
        first = false;
        json_string(&key, out);
        out.push(':');
        node(below, out);
    }
    if !first {
        out.push('}');
    }
}
