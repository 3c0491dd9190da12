//! Random rule documents that are valid, and inputs for them. Paths and values are few, so that rules often meet what they ask for.

use writ_value::{Number, Value};

use super::random::Random;

const PARAMS: [&str; 9] = [
    "action.a",
    "action.b",
    "action.c.d",
    "action.list",
    "action.list[0]",
    "state.p",
    "state.q",
    "state.\"odd key\"",
    "state.on",
];
/// Paths that values come from.
const LIMITS: [&str; 4] = ["state.limit", "state.other", "state.names", "action.b"];
const STRINGS: [&str; 7] = ["", "a", "ab", "abc", "b\"\\\u{e9}\u{1f600}", "Ab", "x-1"];
const NUMBERS: [&str; 9] = ["0", "1", "2", "2.5", "-3", "1e2", "0.1", "100", "12345678901234567890"];
const PATTERNS: [&str; 5] = ["^a", "b$", "[0-9]+", "^(ab|x-)", "\u{e9}"];
/// Units with others of their dimension.
const UNITS: [(&str, &[&str]); 6] = [
    ("m", &["m", "km", "cm", "mm"]),
    ("s", &["s", "ms", "min"]),
    ("degC", &["degC", "K", "degF"]),
    ("B", &["B", "kB", "KiB", "bit"]),
    ("%", &["%", "ratio"]),
    ("EUR", &["EUR"]),
];
const TYPES: [&str; 6] = ["string", "number", "integer", "boolean", "array", "object"];

/// What a comparison may be about.
#[derive(Clone, Copy)]
struct Kind {
    ty: Option<&'static str>,
    unit: Option<(&'static str, &'static [&'static str])>,
}

/// The id of all documents.
pub const ID: &str = "random";

/// A document with up to `rules` rules.
pub fn document(random: &mut Random, rules: usize) -> Value {
    let count = 1 + random.below(rules);
    let rules = (0..count).map(|n| rule(random, n)).collect::<Vec<_>>();
    let mut fields = vec![("id", text(ID)), ("version", number("7")), ("rules", Value::from(rules))];
    if random.chance(70) {
        fields.push(("mode", text(random.pick(&["all", "first_error"]))));
    }
    if random.chance(30) {
        fields.push(("missing", text(random.pick(&["violation", "pass", "skip"]))));
    }
    if random.chance(20) {
        fields.push(("domain", text("tests")));
    }
    Value::object(fields)
}

fn rule(random: &mut Random, n: usize) -> Value {
    let id = format!("r{n}");
    let mut fields = vec![
        ("id", Value::from(id.as_str())),
        ("message", text(random.pick(&["no", "not this \u{201e}one\u{201c}\nnever"]))),
        ("level", text(random.pick(&["ERROR", "ERROR", "WARNING", "INFO"]))),
    ];
    if random.chance(50) {
        fields.push(("severity_score", number(random.pick(&["0", "3", "5", "7.5", "8", "10"]))));
    }
    if random.chance(40) {
        fields.push(("missing", text(random.pick(&["violation", "pass", "skip"]))));
    }
    if random.chance(20) {
        fields.push(("xai_hint", text("try again")));
    }
    fields.extend(condition(random, 3));
    Value::object(fields)
}

fn condition(random: &mut Random, depth: usize) -> Vec<(&'static str, Value)> {
    if depth == 0 || random.chance(60) {
        return test(random);
    }
    if random.chance(30) {
        return vec![("not", Value::object(condition(random, depth - 1)))];
    }
    let count = 1 + random.below(3);
    let parts = (0..count).map(|_| Value::object(condition(random, depth - 1))).collect::<Vec<_>>();
    vec![(random.pick(&["all", "any"]), Value::from(parts))]
}

fn test(random: &mut Random) -> Vec<(&'static str, Value)> {
    let mut kind = Kind { ty: None, unit: None };
    let operator = random.pick(&[
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "in",
        "not_in",
        "between",
        "not_between",
        "matches",
        "not_matches",
        "contains",
        "not_contains",
        "starts_with",
        "ends_with",
        "exists",
        "not_exists",
    ]);
    let types: &[&'static str] = match operator {
        "<" | "<=" | ">" | ">=" | "between" | "not_between" => &["string", "number", "integer"],
        "matches" | "not_matches" | "starts_with" | "ends_with" => &["string"],
        "contains" | "not_contains" => &["string", "array"],
        _ => &TYPES,
    };
    if random.chance(40) {
        kind.ty = Some(random.pick(types));
    }
    if kind.ty.is_none_or(|ty| matches!(ty, "number" | "integer")) && types.contains(&"number") && random.chance(30) {
        kind.unit = Some(random.pick(&UNITS));
    }
    let mut fields = vec![("param", text(random.pick(&PARAMS))), ("operator", text(operator))];
    fields.extend(kind.ty.map(|ty| ("param_type", text(ty))));
    fields.extend(kind.unit.map(|(unit, _)| ("param_unit", text(unit))));
    let value = match operator {
        "exists" | "not_exists" => return fields,
        "in" | "not_in" if kind.unit.is_none() && random.chance(40) => {
            path(random, &["state.names", "action.list"], None)
        }
        "in" | "not_in" => {
            let count = 1 + random.below(3);
            Value::from((0..count).map(|_| constant(random, kind)).collect::<Vec<_>>())
        }
        "between" | "not_between" => range(random, kind),
        "matches" | "not_matches" => text(random.pick(&PATTERNS)),
        "starts_with" | "ends_with" => one(random, Kind { ty: Some("string"), unit: None }),
        "contains" | "not_contains" if kind.ty == Some("string") => one(random, kind),
        "contains" | "not_contains" => one(random, Kind { ty: None, unit: None }),
        "==" | "!=" => one(random, kind),
        _ => ordered(random, kind),
    };
    fields.push(("value", value));
    fields
}

fn one(random: &mut Random, kind: Kind) -> Value {
    if random.chance(30) { path(random, &LIMITS, kind.unit) } else { constant(random, kind) }
}

/// A value with an order.
fn ordered(random: &mut Random, kind: Kind) -> Value {
    if random.chance(30) {
        return path(random, &LIMITS, kind.unit);
    }
    let of_string = kind.unit.is_none() && (kind.ty == Some("string") || kind.ty.is_none() && random.chance(30));
    constant(random, Kind { ty: Some(if of_string { "string" } else { "number" }), unit: kind.unit })
}

fn range(random: &mut Random, kind: Kind) -> Value {
    let string = kind.unit.is_none() && (kind.ty == Some("string") || kind.ty.is_none() && random.chance(30));
    let bounds = match random.below(4) {
        0 => [path(random, &LIMITS, kind.unit), path(random, &LIMITS, kind.unit)],
        1 if string => [text("ab"), path(random, &LIMITS, None)],
        1 => [number(random.pick(&["-3", "1", "2.5"])), path(random, &LIMITS, kind.unit)],
        _ if string => [text("a"), text("b")],
        _ => [number(random.pick(&["-3", "0", "1"])), number(random.pick(&["1", "2.5", "100"]))],
    };
    Value::from(bounds.to_vec())
}

fn path(random: &mut Random, of: &[&str], unit: Option<(&str, &[&str])>) -> Value {
    let mut fields = vec![("path", text(random.pick(of)))];
    if let Some((_, units)) = unit.filter(|_| random.chance(70)) {
        fields.push(("unit", text(random.pick(units))));
    }
    Value::object(fields)
}

fn constant(random: &mut Random, kind: Kind) -> Value {
    if let Some((_, units)) = kind.unit {
        if random.chance(50) {
            let quantity = format!("{} {}", random.pick(&["0", "1", "2.5", "-40", "100"]), random.pick(units));
            return Value::from(quantity.as_str());
        }
        return number(random.pick(&NUMBERS));
    }
    match kind.ty {
        Some("string") => text(random.pick(&STRINGS)),
        Some("number" | "integer") => number(random.pick(&NUMBERS)),
        Some("boolean") => Value::Bool(random.chance(50)),
        Some("array") => array(random),
        // A map as a constant is wrapped, since a bare one is a path.
        Some("object") => Value::object([("constant", Value::object([("k", number("1"))]))]),
        _ => match random.below(5) {
            0 => Value::Null,
            1 => Value::Bool(random.chance(50)),
            2 => array(random),
            3 => text(random.pick(&STRINGS)),
            _ => number(random.pick(&NUMBERS)),
        },
    }
}

fn array(random: &mut Random) -> Value {
    let count = random.below(3);
    let items =
        (0..count).map(|_| if random.chance(50) { text(random.pick(&STRINGS)) } else { number(random.pick(&NUMBERS)) });
    Value::from(items.collect::<Vec<_>>())
}

/// An input, in which anything may be missing or of any type.
pub fn input(random: &mut Random) -> Value {
    if random.chance(3) {
        return random
            .one_of(&[Value::Null, Value::empty_object(), text("action"), Value::from(vec![Value::Null])])
            .clone();
    }
    let mut action = Vec::new();
    for key in ["a", "b"] {
        if random.chance(85) {
            action.push((key, any(random)));
        }
    }
    if random.chance(85) {
        let inner = any(random);
        action.push(("c", if random.chance(80) { Value::object([("d", inner)]) } else { inner }));
    }
    if random.chance(85) {
        let list = if random.chance(80) { array(random) } else { any(random) };
        action.push(("list", list));
    }
    let mut state = Vec::new();
    for key in ["p", "q", "odd key", "on", "limit", "other", "names"] {
        if random.chance(85) {
            let value = if key == "names" && random.chance(70) { array(random) } else { any(random) };
            state.push((key, value));
        }
    }
    let mut input = Vec::new();
    if random.chance(97) {
        input.push(("action", Value::object(action)));
    }
    if random.chance(97) {
        input.push(("state", Value::object(state)));
    }
    Value::object(input)
}

fn any(random: &mut Random) -> Value {
    match random.below(12) {
        0 => Value::Null,
        1 | 2 => Value::Bool(random.chance(50)),
        3 => array(random),
        4 => Value::object([("k", number("1.0"))]),
        5..=7 => text(random.pick(&STRINGS)),
        8 => number(random.pick(&["1.0", "273.15", "0.001", "-40", "104", "8"])),
        _ => number(random.pick(&NUMBERS)),
    }
}

fn text(s: &str) -> Value {
    Value::from(s)
}

fn number(text: &str) -> Value {
    Number::parse(text).map_or(Value::Null, Value::Number)
}
