//! Attacks on tokens that must not get through.

use writ_value::{Value, json};

use crate::{Caches, Context, lookup};

const RSA: &str = include_str!("../keys/tests/rsa.jwk");

fn call(name: &str, args: &[Value]) -> Result<Value, String> {
    let mut context = Context::new(Caches::new(), 1_700_000_000_000_000_000);
    context.seed = Some(1);
    match lookup(name).unwrap().call(&mut context, args) {
        Ok(v) => Ok(v.unwrap()),
        Err(e) => Err(e.message().to_owned()),
    }
}

fn sign(header: &str, payload: &str, key: &str) -> Value {
    call("io.jwt.encode_sign_raw", &[header.into(), payload.into(), key.into()]).unwrap()
}

fn verified(token: &Value, constraints: &str) -> bool {
    let constraints = json::parse(constraints.as_bytes()).unwrap();
    let answer = call("io.jwt.decode_verify", &[token.clone(), constraints]).unwrap();
    answer.as_array().unwrap()[0] == Value::Bool(true)
}

fn public() -> String {
    let Value::Object(mut key) = json::parse(RSA.as_bytes()).unwrap() else { unreachable!() };
    let key = std::sync::Arc::make_mut(&mut key);
    key.retain(|k, _| matches!(k.as_str(), Some("kty" | "n" | "e")));
    json::to_string(&Value::from(key.clone()))
}

#[test]
fn a_public_key_is_no_secret() {
    let public = public();
    let cert = json::to_string(&Value::object([("cert", Value::from(public.clone()))]));
    let honest = sign(r#"{"alg":"RS256"}"#, "{}", RSA);
    assert!(verified(&honest, &cert));
    // The attacker signs with HMAC, the key's text as secret.
    let secret = crate::encoding::base64::encode(crate::encoding::base64::Alphabet::RawUrl, public.as_bytes());
    let forged = sign(r#"{"alg":"HS256"}"#, "{}", &format!(r#"{{"kty":"oct","k":"{secret}"}}"#));
    assert!(!verified(&forged, &cert));
    assert_eq!(call("io.jwt.verify_rs256", &[forged, public.into()]), Ok(Value::Bool(false)));
}

#[test]
fn none_is_no_algorithm() {
    let cert = json::to_string(&Value::object([("cert", Value::from(public()))]));
    for token in ["eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJOT05FIn0.e30.", "eyJhbGciOiIifQ.e30."] {
        assert!(!verified(&token.into(), &cert), "{token}");
        assert!(!verified(&token.into(), r#"{"secret": "x"}"#), "{token}");
        assert_eq!(call("io.jwt.verify_rs256", &[token.into(), public().into()]), Ok(Value::Bool(false)));
    }
}

#[test]
fn times_issuer_and_audience_bind() {
    let key = r#"{"kty":"oct","k":"c2VjcmV0"}"#;
    let token = |payload: &str| sign(r#"{"alg":"HS256"}"#, payload, key);
    let yes = |payload: &str, more: &str| verified(&token(payload), &format!(r#"{{"secret":"secret"{more}}}"#));
    assert!(yes("{}", ""));
    assert!(yes(r#"{"exp":1700000001}"#, ""));
    assert!(!yes(r#"{"exp":1700000000}"#, ""));
    assert!(yes(r#"{"nbf":1700000000}"#, ""));
    assert!(!yes(r#"{"nbf":1700000001}"#, ""));
    assert!(!yes(r#"{"exp":2000}"#, r#","time":2000000000000"#));
    assert!(yes(r#"{"exp":2001}"#, r#","time":2000000000000"#));
    assert!(!yes(r#"{"iss":"a"}"#, r#","iss":"b""#));
    assert!(!yes(r#"{"iss":["b"]}"#, r#","iss":"b""#));
    assert!(!yes(r#"{"aud":"a"}"#, ""), "an audience must be expected");
    assert!(!yes("{}", r#","aud":"a""#));
    assert!(yes(r#"{"aud":["x","a"]}"#, r#","aud":"a""#));
    assert!(!verified(&token("{}"), r#"{"secret":"other"}"#));
    assert!(!verified(&token("{}"), r#"{"secret":"secret","alg":"HS512"}"#));
}

#[test]
fn a_signature_is_bound_to_header_and_payload() {
    let token = sign(r#"{"alg":"RS256"}"#, r#"{"a":1}"#, RSA);
    let text = token.as_str().unwrap();
    let other = sign(r#"{"alg":"RS256"}"#, r#"{"a":2}"#, RSA);
    let (head, sig) = text.rsplit_once('.').unwrap();
    let (other_head, _) = other.as_str().unwrap().rsplit_once('.').unwrap();
    let check = |t: String| call("io.jwt.verify_rs256", &[t.into(), public().into()]).unwrap();
    assert_eq!(check(format!("{head}.{sig}")), Value::Bool(true));
    assert_eq!(check(format!("{other_head}.{sig}")), Value::Bool(false));
    assert_eq!(check(format!("{head}.")), Value::Bool(false));
    assert_eq!(check(format!("{head}.{}", &sig[..sig.len() - 4])), Value::Bool(false));
}

#[test]
fn tokens_within_tokens_end() {
    let mut token = "eyJhbGciOiJIUzI1NiIsImN0eSI6IkpXVCJ9.e30.".to_owned();
    for _ in 0..30 {
        let payload = crate::encoding::base64::encode(crate::encoding::base64::Alphabet::RawUrl, token.as_bytes());
        token = format!("eyJhbGciOiJIUzI1NiIsImN0eSI6IkpXVCJ9.{payload}.");
    }
    assert!(call("io.jwt.decode", &[token.into()]).unwrap_err().contains("no period separators"));
}

#[test]
fn a_critical_extension_must_be_understood() {
    let key = r#"{"kty":"oct","k":"c2VjcmV0"}"#;
    let c = r#"{"secret":"secret"}"#;
    assert!(!verified(&sign(r#"{"alg":"HS256","crit":["x"],"x":1}"#, "{}", key), c));
    assert!(verified(&sign(r#"{"alg":"HS256","crit":["y"],"x":1}"#, "{}", key), c));
}
