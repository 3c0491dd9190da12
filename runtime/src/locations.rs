//! The section `writ.locations`: from a frame of the guest's stack to the place in the Rego source.
//!
//! ```text
//!   version   byte 1
//!   files     count, then for each: length, UTF-8 bytes
//!   entries   count, then for each: offset − offset of the entry before, file, row, column
//! ```
//!
//! All numbers are unsigned LEB128. A frame belongs to the last entry whose offset is not greater than its own; frames in front of the first
//! entry are the guest library's.

use wasmtime::{AsContext, WasmBacktrace};

use crate::error::Location;
use crate::sections::leb_u32;

/// Version of the format that is understood.
const VERSION: u8 = 1;

/// Places by offset in the module, ascending.
#[derive(Debug, Default)]
pub(crate) struct Locations {
    files: Vec<String>,
    entries: Vec<Entry>,
    /// By how many bytes the code moved since the section was written.
    moved: i64,
}

#[derive(Debug)]
struct Entry {
    offset: u64,
    file: u32,
    row: u32,
    col: u32,
}

impl Locations {
    /// Reads the section. One that is malformed or of another version is as good as none: it serves messages only.
    pub(crate) fn parse(section: &[u8]) -> Self {
        Self::try_parse(section).unwrap_or_default()
    }

    /// The same places in code that was moved by so many bytes.
    pub(crate) fn moved_by(self, moved: i64) -> Self {
        Self { moved, ..self }
    }

    fn try_parse(section: &[u8]) -> Option<Self> {
        let (&version, mut rest) = section.split_first()?;
        if version != VERSION {
            return None;
        }
        let number = |rest: &mut &[u8]| {
            let (value, tail) = leb_u32(rest)?;
            *rest = tail;
            Some(value)
        };
        let mut files = Vec::new();
        for _ in 0..number(&mut rest)? {
            let len = number(&mut rest)?;
            let (name, tail) = rest.split_at_checked(len as usize)?;
            files.push(String::from_utf8_lossy(name).into_owned());
            rest = tail;
        }
        let mut entries = Vec::new();
        let mut offset = 0;
        for _ in 0..number(&mut rest)? {
            offset += u64::from(number(&mut rest)?);
            entries.push(Entry { offset, file: number(&mut rest)?, row: number(&mut rest)?, col: number(&mut rest)? });
        }
        Some(Self { files, entries, moved: 0 })
    }

    /// The place of the innermost frame that has one. Cost: a walk over the stack; only errors pay it.
    pub(crate) fn of_stack(&self, store: impl AsContext) -> Option<Location> {
        if self.entries.is_empty() {
            return None;
        }
        let stack = WasmBacktrace::force_capture(store);
        stack
            .frames()
            .iter()
            .find_map(|frame| self.at((frame.module_offset()? as u64).checked_add_signed(-self.moved)?))
    }

    fn at(&self, offset: u64) -> Option<Location> {
        let after = self.entries.partition_point(|entry| entry.offset <= offset);
        let entry = self.entries.get(after.checked_sub(1)?)?;
        let file = self.files.get(entry.file as usize)?.clone();
        Some(Location { file, row: entry.row, col: entry.col })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECTION: &[u8] = b"\x01\x02\x01a\x00\x03\x10\x00\x02\x03\x10\x01\x04\x05\x80\x01\x00\x06\x07";

    #[test]
    fn an_offset_belongs_to_the_entry_before_it() {
        let locations = Locations::parse(SECTION);
        let at = |offset| locations.at(offset).map(|l| (l.file, l.row, l.col));
        assert_eq!(at(0xf), None);
        assert_eq!(at(0x10), Some(("a".to_owned(), 2, 3)));
        assert_eq!(at(0x1f), Some(("a".to_owned(), 2, 3)));
        assert_eq!(at(0x20), Some((String::new(), 4, 5)));
        assert_eq!(at(1 << 40), Some(("a".to_owned(), 6, 7)));
    }

    #[test]
    fn a_malformed_section_gives_no_places() {
        for n in 0..SECTION.len() {
            assert_eq!(Locations::parse(&SECTION[..n]).at(u64::MAX), None);
        }
    }
}
