//! Drawing, asking and comparing, namespace by namespace.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use writ_builtins::Caches;
use writ_compiler::builtins::Builtin;

use crate::case::{Case, Outcome};
use crate::compare::same;
use crate::draw::Drawer;
use crate::oracle::Oracle;
use crate::seeds::Seeds;
use crate::subject::{Side, run, sides};
use crate::{costly, known, shrink};

/// Calls asked at once.
const BATCH: usize = 256;
/// Attempts to make a differing call smaller.
const SHRINKS: usize = 60;

/// A call about which OPA and Writ differ.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The call, as small as it got.
    pub case: Case,
    /// Where ours ran.
    pub side: Side,
    /// What OPA gives.
    pub theirs: Outcome,
    /// What Writ gives.
    pub ours: Outcome,
}

/// What came out of a hunt.
#[derive(Debug, Default)]
pub struct Report {
    /// Calls compared.
    pub n_draws: usize,
    /// Of those, calls with a result.
    pub n_values: usize,
    /// Known differences by their reason.
    pub known: BTreeMap<&'static str, usize>,
    /// One of each kind of known difference, as it was drawn.
    pub excused: Vec<(&'static str, Difference)>,
    /// One of each kind of difference that is not known.
    pub differences: Vec<Difference>,
    /// How many calls differed.
    pub n_different: usize,
    /// Some of the calls on which all agreed, with OPA's outcome.
    pub agreed: Vec<(Case, Outcome)>,
}

/// Draws `n` calls of the built-ins in turn and compares them.
///
/// # Errors
/// The oracle does not answer.
pub fn hunt(
    oracle: &mut Oracle,
    builtins: &[&'static Builtin],
    seeds: &Seeds,
    n: usize,
    seed: u64,
) -> std::io::Result<Report> {
    let caches = Caches::new();
    let mut drawers: Vec<_> = builtins.iter().map(|b| Drawer::new(b, seeds, seed)).collect();
    let mut report = Report::default();
    let mut kinds = BTreeSet::new();
    let mut next = 0;
    let mut patience = n * 4;
    while report.n_draws < n && patience > 0 {
        let mut cases = Vec::new();
        while cases.len() < BATCH.min(n - report.n_draws) && patience > 0 {
            let case = drawers[next % builtins.len()].draw();
            next += 1;
            patience -= 1;
            if !costly::spared(&case) {
                cases.push(case);
            }
        }
        let (theirs, ours) = oracle.ask(&cases, || cases.iter().map(|c| answers(c, &caches)).collect::<Vec<_>>())?;
        report.n_draws += cases.len();
        for ((case, theirs), ours) in cases.into_iter().zip(theirs).zip(ours) {
            report.n_values += usize::from(matches!(theirs, Outcome::Value(_)));
            let mut agreed = true;
            for (side, ours) in ours {
                if same(&case, &theirs, &ours) {
                    continue;
                }
                agreed = false;
                if let Some(reason) = known::reason(side, &case, &theirs, &ours) {
                    *report.known.entry(reason).or_default() += 1;
                    if kinds.insert(format!("{reason} {}", kind(&case, &theirs, &ours))) {
                        let difference = Difference { case: case.clone(), side, theirs: theirs.clone(), ours };
                        report.excused.push((reason, difference));
                    }
                    continue;
                }
                report.n_different += 1;
                if kinds.insert(kind(&case, &theirs, &ours)) {
                    let difference = Difference { case: case.clone(), side, theirs: theirs.clone(), ours };
                    report.differences.push(smallest(oracle, difference, &caches)?);
                }
            }
            if agreed {
                report.agreed.push((case, theirs));
            }
        }
    }
    Ok(report)
}

fn answers(case: &Case, caches: &Arc<Caches>) -> Vec<(Side, Outcome)> {
    sides(&case.name).into_iter().map(|side| (side, run(side, case, caches))).collect()
}

/// Differences of the same kind are told once: the name and the texts without what varies.
fn kind(case: &Case, theirs: &Outcome, ours: &Outcome) -> String {
    let letters =
        |text: &str| text.chars().filter(|c| c.is_ascii_alphabetic() || *c == ' ').take(50).collect::<String>();
    let sketch = |o: &Outcome| match o {
        Outcome::Value(v) => v.type_name().to_owned(),
        Outcome::Error(kind, text) => format!("{kind} {}", letters(text)),
        Outcome::Crash(text) => format!("panic {}", letters(text)),
        other => other.to_string(),
    };
    format!("{} {} {}", case.name, sketch(theirs), sketch(ours))
}

fn smallest(oracle: &mut Oracle, found: Difference, caches: &Arc<Caches>) -> std::io::Result<Difference> {
    let mut best = found;
    'rounds: for _ in 0..SHRINKS {
        let steps: Vec<_> = shrink::steps(&best.case).into_iter().filter(|c| !costly::spared(c)).collect();
        for batch in steps.chunks(64) {
            let side = best.side;
            let (theirs, ours) =
                oracle.ask(batch, || batch.iter().map(|c| run(side, c, caches)).collect::<Vec<_>>())?;
            let wanted = kind(&best.case, &best.theirs, &best.ours);
            for ((case, theirs), ours) in batch.iter().zip(theirs).zip(ours) {
                let differs = !same(case, &theirs, &ours) && known::reason(side, case, &theirs, &ours).is_none();
                if differs && kind(case, &theirs, &ours) == wanted {
                    best = Difference { case: case.clone(), side, theirs, ours };
                    continue 'rounds;
                }
            }
        }
        break;
    }
    Ok(best)
}
