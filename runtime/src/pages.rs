//! Pages of linear memory that are mapped, not copied. The one module of this crate whose `unsafe` is about memory.
//!
//! An instance's linear memory is anonymous private memory that wasmtime mapped. Over a part of it [`SharedPages`] are mapped copy-on-write, so that
//! all instances read the same pages of the machine; [`restore`] undoes that before the memory goes back to wasmtime's pool.
#![allow(unsafe_code, reason = "mapping memory is unsafe by nature")]

/// Makes `memory`, a part of an instance's linear memory in which nothing but anonymous pages is mapped, read as zeros, and gives its whole pages
/// back to the system.
pub(crate) fn release(memory: &mut [u8]) {
    let page = page_size();
    let start = memory.as_ptr().align_offset(page).min(memory.len());
    let (head, rest) = memory.split_at_mut(start);
    head.fill(0);
    let whole = rest.len() / page * page;
    let (pages, tail) = rest.split_at_mut(whole);
    tail.fill(0);
    if !pages.is_empty() && !discard(pages) {
        pages.fill(0);
    }
}

#[cfg(target_os = "linux")]
use linux::discard;
#[cfg(target_os = "linux")]
pub(crate) use linux::{SharedPages, page_size, restore};

#[cfg(not(target_os = "linux"))]
use other::discard;
#[cfg(not(target_os = "linux"))]
pub(crate) use other::{SharedPages, page_size, restore};

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::os::fd::OwnedFd;
    use std::ptr::NonNull;

    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
    use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap, mmap_anonymous, munmap};

    /// Bytes of a page of the machine.
    pub(crate) fn page_size() -> usize {
        rustix::param::page_size()
    }

    /// True when the system took the pages, which then read as zeros.
    pub(super) fn discard(pages: &mut [u8]) -> bool {
        // SAFETY: the range is page-aligned and exclusively borrowed; its pages are private and anonymous, which read as zeros after this.
        unsafe { madvise(pages.as_mut_ptr().cast(), pages.len(), Advice::LinuxDontNeed) }.is_ok()
    }

    /// Pages that many instances see, each as its own copy that is made when it is written.
    #[derive(Debug)]
    pub(crate) struct SharedPages {
        file: OwnedFd,
        view: View,
    }

    /// A mapping of the whole file in this process.
    #[derive(Debug)]
    struct View {
        start: NonNull<u8>,
        len: usize,
    }

    // SAFETY: the view is memory that nobody writes once the pages are made; its address means the same in every thread.
    unsafe impl Send for View {}
    // SAFETY: as above.
    unsafe impl Sync for View {}

    impl View {
        fn of(file: &OwnedFd, len: usize, access: ProtFlags) -> io::Result<Self> {
            // SAFETY: the system chooses a free range, so no memory of this process is replaced.
            let start = unsafe { mmap(std::ptr::null_mut(), len, access, MapFlags::SHARED, file, 0) }?;
            let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
            Ok(Self { start, len })
        }
    }

    impl Drop for View {
        fn drop(&mut self) {
            // SAFETY: the range was mapped by `of` and no reference into it outlives the view.
            let _ = unsafe { munmap(self.start.as_ptr().cast(), self.len) };
        }
    }

    impl SharedPages {
        /// Makes pages for `len` bytes, zeros at first, and has `write` fill them.
        pub(crate) fn new<T>(len: usize, write: impl FnOnce(&mut [u8]) -> T) -> io::Result<(Self, T)> {
            let file = memfd_create(c"writ-data", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
            let len = len.max(1).next_multiple_of(page_size());
            ftruncate(&file, len as u64)?;
            let view = View::of(&file, len, ProtFlags::READ | ProtFlags::WRITE)?;
            // SAFETY: the mapping is `len` bytes long, readable, writable and known to nobody else.
            let written = write(unsafe { std::slice::from_raw_parts_mut(view.start.as_ptr(), len) });
            drop(view);
            // From here on nobody can write the file, not even through another mapping.
            fcntl_add_seals(&file, SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
            let view = View::of(&file, len, ProtFlags::READ)?;
            Ok((Self { file, view }, written))
        }

        /// The contents, up to the end of the last page.
        pub(crate) fn bytes(&self) -> &[u8] {
            // SAFETY: the mapping is `len` bytes long, lives as long as `self`, and its file is sealed against writing.
            unsafe { std::slice::from_raw_parts(self.view.start.as_ptr(), self.view.len) }
        }

        /// Maps the pages over the beginning of `target`, a part of an instance's linear memory that begins with a page.
        pub(crate) fn map_over(&self, target: &mut [u8]) -> io::Result<()> {
            let len = self.view.len;
            if target.len() < len || target.as_ptr().align_offset(page_size()) != 0 {
                return Err(io::ErrorKind::InvalidInput.into());
            }
            let access = ProtFlags::READ | ProtFlags::WRITE;
            let flags = MapFlags::PRIVATE | MapFlags::FIXED;
            // SAFETY: the replaced range lies in `target`, which is exclusively borrowed plain memory; afterwards it is plain, readable and writable
            // memory again, with other contents. Writes go to private copies of the pages.
            unsafe { mmap(target.as_mut_ptr().cast(), len, access, flags, &self.file, 0) }?;
            Ok(())
        }
    }

    /// Replaces what is mapped at `pages`, whole pages of an instance's linear memory, by fresh anonymous memory, as wasmtime's pool expects it.
    pub(crate) fn restore(pages: &mut [u8]) -> io::Result<()> {
        let access = ProtFlags::READ | ProtFlags::WRITE;
        let flags = MapFlags::PRIVATE | MapFlags::FIXED | MapFlags::NORESERVE;
        // SAFETY: the replaced range is exclusively borrowed plain memory and stays readable and writable.
        unsafe { mmap_anonymous(pages.as_mut_ptr().cast(), pages.len(), access, flags) }?;
        Ok(())
    }
}

#[cfg(not(target_os = "linux"))]
mod other {
    use std::io;

    /// Where pages cannot be mapped, everything is copied.
    #[derive(Debug)]
    pub(crate) struct SharedPages;

    pub(crate) fn page_size() -> usize {
        65_536
    }

    pub(super) fn discard(_: &mut [u8]) -> bool {
        false
    }

    impl SharedPages {
        pub(crate) fn new<T>(_: usize, _: impl FnOnce(&mut [u8]) -> T) -> io::Result<(Self, T)> {
            Err(io::ErrorKind::Unsupported.into())
        }

        pub(crate) fn bytes(&self) -> &[u8] {
            &[]
        }

        pub(crate) fn map_over(&self, _: &mut [u8]) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }

    pub(crate) fn restore(_: &mut [u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
