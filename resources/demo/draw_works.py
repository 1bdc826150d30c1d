"""The works of the demonstration: heat, boilers, machinery, sites, firms, farms, stations."""

from __future__ import annotations

from typing import Any

import shapely
from draw_land import PARKS, STREETS, TOWNS, Land
from draw_tools import Names, Places, Record, blob, degrees, metres, only, tidy
from shapely import Point

from envzones.plugin.engine.geodesy import geod

WRI = "WRI Global Power Plant Database (World Resources Institute), CC BY 4.0:名称、容量、位置"
PLANTS = [
    # uid, name, lon, lat, total MW, largest unit MW, CHP, heat from, units, status, address, remark
    ("HS001", "华能沁北电厂", 112.716198, 35.167930, 4400.0, 1000.0, True, "2018-11-15",
     "4×600 MW+2×1000 MW", "operating", "济源市五龙口镇",
     "示意:供热投运日期;规划文本称“加快沁北电厂热电联产热源建设”,2018年在建。机组构成为公开资料"),
    ("HS002", "国电豫源电厂", 112.579161, 35.057888, 300.0, None, True, "2007-11-15",
     "单机容量未知", "operating", "济源市",
     "示意:热电联产性质及供热投运日期;单机容量未知,须核实"),
    ("HS003", "国华孟津电厂", 112.530727, 34.864827, 1200.0, None, None, None,
     "单机容量未知", "operating", "洛阳市孟津县(市外)",
     "是否热电联产未知,须向当地核实"),
    ("HS004", "中石化洛阳分公司自备电站", 112.595407, 34.918843, 160.0, None, None, None,
     "单机容量未知", "operating", "洛阳市吉利区(市外)",
     "企业自备电站,是否对外供热未知"),
    ("HS005", "华润焦作(博爱)电厂", 113.102206, 35.221015, 1320.0, None, False, None,
     "单机容量未知", "operating", "焦作市博爱县(市外)",
     "示意:按非热电联产列出"),
]  # fmt: skip
SIZES = ([2.0, 4.0, 6.0, 10.0, 15.0, 20.0, 35.0, 40.0, 65.0, 75.0], [10, 12, 9, 10, 6, 6, 5, 2, 1, 1])
TRADES = ("纺织", "食品", "化工", "建材", "造纸", "机械", "酒业", "饲料", "橡胶", "药业")
# Boilers near the limit: plant, azimuth, metres.
NEAR_LIMIT = [
    ("HS002", 268.0, 14_960.0), ("HS002", 262.0, 15_040.0),
    ("HS002", 281.0, 14_900.0), ("HS002", 249.0, 15_110.0),
    ("HS002", 274.0, 14_998.0), ("HS002", 256.0, 15_003.0),
    ("HS002", 271.0, 14_720.0), ("HS002", 259.0, 15_280.0),
]  # fmt: skip


def _circle(lon: float, lat: float, radius: float, count: int = 180) -> shapely.Polygon:
    """Draw a circle by pyproj alone: the stored files stay as they are, however the engine draws."""
    x, y, _ = geod().fwd([lon] * count, [lat] * count, [360.0 * k / count for k in range(count)], [radius] * count)
    return shapely.polygons(list(zip(x, y))[::-1])


def heat(rec: Record, land: Land) -> None:
    """Enter the real plants; draw their circles, the heat networks and the boilers around."""
    for uid, name, lon, lat, total, unit, chp, since, units, status, address, remark in PLANTS:
        rec.add("heat_source", Point(lon, lat), name, uid=uid, chp=chp, units=units, unit_capacity_mw=unit,
                total_capacity_mw=total,
                heat_capacity_mw=None, chp_from=since, fuel="coal", status=status, operator=name,
                address=address, provenance="fact",
                accuracy_m=200.0, document_no=None, document_date=None, valid_from=None, source=WRI,
                remark=remark)  # fmt: skip
        if chp:
            rec.add("heat_supply_area", _circle(lon, lat, 15000.0), f"{name}15公里供热半径(示意)",
                    plant_id=uid, plant_name=name,
                    radius_m=15000.0, basis="济政〔2018〕29号 二(一)6", computed_on="2019-06-01",
                    accuracy_m=200.0)  # fmt: skip
    for name, plant, shape, medium, state, heated, total, since in (
        ("城区集中供热管网", "国电豫源电厂", blob(112.592, 35.081, 3050, 2550, "城区热网"), "hot_water",
         "built", 612.0, 790.0, "2009-11-15"),
        ("沁北电厂供热干线一期", "华能沁北电厂", blob(112.690, 35.150, 2000, 1000, "沁北热网", -20),
         "hot_water", "built", 48.0, 86.0, "2018-11-15"),
        ("虎岭产业集聚区蒸汽管网", "国电豫源电厂", blob(112.513, 35.056, 1700, 1000, "虎岭热网"), "steam",
         "built", 35.0, 60.0, "2013-06-01"),
        ("玉川产业集聚区蒸汽管网", "华能沁北电厂", blob(112.522, 35.183, 1500, 850, "玉川热网"), "steam",
         "construction", 0.0, 52.0, "2019-11-15"),
    ):
        rec.add("heat_network_area", shape, f"{name}覆盖区(示意)", network_name=name, plant_name=plant,
                medium=medium, status=state,
                heated_floor_area_10k_m2=heated, total_floor_area_10k_m2=total, in_service_from=since,
                accuracy_m=20.0)  # fmt: skip


def boilers(rec: Record, land: Land) -> None:
    """Place the boilers: most in the plain, some in the western hills, a few close to the limit of 15 km."""
    dice = Names("coal_boiler")

    def add(place: Point, size: float, **more: Any) -> None:
        number = len(rec["coal_boiler"]) + 1
        states = ["running", "standby", "closed", "converted"]
        status = more.pop("status", None) or dice.pick(states, [56, 10, 19, 15])
        fuel = more.pop("fuel", None) or dice.pick(["coal", "biomass"], [94, 6])
        fuel = "gas" if status == "converted" else fuel
        closed = dice.day("2018-03-01", "2019-05-31") if status in ("closed", "converted") else None
        keep = more.pop("keep", status == "running" and dice.number(0, 1, 2) < 0.12)
        use = more.pop("use", None) or dice.pick(["industrial", "heating", "service"], [6, 3, 1])
        town = land.township(place)
        trade = "供热" if use == "heating" else "宾馆" if use == "service" else dice.pick(TRADES)
        firm = more.pop("owner", None) or dice.firm(trade)
        short = firm.replace("济源市", "").replace("有限公司(示意)", "")
        name = more.pop("name", f"{short}{size:g}蒸吨锅炉(示意)")
        remark = {"remark": more.pop("remark")} if "remark" in more else {}
        rec.add("coal_boiler", place, name, capacity_tph=size, fuel=fuel, status=status, keep=keep,
                ultra_low_emission=more.pop("ultra_low_emission", keep and number % 2 == 0 or size >= 65),
                utility=more.pop("utility", False),
                boiler_count=more.pop("boiler_count", 1 if size > 10 else dice.whole(1, 2)), use=use,
                licence_no=f"示意-锅{number:04d}",
                built_on=f"{dice.whole(2003, 2014)}-{dice.whole(3, 11):02d}-01", closed_on=closed,
                outcome="keep" if keep else "connect" if use == "heating" else "close", owner=firm,
                township=town,
                address=f"济源市{town}(示意)", accuracy_m=more.pop("accuracy_m", 10.0), **remark,
                **more)  # fmt: skip

    far = rec.shapes("river_reach", "mine_site", "nature_reserve", "permanent_farmland")
    avoid = [*(s.buffer(120) for s in far), *(s.buffer(60) for s in rec.shapes("river_channel"))]
    places = Places("coal_boiler", 500, avoid)
    spread = {
        "沁园街道": 2, "济水街道": 2, "北海街道": 2, "天坛街道": 3, "玉泉街道": 3, "克井镇": 7,
        "五龙口镇": 5, "轵城镇": 5, "承留镇": 6, "梨林镇": 5, "思礼镇": 4, "坡头镇": 3,
        "大峪镇": 2, "王屋镇": 3, "邵原镇": 3, "下冶镇": 2,
    }  # fmt: skip
    for town, count in spread.items():
        for _ in range(count):
            add(places.take(land.town[town], 300), dice.pick(*SIZES))
    seats = {uid: (lon, lat) for uid, _name, lon, lat, *_ in PLANTS}
    for uid, azimuth, distance in NEAR_LIMIT:
        lon, lat, _ = geod().fwd(*seats[uid], azimuth, distance)
        add(Point(lon, lat), 10.0, status="running", fuel="coal", keep=False, accuracy_m=3.0,
            remark=f"示意:距国电豫源电厂约{distance / 1000:.2f}公里,用于演示临界距离")  # fmt: skip
    lon, lat = seats["HS001"]
    add(Point(lon + 0.0012, lat - 0.0006), 75.0, name="华能沁北电厂启动锅炉(示意)", status="standby",
        fuel="coal", keep=True, use="power",
        utility=True, ultra_low_emission=True, boiler_count=2, owner="华能沁北电厂(示意)")  # fmt: skip


def machinery(rec: Record, land: Land) -> None:
    """Draw the no-go zone for machinery (core and general) and machines seen in and around it."""
    dice, core = Names("machinery"), land.core
    inner = tidy(core.buffer(-1000), 15)
    for shape, zone, zh, stage, smoke in ((inner, "core", "核心禁用区", "stage_3", "class_3"),
                                          (tidy(core.buffer(900), 20).difference(inner), "general",
                                           "一般禁用区", "stage_2", "class_2")):  # fmt: skip
        rec.add("machinery_no_go_zone", degrees(shape), f"高排放非道路移动机械{zh}(示意)", sub_zone=zone,
                stage_limit=stage,
                smoke_class=smoke, boundary_included=True, exemptions="抢险救灾、应急处置机械",
                notice="示意通告〔2018〕2号", accuracy_m=20.0)  # fmt: skip
    places = Places("machinery", 450, [s.buffer(60) for s in rec.shapes("river_reach", "contaminated_plot")])
    kinds = [("excavator", "挖掘机"), ("loader", "装载机"), ("roller", "压路机"), ("bulldozer", "推土机"),
             ("forklift", "叉车"), ("crane", "起重机"), ("paver", "摊铺机")]
    for number in range(22):
        area = (inner, core, core.buffer(900), core.buffer(4500))[number % 4].intersection(land.city)
        kind, zh = kinds[number % len(kinds)]
        stage = dice.pick(["pre_stage_1", "stage_1", "stage_2", "stage_3", "stage_4"], [1, 3, 6, 8, 2])
        label = stage in ("stage_3", "stage_4") and number % 6 != 0
        rec.add("machinery_position", places.take(area), f"{zh}豫U示{number + 1:03d}",
                plate=f"豫U示{number + 1:03d}", stage=stage, label=label,
                observed_at=dice.day("2019-05-20", "2019-06-28"), machine_kind=kind,
                power_kw=dice.number(55, 260, 0),
                over_limit=stage in ("pre_stage_1", "stage_1"), site_name=f"{dice.word()}工地(示意)",
                owner=dice.firm("工程机械"),
                accuracy_m=15.0)  # fmt: skip


def sites(rec: Record, land: Land) -> None:
    """Place construction sites with floor areas around 5000 m², and charging stations."""
    dice = Names("construction_site")
    blocked = rec.shapes("river_reach", "contaminated_plot", "black_odorous_water", "railway")
    places = Places("construction_site", 500, [s.buffer(80) for s in blocked])
    floors = [1800.0, 4200.0, 4950.0, 5000.0, 5060.0, 6800.0, 12500.0, 21000.0, 36000.0, 3200.0, 88000.0]
    for number, floor in enumerate(floors):
        title = dice.pick(["小区", "商业广场", "学校教学楼", "医院病房楼", "标准化厂房"])
        status = ("active", "active", "paused", "active", "preparing")[number % 5]
        rec.add("construction_site", places.take(land.core.buffer(600)), f"{dice.fresh(title)}工地(示意)",
                site_kind="building",
                floor_area_m2=floor, length_m=0.0, contract_10k_cny=round(floor * 0.21, 1),
                monitored=number % 3 == 0, status=status,
                started_on=dice.day("2018-03-01", "2019-04-30"),
                finish_on=dice.day("2019-11-30", "2021-06-30"), builder=dice.firm("置业"),
                contractor=dice.firm("建设"), township=land.township(degrees(land.core)),
                accuracy_m=5.0)  # fmt: skip
    for name, kind, lon, lat, length, contract, state in (
        ("黄河大道西延工程", "road", 112.5485, 35.0725, 1850.0, 4200.0, "active"),
        ("济渎大道雨污分流工程", "pipeline", 112.6200, 35.0968, 640.0, 580.0, "active"),
        ("蟒河治理工程(玉泉段)", "river_works", 112.6420, 35.0985, 2400.0, 3100.0, "paused"),
        ("老城区拆迁工程", "demolition", 112.5868, 35.0905, 0.0, 320.0, "active"),
        ("G327国道改建工程梨林段", "road", 112.7150, 35.0862, 5200.0, 9600.0, "active"),
    ):
        place = Point(lon, lat)
        rec.add("construction_site", place, f"{name}(示意)", site_kind=kind, floor_area_m2=0.0,
                length_m=length, contract_10k_cny=contract,
                monitored=kind == "road", status=state, started_on=dice.day("2018-09-01", "2019-03-31"),
                finish_on=dice.day("2019-12-01", "2020-12-31"),
                builder="市住房和城乡建设局(示意)", contractor=dice.firm("路桥"),
                township=land.township(place), accuracy_m=20.0)  # fmt: skip
    for feature in rec["construction_site"][:len(floors)]:
        feature["properties"]["township"] = land.township(Point(feature["geometry"]["coordinates"]))
    for number in range(10):
        area = land.core if number < 7 else metres(blob(*PARKS[number - 7][1:3], 800, 500, f"充电{number}"))
        place = places.take(area, 50)
        title = ("公交场站", "购物中心", "物流园", "农贸市场", "产业园")[number % 5]
        rec.add("charging_station", place, f"{dice.word()}{title}充电站(示意)", piles=dice.whole(6, 40),
                power_kw=float(dice.whole(6, 40) * 60),
                public_use=number % 4 != 3, operator=dice.firm("新能源"),
                address=f"济源市{land.township(place)}(示意)")  # fmt: skip


INDUSTRIES = {
    "虎岭产业集聚区": ("nonferrous", "chemical", "casting", "coating", "steel", "glass", "carbon"),
    "玉川产业集聚区": ("lead_zinc", "lead_zinc", "coking", "cement", "building_materials", "nonferrous",
                "electrolytic_aluminium"),
    "高新技术产业集聚区": ("coating", "printing", "furniture", "battery", "electroplating"),
    "梨林特色园区": ("food", "food", "paper"), "五龙口化工园区": ("coal_chemical", "chemical", "chemical"),
    "建成区": ("steel", "coking", "dyeing", "pharma", "paper", "chemical", "coating"),
    "镇村": ("casting", "building_materials", "food", "building_materials", "furniture", "solid_waste",
           "sewage_plant", "landfill", "coal_mining"),
}  # fmt: skip
# Where a firm calls its trade by another word than the catalog of industries.
SPOKEN = {
    "pharma": "制药", "coal_mining": "煤业", "nonferrous": "有色金属", "food": "食品", "solid_waste": "固废处置",
    "sewage_plant": "污水处理", "landfill": "垃圾处理", "dyeing": "印染", "battery": "蓄电池",
}  # fmt: skip


def firms(rec: Record, land: Land) -> None:
    """Place polluting firms: in the parks, heavy trades in the built-up area, small ones in villages."""
    dice = Names("pollution_source")
    zh = {code: text["zh"] for code, text in rec.catalog["pollution_source"].field("industry").domain.items()}
    avoid = [s.buffer(60) for s in rec.shapes("river_reach", "contaminated_plot", "mine_site")]
    places = Places("pollution_source", 330, [*avoid, *rec.shapes("river_channel")])
    parks = {f["properties"]["name"].split("(")[0]: shape
             for f, shape in zip(rec["industrial_park"], rec.shapes("industrial_park"))}
    for group, industries in INDUSTRIES.items():
        for number, industry in enumerate(industries):
            town = [t for t in TOWNS if t not in STREETS][number % 11]
            if group == "建成区":
                area = land.core.buffer(-300)
            elif group == "镇村":
                area = land.outside_core[town].buffer(-600)
            else:
                area = parks[group].buffer(-80)
            place, total = places.take(area), len(rec["pollution_source"]) + 1
            status = dice.pick(["producing", "suspended", "closed", "relocated"], [74, 12, 9, 5])
            kind = dice.pick(["air", "water", "soil", "hazardous_waste", "general"], [5, 3, 3, 2, 2])
            heavy = industry in ("lead_zinc", "battery", "electroplating", "nonferrous")
            trade = SPOKEN.get(industry) or zh[industry].split("(")[0]
            rec.add("pollution_source", place, dice.firm(trade),
                    industry=industry, kind="soil" if heavy else kind,
                    credit_code=f"示意91419001MA{total:04d}", permit_no=f"示意-PWXK{total:04d}",
                    status=status, heavy_metal=heavy, scattered=group == "镇村" and number % 4 == 3,
                    online_monitor=group != "镇村",
                    relocate_by="2020-12-31" if group == "建成区" else None, owner=dice.person(),
                    township=land.township(place),
                    address=f"济源市{land.township(place)}(示意)", accuracy_m=10.0)  # fmt: skip


# The fewest and the most animals of a farm.
HEADS = {"pig": (300, 3600), "poultry": (6000, 42000), "cattle": (60, 480), "sheep": (120, 900)}


def farms(rec: Record, land: Land) -> None:
    """Draw the zones closed to livestock and place farms in and out of them; place unlawful projects."""
    dice = Names("livestock")
    water = [s for s, f in zip(rec.shapes("drinking_water_zone"), rec["drinking_water_zone"])
             if f["properties"]["level"] == "secondary"]
    reserve = shapely.union_all([s for s, f in zip(rec.shapes("nature_reserve"), rec["nature_reserve"])
                                 if f["properties"]["function_zone"] != "experimental"])  # fmt: skip
    mang = next(s for s, f in zip(rec.shapes("river_management_area"), rec["river_management_area"])
                if f["properties"]["river"] == "蟒河")  # fmt: skip
    city = tidy(land.core.buffer(1500), 40)
    ban = [
        ("城区畜禽禁养区", "ban", city),
        ("河口村水库水源地畜禽禁养区", "ban", max(water, key=shapely.area).buffer(60)),
        ("蟒河沿岸畜禽限养区", "limit", only(tidy(mang.buffer(350), 20).difference(city))),
    ]
    for number, part in enumerate(shapely.get_parts(shapely.normalize(reserve)), 1):
        ban.append((f"太行山猕猴保护区畜禽禁养区{number}", "ban", part))
    for name, kind, shape in ban:
        rec.add("livestock_ban_zone", degrees(only(shape.intersection(land.city))), f"{name}(示意)",
                zone_kind=kind, notice="示意通告〔2018〕5号",
                accuracy_m=20.0)  # fmt: skip
    avoid = [s.buffer(150) for s in rec.shapes("river_reach")]
    places = Places("livestock", 700, [*avoid, *rec.shapes("industrial_park", "mine_site")])
    animals = [("pig", "生猪养殖场"), ("poultry", "蛋鸡养殖场"), ("cattle", "奶牛养殖场"),
               ("sheep", "肉羊养殖场")]
    towns = ("梨林镇", "轵城镇", "坡头镇", "大峪镇", "王屋镇", "邵原镇", "下冶镇", "承留镇", "思礼镇", "五龙口镇")
    areas = [
        *[city.difference(land.core.buffer(200))] * 2,
        ban[1][2],
        *[land.outside_core[town].buffer(-500) for town in (*towns, *towns[:3])],
    ]
    for number, area in enumerate(areas):
        animal, title = animals[number % 4]
        head = HEADS[animal]
        status, place = ("open", "open", "closed", "rectifying")[number % 4], places.take(area)
        rec.add("livestock_farm", place, f"{land.township(place)}{dice.word()}{title}(示意)", status=status,
                found_on=dice.day("2018-03-10", "2018-10-31"), animal=animal, head=dice.whole(*head),
                scale=("large", "large", "specialised", "large", "scattered")[number % 5],
                manure_facility=number % 3 != 1, owner=dice.person(), township=land.township(place),
                closed_on=dice.day("2018-11-15", "2019-05-31") if status == "closed" else None,
                accuracy_m=15.0)  # fmt: skip
    for name, lon, lat, industry, status, built in (
        ("小庄水源地内废品加工点", 112.5315, 35.1205, "solid_waste", "open", "2011-05-01"),
        ("河口村库区农家度假村", 112.6125, 35.2615, "other", "rectifying", "2013-04-01"),
        ("沁河五龙口洗砂场", 112.6570, 35.1880, "building_materials", "open", "2014-08-01"),
        ("逯村水源地内电镀作坊", 112.6675, 35.1205, "electroplating", "closed", "2015-03-01"),
        ("王屋镇石材加工点", 112.2910, 35.1285, "building_materials", "open", "2012-09-01"),
        ("西许水源地内喷涂作坊", 112.5225, 35.1600, "coating", "rectifying", "2016-06-01"),
    ):
        place = Point(lon, lat)
        rec.add("polluting_project", place, f"{name}(示意)", status=status,
                found_on=dice.day("2018-04-01", "2018-09-30"), industry=industry, discharges=True, unlawful=True,
                built_on=built, eia_no="无环评批复(示意)", owner=dice.person(), township=land.township(place),
                closed_on="2019-03-20" if status == "closed" else None, accuracy_m=10.0)  # fmt: skip


def stations(rec: Record, land: Land) -> None:
    """Place monitoring stations: air in every town but one, in three parks of five; water, dust, soil."""
    dice = Names("monitoring_station")

    def add(place: Point, name: str, kind: str, level: str, since: str, dust: float | None = None) -> None:
        number = len(rec["monitoring_station"]) + 1
        rec.add("monitoring_station", place, f"{name}(示意)", station_kind=kind, level=level,
                station_code=f"示意-JC{number:03d}",
                in_service_from=since, operator=dice.firm("环境监测"), township=land.township(place),
                dustfall_t_km2_month=dust, accuracy_m=5.0)  # fmt: skip

    for town, (lon, lat) in TOWNS.items():
        if town != "下冶镇":
            level = "national" if town in ("沁园街道", "济水街道") else "city"
            # North-east of the seat: there no station stands in the Ji river.
            add(Point(lon + 0.0025, lat + 0.0035), f"{town}环境空气自动站", "air", level,
                dice.day("2016-05-01", "2018-12-20"))
    for name, lon, lat, *_ in PARKS[:3]:
        add(Point(lon + 0.004, lat - 0.003), f"{name}环境空气自动站", "air", "city",
            dice.day("2019-03-01", "2019-06-20"))
    for feature in rec["monitoring_section"][:5]:
        lon, lat = feature["geometry"]["coordinates"]
        title = feature["properties"]["name"].replace("断面(示意)", "水质自动站")
        add(Point(lon + 0.0006, lat + 0.0004), title, "surface_water", "provincial",
            dice.day("2016-05-01", "2018-10-30"))
    for town, dust in (("沁园街道", 8.1), ("天坛街道", 7.4), ("克井镇", 9.6)):
        lon, lat = TOWNS[town]
        add(Point(lon - 0.006, lat + 0.004), f"{town}降尘监测点", "dustfall", "city", "2018-06-01", dust)
    for name, lon, lat in (
        ("玉川土壤风险监测点", 112.5365, 35.1765),
        ("承留土壤基础监测点", 112.4805, 35.0625),
    ):
        add(Point(lon, lat), name, "soil", "provincial", "2018-09-01")


def air_zones(rec: Record, land: Land) -> None:
    """Draw the zones where high-pollution fuels may not be burnt."""
    rec.add("no_burn_zone", degrees(tidy(land.core.buffer(700), 30)), "城市高污染燃料禁燃区(示意)",
            fuel_class="class_3", notice="示意通告〔2018〕3号",
            accuracy_m=20.0)  # fmt: skip
    for town in ("轵城镇", "梨林镇", "承留镇"):
        shape = blob(*TOWNS[town], 1300, 950, f"禁燃{town}")
        shape = only(metres(shape).intersection(land.city).difference(land.core.buffer(705)))
        rec.add("no_burn_zone", degrees(shape), f"{town}散煤清洁替代区高污染燃料禁燃区(示意)",
                fuel_class="class_2", notice="示意通告〔2018〕3号", accuracy_m=20.0)


