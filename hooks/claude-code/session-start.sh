#!/bin/sh
# SessionStart: the one hook that answers. The spawner wrote the answer beforehand: the task, and the exact commands.
here=${maestro_hooks:-${0%/*}}
[ -r "$here/core.sh" ] && . "$here/core.sh" || exit 0
[ -n "$MAESTRO_SESSION_DIR" ] && [ -s "$MAESTRO_SESSION_DIR/context.json" ] && cat "$MAESTRO_SESSION_DIR/context.json"
dir=${MAESTRO_SESSION_DIR:-$MAESTRO_SPOOL}
[ -d "$dir" ] && (true >/dev/null & echo $!) >"$dir/orphan" # see orphans_end in core.sh
record
exit 0
