#!/usr/bin/env bash
# Puts strangers' audit tools (C2SP) where the tests find them, and prints the folder of their commands.
#
# Why it exists: that outsiders can check our logs is only known when their tools do it. They are pinned, live below
# the target directory, and need Python 3.12 or later; without it this says so and exits with 3.
set -euo pipefail

TLOG=0.2.1
WITNESS=0.1.0
TARGET="${1:?usage: strangers.sh TARGET_DIRECTORY}"
PLACE="$TARGET/strangers-$TLOG-$WITNESS"

if [[ -x "$PLACE/bin/aics-tlog" && -x "$PLACE/bin/aics-witness" ]]; then
  echo "$PLACE/bin"
  exit 0
fi

is_new_enough() {
  "$1" -c 'import sys, venv; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1
}

find_python() {
  local candidate
  for candidate in python3.14 python3.13 python3.12 python3; do
    if command -v "$candidate" >/dev/null && is_new_enough "$candidate"; then
      command -v "$candidate"
      return
    fi
  done
  for candidate in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python3; do
    if is_new_enough "$candidate"; then
      echo "$candidate"
      return
    fi
  done
}

PYTHON="$(find_python)"
if [[ -z "$PYTHON" ]]; then
  echo "strangers: no Python 3.12 or later here; their tools cannot run" >&2
  exit 3
fi
# One at a time: tests run side by side, and half an installation must not be taken for a whole one.
mkdir -p "$TARGET"
exec 9>"$TARGET/strangers.lock"
flock 9
if [[ ! -x "$PLACE/bin/aics-witness" ]]; then
  rm -rf "$PLACE"
  "$PYTHON" -m venv "$PLACE" >&2
  "$PLACE/bin/pip" install --quiet --disable-pip-version-check "aics-tlog==$TLOG" "aics-witness==$WITNESS" >&2 || {
    rm -rf "$PLACE"
    exit 1
  }
fi
echo "$PLACE/bin"
