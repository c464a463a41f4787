#!/bin/sh
# PreToolUse, PostToolUse, PostToolUseFailure: these the agent waits for at every tool call.
here=${maestro_hooks:-${0%/*}}
[ -r "$here/core.sh" ] && . "$here/core.sh" && record soon
exit 0
