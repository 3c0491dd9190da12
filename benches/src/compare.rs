//! Runs a case: every engine must give the same answer, then all are measured in turns.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::case::Case;
use crate::measure::Samples;
use crate::peers::{Answer, Engine, Mode, Peer, Setup, parse};

/// How long to measure.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Times that every engine gets its turn.
    pub rounds: u32,
    /// Length of a turn.
    pub slice: Duration,
}

/// One line of the comparison.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the columns of the table")]
pub struct Row {
    pub case: String,
    pub small: bool,
    pub engine: Engine,
    pub mode: Mode,
    pub median_ns: f64,
    pub p99_ns: f64,
    /// `None` of the floor, which decides nothing.
    pub answer: Option<Answer>,
}

impl Row {
    /// As `--format json` prints it. An undefined answer is null, with `"undefined": true` beside it; so is the floor's, which has none.
    pub fn to_json(&self) -> Json {
        let answer = match &self.answer {
            Some(Some(value)) => serde_json::from_str(&writ_value::json::to_string(value)).unwrap_or(Json::Null),
            _ => Json::Null,
        };
        let mut row = json!({
            "case": self.case,
            "engine": self.engine.name(),
            "mode": self.mode.name(),
            "median_ns": rounded(self.median_ns),
            "p99_ns": rounded(self.p99_ns),
            "answer": answer,
        });
        if self.answer == Some(None) {
            row["undefined"] = Json::Bool(true);
        }
        row
    }
}

fn rounded(nanos: f64) -> f64 {
    (nanos * 10.0).round() / 10.0
}

/// Why an engine takes no part in a case.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "what it says")]
pub struct Missing {
    pub case: String,
    pub engine: Engine,
    pub why: String,
}

/// What a case gave.
#[derive(Debug, Default)]
#[allow(missing_docs, reason = "what it says")]
pub struct Outcome {
    pub rows: Vec<Row>,
    pub missing: Vec<Missing>,
    /// Answers that differ from Writ's. Such a case is not measured.
    pub different: Vec<String>,
}

/// Runs one case.
///
/// # Errors
/// When Writ itself cannot run it, or an engine fails while it is measured.
pub fn run(case: &Case, setup: &mut Setup, engines: &[Engine], effort: Effort) -> Result<Outcome, String> {
    let mut outcome = Outcome::default();
    let mut expected: Option<Answer> = None;
    let mut peers: Vec<Box<dyn Peer>> = Vec::new();
    for &engine in engines {
        match setup.peer(engine, case) {
            Ok(peer) => peers.push(peer),
            Err(why) if engine == Engine::Writ => return Err(format!("{}: writ: {why}", case.name)),
            Err(why) => outcome.missing.push(Missing { case: case.name.clone(), engine, why }),
        }
    }
    for peer in &mut peers {
        for mode in peer.modes() {
            let engine = peer.engine();
            match peer.answer(mode) {
                Ok(Some(answer)) => {
                    let answer = plain(answer)?;
                    let expected = expected.get_or_insert_with(|| answer.clone());
                    if *expected != answer {
                        let (a, b) = (show(&answer), show(expected));
                        outcome.different.push(format!(
                            "{}: {} ({}) says {a}, {b} is expected",
                            case.name,
                            engine.name(),
                            mode.name()
                        ));
                    }
                }
                Ok(None) => {}
                Err(why) if engine == Engine::Writ => {
                    return Err(format!("{}: writ ({}): {why}", case.name, mode.name()));
                }
                Err(why) => {
                    let why = format!("{}: {why}", mode.name());
                    outcome.missing.push(Missing { case: case.name.clone(), engine, why });
                }
            }
        }
    }
    if !outcome.different.is_empty() {
        return Ok(outcome);
    }
    let mut turns: Vec<(usize, Mode, Samples)> = Vec::new();
    for (n, peer) in peers.iter().enumerate() {
        let failed = outcome.missing.iter().any(|missing| missing.engine == peer.engine());
        if !failed {
            turns.extend(peer.modes().into_iter().map(|mode| (n, mode, Samples::default())));
        }
    }
    for round in 0..effort.rounds as usize {
        for n in 0..turns.len() {
            // Each round begins with another engine, so that none always follows the same.
            let at = (n + round) % turns.len();
            let (peer, mode, samples) = &mut turns[at];
            let peer = &mut peers[*peer];
            let more =
                peer.run(*mode, effort.slice).map_err(|e| format!("{}: {}: {e}", case.name, peer.engine().name()))?;
            // The first round warms up.
            if round > 0 || effort.rounds == 1 {
                samples.extend(more);
            }
        }
    }
    for (n, mode, samples) in turns {
        let engine = peers[n].engine();
        outcome.rows.push(Row {
            case: case.name.clone(),
            small: case.is_small(),
            engine,
            mode,
            median_ns: samples.median(),
            p99_ns: samples.p99(),
            answer: (engine != Engine::Floor).then(|| expected.clone()).flatten(),
        });
    }
    Ok(outcome)
}

/// As JSON has it, where sets are arrays: engines that answer in JSON know no others.
fn plain(answer: Answer) -> Result<Answer, String> {
    answer.map(|value| parse(&writ_value::json::to_string(&value))).transpose()
}

fn show(answer: &Answer) -> String {
    match answer {
        Some(value) => writ_value::json::to_string(value),
        None => "undefined".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::own;

    const IN_PROCESS: [Engine; 5] =
        [Engine::Writ, Engine::RegorusRvm, Engine::RegorusCompiled, Engine::RegorusEngine, Engine::Floor];
    const SHORT: Effort = Effort { rounds: 1, slice: Duration::from_micros(10) };

    #[test]
    fn engines_agree_and_each_form_has_its_row() {
        for name in ["abac", "rbac", "http-api", "k8s-admission", "strings", "arithmetic", "aggregation", "rules-10"] {
            let case = Case::open(&own().join(name)).expect("a case");
            let outcome = run(&case, &mut Setup::default(), &IN_PROCESS, SHORT).expect("it runs");
            assert_eq!(outcome.different, Vec::<String>::new(), "{name}");
            assert!(outcome.missing.is_empty(), "{name}: {:?}", outcome.missing);
            let forms = if case.typed.is_some() { 3 } else { 2 };
            assert_eq!(outcome.rows.len(), 4 * forms + 2, "{name}");
            for row in &outcome.rows {
                assert!(row.median_ns > 0.0 && row.p99_ns.is_finite(), "{name}: {row:?}");
                let json = row.to_json();
                let keys: Vec<_> = json.as_object().expect("an object").keys().map(String::as_str).collect();
                for key in ["case", "engine", "mode", "median_ns", "p99_ns", "answer"] {
                    assert!(keys.contains(&key), "{key} is missing in {keys:?}");
                }
                assert_eq!(json["answer"].is_null(), row.engine == Engine::Floor, "{name}");
            }
        }
    }

    #[test]
    fn what_cannot_be_compiled_is_an_error_and_undefined_is_an_answer() {
        let mut case = Case::open(&own().join("abac")).expect("a case");
        case.policy = vec![("p.rego".to_owned(), "package authz\n\nallow if input.nobody == 1\n".to_owned())];
        let outcome = run(&case, &mut Setup::default(), &IN_PROCESS, SHORT).expect("it runs");
        let row = outcome.rows.iter().find(|row| row.engine == Engine::Writ).expect("a row");
        assert_eq!(row.answer, Some(None));
        assert_eq!(row.to_json()["undefined"], Json::Bool(true));
        case.policy = vec![("p.rego".to_owned(), "package authz\n\nallow if\n".to_owned())];
        assert!(run(&case, &mut Setup::default(), &IN_PROCESS, SHORT).is_err());
    }
}
