"""A map in a file and a map in PostgreSQL: the same edits leave the same rows and the same audit trail."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from envzones.plugin.engine.catalog import STORE_COLUMNS, Catalog, load_catalog
from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.onemap import OneMap
from envzones.plugin.store.store import Change, Conflict, create, open_store

from ..postgis_server import until

FULL = load_catalog()
LAYERS = ("drinking_water_zone", "coal_boiler", "river_reach", "rectification_item")
CATALOG = Catalog({name: FULL[name] for name in LAYERS}, FULL.themes)
ZONE, BOILER = LAYERS[:2]


def zones(*uids: str, **values) -> gpd.GeoDataFrame:
    """Zones side by side with awkward texts and numbers."""
    rows = [
        {
            "uid": uid, "name": f"示例区{uid}\t'\"\\N\n第二行", "level": "primary", "source_type": "river",
            "source_rank": "city", "source_name": "示例水源", "source_code": "S1", "area_ha": 1 / 3 + k,
            "provenance": "illustrative", "valid_from": date(2018, 1, 1 + k % 28), "life_state": "delineated",
            "accuracy_m": 5.0, **values, "geometry": shapely.box(112 + 0.1 * (k % 9), 35, 112.05 + 0.1 * (k % 9), 35.1),
        }
        for k, uid in enumerate(uids)
    ]  # fmt: skip
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4490")


def boilers(*uids: str, **values) -> gpd.GeoDataFrame:
    """Boilers, one of which has most of its fields unknown."""
    rows = [
        {
            "uid": uid, "name": uid, "capacity_tph": 10.5 * k or None, "fuel": "coal", "status": "running",
            "provenance": "illustrative", "life_state": "delineated", **values,
            "geometry": shapely.Point(112.6 + k / 100, 35.1),
        }
        for k, uid in enumerate(uids)
    ]  # fmt: skip
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4490")


def coverage(layer: str = ZONE) -> gpd.GeoDataFrame:
    row = {"uid": "C1", "layer": layer, "complete_as_of": date(2019, 6, 1), "declared_by": "示例局"}
    return gpd.GeoDataFrame([{**row, "geometry": shapely.box(112, 34, 113, 36)}], geometry="geometry", crs="EPSG:4490")


@pytest.fixture(params=["file", "postgresql"])
def where(request, tmp_path):
    """Where a map is to be made."""
    return str(tmp_path / "map.gpkg") if request.param == "file" else request.getfixturevalue("pg_url")


def made(where: str):
    create(where, CATALOG, frames={ZONE: zones("Z1", "Z2", "Z3"), BOILER: boilers("B1", "B2")}, coverage=coverage())
    return open_store(where, CATALOG)


def rows(store, layer: str) -> list[dict]:
    """A layer's rows as plain values, without who and when."""
    frame = store.read(layer)
    names = [name for name in frame.columns if name not in ("geometry", "edited_by", "edited_at")]
    plain = frame[names].astype(object).where(frame[names].notna(), None).to_dict("records")
    return [{**row, "wkb": shape.wkb_hex if shape else None} for row, shape in zip(plain, frame.geometry)]


def trail(store) -> list[tuple]:
    """The audit trail without who and when."""
    found = store.audit()
    return list(found[["id", "layer", "uid", "fid", "action", "before", "after"]].itertuples(index=False, name=None))


def scenario(where: str):
    """Inserts, updates, deletes, conflicts and geometry edits; returns the store."""
    store = made(where)
    store.apply(
        [
            Change(ZONE, insert=zones("Z4", level="secondary")),
            Change(BOILER, insert=boilers("B3").drop(columns="uid"), delete=[("B1", None)]),
        ],
        who="张三",
    )
    read = store.read(ZONE)
    one = read[read.uid == "Z1"][["uid", "row_version", "name", "area_ha", "valid_to", "geometry"]].copy()
    one["name"], one["area_ha"], one["valid_to"] = "改名", 0.1 + 0.2, date(2020, 12, 31)
    store.apply([Change(ZONE, update=one.drop(columns="geometry"))], who="张三")
    with pytest.raises(Conflict) as told:
        store.apply([Change(ZONE, update=one, delete=[("Z2", None)])], who="李四")
    assert [(row.uid, row.ours, row.theirs, row.name) for row in told.value.rows] == [("Z1", 1, 2, "改名")]
    moved = store.read(ZONE).loc[lambda f: f.uid.isin(["Z1", "Z2"]), ["uid", "row_version", "geometry"]]
    moved = moved.set_geometry(shapely.transform(moved.geometry.array, lambda xy: xy + 0.001), crs="EPSG:4490")
    store.apply([Change(ZONE, update=moved)], who="李四")
    # The same values again change nothing: no new version, no entry.
    store.apply([Change(ZONE, update=moved.drop(columns="row_version"))], who="李四")
    store.apply([Change(ZONE, delete=[("Z3", 1), ("Z2", 2)], insert=zones("Z5"))], who="李四")
    with pytest.raises(Conflict) as told:
        store.apply([Change(ZONE, update=pd.DataFrame({"uid": ["Z3"], "row_version": [1], "name": ["x"]}))], who=None)
    assert (told.value.rows[0].theirs, "deleted" in str(told.value)) == (None, True)
    store.apply([Change("layer_coverage", update=pd.DataFrame({"uid": ["C1"], "declared_by": ["另一局"]}))], who="张三")
    # The last writer wins where no version is said.
    store.apply([Change(ZONE, update=pd.DataFrame({"uid": ["Z1", "Z4"], "remark": ["备注", None]}))], who=None)
    return store


def test_the_same_edits_leave_the_same_rows_and_the_same_trail(tmp_path, pg_url):
    file, shared = scenario(str(tmp_path / "map.gpkg")), scenario(pg_url)
    assert file.tables() == shared.tables() == [*CATALOG, "layer_coverage"]
    for layer in file.tables():
        assert rows(file, layer) == rows(shared, layer), layer
        assert list(file.read(layer).columns) == list(shared.read(layer).columns)
        assert file.read(layer).dtypes.equals(shared.read(layer).dtypes), layer
    assert trail(file) == trail(shared)
    assert [entry[4] for entry in trail(file)].count("delete") == 3
    told = file.info(), shared.info()
    for one in told:
        assert [(each.name, each.title, each.count, each.newest_valid_from) for each in one.layers] == [
            (each.name, each.title, each.count, each.newest_valid_from) for each in told[0].layers
        ]
    assert [each.coverage[0].declared_by for each in (one.layers[0] for one in told)] == ["另一局", "另一局"]
    for one, other in zip(told[0].layers, told[1].layers):
        assert (one.bounds is None) == (other.bounds is None)
        assert one.bounds is None or one.bounds == pytest.approx(other.bounds, abs=2e-5)
    maps = OneMap.open(file.location, CATALOG), OneMap.open(shared.location, CATALOG)
    assert maps[0].layers() == maps[1].layers()
    for layer in maps[0].layers():
        assert maps[0].fingerprint(layer) == maps[1].fingerprint(layer)
    assert maps[1].coverage(ZONE, date(2019, 7, 1)).state == "declared"


def test_an_entry_tells_who_when_before_and_after(where):
    store = made(where)
    store.apply([Change(ZONE, update=pd.DataFrame({"uid": ["Z1"], "area_ha": [7.25]}))], who="张三")
    (entry,) = store.audit().to_dict("records")
    assert entry["who"] == ("chief" if store.location.path is None else "张三")
    assert entry["at"].startswith("20") and entry["at"].endswith("Z")
    assert (entry["before"]["area_ha"], entry["after"]["area_ha"]) == (1 / 3, 7.25)
    assert not {"geom", *STORE_COLUMNS} & {*entry["before"], *entry["after"]}
    read = store.read(ZONE).set_index("uid")
    assert (read.row_version["Z1"], read.edited_by["Z1"]) == (2, entry["who"])
    assert store.audit(layer=BOILER).empty and len(store.audit(uid="Z1", since=entry["at"], limit=5)) == 1


def test_data_that_do_not_fit_leave_everything_as_it_was(where):
    store = made(where)
    before = [rows(store, layer) for layer in store.tables()]
    bad = Change(BOILER, insert=boilers("B9", fuel="雪"))
    for change, words in (
        (bad, "domain"),
        (Change(ZONE, insert=zones("Z1")), "already"),
        (Change(ZONE, update=pd.DataFrame({"uid": ["nobody"], "name": ["x"]})), "no row with the uid nobody"),
        (Change("road", delete=[("x", None)]), "road"),
    ):
        with pytest.raises(InputError, match=words):
            store.apply([Change(ZONE, delete=[("Z2", 1)]), change], who=None)
    assert [rows(store, layer) for layer in store.tables()] == before
    assert trail(store) == []


def test_cancelling_leaves_everything_as_it_was(where):
    store = made(where)

    class Soon:
        cancelled = False

        def __call__(self, fraction: float, message: str = "") -> None:
            self.cancelled = fraction > 0.3

    many = zones(*(f"N{k}" for k in range(2500)))
    with pytest.raises(Cancelled):
        store.apply([Change(ZONE, delete=[("Z1", 1)]), Change(ZONE, insert=many)], who=None, progress=Soon())
    assert [row["uid"] for row in rows(store, ZONE)] == ["Z1", "Z2", "Z3"]


def test_two_editors_at_once_lose_nothing(where):
    """Each adds one to the same row many times over, trying again after each conflict."""
    made(where)
    turns, errors = 15, []

    def edit(name: str) -> None:
        try:
            store = open_store(where, CATALOG)
            for k in range(turns):
                store.apply([Change(BOILER, insert=boilers(f"{name}{k}"))], who=name)
                while True:
                    row = store.read(ZONE).loc[lambda f: f.uid == "Z1", ["uid", "row_version", "area_ha"]]
                    row["area_ha"] = row["area_ha"].round() + 1
                    with contextlib.suppress(Conflict):
                        store.apply([Change(ZONE, update=pd.DataFrame(row))], who=name)
                        break
        except BaseException as error:
            errors.append(error)

    editors = [threading.Thread(target=edit, args=(name,)) for name in ("a", "b")]
    for one in editors:
        one.start()
    for one in editors:
        one.join()
    assert errors == []
    store = open_store(where, CATALOG)
    (row,) = (row for row in rows(store, ZONE) if row["uid"] == "Z1")
    assert (row["area_ha"], row["row_version"]) == (2 * turns, 2 * turns + 1)
    assert len(rows(store, BOILER)) == 2 + 2 * turns
    steps = store.audit(uid="Z1")
    assert [(a["area_ha"], b["area_ha"]) for a, b in zip(steps.before, steps.after)][1:] == [
        (k, k + 1) for k in range(1, 2 * turns)
    ]


_SAVER = """
import sys
sys.path.insert(0, sys.argv[1])
import geopandas as gpd, shapely
from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.store.store import Change, open_store

class Tell:
    cancelled = False
    def __call__(self, fraction, message=""):
        if fraction > 0.5:
            print("writing", flush=True)
            sys.stdin.readline()

store = open_store(sys.argv[2], load_catalog())
rows = [{"uid": f"N{k}", "name": str(k), "fuel": "coal", "status": "running", "provenance": "illustrative",
         "life_state": "delineated", "geometry": shapely.Point(112, 35)} for k in range(3000)]
frame = gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4490")
print("starting", flush=True)
changes = [Change("drinking_water_zone", delete=[("Z1", 1)]), Change("coal_boiler", insert=frame)]
store.apply(changes, who="x", progress=Tell())
print("done", flush=True)
"""


@contextlib.contextmanager
def saver(where: str):
    """A program that stands in the middle of a save."""
    import envzones

    root = str(Path(envzones.__file__).resolve().parent.parent)
    child = subprocess.Popen(
        [sys.executable, "-c", _SAVER, root, where], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    try:
        said = [child.stdout.readline().strip() for _ in range(2)]
        assert said == ["starting", "writing"], child.communicate()
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.communicate()


def test_a_save_that_is_killed_leaves_all_earlier_commits(where):
    store = made(where)
    store.apply([Change(ZONE, update=pd.DataFrame({"uid": ["Z2"], "name": ["先保存的"]}))], who="张三")
    before = [rows(store, layer) for layer in store.tables()], trail(store)
    with saver(where) as child:
        child.send_signal(signal.SIGKILL)
        child.wait()
    store = open_store(where, CATALOG)
    assert ([rows(store, layer) for layer in store.tables()], trail(store)) == before
    # And the map can be edited again.
    assert until(lambda: store.apply([Change(ZONE, delete=[("Z1", 1)])], who=None).deleted == {ZONE: 1})
