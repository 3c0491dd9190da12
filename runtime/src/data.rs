//! Base documents, laid out once per revision and shared by all instances.
//!
//! ```text
//!   Value ──Layout──▶ image: value words with absolute addresses, for one base address
//!                       │ small: copied into each instance        large: pages mapped copy-on-write
//!                       ▼
//!   module's own data │ image │ heap of the decision
//! ```
//!
//! Modules that others made take data as text, which each instance parses for itself.

use std::sync::Arc;

use writ_abi::{Word, layout};
use writ_value::Value;

use crate::decide::FastInput;
use crate::error::{EvalError, LimitKind};
use crate::limits::Limits;
use crate::pages::{self, SharedPages};
use crate::words::{self, Layout};

/// Images up to this size are copied: a mapping costs more than that in faults.
const COPY_BYTES: usize = 16 << 10;

/// Bytes that a 32-bit module can address.
const ADDRESSABLE: usize = u32::MAX as usize;

/// Data as a ready-made part of linear memory.
#[derive(Debug)]
pub(crate) struct DataImage {
    /// The document.
    pub(crate) word: Word,
    /// Address of its first byte: whole pages of the machine.
    pub(crate) base: u32,
    bytes: Bytes,
    /// What the only module that reads it says about its constants, which the image refers to.
    constants: Option<Arc<FastInput>>,
}

#[derive(Debug)]
enum Bytes {
    Copied(Box<[u8]>),
    Mapped(SharedPages),
}

impl DataImage {
    /// Lays `data` out for modules whose own data end at `static_end` or before. If they are one, its constants are not written again, and it compares
    /// strings of the data with them by their words. Cost: linear, about twice the size of the JSON text in memory.
    ///
    /// # Errors
    /// [`EvalError::Limit`] when a module could not address it, or it would end beyond 4 GiB.
    pub(crate) fn new(data: &Value, static_end: u32, constants: Option<&Arc<FastInput>>) -> Result<Self, EvalError> {
        // A module that names other places would have us believe that data are what lies there.
        let is_before = |(addr, text): (u32, &[u8])| {
            (addr as usize).saturating_add(layout::STRING_BYTES as usize + text.len()) <= static_end as usize
        };
        let constants = constants.filter(|constants| constants.constants().iter().all(is_before));
        let layout = Layout::of_data(data, constants.map(|constants| constants.constants()))?;
        let constants = constants.cloned();
        let page = pages::page_size();
        let base = (static_end as usize).next_multiple_of(page);
        let end = base.saturating_add(layout.size().next_multiple_of(page));
        let base = u32::try_from(base).ok().filter(|_| end < ADDRESSABLE);
        let base = base.ok_or_else(|| EvalError::limit(LimitKind::Memory, ADDRESSABLE as u64, end as u64))?;
        if layout.size() > COPY_BYTES
            && let Ok((pages, word)) = SharedPages::new(layout.size(), |room| layout.write_at(room, base))
        {
            return Ok(Self { word, base, bytes: Bytes::Mapped(pages), constants });
        }
        let mut bytes = vec![0; layout.size()].into_boxed_slice();
        let word = layout.write_at(&mut bytes, base);
        Ok(Self { word, base, bytes: Bytes::Copied(bytes), constants })
    }

    /// Its contents.
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Copied(bytes) => bytes,
            Bytes::Mapped(pages) => pages.bytes(),
        }
    }

    /// First address behind it, where a heap may begin.
    pub(crate) fn end(&self) -> usize {
        (self.base as usize + self.bytes().len()).next_multiple_of(16)
    }

    /// Puts it into an instance's memory, which reaches to its end. True when pages were mapped, which [`DataImage::remove`] must undo before the
    /// memory is used for something else.
    pub(crate) fn place(&self, memory: &mut [u8]) -> Result<bool, EvalError> {
        let bytes = self.bytes();
        let Some(room) = memory.get_mut(self.base as usize..self.base as usize + bytes.len()) else {
            return Err(EvalError::internal("the memory does not reach to the end of the data"));
        };
        if let Bytes::Mapped(pages) = &self.bytes
            && pages.map_over(room).is_ok()
        {
            return Ok(true);
        }
        room.copy_from_slice(bytes);
        Ok(false)
    }

    /// Takes mapped pages out again. False when the memory must not be used any more.
    pub(crate) fn remove(&self, memory: &mut [u8]) -> bool {
        let range = self.base as usize..self.base as usize + self.bytes().len();
        memory.get_mut(range).is_some_and(|pages| pages::restore(pages).is_ok())
    }

    /// The document again, for patches. Cost: linear.
    pub(crate) fn to_value(&self) -> Result<Value, EvalError> {
        let limits = Limits { result_bytes: usize::MAX, depth: writ_value::MAX_DEPTH, ..Limits::default() };
        let constants = self.constants.iter().flat_map(|constants| constants.constants().iter()).collect();
        words::read_at(self.bytes(), self.base, &constants, self.word, &limits)
    }
}

/// Data in the form that a module takes.
#[derive(Debug, Clone)]
pub(crate) enum ModuleData {
    /// For modules of ours.
    Image(Arc<DataImage>),
    /// For others: a JSON text.
    Text(Arc<str>),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end_of(error: Result<DataImage, EvalError>) -> u64 {
        match error {
            Err(EvalError::Limit(e)) => {
                assert_eq!((e.which, e.limit), (LimitKind::Memory, u64::from(u32::MAX)));
                e.reached
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_image_that_would_end_beyond_what_can_be_addressed_is_refused() {
        let small = Value::object([("a", Value::from("text"))]);
        let large = Value::object([("a", Value::from("x".repeat(1 << 20)))]);
        assert_eq!(DataImage::new(&small, 5000, None).unwrap().base as usize % pages::page_size(), 0);
        for (data, static_end) in
            [(&small, u32::MAX), (&small, u32::MAX - 1), (&large, u32::MAX), (&large, u32::MAX - 70_000)]
        {
            assert!(end_of(DataImage::new(data, static_end, None)) > u64::from(static_end));
        }
        let below = DataImage::new(&large, u32::MAX - (2 << 20), None).unwrap();
        assert!(below.end() > u32::MAX as usize - (2 << 20) && below.end() < u32::MAX as usize);
    }
}
