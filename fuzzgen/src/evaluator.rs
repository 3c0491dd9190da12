//! What an evaluator makes of a program, in a form that can be compared.

use std::fmt;

use writ_value::Value;

use crate::program::Program;

/// Something that runs programs.
pub trait Evaluator {
    /// Name for reports.
    fn name(&self) -> &str;

    /// Compiles the program and evaluates each of its documents and queries by itself.
    ///
    /// # Errors
    /// The evaluator itself failed: it crashed, ran out of time, or said something that makes no sense.
    fn evaluate(&mut self, program: &Program) -> Result<Answer, Failure>;
}

/// What a program gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It does not compile.
    Rejected(Vec<Rejection>),
    /// One answer per document, in order of [`Program::documents`], then one per query.
    Evaluated(Vec<Outcomes>),
}

/// An error of the compiler.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rejection {
    /// OPA's code.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// Row of the place.
    pub row: u32,
    /// Column of the place.
    pub col: u32,
}

/// What an evaluator may answer: its answer, and others that it gives with its optimisations off. Never empty.
pub type Outcomes = Vec<Outcome>;

/// The value of one document, or the solutions of one query.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It has this value, as JSON gives it. Of a query: the array of its solutions, sorted, each an object of its variables.
    Value(Value),
    /// It has none.
    Undefined,
    /// Evaluating it fails with OPA's code, such as `eval_conflict_error`; of a query that does not compile all codes.
    Error(String),
}

impl Outcome {
    /// The outcome of a query with these solutions.
    pub fn solutions(rows: impl IntoIterator<Item = Value>) -> Outcome {
        // JSON has no sets, and arrays sort otherwise.
        let as_json = |row: Value| writ_value::json::parse(writ_value::json::to_string(&row).as_bytes()).unwrap_or(row);
        let mut rows: Vec<Value> = rows.into_iter().map(as_json).collect();
        rows.sort();
        rows.dedup();
        Outcome::Value(Value::from(rows))
    }

    /// The outcome of a query that does not compile.
    pub fn rejected<'a>(codes: impl Iterator<Item = &'a str>) -> Outcome {
        let codes: std::collections::BTreeSet<&str> = codes.collect();
        Outcome::Error(codes.into_iter().collect::<Vec<_>>().join(" "))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // JSON rather than Rego, so that equal numbers of different notation show.
            Outcome::Value(value) => f.write_str(&writ_value::json::to_string(value)),
            Outcome::Undefined => f.write_str("undefined"),
            Outcome::Error(code) => f.write_str(code),
        }
    }
}

/// An evaluator broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// How.
    pub message: String,
}

impl Failure {
    /// A failure with a message.
    pub fn new(message: impl Into<String>) -> Failure {
        Failure { message: message.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
