#!/bin/sh
# Codex's events look like Claude Code's, and so do its answers: the same script does, under Codex's name. $1 says which.
maestro_agent=codex
maestro_hooks=${0%/*}/../claude-code
[ -r "$maestro_hooks/$1" ] && . "$maestro_hooks/$1"
exit 0
