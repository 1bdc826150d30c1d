"""What every delineation shares: figures with their owners, what a zone belongs to, and rows of drinking_water_zone.

A zone is worthless if nobody can say later how it was drawn.  So each row keeps, as JSON in its field ``parameters``,
every figure that shaped it with its owner, every choice, and what identifies the layers it was drawn from::

    {"method": "intake_reach",
     "figures": [{"what": "upstream", "level": "primary", "value": 3000.0, "unit": "m", "owner": "document"},
                 {"what": "land", "level": "primary", "value": 50.0, "unit": "m", "owner": "preset",
                  "mark": "MEM", "label": "待核实", "preset": "river"}],
     "choices": {"bank_from": "dyke", …},
     "layers": [{"layer": "river_reach", "rows": 3, "extent": "…", "sha256": "…"}]}

A figure is the document's (``document``), comes from an editable preset that stands to be verified (``preset``), is
the office's own (``office``) or was computed from others (``computed``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .errors import InputError
from .findings import ISSUE_COLUMNS, table
from .geodesy import LocalFrame, area_m2, projected_area_m2, to_storage
from .river.zone import polygons_of

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

#: The levels from the inside out, with their official names.
LEVELS: Mapping[str, str] = {"primary": "一级保护区", "secondary": "二级保护区", "quasi": "准保护区"}
PARTS: Mapping[str, str] = {"water": "水域", "land": "陆域", "both": "水域及陆域"}
OWNERS = ("document", "preset", "office", "computed")
#: What a zone may be delineated by.
METHODS = ("intake_reach", "wells", "circle", "corridor", "vertex_table", "cut", "enclosed")
#: How a figure that nobody has verified is labelled.
TO_VERIFY = "待核实"
UNVERIFIED = "MEM"
LAYER = "drinking_water_zone"
#: Column -> kind, for :func:`.findings.table`; dates are texts (2019-06-30) until a map stores them.
ZONE_COLUMNS: Mapping[str, str] = {
    "name": "t", "level": "t", "part": "t", "source_code": "t", "source_name": "t", "source_type": "t",
    "source_rank": "t", "extent_text": "t", "approved_by": "t", "method": "t", "parameters": "t",
    "document_no": "t", "document_date": "t", "valid_from": "t", "life_state": "t", "accuracy_m": "f",
    "provenance": "t", "source": "t", "remark": "t", "area_m2": "f", "area_projected_m2": "f",
}  # fmt: skip
#: Columns that tell a reader about a row and are no fields of the layer.
TOLD = ("area_m2", "area_projected_m2")
# Long straight borders bend by less than a millimetre between degrees and metres at this step.
_DRAW_STEP = 200.0
_GRID = 1e-4
_SOURCE_TYPES = ("river", "lake", "groundwater", "canal")
_RANKS = ("city", "county", "township", "thousand_ton")


@dataclass(frozen=True)
class Figure:
    """One number and whose it is.

    Attributes
    ----------
    value : float
        Metres, unless the place says otherwise.
    owner : str
        One of `OWNERS`.
    mark : str
        How well a preset is known: ``MEM`` (from memory, 待核实) or ``OFFICE``; empty for other owners.
    preset : str
        Id of the preset it was taken from.
    """

    value: float
    owner: str = "office"
    mark: str = ""
    preset: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no number, or has no owner."""
        if self.owner not in OWNERS:
            raise InputError(f"A figure belongs to one of {', '.join(OWNERS)}, not to '{self.owner}'.")
        if not np.isfinite(self.value):
            raise InputError(f"The figure {self.value} is no number; give a number in metres.")

    @property
    def unverified(self) -> bool:
        """Whether it stands to be verified."""
        return self.owner == "preset" and self.mark == UNVERIFIED

    def entry(self, what: str, level: str | None = None, unit: str = "m") -> dict[str, Any]:
        """Return how the figure is recorded."""
        out: dict[str, Any] = {"what": what, "value": float(self.value), "unit": unit, "owner": self.owner}
        if level:
            out["level"] = level
        if self.owner == "preset":
            out.update(mark=self.mark, preset=self.preset)
        if self.unverified:
            out["label"] = TO_VERIFY
        return out


def figure(value: float | Figure, owner: str = "office") -> Figure:
    """Return a number as a figure of `owner`; a figure stays what it is."""
    return value if isinstance(value, Figure) else Figure(float(value), owner)


@dataclass(frozen=True)
class Source:
    """The drinking-water source that zones belong to, and the document that delineates them.

    Attributes
    ----------
    name : str
        水源地名称, required.
    code, rank, approved_by, document_no, remark : str or None
    type : str or None
        ``river``, ``lake``, ``groundwater`` or ``canal``; each verb has its own default.
    document_date, valid_from : date or ISO text, optional
    provenance : str or None
        ``official``, ``fact`` or ``illustrative``.
    """

    name: str
    code: str | None = None
    type: str | None = None
    rank: str | None = None
    approved_by: str | None = None
    document_no: str | None = None
    document_date: date | str | None = None
    valid_from: date | str | None = None
    provenance: str | None = None
    remark: str | None = None

    def __post_init__(self) -> None:
        """Check names, codes and dates before anything is drawn."""
        if not str(self.name or "").strip():
            raise InputError("A zone needs the name of its drinking-water source (水源地名称); give it.")
        for value, allowed, what in ((self.type, _SOURCE_TYPES, "type"), (self.rank, _RANKS, "rank")):
            if value is not None and value not in allowed:
                raise InputError(f"The source's {what} '{value}' is unknown; use one of {', '.join(allowed)}.")
        for what in ("document_date", "valid_from"):
            day = getattr(self, what)
            if isinstance(day, str):
                try:
                    date.fromisoformat(day)
                except ValueError:
                    raise InputError(f"'{day}' is no date; write the {what} as 2019-06-30.") from None


@dataclass(frozen=True)
class Area:
    """One zone, or its water or land: what becomes a row.

    Attributes
    ----------
    level : str
        A key of `LEVELS`.
    part : str
        A key of `PARTS`.
    geometry : geometry
        Polygons in degrees (EPSG:4490).
    extent : str
        The description in the words of official documents.
    """

    level: str
    part: str
    geometry: Any
    extent: str


@dataclass(frozen=True)
class Delineated:
    """Zones ready for ``drinking_water_zone``, and what was met on the way; both in EPSG:4490.

    Attributes
    ----------
    zone : GeoDataFrame
        `ZONE_COLUMNS` and MultiPolygons.
    issue : GeoDataFrame
    """

    zone: gpd.GeoDataFrame
    issue: gpd.GeoDataFrame

    def with_issues(self, more: list[dict[str, Any]]) -> Delineated:
        """Return the same zones with more issues before the others."""
        return joined([delineated([], more), self]) if more else self


@dataclass
class Record:
    """What is written about one delineation: figures, choices, layers, and how accurate the layers are."""

    method: str
    figures: list[dict[str, Any]] = field(default_factory=list)
    choices: dict[str, Any] = field(default_factory=dict)
    layers: list[dict[str, Any]] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)

    def note(self, what: str, value: Figure | None, level: str | None = None, unit: str = "m") -> None:
        """Record a figure, if there is one."""
        if value is not None:
            self.figures.append(value.entry(what, level, unit))

    def used(self, layer: str, frame: gpd.GeoDataFrame | None, near: Any = None) -> None:
        """Record a layer that was read, and the accuracy of its rows (of those that meet `near`)."""
        if frame is None:
            return
        self.layers.append(fingerprint(layer, frame))
        if "accuracy_m" in frame.columns:
            rows = frame if near is None else frame[shapely.intersects(np.asarray(frame.geometry.array), near)]
            known = np.array([_number(v) for v in rows["accuracy_m"].tolist()], dtype=float)
            self.accuracy.extend(known[np.isfinite(known) & (known >= 0)].tolist())

    def accuracy_m(self) -> float:
        """Return the worst accuracy of what was used, NaN where none is known."""
        return max(self.accuracy, default=float("nan"))

    def parameters(self) -> str:
        """Return the JSON of the field ``parameters``."""
        content = {"method": self.method, "figures": self.figures, "choices": self.choices, "layers": self.layers}
        return json.dumps(content, ensure_ascii=False)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def fingerprint(layer: str, frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return what identifies the data of a layer: its name, rows, extent and the SHA-256 of its content."""
    from .catalog import Catalog
    from .onemap import OneMap

    # Without a catalog a layer is taken as it is, whatever it is called.
    found = OneMap.from_frames({layer: frame}, catalog=Catalog({}, {})).fingerprint(layer)
    return {key: found[key] for key in ("layer", "rows", "extent", "sha256")}


def rows(areas: Sequence[Area], source: Source, record: Record, default_type: str | None) -> list[dict[str, Any]]:
    """Return rows of drinking_water_zone for areas that are not empty.

    Parameters
    ----------
    areas : sequence of Area
    source : Source
    record : Record
    default_type : str or None
        The source's type where `source` does not say it.
    """
    out = []
    parameters, accuracy = record.parameters(), record.accuracy_m()
    remark = "；".join(text for text in (source.remark, _unverified(record.figures)) if text)
    for area in areas:
        if area.level not in LEVELS or area.part not in PARTS:
            raise InputError(
                f"A zone's level is one of {', '.join(LEVELS)} and its part one of {', '.join(PARTS)}, not"
                f" '{area.level}' and '{area.part}'."
            )
        geometry = polygonal(area.geometry)
        if geometry is None:
            continue
        part = "" if area.part == "both" else f"({PARTS[area.part]})"
        out.append({
            "name": f"{source.name}{LEVELS[area.level]}{part}", "level": area.level, "part": area.part,
            "source_code": source.code, "source_name": source.name, "source_type": source.type or default_type,
            "source_rank": source.rank, "extent_text": area.extent, "approved_by": source.approved_by,
            "method": record.method, "parameters": parameters, "document_no": source.document_no,
            "document_date": source.document_date, "valid_from": source.valid_from, "life_state": "delineated",
            "accuracy_m": accuracy, "provenance": source.provenance, "source": None, "remark": remark or None,
            "area_m2": float(area_m2([geometry])[0]), "area_projected_m2": float(projected_area_m2([geometry])[0]),
            "geometry": geometry,
        })  # fmt: skip
    return out


def _unverified(figures: Iterable[Mapping[str, Any]]) -> str:
    """Name the figures that stand to be verified; they are told as such and never as a citation."""
    told = [f"{f['value']:g}{'米' if f['unit'] == 'm' else ''}" for f in figures if f.get("label")]
    return f"预设值{TO_VERIFY}:{'、'.join(dict.fromkeys(told))}" if told else ""


def delineated(found: list[dict[str, Any]], issues: list[dict[str, Any]]) -> Delineated:
    """Return zone and issue rows as frames."""
    return Delineated(table(found, ZONE_COLUMNS), table(issues, ISSUE_COLUMNS))


def joined(results: Sequence[Delineated]) -> Delineated:
    """Return several delineations as one."""
    import pandas as pd

    if len(results) == 1:
        return results[0]
    frames = []
    for name in ("zone", "issue"):
        parts = [getattr(one, name) for one in results]
        filled = [part for part in parts if len(part)]
        frames.append(pd.concat(filled, ignore_index=True) if filled else parts[0])
    return Delineated(*frames)


# --------------------------------------------------------------------------------------------------------
# Shapes
# --------------------------------------------------------------------------------------------------------


def polygonal(geometry: Any) -> Any:
    """Return the polygons of a geometry as a MultiPolygon, None where it has none."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    parts = parts[(shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)]
    return shapely.multipolygons(parts) if len(parts) else None


def clean(geometry: Any) -> Any:
    """Return the polygons (metres) of a square metre and more as a MultiPolygon, without hairs."""
    return polygons_of(np.array([geometry], dtype=object))[0]


def drawn(frame: LocalFrame, geometry: Any) -> Any:
    """Bring polygons in metres to degrees, their edges within a millimetre."""
    # On a grid of a tenth of a millimetre nothing is so thin that rounding could turn it inside out.
    snapped = clean(shapely.set_precision(clean(geometry), _GRID))
    out = frame.inverse(shapely.segmentize(snapped, _DRAW_STEP))
    return out if shapely.is_valid(out) else polygonal(shapely.make_valid(out))


def frame_of(*geometry: Any) -> LocalFrame:
    """Return a metric frame about the middle of geometries in degrees."""
    bounds = shapely.total_bounds(np.array(geometry, dtype=object))
    return LocalFrame(float(bounds[0] + bounds[2]) / 2)


def shapes(data: gpd.GeoDataFrame, what: str, dimension: int) -> tuple[gpd.GeoDataFrame, NDArray[Any]]:
    """Return a layer in EPSG:4490 and its geometries of one dimension, in 2D, single parts and valid.

    Raises
    ------
    InputError
        No CRS, no geometry of that dimension, or one that is not valid, with the place.
    """
    stored = to_storage(data, what)
    geometry = shapely.force_2d(np.asarray(stored.geometry.array, dtype=object))
    keep = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    keep &= shapely.get_dimensions(geometry) == dimension
    kind = ("point", "line", "polygon")[dimension]
    if not keep.any():
        raise InputError(f"Layer '{what}' holds no {kind}; give a layer with {kind}s.")
    stored = stored[keep].reset_index(drop=True)
    geometry = geometry[keep]
    bad = np.flatnonzero(~shapely.is_valid(geometry))
    if len(bad):
        reason = shapely.is_valid_reason(geometry[bad[0]])
        raise InputError(f"Layer '{what}', row {bad[0] + 1}: the geometry is not valid ({reason}); mend it first.")
    return stored.set_geometry(geometry, crs=stored.crs), geometry


def rings_between(full: Sequence[Any]) -> list[Any]:
    """Return what each zone has beyond the ones inside it: [a, b, c] -> [a, b - a, c - (a + b)]."""
    out, inner = [], shapely.MultiPolygon()
    for geometry in full:
        out.append(shapely.difference(geometry, inner))
        inner = shapely.union(inner, geometry)
    return out


def check_levels(levels: Sequence[Any]) -> None:
    """Refuse levels that are unknown, double, or not from the inside out."""
    names = [one.level for one in levels]
    order = list(LEVELS)
    if not names:
        raise InputError("No level is to be drawn; give the figures of at least one of primary, secondary, quasi.")
    unknown = [name for name in names if name not in LEVELS]
    if unknown:
        raise InputError(f"Level '{unknown[0]}' is unknown; use one of {', '.join(LEVELS)}.")
    if sorted(set(names), key=order.index) != names:
        raise InputError(f"The levels {', '.join(names)} must come once each and from the inside out.")


def within(value: Figure | None, what: str, *, zero: bool = False) -> None:
    """Refuse a distance that is negative (or 0, unless `zero`) or beyond 1000 km."""
    if value is None:
        return
    if not (0 <= value.value < 1e6) or (value.value == 0 and not zero):
        least = "of 0 or more" if zero else "greater than 0"
        raise InputError(f"The {what} is {value.value:g} m; give metres {least} and below 1000000.")


def said(value: Figure) -> str:
    """Return a figure as documents write it: ``3000米``."""
    return f"{value.value:g}米" if value.value < 1e6 else f"{value.value:.0f}米"
