"""The land of the demonstration: outline, towns, roads, parks, hills, mines, farmland, plots and planning."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from draw_tools import Names, Places, Record, blob, degrees, metres, only, plot, ring, smooth, spot
from shapely import LineString, Point, Polygon

# The outline north of the Yellow River, drawn by hand for the demonstration; the river itself closes it.
NORTH = [
    (112.052, 35.075), (112.061, 35.118), (112.049, 35.158), (112.062, 35.205), (112.071, 35.262),
    (112.118, 35.276),
    (112.168, 35.259), (112.203, 35.268), (112.232, 35.238), (112.281, 35.252), (112.312, 35.226),
    (112.352, 35.243),
    (112.402, 35.251), (112.447, 35.232), (112.498, 35.226), (112.541, 35.214), (112.578, 35.228),
    (112.590, 35.262),
    (112.618, 35.282), (112.648, 35.268), (112.671, 35.231), (112.702, 35.203), (112.741, 35.206),
    (112.752, 35.172),
    (112.768, 35.143), (112.764, 35.103), (112.742, 35.066), (112.716, 35.032), (112.683, 35.004),
    (112.640, 34.992),
    (112.588, 34.981), (112.552, 34.952), (112.531, 34.915), (112.512, 34.895),
]  # fmt: skip
TOWNS = {
    "沁园街道": (112.600, 35.075), "济水街道": (112.590, 35.095), "北海街道": (112.574, 35.107),
    "天坛街道": (112.563, 35.085), "玉泉街道": (112.630, 35.095), "克井镇": (112.545, 35.165),
    "五龙口镇": (112.682, 35.152), "轵城镇": (112.612, 35.030), "承留镇": (112.500, 35.078),
    "邵原镇": (112.138, 35.160), "坡头镇": (112.520, 34.935), "梨林镇": (112.695, 35.075),
    "大峪镇": (112.400, 34.975), "思礼镇": (112.485, 35.120), "王屋镇": (112.275, 35.118),
    "下冶镇": (112.205, 35.052),
}  # fmt: skip
STREETS = ("沁园街道", "济水街道", "北海街道", "天坛街道", "玉泉街道")
CITY_CORE = [
    (112.551, 35.070), (112.555, 35.098), (112.571, 35.112), (112.598, 35.114), (112.623, 35.108),
    (112.635, 35.092),
    (112.633, 35.070), (112.616, 35.056), (112.590, 35.051), (112.566, 35.055),
]  # fmt: skip
VILLAGES = {
    "克井镇": "东许 柿槟 勋掌 枣庙 白涧", "五龙口镇": "西窑头 省庄 尚庄 逯村 留养 王寨",
    "轵城镇": "泗涧 南冢 岭头 柏树庄 长泉 绮里",
    "承留镇": "花石 大沟河 玉阳 虎岭 栲栳 卫佛安", "邵原镇": "刘沟 黄楝树 神沟 双房 金沟",
    "坡头镇": "连地 店留 双堂 白道河 留庄 左山",
    "梨林镇": "沙后 桥头 范庄 水运 永太 瑞村", "大峪镇": "王坑 三岔河 寺郎腰 槐姻 董岭",
    "思礼镇": "涧南庄 万洋山 郑坪 水洪池 石牛",
    "王屋镇": "林山 迎门 封门 清虚 桃花洞", "下冶镇": "逢石 北吴 坡池 韩旺 大岭",
}  # fmt: skip
PARKS = [
    # name, lon, lat, rx, ry, level, kind, leading industries
    ("虎岭产业集聚区", 112.511, 35.056, 2000, 1250, "provincial", "industrial_cluster",
     "装备制造、精细化工、有色金属"),
    ("玉川产业集聚区", 112.520, 35.184, 1800, 1100, "provincial", "industrial_cluster",
     "有色金属、能源、建材"),
    ("高新技术产业集聚区", 112.662, 35.048, 1500, 1050, "provincial", "industrial_cluster",
     "电子信息、智能装备"),
    ("梨林特色园区", 112.722, 35.092, 900, 650, "city", "characteristic", "食品加工、轻工"),
    ("五龙口化工园区", 112.728, 35.145, 850, 600, "city", "chemical", "煤化工、无机盐"),
]  # fmt: skip
ROADS = [
    ("G55二广高速公路", "G55", "expressway", True, 26.0,
     [(112.705, 35.204), (112.672, 35.170), (112.655, 35.125), (112.647, 35.075), (112.628, 35.020),
      (112.600, 34.984)]),
    ("G3511菏宝高速公路", "G3511", "expressway", True, 26.0,
     [(112.765, 35.112), (112.700, 35.108), (112.640, 35.045), (112.580, 35.040), (112.500, 35.037),
      (112.420, 35.066),
      (112.330, 35.092), (112.230, 35.105), (112.140, 35.136), (112.055, 35.135)]),
    ("S49焦唐高速公路济源段", "S49", "expressway", True, 26.0, [(112.560, 35.041), (112.520, 34.985),
        (112.480, 34.925)]),
    ("G208国道", "G208", "national", True, 15.0,
     [(112.448, 35.230), (112.490, 35.195), (112.535, 35.150), (112.549, 35.110), (112.548, 35.060),
      (112.560, 35.010),
      (112.555, 34.956)]),
    ("G327国道", "G327", "national", True, 15.0,
     [(112.752, 35.083), (112.690, 35.090), (112.636, 35.083), (112.590, 35.081), (112.545, 35.079),
      (112.470, 35.088),
      (112.390, 35.108), (112.290, 35.108), (112.210, 35.128), (112.135, 35.150), (112.056, 35.150)]),
    ("S240省道", "S240", "provincial", True, 12.0,
     [(112.590, 35.112), (112.600, 35.150), (112.640, 35.190), (112.650, 35.235)]),
    ("S309省道", "S309", "provincial", True, 12.0,
     [(112.548, 35.060), (112.480, 35.010), (112.420, 34.985), (112.350, 34.985), (112.270, 35.005),
      (112.205, 35.045)]),
    ("X001县道(克井—王屋)", "X001", "county", False, 8.0,
     [(112.535, 35.160), (112.460, 35.150), (112.380, 35.140), (112.310, 35.150), (112.275, 35.120)]),
    ("X012县道(下冶—邵原)", "X012", "county", False, 8.0, [(112.205, 35.052), (112.190, 35.100),
        (112.140, 35.155)]),
    ("X025县道(轵城—坡头)", "X025", "county", False, 8.0, [(112.610, 35.035), (112.570, 34.990),
        (112.522, 34.938)]),
    ("济渎大道", "城-01", "urban", False, 30.0, [(112.556, 35.100), (112.590, 35.098), (112.632, 35.096)]),
    ("黄河大道", "城-02", "urban", False, 36.0, [(112.553, 35.072), (112.590, 35.068), (112.634, 35.066)]),
    ("天坛路", "城-03", "urban", False, 24.0, [(112.575, 35.056), (112.576, 35.085), (112.578, 35.110)]),
    ("沁园路", "城-04", "urban", False, 28.0, [(112.604, 35.054), (112.605, 35.085), (112.606, 35.112)]),
]  # fmt: skip
RAILWAYS = [
    ("焦柳铁路", "conventional", [(112.764, 35.120), (112.690, 35.118), (112.630, 35.116), (112.560, 35.119),
                              (112.543, 35.085),
                              (112.540, 35.035), (112.528, 34.985), (112.500, 34.900)]),
    ("侯月铁路", "conventional", [(112.283, 35.249), (112.298, 35.192), (112.375, 35.180), (112.460, 35.165),
                              (112.540, 35.135), (112.620, 35.135),
                              (112.700, 35.140), (112.763, 35.148)]),
    ("沁北电厂铁路专用线", "freight_branch", [(112.690, 35.139), (112.702, 35.152), (112.7145, 35.163)]),
]  # fmt: skip
MINES = [
    # name, lon, lat, radius m, mineral, method, status, output 10 kt/a, green
    ("寺沟建筑石料矿", 112.352, 35.206, 260, "建筑石料用灰岩", "open_pit", "suspended", 30.0, "none"),
    ("铁山石灰岩矿", 112.411, 35.226, 300, "石灰岩", "open_pit", "producing", 80.0, "building"),
    ("大社水泥灰岩矿", 112.425, 35.160, 380, "水泥用灰岩", "open_pit", "producing", 120.0, "provincial"),
    ("白涧采石场", 112.585, 35.196, 210, "建筑石料用灰岩", "open_pit", "closed", 20.0, "none"),
    ("大郭富采石场", 112.566, 35.184, 190, "建筑石料用灰岩", "open_pit", "abandoned", 15.0, "none"),
    ("勋掌白云岩矿", 112.562, 35.212, 260, "冶镁白云岩", "open_pit", "producing", 45.0, "building"),
    ("盘谷寺采石场", 112.547, 35.202, 170, "建筑石料用灰岩", "open_pit", "abandoned", 10.0, "none"),
    ("渠首采石场", 112.628, 35.206, 160, "建筑石料用灰岩", "open_pit", "closed", 12.0, "none"),
    ("克井一矿", 112.571, 35.150, 420, "煤", "underground", "producing", 60.0, "provincial"),
    ("克井二矿", 112.487, 35.143, 360, "煤", "underground", "suspended", 45.0, "none"),
    ("思礼耐火粘土矿", 112.446, 35.138, 240, "耐火粘土", "open_pit", "producing", 8.0, "none"),
    ("郑坪铁矿", 112.432, 35.181, 200, "铁矿", "underground", "suspended", 15.0, "none"),
    ("封门采石场", 112.330, 35.128, 180, "建筑石料用灰岩", "open_pit", "closed", 10.0, "none"),
    ("王屋大理石矿", 112.262, 35.177, 220, "饰面用大理岩", "open_pit", "suspended", 5.0, "none"),
    ("桃花洞石英砂岩矿", 112.276, 35.149, 200, "冶金用石英岩", "open_pit", "producing", 18.0, "none"),
    ("迎门铁矿", 112.262, 35.080, 260, "铁矿", "underground", "producing", 20.0, "building"),
    ("邵原铝土矿", 112.106, 35.188, 320, "铝土矿", "open_pit", "producing", 25.0, "building"),
    ("黄背角采石场", 112.166, 35.213, 170, "建筑石料用灰岩", "open_pit", "abandoned", 8.0, "none"),
    ("下冶铝土矿", 112.230, 35.070, 300, "铝土矿", "open_pit", "producing", 30.0, "building"),
    ("坡池煤矿", 112.258, 35.031, 340, "煤", "underground", "closed", 30.0, "none"),
    ("下冶石英岩矿", 112.185, 35.018, 180, "冶金用石英岩", "open_pit", "suspended", 12.0, "none"),
    ("大峪硫铁矿", 112.318, 35.010, 220, "硫铁矿", "underground", "abandoned", 6.0, "none"),
    ("寺郎腰采石场", 112.438, 35.000, 170, "建筑石料用灰岩", "open_pit", "producing", 16.0, "none"),
    ("玉阳山采石场", 112.440, 35.066, 190, "建筑石料用灰岩", "open_pit", "producing", 20.0, "none"),
    ("留庄砖瓦粘土矿", 112.485, 34.957, 150, "砖瓦用粘土", "open_pit", "closed", 6.0, "none"),
    ("长泉砖瓦粘土矿", 112.592, 35.022, 160, "砖瓦用粘土", "open_pit", "suspended", 8.0, "none"),
]  # fmt: skip


class Land:
    """The outline, the towns and the built-up area, in metres, for whoever has to place something."""

    def __init__(self, yellow: LineString) -> None:
        river = shapely.get_coordinates(yellow)
        last = int(np.argmin(np.hypot(river[:, 0] - 112.5086, river[:, 1] - 34.8878)))
        self.outline = Polygon([*map(tuple, river[: last + 1][::-1]), *NORTH])
        self.city = metres(self.outline)
        self.core_shape = ring(CITY_CORE)
        self.core = metres(self.core_shape)
        seats = [spot(*place) for place in TOWNS.values()]
        cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(seats),
            extend_to=self.city.buffer(9e4)))
        self.town = {}
        for name, seat in zip(TOWNS, seats):
            cell = next(c for c in cells if c.contains(seat))
            self.town[name] = only(shapely.intersection(cell, self.city))
        self.outside_core = {t: only(shapely.difference(a,
            self.core.buffer(300))) if not self.core.covers(a) else a
                             for t, a in self.town.items()}  # fmt: skip

    def township(self, shape: Any) -> str:
        """Return the town that a lon/lat shape lies in (or next to)."""
        place = shapely.centroid(metres(shape))
        return min(self.town, key=lambda t: self.town[t].distance(place))


def administration(rec: Record, land: Land) -> None:
    """Draw the city, its towns, the built-up areas, roads and railways."""
    dice = Names("admin")
    rec.add("admin_area", land.outline, "济源市", uid="AA-CITY", level="city", code="419001",
            parent_code="410000",
            population=732000, accuracy_m=500.0,
            remark="示意:手绘简化轮廓,南界取黄河中线,非法定界线")  # fmt: skip
    for number, town in enumerate(TOWNS, 1):
        code = f"419001{number if town in STREETS else number - len(STREETS) + 100:03d}"
        people = dice.whole(42000, 68000) if town in STREETS else dice.whole(18000, 58000)
        rec.add("admin_area", degrees(land.town[town]), town, level="town", code=code, parent_code="419001",
                population=people,
                accuracy_m=500.0, remark="示意:按镇(街道)驻地划分,非法定界线")  # fmt: skip
    rec.add("built_up_area", land.core_shape, "济源市城市建成区", kind="city", year=2018,
            heated_floor_area_10k_m2=1086.0, total_floor_area_10k_m2=1412.0, accuracy_m=20.0)  # fmt: skip
    for town, place in TOWNS.items():
        if town not in STREETS:
            size = 480 + dice.whole(0, 260)
            rec.add("built_up_area", blob(*place, size, size * 0.75, f"{town}建成区"), f"{town}建成区",
                    kind="town", year=2018, heated_floor_area_10k_m2=0.0,
                    total_floor_area_10k_m2=round(size * size * 0.75 * 2.2 / 1e4, 1), accuracy_m=20.0)  # fmt: skip
    for name, no, kind, trunk, width, points in ROADS:
        rec.add("road", LineString(smooth(points)), f"{name}(示意)", road_no=no, road_class=kind, trunk=trunk,
                width_m=width,
                accuracy_m=50.0)  # fmt: skip
    for name, kind, points in RAILWAYS:
        rec.add("railway", LineString(smooth(points)), f"{name}(示意)", railway_class=kind,
                trunk=kind == "conventional",
                status="operating", accuracy_m=50.0)  # fmt: skip
    for name, lon, lat, rx, ry, level, kind, leading in PARKS:
        shape = blob(lon, lat, rx, ry, name)
        rec.add("industrial_park", shape, f"{name}(示意)", park_level=level, park_kind=kind,
                leading_industries=leading,
                eia_done=kind != "characteristic", managed_by=f"{name}管委会(示意)",
                accuracy_m=20.0)  # fmt: skip


def villages(rec: Record, land: Land) -> None:
    """Place the villages, away from rivers, parks, mines and the built-up areas."""
    dice = Names("village")
    avoid = [
        *(s.buffer(220) for s in rec.shapes("river_reach", "road", "railway")),
        *(s.buffer(180) for s in rec.shapes("river_channel", "industrial_park", "mine_site", "built_up_area",
                                            "permanent_farmland")),
    ]
    places = Places("village", 1100, avoid)
    for town, names in VILLAGES.items():
        for number, name in enumerate(names.split()):
            people = dice.whole(380, 2600)
            rec.add("village", places.take(land.outside_core[town], 500), f"{name}村(示意)", township=town,
                    households=people // 4 + dice.whole(0, 30), population=people,
                    sewage_treated=number % 5 in (0, 3),
                    waste_collected=number % 6 != 4, environment_improved=number % 3 == 0,
                    accuracy_m=50.0)  # fmt: skip


def hills(rec: Record, land: Land) -> None:
    """Draw the nature reserve, the scenic areas, the redline, mines and tailings ponds."""
    name, keeper = "太行山猕猴自然保护区济源片区(示意)", "自然保护区管理处(示意)"
    cores = [blob(112.345, 35.214, 1900, 1000, "猕猴核心一", 8), blob(112.468, 35.2175, 1300, 520,
        "猕猴核心二", -4)]
    core = shapely.union_all([metres(c) for c in cores]).intersection(land.city.buffer(-400))
    buffer_zone, whole = core.buffer(600), core.buffer(600).union(metres(blob(112.415, 35.216, 10500, 1750,
        "猕猴实验区", -1)))
    buffer_zone, whole = (z.intersection(land.city.buffer(-30)) for z in (buffer_zone, whole))
    for kind, zh, area in (
        ("core", "核心区", core), ("buffer", "缓冲区", buffer_zone.difference(core)),
        ("experimental", "实验区", whole.difference(buffer_zone)),
    ):  # fmt: skip
        for number, part in enumerate(p for p in shapely.get_parts(shapely.normalize(area)) if p.area > 1e4):
            rec.add("nature_reserve", degrees(part), f"太行山猕猴自然保护区{zh}{number + 1}(示意)",
                    reserve_name=name,
                    function_zone=kind, level="national", managed_by=keeper, accuracy_m=30.0)  # fmt: skip
    for title, lon, lat, rx, ry, level, grade in (
        ("王屋山风景名胜区核心景区", 112.272, 35.182, 1700, 1300, "national", "core"),
        ("王屋山风景名胜区二级保护区", 112.258, 35.148, 2600, 1300, "national", "second"),
        ("五龙口风景名胜区", 112.636, 35.226, 1100, 1300, "provincial", "second"),
        ("小沟背风景名胜区", 112.128, 35.235, 1900, 1500, "provincial", "second"),
    ):
        shape = only(shapely.intersection(metres(blob(lon, lat, rx, ry, title)), land.city))
        rec.add("scenic_area", degrees(shape), f"{title}(示意)", level=level, protection_grade=grade,
                managed_by="风景区管理局(示意)", accuracy_m=30.0)  # fmt: skip
    for number, (title, kind, area) in enumerate([
        ("太行山生物多样性维护红线", "biodiversity", whole.buffer(-150)),
        ("王屋山水源涵养红线", "water_conservation", metres(blob(112.200, 35.205, 6200, 2600, "王屋山红线",
            4))),
        ("小浪底库区水土保持红线", "soil_conservation", metres(blob(112.215, 35.000, 2600, 1500, "小浪底红线",
            60))),
    ], 1):  # fmt: skip
        shape = only(area.intersection(land.city).difference(whole.buffer(-149) if number == 2 else Point()))
        rec.add("ecological_redline", degrees(shape), f"{title}(示意)", redline_code=f"示意-HX{number:02d}",
                redline_kind=kind,
                area_ha=round(shape.area / 1e4, 1), accuracy_m=50.0)  # fmt: skip
    dice = Names("mine")
    for number, (title, lon, lat, radius, mineral, method, status, output, green) in enumerate(MINES, 1):
        shape = blob(lon, lat, radius * 1.15, radius * 0.85, title, turn=number * 37)
        extinct = status == "abandoned"
        mined = round(metres(shape).area / 1e4 * (0.55 if method == "open_pit" else 0.06), 2)
        firm = "主体灭失,由属地政府治理(示意)" if extinct else dice.firm("矿业")
        rec.add("mine_site", shape, f"{title}(示意)", licence_no=f"示意-C4119{number:05d}",
                licence_until=dice.day("2016-01-01", "2018-12-31") if status in ("closed", "abandoned") else
                dice.day("2019-09-01", "2026-12-31"), mineral=mineral, mining_method=method, status=status,
                responsible_party=firm, party_extinct=extinct, green_mine=green, annual_output_10kt=output,
                mined_area_ha=mined,
                restored_area_ha=round(mined * {"closed": 0.7, "abandoned": 0.15}.get(status, 0.3), 2),
                township=land.township(shape), accuracy_m=10.0)  # fmt: skip
    for title, lon, lat, grade, mineral, status, volume in (
        ("郑坪铁矿尾矿库", 112.4395, 35.1865, "grade_4", "铁矿", "suspended", 86.0),
        ("迎门铁矿尾矿库", 112.268, 35.0875, "grade_4", "铁矿", "in_use", 120.0),
        ("大峪硫铁矿尾矿库", 112.3245, 35.0145, "grade_5", "硫铁矿", "abandoned", 35.0),
        ("虎岭赤泥库", 112.476, 35.040, "grade_3", "铝土矿(赤泥)", "in_use", 640.0),
        ("思礼铅锌渣库", 112.462, 35.118, "grade_5", "铅锌", "closed", 22.0),
    ):
        place = Point(lon, lat)
        rec.add("tailings_pond", place, f"{title}(示意)", grade=grade, mineral=mineral, status=status,
                capacity_10k_m3=volume,
                emergency_plan=status == "in_use", owner=dice.firm("矿业"), township=land.township(place),
                accuracy_m=20.0)  # fmt: skip


FARMS = [
    (112.700, 35.058, 900, 520), (112.738, 35.0785, 430, 280), (112.722, 35.068, 620, 450),
    (112.690, 35.128, 480, 300),
    (112.671, 35.134, 430, 360), (112.640, 35.020, 800, 500), (112.600, 35.006, 700, 420),
    (112.540, 34.985, 480, 320),
    (112.640, 35.154, 600, 420), (112.500, 35.015, 600, 380), (112.470, 35.078, 450, 330),
    (112.5275, 34.957, 380, 280),
]  # fmt: skip
CLASSES = [
    ("priority", 112.700, 35.058, 1150, 650, "无", "落实永久基本农田保护"), ("priority", 112.640, 35.020,
        1000, 640, "无", "落实永久基本农田保护"),
    ("priority", 112.722, 35.068, 600, 420, "无", "落实永久基本农田保护"), ("priority", 112.671, 35.134, 500,
        420, "无", "测土配方施肥"),
    ("safe_use", 112.686, 35.096, 500, 330, "镉", "低积累品种替代、叶面阻控"), ("safe_use", 112.590, 35.036,
        600, 280, "镉、铅", "优化施肥、调节酸度"),
    ("safe_use", 112.478, 35.068, 450, 280, "镉", "低积累品种替代"), ("strict_control", 112.483, 35.054, 330,
        250, "镉、铅", "种植结构调整"),
    ("strict_control", 112.552, 35.180, 360, 280, "铅、镉", "退耕还林"),
]  # fmt: skip


def farmland(rec: Record, land: Land) -> None:
    """Draw permanent basic farmland and the farmland classes of the plain."""
    taken: list[Any] = []
    for number, (lon, lat, rx, ry) in enumerate(FARMS, 1):
        shape = only(metres(blob(lon, lat, rx, ry, f"农田{number}")).intersection(land.city.buffer(-60)))
        area, town = shape.area, land.township(degrees(shape))
        rec.add("permanent_farmland", degrees(shape), f"{town}永久基本农田图斑{number}(示意)",
                plot_no=f"示意-JN{number:03d}",
                quality=f"{5 + number % 4}等", township=town, area_ha=round(area / 1e4, 2))  # fmt: skip
    for number, (kind, lon, lat, rx, ry, metal, measure) in enumerate(CLASSES, 1):
        shape = metres(blob(lon, lat, rx, ry, f"耕地类别{number}"))
        shape = only(shape.intersection(land.city.buffer(-60)).difference(shapely.union_all(taken).buffer(5)
            if taken else Point()))
        taken.append(shape)
        town = land.township(degrees(shape))
        zh = {"priority": "优先保护类", "safe_use": "安全利用类", "strict_control": "严格管控类"}[kind]
        rec.add("farmland_class", degrees(shape), f"{town}{zh}耕地{number}(示意)", farmland_class=kind,
                pollutants=metal,
                measure=measure, township=town, area_ha=round(shape.area / 1e4, 2),
                accuracy_m=20.0)  # fmt: skip


PLOTS = [
    # name, lon, lat, width, depth, former use, industry, pollutants, state, planned use, overlap
    ("原化肥厂地块", 112.598, 35.0905, 260, 190, "合成氨、尿素生产", "coal_chemical", "氨氮、苯并[a]芘",
     "contaminated", "residential", "same"),
    ("原电镀厂地块", 112.5835, 35.0765, 140, 110, "电镀", "electroplating", "六价铬、镍", "contaminated",
     "public", "shifted"),
    ("原造纸厂地块", 112.6115, 35.0655, 240, 160, "造纸", "paper", "石油烃、砷", "surveyed", "commercial",
     "same"),
    ("原铅冶炼厂地块", 112.556, 35.0615, 300, 220, "铅冶炼", "lead_zinc", "铅、镉、砷", "controlled", "green",
     "same"),
    ("原焦化厂北地块", 112.567, 35.0625, 280, 200, "炼焦", "coking", "苯、多环芳烃", "contaminated",
     "industrial", "shifted"),
    ("原印染厂地块", 112.6235, 35.0875, 180, 130, "印染", "dyeing", "苯胺、锑", "suspected", "residential",
     "same"),
    ("原蓄电池厂地块", 112.6045, 35.1045, 160, 120, "铅酸蓄电池", "battery", "铅", "restored", "residential",
     "same"),
    ("原农药厂地块", 112.5705, 35.1035, 220, 150, "农药复配", "pesticide", "六六六、滴滴涕", "contaminated",
     "residential", "apart"),
    ("原机械厂涂装车间地块", 112.5925, 35.0595, 170, 130, "机械涂装", "coating", "二甲苯、石油烃",
     "suspected", "public", "same"),
    ("原钢厂料场地块", 112.5455, 35.1015, 320, 210, "炼钢原料堆场", "steel", "铅、锌", "suspected",
     "logistics", "shifted"),
    ("原加油站地块", 112.6205, 35.0995, 70, 55, "加油站", "gas_station", "石油烃、MTBE", "removed",
     "commercial", "same"),
    ("玉川锌浸出渣堆场地块", 112.5285, 35.1785, 260, 180, "锌冶炼渣堆存", "lead_zinc", "锌、镉", "controlled",
     "industrial", "same"),
    ("虎岭原碳素厂地块", 112.5005, 35.0575, 240, 180, "碳素焙烧", "carbon", "苯并[a]芘、氟化物", "surveyed",
     "industrial", "same"),
    ("轵城原制革厂地块", 112.6165, 35.0385, 150, 110, "制革", "tannery", "六价铬", "suspected", "residential",
     "apart"),
    ("五龙口原垃圾填埋场地块", 112.667, 35.1655, 210, 150, "生活垃圾填埋", "landfill", "氨氮、重金属",
     "controlled", "green", "same"),
]  # fmt: skip
USES = {
    "residential": ("R2", "二类居住用地", "first"), "public": ("A33", "中小学用地", "first"),
    "commercial": ("B1", "商业用地", "second"), "industrial": ("M2", "二类工业用地", "second"),
    "logistics": ("W1", "一类物流仓储用地", "second"), "green": ("G1", "公园绿地", "second"),
}  # fmt: skip


def plots(rec: Record, land: Land) -> None:
    """Draw contaminated plots, each with the parcel planned on it or near it, and parcels that touch none."""
    dice = Names("plots")

    def parcel(shape: Any, use: str, number: int) -> None:
        code, title, category = USES[use]
        town = land.township(shape)
        rec.add("planned_parcel", shape, f"{town}控规{code}-{number:02d}地块(示意)", land_use_code=code,
                code_standard="gb50137",
                land_use_name=title, land_use_category=category, planned_use=use,
                parcel_no=f"示意-KG{number:03d}",
                plan_name=f"{town}控制性详细规划(示意)", supply_on=dice.day("2019-09-01", "2020-12-31"),
                accuracy_m=2.0)  # fmt: skip

    for number, (name, lon, lat, width, depth, former, industry, metal, state, use, how) in enumerate(PLOTS,
        1):
        shape, known = plot(lon, lat, width, depth), state != "suspected"
        rec.add("contaminated_plot", shape, f"{name}(示意)", register_state=state,
                plot_no=f"示意-4190012018{number:03d}",
                former_use=former, industry=industry, pollutants=metal, planned_use=use,
                land_use_category=USES[use][2],
                listed_on=dice.day("2018-03-01", "2018-06-30"), surveyed_on=dice.day("2018-08-01",
                    "2018-12-20") if known else None,
                removed_on="2019-04-15" if state == "removed" else None,
                reason="关停搬迁企业用地" if known else "重点行业关闭企业,待初步调查",
                responsible_party=dice.firm("工贸"), township=land.township(shape),
                address=f"{land.township(shape)}(示意)",
                accuracy_m=2.0)  # fmt: skip
        step = {"same": 0.0, "shifted": width * 0.6, "apart": width * 1.5}[how]
        middle = shapely.get_coordinates(degrees(Point(spot(lon, lat).x + step, spot(lon, lat).y)))[0]
        parcel(plot(*middle, width * 1.05, depth * 1.05), use, number)
    for number, (lon, lat, use) in enumerate([
        (112.5885, 35.1055, "residential"), (112.6265, 35.0690, "residential"), (112.5655, 35.0925, "public"),
        (112.6515, 35.0505, "industrial"), (112.5165, 35.0615, "industrial"),
    ], len(PLOTS) + 1):  # fmt: skip
        parcel(plot(lon, lat, 230, 170), use, number)


def control_units(rec: Record, land: Land) -> None:
    """Divide the city into environmental control units: protected hills, the city and its parks, the rest."""
    reserve = shapely.union_all(list(rec.shapes("nature_reserve", "scenic_area"))).intersection(land.city)
    quasi = [s for s, f in zip(rec.shapes("drinking_water_zone"), rec["drinking_water_zone"])
             if f["properties"]["source_type"] != "groundwater"]  # fmt: skip
    water = shapely.union_all(quasi).intersection(land.city).difference(reserve)
    parks = shapely.union_all(list(rec.shapes("industrial_park"))).intersection(land.city)
    parks = parks.difference(reserve).difference(water)
    core = land.core.difference(parks).difference(water)
    rest = land.city.difference(shapely.union_all([reserve, water, parks, core]))
    groups = {g: [t for t in land.town if t in names] for g, names in {
        "西部山区": ("邵原镇", "王屋镇", "下冶镇"), "南部库区": ("大峪镇", "坡头镇"),
        "北部浅山区": ("克井镇", "思礼镇"),
        "东部平原": ("五龙口镇", "梨林镇", "玉泉街道"), "城郊": ("承留镇", "轵城镇", "沁园街道", "天坛街道",
            "济水街道", "北海街道"),
    }.items()}  # fmt: skip
    units = [("太行山—王屋山自然保护地", "priority", reserve), ("河口村水库及水源地", "priority", water),
             ("城市建成区", "key", core)]
    for feature, shape in zip(rec["industrial_park"], rec.shapes("industrial_park")):
        title = feature["properties"]["name"].replace("(示意)", "")
        units.append((title, "key", shape.intersection(parks)))
    for title, names in groups.items():
        units.append((title, "general", rest.intersection(shapely.union_all([land.town[t] for t in names]))))
    words = {
        "priority": ("禁止不符合主体功能定位的各类开发活动", "不得新增排污口",
                     "完善自然保护地、水源地风险防控", "严格控制取水总量"),
        "key": ("严格控制高污染、高耗能项目", "执行大气污染物特别排放限值", "建立园区、建成区风险防控体系",
                "提高中水回用率和清洁能源比例"),
        "general": ("严格控制占用耕地", "推进农村生活污水治理", "防控农用地土壤污染", "推进农业节水"),
    }
    zh = {"priority": "优先保护", "key": "重点管控", "general": "一般管控"}
    for number, (title, kind, area) in enumerate(units, 1):
        # Snapped to half a metre: overlays leave needles that differ with the version of GEOS.
        parts = [p for p in shapely.get_parts(shapely.set_precision(area,
            0.5)) if p.geom_type == "Polygon" and p.area > 2e4]
        a, b, c, d = (f"示意:{w}" for w in words[kind])
        rec.add("control_unit", degrees(shapely.multipolygons(parts)), f"{title}{zh[kind]}单元(示意)",
                unit_code=f"示意-ZH4190011{number:04d}", unit_kind=kind, spatial_constraint=a,
                emission_control=b,
                risk_prevention=c, resource_efficiency=d, version_date="2018-12-31",
                accuracy_m=100.0)  # fmt: skip
