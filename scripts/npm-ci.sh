#!/usr/bin/env bash
# Installs the npm packages of one folder when its lock file changed since the last time.
#
# Why it exists: `npm ci` removes and fetches everything each time; the doors call this on every run.
set -euo pipefail

folder=$1
stamp="$folder/node_modules/.installed-from"
wanted=$(sha256sum "$folder/package-lock.json" | cut -d' ' -f1)
[ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || exit 0
echo "setup: npm packages of $folder"
npm --prefix "$folder" ci --no-audit --no-fund --loglevel=error || {
  printf '\nnpm ci failed in %s: is the npm registry within reach?\n' "$folder" >&2
  exit 1
}
echo "$wanted" >"$stamp"
