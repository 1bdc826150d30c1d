"""Where candidate sites come from: layers, files, pasted coordinates, what is drawn on the map.

Nothing here touches a widget, and nothing is guessed: what coordinates are in is told by the file where that is
certain, else by the user.  What says so may run in a worker thread.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import paths
from ..engine.errors import InputError
from ..engine.progress import SILENT, Progress, part, report
from .candidates import MOST, Candidate, Profile
from .import_source import Ground, look

if TYPE_CHECKING:
    import geopandas as gpd

    from ..bridge import LayerReader
    from ..engine.clauses.model import Rulebook
    from ..engine.exchange.crs_guard import Reading
    from ..engine.exchange.model import CrsChoice, Declared, Foreign, LayerSummary
    from ..engine.facilities import FacilityTypes

#: What the columns of other people's tables are called.
_COLUMNS = {
    "site_id": ("site_id", "编号", "项目编号", "地块编号", "plot_no"),
    "name": ("name", "site_name", "名称", "项目名称", "地块名称", "plot_name"),
    "facility_type": ("facility_type", "facility_t", "设施类型", "项目类型", "行业类型"),
    "nature": ("nature", "项目性质", "建设性质"),
    "accuracy_m": ("accuracy_m", "位置精度", "精度"),
}
_NATURES = {
    "new": ("new", "新建", "new construction"), "rebuild": ("rebuild", "改建", "rebuilding", "技改", "迁建"),
    "expand": ("expand", "扩建", "expansion", "改扩建"), "existing": ("existing", "既有", "现有", "已有", "已建"),
}  # fmt: skip
_BRACKETS = re.compile(r"^[\s(（\[【]+|[\s)）\]】;；]+$")
_LABELS = re.compile(r"(?P<e>经度|(?<![东西])经(?=\s*[:：])|lon(?:gitude)?|lng)\s*[:：=]?\s*", re.IGNORECASE)
_LABELS_N = re.compile(r"(?P<n>纬度|(?<![南北])纬(?=\s*[:：])|lat(?:itude)?)\s*[:：=]?\s*", re.IGNORECASE)
_HYPHENS = re.compile(r"(?<![\d.])(\d{1,3})-(\d{1,2})-(\d{1,2}(?:\.\d+)?)(?![\d-])")
_AXES = re.compile(r"(?<![A-Za-z])[XxYy]\s*[=:：]\s*(?=\d)")
#: Line breaks behind signs that blanks may follow in a cell.
_ENDS = re.compile(r"(?<=[°º˚度′'’分])[ \t]*$", re.MULTILINE)
_PLOT = re.compile(r"^\s*\[(?:地块坐标|属性描述|项目信息)\]", re.MULTILINE)


@dataclass
class Taken:
    """Sites made from rows, and what of the rows could not be used.

    Attributes
    ----------
    empty : int
        Rows without a geometry, which are no sites.
    rejected : int
        Rows that could not be read at all.
    unknown_types : list of str
        Words in the column of facility types that name none.
    """

    candidates: list[Candidate] = field(default_factory=list)
    empty: int = 0
    rejected: int = 0
    unknown_types: list[str] = field(default_factory=list)


# --------------------------------------------------------------------------------------------------------
# From rows
# --------------------------------------------------------------------------------------------------------


def facility_types() -> FacilityTypes:
    """Return the facility types; any thread may call it."""
    from ..engine.facilities import load_facility_types

    return load_facility_types()


def rulebooks(ids: Sequence[str]) -> list[Rulebook]:
    """Load rulebooks, the user's own before the shipped; any thread may call it.

    Raises
    ------
    InputError
        If one is not there or cannot be read.
    """
    from ..engine.clauses.book import load_books

    return load_books(ids, paths.user_rulebooks())


def from_frame(frame: gpd.GeoDataFrame, title: str, profile: Profile) -> Taken:
    """Make sites of rows in EPSG:4490; any thread may call it.

    Parameters
    ----------
    frame : GeoDataFrame
        Columns ``site_id``, ``name``, ``facility_type``, ``nature``, ``accuracy_m`` and attributes are used where
        present.
    title : str
        What a row without a name is called, with its number behind.
    profile : Profile
        For rows that do not say what is to be built.

    Raises
    ------
    InputError
        If there are more rows than the list takes.
    """
    import numpy as np
    import shapely

    if len(frame) > MOST:
        raise InputError(
            f"{title} has {len(frame):,} rows, more than the list takes ({MOST:,}); select some, or use Siting check in"
            f" the Processing toolbox."
        )
    types = facility_types()
    known = _named(frame)
    columns = {key: frame[name].tolist() for key, name in known.items()}
    asked = {
        one.id: frame[name].tolist()
        for name in frame.columns if name != frame.geometry.name and name not in known.values()
        for one in [_attribute(str(name), types)] if one is not None
    }  # fmt: skip
    shapes = shapely.force_2d(np.asarray(frame.geometry.array, dtype=object))
    blobs = shapely.to_wkb(shapes)
    usable = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    out = Taken(empty=int((~usable).sum()))
    count = int(usable.sum())
    for row in np.flatnonzero(usable).tolist():
        said = {key: _text(values[row]) for key, values in columns.items()}
        number = len(out.candidates) + 1
        site = Candidate(
            said.get("site_id", ""), said.get("name") or (title if count == 1 else f"{title} {number}"), blobs[row]
        )
        answers = {name: values[row] for name, values in asked.items()}
        out.candidates.append(site.with_profile(_profile(said, answers, types, profile, out)))
    return out


def _profile(
    said: dict[str, str], answers: dict[str, Any], types: FacilityTypes, default: Profile, out: Taken
) -> Profile:
    from ..engine.facility_search import answer

    kind = default.facility_type
    own = said.get("facility_type", "")
    if own:
        kind = type_of(own, types)
        if kind is None and own not in out.unknown_types:
            out.unknown_types.append(own)
    nature = default.nature
    if said.get("nature"):
        nature = next((code for code, words in _NATURES.items() if said["nature"].lower() in words), None)
    try:
        accuracy = max(0.0, float(said["accuracy_m"])) if said.get("accuracy_m") else default.accuracy_m
    except ValueError:
        accuracy = default.accuracy_m
    # What was answered for one type says nothing of another.
    held = dict(default.attributes) if kind == default.facility_type else {}
    for name, value in answers.items():
        told = answer(types.attributes[name], value)
        if told is not None:
            held[name] = told
    return Profile(kind, nature, accuracy, held)


def type_of(said: str, types: FacilityTypes) -> str | None:
    """Return the type that a word names: its id, its name or a synonym, in either language."""
    from ..engine.facility_search import plain

    if said in types.types:
        return said
    wanted = plain(said)
    named = [kind.id for kind in types.types.values() if wanted in (plain(kind.zh), plain(kind.en))]
    also = [kind.id for kind in types.types.values() if wanted in map(plain, kind.synonyms)]
    found = named or also
    return found[0] if len(found) == 1 else None


def _named(frame: gpd.GeoDataFrame) -> dict[str, str]:
    """Return our names -> the frame's columns."""
    there = {str(name).strip().lower(): name for name in frame.columns if name != frame.geometry.name}
    return {
        key: next(there[word] for word in words if word in there)
        for key, words in _COLUMNS.items() if any(word in there for word in words)
    }  # fmt: skip


def _attribute(name: str, types: FacilityTypes) -> Any:
    held = types.attributes.get(name) or types.attributes.get(name.strip().lower())
    return held or next((one for one in types.attributes.values() if name.strip() in (one.zh, one.en)), None)


def _text(value: Any) -> str:
    if value is None or value != value or type(value).__name__ in ("NAType", "NaTType"):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def from_layer(reader: LayerReader, profile: Profile) -> Taken:
    """Make sites of a layer's features, EPSG:4490 or not; any thread may call it.

    Raises
    ------
    InputError
        If the layer has no coordinate system, or more features than the list takes.
    """
    from ..bridge import snapshot

    return from_frame(snapshot(reader, reader.name), reader.name, profile)


def from_drawing(wkb: bytes, crs: str, name: str, profile: Profile) -> Taken:
    """Make a site of what was drawn in the map's system, given as WKT; its straight edges stay where they were drawn.

    Raises
    ------
    InputError
        If that system cannot be brought to EPSG:4490.
    """
    import geopandas as gpd
    import shapely

    from ..engine.geodesy import to_storage

    frame = gpd.GeoDataFrame(geometry=[shapely.from_wkb(wkb)], crs=crs)
    return from_frame(to_storage(frame, name), name, profile)


def enclosed_m2(ring: Sequence[tuple[float, float]]) -> float:
    """Return the ellipsoidal area within a ring of longitudes and latitudes, 0 of fewer than three."""
    import shapely

    from ..engine.geodesy import area_m2

    return float(area_m2([shapely.Polygon(ring)])[0]) if len(ring) > 2 else 0.0


# --------------------------------------------------------------------------------------------------------
# From files
# --------------------------------------------------------------------------------------------------------


@dataclass
class Found:
    """What a file holds: its layers, and, where it was plain which of them is meant, that one and how it looks."""

    path: str
    layers: list[LayerSummary]
    foreign: Foreign | None = None
    reading: Reading | None = None


def open_file(path: str, layer: str | None, ground: Ground, progress: Progress = SILENT) -> Found:
    """Read a foreign file as far as it is plain which layer is meant; any thread may call it.

    Raises
    ------
    InputError
        If it is nothing that can be read, or holds too many rows.
    """
    from ..engine.exchange import read
    from ..engine.exchange.model import PLAIN

    found = read.layers(path, PLAIN)
    report(progress, 0.2)
    shaped = [one for one in found if one.geometry] or found
    if layer is None and len(shaped) > 1:
        return Found(path, shaped)
    layer = layer or (shaped[0].name if len(found) > 1 else None)
    foreign = read.read(path, replace(PLAIN, layer=layer, limit=MOST + 1), progress=part(progress, 0.2, 0.7))
    if not len(foreign.frame):
        raise InputError(f"{Path(path).name} holds no row that can be read; {_why(foreign)}")
    return Found(path, shaped, foreign, look(foreign, ground, part(progress, 0.7, 1.0)))


def _why(foreign: Foreign) -> str:
    return f"row {foreign.rejects[0].row}: {foreign.rejects[0].en}." if foreign.rejects else "ask for it again."


def sure(reading: Reading | None) -> CrsChoice | None:
    """Return the system where the file's own word is borne out by its numbers; axes are never swapped unasked."""
    if reading is None or not reading.certain or not reading.candidates or reading.candidates[0].choice.swap:
        return None
    return reading.candidates[0].choice


def from_foreign(foreign: Foreign, choice: CrsChoice, profile: Profile, title: str = "") -> Taken:
    """Make sites of what was read, under the reading that was chosen.

    Raises
    ------
    InputError
        If the numbers cannot be of that system, or there are too many rows.
    """
    from ..engine.exchange.crs_apply import to_4490

    title = title or foreign.path.stem
    out = from_frame(to_4490(foreign.frame, choice, foreign.path.name), title, profile)
    out.rejected = len(foreign.rejects)
    return out


# --------------------------------------------------------------------------------------------------------
# From the clipboard
# --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """One pasted coordinate: its label and the names of its ring and its site, where the table has them."""

    label: str
    ring: str
    name: str
    x: float
    y: float


@dataclass
class Pasted:
    """What pasted text was understood as.

    Attributes
    ----------
    places : tuple of Place
        Coordinates, one by one; empty for boundary-point text.
    plots : Foreign or None
        The areas of boundary-point text.
    swapped : bool
        The two columns stood the other way round.
    step : float
        What one unit of the last digit is worth, in the unit of the numbers.
    metric : bool
    declared : Declared or None
        What the heading says of the system.
    """

    places: tuple[Place, ...] = ()
    plots: Foreign | None = None
    swapped: bool = False
    step: float = 0.0
    metric: bool = False
    declared: Declared | None = None

    @property
    def may_be_ring(self) -> bool:
        """Whether the coordinates can bound an area."""
        return len(self.places) > 2


def understand(text: str) -> Pasted:
    """Read pasted text: one coordinate, a table of them, or boundary-point text.

    Raises
    ------
    InputError
        If no coordinate is found in it, or a line cannot be read.
    """
    from ..engine.delineation_sheet import sheet_of, split_text

    if _PLOT.search(text) or _is_plots(text):
        return Pasted(plots=_plots(text))
    text = _AXES.sub("", _HYPHENS.sub(r"\1°\2′\3″", text.replace("，", ",")))
    if "\n" in text.strip():
        # A cell of no meaning keeps the reader from joining the next line to this one.
        text = _ENDS.sub("\t-" if "\t" in text else ",-" if "," in text else " -", text)
    cells = _pairs(text) or split_text(text)
    sheet = sheet_of(cells, "The text")
    places = tuple(Place(v.serial, v.ring, v.name, v.east.value, v.north.value) for v in sheet.vertices)
    metric = sheet.vertices[0].east.form == "metres"
    step = min(max(v.east.step, v.north.step) for v in sheet.vertices)
    head = ["".join(row) for row in cells[: sheet.vertices[0].line - 1]]
    return Pasted(places, None, sheet.swapped, step, metric, _declared(head, metric))


def _is_plots(text: str) -> bool:
    from ..engine.exchange.boundary_txt import is_boundary_txt

    return "@" in text and bool(is_boundary_txt(text.encode()))


def _plots(text: str) -> Foreign:
    from ..engine.exchange import boundary_txt

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pasted.txt"
        file.write_text(text, encoding="utf-8")
        found = boundary_txt.read(file)
    if not len(found.frame):
        raise InputError(f"The boundary-point text holds no plot that can be read; {_why(found)}")
    return found


def _pairs(text: str) -> list[list[str]]:
    """Return lines that name both axes (E112°35′ N35°5′) as two cells each; nothing where not all do."""
    from ..engine.exchange.coordinates import split_pairs

    lines = [_BRACKETS.sub("", line) for line in text.splitlines()]
    lines = [_LABELS_N.sub("N", _LABELS.sub("E", line)) for line in lines if line.strip()]
    lines = [line.replace("东经", "E").replace("北纬", "N") for line in lines]
    if not lines or not all(re.match(r"^[EN]\s*\d", line, re.IGNORECASE) for line in lines):
        # Brackets around a plain pair are of no use to the table's reader.
        return [] if not re.match(r"^\s*[(（\[【]", text) else [re.split(r"[,，;；\s]+", line) for line in lines]
    one, other = split_pairs(lines)
    if None in one or None in other:
        return []
    return [[_BRACKETS.sub("", str(a)), _BRACKETS.sub("", str(b))] for a, b in zip(one, other)]


def _declared(head: list[str], metric: bool) -> Declared | None:
    from ..engine.exchange.coordinate_columns import Columns, declared, declared_degrees

    found = declared(Columns(), head)
    return found if found is not None or metric else declared_degrees(Columns(), head)


def as_foreign(pasted: Pasted, ring: bool) -> Foreign:
    """Return pasted coordinates as rows: points, or the areas that they bound.

    Raises
    ------
    InputError
        If a boundary has fewer than three points or crosses itself.
    """
    import geopandas as gpd
    import numpy as np
    import shapely

    from ..engine.exchange.model import Foreign

    if pasted.plots is not None:
        return pasted.plots
    if ring:
        names, shapes = _areas(pasted.places)
    else:
        names = [one.name or one.label for one in pasted.places]
        # A number alone is no name.
        names = [name if name and not name.isdigit() else "" for name in names]
        shapes = [shapely.Point(one.x, one.y) for one in pasted.places]
    frame = gpd.GeoDataFrame({"name": names}, geometry=np.array(shapes, dtype=object))
    rows = np.arange(1, len(frame) + 1)
    return Foreign("pasted", Path("pasted"), "csv", frame, rows, len(frame), declared=pasted.declared)


def _areas(places: Sequence[Place]) -> tuple[list[str], list[Any]]:
    import shapely

    sites: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for one in places:
        sites.setdefault(one.name, {}).setdefault(one.ring, []).append((one.x, one.y))
    shapes = []
    for rings in sites.values():
        shape = shapely.Polygon()
        for points in rings.values():
            if len(set(points)) < 3:
                raise InputError(f"A boundary needs three points or more; one of these has {len(set(points))}.")
            area = shapely.Polygon(points)
            if not area.is_valid:
                raise InputError(
                    f"The boundary cannot be drawn in this order ({shapely.is_valid_reason(area)}); correct the order"
                    f" of the points."
                )
            # A ring within another is a hole of it.
            shape = shapely.symmetric_difference(shape, area)
        shapes.append(shape)
    return list(sites), shapes


def digit_m(pasted: Pasted) -> float:
    """Return half of what the last digit is worth on the ground, metres; two figures."""
    metres = pasted.step if pasted.metric else pasted.step * 111_320.0
    return float(f"{metres / 2:.2g}")


@dataclass(frozen=True)
class Lies:
    """Where sites lie: how many, their area, how many in the jurisdiction, and the nearest's way to it."""

    count: int
    area_m2: float
    inside: int | None
    away_m: float | None


def lies(sites: Sequence[Candidate], jurisdiction: Any) -> Lies:
    """Tell how large sites are, and where they lie relative to the jurisdiction (None where it is not known)."""
    import numpy as np
    import shapely

    from ..engine.geodesy import area_m2, distance

    shapes = shapely.from_wkb(np.array([one.wkb for one in sites], dtype=object))
    valid = shapely.is_valid(shapes)
    area = float(np.sum(area_m2(shapes[valid]))) if valid.any() else 0.0
    if jurisdiction is None or not len(shapes):
        return Lies(len(sites), area, None, None)
    shapely.prepare(jurisdiction)
    inside = int(shapely.intersects(jurisdiction, shapes).sum())
    away = None if inside else float(np.min(distance(shapes, [jurisdiction] * len(shapes)).metres))
    return Lies(len(sites), area, inside, away)
