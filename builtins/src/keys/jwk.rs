//! JSON web keys and sets of them, with the error texts that users of OPA see.

use num_bigint::BigUint;
use writ_value::{Value, json};

use super::curve::left_pad;
use super::{Curve, EcPublic, Key, PrivateKey, PublicKey, RsaPrivate, RsaPublic, signature};
use crate::encoding::base64;

/// A key of a set, with what the set says about it.
#[derive(Debug)]
pub(crate) struct Jwk {
    pub(crate) key: Result<Key, String>,
    /// Go's name of the key's type, for messages.
    pub(crate) go_type: &'static str,
    pub(crate) alg: Option<String>,
    pub(crate) kid: Option<String>,
}

/// Most keys in a set.
const MAX_KEYS: usize = 1000;

/// Algorithms that a key may name, beyond the ones that sign.
const ALGORITHMS: &[&str] = &[
    "HS256",
    "HS384",
    "HS512",
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES256K",
    "ES384",
    "ES512",
    "EdDSA",
    "none",
    "RSA1_5",
    "RSA-OAEP",
    "RSA-OAEP-256",
    "RSA-OAEP-384",
    "RSA-OAEP-512",
    "A128KW",
    "A192KW",
    "A256KW",
    "dir",
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A192KW",
    "ECDH-ES+A256KW",
    "A128GCMKW",
    "A192GCMKW",
    "A256GCMKW",
    "PBES2-HS256+A128KW",
    "PBES2-HS384+A192KW",
    "PBES2-HS512+A256KW",
];

/// Reads one key or a set of keys.
///
/// # Errors
/// A text without the "jwk.Parse: " that callers put before it.
pub(crate) fn parse(text: &[u8]) -> Result<Vec<Jwk>, String> {
    let sole = |e: String| format!("failed to parse sole key: jwk.ParseKey: {e}");
    let first = first_value(text);
    let value = json::parse(first)
        .map_err(|e| sole(format!("jwk.Parse: failed to probe data: probe: failed to unmarshal data: {e}")))?;
    // Only a text that is nothing else is a set.
    let is_all = text[first.len()..].iter().all(u8::is_ascii_whitespace);
    if let Some(keys) = value.get("keys").filter(|_| is_all) {
        let fail = |e: String| format!("failed to unmarshal JWK set: {e}");
        let Value::Array(keys) = keys else {
            let got = match keys {
                Value::Object(_) => "{".into(),
                Value::String(s) => s.to_string(),
                Value::Null => "<nil>".into(),
                other => other.to_string(),
            };
            return Err(fail(format!("failed to decode \"keys\": expected '[' but got {got}")));
        };
        if keys.len() > MAX_KEYS {
            return Err(fail(format!("too many keys in \"keys\" array: max {MAX_KEYS}")));
        }
        let one = |(i, k): (usize, &Value)| {
            parse_key(k).map_err(|e| fail(format!("failed to decode key #{i} in \"keys\": jwk.ParseKey: {e}")))
        };
        return keys.iter().enumerate().map(one).collect();
    }
    Ok(vec![parse_key(&value).map_err(sole)?])
}

/// The text up to the end of its first object: what follows is not looked at.
fn first_value(text: &[u8]) -> &[u8] {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for (i, c) in text.iter().enumerate() {
        match c {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 1 => return &text[..=i],
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text
}

fn go_kind(v: &Value) -> &'static str {
    match v {
        Value::Bool(_) => "bool",
        other => other.type_name(),
    }
}

fn parse_key(value: &Value) -> Result<Jwk, String> {
    let probe = |e: String| format!("jwk.Parse: failed to probe data: probe: failed to unmarshal data: {e}");
    // Go reads null into an empty key.
    if !matches!(value, Value::Object(_) | Value::Null) {
        return Err(probe(format!(
            "json: cannot unmarshal {} into Go value of type struct {{ Kty string \"json:\\\"kty\\\"\"; D \
             json.RawMessage \"json:\\\"d,omitempty\\\"\" }}",
            go_kind(value)
        )));
    }
    let kty = match value.get("kty") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(s)) => s.to_string(),
        Some(other) => {
            let kind = go_kind(other);
            return Err(probe(format!("json: cannot unmarshal {kind} into Go struct field .kty of type string")));
        }
    };
    let private = value.get("d").is_some();
    let go_type = match (kty.as_str(), private) {
        ("RSA", false) => "*jwk.rsaPublicKey",
        ("RSA", true) => "*jwk.rsaPrivateKey",
        ("EC", false) => "*jwk.ecdsaPublicKey",
        ("EC", true) => "*jwk.ecdsaPrivateKey",
        ("OKP", false) => "*jwk.okpPublicKey",
        ("OKP", true) => "*jwk.okpPrivateKey",
        ("oct", _) => "*jwk.symmetricKey",
        _ => return Err(format!("invalid key type from JSON ({kty})")),
    };
    let decode = |e: String| {
        format!("failed to unmarshal JSON into key ({go_type}): failed to unmarshal JSON into key ({go_type}): {e}")
    };
    let fields = Fields(value);
    let text = |name| fields.text(name).map_err(decode);
    let (alg, kid) = (text("alg")?, text("kid")?);
    text("use")?;
    if let Some(alg) = alg.as_deref().filter(|a| !ALGORITHMS.contains(a)) {
        let e = format!("failed to decode value for key alg: invalid key value: {alg:?}: invalid key algorithm");
        return Err(decode(e));
    }
    let key = match kty.as_str() {
        "RSA" => rsa(&fields, private),
        "EC" => ec(&fields, private),
        "OKP" => okp(&fields, private),
        _ => secret(&fields),
    }
    .map_err(|e| match e {
        Fail::Decode(e) => decode(e),
        Fail::Validate(e) => format!("jwk.Parse: key validation failed: key validation failed: {e}"),
    })?;
    Ok(Jwk { key, go_type, alg, kid })
}

/// Why a key was refused: its fields cannot be read, or their values make no key.
enum Fail {
    Decode(String),
    Validate(String),
}

/// The fields of a key.
struct Fields<'a>(&'a Value);

impl Fields<'_> {
    fn text(&self, name: &str) -> Result<Option<String>, String> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(s)) => Ok(Some(s.to_string())),
            Some(other) => {
                let via = if name == "alg" { "" } else { "error reading next value: " };
                let kind = go_kind(other);
                Err(format!(
                    "failed to decode value for key {name}: {via}json: cannot unmarshal {kind} into Go value of type \
                     string"
                ))
            }
        }
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, String> {
        self.0
            .get(name)
            .and_then(Value::as_string)
            .and_then(|s| base64::decode_guess(s.as_bytes()).ok())
            .ok_or_else(|| format!("failed to decode value for key {name}: expected base64 encoded []byte (string)"))
    }

    fn required(&self, names: &[&str]) -> Result<(), String> {
        match names.iter().find(|n| self.0.get(n).is_none()) {
            Some(missing) => Err(format!("required field {missing} is missing")),
            None => Ok(()),
        }
    }

    fn crv(&self) -> Result<String, String> {
        let name = self.text("crv")?.unwrap_or_default();
        if Curve::from_name(&name).is_none() && !matches!(name.as_str(), "Ed25519" | "X25519" | "Ed448" | "X448") {
            return Err(format!("failed to decode value for key crv: unknown EllipticCurveAlgorithm: {name:?}"));
        }
        Ok(name)
    }
}

/// `Ok(Err(_))`: the key is well-formed but cannot be used, which is reported only when somebody tries.
type Parsed = Result<Result<Key, String>, Fail>;

fn secret(fields: &Fields<'_>) -> Parsed {
    let k = fields.required(&["k"]).and_then(|()| fields.bytes("k")).map_err(Fail::Decode)?;
    if k.is_empty() {
        return Err(Fail::Validate("jwk.SymmetricKey: missing \"k\" field".to_owned()));
    }
    Ok(Ok(Key::Secret(k)))
}

fn rsa(fields: &Fields<'_>, private: bool) -> Parsed {
    let decode = |names: &[&str]| -> Result<Vec<BigUint>, Fail> {
        names.iter().map(|n| fields.bytes(n).map(|b| BigUint::from_bytes_be(&b)).map_err(Fail::Decode)).collect()
    };
    fields.required(if private { &["d", "e", "n"] } else { &["e", "n"] }).map_err(Fail::Decode)?;
    let public = decode(&["n", "e"])?;
    let kind = if private { "RSAPrivateKey" } else { "RSAPublicKey" };
    let invalid = |m: &str| Fail::Validate(format!("jwk.{kind}: {m}"));
    let (n, e) = (&public[0], &public[1]);
    if *n == BigUint::ZERO {
        return Err(invalid("missing \"n\" value"));
    }
    if *e == BigUint::ZERO {
        return Err(invalid("missing \"e\" value"));
    }
    if !e.bit(0) {
        return Err(invalid("invalid rsa public exponent: must be a positive odd integer"));
    }
    let Some(e) = u64::try_from(e).ok().filter(|e| e.leading_zeros() > 0) else {
        let m = format!("rsa public exponent too large for this platform: {} bits (max 63)", e.bits());
        return Err(invalid(&m));
    };
    if !private {
        return Ok(Ok(Key::Public(PublicKey::Rsa(RsaPublic::new(n.clone(), e)))));
    }
    let d = decode(&["d"])?.swap_remove(0);
    if d == BigUint::ZERO {
        return Err(invalid("missing \"d\" value"));
    }
    if let Some(missing) = ["q", "p"].into_iter().find(|f| fields.0.get(f).is_none()) {
        return Ok(Err(format!("missing \"{missing}\" value")));
    }
    let primes = decode(&["p", "q"])?;
    let key = RsaPrivate::new(n.clone(), e, d, primes);
    // They follow from the rest, so that one that is missing is no matter; but what is there must be right.
    let computed = ["dp", "dq", "qi"];
    let key = match key {
        Ok(key) if computed.iter().all(|f| fields.0.get(f).is_some()) => {
            let given = decode(&computed)?;
            if given[0] != key.dp || given[1] != key.dq {
                Err("crypto/rsa: invalid CRT exponent".to_owned())
            } else if given[2] != key.qinv {
                Err("crypto/rsa: invalid CRT coefficient".to_owned())
            } else {
                Ok(key)
            }
        }
        key => key,
    };
    Ok(key.map(|k| Key::Private(PrivateKey::Rsa(k))))
}

fn ec(fields: &Fields<'_>, private: bool) -> Parsed {
    fields.required(if private { &["crv", "d", "x", "y"] } else { &["crv", "x", "y"] }).map_err(Fail::Decode)?;
    let name = fields.crv().map_err(Fail::Decode)?;
    let kind = if private { "ECDSAPrivateKey" } else { "ECDSAPublicKey" };
    let invalid = |m: String| Fail::Validate(format!("jwk.{kind}: {m}"));
    let bytes = |n: &str| fields.bytes(n).map_err(Fail::Decode);
    let (x, y) = (bytes("x")?, bytes("y")?);
    let Some(curve) = Curve::from_name(&name) else {
        return Err(invalid(format!("invalid curve algorithm \"{name}\"")));
    };
    for (axis, bytes) in [("x", &x), ("y", &y)] {
        if bytes.len() != curve.n_bytes() {
            return Err(invalid(format!("invalid \"{axis}\" length ({}) for curve \"{name}\"", bytes.len())));
        }
    }
    let (x, y) = (BigUint::from_bytes_be(&x), BigUint::from_bytes_be(&y));
    if x == BigUint::ZERO && y == BigUint::ZERO {
        return Err(invalid("invalid ECDSA public key: identity point is not a valid public key".into()));
    }
    if !curve.contains(&x, &y) {
        return Err(invalid("invalid ECDSA public key: crypto/ecdh: invalid public key".into()));
    }
    let public = EcPublic { curve, x, y };
    if !private {
        return Ok(Ok(Key::Public(PublicKey::Ec(public))));
    }
    let d = bytes("d")?;
    if d.len() != curve.n_bytes() {
        return Err(invalid(format!("invalid \"d\" length ({}) for curve \"{name}\"", d.len())));
    }
    let matches =
        left_pad(&d, curve.n_bytes()).and_then(|d| signature::ec_public(curve, &d)).is_some_and(|p| p == public);
    if !matches {
        return Ok(Err("failed to sign payload using ecdsa: private key does not match public key".into()));
    }
    Ok(Ok(Key::Private(PrivateKey::Ec { public, d: BigUint::from_bytes_be(&d) })))
}

fn okp(fields: &Fields<'_>, private: bool) -> Parsed {
    fields.required(if private { &["crv", "d", "x"] } else { &["crv", "x"] }).map_err(Fail::Decode)?;
    let name = fields.crv().map_err(Fail::Decode)?;
    let kind = if private { "OKPPrivateKey" } else { "OKPPublicKey" };
    let lower = name.to_lowercase();
    let size = |part| Fail::Validate(format!("jwk.{kind}: {lower}: wrong {part} key size"));
    let x = fields.bytes("x").map_err(Fail::Decode)?;
    if !matches!(name.as_str(), "Ed25519" | "X25519") {
        return Ok(Err(format!("jwk.{kind}: failed to build key: invalid curve algorithm {name}")));
    }
    let public: [u8; 32] = x.try_into().map_err(|_| size("public"))?;
    if !private {
        let key = if name == "X25519" { PublicKey::X25519 } else { PublicKey::Ed25519(public) };
        return Ok(Ok(Key::Public(key)));
    }
    let seed: [u8; 32] = fields.bytes("d").map_err(Fail::Decode)?.try_into().map_err(|_| size("private"))?;
    if name == "X25519" {
        return Ok(Ok(Key::Private(PrivateKey::X25519)));
    }
    if signature::ed25519_public(&seed) != public {
        let m = "failed to build private key: ed25519: invalid x value given d value";
        return Ok(Err(format!("jwk.{kind}: {m}")));
    }
    Ok(Ok(Key::Private(PrivateKey::Ed25519 { seed, public })))
}
