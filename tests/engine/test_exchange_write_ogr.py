"""GeoPackage and GeoJSON written: GDAL finds the same rows, standards are kept, and every format round-trips."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import fiona
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.exchange import read, write
from envzones.plugin.engine.exchange.crs_apply import to_4490
from envzones.plugin.engine.exchange.model import CrsChoice, ReadOptions
from envzones.plugin.engine.exchange.write import WriteOptions, write_layers
from envzones.plugin.engine.gpkg import read_table
from envzones.plugin.engine.onemap import read_file

from . import writing_world as world


def codes(written: write.Written) -> list[str]:
    return [note.code for note in written.notes]


def both() -> dict[str, Any]:
    return {"drinking_water_zone": (world.zones(), world.ZONE), "water_intake": (world.intakes(), world.INTAKE)}


def test_a_geopackage_of_several_layers(tmp_path: Path) -> None:
    done = write_layers(both(), tmp_path / "a.gpkg")
    assert done.rows == {"drinking_water_zone": 3, "water_intake": 2} and not done.notes
    assert fiona.listlayers(tmp_path / "a.gpkg") == ["drinking_water_zone", "water_intake"]
    with fiona.open(tmp_path / "a.gpkg", layer="drinking_water_zone") as source:
        assert source.schema["geometry"] == "MultiPolygon" and source.crs.to_epsg() == 4490
        assert dict(source.schema["properties"]) == {
            "uid": "str", "name": "str", "level": "str", "source_name": "str", "area_ha": "float", "document_date": "date",
        }  # fmt: skip
        rows = list(source)
    assert [one["properties"]["area_ha"] for one in rows] == [1.5, None, 0.1 + 0.2]
    assert [one["properties"]["document_date"] for one in rows] == ["2018-03-25", None, None]
    assert rows[2]["geometry"] is None
    frame = read_file(tmp_path / "a.gpkg", "drinking_water_zone")
    assert shapely.equals(frame.geometry.array[:2], world.zones().geometry.array[:2]).all()


def test_titles_and_codes_go_into_the_schema_extension(tmp_path: Path) -> None:
    write_layers(both(), tmp_path / "a.gpkg")
    connection = sqlite3.connect(tmp_path / "a.gpkg")
    try:
        (title, english, constraint), = connection.execute(
            "SELECT title, description, constraint_name FROM gpkg_data_columns WHERE table_name = 'drinking_water_zone'"
            " AND column_name = 'level'"
        ).fetchall()
        assert (title, english) == ("保护区级别", "Zone level")
        listed = dict(
            connection.execute(
                "SELECT value, description FROM gpkg_data_column_constraints WHERE constraint_name = ?", (constraint,)
            )
        )
        assert listed == {"primary": "一级保护区", "secondary": "二级保护区", "quasi": "准保护区"}
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
    finally:
        connection.close()


@pytest.mark.parametrize(("wanted", "epsg"), [("EPSG:4547", 4547), ("EPSG:4526", 4526), ("EPSG:3857", 3857), ("EPSG:4326", 4326)])
def test_other_systems(tmp_path: Path, wanted: str, epsg: int) -> None:
    done = write.write(world.zones(), tmp_path / "a.gpkg", WriteOptions(crs=CrsChoice(wanted)), spec=world.ZONE)
    assert codes(done) == (["edges_straightened"] if epsg in (4547, 4526) else [])
    frame = read_table(tmp_path / "a.gpkg", "drinking_water_zone")
    assert frame.crs.to_epsg() == epsg
    truth = world.zones().to_crs(epsg)
    assert shapely.hausdorff_distance(frame.geometry.array[1], truth.geometry.array[1]) < 1e-6
    back = to_4490(frame.iloc[:2], CrsChoice(wanted), "a")
    near = 5e-7 if done.notes else 3e-8
    assert shapely.hausdorff_distance(back.geometry.array[0], world.SHAPE) < near


def test_edges_straight_in_degrees_stay_where_they_are_if_asked(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.box(112.5, 35, 112.7, 35.1)], crs="EPSG:4490")
    done = write.write(frame, tmp_path / "a.gpkg", WriteOptions(crs=CrsChoice("EPSG:4547")))
    assert codes(done) == ["edges_straightened"] and "up to 4." in done.notes[0].en
    back = to_4490(read_table(tmp_path / "a.gpkg", "a"), CrsChoice("EPSG:4547"), "a")
    assert 4.0 < shapely.hausdorff_distance(back.geometry.array[0], frame.geometry.array[0]) * 111_000 < 5.0
    done = write.write(frame, tmp_path / "b.gpkg", WriteOptions(crs=CrsChoice("EPSG:4547"), densify=True))
    assert codes(done) == []
    back = to_4490(read_table(tmp_path / "b.gpkg", "b"), CrsChoice("EPSG:4547"), "b")
    assert shapely.hausdorff_distance(back.geometry.array[0], frame.geometry.array[0]) * 111_000 < 0.002


def test_systems_without_a_code(tmp_path: Path) -> None:
    done = write.write(world.intakes(), tmp_path / "a.gpkg", WriteOptions(crs=CrsChoice("gcj02")))
    assert codes(done) == ["no_crs"] and "GCJ02" in done.notes[0].en
    frame = read_table(tmp_path / "a.gpkg", "a")
    assert frame.crs is None and 0.004 < frame.geometry.x[0] - world.X < 0.008
    own = "+proj=tmerc +lat_0=0 +lon_0=112.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
    write.write(world.intakes(), tmp_path / "b.gpkg", WriteOptions(crs=CrsChoice(own)))
    with fiona.open(tmp_path / "b.gpkg") as source:
        assert "112.5" in source.crs_wkt
        assert next(iter(source))["geometry"]["coordinates"][0] == pytest.approx(500000, abs=0.001)


def test_columns_of_any_frame(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {
            "fid": [7, 8], "FID": [1, 2], "geom": ["a", "b"], "object": [{"a": "甲"}, [1, 2]], "mixed": [1, "x"],
            "huge": [2**64, 1], "moment": pd.to_datetime(["2019-01-01T08:30:00.25", None]), "lone": pd.Series(["a\ud800", "b"], dtype=object),
            "category": pd.Categorical(["x", None]), "wild": [np.inf, 1.0],
        },
        geometry=[shapely.Point(1, 2), shapely.Point(1, 2, 3)],
    )  # fmt: skip
    done = write.write(frame, tmp_path / "a.gpkg")
    assert {"renamed", "z_dropped", "broken_text", "not_finite", "no_crs"} == set(codes(done))
    back = read_table(tmp_path / "a.gpkg", "a")
    assert back["fid_2"].tolist() == [7, 8] and back["geom_2"].tolist() == ["a", "b"]
    assert back["object"].tolist() == ['{"a": "甲"}', "[1, 2]"] and back["mixed"].tolist() == ["1", "x"]
    assert back["huge"].tolist() == [str(2**64), "1"] and back["wild"].tolist() == [None, 1.0]
    assert back["moment"].tolist() == ["2019-01-01T08:30:00.250Z", None]
    with fiona.open(tmp_path / "a.gpkg") as source:
        assert next(iter(source))["properties"]["moment"].startswith("2019-01-01T08:30:00.250")
    assert back["category"].tolist() == ["x", None] and back["lone"].tolist() == ["a\ufffd", "b"]


def test_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1561852800")
    for name in ("a.gpkg", "b.gpkg"):
        write_layers(both(), tmp_path / name)
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(InputError, match="SOURCE_DATE_EPOCH"):
        write_layers(both(), tmp_path / "c.gpkg")


def test_an_old_log_beside_a_replaced_file_goes(tmp_path: Path) -> None:
    write_layers(both(), tmp_path / "a.gpkg")
    (tmp_path / "a.gpkg-wal").write_bytes(b"of the old file")
    write_layers(both(), tmp_path / "a.gpkg", WriteOptions(overwrite=True))
    assert [path.name for path in tmp_path.iterdir()] == ["a.gpkg"]


# --- GeoJSON ----------------------------------------------------------------------------------------------


def test_geojson_keeps_its_standard(tmp_path: Path) -> None:
    done = write.write(world.zones(), tmp_path / "a.geojson", spec=world.ZONE)
    assert codes(done) == ["taken_as_wgs84"]
    document = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))
    assert "crs" not in document and document["type"] == "FeatureCollection"
    first = document["features"][0]
    assert first["properties"] == {
        "uid": "A", "name": "沁河<一级>&\"区\"", "level": "primary", "source_name": "甲", "area_ha": 1.5,
        "document_date": "2018-03-25",
    }  # fmt: skip
    outer, hole = (shapely.LinearRing(ring) for ring in first["geometry"]["coordinates"])
    assert outer.is_ccw and not hole.is_ccw
    assert document["features"][2]["geometry"] is None
    truth = world.zones().geometry.array[:2]
    assert shapely.equals_exact(read_file(tmp_path / "a.geojson").geometry.array[:2], truth, 1e-9, normalize=True).all()


def test_geojson_has_nine_decimals_and_is_never_projected(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.Point(1 / 3, 2 / 3)], crs="EPSG:4326")
    write.write(frame, tmp_path / "a.geojson")
    assert "[0.333333333,0.666666667]" in (tmp_path / "a.geojson").read_text()
    write.write(world.zones().to_crs("EPSG:4547"), tmp_path / "b.geojson")
    assert shapely.hausdorff_distance(read_file(tmp_path / "b.geojson").geometry.array[0], world.SHAPE) < 5e-7
    with pytest.raises(InputError, match="degrees only, not EPSG:4547"):
        write.write(frame, tmp_path / "c.geojson", WriteOptions(crs=CrsChoice("EPSG:4547")))
    bare = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.Point(5e5, 3e6)])
    with pytest.raises(InputError, match="say what it is in first"):
        write.write(bare, tmp_path / "c.geojson")
    with pytest.raises(InputError, match="cannot be brought to EPSG:4547"):
        write.write(bare, tmp_path / "c.gpkg", WriteOptions(crs=CrsChoice("EPSG:4547")))


def test_several_layers_become_several_files_or_none(tmp_path: Path) -> None:
    done = write_layers(both(), tmp_path / "out.geojson")
    assert [path.name for path in done.paths] == ["out_drinking_water_zone.geojson", "out_water_intake.geojson"]
    (tmp_path / "out_drinking_water_zone.geojson").unlink()
    before = (tmp_path / "out_water_intake.geojson").read_bytes()
    with pytest.raises(InputError, match="out_water_intake.geojson exists already"):
        write_layers(both(), tmp_path / "out.geojson")
    assert [path.name for path in tmp_path.iterdir()] == ["out_water_intake.geojson"]
    assert (tmp_path / "out_water_intake.geojson").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("a.mdb", WriteOptions(), "does not say in which format"),
        ("a.gpkg", WriteOptions(format="mif"), "no format to write"),
        ("a.gpkg", WriteOptions(format="kml"), "end in .kml"),
        ("none/a.gpkg", WriteOptions(), "does not exist"),
        ("a.gpkg", WriteOptions(lang="de"), "zh or en"),
        ("a.gpkg", WriteOptions(crs=CrsChoice("EPSG:2401")), "seven parameters"),
        ("a.shp", WriteOptions(encoding="big5"), "utf-8 or gbk"),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path: Path, name: str, options: WriteOptions, words: str) -> None:
    with pytest.raises(InputError, match=words):
        write.write(world.zones(), tmp_path / name, options)
    assert not list(tmp_path.iterdir())


# --- every format and back --------------------------------------------------------------------------------

TRIPS: dict[str, WriteOptions] = {
    "a.gpkg": WriteOptions(), "a.geojson": WriteOptions(), "a.shp": WriteOptions(encoding="gbk"), "a.kml": WriteOptions(),
    "a.kmz": WriteOptions(), "a.csv": WriteOptions(columns=("wkt",)), "a.xlsx": WriteOptions(columns=("wkt",)),
    "gcj.kml": WriteOptions(crs=CrsChoice("gcj02")), "a.txt": WriteOptions(crs=CrsChoice("EPSG:4526")),
}  # fmt: skip


@pytest.mark.parametrize("name", TRIPS)
@given(shapes=st.lists(world.polygons(), min_size=1, max_size=4))
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
def test_written_and_read_again_the_rows_are_the_same(tmp_path_factory: pytest.TempPathFactory, name: str, shapes: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("trip")
    names = [f"第{k}区" for k in range(len(shapes))]
    frame = gpd.GeoDataFrame({"name": names, "plot_no": [str(k) for k in range(len(shapes))]}, geometry=shapes, crs="EPSG:4490")
    done = write.write(frame, folder / name, TRIPS[name])
    foreign = read.read(done.paths[0], ReadOptions())
    assert foreign.count == len(shapes) and not foreign.rejects
    said = {"a.txt": "plot_name"}.get(name, "name")
    assert foreign.frame[said].tolist() == names
    assert foreign.declared is not None
    if name == "gcj.kml":
        choice = CrsChoice("gcj02")
    else:
        assert foreign.declared.crs is not None
        choice = CrsChoice(f"EPSG:{foreign.declared.crs.to_epsg()}")
    back = to_4490(foreign.frame, choice, name)
    # A grid straightens edges (some mm here), a web map's offset bends them; else nothing but the last digit is lost.
    near = {"a.txt": 2e-7, "gcj.kml": 1e-7}.get(name, 2e-9)
    for shape, truth in zip(back.geometry, shapes):
        assert shape.geom_type.replace("Multi", "") == "Polygon" and len(shapely.get_parts(shape)) == len(shapely.get_parts(truth))
        assert shapely.hausdorff_distance(shape, truth) < near
        assert abs(shapely.area(shape) - shapely.area(truth)) < 1e-9
