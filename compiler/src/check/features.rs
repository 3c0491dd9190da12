//! Imports that capabilities do not allow.

use std::collections::BTreeSet;

use crate::capabilities::Capabilities;
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast;

/// One error per import.
pub(super) fn check(modules: &[ast::Module], capabilities: Option<&Capabilities>) -> Vec<Diagnostic> {
    let Some(capabilities) = capabilities else { return Vec::new() };
    let offers = |names: &[&str]| names.iter().any(|name| capabilities.has_feature(name));
    let v1 = offers(&["rego_v1_import", "rego_v1", "rego_v2"]);
    let v2 = offers(&["rego_v2_import", "rego_v2"]);
    let mut found = Vec::new();
    for import in modules.iter().flat_map(|m| &m.imports) {
        let path: Vec<&str> = import.path.iter().map(|n| &*n.text).collect();
        let refused = match path.as_slice() {
            ["rego", "v1"] if !v1 => (Code::Compile, "rego.v1 import is not supported".to_owned()),
            ["rego", "v2"] if !v2 => (Code::Compile, "rego.v2 import is not supported".to_owned()),
            ["future", "keywords", keyword] if !is_known(keyword, capabilities) => {
                let known = KEYWORDS.iter().copied().chain(capabilities.future_keywords.iter().map(String::as_str));
                let known: BTreeSet<&str> = known.collect();
                let known: Vec<&str> = known.into_iter().collect();
                (Code::Parse, format!("unexpected keyword, must be one of [{}]", known.join(" ")))
            }
            _ => continue,
        };
        found.push(Diagnostic::error(refused.0, import.span, refused.1));
    }
    found
}

/// Keywords that are part of Rego v1, so that every capabilities file allows them.
const KEYWORDS: [&str; 4] = ["contains", "every", "if", "in"];

fn is_known(keyword: &str, capabilities: &Capabilities) -> bool {
    KEYWORDS.contains(&keyword) || capabilities.future_keywords.contains(keyword)
}
