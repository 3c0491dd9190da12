//! `opa.runtime`, `rego.parse_module` and `rand.intn`: what the host injected, asked for by name.

use writ_value::{Object, Value};

use crate::operand;
use crate::{Answer, Builtin, BuiltinError, Context};

/// The namespaces' built-ins.
pub(crate) const BUILTINS: &[Builtin] = &[
    Builtin::nondeterministic("opa.runtime", 0, runtime),
    Builtin::nondeterministic("rand.intn", 2, intn),
    Builtin::new("rego.metadata.chain", 0, |_, _| outside_of_a_rule("rego.metadata.chain")),
    Builtin::new("rego.metadata.rule", 0, |_, _| outside_of_a_rule("rego.metadata.rule")),
    Builtin::new("rego.parse_module", 2, parse_module),
];

/// In rules the compiler puts the annotations in place of the call, so that only queries come here.
fn outside_of_a_rule(name: &str) -> Answer {
    Err(BuiltinError::new(format!("the {name} function must only be called within the scope of a rule")))
}

/// The runtime document without credentials and keys.
fn runtime(context: &mut Context, _: &[Value]) -> Answer {
    let Some(config) = context.runtime.get("config").filter(|c| matches!(c, Value::Object(_))) else {
        return Ok(Some(context.runtime.clone()));
    };
    let config = without(config, "services", &["credentials"]);
    let config = without(&config, "keys", &["key", "private_key"]);
    let mut runtime = context.runtime.as_object().cloned().unwrap_or_default();
    runtime.insert("config".into(), config);
    Ok(Some(runtime.into()))
}

/// The object without the named fields in every element of the collection under `section`.
fn without(config: &Value, section: &str, fields: &[&str]) -> Value {
    let redact = |v: &Value| match v {
        Value::Object(o) => {
            let mut o = Object::clone(o);
            o.retain(|k, _| !k.as_str().is_some_and(|k| fields.contains(&k)));
            o.into()
        }
        other => other.clone(),
    };
    let redacted = match config.get(section) {
        Some(Value::Object(o)) => o.iter().map(|(k, v)| (k.clone(), redact(v))).collect::<Object>().into(),
        Some(Value::Array(a)) => a.iter().map(redact).collect(),
        _ => return config.clone(),
    };
    let mut out = config.as_object().cloned().unwrap_or_default();
    out.insert(section.into(), redacted);
    out.into()
}

/// A number from 0 to below `|n|`, the same for the same arguments within a decision.
fn intn(context: &mut Context, args: &[Value]) -> Answer {
    operand::string(args, 1)?;
    let n = operand::int(args, 2)?.unsigned_abs();
    if n == 0 {
        return Ok(Some(Value::from(0)));
    }
    let key = Value::from(vec![args[0].clone(), Value::from(writ_value::Number::from(n))]);
    context
        .once("rand.intn", key, |context| {
            // Values beyond the last multiple of n would favour small results.
            let limit = u64::MAX - u64::MAX % n;
            loop {
                let mut bytes = [0; 8];
                context.random(&mut bytes)?;
                let r = u64::from_le_bytes(bytes);
                if r < limit {
                    return Ok(Value::from(writ_value::Number::from(r % n)));
                }
            }
        })
        .map(Some)
}

fn parse_module(context: &mut Context, args: &[Value]) -> Answer {
    // OPA's errors about either operand speak of the first.
    let (file, source) = (operand::text(args, 1)?, operand::text(&args[1..], 1)?);
    let Some(parse) = context.parse_module.clone() else {
        return Err(BuiltinError::halt("no parser was given to the built-ins"));
    };
    parse(&file, &source).map(Some).map_err(BuiltinError::new)
}
