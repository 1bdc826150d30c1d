# shellcheck shell=bash
# Shared by the scripts beside it: where things are, how to speak. Sourced, never run.
set -euo pipefail

cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
ROOT=$PWD
LOGS=build/logs
mkdir -p "$LOGS"
export PYTHONNOUSERSITE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

say() { printf '%s\n' "$*"; }

# One line, what and what to do; then out.
fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# A list file without its comments and blank lines.
entries() { sed -e 's/[[:space:]]*#.*//' -e '/^[[:space:]]*$/d' "$1"; }

# Two set-ups at once would trip over each other: the second one waits.
one_at_a_time() {
    mkdir -p build
    exec 9>build/.lock
    flock -w 1800 9 || fail "another 'make' has held build/.lock for half an hour; end it and run 'make' again"
}
