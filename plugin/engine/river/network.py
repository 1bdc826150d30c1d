"""A directed river network from any layer of lines.

Real river layers have small faults.  Those that can be mended without guessing are mended here, each with an
issue row and a place to click on; no vertex moves without one.

Edges run downstream.  All coordinates are EPSG:4490 and an edge is straight between its vertices in degrees;
its length is the sum of the geodesics between its vertices.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..findings import ISSUE_COLUMNS, table
from ..geodesy import metres_per_degree, segment_m, to_storage
from ..progress import SILENT, Progress, part, report
from ..proximity import Placed
from .flow import Flow
from .graph import csr
from .lines import Found, take_apart, turned_index
from .lines import canals as canal_rows
from .near import ranges
from .repair import SAFE, mend
from .rows import identifiers, numbers_read, texts

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

    Rows = tuple[NDArray[np.int64], NDArray[np.int64]]

# Segments that `measure_of` looks at together.
_MANY = 1_000_000


@dataclass(frozen=True)
class Network:
    """A directed network of river edges.

    Attributes
    ----------
    coords : (v, 2) float
        Vertices of all edges one after another, degrees, each edge from its upper to its lower end.
    start : (e + 1,) int
        Edge `i` owns ``coords[start[i]:start[i + 1]]``.
    measure : (v,) float
        Metres from the upper end of its edge to each vertex.
    length : (e,) float
        Metres.
    tail, head : (e,) int
        Node at the upper and at the lower end.
    node : (n, 2) float
        Node coordinates, degrees.
    name, uid : (e,) object
        River name and reach id of the line an edge stems from (None where unknown).
    width, accuracy : (e,) float
        River width and positional accuracy in metres (NaN where unknown).
    canal : (e,) bool
        Whether the line is said to be an artificial canal (人工渠).
    row : (e,) int
        Row of the input that an edge stems from.
    issues : GeoDataFrame
        What was found and mended.
    issue_edges : tuple of int arrays
        For each issue, the edges it touches.
    """

    coords: NDArray[np.float64]
    start: NDArray[np.int64]
    measure: NDArray[np.float64]
    length: NDArray[np.float64]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    node: NDArray[np.float64]
    name: NDArray[Any]
    uid: NDArray[Any]
    width: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    canal: NDArray[np.bool_]
    row: NDArray[np.int64]
    issues: gpd.GeoDataFrame
    issue_edges: tuple[NDArray[np.int64], ...]

    def __len__(self) -> int:
        return len(self.length)

    # ---- shapes ----------------------------------------------------------------------------------------

    @cached_property
    def lines(self) -> NDArray[Any]:
        """The edges as LineStrings in degrees, upper end first."""
        return shapely.linestrings(self.coords, indices=np.repeat(np.arange(len(self)), np.diff(self.start)))

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index of `lines`."""
        return shapely.STRtree(self.lines)

    def line_of(self, edge: ArrayLike) -> NDArray[Any]:
        """Return edges (k,) as LineStrings in degrees; of few edges, without making `lines` of all."""
        edge = np.asarray(edge, dtype=np.int64)
        if "lines" in self.__dict__:
            return self.lines[edge]
        used, number = np.unique(edge, return_inverse=True)
        size = self.start[used + 1] - self.start[used]
        coords = self.coords[ranges(self.start[used], size)]
        return shapely.linestrings(coords, indices=np.repeat(np.arange(len(used)), size))[number]

    @cached_property
    def box_tree(self) -> shapely.STRtree:
        """Spatial index of the boxes of the edges, for who looks closer himself: it needs no `lines`."""
        if "tree" in self.__dict__:
            return self.tree
        low, high = (one.reduceat(self.coords, self.start[:-1]) for one in (np.minimum, np.maximum))
        # A tree goes by the boxes of what it holds, and a line across a box has that box.
        return shapely.STRtree(shapely.linestrings(np.stack([low, high], axis=1)))

    @cached_property
    def placed(self) -> Placed:
        """`lines` with their places for questions of distance."""
        return Placed(self.lines)

    # ---- neighbours ------------------------------------------------------------------------------------

    @cached_property
    def incoming_rows(self) -> Rows:
        """Edges that end at each node, as (pointer (n + 1,), edges (e,)) arrays."""
        return csr(self.head, len(self.node))

    @cached_property
    def outgoing_rows(self) -> Rows:
        """Edges that start at each node, as (pointer (n + 1,), edges (e,)) arrays."""
        return csr(self.tail, len(self.node))

    @cached_property
    def degree(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """How many edges end, and how many start, at each node."""
        count = len(self.node)
        return np.bincount(self.head, minlength=count), np.bincount(self.tail, minlength=count)

    @cached_property
    def inflow(self) -> tuple[list[int], list[int]]:
        """`incoming_rows` as plain lists, which are faster to read one by one."""
        pointer, edge = self.incoming_rows
        return pointer.tolist(), edge.tolist()

    @cached_property
    def outflow(self) -> tuple[list[int], list[int]]:
        """`outgoing_rows` as plain lists."""
        pointer, edge = self.outgoing_rows
        return pointer.tolist(), edge.tolist()

    @cached_property
    def ends(self) -> tuple[list[int], list[int], list[float]]:
        """Upper node, lower node and length of each edge as plain lists (fast to read one by one)."""
        return self.tail.tolist(), self.head.tolist(), self.length.tolist()

    def incoming(self, node: int) -> list[int]:
        """Return the edges that flow into `node`."""
        pointer, edge = self.inflow
        return edge[pointer[node] : pointer[node + 1]]

    def outgoing(self, node: int) -> list[int]:
        """Return the edges that flow out of `node`."""
        pointer, edge = self.outflow
        return edge[pointer[node] : pointer[node + 1]]

    @cached_property
    def flow(self) -> Flow:
        """The graph of the network without its shapes."""
        return Flow(len(self.node), self.tail, self.head, self.length)

    # ---- what lies above -------------------------------------------------------------------------------

    @cached_property
    def upstream_length(self) -> NDArray[np.float64]:
        """The longest way up from the lower end of each edge, itself included, metres.

        Edges on a directed cycle (and those below one) count what can be ordered above them.
        """
        return self._gathered[0]

    @cached_property
    def upstream_total(self) -> NDArray[np.float64]:
        """Length of all the river above the lower end of each edge, itself included, metres.

        Where a river forks the arms share what lies above equally, so that nothing is counted twice where
        they meet again.  Edges on a directed cycle (and those below one) count what can be ordered above.
        """
        return self._gathered[1]

    @cached_property
    def _gathered(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self.flow.gathered()

    # ---- places along edges ----------------------------------------------------------------------------

    def locate(self, edge: ArrayLike, at: ArrayLike) -> NDArray[np.float64]:
        """Return the points `at` metres below the upper ends of `edge`, degrees, exact to 0.1 mm.

        Parameters
        ----------
        edge : (k,) int
        at : (k,) float
            Clipped to the edge.

        Returns
        -------
        (k, 2) float
        """
        edge = np.asarray(edge, dtype=np.int64)
        at = np.clip(np.asarray(at, dtype=float), 0.0, self.length[edge])
        vertex = np.searchsorted(self._shifted, self._base[edge] + at, side="right") - 1
        vertex = np.clip(vertex, self.start[edge], self.start[edge + 1] - 2)
        a, b = self.coords[vertex], self.coords[vertex + 1]
        whole = self.measure[vertex + 1] - self.measure[vertex]
        rest = at - self.measure[vertex]
        share = _ratio(rest, whole)
        # Distance along a straight line in degrees is not quite linear in the share: Newton, twice.
        for _ in range(2):
            reached = segment_m(a, a + share[:, None] * (b - a))
            share = share + _ratio(rest - reached, whole)
        point = a + share[:, None] * (b - a)
        point[rest <= 0] = a[rest <= 0]
        point[rest >= whole] = b[rest >= whole]
        return point

    @cached_property
    def _base(self) -> NDArray[np.float64]:
        """Length of all edges before each."""
        return np.concatenate([[0.0], np.cumsum(self.length)[:-1]])

    @cached_property
    def _shifted(self) -> NDArray[np.float64]:
        """Measures laid end to end, so that one sorted array serves all edges."""
        return self.measure + np.repeat(self._base, np.diff(self.start))

    def cut_arrays(
        self, edge: ArrayLike, low: ArrayLike, high: ArrayLike
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the vertices of the parts ``low..high`` (metres) of edges, one part after another.

        Parameters
        ----------
        edge : (k,) int
        low, high : (k,) float
            ``low <= high``, clipped to the edge.

        Returns
        -------
        xy : (m, 2) float
            Degrees; each part runs downstream and has at least its two ends.
        pointer : (k + 1,) int
            Part `i` is ``xy[pointer[i]:pointer[i + 1]]``.
        """
        edge = np.asarray(edge, dtype=np.int64)
        low = np.clip(np.asarray(low, dtype=float), 0.0, self.length[edge])
        high = np.clip(np.asarray(high, dtype=float), 0.0, self.length[edge])
        # A vertex nearer than a micrometre to a cut is the cut.
        first = np.searchsorted(self._shifted, self._base[edge] + (low + 1e-6), side="right")
        last = np.searchsorted(self._shifted, self._base[edge] + (high - 1e-6), side="left")
        first = np.clip(first, self.start[edge] + 1, self.start[edge + 1] - 1)
        last = np.clip(last, first, self.start[edge + 1] - 1)
        inner = last - first
        pointer = np.concatenate([[0], np.cumsum(inner + 2)])
        xy = np.empty((pointer[-1], 2))
        xy[pointer[:-1]] = self.locate(edge, low)
        xy[pointer[1:] - 1] = self.locate(edge, high)
        xy[ranges(pointer[:-1] + 1, inner)] = self.coords[ranges(first, inner)]
        return xy, pointer

    def cut(self, edge: ArrayLike, low: ArrayLike, high: ArrayLike) -> list[NDArray[np.float64]]:
        """Return the parts of :meth:`cut_arrays` as a list of (m, 2) arrays."""
        xy, pointer = self.cut_arrays(edge, low, high)
        return np.split(xy, pointer[1:-1]) if len(pointer) > 1 else []

    def measure_of(self, edge: ArrayLike, point: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how many metres below the upper end of `edge` each point on it lies.

        Parameters
        ----------
        edge : (k,) int
        point : (k, 2) float
            Degrees, on the edge (the nearest place on it is taken).
        """
        edge = np.asarray(edge, dtype=np.int64)
        point = np.asarray(point, dtype=float).reshape(-1, 2)
        count = self.start[edge + 1] - self.start[edge] - 1
        out = np.empty(len(edge))
        # So many points at a time that their segments fit the memory.
        total = np.cumsum(count)
        bounds = np.searchsorted(total, np.arange(_MANY, total[-1] + _MANY, _MANY)) + 1 if len(total) else []
        low = 0
        for high in np.unique(np.minimum(bounds, len(edge))):
            out[low:high] = self._measures(edge[low:high], point[low:high], count[low:high])
            low = high
        return out

    def _measures(
        self, edge: NDArray[np.int64], point: NDArray[np.float64], count: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        vertex = ranges(self.start[edge], count)
        which = np.repeat(np.arange(len(edge)), count)
        scale = np.column_stack(metres_per_degree(point[:, 1]))[which]
        a, b = self.coords[vertex], self.coords[vertex + 1]
        xy, d = (a - point[which]) * scale, (b - a) * scale
        share = np.clip(_ratio(-(xy * d).sum(axis=1), (d * d).sum(axis=1)), 0.0, 1.0)
        gap = ((xy + share[:, None] * d) ** 2).sum(axis=1)
        # The first of the nearest segments of each point.
        pointer = np.cumsum(count) - count
        nearest = np.minimum.reduceat(gap, pointer)
        hits = np.flatnonzero(gap == nearest[which])
        best = hits[np.unique(which[hits], return_index=True)[1]]
        reached = segment_m(a[best], a[best] + share[best, None] * (b[best] - a[best]))
        return np.minimum(self.measure[vertex[best]] + reached, self.length[edge])

    # ---- changed copies --------------------------------------------------------------------------------

    def flipped(self, flip: ArrayLike) -> Network:
        """Return the network with the edges of the (e,) bool mask `flip` running the other way."""
        flip = np.asarray(flip, dtype=bool)
        index = turned_index(self.start, flip)
        turned = np.repeat(flip, np.diff(self.start))
        measure = self.measure[index]
        measure[turned] = np.repeat(self.length, np.diff(self.start))[turned] - measure[turned]
        return replace(
            self,
            coords=self.coords[index],
            measure=measure,
            tail=np.where(flip, self.head, self.tail),
            head=np.where(flip, self.tail, self.head),
        )

    def with_issues(self, rows: list[dict[str, Any]], edges: Sequence[ArrayLike]) -> Network:
        """Return the network with issue rows added, each with the edges it touches."""
        if len(rows) != len(edges):
            raise ValueError(f"{len(rows)} issue rows came with the edges of {len(edges)}.")
        if not rows:
            return self
        import pandas as pd

        issues = table(rows, ISSUE_COLUMNS)
        if len(self.issues):
            issues = pd.concat([self.issues, issues], ignore_index=True)
        touched = tuple(np.asarray(e, dtype=np.int64).ravel() for e in edges)
        return replace(self, issues=issues, issue_edges=self.issue_edges + touched)


def _ratio(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """``a / b``, 0 where `b` is."""
    return np.divide(a, b, out=np.zeros(len(a)), where=b > 0)


def build(
    lines: gpd.GeoDataFrame,
    *,
    tolerance: float = 1.0,
    reverse: bool = False,
    name_field: str | None = None,
    repair: Collection[str] = SAFE,
    look_for: Collection[str] = (),
    canals: str = "keep",
    progress: Progress = SILENT,
) -> Network:
    """Build a directed network from lines.

    Multi-part lines are taken apart, repeated vertices and lines without length are left out, and ends that
    differ by the noise of storing coordinates (0.1 mm) are one place.  What else is mended is told by
    `repair`.  Every one of these has a row in ``issues``.

    Parameters
    ----------
    lines : GeoDataFrame
        LineString or MultiLineString in any declared CRS.  Used where present: ``uid``, ``width_m``,
        ``accuracy_m``, the river's name, and what marks a canal (see :func:`.lines.canals`).
    tolerance : float
        Metres between an end and what it is meant to meet.
    reverse : bool
        The lines are digitised against the flow.
    name_field : str, optional
        The field with the river's name (default ``river``, else ``name``).
    repair : collection of str
        What to mend, out of ``repair.REPAIRS``.  A ``gap``, missing ``node`` or contrary ``direction`` that is
        not to be mended is a warning.
    look_for : collection of str
        Of the other kinds, those to look for without mending them; each is a warning.
    canals : {"keep", "exclude"}
        Whether artificial canals belong to the network.
    progress : Progress

    Returns
    -------
    Network

    Raises
    ------
    InputError
        No CRS, no line at all, an unknown `name_field` or repair, or a negative tolerance.
    """
    if not tolerance >= 0:
        raise InputError(f"The joining tolerance is {tolerance}; give a distance in metres, 0 or more.")
    if canals not in ("keep", "exclude"):
        raise InputError(f"'{canals}' is no way to take canals; choose keep or exclude.")
    if name_field is not None and name_field not in lines.columns:
        raise InputError(
            f"The river layer has no field '{name_field}'; choose one of: {', '.join(map(str, lines.columns))}."
        )
    if name_field is None:
        # In the catalog's layer `river` names the river and `name` the reach.
        name_field = "river" if "river" in lines.columns else "name"
    stored = to_storage(lines, "rivers")
    report(progress, 0.1, "Reading river lines")
    found = Found()
    said = _Said.of(stored, name_field)
    skip = said.canal if canals == "exclude" else np.zeros(len(stored), dtype=bool)
    if skip.any():
        words = f"已按要求略去 {skip.sum()} 条人工渠", f"Left out as asked: {skip.sum()} lines that are artificial canals."
        found.add("info", "canals_excluded", words)
    parts = take_apart(stored, said.uid, skip, found)
    if reverse:
        parts = parts.turned(np.ones(len(parts), dtype=bool))
    report(progress, 0.3, "Joining river lines")
    parts = mend(
        parts, said.alike if "pseudo_node" in {*repair, *look_for} else None, tolerance=tolerance, repair=repair,
        look_for=look_for, uid=said.uid, found=found, progress=part(progress, 0.3, 0.9),
    )  # fmt: skip
    row = parts.row
    network = Network(
        coords=parts.coords,
        start=parts.start,
        measure=parts.measure,
        length=parts.length,
        tail=parts.tail,
        head=parts.head,
        node=parts.node,
        name=said.name[row],
        uid=said.uid[row],
        width=said.width[row],
        accuracy=said.accuracy[row],
        canal=said.canal[row],
        row=row,
        issues=table([*found.rows, *said.issues], ISSUE_COLUMNS),
        issue_edges=found.edges(parts) + (np.empty(0, dtype=np.int64),) * len(said.issues),
    )
    report(progress, 1.0)
    return network


@dataclass(frozen=True)
class _Said:
    """What the fields of a river layer say of its rows, and what was odd about them."""

    uid: NDArray[Any]
    name: NDArray[Any]
    width: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    canal: NDArray[np.bool_]
    issues: list[dict[str, Any]]

    @classmethod
    def of(cls, layer: gpd.GeoDataFrame, name_field: str) -> _Said:
        width, one = numbers_read(layer, "width_m", "rivers")
        accuracy, two = numbers_read(layer, "accuracy_m", "rivers")
        uid = identifiers(layer, ("uid", "reach_id"), "R")
        return cls(uid, texts(layer, name_field), width, accuracy, canal_rows(layer), [*one, *two])

    @property
    def alike(self) -> NDArray[np.int64]:
        """Rows with the same number say the same (but for their id)."""
        import pandas as pd

        said = pd.DataFrame(
            {"name": self.name, "width": self.width, "accuracy": self.accuracy, "canal": self.canal}
        )
        return said.groupby(list(said.columns), dropna=False).ngroup().to_numpy()
