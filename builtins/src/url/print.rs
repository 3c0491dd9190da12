//! URLs put together again, as text and as the object that Go's encoder makes of one.

use writ_value::{Str, Value};

use super::escape::{Part, escape, unescape};
use super::uri::Uri;

impl Uri {
    /// The path as it stands in the text, or encoded anew where that is no valid encoding.
    pub(crate) fn escaped_path(&self) -> String {
        keep_or_escape(&self.encoded_path, &self.path, Part::Path)
    }

    /// The whole URL.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        if !self.scheme.is_empty() {
            out += &self.scheme;
            out.push(':');
        }
        if !self.opaque.is_empty() {
            out += &String::from_utf8_lossy(&self.opaque);
        } else {
            self.push_hierarchy(&mut out);
        }
        if self.force_query || !self.raw_query.is_empty() {
            out.push('?');
            out += &String::from_utf8_lossy(&self.raw_query);
        }
        if !self.fragment.is_empty() {
            out.push('#');
            out += &keep_or_escape(&self.raw_fragment, &self.fragment, Part::Fragment);
        }
        out
    }

    fn push_hierarchy(&self, out: &mut String) {
        let has_authority = !self.host.is_empty() || self.user.is_some();
        if has_authority || (!self.scheme.is_empty() && !self.omit_host && !self.path.is_empty()) {
            out.push_str("//");
        }
        if let Some((name, password)) = &self.user {
            *out += &escape(name, Part::UserInfo);
            if let Some(p) = password {
                out.push(':');
                *out += &escape(p, Part::UserInfo);
            }
            out.push('@');
        }
        *out += &escape(&self.host, Part::Host);
        let path = self.escaped_path();
        if !path.is_empty() && !path.starts_with('/') && !self.host.is_empty() {
            out.push('/');
        }
        if out.is_empty() && path.split('/').next().is_some_and(|s| s.contains(':')) {
            out.push_str("./");
        }
        *out += &path;
    }

    /// The fields of Go's URL type.
    pub(crate) fn to_go(&self) -> Value {
        let text = |b: &[u8]| Value::String(Str::from_bytes(b));
        let raw_path: &[u8] = if escape(&self.path, Part::Path).as_bytes() == self.encoded_path.as_slice() {
            b""
        } else {
            &self.encoded_path
        };
        Value::object([
            ("Scheme", text(self.scheme.as_bytes())),
            ("Opaque", text(&self.opaque)),
            ("User", self.user.as_ref().map_or(Value::Null, |_| Value::empty_object())),
            ("Host", text(&self.host)),
            ("Path", text(&self.path)),
            ("RawPath", text(raw_path)),
            ("OmitHost", Value::Bool(self.omit_host)),
            ("ForceQuery", Value::Bool(self.force_query)),
            ("RawQuery", text(&self.raw_query)),
            ("Fragment", text(&self.fragment)),
            ("RawFragment", text(&self.raw_fragment)),
        ])
    }
}

fn keep_or_escape(written: &[u8], decoded: &[u8], part: Part) -> String {
    let is_valid = |c: &u8| b"!$&'()*+,;=:@[]%".contains(c) || escape(&[*c], part).len() == 1;
    if !written.is_empty() && written.iter().all(is_valid) && unescape(written, part).is_ok_and(|d| d == decoded) {
        return String::from_utf8_lossy(written).into_owned();
    }
    if decoded == b"*" && part == Part::Path {
        return "*".into();
    }
    escape(decoded, part)
}
