//! Delta bundles: `patch.json`, and applying it to the bundle that is loaded.

use writ_value::{Value, json};

use crate::assemble::Bundle;
use crate::error::{BundleError, Owned, Place};
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::patch::{self, Op, Operation};
use crate::roots;

/// Reads `patch.json`. An empty list is no delta: OPA takes it for a snapshot.
pub(crate) fn parse(text: &[u8], limits: &Limits) -> Result<Vec<Operation>, BundleError> {
    let document = json::parse(text).map_err(|e| BundleError::Malformed {
        path: "patch.json".to_owned(),
        message: e.to_string(),
        place: Some(Place { row: e.line(), col: e.column() }),
    })?;
    if document.as_object().is_none() {
        return Err(BundleError::delta("not an object"));
    }
    let operations = match document.get("data") {
        None | Some(Value::Null) => &[],
        Some(Value::Array(operations)) => operations.as_slice(),
        Some(_) => return Err(BundleError::delta("`data` must be an array")),
    };
    if operations.len() > limits.patch_operations {
        let limit = limits.patch_operations as u64;
        return Err(BundleError::Limit { what: "operations", path: "patch.json".to_owned(), limit });
    }
    operations.iter().map(operation).collect()
}

fn operation(entry: &Value) -> Result<Operation, BundleError> {
    let text = |name: &str| match entry.get(name) {
        Some(Value::String(s)) => s.as_str().map(str::to_owned).ok_or_else(|| BundleError::delta("text is not UTF-8")),
        _ => Err(BundleError::delta(format!("an operation has no `{name}`"))),
    };
    let value = || entry.get("value").cloned().unwrap_or(Value::Null);
    let op = match text("op")?.as_str() {
        "upsert" => Op::Upsert(value()),
        "replace" => Op::Replace(value()),
        "remove" => Op::Remove,
        other => return Err(BundleError::delta(format!("bad patch operation: {other}"))),
    };
    let path = patch::parse_path(&text("path")?).map_err(BundleError::Patch)?;
    Ok(Operation { path, op })
}

/// `patch.json` as OPA writes it.
pub(crate) fn to_value(operations: &[Operation]) -> Value {
    let one = |operation: &Operation| {
        let (op, value) = match &operation.op {
            // OPA has no `add` here; where everything above exists both do the same.
            Op::Add(value) | Op::Upsert(value) => ("upsert", value.clone()),
            Op::Replace(value) => ("replace", value.clone()),
            Op::Remove => ("remove", Value::Null),
        };
        // A `%` would be taken for the start of an escape.
        let path = patch::shown(&operation.path).replace('%', "%25");
        Value::object([("op", Value::from(op)), ("path", Value::from(path)), ("value", value)])
    };
    Value::object([("data", operations.iter().map(one).collect())])
}

/// Every change must be for something that the bundle owns. Parts are compared after all escapes are undone.
pub(crate) fn check(manifest: &Manifest, operations: &[Operation]) -> Result<(), BundleError> {
    let owns = |path: &[String]| {
        manifest.roots.iter().any(|root| {
            root.is_empty() || {
                let mut parts = path.iter();
                root.split('/').all(|part| parts.next().is_some_and(|p| p == part))
            }
        })
    };
    match operations.iter().find(|operation| !owns(&operation.path)) {
        Some(operation) => Err(roots::refuse(manifest, patch::shown(&operation.path), Owned::Patch)),
        None => Ok(()),
    }
}

impl Bundle {
    /// True for a delta bundle, which changes the data of another one and holds nothing else.
    pub fn is_delta(&self) -> bool {
        !self.patch.is_empty()
    }

    /// Checks that this is a delta bundle for the bundle with the manifest `loaded`.
    ///
    /// # Errors
    /// [`BundleError::Delta`] when it is none, or roots or entrypoints differ.
    pub fn check_delta_for(&self, loaded: &Manifest) -> Result<(), BundleError> {
        if !self.is_delta() {
            return Err(not_a_pair());
        }
        if !same_owner(loaded, &self.manifest) {
            return Err(BundleError::delta(
                "wasm resolvers or manifest roots are different from those of the bundle that is loaded",
            ));
        }
        Ok(())
    }

    /// The bundle that this one becomes by a delta bundle: its data changed, its revision and metadata the delta's. All or nothing.
    ///
    /// # Errors
    /// [`BundleError::Delta`] when `delta` is none, this one is one, or roots or entrypoints differ; [`BundleError::Patch`] for a change that
    /// cannot be made.
    pub fn with_delta(&self, delta: &Bundle) -> Result<Bundle, BundleError> {
        if self.is_delta() {
            return Err(not_a_pair());
        }
        delta.check_delta_for(&self.manifest)?;
        let mut changed = self.clone();
        patch::apply(&mut changed.data, &delta.patch).map_err(BundleError::Patch)?;
        changed.manifest.revision.clone_from(&delta.manifest.revision);
        changed.manifest.metadata.clone_from(&delta.manifest.metadata);
        Ok(changed)
    }
}

fn not_a_pair() -> BundleError {
    BundleError::delta("a delta bundle changes a snapshot bundle")
}

/// Roots and entrypoints are the same, in whatever order.
fn same_owner(a: &Manifest, b: &Manifest) -> bool {
    let roots = |m: &Manifest| {
        let mut roots = m.roots.clone();
        roots.sort();
        roots
    };
    let wasm = |m: &Manifest| {
        let mut wasm: Vec<_> = m.wasm.iter().map(|w| (w.entrypoint.clone(), w.module.clone())).collect();
        wasm.sort();
        wasm
    };
    roots(a) == roots(b) && wasm(a) == wasm(b)
}
