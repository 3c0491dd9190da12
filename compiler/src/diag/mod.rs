//! Diagnostics as plain data: what is wrong, where, and what to do about it. Rendering lives in the submodules.

pub mod json;
pub mod render;
pub mod text;

use crate::source::Span;

/// Stable class of a diagnostic. Printed with OPA's names, so that tools which know OPA's errors know ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The text is not Rego, or breaks a rule of its dialect.
    Parse,
    /// The policy is not well formed beyond syntax.
    Compile,
    /// Types, arities or rule kinds do not fit.
    Type,
    /// A variable is not bound by anything.
    UnsafeVar,
    /// A rule depends on itself.
    Recursion,
    /// The policy exceeds a documented limit of this compiler.
    Limit,
    /// A rule document is neither YAML nor JSON.
    RulesParse,
    /// A rule document has a field that it should not have, or lacks one.
    RulesField,
    /// A rule document has a value of the wrong type, or compares values of different types.
    RulesType,
    /// A rule document has a value that makes no sense where it stands.
    RulesValue,
    /// A rule names an operator that there is not.
    RulesOperator,
    /// A rule's path is malformed, or leads out of action and state.
    RulesPath,
    /// Units of a rule are unknown or do not fit together.
    RulesUnit,
    /// An id or a field comes twice.
    RulesDuplicate,
    /// A rule document exceeds a documented limit.
    RulesLimit,
}

impl Code {
    /// The printed name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Code::Parse => "rego_parse_error",
            Code::Compile => "rego_compile_error",
            Code::Type => "rego_type_error",
            Code::UnsafeVar => "rego_unsafe_var_error",
            Code::Recursion => "rego_recursion_error",
            Code::Limit => "writ_limit_error",
            Code::RulesParse => "rules_parse_error",
            Code::RulesField => "rules_field_error",
            Code::RulesType => "rules_type_error",
            Code::RulesValue => "rules_value_error",
            Code::RulesOperator => "rules_operator_error",
            Code::RulesPath => "rules_path_error",
            Code::RulesUnit => "rules_unit_error",
            Code::RulesDuplicate => "rules_duplicate_error",
            Code::RulesLimit => "rules_limit_error",
        }
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How bad it is. Only errors stop a compilation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The policy cannot be compiled.
    #[default]
    Error,
    /// The policy compiles; someone should look.
    Warning,
}

/// A second place that explains the first, such as an earlier declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is there.
    pub text: String,
}

/// Machine-readable facts beyond the message, as OPA gives them for some type errors.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Details {
    /// The source line and the place in it, which OPA adds to syntax errors. Taken from the source when rendered.
    Source,
    /// Lines to print under the message, such as `have: …` and `want: …`.
    Lines(Vec<String>),
    /// A JSON object given as text, with the lines to print for a human.
    Json {
        /// The object, as JSON text.
        json: String,
        /// The same for a human, line by line.
        lines: Vec<String>,
    },
}

/// One finding: a stable code, a message, a place, and help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Class.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// What is wrong, without place, hints and code.
    pub message: String,
    /// Where. `None` only for findings about a policy as a whole.
    pub span: Option<Span>,
    /// Further places.
    pub labels: Vec<Label>,
    /// What to try. OPA prints these within the message, see [`Diagnostic::full_message`].
    pub hints: Vec<String>,
    /// Facts beyond the message.
    pub details: Option<Details>,
}

impl Diagnostic {
    /// An error with a place.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            span: Some(span),
            labels: Vec::new(),
            hints: Vec::new(),
            details: None,
        }
    }

    /// An error about a policy as a whole.
    pub fn error_without_place(code: Code, message: impl Into<String>) -> Self {
        Diagnostic { span: None, ..Diagnostic::error(code, Span::default(), message) }
    }

    /// A warning with a place.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, span, message) }
    }

    /// Adds a further place.
    #[must_use]
    pub fn with_label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Sets the details.
    #[must_use]
    pub fn with_details(mut self, details: Details) -> Self {
        self.details = Some(details);
        self
    }

    /// True unless it is a warning.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The message with its hints in parentheses, which is the text that OPA prints.
    pub fn full_message(&self) -> String {
        match self.hints.as_slice() {
            [] => self.message.clone(),
            [hint] => format!("{} (hint: {hint})", self.message),
            hints => format!("{} (hints: {})", self.message, hints.join(", ")),
        }
    }
}

/// True if any of them stops the compilation.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(Diagnostic::is_error)
}

/// Orders by file, place and message, which makes the output independent of the order of the passes.
pub fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by(|a, b| (a.span, &a.message).cmp(&(b.span, &b.message)));
}
