//! Distinguished names.

use writ_value::Value;

use crate::encoding::der::{self, Reader};

/// A name: its attributes in order; the usual ones are picked out when it is shown.
#[derive(Debug, Default)]
pub(super) struct Name {
    pub(super) attributes: Vec<(Vec<u64>, String)>,
}

impl Name {
    /// From the content of its sequence.
    pub(super) fn parse(body: &[u8]) -> Result<Name, String> {
        let mut name = Name::default();
        let mut sets = Reader(body);
        while !sets.is_empty() {
            let mut set = sets.inside(der::SET).ok_or("x509: invalid RDNSequence")?;
            while !set.is_empty() {
                let mut pair = set.inside(der::SEQUENCE).ok_or("x509: invalid RDNSequence: invalid attribute")?;
                let oid = pair.oid().ok_or("x509: invalid RDNSequence: invalid attribute type")?;
                let value = pair.any().ok_or("x509: invalid RDNSequence: invalid attribute value")?;
                let text = string(value.tag, value.body)
                    .map_err(|e| format!("x509: invalid RDNSequence: invalid attribute value: {e}"))?;
                name.attributes.push((oid, text));
            }
        }
        Ok(name)
    }

    /// Values of the attribute `2.5.4.n`, in order.
    pub(super) fn all(&self, n: u64) -> impl Iterator<Item = &str> {
        self.attributes.iter().filter(move |(oid, _)| *oid == [2, 5, 4, n]).map(|(_, v)| v.as_str())
    }

    /// As Go shows it.
    pub(super) fn to_value(&self) -> Value {
        let list = |n: u64| {
            let values: Vec<Value> = self.all(n).map(Value::from).collect();
            if values.is_empty() { Value::Null } else { Value::from(values) }
        };
        let last = |n: u64| Value::from(self.all(n).last().unwrap_or_default());
        let pair = |(oid, v): &(Vec<u64>, String)| {
            Value::object([("Type", super::json::oid(oid)), ("Value", Value::from(v.as_str()))])
        };
        let names: Vec<Value> = self.attributes.iter().map(pair).collect();
        Value::object([
            ("Country", list(6)),
            ("Organization", list(10)),
            ("OrganizationalUnit", list(11)),
            ("Locality", list(7)),
            ("Province", list(8)),
            ("StreetAddress", list(9)),
            ("PostalCode", list(17)),
            ("SerialNumber", last(5)),
            ("CommonName", last(3)),
            ("Names", if names.is_empty() { Value::Null } else { Value::from(names) }),
            ("ExtraNames", Value::Null),
        ])
    }
}

/// ASN.1's string types.
pub(super) fn string(tag: u8, bytes: &[u8]) -> Result<String, String> {
    let ascii = |ok: bool, kind: &str| {
        if ok { Ok(bytes.iter().map(|&b| char::from(b)).collect()) } else { Err(format!("invalid {kind}")) }
    };
    match tag {
        der::T61_STRING => Ok(bytes.iter().map(|&b| char::from(b)).collect()),
        der::PRINTABLE_STRING => {
            let printable = |b: &u8| b.is_ascii_alphanumeric() || b" '()+,-./:=?*&".contains(b);
            ascii(bytes.iter().all(printable), "PrintableString")
        }
        der::UTF8_STRING => String::from_utf8(bytes.to_vec()).map_err(|_| "invalid UTF-8 string".into()),
        der::BMP_STRING => bmp(bytes).ok_or_else(|| "invalid BMPString".into()),
        der::IA5_STRING => ascii(bytes.is_ascii(), "IA5String"),
        der::NUMERIC_STRING => ascii(bytes.iter().all(|b| b.is_ascii_digit() || *b == b' '), "NumericString"),
        _ => Err(format!("unsupported string type: {tag}")),
    }
}

fn bmp(bytes: &[u8]) -> Option<String> {
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    let mut units: Vec<u16> = bytes.chunks_exact(2).map(|c| u16::from_be_bytes([c[0], c[1]])).collect();
    if units.last() == Some(&0) {
        units.pop();
    }
    let bad = |u: &u16| matches!(*u, 0xfffe | 0xffff | 0xfdd0..=0xfdef | 0xd800..=0xdfff);
    if units.iter().any(bad) {
        return None;
    }
    Some(units.iter().filter_map(|&u| char::from_u32(u32::from(u))).collect())
}
