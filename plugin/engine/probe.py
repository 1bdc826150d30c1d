"""May this go here?  The siting check for one point that moves, fast enough to follow a mouse.

Whatever does not depend on the place is settled once: which rules bind the facility, which zones pass their
filters, where layers are complete.  For a place all zones in reach are found at once, in a metric frame whose
distances are wrong by at most a known share, all relations are answered together, and only what an answer hangs
on is measured on the ellipsoid.  The answer is that of :func:`.siting.check`, rule by rule; relations along
rivers, over the terrain or about services are left to that check and named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from . import geodesy, siting
from .clauses.conditions import UNKNOWN, YES, evaluate
from .clauses.context import CLEAR, HIT, OPEN, TENTATIVE, Context, Subjects
from .clauses.model import Clause, Rulebook
from .facilities import FacilityTypes, load_facility_types
from .findings import verdict, verdict_text
from .probe_place import Place
from .probe_rules import VERBS, Questions, Tree, follow, leaves
from .probe_zones import ZoneTable
from .progress import SILENT, Progress, part, report
from .siting_binding import bindings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .onemap import OneMap

_WORDS = {CLEAR: "clear", OPEN: "not_assessed", TENTATIVE: "hit", HIT: "hit"}
#: The order in which states are told, by their number.
_ORDER = np.array([2, 1, 0, 0])


class Constraint(NamedTuple):
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


class Probed(NamedTuple):
    """The answer at one place: the verdict so far, and the rules by gravity and distance."""

    known: str
    possible: str
    pending: int
    text_zh: str
    text_en: str
    constraints: tuple[Constraint, ...]

    def nearest(self, count: int) -> tuple[Constraint, ...]:
        """Return the first constraints that rest on a zone, each zone once: what hits, then the nearest others."""
        found: dict[tuple[str, str], Constraint] = {}
        # Among the rules of a zone the one that hits tells, else the one with the widest reach.
        for one in self.constraints:
            key = one.zone_layer, one.zone_id
            if one.line is None:
                continue
            before = found.get(key)
            if before is None or (
                before.status == one.status != "hit" and before.threshold_m < one.threshold_m
            ):
                found[key] = one
        rows = sorted(found.values(), key=lambda one: (one.status != "hit", one.tentative, one.distance_m))
        return tuple(rows[:count])

    @property
    def everywhere(self) -> int:
        """How many rules hit without a zone: those that hold in the whole jurisdiction."""
        return sum(one.status == "hit" and one.line is None for one in self.constraints)


class _Rule(NamedTuple):
    """A clause that binds the facility, with what of it does not depend on the place; `place` numbers its tree."""

    book: Rulebook
    clause: Clause
    binds: int
    doubted: bool
    area: int
    place: int


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
        self._questions = Questions(self._context, float(accuracy_m))
        self._trees: dict[Tree, int] = {}
        self._rules: list[_Rule] = []
        site = _site(facility_type, nature, attributes or {}, accuracy_m, facilities)
        unprobed = []
        clauses = [(book, clause) for book in books for clause in book.of_kind("siting")]
        for k, (book, clause) in enumerate(clauses):
            report(progress, 0.4 * k / max(len(clauses), 1), clause.id)
            if self._add(book, clause, site, facilities) and any(
                one.verb not in VERBS for one in leaves(clause.where)
            ):
                unprobed.append((book.id, clause.id))
        self.unprobed = tuple(unprobed)
        low, high = self._questions.latitudes()
        lat, error = _filter_frame(low, high)
        table = ZoneTable(
            self._questions.layers, self._questions.reach(), lat, error, part(progress, 0.4, 0.8)
        )
        report(progress, 0.8)
        self._questions.prepare(table, lat)
        self._table = table
        self._binds = np.array([rule.binds for rule in self._rules], dtype=np.int8)
        self._doubted = np.array([rule.doubted for rule in self._rules], dtype=bool)
        self._area = np.array([rule.area for rule in self._rules], dtype=np.intp)
        self._place = np.array([rule.place for rule in self._rules], dtype=np.intp)
        report(progress, 1.0)

    def _add(self, book: Rulebook, clause: Clause, site: Subjects, facilities: FacilityTypes) -> bool:
        """Take a clause in; False where it says nothing about the facility, wherever it stands."""
        if clause.where is None or book.state(clause, self._context.as_of) != "in_force":
            return False
        bound = int(bindings(clause, site, facilities).state[0])
        if bound == CLEAR:
            return False
        answers = [
            int(evaluate(one.when, site.frame, site.layer)[0]) if one.when else UNKNOWN
            for one in clause.unless
        ]
        area = self._questions.areas.add(self._context.jurisdiction_of(book.jurisdiction.code))
        tree = self._questions.number(clause.where, area)
        if YES not in answers:
            place = self._trees.setdefault(tree, len(self._trees))
            self._rules.append(_Rule(book, clause, bound, UNKNOWN in answers, area, place))
        return True

    # --- at a place ---------------------------------------------------------------------------------------

    @property
    def rules(self) -> list[tuple[Rulebook, Clause]]:
        """The rules that may bind the facility somewhere."""
        return [(rule.book, rule.clause) for rule in self._rules]

    @property
    def zones(self) -> int:
        """How many zones are looked at."""
        return len(self._table.row)

    def at(self, lon: float, lat: float) -> Probed:
        """Answer for a point in degrees (EPSG:4490)."""
        place = Place(self._questions, lon, lat)
        low, high, zone = place.low.tolist(), place.high.tolist(), place.zone.tolist()
        answers = np.array([follow(tree, low, high, zone) for tree in self._trees], dtype=np.intp).reshape(
            -1, 3
        )
        settled = answers[:, 0] == answers[:, 1]
        bound = np.array(
            [a < 0 or place.within_area(a) for a in range(-1, len(self._questions.areas.shapes))]
        )
        told = np.flatnonzero(settled[self._place] & bound[self._area + 1])
        leaf = answers[self._place[told], 2]
        state = np.minimum(answers[self._place[told], 0], self._binds[told])
        state[(state == HIT) & self._doubted[told]] = TENTATIVE
        sure = [self._rules[k].clause.effect for k in told[state == HIT].tolist()]
        open_ = [self._rules[k].clause.effect for k in told[(state == OPEN) | (state == TENTATIVE)].tolist()]
        known, possible = verdict(sure), verdict(open_)
        text_zh, text_en = verdict_text(known, possible, len(open_))
        constraints = self._constraints(place, told, state, leaf)
        return Probed(known, possible, len(open_), text_zh, text_en, constraints)

    def _constraints(
        self, place: Place, told: NDArray[np.intp], state: NDArray[np.intp], leaf: NDArray[np.intp]
    ) -> tuple[Constraint, ...]:
        """Measure the zones that answers rest on, all at once, and put the rules in order: hits, then by distance."""
        zone = place.zone[leaf]
        known = np.unique(zone[zone >= 0])
        metres, foot = place.distances(known)
        lines = shapely.linestrings(np.stack([np.broadcast_to(place.place, foot.shape), foot], axis=1))
        at = np.searchsorted(known, zone) % max(len(known), 1)
        distance = np.where(zone >= 0, metres[at] if len(known) else np.nan, np.nan)
        order = np.lexsort((np.nan_to_num(distance, nan=np.inf), state == TENTATIVE, _ORDER[state]))
        table, rows = self._table, []
        for k in order.tolist():
            rule, one, asked = self._rules[told[k]], int(zone[k]), self._questions.leaves[leaf[k]]
            rows.append(Constraint(
                rule.book.id, rule.clause.id, rule.clause.zh, rule.clause.en, rule.clause.effect,
                _WORDS[int(state[k])],
                bool(state[k] == TENTATIVE), float(distance[k]), asked.limit if asked.verb == "within" else np.nan,
                asked.name, table.uid[one] if one >= 0 else "", table.name[one] if one >= 0 else "",
                lines[at[k]] if one >= 0 else None,
            ))  # fmt: skip
        return tuple(rows)


def _filter_frame(low: float, high: float) -> tuple[float, float]:
    """Return the reference latitude of a frame for latitudes `low` to `high`, and its relative error of distance."""
    lat = (low + high) / 2
    k = geodesy.metres_per_degree(np.array([low, lat, high]))[0]
    return lat, float(np.max(np.abs(k / k[1] - 1.0))) + 0.007


def _site(
    facility_type: str | None, nature: str | None, attributes: Mapping[str, Any], accuracy_m: float,
    facilities: FacilityTypes,
) -> Subjects:  # fmt: skip
    """A site with everything but its place."""
    import geopandas as gpd

    columns = {
        **{key: [value] for key, value in attributes.items()},
        "site_id": ["probe"],
        "accuracy_m": [accuracy_m],
    }
    frame = gpd.GeoDataFrame(columns, geometry=[shapely.Point(110.0, 35.0)], crs=geodesy.STORAGE_CRS)
    return Subjects(siting.prepared(frame, facility_type, nature, facilities, []), "site")
