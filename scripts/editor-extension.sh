#!/usr/bin/env bash
# Builds vscode-client/prompt-graphs.vsix and fetches what its tests in the editor import. npm packages are fetched only when a lock file has changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# npm writes node_modules/.package-lock.json last, so it is newer than the lock file exactly when it is complete and current.
fetch() {
  [[ $1/node_modules/.package-lock.json -nt $1/package-lock.json ]] || npm ci --prefix "$1" --no-audit --no-fund --loglevel=error
}

fetch vscode-client
fetch tests/editor
npm run --prefix tests/editor --silent check
npm run --prefix vscode-client --silent package >/dev/null
