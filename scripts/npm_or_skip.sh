#!/usr/bin/env bash
# Runs a command that needs Node 20 or newer; without it, prints the consequence and succeeds.
set -euo pipefail

consequence=${1:?usage: npm_or_skip.sh CONSEQUENCE COMMAND...}
shift

major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/') || major=0
if [ "${major:-0}" -lt 20 ] || ! command -v npm >/dev/null; then
    echo "setup: Node 20 or newer was not found: $consequence. Install Node and run make setup again."
    exit 0
fi
exec "$@"
