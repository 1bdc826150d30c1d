"""Frames as the engine makes them, written by hand: Jiyuan, as of 2019-06-30."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point, Polygon, box

from envzones.plugin.engine.clauses.model import (
    Clause,
    Document,
    Due,
    Jurisdiction,
    Length,
    Period,
    Relation,
    Responsible,
    Rulebook,
)

AS_OF = date(2019, 6, 30)
CRS = "EPSG:4490"

Q_J13 = "2018年10月底前,全市35蒸吨/时及以下燃煤锅炉基本拆除或实施清洁能源改造…原则上不再审批新建35蒸吨/时及以下燃煤锅炉"
Q_J14 = "2020年底前,热电联产电厂供热半径15公里范围内的燃煤锅炉全部关停整合"
Q_J39 = "全面取缔饮用水水源一级保护区内与供水设施和保护水源无关的建设项目、二级保护区内排放污染物的建设项目"
Q_J42 = (
    "优先完成对全市地表水政府责任目标断面上游5000米、下游500米及河道两侧500米左右范围问题的排查整治"
    "…重点排查整治垃圾(秸秆)堆放、入河直排口、餐饮、网箱养殖、河道采砂、码头、旱厕等问题"
)
Q_J30 = "严格控制“三区两线”可视范围内露天矿山新建项目,交通干线两侧不得新设露天矿山"


def _clause(cid: str, clause: str, zh: str, en: str, quote: str, kind: str, effect: str,
    **more: object) -> Clause:
    return Clause(id=cid, row=cid, clause=clause, zh=zh, en=en, quote=quote, kind=kind, effect=effect, **more)


def books() -> list[Rulebook]:
    """Return the Jiyuan book, in force, and one whose period is over."""
    road = Length(1000.0, "road_side", "交通干线两侧", "Either side of trunk roads")
    inside = [
        _clause("J13", "二(一)4", "35蒸吨/时及以下燃煤锅炉不再审批", "No new coal boilers up to 35 t/h", Q_J13, "siting",
            "prohibit"),
        _clause("J14", "二(一)6", "热电联产15公里供热半径内燃煤锅炉关停", "Coal boilers within 15 km of CHP plants", Q_J14,
                "inventory", "close", due=(Due("2020年底前", date(2020, 12, 31)),)),
        _clause("J30", "二(三)2", "三区两线可视范围露天矿山", "Open-pit mines in sight of trunk roads", Q_J30, "siting",
            "restrict",
                where=Relation("within", "road", lengths={"distance": road})),
        _clause("J39", "三(一)2", "饮用水水源保护区内违法建设项目", "Projects in drinking-water zones", Q_J39, "siting",
            "prohibit"),
        _clause("J42", "三(三)1", "责任目标断面上下游排查整治", "Clearance along target river sections", Q_J42,
                "inventory", "rectify", due=(Due("2018年优先完成", date(2018, 12, 31)),),
                responsible=Responsible("市水利局", ("济源黄河河务局", "市环境保护局"))),
    ]  # fmt: skip
    return [
        Rulebook(
            "jiyuan-2018", Jurisdiction("419001", "济源市", "Jiyuan"),
            Document("济政〔2018〕29号", "济源市污染防治攻坚战三年行动计划(2018—2020年)", "Jiyuan three-year plan 2018-2020",
                date(2018, 9, 27)),
            Period(date(2018, 9, 27), date(2020, 12, 31)), tuple(inside),
        ),
        Rulebook(
            "jiyuan-2016", Jurisdiction("419001", "济源市", "Jiyuan"),
            Document("济政〔2016〕11号", "济源市碧水工程行动计划(2016—2018年)", "Jiyuan clear-water plan 2016-2018",
                date(2016, 3, 1)),
            Period(date(2016, 3, 1), date(2018, 12, 31)), (),
        ),
    ]  # fmt: skip


_J13 = dict(rulebook="jiyuan-2018", clause_id="J13", clause="二(一)4", clause_zh="35蒸吨/时及以下燃煤锅炉不再审批",
            effect="prohibit", quote=Q_J13, operative="不再审批")  # fmt: skip
_J14 = dict(rulebook="jiyuan-2018", clause_id="J14", clause="二(一)6", clause_zh="热电联产15公里供热半径内燃煤锅炉关停",
            effect="close", quote=Q_J14, operative="全部关停整合", deadline="2020-12-31", deadline_words="2020年底前",
            responsible="市工业和信息化委员会、市环境保护局")  # fmt: skip
_J30 = dict(rulebook="jiyuan-2018", clause_id="J30", clause="二(三)2", clause_zh="三区两线可视范围露天矿山",
    effect="restrict",
            quote=Q_J30, operative="不得新设")  # fmt: skip
_J39 = dict(rulebook="jiyuan-2018", clause_id="J39", clause="三(一)2", clause_zh="饮用水水源保护区内违法建设项目",
            effect="prohibit", quote=Q_J39, operative="全面取缔", department="市环境保护局")  # fmt: skip
_J42 = dict(rulebook="jiyuan-2018", clause_id="J42", clause="三(三)1", clause_zh="责任目标断面上下游排查整治",
    effect="rectify",
            quote=Q_J42, operative="优先完成…排查整治", deadline="2018-12-31", deadline_words="2018年优先完成",
            responsible="市水利局、济源黄河河务局、市环境保护局", relation="river_section", threshold_m=500.0,
            threshold_owner="document")  # fmt: skip
_OLD = dict(rulebook="jiyuan-2016", clause_id="B07", clause="二(四)", clause_zh="沁河干流沿岸不得新建化工项目",
    effect="prohibit",
            quote="沁河干流沿岸1公里范围内不得新建化工项目", operative="不得新建", reference=True)  # fmt: skip

FINDING_COLUMNS = (
    "site_id site_name site_layer rulebook clause_id clause clause_zh effect status tentative why why_en"
    " zone_layer"
    " zone_id zone_name relation distance_m threshold_m threshold_owner overlap_m2 overlap_projected_m2"
    " overlap_share"
    " river_distance_m bank bearing_deg near_boundary quote operative deadline deadline_words overdue"
    " responsible"
    " department reference section_id direction chainage_m offset_m straight_m area_m2 band"
    " outside_jurisdiction question question_en basis verbatim"
).split()


def frame(rows: list[dict], columns: list[str]) -> gpd.GeoDataFrame:
    """Return rows as a frame with exactly `columns` and a geometry."""
    shapes = [row.get("geometry") for row in rows]
    return gpd.GeoDataFrame(pd.DataFrame(rows).reindex(columns=columns),
        geometry=gpd.GeoSeries(shapes, crs=CRS), crs=CRS)


SITES = {
    "P001": ("济源市恒通热力有限公司35蒸吨燃煤锅炉项目", "coal_boiler", Point(112.5804, 35.1022)),
    "P002": ("五龙口镇石灰岩露天开采项目", "open_pit_mine", box(112.700, 35.160, 112.706, 35.165)),
    "P003": ("小浪底北岸生态农业观光园", "catering", Point(112.3311, 35.0456)),
    "P004": ("=HYPERLINK(\"http://example.invalid\")精细化工中间体项目", "chemical", Point(112.4821, 35.0811)),
}


def _site(site_id: str) -> dict:
    name, _kind, shape = SITES[site_id]
    return {"site_id": site_id, "site_name": name, "site_layer": "candidate", "geometry": shape}


def findings() -> gpd.GeoDataFrame:
    """Return a siting check's findings: every status, doubt, a working distance, an old book."""
    rows = [
        {**_site("P001"), **_J13, "status": "hit", "relation": "anywhere"},
        {**_site("P001"), **_J39, "status": "clear", "relation": "inside",
            "zone_layer": "drinking_water_zone",
         "zone_id": "DW-07", "zone_name": "蟒河口水库水源地二级保护区", "distance_m": 10912.4, "bearing_deg": 318.0},
        {**_site("P001"), **_J30, "status": "not_applicable", "why": "条款约束露天矿山,本项目为燃煤锅炉",
         "why_en": "binds open-pit mines"},
        {**_site("P002"), **_J30, "status": "hit", "relation": "within", "zone_layer": "road",
            "zone_id": "R-12",
         "zone_name": "G208国道", "distance_m": 740.26, "threshold_m": 1000.0, "threshold_owner": "working",
         "tentative": True,
         "bearing_deg": 91.2, "why": "距离为本单位工作距离,文件未规定米数", "why_en": "the distance is the office's own",
         "geometry": LineString([(112.706, 35.163), (112.714, 35.163)])},
        {**_site("P002"), **_J39, "status": "hit", "relation": "overlap",
            "zone_layer": "drinking_water_zone", "zone_id": "DW-02",
         "zone_name": "五龙口水源地二级保护区", "distance_m": 0.0, "overlap_m2": 15433.2,
         "overlap_projected_m2": 15431.8,
         "overlap_share": 0.0512, "near_boundary": True, "tentative": True,
         "why": "重叠边缘在区划边界定位精度(30米)以内", "why_en": "within positional accuracy"},
        {**_site("P002"), **_J13, "status": "not_applicable", "why": "设施类型不在条款约束之列"},
        {**_site("P003"), **_J39, "status": "not_assessed", "relation": "inside",
            "zone_layer": "drinking_water_zone",
         "why": "“饮用水水源保护区”的完整性声明已过期", "why_en": "coverage expired"},
        {**_site("P003"), **_J30, "status": "not_assessed", "relation": "within",
            "zone_layer": "nature_reserve",
         "department": "市林业局", "why": "一张图中没有“自然保护地”图层", "why_en": "the map has no layer nature_reserve"},
        {**_site("P004"), **_OLD, "status": "hit", "relation": "within", "zone_layer": "river_reach",
            "zone_id": "QIN",
         "zone_name": "沁河", "distance_m": 999.96, "threshold_m": 1000.0, "threshold_owner": "document",
         "bearing_deg": 12.0},
        {**_site("P004"), **_J39, "status": "not_assessed", "zone_layer": None, "why": "未提供设施类型",
         "question": "未提供设施类型", "question_en": "facility type not given",
            "why_en": "type not given"},
    ]  # fmt: skip
    return frame(rows, FINDING_COLUMNS)


def verdicts() -> gpd.GeoDataFrame:
    """Return the verdicts that go with the findings."""
    said = {
        "P001": ("fail", "pass", 0, 1, "不通过", "refused"),
        "P002": ("pass", "fail", 2, 0, "尚不能判定:已查条款未见限制,待核实2条,可能不通过", "undecided, 2 to be verified"),
        "P003": ("pass", "fail", 2, 0, "尚不能判定:已查条款未见限制,待核实2条,可能不通过", "undecided, 2 to be verified"),
        "P004": ("pass", "fail", 1, 0, "尚不能判定:已查条款未见限制,待核实1条,可能不通过", "undecided, 1 to be verified"),
    }
    rows = [
        {"site_id": key, "site_name": SITES[key][0], "facility_type": SITES[key][1],
            "geometry": SITES[key][2],
         **dict(zip(("known", "possible", "pending", "hits", "text_zh", "text_en"), values)),
         "as_of": "2019-06-30"}
        for key, values in said.items()
    ]  # fmt: skip
    return frame(rows, "site_id site_name facility_type known possible pending hits text_zh text_en"
                       " as_of".split())


_ALONG = [
    # uid, name, layer, direction, chainage, bank, offset, straight,
    # band, outside, tentative, area, why, lon, lat
    ("OUT-001", "沁园污水处理厂尾水排口", "outfall", "U", 1834.6, "left", 22.4, 1702.1, "inside", False, False, None,
        None, 112.6111, 35.1544),
    ("OUT-002", "五龙口镇生活污水直排口", "outfall", "U", 4999.2, "right", 310.0, 4120.8, "inside", False, False, None,
        None, 112.6480, 35.1611),
    ("CAT-003", "沁河湾农家乐", "catering", "U", 320.0, "left", 471.9, 560.3, "inside", False, True, None,
     "距边界在定位精度以内(精度30米)", 112.6021, 35.1499),
    ("SAND-01", "沁河采砂点(解封段)", "sand_mining", "U", 2750.3, "channel", 0.0, 2600.0, "inside", False, False,
        12850.5, None, 112.6201, 35.1560),
    ("WASTE-9", "堤脚垃圾(秸秆)堆放点", "waste_dump", "D", -480.7, "right", 96.0, 470.1, "inside", False, False,
        433.0, None, 112.5911, 35.1466),
    ("CAT-011", "渠首饭店", "catering", "U", 1200.0, "right", 523.7, 1150.0, "approximate", False, False, None,
        "500米“左右”带,现场核定", 112.6077, 35.1400),
    ("OUT-031", "沁阳市西向镇排口", "outfall", "D", -455.0, "left", 140.0, 452.0, "inside", True, False, None, None,
        112.7866, 35.1201),
    ("DRY-044", "河滩旱厕", "dry_toilet", "U", 3311.0, "left", 61.5, 3001.0, "inside", False, False, 6.5, None,
        112.6300, 35.1571),
]  # fmt: skip


def section_rows(clause: dict | None = None) -> list[dict]:
    """Return the features along a section, with or without the clause that asks for them."""
    rows = []
    for along in _ALONG:
        uid, name, layer, side, chainage, bank, offset, straight = along[:8]
        band, out, doubt, area, why, lon, lat = along[8:]
        rows.append({
            "site_id": uid, "site_name": name, "site_layer": layer, "status": "hit", "tentative": doubt,
            "why": why,
            "zone_layer": "monitoring_section", "zone_id": "SEC-01", "zone_name": "五龙口断面",
            "relation": "river_section",
            "distance_m": offset, "threshold_m": 500.0, "threshold_owner": "document", "bank": bank,
            "section_id": "SEC-01",
            "direction": side, "chainage_m": chainage, "offset_m": offset, "straight_m": straight,
            "area_m2": area, "band": band,
            "outside_jurisdiction": out, "near_boundary": doubt, "geometry": Point(lon, lat),
            **(clause or {}), **({"overdue": not out} if clause else {}),
        })  # fmt: skip
    return rows


def section() -> SimpleNamespace:
    """Return a river-section result."""
    reach = frame(
        [
            {"section_id": "SEC-01", "direction": "U", "from_m": 0.0, "to_m": 5000.0, "river": "沁河",
                "length_m": 5000.0,
             "reach_uid": "RR-1", "geometry": LineString([(112.65, 35.16), (112.60, 35.15)])},
            {"section_id": "SEC-01", "direction": "U", "from_m": 2600.0, "to_m": 5000.0, "river": "白涧河",
                "length_m": 2400.0,
             "reach_uid": "RR-2", "geometry": LineString([(112.62, 35.17), (112.60, 35.15)])},
            {"section_id": "SEC-01", "direction": "D", "from_m": -500.0, "to_m": 0.0, "river": "沁河",
                "length_m": 500.0,
             "reach_uid": "RR-1", "geometry": LineString([(112.60, 35.15), (112.595, 35.148)])},
        ],
        "section_id direction from_m to_m river length_m reach_uid".split(),
    )  # fmt: skip
    zone = frame(
        [{"section_id": "SEC-01", "name": "五龙口断面", "kind": "section", "area_m2": 7523411.0,
            "area_projected_m2": 7522980.0,
          "upstream_m": 5000.0, "downstream_m": 500.0, "bank_m": 500.0, "bank_from": "channel", "note": "含支流",
          "geometry": box(112.59, 35.14, 112.66, 35.17)}],
        "section_id name kind area_m2 area_projected_m2 upstream_m downstream_m bank_m bank_from"
        " note".split(),
    )  # fmt: skip
    issue = frame(
        [{"severity": "warning", "code": "joined_gap", "section_id": "SEC-01",
            "message_zh": "线段“RR-7”与“RR-8”端点相距0.8米,已按容差连接",
          "message_en": "joined a gap of 0.8 m", "geometry": Point(112.61, 35.155)},
         {"severity": "error", "code": "too_far", "section_id": "SEC-09",
             "message_zh": "断面“张沟”距最近河道1,820米,超出容差100米,未计算",
          "message_en": "section is 1,820 m from any river", "geometry": Point(112.40, 35.10)}],
        "severity code section_id message_zh message_en".split(),
    )  # fmt: skip
    return SimpleNamespace(reach=reach, zone=zone, finding=frame(section_rows(), FINDING_COLUMNS),
        issue=issue)


_BOILERS = [
    ("B-01", "济源钢铁2号供热锅炉", 3120.44, "hit", False, None, 112.5503, 35.1302, 20.0),
    ("B-02", "玉泉办事处集中供热站", 14999.94, "hit", True, "距边界在定位精度以内(锅炉20米)", 112.7360, 35.1500, 35.0),
    ("B-03", "王屋镇中心小学采暖锅炉", 15000.06, "clear", True, "距边界在定位精度以内(锅炉20米)", 112.3801, 35.1300, 2.0),
    ("B-04", "邵原镇卫生院锅炉", 33870.0, "clear", False, None, 112.1500, 35.2100, 1.0),
    ("B-05", "承留镇砖瓦厂锅炉", 8004.1, "hit", True, "热源“国电豫源”是否热电联产不明", 112.5201, 35.0602, 10.0),
]


def _boiler(row: tuple) -> dict:
    uid, name, metres, status, doubt, why, lon, lat, _tph = row
    return {
        "site_id": uid, "site_name": name, "site_layer": "coal_boiler", "status": status, "tentative": doubt,
        "why": why,
        "zone_layer": "heat_source", "zone_id": "HS-1", "zone_name": "沁北电厂", "relation": "within",
        "distance_m": metres,
        "threshold_m": 15000.0, "threshold_owner": "document", "bearing_deg": 45.0, "near_boundary": doubt,
        "geometry": LineString([(lon, lat), (112.665, 35.155)]),
    }  # fmt: skip


def radius() -> SimpleNamespace:
    """Return a heat-radius result."""
    zone = frame(
        [{"plant_id": "HS-1", "name": "沁北电厂", "kind": "heat_radius", "area_m2": 706857000.0,
            "area_projected_m2": 706800000.0,
          "note": None, "geometry": Point(112.665, 35.155).buffer(0.14)}],
        "plant_id name kind area_m2 area_projected_m2 note".split(),
    )  # fmt: skip
    return SimpleNamespace(zone=zone, finding=frame([_boiler(row) for row in _BOILERS], FINDING_COLUMNS),
        issue=frame([], []))


def plan() -> SimpleNamespace:
    """Return a plan board with two inventory clauses."""
    found = [{**_boiler(row), **_J14} for row in _BOILERS if row[3] == "hit"]
    found += section_rows(_J42)
    found.append({"site_id": "CAGE-2", "site_name": "小浪底网箱养殖区", "site_layer": "cage_culture",
        "status": "not_assessed",
                  "zone_layer": "river_reach", "why": "所需范围超出“河段”的数据完整范围", "department": "市水利局",
                  **_J42})  # fmt: skip
    keys = (
        "rulebook clause_id clause clause_zh clause_en kind effect layer layer_zh department state checked"
        " listed tentative"
        " open settled outstanding deadline_words deadline overdue_days responsible quote why why_en"
        " reference"
    ).split()
    board = [
        {**_J14, "kind": "inventory", "layer": "coal_boiler", "layer_zh": "燃煤锅炉", "state": "outstanding",
            "checked": 5,
         "listed": 1, "tentative": 2, "open": 0, "settled": 0, "outstanding": 1, "overdue_days": 0},
        {**_J42, "kind": "inventory", "layer": "outfall", "layer_zh": "入河排污口", "state": "overdue",
            "checked": 44,
         "listed": 3, "tentative": 0, "open": 0, "settled": 1, "outstanding": 2, "overdue_days": 181},
        {**_J42, "kind": "inventory", "layer": "cage_culture", "layer_zh": "网箱养殖", "state": "not_computable",
         "why": "一张图中没有“网箱养殖”图层"},
    ]  # fmt: skip
    return SimpleNamespace(findings=frame(found, FINDING_COLUMNS), board=frame(board, keys),
        issues=frame([], []))


def onemap() -> dict[str, gpd.GeoDataFrame]:
    """Return the layers that say more of the listed features."""
    outfall = gpd.GeoDataFrame(
        {"uid": ["OUT-001", "OUT-002"], "name": ["沁园污水处理厂尾水排口", "五龙口镇生活污水直排口"],
            "outfall_type": ["municipal", "direct"],
         "township": ["沁园街道", "五龙口镇"], "status": ["open", "rectifying"], "owner": ["市住房和城乡建设局", None]},
        geometry=[Point(112.6111, 35.1544), Point(112.6480, 35.1611)], crs=CRS)  # fmt: skip
    item = gpd.GeoDataFrame(
        {"uid": ["RI-1"], "problem_no": ["JY-J42-0001"], "feature_layer": ["outfall"],
            "feature_uid": ["OUT-002"], "clause": ["J42"],
         "township": ["五龙口镇"], "responsible_party": ["五龙口镇人民政府"], "measure": ["截污纳管,封堵排口"],
         "due_on": [pd.Timestamp("2018-12-31")], "status": ["closed"],
         "done_on": [pd.Timestamp("2018-11-20")],
         "verified_by": ["李工"], "photo_before": ["photos/JY-J42-0001_前.jpg"],
         "photo_after": ["photos/JY-J42-0001_后.jpg"]},
        geometry=[Point(112.6480, 35.1611)], crs=CRS)  # fmt: skip
    area = gpd.GeoDataFrame(
        {"uid": ["A0", "A1"], "name": ["济源市", "克井镇"], "level": ["city", "town"]},
        geometry=[box(111.9, 34.8, 112.77, 35.3),
            Polygon([(112.59, 35.1), (112.635, 35.1), (112.635, 35.2), (112.59, 35.2)])],
        crs=CRS)  # fmt: skip
    return {"outfall": outfall, "rectification_item": item, "admin_area": area}


def fingerprints() -> list[dict]:
    """Return fingerprints of three layers, one of which the map lacks."""
    return [
        {"layer": "drinking_water_zone", "rows": 14, "extent": "112.0213, 34.9001, 112.7444, 35.2788",
            "newest": "2019-03-01",
         "sha256": "9f2c" * 16, "complete_as_of": "2018-12-31"},
        {"layer": "outfall", "rows": 44, "extent": "112.1000, 34.9500, 112.7900, 35.2000", "newest": "",
            "sha256": "0ab1" * 16,
         "complete_as_of": ""},
        {"layer": "nature_reserve", "rows": None, "extent": "", "newest": "", "sha256": "",
            "complete_as_of": ""},
    ]  # fmt: skip


def everything() -> dict:
    """Return the keyword arguments that both writers take."""
    return dict(
        title="济源市污染防治攻坚战“一张图”研判", as_of=AS_OF, findings=findings(), verdicts=verdicts(), section=section(),
        radius=radius(), plan=plan(), books=books(), fingerprints=fingerprints(), onemap=onemap(),
    )  # fmt: skip
