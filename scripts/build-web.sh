#!/usr/bin/env bash
# Builds the pages when anything they are made of changed since the last time.
#
# Why it exists: `make demo` should start within seconds the second time.
set -euo pipefail

web=$1
stamp="$web/dist/.built-from"
sources() {
  find "$web" schema/openapi.yaml \( -name node_modules -o -name dist \) -prune -o -type f -print0 | sort -z
}
wanted=$(sources | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
[ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || exit 0
echo "web: building the pages"
npm --prefix "$web" run --silent build
# The build may write generated sources: the stamp is of what lies there now.
sources | xargs -0 sha256sum | sha256sum | cut -d' ' -f1 >"$stamp"
