"""Hand-made rivers: drawn in metres about a point near Jiyuan, brought to degrees by PROJ itself."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from pyproj import Geod, Transformer

GEOD = Geod(a=6378137.0, rf=298.257222101)
LON, LAT = 112.6, 35.1
_TO_DEGREES = Transformer.from_crs(
    f"+proj=tmerc +lon_0={LON} +lat_0={LAT} +k=1 +a=6378137 +rf=298.257222101 +units=m",
    "EPSG:4490",
    always_xy=True,
)


def degrees(geometry):
    """Bring a geometry drawn in metres (x east, y north) to degrees."""
    return shapely.transform(geometry, lambda c: np.column_stack(_TO_DEGREES.transform(c[:, 0], c[:, 1])))


def metres(geometry):
    """The way back."""
    return shapely.transform(
        geometry, lambda c: np.column_stack(_TO_DEGREES.transform(c[:, 0], c[:, 1], direction="INVERSE"))
    )


def dense(*points, step=50.0):
    """A line through points in metres, with a vertex every `step` metres, as rivers have."""
    return shapely.segmentize(shapely.linestrings(np.array(points, dtype=float)), step)


def rivers(*lines, names=None, **columns):
    """A river layer of lines drawn in metres."""
    data = {"uid": [f"r{n}" for n in range(len(lines))], **columns}
    if names is not None:
        data["river"] = list(names)
    return gpd.GeoDataFrame(data, geometry=[degrees(line) for line in lines], crs=4490)


def points(places, **columns):
    """A point layer of places in metres."""
    data = {"uid": [f"p{n}" for n in range(len(places))], **columns}
    return gpd.GeoDataFrame(data, geometry=[degrees(shapely.Point(p)) for p in places], crs=4490)


def shapes(geometries, **columns):
    """A layer of any geometries drawn in metres."""
    data = {"uid": [f"g{n}" for n in range(len(geometries))], **columns}
    return gpd.GeoDataFrame(data, geometry=[degrees(g) for g in geometries], crs=4490)


def geod_length(line) -> float:
    """Length of a line in degrees by pyproj."""
    return GEOD.geometry_length(line)


def random_river(seed, count=300, loops=0):
    """Lines of a random river in metres, running downstream, and places on them.

    A tree of `count` winding reaches is grown from an outlet; `loops` more lines leave one of its nodes and
    join or end lower down: braids, short cuts, and arms of their own.  There is no directed cycle.

    Returns
    -------
    list of LineString, list of (line, vertex)
    """
    rng = np.random.default_rng(seed)
    place, height, lines = [np.zeros(2)], [0.0], []

    def wind(upper, lower):
        way = np.linspace(upper, lower, rng.integers(3, 30))
        way[1:-1] += rng.normal(0.0, 25.0, (len(way) - 2, 2))
        lines.append(shapely.linestrings(way))

    for _ in range(count):
        below = rng.integers(max(0, len(place) - 40), len(place))
        place.append(place[below] + rng.uniform((-1500.0, 150.0), (1500.0, 1500.0)))
        height.append(height[below] + rng.uniform(0.5, 1.5))
        wind(place[-1], place[below])
    for n in range(loops):
        upper, lower = sorted(rng.choice(len(place), 2, replace=False), key=lambda k: -height[k])
        if n % 3 == 0:
            k = rng.integers(count)  # beside an existing reach
            upper, lower = (shapely.get_coordinates(lines[k])[j] for j in (0, -1))
            wind(upper, lower)
        elif n % 3 == 1 and np.hypot(*(place[upper] - place[lower])) < 6000:
            wind(place[upper], place[lower])
        else:
            wind(place[upper], place[upper] + rng.uniform(-2000.0, 2000.0, 2))
    spots = []
    for k in rng.choice(len(lines), 40, replace=False).tolist():
        spots.append((k, int(rng.integers(0, shapely.get_num_points(lines[k]) - 1))))
    return lines, spots


def asked_places(lines, spots, seed=0):
    """Starts a part of the way along the segments that begin at `spots`: degrees, and metres along by Geod."""
    rng = np.random.default_rng(seed)
    out = []
    for line, vertex in spots:
        xy = shapely.get_coordinates(degrees(lines[line]))
        azimuth, _, step = GEOD.inv(*xy[:-1].T, *xy[1:].T)
        rest = float(rng.uniform(0.2, 0.8) * step[vertex])
        lon, lat, _ = GEOD.fwd(*xy[vertex], azimuth[vertex], rest)
        out.append((line, (lon, lat), float(step[:vertex].sum() + rest)))
    return out


def traced_lengths(network, traced, up):
    """How much of each line each trace holds, one way: {(trace, line): metres}."""
    out = {}
    mine = traced.up == up
    metres = (traced.high - traced.low)[mine]
    for key, length in zip(
        zip(traced.owner[mine].tolist(), network.row[traced.edge[mine]].tolist()), metres.tolist()
    ):
        out[key] = out.get(key, 0.0) + length
    return out


def differing(ours, theirs, within=0.1):
    """Of two dictionaries of lengths, the keys that one lacks or whose lengths differ; less than `within` may lack."""
    return [
        (key, ours.get(key), theirs.get(key))
        for key in sorted(ours.keys() | theirs.keys())
        if abs(ours.get(key, 0.0) - theirs.get(key, 0.0)) > within
    ]


def control_zones_of(
    lines, places, *, upstream=5000.0, downstream=500.0, bank=500.0, channel=None, **columns
):
    """Trace from places (metres) on rivers (metres) and draw the zones, in the metres that rivers are drawn in.

    `channel` is called with (network, reaches) for what lies between the banks.
    """
    from envzones.plugin.engine.river.network import build
    from envzones.plugin.engine.river.reaches import reaches_of
    from envzones.plugin.engine.river.trace import trace
    from envzones.plugin.engine.river.zone import control_zones

    network = build(rivers(*lines, **columns))
    starts = []
    for place in places:
        point = degrees(shapely.Point(place))
        edge = int(network.tree.nearest(point))
        starts.append((edge, float(network.measure_of([edge], shapely.get_coordinates(point))[0])))
    traces = trace(network, starts, upstream=upstream, downstream=downstream)
    reaches = reaches_of(network, traces, np.full(len(starts), LON))
    held = None if channel is None else channel(network, reaches)
    return control_zones(network, reaches, bank, held)


def drawn(zones, k=0):
    """A zone's polygon in the metres that rivers are drawn in (x east, y north of the origin)."""
    return metres(zones.to_degrees([k], zones.polygon[k : k + 1], densify=100.0)[0])
