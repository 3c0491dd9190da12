//! Rule documents that a host gets at run time: compiled once, kept by their content.

mod tiers;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::Serialize;
pub use writ_compiler::rules::CacheStats as RulesStats;
use writ_compiler::rules::ContentCache;
use writ_compiler::{Options, Source, compile, diag};
use writ_runtime::{PolicyConfig, Request};
use writ_value::Value;

use crate::error::Error;
use crate::writ::Writ;
use tiers::{Compiler, Tiers};

/// Instances of one document.
const DOCUMENT_INSTANCES: usize = 16;
/// Longest document that is accepted, in bytes.
const MAX_BYTES: usize = 4 << 20;

/// The documents of one [`Writ`]: the 100 that were used last are kept.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    compiler: OnceLock<Compiler>,
    documents: ContentCache<RuleSet>,
}

/// A compiled rule document. Shared; may be asked from any thread.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
/// let rules = writ.rules(
///     r#"{
///         "id": "gate", "version": "1",
///         "rules": [{
///             "id": "speed", "param": "action.speed", "operator": "<=", "value": 10,
///             "message": "too fast", "level": "ERROR"
///         }]
///     }"#,
/// )?;
/// assert!(!rules.is_valid(r#"{"action": {"speed": 11}, "state": {}}"#)?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RuleSet {
    code: Arc<Tiers>,
    valid: String,
    decision: String,
}

impl Writ {
    /// A rule document (YAML or JSON, see `docs/rules.md`), compiled now, or when it was first given: milliseconds once, then a look by its content. The 100
    /// that were used last are kept.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// let rules = writ.rules(
    ///     r#"{
    ///         "id": "gate", "version": "1",
    ///         "rules": [{
    ///             "id": "speed", "param": "action.speed", "operator": "<=", "value": 10,
    ///             "message": "too fast", "level": "ERROR"
    ///         }]
    ///     }"#,
    /// )?;
    /// assert!(rules.is_valid(r#"{"action": {"speed": 9}, "state": {}}"#)?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Compile`] with all mistakes by line.
    pub fn rules(&self, document: &str) -> Result<Arc<RuleSet>, Error> {
        self.shared.rules.get(document)
    }

    /// What the cache of rule documents did and holds.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// assert_eq!(writ.rules_stats().entries, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn rules_stats(&self) -> RulesStats {
        self.shared.rules.stats()
    }
}

impl Rules {
    /// The document, compiled now or before.
    pub(crate) fn get(&self, document: &str) -> Result<Arc<RuleSet>, Error> {
        self.documents.get_or_compile(document.as_bytes(), || RuleSet::compile(self.compiler()?, document))
    }

    pub(crate) fn stats(&self) -> RulesStats {
        self.documents.stats()
    }

    /// Made with the first document.
    fn compiler(&self) -> Result<&Compiler, Error> {
        if let Some(compiler) = self.compiler.get() {
            return Ok(compiler);
        }
        let compiler = Compiler::new()?;
        Ok(self.compiler.get_or_init(|| compiler))
    }
}

impl RuleSet {
    /// With the bytes that it holds.
    fn compile(compiler: &Compiler, document: &str) -> Result<(Self, usize), Error> {
        if document.len() > MAX_BYTES {
            return Err(Error::Compile(format!(
                "the document has {} bytes, at most {MAX_BYTES} are accepted",
                document.len()
            )));
        }
        // JSON is told by its first character, for errors in its own terms; everything else is YAML.
        let is_json = document.trim_start().starts_with('{');
        let name = if is_json { "document.rules.json" } else { "document.rules.yaml" };
        let source = Source { name: name.to_owned(), text: document.as_bytes().to_vec(), rego_version: None };
        let output = compile(&[source], &Options::default());
        let Some(wasm) = output.wasm else {
            return Err(Error::Compile(diag::render::render_all(&output.sources, &output.diagnostics)));
        };
        let entrypoint = |name: &str| {
            let found = output.entrypoints.iter().find(|path| path.rsplit('/').next() == Some(name)).cloned();
            found.ok_or_else(|| Error::Compile(format!("the document has no `{name}`")))
        };
        let (valid, decision) = (entrypoint("valid")?, entrypoint("decision")?);
        let bytes = wasm.len();
        let mut config = PolicyConfig::default();
        config.max_instances = DOCUMENT_INSTANCES;
        config.limits.time = Duration::from_millis(50);
        Ok((RuleSet { code: compiler.compile(wasm, config)?, valid, decision }, bytes))
    }

    /// Whether the optimised code is there, which a thread in the background makes. Until then the document decides by code that was made quickly: the
    /// same decisions, a few tenths slower.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// let rules = writ.rules(
    ///     r#"{
    ///         "id": "gate", "version": "1",
    ///         "rules": [{
    ///             "id": "speed", "param": "action.speed", "operator": "<=", "value": 10,
    ///             "message": "too fast", "level": "ERROR"
    ///         }]
    ///     }"#,
    /// )?;
    /// while !rules.is_optimized() {
    ///     assert!(!rules.is_valid("{}")?);
    /// }
    /// assert!(!rules.is_valid("{}")?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_optimized(&self) -> bool {
        self.code.is_optimized()
    }

    /// Whether no rule of level `ERROR` is violated by the input, JSON text of `{"action": …, "state": …}`. The fastest question.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// let rules = writ.rules(
    ///     r#"{
    ///         "id": "gate", "version": "1",
    ///         "rules": [{
    ///             "id": "speed", "param": "action.speed", "operator": "<=", "value": 10,
    ///             "message": "too fast", "level": "ERROR"
    ///         }]
    ///     }"#,
    /// )?;
    /// assert!(!rules.is_valid("{}")?, "a missing parameter is a violation");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Eval`]; then it must not be taken for valid.
    pub fn is_valid(&self, input: impl AsRef<[u8]>) -> Result<bool, Error> {
        let (request, input) = (request(&self.valid), input.as_ref());
        let valid = self.code.with(|policy| policy.decide_json(&request, input, |answer| Ok(answer.as_bool())))?;
        Ok(valid == Some(true))
    }

    /// The decision with its trace (see `docs/rules.md`).
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// let rules = writ.rules(
    ///     r#"{
    ///         "id": "gate", "version": "1",
    ///         "rules": [{
    ///             "id": "speed", "param": "action.speed", "operator": "<=", "value": 10,
    ///             "message": "too fast", "level": "ERROR"
    ///         }]
    ///     }"#,
    /// )?;
    /// let decision = rules.decide(r#"{"action": {"speed": 11}, "state": {}}"#)?;
    /// assert_eq!(decision.get("valid"), Some(&writ::Value::from(false)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`RuleSet::is_valid`].
    pub fn decide(&self, input: impl AsRef<[u8]>) -> Result<Value, Error> {
        let (request, input) = (request(&self.decision), input.as_ref());
        let decision = self.code.with(|policy| policy.decide_json(&request, input, |answer| answer.value()))?;
        decision.ok_or_else(|| Error::Form("the decision of a rule document is undefined".to_owned()))
    }

    /// [`RuleSet::decide`] for a value of any type.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// let rules = writ.rules(
    ///     r#"{
    ///         "id": "gate", "version": "1",
    ///         "rules": [{
    ///             "id": "speed", "param": "action.speed", "operator": "<=", "value": 10,
    ///             "message": "too fast", "level": "ERROR"
    ///         }]
    ///     }"#,
    /// )?;
    /// let decision = rules.decide_value(&serde_json::json!({"action": {"speed": 9}, "state": {}}))?;
    /// assert_eq!(decision.get("valid"), Some(&writ::Value::from(true)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`RuleSet::is_valid`].
    pub fn decide_value<T: Serialize + ?Sized>(&self, input: &T) -> Result<Value, Error> {
        let request = request(&self.decision);
        let decision = self.code.with(|policy| policy.decide_value(&request, input, |answer| answer.value()))?;
        decision.ok_or_else(|| Error::Form("the decision of a rule document is undefined".to_owned()))
    }
}

fn request(entrypoint: &str) -> Request<'_> {
    Request { entrypoint, ..Request::default() }
}
