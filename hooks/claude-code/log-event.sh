#!/bin/sh
# Every event without a script of its own.
here=${maestro_hooks:-${0%/*}}
[ -r "$here/core.sh" ] && . "$here/core.sh" && record
exit 0
