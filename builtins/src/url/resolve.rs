//! A reference against a base URL (RFC 3986, 5.2), as Go resolves it.

use super::escape::{Part, escape, unescape};
use super::uri::Uri;

impl Uri {
    /// What the reference means in a document at this URL; the base's own fragment plays no part.
    ///
    /// # Errors
    /// If the path that results is no valid encoding.
    pub(crate) fn resolve(&self, reference: &Uri) -> Result<Uri, String> {
        let mut out = reference.clone();
        if reference.scheme.is_empty() {
            out.scheme.clone_from(&self.scheme);
        }
        if !reference.scheme.is_empty() || !reference.host.is_empty() || reference.user.is_some() {
            out.set_path(&join("", &reference.escaped_path()))?;
            return Ok(out);
        }
        if !reference.opaque.is_empty() {
            return Ok(out);
        }
        if reference.path.is_empty() {
            if !reference.force_query && reference.raw_query.is_empty() {
                out.raw_query.clone_from(&self.raw_query);
            }
            if !self.opaque.is_empty() {
                out.opaque.clone_from(&self.opaque);
                return Ok(out);
            }
        }
        out.host.clone_from(&self.host);
        out.user.clone_from(&self.user);
        out.set_path(&join(&self.escaped_path(), &reference.escaped_path()))?;
        Ok(out)
    }

    fn set_path(&mut self, encoded: &str) -> Result<(), String> {
        self.path = unescape(encoded.as_bytes(), Part::Path)?;
        self.encoded_path = encoded.as_bytes().to_vec();
        self.raw_path =
            if escape(&self.path, Part::Path) == encoded { self.path.clone() } else { self.encoded_path.clone() };
        Ok(())
    }
}

/// The path of a reference within the folder of a base, without `.` and `..`.
fn join(base: &str, reference: &str) -> String {
    let full = if reference.is_empty() {
        base.to_owned()
    } else if reference.starts_with('/') {
        reference.to_owned()
    } else {
        let folder = base.rfind('/').map_or("", |i| &base[..=i]);
        format!("{folder}{reference}")
    };
    if full.is_empty() {
        return String::new();
    }
    let mut out: Vec<&str> = Vec::new();
    let mut last = "";
    for part in full.split('/') {
        last = part;
        match part {
            "." => {}
            ".." => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    let mut path = out.join("/");
    if matches!(last, "." | "..") {
        path.push('/');
    }
    format!("/{}", path.strip_prefix('/').unwrap_or(&path))
}
