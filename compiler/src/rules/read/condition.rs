//! Conditions: which form, and whether parameter, operator, type and unit fit together.

use super::super::document::{Condition, ConditionKind, ParamType, Test};
use super::super::fields::{Fields, Report, closest, list, shorten};
use super::super::limits;
use super::super::node::{Entry, Kind, Node};
use super::super::operator::{Operands, Operator};
use super::super::path::Path;
use super::super::unit::Unit;
use super::expected;
use crate::diag::{Code, Diagnostic};
use crate::source::Span;

/// Fields of a condition, in a rule or within another condition.
pub(super) const FIELDS: [&str; 8] = ["param", "operator", "value", "param_type", "param_unit", "all", "any", "not"];
/// The three forms that hold other conditions.
const COMPOSED: [&str; 3] = ["all", "any", "not"];
/// The fields of a comparison.
const OF_TEST: [&str; 5] = ["param", "operator", "value", "param_type", "param_unit"];

/// The condition of a rule. `count` is that of all conditions of the document so far.
pub(super) fn of_rule(fields: &Fields<'_>, count: &mut usize, report: &mut Report<'_>) -> Option<Condition> {
    condition(fields, count, 0, report)
}

fn condition(fields: &Fields<'_>, count: &mut usize, depth: usize, report: &mut Report<'_>) -> Option<Condition> {
    *count += 1;
    if *count > limits::MAX_CONDITIONS {
        if *count == limits::MAX_CONDITIONS + 1 {
            let message = format!("a rule document may have {} conditions", limits::MAX_CONDITIONS);
            report.error(Code::RulesLimit, fields.place(), message);
        }
        return None;
    }
    let composed: Vec<&Entry> = COMPOSED.iter().filter_map(|name| fields.entry(name)).collect();
    let kind = match composed.as_slice() {
        [] => ConditionKind::Test(Box::new(test(fields, report)?)),
        [one] => {
            if let Some(other) = OF_TEST.iter().find_map(|name| fields.entry(name)) {
                let message = format!("`{}` stands beside `{}`", other.key, one.key);
                let hint = format!("put the comparison into `{}`, or into a rule of its own", one.key);
                report.hinted(Code::RulesField, other.key_span, message, hint);
                return None;
            }
            composition(one, count, depth, report)?
        }
        [first, second, ..] => {
            let message = format!("`{}` stands beside `{}`", second.key, first.key);
            report.hinted(Code::RulesField, second.key_span, message, "put one into the other");
            return None;
        }
    };
    Some(Condition { number: 0, kind })
}

fn composition(entry: &Entry, count: &mut usize, depth: usize, report: &mut Report<'_>) -> Option<ConditionKind> {
    if depth == limits::MAX_CONDITION_DEPTH {
        let message = format!("conditions may be nested {} deep", limits::MAX_CONDITION_DEPTH);
        report.error(Code::RulesLimit, entry.key_span, message);
        return None;
    }
    if entry.key == "not" {
        return inner(&entry.value, count, depth, report).map(|inner| ConditionKind::Not(Box::new(inner)));
    }
    let Kind::List(items) = &entry.value.kind else {
        report.wrong_kind(&format!("`{}`", entry.key), &entry.value, "a list of conditions");
        return None;
    };
    if items.is_empty() {
        let outcome = if entry.key == "all" { "always hold" } else { "never hold" };
        let message = format!("`{}` is empty and would {outcome}", entry.key);
        report.error(Code::RulesValue, entry.value.span, message);
        return None;
    }
    // All are read before one that failed ends this, so that each has its finding.
    let all: Vec<Option<Condition>> = items.iter().map(|item| inner(item, count, depth, report)).collect();
    let all: Vec<Condition> = all.into_iter().collect::<Option<_>>()?;
    Some(if entry.key == "all" { ConditionKind::All(all) } else { ConditionKind::Any(all) })
}

fn inner(node: &Node, count: &mut usize, depth: usize, report: &mut Report<'_>) -> Option<Condition> {
    let fields = Fields::read(node, "a condition", &FIELDS, report)?;
    condition(&fields, count, depth + 1, report)
}

fn test(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<Test> {
    let param = param(fields, report);
    let operator = operator(fields, report);
    let param_type = fields.choice("param_type", &ParamType::ALL, report);
    let unit = fields.get("param_unit").map(|_| unit("param_unit", fields, report));
    // Whatever is wrong was reported; the value is looked at only if it can be judged.
    let (param, operator) = (param?, operator?);
    let unit = match unit {
        Some(None) => return None,
        Some(found) => found,
        None => None,
    };
    if fields.get("param_type").is_some() && param_type.is_none() {
        return None;
    }
    let mut test = Test { param, operator, expected: super::super::document::Expected::Nothing, param_type, unit };
    let place = fields.get("operator").map_or(fields.place(), |node| node.span);
    if !fits_type(&test, place, report) {
        return None;
    }
    test.expected = match (operator.operands(), fields.get("value")) {
        (Operands::None, None) => test.expected,
        (Operands::None, Some(value)) => {
            report.error(Code::RulesField, value.span, format!("`{}` takes no value", operator.name()));
            return None;
        }
        (_, None) => {
            let message = format!("the operator `{}` needs the field `value`", operator.name());
            report.error(Code::RulesField, place, message);
            return None;
        }
        (_, Some(value)) => expected::read(&test, value, report)?,
    };
    Some(test)
}

fn param(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<Path> {
    let Some(node) = fields.get("param") else {
        let message = "a rule needs a condition: `param` with `operator`, or one of `all`, `any` and `not`";
        report.error(Code::RulesField, fields.place(), message);
        return None;
    };
    path(fields.text("param", report)?, node.span, report)
}

/// A path, or a finding at `span`.
pub(super) fn path(text: &str, span: Span, report: &mut Report<'_>) -> Option<Path> {
    let found = Path::parse(text).map_err(|message| {
        let hint = "write a path such as `action.speed` or `state.arms[0].angle`";
        report.hinted(Code::RulesPath, span, shorten_words(&message), hint);
    });
    found.ok()
}

fn shorten_words(message: &str) -> String {
    if message.len() > 200 { shorten(message) } else { message.to_owned() }
}

fn operator(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<Operator> {
    let node = fields.need("operator", report)?;
    if matches!(&node.kind, Kind::String(text) if text.trim().is_empty()) {
        let hint = "write operators in quotes, such as \">\"";
        report.hinted(Code::RulesValue, node.span, "`operator` is empty", hint);
        return None;
    }
    let name = fields.text("operator", report)?;
    let operator = Operator::of(name);
    if operator.is_none() {
        let names: Vec<&str> = Operator::ALL.iter().map(|(name, _)| *name).collect();
        let meant = match name {
            "=" | "===" | "eq" | "equals" | "is" => Some("=="),
            "<>" | "ne" | "is_not" => Some("!="),
            "lt" => Some("<"),
            "le" | "lte" | "=<" => Some("<="),
            "gt" => Some(">"),
            "ge" | "gte" | "=>" => Some(">="),
            "regex" | "match" | "=~" => Some("matches"),
            "startswith" => Some("starts_with"),
            "endswith" => Some("ends_with"),
            _ => closest(name, names.iter().copied()),
        };
        let hint = match meant {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("the operators are {}", list(&names)),
        };
        report.hinted(Code::RulesOperator, node.span, format!("there is no operator `{}`", shorten(name)), hint);
    }
    operator
}

fn unit(name: &str, fields: &Fields<'_>, report: &mut Report<'_>) -> Option<Unit> {
    let text = fields.text(name, report)?;
    let span = fields.get(name)?.span;
    known_unit(text, span, report)
}

/// The unit of this name, or a finding at `span`.
pub(super) fn known_unit(name: &str, span: Span, report: &mut Report<'_>) -> Option<Unit> {
    let unit = Unit::of(name);
    if unit.is_none() {
        let found = Diagnostic::error(Code::RulesUnit, span, format!("there is no unit `{}`", shorten(name)));
        let meant =
            Unit::names().find(|known| known.eq_ignore_ascii_case(name)).or_else(|| closest(name, Unit::names()));
        report.push(match meant {
            Some(unit) => found.with_hint(format!("did you mean `{unit}`?")),
            None => found.with_hint("docs/rules.md lists the units; currencies are written as their ISO code"),
        });
    }
    unit
}

/// Whether the parameter's type and unit have the operator.
fn fits_type(test: &Test, place: Span, report: &mut Report<'_>) -> bool {
    use ParamType::{Array, Integer, Number, String};
    let takes = |types: &[ParamType]| test.param_type.is_none_or(|ty| types.contains(&ty));
    let name = test.operator.name();
    if let (Some(unit), false) = (test.unit, takes(&[Number, Integer])) {
        let ty = test.param_type.map_or("", ParamType::name);
        let message = format!("a parameter in `{}` is a number, not of the type `{ty}`", unit.name());
        report.error(Code::RulesUnit, place, message);
        return false;
    }
    let (fits, wanted) = match test.operator {
        operator if operator.is_order() => (takes(&[Number, Integer, String]), "numbers or strings"),
        Operator::Matches | Operator::NotMatches | Operator::StartsWith | Operator::EndsWith => {
            (takes(&[String]) && test.unit.is_none(), "strings")
        }
        Operator::Contains | Operator::NotContains => {
            (takes(&[String, Array]) && test.unit.is_none(), "strings or arrays")
        }
        _ => (true, ""),
    };
    if !fits {
        let ty = test.param_type.map_or("number", ParamType::name);
        let message = format!("`{name}` is for {wanted}, and the parameter's type is `{ty}`");
        report.error(Code::RulesType, place, message);
    }
    fits
}
