#!/usr/bin/env bash
# Installs what compiles policies in Rust to Wasm on Debian 12, where `rustup target add` cannot be had: a compiler at /usr/bin/rustc with the sources of its
# library, and the C library of WASI. About 700 MB. The toolchain of rustup stays as it is; its cargo and its linker are used as well.
set -euo pipefail
if [ "$(id -u)" != 0 ]; then
    exec sudo "$0" "$@"
fi
apt-get update
apt-get install -y --no-install-recommends rustc-web rust-web-src wasi-libc
/usr/bin/rustc --version
