//! A document against a compiled schema. Depth and work are bounded, since references may lead in circles.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use writ_value::{Number, Object, Value};

use super::format;
use super::keywords::canonical;
use super::node::{Additional, Dependency, Items, Node, NodeId, Schema};
use super::report::{Failure, Place, Report, show_number};
use crate::{BuiltinError, Context};

/// Deepest chain of schemas at one time.
const MAX_DEPTH: usize = 300;
/// Most schemas that are tried on values.
const MAX_STEPS: usize = 2_000_000;
/// Most failures that are kept.
const MAX_FAILURES: usize = 100_000;

struct Validator<'a> {
    schema: &'a Schema,
    context: &'a Context,
    depth: usize,
    n_steps: usize,
}

type Done = Result<(), BuiltinError>;

/// All failures of the document, in a fixed order.
///
/// # Errors
/// If the schema leads in circles or costs too much.
pub(super) fn validate(context: &Context, schema: &Schema, document: &Value) -> Result<Vec<Failure>, BuiltinError> {
    let mut v = Validator { schema, context, depth: 0, n_steps: 0 };
    let mut report = Report::default();
    v.node(NodeId(0), document, &mut report, &Place::ROOT)?;
    Ok(report.failures)
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Number(n) if n.is_integer() => "integer",
        other => other.type_name(),
    }
}

impl<'a> Validator<'a> {
    fn sub(&mut self, id: NodeId, value: &Value, place: &Place<'_>) -> Result<Report, BuiltinError> {
        let mut report = Report::default();
        self.node(id, value, &mut report, place)?;
        Ok(report)
    }

    fn node(&mut self, id: NodeId, value: &Value, report: &mut Report, place: &Place<'_>) -> Done {
        self.n_steps += 1;
        if self.n_steps > MAX_STEPS || report.failures.len() > MAX_FAILURES {
            return Err(BuiltinError::new("validating the document takes too many steps"));
        }
        if self.n_steps.is_multiple_of(1024) {
            self.context.check_deadline()?;
        }
        let schema: &'a Schema = self.schema;
        let mut node = &schema.nodes[id.0];
        let mut n_hops = 0;
        while let Some(target) = node.reference {
            node = &schema.nodes[target.0];
            n_hops += 1;
            if n_hops > schema.nodes.len() {
                break;
            }
        }
        if self.depth >= MAX_DEPTH || n_hops > schema.nodes.len() {
            return Err(BuiltinError::new("schemas are nested too deeply or refer to each other without end"));
        }
        self.depth += 1;
        let done = self.enter(node, value, report, place);
        self.depth -= 1;
        done
    }

    fn enter(&mut self, node: &'a Node, value: &Value, report: &mut Report, place: &Place<'_>) -> Done {
        if let Some(pass) = node.pass {
            if !pass {
                report.fail("false", place, "False always fails validation");
            }
            return Ok(());
        }
        let given = type_name(value);
        let fits = |t: &String| t == given || (given == "integer" && t == "number");
        if !node.types.is_empty() && !node.types.iter().any(fits) {
            let expected = match node.types.as_slice() {
                [one] => one.clone(),
                many => format!("[{}]", many.join(",")),
            };
            report.fail("invalid_type", place, format!("Invalid type. Expected: {expected}, given: {given}"));
            return Ok(());
        }
        self.combinations(node, value, report, place)?;
        match value {
            Value::Null => common(node, value, report, place)?,
            Value::Array(items) => {
                self.array(node, items, report, place)?;
                common(node, value, report, place)?;
            }
            Value::Object(o) => {
                self.object(node, o, report, place)?;
                common(node, value, report, place)?;
                for (name, id) in &node.properties {
                    if let Some(v) = o.get(&Value::from(name.as_str())) {
                        self.node(*id, v, report, &place.step(name))?;
                    }
                }
            }
            Value::Number(n) => {
                number(node, n, report, place);
                common(node, value, report, place)?;
            }
            Value::Bool(_) | Value::Set(_) => common(node, value, report, place)?,
            Value::String(s) => {
                common(node, value, report, place)?;
                string(node, &s.to_str_lossy(), report, place);
            }
        }
        report.passed_step();
        Ok(())
    }

    fn combinations(&mut self, node: &'a Node, value: &Value, report: &mut Report, place: &Place<'_>) -> Done {
        if !node.any_of.is_empty() {
            self.any_of(&node.any_of, value, report, place)?;
        }
        if !node.one_of.is_empty() {
            self.one_of(&node.one_of, value, report, place)?;
        }
        if !node.all_of.is_empty() {
            let mut n_valid = 0;
            for id in &node.all_of {
                let sub = self.sub(*id, value, place)?;
                n_valid += usize::from(sub.is_valid());
                report.merge(sub);
            }
            if n_valid != node.all_of.len() {
                report.fail("number_all_of", place, "Must validate all the schemas (allOf)");
            }
        }
        if let Some(id) = node.not
            && self.sub(id, value, place)?.is_valid()
        {
            report.fail("number_not", place, "Must not validate the schema (not)");
        }
        if let Value::Object(o) = value {
            self.dependencies(node, o, value, report, place)?;
        }
        if let Some(condition) = node.condition {
            self.conditional(node, condition, value, report, place)?;
        }
        report.passed_step();
        Ok(())
    }

    fn any_of(&mut self, all: &[NodeId], value: &Value, report: &mut Report, place: &Place<'_>) -> Done {
        let mut best: Option<Report> = None;
        for id in all {
            let sub = self.sub(*id, value, place)?;
            if sub.is_valid() {
                return Ok(());
            }
            if best.as_ref().is_none_or(|b| sub.score > b.score) {
                best = Some(sub);
            }
        }
        report.fail("number_any_of", place, "Must validate at least one schema (anyOf)");
        if let Some(best) = best {
            report.merge(best);
        }
        Ok(())
    }

    fn one_of(&mut self, all: &[NodeId], value: &Value, report: &mut Report, place: &Place<'_>) -> Done {
        let (mut n_valid, mut best) = (0, None::<Report>);
        for id in all {
            let sub = self.sub(*id, value, place)?;
            if sub.is_valid() {
                n_valid += 1;
            } else if n_valid == 0 && best.as_ref().is_none_or(|b| sub.score > b.score) {
                best = Some(sub);
            }
        }
        if n_valid != 1 {
            report.fail("number_one_of", place, "Must validate one and only one schema (oneOf)");
            if let (0, Some(best)) = (n_valid, best) {
                report.merge(best);
            }
        }
        Ok(())
    }

    fn dependencies(
        &mut self,
        node: &'a Node,
        o: &Object,
        value: &Value,
        report: &mut Report,
        place: &Place<'_>,
    ) -> Done {
        let has = |name: &str| o.contains_key(&Value::from(name));
        for (name, dependency) in &node.dependencies {
            if !has(name) {
                continue;
            }
            match dependency {
                Dependency::Properties(needed) => {
                    for n in needed.iter().filter(|n| !has(n)) {
                        report.fail("missing_dependency", place, format!("Has a dependency on {n}"));
                    }
                }
                Dependency::Schema(id) => self.node(*id, value, report, place)?,
            }
        }
        Ok(())
    }

    fn conditional(
        &mut self,
        node: &'a Node,
        condition: NodeId,
        value: &Value,
        report: &mut Report,
        place: &Place<'_>,
    ) -> Done {
        let holds = self.sub(condition, value, place)?.is_valid();
        let (branch, kind, text) = if holds {
            (node.then, "condition_then", "Must validate \"then\" as \"if\" was valid")
        } else {
            (node.otherwise, "condition_else", "Must validate \"else\" as \"if\" was not valid")
        };
        if let Some(id) = branch {
            let sub = self.sub(id, value, place)?;
            if !sub.is_valid() {
                report.fail(kind, place, text);
                report.merge(sub);
            }
        }
        Ok(())
    }

    /// Elements from `start` on, each against the schema that `pick` gives for its position.
    fn elements(
        &mut self,
        items: &[Value],
        start: usize,
        pick: impl Fn(usize) -> Option<NodeId>,
        report: &mut Report,
        place: &Place<'_>,
    ) -> Done {
        for (i, item) in items.iter().enumerate().skip(start) {
            let Some(id) = pick(i) else { break };
            let sub = self.sub(id, item, &place.step(&i.to_string()))?;
            report.merge(sub);
        }
        Ok(())
    }

    fn array(&mut self, node: &'a Node, items: &[Value], report: &mut Report, place: &Place<'_>) -> Done {
        match &node.items {
            Items::Any => {}
            Items::Each(id) => self.elements(items, 0, |_| Some(*id), report, place)?,
            Items::Positions(ids) => {
                self.elements(items, 0, |i| ids.get(i).copied(), report, place)?;
                if !ids.is_empty() && ids.len() < items.len() {
                    match &node.additional_items {
                        Additional::Any => {}
                        Additional::None => {
                            report.fail("array_no_additional_items", place, "No additional items allowed on array");
                        }
                        Additional::Schema(id) => self.elements(items, ids.len(), |_| Some(*id), report, place)?,
                    }
                }
            }
        }
        if let Some(min) = node.min_items.filter(|m| items.len() < *m) {
            report.fail("array_min_items", place, format!("Array must have at least {min} items"));
        }
        if let Some(max) = node.max_items.filter(|m| items.len() > *m) {
            report.fail("array_max_items", place, format!("Array must have at most {max} items"));
        }
        if node.unique_items {
            let mut seen = BTreeMap::new();
            for (j, item) in items.iter().enumerate() {
                if let Some(i) = seen.insert(canonical(item).map_err(BuiltinError::new)?, j) {
                    report.fail("unique", place, format!("array items[{i},{j}] must be unique"));
                }
            }
        }
        if let Some(id) = node.contains {
            self.contains(id, items, report, place)?;
        }
        report.passed_step();
        Ok(())
    }

    fn contains(&mut self, id: NodeId, items: &[Value], report: &mut Report, place: &Place<'_>) -> Done {
        let mut best: Option<Report> = None;
        for (i, item) in items.iter().enumerate() {
            let sub = self.sub(id, item, &place.step(&i.to_string()))?;
            if sub.is_valid() {
                return Ok(());
            }
            if best.as_ref().is_none_or(|b| sub.score > b.score) {
                best = Some(sub);
            }
        }
        report.fail("contains", place, "At least one of the items must match");
        if let Some(best) = best {
            report.merge(best);
        }
        Ok(())
    }

    fn object(&mut self, node: &'a Node, o: &Object, report: &mut Report, place: &Place<'_>) -> Done {
        if let Some(min) = node.min_properties.filter(|m| o.len() < *m) {
            report.fail("array_min_properties", place, format!("Must have at least {min} properties"));
        }
        if let Some(max) = node.max_properties.filter(|m| o.len() > *m) {
            report.fail("array_max_properties", place, format!("Must have at most {max} properties"));
        }
        for name in &node.required {
            if o.contains_key(&Value::from(name.as_str())) {
                report.passed_step();
            } else {
                report.fail("required", place, format!("{name} is required"));
            }
        }
        for (key, value) in o {
            let name = key.as_str().unwrap_or_default();
            let listed = node.properties.binary_search_by(|(p, _)| p.as_str().cmp(name)).is_ok();
            let mut matched = false;
            for (pattern, id) in &node.pattern_properties {
                if pattern.is_match(name.as_bytes()) {
                    matched = true;
                    let sub = self.sub(*id, value, &place.step(name))?;
                    report.merge(sub);
                }
            }
            if matched {
                report.passed_step();
            }
            if listed || matched {
                continue;
            }
            match &node.additional_properties {
                Additional::Any => {}
                Additional::None => {
                    let text = format!("Additional property {name} is not allowed");
                    report.fail("additional_property_not_allowed", place, text);
                }
                Additional::Schema(id) => {
                    let sub = self.sub(*id, value, &place.step(name))?;
                    report.merge(sub);
                }
            }
        }
        if let Some(id) = node.property_names {
            for key in o.keys() {
                let sub = self.sub(id, key, place)?;
                if !sub.is_valid() {
                    let name = key.as_str().unwrap_or_default();
                    let text = format!("Property name of \"{name}\" does not match");
                    report.fail("invalid_property_name", place, text);
                    report.merge(sub);
                }
            }
        }
        report.passed_step();
        Ok(())
    }
}

fn common(node: &Node, value: &Value, report: &mut Report, place: &Place<'_>) -> Done {
    if node.constant.is_some() || node.enumeration.is_some() {
        let text = canonical(value).map_err(BuiltinError::new)?;
        if let Some(c) = node.constant.as_ref().filter(|c| **c != text) {
            report.fail_field("const", place, &format!("does not match: {c}"));
        }
        if let Some(all) = node.enumeration.as_ref().filter(|all| !all.contains(&text)) {
            report.fail_field("enum", place, &format!("must be one of the following: {}", all.join(", ")));
        }
    }
    if let (false, Value::String(s)) = (node.format.is_empty(), value)
        && !format::is_format(&node.format, &s.to_str_lossy())
    {
        report.fail("format", place, format!("Does not match format '{}'", node.format));
    }
    report.passed_step();
    Ok(())
}

fn string(node: &Node, text: &str, report: &mut Report, place: &Place<'_>) {
    if node.min_length.is_some() || node.max_length.is_some() {
        let n = text.chars().count();
        if let Some(min) = node.min_length.filter(|m| n < *m) {
            report.fail("string_gte", place, format!("String length must be greater than or equal to {min}"));
        }
        if let Some(max) = node.max_length.filter(|m| n > *m) {
            report.fail("string_lte", place, format!("String length must be less than or equal to {max}"));
        }
    }
    if let Some((_, shown)) = node.pattern.as_ref().filter(|(p, _)| !p.is_match(text.as_bytes())) {
        report.fail("pattern", place, format!("Does not match pattern '{shown}'"));
    }
    report.passed_step();
}

fn number(node: &Node, n: &Number, report: &mut Report, place: &Place<'_>) {
    if let Some(m) = node.multiple_of.as_ref().filter(|m| !is_multiple(n, m)) {
        report.fail("multiple_of", place, format!("Must be a multiple of {}", show_number(m)));
    }
    if let Some(m) = node.maximum.as_ref().filter(|m| n > *m) {
        report.fail("number_lte", place, format!("Must be less than or equal to {}", show_number(m)));
    }
    if let Some(m) = node.exclusive_maximum.as_ref().filter(|m| n >= *m) {
        report.fail("number_lt", place, format!("Must be less than {}", show_number(m)));
    }
    if let Some(m) = node.minimum.as_ref().filter(|m| n < *m) {
        report.fail("number_gte", place, format!("Must be greater than or equal to {}", show_number(m)));
    }
    if let Some(m) = node.exclusive_minimum.as_ref().filter(|m| n <= *m) {
        report.fail("number_gt", place, format!("Must be greater than {}", show_number(m)));
    }
    report.passed_step();
}

/// `n / m` is a whole number, computed exactly on the decimal digits.
fn is_multiple(n: &Number, m: &Number) -> bool {
    let ((a, i), (b, j)) = (decimal(n), decimal(m));
    let lowest = i.min(j);
    let scale = |digits: BigInt, exponent: i64| {
        digits * BigInt::from(10u8).pow(u32::try_from(exponent - lowest).unwrap_or(u32::MAX))
    };
    // Beyond that no number parses; a zero would be written without such an exponent.
    if (i - j).abs() > 200_000 {
        return i > j;
    }
    let b = scale(b, j);
    b != BigInt::ZERO && (scale(a, i) % b) == BigInt::ZERO
}

/// Digits and a power of ten.
fn decimal(n: &Number) -> (BigInt, i64) {
    let text = n.to_string();
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((&text, "0"));
    let (int, frac) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = BigInt::parse_bytes(format!("{int}{frac}").as_bytes(), 10).unwrap_or_default();
    let exponent: i64 = exponent.parse().unwrap_or(0);
    (digits, exponent - i64::try_from(frac.len()).unwrap_or(0))
}
