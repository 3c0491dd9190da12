//! How long answers are kept, and how much room they may take.

use std::time::Duration;

use writ_value::Value;

/// How sensitive what a decision guards is: the more, the shorter its answer is kept.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
/// let mut options = writ::CallOptions::default();
/// options.sensitivity = Some(writ::Sensitivity::Critical);
/// assert!(writ.decide_with("p/ok", r#"{"x": 1}"#, &options)?.is_true());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Sensitivity {
    /// 300 s by default.
    Public,
    /// 180 s by default.
    #[default]
    Internal,
    /// 120 s by default.
    Confidential,
    /// 60 s by default.
    Critical,
}

impl Sensitivity {
    fn named(name: &str) -> Option<Self> {
        match name {
            "public" => Some(Sensitivity::Public),
            "internal" => Some(Sensitivity::Internal),
            "confidential" => Some(Sensitivity::Confidential),
            "critical" => Some(Sensitivity::Critical),
            _ => None,
        }
    }
}

/// Settings of a decision cache. Keys are never among them: they follow from the policy.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok");
/// let mut config = writ::CacheConfig::default();
/// config.max_bytes = 16 << 20;
/// config.sensitivity = writ::Sensitivity::Confidential;
/// let writ = builder.cache(config).build()?;
/// assert!(writ.decide("p/ok", r#"{"x": 1}"#)?.is_true());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheConfig {
    /// Bytes of keys and results that are kept at most, about. Default 64 MiB.
    pub max_bytes: u64,
    /// Answers that are kept at most. Default 100,000.
    pub max_entries: u64,
    /// Time to keep by sensitivity: public, internal, confidential, critical.
    pub ttl: [Duration; 4],
    /// Sensitivity of calls that name none. Default [`Sensitivity::Internal`].
    pub sensitivity: Sensitivity,
    /// Results that are objects may say how they are kept: `ttl_seconds` (a number; 0: not at all) or `sensitivity` (a name). Default: true.
    pub from_result: bool,
    /// How long answers are kept that depend on the time of the decision and on nothing else that varies. They are as old as that at worst. Default
    /// zero: not at all.
    pub clock_ttl: Duration,
    /// Answers that each thread keeps for itself in front of the others: a hit there touches nothing that other threads write. Rounded up to a power
    /// of two; at most 1 KiB each. 0: none. Default 512.
    pub front_entries: usize,
    /// Of threads that miss the same answer at the same time one decides, the others wait for it. Default: true.
    pub single_flight: bool,
    /// Step aside for entrypoints where deciding is measured to be cheaper than looking up. Default: true. False: always look up, for tests.
    pub learn: bool,
}

impl Default for CacheConfig {
    fn default() -> Self {
        CacheConfig {
            max_bytes: 64 << 20,
            ttl: [300, 180, 120, 60].map(Duration::from_secs),
            sensitivity: Sensitivity::default(),
            from_result: true,
            max_entries: 100_000,
            clock_ttl: Duration::ZERO,
            front_entries: 512,
            single_flight: true,
            learn: true,
        }
    }
}

impl CacheConfig {
    /// Time to keep for a sensitivity.
    ///
    /// ```
    /// let config = writ::CacheConfig::default();
    /// assert_eq!(config.ttl_of(writ::Sensitivity::Critical).as_secs(), 60);
    /// ```
    pub fn ttl_of(&self, sensitivity: Sensitivity) -> Duration {
        self.ttl[sensitivity as usize]
    }

    /// Longest time that anything is kept unless a call or a result says otherwise.
    ///
    /// ```
    /// assert_eq!(writ::CacheConfig::default().longest().as_secs(), 300);
    /// ```
    pub fn longest(&self) -> Duration {
        self.ttl.into_iter().max().unwrap_or_default()
    }

    /// Time to keep a result: what the call says, else what the result says, else by sensitivity. A call can only shorten what a result says.
    pub(crate) fn ttl_for(
        &self,
        call: Option<Duration>,
        sensitivity: Option<Sensitivity>,
        result: Option<&Value>,
    ) -> Duration {
        let by_call = call.unwrap_or_else(|| self.ttl_of(sensitivity.unwrap_or(self.sensitivity)));
        match result.filter(|_| self.from_result).and_then(|result| self.said(result)) {
            Some(said) if call.is_some() => said.min(by_call),
            Some(said) => said,
            None => by_call,
        }
    }

    fn said(&self, result: &Value) -> Option<Duration> {
        if let Some(Value::Number(seconds)) = result.get("ttl_seconds") {
            let seconds = seconds.to_i64().and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
            return Some(Duration::from_secs(seconds).min(self.longest()));
        }
        let name = result.get("sensitivity")?.as_str()?;
        // A name that nobody knows is taken for the most sensitive.
        Some(self.ttl_of(Sensitivity::named(name).unwrap_or(Sensitivity::Critical)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(text: &str) -> Value {
        writ_value::json::parse(text.as_bytes()).expect("JSON")
    }

    #[test]
    fn classes_have_their_times() {
        let config = CacheConfig::default();
        let class = |s| config.ttl_for(None, Some(s), None).as_secs();
        assert_eq!(class(Sensitivity::Public), 300);
        assert_eq!(class(Sensitivity::Internal), 180);
        assert_eq!(class(Sensitivity::Confidential), 120);
        assert_eq!(class(Sensitivity::Critical), 60);
        assert_eq!(config.ttl_for(None, None, None).as_secs(), 180);
    }

    #[test]
    fn calls_and_results_override() {
        let config = CacheConfig::default();
        let ttl = |call: Option<u64>, text: &str| {
            config.ttl_for(call.map(Duration::from_secs), None, Some(&result(text))).as_secs()
        };
        assert_eq!(ttl(Some(7), "true"), 7);
        assert_eq!(ttl(None, r#"{"ttl_seconds": 5}"#), 5);
        assert_eq!(ttl(None, r#"{"ttl_seconds": 0}"#), 0);
        assert_eq!(ttl(None, r#"{"ttl_seconds": -1}"#), 0);
        assert_eq!(ttl(None, r#"{"ttl_seconds": 1e9}"#), 0, "no integer: not kept");
        assert_eq!(ttl(None, r#"{"ttl_seconds": 100000}"#), 300, "never longer than the longest class");
        assert_eq!(ttl(Some(7), r#"{"ttl_seconds": 5}"#), 5);
        assert_eq!(ttl(Some(3), r#"{"ttl_seconds": 5}"#), 3);
        assert_eq!(ttl(None, r#"{"sensitivity": "public"}"#), 300);
        assert_eq!(ttl(None, r#"{"sensitivity": "cosmic"}"#), 60);
        let deaf = CacheConfig { from_result: false, ..CacheConfig::default() };
        assert_eq!(deaf.ttl_for(None, None, Some(&result(r#"{"ttl_seconds": 5}"#))).as_secs(), 180);
    }
}
