"""The demonstration data: reproducible, complete, marked, and shaped as the clauses need them."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pandas as pd
import pytest
import shapely

import envzones.plugin.engine as engine
from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.facilities import load_facility_types
from envzones.plugin.store.folder import read_folder

DEMO = Path(engine.__file__).resolve().parents[2] / "resources" / "demo"
DATA = DEMO / "jiyuan"
CATALOG = load_catalog()
# What the sources do not hold, or what has not happened yet, stays empty on purpose.
EMPTY_ON_PURPOSE = {
    "closed_on", "eliminated_on", "removed_on", "valid_to", "valid_from", "document_no", "document_date", "width_m",
    "chp", "chp_from", "unit_capacity_mw", "heat_capacity_mw", "length_m",
}  # fmt: skip


def features(name):
    return json.loads((DATA / f"{name}.geojson").read_text(encoding="utf-8"))["features"]


@pytest.fixture(scope="module")
def content():
    return read_folder(DATA, CATALOG)


def test_drawing_again_gives_the_same_map(tmp_path):
    script = runpy.run_path(str(DEMO / "make_jiyuan.py"))
    script["main"].__globals__["HERE"] = tmp_path / "jiyuan"
    (tmp_path / "jiyuan").mkdir()
    (tmp_path / "rivers_gshhg.geojson").write_bytes((DEMO / "rivers_gshhg.geojson").read_bytes())
    script["main"]()
    made = {path.stem for path in (tmp_path / "jiyuan").iterdir()}
    assert made == {path.stem for path in DATA.glob("*.geojson")}
    for name in sorted(made):
        again = json.loads((tmp_path / "jiyuan" / f"{name}.geojson").read_text(encoding="utf-8"))["features"]
        assert [f["properties"] for f in again] == [f["properties"] for f in features(name)], name
        for new, old in zip(again, features(name)):
            # Versions of GEOS differ in the last digit and in where a ring begins.
            shapes = [shapely.from_geojson(json.dumps(f["geometry"])) for f in (new, old)]
            assert shapely.hausdorff_distance(*shapes) < 2e-6, (name, new["properties"].get("uid"))


def test_every_attribute_is_filled_and_every_feature_says_what_it_is():
    uids = []
    for path in sorted(DATA.glob("*.geojson")):
        if path.stem not in CATALOG:
            continue
        for feature in features(path.stem):
            values = feature["properties"]
            empty = {key for key, value in values.items() if value is None} - EMPTY_ON_PURPOSE
            assert not empty, f"{path.stem} {values['uid']}: {empty}"
            assert values["provenance"] in ("fact", "illustrative")
            assert "示意" in values["remark"] or values["provenance"] == "fact"
            uids.append(values["uid"])
    assert len(uids) == len(set(uids)) and 300 < len(uids) < 900


def test_shapes_are_valid_and_lie_in_the_region(content):
    for name, frame in content.frames.items():
        assert frame.geometry.is_valid.all(), name
        if name != "river_reach":
            low_x, low_y, high_x, high_y = frame.total_bounds
            assert 111.8 < low_x and high_x < 113.3 and 34.7 < low_y and high_y < 35.5, name


def test_rivers_are_the_real_ones_with_their_accuracy(content):
    reaches = content.frames["river_reach"]
    real = reaches[reaches["provenance"] == "fact"]
    assert {"沁河", "黄河", "丹河"} <= set(real["river"])
    assert real["accuracy_m"].between(270, 400).all() and real["source"].str.contains("GSHHG").all()
    assert set(reaches.loc[reaches["provenance"] != "fact", "river"]) == {"蟒河", "济河"}


def test_zones_nest(content):
    zones = content.frames["drinking_water_zone"].to_crs(4547)
    for source, group in zones.groupby("source_name"):
        by_level = group.set_index("level").geometry
        chain = [by_level[level] for level in ("primary", "secondary", "quasi") if level in by_level.index]
        assert len(chain) >= 2, source
        for inner, outer in zip(chain, chain[1:]):
            assert inner.difference(outer.buffer(0.5)).area < 1, source


def test_sections_lie_on_their_rivers(content):
    rivers = content.frames["river_reach"].to_crs(4547)
    for row in content.frames["monitoring_section"].to_crs(4547).itertuples():
        own = rivers[rivers["river"] == row.river]
        assert own.distance(row.geometry).min() < 60, row.uid


def test_coverage_leaves_something_undeclared_expired_and_partial(content):
    declared = content.coverage
    missing = set(content.frames) - set(declared["layer"])
    assert "ecological_redline" in missing
    assert (pd.to_datetime(declared["valid_until"]) < "2019-06-30").any()
    city = next(shapely.from_geojson(json.dumps(f["geometry"])) for f in features("admin_area")
                if f["properties"]["level"] == "city")  # fmt: skip
    assert not declared.geometry.covers(city).all() and declared.geometry.covers(city).any()


def test_candidates_name_known_types_and_leave_some_things_open():
    types = load_facility_types()
    rows = [feature["properties"] for feature in features("candidates")]
    assert 12 <= len(rows) <= 20
    for row in rows:
        assert row["facility_type"] is None or types.get(row["facility_type"])
        assert set(row) - {"site_id", "name", "facility_type", "nature", "accuracy_m", "remark"} <= set(types.attributes)
    assert any(row["facility_type"] is None for row in rows)
    assert any(row["facility_type"] == "coal_boiler" and row["keep"] is None for row in rows)
