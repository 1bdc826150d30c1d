#!/usr/bin/env bash
# Installs what is missing of the Debian packages in a list (.ci/apt.txt, or the names given).
# Asks dpkg first, so a machine that has everything needs no root and no network.
. "$(dirname "$0")/common.sh"
log=$LOGS/apt.log

if (($#)); then packages=("$@"); else mapfile -t packages < <(entries .ci/apt.txt); fi
command -v dpkg-query apt-get >/dev/null ||
    fail "set-up needs Debian's apt-get, which is not here; on another system see 'Install' in README.md"

missing_now() {
    local package
    for package in "${packages[@]}"; do
        [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || printf '%s\n' "$package"
    done
}

mapfile -t missing < <(missing_now)
((${#missing[@]})) || exit 0

as_root=()
if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "missing Debian packages: ${missing[*]}; as root run: apt-get install ${missing[*]}"
    as_root=(sudo)
fi
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)

say "installing ${#missing[@]} Debian packages (log: $log)"
: >"$log"
# An earlier run that was interrupted may have left dpkg half way.
[[ -z $(dpkg --audit 2>/dev/null) ]] || "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive dpkg --configure -a >>"$log" 2>&1 || true
# A broken third-party source must not stop what the other sources can give: install decides.
"${apt[@]}" update >>"$log" 2>&1 || say "apt-get update complained; trying to install all the same" >>"$log"
# PostgreSQL's package would make a database and start a server, which nothing here needs.
if [[ " ${missing[*]}" == *" postgresql-"* ]]; then
    no_server=/etc/postgresql-common/createcluster.d/envzones.conf
    trap '"${as_root[@]}" rm -f "$no_server"' EXIT
    "${as_root[@]}" mkdir -p "${no_server%/*}"
    "${as_root[@]}" tee "$no_server" >>"$log" <<<"create_main_cluster = false"
fi
if ! "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null >>"$log" 2>&1; then
    mapfile -t left < <(missing_now)
    reason=$(grep -m1 '^E: ' "$log" || tail -n1 "$log")
    # Name the package apt tripped over, when it says so; else the first that is still missing.
    culprit=$(sed -nE "s/^E: (Unable to locate package |Package '|Failed to fetch .*\/)([a-z0-9][a-z0-9.+-]*).*/\2/p" "$log" | head -n1)
    fail "apt could not install ${culprit:-${left[0]:-its packages}}: ${reason#E: }; run 'apt-get update' as root and 'make setup' again (log: $log)"
fi
mapfile -t left < <(missing_now)
((${#left[@]} == 0)) || fail "apt reported success but did not install ${left[*]}; run 'apt-get install ${left[*]}' as root (log: $log)"
