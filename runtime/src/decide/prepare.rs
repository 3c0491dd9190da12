//! Inputs encoded without an instance: the bytes are the key of a decision cache first, and a frame for an instance when nothing is found.

use std::sync::Arc;

use serde::Serialize;
use writ_encode::{EncodeError, Encoder, Scratch};

use super::{FastInput, Prepared, refused, unknown};
use crate::error::{EvalError, LimitKind};
use crate::instance::Instance;
use crate::limits::Limits;
use crate::module::EntrypointId;

/// Room that a buffer begins with; doubled as needed.
const FIRST_ROOM: usize = 4096;
/// Buffers that a large input made larger than this are given back with the next input.
const KEPT_ROOM: usize = 1 << 20;

/// Encodes inputs of one entrypoint for all instances of one module with the same data. Cloning is cheap; may be used from any thread.
#[derive(Debug, Clone)]
pub struct Preparer {
    pub(super) fast: Arc<FastInput>,
    pub(super) entrypoint: EntrypointId,
    pub(super) base: u32,
    limits: Limits,
}

/// Where a [`Preparer`] writes: some bytes of the caller's own (the *head*), then the frame. Used again and again, it allocates only for inputs that
/// are larger than all before.
#[derive(Debug)]
pub struct FrameBuffer {
    room: Vec<u8>,
    head: usize,
    used: usize,
    scratch: Scratch,
}

impl FrameBuffer {
    /// A buffer with `head` bytes in front of the frame.
    pub fn new(head: usize) -> Self {
        FrameBuffer { room: vec![0; head + FIRST_ROOM], head, used: head, scratch: Scratch::default() }
    }

    /// Gives back room that the frame does not need, for a frame that is kept.
    pub fn shrink_to_fit(&mut self) {
        self.room.truncate(self.used);
        self.room.shrink_to_fit();
        self.scratch = Scratch::default();
    }

    /// The bytes in front of the frame.
    #[inline]
    pub fn head_mut(&mut self) -> &mut [u8] {
        &mut self.room[..self.head]
    }

    /// Head and frame.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        &self.room[..self.used]
    }

    /// The frame: slots and values. Inputs with equal frames get the same decision from the same revision.
    #[inline]
    pub fn frame(&self) -> &[u8] {
        &self.room[self.head..self.used]
    }
}

impl Preparer {
    /// Address for which frames are laid out. Frames for different addresses cannot be compared.
    pub fn base(&self) -> u32 {
        self.base
    }

    /// Whether frames of the other are laid out as this one's: both are for the same entrypoint and code, and data of the same size.
    #[inline]
    pub fn is_like(&self, other: &Preparer) -> bool {
        Arc::ptr_eq(&self.fast, &other.fast) && self.entrypoint == other.entrypoint && self.base == other.base
    }

    /// Copies what a preparer that [is like](Self::is_like) this one wrote into another buffer. Cost: a copy of the frame's bytes.
    ///
    /// # Errors
    /// [`EvalError::Limit`] when it is larger than the limits of this one allow.
    #[inline]
    pub fn copy(&self, from: &FrameBuffer, to: &mut FrameBuffer) -> Result<(), EvalError> {
        self.encode(to, |_, _, room, _| super::copy(from.frame(), room))
    }

    /// Encodes a JSON text.
    ///
    /// # Errors
    /// [`EvalError::Input`], [`EvalError::Limit`].
    #[inline]
    pub fn json(&self, input: &[u8], buffer: &mut FrameBuffer) -> Result<(), EvalError> {
        self.limits.check_text(input.len())?;
        self.encode(buffer, |encoder, scratch, room, base| encoder.json(input, scratch, room, base))
    }

    /// Encodes a value. It means what its JSON text would mean.
    ///
    /// # Errors
    /// As [`Self::json`].
    #[inline]
    pub fn value<T: Serialize + ?Sized>(&self, input: &T, buffer: &mut FrameBuffer) -> Result<(), EvalError> {
        self.encode(buffer, |encoder, scratch, room, base| encoder.value(input, scratch, room, base))
    }

    #[inline]
    fn encode(
        &self,
        buffer: &mut FrameBuffer,
        mut encode: impl FnMut(&Encoder<'_>, &mut Scratch, &mut [u8], u32) -> Result<usize, EncodeError>,
    ) -> Result<(), EvalError> {
        let unknown = || unknown(self.entrypoint);
        let encoder = self.fast.encoder(self.entrypoint, self.limits.depth).ok_or_else(unknown)?;
        if buffer.room.len() > KEPT_ROOM {
            buffer.shrink();
        }
        loop {
            buffer.used = buffer.head;
            let room = &mut buffer.room[buffer.head..];
            let most = room.len().min(self.limits.input_bytes);
            match encode(&encoder, &mut buffer.scratch, &mut room[..most], self.base) {
                Ok(used) => {
                    buffer.used = buffer.head + used;
                    return Ok(());
                }
                Err(EncodeError::Room(_)) if most < self.limits.input_bytes => {
                    let len = (most * 4).min(self.limits.input_bytes);
                    buffer.room.resize(buffer.head + len, 0);
                }
                Err(error) => return Err(refused(error, self.limits.input_bytes)),
            }
        }
    }
}

impl FrameBuffer {
    #[cold]
    fn shrink(&mut self) {
        self.room.truncate(self.head + FIRST_ROOM);
        self.room.shrink_to_fit();
        self.scratch = Scratch::default();
    }
}

impl Instance {
    /// What encodes inputs for this instance and all others of its module with the same data. `None` where inputs have no projection: modules that
    /// are not ours, and queries.
    pub fn preparer(&self, entrypoint: EntrypointId) -> Option<Preparer> {
        let fast = self.fast_input().filter(|_| self.is_fast(entrypoint))?.clone();
        fast.encoder(entrypoint, self.limits().depth)?;
        Some(Preparer { fast, entrypoint, base: self.frame_base(), limits: *self.limits() })
    }

    pub(super) fn prepare(
        &self,
        entrypoint: EntrypointId,
        encode: impl FnOnce(&Preparer, &mut FrameBuffer) -> Result<(), EvalError>,
    ) -> Result<Prepared, EvalError> {
        let preparer = self.preparer(entrypoint).ok_or_else(|| EvalError::artifact("its inputs cannot be prepared"))?;
        let mut buffer = FrameBuffer::new(0);
        encode(&preparer, &mut buffer)?;
        buffer.shrink_to_fit();
        Ok(Prepared { bytes: buffer.room.into_boxed_slice(), base: preparer.base, entrypoint })
    }

    /// Whether frames of the preparer are meant for this instance: it is of the same code, and its data take the same room.
    #[inline]
    pub fn fits(&self, preparer: &Preparer) -> bool {
        self.fast_input().is_some_and(|fast| Arc::ptr_eq(fast, &preparer.fast)) && self.frame_base() == preparer.base
    }
}

impl Limits {
    /// A text longer than the limit is refused before anybody looks at it.
    #[inline]
    pub(super) fn check_text(&self, len: usize) -> Result<(), EvalError> {
        if len > self.input_bytes {
            return Err(EvalError::limit(LimitKind::InputSize, self.input_bytes as u64, len as u64));
        }
        Ok(())
    }
}
