//! From nodes to a checked document.

mod condition;
mod expected;

use std::collections::HashMap;

use writ_value::{Number, Value};

use super::document::{Condition, Document, Level, Missing, Mode, Rule};
use super::fields::{Fields, Report, shorten};
use super::limits;
use super::node::{Kind, Node};
use crate::diag::{Code, Diagnostic};
use crate::source::Span;

const DOCUMENT_FIELDS: [&str; 9] =
    ["$schema", "id", "version", "title", "description", "domain", "mode", "missing", "rules"];
/// Fields of a rule besides those of its condition.
const RULE_FIELDS: [&str; 10] = [
    "id",
    "description",
    "message",
    "level",
    "severity_score",
    "domain",
    "missing",
    "xai_hint",
    "literature_ref",
    "rationale",
];
const MODES: [(&str, Mode); 2] = [("all", Mode::All), ("first_error", Mode::FirstError)];
const LEVELS: [(&str, Level); 3] = [("ERROR", Level::Error), ("WARNING", Level::Warning), ("INFO", Level::Info)];
const MISSING: [(&str, Missing); 3] =
    [("violation", Missing::Violation), ("pass", Missing::Pass), ("skip", Missing::Skip)];
/// Longest chain of parts in a document's id.
const MAX_ID_PARTS: usize = 8;
/// Highest severity.
const MAX_SEVERITY: i64 = 10;

/// What rules take from their document.
struct Defaults {
    domain: Option<String>,
    missing: Missing,
}

/// Reads a document; `None` if it has none, after a finding. A document with findings may lack what they are about.
pub(super) fn document(root: &Node, found: &mut Vec<Diagnostic>) -> Option<Document> {
    let report = &mut Report::new(found);
    let fields = Fields::read(root, "a rule document", &DOCUMENT_FIELDS, report)?;
    let id_node = fields.need("id", report);
    let id = fields.text("id", report).filter(|id| check_document_id(id, id_node.map(|n| n.span), report));
    let version = fields.need("version", report).and_then(|node| version(node, report));
    for name in ["$schema", "title", "description"] {
        fields.text(name, report);
    }
    let defaults = Defaults {
        domain: fields.text("domain", report).map(str::to_owned),
        missing: fields.choice("missing", &MISSING, report).unwrap_or(Missing::Violation),
    };
    let mode = fields.choice("mode", &MODES, report).unwrap_or(Mode::All);
    let rules = fields.need("rules", report).map(|node| rules(node, &defaults, report));
    let mut rules = rules.unwrap_or_default();
    rules.sort_by(|a, b| b.severity.cmp(&a.severity));
    let id_span = id_node.map(|node| node.span).unwrap_or_default();
    Some(Document { id: id?.to_owned(), id_span, version: version?, mode, rules })
}

fn check_document_id(id: &str, span: Option<Span>, report: &mut Report<'_>) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    };
    let fits = id.len() <= limits::MAX_ID_BYTES && id.split('/').count() <= MAX_ID_PARTS && id.split('/').all(is_part);
    if !fits {
        let message = format!("`{}` cannot be the id of a document", shorten(id));
        let hint = format!(
            "use up to {} letters, digits, `-` and `_`, with `/` between at most {MAX_ID_PARTS} parts",
            limits::MAX_ID_BYTES
        );
        report.hinted(Code::RulesValue, span.unwrap_or_default(), message, hint);
    }
    fits
}

fn version(node: &Node, report: &mut Report<'_>) -> Option<Value> {
    match &node.kind {
        Kind::String(text) if !text.trim().is_empty() && text.len() <= limits::MAX_ID_BYTES => {
            Some(Value::from(text.as_str()))
        }
        Kind::Number(n) if n.to_i64().is_some_and(|i| n.to_string() == i.to_string()) => Some(Value::Number(n.clone())),
        Kind::String(_) => {
            let message = format!("`version` is empty, or longer than {} bytes", limits::MAX_ID_BYTES);
            report.error(Code::RulesValue, node.span, message);
            None
        }
        Kind::Number(_) => {
            // 1.10 would be the same number as 1.1.
            let message = "`version` is a string or a whole number";
            report.hinted(Code::RulesType, node.span, message, "write it in quotes, such as \"1.10\"");
            None
        }
        _ => {
            report.wrong_kind("`version`", node, "a string");
            None
        }
    }
}

fn rules(node: &Node, defaults: &Defaults, report: &mut Report<'_>) -> Vec<Rule> {
    let Kind::List(items) = &node.kind else {
        report.wrong_kind("`rules`", node, "a list of rules");
        return Vec::new();
    };
    if items.is_empty() {
        report.error(Code::RulesValue, node.span, "`rules` is empty, so that every input would be valid");
    }
    if let Some(first) = items.get(limits::MAX_RULES) {
        let message = format!("a rule document may have {} rules, this one has {}", limits::MAX_RULES, items.len());
        report.hinted(Code::RulesLimit, first.span, message, "split it into several documents");
        return Vec::new();
    }
    let mut conditions = 0;
    let mut seen: HashMap<String, Span> = HashMap::new();
    let mut rules = Vec::new();
    for item in items {
        let Some(rule) = rule(item, defaults, &mut conditions, report) else { continue };
        match seen.get(&rule.id) {
            Some(first) => {
                let message = format!("the id `{}` is that of an earlier rule", shorten(&rule.id));
                let found = Diagnostic::error(Code::RulesDuplicate, rule.span, message);
                report.push(found.with_label(*first, "the earlier rule"));
            }
            None => _ = seen.insert(rule.id.clone(), rule.span),
        }
        rules.push(rule);
    }
    rules
}

fn rule(node: &Node, defaults: &Defaults, conditions: &mut usize, report: &mut Report<'_>) -> Option<Rule> {
    let known: Vec<&str> = RULE_FIELDS.iter().chain(&condition::FIELDS).copied().collect();
    let fields = Fields::read(node, "a rule", &known, report)?;
    let id = fields.need_text("id", report).filter(|id| check_rule_id(id, &fields, report));
    let message = fields.need_text("message", report);
    let level = fields.choice("level", &LEVELS, report);
    if fields.get("level").is_none() {
        fields.need("level", report);
    }
    let level = level.unwrap_or(Level::Error);
    let severity = fields.get("severity_score").and_then(|node| severity(node, report));
    fields.text("description", report);
    let domain = fields.text("domain", report).map(str::to_owned).or_else(|| defaults.domain.clone());
    let mut notes: Vec<_> = domain.map(|domain| ("domain", domain)).into_iter().collect();
    for (name, shown) in [("xai_hint", "hint"), ("literature_ref", "literature_ref"), ("rationale", "rationale")] {
        notes.extend(fields.text(name, report).map(|text| (shown, text.to_owned())));
    }
    let missing = fields.choice("missing", &MISSING, report).unwrap_or(defaults.missing);
    let condition = condition::of_rule(&fields, conditions, report)?;
    Some(Rule {
        id: id?.to_owned(),
        span: fields.get("id")?.span,
        condition: numbered(condition),
        message: message?.to_owned(),
        level,
        severity: severity.unwrap_or_else(|| Number::from(level.severity())),
        missing,
        notes,
    })
}

fn check_rule_id(id: &str, fields: &Fields<'_>, report: &mut Report<'_>) -> bool {
    let fits = id.len() <= limits::MAX_ID_BYTES
        && id.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'));
    if let Some(node) = fields.get("id").filter(|_| !fits) {
        let message = format!("`{}` cannot be the id of a rule", shorten(id));
        let hint = format!("use up to {} letters, digits, `_`, `-`, `.` and `/`", limits::MAX_ID_BYTES);
        report.hinted(Code::RulesValue, node.span, message, hint);
    }
    fits
}

fn severity(node: &Node, report: &mut Report<'_>) -> Option<Number> {
    let Kind::Number(number) = &node.kind else {
        report.wrong_kind("`severity_score`", node, "a number");
        return None;
    };
    if *number < Number::from(0i64) || *number > Number::from(MAX_SEVERITY) {
        let message = format!("`severity_score` is {number}, but goes from 0 to {MAX_SEVERITY}");
        report.error(Code::RulesValue, node.span, message);
        return None;
    }
    Some(number.clone())
}

/// The condition with its parts numbered as they are written.
fn numbered(mut condition: Condition) -> Condition {
    fn number(condition: &mut Condition, next: &mut usize) {
        use super::document::ConditionKind::{All, Any, Not, Test};
        condition.number = *next;
        *next += 1;
        match &mut condition.kind {
            Test(_) => {}
            All(all) | Any(all) => all.iter_mut().for_each(|inner| number(inner, next)),
            Not(inner) => number(inner, next),
        }
    }
    number(&mut condition, &mut 0);
    condition
}
