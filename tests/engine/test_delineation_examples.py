"""The five official descriptions on made maps: lengths, offsets and areas held to pyproj.Geod."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Geod

from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.conform import conform
from envzones.plugin.engine.delineation import TOLD
from envzones.plugin.engine.geodesy import distance

GEOD = Geod(a=6378137.0, rf=298.257222101)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def examples():
    spec = importlib.util.spec_from_file_location("delineation_examples", ROOT / "docs" / "delineation_examples.py")
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield {make.__name__: make() for make in module.EXAMPLES}
    del sys.modules[spec.name]


def zone(example, level="primary", part=None):
    rows = example.result.zone
    rows = rows[rows["level"] == level]
    if part:
        rows = rows[rows["part"] == part]
    assert len(rows) == 1
    return rows.geometry.iloc[0]


def area(geometry) -> float:
    return abs(GEOD.geometry_area_perimeter(shapely.segmentize(geometry, 0.001))[0])


def held(line, polygon) -> float:
    """Length of a line inside a polygon, by Geod."""
    with np.errstate(invalid="ignore"):
        inside = shapely.intersection(line, polygon)
    return sum(GEOD.geometry_length(part) for part in shapely.get_parts(inside))


def away(geometry, other) -> np.ndarray:
    """Distance of each vertex of a geometry from another one."""
    points = shapely.points(shapely.get_coordinates(geometry))
    return distance(points, np.full(len(points), other, dtype=object)).metres


def test_every_row_fits_the_layer_and_says_how_it_was_drawn(examples):
    spec = load_catalog()["drinking_water_zone"]
    for example in examples.values():
        rows = example.result.zone
        assert len(rows)
        assert not (example.result.issue["severity"] == "error").any()
        conform(rows.drop(columns=list(TOLD)), spec, "the example")
        assert rows.geometry.is_valid.all()
        assert (rows.geometry.geom_type == "MultiPolygon").all()
        for row in rows.itertuples():
            told = json.loads(row.parameters)
            assert told["method"] == row.method
            assert {f["owner"] for f in told["figures"]} <= {"document"}
            assert all(len(one["sha256"]) == 64 for one in told["layers"])
            assert row.life_state == "delineated"
            assert "待核实" not in (row.extent_text + (row.remark or ""))
            assert "HJ" not in row.extent_text
            assert row.area_m2 == pytest.approx(area(row.geometry), rel=1e-6)


def test_sanmenxia_runs_its_metres_along_the_river_and_from_the_dyke(examples):
    one = examples["sanmenxia"]
    river = one.maps["river"].geometry.iloc[0]
    dykes = shapely.union_all(np.asarray(one.maps["dyke"].geometry.array))
    water, land = zone(one, part="water"), zone(one, part="land")
    assert held(river, water) == pytest.approx(3200.0, abs=0.2)
    assert area(water) == pytest.approx(3200.0 * 160.0, rel=2e-3)
    assert area(land) == pytest.approx(3200.0 * 440.0, rel=2e-3)
    # From the intake: 3000 m up and 200 m down.
    start = shapely.get_coordinates(one.maps["intake"].geometry.iloc[0])[0]
    xy = shapely.get_coordinates(river)
    k = int(np.argmin(np.hypot(*(xy - start).T)))
    for half, metres in ((shapely.linestrings(xy[: k + 1]), 3000.0), (shapely.linestrings(xy[k:]), 200.0)):
        assert held(half, shapely.union(water, land)) == pytest.approx(metres, abs=0.2)
    # What lies outside the dykes is within 50 m of them; nothing of the land is water.
    between = shapely.buffer(river, 0.0026, cap_style="flat")
    out = shapely.difference(land, shapely.buffer(dykes, 1e-9))
    assert away(out, dykes)[~shapely.intersects_xy(between, *shapely.get_coordinates(out).T)].max() < 50.02
    assert area(shapely.intersection(water, land)) < 0.5
    second = shapely.union(zone(one, "secondary", "water"), zone(one, "secondary", "land"))
    first = shapely.union(water, land)
    assert held(river, zone(one, "secondary", "water")) == pytest.approx(2200.0, abs=0.3)
    assert area(shapely.intersection(first, second)) < 1.0
    # Beside the inner stretch too, there is no gap between the levels.
    assert area(shapely.union(first, second)) == pytest.approx(5400.0 * 2500.0, rel=3e-3)
    assert len(shapely.get_parts(shapely.union(first, second))) == 1
    texts = one.result.zone["extent_text"].tolist()
    assert texts == [
        "取水口上游3000米、下游200米的水域",
        "取水口上游3000米、下游200米的河堤外50米的陆域",
        "一级保护区上游2000米、下游200米的水域",
        "一级保护区上游2000米、下游200米的河堤外1000米的陆域",
    ]
    assert set(one.result.zone["document_no"]) == {"豫政办〔2007〕125号"}
    assert set(one.result.zone["accuracy_m"]) == {3.0}


def test_luohe_wells_stand_fifty_metres_from_the_sides_and_the_dyke_closes_the_south(examples):
    one = examples["luohe"]
    whole = zone(one)
    wells = np.asarray(one.maps["wells"].geometry.array)
    assert shapely.contains(whole, wells).all()
    ring = shapely.get_coordinates(shapely.simplify(shapely.get_parts(whole)[0], 1e-8))
    for well, azimuth in ((wells[0], 90.0), (wells[2], 270.0)):
        x, y = shapely.get_coordinates(well)[0]
        for metres, inside in ((49.95, True), (50.05, False)):
            lon, lat, _ = GEOD.fwd(x, y, azimuth, metres)
            assert shapely.contains_xy(whole, lon, lat) == inside
    for well in wells:
        x, y = shapely.get_coordinates(well)[0]
        for metres, inside in ((49.9, True), (50.1, False)):
            lon, lat, _ = GEOD.fwd(x, y, 0.0, metres)
            assert shapely.contains_xy(whole, lon, lat) == inside
    dyke = one.maps["edge"].geometry.iloc[0]
    south = ring[ring[:, 1] < shapely.get_coordinates(wells)[:, 1].min() - 1e-4]
    assert len(south) >= 3
    assert away(shapely.multipoints(south), dyke).max() < 0.01
    assert one.result.zone["extent_text"].iloc[0] == one.sentence


def test_weishi_wells_lie_in_a_quadrilateral_that_reaches_the_road(examples):
    one = examples["weishi"]
    whole = zone(one)
    wells = np.asarray(one.maps["wells"].geometry.array)
    road = one.maps["edge"].geometry.iloc[0]
    assert len(wells) == 26
    assert shapely.contains(whole, wells).all()
    ring = shapely.get_coordinates(shapely.get_parts(whole)[0])[:-1]
    way = np.diff(np.vstack([ring[-1:], ring, ring[:1]]), axis=0) * [np.cos(np.radians(34.4)), 1.0]
    turn = np.degrees(np.diff(np.unwrap(np.arctan2(way[:, 1], way[:, 0]))))
    corners = ring[np.abs(turn) > 1.0]
    assert len(corners) == 4
    south = corners[np.argsort(corners[:, 1])[:2]]
    assert away(shapely.multipoints(south), road).max() < 0.01
    # The outer wells stand 30 m from the three other sides.
    sides = shapely.difference(shapely.boundary(whole), shapely.buffer(road, 1e-6))
    hull = shapely.convex_hull(shapely.multipoints(wells))
    north = shapely.boundary(hull)
    assert distance([sides], [north]).metres[0] == pytest.approx(30.0, abs=0.01)
    assert one.result.zone["extent_text"].iloc[0] == "井群外包线内及外围30米南至水系南路北侧道路红线的区域"


def test_tongbai_follows_the_dam_and_the_named_tributary_alone(examples):
    one = examples["tongbai"]
    whole = zone(one)
    main, ganhe, other = one.maps["river"].geometry
    assert held(main, whole) == pytest.approx(1210.0, abs=0.2)
    assert held(ganhe, whole) == pytest.approx(300.0, abs=0.2)
    # The other stream's last metres lie beside the main river, no more.
    assert held(other, whole) < 100.0
    # 30 m of half the river and 50 m of land on either side.
    for line, metres in ((main, 80.0), (ganhe, 60.0)):
        with np.errstate(invalid="ignore"):
            inside = shapely.intersection(line, whole)
        some = shapely.line_interpolate_point(shapely.line_merge(inside), 0.45, normalized=True)
        assert distance([some], [shapely.boundary(whole)]).metres[0] == pytest.approx(metres, abs=0.1)
    told = one.result.zone.iloc[0]
    assert told["part"] == "both"
    assert told["extent_text"] == "橡胶坝上游1110米、下游100米、甘河汇入口至上游300米的水域及河道两侧各50米的陆域"


def test_hebi_is_good_to_fifteen_metres(examples):
    one = examples["hebi"]
    row = one.result.zone.iloc[0]
    xy = shapely.get_coordinates(np.asarray(one.maps["vertices"].geometry.array))
    assert row["accuracy_m"] == 15.0
    assert row["area_m2"] == pytest.approx(abs(GEOD.polygon_area_perimeter(*xy.T)[0]), rel=1e-5)
    told = json.loads(row["parameters"])
    assert told["choices"] == {"crs": "EPSG:4490", "last_digit": "1″", "vertices": 7}


def test_the_pictures_are_there(examples):
    for name in examples:
        assert (ROOT / "docs" / "img" / f"delineate_{name}.png").stat().st_size > 5000
