"""A check opens with the control units (三线一单) crossed: how much of the site, and the lists to the letter."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import pytest
import shapely
from pyproj import Geod

from envzones.plugin.engine import siting
from envzones.plugin.engine.onemap import OneMap

GEOD = Geod(a=6378137.0, rf=298.257222101)
CITY = shapely.box(112.0, 34.9, 112.8, 35.3)
WEST, EAST = shapely.box(112.40, 35.05, 112.42, 35.07), shapely.box(112.42, 35.05, 112.44, 35.07)
LIST = "禁止新建、扩建“两高”项目;\n现有企业逐步退出。"


def frame(rows):
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=4490)


def units(**more):
    rows = [
        {"uid": "U1", "name": "优先单元", "unit_code": "ZH41900110001", "unit_kind": "priority", "geometry": WEST,
         "spatial_constraint": LIST, "version_date": "2023-12-01", **more},
        {"uid": "U2", "name": "重点单元", "unit_code": "ZH41900120001", "unit_kind": "key", "geometry": EAST, **more},
    ]  # fmt: skip
    return frame(rows)


def ask(geometry, layer, complete=True, **site):
    city = frame([{"uid": "C", "name": "市", "level": "city", "code": "419001", "geometry": CITY}])
    layers = {"admin_area": city} if layer is None else {"admin_area": city, "control_unit": layer}
    names = list(layers) if complete else ["admin_area"]
    declared = frame(
        [{"layer": n, "complete_as_of": "2019-01-01", "valid_until": "2030-01-01", "geometry": CITY} for n in names]
    )
    sites = frame([{"site_id": "S", "name": "项目", "geometry": geometry, **site}])
    return siting.check(sites, OneMap.from_frames(layers, declared), [], as_of=date(2024, 6, 30)).units


def test_each_unit_is_listed_with_its_part_and_its_words():
    place = shapely.box(112.415, 35.055, 112.435, 35.06)
    found = ask(place, units()).set_index("unit_code")
    assert list(found["status"]) == ["crossed", "crossed"]
    area = abs(GEOD.geometry_area_perimeter(shapely.segmentize(place, 1e-4))[0])
    assert found["overlap_m2"].sum() == pytest.approx(area, rel=1e-6)
    assert found.loc["ZH41900110001", "overlap_share"] == pytest.approx(0.25, rel=1e-6)
    assert found.loc["ZH41900110001", "spatial_constraint"] == LIST
    assert found.loc["ZH41900110001", "version_date"] == "2023-12-01"
    assert found["spatial_constraint"].isna().tolist() == [False, True]
    assert (found["overlap_projected_m2"] - found["overlap_m2"]).abs().max() < found["overlap_m2"].max() * 1e-3


@pytest.mark.parametrize(
    ("layer", "complete", "status"),
    [
        (None, True, "not_assessed"),
        (units().iloc[:0], True, "none"),
        (units().iloc[:0], False, "not_assessed"),
        (units(), True, "none"),
        (units(), False, "not_assessed"),
    ],
)
def test_a_site_in_no_unit_says_so_or_that_nobody_knows(layer, complete, status):
    found = ask(shapely.Point(112.6, 35.2), layer, complete)
    assert list(found["status"]) == [status]
    assert found["unit_code"].isna().all() and found["site_id"].tolist() == ["S"]
    assert found["why"].notna().all() == (status == "not_assessed")


def test_a_point_near_the_edge_of_an_inaccurate_unit_is_near():
    found = ask(shapely.Point(112.4001, 35.06), units(accuracy_m=50.0))
    assert found["status"].tolist() == ["near"] and found["overlap_m2"].isna().all()
    assert found["unit_name"].tolist() == ["优先单元"]


def test_units_stay_outside_the_verdict():
    assert ask(shapely.Point(112.41, 35.06), units())["status"].tolist() == ["crossed"]
