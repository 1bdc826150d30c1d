"""The control zone and what lies in it, against hand-made truth."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.findings import FINDING_COLUMNS, ISSUE_COLUMNS
from envzones.plugin.engine.river.network import build
from envzones.plugin.engine.river.section import control_section

from .river_world import GEOD, LON, degrees, dense, geod_length, metres, points, rivers, shapes

# The river of most tests flows south along x = 0, so that east (x > 0) is the left bank.
STRAIGHT = dense((0, 12000), (0, 0))
SECTION = points([(0, 4000)], uid=["S1"], name=["沁河断面"])


def zone_of(result):
    """The first zone, in metres."""
    return metres(result.zone.geometry.iloc[0])


def has(zone, *places):
    return [bool(shapely.contains_xy(zone, x, y)) for x, y in places]


def found(result):
    """Findings by id."""
    return {row["site_id"]: row for row in result.finding.to_dict("records")}


def codes(result):
    return sorted(result.issue["code"])


# ------------------------------------------------------------------------------------------------- zones


def test_a_straight_river_gives_a_rectangle():
    result = control_section(rivers(STRAIGHT, names=["沁河"]), SECTION)
    row = result.zone.iloc[0]
    assert row["area_m2"] == pytest.approx(5500 * 1000, rel=1e-4)
    assert row["area_projected_m2"] == pytest.approx(5500 * 1000, rel=1e-3)
    assert (row["section_id"], row["bank_from"], row["kind"]) == ("S1", "centreline", "river_section")
    zone = zone_of(result)
    assert shapely.bounds(zone) == pytest.approx([-500, 3500, 500, 9000], abs=0.05)
    # Square ends: the corners themselves are there.
    corners = shapely.points([(-500, 3500), (500, 3500), (-500, 9000), (500, 9000)])
    assert shapely.distance(corners, zone).max() < 0.05
    assert codes(result) == []
    assert list(result.reach["direction"]) == ["U", "D"]
    assert list(result.reach["length_m"]) == pytest.approx([5000, 500], abs=1e-3)
    assert list(result.reach["to_m"]) == pytest.approx([5000, 500], abs=1e-3)


def test_the_frames_have_the_agreed_columns_in_storage_coordinates():
    result = control_section(rivers(STRAIGHT), SECTION, features={"catering": points([(100, 5000)])})
    assert list(result.finding.columns) == [*FINDING_COLUMNS, "geometry"]
    assert list(result.issue.columns) == [*ISSUE_COLUMNS, "geometry"]
    assert list(result.reach.columns) == [
        "section_id", "direction", "from_m", "to_m", "river", "length_m", "reach_uid", "geometry",
    ]  # fmt: skip
    assert list(result.zone.columns) == [
        "section_id", "name", "kind", "area_m2", "area_projected_m2", "upstream_m", "downstream_m", "bank_m",
        "bank_from", "note", "geometry",
    ]  # fmt: skip
    assert {f.crs.to_epsg() for f in (result.reach, result.zone, result.finding, result.issue)} == {4490}


def test_a_slanting_river_ends_square_to_itself():
    direction = np.array([0.6, 0.8])
    result = control_section(rivers(dense(12000 * direction, (0, 0))), points([4000 * direction]))
    zone = zone_of(result)
    across = np.array([0.8, -0.6])
    corners = [along * direction + side * across for along in (3500, 9000) for side in (-500, 500)]
    hull = shapely.convex_hull(shapely.multipoints(corners))
    assert shapely.area(shapely.symmetric_difference(zone, hull)) < 5500


def test_a_kink_at_the_cut_does_not_twist_it():
    # The last 8 m before the cut run sideways; the chord of 50 m stays within 10 degrees of north.
    upper = dense((8, 12000), (8, 8992), (0, 8992), (0, 0))
    result = control_section(rivers(upper), SECTION)
    zone = zone_of(result)
    # The cut is 5000 m up the river: 4992 m north, and 8 m sideways.
    assert has(zone, (-450, 8880), (450, 8880)) == [True, True]
    assert has(zone, (-450, 9100), (450, 9100)) == [False, False]


def test_a_source_and_an_outlet_stay_round():
    result = control_section(rivers(dense((0, 7000), (0, 3800))), SECTION)
    assert result.zone["area_m2"].iloc[0] == pytest.approx(3200 * 1000 + np.pi * 500**2, rel=1e-3)
    assert has(zone_of(result), (0, 7490), (0, 3310), (0, 7510), (0, 3290)) == [True, True, False, False]


def test_a_short_lower_end_is_round_there_and_square_above():
    result = control_section(rivers(dense((0, 12000), (0, 3800))), SECTION)
    assert result.zone["area_m2"].iloc[0] == pytest.approx(5200 * 1000 + np.pi * 500**2 / 2, rel=1e-3)


def test_no_gap_and_no_spill_at_a_confluence():
    lines = rivers(dense((0, 12000), (0, 5000)), dense((0, 5000), (0, 0)), dense((5000, 8000), (0, 5000)))
    zone = zone_of(control_section(lines, SECTION))
    reach = 4000.0  # of each arm above the confluence
    arm = np.array([5000, 3000]) / np.hypot(5000, 3000)
    tip = np.array([0, 5000]) + reach * arm
    trunk, tributary = shapely.linestrings([(0, 9000), (0, 3500)]), shapely.linestrings([(0, 5000), tip])
    # Drawn by hand: the round buffer of both, less what lies past each of the three ends.
    truth = shapely.buffer(shapely.union(trunk, tributary), 500, quad_segs=64)
    side = np.array([-arm[1], arm[0]])
    past = [tip + 600 * side, tip + 600 * (side + arm), tip + 600 * (arm - side), tip - 600 * side]
    for box in (
        shapely.box(-600, 9000, 600, 9600),
        shapely.box(-600, 2900, 600, 3500),
        shapely.polygons(past),
    ):
        truth = shapely.difference(truth, box)
    assert shapely.area(shapely.symmetric_difference(zone, truth)) / shapely.area(truth) < 0.001


def test_a_tributary_that_joins_below_the_section_leaves_the_zone_as_it_is():
    lines = rivers(dense((0, 12000), (0, 3800)), dense((0, 3800), (0, 0)), dense((4000, 3800), (0, 3800)))
    result = control_section(lines, SECTION)
    assert result.zone["area_m2"].iloc[0] == pytest.approx(5500 * 1000, rel=1e-3)


def test_a_tributary_that_joins_beyond_the_lower_cut_keeps_the_end_square():
    lines = rivers(dense((0, 12000), (0, 3400)), dense((0, 3400), (0, 0)), dense((4000, 3400), (0, 3400)))
    result = control_section(lines, SECTION)
    zone = zone_of(result)
    assert has(zone, (200, 3520), (200, 3480), (-450, 3520), (-450, 3480)) == [True, False, True, False]
    # The tributary is not traced and takes nothing away, however near to it the land is.
    assert has(zone, (450, 3520), (450, 4000)) == [True, True]
    assert result.zone["area_m2"].iloc[0] == pytest.approx(5500 * 1000, rel=1e-3)


# A hairpin: up x = 0 from the section at the origin to y = 3000, over to x = 400, and back down; 5000 m up
# the river is (400, 1400), where the river beyond runs on down x = 400, close beside the traced part.
HAIRPIN = dense((400, -6000), (400, 3000), (0, 3000), (0, -6000))


def test_a_meander_that_comes_back_past_the_cut_keeps_the_land_of_the_traced_course():
    result = control_section(rivers(HAIRPIN), points([(0, 0)]))
    zone = zone_of(result)
    # Below the cut the land beside the traced course belongs up to 500 m, across the neck too; what only the
    # other course has beside it does not.
    strip = shapely.box(-2000, 0, 2000, 800)
    assert shapely.area(shapely.intersection(zone, strip)) == pytest.approx(1000 * 800, rel=0.001)
    assert has(zone, (190, 700), (490, 700), (510, 700)) == [True, True, False]
    # Above the cut both courses are traced.
    assert has(zone, (300, 1420), (890, 1420), (300, 1380), (890, 1380)) == [True, True, True, False]
    assert has(zone, (-490, -490), (-490, -510)) == [True, False]


def test_the_drawn_zone_and_the_rule_for_points_agree_everywhere():
    rng = np.random.default_rng(3)
    places = rng.uniform((-700, -700), (1100, 3700), (1500, 2))
    result = control_section(rivers(HAIRPIN), points([(0, 0)]), features={"x": points(places)})
    listed = {row["site_id"] for row in result.finding.to_dict("records") if row["status"] == "hit"}
    zone = zone_of(result)
    edge = shapely.distance(shapely.boundary(zone), shapely.points(places))
    inside = shapely.contains_xy(zone, places)
    for n in np.flatnonzero(edge > 0.1):  # the arcs are drawn with chords
        assert (f"p{n}" in listed) == inside[n], places[n]


def _rule_by_hand(places):
    """The hairpin's rule: within 500 m square to a course or round the outside of a corner."""
    x, y = places.T

    def round_corner(east):
        return (np.hypot(x - east, y - 3000) <= 500) & (y >= 3000)

    left = (np.abs(x) <= 500) & (y >= -500) & (y <= 3000)
    right = (np.abs(x - 400) <= 500) & (y >= 1400) & (y <= 3000)
    top = (x >= 0) & (x <= 400) & (np.abs(y - 3000) <= 500)
    return left | right | top | round_corner(0) & (x <= 0) | round_corner(400) & (x >= 400)


def test_points_follow_the_written_rule():
    rng = np.random.default_rng(5)
    places = rng.uniform((-700, -700), (1100, 3700), (1500, 2))
    truth = _rule_by_hand(places)
    # A centimetre from a border the degrees and the drawing frame may differ: such points are left out.
    steady = np.ones(len(places), dtype=bool)
    for step in ((0.01, 0), (-0.01, 0), (0, 0.01), (0, -0.01)):
        steady &= _rule_by_hand(places + step) == truth
    result = control_section(rivers(HAIRPIN), points([(0, 0)]), features={"x": points(places)})
    listed = {row["site_id"] for row in result.finding.to_dict("records") if row["status"] == "hit"}
    got = np.array([f"p{n}" in listed for n in range(len(places))])
    assert np.array_equal(got[steady], truth[steady])
    assert 300 < truth.sum() < 1200


# ------------------------------------------------------------------------------------------ what lies inside


def test_points_get_chainage_bank_offset_and_distance():
    places = {"left": (300, 6000), "right": (-200, 3700), "water": (0, 5000), "above": (10, 9001), "below": (10, 3499),
              "wide": (501, 6000)}  # fmt: skip
    features = {"outfall": points(list(places.values()), uid=list(places), name=[f"{n}口" for n in places])}
    rows = found(control_section(rivers(STRAIGHT), SECTION, features=features))
    assert set(rows) == {"left", "right", "water"}
    left, right, water = rows["left"], rows["right"], rows["water"]
    assert (left["bank"], left["direction"], left["status"], left["band"]) == ("left", "U", "hit", "inside")
    assert left["chainage_m"] == pytest.approx(2000, abs=0.01)
    assert left["offset_m"] == left["distance_m"] == pytest.approx(300, abs=0.01)
    assert left["straight_m"] == pytest.approx(np.hypot(300, 2000), abs=0.01)
    assert left["bearing_deg"] == pytest.approx(270, abs=0.1)
    assert (left["site_name"], left["site_layer"], left["relation"]) == ("left口", "outfall", "river_section")
    assert (left["threshold_m"], left["zone_id"], left["zone_name"]) == (500, "S1", "沁河断面")
    assert (right["bank"], right["direction"]) == ("right", "D")
    assert right["chainage_m"] == pytest.approx(-300, abs=0.01)
    assert right["offset_m"] == pytest.approx(200, abs=0.01)
    assert (water["bank"], water["offset_m"]) == ("channel", pytest.approx(0, abs=0.01))
    assert not any(row["tentative"] for row in rows.values())


@pytest.mark.parametrize("azimuth", [90.0, 270.0])
@pytest.mark.parametrize("away, inside", [(499.99, True), (500.01, False)])
def test_the_distance_is_decided_to_the_centimetre(azimuth, away, inside):
    lines = rivers(STRAIGHT)
    ((x, y),) = shapely.get_coordinates(degrees(shapely.Point(0, 6000)))
    lon, lat, _ = GEOD.fwd(x, y, azimuth, away)
    site = gpd.GeoDataFrame({"uid": ["a"]}, geometry=[shapely.Point(lon, lat)], crs=4490)
    assert len(control_section(lines, SECTION, features={"x": site}).finding) == int(inside)


@pytest.mark.parametrize("y, inside", [(8999.99, True), (9000.01, False), (3500.01, True), (3499.99, False)])
def test_the_ends_are_decided_to_the_centimetre(y, inside):
    result = control_section(rivers(STRAIGHT), SECTION, features={"x": points([(350, y)])})
    assert len(result.finding) == int(inside)


def test_lines_and_polygons_get_their_part_inside():
    field = shapely.box(400, 6000, 700, 6200)  # 100 of 300 m inside
    across = shapely.box(-300, 5000, 300, 5100)
    far = shapely.box(600, 6000, 700, 6200)
    beyond = shapely.box(-100, 9001, 100, 9100)
    pipe = shapely.linestrings([(-200, 7000), (-900, 7000)])
    layer = shapes([field, across, far, beyond, pipe], uid=["field", "across", "far", "beyond", "pipe"])
    rows = found(control_section(rivers(STRAIGHT), SECTION, features={"riparian_farming": layer}))
    assert set(rows) == {"field", "across", "pipe"}
    assert rows["field"]["area_m2"] == pytest.approx(100 * 200, rel=0.005)
    assert rows["field"]["overlap_share"] == pytest.approx(1 / 3, rel=0.005)
    assert (rows["field"]["bank"], rows["field"]["offset_m"]) == ("left", pytest.approx(400, abs=0.01))
    assert (rows["across"]["bank"], rows["across"]["offset_m"]) == ("both", 0)
    assert rows["across"]["chainage_m"] == pytest.approx(1050, abs=1)
    assert rows["across"]["area_m2"] == pytest.approx(600 * 100, rel=0.001)
    assert (rows["pipe"]["bank"], rows["pipe"]["offset_m"]) == ("right", pytest.approx(200, abs=0.01))
    assert np.isnan(rows["pipe"]["area_m2"])


def test_a_polygon_that_straddles_the_cut_counts_with_its_part_before_it():
    layer = shapes([shapely.box(100, 8900, 200, 9300)])
    row = control_section(rivers(STRAIGHT), SECTION, features={"x": layer}).finding.iloc[0]
    assert row["area_m2"] == pytest.approx(100 * 100, rel=0.005)
    assert row["chainage_m"] <= 5000


def test_the_approximate_band_is_listed_apart():
    layer = points([(440, 6000), (480, 6000), (530, 6000), (560, 6000)])
    result = control_section(rivers(STRAIGHT), SECTION, features={"x": layer}, approximate={"bank": 50.0})
    rows = found(result)
    assert {k: (r["band"], r["tentative"]) for k, r in rows.items()} == {
        "p0": ("inside", False), "p1": ("approximate", True), "p2": ("approximate", True),
    }  # fmt: skip
    assert "现场核定" in rows["p2"]["why"]


def test_what_lies_within_positional_accuracy_of_the_edge_says_so():
    layer = points([(100, 6000), (350, 6000), (650, 6000), (900, 6000)], accuracy_m=[20.0] * 4)
    result = control_section(rivers(STRAIGHT, accuracy_m=[200.0]), SECTION, features={"x": layer})
    rows = found(result)
    assert set(rows) == {"p0", "p1", "p2"}
    assert not rows["p0"]["near_boundary"] and not rows["p0"]["tentative"]
    assert rows["p1"]["status"] == "hit" and rows["p1"]["tentative"] and rows["p1"]["near_boundary"]
    assert "定位精度 220 米" in rows["p1"]["why"] and "positional accuracy" in rows["p1"]["why_en"]
    assert (rows["p2"]["status"], rows["p2"]["tentative"]) == ("not_assessed", False)


def test_what_lies_within_positional_accuracy_of_a_cut_says_so():
    layer = points([(100, 8950), (100, 6000)], accuracy_m=[80.0] * 2)
    rows = found(control_section(rivers(STRAIGHT), SECTION, features={"x": layer}))
    assert rows["p0"]["near_boundary"] and rows["p0"]["tentative"]
    assert not rows["p1"]["near_boundary"]


def test_half_the_working_width_beyond_the_distance_is_tentative():
    layer = points([(530, 6000), (560, 6000)])
    result = control_section(rivers(STRAIGHT), SECTION, features={"x": layer}, working_width=100.0)
    assert [(r["site_id"], r["status"], r["tentative"]) for r in found(result).values()] == [
        ("p0", "hit", True)
    ]
    known = control_section(
        rivers(STRAIGHT, width_m=[20.0]), SECTION, features={"x": layer}, working_width=100.0
    )
    assert len(known.finding) == 0


def test_outside_the_jurisdiction_is_marked():
    city = shapes([shapely.box(-5000, 0, 100, 12000)])
    layer = points([(50, 6000), (200, 6000)])
    rows = found(control_section(rivers(STRAIGHT), SECTION, features={"x": layer}, jurisdiction=city))
    assert [rows[k]["outside_jurisdiction"] for k in ("p0", "p1")] == [False, True]


def test_features_without_a_valid_geometry_are_issues():
    bow = shapely.polygons([(0, 6000), (100, 6100), (100, 6000), (0, 6100)])
    layer = shapes([bow, shapely.Point(50, 6000)], uid=["bow", "good"])
    layer = gpd.GeoDataFrame({"uid": [*layer["uid"], "none"]}, geometry=[*layer.geometry, None], crs=4490)
    result = control_section(rivers(STRAIGHT), SECTION, features={"x": layer})
    assert set(found(result)) == {"good"}
    assert codes(result) == ["invalid_geometry", "no_geometry"]
    assert set(result.issue["site_id"]) == {"bow", "none"}


def test_features_not_in_force_are_left_out_with_a_count():
    layer = points(
        [(50, 6000)] * 4,
        valid_from=[None, "2020-01-01", None, None],
        valid_to=[None, None, "2018-01-01", None],
        life_state=["delineated", None, None, "cancelled"],
    )
    result = control_section(rivers(STRAIGHT), SECTION, features={"x": layer}, as_of="2019-06-30")
    assert set(found(result)) == {"p0"}
    assert codes(result) == ["not_in_force"] and "3" in result.issue["message_en"][0]


def test_what_is_no_date_is_refused_by_name():
    with pytest.raises(InputError, match="valid_from.*wharf"):
        control_section(
            rivers(STRAIGHT),
            SECTION,
            features={"wharf": points([(0, 1)], valid_from=["soon"])},
            as_of="2019-06-30",
        )


# ---------------------------------------------------------------------------------------- width and channel


def test_a_known_width_moves_the_bank_outward():
    layer = points([(590, 6000), (610, 6000), (90, 6000)])
    result = control_section(rivers(STRAIGHT, width_m=[200.0]), SECTION, features={"x": layer})
    assert result.zone["bank_from"].iloc[0] == "centreline+width"
    assert result.zone["area_m2"].iloc[0] == pytest.approx(5500 * 1200, rel=1e-3)
    rows = found(result)
    assert set(rows) == {"p0", "p2"}
    assert rows["p0"]["offset_m"] == pytest.approx(490, abs=0.01)
    assert (rows["p2"]["bank"], rows["p2"]["offset_m"]) == ("channel", 0)


def test_the_edge_of_the_channel_is_the_bank():
    channel = shapes([shapely.box(-80, -1000, 120, 13000)])
    layer = points([(100, 6000), (610, 6000), (630, 6000), (-570, 6000), (100, 9010), (610, 8990)])
    result = control_section(rivers(STRAIGHT), SECTION, channel=channel, features={"x": layer})
    row = result.zone.iloc[0]
    assert row["bank_from"] == "channel"
    assert row["area_m2"] == pytest.approx(5500 * 1200, rel=1e-3)
    assert shapely.bounds(zone_of(result)) == pytest.approx([-580, 3500, 620, 9000], abs=0.1)
    rows = found(result)
    assert set(rows) == {"p0", "p1", "p3", "p5"}
    assert (rows["p0"]["bank"], rows["p0"]["offset_m"]) == ("channel", 0)
    assert (rows["p1"]["bank"], rows["p1"]["offset_m"]) == ("left", pytest.approx(490, abs=0.01))
    assert (rows["p3"]["bank"], rows["p3"]["offset_m"]) == ("right", pytest.approx(490, abs=0.01))
    assert rows["p1"]["chainage_m"] == pytest.approx(2000, abs=0.01)


def test_a_channel_that_ends_before_the_cut_is_followed_by_the_line():
    channel = shapes([shapely.box(-100, 6000, 100, 13000)])
    result = control_section(rivers(STRAIGHT), SECTION, channel=channel)
    zone = zone_of(result)
    assert has(zone, (590, 8000), (590, 4500), (490, 4500)) == [True, False, True]
    assert "河道面边线起算,其覆盖" in result.zone["note"].iloc[0]


def test_an_island_at_the_cut_does_not_let_the_channel_through():
    water = shapely.difference(shapely.box(-300, -1000, 300, 13000), shapely.box(50, 8000, 200, 10000))
    result = control_section(rivers(STRAIGHT), SECTION, channel=shapes([water]))
    zone = zone_of(result)
    assert shapely.bounds(zone)[3] == pytest.approx(9000, abs=0.1)
    assert shapely.area(zone) == pytest.approx(5500 * 1600, rel=1e-3)


def test_the_channel_of_a_river_that_is_not_traced_does_not_count():
    water = shapely.union(shapely.box(-100, -1000, 100, 13000), shapely.box(0, 3700, 5000, 3900))
    lines = rivers(dense((0, 12000), (0, 3800)), dense((0, 3800), (0, 0)), dense((5000, 3800), (0, 3800)))
    result = control_section(lines, SECTION, channel=shapes([water]))
    zone = zone_of(result)
    assert has(zone, (590, 6000), (900, 3800), (2000, 3800)) == [True, False, False]


def test_a_channel_elsewhere_is_no_channel():
    channel = shapes([shapely.box(3000, -1000, 3200, 13000)])
    result = control_section(rivers(STRAIGHT), SECTION, channel=channel)
    assert result.zone["bank_from"].iloc[0] == "centreline"


# --------------------------------------------------------------------------------------------------- snapping


def test_one_bad_section_does_not_stop_the_others():
    sections = points([(0, 4000), (150, 5000), (0, 6000), (0, 6000)], uid=["a", "far", "b", "b"])
    result = control_section(rivers(STRAIGHT), sections)
    assert list(result.zone["section_id"]) == ["a", "b"]
    assert codes(result) == ["duplicate_id", "too_far"]
    too_far = result.issue[result.issue["code"] == "too_far"].iloc[0]
    assert (too_far["section_id"], too_far["severity"]) == ("far", "error")
    assert "150 m" in too_far["message_en"] and "150 米" in too_far["message_zh"]


@pytest.mark.parametrize("x, runs", [(99.9, True), (100.1, False)])
def test_the_tolerance_is_a_hundred_true_metres(x, runs):
    assert len(control_section(rivers(STRAIGHT), points([(x, 4000)])).zone) == int(runs)


def test_two_rivers_in_reach_are_a_question():
    lines = rivers(STRAIGHT, dense((120, 12000), (120, 0)), names=["沁河", "丹河"])
    asked = control_section(lines, points([(50, 4000)], uid=["q"]))
    assert len(asked.zone) == 0 and codes(asked) == ["ambiguous_river"]
    assert "沁河" in asked.issue["message_zh"][0] and "丹河" in asked.issue["message_zh"][0]
    told = control_section(lines, points([(50, 4000)], uid=["q"], river=["丹河"]))
    assert set(told.reach["river"]) == {"丹河"} and codes(told) == []


def test_a_section_that_names_another_river_is_not_run():
    result = control_section(rivers(STRAIGHT, names=["沁河"]), points([(10, 4000)], river=["蟒河"]))
    assert len(result.zone) == 0 and codes(result) == ["river_mismatch"]


def test_unnamed_rivers_that_do_not_meet_are_a_question_too():
    lines = rivers(STRAIGHT, dense((120, 12000), (120, 0)))
    assert codes(control_section(lines, points([(50, 4000)]))) == ["ambiguous_river"]


def test_an_unnamed_confluence_in_reach_is_a_warning():
    lines = rivers(dense((0, 9000), (0, 4050)), dense((0, 4050), (0, 0)), dense((3000, 6000), (0, 4050)))
    result = control_section(lines, SECTION)
    assert len(result.zone) == 1 and codes(result) == ["unnamed_confluence"]


def test_repairs_are_passed_on_where_they_touch_a_traced_river():
    near = (dense((0, 12000), (0, 6000.5)), dense((0, 6000), (0, 0)))
    away = (dense((9000, 12000), (9000, 6000.5)), dense((9000, 6000), (9000, 0)))
    result = control_section(rivers(*near, *away), SECTION)
    assert codes(result) == ["gap_joined"]
    assert result.issue["section_id"].iloc[0] == "S1"
    assert result.reach.loc[result.reach["direction"] == "U", "length_m"].sum() == pytest.approx(
        5000, abs=0.01
    )


def test_a_reversed_piece_is_a_named_doubt():
    lines = rivers(dense((0, 6000), (0, 12000)), dense((0, 6000), (0, 0)))
    result = control_section(lines, SECTION)
    assert set(codes(result)) == {"direction_doubt", "outlet_doubt"}


def test_a_dead_end_close_to_another_line_is_a_named_doubt():
    lines = rivers(dense((0, 12000), (0, 6012)), dense((0, 6000), (0, 0)))
    result = control_section(lines, SECTION)
    assert codes(result) == ["dead_end"]
    assert "12.0 m" in result.issue["message_en"][0]
    assert np.hypot(*(shapely.get_coordinates(metres(result.issue.geometry[0]))[0] - [0, 6000])) < 0.01


def test_a_crossing_without_a_node_is_a_named_doubt():
    lines = rivers(STRAIGHT, dense((-900, 6020), (900, 6020)))
    result = control_section(lines, SECTION)
    assert codes(result) == ["crossing"]
    assert np.hypot(*(shapely.get_coordinates(metres(result.issue.geometry[0]))[0] - [0, 6020])) < 0.01
    assert result.zone["area_m2"].iloc[0] == pytest.approx(5500 * 1000, rel=1e-4)


# ------------------------------------------------------------------------------------------------- invariance


@pytest.mark.parametrize("crs", [4490, 4547, 4526, 3857, 4326])
def test_the_reference_system_of_the_input_does_not_matter(crs):
    lines = rivers(dense((900, 12000), (0, 8000), (300, 5000), (0, 0)))
    layer = points([(300, 6000), (-300, 4000)])
    place = points([(180, 3500)], uid=["S"])
    truth = control_section(lines, place, features={"x": layer})
    # Densified as a projected layer would be, so that its straight edges are the same.
    result = control_section(lines.to_crs(crs), place.to_crs(crs), features={"x": layer.to_crs(crs)})
    for direction, asked in (("U", 5000.0), ("D", 500.0)):
        line = result.reach[result.reach["direction"] == direction].geometry
        assert sum(map(geod_length, line)) == pytest.approx(asked, abs=0.01)
    assert shapely.hausdorff_distance(zone_of(result), zone_of(truth)) < 0.05
    for column in ("chainage_m", "offset_m", "straight_m"):
        assert result.finding[column].to_numpy() == pytest.approx(truth.finding[column].to_numpy(), abs=0.01)
    assert list(result.finding["bank"]) == list(truth.finding["bank"])


def test_a_network_can_be_used_again():
    network = build(rivers(STRAIGHT))
    one, two = control_section(network, SECTION), control_section(rivers(STRAIGHT), SECTION)
    assert shapely.equals(one.zone.geometry.iloc[0], two.zone.geometry.iloc[0])


MEANDER = dense(
    (2000, 11000), (1500, 9000), (-600, 8200), (400, 7000), (-300, 5500), (500, 4000), (0, 0), step=300.0
)
TRIBUTARY = dense((-4000, 9500), (-1800, 7600), (400, 7000), step=300.0)


def zone_and_reach(lines, **options):
    result = control_section(lines, points([(420, 4200)]), tolerance=200.0, **options)
    return zone_of(result), float(result.reach["length_m"].sum())


@settings(max_examples=8)
@given(st.sets(st.integers(1, 30), min_size=1, max_size=4), st.sets(st.integers(1, 12), max_size=2))
def test_splitting_lines_at_vertices_changes_nothing(on_trunk, on_tributary):
    def split(line, at):
        xy = shapely.get_coordinates(line)
        breaks = [0, *sorted(k for k in at if k < len(xy) - 1), len(xy) - 1]
        return [shapely.linestrings(xy[a : b + 1]) for a, b in zip(breaks, breaks[1:])]

    whole, length = zone_and_reach(rivers(MEANDER, TRIBUTARY))
    parts, again = zone_and_reach(rivers(*split(MEANDER, on_trunk), *split(TRIBUTARY, on_tributary)))
    assert again == pytest.approx(length, abs=1e-3)
    # Where the border is drawn by points along the lines, their places depend on the pieces.
    assert shapely.area(shapely.symmetric_difference(whole, parts)) / shapely.area(whole) < 2e-4


def test_reversing_the_lines_and_the_request_changes_nothing():
    lines = rivers(MEANDER, TRIBUTARY)
    flipped = lines.set_geometry(shapely.reverse(lines.geometry.to_numpy()), crs=4490)
    one, length = zone_and_reach(lines)
    two, again = zone_and_reach(build(flipped, reverse=True))
    assert again == pytest.approx(length, abs=1e-6)
    assert shapely.area(shapely.symmetric_difference(one, two)) < 1.0


def test_a_river_that_is_not_connected_changes_nothing():
    one, length = zone_and_reach(rivers(MEANDER, TRIBUTARY))
    two, again = zone_and_reach(rivers(MEANDER, TRIBUTARY, dense((900, 11000), (1600, 0))))
    assert again == pytest.approx(length, abs=1e-6)
    assert shapely.area(shapely.symmetric_difference(one, two)) < 1.0


@settings(max_examples=8)
@given(st.floats(100, 700), st.floats(10, 300))
def test_a_wider_zone_contains_a_narrower_one(bank, more):
    lines = rivers(MEANDER, TRIBUTARY)
    narrow, _ = zone_and_reach(lines, bank=bank)
    wide, _ = zone_and_reach(lines, bank=bank + more)
    # Except within the bank distance of a cut, where nearness to the river beyond may decide otherwise.
    result = control_section(lines, points([(420, 4200)]), tolerance=200.0)
    trace_ends = shapely.get_point(metres(result.reach.geometry.to_numpy()), [[0], [-1]]).ravel()
    near_cuts = shapely.union_all(shapely.buffer(trace_ends, bank + more + 60))
    assert shapely.area(shapely.difference(shapely.difference(narrow, wide), near_cuts)) < 1.0


# ------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("bad", [
    {"bank": 0.0}, {"bank": float("nan")}, {"tolerance": -1.0}, {"upstream": -5.0}, {"working_width": -1.0},
    {"approximate": {"upstream": 50.0}}, {"approximate": {"bank": 600.0}},
])  # fmt: skip
def test_unusable_numbers_are_refused(bad):
    with pytest.raises(InputError):
        control_section(rivers(STRAIGHT), SECTION, **bad)


def test_a_layer_without_a_reference_system_is_refused_by_name():
    bare = gpd.GeoDataFrame({"uid": ["a"]}, geometry=[shapely.Point(LON, 35.1)])
    with pytest.raises(InputError, match="sections"):
        control_section(rivers(STRAIGHT), bare)
    with pytest.raises(InputError, match="catering"):
        control_section(rivers(STRAIGHT), SECTION, features={"catering": bare})


def test_no_section_gives_empty_frames_with_columns():
    result = control_section(rivers(STRAIGHT), SECTION.iloc[:0])
    assert [len(f) for f in (result.reach, result.zone, result.finding, result.issue)] == [0, 0, 0, 0]


def test_it_can_be_cancelled():
    class Stop:
        cancelled = True
        def __call__(self, fraction, message=""):
            return None

    with pytest.raises(Cancelled):
        control_section(rivers(STRAIGHT), SECTION, progress=Stop())
