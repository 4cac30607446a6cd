# The doors of Schrijftafel. Each does its own set-up: on a fresh machine with Rust, Node and the package
# registries any of them can be the first. What a door needs and cannot install it names, with the command.

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench fuzz soak web wasm browser-tests bench-peers
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

# Without debug information: smaller, and what matters here is that it starts soon.
BUILD := demo
TARGET := $(or $(CARGO_TARGET_DIR),target)
WEB := client-wasm/web
BROWSER := tests/browser
SOAK_CASES ?= 5000
CRASH_ROUNDS ?= 4000
SOAK_FUZZ_SECONDS ?= 1200
SOAK_FUZZ_LONG_SECONDS ?= 7200
SIM_SEEDS ?= 200000
PORT ?= 8080
PEER ?= y-sweet
DATA ?= data

help: ## Show the doors
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

setup: ## Install what the other doors need (they also do it themselves)
	@scripts/need.sh rust node nextest chromium
	@scripts/npm-ci.sh $(WEB)
	@scripts/npm-ci.sh $(BROWSER)
	@scripts/npm-ci.sh tests/strangers/automerge-repo
	@scripts/npm-ci.sh tests/strangers/prosemirror
	@echo "setup: everything is here"

wasm:
	@scripts/need.sh rust node
	@cargo run --profile $(BUILD) --package wasm-build

web: wasm
	@scripts/npm-ci.sh $(WEB)
	@scripts/build-web.sh $(WEB)

demo: web ## Start the demo on http://127.0.0.1:8080 (PORT and DATA override)
	@echo "demo: building the server (the first time takes some minutes)"
	@cargo build --profile $(BUILD) --package server --bin schrijftafel
	@exec $(TARGET)/$(BUILD)/schrijftafel demo --listen 127.0.0.1:$(PORT) --data $(DATA)

check: ## Format, lints, types and unit tests: what every change must pass
	@scripts/need.sh rust node nextest
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	@$(MAKE) --no-print-directory wasm
	@scripts/npm-ci.sh $(WEB)
	npm --prefix $(WEB) run check
	cargo nextest run --workspace --lib --bins
	cargo nextest run --package tests --test tidy

test: ## Everything: unit, property, whole-system, crash, fuzz and browser tests
	@scripts/need.sh rust node nextest chromium
	@$(MAKE) --no-print-directory web
	@test -d ../shared || echo "test: SKIPPED: what reads real documents and traces needs ../shared, which is not here"
	cargo nextest run --workspace
	@scripts/fuzz.sh
	@$(MAKE) --no-print-directory browser-tests

browser-tests: web
	@scripts/need.sh chromium
	@scripts/npm-ci.sh $(BROWSER)
	@cargo build --profile $(BUILD) --package server --bin schrijftafel
	SCHRIJFTAFEL_BIN=$(abspath $(TARGET))/$(BUILD)/schrijftafel npm --prefix $(BROWSER) test

bench: web ## Measure: every program of tests/benches, then the pages; docs/performance.md says what came out
	@scripts/need.sh rust chromium
	@scripts/npm-ci.sh $(BROWSER)
	@cargo build --release --package server --bin schrijftafel
	@for program in $(basename $(notdir $(wildcard tests/benches/bench_*))); do \
	  echo "bench: $$program"; cargo bench --package tests --bench $$program || exit 1; done
	@echo "bench: pages"
	SCHRIJFTAFEL_BIN=$(abspath $(TARGET))/release/schrijftafel npm --prefix $(BROWSER) run measure

bench-peers: ## Measure this server and PEER (default y-sweet) in turn; PEERS is the directory of their harness
	@scripts/need.sh rust node
	@scripts/bench-peers.sh $(PEER)

fuzz: ## Fuzz every decoder for FUZZ_SECONDS each (default 10); FUZZ_KEEP=1 keeps what was found
	@scripts/fuzz.sh

soak: ## Run the property tests with SOAK_CASES cases each (default 5000), kill the log CRASH_ROUNDS times (4000), simulate SIM_SEEDS runs (200000) from SIM_FIRST, run what takes minutes, fuzz for hours
	@scripts/need.sh rust nextest
	PROPTEST_CASES=$(SOAK_CASES) CRASH_ROUNDS=$(CRASH_ROUNDS) DAMAGE_FLIPS=2000 SIM_SEEDS=$(SIM_SEEDS) cargo nextest run --workspace --cargo-profile release --no-fail-fast --run-ignored all
	FUZZ_SECONDS=$(SOAK_FUZZ_SECONDS) FUZZ_LONG_SECONDS=$(SOAK_FUZZ_LONG_SECONDS) scripts/fuzz.sh
