//! Conditions in Rego. A condition has four outcomes: it holds, it fails, a type is wrong, something is missing. The first two are written out
//! without any negation, which would take what cannot be told for a failure; the third needs the first two; the last is what remains.

use std::collections::BTreeMap;

use super::super::document::{Condition, ConditionKind, Rule};
use super::term::Names;
use super::test::{self, Bodies};
use super::write_rule;

/// An outcome that is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Holds,
    Fails,
    Mistyped,
}

/// Writes the conditions of one rule.
pub(super) struct Conditions<'a> {
    order: usize,
    is_test: bool,
    names: &'a mut Names,
    /// Rules for parts of the condition.
    helpers: String,
    /// Their names, by number of the condition; `None` for what never happens.
    written: BTreeMap<(usize, Outcome), Option<String>>,
}

impl<'a> Conditions<'a> {
    pub(super) fn new(order: usize, rule: &Rule, names: &'a mut Names) -> Self {
        let is_test = matches!(rule.condition.kind, ConditionKind::Test(_));
        Conditions { order, is_test, names, helpers: String::new(), written: BTreeMap::new() }
    }

    /// The rules that the bodies name.
    pub(super) fn into_helpers(self) -> String {
        self.helpers
    }

    pub(super) fn holds(&mut self, condition: &Condition) -> Bodies {
        match &condition.kind {
            ConditionKind::Test(test) => test::holds(test, self.names),
            ConditionKind::All(all) => self.together(all, Outcome::Holds),
            ConditionKind::Any(any) => any.iter().flat_map(|inner| self.holds(inner)).collect(),
            ConditionKind::Not(inner) => self.fails(inner),
        }
    }

    pub(super) fn fails(&mut self, condition: &Condition) -> Bodies {
        match &condition.kind {
            ConditionKind::Test(test) => test::fails(test, self.names),
            ConditionKind::All(all) => all.iter().flat_map(|inner| self.fails(inner)).collect(),
            ConditionKind::Any(any) => self.together(any, Outcome::Fails),
            ConditionKind::Not(inner) => self.holds(inner),
        }
    }

    /// A wrong type is why it cannot be told. No bodies if that never happens.
    pub(super) fn mistyped(&mut self, condition: &Condition) -> Bodies {
        let (parts, outweighs) = match &condition.kind {
            ConditionKind::Test(test) => {
                if !test::can_mistype(test) {
                    return Vec::new();
                }
                let mut body = test::needed(test, self.names);
                // Of the only comparison of a rule it is what remains; that is never asked.
                for outcome in [Outcome::Holds, Outcome::Fails] {
                    body.extend(self.name(condition, outcome).map(|name| format!("not {name}")));
                }
                return vec![body];
            }
            ConditionKind::Not(inner) => return self.mistyped(inner),
            ConditionKind::All(all) => (all, Outcome::Fails),
            ConditionKind::Any(any) => (any, Outcome::Holds),
        };
        let mut bodies = Vec::new();
        for part in parts {
            if let Some(wrong) = self.name(part, Outcome::Mistyped) {
                let mut body: Vec<String> =
                    self.name(condition, outweighs).map(|name| format!("not {name}")).into_iter().collect();
                body.push(wrong);
                bodies.push(body);
            }
        }
        bodies
    }

    /// Something missing is why it cannot be told. No bodies if that never happens.
    pub(super) fn missing(&mut self, condition: &Condition, fails: &Bodies, mistyped: &Bodies) -> Bodies {
        if let ConditionKind::Test(test) = &condition.kind {
            return test::missing(test, self.names);
        }
        let needs_nothing = condition.tests().iter().all(|(_, test)| test::needed(test, self.names).is_empty());
        if needs_nothing {
            return Vec::new();
        }
        let mut body = Vec::new();
        for (outcome, is_possible) in
            [(Outcome::Holds, true), (Outcome::Fails, !fails.is_empty()), (Outcome::Mistyped, !mistyped.is_empty())]
        {
            if is_possible {
                body.extend(self.name(condition, outcome).map(|name| format!("not {name}")));
            }
        }
        vec![body]
    }

    /// All of `parts` have the outcome.
    fn together(&mut self, parts: &[Condition], outcome: Outcome) -> Bodies {
        let mut body: Vec<String> = Vec::new();
        for part in parts {
            let bodies = self.bodies(part, outcome);
            match bodies.as_slice() {
                [] => return Vec::new(),
                [one] => {
                    for literal in one {
                        if !body.contains(literal) {
                            body.push(literal.clone());
                        }
                    }
                }
                _ => body.extend(self.write(part, outcome, &bodies)),
            }
        }
        vec![body]
    }

    fn bodies(&mut self, condition: &Condition, outcome: Outcome) -> Bodies {
        match outcome {
            Outcome::Holds => self.holds(condition),
            Outcome::Fails => self.fails(condition),
            Outcome::Mistyped => self.mistyped(condition),
        }
    }

    fn name(&mut self, condition: &Condition, outcome: Outcome) -> Option<String> {
        if self.is_test {
            return None;
        }
        if let Some(name) = self.written.get(&(condition.number, outcome)) {
            return name.clone();
        }
        let bodies = self.bodies(condition, outcome);
        self.write(condition, outcome, &bodies)
    }

    fn write(&mut self, condition: &Condition, outcome: Outcome, bodies: &Bodies) -> Option<String> {
        let key = (condition.number, outcome);
        if let Some(name) = self.written.get(&key) {
            return name.clone();
        }
        let word = match outcome {
            Outcome::Holds => "true",
            Outcome::Fails => "false",
            Outcome::Mistyped => "mistyped",
        };
        let name = (!bodies.is_empty()).then(|| format!("{word}_{}_{}", self.order, condition.number));
        if let Some(name) = &name {
            bodies.iter().for_each(|body| write_rule(&mut self.helpers, name, body));
        }
        self.written.insert(key, name.clone());
        name
    }
}
