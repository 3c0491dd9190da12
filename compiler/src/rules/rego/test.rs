//! A comparison in Rego: when it holds, when it fails, and what must be there to tell. Each outcome is a list of bodies, one of which must hold.

use super::super::document::{Expected, Operand, ParamType, Test};
use super::super::operator::Operator;
use super::term::{Names, constant, operand, reference, text};

/// Bodies, one of which must hold; each a list of literals.
pub(super) type Bodies = Vec<Vec<String>>;

/// When the comparison holds.
pub(super) fn holds(test: &Test, names: &mut Names) -> Bodies {
    outcome(test, true, names)
}

/// When it fails, with everything there and of the right type.
pub(super) fn fails(test: &Test, names: &mut Names) -> Bodies {
    outcome(test, false, names)
}

/// When a path that it needs is not there.
pub(super) fn missing(test: &Test, names: &mut Names) -> Bodies {
    needed(test, names).into_iter().map(|has| vec![format!("not {has}")]).collect()
}

/// The rules that say whether what it needs is there.
pub(super) fn needed(test: &Test, names: &mut Names) -> Vec<String> {
    if !can_miss(test) {
        return Vec::new();
    }
    let mut all = vec![names.has(&test.param)];
    for path in test.value_paths() {
        let has = names.has(path);
        if !all.contains(&has) {
            all.push(has);
        }
    }
    all
}

/// Something of the wrong type may be there, so that neither outcome can be told.
pub(super) fn can_mistype(test: &Test) -> bool {
    match test.operator {
        Operator::Exists | Operator::NotExists => test.param_type.is_some() || test.unit.is_some(),
        Operator::Equal | Operator::NotEqual | Operator::In | Operator::NotIn => {
            test.param_type.is_some() || test.unit.is_some() || matches!(test.expected, Expected::ListAt(_))
        }
        _ => true,
    }
}

/// It needs something to be there.
pub(super) fn can_miss(test: &Test) -> bool {
    !matches!(test.operator, Operator::Exists | Operator::NotExists)
}

fn outcome(test: &Test, wanted: bool, names: &mut Names) -> Bodies {
    let param = reference(&test.param);
    let guards = type_guards(test, &param);
    let bodies = match test.operator {
        Operator::Exists | Operator::NotExists => {
            let has = names.has(&test.param);
            let present = (test.operator == Operator::Exists) == wanted;
            if !present {
                return vec![vec![format!("not {has}")]];
            }
            vec![vec![has]]
        }
        Operator::Equal => equality(test, &param, wanted),
        Operator::NotEqual => equality(test, &param, !wanted),
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            order(test, &param, wanted)
        }
        Operator::Between => range(test, &param, wanted),
        Operator::NotBetween => range(test, &param, !wanted),
        Operator::In => membership(test, &param, wanted),
        Operator::NotIn => membership(test, &param, !wanted),
        Operator::Contains => containment(test, &param, wanted),
        Operator::NotContains => containment(test, &param, !wanted),
        Operator::Matches => pattern(test, &param, wanted),
        Operator::NotMatches => pattern(test, &param, !wanted),
        Operator::StartsWith => affix(test, &param, "startswith", wanted),
        Operator::EndsWith => affix(test, &param, "endswith", wanted),
    };
    bodies.into_iter().map(|body| merged(&guards, body)).collect()
}

/// The guards in front, none twice.
fn merged(guards: &[String], body: Vec<String>) -> Vec<String> {
    let mut all = guards.to_vec();
    for literal in body {
        if !all.contains(&literal) {
            all.push(literal);
        }
    }
    all
}

/// What the parameter's declared type asks for.
fn type_guards(test: &Test, param: &str) -> Vec<String> {
    let ty = test.param_type.or(test.unit.map(|_| ParamType::Number));
    match ty {
        None => Vec::new(),
        Some(ParamType::Integer) => vec![format!("is_number({param})"), format!("floor({param}) == {param}")],
        Some(ty) => vec![format!("is_{}({param})", ty.name())],
    }
}

fn one(test: &Test) -> Option<&Operand> {
    match &test.expected {
        Expected::One(one) => Some(one),
        _ => None,
    }
}

/// A call that is true or false, as a literal that holds if it has the wanted value. Both fail if the call is undefined.
fn truth(call: &str, wanted: bool) -> String {
    if wanted { call.to_owned() } else { format!("{call} == false") }
}

fn equality(test: &Test, param: &str, equal: bool) -> Bodies {
    let Some(value) = one(test) else { return Vec::new() };
    let mut body = Vec::new();
    if let (Some(path), Some(_)) = (value.path(), test.unit) {
        body.push(format!("is_number({})", reference(path)));
    }
    body.push(format!("{param} {} {}", if equal { "==" } else { "!=" }, operand(value)));
    vec![body]
}

/// The types in which parameter and operands may be compared, as guards of each.
fn ordered_guards(test: &Test, param: &str, operands: &[&Operand]) -> Bodies {
    let constant = operands.iter().find_map(|operand| match operand {
        Operand::Constant(value) => Some(value.as_number().is_some()),
        Operand::Path(..) => None,
    });
    let declared = match test.param_type {
        Some(ParamType::String) => Some(false),
        Some(_) => Some(true),
        None => test.unit.map(|_| true),
    };
    let guards = |is_number: bool| {
        let function = if is_number { "is_number" } else { "is_string" };
        let mut all = vec![format!("{function}({param})")];
        for path in operands.iter().filter_map(|operand| operand.path()) {
            all.push(format!("{function}({})", reference(path)));
        }
        all
    };
    match constant.or(declared) {
        Some(is_number) => vec![guards(is_number)],
        None => vec![guards(true), guards(false)],
    }
}

fn order(test: &Test, param: &str, wanted: bool) -> Bodies {
    let Some(value) = one(test) else { return Vec::new() };
    let operator = if wanted { Some(test.operator) } else { test.operator.negated() };
    let operator = operator.map_or("", Operator::name);
    let mut bodies = ordered_guards(test, param, &[value]);
    bodies.iter_mut().for_each(|body| body.push(format!("{param} {operator} {}", operand(value))));
    bodies
}

fn range(test: &Test, param: &str, within: bool) -> Bodies {
    let Expected::Range(low, high) = &test.expected else { return Vec::new() };
    let guards = ordered_guards(test, param, &[low, high]);
    let (low, high) = (operand(low), operand(high));
    let with = |literals: &[String]| guards.iter().map(|guard| merged(guard, literals.to_vec())).collect::<Bodies>();
    if within {
        return with(&[format!("{param} >= {low}"), format!("{param} <= {high}")]);
    }
    // Outside on either side; a range that is upside down has everything outside.
    let mut bodies = with(&[format!("{param} < {low}")]);
    bodies.extend(with(&[format!("{param} > {high}")]));
    bodies
}

fn membership(test: &Test, param: &str, wanted: bool) -> Bodies {
    match &test.expected {
        Expected::List(values) => {
            let set = writ_value::Value::set(values.iter().cloned());
            vec![vec![member(param, &constant(&set), wanted)]]
        }
        Expected::ListAt(path) => {
            let list = reference(path);
            vec![vec![format!("is_array({list})"), member(param, &list, wanted)]]
        }
        _ => Vec::new(),
    }
}

fn member(element: &str, collection: &str, wanted: bool) -> String {
    // A line that starts with a minus would go on with the literal before it.
    let element = if element.starts_with('-') { format!("({element})") } else { element.to_owned() };
    if wanted { format!("{element} in {collection}") } else { format!("({element} in {collection}) == false") }
}

fn containment(test: &Test, param: &str, wanted: bool) -> Bodies {
    let Some(value) = one(test) else { return Vec::new() };
    let part = operand(value);
    let mut bodies = Vec::new();
    let may_be_string = match value {
        Operand::Constant(constant) => constant.as_str().is_some(),
        Operand::Path(..) => true,
    };
    if may_be_string && test.param_type != Some(ParamType::Array) {
        let mut body = vec![format!("is_string({param})")];
        body.extend(value.path().map(|path| format!("is_string({})", reference(path))));
        body.push(truth(&format!("contains({param}, {part})"), wanted));
        bodies.push(body);
    }
    if test.param_type != Some(ParamType::String) {
        bodies.push(vec![format!("is_array({param})"), member(&part, param, wanted)]);
    }
    bodies
}

fn pattern(test: &Test, param: &str, wanted: bool) -> Bodies {
    let Expected::Pattern(pattern) = &test.expected else { return Vec::new() };
    let call = format!("regex.match({}, {param})", text(pattern));
    vec![vec![format!("is_string({param})"), truth(&call, wanted)]]
}

fn affix(test: &Test, param: &str, function: &str, wanted: bool) -> Bodies {
    let Some(value) = one(test) else { return Vec::new() };
    let mut body = vec![format!("is_string({param})")];
    body.extend(value.path().map(|path| format!("is_string({})", reference(path))));
    body.push(truth(&format!("{function}({param}, {})", operand(value)), wanted));
    vec![body]
}
