"""What the relations look at: the subjects, the zones of a layer on a day, and where a layer is complete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Callable, TypeVar

import numpy as np
import shapely

from .. import land_use
from ..onemap import Coverage, OneMap
from ..progress import SILENT, Progress
from ..proximity import Placed, pieces, within

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from ..river.network import Network
    from .model import Test

_T = TypeVar("_T")

#: The states of a relation for one subject, ordered so that all = minimum and any = maximum.
CLEAR, OPEN, TENTATIVE, HIT = 0, 1, 2, 3

#: What one row of evidence tells; the relation that does not know a value leaves it empty.
EVIDENCE = (
    "subject", "state", "zone_layer", "zone_id", "zone_name", "relation", "distance_m", "threshold_m",
    "threshold_owner", "overlap_m2", "overlap_projected_m2", "overlap_share", "river_distance_m", "bank",
    "bearing_deg", "near_boundary", "why", "why_en", "department", "section_id", "direction", "chainage_m",
    "offset_m", "straight_m", "area_m2", "length_m", "count", "needed", "band", "outside_jurisdiction", "geometry",
)  # fmt: skip

#: Before the name of a field: which rows had it filled from their land-use code.
FROM_CODE = "from code: "
FROM_CODE_WHY = (
    "用地类别、规划用途按用地代码推算,对应关系待核实",
    "category and use are read from the land-use code, to be verified",
)

#: Evidence that is true or false, never empty.
FLAGS = ("near_boundary", "outside_jurisdiction")


@dataclass(frozen=True)
class Subjects:
    """The sites of a siting check, or the features of an inventory: geometries in EPSG:4490."""

    frame: gpd.GeoDataFrame
    layer: str = ""

    @cached_property
    def geometry(self) -> NDArray[Any]:
        """The geometries, (n,)."""
        return np.asarray(self.frame.geometry.array, dtype=object)

    @cached_property
    def accuracy(self) -> NDArray[np.float64]:
        """Positional accuracy in metres, 0 where it is not given, (n,)."""
        return column(self.frame, "accuracy_m")

    @cached_property
    def placed(self) -> Placed:
        """The geometries with their places for questions of distance, (n,)."""
        return Placed(self.geometry)

    def __len__(self) -> int:
        return len(self.frame)

    def take(self, rows: NDArray[np.intp]) -> Subjects:
        """Return the subjects of these rows."""
        if len(rows) == len(self) and np.array_equal(rows, np.arange(len(self))):
            return self
        out = Subjects(self.frame.iloc[rows].reset_index(drop=True), self.layer)
        out.__dict__["placed"] = self.placed.take(rows)
        return out


@dataclass(frozen=True)
class Zones:
    """The zones of one layer that are in force on the day of the check."""

    name: str
    frame: gpd.GeoDataFrame
    coverage: Coverage

    @cached_property
    def geometry(self) -> NDArray[Any]:
        """The zone geometries, made valid where they are not, (n,)."""
        array = np.asarray(self.frame.geometry.array, dtype=object)
        return np.where(self.invalid, shapely.make_valid(array), array) if self.invalid.any() else array

    @cached_property
    def invalid(self) -> NDArray[np.bool_]:
        """Which zones are stored with an invalid geometry; what rests on them is tentative."""
        array = np.asarray(self.frame.geometry.array, dtype=object)
        return ~shapely.is_valid(array) & ~shapely.is_missing(array)

    @cached_property
    def usable(self) -> NDArray[np.bool_]:
        """Which zones have a geometry at all."""
        array = np.asarray(self.frame.geometry.array, dtype=object)
        return ~(shapely.is_missing(array) | shapely.is_empty(array))

    @cached_property
    def placed(self) -> Placed:
        """The geometries with their places for questions of distance, (n,)."""
        return Placed(self.geometry)

    @cached_property
    def accuracy(self) -> NDArray[np.float64]:
        """Positional accuracy in metres, 0 where it is not given, (n,)."""
        return column(self.frame, "accuracy_m")


@dataclass
class Context:
    """One check: the map, the day, the office's working distances."""

    onemap: OneMap
    as_of: date
    working: Mapping[str, float] = field(default_factory=dict)
    jurisdiction_code: str = ""
    progress: Progress = SILENT
    issues: list[dict[str, Any]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    _zones: dict[str, Zones | None] = field(default_factory=dict)
    _areas: dict[str, Any] = field(default_factory=dict)
    _kept: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    _told: set[tuple[str, ...]] = field(default_factory=set)
    _memo: dict[tuple[Any, ...], tuple[Subjects, Any]] = field(default_factory=dict)

    def again(self, progress: Progress = SILENT, issues: list[dict[str, Any]] | None = None) -> Context:
        """Return a context for other subjects on the same ground: map, day, distances, and what is known of them."""
        other = replace(self, progress=progress, issues=[] if issues is None else issues, _memo={})
        # Built on first use and kept by cached_property, outside the fields.
        if "network" in self.__dict__:
            other.__dict__["network"] = self.network
        return other

    def kept(self, key: tuple[Any, ...], make: Callable[[], _T]) -> _T:
        """Return what `make` works out from the map alone, once for all subjects on this ground."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def once(self, key: tuple[Any, ...], subjects: Subjects, make: Callable[[], _T]) -> _T:
        """Return what `make` works out for `subjects`, once: several clauses ask the same of the same layer."""
        held = self._memo.get(key)
        if held is None or held[0] is not subjects:
            held = self._memo[key] = (subjects, make())
        return held[1]

    def tell(self, rows: Iterable[dict[str, Any]]) -> None:
        """Add issue rows, each once: several clauses meet the same faults of the same layer."""
        for row in rows:
            key = tuple(str(row.get(name)) for name in ("code", "site_id", "section_id", "message_en"))
            if key not in self._told:
                self._told.add(key)
                self.issues.append(row)

    def zones(self, name: str) -> Zones | None:
        """Return the zones of a layer in force, or None when the map has no such layer."""
        if name not in self._zones:
            self.used.add(name)
            frame = self._coded(name, self.onemap.in_force(name, self.as_of))
            zones = None if frame is None else Zones(name, frame, self.onemap.coverage(name, self.as_of))
            if zones is not None:
                for row in np.flatnonzero(zones.invalid):
                    uid = text(zones.frame, "uid", row)
                    reason = shapely.is_valid_reason(zones.frame.geometry.iloc[row])
                    issue = {
                        "severity": "warning",
                        "code": "invalid_geometry",
                        "message_zh": f"{self.onemap.title(name)} {uid} 几何无效({reason}),"
                        "按修复后的图形试算,结果待核实",
                        "message_en": f"{name} {uid} has an invalid geometry ({reason}); it was mended for"
                        f" this run only, and what rests on it is to be verified",
                        "geometry": shapely.point_on_surface(zones.geometry[row]),
                    }
                    self.tell([issue])
            self._zones[name] = zones
        return self._zones[name]

    def _coded(self, name: str, frame: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame | None:
        """Fill in what a parcel's land-use code says, and note which cells it filled."""
        if frame is None or name not in land_use.LAYERS:
            return frame
        filled, issues = land_use.fill(frame)
        self.tell(issues)
        if filled is frame:
            return frame
        for field_name in land_use.FILLED:
            empty = frame[field_name].isna() if field_name in frame else True
            filled[FROM_CODE + field_name] = np.asarray(empty & filled[field_name].notna(), dtype=bool)
        return filled

    @cached_property
    def network(self) -> Network | None:
        """The river network of `river_reach`, built once for all clauses; None without that layer."""
        from ..river.network import build

        rivers = self.zones("river_reach")
        return None if rivers is None else build(rivers.frame)

    @property
    def jurisdiction(self) -> Any:
        """The area of the jurisdiction, or None when the map does not hold it.

        It is the `admin_area` of the book's own code (a district's plan binds the district), else the city; a
        national or provincial code (…0000) binds every city of the map.
        """
        return self.jurisdiction_of(self.jurisdiction_code)

    def jurisdiction_of(self, code: str) -> Any:
        """Return the area that a book of this administrative code binds, or None."""
        if code not in self._areas:
            self._areas[code] = self._area_of(code)
        return self._areas[code]

    def _area_of(self, code: str) -> Any:
        zones = self.zones("admin_area")
        if zones is None or "level" not in zones.frame:
            return None
        pick = (zones.frame["level"] == "city").to_numpy()
        own = (
            (zones.frame["code"] == code).to_numpy()
            if code and not code.endswith("0000") and "code" in zones.frame
            else np.zeros(len(pick), dtype=bool)
        )
        if own.any():
            pick = own
        elif code and not code.endswith("0000") and pick.sum() > 1:
            return None
        pick = pick & zones.usable
        if not pick.any():
            return None
        area = shapely.union_all(zones.geometry[pick])
        shapely.prepare(area)
        return area

    def complete(self, name: str, subjects: Subjects, margin_m: float = 0.0) -> NDArray[np.bool_]:
        """Tell for each subject whether the layer is declared complete there and `margin_m` metres around."""
        zones = self.zones(name)
        if zones is None or zones.coverage.area is None:
            return np.zeros(len(subjects), dtype=bool)
        inside, bounded = (
            self.once(("covered", name), subjects, lambda: self._covered(name, subjects)),
            zones.coverage.area,
        )
        if margin_m <= 0 or not inside.any():
            return inside.copy()
        edges = self.kept(("edges", name), lambda: pieces(shapely.boundary(bounded)))

        def away() -> NDArray[np.bool_]:
            flags = np.ones(len(subjects), dtype=bool)
            # As far as the margin is far enough.
            near = within(
                subjects.placed, edges, np.nextafter(margin_m, 0.0), progress=self.progress
            )
            flags[near[0]] = False
            return flags

        return inside & self.once(("away", name, margin_m), subjects, away)

    def _covered(self, name: str, subjects: Subjects) -> NDArray[np.bool_]:
        zones = self.zones(name)
        if zones is None or zones.coverage.area is None:
            return np.zeros(len(subjects), dtype=bool)
        shapely.prepare(zones.coverage.area)
        return shapely.covers(zones.coverage.area, subjects.geometry)

    def incompleteness(self, name: str) -> tuple[str, str]:
        """Say in zh and en why a layer cannot answer `clear`."""
        title, zones = self.onemap.title(name), self.zones(name)
        if zones is None:
            return f"一张图中没有“{title}”图层", f"the map has no layer {name}"
        state = zones.coverage.state
        if state == "missing":
            return f"“{title}”未声明数据完整范围", f"layer {name} is nowhere declared complete"
        if state == "expired":
            return (
                f"“{title}”的完整性声明已过期",
                f"the declaration that layer {name} is complete has expired",
            )
        return f"所需范围超出“{title}”的数据完整范围", f"the place lies beyond where layer {name} is complete"


def from_code(tests: Iterable[Test], frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which rows answer one of the tests by what their land-use code is taken to mean, to be verified."""
    flags = np.zeros(len(frame), dtype=bool)
    for test in tests:
        if FROM_CODE + test.attribute in frame.columns:
            flags |= frame[FROM_CODE + test.attribute].to_numpy(dtype=bool)
    return flags


def column(frame: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """Return a numeric column with 0 for what is missing."""
    if name not in frame.columns:
        return np.zeros(len(frame))
    return np.nan_to_num(frame[name].astype(float).to_numpy())


def text(frame: pd.DataFrame, name: str, row: int) -> str:
    """Return a text value, empty for what is missing."""
    value = frame[name].iloc[row] if name in frame.columns else None
    return "" if value is None or value != value else str(value)
