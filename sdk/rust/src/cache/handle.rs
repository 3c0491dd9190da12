//! What operators and tests do with a decision cache by hand.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use writ_value::Value;

use super::{CacheStats, Entry, Found, Meter, Store, key};
use crate::error::Error;
use crate::thread::Taken;
use crate::writ::Writ;

/// The decision cache of a [`Writ`].
///
/// ```
/// use writ::{CacheConfig, Question, Value};
/// # fn main() -> Result<(), writ::Error> {
/// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
/// let writ = builder.cache(CacheConfig::default()).build()?;
/// let cache = writ.cache().expect("it was asked for");
/// let question = Question::json("p/ok", br#"{"x": true, "request": 17}"#);
/// assert_eq!(cache.get(&question)?, None);
/// writ.decide("p/ok", r#"{"x": true, "request": 18}"#)?;
/// assert_eq!(cache.get(&question)?, Some(Some(Value::from(true))), "it does not matter what nobody reads");
/// assert!(cache.delete(&question)?);
/// assert_eq!(cache.size().entries, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct DecisionCache<'w> {
    writ: &'w Writ,
    store: &'w Store,
}

/// An entrypoint and an input: what an answer is kept under.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
/// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
/// let (text, value) = (writ::Question::json("p/ok", br#"{"x":1}"#), serde_json::json!({"x": 1}));
/// assert_eq!(text, writ::Question::value("p/ok", &value)?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question<'q> {
    entrypoint: &'q str,
    input: std::borrow::Cow<'q, [u8]>,
}

impl<'q> Question<'q> {
    /// With an input in JSON text.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
    /// let cache = writ.cache().expect("it was asked for");
    /// assert_eq!(cache.get(&writ::Question::json("p/ok", b"{}"))?, None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn json(entrypoint: &'q str, input: &'q [u8]) -> Self {
        Question { entrypoint, input: input.into() }
    }

    /// With a value of any type.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
    /// let question = writ::Question::value("p/ok", &serde_json::json!({"x": 1}))?;
    /// assert_eq!(writ.cache().expect("it was asked for").get(&question)?, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Eval`] when it cannot be JSON.
    pub fn value<T: Serialize + ?Sized>(entrypoint: &'q str, input: &T) -> Result<Self, Error> {
        let input = serde_json::to_vec(input).map_err(|e| writ_runtime::EvalError::input(e.to_string()))?;
        Ok(Question { entrypoint, input: input.into() })
    }
}

/// How much is kept.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
/// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
/// writ.decide("p/ok", r#"{"x": 1}"#)?;
/// let size = writ.cache().expect("it was asked for").size();
/// assert_eq!(size.entries, 1);
/// assert!(size.bytes > 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CacheSize {
    /// Answers.
    pub entries: u64,
    /// Bytes that they take, about.
    pub bytes: u64,
}

/// How a cache is.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
/// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
/// let health = writ.cache().expect("it was asked for").health();
/// assert_eq!((health.local, health.shared), (true, None));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheHealth {
    /// The tier of this process gave back what was put in.
    pub local: bool,
    /// The tier of the host's did; `None` when there is none. When it does not, decisions are made as if it were not there.
    pub shared: Option<bool>,
    /// How much is kept.
    pub size: CacheSize,
}

impl Writ {
    /// The decision cache; `None` when the handle was built without one.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
    /// assert!(writ.cache().is_none(), "nobody asked for one");
    /// # Ok(())
    /// # }
    /// ```
    pub fn cache(&self) -> Option<DecisionCache<'_>> {
        self.shared.store.as_ref().map(|store| DecisionCache { writ: self, store })
    }
}

impl DecisionCache<'_> {
    /// The answer that is kept for a question and may still be used: `Some(None)` when it is undefined. Counts nothing.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
    /// writ.decide("p/ok", "{}")?;
    /// let cache = writ.cache().expect("it was asked for");
    /// assert_eq!(cache.get(&writ::Question::json("p/ok", b"{}"))?, Some(None), "undefined, and kept");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The question cannot be asked: no such entrypoint, or the input is no JSON text.
    pub fn get(&self, question: &Question<'_>) -> Result<Option<Option<Value>>, Error> {
        let Some((key, _)) = self.key(question)? else { return Ok(None) };
        match self.store.get(&key, self.now(), &Meter::default(), false) {
            Found::Entry(entry) => Ok(Some(entry.result)),
            Found::Nothing(_) => Ok(None),
        }
    }

    /// Keeps an answer, in place of what the policy would say: for answers that come from elsewhere, such as another process. False when answers to
    /// this question may not be kept. Whoever puts a wrong answer in makes decisions wrong for its time.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
    /// let (cache, question) = (writ.cache().expect("it was asked for"), writ::Question::json("p/ok", br#"{"x": 1}"#));
    /// assert!(cache.put(&question, Some(writ::Value::from(true)), std::time::Duration::from_secs(30))?);
    /// assert!(writ.decide("p/ok", r#"{"x": 1}"#)?.cached);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`DecisionCache::get`].
    pub fn put(&self, question: &Question<'_>, result: Option<Value>, ttl: Duration) -> Result<bool, Error> {
        let Some((key, longest)) = self.key(question)? else { return Ok(false) };
        let ttl = ttl.min(longest);
        if !ttl.is_zero() {
            self.store.put(key, Entry { result, made: self.now(), ttl });
        }
        Ok(!ttl.is_zero())
    }

    /// Forgets an answer; true when there was one.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
    /// writ.decide("p/ok", r#"{"x": 1}"#)?;
    /// let (cache, question) = (writ.cache().expect("it was asked for"), writ::Question::json("p/ok", br#"{"x": 1}"#));
    /// assert!(cache.delete(&question)?);
    /// assert!(!cache.delete(&question)?, "it is gone");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`DecisionCache::get`].
    pub fn delete(&self, question: &Question<'_>) -> Result<bool, Error> {
        Ok(self.key(question)?.is_some_and(|(key, _)| self.store.delete(&key)))
    }

    /// Forgets all answers, in all tiers.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
    /// writ.decide("p/ok", r#"{"x": 1}"#)?;
    /// writ.cache().expect("it was asked for").clear();
    /// assert!(!writ.decide("p/ok", r#"{"x": 1}"#)?.cached);
    /// # Ok(())
    /// # }
    /// ```
    pub fn clear(&self) {
        self.store.clear();
    }

    /// Forgets the answers whose time is over: how many those were. They are never used anyway; this gives back their room. Cost: linear in what is
    /// kept.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
    /// writ.decide("p/ok", r#"{"x": 1}"#)?;
    /// assert_eq!(writ.cache().expect("it was asked for").remove_expired(), 0, "it is young");
    /// # Ok(())
    /// # }
    /// ```
    pub fn remove_expired(&self) -> usize {
        self.store.remove_expired(self.now())
    }

    /// How much is kept, fronts of threads not counted.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
    /// assert_eq!(writ.cache().expect("it was asked for").size().entries, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn size(&self) -> CacheSize {
        let (entries, bytes) = self.store.size();
        CacheSize { entries, bytes }
    }

    /// What was counted.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
    /// writ.decide("p/ok", r#"{"x": 1}"#)?;
    /// writ.decide("p/ok", r#"{"x": 1}"#)?;
    /// let stats = writ.cache().expect("it was asked for").stats();
    /// assert_eq!((stats.hits, stats.misses), (1, 1));
    /// # Ok(())
    /// # }
    /// ```
    pub fn stats(&self) -> CacheStats {
        self.store.stats(&self.writ.shared.meters)
    }

    /// Whether each tier works, by an answer that is put in, looked for and deleted.
    ///
    /// ```
    /// # fn main() -> Result<(), writ::Error> {
    /// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
    /// # let writ = builder.cache(writ::CacheConfig::default()).build()?;
    /// assert!(writ.cache().expect("it was asked for").health().local);
    /// # Ok(())
    /// # }
    /// ```
    pub fn health(&self) -> CacheHealth {
        let (local, shared) = self.store.probe(self.now());
        CacheHealth { local, shared, size: self.size() }
    }

    fn now(&self) -> Duration {
        self.writ.shared.time.now()
    }

    /// `None` when answers may not be kept; else with the longest time for which they may.
    fn key(&self, question: &Question<'_>) -> Result<Option<(Arc<[u8]>, Duration)>, Error> {
        let shared = &self.writ.shared;
        let mut seat = Taken::of(shared);
        let at = seat.find(shared, question.entrypoint)?;
        let (known, buffer, ..) = seat.parts(at);
        let (Some(preparer), Some((scope, longest))) = (&known.preparer, &known.kept) else { return Ok(None) };
        preparer.json(&question.input, buffer)?;
        key::complete(buffer, scope);
        Ok(Some((buffer.bytes().into(), *longest)))
    }
}

impl std::fmt::Debug for DecisionCache<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DecisionCache").field("size", &self.size()).finish_non_exhaustive()
    }
}
