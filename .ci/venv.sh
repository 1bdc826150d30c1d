#!/usr/bin/env bash
# Makes .venv (QGIS's Python) or .venv-engine (everything new, no QGIS), or accepts the one that is there.
#   .ci/venv.sh qgis|engine
# An environment that was interrupted half way carries a mark and is made anew; a whole one that lacks
# something from the list gets just that.
. "$(dirname "$0")/common.sh"
one_at_a_time

kind=${1:?qgis or engine}
case $kind in
    qgis) venv=.venv options=(--system-site-packages) ;;
    engine) venv=.venv-engine options=() ;;
    *) fail "venv.sh: $kind is neither qgis nor engine" ;;
esac
list=.ci/requirements-$kind.txt
log=$LOGS/venv-$kind.log
mark=$venv/.half-made
: >"$log"

# pip with its noise in the log; on failure one line that names the package.
pip_install() {
    local what=$1
    shift
    if ! "$venv/bin/python" -m pip install --quiet "$@" </dev/null >>"$log" 2>&1; then
        local error culprit
        # pip undid what it began: what is here is whole, if not enough.
        rm -f "$mark"
        error=$(grep -E '^ *(ERROR|error): ' "$log" | grep -v 'subprocess-exited' | tail -n1 | sed -E 's/^ *(ERROR|error): *//')
        culprit=$(sed -nE 's/.*(satisfies the requirement|distribution found for|build wheel for|build wheels for|install build dependencies for) ([A-Za-z0-9_.-]+).*/\2/p' "$log" | tail -n1)
        fail "pip could not install ${culprit:-$what}: ${error:-see the log}; check that the package index is reached and run 'make setup' again (log: $log)"
    fi
}

# A venv's scripts name the folder it was made in: after that was moved or copied they would go elsewhere.
usable() {
    [[ -x $venv/bin/python && ! -e $mark ]] && grep -qF "$ROOT/$venv" "$venv/bin/activate" &&
        "$venv/bin/python" -m pip --version >>"$log" 2>&1
}

if ! usable; then
    say "making $venv (log: $log)"
    rm -rf "$venv"
    mkdir -p "$venv"
    touch "$mark"
    # The system's own interpreter: QGIS runs on that one, whatever else is first in PATH.
    /usr/bin/python3 -m venv "${options[@]}" "$venv" >>"$log" 2>&1 ||
        fail "python3 could not make $venv; install python3-venv and run 'make setup' again (log: $log)"
fi

lacking=$("$venv/bin/python" .ci/lacking.py "$list" "$venv")
if [[ -n $lacking ]]; then
    touch "$mark"
    rest=()
    while read -r requirement; do
        case $kind:$requirement in
            # Debian's geopandas and shapely are too old; the wheel of shapely brings a GEOS that clashes with
            # QGIS's inside its process: built from source it uses the system's.
            qgis:shapely*) pip_install shapely --no-deps --ignore-installed --no-binary shapely "$requirement" ;;
            qgis:geopandas*) pip_install geopandas --no-deps --ignore-installed "$requirement" ;;
            *) rest+=("$requirement") ;;
        esac
    done <<<"$lacking"
    ((${#rest[@]} == 0)) || pip_install "${rest[0]}" "${rest[@]}"
    lacking=$("$venv/bin/python" .ci/lacking.py "$list" "$venv")
    [[ -z $lacking ]] || fail "pip reported success but $venv still lacks ${lacking//$'\n'/, }; delete $venv and run 'make setup' again"
fi

# The package itself, in place: `envzones` maps to this folder, and bin/envzones is its command line.
if ! (cd / && "$ROOT/$venv/bin/python" "$ROOT/.ci/lacking.py" --package "$ROOT") >>"$log" 2>&1 || [[ pyproject.toml -nt $venv/bin/envzones ]]; then
    touch "$mark"
    pip_install envzones --no-deps --no-build-isolation --editable .
fi

if [[ $kind == engine ]]; then
    ! "$venv/bin/python" -c 'import qgis' 2>/dev/null || fail "$venv can import qgis, so it proves nothing; delete it and run 'make setup' again"
else
    PROJ_DATA=/usr/share/proj "$venv/bin/python" -c 'import qgis.core, shapely, geopandas' >>"$log" 2>&1 ||
        fail "$venv cannot import qgis.core, shapely and geopandas together; see $log"
fi
rm -f "$mark"
