//! Reading YAML: events into values, without recursion, with bounded depth and bounded growth through aliases.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};
use writ_value::{MAX_DEPTH, Object, Str, Value, json};

use super::resolve::{Scalar, key_text, resolve, to_value};
use super::style::is_forbidden;

/// Longest text in bytes.
const MAX_TEXT: usize = 16 << 20;
/// Most values in a document, those behind aliases counted each time.
const MAX_VALUES: usize = 1_000_000;

/// A value that is read, with what decides its use as a key.
#[derive(Clone)]
struct Node {
    value: Result<Value, String>,
    /// As a key of an object; the error says why it is none.
    key: Result<Str, String>,
    is_merge: bool,
    /// How many values it holds.
    size: usize,
    depth: usize,
}

/// A collection that is being read.
enum Open {
    Sequence { items: Vec<Value>, failed: Option<String> },
    Mapping { entries: Object, merges: Vec<Node>, key: Option<Node>, failed: Option<String> },
}

struct Frame {
    open: Open,
    anchor: usize,
    size: usize,
    depth: usize,
}

/// Reads the first document of a text; the others must be well-formed. An empty text is null.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > MAX_TEXT {
        return Err(format!("yaml: text exceeds {MAX_TEXT} bytes"));
    }
    if text.contains(is_forbidden) {
        return Err("yaml: control characters are not allowed".to_owned());
    }
    let mut loader = Loader { frames: Vec::new(), anchors: HashMap::new(), root: None, total: 0 };
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|e| message(&e, text))?;
        if loader.root.is_some() && loader.frames.is_empty() && matches!(event, Event::DocumentStart(_)) {
            loader.anchors.clear();
        }
        loader.event(event)?;
    }
    loader.root.unwrap_or(Ok(Value::Null))
}

/// libyaml's words where the parser has others, and its line, which counts from 0 and is left out at 0.
fn message(e: &ScanError, text: &str) -> String {
    let info = e.info();
    let what = match info.split_once(", ") {
        Some((context, what)) if context.starts_with("while ") => what,
        _ => info,
    };
    let what = match what {
        "expected ',' or ']'" | "expected ',' or '}'" => format!("did not find {what}"),
        "simple key expected" => "could not find expected ':'".to_owned(),
        "misplaced bracket" => "did not find expected <document start>".to_owned(),
        "found unknown anchor" => {
            let from_here = text.chars().skip(e.marker().index()).skip_while(|c| *c == '*');
            let name: String = from_here.take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
            return format!("yaml: unknown anchor '{name}' referenced");
        }
        other if other.starts_with("unexpected character: ") => {
            "found character that cannot start any token".to_owned()
        }
        other => other.to_owned(),
    };
    match e.marker().line().saturating_sub(1) {
        0 => format!("yaml: {what}"),
        line => format!("yaml: line {line}: {what}"),
    }
}

struct Loader {
    frames: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    root: Option<Result<Value, String>>,
    total: usize,
}

impl Loader {
    fn event(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let node = scalar(&text, style, tag.as_deref());
                self.put(node, anchor)
            }
            Event::SequenceStart(anchor, _) => self.open(Open::Sequence { items: Vec::new(), failed: None }, anchor),
            Event::MappingStart(anchor, _) => {
                self.open(Open::Mapping { entries: Object::new(), merges: Vec::new(), key: None, failed: None }, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(frame) = self.frames.pop() else { return Ok(()) };
                let anchor = frame.anchor;
                let node = close(frame);
                self.put(node, anchor)
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(node) => {
                    let node = node.clone();
                    self.put(node, 0)
                }
                None => Err("yaml: anchor contains itself".to_owned()),
            },
            _ => Ok(()),
        }
    }

    fn open(&mut self, open: Open, anchor: usize) -> Result<(), String> {
        if self.frames.len() >= MAX_DEPTH {
            return Err(format!("yaml: exceeded max depth of {MAX_DEPTH}"));
        }
        self.frames.push(Frame { open, anchor, size: 1, depth: 1 });
        Ok(())
    }

    fn put(&mut self, node: Node, anchor: usize) -> Result<(), String> {
        self.total += node.size;
        if self.total > MAX_VALUES {
            return Err("yaml: document contains excessive aliasing".to_owned());
        }
        if self.frames.len() + node.depth > MAX_DEPTH {
            return Err(format!("yaml: exceeded max depth of {MAX_DEPTH}"));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root.get_or_insert(node.value);
            return Ok(());
        };
        frame.size += node.size;
        frame.depth = frame.depth.max(node.depth + 1);
        match &mut frame.open {
            Open::Sequence { items, failed } => match node.value {
                Ok(v) => items.push(v),
                Err(e) => *failed = failed.take().or(Some(e)),
            },
            Open::Mapping { entries, merges, key, failed } => match key.take() {
                None => *key = Some(node),
                Some(k) if k.is_merge => merges.push(node),
                Some(k) => match (k.key, node.value) {
                    (Ok(k), Ok(v)) => {
                        entries.insert(Value::String(k), v);
                    }
                    (Err(e), v) => {
                        let shown = v.as_ref().map_or_else(|_| String::new(), go_value);
                        *failed = failed.take().or(Some(e.replace("{value}", &shown)));
                    }
                    (_, Err(e)) => *failed = failed.take().or(Some(e)),
                },
            },
        }
        Ok(())
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Node {
    let plain = style == ScalarStyle::Plain;
    let core = tag.filter(|t| t.is_yaml_core_schema()).map(|t| t.suffix.as_str());
    // A lone exclamation mark says nothing.
    let unspecific = tag.is_none_or(|t| matches!((t.handle.as_str(), t.suffix.as_str()), ("!", "") | ("", "!")));
    let meaning = match (tag, core) {
        _ if unspecific && plain => resolve(text),
        (None, _) | (_, Some("str")) => Scalar::Text,
        (_, Some("int" | "float" | "bool" | "null" | "merge")) => resolve(text),
        _ => Scalar::Text,
    };
    let checked = match (core, &meaning) {
        (Some(want @ ("int" | "float" | "bool" | "null")), got) => check_tag(want, got, text),
        _ => Ok(meaning),
    };
    let is_merge = checked == Ok(Scalar::Merge);
    let key = match &checked {
        Ok(m) => key_text(m, text)
            .map(Str::from)
            .ok_or_else(|| "unsupported map key of type: %!s(<nil>), key: <nil>, value: {value}".to_owned()),
        Err(e) => Err(e.clone()),
    };
    let value = match (core, checked) {
        (Some("binary"), _) => decode_binary(text),
        (_, Ok(m)) => to_value(&m, text),
        (_, Err(e)) => Err(e),
    };
    Node { value, key, is_merge, size: 1, depth: 0 }
}

/// A scalar must be what its tag says; an integer may serve as a float.
fn check_tag(want: &str, got: &Scalar, text: &str) -> Result<Scalar, String> {
    let (name, fits) = match got {
        Scalar::Null => ("null", want == "null"),
        Scalar::Bool(_) => ("bool", want == "bool"),
        Scalar::Int(i) if want == "float" => {
            #[expect(clippy::cast_precision_loss, reason = "the tag asks for a float")]
            return Ok(Scalar::Float(*i as f64));
        }
        Scalar::Int(_) => ("int", want == "int"),
        Scalar::Float(_) => ("float", want == "float"),
        Scalar::Merge => ("merge", false),
        Scalar::Timestamp => ("timestamp", false),
        Scalar::Text => ("str", false),
    };
    if fits { Ok(got.clone()) } else { Err(format!("yaml: cannot decode !!{name} `{text}` as a !!{want}")) }
}

/// `!!binary`: base64, white space ignored; the bytes become text.
fn decode_binary(text: &str) -> Result<Value, String> {
    let bad = || "yaml: !!binary value contains invalid base64 data".to_owned();
    let digit = |c: u8| match c {
        b'A'..=b'Z' => Some(c - b'A'),
        b'a'..=b'z' => Some(c - b'a' + 26),
        b'0'..=b'9' => Some(c - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let clean: Vec<u8> = text.bytes().filter(|c| !matches!(c, b'\r' | b'\n')).collect();
    if !clean.len().is_multiple_of(4) {
        return Err(bad());
    }
    let body = clean.strip_suffix(b"==").or_else(|| clean.strip_suffix(b"=")).unwrap_or(&clean);
    let mut out = Vec::with_capacity(body.len());
    for chunk in body.chunks(4) {
        let mut bits = 0u32;
        for &c in chunk {
            bits = (bits << 6) | u32::from(digit(c).ok_or_else(bad)?);
        }
        bits <<= 6 * (4 - chunk.len());
        out.extend_from_slice(&bits.to_be_bytes()[1..chunk.len()]);
    }
    Ok(Value::from(writ_value::utf8::to_str_lossy(&out).into_owned()))
}

fn close(frame: Frame) -> Node {
    let (value, shown) = match frame.open {
        Open::Sequence { items, failed } => {
            let value = Value::from(items);
            let shown = value.clone();
            (failed.map_or(Ok(value), Err), shown)
        }
        Open::Mapping { entries, merges, failed, .. } => {
            let merged = merge(entries, merges);
            let shown = merged.clone().map_or(Value::Null, Value::from);
            (failed.map_or(merged.map(Value::from), Err), shown)
        }
    };
    let key = Err(format!("yaml: invalid map key: {}", go_syntax(&shown)));
    Node { value, key, is_merge: false, size: frame.size, depth: frame.depth }
}

/// A value as Go's verb `%#v` shows it.
fn go_syntax(v: &Value) -> String {
    match v {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::Array(a) => {
            let items: Vec<String> = a.iter().map(go_syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Object(o) => {
            let entries: Vec<String> = o.iter().map(|(k, v)| format!("{}:{}", go_syntax(k), go_syntax(v))).collect();
            format!("map[string]interface {{}}{{{}}}", entries.join(", "))
        }
        Value::String(s) => crate::url::quote(s.as_bytes()),
        other => json::to_string(other),
    }
}

/// A value as OPA shows it behind `value:`: a text in quotes, the rest as Go's verb `%v` does.
fn go_value(v: &Value) -> String {
    match v {
        Value::Null => "<nil>".to_owned(),
        Value::Array(a) => {
            let items: Vec<String> = a.iter().map(go_value).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(o) => {
            let text = |k: &Value| k.as_str().map_or_else(|| go_value(k), str::to_owned);
            let entries: Vec<String> = o.iter().map(|(k, v)| format!("{}:{}", text(k), go_value(v))).collect();
            format!("map[{}]", entries.join(" "))
        }
        other => json::to_string(other),
    }
}

/// Puts in what `<<` names; keys that are there stay, and earlier mappings win over later ones.
fn merge(mut entries: Object, merges: Vec<Node>) -> Result<Object, String> {
    let wrong = || Err("yaml: map merge requires map or sequence of maps as the value".to_owned());
    let mut add = |v: &Value| match v {
        Value::Object(o) => {
            for (k, v) in o.iter() {
                entries.entry(k.clone()).or_insert_with(|| v.clone());
            }
            Ok(())
        }
        _ => wrong(),
    };
    for node in merges {
        match node.value? {
            Value::Array(a) => a.iter().try_for_each(&mut add)?,
            other => add(&other)?,
        }
    }
    Ok(entries)
}
