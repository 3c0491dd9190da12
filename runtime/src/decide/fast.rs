//! What a module of ours says about its inputs, and the decision itself.

use std::sync::Arc;

use writ_abi::names;
use writ_encode::{EncodeError, Encoder, InputLayout, Interner, Scratch};

use super::{Answer, refused, unknown};
use crate::error::EvalError;
use crate::instance::{EvalOptions, Instance};
use crate::limits::Limits;
use crate::module::EntrypointId;
use crate::sections;

/// Slots, projections and constants of a module. Shared by its instances.
#[derive(Debug)]
pub(crate) struct FastInput {
    layout: InputLayout,
    strings: Interner,
}

impl FastInput {
    /// Reads the sections; `memory` is that of an instance which has not decided yet. `None` when the module has none.
    pub(crate) fn read(wasm: &[u8], memory: &[u8]) -> Result<Option<Arc<Self>>, EvalError> {
        let section = |name| sections::custom(wasm, name);
        let (Some(layout), Some(strings)) = (section(names::SECTION_INPUT), section(names::SECTION_STRINGS)) else {
            return Ok(None);
        };
        let wrong = |e: EncodeError| EvalError::artifact(e.to_string());
        let layout = InputLayout::parse(layout).map_err(wrong)?;
        let strings = Interner::new(strings, memory).map_err(wrong)?;
        Ok(Some(Arc::new(FastInput { layout, strings })))
    }

    /// The module's constants.
    pub(crate) fn constants(&self) -> &Interner {
        &self.strings
    }

    #[inline]
    pub(crate) fn encoder(&self, entrypoint: EntrypointId, max_depth: usize) -> Option<Encoder<'_>> {
        let projection = self.layout.projection(u32::try_from(entrypoint.0).ok()?)?;
        Some(Encoder { projection, strings: &self.strings, max_depth })
    }
}

impl Instance {
    /// Whether decisions of the entrypoint take the fast path.
    #[inline]
    pub(super) fn is_fast(&self, entrypoint: EntrypointId) -> bool {
        self.fast_input().is_some() && !self.module().is_query(entrypoint)
    }

    /// Encodes at the heap's base, calls, reads, wipes.
    #[inline]
    pub(super) fn decide_encoded<R>(
        &mut self,
        entrypoint: EntrypointId,
        options: &EvalOptions,
        read: impl FnOnce(Answer<'_>) -> Result<R, EvalError>,
        encode: impl FnMut(&Encoder<'_>, &mut Scratch, &mut [u8], u32) -> Result<usize, EncodeError>,
    ) -> Result<R, EvalError> {
        let result = self.guarded_boxed(|this| {
            this.begin_decision(options);
            let base = this.frame_base();
            let used = this.lay_out_one(entrypoint, base, encode)?;
            let word = this.call_decide(entrypoint, base, base + used as u32)?;
            this.end_decision(|place| read(Answer::of_word(place, word)).map_err(Box::new))
        });
        result.map_err(|error| *error)
    }

    /// Encodes one input at `base`, in as much memory as it takes.
    #[inline]
    fn lay_out_one(
        &mut self,
        entrypoint: EntrypointId,
        base: u32,
        mut encode: impl FnMut(&Encoder<'_>, &mut Scratch, &mut [u8], u32) -> Result<usize, EncodeError>,
    ) -> Result<usize, Box<EvalError>> {
        let Limits { depth, input_bytes, .. } = *self.limits();
        loop {
            let (fast, scratch, memory) = self.parts();
            let Some(encoder) = fast.and_then(|fast| fast.encoder(entrypoint, depth)) else {
                return Err(unknown(entrypoint).into());
            };
            let room = memory.get_mut(base as usize..).unwrap_or_default();
            let most = room.len().min(input_bytes);
            match encode(&encoder, scratch, &mut room[..most], base) {
                Ok(used) => return Ok(used),
                Err(error) => self.make_room(error, base, most)?,
            }
        }
    }

    /// More memory for an input that did not fit.
    #[cold]
    fn make_room(&mut self, error: EncodeError, base: u32, most: usize) -> Result<(), Box<EvalError>> {
        let input_bytes = self.limits().input_bytes;
        self.wipe_frame(base, most);
        if !matches!(error, EncodeError::Room(_)) || most >= input_bytes {
            return Err(refused(error, input_bytes).into());
        }
        // Twice as much each time, so that the text is gone over a few times at most.
        let wanted = (most * 2).clamp(1 << 20, input_bytes.max(1 << 20));
        Ok(self.grow_memory(base as usize + wanted)?)
    }
}
