//! Roots: which part of the data a bundle owns, and that no two bundles own the same.

use writ_value::Value;

use crate::error::{BundleError, Owned};
use crate::manifest::Manifest;

/// Whole parts only: `a/b` covers `a/b/c`, not `a/bc`; `""` covers everything.
pub(crate) fn covers(root: &str, path: &str) -> bool {
    root.is_empty() || path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Checks bundles that are used together, each with its name: no two may own the same part of the data.
///
/// # Errors
/// [`BundleError::OverlappingRoots`] with all bundles and roots that overlap.
pub fn check_roots<'a>(manifests: impl IntoIterator<Item = (&'a str, &'a Manifest)>) -> Result<(), BundleError> {
    let mut all: Vec<(&str, &str)> =
        manifests.into_iter().flat_map(|(name, m)| m.roots.iter().map(move |root| (root.as_str(), name))).collect();
    // In this order everything that a root covers stands behind it, so that one pass finds every overlap with the one that covers.
    all.sort_by(|a, b| a.0.split('/').cmp(b.0.split('/')).then(a.1.cmp(b.1)));
    let (mut bundles, mut messages): (Vec<&str>, Vec<String>) = (Vec::new(), Vec::new());
    let mut above: Vec<(&str, &str)> = Vec::new();
    for (root, name) in all {
        while above.last().is_some_and(|(outer, _)| !covers(outer, root)) {
            above.pop();
        }
        if let Some((outer, other)) = above.iter().rev().find(|(_, other)| *other != name) {
            let message = if *outer == root {
                format!("root {root} is in multiple bundles")
            } else {
                format!("{outer} overlaps {root}")
            };
            messages.push(message);
            bundles.extend([*other, name]);
        }
        above.push((root, name));
    }
    if messages.is_empty() {
        return Ok(());
    }
    bundles.sort_unstable();
    bundles.dedup();
    messages.sort();
    messages.dedup();
    Err(BundleError::OverlappingRoots { bundles: bundles.into_iter().map(str::to_owned).collect(), messages })
}

/// Refuses data outside of the manifest's roots. A folder above a root is fine as long as it holds nothing else.
pub(crate) fn check_data(manifest: &Manifest, data: &Value) -> Result<(), BundleError> {
    match outside(manifest, data, &mut Vec::new()) {
        Some(path) => Err(refuse(manifest, format!("/{path}"), Owned::Data)),
        None => Ok(()),
    }
}

pub(crate) fn refuse(manifest: &Manifest, path: String, what: Owned) -> BundleError {
    BundleError::OutsideRoots { path, what, roots: manifest.roots.clone() }
}

/// Goes no deeper than the roots do.
fn outside(manifest: &Manifest, value: &Value, path: &mut Vec<String>) -> Option<String> {
    let here = path.join("/");
    if manifest.owns(&here) {
        return None;
    }
    let below = format!("{here}/");
    let above_root = path.is_empty() || manifest.roots.iter().any(|root| root.starts_with(&below));
    match value.as_object() {
        Some(entries) if above_root => entries.iter().find_map(|(key, value)| {
            let key = key.as_string().map(|k| k.to_str_lossy().into_owned()).unwrap_or_default();
            // A `/` in a key would look like two parts of a path.
            if key.contains('/') {
                return Some(format!("{}{key}", if path.is_empty() { "" } else { &below }));
            }
            path.push(key);
            let found = outside(manifest, value, path);
            path.pop();
            found
        }),
        _ => Some(here),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(roots: &[&str]) -> Manifest {
        Manifest { roots: roots.iter().map(|r| (*r).to_owned()).collect(), ..Manifest::default() }
    }

    fn overlap(bundles: &[(&str, &[&str])]) -> Option<String> {
        let manifests: Vec<_> = bundles.iter().map(|(name, roots)| (*name, manifest(roots))).collect();
        check_roots(manifests.iter().map(|(n, m)| (*n, m))).err().map(|e| e.to_string())
    }

    #[test]
    fn roots_overlap_by_whole_parts() {
        assert_eq!(overlap(&[("x", &["a/b", "c"]), ("y", &["a/bc", "a/c", "d"])]), None);
        assert_eq!(
            overlap(&[("x", &["a"]), ("y", &["a-b", "b"]), ("z", &["a/b"])]).unwrap(),
            "detected overlapping roots in manifests for these bundles: [x, z] (a overlaps a/b)"
        );
        assert_eq!(
            overlap(&[("x", &[""]), ("y", &["b"])]).unwrap(),
            "detected overlapping roots in manifests for these bundles: [x, y] ( overlaps b)"
        );
        assert_eq!(
            overlap(&[("x", &["b"]), ("y", &["b"])]).unwrap(),
            "detected overlapping roots in manifests for these bundles: [x, y] (root b is in multiple bundles)"
        );
    }

    #[test]
    fn a_key_with_a_slash_does_not_stand_for_a_path() {
        let data = writ_value::json::parse(br#"{"a/b": 1}"#).unwrap();
        assert!(check_data(&manifest(&["a/b"]), &data).is_err());
    }
}
