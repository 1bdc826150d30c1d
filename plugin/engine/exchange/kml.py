"""KML and KMZ, those of Ovital (ovkml, ovkmz) too: placemarks with their data as columns.

KML is WGS 84 by definition (OGC 12-007r2), but phone map applications in China write GCJ-02 into it; nothing in the file
tells, so it is said.  Documents with a document type are refused: no entity is ever expanded.
"""

from __future__ import annotations

import html.parser
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat  # nosec B407 - documents with a DOCTYPE are refused before any entity is declared

import numpy as np
import shapely

from ..errors import InputError
from ..progress import SILENT, Progress, report
from . import text
from .archive import Limits, unpacked
from .model import PLAIN, Declared, Encoding, Foreign, LayerSummary, ReadOptions, Reject

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGEST = 512 << 20
_DEEPEST = 120
_BLOCK = 1 << 18
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_TUPLE = re.compile(rf"({_NUMBER})\s*,\s*({_NUMBER})(?:\s*,\s*{_NUMBER})?")
_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9_\-.:]+)[\"'][^>]*\?>")
_MULTI = {"Point": shapely.multipoints, "LineString": shapely.multilinestrings, "Polygon": shapely.multipolygons}


class _Refused(Exception):
    """What makes a document unreadable, in words."""


@dataclass
class _Mark:
    """A placemark being read."""

    number: int
    folder: str
    cells: dict[str, str] = field(default_factory=dict)
    parts: list[Any] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def layers(path: Path, options: ReadOptions = PLAIN) -> list[LayerSummary]:
    """List the one layer of all placemarks."""
    found = read(path, options)
    return [LayerSummary(found.name, "Geometry", found.count)]


def read(path: Path, options: ReadOptions = PLAIN, *, progress: Progress = SILENT) -> Foreign:
    """Read all placemarks of a KML or KMZ.

    Returns
    -------
    Foreign
        Columns ``name``, ``folder``, ``description``, ``time`` and the document's own data; a closed line is a polygon
        if the options say so.

    Raises
    ------
    InputError
        If it is no XML, has a document type, or is too large or too deep.
    """
    import geopandas as gpd
    import pandas as pd
    from pyproj import CRS

    foreign = Foreign(path.stem, path, "kml", gpd.GeoDataFrame(), np.empty(0, dtype=np.int64), 0)
    foreign.declared = Declared(CRS.from_epsg(4326), "WGS 84", "format")
    marks: list[_Mark] = []
    for name, data in _documents(path, progress):
        encoding, parser = _encoding(data), _Parser(marks, options.limit)
        foreign.encoding = foreign.encoding or encoding
        try:
            parser.feed(data, encoding, progress)
        except (_Refused, expat.ExpatError, ValueError) as error:
            raise InputError(f"{name} is no KML that can be read: {error}; export it again from its program.") from error
    rows: list[dict[str, Any]] = []
    shapes: list[Any] = []
    numbers: list[int] = []
    closed = 0
    for mark in marks:
        if mark.faults:
            said = "; ".join(dict.fromkeys(mark.faults))
            foreign.rejects.append(Reject(mark.number, "bad_coordinates", f"坐标无法读取:{said}",
                                          f"coordinates that cannot be read: {said}", dict(mark.cells)))  # fmt: skip
            continue
        shape, turned = _joined(mark.parts, options.lines_as_areas)
        closed += turned
        rows.append({"name": None, **mark.cells, "folder": mark.folder or None})
        shapes.append(shape)
        numbers.append(mark.number)
    frame = pd.DataFrame(rows, index=pd.RangeIndex(len(rows)), dtype=object) if rows else pd.DataFrame({"name": []})
    frame = frame.drop(columns="geometry", errors="ignore").astype(object).where(lambda f: f.notna(), None)
    geometry = np.full(len(shapes), None, dtype=object)
    geometry[:] = shapes
    foreign.frame = gpd.GeoDataFrame(frame, geometry=list(geometry), crs=foreign.declared.crs)
    foreign.rows = np.asarray(numbers, dtype=np.int64)
    foreign.count = len(frame) + len(foreign.rejects)
    if closed:
        foreign.note("info", "closed_lines", f"{closed} 条闭合线已作为面", f"{closed} closed lines were taken as polygons")
    foreign.note(
        "warning", "may_be_gcj02", "KML 规定为 WGS 84,但国内手机地图导出的常为 GCJ-02(偏移约 500 米),请用参考图层核对",
        "KML is WGS 84 by definition, but phone maps in China often write GCJ-02 (some 500 m off); hold it against a"
        " reference layer",
    )  # fmt: skip
    report(progress, 1.0)
    return foreign


def _documents(path: Path, progress: Progress) -> list[tuple[str, bytes]]:
    """The KML documents of a file: itself, or those in a KMZ, doc.kml first."""
    with path.open("rb") as stream:
        head = stream.read(4)
    if head[:2] != b"PK":
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path.name} is larger than {_LARGEST >> 20} MB; split it and give the parts.")
        return [(path.name, path.read_bytes())]
    with unpacked(path, limits=Limits(size=_LARGEST, members=2000, depth=1), progress=progress) as folder:
        found = sorted(
            (one for one in folder.rglob("*") if one.suffix.lower() in (".kml", ".ovkml")),
            key=lambda one: (one.name.lower() != "doc.kml", one.as_posix()),
        )
        if not found:
            raise InputError(f"{path.name} holds no KML document; export it again from its program.")
        return [(f"{path.name}/{one.relative_to(folder).as_posix()}", one.read_bytes()) for one in found]


def _encoding(data: bytes) -> Encoding:
    said = _DECLARATION.match(data[:512].lstrip(b"\xef\xbb\xbf"))
    return text.detect(data, declared=said[1].decode("ascii") if said else None)


class _Parser:
    """Turns the events of one document into placemarks."""

    def __init__(self, marks: list[_Mark], limit: int | None) -> None:
        self._marks, self._limit = marks, limit
        self._stack: list[str] = []
        self._folders: list[str] = []
        self._mark: _Mark | None = None
        self._text: list[str] = []
        self._key = ""
        self._shells: list[list[NDArray[np.float64]]] = []
        self._inner = False
        self._track: list[tuple[float, float]] = []
        self._expat = expat.ParserCreate("utf-8", None)
        self._expat.buffer_text = True
        self._expat.StartDoctypeDeclHandler = self._doctype
        self._expat.EntityDeclHandler = self._doctype
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._text.append

    def feed(self, data: bytes, encoding: Encoding, progress: Progress) -> None:
        """Parse a document's bytes."""
        said = _DECLARATION.sub(b"", data.lstrip(b"\xef\xbb\xbf")) if encoding.name.startswith("utf-8") else None
        body = said if said is not None else _DECLARATION.sub(b"", text.decode(data, encoding).encode("utf-8"))
        # A document in another encoding than it declares is put right; broken bytes become U+FFFD.
        if encoding.name.startswith("utf-8") and not encoding.sure:
            body = body.decode("utf-8", "replace").encode("utf-8")
        for at in range(0, len(body), _BLOCK):
            report(progress, at / len(body))
            self._expat.Parse(body[at : at + _BLOCK], False)
            if self._limit is not None and len(self._marks) >= self._limit:
                del self._marks[self._limit :]
                return
        self._expat.Parse(b"", True)

    def _doctype(self, *_: Any) -> None:
        raise _Refused("it has a document type, which may hide harmful entities")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        self._stack.append(name)
        if len(self._stack) > _DEEPEST:
            raise _Refused("its elements are nested too deeply")
        self._text.clear()
        if name in ("Folder", "Document"):
            self._folders.append("")
        elif name == "Placemark":
            inside = "/".join(part for part in self._folders if part)
            self._mark = _Mark(len(self._marks) + 1, inside)
        elif name in ("Data", "SimpleData"):
            self._key = attributes.get("name", "")
        elif name == "Polygon":
            self._shells.append([])
        elif name == "innerBoundaryIs":
            self._inner = True
        elif name == "Track":
            self._track = []

    def _end(self, tag: str) -> None:
        name, mark = self._stack.pop(), self._mark
        said = "".join(self._text).strip()
        self._text.clear()
        parent = self._stack[-1] if self._stack else ""
        if name in ("Folder", "Document") and self._folders:
            self._folders.pop()
        elif name == "name" and parent in ("Folder", "Document") and self._folders:
            self._folders[-1] = said
        elif name == "Placemark" and mark is not None:
            self._marks.append(mark)
            self._mark, self._shells, self._inner = None, [], False
        elif mark is not None:
            self._inside(name, parent, said, mark)

    def _inside(self, name: str, parent: str, said: str, mark: _Mark) -> None:
        if name == "name" and parent == "Placemark":
            mark.cells["name"] = said
        elif name == "description" and parent == "Placemark":
            mark.cells.update(_table(said) or ({"description": said} if said else {}))
        elif (name == "value" and parent == "Data") or name == "SimpleData":
            if self._key and said:
                mark.cells[self._key] = said
        elif name in ("when", "begin") and parent in ("TimeStamp", "TimeSpan"):
            mark.cells["time"] = said
        elif name == "coordinates":
            self._coordinates(parent, said, mark)
        elif name == "innerBoundaryIs":
            self._inner = False
        elif name == "Polygon" and self._shells:
            self._polygon(self._shells.pop(), mark)
        elif name == "coord" and parent == "Track":
            numbers = said.split()
            if len(numbers) >= 2:
                self._track.append((_float(numbers[0]), _float(numbers[1])))
        elif name == "Track" and self._track:
            self._add("LineString", np.array(self._track), mark)

    def _coordinates(self, parent: str, said: str, mark: _Mark) -> None:
        found = _TUPLE.findall(said)
        if said and not found:
            mark.faults.append(said[:40])
            return
        xy = np.array(found, dtype=float).reshape(-1, 2)
        if len(xy) and not np.isfinite(xy).all():
            mark.faults.append("not finite")
        elif parent == "LinearRing" and self._shells:
            if self._inner or not self._shells[-1]:
                self._shells[-1].append(xy)
        elif parent in ("Point", "LineString", "LinearRing"):
            self._add("LineString" if parent == "LinearRing" else parent, xy, mark)

    def _add(self, kind: str, xy: NDArray[np.float64], mark: _Mark) -> None:
        if not len(xy):
            return
        if not np.isfinite(xy).all():
            mark.faults.append("not finite")
        elif kind == "Point":
            mark.parts.append(shapely.Point(xy[0]))
        elif len(xy) < 2:
            mark.faults.append("a line of one point")
        else:
            mark.parts.append(shapely.LineString(xy))

    def _polygon(self, rings: list[NDArray[np.float64]], mark: _Mark) -> None:
        if not rings or not len(rings[0]):
            return
        made = []
        for ring in rings:
            if len(ring) and (ring[0] != ring[-1]).any():
                ring = np.vstack([ring, ring[:1]])
            if len(ring) < 4:
                mark.faults.append("a boundary of fewer than three points")
                return
            made.append(ring)
        mark.parts.append(shapely.Polygon(made[0], made[1:]))


def _float(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return float("nan")


def _joined(parts: list[Any], lines_as_areas: bool) -> tuple[Any, int]:
    """Parts as one geometry, and how many closed lines became polygons."""
    turned = 0
    if lines_as_areas:
        for k, one in enumerate(parts):
            if one.geom_type == "LineString" and one.is_closed and len(one.coords) >= 4:
                parts[k], turned = shapely.Polygon(one), turned + 1
    if len(parts) <= 1:
        return (parts[0] if parts else None), turned
    kinds = {part.geom_type for part in parts}
    if len(kinds) == 1:
        return _MULTI[kinds.pop()](parts), turned
    return shapely.geometrycollections(parts), turned


class _Cells(html.parser.HTMLParser):
    """Collects the cells of HTML tables, row by row."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:  # noqa: ARG002 - the signature is html.parser's
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def _table(said: str) -> dict[str, str]:
    """Key and value of the two-column HTML table that some programs put into a description."""
    if "<td" not in said.lower():
        return {}
    cells = _Cells()
    cells.feed(said)
    pairs = [(row[0].strip().rstrip(":："), row[1].strip()) for row in cells.rows if len(row) == 2]
    return {key: value for key, value in pairs if key and value}
