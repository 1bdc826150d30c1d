"""Put section points on the river they mean; two rivers in reach is a question, not a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..geodesy import distance, metres_per_degree
from .rows import issue

if TYPE_CHECKING:
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
    kx, ky = metres_per_degree(point[:, 1])
    # A hair wider, so that the distance decides and not the box.
    dx, dy = 1.01 * tolerance / kx, 1.01 * tolerance / ky
    boxes = shapely.box(point[:, 0] - dx, point[:, 1] - dy, point[:, 0] + dx, point[:, 1] + dy)
    section, edge = network.tree.query(boxes)
    apart = distance(geometry[section], network.lines[edge])
    inside = apart.metres <= tolerance
    section, edge, metres, line = section[inside], edge[inside], apart.metres[inside], apart.line[inside]
    starts: dict[int, tuple[int, float]] = {}
    issues: list[dict[str, Any]] = []
    for k in range(len(point)):
        mine = np.flatnonzero(section == k)
        name = section_id[k]
        if not len(mine):
            issues.append(_too_far(network, geometry[k], name, tolerance))
            continue
        # Nearest first; of equally near ones (a node) the first edge, whichever way the query returned them.
        mine = mine[np.lexsort((edge[mine], np.round(metres[mine], 6)))]
        chosen = _choose(network, edge[mine], river[k], name, geometry[k], tolerance, issues)
        if chosen is None:
            continue
        foot = shapely.get_coordinates(line[mine[chosen]])[-1:]
        e = int(edge[mine[chosen]])
        starts[k] = (e, float(network.measure_of([e], foot)[0]))
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
