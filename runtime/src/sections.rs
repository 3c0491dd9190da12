//! Finds custom sections and the names of exports in the bytes of a module.

use wasmparser::{Parser, Payload};

/// The contents of the custom section `name`, or `None`. The first one counts.
pub(crate) fn custom<'a>(wasm: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut rest = wasm.get(8..)?;
    while let Some((&id, tail)) = rest.split_first() {
        let (size, tail) = leb_u32(tail)?;
        let (section, tail) = tail.split_at_checked(size as usize)?;
        rest = tail;
        if id != 0 {
            continue;
        }
        let (len, section) = leb_u32(section)?;
        let (found, content) = section.split_at_checked(len as usize)?;
        if found == name.as_bytes() {
            return Some(content);
        }
    }
    None
}

/// Names of all exports; none when the bytes are no module.
pub(crate) fn exports(wasm: &[u8]) -> Vec<String> {
    let sections = Parser::new(0).parse_all(wasm).map_while(Result::ok);
    let exports = sections.filter_map(|payload| match payload {
        Payload::ExportSection(exports) => Some(exports),
        _ => None,
    });
    exports.flat_map(|exports| exports.into_iter().map_while(Result::ok)).map(|export| export.name.to_owned()).collect()
}

/// An unsigned LEB128 number and what follows it.
pub(crate) fn leb_u32(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let mut value = 0u32;
    for (i, &b) in bytes.iter().enumerate().take(5) {
        value |= u32::from(b & 0x7f).checked_shl(7 * i as u32)?;
        if b & 0x80 == 0 {
            return Some((value, &bytes[i + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_section_is_found_among_others() {
        let wasm = b"\0asm\x01\0\0\0\x00\x04\x01xab\x01\x01\x00\x00\x05\x02yzcd";
        assert_eq!(custom(wasm, "yz"), Some(&b"cd"[..]));
        assert_eq!(custom(wasm, "x"), Some(&b"ab"[..]));
        assert_eq!(custom(wasm, "q"), None);
    }

    #[test]
    fn truncated_bytes_give_nothing() {
        let wasm = b"\0asm\x01\0\0\0\x00\x04\x01xab\x00\x05\x02yzcd";
        for n in 0..wasm.len() {
            assert_eq!(custom(&wasm[..n], "yz"), None);
        }
    }
}
