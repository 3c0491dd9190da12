//! Errors about GraphQL texts, with the wording and the places that OPA reports.

use super::ast::Pos;

/// One error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Error {
    pub(super) message: String,
    pub(super) place: Place,
}

/// Where an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    At(u32, i64),
    /// Validation of a tree that came from a value.
    Nowhere,
    /// Validation of a schema that came from a value, for which the place is -1:-1.
    Unknown,
}

impl Error {
    /// An error found while parsing or in a schema.
    pub(super) fn at(pos: Pos, message: impl Into<String>) -> Error {
        let place = pos.map_or(Place::Unknown, |(line, column)| Place::At(line, column));
        Error { message: message.into(), place }
    }

    /// An error found by a rule over queries.
    pub(super) fn rule(pos: Pos, message: impl Into<String>) -> Error {
        let place = pos.map_or(Place::Nowhere, |(line, column)| Place::At(line, column));
        Error { message: message.into(), place }
    }

    /// With the place in front.
    pub(super) fn located(&self) -> String {
        match self.place {
            Place::At(line, column) => format!("input:{line}:{column}: {}", self.message),
            Place::Unknown => format!("input:-1:-1: {}", self.message),
            Place::Nowhere => format!("input: {}", self.message),
        }
    }
}

/// The errors as OPA words them: the place of the first, and the text up to the end of the last.
pub(super) fn report(errors: &[Error]) -> String {
    let lines: Vec<String> = errors.iter().map(Error::located).collect();
    let all = match lines.as_slice() {
        [one] => one.clone(),
        many => many.iter().map(|l| format!("{l}\n")).collect(),
    };
    // Rule errors come as a list, each with a line break; OPA cuts one full stop and line break at the end.
    match (errors.first().map(|e| e.place), all.splitn(4, ':').nth(3)) {
        // A block string may begin, by its own count, before its line; then OPA takes the place for text.
        (Some(Place::At(line, column @ 0..)), Some(rest)) => {
            let rest = rest.trim_start_matches(' ');
            let rest = rest.strip_suffix(".\n").unwrap_or(rest);
            format!("{rest} in GraphQL string at location {line}:{column}")
        }
        _ => format!("GraphQL parse error: {all}"),
    }
}

/// As [`report`] for errors of rules, which end in a line break even if there is but one.
pub(super) fn report_rules(errors: &[Error]) -> String {
    let mut errors = errors.to_vec();
    if let [one] = errors.as_mut_slice() {
        one.message.push('\n');
    }
    report(&errors)
}
