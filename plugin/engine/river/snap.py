"""Put section points on the river they mean; two rivers in reach is a question, not a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..geodesy import distance, metres_per_degree, to_storage
from .rows import identifiers, issue

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from .network import Network


def snap(
    network: Network,
    point: NDArray[np.float64],
    section_id: NDArray[Any],
    river: NDArray[Any],
    tolerance: float,
) -> tuple[dict[int, tuple[int, float]], list[dict[str, Any]]]:
    """Snap section points to the network.

    Parameters
    ----------
    network : Network
    point : (n, 2) float
        Degrees.
    section_id : (n,) object
    river : (n,) object
        The river that each section says it lies on, None where it does not say.
    tolerance : float
        Metres.

    Returns
    -------
    starts : dict of section row -> (edge, metres below the edge's upper end)
        Only the sections that could be placed.
    issues : list of issue rows
        ``too_far``, ``ambiguous_river``, ``river_mismatch`` (not placed), ``unnamed_confluence`` and
        ``river_unverified`` (placed).
    """
    geometry = shapely.points(point)
    section, edge = network.box_tree.query(_boxes(point, tolerance))
    apart = distance(geometry[section], network.line_of(edge))
    inside = apart.metres <= tolerance
    section, edge, metres, line = section[inside], edge[inside], apart.metres[inside], apart.line[inside]
    # Nearest first; of equally near ones (a node) the first edge, whichever way the query returned them.
    order = np.lexsort((edge, np.round(metres, 6), section))
    edge, line = edge[order], line[order]
    bounds = np.searchsorted(section[order], np.arange(len(point) + 1))
    issues: list[dict[str, Any]] = []
    placed: list[tuple[int, int]] = []
    for k, (low, high) in enumerate(zip(bounds[:-1].tolist(), bounds[1:].tolist())):
        name = section_id[k]
        if low == high:
            issues.append(_too_far(network, geometry[k], name, tolerance))
            continue
        chosen = _choose(network, edge[low:high], river[k], name, geometry[k], tolerance, issues)
        if chosen is not None:
            placed.append((k, low + chosen))
    which = np.array([at for _, at in placed], dtype=np.int64)
    foot = shapely.get_coordinates(shapely.get_point(line[which], -1))
    measure = network.measure_of(edge[which], foot)
    starts = {k: (int(edge[at]), float(m)) for (k, at), m in zip(placed, measure)}
    return starts, issues


def _too_far(network: Network, geometry: Any, name: Any, tolerance: float) -> dict[str, Any]:
    nearest = int(network.tree.nearest(geometry))
    away = float(distance([geometry], [network.lines[nearest]]).metres[0])
    return issue(
        "error", "too_far",
        f"断面 {name} 距最近河流约 {away:.0f} 米,超过容许的 {tolerance:g} 米,未计算;请核对断面坐标或河流图层",
        f"Section {name} lies about {away:.0f} m from the nearest river, more than the {tolerance:g} m allowed; it was"
        f" not run. Check its coordinates or the river layer.",
        geometry, section_id=name,
    )  # fmt: skip


def _choose(
    network: Network,
    edges: NDArray[np.int64],
    river: Any,
    name: Any,
    geometry: Any,
    tolerance: float,
    issues: list[dict[str, Any]],
) -> int | None:
    """Return which of the edges in reach (nearest first) the section lies on, None if it cannot be told."""
    names = network.name[edges]
    known = sorted({n for n in names if n is not None})
    if river is not None and known:
        for k, n in enumerate(names):
            if n == river:
                return k
        if all(n is not None for n in names):
            issues.append(issue(
                "error", "river_mismatch",
                f"断面 {name} 标注所在河流为“{river}”,而 {tolerance:g} 米内只有“{'、'.join(known)}”,未计算;请核对",
                f"Section {name} says it lies on '{river}', but within {tolerance:g} m there is only"
                f" '{', '.join(known)}'; it was not run. Check which is right.",
                geometry, section_id=name,
            ))  # fmt: skip
            return None
    unnamed = _groups(network, [int(e) for e, n in zip(edges, names) if n is None])
    if len(known) + unnamed > 1:
        listed = [f"“{n}”" for n in known] + ["未命名河流"] * (unnamed > 0)
        listed_en = [f"'{n}'" for n in known] + ["an unnamed river"] * (unnamed > 0)
        issues.append(issue(
            "error", "ambiguous_river",
            f"断面 {name} 在 {tolerance:g} 米内有不止一条河流({'、'.join(listed)}),未计算;请在断面的“所在河流”中注明",
            f"Section {name} has more than one river within {tolerance:g} m ({', '.join(listed_en)}); it was not run."
            f" Name its river in the section's field 'river'.",
            geometry, section_id=name,
        ))  # fmt: skip
        return None
    if river is not None and not known:
        issues.append(issue(
            "info", "river_unverified",
            f"断面 {name} 标注“{river}”,附近河段未命名,无法核对,已取最近河段",
            f"Section {name} says '{river}'; the reaches nearby have no name to compare, the nearest was used.",
            geometry, section_id=name,
        ))  # fmt: skip
    if unnamed and _branches(network, [int(e) for e in edges]):
        issues.append(issue(
            "warning", "unnamed_confluence",
            f"断面 {name} 在 {tolerance:g} 米内有未命名河流汇合,已取最近河段;请核对断面在汇合口的哪一侧",
            f"Section {name} lies within {tolerance:g} m of a confluence of unnamed rivers; the nearest reach was used."
            f" Check on which side of the confluence it lies.",
            geometry, section_id=name,
        ))  # fmt: skip
    return 0


def _groups(network: Network, edges: list[int]) -> int:
    """Count the connected groups among edges."""
    leader = {e: e for e in edges}

    def find(e: int) -> int:
        while leader[e] != e:
            e = leader[e]
        return e

    at: dict[int, int] = {}
    for e in edges:
        for node in (int(network.tail[e]), int(network.head[e])):
            if node in at:
                leader[find(e)] = find(at[node])
            else:
                at[node] = e
    return len({find(e) for e in edges})


def _branches(network: Network, edges: list[int]) -> bool:
    """Whether the edges hold a confluence or a fork."""
    count: dict[int, int] = {}
    for e in edges:
        for node in (int(network.tail[e]), int(network.head[e])):
            count[node] = count.get(node, 0) + 1
    return any(c > 2 for c in count.values())


def place_barriers(
    network: Network, barriers: gpd.GeoDataFrame | None, tolerance: float
) -> tuple[list[tuple[int, float]], list[dict[str, Any]]]:
    """Put dams and sluices on the network.

    Parameters
    ----------
    network : Network
    barriers : GeoDataFrame or None
        Points, set on the nearest reach; lines and polygons, set wherever they meet a reach.
    tolerance : float
        A point may lie this far from its river, metres.

    Returns
    -------
    places : list of (edge, metres below the edge's upper end)
    issues : list of issue rows
        ``barrier_off_river`` for each barrier that meets no river.
    """
    if barriers is None or not len(barriers):
        return [], []
    stored = to_storage(barriers, "barriers")
    uid = identifiers(stored, ("uid", "name", "id"), "B")
    geometry = shapely.force_2d(np.asarray(stored.geometry.array, dtype=object))
    kept = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    places: list[tuple[int, float]] = []
    met = ~kept
    rows = np.flatnonzero(kept & (shapely.get_dimensions(geometry) > 0))
    which, edge = network.tree.query(geometry[rows], predicate="intersects")
    crossing = shapely.intersection(geometry[rows[which]], network.lines[edge])
    spots, pair = shapely.get_coordinates(crossing, return_index=True)
    places.extend(zip(edge[pair].tolist(), network.measure_of(edge[pair], spots).tolist()))
    met[rows[which]] = True
    rows = np.flatnonzero(kept & ~met)
    point = shapely.centroid(geometry[rows])
    boxes = _boxes(shapely.get_coordinates(point), tolerance)
    which, edge = network.tree.query(boxes)
    apart = distance(point[which], network.lines[edge])
    order = np.lexsort((edge, np.round(apart.metres, 6), which))
    order = order[apart.metres[order] <= tolerance]
    first = order[np.unique(which[order], return_index=True)[1]]
    spots = shapely.get_coordinates(shapely.get_point(apart.line[first], -1))
    places.extend(zip(edge[first].tolist(), network.measure_of(edge[first], spots).tolist()))
    met[rows[which[first]]] = True
    issues = [
        issue(
            "warning", "barrier_off_river",
            f"闸坝 {uid[k]} 距任何河流均超过 {tolerance:g} 米或没有图形,未作为追溯终点;请核对",
            f"Barrier {uid[k]} lies more than {tolerance:g} m from any river, or has no geometry, and stops no trace;"
            f" check it.",
            geometry[k] if kept[k] else None,
        )
        for k in np.flatnonzero(~met)
    ]  # fmt: skip
    return places, issues


def _boxes(point: NDArray[np.float64], metres: float) -> NDArray[Any]:
    """Boxes about points in degrees, a hair wider, so that the distance decides and not the box."""
    kx, ky = metres_per_degree(point[:, 1])
    dx, dy = 1.01 * metres / kx, 1.01 * metres / ky
    return shapely.box(point[:, 0] - dx, point[:, 1] - dy, point[:, 0] + dx, point[:, 1] + dy)
