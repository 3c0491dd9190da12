//! A chart: for each case a group of bars on a logarithmic scale of time.

use std::fmt::Write;

use super::{cases, find, time};
use crate::compare::Row;
use crate::peers::{Engine, Mode};

const BAR: f64 = 11.0;
const GAP: f64 = 14.0;
const LEFT: f64 = 130.0;
const WIDTH: f64 = 640.0;
const TOP: f64 = 64.0;

fn colour(engine: Engine) -> &'static str {
    match engine {
        Engine::Writ => "#0b6e4f",
        Engine::RegorusRvm => "#1f77b4",
        Engine::RegorusCompiled => "#6baed6",
        Engine::RegorusEngine => "#b5d4ea",
        Engine::OpaGo => "#d95f02",
        Engine::OpaWasm => "#f2a65a",
        Engine::Floor => "#999999",
    }
}

/// Medians with JSON text in, as an SVG document.
pub fn chart(rows: &[Row]) -> String {
    let rows: Vec<Row> = rows.iter().filter(|row| row.mode == Mode::Json).cloned().collect();
    let least = rows.iter().map(|row| row.median_ns).fold(f64::INFINITY, f64::min).clamp(1.0, 1e9);
    let greatest = rows.iter().map(|row| row.median_ns).fold(least * 10.0, f64::max);
    let (low, high) = (least.log10().floor(), greatest.log10().ceil());
    let x = |nanos: f64| LEFT + (nanos.max(1.0).log10() - low) / (high - low) * WIDTH;

    let mut bars = String::new();
    let mut y = TOP;
    for case in cases(&rows) {
        let begin = y;
        for engine in Engine::ALL {
            let Some(row) = find(&rows, case, engine, Mode::Json) else { continue };
            let _ = writeln!(
                bars,
                r#"<rect x="{LEFT}" y="{y}" width="{:.1}" height="{}" fill="{}"><title>{}: {}</title></rect><text x="{:.1}" y="{:.1}" class="v">{}</text>"#,
                x(row.median_ns) - LEFT,
                BAR - 1.0,
                colour(engine),
                engine.name(),
                time(row.median_ns),
                x(row.median_ns) + 4.0,
                y + BAR - 2.5,
                time(row.median_ns)
            );
            y += BAR;
        }
        let _ = writeln!(
            bars,
            r#"<text x="{:.1}" y="{:.1}" text-anchor="end">{}</text>"#,
            LEFT - 8.0,
            f64::midpoint(begin, y) + 4.0,
            escape(case)
        );
        y += GAP;
    }

    let mut grid = String::new();
    for power in low as i32..=high as i32 {
        let (at, nanos) = (x(10f64.powi(power)), 10f64.powi(power));
        let _ = writeln!(
            grid,
            r##"<line x1="{at:.1}" y1="{:.1}" x2="{at:.1}" y2="{y:.1}" stroke="#ddd"/><text x="{at:.1}" y="{:.1}" text-anchor="middle">{}</text>"##,
            TOP - 6.0,
            TOP - 12.0,
            time(nanos)
        );
    }
    let mut legend = String::new();
    let mut at = LEFT;
    for engine in Engine::ALL.into_iter().filter(|engine| rows.iter().any(|row| row.engine == *engine)) {
        let _ = writeln!(
            legend,
            r#"<rect x="{at}" y="14" width="11" height="11" fill="{}"/><text x="{}" y="24">{}</text>"#,
            colour(engine),
            at + 15.0,
            engine.name()
        );
        at += 30.0 + 7.0 * engine.name().len() as f64;
    }
    let (width, height) = (LEFT + WIDTH + 90.0, y + 10.0);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">
<title>Time from JSON text to decision, median, logarithmic scale</title>
<style>text {{ font: 12px sans-serif; fill: #222 }} .v {{ font-size: 9px; fill: #444 }}</style>
<rect width="100%" height="100%" fill="#fff"/>
{grid}{legend}{bars}</svg>
"##
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_grow_with_time_and_names_are_escaped() {
        let row = |engine, median_ns| Row {
            case: "a<b".to_owned(),
            small: true,
            engine,
            mode: Mode::Json,
            median_ns,
            p99_ns: median_ns,
            answer: None,
        };
        let svg = chart(&[row(Engine::Writ, 200.0), row(Engine::OpaGo, 20_000.0)]);
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(svg.contains("a&lt;b") && svg.contains("20.0 µs"));
        assert_eq!(svg.matches("<title>writ: 200 ns").count(), 1);
    }
}
