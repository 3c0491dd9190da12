//! Terms and references as the author wrote them, for messages.

use std::fmt::Write;

use writ_value::{Value, rego};

use super::view::{Root, Step, View};
use crate::diag::json::push_string;
use crate::hir::{Literal, LiteralKind, Scope, Term, TermKind, VarId};

/// Longest constant that a message quotes in full.
const MAX_CONSTANT: usize = 200;

/// Prints terms of one rule.
#[derive(Debug, Clone, Copy)]
pub(super) struct Printer<'h> {
    pub scope: &'h Scope,
    /// Literals in which the compiler gives names to terms; those names print as the terms.
    pub names: &'h [Literal],
}

impl<'h> Printer<'h> {
    fn var(self, v: VarId) -> &'h str {
        self.scope.vars.get(v.0 as usize).map_or("_", |v| &v.name)
    }

    /// The term that a made-up variable stands for.
    fn subject(self, v: VarId) -> Option<&'h Term> {
        if !self.scope.vars.get(v.0 as usize).is_some_and(|v| v.generated) {
            return None;
        }
        self.names.iter().filter(|l| l.origin.generated).find_map(|l| match &l.kind {
            LiteralKind::Unify(a, b) if matches!(a.kind, TermKind::Var(x) if x == v) => Some(b),
            _ => None,
        })
    }

    /// The reference up to and without step `len`.
    pub(super) fn reference(self, view: &View<'_>, len: usize) -> String {
        let mut out = String::new();
        match view.root {
            Root::Input => out.push_str("input"),
            Root::Data => out.push_str("data"),
            Root::Var(v) => match self.subject(v) {
                Some(term) => self.term(term, &mut out),
                None => out.push_str(self.var(v)),
            },
            Root::Term(t) => self.term(t, &mut out),
        }
        for step in view.steps.iter().take(len) {
            match step {
                Step::Const(Value::String(s)) if is_name(s.as_bytes()) => {
                    out.push('.');
                    out.push_str(&s.to_str_lossy());
                }
                step => {
                    out.push('[');
                    self.step(*step, &mut out);
                    out.push(']');
                }
            }
        }
        out
    }

    pub(super) fn step(self, step: Step<'_>, out: &mut String) {
        match step {
            Step::Const(value) => constant(value, out),
            Step::Var(v) => out.push_str(self.var(v)),
            Step::Term(t) | Step::Pattern(t) => self.term(t, out),
            Step::Wildcard => out.push('_'),
        }
    }

    pub(super) fn term(self, term: &Term, out: &mut String) {
        match &term.kind {
            TermKind::Const(value) => constant(value, out),
            TermKind::Var(v) => match self.subject(*v) {
                Some(term) => self.term(term, out),
                None => out.push_str(self.var(*v)),
            },
            TermKind::Ref(r) => out.push_str(&self.reference(&View::of(r, term.span), r.path.len())),
            TermKind::Array(items) => self.list("[", items, "]", out),
            TermKind::Set(items) => {
                let mut texts: Vec<String> = Vec::new();
                for item in items {
                    let mut text = String::new();
                    self.term(item, &mut text);
                    if !texts.contains(&text) {
                        texts.push(text);
                    }
                }
                let _ = write!(out, "{{{}}}", texts.join(", "));
            }
            TermKind::Object(entries) => {
                out.push('{');
                for (i, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { ", " });
                    self.term(key, out);
                    out.push_str(": ");
                    self.term(value, out);
                }
                out.push('}');
            }
            TermKind::ArrayCompr(c) => {
                out.push('[');
                self.term(&c.head, out);
                out.push_str(" | …]");
            }
            TermKind::SetCompr(c) => {
                out.push('{');
                self.term(&c.head, out);
                out.push_str(" | …}");
            }
            TermKind::ObjectCompr(key, c) => {
                out.push('{');
                self.term(key, out);
                out.push_str(": ");
                self.term(&c.head, out);
                out.push_str(" | …}");
            }
        }
    }

    fn list(self, open: &str, items: &[Term], close: &str, out: &mut String) {
        out.push_str(open);
        for (i, item) in items.iter().enumerate() {
            out.push_str(if i == 0 { "" } else { ", " });
            self.term(item, out);
        }
        out.push_str(close);
    }

    /// The reference as the list of typed terms that OPA gives in the details of an error.
    pub(super) fn reference_json(self, view: &View<'_>) -> String {
        let mut out = String::from("[");
        match view.root {
            Root::Input => typed("var", "input", &mut out),
            Root::Data => typed("var", "data", &mut out),
            Root::Var(v) => typed("var", self.var(v), &mut out),
            Root::Term(t) => self.term_json(t, &mut out),
        }
        for step in &view.steps {
            out.push(',');
            match step {
                Step::Const(value) => value_json(value, &mut out),
                Step::Var(v) => typed("var", self.var(*v), &mut out),
                Step::Term(t) | Step::Pattern(t) => self.term_json(t, &mut out),
                Step::Wildcard => typed("var", "_", &mut out),
            }
        }
        out.push(']');
        out
    }

    fn term_json(self, term: &Term, out: &mut String) {
        match &term.kind {
            TermKind::Const(value) => value_json(value, out),
            TermKind::Var(v) => typed("var", self.var(*v), out),
            TermKind::Ref(r) => {
                let _ = write!(out, "{{\"type\":\"ref\",\"value\":{}}}", self.reference_json(&View::of(r, term.span)));
            }
            TermKind::Array(items) => self.list_json("array", items, out),
            TermKind::Set(items) => self.list_json("set", items, out),
            _ => {
                let mut text = String::new();
                self.term(term, &mut text);
                typed("term", &text, out);
            }
        }
    }

    fn list_json(self, kind: &str, items: &[Term], out: &mut String) {
        let _ = write!(out, "{{\"type\":\"{kind}\",\"value\":[");
        for (i, item) in items.iter().enumerate() {
            out.push_str(if i == 0 { "" } else { "," });
            self.term_json(item, out);
        }
        out.push_str("]}");
    }
}

/// A path below `data` as text: `data.a["b c"]`.
pub(super) fn path(path: &[Value]) -> String {
    let mut out = String::from("data");
    for key in path {
        match key {
            Value::String(s) if is_name(s.as_bytes()) => {
                out.push('.');
                out.push_str(&s.to_str_lossy());
            }
            key => {
                out.push('[');
                constant(key, &mut out);
                out.push(']');
            }
        }
    }
    out
}

pub(super) fn constant(value: &Value, out: &mut String) {
    let text = rego::to_string(value);
    match text.char_indices().nth(MAX_CONSTANT) {
        Some((end, _)) => {
            out.push_str(text.get(..end).unwrap_or(""));
            out.push('…');
        }
        None => out.push_str(&text),
    }
}

fn is_name(bytes: &[u8]) -> bool {
    let start = |b: &u8| b.is_ascii_alphabetic() || *b == b'_';
    bytes.first().is_some_and(start) && bytes.iter().all(|b| start(b) || b.is_ascii_digit())
}

fn typed(kind: &str, text: &str, out: &mut String) {
    let _ = write!(out, "{{\"type\":\"{kind}\",\"value\":");
    push_string(out, text);
    out.push('}');
}

fn value_json(value: &Value, out: &mut String) {
    let _ = write!(out, "{{\"type\":\"{}\",\"value\":", value.type_name());
    match value {
        Value::Array(a) => list_of_values(a.iter(), out),
        Value::Set(s) => list_of_values(s.iter(), out),
        value => writ_value::json::write(value, out),
    }
    out.push('}');
}

fn list_of_values<'a>(values: impl Iterator<Item = &'a Value>, out: &mut String) {
    out.push('[');
    for (i, value) in values.enumerate() {
        out.push_str(if i == 0 { "" } else { "," });
        value_json(value, out);
    }
    out.push(']');
}
