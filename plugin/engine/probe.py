"""May this go here?  The siting check for one point that moves, fast enough to follow a mouse.

Whatever does not depend on the place is settled once: which rules bind the facility, which zones pass their filters,
where layers are complete.  For a place, each layer is asked once in a metric frame; a distance in that frame is
wrong by
at most a known share, so that only what lies within this share of a limit is measured on the ellipsoid.  The answer is
that of :func:`.siting.check`, rule by rule; relations along rivers, over the terrain or about services are left to that
check and named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from . import geodesy, siting
from .clauses.conditions import NO, UNKNOWN, YES, evaluate
from .clauses.context import CLEAR, HIT, OPEN, TENTATIVE, Context, Subjects, Zones, from_code
from .clauses.model import Clause, Relation, Rulebook, Where
from .clauses.neighbours import filter_frame
from .clauses.relations import depth
from .errors import InputError
from .facilities import FacilityTypes, load_facility_types
from .findings import verdict, verdict_text
from .progress import SILENT, Progress, report

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .onemap import OneMap

#: What the probe can answer; the others need the network, the terrain or all providers of a service.
VERBS = ("inside", "overlap", "within", "outside", "anywhere")
#: How far the nearest zone is looked for where no rule asks farther, metres.
SIGHT_M = 2000.0
_WORDS = {CLEAR: "clear", OPEN: "not_assessed", TENTATIVE: "hit", HIT: "hit"}


@dataclass(frozen=True)
class Constraint:
    """What one rule says at the place.

    Attributes
    ----------
    rulebook, clause_id, zh, en, effect : str
    status : str
        ``hit``, ``clear`` or ``not_assessed``.
    tentative : bool
        A hit that cannot carry a refusal.
    distance_m : float
        To the zone named, NaN where none is in sight; ellipsoidal.
    threshold_m : float
        NaN where the rule has none.
    zone_layer, zone_id, zone_name : str
    line : LineString or None
        From the place to the zone, degrees.
    """

    rulebook: str
    clause_id: str
    zh: str
    en: str
    effect: str
    status: str
    tentative: bool
    distance_m: float
    threshold_m: float
    zone_layer: str
    zone_id: str
    zone_name: str
    line: Any


@dataclass(frozen=True)
class Probed:
    """The answer at one place: the verdict so far, and the rules by gravity and distance."""

    known: str
    possible: str
    pending: int
    text_zh: str
    text_en: str
    constraints: tuple[Constraint, ...]


class _Answer(NamedTuple):
    """A relation's state, as the range it may be in, and the zone it rests on (layer, row, planar metres)."""

    low: int
    high: int
    layer: str
    row: int
    threshold: float


class _Near(NamedTuple):
    """The zones of a layer in reach of the place: rows and planar metres."""

    row: NDArray[np.intp]
    metres: NDArray[np.float64]


class _Layer:
    """The zones of one layer, ready to be asked; `reach` is how far any rule looks, metres."""

    def __init__(self, zones: Zones) -> None:
        self.zones = zones
        self.rows = np.flatnonzero(zones.usable)
        self.reach = SIGHT_M
        self.lat, self.error = 0.0, 0.0
        self.flat: NDArray[Any] = np.empty(0, dtype=object)
        self.tree: Any = None
        self.accuracy = zones.accuracy
        area = zones.coverage.area
        self.area = area
        self.edge = None if area is None else shapely.boundary(area)
        self.flat_edge: Any = None

    def prepare(self, lat: float, error: float) -> None:
        """Build the tree in the metric frame of a latitude."""
        self.lat, self.error = lat, error
        self.flat = np.full(len(self.zones.frame), None, dtype=object)
        self.flat[self.rows] = geodesy.scaled(self.zones.geometry[self.rows], lat)
        shapely.prepare(self.flat)
        self.tree = shapely.STRtree(self.flat[self.rows])
        if self.area is not None:
            shapely.prepare(self.area)
            (self.flat_edge,) = geodesy.scaled(np.array([self.edge], dtype=object), lat)
            shapely.prepare(self.flat_edge)

    def near(self, flat: Any) -> _Near:
        """Return what lies in reach of a point of the frame."""
        found = self.rows[self.tree.query(flat, predicate="dwithin", distance=self.reach * (1 + 2 * self.error) + 1.0)]
        return _Near(found, shapely.distance(flat, self.flat[found]))

    def complete(self, point: Any, flat: Any, margin: float) -> bool:
        """Tell whether the layer is declared complete at the point and `margin` metres around it."""
        if self.area is None or not shapely.covers(self.area, point):
            return False
        if margin <= 0:
            return True
        planar = float(shapely.distance(flat, self.flat_edge))
        if abs(planar - margin) > planar * self.error * 1.5 + 1.0:
            return planar > margin
        return bool(geodesy.distance([point], [self.edge]).metres[0] >= margin)


@dataclass(frozen=True)
class _Rule:
    """A clause that binds the facility, with what of it does not depend on the place."""

    book: Rulebook
    clause: Clause
    binds: int
    exempt: bool
    doubted: bool
    area: Any


class Probe:
    """The siting check for a point; see :meth:`at`.

    Parameters
    ----------
    onemap : OneMap
    books : sequence of Rulebook
        Those in force on `as_of` make the verdict; the others are left out.
    as_of : date
    facility_type, nature : str, optional
    attributes : mapping of str to value
        Of the site, as the columns of a site layer.
    working : mapping of str to float, optional
        The office's own distances, metres.
    accuracy_m : float
        How exact the place is.

    Attributes
    ----------
    unprobed : tuple of (rulebook id, clause id)
        Rules that need the whole check: along rivers, over the terrain, about services.

    Raises
    ------
    InputError
        As :func:`.siting.check` does.
    Cancelled
        If the progress says so.
    """

    def __init__(
        self, onemap: OneMap, books: Sequence[Rulebook], *, as_of: date, facility_type: str | None = None,
        nature: str | None = None, attributes: Mapping[str, Any] | None = None,
        working: Mapping[str, float] | None = None, accuracy_m: float = 0.0,
        facilities: FacilityTypes | None = None, progress: Progress = SILENT,
    ) -> None:  # fmt: skip
        facilities = facilities or load_facility_types()
        self._context = Context(onemap, as_of, dict(working or {}), progress=progress)
        self._accuracy = float(accuracy_m)
        self._layers: dict[str, _Layer | None] = {}
        self._decided: dict[tuple[str, Any], NDArray[np.int8]] = {}
        self._coded: dict[tuple[str, Any], NDArray[np.bool_]] = {}
        self._unions: dict[tuple[str, Any], tuple[Any, Any]] = {}
        site = _site(facility_type, nature, attributes or {}, accuracy_m, facilities)
        self._rules: list[_Rule] = []
        unprobed = []
        clauses = [(book, clause) for book in books for clause in book.of_kind("siting")]
        for k, (book, clause) in enumerate(clauses):
            report(progress, 0.6 * k / max(len(clauses), 1), clause.id)
            rule = self._rule(book, clause, site, facilities)
            if rule is None:
                continue
            self._rules.append(rule)
            if any(relation.verb not in VERBS for relation in _leaves(clause.where)):
                unprobed.append((book.id, clause.id))
        self.unprobed = tuple(unprobed)
        self._prepare(progress)
        report(progress, 1.0)

    def _rule(self, book: Rulebook, clause: Clause, site: Subjects, facilities: FacilityTypes) -> _Rule | None:
        if clause.where is None or book.state(clause, self._context.as_of) != "in_force":
            return None
        bound = int(siting.bindings(clause, site, facilities)[0][0])
        if bound == CLEAR:
            return None
        answers = [
            int(evaluate(one.when, site.frame, site.layer)[0]) if one.when else UNKNOWN for one in clause.unless
        ]
        self._context.jurisdiction_code = book.jurisdiction.code
        area = self._context.jurisdiction
        if area is not None:
            shapely.prepare(area)
        return _Rule(book, clause, bound, YES in answers, UNKNOWN in answers, area)

    def _prepare(self, progress: Progress) -> None:
        low, high = [], []
        for rule in self._rules:
            for relation in _leaves(rule.clause.where):
                layer = self._layer(relation.layer) if relation.verb in VERBS and relation.layer else None
                if layer is None:
                    continue
                reach = self._limit(relation) + self._accuracy
                layer.reach = max(layer.reach, reach + (layer.accuracy.max() if len(layer.accuracy) else 0.0))
                self._filter(relation, layer)
                if len(layer.rows):
                    _, south, _, north = shapely.total_bounds(layer.zones.geometry[layer.rows])
                    low.append(south)
                    high.append(north)
        lat, error = filter_frame(min(low, default=30.0), max(high, default=40.0))
        self._lat = lat
        self._scale = np.array([float(k) for k in geodesy.metres_per_degree(lat)])
        named = [(name, layer) for name, layer in self._layers.items() if layer is not None]
        for k, (name, layer) in enumerate(named):
            report(progress, 0.6 + 0.4 * k / len(named), name)
            layer.prepare(lat, error)

    def _layer(self, name: str | None) -> _Layer | None:
        if name not in self._layers:
            zones = self._context.zones(name or "")
            self._layers[name or ""] = None if zones is None else _Layer(zones)
        return self._layers[name or ""]

    def _limit(self, relation: Relation) -> float:
        length = relation.lengths.get("distance") if relation.verb == "within" else None
        return length.resolve(self._context.working) if length else 0.0

    def _filter(self, relation: Relation, layer: _Layer) -> None:
        key = (relation.layer or "", relation.filter)
        if key in self._decided:
            return
        self._decided[key] = evaluate(relation.filter, layer.zones.frame, layer.zones.name)
        self._coded[key] = from_code(relation.filter, layer.zones.frame)

    # --- at a place ---------------------------------------------------------------------------------------

    def at(self, lon: float, lat: float) -> Probed:
        """Answer for a point in degrees (EPSG:4490)."""
        place = _Place(self, shapely.Point(lon, lat), shapely.Point(np.array([lon, lat]) * self._scale))
        sure: list[str] = []
        open_: list[str] = []
        told: list[tuple[_Rule, int, _Answer]] = []
        for rule in self._rules:
            if rule.area is not None and not shapely.intersects(rule.area, place.point):
                continue
            answer = place.where(rule.clause.where, rule.area)
            if answer.low != answer.high:
                continue
            state = min(answer.low, rule.binds)
            if rule.exempt:
                continue
            if state >= TENTATIVE and rule.doubted:
                state = TENTATIVE
            if state == HIT:
                sure.append(rule.clause.effect)
            elif state in (OPEN, TENTATIVE):
                open_.append(rule.clause.effect)
            told.append((rule, state, answer))
        known, possible = verdict(sure), verdict(open_)
        text_zh, text_en = verdict_text(known, possible, len(open_))
        return Probed(known, possible, len(open_), text_zh, text_en, place.constraints(told))


class _Place:
    """One point being asked; every layer is queried once."""

    def __init__(self, probe: Probe, point: Any, flat: Any) -> None:
        self._probe = probe
        self.point, self.flat = point, flat
        self._near: dict[str, _Near] = {}

    def where(self, where: Where | None, area: Any) -> _Answer:
        """Answer a tree of relations; `area` is the jurisdiction of the rule's book, None where the map lacks it."""
        if isinstance(where, Relation):
            return self._relation(where, area)
        if where is None:
            raise InputError("A siting rule without a place cannot be probed; check the rulebook.")
        answers = [self.where(branch, area) for branch in where.of]
        if where.verb == "none":
            worst = max(a.low for a in answers), max(a.high for a in answers)
            low, high = (_turned(one) for one in worst)
            shown = max(answers, key=lambda a: a.high)
            return shown._replace(low=low, high=high) if low == high else shown._replace(low=CLEAR, high=HIT)
        pick = min if where.verb == "all" else max
        low, high = pick(a.low for a in answers), pick(a.high for a in answers)
        # Shown is the branch that the answer rests on; a zone is told before none.
        best = [a for a in answers if a.high == high] or answers
        shown = next((a for a in best if a.row >= 0), best[0])
        return shown._replace(low=low, high=high)

    def _relation(self, relation: Relation, area: Any) -> _Answer:
        if relation.verb not in VERBS:
            return _Answer(CLEAR, HIT, "", -1, np.nan)
        if relation.verb == "anywhere":
            state = OPEN if area is None else (HIT if shapely.intersects(area, self.point) else CLEAR)
            return _Answer(state, state, "", -1, np.nan)
        layer = self._probe._layer(relation.layer)
        if layer is None:
            return _Answer(OPEN, OPEN, relation.layer or "", -1, np.nan)
        key = (relation.layer or "", relation.filter)
        if relation.verb == "outside":
            return self._outside(relation, layer, key)
        near = self._in_reach(relation.layer or "", layer)
        keep = self._probe._decided[key][near.row] != NO
        row, metres = near.row[keep], near.metres[keep]
        return self._reached(relation, layer, key, row, metres)

    def _in_reach(self, name: str, layer: _Layer) -> _Near:
        if name not in self._near:
            self._near[name] = layer.near(self.flat)
        return self._near[name]

    def _reached(
        self, relation: Relation, layer: _Layer, key: Any, row: NDArray[np.intp], metres: NDArray[np.float64]
    ) -> _Answer:
        """Answer ``inside``, ``overlap`` and ``within`` from the zones in reach."""
        probe = self._probe
        limit = probe._limit(relation)
        threshold = limit if relation.verb == "within" else np.nan
        accuracy = layer.accuracy[row] + probe._accuracy
        exact = metres.copy()
        # What the frame cannot decide is measured.
        slack = metres * layer.error * 1.5 + 1.0
        unsure = (np.abs(metres - limit) <= slack + accuracy) | (np.abs(np.abs(metres - limit) - accuracy) <= slack)
        some = np.flatnonzero(unsure)
        if len(some):
            points = np.full(len(some), self.point, dtype=object)
            exact[some] = geodesy.distance(points, layer.zones.geometry[row[some]]).metres
        hit = exact <= limit if relation.verb == "within" else exact == 0.0
        if not hit.any():
            near = len(row) and bool(((exact - limit) <= accuracy).any())
            margin = limit if relation.verb == "within" else 0.0
            state = OPEN if near or not layer.complete(self.point, self.flat, margin) else CLEAR
            pick = int(row[np.argmin(exact - accuracy)]) if len(row) else -1
            return _Answer(state, state, relation.layer or "", pick, threshold)
        z, states = row[hit], np.full(int(hit.sum()), HIT, dtype=np.int8)
        if relation.verb == "within":
            states[(accuracy[hit] > 0) & (limit - exact[hit] <= accuracy[hit])] = TENTATIVE
            if relation.lengths["distance"].working:
                states[:] = TENTATIVE
        else:
            wide = np.flatnonzero(accuracy[hit] > 0)
            if len(wide):
                points = np.full(len(wide), self.point, dtype=object)
                shallow = depth(points, layer.zones.geometry[z[wide]], points) <= accuracy[hit][wide]
                states[wide[shallow]] = TENTATIVE
            if relation.verb == "overlap" and (relation.min_area_m2 > 0 or relation.min_share > 0):
                states[:] = OPEN
        states[(layer.zones.invalid[z] | probe._coded[key][z]) & (states == HIT)] = TENTATIVE
        unknown = probe._decided[key][z] == UNKNOWN
        states[unknown] = np.minimum(states[unknown], OPEN)
        best = int(np.lexsort((exact[hit], -states))[0])
        return _Answer(int(states[best]), int(states[best]), relation.layer or "", int(z[best]), threshold)

    def _outside(self, relation: Relation, layer: _Layer, key: Any) -> _Answer:
        probe, name = self._probe, relation.layer or ""
        decided = probe._decided[key]
        if key not in probe._unions:
            unions = tuple(
                shapely.union_all(layer.zones.geometry[chosen]) for chosen in (decided == YES, decided != NO)
            )
            shapely.prepare(list(unions))
            probe._unions[key] = unions[0], unions[1]
        area, wide = probe._unions[key]
        with np.errstate(invalid="ignore"):  # GEOS flags a comparison with the NaN bounds of an empty union
            contained, possible = shapely.covers(area, self.point), shapely.covers(wide, self.point)
        state = CLEAR if contained else OPEN if possible else HIT
        if state == HIT and not layer.complete(self.point, self.flat, 0.0):
            state = OPEN
        near = self._in_reach(name, layer)
        keep = decided[near.row] != NO
        row, metres = near.row[keep], near.metres[keep]
        pick = int(row[np.argmin(metres)]) if len(row) else -1
        accuracy = (layer.accuracy[pick] if pick >= 0 else layer.accuracy.max(initial=0.0)) + probe._accuracy
        if accuracy > 0 and state in (HIT, CLEAR) and pick >= 0:
            parts = shapely.get_parts(wide)
            edges = shapely.get_parts(shapely.boundary(parts[shapely.get_dimensions(parts) == 2]))
            if len(edges):
                points = np.full(len(edges), self.point, dtype=object)
                if geodesy.distance(points, edges).metres.min() <= accuracy:
                    state = TENTATIVE if state == HIT else OPEN
        return _Answer(state, state, name, pick, np.nan)

    def constraints(self, told: Iterable[tuple[_Rule, int, _Answer]]) -> tuple[Constraint, ...]:
        """Measure what is shown, all at once, and put it in order: hits first, then by distance."""
        told = list(told)
        pairs = {(a.layer, a.row): k for k, a in enumerate(a for _, _, a in told if a.row >= 0)}
        keys = list(pairs)
        shapes = [self._zones(layer).geometry[row] for layer, row in keys]
        measured = geodesy.distance(np.full(len(keys), self.point, dtype=object), np.array(shapes, dtype=object))
        at = {key: k for k, key in enumerate(keys)}
        rows = []
        for rule, state, answer in told:
            k = at.get((answer.layer, answer.row), -1)
            frame = self._zones(answer.layer).frame if k >= 0 else None
            rows.append(Constraint(
                rule.book.id, rule.clause.id, rule.clause.zh, rule.clause.en, rule.clause.effect, _WORDS[state],
                state == TENTATIVE, float(measured.metres[k]) if k >= 0 else np.nan, answer.threshold, answer.layer,
                _cell(frame, "uid", answer.row), _cell(frame, "name", answer.row), measured.line[k] if k >= 0 else None,
            ))  # fmt: skip
        order = {"hit": 0, "not_assessed": 1, "clear": 2}
        rows.sort(key=lambda r: (order[r.status], r.tentative, np.inf if np.isnan(r.distance_m) else r.distance_m))
        return tuple(rows)

    def _zones(self, name: str) -> Zones:
        layer = self._probe._layer(name)
        if layer is None:
            raise InputError(f"The map has no layer '{name}'; see: envzones onemap info.")
        return layer.zones


def _turned(state: int) -> int:
    return HIT if state == CLEAR else CLEAR if state == HIT else OPEN


def _leaves(where: Where | None) -> list[Relation]:
    if where is None:
        return []
    return [where] if isinstance(where, Relation) else [leaf for branch in where.of for leaf in _leaves(branch)]


def _cell(frame: Any, name: str, row: int) -> str:
    if frame is None or name not in frame.columns:
        return ""
    value = frame[name].iat[row]
    return "" if value is None or value != value else str(value)


def _site(
    facility_type: str | None, nature: str | None, attributes: Mapping[str, Any], accuracy_m: float,
    facilities: FacilityTypes,
) -> Subjects:  # fmt: skip
    """A site with everything but its place."""
    import geopandas as gpd

    columns = {**{key: [value] for key, value in attributes.items()}, "site_id": ["probe"], "accuracy_m": [accuracy_m]}
    frame = gpd.GeoDataFrame(columns, geometry=[shapely.Point(110.0, 35.0)], crs=geodesy.STORAGE_CRS)
    return Subjects(siting.prepared(frame, facility_type, nature, facilities, []), "site")
