//! One certificate: the fixed fields, read with Go's checks and texts. Extensions are next door.

use num_bigint::{BigInt, Sign};

use super::extensions::Extensions;
use super::name::Name;
use crate::encoding::der::{self, Reader, oid_text};
use crate::keys::PublicKey;
use crate::keys::signature::Hash;
use crate::keys::spki::{self, Algorithm};

/// A certificate, with the bytes of those parts that Go shows raw.
#[derive(Debug)]
pub(crate) struct Certificate {
    pub(super) raw: Vec<u8>,
    pub(super) raw_tbs: Vec<u8>,
    pub(super) raw_spki: Vec<u8>,
    pub(super) raw_subject: Vec<u8>,
    pub(super) raw_issuer: Vec<u8>,
    pub(super) signature: Vec<u8>,
    pub(super) signature_algorithm: SignatureAlgorithm,
    pub(super) key_kind: i64,
    /// `None` for a kind of key that is not known.
    pub(crate) public_key: Option<PublicKey>,
    /// 1 to 3.
    pub(super) version: i64,
    pub(super) serial: BigInt,
    pub(super) issuer: Name,
    pub(super) subject: Name,
    pub(super) not_before: jiff::Timestamp,
    pub(super) not_after: jiff::Timestamp,
    pub(super) extensions: Extensions,
}

/// How a certificate was signed; the numbers are Go's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignatureAlgorithm {
    /// Not known, or too old to verify.
    Other(i64),
    Pkcs1(Hash),
    Ecdsa(Hash),
    Pss(Hash),
    Ed25519,
}

impl SignatureAlgorithm {
    /// Go's number.
    pub(super) fn number(self) -> i64 {
        let of = |h: Hash, first: i64| {
            first
                + match h {
                    Hash::Sha256 => 0,
                    Hash::Sha384 => 1,
                    Hash::Sha512 => 2,
                }
        };
        match self {
            SignatureAlgorithm::Other(n) => n,
            SignatureAlgorithm::Pkcs1(h) => of(h, 4),
            SignatureAlgorithm::Ecdsa(h) => of(h, 10),
            SignatureAlgorithm::Pss(h) => of(h, 13),
            SignatureAlgorithm::Ed25519 => 16,
        }
    }

    pub(super) fn from_identifier(a: &Algorithm<'_>) -> Self {
        use SignatureAlgorithm::{Ecdsa, Ed25519, Other, Pkcs1};
        match a.oid.as_slice() {
            [1, 3, 101, 112] if a.params.is_empty() => Ed25519,
            [1, 2, 840, 113_549, 1, 1, 4] => Other(2),
            [1, 2, 840, 113_549, 1, 1, 5] | [1, 3, 14, 3, 2, 29] => Other(3),
            [1, 2, 840, 113_549, 1, 1, 11] => Pkcs1(Hash::Sha256),
            [1, 2, 840, 113_549, 1, 1, 12] => Pkcs1(Hash::Sha384),
            [1, 2, 840, 113_549, 1, 1, 13] => Pkcs1(Hash::Sha512),
            [1, 2, 840, 113_549, 1, 1, 10] => pss(a.params).unwrap_or(Other(0)),
            [1, 2, 840, 10_040, 4, 3] => Other(7),
            [2, 16, 840, 1, 101, 3, 4, 3, 2] => Other(8),
            [1, 2, 840, 10_045, 4, 1] => Other(9),
            [1, 2, 840, 10_045, 4, 3, 2] => Ecdsa(Hash::Sha256),
            [1, 2, 840, 10_045, 4, 3, 3] => Ecdsa(Hash::Sha384),
            [1, 2, 840, 10_045, 4, 3, 4] => Ecdsa(Hash::Sha512),
            _ => Other(0),
        }
    }
}

/// PSS with the same hash for message and mask, and a salt as long as the hash; other choices are not supported.
fn pss(params: &[u8]) -> Option<SignatureAlgorithm> {
    let mut r = Reader(params).inside(der::SEQUENCE)?;
    let identifier = |mut r: Reader<'_>| -> Option<Vec<u64>> {
        let a = Algorithm::parse(r.inside(der::SEQUENCE)?).ok()?;
        (a.params.is_empty() || a.params == [der::NULL, 0]).then_some(a.oid)
    };
    let hash = identifier(r.inside(der::context_constructed(0))?)?;
    let mgf = Algorithm::parse(r.inside(der::context_constructed(1))?.inside(der::SEQUENCE)?).ok()?;
    let mgf_hash = identifier(Reader(mgf.params))?;
    let salt = r.inside(der::context_constructed(2))?.int64()?;
    let trailer = match r.optional(der::context_constructed(3))? {
        Some(mut t) => t.int64()?,
        None => 1,
    };
    let hash_kind = match hash.as_slice() {
        [2, 16, 840, 1, 101, 3, 4, 2, 1] => Hash::Sha256,
        [2, 16, 840, 1, 101, 3, 4, 2, 2] => Hash::Sha384,
        [2, 16, 840, 1, 101, 3, 4, 2, 3] => Hash::Sha512,
        _ => return None,
    };
    let fits = mgf.oid == [1, 2, 840, 113_549, 1, 1, 8]
        && mgf_hash == hash
        && usize::try_from(salt) == Ok(hash_kind.n_bytes())
        && trailer == 1;
    fits.then_some(SignatureAlgorithm::Pss(hash_kind))
}

/// Exactly one certificate.
///
/// # Errors
/// Go's texts.
pub(crate) fn parse_one(bytes: &[u8]) -> Result<Certificate, String> {
    let mut r = Reader(bytes);
    let cert = parse(&mut r)?;
    if r.is_empty() { Ok(cert) } else { Err("x509: trailing data".into()) }
}

/// Certificates one after the other.
pub(super) fn parse_all(bytes: &[u8], max: usize) -> Result<Vec<Certificate>, String> {
    let mut r = Reader(bytes);
    let mut out = Vec::new();
    while !r.is_empty() {
        if out.len() == max {
            return Err(format!("x509: more than {max} certificates"));
        }
        out.push(parse(&mut r)?);
    }
    Ok(out)
}

fn parse(input: &mut Reader<'_>) -> Result<Certificate, String> {
    let whole = input.element(der::SEQUENCE).ok_or("x509: malformed certificate")?;
    let mut outer = Reader(whole.body);
    let tbs_element = outer.element(der::SEQUENCE).ok_or("x509: malformed tbs certificate")?;
    let mut tbs = Reader(tbs_element.body);
    let version = match tbs.optional(der::context_constructed(0)) {
        Some(None) => Some(0),
        Some(Some(mut inner)) => inner.int64().filter(|_| inner.is_empty()),
        None => None,
    };
    let version = 1 + version.filter(|v| *v >= 0).ok_or("x509: malformed version")?;
    if version > 3 {
        return Err("x509: invalid version".into());
    }
    let serial = tbs.bigint().ok_or("x509: malformed serial number")?;
    if serial.sign() == Sign::Minus {
        return Err("x509: negative serial number".into());
    }
    let inner_algorithm = tbs.body(der::SEQUENCE).ok_or("x509: malformed signature algorithm identifier")?;
    let outer_algorithm = outer.body(der::SEQUENCE).ok_or("x509: malformed algorithm identifier")?;
    if inner_algorithm != outer_algorithm {
        return Err("x509: inner and outer signature algorithm identifiers don't match".into());
    }
    let signature_algorithm = SignatureAlgorithm::from_identifier(&Algorithm::parse(Reader(inner_algorithm))?);
    let issuer = tbs.element(der::SEQUENCE).ok_or("x509: malformed issuer")?;
    let issuer_name = Name::parse(issuer.body)?;
    let mut validity = tbs.inside(der::SEQUENCE).ok_or("x509: malformed validity")?;
    let (not_before, not_after) = (time(&mut validity)?, time(&mut validity)?);
    let subject = tbs.element(der::SEQUENCE).ok_or("x509: malformed issuer")?;
    let subject_name = Name::parse(subject.body)?;
    let key_info = tbs.element(der::SEQUENCE).ok_or("x509: malformed spki")?;
    let (key_algorithm, public_key) = spki::parse(key_info.body)?;
    let extensions = if version == 1 { Extensions::default() } else { extensions(&mut tbs, version)? };
    let signature = outer.bit_string().ok_or("x509: malformed signature")?.right_align();
    Ok(Certificate {
        raw: whole.full.to_vec(),
        raw_tbs: tbs_element.full.to_vec(),
        raw_spki: key_info.full.to_vec(),
        raw_subject: subject.full.to_vec(),
        raw_issuer: issuer.full.to_vec(),
        signature,
        signature_algorithm,
        key_kind: key_algorithm.key_kind(),
        public_key,
        version,
        serial,
        issuer: issuer_name,
        subject: subject_name,
        not_before,
        not_after,
        extensions,
    })
}

fn extensions(tbs: &mut Reader<'_>, version: i64) -> Result<Extensions, String> {
    tbs.optional(der::context(1)).ok_or("x509: malformed issuerUniqueID")?;
    tbs.optional(der::context(2)).ok_or("x509: malformed subjectUniqueID")?;
    let mut out = Extensions::default();
    if version < 3 {
        return Ok(out);
    }
    let Some(mut wrapper) = tbs.optional(der::context_constructed(3)).ok_or("x509: malformed extensions")? else {
        return Ok(out);
    };
    let mut list = wrapper.inside(der::SEQUENCE).ok_or("x509: malformed extensions")?;
    let mut seen = std::collections::BTreeSet::new();
    while !list.is_empty() {
        let e = list.inside(der::SEQUENCE).ok_or("x509: malformed extension")?;
        let e = super::extensions::Extension::parse(e)?;
        if !seen.insert(e.id.clone()) {
            return Err(format!("x509: certificate contains duplicate extension with OID \"{}\"", oid_text(&e.id)));
        }
        out.list.push(e);
    }
    out.process()?;
    Ok(out)
}

fn time(r: &mut Reader<'_>) -> Result<jiff::Timestamp, String> {
    if r.peek(der::UTC_TIME) {
        return r.body(der::UTC_TIME).and_then(utc_time).ok_or_else(|| "x509: malformed UTCTime".into());
    }
    if r.peek(der::GENERALIZED_TIME) {
        let body = r.body(der::GENERALIZED_TIME);
        return body.and_then(|b| date(b, 4)).ok_or_else(|| "x509: malformed GeneralizedTime".into());
    }
    Err("x509: unsupported time format".into())
}

/// Two digits of the year: 50 to 99 are the last century's. Seconds may be missing.
fn utc_time(text: &[u8]) -> Option<jiff::Timestamp> {
    let century: &[u8] = if *text.first()? >= b'5' { b"19" } else { b"20" };
    date(&[century, text].concat(), 4).or_else(|| {
        let (minutes, zone) = text.split_at_checked(10)?;
        date(&[century, minutes, b"00", zone].concat(), 4)
    })
}

/// `YYYYMMDDhhmmss` and a zone, `Z` or an offset.
fn date(text: &[u8], n_year: usize) -> Option<jiff::Timestamp> {
    let (digits, zone) = text.split_at_checked(n_year + 10)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let n = |from: usize, len: usize| digits[from..from + len].iter().fold(0i16, |n, d| n * 10 + i16::from(d - b'0'));
    let small = |from: usize| i8::try_from(n(from, 2)).ok();
    let offset = match zone {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), rest @ ..] if rest.len() == 4 && rest.iter().all(u8::is_ascii_digit) => {
            let d = |i: usize| i32::from(rest[i] - b'0');
            let seconds = (d(0) * 10 + d(1)) * 3600 + (d(2) * 10 + d(3)) * 60;
            if seconds == 0 || seconds > 24 * 3600 {
                return None;
            }
            if *sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    let at = n_year;
    let civil = jiff::civil::DateTime::new(
        n(0, n_year),
        small(at)?,
        small(at + 2)?,
        small(at + 4)?,
        small(at + 6)?,
        small(at + 8)?,
        0,
    )
    .ok()?;
    jiff::tz::Offset::from_seconds(offset).ok()?.to_timestamp(civil).ok()
}
