//! Programs as Rego text. Infix expressions always stand in parentheses, so precedence plays no part.

use std::fmt::Write;

use writ_value::{Value, rego};

use crate::program::{Head, Literal, Package, Program, Rule, TemplatePart, Term};

/// The texts of the modules, one per package.
pub fn modules(program: &Program) -> Vec<String> {
    program.packages().into_iter().map(|package| Printer { program, package: Some(package) }.module(package)).collect()
}

/// All modules, one after the other, and the queries: for people.
pub fn program(program: &Program) -> String {
    let mut out = modules(program).join("\n");
    for (flag, on) in [("v0", program.v0), ("strict", program.strict)] {
        if on {
            let _ = write!(out, "\n# {flag}\n");
        }
    }
    for query in queries(program) {
        let _ = write!(out, "\n# query: {query}\n");
    }
    out
}

/// What queries in Rego v0 import.
pub const V0_QUERY_IMPORT: &str = "future.keywords";

/// The texts of the queries.
pub fn queries(program: &Program) -> Vec<String> {
    let printer = Printer { program, package: None };
    let one = |literals: &Vec<Literal>| {
        let mut out = String::new();
        printer.joined(literals, &mut out);
        out
    };
    program.queries.iter().map(one).collect()
}

/// Prints what stands in one package; in queries there is none.
struct Printer<'a> {
    program: &'a Program,
    package: Option<Package>,
}

/// Keywords that v0 has to import, with what shows that they are used.
const V0_KEYWORDS: [(&str, &str); 3] = [("contains", " contains "), ("every", "every "), ("in", " in ")];

impl Printer<'_> {
    fn module(&self, package: Package) -> String {
        let mut body = String::new();
        for rule in self.program.rules.iter().filter(|rule| rule.package == package) {
            body.push('\n');
            self.rule(rule, &mut body);
        }
        let mut out = format!("package {}\n", package.name());
        let uses = |name: &str, sign: &str| body.contains(sign) && name != "in";
        let future = [("and", "} and {"), ("or", "} or {"), ("not", "not {")];
        let keywords = if self.program.v0 { V0_KEYWORDS.as_slice() } else { &[] };
        for (keyword, sign) in future.iter().chain(keywords) {
            // `every` brings `in`, and templates and comprehensions may hide it.
            if uses(keyword, sign) || (*keyword == "in" && body.contains(" in ")) {
                let _ = write!(out, "\nimport future.keywords.{keyword}\n");
            }
        }
        if package == Package::Main && body.contains("util.") {
            out.push_str("\nimport data.lib.util\n");
        }
        out + &body
    }

    /// A name as it is written here: a rule's with the way to its package.
    fn name(&self, name: &str) -> String {
        let (bare, full) = match name.strip_prefix("data.") {
            Some(bare) => (bare, true),
            None => (name, false),
        };
        match (self.program.owner(bare), self.package) {
            (None, _) => name.to_owned(),
            (Some(owner), Some(here)) if owner == here && !full => name.to_owned(),
            (Some(Package::Library), Some(Package::Main)) if !full => format!("util.{bare}"),
            (Some(owner), _) => format!("data.{}.{bare}", owner.name()),
        }
    }

    fn rule(&self, rule: &Rule, out: &mut String) {
        let v0 = self.program.v0;
        if rule.default {
            out.push_str("default ");
        }
        out.push_str(&rule.name);
        self.steps(&rule.path, out);
        if let Some(params) = &rule.params {
            out.push('(');
            self.list(params, out);
            out.push(')');
        }
        let assign = if v0 { " = " } else { " := " };
        let open = if v0 { " {\n" } else { " if {\n" };
        match &rule.head {
            Head::True => {}
            Head::Value(value) => {
                out.push_str(assign);
                self.term(value, out);
            }
            Head::Member(member) if v0 && rule.path.is_empty() => {
                out.push('[');
                self.term(member, out);
                out.push(']');
            }
            Head::Member(member) => {
                out.push_str(" contains ");
                self.term(member, out);
            }
        }
        if !rule.body.is_empty() || (v0 && matches!(rule.head, Head::Member(_))) {
            out.push_str(open);
            self.body(&rule.body, 1, out);
            out.push('}');
            for (value, conditions) in &rule.elses {
                let _ = write!(out, " else{assign}");
                self.term(value, out);
                if !conditions.is_empty() {
                    out.push_str(open);
                    self.body(conditions, 1, out);
                    out.push('}');
                }
            }
        } else if matches!(rule.head, Head::True) && !rule.default {
            let _ = write!(out, "{assign}true");
        }
        out.push('\n');
    }

    fn body(&self, literals: &[Literal], depth: usize, out: &mut String) {
        if literals.is_empty() {
            out.push_str(&"\t".repeat(depth));
            out.push_str("true\n");
        }
        for l in literals {
            out.push_str(&"\t".repeat(depth));
            let mut text = String::new();
            self.literal(l, depth, &mut text);
            // A minus would go on with the line before.
            let _ = if text.starts_with('-') { writeln!(out, "({text})") } else { writeln!(out, "{text}") };
        }
    }

    fn braced(&self, literals: &[Literal], depth: usize, out: &mut String) {
        out.push_str("{\n");
        self.body(literals, depth + 1, out);
        out.push_str(&"\t".repeat(depth));
        out.push('}');
    }

    fn literal(&self, l: &Literal, depth: usize, out: &mut String) {
        match l {
            Literal::Term(t) => self.statement(t, out),
            Literal::Assign(a, b) => self.pair(a, " := ", b, out),
            Literal::Unify(a, b) => self.pair(a, " = ", b, out),
            Literal::Some(names) => {
                let _ = write!(out, "some {}", names.join(", "));
            }
            Literal::SomeIn(key, value, domain) => {
                out.push_str("some ");
                if let Some(key) = key {
                    self.pair(key, ", ", value, out);
                } else {
                    self.term(value, out);
                }
                out.push_str(" in ");
                self.term(domain, out);
            }
            Literal::Every(key, value, domain, inner) => {
                let key = key.as_ref().map_or(String::new(), |key| format!("{key}, "));
                let _ = write!(out, "every {key}{value} in ");
                self.term(domain, out);
                out.push(' ');
                self.braced(inner, depth, out);
            }
            Literal::Not(inner) => {
                let mut text = String::new();
                self.literal(inner, depth, &mut text);
                // A brace after `not` would begin a body.
                let _ = if text.starts_with('{') { write!(out, "not ({text})") } else { write!(out, "not {text}") };
            }
            Literal::NotBody(inner) => {
                out.push_str("not ");
                self.braced(inner, depth, out);
            }
            Literal::Logic(op, left, right) => {
                self.braced(left, depth, out);
                let _ = write!(out, " {op} ");
                self.braced(right, depth, out);
            }
            Literal::With(inner, target, value) => {
                self.literal(inner, depth, out);
                let _ = write!(out, " with {} as ", self.name(target));
                self.term(value, out);
            }
        }
    }

    /// An expression that stands alone needs no parentheses around it.
    fn statement(&self, t: &Term, out: &mut String) {
        match t {
            Term::Infix(op, a, b) => self.pair(a, &format!(" {op} "), b, out),
            t => self.term(t, out),
        }
    }

    fn pair(&self, a: &Term, between: &str, b: &Term, out: &mut String) {
        self.term(a, out);
        out.push_str(between);
        self.term(b, out);
    }

    fn term(&self, t: &Term, out: &mut String) {
        match t {
            Term::Scalar(value) => rego::write(value, out),
            Term::Name(name) => out.push_str(&self.name(name)),
            Term::Ref(base, path) => {
                self.term(base, out);
                self.steps(path, out);
            }
            Term::Call(name, args) => {
                out.push_str(&self.name(name));
                out.push('(');
                self.list(args, out);
                out.push(')');
            }
            Term::Infix(op, a, b) => {
                out.push('(');
                self.pair(a, &format!(" {op} "), b, out);
                out.push(')');
            }
            Term::In(key, value, domain) => {
                out.push('(');
                if let Some(key) = key {
                    self.term(key, out);
                    out.push_str(", ");
                }
                self.pair(value, " in ", domain, out);
                out.push(')');
            }
            Term::Array(items) => {
                out.push('[');
                self.list(items, out);
                out.push(']');
            }
            Term::Set(items) if items.is_empty() => out.push_str("set()"),
            Term::Set(items) => {
                out.push('{');
                self.list(items, out);
                out.push('}');
            }
            Term::Object(entries) => {
                out.push('{');
                for (i, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { ", " });
                    self.pair(key, ": ", value, out);
                }
                out.push('}');
            }
            Term::ArrayCompr(head, inner) => self.comprehension("[", inner, "]", out, |out| self.term(head, out)),
            Term::SetCompr(head, inner) => self.comprehension("{", inner, "}", out, |out| self.term(head, out)),
            Term::ObjectCompr(head, inner) => {
                self.comprehension("{", inner, "}", out, |out| self.pair(&head.0, ": ", &head.1, out))
            }
            Term::Template(parts) => {
                out.push_str("$\"");
                for part in parts {
                    match part {
                        TemplatePart::Text(text) => out.push_str(text),
                        TemplatePart::Expr(t) => {
                            out.push('{');
                            self.statement(t, out);
                            out.push('}');
                        }
                    }
                }
                out.push('"');
            }
        }
    }

    fn comprehension(
        &self,
        open: &str,
        inner: &[Literal],
        close: &str,
        out: &mut String,
        head: impl FnOnce(&mut String),
    ) {
        out.push_str(open);
        head(out);
        out.push_str(" | ");
        self.joined(inner, out);
        out.push_str(close);
    }

    /// Statements on one line.
    fn joined(&self, literals: &[Literal], out: &mut String) {
        if literals.is_empty() {
            out.push_str("true");
        }
        for (i, l) in literals.iter().enumerate() {
            out.push_str(if i == 0 { "" } else { "; " });
            self.literal(l, 1, out);
        }
    }

    fn list(&self, items: &[Term], out: &mut String) {
        for (i, t) in items.iter().enumerate() {
            out.push_str(if i == 0 { "" } else { ", " });
            self.term(t, out);
        }
    }

    fn steps(&self, path: &[Term], out: &mut String) {
        for step in path {
            match step {
                Term::Scalar(Value::String(s)) if is_name(s.as_bytes()) => {
                    out.push('.');
                    out.push_str(&s.to_str_lossy());
                }
                step => {
                    out.push('[');
                    self.term(step, out);
                    out.push(']');
                }
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
