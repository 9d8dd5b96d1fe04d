#!/usr/bin/env bash
# Unpacks packages of another Debian suite, with all that they depend on, into a folder of their own. The machine's packages and
# apt's state stay as they are. The programs run with the libraries of their own suite:
#
#   scripts/aptroot.sh forky .tools/tree-sitter tree-sitter-cli
#   .tools/tree-sitter/run tree-sitter --version
#
# Needs apt with up-to-date lists (`apt-get update`) and an x86-64 machine.
set -euo pipefail

if [ $# -lt 3 ]; then
  echo "usage: $0 SUITE FOLDER PACKAGE..." >&2
  exit 2
fi
suite=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
shift 2

mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
keyring=$(dpkg -L debian-archive-keyring | grep -m 1 'debian-archive-keyring\.[a-z]*$')
if [ -z "$mirror" ] || [ -z "$keyring" ]; then
  echo "$0: no Debian mirror is configured on this machine; run apt-get update first" >&2
  exit 2
fi

state=$folder/.apt
mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
: >"$state/status"
echo "deb [signed-by=$keyring] $mirror $suite main" >"$state/sources.list"
options=(
  -q -y
  -o "Dir::Etc::sourcelist=$state/sources.list" -o Dir::Etc::sourceparts=-
  -o "Dir::State::lists=$state/lists" -o "Dir::State::status=$state/status" -o "Dir::Cache=$state/cache"
  -o APT::Install-Recommends=false -o APT::Sandbox::User=root -o Acquire::Languages=none
)
if ! { apt-get "${options[@]}" update && apt-get "${options[@]}" --download-only install "$@"; } >"$state/log" 2>&1; then
  cat "$state/log" >&2
  exit 1
fi
for package in "$state"/cache/archives/*.deb; do
  dpkg -x "$package" "$folder"
done
rm -rf "$state"

cat >"$folder/run" <<'RUN'
#!/bin/sh
# Runs a program of this folder with this folder's own loader and libraries.
root=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
program=$1
shift
exec "$root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu" "$root/usr/bin/$program" "$@"
RUN
chmod +x "$folder/run"
