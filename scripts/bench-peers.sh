#!/usr/bin/env bash
# Measures this server and another one in turn, on one machine in one run, and prints the ratios.
#
# bench-peers.sh [PEER]: the peer's servers, clients and work come from a harness that stands outside this
# repository (PEERS, by default ../shared/peers): `run-peer.sh PEER WORK` leaves results/PEER-WORK.json. Our side is
# `bench_sync` with the same work. Everything installed or measured goes to PEERS_RUN.
set -euo pipefail
cd "$(dirname "$0")/.."
peer=${1:-y-sweet}
harness=${PEERS:-../shared/peers}
export PEERS_RUN=${PEERS_RUN:-${TMPDIR:-/tmp}/peers-run}
if [ ! -f "$harness/run-peer.sh" ]; then
  printf 'Missing: the harness of the peers\n  set PEERS to the directory that holds its run-peer.sh (it is not at %s)\n' "$harness" >&2
  exit 1
fi
mkdir -p "$PEERS_RUN"
export BENCH_JSON="$PEERS_RUN/ours.jsonl"
rm -f "$BENCH_JSON"
ours() { cargo bench --quiet --package tests --bench bench_sync -- "$@"; }
theirs() { bash "$harness/run-peer.sh" "$peer" "$1" >"$PEERS_RUN/$1.log" 2>&1 || { tail -5 "$PEERS_RUN/$1.log"; exit 1; }; }
cargo bench --quiet --package tests --bench bench_sync --no-run
echo "bench-peers: $peer and this server in turn; about a quarter of an hour, and what the peer needs to be installed"
theirs w1tiny,w1,w1big && ours light relay
theirs w2 && ours long
theirs w3 && ours documents
theirs w4 && ours killed
node scripts/bench-peers.mjs "$PEERS_RUN" "$peer"
