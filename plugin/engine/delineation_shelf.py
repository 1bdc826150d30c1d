"""Which presets there are, by title alone: a dialog may ask when QGIS starts, before any geometry library is loaded."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from .errors import InputError
from .yaml_source import YamlSource

SHIPPED = Path(__file__).resolve().parents[2] / "resources" / "delineation_presets.yaml"


def preset_titles(verb: str, path: str | Path | None = None) -> list[tuple[str, str, str]]:
    """Return (id, zh, en) of the presets for a verb, in the file's order.

    A file that cannot be read has none here; what is wrong with it is said when one of its presets is used.
    """
    file = Path(path) if path else SHIPPED
    try:
        data = _read(file, file.stat().st_mtime_ns)
    except (InputError, OSError):
        return []
    found = data.get("presets") if isinstance(data, dict) else None
    if not isinstance(found, dict):
        return []
    return [
        (str(name), str(one.get("zh", name)), str(one.get("en", name)))
        for name, one in found.items() if isinstance(one, dict) and one.get("verb") == verb
    ]  # fmt: skip


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> Any:
    """Read the file once for all verbs, and again once it was changed."""
    return YamlSource(path, "Presets file").data
