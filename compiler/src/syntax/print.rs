//! Syntax trees as compact s-expressions, for tests: two trees that print alike differ only in spans and in the names of
//! wildcards.

use std::fmt::Write as _;

use super::ast::*;

/// A module, one statement per line.
pub fn module(module: &Module) -> String {
    let mut p = Printer::default();
    p.node("package", |p| p.names(&module.package.path));
    for import in &module.imports {
        p.out.push('\n');
        p.node("import", |p| {
            p.names(&import.path);
            if let Some(alias) = &import.alias {
                p.atom("as");
                p.atom(&alias.text);
            }
        });
    }
    for rule in &module.rules {
        p.out.push('\n');
        p.rule(rule);
    }
    for annotation in &module.annotations {
        p.out.push('\n');
        p.node("annotation", |p| {
            p.atom(&format!("{:?}", annotation.target));
            p.atom(&format!("{:?}", annotation.yaml));
        });
    }
    p.out.push('\n');
    p.out
}

/// A body on one line.
pub fn body(body: &Body) -> String {
    let mut p = Printer::default();
    p.body("body", body);
    p.out
}

/// A term on one line.
pub fn term(term: &Term) -> String {
    let mut p = Printer::default();
    p.term(term);
    p.out
}

#[derive(Default)]
struct Printer {
    out: String,
}

impl Printer {
    fn space(&mut self) {
        if !matches!(self.out.as_bytes().last(), None | Some(b'(' | b'\n')) {
            self.out.push(' ');
        }
    }

    fn atom(&mut self, text: &str) {
        self.space();
        self.out.push_str(text);
    }

    fn node(&mut self, name: &str, f: impl FnOnce(&mut Self)) {
        self.space();
        self.out.push('(');
        self.out.push_str(name);
        f(self);
        self.out.push(')');
    }

    fn names(&mut self, names: &[Name]) {
        names.iter().for_each(|n| self.atom(&format!("{:?}", n.text)));
    }

    fn rule(&mut self, rule: &Rule) {
        self.node("rule", |p| {
            for (flag, name) in [
                (rule.default, "default"),
                (rule.chained, "chained"),
                (rule.head.has_if, "if"),
                (rule.head.has_contains, "contains"),
            ] {
                if flag {
                    p.atom(name);
                }
            }
            p.atom(match rule.head.kind {
                HeadKind::Value => "value",
                HeadKind::Set => "set",
                HeadKind::Function => "function",
            });
            p.reference(&rule.head.reference);
            if let Some(args) = &rule.head.args {
                p.node("args", |p| args.iter().for_each(|t| p.term(t)));
            }
            if let Some(key) = &rule.head.key {
                p.node("key", |p| p.term(key));
            }
            p.value(rule.head.value.as_ref(), rule.head.assign);
            p.body("body", &rule.body);
            for part in &rule.elses {
                p.node(if part.has_if { "else-if" } else { "else" }, |p| {
                    p.value(part.value.as_ref(), part.assign);
                    p.body("body", &part.body);
                });
            }
        });
    }

    fn value(&mut self, value: Option<&Term>, assign: bool) {
        if let Some(value) = value {
            self.node(if assign { ":=" } else { "=" }, |p| p.term(value));
        }
    }

    fn body(&mut self, name: &str, body: &Body) {
        if !body.is_empty() {
            self.node(name, |p| body.literals.iter().for_each(|l| p.literal(l)));
        }
    }

    fn literal(&mut self, literal: &Literal) {
        if literal.with.is_empty() {
            return self.literal_kind(&literal.kind);
        }
        self.node("with", |p| {
            p.literal_kind(&literal.kind);
            for with in &literal.with {
                p.term(&with.target);
                p.term(&with.value);
            }
        });
    }

    fn literal_kind(&mut self, kind: &LiteralKind) {
        match kind {
            LiteralKind::Expr(term) => self.term(term),
            LiteralKind::Some(vars) => self.node("some", |p| vars.iter().for_each(|v| p.var(v))),
            LiteralKind::SomeIn(some) => self.node("some-in", |p| {
                some.key.iter().for_each(|t| p.term(t));
                p.term(&some.value);
                p.term(&some.domain);
            }),
            LiteralKind::Every(every) => self.node("every", |p| {
                every.key.iter().for_each(|v| p.var(v));
                p.var(&every.value);
                p.term(&every.domain);
                p.body("body", &every.body);
            }),
            LiteralKind::Not(not) => {
                let name = match not.form {
                    NotForm::Classic => "not",
                    NotForm::Implicit => "not-implicit",
                    NotForm::Explicit => "not-explicit",
                };
                self.body(name, &not.body);
            }
            LiteralKind::Logical(logical) => {
                let name = if logical.op == LogicalOp::And { "logical-and" } else { "logical-or" };
                self.node(name, |p| {
                    for operand in [&logical.lhs, &logical.rhs] {
                        p.body(if operand.explicit { "explicit" } else { "operand" }, &operand.body);
                    }
                });
            }
        }
    }

    fn var(&mut self, var: &Var) {
        self.atom(if var.wildcard { "_" } else { &var.name });
    }

    fn reference(&mut self, reference: &Ref) {
        self.node("ref", |p| {
            p.term(&reference.head);
            for arg in &reference.path {
                match arg.term.as_str() {
                    Some(name) if arg.dot => p.atom(&format!(".{name}")),
                    _ => p.term(&arg.term),
                }
            }
        });
    }

    fn term(&mut self, term: &Term) {
        match &term.kind {
            TermKind::Null => self.atom("null"),
            TermKind::Bool(b) => self.atom(if *b { "true" } else { "false" }),
            TermKind::Number(n) => self.atom(n),
            TermKind::String(s) if s.raw => self.node("raw", |p| p.atom(&format!("{:?}", s.value))),
            TermKind::String(s) => self.atom(&format!("{:?}", s.value)),
            TermKind::Template(t) => self.node(if t.raw { "raw-template" } else { "template" }, |p| {
                for part in &t.parts {
                    match part {
                        TemplatePart::Text(_, text) => p.atom(&format!("{text:?}")),
                        TemplatePart::Expr(literal) => p.node("expr", |p| p.literal(literal)),
                    }
                }
            }),
            TermKind::Var(v) => self.var(v),
            TermKind::Ref(r) => self.reference(r),
            TermKind::Call(call) => {
                let mut name = call.function.dotted().unwrap_or_default();
                match call.syntax {
                    CallSyntax::Infix => {}
                    CallSyntax::UnaryMinus => name = "-".to_owned(),
                    CallSyntax::Call => name = "call".to_owned(),
                }
                self.node(&name, |p| {
                    if call.syntax == CallSyntax::Call {
                        p.reference(&call.function);
                    }
                    call.args.iter().for_each(|t| p.term(t));
                });
            }
            TermKind::Array(xs) => self.node("array", |p| xs.iter().for_each(|t| p.term(t))),
            TermKind::Set(xs) => self.node("set", |p| xs.iter().for_each(|t| p.term(t))),
            TermKind::Object(entries) => self.node("object", |p| {
                for (key, value) in entries {
                    p.node("entry", |p| {
                        p.term(key);
                        p.term(value);
                    });
                }
            }),
            TermKind::ArrayCompr(c) => self.comprehension("array-compr", &[&c.head], &c.body),
            TermKind::SetCompr(c) => self.comprehension("set-compr", &[&c.head], &c.body),
            TermKind::ObjectCompr(c) => self.comprehension("object-compr", &[&c.key, &c.value], &c.body),
        }
    }

    fn comprehension(&mut self, name: &str, heads: &[&Term], body: &Body) {
        self.node(name, |p| {
            heads.iter().for_each(|t| p.term(t));
            p.body("body", body);
        });
    }
}

/// The spans of all literals and terms of a module as text, for tests of places.
pub fn spans(module: &Module) -> String {
    struct Spans(String);
    impl super::ast_util::Visitor for Spans {
        fn term(&mut self, term: &Term) {
            let _ = write!(self.0, "{}..{} ", term.span.start, term.span.end);
            super::ast_util::walk_term(self, term);
        }
        fn literal(&mut self, literal: &Literal) {
            let _ = write!(self.0, "[{}..{}] ", literal.span.start, literal.span.end);
            super::ast_util::walk_literal(self, literal);
        }
    }
    let mut spans = Spans(String::new());
    module.rules.iter().for_each(|rule| super::ast_util::walk_rule(&mut spans, rule));
    spans.0
}
