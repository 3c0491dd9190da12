//! Digests of files. Data and manifest are hashed by content: parsed, keys sorted, no spaces; everything else by its bytes.

use sha2::{Digest, Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};
use writ_value::{Value, json};

use crate::assemble::File;
use crate::data::{Format, parse_document};
use crate::error::BundleError;

/// What is signed with when nothing else is asked for.
pub(super) const DEFAULT: &str = "SHA-256";

/// The digest of a file in hexadecimal; `None` for an unknown algorithm. MD5 and SHA-1 count as unknown: another file with the same digest
/// can be made for them.
pub(super) fn digest(algorithm: &str, file: &File) -> Result<Option<String>, BundleError> {
    Ok(match algorithm {
        "SHA-224" => Some(hash::<Sha224>(file)?),
        "SHA-256" => Some(hash::<Sha256>(file)?),
        "SHA-384" => Some(hash::<Sha384>(file)?),
        "SHA-512" => Some(hash::<Sha512>(file)?),
        "SHA-512-224" => Some(hash::<Sha512_224>(file)?),
        "SHA-512-256" => Some(hash::<Sha512_256>(file)?),
        _ => None,
    })
}

fn hash<D: Digest>(file: &File) -> Result<String, BundleError> {
    let mut hasher = D::new();
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let format = match name {
        "data.json" | ".manifest" => Some(Format::Json),
        "data.yaml" | "data.yml" => Some(Format::Yaml),
        _ => None,
    };
    match format {
        Some(format) => canonical(&parse_document(&file.path, &file.bytes, format)?, &mut |text| hasher.update(text)),
        None => hasher.update(&file.bytes),
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Gives the text piece by piece, so that no second copy of a large document is made. The depth of values bounds the recursion.
fn canonical(value: &Value, out: &mut impl FnMut(&[u8])) {
    match value {
        Value::Object(object) => {
            out(b"{");
            for (i, (key, value)) in object.iter().enumerate() {
                if i > 0 {
                    out(b",");
                }
                canonical(key, out);
                out(b":");
                canonical(value, out);
            }
            out(b"}");
        }
        Value::Array(items) => {
            out(b"[");
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out(b",");
                }
                canonical(item, out);
            }
            out(b"]");
        }
        Value::String(text) => string(text.as_bytes(), out),
        scalar => out(json::to_string(scalar).as_bytes()),
    }
}

/// As JSON, but `<`, `>` and `&` stand for themselves.
fn string(text: &[u8], out: &mut impl FnMut(&[u8])) {
    let mut written = String::new();
    out(b"\"");
    for piece in text.split_inclusive(|byte| matches!(byte, b'<' | b'>' | b'&')) {
        let (last, rest) = match piece.split_last() {
            Some((last @ (b'<' | b'>' | b'&'), rest)) => (Some(last), rest),
            _ => (None, piece),
        };
        written.clear();
        json::write_string(rest, &mut written);
        out(&written.as_bytes()[1..written.len() - 1]);
        if let Some(last) = last {
            out(&[*last]);
        }
    }
    out(b"\"");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(document: &str) -> String {
        let mut out = Vec::new();
        canonical(&json::parse(document.as_bytes()).unwrap(), &mut |piece| out.extend_from_slice(piece));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn contents_are_hashed_without_spaces_and_in_order() {
        assert_eq!(text("{ \"b\" : [1.50, null ],\n\"a\":true}"), "{\"a\":true,\"b\":[1.50,null]}");
        assert_eq!(text(r#"["<a&b>", "\\u003c", "\u2028\b\u0001é"]"#), r#"["<a&b>","\\u003c","\u2028\b\u0001é"]"#);
    }

    #[test]
    fn weak_hashes_are_unknown() {
        let file = File { path: "a.rego".to_owned(), bytes: b"abc".to_vec() };
        for weak in ["MD5", "SHA-1", "sha-256", ""] {
            assert_eq!(digest(weak, &file).unwrap(), None);
        }
        let known = digest("SHA-256", &file).unwrap().unwrap();
        assert_eq!(known, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
