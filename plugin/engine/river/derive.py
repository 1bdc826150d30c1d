"""Channel and centreline for an office that has only the water polygons of the land survey (国土调查图斑).

The polygons of the chosen classes are dissolved across the borders of parcels and joined across narrow gaps (bridges);
what hangs together is one channel.  Its middle line, with the width along it, is found by :mod:`.skeleton`; the
direction comes from two clicks or an elevation model.  Every feature says of itself that it is derived.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..errors import InputError
from ..findings import ISSUE_COLUMNS, table
from ..geodesy import LocalFrame, area_m2, metres_per_degree, to_storage
from ..progress import SILENT, Progress, part, report
from .orient import down_dem, towards_outlet
from .potential import parts as connected
from .rows import issue, numbers, text, texts
from .skeleton import Skeleton, skeleton

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

    from .network import Network
    from .orientation import Orientation

#: Classes of the third national land survey (GB/T 21010) that hold water.
WATER_CODES = {"1101": "河流水面", "1102": "湖泊水面", "1103": "水库水面", "1104": "坑塘水面", "1107": "沟渠"}
CODE_FIELDS = ("dlbm", "地类编码", "land_code", "地类代码")
CHANNEL_COLUMNS = {
    "uid": "t", "river": "t", "part": "t", "land_code": "t", "area_m2": "f", "accuracy_m": "f", "provenance": "t",
    "source": "t", "remark": "t",
}  # fmt: skip
CENTRELINE_COLUMNS = {
    "uid": "t", "river": "t", "width_m": "f", "length_m": "f", "channel": "t", "accuracy_m": "f", "provenance": "t",
    "source": "t", "remark": "t",
}  # fmt: skip
# GEOS raises flags of the processor over empty boxes and the like, of which numpy would warn.
_FLAGS: dict[str, Any] = {"invalid": "ignore", "divide": "ignore", "over": "ignore", "under": "ignore"}
# A click may lie this far from the derived river, metres.
_CLICK = 500.0
# Faults of adjoining parcels up to this wide are closed, metres.
_SLIVER = 0.5
# A line is broken where its width changes by more than this share, into pieces of at least this many widths.
_WIDTH_SHARE, _PIECE_WIDTHS = 0.1, 0.5


@dataclass(frozen=True)
class Derived:
    """The answer, all frames in EPSG:4490.

    Attributes
    ----------
    channel : GeoDataFrame
        One polygon for each connected river, in the columns of the layer ``river_channel``.
    centreline : GeoDataFrame
        Lines running downstream where the direction is known, broken at junctions, islands and where the width
        changes, in the columns of the layer ``river_reach``.
    issue : GeoDataFrame
        What was mended or is in doubt.
    """

    channel: gpd.GeoDataFrame
    centreline: gpd.GeoDataFrame
    issue: gpd.GeoDataFrame


def derive_channel(
    polygons: gpd.GeoDataFrame,
    *,
    codes: Sequence[str] | None = ("1101",),
    code_field: str | None = None,
    upstream: ArrayLike | None = None,
    downstream: ArrayLike | None = None,
    dem: str | Path | None = None,
    gap: float = 30.0,
    spacing: float | None = None,
    spur: float = 1.0,
    smallest: float = 400.0,
    river: str | None = None,
    progress: Progress = SILENT,
) -> Derived:
    """Derive channel and centreline from land-survey polygons.

    Parameters
    ----------
    polygons : GeoDataFrame
        Polygons in any declared CRS.
    codes : sequence of str, optional
        Land classes that are the river; a class takes its sub-classes along (1107 also 1107A).  None takes all
        polygons.
    code_field : str, optional
        The field with the class; found by its usual names where not given (DLBM, 地类编码, land_code).
    upstream, downstream : (2,) or (k, 2) float, optional
        Degrees: a place up the river and one down the same river, or as many pairs.
    dem : path, optional
        Elevation model that gives the direction instead.
    gap : float
        Polygons this near to each other are one river (bridges), metres.
    spacing : float, optional
        Greatest distance between samples of the bank, metres; a quarter of the mean width where not given.
    spur : float
        A branch is kept if it reaches this many river widths beyond the bank of the river it leaves.
    smallest : float
        Islands and stray waters smaller than this are passed over, square metres (of the centreline; the channel
        keeps its islands).
    river : str, optional
        The river's name, where all polygons are one river.
    progress : Progress

    Returns
    -------
    Derived

    Raises
    ------
    InputError
        No code field, no polygon of these classes, one click without the other, clicks off the river, or clicks
        and an elevation model together.
    """
    clicks = _clicks(upstream, downstream)
    if clicks is not None and dem is not None:
        raise InputError("Give either two clicks or an elevation model for the direction of flow, not both.")
    stored = to_storage(polygons, "land-survey polygons")
    rows: list[dict[str, Any]] = []
    stored, code = _of_class(stored, codes, code_field)
    shape = _valid(stored, rows)
    report(progress, 0.05, "Joining polygons")
    rivers = _rivers(shape, gap, smallest, rows)
    made, lines = [], []
    for k, (mine, frame, whole) in enumerate(rivers):
        report(progress, 0.1 + 0.7 * k / len(rivers), "Drawing middle lines")
        with np.errstate(**_FLAGS):
            # Banks that all but touch may touch in degrees.
            drawn = _pieces(shapely.make_valid(frame.inverse(shapely.segmentize(whole, 200.0))))
            found = skeleton(_without_small_islands(whole, smallest), spacing=spacing, spur=spur)
        made.append(_channel_row(k, mine, drawn, stored, code, river))
        lines.extend(_line_rows(found, frame, made[-1]))
    if not lines:
        raise InputError("No polygon of the chosen classes is large enough to be a river; choose other classes.")
    centreline, directed = _directed(lines, clicks, dem, rows, part(progress, 0.8, 1.0))
    report(progress, 1.0)
    return Derived(table(made, CHANNEL_COLUMNS), table(_told(centreline, directed), CENTRELINE_COLUMNS),
                   table(rows, ISSUE_COLUMNS))  # fmt: skip


# --------------------------------------------------------------------------------------------------------
# Polygons
# --------------------------------------------------------------------------------------------------------


def _of_class(
    stored: gpd.GeoDataFrame, codes: Sequence[str] | None, field: str | None
) -> tuple[gpd.GeoDataFrame, NDArray[Any]]:
    """Return the polygons of the classes, and their classes."""
    columns = [c for c in stored.columns if c != stored.geometry.name]
    if field is None:
        named = {str(c).lower(): c for c in columns}
        field = next((named[name] for name in CODE_FIELDS if name in named), None)
        if field is None and codes is not None:
            raise InputError(
                "The polygons have no field with the land class (DLBM); name it, one of:"
                f" {', '.join(map(str, columns))}."
            )
    elif field not in columns:
        raise InputError(f"The polygons have no field '{field}'; choose one of: {', '.join(map(str, columns))}.")
    code = texts(stored, field)
    code = np.array([c[:-2] if c is not None and c.endswith(".0") else c for c in code], dtype=object)
    if codes is None:
        return stored, code
    asked = [c for c in (text(c) for c in ([codes] if isinstance(codes, str) else codes)) if c]
    keep = np.array([c is not None and c.startswith(tuple(asked)) for c in code], dtype=bool)
    if not keep.any():
        there, count = np.unique([c for c in code if c is not None], return_counts=True)
        listed = ", ".join(f"{c} ({n})" for c, n in sorted(zip(there, count), key=lambda i: -i[1])[:12]) or "none"
        raise InputError(f"No polygon has the land class {', '.join(asked)} in '{field}'; classes there: {listed}.")
    return stored[keep], code[keep]


def _valid(stored: gpd.GeoDataFrame, rows: list[dict[str, Any]]) -> NDArray[Any]:
    """Return polygons mended where they cross themselves; None where there is none."""
    shape = shapely.force_2d(np.asarray(stored.geometry.array, dtype=object))
    bad = ~shapely.is_valid(shape) & ~shapely.is_missing(shape)
    for k in np.flatnonzero(bad):
        place = shapely.points(shapely.get_coordinates(shape[k])[0])
        rows.append(issue(
            "info", "invalid_polygon", f"第 {k + 1} 个水面图斑自相交,已修正后使用",
            f"Water polygon {k + 1} crosses itself; it was mended before use.", place,
        ))  # fmt: skip
    shape[bad] = shapely.make_valid(shape[bad])
    flat = shapely.is_missing(shape) | (shapely.get_dimensions(shape) < 2) | shapely.is_empty(shape)
    if flat.all():
        raise InputError("The layer of land-survey polygons holds no polygon; give the layer DLTB or its like.")
    shape[flat] = None
    return shape


def _rivers(
    shape: NDArray[Any], gap: float, smallest: float, rows: list[dict[str, Any]]
) -> list[tuple[NDArray[np.int64], LocalFrame, Any]]:
    """Dissolve polygons into connected rivers, each in metres about its own meridian."""
    held = np.flatnonzero(~shapely.is_missing(shape))
    box = shapely.bounds(shape[held])
    kx, ky = metres_per_degree(box[:, 3])
    dx, dy = gap / kx, gap / ky
    grown = shapely.box(box[:, 0] - dx, box[:, 1] - dy, box[:, 2] + dx, box[:, 3] + dy)
    one, two = shapely.STRtree(grown).query(grown, predicate="intersects")
    label = connected(one, two, len(held))
    out, tiny, passed = [], 0, None
    for group in np.unique(label):
        mine = held[label == group]
        low, _, high, _ = shapely.total_bounds(shape[mine])
        frame = LocalFrame((low + high) / 2)
        with np.errstate(**_FLAGS):
            for whole in _joined(frame.forward(shape[mine]), gap, frame, rows):
                if whole.area < smallest:
                    tiny, passed = tiny + 1, passed or frame.inverse(shapely.point_on_surface(whole))
                    continue
                inside = shapely.intersects(whole, shapely.point_on_surface(frame.forward(shape[mine])))
                out.append((mine[inside], frame, whole))
    if tiny:
        rows.append(issue(
            "info", "small_water", f"有 {tiny} 处水面小于 {smallest:g} 平方米,未参与",
            f"{tiny} waters smaller than {smallest:g} m2 were passed over.", passed,
        ))  # fmt: skip
    # The largest first, so that the numbers are the same whatever the order of the input.
    return sorted(out, key=lambda r: -r[2].area)


def _joined(shape: NDArray[Any], gap: float, frame: LocalFrame, rows: list[dict[str, Any]]) -> list[Any]:
    """Unite polygons; close faults between parcels; join what is no farther apart than `gap`."""
    united = shapely.union_all(shape)
    # Cracks between parcels are closed by swelling and shrinking; corners stay where they are.
    swollen = shapely.buffer(united, _SLIVER / 2, join_style="mitre", mitre_limit=2.0)
    closed = shapely.buffer(swollen, -_SLIVER / 2, join_style="mitre", mitre_limit=2.0)
    cracks = _pieces(shapely.difference(closed, united))
    if len(cracks):
        united = shapely.union_all([united, *shapely.buffer(cracks, 0.001, join_style="mitre")])
    bodies = _pieces(united)
    if len(bodies) < 2 or gap <= 0:
        return list(bodies)
    # Of what swelling by half the gap would add, only that counts which lies between two bodies.
    around = shapely.buffer(bodies, gap / 2)
    one, two = shapely.STRtree(around).query(around, predicate="intersects")
    one, two = one[one < two], two[one < two]
    patches = []
    for a, b in zip(one.tolist(), two.tolist()):
        pair = shapely.union(bodies[a], bodies[b])
        both = shapely.buffer(shapely.buffer(pair, gap / 2), -gap / 2)
        for patch in _pieces(shapely.difference(both, pair)):
            wider = shapely.buffer(patch, 0.01, join_style="mitre")
            if shapely.intersects(wider, bodies[a]) and shapely.intersects(wider, bodies[b]):
                patches.append(wider)
                away = shapely.distance(bodies[a], bodies[b])
                rows.append(issue(
                    "info", "gap_joined", f"相距 {away:.1f} 米的两块水面按同一河道连接(如桥梁),请核对",
                    f"Two waters {away:.1f} m apart were joined as one river (a bridge?); check it.",
                    frame.inverse(shapely.point_on_surface(patch)),
                ))  # fmt: skip
    return list(_pieces(shapely.union_all([*bodies, *patches])))


def _pieces(shape: Any) -> NDArray[Any]:
    found = shapely.get_parts(shapely.get_parts(shape))
    return found[(shapely.get_dimensions(found) == 2) & ~shapely.is_empty(found)]


def _without_small_islands(whole: Any, smallest: float) -> Any:
    shell, *holes = shapely.get_parts(shapely.get_rings(whole))
    area = shapely.area(shapely.polygons(holes)) if holes else np.empty(0)
    return shapely.polygons(shell, [h for h, a in zip(holes, area) if a >= smallest] or None)


# --------------------------------------------------------------------------------------------------------
# Rows
# --------------------------------------------------------------------------------------------------------


def _channel_row(
    k: int,
    mine: NDArray[np.int64],
    drawn: NDArray[Any],
    stored: gpd.GeoDataFrame,
    code: NDArray[Any],
    river: str | None,
) -> dict[str, Any]:
    classes = sorted({c for c in code[mine] if c is not None})
    accuracy = numbers(stored, "accuracy_m")[mine]
    known = accuracy[np.isfinite(accuracy)]
    said = "、".join(classes) or "不详"
    return {
        "uid": f"DC{k + 1}", "river": river, "part": "water", "land_code": ",".join(classes) or None,
        "area_m2": float(area_m2(drawn).sum()), "accuracy_m": float(known.max()) if len(known) else np.nan,
        "provenance": "fact", "source": f"由国土调查水面图斑(地类 {said})合并推算,非测绘成果",
        "remark": f"由 {len(mine)} 个图斑合并", "geometry": shapely.multipolygons(drawn),
    }  # fmt: skip


def _line_rows(found: Skeleton, frame: LocalFrame, channel: dict[str, Any]) -> list[dict[str, Any]]:
    """Break lines where the width changes; one row for each piece."""
    out = []
    for line, place, width in zip(found.line, found.place, found.width):
        xy = shapely.get_coordinates(line)
        for low, high in _even_pieces(place, width):
            span = slice(low, high + 1)
            wide = float(np.median(width[span]))
            own = channel["accuracy_m"]
            # The middle of two banks is as good as they are; smoothing moves it by a twentieth of the width.
            accuracy = float(np.hypot(0.0 if np.isnan(own) else own, 0.05 * wide))
            drawn = frame.inverse(shapely.linestrings(xy[span]))
            out.append({
                "uid": f"{channel['uid']}-{len(out) + 1}", "river": channel["river"], "width_m": round(wide, 2),
                "length_m": float(place[high] - place[low]), "channel": channel["uid"], "accuracy_m": accuracy,
                "provenance": "fact", "source": channel["source"].replace("合并推算", "推算的中心线"),
                "remark": None if np.isfinite(own) else "精度未计图斑本身的误差", "geometry": drawn,
            })  # fmt: skip
    return out


def _even_pieces(place: NDArray[np.float64], width: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Divide a line into pieces over which the width changes little: (first, last) number of their points."""
    out, todo = [], [(0, len(place) - 1)]
    while todo:
        low, high = todo.pop()
        here = width[low : high + 1]
        middle = float(np.median(here))
        least = _PIECE_WIDTHS * middle
        inner = np.arange(low + 1, high)
        inner = inner[(place[inner] - place[low] >= least) & (place[high] - place[inner] >= least)]
        if len(inner) and float(np.quantile(np.abs(here - middle), 0.9)) > _WIDTH_SHARE * middle:
            # Where the means on both sides differ most from each other.
            total = np.cumsum(here)
            before = total[inner - low] / (inner - low + 1)
            after = (total[-1] - total[inner - low]) / (high - inner)
            count = (inner - low + 1) * (high - inner)
            cut = int(inner[np.argmax(count * (before - after) ** 2)])
            todo += [(cut, high), (low, cut)]
        else:
            out.append((low, high))
    return out


def _told(lines: list[dict[str, Any]], directed: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """Say in each row whose direction is unknown that it is."""
    for row, known in zip(lines, directed):
        if not known:
            row["remark"] = ";".join(filter(None, [row["remark"], "流向未定"]))
    return lines


# --------------------------------------------------------------------------------------------------------
# Direction
# --------------------------------------------------------------------------------------------------------


def _clicks(upstream: ArrayLike | None, downstream: ArrayLike | None) -> NDArray[np.float64] | None:
    """Return pairs of clicks as (k, 2, 2) degrees: upper, lower."""
    if upstream is None and downstream is None:
        return None
    if upstream is None or downstream is None:
        raise InputError("One click alone gives no direction; give a place upstream and one downstream of it.")
    up, down = (np.atleast_2d(np.asarray(p, dtype=float)) for p in (upstream, downstream))
    if up.shape != down.shape or up.shape[1] != 2 or not (np.isfinite(up).all() and np.isfinite(down).all()):
        raise InputError("Clicks come in pairs of longitude and latitude in degrees, as many upstream as downstream.")
    return np.stack([up, down], axis=1)


def _directed(
    lines: list[dict[str, Any]],
    clicks: NDArray[np.float64] | None,
    dem: str | Path | None,
    rows: list[dict[str, Any]],
    progress: Progress,
) -> tuple[list[dict[str, Any]], NDArray[np.bool_]]:
    """Turn the lines downstream; return them and whether the direction of each is known."""
    from .network import build

    network = build(table(lines, CENTRELINE_COLUMNS), tolerance=0.0, repair=frozenset())
    if dem is not None:
        answer = down_dem(network, dem, progress=progress)
        told = ("fall_unsure", "fall_contradicts")
    elif clicks is not None:
        outlets = [_outlet(network, up, down, rows) for up, down in clicks]
        answer = towards_outlet(network, np.array(outlets), tolerance=1.0)
        told = ("no_outlet",)
    else:
        # Nothing tells the direction; only that must be said.
        answer = _unknown(network)
        told = ("direction_unknown",)
    rows.extend(row for row in answer.issues if row["code"] in told)
    turned = np.zeros(len(lines), dtype=bool)
    turned[network.row[answer.flip]] = True
    known = np.zeros(len(lines), dtype=bool)
    known[network.row[~answer.doubtful]] = True
    for k in np.flatnonzero(turned):
        lines[k]["geometry"] = shapely.reverse(lines[k]["geometry"])
    return lines, known


def _unknown(network: Network) -> Orientation:
    from .orientation import Orientation

    everything = np.ones(len(network), dtype=bool)
    answer = Orientation(~everything, everything)
    answer.tell(
        network, everything, "warning", "direction_unknown",
        "流向未定;请点选上游、下游各一点,或提供高程模型",
        "direction unknown; give a place upstream and one downstream, or an elevation model.",
    )  # fmt: skip
    return answer


def _outlet(
    network: Network, up: NDArray[np.float64], down: NDArray[np.float64], rows: list[dict[str, Any]]
) -> NDArray[np.float64]:
    """Return the end of the river that is reached by going on from `up` past `down`."""
    (e_up, at_up), (e_down, at_down) = (_on_river(network, p) for p in (up, down))
    if e_up == e_down:
        beyond = int(network.head[e_down] if at_down > at_up else network.tail[e_down])
        if at_up == at_down:
            raise InputError("The upstream and the downstream click are the same place of the river; set them apart.")
    else:
        away = _ways(network, [int(network.tail[e_up]), int(network.head[e_up])],
                     [at_up, float(network.length[e_up]) - at_up], without=e_down)  # fmt: skip
        tail, head = int(network.tail[e_down]), int(network.head[e_down])
        to_tail, to_head = away[tail] + at_down, away[head] + float(network.length[e_down]) - at_down
        if not np.isfinite(min(to_tail, to_head)):
            raise InputError(
                "The upstream and the downstream click lie on waters that do not hang together; click on one river, or"
                " join the polygons over a wider gap."
            )
        beyond = head if to_tail <= to_head else tail
    # The widest way on is taken for the river itself.
    best, queue = {beyond: np.inf}, [beyond]
    while queue:
        node = queue.pop(0)
        for e in (*network.incoming(node), *network.outgoing(node)):
            other = int(network.tail[e] + network.head[e] - node)
            wide = min(best[node], float(network.width[e]))
            if e != e_down and wide > best.get(other, 0.0):
                best[other] = wide
                queue.append(other)
    count = np.bincount(np.concatenate([network.tail, network.head]), minlength=len(network.node))
    ends = [n for n in best if count[n] == 1]
    if not ends:
        return network.node[beyond]
    chosen = max(ends, key=lambda n: (best[n], -n))
    if len(ends) > 1:
        rows.append(issue(
            "warning", "outlet_assumed",
            f"下游点以下有 {len(ends)} 个端点,取最宽的一支为出口;请核对",
            f"Below the downstream click the river has {len(ends)} ends; the one that the widest way leads to was taken"
            f" for its outlet. Check it.",
            shapely.points(network.node[chosen]),
        ))  # fmt: skip
    return network.node[chosen]


def _on_river(network: Network, point: NDArray[np.float64]) -> tuple[int, float]:
    """Return the edge and the place on it that a click means."""
    from ..geodesy import distance

    spot = shapely.points(point)
    kx, ky = metres_per_degree(point[1])
    reach = np.array([_CLICK / kx, _CLICK / ky]) * 20.0
    near = network.tree.query(shapely.box(*(point - reach), *(point + reach)))
    apart = distance(np.full(len(near), spot, dtype=object), network.lines[near])
    best = int(np.argmin(apart.metres)) if len(near) else -1
    if best < 0 or apart.metres[best] > max(_CLICK, float(network.width[near[best]])):
        away = f"{apart.metres[best]:.0f} m away" if best >= 0 else "more than 10 km away"
        raise InputError(
            f"The click {point[0]:.6f},{point[1]:.6f} lies off the derived river ({away}); click on the river."
        )
    foot = shapely.get_coordinates(apart.line[best])[-1:]
    edge = int(near[best])
    return edge, float(network.measure_of([edge], foot)[0])


def _ways(network: Network, start: list[int], so_far: list[float], without: int) -> dict[int, float]:
    """Return the shortest way from a place to every node, either way along the river, not over one edge."""
    import heapq

    best: dict[int, float] = {}
    queue = list(zip(so_far, start))
    heapq.heapify(queue)
    while queue:
        way, node = heapq.heappop(queue)
        if node in best:
            continue
        best[node] = way
        for e in (*network.incoming(node), *network.outgoing(node)):
            other = int(network.tail[e] + network.head[e] - node)
            if e != without and other not in best:
                heapq.heappush(queue, (way + float(network.length[e]), other))
    return {n: best.get(n, np.inf) for n in range(len(network.node))}
