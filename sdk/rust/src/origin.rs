//! Where a policy comes from, read and compiled to what can go live.

use std::path::PathBuf;

use writ_bundle::{Bundle, BundleError, Reader};
use writ_runtime::Candidate;

use crate::builder::Builder;
use crate::error::Error;

/// Where the policy comes from.
#[derive(Debug, Clone, Default)]
pub(crate) enum Origin {
    #[default]
    None,
    /// A bundle: a `.tar.gz` or a folder.
    Path(PathBuf),
    /// The bytes of a `.tar.gz`.
    Bytes(bytes::Bytes),
    /// Rego modules by name.
    Rego(Vec<(String, String)>),
}

impl Builder {
    /// Reads and compiles the origin.
    pub(crate) fn candidate(&self) -> Result<Candidate, Error> {
        let refused = |e: BundleError| Error::Bundle(e.to_string());
        let reader = self.reader.clone().unwrap_or_else(Reader::default);
        let candidate = match &self.origin {
            Origin::None => return Err(Error::Configuration("a policy is missing: give a bundle or Rego modules")),
            Origin::Path(path) => return self.candidate_of(reader.open(path).map_err(refused)?),
            Origin::Bytes(bytes) => return self.candidate_of(reader.read(&bytes[..]).map_err(refused)?),
            Origin::Rego(modules) => {
                let sources = modules.iter().map(|(name, text)| (name.as_str(), text.as_bytes()));
                Candidate::from_module("", self.compile(sources)?)
            }
        };
        Ok(self.with_data(candidate))
    }

    /// What a bundle holds.
    pub(crate) fn candidate_of(&self, bundle: Bundle) -> Result<Candidate, Error> {
        self.of_bundle(bundle).map(|candidate| self.with_data(candidate))
    }

    fn with_data(&self, candidate: Candidate) -> Candidate {
        match &self.data {
            Some(data) => candidate.with_data(data.clone()),
            None => candidate,
        }
    }

    fn of_bundle(&self, bundle: Bundle) -> Result<Candidate, Error> {
        // Errors of the compiler come through the runtime as text.
        let failed = std::cell::RefCell::new(None);
        let compile = |bundle: &Bundle| {
            let sources = bundle.modules.iter().map(|file| (file.path.as_str(), file.bytes.as_slice()));
            self.compile(sources).map_err(|e| {
                let text = e.to_string();
                failed.replace(Some(e));
                text
            })
        };
        Candidate::from_bundle(bundle, Some(&compile)).map_err(|e| failed.take().unwrap_or(Error::Eval(e)))
    }

    #[cfg(feature = "compiler")]
    fn compile<'a>(&self, sources: impl Iterator<Item = (&'a str, &'a [u8])>) -> Result<Vec<u8>, Error> {
        use writ_compiler::capabilities::Capabilities;
        use writ_compiler::{Options, Source, compile};
        if self.entrypoints.is_empty() {
            return Err(Error::Configuration("an entrypoint is missing: name what the policy will be asked"));
        }
        let sources: Vec<Source> = sources
            .map(|(name, text)| Source { name: name.to_owned(), text: text.to_vec(), rego_version: None })
            .collect();
        let declared = self.builtins.capabilities();
        let capabilities = if declared.is_empty() {
            None
        } else {
            let mut capabilities = Capabilities::current();
            for entry in &declared {
                capabilities.add(entry).map_err(|e| Error::Compile(e.to_string()))?;
            }
            Some(capabilities)
        };
        let options = Options { entrypoints: self.entrypoints.clone(), capabilities, ..Options::default() };
        let output = compile(&sources, &options);
        output.wasm.ok_or_else(|| {
            let line = |d: &writ_compiler::diag::Diagnostic| {
                let place = d.span.map(|span| {
                    let at = output.sources.position(span);
                    format!("{}:{}:{}: ", output.sources.name(span), at.row, at.col)
                });
                format!("{}{}: {}", place.unwrap_or_default(), d.code.as_str(), d.message)
            };
            Error::Compile(output.diagnostics.iter().map(line).collect::<Vec<_>>().join("\n"))
        })
    }

    #[cfg(not(feature = "compiler"))]
    fn compile<'a>(&self, _: impl Iterator<Item = (&'a str, &'a [u8])>) -> Result<Vec<u8>, Error> {
        Err(Error::Configuration(
            "this build has no compiler: use bundles with Wasm modules, or the feature `compiler`",
        ))
    }
}
