//! Keys as values: the way Go's encoder shows its key types, and JSON web keys.

use num_bigint::BigUint;
use writ_value::{Number, Value};

use super::{EcPublic, PrivateKey, PublicKey};
use crate::encoding::base64::{Alphabet, encode};

/// A big integer as a number.
pub(crate) fn number(n: &BigUint) -> Value {
    Number::parse(&n.to_string()).map_or(Value::Null, Value::Number)
}

/// Bytes as Go's encoder shows them.
pub(crate) fn bytes(b: &[u8]) -> Value {
    Value::from(encode(Alphabet::Std, b))
}

fn unsigned(n: u64) -> Value {
    number(&BigUint::from(n))
}

/// A public key as Go shows it.
pub(crate) fn public(key: &PublicKey) -> Value {
    match key {
        PublicKey::Rsa(k) => Value::object([("N", number(&k.n)), ("E", unsigned(k.e))]),
        PublicKey::Ec(k) => Value::object(ec(k)),
        PublicKey::Ed25519(k) => bytes(k),
        PublicKey::X25519 => Value::empty_object(),
        PublicKey::Dsa { p, q, g, y } => {
            Value::object([("P", number(p)), ("Q", number(q)), ("G", number(g)), ("Y", number(y))])
        }
    }
}

fn ec(k: &EcPublic) -> Vec<(&'static str, Value)> {
    vec![("Curve", Value::empty_object()), ("X", number(&k.x)), ("Y", number(&k.y))]
}

/// A private key as Go shows it.
pub(crate) fn private(key: &PrivateKey) -> Value {
    match key {
        PrivateKey::Rsa(k) => {
            let mut product = &k.primes[0] * &k.primes[1];
            let mut crt = Vec::new();
            for prime in &k.primes[2..] {
                crt.push(Value::object([
                    ("Exp", number(&(&k.d % (prime - 1u8)))),
                    ("Coeff", number(&product.modinv(prime).unwrap_or_default())),
                    ("R", number(&product)),
                ]));
                product *= prime;
            }
            let precomputed = Value::object([
                ("Dp", number(&k.dp)),
                ("Dq", number(&k.dq)),
                ("Qinv", number(&k.qinv)),
                ("CRTValues", Value::from(crt)),
            ]);
            Value::object([
                ("N", number(&k.public.n)),
                ("E", unsigned(k.public.e)),
                ("D", number(&k.d)),
                ("Primes", k.primes.iter().map(number).collect()),
                ("Precomputed", precomputed),
            ])
        }
        PrivateKey::Ec { public, d } => {
            let mut fields = ec(public);
            fields.push(("D", number(d)));
            Value::object(fields)
        }
        PrivateKey::Ed25519 { seed, public } => bytes(&[*seed, *public].concat()),
        PrivateKey::X25519 => Value::empty_object(),
    }
}

/// A private key as JSON web key; `None` for kinds that have none.
pub(crate) fn to_jwk(key: &PrivateKey) -> Option<Value> {
    let url = |b: &[u8]| Value::from(encode(Alphabet::RawUrl, b));
    let big = |n: &BigUint| url(&n.to_bytes_be());
    Some(match key {
        PrivateKey::Rsa(k) => Value::object([
            ("kty", Value::from("RSA")),
            ("n", big(&k.public.n)),
            ("e", big(&BigUint::from(k.public.e))),
            ("d", big(&k.d)),
            ("p", big(&k.primes[0])),
            ("q", big(&k.primes[1])),
            ("dp", big(&k.dp)),
            ("dq", big(&k.dq)),
            ("qi", big(&k.qinv)),
        ]),
        PrivateKey::Ec { public, d } => Value::object([
            ("kty", Value::from("EC")),
            ("crv", Value::from(public.curve.name())),
            ("x", url(&public.curve.pad(&public.x))),
            ("y", url(&public.curve.pad(&public.y))),
            ("d", url(&public.curve.pad(d))),
        ]),
        PrivateKey::Ed25519 { seed, public } => Value::object([
            ("kty", Value::from("OKP")),
            ("crv", Value::from("Ed25519")),
            ("x", url(public)),
            ("d", url(seed)),
        ]),
        PrivateKey::X25519 => return None,
    })
}
