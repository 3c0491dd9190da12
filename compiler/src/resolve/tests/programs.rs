//! What small programs and queries resolve to, as printed by [`crate::hir::print`].

use super::{cases, resolve_texts};
use crate::hir;
use crate::resolve::ResolveOptions;
use crate::syntax::RegoVersion;

/// Lines that begin with `?` are queries, the rest is a module.
fn print(name: &str, input: &str) -> String {
    let module: Vec<&str> = input.lines().filter(|l| !l.starts_with('?')).collect();
    let queries: Vec<&str> = input.lines().filter_map(|l| l.strip_prefix("? ")).collect();
    let options = ResolveOptions { prints: !name.contains("(no prints)"), ..ResolveOptions::default() };
    let version = if name.contains("(v0)") { RegoVersion::V0 } else { RegoVersion::V1 };
    let (sources, program, found) = resolve_texts(&[("t.rego", &module.join("\n"))], &queries, version, &options);
    if !found.is_empty() {
        return crate::diag::render::render_all(&sources, &found);
    }
    let mut out = hir::print::program(&program);
    for path in &program.entrypoints {
        out.push_str(&format!("entrypoint {}\n", crate::resolve::text::data_path(path)));
    }
    out
}

#[test]
fn programs_resolve() {
    cases::check("programs.cases", print);
}
