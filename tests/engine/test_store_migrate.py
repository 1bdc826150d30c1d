"""Older maps come forward on a copy, whole or not at all, and nothing of the user's is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from envzones.plugin import cli
from envzones.plugin.engine.catalog import Catalog, load_catalog
from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.gpkg import quoted
from envzones.plugin.engine.onemap import OneMap
from envzones.plugin.store.store import Change, create, open_store

FULL = load_catalog()
ZONE = "drinking_water_zone"
CATALOG = Catalog({name: FULL[name] for name in (ZONE, "coal_boiler", "village")}, FULL.themes)
LESS = Catalog({name: FULL[name] for name in (ZONE, "coal_boiler")}, FULL.themes)


def frames() -> dict[str, gpd.GeoDataFrame]:
    zones = gpd.GeoDataFrame(
        {"uid": ["a", "b"], "level": ["primary", "secondary"], "source_name": "水源", "valid_from": "2019-01-01"},
        geometry=[shapely.box(112, 35, 112.1, 35.1), shapely.box(112.2, 35, 112.3, 35.1)], crs=4490,
    )  # fmt: skip
    boilers = gpd.GeoDataFrame(
        {"uid": ["k"], "fuel": ["coal"], "status": ["running"], "keep": [True], "capacity_tph": [1 / 3]},
        geometry=[shapely.Point(112.5, 35)], crs=4490,
    )  # fmt: skip
    return {ZONE: zones, "coal_boiler": boilers}


def coverage() -> gpd.GeoDataFrame:
    row = {"layer": [ZONE], "complete_as_of": ["2019-06-01"]}
    return gpd.GeoDataFrame(row, geometry=[shapely.box(111, 34, 113, 36)], crs=4490)


#: Fields that came with the second layout.
NEW_FIELDS = ("adjusts_uid", "cancel_document_no", "cancel_document_date", "method", "parameters")


def first_layout(path: Path) -> Path:
    """Make a map as the first version of EnvZones did: no store columns, no audit, no id of coverage."""
    create(path, LESS, frames=frames(), coverage=coverage(), meta={"title": "旧图"})
    with closing(sqlite3.connect(path)) as connection, connection:
        ours = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'envzones%'"
        for (name,) in connection.execute(ours).fetchall():
            connection.execute(f"DROP TRIGGER {quoted(name)}")
        connection.execute("DROP TABLE envzones_audit")
        connection.execute("DROP INDEX layer_coverage_uid")
        for table in (*LESS, "layer_coverage"):
            gone = ["row_version", "edited_by", "edited_at", *NEW_FIELDS]
            there = {row[1] for row in connection.execute(f"PRAGMA table_info({quoted(table)})")}
            for (index,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'index' AND name LIKE '%adjusts_uid'"
            ).fetchall():
                connection.execute(f"DROP INDEX {quoted(index)}")
            for column in (*gone, *(["uid"] if table == "layer_coverage" else [])):
                if column in there:
                    connection.execute(f"ALTER TABLE {quoted(table)} DROP COLUMN {quoted(column)}")
                    connection.execute(
                        "DELETE FROM gpkg_data_columns WHERE table_name = ? AND column_name = ?", (table, column)
                    )
        connection.execute("DELETE FROM envzones_meta WHERE key LIKE 'style!_%' ESCAPE '!'")
        connection.execute("UPDATE envzones_meta SET value = '1' WHERE key = 'schema_version'")
    return path


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return first_layout(tmp_path_factory.mktemp("migrate") / "v1.gpkg")


@pytest.fixture
def old(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(template, tmp_path / "图.gpkg"))


def content(path: Path) -> dict[str, list]:
    one = OneMap.open(path, CATALOG)
    names = {ZONE: ["uid", "level", "source_name", "valid_from"], "coal_boiler": ["uid", "fuel", "keep", "capacity_tph"]}
    return {
        name: [one.layer(name)[columns].astype(str).values.tolist(), [g.wkb_hex for g in one.layer(name).geometry]]
        for name, columns in names.items()
    }


def test_an_older_map_is_read_as_it_is_and_edited_after_its_migration(old: Path) -> None:
    before = content(old)
    store = open_store(old, CATALOG)
    change = [Change(ZONE, update=pd.DataFrame({"uid": ["a"], "remark": ["x"]}))]
    with pytest.raises(InputError, match="envzones onemap migrate"):
        store.apply(change, who="x")
    done = store.migrate(CATALOG)
    assert (done.before, done.after) == (1, 2) and done.kept == old.with_name("图.v1.gpkg")
    assert content(old) == before == content(done.kept)
    assert any("Layer 'village' was added" in said for said in done.done)
    assert any("adjusts_uid" in said for said in done.done)
    again = open_store(old, CATALOG)
    assert set(again.read(ZONE)["row_version"]) == {1} and again.read("layer_coverage")["uid"].notna().all()
    again.apply(change, who="张三")
    assert list(again.audit()["who"]) == ["张三"] and again.info().meta["title"] == "旧图"
    assert again.migrate(CATALOG).done == ()
    with closing(sqlite3.connect(old)) as connection:
        styles = connection.execute(
            "SELECT styleName, useAsDefault FROM layer_styles WHERE f_table_name = ? ORDER BY id", (ZONE,)
        ).fetchall()
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert styles == [("EnvZones 1", 0), ("EnvZones", 1)]


def test_a_style_that_was_changed_is_kept(old: Path) -> None:
    open_store(old, CATALOG).migrate(CATALOG)
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute(
            "UPDATE layer_styles SET styleQML = '<qgis/>' WHERE f_table_name = ? AND styleName = 'EnvZones'", (ZONE,)
        )
    assert any("office's own" in said for said in open_store(old, CATALOG).migrate(CATALOG).done)
    with closing(sqlite3.connect(old)) as connection:
        kept = connection.execute(
            "SELECT styleQML FROM layer_styles WHERE f_table_name = ? AND styleName = 'EnvZones'", (ZONE,)
        ).fetchone()
    assert kept == ("<qgis/>",)


def test_what_cannot_be_migrated_is_refused_and_unchanged(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("ALTER TABLE coal_boiler DROP COLUMN keep")
        connection.execute("ALTER TABLE coal_boiler ADD COLUMN keep REAL")
    before = old.read_bytes()
    with pytest.raises(InputError, match="field keep is REAL in the file and BOOLEAN in the catalog"):
        open_store(old, CATALOG).migrate(CATALOG)
    assert old.read_bytes() == before and [item.name for item in old.parent.iterdir()] == [old.name]
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("UPDATE envzones_meta SET value = '99' WHERE key = 'schema_version'")
    with pytest.raises(InputError, match="newer EnvZones"):
        open_store(old, CATALOG)


class Stop:
    def __init__(self, at: float) -> None:
        self.at, self.cancelled = at, False

    def __call__(self, fraction: float, message: str = "") -> None:
        self.cancelled = fraction >= self.at


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_cancelled_migration_leaves_the_file(old: Path, share: float) -> None:
    before = old.read_bytes()
    with pytest.raises(Cancelled):
        open_store(old, CATALOG).migrate(CATALOG, progress=Stop(share))
    assert old.read_bytes() == before and [item.name for item in old.parent.iterdir()] == [old.name]


def test_a_killed_migration_leaves_the_file(old: Path) -> None:
    before = old.read_bytes()
    code = (
        "import os, signal, sys\n"
        "from envzones.plugin.engine.catalog import load_catalog\n"
        "from envzones.plugin.store.store import open_store\n"
        "class Kill:\n"
        "    cancelled = False\n"
        "    def __call__(self, fraction, message=''):\n"
        "        if fraction >= 0.6:\n"
        "            os.kill(os.getpid(), signal.SIGKILL)\n"
        "catalog = load_catalog()\n"
        "open_store(sys.argv[1], catalog).migrate(catalog, progress=Kill())\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code, str(old)], env=environment, capture_output=True, text=True)
    assert done.returncode == -9, done.stderr
    assert old.read_bytes() == before
    assert open_store(old, CATALOG).migrate(CATALOG).after == 2


def test_from_the_shell(old: Path, capsys: pytest.CaptureFixture) -> None:
    assert cli.main(["onemap", "migrate", str(old)]) == 0
    assert "schema 1 -> 2" in capsys.readouterr().err
    assert cli.main(["onemap", "migrate", str(old)]) == 0
    assert "up to date" in capsys.readouterr().err
    assert cli.main(["onemap", "info", str(old), "--json"]) == 0
    assert '"schema_version": 2' in capsys.readouterr().out
