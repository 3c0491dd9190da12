//! What a [`Writ`] is made of.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use writ_runtime::{Candidate, Engine, EngineConfig, Limits, Policy, PolicyConfig, Sample};
use writ_value::Value;

use crate::cache::CacheConfig;
use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::writ::Writ;

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

/// Collects settings; [`Builder::build`] loads and compiles.
#[derive(Default)]
#[must_use]
pub struct Builder {
    pub(crate) origin: Origin,
    pub(crate) entrypoints: Vec<String>,
    pub(crate) data: Option<Value>,
    limits: Limits,
    engine: EngineConfig,
    samples: Vec<Sample>,
    max_instances: Option<usize>,
    cache: Option<CacheConfig>,
    clock: Option<Arc<dyn Clock>>,
}

impl Builder {
    /// A bundle from a file (`.tar.gz`) or a folder; [`Writ::reload`] reads it again.
    pub fn bundle_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.origin = Origin::Path(path.into());
        self
    }

    /// A bundle from the bytes of a `.tar.gz`.
    pub fn bundle_bytes(mut self, bytes: impl Into<bytes::Bytes>) -> Self {
        self.origin = Origin::Bytes(bytes.into());
        self
    }

    /// Adds a Rego module; its name is for errors. Name [entrypoints](Builder::entrypoint), too.
    pub fn rego(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        match &mut self.origin {
            Origin::Rego(modules) => modules.push((name.into(), text.into())),
            _ => self.origin = Origin::Rego(vec![(name.into(), text.into())]),
        }
        self
    }

    /// Adds an entrypoint, such as `authz/allow`, for policies that are compiled here. Wasm bundles name their own.
    pub fn entrypoint(mut self, path: impl Into<String>) -> Self {
        self.entrypoints.push(path.into());
        self
    }

    /// Base documents, in place of those of a bundle.
    pub fn data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }

    /// Bounds of each decision.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Settings of the engine.
    pub fn engine(mut self, config: EngineConfig) -> Self {
        self.engine = config;
        self
    }

    /// Instances at most; decisions beyond wait.
    pub fn max_instances(mut self, instances: usize) -> Self {
        self.max_instances = Some(instances);
        self
    }

    /// Adds a sample that each revision must decide before it goes live.
    pub fn sample(mut self, sample: Sample) -> Self {
        self.samples.push(sample);
        self
    }

    /// Keeps decisions. Off by default.
    pub fn cache(mut self, config: CacheConfig) -> Self {
        self.cache = Some(config);
        self
    }

    /// The clock of the cache, for tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Loads, compiles, warms up. Cost: milliseconds.
    ///
    /// # Errors
    /// Why the policy is refused; [`Error::Configuration`] without a policy.
    pub fn build(self) -> Result<Writ, Error> {
        let engine = Engine::new(&self.engine)?;
        let mut config = PolicyConfig::default();
        config.limits = self.limits;
        config.samples = self.samples.clone();
        config.max_instances = self.max_instances.unwrap_or(config.max_instances);
        let policy = Policy::new(&engine, self.candidate()?, config)?;
        let clock = self.clock.clone().unwrap_or_else(|| Arc::new(SystemClock::default()));
        Ok(Writ::new(policy, self.cache.clone(), clock, self))
    }

    /// Reads and compiles the origin.
    pub(crate) fn candidate(&self) -> Result<Candidate, Error> {
        let refused = |e: writ_bundle::BundleError| Error::Bundle(e.to_string());
        let limits = writ_bundle::Limits::default();
        let mut candidate = match &self.origin {
            Origin::None => return Err(Error::Configuration("a policy is missing: give a bundle or Rego modules")),
            Origin::Path(path) => self.of_bundle(writ_bundle::Bundle::open(path, &limits).map_err(refused)?)?,
            Origin::Bytes(bytes) => self.of_bundle(writ_bundle::Bundle::read(&bytes[..], &limits).map_err(refused)?)?,
            Origin::Rego(modules) => {
                let sources = modules.iter().map(|(name, text)| (name.as_str(), text.as_bytes()));
                Candidate::from_module("", self.compile(sources)?)
            }
        };
        if let Some(data) = &self.data {
            candidate = candidate.with_data(data.clone());
        }
        Ok(candidate)
    }

    fn of_bundle(&self, bundle: writ_bundle::Bundle) -> Result<Candidate, Error> {
        let compile = |bundle: &writ_bundle::Bundle| {
            let sources = bundle.modules.iter().map(|file| (file.path.as_str(), file.bytes.as_slice()));
            self.compile(sources).map_err(|e| e.to_string())
        };
        Ok(Candidate::from_bundle(bundle, Some(&compile))?)
    }

    #[cfg(feature = "compiler")]
    fn compile<'a>(&self, sources: impl Iterator<Item = (&'a str, &'a [u8])>) -> Result<Vec<u8>, Error> {
        use writ_compiler::{Options, Source, compile};
        if self.entrypoints.is_empty() {
            return Err(Error::Configuration("an entrypoint is missing: name what the policy will be asked"));
        }
        let sources: Vec<Source> = sources
            .map(|(name, text)| Source { name: name.to_owned(), text: text.to_vec(), rego_version: None })
            .collect();
        let options = Options { entrypoints: self.entrypoints.clone(), ..Options::default() };
        let output = compile(&sources, &options);
        output.wasm.ok_or_else(|| {
            let lines: Vec<String> = output.diagnostics.iter().map(|d| format!("{}: {}", d.code.as_str(), d.message)).collect();
            Error::Compile(lines.join("\n"))
        })
    }

    #[cfg(not(feature = "compiler"))]
    fn compile<'a>(&self, _: impl Iterator<Item = (&'a str, &'a [u8])>) -> Result<Vec<u8>, Error> {
        Err(Error::Configuration("this build has no compiler: use bundles with Wasm modules, or the feature `compiler`"))
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("origin", &self.origin)
            .field("entrypoints", &self.entrypoints)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}

/// Time that a call says its answer may be kept; see [`CallOptions`](crate::CallOptions).
pub(crate) type Ttl = Option<Duration>;
