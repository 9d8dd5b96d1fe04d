#!/usr/bin/env bash
# Plays the sessions in the editor and renews the pictures that the documentation shows. Look at them before you commit them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

taken=$(mktemp -d)
trap 'rm -rf "$taken"' EXIT
EDITOR_PICTURES=$taken "${PYTHON:-.venv/bin/python}" -m pytest -q tests/editor/test_vscode.py
mkdir -p docs/images
grep -oh 'images/[a-z-]*\.png' docs/*.md README.md | sort -u | while read -r picture; do
  if [[ -f $taken/${picture#images/} ]]; then
    cp "$taken/${picture#images/}" "docs/$picture"
  fi
done
