//! Doubles: `%e %E %f %F %g %G %x %X %b %v`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Spec;
use crate::shortest;

/// No double has more decimals, so what is asked beyond them are zeros.
const MAX_DECIMALS: usize = 1100;

/// Appends a double; false if the verb does not apply.
pub(super) fn write(f: f64, verb: char, spec: &Spec, out: &mut Vec<u8>) -> bool {
    let (verb, default) = match verb {
        'v' => ('g', None),
        'b' | 'g' | 'G' | 'x' | 'X' => (verb, None),
        'f' | 'e' | 'E' => (verb, Some(6)),
        'F' => ('f', Some(6)),
        _ => return false,
    };
    let precision = spec.precision.or(default);
    let mut digits = format_abs(f.abs(), verb, precision);
    if spec.sharp && verb != 'b' {
        digits = keep_point(&digits, verb, precision);
    }
    let sign = match (f.is_sign_negative(), spec.plus, spec.space) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        _ => "",
    };
    let len = sign.len() + digits.len();
    if spec.zero && !spec.minus && !sign.is_empty() && spec.width.is_some_and(|w| w > len) {
        out.extend_from_slice(sign.as_bytes());
        out.resize(out.len() + spec.width.unwrap_or(0) - len, b'0');
        out.extend_from_slice(digits.as_bytes());
    } else {
        spec.pad(format!("{sign}{digits}").as_bytes(), spec.zero, out);
    }
    true
}

/// The digits of a double that is not negative, as Go's `strconv.FormatFloat` gives them.
pub(crate) fn format_abs(f: f64, verb: char, precision: Option<usize>) -> String {
    match verb {
        'f' => fixed(f, precision),
        'e' => exponent(f, precision, 'e'),
        'E' => exponent(f, precision, 'E'),
        'G' => general(f, precision, 'E'),
        'x' => hexadecimal(f, precision, false),
        'X' => hexadecimal(f, precision, true),
        'b' => binary(f),
        _ => general(f, precision, 'e'),
    }
}

fn fixed(f: f64, precision: Option<usize>) -> String {
    let Some(p) = precision else { return shortest::plain(f) };
    let mut s = format!("{:.*}", p.min(MAX_DECIMALS), f);
    s.extend(core::iter::repeat_n('0', p.saturating_sub(MAX_DECIMALS)));
    s
}

fn exponent(f: f64, precision: Option<usize>, e: char) -> String {
    let s = match precision {
        Some(p) => format!("{:.*e}", p.min(MAX_DECIMALS), f),
        None => shortest::exponential(f),
    };
    let (mantissa, exp) = s.split_once('e').unwrap_or((&s, "0"));
    let mut out = String::from(mantissa);
    out.extend(core::iter::repeat_n('0', precision.unwrap_or(0).saturating_sub(MAX_DECIMALS)));
    push_exponent(exp.parse().unwrap_or(0), e, &mut out);
    out
}

fn push_exponent(exp: i32, e: char, out: &mut String) {
    out.push(e);
    out.push(if exp < 0 { '-' } else { '+' });
    out.push_str(&format!("{:02}", exp.unsigned_abs()));
}

fn general(f: f64, precision: Option<usize>, e: char) -> String {
    let s = match precision {
        Some(p) => format!("{:.*e}", p.clamp(1, MAX_DECIMALS) - 1, f),
        None => shortest::exponential(f),
    };
    let (mantissa, exp) = s.split_once('e').unwrap_or((&s, "0"));
    let exp: i32 = exp.parse().unwrap_or(0);
    let mut digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.truncate(digits.trim_end_matches('0').len());
    let n = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    // Without a precision, six digits decide between the forms.
    let limit = match precision {
        None => 6,
        Some(p) => {
            let p = i32::try_from(p.max(1)).unwrap_or(i32::MAX);
            if p > n && n > exp { n } else { p }
        }
    };
    if n == 0 {
        return String::from("0");
    }
    let mut out = String::new();
    if exp < -4 || exp >= limit {
        out.push_str(&digits[..1]);
        if digits.len() > 1 {
            out.push('.');
            out.push_str(&digits[1..]);
        }
        push_exponent(exp, e, &mut out);
    } else if exp < 0 {
        out.push_str("0.");
        out.extend(core::iter::repeat_n('0', usize::try_from(-exp - 1).unwrap_or(0)));
        out.push_str(&digits);
    } else {
        let int = usize::try_from(exp).unwrap_or(0) + 1;
        out.push_str(&digits[..int.min(digits.len())]);
        out.extend(core::iter::repeat_n('0', int.saturating_sub(digits.len())));
        if digits.len() > int {
            out.push('.');
            out.push_str(&digits[int..]);
        }
    }
    out
}

/// Mantissa and exponent of a double: `mantissa × 2^exponent`.
fn parts(f: f64) -> (u64, i32) {
    let bits = f.to_bits();
    let mantissa = bits & ((1 << 52) - 1);
    match i32::try_from((bits >> 52) & 0x7ff).unwrap_or(0) {
        0 => (mantissa, -1074),
        e => (mantissa | 1 << 52, e - 1075),
    }
}

fn binary(f: f64) -> String {
    let (mantissa, exp) = parts(f);
    format!("{mantissa}p{exp:+}")
}

fn hexadecimal(f: f64, precision: Option<usize>, upper: bool) -> String {
    const ONE: u64 = 1 << 60;
    let (mantissa, exp) = parts(f);
    let mut exp = exp + 52;
    let mut m = mantissa << 8;
    if m == 0 {
        exp = 0;
    }
    while m != 0 && m & ONE == 0 {
        m <<= 1;
        exp -= 1;
    }
    if let Some(p) = precision.filter(|&p| p < 15) {
        let shift = 60 - 4 * p;
        let rest = m & ((1 << shift) - 1);
        let half = 1 << (shift - 1);
        m >>= shift;
        if rest > half || (rest == half && m & 1 == 1) {
            m += 1;
        }
        m <<= shift;
        if m & (ONE << 1) != 0 {
            m >>= 1;
            exp += 1;
        }
    }
    let mut out = format!("0x{}", m >> 60);
    let mut fraction = format!("{:015x}", m & (ONE - 1));
    match precision {
        None => fraction.truncate(fraction.trim_end_matches('0').len()),
        Some(p) => {
            fraction.truncate(p);
            fraction.extend(core::iter::repeat_n('0', p.saturating_sub(15)));
        }
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(&fraction);
    }
    push_exponent(exp, 'p', &mut out);
    if upper {
        out.make_ascii_uppercase();
    }
    out
}

/// The flag `#`: there is always a point, and `%g` keeps its zeros.
fn keep_point(s: &str, verb: char, precision: Option<usize>) -> String {
    let hex = matches!(verb, 'x' | 'X');
    let mut missing = match verb {
        'g' | 'G' | 'x' => i64::try_from(precision.unwrap_or(6)).unwrap_or(0),
        _ => 0,
    };
    let tail_at = s.find(if hex { ['p', 'P'] } else { ['e', 'E'] }).unwrap_or(s.len());
    let (head, tail) = s.split_at(tail_at);
    let significant = head.chars().filter(|&c| c != '.').skip_while(|&c| c == '0').count();
    missing -= i64::try_from(significant).unwrap_or(0);
    let mut out = String::from(head);
    if !head.contains('.') {
        if head == "0" {
            missing -= 1;
        }
        out.push('.');
    }
    out.extend(core::iter::repeat_n('0', usize::try_from(missing).unwrap_or(0)));
    out.push_str(tail);
    out
}
