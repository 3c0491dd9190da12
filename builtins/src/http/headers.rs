//! Header names and values by the rules of HTTP, so that no policy can smuggle a line into a request.

/// May stand in a method or a header's name.
fn is_token(c: u8) -> bool {
    c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c)
}

/// A method or a header's name.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token)
}

/// A header's value: anything but control characters.
pub(super) fn is_value(text: &[u8]) -> bool {
    text.iter().all(|&c| c == b'\t' || (c >= b' ' && c != 0x7f))
}

/// `content-TYPE` as `Content-Type`; what is no header's name stays as it is.
pub(super) fn canonical(name: &str) -> String {
    if !is_name(name) {
        return name.to_owned();
    }
    let mut upper = true;
    let letter = |c: char| {
        let out = if upper { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
        upper = c == '-';
        out
    };
    name.chars().map(letter).collect()
}

/// The first header of that name.
pub(super) fn get<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
}
