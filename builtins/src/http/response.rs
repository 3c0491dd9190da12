//! From what came over the wire to the answer's object.

use std::collections::BTreeMap;

use writ_value::{Value, json};

use super::headers;
use crate::network::HttpResponse;

/// The answer; the body is null unless it is JSON or YAML by its header or by force.
pub(super) fn to_value(response: &HttpResponse, json: bool, yaml: bool) -> Value {
    let content = headers::get(&response.headers, "content-type").unwrap_or_default();
    let body = if json || is_json(content) {
        json::parse(&response.body).ok()
    } else if yaml || content.contains("application/yaml") || content.contains("application/x-yaml") {
        std::str::from_utf8(&response.body).ok().and_then(|text| crate::yaml::parse(text).ok())
    } else {
        None
    };
    let mut headers: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (name, value) in &response.headers {
        headers.entry(name.to_lowercase()).or_default().push(value.as_str().into());
    }
    Value::object([
        ("status", Value::from(response.status.as_str())),
        ("status_code", Value::from(i64::from(response.status_code))),
        ("body", body.unwrap_or(Value::Null)),
        ("raw_body", Value::String(response.body.clone().into())),
        ("headers", Value::object(headers.into_iter().map(|(k, v)| (k, Value::from(v))))),
    ])
}

/// `application/json` or `application/…+json`, with or without parameters.
fn is_json(content: &str) -> bool {
    let kind = content.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.strip_prefix("application/").is_some_and(|sub| !sub.contains('/') && (sub == "json" || sub.ends_with("+json")))
}
