//! The `writ` command: one file per verb in `verbs`; arguments and rendering live here and nowhere else.
//!
//! Exit codes: 0 fine; 1 the policy has errors, or `--fail` holds; 2 wrong use, or files that cannot be read.

mod failure;
mod load;
mod render;
mod rust;
mod trust;
mod verbs;

use std::process::ExitCode;

use clap::Parser;

/// Compiles Rego policies to WebAssembly and decides with them.
#[derive(Debug, Parser)]
#[command(name = "writ", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Build(verbs::build::Arguments),
    Capabilities(verbs::capabilities::Arguments),
    Check(verbs::check::Arguments),
    Eval(verbs::eval::Arguments),
    Inspect(verbs::inspect::Arguments),
    New(verbs::new::Arguments),
    Sign(verbs::sign::Arguments),
    Version(verbs::version::Arguments),
}

fn main() -> ExitCode {
    // A wrong argument ends here with exit code 2 and clap's own message.
    let arguments = Arguments::parse();
    let result = on_large_stack(move || match arguments.verb {
        Verb::Build(arguments) => verbs::build::run(&arguments),
        Verb::Capabilities(arguments) => verbs::capabilities::run(&arguments),
        Verb::Check(arguments) => verbs::check::run(&arguments),
        Verb::Eval(arguments) => verbs::eval::run(&arguments),
        Verb::Inspect(arguments) => verbs::inspect::run(&arguments),
        Verb::New(arguments) => verbs::new::run(&arguments),
        Verb::Sign(arguments) => verbs::sign::run(&arguments),
        Verb::Version(arguments) => verbs::version::run(&arguments),
    });
    result.unwrap_or_else(|failure| failure.report())
}

/// Runs the verb on a thread whose stack is the same wherever the command runs, so that what is accepted does not depend on `ulimit`.
fn on_large_stack<T: Send + 'static>(
    verb: impl FnOnce() -> Result<T, failure::Failure> + Send + 'static,
) -> Result<T, failure::Failure> {
    const STACK_BYTES: usize = 64 << 20;
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(verb);
    let thread = thread.map_err(|e| failure::Failure::usage(format!("no thread to work on: {e}")))?;
    thread.join().unwrap_or_else(|_| Err(failure::Failure::Shown(2)))
}
