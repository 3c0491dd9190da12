//! Why a verb ends without its result, and with which exit code.

use std::io::Write;
use std::process::ExitCode;

/// Exit code when a policy has errors.
pub(crate) const POLICY: u8 = 1;
/// Exit code of wrong use and unreadable files.
pub(crate) const USAGE: u8 = 2;

/// The end of a verb that failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A message for standard error, and the exit code.
    Message(String, u8),
    /// Everything was said already.
    Shown(u8),
}

impl Failure {
    /// Wrong use, or a file that cannot be read or written.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Message(message.into(), USAGE)
    }

    /// Prints what is to be said.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Self::Message(message, code) => {
                to_stderr(&format!("error: {message}\n"));
                ExitCode::from(code)
            }
            Self::Shown(code) => ExitCode::from(code),
        }
    }
}

/// Writes to standard error; there is nobody to tell if that fails.
pub(crate) fn to_stderr(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Writes to standard output. A reader that went away is no error.
pub(crate) fn to_stdout(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::usage(format!("cannot write to standard output: {e}")))
        }
        _ => Ok(()),
    }
}
