//! The custom section `writ.locations`: where in the source a call stands, by where it is in the module.
//!
//! ```text
//!   version   byte 1
//!   files     count, then for each: length, UTF-8 bytes
//!   entries   count, then for each: offset − offset of the entry before, file, row, column
//! ```
//!
//! All numbers are unsigned LEB128. An offset counts from the first byte of the module to the opcode of the call, which is
//! what wasmtime gives as `FrameInfo::module_offset`. Entries are in ascending order. A frame belongs to the last entry
//! whose offset is not greater than its own.

use std::collections::BTreeMap;

use super::template::write_unsigned;
use crate::source::{FileId, SourceMap, Span};

/// Version of the format.
const VERSION: u8 = 1;

/// Contents of the section. `places` are offsets behind `code_start`, ascending.
pub(crate) fn write(code_start: usize, places: &[(usize, Span)], sources: &SourceMap) -> Vec<u8> {
    let mut numbers: BTreeMap<FileId, u64> = places.iter().map(|(_, span)| (span.file, 0)).collect();
    let mut out = vec![VERSION];
    write_unsigned(numbers.len() as u64, &mut out);
    for (number, (file, entry)) in numbers.iter_mut().enumerate() {
        *entry = number as u64;
        let name = sources.file(*file).map_or("", |f| f.name());
        write_unsigned(name.len() as u64, &mut out);
        out.extend_from_slice(name.as_bytes());
    }
    write_unsigned(places.len() as u64, &mut out);
    let mut before = 0;
    for (at, span) in places {
        let offset = code_start + at;
        let position = sources.position(*span);
        write_unsigned((offset - before) as u64, &mut out);
        write_unsigned(numbers.get(&span.file).copied().unwrap_or(0), &mut out);
        write_unsigned(position.row.into(), &mut out);
        write_unsigned(position.col.into(), &mut out);
        before = offset;
    }
    out
}
