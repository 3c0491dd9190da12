//! Units convert exactly where a decimal can say the result.

use writ_value::Number;

use super::super::unit::{Unit, quantity};

fn convert(text: &str, to: &str) -> String {
    let (number, from) = quantity(text).unwrap();
    Unit::of(from).unwrap().conversion(Unit::of(to).unwrap()).unwrap().apply(&number).unwrap().to_string()
}

#[test]
fn quantities_convert_exactly() {
    for (from, to, expected) in [
        ("5 km", "m", "5000"),
        ("0.1 m", "mm", "100"),
        ("0.07 m", "cm", "7"),
        ("1 in", "cm", "2.54"),
        ("1 mi", "km", "1.609344"),
        ("120 km/h", "m/s", "33.333333333333336"),
        ("5.4 km/h", "m/s", "1.5"),
        ("1 lb", "g", "453.59237"),
        ("1.5 h", "s", "5400"),
        ("36 degF", "degF", "36"),
        ("212 degF", "degC", "100"),
        ("-40 degC", "degF", "-40"),
        ("0 K", "degC", "-273.15"),
        ("20 °C", "K", "293.15"),
        ("451 degF", "K", "505.92777777777778"),
        ("2 GiB", "MiB", "2048"),
        ("1 MB", "KiB", "976.5625"),
        ("99.9%", "ratio", "0.999"),
        ("25 bp", "%", "0.25"),
        ("1e3 EUR", "EUR", "1e3"),
        ("-0.5 µm", "nm", "-500"),
        ("100 Mbit/s", "MB/s", "12.5"),
    ] {
        let got = convert(from, to);
        let same = Number::parse(&got).unwrap() == Number::parse(expected).unwrap();
        let near = got.parse::<f64>().unwrap() == expected.parse::<f64>().unwrap();
        assert!(same || near, "{from} in {to}: {got}, not {expected}");
    }
}

#[test]
fn every_pair_of_units_converts_there_and_back_or_says_why_not() {
    let names: Vec<&str> = Unit::names().chain(["EUR", "USD"]).collect();
    let mut pairs = 0;
    for a in &names {
        for b in &names {
            let [one, other] = [a, b].map(|name| Unit::of(name).unwrap());
            match (one.conversion(other), other.conversion(one)) {
                (Ok(there), Ok(back)) => {
                    pairs += 1;
                    let number = Number::from(20i64);
                    let round = back.apply(&there.apply(&number).unwrap()).unwrap();
                    let error = (round.to_f64().unwrap() - 20.0).abs();
                    assert!(error < 1e-9, "{a} to {b} and back is {round}");
                }
                (Err(_), Err(_)) => {}
                _ => panic!("{a} and {b} convert one way only"),
            }
        }
    }
    assert!(pairs > 300, "{pairs}");
}

#[test]
fn what_is_no_quantity_is_none() {
    for text in ["", "5", "km", "5 ", "- 5 km", "1.2.3 km", "0x5 km", "1e km5", "٣ km"] {
        assert!(quantity(text).is_none_or(|(_, unit)| Unit::of(unit).is_none()), "{text}");
    }
}
