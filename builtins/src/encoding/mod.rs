//! Texts and binary forms that several namespaces read: base64, PEM, DER.

pub(crate) mod base64;
pub(crate) mod der;
pub(crate) mod pem;

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from(b"0123456789abcdef"[usize::from(n)]);
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

#[cfg(test)]
mod tests;
