//! The section `writ.meta`: what our compiler tells this host about a module. Other hosts ignore it.

use std::collections::BTreeSet;

use writ_value::{Value, json};

use crate::error::EvalError;
use crate::module::EntrypointId;

/// The contents, as far as this host needs them. Unknown fields are ignored.
#[derive(Debug, Default)]
pub(crate) struct Meta {
    /// True when the module has the section, so when our compiler made it.
    pub(crate) present: bool,
    queries: BTreeSet<i32>,
}

impl Meta {
    pub(crate) fn parse(text: &[u8]) -> Result<Self, EvalError> {
        let wrong = |why: &str| EvalError::artifact(format!("section `writ.meta`: {why}"));
        let meta = json::parse(text).map_err(|e| wrong(&e.to_string()))?;
        let mut queries = BTreeSet::new();
        let entrypoints = meta.get("entrypoints").and_then(Value::as_array).ok_or_else(|| wrong("no `entrypoints`"))?;
        for (id, entrypoint) in entrypoints.iter().enumerate() {
            match entrypoint.get("kind").and_then(Value::as_str) {
                Some("document") => {}
                Some("query") => {
                    queries.insert(i32::try_from(id).map_err(|_| wrong("too many entrypoints"))?);
                }
                _ => return Err(wrong("an entrypoint of unknown kind")),
            }
        }
        Ok(Self { present: true, queries })
    }

    pub(crate) fn is_query(&self, id: EntrypointId) -> bool {
        self.queries.contains(&id.0)
    }
}
