"""The suitable area says of every place what the siting check says of a point there."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyproj import Geod

from envzones.plugin.engine import geodesy
from envzones.plugin.engine.clauses.model import (
    Basis,
    Clause,
    Combination,
    Document,
    Exemption,
    Jurisdiction,
    Length,
    Period,
    Relation,
    Rulebook,
)
from envzones.plugin.engine.clauses.model import Test as Holds
from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.onemap import OneMap
from envzones.plugin.engine.siting import check
from envzones.plugin.engine.suitability import read_attributes, suitable_area

GEOD = Geod(a=6378137.0, rf=298.257222101)
DAY = date(2019, 6, 30)
AREA = shapely.box(112.50, 35.00, 112.60, 35.08)
CITY = shapely.box(112.45, 34.95, 112.59, 35.10)
#: Points this near to an edge of a piece may be told either way.
EDGE_M = 1.0


def frame(rows, crs=4490):
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=crs)


def area(shape=AREA):
    return frame([{"uid": "A", "geometry": shape}])


def onemap(layers, complete=CITY):
    layers = {k: v for k, v in layers.items() if v is not None}
    layers.setdefault(
        "admin_area",
        frame([{"uid": "C", "name": "济源市", "level": "city", "code": "419001", "geometry": CITY}]),
    )
    declared = frame([
        {"layer": name, "complete_as_of": "2019-01-01", "valid_until": "2030-01-01", "geometry": complete}
        for name in layers
    ])  # fmt: skip
    return OneMap.from_frames(layers, declared)


def clause(id_, where, effect="prohibit", **more):
    given_ = {
        "row": id_, "clause": "一", "zh": f"条款{id_}", "en": f"Clause {id_}", "quote": "禁止", "kind": "siting",
        "operative": "禁止", "applies_to": ("any",), "nature": ("new", "rebuild", "expand", "existing"),
    }  # fmt: skip
    return Clause(id_, where=where, effect=effect, **{**given_, **more})


def book(*clauses, period=None):
    return Rulebook(
        "test", Jurisdiction("419001", "济源市", "Jiyuan"), Document("", "测试", "Test", None),
        period or Period(date(2018, 1, 1), date(2020, 12, 31)), tuple(clauses),
    )  # fmt: skip


def run(map_, *clauses, shape=AREA, period=None, **more):
    asked = {"facility_type": "chemical", "nature": "new", "as_of": DAY, **more}
    return suitable_area(area(shape), map_, [book(*clauses, period=period)], **asked)


def checked(map_, points, *clauses, period=None, attributes=None, **more):
    asked = {"facility_type": "chemical", "nature": "new", "as_of": DAY, **more}
    sites = frame([
        {"site_id": str(k), **(attributes or {}), "geometry": point} for k, point in enumerate(points)
    ])  # fmt: skip
    return check(sites, map_, [book(*clauses, period=period)], **asked).verdicts


def edges_m(points, pieces):
    """Distance of points to the nearest edge of any piece, metres."""
    shape = np.asarray(pieces.geometry.array, dtype=object)
    lat = 35.04
    lines = geodesy.scaled(shapely.boundary(shape), lat)
    tree = shapely.STRtree(shapely.get_parts(lines))
    flat = geodesy.scaled(np.asarray(points, dtype=object), lat)
    return tree.query_nearest(flat, all_matches=False, return_distance=True)[1]


def same(map_, points, result, *clauses, **more):
    """Compare the pieces with the siting check at points; return how many were compared."""
    points = np.asarray(points, dtype=object)
    points = points[edges_m(points, result.pieces) > EDGE_M]
    if not len(points):
        return 0
    tree = shapely.STRtree(np.asarray(result.pieces.geometry.array, dtype=object))
    at, piece = tree.query(points, predicate="intersects")
    assert sorted(at.tolist()) == list(range(len(points))), "every point lies in exactly one piece"
    told = checked(map_, points, *clauses, **more)
    for k, row in zip(at, piece):
        mine, theirs = result.pieces.iloc[row], told.iloc[k]
        for name in ("known", "possible", "pending"):
            assert mine[name] == theirs[name], (
                name, points[k].wkt, mine["text_en"], theirs["text_en"], [c.where for c in clauses],
            )  # fmt: skip
        if not mine["outside_jurisdiction"]:
            assert mine["text_zh"] == theirs["text_zh"]
    return len(points)


def sprinkled(n=60, seed=1, shape=AREA):
    random = np.random.default_rng(seed)
    low_x, low_y, high_x, high_y = shape.bounds
    return shapely.points(random.uniform(low_x, high_x, n), random.uniform(low_y, high_y, n))


# --------------------------------------------------------------------------------------------------------
# Single relations
# --------------------------------------------------------------------------------------------------------

INSIDE = Relation("inside", "zone")


def zones(shape=None, **more):
    shape = shape or shapely.box(112.52, 35.02, 112.54, 35.04)
    return frame([{"uid": "Z", "name": "甲区", "accuracy_m": 0.0, "level": "primary", **more, "geometry": shape}])


def test_a_ban_in_a_zone_cuts_the_area_in_two():
    map_ = onemap({"zone": zones()})
    result = run(map_, clause("A", INSIDE))
    known = dict(zip(result.pieces["known"], result.pieces["area_m2"]))
    inside = geodesy.area_m2(np.array([zones().geometry.iloc[0]], dtype=object))[0]
    assert known["fail"] == pytest.approx(inside, abs=1)
    assert (result.pieces.loc[result.pieces["known"] == "fail", "zones"] == "zone:甲区").all()
    row = result.clauses.iloc[0]
    assert (row["state"], row["clause_id"]) == ("hit", "A")
    assert row["area_mu"] == pytest.approx(inside / (2000 / 3))
    assert row["area_ha"] == pytest.approx(inside / 1e4)
    assert row["area_km2"] == pytest.approx(inside / 1e6)
    same(map_, sprinkled(), result, clause("A", INSIDE))


def test_the_pieces_are_disjoint_and_sum_to_the_area():
    map_ = onemap({"zone": zones(), "dot": zones(shapely.Point(112.55, 35.03))})
    near = Relation("within", "dot", lengths={"distance": Length(2500.0)})
    result = run(map_, clause("A", INSIDE), clause("B", near, "restrict"))
    shape = np.asarray(result.pieces.geometry.array, dtype=object)
    assert shapely.is_valid(shape).all()
    a, b = shapely.STRtree(shape).query(shape, predicate="intersects")
    assert (shapely.area(shapely.intersection(shape[a[a < b]], shape[b[a < b]])) < 1e-13).all()
    dense = shapely.segmentize(AREA, 0.001)
    ellipsoidal = abs(GEOD.geometry_area_perimeter(dense)[0])
    assert result.pieces["area_m2"].sum() == pytest.approx(ellipsoidal, rel=1e-8)
    assert result.summary["area_m2"].sum() == pytest.approx(ellipsoidal, rel=1e-8)
    assert result.summary["share"].sum() == pytest.approx(1.0)


def test_a_distance_is_true_at_15_km():
    shape = shapely.box(112.0, 34.8, 112.7, 35.4)
    wide = frame([{"uid": "C", "name": "市", "level": "city", "code": "419001", "geometry": shape}])
    map_ = onemap({"dot": zones(shapely.Point(112.30, 35.1)), "admin_area": wide}, shape.buffer(1))
    near = Relation("within", "dot", lengths={"distance": Length(15000.0)})
    result = run(map_, clause("A", near), shape=shape)
    ring = shapely.get_coordinates(result.pieces.geometry[result.pieces["known"] == "fail"].iloc[0])
    away = GEOD.inv(np.full(len(ring), 112.30), np.full(len(ring), 35.1), *ring.T)[2]
    assert np.abs(away - 15000).max() < 0.1
    middle = (ring[1:] + ring[:-1]) / 2
    away = GEOD.inv(np.full(len(middle), 112.30), np.full(len(middle), 35.1), *middle.T)[2]
    assert away.min() > 15000 - 0.35


def test_a_line_and_a_polygon_are_buffered_along_edges_straight_in_degrees():
    line = shapely.LineString([(112.0, 34.9), (112.6, 35.3)])
    shape = shapely.box(111.8, 34.7, 112.8, 35.5)
    wide = frame([{"uid": "C", "name": "市", "level": "city", "code": "419001", "geometry": shape}])
    near = Relation("within", "track", lengths={"distance": Length(5000.0)})
    map_ = onemap({"track": zones(line), "admin_area": wide}, shape.buffer(1))
    result = run(map_, clause("A", near), shape=shape)
    hit = result.pieces.geometry[result.pieces["known"] == "fail"].iloc[0]
    ring = shapely.points(shapely.get_coordinates(hit))
    away = geodesy.distance(ring, np.full(len(ring), line, dtype=object)).metres
    assert np.abs(away - 5000).max() < 0.1


def test_positional_accuracy_leaves_a_band_on_either_side():
    map_ = onemap({"zone": zones(accuracy_m=50.0)})
    result = run(map_, clause("A", INSIDE))
    assert set(zip(result.pieces["known"], result.pieces["possible"])) == {
        ("fail", "pass"), ("pass", "fail"), ("pass", "pass"),
    }  # fmt: skip
    doubt = result.clauses[result.clauses["state"] == "not_assessed"].iloc[0]
    assert "定位精度" in doubt["why"]
    assert same(map_, sprinkled(300), result, clause("A", INSIDE)) > 200


def test_what_is_not_declared_complete_cannot_be_told():
    near = Relation("within", "zone", lengths={"distance": Length(1000.0)})
    complete = shapely.box(112.45, 34.95, 112.56, 35.10)
    map_ = onemap({"zone": zones()}, complete)
    result = run(map_, clause("A", near))
    assert same(map_, sprinkled(300), result, clause("A", near)) > 200
    doubt = result.clauses[result.clauses["state"] == "not_assessed"].iloc[0]
    assert "数据完整范围" in doubt["why"]


def test_a_layer_that_is_missing_leaves_all_open():
    result = run(onemap({}), clause("A", INSIDE))
    inside = result.pieces[~result.pieces["outside_jurisdiction"]]
    assert list(inside["known"]) == ["pass"]
    assert list(inside["possible"]) == ["fail"]
    assert list(inside["severity"]) == [10]
    same(onemap({}), sprinkled(), result, clause("A", INSIDE))


def test_an_unknown_attribute_leaves_the_clause_open_and_a_known_one_settles_it():
    map_ = onemap({"zone": zones()})
    asks = clause("A", INSIDE, when=(Holds("capacity_tph", maximum=35.0),))
    open_ = run(map_, asks)
    assert set(open_.pieces["known"]) == {"pass"}
    assert "capacity_tph" in open_.clauses.iloc[0]["why"]
    for value, verdicts in ((20.0, {"fail", "pass"}), (40.0, {"pass"})):
        found = run(map_, asks, attributes={"capacity_tph": value})
        assert set(found.pieces["known"]) == verdicts
        assert not found.pieces["pending"].any()
        same(map_, sprinkled(), found, asks, attributes={"capacity_tph": value})


def test_an_exception_not_answered_leaves_a_ban_open():
    map_ = onemap({"zone": zones()})
    asks = clause("A", INSIDE, unless=(Exemption("原则上", (Holds("principle_exception", equals=True),)),))
    assert set(run(map_, asks).pieces["known"]) == {"pass"}
    held = run(map_, asks, attributes={"principle_exception": True})
    assert set(held.pieces["known"]) == {"pass"}
    assert not held.pieces["pending"].any()
    broken = run(map_, asks, attributes={"principle_exception": False})
    assert set(broken.pieces["known"]) == {"pass", "fail"}


def test_a_working_distance_never_refuses_by_itself():
    near = Relation("within", "zone", lengths={"distance": Length(800.0, "road_side", "道路两侧", "Roadside")})
    map_ = onemap({"zone": zones()})
    result = run(map_, clause("A", near), working={"road_side": 500.0})
    assert set(result.pieces["known"]) == {"pass"}
    assert result.working == {"road_side": 500.0}
    assert "工作距离" in result.clauses.iloc[0]["why"]
    same(map_, sprinkled(200), result, clause("A", near), working={"road_side": 500.0})


def test_a_book_not_in_force_takes_no_part_and_says_so():
    result = run(onemap({"zone": zones()}), clause("A", INSIDE), as_of=date(2022, 1, 1))
    assert len(result.pieces) == 1
    assert result.pieces.iloc[0]["text_zh"] == "没有在效条款可供研判"
    assert result.clauses.iloc[0]["state"] == "reference"
    assert result.issues["code"].tolist() == ["reference_book"]


def test_what_a_source_from_memory_says_is_judged_as_the_siting_check_judges_it():
    map_ = onemap({"zone": zones()})
    mem = clause("A", INSIDE, basis=Basis("某条例", "Some statute", "第一条", "MEM"), verbatim=False)
    same(map_, sprinkled(), run(map_, mem), mem)


def test_outside_the_jurisdiction_nothing_is_said():
    result = run(onemap({"zone": zones()}), clause("A", Relation("anywhere")))
    abroad = result.pieces[result.pieces["outside_jurisdiction"]]
    assert abroad["area_m2"].sum() == pytest.approx(
        geodesy.area_m2(np.array([AREA.difference(CITY)], dtype=object))[0], abs=1
    )
    assert set(abroad["text_zh"]) == {"位于辖区界外,未作研判"}
    assert set(abroad["severity"]) == {20}


def test_an_overlap_of_some_size_needs_an_outline():
    sized = Relation("overlap", "zone", min_area_m2=100.0)
    map_ = onemap({"zone": zones()})
    result = run(map_, clause("A", sized))
    assert set(result.pieces["known"]) == {"pass"}
    same(map_, sprinkled(), result, clause("A", sized))


def test_relations_without_a_region_stay_open():
    seen = Relation("visible_from", "zone", lengths={"distance": Length(1000.0)})
    result = run(onemap({"zone": zones()}), clause("A", seen))
    inside = result.pieces[~result.pieces["outside_jurisdiction"]]
    assert list(inside["possible"]) == ["fail"]
    assert "不能成片给出" in inside.iloc[0]["why"]


def test_an_area_without_polygons_and_a_wrong_type_are_refused():
    map_ = onemap({"zone": zones()})
    with pytest.raises(InputError, match="holds no polygon"):
        run(map_, clause("A", INSIDE), shape=shapely.Point(112.5, 35))
    with pytest.raises(InputError, match="did you mean"):
        run(map_, clause("A", INSIDE), facility_type="chemcal")


def test_a_mended_area_says_so():
    bow = shapely.Polygon([(112.5, 35.0), (112.55, 35.05), (112.55, 35.0), (112.5, 35.05)])
    result = run(onemap({"zone": zones()}), clause("A", INSIDE), shape=bow)
    assert "area_geometry" in result.issues["code"].tolist()


class Stop:
    """A progress that is cancelled after some calls."""

    def __init__(self, after):
        self.left = after

    @property
    def cancelled(self):
        return self.left <= 0

    def __call__(self, fraction, message=""):
        self.left -= 1
        assert 0 <= fraction <= 1


@pytest.mark.parametrize("after", [0, 1, 2, 5, 9])
def test_a_cancelled_run_ends(after):
    near = Relation("within", "zone", lengths={"distance": Length(500.0)})
    with pytest.raises(Cancelled):
        run(onemap({"zone": zones()}), clause("A", INSIDE), clause("B", near), progress=Stop(after))


def test_progress_never_falls_back():
    told = []

    class Listen:
        cancelled = False

        def __call__(self, fraction, message=""):
            told.append(fraction)

    near = Relation("within", "zone", lengths={"distance": Length(500.0)})
    run(onemap({"zone": zones()}), clause("A", INSIDE), clause("B", near), progress=Listen())
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_attributes_are_read_as_the_types_file_says():
    assert read_attributes(["capacity_tph=20", "keep=false"]) == {"capacity_tph": 20.0, "keep": False}
    asks = book(clause("A", INSIDE, when=(Holds("own_question", equals=True),)))
    assert read_attributes(["own_question=true"], [asks]) == {"own_question": True}
    with pytest.raises(InputError, match="did you mean"):
        read_attributes(["capacity_tp=20"])
    with pytest.raises(InputError, match="NAME=VALUE"):
        read_attributes(["capacity_tph"])
    with pytest.raises(InputError, match="must be a number"):
        read_attributes(["capacity_tph=much"])
    with pytest.raises(InputError, match="true or false"):
        read_attributes(["keep=maybe"])


@pytest.mark.parametrize("accuracy", [0.0, 30.0])
@pytest.mark.parametrize("band", [0.0, 50.0])
def test_the_control_zone_of_a_section_is_a_region(accuracy, band):
    river = shapely.LineString([(112.55, 35.075 - k / 100) for k in range(8)])
    reach = frame([{"uid": "R", "name": "沁河", "river": "沁河", "accuracy_m": accuracy, "geometry": river}])
    section = frame([{"uid": "S", "name": "断面", "accuracy_m": 0.0, "geometry": shapely.Point(112.55, 35.03)}])
    map_ = onemap({"river_reach": reach, "monitoring_section": section}, CITY.buffer(0.2))
    lengths = {"upstream": Length(2000.0), "downstream": Length(500.0), "bank": Length(500.0)}
    where = Relation("river_section", "monitoring_section", (), lengths, approximate={"bank": band} if band else {})
    result = run(map_, clause("A", where))
    assert "fail" in set(result.pieces["known"])
    assert bool(result.pieces["worse"].any()) == bool(accuracy or band)
    about = shapely.box(112.535, 35.015, 112.565, 35.06)
    assert same(map_, sprinkled(300, 5, about), result, clause("A", where)) > 250


# --------------------------------------------------------------------------------------------------------
# Random maps
# --------------------------------------------------------------------------------------------------------

xs = st.floats(112.49, 112.61)
ys = st.floats(34.99, 35.09)


@st.composite
def shapes(draw, kind):
    x, y = draw(xs), draw(ys)
    if kind == "point":
        return shapely.Point(x, y)
    ends = [(x, y), (x + draw(st.floats(0.003, 0.03)), y + draw(st.floats(-0.02, 0.02)))]
    if kind == "line":
        return shapely.LineString(ends)
    if kind == "box":
        return shapely.box(x, y, x + draw(st.floats(0.003, 0.03)), y + draw(st.floats(0.003, 0.02)))
    return shapely.Polygon([*ends, (x + 0.001, y + 0.025)])


@st.composite
def layers(draw):
    out = {}
    for name in ("one", "two", "three"):
        if draw(st.integers(0, 7)) == 0:
            continue
        # One accuracy per layer: the nearest zone is then the one whose accuracy counts.
        kind = draw(st.sampled_from(["line", "point"] if name == "three" else ["box", "triangle"]))
        accuracy = draw(st.sampled_from([0.0, 0.0, 40.0]))
        rows = [
            {
                "uid": f"{name}{k}", "name": f"{name}{k}", "accuracy_m": accuracy,
                "level": draw(st.sampled_from(["primary", "primary", "secondary", None])), "geometry": shape,
            }
            for k, shape in enumerate(draw(st.lists(shapes(kind), min_size=1, max_size=5)))
        ]  # fmt: skip
        out[name] = frame(rows)
    return out


@st.composite
def relations(draw):
    verb = draw(st.sampled_from(["inside", "overlap", "within", "within", "outside", "anywhere"]))
    if verb == "anywhere":
        return Relation("anywhere")
    layer = draw(st.sampled_from(["one", "two", "three"]))
    filter_ = draw(st.sampled_from([(), (Holds("level", among=("primary",)),)]))
    if verb == "within":
        metres = draw(st.sampled_from([0.5, 30.0, 700.0, 2500.0]))
        length = draw(st.sampled_from([Length(metres), Length(metres, "side", "两侧", "Beside")]))
        return Relation("within", layer, filter_, {"distance": length})
    if verb == "overlap" and draw(st.booleans()):
        return Relation("overlap", layer, filter_, min_area_m2=500.0)
    if verb == "outside":
        layer = draw(st.sampled_from(["one", "two"]))  # outside of lines is everywhere
    return Relation(verb, layer, filter_)


trees = st.recursive(
    relations(),
    lambda inner: st.builds(
        Combination, st.sampled_from(["all", "any", "none"]), st.lists(inner, min_size=1, max_size=3).map(tuple)
    ),
    max_leaves=4,
)


@st.composite
def clauses(draw, number):
    more = {}
    if draw(st.integers(0, 3)) == 0:
        more["when"] = (Holds("capacity_tph", minimum=10.0),)
    if draw(st.integers(0, 3)) == 0:
        more["unless"] = (Exemption("除外", (Holds("exempt", equals=True),)),)
    if draw(st.integers(0, 3)) == 0:
        more["nature"] = ("new", "expand")
    if draw(st.integers(0, 4)) == 0:
        more["applies_to"] = (draw(st.sampled_from(["chemical", "industry", "livestock_farm"])),)
    effect = draw(st.sampled_from(["prohibit", "close", "restrict", "require", "attend"]))
    return clause(f"C{number}", draw(trees), effect, **more)


@settings(
    max_examples=25, deadline=None, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),  # a map does not shrink to anything simpler in good time
)  # fmt: skip
@given(data=st.data())
def test_every_place_agrees_with_the_siting_check(data):
    map_ = onemap(
        data.draw(layers()), data.draw(st.sampled_from([CITY, shapely.box(112.45, 34.95, 112.57, 35.06), AREA]))
    )
    rules = [data.draw(clauses(k)) for k in range(data.draw(st.integers(1, 4)))]
    asked = {"nature": data.draw(st.sampled_from([None, "new", "existing"]))}
    attributes = data.draw(st.sampled_from([{}, {"capacity_tph": 20.0}, {"capacity_tph": 5.0, "exempt": False}]))
    result = run(map_, *rules, attributes=attributes, **asked)
    random = np.random.default_rng(data.draw(st.integers(0, 999)))
    inner = shapely.get_coordinates(shapely.point_on_surface(result.pieces.geometry.array))
    vertices = shapely.get_coordinates(np.asarray(result.pieces.geometry.array, dtype=object))
    # Places about the edges (some metres off) as well as anywhere.
    beside = vertices[random.integers(0, len(vertices), 30)] + random.normal(0, 1e-4, (30, 2))
    points = np.concatenate([shapely.points(inner), shapely.points(beside), sprinkled(20, 3)])
    points = points[shapely.contains(AREA, points)]
    same(map_, points, result, *rules, attributes=attributes, **asked)
    whole = geodesy.area_m2(np.array([AREA], dtype=object))[0]
    assert result.pieces["area_m2"].sum() == pytest.approx(whole, rel=1e-8)
