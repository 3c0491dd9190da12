//! `docs/builtins.md`, made from the table.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Builtin, Place, Varies};
use crate::link;

/// The text of `docs/builtins.md`. `differences` says where a built-in differs from OPA, by name or, for all below a namespace, by its
/// name and `.*`.
pub fn document(differences: &BTreeMap<String, Vec<String>>) -> String {
    let mut out = HEAD.to_owned();
    let mut namespace = None;
    let mut rows: Vec<&Builtin> = super::all().iter().collect();
    rows.sort_by_key(|b| (namespace_of(b.name).is_some(), namespace_of(b.name), b.name));
    for b in rows {
        if namespace != Some(namespace_of(b.name)) {
            namespace = Some(namespace_of(b.name));
            let title = namespace_of(b.name).map_or("Without a namespace".to_owned(), |n| format!("`{n}`"));
            let _ = write!(
                out,
                "\n## {title}\n\n| name | signature | runs | varies with | differs from OPA |\n| --- | --- | --- | --- | --- |\n"
            );
        }
        let _ = writeln!(
            out,
            "| {} | `{}` | {} | {} | {} |",
            name(b),
            b.signature.replace('|', "\\|"),
            place(b),
            varies(b),
            differences_of(b.name, differences).join("; ")
        );
    }
    out
}

const HEAD: &str = "# Built-in functions

Every built-in of OPA 1.22, from the table in `compiler/src/builtins/table` (this page is made from it: `UPDATE_DOCS=1 cargo test
--release -p writ-tests --test builtins_document`). A policy may call what its capabilities list; `writ capabilities --current` prints ours.

* **runs**: *module* is in the compiled module itself; *host* is a call from the module to the host; *compiler* is replaced when the
  policy is compiled.
* **varies with**: what a result depends on besides the arguments: nothing, the *clock* (the time of the decision), or the *world*
  (chance, network, configuration of the host). Within one decision a call with the same arguments gives the same result. An entrypoint
  that reaches no built-in that varies gives the same decision for the same input and data.
* **differs from OPA**: on purpose; what is said of a namespace holds for all in it. General limits stand in
  [builtins-differences.md](builtins-differences.md).
";

fn namespace_of(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(namespace, _)| namespace)
}

fn name(b: &Builtin) -> String {
    let infix = b.infix.map(|op| format!(" (`{}`)", op.replace('|', "\\|"))).unwrap_or_default();
    let marks = [(b.deprecated, "deprecated, refused in Rego v1"), (b.relation, "relation")];
    let marks: Vec<&str> = marks.into_iter().filter(|(set, _)| *set).map(|(_, text)| text).collect();
    let marks = if marks.is_empty() { String::new() } else { format!(", {}", marks.join(", ")) };
    format!("`{}`{infix}{marks}", b.name)
}

/// What the shipped guest has runs in the module, whatever the table intends.
fn place(b: &Builtin) -> &'static str {
    let in_guest = link::shipped_guest().is_ok_and(|guest| guest.func(&format!("bi_{}", b.name)).is_some());
    match b.place {
        Place::Compiler => "compiler",
        _ if in_guest => "module",
        _ => "host",
    }
}

fn varies(b: &Builtin) -> &'static str {
    match b.varies {
        Varies::Never => "",
        Varies::Clock => "clock",
        Varies::World => "world",
    }
}

fn differences_of<'d>(name: &str, differences: &'d BTreeMap<String, Vec<String>>) -> Vec<&'d str> {
    let own = differences.get(name).into_iter();
    let shared = namespace_of(name).and_then(|n| differences.get(&format!("{n}.*"))).into_iter();
    own.chain(shared).flatten().map(String::as_str).collect()
}
