//! Which built-ins are drawn together.

use std::collections::BTreeMap;

use writ_compiler::builtins::{self, Builtin};

use crate::subject;

/// Built-ins that have no answer to compare: they reach for the network, or only the compiler has them.
const APART: &[&str] = &["net.lookup_ip_addr"];

/// All namespaces with their built-ins that run somewhere.
#[must_use]
pub fn all() -> BTreeMap<&'static str, Vec<&'static Builtin>> {
    let mut out: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for b in builtins::all() {
        if !subject::sides(b.name).is_empty() && !APART.contains(&b.name) {
            out.entry(of(b.name)).or_default().push(b);
        }
    }
    out
}

/// The namespace of a built-in: the first part of its name, or its family if it has one part.
#[must_use]
pub fn of(name: &'static str) -> &'static str {
    match name {
        "abs" | "ceil" | "div" | "floor" | "format_int" | "minus" | "mul" | "plus" | "rem" | "round" | "to_number" => {
            "arithmetic"
        }
        "assign" | "eq" | "equal" | "gt" | "gte" | "lt" | "lte" | "neq" => "comparison",
        "all" | "any" | "count" | "max" | "min" | "product" | "sort" | "sum" => "aggregates",
        "and" | "intersection" | "or" | "set_diff" | "union" => "sets",
        "concat" | "contains" | "endswith" | "indexof" | "indexof_n" | "lower" | "replace" | "split" | "sprintf"
        | "startswith" | "substring" | "trim" | "trim_left" | "trim_prefix" | "trim_right" | "trim_space"
        | "trim_suffix" | "upper" => "strings",
        "walk" => "graph",
        "trace" => "internal",
        "re_match" => "regex",
        _ if name.starts_with("base64") || name.starts_with("hex.") => "encoding",
        _ => match name.split_once('.') {
            Some(("io", _)) => "io.jwt",
            Some(("opa", _)) => "rego",
            Some((first, _)) => first,
            None => "types",
        },
    }
}
