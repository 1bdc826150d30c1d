"""The GeoPackage store: what goes in comes out, plain QGIS finds styles and forms, no half file is left."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from contextlib import closing
from datetime import date
from pathlib import Path

import fiona
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from envzones.plugin.engine.catalog import COVERAGE, conform, load_catalog
from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.store.forms import style_document
from envzones.plugin.store.geopackage import SCHEMA_VERSION, create, info

CATALOG = load_catalog()
THEMED = [spec.name for spec in CATALOG.values() if spec.theme not in ("context", "problems", "follow_up")]


def boilers() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "uid": ["boiler-1", "boiler-2", "boiler-3"],
            "name": ["一号", "二号", None],
            "capacity_tph": [3.0, 4.5, None],
            "fuel": ["coal", "gas", "coal"],
            "status": ["running", "converted", "standby"],
            "keep": [True, False, None],
            "boiler_count": [2, None, 1],
            "built_on": ["2010-01-02", None, "1999-12-31"],
            "valid_from": ["2018-05-01", "2019-02-03", None],
            "provenance": ["illustrative"] * 3,
        },
        geometry=shapely.points([[112.5, 35.0], [112.6, 35.1], [112.123456789, 35.987654321]]),
        crs="EPSG:4490",
    )


def zones() -> gpd.GeoDataFrame:
    ring = shapely.Polygon(
        [(112, 35), (112.1, 35), (112.1, 35.1), (112, 35.1)],
        [[(112.04, 35.04), (112.04, 35.06), (112.06, 35.06), (112.06, 35.04)]],
    )
    return gpd.GeoDataFrame(
        {"uid": ["z1", "z2"], "source_name": ["河口村水库"] * 2, "level": ["primary", "secondary"]},
        geometry=[ring, shapely.MultiPolygon([ring, shapely.box(112.2, 35, 112.3, 35.1)])],
        crs="EPSG:4490",
    )


def coverage(layer: str = "coal_boiler") -> gpd.GeoDataFrame:
    row = {
        "uid": ["c1"],
        "layer": [layer],
        "complete_as_of": ["2019-06-01"],
        "valid_until": ["2020-06-30"],
        "declared_by": ["市环境保护局"],
    }
    return gpd.GeoDataFrame(row, geometry=[shapely.box(112, 34.9, 112.7, 35.2)], crs="EPSG:4490")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "济源 #1.gpkg"
    frames = {"coal_boiler": boilers(), "drinking_water_zone": zones()}
    meta = {"title": "济源市一张图", "jurisdiction_code": "419001", "work_crs": "EPSG:4547"}
    created = create(path, CATALOG, frames=frames, coverage=coverage(), meta=meta)
    assert created.counts["coal_boiler"] == 3 and created.counts["mine_site"] == 0 and created.notes == ()
    assert [item.name for item in path.parent.iterdir()] == [path.name]
    return path


@pytest.fixture
def database(made: Path):
    with closing(sqlite3.connect(made)) as connection:
        yield connection


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# ---- what goes in comes out


def test_rows_come_back_as_they_went_in(made: Path) -> None:
    for name, frame in (("coal_boiler", boilers()), ("drinking_water_zone", zones())):
        expected = conform(frame, CATALOG[name], "test")
        raw = gpd.read_file(made, layer=name)
        assert raw.crs.to_epsg() == 4490
        found = conform(raw, CATALOG[name], "file")
        pd.testing.assert_frame_equal(
            pd.DataFrame(found.drop(columns="geometry")), pd.DataFrame(expected.drop(columns="geometry"))
        )
        assert shapely.equals_exact(
            np.asarray(found.geometry.array), np.asarray(expected.geometry.array), 0.0
        ).all()


def test_tables_have_the_catalogs_types(made: Path, database: sqlite3.Connection) -> None:
    kinds = {"text": "TEXT", "integer": "INTEGER", "real": "REAL", "boolean": "BOOLEAN", "date": "DATE"}
    assert set(fiona.listlayers(made)) == {*CATALOG, COVERAGE.name, "layer_styles"}
    for spec in (*CATALOG.values(), COVERAGE):
        found = {row[1]: row[2] for row in database.execute(f'PRAGMA table_info("{spec.name}")')}
        expected = {item.name: kinds[item.type] for item in spec.fields}
        store = {"row_version": "INTEGER", "edited_by": "TEXT", "edited_at": "TEXT"}
        assert found == {"fid": "INTEGER", "geom": spec.geometry.upper(), **expected, **store}
        with fiona.open(made, layer=spec.name) as table:
            assert table.schema["geometry"] == spec.geometry
            assert list(table.schema["properties"]) == [*spec.field_names, *store]


def test_longitude_comes_first_in_the_blobs(database: sqlite3.Connection) -> None:
    (blob,) = database.execute("SELECT geom FROM coal_boiler WHERE uid = 'boiler-1'").fetchone()
    assert blob[:2] == b"GP"
    point = shapely.from_wkb(blob[8 + {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}[(blob[3] >> 1) & 7] :])
    assert (point.x, point.y) == (112.5, 35.0)
    assert database.execute("SELECT DISTINCT srs_id FROM gpkg_geometry_columns").fetchall() == [(4490,)]
    wanted = "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = 4490"
    organization, code, definition = database.execute(wanted).fetchone()
    assert (organization.upper(), code) == ("EPSG", 4490) and "CGCS2000" in definition


def test_database_is_sound_and_indexed(database: sqlite3.Connection) -> None:
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert database.execute("PRAGMA user_version").fetchone() == (10200,)
    tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
    for name in (*CATALOG, COVERAGE.name):
        assert f"rtree_{name}_geom" in tables
    assert database.execute("SELECT count(*) FROM rtree_coal_boiler_geom").fetchone() == (3,)
    titles = dict(
        database.execute("SELECT table_name, identifier FROM gpkg_contents WHERE data_type = 'features'")
    )
    assert titles == {spec.name: spec.zh for spec in (*CATALOG.values(), COVERAGE)}


def test_titles_and_code_lists_are_in_the_file(database: sqlite3.Connection) -> None:
    title, description, constraint = database.execute(
        "SELECT title, description, constraint_name FROM gpkg_data_columns"
        " WHERE table_name = 'coal_boiler' AND column_name = 'fuel'"
    ).fetchone()
    assert (title, description) == ("燃料", "Fuel")
    rows = database.execute(
        "SELECT value, description FROM gpkg_data_column_constraints WHERE constraint_name = ?"
        " AND constraint_type = 'enum'",
        (constraint,),
    ).fetchall()
    assert dict(rows) == {
        code: titles["zh"] for code, titles in CATALOG["coal_boiler"].field("fuel").domain.items()
    }
    low = database.execute(
        "SELECT constraint_type, min, min_is_inclusive FROM gpkg_data_column_constraints"
        " WHERE constraint_name = 'coal_boiler_capacity_tph'"
    ).fetchall()
    assert low == [("range", 0, 1)]
    dangling = database.execute(
        "SELECT constraint_name FROM gpkg_data_columns WHERE constraint_name IS NOT NULL"
        " EXCEPT SELECT constraint_name FROM gpkg_data_column_constraints"
    ).fetchall()
    assert dangling == []


# ---- what plain QGIS finds


@pytest.mark.parametrize("name", THEMED)
def test_themed_layers_have_a_style_with_symbols(database: sqlite3.Connection, name: str) -> None:
    ((qml, default),) = database.execute(
        "SELECT styleQML, useAsDefault FROM layer_styles WHERE f_table_name = ? AND f_geometry_column = 'geom'"
        " AND f_table_catalog = '' AND f_table_schema = ''",
        (name,),
    ).fetchall()
    root = ElementTree.fromstring(qml)
    assert default == 1 and root.find("renderer-v2/symbols/symbol") is not None
    assert "Forms" in root.get("styleCategories") and "Symbology" in root.get("styleCategories")


def test_every_layer_has_its_form(database: sqlite3.Connection) -> None:
    styles = dict(database.execute("SELECT f_table_name, styleQML FROM layer_styles"))
    assert set(styles) == {*CATALOG, COVERAGE.name}
    root = ElementTree.fromstring(styles["coal_boiler"])
    kinds = {
        field.get("name"): field.find("editWidget").get("type")
        for field in root.iterfind("fieldConfiguration/field")
    }
    assert (kinds["fuel"], kinds["keep"], kinds["built_on"], kinds["owner"]) == (
        "ValueMap",
        "CheckBox",
        "DateTime",
        "TextEdit",
    )
    choices = root.iterfind("fieldConfiguration/field[@name='fuel']//Option[@type='QString']")
    assert {item.get("value"): item.get("name") for item in choices} == {
        code: titles["zh"] for code, titles in CATALOG["coal_boiler"].field("fuel").domain.items()
    }
    aliases = {item.get("field"): item.get("name") for item in root.iterfind("aliases/alias")}
    fields = CATALOG["coal_boiler"].fields
    assert {name: aliases[name] for name in CATALOG["coal_boiler"].field_names} == {f.name: f.title("zh") for f in fields}
    assert set(aliases) - {f.name for f in fields} == {"row_version", "edited_by", "edited_at"}
    required = {
        item.get("field")
        for item in root.iterfind("constraints/constraint")
        if item.get("notnull_strength") == "1"
    }
    assert required == {"uid", "fuel", "status"}
    default = {item.get("field"): item.get("expression") for item in root.iterfind("defaults/default")}
    assert (
        default["uid"] == "uuid('WithoutBraces')"
        and default["life_state"] == "'delineated'"
        and default["owner"] == ""
    )


def test_form_speaks_english_too() -> None:
    root = ElementTree.fromstring(style_document(CATALOG["coal_boiler"], "en"))
    assert root.find("aliases/alias[@field='fuel']").get("name") == "Fuel"
    assert "at least 0" in root.find("constraintExpressions/constraint[@field='capacity_tph']").get("desc")


def test_broken_style_is_told(tmp_path: Path) -> None:
    (tmp_path / "mines").mkdir()
    for text in ("<qgis", "<svg/>"):
        (tmp_path / "mines" / "mine_site.qml").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=r"Style .*mine_site\.qml"):
            create(tmp_path / "map.gpkg", load_catalog(tmp_path))
        assert not list(tmp_path.glob("*.gpkg")) and not list(tmp_path.glob(".*"))


# ---- nothing is half written


class Stop:
    """Cancels at a share of the work."""

    def __init__(self, at: float) -> None:
        self.at, self.cancelled = at, False

    def __call__(self, fraction: float, message: str = "") -> None:
        self.cancelled = fraction >= self.at


@pytest.fixture
def old(made: Path, tmp_path: Path) -> Path:
    path = tmp_path / "map.gpkg"
    path.write_bytes(made.read_bytes())
    return path


def test_existing_file_needs_permission(old: Path) -> None:
    before = digest(old)
    with pytest.raises(InputError, match="is there already"):
        create(old, CATALOG)
    assert digest(old) == before
    create(old, CATALOG, overwrite=True)
    assert next(item for item in info(old).layers if item.name == "coal_boiler").count == 0


@pytest.mark.parametrize("share", [0.05, 0.5, 0.96])
def test_cancelled_creation_leaves_the_old_file(old: Path, share: float) -> None:
    before = digest(old)
    with pytest.raises(Cancelled):
        create(old, CATALOG, frames={"coal_boiler": boilers()}, overwrite=True, progress=Stop(share))
    assert digest(old) == before
    assert [item.name for item in old.parent.iterdir()] == ["map.gpkg"]


def test_failed_creation_leaves_the_old_file(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest(old)

    def fail(source: object, target: object) -> None:
        raise PermissionError("in use")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(InputError, match="in use by another program"):
        create(old, CATALOG, overwrite=True)
    assert digest(old) == before
    assert [item.name for item in old.parent.iterdir()] == ["map.gpkg"]


@pytest.mark.parametrize("share", ["0.4", "0.95"])
def test_killed_creation_leaves_the_old_file(old: Path, share: str) -> None:
    before = digest(old)
    code = (
        "import os, signal, sys\n"
        "from envzones.plugin.engine.catalog import load_catalog\n"
        "from envzones.plugin.store.geopackage import create\n"
        "class Kill:\n"
        "    cancelled = False\n"
        "    def __call__(self, fraction, message=''):\n"
        "        if fraction >= float(sys.argv[2]):\n"
        "            os.kill(os.getpid(), signal.SIGKILL)\n"
        "create(sys.argv[1], load_catalog(), overwrite=True, progress=Kill())\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code, str(old), share], env=environment, capture_output=True, text=True
    )
    assert done.returncode == -9, done.stderr
    assert digest(old) == before
    assert next(item for item in info(old).layers if item.name == "coal_boiler").count == 3
    # What the killed run left is hidden and does not hinder the next one.
    create(old, CATALOG, overwrite=True)
    assert next(item for item in info(old).layers if item.name == "coal_boiler").count == 0


def test_file_open_with_unsaved_log_is_left_alone(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("INSERT INTO envzones_meta VALUES ('k', 'v')")
        connection.commit()
        with pytest.raises(InputError, match="open in another program"):
            create(old, CATALOG, overwrite=True)
        assert connection.execute("SELECT value FROM envzones_meta WHERE key = 'k'").fetchone() == ("v",)


# ---- bad input


def test_bad_input_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    target = tmp_path / "map.gpkg"
    wrong = boilers().assign(fuel="peat")
    for match, arguments in (
        ("there is no layer 'boilers'", {"frames": {"boilers": boilers()}}),
        ("'peat' is not in the domain", {"frames": {"coal_boiler": wrong}}),
        ("there is no layer 'boilers'", {"coverage": coverage("boilers")}),
        ("field layer: is empty", {"coverage": coverage().assign(layer=None)}),
        ("complete_as_of", {"coverage": coverage().assign(valid_until="2018-01-01")}),
    ):
        with pytest.raises(InputError, match=match):
            create(target, CATALOG, **arguments)
    for path, match in (
        (tmp_path / "map.shp", r"end the name with \.gpkg"),
        (tmp_path / "no" / "map.gpkg", "there is no such folder"),
    ):
        with pytest.raises(InputError, match=match):
            create(path, CATALOG)
    assert list(tmp_path.iterdir()) == []


def test_left_out_columns_and_invalid_geometry_are_told(tmp_path: Path) -> None:
    bow = shapely.Polygon([(112, 35), (112.1, 35.1), (112.1, 35), (112, 35.1)])
    frame = zones().assign(colour="red").set_geometry([bow, zones().geometry.iloc[1]], crs="EPSG:4490")
    created = create(tmp_path / "map.gpkg", CATALOG, frames={"drinking_water_zone": frame})
    assert (
        len(created.notes) == 2
        and "colour" in created.notes[0]
        and "1 of 2 geometries are invalid" in created.notes[1]
    )


# ---- info


def test_info_describes_the_map(made: Path) -> None:
    found = info(made)
    assert (
        found.schema_version == SCHEMA_VERSION
        and found.meta["title"] == "济源市一张图"
        and found.meta["created"].endswith("Z")
    )
    assert [item.name for item in found.layers] == list(CATALOG)
    boiler = next(item for item in found.layers if item.name == "coal_boiler")
    assert (boiler.title, boiler.count, boiler.newest_valid_from) == ("燃煤锅炉", 3, date(2019, 2, 3))
    # The index keeps single-precision bounds rounded outwards.
    assert boiler.bounds == pytest.approx((112.123456789, 35.0, 112.6, 35.987654321), abs=2e-5)
    (declared,) = boiler.coverage
    assert (declared.complete_as_of, declared.valid_until, declared.declared_by) == (
        date(2019, 6, 1),
        date(2020, 6, 30),
        "市环境保护局",
    )
    assert declared.bounds == pytest.approx((112, 34.9, 112.7, 35.2), abs=2e-5)
    empty = next(item for item in found.layers if item.name == "mine_site")
    assert (empty.count, empty.bounds, empty.newest_valid_from, empty.coverage) == (0, None, None, ())


def test_info_refuses_what_is_no_map(tmp_path: Path, old: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        info(tmp_path / "no.gpkg")
    (tmp_path / "text.gpkg").write_text("not a database, though long enough to be one" * 50)
    with pytest.raises(InputError, match="no readable GeoPackage"):
        info(tmp_path / "text.gpkg")
    boilers().to_file(tmp_path / "plain.gpkg", layer="coal_boiler", driver="GPKG")
    with pytest.raises(InputError, match="is no one map"):
        info(tmp_path / "plain.gpkg")
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("UPDATE envzones_meta SET value = '99' WHERE key = 'schema_version'")
        connection.commit()
    with pytest.raises(InputError, match="newer EnvZones"):
        info(old)
