//! A document as Rego.
//!
//! ```text
//!   decision   a constant if `clean`, else the trace      valid    every rule of level ERROR is ok
//!   found      order → violation of the rules that ran    stop     order of the first violated ERROR (mode first_error)
//!   ok_N       rule N is not violated                     has_N    a path is there
//! ```
//!
//! `ok_N` states when a rule holds, in terms that fail for what cannot be told, so nothing passes by accident. Only what is violated is looked at
//! more closely, by `finding_N`. Long documents are cut into parts, since one Wasm function for thousands of rules would compile slowly.

mod condition;
mod finding;
mod term;
mod test;

use std::collections::BTreeSet;
use std::fmt::Write;

use writ_value::Value;

use super::document::{Document, Level, Missing, Mode, Rule};
use condition::Conditions;
use term::{Names, constant, text};

/// Rules per part of a document.
const PART: usize = 64;

/// The Rego of a document: one module that passes all checks, strict ones too. The same document gives the same text. Cost: linear.
pub fn to_rego(document: &Document) -> String {
    let mut writer = Writer { out: String::new(), names: Names::default(), unknown: BTreeSet::new(), document };
    writer.head();
    writer.decision();
    writer.violations();
    if document.mode == Mode::FirstError {
        writer.stop();
    }
    for (order, rule) in document.rules.iter().enumerate() {
        writer.rule(order, rule);
    }
    writer.paths();
    writer.out
}

struct Writer<'d> {
    out: String,
    names: Names,
    /// Parts with rules that may be left unchecked.
    unknown: BTreeSet<usize>,
    document: &'d Document,
}

/// `ok_3` and its like.
fn literals<'a>(rules: impl Iterator<Item = &'a (usize, &'a Rule)>, name: &str) -> Vec<String> {
    rules.map(|(order, _)| format!("{name}_{order}")).collect()
}

impl Writer<'_> {
    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    /// `head if { body }`, or the head alone.
    fn rule_with_body(&mut self, head: &str, body: &[String]) {
        write_rule(&mut self.out, head, body);
    }

    fn head(&mut self) {
        let id = &self.document.id;
        let version = constant(&self.document.version);
        self.line(&format!(
            "# Rule document {id}, version {version}: {} rules, by severity.",
            self.document.rules.len()
        ));
        self.line(&format!(
            "package rules{}",
            id.split('/').map(|part| format!("[{}]", text(part))).collect::<String>()
        ));
        self.line("");
    }

    /// Some rule may be left unchecked by one of `settings`.
    fn may_leave(&self, settings: &[Missing]) -> bool {
        let rules = self.document.rules.iter().filter(|rule| settings.contains(&rule.missing));
        rules.into_iter().any(|rule| rule.condition.tests().iter().any(|(_, test)| test::can_miss(test)))
    }

    fn has_unchecked(&self) -> bool {
        self.may_leave(&[Missing::Pass, Missing::Skip])
    }

    fn decision(&mut self) {
        let count = self.document.rules.len();
        let identity = constant(&Value::object([
            ("id", Value::from(self.document.id.as_str())),
            ("version", self.document.version.clone()),
        ]));
        let unchecked = if self.has_unchecked() { "unchecked" } else { "[]" };
        let skips = self.may_leave(&[Missing::Skip]);
        let run = match (self.document.mode, skips) {
            (Mode::All, false) => count.to_string(),
            _ => "rules_run".to_owned(),
        };
        self.line("# METADATA");
        self.line("# entrypoint: true");
        let trace = |valid: &str, violations: &str, unchecked: &str, run: &str| {
            format!(
                "{{\n\t\"document\": {identity},\n\t\"valid\": {valid},\n\t\"violations\": {violations},\n\t\"unchecked\": {unchecked},\n\
                 \t\"rules_run\": {run},\n}}"
            )
        };
        let clean = trace("true", "[]", "[]", &count.to_string());
        let full = trace("valid", "violations", unchecked, &run);
        self.line(&format!("decision := {clean} if {{\n\tclean\n}} else := {full}\n"));
        self.line("# METADATA\n# entrypoint: true\ndefault valid := false\n");
        let document = self.document;
        let rules: Vec<(usize, &Rule)> = document.rules.iter().enumerate().collect();
        let errors: Vec<_> = rules.iter().copied().filter(|(_, rule)| rule.level == Level::Error).collect();
        if errors.is_empty() {
            self.line("valid if true\n");
        } else {
            self.conjunction("valid", &literals(errors.iter(), "ok"));
        }
        let holds = rules.iter().map(|(order, rule)| match rule.missing {
            Missing::Violation => format!("ok_{order}"),
            Missing::Pass | Missing::Skip => format!("holds_{order}"),
        });
        self.conjunction("clean", &holds.collect::<Vec<_>>());
        self.rules_run(skips);
    }

    /// `name` holds if all `literals` do, in parts if there are many.
    fn conjunction(&mut self, name: &str, literals: &[String]) {
        if literals.len() <= PART {
            self.rule_with_body(name, literals);
            return;
        }
        let parts: Vec<&[String]> = literals.chunks(PART).collect();
        let names: Vec<String> = (0..parts.len()).map(|n| format!("{name}_part_{n}")).collect();
        self.rule_with_body(name, &names);
        for (name, part) in names.iter().zip(parts) {
            self.rule_with_body(name, part);
        }
    }

    fn rules_run(&mut self, skips: bool) {
        let count = self.document.rules.len();
        let skipped = if skips { " - count([u | some u in unchecked; u.setting == \"skip\"])" } else { "" };
        match self.document.mode {
            Mode::All if skips => self.line(&format!("rules_run := {count}{skipped}\n")),
            Mode::All => {}
            Mode::FirstError => self.line(&format!("rules_run := min([stop + 1, {count}]){skipped}\n")),
        }
    }

    /// The violations of the rules that ran, by their order.
    fn violations(&mut self) {
        let parts = 0..self.document.rules.len().div_ceil(PART);
        self.collect("violations", "found", parts);
    }

    fn collect(&mut self, name: &str, from: &str, parts: impl Iterator<Item = usize>) {
        let parts: Vec<String> = parts.map(|n| format!("{from}_{n}")).collect();
        self.line(&match parts.as_slice() {
            [] => format!("{name} := []\n"),
            [one] => format!("{name} := [x | some x in {one}]\n"),
            all => format!("{name} := [x | some part in [{}]; some x in part]\n", all.join(", ")),
        });
    }

    /// The order of the first violated rule of level ERROR; the number of rules if there is none.
    fn stop(&mut self) {
        let document = self.document;
        let count = document.rules.len();
        let parts: Vec<&[Rule]> = document.rules.chunks(PART).collect();
        let mut names = Vec::new();
        for (n, part) in parts.iter().enumerate() {
            let name = if parts.len() == 1 { "stop".to_owned() } else { format!("stop_{n}") };
            let errors = part.iter().enumerate().filter(|(_, rule)| rule.level == Level::Error);
            let orders: Vec<usize> = errors.map(|(at, _)| n * PART + at).collect();
            let mut line = String::new();
            for order in &orders {
                let head = if line.is_empty() { name.clone() } else { " else".to_owned() };
                let _ = write!(line, "{head} := {order} if {{\n\tnot ok_{order}\n}}");
            }
            match (parts.len(), line.is_empty()) {
                (1, true) => line = format!("stop := {count}"),
                (1, false) => _ = write!(line, " else := {count}"),
                _ => {}
            }
            if !line.is_empty() {
                self.line(&line);
                self.line("");
                names.push(name);
            }
        }
        if parts.len() > 1 {
            let mut line = String::new();
            for name in &names {
                let head = if line.is_empty() { "stop" } else { " else" };
                let _ = write!(line, "{head} := {name} if {{\n\t{name} >= 0\n}}");
            }
            let head = if line.is_empty() { "stop" } else { " else" };
            self.line(&format!("{line}{head} := {count}\n"));
        }
    }

    fn rule(&mut self, order: usize, rule: &Rule) {
        let operator = rule.condition.operator_name();
        self.line(&format!(
            "# Rule {}: {}, severity {}, {operator}.",
            rule.id,
            rule.level.name().to_lowercase(),
            rule.severity
        ));
        let mut conditions = Conditions::new(order, rule, &mut self.names);
        let holds = conditions.holds(&rule.condition);
        let fails = conditions.fails(&rule.condition);
        let mistyped = conditions.mistyped(&rule.condition);
        let missing = conditions.missing(&rule.condition, &fails, &mistyped);
        let helpers = conditions.into_helpers();
        let name = if rule.missing == Missing::Violation { "ok" } else { "holds" };
        for body in &holds {
            self.rule_with_body(&format!("{name}_{order}"), body);
        }
        if rule.missing != Missing::Violation {
            self.rule_with_body(&format!("ok_{order}"), &[format!("holds_{order}")]);
            for body in &missing {
                self.rule_with_body(&format!("absent_{order}"), body);
            }
            if !missing.is_empty() {
                self.rule_with_body(&format!("ok_{order}"), &[format!("absent_{order}")]);
            }
        }
        self.report(order, rule, !missing.is_empty());
        self.finding(order, rule, &fails, &missing, !mistyped.is_empty());
        self.out.push_str(&helpers);
    }

    /// What a rule adds to `found` and `unknown`, if it ran.
    fn report(&mut self, order: usize, rule: &Rule, can_miss: bool) {
        let part = order / PART;
        let ran = match (self.document.mode, rule.level) {
            (Mode::All, _) => vec![format!("not ok_{order}")],
            (Mode::FirstError, Level::Error) => vec![format!("stop == {order}")],
            (Mode::FirstError, _) => vec![format!("stop > {order}"), format!("not ok_{order}")],
        };
        self.rule_with_body(&format!("found_{part}[{order}] := violation_{order}"), &ran);
        if rule.missing == Missing::Violation || !can_miss {
            return;
        }
        let entry = format!(
            "{{\"id\": {}, \"setting\": {}, \"missing\": missing_{order}}}",
            text(&rule.id),
            text(rule.missing.name())
        );
        let mut body = vec![format!("not holds_{order}"), format!("absent_{order}")];
        if self.document.mode == Mode::FirstError {
            body.insert(0, format!("stop > {order}"));
        }
        self.unknown.insert(part);
        self.rule_with_body(&format!("unknown_{part}[{order}] := {entry}"), &body);
    }

    /// Which paths of the input are there, and what was left unchecked.
    fn paths(&mut self) {
        for (name, reference) in self.names.paths() {
            let body = [format!("_ = {reference}")];
            write_rule(&mut self.out, &name, &body);
        }
        if self.has_unchecked() {
            self.collect("unchecked", "unknown", self.unknown.clone().into_iter());
        }
    }
}

/// `head if { body }`, or the head alone without body, and an empty line.
fn write_rule(out: &mut String, head: &str, body: &[String]) {
    out.push_str(head);
    if !body.is_empty() {
        out.push_str(" if {\n");
        for literal in body {
            out.push('\t');
            out.push_str(literal);
            out.push('\n');
        }
        out.push('}');
    }
    out.push_str("\n\n");
}
