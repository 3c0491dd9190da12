//! The page `docs/performance.md`.

use std::fmt::Write;

use super::table::{absent, ratios};
use super::{cases, find, machine, means, ratio, table, time};
use crate::build::Build;
use crate::case::Case;
use crate::compare::{Effort, Missing, Row};
use crate::measure::{clock_cost, geometric_mean};
use crate::peers::{Engine, Mode, Setup};
use crate::tail::{Distribution, QUANTILES, Tail};

/// What the page shows beside the comparison.
#[derive(Debug, Default)]
pub struct Extra {
    /// Decisions one by one.
    pub tail: Option<Tail>,
    /// What policies cost before they decide.
    pub builds: Vec<Build>,
    /// A lookup in 100,000 rows: by the scan (nothing optimised), by the index, in nanoseconds.
    pub join: Option<(f64, f64)>,
}

/// The page; `chart` is the name of the chart's file beside it.
pub fn page(
    all: &[Case],
    rows: &[Row],
    missing: &[Missing],
    extra: &Extra,
    setup: &Setup,
    effort: Effort,
    chart: &str,
) -> String {
    let mut out = format!(
        "# Performance\n\nMade by `cargo run --release -p writ-benches --bin compare -- --report docs/performance.md`; do not edit.\n\n\
         ![Time from JSON text to decision]({chart})\n\n## In short\n\n"
    );
    out.push_str(&summary(rows, extra));
    out.push_str(METHOD);
    let _ = writeln!(
        out,
        "Here: {} rounds of {} ms per engine and form of input. Reading the clock twice costs {} ns on this machine, which is taken off single decisions.\n",
        effort.rounds,
        effort.slice.as_millis(),
        clock_cost().as_nanos()
    );
    out.push_str("## Machine and versions\n\n| | |\n| --- | --- |\n");
    for (name, value) in machine::facts(setup) {
        let _ = writeln!(out, "| {name} | {value} |");
    }
    out.push_str("\n## The cases\n\n| case | about | asked | policy | input | data |\n| --- | --- | --- | ---: | ---: | ---: |\n");
    for case in all {
        let policy: usize = case.policy.iter().map(|(_, text)| text.len()).sum();
        let data = case.data.as_ref().map_or_else(String::new, |data| bytes(data.len()));
        let (name, about, query, input) = (&case.name, &case.about, &case.query, bytes(case.input.len()));
        let _ = writeln!(out, "| {name} | {about} | `{query}` | {} | {input} | {data} |", bytes(policy));
    }
    out.push_str("\n## Geometric means over the small policies\n\nHow many times as long as Writ others take.\n\n");
    out.push_str(&means(rows));
    out.push_str("\n## All cases\n\n");
    out.push_str(
        &table::table(rows, &[]).split("Geometric means").next().unwrap_or_default().replace("Input: ", "### Input: "),
    );
    let absent = absent(missing);
    if !absent.is_empty() {
        out.push_str("### Not run\n\n");
        for line in absent.lines() {
            let _ = writeln!(out, "* {}", line.trim_start_matches("Missing: "));
        }
        out.push('\n');
    }
    builds(extra, &mut out);
    if let Some(tail) = &extra.tail {
        distribution(tail, &mut out);
    }
    out.push_str(LIMITS);
    out
}

fn bytes(count: usize) -> String {
    match count {
        n if n < 1000 => format!("{n} B"),
        n if n < 1_000_000 => format!("{:.1} kB", n as f64 / 1e3),
        n => format!("{:.1} MB", n as f64 / 1e6),
    }
}

/// What the project wants to be true, and what is.
fn summary(rows: &[Row], extra: &Extra) -> String {
    let mut out = "| aim | wanted | measured |\n| --- | --- | --- |\n".to_owned();
    let mut line = |aim: &str, wanted: &str, measured: String| {
        let _ = writeln!(out, "| {aim} | {wanted} | {measured} |");
    };
    let mean = |engine, mode| {
        let ratios = ratios(rows, engine, mode);
        if ratios.is_empty() { "not run".to_owned() } else { format!("{} ×", ratio(geometric_mean(ratios))) }
    };
    line("JSON text, against regorus' virtual machine", "8 ×", mean(Engine::RegorusRvm, Mode::Json));
    line("JSON text, against regorus' compiled policy", "25 ×", mean(Engine::RegorusCompiled, Mode::Json));
    line("JSON text, against OPA's Go evaluator", "40 ×", mean(Engine::OpaGo, Mode::Json));
    line("JSON text, against OPA's Wasm", "100 ×", mean(Engine::OpaWasm, Mode::Json));
    line("cases with JSON text in which a peer is faster", "none", slower(rows));
    line(
        "prepared input, against regorus' virtual machine with a parsed one",
        "10 ×",
        mean(Engine::RegorusRvm, Mode::Native),
    );
    line("a struct in, beyond a prepared input", "≤ 100 ns", structs(rows));
    let floor: Vec<f64> = ratios(rows, Engine::Floor, Mode::Json).iter().map(|x| 1.0 / x).collect();
    if !floor.is_empty() {
        line("JSON text, multiple of the floor", "≤ 2", ratio(geometric_mean(floor)));
    }
    if let Some(Tail { decisions, .. }) = &extra.tail {
        let p99 = format!(
            "{} ({} of {})",
            ratio(decisions.quantiles[2] / decisions.quantiles[0]),
            time(decisions.quantiles[2]),
            time(decisions.quantiles[0])
        );
        line("99th percentile of a million decisions, multiple of the median", "≤ 3", p99);
    }
    let json = |case: &str, engine| find(rows, case, engine, Mode::Json).map(|row| row.median_ns);
    if let (Some(many), Some(few)) = (json("rules-10000", Engine::Writ), json("rules-10", Engine::Writ)) {
        line("10,000 rules, multiple of 10", "≤ 3", ratio(many / few));
    }
    if let Some(build) = extra.builds.iter().find(|build| build.case == "rules-10000") {
        let measured = format!(
            "{:.2} MB, {:.2} s, {:.2} s",
            build.wasm_bytes as f64 / 1e6,
            build.compile_ms / 1e3,
            build.load_ms / 1e3
        );
        line("10,000 rules: module, compiling, loading", "< 4 MB, < 3 s, < 1.5 s", measured);
    }
    if let Some((scan, index)) = extra.join {
        line("a lookup in 100,000 rows by index, against the scan", "100 ×", format!("{} ×", ratio(scan / index)));
    }
    if let (Some(writ), Some(scan)) = (json("terraform-plan", Engine::Writ), json("terraform-plan", Engine::Floor)) {
        line("1 MB of input of which little is read, multiple of scanning it", "≤ 1.5", ratio(writ / scan));
    }
    out.push('\n');
    out
}

fn slower(rows: &[Row]) -> String {
    let peers = Engine::ALL.into_iter().filter(|engine| !matches!(engine, Engine::Writ | Engine::Floor));
    let faster: Vec<String> = peers
        .flat_map(|engine| cases(rows).into_iter().map(move |case| (engine, case)))
        .filter_map(|(engine, case)| {
            let peer = find(rows, case, engine, Mode::Json)?.median_ns;
            let writ = find(rows, case, Engine::Writ, Mode::Json)?.median_ns;
            (peer < writ).then(|| format!("{case} ({})", engine.name()))
        })
        .collect();
    if faster.is_empty() { "none".to_owned() } else { faster.join(", ") }
}

fn structs(rows: &[Row]) -> String {
    let of = |row: &Row| {
        let prepared = find(rows, &row.case, Engine::Writ, Mode::Native)?.median_ns;
        Some(format!("{} {} ns", row.case, (row.median_ns - prepared).round()))
    };
    let all: Vec<String> =
        rows.iter().filter(|row| row.engine == Engine::Writ && row.mode == Mode::Struct).filter_map(of).collect();
    if all.is_empty() { "not run".to_owned() } else { all.join(", ") }
}

fn builds(extra: &Extra, out: &mut String) {
    if extra.builds.is_empty() {
        return;
    }
    out.push_str("## Before the first decision\n\nRego to Wasm, and Wasm to an instance with its data, without the code cache; medians of three.\n\n");
    out.push_str("| case | compile | module | load |\n| --- | ---: | ---: | ---: |\n");
    for build in &extra.builds {
        let _ = writeln!(
            out,
            "| {} | {} | {:.0} kB | {} |",
            build.case,
            time(build.compile_ms * 1e6),
            build.wasm_bytes as f64 / 1e3,
            time(build.load_ms * 1e6)
        );
    }
    out.push('\n');
}

fn distribution(tail: &Tail, out: &mut String) {
    let _ = writeln!(
        out,
        "## The tail\n\n{} decisions of `{}` from JSON text in one thread, each timed, in alternation with as many idle spans of the median's length, in which a \
         loop only reads the clock. What both show is the machine's.\n",
        tail.decisions.count, tail.case
    );
    out.push_str("| | decisions | idle loop |\n| --- | ---: | ---: |\n");
    for (n, name) in QUANTILES.iter().enumerate() {
        let _ = writeln!(out, "| {name} | {} | {} |", time(tail.decisions.quantiles[n]), time(tail.idle.quantiles[n]));
    }
    let over = |d: &Distribution| format!("{} of {}", d.over_1ms, d.count);
    let _ = writeln!(out, "| over 1 ms | {} | {} |\n", over(&tail.decisions), over(&tail.idle));
}

const METHOD: &str = "## Method

`compare` loads each case into every engine, and checks first that all give the same answer; a difference ends the run. Then it measures in rounds: every engine, with
every form of input, gets a turn of a few milliseconds, and each round begins with another one, so that what disturbs the machine hits all alike. The first round warms
up. Half of a turn times batches of about 20 µs: the *median* is that of the batches' means. The other half times decisions one by one: their 99th percentile is *p99*.

| engine | what is measured |
| --- | --- |
| `writ` | the host SDK: `Writ::decide` on text, `Writ::decide_value` on a struct, `Writ::decide_prepared` on an input that `Writ::prepare` encoded; without decision cache and without `took` (`Builder::measure(false)`; looking at the clock costs about 30 ns more). The answer is made a value. |
| `regorus-rvm` | `RegoVM::set_input` and `execute` on one machine with the program loaded |
| `regorus-compiled` | `CompiledPolicy::eval_with_input` |
| `regorus-engine` | `Engine::set_input` and `eval_rule` |
| `opa-go` | `rego.PreparedEvalQuery.Eval` in a Go program of its own, which times itself; data as terms that are read without a copy; `native` is an input that is a term already |
| `opa-wasm` | `opa build -t wasm`, run by the crate opa-wasm; `native` is a `serde_json::Value`, which that crate turns into text itself |
| `floor` | `serde_json` reading the text as `IgnoredAny`, which keeps nothing, and one call of a Wasm function that does nothing; `native` is the call alone |

A policy is a small one with up to 4 KiB of Rego, 1 KiB of input and 64 KiB of data.

";

const LIMITS: &str = "## What the numbers do not say

* They are of one machine and one thread. Take the ratios, not the nanoseconds; those move by a tenth from run to run.
* The same input is decided again and again: caches and branch predictors are as warm as they get. A service that does other things in between pays more, with any engine.
* The cases are ours. They look like policies that people have, but yours may do what Writ is worse at; `--case` runs it.
* Nothing of a server is in here: no HTTP, no logs, no queue.
* p99 comes from single decisions, so it has the clock's own error of some nanoseconds, and the machine's stalls.
* The Go program pays for its garbage collector as it runs, inside of its turns; with larger heaps and more load that is another share.
";
