//! What modules say about themselves, for those who show or pack them: packages and annotations. Nothing is resolved or checked.

use writ_value::Value;

use crate::compile::{Options, Output, Source, parse_modules};
use crate::diag;
use crate::resolve;

/// A module.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// Name of the source.
    pub file: String,
    /// Path of its package below `data`.
    pub package: Vec<String>,
    /// Its `# METADATA` blocks in source order.
    pub annotations: Vec<Annotated>,
}

/// A `# METADATA` block at what it annotates.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotated {
    /// Path below `data` of the rule or package; of a rule with variables in its head, what stands before them.
    pub path: Vec<Value>,
    /// A rule is annotated, not the package.
    pub is_rule: bool,
    /// Row of what is annotated, from 1.
    pub row: u32,
    /// Its column, from 1.
    pub col: u32,
    /// The block's fields.
    pub value: Value,
}

/// Describes each module.
///
/// # Errors
/// The diagnostics, when a source cannot be parsed or an annotation is wrong.
pub fn describe(sources: &[Source], options: &Options) -> Result<Vec<Description>, Box<Output>> {
    let mut output = Output::default();
    let modules = parse_modules(sources, options, &mut output);
    let mut described = Vec::new();
    for module in &modules {
        let (blocks, found) = resolve::annotations::list(module);
        output.diagnostics.extend(found);
        let place = |span| output.sources.position(span);
        let annotations = blocks.into_iter().map(|block| {
            let place = place(block.target);
            Annotated { path: block.path, is_rule: block.is_rule, row: place.row, col: place.col, value: block.value }
        });
        described.push(Description {
            file: output.sources.name(module.span).to_owned(),
            package: module.package.path.iter().map(|name| name.text.to_string()).collect(),
            annotations: annotations.collect(),
        });
    }
    diag::sort(&mut output.diagnostics);
    if diag::has_errors(&output.diagnostics) { Err(Box::new(output)) } else { Ok(described) }
}
