//! Function bodies with holes: bytes that are final but for the numbers that only the link step knows.

use wasm_encoder::{BlockType, Encode, Instruction};

use crate::source::Span;

/// A function that code calls, before functions have their final numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum FuncRef {
    /// By its index in the guest module, imports included.
    Guest(u32),
    /// By its position among the generated functions.
    Own(u32),
    /// The host's import for built-ins with this many arguments.
    HostCall(u8),
}

/// A Wasm global that code reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum GlobalRef {
    /// By its index in the guest module.
    Guest(u32),
    /// By its position among the generated globals.
    Own(u32),
}

/// What belongs into a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// The index of a function.
    Func(FuncRef),
    /// The index of a global.
    Global(GlobalRef),
    /// The index of a type of the guest.
    Type(u32),
    /// The same, written as a block's type.
    BlockType(u32),
    /// A number that stays as it is, but may be written shorter than the guest's linker wrote it: unsigned.
    Unsigned(u32),
    /// The same, signed.
    Signed(i32),
    /// Code that notes how deep the stack is used: the address of the new frame is in a local, the mark in a cell.
    StackMark {
        /// Index of the local.
        local: u32,
        /// Address of the cell.
        cell: u32,
    },
}

/// A place where bytes are left out (`skip` of them stand there and are dropped) and a number is put in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hole {
    /// Offset of the first byte to replace.
    pub(crate) at: u32,
    /// Number of bytes to replace.
    pub(crate) skip: u32,
    /// What to write.
    pub(crate) target: Target,
}

/// Numbers for targets, known once it is known what is kept.
pub(crate) trait Resolve {
    /// The final number.
    fn resolve(&self, target: Target) -> i64;
}

/// Copies `bytes` to `out`, filling its holes, which are in ascending order. `places` are offsets in `bytes` (ascending) with
/// the spans of the instructions there; each is handed to `found` with its offset in `out`.
pub(crate) fn fill(
    bytes: &[u8],
    holes: &[Hole],
    places: &[(u32, Span)],
    resolve: &dyn Resolve,
    out: &mut Vec<u8>,
    found: &mut dyn FnMut(usize, Span),
) {
    let mut places = places.iter().peekable();
    let mut from = 0usize;
    let mut report = |upto: usize, from: usize, len: usize| {
        while let Some((at, span)) = places.next_if(|(at, _)| *at as usize <= upto) {
            found(len + (*at as usize - from), *span);
        }
    };
    for hole in holes {
        let at = hole.at as usize;
        report(at, from, out.len());
        out.extend_from_slice(&bytes[from..at]);
        let number = resolve.resolve(hole.target);
        match hole.target {
            Target::BlockType(_) | Target::Signed(_) => write_signed(number, out),
            Target::Func(_) | Target::Global(_) | Target::Type(_) | Target::Unsigned(_) => {
                write_unsigned(number as u64, out);
            }
            Target::StackMark { local, cell } => stack_mark(local, cell, out),
        }
        from = at + hole.skip as usize;
    }
    report(bytes.len(), from, out.len());
    out.extend_from_slice(&bytes[from..]);
}

/// `if frame < mark { mark = frame }`.
fn stack_mark(local: u32, cell: u32, out: &mut Vec<u8>) {
    let at = super::code::memory(cell, 2);
    let code = [
        Instruction::LocalGet(local),
        Instruction::I32Const(0),
        Instruction::I32Load(at),
        Instruction::I32LtU,
        Instruction::If(BlockType::Empty),
        Instruction::I32Const(0),
        Instruction::LocalGet(local),
        Instruction::I32Store(at),
        Instruction::End,
    ];
    code.iter().for_each(|instruction| instruction.encode(out));
}

/// Appends a number in unsigned LEB128.
pub(crate) fn write_unsigned(mut n: u64, out: &mut Vec<u8>) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Appends a number in signed LEB128.
pub(crate) fn write_signed(mut n: i64, out: &mut Vec<u8>) {
    loop {
        let byte = n as u8 & 0x7f;
        n >>= 7;
        if (n == 0 && byte & 0x40 == 0) || (n == -1 && byte & 0x40 != 0) {
            return out.push(byte);
        }
        out.push(byte | 0x80);
    }
}
