//! Scopes: what stands in front of a cache key for everything besides the input that a result depends on.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};
use writ_runtime::{EntrypointInfo, Resolved, RevisionId};
use writ_value::{Value, json};

use crate::cache::key::Scope;
use crate::error::Error;
use crate::writ::Shared;

/// Numbers for entrypoints, and the digests that shared tiers need. One per handle.
#[derive(Debug, Default)]
pub(crate) struct Scopes {
    digests: Mutex<BTreeMap<(String, RevisionId, u32), Scope>>,
}

/// Digests that are kept; beyond, those of old revisions go.
const MAX_DIGESTS: usize = 1024;

/// The scope of an entrypoint. `None`: its revision is not live any more.
pub(crate) fn of(
    shared: &Shared,
    name: &str,
    resolved: &Resolved,
    base: u32,
    info: &EntrypointInfo,
    module: [u8; 32],
) -> Result<Option<Scope>, Error> {
    let since = resolved.unchanged_since();
    if !shared.store.as_ref().is_some_and(|store| store.has_shared_tier()) {
        return Ok(Some(local(shared.number(name), since, base)));
    }
    let key = (name.to_owned(), since, base);
    if let Some(scope) = shared.scopes.digests().get(&key) {
        return Ok(Some(*scope));
    }
    let revision = shared.policy.revision();
    if revision.id() != resolved.revision() {
        return Ok(None);
    }
    let scope = digest(&module, name, base, info, &revision.data()?);
    let mut digests = shared.scopes.digests();
    if digests.len() >= MAX_DIGESTS {
        digests.retain(|(_, revision, _), _| *revision == since);
    }
    digests.insert(key, scope);
    Ok(Some(scope))
}

impl Scopes {
    fn digests(&self) -> std::sync::MutexGuard<'_, BTreeMap<(String, RevisionId, u32), Scope>> {
        self.digests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Within a process numbers do: revisions are never numbered twice.
fn local(entrypoint: u32, since: RevisionId, base: u32) -> Scope {
    let mut scope = [0; 16];
    scope[..8].copy_from_slice(&since.0.to_le_bytes());
    scope[8..12].copy_from_slice(&entrypoint.to_le_bytes());
    scope[12..].copy_from_slice(&base.to_le_bytes());
    scope
}

/// Among processes the contents count. Cost: linear in the data that the entrypoint can read.
fn digest(module: &[u8; 32], name: &str, base: u32, info: &EntrypointInfo, data: &Value) -> Scope {
    let mut hasher = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    part(module);
    part(name.as_bytes());
    part(&base.to_le_bytes());
    match &info.data {
        None => part(json::to_string(data).as_bytes()),
        Some(paths) => {
            for path in paths {
                let found = path.iter().try_fold(data, |value, key| value.get(key));
                path.iter().for_each(|key| part(key.as_bytes()));
                // Nothing there is not the same as `null`.
                part(found.map(json::to_string).unwrap_or_default().as_bytes());
            }
        }
    }
    let digest = hasher.finalize();
    let mut scope = [0; 16];
    scope.copy_from_slice(&digest[..16]);
    scope
}

#[cfg(test)]
mod tests {
    use writ_runtime::Varies;

    use super::*;

    fn value(text: &str) -> Value {
        json::parse(text.as_bytes()).expect("JSON")
    }

    #[test]
    fn digests_cover_what_can_be_read_and_nothing_else() {
        let paths = vec![vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()]];
        let info = EntrypointInfo {
            varying_builtins: Vec::new(),
            varies: Varies::Never,
            data: Some(paths),
            calls: Vec::new(),
        };
        let of = |text: &str| digest(&[1; 32], "p/q", 8, &info, &value(text));
        let first = of(r#"{"a": {"b": 1, "x": 1}, "y": 1}"#);
        assert_eq!(of(r#"{"a": {"b": 1, "x": 2}, "y": 3}"#), first);
        assert_ne!(of(r#"{"a": {"b": 2}}"#), first);
        assert_ne!(of(r#"{"a": {"b": 1}, "c": null}"#), first);
        assert_ne!(digest(&[2; 32], "p/q", 8, &info, &value(r#"{"a": {"b": 1}}"#)), first, "another module");
        assert_ne!(digest(&[1; 32], "p/r", 8, &info, &value(r#"{"a": {"b": 1}}"#)), first, "another entrypoint");
        assert_ne!(digest(&[1; 32], "p/q", 16, &info, &value(r#"{"a": {"b": 1}}"#)), first, "another layout");
        let unknown = EntrypointInfo { data: None, ..info };
        let all = |text: &str| digest(&[1; 32], "p/q", 8, &unknown, &value(text));
        assert_ne!(all(r#"{"y": 1}"#), all(r#"{"y": 2}"#));
    }

    #[test]
    fn local_scopes_differ_by_each_part() {
        let one = local(1, RevisionId(1), 8);
        for other in [local(2, RevisionId(1), 8), local(1, RevisionId(2), 8), local(1, RevisionId(1), 16)] {
            assert_ne!(one, other);
        }
    }
}
