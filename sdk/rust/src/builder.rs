//! What a [`Writ`] is made of.

use std::path::PathBuf;
use std::sync::Arc;

use writ_runtime::{
    CustomBuiltin, CustomBuiltins, Engine, EngineConfig, Environment, Limits, Policy, PolicyConfig, Recorder, Sample,
};
use writ_value::{Value, json};

use crate::cache::{CacheConfig, Store, Tier};
use crate::clock::{Clock, Time};
use crate::coalesce::{BatchConfig, Coalescer};
use crate::error::Error;
use crate::origin::Origin;
use crate::writ::{Parts, Writ};

type Equip = Arc<dyn Fn(&mut Environment) + Send + Sync>;

/// Collects settings; [`Builder::build`] loads and compiles. [`Writ::builder`] has an example.
#[derive(Default)]
#[must_use]
pub struct Builder {
    pub(crate) origin: Origin,
    pub(crate) entrypoints: Vec<String>,
    pub(crate) data: Option<Value>,
    pub(crate) builtins: CustomBuiltins,
    pub(crate) reader: Option<writ_bundle::Reader>,
    limits: Limits,
    engine: EngineConfig,
    samples: Vec<Sample>,
    max_instances: Option<usize>,
    warm_instances: Option<usize>,
    cache: Option<CacheConfig>,
    tier: Option<Arc<dyn Tier>>,
    batching: BatchConfig,
    clock: Option<Arc<dyn Clock>>,
    recorder: Option<Arc<dyn Recorder>>,
    equip: Option<Equip>,
    unmeasured: bool,
}

impl Builder {
    /// A bundle from a file (`.tar.gz`) or a folder; [`Writ::reload`] reads it again. A bundle without a Wasm module is compiled here; name
    /// [entrypoints](Builder::entrypoint), then.
    pub fn bundle_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.origin = Origin::Path(path.into());
        self
    }

    /// A bundle from the bytes of a `.tar.gz`.
    pub fn bundle_bytes(mut self, bytes: impl Into<bytes::Bytes>) -> Self {
        self.origin = Origin::Bytes(bytes.into());
        self
    }

    /// How bundles are read: with which limits, and whose signature they must have. Default: default limits, no signature.
    pub fn bundle_reader(mut self, reader: writ_bundle::Reader) -> Self {
        self.reader = Some(reader);
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

    /// [`Builder::data`] from JSON text.
    ///
    /// # Errors
    /// [`Error::Eval`] when it is none.
    pub fn data_json(self, text: impl AsRef<[u8]>) -> Result<Self, Error> {
        let wrong = |e: json::JsonError| Error::Eval(writ_runtime::EvalError::input(format!("data: {e}")));
        let data = json::parse(text.as_ref()).map_err(wrong)?;
        Ok(self.data(data))
    }

    /// Adds a built-in of the application, which policies that are compiled here may call and modules may need.
    ///
    /// ```
    /// use writ::{CustomBuiltin, Value};
    /// # fn main() -> Result<(), writ::Error> {
    /// let declaration = r#"{"args": [{"type": "string"}], "result": {"type": "boolean"}}"#;
    /// let on_duty = CustomBuiltin::pure("acme.on_duty", declaration, |_, args| {
    ///     Ok(Some(Value::from(args[0].as_str() == Some("ann"))))
    /// })?;
    /// let writ = writ::Writ::builder()
    ///     .rego("p.rego", "package p\nok if acme.on_duty(input.user)")
    ///     .entrypoint("p/ok")
    ///     .builtin(on_duty)?
    ///     .build()?;
    /// assert!(writ.decide("p/ok", r#"{"user": "ann"}"#)?.is_true());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Builtin`] when there is one of that name.
    pub fn builtin(mut self, builtin: CustomBuiltin) -> Result<Self, Error> {
        self.builtins.register(builtin)?;
        Ok(self)
    }

    /// Gives built-ins more of the world than the machine's clock: `equip` fills in what they may use, such as a network.
    pub fn environment(mut self, equip: impl Fn(&mut Environment) + Send + Sync + 'static) -> Self {
        self.equip = Some(Arc::new(equip));
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

    /// Instances at most; decisions beyond wait. Default: four per core, at least eight.
    pub fn max_instances(mut self, instances: usize) -> Self {
        self.max_instances = Some(instances);
        self
    }

    /// Instances that are made before a revision goes live. Default 1.
    pub fn warm_instances(mut self, instances: usize) -> Self {
        self.warm_instances = Some(instances);
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

    /// A tier behind that of this process, such as one that is shared by several. It needs [`Builder::cache`].
    pub fn tier(mut self, tier: Arc<dyn Tier>) -> Self {
        self.tier = Some(tier);
        self
    }

    /// How asynchronous callers share the work.
    pub fn batching(mut self, config: BatchConfig) -> Self {
        self.batching = config;
        self
    }

    /// Receives every decision and every change of the policy. Called in the middle of decisions.
    pub fn recorder(mut self, recorder: Arc<dyn Recorder>) -> Self {
        self.recorder = Some(recorder);
        self
    }

    /// Whether decisions tell [how long they took](crate::Decision::took). Default: true; it costs two looks at the machine's clock, some 40 ns.
    pub fn measure(mut self, measure: bool) -> Self {
        self.unmeasured = !measure;
        self
    }

    /// The clock of the cache, for tests. Default: the engine's, which is precise to a millisecond.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Loads, compiles, warms up. Cost: milliseconds.
    ///
    /// # Errors
    /// Why the policy is refused; [`Error::Configuration`] without a policy, or with settings that need others.
    pub fn build(self) -> Result<Writ, Error> {
        if self.tier.is_some() && self.cache.is_none() {
            return Err(Error::Configuration("a tier without a cache: ask for one with `cache`"));
        }
        let engine = Engine::with_builtins(&self.engine, self.builtins.clone())?;
        let mut config = PolicyConfig::default();
        config.limits = self.limits;
        config.samples = self.samples.clone();
        config.max_instances = self.max_instances.unwrap_or(config.max_instances);
        config.warm_instances = self.warm_instances.unwrap_or(config.warm_instances);
        config.recorder = self.recorder.clone();
        config.environment = self.equip.as_ref().map(|equip| {
            let mut environment = engine.new_environment();
            equip(&mut environment);
            Arc::new(environment)
        });
        let policy = Policy::new(&engine, self.candidate()?, config)?;
        let parts = Parts {
            limits: self.limits,
            store: self.cache.clone().map(|config| Store::new(config, self.tier.clone())),
            time: Time::of(&engine, self.clock.clone()),
            coalescer: Coalescer::new(self.batching.clone()),
            recorder: self.recorder.clone(),
            measure: !self.unmeasured,
        };
        Ok(Writ::new(policy, parts, self))
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("origin", &self.origin)
            .field("entrypoints", &self.entrypoints)
            .field("cache", &self.cache)
            .field("batching", &self.batching)
            .finish_non_exhaustive()
    }
}
