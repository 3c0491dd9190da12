#!/usr/bin/env bash
# Builds the oracle from OPA's library: build.sh OUTPUT. Needs Go, and the modules of go.sum in its cache.
set -eu
cd "$(dirname "$0")"
GOFLAGS=-mod=mod go build -o "$1" .
