//! What a policy says when it cannot decide.

use std::fmt;

/// Why a policy did not decide. The host gets it as a policy error, never as an answer.
///
/// Every [`std::error::Error`] becomes one with `?`; [`PolicyError::new`] adds a code of the policy's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    code: String,
    message: String,
}

/// Code of an error that has none of its own.
pub const POLICY_ERROR: &str = "policy_error";
/// Code of an input that does not fit the policy's type.
pub const INPUT_ERROR: &str = "eval_input_error";
/// Code of a panic.
pub const POLICY_PANIC: &str = "policy_panic";

impl PolicyError {
    /// An error with a code of the policy's own, such as `limit_missing`: the host sees `policy_error/limit_missing`. Of the code, letters, digits,
    /// `_` and `-` are kept.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let code: String = code.chars().filter(plain).collect();
        Self { code: format!("{POLICY_ERROR}/{code}"), message: message.into() }
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn panicked(message: String) -> Self {
        Self { code: POLICY_PANIC.to_owned(), message }
    }

    /// The document that was given does not fit the type.
    pub(crate) fn unfit(what: &str, type_name: &str, why: &dyn fmt::Display) -> Self {
        let code = if what == "input" { INPUT_ERROR } else { POLICY_ERROR };
        Self { code: code.to_owned(), message: format!("{what} does not fit `{}`: {why}", short(type_name)) }
    }

    /// The code that the host sees.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What happened.
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// A type's name without the paths and lifetimes in it: compilers differ in whether they name those.
fn short(name: &str) -> String {
    let name = name.replace("<'_>", "").replace("'_, ", "");
    let mut out = String::new();
    let mut part = String::new();
    for c in name.chars() {
        match c {
            ':' => part.clear(),
            c if c.is_alphanumeric() || c == '_' => part.push(c),
            c => {
                out.push_str(&part);
                out.push(c);
                part.clear();
            }
        }
    }
    out + &part
}

impl<E: std::error::Error> From<E> for PolicyError {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message = format!("{message}: {cause}");
            source = cause.source();
        }
        Self { code: POLICY_ERROR.to_owned(), message }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_plain() {
        assert_eq!(PolicyError::new("limit: missing\n", "x").code(), "policy_error/limitmissing");
    }

    #[test]
    fn causes_are_told() {
        let error = std::io::Error::other("disk");
        assert_eq!(PolicyError::from(error).to_string(), "policy_error: disk");
    }

    #[test]
    fn paths_of_types_are_left_out() {
        assert_eq!(short("core::option::Option<a::b::Request<'_>>"), "Option<Request>");
    }
}
