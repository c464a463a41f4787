#!/bin/sh
# Gemini CLI wants JSON or nothing as an answer, as Claude Code does: the same script does, under its name. $1 says which.
maestro_agent=gemini
maestro_hooks=${0%/*}/../claude-code
[ -r "$maestro_hooks/$1" ] && . "$maestro_hooks/$1"
exit 0
