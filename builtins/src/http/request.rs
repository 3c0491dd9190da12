//! From the members of a request to what goes over the wire.

use std::collections::BTreeMap;
use std::time::Duration;

use writ_value::{Object, Value, json, rego};

use super::Failure;
use super::headers::{canonical, is_name, is_value};
use super::target::{self, Target};
use crate::BuiltinError;
use crate::network::{HttpRequest, Network, TlsOptions};
use crate::operand::{self, member};

/// Time for an exchange unless the policy says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for an exchange that the policy does not want to limit.
const MAX_TIMEOUT: Duration = Duration::from_secs(300);
/// Longest body of a response.
const MAX_RESPONSE: usize = 64 << 20;

/// Members that must be strings.
const TEXTS: [&str; 13] = [
    "method",
    "raw_body",
    "tls_ca_cert",
    "tls_ca_cert_env_variable",
    "tls_ca_cert_file",
    "tls_client_cert",
    "tls_client_cert_env_variable",
    "tls_client_cert_file",
    "tls_client_key",
    "tls_client_key_env_variable",
    "tls_client_key_file",
    "tls_server_name",
    "url",
];

/// Builds the request and the place that it goes to.
///
/// # Errors
/// OPA's for members of the wrong type and files or certificates that cannot be had; Go's for what is no HTTP.
pub(super) fn build(request: &Object, network: &dyn Network) -> Result<(HttpRequest, Target), Failure> {
    let timeout = timeout(request)?;
    check_types(request)?;
    let method = match text(request, "method").unwrap_or_default().to_uppercase() {
        m if m.is_empty() => "GET".to_owned(),
        m => m,
    };
    let url = text(request, "url").unwrap_or_default();
    let mut headers = headers(request)?;
    let tls = tls(request, network, headers.get("Host"))?;
    if !is_name(&method) {
        return Err(
            BuiltinError::new(format!("net/http: invalid method {}", crate::url::quote(method.as_bytes()))).into()
        );
    }
    let target = target::read(&url).map_err(BuiltinError::new)?;
    if target.socket.is_none() && !network.allows(&target.host) {
        return Err(BuiltinError::new(format!("disallowed host: {}", target.host)).into());
    }
    check_wire(&method, &target, &headers)?;
    if let Some(credentials) = &target.authorization {
        headers.entry("Authorization".to_owned()).or_insert_with(|| credentials.clone());
    }
    headers.entry("User-Agent".to_owned()).or_insert_with(|| concat!("writ/", env!("CARGO_PKG_VERSION")).to_owned());
    let http = HttpRequest {
        method,
        url: target.url.clone(),
        socket: target.socket.clone(),
        headers: headers.into_iter().collect(),
        body: body(request),
        follow_redirects: switch(request, "enable_redirect")?,
        timeout,
        max_response: MAX_RESPONSE,
        tls,
    };
    Ok((http, target))
}

fn check_types(request: &Object) -> Result<(), BuiltinError> {
    let wrong = TEXTS.iter().find(|k| member(request, k).is_some_and(|v| v.as_string().is_none()));
    wrong.map_or(Ok(()), |k| Err(BuiltinError::new(format!("\"{k}\" must be a string"))))
}

/// A string without the quotes around it, which OPA strips.
fn text(request: &Object, name: &str) -> Option<String> {
    Some(member(request, name)?.as_string()?.to_str_lossy().trim_matches('"').to_owned())
}

fn headers(request: &Object) -> Result<BTreeMap<String, String>, BuiltinError> {
    let Some(headers) = member(request, "headers") else { return Ok(BTreeMap::new()) };
    let headers = headers.as_object().ok_or_else(|| BuiltinError::new("invalid type for headers key"))?;
    let header = |(k, v): (&Value, &Value)| {
        let name = match k {
            Value::String(s) => s.to_str_lossy().into_owned(),
            other => json::to_string(other),
        };
        match v {
            Value::String(s) => Ok((canonical(&name), s.to_str_lossy().into_owned())),
            other => {
                let text = crate::url::quote(rego::to_string(other).as_bytes());
                Err(BuiltinError::new(format!("invalid type for headers value {text}")))
            }
        }
    };
    headers.iter().map(header).collect()
}

fn body(request: &Object) -> Vec<u8> {
    match (text(request, "raw_body"), member(request, "body")) {
        (Some(raw), _) => raw.into_bytes(),
        (None, Some(v)) => json::to_string(v).into_bytes(),
        (None, None) => Vec::new(),
    }
}

/// A boolean, or what Go's `ParseBool` takes for one.
fn switch(request: &Object, name: &str) -> Result<bool, BuiltinError> {
    let Some(v) = member(request, name) else { return Ok(false) };
    match rego::to_string(v).as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        other => {
            let text = crate::url::quote(other.as_bytes());
            Err(BuiltinError::new(format!("strconv.ParseBool: parsing {text}: invalid syntax")))
        }
    }
}

fn timeout(request: &Object) -> Result<Duration, BuiltinError> {
    let Some(v) = member(request, "timeout") else { return Ok(DEFAULT_TIMEOUT) };
    let ns = match v {
        Value::Number(n) => n.to_i64().ok_or_else(|| {
            BuiltinError::new(format!("invalid timeout number value {}, must be int64", rego::to_string(v)))
        })?,
        Value::String(s) => {
            let text = s.to_str_lossy();
            let invalid = |e| BuiltinError::new(format!("invalid timeout value {}: {e}", rego::to_string(v)));
            text.parse::<i64>().or_else(|_| crate::time::parse_duration(&text)).map_err(invalid)?
        }
        other => {
            let got = other.type_name();
            return Err(operand::bad(1, &format!("'timeout' must be one of {{string, number}} but got {got}")));
        }
    };
    let asked = u64::try_from(ns).ok().filter(|&ns| ns > 0).map_or(MAX_TIMEOUT, Duration::from_nanos);
    Ok(asked.min(MAX_TIMEOUT))
}

fn tls(request: &Object, network: &dyn Network, host: Option<&String>) -> Result<TlsOptions, BuiltinError> {
    let file = |name: &str| {
        let Some(path) = text(request, name).filter(|p| !p.is_empty()) else { return Ok(None) };
        network.read_file(&path).map(Some).map_err(BuiltinError::new)
    };
    let variable = |name: &str| {
        let Some(variable) = text(request, name).filter(|v| !v.is_empty()) else { return Ok(None) };
        network.variable(&variable).map(Some).map_err(BuiltinError::new)
    };
    let given = |name: &str| text(request, name).filter(|t| !t.is_empty());
    let pairs = [
        (given("tls_client_cert"), given("tls_client_key")),
        (file("tls_client_cert_file")?, file("tls_client_key_file")?),
        (variable("tls_client_cert_env_variable")?, variable("tls_client_key_env_variable")?),
    ];
    let authorities = [
        given("tls_ca_cert").map(|t| t.replace("\\n", "\n")),
        file("tls_ca_cert_file")?,
        variable("tls_ca_cert_env_variable")?,
    ];
    Ok(TlsOptions {
        insecure_skip_verify: switch(request, "tls_insecure_skip_verify")?,
        server_name: given("tls_server_name").or_else(|| host.cloned()),
        use_system_certs: switch(request, "tls_use_system_certs")?,
        ca_certs: authorities.into_iter().flatten().collect(),
        clients: pairs.into_iter().filter_map(|(cert, key)| Some((cert?, key?))).collect(),
    })
}

/// Refuses what must not reach the wire.
fn check_wire(method: &str, target: &Target, headers: &BTreeMap<String, String>) -> Result<(), Failure> {
    let fail = |why: String| Err(Failure::Exchange(target::in_exchange(method, &target.shown, &why)));
    if !matches!(target.scheme.as_str(), "http" | "https") {
        return fail(format!("unsupported protocol scheme {}", crate::url::quote(target.scheme.as_bytes())));
    }
    for (name, value) in headers {
        if !is_name(name) {
            return fail(format!("net/http: invalid header field name {}", crate::url::quote(name.as_bytes())));
        }
        if !is_value(value.as_bytes()) {
            return fail(format!("net/http: invalid header field value for {}", crate::url::quote(name.as_bytes())));
        }
    }
    if target.host.is_empty() && target.socket.is_none() {
        return fail("http: no Host in request URL".to_owned());
    }
    Ok(())
}
