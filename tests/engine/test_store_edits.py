"""Whatever program edits the file: versions, audit, index and counts stay right, and the trail replays to the table."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import fiona
import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envzones.plugin.engine import gpkg
from envzones.plugin.engine.catalog import Catalog, load_catalog
from envzones.plugin.engine.errors import InputError
from envzones.plugin.store.store import Change, create, now, open_store

FULL = load_catalog()
ZONE = "drinking_water_zone"
CATALOG = Catalog({name: FULL[name] for name in (ZONE, "coal_boiler", "village")}, FULL.themes)


def box(k: float) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([shapely.box(112 + k, 35, 112.01 + k, 35.01)])


def zones(*uids: str) -> gpd.GeoDataFrame:
    rows = {"uid": list(uids), "name": [f"区{u}" for u in uids], "level": "primary", "source_name": "水源"}
    return gpd.GeoDataFrame(rows, geometry=[box(k / 10) for k in range(len(uids))], crs=4490)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("edits") / "template.gpkg"
    create(path, CATALOG, frames={ZONE: zones("a", "b")})
    return path


@pytest.fixture
def path(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(template, tmp_path / "图 1.gpkg"))


def plain(path: Path, *statements: tuple[str, tuple]) -> None:
    """Edit as a program does that knows SQLite and the GeoPackage standard, and nothing of us."""
    with closing(sqlite3.connect(path)) as connection, connection:
        gpkg.add_functions(connection)
        for statement, arguments in statements:
            connection.execute(statement, arguments)


def sound(path: Path) -> None:
    """Index, counts and file are what brute force says."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        for name in CATALOG:
            rows = connection.execute(f'SELECT fid, geom FROM "{name}"').fetchall()
            shapes = dict(zip([fid for fid, _ in rows], gpkg.shapes([blob for _, blob in rows])))
            tree = {r[0]: r[1:] for r in connection.execute(f'SELECT id, minx, miny, maxx, maxy FROM "rtree_{name}_geom"')}
            assert set(tree) == {fid for fid, shape in shapes.items() if shape is not None}
            for fid, found in tree.items():
                assert found == pytest.approx(shapes[fid].bounds, abs=2e-5)
            count = connection.execute("SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = ?", (name,))
            assert count.fetchone() == (len(rows),)


def test_a_program_that_knows_nothing_of_us(path: Path) -> None:
    plain(
        path,
        (f"INSERT INTO {ZONE} (uid, name, geom) VALUES ('c', '丙', ?)", (gpkg.blobs([box(0.5)])[0],)),
        (f"UPDATE {ZONE} SET remark = '改' WHERE uid = 'a'", ()),
        (f"UPDATE {ZONE} SET geom = ? WHERE uid = 'a'", (gpkg.blobs([box(0.7)])[0],)),
        (f"UPDATE {ZONE} SET remark = remark WHERE uid = 'b'", ()),
        (f"DELETE FROM {ZONE} WHERE uid = 'b'", ()),
    )
    sound(path)
    store = open_store(path, CATALOG)
    rows = store.read(ZONE).set_index("uid")
    assert dict(rows["row_version"]) == {"a": 3, "c": 1} and rows["edited_by"].isna().all()
    trail = store.audit()
    assert list(zip(trail["action"], trail["uid"], trail["who"])) == [
        ("insert", "c", None), ("update", "a", None), ("update", "a", None), ("delete", "b", None),
    ]  # fmt: skip
    assert "geom" not in trail["after"][1] and trail["after"][1]["remark"] == "改"
    assert shapely.from_wkb(trail["after"][2]["geom"]).equals(box(0.7))
    assert shapely.from_wkb(trail["before"][2]["geom"]).equals(box(0.0))


def test_an_old_version_is_refused_and_the_right_one_counts_on(path: Path) -> None:
    plain(path, (f"UPDATE {ZONE} SET remark = 'x', row_version = 1 WHERE uid = 'a'", ()))
    with pytest.raises(sqlite3.IntegrityError, match="envzones: row changed"):
        plain(path, (f"UPDATE {ZONE} SET remark = 'y', row_version = 1 WHERE uid = 'a'", ()))
    assert open_store(path, CATALOG).read(ZONE).set_index("uid")["row_version"]["a"] == 2


def test_who_is_believed_only_where_it_is_said_anew(path: Path) -> None:
    store = open_store(path, CATALOG)
    store.apply([Change(ZONE, update=pd.DataFrame({"uid": ["a"], "remark": ["1"]}))], who="张三")
    # A full-row write of another program, as GDAL does it, carries the old name along.
    plain(path, (f"UPDATE {ZONE} SET remark = '2', edited_by = edited_by, edited_at = edited_at WHERE uid = 'a'", ()))
    plain(path, (f"UPDATE {ZONE} SET remark = '3', edited_by = '李四', edited_at = ? WHERE uid = 'a'", (now(),)))
    old = "2001-01-01T00:00:00.000000Z"
    plain(path, (f"INSERT INTO {ZONE} (uid, edited_by, edited_at) VALUES ('copied', '张三', ?)", (old,)))
    assert list(store.audit()["who"]) == ["张三", None, "李四", None]
    assert pd.isna(store.read(ZONE).set_index("uid")["edited_by"]["copied"])


def test_the_trail_cannot_be_changed(path: Path) -> None:
    plain(path, (f"UPDATE {ZONE} SET remark = 'x' WHERE uid = 'a'", ()))
    for statement in ("UPDATE envzones_audit SET who = 'z'", "DELETE FROM envzones_audit"):
        with pytest.raises(sqlite3.IntegrityError, match="cannot be changed"):
            plain(path, (statement, ()))


def test_appending_through_gdal(path: Path) -> None:
    with fiona.open(path, "a", layer=ZONE) as layer:
        properties = dict.fromkeys(layer.schema["properties"])
        properties.update(uid="g", name="丁", level="quasi", source_name="水源")
        layer.write({"type": "Feature", "geometry": shapely.geometry.mapping(box(0.9)), "properties": properties})
    sound(path)
    store = open_store(path, CATALOG)
    assert store.read(ZONE).set_index("uid")["row_version"]["g"] == 1
    assert list(store.audit()["action"]) == ["insert"]


def test_a_table_and_a_column_of_the_users_own(path: Path) -> None:
    plain(path, ("CREATE TABLE notes (t TEXT)", ()), (f"ALTER TABLE {ZONE} ADD COLUMN mine TEXT", ()))
    plain(path, (f"UPDATE {ZONE} SET mine = 'x' WHERE uid = 'a'", ()))
    store = open_store(path, CATALOG)
    assert len(store.audit()) == 0, "a column is followed once the map is migrated"
    assert any("follows its columns" in said for said in store.migrate(CATALOG).done)
    plain(path, (f"UPDATE {ZONE} SET mine = 'y' WHERE uid = 'a'", ()))
    assert store.audit()["after"][0]["mine"] == "y" and "notes" not in store.tables()


def test_a_locked_and_a_read_only_file_are_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from envzones.plugin.store import edits_gpkg

    monkeypatch.setattr(edits_gpkg, "WAIT_S", 0.2)
    change = [Change(ZONE, update=pd.DataFrame({"uid": ["a"], "remark": ["1"]}))]
    before = path.read_bytes()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(InputError, match="saved by another program"):
            open_locked(path).apply(change, who="x")
        other.execute("ROLLBACK")
    assert path.read_bytes() == before


def open_locked(path: Path):
    """A store opened before the lock, as a program that runs has it."""
    from envzones.plugin.store.edits_gpkg import GeoPackageStore
    from envzones.plugin.store.geopackage import SCHEMA_VERSION
    from envzones.plugin.store.location import Location

    store = GeoPackageStore.__new__(GeoPackageStore)
    store.location, store.path, store._catalog = Location(path=path), path, CATALOG
    store._meta = {"schema_version": str(SCHEMA_VERSION)}
    store.tables = lambda: list(CATALOG)
    return store


STEP = st.tuples(
    st.sampled_from(["insert", "update", "move", "delete", "nothing"]), st.integers(0, 5), st.text(max_size=4),
    st.floats(-1e9, 1e9),
)  # fmt: skip


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, max_size=12))
def test_the_trail_replays_to_the_table(template: Path, tmp_path: Path, steps: list) -> None:
    path = Path(shutil.copyfile(template, tmp_path / "replay.gpkg"))
    state: dict[str, dict] = {}
    with closing(sqlite3.connect(path)) as connection:
        for uid, blob in connection.execute(f"SELECT uid, geom FROM {ZONE}"):
            state[uid] = {"geom": gpkg.wkb(blob).hex().upper()}
    known = {f"z{k}" for k in range(6)}
    for what, k, text, number in steps:
        uid = f"z{k}"
        if what == "insert":
            plain(path, (f"INSERT INTO {ZONE} (uid, name, area_ha, geom) SELECT ?, ?, ?, ? WHERE NOT EXISTS"
                         f" (SELECT 1 FROM {ZONE} WHERE uid = ?)", (uid, text, number, gpkg.blobs([box(k / 10)])[0], uid)))
        elif what == "update":
            plain(path, (f"UPDATE {ZONE} SET name = ?, area_ha = ? WHERE uid = ?", (text, number, uid)))
        elif what == "move":
            plain(path, (f"UPDATE {ZONE} SET geom = ? WHERE uid = ?", (gpkg.blobs([box(number / 1e9)])[0], uid)))
        elif what == "delete":
            plain(path, (f"DELETE FROM {ZONE} WHERE uid = ?", (uid,)))
        else:
            plain(path, (f"UPDATE {ZONE} SET name = name WHERE uid = ?", (uid,)))
    sound(path)
    versions: dict[str, int] = {}
    with closing(sqlite3.connect(path)) as connection:
        for uid, action, after in connection.execute("SELECT row_uid, action, after FROM envzones_audit ORDER BY id"):
            if action == "delete":
                state.pop(uid), versions.pop(uid)
            else:
                state.setdefault(uid, {}).update(json.loads(after))
                versions[uid] = versions.get(uid, 0) + 1
        found = {
            row[0]: row[1:]
            for row in connection.execute(f"SELECT uid, name, area_ha, geom, row_version FROM {ZONE}")
            if row[0] in known
        }
    assert set(found) == set(state) & known == set(versions)
    for uid, (name, area, blob, version) in found.items():
        assert (state[uid]["name"], state[uid]["geom"]) == (name, gpkg.wkb(blob).hex().upper())
        assert state[uid]["area_ha"] == area and version == versions[uid]
