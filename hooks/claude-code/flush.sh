#!/bin/sh
# Empties the spool where no daemon does: started by a hook (core.sh), detached, one at a time. It goes on while more
# comes, rests after a failure, and ends; the next hook starts another. Says nothing to anybody.
exec 2>/dev/null
umask 077
cd / # the agent's folder may be removed while this runs, and must not be held by it

# Who can do it: the spawner or `maestro hooks install` wrote down Node, the command line, and the home.
{ read -r node && read -r cli && read -r home; } <"$MAESTRO_SPOOL/cli" || exit 0
[ -x "$node" ] && [ -r "$cli" ] || exit 0

# What an agent's key says is its own session's, whoever said it: here everybody's events are sent, with this machine's.
[ -z "$MAESTRO_SESSION_ID" ] || unset MAESTRO_API_KEY
unset MAESTRO_SESSION_ID MAESTRO_SESSION_DIR MAESTRO_ROLE MAESTRO_TASK_IDS MAESTRO_SKILL NODE_OPTIONS
export MAESTRO_HOME="$home"

began=-
read -r line <"/proc/$$/stat" && set -- ${line##*) } && began=${20}
me="$$ $began flush"
take() { (set -C && echo "$me" >"$MAESTRO_SPOOL/reader"); }
mine() { read -r line <"$MAESTRO_SPOOL/reader" && [ "$line" = "$me" ]; }
leave() { mine && rm -f "$MAESTRO_SPOOL/reader"; } # a daemon may have come meanwhile
waiting() {
  set -- "$MAESTRO_SPOOL"/new/*
  [ -e "$1" ] && count=$# || count=0
}

# As in core.sh: a later process of the same number is somebody else.
is_taken() {
  read -r pid start kind <"$MAESTRO_SPOOL/reader" && kill -0 "$pid" || return 1
  read -r line <"/proc/$pid/stat" || return 0
  set -- ${line##*) }
  [ "$1" != Z ] && [ "${20}" = "$start" ]
}

if ! take; then
  is_taken && exit 0
  rm -f "$MAESTRO_SPOOL/reader" # of one that was killed
  take || exit 0
fi
trap leave 0
trap 'exit 0' 1 2 15

while :; do
  "$node" "$cli" hooks flush --linger "${MAESTRO_FLUSH_LINGER:-10}" </dev/null >/dev/null
  waiting
  left=$count
  [ "$left" -eq 0 ] || sleep "${MAESTRO_FLUSH_REST:-15}"
  leave
  waiting # what came when this still seemed to be at work
  [ "$count" -gt "$left" ] && take || exit 0
done
