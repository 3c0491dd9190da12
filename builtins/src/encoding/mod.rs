//! Texts and binary forms that several namespaces read: base64, PEM, DER.

pub(crate) mod base64;
pub(crate) mod der;
pub(crate) mod pem;

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |n: u8| b"0123456789abcdef"[usize::from(n)];
    let digits: Vec<u8> = bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect();
    String::from_utf8(digits).unwrap_or_default()
}

#[cfg(test)]
mod tests;
