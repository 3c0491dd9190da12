//! `uuid.*`.

use writ_value::{Number, Value};

use crate::encoding::hex;
use crate::operand;
use crate::{Answer, Builtin, Context};

/// The namespace's built-ins.
pub(crate) const BUILTINS: &[Builtin] =
    &[Builtin::nondeterministic("uuid.rfc4122", 1, rfc4122), Builtin::new("uuid.parse", 1, parse)];

/// 100 ns intervals between the Gregorian calendar's start, from which UUIDs count, and 1970.
const GREGORIAN_TO_UNIX: i64 = 122_192_928_000_000_000;

/// A random UUID, the same for the same key within a decision.
fn rfc4122(context: &mut Context, args: &[Value]) -> Answer {
    context
        .once("uuid.rfc4122", args[0].clone(), |context| {
            let mut bytes = [0; 16];
            context.random(&mut bytes)?;
            bytes[6] = bytes[6] & 0x0f | 0x40;
            bytes[8] = bytes[8] & 0x3f | 0x80;
            let h = hex(&bytes);
            Ok(format!("{}-{}-{}-{}-{}", &h[..8], &h[8..12], &h[12..16], &h[16..20], &h[20..]).into())
        })
        .map(Some)
}

/// Undefined for text that is no UUID.
fn parse(_: &mut Context, args: &[Value]) -> Answer {
    let Some(u) = bytes(operand::string(args, 1)?.as_bytes()) else { return Ok(None) };
    let version = u[6] >> 4;
    let variant = match u[8] {
        b if b & 0xc0 == 0x80 => "RFC4122",
        b if b & 0xe0 == 0xc0 => "Microsoft",
        b if b & 0xe0 == 0xe0 => "Future",
        _ => "Reserved",
    };
    let mut out = vec![("version", Value::from(i64::from(version))), ("variant", variant.into())];
    if matches!(version, 1 | 2) {
        let multicast = ["global:unicast", "global:multicast", "local:unicast", "local:multicast"];
        let node: Vec<String> = u[10..].iter().map(|b| format!("{b:02x}")).collect();
        out.push(("time", Value::from(Number::from(unix_ns(&u)))));
        out.push(("nodeid", node.join("-").into()));
        out.push(("macvariables", multicast[usize::from(u[10] & 3)].into()));
        out.push(("clocksequence", Value::from(i64::from(u16::from_be_bytes([u[8], u[9]]) & 0x3fff))));
    }
    if version == 2 {
        out.push(("id", Value::from(i64::from(u32::from_be_bytes([u[0], u[1], u[2], u[3]])))));
        let domain = match u[9] {
            0 => "Person".to_owned(),
            1 => "Group".to_owned(),
            2 => "Org".to_owned(),
            n => format!("Domain{n}"),
        };
        out.push(("domain", domain.into()));
    }
    Ok(Some(Value::object(out)))
}

fn unix_ns(u: &[u8; 16]) -> i64 {
    let low = i64::from(u32::from_be_bytes([u[0], u[1], u[2], u[3]]));
    let mid = i64::from(u16::from_be_bytes([u[4], u[5]])) << 32;
    let high = i64::from(u16::from_be_bytes([u[6], u[7]]) & 0x0fff) << 48;
    (low | mid | high).wrapping_sub(GREGORIAN_TO_UNIX).wrapping_mul(100)
}

/// Plain, without dashes, in braces, or with `urn:uuid:`.
fn bytes(s: &[u8]) -> Option<[u8; 16]> {
    let s = match s.len() {
        32 => {
            let mut out = [0; 16];
            for (i, o) in out.iter_mut().enumerate() {
                *o = byte(&s[2 * i..])?;
            }
            return Some(out);
        }
        36 => s,
        38 => &s[1..],
        45 if s[..9].eq_ignore_ascii_case(b"urn:uuid:") => &s[9..],
        _ => return None,
    };
    if [8, 13, 18, 23].iter().any(|&i| s[i] != b'-') {
        return None;
    }
    let mut out = [0; 16];
    for (o, at) in out.iter_mut().zip([0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34]) {
        *o = byte(&s[at..])?;
    }
    Some(out)
}

fn byte(s: &[u8]) -> Option<u8> {
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok());
    Some(digit(s[0])? << 4 | digit(s[1])?)
}
