"""The raster of severity agrees with the polygons, cell by cell, and carries what it rests on."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import shapely

sys.path.insert(0, str(Path(__file__).parent))
from test_suitability import AREA, INSIDE, Stop, clause, onemap, run, zones

from envzones.plugin.engine.clauses.model import Length, Relation
from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.suitability_raster import NODATA, categories, work_crs, write_raster

rasterio = pytest.importorskip("rasterio")
NEAR = Relation("within", "dot", lengths={"distance": Length(2000.0)})


@pytest.fixture(scope="module")
def made():
    map_ = onemap({"zone": zones(accuracy_m=60.0), "dot": zones(shapely.Point(112.56, 35.05))})
    return map_, run(map_, clause("A", INSIDE), clause("B", NEAR, "restrict"))


def test_each_cell_is_judged_at_its_centre(made, tmp_path):
    from pyproj import Transformer

    map_, result = made
    path = write_raster(tmp_path / "s.tif", result, map_, cell=25.0)
    with rasterio.open(path) as data:
        assert data.crs.to_epsg() == 4547
        cells = data.read(1)
        column, row = np.meshgrid(np.arange(data.width), np.arange(data.height))
        x, y = data.transform.c + (column + 0.5) * data.transform.a, data.transform.f + (row + 0.5) * data.transform.e
        lon, lat = Transformer.from_crs(data.crs, "EPSG:4490", always_xy=True).transform(x.ravel(), y.ravel())
    points = shapely.points(lon, lat)
    expected = np.full(points.shape, NODATA)
    shape = np.asarray(result.pieces.geometry.array, dtype=object)
    at, piece = shapely.STRtree(shape).query(points, predicate="intersects")
    expected[at] = result.pieces["severity"].to_numpy()[piece].astype(int)
    edges = shapely.union_all(shapely.boundary(shape))
    differs = expected != cells.ravel()
    assert shapely.distance(points[differs], edges).max(initial=0.0) < 1e-8, "only a centre on an edge may differ"
    assert set(np.unique(cells)) <= {*categories(), NODATA}
    assert (cells != NODATA).sum() * 625 == pytest.approx(result.pieces["area_projected_m2"].sum(), rel=2e-3)


def test_it_names_its_values_and_what_it_rests_on(made, tmp_path):
    map_, result = made
    path = write_raster(tmp_path / "s.tif", result, map_, cell=200.0)
    with rasterio.open(path) as data:
        assert data.nodata == NODATA
        assert data.colormap(1)[4] == (178, 24, 43, 255)
        tags = data.tags()
        assert (tags["AS_OF"], tags["FACILITY_TYPE"], tags["RULEBOOKS"]) == ("2019-06-30", "chemical", "test")
        assert "zone 1" in tags["FINGERPRINTS"]
        assert data.tags(1)["CATEGORY_4"] == "不通过 / refused"
    names = (tmp_path / "s.tif.aux.xml").read_text(encoding="utf-8")
    assert "<Category>不通过</Category>" in names
    assert sorted(one.name for one in tmp_path.iterdir()) == ["s.tif", "s.tif.aux.xml"]


def test_many_blocks_are_the_same_as_one(made, tmp_path, monkeypatch):
    import envzones.plugin.engine.suitability_raster as module

    map_, result = made
    whole = write_raster(tmp_path / "a.tif", result, map_, cell=30.0)
    monkeypatch.setattr(module, "BLOCK", 64)
    blocks = write_raster(tmp_path / "b.tif", result, map_, cell=30.0)
    with rasterio.open(whole) as a, rasterio.open(blocks) as b:
        assert np.array_equal(a.read(1), b.read(1))


def test_a_cancelled_run_leaves_what_was_there(made, tmp_path):
    map_, result = made
    (tmp_path / "s.tif").write_bytes(b"before")
    with pytest.raises(Cancelled):
        write_raster(tmp_path / "s.tif", result, map_, cell=5.0, progress=Stop(1))
    assert (tmp_path / "s.tif").read_bytes() == b"before"
    assert [one.name for one in tmp_path.iterdir()] == ["s.tif"]


def test_metres_need_a_metric_crs(made, tmp_path):
    map_, result = made
    map_.meta["work_crs"] = "EPSG:4490"
    try:
        with pytest.raises(InputError, match="not in metres"):
            write_raster(tmp_path / "s.tif", result, map_)
    finally:
        del map_.meta["work_crs"]
    assert work_crs(map_, AREA) == "EPSG:4547"
    assert work_crs(map_, shapely.Point(111.2, 35).buffer(0.1)) == "EPSG:4546"
    with pytest.raises(InputError, match="outside the CGCS2000"):
        work_crs(map_, shapely.Point(10, 50).buffer(0.1))


@pytest.mark.parametrize(("name", "cell", "words"), [("s.png", 30.0, "must end in .tif"), ("s.tif", 0.0, "cell size"),
                                                     ("s.tif", 0.1, "larger cell")])  # fmt: skip
def test_what_cannot_be_written_is_refused(made, tmp_path, name, cell, words):
    map_, result = made
    with pytest.raises(InputError, match=words):
        write_raster(tmp_path / name, result, map_, cell=cell)
