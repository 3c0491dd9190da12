//! What rule documents mean, said plainly: a walk over the document and the input that shares nothing with the compiler but the parsed document.

use std::collections::BTreeSet;

use regex::Regex;
use writ_compiler::rules::document::{
    Condition, ConditionKind, Document, Expected, Level, Missing, Mode, Operand, ParamType, Rule, Test,
};
use writ_compiler::rules::{Conversion, Operator, Path, Step};
use writ_value::{NumRef, Number, Object, Value, number};

/// What becomes of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Holds,
    Fails,
    Missing,
    Mistyped,
}

impl Outcome {
    fn of(holds: bool) -> Self {
        if holds { Outcome::Holds } else { Outcome::Fails }
    }

    fn negated(self) -> Self {
        match self {
            Outcome::Holds => Outcome::Fails,
            Outcome::Fails => Outcome::Holds,
            other => other,
        }
    }
}

/// The trace that a document gives for an input.
pub fn decide(document: &Document, input: &Value) -> Value {
    let mut violations = Vec::new();
    let mut unchecked = Vec::new();
    let mut run = 0i64;
    let mut valid = true;
    for rule in &document.rules {
        let outcome = condition(&rule.condition, input);
        run += 1;
        if outcome == Outcome::Holds {
            continue;
        }
        if outcome == Outcome::Missing && rule.missing != Missing::Violation {
            run -= i64::from(rule.missing == Missing::Skip);
            unchecked.push(Value::object([
                ("id", text(&rule.id)),
                ("setting", text(rule.missing.name())),
                ("missing", missing_paths(&rule.condition, input)),
            ]));
            continue;
        }
        violations.push(violation(rule, outcome, input));
        if rule.level == Level::Error {
            valid = false;
            if document.mode == Mode::FirstError {
                break;
            }
        }
    }
    Value::object([
        ("document", Value::object([("id", text(&document.id)), ("version", document.version.clone())])),
        ("valid", Value::Bool(valid)),
        ("violations", Value::from(violations)),
        ("unchecked", Value::from(unchecked)),
        ("rules_run", Value::from(run)),
    ])
}

/// Whether all rules of level ERROR hold, which does not depend on the mode.
pub fn is_valid(document: &Document, input: &Value) -> bool {
    document.rules.iter().filter(|rule| rule.level == Level::Error).all(|rule| {
        let outcome = condition(&rule.condition, input);
        outcome == Outcome::Holds || outcome == Outcome::Missing && rule.missing != Missing::Violation
    })
}

fn condition(of: &Condition, input: &Value) -> Outcome {
    match &of.kind {
        ConditionKind::Test(of) => test(of, input),
        ConditionKind::Not(inner) => condition(inner, input).negated(),
        ConditionKind::All(all) => {
            let order = [Outcome::Fails, Outcome::Mistyped, Outcome::Missing, Outcome::Holds];
            first_of(order, all, input)
        }
        ConditionKind::Any(any) => {
            let order = [Outcome::Holds, Outcome::Mistyped, Outcome::Missing, Outcome::Fails];
            first_of(order, any, input)
        }
    }
}

/// The first outcome of `order` that one of the parts has.
fn first_of(order: [Outcome; 4], parts: &[Condition], input: &Value) -> Outcome {
    let outcomes: Vec<Outcome> = parts.iter().map(|part| condition(part, input)).collect();
    order.into_iter().find(|outcome| outcomes.contains(outcome)).unwrap_or(Outcome::Mistyped)
}

fn lookup<'v>(path: &Path, input: &'v Value) -> Option<&'v Value> {
    path.steps().iter().try_fold(input, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.as_array()?.get(*index as usize),
    })
}

/// A value that an operand stands for.
enum Given {
    Value(Value),
    Missing,
    Mistyped,
}

fn operand(of: &Operand, test: &Test, input: &Value) -> Given {
    match of {
        Operand::Constant(value) => Given::Value(value.clone()),
        Operand::Path(path, conversion) => match (lookup(path, input), conversion) {
            (None, _) => Given::Missing,
            (Some(value), _) if test.unit.is_some() && value.as_number().is_none() => Given::Mistyped,
            (Some(Value::Number(n)), Some(conversion)) => Given::Value(Value::Number(converted(n, conversion))),
            (Some(value), _) => Given::Value(value.clone()),
        },
    }
}

/// In the steps, and with the arithmetic, of Rego.
fn converted(n: &Number, conversion: &Conversion) -> Number {
    type Operation = fn(NumRef<'_>, NumRef<'_>) -> Result<Number, writ_value::NumberError>;
    let (zero, one) = (Number::from(0i64), Number::from(1i64));
    let steps: [(Operation, &Number, &Number); 4] = [
        (number::add, &conversion.before, &zero),
        (number::mul, &conversion.times, &one),
        (number::div, &conversion.over, &one),
        (number::add, &conversion.after, &zero),
    ];
    steps.into_iter().filter(|(_, by, neutral)| by != neutral).fold(n.clone(), |n, (operation, by, _)| {
        operation(n.as_num(), by.as_num()).unwrap_or_else(|_| Number::from(0i64))
    })
}

fn test(test: &Test, input: &Value) -> Outcome {
    let seen = lookup(&test.param, input);
    let presence = match test.operator {
        Operator::Exists => Some(true),
        Operator::NotExists => Some(false),
        _ => None,
    };
    let Some(seen) = seen else { return presence.map_or(Outcome::Missing, |wanted| Outcome::of(!wanted)) };
    let paths_there = test.value_paths().iter().all(|path| lookup(path, input).is_some());
    if !paths_there {
        return Outcome::Missing;
    }
    if test.param_type.is_some_and(|ty| !ty.fits(seen)) || test.unit.is_some() && seen.as_number().is_none() {
        return Outcome::Mistyped;
    }
    if let Some(wanted) = presence {
        return Outcome::of(wanted);
    }
    let verdict = match &test.expected {
        Expected::Nothing => None,
        Expected::Pattern(pattern) => {
            seen.as_str().and_then(|s| Regex::new(pattern).ok().map(|regex| regex.is_match(s)))
        }
        Expected::List(values) => Some(values.contains(seen)),
        Expected::ListAt(path) => lookup(path, input).and_then(Value::as_array).map(|list| list.contains(seen)),
        Expected::One(one) => match operand(one, test, input) {
            Given::Value(wanted) => compare(test, seen, &wanted),
            Given::Missing => return Outcome::Missing,
            Given::Mistyped => None,
        },
        Expected::Range(low, high) => match (operand(low, test, input), operand(high, test, input)) {
            (Given::Value(low), Given::Value(high)) => {
                (ordered(seen, &low) && ordered(seen, &high)).then(|| *seen >= low && *seen <= high)
            }
            _ => None,
        },
    };
    let negative = matches!(
        test.operator,
        Operator::NotEqual | Operator::NotIn | Operator::NotBetween | Operator::NotMatches | Operator::NotContains
    );
    verdict.map_or(Outcome::Mistyped, |holds| Outcome::of(holds != negative))
}

/// Two numbers or two strings.
fn ordered(a: &Value, b: &Value) -> bool {
    a.as_number().is_some() && b.as_number().is_some() || a.as_str().is_some() && b.as_str().is_some()
}

/// The positive form of the operator; `None` for values that it cannot compare.
fn compare(test: &Test, seen: &Value, wanted: &Value) -> Option<bool> {
    match test.operator {
        Operator::Equal | Operator::NotEqual => Some(seen == wanted),
        Operator::Less => ordered(seen, wanted).then(|| seen < wanted),
        Operator::LessOrEqual => ordered(seen, wanted).then(|| seen <= wanted),
        Operator::Greater => ordered(seen, wanted).then(|| seen > wanted),
        Operator::GreaterOrEqual => ordered(seen, wanted).then(|| seen >= wanted),
        Operator::StartsWith => Some(seen.as_str()?.starts_with(wanted.as_str()?)),
        Operator::EndsWith => Some(seen.as_str()?.ends_with(wanted.as_str()?)),
        Operator::Contains | Operator::NotContains => match seen {
            Value::String(_) if test.param_type != Some(ParamType::Array) => {
                Some(seen.as_str()?.contains(wanted.as_str()?))
            }
            Value::Array(elements) => Some(elements.contains(wanted)),
            _ => None,
        },
        _ => None,
    }
}

fn violation(rule: &Rule, outcome: Outcome, input: &Value) -> Value {
    let mut out = Object::new();
    put(&mut out, "id", text(&rule.id));
    put(&mut out, "message", text(&rule.message));
    put(&mut out, "level", text(rule.level.name()));
    put(&mut out, "severity", Value::Number(rule.severity.clone()));
    put(&mut out, "operator", text(rule.condition.operator_name()));
    let reason = match outcome {
        Outcome::Missing => "missing",
        Outcome::Mistyped => "type",
        Outcome::Fails | Outcome::Holds => "condition",
    };
    put(&mut out, "reason", text(reason));
    for (key, note) in &rule.notes {
        put(&mut out, key, text(note));
    }
    if let ConditionKind::Test(test) = &rule.condition.kind {
        describe(test, outcome, input, &mut out);
    } else {
        let tests = rule.condition.tests();
        let conditions: Vec<Value> = tests.iter().map(|(_, test)| condition_entry(test, input)).collect();
        put(&mut out, "conditions", Value::from(conditions));
        if outcome == Outcome::Missing {
            put(&mut out, "missing", missing_paths(&rule.condition, input));
        }
    }
    Value::from(out)
}

fn condition_entry(of: &Test, input: &Value) -> Value {
    let mut out = Object::new();
    let outcome = test(of, input);
    let result = match outcome {
        Outcome::Holds => "true",
        Outcome::Fails => "false",
        Outcome::Missing => "missing",
        Outcome::Mistyped => "type",
    };
    put(&mut out, "result", text(result));
    describe(of, outcome, input, &mut out);
    Value::from(out)
}

/// Parameter, operator, what was seen and what was wanted.
fn describe(test: &Test, outcome: Outcome, input: &Value, out: &mut Object) {
    put(out, "param", text(test.param.text()));
    put(out, "operator", text(test.operator.name()));
    if let Some(unit) = test.unit {
        put(out, "unit", text(unit.name()));
    }
    if let Some(seen) = lookup(&test.param, input) {
        put(out, "seen", seen.clone());
    }
    if outcome == Outcome::Missing {
        put(out, "missing", paths_missing([test].into_iter(), input));
    }
    let paths: Vec<Value> = test.value_paths().iter().map(|path| text(path.text())).collect();
    match (&test.expected, paths.first()) {
        (Expected::Range(..), Some(_)) => put(out, "wanted_path", Value::from(paths)),
        (_, Some(path)) => put(out, "wanted_path", path.clone()),
        _ => {}
    }
    let value = |of: &Operand| match (of, operand(of, test, input)) {
        (Operand::Path(path, _), _) if outcome == Outcome::Mistyped => lookup(path, input).cloned(),
        (_, Given::Value(value)) => Some(value),
        _ => None,
    };
    let from_input = !test.value_paths().is_empty();
    let wanted = match &test.expected {
        _ if from_input && outcome == Outcome::Missing => None,
        Expected::Nothing => None,
        Expected::One(one) => value(one),
        Expected::List(values) => Some(Value::from(values.clone())),
        Expected::ListAt(path) => lookup(path, input).cloned(),
        Expected::Range(low, high) => value(low).zip(value(high)).map(|(low, high)| Value::from(vec![low, high])),
        Expected::Pattern(pattern) => Some(text(pattern)),
    };
    if let Some(wanted) = wanted {
        put(out, "wanted", wanted);
    }
}

fn missing_paths(condition: &Condition, input: &Value) -> Value {
    paths_missing(condition.tests().into_iter().map(|(_, test)| test), input)
}

/// The paths that are needed and not there, sorted and each once.
fn paths_missing<'t>(tests: impl Iterator<Item = &'t Test>, input: &Value) -> Value {
    let needed = tests.filter(|test| !matches!(test.operator, Operator::Exists | Operator::NotExists));
    let paths = needed.flat_map(|test| std::iter::once(&test.param).chain(test.value_paths()));
    let absent: BTreeSet<&str> = paths.filter(|path| lookup(path, input).is_none()).map(Path::text).collect();
    Value::from(absent.into_iter().map(text).collect::<Vec<_>>())
}

fn put(object: &mut Object, key: &str, value: Value) {
    object.insert(text(key), value);
}

fn text(s: &str) -> Value {
    Value::from(s)
}
