//! Which entrypoints of other modules of its revision a module calls, and where they are.
//!
//! ```text
//!   Rego:  deny if fraud.score(input).action == "deny"
//!            └─ built-in `fraud.score` ─▶ Function of the module's table ─▶ Sibling: pool of the module that answers `fraud/score`
//! ```
//!
//! Made with each revision, so caller and callee are always of the same one, whatever is live meanwhile. What is called calls nothing of the host
//! itself: calls are one deep, nobody waits in a circle, and no pool holds itself alive.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::error::EvalError;
use crate::meta::EntrypointInfo;
use crate::module::{EntrypointId, Module};
use crate::pool::Held;
use crate::revision::Target;

/// The entrypoints that one module calls. Lives as long as the revision; shared by the module's instances.
pub(crate) struct Siblings {
    /// In the order of the functions of the module's table.
    functions: Vec<Sibling>,
    /// What each entrypoint of the module depends on, with what it calls.
    infos: BTreeMap<EntrypointId, EntrypointInfo>,
    /// Digest of the module and of those that it calls.
    digest: [u8; 32],
}

/// An entrypoint of another module.
pub(crate) struct Sibling {
    /// Name of the built-in.
    pub(crate) name: Arc<str>,
    pub(crate) pool: Held,
    pub(crate) entrypoint: EntrypointId,
    /// Its answers may differ from decision to decision.
    pub(crate) varies: bool,
}

/// What an entrypoint depends on, with what it calls. `None`: not known.
pub(crate) fn info(
    modules: &[Module],
    entrypoints: &BTreeMap<String, Target>,
    target: Target,
) -> Option<EntrypointInfo> {
    let of = |target: Target| modules.get(target.pool)?.entrypoint_info(target.id);
    let mut info = of(target)?;
    for name in std::mem::take(&mut info.calls) {
        info.add(&of(*entrypoints.get(&name)?)?);
        info.calls.push(name);
    }
    Some(info)
}

impl Siblings {
    /// Finds what the module at `place` calls among the revision's entrypoints; `pool` gives the pool of a module that calls nothing. `None`: it calls
    /// nothing.
    ///
    /// # Errors
    /// [`EvalError::Artifact`] with the names of those that are not there, or cannot be called.
    pub(crate) fn find(
        modules: &[Module],
        place: usize,
        entrypoints: &BTreeMap<String, Target>,
        pool: impl Fn(usize) -> Option<Held>,
    ) -> Result<Option<Self>, EvalError> {
        let module = modules.get(place).ok_or_else(|| EvalError::internal("a place without a module"))?;
        if module.functions().is_empty() {
            return Ok(None);
        }
        let (mut functions, mut missing, mut callers) = (Vec::new(), Vec::new(), Vec::new());
        let mut digest = Sha256::new().chain_update(module.digest());
        for function in module.functions() {
            let name = format!("`{}`", function.entrypoint);
            let target = entrypoints.get(&*function.entrypoint);
            let Some((target, callee)) = target.and_then(|target| Some((target, modules.get(target.pool)?))) else {
                missing.push(name);
                continue;
            };
            let Some(pool) = pool(target.pool).filter(|_| callee.can_be_called()) else {
                callers.push(name);
                continue;
            };
            digest.update(callee.digest());
            let (name, entrypoint) = (function.name.clone(), target.id);
            functions.push(Sibling { name, pool, entrypoint, varies: callee.varies(entrypoint) });
        }
        if !missing.is_empty() {
            let names = missing.join(", ");
            return Err(EvalError::artifact(format!(
                "it calls entrypoints that no other module of the revision has: {names}"
            )));
        }
        if !callers.is_empty() {
            let names = callers.join(", ");
            return Err(EvalError::artifact(format!(
                "it calls entrypoints of modules that are not Writ's or that need built-ins of the host themselves: {names}"
            )));
        }
        let mut infos = BTreeMap::new();
        for &id in module.entrypoints().values() {
            let own = Target { pool: place, id, unchanged_since: crate::revision::RevisionId(0) };
            infos.extend(info(modules, entrypoints, own).map(|info| (id, info)));
        }
        Ok(Some(Self { functions, infos, digest: digest.finalize().into() }))
    }

    /// The function at a place of the module's table.
    #[inline]
    pub(crate) fn get(&self, place: usize) -> Option<&Sibling> {
        self.functions.get(place)
    }

    pub(crate) fn info(&self, entrypoint: EntrypointId) -> Option<&EntrypointInfo> {
        self.infos.get(&entrypoint)
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        self.digest
    }
}
