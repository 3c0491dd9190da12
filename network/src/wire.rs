//! HTTP/1.1: a request written, a response read within its bounds.

use std::io;

use writ_builtins::{HttpRequest, HttpResponse, RequestUrl};

use crate::connect::Connection;

/// Longest head of a response, and of the trailers behind a chunked body.
const MAX_HEAD: usize = 256 << 10;
/// Most headers of a response.
const MAX_HEADERS: usize = 256;
/// Most provisional responses (1xx) in front of the real one.
const MAX_PROVISIONAL: usize = 5;
/// Headers that this end of the connection decides on.
const OURS: [&str; 5] = ["host", "connection", "content-length", "transfer-encoding", "trailer"];

/// Why there is no response.
#[derive(Debug)]
pub(crate) enum WireError {
    Io(io::Error),
    /// As Go words it.
    Malformed(String),
}

impl From<io::Error> for WireError {
    fn from(e: io::Error) -> Self {
        Self::Io(e)
    }
}

/// Sends the request and reads the response, whose body may have `max_body` bytes.
pub(crate) fn exchange(
    connection: &mut dyn Connection,
    request: &HttpRequest,
    url: &RequestUrl,
    max_body: usize,
) -> Result<HttpResponse, WireError> {
    let mut text = format!("{} {} HTTP/1.1\r\n", request.method, url.target());
    let host = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
    text += &format!("Host: {}\r\n", host.map_or(url.authority(), |(_, value)| value.as_str()));
    for (name, value) in &request.headers {
        if !OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours)) {
            text += &format!("{name}: {value}\r\n");
        }
    }
    let has_body = !request.body.is_empty() || matches!(request.method.as_str(), "POST" | "PUT" | "PATCH");
    if has_body {
        text += &format!("Content-Length: {}\r\n", request.body.len());
    }
    text += "Connection: close\r\n\r\n";
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(&request.body);
    // A server may answer and close before it has read everything: what it said counts, not that it would not listen.
    let written = connection.write_all(&bytes).and_then(|()| connection.flush());
    let mut input = Input { connection, buffer: Vec::new(), at: 0 };
    match response(&mut input, &request.method, max_body) {
        Err(WireError::Io(_)) if written.is_err() => Err(written.err().unwrap_or_else(unexpected_end).into()),
        other => other,
    }
}

fn response(input: &mut Input<'_>, method: &str, max_body: usize) -> Result<HttpResponse, WireError> {
    for _ in 0..=MAX_PROVISIONAL {
        let mut head = input.head()?;
        if (100..200).contains(&head.status_code) && head.status_code != 101 {
            continue;
        }
        if method != "HEAD" && !matches!(head.status_code, 101 | 204 | 304) {
            head.body = body(input, &head.headers, max_body)?;
        }
        return Ok(head);
    }
    Err(WireError::Malformed("net/http: too many 1xx informational responses".to_owned()))
}

fn body(input: &mut Input<'_>, headers: &[(String, String)], max: usize) -> Result<Vec<u8>, WireError> {
    let values = |name: &str| {
        let name = name.to_owned();
        headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(&name)).map(|(_, v)| v.trim())
    };
    let mut body = Vec::new();
    if let Some(encoding) = values("transfer-encoding").next() {
        if !encoding.eq_ignore_ascii_case("chunked") {
            return Err(WireError::Malformed(format!("unsupported transfer encoding: {encoding:?}")));
        }
        chunked(input, max, &mut body)?;
        return Ok(body);
    }
    let mut lengths: Vec<&str> = values("content-length").collect();
    lengths.dedup();
    match lengths[..] {
        [] => {
            while input.fill()? {
                take(input, usize::MAX, max, &mut body)?;
            }
            take(input, usize::MAX, max, &mut body)?;
        }
        [length] => {
            let bad = || WireError::Malformed(format!("bad Content-Length {length:?}"));
            let digits = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
            let length: usize = length.parse().ok().filter(|_| digits).ok_or_else(bad)?;
            exactly(input, length, max, &mut body)?;
        }
        _ => {
            return Err(WireError::Malformed(
                "http: message cannot contain multiple Content-Length headers".to_owned(),
            ));
        }
    }
    Ok(body)
}

fn chunked(input: &mut Input<'_>, max: usize, body: &mut Vec<u8>) -> Result<(), WireError> {
    let invalid = || WireError::Malformed("http: invalid chunk length".to_owned());
    loop {
        let line = input.line()?;
        let size = line.split(|&b| b == b';').next().unwrap_or_default().trim_ascii();
        let size = std::str::from_utf8(size).ok().filter(|s| s.bytes().all(|b| b.is_ascii_hexdigit()));
        let size = size.and_then(|s| usize::from_str_radix(s, 16).ok()).ok_or_else(invalid)?;
        if size == 0 {
            break;
        }
        exactly(input, size, max, body)?;
        if !input.line()?.is_empty() {
            return Err(WireError::Malformed("malformed chunked encoding".to_owned()));
        }
    }
    let mut trailers = 0;
    loop {
        let line = input.line()?.len();
        trailers += line;
        if line == 0 {
            return Ok(());
        }
        if trailers > MAX_HEAD {
            return Err(WireError::Malformed("http: suspiciously long trailer after chunked body".to_owned()));
        }
    }
}

/// Moves `count` bytes, which must come.
fn exactly(input: &mut Input<'_>, count: usize, max: usize, body: &mut Vec<u8>) -> Result<(), WireError> {
    let end = body.len().saturating_add(count);
    loop {
        take(input, end - body.len(), max, body)?;
        if body.len() == end {
            return Ok(());
        }
        if !input.fill()? {
            return Err(unexpected_end().into());
        }
    }
}

/// Moves at most `count` bytes of what was read.
fn take(input: &mut Input<'_>, count: usize, max: usize, body: &mut Vec<u8>) -> Result<(), WireError> {
    let bytes = input.rest();
    let bytes = &bytes[..bytes.len().min(count)];
    if body.len() + bytes.len() > max {
        return Err(WireError::Malformed("response too large".to_owned()));
    }
    body.extend_from_slice(bytes);
    let n_taken = bytes.len();
    input.at += n_taken;
    Ok(())
}

fn unexpected_end() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "unexpected EOF")
}

/// What was read of a connection and not used yet.
struct Input<'a> {
    connection: &'a mut dyn Connection,
    buffer: Vec<u8>,
    at: usize,
}

impl Input<'_> {
    fn rest(&self) -> &[u8] {
        self.buffer.get(self.at..).unwrap_or_default()
    }

    /// Reads some more; false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        self.buffer.drain(..self.at);
        self.at = 0;
        let mut chunk = [0; 16 << 10];
        loop {
            match self.connection.read(&mut chunk) {
                Ok(n) => {
                    self.buffer.extend_from_slice(&chunk[..n]);
                    return Ok(n > 0);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                // A peer that closes TLS without saying so: lengths tell whether something is missing.
                Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
                Err(e) => return Err(e),
            }
        }
    }

    /// A line without its end.
    fn line(&mut self) -> Result<Vec<u8>, WireError> {
        loop {
            if let Some(end) = self.rest().iter().position(|&b| b == b'\n') {
                let line = &self.rest()[..end];
                let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
                self.at += end + 1;
                return Ok(line);
            }
            if self.rest().len() > MAX_HEAD {
                return Err(WireError::Malformed("header line too long".to_owned()));
            }
            if !self.fill()? {
                return Err(unexpected_end().into());
            }
        }
    }

    fn head(&mut self) -> Result<HttpResponse, WireError> {
        loop {
            let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
            let mut head = httparse::Response::new(&mut headers);
            let parsed = head.parse(self.rest());
            let malformed = |why: &str| WireError::Malformed(format!("malformed HTTP response: {why}"));
            match parsed.map_err(|e| malformed(&e.to_string()))? {
                httparse::Status::Complete(n) => {
                    let code = head.code.unwrap_or_default();
                    let response = HttpResponse {
                        status_code: code,
                        status: format!("{code:03} {}", head.reason.unwrap_or_default()).trim_end().to_owned(),
                        headers: head.headers.iter().map(|h| (h.name.to_owned(), lossy(h.value))).collect(),
                        body: Vec::new(),
                    };
                    self.at += n;
                    return Ok(response);
                }
                httparse::Status::Partial if self.rest().len() > MAX_HEAD => {
                    return Err(malformed("its head is too long"));
                }
                httparse::Status::Partial => {
                    let had_some = !self.rest().is_empty();
                    if !self.fill()? {
                        let text = if had_some { "unexpected EOF" } else { "EOF" };
                        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, text).into());
                    }
                }
            }
        }
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
