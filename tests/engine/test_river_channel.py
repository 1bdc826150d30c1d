"""Zones measured from channel polygons, management areas and dykes, against hand-made truth."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from envzones.plugin.engine.river.channel import traced_channels
from envzones.plugin.engine.river.dykes import between_dykes
from envzones.plugin.engine.river.strips import strips

from .river_world import GEOD, control_zones_of, degrees, dense, drawn, metres

# The river flows south along x = 0; the section lies at y = -6000, its cuts at y = -1000 and y = -6500.
SOUTH = dense((0, 0), (0, -12000))
SECTION = (0, -6000)


def box(west, south, east, north):
    return shapely.segmentize(shapely.box(west, south, east, north), 50.0)


def zones_of(*polygons, lines=(SOUTH,), place=SECTION, bank=500.0, **more):
    """Zones of a river whose channel polygons are drawn in metres."""
    drawn_in_degrees = degrees(np.array(polygons, dtype=object))

    def channel(network, reaches):
        return traced_channels(network, reaches, drawn_in_degrees, bank)

    zones = control_zones_of(list(lines), [place], bank=bank, channel=channel, **more)
    agree(zones)
    return zones


def agree(zones):
    """The polygon is valid, in step with the rule for points, and holds the channel; strips make it up."""
    polygon, channel = zones.polygon[0], zones.channel[0]
    assert shapely.is_valid(polygon)
    random = np.random.default_rng(7)
    west, south, east, north = shapely.bounds(shapely.buffer(polygon, 300.0))
    xy = [np.column_stack([random.uniform(west, east, 1500), random.uniform(south, north, 1500)])]
    xy += [point + random.uniform(-800, 800, (400, 2)) for point in zones.cut_point]
    xy = np.concatenate(xy)
    k, points = np.zeros(len(xy), int), shapely.points(xy)
    member = zones.member(k, xy)
    off = shapely.distance(shapely.boundary(polygon), points)
    assert (shapely.intersects(polygon, points) == member)[off > 0.1].all()
    assert (zones.meets(k, points) == member).all()
    # On this side of all cuts, the rule is the distance to the bank.
    before = np.ones(len(xy), dtype=bool)
    for point, outward in zip(zones.cut_point, zones.cut_outward):
        before &= (xy - point) @ outward <= 0
    assert ((zones.bank_distance(k, points) <= zones.bank) == member)[before].all()
    if channel is not None:
        assert shapely.area(shapely.difference(channel, polygon)) < 1e-3
        inside = shapely.intersects(channel, points)
        assert member[inside].all()
        assert (zones.bank_distance(k, points)[inside] == 0).all()
    left, right, middle = strips(zones)[0]
    area = shapely.area([left, right, middle, polygon])
    assert area[:3].sum() == pytest.approx(area[3], abs=2.0)


def geod_area(zones):
    return abs(GEOD.geometry_area_perimeter(zones.to_degrees([0], zones.polygon[:1], densify=100.0)[0])[0])


def channel_of(zones):
    return metres(zones.to_degrees([0], zones.channel[:1])[0])


def test_the_edge_of_the_channel_is_the_bank():
    zones = zones_of(box(-50, -13000, 250, 1000))
    assert geod_area(zones) == pytest.approx(5500 * 1300, rel=1e-5)
    assert shapely.bounds(channel_of(zones)) == pytest.approx([-50, -6500, 250, -1000], abs=0.01)
    assert shapely.bounds(drawn(zones)) == pytest.approx([-550, -6500, 750, -1000], abs=0.01)


def test_several_polygons_are_one_channel():
    zones = zones_of(box(-100, -13000, 100, -3000), box(-100, -3000, 100, 1000))
    assert geod_area(zones) == pytest.approx(5500 * 1200, rel=1e-5)


def test_polygons_that_the_trace_does_not_meet_are_left_alone():
    zones = zones_of(box(700, -13000, 900, 1000))
    assert zones.channel[0] is None
    assert geod_area(zones) == pytest.approx(5500 * 1000, rel=1e-5)


def test_islands_are_in_the_zone_and_not_in_the_channel():
    zones = zones_of(shapely.difference(box(-300, -13000, 300, 1000), box(50, -4000, 200, -3000)))
    assert geod_area(zones) == pytest.approx(5500 * 1600, rel=1e-5)
    assert shapely.area(channel_of(zones)) == pytest.approx(5500 * 600 - 150 * 1000, rel=1e-4)


def test_an_island_at_the_cut_does_not_let_the_channel_through():
    zones = zones_of(shapely.difference(box(-300, -13000, 300, 1000), box(50, -1500, 200, -500)))
    assert shapely.bounds(drawn(zones)) == pytest.approx([-800, -6500, 800, -1000], abs=0.01)
    assert geod_area(zones) == pytest.approx(5500 * 1600, rel=1e-5)


def test_an_arm_that_runs_round_the_gate_is_divided_by_nearness():
    """An arm leaves below the cut, passes the gate 900 m aside and comes back far above it."""
    arm = dense((0, -3000), (900, -2000), (900, -100), (0, 0))
    zones = zones_of(
        shapely.union(box(-100, -13000, 100, 1000), shapely.segmentize(shapely.buffer(arm, 50), 50))
    )
    north = shapely.bounds(channel_of(zones))[3]
    assert north < -500
    assert shapely.contains_xy(drawn(zones), 0, -1001)
    assert not shapely.contains_xy(drawn(zones), 0, -999)
    assert not shapely.contains_xy(drawn(zones), 0, -300)


def test_a_channel_that_ends_before_the_cut_is_followed_by_the_centreline():
    """The channel is 200 m wide up to y = -2000; from there the centreline carries on for 1000 m."""
    zones = zones_of(box(-100, -13000, 100, -2000))
    # Beyond x = 500 the channel's corners reach round: a quarter disc cut off at 400 m, on both sides.
    corner = 0.5 * (500**2 * np.arccos(0.8) - 400 * 300)
    assert geod_area(zones) == pytest.approx(4500 * 1200 + 1000 * 1000 + 2 * corner, rel=1e-5)


@pytest.mark.parametrize("gap", [0.5, 10, 49, 51, 300])
def test_a_channel_that_ends_just_before_the_cut_ends_square(gap):
    zones = zones_of(box(-100, -13000, 100, -1000 - gap))
    assert shapely.bounds(drawn(zones))[3] == pytest.approx(-1000, abs=0.01)
    assert geod_area(zones) == pytest.approx(5500 * 1200, abs=gap * 200 + 1)


def test_the_width_counts_where_there_is_no_channel():
    zones = zones_of(box(-100, -13000, 100, -2000), width_m=[80.0])
    assert shapely.bounds(drawn(zones)) == pytest.approx([-600, -6500, 600, -1000], abs=0.01)
    assert shapely.contains_xy(drawn(zones), 539.9, -1200)
    assert not shapely.contains_xy(drawn(zones), 540.1, -1200)


def test_a_source_in_the_channel_is_round_about_the_channel():
    zones = zones_of(box(-100, -13000, 100, 50), place=(0, -2000))
    # Up to y = -2500: the channel and 500 m beside it, 500 m beyond its end, quarter discs at its corners.
    truth = 2550 * 1200 + 200 * 500 + np.pi * 500**2 / 2
    assert geod_area(zones) == pytest.approx(truth, rel=1e-4)


def test_a_reservoir_belongs_with_its_shore():
    lake = shapely.segmentize(shapely.Point(0, -3500).buffer(1200, quad_segs=64), 50)
    zones = zones_of(shapely.union(box(-50, -13000, 50, 1000), lake))
    bounds = shapely.bounds(drawn(zones))
    assert bounds == pytest.approx([-1700, -6500, 1700, -1000], abs=1.0)


def test_a_cut_in_a_reservoir_closes_it_from_shore_to_shore():
    zones = zones_of(box(-100, -13000, 100, -3000), box(-1500, -3000, 1500, 500))
    assert shapely.bounds(channel_of(zones)) == pytest.approx([-1500, -6500, 1500, -1000], abs=0.01)
    assert shapely.bounds(drawn(zones)) == pytest.approx([-2000, -6500, 2000, -1000], abs=0.01)


def test_the_channel_of_a_river_that_is_not_traced_does_not_count():
    tributary = dense((4000, -4000), (0, -6100))
    arm = shapely.segmentize(shapely.buffer(tributary, 60, cap_style="flat"), 50)
    channel = shapely.union(box(-100, -13000, 100, 1000), arm)
    zones = zones_of(channel, lines=(SOUTH, tributary))
    assert geod_area(zones) == pytest.approx(5500 * 1200, rel=5e-3)
    assert shapely.bounds(channel_of(zones))[2] < 400


def test_the_channels_of_traced_tributaries_count():
    tributary = dense((6000, -3000), (0, -3000))
    arm = box(0, -3060, 6000, -2940)
    zones = zones_of(shapely.union(box(-100, -13000, 100, 1000), arm), lines=(SOUTH, tributary))
    # The tributary is cut 2000 m up.
    assert shapely.bounds(channel_of(zones)) == pytest.approx([-100, -6500, 2000, -1000], abs=0.05)
    assert geod_area(zones) == pytest.approx(5500 * 1200 + (2000 - 600) * 1120, rel=1e-4)


def test_a_kink_at_the_cut_does_not_twist_the_gate():
    kinked = dense((0, 0), (0, -990), (4, -998), (-4, -1003), (0, -1010), (0, -13000))
    zones = zones_of(box(-100, -13000, 100, 1000), lines=(kinked,))
    assert geod_area(zones) == pytest.approx(5500 * 1200, rel=5e-3)
    north = shapely.bounds(drawn(zones))[3]
    assert north == pytest.approx(-1000, abs=60)


def test_a_bent_channel_ends_square():
    """Ring segments: the river of radius 2000 m flows round half a circle in a channel 300 m wide."""
    angle = np.linspace(0, np.pi, 600)
    line = shapely.linestrings(2000 * np.column_stack([np.cos(angle), np.sin(angle)]))
    channel = shapely.buffer(line, 150, cap_style="flat", quad_segs=64)
    zones = zones_of(channel, lines=(line,), place=(0, 2000), upstream=2000.0, downstream=1000.0)
    # Between radii 1350 and 2650 over 3000 / 2000 radians.
    assert geod_area(zones) == pytest.approx(1.5 / 2 * (2650**2 - 1350**2), rel=3e-3)


# ------------------------------------------------------------------------------------------------- dykes


def dyked(*dykes, lines=(SOUTH,), place=SECTION, **more):
    """Zones of a river between dykes drawn in metres, and what is open."""
    notes = []

    def channel(network, reaches):
        land, found = between_dykes(network, reaches, degrees(np.array(dykes, dtype=object)))
        notes.extend(found)
        return land

    zones = control_zones_of(list(lines), [place], channel=channel, **more)
    agree(zones)
    return zones, notes


LEFT, RIGHT = dense((300, 1000), (300, -13000)), dense((-200, 1000), (-200, -13000))


def test_the_dyke_toe_is_the_bank():
    zones, notes = dyked(LEFT, RIGHT)
    assert shapely.bounds(channel_of(zones)) == pytest.approx([-200, -6500, 300, -1000], abs=0.01)
    assert geod_area(zones) == pytest.approx(5500 * 1500, rel=1e-4)
    assert notes == []


def test_dykes_in_many_pieces_are_followed():
    pieces = [dense((300, y), (300, y - 500)) for y in range(1000, -13000, -500)]
    zones, notes = dyked(*pieces, RIGHT)
    assert geod_area(zones) == pytest.approx(5500 * 1500, rel=1e-4)
    assert notes == []


def test_one_dyke_alone_says_nothing():
    zones, notes = dyked(RIGHT)
    assert zones.channel[0] is None
    assert geod_area(zones) == pytest.approx(5500 * 1000, rel=1e-4)
    assert len(notes) == 1
    assert (notes[0].left, notes[0].right, notes[0].bridged) == (True, False, False)
    assert notes[0].length == pytest.approx(5500, abs=40)


def test_no_dyke_at_all():
    zones, notes = dyked(dense((9000, 0), (9000, -100)))
    assert zones.channel[0] is None
    assert [(n.left, n.right) for n in notes] == [(True, True)]


def test_an_open_stretch_is_named_and_read_from_the_centreline():
    zones, notes = dyked(dense((300, 1000), (300, -3000)), dense((300, -4000), (300, -13000)), RIGHT)
    assert len(notes) == 1
    assert (notes[0].left, notes[0].right, notes[0].bridged) == (True, False, False)
    assert notes[0].length == pytest.approx(1000, abs=40)
    assert shapely.get_coordinates(metres(notes[0].place))[0] == pytest.approx([0, -3500], abs=30)
    zone = drawn(zones)
    assert not shapely.contains_xy(zone, 510, -3500)
    assert not shapely.contains_xy(zone, -510, -3500)
    assert shapely.contains_xy(zone, 790, -2500) and shapely.contains_xy(zone, -690, -2500)


def test_a_short_gap_is_closed_straight_and_named():
    zones, notes = dyked(dense((300, 1000), (300, -3000)), dense((300, -3150), (300, -13000)), RIGHT)
    assert geod_area(zones) == pytest.approx(5500 * 1500, rel=1e-3)
    assert [n.bridged for n in notes] == [True]


def test_the_mouth_of_a_traced_tributary_between_its_dykes():
    tributary = dense((6000, -4000), (0, -4000))
    north = dense((300, 1000), (300, -3900), (6000, -3900))
    south = dense((6000, -4100), (300, -4100), (300, -13000))
    zones, _ = dyked(north, south, RIGHT, lines=(SOUTH, tributary))
    # The tributary is cut 3000 m up.
    assert shapely.bounds(channel_of(zones)) == pytest.approx([-200, -6500, 3000, -1000], abs=0.05)
    assert shapely.area(channel_of(zones)) == pytest.approx(5500 * 500 + 2700 * 200, rel=1e-3)
    assert geod_area(zones) == pytest.approx(5500 * 1500 + (3000 - 800) * 1200, rel=1e-3)


def test_the_mouth_of_a_river_that_is_not_traced_is_closed():
    tributary = dense((6000, -6200), (0, -6200))
    north = dense((300, 1000), (300, -6100), (6000, -6100))
    south = dense((6000, -6300), (300, -6300), (300, -13000))
    zones, notes = dyked(north, south, RIGHT, lines=(SOUTH, tributary))
    assert geod_area(zones) == pytest.approx(5500 * 1500, rel=1e-3)
    assert [n.bridged for n in notes] == [True]
