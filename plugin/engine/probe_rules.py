"""What rules ask of a place, each question once: relations to zones, and the trees that join them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from . import geodesy
from .clauses.conditions import NO, YES, evaluate
from .clauses.context import CLEAR, HIT, OPEN, Context, Zones, from_code
from .clauses.model import Relation, Test, Where

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .probe_zones import ZoneTable

#: What the probe can answer; the others need the network, the terrain or all providers of a service.
VERBS = ("inside", "overlap", "within", "outside", "anywhere")
#: How far the nearest zone is looked for where no rule asks farther, metres.
SIGHT_M = 2000.0
#: A leaf by its number, or the verb of a combination and its branches.
Tree = Any


class Leaf(NamedTuple):
    """A relation as it is asked: `layer` is the number of a layer, -1 where the map lacks it or none is meant."""

    verb: str
    layer: int
    name: str
    filter: tuple[Test, ...]
    limit: float
    working: bool
    sized: bool
    area: int


@dataclass
class Areas:
    """Different areas, each held once: of jurisdictions, and where layers are complete."""

    shapes: list[Any] = field(default_factory=list)
    _known: dict[bytes, int] = field(default_factory=dict)

    def add(self, shape: Any) -> int:
        """Return the number of an area, -1 for none."""
        if shape is None:
            return -1
        key = shapely.to_wkb(shape)
        if key not in self._known:
            shapely.prepare(shape)
            self._known[key] = len(self.shapes)
            self.shapes.append(shape)
        return self._known[key]


class Union(NamedTuple):
    """The zones of an ``outside`` as one area: those that count, those that may, and the outline of these.

    `tree` holds the outline in the frame.
    """

    sure: Any
    wide: Any
    edges: NDArray[Any]
    tree: Any
    zones: NDArray[np.intp]


class Questions:
    """All relations of the rules, each once.  :meth:`number` collects them, :meth:`prepare` makes them ready.

    Attributes
    ----------
    layers : list of Zones
        Those that any relation looks at.
    leaves : list of Leaf
    asked : (k,) int
        The leaves that look at single zones; `layer`, `limit`, `within`, `working`, `sized` and `offset` are of
        these.  `decided` and `coded` hold at ``offset + zone`` what the filter says of a zone.
    others : list of (number, Leaf)
    covered : list of int
        Area where each layer is declared complete, -1 for nowhere.
    """

    def __init__(self, context: Context, own_accuracy: float) -> None:
        self._context, self.own_accuracy = context, own_accuracy
        self.areas = Areas()
        self.layers: list[Zones] = []
        self.leaves: list[Leaf] = []
        self.covered: list[int] = []
        self._layer_of: dict[str, int] = {}
        self._leaf_of: dict[Leaf, int] = {}

    # --- collecting -----------------------------------------------------------------------------------------

    def number(self, where: Where, area: int) -> Tree:
        """Return the tree of leaf numbers for a rule; `area` is that of its jurisdiction."""
        if not isinstance(where, Relation):
            return (where.verb, *(self.number(branch, area) for branch in where.of))
        leaf = self._leaf(where, area)
        if leaf not in self._leaf_of:
            self._leaf_of[leaf] = len(self.leaves)
            self.leaves.append(leaf)
        return self._leaf_of[leaf]

    def _leaf(self, relation: Relation, area: int) -> Leaf:
        verb = relation.verb
        if verb not in VERBS:
            return Leaf("", -1, "", (), np.inf, False, False, -1)
        if verb == "anywhere":
            return Leaf(verb, -1, "", (), np.inf, False, False, area)
        name = relation.layer or ""
        if name not in self._layer_of:
            zones = self._context.zones(name)
            self._layer_of[name] = -1 if zones is None else len(self.layers)
            if zones is not None:
                self.layers.append(zones)
                self.covered.append(self.areas.add(zones.coverage.area))
        length = relation.lengths["distance"] if verb == "within" else None
        sized = verb == "overlap" and (relation.min_area_m2 > 0 or relation.min_share > 0)
        return Leaf(
            "inside" if verb == "overlap" else verb, self._layer_of[name], name, relation.filter,
            length.resolve(self._context.working) if length else 0.0, bool(length and length.working), sized, -1,
        )  # fmt: skip

    def reach(self) -> list[float]:
        """Return for each layer how far any rule looks, metres."""
        out = [0.0 for _ in self.layers]
        for leaf in self.leaves:
            if leaf.layer >= 0:
                worst = float(self.layers[leaf.layer].accuracy.max(initial=0.0))
                out[leaf.layer] = max(out[leaf.layer], SIGHT_M, leaf.limit + self.own_accuracy + worst)
        return out

    def latitudes(self) -> tuple[float, float]:
        """Return the latitudes between which zones lie and layers are complete."""
        shapes = [zones.geometry[zones.usable] for zones in self.layers] + [
            np.array(self.areas.shapes, dtype=object)
        ]
        bounds = [shapely.total_bounds(one) for one in shapes if len(one)]
        return min((one[1] for one in bounds), default=30.0), max((one[3] for one in bounds), default=40.0)

    # --- making ready ---------------------------------------------------------------------------------------

    def prepare(self, table: ZoneTable, lat: float) -> None:
        """Settle what does not depend on the place."""
        self.table = table
        single = [
            k for k, leaf in enumerate(self.leaves) if leaf.layer >= 0 and leaf.verb in ("inside", "within")
        ]
        asked = [self.leaves[k] for k in single]
        self.asked = np.array(single, dtype=np.intp)
        self.layer = np.array([leaf.layer for leaf in asked], dtype=np.intp)
        self.limit = np.array([leaf.limit for leaf in asked], dtype=float)
        self.within = np.array([leaf.verb == "within" for leaf in asked], dtype=bool)
        self.working = np.array([leaf.working for leaf in asked], dtype=bool)
        self.sized = np.array([leaf.sized for leaf in asked], dtype=bool)
        self._filters(asked)
        alone = set(single)
        self.others = [(k, leaf) for k, leaf in enumerate(self.leaves) if k not in alone]
        self.unions = {
            k: self._union(leaf, lat) for k, leaf in self.others if leaf.verb == "outside" and leaf.layer >= 0
        }
        edges = np.array([shapely.boundary(area) for area in self.areas.shapes], dtype=object)
        self.borders = geodesy.scaled(edges, lat) if len(edges) else edges

    def _filters(self, asked: list[Leaf]) -> None:
        """Lay out, filter by filter, which zones pass it and which by their land-use code."""
        decided, coded = [np.empty(0, dtype=np.int8)], [np.empty(0, dtype=bool)]
        at: dict[tuple[int, tuple[Test, ...]], int] = {}
        self.offset = np.zeros(len(asked), dtype=np.intp)
        size = 0
        for k, leaf in enumerate(asked):
            key = leaf.layer, leaf.filter
            if key not in at:
                zones, rows = self.layers[leaf.layer], self._rows(leaf.layer)
                decided.append(evaluate(leaf.filter, zones.frame, zones.name)[rows])
                coded.append(from_code(leaf.filter, zones.frame)[rows])
                # Zones are numbered through the whole table.
                at[key] = size - int(self.table.first[leaf.layer])
                size += len(rows)
            self.offset[k] = at[key]
        self.decided, self.coded = np.concatenate(decided), np.concatenate(coded)

    def _rows(self, layer: int) -> NDArray[np.intp]:
        return self.table.row[self.table.first[layer] : self.table.first[layer + 1]]

    def _union(self, leaf: Leaf, lat: float) -> Union:
        zones = self.layers[leaf.layer]
        decided = evaluate(leaf.filter, zones.frame, zones.name)
        sure, wide = (shapely.union_all(zones.geometry[chosen]) for chosen in (decided == YES, decided != NO))
        shapely.prepare([sure, wide])
        parts = shapely.get_parts(wide)
        edges = shapely.get_parts(shapely.boundary(parts[shapely.get_dimensions(parts) == 2]))
        mine = int(self.table.first[leaf.layer]) + np.flatnonzero(decided[self._rows(leaf.layer)] != NO)
        tree = shapely.STRtree(geodesy.scaled(edges, lat)) if len(edges) else None
        return Union(sure, wide, edges, tree, mine)


def follow(tree: Tree, low: list[int], high: list[int], zone: list[int]) -> tuple[int, int, int]:
    """Return the range of a tree's answer and the leaf that it rests on.

    A leaf with a zone to tell is taken before one without.
    """
    if isinstance(tree, int):
        return low[tree], high[tree], tree
    verb, *branches = tree
    answers = [follow(branch, low, high, zone) for branch in branches]
    if verb == "none":
        worst = max(one[0] for one in answers), max(one[1] for one in answers)
        least, most = (_turned(one) for one in worst)
        shown = max(answers, key=lambda one: one[1])[2]
        return (least, most, shown) if least == most else (CLEAR, HIT, shown)
    pick = min if verb == "all" else max
    least, most = pick(one[0] for one in answers), pick(one[1] for one in answers)
    best = [one[2] for one in answers if one[1] == most] or [one[2] for one in answers]
    return least, most, next((leaf for leaf in best if zone[leaf] >= 0), best[0])


def _turned(state: int) -> int:
    return HIT if state == CLEAR else CLEAR if state == HIT else OPEN


def leaves(where: Where | None) -> Iterator[Relation]:
    """Go through the relations of a tree."""
    if isinstance(where, Relation):
        yield where
    elif where is not None:
        for branch in where.of:
            yield from leaves(branch)
