"""Draw the Jiyuan demonstration map: ``python resources/demo/make_jiyuan.py``.

Real are the GSHHG rivers (``rivers_gshhg.geojson``) and the power plants typed in below.  Everything else is drawn
here, from a fixed seed, plausible in place and number and marked 示意 (provenance ``illustrative``).  The script
writes one GeoJSON file per layer beside the rivers, the declared coverage and the candidate sites; running it again
gives the same bytes.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import shapely.ops
from shapely import LineString, Point, Polygon, affinity, box
from shapely.geometry import mapping

from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.geodesy import LocalFrame, geod

HERE = Path(__file__).resolve().parent / "jiyuan"
FRAME = LocalFrame(112.45)
RNG = np.random.default_rng(419001)
CATALOG = load_catalog()
NOTE = "示意:为演示绘制,不代表实际"
YEAR0 = date(2018, 1, 10)

# A simplification of the city's outline, drawn by hand for the demonstration.
OUTLINE = [
    (111.94, 35.05), (111.96, 35.12), (112.05, 35.14), (112.09, 35.21), (112.20, 35.20), (112.28, 35.25),
    (112.40, 35.23), (112.48, 35.28), (112.58, 35.27), (112.64, 35.22), (112.74, 35.20), (112.77, 35.13),
    (112.75, 35.07), (112.71, 35.04), (112.69, 34.99), (112.63, 34.97), (112.58, 34.94), (112.50, 34.93),
    (112.42, 34.915), (112.34, 34.95), (112.26, 34.97), (112.18, 34.99), (112.10, 35.03), (112.02, 35.045),
]  # fmt: skip
TOWNS = {
    "沁园街道": (112.600, 35.078), "济水街道": (112.588, 35.092), "北海街道": (112.575, 35.105),
    "天坛街道": (112.560, 35.095), "玉泉街道": (112.635, 35.088), "克井镇": (112.545, 35.160),
    "五龙口镇": (112.690, 35.145), "轵城镇": (112.610, 35.035), "承留镇": (112.500, 35.080),
    "邵原镇": (112.130, 35.150), "坡头镇": (112.530, 34.955), "梨林镇": (112.690, 35.075),
    "大峪镇": (112.400, 34.965), "思礼镇": (112.480, 35.130), "王屋镇": (112.280, 35.120),
    "下冶镇": (112.200, 35.050),
}  # fmt: skip
PLANTS = [
    # uid, name, lon, lat, MW, unit MW, CHP, note
    ("HS001", "华能沁北电厂", 112.716198, 35.167930, 4400.0, 600.0, True, "热电联产改造日期为示意;方案称其热源在建"),
    ("HS002", "国电豫源发电", 112.579161, 35.057888, 300.0, 150.0, True, "单机容量、热电联产性质为示意"),
    ("HS003", "国华孟津发电", 112.530726, 34.864827, 1200.0, 600.0, None, "是否热电联产未知"),
    (
        "HS004",
        "中石化洛阳分公司自备电站",
        112.595407,
        34.918843,
        160.0,
        None,
        True,
        "单机容量未知,热电联产性质为示意",
    ),
    ("HS005", "华润焦作(博爱)电厂", 113.102206, 35.221015, 1320.0, 660.0, False, "热电联产性质为示意"),
]
SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林"
PLACES = ["东", "西", "南", "北", "上", "下", "大", "小", "前", "后"]
STEMS = ["沟", "庄", "岭", "坪", "河", "寨", "洼", "湾", "峪", "泉"]


def metres(lon: float, lat: float) -> tuple[float, float]:
    x, y = shapely.get_coordinates(FRAME.forward(Point(lon, lat)))[0]
    return float(x), float(y)


def back(shape: Any) -> Any:
    return FRAME.inverse(shape)


CITY = Polygon(OUTLINE)
CITY_M = FRAME.forward(CITY)
SEATS = list(TOWNS)
CELLS = shapely.get_parts(
    shapely.voronoi_polygons(
        shapely.multipoints([metres(*TOWNS[t]) for t in SEATS]), extend_to=CITY_M.envelope.buffer(9e4)
    )
)
TOWN_M = {t: next(c for c in CELLS if c.contains(Point(metres(*TOWNS[t])))).intersection(CITY_M) for t in SEATS}


def town_of(shape: Any) -> str:
    place = FRAME.forward(shapely.centroid(shape))
    return min(SEATS, key=lambda t: TOWN_M[t].distance(place))


def named() -> str:
    return RNG.choice(PLACES) + RNG.choice(list(SURNAMES)) + RNG.choice(STEMS)


def day(low: int = 0, high: int = 500) -> str:
    return (YEAR0 + timedelta(days=int(RNG.integers(low, high)))).isoformat()


def blob(lon: float, lat: float, radius: float, n: int = 14, stretch: float = 1.0, turn: float = 0.0) -> Polygon:
    """An irregular polygon of about `radius` metres."""
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    r = radius * (1 + 0.22 * RNG.uniform(-1, 1, n))
    ring = Polygon(np.column_stack([r * np.cos(angle) * stretch, r * np.sin(angle)]))
    return back(affinity.translate(affinity.rotate(ring, turn), *metres(lon, lat)))


def inside(area: Any) -> tuple[float, float]:
    """A random place in an area given in metres, as degrees."""
    low_x, low_y, high_x, high_y = area.bounds
    while True:
        place = Point(RNG.uniform(low_x, high_x), RNG.uniform(low_y, high_y))
        if area.contains(place):
            x, y = shapely.get_coordinates(back(place))[0]
            return float(x), float(y)


class Layers(dict):
    """Features by layer; attributes that a call leaves out are filled plausibly from the catalog."""

    def add(self, layer: str, shape: Any, name: str, unknown: tuple[str, ...] = (), **given: Any) -> str:
        spec = CATALOG[layer]
        rows = self.setdefault(layer, [])
        uid = given.pop(
            "uid", f"{''.join(w[0] for w in layer.split('_')).upper()}-{layer[:3].upper()}{len(rows) + 1:03d}"
        )
        base = {
            "uid": uid, "name": name, "document_no": f"示意〔2018〕{len(rows) % 9 + 1}号", "document_date": "2018-01-05",
            "valid_from": "2018-01-10", "valid_to": None, "life_state": "delineated", "accuracy_m": 5.0,
            "provenance": "illustrative", "source": "EnvZones 演示数据", "remark": NOTE,
        }  # fmt: skip
        values: dict[str, Any] = {}
        for field in spec.fields:
            if field.name in given:
                values[field.name] = given[field.name]
            elif field.name in base:
                values[field.name] = base[field.name]
            elif field.name in unknown:
                values[field.name] = None
            else:
                values[field.name] = self._plausible(field, shape, name, len(rows) + 1)
        left = set(given) - set(spec.field_names)
        if left:
            raise SystemExit(f"{layer}: no fields {sorted(left)}")
        # The catalog has no unknown required field: fail here rather than when the map is made.
        rows.append({"type": "Feature", "geometry": rounded(shape), "properties": values})
        return uid

    def _plausible(self, field: Any, shape: Any, name: str, number: int) -> Any:
        if field.domain:
            return str(RNG.choice(list(field.domain)))
        if field.type == "boolean":
            return bool(RNG.random() < 0.35)
        if field.type == "date":
            if field.name in ("closed_on", "eliminated_on", "removed_on", "done_on", "valid_to"):
                return None
            return day(30, 480)
        if field.name == "township":
            return town_of(shape)
        if field.name == "area_ha":
            return round(float(shapely.area(FRAME.forward(shape))) / 1e4, 2)
        if field.name == "area_mu":
            return round(float(shapely.area(FRAME.forward(shape))) / (2000 / 3), 1)
        if field.name in (
            "owner",
            "responsible_party",
            "operator",
            "builder",
            "contractor",
            "managed_by",
            "declared_by",
        ):
            return f"{town_of(shape)}{RNG.choice(list(SURNAMES))}某(示意)"
        if field.name == "address":
            return f"济源市{town_of(shape)}(示意)"
        if field.type in ("real", "integer"):
            value = float(RNG.uniform(1, 60)) * (10 if field.unit in ("m", "m³", "t/d") else 1)
            return int(value) + 1 if field.type == "integer" else round(value, 1)
        return f"示意{number:03d}"


def rounded(shape: Any) -> dict[str, Any]:
    """A geometry as GeoJSON with 7 decimals (1 cm), the same text whatever GEOS wrote it."""
    # A river's direction is content: lines keep their order of vertices, which normalize() may turn around.
    made = shapely.set_precision(shape, 1e-7)
    if shapely.get_dimensions(made) == 2:
        made = shapely.normalize(made)
    return {"type": made.geom_type, "coordinates": _digits(mapping(made)["coordinates"])}


def _digits(value: Any) -> Any:
    return round(value, 7) if isinstance(value, float) else [_digits(one) for one in value]


L = Layers()


def write(name: str, features: list[dict[str, Any]]) -> None:
    head = '{"type": "FeatureCollection", "features": [\n'
    body = ",\n".join(json.dumps(f, ensure_ascii=False, separators=(", ", ": ")) for f in features)
    (HERE / f"{name}.geojson").write_text(f"{head}{body}\n]}}\n", encoding="utf-8")


def along(line: Any, distance: float, offset: float = 0.0) -> tuple[float, float]:
    """A place `distance` metres down a line in metres and `offset` metres to its left, as degrees."""
    a = shapely.get_coordinates(shapely.line_interpolate_point(line, distance - 5))[0]
    b = shapely.get_coordinates(shapely.line_interpolate_point(line, distance + 5))[0]
    ux, uy = (b - a) / np.hypot(*(b - a))
    middle = (a + b) / 2
    x, y = shapely.get_coordinates(back(Point(middle[0] - uy * offset, middle[1] + ux * offset)))[0]
    return float(x), float(y)


def rivers() -> dict[str, Any]:
    real = json.loads((HERE.parent / "rivers_gshhg.geojson").read_text(encoding="utf-8"))
    lines: dict[str, Any] = {}
    for feature in real["features"]:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        own = feature["properties"]
        L.add(
            "river_reach", shape, f"{own['river']}({own['uid']})", uid=own["uid"], river=own["river"], width_m=None,
            level="main" if own["river"] == "黄河" else "first", canal=own["canal"], basin="黄河流域",
            from_node=str(own["from_node"]), to_node=str(own["to_node"]), chief="示意", provenance="fact",
            accuracy_m=own["accuracy_m"], document_no=None, document_date=None, valid_from=None,
            source="GSHHG 2.3.7(P. Wessel, W. H. F. Smith),LGPL-3+",
            remark="河名为演示所加,GSHHG 无河名;平面位置与实际相差约 270—400 米;接头、流向经整理",
        )  # fmt: skip
        lines[own["uid"]] = shape
    yellow = next(lines[f["properties"]["uid"]] for f in real["features"] if f["properties"]["uid"] == "RR-HH2")
    vertices = shapely.get_coordinates(yellow)
    mouth = vertices[np.argmin(np.hypot(vertices[:, 0] - 112.93, vertices[:, 1] - 34.86))]
    mang = [(112.42, 35.17), (112.47, 35.145), (112.52, 35.125), (112.56, 35.115), (112.60, 35.105), (112.635, 35.09),
            (112.67, 35.065), (112.71, 35.03), (112.76, 34.99), (112.82, 34.94), (112.88, 34.89), tuple(mouth)]  # fmt: skip
    ji = [(112.49, 35.085), (112.54, 35.083), (112.58, 35.085), (112.62, 35.08), (112.67, 35.065)]
    for uid, name, points, width, level in (
        ("RR-MH1", "蟒河", wiggle(mang[:7]), 30.0, "second"),
        ("RR-MH2", "蟒河", wiggle(mang[6:]), 40.0, "second"),
        ("RR-JH1", "济河", wiggle(ji), 15.0, "other"),
    ):
        shape = LineString(points)
        L.add("river_reach", shape, f"{name}({uid})", uid=uid, river=name, width_m=width, level=level, canal=False,
              basin="黄河流域", from_node=f"{uid}a", to_node=f"{uid}b", chief="示意", accuracy_m=20.0)  # fmt: skip
        lines[uid] = shape
    return lines


def wiggle(points: list[tuple[float, float]]) -> np.ndarray:
    """Bend a coarse polyline so that it looks like a river; its ends stay."""
    curve = np.array(points)
    for _ in range(4):
        middle = (curve[:-1] + curve[1:]) / 2
        step = np.hypot(*(curve[1:] - curve[:-1]).T)[:, None]
        normal = (curve[1:] - curve[:-1])[:, ::-1] * [1, -1]
        normal = normal / np.maximum(np.hypot(*normal.T)[:, None], 1e-12)
        middle = middle + normal * step * RNG.uniform(-0.1, 0.1, (len(middle), 1))
        out = np.empty((len(curve) + len(middle), 2))
        out[0::2], out[1::2] = curve, middle
        curve = out
    return np.round(curve, 7)


def administration() -> Any:
    L.add("admin_area", CITY, "济源市", uid="AA-CITY", level="city", code="419001", parent_code="410000", population=730000,
          accuracy_m=500.0, remark="示意:手绘简化轮廓,非法定界线")  # fmt: skip
    for i, town in enumerate(SEATS, 1):
        L.add("admin_area", back(TOWN_M[town]), town, level="town", code=f"419001{i:03d}", parent_code="419001",
              population=int(RNG.integers(15000, 70000)), accuracy_m=500.0)  # fmt: skip
    core = blob(112.590, 35.085, 3600, 18, 1.25, 10)
    L.add("built_up_area", core, "济源市城市建成区", kind="city", year=2018)
    for town in ("克井镇", "五龙口镇", "轵城镇", "梨林镇"):
        L.add("built_up_area", blob(*TOWNS[town], 600), f"{town}建成区", kind="town", year=2018)
    for number, (town, i) in enumerate((t, i) for t in SEATS[5:] for i in range(5)):
        place = Point(inside(TOWN_M[town]))
        L.add("village", place, f"{town[:-1]}{named()}村", township=town, households=int(RNG.integers(60, 500)),
              population=int(RNG.integers(200, 2200)), sewage_treated=number % 3 == 0, waste_collected=True,
              environment_improved=number % 4 == 0)  # fmt: skip
    return core


def heat() -> None:
    for uid, name, lon, lat, total, unit, chp, note in PLANTS:
        L.add("heat_source", Point(lon, lat), name, uid=uid, chp=chp, units="示意", unit_capacity_mw=unit,
              total_capacity_mw=total, heat_capacity_mw=None, chp_from="2018-11-15" if chp else None, fuel="coal",
              status="operating", operator=name, address="见坐标", provenance="fact", accuracy_m=100.0, document_no=None,
              document_date=None, valid_from=None,
              source="名称、容量、位置:WRI Global Power Plant Database, CC BY 4.0", remark=note)  # fmt: skip
    for uid, name, lon, lat, *_ in PLANTS[:2]:
        x, y, _ = geod().fwd([lon] * 180, [lat] * 180, np.arange(0, 360, 2), [15000] * 180)
        L.add("heat_supply_area", Polygon(np.column_stack([x, y])), f"{name}15公里供热半径", plant_id=uid, plant_name=name,
              radius_m=15000.0, basis="二(一)6", computed_on="2019-06-01", accuracy_m=100.0)  # fmt: skip
    L.add("heat_network_area", blob(112.592, 35.082, 3000, 16, 1.2), "城区集中供热管网覆盖区", network_name="城区热网",
          plant_name="国电豫源发电", medium="hot_water", status="built", heated_floor_area_10k_m2=610.0,
          total_floor_area_10k_m2=790.0, in_service_from="2012-11-15")  # fmt: skip
    for i in range(62):
        town = str(RNG.choice(SEATS))
        lon, lat = inside(TOWN_M[town])
        size = float(
            RNG.choice(
                [2, 4, 6, 10, 15, 20, 35, 40, 65, 75], p=[0.2, 0.2, 0.15, 0.15, 0.1, 0.08, 0.05, 0.03, 0.02, 0.02]
            )
        )
        status = str(RNG.choice(["running", "standby", "closed", "converted"], p=[0.55, 0.12, 0.18, 0.15]))
        fuel = "gas" if status == "converted" else str(RNG.choice(["coal", "biomass"], p=[0.93, 0.07]))
        closed = day(60, 520) if status in ("closed", "converted") else None
        L.add("coal_boiler", Point(lon, lat), f"{town[:-1]}{named()}厂锅炉", capacity_tph=size, fuel=fuel, status=status,
              keep=i % 17 == 0, ultra_low_emission=size >= 35 and i % 2 == 0, utility=False, boiler_count=1,
              built_on=f"20{int(RNG.integers(5, 15)):02d}-06-01", closed_on=closed, outcome="connect" if i % 3 else "close")  # fmt: skip
    L.add("coal_boiler", Point(112.716198, 35.16793), "沁北电厂启动锅炉", capacity_tph=75.0, fuel="coal", status="running",
          keep=True, ultra_low_emission=True, utility=True, boiler_count=2, built_on="2004-11-01", closed_on=None,
          use="power", outcome="keep", owner="华能沁北电厂", accuracy_m=100.0)  # fmt: skip
    for metres_away, azimuth in ((14950.0, 250.0), (15060.0, 262.0)):
        lon, lat, _ = geod().fwd(112.716198, 35.16793, azimuth, metres_away)
        L.add("coal_boiler", Point(lon, lat), f"{named()}供热站锅炉(近15公里界)", capacity_tph=10.0, fuel="coal",
              status="running", keep=False, ultra_low_emission=False, utility=False, boiler_count=1, built_on="2010-06-01",
              closed_on=None, outcome="connect")  # fmt: skip


def water(lines: dict[str, Any]) -> dict[str, Any]:
    qin = FRAME.forward(shapely.intersection(lines["RR-QH1"], box(112.4, 35.0, 112.97, 35.45)))
    qin = max(shapely.get_parts(qin), key=shapely.length)
    start = shapely.line_locate_point(qin, Point(metres(112.63, 35.235)))
    end = shapely.length(qin)
    intake = along(qin, start, 0)
    L.add("water_intake", Point(intake), "沁河水源地取水口", source_code="示意-SY01", source_name="沁河水源地",
          source_type="river", source_rank="city", intake_kind="river_intake", daily_supply_t=60000.0, population=310000,
          status="in_use")  # fmt: skip
    levels = (
        ("primary", 1000, 100, 80, "一级"),
        ("secondary", 3000, 300, 600, "二级"),
        ("quasi", 5000, 300, 1400, "准"),
    )
    for level, up, down, wide, zh in levels:
        piece = shapely.ops.substring(qin, start - up, start + down)
        L.add("drinking_water_zone", back(piece.buffer(wide, cap_style="flat")), f"沁河水源地{zh}保护区", level=level,
              source_code="示意-SY01", source_name="沁河水源地", source_type="river", source_rank="city", part="both",
              extent_text=f"取水口上游{up}米至下游{down}米,两侧各{wide}米(示意)", approved_by="示意", accuracy_m=20.0)  # fmt: skip
    for k, (lon, lat, name, rank) in enumerate([
        (112.545, 35.125, "城区北部井群", "city"), (112.655, 35.115, "五龙口镇井群", "township"),
        (112.300, 35.105, "王屋镇水源地", "township"), (112.145, 35.135, "邵原镇水源地", "township"),
    ], 2):  # fmt: skip
        wells = shapely.multipoints([metres(lon + dx, lat + dy) for dx, dy in RNG.uniform(-0.003, 0.003, (5, 2))])
        hull = shapely.convex_hull(wells)
        for level, reach, zh in (("primary", 50, "一级"), ("secondary", 500, "二级")):
            L.add("drinking_water_zone", back(hull.buffer(reach)), f"{name}{zh}保护区", level=level,
                  source_code=f"示意-SY{k:02d}", source_name=name, source_type="groundwater", source_rank=rank, part="land",
                  extent_text=f"井群外包线外{reach}米(示意)", approved_by="示意", accuracy_m=10.0)  # fmt: skip
        L.add("water_intake", Point(lon, lat), f"{name}取水井", source_code=f"示意-SY{k:02d}", source_name=name,
              source_type="groundwater", source_rank=rank, intake_kind="well", daily_supply_t=8000.0, population=40000,
              status="in_use")  # fmt: skip
        ring = shapely.boundary(hull.buffer(50))
        for i in range(4):
            x, y = shapely.get_coordinates(back(shapely.line_interpolate_point(ring, i / 4, normalized=True)))[0]
            L.add("boundary_marker", Point(x, y), f"{name}界标{i + 1}", marker_kind="boundary", marker_no=f"{k}-{i + 1}",
                  source_name=name, level="primary", condition=["good", "good", "damaged", "missing"][i],
                  installed_on="2015-06-01", inspected_on="2019-03-01", accuracy_m=3.0)  # fmt: skip
    widths = 120 + 40 * np.sin(np.linspace(0, 6, 40))
    reach = shapely.ops.substring(qin, start - 6500, end)
    length = shapely.length(reach)
    left, right = [], []
    for i, s in enumerate(np.linspace(6, length - 6, 40)):
        left.append(metres(*along(reach, s, widths[i])))
        right.append(metres(*along(reach, s, -widths[i])))
    channel = shapely.make_valid(Polygon([*left, *right[::-1]])).buffer(0)
    L.add(
        "river_channel",
        back(channel),
        "沁河河道(示意)",
        river="沁河",
        part="both",
        land_code="1101",
        accuracy_m=350.0,
    )
    L.add(
        "river_management_area",
        back(channel.buffer(60)),
        "沁河管理范围(示意)",
        river="沁河",
        basis="dyke",
        accuracy_m=350.0,
    )
    return {"qin": qin, "start": start}


def sections(lines: dict[str, Any], qin: Any, start: float) -> None:
    mang = FRAME.forward(shapely.line_merge(shapely.union_all([lines["RR-MH1"], lines["RR-MH2"]])))
    yellow = FRAME.forward(shapely.intersection(lines["RR-HH2"], box(112.2, 34.8, 112.7, 35.0)))
    yellow = max(shapely.get_parts(yellow), key=shapely.length)
    length_y = shapely.length(yellow)
    plan = [
        ("MS-01", "沁河五龙口", qin, start + 4200, 15, "沁河", "national", True, "class_3", "class_2"),
        ("MS-02", "沁河出境(伏背)", qin, start + 12500, -20, "沁河", "provincial", True, "class_3", "class_3"),
        ("MS-03", "蟒河曲阳湖", mang, 9000, 10, "蟒河", "provincial", True, "class_4", "class_5"),
        ("MS-04", "蟒河南官庄", mang, 21000, -10, "蟒河", "national", True, "class_4", "class_4"),
        ("MS-05", "黄河大横岭", yellow, length_y * 0.35, 25, "黄河", "national", True, "class_3", "class_2"),
        ("MS-06", "黄河小浪底坝下", yellow, length_y * 0.65, -25, "黄河", "national", False, "class_3", "class_2"),
        ("MS-07", "济河西宜作", FRAME.forward(lines["RR-JH1"]), 11000, 5, "济河", "city", True, "class_4", "class_5"),
        ("MS-08", "蟒河源头", mang, 2500, 5, "蟒河", "city", False, "class_2", "class_2"),
    ]
    for uid, name, line, at, off, river, level, target, want, actual in plan:
        L.add("monitoring_section", Point(along(line, at, off)), f"{name}断面(示意)", uid=uid, section_code=f"示意-{uid}",
              level=level, responsibility_target=target, target_class=want, actual_class=actual, river=river,
              purpose="control", measured_on="2019-05-20", accuracy_m=10.0)  # fmt: skip
    problems = [
        "outfall",
        "catering",
        "cage_culture",
        "sand_mining",
        "wharf",
        "dry_toilet",
        "riparian_farming",
        "waste_dump",
    ]
    words = {"outfall": "入河直排口", "catering": "餐饮", "cage_culture": "网箱养殖", "sand_mining": "采砂点", "wharf": "码头",
             "dry_toilet": "旱厕", "riparian_farming": "滩地种植", "waste_dump": "垃圾(秸秆)堆放点"}  # fmt: skip
    count = 0
    for uid, name, line, at, _off, river, *_ in plan:
        for up, offset in ((3800, 90), (2600, -140), (1500, 60), (900, -300), (400, 470), (4600, 480), (-200, -70), (-420, 120),
                           (5200, 80), (-700, -60), (2000, 520), (3200, 640)):  # fmt: skip
            s = at - up
            if not 20 < s < shapely.length(line) - 20:
                continue
            layer = problems[count % len(problems)]
            count += 1
            in_water = layer in ("cage_culture", "sand_mining", "wharf")
            place = along(line, s, np.sign(offset) * 25 if in_water else offset)
            shape: Any = blob(*place, 45) if layer == "riparian_farming" else Point(place)
            title = f"{river}{name[len(river) :]}{words[layer]}{count:03d}"
            status = ["open", "open", "rectifying", "closed"][count % 4]
            more: dict[str, Any] = {"status": status, "closed_on": "2019-05-10" if status == "closed" else None}
            if layer == "outfall":
                more["stage"] = {"open": "found", "rectifying": "traced", "closed": "closed"}[status]
                more["outfall_code"] = f"示意-PWK{count:03d}"
            if layer in ("outfall", "cage_culture", "sand_mining"):
                more["river"] = river
            L.add(layer, shape, title, found_on=day(60, 400), accuracy_m=10.0, **more)


def hills() -> None:
    L.add("nature_reserve", blob(112.35, 35.205, 1500, 16, 1.6), "太行山猕猴保护区核心区(示意)", reserve_name="太行山猕猴(示意)",
          function_zone="core", level="national", accuracy_m=30.0)  # fmt: skip
    core = L["nature_reserve"][0]["geometry"]
    core_m = FRAME.forward(shapely.from_geojson(json.dumps(core)))
    for kind, zh, low, high in (("buffer", "缓冲区", 0, 700), ("experimental", "实验区", 700, 2000)):
        ring = shapely.intersection(shapely.difference(core_m.buffer(high), core_m.buffer(low)), CITY_M)
        L.add("nature_reserve", back(ring), f"太行山猕猴保护区{zh}(示意)", reserve_name="太行山猕猴(示意)", function_zone=kind,
              level="national", accuracy_m=30.0)  # fmt: skip
    L.add("scenic_area", blob(112.275, 35.165, 2600, 16, 1.3), "王屋山风景名胜区(示意)", level="national",
          protection_grade="core", accuracy_m=30.0)  # fmt: skip
    L.add("ecological_redline", blob(112.20, 35.16, 3500, 18, 1.4), "王屋山水源涵养红线(示意)", redline_code="示意-STBHHX01",
          redline_kind="water_conservation", accuracy_m=50.0)  # fmt: skip
    minerals = ["石灰岩", "建筑石料", "铝土矿", "煤", "硅石", "砂岩"]
    spots = [(112.33, 35.19), (112.27, 35.17), (112.50, 35.20), (112.53, 35.215), (112.56, 35.20), (112.47, 35.19),
             (112.61, 35.185), (112.64, 35.20), (112.40, 35.16), (112.22, 35.11), (112.18, 35.09), (112.12, 35.13),
             (112.30, 35.06), (112.35, 35.03), (112.42, 35.02), (112.47, 34.99), (112.55, 34.985), (112.25, 35.01),
             (112.45, 35.11), (112.07, 35.10), (112.52, 35.14), (112.68, 35.18), (112.38, 35.10), (112.31, 35.13)]  # fmt: skip
    for i, (lon, lat) in enumerate(spots):
        open_pit = i % 4 != 3
        status = ["producing", "producing", "suspended", "closed", "abandoned"][i % 5]
        shape = blob(lon, lat, float(RNG.uniform(120, 330)))
        area = shapely.area(FRAME.forward(shape)) / 1e4
        L.add("mine_site", shape, f"{named()}{'采石场' if open_pit else '矿'}", licence_no=f"示意C41{i:04d}",
              licence_until="2020-12-31", mineral=minerals[i % 6], mining_method="open_pit" if open_pit else "underground",
              status=status, party_extinct=status == "abandoned", mined_area_ha=round(area * 0.6, 2),
              restored_area_ha=round(area * 0.15, 2), accuracy_m=10.0)  # fmt: skip
    for i, (lon, lat) in enumerate([(112.36, 35.07), (112.50, 35.03)], 1):
        L.add("tailings_pond", Point(lon, lat), f"{named()}尾矿库{i}", emergency_plan=True)


def town_life(core: Any, lines: dict[str, Any]) -> None:
    core_m = FRAME.forward(core)
    L.add("machinery_no_go_zone", back(core_m.buffer(-900)), "高排放非道路移动机械禁用区(核心)", sub_zone="core",
          stage_limit="stage_3", smoke_class="class_3", boundary_included=True, exemptions="应急抢险", notice="示意通告1号")  # fmt: skip
    L.add("machinery_no_go_zone", back(shapely.difference(core_m, core_m.buffer(-900))), "高排放非道路移动机械禁用区(一般)",
          sub_zone="general", stage_limit="stage_2", smoke_class="class_2", boundary_included=True, exemptions="应急抢险",
          notice="示意通告1号")  # fmt: skip
    for i in range(22):
        place = inside(core_m.buffer(3000))
        L.add("machinery_position", Point(place), f"豫U示意{i + 1:03d}", plate=f"豫U-示{i + 1:03d}", label=i % 3 != 0,
              stage=f"stage_{i % 4 + 1}", observed_at=day(420, 530), accuracy_m=15.0)  # fmt: skip
    for i in range(16):
        place = inside(core_m.buffer(2500))
        area = [1800, 3500, 4900, 5000, 5200, 7000, 12000, 26000][i % 8]
        L.add("construction_site", Point(place), f"{named()}{'小区' if i % 2 else '广场'}工地", site_kind="building",
              floor_area_m2=float(area), length_m=None, contract_10k_cny=float(area) * 0.3, monitored=i % 3 == 0,
              status="active", started_on=day(60, 300), finish_on="2020-06-30")  # fmt: skip
    ditch = FRAME.forward(lines["RR-JH1"])
    for i in range(5):
        piece = shapely.ops.substring(ditch, 4000 + 1500 * i, 4800 + 1500 * i)
        state = ["eliminated", "under_treatment", "registered", "monitored", "under_treatment"][i]
        gone = "2018-12-10" if state in ("eliminated", "monitored") else None
        L.add("black_odorous_reach", back(piece), f"济河城区段黑臭水体{i + 1}(示意)", river="济河", setting="urban",
              grade="none" if gone else ["light", "heavy"][i % 2], state=state, register_no=f"示意-HC{i + 1:02d}",
              water_kind="river", transparency_cm=30.0 if gone else 15.0, dissolved_oxygen_mg_l=4.0 if gone else 1.1,
              orp_mv=80.0 if gone else -120.0, nh3n_mg_l=3.0 if gone else 11.0, measured_on="2019-05-01",
              registered_on="2018-02-01", treatment_start="2018-04-01", target_date="2019-12-31", eliminated_on=gone,
              treatment="控源截污、清淤")  # fmt: skip
    for i in range(4):
        place = inside(core_m)
        L.add("black_odorous_water", blob(*place, 60), f"城区{named()}坑塘(示意)", setting="urban", grade="light",
              state=["under_treatment", "eliminated"][i % 2], register_no=f"示意-HT{i + 1:02d}", water_kind="pond",
              transparency_cm=18.0, dissolved_oxygen_mg_l=1.5, orp_mv=-90.0, nh3n_mg_l=9.5, measured_on="2019-04-20",
              registered_on="2018-03-01", treatment_start="2018-05-01", target_date="2019-12-31",
              eliminated_on="2019-03-30" if i % 2 else None, treatment="清淤、补水")  # fmt: skip
    states = ["suspected", "surveyed", "contaminated", "contaminated", "controlled", "restored"]
    uses = [
        ("residential", "R2", "first"),
        ("industrial", "M2", "second"),
        ("public", "A33", "first"),
        ("logistics", "W1", "second"),
    ]
    for i in range(14):
        lon, lat = inside(core_m.buffer(1500))
        shape = blob(lon, lat, float(RNG.uniform(80, 180)), 9)
        use, code, category = uses[i % 4]
        L.add("contaminated_plot", shape, f"原{named()}厂地块(示意)", register_state=states[i % 6], plot_no=f"示意-WR{i + 1:02d}",
              former_use="工业", industry=["chemical", "nonferrous", "coking", "electroplating"][i % 4],
              pollutants=["铅、镉", "苯并[a]芘", "六价铬", "石油烃"][i % 4], planned_use=use, land_use_category=category,
              listed_on="2018-08-01", surveyed_on="2018-11-01", removed_on=None, reason="关停搬迁企业", accuracy_m=5.0)  # fmt: skip
        moved = affinity.translate(shape, 0.0008 * (i % 3), 0)
        L.add("planned_parcel", moved, f"控规{named()}地块", land_use_code=code, code_standard="gb50137",
              land_use_name={"R2": "二类居住用地", "M2": "二类工业用地", "A33": "中小学用地", "W1": "一类物流仓储用地"}[code],
              land_use_category=category, planned_use=use, parcel_no=f"示意-KG{i + 1:02d}", plan_name="示意控规",
              supply_on="2019-09-01")  # fmt: skip
    for i in range(10):
        L.add("charging_station", Point(inside(core_m)), f"{named()}充电站", piles=int(RNG.integers(4, 20)), power_kw=120.0,
              public_use=True)  # fmt: skip


def works() -> None:
    parks = [("虎岭产业集聚区", 112.505, 35.065, "industrial_cluster"), ("玉川产业集聚区", 112.535, 35.175, "industrial_cluster"),
             ("高新技术产业集聚区", 112.625, 35.050, "industrial_cluster"), ("五龙口化工园区", 112.705, 35.120, "chemical")]  # fmt: skip
    for name, lon, lat, kind in parks:
        L.add("industrial_park", blob(lon, lat, 1300, 14, 1.4), f"{name}(示意)", park_level="provincial", park_kind=kind,
              leading_industries="有色金属、装备制造", eia_done=True)  # fmt: skip
    kinds = [
        "steel",
        "nonferrous",
        "chemical",
        "cement",
        "coking",
        "lead_zinc",
        "paper",
        "casting",
        "coating",
        "building_materials",
    ]
    for i in range(36):
        if i % 3:
            name, lon, lat, _ = parks[i % 4]
            place = inside(FRAME.forward(blob(lon, lat, 1100)))
        else:
            place = inside(TOWN_M[SEATS[i % 16]])
        L.add("pollution_source", Point(place), f"{named()}{['钢铁', '铅业', '化工', '水泥', '焦化'][i % 5]}公司(示意)",
              industry=kinds[i % 10], kind=["air", "water", "soil", "hazardous_waste"][i % 4], heavy_metal=i % 5 == 1,
              status=["producing", "producing", "suspended", "closed"][i % 4], scattered=False, relocate_by="2020-12-31")  # fmt: skip
    for i in range(14):
        town = SEATS[5 + i % 11]
        L.add("livestock_farm", Point(inside(TOWN_M[town])), f"{named()}养殖场(示意)", status=["open", "closed"][i % 2],
              animal="pig", head=int(RNG.integers(200, 3000)), scale="large", manure_facility=i % 2 == 0,
              found_on=day(60, 300), closed_on="2019-02-01" if i % 2 else None)  # fmt: skip
    for i, (lon, lat) in enumerate([(112.545, 35.1265), (112.6555, 35.1158), (112.30, 35.108), (112.62, 35.24)]):
        L.add("polluting_project", Point(lon, lat), f"保护区内{named()}项目(示意)", status="open", industry="chemical",
              discharges=True, unlawful=True, found_on=day(100, 300), closed_on=None)  # fmt: skip
    L.add(
        "livestock_ban_zone",
        blob(112.59, 35.09, 5200, 16, 1.2),
        "城区畜禽禁养区(示意)",
        zone_kind="ban",
        notice="示意通告2号",
    )
    L.add(
        "livestock_ban_zone",
        blob(112.64, 35.23, 2600),
        "沁河水源地畜禽禁养区(示意)",
        zone_kind="ban",
        notice="示意通告2号",
    )
    L.add(
        "no_burn_zone",
        blob(112.59, 35.085, 4800, 16, 1.2),
        "高污染燃料禁燃区(示意)",
        fuel_class="class_3",
        notice="示意通告3号",
    )
    for i, (lon, lat) in enumerate(
        [(112.66, 35.05), (112.70, 35.09), (112.62, 35.01), (112.68, 35.11), (112.45, 35.05)]
    ):
        L.add("permanent_farmland", blob(lon, lat, 900, 10), f"永久基本农田{i + 1}(示意)", plot_no=f"示意-NT{i + 1}", quality="6等",
              accuracy_m=5.0)  # fmt: skip
    for i, (kind, lon, lat) in enumerate(
        [("priority", 112.67, 35.04), ("safe_use", 112.53, 35.06), ("strict_control", 112.50, 35.05)]
    ):
        L.add("farmland_class", blob(lon, lat, 700, 10), f"耕地类别{i + 1}(示意)", farmland_class=kind, pollutants="镉" if i else "无",
              measure="示意", accuracy_m=5.0)  # fmt: skip
    for i, town in enumerate(SEATS):
        if town != "下冶镇":
            lon, lat = TOWNS[town]
            L.add("monitoring_station", Point(lon + 0.002, lat + 0.001), f"{town}环境空气自动站(示意)", station_kind="air",
                  level="city", station_code=f"示意-KQ{i + 1:02d}", in_service_from="2018-11-30")  # fmt: skip
    roads = [("G55二广高速", "expressway", True, [(112.62, 35.27), (112.655, 35.15), (112.66, 35.05), (112.65, 34.95)]),
             ("G36济洛西高速", "expressway", True, [(112.58, 35.05), (112.53, 34.99), (112.49, 34.93)]),
             ("G208国道", "national", True, [(112.40, 35.235), (112.47, 35.16), (112.57, 35.10), (112.60, 35.03), (112.55, 34.94)]),
             ("G327国道", "national", True, [(111.98, 35.08), (112.13, 35.14), (112.28, 35.11), (112.42, 35.09), (112.58, 35.09), (112.75, 35.08)]),
             ("S309省道", "provincial", False, [(112.58, 35.09), (112.55, 35.16), (112.50, 35.22)]),
             ("X021县道", "county", False, [(112.40, 34.96), (112.45, 35.03), (112.50, 35.08)])]  # fmt: skip
    for name, kind, trunk, points in roads:
        L.add("road", LineString(wiggle(points)), f"{name}(示意)", road_no=name[:4], road_class=kind, trunk=trunk, width_m=24.0,
              accuracy_m=50.0)  # fmt: skip
    L.add("railway", LineString(wiggle([(112.50, 35.27), (112.58, 35.15), (112.62, 35.11), (112.76, 35.12)])), "侯月铁路(示意)",
          railway_class="conventional", trunk=True, status="operating", accuracy_m=50.0)  # fmt: skip
    seeds = shapely.multipoints([metres(*inside(CITY_M)) for _ in range(10)])
    for i, cell in enumerate(
        shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=CITY_M.envelope.buffer(9e4)))
    ):
        kind = ["priority", "key", "general"][i % 3]
        zh = {"priority": "优先保护", "key": "重点管控", "general": "一般管控"}[kind]
        L.add("control_unit", back(shapely.intersection(cell, CITY_M)), f"济源{zh}单元{i + 1}(示意)", unit_code=f"ZH4190011{i:04d}",
              unit_kind=kind, spatial_constraint="示意", emission_control="示意", risk_prevention="示意",
              resource_efficiency="示意", version_date="2018-12-31", accuracy_m=100.0)  # fmt: skip


def coverage() -> list[dict[str, Any]]:
    """Most layers are complete over the city; one is partly so, one has expired, some were never declared."""
    undeclared = {"ecological_redline", "canal", "canal_zone", "rectification_item", "polluting_project"}
    west = shapely.intersection(CITY, box(111.9, 34.8, 112.45, 35.3))
    rows = []
    for name, spec in CATALOG.items():
        if name in undeclared:
            continue
        area = west if name == "farmland_class" else CITY.buffer(0.02)
        if name in ("river_reach", "heat_source"):
            area = box(111.7, 34.7, 113.2, 35.5)
        until = "2019-03-31" if name == "planned_parcel" else "2020-06-30"
        rows.append({
            "type": "Feature", "geometry": rounded(area),
            "properties": {"layer": name, "complete_as_of": "2018-06-01" if name == "planned_parcel" else "2019-06-01",
                           "valid_until": until, "declared_by": f"{spec.department}(示意)", "document": "示意〔2019〕1号"},
        })  # fmt: skip
    return rows


COMMON = {"emits_voc": False, "high_energy": False, "coal_consuming": False, "unit_air_bottom_three": False,
          "unit_coal_target_missed": False, "bulk_goods": False, "bulk_by_road": False, "statutory_key_project": False,
          "siting_unavoidable": False, "soil_meets_use": False, "heavy_metal": False, "coal_fuelled": False,
          "adds_capacity": False, "pure_capacity_addition": False, "relocation_plan_missed": False, "stack_height_m": 15.0,
          "high_voc_solvent": False, "edible_crop": False}  # fmt: skip
HEAVY = {"adds_capacity": True, "pure_capacity_addition": True, "principle_exception": False, "ultra_low_by_2018_10": False,
         "capacity_swap_in_province": False, "high_energy": True, "coal_consuming": True, "bulk_goods": True, "bulk_by_road": True}  # fmt: skip
BOILER = {
    "high_sulphur_petcoke": False,
    "keep": False,
    "ultra_low_emission": False,
    "low_nox": False,
    "coal_consuming": True,
}


def candidates() -> list[dict[str, Any]]:
    rows: list[tuple[Any, ...]] = [
        ("P01", "新建20蒸吨燃煤锅炉", "coal_boiler", "new", Point(112.60, 35.06), {**BOILER, "capacity_tph": 20.0}),
        ("P02", "既有10蒸吨燃煤锅炉(是否保留未答复)", "coal_boiler", "existing", Point(112.55, 35.15),
         {**BOILER, "capacity_tph": 10.0, "keep": None, "ultra_low_emission": None}),
        ("P03", "新建焦化项目", "coking", "new", Point(112.53, 35.172), HEAVY),
        ("P04", "王屋山建筑石料采石场", "quarry", "new", blob(112.34, 35.20, 260), {}),
        ("P05", "园区内涂装项目", "industrial_coating", "new", blob(112.625, 35.050, 150), {"emits_voc": True}),
        ("P06", "园区外涂装项目", "industrial_coating", "new", blob(112.40, 35.06, 150), {"emits_voc": True}),
        ("P07", "梨林粮食加工厂(占用耕地)", "food", "new", blob(112.66, 35.05, 180), {}),
        ("P08", "原化工厂地块住宅", "housing", "new", None, {"soil_meets_use": None}),
        ("P09", "天坛路12000平方米商住工地", "construction_site", "new", Point(112.585, 35.09),
         {"floor_area_m2": 12000.0, "large_earthworks": True}),
        ("P10", "4000平方米学校工地", "construction_site", "new", Point(112.70, 35.15),
         {"floor_area_m2": 4000.0, "large_earthworks": False}),
        ("P11", "未张贴环保标志挖掘机", "non_road_machinery", "existing", Point(112.592, 35.086),
         {"label": False, "black_smoke": False}),
        ("P12", "小浪底旅游码头", "tourism", "new", Point(112.36, 34.955), {}),
        ("P13", "商场充电桩", "charging_station", "new", Point(112.60, 35.09), {}),
        ("P14", "类型未定项目", None, "new", Point(112.30, 35.09), {}),
    ]  # fmt: skip
    plot = next(f for f in L["contaminated_plot"] if f["properties"]["register_state"] == "contaminated")
    out = []
    for uid, name, kind, nature, shape, more in rows:
        geometry = plot["geometry"] if shape is None else rounded(shape)
        values = {"site_id": uid, "name": f"{name}(示意)", "facility_type": kind, "nature": nature, "accuracy_m": 5.0,
                  "remark": NOTE, **{**COMMON, **more}}  # fmt: skip
        out.append({"type": "Feature", "geometry": geometry, "properties": values})
    names = list(dict.fromkeys(key for row in out for key in row["properties"]))
    for row in out:
        row["properties"] = {key: row["properties"].get(key) for key in names}
    return out


def main() -> None:
    lines = rivers()
    core = administration()
    heat()
    places = water(lines)
    sections(lines, places["qin"], places["start"])
    hills()
    town_life(core, lines)
    works()
    for name in sorted(L):
        write(name, L[name])
    write("layer_coverage", coverage())
    write("candidates", candidates())


if __name__ == "__main__":
    main()
