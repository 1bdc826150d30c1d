"""The probe of one moving point against the whole check: the same answer, rule by rule, near every limit."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import shapely

from envzones.plugin.engine import siting
from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.clauses.book import load_book, load_books
from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.onemap import OneMap
from envzones.plugin.engine.probe import Probe

from .siting_world import forward, star

AS_OF = date(2019, 6, 30)
EVERYWHERE = shapely.box(112.0, 34.6, 113.2, 35.4)
RULES = {
    "in": "{inside: {layer: drinking_water_zone, filter: {level: {in: [primary, secondary]}}}}",
    "lap": "{overlap: {layer: drinking_water_zone, min_share: 0.5}}",
    "near": "{within: {layer: village, distance: 500 m}}",
    "work": "{within: {layer: village, distance: {working: gap, default: 300 m, zh: 间距, en: gap}}}",
    "far": "{within: {layer: mine_site, distance: 3 km, filter: {mining_method: {is: open_pit}}}}",
    "park": "{outside: {layer: industrial_park}}",
    "both": "{all: [{inside: {layer: drinking_water_zone}}, {within: {layer: village, distance: 800 m}}]}",
    "any": "{any: [{inside: {layer: mine_site}}, {within: {layer: village, distance: 100 m}}]}",
    "none": "{none: [{inside: {layer: drinking_water_zone}}]}",
    "city": "{anywhere: {}}",
    "lost": "{inside: {layer: scenic_area}}",
}
HEAD = """
id: probe-test
jurisdiction: {code: "419001", zh: 示例市, en: Sample}
document: {number: 测〔2018〕1号, zh: 测试, en: Test}
period: {from: 2018-01-01, to: 2030-12-31}
clauses:
"""
CLAUSE = """
  - {{id: {id}, clause: 一, zh: 测试, en: Test, quote: 禁止新建, operative: 禁止, kind: siting, applies_to: [any], effect: prohibit,
     nature: [new, rebuild, expand, existing], where: {where}}}
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    path = tmp_path_factory.mktemp("books") / "probe-test.yaml"
    path.write_text(HEAD + "".join(CLAUSE.format(id=k, where=v) for k, v in RULES.items()), encoding="utf-8")
    return load_book(path)


def world(seed: int, accuracy: bool) -> OneMap:
    """Zones of every kind, some invalid, some with attributes unfilled; one layer complete in a part only."""
    rng = np.random.default_rng(seed)

    def frame(shapes, **columns):
        exact = rng.choice([0.0, 5.0, 60.0, np.nan], len(shapes)) if accuracy else np.zeros(len(shapes))
        columns = {"uid": [f"z{k}" for k in range(len(shapes))], "name": "示例", **columns, "accuracy_m": exact}
        return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=4490)

    def middles(n):
        return np.column_stack([rng.uniform(112.1, 113.1, n), rng.uniform(34.7, 35.3, n)])

    stars = [shapely.Polygon(star(rng, m)) for m in middles(60)]
    bow = shapely.Polygon([(112.5, 35.0), (112.52, 35.02), (112.52, 35.0), (112.5, 35.02)])
    frames = {
        "drinking_water_zone": frame([*stars[:25], bow], level=rng.choice(["primary", "quasi", None], 26)),
        "mine_site": frame(stars[25:50], mining_method=rng.choice(["open_pit", "underground", None], 25)),
        "industrial_park": frame(stars[50:]),
        "village": frame(shapely.points(middles(80))),
        "admin_area": gpd.GeoDataFrame(
            {"uid": ["c"], "name": ["示例市"], "level": ["city"], "code": ["419001"], "accuracy_m": [0.0]},
            geometry=[shapely.box(112.05, 34.65, 113.15, 35.35)], crs=4490,
        ),
    }  # fmt: skip
    part = [EVERYWHERE, EVERYWHERE, EVERYWHERE, shapely.box(112.0, 34.6, 112.7, 35.4)]
    coverage = gpd.GeoDataFrame(
        {"layer": list(frames)[:4], "complete_as_of": "2018-01-01", "valid_until": "2030-01-01"}, geometry=part, crs=4490
    )
    return OneMap.from_frames(frames, coverage, catalog=load_catalog())


def places(the_map: OneMap, seed: int, n: int = 150) -> np.ndarray:
    """Places close to where answers turn: at limits from zones, on edges, anywhere."""
    rng = np.random.default_rng(seed)
    at = [np.column_stack([rng.uniform(112.0, 113.2, n), rng.uniform(34.6, 35.4, n)])]
    for layer, metres in (("village", (100.0, 300.0, 500.0, 800.0)), ("mine_site", (0.0, 3000.0)),
                          ("drinking_water_zone", (0.0,)), ("industrial_park", (0.0,))):  # fmt: skip
        shapes = np.asarray(the_map.in_force(layer, AS_OF).geometry.array)
        edge = shapely.get_coordinates(shapes[rng.integers(0, len(shapes), n)])
        start = edge[rng.integers(0, len(edge), n)]
        away = rng.choice(metres, n) + rng.normal(0, 30, n)
        at.append(forward(start, rng.uniform(0, 360, n), np.abs(away)))
    return np.concatenate(at)


def whole(the_map, books, xy, accuracy, kind, nature) -> dict[tuple[int, str, str], int]:
    """State of every rule at every place as the check gives it: 0 clear, 1 open, 2 tentative, 3 hit."""
    sites = gpd.GeoDataFrame(
        {"site_id": [str(k) for k in range(len(xy))], "accuracy_m": accuracy}, geometry=shapely.points(xy), crs=4490
    )
    found = siting.check(sites, the_map, books, as_of=AS_OF, facility_type=kind, nature=nature).findings
    states: dict[tuple[int, str, str], int] = {}
    for row in found[~found["reference"] & (found["status"] != "not_applicable")].itertuples():
        key = int(row.site_id), row.rulebook, row.clause_id
        state = {"clear": 0, "not_assessed": 1, "hit": 3}[row.status] - (1 if row.tentative else 0)
        states[key] = max(states.get(key, 0), state)
    return states


def probed(probe: Probe, xy) -> dict[tuple[int, str, str], int]:
    states = {}
    for k, (lon, lat) in enumerate(xy):
        for one in probe.at(lon, lat).constraints:
            state = {"clear": 0, "not_assessed": 1, "hit": 3}[one.status] - (1 if one.tentative else 0)
            states[k, one.rulebook, one.clause_id] = state
    return states


@pytest.mark.parametrize("accuracy", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_rule_says_what_the_check_says(book, seed, accuracy):
    the_map = world(seed, accuracy)
    xy = places(the_map, seed)
    own = 20.0 if accuracy else 0.0
    probe = Probe(the_map, [book], as_of=AS_OF, facility_type=None, nature="new", accuracy_m=own)
    assert probe.unprobed == ()
    expected = whole(the_map, [book], xy, own, None, "new")
    assert probed(probe, xy) == expected
    # The world is worth the comparison: every rule gives every answer it can.
    seen = {(clause, state) for (_, _, clause), state in expected.items()}
    assert {("in", 0), ("in", 1), ("in", 3), ("near", 3), ("far", 3), ("park", 0), ("park", 3), ("lap", 1)} <= seen
    assert ("near", 2) in seen if accuracy else ("near", 1) in seen


def test_the_verdict_and_the_distances_are_those_of_the_check(book):
    the_map = world(5, False)
    xy = places(the_map, 5, 40)
    probe = Probe(the_map, [book], as_of=AS_OF, nature="new")
    sites = gpd.GeoDataFrame({"site_id": [str(k) for k in range(len(xy))]}, geometry=shapely.points(xy), crs=4490)
    result = siting.check(sites, the_map, [book], as_of=AS_OF, nature="new")
    verdicts = result.verdicts.set_index("site_id")
    least = result.findings[result.findings["clause_id"] == "near"].groupby("site_id")["distance_m"].min()
    for k, (lon, lat) in enumerate(xy):
        answer = probe.at(lon, lat)
        row = verdicts.loc[str(k)]
        if shapely.intersects(shapely.box(112.05, 34.65, 113.15, 35.35), shapely.Point(lon, lat)):
            assert (answer.known, answer.possible, answer.pending) == (row["known"], row["possible"], int(row["pending"]))
            assert answer.text_zh == row["text_zh"]
        near = [c for c in answer.constraints if c.clause_id == "near" and np.isfinite(c.distance_m)]
        if near:
            assert near[0].distance_m == pytest.approx(least[str(k)], abs=1e-6)
            assert near[0].threshold_m == 500.0 and near[0].zone_layer == "village" and near[0].zone_id


@pytest.mark.parametrize("kind, nature", [("mine", "new"), ("livestock_farm", "expand"), (None, None)])
def test_the_books_of_the_demonstration(kind, nature, tmp_path):
    """All clauses of a city and of the law, over a world that lacks most layers."""
    the_map = world(3, True)
    books = load_books(["jiyuan-2018", "national-henan"], tmp_path)
    xy = places(the_map, 3, 25)
    probe = Probe(the_map, books, as_of=AS_OF, facility_type=kind, nature=nature, accuracy_m=10.0)
    left = set(probe.unprobed)
    expected = {key: state for key, state in whole(the_map, books, xy, 10.0, kind, nature).items() if key[1:] not in left}
    got = {key: state for key, state in probed(probe, xy).items() if key[1:] not in left}
    assert got == expected and len(probe._rules) > 10


def test_unknown_types_and_cancelling(book):
    class Stop:
        cancelled = True

        def __call__(self, fraction, message=""):
            raise AssertionError("asked after it was cancelled")

    the_map = world(1, False)
    with pytest.raises(InputError, match="unknown"):
        Probe(the_map, [book], as_of=AS_OF, facility_type="castle")
    with pytest.raises(Cancelled):
        Probe(the_map, [book], as_of=AS_OF, progress=Stop())
