"""Tell what an environment lacks: one requirement a line, nothing when it is whole.

lacking.py LIST VENV       requirements of LIST that the running interpreter does not meet
lacking.py --package ROOT  exit 1 unless `envzones` is installed in place from ROOT, with its command
"""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path

_PIN = re.compile(r"^([A-Za-z0-9_.-]+)\s*(==|>=)\s*([0-9][0-9a-zA-Z.]*)$")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def lacking(list_file: Path, venv: Path) -> list[str]:
    """Requirements of a list (``name==version`` or ``name>=version``) that are not met here."""
    found = []
    for line in list_file.read_text(encoding="utf-8").splitlines():
        requirement = line.split("#")[0].strip()
        if not requirement:
            continue
        match = _PIN.match(requirement)
        if match is None:
            raise SystemExit(f"{list_file}: '{requirement}' is not name==version or name>=version")
        name, operator, wanted = match.groups()
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            found.append(requirement)
            continue
        met = installed == wanted if operator == "==" else _numbers(installed) >= _numbers(wanted)
        # The wheel of shapely keeps its own GEOS in shapely.libs; with QGIS's Python it must not.
        if name == "shapely" and "qgis" in list_file.name:
            met = met and not list(venv.glob("lib/python3*/site-packages/[sS]hapely.libs"))
        if not met:
            found.append(requirement)
    return found


def package_in_place(root: Path) -> bool:
    """Whether `envzones` is installed here and its code is the checkout at root."""
    try:
        metadata.version("envzones")
    except metadata.PackageNotFoundError:
        return False
    import envzones

    here = Path(next(iter(envzones.__path__))).resolve()
    return here == root.resolve() and (Path(sys.executable).parent / "envzones").exists()


if __name__ == "__main__":
    if sys.argv[1] == "--package":
        raise SystemExit(0 if package_in_place(Path(sys.argv[2])) else 1)
    print("\n".join(lacking(Path(sys.argv[1]), Path(sys.argv[2]))))
