"""The section on rivers as they are: broken, braided, forked, dammed; banks of every kind; against hand-made truth."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.river.network import build
from envzones.plugin.engine.river.section import control_section

from .river_world import GEOD, dense, geod_length, metres, points, rivers, shapes

STRAIGHT = dense((0, 12000), (0, 0))
SECTION = points([(0, 4000)], uid=["S1"], name=["沁河断面"])
RECTANGLE = 5500 * 1000


def lengths(result, direction):
    return sum(map(geod_length, result.reach.geometry[result.reach["direction"] == direction]))


def codes(result):
    return sorted(result.issue["code"])


def zone_of(result):
    return metres(result.zone.geometry.iloc[0])


def has(zone, *places):
    return [bool(shapely.contains_xy(zone, x, y)) for x, y in places]


# --------------------------------------------------------------------------- rivers with faults


def faulty(kind):
    """The straight river with one fault that can be mended safely."""
    if kind == "gap":
        return rivers(dense((0, 12000), (0, 6000.4)), dense((0, 6000), (0, 0)))
    if kind == "reversed":
        return rivers(dense((0, 12000), (0, 8000)), dense((0, 5000), (0, 8000)), dense((0, 5000), (0, 0)))
    return rivers(STRAIGHT, dense((4000, 6000), (0.3, 6000)))  # a tributary that ends beside the river


@pytest.mark.parametrize(
    ("kind", "code", "up"),
    [("gap", "gap_joined", 5000), ("reversed", "direction_turned", 5000), ("node", "node_added", 8000)],
)
def test_a_safe_repair_is_made_and_told_to_the_section_it_touches(kind, code, up):
    result = control_section(faulty(kind), SECTION)
    row = result.issue[result.issue["code"] == code]
    assert list(row["section_id"]) == ["S1"]
    assert row.geometry.notna().all()
    assert lengths(result, "U") == pytest.approx(up, abs=0.5)
    assert lengths(result, "D") == pytest.approx(500, abs=0.01)


@pytest.mark.parametrize(
    ("kind", "code", "up"), [("gap", "gap", 2000), ("reversed", "direction", 1000), ("node", "missing_node", 5000)]
)
def test_without_repair_the_fault_is_named_and_left(kind, code, up):
    result = control_section(faulty(kind), SECTION, repair=())
    assert code in codes(result)
    assert set(result.issue["section_id"]) == {"S1"}
    assert lengths(result, "U") == pytest.approx(up, abs=0.5)


def test_a_tributary_that_stops_12_m_short_of_the_traced_river_is_a_named_doubt():
    lines = rivers(STRAIGHT, dense((4000, 6000), (12, 6000)))
    result = control_section(lines, SECTION)
    assert codes(result) == ["dead_end"]
    assert result.issue["section_id"][0] == "S1"
    assert "12.0 m" in result.issue["message_en"][0]
    # Beyond the traced length the same is no matter of this section.
    beyond = rivers(STRAIGHT, dense((4000, 11000), (12, 11000)))
    assert codes(control_section(beyond, SECTION)) == []


def test_a_tributary_digitised_from_its_mouth_is_a_named_doubt():
    lines = rivers(dense((0, 12000), (0, 6000)), dense((0, 6000), (0, 0)), dense((0, 6000), (4000, 6000)))
    result = control_section(lines, SECTION)
    assert codes(result) == ["outlet_doubt"]
    assert result.issue["section_id"][0] == "S1"


def test_a_loop_that_runs_back_to_itself_is_a_named_doubt():
    arm = dense((0, 6000), (600, 6500), (0, 7000))
    lines = rivers(dense((0, 12000), (0, 7000)), dense((0, 7000), (0, 6000)), arm, dense((0, 6000), (0, 0)))
    assert "cycle" in codes(control_section(lines, SECTION))


# --------------------------------------------------------------------------- braids, forks, stops


def test_both_arms_of_a_braid_are_walked_once():
    arm = dense((0, 7000), (600, 6500), (0, 6000))
    lines = rivers(dense((0, 12000), (0, 7000)), dense((0, 7000), (0, 6000)), arm, dense((0, 6000), (0, 0)))
    result = control_section(lines, SECTION)
    # By the shorter arm 5000 m up lie at y = 9000; the longer arm is walked too.
    assert lengths(result, "U") == pytest.approx(5000 + 2 * np.hypot(600, 500), abs=0.1)
    assert shapely.bounds(zone_of(result))[3] == pytest.approx(9000, abs=0.1)
    assert codes(result) == []


def fork():
    return rivers(
        dense((0, 12000), (0, 3800)), dense((0, 3800), (0, 0)), dense((0, 3800), (3000, 800)),
        names=["沁河", "沁河", None],
    )  # fmt: skip


def test_below_a_fork_both_arms_are_traced_or_the_main_one_alone():
    both = control_section(fork(), SECTION)
    assert lengths(both, "D") == pytest.approx(200 + 300 + 300, abs=0.1)
    main = control_section(fork(), SECTION, downstream_main=True)
    assert lengths(main, "D") == pytest.approx(500, abs=0.1)
    assert "仅主汊" in main.zone["note"][0]


def test_a_dam_ends_the_trace_square():
    dam = points([(3, 7000)], uid=["D1"])
    result = control_section(rivers(STRAIGHT), SECTION, barriers=dam)
    assert lengths(result, "U") == pytest.approx(3000, abs=0.1)
    zone = zone_of(result)
    assert shapely.area(zone) == pytest.approx(3500 * 1000, rel=1e-3)
    assert has(zone, (480, 6990), (480, 7010)) == [True, False]
    across = shapes([shapely.LineString([(-50, 7000), (50, 7000)])])
    assert lengths(control_section(rivers(STRAIGHT), SECTION, barriers=across), "U") == pytest.approx(3000, abs=0.1)


def test_a_dam_far_from_any_river_is_told():
    result = control_section(rivers(STRAIGHT), SECTION, barriers=points([(900, 7000)], uid=["D1"]))
    assert codes(result) == ["barrier_off_river"]
    assert lengths(result, "U") == pytest.approx(5000, abs=0.1)


def test_the_next_section_ends_the_trace_if_asked():
    pair = points([(0, 4000), (0, 6000)], uid=["S1", "S2"])
    free = control_section(rivers(STRAIGHT), pair)
    assert lengths(free, "U") == pytest.approx(10000, abs=0.1)
    held = control_section(rivers(STRAIGHT), pair, stop_at_sections=True)
    mine = held.reach[held.reach["section_id"] == "S1"]
    assert sum(map(geod_length, mine.geometry[mine["direction"] == "U"])) == pytest.approx(2000, abs=0.1)


# --------------------------------------------------------------------------- banks and strips


CHANNEL = shapes([shapely.box(-100, -1000, 100, 13000)], accuracy_m=[5.0])
AREA = shapes([shapely.box(-150, -1000, 250, 13000)])
DYKES = shapes([shapely.LineString([(-120, -1000), (-120, 13000)]), shapely.LineString([(200, -1000), (200, 13000)])])


@pytest.mark.parametrize(
    ("layers", "asked", "source", "west", "east"),
    [
        ({}, None, "centreline", -500, 500),
        ({"channel": CHANNEL}, None, "channel", -600, 600),
        ({"channel": CHANNEL, "dyke": DYKES}, None, "dyke", -620, 700),
        ({"channel": CHANNEL, "dyke": DYKES, "management": AREA}, None, "management", -650, 750),
        ({"channel": CHANNEL, "management": AREA}, "channel", "channel", -600, 600),
        ({"channel": CHANNEL, "management": AREA}, "centreline", "centreline", -500, 500),
    ],
)
def test_the_bank_is_that_of_the_best_layer_or_of_the_one_asked_for(layers, asked, source, west, east):
    result = control_section(rivers(STRAIGHT), SECTION, bank_from=asked, **layers)
    assert result.zone["bank_from"][0] == source
    bounds = shapely.bounds(zone_of(result))
    assert bounds == pytest.approx([west, 3500, east, 9000], abs=0.1)
    assert result.zone["area_m2"][0] == pytest.approx(5500 * (east - west), rel=1e-3)


def test_a_bank_whose_layer_is_missing_or_unknown_is_refused():
    with pytest.raises(InputError, match="dyke"):
        control_section(rivers(STRAIGHT), SECTION, bank_from="dyke")
    with pytest.raises(InputError, match="bridge"):
        control_section(rivers(STRAIGHT), SECTION, bank_from="bridge")


def test_one_dyke_alone_is_no_channel_and_the_note_says_so():
    one = shapes([shapely.LineString([(200, -1000), (200, 13000)])])
    result = control_section(rivers(STRAIGHT), SECTION, dyke=one)
    assert result.zone["bank_from"][0] == "centreline"
    assert shapely.bounds(zone_of(result)) == pytest.approx([-500, 3500, 500, 9000], abs=0.1)
    assert "dyke_open" in codes(result)


def test_the_strips_are_the_left_and_the_right_bank_and_the_channel():
    result = control_section(rivers(STRAIGHT), SECTION, channel=CHANNEL, strips=True)
    strip = {row["bank"]: row for row in result.strip.to_dict("records")}
    # The river flows south, so that east is left.
    assert shapely.bounds(metres(strip["left"]["geometry"])) == pytest.approx([100, 3500, 600, 9000], abs=0.1)
    assert shapely.bounds(metres(strip["right"]["geometry"])) == pytest.approx([-600, 3500, -100, 9000], abs=0.1)
    assert strip["channel"]["area_m2"] == pytest.approx(5500 * 200, rel=1e-3)
    assert sum(row["area_m2"] for row in strip.values()) == pytest.approx(result.zone["area_m2"][0], rel=1e-4)
    assert len(control_section(rivers(STRAIGHT), SECTION).strip) == 0


def test_an_invalid_channel_polygon_is_told_and_not_used():
    bow = shapely.Polygon([(-100, -1000), (100, 13000), (100, -1000), (-100, 13000)])
    result = control_section(rivers(STRAIGHT), SECTION, channel=shapes([bow]))
    assert codes(result) == ["invalid_geometry"]
    assert result.zone["bank_from"][0] == "centreline"


def test_inside_a_channel_the_width_field_says_nothing():
    wide = rivers(STRAIGHT, width_m=[400.0])
    sites = points([(590, 6000), (610, 6000), (650, 6000)])
    result = control_section(wide, SECTION, channel=CHANNEL, features={"x": sites})
    assert shapely.bounds(zone_of(result)) == pytest.approx([-600, 3500, 600, 9000], abs=0.1)
    assert list(result.finding["offset_m"]) == pytest.approx([490.0], abs=0.01)
    alone = control_section(wide, SECTION, features={"x": sites})
    assert list(alone.finding["offset_m"]) == pytest.approx([390.0, 410.0, 450.0], abs=0.01)


def test_from_a_channel_its_own_accuracy_counts():
    place = points([(-597, 6000)])
    river = rivers(STRAIGHT, accuracy_m=[300.0])
    result = control_section(river, SECTION, channel=CHANNEL, features={"x": place})
    row = result.finding.iloc[0]
    assert bool(row["near_boundary"]) and "5 米" in row["why"]
    deep = control_section(river, SECTION, channel=CHANNEL, features={"x": points([(-400, 6000)])})
    assert not deep.finding["near_boundary"].iloc[0]


# --------------------------------------------------------------------------- many at once


def test_many_sections_in_one_call_get_what_each_gets_alone():
    rng = np.random.default_rng(7)
    lines = rivers(
        dense((-3000, 14000), (0, 9000), (500, 6000), (0, 0)), dense((5000, 9000), (500, 6000)), names=["甲", "乙"]
    )
    network = build(lines)
    spots = network.locate(np.zeros(12, dtype=int), rng.uniform(300, network.length[0] - 300, 12))
    sections = gpd.GeoDataFrame(
        {"uid": [f"S{n}" for n in range(12)], "river": ["甲"] * 12}, geometry=shapely.points(spots), crs=4490
    )
    sites = points(rng.uniform((-4000, -500), (6000, 15000), (400, 2)))
    together = control_section(network, sections, features={"x": sites}, main_stem=True)
    for n in range(12):
        alone = control_section(network, sections.iloc[[n]], features={"x": sites}, main_stem=True)
        mine = together.finding[together.finding["section_id"] == f"S{n}"]
        for column in ("site_id", "bank", "direction"):
            assert list(mine[column]) == list(alone.finding[column])
        for column in ("chainage_m", "offset_m", "straight_m"):
            assert mine[column].to_numpy() == pytest.approx(alone.finding[column].to_numpy(), abs=1e-6)
        zone = together.zone[together.zone["section_id"] == f"S{n}"]
        assert zone["area_m2"].iloc[0] == pytest.approx(alone.zone["area_m2"].iloc[0], rel=1e-9)


def test_the_edge_of_a_gauss_krueger_zone_is_no_border():
    """At 112.5 degrees east one three-degree zone ends and the next begins."""
    lines = gpd.GeoDataFrame(
        {"uid": ["r"]}, geometry=[shapely.segmentize(shapely.LineString([(112.45, 35.1), (112.55, 35.1)]), 0.0005)],
        crs=4490,
    )  # fmt: skip
    place = gpd.GeoDataFrame({"uid": ["S"]}, geometry=[shapely.Point(112.51, 35.1)], crs=4490)
    result = control_section(lines, place)
    assert lengths(result, "U") == pytest.approx(5000, abs=0.01)
    assert lengths(result, "D") == pytest.approx(500, abs=0.01)
    assert result.zone["area_m2"][0] == pytest.approx(RECTANGLE, rel=1e-3)
    # A place 499.9 m north of the river is in on either side of the meridian, one 500.1 m away is not.
    sites = []
    for lon in (112.47, 112.499, 112.501, 112.512):
        for away in (499.9, 500.1):
            sites.append(shapely.Point(GEOD.fwd(lon, 35.1, 0.0, away)[:2]))
    layer = gpd.GeoDataFrame({"uid": [f"p{n}" for n in range(8)]}, geometry=sites, crs=4490)
    result = control_section(lines, place, features={"x": layer})
    assert list(result.finding["site_id"]) == ["p0", "p2", "p4", "p6"]
