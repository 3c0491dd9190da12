//! Log lines, as the macros of the crate `tracing` write them: `info!("scored {n}")`, `warn!(account = id, score, "high")`.
//!
//! In a module a line goes to the host (`opa_println`), which gives it on to its own log and to whoever evaluates; natively it goes to standard error.
//! A line is `LEVEL target: message key=value …`.

use std::fmt::{Arguments, Display};

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something went wrong.
    Error,
    /// Something looks wrong.
    Warn,
    /// What happens.
    Info,
    /// For whoever looks for a mistake.
    Debug,
    /// Everything.
    Trace,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Warn => "WARN",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
            Self::Trace => "TRACE",
        }
    }
}

/// Writes a line; the macros call it.
#[doc(hidden)]
pub fn line(level: Level, target: &str, message: Arguments<'_>, fields: &[(&str, &dyn Display)]) {
    let mut line = format!("{} {target}: {message}", level.name());
    for (name, value) in fields {
        line.push_str(&format!(" {name}={value}"));
    }
    write(line);
}

#[cfg(target_arch = "wasm32")]
fn write(line: String) {
    crate::wasm::host::println(&line);
}

#[cfg(not(target_arch = "wasm32"))]
fn write(line: String) {
    crate::testing::keep_line(line);
}

/// A log line of the level.
#[doc(hidden)]
#[macro_export]
macro_rules! __log {
    (@fields $level:ident [$($done:tt)*] $name:ident = $value:expr, $($rest:tt)+) => {
        $crate::__log!(@fields $level [$($done)* (stringify!($name), &$value as &dyn ::std::fmt::Display),] $($rest)+)
    };
    (@fields $level:ident [$($done:tt)*] $name:ident, $($rest:tt)+) => {
        $crate::__log!(@fields $level [$($done)* (stringify!($name), &$name as &dyn ::std::fmt::Display),] $($rest)+)
    };
    (@fields $level:ident [$($done:tt)*] $($message:tt)+) => {
        $crate::log::line($crate::log::Level::$level, module_path!(), format_args!($($message)+), &[$($done)*])
    };
    ($level:ident $($all:tt)+) => { $crate::__log!(@fields $level [] $($all)+) };
}

/// Logs at the level of errors.
#[macro_export]
macro_rules! error { ($($all:tt)+) => { $crate::__log!(Error $($all)+) }; }

/// Logs at the level of warnings.
#[macro_export]
macro_rules! warn { ($($all:tt)+) => { $crate::__log!(Warn $($all)+) }; }

/// Logs what happens.
#[macro_export]
macro_rules! info { ($($all:tt)+) => { $crate::__log!(Info $($all)+) }; }

/// Logs for whoever looks for a mistake.
#[macro_export]
macro_rules! debug { ($($all:tt)+) => { $crate::__log!(Debug $($all)+) }; }

/// Logs everything.
#[macro_export]
macro_rules! trace { ($($all:tt)+) => { $crate::__log!(Trace $($all)+) }; }
