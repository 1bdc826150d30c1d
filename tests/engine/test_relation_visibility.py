"""What is seen over the ground, and from where: against the horizon, a walk along single rays, and GDAL."""

from __future__ import annotations

import math
import shutil
import subprocess

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.onemap import OneMap
from envzones.plugin.engine.terrain import HIDDEN, SEEN, UNKNOWN, open_terrain, rays

from .relation_world import ask, layer, onemap, relation
from .river_world import GEOD, LAT, LON, degrees

POINT = shapely.Point
METRIC = f"+proj=tmerc +lon_0={LON} +lat_0={LAT} +k=1 +a=6378137 +rf=298.257222101 +units=m"
RADIUS = 6371008.8
SIGHT = relation("visible_from", "road", distance=5000.0)
ROAD = shapely.LineString([(0, -2000), (0, 2000)])


def write(path, heights, left, top, cell, crs=METRIC, nodata=-9999.0, driver="GTiff"):
    import rasterio

    rows, columns = heights.shape
    dy, dx = (cell, cell) if np.isscalar(cell) else cell
    with rasterio.open(
        path, "w", driver=driver, width=columns, height=rows, count=1, dtype="float32", crs=crs, nodata=nodata,
        transform=rasterio.Affine(dx, 0.0, left, 0.0, -dy, top),
    ) as out:  # fmt: skip
        out.write(np.where(np.isnan(heights), nodata, heights).astype("float32"), 1)
    return path


def ground(path, height, half=6000.0, cell=50.0, **options):
    """A model of ``height(x, y)`` in metres about the origin."""
    n = int(2 * half / cell)
    x, y = np.meshgrid(-half + cell * (np.arange(n) + 0.5), half - cell * (np.arange(n) + 0.5))
    return write(path, height(x, y) + np.zeros_like(x), -half, half, cell, **options)


def flat(x, y):
    return 100.0 + 0 * x


def ridge(x, y):
    """A wall 300 m high, 1500 m east of the road, from 1000 m south northwards."""
    return np.where((np.abs(x - 1500) <= 100) & (y > -1000), 400.0, 100.0)


def answer(shape, model, *zones, the_relation=SIGHT, more=None, **options):
    world = onemap(road=layer(*(zones or (ROAD,))), **options)
    world.dem = model
    states, rows = ask(layer((shape, more or {})), the_relation, world)
    assert len(rows) == 1
    return states[0], rows.iloc[0]


# --------------------------------------------------------------------------------------------------------
# States and evidence
# --------------------------------------------------------------------------------------------------------


def test_a_ridge_hides_and_a_gap_in_it_shows(tmp_path):
    model = ground(tmp_path / "dem.tif", ridge)
    state, row = answer(POINT(3000, 500), model)
    assert state == "clear" and "遮挡" in row["why"]
    assert row["distance_m"] == pytest.approx(3000, abs=1)
    assert answer(POINT(1200, 500), model)[0] == "hit"
    state, row = answer(POINT(3000, -1900), model)
    assert state == "hit"
    assert row["distance_m"] == pytest.approx(3000, abs=1)
    assert row["straight_m"] == pytest.approx(3000, abs=30)
    assert GEOD.geometry_length(row["geometry"]) == pytest.approx(row["straight_m"], abs=0.1)
    assert row["bearing_deg"] == pytest.approx(270, abs=1)
    assert (row["threshold_m"], row["threshold_owner"], row["zone_id"]) == (5000.0, "document", "z0")


def test_height_of_what_stands_there_and_of_the_eye(tmp_path):
    model = ground(tmp_path / "dem.tif", lambda x, y: np.where(np.abs(x - 1500) <= 100, 400.0, 100.0))
    assert answer(POINT(3000, 500), model)[0] == "clear"
    tower = relation("visible_from", "road", distance=5000.0, target_height=700.0)
    assert answer(POINT(3000, 500), model, the_relation=tower)[0] == "hit"
    lookout = relation("visible_from", "road", distance=5000.0, observer_height=1000.0)
    assert answer(POINT(3000, 500), model, the_relation=lookout)[0] == "hit"


def test_some_part_of_a_pit_is_enough(tmp_path):
    model = ground(tmp_path / "dem.tif", ridge)
    assert answer(shapely.box(2800, 300, 3200, 700), model)[0] == "clear"
    assert answer(shapely.box(2800, -1900, 3200, 700), model)[0] == "hit"
    assert answer(shapely.LineString([(3000, 700), (3000, -1900)]), model)[0] == "hit"


def test_a_hill_inside_a_reserve_looks_over_the_wall_that_its_border_does_not(tmp_path):
    def height(x, y):
        wall = np.where(np.abs(x - 1500) <= 60, 200.0, 100.0)
        return np.where(np.hypot(x + 1000, y) < 120, 600.0, wall)

    model = ground(tmp_path / "dem.tif", height)
    reserve = shapely.box(-2000, -1000, 0, 1000)
    assert answer(POINT(3000, 0), model, reserve)[0] == "hit"
    assert answer(POINT(3000, 0), model, reserve.boundary)[0] == "clear"


def test_beyond_the_distance_is_clear_without_any_model():
    assert answer(POINT(5100, 0), None)[0] == "clear"
    state, row = answer(POINT(4900, 0), None)
    assert state == "open" and "DEM" in row["why"]
    assert answer(POINT(5100, 0), None, incomplete=["road"])[0] == "open"
    states, rows = ask(layer(POINT(0, 0)), SIGHT, onemap())
    assert states == ["open"]


def test_hidden_from_the_roads_that_are_known_is_open_where_others_may_be(tmp_path):
    model = ground(tmp_path / "dem.tif", ridge)
    assert answer(POINT(3000, 500), model, incomplete=["road"])[0] == "open"
    assert answer(POINT(1200, 500), model, incomplete=["road"])[0] == "hit"


def test_where_the_model_holds_nothing_it_cannot_be_told_unless_known_ground_hides(tmp_path):
    def holes(x, y):
        return np.where((x > 600) & (x < 1000), np.nan, ridge(x, y))

    model = ground(tmp_path / "dem.tif", holes)
    state, row = answer(POINT(1200, 500), model)
    assert state == "open" and "高程" in row["why"]
    assert answer(POINT(3000, 500), model)[0] == "clear"
    small = ground(tmp_path / "small.tif", flat, half=1000.0)
    assert answer(POINT(3000, 500), small)[0] == "open"
    assert answer(POINT(500, 500), small)[0] == "hit"


def test_attributes_working_distances_and_accuracy(tmp_path):
    model = ground(tmp_path / "dem.tif", flat)
    trunk = relation("visible_from", "road", filter={"grade": "trunk"}, distance=2000.0)
    assert answer(POINT(1500, 0), model, (ROAD, {"grade": "trunk"}), the_relation=trunk)[0] == "hit"
    assert answer(POINT(1500, 0), model, (ROAD, {"grade": None}), the_relation=trunk)[0] == "open"
    assert answer(POINT(1500, 0), model, (ROAD, {"grade": "lane"}), the_relation=trunk)[0] == "clear"
    working = relation("visible_from", "road", distance=("sight", 2000.0))
    state, row = answer(POINT(1500, 0), model, the_relation=working)
    assert state == "tentative" and "工作距离" in row["why"]
    plain = relation("visible_from", "road", distance=2000.0)
    for x, expected in ((1900, "hit"), (1995, "tentative"), (2005, "open"), (2100, "clear")):
        assert answer(POINT(x, 0), model, the_relation=plain, more={"accuracy_m": 10.0})[0] == expected


@pytest.mark.parametrize("code, cell", [(4490, None), (32649, 50.0), (4547, 50.0)])
def test_any_reference_system(tmp_path, code, cell):
    """The same ridge in degrees, in UTM and in a Gauss-Krüger zone that is not this one's."""
    from pyproj import Transformer

    to_metres = Transformer.from_crs(code, METRIC, always_xy=True)
    box = Transformer.from_crs(METRIC, code, always_xy=True).transform_bounds(-6000, -6000, 6000, 6000)
    step = (cell, cell) if cell else (0.0005, 0.0005)
    x, y = np.meshgrid(np.arange(box[0], box[2], step[1]) + step[1] / 2, np.arange(box[3], box[1], -step[0]) - step[0] / 2)
    heights = ridge(*to_metres.transform(x, y))
    model = write(tmp_path / "dem.tif", heights, box[0], box[3], step, crs=f"EPSG:{code}")
    assert answer(POINT(3000, 500), model)[0] == "clear"
    assert answer(POINT(3000, -1900), model)[0] == "hit"
    assert answer(POINT(1200, 500), model)[0] == "hit"


def test_a_model_that_cannot_be_used_is_said_and_answers_nothing(tmp_path):
    bare = tmp_path / "bare.tif"
    bare.write_text("no raster", encoding="utf-8")
    state, row = answer(POINT(1200, 0), bare)
    assert state == "open" and "不可用" in row["why"]
    world = onemap(road=layer(ROAD))
    world.dem = tmp_path / "none.tif"
    issues: list = []
    ask(layer(POINT(1200, 0)), SIGHT, world, issues=issues)
    assert [one["code"] for one in issues] == ["elevation_model"]


def test_a_virtual_raster_is_refused(tmp_path):
    model = ground(tmp_path / "dem.tif", flat, half=300.0)
    text = (
        '<VRTDataset rasterXSize="12" rasterYSize="12"><SRS>EPSG:4490</SRS>'
        "<GeoTransform>112,0.01,0,35,0,-0.01</GeoTransform><VRTRasterBand dataType=\"Float32\" band=\"1\">"
        f"<SimpleSource><SourceFilename>{model}</SourceFilename><SourceBand>1</SourceBand></SimpleSource>"
        "</VRTRasterBand></VRTDataset>"
    )
    virtual = tmp_path / "dem.vrt.tif"
    virtual.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="itself"), open_terrain(virtual):
        pass


# --------------------------------------------------------------------------------------------------------
# The map's own model
# --------------------------------------------------------------------------------------------------------


def test_a_map_names_a_model_beside_it(tmp_path):
    path = tmp_path / "map.gpkg"
    assert OneMap({}, meta={"dem": "terrain/dem.tif"}, source=str(path)).dem == tmp_path.resolve() / "terrain" / "dem.tif"
    assert OneMap({}, source=str(path)).dem is None
    given_ = OneMap({}, meta={"dem": "/etc/passwd"}, source=str(path), dem="mine.tif")
    assert str(given_.dem) == "mine.tif"


@pytest.mark.parametrize(
    "said",
    ["/etc/passwd", "../secret.tif", "a/../../b.tif", "C:\\dem.tif", "\\\\host\\dem.tif", "..\\dem.tif", "~/dem.tif",
     "http://example.org/dem.tif", "/vsicurl/http://example.org/dem.tif", "."],
)  # fmt: skip
def test_a_map_names_no_other_file(tmp_path, said):
    with pytest.raises(InputError, match="beside the map"):
        OneMap({}, meta={"dem": said}, source=str(tmp_path / "map.gpkg")).dem  # noqa: B018
    with pytest.raises(InputError, match="beside the map"):
        OneMap({}, meta={"dem": said}).dem  # noqa: B018


def test_a_link_that_leads_away_is_refused(tmp_path):
    (tmp_path / "maps").mkdir()
    (tmp_path / "away.tif").write_bytes(b"")
    (tmp_path / "maps" / "dem.tif").symlink_to(tmp_path / "away.tif")
    with pytest.raises(InputError, match="beside the map"):
        OneMap({}, meta={"dem": "dem.tif"}, source=str(tmp_path / "maps" / "map.gpkg")).dem  # noqa: B018


# --------------------------------------------------------------------------------------------------------
# The horizon
# --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("eye, top", [(1.6, 0.0), (10.0, 0.0), (12.0, 1.0)])
def test_the_horizon_over_a_level_earth(tmp_path, eye, top):
    cell = 60.0
    model = ground(tmp_path / "dem.tif", lambda x, y: 0 * x, half=26000.0, cell=cell)
    horizon = math.sqrt(2 * RADIUS * eye / 0.87) + math.sqrt(2 * RADIUS * top / 0.87)
    steps = np.arange(cell, 25000, cell)
    places = [POINT(0, y) for y in steps if abs(y - horizon) < 10 * cell or y % 1200 == 0]
    world = onemap(road=layer(POINT(0, 0)))
    world.dem = model
    the_relation = relation("visible_from", "road", distance=25500.0, observer_height=eye, target_height=top)
    states, _ = ask(layer(*places), the_relation, world)
    seen = max(p.y for p, state in zip(places, states) if state == "hit")
    assert "clear" in states
    assert seen == pytest.approx(horizon, abs=cell)
    assert all(state == "hit" for p, state in zip(places, states) if p.y < horizon - cell)


# --------------------------------------------------------------------------------------------------------
# A walk along single rays
# --------------------------------------------------------------------------------------------------------


def clearance(heights, a, b, metres, eye, top):
    """By how much the ground stays below one ray, walked grid line by grid line in plain Python; None in a hole."""

    def at(x, y):
        x0, y0 = math.floor(x), math.floor(y)
        total = 0.0
        for cx, wx in ((x0, 1 - (x - x0)), (x0 + 1, x - x0)):
            for cy, wy in ((y0, 1 - (y - y0)), (y0 + 1, y - y0)):
                if wx * wy > 0:
                    total += wx * wy * float(heights[cy][cx])
        return total

    (ax, ay), (bx, by) = a, b
    start, end = at(ax, ay) + eye, at(bx, by) + top
    if math.isnan(start) or math.isnan(end):
        return None
    shares = set()
    for p, q in ((ax, bx), (ay, by)):
        for line in range(len(heights)):
            if p != q and min(p, q) < line < max(p, q):
                shares.add((line - p) / (q - p))
    least, hole = math.inf, False
    for t in shares:
        x, y = ax + t * (bx - ax), ay + t * (by - ay)
        # On a grid line by construction: what floating point leaves beside it is none of the other side.
        x = round(x) if abs(x - round(x)) < 1e-9 else x
        y = round(y) if abs(y - round(y)) < 1e-9 else y
        surface = at(x, y)
        if math.isnan(surface):
            hole = True
            continue
        # Heights above the tangent plane at the observer.
        drop = 0.87 * (t * metres) ** 2 / (2 * RADIUS)
        far = 0.87 * metres**2 / (2 * RADIUS)
        least = min(least, start + t * (end - far - start) - (surface - drop))
    if hole and least > 0:
        return None
    return least


NODE = st.integers(0, 44).map(lambda n: n / 4)


@settings(max_examples=200)
@given(
    st.integers(0, 2**31), st.tuples(NODE, NODE), st.tuples(NODE, NODE), st.sampled_from([0.0, 1.6, 8.0]),
    st.sampled_from([0.0, 3.0]), st.sampled_from([0.3, 30.0, 3000.0]), st.booleans(),
)  # fmt: skip
def test_agrees_with_a_walk_along_each_ray(seed, a, b, eye, top, cell, holes):
    rng = np.random.default_rng(seed)
    heights = rng.integers(0, 8, (12, 12)).astype("float32")
    if holes:
        heights[rng.random((12, 12)) < 0.05] = np.nan
    metres = cell * math.hypot(a[0] - b[0], a[1] - b[1])
    state = rays(heights, np.array([a], float), np.array([b], float), np.array([metres]), eye, top)[0]
    least = clearance(heights, a, b, metres, eye, top)
    if least is None:
        assert state == UNKNOWN
    elif abs(least) > 1e-4:
        assert state == (SEEN if least > 0 else HIDDEN)


@settings(max_examples=100)
@given(st.integers(0, 2**31), st.sampled_from([0.0, 1.6, 8.0]))
def test_who_sees_is_seen_where_heights_are_equal(seed, height):
    rng = np.random.default_rng(seed)
    heights = (rng.random((40, 40)) * 20).astype("float32")
    a, b = rng.random((200, 2)) * 39, rng.random((200, 2)) * 39
    metres = 25.0 * np.hypot(*(a - b).T)
    there, back = rays(heights, a, b, metres, height, height), rays(heights, b, a, metres, height, height)
    assert (there == back).all()
    assert height == 0.0 or (there == SEEN).any()


def hills(x, y):
    return 250 + 120 * np.sin(x / 900) * np.cos(y / 1100) + 60 * np.sin((x + 2 * y) / 500)


def test_agrees_with_gdal(tmp_path):
    """GDAL approximates between the cells, so a few places right at the edge of what is seen may differ."""
    import rasterio

    program = shutil.which("gdal_viewshed")
    assert program, "gdal_viewshed is missing (Debian's python3-qgis brings gdal-bin); run 'make setup'"
    cell, half, eye = 50.0, 4000.0, 20.0
    model = ground(tmp_path / "dem.tif", hills, half=half, cell=cell)
    n = int(2 * half / cell)
    column, row = n // 2, n // 2 + 3
    x, y = -half + cell * (column + 0.5), half - cell * (row + 0.5)
    out = tmp_path / "seen.tif"
    # Its coefficient multiplies d² / (2 · 6378137); ours R is the mean radius.
    arguments = ["-ox", x, "-oy", y, "-oz", eye, "-tz", 2.0, "-md", 0, "-cc", 0.87, "-q", model, out]
    subprocess.run([program, *map(str, arguments)], check=True, timeout=60)
    with rasterio.open(out) as data:
        theirs = data.read(1) > 0
    assert theirs.shape == (n, n)
    with rasterio.open(model) as data:
        heights = data.read(1)
    c, r = np.meshgrid(np.arange(n), np.arange(n))
    targets = np.column_stack([c.ravel(), r.ravel()]).astype(float)
    observers = np.broadcast_to(np.array([column, row], float), targets.shape)
    metres = cell * np.hypot(*(targets - observers).T)
    ours = (rays(heights, observers, targets, metres, eye, 2.0) == SEEN).reshape(n, n)
    assert 0.1 < ours.mean() < 0.9
    assert (ours == theirs).mean() > 0.97
    # Where they differ, the ray passes within three metres of the ground (the hills are 360 m high).  Round the
    # observer GDAL before 3.10 hides cells that nothing can hide: https://github.com/OSGeo/gdal/issues/10205.
    away = np.abs(targets - observers).max(axis=1).reshape(n, n)
    assert ours[away <= 1].all()
    for r, c in np.argwhere((ours != theirs) & (away > 3)):
        assert abs(clearance(heights, (column, row), (c, r), metres.reshape(n, n)[r, c], eye, 2.0)) < 3.0


def test_degrees_are_not_needed_twice(tmp_path):
    """Places go to the grid and back without moving."""
    model = ground(tmp_path / "dem.tif", flat)
    with open_terrain(model) as terrain:
        place = shapely.get_coordinates(degrees(shapely.box(-900, -900, 900, 900)))
        assert np.abs(terrain.to_degrees(terrain.to_grid(place)) - place).max() < 1e-9
