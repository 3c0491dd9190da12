//! `providers.aws.sign_req`: requests of `http.send` signed for AWS (signature version 4).

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use writ_value::{Object, Set, Str, Value, json, rego};

use crate::encoding::hex;
use crate::http::check_keys;
use crate::operand::{self, member};
use crate::time::Civil;
use crate::url::{self, Uri};
use crate::{Answer, Builtin, BuiltinError, Context};

/// The namespace's built-ins.
pub(crate) const BUILTINS: &[Builtin] = &[Builtin::new("providers.aws.sign_req", 3, sign_req)];

/// Members of the configuration that must be there.
const REQUIRED: [&str; 4] = ["aws_access_key", "aws_region", "aws_secret_access_key", "aws_service"];
/// Headers that something on the way may change.
const UNSIGNED: [&str; 3] = ["authorization", "user-agent", "x-amzn-trace-id"];

/// Whom to sign for, and as whom.
struct Config {
    service: String,
    region: String,
    access_key: String,
    secret_key: String,
    session_token: String,
    sign_payload: bool,
}

fn sign_req(_: &mut Context, args: &[Value]) -> Answer {
    let request = operand::object(args, 1)?;
    let config = match &args[1] {
        Value::Object(o) => o,
        // OPA counts this operand and the next as the first.
        other => return Err(operand::type_error(1, other, &["object"])),
    };
    check_config(config)?;
    let time = match &args[2] {
        Value::Number(n) => n.to_i64(),
        other => return Err(operand::type_error(1, other, &["number"])),
    };
    let time = time.ok_or_else(|| operand::bad(3, "could not convert time_ns value into a unix timestamp"))?;
    check_keys(request, 1)?;
    let headers = match member(request, "headers") {
        None => Object::new(),
        Some(Value::Object(o)) => (**o).clone(),
        Some(other) => return Err(operand::type_error(0, other, &["object"])),
    };
    let wrong: Set = names_of_no_text(request, &["method", "url"]);
    if !wrong.is_empty() {
        let names = rego::to_string(&wrong.into());
        return Err(operand::bad(1, &format!("invalid values for required request parameters(s): {names}")));
    }
    let uri = url::parse(text(member(request, "url")).as_bytes()).map_err(BuiltinError::new)?;
    let sign_payload = match member(config, "disable_payload_signing") {
        None => true,
        Some(Value::Bool(disabled)) => !disabled,
        Some(_) => return Err(operand::bad(2, "invalid value for 'disable_payload_signing' in AWS config")),
    };
    let config = Config {
        service: text(member(config, "aws_service")),
        region: text(member(config, "aws_region")),
        access_key: text(member(config, "aws_access_key")),
        secret_key: text(member(config, "aws_secret_access_key")),
        session_token: text(member(config, "aws_session_token")),
        sign_payload,
    };
    let mut signed: Object =
        headers.iter().map(|(k, v)| (Value::from(text(Some(k))), Value::from(text(Some(v))))).collect();
    let (authorization, added) = sign(&config, &text(member(request, "method")), &uri, &signed, &body(request), time);
    signed.insert("Authorization".into(), authorization.into());
    signed.extend(added.into_iter().map(|(k, v)| (Value::from(k), Value::from(v))));
    let mut out = request.clone();
    out.insert("headers".into(), signed.into());
    Ok(Some(out.into()))
}

/// The string, or nothing for anything else.
fn text(v: Option<&Value>) -> String {
    v.and_then(Value::as_string).map(|s| s.to_str_lossy().into_owned()).unwrap_or_default()
}

fn names_of_no_text(object: &Object, names: &[&str]) -> Set {
    let wrong = names.iter().filter(|n| member(object, n).is_some_and(|v| v.as_string().is_none()));
    wrong.map(|n| Value::from(*n)).collect()
}

fn check_config(config: &Object) -> Result<(), BuiltinError> {
    let missing: Set = REQUIRED.iter().filter(|n| member(config, n).is_none()).map(|n| Value::from(*n)).collect();
    if !missing.is_empty() {
        let names = rego::to_string(&missing.into());
        return Err(operand::bad(2, &format!("missing required AWS config parameters(s): {names}")));
    }
    let wrong = names_of_no_text(config, &REQUIRED);
    if !wrong.is_empty() {
        let names = rego::to_string(&wrong.into());
        return Err(operand::bad(2, &format!("invalid values for required AWS config parameters(s): {names}")));
    }
    Ok(())
}

fn body(request: &Object) -> Vec<u8> {
    match (member(request, "raw_body"), member(request, "body")) {
        (Some(raw), _) => raw.as_string().map(|s| s.as_bytes().to_vec()).unwrap_or_default(),
        (None, Some(v)) => json::to_string(v).into_bytes(),
        (None, None) => Vec::new(),
    }
}

fn mac(key: &[u8], message: &str) -> Vec<u8> {
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.chain_update(message.as_bytes()).finalize().into_bytes().to_vec()
}

/// The value of `Authorization`, and the headers that go with it.
fn sign(
    config: &Config,
    method: &str,
    uri: &Uri,
    headers: &Object,
    body: &[u8],
    time: i64,
) -> (String, BTreeMap<String, String>) {
    let c = Civil::new(time, 0);
    let date = format!("{:04}{:02}{:02}", c.year, c.month, c.day);
    let instant = format!("{date}T{:02}{:02}{:02}Z", c.hour, c.minute, c.second);
    let payload = if config.sign_payload { hex(&Sha256::digest(body)) } else { "UNSIGNED-PAYLOAD".to_owned() };

    let host = Str::from_bytes(&uri.host).to_str_lossy().into_owned();
    let mut added = BTreeMap::from([("host".to_owned(), host), ("x-amz-date".to_owned(), instant.clone())]);
    if matches!(config.service.as_str(), "s3" | "glacier") {
        added.insert("x-amz-content-sha256".to_owned(), payload.clone());
    }
    if !config.session_token.is_empty() {
        added.insert("x-amz-security-token".to_owned(), config.session_token.clone());
    }
    let mut all = added.clone();
    for (k, v) in headers {
        let name = text(Some(k)).to_lowercase();
        if !UNSIGNED.contains(&name.as_str()) {
            all.insert(name, text(Some(v)));
        }
    }

    let names = all.keys().map(String::as_str).collect::<Vec<_>>().join(";");
    let lines: String = all.iter().map(|(k, v)| format!("{k}:{v}\n")).collect();
    let query = String::from_utf8_lossy(&uri.raw_query);
    let canonical = format!("{method}\n{}\n{query}\n{lines}\n{names}\n{payload}", uri.escaped_path());
    let Config { service, region, access_key, secret_key, .. } = config;
    let scope = format!("{date}/{region}/{service}/aws4_request");
    let to_sign = format!("AWS4-HMAC-SHA256\n{instant}\n{scope}\n{}", hex(&Sha256::digest(canonical.as_bytes())));
    let key = [region.as_str(), service, "aws4_request"]
        .iter()
        .fold(mac(format!("AWS4{secret_key}").as_bytes(), &date), |key, part| mac(&key, part));
    let signature = hex(&mac(&key, &to_sign));
    let credential = format!("AWS4-HMAC-SHA256 Credential={access_key}/{scope}");
    (format!("{credential},SignedHeaders={names},Signature={signature}"), added)
}
