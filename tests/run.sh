#!/usr/bin/env bash
# Sets everything up and runs all checks and tests, from a fresh clone with Python 3.11, a C compiler and Node.
#
#   bash tests/run.sh            everything; the real editors come last
#   bash tests/run.sh --quick    without the editors
#
# The Python environment goes to .venv, tools to .tools, npm packages to node_modules; all three are git-ignored. The editors' system
# packages (Chromium and the like) are installed with apt where that is possible, and named where it is not.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step() { printf '\n== %s\n' "$*"; }

quick=false
[[ ${1:-} == --quick ]] && quick=true

step "Python environment"
[[ -x .venv/bin/python ]] || python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check uv
export VIRTUAL_ENV=$PWD/.venv
.venv/bin/uv pip install --quiet --constraints requirements.lock --group dev --editable '.[all]'

if ! command -v bwrap >/dev/null; then
  step "bubblewrap, for the strongest level of the sandbox"
  if ((EUID == 0)) && command -v apt-get >/dev/null; then
    apt-get -qq update && apt-get -qq install --yes --no-install-recommends bubblewrap >/dev/null
  else
    echo "not installed: the sandbox's namespace level is not tested (install bubblewrap for it)"
  fi
fi

if [[ ! -x .tools/tree-sitter/run ]] && command -v apt-get >/dev/null; then
  step "The tree-sitter command, to see that the committed parser is generated from the grammar"
  bash scripts/aptroot.sh forky .tools/tree-sitter tree-sitter-cli || echo "not installed: that is not tested"
fi

step "Lint and types"
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/pyright --warnings

step "Python tests"
.venv/bin/pytest -q -n auto -m "not editor"

step "VS Code extension: types, lint, tests, package"
npm ci --prefix vscode-client --no-audit --no-fund --loglevel=error
npm run --prefix vscode-client check
npm test --prefix vscode-client
npm run --prefix vscode-client package

if ! $quick; then
  step "Real editors"
  .venv/bin/pytest -q -m editor
fi
