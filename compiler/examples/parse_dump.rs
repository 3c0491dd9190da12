//! Prints syntax trees and parse errors of the texts on standard input, in the form of
//! `tests/differential/parse/main.go`, so that the two can be compared line by line.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a tool run by hand")]

use std::io::BufRead as _;

use writ_compiler::source::{SourceFile, SourceMap, Span};
use writ_compiler::syntax::ast::*;
use writ_compiler::syntax::{ParseOptions, parse_module, parse_query};

fn main() {
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let request: serde_json::Value = serde_json::from_str(&line).unwrap();
        if let Some(text) = request.as_str() {
            // A bare string: only check that printing and parsing again gives the same tree.
            if std::panic::catch_unwind(|| writ_compiler::syntax::fuzz::fuzz_parse(text.as_bytes())).is_err() {
                println!("{line}");
            }
            continue;
        }
        println!("{}", answer(&request));
    }
}

fn answer(request: &serde_json::Value) -> String {
    let version = match request["version"].as_u64() {
        Some(0) => RegoVersion::V0,
        Some(2) => RegoVersion::V2,
        _ => RegoVersion::V1,
    };
    let text = request["text"].as_str().unwrap();
    let mut sources = SourceMap::new();
    let file = sources.add("", text);
    let options = ParseOptions::new(version);
    let dump = Dump(sources.file(file).unwrap());
    let errors = if request["query"] == true {
        match parse_query(file, text, &options) {
            (Some(body), _) => return format!("ok {}", dump.body(&body)),
            (None, errors) => errors,
        }
    } else {
        match parse_module(file, text, &options) {
            (Some(module), _) => return format!("ok {}", dump.module(&module)),
            (None, errors) => errors,
        }
    };
    let errors: Vec<String> = errors
        .iter()
        .map(|e| {
            let position = sources.position(e.span.unwrap_or_default());
            format!("{}:{} {}", position.row, position.col, e.full_message())
        })
        .collect();
    format!("errors {}", serde_json::to_string(&errors).unwrap())
}

struct Dump<'a>(&'a SourceFile);

impl Dump<'_> {
    fn at(&self, span: Span) -> String {
        let position = self.0.position(span.start);
        format!("@{}:{}", position.row, position.col)
    }

    fn module(&self, module: &Module) -> String {
        let mut out = format!("(package {})", names(&module.package.path, true));
        for import in &module.imports {
            let alias = import.alias.as_ref().map_or(String::new(), |a| format!(" as {}", a.text));
            out += &format!(" (import {}{alias}{})", names(&import.path, false), self.at(import.span));
        }
        for rule in &module.rules {
            out += " ";
            out += &self.rule(rule);
        }
        out
    }

    fn rule(&self, rule: &Rule) -> String {
        let head = &rule.head;
        let mut out = String::from("(rule");
        if rule.default {
            out += " default";
        }
        out += " ";
        out += &self.reference(&head.reference, true);
        if let Some(args) = head.args.as_ref().filter(|args| !args.is_empty()) {
            out += &format!(" (args {})", self.terms(args));
        }
        let value = |value: &Option<Term>| value.as_ref().map_or("true".to_owned(), |t| self.term(t));
        match &head.key {
            Some(key) => out += &format!(" (key {})", self.term(key)),
            None => out += &format!(" (= {})", value(&head.value)),
        }
        if head.assign {
            out += " assign";
        }
        let body = |body: &Body| if body.is_empty() { "[true]".to_owned() } else { self.body(body) };
        out += " ";
        out += &body(&rule.body);
        for part in &rule.elses {
            let assign = if part.assign && !head.assign { " assign" } else { "" };
            out += &format!(" (else {}{assign} {}{})", value(&part.value), body(&part.body), self.at(part.span));
        }
        out + &self.at(rule.span) + ")"
    }

    fn body(&self, body: &Body) -> String {
        let literals: Vec<String> = body.literals.iter().map(|l| self.literal(l)).collect();
        format!("[{}]", literals.join("; "))
    }

    fn literal(&self, literal: &Literal) -> String {
        let mut out = match &literal.kind {
            LiteralKind::Expr(term) => self.term(term),
            LiteralKind::Some(vars) => {
                let vars: Vec<String> = vars.iter().map(|v| self.var(v)).collect();
                format!("(some {})", vars.join(" "))
            }
            LiteralKind::SomeIn(some) => {
                let name = if some.key.is_some() { "member_3" } else { "member_2" };
                let key = some.key.as_ref().map_or(String::new(), |k| self.term(k) + " ");
                let (value, domain) = (self.term(&some.value), self.term(&some.domain));
                format!("(some (call (ref internal \"{name}\") {key}{value} {domain}))")
            }
            LiteralKind::Every(every) => {
                let key = every.key.as_ref().map_or(String::new(), |k| self.var(k) + " ");
                let body = self.body(&every.body);
                format!("(every {key}{} {} {body})", self.var(&every.value), self.term(&every.domain))
            }
            LiteralKind::Not(not) => match (not.form, not.body.literals.as_slice()) {
                (NotForm::Classic, [Literal { kind: LiteralKind::Expr(term), .. }]) => {
                    format!("(not {})", self.term(term))
                }
                _ => format!("(not-body {} {})", not.form == NotForm::Explicit, self.body(&not.body)),
            },
            LiteralKind::Logical(logical) => {
                let name = if logical.op == LogicalOp::And { "and" } else { "or" };
                let (lhs, rhs) = (self.body(&logical.lhs.body), self.body(&logical.rhs.body));
                format!("(logical-{name} {} {lhs} {} {rhs})", logical.lhs.explicit, logical.rhs.explicit)
            }
        };
        for with in &literal.with {
            out += &format!(" with {} as {}", self.term(&with.target), self.term(&with.value));
        }
        out + &self.at(literal.span)
    }

    fn var(&self, var: &Var) -> String {
        format!("{}{}", if var.wildcard { "_" } else { &var.name }, self.at(var.span))
    }

    fn reference(&self, reference: &Ref, places: bool) -> String {
        let head = match reference.head.as_var() {
            Some(var) if !places => (if var.wildcard { "_" } else { &*var.name }).to_owned(),
            _ => self.term(&reference.head),
        };
        let steps = reference.path.iter().map(|arg| match arg.term.as_var() {
            Some(var) if !places => (if var.wildcard { "_" } else { &*var.name }).to_owned(),
            _ => self.term(&arg.term),
        });
        let all: Vec<String> = std::iter::once(head).chain(steps).collect();
        format!("(ref {})", all.join(" "))
    }

    fn terms(&self, terms: &[Term]) -> String {
        terms.iter().map(|t| self.term(t)).collect::<Vec<_>>().join(" ")
    }

    fn term(&self, term: &Term) -> String {
        match &term.kind {
            TermKind::Null => "null".to_owned(),
            TermKind::Bool(b) => b.to_string(),
            TermKind::Number(n) => n.to_string(),
            TermKind::String(s) => quote(&s.value),
            TermKind::Var(v) => self.var(v),
            TermKind::Ref(r) => self.reference(r, true) + &self.at(r.span),
            TermKind::Call(c) => {
                let args = c.args.iter().map(|t| self.term(t));
                let all: Vec<String> = std::iter::once(self.reference(&c.function, false)).chain(args).collect();
                format!("(call {})", all.join(" "))
            }
            TermKind::Array(xs) => format!("(array {})", self.terms(xs)),
            TermKind::Set(xs) => {
                let mut all: Vec<String> = xs.iter().map(|t| self.term(t)).collect();
                all.sort();
                all.dedup();
                format!("(set {})", all.join(" "))
            }
            TermKind::Object(es) => {
                let mut all: Vec<String> =
                    es.iter().map(|(k, v)| format!("{}: {}", self.term(k), self.term(v))).collect();
                all.sort();
                format!("(object {})", all.join(" "))
            }
            TermKind::ArrayCompr(c) => format!("(array-compr {} {})", self.term(&c.head), self.body(&c.body)),
            TermKind::SetCompr(c) => format!("(set-compr {} {})", self.term(&c.head), self.body(&c.body)),
            TermKind::ObjectCompr(c) => {
                format!("(object-compr {}: {} {})", self.term(&c.key), self.term(&c.value), self.body(&c.body))
            }
            TermKind::Template(t) => {
                let parts: Vec<String> = t
                    .parts
                    .iter()
                    .map(|part| match part {
                        TemplatePart::Text(_, text) => quote(text),
                        // OPA keeps a constant as a term, without a place.
                        TemplatePart::Expr(Literal { kind: LiteralKind::Expr(t), .. }) if is_scalar(t) => self.term(t),
                        TemplatePart::Expr(literal) => self.literal(literal),
                    })
                    .collect();
                format!("(template {} {})", t.raw, parts.join(" "))
            }
        }
    }
}

fn is_scalar(term: &Term) -> bool {
    matches!(term.kind, TermKind::Null | TermKind::Bool(_) | TermKind::Number(_) | TermKind::String(_))
}

fn names(path: &[Name], all_strings: bool) -> String {
    let parts: Vec<String> = path
        .iter()
        .enumerate()
        .map(|(i, n)| if i == 0 && !all_strings { n.text.to_string() } else { quote(&n.text) })
        .collect();
    format!("(ref {})", parts.join(" "))
}

/// As Go's encoding/json.
fn quote(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap();
    let mut out = String::new();
    for c in quoted.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out += &format!("\\u{:04x}", c as u32),
            c => out.push(c),
        }
    }
    out
}
