//! A compiled policy: machine code, what it can be asked and what it needs. Immutable; lives as long as its last instance.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use wasmtime::{ExternType, InstancePre};
use writ_abi::names;

use crate::builtins::BuiltinTable;
use crate::decide::FastInput;
use crate::engine::{Engine, Haste};
use crate::error::EvalError;
use crate::host::Host;
use crate::instance::Instance;
use crate::limits::Limits;
use crate::locations::Locations;
use crate::meta::{EntrypointInfo, Meta, Varies};
use crate::rewrite;
use crate::sections;
use crate::trim;

/// Time that the start function of a module, and what tells its entrypoints and built-ins, may take when it is loaded.
const LOAD_TIME: std::time::Duration = std::time::Duration::from_secs(1);

/// Largest module in bytes.
pub const MAX_MODULE_BYTES: usize = 256 << 20;

/// Id of an entrypoint within its module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntrypointId(pub i32);

/// Which interface of a module the host uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Interface {
    /// Our own exports where the module has them, otherwise OPA's.
    #[default]
    Best,
    /// OPA's exports even where ours exist: what other SDKs see.
    Opa,
}

/// A compiled policy module. Cloning is cheap and shares it.
#[derive(Clone)]
pub struct Module {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) engine: Engine,
    /// The code, with the host functions that it imports.
    pub(crate) code: InstancePre<Host>,
    /// True when the fast exports are used.
    pub(crate) fast: bool,
    pub(crate) builtins: Arc<BuiltinTable>,
    pub(crate) locations: Arc<Locations>,
    /// SHA-256 of the bytes that it was made of.
    digest: [u8; 32],
    /// Slots and constants, for the fast path of modules of ours.
    pub(crate) input: Option<Arc<FastInput>>,
    /// Of modules of ours: first address behind their own data.
    static_end: u32,
    entrypoints: BTreeMap<String, EntrypointId>,
    meta: Meta,
}

impl Module {
    /// Compiles `wasm` and asks it for its entrypoints and built-ins. Costs milliseconds: compile once, keep it.
    ///
    /// # Errors
    /// [`EvalError::Artifact`] when it is not Wasm, imports what no host of the OPA ABI has, lacks an export, or needs a built-in that this host
    /// lacks (all such names are given).
    pub fn new(engine: &Engine, wasm: &[u8]) -> Result<Self, EvalError> {
        Self::with_interface(engine, wasm, Interface::Best)
    }

    /// Like [`Module::new`], while decisions go on.
    pub(crate) fn new_beside_decisions(engine: &Engine, wasm: &[u8]) -> Result<Self, EvalError> {
        Self::make(engine, wasm, Interface::Best, Haste::BesideDecisions)
    }

    /// Like [`Module::new`], with a choice of the interface.
    ///
    /// # Errors
    /// As [`Module::new`].
    pub fn with_interface(engine: &Engine, wasm: &[u8], interface: Interface) -> Result<Self, EvalError> {
        Self::make(engine, wasm, interface, Haste::First)
    }

    fn make(engine: &Engine, wasm: &[u8], interface: Interface, haste: Haste) -> Result<Self, EvalError> {
        if wasm.len() > MAX_MODULE_BYTES {
            return Err(EvalError::artifact(format!("{} bytes, at most {MAX_MODULE_BYTES} are accepted", wasm.len())));
        }
        if !wasm.starts_with(b"\0asm") {
            return Err(EvalError::artifact("not a WebAssembly module"));
        }
        let refused = |e: wasmtime::Error| EvalError::artifact(format!("{e:#}"));
        let meta = match sections::custom(wasm, names::SECTION_META) {
            Some(json) => Meta::parse(json)?,
            None => Meta::default(),
        };
        let mut rewritten = rewrite::own_memory(wasm);
        if meta.present && interface == Interface::Best && exports_ours(wasm) {
            trim::trim(rewritten.wasm.to_mut(), is_called);
        }
        let compiled = engine.compile(&rewritten.wasm, haste).map_err(refused)?;
        check_imports(&compiled)?;
        let ours = meta.present && OUR_EXPORTS.into_iter().all(|name| compiled.get_export_index(name).is_some());
        let draft = Inner {
            engine: engine.clone(),
            code: engine.linker().instantiate_pre(&compiled).map_err(refused)?,
            fast: ours && interface == Interface::Best,
            builtins: Arc::default(),
            locations: sections::custom(wasm, names::SECTION_LOCATIONS)
                .map(Locations::parse)
                .unwrap_or_default()
                .moved_by(rewritten.code_moved)
                .into(),
            digest: Sha256::digest(wasm).into(),
            input: None,
            static_end: 0,
            entrypoints: BTreeMap::new(),
            meta,
        };
        draft.complete(wasm)
    }

    /// The engine that it was compiled with.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// Entrypoints by name: a path such as `authz/allow`, or the name that a query was given.
    pub fn entrypoints(&self) -> &BTreeMap<String, EntrypointId> {
        &self.inner.entrypoints
    }

    /// The entrypoint called `name`.
    pub fn entrypoint(&self, name: &str) -> Option<EntrypointId> {
        self.inner.entrypoints.get(name).copied()
    }

    /// What is known about an entrypoint before it is evaluated, such as whether its result may be kept. `None` when the module has no such
    /// entrypoint.
    pub fn entrypoint_info(&self, id: EntrypointId) -> Option<EntrypointInfo> {
        self.inner.entrypoints.values().find(|known| **known == id)?;
        if let Some(info) = self.inner.meta.info(id) {
            return Some(info.clone());
        }
        let varying_builtins: Vec<String> = self.inner.builtins.nondeterministic().map(str::to_owned).collect();
        let varies = match &varying_builtins[..] {
            [] => Varies::Never,
            [one] if one == "time.now_ns" => Varies::Clock,
            _ => Varies::World,
        };
        Some(EntrypointInfo { varying_builtins, varies, data: None })
    }

    /// SHA-256 of the module's bytes.
    pub fn digest(&self) -> [u8; 32] {
        self.inner.digest
    }

    /// Names of the built-ins that the module takes from the host, sorted.
    pub fn host_builtins(&self) -> impl Iterator<Item = &str> {
        self.inner.builtins.names()
    }

    /// Whether it was made of these bytes, by the best interface.
    pub(crate) fn is_of(&self, wasm: &[u8]) -> bool {
        <[u8; 32]>::from(Sha256::digest(wasm)) == self.inner.digest
    }

    /// Whether the module has our exports and they are used.
    #[inline]
    pub(crate) fn is_ours(&self) -> bool {
        self.inner.fast
    }

    /// Of modules of ours: first address behind their own data.
    pub(crate) fn static_end(&self) -> u32 {
        self.inner.static_end
    }

    /// Whether it is not certain that the entrypoint's result depends on input and data alone.
    pub(crate) fn varies(&self, id: EntrypointId) -> bool {
        self.inner.meta.info(id).is_none_or(|info| info.varies != Varies::Never)
    }

    #[inline]
    pub(crate) fn is_query(&self, id: EntrypointId) -> bool {
        self.inner.meta.is_query(id)
    }
}

impl Inner {
    /// Instantiates once to read the two maps. The start function and the maps are guest code, so the usual limits hold.
    fn complete(self, wasm: &[u8]) -> Result<Module, EvalError> {
        let fast = self.fast;
        let draft = Module { inner: Arc::new(self) };
        let limits = Limits { time: LOAD_TIME, ..Limits::default() };
        let mut probe = Instance::bare(&draft, limits)?;
        let entrypoints = probe.entrypoints()?;
        let wanted = probe.builtins()?;
        let inner = &draft.inner;
        let builtins = BuiltinTable::new(&wanted, &inner.meta.arities, inner.engine.custom_builtins())?;
        let input = if fast { FastInput::read(wasm, probe.memory())? } else { None };
        let static_end = probe.static_end();
        drop(probe);
        let mut inner =
            Arc::into_inner(draft.inner).ok_or_else(|| EvalError::internal("a module under construction is in use"))?;
        inner.static_end = static_end;
        inner.entrypoints = entrypoints;
        inner.builtins = Arc::new(builtins);
        inner.input = input;
        Ok(Module { inner: Arc::new(inner) })
    }
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module").field("entrypoints", &self.inner.entrypoints).finish_non_exhaustive()
    }
}

/// What a module must export to be taken for ours.
const OUR_EXPORTS: [&str; 3] = [names::EVAL_WORD, names::SET_DOCUMENTS, names::CELLS];

/// Whether this host may call the export of a module of ours. All others are for other hosts.
fn is_called(export: &str) -> bool {
    export.starts_with("writ_") || ["opa_malloc", "entrypoints", "builtins"].contains(&export)
}

/// Whether a module that was not compiled yet has our exports.
fn exports_ours(wasm: &[u8]) -> bool {
    let exports = sections::exports(wasm);
    OUR_EXPORTS.into_iter().all(|name| exports.iter().any(|export| export == name))
}

/// Checks that the host has what the module imports, so that all that is missing is named; wrong signatures are found when it is linked.
fn check_imports(module: &wasmtime::Module) -> Result<(), EvalError> {
    let known = |name: &str| [names::ABORT, names::PRINTLN].into_iter().chain(names::BUILTIN_CALLS).any(|n| n == name);
    let unknown: Vec<String> = module
        .imports()
        .filter(|i| i.module() != names::IMPORT_MODULE || !known(i.name()) || !matches!(i.ty(), ExternType::Func(_)))
        .map(|i| format!("`{}.{}`", i.module(), i.name()))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(EvalError::artifact(format!("it imports what this host does not have: {}", unknown.join(", "))))
}
