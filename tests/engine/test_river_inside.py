"""What lies in control zones, against plain geometry in another projection, pyproj's geodesics and brute force."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from envzones.plugin.engine.river.inside import Limits, Sections, list_inside, prepare
from envzones.plugin.engine.river.network import build
from envzones.plugin.engine.river.trace import trace
from envzones.plugin.engine.river.zone import control_zones, reaches_of

from .river_rule import Rule
from .river_world import (
    GEOD,
    degrees,
    dense,
    geod_length,
    metres,
    points,
    rivers,
    shapes,
)

BANK = 500.0
# A river down the meridian of the plane these are drawn in, section at (0, 4000): traced from 3500 to 9000.
STRAIGHT = dense((0, 12000), (0, 0))
LOW, HIGH, AT = 3500.0, 9000.0, 4000.0


class World:
    """Rivers with sections on them, traced and with their zones."""

    def __init__(self, lines, places, upstream=5000.0, downstream=500.0, bank=BANK, channel=None):
        self.network = build(lines)
        self.point = np.array([shapely.get_coordinates(degrees(shapely.Point(p)))[0] for p in places])
        edge = self.network.tree.nearest(shapely.points(self.point))
        at = self.network.measure_of(edge, self.point)
        starts = list(zip(edge.tolist(), at.tolist()))
        self.traces = trace(self.network, starts, upstream=upstream, downstream=downstream)
        self.reaches = reaches_of(self.network, self.traces, self.point[:, 0])
        held = None
        if channel is not None:
            held = np.full(len(places), None, dtype=object)
            held[:] = self.to_frame(np.full(len(places), degrees(channel)))
        self.zones = control_zones(self.network, self.reaches, bank, held)
        self.sections = Sections(
            np.array([f"S{k}" for k in range(len(places))], dtype=object),
            np.array([f"section {k}" for k in range(len(places))], dtype=object),
            self.point,
        )

    def to_frame(self, geometry):
        """Degrees to the metres of each section's frame, by PROJ."""
        from pyproj import Transformer

        out = []
        for k, one in enumerate(geometry):
            frame = f"+proj=tmerc +lon_0={self.point[k, 0]} +lat_0=0 +k=1 +a=6378137 +rf=298.257222101 +units=m"
            way = Transformer.from_crs("EPSG:4490", frame, always_xy=True)
            out.append(shapely.transform(one, lambda c, way=way: np.column_stack(way.transform(c[:, 0], c[:, 1]))))
        return np.array(out, dtype=object)

    def list(self, layer, band=0.0, width=0.0, bank=BANK, as_of=None, **more):
        """Return (rows by section and feature, issue rows)."""
        features, issues = prepare("x", layer, as_of)
        centreline = np.ones(len(self.sections.uid), dtype=bool)
        rows, found = list_inside(
            self.network, self.zones, self.sections, features, Limits(bank, band, width), centreline, **more
        )
        return rows, issues + found

    def one(self, layer, **more):
        """Return the rows of a world of one section, by feature."""
        rows, _ = self.list(layer, **more)
        assert len({row["site_id"] for row in rows}) == len(rows)
        return {row["site_id"]: row for row in rows}


@pytest.fixture(scope="module")
def straight():
    return World(rivers(STRAIGHT), [(0, AT)])


def lonlat(x, y):
    return shapely.get_coordinates(degrees(shapely.Point(x, y)))[0]


def geod_area(geometry):
    """Area of a shape drawn in metres, by pyproj, over its own straight edges."""
    return abs(GEOD.geometry_area_perimeter(degrees(shapely.segmentize(geometry, 20.0)))[0])


# --------------------------------------------------------------------------------------------------- points


def test_points_along_a_straight_river(straight):
    random = np.random.default_rng(3)
    places = random.uniform((-900, 2500), (900, 10000), (400, 2))
    found = straight.one(points(places))
    for n, (x, y) in enumerate(places):
        inside = abs(x) < BANK and LOW < y < HIGH
        assert (f"p{n}" in found) == inside, (x, y)
        if not inside:
            continue
        row, here, foot = found[f"p{n}"], lonlat(x, y), lonlat(0, y)
        # Nothing lies nearer than the foot, and the foot is that near.
        along = np.array([lonlat(0, y + d) for d in (-0.5, 0.0, 0.5)])
        _, _, apart = GEOD.inv(np.full(3, here[0]), np.full(3, here[1]), *along.T)
        assert row["offset_m"] == pytest.approx(min(apart), abs=0.001)
        chainage = GEOD.inv(*lonlat(0, AT), *foot)[2] * (1 if y > AT else -1)
        assert row["chainage_m"] == pytest.approx(chainage, abs=0.05)
        assert row["direction"] == ("U" if y > AT else "D")
        assert row["bank"] == ("left" if x > 0 else "right")  # it flows south
        assert row["straight_m"] == pytest.approx(GEOD.inv(*here, *lonlat(0, AT))[2], abs=0.001)
        assert row["river_distance_m"] == abs(row["chainage_m"])
        bearing = GEOD.inv(*here, *foot)[0] % 360
        assert abs((row["bearing_deg"] - bearing + 180) % 360 - 180) < 0.1
        assert (row["status"], row["tentative"], row["band"]) == ("hit", False, "inside")


@pytest.mark.parametrize("away, inside", [(499.999, True), (500.001, False)])
@pytest.mark.parametrize("azimuth", [90.0, 270.0])
@pytest.mark.parametrize("kind", ["point", "polygon", "line"])
def test_the_distance_is_decided_to_the_millimetre(straight, away, inside, azimuth, kind):
    # A geodesic square to a meridian has its nearest place of it where it starts.
    lon, lat = lonlat(0, 6500)
    near = GEOD.fwd(lon, lat, azimuth, away)[:2]
    far = [GEOD.fwd(lon, lat, azimuth + d, away + 80)[:2] for d in (-3, 3)]
    shape = {
        "point": shapely.Point(near), "polygon": shapely.Polygon([near, *far]), "line": shapely.LineString([near, far[0]]),
    }[kind]  # fmt: skip
    layer = gpd.GeoDataFrame({"uid": ["a"]}, geometry=[shape], crs=4490)
    found = straight.one(layer)
    assert ("a" in found) == inside
    if inside:
        assert found["a"]["offset_m"] == pytest.approx(away, abs=0.0005)


@pytest.mark.parametrize("y, inside", [(HIGH - 0.001, True), (HIGH + 0.002, False), (LOW + 0.001, True), (LOW - 0.002, False)])
@pytest.mark.parametrize("kind", ["point", "polygon", "line"])
def test_the_ends_are_decided_to_the_millimetre(straight, y, inside, kind):
    away = 60 if y > 6000 else -60
    shape = {
        "point": shapely.Point(200, y),
        "polygon": shapely.Polygon([(200, y), (230, y + away), (170, y + away)]),
        "line": shapely.LineString([(200, y), (210, y + away)]),
    }[kind]
    # What is drawn lies up to a tenth of a millimetre off.
    assert (len(straight.one(shapes([shape]))) == 1) == inside


def test_a_place_on_the_river_lies_in_the_channel(straight):
    row = straight.one(points([(0, 5000)]))["p0"]
    assert (row["bank"], row["offset_m"]) == ("channel", 0.0)
    assert np.isnan(row["bearing_deg"]) and row["geometry"] is None


def test_several_points_of_one_feature(straight):
    both = shapely.MultiPoint([(-300, 5000), (200, 6000), (0, 20000)])
    row = straight.one(shapes([both, shapely.MultiPoint([(-700, 5000), (300, 9500)])]))
    assert list(row) == ["g0"]
    assert row["g0"]["offset_m"] == pytest.approx(200, abs=0.01)
    assert row["g0"]["chainage_m"] == pytest.approx(2000, abs=0.01)


# ----------------------------------------------------------------------------------------- polygons and lines

ZONE = shapely.box(-BANK, LOW, BANK, HIGH)
_STAR = shapely.Polygon(
    [(450 + r * np.cos(a), 7000 + r * np.sin(a)) for a, r in zip(np.linspace(0, 6, 40), np.tile([150, 90], 20))]
)
SHAPES = {
    "inside": (shapely.box(100, 5000, 300, 5200), "left"),
    "partly": (shapely.box(400, 6000, 700, 6200), "left"),
    "star": (_STAR, "left"),
    "straddling": (shapely.box(-200, 5000, 300, 5150), "both"),
    "beyond the cut": (shapely.box(100, 8900, 300, 9300), "left"),
    "below the cut": (shapely.box(-400, 3000, -200, 3600), "right"),
    "round the cut": (shapely.box(-450, 8950, 450, 9400), "both"),
    "bigger than the zone": (shapely.box(-3000, 0, 2500, 12000), "both"),
    "two parts": (shapely.MultiPolygon([shapely.box(-300, 7000, -200, 7100), shapely.box(200, 7200, 900, 7300)]), "both"),
    "a part elsewhere": (shapely.MultiPolygon([shapely.box(-300, 7000, -200, 7100), shapely.box(2000, 0, 2100, 90)]), "right"),
    "a hole": (shapely.box(-450, 5000, -50, 5400).difference(shapely.box(-400, 5050, -100, 5350)), "right"),
    "a hole round the river": (shapely.box(-400, 4500, 400, 5000).difference(shapely.box(-20, 4400, 20, 5100)), "both"),
    "touching the river": (shapely.box(0, 6000, 100, 6100), "left"),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_areas_inside(straight, name):
    shape, bank = SHAPES[name]
    # Straight in metres and straight in degrees differ by 12 cm over 800 m: drawn with a vertex every 20 m.
    shape = shapely.segmentize(shape, 20.0)
    row = straight.one(shapes([shape]))["g0"]
    part = shape.intersection(ZONE)
    assert row["area_m2"] == pytest.approx(geod_area(part), rel=2e-6, abs=0.05)
    assert row["overlap_m2"] == row["area_m2"]
    assert row["overlap_share"] == pytest.approx(part.area / shape.area, rel=1e-6)
    assert row["bank"] == bank
    assert np.isnan(row["length_m"])
    # The projected area, by PROJ in the 3-degree zone about 114 E (EPSG:4547).
    drawn = gpd.GeoSeries([degrees(shapely.segmentize(part, 20.0))], crs=4490)
    assert row["overlap_projected_m2"] == pytest.approx(drawn.to_crs(4547).area[0], rel=2e-6, abs=0.05)


def test_where_the_river_runs_through_the_middle_counts(straight):
    found = straight.one(shapes([shapely.segmentize(SHAPES[n][0], 20.0) for n in ("straddling", "bigger than the zone")]))
    assert found["g0"]["chainage_m"] == pytest.approx(5075 - AT, abs=0.02)
    assert found["g1"]["chainage_m"] == pytest.approx((LOW + HIGH) / 2 - AT, abs=0.02)
    assert found["g0"]["offset_m"] == found["g1"]["offset_m"] == found["g1"]["straight_m"] == 0.0
    assert found["g0"]["straight_m"] == pytest.approx(1000, abs=0.01)


def test_a_concave_feature_takes_its_chainage_where_the_river_crosses_it(straight):
    # A C about the river: its middle lies in the gap, the river crosses both arms.
    shape = shapely.box(-50, 5000, 400, 5600).difference(shapely.box(-60, 5100, 300, 5500))
    row = straight.one(shapes([shape]))["g0"]
    assert row["chainage_m"] in (pytest.approx(1100, abs=0.5), pytest.approx(1500, abs=0.5))
    assert row["bank"] == "both"


def test_lines_get_their_length_inside(straight):
    across = dense((-900, 6000), (800, 6300), step=20)
    along = dense((250, 2000), (250, 11000), step=20)
    off = dense((600, 5000), (600, 8000), step=20)
    apart = shapely.multilinestrings([dense((-100, 5000), (-100, 5100)), dense((-900, 5000), (-700, 5000))])
    found = straight.one(shapes([across, along, off, apart]))
    assert set(found) == {"g0", "g1", "g3"}
    for name, line, bank in (("g0", across, "both"), ("g1", along, "left"), ("g3", apart, "right")):
        inside = degrees(shapely.intersection(line, ZONE))
        assert found[name]["length_m"] == pytest.approx(geod_length(inside), rel=1e-6)
        assert found[name]["bank"] == bank
        assert np.isnan(found[name]["area_m2"])
    assert found["g0"]["chainage_m"] == pytest.approx(6000 + 300 * 900 / 1700 - AT, abs=0.05)


def test_a_feature_of_very_many_vertices_is_the_same(straight):
    rough = shapely.box(-3000, 0, 2500, 12000)
    fine = shapely.segmentize(rough, 5.0)
    assert shapely.get_num_coordinates(fine) > 5000
    layer = shapes([shapely.segmentize(rough, 100.0), fine])
    found = straight.one(layer)
    for column in ("area_m2", "overlap_share", "chainage_m", "offset_m", "straight_m", "overlap_projected_m2"):
        assert found["g1"][column] == pytest.approx(found["g0"][column], rel=1e-6, abs=0.01), column
    away = shapely.segmentize(shapely.box(300, 5000, 9000, 30000), 5.0)
    row = straight.one(shapes([away]))["g0"]
    assert row["offset_m"] == pytest.approx(300, abs=0.01)
    assert row["straight_m"] == pytest.approx(np.hypot(300, 1000), abs=0.05)


@pytest.mark.parametrize("crs", [4490, 4326, 4547, 4527, 32649, 3857])
def test_whatever_system_the_features_are_in(straight, crs):
    layer = shapes([shapely.segmentize(s, 20.0) for s, _ in SHAPES.values()] + [shapely.Point(77, 8000)])
    truth, found = straight.one(layer), straight.one(layer.to_crs(crs))
    assert set(truth) == set(found)
    for name, row in truth.items():
        # Where a feature's edge runs along the river, any place of that edge is its nearest one.
        chainage = ["chainage_m"] if name in ("g2", "g3", "g13") else []
        for column in ["offset_m", "straight_m", "area_m2", "overlap_share", *chainage]:
            assert found[name][column] == pytest.approx(row[column], abs=0.01, rel=2e-6, nan_ok=True)
        assert found[name]["bank"] == row["bank"]


# ------------------------------------------------------------------------------- confluences, meanders, sides

MAIN = dense((0, 12000), (0, 0), step=40)
TRIBUTARY = dense((3000, 9000), (0, 6000), step=40)


@pytest.fixture(scope="module")
def confluence():
    return World(rivers(MAIN, TRIBUTARY), [(0, AT)], upstream=3000.0)


def places_along_the_confluence():
    """(x, y, chainage) every metre of the traced river: 3000 m up by both rivers, 500 m down."""
    main = [(0.0, y, y - AT) for y in np.arange(LOW, AT + 3000.5, 1.0)]
    side = [(s / np.sqrt(2), 6000 + s / np.sqrt(2), 2000 + s) for s in np.arange(0.0, 1000.5, 1.0)]
    return np.array(main + side)


def test_points_at_a_confluence_against_brute_force(confluence):
    random = np.random.default_rng(5)
    places = random.uniform((-800, 2800), (1800, 7800), (900, 2))
    rule = Rule(confluence.reaches)
    frame = shapely.get_coordinates(confluence.to_frame([degrees(shapely.MultiPoint(places))]))
    truth = places_along_the_confluence()
    found = confluence.one(points(places))
    checked = 0
    for n, (x, y) in enumerate(places):
        said = rule.settled(frame[n], BANK)
        if said is None:
            continue
        assert (f"p{n}" in found) == said, (x, y)
        if not said:
            continue
        away = np.hypot(truth[:, 0] - x, truth[:, 1] - y)
        best = int(np.argmin(away))
        rivals = away[np.abs(truth[:, 2] - truth[best, 2]) > 20]
        row = found[f"p{n}"]
        assert row["offset_m"] == pytest.approx(away.min(), abs=0.3)
        if rivals.min() > away.min() + 1.0:
            assert row["chainage_m"] == pytest.approx(truth[best, 2], abs=1.1)
            checked += 1
            if truth[best, 0] > 0:  # the tributary flows south-west: its left bank is the south-east
                left = (x - truth[best, 0]) - (y - truth[best, 1]) > 0
            else:
                left = x > 0
            assert row["bank"] == ("left" if left else "right"), (x, y)
    assert checked > 100


def test_shapes_at_a_confluence_against_brute_force(confluence):
    """A shape is inside where one of very many of its places is, and its area is the share of them."""
    random = np.random.default_rng(6)
    rule = Rule(confluence.reaches)
    shape = []
    for x, y in random.uniform((-900, 2700), (1400, 7600), (70, 2)):
        turn, size = random.uniform(0, 2 * np.pi, 3), random.uniform(20, 200, 3)
        corner = np.column_stack([x + size * np.cos(np.sort(turn)), y + size * np.sin(np.sort(turn))])
        shape.append(shapely.convex_hull(shapely.multipoints(corner)).buffer(3.0, quad_segs=2))
    found = confluence.one(shapes(shape))
    listed = near = 0
    for n, one in enumerate(shape):
        inner = shapely.get_coordinates(shapely.segmentize(one, 6.0))
        x0, y0, x1, y1 = one.bounds
        grid = np.stack(np.meshgrid(np.arange(x0, x1, 10.0), np.arange(y0, y1, 10.0)), -1).reshape(-1, 2)
        grid = grid[shapely.contains_xy(one, grid[:, 0], grid[:, 1])]
        at = shapely.get_coordinates(confluence.to_frame([degrees(shapely.MultiPoint(np.concatenate([inner, grid])))]))
        holds = np.array([rule.holds(p, BANK) for p in at])
        listed += f"g{n}" in found
        if holds.any():
            assert f"g{n}" in found
            row = found[f"g{n}"]
            if len(grid) > 60:
                assert row["overlap_share"] == pytest.approx(holds[len(inner) :].mean(), abs=0.15)
                near += 0.05 < row["overlap_share"] < 0.95
        elif f"g{n}" in found:
            assert any(rule.holds(p, BANK + 3.0) for p in at[: len(inner)])
    assert listed >= 20 and near > 5


def test_land_beside_the_main_stem_belongs_though_a_tributary_is_cut_nearby():
    world = World(rivers(MAIN, TRIBUTARY), [(0, AT)], upstream=2100.0)
    # Beyond the tributary's cut 100 m up, beside the main stem.
    found = world.one(points([(150, 6060), (420, 6080), (480, 6200), (700, 6300)]))
    assert set(found) == {"p0", "p1"}
    # The places of a field there that no counted foot reaches do not make it nearer than it is.
    field = world.one(shapes([shapely.box(200, 6000, 900, 6400)]))["g0"]
    assert field["offset_m"] < 200.5
    assert 0 < field["overlap_share"] < 1


def test_a_band_beyond_a_cut_counts_only_where_another_river_reaches_it():
    world = World(rivers(MAIN, TRIBUTARY), [(0, AT)], upstream=2300.0)
    # All beyond the cut of the tributary at (212, 6212), 520 m from the main stem or farther.
    found = world.one(points([(520, 6100), (580, 6100), (520, 6000)]), band=50.0)
    assert set(found) == {"p0", "p2"}
    assert found["p0"]["band"] == "approximate" and found["p0"]["tentative"]
    assert found["p0"]["offset_m"] == pytest.approx(520, abs=0.01)
    field = world.one(shapes([shapely.box(525, 6050, 700, 6290), shapely.box(560, 6200, 700, 6290)]), band=50.0)
    assert set(field) == {"g0"}
    assert field["g0"]["offset_m"] == pytest.approx(525, abs=0.01)


def test_land_across_a_meander_neck_that_only_the_river_beyond_the_cut_reaches():
    # Up from the section to (0, 3000), out east and back west above: the cut is on the way back.
    loop = dense((-3000, 3700), (1500, 3700), (1500, 3000), (0, 3000), (0, 0), step=30)
    world = World(rivers(loop), [(0, 1000)], upstream=2000 + 1500 + 700 + 600, downstream=500.0)
    # The cut is at (900, 3700).  Beyond it, 3700 north, only within 500 m of y = 3000 for x < 900.
    found = world.one(points([(300, 3450), (300, 3550), (300, 3900), (1000, 3900), (800, 3800), (-300, 3300), (-300, 3450)]))
    assert set(found) == {"p0", "p3", "p5"}
    assert found["p0"]["chainage_m"] == pytest.approx(2000 + 300, abs=0.1)
    assert found["p0"]["offset_m"] == pytest.approx(450, abs=0.05)


def test_sides_of_a_hairpin_and_of_land_between_two_rivers():
    hairpin = dense((0, 4000), (0, 0), (120, 4000), step=30)
    world = World(rivers(hairpin), [(120, 4000)], upstream=7000.0)
    found = world.one(points([(10, -100), (-10, -100), (100, -200), (-100, 2000), (300, 2000), (40, 2000)]))
    # Down the west arm, round the tip and up the east arm: all that lies outside is on the right.
    assert [found[f"p{n}"]["bank"] for n in range(6)] == ["right"] * 5 + ["left"]
    wedge = World(rivers(MAIN, TRIBUTARY), [(0, AT)])
    field = shapely.Polygon([(50, 6400), (300, 6400), (50, 6900)])  # right of the tributary, left of the main stem
    assert wedge.one(shapes([field]))["g0"]["bank"] == "both"


def test_round_a_natural_source():
    world = World(rivers(dense((0, 5000), (0, 0))), [(0, 3000)])
    ring = shapely.box(-200, 4900, 200, 5300).difference(shapely.box(-20, 4800, 20, 5030))
    found = world.one(shapes([shapely.Point(300, 5300), shapely.Point(-300, 5300), shapely.Point(0, 5499), ring]))
    assert set(found) == {"g0", "g1", "g2", "g3"}
    assert (found["g0"]["bank"], found["g1"]["bank"], found["g3"]["bank"]) == ("left", "right", "both")
    assert found["g0"]["chainage_m"] == pytest.approx(2000, abs=0.01)
    assert found["g0"]["offset_m"] == pytest.approx(np.hypot(300, 300), abs=0.01)


# ------------------------------------------------------------------------------------------ widths and channels


def test_half_the_width_is_taken_off():
    wide = World(rivers(STRAIGHT, width_m=[80.0]), [(0, AT)])
    found = wide.one(points([(539, 6000), (541, 6000), (30, 6000), (-60, 6000)]))
    assert set(found) == {"p0", "p2", "p3"}
    assert found["p0"]["offset_m"] == pytest.approx(499, abs=0.01)
    assert (found["p2"]["bank"], found["p2"]["offset_m"]) == ("channel", 0.0)
    assert found["p3"]["bank"] == "right"
    pond = wide.one(shapes([shapely.box(-20, 6000, 20, 6050), shapely.box(-20, 7000, 60, 7050)]))
    assert (pond["g0"]["bank"], pond["g1"]["bank"]) == ("channel", "left")


CHANNEL = shapely.box(-100, LOW, 60, HIGH)


def test_with_a_channel_the_bank_is_its_edge():
    world = World(rivers(STRAIGHT), [(0, AT)], channel=CHANNEL)
    layer = points([(559, 6000), (561, 6000), (-599, 6000), (-601, 6000), (-70, 6000), (200, 9001), (200, 8999)])
    found = world.one(layer)
    assert set(found) == {"p0", "p2", "p4", "p6"}
    assert found["p0"]["offset_m"] == pytest.approx(499, abs=0.01)
    assert found["p0"]["chainage_m"] == pytest.approx(2000, abs=0.02)
    assert (found["p4"]["bank"], found["p4"]["offset_m"]) == ("channel", 0.0)
    assert (found["p0"]["bank"], found["p2"]["bank"]) == ("left", "right")
    field = world.one(shapes([shapely.box(460, 6000, 660, 6100), shapely.box(-90, 6000, 50, 6100)]))
    assert field["g0"]["area_m2"] == pytest.approx(10000, rel=1e-4)
    assert field["g1"]["bank"] == "channel"


def test_the_working_width_counts_where_the_nearest_bank_is_a_bare_centreline():
    half = shapely.box(-100, LOW, 60, 6000)
    world = World(rivers(STRAIGHT), [(0, AT)], channel=half)
    layer = points([(520, 8000), (526, 8000), (565, 4500), (540, 8000)])
    found = world.one(layer, width=50.0)
    assert set(found) == {"p0"}  # beside the channel nothing is unknown
    assert found["p0"]["tentative"] and found["p0"]["status"] == "hit"
    assert "工作河宽 50 米" in found["p0"]["why"]
    known = World(rivers(STRAIGHT, width_m=[10.0]), [(0, AT)])
    assert known.one(points([(510, 8000)]), width=50.0) == {}


# ------------------------------------------------------------------------------------------------ what is in doubt


def test_the_band_is_listed_apart(straight):
    places = [(449.9, 5000), (450.1, 5000), (499, 5000), (-549.9, 5000), (550.1, 5000), (520, 9010), (520, 8990)]
    found = straight.one(points(places), band=50.0)
    said = {k: (r["band"], r["tentative"]) for k, r in found.items()}
    apart = ("approximate", True)
    assert said == {"p0": ("inside", False), "p1": apart, "p2": apart, "p3": apart, "p6": apart}
    assert "500 米左右" in found["p3"]["why"] and "549.9 m from the bank" in found["p3"]["why_en"]
    field = straight.one(shapes([shapely.box(510, 5000, 600, 5100)]), band=50.0)["g0"]
    assert field["offset_m"] == pytest.approx(510, abs=0.01)
    assert np.isnan(field["area_m2"])


def test_positional_accuracy_leaves_in_doubt():
    world = World(rivers(STRAIGHT, accuracy_m=[3.0]), [(0, AT)])
    layer = points(
        [(490, 6000), (480, 6000), (512, 6000), (514, 6000), (200, 8990), (200, 9005), (200, 9020), (200, 8980)],
        accuracy_m=[10.0] * 8,
    )
    found = world.one(layer)
    said = {k: (r["status"], r["tentative"], r["near_boundary"]) for k, r in found.items()}
    assert said == {
        "p0": ("hit", True, True), "p1": ("hit", False, False), "p2": ("not_assessed", False, True),
        "p4": ("hit", True, True), "p5": ("not_assessed", False, True), "p7": ("hit", False, False),
    }  # fmt: skip
    assert "10.0 m from the edge" in found["p0"]["why_en"]
    assert "10.0 m from the end" in found["p4"]["why_en"]
    assert "5.0 m from the end" in found["p5"]["why_en"]


def test_the_channel_has_an_accuracy_of_its_own():
    world = World(rivers(STRAIGHT, accuracy_m=[50.0]), [(0, AT)], channel=CHANNEL)
    layer = points([(557, 6000), (540, 6000)])
    found = world.one(layer, channel_accuracy=np.array([5.0]))
    assert {k: r["near_boundary"] for k, r in found.items()} == {"p0": True, "p1": False}
    found = world.one(layer, channel_accuracy=np.array([np.nan]))
    assert not any(r["near_boundary"] for r in found.values())


def test_outside_the_jurisdiction_is_marked(straight):
    ours = degrees(shapely.box(-5000, 0, 5000, 6000))
    layer = shapes([shapely.Point(100, 5000), shapely.Point(100, 7000), shapely.box(100, 5900, 200, 6100)])
    found = straight.one(layer, jurisdiction=ours)
    assert [found[f"g{n}"]["outside_jurisdiction"] for n in range(3)] == [False, True, False]


# ----------------------------------------------------------------------------------------------- unusable features


def test_an_invalid_feature_counts_only_near_a_zone(straight):
    bow = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    near, far = shapely.transform(bow, lambda c: c + [300, 6000]), shapely.transform(bow, lambda c: c + [3000, 6000])
    rows, issues = straight.list(shapes([near, far, shapely.box(100, 5000, 120, 5020)]))
    assert [r["site_id"] for r in rows] == ["g2"]
    assert [(i["code"], i["site_id"], i["section_id"]) for i in issues] == [("invalid_geometry", "g0", "S0")]
    assert "g0" in issues[0]["message_zh"] and "repair" in issues[0]["message_en"]


def test_features_without_a_place_are_named(straight):
    with np.errstate(invalid="ignore"):
        odd = shapely.LineString([lonlat(0, 5000), (np.nan, 35.0)])
        layer = gpd.GeoDataFrame(
            {"uid": ["none", "empty", "odd", "point", "good"]},
            geometry=[None, shapely.Point(), odd, shapely.Point(np.nan, 35.0), shapely.Point(lonlat(9, 5000))],
            crs=4490,
        )
        rows, issues = straight.list(layer)
    assert [r["site_id"] for r in rows] == ["good"]
    codes = {i["site_id"]: i["code"] for i in issues}
    assert codes == {"none": "no_geometry", "empty": "no_geometry", "odd": "invalid_geometry", "point": "invalid_geometry"}


def test_an_accuracy_that_is_no_number_is_told_once(straight):
    layer = points([(100, 5000)] * 4, accuracy_m=["5", "about 10", "", None])
    rows, issues = straight.list(layer)
    assert len(rows) == 4
    assert [i["code"] for i in issues] == ["not_a_number"]
    assert "accuracy_m" in issues[0]["message_en"] and "1 value" in issues[0]["message_en"]
    assert "about 10" in issues[0]["message_zh"]


def test_only_what_is_in_force_takes_part(straight):
    layer = points(
        [(100, 5000)] * 4, valid_from=["2020-01-01", "2030-01-01", None, None], valid_to=[None, None, "2021-01-01", None],
        life_state=["current", None, None, " cancelled"],
    )  # fmt: skip
    rows, issues = straight.list(layer, as_of="2024-05-01")
    assert [r["site_id"] for r in rows] == ["p0"]
    assert [i["code"] for i in issues] == ["not_in_force"] and "3 features" in issues[0]["message_en"]


def test_ids_and_names_fall_back(straight):
    layer = points([(100, 5000), (100, 5100), (100, 5200)], site_id=["a", "b", "c"], name=["甲", " ", None])
    layer["uid"] = ["u", None, ""]
    layer.loc[2, "site_id"] = None
    rows, _ = straight.list(layer)
    assert [(r["site_id"], r["site_name"]) for r in rows] == [("u", "甲"), ("b", None), ("x-3", None)]


def test_nothing_gives_nothing(straight):
    assert straight.list(points([]).set_crs(4490)) == ([], [])
    assert straight.list(points([(50000, 50000)])) == ([], [])


def test_a_collection_counts_by_its_highest_dimension(straight):
    mixed = shapely.GeometryCollection([shapely.Point(0, 5000), shapely.box(100, 5000, 200, 5100)])
    row = straight.one(shapes([mixed]))["g0"]
    assert row["area_m2"] == pytest.approx(10000, rel=1e-4)
    assert row["bank"] == "left"


def test_heights_do_not_matter(straight):
    flat = shapes([shapely.box(100, 5000, 200, 5100), shapely.Point(100, 6000)])
    high = flat.set_geometry(shapely.force_3d(flat.geometry.array, 77.0), crs=4490)
    assert [r["area_m2"] for r in straight.one(high).values()] == pytest.approx(
        [r["area_m2"] for r in straight.one(flat).values()], nan_ok=True
    )


# --------------------------------------------------------------------------------------------------- many at once


def test_all_sections_at_once_give_what_each_gives_alone():
    lines = rivers(MAIN, TRIBUTARY, shapely.transform(MAIN, lambda c: c + [700, 0]))
    places = [(0, AT), (700, 5000), (0, 8000), (1000, 7000), (0, 7000)]
    random = np.random.default_rng(8)
    shape = []
    for x, y in random.uniform((-900, 0), (3000, 12000), (300, 2)):
        shape.append(shapely.Point(x, y).buffer(random.uniform(1, 300), quad_segs=4))
        shape.append(shapely.LineString([(x, y), (x + 300, y - 200)]))
    layer = shapes(shape)
    together, _ = World(lines, places).list(layer, band=50.0)
    assert len(together) > 300
    apart = []
    for k, place in enumerate(places):
        rows, _ = World(lines, [place]).list(layer, band=50.0)
        apart += [{**row, "section_id": f"S{k}", "zone_id": f"S{k}", "zone_name": f"section {k}"} for row in rows]
    assert len(together) == len(apart)
    for one, two in zip(together, apart):
        for column, value in one.items():
            if isinstance(value, float):
                assert value == pytest.approx(two[column], rel=1e-9, abs=1e-6, nan_ok=True), column
            elif column != "geometry":
                assert value == two[column], column


def test_the_line_leads_from_the_feature_to_the_river(straight):
    row = straight.one(shapes([shapely.box(200, 5000, 300, 5100)]))["g0"]
    start, end = shapely.get_coordinates(metres(row["geometry"]))
    assert start[0] == pytest.approx(200, abs=0.01) and 5000 <= start[1] <= 5100
    assert end[0] == pytest.approx(0, abs=0.01)
    assert geod_length(row["geometry"]) == pytest.approx(row["offset_m"], abs=0.001)
