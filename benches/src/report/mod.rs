//! What was measured, for people: tables, a chart, a page of documentation.

mod machine;
mod page;
mod svg;
mod table;

pub use page::{Extra, page};
pub use svg::chart;
pub use table::{means, table};

use crate::compare::Row;
use crate::peers::{Engine, Mode};

/// The row of a case.
pub(crate) fn find<'r>(rows: &'r [Row], case: &str, engine: Engine, mode: Mode) -> Option<&'r Row> {
    rows.iter().find(|row| row.case == case && row.engine == engine && row.mode == mode)
}

/// Names of the cases, in order.
pub(crate) fn cases(rows: &[Row]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        if !names.contains(&row.case.as_str()) {
            names.push(&row.case);
        }
    }
    names
}

/// A time with its unit, three digits.
pub(crate) fn time(nanos: f64) -> String {
    let (value, unit) = match nanos {
        n if n < 1e3 => (n, "ns"),
        n if n < 1e6 => (n / 1e3, "µs"),
        n if n < 1e9 => (n / 1e6, "ms"),
        n => (n / 1e9, "s"),
    };
    let digits = if unit == "ns" || value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.digits$} {unit}")
}

/// A ratio, two or three digits.
pub(crate) fn ratio(x: f64) -> String {
    if x.is_nan() {
        return "–".to_owned();
    }
    let digits = if x >= 100.0 {
        0
    } else if x >= 10.0 {
        1
    } else {
        2
    };
    format!("{x:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_ratios_have_few_digits() {
        assert_eq!(time(187.4), "187 ns");
        assert_eq!(time(1234.0), "1.23 µs");
        assert_eq!(time(98_765.0), "98.8 µs");
        assert_eq!(time(2.5e9), "2.50 s");
        assert_eq!((ratio(1.234), ratio(12.34), ratio(1234.5)), ("1.23".into(), "12.3".into(), "1234".into()));
    }
}
