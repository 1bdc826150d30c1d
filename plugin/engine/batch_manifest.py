"""What a run over partitions rests on and how far it is: ``manifest.json``, by which it can be taken up again."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .batch_parts import GATHERED, write_text
from .errors import InputError

if TYPE_CHECKING:
    from .batch_sites import Piece

NAME = "manifest.json"
FORMAT = 1
#: What an input is called in a message.
_WORDS = {
    "sites": "the sites", "map": "the map", "dem": "the elevation model", "books": "the rulebooks",
    "facilities": "the facility types", "asked": "what was asked (day, defaults, distances, rows left out)",
    "chunk": "the number of sites in a partition", "kind": "the kind of output",
    "versions": "the versions of the software",
}  # fmt: skip


def digest(value: Any) -> str:
    """Return the SHA-256 of anything made of dataclasses, mappings, sequences and plain values."""
    return hashlib.sha256(json.dumps(_plain(value), ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        # Where a book lies does not matter.
        names = [one.name for one in dataclasses.fields(value) if one.name != "path"]
        return [type(value).__name__, {name: _plain(getattr(value, name)) for name in names}]
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(json.dumps(_plain(one), sort_keys=True, ensure_ascii=False) for one in value)
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, (str, int, float, bool)) else repr(value)


def versions() -> dict[str, str]:
    """Return the versions on which an answer may depend: of the engine and of the libraries that measure."""
    import geopandas
    import numpy
    import pyproj
    import shapely

    return {
        "envzones": _own(), "shapely": shapely.__version__, "geos": shapely.geos_version_string,
        "geopandas": geopandas.__version__, "numpy": numpy.__version__, "pyproj": pyproj.__version__,
        "proj": pyproj.proj_version_str,
    }  # fmt: skip


def _own() -> str:
    text = (Path(__file__).resolve().parents[2] / "metadata.txt").read_text(encoding="utf-8")
    return next(line[8:].strip() for line in text.splitlines() if line.startswith("version="))


class Manifest:
    """The record of a run in its folder; every change is on the disk when a method returns."""

    def __init__(self, folder: Path, said: dict[str, Any]) -> None:
        self.folder = folder
        self.said = said

    @classmethod
    def begin(cls, folder: Path, inputs: Mapping[str, Any], pieces: list[Piece]) -> Manifest:
        """Start a run in a folder, or take one up that has the same inputs.

        Raises
        ------
        InputError
            If the folder holds something else, or a run of other inputs.
        """
        path = folder / NAME
        inputs = json.loads(json.dumps(inputs))
        if path.exists():
            said = read(folder)
            differ = [words for name, words in _WORDS.items() if said["inputs"].get(name) != inputs.get(name)]
            if differ:
                raise InputError(
                    f"{folder} holds partitions of another run ({' and '.join(differ)} differ); give another output, or"
                    " remove the folder to begin anew."
                )
            return cls(folder, said)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(f"{folder} exists and holds no run over partitions; give another output.")
        said = {
            "format": FORMAT, "inputs": inputs, "partitions": len(pieces), "sites": sum(one.count for one in pieces),
            "finished": False, "layers": [], "parts": {},
        }  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        out = cls(folder, said)
        out.save()
        return out

    def save(self) -> None:
        """Write the record."""
        write_text(self.folder / NAME, json.dumps(self.said, ensure_ascii=False, indent=1) + "\n")

    @property
    def finished(self) -> bool:
        """True once everything is there."""
        return bool(self.said["finished"])

    def done(self) -> set[int]:
        """Return the partitions whose files are all there, in their whole length; the record forgets the others."""
        held = self.said["parts"]
        for number in [number for number, part in held.items() if not self._whole(part)]:
            del held[number]
            self.said["finished"] = False
        return {int(number) for number in held}

    def _whole(self, part: Mapping[str, Any]) -> bool:
        for name, size in part["files"].items():
            path = self.folder / name
            if self.finished and name.startswith(f"{GATHERED}/"):
                continue
            if not path.is_file() or path.stat().st_size != size:
                return False
        return True

    def add(self, number: int, part: dict[str, Any]) -> None:
        """Record a partition as finished."""
        layers = {mark["layer"]: mark for mark in (*self.said["layers"], *part.pop("layers"))}
        self.said["layers"] = [layers[name] for name in sorted(layers)]
        self.said["parts"][str(number)] = part
        self.save()

    def parts(self) -> list[dict[str, Any]]:
        """Return what is recorded of every partition, in order."""
        return [self.said["parts"][number] for number in sorted(self.said["parts"], key=int)]

    def finish(self, **more: Any) -> None:
        """Record that everything is there."""
        self.said.update(more, finished=True)
        self.save()


def read(folder: Path) -> dict[str, Any]:
    """Return the record of a run.

    Raises
    ------
    InputError
        If it cannot be read or is of another version.
    """
    path = folder / NAME
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        known = said["format"] == FORMAT and isinstance(said["parts"], dict) and isinstance(said["inputs"], dict)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} cannot be read; remove the folder to begin anew.") from error
    if not known:
        raise InputError(f"{path} is of another version of EnvZones; remove the folder to begin anew.")
    return said
