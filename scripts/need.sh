#!/usr/bin/env bash
# Makes sure the tools named as arguments are here: rust, node, nextest, chromium, fuzz.
#
# Why it exists: every door does its own set-up. What can be installed is installed (Debian packages only as
# root, crates as anyone); what cannot is named, with the command that helps. Silent when nothing is missing.
set -euo pipefail

NEXTEST_VERSION="0.9.151"
FUZZ_VERSION="0.13.2"
missing() {
  printf '\nMissing: %s\n  %s\n' "$1" "$2" >&2
  exit 1
}

need_rust() {
  command -v cargo >/dev/null || missing "Rust 1.95 or later" "install it from https://rustup.rs and open a new shell"
  local wanted found
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
  found=$(rustc --version | cut -d' ' -f2)
  [ "$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -1)" = "$wanted" ] ||
    missing "Rust $wanted or later (this is $found)" "rustup update stable"
  command -v cc >/dev/null || missing "a C linker" "sudo apt-get install -y gcc libc6-dev"
}

need_node() {
  command -v node >/dev/null && command -v npm >/dev/null || missing "Node 20 or later, with npm" "see https://nodejs.org"
  [ "$(node -p 'Number(process.versions.node.split(".")[0]) >= 20')" = true ] ||
    missing "Node 20 or later (this is $(node --version))" "see https://nodejs.org"
}

need_nextest() {
  cargo nextest --version >/dev/null 2>&1 && return
  echo "setup: installing cargo-nextest $NEXTEST_VERSION (a few minutes, once)"
  cargo install --quiet --debug "cargo-nextest@$NEXTEST_VERSION" ||
    missing "cargo-nextest" "cargo install cargo-nextest, or see https://nexte.st"
}

need_fuzz() {
  if ! command -v c++ >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "setup: installing a C++ compiler for the fuzzer"
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends g++
  fi
  command -v c++ >/dev/null || missing "a C++ compiler, for the fuzzer" "sudo apt-get install -y g++"
  cargo fuzz --version >/dev/null 2>&1 && return
  echo "setup: installing cargo-fuzz $FUZZ_VERSION (a minute or two, once)"
  cargo install --quiet --debug --locked "cargo-fuzz@$FUZZ_VERSION" ||
    missing "cargo-fuzz" "cargo install cargo-fuzz"
}

need_chromium() {
  [ -z "${CHROMIUM:-}" ] || { [ -x "$CHROMIUM" ] && return || missing "the browser $CHROMIUM" "set CHROMIUM to a Chromium"; }
  command -v chromium chromium-browser google-chrome >/dev/null && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "setup: installing Chromium for the browser tests"
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium
  fi
  command -v chromium >/dev/null ||
    missing "Chromium, for the browser tests" "sudo apt-get install -y chromium, or set CHROMIUM to its path"
}

for tool in "$@"; do "need_$tool"; done
