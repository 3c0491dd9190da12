//! The members of a request that say how to go about it.

use writ_value::{Object, Set, Value, rego};

use super::Failure;
use crate::BuiltinError;
use crate::operand::{self, member};

/// Every member that a request may have.
const ALLOWED: [&str; 28] = [
    "body",
    "cache",
    "cache_ignored_headers",
    "caching_mode",
    "enable_redirect",
    "force_cache",
    "force_cache_duration_seconds",
    "force_json_decode",
    "force_yaml_decode",
    "headers",
    "max_retry_attempts",
    "method",
    "raise_error",
    "raw_body",
    "timeout",
    "tls_ca_cert",
    "tls_ca_cert_env_variable",
    "tls_ca_cert_file",
    "tls_client_cert",
    "tls_client_cert_env_variable",
    "tls_client_cert_file",
    "tls_client_key",
    "tls_client_key_env_variable",
    "tls_client_key_file",
    "tls_insecure_skip_verify",
    "tls_server_name",
    "tls_use_system_certs",
    "url",
];

/// How to go about a request.
pub(super) struct Options {
    /// The request without what tells no two requests apart; responses are kept under it.
    pub(super) key: Value,
    /// Whether responses of earlier decisions will do.
    pub(super) cache: Caching,
    pub(super) json: bool,
    pub(super) yaml: bool,
    pub(super) retries: u32,
}

/// Whether a response lives longer than the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caching {
    Off,
    /// For as long as the response says.
    ByResponse,
    /// For so many seconds.
    Forced(i32),
}

/// Fails unless the request has a method and a URL, and nothing unknown.
pub(crate) fn check_keys(request: &Object, position: usize) -> Result<(), BuiltinError> {
    let known = |k: &Value| k.as_str().is_some_and(|k| ALLOWED.binary_search(&k).is_ok());
    let unknown: Set = request.keys().filter(|k| !known(k)).cloned().collect();
    if !unknown.is_empty() {
        let names = rego::to_string(&unknown.into());
        return Err(operand::bad(position, &format!("invalid request parameters(s): {names}")));
    }
    let missing: Set =
        ["method", "url"].into_iter().filter(|k| member(request, k).is_none()).map(Value::from).collect();
    if !missing.is_empty() {
        let names = rego::to_string(&missing.into());
        return Err(operand::bad(position, &format!("missing required request parameters(s): {names}")));
    }
    Ok(())
}

/// Reads the options in OPA's order, so that of several mistakes the same one is reported.
pub(super) fn read(request: &Object) -> Result<Options, Failure> {
    check_keys(request, 1)?;
    let key = key(request)?;
    let cache = caching(request).map_err(Failure::Bare)?;
    let json = flag(request, "force_json_decode").map_err(BuiltinError::new)?;
    let yaml = flag(request, "force_yaml_decode").map_err(BuiltinError::new)?;
    let retries = retries(request).map_err(Failure::Bare)?;
    Ok(Options { key, cache, json, yaml, retries })
}

fn key(request: &Object) -> Result<Value, Failure> {
    let mut key = request.clone();
    if let (Some(ignored), Some(headers)) = (member(request, "cache_ignored_headers"), member(request, "headers")) {
        let names = ignored.as_array().filter(|a| a.iter().all(|v| v.as_string().is_some()));
        let names =
            names.ok_or_else(|| Failure::Bare("cache_ignored_headers must be an array of strings".to_owned()))?;
        let headers = headers.as_object().ok_or_else(|| BuiltinError::new("invalid type for headers key"))?;
        let kept = headers.iter().filter(|(k, _)| !names.contains(k)).map(|(k, v)| (k.clone(), v.clone()));
        key.insert("headers".into(), kept.collect::<Object>().into());
    }
    key.insert("cache_ignored_headers".into(), Value::Null);
    Ok(key.into())
}

fn flag(request: &Object, name: &str) -> Result<bool, String> {
    match member(request, name) {
        None => Ok(false),
        Some(Value::Bool(b)) => Ok(*b),
        Some(_) => Err(format!("invalid value for \"{name}\" field")),
    }
}

fn caching(request: &Object) -> Result<Caching, String> {
    let cache = flag(request, "cache")?;
    if flag(request, "force_cache")? {
        let missing = "'force_cache' set but 'force_cache_duration_seconds' parameter is missing";
        let text = rego::to_string(member(request, "force_cache_duration_seconds").ok_or(missing)?);
        let bad = |e: std::num::ParseIntError| {
            use std::num::IntErrorKind::{NegOverflow, PosOverflow};
            let range = matches!(e.kind(), NegOverflow | PosOverflow);
            let why = if range { "value out of range" } else { "invalid syntax" };
            format!("strconv.ParseInt: parsing {}: {why}", crate::url::quote(text.as_bytes()))
        };
        let seconds = text.parse::<i32>().map_err(bad)?;
        // Without a duration OPA goes by the response's headers.
        return Ok(if seconds > 0 { Caching::Forced(seconds) } else { Caching::ByResponse });
    }
    if cache {
        mode(request)?;
        return Ok(Caching::ByResponse);
    }
    Ok(Caching::Off)
}

/// OPA keeps responses as text or as values; here that makes no difference.
fn mode(request: &Object) -> Result<(), String> {
    match member(request, "caching_mode") {
        None => Ok(()),
        Some(Value::String(s)) if matches!(s.as_bytes(), b"serialized" | b"deserialized") => Ok(()),
        Some(Value::String(s)) => {
            Err(format!("invalid value specified for \"caching_mode\" field: {}", s.to_str_lossy()))
        }
        Some(_) => Err("invalid value for \"caching_mode\" field".to_owned()),
    }
}

fn retries(request: &Object) -> Result<u32, String> {
    let Some(v) = member(request, "max_retry_attempts") else { return Ok(0) };
    let count = v.as_number().and_then(|n| n.to_i64()).and_then(|n| u32::try_from(n).ok());
    count.ok_or_else(|| format!("invalid value {} for field \"max_retry_attempts\"", rego::to_string(v)))
}
