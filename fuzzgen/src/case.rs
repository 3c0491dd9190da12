//! Programs as case files in the format of OPA's conformance suite.

use writ_value::json;

use crate::compare::{Asked, Difference};
use crate::evaluator::Outcome;
use crate::print;
use crate::program::Program;

/// The case file of a document whose value the evaluators disagree on, with what OPA says.
///
/// `None` if the difference is not about the value of a document: then there is no such case.
pub fn file(program: &Program, difference: &Difference, note: &str) -> Option<String> {
    let (asked, expected) = (difference.asked.as_ref()?, difference.expected.as_ref()?);
    let mut out = String::from("[\n {\n  \"data\": ");
    json::write(&program.data, &mut out);
    if let Some(input) = &program.input {
        out.push_str(",\n  \"input\": ");
        json::write(input, &mut out);
    }
    out.push_str(",\n  \"modules\": [\n   ");
    for (i, module) in print::modules(program).iter().enumerate() {
        out.push_str(if i == 0 { "" } else { ",\n   " });
        json::write_string(module.as_bytes(), &mut out);
    }
    out.push_str("\n  ],\n  \"note\": ");
    json::write_string(note.as_bytes(), &mut out);
    out.push_str(",\n  \"query\": ");
    let query = match asked {
        Asked::Document(path) => format!("data.{} = x", path.replace('/', ".")),
        Asked::Query(n) => print::queries(program).get(*n)?.clone(),
    };
    json::write_string(query.as_bytes(), &mut out);
    if program.v0 {
        out.push_str(",\n  \"v0\": true");
    }
    match expected {
        Outcome::Value(rows) if matches!(asked, Asked::Query(_)) => {
            out.push_str(",\n  \"want_result\": ");
            json::write(rows, &mut out);
        }
        Outcome::Value(value) => {
            out.push_str(",\n  \"want_result\": [\n   {\"x\": ");
            json::write(value, &mut out);
            out.push_str("}\n  ]");
        }
        Outcome::Undefined => out.push_str(",\n  \"want_result\": []"),
        Outcome::Error(code) => {
            out.push_str(",\n  \"want_error_code\": ");
            json::write_string(code.as_bytes(), &mut out);
        }
    }
    Some(out + "\n }\n]\n")
}
