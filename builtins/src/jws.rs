//! JSON web signatures in compact form (RFC 7515): which algorithm takes which key, and keys from PEM text or a secret.
//!
//! Tokens of policies (`io.jwt.*`) and signatures of bundles both go through [`Scheme`]. The algorithm is always the caller's choice, never
//! the token's, and a public key is never taken for a secret.

use crate::encoding::base64::{self, Alphabet};
use crate::encoding::pem;
use crate::keys::signature::{self, Hash, Seeded};
use crate::keys::{EcPublic, Key, PrivateKey, PublicKey, RsaPublic, pkcs, spki};
use crate::x509;

/// A way to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// RSASSA-PKCS1-v1_5.
    Pkcs1(Hash),
    /// RSASSA-PSS.
    Pss(Hash),
    /// ECDSA.
    Ecdsa(Hash),
    /// Ed25519.
    EdDsa,
    /// HMAC.
    Hmac(Hash),
}

/// The public half of a key, for the algorithms that take either.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PublicRef<'a> {
    Rsa(&'a RsaPublic),
    Ec(&'a EcPublic),
    Ed25519(&'a [u8; 32]),
    Secret(&'a [u8]),
    Other,
}

/// Why nothing was signed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SignFailure {
    /// The key is of another kind; this is Go's name of the right one.
    WrongKey(&'static str),
    /// The key cannot sign this.
    Failed(String),
}

impl Scheme {
    /// By the name in a header. `none` has none.
    pub(crate) fn from_name(alg: &str) -> Option<Scheme> {
        use Hash::{Sha256, Sha384, Sha512};
        Some(match alg {
            "RS256" => Scheme::Pkcs1(Sha256),
            "RS384" => Scheme::Pkcs1(Sha384),
            "RS512" => Scheme::Pkcs1(Sha512),
            "PS256" => Scheme::Pss(Sha256),
            "PS384" => Scheme::Pss(Sha384),
            "PS512" => Scheme::Pss(Sha512),
            "ES256" => Scheme::Ecdsa(Sha256),
            "ES384" => Scheme::Ecdsa(Sha384),
            "ES512" => Scheme::Ecdsa(Sha512),
            "HS256" => Scheme::Hmac(Sha256),
            "HS384" => Scheme::Hmac(Sha384),
            "HS512" => Scheme::Hmac(Sha512),
            "EdDSA" => Scheme::EdDsa,
            _ => return None,
        })
    }

    /// Strict about lengths; private keys stand for their public half.
    pub(crate) fn verify(self, key: PublicRef<'_>, message: &[u8], sig: &[u8]) -> bool {
        match (self, key) {
            (Scheme::Pkcs1(h), PublicRef::Rsa(k)) => signature::verify_pkcs1(k, h, message, sig),
            (Scheme::Pss(h), PublicRef::Rsa(k)) => signature::verify_pss(k, h, Some(h.n_bytes()), message, sig),
            (Scheme::Ecdsa(h), PublicRef::Ec(k)) => {
                let width = k.curve.n_bytes();
                sig.len() == 2 * width && signature::verify_ecdsa(k, h, message, &sig[..width], &sig[width..])
            }
            (Scheme::EdDsa, PublicRef::Ed25519(k)) => signature::verify_ed25519(k, message, sig),
            (Scheme::Hmac(h), PublicRef::Secret(s)) => !s.is_empty() && signature::verify_hmac(s, h, message, sig),
            _ => false,
        }
    }

    pub(crate) fn sign(self, key: &Key, message: &[u8], rng: &mut Seeded) -> Result<Vec<u8>, SignFailure> {
        let wrong = |want| Err(SignFailure::WrongKey(want));
        match (self, key) {
            (Scheme::Hmac(h), Key::Secret(s)) if !s.is_empty() => Ok(signature::hmac(s, h, message)),
            (Scheme::Hmac(_), _) => wrong("[]byte"),
            (Scheme::Pkcs1(h), Key::Private(PrivateKey::Rsa(k))) => {
                signature::sign_pkcs1(k, h, message, rng).map_err(SignFailure::Failed)
            }
            (Scheme::Pss(h), Key::Private(PrivateKey::Rsa(k))) => {
                signature::sign_pss(k, h, message, rng).map_err(SignFailure::Failed)
            }
            (Scheme::Pkcs1(_) | Scheme::Pss(_), _) => wrong("*rsa.PrivateKey"),
            (Scheme::Ecdsa(h), Key::Private(PrivateKey::Ec { public, d })) => {
                signature::sign_ecdsa(public.curve, d, h, message).map_err(SignFailure::Failed)
            }
            (Scheme::Ecdsa(_), _) => wrong("*ecdsa.PrivateKey"),
            (Scheme::EdDsa, Key::Private(PrivateKey::Ed25519 { seed, .. })) => {
                Ok(signature::sign_ed25519(seed, message))
            }
            (Scheme::EdDsa, _) => wrong("ed25519.PrivateKey"),
        }
    }
}

impl Key {
    /// The half that verifies.
    pub(crate) fn public(&self) -> PublicRef<'_> {
        match self {
            Key::Public(PublicKey::Rsa(k)) => PublicRef::Rsa(k),
            Key::Private(PrivateKey::Rsa(k)) => PublicRef::Rsa(&k.public),
            Key::Public(PublicKey::Ec(k)) | Key::Private(PrivateKey::Ec { public: k, .. }) => PublicRef::Ec(k),
            Key::Public(PublicKey::Ed25519(k)) | Key::Private(PrivateKey::Ed25519 { public: k, .. }) => {
                PublicRef::Ed25519(k)
            }
            Key::Secret(s) => PublicRef::Secret(s),
            Key::Public(_) | Key::Private(_) => PublicRef::Other,
        }
    }
}

/// A key bound to the one algorithm that it is used with. It is never shown.
pub struct JwsKey {
    key: Key,
    scheme: Scheme,
    algorithm: String,
}

impl std::fmt::Debug for JwsKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "JwsKey({})", self.algorithm)
    }
}

impl JwsKey {
    /// The key that verifies: PEM text of a public key, a certificate or a private key, or for `HS*` the secret itself.
    ///
    /// # Errors
    /// An unknown algorithm; a text that is no key, or one that the algorithm does not take.
    pub fn verifying(algorithm: &str, text: &[u8]) -> Result<Self, String> {
        let key = Self::new(algorithm, text, true)?;
        let fits = matches!(
            (key.scheme, key.key.public()),
            (Scheme::Pkcs1(_) | Scheme::Pss(_), PublicRef::Rsa(_))
                | (Scheme::Ecdsa(_), PublicRef::Ec(_))
                | (Scheme::EdDsa, PublicRef::Ed25519(_))
                | (Scheme::Hmac(_), PublicRef::Secret(_))
        );
        if fits { Ok(key) } else { Err(format!("the key is not of the kind that {algorithm} takes")) }
    }

    /// The key that signs: PEM text of a private key, or for `HS*` the secret itself.
    ///
    /// # Errors
    /// As [`JwsKey::verifying`].
    pub fn signing(algorithm: &str, text: &[u8]) -> Result<Self, String> {
        Self::new(algorithm, text, false)
    }

    fn new(algorithm: &str, text: &[u8], public: bool) -> Result<Self, String> {
        let scheme = Scheme::from_name(algorithm).ok_or_else(|| format!("unknown signature algorithm: {algorithm}"))?;
        let key = match scheme {
            Scheme::Hmac(_) if text.is_empty() => return Err("the secret is empty".to_owned()),
            Scheme::Hmac(_) => Key::Secret(text.to_vec()),
            _ => from_pem(text, public)?,
        };
        Ok(Self { key, scheme, algorithm: algorithm.to_owned() })
    }

    /// Name of the algorithm, such as `RS256`.
    pub fn algorithm(&self) -> &str {
        &self.algorithm
    }

    /// Signs header and payload, both JSON texts, as `header.payload.signature`. `seed` is fresh randomness for blinding and salt.
    ///
    /// # Errors
    /// A key that the algorithm does not take, or that cannot sign.
    pub fn sign_compact(&self, header: &[u8], payload: &[u8], seed: [u8; 32]) -> Result<String, String> {
        let encode = |bytes: &[u8]| base64::encode(Alphabet::RawUrl, bytes);
        let message = format!("{}.{}", encode(header), encode(payload));
        let signature = self.scheme.sign(&self.key, message.as_bytes(), &mut Seeded::new(seed));
        let signature = signature.map_err(|failure| match failure {
            SignFailure::WrongKey(_) => format!("the key is not of the kind that {} takes", self.algorithm),
            SignFailure::Failed(text) => text,
        })?;
        Ok(format!("{message}.{}", encode(&signature)))
    }

    /// True when the token was signed with this key's other half, by this key's algorithm.
    pub fn verify(&self, token: &Compact<'_>) -> bool {
        self.scheme.verify(self.key.public(), token.message, &token.signature)
    }
}

fn from_pem(text: &[u8], public: bool) -> Result<Key, String> {
    let (block, _) = pem::decode(text).ok_or("failed to parse PEM block containing the key")?;
    let key = match (block.label.as_str(), public) {
        ("RSA PRIVATE KEY", _) => Key::Private(pkcs::parse_pkcs1(&block.bytes)?),
        ("PRIVATE KEY", _) => Key::Private(pkcs::parse_pkcs8(&block.bytes)?),
        ("EC PRIVATE KEY", _) => Key::Private(pkcs::parse_sec1(&block.bytes)?),
        ("PUBLIC KEY", true) => Key::Public(spki::parse_pkix(&block.bytes)?),
        ("RSA PUBLIC KEY", true) => Key::Public(spki::parse_pkcs1(&block.bytes)?),
        ("CERTIFICATE", true) => {
            Key::Public(x509::parse_one(&block.bytes)?.public_key.ok_or("the certificate's key is of an unknown kind")?)
        }
        (label, _) => return Err(format!("unsupported key type: {label}")),
    };
    Ok(key)
}

/// A token taken apart; nothing about it is verified yet.
#[derive(Debug)]
pub struct Compact<'a> {
    /// The header's text.
    pub header: Vec<u8>,
    /// The payload's text.
    pub payload: Vec<u8>,
    signature: Vec<u8>,
    message: &'a [u8],
}

impl<'a> Compact<'a> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// Not three parts, or a part that is not base64.
    pub fn split(token: &'a str) -> Result<Self, String> {
        let parts: Vec<&str> = token.split('.').take(4).collect();
        let [header, payload, signature] = parts[..] else {
            return Err("failed to split compact JWT: invalid number of segments".to_owned());
        };
        let decode = |part: &str, name: &str| {
            let bytes = base64::decode(Alphabet::RawUrl, part.as_bytes());
            bytes.map_err(|e| format!("failed to base64 decode JWT {name}: {e}"))
        };
        let message = &token.as_bytes()[..header.len() + 1 + payload.len()];
        Ok(Self {
            header: decode(header, "header")?,
            payload: decode(payload, "payload")?,
            signature: decode(signature, "signature")?,
            message,
        })
    }
}
