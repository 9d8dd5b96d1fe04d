#!/usr/bin/env bash
# Generates the parser from grammar.js and compiles it in place for development.
#
#   scripts/aptroot.sh forky .tools/tree-sitter tree-sitter-cli    # once; or any tree-sitter 0.26 on the path
#   scripts/generate-grammar.sh
#
# What it generates is committed, so that nobody needs the tree-sitter command to build or to run.
set -euo pipefail
cd "$(dirname "$0")/.."

tree_sitter=(tree-sitter)
if [ -x .tools/tree-sitter/run ]; then
  tree_sitter=("$PWD/.tools/tree-sitter/run" tree-sitter)
fi
(cd prompts_lang/syntax/grammar && "${tree_sitter[@]}" generate --abi 15)

python=${PYTHON:-.venv/bin/python}
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT
"$python" -W ignore -c 'from setuptools import setup; setup()' -q build_ext --inplace --force --build-temp "$objects"
