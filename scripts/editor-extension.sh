#!/usr/bin/env bash
# Builds vscode-client/prompt-graphs.vsix and fetches what its tests in the editor import, each only when what it is made of has changed. Several
# test runs may ask for it at once: one builds, the others wait.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# npm writes node_modules/.package-lock.json last, so it is newer than the lock file exactly when it is complete and current.
fetch() {
  [[ $1/node_modules/.package-lock.json -nt $1/package-lock.json ]] || npm ci --prefix "$1" --no-audit --no-fund --loglevel=error
}

# A folder is newer than the package, too, when a file in it was added or removed; the package itself is written last.
is_current() {
  [[ -f $1 && -z $(find vscode-client \( -name node_modules -o -name out \) -prune -o -newer "$1" -print -quit) ]]
}

mkdir -p build
exec 9>build/editor-extension.lock
flock 9
fetch vscode-client
fetch tests/editor
npm run --prefix tests/editor --silent check
is_current vscode-client/prompt-graphs.vsix || npm run --prefix vscode-client --silent package >/dev/null
