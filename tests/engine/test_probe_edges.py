"""The probe where answers turn: on borders and vertices, in holes, at limits to the millimetre, in united zones.

Every answer is compared with the whole check's for the same place, zone and distance included.
"""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from envzones.plugin.engine import geodesy, siting
from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.clauses.book import load_book
from envzones.plugin.engine.onemap import OneMap
from envzones.plugin.engine.probe import Constraint, Probe, Probed
from envzones.plugin.engine.probe_zones import Edges

from .siting_world import forward, inverse

AS_OF = date(2019, 6, 30)
LIMITS = (100.0, 500.0, 1500.0)
RULES = {
    "in": "{inside: {layer: drinking_water_zone}}",
    "level": "{inside: {layer: drinking_water_zone, filter: {level: {in: [primary]}}}}",
    "lap": "{overlap: {layer: drinking_water_zone}}",
    "share": "{overlap: {layer: drinking_water_zone, min_share: 0.2}}",
    **{
        f"near{limit:g}": f"{{within: {{layer: drinking_water_zone, distance: {limit:g} m}}}}"
        for limit in LIMITS
    },
    "well": "{within: {layer: village, distance: 500 m}}",
    "road": "{within: {layer: road, distance: 100 m}}",
    "upon": "{inside: {layer: road}}",
    "work": "{within: {layer: village, distance: {working: gap, default: 300 m, zh: 间距, en: gap}}}",
    "park": "{outside: {layer: industrial_park}}",
    "kind": "{outside: {layer: industrial_park, filter: {level: {in: [national]}}}}",
    "not": "{none: [{inside: {layer: industrial_park}}, {within: {layer: village, distance: 100 m}}]}",
    "and": "{all: [{within: {layer: drinking_water_zone, distance: 500 m}}, {outside: {layer: industrial_park}}]}",
    "or": "{any: [{inside: {layer: industrial_park}}, {within: {layer: road, distance: 500 m}}]}",
    "lost": "{within: {layer: scenic_area, distance: 500 m}}",
}
HEAD = """
id: edges
jurisdiction: {code: "419001", zh: 示例市, en: Sample}
document: {number: 测〔2018〕1号, zh: 测试, en: Test}
period: {from: 2018-01-01, to: 2030-12-31}
clauses:
"""
CLAUSE = """
  - {{id: {id}, clause: 一, zh: 测试, en: Test, quote: 禁止新建, operative: 禁止, kind: siting, applies_to: [any],
     effect: prohibit, nature: [new, rebuild, expand, existing], where: {where}}}
"""
MIDDLE = np.array([112.5, 35.0])
CITY = shapely.box(112.3, 34.8, 112.7, 35.2)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    path = tmp_path_factory.mktemp("books") / "edges.yaml"
    path.write_text(HEAD + "".join(CLAUSE.format(id=k, where=v) for k, v in RULES.items()), encoding="utf-8")
    return load_book(path)


def on_ground(metres: np.ndarray) -> np.ndarray:
    """Places at metres east and north of the middle, about."""
    return MIDDLE + metres / np.array([91_000.0, 111_000.0])


@st.composite
def areas(draw) -> shapely.Geometry:
    """An area as zones are: boxes on a grid that often share edges, some with a hole, some in two parts."""
    x, y = draw(st.integers(-4, 4)) * 250.0, draw(st.integers(-4, 4)) * 250.0
    wide, high = draw(st.sampled_from([250.0, 500.0, 1000.0])), draw(st.sampled_from([250.0, 500.0, 1000.0]))
    ring = np.array([[x, y], [x + wide, y], [x + wide, y + high], [x, y + high]])
    ring[draw(st.integers(0, 3))] += [draw(st.sampled_from([0.0, 37.0])), draw(st.sampled_from([0.0, -53.0]))]
    holes = []
    if draw(st.booleans()):
        inner = ring.mean(axis=0) + (ring - ring.mean(axis=0)) * draw(st.sampled_from([0.3, 0.6]))
        holes = [on_ground(inner)]
    one = shapely.Polygon(on_ground(ring), holes)
    if draw(st.booleans()):
        one = shapely.segmentize(one, 5e-5)
    return (
        shapely.MultiPolygon([one, shapely.Polygon(on_ground(ring + [3000.0, 0.0]))])
        if draw(st.booleans())
        else one
    )


@st.composite
def worlds(draw) -> OneMap:
    """A small map: overlapping zones, roads, villages, parks that touch; accuracies given or not."""

    def frame(shapes: list, **columns) -> gpd.GeoDataFrame:
        exact = draw(
            st.lists(st.sampled_from([0.0, 0.0, 5.0, 60.0, None]), min_size=len(shapes), max_size=len(shapes))
        )
        names = {
            "uid": [f"z{k}" for k in range(len(shapes))],
            "name": [f"示例{k}" for k in range(len(shapes))],
        }
        return gpd.GeoDataFrame(
            {**names, **columns, "accuracy_m": np.array(exact, dtype=float)}, geometry=shapes, crs=4490
        )

    def levels(n: int, among: list) -> list:
        return draw(st.lists(st.sampled_from(among), min_size=n, max_size=n))

    zones = draw(st.lists(areas(), min_size=1, max_size=5))
    parks = draw(st.lists(areas(), min_size=1, max_size=4))
    dots = st.tuples(st.integers(-5, 5), st.integers(-5, 5)).map(
        lambda at: shapely.Point(on_ground(np.array(at) * 300.0))
    )
    villages = draw(st.lists(dots, min_size=1, max_size=4))
    roads = [
        shapely.LineString(
            on_ground(np.array([[-3000.0, draw(st.integers(-3, 3)) * 400.0], [0.0, 100.0], [2500.0, 900.0]]))
        )
    ]
    frames = {
        "drinking_water_zone": frame(zones, level=levels(len(zones), ["primary", "secondary", None])),
        "industrial_park": frame(parks, level=levels(len(parks), ["national", "city", None])),
        "village": frame(villages),
        "road": frame(roads),
        "admin_area": gpd.GeoDataFrame(
            {"uid": ["c"], "name": ["示例市"], "level": ["city"], "code": ["419001"], "accuracy_m": [0.0]},
            geometry=[CITY], crs=4490
        ),
    }  # fmt: skip
    small = shapely.box(*on_ground(np.array([-1500.0, -1500.0])), *on_ground(np.array([1500.0, 1500.0])))
    whole = {name: draw(st.sampled_from([CITY, CITY, small, None])) for name in list(frames)[:4]}
    told = {name: area for name, area in whole.items() if area is not None}
    coverage = gpd.GeoDataFrame(
        {"layer": list(told), "complete_as_of": "2018-01-01", "valid_until": "2030-01-01"},
        geometry=list(told.values()),
        crs=4490,
    )
    return OneMap.from_frames(frames, coverage, catalog=load_catalog())


def places(the_map: OneMap, seed: int) -> np.ndarray:
    """Vertices, middles of edges, places at each limit from both (to a millimetre), in holes, anywhere."""
    rng = np.random.default_rng(seed)
    at = [on_ground(rng.uniform(-2500, 2500, (6, 2)))]
    for layer in ("drinking_water_zone", "industrial_park", "village", "road"):
        for shape in the_map.in_force(layer, AS_OF).geometry:
            edge = shapely.get_coordinates(shape)
            edge = edge[rng.integers(0, len(edge), 6)]
            edge = np.concatenate([shapely.get_coordinates(shape)[:2], edge])
            middle = (edge + np.roll(edge, 1, axis=0)) / 2
            near = np.concatenate([edge[:2], middle[:2]])
            at += [near, shapely.get_coordinates(shape.centroid)]
            for limit in (*LIMITS, 60.0, 300.0):
                start = near[rng.integers(len(near))][None]
                at.append(
                    forward(
                        start,
                        rng.choice([0.0, 90.0, 180.0, 270.0, 33.0], 1),
                        np.array([limit + rng.choice([0.0, 1e-3, -1e-3, 4.0])]),
                    )
                )
    xy = np.concatenate(at)
    return xy[rng.permutation(len(xy))[:60]]


def whole(the_map, book, xy, accuracy) -> gpd.GeoDataFrame:
    sites = gpd.GeoDataFrame(
        {"site_id": [str(k) for k in range(len(xy))], "accuracy_m": accuracy},
        geometry=shapely.points(xy),
        crs=4490,
    )
    return siting.check(sites, the_map, [book], as_of=AS_OF, nature="new")


def state(status: str, tentative: bool) -> int:
    return {"clear": 0, "not_assessed": 1, "hit": 3}[status] - (1 if tentative else 0)


# A world does not shrink to anything worth the minutes it takes.
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.reuse, Phase.generate],
)
@given(the_map=worlds(), seed=st.integers(0, 10_000), accuracy=st.sampled_from([0.0, 0.0, 20.0]))
def test_states_zones_and_distances_are_those_of_the_check(book, the_map, seed, accuracy):
    xy = places(the_map, seed)
    probe = Probe(the_map, [book], as_of=AS_OF, nature="new", accuracy_m=accuracy)
    result = whole(the_map, book, xy, accuracy)
    rows = result.findings[~result.findings["reference"] & (result.findings["status"] != "not_applicable")]
    told: dict[tuple[int, str], list] = {}
    for row in rows.itertuples():
        told.setdefault((int(row.site_id), row.clause_id), []).append(row)
    verdicts = result.verdicts.set_index("site_id")
    for k, (lon, lat) in enumerate(xy):
        answer = probe.at(lon, lat)
        mine = {one.clause_id: one for one in answer.constraints}
        for clause in RULES:
            said = told[k, clause]
            strongest = max(state(row.status, row.tentative) for row in said)
            one = mine[clause]
            assert state(one.status, one.tentative) == strongest, (clause, lon, lat)
            compare_zone(clause, one, said, strongest)
        verdict = verdicts.loc[str(k)]
        assert (answer.known, answer.possible, answer.pending) == (
            verdict["known"], verdict["possible"], int(verdict["pending"])
        )  # fmt: skip


def compare_zone(clause: str, one: Constraint, said: list, strongest: int) -> None:
    """The zone told is one of the check's own for that answer, at the check's distance; of hits the nearest."""
    rows = [row for row in said if state(row.status, row.tentative) == strongest and row.zone_id]
    if not one.zone_id:
        return
    if clause in ("and", "or", "not"):  # each may tell another of its branches
        return
    same = [row for row in rows if (row.zone_layer, row.zone_id) == (one.zone_layer, one.zone_id)]
    if rows and strongest >= 2:
        assert same and one.distance_m == pytest.approx(min(row.distance_m for row in rows), abs=1e-4)
    for row in same:
        assert one.distance_m == pytest.approx(row.distance_m, abs=1e-4)
    if one.distance_m > 0:
        (x, y), (u, v) = one.line.coords
        assert inverse(np.array([[x, y]]), np.array([[u, v]]))[0] == pytest.approx(one.distance_m, abs=1e-4)


@settings(max_examples=80, deadline=None)
@given(
    shape=areas(),
    at=st.tuples(st.floats(-4000, 4000), st.floats(-4000, 4000)),
    fine=st.sampled_from([1e-5, 1e-4]),
)
def test_nearest_places_on_edges(shape, at, fine):
    """The arrays find what GEOS finds on the boundary, in the same frame, also in thousands of edges."""
    line = shapely.LineString(on_ground(np.array([[0.0, 0.0], [900.0, 10.0]])))
    shapes = np.array([shapely.Point(on_ground(np.zeros(2))), shape, line, shapely.segmentize(shape, fine)])
    place = on_ground(np.array(at))
    lat = np.array([35.0, 35.01, 34.99, 35.02])
    foot, metres = Edges(shapes).nearest(place, np.arange(4), lat)
    point = geodesy.scaled(np.full(4, shapely.Point(place)), lat)
    outlines = [shapes[0], shapely.boundary(shape), line, shapely.boundary(shapes[3])]
    edges = geodesy.scaled(np.array(outlines), lat)
    assert metres == pytest.approx(shapely.distance(point, edges), abs=1e-6)
    moved = geodesy.scaled(shapely.points(foot), lat)
    assert shapely.distance(moved, edges) == pytest.approx(0.0, abs=1e-6)
    assert shapely.distance(moved, point) == pytest.approx(metres, abs=1e-6)


def test_far_from_the_latitude_of_most_zones(book):
    """A map from one end of a province to the other: the frame's error grows, the answers stay."""
    rng = np.random.default_rng(3)
    south, north = np.array([112.5, 31.5]), np.array([112.5, 36.3])
    shapes = [
        shapely.Point(place + rng.uniform(-0.03, 0.03, 2)).buffer(0.01)
        for place in [south, north]
        for _ in range(6)
    ]
    frame = gpd.GeoDataFrame(
        {"uid": [f"z{k}" for k in range(12)], "level": "primary", "accuracy_m": 10.0},
        geometry=shapes,
        crs=4490,
    )
    area = shapely.box(112.0, 31.0, 113.0, 36.5)
    city = gpd.GeoDataFrame({"uid": ["c"], "level": ["city"], "code": ["419001"]}, geometry=[area], crs=4490)
    coverage = gpd.GeoDataFrame(
        {"layer": ["drinking_water_zone"], "complete_as_of": "2018-01-01", "valid_until": "2030-01-01"},
        geometry=[area],
        crs=4490,
    )
    the_map = OneMap.from_frames(
        {"drinking_water_zone": frame, "admin_area": city}, coverage, catalog=load_catalog()
    )
    edge = shapely.get_coordinates(shapes)
    xy = forward(
        edge[rng.integers(0, len(edge), 150)],
        rng.uniform(0, 360, 150),
        rng.choice(LIMITS, 150) + rng.normal(0, 6, 150),
    )
    # Where completeness ends is a limit too.
    xy = np.concatenate([xy, np.column_stack([np.full(40, 112.5), np.linspace(36.48, 36.5, 40)])])
    probe = Probe(the_map, [book], as_of=AS_OF, nature="new")
    result = whole(the_map, book, xy, 0.0).findings
    expected: dict = {}
    for row in result[result["status"] != "not_applicable"].itertuples():
        key = int(row.site_id), row.clause_id
        expected[key] = max(expected.get(key, 0), state(row.status, row.tentative))
    got = {
        (k, one.clause_id): state(one.status, one.tentative)
        for k, (lon, lat) in enumerate(xy) for one in probe.at(lon, lat).constraints
    }  # fmt: skip
    assert got == expected


def test_a_map_without_zones(book):
    """Layers that hold nothing, and a map that has none of them."""
    empty = gpd.GeoDataFrame({"uid": [], "level": []}, geometry=[], crs=4490)
    for frames in ({}, {"drinking_water_zone": empty, "industrial_park": empty, "village": empty}):
        the_map = OneMap.from_frames(frames, None, catalog=load_catalog())
        answer = Probe(the_map, [book], as_of=AS_OF, nature="new").at(*MIDDLE)
        found = whole(the_map, book, MIDDLE[None], 0.0).verdicts.iloc[0]
        assert (answer.known, answer.pending, answer.text_zh) == (
            found["known"],
            found["pending"],
            found["text_zh"],
        )
        assert not answer.nearest(4)


def test_each_zone_is_told_once():
    """What hits comes before what is near, and of a zone's rules the one that hits or reaches farthest."""

    def one(clause: str, status: str, zone: str, metres: float, limit: float, line=True) -> Constraint:
        there = shapely.LineString([(0, 0), (0, 1)]) if line else None
        return Constraint(
            "b", clause, "", "", "prohibit", status, False, metres, limit, "layer", zone, "", there
        )

    rows = (
        one("a", "hit", "z1", 50.0, 100.0), one("b", "hit", "z1", 50.0, 200.0),
        one("c", "hit", "", np.nan, np.nan, False),
        one("d", "clear", "z2", 10.0, 5.0), one("e", "clear", "z2", 10.0, 9.0),
        one("f", "not_assessed", "z3", 7.0, np.nan),
    )  # fmt: skip
    answer = Probed("fail", "pass", 0, "", "", rows)
    assert [c.clause_id for c in answer.nearest(4)] == ["a", "f", "e"]
    assert [c.clause_id for c in answer.nearest(1)] == ["a"] and answer.everywhere == 1
