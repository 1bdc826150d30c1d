"""The same site or feature under the plans of different cities: each city answers as its own document says.

A table that a planner can read: what stands where, and for each row of the documents what it finds, as the rules that
hit with their effect (``~`` where the hit is tentative, ``?`` where it cannot be told, ``—`` where nothing hits).
Positions are metres east and north of the middle of the sketch; the sketch lies in each city in turn.
"""

from __future__ import annotations

import dataclasses
from datetime import date

import geopandas as gpd
import pytest

from envzones.plugin.engine import plan, siting

from . import scenes

BOOKS = {
    "J": "jiyuan-2018", "K": "kaifeng-2020-air", "ZA": "zhengzhou-2020-air", "X": "xuchang-2018",
}  # fmt: skip
#: All four plans are in force on this day.
DAY = date(2020, 6, 30)

# A CHP plant, of units of 200 MW and of 300 MW; a contaminated plot in four states; a no-go zone of machinery.
PLANT_200 = {"heat_source": {"at": [0, 0], "chp": True, "status": "operating", "unit_capacity_mw": 200}}
PLANT_300 = {"heat_source": {"at": [0, 0], "chp": True, "status": "operating", "unit_capacity_mw": 300}}
SUSPECTED, LISTED, CONTROLLED, RESTORED = (
    {"contaminated_plot": {"at": [0, 0], "register_state": state}}
    for state in ("suspected", "contaminated", "controlled", "restored")
)
ZONE = {"machinery_no_go_zone": {"at": [0, 0], "stage_limit": "stage_2"}}


def boiler(tph, at=(0, 0)):
    """A coal boiler on the map."""
    return {"layer": "coal_boiler", "at": list(at), "fuel": "coal", "capacity_tph": tph, "utility": False,
            "status": "running", "keep": False, "ultra_low_emission": False}  # fmt: skip


def boiler_site(tph, nature):
    """A coal boiler that is there or asked for; no exception is granted."""
    return {"type": "coal_boiler", "nature": nature, "at": [0, 0], "capacity_tph": tph, "keep": False,
            "ultra_low_emission": False, "principle_exception": False}  # fmt: skip


def coal_project(**said):
    """A new cement works that burns coal; `said`: where its county and its unit stand in last year's ranking."""
    return {"type": "cement", "nature": "new", "at": [0, 0], "coal_consuming": True, "coal_fuelled": True,
            "power_sector": False, "unit_coal_target_missed": False, "county_coal_target_missed": False, **said}  # fmt: skip


def machine(at=(0, 0), nature="existing", **said):
    """A machine that complies with everything but for what is `said`."""
    return {"type": "non_road_machinery", "nature": nature, "at": list(at), "label": True, "machine_stage": 3,
            "machine_plated": True, "machine_monitored": True, "exhaust_compliant": True, "black_smoke": False,
            **said}  # fmt: skip


def on_plot(kind):
    return {"type": kind, "nature": "new", "box": [0, 0, 100, 100], "soil_meets_use": False}


def parcel(use, category):
    return {"layer": "planned_parcel", "box": [0, 0, 100, 100], "planned_use": use, "land_use_category": category}


TABLE = [
    # Boilers round a CHP plant: Jiyuan knows no threshold of capacity, Kaifeng counts units of 300 MW and more,
    # Xuchang has no radius at all and goes by the boiler's size alone.
    ("14.9公里外20万千瓦机组的20蒸吨锅炉", PLANT_200, boiler(20, (14900, 0)),
     {"J14": "J14 close", "K07": "—", "X12": "X12b close"}),
    ("14.9公里外30万千瓦机组的20蒸吨锅炉", PLANT_300, boiler(20, (14900, 0)),
     {"J14": "J14 close", "K07": "K07 close", "X12": "X12b close"}),
    ("15.1公里外30万千瓦机组的20蒸吨锅炉", PLANT_300, boiler(20, (15100, 0)),
     {"J14": "—", "K07": "—", "X12": "X12b close"}),
    ("14.9公里外30万千瓦机组的75蒸吨锅炉", PLANT_300, boiler(75, (14900, 0)),
     {"J14": "J14 close", "K07": "K07 close", "X12": "—"}),
    # The size of boilers: 35 t/h belongs to those that go.  Jiyuan and Kaifeng forbid new ones, Xuchang does not.
    ("既有20蒸吨燃煤锅炉", {}, boiler_site(20, "existing"), {"J13": "J13a close", "K05": "—", "X12": "X12a close"}),
    ("既有35蒸吨燃煤锅炉", {}, boiler_site(35, "existing"), {"J13": "J13a close", "K05": "—", "X12": "X12a close"}),
    ("既有36蒸吨燃煤锅炉", {}, boiler_site(36, "existing"), {"J13": "—", "K05": "—", "X12": "—"}),
    ("新建20蒸吨燃煤锅炉", {}, boiler_site(20, "new"), {"J13": "J13b prohibit", "K05": "K05d prohibit", "X12": "X12c attend"}),
    ("新建35蒸吨燃煤锅炉", {}, boiler_site(35, "new"), {"J13": "J13b prohibit", "K05": "K05d prohibit", "X12": "X12c attend"}),
    ("新建36蒸吨燃煤锅炉", {}, boiler_site(36, "new"), {"J13": "—", "K05": "—", "X12": "—"}),
    ("新建35蒸吨燃煤锅炉,“原则上”的例外未答复", {}, {**boiler_site(35, "new"), "principle_exception": None},
     {"J13": "J13b prohibit", "K05": "K05d prohibit~", "X12": "X12c attend"}),
    # Dust monitors by floor area: 5 000 m² in Jiyuan, 10 000 m² in Kaifeng.
    ("建筑面积4 999平方米的工地", {}, {"type": "construction_site", "nature": "new", "at": [0, 0], "floor_area_m2": 4999},
     {"J35": "—", "K30": "—"}),
    ("建筑面积7 000平方米的工地", {}, {"type": "construction_site", "nature": "new", "at": [0, 0], "floor_area_m2": 7000},
     {"J35": "J35a require", "K30": "—"}),
    ("建筑面积1万平方米的工地", {}, {"type": "construction_site", "nature": "new", "at": [0, 0], "floor_area_m2": 10000},
     {"J35": "J35a require", "K30": "K30a require"}),
    # Coal offsets (a: 1.5 times, b: twice): Jiyuan doubles for the last three units, Xuchang for the last county
    # alone, and there not for power plants.
    ("排名末位处的燃煤水泥项目", {}, coal_project(unit_air_bottom_three=True, county_air_last=True),
     {"J07": "J07a require, J07b require", "X05": "X05a require, X05b require"}),
    ("排名倒数第三处的燃煤水泥项目", {}, coal_project(unit_air_bottom_three=True, county_air_last=False),
     {"J07": "J07a require, J07b require", "X05": "X05a require"}),
    ("排名倒数第四处的燃煤水泥项目", {}, coal_project(unit_air_bottom_three=False, county_air_last=False),
     {"J07": "J07a require", "X05": "X05a require"}),
    ("排名末位处的煤电项目", {},
     {**coal_project(unit_air_bottom_three=True, county_air_last=True), "type": "coal_power", "power_sector": True},
     {"J07": "J07a require, J07b require", "X05": "X05a require"}),
    # Contaminated land: Jiyuan restricts any project until the soil fits the use, Xuchang forbids housing and public
    # service on listed plots not yet restored, whatever the category of the land.
    ("名录地块上的住宅", LISTED, on_plot("housing"), {"J61": "J61a restrict", "X26": "X26a prohibit"}),
    ("管控地块上的学校", CONTROLLED, on_plot("school"), {"J61": "J61a restrict", "X26": "X26a prohibit"}),
    ("名录地块上的仓库", LISTED, on_plot("logistics"), {"J61": "J61a restrict", "X26": "—"}),
    ("疑似地块上的住宅", SUSPECTED, on_plot("housing"), {"J61": "J61a restrict", "X26": "—"}),
    ("修复后地块上的住宅", RESTORED, on_plot("housing"), {"J61": "J61a restrict", "X26": "—"}),
    ("名录地块上的规划住宅用地", LISTED, parcel("residential", "first"), {"J61": "J61b restrict", "X26": "X26b prohibit"}),
    ("名录地块上的规划公园绿地(第一类用地)", LISTED, parcel("green", "first"), {"J61": "J61b restrict", "X26": "—"}),
    ("名录地块上的规划工业用地(第二类用地)", LISTED, parcel("industrial", "second"), {"J61": "J61b restrict", "X26": "—"}),
    # A no-go zone of machinery: Jiyuan asks for the label, Kaifeng for stage III and the exhaust, Zhengzhou for label,
    # plate and monitor everywhere; Xuchang only has the zone drawn, and asks stage IV of new machines anywhere.
    ("禁用区内无标志的国Ⅲ机械", ZONE, machine(label=False),
     {"J24": "J24a prohibit", "K26": "—", "ZA05": "ZA05a prohibit", "X15": "X15b attend"}),
    ("禁用区内有标志的国Ⅱ机械", ZONE, machine(machine_stage=2),
     {"J24": "—", "K26": "K26a prohibit", "ZA05": "—", "X15": "X15b attend"}),
    ("禁用区内有标志的国Ⅲ机械", ZONE, machine(),
     {"J24": "—", "K26": "—", "ZA05": "—", "X15": "X15b attend"}),
    ("禁用区内有标志、尾气超标的国Ⅲ机械", ZONE, machine(exhaust_compliant=False),
     {"J24": "—", "K26": "K26b prohibit", "ZA05": "ZA05d prohibit", "X15": "X15b attend"}),
    ("禁用区外无标志的国Ⅲ机械", ZONE, machine((3000, 0), label=False),
     {"J24": "—", "K26": "—", "ZA05": "ZA05a prohibit", "X15": "—"}),
    ("禁用区外在用的合规国Ⅲ机械", ZONE, machine((3000, 0)), {"J24": "—", "K26": "—", "ZA05": "—", "X15": "—"}),
    ("禁用区外新购的国Ⅲ机械", ZONE, machine((3000, 0), nature="new"),
     {"J24": "—", "K26": "—", "ZA05": "—", "X15": "X15c require"}),
    ("禁用区内的房建工地", ZONE, {"type": "construction_site", "nature": "new", "at": [0, 0]},
     {"J24": "J24b require", "K26": "—", "ZA05": "ZA05i require", "X15": "X15b attend"}),
]  # fmt: skip


def book_of(row):
    """Return the book whose rows begin with the letters of `row`, with the rules of that row alone."""
    whole = scenes.book(BOOKS[row.rstrip("0123456789")])
    rules = tuple(clause for clause in whole.clauses if clause.row == row)
    assert rules, row
    return dataclasses.replace(whole, clauses=rules)


def answer(row, on_map, subject):
    """Run the rules of one row on the sketch and say which hit, with their effect."""
    alone = book_of(row)
    said = {key: value for key, value in subject.items() if value is not None}
    layer = said.pop("layer", None)
    body = {"is": "hit", "map": on_map}
    scene = scenes.Scene(alone.id, alone.clauses[0].id, 0, (113.0, 34.5), DAY, body)
    if layer:
        onemap = scenes.sketch(scene, {layer: said})
        rows = plan.board(onemap, [alone], as_of=DAY).findings
        rows = rows[(rows["site_layer"] == layer) & (rows["site_id"] == f"{layer}-1")]
    else:
        drawn = scenes.shape_of({key: said.pop(key) for key in ("at", "box") if key in said}, "Point", scene.origin)
        site = {"site_id": "S", "facility_type": said.pop("type"), **said, "geometry": drawn}
        site = gpd.GeoDataFrame([site], geometry="geometry", crs=4490)
        rows = siting.check(site, scenes.sketch(scene), [alone], as_of=DAY).findings
    found = set()
    for finding in rows.itertuples():
        if finding.status == "hit":
            found.add(f"{finding.clause_id} {finding.effect}" + ("~" if finding.tentative else ""))
        elif finding.status == "not_assessed":
            found.add(f"{finding.clause_id} ?")
    return ", ".join(sorted(found)) or "—"


@pytest.mark.parametrize(("says", "on_map", "subject", "answers"), TABLE, ids=[line[0] for line in TABLE])
def test_each_city_answers_as_its_document_says(says, on_map, subject, answers):
    assert {row: answer(row, on_map, subject) for row in answers} == answers


PAIRS = [("J14", "K07"), ("J35", "K30"), ("J07", "X05"), ("J13", "K05", "X12"), ("X26", "J61"), ("J24", "K26", "ZA05", "X15")]


@pytest.mark.parametrize("rows", PAIRS, ids=" ".join)
def test_the_table_shows_where_the_cities_part_and_where_they_agree(rows):
    lines = [[answers[row] for row in rows] for *_, answers in TABLE if set(rows) <= set(answers)]
    # What is found, without the names of the rules: "require, require" or nothing.
    found = [{", ".join(part.split()[-1] for part in said.split(", ")) for said in line} for line in lines]
    assert any(len(one) > 1 for one in found)
    assert rows == ("X26", "J61") or any(len(one) == 1 for one in found)
