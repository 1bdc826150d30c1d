"""GeoJSON feature by feature: with the CRS that its older form names, or WGS 84 by definition, whole or cut off.

Sources: RFC 7946 (WGS 84, longitude first); "The GeoJSON Format Specification" of 2008, clause 3 (member ``crs``).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from ..errors import InputError
from ..progress import SILENT, Progress, report
from . import ogr, text
from .model import PLAIN, Declared, Foreign, LayerSummary, ReadOptions, Reject, plain

_LARGEST = 256 << 20
_STEP = 2000
_BLANK = re.compile(r"[ \t\r\n\x1e]*")
#: What parsing one value may raise, and making a shape of it.
_NO_JSON = (ValueError, RecursionError)
_NO_SHAPE = (
    ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, NotImplementedError, OverflowError,
    shapely.errors.ShapelyError,
)  # fmt: skip
_DATUMS = ((re.compile("GCJ", re.IGNORECASE), "gcj02"), (re.compile("BD[-_ ]?09", re.IGNORECASE), "bd09"))


def layers(path: Path, options: ReadOptions = PLAIN) -> list[LayerSummary]:
    """List the one layer."""
    del options
    return [LayerSummary(path.stem, "Geometry")]


def read(path: Path, options: ReadOptions = PLAIN, *, progress: Progress = SILENT) -> Foreign:
    """Read a collection, one feature, a bare geometry, or features line by line.

    Of a document that ends too early the whole features are read, which is noted.

    Raises
    ------
    InputError
        If it is no GeoJSON, or too large.
    """
    import geopandas as gpd

    if path.stat().st_size > _LARGEST:
        raise InputError(
            f"{path.name} is larger than {_LARGEST >> 20} MB; turn it into a GeoPackage first"
            f" (ogr2ogr out.gpkg in.geojson)."
        )
    foreign = Foreign(path.stem, path, "geojson", gpd.GeoDataFrame(), np.empty(0, dtype=np.int64), 0)
    words = _decoded(path, options, foreign)
    report(progress, 0.1, path.name)
    document = _Document(words)
    rows: list[dict[str, Any]] = []
    shapes: list[Any] = []
    kept: list[int] = []
    number = 0
    for feature in document.features(path):
        if options.limit is not None and number >= options.limit:
            break
        if number % _STEP == 0:
            report(progress, 0.1 + 0.8 * document.at / len(words), path.name)
        number += 1
        cells = _properties(feature)
        try:
            shapes.append(_shape(feature))
        except _NO_SHAPE as error:
            said = " ".join(str(error).split())[:80] or type(error).__name__
            foreign.rejects.append(Reject(number, "bad_geometry", f"图形无法读取({said})",
                                          f"a geometry that cannot be read ({said})", plain(cells)))  # fmt: skip
            continue
        rows.append(cells)
        kept.append(number)
    _notes(document, number, path, foreign)
    foreign.declared = _declared(document.members)
    geometry = np.full(len(shapes), None, dtype=object)
    geometry[:] = shapes
    ogr.placed(foreign, ogr.gathered(rows, (), foreign), geometry, numbers=np.asarray(kept, dtype=np.int64))
    ogr.tell_destroyed(foreign)
    report(progress, 1.0)
    return foreign


def _decoded(path: Path, options: ReadOptions, foreign: Foreign) -> str:
    data = path.read_bytes()
    encoding = text.detect(data, declared=options.encoding)
    foreign.encoding = encoding
    if encoding.name not in ("utf-8", "utf-8-sig"):
        foreign.note("warning", "not_utf8", f"GeoJSON 应为 UTF-8,此文件为 {encoding.name}",
                     f"GeoJSON has to be UTF-8; this file is {encoding.name}")  # fmt: skip
    return text.decode(data, encoding)


def _notes(document: _Document, count: int, path: Path, foreign: Foreign) -> None:
    if document.broken:
        foreign.note("error", "cut_off", f"{path.name} 不完整({document.broken}),只读到 {count} 个要素,请重新索取",
                     f"{path.name} is not whole ({document.broken}); {count} features were read; ask for it"
                     f" again")  # fmt: skip


class _Document:
    """A document that is read from its beginning to its end, its features one by one.

    `members` are those of the outermost object, features left out; `broken` says where a document ends too early.
    """

    def __init__(self, words: str) -> None:
        self.words = words
        self.at = 0
        self.members: dict[str, Any] = {}
        self.broken = ""
        self._decoder = json.JSONDecoder()

    def features(self, path: Path) -> Iterator[Any]:
        """Yield the features.

        Raises
        ------
        InputError
            If there is none and never was.
        """
        found = False
        try:
            for feature in self._all():
                found = True
                yield feature
        except _NO_JSON as error:
            place = self.words.count("\n", 0, self.at) + 1
            self.broken = f"line {place}"
            if not found:
                raise InputError(
                    f"{path.name} is no whole JSON (line {place}); it may be cut off, ask for it to be sent again."
                ) from error
        if not found and "features" not in self.members:
            what = "ArcGIS JSON; export it as GeoJSON" if "geometryType" in self.members else "JSON but no GeoJSON"
            raise InputError(f"{path.name} is {what} (it has no features); ask for it as GeoJSON.")

    def _all(self) -> Iterator[Any]:
        while self._next() != "":
            before = self.at
            if self._next() != "{":
                raise ValueError("no object")
            whole = True
            for feature in self._object():
                whole = False
                yield feature
            kind = self.members.get("type")
            if whole and kind == "Feature" or (whole and isinstance(kind, str) and "features" not in self.members):
                # Features line by line, one feature, or a bare geometry.
                self.at = before
                one = self._value()
                if kind == "Feature":
                    yield one
                elif "coordinates" in one or "geometries" in one:
                    yield {"geometry": one}

    def _object(self) -> Iterator[Any]:
        """Go through the outermost object; yield the features of a collection."""
        self.members = {}
        self.at += 1
        while self._next() != "}":
            key = self._value()
            if not isinstance(key, str) or self._next() != ":":
                raise ValueError("no member")
            self.at += 1
            if key == "features" and self._next() == "[":
                self.members[key] = None
                yield from self._array()
            else:
                value = self._value()
                # Coordinates of a bare geometry are parsed again, with it.
                if key != "features":
                    self.members[key] = value if key in ("type", "crs", "geometryType") else None
            if self._next() == ",":
                self.at += 1
            elif self._next() != "}":
                raise ValueError("an object that does not end")
        self.at += 1

    def _array(self) -> Iterator[Any]:
        self.at += 1
        while self._next() != "]":
            yield self._value()
            if self._next() == ",":
                self.at += 1
            elif self._next() != "]":
                raise ValueError("an array that does not end")
        self.at += 1

    def _next(self) -> str:
        """Return the next character that is none of the blanks, "" at the end."""
        match = _BLANK.match(self.words, self.at)
        self.at = match.end() if match else self.at
        return self.words[self.at : self.at + 1]

    def _value(self) -> Any:
        self._next()
        value, self.at = self._decoder.raw_decode(self.words, self.at)
        return value


def _properties(feature: Any) -> dict[str, Any]:
    cells = feature.get("properties") if isinstance(feature, dict) else None
    found = {_clean(str(key)): _cell(value) for key, value in cells.items()} if isinstance(cells, dict) else {}
    name = feature.get("id") if isinstance(feature, dict) else None
    return found if name is None or "id" in found else {"id": _cell(name), **found}


def _shape(feature: Any) -> Any:
    from shapely.geometry import shape

    if not isinstance(feature, dict):
        raise TypeError("no feature")
    geometry = feature.get("geometry")
    if geometry is None:
        return None
    with np.errstate(all="ignore"):
        made = shape(geometry)
    return None if made.is_empty else made


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, (dict, list)):
        return _clean(json.dumps(value, ensure_ascii=False))
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 1 << 63:
        return str(value)
    return value


def _clean(said: str) -> str:
    r"""Text without what JSON can say and no file can hold: halves of characters (``\ud800``), and zeros."""
    if said.isascii():
        return said.replace("\0", "")
    return said.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _declared(members: dict[str, Any]) -> Declared | None:
    """The CRS that GeoJSON of 2008 names; without the member it is WGS 84, with null nobody knows."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    if "crs" not in members:
        return Declared(CRS.from_epsg(4326), "WGS 84 (RFC 7946)", "format")
    member = members["crs"]
    named = member.get("properties") if isinstance(member, dict) else None
    named = named if isinstance(named, dict) else {}
    said = named.get("name") or named.get("code") or named.get("href")
    if not said:
        return None
    words = f"EPSG:{said}" if isinstance(said, int) or str(said).isdigit() else _clean(str(said))[:2000]
    datum = next((name for mark, name in _DATUMS if mark.search(words)), "")
    try:
        if datum or "href" in named:
            raise CRSError("named, not defined")
        return Declared(ogr.identified(CRS.from_user_input(words)), words[:200], "crs member")
    except CRSError:
        return Declared(None, words[:200], "crs member", datum)
