//! Tables in Markdown, which terminals show as well.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{cases, find, ratio, time};
use crate::compare::{Missing, Row};
use crate::measure::geometric_mean;
use crate::peers::{Engine, Mode};

/// All rows, and the means below.
pub fn table(rows: &[Row], missing: &[Missing]) -> String {
    let mut out = String::new();
    for mode in [Mode::Json, Mode::Native, Mode::Struct] {
        one(rows, mode, &mut out);
    }
    let means = means(rows);
    if !means.is_empty() {
        out.push_str("Geometric means over the small policies: how many times as long as Writ others take.\n\n");
        out.push_str(&means);
        out.push('\n');
    }
    out.push_str(&absent(missing));
    out
}

/// One form of input: median, 99th percentile, and each engine's time as a multiple of Writ's.
fn one(rows: &[Row], mode: Mode, out: &mut String) {
    let rows: Vec<Row> = rows.iter().filter(|row| row.mode == mode).cloned().collect();
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "Input: {}\n", describe(mode));
    out.push_str("| case | engine | median | p99 | × Writ |\n| --- | --- | ---: | ---: | ---: |\n");
    for case in cases(&rows) {
        let writ = find(&rows, case, Engine::Writ, mode).map_or(f64::NAN, |row| row.median_ns);
        for row in rows.iter().filter(|row| row.case == case) {
            let _ = writeln!(
                out,
                "| {case} | {} | {} | {} | {} |",
                row.engine.name(),
                time(row.median_ns),
                time(row.p99_ns),
                ratio(row.median_ns / writ)
            );
        }
    }
    out.push('\n');
}

pub(super) fn describe(mode: Mode) -> &'static str {
    match mode {
        Mode::Json => "`json`, JSON text",
        Mode::Native => "`native`, the engine's own form, made before the clock starts",
        Mode::Struct => "`struct`, a Rust struct",
    }
}

/// Other engines' times as multiples of Writ's, as geometric means over the small cases that both run.
pub fn means(rows: &[Row]) -> String {
    let mut out = String::new();
    for mode in [Mode::Json, Mode::Native, Mode::Struct] {
        for engine in Engine::ALL.into_iter().filter(|engine| *engine != Engine::Writ) {
            let ratios = ratios(rows, engine, mode);
            if !ratios.is_empty() {
                if out.is_empty() {
                    out.push_str("| input | engine | × Writ | least | greatest | cases |\n| --- | --- | ---: | ---: | ---: | ---: |\n");
                }
                let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
                let greatest = ratios.iter().copied().fold(0.0, f64::max);
                let _ = writeln!(
                    out,
                    "| {} | {} | {} | {} | {} | {} |",
                    mode.name(),
                    engine.name(),
                    ratio(geometric_mean(ratios.iter().copied())),
                    ratio(least),
                    ratio(greatest),
                    ratios.len()
                );
            }
        }
    }
    out
}

/// For each small case, the engine's median by Writ's.
pub(super) fn ratios(rows: &[Row], engine: Engine, mode: Mode) -> Vec<f64> {
    let small = rows.iter().filter(|row| row.small && row.engine == engine && row.mode == mode);
    small.filter_map(|row| Some(row.median_ns / find(rows, &row.case, Engine::Writ, mode)?.median_ns)).collect()
}

/// Engines that took no part, and why.
pub(super) fn absent(missing: &[Missing]) -> String {
    let mut reasons: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for m in missing {
        reasons.entry((m.engine.name(), &m.why)).or_default().push(&m.case);
    }
    let mut out = String::new();
    for ((engine, why), cases) in reasons {
        let _ = writeln!(out, "Missing: {engine} in {}: {why}", cases.join(", "));
    }
    out
}
