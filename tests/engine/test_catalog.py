"""The layer catalog: what ships is whole, a wrong file is refused by line and key, frames are fitted."""

from __future__ import annotations

import datetime
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from envzones.plugin.engine import catalog as catalog_module
from envzones.plugin.engine.catalog import (
    COVERAGE,
    SHIPPED,
    conform,
    empty_frame,
    examine,
    label,
    load_catalog,
)
from envzones.plugin.engine.errors import InputError

CATALOG = load_catalog()
HAN = re.compile(r"[\u4e00-\u9fff]")
#: Fields and codes that rulebooks rest on; a renamed one would leave clauses without data, and silently so.
RELIED_ON = {
    "drinking_water_zone": {
        "level": {"primary", "secondary", "quasi"},
        "source_type": {"river", "lake", "groundwater", "canal"},
        "source_rank": {"city", "county", "township", "thousand_ton"},
        "source_code": None,
        "source_name": None,
    },
    "heat_source": {"chp": None, "unit_capacity_mw": None, "total_capacity_mw": None, "chp_from": None},
    "coal_boiler": {
        "capacity_tph": None,
        "fuel": {"coal", "gas", "biomass", "other"},
        "status": {"running", "standby", "closed", "converted"},
        "keep": None,
        "ultra_low_emission": None,
        "utility": None,
        "owner": None,
        "township": None,
    },
    "mine_site": {
        "mining_method": {"open_pit", "underground"},
        "status": {"producing", "suspended", "closed", "abandoned"},
        "party_extinct": None,
        "mined_area_ha": None,
        "restored_area_ha": None,
    },
    "black_odorous_water": {
        "setting": {"urban", "rural"},
        "grade": {"none", "light", "heavy"},
        "state": {"registered", "under_treatment", "eliminated", "monitored"},
    },
    "machinery_no_go_zone": {
        "sub_zone": {"core", "general"},
        "boundary_included": None,
        "smoke_class": None,
        "notice": None,
    },
    "machinery_position": {
        "stage": {"stage_1", "stage_2", "stage_3", "stage_4"},
        "plate": None,
        "label": None,
        "observed_at": None,
    },
    "contaminated_plot": {
        "register_state": {"suspected", "surveyed", "contaminated", "controlled", "restored", "removed"},
        "land_use_category": {"first", "second"},
        "planned_use": None,
        "pollutants": None,
    },
    "planned_parcel": {"land_use_code": None, "land_use_category": {"first", "second"}},
    "monitoring_section": {
        "level": {"national", "provincial", "city", "county"},
        "responsibility_target": None,
        "river": None,
        "target_class": {"class_1", "class_2", "class_3", "class_4", "class_5", "inferior_5"},
    },
    "outfall": {
        "stage": {"found", "monitored", "traced", "rectified", "closed"},
        "outfall_type": None,
        "river": None,
        "status": None,
    },
    "river_reach": {"river": None, "width_m": None, "level": None, "canal": None},
    "nature_reserve": {"function_zone": {"core", "buffer", "experimental"}},
    "farmland_class": {"farmland_class": {"priority", "safe_use", "strict_control"}},
    "admin_area": {"level": {"city", "county", "town", "village"}, "code": None},
    "road": {
        "road_class": {"expressway", "national", "provincial", "county", "township", "urban"},
        "trunk": None,
    },
    "industrial_park": {
        "park_level": None,
        "park_kind": {"industrial_cluster", "characteristic", "chemical"},
    },
    "construction_site": {
        "floor_area_m2": None,
        "length_m": None,
        "site_kind": None,
        "contract_10k_cny": None,
        "monitored": None,
    },
}
PROBLEM_LAYERS = (
    "catering",
    "cage_culture",
    "sand_mining",
    "wharf",
    "dry_toilet",
    "riparian_farming",
    "waste_dump",
    "livestock_farm",
    "polluting_project",
)


def write(folder: Path, text: str, name: str = "quarry", theme: str = "mines") -> Path:
    (folder / theme).mkdir(parents=True, exist_ok=True)
    (folder / theme / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


QUARRY = """\
layer: quarry
theme: mines
order: 90
zh: 采石场
en: Quarry
geometry: Point
department: 市国土资源局
fields:
  stone:
    type: text
    zh: 石料
    en: Stone
    domain:
      granite: {zh: 花岗岩, en: Granite}
  depth_m: {type: real, zh: 采深, en: Depth, unit: m, min: 0, max: 500}
  opened_on: {type: date, zh: 开采日期, en: Opened on}
  closed_on: {type: date, zh: 关闭日期, en: Closed on}
checks:
  - not_after: [opened_on, closed_on]
"""


def boilers(**columns: object) -> gpd.GeoDataFrame:
    data = {"uid": ["a", "b"], "name": ["甲", "乙"], "fuel": ["coal", "gas"], "status": ["running", "closed"]}
    return gpd.GeoDataFrame(
        {**data, **columns}, geometry=shapely.points([[112.5, 35.0], [112.6, 35.1]]), crs="EPSG:4490"
    )


# ---- what is shipped


def test_every_theme_has_layers_and_every_layer_a_style() -> None:
    assert len(CATALOG) >= 50
    for theme in CATALOG.themes.values():
        assert HAN.search(theme.zh) and theme.en.isascii()
        assert CATALOG.of_theme(theme.name), theme.name
    assert [name for name, spec in CATALOG.items() if spec.style is None] == []


@pytest.mark.parametrize("name", list(CATALOG))
def test_every_field_and_domain_is_titled_in_both_languages(name: str) -> None:
    spec = CATALOG[name]
    assert HAN.search(spec.zh) and HAN.search(spec.department) and not HAN.search(spec.en)
    assert spec.field_names[:2] == ("uid", "name") and spec.field_names[-1] == "remark"
    assert {"document_no", "valid_from", "valid_to", "life_state", "accuracy_m", "provenance", "source"} <= {
        *spec.field_names
    }
    for item in spec.fields:
        assert HAN.search(item.zh), item.name
        assert item.en and not HAN.search(item.en), item.name
        for titles in (item.domain or {}).values():
            # Stage and class names such as GB 50137 read the same in both languages.
            assert titles["zh"] and titles["en"] and not HAN.search(titles["en"]), item.name


@pytest.mark.parametrize("name", list(RELIED_ON))
def test_fields_that_rules_rest_on_are_there(name: str) -> None:
    for field, codes in RELIED_ON[name].items():
        found = CATALOG[name].field(field)
        assert codes is None or codes <= set(found.domain or {}), field


@pytest.mark.parametrize("name", PROBLEM_LAYERS)
def test_problem_layers_share_their_follow_up_fields(name: str) -> None:
    spec = CATALOG[name]
    assert {"status", "found_on", "owner", "township"} <= set(spec.field_names)
    assert set(spec.field("status").domain or {}) == {"open", "rectifying", "closed"}


@pytest.mark.parametrize("name", list(CATALOG))
def test_styles_know_the_codes_and_carry_no_machine_path(name: str) -> None:
    spec = CATALOG[name]
    text = spec.style.read_text(encoding="utf-8")
    assert not re.search(r"/(work|home|usr|tmp|root)/|[A-Z]:\\", text)
    renderer = ElementTree.fromstring(text).find("renderer-v2")
    assert renderer is not None
    if renderer.get("type") == "categorizedSymbol" and renderer.get("attr") in spec.field_names:
        domain = spec.field(renderer.get("attr")).domain
        # The category without a value draws what is not filled in.
        drawn = {
            item.get("value"): item.get("label") for item in renderer.find("categories") if item.get("value")
        }
        if domain:
            assert drawn == {code: titles["zh"] for code, titles in domain.items()}
    elif renderer.get("type") == "categorizedSymbol":
        for field in re.findall(r'"(\w+)"', renderer.get("attr")):
            assert field in spec.field_names


def test_catalog_needs_no_geopandas() -> None:
    code = (
        "import sys; from envzones.plugin.engine.catalog import load_catalog, label; c = load_catalog();"
        "label(c['mine_site'].field('status'), 'closed');"
        "heavy = {'geopandas', 'pandas', 'shapely', 'numpy', 'qgis'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


# ---- the user's own files


def test_user_layer_takes_precedence(tmp_path: Path) -> None:
    own = CATALOG["village"].path.read_text(encoding="utf-8").replace("zh: 村庄", "zh: 行政村")
    write(tmp_path, own, "village", "context")
    write(tmp_path, QUARRY)
    loaded = load_catalog(tmp_path)
    assert loaded["village"].zh == "行政村" and CATALOG["village"].zh == "村庄"
    assert loaded["village"].style == CATALOG["village"].style
    assert set(loaded) - set(CATALOG) == {"quarry"}
    (tmp_path / "context" / "village.qml").write_text("<qgis/>", encoding="utf-8")
    assert load_catalog(tmp_path)["village"].style == tmp_path / "context" / "village.qml"


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ("order: 90", "ordr: 90", 3, "ordr"),
        ("order: 90", "order: first", 3, "order"),
        ("layer: quarry", "layer: pit", 1, "layer"),
        ("theme: mines", "theme: miners", 2, "theme"),
        ("geometry: Point", "geometry: Polygon", 6, "geometry"),
        ("en: Quarry\n", "", 1, "en"),
        ("department: 市国土资源局", "department: 7", 7, "department"),
        ("    type: text", "    type: string", 10, "fields.stone.type"),
        ("    zh: 石料\n", "", 9, "fields.stone.zh"),
        ("{zh: 花岗岩, en: Granite}", "{zh: 花岗岩}", 14, "fields.stone.domain.granite.en"),
        ("granite: {", "yes: {", 14, "fields.stone.domain."),
        ("min: 0, max: 500", "min: 9, max: 5", 15, "fields.depth_m.min"),
        ("unit: m, min: 0", "unit: m, mini: 0", 15, "fields.depth_m.mini"),
        ("zh: 采深", "zh: 石料, default: deep", 15, "fields.depth_m.default"),
        ("zh: 采深, en: Depth, unit: m", "zh: 名称, en: Depth", 15, "fields.depth_m.zh"),
        ("  depth_m:", "  uid:", 15, "fields.uid"),
        ("  depth_m:", "  stone:", 15, "fields.stone"),
        ("  depth_m:", "  Depth m:", 15, "fields.Depth m"),
        ("[opened_on, closed_on]", "[opened_on, shut_on]", 19, "checks.0.not_after"),
        ("[opened_on, closed_on]", "[depth_m, closed_on]", 19, "checks.0.not_after"),
        ("zh: 采石场", "zh: 村庄", None, "zh"),
        ("zh: 采石场", "zh: [采石场", 5, None),
    ],
)
def test_broken_file_is_refused_in_one_sentence(
    tmp_path: Path, old: str, new: str, line: int | None, key: str | None
) -> None:
    assert old in QUARRY
    write(tmp_path, QUARRY.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        load_catalog(tmp_path)
    message = str(caught.value)
    assert message.startswith("quarry.yaml") and message.endswith(".") and "\n" not in message
    if key is not None:
        assert f"{key}" in message.split(": ")[0]
    # A flow list that is never closed is found at the next line.
    assert line is None or re.search(rf"line ({line}|{line + 1})\b", message), message


def test_missing_folder_and_undecodable_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        load_catalog(tmp_path / "no")
    write(tmp_path, QUARRY)
    (tmp_path / "mines" / "quarry.yaml").write_bytes(QUARRY.encode("gbk"))
    with pytest.raises(InputError, match="UTF-8"):
        load_catalog(tmp_path)


def test_yaml_tags_are_not_obeyed(tmp_path: Path) -> None:
    write(tmp_path, QUARRY.replace("采石场", "!!python/object/apply:os.getcwd []"))
    with pytest.raises(InputError, match="not valid YAML"):
        load_catalog(tmp_path)


# ---- frames


def test_empty_frame_is_typed() -> None:
    frame = empty_frame(CATALOG["coal_boiler"])
    assert list(frame.columns) == [*CATALOG["coal_boiler"].field_names, "geometry"]
    assert len(frame) == 0 and frame.crs.to_epsg() == 4490
    kinds = {
        "capacity_tph": "float64",
        "boiler_count": "Int64",
        "keep": "boolean",
        "built_on": "datetime64[ns]",
        "fuel": "object",
    }
    assert {name: str(frame[name].dtype) for name in kinds} == kinds


def test_conform_types_every_cell_and_tells_what_it_left_out() -> None:
    frame = boilers(
        capacity_tph=["3.5", None], boiler_count=[2.0, np.nan], keep=["是", None], built_on=["2010/1/2", ""],
        valid_from=[datetime.date(2018, 5, 1), None], licence_no=[12.0, "  "], colour=["red", "blue"],
    )  # fmt: skip
    notes: list[str] = []
    fitted = conform(frame, CATALOG["coal_boiler"], "boilers.xlsx", notes=notes)
    assert fitted["capacity_tph"].tolist()[0] == 3.5 and np.isnan(fitted["capacity_tph"].iloc[1])
    assert fitted["boiler_count"].iloc[0] == 2 and fitted["boiler_count"].isna().tolist() == [False, True]
    assert bool(fitted["keep"].iloc[0]) is True and fitted["keep"].iloc[1] is pd.NA
    assert fitted["built_on"].iloc[0] == pd.Timestamp(2010, 1, 2) and fitted["built_on"].iloc[1] is pd.NaT
    assert fitted["valid_from"].iloc[0] == pd.Timestamp(2018, 5, 1)
    assert fitted["licence_no"].tolist() == ["12", None]
    assert fitted["owner"].tolist() == [None, None] and fitted["owner"].dtype == object
    assert notes == ["Layer 'coal_boiler' from boilers.xlsx: columns without a field were left out: colour."]
    assert (
        fitted.dtypes.astype(str) == conform(fitted, CATALOG["coal_boiler"], "again").dtypes.astype(str)
    ).all()


@pytest.mark.parametrize(
    ("columns", "field", "says"),
    [
        ({"fuel": ["peat", "gas"]}, "fuel", "'peat' is not in the domain (coal, gas, oil, biomass, other)"),
        ({"fuel": [None, "gas"]}, "fuel", "is empty, and it is required"),
        ({"capacity_tph": [-1, 2]}, "capacity_tph", "-1 is less than 0"),
        ({"capacity_tph": ["3t", 2]}, "capacity_tph", "'3t' is no number"),
        ({"capacity_tph": [True, 2]}, "capacity_tph", "True is no number"),
        ({"boiler_count": [1.5, 2]}, "boiler_count", "1.5 is no whole number"),
        ({"keep": ["maybe", True]}, "keep", "'maybe' is no yes or no"),
        ({"built_on": ["2019-02-30", None]}, "built_on", "'2019-02-30' is no date"),
        ({"built_on": ["9999-12-31", None]}, "built_on", "'9999-12-31' is no date"),
        (
            {"built_on": ["2019-02-03", None], "closed_on": ["2018-02-03", None]},
            "built_on",
            "2019-02-03 is more than closed_on",
        ),
        ({"uid": ["b", "b"]}, "uid", "stands twice"),
    ],
)
def test_conform_refuses_what_breaks_the_rules(columns: dict, field: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        conform(boilers(**columns), CATALOG["coal_boiler"], "x.geojson")
    assert f"field {field}: {says}" in str(caught.value) and "x.geojson" in str(caught.value)
    _, _, problems = examine(boilers(**columns), CATALOG["coal_boiler"], "x.geojson")
    assert [problem.field for problem in problems] == [field]


def test_conform_counts_the_problems() -> None:
    with pytest.raises(InputError, match=r"row 1 \(uid a\), field fuel: .* \(1 more like it\)"):
        conform(boilers(fuel=["peat", "tar"]), CATALOG["coal_boiler"], "x")


def test_missing_uids_are_made_from_content() -> None:
    frame = boilers(uid=[None, "b"])
    notes: list[str] = []
    first, second = (
        conform(frame, CATALOG["coal_boiler"], "x", notes=notes)["uid"].tolist() for _ in range(2)
    )
    assert first == second and first[1] == "b" and len(first[0]) == 36
    assert "1 rows had no uid" in notes[0]
    twins = gpd.GeoDataFrame(pd.concat([boilers(uid=[None, None])] * 2), crs="EPSG:4490")
    assert conform(twins, CATALOG["coal_boiler"], "x")["uid"].is_unique


def test_geometry_is_promoted_flattened_and_checked() -> None:
    spec = CATALOG["scenic_area"]
    box = shapely.box(112, 35, 112.1, 35.1)
    solid = shapely.force_3d(box, 7.0)
    frame = gpd.GeoDataFrame(
        {"uid": ["a", "b"]}, geometry=[solid, shapely.MultiPolygon([box])], crs="EPSG:4490"
    )
    fitted = conform(frame, spec, "x")
    assert fitted.geometry.geom_type.tolist() == ["MultiPolygon"] * 2 and not fitted.geometry.has_z.any()
    for bad, word in (
        (shapely.Point(112, 35), "is a Point"),
        (None, "is empty"),
        (shapely.Polygon(), "is empty"),
    ):
        broken = gpd.GeoDataFrame({"uid": ["a"]}, geometry=[bad], crs="EPSG:4490")
        with pytest.raises(InputError, match=f"field geometry: {word}"):
            conform(broken, spec, "x")


def test_frame_without_crs_or_in_metres() -> None:
    bare = gpd.GeoDataFrame(boilers().drop(columns="geometry"), geometry=[shapely.Point(112, 35)] * 2)
    with pytest.raises(InputError, match="coordinate reference system"):
        conform(bare, CATALOG["coal_boiler"], "x")
    metres = conform(boilers().to_crs("EPSG:4547"), CATALOG["coal_boiler"], "x")
    assert metres.crs.to_epsg() == 4490
    assert (
        np.abs(shapely.get_coordinates(metres.geometry.array) - [[112.5, 35.0], [112.6, 35.1]]).max() < 1e-9
    )
    with pytest.raises(InputError, match="no geometry"):
        conform(pd.DataFrame({"uid": ["a"]}), CATALOG["coal_boiler"], "x")


def test_label() -> None:
    spec = CATALOG["coal_boiler"]
    assert label(spec.field("fuel"), "coal") == "燃煤" and label(spec.field("fuel"), "coal", "en") == "Coal"
    assert label(spec.field("fuel"), "peat") == "peat"
    assert label(spec.field("keep"), True) == "是" and label(spec.field("keep"), np.False_, "en") == "no"
    assert label(spec.field("built_on"), pd.Timestamp(2010, 1, 2)) == "2010-01-02"
    assert [label(spec.field("keep"), nothing) for nothing in (None, pd.NA, pd.NaT, float("nan"))] == [""] * 4
    assert spec.field("capacity_tph").title("zh") == "锅炉容量(t/h)"


def test_require_names_the_place() -> None:
    with pytest.raises(InputError, match="clause J14: there is no layer 'boilers'; use one of"):
        CATALOG.require("boilers", "clause J14")
    assert CATALOG.require("coal_boiler", "x") is CATALOG["coal_boiler"]
    assert COVERAGE.name not in CATALOG and SHIPPED.name == "layers" and catalog_module.GEOMETRIES


# ---- rules, groups, links


def _layer_file(tmp_path: Path, text: str) -> Path:
    (tmp_path / "environment").mkdir(exist_ok=True)
    (tmp_path / "environment" / "dust_source.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def _documented() -> str:
    page = (Path(__file__).resolve().parents[2] / "docs" / "own-layers.md").read_text(encoding="utf-8")
    return page.split("```yaml\n")[1].split("```")[0]


def test_the_documented_layer_loads(tmp_path: Path) -> None:
    spec = load_catalog(_layer_file(tmp_path, _documented()))["dust_source"]
    kinds = [type(rule).__name__ for rule in spec.rules]
    assert kinds == ["Requires", "Unique", "Overlap", "Neighbours", "Nested", "Inside"]
    assert spec.checks == (("valid_from", "valid_to"), ("found_on", "closed_on"))
    assert spec.groups[0].fields == ("name", "kind", "area_ha") and spec.links["permit_no"].layer == "planning_permit"
    assert spec.field("found_on").not_future and spec.field("permit_no").reference == "PFXKZ_BH"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("unique: [permit_no]", "unique: [permit]", "no field 'permit'"),
        ("unique: [permit_no]", "solitary: [permit_no]", "unknown key"),
        ("tolerance: 1}", "tolerance: -1}", "above 0"),
        ("order: [stockpile, bare]", "order: [stockpile, tip]", "codes of kind"),
        ("when: {life_state: [cancelled]}", "when: {life_state: [gone]}", "codes of the field's domain"),
        ("severity: warning", "severity: grave", "expected one of error, warning, info"),
        ("layer: admin_area", "layer: admin", "no layer 'admin'"),
        ("filter: {level: city}", "filter: {rank: city}", "no field 'rank'"),
        ("{layer: planning_permit, field: uid}", "{layer: planning_permit, field: number}", "no field 'number'"),
        ("fields: [name, kind, area_ha]", "fields: [name, kind, name]", "two groups"),
        ("'[A-Z]{2}[0-9]{6}'", "'[A-Z'", "regular expression"),
        ("not_future: true", "not_future: yes please", "true or false"),
        ("en: Two letters and six digits", "de: Zwei", "unknown key"),
    ],
)
def test_a_wrong_rule_names_file_line_and_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = _documented()
    assert text.count(old) == 1
    with pytest.raises(InputError, match=r"dust_source\.yaml, line \d+") as refused:
        load_catalog(_layer_file(tmp_path, text.replace(old, new)))
    assert said in str(refused.value)


def test_the_page_of_layers_is_what_the_files_say() -> None:
    import importlib.util

    path = Path(__file__).resolve().parents[2] / "docs" / "layer_table.py"
    spec = importlib.util.spec_from_file_location("layer_table", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text(encoding="utf-8") == module.page(), "run docs/layer_table.py"
