//! `compare`: Writ beside its peers, on our cases or yours.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command that reports to people")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use writ_benches::build::{self, Build};
use writ_benches::case::{self, Case};
use writ_benches::compare::{self, Effort, Missing, Row};
use writ_benches::measure;
use writ_benches::peers::{Engine, Setup};
use writ_benches::report::{self, Extra};
use writ_benches::tail;
use writ_compiler::plan::OptLevel;
use writ_runtime::{EngineConfig, EvalOptions, Instance, Limits, Module};

/// Runs Writ and every engine at hand on the same cases, in alternation, after checking that all give the same answers.
#[derive(Debug, Parser)]
#[command(name = "compare")]
struct Arguments {
    /// A case: NAME=POLICY.rego,INPUT.json[,DATA.json],QUERY, with a query such as data.authz.allow
    #[arg(long = "case", value_name = "CASE")]
    case: Vec<String>,
    /// A folder of cases, each a folder with case.json, policy.rego, input.json and perhaps data.json; default without --case: benches/cases
    #[arg(long, value_name = "DIR")]
    cases: Vec<PathBuf>,
    /// Only cases whose names contain this
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,
    /// Only these engines (writ always runs)
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    engines: Vec<String>,
    /// How to print the rows
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Also write a chart
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Also write the page of documentation, with chart, builds and tail; takes some minutes
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Instead of comparing: the distribution of so many single decisions of each small case, beside an idle loop
    #[arg(long, value_name = "COUNT", num_args = 0..=1, default_missing_value = "1000000")]
    tail: Option<usize>,
    /// Turns of each engine
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rounds: u32,
    /// Length of a turn in milliseconds
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    slice: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("compare: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    let cases = cases(arguments)?;
    let engines = engines(&arguments.engines)?;
    if let Some(count) = arguments.tail {
        return tails(&cases, count);
    }
    let effort = Effort { rounds: arguments.rounds, slice: Duration::from_millis(arguments.slice) };
    let mut setup = Setup::default();
    let (mut rows, mut missing, mut different): (Vec<Row>, Vec<Missing>, Vec<String>) = Default::default();
    for case in &cases {
        eprintln!("{} …", case.name);
        let outcome = compare::run(case, &mut setup, &engines, effort)?;
        for missing in &outcome.missing {
            eprintln!("{}: missing: {}: {}", case.name, missing.engine.name(), missing.why);
        }
        rows.extend(outcome.rows);
        missing.extend(outcome.missing);
        different.extend(outcome.different);
    }
    match arguments.format {
        Format::Table => print!("{}", report::table(&rows, &missing)),
        Format::Json => {
            let rows: Vec<_> = rows.iter().map(Row::to_json).collect();
            println!("{}", serde_json::to_string_pretty(&rows).map_err(|e| e.to_string())?);
        }
    }
    if let Some(path) = &arguments.svg {
        write(path, &report::chart(&rows))?;
    }
    if !different.is_empty() {
        for line in &different {
            eprintln!("different answers: {line}");
        }
        return Ok(ExitCode::FAILURE);
    }
    if let Some(path) = &arguments.report {
        let chart = path.with_extension("svg");
        write(&chart, &report::chart(&rows))?;
        let chart = chart.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let extra = extra(&cases)?;
        write(path, &report::page(&cases, &rows, &missing, &extra, &setup, effort, &chart))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn cases(arguments: &Arguments) -> Result<Vec<Case>, String> {
    let mut cases = arguments.case.iter().map(|text| Case::parse(text)).collect::<Result<Vec<_>, _>>()?;
    for folder in &arguments.cases {
        cases.extend(case::open_all(folder)?);
    }
    if cases.is_empty() {
        cases = case::open_all(&case::own())?;
    }
    if !arguments.only.is_empty() {
        cases.retain(|case| arguments.only.iter().any(|text| case.name.contains(text)));
    }
    if cases.is_empty() { Err("no case is left".to_owned()) } else { Ok(cases) }
}

fn engines(names: &[String]) -> Result<Vec<Engine>, String> {
    if names.is_empty() {
        return Ok(Engine::ALL.to_vec());
    }
    let known = |name: &String| Engine::ALL.into_iter().find(|engine| engine.name() == name);
    let mut engines = vec![Engine::Writ];
    for name in names {
        let engine = known(name).ok_or_else(|| format!("there is no engine `{name}`"))?;
        if engine != Engine::Writ {
            engines.push(engine);
        }
    }
    Ok(engines)
}

fn tails(cases: &[Case], count: usize) -> Result<ExitCode, String> {
    for case in cases.iter().filter(|case| case.is_small()) {
        let tail = tail::run(case, count.max(1))?;
        println!("{}\n{:>12} {:>14} {:>14}", tail.case, "", "decisions", "idle loop");
        for (n, name) in tail::QUANTILES.iter().enumerate() {
            println!("{name:>12} {:>11.0} ns {:>11.0} ns", tail.decisions.quantiles[n], tail.idle.quantiles[n]);
        }
        println!("{:>12} {:>14} {:>14}\n", "over 1 ms", tail.decisions.over_1ms, tail.idle.over_1ms);
    }
    Ok(ExitCode::SUCCESS)
}

fn extra(cases: &[Case]) -> Result<Extra, String> {
    let mut extra = Extra::default();
    if let Some(case) =
        cases.iter().find(|case| case.name == "abac").or_else(|| cases.iter().find(|case| case.is_small()))
    {
        extra.tail = Some(tail::run(case, 1_000_000)?);
    }
    extra.builds = cases.iter().map(|case| build::measure(case, 3)).collect::<Result<Vec<Build>, _>>()?;
    if let Some(case) = cases.iter().find(|case| case.name == "join") {
        extra.join = Some((lookup(case, OptLevel::O0)?, lookup(case, OptLevel::O2)?));
    }
    Ok(extra)
}

/// The median time of a decision on a prepared input, with the policy optimised so far.
fn lookup(case: &Case, level: OptLevel) -> Result<f64, String> {
    let say = |e: writ_runtime::EvalError| e.to_string();
    let wasm = build::wasm(case, level)?;
    let engine = writ_runtime::Engine::new(&EngineConfig::default()).map_err(say)?;
    let module = Module::new(&engine, &wasm).map_err(say)?;
    let limits = Limits { time: Duration::from_secs(10), ..Limits::default() };
    let mut instance = Instance::new(&module, limits).map_err(say)?;
    if let Some(data) = &case.data {
        instance.set_data(&writ_value::json::parse(data).map_err(|e| e.to_string())?).map_err(say)?;
    }
    let entrypoint = module.entrypoint(&case.entrypoint()).ok_or("the module has no such entrypoint")?;
    let input = instance.prepare_json(entrypoint, &case.input).map_err(say)?;
    let decide =
        |instance: &mut Instance| instance.decide_prepared(&input, EvalOptions::default(), |answer| answer.value());
    decide(&mut instance).map_err(say)?;
    Ok(measure::sample(Duration::from_millis(400), || decide(&mut instance)).median())
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
}
