#!/usr/bin/env bash
# Fuzzes every decoder that strangers' bytes reach, FUZZ_SECONDS each (default 10), from what earlier runs found; what
# judges real changes bent at random, FUZZ_LONG_SECONDS (default as long).
#
# Why it exists: the campaigns are long and rare, the short run comes with every change. No sanitizer is used: it needs a
# nightly compiler, and these decoders have no unsafe code; what is looked for are panics and broken promises.
# FUZZ_KEEP=1 puts what was found, made small, into corpus/ for the next run.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh rust fuzz

SECONDS_EACH=${FUZZ_SECONDS:-10}
SECONDS_LONG=${FUZZ_LONG_SECONDS:-$SECONDS_EACH}
FOLDER=tests/fuzz
TARGET=$(realpath -m "${CARGO_TARGET_DIR:-target}")/fuzz
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

echo "fuzz: building (the first time takes some minutes)"
CARGO_TARGET_DIR=$TARGET cargo fuzz build --fuzz-dir "$FOLDER" --sanitizer none >"$WORK/build.log" 2>&1 ||
  { cat "$WORK/build.log"; exit 1; }
PROGRAMS=$(dirname "$(find "$TARGET" -path '*/release/inspect' -type f | head -1)")

for source in "$FOLDER"/fuzz_targets/*.rs; do
  name=$(basename "$source" .rs)
  found=$WORK/$name
  # Acceptance has the most to break, and each of its runs builds documents: in the same time it tries far less.
  case $name in
    admit | lies) seconds=$SECONDS_LONG ;;
    *) seconds=$SECONDS_EACH ;;
  esac
  mkdir -p "$found" "$FOLDER/artifacts/$name"
  [ -f "$FOLDER/corpus/$name.tar.gz" ] && tar -xzf "$FOLDER/corpus/$name.tar.gz" -C "$found"
  seeds=()
  [ -d "$FOLDER/seeds/$name" ] && seeds=("$FOLDER/seeds/$name")
  if ! "$PROGRAMS/$name" -max_total_time="$seconds" -timeout=10 -artifact_prefix="$FOLDER/artifacts/$name/" \
    "$found" "${seeds[@]}" >"$WORK/$name.log" 2>&1; then
    tail -40 "$WORK/$name.log"
    echo "fuzz: $name failed; the bytes are in $FOLDER/artifacts/$name" >&2
    exit 1
  fi
  echo "fuzz: $name $(grep -o '#[0-9]*.DONE.*cov: [0-9]*' "$WORK/$name.log" | tr '\t' ' ' | tail -1)"
  if [ -n "${FUZZ_KEEP:-}" ]; then
    mkdir -p "$WORK/small" "$FOLDER/corpus"
    "$PROGRAMS/$name" -merge=1 "$WORK/small" "$found" "${seeds[@]}" >/dev/null 2>&1
    tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -C "$WORK/small" -cf - . | gzip -n9 >"$FOLDER/corpus/$name.tar.gz"
    rm -rf "$WORK/small"
  fi
done
