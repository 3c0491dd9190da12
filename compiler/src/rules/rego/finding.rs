//! What a decision says about a rule that is violated.
//!
//! `violation_N` is what is known in advance together with `finding_N`, which says why and what was seen. A composed condition lists the outcome
//! of each of its comparisons.

use writ_value::{Object, Value};

use super::super::document::{ConditionKind, Expected, Missing, Operand, Rule, Test};
use super::super::operator::Operator;
use super::Writer;
use super::term::{constant, operand, reference, text, wanted};
use super::test::{self, Bodies};

impl Writer<'_> {
    /// Writes `violation_N` and what it needs.
    pub(super) fn finding(&mut self, order: usize, rule: &Rule, fails: &Bodies, missing: &Bodies, mistypes: bool) {
        let known = constant(&known(rule));
        self.line(&format!("violation_{order} := object.union(\n\t{known},\n\tfinding_{order},\n)\n"));
        let tests = rule.condition.tests();
        let is_test = matches!(rule.condition.kind, ConditionKind::Test(_));
        let mut outcomes = Outcomes::new(format!("finding_{order}"));
        if let (true, Some((_, test))) = (is_test, tests.first()) {
            for body in fails {
                outcomes.push(&self.seen("reason", "condition", test, false), body);
            }
            if rule.missing == Missing::Violation {
                for body in missing {
                    outcomes.push(&self.absent("reason", test), body);
                }
            }
            if mistypes {
                outcomes.otherwise(&self.seen("reason", "type", test, true));
            }
        } else {
            let details = |reason: &str| {
                let names: Vec<String> = tests.iter().map(|(n, _)| format!("test_{order}_{n}")).collect();
                format!("{{\"reason\": \"{reason}\", \"conditions\": [{}]}}", names.join(", "))
            };
            for body in fails {
                outcomes.push(&details("condition"), body);
            }
            let mut reasons: Vec<String> = Vec::new();
            if mistypes {
                reasons.push(details("type"));
            }
            if !missing.is_empty() && rule.missing == Missing::Violation {
                let details = details("missing");
                let inner = details.trim_end_matches('}');
                reasons.push(format!("{inner}, \"missing\": missing_{order}}}"));
            }
            match reasons.as_slice() {
                [] => {}
                [one] => outcomes.otherwise(one),
                [wrong_type, absent, ..] => {
                    outcomes.push(wrong_type, &[format!("mistyped_{order}_0")]);
                    outcomes.otherwise(absent);
                }
            }
        }
        let done = outcomes.done();
        self.line(&done);
        if !is_test {
            for (number, test) in &tests {
                self.test(order, *number, test);
            }
        }
        if !missing.is_empty() && (!is_test || rule.missing != Missing::Violation) {
            self.missing_paths(order, &tests);
        }
    }

    fn needs_several(&mut self, test: &Test) -> bool {
        test::needed(test, &mut self.names).len() > 1
    }

    /// One comparison of a composed condition, with its outcome.
    fn test(&mut self, order: usize, number: usize, test: &Test) {
        let mut known = Object::new();
        describe(test, &mut known);
        let known = constant(&Value::from(known));
        self.line(&format!("test_{order}_{number} := object.union({known}, outcome_{order}_{number})\n"));
        let mut outcomes = Outcomes::new(format!("outcome_{order}_{number}"));
        for body in test::holds(test, &mut self.names) {
            outcomes.push(&self.seen("result", "true", test, true), &body);
        }
        for body in test::fails(test, &mut self.names) {
            outcomes.push(&self.seen("result", "false", test, false), &body);
        }
        for body in test::missing(test, &mut self.names) {
            outcomes.push(&self.absent("result", test), &body);
        }
        if test::can_mistype(test) {
            outcomes.otherwise(&self.seen("result", "type", test, true));
        }
        let done = outcomes.done();
        self.line(&done);
    }

    /// An outcome with everything there. `holds` matters only for `exists`, where the parameter may be absent.
    fn seen(&self, key: &str, outcome: &str, test: &Test, holds: bool) -> String {
        let is_there = match test.operator {
            Operator::Exists => holds,
            Operator::NotExists => !holds || outcome == "type",
            _ => true,
        };
        let mut out = format!("{{\"{key}\": \"{outcome}\"");
        if is_there {
            out.push_str(&format!(", \"seen\": {}", reference(&test.param)));
        }
        if let Some(wanted) = wanted(test) {
            // A value of the wrong type may not be convertible, so it is shown as it is.
            let raw = if outcome == "type" { raw_wanted(test) } else { wanted };
            out.push_str(&format!(", \"wanted\": {raw}"));
        }
        out.push('}');
        out
    }

    /// An outcome with something missing; what is there is shown.
    fn absent(&mut self, key: &str, test: &Test) -> String {
        if !self.needs_several(test) {
            let path = format!("[{}]", text(test.param.text()));
            return format!("{{\"{key}\": \"missing\", \"missing\": {path}}}");
        }
        let param = reference(&test.param);
        let listed = self.listed(test);
        format!("object.union({{\"{key}\": \"missing\", \"missing\": {listed}}}, {{\"seen\": x | x := {param}}})")
    }

    /// An array of the comparison's paths that are not there, sorted and each once.
    fn listed(&mut self, test: &Test) -> String {
        let paths = self.paths_of(std::iter::once(test));
        let one = |(path, has): &(String, String)| format!("[{} | not {has}]", text(path));
        paths.iter().map(one).reduce(|a, b| format!("array.concat({a}, {b})")).unwrap_or_else(|| "[]".to_owned())
    }

    /// The paths that comparisons need, sorted and each once, with the rules that say whether they are there.
    fn paths_of<'t>(&mut self, tests: impl Iterator<Item = &'t Test>) -> Vec<(String, String)> {
        let mut paths = Vec::new();
        for test in tests {
            if !test::needed(test, &mut self.names).is_empty() {
                let all = std::iter::once(&test.param).chain(test.value_paths());
                paths.extend(all.map(|path| (path.text().to_owned(), self.names.has(path))));
            }
        }
        paths.sort();
        paths.dedup();
        paths
    }

    /// `missing_N`: the paths that a rule needs and that are not there.
    fn missing_paths(&mut self, order: usize, tests: &[(usize, &Test)]) {
        let paths = self.paths_of(tests.iter().map(|(_, test)| *test));
        for (path, has) in &paths {
            self.rule_with_body(&format!("missing_set_{order} contains {}", text(path)), &[format!("not {has}")]);
        }
        self.line(&format!("missing_{order} := [path | some path in missing_set_{order}]\n"));
    }
}

/// A rule with one value after the other, the first whose body holds.
struct Outcomes {
    name: String,
    text: String,
}

impl Outcomes {
    fn new(name: String) -> Self {
        Outcomes { name, text: String::new() }
    }

    fn head(&mut self, value: &str) {
        let head = if self.text.is_empty() { self.name.clone() } else { " else".to_owned() };
        self.text.push_str(&format!("{head} := {value}"));
    }

    fn push(&mut self, value: &str, body: &[String]) {
        self.head(value);
        self.text.push_str(" if {\n");
        body.iter().for_each(|literal| self.text.push_str(&format!("\t{literal}\n")));
        self.text.push('}');
    }

    fn otherwise(&mut self, value: &str) {
        self.head(value);
    }

    fn done(mut self) -> String {
        if self.text.is_empty() {
            // The condition cannot fail: nothing asks for it.
            self.text = format!("{} := {{}}", self.name);
        }
        self.text.push('\n');
        self.text
    }
}

/// What is known of a violation before any input is there.
fn known(rule: &Rule) -> Value {
    let mut known = Object::new();
    let mut put = |key: &str, value: Value| {
        known.insert(Value::from(key), value);
    };
    put("id", Value::from(rule.id.as_str()));
    put("message", Value::from(rule.message.as_str()));
    put("level", Value::from(rule.level.name()));
    put("severity", Value::Number(rule.severity.clone()));
    put("operator", Value::from(rule.condition.operator_name()));
    for (key, text) in &rule.notes {
        put(key, Value::from(text.as_str()));
    }
    if let ConditionKind::Test(test) = &rule.condition.kind {
        describe(test, &mut known);
    }
    Value::from(known)
}

/// What is known of a comparison: the parameter, its unit, and the value wanted or its path.
fn describe(test: &Test, known: &mut Object) {
    let mut put = |key: &str, value: Value| {
        known.insert(Value::from(key), value);
    };
    put("param", Value::from(test.param.text()));
    put("operator", Value::from(test.operator.name()));
    if let Some(unit) = test.unit {
        put("unit", Value::from(unit.name()));
    }
    let constant = |operand: &Operand| match operand {
        Operand::Constant(value) => Some(value.clone()),
        Operand::Path(..) => None,
    };
    let wanted = match &test.expected {
        Expected::Nothing | Expected::ListAt(_) => None,
        Expected::One(one) => constant(one),
        Expected::List(values) => Some(Value::from(values.clone())),
        Expected::Range(low, high) => constant(low).zip(constant(high)).map(|(low, high)| Value::from(vec![low, high])),
        Expected::Pattern(pattern) => Some(Value::from(pattern.as_str())),
    };
    if let Some(wanted) = wanted {
        put("wanted", wanted);
    }
    let paths: Vec<Value> = test.value_paths().iter().map(|path| Value::from(path.text())).collect();
    match (&test.expected, paths.first()) {
        (Expected::Range(..), Some(_)) => put("wanted_path", Value::from(paths)),
        (_, Some(path)) => put("wanted_path", path.clone()),
        (_, None) => {}
    }
}

/// The value wanted without conversion.
fn raw_wanted(test: &Test) -> String {
    let raw = |of: &Operand| of.path().map_or_else(|| operand(of), reference);
    match &test.expected {
        Expected::One(one) => raw(one),
        Expected::Range(low, high) => format!("[{}, {}]", raw(low), raw(high)),
        Expected::ListAt(path) => reference(path),
        Expected::Nothing | Expected::List(_) | Expected::Pattern(_) => "null".to_owned(),
    }
}
