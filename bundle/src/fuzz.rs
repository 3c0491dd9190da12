//! What the fuzzer checks about reading bundles; also run over the stored corpus by the tests.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use crate::assemble::{Bundle, File};
use crate::limits::Limits;
use crate::reader::{Reader, Trust};
use crate::signature::{Signatures, Verification, VerificationKey};

/// Reads `bytes` as an archive, as the inside of one, and as each kind of file of a bundle. What is read is written and read again as the
/// same; nothing passes for signed; every refusal has a code and a text.
///
/// # Panics
/// Where that does not hold; that is a bug in this crate.
pub fn fuzz_read(bytes: &[u8]) {
    let limits = Limits { total_bytes: 4 << 20, file_bytes: 1 << 20, files: 200, ..Limits::default() };
    let unchecked = Reader { limits, trust: Trust::Unchecked, ..Reader::default() };
    round_trip(&unchecked, bytes);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    if packed.write_all(bytes).is_ok()
        && let Ok(packed) = packed.finish()
    {
        round_trip(&unchecked, &packed);
        refuse_signed(limits, &packed);
    }
    for path in [".manifest", "a/data.json", "a/data.yaml", "patch.json", ".signatures.json"] {
        let files = vec![File { path: path.to_owned(), bytes: bytes.to_vec() }];
        let _ = Bundle::assemble(files, &limits);
    }
    if let Ok(signatures) = Signatures::parse(bytes) {
        assert_eq!(Signatures::parse(signatures.to_json().as_bytes()), Ok(signatures), "signatures do not come back");
    }
}

fn round_trip(reader: &Reader, bytes: &[u8]) {
    let bundle = match reader.read(bytes) {
        Ok(bundle) => bundle,
        Err(error) => {
            assert!(!error.code().is_empty() && !error.to_string().is_empty(), "a refusal without a reason");
            return;
        }
    };
    let mut written = Vec::new();
    let outcome = bundle.write(&mut written);
    assert!(outcome.is_ok(), "what was read cannot be written: {outcome:?}");
    let room = Limits { total_bytes: u64::MAX / 2, file_bytes: u64::MAX / 2, ..Limits::default() };
    let again = Reader { limits: room, ..reader.clone() }.read(&written[..]);
    assert!(again.is_ok(), "what was written cannot be read: {again:?}");
    if let Ok(again) = again {
        assert_eq!(again.manifest, bundle.manifest);
        assert_eq!((again.data, again.patch), (bundle.data, bundle.patch));
        assert_eq!((again.modules, again.wasm), (bundle.modules, bundle.wasm));
    }
}

/// Nobody has the key, so nothing can be signed with it.
fn refuse_signed(limits: Limits, bytes: &[u8]) {
    let Ok(key) = VerificationKey::new("HS256", b"a key that is in no corpus") else { return };
    let trust = Trust::Signed(std::sync::Arc::new(Verification::with_key("k", key)));
    let outcome = Reader { limits, trust, ..Reader::default() }.read(bytes);
    assert!(outcome.is_err(), "an unsigned bundle passed for a signed one");
}
