"""Zones of intakes, wells, lakes and lines: distances, nesting, parts, and what is refused."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.plugin.engine import delineation as dl
from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.geodesy import distance

from .river_world import GEOD, LAT, LON, degrees, dense, metres, points, rivers, shapes

SOURCE = dl.Source("示例水源地")


def doc(value: float) -> dl.Figure:
    return dl.Figure(value, "document")


def reach(level="primary", up=1000.0, down=100.0, land=50.0, tributary=None, side="both"):
    trib = dl.Figure(tributary) if isinstance(tributary, float) else tributary
    return dl.ReachLevel(level, doc(up), doc(down), None if land is None else doc(land), trib, side)


def rows(result, level="primary", part=None):
    out = result.zone[result.zone["level"] == level]
    return out if part is None else out[out["part"] == part]


def flat(result, level="primary", part=None):
    """The zone in metres."""
    return shapely.union_all(metres(np.asarray(rows(result, level, part).geometry.array)))


def straight(**columns):
    """A river of 60 m running east, 12 km long, through the origin."""
    return rivers(dense((-8000, 0), (4000, 0)), names=["沁河"], **{"width_m": [60.0], **columns})


# Drawn with vertices: an edge of 14 km is straight in degrees, and bends by 2.6 m in metres.
CHANNEL = shapely.segmentize(shapely.box(-9000, -40, 5000, 20), 100.0)
AT_ORIGIN = points([(0, 0)], name=["取水口"])


# --------------------------------------------------------------------------------------------------------
# Intakes
# --------------------------------------------------------------------------------------------------------


def test_water_and_land_of_an_intake_are_rows_of_their_own():
    result = dl.intake_reach(straight(), AT_ORIGIN, [reach()], SOURCE)
    assert result.zone["part"].tolist() == ["water", "land"]
    water, land = flat(result, part="water"), flat(result, part="land")
    assert shapely.area(water) == pytest.approx(1100 * 60, rel=1e-3)
    assert shapely.area(land) == pytest.approx(1100 * 100, rel=1e-3)
    assert shapely.bounds(shapely.union(water, land)) == pytest.approx((-1000, -80, 100, 80), abs=0.05)
    assert shapely.area(shapely.intersection(water, land)) < 0.01
    row = result.zone.iloc[1]
    assert row["name"] == "示例水源地一级保护区(陆域)"
    assert row["extent_text"] == "取水口上游1000米、下游100米的河道两侧各50米的陆域"
    told = json.loads(row["parameters"])
    assert [(f["what"], f["value"], f["owner"]) for f in told["figures"]] == [
        ("upstream", 1000.0, "document"), ("downstream", 100.0, "document"), ("land", 50.0, "document"),
    ]  # fmt: skip
    assert [one["layer"] for one in told["layers"]] == ["river_reach", "water_intake"]
    assert told["choices"]["bank_from"] == "centreline+width"


def test_the_channel_is_the_water_where_it_is_drawn():
    channel = shapes([CHANNEL])
    result = dl.intake_reach(straight(), AT_ORIGIN, [reach()], SOURCE, channel=channel)
    assert shapely.bounds(flat(result, part="water")) == pytest.approx((-1000, -40, 100, 20), abs=0.05)
    assert shapely.bounds(flat(result, part="land")) == pytest.approx((-1000, -90, 100, 70), abs=0.05)


def test_from_the_dyke_the_foreland_is_land():
    channel = shapes([CHANNEL])
    dykes = shapes([dense((-9000, y), (5000, y)) for y in (200, -150)])
    result = dl.intake_reach(
        straight(), AT_ORIGIN, [reach()], SOURCE, channel=channel, dyke=dykes, bank_from="dyke"
    )
    land = flat(result, part="land")
    assert shapely.bounds(land) == pytest.approx((-1000, -200, 100, 250), abs=0.05)
    assert shapely.area(land) == pytest.approx(1100 * (450 - 60), rel=1e-3)
    assert "河堤外50米的陆域" in rows(result, part="land")["extent_text"].iloc[0]


def test_outer_levels_are_measured_on_from_the_inner_ones():
    result = dl.intake_reach(
        straight(), AT_ORIGIN, [reach(), reach("secondary", 2000.0, 200.0, 500.0)], SOURCE
    )
    first, second = flat(result), flat(result, "secondary")
    assert shapely.area(shapely.intersection(first, second)) < 0.1
    assert shapely.bounds(shapely.union(first, second)) == pytest.approx((-3000, -530, 300, 530), abs=0.05)
    assert shapely.area(flat(result, "secondary", "water")) == pytest.approx(2200 * 60, rel=1e-3)
    assert shapely.area(shapely.union(first, second)) == pytest.approx(3300 * 1060, rel=1e-3)
    assert rows(result, "secondary")["extent_text"].iloc[0] == "一级保护区上游2000米、下游200米的水域"


def test_outer_land_may_leave_out_what_lies_beside_the_inner_stretch():
    result = dl.intake_reach(
        straight(), AT_ORIGIN, [reach(), reach("secondary", 2000.0, 200.0, 500.0)], SOURCE, beside_inner=False
    )
    second = flat(result, "secondary")
    assert not shapely.intersects(second, shapely.Point(-500, 300))
    assert shapely.area(second) == pytest.approx(2200 * 1060, rel=1e-3)


@pytest.mark.parametrize(("side", "where"), [("left", 1), ("right", -1), ("intake", 1)])
def test_land_on_one_side(side, where):
    result = dl.intake_reach(straight(), points([(0, 25)]), [reach(side=side)], SOURCE)
    low, high = sorted((30.0 * where, 80.0 * where))
    assert shapely.bounds(flat(result, part="land")) == pytest.approx((-1000, low, 100, high), abs=0.05)
    assert shapely.area(flat(result, part="water")) == pytest.approx(1100 * 60, rel=1e-3)


def test_an_intake_on_the_centreline_has_no_side():
    with pytest.raises(InputError, match="side cannot be told"):
        dl.intake_reach(straight(), AT_ORIGIN, [reach(side="intake")], SOURCE)


def branching(width=20.0):
    """The river with two tributaries from the north, 500 m and 1500 m above the intake, the upper one forked."""
    lines = [
        dense((-8000, 0), (-1500, 0)), dense((-1500, 0), (-500, 0)), dense((-500, 0), (4000, 0)),
        dense((-500, 3000), (-500, 0)), dense((-1500, 400), (-1500, 0)), dense((-1900, 2000), (-1500, 400)),
        dense((-1100, 2000), (-1500, 400)),
    ]  # fmt: skip
    names = ["沁河", "沁河", "沁河", "甘河", "丹河", "丹河", "丹河西支"]
    return rivers(*lines, names=names, width_m=[width] * len(lines))


def river_inside(result, line, level="primary"):
    with np.errstate(invalid="ignore"):
        zone = shapely.union_all(np.asarray(rows(result, level).geometry.array))
        inside = shapely.intersection(degrees(line), zone)
    return sum(GEOD.geometry_length(part) for part in shapely.get_parts(inside))


def test_tributaries_by_default_do_not_count():
    result = dl.intake_reach(branching(), AT_ORIGIN, [reach(up=2000.0)], SOURCE)
    # Land beside the main river: 10 m of half its width and 50 m.
    assert river_inside(result, dense((-500, 3000), (-500, 0))) == pytest.approx(60.0, abs=0.1)
    assert rows(result)["extent_text"].iloc[0] == "取水口上游2000米、下游100米的水域"


def test_tributaries_so_many_metres_above_their_mouths():
    result = dl.intake_reach(branching(), AT_ORIGIN, [reach(up=1200.0, tributary=300.0)], SOURCE)
    assert river_inside(result, dense((-500, 3000), (-500, 0))) == pytest.approx(300.0, abs=0.1)
    # The mouth of the upper one lies beyond the distance.
    assert river_inside(result, dense((-1500, 400), (-1500, 0))) < 1.0
    assert shapely.bounds(flat(result))[0] == pytest.approx(-1200.0, abs=0.05)
    assert "甘河汇入口至上游300米" in rows(result)["extent_text"].iloc[0]


def test_a_forked_tributary_is_cut_on_every_branch():
    result = dl.intake_reach(branching(), AT_ORIGIN, [reach(up=2000.0, tributary=600.0)], SOURCE)
    for top in (-1900, -1100):
        branch = dense((top, 2000), (-1500, 400))
        assert river_inside(result, branch) == pytest.approx(200.0, abs=0.1)
    assert river_inside(result, dense((-8000, 0), (-500, 0))) == pytest.approx(1500.0, abs=0.1)


def test_only_named_tributaries():
    result = dl.intake_reach(
        branching(), AT_ORIGIN, [reach(up=2000.0, tributary=300.0)], SOURCE, tributary_names=["丹河"]
    )
    assert river_inside(result, dense((-500, 3000), (-500, 0))) == pytest.approx(60.0, abs=0.1)
    assert river_inside(result, dense((-1500, 400), (-1500, 0))) == pytest.approx(300.0, abs=0.1)


def test_tributaries_by_the_distance_along_the_river():
    result = dl.intake_reach(branching(), AT_ORIGIN, [reach(up=1200.0, tributary=dl.ALONG)], SOURCE)
    assert river_inside(result, dense((-500, 3000), (-500, 0))) == pytest.approx(700.0, abs=0.1)


def test_tributaries_of_an_outer_level_go_on_from_the_inner_one():
    levels = [reach(up=1200.0, tributary=300.0), reach("secondary", 1000.0, 0.0, 50.0, 500.0)]
    result = dl.intake_reach(branching(), AT_ORIGIN, levels, SOURCE)
    assert river_inside(result, dense((-500, 3000), (-500, 0)), "secondary") == pytest.approx(500.0, abs=0.1)
    # The upper tributary joins beside the outer level alone: 500 m from its mouth.
    upper = dense((-1500, 400), (-1500, 0))
    assert river_inside(result, upper, "secondary") == pytest.approx(400.0, abs=0.1)


def test_an_arm_that_comes_back_is_the_river_itself():
    lines = [
        dense((-8000, 0), (-1000, 0)), dense((-1000, 0), (-300, 0)), dense((-1000, 0), (-650, 300), (-300, 0)),
        dense((-300, 0), (4000, 0)),
    ]  # fmt: skip
    layer = rivers(*lines, names=["沁河"] * 4, width_m=[20.0] * 4)
    result = dl.intake_reach(layer, AT_ORIGIN, [reach(up=2000.0, tributary=50.0)], SOURCE)
    arm = lines[2]
    assert river_inside(result, arm) == pytest.approx(float(shapely.length(arm)), abs=0.2)
    assert shapely.bounds(flat(result))[0] == pytest.approx(-2000.0, abs=0.05)


def test_without_width_or_channel_the_water_cannot_be_drawn():
    bare = rivers(dense((-8000, 0), (4000, 0)))
    with pytest.raises(InputError, match=r"1100 m of its river .* working width"):
        dl.intake_reach(bare, AT_ORIGIN, [reach()], SOURCE)
    result = dl.intake_reach(bare, AT_ORIGIN, [reach()], SOURCE, working_width=dl.Figure(40.0))
    assert shapely.area(flat(result, part="water")) == pytest.approx(1100 * 40, rel=1e-3)
    assert "working_width" in result.issue["code"].tolist()
    told = json.loads(result.zone["parameters"].iloc[0])
    assert {"what": "working_width", "value": 40.0, "unit": "m", "owner": "office"} in told["figures"]


def test_several_intakes_bring_their_own_sources_and_a_far_one_is_an_issue():
    intakes = points(
        [(0, 0), (-5000, 0), (0, 900)], source_name=["甲", "乙", "丙"], source_code=["A1", None, None]
    )
    result = dl.intake_reach(straight(), intakes, [reach(land=None)])
    assert result.zone["source_name"].tolist() == ["甲", "乙"]
    assert result.zone["source_code"].tolist() == ["A1", None]
    assert result.issue["code"].tolist() == ["too_far"]


def test_a_zone_needs_a_source():
    with pytest.raises(InputError, match="水源地名称"):
        dl.intake_reach(straight(), points([(0, 0)]), [reach()])


def test_accuracy_is_the_worst_of_what_was_used():
    channel = shapes([shapely.box(-9000, -40, 5000, 20), shapely.box(50000, 0, 51000, 9)], accuracy_m=[4.0, 99.0])
    result = dl.intake_reach(straight(accuracy_m=[2.5]), AT_ORIGIN, [reach()], SOURCE, channel=channel)
    assert set(result.zone["accuracy_m"]) == {4.0}


def test_water_and_land_together():
    result = dl.intake_reach(straight(), AT_ORIGIN, [reach()], SOURCE, separate=False, anchor="橡胶坝")
    assert result.zone["part"].tolist() == ["both"]
    assert result.zone["extent_text"].iloc[0] == "橡胶坝上游1000米、下游100米的水域及河道两侧各50米的陆域"


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ([], "No level"),
        ([reach("secondary"), reach("primary")], "inside out"),
        ([reach("third")], "unknown"),
        ([reach(up=-1.0)], "upstream"),
        ([reach(up=0.0, down=0.0)], "0 m up and 0 m down"),
        ([reach(land=0.0)], "land"),
        ([reach(tributary="all")], "along"),
        ([reach(side="north")], "side"),
    ],
)
def test_figures_that_cannot_be(levels, message):
    with pytest.raises(InputError, match=message):
        dl.intake_reach(straight(), AT_ORIGIN, levels, SOURCE)


class _Stop:
    cancelled = True

    def __call__(self, fraction, message=""):
        return None


def test_a_run_can_be_cancelled():
    with pytest.raises(Cancelled):
        dl.intake_reach(straight(), AT_ORIGIN, [reach()], SOURCE, progress=_Stop())


@given(
    st.lists(st.tuples(st.floats(-60, 60), st.floats(150, 400)), min_size=6, max_size=14),
    st.floats(100, 1500), st.floats(0, 500), st.floats(20, 120), st.floats(50, 1500), st.floats(100, 400),
)  # fmt: skip
@settings(max_examples=25)
def test_levels_nest_and_land_lies_within_its_distance_of_the_bank(bends, up, down, land, up2, land2):
    angle = np.cumsum([np.radians(a) / 2 for a, _ in bends])
    step = np.array([m for _, m in bends])
    way = np.cumsum(np.column_stack([step * np.cos(angle), step * np.sin(angle)]), axis=0)
    line = dense(*map(tuple, np.vstack([(0.0, 0.0), way])))
    if not shapely.is_simple(line) or shapely.length(line) < up + down + 50:
        return
    at = shapely.line_interpolate_point(line, shapely.length(line) - down - 20)
    layer = rivers(line, names=["沁河"], width_m=[30.0])
    levels = [reach(up=up, down=down, land=land), reach("secondary", up2, 10.0, land2)]
    result = dl.intake_reach(layer, points([shapely.get_coordinates(at)[0]]), levels, SOURCE)
    river = degrees(line)
    first, second = flat(result), flat(result, "secondary")
    assert shapely.area(shapely.intersection(first, second)) < 0.5
    for level, metres_ in (("primary", land), ("secondary", max(land, land2))):
        for row in rows(result, level).itertuples():
            spots = shapely.points(shapely.get_coordinates(row.geometry))
            away = distance(spots, np.full(len(spots), river, dtype=object)).metres
            reach_ = 15.0 if row.part == "water" else 15.0 + metres_
            assert away.max() < reach_ + 0.02
            if row.part == "land" and len(away):
                # No land on the water: the bank is 15 m from the centreline.
                assert shapely.area(shapely.intersection(metres(row.geometry), flat(result, level, "water"))) < 0.1


# --------------------------------------------------------------------------------------------------------
# Wells
# --------------------------------------------------------------------------------------------------------


def wells(*places, **columns):
    return points(list(places), name=[f"{n}号" for n in range(1, len(places) + 1)], **columns)


def test_far_wells_keep_their_circles_and_near_ones_share_a_hull():
    layer = wells((0, 0), (90, 0), (0, 80), (5000, 0))
    result = dl.well_zones(layer, [dl.WellLevel("primary", doc(50.0))], SOURCE)
    zone = flat(result)
    assert len(shapely.get_parts(zone)) == 2
    hull = shapely.buffer(shapely.MultiPoint([(0, 0), (90, 0), (0, 80)]).convex_hull, 50.0, quad_segs=200)
    expected = shapely.area(hull) + np.pi * 2500
    assert shapely.area(zone) == pytest.approx(expected, rel=1e-4)
    assert result.zone["extent_text"].iloc[0] == "各组井群外包线内及外围50米的区域"
    assert result.zone["source_type"].iloc[0] == "groundwater"


@pytest.mark.parametrize(("arrangement", "parts"), [("circles", 3), ("hull", 1), ("auto", 3)])
def test_arrangements(arrangement, parts):
    layer = wells((0, 0), (300, 0), (0, 300))
    result = dl.well_zones(layer, [dl.WellLevel("primary", doc(50.0), arrangement)], SOURCE)
    assert len(shapely.get_parts(flat(result))) == parts
    if arrangement == "circles":
        assert result.zone["extent_text"].iloc[0] == "各开采井外围50米的区域"


def test_outer_circles_are_rings():
    layer = wells((0, 0))
    levels = [dl.WellLevel("primary", doc(50.0)), dl.WellLevel("secondary", doc(300.0))]
    result = dl.well_zones(layer, levels, SOURCE)
    assert shapely.area(flat(result, "secondary")) == pytest.approx(np.pi * (300**2 - 50**2), rel=1e-4)
    assert rows(result)["area_m2"].iloc[0] == pytest.approx(np.pi * 2500, rel=1e-4)


def test_a_road_clips_the_ground_about_the_wells():
    road = dl.edges_of(shapes([shapely.LineString([(-500, -20), (500, -20)])], name=["环城路"]), "road")
    result = dl.well_zones(wells((0, 0)), [dl.WellLevel("primary", doc(50.0), until=tuple(road))], SOURCE)
    assert shapely.bounds(flat(result)) == pytest.approx((-50, -20, 50, 50), abs=0.02)
    assert json.loads(result.zone["parameters"].iloc[0])["choices"]["until_primary"] == ["环城路"]


def test_a_line_that_ends_inside_bounds_nothing_unless_it_is_prolonged():
    road = tuple(dl.edges_of(shapes([shapely.LineString([(-30, -20), (30, -20)])], name=["环城路"]), "road"))
    level = dl.WellLevel("primary", doc(50.0), until=road)
    assert dl.well_zones(wells((0, 0)), [level], SOURCE).issue["code"].tolist() == ["edge_beyond"]
    cut = dl.well_zones(wells((0, 0)), [level], SOURCE, extend=dl.Figure(40.0))
    assert shapely.bounds(flat(cut))[1] == pytest.approx(-20.0, abs=0.02)


def test_a_directed_ground_must_be_closed():
    offsets = tuple(dl.Directed(("1号",), d, doc(50.0)) for d in ("north", "西", "90"))
    with pytest.raises(InputError, match="open towards the south"):
        dl.well_zones(wells((0, 0)), [dl.WellLevel("primary", directed=offsets)], SOURCE)
    offsets += (dl.Directed(("1号",), "南", doc(70.0)),)
    result = dl.well_zones(wells((0, 0)), [dl.WellLevel("primary", directed=offsets)], SOURCE)
    assert shapely.bounds(flat(result)) == pytest.approx((-50, -70, 50, 50), abs=0.02)
    assert result.zone["extent_text"].iloc[0].startswith("1号井向北50米、1号井向西50米")


@pytest.mark.parametrize(
    ("level", "message"),
    [
        (dl.WellLevel("primary"), "needs a radius"),
        (dl.WellLevel("primary", doc(0.0)), "radius"),
        (dl.WellLevel("primary", doc(5.0), "grid"), "arranged"),
        (dl.WellLevel("primary", directed=(dl.Directed(("9号",), "north", doc(5.0)),)), "no well called '9号'"),
        (dl.WellLevel("primary", directed=(dl.Directed(("1号",), "up", doc(5.0)),)), "no direction"),
        (dl.WellLevel("primary", doc(5.0), reach="south"), "only if the line is named"),
    ],
)
def test_well_figures_that_cannot_be(level, message):
    with pytest.raises(InputError, match=message):
        dl.well_zones(wells((0, 0), (10, 0)), [level], SOURCE)


def test_a_line_between_the_wells_is_refused():
    road = tuple(dl.edges_of(shapes([shapely.LineString([(50, -500), (50, 500)])], name=["路"]), "road"))
    offsets = tuple(
        dl.Directed((well,), way, doc(50.0))
        for well, way in (("1号", "north"), ("1号", "south"), ("1号", "west"), ("2号", "east"))
    )
    with pytest.raises(InputError, match="on both sides of one of the lines"):
        dl.well_zones(wells((0, 0), (100, 0)), [dl.WellLevel("primary", directed=offsets, until=road)], SOURCE)


@given(st.lists(st.tuples(st.floats(-2000, 2000), st.floats(-2000, 2000)), min_size=1, max_size=12),
       st.floats(10, 800), st.sampled_from(["auto", "hull", "circles"]), st.sampled_from(["round", "mitre"]))  # fmt: skip
@settings(max_examples=40)
def test_wells_always_lie_inside_by_their_distance(places, radius, arrangement, corners):
    level = dl.WellLevel("primary", doc(radius), arrangement, corners)
    result = dl.well_zones(wells(*places), [level], SOURCE)
    zone = shapely.union_all(np.asarray(result.zone.geometry.array))
    spots = np.asarray(wells(*places).geometry.array)
    assert shapely.contains(zone, spots).all()
    border = shapely.boundary(zone)
    away = distance(spots, np.full(len(spots), border, dtype=object)).metres
    assert away.min() > radius * (1 - 3e-5) - 0.01


def test_the_radius_of_pore_water():
    r, least = dl.pore_radius(doc(20.0), doc(0.002), doc(100.0), doc(0.2), doc(1.5))
    assert (r.value, r.owner, least) == (pytest.approx(30.0), "computed", False)
    preset = dl.preset("pore_fine_sand")
    levels, inputs, issues = dl.pore_levels(preset, doc(20.0), doc(0.002), doc(0.2))
    assert [one.radius.value for one in levels] == pytest.approx([30.0, 300.0])
    assert [one["code"] for one in issues] == []
    assert all(one.radius.unverified for one in levels)
    levels, inputs, issues = dl.pore_levels(preset, doc(5.0), doc(0.002), doc(0.2))
    assert [one.radius.value for one in levels] == [30.0, 300.0]
    assert [one["code"] for one in issues] == ["least_radius"] * 2
    _, _, issues = dl.pore_levels(preset, doc(200.0), doc(0.002), doc(0.2))
    assert [one["code"] for one in issues] == ["beyond_range"] * 2
    with pytest.raises(InputError, match="porosity"):
        dl.pore_radius(doc(20.0), doc(0.002), doc(100.0), doc(1.2), doc(1.5))


# --------------------------------------------------------------------------------------------------------
# Circles and corridors
# --------------------------------------------------------------------------------------------------------


def lake():
    """Water between x = -800 and 0, y = ±2000: its east shore is at x = 0, its west shore at -800."""
    return shapes([shapely.box(-800, -2000, 0, 2000)], accuracy_m=[5.0])


def test_a_circle_on_the_water_alone_and_the_shore_on_the_intake_s_side():
    level = dl.CircleLevel("primary", doc(300.0), doc(200.0))
    result = dl.water_circle(points([(-50, 0)]), lake(), [level], SOURCE)
    water, land = flat(result, part="water"), flat(result, part="land")
    disc = shapely.buffer(shapely.Point(-50, 0), 300.0, quad_segs=200)
    assert shapely.area(water) == pytest.approx(shapely.area(shapely.intersection(disc, shapely.box(-800, -2000, 0, 2000))), rel=1e-4)
    half = np.sqrt(300.0**2 - 50.0**2)
    assert shapely.bounds(land) == pytest.approx((0, -half, 200, half), abs=0.1)
    assert result.zone["extent_text"].tolist() == ["取水口外围300米的水域", "取水口一侧距岸边200米的陆域"]
    assert set(result.zone["source_type"]) == {"lake"}
    assert set(result.zone["accuracy_m"]) == {5.0}


def test_a_wide_circle_meets_both_shores_and_takes_the_near_one():
    near = dl.CircleLevel("primary", doc(900.0), doc(100.0))
    both = dl.CircleLevel("primary", doc(900.0), doc(100.0), whole_shore=True)
    result = dl.water_circle(points([(-50, 0)]), lake(), [near], SOURCE)
    assert shapely.bounds(flat(result, part="land"))[0] == pytest.approx(0.0, abs=0.05)
    result = dl.water_circle(points([(-50, 0)]), lake(), [both], SOURCE)
    assert shapely.bounds(flat(result, part="land"))[0] == pytest.approx(-900.0, abs=0.05)


def test_levels_of_a_lake_nest_and_all_of_the_water():
    levels = [dl.CircleLevel("primary", doc(300.0), doc(200.0)), dl.CircleLevel("secondary", None, doc(100.0))]
    result = dl.water_circle(points([(-50, 0)]), lake(), levels, SOURCE)
    assert shapely.area(shapely.intersection(flat(result), flat(result, "secondary"))) < 0.1
    whole = shapely.union(flat(result, part="water"), flat(result, "secondary", "water"))
    assert shapely.area(whole) == pytest.approx(800 * 4000, rel=1e-4)
    assert rows(result, "secondary")["extent_text"].iloc[0] == "全部水域"


def test_an_intake_away_from_the_water_is_an_error_row():
    result = dl.water_circle(points([(500, 0)]), lake(), [dl.CircleLevel("primary", doc(300.0))], SOURCE)
    assert len(result.zone) == 0
    assert result.issue["code"].tolist() == ["no_water"]
    assert result.issue["severity"].tolist() == ["error"]


def test_a_corridor_of_one_width():
    layer = shapes([shapely.LineString([(0, 0), (1000, 0)])], name=["输水渠"])
    result = dl.corridor(layer, doc(50.0), None, SOURCE)
    assert shapely.bounds(flat(result)) == pytest.approx((0, -50, 1000, 50), abs=0.02)
    assert result.zone["extent_text"].iloc[0] == "输水渠两侧各50米的区域"
    round_ = dl.corridor(layer, doc(50.0), None, SOURCE, ends="round")
    assert shapely.bounds(flat(round_)) == pytest.approx((-50, -50, 1050, 50), abs=0.02)


def test_a_corridor_with_sides_of_their_own():
    line = shapely.LineString([(0, 0), (1000, 0), (1000, 800)])
    result = dl.corridor(shapes([line]), doc(50.0), doc(120.0), SOURCE)
    zone = flat(result)
    assert shapely.bounds(zone) == pytest.approx((0, -120, 1120, 800), abs=0.05)
    expected = 50 * 1800 - 50 * 50 + 120 * 1800 + np.pi * 120**2 / 4
    assert shapely.area(zone) == pytest.approx(expected, rel=1e-4)
    only = dl.corridor(shapes([line]), doc(0.0), doc(120.0), SOURCE)
    assert not shapely.intersects(flat(only), shapely.Point(500, 10))
    assert only.zone["extent_text"].iloc[0] == "中心线左侧0米、右侧120米的区域"


@given(st.lists(st.tuples(st.floats(-1500, 1500), st.floats(-1500, 1500)), min_size=2, max_size=7, unique=True),
       st.floats(5, 300), st.floats(0, 300), st.sampled_from(["square", "round"]))  # fmt: skip
@settings(max_examples=40)
def test_no_place_of_a_corridor_is_farther_than_its_width(places, left, right, ends):
    line = shapely.LineString(places)
    if shapely.length(line) < 10 or min(np.hypot(*np.diff(np.array(places), axis=0).T)) < 1:
        return
    result = dl.corridor(shapes([line]), doc(left), doc(right), SOURCE, ends=ends)
    zone = result.zone.geometry.iloc[0]
    assert shapely.is_valid(zone)
    spots = shapely.points(shapely.get_coordinates(zone))
    away = distance(spots, np.full(len(spots), degrees(line), dtype=object)).metres
    assert away.max() < max(left, right) + 0.02
    # Just beside the middle of each edge, both sides are held.
    for a, b in zip(np.array(places)[:-1], np.array(places)[1:]):
        along = (b - a) / np.hypot(*(b - a))
        out = np.array([-along[1], along[0]])
        for width, sign in ((left, 1), (right, -1)):
            if width > 1:
                spot = degrees(shapely.Point((a + b) / 2 + sign * out * width * 0.9))
                assert shapely.distance(zone, spot) < 1e-9


def test_corridors_that_cannot_be():
    layer = shapes([shapely.LineString([(0, 0), (1000, 0)])])
    for arguments, message in (((doc(0.0), doc(0.0)), "0 m wide"), ((doc(-1.0),), "left")):
        with pytest.raises(InputError, match=message):
            dl.corridor(layer, *arguments, source=SOURCE)
    with pytest.raises(InputError, match="holds no line"):
        dl.corridor(points([(0, 0)]), doc(5.0), source=SOURCE)
    with pytest.raises(InputError, match="declares no coordinate reference system"):
        dl.corridor(gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (1, 1)])]), doc(5.0), source=SOURCE)


# --------------------------------------------------------------------------------------------------------
# Cuts and loops
# --------------------------------------------------------------------------------------------------------


def test_a_polygon_is_cut_at_a_dyke_and_the_intake_s_side_stays():
    area = shapes([shapely.box(0, 0, 1000, 1000)], level=["secondary"], extent_text=["全部水域及山脊线内的陆域"])
    dyke = dl.edges_of(shapes([shapely.LineString([(-100, 400), (500, 450), (1100, 400)])], name=["沙河堤"]), "dyke")
    result = dl.cut(area, dyke, points([(500, 900)]), SOURCE)
    zone = flat(result, "secondary")
    assert shapely.bounds(zone)[3] == pytest.approx(1000, abs=0.02)
    assert shapely.area(zone) == pytest.approx(1e6 - (408.3333 + 450) / 2 * 1000, rel=1e-3)
    assert result.zone["extent_text"].iloc[0] == "全部水域及山脊线内的陆域，沙河堤取水口一侧的区域"
    other = dl.cut(area, dyke, points([(500, 100)]), SOURCE)
    assert shapely.area(flat(other, "secondary")) + shapely.area(zone) == pytest.approx(1e6, rel=1e-4)


def test_a_polygon_s_border_cuts_too():
    ridge = dl.edges_of(shapes([shapely.box(200, -500, 2000, 5000)], name=["山脊线"]), "ridge")
    result = dl.cut(shapes([shapely.box(0, 0, 1000, 1000)]), ridge, points([(100, 500)]), SOURCE)
    assert shapely.bounds(flat(result)) == pytest.approx((0, 0, 200, 1000), abs=0.02)


def test_cuts_that_cannot_be():
    area, keep = shapes([shapely.box(0, 0, 1000, 1000)]), points([(500, 900)])
    short = dl.edges_of(shapes([shapely.LineString([(-100, 400), (900, 400)])], name=["断路"]), "road")
    with pytest.raises(InputError, match="'断路' does not divide polygon 1"):
        dl.cut(area, short, keep, SOURCE)
    done = dl.cut(area, short, keep, SOURCE, extend=dl.Figure(150.0))
    assert shapely.area(flat(done)) == pytest.approx(600000.0, rel=1e-4)
    through = dl.edges_of(shapes([shapely.LineString([(-100, 900), (1100, 900)])], name=["路"]), "road")
    with pytest.raises(InputError, match="lies on '路'"):
        dl.cut(area, through, keep, SOURCE)
    missed = dl.cut(area, through, points([(5000, 0)]), SOURCE)
    assert missed.issue["code"].tolist() == ["nothing_kept"]
    with pytest.raises(InputError, match="no line named '东路'"):
        dl.edges_of(shapes([shapely.LineString([(0, 0), (1, 1)])], name=["西路"]), "road", ["东路"])


HEAD = "南路"


def four_lines(gap=0.0):
    return [
        shapely.LineString([(-1000, 0), (1000, 0)]), shapely.LineString([(600, -900), (600, 900)]),
        shapely.LineString([(-1000, 500), (600 - gap, 500)]), shapely.LineString([(-400, 900), (-400, -900)]),
    ]  # fmt: skip


def four_roads(gap=0.0):
    return dl.edges_of(shapes(four_lines(gap), name=[HEAD, "东路", "北路", "西路"]), "road")


def test_four_named_roads_enclose_a_quadrilateral():
    result = dl.enclosed(four_roads(), points([(0, 200)]), SOURCE)
    assert shapely.area(flat(result)) == pytest.approx(1000 * 500, rel=1e-4)
    assert result.zone["extent_text"].iloc[0] == "南路、东路、北路、西路所围的区域"


def test_an_open_loop_names_its_gap():
    with pytest.raises(InputError, match=r"'北路' ends 12\.0 m from '东路' at 112\.60"):
        dl.enclosed(four_roads(gap=12.0), points([(0, 200)]), SOURCE)
    closed = dl.enclosed(four_roads(gap=12.0), points([(0, 200)]), SOURCE, extend=dl.Figure(20.0))
    assert shapely.area(flat(closed)) == pytest.approx(1000 * 500, rel=1e-4)


def test_a_road_that_bounds_nothing_is_refused():
    lines = [*four_roads(), *dl.edges_of(shapes([shapely.LineString([(5000, 0), (5000, 9)])], name=["远路"]), "road")]
    with pytest.raises(InputError, match="'远路' bounds no side"):
        dl.enclosed(lines, points([(0, 200)]), SOURCE)


def test_the_world_is_where_it_should_be():
    assert (LON, LAT) == (112.6, 35.1)
