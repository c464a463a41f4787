# What the hook scripts share. Sourced with the payload on stdin; leaves it in the spool, where the daemon finds it.
#
# A hook never hurts the agent: it ends with 0 (2 would forbid the tool), prints nothing, and waits for nothing but
# its own stdin. It does nothing outside a Maestro session, unless MAESTRO_HOOK_ALL is set.
# Nothing is parsed or masked here: the spool is private to this user, and whoever empties it redacts before it sends.
# A process costs about a millisecond, so the normal path starts two: `cat` and `mv`. All else is built into the shell.
#
# Scripts of other agents share this: they set `maestro_agent` before they source it.

trap 'exit 0' 0 # a builtin that fails ends the shell, and would choose its exit code
exec 2>/dev/null
umask 077
[ -n "$MAESTRO_SESSION_ID$MAESTRO_HOOK_ALL" ] || exit 0

if [ -z "$MAESTRO_SPOOL" ]; then
  MAESTRO_SPOOL=${MAESTRO_HOME:-${MAESTRO_HOOK_HOME:-${HOME:+$HOME/.maestro}}}
  [ -n "$MAESTRO_SPOOL" ] || exit 0
  MAESTRO_SPOOL=$MAESTRO_SPOOL/spool
fi
case $MAESTRO_SPOOL in /*) ;; *) exit 0 ;; esac # a relative one would write into the agent's repository

# The file's name says whose it is; its modification time (ns, kept by mv) says when the payload came, and the process
# id tells two apart that came in the same tick of the clock. A payload has no time of its own, and asking `date` for
# one would be one more process.
case $MAESTRO_SESSION_ID in '' | *[!0-9a-z_]*) session=- ;; *) session=$MAESTRO_SESSION_ID ;; esac
case $maestro_agent in '' | *[!0-9a-z-]*) agent=claude-code ;; *) agent=$maestro_agent ;; esac
read -r unique </proc/sys/kernel/random/uuid || unique=$(date +%s)-$$
name=$session.$agent.$$-$unique.json

# drop WHY: drops are counted, a line each with whose they are, so that loss is never silent. Where not even a line can be
# written, an empty file with that in its name says it: that takes no room on most disks. What is left of the payload is
# read all the same: who writes into a pipe that nobody reads any more is ended by it.
drop() {
  echo "$session.$agent $1" >>"$MAESTRO_SPOOL/dropped" || : >"$MAESTRO_SPOOL/dropped.$session.$agent.$unique"
  cat >/dev/null
  exit 0
}

# has_room: fewer than 10,000 files and 50 MB. From four fifths on every hook looks, before that one in fifty.
has_room() {
  files=${MAESTRO_SPOOL_FILES:-10000} kb=${MAESTRO_SPOOL_KB:-51200}
  set -- "$MAESTRO_SPOOL"/new/*
  size=$(du -sk "$MAESTRO_SPOOL/new") && size=${size%%[!0-9]*}
  if [ $# -ge $((files * 4 / 5)) ] || [ "${size:-0}" -ge $((kb * 4 / 5)) ]; then
    echo . >"$MAESTRO_SPOOL/near-full"
    [ $# -lt "$files" ] && [ "${size:-0}" -lt "$kb" ]
  else
    rm -f "$MAESTRO_SPOOL/near-full"
  fi
}
if case $unique in 0[0-4]*) ;; *) [ -e "$MAESTRO_SPOOL/near-full" ] ;; esac then has_room || drop full; fi

# receive: stdin to tmp/, complete or not at all. A hook that is told to end goes on where cat has read all; where the same
# signal has ended cat, what came stays: whoever empties the spool sends it if it is whole, and counts it if it is not.
receive() {
  [ -d "$MAESTRO_SPOOL/tmp" ] && [ -d "$MAESTRO_SPOOL/new" ] || mkdir -p "$MAESTRO_SPOOL/tmp" "$MAESTRO_SPOOL/new"
  trap '' XFSZ # a payload over 8 MB fails like a full disk, instead of killing cat with a core dump
  ulimit -f 16384
  told_to_end=
  trap 'told_to_end=1' 1 2 15
  cat >"$MAESTRO_SPOOL/tmp/$name" && [ -s "$MAESTRO_SPOOL/tmp/$name" ] && return
  [ -n "$told_to_end" ] && [ -e "$MAESTRO_SPOOL/tmp/$name" ] && exit 0
  [ -e "$MAESTRO_SPOOL/tmp/$name" ] && rm -f "$MAESTRO_SPOOL/tmp/$name"
  drop unwritten
}

publish() {
  mv "$MAESTRO_SPOOL/tmp/$name" "$MAESTRO_SPOOL/new/$name"
}

# Whether a child that outlives its parent is buried here: in a container without an init it stays a zombie for good.
# session-start.sh left one; while that is still there, dead, it answers to its id.
orphans_end() {
  read -r orphan <"${MAESTRO_SESSION_DIR:-$MAESTRO_SPOOL}/orphan" && ! kill -0 "$orphan"
}

# is_read [KIND]: whether somebody (of that kind: `daemon` or `flush`) empties the spool. It said in `reader` which
# process it is and when that began, so that a later process of the same number is not taken for it.
is_read() {
  read -r pid began kind <"$MAESTRO_SPOOL/reader" && [ "${1:-$kind}" = "$kind" ] && kill -0 "$pid" || return 1
  read -r line <"/proc/$pid/stat" || return 0 # no /proc here: the number must do
  set -- ${line##*) }
  [ "$1" != Z ] && [ "${20}" = "$began" ]
}

# Where nobody does, what was left is sent by a process of its own, which the agent neither waits for nor takes along.
flush_unless_read() {
  is_read && return
  [ -r "$here/flush.sh" ] && [ -r "$MAESTRO_SPOOL/cli" ] || return
  if command -v setsid; then
    MAESTRO_SPOOL=$MAESTRO_SPOOL setsid /bin/sh "$here/flush.sh" &
  else
    (trap '' HUP INT && MAESTRO_SPOOL=$MAESTRO_SPOOL exec /bin/sh "$here/flush.sh") &
  fi </dev/null >/dev/null
}

# record [soon]: the whole job. With `soon` the agent goes on while the last of it is still done.
record() {
  if [ -n "$MAESTRO_HOOK_DIRECT" ] && [ -r "$here/direct.sh" ]; then
    . "$here/direct.sh"
    return
  fi
  receive
  if [ "$1" = soon ] && orphans_end; then
    # What goes on holds nothing of the agent's.
    if is_read daemon; then
      mv "$MAESTRO_SPOOL/tmp/$name" "$MAESTRO_SPOOL/new/$name" </dev/null >/dev/null &
    else
      { publish && flush_unless_read; } </dev/null >/dev/null &
    fi
  else
    publish
    flush_unless_read # after: a flush that is about to end looks once more when it has said that it does
  fi
}
