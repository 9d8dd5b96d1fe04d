#!/usr/bin/env bash
# Renders the extension's icon from its SVG. Run after changing images/icon.svg; the PNG is committed, because the marketplace takes no SVG.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../vscode-client/images"
page=$(mktemp --suffix=.html)
trap 'rm -f "$page"' EXIT
{ echo '<!doctype html><style>html,body{margin:0}svg{display:block}</style>'; cat icon.svg; } >"$page"
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --default-background-color=00000000 \
  --window-size=256,256 --screenshot="$PWD/icon.png" "file://$page" 2>/dev/null
