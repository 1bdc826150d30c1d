"""Siting answers on a hand-made map: who is hit, who is clear, who cannot be told, and why."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from envzones.plugin.engine import siting
from envzones.plugin.engine.clauses.book import load_book
from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.facilities import FacilityType, FacilityTypes
from envzones.plugin.engine.onemap import OneMap

GEOD = Geod(a=6378137.0, rf=298.257222101)
DAY = date(2019, 6, 30)
CITY = shapely.box(112.0, 34.9, 112.8, 35.3)
ZONE = shapely.box(112.40, 35.05, 112.42, 35.07)

TYPES = FacilityTypes(
    {t.id: t for t in (
        FacilityType("industry", "工业", "Industry"),
        FacilityType("chemical", "化工", "Chemical works", "industry"),
        FacilityType("school", "学校", "School"),
    )},
    {},
)  # fmt: skip

BOOK = """
id: test
jurisdiction: {code: "419001", zh: 济源市, en: Jiyuan}
document: {number: 测〔2018〕1号, zh: 测试, en: Test}
period: {from: 2018-01-01, to: 2020-12-31}
clauses:
  - id: A
    clause: 一
    zh: 保护区内禁止新建
    en: No new plant in a zone
    quote: 保护区内禁止新建化工项目
    operative: 禁止新建
    kind: siting
    applies_to: [chemical]
    nature: [new]
    where: {inside: {layer: drinking_water_zone, filter: {level: {in: [primary, secondary]}}}}
    effect: prohibit
"""


def book(tmp_path, extra="", base=BOOK):
    path = tmp_path / "test.yaml"
    path.write_text(base + extra, encoding="utf-8")
    return load_book(path)


def frame(rows, crs=4490):
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=crs)


def zones(**more):
    row = {"uid": "Z1", "name": "水源", "level": "primary", "geometry": ZONE, "accuracy_m": 10.0, **more}
    return frame([row])


def coverage(*layers, until="2020-06-30", area=CITY):
    rows = [
        {"layer": name, "complete_as_of": "2019-01-01", "valid_until": until, "geometry": area}
        for name in layers
    ]
    return frame(rows)


def city():
    return frame([{"uid": "C", "name": "济源市", "level": "city", "code": "419001", "geometry": CITY}])


def onemap(cover=True, **layers):
    layers.setdefault("admin_area", city())
    return OneMap.from_frames(layers, coverage(*layers) if cover is True else cover)


def site(x=112.41, y=35.06, **more):
    return frame(
        [
            {
                "site_id": "S",
                "facility_type": "chemical",
                "nature": "new",
                "geometry": shapely.Point(x, y),
                **more,
            }
        ]
    )


def answer(sites, the_map, the_book, **options):
    result = siting.check(sites, the_map, [the_book], as_of=DAY, facilities=TYPES, **options)
    return result.findings.iloc[0], result.verdicts.iloc[0]


def test_inside_is_refused(tmp_path):
    finding, verdict = answer(site(), onemap(drinking_water_zone=zones()), book(tmp_path))
    assert (finding["status"], finding["tentative"], finding["zone_id"]) == ("hit", False, "Z1")
    assert (verdict["known"], verdict["pending"], verdict["text_zh"]) == ("fail", 0, "不通过")


def test_clear_names_the_nearest_miss(tmp_path):
    finding, verdict = answer(site(x=112.43), onemap(drinking_water_zone=zones()), book(tmp_path))
    expected = GEOD.inv(112.43, 35.06, 112.42, 35.06)[2]
    assert finding["status"] == "clear"
    assert finding["distance_m"] == pytest.approx(expected, abs=0.01)
    assert finding["bearing_deg"] == pytest.approx(270, abs=0.1)
    assert verdict["known"] == "pass" and "通过" not in verdict["text_zh"]


@pytest.mark.parametrize(
    ("layers", "cover", "words"),
    [
        ({}, True, "没有“饮用水水源保护区”图层"),
        ({"drinking_water_zone": zones()}, None, "未声明数据完整范围"),
        ({"drinking_water_zone": zones()}, coverage("drinking_water_zone", until="2019-06-29"), "已过期"),
        (
            {"drinking_water_zone": zones()},
            coverage("drinking_water_zone", area=shapely.box(112.0, 34.9, 112.425, 35.3)),
            "超出",
        ),
    ],
)
def test_no_data_is_not_no_constraint(tmp_path, layers, cover, words):
    finding, verdict = answer(site(x=112.43), onemap(cover, **layers), book(tmp_path))
    assert finding["status"] == "not_assessed"
    assert words in finding["why"]
    assert finding["department"] == "市环境保护局"
    assert (verdict["known"], verdict["possible"], verdict["pending"]) == ("pass", "fail", 1)
    assert "待核实1条" in verdict["text_zh"] and "可能不通过" in verdict["text_zh"]


def test_a_hit_stands_even_where_the_layer_is_incomplete(tmp_path):
    finding, _ = answer(site(), onemap(None, drinking_water_zone=zones()), book(tmp_path))
    assert finding["status"] == "hit"


@pytest.mark.parametrize(
    ("metres", "status"), [(-12, "hit"), (-8, "tentative"), (8, "not_assessed"), (12, "clear")]
)
def test_positional_accuracy_on_either_side_of_the_boundary(tmp_path, metres, status):
    x, y, _ = GEOD.fwd(112.42, 35.06, 90, metres)
    finding, verdict = answer(site(x, y), onemap(drinking_water_zone=zones()), book(tmp_path))
    assert finding["near_boundary"] == (abs(metres) < 10)
    assert ("tentative" if finding["tentative"] else finding["status"]) == status
    assert verdict["known"] == ("fail" if status == "hit" else "pass")


def test_type_nature_and_place_decide_whether_the_clause_binds(tmp_path):
    the_map, the_book = onemap(drinking_water_zone=zones()), book(tmp_path)
    for change, status in [
        ({"facility_type": "school"}, "not_applicable"),
        ({"nature": "existing"}, "not_applicable"),
        ({"facility_type": None}, "not_assessed"),
        ({"facility_type": "industry"}, "not_assessed"),
        ({"nature": None}, "not_assessed"),
    ]:
        finding, verdict = answer(site(**change), the_map, the_book)
        assert finding["status"] == status, change
        assert verdict["known"] == "pass"
    finding, _ = answer(site(x=112.9), the_map, the_book)
    assert finding["status"] == "not_applicable" and "界外" in finding["why"]


def test_unknown_zone_attribute_is_open(tmp_path):
    finding, _ = answer(site(), onemap(drinking_water_zone=zones(level=None)), book(tmp_path))
    assert finding["status"] == "not_assessed" and "level" in finding["why"]


@pytest.mark.parametrize(
    ("change", "status"),
    [({"valid_from": "2019-07-01"}, "clear"), ({"valid_to": "2019-06-30"}, "clear"),
     ({"valid_to": "2019-07-01"}, "hit"),
     ({"life_state": "cancelled"}, "clear"), ({"valid_from": "2019-06-30"}, "hit")],
)  # fmt: skip
def test_zones_count_only_while_in_force(tmp_path, change, status):
    finding, _ = answer(site(), onemap(drinking_water_zone=zones(**change)), book(tmp_path))
    assert finding["status"] == status


def test_exceptions_hold_a_refusal_open_until_answered(tmp_path):
    exception = "    unless: [{words: 确需保留的, when: {keep: {is: true}}}]\n"
    the_book, the_map = book(tmp_path, exception), onemap(drinking_water_zone=zones())
    finding, verdict = answer(site(), the_map, the_book)
    assert finding["status"] == "hit" and finding["tentative"] and verdict["known"] == "pass"
    finding, verdict = answer(site(keep=False), the_map, the_book)
    assert not finding["tentative"] and verdict["known"] == "fail"
    finding, verdict = answer(site(keep=True), the_map, the_book)
    assert finding["status"] == "not_applicable" and verdict["known"] == "pass"


def test_expired_book_is_reference_only(tmp_path):
    result = siting.check(
        site(),
        onemap(drinking_water_zone=zones(valid_from=None)),
        [book(tmp_path)],
        as_of=date(2021, 1, 1),
        facilities=TYPES,
    )
    assert result.findings["reference"].all()
    assert result.verdicts["known"].tolist() == ["pass"]
    assert result.verdicts["text_zh"].tolist() == ["没有在效条款可供研判"]


WITHIN = BOOK.replace(
    "{inside: {layer: drinking_water_zone, filter: {level: {in: [primary, secondary]}}}}",
    "{within: {layer: drinking_water_zone, distance: DISTANCE}}",
)


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 360), st.sampled_from([-0.1, -0.002, 0.002, 0.1]), st.sampled_from([500.0, 15000.0]))
def test_within_decides_to_millimetres(tmp_path_factory, azimuth, beyond, limit):
    the_book = book(tmp_path_factory.mktemp("b"), base=WITHIN.replace("DISTANCE", f"{limit:g} m"))
    plant = frame([{"uid": "P", "name": "点", "level": "primary", "geometry": shapely.Point(112.4, 35.1)}])
    x, y, _ = GEOD.fwd(112.4, 35.1, azimuth, limit + beyond)
    wide = shapely.box(111, 34, 114, 36)
    area = frame([{"uid": "C", "level": "city", "code": "419001", "geometry": wide}])
    the_map = onemap(coverage("drinking_water_zone", area=wide), drinking_water_zone=plant, admin_area=area)
    finding, _ = answer(site(x, y), the_map, the_book)
    assert finding["status"] == ("hit" if beyond < 0 else "clear")
    assert finding["distance_m"] == pytest.approx(limit + beyond, abs=1e-3)


def test_working_distance_never_refuses_by_itself(tmp_path):
    base = WITHIN.replace("DISTANCE", "{working: side, default: 800 m, zh: 沿线, en: along}")
    the_map = onemap(drinking_water_zone=zones(accuracy_m=0))
    finding, verdict = answer(site(x=112.425), the_map, book(tmp_path, base=base))
    assert finding["tentative"] and finding["threshold_owner"] == "working" and "工作距离" in finding["why"]
    assert verdict["known"] == "pass" and verdict["possible"] == "fail"
    finding, _ = answer(site(x=112.425), the_map, book(tmp_path, base=base), working={"side": 300})
    assert finding["status"] == "clear" and finding["threshold_m"] == 300


def test_clear_within_a_distance_needs_coverage_all_around(tmp_path):
    """The site is 2 km inside the declared area: 500 m can be answered, 15 km cannot."""
    for limit, status in [("500 m", "clear"), ("15 km", "not_assessed")]:
        the_book = book(tmp_path, base=WITHIN.replace("DISTANCE", limit))
        finding, _ = answer(site(x=112.78, y=35.1), onemap(drinking_water_zone=zones()), the_book)
        assert finding["status"] == status


def test_overlap_reports_both_areas_and_the_share(tmp_path):
    base = BOOK.replace(
        "inside: {layer: drinking_water_zone,", "overlap: {layer: drinking_water_zone, min_area: 100 m2,"
    )
    plot = site(geometry=shapely.box(112.41, 35.06, 112.43, 35.065))
    finding, _ = answer(plot, onemap(drinking_water_zone=zones()), book(tmp_path, base=base))
    piece = shapely.segmentize(shapely.box(112.41, 35.06, 112.42, 35.065), 0.0005)
    oracle = abs(GEOD.geometry_area_perimeter(piece)[0])
    assert finding["overlap_m2"] == pytest.approx(oracle, rel=1e-6)
    assert finding["overlap_share"] == pytest.approx(0.5, abs=1e-6)
    assert finding["overlap_projected_m2"] != finding["overlap_m2"]
    sliver = site(geometry=shapely.box(112.4199999, 35.06, 112.43, 35.0601))
    finding, _ = answer(sliver, onemap(drinking_water_zone=zones(accuracy_m=0)), book(tmp_path, base=base))
    assert finding["status"] == "clear"


def test_outside_asks_for_containment(tmp_path):
    base = BOOK.replace("inside:", "outside:")
    the_map = onemap(drinking_water_zone=zones())
    for place, status in [((112.41, 35.06), "clear"), ((112.45, 35.06), "hit")]:
        assert answer(site(*place), the_map, book(tmp_path, base=base))[0]["status"] == status
    straddling = site(geometry=shapely.box(112.41, 35.06, 112.43, 35.065))
    assert answer(straddling, the_map, book(tmp_path, base=base))[0]["status"] == "hit"
    assert (
        answer(site(112.45), onemap(None, drinking_water_zone=zones()), book(tmp_path, base=base))[0][
            "status"
        ]
        == "not_assessed"
    )


TREE = """
    where:
      {verb}:
        - inside: {{layer: drinking_water_zone}}
        - inside: {{layer: scenic_area}}
"""


@pytest.mark.parametrize(
    ("verb", "second", "status"),
    [("all", "hit", "hit"), ("all", "clear", "clear"), ("all", "missing", "not_assessed"),
     ("any", "clear", "hit"), ("any", "missing", "hit"), ("none", "clear", "clear"), ("none", "missing", "clear")],
)  # fmt: skip
def test_combinations_of_a_hit_with_every_state(tmp_path, verb, second, status):
    head, tail = BOOK.split("    where:")
    base = head + TREE.format(verb=verb).lstrip("\n") + "    effect: prohibit\n"
    layers = {"drinking_water_zone": zones()}
    if second != "missing":
        shape = ZONE if second == "hit" else shapely.box(112.6, 35.1, 112.61, 35.11)
        layers["scenic_area"] = zones(uid="V", geometry=shape)
    finding, _ = answer(site(), onemap(**layers), book(tmp_path, base=base))
    assert finding["status"] == status


def test_none_of_an_incomplete_layer_is_open(tmp_path):
    head, _ = BOOK.split("    where:")
    base = head + TREE.format(verb="none").lstrip("\n") + "    effect: prohibit\n"
    finding, _ = answer(site(112.6, 35.2), onemap(drinking_water_zone=zones()), book(tmp_path, base=base))
    assert finding["status"] == "not_assessed"


def test_unusable_input_is_refused_or_reported(tmp_path):
    the_map, the_book = onemap(drinking_water_zone=zones()), book(tmp_path)
    with pytest.raises(InputError, match="'chemicl' is unknown; did you mean chemical"):
        siting.check(site(facility_type="chemicl"), the_map, [the_book], as_of=DAY, facilities=TYPES)
    with pytest.raises(InputError, match="used twice"):
        siting.check(
            frame([*site().to_dict("records")] * 2), the_map, [the_book], as_of=DAY, facilities=TYPES
        )
    bow = shapely.Polygon([(112, 35), (112.1, 35.1), (112.1, 35), (112, 35.1)])
    result = siting.check(site(geometry=bow), the_map, [the_book], as_of=DAY, facilities=TYPES)
    assert result.issues["code"].tolist() == ["site_geometry"] and not len(result.verdicts)


def test_many_sites_against_brute_force(tmp_path):
    rng = np.random.default_rng(7)
    shapes = shapely.buffer(
        shapely.points(rng.uniform(112.1, 112.7, 40), rng.uniform(34.95, 35.25, 40)), 0.01
    )
    layer = frame(
        [{"uid": f"Z{i}", "name": "", "level": "primary", "geometry": g} for i, g in enumerate(shapes)]
    )
    places = shapely.points(rng.uniform(112.1, 112.7, 300), rng.uniform(34.95, 35.25, 300))
    many = frame(
        [
            {"site_id": str(i), "facility_type": "chemical", "nature": "new", "geometry": p}
            for i, p in enumerate(places)
        ]
    )
    base = WITHIN.replace("DISTANCE", "700 m")
    result = siting.check(
        many, onemap(drinking_water_zone=layer), [book(tmp_path, base=base)], as_of=DAY, facilities=TYPES
    )
    hits = result.findings[result.findings["status"] == "hit"]
    got = set(zip(hits["site_id"], hits["zone_id"]))
    expected = set()
    for j, shape in enumerate(shapes):
        ring = shapely.get_coordinates(shapely.segmentize(shape.exterior, 0.00002))
        for i, place in enumerate(places):
            if shapely.distance(place, shape) > 0.02:
                continue
            d = GEOD.inv(np.full(len(ring), place.x), np.full(len(ring), place.y), ring[:, 0], ring[:, 1])[
                2
            ].min()
            if shape.contains(place) or d <= 700:
                expected.add((str(i), f"Z{j}"))
    assert got == expected and len(got) > 20


def test_outside_of_an_empty_layer_is_a_hit_where_the_layer_is_complete(tmp_path):
    base = BOOK.replace("inside:", "outside:")
    empty = zones().iloc[:0]
    finding, _ = answer(site(), onemap(drinking_water_zone=empty), book(tmp_path, base=base))
    assert finding["status"] == "hit"
    finding, _ = answer(site(), onemap(None, drinking_water_zone=empty), book(tmp_path, base=base))
    assert finding["status"] == "not_assessed"


def test_a_farther_zone_that_is_less_accurate_may_still_reach_the_site(tmp_path):
    near, far = shapely.box(112.4205, 35.05, 112.43, 35.07), shapely.box(112.38, 35.05, 112.4188, 35.07)
    two = frame(
        [
            {"uid": "sharp", "name": "准", "level": "primary", "geometry": near, "accuracy_m": 1.0},
            {"uid": "blurred", "name": "糊", "level": "primary", "geometry": far, "accuracy_m": 150.0},
        ]
    )
    finding, verdict = answer(site(x=112.42), onemap(drinking_water_zone=two), book(tmp_path))
    assert (finding["status"], finding["zone_id"]) == ("not_assessed", "blurred")
    assert finding["distance_m"] == pytest.approx(GEOD.inv(112.42, 35.06, 112.4188, 35.06)[2], abs=0.01)
    assert verdict["pending"] == 1
    two["accuracy_m"] = [1.0, 50.0]
    finding, _ = answer(site(x=112.42), onemap(drinking_water_zone=two), book(tmp_path))
    assert (finding["status"], finding["zone_id"]) == ("clear", "sharp")


@given(st.lists(st.tuples(st.floats(-900, 900), st.floats(0, 400)), min_size=1, max_size=6), st.floats(0, 50))
@settings(max_examples=60, deadline=None)
def test_open_by_accuracy_is_what_brute_force_finds(tmp_path_factory, zones_at, blur):
    # Strips of 20 m east or west of the site, each with its own accuracy.
    lon, lat = 112.41, 35.06
    degree = GEOD.inv(lon, lat, lon + 0.001, lat)[2] / 0.001
    rows, reach = [], False
    for i, (metres, accuracy) in enumerate(zones_at):
        west = lon + (abs(metres) + 1.0) * (1 if metres >= 0 else -1) / degree
        shape = shapely.box(min(west, west + 2e-4 * np.sign(metres or 1)), lat - 0.001, max(west, west + 2e-4 * np.sign(metres or 1)), lat + 0.001)
        rows.append({"uid": f"Z{i}", "name": "带", "level": "primary", "geometry": shape, "accuracy_m": accuracy})
        gap = abs(metres) + 1.0 - accuracy - blur
        if abs(gap) < 0.01:
            return
        reach |= gap < 0
    where = tmp_path_factory.mktemp("brute")
    finding, _ = answer(site(accuracy_m=blur), onemap(drinking_water_zone=frame(rows)), book(where))
    assert finding["status"] == ("not_assessed" if reach else "clear")


APART = """
  - id: M
    clause: 二
    zh: 相邻矿山不足300米
    en: Mines less than 300 m apart
    quote: 相邻矿山不足300米的关闭
    operative: 关闭
    kind: inventory
    of: [mine_site]
    where: {within: {layer: mine_site, distance: 300 m}}
    effect: close
"""


def mines(*offsets, **more):
    lat = 35.06
    rows = []
    for i, metres in enumerate(offsets):
        lon = GEOD.fwd(112.41, lat, 90, metres)[0] if metres else 112.41
        shape = shapely.box(lon, lat, GEOD.fwd(lon, lat, 90, 100)[0], lat + 0.001)
        rows.append({"uid": f"M{i}", "name": f"矿{i}", "geometry": shape, **{k: v[i] for k, v in more.items()}})
    return frame(rows)


@pytest.mark.parametrize(
    ("offsets", "listed"),
    [((0,), set()), ((0, 350), {"M0", "M1"}), ((0, 450), set()), ((0, 450, 840), {"M1", "M2"}), ((0, 0), {"M0", "M1"})],
)
def test_a_mine_is_no_neighbour_of_itself(tmp_path, offsets, listed):
    from envzones.plugin.engine import plan

    the_book = book(tmp_path, APART)
    board = plan.board(onemap(mine_site=mines(*offsets)), [the_book], as_of=DAY)
    hits = board.findings[board.findings["status"] == "hit"]
    assert set(hits["site_id"]) == listed and (hits["site_id"] != hits["zone_id"]).all()
    assert set(board.board["state"]) == {"outstanding" if listed else "done"}


def test_the_extension_of_a_mine_on_the_map_is_not_beside_it(tmp_path):
    rule = APART.replace("kind: inventory", "kind: siting\n    applies_to: [any]\n    nature: [new, expand]").replace("    of: [mine_site]\n", "")
    the_map, the_book = onemap(mine_site=mines(0, 600)), book(tmp_path, rule.replace("- id: M", "- id: S"))
    place = mines(0).geometry.iloc[0]
    for uid, distance in (("M0", 500.0), ("other", 0.0)):
        extension = frame([{"uid": uid, "facility_type": "chemical", "nature": "expand", "geometry": place}])
        rows = siting.check(extension, the_map, [the_book], as_of=DAY, facilities=TYPES).findings
        row = rows[rows["clause_id"] == "S"].iloc[0]
        assert row["distance_m"] == pytest.approx(distance, abs=0.5)
        assert row["status"] == ("hit" if distance == 0 else "clear")


PLANNED = """
  - id: P
    clause: 三
    zh: 名录地块不得规划为住宅
    en: Listed plots are not planned for housing
    quote: 不得作为住宅、公共管理与公共服务用地
    operative: 不得作为
    kind: inventory
    of: [planned_parcel]
    when: {planned_use: {in: [residential, public]}}
    where: {overlap: {layer: contaminated_plot}}
    effect: prohibit
"""


@pytest.mark.parametrize(
    ("code", "standard", "stored", "answer"),
    [
        ("R21", "gb50137", None, ("hit", True)),  # read from the code: listed, but nothing rests on it alone
        ("R21", "gb50137", "residential", ("hit", False)),
        ("R21", "gb50137", "industrial", None),  # what the office has entered holds, and the difference is told
        ("0701", "ydyh", None, ("hit", True)),
        ("M2", "gb50137", None, None),
        ("XX", "gb50137", None, ("not_assessed", False)),
    ],
)
def test_a_parcel_known_by_its_code_alone_is_to_be_verified(tmp_path, code, standard, stored, answer):
    from envzones.plugin.engine import plan

    parcel = {"uid": "P1", "name": "地块", "land_use_code": code, "code_standard": standard, "planned_use": stored}
    plot = frame([{"uid": "C1", "name": "污染地块", "geometry": ZONE}])
    the_map = onemap(planned_parcel=frame([{**parcel, "geometry": ZONE}]), contaminated_plot=plot)
    board = plan.board(the_map, [book(tmp_path, PLANNED)], as_of=DAY)
    mine = board.findings[board.findings["clause_id"] == "P"]
    assert list(zip(mine["status"], mine["tentative"])) == ([answer] if answer else [])
    told = set(board.issues["code"])
    assert ("land_use_differs" in told) == (stored == "industrial") and ("land_use_code" in told) == (code == "XX")
    if answer and answer[0] == "not_assessed":
        assert mine["question"].isna().all() and mine["department"].iloc[0] == "市城乡规划局"
