#!/usr/bin/env bash
# Proves the set-up from nothing: debootstraps a minimal Debian 12 with only git, make and certificates, clones the
# committed state into it and runs `make demo` and `make test` there. Needs root. KEEP=1 keeps build/bare for a look;
# TARGETS="demo" runs less.
. "$(dirname "$0")/common.sh"

bare=$ROOT/build/bare
log=$LOGS/bare.log
suite=bookworm
: >"$log"

((EUID == 0)) || fail "make test-bare needs root, for debootstrap and chroot; run it as root"
for tool in debootstrap unshare; do
    command -v $tool >/dev/null || .ci/apt.sh debootstrap util-linux
done
unshare --mount --pid --fork true 2>>"$log" ||
    fail "this machine does not let root make a mount namespace, so nothing can be tried in a chroot; run it on a whole machine"

# Debian's address as this machine has it; where it has none, the one debootstrap knows.
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    grep -v '^#' | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n1 | tr -d ' ' || true)

exec 8>build/.lock-bare
flock -n 8 || fail "another 'make test-bare' is at work in this folder; wait for it or end it"

# All mounts live in namespaces of their own, debootstrap's too, and go with them; so removing is safe on any exit.
alone() { unshare --mount --pid --fork --kill-child --propagation private "$@" 8>&-; }
remove() { rm -rf --one-file-system "$bare"; }
[[ ${KEEP:-} == 1 ]] || trap remove EXIT
trap 'exit 130' INT TERM HUP
remove
mkdir -p "$bare"

begun=$SECONDS
say ">> bare: debootstrap $suite (log: $log)"
alone debootstrap --variant=minbase --include=git,make,ca-certificates "$suite" "$bare" ${mirror:+"$mirror"} >>"$log" 2>&1 ||
    fail "debootstrap could not make a bare Debian: $(grep -m1 '^E: ' "$log" || tail -n1 "$log"); check that Debian's archive is reached (log: $log)"
say ">> bare: debootstrap $((SECONDS - begun)) s"

# How this machine reaches apt and pip: its sources, keys and proxies, its pip settings and certificates. Sources
# of other vendors stay out: the proof is of Debian alone.
rm -f "$bare"/etc/apt/sources.list "$bare"/etc/apt/sources.list.d/*
for source in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    if [[ -s $source ]] && grep -qE "^[^#]*\b$suite(-[a-z]+)?\b" "$source" && grep -q '/debian' "$source"; then
        cp "$source" "$bare${source}"
    fi
done
for folder in /etc/apt/apt.conf.d /etc/apt/preferences.d /etc/apt/trusted.gpg.d /etc/apt/keyrings /usr/share/keyrings; do
    [[ ! -d $folder ]] || { mkdir -p "$bare$folder" && cp -aL "$folder/." "$bare$folder/"; }
done
for file in /etc/apt/apt.conf /etc/resolv.conf /etc/hosts; do
    [[ ! -e $file ]] || cp -L "$file" "$bare$file"
done
shared=()
variables=(HOME=/root "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" "TERM=${TERM:-dumb}" CI="${CI:-}")
pip_settings=("${PIP_CONFIG_FILE:-/etc/pip.conf}" /etc/pip.conf "$HOME/.config/pip/pip.conf" "$HOME/.pip/pip.conf")
for file in "${pip_settings[@]}"; do
    [[ ! -f $file ]] || cat "$file" >>"$bare/etc/pip.conf.parts"
done
if [[ -s $bare/etc/pip.conf.parts ]]; then
    # Several files may speak of the same section; the later word counts, as in pip.
    /usr/bin/env python3 - "$bare/etc/pip.conf" "${pip_settings[@]}" <<'PY'
import configparser
import sys

merged = configparser.RawConfigParser(strict=False)
merged.read(sys.argv[2:], encoding="utf-8")
with open(sys.argv[1], "w", encoding="utf-8") as file:
    merged.write(file)
PY
fi
rm -f "$bare/etc/pip.conf.parts"
# Folders on this machine that pip's settings name (wheels, a local index) are shown inside, read-only.
while read -r folder; do
    [[ ${folder##*/} != simple ]] || folder=${folder%/*}
    [[ ! -d $folder ]] || shared+=("$folder")
done < <({ cat "$bare/etc/pip.conf" 2>/dev/null || true; env | grep -E '^PIP_(FIND_LINKS|INDEX_URL|EXTRA_INDEX_URL)=' || true; } |
    grep -oE '(^|[ =])(file://)?/[^ ]+' | sed -E 's/^[ =]*(file:\/\/)?//' | sort -u)
while IFS='=' read -r name value; do
    case $name in
        PIP_CONFIG_FILE) ;;
        *CERT* | *CA_BUNDLE* | *CAINFO*)
            # A certificate bundle of this machine's own goes along under another name, and the variable with it.
            if [[ -f $value ]]; then
                cp -L "$value" "$bare/etc/ssl/outer-ca.crt"
                variables+=("$name=/etc/ssl/outer-ca.crt")
            fi
            ;;
        *) variables+=("$name=$value") ;;
    esac
done < <(env | grep -iE '^(PIP_[A-Z_]+|[a-z]+_proxy|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE)=' || true)
[[ ! -s $bare/etc/ssl/outer-ca.crt || ! -s $bare/etc/pip.conf ]] || sed -i -E 's|^cert *=.*|cert = /etc/ssl/outer-ca.crt|' "$bare/etc/pip.conf"

# The committed state, as anyone would get it.
git clone --quiet --no-hardlinks "$ROOT" "$bare/srv/envzones"

inside() {
    alone bash -c '
        set -euo pipefail
        bare=$1; shift
        mount -t proc proc "$bare/proc"
        mount --rbind /dev "$bare/dev"
        mount -t tmpfs tmpfs "$bare/run"
        while [[ $1 != -- ]]; do
            mkdir -p "$bare$1"
            mount --bind "$1" "$bare$1"
            mount -o remount,bind,ro "$bare$1"
            shift
        done
        shift
        # The first process of a namespace gets no signal it does not ask for, and takes all others along.
        trap "exit 130" INT TERM HUP
        chroot "$bare" /usr/bin/env -i "$@" &
        wait $!
    ' bare "$bare" "${shared[@]}" -- "${variables[@]}" "$@" </dev/null
}

! inside sh -c 'command -v qgis || command -v python3' >>"$log" 2>&1 ||
    fail "the bare Debian already has QGIS or Python, so it proves nothing (log: $log)"
for target in ${TARGETS:-demo test}; do
    begun=$SECONDS
    say ">> bare: make $target"
    inside make --no-print-directory -C /srv/envzones "$target" || fail "'make $target' failed on a bare Debian 12; KEEP=1 keeps it in build/bare"
    say ">> bare: make $target $((SECONDS - begun)) s"
done
