#!/usr/bin/env bash
# Builds the guest module that every compiled policy is linked against: build.sh [OUTPUT]
# Default output: ../compiler/src/link/guest.wasm. Needs a rustc that knows wasm32-unknown-unknown together with its
# library source (see guest/README.md); WRIT_WASM_RUSTC and WRIT_RUST_LLD override what is found.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
output=${1:-$here/../compiler/src/link/guest.wasm}
rustc=${WRIT_WASM_RUSTC:-/usr/bin/rustc}
lld=${WRIT_RUST_LLD:-$(find "$(rustc --print sysroot)" -name rust-lld | head -n1)}
target=${CARGO_TARGET_DIR:-$here/../target}/guest-wasm
sysroot=$("$rustc" --print sysroot)

export RUSTC=$rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$target CARGO_INCREMENTAL=0
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$lld
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
# Paths are remapped so that the bytes do not depend on where the tree lies. Relocations and one data segment per object
# are kept for the policy linker, which drops what a policy does not reach.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="
  -Zunstable-options -Cpanic=immediate-abort
  -Ctarget-cpu=mvp -Ctarget-feature=+bulk-memory,+sign-ext,+nontrapping-fptoint,+mutable-globals
  -Clink-arg=--import-memory -Clink-arg=--stack-first -Clink-arg=-zstack-size=131072
  -Clink-arg=--emit-relocs -Clink-arg=--no-merge-data-segments -Clink-arg=--export=__heap_base
  --remap-path-prefix=$here=guest --remap-path-prefix=$sysroot=sysroot --remap-path-prefix=$HOME/.cargo=cargo"
cd "$here/.."
cargo rustc --quiet --release --package writ-guest --features module --crate-type cdylib --target wasm32-unknown-unknown \
  --config 'profile.release.lto="fat"' --config 'profile.release.codegen-units=1' \
  --config 'profile.release.panic="abort"' --config 'profile.release.debug=false' \
  --config 'profile.release.package.num-bigint.opt-level="z"' \
  --config 'profile.release.package.writ-value.opt-level="z"' \
  -Zbuild-std=core,alloc -Zbuild-std-features=compiler-builtins-mem -Zpanic-immediate-abort
cp "$target/wasm32-unknown-unknown/release/writ_guest.wasm" "$output"
