"""Figures of indicator clauses: every measure against numbers worked out by hand, and what is unknown never hidden."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from envzones.plugin.engine.clauses.figures import MET, MISSING, NOT_COMPUTABLE, NOT_MET, SHORT, read
from envzones.plugin.engine.clauses.model import Length, Relation, Selection, Target
from envzones.plugin.engine.clauses.model import Test as Asked
from envzones.plugin.engine.errors import InputError

from . import figure_maps as maps
from .figure_maps import context, figure, onemap

GEOD = Geod(a=6378137.0, rf=298.257222101)
GOOD = Asked("actual_class", among=("class_1", "class_2", "class_3"))
ASSESSED = Asked("assessed", equals=True)
SOME = settings(max_examples=50)


def one(fig, the_map, **more):
    (reading,) = read(fig, context(the_map, **more))
    return reading


def sections(*classes, **more):
    return [{"uid": f"S{i}", "assessed": True, "actual_class": c, **more} for i, c in enumerate(classes)]


def share(*targets):
    return figure("share", "monitoring_section", filter=[ASSESSED], having=(GOOD,), targets=targets)


def geodesic_area(*boxes):
    """Area of boxes that do not overlap, edges straight in degrees, by pyproj."""
    total = 0.0
    for box in boxes:
        x, y = shapely.segmentize(box, 0.0005).exterior.xy
        total += abs(GEOD.polygon_area_perimeter(x, y)[0])
    return total


# --- counting ---------------------------------------------------------------------------------------------


def test_share_of_sections():
    reading = one(share(Target(minimum=75)), onemap(monitoring_section=sections("class_1", "class_3", "class_2", "class_4")))
    assert (reading.numerator, reading.denominator, reading.value, reading.bounds) == (3, 4, 75, (75, 75))
    assert reading.exact and reading.meets(Target(minimum=75)) == MET
    assert reading.meets(Target(minimum=75.5)) == NOT_MET
    assert reading.source() == ["monitoring_section.actual_class"]
    assert reading.behind[0].role.tolist() == ["counted"] * 3 + [SHORT]
    assert reading.behind[0].wrong.tolist() == [False] * 3 + [True]


def test_seven_of_a_hundred_are_no_more_than_seven_percent():
    rows = sections(*["class_1"] * 7, *["class_5"] * 93)
    assert one(share(), onemap(monitoring_section=rows)).meets(Target(maximum=7)) == MET


def test_unknown_class_widens_the_share():
    reading = one(share(), onemap(monitoring_section=sections("class_1", "class_1", "class_5", None)))
    assert reading.bounds == (50, 75) and reading.value == pytest.approx(200 / 3)
    assert reading.meets(Target(minimum=50)) == MET
    assert reading.meets(Target(minimum=75.1)) == NOT_MET
    assert reading.meets(Target(minimum=60)) == NOT_COMPUTABLE
    ((why, n),) = reading.lacking
    assert (why.lacks, n) == ("monitoring_section.actual_class", 1) and "现状类别" in why.zh
    assert reading.behind[0].role.tolist()[3] == MISSING


def test_layer_not_declared_complete_leaves_everything_possible():
    the_map = onemap(monitoring_section=sections("class_1", "class_5"), incomplete=["monitoring_section"])
    reading = one(share(), the_map)
    assert reading.bounds == (0, 100) and reading.meets(Target(minimum=40)) == NOT_COMPUTABLE
    assert [(why.lacks, n) for why, n in reading.lacking] == [("monitoring_section", 0)]
    counted = one(figure("count", "monitoring_section", unit="个", having=(GOOD,)), the_map)
    assert counted.bounds == (1, math.inf)
    assert counted.meets(Target(minimum=1)) == MET and counted.meets(Target(maximum=0)) == NOT_MET
    assert counted.meets(Target(maximum=3)) == NOT_COMPUTABLE


def test_layer_that_is_not_on_the_map():
    reading = one(share(), onemap())
    assert not reading.defined and reading.meets(Target(minimum=0)) == NOT_COMPUTABLE
    assert reading.lacking[0][0].lacks == "monitoring_section" and "没有" in reading.lacking[0][0].zh


def test_share_of_nothing_does_not_exist():
    reading = one(share(), onemap(monitoring_section=sections("class_1", assessed=False)))
    assert not reading.defined and math.isnan(reading.value)
    assert reading.meets(Target(minimum=0)) == NOT_COMPUTABLE


def test_count_of_nothing_is_zero():
    reading = one(figure("count", "black_odorous_water", unit="个"), onemap(black_odorous_water=maps.frame([], ["uid"])))
    assert reading.value == 0 and reading.meets(Target(maximum=0)) == MET


def test_neighbours_and_what_lies_mostly_beyond_the_border_do_not_count():
    rows = [
        {"uid": "in", "geometry": shapely.box(112.1, 35.0, 112.2, 35.1)},
        {"uid": "mostly", "geometry": shapely.box(112.7, 35.0, 112.85, 35.1)},
        {"uid": "less", "geometry": shapely.box(112.75, 35.0, 112.95, 35.1)},
        {"uid": "touching", "geometry": shapely.box(112.8, 35.0, 112.9, 35.1)},
        {"uid": "far", "geometry": shapely.box(113.1, 35.0, 113.2, 35.1)},
        {"uid": "around", "geometry": shapely.box(111.0, 34.0, 114.0, 36.0)},
    ]
    reading = one(figure("count", "basin", unit="个"), onemap(basin=rows))
    assert reading.behind[0].role.tolist() == ["counted", "counted", "", "", "", "counted"]


def test_without_a_city_boundary_nothing_is_sure():
    reading = one(share(), onemap(monitoring_section=sections("class_1"), city=None))
    assert reading.meets(Target(minimum=0)) == NOT_COMPUTABLE
    assert "admin_area" in {why.lacks for why, _ in reading.lacking}


def test_where_in_four_states():
    """Inside, outside, at the edge within the positional accuracy, and beside a zone of unknown level."""
    inside = Relation("inside", "drinking_water_zone", (Asked("level", equals="primary"),))
    zones = [
        {"uid": "Z", "level": "primary", "geometry": shapely.box(112.1, 35.0, 112.2, 35.1)},
        {"uid": "U", "level": None, "geometry": shapely.box(112.5, 35.0, 112.6, 35.1)},
    ]
    places = {"in": (112.15, 0), "out": (112.3, 0), "edge": (112.2001, 50), "unknown": (112.55, 0)}
    rows = [
        {"uid": name, "accuracy_m": accuracy, "geometry": shapely.Point(x, 35.05)} for name, (x, accuracy) in places.items()
    ]
    reading = one(figure("count", "outfall", where=inside, unit="个"), onemap(outfall=rows, drinking_water_zone=zones))
    assert reading.bounds == (1, 3)
    assert reading.behind[0].role.tolist() == ["counted", "", MISSING, MISSING]
    assert {why.lacks for why, _ in reading.lacking} == {"drinking_water_zone"}
    missing = one(figure("count", "outfall", where=inside, unit="个"), onemap(outfall=rows))
    assert missing.bounds == (0, 4)


def test_a_working_distance_is_never_sure():
    near = Relation("within", "road", lengths={"distance": Length(1000.0, "road_side", "交通干线两侧", "Along roads")})
    road = [{"uid": "R", "geometry": shapely.LineString([(112.3, 34.95), (112.3, 35.25)])}]
    rows = [{"uid": "a", "geometry": shapely.Point(112.301, 35.1)}, {"uid": "b", "geometry": shapely.Point(112.5, 35.1)}]
    assert one(figure("count", "mine_site", where=near, unit="个"), onemap(mine_site=rows, road=road)).bounds == (0, 1)


# --- values -----------------------------------------------------------------------------------------------

BOILERS = [
    {"uid": "a", "fuel": "coal", "capacity_tph": 10.0},
    {"uid": "b", "fuel": "coal", "capacity_tph": 35.0},
    {"uid": "c", "fuel": "gas", "capacity_tph": 100.0},
    {"uid": "d", "fuel": "coal", "capacity_tph": 0.6},
]
COAL = Asked("fuel", equals="coal")


@pytest.mark.parametrize(("measure", "value"), [("sum", 45.6), ("mean", 15.2), ("max", 35.0), ("min", 0.6)])
def test_values_of_a_column(measure, value):
    fig = figure(measure, "coal_boiler", filter=[COAL], column="capacity_tph", unit="t/h")
    reading = one(fig, onemap(coal_boiler=BOILERS))
    assert reading.value == pytest.approx(value) and reading.exact
    unknown = one(fig, onemap(coal_boiler=[*BOILERS, {"uid": "e", "fuel": "coal", "capacity_tph": None}]))
    assert unknown.bounds[0] <= value <= unknown.bounds[1] and not unknown.exact
    assert unknown.lacking[0][0].lacks == "coal_boiler.capacity_tph"


def test_least_and_greatest_values_that_are_still_possible():
    rows = [*BOILERS, {"uid": "e", "fuel": None, "capacity_tph": 200.0}]
    expected = {"sum": (45.6, 245.6), "mean": (15.2, 245.6 / 4), "max": (35.0, 200.0), "min": (0.6, 0.6)}
    for measure, bounds in expected.items():
        fig = figure(measure, "coal_boiler", filter=[COAL], column="capacity_tph", unit="t/h")
        assert one(fig, onemap(coal_boiler=rows)).bounds == pytest.approx(bounds), measure


def test_the_stations_beyond_the_target_are_what_it_falls_short_by():
    fig = figure("max", "coal_boiler", filter=[COAL], column="capacity_tph", unit="t/h", targets=(Target(maximum=10),))
    reading = one(fig, onemap(coal_boiler=BOILERS))
    assert reading.behind[0].role.tolist() == ["counted", SHORT, "", "counted"]


def test_ratio_of_two_columns_of_the_same_features():
    def heat(*rows):
        names = ("heated_floor_area_10k_m2", "total_floor_area_10k_m2")
        return [{"uid": str(i), **dict(zip(names, row)), "geometry": shapely.box(112.1 + i / 10, 35, 112.15 + i / 10, 35.05)}
                for i, row in enumerate(rows)]  # fmt: skip

    of = Selection("built_up_area")
    fig = figure("ratio", "built_up_area", column="heated_floor_area_10k_m2",
                 per=Selection("built_up_area", column="total_floor_area_10k_m2"))  # fmt: skip
    assert fig.of == of
    reading = one(fig, onemap(built_up_area=heat((80.0, 100.0), (10.0, 50.0))))
    assert (reading.numerator, reading.denominator) == (90, 150) and reading.bounds == (60, 60) and reading.exact
    assert reading.source() == ["built_up_area.heated_floor_area_10k_m2", "built_up_area.total_floor_area_10k_m2"]
    plain = one(figure("ratio", "built_up_area", column="heated_floor_area_10k_m2", unit="", per=fig.per),
                onemap(built_up_area=heat((80.0, 100.0))))  # fmt: skip
    assert plain.value == pytest.approx(0.8)
    half = one(fig, onemap(built_up_area=heat((80.0, 100.0), (None, 100.0))))
    assert half.bounds == (40, math.inf) and half.meets(Target(minimum=30)) == MET
    assert one(fig, onemap(built_up_area=heat((0.0, 0.0)))).defined is False


def statistics(*rows, **more):
    return [
        {"uid": str(i), "indicator": name, "value": value, "year": year, "geometry": maps.CITY, **more}
        for i, (name, value, year) in enumerate(rows)
    ]


def indicator(name):
    return [Asked("indicator", equals=name)]


def test_statistics_count_by_their_newest_year_and_nothing_is_no_zero():
    rows = statistics(("coal", 320.0, 2017), ("coal", 290.0, 2018), ("coal", 250.0, 2020), ("other", 9.0, 2019))
    fig = figure("sum", "statistic", filter=indicator("coal"), column="value", unit="万吨")
    assert one(fig, onemap(statistic=rows)).value == 290
    assert one(fig, onemap(statistic=rows), as_of=date(2021, 1, 1)).value == 250
    none = one(figure("sum", "statistic", filter=indicator("ev"), column="value", unit="辆"), onemap(statistic=rows))
    assert none.meets(Target(maximum=5)) == NOT_COMPUTABLE and none.lacking[0][0].lacks == "statistic"
    assert math.isnan(none.value) and math.isnan(none.bounds[0]) and math.isnan(none.numerator)
    of_year = figure("sum", "statistic", filter=[*indicator("coal"), Asked("year", equals=2017)], column="value", unit="万吨")
    assert one(of_year, onemap(statistic=rows)).value == 320


def test_a_statistic_of_the_whole_is_not_added_to_those_of_its_parts():
    west, east = shapely.box(112.0, 34.9, 112.4, 35.3), shapely.box(112.4, 34.9, 112.8, 35.3)
    parts = [
        {"uid": "w", "name": "西区", "indicator": "coal", "value": 100.0, "year": 2018, "geometry": west},
        {"uid": "e", "name": "东区", "indicator": "coal", "value": 150.0, "year": 2018, "geometry": east},
    ]
    fig = figure("sum", "statistic", filter=indicator("coal"), column="value", unit="万吨")
    assert one(fig, onemap(statistic=parts)).value == 250
    assert one(fig, onemap(statistic=[*parts, *statistics(("coal", 255.0, 2018))])).value == 255
    by_area = figure("max", "statistic", filter=indicator("coal"), column="value", unit="万吨", group="name",
                     targets=(Target(maximum=120),))  # fmt: skip
    readings = {r.group: r for r in read(by_area, context(onemap(statistic=parts)))}
    assert {name: r.value for name, r in readings.items()} == {"东区": 150, "西区": 100}
    assert readings["西区"].meets(by_area.targets[0]) == MET and readings["东区"].meets(by_area.targets[0]) == NOT_MET
    late = [parts[0], {**parts[1], "year": 2017}]
    stale = one(fig, onemap(statistic=late))
    assert stale.meets(Target(maximum=300)) == NOT_COMPUTABLE and "2018" in stale.lacking[0][0].zh


def test_a_statistic_in_another_unit_is_no_value():
    fig = figure("sum", "statistic", filter=indicator("coal"), column="value", unit="万吨")
    good = one(fig, onemap(statistic=statistics(("coal", 3.0, 2018), unit="万 t")))
    assert good.value == 3 and good.exact
    bad = one(fig, onemap(statistic=statistics(("coal", 30000.0, 2018), unit="吨")))
    assert bad.meets(Target(maximum=5)) == NOT_COMPUTABLE and bad.lacking[0][0].lacks == "statistic.unit"


def test_ratio_of_two_statistics():
    fig = figure("ratio", "statistic", filter=indicator("good_water"), column="value",
                 per=Selection("statistic", (Asked("indicator", equals="all_water"),), column="value"))  # fmt: skip
    rows = statistics(("good_water", 96.0, 2018), ("all_water", 100.0, 2018))
    reading = one(fig, onemap(statistic=rows))
    assert reading.value == 96 and reading.meets(Target(minimum=96)) == MET
    assert one(fig, onemap(statistic=rows[1:])).meets(Target(minimum=96)) == NOT_COMPUTABLE
    assert one(fig, onemap(statistic=rows[:1])).meets(Target(minimum=96)) == NOT_COMPUTABLE
    open_ = one(fig, onemap(statistic=statistics(("good_water", None, 2018), ("all_water", 100.0, 2018))))
    assert open_.meets(Target(minimum=96)) == NOT_COMPUTABLE


# --- lengths and areas --------------------------------------------------------------------------------------


def test_length_is_clipped_and_drawn_twice_counted_once():
    lines = [((112.5, 35.1), (112.9, 35.1)), ((112.5, 35.1), (112.6, 35.1))]
    rows = [{"uid": str(i), "mechanised": True, "geometry": shapely.LineString(line)} for i, line in enumerate(lines)]
    rows.append({"uid": "no", "mechanised": False, "geometry": shapely.LineString([(112.1, 35.0), (112.2, 35.0)])})
    fig = figure("length", "road", having=(Asked("mechanised", equals=True),), unit="km")
    truth = GEOD.inv(112.5, 35.1, 112.8, 35.1)[2] / 1000
    assert one(fig, onemap(road=rows)).value == pytest.approx(truth, abs=0.02)  # a geodesic is no parallel
    rows[2]["mechanised"] = None
    low, high = one(fig, onemap(road=rows)).bounds
    assert high - low == pytest.approx(GEOD.inv(112.1, 35.0, 112.2, 35.0)[2] / 1000, rel=1e-6)


@pytest.mark.parametrize(("unit", "size"), [("m²", 1.0), ("公顷", 1e4), ("km²", 1e6), ("亩", 1e4 / 15), ("万亩", 1e8 / 15)])
def test_area_counts_overlaps_once_and_only_inside(unit, size):
    rows = [
        {"uid": "a", "geometry": shapely.box(112.1, 35.0, 112.3, 35.1)},
        {"uid": "b", "geometry": shapely.box(112.2, 35.0, 112.4, 35.1)},
        {"uid": "c", "geometry": shapely.box(112.7, 35.0, 113.0, 35.1)},
    ]
    truth = geodesic_area(shapely.box(112.1, 35.0, 112.4, 35.1), shapely.box(112.7, 35.0, 112.8, 35.1)) / size
    reading = one(figure("area", "green_space", unit=unit), onemap(green_space=rows))
    assert reading.value == pytest.approx(truth, rel=1e-8) and reading.exact
    assert reading.behind[0].size.sum() == pytest.approx(
        geodesic_area(*(r["geometry"] for r in rows[:2]), shapely.box(112.7, 35.0, 112.8, 35.1)), rel=1e-8
    )


def test_area_of_an_incomplete_layer_is_at_most_the_city():
    rows = [{"uid": "a", "geometry": shapely.box(112.1, 35.0, 112.2, 35.1)}]
    reading = one(figure("area", "green_space", unit="km²"), onemap(green_space=rows, incomplete=["green_space"]))
    assert reading.bounds == pytest.approx(
        (geodesic_area(rows[0]["geometry"]) / 1e6, geodesic_area(maps.CITY) / 1e6), rel=1e-8
    )


def test_mended_polygon_may_or_may_not_cover_what_it_does():
    bow = shapely.Polygon([(112.1, 35.0), (112.2, 35.1), (112.2, 35.0), (112.1, 35.1)])
    reading = one(figure("area", "green_space", unit="km²"), onemap(green_space=[{"uid": "a", "geometry": bow}]))
    assert reading.bounds[0] == 0 < reading.bounds[1]


def test_area_share():
    built = [{"uid": "B", "geometry": shapely.box(112.2, 35.0, 112.4, 35.1)}]
    sponge = [
        {"uid": "a", "reached": True, "geometry": shapely.box(112.2, 35.0, 112.25, 35.1)},
        {"uid": "b", "reached": True, "geometry": shapely.box(112.1, 35.0, 112.25, 35.05)},
        {"uid": "c", "reached": None, "geometry": shapely.box(112.3, 35.0, 112.35, 35.1)},
    ]
    fig = figure("area_share", "sponge_area", having=(Asked("reached", equals=True),), per=Selection("built_up_area"))
    reading = one(fig, onemap(sponge_area=sponge, built_up_area=built))
    assert reading.bounds == pytest.approx((25, 50), rel=1e-6) and reading.value == pytest.approx(25, rel=1e-6)
    assert reading.denominator == pytest.approx(geodesic_area(built[0]["geometry"]) / 1e6, rel=1e-8)
    assert one(fig, onemap(sponge_area=sponge, built_up_area=built[:0] or maps.frame([], ["uid"]))).defined is False


def test_area_change_since_a_day():
    def lake(x0, x1, start, end=None):
        return {"uid": f"{x0}", "valid_from": start, "valid_to": end, "geometry": shapely.box(x0, 35.0, x1, 35.1)}

    fig = figure("area_change", "wetland", unit="km²", since=date(2017, 1, 1), targets=(Target(minimum=0),))
    kept = lake(112.1, 112.2, "2010-01-01")
    cases = {
        "same": ([kept], 0.0, MET),
        "grown": ([kept, lake(112.3, 112.4, "2018-05-01")], geodesic_area(shapely.box(112.3, 35, 112.4, 35.1)), MET),
        "lost": ([kept, lake(112.3, 112.4, "2010-01-01", "2018-05-01")],
                 -geodesic_area(shapely.box(112.3, 35, 112.4, 35.1)), NOT_MET),
        "redrawn": ([lake(112.1, 112.3, "2010-01-01", "2018-05-01"), lake(112.1, 112.25, "2018-05-01")],
                    -geodesic_area(shapely.box(112.25, 35, 112.3, 35.1)), NOT_MET),
    }  # fmt: skip
    for name, (rows, truth, met) in cases.items():
        reading = one(fig, onemap(wetland=rows))
        assert reading.bounds == pytest.approx((truth / 1e6,) * 2, rel=1e-7, abs=1e-9), name
        assert reading.meets(fig.targets[0]) == met, name
    undated = one(fig, onemap(wetland=[kept, lake(112.3, 112.4, None)]))
    assert undated.bounds == pytest.approx((0, cases["grown"][1] / 1e6), rel=1e-7)
    towns = [{**kept, "name": "甲"}, {**lake(112.3, 112.4, "2010-01-01", "2018-05-01"), "name": "乙"}]
    by_town = read(figure("area_change", "wetland", unit="km²", since=date(2017, 1, 1), group="name"), context(onemap(wetland=towns)))
    assert {r.group: r.meets(fig.targets[0]) for r in by_town} == {"甲": MET, "乙": NOT_MET}  # of 乙 nothing is left
    nothing = one(figure("area_change", "wetland", unit="km²", since=date(2014, 1, 1)),
                  onemap(wetland=[lake(112.3, 112.4, "2016-01-01")]))  # fmt: skip
    assert nothing.meets(Target(minimum=0)) == NOT_COMPUTABLE  # the map does not go back that far


@pytest.mark.parametrize(("fig", "words"), [
    (figure("area", "green_space", unit="km"), "none of the units"),
    (figure("length", "green_space", unit="km"), "needs lines"),
    (figure("area", "road", unit="亩"), "needs polygons"),
])  # fmt: skip
def test_what_a_rulebook_may_not_ask(fig, words):
    with pytest.raises(InputError, match=words):
        read(fig, context(onemap(green_space=[{"uid": "a"}], road=[{"uid": "a"}])), "clause X")


def test_groups_each_and_what_belongs_to_none():
    rows = [
        {"uid": "a", "river": "沁河", "actual_class": "class_2"},
        {"uid": "b", "river": "沁河", "actual_class": "class_5"},
        {"uid": "c", "river": "蟒河", "actual_class": "class_2"},
        {"uid": "d", "river": None, "actual_class": "class_5"},
    ]
    fig = figure("share", "monitoring_section", having=(GOOD,), group="river")
    found = {r.group: r.bounds for r in read(fig, context(onemap(monitoring_section=rows)))}
    assert found == {"沁河": (pytest.approx(100 / 3), 50), "蟒河": (50, 100)}
    open_ = read(fig, context(onemap(monitoring_section=rows[:3], incomplete=["monitoring_section"])))
    assert [r.group for r in open_] == ["沁河", "蟒河", ""]


# --- properties ---------------------------------------------------------------------------------------------


@st.composite
def worlds(draw):
    """Boilers with gaps, and the same with every gap filled and, where the layer is not complete, more of them."""
    fuel, load = st.sampled_from(["coal", "gas"]), st.integers(0, 40).map(float)
    complete = draw(st.booleans())
    known, filled = [], []
    for i in range(draw(st.integers(0, 5))):
        truth = {"uid": str(i), "fuel": draw(fuel), "utility": draw(st.booleans()), "capacity_tph": draw(load),
                 "boiler_count": draw(st.integers(1, 5))}  # fmt: skip
        filled.append(truth)
        hidden = draw(st.sets(st.sampled_from(["fuel", "utility", "capacity_tph", "boiler_count"]), max_size=2))
        known.append({k: None if k in hidden else v for k, v in truth.items()})
    for i in range(0 if complete else draw(st.integers(0, 3))):
        filled.append({"uid": f"n{i}", "fuel": draw(fuel), "utility": draw(st.booleans()), "capacity_tph": draw(load),
                       "boiler_count": draw(st.integers(1, 5))})  # fmt: skip
    return known, filled, complete


def brute(measure, rows):
    """The figure of boilers whose fuel is coal, by plain Python; None where it does not exist."""
    coal = [r for r in rows if r["fuel"] == "coal"]
    mine = [r for r in coal if r["utility"]]
    loads = [r["capacity_tph"] for r in mine]
    if measure == "count":
        return len(mine)
    if measure == "share":
        return 100 * len(mine) / len(coal) if coal else None
    if measure == "ratio":
        base = sum(r["capacity_tph"] for r in coal)
        return 100 * sum(loads) / base if base else None
    if measure == "sum":
        return sum(loads)
    return {"mean": lambda v: sum(v) / len(v), "max": max, "min": min}[measure](loads) if loads else None


@settings(max_examples=120)
@given(data=worlds())
def test_no_completion_lies_outside_the_interval(data):
    known, filled, complete = data
    columns = ["uid", "fuel", "utility", "capacity_tph", "boiler_count"]
    shown = context(onemap(coal_boiler=maps.frame(known, columns), incomplete=[] if complete else ["coal_boiler"]))
    all_ = context(onemap(coal_boiler=maps.frame(filled, columns)))
    for measure in ("count", "share", "sum", "mean", "max", "min", "ratio"):
        more = {} if measure in ("count", "share") else {"column": "capacity_tph"}
        if measure == "ratio":
            more["per"] = Selection("coal_boiler", (COAL,), column="capacity_tph")
        fig = figure(measure, "coal_boiler", filter=[COAL], having=(Asked("utility", equals=True),), **more)
        (reading,), (whole,), truth = read(fig, shown), read(fig, all_), brute(measure, filled)
        if truth is None:
            assert not whole.defined, measure
            continue
        low, high = reading.bounds
        assert low - 1e-9 <= truth <= high + 1e-9, measure
        for target in (Target(minimum=truth - 0.5), Target(maximum=truth + 0.5)):
            assert reading.meets(target) != NOT_MET, measure
        assert whole.exact and whole.value == pytest.approx(truth), measure


GRID = [shapely.box(112.1 + i / 20, 35.0 + j / 20, 112.15 + i / 20, 35.05 + j / 20) for i in range(3) for j in range(3)]
CELL = [geodesic_area(cell) for cell in GRID]


@st.composite
def patches(draw):
    """Unions of grid cells, some of unknown kind, their truth, and whether the layer is complete."""
    found = []
    for i in range(draw(st.integers(0, 4))):
        cells = draw(st.sets(st.integers(0, 8), min_size=1, max_size=4))
        kind = draw(st.sampled_from(["park", "other"]))
        found.append((f"{i}", frozenset(cells), kind, draw(st.booleans())))
    return found


def covered(found, kind="park"):
    return frozenset().union(*(cells for _, cells, said, _ in found if said == kind))


def as_layer(found, column, kinds, **more):
    rows = [
        {"uid": uid, column: kinds[kind] if told else None, "geometry": shapely.union_all([GRID[c] for c in sorted(cells)]),
         **more}
        for uid, cells, kind, told in found
    ]  # fmt: skip
    return maps.frame(rows, ["uid", column])


@SOME
@given(patches(), patches(), patches(), st.booleans(), st.booleans())
def test_areas_never_exclude_the_truth(green, built, hidden, complete, base_complete):
    layers = {
        "green_space": as_layer(green, "green_kind", {"park": "park", "other": "other"}),
        "planning_line": as_layer(built, "line_kind", {"park": "green", "other": "blue"}),
    }
    incomplete = [n for n, c in (("green_space", complete), ("planning_line", base_complete)) if not c]
    the_map = onemap(incomplete=incomplete, **layers)
    park, lines = Asked("green_kind", equals="park"), Selection("planning_line", (Asked("line_kind", equals="green"),))
    of = covered(green) | (frozenset() if complete else covered(hidden))
    per = covered(built) | (frozenset() if base_complete else covered(hidden, "other"))
    area = one(figure("area", "green_space", filter=[park], unit="m²"), the_map)
    truth = sum(CELL[c] for c in of)
    assert area.bounds[0] - 1 <= truth <= area.bounds[1] + 1
    if complete and all(told for *_, told in green):
        assert area.value == pytest.approx(truth, rel=1e-8) and area.exact
    share_ = one(figure("area_share", "green_space", filter=[park], per=lines), the_map)
    if per:
        truth = 100 * sum(CELL[c] for c in of & per) / sum(CELL[c] for c in per)
        assert share_.bounds[0] - 1e-6 <= truth <= share_.bounds[1] + 1e-6
        if not incomplete and all(told for *_, told in [*green, *built]):
            assert share_.value == pytest.approx(truth, abs=1e-6) and share_.exact


@SOME
@given(patches(), st.lists(st.sampled_from(["kept", "new", "gone", "undated"]), min_size=4, max_size=4), st.randoms())
def test_changes_of_area_never_exclude_the_truth(found, days, random):
    dates = {"kept": ("2010-01-01", None), "new": ("2018-01-01", None), "gone": ("2010-01-01", "2018-01-01"),
             "undated": (None, None)}  # fmt: skip
    rows, now, then = [], set(), set()
    for (uid, cells, kind, told), day in zip(found, days):
        start, end = dates[day]
        shape = shapely.union_all([GRID[c] for c in sorted(cells)])
        rows.append({"uid": uid, "green_kind": kind if told else None, "valid_from": start, "valid_to": end, "geometry": shape})
        if kind == "park":
            now |= cells if day != "gone" else set()
            then |= cells if day in ("kept", "gone") or (day == "undated" and random.random() < 0.5) else set()
    fig = figure("area_change", "green_space", filter=[Asked("green_kind", equals="park")], unit="m²", since=date(2016, 1, 1))
    layer = maps.frame(rows, ["uid", "green_kind", "valid_from", "valid_to"])
    low, high = one(fig, onemap(green_space=layer)).bounds
    truth = sum(CELL[c] for c in now) - sum(CELL[c] for c in then)
    assert low - 1 <= truth <= high + 1
    if all(told for *_, told in found[: len(days)]) and "undated" not in days[: len(found)]:
        assert np.isclose(low, high, atol=1)
