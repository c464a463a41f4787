# Where Maestro's CLI is not installed (a container, say) nobody empties the spool, so the hook posts by itself.
# What could not be posted stays in the spool.

# The same id in the name of the file and in the header: who sends it again later is not counted twice. A UUIDv7.
case $unique in *-*-*-*-*) ;; *) unique=$(printf '%08x-%04x-4%03x-8%03x-%012x' "${unique%-*}" $(($$ & 65535)) 0 0 $$) ;; esac
now=$(printf '%012x' "$(date +%s)000")
rest=${unique#*-*-}
unique=${now%????}-${now#????????}-7${rest#?}
name=$session.$agent.$$-$unique.json
event=evt_${unique%%-*}
rest=${unique#*-}
while [ -n "$rest" ]; do
  event=$event${rest%%-*}
  case $rest in *-*) rest=${rest#*-} ;; *) rest= ;; esac
done

receive
file=$MAESTRO_SPOOL/tmp/$name

# The key reaches curl by stdin: arguments can be read by every user of the machine.
post() {
  case $MAESTRO_API_KEY in '' | *[!0-9A-Za-z_]*) return 1 ;; esac
  case $MAESTRO_API_URL in http://* | https://*) ;; *) return 1 ;; esac
  printf 'header = "%s"\n' "Authorization: Bearer $MAESTRO_API_KEY" 'Content-Type: application/json' \
    "Maestro-Agent: $agent" "Maestro-Event-Id: $event" "Maestro-Session: $session" |
    curl -q -sf -m 2 -o /dev/null -K - --data-binary "@$file" "${MAESTRO_API_URL%/}/api/webhooks/hook-event"
}

if post; then
  rm -f "$file"
else
  publish
  flush_unless_read
fi
