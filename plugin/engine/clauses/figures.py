"""The figures of indicator clauses read from the map, as intervals where not everything is known.

A figure is a number: how many, which share, how long, how large.  What the map does not say widens it to the
interval of all values that are still possible; it meets its target only if the whole interval does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from . import figure_shapes as shapes
from . import intervals
from .conditions import NO, UNKNOWN, YES
from .context import Context
from .intervals import NOTHING, Bounds, both
from .members import STATISTIC, Members, Reason, having, numbers, select
from .model import Figure, Target

if TYPE_CHECKING:
    from numpy.typing import NDArray

MET, NOT_MET, NOT_COMPUTABLE = "met", "not_met", "not_computable"
#: What a feature is to its figure: part of it, the reason that it cannot be told, or what it falls short by.
COUNTED, MISSING, SHORT = "counted", "missing_attribute", "short"
_OF_VALUES = {
    "mean": intervals.mean,
    "max": intervals.greatest,
    "min": intervals.smallest,
}


@dataclass
class Behind:
    """The features of one layer behind a figure.

    Attributes
    ----------
    members : Members
    role : (n,) array of str
        :data:`COUNTED`, :data:`MISSING`, :data:`SHORT`, or empty for what has no part in it.
    wrong : (n,) bool
        What keeps the figure from its target.
    size : (n,) float or None
        The length in metres or the area in square metres within the jurisdiction.
    """

    members: Members
    role: NDArray[Any]
    wrong: NDArray[np.bool_]
    size: NDArray[np.float64] | None = None


@dataclass
class Reading:
    """What the map says of one figure, or of one group of it.

    Attributes
    ----------
    figure : Figure
    group : str
        The value of the figure's group column; empty without one.
    value : float
        The figure from what is known; NaN where that gives none.
    bounds : tuple of float
        The least and the greatest value that is still possible, in the figure's unit; NaN where none is.
    defined : bool
        Whether the figure exists at all: the share of nothing does not.
    numerator, denominator : float
        What is surely counted, and of what; NaN where the measure has none.
    lacking : list of (Reason, int)
        Why it is no single number, with how many features that concerns (0: the layer as a whole).
    behind : list of Behind
    checked : int
        The features that belong or may belong.
    """

    figure: Figure
    group: str = ""
    value: float = math.nan
    bounds: Bounds = NOTHING
    defined: bool = False
    numerator: float = math.nan
    denominator: float = math.nan
    lacking: list[tuple[Reason, int]] = field(default_factory=list)
    behind: list[Behind] = field(default_factory=list)
    checked: int = 0

    @property
    def exact(self) -> bool:
        """Whether the figure is one number."""
        return self.defined and tidy(self.bounds[0]) == tidy(self.bounds[1])

    def meets(self, target: Target) -> str:
        """Tell whether the target is :data:`MET`: only if the whole interval says the same."""
        low, high = map(tidy, self.bounds)
        if not self.defined or math.isnan(low) or math.isnan(high):
            return NOT_COMPUTABLE
        if target.met(low) and target.met(high):
            return MET
        least = -math.inf if target.minimum is None else target.minimum
        most = math.inf if target.maximum is None else target.maximum
        return NOT_MET if high < least or low > most else NOT_COMPUTABLE

    def source(self) -> list[str]:
        """Return the columns that the figure is computed from as ``layer.column``, or the layers alone."""
        figure = self.figure
        of = [*(test.attribute for test in figure.having), figure.column, figure.group]
        of = [name for name in of if name] or [test.attribute for test in figure.of.filter]
        found = [f"{figure.of.layer}.{name}" for name in of] or [figure.of.layer]
        if figure.per is not None:
            per = [figure.per.column] if figure.per.column else [test.attribute for test in figure.per.filter]
            found += [f"{figure.per.layer}.{name}" for name in per] or [figure.per.layer]
        return list(dict.fromkeys(found))


def tidy(value: float) -> float:
    """Return a figure without the rounding error of its last places: 7 of 100 is no more than 7 %."""
    return float(f"{value:.12g}")


def read(figure: Figure, context: Context, what: str = "") -> list[Reading]:
    """Read one figure from the map.

    Parameters
    ----------
    figure : Figure
    context : Context
        Its jurisdiction bounds what is counted.
    what : str
        What the figure belongs to, for messages.

    Returns
    -------
    list of Reading
        One, or one for each value of the figure's group column.

    Raises
    ------
    InputError
        If a unit is none of the measure's, a layer has no lines or polygons to measure, or an attribute holds
        what it cannot.
    """
    _check(figure, context, f"{what} figure {figure.id}".strip())
    selected = [_select(figure, which, context) for which in figure.selections()]
    for which, members in zip(figure.selections(), selected):
        if members is None:
            zh, en = context.incompleteness(which.layer)
            why = Reason(zh, en, which.layer, context.onemap.department(which.layer))
            return [Reading(figure, lacking=[(why, 0)])]
    of, per = selected[0], selected[1] if len(selected) > 1 else None
    if figure.measure == "area_change":
        # What it is measured against is the same selection on the earlier day.
        per = select(figure.of, context, day=figure.since, whole=False)
    if not figure.group:
        return [_finish(_measure(figure, of, per, context), of, per)]
    return _groups(figure, of, per, context)


def _check(figure: Figure, context: Context, what: str) -> None:
    dimension = _dimension(figure)
    if dimension is None:
        return
    if figure.measure != "area_share":
        shapes.unit_size(figure.unit, shapes.LENGTH_UNITS if dimension == 1 else shapes.AREA_UNITS, what)
    for selection in figure.selections():
        spec = context.onemap.spec(selection.layer)
        wanted = "Line" if dimension == 1 else "Polygon"
        if spec is not None and wanted not in spec.geometry:
            raise InputError(
                f"{what}: a {figure.measure} needs {wanted.lower()}s, but layer '{selection.layer}' holds"
                f" {spec.geometry}; correct the rulebook."
            )


def _dimension(figure: Figure) -> int | None:
    """Return 1 for a length, 2 for an area, None for what counts whole features."""
    return {"length": 1, "area": 2, "area_share": 2, "area_change": 2}.get(figure.measure)


def _select(figure: Figure, which: Any, context: Context) -> Members | None:
    return select(which, context, whole=_dimension(figure) is None, parts=bool(figure.group))


def _groups(figure: Figure, of: Members, per: Members | None, context: Context) -> list[Reading]:
    column = figure.group
    values = _said(of, column)
    shown = list(zip(values, of.state))
    if figure.measure == "area_change" and per is not None:  # of what is all gone nothing is left to show
        shown += zip(_said(per, column), per.state)
    names = sorted({v for v, state in shown if v and state != NO})
    readings = []
    for name in names:
        mine = of.taken(both(of.state, _is(values, name)))
        theirs = per
        if per is not None and column in per.frame.columns:
            theirs = per.taken(both(per.state, _is(_said(per, column), name)))
        one = _finish(_measure(figure, mine, theirs, context), mine, theirs)
        readings.append(replace(one, group=name))
    if not names or not of.complete:
        # Groups that the map does not show may exist.
        rest = _finish(Reading(figure), of.taken(np.full(len(of), NO, dtype=np.int8)), None)
        readings.append(rest)
    return readings


def _said(members: Members, column: str) -> list[str]:
    if column not in members.frame.columns:
        return [""] * len(members)
    return ["" if v is None or v != v else str(v) for v in members.frame[column]]


def _is(values: list[str], name: str) -> NDArray[np.int8]:
    return np.array([YES if v == name else NO if v else UNKNOWN for v in values], dtype=np.int8)


def _finish(reading: Reading, of: Members, per: Members | None) -> Reading:
    """Sum up why the figure is no single number."""
    found: dict[Reason, set[tuple[int, int]]] = {}
    for members in (of, per):
        for reason in members.general if members is not None else ():
            found.setdefault(reason, set())
    for place, behind in enumerate(reading.behind):
        for row in np.flatnonzero(behind.role == MISSING):
            for reason in behind.members.reasons[row]:
                found.setdefault(reason, set()).add((place, int(row)))
    reading.lacking = [(reason, len(rows)) for reason, rows in found.items()]
    reading.checked = int((of.state != NO).sum())
    if not math.isnan(reading.value) and not any(map(math.isnan, reading.bounds)):
        reading.value = min(max(reading.value, reading.bounds[0]), reading.bounds[1])
    return reading


# --------------------------------------------------------------------------------------------------------
# The measures
# --------------------------------------------------------------------------------------------------------


def _measure(figure: Figure, of: Members, per: Members | None, context: Context) -> Reading:
    has = having(of, figure.having, context) if figure.having else None
    if figure.measure in ("count", "share"):
        return _counted(figure, of, has, context)
    if figure.measure in ("length", "area"):
        return _extent(figure, of, has)
    if figure.measure == "area_share" and per is not None:
        return _area_share(figure, of, per, has)
    if figure.measure == "area_change" and per is not None:
        return _area_change(figure, of, per, has, context)
    if figure.measure == "ratio" and per is not None:
        return _ratio(figure, of, per, has, context)
    return _values(figure, of, has, context)


def _roles(counts: NDArray[np.int8], unknown: NDArray[np.bool_], short: NDArray[np.bool_]) -> NDArray[Any]:
    return np.select([unknown, short, counts == YES], [MISSING, SHORT, COUNTED], "").astype(object)


def _counted(figure: Figure, of: Members, has: NDArray[np.int8] | None, context: Context) -> Reading:
    counts = shapes.counted(of, has)
    sure = of.state == YES
    unseen = not of.complete
    numerator, members = float((counts == YES).sum()), float(sure.sum())
    none = np.zeros(len(of), dtype=bool)
    short = none if has is None else sure & (has == NO)
    if figure.measure == "count" or has is None:
        bounds = intervals.count(counts, unseen) if _stated(of, counts) else NOTHING
        value, defined, unknown = numerator, _stated(of, counts), counts == UNKNOWN
        denominator = members if has is not None else math.nan
    else:
        low, high = intervals.share(of.state, has, unseen)
        bounds = (100 * low, 100 * high)
        known = float((sure & (has != UNKNOWN)).sum())
        value = 100 * numerator / known if known else math.nan
        defined, denominator = bool(members), members
        unknown = (of.state != NO) & ((of.state == UNKNOWN) | (has == UNKNOWN))
        if low == high and members:
            bounds = (100 * numerator / members,) * 2
    target = figure.target(context.as_of)
    wrong = none
    if target is not None and target.minimum is not None:
        wrong = wrong | short
    if target is not None and target.maximum is not None:
        wrong = wrong | (counts == YES)
    behind = Behind(of, _roles(counts, unknown, short), wrong)
    return Reading(figure, "", value, bounds, defined, numerator, denominator, behind=[behind])


def _stated(of: Members, counts: NDArray[np.int8]) -> bool:
    """Tell whether nothing found means nothing there: a statistic without a row is no zero."""
    return of.layer != STATISTIC or bool((counts == YES).any())


def _values(figure: Figure, of: Members, has: NDArray[np.int8] | None, context: Context) -> Reading:
    counts = shapes.counted(of, has)
    low, high, limits = numbers(of, figure.column, context, counts != NO, figure.unit)
    known = (counts == YES) & (low == high)
    unseen = not of.complete
    values, n = low[known], int(known.sum())
    added = math.fsum(values)
    if figure.measure == "sum":
        defined = _stated(of, counts)
        bounds = intervals.total(counts, low, high, unseen, limits) if defined else NOTHING
        value, denominator = added if defined else math.nan, math.nan
    else:
        bounds = _OF_VALUES[figure.measure](counts, low, high, unseen, limits)
        defined, denominator = bool((counts == YES).any()), float(n) if figure.measure == "mean" else math.nan
        pick = {"mean": lambda: added / n, "max": values.max, "min": values.min}[figure.measure]
        value = float(pick()) if n else math.nan
    unknown = (counts == UNKNOWN) | ((counts == YES) & ~known)
    wrong = np.zeros(len(of), dtype=bool)
    target = figure.target(context.as_of)
    if target is not None and figure.measure != "sum":
        wrong = known & ~np.array([target.met(tidy(v)) for v in low], dtype=bool)
    numerator = added if figure.measure == "mean" and n else value
    behind = Behind(of, _roles(counts, unknown, wrong), wrong)
    return Reading(figure, "", value, bounds, defined, numerator, denominator, behind=[behind])


def _ratio(figure: Figure, of: Members, per: Members, has: NDArray[np.int8] | None, context: Context) -> Reading:
    factor = 100.0 if figure.unit in ("%", "％") else 1.0
    counts = shapes.counted(of, has)
    low, high, limits = numbers(of, figure.column, context, counts != NO)
    base_low, base_high, base_limits = numbers(per, figure.per.column, context, per.state != NO)
    known = (counts == YES) & (low == high)
    base_known = (per.state == YES) & (base_low == base_high)
    same = _same_features(figure)
    if same:
        if has is not None:  # what does not count adds nothing above, and all of it below
            low = np.where(has == NO, 0.0, np.where(has == UNKNOWN, np.minimum(low, 0.0), low))
            high = np.where(has == NO, 0.0, np.where(has == UNKNOWN, np.maximum(high, 0.0), high))
        bounds = intervals.quotient_of_same(
            of.state, (low, high), (base_low, base_high), not of.complete, (limits, base_limits)
        )
        # With one of the two numbers a feature tells nothing of their quotient.
        pairs = (of.state == YES) & (low == high) & (base_low == base_high)
        above, below = math.fsum(low[pairs]), math.fsum(base_low[pairs])
    else:
        bounds = intervals.quotient(
            intervals.total(counts, low, high, not of.complete, limits),
            intervals.total(per.state, base_low, base_high, not per.complete, base_limits),
        )
        above, below = math.fsum(low[known]), math.fsum(base_low[base_known])
    least = intervals.total(per.state, base_low, base_high, False, base_limits)[0]
    # Without a single row above, the quotient of a statistic is not 0 but unknown.
    defined = least > 0 and _stated(of, counts)
    value = factor * above / below if below > 0 and _stated(of, counts) else math.nan
    if not (_stated(of, counts) and _stated(per, per.state)):
        bounds = NOTHING
    above = above if _stated(of, counts) else math.nan
    below = below if _stated(per, per.state) else math.nan
    if bounds[0] == bounds[1] and not math.isnan(value):
        bounds = (value / factor,) * 2
    unknown = (counts == UNKNOWN) | ((counts == YES) & ~known)
    base_unknown = (per.state == UNKNOWN) | ((per.state == YES) & ~base_known)
    none = np.zeros(len(of), dtype=bool)
    if same:
        behind = [Behind(of, _roles(of.state, unknown | base_unknown, none), none)]
        for row in np.flatnonzero(base_unknown):
            of.reasons[row] += [reason for reason in per.reasons[row] if reason not in of.reasons[row]]
    else:
        idle = np.zeros(len(per), dtype=bool)
        behind = [Behind(of, _roles(counts, unknown, none), none),
                  Behind(per, _roles(per.state, base_unknown, idle), idle)]  # fmt: skip
    return Reading(
        figure, "", value, (factor * bounds[0], factor * bounds[1]), defined, above, below, behind=behind
    )


def _same_features(figure: Figure) -> bool:
    of, per = figure.of, figure.per
    return per is not None and (of.layer, of.filter, of.where) == (per.layer, per.filter, per.where)


def _extent(figure: Figure, of: Members, has: NDArray[np.int8] | None) -> Reading:
    counts = shapes.counted(of, has)
    dimension = _dimension(figure) or 2
    extents = shapes.Extents(of, counts, dimension)
    if dimension == 1:
        size, bounds = shapes.LENGTH_UNITS[figure.unit], shapes.length(extents, not of.complete)
    else:
        size, bounds = shapes.AREA_UNITS[figure.unit], shapes.area(extents, of)
    none = np.zeros(len(of), dtype=bool)
    behind = Behind(of, _roles(counts, extents.state == UNKNOWN, none), none, extents.measure())
    low, high = bounds[0] / size, bounds[1] / size
    return Reading(figure, "", low, (low, high), True, low, math.nan, behind=[behind])


def _area_share(figure: Figure, of: Members, per: Members, has: NDArray[np.int8] | None) -> Reading:
    counts = shapes.counted(of, has)
    upper, lower = shapes.Extents(of, counts, 2), shapes.Extents(per, per.state, 2)
    (low, high), covered, whole = shapes.area_share(upper, lower, of, per)
    value = 100 * covered / whole if whole > 0 else math.nan
    bounds = (value, value) if low == high and whole > 0 else (100 * low, 100 * high)
    none, idle = np.zeros(len(of), dtype=bool), np.zeros(len(per), dtype=bool)
    behind = [
        Behind(of, _roles(counts, upper.state == UNKNOWN, none), none, upper.measure()),
        Behind(per, _roles(per.state, lower.state == UNKNOWN, idle), idle, lower.measure()),
    ]
    # In square kilometres: a city's areas are read in them.
    return Reading(figure, "", value, bounds, whole > 0, covered / 1e6, whole / 1e6, behind=behind)


def _area_change(
    figure: Figure, of: Members, then: Members, has: NDArray[np.int8] | None, context: Context
) -> Reading:
    import pandas as pd

    if figure.since is None or figure.since > context.as_of:
        return Reading(figure)
    had = having(then, figure.having, context) if figure.having else None
    stamp, today = pd.Timestamp(figure.since), pd.Timestamp(context.as_of)
    starts, started = _days(of, "valid_from"), _days(then, "valid_from")
    ends = _days(then, "valid_to")
    common = np.where(starts.isna(), UNKNOWN, np.where(starts <= stamp, YES, NO)).astype(np.int8)
    gone = (ends.notna() & (ends <= today)).to_numpy()
    before = shapes.counted(then, had)
    before = np.where(started.isna().to_numpy() & (before == YES) & gone, UNKNOWN, before).astype(np.int8)
    now, past = shapes.Extents(of, shapes.counted(of, has), 2), shapes.Extents(then, before, 2)
    size = shapes.AREA_UNITS[figure.unit]
    low, high = shapes.area_change(now, past, common, gone, of)
    area, earlier = shapes.square_metres(now.sure), shapes.square_metres(past.sure)
    zones = context.zones(figure.of.layer)
    since = zones.coverage.complete_as_of if zones is not None else None
    told = bool((started <= stamp).any()) or (since is not None and since <= figure.since)
    if not told:
        of.general.append(
            Reason(
                f"一张图中没有{figure.since.isoformat()}的“{context.onemap.title(of.layer)}”",
                f"the map does not say what layer {of.layer} was on {figure.since.isoformat()}",
                of.layer,
                context.onemap.department(of.layer),
            )
        )
    none = np.zeros(len(of), dtype=bool)
    unknown = (now.state == UNKNOWN) | ((common == UNKNOWN) & (now.state == YES) & (low != high))
    lost = gone & (past.state == YES)
    lost_role = _roles(np.where(gone, past.state, NO), gone & (past.state == UNKNOWN), lost)
    behind = [
        Behind(of, _roles(now.state, unknown, none), none, now.measure()),
        Behind(then, lost_role, lost, past.measure()),
    ]
    for row in np.flatnonzero(unknown & (common == UNKNOWN)):
        of.reasons[row].append(
            Reason("未填写生效日期", "valid_from not given", f"{of.layer}.valid_from", context.onemap.department(of.layer))
        )
    value = (area - earlier) / size if told else math.nan
    return Reading(
        figure, "", value, (low / size, high / size), told, area / size, earlier / size, behind=behind
    )


def _days(members: Members, name: str) -> Any:
    import pandas as pd

    if name not in members.frame.columns:
        return pd.Series(pd.NaT, index=members.frame.index)
    return pd.to_datetime(members.frame[name])
