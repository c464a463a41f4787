#!/bin/sh
# PermissionRequest, Notification: the agent needs a person. Only tells; deciding is left to the agent's own prompt.
here=${maestro_hooks:-${0%/*}}
[ -r "$here/core.sh" ] && . "$here/core.sh" && record
exit 0
