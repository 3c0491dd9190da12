//! Reading the fields of maps, with a finding for each that is unknown, missing or of the wrong kind.

use super::limits;
use super::node::{Entry, Kind, Node};
use crate::diag::{Code, Diagnostic};
use crate::source::Span;

/// Where findings go; at most [`limits::MAX_DIAGNOSTICS`] are kept.
#[derive(Debug)]
pub(super) struct Report<'d> {
    found: &'d mut Vec<Diagnostic>,
}

impl<'d> Report<'d> {
    pub(super) fn new(found: &'d mut Vec<Diagnostic>) -> Self {
        Report { found }
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        if self.found.len() < limits::MAX_DIAGNOSTICS {
            self.found.push(diagnostic);
        }
    }

    pub(super) fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.push(Diagnostic::error(code, span, message));
    }

    pub(super) fn hinted(&mut self, code: Code, span: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.push(Diagnostic::error(code, span, message).with_hint(hint));
    }

    /// `node` is not `wanted`. Nothing is said about what is broken already.
    pub(super) fn wrong_kind(&mut self, what: &str, node: &Node, wanted: &str) {
        if !matches!(node.kind, Kind::Broken) {
            self.error(Code::RulesType, node.span, format!("{what} is {wanted}, not {}", node.kind_name()));
        }
    }
}

/// The fields of a map whose names are known.
#[derive(Debug)]
pub(super) struct Fields<'n> {
    entries: &'n [Entry],
    /// Where the absence of a field is reported: at the first field.
    place: Span,
    what: &'static str,
    /// Some field was reported as unknown.
    pub(super) has_unknown: bool,
}

impl<'n> Fields<'n> {
    /// The fields of `node`; those that are not `known` are reported. `what` is the thing with its article, such as `a rule`.
    pub(super) fn read(node: &'n Node, what: &'static str, known: &[&str], report: &mut Report<'_>) -> Option<Self> {
        let Kind::Map(entries) = &node.kind else {
            report.wrong_kind(what, node, "a map of fields");
            return None;
        };
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let message = format!("{what} has no field `{}`", shorten(&entry.key));
            let found = Diagnostic::error(Code::RulesField, entry.key_span, message);
            report.push(match closest(&entry.key, known.iter().copied()) {
                Some(name) => found.with_hint(format!("did you mean `{name}`?")),
                None => found.with_hint(format!("its fields are {}", list(known))),
            });
        }
        let place = entries.first().map_or(node.span, |entry| entry.key_span);
        let has_unknown = entries.iter().any(|entry| !known.contains(&entry.key.as_str()));
        Some(Fields { entries, place, what, has_unknown })
    }

    pub(super) fn get(&self, name: &str) -> Option<&'n Node> {
        self.entry(name).map(|entry| &entry.value)
    }

    pub(super) fn entry(&self, name: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key == name)
    }

    pub(super) fn place(&self) -> Span {
        self.place
    }

    /// A field that must be there.
    pub(super) fn need(&self, name: &str, report: &mut Report<'_>) -> Option<&'n Node> {
        let node = self.get(name);
        if node.is_none() {
            report.error(Code::RulesField, self.place, format!("{} needs the field `{name}`", self.what));
        }
        node
    }

    /// A text that must be there and must not be empty.
    pub(super) fn need_text(&self, name: &str, report: &mut Report<'_>) -> Option<&'n str> {
        let node = self.need(name, report)?;
        text(name, node, report)
    }

    /// A text that may be there.
    pub(super) fn text(&self, name: &str, report: &mut Report<'_>) -> Option<&'n str> {
        text(name, self.get(name)?, report)
    }

    /// One of several words, which may be missing.
    pub(super) fn choice<T: Copy>(&self, name: &str, choices: &[(&str, T)], report: &mut Report<'_>) -> Option<T> {
        let node = self.get(name)?;
        let word = text(name, node, report)?;
        let found = choices.iter().find(|(known, _)| *known == word);
        if found.is_none() {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            let hint = match closest(word, names.iter().copied()) {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("write one of {}", list(&names)),
            };
            report.hinted(Code::RulesValue, node.span, format!("`{name}` is never `{}`", shorten(word)), hint);
        }
        found.map(|(_, value)| *value)
    }
}

fn text<'n>(name: &str, node: &'n Node, report: &mut Report<'_>) -> Option<&'n str> {
    match &node.kind {
        Kind::String(text) if text.trim().is_empty() => {
            report.error(Code::RulesValue, node.span, format!("`{name}` is empty"));
            None
        }
        Kind::String(text) => Some(text),
        _ => {
            report.wrong_kind(&format!("`{name}`"), node, "a string");
            if matches!(node.kind, Kind::Number(_) | Kind::Bool(_) | Kind::Null) {
                report.found.last_mut().into_iter().for_each(|d| d.hints.push("write it in quotes".to_owned()));
            }
            None
        }
    }
}

/// A word of the author's, short enough for a message.
pub(super) fn shorten(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain("…".chars()).collect()
}

/// `a`, `b` and `c` in back quotes.
pub(super) fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// The known word that differs from `word` in one or two letters, if there is one.
pub(super) fn closest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    if word.len() > 40 {
        return None;
    }
    let allowed = if word.chars().count() < 5 { 1 } else { 2 };
    known.map(|name| (distance(word, name), name)).filter(|(d, _)| *d <= allowed).min().map(|(_, name)| name)
}

/// How many letters to insert, delete or replace (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().flat_map(char::to_lowercase).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().flat_map(char::to_lowercase).enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let next = (diagonal + usize::from(x != *y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row[b.len()]
}
