#!/bin/sh
# SessionEnd: the last thing the agent waits for, so all of it is done before this returns.
here=${maestro_hooks:-${0%/*}}
[ -r "$here/core.sh" ] && . "$here/core.sh" && record
exit 0
