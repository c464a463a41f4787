#!/bin/sh
# What must hold besides the tests: types, style, unused code, deployability. `check.sh NAME…` checks only those.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH
export PATH WRANGLER_SEND_METRICS=false
largest=500000 # bytes of the Worker, gzipped

types() { for config in */tsconfig.json tests/*/tsconfig.json; do tsc -p "$config"; done; }
style() { biome ci --colors=off; }
unused() { knip; }
deploy() {
  out=$(mktemp -d)
  trap 'rm -rf "$out"' EXIT
  wrangler deploy --dry-run --outdir "$out"
  bytes=$(gzip -9c "$out/index.js" | wc -c)
  echo "The Worker is $bytes bytes gzipped, of $largest allowed"
  [ "$bytes" -le "$largest" ]
}

[ $# -gt 0 ] || set -- types style unused deploy
for check in "$@"; do "$check"; done
