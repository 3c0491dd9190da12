//! An immutable revision: modules with their pools, data, entrypoints. Made aside, complete before anybody decides by it.

use std::collections::BTreeMap;
use std::sync::Arc;

use writ_bundle::{Bundle, Manifest};
use writ_value::{Value, json};

use crate::data::{DataImage, ModuleData};
use crate::engine::Engine;
use crate::error::EvalError;
use crate::instance::{EvalOptions, Instance};
use crate::module::{EntrypointId, Module};
use crate::outcome::Outcome;
use crate::policy::PolicyConfig;
use crate::pool::{Held, Maker, Pool};
use crate::siblings::{self, Siblings};
use crate::stats::PoolStats;

/// Data whose image is larger than this is not kept as a document too: a patch reads it back from the image.
const KEEP_DOCUMENT_BYTES: usize = 4 << 20;

/// What a revision is to be made of.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Candidate {
    /// Its name, reported with decisions.
    pub revision: String,
    /// At least one.
    pub modules: Vec<CandidateModule>,
    /// Base documents; anything but an object is refused.
    pub data: Option<Value>,
    /// Anything.
    pub metadata: Option<Value>,
    /// Of a bundle: its roots and entrypoints, which [delta bundles](crate::Policy::apply_delta) must have as well.
    pub manifest: Option<Manifest>,
}

/// A module of a [`Candidate`].
#[derive(Debug, Clone)]
pub struct CandidateModule {
    /// For errors, such as the path in a bundle.
    pub name: String,
    /// The module's bytes.
    pub wasm: Arc<[u8]>,
    /// The entrypoints that it answers; `None`: all that it has.
    pub entrypoints: Option<Vec<String>>,
}

/// Compiles the Rego sources of a bundle to one module; the runtime itself knows no Rego.
pub type CompileRego<'a> = &'a (dyn Fn(&Bundle) -> Result<Vec<u8>, String> + 'a);

impl Candidate {
    /// One module with all its entrypoints and no data.
    pub fn from_module(revision: impl Into<String>, wasm: impl Into<Arc<[u8]>>) -> Self {
        let module = CandidateModule { name: "module".to_owned(), wasm: wasm.into(), entrypoints: None };
        Self { revision: revision.into(), modules: vec![module], ..Self::default() }
    }

    /// Adds base documents.
    #[must_use]
    pub fn with_data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }

    /// What a bundle holds: the modules that its manifest names, or else its Rego sources, compiled by `compile`.
    ///
    /// # Errors
    /// [`EvalError::Artifact`] when there is nothing to run, or `compile` fails.
    pub fn from_bundle(bundle: Bundle, compile: Option<CompileRego<'_>>) -> Result<Self, EvalError> {
        if bundle.is_delta() {
            return Err(EvalError::artifact("a delta bundle changes a policy that is live; it cannot be one"));
        }
        let mut modules = Vec::new();
        for file in &bundle.wasm {
            let of_file = |entry: &&writ_bundle::WasmEntrypoint| entry.module.trim_start_matches('/') == file.path;
            let entrypoints: Vec<String> =
                bundle.manifest.wasm.iter().filter(of_file).map(|entry| entry.entrypoint.clone()).collect();
            if !entrypoints.is_empty() || bundle.manifest.wasm.is_empty() {
                let entrypoints = (!entrypoints.is_empty()).then_some(entrypoints);
                let wasm = file.bytes.as_slice().into();
                modules.push(CandidateModule { name: file.path.clone(), wasm, entrypoints });
            }
        }
        if modules.is_empty() {
            let compile = compile
                .filter(|_| !bundle.modules.is_empty())
                .ok_or_else(|| EvalError::artifact("the bundle has no module, and nothing here compiles Rego"))?;
            let wasm = compile(&bundle).map_err(|e| EvalError::artifact(format!("it does not compile: {e}")))?;
            modules.push(CandidateModule { name: "*.rego".to_owned(), wasm: wasm.into(), entrypoints: None });
        }
        Ok(Self {
            revision: bundle.manifest.revision.clone(),
            modules,
            data: Some(bundle.data),
            metadata: bundle.manifest.metadata.clone(),
            manifest: Some(bundle.manifest),
        })
    }
}

/// A sample that a candidate must decide before it goes live.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The entrypoint to ask.
    pub entrypoint: String,
    /// The input, `None` for undefined.
    pub input: Option<Value>,
    /// What it must answer; `None`: anything but an error.
    pub expected: Option<Outcome>,
}

/// Number of a revision within its policy: 1, 2, 3, …
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevisionId(pub u64);

/// A revision that is, was or will be live.
pub struct Revision {
    pub(crate) id: RevisionId,
    pub(crate) name: Arc<str>,
    pub(crate) metadata: Option<Value>,
    pub(crate) manifest: Option<Arc<Manifest>>,
    modules: Vec<Module>,
    /// One for each module.
    pub(crate) pools: Vec<Held>,
    entrypoints: BTreeMap<String, Target>,
    pub(crate) data: Data,
}

/// What a revision says about itself.
pub(crate) struct About {
    pub(crate) name: Arc<str>,
    pub(crate) metadata: Option<Value>,
    pub(crate) manifest: Option<Arc<Manifest>>,
}

/// Where an entrypoint is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    pub(crate) pool: usize,
    pub(crate) id: EntrypointId,
    /// The revision since which neither code nor data that it can read have changed.
    pub(crate) unchanged_since: RevisionId,
}

/// Base documents in the forms that the revision's modules take.
#[derive(Debug, Clone, Default)]
pub(crate) struct Data {
    image: Option<Arc<DataImage>>,
    text: Option<Arc<str>>,
    /// The document, where it is small.
    document: Option<Value>,
}

impl Data {
    fn new(data: Value, modules: &[Module]) -> Result<Self, EvalError> {
        if data.as_object().is_none() {
            return Err(EvalError::artifact("its data is no object"));
        }
        let _span = tracing::debug_span!("lay out data").entered();
        crate::faults::hit(crate::faults::Point::Allocation)?;
        let ours: Vec<&Module> = modules.iter().filter(|module| module.is_ours()).collect();
        // Several have constants at different addresses.
        let constants = if let [only] = ours[..] { only.fast_input() } else { None };
        // One image for all: it begins behind the largest of them.
        let end = ours.iter().map(|module| module.static_end()).max();
        let image = end.map(|end| DataImage::new(&data, end, constants).map(Arc::new)).transpose()?;
        let foreign = modules.iter().any(|module| !module.is_ours());
        let text = foreign.then(|| json::to_string(&data).into());
        let small = image.as_ref().is_none_or(|image| image.bytes().len() <= KEEP_DOCUMENT_BYTES);
        if small {
            return Ok(Self { image, text, document: Some(data) });
        }
        // Freeing millions of values takes a third as long as reading them did, and nobody waits for it. Without a thread it happens here.
        let _ = std::thread::Builder::new().name("writ-free".to_owned()).spawn(move || drop(data));
        Ok(Self { image, text, document: None })
    }

    fn of(&self, module: &Module) -> Result<ModuleData, EvalError> {
        let missing = || EvalError::internal("data in a form that a module needs is missing");
        if module.is_ours() {
            return self.image.clone().map(ModuleData::Image).ok_or_else(missing);
        }
        self.text.clone().map(ModuleData::Text).ok_or_else(missing)
    }

    /// The document. Cost: linear where it is large.
    pub(crate) fn document(&self) -> Result<Value, EvalError> {
        match (&self.document, &self.image) {
            (Some(document), _) => Ok(document.clone()),
            (None, Some(image)) => image.to_value(),
            (None, None) => Ok(Value::empty_object()),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.image.as_ref().map_or(0, |image| image.bytes().len()) + self.text.as_ref().map_or(0, |text| text.len())
    }
}

impl Revision {
    /// Loads, verifies, compiles and probes. Modules that `live` has as well are not compiled again.
    pub(crate) fn make(
        engine: &Engine,
        candidate: Candidate,
        id: RevisionId,
        config: &PolicyConfig,
        live: Option<&Self>,
    ) -> Result<Self, EvalError> {
        let known = |wasm: &[u8]| {
            let mut modules = live.map(|live| &live.modules[..]).unwrap_or_default().iter();
            modules.find(|module| module.is_of(wasm)).cloned()
        };
        let mut modules = Vec::new();
        let mut entrypoints = BTreeMap::new();
        for (pool, candidate) in candidate.modules.iter().enumerate() {
            let in_module = |e| match e {
                EvalError::Artifact(e) => EvalError::artifact(format!("{}: {}", candidate.name, e.message)),
                other => other,
            };
            let module = match known(&candidate.wasm) {
                Some(module) => module,
                None if live.is_some() => Module::new_beside_decisions(engine, &candidate.wasm).map_err(in_module)?,
                None => Module::new_among_others(engine, &candidate.wasm).map_err(in_module)?,
            };
            let mut add = |name: &str| {
                let number = module
                    .entrypoint(name)
                    .ok_or_else(|| in_module(EvalError::artifact(format!("it has no entrypoint `{name}`"))))?;
                match entrypoints.insert(name.to_owned(), Target { pool, id: number, unchanged_since: id }) {
                    None => Ok(()),
                    Some(_) => Err(in_module(EvalError::artifact(format!("entrypoint `{name}` comes twice")))),
                }
            };
            match &candidate.entrypoints {
                Some(names) => names.iter().try_for_each(|name| add(name))?,
                None => module.entrypoints().keys().try_for_each(|name| add(name))?,
            }
            modules.push(module);
        }
        if modules.is_empty() {
            return Err(EvalError::artifact("a revision without a module"));
        }
        let data = Data::new(candidate.data.unwrap_or_else(Value::empty_object), &modules)?;
        let about = About {
            name: candidate.revision.into(),
            metadata: candidate.metadata,
            manifest: candidate.manifest.map(Arc::new),
        };
        Self::assemble(id, about, modules, entrypoints, data, config)
    }

    /// The same revision with other data, different at the `changed` paths only: the same compiled code, new pools.
    pub(crate) fn with_data<'c>(
        &self,
        id: RevisionId,
        about: About,
        data: Value,
        changed: impl Iterator<Item = &'c [String]> + Clone,
        config: &PolicyConfig,
    ) -> Result<Self, EvalError> {
        let modules = self.modules.clone();
        let data = Data::new(data, &modules)?;
        let mut entrypoints = self.entrypoints.clone();
        for target in entrypoints.values_mut() {
            let info = siblings::info(&modules, &self.entrypoints, *target);
            if info.is_none_or(|info| changed.clone().any(|path| info.depends_on(path))) {
                target.unchanged_since = id;
            }
        }
        Self::assemble(id, about, modules, entrypoints, data, config)
    }

    /// What it says about itself.
    pub(crate) fn about(&self) -> About {
        About { name: self.name.clone(), metadata: self.metadata.clone(), manifest: self.manifest.clone() }
    }

    fn assemble(
        id: RevisionId,
        about: About,
        modules: Vec<Module>,
        entrypoints: BTreeMap<String, Target>,
        data: Data,
        config: &PolicyConfig,
    ) -> Result<Self, EvalError> {
        let About { name, metadata, manifest } = about;
        let pool = |module: &Module, siblings: Option<Siblings>| {
            let (module, data) = (module.clone(), data.of(module)?);
            let (environment, siblings) = (config.environment.clone(), siblings.map(Arc::new));
            let maker = Maker { module, data, limits: config.limits, environment, siblings };
            Ok::<_, EvalError>(Held::new(Pool::new(maker, config.max_instances)))
        };
        // Those that call nothing first: the others hold on to them.
        let callee = |module: &Module| module.functions().is_empty().then(|| pool(module, None)).transpose();
        let callees = modules.iter().map(callee).collect::<Result<Vec<_>, EvalError>>()?;
        let mut pools = Vec::new();
        for (place, module) in modules.iter().enumerate() {
            let found = |place: usize| callees.get(place).cloned().flatten();
            pools.push(match found(place) {
                Some(callee) => callee,
                None => pool(module, Siblings::find(&modules, place, &entrypoints, found)?)?,
            });
        }
        let revision = Self { id, name, metadata, manifest, modules, pools, entrypoints, data };
        for pool in &revision.pools {
            // One at least, so that a module that cannot be instantiated with these data is found now.
            pool.warm_up(config.warm_instances.max(1))?;
        }
        config.samples.iter().try_for_each(|sample| revision.probe(sample))?;
        Ok(revision)
    }

    fn probe(&self, sample: &Sample) -> Result<(), EvalError> {
        let name = &sample.entrypoint;
        let options = EvalOptions::default();
        let outcome = self.lend(name, None, |instance, id| instance.evaluate_known(id, sample.input.as_ref(), options));
        let outcome = outcome.map_err(|e| EvalError::artifact(format!("the sample for `{name}` fails: {e}")))?;
        match &sample.expected {
            Some(expected) if *expected != outcome => {
                Err(EvalError::artifact(format!("the sample for `{name}` gives {outcome:?} instead of {expected:?}")))
            }
            _ => Ok(()),
        }
    }

    /// Lends a warm instance to `work`, with the entrypoint's number in its module.
    #[inline]
    pub(crate) fn lend<R>(
        &self,
        entrypoint: &str,
        tenant: Option<&str>,
        work: impl FnOnce(&mut Instance, EntrypointId) -> Result<R, EvalError>,
    ) -> Result<R, EvalError> {
        let target = self.target(entrypoint)?;
        self.pool(target)?.lend(tenant, |instance| work(instance, target.id)).map_err(|error| *error)?
    }

    /// The pool of an entrypoint's module.
    #[inline]
    pub(crate) fn pool(&self, target: Target) -> Result<&Held, EvalError> {
        self.pools.get(target.pool).ok_or_else(|| EvalError::internal("an entrypoint without a pool"))
    }

    /// The revision (this one or one before it) since which neither the code nor the data that the entrypoint can read have changed: decisions made
    /// since then on the same input are still right.
    pub fn unchanged_since(&self, entrypoint: &str) -> Option<RevisionId> {
        self.entrypoints.get(entrypoint).map(|target| target.unchanged_since)
    }

    /// Where the entrypoint is.
    ///
    /// # Errors
    /// [`EvalError::Input`] when there is none.
    pub(crate) fn target(&self, entrypoint: &str) -> Result<Target, EvalError> {
        let found = self.entrypoints.get(entrypoint).copied();
        found.ok_or_else(|| EvalError::input(format!("the policy has no entrypoint `{entrypoint}`")))
    }

    /// Its number.
    pub fn id(&self) -> RevisionId {
        self.id
    }

    /// Its name, as the bundle says.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the bundle says besides.
    pub fn metadata(&self) -> Option<&Value> {
        self.metadata.as_ref()
    }

    /// What it can be asked.
    pub fn entrypoints(&self) -> impl Iterator<Item = &str> {
        self.entrypoints.keys().map(String::as_str)
    }

    /// Its base documents. Cost: linear where they are large.
    ///
    /// # Errors
    /// [`EvalError::Internal`].
    pub fn data(&self) -> Result<Value, EvalError> {
        self.data.document()
    }

    /// Its instances.
    pub fn pool_stats(&self) -> PoolStats {
        let mut sum = PoolStats::default();
        self.pools.iter().for_each(|pool| sum.add(pool.stats()));
        sum
    }

    /// Largest number of instances of one of its modules.
    pub(crate) fn most_instances(&self) -> usize {
        self.pools.iter().map(|pool| pool.stats().size).max().unwrap_or_default()
    }
}

impl std::fmt::Debug for Revision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Revision").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}
