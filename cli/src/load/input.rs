//! The input document: from a file or standard input, JSON or YAML.

use std::io::Read;
use std::path::Path;

use writ_bundle::{Format, parse_document};
use writ_value::Value;

use super::LoadErrors;

/// Largest input that is read from standard input.
const MAX_BYTES: u64 = 1 << 30;

/// Reads the input that the command line asks for; `None` leaves it undefined.
pub(crate) fn input(path: Option<&str>, from_stdin: bool) -> Result<Option<Value>, LoadErrors> {
    let one = |message: String| LoadErrors(vec![message]);
    if from_stdin {
        return parse("standard input", &stdin_bytes()?).map(Some).map_err(one);
    }
    let Some(path) = path else { return Ok(None) };
    let path = path.strip_prefix("file://").unwrap_or(path);
    let bytes = super::files::read(Path::new(path)).map_err(one)?;
    parse(path, &bytes).map(Some).map_err(one)
}

/// Reads standard input as text.
pub(crate) fn text_from_stdin() -> Result<String, LoadErrors> {
    String::from_utf8(stdin_bytes()?).map_err(|e| LoadErrors(vec![format!("standard input: {e}")]))
}

fn stdin_bytes() -> Result<Vec<u8>, LoadErrors> {
    let failed = |message: String| LoadErrors(vec![format!("standard input: {message}")]);
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|e| failed(e.to_string()))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(failed(format!("more than {MAX_BYTES} bytes")));
    }
    Ok(bytes)
}

/// JSON, or YAML unless the name or the first character says that it is JSON, so that the error tells about the format that was meant.
fn parse(name: &str, bytes: &[u8]) -> Result<Value, String> {
    let failed = |e: writ_bundle::BundleError| format!("unable to parse input: {e}");
    let json = match parse_document(name, bytes, Format::Json) {
        Ok(value) => return Ok(value),
        Err(e) => e,
    };
    let first = bytes.iter().find(|b| !b.is_ascii_whitespace());
    let is_json = name.ends_with(".json") || first.is_some_and(|b| b"{[\"".contains(b));
    if is_json && Format::of(name) != Some(Format::Yaml) {
        return Err(failed(json));
    }
    parse_document(name, bytes, Format::Yaml).map_err(failed)
}
