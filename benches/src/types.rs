//! Inputs of cases as an application would have them: Rust structs.

use serde::{Deserialize, Serialize};

/// An input of one of the cases that ship a type. Serializes as what is inside.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
#[allow(missing_docs, reason = "named as their cases")]
pub enum Typed {
    Abac(AbacRequest),
    Rbac(RbacRequest),
    HttpApi(HttpRequest),
}

impl Typed {
    /// Reads the input of a case whose `case.json` names the type.
    ///
    /// # Errors
    /// When there is no such type or the input is none of it.
    pub fn read(name: &str, input: &[u8]) -> Result<Typed, String> {
        let read = match name {
            "abac" => serde_json::from_slice(input).map(Typed::Abac),
            "rbac" => serde_json::from_slice(input).map(Typed::Rbac),
            "http-api" => serde_json::from_slice(input).map(Typed::HttpApi),
            _ => return Err(format!("there is no type `{name}`")),
        };
        read.map_err(|e| format!("the input is no `{name}`: {e}"))
    }
}

/// Who wants to do what.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "an example of a request")]
pub struct AbacRequest {
    pub user: User,
    pub action: String,
    pub resource: Owned,
    pub request_id: String,
}

/// A person.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "an example of a request")]
pub struct User {
    pub id: String,
    pub role: String,
    pub level: u32,
    pub email: String,
}

/// A thing that somebody owns.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "an example of a request")]
pub struct Owned {
    pub r#type: String,
    pub owner: String,
    pub id: String,
}

/// Who wants to do what, by name.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "an example of a request")]
pub struct RbacRequest {
    pub user: String,
    pub action: String,
    pub resource: Owned,
    pub request_id: String,
}

/// A request to an HTTP API.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "an example of a request")]
pub struct HttpRequest {
    pub method: String,
    pub path: Vec<String>,
    pub token: Token,
    pub headers: std::collections::BTreeMap<String, String>,
}

/// Claims of a token.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "an example of a request")]
pub struct Token {
    pub sub: String,
    pub roles: Vec<String>,
    pub iss: String,
}
