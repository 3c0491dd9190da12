//! From arguments to sources and documents: the only place of the command that reads files.

mod bundles;
mod capabilities;
mod files;
mod input;

use writ_bundle::{Bundle, Documents};
use writ_compiler::Source;
use writ_value::Value;

pub(crate) use bundles::{Bundles, modules as bundle_modules};
pub(crate) use capabilities::{OPA_VERSION, capabilities};
pub(crate) use files::{Wanted, files, read};
pub(crate) use input::{input, text_from_stdin};

/// What was found below the paths of the command line.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    /// Rego modules.
    pub(crate) modules: Vec<Module>,
    /// Data, merged.
    pub(crate) data: Documents,
    /// What of archives is not made anew of Rego: the archive's name, and its policies in Rust, or all modules of one without Rego.
    pub(crate) compiled: Vec<(String, Bundle)>,
}

/// A Rego module or rule document.
#[derive(Debug, Clone)]
pub(crate) struct Module {
    pub(crate) source: Source,
    /// Its path in a bundle that is built from it, without `/` in front.
    pub(crate) path: String,
}

/// Everything that could not be loaded, a message each.
#[derive(Debug, Default)]
pub(crate) struct LoadErrors(pub(crate) Vec<String>);

impl LoadErrors {
    /// All messages as one text, in OPA's form.
    pub(crate) fn text(&self) -> String {
        match self.0.as_slice() {
            [one] => format!("1 error occurred during loading: {one}"),
            all => format!("{} errors occurred during loading:\n{}", all.len(), all.join("\n")),
        }
    }
}

impl From<LoadErrors> for crate::failure::Failure {
    fn from(errors: LoadErrors) -> Self {
        Self::usage(errors.text())
    }
}

/// Puts the modules into the order of their names, in which OPA compiles them.
pub(crate) fn sort(modules: &mut [Module]) {
    modules.sort_by(|a, b| a.source.name.cmp(&b.source.name));
}

/// The sources of the modules.
pub(crate) fn sources(modules: &[Module]) -> Vec<Source> {
    modules.iter().map(|m| m.source.clone()).collect()
}

/// True when the documents hold anything.
pub(crate) fn is_empty(data: &Value) -> bool {
    data.as_object().is_none_or(std::collections::BTreeMap::is_empty)
}
