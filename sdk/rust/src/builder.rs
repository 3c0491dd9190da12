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
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let folder = tempfile::tempdir().expect("a folder");
/// # std::fs::write(folder.path().join("p.rego"), "package p\nok if input.x").expect("written");
/// let writ = writ::Writ::builder()
///     .bundle_path(folder.path())
///     .entrypoint("p/ok")
///     .cache(writ::CacheConfig::default())
///     .build()?;
/// assert!(writ.decide("p/ok", r#"{"x": 1}"#)?.is_true());
/// # Ok(())
/// # }
/// ```
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
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let folder = tempfile::tempdir().expect("a folder");
    /// # std::fs::write(folder.path().join("p.rego"), "package p\nok if input.x").expect("written");
    /// let writ = writ::Writ::builder().bundle_path(folder.path()).entrypoint("p/ok").build()?;
    /// assert!(writ.decide("p/ok", r#"{"x": 1}"#)?.is_true());
    /// # Ok(())
    /// # }
    /// ```
    pub fn bundle_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.origin = Origin::Path(path.into());
        self
    }

    /// A bundle from the bytes of a `.tar.gz`.
    ///
    /// ```
    /// let refused = writ::Writ::builder().bundle_bytes(&b"no archive"[..]).build().expect_err("no bundle");
    /// assert_eq!(refused.code(), "bundle_refused");
    /// ```
    pub fn bundle_bytes(mut self, bytes: impl Into<bytes::Bytes>) -> Self {
        self.origin = Origin::Bytes(bytes.into());
        self
    }

    /// How bundles are read: with which limits, and whose signature they must have. Default: default limits, no signature.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let folder = tempfile::tempdir().expect("a folder");
    /// # std::fs::write(folder.path().join("p.rego"), "package p\nok if input.x").expect("written");
    /// let mut reader = writ::BundleReader::default();
    /// reader.limits.files = 10;
    /// let writ = writ::Writ::builder().bundle_path(folder.path()).bundle_reader(reader).entrypoint("p/ok").build()?;
    /// assert!(writ.decide("p/ok", r#"{"x": 1}"#)?.is_true());
    /// # Ok(())
    /// # }
    /// ```
    pub fn bundle_reader(mut self, reader: writ_bundle::Reader) -> Self {
        self.reader = Some(reader);
        self
    }

    /// Adds a Rego module; its name is for errors. Name [entrypoints](Builder::entrypoint), too.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// let writ = writ::Writ::builder()
    ///     .rego("p.rego", "package p\nimport data.roles\nok if roles.is_admin")
    ///     .rego("roles.rego", "package roles\nis_admin if input.role == \"admin\"")
    ///     .entrypoint("p/ok")
    ///     .build()?;
    /// assert!(writ.decide("p/ok", r#"{"role": "admin"}"#)?.is_true());
    /// # Ok(())
    /// # }
    /// ```
    pub fn rego(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        match &mut self.origin {
            Origin::Rego(modules) => modules.push((name.into(), text.into())),
            _ => self.origin = Origin::Rego(vec![(name.into(), text.into())]),
        }
        self
    }

    /// Adds an entrypoint, such as `authz/allow`, for policies that are compiled here. Wasm bundles name their own.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// let policy = "package p\nok if input.x\nwhy := \"because\" if ok";
    /// let writ = writ::Writ::builder().rego("p.rego", policy).entrypoint("p/ok").entrypoint("p/why").build()?;
    /// assert_eq!(writ.decide("p/why", r#"{"x": 1}"#)?.to_json().as_deref(), Some(r#""because""#));
    /// # Ok(())
    /// # }
    /// ```
    pub fn entrypoint(mut self, path: impl Into<String>) -> Self {
        self.entrypoints.push(path.into());
        self
    }

    /// Base documents, in place of those of a bundle.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// let data = writ::Value::object([("least", writ::Value::from(3))]);
    /// let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.level >= data.least");
    /// let writ = builder.entrypoint("p/ok").data(data).build()?;
    /// assert!(writ.decide("p/ok", r#"{"level": 4}"#)?.is_true());
    /// # Ok(())
    /// # }
    /// ```
    pub fn data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }

    /// [`Builder::data`] from JSON text.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.level >= data.least");
    /// let writ = builder.entrypoint("p/ok").data_json(r#"{"least": 3}"#)?.build()?;
    /// assert!(writ.decide("p/ok", r#"{"level": 4}"#)?.is_true());
    /// # Ok(())
    /// # }
    /// ```
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
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// let builder = writ::Writ::builder().rego("p.rego", "package p\nregion := opa.runtime().config.region");
    /// let writ = builder
    ///     .entrypoint("p/region")
    ///     .environment(|world| {
    ///         let config = writ::Value::object([("region", writ::Value::from("north"))]);
    ///         world.runtime = writ::Value::object([("config", config)]);
    ///     })
    ///     .build()?;
    /// assert_eq!(writ.decide("p/region", "{}")?.to_json().as_deref(), Some(r#""north""#));
    /// # Ok(())
    /// # }
    /// ```
    pub fn environment(mut self, equip: impl Fn(&mut Environment) + Send + Sync + 'static) -> Self {
        self.equip = Some(Arc::new(equip));
        self
    }

    /// Bounds of each decision.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// let mut limits = writ::Limits::default();
    /// limits.input_bytes = 20;
    /// let writ = builder.limits(limits).build()?;
    /// let error = writ.decide("p/ok", r#"{"x": "a long text"}"#).expect_err("too long");
    /// assert_eq!(error.code(), "limit_reached");
    /// # Ok(())
    /// # }
    /// ```
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Settings of the engine.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// let mut config = writ::EngineConfig::default();
    /// config.stack_bytes = 256 << 10;
    /// let writ = builder.engine(config).build()?;
    /// assert!(writ.decide("p/ok", r#"{"x": 1}"#)?.is_true());
    /// # Ok(())
    /// # }
    /// ```
    pub fn engine(mut self, config: EngineConfig) -> Self {
        self.engine = config;
        self
    }

    /// Instances at most; decisions beyond wait. Default: four per core, at least eight.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// let writ = builder.max_instances(2).build()?;
    /// assert!(writ.decide("p/ok", r#"{"x": 1}"#)?.is_true());
    /// assert!(writ.health().runtime.pool.size <= 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_instances(mut self, instances: usize) -> Self {
        self.max_instances = Some(instances);
        self
    }

    /// Instances that are made before a revision goes live. Default 1.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// let writ = builder.warm_instances(4).build()?;
    /// assert_eq!(writ.health().runtime.pool.size, 4);
    /// # Ok(())
    /// # }
    /// ```
    pub fn warm_instances(mut self, instances: usize) -> Self {
        self.warm_instances = Some(instances);
        self
    }

    /// Adds a sample that each revision must decide before it goes live.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// let input = Some(writ::Value::object([("x", writ::Value::from(1))]));
    /// let sample = writ::Sample { entrypoint: "p/ok".to_owned(), input, expected: None };
    /// let writ = builder.sample(sample).build()?;
    /// assert!(writ.decide("p/ok", r#"{"x": 1}"#)?.is_true());
    /// # Ok(())
    /// # }
    /// ```
    pub fn sample(mut self, sample: Sample) -> Self {
        self.samples.push(sample);
        self
    }

    /// Keeps decisions. Off by default.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// let writ = builder.cache(writ::CacheConfig::default()).build()?;
    /// writ.decide("p/ok", r#"{"x": 1, "request": 1}"#)?;
    /// assert!(writ.decide("p/ok", r#"{"x": 1, "request": 2}"#)?.cached);
    /// # Ok(())
    /// # }
    /// ```
    pub fn cache(mut self, config: CacheConfig) -> Self {
        self.cache = Some(config);
        self
    }

    /// A tier behind that of this process, such as one that is shared by several. It needs [`Builder::cache`].
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// let tier = std::sync::Arc::new(writ::cache::Local::new(1 << 20, 1000));
    /// let writ = builder.cache(writ::CacheConfig::default()).tier(tier.clone()).build()?;
    /// writ.decide("p/ok", r#"{"x": 1}"#)?;
    /// assert_eq!(writ::Tier::size(&*tier).0, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn tier(mut self, tier: Arc<dyn Tier>) -> Self {
        self.tier = Some(tier);
        self
    }

    /// How asynchronous callers share the work.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// let mut batching = writ::BatchConfig::default();
    /// batching.max_batch = 16;
    /// let writ = builder.batching(batching).build()?;
    /// assert!(writ.decide("p/ok", r#"{"x": 1}"#)?.is_true());
    /// # Ok(())
    /// # }
    /// ```
    pub fn batching(mut self, config: BatchConfig) -> Self {
        self.batching = config;
        self
    }

    /// Receives every decision and every change of the policy. Called in the middle of decisions.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    /// use std::time::Duration;
    ///
    /// #[derive(Default)]
    /// struct Undefined(AtomicUsize);
    ///
    /// impl writ::Recorder for Undefined {
    ///     fn decision(&self, _entrypoint: &str, kind: writ::DecisionKind, _took: Duration) {
    ///         self.0.fetch_add(usize::from(kind == writ::DecisionKind::Undefined), Ordering::Relaxed);
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// let seen = Arc::new(Undefined::default());
    /// let writ = builder.recorder(seen.clone()).build()?;
    /// writ.decide("p/ok", "{}")?;
    /// assert_eq!(seen.0.load(Ordering::Relaxed), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn recorder(mut self, recorder: Arc<dyn Recorder>) -> Self {
        self.recorder = Some(recorder);
        self
    }

    /// Whether decisions tell [how long they took](crate::Decision::took). Default: true; it costs two looks at the processor's cycle
    /// counter, some 20 ns, or at the machine's clock where that cannot be relied on, some 50 ns.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// let writ = builder.measure(false).build()?;
    /// assert_eq!(writ.decide("p/ok", r#"{"x": 1}"#)?.took, None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn measure(mut self, measure: bool) -> Self {
        self.unmeasured = !measure;
        self
    }

    /// The clock of the cache, for tests. Default: the engine's, which is precise to a millisecond.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use std::time::Duration;
    ///
    /// #[derive(Default)]
    /// struct Hand(AtomicU64);
    ///
    /// impl writ::Clock for Hand {
    ///     fn now(&self) -> Duration {
    ///         Duration::from_secs(self.0.load(Ordering::Relaxed))
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// let clock = Arc::new(Hand::default());
    /// let writ = builder.cache(writ::CacheConfig::default()).clock(clock.clone()).build()?;
    /// writ.decide("p/ok", r#"{"x": 1}"#)?;
    /// clock.0.store(3600, Ordering::Relaxed);
    /// assert!(!writ.decide("p/ok", r#"{"x": 1}"#)?.cached, "an hour later");
    /// # Ok(())
    /// # }
    /// ```
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Loads, compiles, warms up. Cost: milliseconds.
    ///
    /// ```
    /// let error = writ::Writ::builder().rego("p.rego", "package p\nok if").entrypoint("p/ok").build();
    /// assert_eq!(error.expect_err("half a rule").code(), "compile_error");
    /// ```
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
