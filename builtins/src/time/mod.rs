//! `time.*`: nanoseconds since 1970, Go's layouts, and time zones from the bundled database.
//!
//! The host's own zone is not a policy's business: `Local` means UTC.

mod civil;
mod duration;
mod format;
mod layout;
mod parse;
mod zone;

pub(crate) use civil::Civil;
pub(crate) use duration::parse_go as parse_duration;
pub(crate) use parse::parse;

use writ_value::{Number, Value, number};

use crate::argument;
use crate::operand;
use crate::{Answer, Arg, Builtin, BuiltinError, Context};
use zone::Zone;

/// The namespace's built-ins.
pub(crate) const BUILTINS: &[Builtin] = &[
    Builtin::nondeterministic("time.now_ns", 0, now_ns),
    Builtin::of_args("time.parse_ns", 2, parse_ns),
    Builtin::of_args("time.parse_rfc3339_ns", 1, parse_rfc3339_ns),
    Builtin::new("time.parse_duration_ns", 1, parse_duration_ns),
    Builtin::new("time.format", 1, format),
    Builtin::new("time.date", 1, date),
    Builtin::new("time.clock", 1, clock),
    Builtin::new("time.weekday", 1, weekday),
    Builtin::new("time.add_date", 4, add_date),
    Builtin::new("time.diff", 2, diff),
];

/// An instant seen in a zone.
struct ZonedTime {
    ns: i64,
    zone: Zone,
}

impl ZonedTime {
    fn civil(&self) -> Civil {
        Civil::new(self.ns, self.zone.at(self.ns.div_euclid(1_000_000_000)).offset)
    }
}

/// Reads `ns`, `[ns, zone]` or `[ns, zone, layout]`.
fn operand_time(v: &Value) -> Result<(ZonedTime, String), BuiltinError> {
    // Also for the second operand, as in OPA.
    let wrong = || operand::type_error(1, v, &["either number (ns) or [number (ns), string (tz)]"]);
    let text = |v: &Value| match v {
        Value::String(s) => Ok(s.to_str_lossy().into_owned()),
        other => Err(operand::type_error(1, other, &["string"])),
    };
    let (n, zone, layout) = match v {
        Value::Number(_) => (v, Zone::Utc, String::new()),
        Value::Array(a) => {
            let n = a.first().ok_or_else(wrong)?;
            if !matches!(n, Value::Number(_)) {
                return Err(operand::type_error(1, n, &["number"]));
            }
            let zone = match a.get(1) {
                Some(z) => Zone::load(&text(z)?).map_err(BuiltinError::new)?,
                None => Zone::Utc,
            };
            (n, zone, a.get(2).map(text).transpose()?.unwrap_or_default())
        }
        _ => return Err(wrong()),
    };
    let Value::Number(n) = n else { return Err(wrong()) };
    let ns = exact_ns(n).ok_or_else(|| BuiltinError::new("timestamp too big"))?;
    Ok((ZonedTime { ns, zone }, layout))
}

fn exact_ns(n: &Number) -> Option<i64> {
    match n {
        Number::Int(i) => Some(*i),
        Number::Text(_) => number::to_bigint(n.as_num())?.try_into().ok(),
    }
}

/// Nanoseconds since 1970, if they fit 64 bits.
fn to_value(seconds: i128, ns: u32) -> Answer {
    i64::try_from(seconds * 1_000_000_000 + i128::from(ns))
        .map(|ns| Some(Value::from(ns)))
        .map_err(|_| BuiltinError::new("time outside of valid range"))
}

fn now_ns(context: &mut Context, _: &[Value]) -> Answer {
    Ok(Some(Value::from(context.now_ns())))
}

fn parse_ns(_: &mut Context, args: &[Arg<'_>]) -> Answer {
    let (layout, text) = (argument::text(args, 1)?, argument::text(args, 2)?);
    let layout = layout::named(layout);
    let (seconds, ns) = parse::parse(layout, text).map_err(BuiltinError::new)?;
    to_value(seconds.into(), ns)
}

fn parse_rfc3339_ns(_: &mut Context, args: &[Arg<'_>]) -> Answer {
    let text = argument::text(args, 1)?;
    let (seconds, ns) = parse::parse(layout::RFC3339, text).map_err(BuiltinError::new)?;
    to_value(seconds.into(), ns)
}

fn parse_duration_ns(_: &mut Context, args: &[Value]) -> Answer {
    let text = operand::text(args, 1)?;
    Ok(Some(Value::from(duration::parse(&text).map_err(BuiltinError::new)?)))
}

fn format(_: &mut Context, args: &[Value]) -> Answer {
    let (t, layout) = operand_time(&args[0])?;
    let layout = if layout.is_empty() { layout::RFC3339_NANO } else { layout::named(layout.as_bytes()) };
    if layout.len() > layout::MAX_LAYOUT {
        return Err(BuiltinError::new("layout too long"));
    }
    let zone = t.zone.at(t.ns.div_euclid(1_000_000_000));
    Ok(Some(Value::String(format::format(&t.civil(), &zone, layout).into())))
}

fn triple(values: [i64; 3]) -> Answer {
    Ok(Some(values.into_iter().map(Value::from).collect()))
}

fn date(_: &mut Context, args: &[Value]) -> Answer {
    let c = operand_time(&args[0])?.0.civil();
    triple([c.year, c.month, c.day])
}

fn clock(_: &mut Context, args: &[Value]) -> Answer {
    let c = operand_time(&args[0])?.0.civil();
    triple([c.hour, c.minute, c.second])
}

fn weekday(_: &mut Context, args: &[Value]) -> Answer {
    let c = operand_time(&args[0])?.0.civil();
    Ok(Some(layout::DAYS[c.weekday()].into()))
}

fn add_date(_: &mut Context, args: &[Value]) -> Answer {
    let (t, _) = operand_time(&args[0])?;
    let (years, months, days) = (operand::int(args, 2)?, operand::int(args, 3)?, operand::int(args, 4)?);
    let c = t.civil();
    let out_of_range = || BuiltinError::new("time outside of valid range");
    let year = c.year.checked_add(years).filter(|y| y.abs() < 1_000_000_000).ok_or_else(out_of_range)?;
    let month = c.month.checked_add(months).filter(|m| m.abs() < 1_000_000_000_000).ok_or_else(out_of_range)?;
    let day = c.day.checked_add(days).filter(|d| d.abs() < 1_000_000_000_000).ok_or_else(out_of_range)?;
    let local = Civil { year, month, day, ..c }.seconds();
    to_value(t.zone.instant(local).into(), c.ns)
}

/// Years, months, days, hours, minutes and seconds between two times, the second one seen in the first one's zone.
fn diff(_: &mut Context, args: &[Value]) -> Answer {
    let (a, _) = operand_time(&args[0])?;
    let (mut b, _) = operand_time(&args[1])?;
    b.zone = a.zone.clone();
    let (from, to) = if a.ns > b.ns { (b.civil(), a.civil()) } else { (a.civil(), b.civil()) };
    let mut d = [
        to.year - from.year,
        to.month - from.month,
        to.day - from.day,
        to.hour - from.hour,
        to.minute - from.minute,
        to.second - from.second,
    ];
    let carry = [0, 12, civil::days_in_month(from.year, from.month), 24, 60, 60];
    for i in (1..d.len()).rev() {
        if d[i] < 0 {
            d[i] += carry[i];
            d[i - 1] -= 1;
        }
    }
    Ok(Some(d.into_iter().map(Value::from).collect()))
}

/// Text in double quotes; what is no printable ASCII byte by byte in hexadecimal.
fn quote(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for &b in bytes {
        match b {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(b));
            }
            b' '..=0x7f => out.push(char::from(b)),
            _ => out.push_str(&format!("\\x{b:02x}")),
        }
    }
    out.push('"');
    out
}
