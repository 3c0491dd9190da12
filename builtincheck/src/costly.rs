//! Calls on which OPA would spend gigabytes or minutes, so that they are not asked. What Writ makes of them is tested by
//! itself, with a bound on time and memory.

use writ_value::Value;

use crate::case::Case;

/// Whether the oracle should be spared.
#[must_use]
pub fn spared(case: &Case) -> bool {
    let int = |i: usize| case.args.get(i).and_then(Value::as_number).and_then(|n| n.to_f64());
    let text = |i: usize| case.args.get(i).and_then(Value::as_str).unwrap_or_default();
    match case.name.as_str() {
        "bits.lsh" | "bits.rsh" => int(1).is_some_and(|n| n.abs() > 10_000.0),
        "numbers.range" => too_many(int(0), int(1), Some(1.0)),
        "numbers.range_step" => too_many(int(0), int(1), int(2)),
        "net.cidr_expand" => wide_block(text(0)),
        "sprintf" => text(0).as_bytes().windows(6).any(|w| w.iter().all(u8::is_ascii_digit)) || huge(case),
        "strings.render_template" => text(0).contains("range") && digits(text(0)) > 4,
        "http.send" => goes_out(&case.args),
        _ => huge(case),
    }
}

fn too_many(from: Option<f64>, to: Option<f64>, step: Option<f64>) -> bool {
    match (from, to, step) {
        (Some(from), Some(to), Some(step)) => (to - from).abs() / step.abs().max(1.0) > 20_000.0,
        _ => false,
    }
}

fn wide_block(cidr: &str) -> bool {
    let Some((address, bits)) = cidr.rsplit_once('/') else { return false };
    let Ok(bits) = bits.parse::<u32>() else { return false };
    let total = if address.contains(':') { 128 } else { 32 };
    bits + 12 < total
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// A number of a magnitude that OPA's big numbers choke on.
fn huge(case: &Case) -> bool {
    fn exponent(v: &Value) -> bool {
        match v {
            Value::Number(n) => {
                let text = n.to_string();
                let after = text.split_once(['e', 'E']).and_then(|(_, e)| e.parse::<i64>().ok());
                text.contains(['e', 'E']) && after.is_none_or(|e| e.abs() > 5_000)
            }
            Value::Array(a) => a.iter().any(exponent),
            Value::Object(o) => o.iter().any(|(k, v)| exponent(k) || exponent(v)),
            Value::Set(s) => s.iter().any(exponent),
            _ => false,
        }
    }
    case.args.iter().any(exponent)
}

/// A request to anywhere but a port of this machine on which nobody listens, or one that is tried again and again.
fn goes_out(args: &[Value]) -> bool {
    let text = args.iter().map(ToString::to_string).collect::<String>().to_ascii_lowercase();
    let elsewhere = text.split("//").skip(1).any(|rest| !rest.starts_with("127.0.0.1:1/"));
    elsewhere || text.contains("retry")
}
