//! Prints the plan of Rego files: `plan_dump [-O0|-O1|-O2] ENTRYPOINT FILE…`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command that reports to people")]

use writ_compiler::plan::{OptLevel, print};
use writ_compiler::{Options, Source};

fn main() {
    let mut level = OptLevel::default();
    let mut words = Vec::new();
    for arg in std::env::args().skip(1) {
        match arg.as_str() {
            "-O0" => level = OptLevel::O0,
            "-O1" => level = OptLevel::O1,
            "-O2" => level = OptLevel::O2,
            _ => words.push(arg),
        }
    }
    let Some((entrypoint, files)) = words.split_first() else {
        eprintln!("plan_dump [-O0|-O1|-O2] ENTRYPOINT FILE…");
        return;
    };
    let read = |name: &String| Source {
        name: name.clone(),
        text: std::fs::read(name).unwrap_or_default(),
        rego_version: None,
    };
    let sources: Vec<Source> = files.iter().map(read).collect();
    let options = Options { entrypoints: vec![entrypoint.clone()], opt_level: level, ..Options::default() };
    match writ_compiler::plan_sources(&sources, &options) {
        Ok((plan, notes)) => {
            println!("{}", print::print(&plan));
            notes.iter().for_each(|note| println!("{note:?}"));
            if let Err(error) = writ_compiler::plan::verify(&plan) {
                println!("{error}");
            }
        }
        Err(output) => eprintln!("{}", writ_compiler::diag::render::render_all(&output.sources, &output.diagnostics)),
    }
}
