//! Options of `crypto.x509.parse_and_verify_certificates_with_options`.

use writ_value::{Object, Value};

/// What to check a chain against.
#[derive(Debug)]
pub(super) struct Options {
    /// Host name or address that the leaf must be valid for; empty for any.
    pub(super) dns_name: String,
    /// Nanoseconds since 1970.
    pub(super) now_ns: i64,
    /// Acceptable extended key usages, in Go's numbers.
    pub(super) key_usages: Vec<i64>,
}

const KEY_USAGES: [&str; 14] = [
    "KeyUsageAny",
    "KeyUsageServerAuth",
    "KeyUsageClientAuth",
    "KeyUsageCodeSigning",
    "KeyUsageEmailProtection",
    "KeyUsageIPSECEndSystem",
    "KeyUsageIPSECTunnel",
    "KeyUsageIPSECUser",
    "KeyUsageTimeStamping",
    "KeyUsageOCSPSigning",
    "KeyUsageMicrosoftServerGatedCrypto",
    "KeyUsageNetscapeServerGatedCrypto",
    "KeyUsageMicrosoftCommercialCodeSigning",
    "KeyUsageMicrosoftKernelCodeSigning",
];

impl Options {
    /// The defaults at a time: any host, server authentication.
    pub(super) fn at(now_ns: i64) -> Self {
        Options { dns_name: String::new(), now_ns, key_usages: vec![1] }
    }

    pub(super) fn parse(o: &Object, now_ns: i64) -> Result<Self, String> {
        let mut out = Options::at(now_ns);
        for (key, value) in o {
            let Some(key) = key.as_string() else { continue };
            match key.as_bytes() {
                b"DNSName" => {
                    let Value::String(s) = value else { return Err("'DNSName' should be a string".into()) };
                    s.to_str_lossy().trim_matches('"').clone_into(&mut out.dns_name);
                }
                b"CurrentTime" => {
                    let Value::Number(n) = value else { return Err("'CurrentTime' should be a number".into()) };
                    out.now_ns = n.to_i64().ok_or("'CurrentTime' should be a valid int64 number")?;
                }
                b"MaxConstraintComparisons" => {
                    // Checked and otherwise without effect, as in Go.
                    let Value::Number(n) = value else {
                        return Err("'MaxConstraintComparisons' should be a number".into());
                    };
                    n.to_i64().ok_or("'MaxConstraintComparisons' should be a valid number")?;
                }
                b"KeyUsages" => out.key_usages = key_usages(value)?,
                _ => return Err("invalid key option".into()),
            }
        }
        Ok(out)
    }
}

fn key_usages(value: &Value) -> Result<Vec<i64>, String> {
    let names: Vec<&Value> = match value {
        Value::Array(a) => a.iter().collect(),
        Value::Set(s) => s.iter().collect(),
        _ => return Err("'KeyUsages' should be an Array or Set".into()),
    };
    let (mut known, mut invalid) = (Vec::new(), Vec::new());
    for name in names.into_iter().filter_map(Value::as_string) {
        let name = name.to_str_lossy();
        let name = name.trim_matches('"');
        match (0..).zip(KEY_USAGES).find(|(_, k)| *k == name) {
            Some((number, _)) => known.push(number),
            None => invalid.push(name.to_owned()),
        }
    }
    if !invalid.is_empty() {
        return Err(format!("invalid entries for 'KeyUsages' found: [{}]", invalid.join(" ")));
    }
    Ok(if known.is_empty() { vec![1] } else { known })
}
