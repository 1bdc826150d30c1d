"""Which rulebooks there are.  Only the line of each id is read, so that a dialog may ask when QGIS starts."""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import InputError

#: The rulebooks that come with EnvZones.
SHIPPED = Path(__file__).resolve().parents[3] / "resources" / "rulebooks"


def available(user_dir: str | Path | None = None) -> dict[str, Path]:
    """Return id -> file of every rulebook; a user's book takes the place of ours with the same id.

    The id is read from the file's ``id:`` line, so that a copy may have any name.

    Raises
    ------
    InputError
        If two files of the user's folder have one id.
    """
    found = {path.stem: path for path in sorted(SHIPPED.glob("*.yaml"))}
    own: dict[str, Path] = {}
    if user_dir and Path(user_dir).is_dir():
        for path in sorted(Path(user_dir).glob("*.yaml")):
            name = id_of(path)
            if name in own:
                raise InputError(
                    f"{path.name} and {own[name].name} in {user_dir} both have the id '{name}'; rename one of them."
                )
            own[name] = path
    return {**found, **own}


def id_of(path: Path) -> str:
    """Return the id that a rulebook file states, or its name where it states none (loading it says what is wrong)."""
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for line in lines:
                match = re.match(r"id:\s*[\"']?([A-Za-z0-9._-]+)", line)
                if match:
                    return match[1]
    except (OSError, UnicodeDecodeError):
        return path.stem
    return path.stem
