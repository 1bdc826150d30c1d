#!/usr/bin/env bash
# A QGIS profile of the project's own (build/profile), with this checkout linked in as the plugin `envzones`.
# The user's own profile is never touched.
. "$(dirname "$0")/common.sh"
one_at_a_time

profile=build/profile/profiles/default
mkdir -p "$profile/python/plugins" "$profile/QGIS"
ln -sfn "$ROOT" "$profile/python/plugins/envzones"
ini=$profile/QGIS/QGIS3.ini
/usr/bin/python3 - "$ini" <<'PY'
import configparser
import os
import sys
from pathlib import Path

path = Path(sys.argv[1])
ini = configparser.RawConfigParser(strict=False)
ini.optionxform = str  # QSettings keeps upper and lower case apart
if path.exists():
    ini.read(path, encoding="utf-8")
wanted = {
    "PythonPlugins": {"envzones": "true", "processing": "true"},
    "qgis": {"checkVersion": "false", "newsFeed\\enabled": "false", "showTips322": "false"},
    "app": {},
}
for section, values in wanted.items():
    if not values:
        continue
    if not ini.has_section(section):
        ini.add_section(section)
    for key, value in values.items():
        ini.set(section, key, value)
half = path.with_suffix(".half")
with half.open("w", encoding="utf-8") as file:
    ini.write(file, space_around_delimiters=False)
os.replace(half, path)
PY
