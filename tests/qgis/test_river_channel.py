"""``envzones:riverchannel`` through Processing: what it derives, how it directs, and how it refuses."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from qgis.core import QgsApplication, QgsProcessingException, QgsProcessingFeedback

LON, LAT = 112.6, 35.1


def run(parameters, feedback=None):
    import processing

    outputs = dict.fromkeys(("CHANNEL", "CENTRELINE", "ISSUE"), "TEMPORARY_OUTPUT")
    return processing.run("envzones:riverchannel", {**outputs, **parameters}, feedback=feedback)


def rows(layer):
    names = layer.fields().names()
    return [dict(zip(names, feature.attributes())) for feature in layer.getFeatures()]


def shapes(layer):
    return [shapely.from_wkb(bytes(feature.geometry().asWkb())) for feature in layer.getFeatures()]


@pytest.fixture
def at(tools):
    """A place in metres east and north of the middle, as degrees."""

    def place(x, y):
        lon, lat, _ = tools.geod.fwd(LON, LAT, 90.0 if x >= 0 else 270.0, abs(x))
        lon, lat, _ = tools.geod.fwd(lon, lat, 0.0 if y >= 0 else 180.0, abs(y))
        return lon, lat

    return place


@pytest.fixture
def polygons(tools, at):
    """A river 60 m wide flowing east in two parcels with a bridge of 12 m between them, and a field beside it."""

    def box(low, high, south, north):
        ring = [at(low, south), at(high, south), at(high, north), at(low, north), at(low, south)]
        return "Polygon ((" + ", ".join(f"{x:.12f} {y:.12f}" for x, y in ring) + "))"

    features = [
        (box(-3000, -6, -30, 30), ["1101", "甲"]),
        (box(6, 3000, -30, 30), ["1101", "乙"]),
        (box(-3000, 3000, 40, 400), ["0101", "丙"]),
    ]
    return tools.make_layer("Polygon", "field=DLBM:string&field=ZLDWMC:string", features, "DLTB")


def test_the_algorithm_explains_itself(provider):
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("envzones:riverchannel")
    assert len(algorithm.shortHelpString()) > 200
    assert algorithm.canExecute() == (True, "")
    for parameter in algorithm.parameterDefinitions():
        assert len(parameter.help()) > 20, parameter.name()
        assert parameter.help().endswith("."), parameter.name()


@pytest.mark.parametrize("east", [True, False])
def test_channel_centreline_width_and_direction(provider, polygons, tools, at, east):
    west_, east_ = (f"{x:.9f},{y:.9f} [EPSG:4490]" for x, y in (at(-2500, 10), at(2500, -20)))
    up, down = (west_, east_) if east else (east_, west_)
    answer = run({"POLYGONS": polygons, "UPSTREAM": up, "DOWNSTREAM": down, "RIVER": "沁河"})
    assert answer["CHANNEL_COUNT"] == 1
    assert answer["LENGTH"] == pytest.approx(6000.0, abs=2.0)
    lines = shapes(answer["CENTRELINE"])
    assert sum(tools.geod.geometry_length(line) for line in lines) == pytest.approx(6000.0, abs=2.0)
    for line in lines:
        x = shapely.get_coordinates(line)[:, 0]
        assert (x[-1] > x[0]) == east
    told = rows(answer["CENTRELINE"])
    assert np.array([row["width_m"] for row in told]) == pytest.approx(60.0, rel=0.02)
    assert {row["river"] for row in told} == {"沁河"}
    assert all("推算" in row["source"] for row in told)
    assert [row["code"] for row in rows(answer["ISSUE"])] == ["gap_joined"]
    assert rows(answer["CHANNEL"])[0]["land_code"] == "1101"


def test_what_is_derived_can_be_given_to_the_river_section(provider, polygons, tools, at):
    import processing

    up, down = (f"{x:.9f},{y:.9f} [EPSG:4490]" for x, y in (at(-2500, 0), at(2500, 0)))
    derived = run({"POLYGONS": polygons, "UPSTREAM": up, "DOWNSTREAM": down})
    x, y = at(2000, 0)
    section = tools.make_layer("Point", "field=uid:string", [(f"Point ({x:.12f} {y:.12f})", ["S1"])], "sections")
    answer = processing.run("envzones:riversection", {
        "RIVERS": derived["CENTRELINE"], "SECTIONS": section, "CHANNEL": derived["CHANNEL"], "UPSTREAM": 3000,
        "DOWNSTREAM": 500, "BANK": 500,
        **dict.fromkeys(("REACH", "ZONE", "FINDING", "ISSUE"), "TEMPORARY_OUTPUT"),
    })  # fmt: skip
    zone = shapes(answer["ZONE"])[0]
    area = abs(tools.geod.geometry_area_perimeter(zone)[0])
    assert area == pytest.approx(3500.0 * 1060.0, rel=0.005)


def test_an_elevation_model_tells_the_direction(provider, polygons, tmp_path):
    import rasterio

    # 3 m a kilometre down towards the west, in cells of about 200 m.
    path = tmp_path / "dem.tif"
    height = np.tile(np.linspace(100.0, 160.0, 100, dtype="float32"), (50, 1))
    place = rasterio.Affine(0.002, 0.0, LON - 0.1, 0.0, -0.002, LAT + 0.05)
    with rasterio.open(
        path, "w", driver="GTiff", width=100, height=50, count=1, dtype="float32", crs="EPSG:4326", transform=place
    ) as out:
        out.write(height, 1)
    answer = run({"POLYGONS": polygons, "DEM": str(path)})
    assert [row["code"] for row in rows(answer["ISSUE"])] == ["gap_joined"]
    for line in shapes(answer["CENTRELINE"]):
        x = shapely.get_coordinates(line)[:, 0]
        assert x[-1] < x[0]


def test_an_unknown_direction_is_listed(provider, polygons):
    answer = run({"POLYGONS": polygons})
    assert sorted(row["code"] for row in rows(answer["ISSUE"])) == ["direction_unknown", "gap_joined"]


def test_all_polygons_are_used_without_classes(provider, polygons):
    assert run({"POLYGONS": polygons, "CODES": "", "GAP": 5})["CHANNEL_COUNT"] == 3


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"CODES": "1102"}, "No polygon has the land class 1102"),
        ({"UPSTREAM": "112.6,35.1 [EPSG:4490]"}, "One click alone"),
        ({"UPSTREAM": "113.6,35.1 [EPSG:4490]", "DOWNSTREAM": "113.7,35.1 [EPSG:4490]"}, "lies off the derived river"),
    ],
)
def test_what_cannot_be_done_is_refused_in_plain_words(provider, polygons, more, said):
    with pytest.raises(QgsProcessingException, match=said):
        run({"POLYGONS": polygons, **more}, QgsProcessingFeedback(False))
