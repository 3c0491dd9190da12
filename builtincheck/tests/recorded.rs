//! Every call in `cases/` gives what OPA 1.22 gave, or differs in a way that is documented.

use writ_builtincheck::compare::same;
use writ_builtincheck::{known, seeds, subject};
use writ_builtins::Caches;

#[test]
fn recorded_calls_give_what_opa_gave() {
    let caches = Caches::new();
    let (mut n, mut wrong) = (0, Vec::new());
    for (place, case, theirs) in seeds::recorded() {
        let sides = subject::sides(&case.name);
        assert!(!sides.is_empty(), "{place}: nothing implements {}", case.name);
        for side in sides {
            let ours = subject::run(side, &case, &caches);
            n += 1;
            if !same(&case, &theirs, &ours) && known::reason(side, &case, &theirs, &ours).is_none() {
                wrong.push(format!("{place}: {case}\n   opa  {theirs}\n   writ {ours}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {n} calls differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(n > 80);
}
