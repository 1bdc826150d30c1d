"""Which features of a layer a figure counts: surely, surely not, or not to be told, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .. import geodesy
from .conditions import NO, UNKNOWN, YES, evaluate, missing
from .context import CLEAR, HIT, OPEN, TENTATIVE, Context, Subjects, Zones
from .intervals import Bounds, both
from .model import Selection, Test
from .relations import evaluate_where

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

#: The layer of figures that are no feature of a map: one row per area, indicator and year.
STATISTIC = "statistic"
_SAME_UNIT = {
    "吨": "t", "万吨": "10⁴t", "万t": "10⁴t", "公里": "km", "千米": "km", "公顷": "ha", "hm²": "ha", "hm2": "ha",
    "平方公里": "km²", "km2": "km²", "平方米": "m²", "m2": "m²", "万平方米": "10⁴m²", "万m²": "10⁴m²", "微克/立方米": "μg/m³",
    "µg/m³": "μg/m³", "ug/m3": "μg/m³", "μg/m3": "μg/m³", "％": "%",
}  # fmt: skip
#: A statistic whose area covers this share of the jurisdiction is the jurisdiction's own.
_OWN_SHARE = 0.99


@dataclass(frozen=True)
class Reason:
    """Why something cannot be told: in zh and en, the ``layer`` or ``layer.column`` that is lacking, whose it is."""

    zh: str
    en: str
    lacks: str
    department: str = ""


@dataclass
class Members:
    """The features of one selection.

    Attributes
    ----------
    frame : GeoDataFrame
        The features with a geometry that are in force, EPSG:4490.
    geometry : (n,) array
        Their geometries, made valid where they are not.
    state : (n,) int8
        Whether each one belongs: yes, no, unknown.
    complete : bool
        Whether the layer is declared complete over the jurisdiction; if not there may be further features.
    area : geometry or None
        The jurisdiction.
    reasons : list of list of Reason
        For each feature why it cannot be told.
    general : list of Reason
        What is lacking for the selection as a whole.
    """

    selection: Selection
    frame: gpd.GeoDataFrame
    geometry: NDArray[Any]
    state: NDArray[np.int8]
    complete: bool
    area: Any
    reasons: list[list[Reason]]
    general: list[Reason] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.state)

    @property
    def layer(self) -> str:
        """The layer's name."""
        return self.selection.layer

    @property
    def subjects(self) -> Subjects:
        """The features as subjects of a relation or a finding."""
        return Subjects(self.frame, self.layer)

    def taken(self, state: NDArray[np.int8]) -> Members:
        """Return the same features with another state."""
        return Members(
            self.selection, self.frame, self.geometry, state, self.complete, self.area, self.reasons, self.general
        )


def select(
    selection: Selection, context: Context, *, day: date | None = None, whole: bool = True, parts: bool = False
) -> Members | None:
    """Return the features that `selection` names, or None where the map has no such layer.

    Parameters
    ----------
    selection : Selection
    context : Context
        Its jurisdiction bounds what is counted.
    day : date, optional
        The day on which features must be in force, if it is not the check's.
    whole : bool
        Count a feature as a whole, where the greater part of it lies; else all that reach into the jurisdiction
        belong, to be clipped.
    parts : bool
        Keep statistics of parts of the jurisdiction even where there is one of the whole.

    Raises
    ------
    InputError
        If an attribute holds what it cannot.
    """
    zones = context.zones(selection.layer)
    if zones is None:
        return None
    if day is not None:
        frame = context.onemap.in_force(selection.layer, day)
        zones = Zones(selection.layer, frame, zones.coverage)
    rows = np.flatnonzero(zones.usable)
    frame = zones.frame.iloc[rows].reset_index(drop=True)
    area = context.jurisdiction
    found = Members(
        selection, frame, zones.geometry[rows], np.full(len(rows), YES, dtype=np.int8),
        declared(context, selection.layer), area, [[] for _ in rows],
    )  # fmt: skip
    _in_area(found, context, whole)
    _by_attributes(found, context)
    if selection.where is not None:
        _by_place(found, context)
    if selection.layer == STATISTIC:
        _statistics(found, context, parts)
    if not found.complete:
        zh, en = context.incompleteness(selection.layer)
        if area is None:
            zh, en = "一张图中没有市级行政区界线", "the map has no city boundary (admin_area, level city)"
        found.general.append(_whose(zh, en, selection.layer if area is not None else "admin_area", context))
    return found


def declared(context: Context, name: str) -> bool:
    """Tell whether a layer is declared complete over the jurisdiction; False where no jurisdiction is known."""
    area = context.jurisdiction
    if area is None:
        return False
    import geopandas as gpd

    return bool(context.complete(name, Subjects(gpd.GeoDataFrame(geometry=[area], crs=4490)))[0])


def having(members: Members, tests: Sequence[Test], context: Context) -> NDArray[np.int8]:
    """Return for each member whether it has what is asked; adds the reasons why that cannot be told."""
    state = evaluate(tests, members.frame, members.layer)
    _lacking(members, tests, (state == UNKNOWN) & (members.state != NO), context)
    return state


def numbers(
    members: Members, column: str, context: Context, counted: NDArray[np.bool_], unit: str = ""
) -> tuple[NDArray[np.float64], NDArray[np.float64], Bounds]:
    """Return the least and the greatest value of a column for each member, and the field's own bounds.

    Where the value is not given both are the field's bounds; the reason is added for those `counted`.  A statistic
    in another unit than `unit` is no value.
    """
    import pandas as pd

    spec = context.onemap.spec(members.layer)
    known = spec.field(column) if spec is not None and column in spec.field_names else None
    least = -np.inf if known is None or known.minimum is None else float(known.minimum)
    most = np.inf if known is None or known.maximum is None else float(known.maximum)
    if column in members.frame.columns:
        given = pd.to_numeric(members.frame[column], errors="coerce")
        values = np.array(given.to_numpy(dtype=float, na_value=np.nan))  # pandas lends what it keeps
    else:
        values = np.full(len(members), np.nan)
    if unit and members.layer == STATISTIC:
        for row, said in enumerate(_texts(members.frame, "unit")):
            if said and _unit(said) != _unit(unit) and not np.isnan(values[row]):
                values[row] = np.nan
                if counted[row]:
                    members.reasons[row].append(_other_unit(said, unit, context))
    gone = np.isnan(values)
    for row in np.flatnonzero(gone & counted):
        if not any(why.lacks in (f"{members.layer}.{column}", f"{members.layer}.unit") for why in members.reasons[row]):
            members.reasons[row].append(_attribute([column], members.layer, context))
    return np.where(gone, least, values), np.where(gone, most, values), (least, most)


# --------------------------------------------------------------------------------------------------------
# What decides
# --------------------------------------------------------------------------------------------------------


def _whose(zh: str, en: str, lacks: str, context: Context) -> Reason:
    return Reason(zh, en, lacks, context.onemap.department(lacks.partition(".")[0]))


def _attribute(names: Sequence[str], layer: str, context: Context) -> Reason:
    spec = context.onemap.spec(layer)
    titles = [spec.field(n).zh if spec is not None and n in spec.field_names else n for n in names]
    return _whose(
        f"“{context.onemap.title(layer)}”未填写{'、'.join(titles)}",
        f"{', '.join(names)} not given in layer {layer}",
        ",".join(f"{layer}.{name}" for name in names),
        context,
    )


def _unit(said: str) -> str:
    said = "".join(said.split()).casefold()
    return _SAME_UNIT.get(said, said)


def _other_unit(said: str, unit: str, context: Context) -> Reason:
    return Reason(
        f"“统计指标”的单位为{said},不是{unit}",
        f"layer statistic gives it in {said}, not in {unit}",
        f"{STATISTIC}.unit",
        context.onemap.department(STATISTIC),
    )


def _lacking(members: Members, tests: Sequence[Test], rows: NDArray[np.bool_], context: Context) -> None:
    chosen = np.flatnonzero(rows)
    if not len(chosen):
        return
    made: dict[tuple[str, ...], Reason] = {}
    for row, names in zip(chosen, missing(tests, members.frame.iloc[chosen])):
        key = tuple(names)
        if key not in made:
            made[key] = _attribute(names, members.layer, context)
        members.reasons[row].append(made[key])


def _in_area(members: Members, context: Context, whole: bool) -> None:
    """Leave out what lies outside the jurisdiction; where that is not on the map nothing is sure."""
    area, shapes = members.area, members.geometry
    if area is None:
        members.state[:] = UNKNOWN
        why = _whose(
            "一张图中没有市级行政区界线", "the map has no city boundary (admin_area, level city)", "admin_area", context
        )
        for reasons in members.reasons:
            reasons.append(why)
        return
    shapely.prepare(area)
    meets = shapely.intersects(area, shapes)
    across = meets & (shapely.get_dimensions(shapes) > 0) & ~shapely.covers(area, shapes)
    rows = np.flatnonzero(across)
    if len(rows):
        pieces = shapely.intersection(shapes[rows], area)
        flat = shapely.get_dimensions(shapes[rows]) == 2
        measure = np.where(flat, geodesy.area_m2(pieces), geodesy.length_m(of_dimension(pieces, 1)))
        size = np.where(flat, geodesy.area_m2(shapes[rows]), geodesy.length_m(shapes[rows]))
        # A feature that only touches from outside is the neighbour's.
        meets[rows] = measure > 0
        if whole:
            # One that holds the greater part of the jurisdiction belongs too, but no statistic of a larger area.
            most = geodesy.area_m2([area])[0] if members.layer != STATISTIC else np.inf
            meets[rows] &= (measure * 2 >= size) | (flat & (measure * 2 >= most))
    members.state[~meets] = NO


def _by_attributes(members: Members, context: Context) -> None:
    tests = members.selection.filter
    members.state[:] = both(members.state, evaluate(tests, members.frame, members.layer))
    _lacking(members, tests, members.state == UNKNOWN, context)


def _by_place(members: Members, context: Context) -> None:
    rows = np.flatnonzero(members.state != NO)
    if not len(rows):
        return
    outcome = evaluate_where(members.selection.where, members.subjects.take(rows), context)
    place = np.select([outcome.state == HIT, outcome.state == CLEAR], [YES, NO], UNKNOWN).astype(np.int8)
    members.state[rows] = both(members.state[rows], place)
    told: set[tuple[int, str]] = set()
    for row in outcome.rows.itertuples():
        owner = rows[int(row.subject)]
        if members.state[owner] != UNKNOWN or row.state not in (OPEN, TENTATIVE) or not row.why:
            continue
        if (owner, row.why) not in told:
            told.add((owner, row.why))
            layer = row.zone_layer or members.layer
            members.reasons[owner].append(Reason(row.why, row.why_en, layer, row.department or ""))


# --------------------------------------------------------------------------------------------------------
# Statistics
# --------------------------------------------------------------------------------------------------------


def _statistics(members: Members, context: Context, parts: bool) -> None:
    """Of statistics keep the newest year's, and not those of parts beside the one of the whole.

    The statistics of one indicator count by their newest year that is not after the day's.  An area whose
    newest figure is older than the others' counts with an unknown value.  No row at all is no zero.
    """
    frame = members.frame
    indicator = _texts(frame, "indicator")
    for name in dict.fromkeys(indicator[members.state != NO]):
        rows = np.flatnonzero((indicator == name) & (members.state != NO))
        if not parts:
            rows = _own(members, rows)
        if not any(test.attribute == "year" for test in members.selection.filter):
            _newest(members, rows, context)
    if not (members.state == YES).any():
        members.general.append(
            _whose("“统计指标”中没有该指标的数据", "layer statistic has no row of this indicator", STATISTIC, context)
        )


def _texts(frame: pd.DataFrame, name: str) -> NDArray[Any]:
    if name not in frame.columns:
        return np.full(len(frame), "", dtype=object)
    return np.array(["" if v is None or v != v else str(v) for v in frame[name]], dtype=object)


def _own(members: Members, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Where rows stand for the whole jurisdiction, leave out all others; return what is left."""
    if members.area is None or len(rows) < 2:
        return rows
    size = geodesy.area_m2([members.area])[0]
    covered = geodesy.area_m2(shapely.intersection(members.geometry[rows], members.area))
    own = (covered >= _OWN_SHARE * size) & (members.state[rows] == YES)
    if not own.any():
        return rows
    members.state[rows[~own]] = NO
    return rows[own]


def _newest(members: Members, rows: NDArray[np.intp], context: Context) -> None:
    import pandas as pd

    if "year" not in members.frame.columns:
        return
    years = pd.to_numeric(members.frame["year"].iloc[rows], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    if np.isnan(years).all():
        return
    late = years > context.as_of.year
    members.state[rows[late]] = NO
    for row in rows[np.isnan(years)]:
        members.state[row] = UNKNOWN
        members.reasons[row].append(_attribute(["year"], members.layer, context))
    dated = rows[~late & ~np.isnan(years)]
    if not len(dated):
        return
    when = years[~late & ~np.isnan(years)]
    newest = when.max()
    place = np.array(shapely.to_wkb(shapely.normalize(members.geometry[dated])), dtype=object)
    for area in dict.fromkeys(place):
        mine = place == area
        last = when[mine].max()
        members.state[dated[mine & (when < last)]] = NO
        if last < newest:
            stale = dated[mine & (when == last)]
            members.frame.loc[stale, "value"] = np.nan
            for row in stale:
                members.reasons[row].append(
                    Reason(
                        f"“统计指标”缺{newest:.0f}年的数据(最近为{last:.0f}年)",
                        f"layer statistic has no figure of {newest:.0f} here (the last is of {last:.0f})",
                        f"{STATISTIC}.value",
                        context.onemap.department(STATISTIC),
                    )
                )


# --------------------------------------------------------------------------------------------------------
# Shapes
# --------------------------------------------------------------------------------------------------------


def of_dimension(shapes: Any, dimension: int) -> NDArray[Any]:
    """Return geometries with only their parts of a dimension (1 lines, 2 polygons); empty where there is none."""
    array = np.asarray(shapes, dtype=object).ravel()
    wrong = ~shapely.is_missing(array) & (
        (shapely.get_type_id(array) == 7) | (shapely.get_dimensions(array) != dimension)
    )
    if not wrong.any():
        return array
    out = array.copy()
    for row in np.flatnonzero(wrong):
        parts = shapely.get_parts(shapely.get_parts(array[row]))
        out[row] = shapely.union_all(parts[shapely.get_dimensions(parts) == dimension])
    return out


def clip(members: Members, dimension: int) -> NDArray[Any]:
    """Return the part of each feature of a dimension that lies in the jurisdiction (all of it if that is unknown)."""
    shapes = of_dimension(members.geometry, dimension)
    if members.area is None or not len(shapes):
        return shapes
    shapely.prepare(members.area)
    out = shapes.copy()
    rows = np.flatnonzero(~shapely.contains_properly(members.area, shapes) & ~shapely.is_empty(shapes))
    out[rows] = of_dimension(shapely.intersection(shapes[rows], members.area), dimension)
    return out
