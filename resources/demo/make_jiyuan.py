"""Draw the Jiyuan demonstration map: ``python resources/demo/make_jiyuan.py [FOLDER]``.

Real are the GSHHG rivers (``rivers_gshhg.geojson``) and the power plants of ``draw_works.py``.  Everything
else is drawn here, from fixed seeds, plausible in place and number and marked 示意 (provenance
``illustrative``).  The script writes one GeoJSON file per layer, the declared coverage and the candidate
sites; running it again gives the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import shapely

sys.path.insert(0, str(Path(__file__).resolve().parent))

import draw_land  # noqa: E402  (its neighbours are found beside it, wherever the script is run from)
import draw_plan  # noqa: E402
import draw_water  # noqa: E402
import draw_works  # noqa: E402
from draw_tools import NOTE, Record, blob, geojson, plot, write  # noqa: E402
from shapely import Point  # noqa: E402

from envzones.plugin.engine.catalog import load_catalog  # noqa: E402

HERE = Path(__file__).resolve().parent


def draw() -> tuple[Record, draw_land.Land]:
    """Draw all layers, waters first, since most other things keep away from them."""
    rec = Record(load_catalog())
    river = draw_water.rivers(rec, HERE / "rivers_gshhg.geojson")
    land = draw_land.Land(river.line["RR-HH2"])
    draw_water.channel(rec, river)
    draw_land.administration(rec, land)
    draw_land.hills(rec, land)
    draw_water.drinking_water(rec, river, land)
    draw_land.farmland(rec, land)
    draw_land.villages(rec, land)
    draw_land.plots(rec, land)
    draw_land.control_units(rec, land)
    draw_water.sections(rec, river)
    draw_water.problems(rec, river, land)
    draw_water.black_odorous(rec, river, land)
    draw_water.ledger(rec)
    draw_works.heat(rec, land)
    draw_works.boilers(rec, land)
    draw_works.machinery(rec, land)
    draw_works.sites(rec, land)
    draw_works.firms(rec, land)
    draw_works.farms(rec, land)
    draw_works.stations(rec, land)
    draw_works.air_zones(rec, land)
    draw_plan.served(rec, land)
    draw_plan.counted(rec, land)
    return rec, land


# Layers never declared complete: what misses them stays 待核实.  So do all layers nobody has drawn, but for the
# transfer canal and its zones, of which the city has none.
UNDECLARED = ("ecological_redline", "polluting_project", "rectification_item")
NONE_HERE = ("canal", "canal_zone")
# The southern and eastern neighbours have told of their plants (示意); Shanxi in the north has not.
FRINGE = [(112.98, 35.20), (112.98, 34.72), (111.85, 34.72), (111.85, 35.06)]


def coverage(rec: Record, land: draw_land.Land) -> list[dict[str, Any]]:
    """Declare most layers complete over the city; one in part, one until lately, some not at all."""
    rows: list[dict[str, Any]] = []
    plain = shapely.intersection(land.outline, shapely.box(112.45, 34.8, 112.9, 35.3))
    asked = shapely.Polygon([(112.05, 35.10), (112.40, 35.15), (112.70, 35.20), *FRINGE])
    plants = shapely.union_all([land.outline, asked])
    for name, spec in rec.catalog.items():
        if name in UNDECLARED or not (rec[name] or name in NONE_HERE):
            continue
        area, since, until = land.outline, "2019-06-01", "2020-06-30"
        if name == "farmland_class":
            area, since = plain, "2019-05-15"
        if name == "heat_network_area":
            since, until = "2018-11-15", "2019-03-15"
        if name == "heat_source":
            area = plants
        if name in ("river_reach", "monitoring_section"):
            area = shapely.box(111.7, 34.7, 113.2, 35.5)
        rows.append({"type": "Feature", "geometry": geojson(area), "properties": {
            "layer": name, "complete_as_of": since, "valid_until": until,
            "declared_by": f"{spec.department}(示意)",
            "document": f"示意:数据完整性声明〔2019〕{len(rows) + 1}号"}})  # fmt: skip
    return rows


# What a project answers unless its own row says otherwise: the answers that leave it free.
INDUSTRY = {
    "emits_voc": False, "high_energy": False, "coal_consuming": False,
    "unit_air_bottom_three": False, "unit_coal_target_missed": False,
    "bulk_goods": False, "bulk_by_road": False, "principle_exception": False, "stack_height_m": 15.0,
}  # fmt: skip
PROJECT = {"statutory_key_project": False, "siting_unavoidable": False, "soil_meets_use": True}
BOILER = {
    **PROJECT, "coal_consuming": True, "unit_air_bottom_three": False, "unit_coal_target_missed": False,
    "high_sulphur_petcoke": False, "keep": False, "ultra_low_emission": False,
}  # fmt: skip
COKING = {
    **PROJECT, **INDUSTRY, "adds_capacity": True, "pure_capacity_addition": True,
    "high_energy": True, "coal_consuming": True, "bulk_goods": True, "bulk_by_road": True, "emits_voc": True,
    "relocation_plan_missed": False, "ultra_low_by_2018_10": False, "stack_height_m": 80.0,
}  # fmt: skip
SITE = {**PROJECT, "large_earthworks": False}
MINE = {
    **PROJECT, "bulk_goods": True, "bulk_by_road": True, "principle_exception": False,
    "defies_stop_order": False, "mine_compliant": True,
}  # fmt: skip


def candidates(rec: Record) -> list[dict[str, Any]]:
    """Draw the candidate projects; an attribute that is empty is unknown on purpose."""
    former = next(f for f in rec["contaminated_plot"] if f["properties"]["name"].startswith("原化肥厂"))
    rows: list[tuple[str, str, str | None, str, Any, dict[str, Any]]] = [
        ("P01", "轵城新建20蒸吨燃煤锅炉", "coal_boiler", "new", Point(112.6075, 35.0240),
         {**BOILER, "capacity_tph": 20.0}),
        ("P02", "思礼既有10蒸吨燃煤锅炉(是否保留未答复)", "coal_boiler", "existing", Point(112.4790, 35.1135),
         {**BOILER, "capacity_tph": 10.0, "keep": None, "ultra_low_emission": None}),
        ("P03", "玉川集聚区焦化扩建项目", "coking", "expand", plot(112.5150, 35.1870, 420, 260), COKING),
        ("P04", "王屋山新建采石场", "quarry", "new", blob(112.3455, 35.2135, 240, 180, "P04"), MINE),
        ("P05", "高新集聚区涂装项目(水性涂料)", "industrial_coating", "new",
         plot(112.6600, 35.0470, 220, 160), {**PROJECT, **INDUSTRY, "emits_voc": True, "high_voc_solvent": False}),
        ("P06", "承留园区外涂装项目", "industrial_coating", "new", plot(112.4620, 35.0590, 200, 150),
         {**PROJECT, **INDUSTRY, "emits_voc": True, "high_voc_solvent": False}),
        ("P07", "梨林粮食加工厂(占用耕地)", "food", "new", plot(112.7015, 35.0585, 300, 200),
         {**PROJECT, **INDUSTRY}),
        ("P08", "原化肥厂地块住宅小区", "housing", "new", former["geometry"],
         {**PROJECT, "soil_meets_use": None}),
        ("P09", "天坛路12000平方米商住工地(在建)", "construction_site", "existing", Point(112.5795, 35.0965),
         {**SITE, "floor_area_m2": 12000.0, "large_earthworks": True}),
        ("P10", "五龙口4000平方米学校改建工地", "construction_site", "rebuild", Point(112.6795, 35.1490),
         {**SITE, "floor_area_m2": 4000.0}),
        ("P11", "未张贴环保标志挖掘机", "non_road_machinery", "existing", Point(112.5985, 35.0835),
         {"label": False, "black_smoke": False}),
        ("P12", "禁用区外未张贴环保标志装载机", "non_road_machinery", "existing", Point(112.4985, 35.0480),
         {"label": False, "black_smoke": False}),
        ("P13", "王屋山天坛峰观光项目", "tourism", "new", blob(112.3230, 35.2120, 160, 120, "P13"), PROJECT),
        ("P14", "虎岭集聚区充电站", "charging_station", "new", Point(112.5140, 35.0530), PROJECT),
        ("P15", "邵原空气源热泵供暖项目", "heat_pump", "new", Point(112.1440, 35.1560), PROJECT),
        ("P16", "类型未定项目", None, "new", Point(112.3050, 35.0950), {}),
    ]  # fmt: skip
    names = list(dict.fromkeys(key for row in rows for key in row[5]))
    out: list[dict[str, Any]] = []
    for uid, name, kind, nature, shape, more in rows:
        values = {"site_id": uid, "name": f"{name}(示意)", "facility_type": kind, "nature": nature,
                  "accuracy_m": 5.0, "remark": NOTE,
                  **{key: more.get(key) for key in names}}  # fmt: skip
        out.append({"type": "Feature", "geometry": shape if isinstance(shape, dict) else geojson(shape),
                    "properties": values})
    return out


def main(folder: Path) -> None:
    """Draw everything and write it to a folder; layer files of an earlier drawing that are not drawn go."""
    rec, land = draw()
    made = {**rec.layers, "layer_coverage": coverage(rec, land), "candidates": candidates(rec)}
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.geojson"):
        if old.stem not in made:
            old.unlink()
    for name in sorted(made):
        write(folder, name, made[name])


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "jiyuan")
