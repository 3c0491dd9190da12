//! Syntax trees back to Rego text, such that parsing the text gives the same tree.
//!
//! Layout is plain: one literal per line in rule bodies, `; ` elsewhere. Parentheses are printed only where the tree
//! needs them. Comments and metadata are not printed.

use super::ast::*;
use super::token::{is_v1_keyword, is_word};

/// A whole module.
pub fn module(module: &Module) -> String {
    let mut p = Printer::default();
    p.push("package ");
    p.names(&module.package.path);
    p.push("\n");
    // Imports stay where they are among the rules: one that brings keywords changes how the text below it reads.
    let mut imports = module.imports.iter().peekable();
    for rule in &module.rules {
        while let Some(import) = imports.next_if(|import| import.span.start <= rule.span.start) {
            p.import(import);
        }
        p.push(if rule.chained { " " } else { "\n" });
        p.rule(rule);
        p.push("\n");
        if rule.chained {
            // The body stands behind the one before it, on the line of its closing brace.
            p.join_chained();
        }
    }
    imports.for_each(|import| p.import(import));
    p.out
}

/// A rule without line break at its end.
pub fn rule(rule: &Rule) -> String {
    Printer::print(|p| p.rule(rule))
}

/// A body on one line.
pub fn body(body: &Body) -> String {
    Printer::print(|p| p.inline_body(body))
}

/// A literal on one line.
pub fn literal(literal: &Literal) -> String {
    Printer::print(|p| p.literal(literal, Lead::default()))
}

/// A term on one line.
pub fn term(term: &Term) -> String {
    Printer::print(|p| p.term(term, LOOSEST, Lead::default()))
}

/// A reference on one line.
pub fn reference(reference: &Ref) -> String {
    Printer::print(|p| p.reference(reference, Lead::default()))
}

/// A reference as OPA's messages show it: dots wherever a dot can stand, except before keywords.
pub fn dotted_reference(reference: &Ref) -> String {
    Printer::print(|p| {
        p.dots = true;
        p.reference(reference, Lead::default());
    })
}

/// The path of an import.
pub fn import_path(import: &Import) -> String {
    Printer::print(|p| p.names(&import.path))
}

/// How tightly an operator binds; tighter is greater. A term's operand must bind at least as tightly as asked.
type Level = u8;
/// `in` and all that binds tighter.
const LOOSEST: Level = 0;
const RELATION: Level = 1;
/// No operator at all.
const PRIMARY: Level = 6;

/// What the first token of a term must not look like, because of what stands before it.
#[derive(Clone, Copy, Debug, Default)]
struct Lead {
    /// A `{` would open a body.
    no_brace: bool,
    /// A `|` behind the first operand would open a comprehension.
    no_bar: bool,
}

const NO_BRACE: Lead = Lead { no_brace: true, no_bar: false };
const NO_BAR: Lead = Lead { no_brace: false, no_bar: true };

/// The operator text and level of an infix call, if it is one that can be printed so.
fn operator(call: &Call) -> Option<(&'static str, Level)> {
    if call.syntax != CallSyntax::Infix {
        return None;
    }
    let name = call.function.dotted()?;
    let n_args = if name == "internal.member_3" { 3 } else { 2 };
    let found = match name.as_str() {
        "internal.member_2" | "internal.member_3" => ("in", LOOSEST),
        "equal" => ("==", RELATION),
        "neq" => ("!=", RELATION),
        "lt" => ("<", RELATION),
        "gt" => (">", RELATION),
        "lte" => ("<=", RELATION),
        "gte" => (">=", RELATION),
        "or" => ("|", 2),
        "and" => ("&", 3),
        "plus" => ("+", 4),
        "minus" => ("-", 4),
        "mul" => ("*", 5),
        "div" => ("/", 5),
        "rem" => ("%", 5),
        "assign" => (":=", LOOSEST),
        "eq" => ("=", LOOSEST),
        _ => return None,
    };
    (call.args.len() == n_args).then_some(found)
}

/// True if the term, printed, has a `|` behind its first operand.
fn leads_with_bar(term: &Term) -> bool {
    match term.as_call() {
        Some(call) => match (operator(call), call.args.first()) {
            (Some(("|", _)), _) => true,
            (Some(_), Some(first)) => leads_with_bar(first),
            _ => false,
        },
        None => false,
    }
}

#[derive(Default)]
struct Printer {
    out: String,
    indent: usize,
    /// Print `.name` or `["name"]` by the name, not as written.
    dots: bool,
    /// Where the last rule's text ends, to put a chained body behind it.
    joint: usize,
}

impl Printer {
    fn print(f: impl FnOnce(&mut Self)) -> String {
        let mut p = Printer::default();
        f(&mut p);
        p.out
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn line(&mut self) {
        self.push("\n");
        (0..self.indent).for_each(|_| self.out.push('\t'));
    }

    /// Removes the line break that stands before the chained body printed last.
    fn join_chained(&mut self) {
        if self.out.get(self.joint..self.joint + 1) == Some("\n") {
            self.out.remove(self.joint);
        }
    }

    fn names(&mut self, path: &[Name]) {
        for (i, name) in path.iter().enumerate() {
            if i > 0 && is_word(&name.text) {
                self.push(".");
            }
            if i == 0 || is_word(&name.text) {
                self.push(&name.text);
            } else {
                self.push("[");
                self.quoted(&name.text, false);
                self.push("]");
            }
        }
    }

    fn import(&mut self, import: &Import) {
        self.push("\nimport ");
        self.names(&import.path);
        if let Some(alias) = &import.alias {
            self.push(" as ");
            self.push(&alias.text);
        }
        self.push("\n");
    }

    fn rule(&mut self, rule: &Rule) {
        if rule.chained {
            self.joint = self.out.len().saturating_sub(2);
            self.braced(&rule.body);
            return;
        }
        if rule.default {
            self.push("default ");
        }
        self.head(&rule.head);
        if !rule.body.is_empty() {
            self.push(if rule.head.has_if { " if " } else { " " });
            self.braced(&rule.body);
        }
        for part in &rule.elses {
            self.push(" else");
            if let Some(value) = &part.value {
                self.push(if part.assign { " := " } else { " = " });
                self.term(value, LOOSEST, Lead::default());
            }
            if !part.body.is_empty() {
                self.push(if part.has_if { " if " } else { " " });
                self.braced(&part.body);
            }
        }
    }

    fn head(&mut self, head: &Head) {
        self.reference(&head.reference, Lead::default());
        if let Some(args) = &head.args {
            self.arguments(args);
        }
        if let Some(key) = &head.key {
            if head.has_contains {
                self.push(" contains ");
                self.term(key, LOOSEST, Lead::default());
            } else {
                self.push("[");
                self.term(key, LOOSEST, Lead::default());
                self.push("]");
            }
        }
        if let Some(value) = &head.value {
            self.push(if head.assign { " := " } else { " = " });
            self.term(value, LOOSEST, Lead::default());
        }
    }

    /// `{ … }` with one literal per line.
    fn braced(&mut self, body: &Body) {
        self.push("{");
        self.indent += 1;
        for (i, literal) in body.literals.iter().enumerate() {
            self.line();
            let text_at = self.out.len();
            self.literal(literal, if i == 0 { NO_BAR } else { Lead::default() });
            // A minus or a keyword at the start of a line would continue the literal above.
            let text = self.out.get(text_at..).unwrap_or("");
            let word = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or("");
            if i > 0 && (text.starts_with('-') || matches!(word, "with" | "and" | "or" | "in" | "as" | "else")) {
                self.out.insert_str(text_at, "; ");
            }
        }
        self.indent -= 1;
        self.line();
        self.push("}");
    }

    fn inline_body(&mut self, body: &Body) {
        self.inline_body_with(body, Lead::default());
    }

    fn inline_body_with(&mut self, body: &Body, lead: Lead) {
        for (i, literal) in body.literals.iter().enumerate() {
            if i > 0 {
                self.push("; ");
            }
            self.literal(literal, if i == 0 { lead } else { Lead::default() });
        }
    }

    /// `{ … }` on one line.
    fn inline_braced(&mut self, body: &Body) {
        self.push("{ ");
        self.inline_body_with(body, NO_BAR);
        self.push(" }");
    }

    fn literal(&mut self, literal: &Literal, lead: Lead) {
        match &literal.kind {
            LiteralKind::Expr(term) => self.expression(term, lead),
            LiteralKind::Some(vars) => {
                self.push("some ");
                for (i, var) in vars.iter().enumerate() {
                    self.push(if i > 0 { ", " } else { "" });
                    self.var(var);
                }
            }
            LiteralKind::SomeIn(some) => {
                self.push("some ");
                if let Some(key) = &some.key {
                    self.term(key, RELATION, Lead::default());
                    self.push(", ");
                }
                self.term(&some.value, RELATION, Lead::default());
                self.push(" in ");
                self.term(&some.domain, RELATION, Lead::default());
            }
            LiteralKind::Every(every) => {
                self.push("every ");
                if let Some(key) = &every.key {
                    self.var(key);
                    self.push(", ");
                }
                self.var(&every.value);
                self.push(" in ");
                self.term(&every.domain, RELATION, Lead::default());
                self.push(" ");
                self.inline_braced(&every.body);
            }
            LiteralKind::Not(not) => self.negation(not),
            LiteralKind::Logical(logical) => self.logical(logical, lead),
        }
        for with in &literal.with {
            self.push(" with ");
            self.term(&with.target, PRIMARY, Lead::default());
            self.push(" as ");
            self.term(&with.value, LOOSEST, Lead::default());
        }
    }

    /// A term where `:=` and `=` may stand.
    fn expression(&mut self, term: &Term, lead: Lead) {
        match term.as_call().and_then(|call| Some((operator(call)?.0, call))) {
            Some((op @ (":=" | "="), call)) => {
                if let [lhs, rhs] = call.args.as_slice() {
                    self.term(lhs, LOOSEST, lead);
                    self.push(" ");
                    self.push(op);
                    self.push(" ");
                    self.term(rhs, LOOSEST, Lead::default());
                }
            }
            _ => self.term(term, LOOSEST, lead),
        }
    }

    fn negation(&mut self, not: &Not) {
        self.push("not ");
        match (not.form, not.body.literals.first()) {
            (NotForm::Explicit, _) => self.inline_braced(&not.body),
            (_, Some(inner)) if matches!(inner.kind, LiteralKind::Expr(_)) && inner.with.is_empty() => {
                let lead = if not.form == NotForm::Implicit { NO_BRACE } else { Lead::default() };
                self.literal(inner, lead);
            }
            (_, Some(inner)) => {
                self.push("(");
                self.literal(inner, Lead::default());
                self.push(")");
            }
            (_, None) => {}
        }
    }

    fn logical(&mut self, logical: &Logical, lead: Lead) {
        self.operand(&logical.lhs, logical.op, false, lead);
        self.push(if logical.op == LogicalOp::And { " and " } else { " or " });
        self.operand(&logical.rhs, logical.op, true, Lead::default());
    }

    fn operand(&mut self, operand: &Operand, op: LogicalOp, is_right: bool, lead: Lead) {
        let literal = match operand.body.literals.as_slice() {
            [literal] if !operand.explicit => literal,
            _ => return self.inline_braced(&operand.body),
        };
        let in_parens = !literal.with.is_empty()
            || match &literal.kind {
                LiteralKind::Logical(inner) => match (inner.op, op) {
                    (LogicalOp::And, LogicalOp::Or) => false,
                    (LogicalOp::Or, LogicalOp::And) => true,
                    _ => is_right,
                },
                _ => false,
            };
        if in_parens {
            self.push("(");
        }
        self.literal(literal, if in_parens { NO_BRACE } else { Lead { no_brace: true, ..lead } });
        if in_parens {
            self.push(")");
        }
    }

    /// A term whose operators bind at least as tightly as `level`.
    fn term(&mut self, term: &Term, level: Level, lead: Lead) {
        let call = term.as_call();
        let own = call.and_then(operator);
        let too_loose = match own {
            // `k, v in xs` is read only within parentheses, wherever a comma could mean something else.
            Some(("in", own)) => own < level || call.is_some_and(|c| c.args.len() == 3),
            Some((":=" | "=", _)) => false,
            Some((_, own)) => own < level,
            None => false,
        };
        if too_loose || (lead.no_bar && leads_with_bar(term)) {
            self.push("(");
            match call {
                Some(call) if call.args.len() == 3 => self.key_value_in(call),
                _ => self.term(term, LOOSEST, Lead::default()),
            }
            self.push(")");
            return;
        }
        match (own, call.map(|c| c.args.as_slice())) {
            (Some((op, own)), Some([lhs, rhs])) if !matches!(op, ":=" | "=") => {
                self.term(lhs, own, lead);
                self.push(" ");
                self.push(op);
                self.push(" ");
                self.term(rhs, own + 1, Lead::default());
            }
            _ => self.primary(term, lead),
        }
    }

    fn key_value_in(&mut self, call: &Call) {
        for (i, arg) in call.args.iter().enumerate() {
            self.push(match i {
                0 => "",
                1 => ", ",
                _ => " in ",
            });
            self.term(arg, RELATION, Lead::default());
        }
    }

    fn primary(&mut self, term: &Term, lead: Lead) {
        let opens_brace = matches!(term.kind, TermKind::Object(_) | TermKind::SetCompr(_) | TermKind::ObjectCompr(_))
            || matches!(&term.kind, TermKind::Set(xs) if !xs.is_empty());
        if lead.no_brace && opens_brace {
            self.push("(");
            self.primary(term, Lead::default());
            self.push(")");
            return;
        }
        match &term.kind {
            TermKind::Null => self.push("null"),
            TermKind::Bool(b) => self.push(if *b { "true" } else { "false" }),
            TermKind::Number(n) => self.push(n),
            TermKind::String(s) => self.string(s),
            TermKind::Template(t) => self.template(t),
            TermKind::Var(v) => self.var(v),
            TermKind::Ref(r) => self.reference(r, lead),
            TermKind::Call(c) => self.call(c, lead),
            TermKind::Array(xs) => self.list("[", xs, "]"),
            TermKind::Set(xs) if xs.is_empty() => self.push("set()"),
            TermKind::Set(xs) => self.list("{", xs, "}"),
            TermKind::Object(entries) => self.object(entries),
            TermKind::ArrayCompr(c) => self.comprehension("[", None, &c.head, &c.body, "]"),
            TermKind::SetCompr(c) => self.comprehension("{", None, &c.head, &c.body, "}"),
            TermKind::ObjectCompr(c) => self.comprehension("{", Some(&c.key), &c.value, &c.body, "}"),
        }
    }

    fn var(&mut self, var: &Var) {
        self.push(if var.wildcard { "_" } else { &var.name });
    }

    fn reference(&mut self, reference: &Ref, lead: Lead) {
        let in_parens = reference.head.as_call().is_some_and(|c| c.syntax != CallSyntax::Call && !is_plain(c));
        if in_parens {
            self.push("(");
            self.term(&reference.head, LOOSEST, Lead::default());
            self.push(")");
        } else {
            self.primary(&reference.head, lead);
        }
        for arg in &reference.path {
            match arg.term.as_str() {
                Some(name) if is_word(name) && if self.dots { !is_v1_keyword(name) } else { arg.dot } => {
                    self.push(".");
                    self.push(name);
                }
                _ => {
                    self.push("[");
                    self.term(&arg.term, LOOSEST, Lead::default());
                    self.push("]");
                }
            }
        }
    }

    fn call(&mut self, call: &Call, lead: Lead) {
        match (call.syntax, call.args.as_slice()) {
            (CallSyntax::UnaryMinus, [_, operand]) => {
                self.push("-");
                self.primary(operand, Lead::default());
            }
            _ => {
                self.reference(&call.function, lead);
                self.arguments(&call.args);
            }
        }
    }

    fn arguments(&mut self, args: &[Term]) {
        self.push("(");
        self.terms(args, Lead::default());
        self.push(")");
    }

    fn terms(&mut self, terms: &[Term], lead: Lead) {
        for (i, term) in terms.iter().enumerate() {
            self.push(if i > 0 { ", " } else { "" });
            self.term(term, LOOSEST, lead);
        }
    }

    fn list(&mut self, open: &str, terms: &[Term], close: &str) {
        self.push(open);
        self.terms(terms, NO_BAR);
        self.push(close);
    }

    fn object(&mut self, entries: &[(Term, Term)]) {
        self.push("{");
        for (i, (key, value)) in entries.iter().enumerate() {
            self.push(if i > 0 { ", " } else { "" });
            self.term(key, LOOSEST, NO_BAR);
            self.push(": ");
            self.term(value, LOOSEST, NO_BAR);
        }
        self.push("}");
    }

    fn comprehension(&mut self, open: &str, key: Option<&Term>, value: &Term, body: &Body, close: &str) {
        self.push(open);
        if let Some(key) = key {
            self.term(key, PRIMARY, Lead::default());
            self.push(": ");
        }
        self.term(value, PRIMARY, Lead::default());
        self.push(" | ");
        self.inline_body(body);
        self.push(close);
    }

    fn string(&mut self, string: &Str) {
        if string.raw && !string.value.contains('`') {
            self.push("`");
            self.push(&string.value);
            self.push("`");
        } else {
            self.quoted(&string.value, false);
        }
    }

    fn quoted(&mut self, text: &str, brace: bool) {
        self.push("\"");
        self.escaped(text, brace);
        self.push("\"");
    }

    fn escaped(&mut self, text: &str, brace: bool) {
        for c in text.chars() {
            match c {
                '"' => self.push("\\\""),
                '\\' => self.push("\\\\"),
                '\n' => self.push("\\n"),
                '\r' => self.push("\\r"),
                '\t' => self.push("\\t"),
                '{' if brace => self.push("\\{"),
                c if (c as u32) < 0x20 || matches!(c, '\u{7f}' | '\u{feff}') => {
                    self.push(&format!("\\u{:04x}", c as u32));
                }
                c => self.out.push(c),
            }
        }
    }

    fn template(&mut self, template: &Template) {
        let quote = if template.raw { "`" } else { "\"" };
        self.push("$");
        self.push(quote);
        for part in &template.parts {
            match part {
                TemplatePart::Text(_, text) if template.raw => self.push(&text.replace('{', "\\{")),
                TemplatePart::Text(_, text) => self.escaped(text, true),
                TemplatePart::Expr(literal) => {
                    self.push("{");
                    self.literal(literal, Lead::default());
                    self.push("}");
                }
            }
        }
        self.push(quote);
    }
}

/// True for an operator's call that is not printed as an operator.
fn is_plain(call: &Call) -> bool {
    call.syntax == CallSyntax::Infix && operator(call).is_none()
}
