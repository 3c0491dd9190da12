//! PEM blocks, found and read as Go finds them: text around a block is skipped, a broken block is passed over.

use super::base64::{self, Alphabet};

/// One block.
#[derive(Debug)]
pub(crate) struct Block {
    /// The words after BEGIN.
    pub(crate) label: String,
    /// The decoded content.
    pub(crate) bytes: Vec<u8>,
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"\n-----END ";
const DASHES: &[u8] = b"-----";

/// The first good block and what follows it; `None` if there is none.
pub(crate) fn decode(data: &[u8]) -> Option<(Block, &[u8])> {
    let mut rest = data;
    loop {
        let end = find(rest, END)?;
        let after_end = &rest[end + END.len()..];
        if let Some((block, consumed)) = block_before(rest, end, after_end) {
            return Some((block, consumed));
        }
        rest = after_end;
    }
}

/// The block whose END line begins at `end` (its line break), if the last BEGIN before it makes one.
fn block_before<'a>(text: &[u8], end: usize, after_end: &'a [u8]) -> Option<(Block, &'a [u8])> {
    let begin = rfind(&text[..end], BEGIN)?;
    if begin > 0 && text[begin - 1] != b'\n' {
        return None;
    }
    let (type_line, mut at) = line(text, begin + BEGIN.len());
    let label = type_line.strip_suffix(DASHES)?;
    let mut has_headers = false;
    loop {
        if at >= text.len() || (has_headers && at > end) {
            return None;
        }
        let (header, next) = line(text, at);
        if !header.contains(&b':') {
            break;
        }
        has_headers = true;
        at = next;
    }
    let trailer = after_end.strip_prefix(label)?.strip_prefix(DASHES)?;
    let (rest_of_line, next) = line(trailer, 0);
    if !rest_of_line.is_empty() {
        return None;
    }
    let body: Vec<u8> = match text.get(at..end) {
        Some(body) => body.iter().copied().filter(|c| !matches!(c, b' ' | b'\t')).collect(),
        None => Vec::new(),
    };
    let bytes = base64::decode(Alphabet::Std, &body).ok()?;
    Some((Block { label: String::from_utf8_lossy(label).into_owned(), bytes }, &trailer[next..]))
}

/// The line from `at`, trimmed at its right, and where the next begins.
fn line(text: &[u8], at: usize) -> (&[u8], usize) {
    let rest = &text[at.min(text.len())..];
    let (mut line, next) = match rest.iter().position(|&c| c == b'\n') {
        Some(i) => (rest[..i].strip_suffix(b"\r").unwrap_or(&rest[..i]), at + i + 1),
        None => (rest, text.len()),
    };
    while let [head @ .., b' ' | b'\t'] = line {
        line = head;
    }
    (line, next)
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|w| w == what)
}

fn rfind(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).rposition(|w| w == what)
}
