"""Where a point would be hit by a relation: the region of each of the four states, as polygons in degrees.

The relations of :mod:`.clauses.relations` answer for given sites; here the same questions are answered for all
points of an area at once.  A region's state is that which the relation gives a point in it, within a
metre of the region's edges.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .clauses.conditions import NO, YES, evaluate
from .clauses.context import Context, Zones
from .clauses.model import Combination, Relation, Where
from .clauses.relations import WORKING_WHY
from .geodesy import metres_per_degree
from .progress import report
from .suitability_shapes import (
    EMPTY,
    both,
    buffers,
    either,
    eroded,
    own,
    patiently,
    polygons,
    together,
    union,
    without,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: The boundary of a union is looked for within so many metres of the zones it came from.
_EDGE_M = 0.01


@dataclass(frozen=True)
class Reason:
    """Why a state is in doubt, in zh and en, and the department that can settle it."""

    zh: str
    en: str
    department: str = ""


@dataclass(frozen=True)
class Named:
    """Zones and the ground on which each of them counts.

    Attributes
    ----------
    ground : (n,) geometry
    name : (n,) object
        The zone's name, else its id.
    title_zh, title_en : str
        Of their layer.
    """

    ground: NDArray[Any]
    name: NDArray[Any]
    title_zh: str
    title_en: str


@dataclass(frozen=True)
class Region:
    """The ground where a relation's state is at least open, at least tentative, and hit.

    Attributes
    ----------
    open, tentative, hit : Polygon or MultiPolygon
        Each holds the next; EPSG:4490, within the area asked for.
    reasons : tuple of Reason
        What puts some of the ground in doubt.
    named : tuple of Named
    """

    open: Any
    tentative: Any
    hit: Any
    reasons: tuple[Reason, ...] = ()
    named: tuple[Named, ...] = ()

    def of_states(self, states: frozenset[int], area: Any) -> Any:
        """Return the ground where the state is one of `states` (of 1 open, 2 tentative, 3 hit)."""
        at_least = (area, self.open, self.tentative, self.hit, EMPTY)
        found = EMPTY
        for low in range(1, 4):
            if low in states and low - 1 not in states:
                high = next(k for k in range(low, 5) if k not in states)
                found = either(found, without(at_least[low], at_least[high]))
        return found


@dataclass
class World:
    """The area looked at, and what is known of relations already answered in it.

    Attributes
    ----------
    area : Polygon or MultiPolygon
        EPSG:4490.
    context : Context
    kept : dict
        Grounds worth drawing once, by what they are.
    """

    area: Any
    context: Context
    kept: dict[str, Any] = field(default_factory=dict)
    _done: dict[str, Region] = field(default_factory=dict)

    def region(self, where: Where) -> Region:
        """Return the regions of a whole ``where`` tree."""
        report(self.context.progress, 0.0)
        code = self.context.jurisdiction_code
        key = repr((code, where))
        if key not in self._done:
            if isinstance(where, Combination):
                self._done[key] = self._combined(where)
            else:
                self._done[key] = REGIONS.get(where.verb, _undrawn)(self, where)
        return self._done[key]

    def _combined(self, where: Combination) -> Region:
        found = [self.region(branch) for branch in where.of]
        reasons = tuple(dict.fromkeys(reason for one in found for reason in one.reasons))
        named = tuple(name for one in found for name in one.named)
        first, *rest = found
        join = both if where.verb == "all" else either

        def of_state(state: str) -> Any:
            shape = own(getattr(first, state))
            for one in rest:
                shape = join(shape, own(getattr(one, state)))
            return shape

        states = ("open", "tentative", "hit")
        # Where nothing is in doubt the three are one shape.
        kinds = [tuple(id(getattr(one, state)) for one in found) for state in states]
        different = dict(zip(kinds, states))
        drawn = dict(zip(different, self.together(*(lambda s=state: of_state(s) for state in different.values()))))
        shapes = [drawn[kind] for kind in kinds]
        if where.verb == "none":
            clear = self.patient(without, self.area, shapes[0])
            return Region(self.patient(without, self.area, shapes[2]), clear, clear, reasons)
        return Region(*shapes, reasons, named)

    def patient(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Run a long piece of geometry, and stop within 0.1 s of the user's cancelling."""
        return patiently(lambda: work(*arguments), self.context.progress)

    def together(self, *works: Callable[[], Any]) -> list[Any]:
        """Run long pieces of geometry side by side, and stop within 0.1 s of the user's cancelling."""
        return together(works, self.context.progress)

    def within(self, geometry: Any) -> Any:
        """Cut polygons to the area."""
        return self.patient(both, self.area, geometry)

    def near(self, geometry: NDArray[Any], metres: float) -> NDArray[np.bool_]:
        """Tell which geometries may lie within `metres` of the area (by their boxes)."""
        low_x, low_y, high_x, high_y = shapely.bounds(self.area)
        kx = float(np.min(metres_per_degree(np.array([low_y, high_y]))[0]))
        dx, dy = (metres + 100.0) / kx, (metres + 100.0) / 110_000.0
        box = shapely.box(low_x - dx, low_y - dy, high_x + dx, high_y + dy)
        with np.errstate(invalid="ignore"):
            return np.asarray(shapely.intersects(shapely.box(*shapely.bounds(geometry).T), box))

    def incomplete(self, layer: str, margin: float = 0.0) -> Any:
        """Return the ground where the layer is not declared complete as far as `margin` metres around."""
        zones = self.context.zones(layer)
        if zones is None or zones.coverage.area is None:
            return self.area
        declared = zones.coverage.area
        gap = self.patient(without, self.area, declared)
        if margin > 0:
            rings = shapely.get_parts(shapely.boundary(declared))
            rings = rings[self.near(rings, margin)]
            fringe = self.patient(lambda: union(buffers(rings, margin)))
            gap = self.patient(either, gap, self.within(fringe))
        return gap

    def lacking(self, layer: str) -> Reason:
        """Say why a layer cannot answer."""
        return Reason(*self.context.incompleteness(layer), self.context.onemap.department(layer))


@dataclass(frozen=True)
class _Chosen:
    """The zones of a relation that may count, and how surely each does."""

    zones: Zones
    rows: NDArray[np.intp]
    yes: NDArray[np.bool_]
    sound: NDArray[np.bool_]

    @property
    def geometry(self) -> NDArray[Any]:
        return self.zones.geometry[self.rows]

    @property
    def accuracy(self) -> NDArray[np.float64]:
        return self.zones.accuracy[self.rows]


def _choose(world: World, relation: Relation, metres: float) -> _Chosen | None:
    """Return the zones near the area; None where the map has no such layer."""
    zones = world.context.zones(relation.layer or "")
    if zones is None:
        return None
    decided = evaluate(relation.filter, zones.frame, zones.name)
    rows = np.flatnonzero((decided != NO) & zones.usable)
    if len(rows):
        rows = rows[world.near(zones.geometry[rows], metres + float(zones.accuracy[rows].max()))]
    return _Chosen(zones, rows, decided[rows] == YES, ~zones.invalid[rows])


def _open_everywhere(world: World, reason: Reason) -> Region:
    return Region(world.area, EMPTY, EMPTY, (reason,))


def _doubts(world: World, chosen: _Chosen) -> list[Reason]:
    """Say what of the zones themselves leaves ground in doubt."""
    said = []
    if (chosen.accuracy > 0).any():
        said.append(("距边界在定位精度以内", "within the positional accuracy of the boundary"))
    if not chosen.sound.all():
        said.append(("区划几何无效,经修复后试算", "the zone's geometry is invalid and was mended for this run"))
    if not chosen.yes.all():
        said.append(("区划属性未填写", "an attribute of the zone is empty"))
    department = world.context.onemap.department(chosen.zones.name)
    return [Reason(zh, en, department) for zh, en in said]


def _named(world: World, chosen: _Chosen, ground: NDArray[Any]) -> Named:
    frame, onemap = chosen.zones.frame, world.context.onemap
    names = np.full(len(chosen.rows), "", dtype=object)
    for key in ("uid", "name"):
        if key in frame:
            values = frame[key].to_numpy(dtype=object)[chosen.rows]
            told = np.array([v is not None and v == v and str(v) != "" for v in values], dtype=bool)
            names[told] = [str(v) for v in values[told]]
    layer = chosen.zones.name
    return Named(ground, names, onemap.title(layer), onemap.title(layer, "en"))


def _settled(
    world: World, chosen: _Chosen, sure: Callable[[], NDArray[Any]], met: NDArray[Any], reach: NDArray[Any],
    margin: float, *, certain: bool = True,
) -> Region:  # fmt: skip
    """Put a relation's regions together.

    `sure()` draws where each zone's hit is beyond its positional accuracy, `met` where it is a hit at all,
    `reach` how far its accuracy lets it reach; all (n,).
    """
    reasons = _doubts(world, chosen)
    yes = chosen.yes
    exact = not chosen.accuracy.any()
    firm = yes & chosen.sound
    same_hit, same_open = exact and bool(firm.all()), exact and bool(yes.all())
    grounds = [met[yes]]
    if certain and not same_hit:
        grounds.append(world.patient(sure)[firm])
    if not same_open:
        grounds.append(reach)
    works = [lambda g=ground: both(own(world.area), union(own(g))) for ground in grounds]
    tentative, *drawn = world.together(*works)
    hit = EMPTY if not certain else tentative if same_hit else drawn.pop(0)
    open_ = tentative if same_open else world.patient(either, drawn.pop(0), tentative)
    gap = world.incomplete(chosen.zones.name, margin)
    if not gap.is_empty:
        bare, open_ = world.together(lambda: without(own(gap), own(tentative)), lambda: either(own(open_), own(gap)))
        if not bare.is_empty:
            reasons.append(world.lacking(chosen.zones.name))
    return Region(open_, tentative, hit, tuple(reasons), (_named(world, chosen, reach),))


# --------------------------------------------------------------------------------------------------------
# The relations
# --------------------------------------------------------------------------------------------------------


def _inside(world: World, relation: Relation) -> Region:
    chosen = _choose(world, relation, 0.0)
    if chosen is None:
        return _open_everywhere(world, world.lacking(relation.layer or ""))
    shape, accuracy = chosen.geometry, chosen.accuracy
    reach = world.patient(buffers, shape, accuracy)
    found = _settled(world, chosen, lambda: eroded(shape, accuracy), shape, reach, 0.0)
    if relation.min_area_m2 > 0 or relation.min_share > 0:
        reason = Reason(
            "需有场地范围才能计算重叠面积", "an overlap can be computed only once the site has an outline"
        )
        return Region(found.open, EMPTY, EMPTY, (*found.reasons, reason), found.named)
    return found


def _within(world: World, relation: Relation) -> Region:
    threshold = relation.lengths["distance"]
    limit = threshold.resolve(world.context.working)
    chosen = _choose(world, relation, limit)
    if chosen is None:
        return _open_everywhere(world, world.lacking(relation.layer or ""))
    shape, accuracy = chosen.geometry, chosen.accuracy
    met = world.patient(buffers, shape, limit)
    reach = met if not accuracy.any() else world.patient(buffers, shape, limit + accuracy)

    def sure() -> NDArray[Any]:
        ground = buffers(shape, np.maximum(limit - accuracy, 0.0))
        # A zone whose accuracy is the limit or more is surely met nowhere.
        ground[(accuracy > 0) & (accuracy >= limit)] = EMPTY
        return ground

    found = _settled(world, chosen, sure, met, reach, limit, certain=not threshold.working)
    if not threshold.working:
        return found
    words = {"zh": threshold.zh or threshold.working, "en": threshold.en or threshold.working, "metres": limit}
    reason = Reason(*(text.format(**words) for text in WORKING_WHY))
    return replace(found, reasons=(*found.reasons, reason))


def _outside(world: World, relation: Relation) -> Region:
    chosen = _choose(world, relation, 0.0)
    if chosen is None:
        return _open_everywhere(world, world.lacking(relation.layer or ""))
    shape = chosen.geometry
    wide = world.patient(union, shape)
    sure = wide if chosen.yes.all() else world.patient(union, shape[chosen.yes])
    band = world.patient(_edge_band, wide, chosen)
    gap = world.incomplete(chosen.zones.name)
    beyond = world.patient(without, world.area, wide)
    tentative = world.patient(without, beyond, gap)
    hit = world.patient(without, tentative, band)
    clear = world.patient(without, world.within(sure), band)
    reasons = _doubts(world, chosen)
    if not world.patient(both, gap, beyond).is_empty:
        reasons.append(world.lacking(chosen.zones.name))
    return Region(world.patient(without, world.area, clear), tentative, hit, tuple(reasons))


def _edge_band(wide: Any, chosen: _Chosen) -> Any:
    """Return the ground within positional accuracy of the edge of the zones' union."""
    bands = []
    for metres in np.unique(chosen.accuracy[chosen.accuracy > 0]):
        # Of the edge only what stems from zones of this accuracy.
        mine = union(buffers(chosen.geometry[chosen.accuracy == metres], _EDGE_M))
        edge = shapely.intersection(shapely.boundary(wide), mine)
        bands.append(union(buffers(shapely.get_parts(edge), metres)))
    return union(bands)


def _anywhere(world: World, relation: Relation) -> Region:
    jurisdiction = world.context.jurisdiction
    if jurisdiction is None:
        zh, en = "一张图中没有市级行政区界线", "the map has no city boundary (admin_area, level city)"
        return _open_everywhere(world, Reason(zh, en, world.context.onemap.department("admin_area")))
    inside = world.within(polygons(jurisdiction))
    return Region(inside, inside, inside)


def _river_section(world: World, relation: Relation) -> Region:
    from .suitability_rivers import river_section

    return river_section(world, relation)


def _undrawn(world: World, relation: Relation) -> Region:
    """Leave open what is decided site by site."""
    zh = f"“{_VERBS_ZH.get(relation.verb, relation.verb)}”须按具体地块研判,不能成片给出"
    en = f"'{relation.verb}' is decided for a given site and has no region; run the siting check there"
    return _open_everywhere(world, Reason(zh, en))


_VERBS_ZH = {"coverage": "服务覆盖", "upstream_of": "上下游", "visible_from": "直观可视"}

#: Relation -> its regions; one that is not here is left open.
REGIONS: dict[str, Callable[[World, Relation], Region]] = {
    "inside": _inside,
    "overlap": _inside,
    "within": _within,
    "outside": _outside,
    "anywhere": _anywhere,
    "river_section": _river_section,
}


def reasons_text(reasons: Sequence[Reason], lang: str) -> str:
    """Join reasons in one language."""
    joint = ";" if lang == "zh" else "; "
    return joint.join(dict.fromkeys(getattr(one, lang) for one in reasons))
