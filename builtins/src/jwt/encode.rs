//! `io.jwt.encode_sign` and `io.jwt.encode_sign_raw`.

use writ_value::{Value, json};

use crate::encoding::base64::{Alphabet, encode};
use crate::jws::{Scheme, SignFailure};
use crate::keys::jwk::{self, Jwk};
use crate::keys::signature::Seeded;
use crate::{Answer, BuiltinError, Context, operand};

pub(super) fn encode_sign(context: &mut Context, args: &[Value]) -> Answer {
    let text = |v: &Value| json::to_string(v).into_bytes();
    sign(context, &text(&args[0]), &text(&args[1]), &text(&args[2]))
}

pub(super) fn encode_sign_raw(context: &mut Context, args: &[Value]) -> Answer {
    let key = operand::string(args, 3)?.as_bytes();
    let header = operand::string(args, 1)?.as_bytes();
    sign(context, header, operand::string(args, 2)?.as_bytes(), key)
}

/// Signs the texts as they are, so that the token shows the caller's own spelling.
fn sign(context: &mut Context, header: &[u8], payload: &[u8], key: &[u8]) -> Answer {
    let keys = jwk::parse(key).map_err(|e| BuiltinError::new(format!("jwk.Parse: {e}")))?;
    let Some(key) = keys.first() else { return Err(BuiltinError::new("no keys found in JWK set")) };
    let header_value = lenient(header);
    let alg = header_text(&header_value, "alg")
        .map_err(|e| BuiltinError::new(format!("missing or invalid 'alg' header: {e}")))?;
    let Some(scheme) = Scheme::from_name(&alg) else {
        return Err(BuiltinError::new(format!("unknown JWS algorithm: {alg}")));
    };
    let is_jwt = header_text(&header_value, "typ").is_ok_and(|t| t != "JWT");
    if !is_jwt && json::parse(payload).is_err() {
        return Err(BuiltinError::new("type is JWT but payload is not JSON"));
    }
    let mut token = encode(Alphabet::RawUrl, header);
    token.push('.');
    token += &encode(Alphabet::RawUrl, payload);
    let mut seed = [0; 32];
    context.random(&mut seed)?;
    let signature = signature(key, scheme, token.as_bytes(), &mut Seeded::new(seed)).map_err(BuiltinError::new)?;
    token.push('.');
    token += &encode(Alphabet::RawUrl, &signature);
    Ok(Some(Value::from(token)))
}

fn signature(jwk: &Jwk, scheme: Scheme, message: &[u8], rng: &mut Seeded) -> Result<Vec<u8>, String> {
    // OPA looks at the kind of a key before it looks at what it says.
    let is_rsa = jwk.go_type == "*jwk.rsaPrivateKey";
    let key = match (&jwk.key, scheme) {
        (Ok(key), _) => key,
        (Err(_), Scheme::Hmac(_)) => return Err(wrong_key(jwk.go_type, "[]byte")),
        (Err(_), Scheme::Ecdsa(_)) if is_rsa => return Err(wrong_key(jwk.go_type, "*ecdsa.PrivateKey")),
        (Err(_), Scheme::EdDsa) if is_rsa => return Err(wrong_key(jwk.go_type, "ed25519.PrivateKey")),
        (Err(e), _) if e.starts_with("crypto/rsa: ") => return Err(e.clone()),
        (Err(e), _) => return Err(format!("jwsbb.Sign: {e}")),
    };
    scheme.sign(key, message, rng).map_err(|failure| match failure {
        SignFailure::WrongKey(want) => wrong_key(jwk.go_type, want),
        SignFailure::Failed(text) => text,
    })
}

/// OPA's words for a key of another kind than the algorithm's.
fn wrong_key(got: &str, want: &str) -> String {
    let package = if matches!(want, "[]byte" | "*ecdsa.PrivateKey") { "keyconv: " } else { "" };
    let why = match got {
        "*jwk.okpPrivateKey" | "*jwk.okpPublicKey" => {
            let kind = if got.ends_with("PrivateKey") { "Private" } else { "Public" };
            let want = if want.starts_with('*') { want.to_owned() } else { format!("*{want}") };
            format!(
                "failed to assign key: argument to AssignIfCompatible() must be compatible with ed25519.{kind}Key (was \
                 {want})"
            )
        }
        _ => format!("no suitable exporter found for key type '{got}'"),
    };
    let name = want.trim_start_matches('*');
    format!(
        "jwsbb.Sign: invalid key type {got}. {want} is required: {package}failed to produce {name} from {got}: \
         jwk.Export: {why}"
    )
}

/// A header is read more leniently than JSON: OPA's reader takes any run of the letters of numbers for a number.
fn lenient(header: &[u8]) -> Result<Value, String> {
    let is_numeric = |b: &u8| matches!(b, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E');
    match json::parse(header) {
        Ok(v) => Ok(v),
        Err(_) if header.is_empty() => Err("cannot parse JSON: cannot parse empty string; unparsed tail: \"\"".into()),
        Err(_) if header.iter().all(is_numeric) => Ok(Value::from(0)),
        Err(e) => Err(format!("cannot parse JSON: {e}")),
    }
}

fn header_text(header: &Result<Value, String>, name: &str) -> Result<String, String> {
    match header.as_ref()?.get(name) {
        None => Err(format!("jwsbb: header \"{name}\" not found")),
        Some(Value::String(s)) => Ok(s.to_string()),
        Some(other) => {
            let kind = match other {
                Value::Bool(true) => "true",
                Value::Bool(false) => "false",
                other => other.type_name(),
            };
            Err(format!("value doesn't contain string; it contains {kind}"))
        }
    }
}
