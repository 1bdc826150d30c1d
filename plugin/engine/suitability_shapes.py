"""Plane set operations on polygons in degrees, buffers of true metres, and long work that can be cancelled."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Callable

import numpy as np
import shapely

from .errors import Cancelled
from .geodesy import densified, tm_forward, tm_inverse
from .progress import SILENT, Progress
from .threads import cores, quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

#: Metres by which the chord between two vertices of an arc may fall short of the arc.
ARC_ERROR = 0.3
#: A piece of a buffer's figure spans at most so many degrees of longitude: at 15 km from its middle meridian
#: a transverse Mercator is true to 1e-6 on average, 15 mm.
_SPAN = 0.3
#: An edge of so many degrees bends by 7 mm at most between degrees and metres (sagitta L^2 tan(lat) / 8R).
_STEP_DEG = 0.006
_STEP_M = 600.0
_POLL = 0.1
#: Geometries that a thread draws at a time, at most and at least.
_SLICE, _LEAST = 128, 8
#: Up to so many polygons are united at once, without looking which of them meet.
_FEW = 16
EMPTY = shapely.Polygon()


def patiently(work: Callable[[], Any], progress: Progress) -> Any:
    """Run `work` and return its answer; while it runs, look every 0.1 s whether the user has cancelled.

    GEOS cannot be interrupted, but it lets go of Python's lock: the work runs in a thread of its own, which
    a cancelled run leaves to end by itself.  `work` must not create PROJ objects.

    Raises
    ------
    Cancelled
        Within 0.1 s of the user's asking.
    """
    if progress is SILENT:
        return quiet(work)()
    answer: list[Any] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            answer.append(quiet(work)())
        except BaseException as error:  # noqa: BLE001 - raised again by the caller
            failure.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_POLL)
        if progress.cancelled:
            raise Cancelled("Cancelled; nothing was written.")
    if failure:
        raise failure[0]
    return answer[0]


def together(works: Sequence[Callable[[], Any]], progress: Progress = SILENT) -> list[Any]:
    """Run independent pieces of geometry side by side, as :func:`patiently` does one; return their answers in order.

    GEOS keeps boxes and prepared indexes in its geometries without a lock: a shape that two of them look at is to be
    taken through :func:`own`.

    Raises
    ------
    Cancelled
        Within 0.1 s of the user's asking.
    """
    count = min(cores(), len(works))
    if count < 2:
        return [patiently(work, progress) for work in works]

    def all_of_them() -> list[Any]:
        # GEOS lets go of Python's lock while it works.
        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(lambda work: quiet(work)(), works))

    return patiently(all_of_them, progress)


def own(geometry: Any) -> Any:
    """Return copies of one or several geometries that no other thread holds; only coordinates are read for it."""
    return shapely.from_wkb(shapely.to_wkb(geometry))


def arc_segments(metres: float) -> int:
    """Return the segments per quarter circle that keep chords within `ARC_ERROR` of the arc."""
    if metres <= ARC_ERROR:
        return 4
    return max(4, int(np.ceil(np.pi / 4 / np.arccos(1.0 - ARC_ERROR / metres))))


def polygons(geometry: Any) -> Any:
    """Return what is polygon of one geometry, as a Polygon or MultiPolygon (empty where nothing is)."""
    if shapely.get_type_id(geometry) in (3, 6):
        return geometry
    parts = shapely.get_parts(geometry)
    while len(parts) and (shapely.get_type_id(parts) > 3).any():
        parts = shapely.get_parts(parts)
    parts = parts[shapely.get_type_id(parts) == 3]
    return shapely.multipolygons(parts) if len(parts) else EMPTY


def union(geometry: ArrayLike) -> Any:
    """Return the union of the polygons among `geometry`; lines and points cover no ground and are left out."""
    array = np.asarray(geometry, dtype=object).ravel()
    array = array[(shapely.get_dimensions(array) == 2) & ~shapely.is_empty(array)]
    if not len(array):
        return EMPTY
    if len(array) == 1:
        return polygons(array[0])
    if len(array) < _FEW:
        return polygons(shapely.union_all(array))
    # Zones that touch no others are carried as they are: GEOS would build all of them anew.
    cluster = _clusters(array)
    order = np.argsort(cluster, kind="stable")
    groups = np.split(array[order], np.flatnonzero(np.diff(cluster[order])) + 1)
    crowds = [group for group in groups if len(group) > 1]
    united = together([lambda g=group: shapely.union_all(g) for group in crowds])
    return polygons(shapely.geometrycollections([*united, *(group[0] for group in groups if len(group) == 1)]))


def _clusters(array: NDArray[Any]) -> NDArray[np.intp]:
    """Return for each geometry (n,) the number of its cluster: those that meet, directly or through others."""
    first, second = shapely.STRtree(array).query(array, predicate="intersects")
    least = np.arange(len(array))
    while True:
        lower = least.copy()
        np.minimum.at(lower, first, least[second])
        lower = lower[lower]
        if (lower == least).all():
            return least
        least = lower


def both(first: Any, second: Any) -> Any:
    """Return the intersection of two polygonal geometries; either itself where the other covers it."""
    if first is second:
        return first
    if first.is_empty or second.is_empty:
        return EMPTY
    shapely.prepare([first, second])
    if shapely.covers(first, second):
        return second
    if shapely.covers(second, first):
        return first
    return polygons(shapely.intersection(first, second))


def either(first: Any, second: Any) -> Any:
    """Return the union of two polygonal geometries; either itself where it covers the other."""
    if first is second or second.is_empty:
        return first
    if first.is_empty:
        return second
    shapely.prepare([first, second])
    if shapely.covers(first, second):
        return first
    if shapely.covers(second, first):
        return second
    return polygons(shapely.union(first, second))


def without(first: Any, second: Any) -> Any:
    """Return what `first` has and `second` has not."""
    if first is second or first.is_empty:
        return EMPTY
    if second.is_empty:
        return first
    shapely.prepare(second)
    if shapely.covers(second, first):
        return EMPTY
    if not shapely.intersects(second, first):
        return first
    return polygons(shapely.difference(first, second))


# --------------------------------------------------------------------------------------------------------
# True metres
# --------------------------------------------------------------------------------------------------------


def buffers(geometry: ArrayLike, metres: ArrayLike) -> NDArray[Any]:
    """Return the buffer of each lon/lat geometry by its own number of true metres, in EPSG:4490.

    Parameters
    ----------
    geometry : (n,) geometry
        Points, lines, polygons; edges straight in degrees.
    metres : (n,) or scalar float
        0 or more; by 0 metres a polygon is itself, a line or point is empty.

    Returns
    -------
    (n,) Polygon or MultiPolygon
        Vertices of arcs within 2e-6 of the distance plus a centimetre, chords :data:`ARC_ERROR` inside.

    Notes
    -----
    Each geometry is drawn in a transverse Mercator about its own middle meridian; one that is too wide for
    that is drawn in strips (the buffer of a union is the union of the buffers).
    """
    array = np.asarray(geometry, dtype=object).ravel()
    metres = np.broadcast_to(np.asarray(metres, dtype=float), (len(array),))
    out = np.full(len(array), EMPTY, dtype=object)
    still = (metres <= 0) & (shapely.get_dimensions(array) == 2)
    out[still] = array[still]
    rows = np.flatnonzero((metres > 0) & ~shapely.is_missing(array) & ~shapely.is_empty(array))
    if not len(rows):
        return out
    parts, owner = _strips(array[rows])
    drawn = _drawn(parts, metres[rows][owner])
    alone = np.bincount(owner, minlength=len(rows))[owner] == 1
    out[rows[owner[alone]]] = drawn[alone]
    for row in np.unique(owner[~alone]):
        out[rows[row]] = polygons(shapely.union_all(drawn[owner == row]))
    return out


def eroded(geometry: ArrayLike, metres: ArrayLike) -> NDArray[Any]:
    """Return what of each polygon lies at least `metres` from its boundary; of a line or point nothing."""
    array = np.asarray(geometry, dtype=object).ravel()
    metres = np.broadcast_to(np.asarray(metres, dtype=float), (len(array),))
    out = np.full(len(array), EMPTY, dtype=object)
    flat = shapely.get_dimensions(array) == 2
    still = flat & (metres <= 0)
    out[still] = array[still]
    bounds = shapely.bounds(array)
    wide = bounds[:, 2] - bounds[:, 0] > _SPAN
    rows = np.flatnonzero(flat & (metres > 0) & ~wide & ~shapely.is_empty(array))
    if len(rows):
        out[rows] = _drawn(array[rows], -metres[rows])
    rows = np.flatnonzero(flat & (metres > 0) & wide)
    if len(rows):
        edge = buffers(shapely.boundary(array[rows]), metres[rows])
        for row, ring in zip(rows, edge):
            out[row] = polygons(shapely.difference(array[row], ring))
    return out


def _strips(array: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Cut what is too wide into strips of longitude; return the parts and whose they are."""
    bounds = shapely.bounds(array)
    count = np.maximum(np.ceil((bounds[:, 2] - bounds[:, 0]) / _SPAN), 1).astype(int)
    if (count == 1).all():
        return array, np.arange(len(array))
    owner = np.repeat(np.arange(len(array)), count)
    at = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    low = bounds[owner, 0] + at * _SPAN
    boxes = shapely.box(low, bounds[owner, 1] - 1, low + _SPAN, bounds[owner, 3] + 1)
    cut = count[owner] > 1
    parts = array[owner]
    parts[cut] = shapely.intersection(parts[cut], boxes[cut])
    keep = ~shapely.is_empty(parts)
    return parts[keep], owner[keep]


def _drawn(geometry: NDArray[Any], metres: NDArray[np.float64]) -> NDArray[Any]:
    """Buffer each geometry (n,) by its metres (n,), negative inward, about its own meridian."""
    count = cores()
    size = int(np.clip(-(-len(geometry) // (4 * count)), _LEAST, _SLICE))
    slices = [slice(low, low + size) for low in range(0, len(geometry), size)]
    count = min(count, len(slices))
    if count < 2:
        return _drawn_slice(geometry, metres)
    # shapely lets go of Python's lock while it draws.
    with ThreadPoolExecutor(count) as pool:
        return np.concatenate(list(pool.map(lambda one: _drawn_slice(geometry[one], metres[one]), slices)))


def _drawn_slice(geometry: NDArray[Any], metres: NDArray[np.float64]) -> NDArray[Any]:
    bounds = shapely.bounds(geometry)
    lon0 = (bounds[:, 0] + bounds[:, 2]) / 2
    flat = _moved(tm_forward, densified(geometry, _STEP_DEG), lon0)
    out = np.empty(len(flat), dtype=object)
    for radius in np.unique(metres):
        rows = metres == radius
        out[rows] = shapely.buffer(flat[rows], radius, quad_segs=arc_segments(abs(radius)))
    out = _moved(tm_inverse, densified(out, _STEP_M), lon0)
    bad = ~shapely.is_valid(out)
    out[bad] = [polygons(one) for one in shapely.make_valid(out[bad])]
    return out


def _moved(project: Any, geometry: NDArray[Any], lon0: NDArray[np.float64]) -> NDArray[Any]:
    coords, owner = shapely.get_coordinates(geometry, return_index=True)
    if not len(coords):
        return geometry
    moved = np.column_stack(project(coords[:, 0], coords[:, 1], lon0[owner]))
    return shapely.set_coordinates(shapely.force_2d(geometry), moved)
