//! Resolved programs as compact text, for tests.
//!
//! ```text
//! data.t.p complete
//!   true
//!     x = input.a; gt(x, 1)
//! ```

use std::fmt::Write as _;

use super::{
    Body, Callee, Compr, Group, GroupKind, Head, Literal, LiteralKind, Logic, Program, Query, RefBase, Rule, Scope,
    Term, TermKind, VarId, WithTarget, WithValue,
};

/// All groups with their rules, then all queries.
pub fn program(program: &Program) -> String {
    let mut out = String::new();
    for group in &program.groups {
        print_group(program, group, &mut out);
    }
    for query in &program.queries {
        print_query(program, query, &mut out);
    }
    out
}

fn print_group(program: &Program, group: &Group, out: &mut String) {
    let kind = match group.kind {
        GroupKind::Complete => "complete".to_owned(),
        GroupKind::Function { arity } => format!("function/{arity}"),
        GroupKind::Set => "set".to_owned(),
        GroupKind::Object => "object".to_owned(),
    };
    let _ = writeln!(out, "{} {kind}", crate::resolve::text::data_path(&group.path));
    for rule in &group.rules {
        print_rule(program, rule, out);
    }
    if let Some(default) = &group.default {
        let p = Printer { program, scope: &default.scope };
        let _ = writeln!(out, "  default {}{}", p.term(&default.value), p.tail(&default.body));
    }
}

fn print_rule(program: &Program, rule: &Rule, out: &mut String) {
    let p = Printer { program, scope: &rule.scope };
    for (i, branch) in rule.branches.iter().enumerate() {
        let word = if i == 0 { "" } else { "else " };
        let _ = write!(out, "  {word}");
        if !rule.params.is_empty() {
            let _ = write!(out, "({}) ", p.terms(&rule.params));
        }
        for step in &branch.suffix {
            let _ = write!(out, "[{}]", p.term(step));
        }
        let head = match &branch.head {
            Head::Value(value) => format!("{} {}", if branch.suffix.is_empty() { "=" } else { " =" }, p.term(value)),
            Head::Member(member) => {
                format!("{} {}", if branch.suffix.is_empty() { "contains" } else { " contains" }, p.term(member))
            }
        };
        let _ = writeln!(out, "{head}{}", p.tail(&branch.body));
    }
}

fn print_query(program: &Program, query: &Query, out: &mut String) {
    let p = Printer { program, scope: &query.scope };
    let _ = writeln!(out, "query {}: {}", query.name, p.body(&query.body));
    for (name, var) in &query.bindings {
        let _ = writeln!(out, "  {name} <- {}", p.var(*var));
    }
    for expression in &query.expressions {
        let value = expression.value.map_or_else(|| "true".to_owned(), |v| p.var(v));
        let _ = writeln!(out, "  `{}` <- {value}", expression.text);
    }
}

struct Printer<'p> {
    program: &'p Program,
    scope: &'p Scope,
}

impl Printer<'_> {
    /// ` if body`, or nothing.
    fn tail(&self, body: &Body) -> String {
        if body.is_empty() { String::new() } else { format!(" if {}", self.body(body)) }
    }

    fn body(&self, body: &Body) -> String {
        body.iter().map(|l| self.literal(l)).collect::<Vec<_>>().join("; ")
    }

    fn literal(&self, literal: &Literal) -> String {
        let mut out = match &literal.kind {
            LiteralKind::Term(term) => self.term(term),
            LiteralKind::Unify(left, right) => {
                let op = if literal.origin.assigned { ":=" } else { "=" };
                format!("{} {op} {}", self.term(left), self.term(right))
            }
            LiteralKind::Call { callee, args, out } => {
                let call = format!("{}({})", self.callee(callee), self.terms(args));
                out.as_ref().map_or(call.clone(), |out| format!("{call} -> {}", self.term(out)))
            }
            LiteralKind::Iterate { key, value, domain } => {
                let key = key.as_ref().map_or_else(String::new, |k| format!("{}, ", self.term(k)));
                format!("some {key}{} in {}", self.term(value), self.term(domain))
            }
            LiteralKind::Every { key, value, domain, body } => {
                let key = key.map_or_else(String::new, |k| format!("{}, ", self.var(k)));
                format!("every {key}{} in {} {{{}}}", self.var(*value), self.term(domain), self.body(body))
            }
            LiteralKind::Not(body) => format!("not {{{}}}", self.body(body)),
            LiteralKind::Logic(logic) => self.logic(logic),
        };
        for with in &literal.with {
            let target = match &with.target {
                WithTarget::Input(path) => format!("input{}", steps(path)),
                WithTarget::Data(path) => format!("data{}", steps(path)),
                WithTarget::Callee(callee) => self.callee(callee),
            };
            let value = match &with.value {
                WithValue::Term(term) | WithValue::Document(term) => self.term(term),
                WithValue::Callee(callee) => self.callee(callee),
            };
            let _ = write!(out, " with {target} as {value}");
        }
        out
    }

    fn logic(&self, logic: &Logic) -> String {
        match logic {
            Logic::And(left, right) => format!("({} and {})", self.logic(left), self.logic(right)),
            Logic::Or(left, right) => format!("({} or {})", self.logic(left), self.logic(right)),
            Logic::Body(body) => format!("{{{}}}", self.body(body)),
        }
    }

    fn callee(&self, callee: &Callee) -> String {
        match callee {
            Callee::Builtin(name) => name.clone(),
            Callee::Group(group) => {
                let path = self.program.groups.get(group.0 as usize).map_or(&[][..], |g| &g.path);
                crate::resolve::text::data_path(path)
            }
        }
    }

    fn terms(&self, terms: &[Term]) -> String {
        terms.iter().map(|t| self.term(t)).collect::<Vec<_>>().join(", ")
    }

    fn term(&self, term: &Term) -> String {
        match &term.kind {
            TermKind::Const(value) => value.to_string(),
            TermKind::Var(var) => self.var(*var),
            TermKind::Ref(r) => {
                let mut out = match &r.base {
                    RefBase::Input => "input".to_owned(),
                    RefBase::Data => "data".to_owned(),
                    RefBase::Var(var) => self.var(*var),
                    RefBase::Term(base) => self.term(base),
                };
                for step in &r.path {
                    match &step.kind {
                        TermKind::Const(value) => crate::resolve::text::push_step(&mut out, value),
                        _ => {
                            let _ = write!(out, "[{}]", self.term(step));
                        }
                    }
                }
                out
            }
            TermKind::Array(items) => format!("[{}]", self.terms(items)),
            TermKind::Set(items) => format!("{{{}}}", self.terms(items)),
            TermKind::Object(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|(k, v)| format!("{}: {}", self.term(k), self.term(v))).collect();
                format!("{{{}}}", entries.join(", "))
            }
            TermKind::ArrayCompr(c) => format!("[{}]", self.compr(&self.term(&c.head), c)),
            TermKind::SetCompr(c) => format!("{{{}}}", self.compr(&self.term(&c.head), c)),
            TermKind::ObjectCompr(key, c) => {
                let head = format!("{}: {}", self.term(key), self.term(&c.head));
                format!("{{{}}}", self.compr(&head, c))
            }
        }
    }

    fn compr(&self, head: &str, compr: &Compr) -> String {
        format!("{head} | {}", self.body(&compr.body))
    }

    /// The name; made-up and repeated ones with their number.
    fn var(&self, var: VarId) -> String {
        let Some(v) = self.scope.vars.get(var.0 as usize) else { return format!("?{}", var.0) };
        let repeated = self.scope.vars.iter().filter(|other| other.name == v.name).count() > 1;
        match (&*v.name, v.generated) {
            ("_", _) => format!("_{}", var.0),
            (_, true) => format!("${}", var.0),
            (name, false) if repeated => format!("{name}{}", var.0),
            (name, false) => name.to_owned(),
        }
    }
}

fn steps(path: &[writ_value::Value]) -> String {
    let mut out = String::new();
    path.iter().for_each(|step| crate::resolve::text::push_step(&mut out, step));
    out
}
