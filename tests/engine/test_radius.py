"""The heat-supply radius: decided on the ellipsoid, open where a plant is not known well enough."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.findings import FINDING_COLUMNS
from envzones.plugin.engine.radius import heat_radius

from .river_world import GEOD

PLANT = (112.7162, 35.1679)
AZIMUTHS = [0.0, 17.0, 45.0, 90.0, 133.0, 180.0, 225.0, 270.0, 359.0]


def plants(*places, **columns):
    data = {"uid": [f"plant{n}" for n in range(len(places))], "chp": [True] * len(places), **columns}
    return gpd.GeoDataFrame(data, geometry=[shapely.Point(p) for p in places], crs=4490)


def boilers(*ways, origin=PLANT, **columns):
    """Boilers at (azimuth, metres) of a place, put there by pyproj."""
    places = [shapely.Point(GEOD.fwd(*origin, azimuth, metres)[:2]) for azimuth, metres in ways]
    data = {"uid": [f"b{n}" for n in range(len(ways))], **columns}
    return gpd.GeoDataFrame(data, geometry=places, crs=4490)


def rows(result):
    return {row["site_id"]: row for row in result.finding.to_dict("records")}


@pytest.mark.parametrize("azimuth", AZIMUTHS)
@pytest.mark.parametrize("place", [PLANT, (110.4, 31.2), (116.6, 36.4)])
def test_a_tenth_of_a_metre_decides_in_every_direction(azimuth, place):
    ways = boilers((azimuth, 14999.9), (azimuth, 15000.1), origin=place)
    result = rows(heat_radius(plants(place), boilers=ways))
    assert [result["b0"]["status"], result["b1"]["status"]] == ["hit", "clear"]
    assert result["b0"]["distance_m"] == pytest.approx(14999.9, abs=0.001)
    assert result["b1"]["distance_m"] == pytest.approx(15000.1, abs=0.001)


@pytest.mark.parametrize("crs", [4547, 4526, 3857, 4326])
def test_the_reference_system_of_the_input_does_not_matter(crs):
    near = boilers((70.0, 14999.9), (70.0, 15000.1))
    result = rows(heat_radius(plants(PLANT).to_crs(crs), boilers=near.to_crs(crs)))
    assert [result["b0"]["status"], result["b1"]["status"]] == ["hit", "clear"]


def test_the_zone_is_a_geodesic_circle():
    result = heat_radius(plants(PLANT, name=["沁北"]), distance=15000.0)
    row = result.zone.iloc[0]
    assert (row["plant_id"], row["name"], row["kind"]) == ("plant0", "沁北", "heat_radius")
    vertices = shapely.get_coordinates(row.geometry)
    assert len(vertices) > 360
    away = GEOD.inv(*np.broadcast_to(PLANT, vertices.shape).T, *vertices.T)[2]
    assert np.abs(np.asarray(away) - 15000).max() < 0.001
    assert row["area_m2"] == pytest.approx(np.pi * 15000**2, rel=1e-4)
    assert result.zone.crs.to_epsg() == 4490


def test_the_nearest_plant_is_named_and_so_is_the_nearest_miss():
    other = GEOD.fwd(*PLANT, 90.0, 20000.0)[:2]
    layer = boilers((90.0, 12000.0), (270.0, 16000.0))
    result = rows(heat_radius(plants(PLANT, other, name=["甲厂", "乙厂"]), boilers=layer))
    assert (result["b0"]["zone_id"], result["b0"]["zone_name"]) == ("plant1", "乙厂")
    assert result["b0"]["distance_m"] == pytest.approx(8000.0, abs=0.01)
    assert (result["b1"]["status"], result["b1"]["zone_id"]) == ("clear", "plant0")
    assert result["b1"]["distance_m"] == pytest.approx(16000.0, abs=0.01)
    assert result["b1"]["bearing_deg"] == pytest.approx(90.0, abs=0.2)


def test_many_boilers_and_plants_against_all_distances():
    rng = np.random.default_rng(9)
    at, of = rng.uniform([112.0, 34.6], [113.4, 35.6], (40, 2)), rng.uniform([111.5, 34.2], [113.9, 36.0], (400, 2))
    sure = rng.random(40) < 0.5
    layer = plants(*at, chp=[True if one else None for one in sure])
    data = gpd.GeoDataFrame({"uid": [f"b{n}" for n in range(400)]}, geometry=[shapely.Point(p) for p in of], crs=4490)
    away = np.array([GEOD.inv(np.full(40, x), np.full(40, y), *at.T)[2] for x, y in of])
    seen = set()
    for k, row in rows(heat_radius(layer, boilers=data)).items():
        metres = away[int(k[1:])]
        within = metres <= 15000
        pool = within & sure if (within & sure).any() else within if within.any() else metres > 0
        best = int(np.argmin(np.where(pool, metres, np.inf)))
        assert (row["zone_id"], row["status"]) == (f"plant{best}", "hit" if within.any() else "clear")
        assert row["distance_m"] == pytest.approx(metres[best], abs=1e-4)
        assert row["tentative"] == (within.any() and not (within & sure).any())
        seen.add((row["status"], row["tentative"]))
    assert seen == {("hit", False), ("hit", True), ("clear", False)}


def test_the_frames_have_the_agreed_columns():
    result = heat_radius(plants(PLANT), boilers=boilers((0.0, 100.0)))
    assert list(result.finding.columns) == [*FINDING_COLUMNS, "geometry"]
    assert result.finding["site_layer"][0] == "coal_boiler" and result.finding["relation"][0] == "within"


def test_plants_that_are_no_chp_or_closed_do_not_count():
    layer = plants(PLANT, PLANT, PLANT, chp=[False, True, True], status=["operating", "closed", "operating"])
    result = heat_radius(layer, boilers=boilers((0.0, 1000.0)))
    assert list(result.zone["plant_id"]) == ["plant2"]
    assert list(result.issue["code"]) == ["plant_closed"]
    everything = heat_radius(layer, chp_only=False)
    assert list(everything.zone["plant_id"]) == ["plant0", "plant2"]


def test_a_plant_of_which_it_is_not_known_leaves_its_hits_open():
    result = heat_radius(plants(PLANT, chp=[None]), boilers=boilers((0.0, 1000.0), (0.0, 20000.0)))
    hit, clear = rows(result)["b0"], rows(result)["b1"]
    assert hit["status"] == "hit" and hit["tentative"]
    assert "未注明" in hit["why"] and "not known" in hit["why_en"]
    assert clear["status"] == "clear" and not clear["tentative"]
    assert "待核实" in result.zone["note"][0]


def test_a_plant_that_counts_for_certain_outweighs_a_nearer_doubtful_one():
    nearer = GEOD.fwd(*PLANT, 0.0, 5000.0)[:2]
    result = rows(heat_radius(plants(PLANT, nearer, chp=[True, None]), boilers=boilers((0.0, 6000.0))))
    assert (result["b0"]["zone_id"], result["b0"]["tentative"]) == ("plant0", False)


def test_the_smallest_unit_is_asked_for_and_unknown_is_open():
    layer = plants(PLANT, PLANT, PLANT, unit_capacity_mw=[200.0, np.nan, 300.0])
    result = heat_radius(layer, min_unit_mw=300.0)
    assert list(result.zone["plant_id"]) == ["plant1", "plant2"]
    alone = heat_radius(layer.iloc[[1]], min_unit_mw=300.0, boilers=boilers((0.0, 10.0)))
    assert alone.finding["tentative"][0] and "300 兆瓦" in alone.finding["why"][0]
    # Without the question nobody minds.
    assert not heat_radius(layer.iloc[[1]], boilers=boilers((0.0, 10.0))).finding["tentative"][0]


def test_a_plant_that_does_not_supply_heat_yet_is_open():
    layer = plants(PLANT, chp_from=["2020-11-15"])
    boiler = boilers((0.0, 1000.0))
    assert heat_radius(layer, boilers=boiler, as_of="2019-06-30").finding["tentative"][0]
    assert not heat_radius(layer, boilers=boiler, as_of="2021-01-01").finding["tentative"][0]
    building = heat_radius(plants(PLANT, status=["construction"]), boilers=boiler)
    assert building.finding["tentative"][0]


def test_the_plants_own_boilers_are_flagged():
    layer = boilers((0.0, 0.0), (0.0, 300.0), utility=[True, False])
    result = rows(heat_radius(plants(PLANT), boilers=layer))
    assert result["b0"]["tentative"] and "电站锅炉" in result["b0"]["why"] and "0 米" in result["b0"]["why"]
    assert not result["b1"]["tentative"]


def test_a_boiler_that_is_gone_says_so():
    layer = boilers((0.0, 300.0), (0.0, 300.0), status=["closed", "running"])
    result = rows(heat_radius(plants(PLANT), boilers=layer))
    assert result["b0"]["status"] == "hit" and "关停" in result["b0"]["why"]
    assert not isinstance(result["b1"]["why"], str)


def test_positional_accuracy_of_both_leaves_the_edge_open():
    layer = boilers((0.0, 14950.0), (0.0, 15050.0), (0.0, 14000.0), accuracy_m=[40.0] * 3)
    result = rows(heat_radius(plants(PLANT, accuracy_m=[30.0]), boilers=layer))
    assert (result["b0"]["status"], result["b0"]["tentative"], result["b0"]["near_boundary"]) == (
        "hit",
        True,
        True,
    )
    assert (result["b1"]["status"], result["b1"]["near_boundary"]) == ("not_assessed", True)
    assert (result["b2"]["status"], result["b2"]["tentative"]) == ("hit", False)
    assert "定位精度 70 米" in result["b0"]["why"]


def test_what_the_map_does_not_cover_is_not_clear():
    layer = boilers((0.0, 20000.0), (180.0, 20000.0))
    covered = shapely.box(112.0, 34.0, 113.4, 35.40)  # ends some 6 km north of the first boiler
    coverage = gpd.GeoDataFrame(geometry=[covered], crs=4490)
    result = rows(heat_radius(plants(PLANT), boilers=layer, coverage=coverage))
    assert (result["b0"]["status"], result["b1"]["status"]) == ("not_assessed", "clear")
    assert "未全部纳入" in result["b0"]["why"]


def test_a_plant_drawn_as_an_area_counts_from_its_edge():
    x, y = PLANT
    east = GEOD.fwd(x, y, 90.0, 500.0)[0]
    site = gpd.GeoDataFrame(
        {"uid": ["area"], "chp": [True]},
        geometry=[shapely.box(x - 0.004, y - 0.003, east, y + 0.003)],
        crs=4490,
    )
    layer = boilers((90.0, 15499.9), (90.0, 15500.5), (90.0, 300.0))
    result = heat_radius(site, boilers=layer)
    assert [rows(result)[k]["status"] for k in ("b0", "b1", "b2")] == ["hit", "clear", "hit"]
    assert rows(result)["b2"]["distance_m"] == 0
    assert "边界起算" in result.zone["note"][0]


def test_no_plant_means_no_zone_and_a_word():
    result = heat_radius(plants(PLANT, chp=[False]), boilers=boilers((0.0, 10.0)))
    assert len(result.zone) == 0 and list(result.issue["code"]) == ["no_plant"]
    assert result.finding["status"][0] == "clear" and np.isnan(result.finding["distance_m"][0])


def test_boilers_without_a_place_are_issues():
    layer = gpd.GeoDataFrame({"uid": ["lost"]}, geometry=[None], crs=4490)
    result = heat_radius(plants(PLANT), boilers=layer)
    assert len(result.finding) == 0 and list(result.issue["site_id"]) == ["lost"]


@pytest.mark.parametrize(
    "bad", [{"distance": 0.0}, {"distance": float("nan")}, {"distance": 15.0e6}, {"min_unit_mw": -1.0}]
)
def test_unusable_numbers_are_refused(bad):
    with pytest.raises(InputError):
        heat_radius(plants(PLANT), **bad)
