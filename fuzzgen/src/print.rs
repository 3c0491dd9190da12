//! Programs as Rego v1 text. Infix expressions always stand in parentheses, so precedence plays no part.

use std::fmt::Write;

use writ_value::{Value, rego};

use crate::program::{Head, Literal, Program, Rule, TemplatePart, Term};

/// The module's text.
pub fn module(program: &Program) -> String {
    let mut body = String::new();
    for rule in &program.rules {
        body.push('\n');
        self::rule(rule, &mut body);
    }
    let mut out = String::from("package fuzz\n");
    for (keyword, sign) in [("and", "} and {"), ("or", "} or {"), ("not", "not {")] {
        if body.contains(sign) {
            let _ = write!(out, "\nimport future.keywords.{keyword}\n");
        }
    }
    out + &body
}

fn rule(rule: &Rule, out: &mut String) {
    if rule.default {
        out.push_str("default ");
    }
    out.push_str(&rule.name);
    steps(&rule.path, out);
    if let Some(params) = &rule.params {
        out.push('(');
        list(params, out);
        out.push(')');
    }
    match &rule.head {
        Head::True => {}
        Head::Value(value) => {
            out.push_str(" := ");
            term(value, out);
        }
        Head::Member(member) => {
            out.push_str(" contains ");
            term(member, out);
        }
    }
    if !rule.body.is_empty() {
        out.push_str(" if {\n");
        body(&rule.body, 1, out);
        out.push('}');
        for (value, conditions) in &rule.elses {
            out.push_str(" else := ");
            term(value, out);
            if !conditions.is_empty() {
                out.push_str(" if {\n");
                body(conditions, 1, out);
                out.push('}');
            }
        }
    } else if matches!(rule.head, Head::True) && !rule.default {
        out.push_str(" := true");
    }
    out.push('\n');
}

fn body(literals: &[Literal], depth: usize, out: &mut String) {
    if literals.is_empty() {
        out.push_str(&"\t".repeat(depth));
        out.push_str("true\n");
    }
    for l in literals {
        out.push_str(&"\t".repeat(depth));
        let mut text = String::new();
        literal(l, depth, &mut text);
        // A minus would go on with the line before.
        let _ = if text.starts_with('-') { writeln!(out, "({text})") } else { writeln!(out, "{text}") };
    }
}

fn braced(literals: &[Literal], depth: usize, out: &mut String) {
    out.push_str("{\n");
    body(literals, depth + 1, out);
    out.push_str(&"\t".repeat(depth));
    out.push('}');
}

fn literal(l: &Literal, depth: usize, out: &mut String) {
    match l {
        Literal::Term(t) => statement(t, out),
        Literal::Assign(a, b) => pair(a, " := ", b, out),
        Literal::Unify(a, b) => pair(a, " = ", b, out),
        Literal::Some(names) => {
            let _ = write!(out, "some {}", names.join(", "));
        }
        Literal::SomeIn(key, value, domain) => {
            out.push_str("some ");
            if let Some(key) = key {
                pair(key, ", ", value, out);
            } else {
                term(value, out);
            }
            out.push_str(" in ");
            term(domain, out);
        }
        Literal::Every(key, value, domain, inner) => {
            let key = key.as_ref().map_or(String::new(), |key| format!("{key}, "));
            let _ = write!(out, "every {key}{value} in ");
            term(domain, out);
            out.push(' ');
            braced(inner, depth, out);
        }
        Literal::Not(inner) => {
            let mut text = String::new();
            literal(inner, depth, &mut text);
            // A brace after `not` would begin a body.
            let _ = if text.starts_with('{') { write!(out, "not ({text})") } else { write!(out, "not {text}") };
        }
        Literal::NotBody(inner) => {
            out.push_str("not ");
            braced(inner, depth, out);
        }
        Literal::Logic(op, left, right) => {
            braced(left, depth, out);
            let _ = write!(out, " {op} ");
            braced(right, depth, out);
        }
        Literal::With(inner, target, value) => {
            literal(inner, depth, out);
            let _ = write!(out, " with {target} as ");
            term(value, out);
        }
    }
}

/// An expression that stands alone needs no parentheses around it.
fn statement(t: &Term, out: &mut String) {
    match t {
        Term::Infix(op, a, b) => pair(a, &format!(" {op} "), b, out),
        t => term(t, out),
    }
}

fn pair(a: &Term, between: &str, b: &Term, out: &mut String) {
    term(a, out);
    out.push_str(between);
    term(b, out);
}

fn term(t: &Term, out: &mut String) {
    match t {
        Term::Scalar(value) => rego::write(value, out),
        Term::Name(name) => out.push_str(name),
        Term::Ref(base, path) => {
            term(base, out);
            steps(path, out);
        }
        Term::Call(name, args) => {
            out.push_str(name);
            out.push('(');
            list(args, out);
            out.push(')');
        }
        Term::Infix(op, a, b) => {
            out.push('(');
            pair(a, &format!(" {op} "), b, out);
            out.push(')');
        }
        Term::In(key, value, domain) => {
            out.push('(');
            if let Some(key) = key {
                term(key, out);
                out.push_str(", ");
            }
            pair(value, " in ", domain, out);
            out.push(')');
        }
        Term::Array(items) => {
            out.push('[');
            list(items, out);
            out.push(']');
        }
        Term::Set(items) if items.is_empty() => out.push_str("set()"),
        Term::Set(items) => {
            out.push('{');
            list(items, out);
            out.push('}');
        }
        Term::Object(entries) => {
            out.push('{');
            for (i, (key, value)) in entries.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                pair(key, ": ", value, out);
            }
            out.push('}');
        }
        Term::ArrayCompr(head, inner) => comprehension("[", inner, "]", out, |out| term(head, out)),
        Term::SetCompr(head, inner) => comprehension("{", inner, "}", out, |out| term(head, out)),
        Term::ObjectCompr(head, inner) => comprehension("{", inner, "}", out, |out| pair(&head.0, ": ", &head.1, out)),
        Term::Template(parts) => {
            out.push_str("$\"");
            for part in parts {
                match part {
                    TemplatePart::Text(text) => out.push_str(text),
                    TemplatePart::Expr(t) => {
                        out.push('{');
                        statement(t, out);
                        out.push('}');
                    }
                }
            }
            out.push('"');
        }
    }
}

fn comprehension(open: &str, inner: &[Literal], close: &str, out: &mut String, head: impl FnOnce(&mut String)) {
    out.push_str(open);
    head(out);
    out.push_str(" | ");
    if inner.is_empty() {
        out.push_str("true");
    }
    for (i, l) in inner.iter().enumerate() {
        out.push_str(if i == 0 { "" } else { "; " });
        literal(l, 1, out);
    }
    out.push_str(close);
}

fn list(items: &[Term], out: &mut String) {
    for (i, t) in items.iter().enumerate() {
        out.push_str(if i == 0 { "" } else { ", " });
        term(t, out);
    }
}

fn steps(path: &[Term], out: &mut String) {
    for step in path {
        match step {
            Term::Scalar(Value::String(s)) if is_name(s.as_bytes()) => {
                out.push('.');
                out.push_str(&s.to_str_lossy());
            }
            step => {
                out.push('[');
                term(step, out);
                out.push(']');
            }
        }
    }
}

fn is_name(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(u8::is_ascii_lowercase)
        && bytes.iter().all(u8::is_ascii_lowercase)
        && !KEYWORDS.contains(&bytes)
}

/// Names that need brackets.
const KEYWORDS: [&[u8]; 6] = [b"in", b"not", b"some", b"every", b"if", b"as"];
