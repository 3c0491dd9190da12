//! Numbers: canonical form, hostile exponents, limits.

use alloc::string::{String, ToString};
use core::cmp::Ordering;

use super::*;

fn n(text: &str) -> Number {
    Number::parse(text).unwrap_or_else(|e| unreachable!("{text}: {e}"))
}

#[test]
fn plain_integers_that_fit_are_inline() {
    for text in ["0", "-1", "9223372036854775807", "-9223372036854775808"] {
        assert!(matches!(n(text), Number::Int(_)), "{text}");
    }
    for text in ["-0", "1.0", "1e2", "9223372036854775808", "-9223372036854775809"] {
        assert!(matches!(n(text), Number::Text(_)), "{text}");
        assert_eq!(n(text).to_string(), text);
    }
}

#[test]
fn huge_exponents_compare_at_once() {
    let (big, one) = (NumRef::Text("1e1000000000"), NumRef::Int(1));
    assert_eq!(big.cmp(&one), Ordering::Greater);
    assert_eq!(NumRef::Text("-1e1000000000").cmp(&one), Ordering::Less);
    assert_eq!(NumRef::Text("1e-99999999999999999999").cmp(&NumRef::Int(0)), Ordering::Greater);
    assert_eq!(add(big, one), Err(NumberError::ResultTooBig));
    assert_eq!(mul(big, NumRef::Text("1.5")), Err(NumberError::ResultTooBig));
}

#[test]
fn results_are_bounded() {
    assert_eq!(shl(NumRef::Int(1), NumRef::Int(100_000_000)), Err(NumberError::ResultTooBig));
    assert_eq!(shr(NumRef::Int(-5), NumRef::Text("99999999999999999999999")), Ok(Number::Int(-1)));
    let big = n("1e30000");
    assert!(mul(big.as_num(), big.as_num()).is_ok());
    let bigger = n(&mul(big.as_num(), big.as_num()).expect("fits").to_string());
    assert_eq!(mul(bigger.as_num(), big.as_num()), Err(NumberError::ResultTooBig));
    assert_eq!(range(NumRef::Int(0), NumRef::Int(i64::MAX), NumRef::Int(1), 1000), Err(NumberError::RangeTooLong));
}

#[test]
fn exponents_are_limited_as_in_opa() {
    assert_eq!(Number::parse("1e40000"), Err(NumberError::TooBig));
    assert_eq!(Number::parse("1e-40000"), Err(NumberError::TooBig));
    assert!(Number::parse("1e30102").is_ok());
    assert_eq!(Number::parse("1e30103"), Err(NumberError::TooBig));
    assert!(Number::parse("9.990020930143845079e30102").is_ok());
    assert_eq!(Number::parse("9.990020930143845080e30102"), Err(NumberError::TooBig));
    assert!(Number::parse("5.00499451899347084e-30104").is_ok());
    assert_eq!(Number::parse("5.00499451899347083e-30104"), Err(NumberError::TooBig));
    assert!(Number::parse("0e99999").is_ok());
}

#[test]
fn text_that_is_no_number_is_refused() {
    for text in ["", "-", "01", "1.", ".5", "+1", "1e", "1e+", "0x10", "1_0", "NaN", "inf", " 1", "1 "] {
        assert_eq!(Number::parse(text), Err(NumberError::Syntax), "{text}");
    }
}

#[test]
fn go_notation_becomes_json_notation() {
    for (text, want) in
        [("+5", "5"), ("007", "7"), (".5", "0.5"), ("5.", "5"), ("-.5e3", "-0.5e3"), ("0x1p4", "16"), ("1.50", "1.50")]
    {
        assert_eq!(Number::parse_go(text).map(|n| n.to_string()), Ok(String::from(want)), "{text}");
    }
    for text in ["0x", "0x1", "1_000", "infinity", "--1"] {
        assert!(Number::parse_go(text).is_err(), "{text}");
    }
}

#[test]
fn ranges_run_both_ways() {
    let r = |a: &str, b: &str, s: i64| range(n(a).as_num(), n(b).as_num(), NumRef::Int(s), 100);
    assert_eq!(r("1", "7", 3), Ok([1, 4, 7].map(Number::Int).to_vec()));
    assert_eq!(r("2", "-3", 2), Ok([2, 0, -2].map(Number::Int).to_vec()));
    assert_eq!(r("1e0", "1.0", 1), Ok([1].map(Number::Int).to_vec()));
    assert_eq!(r("1", "2", 0), Err(NumberError::BadStep));
    assert_eq!(r("1.5", "2", 1), Err(NumberError::NotInteger(1)));
    assert_eq!(
        r("18446744073709551616", "18446744073709551618", 2).map(|v| v[1].to_string()),
        Ok(String::from("18446744073709551618"))
    );
}

#[test]
fn doubles_take_their_shortest_form() {
    for (f, want) in [(0.1, "0.1"), (1e6, "1e+06"), (123_456.0, "123456"), (1e-5, "1e-05"), (5.0, "5")] {
        assert_eq!(Number::from_f64(f).map(|n| n.to_string()), Some(String::from(want)));
    }
    assert!(Number::from_f64(f64::NAN).is_none());
}
