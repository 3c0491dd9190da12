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
        options: EvalOptions,
        read: impl FnOnce(Answer<'_>) -> Result<R, EvalError>,
        mut encode: impl FnMut(&Encoder<'_>, &mut Scratch, &mut [u8], u32) -> Result<usize, EncodeError>,
    ) -> Result<R, EvalError> {
        self.guarded(|this| {
            this.begin_decision(options);
            let base = this.frame_base();
            let Limits { depth, input_bytes, .. } = *this.limits();
            let used = loop {
                let (fast, scratch, memory) = this.parts();
                let encoder = fast.and_then(|fast| fast.encoder(entrypoint, depth));
                let encoder = encoder.ok_or_else(|| unknown(entrypoint))?;
                let room = memory.get_mut(base as usize..).unwrap_or_default();
                let most = room.len().min(input_bytes);
                match encode(&encoder, scratch, &mut room[..most], base) {
                    Ok(used) => break used,
                    Err(EncodeError::Room(_)) if most < input_bytes => {
                        // Twice as much each time, so that the text is gone over a few times at most.
                        let wanted = (most * 2).clamp(1 << 20, input_bytes.max(1 << 20));
                        this.wipe_frame(base, most);
                        this.grow_memory(base as usize + wanted)?;
                    }
                    Err(error) => {
                        this.wipe_frame(base, most);
                        return Err(refused(error, input_bytes));
                    }
                }
            };
            let word = this.call_decide(entrypoint, base, base + used as u32)?;
            let result = read(Answer::of_word(this.place(), word));
            this.end_decision();
            result
        })
    }
}
