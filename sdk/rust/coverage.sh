#!/bin/sh
# Line coverage of the SDK by its own tests. Only this crate is instrumented, and only crates of the workspace are built again.
# Needs llvm-profdata and llvm-cov of the version that `rustc -vV` names (Debian: llvm-22), or LLVM_SUFFIX= for those of rustup's llvm-tools in PATH.
set -e
cd "$(dirname "$0")/../.."
suffix=${LLVM_SUFFIX--22}
out=${CARGO_TARGET_DIR:-target}/coverage
rm -rf "$out" && mkdir -p "$out"
cat > "$out/rustc" <<'W'
#!/bin/sh
# cargo calls this as: wrapper rustc arguments…
case " $* " in
  *" --crate-name writ sdk/rust/src/lib.rs "*|*" --crate-name writ --edition"*) exec "$@" -Cinstrument-coverage ;;
  *" --crate-name"*" sdk/rust/tests/"*) exec "$@" -Cinstrument-coverage ;;
  *) exec "$@" ;;
esac
W
chmod +x "$out/rustc"
export RUSTC_WORKSPACE_WRAPPER="$PWD/$out/rustc" CARGO_INCREMENTAL=0 LLVM_PROFILE_FILE="$PWD/$out/%p-%m.profraw"
cargo test --release -p writ --lib --tests --no-run --message-format=json > "$out/built.json"
bins=$(sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' "$out/built.json" | sort -u)
objects=""
for bin in $bins; do
  (cd sdk/rust && "$bin" > /dev/null)
  objects="$objects -object $bin"
done
"llvm-profdata$suffix" merge -sparse "$out"/*.profraw -o "$out/all.profdata"
# shellcheck disable=SC2086
"llvm-cov$suffix" report -instr-profile "$out/all.profdata" $objects -ignore-filename-regex '/(tests|examples|registry|rustc)/' -show-region-summary=false -show-branch-summary=false |
  grep -E 'Filename|sdk/rust/src|TOTAL|\.rs'
