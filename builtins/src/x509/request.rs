//! `crypto.x509.parse_certificate_request`: requests of PKCS #10.

use writ_value::Value;

use super::certificate::SignatureAlgorithm;
use super::extensions::{AlternativeNames, Extension};
use super::input;
use super::json::{alternative_names, extensions, list, oid};
use super::name::{self, Name};
use crate::encoding::der::{self, Reader};
use crate::encoding::pem;
use crate::keys::json::{bytes, public};
use crate::keys::spki::{self, Algorithm};
use crate::{Answer, BuiltinError, Context, operand};

pub(super) fn parse_request(_: &mut Context, args: &[Value]) -> Answer {
    let text = operand::string(args, 1)?.as_bytes();
    let is_pem = text.starts_with(b"-----BEGIN CERTIFICATE REQUEST-----");
    let mut der = if is_pem { text.to_vec() } else { input::base64(text)? };
    if let Some((block, _)) = pem::decode(&der) {
        if block.label != "CERTIFICATE REQUEST" {
            return Err(BuiltinError::new("invalid PEM-encoded certificate signing request"));
        }
        der = block.bytes;
    }
    parse(&der).map(Some).map_err(BuiltinError::new)
}

/// A sequence where the structure needs one, or Go's complaint.
fn sequence<'a>(r: &mut Reader<'a>, structure: &str) -> Result<der::Element<'a>, String> {
    let truncated = || "asn1: syntax error: sequence truncated".to_owned();
    let e = if r.is_empty() {
        return Err(truncated());
    } else {
        let declared = r.any();
        match declared {
            Some(e) => e,
            None => return Err(mismatch(r.0, structure).unwrap_or_else(|| "asn1: syntax error: data truncated".into())),
        }
    };
    if e.tag != der::SEQUENCE {
        return Err(mismatch(e.full, structure).unwrap_or_else(truncated));
    }
    Ok(e)
}

/// Go's words for a wrong tag; `None` if the tag is right or the length cannot be read.
fn mismatch(bytes: &[u8], structure: &str) -> Option<String> {
    let (&tag, &length) = (bytes.first()?, bytes.get(1)?);
    if tag == der::SEQUENCE || length & 0x80 != 0 {
        return None;
    }
    Some(format!(
        "asn1: structure error: tags don't match (16 vs {{class:{} tag:{} length:{length} isCompound:{}}}) \
         {{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 \
         timeType:0 set:false omitEmpty:false}} {structure} @2",
        tag >> 6,
        tag & 0x1f,
        tag & 0x20 != 0
    ))
}

fn parse(bytes_in: &[u8]) -> Result<Value, String> {
    let structure = |what: &str| format!("asn1: structure error: malformed {what}");
    let mut input = Reader(bytes_in);
    let whole = sequence(&mut input, "certificateRequest")?;
    if !input.is_empty() {
        return Err("asn1: syntax error: trailing data".into());
    }
    let mut outer = Reader(whole.body);
    let tbs_element = sequence(&mut outer, "tbsCertificateRequest")?;
    let mut tbs = Reader(tbs_element.body);
    let version = tbs.int64().ok_or_else(|| structure("version"))?;
    let subject = tbs.element(der::SEQUENCE).ok_or_else(|| structure("subject"))?;
    let key_info = tbs.element(der::SEQUENCE).ok_or_else(|| structure("publicKeyInfo"))?;
    let attributes = tbs.inside(der::context_constructed(0)).ok_or_else(|| structure("attributes"))?;
    let algorithm = outer.inside(der::SEQUENCE).ok_or_else(|| structure("signature algorithm"))?;
    let algorithm = SignatureAlgorithm::from_identifier(&Algorithm::parse(algorithm)?);
    let signature = outer.bit_string().ok_or_else(|| structure("signature"))?.right_align();
    let (key_algorithm, key) = spki::parse(key_info.body)?;
    let subject_name = Name::parse(subject.body)?;
    let (shown, requested) = read_attributes(attributes)?;
    let mut names = AlternativeNames::default();
    for e in requested.iter().filter(|e| e.id == [2, 5, 29, 17]) {
        names = AlternativeNames::parse(Reader(&e.value))?;
    }
    let mut fields = vec![
        ("Raw", bytes(whole.full)),
        ("RawTBSCertificateRequest", bytes(tbs_element.full)),
        ("RawSubjectPublicKeyInfo", bytes(key_info.full)),
        ("RawSubject", bytes(subject.full)),
        ("Version", Value::from(version)),
        ("Signature", bytes(&signature)),
        ("SignatureAlgorithm", Value::from(algorithm.number())),
        ("PublicKeyAlgorithm", Value::from(key_algorithm.key_kind())),
        ("PublicKey", key.as_ref().map_or(Value::Null, public)),
        ("Subject", subject_name.to_value()),
        ("Attributes", list(&shown, Clone::clone)),
        ("Extensions", extensions(&requested)),
        ("ExtraExtensions", Value::Null),
    ];
    fields.extend(alternative_names(&names));
    Ok(Value::object(fields))
}

/// Attributes made of types and values, as values; and the extensions that one of them may request.
fn read_attributes(mut all: Reader<'_>) -> Result<(Vec<Value>, Vec<Extension>), String> {
    const EXTENSION_REQUEST: &[u64] = &[1, 2, 840, 113_549, 1, 9, 14];
    let (mut shown, mut requested) = (Vec::new(), Vec::<Extension>::new());
    while !all.is_empty() {
        let attribute = all.any().ok_or("asn1: syntax error: data truncated")?;
        shown.extend(attribute_value(attribute.full));
        let values = (|| {
            let mut r = Reader(attribute.full).inside(der::SEQUENCE)?;
            let id = r.oid()?;
            (id == EXTENSION_REQUEST).then(|| r.inside(der::SET)?.inside(der::SEQUENCE)).flatten()
        })();
        let Some(mut list) = values else { continue };
        while !list.is_empty() {
            let e = list.inside(der::SEQUENCE).ok_or("asn1: structure error: malformed extension")?;
            let e = Extension::parse(e)?;
            if requested.iter().any(|r| r.id == e.id) {
                return Err("x509: certificate request contains duplicate requested extensions".into());
            }
            requested.push(e);
        }
    }
    Ok((shown, requested))
}

/// An attribute whose values are sequences of type and value; `None` for attributes of other forms.
fn attribute_value(bytes: &[u8]) -> Option<Value> {
    let mut r = Reader(bytes).inside(der::SEQUENCE)?;
    let id = r.oid()?;
    let mut set = r.inside(der::SET)?;
    let mut sequences = Vec::new();
    while !set.is_empty() {
        let mut pairs = set.inside(der::SEQUENCE)?;
        let mut values = Vec::new();
        while !pairs.is_empty() {
            let mut pair = pairs.inside(der::SEQUENCE)?;
            let pair_id = pair.oid()?;
            let value = any_value(pair.any()?)?;
            values.push(Value::object([("Type", oid(&pair_id)), ("Value", value)]));
        }
        sequences.push(Value::from(values));
    }
    Some(Value::object([("Type", oid(&id)), ("Value", Value::from(sequences))]))
}

/// A value of any of the simple types, as Go decodes it.
fn any_value(e: der::Element<'_>) -> Option<Value> {
    let mut r = Reader(e.full);
    Some(match e.tag {
        der::INTEGER => Value::from(r.int64()?),
        der::OCTET_STRING => bytes(e.body),
        der::OID => oid(&r.oid()?),
        der::BOOLEAN => Value::Bool(r.boolean()?),
        tag => name::string(tag, e.body).map_or(Value::Null, Value::from),
    })
}
