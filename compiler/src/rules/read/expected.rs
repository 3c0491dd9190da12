//! Values of conditions: constants and paths, converted to the parameter's unit and checked against operator and type.

use writ_value::Value;

use super::super::document::{Expected, Operand, ParamType, Test};
use super::super::fields::{Fields, Report, shorten};
use super::super::limits;
use super::super::node::{Kind, Node};
use super::super::operator::{Operands, Operator};
use super::super::unit;
use super::condition::{known_unit, path};
use crate::diag::Code;

/// Longest pattern, in bytes: what `regex.match` takes.
const MAX_PATTERN_BYTES: usize = 1 << 16;

/// The value of a comparison whose other parts are known.
pub(super) fn read(test: &Test, node: &Node, report: &mut Report<'_>) -> Option<Expected> {
    match test.operator.operands() {
        Operands::None => Some(Expected::Nothing),
        Operands::One => one(test, node, report).map(Expected::One),
        Operands::List => list(test, node, report),
        Operands::Range => range(test, node, report),
        Operands::Pattern => pattern(test, node, report).map(Expected::Pattern),
    }
}

/// A constant or a path.
fn one(test: &Test, node: &Node, report: &mut Report<'_>) -> Option<Operand> {
    let Kind::Map(_) = node.kind else {
        let value = constant(test, node, report)?;
        return fits(test, &value, node, report).then_some(Operand::Constant(value));
    };
    let fields = Fields::read(node, "a value that is a map", &["path", "unit", "constant"], report)?;
    match (fields.get("path"), fields.get("constant")) {
        (Some(at), None) => {
            let path = path(fields.text("path", report)?, at.span, report)?;
            let conversion = match fields.get("unit") {
                None => None,
                Some(at) => {
                    let from = known_unit(fields.text("unit", report)?, at.span, report)?;
                    let Some(to) = test.unit else {
                        report.hinted(
                            Code::RulesUnit,
                            at.span,
                            "there is no `param_unit` to convert to",
                            "say the parameter's unit in the field `param_unit`",
                        );
                        return None;
                    };
                    let found = from.conversion(to).map_err(|message| report.error(Code::RulesUnit, at.span, message));
                    Some(found.ok()?).filter(|conversion| !conversion.is_identity())
                }
            };
            Some(Operand::Path(path, conversion))
        }
        (None, Some(constant)) => {
            if let Some(at) = fields.get("unit") {
                let hint = "write a quantity such as \"5 m\" instead";
                report.hinted(Code::RulesField, at.span, "`unit` stands beside `path` only", hint);
                return None;
            }
            let value = constant_of(test, constant, report)?;
            fits(test, &value, constant, report).then_some(Operand::Constant(value))
        }
        // The field that is meant may be the one that was reported.
        (None, None) if fields.has_unknown => None,
        _ => {
            let hint = "write {path: state.limit}, or {constant: …} for a map as a constant";
            report.hinted(
                Code::RulesField,
                fields.place(),
                "a value that is a map has either `path` or `constant`",
                hint,
            );
            None
        }
    }
}

fn constant(test: &Test, node: &Node, report: &mut Report<'_>) -> Option<Value> {
    constant_of(test, node, report)
}

/// A constant in the parameter's unit.
fn constant_of(test: &Test, node: &Node, report: &mut Report<'_>) -> Option<Value> {
    let value = node.to_value()?;
    let Some(to) = test.unit else { return Some(value) };
    match &value {
        Value::Number(_) => Some(value),
        Value::String(text) => {
            let text = String::from_utf8_lossy(text.as_bytes()).into_owned();
            let Some((number, name)) = unit::quantity(&text) else {
                let message = format!("`{}` is no quantity", shorten(&text));
                let hint = format!("write a number in `{0}`, or a quantity such as \"5 {0}\"", to.name());
                report.hinted(Code::RulesUnit, node.span, message, hint);
                return None;
            };
            let conversion = known_unit(name, node.span, report)?.conversion(to);
            let conversion = conversion.map_err(|message| report.error(Code::RulesUnit, node.span, message)).ok()?;
            let converted = conversion.apply(&number).map(Value::Number);
            if converted.is_none() {
                let message = format!("`{}` is out of range in `{}`", shorten(&text), to.name());
                report.error(Code::RulesLimit, node.span, message);
            }
            converted
        }
        _ => {
            let message = format!("a value in `{}` is a number or a quantity, not {}", to.name(), node.kind_name());
            report.error(Code::RulesUnit, node.span, message);
            None
        }
    }
}

/// Whether a constant can be compared with the parameter by the operator.
fn fits(test: &Test, value: &Value, node: &Node, report: &mut Report<'_>) -> bool {
    let operator = test.operator.name();
    let (is_number, is_string) = (value.as_number().is_some(), value.as_str().is_some());
    if test.operator.is_order() && !is_number && !is_string {
        let message = format!("`{operator}` is for numbers or strings, not {}", node.kind_name());
        report.error(Code::RulesType, node.span, message);
        return false;
    }
    let needs_string = matches!(test.operator, Operator::StartsWith | Operator::EndsWith)
        || matches!(test.operator, Operator::Contains | Operator::NotContains)
            && test.param_type == Some(ParamType::String);
    if needs_string && !is_string {
        report.error(Code::RulesType, node.span, format!("`{operator}` is for strings, not {}", node.kind_name()));
        return false;
    }
    // `contains` compares with elements of the parameter, not with the parameter.
    let compares_elements = matches!(test.operator, Operator::Contains | Operator::NotContains);
    match test.param_type.filter(|ty| !compares_elements && !same_class(*ty, value)) {
        Some(ty) => {
            let message = format!("the parameter's type is `{}`, and this is {}", ty.name(), node.kind_name());
            report.error(Code::RulesType, node.span, message);
            false
        }
        None => true,
    }
}

/// An integer parameter may be compared with any number.
fn same_class(ty: ParamType, value: &Value) -> bool {
    let ty = if ty == ParamType::Integer { ParamType::Number } else { ty };
    ty.fits(value)
}

fn list(test: &Test, node: &Node, report: &mut Report<'_>) -> Option<Expected> {
    let items = match &node.kind {
        Kind::List(items) => items,
        Kind::Map(_) => match one_path(test, node, report)? {
            Operand::Path(path, None) => return Some(Expected::ListAt(path)),
            _ => {
                report.error(Code::RulesUnit, node.span, "a list from the input cannot be converted to another unit");
                return None;
            }
        },
        _ => {
            let wanted = "a list of constants, or the path of a list";
            report.wrong_kind(&format!("the value of `{}`", test.operator.name()), node, wanted);
            return None;
        }
    };
    if items.is_empty() {
        report.error(Code::RulesValue, node.span, format!("`{}` has an empty list", test.operator.name()));
        return None;
    }
    let values: Vec<Option<Value>> =
        items.iter().map(|item| constant(test, item, report).filter(|value| fits(test, value, item, report))).collect();
    values.into_iter().collect::<Option<_>>().map(Expected::List)
}

/// A path as the value of `in`, whose elements are not compared here.
fn one_path(test: &Test, node: &Node, report: &mut Report<'_>) -> Option<Operand> {
    let operand = one(test, node, report)?;
    if operand.path().is_none() {
        let message = format!("the value of `{}` is a list of constants, or the path of a list", test.operator.name());
        report.error(Code::RulesType, node.span, message);
        return None;
    }
    Some(operand)
}

fn range(test: &Test, node: &Node, report: &mut Report<'_>) -> Option<Expected> {
    let name = test.operator.name();
    let Kind::List(items) = &node.kind else {
        report.wrong_kind(&format!("the value of `{name}`"), node, "a list of two bounds");
        return None;
    };
    let [low, high] = items.as_slice() else {
        let message = format!("`{name}` has two bounds, and this list has {} elements", items.len());
        report.error(Code::RulesValue, node.span, message);
        return None;
    };
    let (first, second) = (one(test, low, report), one(test, high, report));
    let (first, second) = (first?, second?);
    if let (Operand::Constant(low), Operand::Constant(high)) = (&first, &second) {
        if low.as_number().is_some() != high.as_number().is_some() {
            report.error(Code::RulesType, node.span, format!("the bounds of `{name}` are not of one type"));
            return None;
        }
        if low > high {
            report.error(Code::RulesValue, node.span, format!("the lower bound of `{name}` is above the upper one"));
            return None;
        }
    }
    Some(Expected::Range(first, second))
}

fn pattern(test: &Test, node: &Node, report: &mut Report<'_>) -> Option<String> {
    let Kind::String(pattern) = &node.kind else {
        report.wrong_kind(&format!("the value of `{}`", test.operator.name()), node, "a pattern, which is a string");
        return None;
    };
    if pattern.len() > MAX_PATTERN_BYTES {
        let message = format!("a pattern may have {MAX_PATTERN_BYTES} bytes");
        report.error(Code::RulesLimit, node.span, message);
        return None;
    }
    if let Err(error) = writ_pattern::translate(pattern.as_bytes()) {
        report.error(Code::RulesValue, node.span, error.to_string());
        return None;
    }
    Some(pattern.clone())
}

const _: () = assert!(MAX_PATTERN_BYTES <= limits::MAX_STRING_BYTES);
