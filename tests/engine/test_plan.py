"""The plan board on a hand-made river and plant: what is listed, what is settled, what cannot be told."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import pytest
import shapely
from pyproj import Geod

from envzones.plugin.engine import plan
from envzones.plugin.engine.clauses.book import load_book
from envzones.plugin.engine.onemap import OneMap

GEOD = Geod(a=6378137.0, rf=298.257222101)
CITY = shapely.box(112.0, 34.9, 112.8, 35.3)

HEAD = """
id: test
jurisdiction: {code: "419001", zh: 济源市, en: Jiyuan}
document: {number: 测〔2018〕1号, zh: 测试, en: Test}
period: {from: 2018-01-01, to: 2020-12-31}
clauses:
"""
SECTION = """
  - id: R
    clause: 三(三)1
    zh: 断面排查
    en: Sections
    quote: 断面上游5000米、下游500米及河道两侧500米左右范围问题的排查整治
    kind: inventory
    of: [outfall, wharf]
    where: {river_section: {layer: monitoring_section, filter: {responsibility_target: {is: true}},
            upstream: 5000 m, downstream: 500 m, bank: 500 m}}
    approximate: {bank: 50 m}
    effect: rectify
    due: {words: 2018年优先完成, date: 2018-12-31}
    responsible: {lead: 市水利局, support: [市环境保护局]}
"""
BOILERS = """
  - id: B
    clause: 二(一)6
    zh: 锅炉关停
    en: Boilers
    quote: 供热半径15公里范围内的燃煤锅炉全部关停整合
    operative: 全部关停整合
    kind: inventory
    of: [coal_boiler]
    when: {fuel: {is: coal}, utility: {is: false}}
    where: {within: {layer: heat_source, distance: 15 km, filter: {chp: {is: true}}}}
    effect: close
    due: {words: 2020年底前, date: 2020-12-31}
"""


def frame(rows):
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=4490)


def onemap(**layers):
    layers["admin_area"] = frame([{"uid": "C", "level": "city", "code": "419001", "geometry": CITY}])
    rows = [
        {
            "layer": name,
            "complete_as_of": "2019-01-01",
            "valid_until": "2030-01-01",
            "geometry": shapely.box(110, 33, 115, 37),
        }
        for name in layers
    ]
    return OneMap.from_frames(layers, frame(rows))


def board(tmp_path, text, the_map, day):
    path = tmp_path / "test.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return plan.board(the_map, [load_book(path)], as_of=day)


def beside(chainage, offset):
    """A place `chainage` m above the section at 112.4 on a river that flows east, `offset` m north of it."""
    x, y, _ = GEOD.fwd(112.4, 35.0, 270, chainage)
    return shapely.Point(*GEOD.fwd(x, y, 0, offset)[:2])


def river_map(outfalls, target=True):
    river = frame(
        [{"uid": "R1", "river": "直河", "geometry": shapely.LineString([(112.2, 35.0), (112.6, 35.0)])}]
    )
    station = frame(
        [
            {
                "uid": "S1",
                "name": "断面",
                "river": "直河",
                "responsibility_target": target,
                "geometry": shapely.Point(112.4, 35.0),
            }
        ]
    )
    return onemap(river_reach=river, monitoring_section=station, outfall=frame(outfalls))


def test_section_lists_what_lies_inside_and_only_that(tmp_path):
    places = {"up": (4990, 100), "beyond": (5010, 100), "down": (-490, 300), "past": (-510, 100), "edge": (1000, 440),
              "about": (2000, 470), "band": (1000, 520), "far": (1000, 560)}  # fmt: skip
    rows = [
        {"uid": name, "name": name, "stage": "found", "geometry": beside(*place)}
        for name, place in places.items()
    ]
    result = board(tmp_path, SECTION, river_map(rows), date(2019, 6, 30))
    found = result.findings.set_index("site_id")
    hit = found["status"] == "hit"
    assert set(found.index[hit & ~found["tentative"]]) == {"up", "down", "edge"}
    assert set(found.index[hit & found["tentative"]]) == {"about", "band"} and hit.all()
    assert set(found.index[found["band"] == "approximate"]) == {"about", "band"}
    assert (
        found.loc["up", "chainage_m"] == pytest.approx(4990, abs=0.5) and found.loc["up", "direction"] == "U"
    )
    assert found.loc["down", "bank"] == "left" and found.loc["down", "offset_m"] == pytest.approx(
        300, abs=0.05
    )
    row = result.board.set_index("layer").loc["outfall"]
    assert (row["listed"], row["tentative"], row["open"], row["outstanding"], row["state"]) == (
        3,
        2,
        0,
        3,
        "overdue",
    )
    assert row["overdue_days"] == (date(2019, 6, 30) - date(2018, 12, 31)).days
    wharf = result.board.set_index("layer").loc["wharf"]
    assert wharf["state"] == "not_computable" and "码头" in wharf["why"]


def test_the_same_fault_is_told_once_however_many_layers_are_listed(tmp_path):
    the_map = river_map([{"uid": "a", "name": "a", "stage": "found", "geometry": beside(100, 100)}])
    far = frame(
        [{"uid": "S9", "name": "远", "responsibility_target": True, "geometry": shapely.Point(112.4, 35.2)}]
    )
    layers = {name: the_map.layer(name) for name in ("river_reach", "outfall")}
    result = board(
        tmp_path,
        SECTION,
        onemap(monitoring_section=far, wharf=layers["outfall"], **layers),
        date(2019, 6, 30),
    )
    assert result.issues["code"].tolist() == ["too_far"]


def test_settled_problems_are_not_outstanding(tmp_path):
    rows = [
        {"uid": s, "name": s, "stage": s, "geometry": beside(100, 100 + i)}
        for i, s in enumerate(["found", "closed"])
    ]
    result = board(tmp_path, SECTION, river_map(rows), date(2019, 6, 30))
    row = result.board.set_index("layer").loc["outfall"]
    assert (row["listed"], row["settled"], row["outstanding"]) == (2, 1, 1)
    assert result.findings.set_index("site_id")["overdue"].to_dict() == {"found": True, "closed": False}
    done = (
        board(tmp_path, SECTION, river_map(rows[1:]), date(2019, 6, 30))
        .board.set_index("layer")
        .loc["outfall"]
    )
    assert done["state"] == "done"


def test_section_of_unknown_responsibility_leaves_the_answer_open(tmp_path):
    rows = [{"uid": "a", "name": "a", "stage": "found", "geometry": beside(100, 100)}]
    result = board(tmp_path, SECTION, river_map(rows, target=None), date(2019, 6, 30))
    assert result.findings["status"].tolist() == ["not_assessed"]
    assert result.board.set_index("layer").loc["outfall", "state"] == "not_computable"


def test_boilers_by_distance_fuel_and_what_is_unknown(tmp_path):
    plant = shapely.Point(112.4, 35.1)
    place = {m: shapely.Point(*GEOD.fwd(112.4, 35.1, 77, m)[:2]) for m in (14999.9, 15000.1, 9000.0)}
    rows = [
        {"uid": "in", "fuel": "coal", "utility": False, "status": "running", "geometry": place[14999.9]},
        {"uid": "out", "fuel": "coal", "utility": False, "status": "running", "geometry": place[15000.1]},
        {"uid": "gas", "fuel": "gas", "utility": False, "status": "running", "geometry": place[9000.0]},
        {"uid": "plant", "fuel": "coal", "utility": True, "status": "running", "geometry": plant},
        {"uid": "unknown", "fuel": "coal", "utility": None, "status": "running", "geometry": place[9000.0]},
        {"uid": "shut", "fuel": "coal", "utility": False, "status": "closed", "geometry": place[9000.0]},
    ]
    source = frame([{"uid": "P", "name": "热电", "chp": True, "geometry": plant}])
    result = board(tmp_path, BOILERS, onemap(heat_source=source, coal_boiler=frame(rows)), date(2019, 6, 30))
    hits = result.findings[result.findings["status"] == "hit"]
    assert set(hits["site_id"]) == {"in", "shut"}
    assert set(result.findings["site_id"]) - set(hits["site_id"]) == {"unknown"}
    row = result.board.iloc[0]
    assert (row["listed"], row["settled"], row["outstanding"], row["open"]) == (2, 1, 1, 1)
    assert row["state"] == "outstanding" and row["overdue_days"] == 0
    late = board(
        tmp_path, BOILERS, onemap(heat_source=source, coal_boiler=frame(rows)), date(2021, 1, 10)
    ).board.iloc[0]
    assert (late["state"], late["overdue_days"], late["reference"]) == ("overdue", 10, True)


MINES = """
  - id: M
    clause: 二(四)5
    zh: 露天矿山
    en: Open pits
    quote: 以自然保护区、主要交通干线两侧为重点,对全市露天矿山进行综合整治
    kind: inventory
    of: [mine_site]
    when: {mining_method: {in: [open_pit]}}
    where: {anywhere: {}}
    focus:
      words: 以自然保护区、主要交通干线两侧为重点
      where:
        any:
          - inside: {layer: nature_reserve}
          - within: {layer: road, distance: {working: road_side, default: 1000 m}}
    effect: rectify
"""


def test_focus_ranks_but_exempts_none(tmp_path):
    reserve = frame([{"uid": "N", "name": "保护区", "geometry": shapely.box(112.1, 35.0, 112.2, 35.1)}])
    road = frame(
        [{"uid": "K", "name": "路", "geometry": shapely.LineString([(112.3, 34.95), (112.3, 35.25)])}]
    )
    pits = {"reserve": 112.15, "roadside": 112.305, "neither": 112.5}
    rows = [
        {"uid": name, "mining_method": "open_pit", "geometry": shapely.box(x, 35.05, x + 0.001, 35.051)}
        for name, x in pits.items()
    ]
    rows.append(
        {"uid": "deep", "mining_method": "underground", "geometry": shapely.box(112.4, 35.0, 112.41, 35.01)}
    )
    the_map = onemap(nature_reserve=reserve, road=road, mine_site=frame(rows))
    result = board(tmp_path, MINES, the_map, date(2019, 6, 30))
    found = result.findings.set_index("site_id")
    # The road side rests on the office's working distance, so it cannot settle the ranking.
    assert found["focus"].to_dict() == {"reserve": "yes", "roadside": "open", "neither": "no"}
    assert found["status"].eq("hit").all() and result.board["listed"].tolist() == [3]
    assert result.working == {"road_side": 1000.0}


def test_plant_of_unknown_kind_leaves_boilers_open(tmp_path):
    source = frame([{"uid": "P", "name": "热电", "chp": None, "geometry": shapely.Point(112.4, 35.1)}])
    boiler = frame(
        [
            {
                "uid": "b",
                "fuel": "coal",
                "utility": False,
                "status": "running",
                "geometry": shapely.Point(112.42, 35.1),
            }
        ]
    )
    result = board(tmp_path, BOILERS, onemap(heat_source=source, coal_boiler=boiler), date(2019, 6, 30))
    assert result.findings["status"].tolist() == ["not_assessed"] and "chp" in result.findings["why"].iloc[0]


# --- figures against their targets --------------------------------------------------------------------------

WATER = """
  - id: W
    clause: 一(二)
    zh: 地表水水质目标
    en: Surface-water targets
    quote: 达到或优于Ⅲ类水质断面比例2018年达到55%以上,2019年达到60%以上
    kind: indicator
    effect: attend
    figures:
      - id: good
        zh: Ⅲ类及以上断面比例
        en: Share of sections of class III or better
        measure: share
        of: {layer: monitoring_section, filter: {assessed: {is: true}}}
        having: {actual_class: {in: [class_1, class_2, class_3]}}
        unit: '%'
        targets:
          - {by: 2018-12-31, words: 2018年度, min: 55}
          - {by: 2019-12-31, words: 2019年度, min: 60}
      - id: worst
        zh: 劣Ⅴ类断面数
        en: Sections worse than class V
        measure: count
        of: {layer: monitoring_section, filter: {actual_class: {is: inferior_5}}}
        unit: 个
        targets:
          - {by: 2020-12-31, words: 2020年底前, max: 0}
"""


def sections(good, bad, worst=0, unknown=0):
    classes = ["class_2"] * good + ["class_5"] * bad + ["inferior_5"] * worst + [None] * unknown
    rows = [
        {"uid": f"S{i}", "name": f"断面{i}", "assessed": True, "actual_class": c, "geometry": shapely.Point(112.4, 35.0)}
        for i, c in enumerate(classes)
    ]
    return frame(rows)


def water(tmp_path, layer, day=date(2019, 6, 30)):
    result = board(tmp_path, WATER, onemap(monitoring_section=layer), day)
    return result, result.board.set_index("figure_id")


@pytest.mark.parametrize(
    ("counts", "day", "target", "met", "state", "days"),
    [
        ((6, 4), date(2019, 6, 30), "≥60", "met", "done", 0),
        ((11, 9), date(2018, 6, 30), "≥55", "met", "done", 0),
        # 2018's target is reached, 2019's is not, but its day is to come.
        ((11, 9), date(2019, 6, 30), "≥60", "not_met", "outstanding", 0),
        # 2018's is missed still: that is overdue, whatever this year's day.
        ((5, 5), date(2019, 6, 30), "≥60", "not_met", "overdue", 181),
        # After the last day the last target stays.
        ((11, 9), date(2021, 1, 30), "≥60", "not_met", "overdue", 396),
        ((5, 4, 0, 1), date(2019, 6, 30), "≥60", "not_computable", "not_computable", 0),
        ((2, 7, 0, 1), date(2019, 6, 30), "≥60", "not_met", "overdue", 181),
    ],
)
def test_the_target_of_the_year(tmp_path, counts, day, target, met, state, days):
    _, rows = water(tmp_path, sections(*counts), day)
    row = rows.loc["good"]
    assert (row["target"], row["met"], row["state"], row["overdue_days"]) == (target, met, state, days)
    assert row["source"] == "monitoring_section.actual_class"


def test_a_missed_year_stays_visible_and_the_book_out_of_force_is_reference(tmp_path):
    _, rows = water(tmp_path, sections(5, 5), date(2021, 1, 30))
    row = rows.loc["good"]
    assert row["reference"] and row["book_state"] == "expired" and row["state"] == "overdue"
    assert row["overdue_days"] == (date(2021, 1, 30) - date(2018, 12, 31)).days
    assert "2018年度目标≥55%" in row["why"] and row["target_words"] == "2019年度"
    assert (row["numerator"], row["denominator"], row["value"], row["low"], row["high"]) == (5, 10, 50, 50, 50)


def test_what_is_behind_a_figure_comes_back_for_the_map(tmp_path):
    result, rows = water(tmp_path, sections(2, 6, 1, 1))
    assert rows.loc["good", "missing"] == "monitoring_section.actual_class"
    assert rows.loc["worst", "met"] == "not_met" and rows.loc["worst", "state"] == "outstanding"
    found = result.findings
    good = found[found["zone_id"] == "good"]
    assert good["relation"].value_counts().to_dict() == {"short": 7, "counted": 2, "missing_attribute": 1}
    assert set(good.loc[good["relation"] == "short", "status"]) == {"hit"} and good["overdue"].sum() == 7
    unknown = good[good["relation"] == "missing_attribute"].iloc[0]
    assert unknown["status"] == "not_assessed" and unknown["site_id"] == "S9"
    assert unknown["zone_layer"] == "monitoring_section" and "现状类别" in unknown["why"] and unknown["department"]
    worst = found[(found["zone_id"] == "worst") & (found["relation"] == "counted")]
    assert worst["site_id"].tolist() == ["S8"] and worst["status"].tolist() == ["hit"]
    assert found.geometry.notna().all()


def test_figures_of_a_layer_that_is_missing_say_so(tmp_path):
    result = board(tmp_path, WATER, onemap(), date(2019, 6, 30))
    assert result.board["met"].tolist() == ["not_computable"] * 2
    assert result.board["missing"].tolist() == ["monitoring_section"] * 2
    assert result.board["low"].isna().all() and not len(result.findings)


def test_without_a_target_there_is_only_the_number(tmp_path):
    text = WATER.replace("        targets:\n          - {by: 2020-12-31, words: 2020年底前, max: 0}\n", "")
    result = board(tmp_path, text, onemap(monitoring_section=sections(1, 0, 2)), date(2019, 6, 30))
    row = result.board.set_index("figure_id").loc["worst"]
    assert (row["value"], row["state"]) == (2, "no_target") and not isinstance(row["met"], str)


def test_inventory_counts_what_is_settled_of_what_is_listed(tmp_path):
    rows = [{"uid": s, "stage": s, "geometry": beside(100, 100 + i)} for i, s in enumerate(["found", "closed"])]
    row = board(tmp_path, SECTION, river_map(rows), date(2019, 6, 30)).board.set_index("layer").loc["outfall"]
    assert (row["numerator"], row["denominator"], row["value"], row["met"]) == (1, 2, 50, "not_met")
    missing = board(tmp_path, SECTION, river_map(rows), date(2019, 6, 30)).board.set_index("layer").loc["wharf"]
    assert (missing["met"], missing["missing"]) == ("not_computable", "wharf")


CHARGERS = """
  - id: C
    clause: 二(三)
    zh: 充电网络
    en: Charging network
    quote: 建成区公共停车场每处至少1座充电站
    kind: coverage
    of: [parking_lot]
    when: {parking_kind: {in: [bus]}}
    where: {coverage: {layer: charging_station, count: 1}}
    effect: require
    due: {words: 2018年底前, date: 2018-12-31}
"""


def test_coverage_is_served_of_all(tmp_path):
    lots = [
        {"uid": str(i), "parking_kind": kind, "geometry": shapely.box(112.3 + i / 50, 35.0, 112.31 + i / 50, 35.01)}
        for i, kind in enumerate(["bus", "bus", "truck", None, "bus"])
    ]
    chargers = frame([{"uid": "c", "geometry": shapely.Point(112.305, 35.005)}])
    result = board(tmp_path, CHARGERS, onemap(parking_lot=frame(lots), charging_station=chargers), date(2019, 6, 30))
    row = result.board.iloc[0]
    assert (row["kind"], row["listed"], row["open"], row["met"], row["state"]) == ("coverage", 2, 1, "not_met", "overdue")
    assert (row["numerator"], row["denominator"]) == (1, 4)
    assert (row["low"], row["high"]) == (25, 50) and row["value"] == pytest.approx(100 / 3)
    open_ = board(tmp_path, CHARGERS, onemap(parking_lot=frame(lots)), date(2019, 6, 30)).board.iloc[0]
    assert (open_["met"], open_["missing"]) == ("not_computable", "parking_lot.parking_kind,charging_station")
