"""KML and KMZ, those of Ovital (ovkml, ovkmz) too: placemarks with their data as columns.

KML is WGS 84 by definition (OGC 12-007r2), but phone map applications in China write GCJ-02 into it; nothing in the
file tells, so it is said.  Documents with a document type are refused: no entity is ever expanded.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat  # nosec B407 - documents with a DOCTYPE are refused before any entity is declared

import numpy as np
import shapely

from ..errors import InputError
from ..progress import SILENT, Progress, report
from . import ogr, text
from .archive import Limits, unpacked
from .model import PLAIN, Declared, Encoding, Foreign, LayerSummary, ReadOptions, Reject, plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGEST = 200 << 20
_DEEPEST = 120
_BLOCK = 1 << 18
_LONGEST_TABLE = 200_000
_ROW, _CELL = re.compile(r"<tr\b", re.IGNORECASE), re.compile(r"<t[dh]\b", re.IGNORECASE)
_CELL_END, _TAG = re.compile(r"</t[dhr]\b", re.IGNORECASE), re.compile(r"<[^<>]*>")
#: What programs write into XML though it must not stand there.
_AMPERSAND = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
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
    data: dict[str, str] = field(default_factory=dict)
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
    from pyproj import CRS

    documents = _documents(path, progress)
    form = "kml" if documents[0][0] == path.name else "kmz"
    foreign = Foreign(path.stem, path, form, gpd.GeoDataFrame(), np.empty(0, dtype=np.int64), 0)
    foreign.declared = Declared(CRS.from_epsg(4326), "WGS 84", "format")
    marks: list[_Mark] = []
    links = 0
    for name, data in documents:
        encoding = _encoding(data)
        foreign.encoding = foreign.encoding or encoding
        links += _parsed(name, data, encoding, marks, options.limit, foreign, progress).links
    rows: list[dict[str, Any]] = []
    shapes: list[Any] = []
    kept: list[int] = []
    closed = 0
    for mark in marks:
        cells = _cells(mark)
        if mark.faults:
            said = "; ".join(dict.fromkeys(mark.faults))[:200]
            foreign.rejects.append(Reject(mark.number, "bad_coordinates", f"坐标无法读取:{said}",
                                          f"coordinates that cannot be read: {said}", plain(cells)))  # fmt: skip
            continue
        shape, turned = _joined(mark.parts, options.lines_as_areas)
        closed += turned
        rows.append(cells)
        shapes.append(shape)
        kept.append(mark.number)
    geometry = np.full(len(shapes), None, dtype=object)
    geometry[:] = shapes
    ogr.placed(foreign, ogr.gathered(rows, ("name",), foreign), geometry, numbers=np.asarray(kept, dtype=np.int64))
    if closed:
        foreign.note("info", "closed_lines", f"{closed} 条闭合线已作为面", f"{closed} closed lines were taken as polygons")
    if links:
        foreign.note("warning", "links", f"有 {links} 个网络链接(NetworkLink)未打开",
                     f"{links} network links lead to other documents, which were not opened")  # fmt: skip
    foreign.note(
        "warning", "may_be_gcj02", "KML 规定为 WGS 84,但国内手机地图导出的常为 GCJ-02(偏移约 500 米),请用参考图层核对",
        "KML is WGS 84 by definition, but phone maps in China often write GCJ-02 (some 500 m off); hold it against a"
        " reference layer",
    )  # fmt: skip
    report(progress, 1.0)
    return foreign


def _parsed(
    name: str, data: bytes, encoding: Encoding, marks: list[_Mark], limit: int | None, foreign: Foreign,
    progress: Progress,
) -> _Parser:  # fmt: skip
    """Parse a document; one against the rules of XML a second time, with what is commonly wrong put right."""
    before = len(marks)
    try:
        return _Parser(marks, limit).feed(data, encoding, progress)
    except _Refused as error:
        raise InputError(f"{name} cannot be read: {error}; export it again from its program.") from error
    except (expat.ExpatError, ValueError) as error:
        first = " ".join(str(error).split())[:200]
        del marks[before:]
        try:
            parser = _Parser(marks, limit).feed(data, encoding, progress, mend=True)
        except (_Refused, expat.ExpatError, ValueError) as error:
            raise InputError(f"{name} is no whole KML ({first}); export it again from its program.") from error
    foreign.note("warning", "xml_mended", f"{name} 不符合 XML 规则({first}),已修正后读取",
                 f"{name} is against the rules of XML ({first}); it was read after mending")  # fmt: skip
    return parser


def _cells(mark: _Mark) -> dict[str, Any]:
    """A placemark's own columns and those of its data, which may be called the same."""
    cells: dict[str, Any] = {**mark.cells, "folder": mark.folder} if mark.folder else dict(mark.cells)
    for key, value in mark.data.items():
        title, n = key, 1
        while title in cells and cells[title] != value:
            title, n = f"{key}_{n}", n + 1
        cells[title] = value
    return cells


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
        self.links = 0
        self._stack: list[str] = []
        self._folders: list[str] = []
        self._mark: _Mark | None = None
        self._text: list[str] = []
        self._key = ""
        self._shells: list[list[NDArray[np.float64]]] = []
        self._inner = False
        self._track: list[str] = []
        self._expat = expat.ParserCreate("utf-8", None)
        self._expat.buffer_text = True
        self._expat.StartDoctypeDeclHandler = self._doctype
        self._expat.EntityDeclHandler = self._doctype
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._text.append

    def feed(self, data: bytes, encoding: Encoding, progress: Progress, *, mend: bool = False) -> _Parser:
        """Parse a document's bytes; `mend` bare ampersands and control characters."""
        # The parser is told UTF-8, whatever the document declares; broken bytes become U+FFFD.
        body = data
        if encoding.name not in ("utf-8", "utf-8-sig") or not encoding.sure:
            body = text.decode(data, encoding).encode("utf-8")
        body = body.lstrip(b"\xef\xbb\xbf \t\r\n")
        if mend:
            body = _CONTROL.sub(b" ", _AMPERSAND.sub(b"&amp;", body))
        for at in range(0, len(body), _BLOCK):
            report(progress, at / len(body))
            self._expat.Parse(body[at : at + _BLOCK], False)
            if self._limit is not None and len(self._marks) >= self._limit:
                del self._marks[self._limit :]
                return self
        self._expat.Parse(b"", True)
        return self

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
            # The outermost is the document itself.
            inside = "/".join(part for part in self._folders[1:] if part)
            self._mark = _Mark(len(self._marks) + 1, inside)
        elif name in ("Data", "SimpleData"):
            self._key = attributes.get("name", "")
        elif name == "Polygon":
            self._shells.append([])
        elif name == "innerBoundaryIs":
            self._inner = True
        elif name == "Track":
            self._track = []
        elif name == "NetworkLink":
            self.links += 1

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
            found = _table(said)
            mark.data.update(found)
            if said and not found:
                mark.cells["description"] = said
        elif (name == "value" and parent == "Data") or name == "SimpleData":
            if self._key and said:
                mark.data[self._key] = said
        elif name in ("when", "begin") and parent in ("TimeStamp", "TimeSpan"):
            mark.cells["time"] = said
        elif name == "coordinates":
            self._coordinates(parent, said, mark)
        elif name == "innerBoundaryIs":
            self._inner = False
        elif name == "Polygon" and self._shells:
            self._polygon(self._shells.pop(), mark)
        elif name == "coord" and parent == "Track":
            self._track += said.split()[:2]
        elif name == "Track" and self._track:
            self._add("LineString", _numbers(self._track), mark)

    def _coordinates(self, parent: str, said: str, mark: _Mark) -> None:
        xy = _tuples(said)
        if not np.isfinite(xy).all():
            mark.faults.append(said[:40])
        elif parent == "LinearRing" and self._shells:
            if self._inner or not self._shells[-1]:
                self._shells[-1].append(xy)
        elif parent in ("Point", "LineString", "LinearRing"):
            self._add("LineString" if parent == "LinearRing" else parent, xy, mark)

    def _add(self, kind: str, xy: NDArray[np.float64], mark: _Mark) -> None:
        if not len(xy):
            return
        if not np.isfinite(xy).all():
            mark.faults.append("a track's coordinates")
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


def _tuples(said: str) -> NDArray[np.float64]:
    """East and north of ``x,y[,z] x,y[,z] …``, (n, 2); NaN alone where that cannot be read."""
    words = said.split()
    if not all("," in word for word in words) or any(word[0] == "," or word[-1] == "," for word in words):
        # Blanks around the commas, too: a number after a number begins a new tuple.
        joined: list[str] = []
        open_ = False
        for word in said.replace(",", " , ").split():
            if (word == "," or open_) and joined:
                joined[-1] += word
            else:
                joined.append(word)
            open_ = word == ","
        words = joined
    pairs = [word.split(",") for word in words]
    if any(not 2 <= len(pair) <= 3 for pair in pairs):
        return np.full((1, 2), np.nan)
    return _numbers([number for pair in pairs for number in pair[:2]])


def _numbers(words: list[str]) -> NDArray[np.float64]:
    """Pairs of numbers, (n, 2); NaN alone where one is none."""
    try:
        return np.array(words, dtype=np.float64).reshape(-1, 2)
    except ValueError:
        return np.full((1, 2), np.nan)


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


def _table(said: str) -> dict[str, str]:
    """Key and value of the two-column HTML table that some programs put into a description."""
    if len(said) > _LONGEST_TABLE or "<td" not in said.lower():
        return {}
    found: dict[str, str] = {}
    for row in _ROW.split(said)[1:]:
        cells = [_words(cell) for cell in _CELL.split(row)[1:]]
        if len(cells) == 2 and cells[0].rstrip(":："):
            found.setdefault(cells[0].rstrip(":："), cells[1])
    return found if any(found.values()) else {}


def _words(cell: str) -> str:
    """The text of a cell, from within its opening tag to its closing one."""
    inside = _CELL_END.split(cell.partition(">")[2], maxsplit=1)[0]
    return " ".join(html.unescape(_TAG.sub(" ", inside)).split())
