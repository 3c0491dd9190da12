//! `io.jwt.decode_verify`: signature, issuer, audience and times in one call; anything unmet gives `[false, {}, {}]`.

use std::sync::Arc;

use writ_value::{Number, Object, Value};

use super::ToStr;
use super::keys::{self, VerificationKey};
use super::token::{self, Header, Token};
use crate::jws::{PublicRef, Scheme};
use crate::{Answer, BuiltinError, Context, operand};

/// What the caller demands.
struct Constraints {
    /// Keys to verify with.
    keys: Option<Arc<Vec<VerificationKey>>>,
    secret: Vec<u8>,
    alg: String,
    iss: String,
    aud: String,
    /// Seconds since 1970 to check the token's times against.
    now: Value,
}

pub(super) fn decode_verify(context: &mut Context, args: &[Value]) -> Answer {
    let constraints = Constraints::parse(context, operand::object(args, 2)?)?;
    let unverified = || Ok(Some(Value::from(vec![Value::Bool(false), Value::empty_object(), Value::empty_object()])));
    let mut operand = args[0].clone();
    loop {
        let token = Token::split(&operand)?;
        let header_value = token.header_value()?;
        let header = Header::parse(&header_value)?;
        if !header.is_valid() || (!constraints.alg.is_empty() && constraints.alg != header.alg) {
            return unverified();
        }
        if !constraints.signature_holds(&header, &token.signed(), &token.signature_bytes()?) {
            return unverified();
        }
        let payload = token.payload_bytes()?;
        if header.cty.eq_ignore_ascii_case("JWT") {
            // A token within the token: it must hold as well.
            operand = Value::String(payload.as_slice().to_str());
            continue;
        }
        let payload = token::object(&payload)?;
        if !constraints.claims_hold(&payload)? {
            return unverified();
        }
        return Ok(Some(Value::from(vec![Value::Bool(true), header_value, payload])));
    }
}

impl Constraints {
    fn parse(context: &Context, o: &Object) -> Result<Self, BuiltinError> {
        let mut c = Constraints {
            keys: None,
            secret: Vec::new(),
            alg: String::new(),
            iss: String::new(),
            aud: String::new(),
            now: Value::Null,
        };
        let mut time = None;
        for (name, value) in o {
            let name = name.as_string().map(ToString::to_string).unwrap_or_default();
            let text = || match value {
                Value::String(s) => Ok(s),
                _ => Err(BuiltinError::new(format!("{name} constraint: must be a string"))),
            };
            match name.as_str() {
                "cert" => c.keys = Some(keys::parse(context, text()?.as_bytes())?),
                "secret" => c.secret = text()?.as_bytes().to_vec(),
                "alg" => c.alg = text()?.to_string(),
                "iss" => c.iss = text()?.to_string(),
                "aud" => c.aud = text()?.to_string(),
                "time" => time = Some(seconds_value(value)?),
                _ => return Err(BuiltinError::new(format!("unknown token validation constraint: {name}"))),
            }
        }
        c.now = match time {
            Some(t) => t,
            None => seconds_value(&Value::from(context.now_ns()))?,
        };
        match (c.keys.is_some(), c.secret.is_empty()) {
            (true, false) => Err(BuiltinError::new("duplicate key constraints")),
            (false, true) => Err(BuiltinError::new("no key constraint")),
            _ => Ok(c),
        }
    }

    fn signature_holds(&self, header: &Header, message: &[u8], signature: &[u8]) -> bool {
        let Some(scheme) = Scheme::from_name(&header.alg) else { return false };
        let Some(keys) = &self.keys else {
            return scheme.verify(PublicRef::Secret(&self.secret), message, signature);
        };
        match keys.iter().find(|k| !header.kid.is_empty() && k.kid == header.kid) {
            Some(k) => scheme.verify(k.public(), message, signature),
            None => keys
                .iter()
                .filter(|k| k.alg.is_empty() || k.alg == header.alg)
                .any(|k| scheme.verify(k.public(), message, signature)),
        }
    }

    /// Registered claims (RFC 7519, 4.1).
    fn claims_hold(&self, payload: &Value) -> Result<bool, BuiltinError> {
        if !self.iss.is_empty() && !payload.get("iss").is_some_and(|v| is_text(v, &self.iss)) {
            return Ok(false);
        }
        let audience = match payload.get("aud") {
            None => self.aud.is_empty(),
            Some(Value::Array(all)) => all.iter().any(|v| is_text(v, &self.aud)),
            Some(one) => is_text(one, &self.aud),
        };
        if !audience {
            return Ok(false);
        }
        let time = |name: &str| match payload.get(name) {
            None => Ok(None),
            Some(v @ Value::Number(_)) => Ok(Some(v)),
            Some(_) => Err(BuiltinError::new(format!("{name} value must be a number"))),
        };
        if time("exp")?.is_some_and(|exp| self.now >= *exp) {
            return Ok(false);
        }
        Ok(time("nbf")?.is_none_or(|nbf| self.now >= *nbf))
    }
}

fn is_text(v: &Value, text: &str) -> bool {
    v.as_string().is_some_and(|s| s.as_bytes() == text.as_bytes())
}

/// Nanoseconds to seconds, with the rounding of doubles that OPA has.
fn seconds_value(v: &Value) -> Result<Value, BuiltinError> {
    let fail = |m: &str| BuiltinError::new(format!("token time constraint: {m}"));
    let Value::Number(n) = v else { return Err(fail("must be a number")) };
    let ns = n.to_f64().ok_or_else(|| fail("unvalid float64"))?;
    if ns < 0.0 {
        return Err(fail("must not be negative"));
    }
    Number::from_f64(ns / 1e9).map(Value::Number).ok_or_else(|| fail("unvalid float64"))
}
