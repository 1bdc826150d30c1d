"""The waters of the demonstration: rivers, drinking water, sections, problems beside them, the ledger."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from draw_land import Land
from draw_tools import NOTE, Names, Record, along, blob, degrees, metres, only, rng, spot, stream, tidy, where
from shapely import LineString, Point
from shapely.ops import substring

# Rivers that GSHHG does not have, drawn through these places; the last place is the vertex of another river.
STREAMS = [
    # uid, name, width m, level, joins, places
    ("RR-MH1", "蟒河", 30.0, "first", None,
     [(112.430, 35.218), (112.455, 35.196), (112.478, 35.176), (112.505, 35.158), (112.532, 35.142),
      (112.553, 35.128),
      (112.575, 35.1195), (112.605, 35.1185), (112.636, 35.105), (112.655, 35.085), (112.672, 35.062)]),
    ("RR-MH2", "蟒河", 45.0, "first", "RR-HH2",
     [(112.672, 35.062), (112.700, 35.035), (112.730, 35.008), (112.775, 34.968), (112.830, 34.925),
      (112.885, 34.880),
      (112.920, 34.845), (112.935, 34.825)]),
    ("RR-JH1", "济河", 16.0, "second", None,
     [(112.470, 35.098), (112.500, 35.092), (112.530, 35.0875), (112.560, 35.0865), (112.590, 35.0835),
      (112.615, 35.0795),
      (112.645, 35.0725), (112.672, 35.062)]),
    ("RR-FS1", "逢石河", 22.0, "first", "RR-HH2",
     [(112.160, 35.192), (112.173, 35.152), (112.166, 35.110), (112.182, 35.072), (112.172, 35.035),
      (112.1616, 34.9989)]),
    ("RR-DY1", "大峪河", 18.0, "first", "RR-HH2",
     [(112.398, 35.078), (112.385, 35.042), (112.372, 35.005), (112.362, 34.965), (112.349, 34.926)]),
    ("RR-YW1", "砚瓦河", 14.0, "first", "RR-HH2",
     [(112.585, 35.030), (112.545, 35.000), (112.505, 34.973), (112.482, 34.942), (112.4653, 34.9094)]),
    ("RR-BJ1", "白涧河", 12.0, "second", "RR-QH1",
     [(112.602, 35.208), (112.612, 35.182), (112.640, 35.160), (112.668, 35.146), (112.6914, 35.1489)]),
]  # fmt: skip
HALF_WIDTH = {"蟒河": 18.0, "济河": 8.0, "沁河": 150.0, "黄河": 0.0}


@dataclass
class Rivers:
    """Lines in lon/lat by uid, and what of them is needed in metres."""

    line: dict[str, LineString]
    qin: Any
    mang: Any
    ji: Any
    yellow: Any
    dam: float

    def half_width(self, s: float) -> float:
        """Return half the width of the Qin's channel `s` metres down `qin`: 100 to 200 m."""
        wave = 20 * np.sin(s / 900) + 12 * np.sin(s / 370)
        if s < self.dam:
            return float(165 + wave)
        return float(118 + wave / 2 + 40 * min(1.0, max(0.0, (s - self.dam - 4000) / 3000)))


def rivers(rec: Record, real: Path) -> Rivers:
    """Take over the real reaches and draw the small rivers that join them."""
    lines: dict[str, LineString] = {}
    for feature in json.loads(real.read_text(encoding="utf-8"))["features"]:
        own, shape = feature["properties"], shapely.from_geojson(json.dumps(feature["geometry"]))
        lines[own["uid"]] = shape
        rec.add("river_reach", shape, f"{own['river']}({own['uid']})", uid=own["uid"], river=own["river"],
                width_m=None,
                level={"黄河": "main", "沁河": "first", "洛河": "first"}.get(own["river"], "other"),
                canal=own["canal"],
                basin="海河流域" if own["river"] in ("卫河", "丹河", "共产主义渠") else "黄河流域",
                from_node=f"GSHHG-{own['from_node']}",
                to_node=f"GSHHG-{own['to_node']}", chief="河长名单由河长办公布", provenance="fact",
                accuracy_m=own["accuracy_m"],
                document_no=None, document_date=None, valid_from=None,
                source="GSHHG 2.3.7 (LGPL-3+), P. Wessel & W. H. F. Smith; NOAA/SOEST",
                remark="河名为演示所加(GSHHG 无河名);平面位置与实际相差约270—400米;"
                "接头、流向经整理;河宽未知")  # fmt: skip
    for uid, name, width, level, joins, places in STREAMS:
        points = [*places]
        if joins:
            vertices = shapely.get_coordinates(lines[joins])
            points[-1] = tuple(vertices[np.argmin(np.hypot(*(vertices - points[-1]).T))])
        lines[uid] = stream(points, uid)
        rec.add("river_reach", lines[uid], f"{name}({uid})", uid=uid, river=name, width_m=width, level=level,
                canal=False,
                basin="黄河流域", from_node=f"{uid}-起", to_node=f"汇入{joins or '蟒河'}",
                chief=f"市级河长{Names(uid).person()}",
                accuracy_m=20.0)  # fmt: skip
    inside = shapely.box(112.585, 35.08, 112.80, 35.30)
    qin = only_line(lines["RR-QH1"].intersection(inside))
    yellow = only_line(lines["RR-HH2"].intersection(shapely.box(112.03, 34.80, 112.53, 35.05)))
    mang = LineString([*lines["RR-MH1"].coords, *list(lines["RR-MH2"].coords)[1:]])
    made = Rivers(lines, metres(qin), metres(mang), metres(lines["RR-JH1"]), metres(yellow), 0.0)
    made.dam = where(made.qin, 112.6545, 35.2200)
    return made


def only_line(shape: Any) -> LineString:
    """Return the longest line of a clipped river."""
    return max(shapely.get_parts(shape), key=shapely.length)


def channel(rec: Record, river: Rivers) -> None:
    """Draw the Qin's channel (reservoir and river) and its management area around it."""
    start, end = where(river.qin, 112.605, 35.2849), float(shapely.length(river.qin))

    def band(low: float, high: float) -> Any:
        steps = np.linspace(low, high, round((high - low) / 150) + 1)
        pieces = [substring(river.qin, a, b).buffer(river.half_width((a + b) / 2)) for a,
                  b in zip(steps, steps[1:])]
        return tidy(shapely.union_all(pieces).buffer(40).buffer(-40), 4)

    lake = band(start, river.dam)
    for shape, title, part in ((lake, "河口村水库库区", "water"),
                               (only(band(river.dam, end).difference(lake)), "沁河河道", "both")):
        shape = shapely.Polygon(shape.exterior)
        rec.add("river_channel", degrees(shape), f"{title}(示意)", river="沁河", part=part,
                land_code="1103" if part == "water" else "1101", accuracy_m=340.0,
                remark=f"{NOTE};沿 GSHHG 中线按200—400米宽绘制,位置精度随中线")  # fmt: skip
        wide = shapely.Polygon(tidy(shape.buffer(70), 4).exterior)
        rec.add("river_management_area", degrees(wide), f"{title}管理范围(示意)", river="沁河",
                accuracy_m=340.0,
                basis="flood_level" if part == "water" else "dyke",
                managed_by="河口村水库建设管理局(示意)" if part == "water"
                else "济源沁河河务段(示意)")  # fmt: skip
    for line, name, half in ((river.mang, "蟒河", 45.0), (river.ji, "济河", 25.0)):
        stretch = substring(line, 1500, where(line, 112.705, 35.031)) if name == "蟒河" else line
        rec.add("river_management_area", degrees(tidy(stretch.buffer(half, cap_style="flat"), 1)),
                f"{name}管理范围(示意)",
                river=name, basis="dyke", managed_by="济源市河道管理处(示意)", accuracy_m=20.0)  # fmt: skip


WELLS = [
    # code, name, lon, lat, rank, daily t, people, approved by
    ("SY02", "小庄地下水水源地", 112.530, 35.117, "city", 45000.0, 230000, "省人民政府(示意)"),
    ("SY03", "克井镇西许水源地", 112.524, 35.1585, "township", 4200.0, 31000, "市人民政府(示意)"),
    ("SY04", "五龙口镇逯村水源地", 112.668, 35.1185, "thousand_ton", 2600.0, 18500, "市人民政府(示意)"),
    ("SY05", "梨林镇水源地", 112.682, 35.0855, "township", 3100.0, 26000, "市人民政府(示意)"),
    ("SY06", "承留镇水源地", 112.484, 35.0865, "township", 1800.0, 14000, "市人民政府(示意)"),
    ("SY07", "王屋镇天坛水源地", 112.2895, 35.126, "thousand_ton", 1100.0, 10500, "市人民政府(示意)"),
    ("SY08", "邵原镇黄楝树水源地", 112.118, 35.178, "township", 900.0, 9800, "市人民政府(示意)"),
]  # fmt: skip
LEVELS = {"primary": "一级", "secondary": "二级", "quasi": "准"}


def drinking_water(rec: Record, river: Rivers, land: Land) -> None:
    """Draw nested zones: the reservoir and the river below it, well fields, intakes and boundary markers."""
    dice = Names("drinking_water")
    city = land.city.buffer(-20)

    def zone(shape: Any, level: str, code: str, name: str, kind: str, rank: str, extent: str, approved: str,
             accuracy: float) -> None:
        part = "both" if kind in ("lake", "river") else "land"
        rec.add("drinking_water_zone", degrees(shape), f"{name}{LEVELS[level]}保护区(示意)", level=level,
                source_code=f"示意-{code}",
                source_name=name, source_type=kind, source_rank=rank, part=part,
                extent_text=f"{extent}(示意)", approved_by=approved,
                area_ha=round(shape.area / 1e4, 1), accuracy_m=accuracy)  # fmt: skip

    def markers(shape: Any, name: str, level: str, count: int) -> None:
        edge = shapely.boundary(shape)
        (marked,) = (
            f["properties"]["uid"] for f in rec["drinking_water_zone"]
            if (f["properties"]["source_name"], f["properties"]["level"]) == (name, level)
        )  # fmt: skip
        for i in range(count):
            place = degrees(shapely.line_interpolate_point(edge, (i + 0.5) / count, normalized=True))
            state = dice.pick(["good", "damaged", "missing"], [7, 2, 1])
            kind = ("boundary", "boundary", "billboard", "traffic")[i % 4]
            zh = {"boundary": "界标", "billboard": "宣传牌", "traffic": "交通警示牌"}[kind]
            rec.add("boundary_marker", place, f"{name}{LEVELS[level]}保护区{zh}{i + 1}号(示意)",
                    marker_kind=kind,
                    zone_uid=marked,
                    marker_no=f"示意-{LEVELS[level]}{i + 1:02d}", source_name=name, level=level,
                    condition=state,
                    installed_on=dice.day("2014-03-01", "2017-11-30"), inspected_on=dice.day("2019-02-01",
                        "2019-06-15"),
                    accuracy_m=3.0)  # fmt: skip

    dam, start, approved = river.dam, where(river.qin, 112.605, 35.2849), "省人民政府(示意)"
    lake = shapely.union_all(list(rec.shapes("river_channel"))[:1])
    name, intake = "河口村水库水源地", dam - 350
    near = spot(*shapely.get_coordinates(along(river.qin, intake))[0])
    primary = tidy(lake.intersection(near.buffer(1200)).union(substring(river.qin, intake - 500,
        dam).buffer(330)), 4)
    secondary = tidy(lake.union(primary).buffer(350).union(primary.buffer(600)), 5)
    quasi = tidy(secondary.buffer(1100), 6)
    chain = [only(primary), only(secondary), only(quasi)]
    chain = [only(c.intersection(city)) for c in chain]
    words = ("取水口半径1200米内水域及岸侧200米陆域", "一级保护区外全部水域及两岸山脊线内",
             "二级保护区外汇水区")
    for shape, level, extent in zip(chain, LEVELS, words):
        zone(shape, level, "SY01", name, "lake", "city", extent, approved, 20.0)
    markers(chain[0], name, "primary", 6)
    markers(chain[1], name, "secondary", 6)
    rec.add("water_intake", along(river.qin, intake, 40), f"{name}取水口(示意)", source_code="示意-SY01",
            source_name=name,
            source_type="lake", source_rank="city", intake_kind="reservoir_intake", daily_supply_t=100000.0,
            population=350000,
            status="in_use")  # fmt: skip

    name, intake = "沁河五龙口备用水源地", where(river.qin, 112.6661, 35.1819)
    chain = []
    for up, down, wide in ((1000, 100, 200), (2600, 300, 700), (4200, 500, 1200)):
        piece = substring(river.qin, max(intake - up, start), intake + down).buffer(wide,
            cap_style="flat" if wide < 400 else "round")
        lower = shapely.union_all([piece, *chain[-1:]])
        chain.append(only(shapely.Polygon(tidy(lower, 4).exterior).difference(quasi)))
    inner = [c.buffer(-(2 - i) * 6) for i, c in enumerate(chain)]
    words = ("取水口上游1000米至下游100米,两侧200米", "一级保护区外上溯至2600米、下游300米,两侧700米",
             "上溯至4200米、下游500米,两侧1200米")
    for shape, level, extent in zip(inner, LEVELS, words):
        zone(only(shape), level, "SY09", name, "river", "county", extent, "市人民政府(示意)", 20.0)
    markers(only(inner[0]), name, "primary", 4)
    rec.add("water_intake", along(river.qin, intake, 60), f"{name}取水口(示意)", source_code="示意-SY09",
            source_name=name,
            source_type="river", source_rank="county", intake_kind="river_intake", daily_supply_t=30000.0,
            population=120000,
            status="standby")  # fmt: skip

    for code, name, lon, lat, rank, supply, people, approved in WELLS:
        shift = rng(f"wells {code}").uniform(-260, 260, (6 if rank == "city" else 3, 2))
        field = spot(lon, lat)
        wells = [Point(field.x + dx, field.y + dy) for dx, dy in shift]
        hull = shapely.convex_hull(shapely.multipoints(wells))
        reach = (60, 500, 1000) if rank == "city" else (40, 300)
        for distance, level in zip(reach, LEVELS):
            zone(hull.buffer(distance), level, code, name, "groundwater", rank, f"井群外包线外{distance}米",
                 approved, 10.0)
        markers(hull.buffer(reach[0]), name, "primary", 4 if rank == "city" else 2)
        for number, well in enumerate(wells[:2] if rank == "city" else wells[:1], 1):
            rec.add("water_intake", degrees(well), f"{name}{number}号井(示意)", source_code=f"示意-{code}",
                    source_name=name,
                    source_type="groundwater", source_rank=rank, intake_kind="well",
                    daily_supply_t=round(supply / len(wells)),
                    population=people // len(wells), status="in_use", accuracy_m=3.0)  # fmt: skip
    register(rec, {f"示意-{well[0]}": well for well in WELLS})


def register(rec: Record, wells: dict[str, tuple]) -> None:
    """Enter every source once, at its first intake."""
    seen = set()
    for intake in list(rec["water_intake"]):
        cells = intake["properties"]
        code = cells["source_code"]
        if code in seen:
            continue
        seen.add(code)
        supply, people = (wells[code][5], wells[code][6]) if code in wells else (
            cells["daily_supply_t"], cells["population"])  # fmt: skip
        rec.add("drinking_water_source", shapely.geometry.shape(intake["geometry"]), f"{cells['source_name']}(示意)",
                source_code=code, source_type=cells["source_type"], source_rank=cells["source_rank"],
                status=cells["status"], daily_supply_t=supply, population=people, county="济源市")  # fmt: skip


SECTIONS = [
    # uid, name, river, lon, lat, level, government target, target class, actual class, purpose, responsible
    ("MS-01", "沁河五龙口断面", "qin", 112.7011, 35.1361, "national", True, "class_3", "class_2", "control",
     "五龙口镇人民政府"),
    ("MS-02", "沁河伏背(出境)断面", "qin", 112.7620, 35.1276, "provincial", True, "class_3", "class_3",
     "outflow", "五龙口镇人民政府"),
    ("MS-03", "蟒河曲阳湖断面", "mang", 112.5480, 35.1315, "city", True, "class_3", "class_4", "control",
     "克井镇人民政府"),
    ("MS-04", "蟒河南官庄(出境)断面", "mang", 112.6990, 35.0365, "national", True, "class_4", "class_5",
     "outflow", "梨林镇人民政府"),
    ("MS-05", "济河西宜作断面", "ji", 112.6520, 35.0700, "provincial", True, "class_4", "inferior_5",
     "control", "玉泉街道办事处"),
    ("MS-06", "黄河小浪底水库桐树岭断面", "yellow", 112.3181, 34.9411, "national", True, "class_2", "class_2",
     "control", "大峪镇人民政府"),
    ("MS-07", "黄河小浪底坝下断面", "yellow", 112.4422, 34.9086, "national", False, "class_3", "class_2",
     "control", "坡头镇人民政府"),
    ("MS-08", "沁河河口村水库入库断面", "qin", 112.6183, 35.2614, "city", False, "class_2", "class_2",
     "inflow", "克井镇人民政府"),
]  # fmt: skip
# Metres upstream (minus: downstream) of the section, metres from the bank, side looking downstream.
WHERE = [
    (250, 40, 1), (700, 120, -1), (1250, 15, 1), (1750, 380, -1), (2350, 60, 1), (2950, 210, -1),
    (3650, 90, 1),
    (4350, 300, -1), (4850, 30, 1), (-180, 70, -1), (-420, 150, 1), (1500, 495, 1), (3150, 520, -1),
    (2050, 720, -1),
    (5300, 60, 1), (-700, 50, 1), (5900, 120, -1),
]  # fmt: skip
SHORT = (0, 1, 3, 4, 6, 9, 10, 11, 13, 15)
KINDS = {
    "qin": ("outfall", "sand_mining", "riparian_farming", "catering", "cage_culture", "waste_dump", "outfall",
            "dry_toilet",
            "riparian_farming", "catering", "outfall", "dry_toilet", "waste_dump", "catering", "sand_mining",
            "outfall", "waste_dump"),
    "mang": ("outfall", "outfall", "dry_toilet", "waste_dump", "riparian_farming", "catering", "outfall",
             "waste_dump", "outfall",
             "dry_toilet", "outfall", "waste_dump", "dry_toilet", "waste_dump", "outfall", "riparian_farming",
             "catering"),
    "ji": ("outfall", "catering", "waste_dump", "outfall", "dry_toilet", "outfall", "riparian_farming",
           "outfall", "waste_dump",
           "outfall", "waste_dump", "catering", "dry_toilet", "catering", "outfall", "outfall", "waste_dump"),
    "yellow": ("wharf", "catering", "cage_culture", "dry_toilet", "cage_culture", "waste_dump", "wharf",
               "catering", "cage_culture",
               "outfall", "sand_mining", "catering", "waste_dump", "riparian_farming", "wharf",
               "cage_culture", "dry_toilet"),
}  # fmt: skip
IN_WATER = ("cage_culture", "sand_mining", "wharf")


def sections(rec: Record, river: Rivers) -> None:
    """Place the monitoring sections on their rivers."""
    dice = Names("section")
    for uid, name, line, lon, lat, level, target, want, actual, purpose, who in SECTIONS:
        course = getattr(river, line)
        zh = {"qin": "沁河", "mang": "蟒河", "ji": "济河", "yellow": "黄河"}[line]
        aside = dice.number(5, 25) * (1 if line == "yellow" or uid in ("MS-02", "MS-05") else -1)
        place = along(course, where(course, lon, lat), aside)
        rec.add("monitoring_section", place, f"{name}(示意)", uid=uid, section_code=f"示意-{uid}",
                level=level,
                responsibility_target=target, assessed=level != "county", target_class=want, actual_class=actual, river=zh,
                purpose=purpose,
                responsible_party=f"{who}(示意)", measured_on=dice.day("2019-05-02", "2019-05-28"),
                accuracy_m=10.0)  # fmt: skip


class Problems:
    """Places problems of the eight kinds, each with all its attributes."""

    def __init__(self, rec: Record, land: Land) -> None:
        self.rec, self.land, self.dice, self.count = rec, land, Names("problems"), 0

    def add(self, kind: str, place: Point, zh: str) -> str:
        """Add a problem of a kind at a lon/lat place beside the river `zh` (empty: beside none)."""
        dice, self.count = self.dice, self.count + 1
        outside = self.land.city.distance(metres(place)) > 0
        town = "市外(界外)" if outside else self.land.township(place)
        status = ("open", "rectifying", "closed", "open")[self.count % 4]
        found = dice.day("2018-03-01", "2018-11-30")
        closed = dice.day("2018-12-10", "2019-06-10") if status == "closed" else None
        base: dict[str, Any] = {"status": status, "found_on": found, "township": town, "closed_on": closed,
                                "accuracy_m": 10.0}
        number, shape, rec = len(self.rec[kind]) + 1, place, self.rec
        head = f"{town.replace('(界外)', '')}{zh}"
        if kind == "outfall":
            what, text = dice.pick([
                ("direct", "生活污水直排口"), ("rural", "农村污水排口"), ("municipal", "污水处理厂尾水排口"),
                ("industrial", "工业废水排口"),
                ("combined", "雨污混排口"), ("storm", "雨洪排口"), ("farming", "养殖废水排口"),
            ], [5, 4, 1, 2, 3, 2, 1])  # fmt: skip
            stage = {"open": dice.pick(["found", "monitored"]), "rectifying": "traced",
                     "closed": dice.pick(["rectified", "closed"])}[status]
            return rec.add(kind, shape, f"{head}{text}{number}(示意)", outfall_code=f"示意-PWK{number:03d}",
                           stage=stage, outfall_type=what,
                           river=zh or "无", approved=what in ("municipal", "storm"),
                           discharge_t_d=dice.number(5, 900, 0),
                           traced_to="待溯源" if stage in ("found", "monitored") else dice.firm("水务"),
                           owner=f"{town}人民政府(示意)",
                           **base)  # fmt: skip
        if kind == "catering":
            what, text = dice.pick([("restaurant", "餐馆"), ("farm_stay", "农家乐"), ("stall", "夜市摊点")])
            return rec.add(kind, shape, f"{head}{dice.word()}{text}(示意)", catering_kind=what,
                           sewage_treated=status == "closed",
                           owner=dice.person(), **base)  # fmt: skip
        if kind == "cage_culture":
            cages = dice.whole(4, 60)
            return rec.add(kind, shape, f"{head}网箱养殖{number}(示意)", river=zh, cages=cages,
                           area_m2=float(cages * 25), owner=dice.person(), **base)
        if kind == "sand_mining":
            return rec.add(kind, shape, f"{head}采砂点{number}(示意)", river=zh, licensed=number % 4 == 0,
                           volume_m3=dice.number(300, 9000, 0),
                           owner=dice.firm("砂石"), **base)  # fmt: skip
        if kind == "wharf":
            what, text = dice.pick([("passenger", "旅游码头"), ("ferry", "渡口"), ("sand", "砂石码头"),
                                    ("cargo", "货运码头")])
            return rec.add(kind, shape, f"{head}{text}{number}(示意)", wharf_kind=what,
                           approved=what in ("passenger", "ferry"),
                           owner=dice.firm("航运"), **base)  # fmt: skip
        if kind == "dry_toilet":
            return rec.add(kind, shape, f"{head}旱厕{number}(示意)", seats=dice.whole(2, 8),
                           owner=f"{town}村民委员会(示意)", **base)
        if kind == "riparian_farming":
            lon, lat = shapely.get_coordinates(place)[0]
            field = blob(lon, lat, dice.number(45, 95), dice.number(25, 45), f"滩地{number}",
                         turn=dice.number(0, 180), n=14)
            return rec.add(kind, field, f"{head}滩地种植{number}(示意)",
                           place=dice.pick(["dyke", "bank", "flood_land"]),
                           crop=dice.pick(["小麦", "玉米", "大豆", "蔬菜"]), fertilised=number % 3 != 0,
                           area_mu=round(metres(field).area * 0.0015, 1), owner=dice.person(),
                           **base)  # fmt: skip
        what, text = dice.pick([("domestic", "生活垃圾"), ("straw", "秸秆"), ("construction", "建筑垃圾"),
                                ("industrial", "工业固废")], [4, 3, 3, 1])
        return rec.add(kind, shape, f"{head}{text}堆放点{number}(示意)", waste_kind=what,
                       volume_m3=dice.number(8, 600, 0),
                       owner=f"{town}人民政府(示意)", **base)  # fmt: skip



def problems(rec: Record, river: Rivers, land: Land) -> None:
    """Place problems around the target sections: inside, in the 450-550 m band, and beyond each cut."""
    made = Problems(rec, land)
    for number, (_uid, _name, line, lon, lat, _level, target, *_rest) in enumerate(SECTIONS):
        course = getattr(river, line)
        zh = {"qin": "沁河", "mang": "蟒河", "ji": "济河", "yellow": "黄河"}[line]
        at, length = where(course, lon, lat), float(shapely.length(course))
        pattern = range(len(WHERE)) if line != "ji" else SHORT
        for index in pattern if target else SHORT[:4]:
            up, off, side = WHERE[index]
            s = at - up
            if not 100 < s < length - 100:
                continue
            kind = KINDS[line][(index + number) % len(WHERE)]
            half = river.half_width(s) if line == "qin" else HALF_WIDTH[zh]
            if kind in IN_WATER:
                off = -half * 0.5 if line == "qin" else 60.0 if line == "yellow" else -4.0
            if line == "yellow" and kind in IN_WATER and index % 3:
                side = 1  # the southern half of the river is the neighbour's; a few lie there on purpose
            made.add(kind, along(course, s, side * (half + off)), zh)
    # Problems in the drinking-water zones, and some far from every section.
    lake, spare = river.dam - 900, where(river.qin, 112.6661, 35.1819)
    for kind, place in (
        ("cage_culture", along(river.qin, lake, 60)), ("cage_culture", along(river.qin, lake - 1500, -70)),
        ("outfall", along(river.qin, lake + 300, -260)), ("outfall", along(river.qin, spare - 400, 165)),
        ("cage_culture", along(river.qin, spare - 700, -40)),
        ("outfall", along(river.qin, spare - 1900, -330)),
    ):
        made.add(kind, place, "沁河")
    for uid, zh, shares in (("RR-FS1", "逢石河", (0.35, 0.62, 0.8)), ("RR-DY1", "大峪河", (0.4, 0.75)),
                            ("RR-YW1", "砚瓦河", (0.2, 0.55, 0.9)),
                            ("RR-BJ1", "白涧河", (0.3, 0.85))):  # fmt: skip
        course = metres(river.line[uid])
        for number, share in enumerate(shares):
            made.add("outfall", along(course, share * course.length, 14 if number % 2 else -14), zh)
    for kind, lon, lat in (("wharf", 112.1062, 35.0288), ("wharf", 112.1735, 34.9745),
                           ("wharf", 112.2415, 34.9455), ("cage_culture", 112.1960, 34.9600),
                           ("cage_culture", 112.0900, 35.0312), ("sand_mining", 112.4900,
                               34.8970)):  # fmt: skip
        made.add(kind, Point(lon, lat), "黄河")
    for kind, lon, lat in (("outfall", 112.5288, 35.1195), ("outfall", 112.6829, 35.0868),
                           ("waste_dump", 112.455, 35.045), ("waste_dump", 112.300, 35.098),
                           ("waste_dump", 112.595, 35.012), ("waste_dump", 112.155, 35.145),
                           ("waste_dump", 112.660, 35.150)):  # fmt: skip
        made.add(kind, Point(lon, lat), "")


def black_odorous(rec: Record, river: Rivers, land: Land) -> None:
    """Draw black-odorous reaches of the Ji in the built-up area, ponds, and two rural ditches."""
    dice = Names("black_odorous")

    def facts(number: int, state: str, grade: str, kind: str, setting: str, code: str) -> dict[str, Any]:
        done = state in ("eliminated", "monitored")
        low = {"none": (28.0, 60.0), "light": (12.0, 24.0), "heavy": (3.0, 9.0)}[grade]
        oxygen, ammonia = {"none": (3.2, 2.6), "light": (1.2, 10.5), "heavy": (0.15, 18.0)}[grade]
        return {
            "setting": setting, "grade": grade, "state": state, "register_no": f"示意-{code}{number:02d}",
            "water_kind": kind,
            "basis": ("measurement", "survey", "measurement", "sensory")[number % 4],
            "transparency_cm": dice.number(*low),
            "dissolved_oxygen_mg_l": round(oxygen * dice.number(0.8, 1.2, 2), 2),
            "orp_mv": {"none": 85.0, "light": -90.0, "heavy": -240.0}[grade] + dice.whole(-20, 20),
            "nh3n_mg_l": round(ammonia * dice.number(0.85, 1.15, 2), 2), "measured_on": dice.day("2019-04-10",
                "2019-05-25"),
            "registered_on": dice.day("2017-03-01", "2018-03-30"), "treatment_start": dice.day("2018-04-10",
                "2018-09-30"),
            "target_date": ("2018-12-31", "2019-12-31")[number % 2], "eliminated_on": dice.day("2018-11-01",
                "2019-03-31") if done else None,
            "treatment": ("控源截污、清淤疏浚", "截污纳管、生态补水", "内源治理、岸线修复")[number % 3],
            "responsible_party": "市住房和城乡建设局(示意)" if setting == "urban" else "属地镇人民政府(示意)",
            "accuracy_m": 10.0,
        }  # fmt: skip

    first, last = where(river.ji, 112.556, 35.0866), where(river.ji, 112.632, 35.0758)
    states = [("monitored", "none"), ("under_treatment", "light"), ("under_treatment", "heavy"),
              ("eliminated", "none"), ("registered", "light")]
    names = ["天坛路以西段", "天坛路—宣化街段", "宣化街—沁园路段", "沁园路—玉泉段", "玉泉桥下段"]
    steps = np.linspace(first, last, len(states) + 1)
    for number, (name, (state, grade)) in enumerate(zip(names, states), 1):
        piece = degrees(substring(river.ji, steps[number - 1] + 60, steps[number] - 60))
        rec.add("black_odorous_reach", piece, f"济河{name}黑臭河段(示意)", river="济河",
                township=land.township(piece),
                **facts(number, state, grade, "river", "urban", "HC"))  # fmt: skip
    course = metres(river.line["RR-YW1"])
    piece = degrees(substring(course, 300, 1500))
    rec.add("black_odorous_reach", piece, "砚瓦河轵城段黑臭河段(示意)", river="砚瓦河",
            township=land.township(piece),
            **facts(6, "registered", "light", "ditch", "rural", "HC"))  # fmt: skip
    for number, (name, lon, lat, state, grade, setting, radius) in enumerate([
        ("北潘坑塘", 112.6160, 35.1045, "under_treatment", "light", "urban", 55), ("西环路排水沟塘", 112.5590,
            35.0790, "eliminated", "none", "urban", 40),
        ("龙潭社区坑塘", 112.5735, 35.0935, "under_treatment", "heavy", "urban", 60),
        ("南夫坑塘", 112.6010, 35.0605, "registered", "light", "urban", 45),
        ("梨林桥头坑塘", 112.7050, 35.0815, "registered", "light", "rural", 50),
    ], 1):  # fmt: skip
        shape = blob(lon, lat, radius * 1.3, radius * 0.8, name, turn=number * 40, n=18)
        rec.add("black_odorous_water", shape, f"{name}黑臭水体(示意)", township=land.township(shape),
                **facts(number, state, grade, "pond", setting, "HT"))  # fmt: skip


def ledger(rec: Record) -> None:
    """Open rectification items on a dozen problems, in every state of work."""
    dice, number = Names("ledger"), 0
    zh = {"outfall": "排污口未完成整治", "waste_dump": "垃圾(秸秆)露天堆放", "catering": "餐饮污水未收集",
          "cage_culture": "违法网箱养殖",
          "sand_mining": "违法采砂", "riparian_farming": "滩地施肥种植", "dry_toilet": "旱厕临河设置",
          "wharf": "码头未配污染物接收设施"}  # fmt: skip
    for layer, title in zh.items():
        own_city = [f for f in rec[layer] if not f["properties"]["township"].startswith("市外")]
        for feature in own_city[:2]:
            own, number = feature["properties"], number + 1
            state = ("not_started", "rectifying", "done", "closed")[number % 4]
            done = dice.day("2018-12-01", "2019-03-31") if state in ("done", "closed") else None
            place = shapely.centroid(shapely.from_geojson(json.dumps(feature["geometry"])))
            rec.add("rectification_item", place, f"{own['name'].replace('(示意)', '')}整改(示意)",
                    problem_no=f"示意-2018-{number:04d}",
                    feature_layer=layer, feature_uid=own["uid"], rulebook="jiyuan-2018", clause="三(三)1",
                    problem=title,
                    township=own["township"], responsible_party=f"{own['township']}(示意)",
                    responsible_person=dice.person(),
                    measure=("限期拆除", "截污纳管", "清运并恢复岸坡", "签订协议退出")[number % 4],
                    due_on="2018-12-31", due_words="2018年优先完成",
                    status=state, verification="confirmed" if done else None,
                    verified_by=dice.person() if done else None,
                    verified_on=done, photo_before=f"照片/示意-{number:04d}-前.jpg",
                    photo_after=f"照片/示意-{number:04d}-后.jpg" if done else None,
                    done_on=done, closed_on=dice.day("2019-04-01",
                        "2019-05-31") if state == "closed" else None,
                    closed_by="市河长办(示意)" if state == "closed" else None, accuracy_m=10.0)  # fmt: skip


