//! The section `writ.meta`: what our compiler tells this host about a module. Other hosts ignore it.

use std::collections::BTreeMap;

use writ_value::{Number, Value, json};

use crate::error::EvalError;
use crate::module::EntrypointId;

/// What an entrypoint's result depends on besides input and data. Within one decision nothing varies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Varies {
    /// Nothing: a decision can be kept as long as input and data stay the same.
    Never,
    /// The time of the decision, and nothing else.
    Clock,
    /// Anything: chance, the network, the host's configuration.
    World,
}

/// What is known about an entrypoint before it is evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntrypointInfo {
    /// Built-ins that it can reach and whose results vary, sorted by name. For a module that is not ours: those of the whole module.
    pub varying_builtins: Vec<String>,
    /// The worst of them.
    pub varies: Varies,
    /// Places of base data that it can read, with all that lies below them (the empty path: the whole of data). `None`: not known, so any.
    pub data: Option<Vec<Vec<String>>>,
    /// Entrypoints of other modules of the revision that it can call, sorted. A module alone tells only their names; what they depend on is in the other
    /// fields once the revision is made ([`Instance::entrypoint_info`](crate::Instance::entrypoint_info)).
    pub calls: Vec<String>,
}

impl EntrypointInfo {
    /// Whether a change of the data at `path` (or below) can change its result.
    pub fn depends_on(&self, path: &[String]) -> bool {
        let touches = |read: &Vec<String>| read.starts_with(path) || path.starts_with(read);
        self.data.as_ref().is_none_or(|reads| reads.iter().any(touches))
    }

    /// Adds what `other`, which it can call, depends on.
    pub(crate) fn add(&mut self, other: &EntrypointInfo) {
        self.varying_builtins.extend(other.varying_builtins.iter().cloned());
        self.varying_builtins.sort_unstable();
        self.varying_builtins.dedup();
        self.varies = self.varies.max(other.varies);
        self.data = match (self.data.take(), &other.data) {
            (Some(mut own), Some(theirs)) => {
                own.extend(theirs.iter().cloned());
                own.sort_unstable();
                own.dedup();
                Some(own)
            }
            _ => None,
        };
    }
}

/// The contents, as far as this host needs them. Unknown fields are ignored.
#[derive(Debug, Default)]
pub(crate) struct Meta {
    /// True when the module has the section, so when our compiler made it.
    pub(crate) present: bool,
    /// Numbers of arguments of the built-ins that the host must give.
    pub(crate) arities: BTreeMap<String, usize>,
    /// Those of the built-ins that are entrypoints of other modules, by name.
    pub(crate) functions: BTreeMap<String, String>,
    entrypoints: Vec<Entrypoint>,
}

#[derive(Debug)]
struct Entrypoint {
    is_query: bool,
    info: EntrypointInfo,
}

impl Meta {
    pub(crate) fn parse(text: &[u8]) -> Result<Self, EvalError> {
        let wrong = |why: &str| EvalError::artifact(format!("section `writ.meta`: {why}"));
        let meta = json::parse(text).map_err(|e| wrong(&e.to_string()))?;
        let list = |key: &str| meta.get(key).and_then(Value::as_array).ok_or_else(|| wrong(&format!("no `{key}`")));
        let mut entrypoints = Vec::new();
        for entrypoint in list("entrypoints")? {
            let is_query = match entrypoint.get("kind").and_then(Value::as_str) {
                Some("document") => false,
                Some("query") => true,
                _ => return Err(wrong("an entrypoint of unknown kind")),
            };
            let mut info =
                entrypoint.get("varies").and_then(info).ok_or_else(|| wrong("an entrypoint without `varies`"))?;
            // Older compilers do not say; what is not understood counts as the whole of data.
            info.data = entrypoint.get("data").and_then(paths);
            if let Some(calls) = entrypoint.get("calls") {
                info.calls = names(calls).ok_or_else(|| wrong("`calls` that are no names"))?;
            }
            entrypoints.push(Entrypoint { is_query, info });
        }
        let (mut arities, mut functions) = (BTreeMap::new(), BTreeMap::new());
        for builtin in list("builtins")? {
            let arity = builtin.get("arity").and_then(Value::as_number).and_then(Number::to_i64);
            let arity = arity.and_then(|arity| usize::try_from(arity).ok());
            let Some((name, arity)) = builtin.get("name").and_then(Value::as_str).zip(arity) else {
                return Err(wrong("a built-in without `name` or `arity`"));
            };
            arities.insert(name.to_owned(), arity);
            if let Some(entrypoint) = builtin.get("entrypoint") {
                let entrypoint = entrypoint.as_str().ok_or_else(|| wrong("an entrypoint without a name"))?;
                functions.insert(name.to_owned(), entrypoint.to_owned());
            }
        }
        Ok(Self { present: true, arities, functions, entrypoints })
    }

    pub(crate) fn is_query(&self, id: EntrypointId) -> bool {
        self.entrypoint(id).is_some_and(|e| e.is_query)
    }

    pub(crate) fn info(&self, id: EntrypointId) -> Option<&EntrypointInfo> {
        self.entrypoint(id).map(|e| &e.info)
    }

    fn entrypoint(&self, id: EntrypointId) -> Option<&Entrypoint> {
        self.entrypoints.get(usize::try_from(id.0).ok()?)
    }
}

/// From `{"http.send": "world", "time.now_ns": "clock"}`.
fn info(varies: &Value) -> Option<EntrypointInfo> {
    let mut info =
        EntrypointInfo { varying_builtins: Vec::new(), varies: Varies::Never, data: None, calls: Vec::new() };
    for (name, how) in varies.as_object()? {
        info.varying_builtins.push(name.as_str()?.to_owned());
        // What a newer compiler may say counts as the worst.
        info.varies = info.varies.max(if how.as_str() == Some("clock") { Varies::Clock } else { Varies::World });
    }
    Some(info)
}

/// From `[["users"], ["config", "limits"]]`.
fn paths(list: &Value) -> Option<Vec<Vec<String>>> {
    let path = |path: &Value| path.as_array()?.iter().map(|key| Some(key.as_str()?.to_owned())).collect();
    list.as_array()?.iter().map(path).collect()
}

/// From `["fraud/score"]`.
fn names(list: &Value) -> Option<Vec<String>> {
    list.as_array()?.iter().map(|name| Some(name.as_str()?.to_owned())).collect()
}
