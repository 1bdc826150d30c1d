"""Control zones against hand-made truth: areas by formula or by pyproj's Geod on the polygon in degrees."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Transformer

from envzones.plugin.engine.progress import SILENT
from envzones.plugin.engine.river.network import build
from envzones.plugin.engine.river.reaches import reaches_of
from envzones.plugin.engine.river.strips import strips
from envzones.plugin.engine.river.trace import trace
from envzones.plugin.engine.river.zone import control_zones

from .river_world import GEOD, control_zones_of, dense, drawn, metres, rivers

# The river of most tests flows south along x = 0: east (x > 0) is its left bank.
SOUTH = dense((0, 0), (0, -12000))
DISC = np.pi * 500.0**2


def geod_area(zones, k=0):
    """The ellipsoidal area of a zone by pyproj."""
    polygon = zones.to_degrees([k], zones.polygon[k : k + 1], densify=100.0)[0]
    return abs(GEOD.geometry_area_perimeter(polygon)[0])


def member(zones, *places):
    """Whether places (in the metres that rivers are drawn in) belong to the first zone."""
    from .river_world import degrees

    points = degrees(shapely.points(np.array(places, dtype=float)))
    inside = zones.to_metres(np.zeros(len(places), int), points, densify=False)
    return zones.member(np.zeros(len(places), int), shapely.get_coordinates(inside)).tolist()


def test_a_straight_river_gives_a_rectangle():
    zones = control_zones_of([SOUTH], [(0, -6000)])
    assert geod_area(zones) == pytest.approx(5500 * 1000, rel=1e-5)
    assert shapely.bounds(drawn(zones)) == pytest.approx([-500, -6500, 500, -1000], abs=0.01)
    corners = shapely.points([(-500, -6500), (500, -6500), (-500, -1000), (500, -1000)])
    assert shapely.distance(corners, drawn(zones)).max() < 0.01
    assert zones.cut_trace.tolist() == [0, 0]


@pytest.mark.parametrize("bearing", [0.3, 1.1, 2.0])
def test_it_is_a_rectangle_in_any_direction(bearing):
    ahead = np.array([np.sin(bearing), np.cos(bearing)])
    zones = control_zones_of([dense(-9000 * ahead, 9000 * ahead)], [(0, 0)])
    assert geod_area(zones) == pytest.approx(5500 * 1000, rel=1e-4)


def test_a_river_across_a_zone_meridian_is_as_good_as_any():
    """112.5 degrees east is the border of two 3-degree zones; the rectangle is measured in degrees by Geod."""
    lon = np.linspace(112.46, 112.56, 200)
    line = shapely.linestrings(np.column_stack([lon, np.full(200, 35.0)]))
    network = build(gpd.GeoDataFrame({"uid": ["r"]}, geometry=[line], crs=4490))
    west = np.append(lon[lon < 112.5], 112.5)
    at = GEOD.line_length(west, np.full(len(west), 35.0))
    traces = trace(network, [(0, at)], upstream=3000.0, downstream=3000.0)
    zones = control_zones(network, reaches_of(network, traces, [112.5]), 500.0)
    assert geod_area(zones) == pytest.approx(6000 * 1000, rel=1e-4)


def test_a_meander_keeps_its_own_land():
    """Half circles of 1000 m radius: each stretch of length L has L * 1000 square metres beside it."""
    angle = np.linspace(np.pi, 0.0, 400)
    first = np.column_stack([1000 * np.cos(angle) + 1000, 1000 * np.sin(angle)])
    angle = np.linspace(np.pi, 2 * np.pi, 400)
    second = np.column_stack([1000 * np.cos(angle) + 3000, 1000 * np.sin(angle)])
    line = shapely.linestrings(np.concatenate([first, second[1:]]))
    zones = control_zones_of([line], [(3000, -1000)], upstream=3600.0, downstream=1400.0)
    assert geod_area(zones) == pytest.approx(5000 * 1000, rel=3e-3)


def test_a_source_and_an_outlet_are_round():
    zones = control_zones_of([dense((0, 0), (0, -3000))], [(0, -1500)])
    assert geod_area(zones) == pytest.approx(2000 * 1000 + DISC / 2, rel=1e-4)
    zones = control_zones_of([dense((0, 0), (0, -3000))], [(0, -2800)])
    assert geod_area(zones) == pytest.approx(3000 * 1000 + DISC, rel=1e-4)


def test_the_zone_may_begin_at_the_section():
    for up, down, bounds in ((0, 500, [-500, -6500, 500, -6000]), (800, 0, [-500, -6000, 500, -5200])):
        zones = control_zones_of([SOUTH], [(0, -6000)], upstream=up, downstream=down)
        assert shapely.bounds(drawn(zones)) == pytest.approx(bounds, abs=0.01)
        assert geod_area(zones) == pytest.approx((up + down) * 1000, rel=1e-4)


@pytest.mark.parametrize("length", [4, 20, 49, 51])
def test_a_trace_shorter_than_the_chord_is_a_slab(length):
    zones = control_zones_of([SOUTH], [(0, -6000)], upstream=length / 2, downstream=length / 2)
    assert geod_area(zones) == pytest.approx(length * 1000, rel=1e-3)


def test_no_wedge_is_missing_at_a_confluence():
    """Two rivers at right angles: land beside either belongs, though the tributary is cut 700 m up."""
    tributary = dense((5000, -3000), (0, -3000))
    zones = control_zones_of([SOUTH, tributary], [(0, -4000)], upstream=1700.0)
    main, side = shapely.box(-500, -4500, 500, -2300), shapely.box(0, -3500, 700, -2500)
    assert geod_area(zones) == pytest.approx(shapely.area(shapely.union(main, side)), rel=1e-4)


def test_two_cuts_side_by_side_do_not_harm_each_other():
    """Two tributaries cut 100 m above their confluence: what only lies ahead of both is out."""
    left, right = dense((2000, 0), (0, -2000)), dense((-2000, 0), (0, -2000))
    zones = control_zones_of([left, right, dense((0, -2000), (0, -9000))], [(0, -3000)], upstream=1100.0)
    assert member(zones, (0, -1500), (0, -1300), (600, -2050), (-600, -2050), (400, -2500)) == [
        False, False, False, False, True,
    ]  # fmt: skip
    assert shapely.get_num_geometries(drawn(zones)) == 1


def test_a_cut_just_above_a_confluence_has_one_side():
    left, right = dense((2000, 0), (0, -2000)), dense((-2000, 0), (0, -2000))
    zones = control_zones_of([left, right, dense((0, -2000), (0, -9000))], [(0, -3000)], upstream=1020.0)
    assert member(zones, (0, -1900), (0, -1700), (-480, -2100), (480, -2100)) == [False, False, True, True]


def test_a_tributary_that_joins_just_below_the_section_has_no_influence():
    alone = control_zones_of([SOUTH], [(0, -6000)])
    for where in (-6050, -6499, -6501, -6600):
        tributary = dense((3000, where + 200), (0, where))
        with_it = control_zones_of([SOUTH, tributary], [(0, -6000)])
        assert shapely.area(shapely.symmetric_difference(drawn(alone), drawn(with_it))) < 1.0


def test_the_neck_of_a_meander_does_not_let_the_zone_spill():
    """The river comes back 300 m beside itself beyond the cut: land only that limb reaches is out."""
    neck = dense((0, 0), (0, -6000), (300, -6000), (300, -2000), (3000, -2000))
    zones = control_zones_of([neck], [(0, -3000)], upstream=1000.0, downstream=500.0)
    assert geod_area(zones) == pytest.approx(1500 * 1000, rel=1e-4)
    # Traced round the neck, both limbs count, and the land between them once.
    zones = control_zones_of([neck], [(0, -5000)], upstream=500.0, downstream=2300.0)
    assert member(zones, (799, -5500), (-499, -5500), (150, -5500), (799, -4999), (799, -4990)) == [
        True, True, True, False, False,
    ]  # fmt: skip
    assert member(zones, (799, -5001), (150, -6499), (150, -6501)) == [True, True, False]


def test_land_beyond_a_cut_belongs_to_another_limb_of_the_trace():
    """The upper cut lies 400 m beside the traced lower limb, which keeps all its land."""
    hairpin = dense((0, 3000), (0, 0), (400, 0), (400, 6000))
    zones = control_zones_of([hairpin], [(400, 2000)], upstream=3400.0, downstream=500.0)
    # The cut is at (0, 1000); the lower limb runs up past it to (400, 2500).
    assert member(zones, (-99, 1500), (-101, 1500), (-499, 999), (-499, 1001)) == [True, False, True, False]


def test_a_kink_at_the_cut_does_not_twist_it():
    straight = control_zones_of([SOUTH], [(0, -6000)])
    kinked = dense((0, 0), (0, -990), (4, -998), (-4, -1003), (0, -1010), (0, -12000))
    zones = control_zones_of([kinked], [(0, -6000)])
    assert shapely.area(shapely.symmetric_difference(drawn(straight), drawn(zones))) < 0.01 * 5.5e6
    assert geod_area(zones) == pytest.approx(geod_area(straight), rel=3e-3)


def test_the_width_moves_the_bank_outward():
    zones = control_zones_of([SOUTH], [(0, -6000)], width_m=[120.0])
    assert geod_area(zones) == pytest.approx(5500 * 1120, rel=1e-5)
    assert member(zones, (559.99, -3000), (560.01, -3000)) == [True, False]


def test_where_the_width_changes_the_bank_steps_square():
    upper, lower = dense((0, 0), (0, -4000)), dense((0, -4000), (0, -12000))
    zones = control_zones_of([upper, lower], [(0, -6000)], width_m=[100.0, 300.0])
    assert geod_area(zones) == pytest.approx(3000 * 1100 + 2500 * 1300, rel=1e-5)
    assert member(zones, (600, -3999), (600, -4001), (549, -3999)) == [False, True, True]


def test_a_braid_cut_in_both_arms_ends_square_twice():
    arms = [
        dense((0, 0), (0, -1000)),
        dense((0, -1000), (1500, -2500), (1500, -7000), (0, -8500)),
        dense((0, -1000), (-1500, -2500), (-1500, -7000), (0, -8500)),
        dense((0, -8500), (0, -12000)),
    ]
    zones = control_zones_of(arms, [(0, -9000)], upstream=4000.0)
    assert len(zones.cut_trace) == 3
    box = drawn(zones)
    assert shapely.get_num_geometries(box) == 1
    # Each arm is cut 3500 m above its lower end, so 3500 - 1500 * sqrt(2) m above its lower bend.
    top = -7000 + 3500 - 1500 * np.sqrt(2)
    assert shapely.bounds(box)[3] == pytest.approx(top, abs=0.1)
    assert member(zones, (1500, top - 1), (1500, top + 1), (-1001, top - 1), (0, -6000)) == [
        True,
        False,
        True,
        False,
    ]


def test_many_sections_in_one_call_are_each_what_they_are_alone():
    places = [(0, -2000), (0, -6000), (0, -11800), (2000, -4000)]
    lines = [SOUTH, dense((4000, -4000), (0, -4000))]
    together = control_zones_of(lines, places)
    for k, place in enumerate(places):
        alone = control_zones_of(lines, [place])
        assert shapely.area(shapely.symmetric_difference(drawn(together, k), drawn(alone))) < 1e-3


def test_no_section_gives_no_zone():
    network = build(rivers(SOUTH))
    traces = trace(network, np.empty((0, 2)))
    zones = control_zones(network, reaches_of(network, traces, []), 500.0, progress=SILENT)
    assert len(zones) == 0
    assert zones.member(np.empty(0, int), np.empty((0, 2))).tolist() == []


def test_the_frames_are_true():
    zones = control_zones_of([SOUTH], [(0, -6000)])
    there = zones.to_degrees([0], zones.polygon[:1])
    back = zones.to_metres([0], there, densify=False)
    away = shapely.get_coordinates(back[0]) - shapely.get_coordinates(zones.polygon[0])
    assert np.abs(away).max() < 1e-6
    proj = Transformer.from_crs(
        f"+proj=tmerc +lon_0={zones.reaches.lon0[0]} +k=1 +a=6378137 +rf=298.257222101",
        "EPSG:4490",
        always_xy=True,
    )
    by_proj = np.column_stack(proj.transform(*shapely.get_coordinates(zones.polygon[0]).T))
    assert np.abs(by_proj - shapely.get_coordinates(there[0])).max() < 1e-9


def test_shapes_of_any_kind_are_decided_by_the_same_rule():
    zones = control_zones_of([SOUTH], [(0, -6000)])
    origin = shapely.get_coordinates(zones.reaches.whole[0])[-1]  # (0, -6500)

    def at(geometry):
        return shapely.transform(geometry, lambda c: c + origin)

    shapes = [
        shapely.box(-100, -50, 100, -0.01), shapely.box(-100, -50, 100, 0.01), shapely.box(500.01, 5, 600, 50),
        shapely.box(499.99, 5, 600, 50), shapely.LineString([(-900, -10), (900, -10)]),
        shapely.LineString([(-900, 10), (900, 10)]), shapely.Point(0, -0.002), shapely.Point(0, 0.002),
    ]  # fmt: skip
    geometry = np.array([at(s) for s in shapes], dtype=object)
    k = np.zeros(len(shapes), int)
    assert zones.meets(k, geometry).tolist() == [False, True, False, True, False, True, False, True]
    assert zones.bank_distance(k, geometry)[:4] == pytest.approx([0.01, 0, 500.01, 499.99], abs=1e-3)
    assert zones.beyond_cut([0, 0], origin + np.array([[0.0, -5.0], [0.0, 5.0]])).tolist() == [True, False]


# ------------------------------------------------------------------------------------------------ strips


def parts_of(zones, k=0):
    return [metres(zones.to_degrees([k], np.array([p], dtype=object))[0]) for p in strips(zones)[k]]


def together(zones, k=0):
    """The strips make up the zone and share borders only."""
    left, right, channel = strips(zones)[k]
    area = shapely.area([left, right, channel, zones.polygon[k]])
    assert area[:3].sum() == pytest.approx(area[3], abs=1.0)
    assert (
        shapely.area(
            shapely.symmetric_difference(shapely.union_all([left, right, channel]), zones.polygon[k])
        )
        < 1
    )


def test_a_straight_zone_has_two_equal_strips():
    zones = control_zones_of([SOUTH], [(0, -6000)])
    together(zones)
    left, right, channel = parts_of(zones)
    assert shapely.is_empty(channel)
    assert shapely.bounds(left) == pytest.approx([0, -6500, 500, -1000], abs=0.1)
    assert shapely.bounds(right) == pytest.approx([-500, -6500, 0, -1000], abs=0.1)


def test_the_known_width_is_the_channel():
    zones = control_zones_of([SOUTH], [(0, -6000)], width_m=[100.0])
    together(zones)
    left, right, channel = parts_of(zones)
    assert shapely.bounds(channel) == pytest.approx([-50, -6500, 50, -1000], abs=0.1)
    assert shapely.area(left) == pytest.approx(shapely.area(right), rel=1e-6)


def test_the_round_end_of_a_source_is_divided_along_its_chord():
    zones = control_zones_of([dense((0, 0), (0, -9000))], [(0, -2000)])
    together(zones)
    left, right, _ = parts_of(zones)
    assert shapely.area(left) == pytest.approx(2500 * 500 + DISC / 4, rel=1e-3)
    assert shapely.area(right) == pytest.approx(2500 * 500 + DISC / 4, rel=1e-3)


def test_land_between_two_rivers_belongs_to_the_bank_of_the_nearer_one():
    """A tributary from the east joins a river that flows south: between them is its right, the river's left bank.

    It flows at 45 degrees, so the border between them is the bisector.
    """
    tributary = dense((4000, 1000), (0, -3000))
    zones = control_zones_of([SOUTH, tributary], [(0, -5000)], upstream=3900.0)
    together(zones)
    left, right, _ = parts_of(zones)
    slope = np.tan(np.radians(22.5))  # of the bisector, from north towards east
    for up in (300, 600, 900):
        x, y = up * slope, -3000 + up
        assert shapely.contains_xy(left, x - 15, y) and not shapely.contains_xy(right, x - 15, y)
        assert shapely.contains_xy(right, x + 15, y) and not shapely.contains_xy(left, x + 15, y)
    assert shapely.contains_xy(left, 600, -3100)  # below both


def test_the_strips_of_a_meander_are_its_banks():
    x = np.arange(0, 9001, 20.0)
    line = shapely.linestrings(np.column_stack([700 * np.sin(x / 400), -x]))
    zones = control_zones_of([line], [(700 * np.sin(5000 / 400), -5000)], upstream=4000.0)
    together(zones)
    left, right, _ = strips(zones)[0]
    flow = zones.reaches.lines
    for line in flow:
        xy = shapely.get_coordinates(line)
        along = np.diff(xy, axis=0)
        out = 5 * np.column_stack([-along[:, 1], along[:, 0]]) / np.hypot(*along.T)[:, None]
        middle = (xy[1:] + xy[:-1]) / 2
        assert shapely.contains_xy(left, middle + out).all()
        assert shapely.contains_xy(right, middle - out).all()
