"""Validation through Processing, beside QGIS's own check of validity on the same data."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import shapely
from qgis.core import QgsFeature, QgsGeometry, QgsProcessingException, QgsProcessingFeedback, QgsVectorLayer

from .conftest import make_layer

ROOT = Path(__file__).resolve().parents[2]
X, Y = 112.5, 35.0
GOOD = shapely.box(X, Y, X + 0.004, Y + 0.003)
BOWTIE = shapely.Polygon([(X, Y), (X + 0.004, Y + 0.003), (X + 0.004, Y), (X, Y + 0.003)])
FIELDS = "field=uid:string&field=name:string&field=level:string&field=source_name:string"


class Loud(QgsProcessingFeedback):
    """Shows why an algorithm failed."""

    def reportError(self, error, fatalError=False):  # noqa: N802, N803 - QGIS's names
        print(error)


def moved(shape, east, north=0.0):
    return shapely.transform(shape, lambda xy: xy + (east, north))


def row(shape, uid, level="primary", source="甲"):
    return (shape.wkt, [uid, uid, level, source])


@pytest.fixture
def zones():
    """A good zone, a bow tie, one that overlaps the good one, a copy, and a bad code."""
    rows = [
        row(GOOD, "A"), row(moved(BOWTIE, 0.02), "B", source="乙"), row(moved(GOOD, 0.002), "C"),
        row(moved(GOOD, 0.05), "D", source="丁"), row(moved(GOOD, 0.08), "E", level="first", source="戊"),
    ]  # fmt: skip
    return make_layer("Polygon", FIELDS, rows, "drinking_water_zone")


def run(parameters, feedback=None):
    from qgis import processing

    feedback = feedback or Loud()

    wanted = {"AS_OF": "2024-06-01", "ISSUE": "memory:", "ISSUE_AREA": "memory:", **parameters}
    return processing.run("envzones:validatezones", wanted, feedback=feedback)


def told(layer):
    return sorted((one["uid"], one["code"]) for one in layer.getFeatures())


def test_a_layer_is_checked_by_the_name_of_its_table(provider, clean_project, zones):
    feedback = QgsProcessingFeedback()
    done = run({"LAYERS": [zones]}, feedback)
    assert told(done["ISSUE"]) == [("B", "self_crossing"), ("C", "overlap"), ("E", "not_in_domain")]
    assert done["ERROR_COUNT"] == 3
    assert told(done["ISSUE_AREA"]) == [("C", "overlap")]
    assert [c.label() for c in done["ISSUE"].renderer().categories()] == ["Error", "Warning", "Information"]
    assert done["ISSUE_AREA"].renderer().classAttribute() == "severity"
    assert "3 errors" in feedback.textLog()
    crossing = next(one for one in done["ISSUE"].getFeatures() if one["uid"] == "B")
    assert crossing.geometry().asPoint().x() == pytest.approx(X + 0.022, abs=1e-9)
    assert crossing["row_fid"] == sorted(f.id() for f in zones.getFeatures())[1]


def test_unsaved_edits_are_seen(provider, clean_project, zones):
    assert zones.startEditing()
    broken = next(one for one in zones.getFeatures() if one["uid"] == "B")
    zones.changeGeometry(broken.id(), QgsGeometry.fromWkt(moved(GOOD, 0.02).wkt))
    new = QgsFeature(zones.fields())
    new.setAttributes(["N", "N", "primary", "己"])
    new.setGeometry(QgsGeometry.fromWkt(moved(BOWTIE, 0.2).wkt))
    zones.addFeature(new)
    found = told(run({"LAYERS": [zones]})["ISSUE"])
    assert ("B", "self_crossing") not in found
    assert ("N", "self_crossing") in found
    zones.rollBack()


def test_repairs_go_into_a_new_layer(provider, clean_project, zones, tmp_path):
    target, ledger = str(tmp_path / "mended.gpkg"), tmp_path / "ledger.xlsx"
    done = run({"LAYERS": [zones], "REPAIR": [0], "REPAIRED": target, "XLSX": str(ledger)})
    assert done["MENDED_COUNT"] == 1
    assert ledger.is_file()
    mended = QgsVectorLayer(target, "mended", "ogr")
    assert mended.featureCount() == 5
    assert all(one.geometry().isGeosValid() for one in mended.getFeatures())
    # The layer that was checked is as it was.
    assert not all(one.geometry().isGeosValid() for one in zones.getFeatures())
    same = {one["uid"]: one.geometry().asWkb() for one in mended.getFeatures()}
    before = next(one for one in zones.getFeatures() if one["uid"] == "D").geometry()
    before.convertToMultiType()
    assert same["D"] == before.asWkb()


def test_a_projected_layer_and_one_of_anybody(provider, clean_project):
    shape = shapely.Polygon([(456000, 3800000), (456400, 3800300), (456400, 3800000), (456000, 3800300)])
    layer = make_layer("Polygon", "field=note:string", [(shape.wkt, ["a"])], "anything", crs="EPSG:4547")
    done = run({"LAYERS": [layer]})
    assert [one["code"] for one in done["ISSUE"].getFeatures()] == ["self_crossing"]


def test_the_map_and_what_chosen_layers_are_held_against(provider, clean_project, zones, tmp_path):
    import geopandas as gpd

    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.store.geopackage import create

    city = gpd.GeoDataFrame(
        {"uid": ["CITY"], "name": ["示例市"], "level": ["city"]}, geometry=[moved(GOOD, 0.0).buffer(0.01)], crs="EPSG:4490"
    )
    path = tmp_path / "map.gpkg"
    create(path, load_catalog(), frames={"admin_area": city})
    assert told(run({"ONEMAP": str(path)})["ISSUE"]) == []
    found = told(run({"ONEMAP": str(path), "LAYERS": [zones]})["ISSUE"])
    assert ("D", "outside_jurisdiction") in found
    assert ("A", "outside_jurisdiction") not in found


@pytest.mark.parametrize(
    ("parameters", "words"),
    [({}, "choose layers"), ({"REPAIRED": "memory:", "ONEMAP": "x.gpkg", "REPAIR": [0]}, "exactly one layer")],
)
def test_what_cannot_be_done_is_said(provider, clean_project, parameters, words, capsys):
    with pytest.raises(QgsProcessingException):
        run(parameters)
    assert words in capsys.readouterr().out


def random_polygons(count, seed):
    """Polygons of every kind of fault, and good ones: whole-number corners on a coarse grid, some with holes."""
    rng = np.random.default_rng(seed)
    shapes = []
    for k in range(count):
        ring = rng.integers(0, 9, (rng.integers(3, 8), 2)) * 1e-3
        holes = [rng.integers(1, 8, (3, 2)) * 1e-3] if k % 3 == 0 else []
        try:
            shape = shapely.Polygon(ring, holes)
        except ValueError:
            continue
        if k % 4 == 0:
            other = shapely.Polygon(rng.integers(0, 9, (4, 2)) * 1e-3)
            shape = shapely.MultiPolygon([shape, other])
        shapes.append(moved(shape, X + 0.02 * (k % 30), Y + 0.02 * (k // 30)))
    return shapes


@pytest.mark.parametrize("method", [1, 2], ids=["QGIS", "GEOS"])
def test_the_same_features_are_invalid_as_for_qgis(provider, clean_project, method):
    from qgis import processing

    rows = [row(shape, str(n), source=str(n)) for n, shape in enumerate(random_polygons(600, 11))]
    layer = make_layer("MultiPolygon", FIELDS, rows, "drinking_water_zone")
    wanted = {"INPUT_LAYER": layer, "METHOD": method, "IGNORE_RING_SELF_INTERSECTION": False}
    wanted.update(dict.fromkeys(("VALID_OUTPUT", "INVALID_OUTPUT", "ERROR_OUTPUT"), "memory:"))
    theirs = processing.run("qgis:checkvalidity", wanted)
    bad = {one["uid"] for one in theirs["INVALID_OUTPUT"].getFeatures()}
    from envzones.plugin.engine.quality_issues import CODES

    shape_codes = {code for code, known in CODES.items() if known.repair == "make_valid"}
    done = run({"LAYERS": [layer]})
    found = {}
    for one in done["ISSUE"].getFeatures():
        if one["code"] in shape_codes:
            found.setdefault(one["uid"], []).append(one.geometry())
    truth = {str(n) for n, (wkt, _) in enumerate(rows) if not shapely.from_wkt(wkt).is_valid}
    assert 100 < len(truth) < 590
    assert set(found) == truth
    if method == 2:
        assert bad == truth
        for error in theirs["ERROR_OUTPUT"].getFeatures():
            # Each place of theirs belongs to a feature of ours, and for crossings is one of our places.
            near = [g for places in found.values() for g in places if g.distance(error.geometry()) < 1e-9]
            assert near or "intersection" not in error["message"].lower()
    else:
        # QGIS's own method looks at rings and crossings only and knows no rule for touching: it finds a part of them.
        assert len(bad & truth) > 0.5 * len(truth)
        print("QGIS's method alone:", len(bad - truth), "GEOS's alone:", len(truth - bad))


def test_through_the_real_qgis_process(tmp_path):
    """In QGIS's own program, with its own GEOS, the plugin linked into a profile of its own."""
    plugins = tmp_path / "profiles" / "default" / "python" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "envzones").symlink_to(ROOT)
    spec = importlib.util.spec_from_file_location("environment", ROOT / ".ci" / "environment.py")
    environment = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(environment)
    variables = environment.qgis(tmp_path)
    data, out = tmp_path / "drinking_water_zone.geojson", tmp_path / "issues.gpkg"
    features = [
        {"type": "Feature", "properties": {"uid": uid, "name": uid, "level": "primary", "source_name": uid},
         "geometry": json.loads(shapely.to_geojson(shape))}
        for uid, shape in (("A", GOOD), ("B", moved(BOWTIE, 0.02)))
    ]  # fmt: skip
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    data.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}), encoding="utf-8")

    def program(*words):
        done = subprocess.run(
            ["qgis_process.bin", *words], env=variables, capture_output=True, text=True, encoding="utf-8", timeout=240,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        assert not [sign for sign in ("Traceback", "Segmentation", "double free") if sign in done.stderr + done.stdout]
        return done

    program("plugins", "enable", "envzones")
    done = program("run", "envzones:validatezones", "--json", "--", f"LAYERS={data}", f"ISSUE={out}")
    assert json.loads(done.stdout)["results"]["ERROR_COUNT"] == 1
    layer = QgsVectorLayer(str(out), "issues", "ogr")
    assert [one["code"] for one in layer.getFeatures()] == ["self_crossing"]
