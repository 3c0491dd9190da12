//! Integers: `%d %b %o %O %x %X %c %q %U %v`.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use num_bigint::{BigInt, Sign};

use super::{Spec, push_char, text};
use crate::utf8;

/// Appends an integer; false if the verb does not apply.
pub(super) fn write(i: i64, verb: char, spec: &Spec, out: &mut Vec<u8>) -> bool {
    let (radix, upper) = match verb {
        'v' | 'd' => (10, false),
        'b' => (2, false),
        'o' | 'O' => (8, false),
        'x' => (16, false),
        'X' => (16, true),
        'c' => {
            let mut body = Vec::new();
            push_char(to_char(i), &mut body);
            spec.pad(&body, spec.zero, out);
            return true;
        }
        'q' => {
            let mut body = String::new();
            text::quote_char(to_char(i), spec.plus, &mut body);
            spec.pad(body.as_bytes(), spec.zero, out);
            return true;
        }
        'U' => {
            unicode(i, spec, out);
            return true;
        }
        _ => return false,
    };
    let digits = radix_digits(i.unsigned_abs(), radix, upper);
    let signed = i < 0 || spec.plus || spec.space;
    let mut least = 0;
    match spec.precision {
        Some(0) if i == 0 => {
            spec.pad(b"", false, out);
            return true;
        }
        Some(p) => least = p,
        None if spec.zero && !spec.minus => least = spec.width.unwrap_or(0).saturating_sub(usize::from(signed)),
        None => {}
    }
    let mut body = Vec::new();
    if i < 0 {
        body.push(b'-');
    } else if spec.plus {
        body.push(b'+');
    } else if spec.space {
        body.push(b' ');
    }
    let padded = least.max(digits.len());
    if verb == 'O' {
        body.extend_from_slice(b"0o");
    }
    if spec.sharp {
        match radix {
            2 => body.extend_from_slice(b"0b"),
            8 if padded == digits.len() && !digits.starts_with('0') => body.push(b'0'),
            16 => body.extend_from_slice(if upper { b"0X" } else { b"0x" }),
            _ => {}
        }
    }
    body.resize(body.len() + padded - digits.len(), b'0');
    body.extend_from_slice(digits.as_bytes());
    spec.pad(&body, false, out);
    true
}

fn radix_digits(u: u64, radix: u32, upper: bool) -> String {
    match radix {
        2 => alloc::format!("{u:b}"),
        8 => alloc::format!("{u:o}"),
        16 if upper => alloc::format!("{u:X}"),
        16 => alloc::format!("{u:x}"),
        _ => u.to_string(),
    }
}

fn to_char(i: i64) -> char {
    u32::try_from(i).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn unicode(i: i64, spec: &Spec, out: &mut Vec<u8>) {
    let mut body = alloc::format!("U+{:0>1$X}", i, spec.precision.unwrap_or(4).clamp(4, 60_000));
    if spec.sharp
        && let Some(c) = u32::try_from(i).ok().and_then(char::from_u32).filter(|&c| utf8::is_printable(c))
    {
        body.push_str(" '");
        body.push(c);
        body.push('\'');
    }
    spec.pad(body.as_bytes(), false, out);
}

/// Appends a wide integer by the rules of Go's `big.Int`, which notes verbs that do not apply by itself.
pub(super) fn write_big(i: &BigInt, verb: char, spec: &Spec, out: &mut Vec<u8>) {
    let radix = match verb {
        'b' => 2,
        'o' | 'O' => 8,
        'd' | 's' | 'v' => 10,
        'x' | 'X' => 16,
        _ => {
            out.extend_from_slice(b"%!");
            push_char(verb, out);
            out.extend_from_slice(alloc::format!("(big.Int={i})").as_bytes());
            return;
        }
    };
    let mut digits = i.magnitude().to_str_radix(radix);
    if verb == 'X' {
        digits.make_ascii_uppercase();
    }
    let sign: &[u8] = match i.sign() {
        Sign::Minus => b"-",
        _ if spec.plus || spec.plus_v => b"+",
        _ if spec.space => b" ",
        _ => b"",
    };
    let prefix: &[u8] = match verb {
        'O' => b"0o",
        'b' if spec.sharp => b"0b",
        'o' if spec.sharp => b"0",
        'x' if spec.sharp => b"0x",
        'X' if spec.sharp => b"0X",
        _ => b"",
    };
    let mut zeros = spec.precision.unwrap_or(0).saturating_sub(digits.len());
    let missing = spec.width.unwrap_or(0).saturating_sub(sign.len() + prefix.len() + zeros + digits.len());
    let (mut left, mut right) = (0, 0);
    if spec.minus {
        right = missing;
    } else if spec.zero && spec.precision.is_none() {
        zeros = missing;
    } else {
        left = missing;
    }
    out.resize(out.len() + left, b' ');
    out.extend_from_slice(sign);
    out.extend_from_slice(prefix);
    out.resize(out.len() + zeros, b'0');
    out.extend_from_slice(digits.as_bytes());
    out.resize(out.len() + right, b' ');
}
