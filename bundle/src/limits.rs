//! Bounds on what is read.

/// How large a bundle may be. Plain data; copy and change what differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Entries: files, and folders on the way. Default 50,000.
    pub files: usize,
    /// Bytes of one file. Default 1 GiB, as OPA's.
    pub file_bytes: u64,
    /// Bytes of all files together. Default 2 GiB.
    pub total_bytes: u64,
    /// Bytes that come out of the archive for each byte of it. Default 500; deflate can reach 1,032.
    pub ratio: u64,
    /// Bytes below which the ratio is not looked at. Default 16 MiB.
    pub ratio_floor_bytes: u64,
    /// Folders on the way to a file. Default 64.
    pub path_depth: usize,
    /// Bytes of a path. Default 4,096.
    pub path_bytes: usize,
    /// Changes of a delta bundle. Default 1,000,000.
    pub patch_operations: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            files: 50_000,
            file_bytes: 1 << 30,
            total_bytes: 2 << 30,
            ratio: 500,
            ratio_floor_bytes: 16 << 20,
            path_depth: 64,
            path_bytes: 4096,
            patch_operations: 1_000_000,
        }
    }
}
