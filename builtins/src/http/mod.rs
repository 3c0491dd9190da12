//! `http.send`: requests checked and worded as in OPA, sent by the network that the host granted.
//!
//! ```text
//!   object ──options──▶ Options ──request::build──▶ HttpRequest ──Network::send──▶ HttpResponse ──response──▶ object
//!                          └───────────── cache (between decisions) ──────────────────────┘
//! ```

mod cache;
mod cacheable;
mod headers;
mod options;
mod request;
mod response;
mod send;
mod target;

use writ_value::Value;

use crate::operand::{self, member};
use crate::{Answer, Builtin, BuiltinError, Context, ErrorKind};

pub(crate) use cache::Responses;
pub(crate) use options::check_keys;

/// The namespace's built-ins.
pub(crate) const BUILTINS: &[Builtin] = &[Builtin::nondeterministic("http.send", 1, send)];

/// Why there is no response.
enum Failure {
    /// What OPA reports as an error of the built-in.
    Call(BuiltinError),
    /// The same, but reported bare if errors are not raised.
    Bare(String),
    /// The exchange failed; the text as Go words it.
    Exchange(String),
    /// The exchange took too long: the text, and the text when it is raised.
    TimedOut(String, String),
}

impl Failure {
    fn raised(self) -> BuiltinError {
        match self {
            Failure::Call(e) => e,
            Failure::Bare(text) | Failure::Exchange(text) | Failure::TimedOut(_, text) => BuiltinError::new(text),
        }
    }

    /// The answer in place of a response.
    fn answer(self) -> Value {
        let (code, message) = match self {
            Failure::Call(e) => ("eval_http_send_internal_error", format!("{}: {}", e.code(), e.named("http.send"))),
            Failure::Bare(text) => ("eval_http_send_internal_error", text),
            Failure::Exchange(text) | Failure::TimedOut(text, _) => ("eval_http_send_network_error", text),
        };
        let error = Value::object([("code", Value::from(code)), ("message", Value::from(message))]);
        Value::object([("status_code", Value::from(0)), ("error", error)])
    }

    fn ends_evaluation(&self) -> bool {
        matches!(self, Failure::Call(e) if e.kind() == ErrorKind::Halt)
    }
}

impl From<BuiltinError> for Failure {
    fn from(e: BuiltinError) -> Self {
        Failure::Call(e)
    }
}

fn send(context: &mut Context, args: &[Value]) -> Answer {
    let request = operand::object(args, 1)?;
    let raise = match member(request, "raise_error") {
        None => true,
        Some(Value::Bool(b)) => *b,
        Some(_) => return Err(BuiltinError::new("invalid value for raise_error field")),
    };
    let raise_or_answer = |f: Failure| if raise || f.ends_evaluation() { Err(f.raised()) } else { Ok(f.answer()) };
    let options = match options::read(request) {
        Ok(o) => o,
        Err(f) => return raise_or_answer(f).map(Some),
    };
    let key = options.key.clone();
    let compute = |context: &mut Context| send::respond(context, request, &options).or_else(raise_or_answer);
    context.once("http.send", key, compute).map(Some)
}
