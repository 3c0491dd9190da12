//! Programs as case files in the format of OPA's conformance suite.

use writ_value::json;

use crate::compare::Difference;
use crate::evaluator::Outcome;
use crate::print;
use crate::program::Program;

/// The case file of a document whose value the evaluators disagree on, with what OPA says.
///
/// `None` if the difference is not about the value of a document: then there is no such case.
pub fn file(program: &Program, difference: &Difference, note: &str) -> Option<String> {
    let (document, expected) = (difference.document.as_ref()?, difference.expected.as_ref()?);
    let mut out = String::from("[\n {\n  \"data\": ");
    json::write(&program.data, &mut out);
    if let Some(input) = &program.input {
        out.push_str(",\n  \"input\": ");
        json::write(input, &mut out);
    }
    out.push_str(",\n  \"modules\": [\n   ");
    json::write_string(print::module(program).as_bytes(), &mut out);
    out.push_str("\n  ],\n  \"note\": ");
    json::write_string(note.as_bytes(), &mut out);
    out.push_str(",\n  \"query\": ");
    json::write_string(format!("data.fuzz.{document} = x").as_bytes(), &mut out);
    match expected {
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
