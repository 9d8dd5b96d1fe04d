#!/usr/bin/env bash
# Plays the sessions in the editor and renews the pictures and the times that the documentation shows. Look at them before you commit them.
#
#   scripts/editor-pictures.sh          plays the sessions first
#   scripts/editor-pictures.sh FOLDER   takes what an earlier run with EDITOR_PICTURES=FOLDER has left
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=${PYTHON:-.venv/bin/python}
if (($#)); then
  taken=$1
else
  taken=$(mktemp -d)
  trap 'rm -rf "$taken"' EXIT
  EDITOR_PICTURES=$taken "$python" -m pytest -q -m editor tests/editor/test_vscode.py tests/editor/test_panel.py
fi
"$python" -m uv run --quiet --no-project scripts/editor-pictures.py "$taken"
"$python" scripts/editor-times.py "$taken"
