#!/usr/bin/env bash
# Builds the oracle, OPA's own evaluator behind lines of JSON, and prints the path of the program. Needs Go.
# Usage: fuzzgen/oracle/build.sh [FOLDER]; the folder is `oracle` in Cargo's target folder unless given.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
target="${CARGO_TARGET_DIR:-$here/../../target}"
folder="${1:-$target/oracle}"
mkdir -p "$folder"
folder="$(cd "$folder" && pwd)"
(cd "$here" && go build -o "$folder/opa-oracle" .) >&2
echo "$folder/opa-oracle"
