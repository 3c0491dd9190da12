//! The custom section `writ.meta`: JSON text with what our host needs to know before it runs a module.
//!
//! ```text
//!   {"version":1,
//!    "entrypoints":[{"name":"authz/allow","kind":"document",              position = id
//!                    "varies":{"time.now_ns":"clock","http.send":"world"},
//!                    "data":[["roles"],["users"]],
//!                    "calls":["fraud/score"]},…],
//!    "builtins":[{"name":"time.now_ns","id":0,"arity":0},                those that the host must give
//!                {"name":"fraud.score","id":1,"arity":1,"entrypoint":"fraud/score"},…]}
//! ```
//!
//! `varies` names the built-ins that the entrypoint can reach and whose results depend on more than their arguments: on the time of the
//! decision (`clock`), or on anything (`world`). Empty: two evaluations of one input over the same data never differ.
//! `data` has the places of base data that the entrypoint can read, with all that lies below them; `[]` is the whole of data.
//! `calls`, where there are any, names entrypoints of other modules that it can call; what those depend on comes in addition. A built-in with `entrypoint` is one of them.

use std::fmt::Write;

use crate::builtins::Varies;
use crate::plan::ir::{Entrypoint, EntrypointKind};

/// Version of the contract between module and host: value words, layouts, exports, sections.
pub(crate) const CONTRACT_VERSION: u32 = 1;

/// A built-in that the host must give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostBuiltin {
    pub(crate) name: String,
    pub(crate) arity: usize,
    /// The entrypoint of another module that it is.
    pub(crate) entrypoint: Option<String>,
}

/// Text of the section.
pub(crate) fn write(entrypoints: &[Entrypoint], builtins: &[HostBuiltin]) -> String {
    let mut out = format!("{{\"version\":{CONTRACT_VERSION},\"entrypoints\":[");
    for (id, entrypoint) in entrypoints.iter().enumerate() {
        out.push_str(if id == 0 { "{\"name\":" } else { ",{\"name\":" });
        json_string(&entrypoint.name, &mut out);
        out.push_str(match entrypoint.kind {
            EntrypointKind::Document => ",\"kind\":\"document\",\"varies\":{",
            EntrypointKind::Query => ",\"kind\":\"query\",\"varies\":{",
        });
        for (i, (name, varies)) in entrypoint.effects.varying.iter().enumerate() {
            out.push_str(if i == 0 { "" } else { "," });
            json_string(name, &mut out);
            out.push_str(if *varies == Varies::Clock { ":\"clock\"" } else { ":\"world\"" });
        }
        out.push_str("},\"data\":[");
        for (i, path) in entrypoint.effects.reads.iter().enumerate() {
            out.push_str(if i == 0 { "[" } else { ",[" });
            for (i, key) in path.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                json_string(key, &mut out);
            }
            out.push(']');
        }
        out.push(']');
        for (i, name) in entrypoint.effects.calls.iter().enumerate() {
            out.push_str(if i == 0 { ",\"calls\":[" } else { "," });
            json_string(name, &mut out);
        }
        out.push_str(if entrypoint.effects.calls.is_empty() { "}" } else { "]}" });
    }
    out.push_str("],\"builtins\":[");
    for (id, builtin) in builtins.iter().enumerate() {
        out.push_str(if id == 0 { "{\"name\":" } else { ",{\"name\":" });
        json_string(&builtin.name, &mut out);
        let _ = write!(out, ",\"id\":{id},\"arity\":{}", builtin.arity);
        if let Some(entrypoint) = &builtin.entrypoint {
            out.push_str(",\"entrypoint\":");
            json_string(entrypoint, &mut out);
        }
        out.push('}');
    }
    out.push_str("]}");
    out
}

pub(super) fn json_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\0'..='\x1f' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}
