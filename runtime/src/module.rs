//! A compiled policy: machine code, what it can be asked and what it needs. Immutable; lives as long as its last instance.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use wasmtime::{ExternType, ImportType, InstancePre};
use writ_abi::names;
use writ_value::Value;

use crate::builtins::{BuiltinTable, Function};
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
use crate::wasi;

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
    /// What it gets of WASI that makes its answers vary.
    varying_wasi: Vec<String>,
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

    /// Like [`Module::new_among_others`], while decisions go on.
    pub(crate) fn new_beside_decisions(engine: &Engine, wasm: &[u8]) -> Result<Self, EvalError> {
        Self::make(engine, wasm, Interface::Best, Haste::BesideDecisions)
    }

    /// Like [`Module::new`], for a revision whose other modules may have entrypoints that this one calls.
    pub(crate) fn new_among_others(engine: &Engine, wasm: &[u8]) -> Result<Self, EvalError> {
        Self::make(engine, wasm, Interface::Best, Haste::First)
    }

    /// Like [`Module::new`], with a choice of the interface.
    ///
    /// # Errors
    /// As [`Module::new`].
    pub fn with_interface(engine: &Engine, wasm: &[u8], interface: Interface) -> Result<Self, EvalError> {
        let module = Self::make(engine, wasm, interface, Haste::First)?;
        if module.functions().is_empty() {
            return Ok(module);
        }
        let names: Vec<String> = module.functions().iter().map(|f| format!("`{}`", f.name)).collect();
        Err(EvalError::artifact(format!(
            "it needs built-ins that are entrypoints of other modules, with which it has to be loaded as one policy: {}",
            names.join(", ")
        )))
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
            varying_wasi: engine.config().wasi.given_to(&compiled),
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
        let mut info = self.inner.meta.info(id).cloned().unwrap_or_else(|| self.worst_info());
        if !self.inner.varying_wasi.is_empty() {
            info.varying_builtins.extend(self.inner.varying_wasi.iter().cloned());
            info.varies = Varies::World;
        }
        Some(info)
    }

    /// What is known about entrypoints of modules that do not say.
    fn worst_info(&self) -> EntrypointInfo {
        let varying_builtins: Vec<String> = self.inner.builtins.nondeterministic().map(str::to_owned).collect();
        let varies = match &varying_builtins[..] {
            [] => Varies::Never,
            [one] if one == "time.now_ns" => Varies::Clock,
            _ => Varies::World,
        };
        EntrypointInfo { varying_builtins, varies, data: None, calls: Vec::new() }
    }

    /// SHA-256 of the module's bytes.
    pub fn digest(&self) -> [u8; 32] {
        self.inner.digest
    }

    /// Names of the built-ins that the module takes from the host, sorted.
    pub fn host_builtins(&self) -> impl Iterator<Item = &str> {
        self.inner.builtins.names()
    }

    /// What policies in Rego of the same bundle must be told so that they can call the module's entrypoints: an entry for `builtins` of a capabilities
    /// file for each, sorted by name. The built-in `fraud.score` of one argument is the entrypoint `fraud/score`, and the argument its input.
    ///
    /// Empty for modules whose entrypoints cannot be called: those that call built-ins of the host themselves, and those that are not Writ's.
    /// Entrypoints whose paths are no names in Rego, or those of OPA's built-ins, are left out.
    pub fn capabilities(&self) -> Vec<Value> {
        if !self.can_be_called() {
            return Vec::new();
        }
        let of = |(path, id): (&String, &EntrypointId)| {
            let name = path.replace('/', ".");
            let known = writ_builtins::lookup(&name).is_some();
            if known || !is_name(&name) || self.is_query(*id) {
                return None;
            }
            let any = |name: &str| Value::object([("name", Value::from(name)), ("type", Value::from("any"))]);
            let declaration = Value::object([("args", Value::from(vec![any("input")])), ("result", any("decision"))]);
            let mut entry = vec![
                ("name", Value::from(name.as_str())),
                ("decl", declaration),
                ("entrypoint", Value::from(path.as_str())),
            ];
            if self.varies(*id) {
                entry.push(("nondeterministic", Value::Bool(true)));
            }
            Some(Value::object(entry))
        };
        self.inner.entrypoints.iter().filter_map(of).collect()
    }

    /// Entrypoints of other modules that it calls.
    pub(crate) fn functions(&self) -> &[Function] {
        self.inner.builtins.functions()
    }

    /// Whether other modules of a revision may call its entrypoints.
    pub(crate) fn can_be_called(&self) -> bool {
        self.is_ours() && self.inner.builtins.names().next().is_none()
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

    /// What it says about its inputs and constants, if it is one of ours.
    pub(crate) fn fast_input(&self) -> Option<&Arc<FastInput>> {
        self.inner.input.as_ref()
    }

    /// Of modules of ours: first address behind their own data.
    pub(crate) fn static_end(&self) -> u32 {
        self.inner.static_end
    }

    /// Whether it is not certain that the entrypoint's result depends on input and data alone.
    pub(crate) fn varies(&self, id: EntrypointId) -> bool {
        let info = self.inner.meta.info(id);
        !self.inner.varying_wasi.is_empty() || info.is_none_or(|info| info.varies != Varies::Never)
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
        let builtins = BuiltinTable::new(&wanted, &inner.meta, inner.engine.custom_builtins())?;
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

/// Whether Rego can call a function of this name: identifiers with dots between them, and none of the documents at the beginning.
fn is_name(name: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    name.split('.').all(is_part) && !matches!(name.split('.').next(), Some("input" | "data"))
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
    let is_wasi = |import: &ImportType<'_>| import.module() == wasi::IMPORT_MODULE;
    if !wasi::is_there() && module.imports().any(|import| is_wasi(&import)) {
        return Err(wasi::missing());
    }
    let unknown: Vec<String> = module
        .imports()
        .filter(|import| !is_wasi(import))
        .filter(|i| i.module() != names::IMPORT_MODULE || !known(i.name()) || !matches!(i.ty(), ExternType::Func(_)))
        .map(|i| format!("`{}.{}`", i.module(), i.name()))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(EvalError::artifact(format!("it imports what this host does not have: {}", unknown.join(", "))))
}
