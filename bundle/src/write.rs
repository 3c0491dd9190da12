//! Writes a `.tar.gz`: OPA's order of files, and the same bytes whenever the contents are the same.

use std::io::{self, Write};

use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};
use writ_value::json;

use crate::assemble::{Bundle, File};
use crate::manifest::Manifest;

impl Bundle {
    /// Writes the bundle: `/data.json`, the Rego sources, the Wasm modules, `/.manifest` (unless it says nothing). No clock, no owner and no
    /// compressor's name go in.
    ///
    /// # Errors
    /// What `target` reports, and a path that tar cannot hold.
    pub fn write(&self, target: impl Write) -> io::Result<()> {
        let gzip = GzBuilder::new().mtime(0).operating_system(255).write(target, Compression::best());
        let mut archive = Builder::new(gzip);
        let mut data = json::to_string(&self.data);
        data.push('\n');
        append(&mut archive, "data.json", data.as_bytes())?;
        for File { path, bytes } in self.modules.iter().chain(&self.wasm) {
            append(&mut archive, path, bytes)?;
        }
        if self.manifest != Manifest::default() {
            let mut manifest = self.manifest.to_json();
            manifest.push('\n');
            append(&mut archive, ".manifest", manifest.as_bytes())?;
        }
        archive.into_inner()?.finish()?.flush()
    }
}

fn append(archive: &mut Builder<impl Write>, path: &str, bytes: &[u8]) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    // OPA's names begin with `/`, which the crate would take off: short ones are written as they are.
    let name = format!("/{}", path.trim_start_matches('/'));
    match header.as_old_mut().name.get_mut(..name.len()) {
        Some(field) if name.len() < 100 => {
            field.copy_from_slice(name.as_bytes());
            header.set_cksum();
            archive.append(&header, bytes)
        }
        _ => archive.append_data(&mut header, name.trim_start_matches('/'), bytes),
    }
}
