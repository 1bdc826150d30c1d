"""What the plan's targets are counted from: heated floor area, sewers, green space, check points, statistics."""

from __future__ import annotations

from draw_land import STREETS, TOWNS, Land
from draw_tools import Names, Record, blob, degrees, metres, only, plot, tidy
from shapely import Point

#: Town, lon, lat, and whether it stands still or goes about.
CHECKPOINTS = (
    ("G208固定式尾气遥感监测点", 112.6205, 35.1180, "remote_fixed", "2018-05-20"),
    ("济源大道固定式尾气遥感监测点", 112.5610, 35.0790, "remote_fixed", "2018-06-12"),
    ("移动式尾气遥感监测车停放点", 112.5900, 35.0920, "remote_mobile", "2018-06-25"),
    ("轵城路检路查点", 112.6010, 35.0480, "road_side", "2018-09-01"),
)
#: Indicator of the plan, its figures by year and unit.  Where a year is not over there is no figure yet.
STATISTICS = (("city_source_qualified_pct", "城市集中式饮用水水源取水水质达标率", {2018: 97.2}, "%"),)
FIRES = (("大峪镇", "straw", "2018-10-05", True), ("王屋镇", "waste", "2019-03-21", False))


def served(rec: Record, land: Land) -> None:
    """Draw sewer areas and tree belts, and where the ground lies bare."""
    dice = Names("served")
    rec.add("sewer_service_area", degrees(tidy(land.core.buffer(-120), 30)), "城区污水管网覆盖区(示意)",
            status="built", sewer_kind="combined", accuracy_m=50.0)  # fmt: skip
    for feature in rec["industrial_park"][:2]:
        name, (lon, lat) = feature["properties"]["name"], _middle(feature)
        rec.add("sewer_service_area", blob(lon, lat, 2600, 2200, f"管网{name}"), f"{name[:-4]}污水管网覆盖区(示意)",
                status="built", sewer_kind="separate", accuracy_m=50.0)  # fmt: skip
    parks = (("世纪广场", 112.5905, 35.0885, 900, 700), ("济水苑", 112.6020, 35.0960, 800, 650), ("南山", 112.5860, 35.0705, 1500, 900))
    for name, lon, lat, rx, ry in parks:
        shape = only(metres(blob(lon, lat, rx, ry, f"绿地{name}")).intersection(land.core))
        rec.add("green_space", degrees(shape), f"{name}公园绿地(示意)", green_kind="park", year=2017, accuracy_m=20.0)
    belt = only(land.core.difference(land.core.buffer(-420)))
    rec.add("green_space", degrees(tidy(belt, 20)), "环城防护绿带(示意)", green_kind="protective", year=2018, accuracy_m=20.0)
    for number, (lon, lat, covered) in enumerate(((112.5710, 35.0840, True), (112.6085, 35.0850, True), (112.5980, 35.0760, False)), 1):
        rec.add("bare_land", plot(lon, lat, 160 + 30 * number, 120), f"裸露土地{number}号(示意)", place="idle", covered=covered,
                found_on="2018-04-15", status="closed" if covered else "open", township=land.township(Point(lon, lat)),
                accuracy_m=10.0)  # fmt: skip
    for town, place in TOWNS.items():
        if town not in STREETS:
            rec.add("town_seat", Point(*place), f"{town}人民政府(示意)", seat_kind="town", county="济源市", accuracy_m=20.0)
            done = dice.whole(0, 5) > 0
            if done:
                rec.add("sewage_facility", Point(place[0] + 0.006, place[1] - 0.004), f"{town}污水处理站(示意)",
                        facility_kind="township", capacity_t_d=float(dice.whole(3, 20) * 100), running=True,
                        standard="first_a", in_service_from="2018-06-01", township=town, accuracy_m=20.0)  # fmt: skip


def counted(rec: Record, land: Land) -> None:
    """Place the check points, the fires, and what is known of the whole city by year."""
    for name, lon, lat, kind, since in CHECKPOINTS:
        rec.add("checkpoint", Point(lon, lat), f"{name}(示意)", check_kind=kind, in_service_from=since,
                township=land.township(Point(lon, lat)), accuracy_m=20.0)  # fmt: skip
    for town, kind, day, confirmed in FIRES:
        lon, lat = TOWNS[town]
        rec.add("fire_point", Point(lon + 0.02, lat - 0.012), f"{town}火点(示意)", fire_kind=kind, observed_on=day,
                confirmed=confirmed, county="济源市", township=town, accuracy_m=375.0)  # fmt: skip
    for code, name, years, unit in STATISTICS:
        for year, value in years.items():
            rec.add("statistic", land.outline, f"{year}年{name}(示意)", indicator=code, value=value, unit=unit, year=year,
                    period=f"{year}年", accuracy_m=500.0)  # fmt: skip


def _middle(feature: dict) -> tuple[float, float]:
    import json

    import shapely

    place = shapely.centroid(shapely.from_geojson(json.dumps(feature["geometry"])))
    return place.x, place.y
