#!/bin/sh
# Makes a clone ready to run: dependencies, then whatever of dist/ is out of date. Costs a few milliseconds when it is.
# With --browser it also sees to a Chromium, which the tests need. Says what it does on standard error.
set -eu
cd "$(dirname "$0")/.."
node=node_modules/node/bin/node

say() { printf '  %s\n' "$*" >&2; }

install() {
  command -v npm >/dev/null 2>&1 || { say 'npm is missing: install Node 20 or newer first (https://nodejs.org)'; exit 1; }
  say 'Installing dependencies into node_modules (about 800 MB, once) …'
  npm install --no-audit --no-fund --no-update-notifier --loglevel=error >&2
  touch node_modules/.package-lock.json
}

if [ ! -x "$node" ] || [ ! -f node_modules/.package-lock.json ] || [ -n "$(find package-lock.json -newer node_modules/.package-lock.json)" ]; then
  install
fi
"$node" --version >/dev/null || { say "$node does not run on this machine: remove node_modules and try again"; exit 1; }

# Folders are newer than the stamp too when a file in them was added or removed.
sources='worker durable-objects db protocol hooks cli local-spawner embedded client skills web scripts package-lock.json'
if [ ! -f dist/.stamp ] || [ -n "$(find $sources -newer dist/.stamp 2>/dev/null | head -n 1)" ]; then
  "$node" scripts/build.ts
fi

browser() {
  for name in "${CHROME_PATH:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 && return 0
  done
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say 'Installing Chromium for the tests (apt-get, about 350 MB, once) …'
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium fonts-dejavu-core; } >&2 && return 0
  fi
  say 'The tests need a Chromium: install one, or set CHROME_PATH to it. Those in a browser will fail without.'
}

for option in "$@"; do
  case $option in
    --browser) browser ;;
    *) say "unknown option $option"; exit 2 ;;
  esac
done
