//! What plain scalars mean: null, booleans, numbers, else text.

use writ_value::{Number, Value, number, shortest};

/// The meaning of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Merge,
    Timestamp,
    Text,
}

/// Resolves an untagged plain scalar.
pub(super) fn resolve(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        "<<" => return Scalar::Merge,
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return Scalar::Text;
    }
    if !text.starts_with('.') {
        if is_timestamp(text) {
            return Scalar::Timestamp;
        }
        if let Some(i) = integer(&text.replace('_', "")) {
            return Scalar::Int(i);
        }
    }
    let plain = if text.starts_with('.') { text.to_owned() } else { text.replace('_', "") };
    match float(&plain) {
        Some(f) => Scalar::Float(f),
        None => Scalar::Text,
    }
}

/// Go's integers with a base prefix, and a leading zero for octal; 64 bits.
fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.is_empty() || digits.len() > 64 || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    let signed = if negative { -i128::from(magnitude) } else { magnitude.into() };
    // Only unsigned text may use the 64th bit.
    let fits = i64::try_from(signed).is_ok() || !text.starts_with(['-', '+']);
    fits.then_some(signed)
}

fn float(text: &str) -> Option<f64> {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exp) = body.split_once(['e', 'E']).map_or((body, None), |(m, e)| (m, Some(e)));
    let (int, frac) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |s: &str| s.bytes().all(|c| c.is_ascii_digit());
    let exp_ok = exp.is_none_or(|e| {
        let e = e.strip_prefix(['+', '-']).unwrap_or(e);
        !e.is_empty() && digits(e)
    });
    if !digits(int) || !digits(frac) || (int.is_empty() && frac.is_empty()) || !exp_ok {
        return None;
    }
    text.parse::<f64>().ok().filter(|f| f.is_finite())
}

/// Dates, and dates with times, in the forms that go-yaml takes for a timestamp.
fn is_timestamp(text: &str) -> bool {
    let b = text.as_bytes();
    let digits = |s: &[u8]| s.iter().all(u8::is_ascii_digit);
    if b.len() < 8 || !digits(&b[..4]) || b[4] != b'-' {
        return false;
    }
    let mut parts = text[5..].splitn(2, '-');
    let (Some(month), Some(rest)) = (parts.next(), parts.next()) else { return false };
    let day_len = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (day, time) = rest.split_at(day_len);
    let in_range =
        |s: &str, max: u32| (1..=2).contains(&s.len()) && s.parse::<u32>().is_ok_and(|n| (1..=max).contains(&n));
    if !in_range(month, 12) || !in_range(day, 31) {
        return false;
    }
    if time.is_empty() {
        return true;
    }
    // Behind a `T` a zone is needed, behind a space none is taken.
    match (time.strip_prefix(['t', 'T']), time.strip_prefix(' ')) {
        (Some(time), _) => time_of_day(time).is_some_and(is_zone),
        (_, Some(time)) => time_of_day(time).is_some_and(str::is_empty),
        _ => false,
    }
}

/// What follows a time of day: `15:4:5.999`.
fn time_of_day(text: &str) -> Option<&str> {
    let rest = field(text, 23)?.strip_prefix(':')?;
    let rest = field(field(rest, 59)?.strip_prefix(':')?, 59)?;
    let Some(fraction) = rest.strip_prefix(['.', ',']) else { return Some(rest) };
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0).then(|| &fraction[digits..])
}

/// What follows one or two digits of a number up to `max`.
fn field(text: &str, max: u32) -> Option<&str> {
    let digits = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    number.parse::<u32>().is_ok_and(|n| n <= max).then_some(rest)
}

/// `Z`, or hours and minutes from it.
fn is_zone(text: &str) -> bool {
    let two = |b: &[u8]| b.iter().all(u8::is_ascii_digit);
    match text.as_bytes() {
        b"Z" => true,
        [b'+' | b'-', hours @ .., b':', m, n] if hours.len() == 2 => two(hours) && two(&[*m, *n]),
        _ => false,
    }
}

/// The value of a resolved scalar.
pub(super) fn to_value(scalar: &Scalar, text: &str) -> Result<Value, String> {
    Ok(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Bool(b) => Value::Bool(*b),
        Scalar::Int(i) => Number::parse(&i.to_string()).map_err(|e| e.to_string())?.into(),
        Scalar::Float(f) if f.is_nan() => return Err("json: unsupported value: NaN".to_owned()),
        Scalar::Float(f) if f.is_infinite() => {
            let sign = if *f > 0.0 { '+' } else { '-' };
            return Err(format!("json: unsupported value: {sign}Inf"));
        }
        Scalar::Float(f) => number_of(*f)?,
        Scalar::Merge | Scalar::Timestamp | Scalar::Text => Value::from(text),
    })
}

/// A double as Go's JSON encoder writes it.
pub(super) fn number_of(f: f64) -> Result<Value, String> {
    let text = if f != 0.0 && (f.abs() < 1e-6 || f.abs() >= 1e21) {
        let s = shortest::exponential(f);
        match s.split_once('e') {
            Some((m, e)) if !e.starts_with('-') => format!("{m}e+{e}"),
            _ => s,
        }
    } else {
        shortest::plain(f)
    };
    Number::parse(&text).map(Value::from).map_err(|e| e.to_string())
}

/// A key as it stands in the JSON object.
pub(super) fn key_text(scalar: &Scalar, text: &str) -> Option<String> {
    Some(match scalar {
        Scalar::Null => return None,
        Scalar::Bool(b) => b.to_string(),
        Scalar::Int(i) => i.to_string(),
        Scalar::Float(f) if f.is_nan() => ".nan".to_owned(),
        Scalar::Float(f) if f.is_infinite() => if *f > 0.0 { ".inf" } else { "-.inf" }.to_owned(),
        #[expect(clippy::cast_possible_truncation, reason = "go-yaml shows float keys in single precision")]
        Scalar::Float(f) => {
            let short = (*f as f32).to_string().parse::<f64>().unwrap_or(*f);
            Number::from_f64(short).map(|n| n.to_string())?
        }
        Scalar::Merge | Scalar::Timestamp | Scalar::Text => text.to_owned(),
    })
}

/// Text that resolves to something else unless it is quoted, also for readers of YAML 1.1.
pub(super) fn needs_quotes(text: &str) -> bool {
    const OLD_BOOLEANS: [&str; 16] =
        ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF"];
    !matches!(resolve(text), Scalar::Text | Scalar::Merge) || OLD_BOOLEANS.contains(&text) || is_sexagesimal(text)
}

/// `12:30:45` and the like, which YAML 1.1 takes for a number.
fn is_sexagesimal(text: &str) -> bool {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (body, fraction) = body.split_once('.').unwrap_or((body, ""));
    let mut parts = body.split(':');
    let first = parts.next().unwrap_or_default();
    let head =
        first.starts_with(|c: char| c.is_ascii_digit()) && first.bytes().all(|c| c.is_ascii_digit() || c == b'_');
    let mut n = 0;
    let tail = parts.all(|p| {
        n += 1;
        (1..=2).contains(&p.len()) && p.bytes().all(|c| c.is_ascii_digit()) && (p.len() == 1 || p.as_bytes()[0] < b'6')
    });
    head && tail && n > 0 && fraction.bytes().all(|c| c.is_ascii_digit() || c == b'_')
}

/// A number as go-yaml writes it after reading its JSON text as YAML; a double that is too large stays text.
pub(super) fn number_text(n: &Number) -> String {
    let text = n.to_string();
    match resolve(&text) {
        Scalar::Int(i) => i.to_string(),
        Scalar::Float(f) => {
            let negative_zero = f == 0.0 && f.is_sign_negative();
            if negative_zero { "-0".to_owned() } else { float_text(f, text) }
        }
        _ => text,
    }
}

fn float_text(f: f64, fallback: String) -> String {
    Number::from_f64(f).map_or(fallback, |n| number::NumRef::to_string(&n.as_num()))
}
