//! Runs random programs through OPA and Writ and keeps what they disagree on.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use writ_compiler::plan::OptLevel;
use writ_fuzzgen::compare::{Difference, Kind, compare};
use writ_fuzzgen::evaluator::{Answer, Evaluator, Failure, Outcome};
use writ_fuzzgen::generate::{self, Options};
use writ_fuzzgen::opa::Opa;
use writ_fuzzgen::program::Program;
use writ_fuzzgen::writ::Writ;
use writ_fuzzgen::{case, print, quirks, shrink};

const USAGE: &str =
    "usage: differential --oracle PATH [--seed N] [--programs N] [--keep FOLDER] [--shrink N] [--max N] [--ignore-errors] [--hard] [--opt-level N] [--print] [--only-oracle]

  --oracle PATH    the oracle: `go build` in fuzzgen/oracle
  --seed N         first seed (0); program i has seed N + i
  --programs N     how many (1000)
  --keep FOLDER    where differences go, as case files or as .rego with what each says
  --shrink N       tries to make a difference smaller (400)
  --max N          stop after this many differences (20)
  --ignore-errors  count, but do not keep, documents that are an error for one only: which of several statements runs first
                   is free, and OPA's rule index skips rules before they could fail
  --hard           larger programs with more mistakes
  --opt-level N    how much Writ optimises: 0, 1 or 2 (2)
  --print          print the programs
  --only-oracle    do not compare: say how many programs OPA takes, and how fast";

fn main() -> ExitCode {
    match Arguments::parse(std::env::args().skip(1)).and_then(|arguments| run(&arguments)) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(message) => {
            report(&message);
            ExitCode::from(2)
        }
    }
}

#[expect(clippy::print_stderr, reason = "a command-line tool")]
fn report(text: &str) {
    eprintln!("{text}");
}

struct Arguments {
    oracle: PathBuf,
    seed: u64,
    programs: u64,
    keep: Option<PathBuf>,
    shrink: usize,
    max: usize,
    ignore_errors: bool,
    hard: bool,
    level: OptLevel,
    print: bool,
    only_oracle: bool,
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
        let mut oracle = None;
        let mut parsed = Arguments {
            oracle: PathBuf::new(),
            seed: 0,
            programs: 1000,
            keep: None,
            shrink: 400,
            max: 20,
            ignore_errors: false,
            hard: false,
            level: OptLevel::default(),
            print: false,
            only_oracle: false,
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value\n\n{USAGE}"));
            match word.as_str() {
                "--oracle" => oracle = Some(PathBuf::from(value()?)),
                "--seed" => parsed.seed = number(&value()?)?,
                "--programs" => parsed.programs = number(&value()?)?,
                "--keep" => parsed.keep = Some(PathBuf::from(value()?)),
                "--shrink" => parsed.shrink = number(&value()?)? as usize,
                "--max" => parsed.max = number(&value()?)? as usize,
                "--ignore-errors" => parsed.ignore_errors = true,
                "--hard" => parsed.hard = true,
                "--opt-level" => {
                    parsed.level = match value()?.as_str() {
                        "0" => OptLevel::O0,
                        "1" => OptLevel::O1,
                        "2" => OptLevel::O2,
                        other => return Err(format!("no level of optimisation: {other}")),
                    };
                }
                "--print" => parsed.print = true,
                "--only-oracle" => parsed.only_oracle = true,
                _ => return Err(USAGE.to_owned()),
            }
        }
        parsed.oracle = oracle.ok_or(USAGE)?;
        Ok(parsed)
    }
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("not a number: {text}"))
}

/// What was seen so far.
#[derive(Default)]
struct Tally {
    rejected: u64,
    documents: BTreeMap<&'static str, u64>,
    differences: BTreeMap<Kind, u64>,
}

fn run(arguments: &Arguments) -> Result<usize, String> {
    let mut opa =
        Timed { inner: Opa::start(&arguments.oracle).map_err(|e| e.to_string())?, time: Duration::ZERO, last: None };
    let mut writ =
        Timed { inner: Writ::start(arguments.level).map_err(|e| e.to_string())?, time: Duration::ZERO, last: None };
    let mut tally = Tally::default();
    let mut found = 0;
    for seed in arguments.seed..arguments.seed + arguments.programs {
        let program = generate::program(seed, if arguments.hard { Options::hard() } else { Options::default() });
        if quirks::misleads(&program) {
            continue;
        }
        if arguments.print {
            report(&format!("# seed {seed}\n{}", print::program(&program)));
        }
        let difference = if arguments.only_oracle {
            opa.evaluate(&program).map(|_| None)
        } else {
            compare(&mut opa, &mut writ, &program)
        };
        let difference = difference.map_err(|e| format!("seed {seed}: {e}"))?;
        count(&mut tally, opa.last.as_ref());
        if let Some(difference) = difference {
            if difference.kind.is_explained() || (arguments.ignore_errors && difference.kind == Kind::EvaluationErrors)
            {
                *tally.differences.entry(difference.kind).or_default() += 1;
                continue;
            }
            *tally.differences.entry(difference.kind.clone()).or_default() += 1;
            keep(arguments, &mut opa.inner, &mut writ.inner, &program, &difference, seed)?;
            found += 1;
            if found >= arguments.max {
                break;
            }
        }
    }
    report(&summary(arguments, &tally, opa.time, writ.time));
    Ok(found)
}

fn count(tally: &mut Tally, answer: Option<&Answer>) {
    match answer {
        Some(Answer::Rejected(_)) => tally.rejected += 1,
        Some(Answer::Evaluated(outcomes)) => {
            for outcome in outcomes {
                if outcome.len() > 1 {
                    *tally.documents.entry("depend on the index").or_default() += 1;
                }
                let kind = match outcome.first().unwrap_or(&Outcome::Undefined) {
                    Outcome::Value(_) => "values",
                    Outcome::Undefined => "undefined",
                    Outcome::Error(_) => "errors",
                };
                *tally.documents.entry(kind).or_default() += 1;
            }
        }
        None => {}
    }
}

/// Shrinks a difference and writes it down.
fn keep(
    arguments: &Arguments,
    opa: &mut Opa,
    writ: &mut Writ,
    program: &Program,
    difference: &Difference,
    seed: u64,
) -> Result<(), String> {
    let mut last = difference.clone();
    let smaller = shrink::shrink(program, arguments.shrink, |candidate| match compare(opa, writ, candidate) {
        Ok(Some(other)) if other.kind == difference.kind && !quirks::misleads(candidate) => {
            last = other;
            true
        }
        _ => false,
    });
    let text = format!("seed {seed}, {:?}\n{}", last.kind, last.text);
    let input = smaller.input.as_ref().map_or("undefined".to_owned(), writ_value::json::to_string);
    let data = writ_value::json::to_string(&smaller.data);
    report(&format!("{text}\n# input {input}\n# data {data}\n{}", print::program(&smaller)));
    let Some(folder) = &arguments.keep else { return Ok(()) };
    std::fs::create_dir_all(folder).map_err(|e| e.to_string())?;
    let (name, content) = match case::file(&smaller, &last, &format!("differential/seed {seed}")) {
        Some(content) => (format!("{seed}.json"), content),
        None => {
            let comment: String = text.lines().map(|line| format!("# {line}\n")).collect();
            (format!("{seed}.rego"), comment + &print::program(&smaller))
        }
    };
    std::fs::write(folder.join(name), content).map_err(|e| e.to_string())
}

fn summary(arguments: &Arguments, tally: &Tally, opa: Duration, writ: Duration) -> String {
    let rate = |time: Duration| arguments.programs as f64 / time.as_secs_f64().max(0.001);
    let mut out = format!(
        "{} programs from seed {}: OPA rejects {}, documents {:?}\nopa {:.0} programs/s",
        arguments.programs,
        arguments.seed,
        tally.rejected,
        tally.documents,
        rate(opa)
    );
    if !arguments.only_oracle {
        out += &format!(", writ {:.0} programs/s\ndifferences: {:?}", rate(writ), tally.differences);
    }
    out
}

/// An evaluator with its time and its last answer.
struct Timed<E> {
    inner: E,
    time: Duration,
    last: Option<Answer>,
}

impl<E: Evaluator> Evaluator for Timed<E> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn evaluate(&mut self, program: &Program) -> Result<Answer, Failure> {
        let start = Instant::now();
        let answer = self.inner.evaluate(program);
        self.time += start.elapsed();
        self.last = answer.as_ref().ok().cloned();
        answer
    }
}
