//! The generated part of a module, as code generation hands it to the link step.

use super::code::Code;
use super::guest::{Signature, ValKind};

/// A generated function.
#[derive(Debug)]
pub(crate) struct OwnFunc {
    /// For the name section.
    pub(crate) name: String,
    pub(crate) signature: Signature,
    /// Types of the locals behind the parameters.
    pub(crate) locals: Vec<ValKind>,
    pub(crate) code: Code,
}

/// A generated global, mutable unless exported.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnGlobal {
    pub(crate) kind: ValKind,
    pub(crate) init: i64,
    pub(crate) mutable: bool,
}

/// Bytes that stand in memory from the beginning.
#[derive(Debug, Default)]
pub(crate) struct Image {
    /// Address of the first byte; behind all data of the guest.
    pub(crate) base: u32,
    pub(crate) bytes: Vec<u8>,
}

impl Image {
    /// First address behind the bytes, ready for the heap.
    pub(crate) fn end(&self) -> u32 {
        (self.base + self.bytes.len() as u32).next_multiple_of(16)
    }
}

/// The generated part of a module.
#[derive(Debug, Default)]
pub(crate) struct Own {
    pub(crate) funcs: Vec<OwnFunc>,
    pub(crate) globals: Vec<OwnGlobal>,
    /// Exported name and position in `funcs`.
    pub(crate) exports: Vec<(&'static str, u32)>,
    /// Exported name and position in `globals`.
    pub(crate) exported_globals: Vec<(&'static str, u32)>,
    pub(crate) image: Image,
    /// Position of the function that takes the place of the guest's import `policy_eval`.
    pub(crate) eval: u32,
    /// Numbers of arguments with which the host's built-ins are called.
    pub(crate) host_calls: [bool; 5],
    /// Text of the section `writ.meta`.
    pub(crate) meta: String,
    /// Text of the section `writ.input`.
    pub(crate) input: String,
    /// Content of the section `writ.strings`.
    pub(crate) strings: Vec<u8>,
}
