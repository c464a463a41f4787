# What the hook scripts share. Sourced with the payload on stdin; leaves it in the spool, where the daemon finds it.
#
# A hook never hurts the agent: it ends with 0 (2 would forbid the tool), prints nothing, and waits for nothing but
# its own stdin. It does nothing outside a Maestro session, unless MAESTRO_HOOK_ALL is set.
# Nothing is parsed or masked here: the spool is private to this user, and whoever empties it redacts before it sends.
# A process costs about a millisecond, so the normal path starts two: `cat` and `mv`. All else is built into the shell.

trap 'exit 0' 0 # a builtin that fails ends the shell, and would choose its exit code
exec 2>/dev/null
umask 077
[ -n "$MAESTRO_SESSION_ID$MAESTRO_HOOK_ALL" ] || exit 0

if [ -z "$MAESTRO_SPOOL" ]; then
  [ -n "$MAESTRO_HOME$HOME" ] || exit 0
  MAESTRO_SPOOL=${MAESTRO_HOME:-$HOME/.maestro}/spool
fi
case $MAESTRO_SPOOL in /*) ;; *) exit 0 ;; esac # a relative one would write into the agent's repository

# The file's name says whose it is; its modification time (ns, kept by mv) says when the payload came. A payload has
# no time of its own, and asking `date` for one would be one more process.
case $MAESTRO_SESSION_ID in '' | *[!0-9a-z_]*) session=- ;; *) session=$MAESTRO_SESSION_ID ;; esac
read -r unique </proc/sys/kernel/random/uuid || unique=$(date +%s)-$$
name=$session.${maestro_agent:-claude-code}.$unique.json # whoever sources this may say whose hook it is

# Drops are counted, a line each, so that loss is never silent.
drop() {
  echo . >>"$MAESTRO_SPOOL/dropped"
  exit 0
}

# Asking for the size is a process too: now and then it is worth it, and always while the spool is known to be full.
if case $$ in *00 | *50) ;; *) [ -e "$MAESTRO_SPOOL/full" ] ;; esac then
  size=$(du -sk "$MAESTRO_SPOOL/new") && size=${size%%[!0-9]*}
  if [ "${size:-0}" -ge "${MAESTRO_SPOOL_KB:-51200}" ]; then
    echo . >"$MAESTRO_SPOOL/full"
    drop
  fi
  rm -f "$MAESTRO_SPOOL/full"
fi

# receive: stdin to tmp/, complete or not at all.
receive() {
  [ -d "$MAESTRO_SPOOL/tmp" ] && [ -d "$MAESTRO_SPOOL/new" ] || mkdir -p "$MAESTRO_SPOOL/tmp" "$MAESTRO_SPOOL/new"
  trap '' XFSZ # a payload over 8 MB fails like a full disk, instead of killing cat with a core dump
  ulimit -f 16384
  trap 'rm -f "$MAESTRO_SPOOL/tmp/$name"; exit 0' 1 2 15 # as soon as cat has ended, which the same signal ends
  cat >"$MAESTRO_SPOOL/tmp/$name" && [ -s "$MAESTRO_SPOOL/tmp/$name" ] && return
  [ -e "$MAESTRO_SPOOL/tmp/$name" ] && rm -f "$MAESTRO_SPOOL/tmp/$name"
  drop
}

publish() {
  mv "$MAESTRO_SPOOL/tmp/$name" "$MAESTRO_SPOOL/new/$name"
}

# Whether a child that outlives its parent is buried here: in a container without an init it stays a zombie for good.
# session-start.sh left one; while that is still there, dead, it answers to its id.
orphans_end() {
  read -r orphan <"$MAESTRO_SESSION_DIR/orphan" && ! kill -0 "$orphan"
}

# record [soon]: the whole job. With `soon` the agent goes on while `mv` still runs.
record() {
  if [ -n "$MAESTRO_HOOK_DIRECT" ] && [ -r "$here/direct.sh" ]; then
    . "$here/direct.sh"
    return
  fi
  receive
  if [ "$1" = soon ] && orphans_end; then
    mv "$MAESTRO_SPOOL/tmp/$name" "$MAESTRO_SPOOL/new/$name" </dev/null >/dev/null & # holds nothing of the agent's
  else
    publish
  fi
}
