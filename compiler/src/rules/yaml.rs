//! YAML with places: events into nodes without recursion, aliases expanded within a budget, YAML 1.2's core schema for scalars.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};

use super::limits;
use super::node::{self, Budget, Entry, Kind, Node};
use crate::diag::{Code, Diagnostic};
use crate::source::{FileId, Span};

/// Reads the only document of the text; `None` after an error that stops the reading.
pub(super) fn parse(file: FileId, text: &str, found: &mut Vec<Diagnostic>) -> Option<Node> {
    let mut loader = Loader {
        offsets: Offsets::new(file, text),
        frames: Vec::new(),
        anchors: HashMap::new(),
        root: None,
        budget: Budget::new(),
        found: Vec::new(),
    };
    let result = loader.read(text);
    found.append(&mut loader.found);
    if let Err(diagnostic) = result {
        found.push(*diagnostic);
        return None;
    }
    loader.root.or_else(|| Some(Node { span: Span::new(file, 0, 0), kind: Kind::Null }))
}

/// From the parser's character counts to byte offsets.
struct Offsets {
    file: FileId,
    len: usize,
    /// Byte offset of each character; empty for ASCII, where both are the same.
    bytes: Vec<u32>,
    /// Characters that the parser does not count: a byte order mark.
    skipped: usize,
}

impl Offsets {
    fn new(file: FileId, text: &str) -> Self {
        let bytes = if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(at, _)| at as u32).collect() };
        Offsets { file, len: text.len(), bytes, skipped: usize::from(text.starts_with('\u{feff}')) }
    }

    fn offset(&self, index: usize) -> u32 {
        let index = index + self.skipped;
        if self.bytes.is_empty() {
            return index.min(self.len) as u32;
        }
        self.bytes.get(index).copied().unwrap_or(self.len as u32)
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        let start = self.offset(span.start.index());
        Span::new(self.file, start, self.offset(span.end.index()).max(start))
    }
}

/// What an anchor stands for, and what it costs.
#[derive(Clone)]
struct Anchored {
    node: Node,
    nodes: usize,
    bytes: usize,
    depth: usize,
}

/// A list or map that is being read.
struct Frame {
    start: Span,
    anchor: usize,
    open: Open,
    nodes: usize,
    bytes: usize,
    depth: usize,
}

enum Open {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, seen: HashMap<String, Span>, key: Option<(String, Span)> },
}

struct Loader {
    offsets: Offsets,
    frames: Vec<Frame>,
    anchors: HashMap<usize, Anchored>,
    root: Option<Node>,
    budget: Budget,
    /// Findings that do not stop the reading.
    found: Vec<Diagnostic>,
}

type Step = Result<(), Box<Diagnostic>>;

impl Loader {
    fn read(&mut self, text: &str) -> Step {
        // The parser takes a mark at the start for content.
        let rest = text.strip_prefix('\u{feff}').unwrap_or(text);
        for event in Parser::new_from_str(rest) {
            let (event, span) = event.map_err(|e| Box::new(self.scan_error(&e, rest)))?;
            let span = self.offsets.span(span);
            self.event(event, span)?;
        }
        Ok(())
    }

    fn scan_error(&self, error: &ScanError, text: &str) -> Diagnostic {
        let at = self.offsets.offset(error.marker().index());
        let span = Span::new(self.offsets.file, at, at);
        let found = Diagnostic::error(Code::RulesParse, span, format!("this is not YAML: {}", error.info()));
        let line = text.lines().nth(error.marker().line().saturating_sub(1)).unwrap_or_default();
        let previous = text.lines().nth(error.marker().line().saturating_sub(2)).unwrap_or_default();
        let is_operator =
            [line, previous].iter().any(|line| line.contains("operator:") && line.contains(['>', '!', '=']));
        if is_operator { found.with_hint("write operators in quotes, such as \">=\"") } else { found }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Step {
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                let message = "a file holds one rule document, and a second one starts here";
                Err(Box::new(Diagnostic::error(Code::RulesParse, span, message)))
            }
            Event::Scalar(text, style, anchor, tag) => {
                let kind = self.scalar(&text, style, tag.as_deref(), span);
                let bytes = text.len();
                self.put(Anchored { node: Node { span, kind }, nodes: 1, bytes, depth: 0 }, anchor, Some(&text))
            }
            Event::SequenceStart(anchor, tag) => self.open(Open::List(Vec::new()), anchor, tag.as_deref(), span),
            Event::MappingStart(anchor, tag) => {
                let open = Open::Map { entries: Vec::new(), seen: HashMap::new(), key: None };
                self.open(open, anchor, tag.as_deref(), span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(anchored) => {
                    let mut anchored = anchored.clone();
                    // Findings about what it stands for belong where it is used.
                    anchored.node.span = span;
                    self.put(anchored, 0, None)
                }
                None => {
                    let message = "the anchor of this alias contains the alias itself";
                    Err(Box::new(Diagnostic::error(Code::RulesParse, span, message)))
                }
            },
            _ => Ok(()),
        }
    }

    fn open(&mut self, open: Open, anchor: usize, tag: Option<&Tag>, span: Span) -> Step {
        self.check_tag(tag, span);
        self.check_depth(0, span)?;
        self.frames.push(Frame { start: span, anchor, open, nodes: 1, bytes: 0, depth: 1 });
        Ok(())
    }

    fn close(&mut self, span: Span) -> Step {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        let kind = match frame.open {
            Open::List(items) => Kind::List(items),
            Open::Map { entries, .. } => Kind::Map(entries),
        };
        // A block's end is where the next thing starts; its first line is the place to point at.
        let end = if span.is_empty() { frame.start.end.max(frame.start.start) } else { span.end };
        let node = Node { span: Span { end, ..frame.start }, kind };
        self.budget.take(1, 0, frame.start)?;
        self.attach(Anchored { node, nodes: frame.nodes, bytes: frame.bytes, depth: frame.depth }, frame.anchor, None)
    }

    fn check_depth(&self, below: usize, span: Span) -> Step {
        if self.frames.len() + below < limits::MAX_DEPTH {
            return Ok(());
        }
        let message = format!("lists and maps may be nested {} deep", limits::MAX_DEPTH);
        Err(Box::new(Diagnostic::error(Code::RulesLimit, span, message)))
    }

    /// Counts what is new, or stands behind an alias, and attaches it.
    fn put(&mut self, anchored: Anchored, anchor: usize, text: Option<&str>) -> Step {
        self.budget.take(anchored.nodes, anchored.bytes, anchored.node.span)?;
        self.check_depth(anchored.depth, anchored.node.span)?;
        self.attach(anchored, anchor, text)
    }

    /// `text` is a scalar's own, which is what a key is made of.
    fn attach(&mut self, anchored: Anchored, anchor: usize, text: Option<&str>) -> Step {
        if anchor != 0 {
            self.anchors.insert(anchor, anchored.clone());
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(anchored.node);
            return Ok(());
        };
        frame.nodes += anchored.nodes;
        frame.bytes += anchored.bytes;
        frame.depth = frame.depth.max(anchored.depth + 1);
        let node = anchored.node;
        match &mut frame.open {
            Open::List(items) => items.push(node),
            Open::Map { entries, seen, key } => match key.take() {
                None => {
                    let name = match (&node.kind, text) {
                        (Kind::String(s), _) => s.clone(),
                        (_, Some(text)) => text.to_owned(),
                        _ => {
                            let message = format!("a field's name is a string, not {}", node.kind_name());
                            return Err(Box::new(Diagnostic::error(Code::RulesParse, node.span, message)));
                        }
                    };
                    if let Some(first) = seen.insert(name.clone(), node.span) {
                        self.found.push(node::duplicate_key(&name, node.span, first));
                    }
                    *key = Some((name, node.span));
                }
                Some((key, key_span)) => entries.push(Entry { key, key_span, value: node }),
            },
        }
        Ok(())
    }

    fn check_tag(&mut self, tag: Option<&Tag>, span: Span) {
        let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) else { return };
        let text = format!("{}{}", tag.handle, tag.suffix);
        let found = Diagnostic::error(Code::RulesParse, span, format!("the tag `{text}` has no meaning here"));
        let hint = "write operators in quotes, such as \"!=\"";
        self.found.push(if text.starts_with("!=") { found.with_hint(hint) } else { found });
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Kind {
        if let Some(tag) = tag {
            let is_text = tag.is_yaml_core_schema() && tag.suffix == "str";
            self.check_tag(Some(tag), span);
            if is_text {
                return Kind::String(text.to_owned());
            }
            if !tag.is_yaml_core_schema() {
                return Kind::Broken;
            }
        } else if style != ScalarStyle::Plain {
            return Kind::String(text.to_owned());
        }
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
            "true" | "True" | "TRUE" => Kind::Bool(true),
            "false" | "False" | "FALSE" => Kind::Bool(false),
            _ => self.number_or_text(text, span),
        }
    }

    fn number_or_text(&mut self, text: &str, span: Span) -> Kind {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let lower = digits.to_ascii_lowercase();
        if matches!(lower.as_str(), ".inf" | ".nan") {
            self.found.push(Diagnostic::error(Code::RulesType, span, "a number here must be finite"));
            return Kind::Broken;
        }
        if matches!(lower.as_str(), "yes" | "no" | "on" | "off") && text.len() == digits.len() {
            let message = format!("`{text}` is a string in YAML 1.2, not a boolean");
            let hint = "write true or false, or the string in quotes";
            self.found.push(Diagnostic::warning(Code::RulesType, span, message).with_hint(hint));
        }
        let radix = |prefix: &str, radix: u32| {
            let rest = digits.strip_prefix(prefix).filter(|_| text.len() == digits.len())?;
            i64::from_str_radix(rest, radix).ok().filter(|_| !rest.starts_with(['+', '-']))
        };
        if let Some(n) = radix("0x", 16).or_else(|| radix("0o", 8)) {
            return Kind::Number(n.into());
        }
        if !is_number(digits) {
            return Kind::String(text.to_owned());
        }
        match node::number(text, span) {
            Ok(n) => Kind::Number(n),
            Err(diagnostic) => {
                self.found.push(*diagnostic);
                Kind::Broken
            }
        }
    }
}

/// The core schema's integers and floats without their sign: `12`, `1.5`, `.5`, `5.`, `1e3`.
fn is_number(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.map(|e| e.strip_prefix(['+', '-']).unwrap_or(e));
    all_digits(whole)
        && all_digits(fraction)
        && whole.len() + fraction.len() > 0
        && exponent.is_none_or(|e| !e.is_empty() && all_digits(e))
}
