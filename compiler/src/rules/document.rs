//! A rule document that has been checked: what the later stages, and other evaluators, read.

use writ_value::{Number, Value};

use super::operator::Operator;
use super::path::Path;
use super::unit::{Conversion, Unit};
use crate::source::Span;

/// A document.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its id, which names its package: `deployment-gate` is `data.rules["deployment-gate"]`.
    pub id: String,
    /// Where the id stands.
    pub id_span: Span,
    /// Its version: a string or an integer.
    pub version: Value,
    /// How much it reports.
    pub mode: Mode,
    /// Its rules in the order in which they run: highest severity first, then as in the text. Not empty.
    pub rules: Vec<Rule>,
}

/// How much a decision reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// All rules run.
    All,
    /// The first violated rule of level [`Level::Error`] is the last one that runs.
    FirstError,
}

/// A rule: a condition that has to hold, and what is said when it does not.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its id, unique in the document.
    pub id: String,
    /// Where the id stands.
    pub span: Span,
    /// What has to hold.
    pub condition: Condition,
    /// What is said.
    pub message: String,
    /// What a violation means for the decision.
    pub level: Level,
    /// From 0 to 10; by default that of the level.
    pub severity: Number,
    /// What happens when a parameter is missing.
    pub missing: Missing,
    /// Texts that violations repeat, by the field's name: `domain`, `hint`, `literature_ref`, `rationale`.
    pub notes: Vec<(&'static str, String)>,
}

/// What a violation means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The decision is not valid.
    Error,
    /// It is reported.
    Warning,
    /// It is reported.
    Info,
}

impl Level {
    /// Its name in documents and decisions.
    pub fn name(self) -> &'static str {
        match self {
            Level::Error => "ERROR",
            Level::Warning => "WARNING",
            Level::Info => "INFO",
        }
    }

    /// Severity of rules of this level that give none.
    pub fn severity(self) -> i64 {
        match self {
            Level::Error => 8,
            Level::Warning => 5,
            Level::Info => 2,
        }
    }
}

/// What a rule does when the input lacks what it needs to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It is violated.
    Violation,
    /// It holds, and is reported as unchecked.
    Pass,
    /// It does not count as run, and is reported as unchecked.
    Skip,
}

impl Missing {
    /// Its name in documents and decisions.
    pub fn name(self) -> &'static str {
        match self {
            Missing::Violation => "violation",
            Missing::Pass => "pass",
            Missing::Skip => "skip",
        }
    }
}

/// Something that holds, fails, or cannot be told because a parameter is missing or of the wrong type.
#[derive(Debug, Clone)]
pub struct Condition {
    /// Its number within the rule, counted from 0 as it is written.
    pub number: usize,
    /// What it says.
    pub kind: ConditionKind,
}

/// The forms of conditions. What cannot be told spreads: in `All` a failure outweighs it, in `Any` a success, and a wrong type outweighs a
/// missing parameter.
#[derive(Debug, Clone)]
pub enum ConditionKind {
    /// A comparison.
    Test(Box<Test>),
    /// Each of them holds.
    All(Vec<Condition>),
    /// One of them holds.
    Any(Vec<Condition>),
    /// It fails.
    Not(Box<Condition>),
}

impl Condition {
    /// The comparisons in it, in order. Recursion is bounded by [`super::limits::MAX_CONDITION_DEPTH`].
    pub fn tests(&self) -> Vec<(usize, &Test)> {
        match &self.kind {
            ConditionKind::Test(test) => vec![(self.number, test)],
            ConditionKind::All(all) | ConditionKind::Any(all) => all.iter().flat_map(Condition::tests).collect(),
            ConditionKind::Not(inner) => inner.tests(),
        }
    }

    /// The name of a composed condition's form, or the operator's.
    pub fn operator_name(&self) -> &'static str {
        match &self.kind {
            ConditionKind::Test(test) => test.operator.name(),
            ConditionKind::All(_) => "all",
            ConditionKind::Any(_) => "any",
            ConditionKind::Not(_) => "not",
        }
    }
}

/// A comparison of a parameter with a value.
#[derive(Debug, Clone)]
pub struct Test {
    /// The parameter.
    pub param: Path,
    /// How it is compared.
    pub operator: Operator,
    /// With what. Fits the operator.
    pub expected: Expected,
    /// Which type the parameter must have; another one is a wrong type.
    pub param_type: Option<ParamType>,
    /// The parameter's unit, in which all constants of [`Test::expected`] are.
    pub unit: Option<Unit>,
}

/// What a parameter is compared with.
#[derive(Debug, Clone)]
pub enum Expected {
    /// Nothing: for `exists` and `not_exists`.
    Nothing,
    /// One value.
    One(Operand),
    /// One of several constants. Not empty.
    List(Vec<Value>),
    /// One element of the list at a path.
    ListAt(Path),
    /// Lower and upper bound.
    Range(Operand, Operand),
    /// A pattern.
    Pattern(String),
}

/// A value to compare with.
#[derive(Debug, Clone)]
pub enum Operand {
    /// A constant, in the parameter's unit.
    Constant(Value),
    /// The input's value at a path, after conversion to the parameter's unit.
    Path(Path, Option<Conversion>),
}

/// Types of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamType {
    /// A string.
    String,
    /// A number.
    Number,
    /// A number without fraction; `2.0` is one.
    Integer,
    /// A boolean.
    Boolean,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl ParamType {
    /// All of them with their names.
    pub const ALL: [(&'static str, ParamType); 6] = [
        ("string", ParamType::String),
        ("number", ParamType::Number),
        ("integer", ParamType::Integer),
        ("boolean", ParamType::Boolean),
        ("array", ParamType::Array),
        ("object", ParamType::Object),
    ];

    /// Its name in documents.
    pub fn name(self) -> &'static str {
        ParamType::ALL.iter().find(|(_, ty)| *ty == self).map_or("", |(name, _)| name)
    }

    /// The value is of this type.
    pub fn fits(self, value: &Value) -> bool {
        match self {
            ParamType::String => value.as_str().is_some(),
            ParamType::Number => value.as_number().is_some(),
            ParamType::Integer => value.as_number().is_some_and(Number::is_integer),
            ParamType::Boolean => value.as_bool().is_some(),
            ParamType::Array => value.as_array().is_some(),
            ParamType::Object => value.as_object().is_some(),
        }
    }
}

impl Test {
    /// The operand paths of the value, in order.
    pub fn value_paths(&self) -> Vec<&Path> {
        match &self.expected {
            Expected::Nothing | Expected::List(_) | Expected::Pattern(_) => Vec::new(),
            Expected::ListAt(path) => vec![path],
            Expected::One(one) => one.path().into_iter().collect(),
            Expected::Range(low, high) => low.path().into_iter().chain(high.path()).collect(),
        }
    }
}

impl Operand {
    /// Its path, if it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Operand::Path(path, _) => Some(path),
            Operand::Constant(_) => None,
        }
    }
}
