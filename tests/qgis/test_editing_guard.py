"""Two editors of one map: the second is told, nothing is overwritten, the trail says who did what."""

from __future__ import annotations

import importlib.util
import shutil
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from qgis.core import QgsFeature, QgsGeometry, QgsProject, QgsSettings, QgsVectorLayer
from qgis.PyQt.QtCore import QDate
from qgis.PyQt.QtWidgets import QPushButton, QTableWidget, QTreeWidget


def _load(name: str):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_window = _load("window")
Window, settle, wait_until = _window.Window, _window.settle, _window.wait_until
BOX = "MultiPolygon (((112.60 35.10, 112.63 35.10, 112.63 35.13, 112.60 35.13, 112.60 35.10)))"
OTHER = "MultiPolygon (((112.60 35.10, 112.64 35.10, 112.64 35.13, 112.60 35.13, 112.60 35.10)))"


@pytest.fixture
def window(qgis_app):
    one = Window()
    one.window.show()
    yield one
    one.window.close()
    one.window.deleteLater()
    settle()


@pytest.fixture
def who(qgis_app):
    """Sign edits with a name, as a user sets it."""
    from envzones.plugin.project import editing

    editing.set_user_name("王工")
    yield editing.set_user_name
    QgsSettings().remove(editing.NAME_SETTING)


class World:
    """A map in a store, opened twice: as this QGIS has it, and as a colleague has it."""

    def __init__(self, address: str, sources) -> None:
        self.address = address
        self._sources = sources
        #: Entries of the trail from when the map was made.
        self.made = len(self.store().audit())

    def open(self, table: str = "drinking_water_zone", user: int = 0) -> QgsVectorLayer:
        uri, provider = self._sources(table, user)
        layer = QgsVectorLayer(uri, table, provider)
        assert layer.isValid(), layer.error().summary()
        return layer

    def store(self):
        from envzones.plugin.store.store import open_store

        return open_store(self.address)

    def trail(self, uid: str) -> list[tuple]:
        found = self.store().audit().iloc[self.made :]
        found = found[found["uid"] == uid]
        return list(found[["action", "who", "before", "after"]].itertuples(index=False, name=None))


@pytest.fixture(params=["gpkg", "postgis"])
def world(request, onemap, tmp_path, clean_project):
    if request.param == "gpkg":
        path = tmp_path / "map.gpkg"
        shutil.copy(onemap, path)
        yield World(str(path), lambda table, user: (f"{path}|layername={table}", "ogr"))
        return
    server = request.getfixturevalue("postgis_server")
    address = request.getfixturevalue("pg_url")
    database = request.getfixturevalue("database")
    from envzones.plugin.engine.catalog import load_catalog
    from envzones.plugin.store.store import create

    zones = gpd.read_file(onemap, layer="drinking_water_zone")
    zones = zones.drop(columns=[n for n in ("row_version", "edited_by", "edited_at") if n in zones])
    create(address, load_catalog(), frames={"drinking_water_zone": zones}, meta={"title": "t", "work_crs": "EPSG:4547"})
    server.sql(database, "GRANT envzones_editor TO alice, bob")

    def sources(table: str, user: int) -> tuple[str, str]:
        login = ("alice", "bob")[user]
        return (
            f"host={server.host} port={server.port} dbname='{database}' user='{login}'"
            f" password='{server.passwords[login]}' key='fid' srid=4490 type=MultiPolygon"
            f" table=\"envzones\".\"{table}\" (geom)", "postgres",
        )  # fmt: skip

    yield World(address, sources)


@pytest.fixture
def mine(world, window, who, clean_project):
    """My layer in the project, with the guard."""
    from envzones.plugin.gui.edit_guard import EditGuard

    layer = world.open()
    clean_project.addMapLayer(layer)
    guard = EditGuard(window, clean_project)
    assert guard.watching() == [layer.id()]
    yield layer, guard
    guard.release()
    if layer.isEditable():
        layer.rollBack()


def row(layer: QgsVectorLayer, uid: str) -> QgsFeature:
    return next(one for one in layer.getFeatures() if one["uid"] == uid)


def put(layer: QgsVectorLayer, uid: str, **values) -> None:
    """Change a row; `geom` is WKT."""
    fid = row(layer, uid).id()
    for name, value in values.items():
        if name == "geom":
            assert layer.changeGeometry(fid, QgsGeometry.fromWkt(value))
        else:
            assert layer.changeAttributeValue(fid, layer.fields().indexOf(name), value)


def theirs(world: World, uid: str, **values) -> None:
    """A colleague with plain QGIS, without the plugin, changes a row and saves."""
    layer = world.open(user=1)
    layer.startEditing()
    put(layer, uid, **values)
    assert layer.commitChanges(), layer.commitErrors()


def me(world: World) -> str:
    return "王工" if world.address.endswith(".gpkg") else "alice"


def test_values_and_shape_of_one_edit_are_one_entry_with_my_name(world, mine):
    layer, _ = mine
    layer.startEditing()
    put(layer, "Z1", name="新名", geom=BOX, document_date=QDate(2020, 5, 1), accuracy_m=0.1)
    assert layer.commitChanges(), layer.commitErrors()
    trail = world.trail("Z1")
    assert [(action, who) for action, who, _, _ in trail] == [("update", me(world))]
    before, after = trail[0][2:]
    assert (before["name"], after["name"]) == ("示例一级保护区", "新名")
    assert after["document_date"] == "2020-05-01"
    assert after["accuracy_m"] == 0.1
    assert shapely.from_wkb(bytes.fromhex(after["geom"])).equals(shapely.from_wkt(BOX))
    kept = world.store().read("drinking_water_zone").set_index("uid").loc["Z1"]
    assert int(kept["row_version"]) == 2
    assert kept["edited_by"] == me(world)


def test_a_shape_alone_is_signed(world, mine):
    layer, _ = mine
    layer.startEditing()
    put(layer, "Z1", geom=BOX)
    assert layer.commitChanges(False), layer.commitErrors()
    put(layer, "Z1", geom=OTHER)
    assert layer.commitChanges(), layer.commitErrors()
    assert [(action, who) for action, who, _, _ in world.trail("Z1")] == [("update", me(world))] * 2


def test_a_new_and_a_deleted_row_are_signed(world, mine):
    layer, _ = mine
    layer.startEditing()
    feature = QgsFeature(layer.fields())
    feature["uid"], feature["level"], feature["source_name"] = "N1", "quasi", "某水源"
    feature.setGeometry(QgsGeometry.fromWkt(BOX))
    assert layer.addFeature(feature)
    layer.deleteFeature(row(layer, "Z2").id())
    assert layer.commitChanges(), layer.commitErrors()
    found = world.store().audit().iloc[world.made :]
    said = list(found[["uid", "action", "who"]].itertuples(index=False, name=None))
    assert sorted(said) == [("N1", "insert", me(world)), ("Z2", "delete", me(world))]
    assert set(world.store().read("drinking_water_zone")["uid"]) == {"N1", "Z1"}


def test_the_second_editor_is_told_and_nothing_is_written(world, mine, window):
    layer, guard = mine
    layer.startEditing()
    put(layer, "Z1", name="我的")
    put(layer, "Z2", name="也是我的")
    steps = layer.undoStack().count()
    theirs(world, "Z1", name="他的", source_rank="county")
    assert not layer.commitChanges()
    settle()
    assert layer.isEditable()
    assert layer.undoStack().count() == layer.undoStack().index() == steps
    assert not layer.editBuffer().addedFeatures()
    assert {one["name"] for one in world.open().getFeatures()} == {"他的", "示例二级保护区"}
    assert "他的" in window.said[-1][1] or "我的" in window.said[-1][1]
    dialog = guard.dialog
    rows, fields = dialog.findChild(QTreeWidget), dialog.findChild(QTableWidget)
    assert rows.topLevelItemCount() == 1
    if not world.address.endswith(".gpkg"):
        assert rows.topLevelItem(0).text(2) == "bob"
    shown = {fields.item(k, 0).text(): (fields.item(k, 1).text(), fields.item(k, 2).text()) for k in range(fields.rowCount())}
    assert shown["名称"] == ("我的", "他的")
    assert shown["水源级别"] == ("市级", "县级")
    assert not dialog.findChild(QPushButton, "EnvZonesConflictSave").isEnabled()
    dialog.reject()
    settle()
    assert layer.isModified()
    assert guard.dialog is None


@pytest.mark.parametrize("keep", [True, False])
def test_mine_or_theirs(world, mine, keep):
    layer, guard = mine
    layer.startEditing()
    put(layer, "Z1", name="我的", geom=BOX)
    put(layer, "Z2", name="也是我的")
    theirs(world, "Z1", name="他的", source_rank="county")
    assert not layer.commitChanges()
    settle()
    clash = guard.dialog.watch.clashes[0]
    guard.dialog.keep(clash.feature, keep)
    guard.dialog.accept()
    settle()
    assert not layer.isEditable()
    kept = world.store().read("drinking_water_zone").set_index("uid")
    assert kept.loc["Z2", "name"] == "也是我的"
    assert kept.loc["Z1", "name"] == ("我的" if keep else "他的")
    assert kept.loc["Z1", "source_rank"] == "county"
    assert kept.loc["Z1"].geometry.equals(shapely.from_wkt(BOX)) == keep
    names = [after["name"] for _, _, _, after in world.trail("Z1")]
    assert names == (["他的", "我的"] if keep else ["他的"])


@pytest.mark.parametrize("keep", [True, False])
def test_they_deleted_what_i_changed(world, mine, keep):
    layer, guard = mine
    layer.startEditing()
    put(layer, "Z1", name="我的")
    other = world.open(user=1)
    other.startEditing()
    other.deleteFeature(row(other, "Z1").id())
    assert other.commitChanges()
    assert not layer.commitChanges()
    settle()
    clash = guard.dialog.watch.clashes[0]
    assert clash.deleted
    guard.dialog.keep(clash.feature, keep)
    guard.dialog.accept()
    settle()
    kept = world.store().read("drinking_water_zone").set_index("uid")
    assert ("Z1" in kept.index) == keep
    if keep:
        assert kept.loc["Z1", "name"] == "我的"
        assert kept.loc["Z1", "level"] == "primary"
        assert kept.loc["Z1"].geometry.area == pytest.approx(0.0004)
        assert kept.loc["Z1", "valid_from"].date() == date(2018, 1, 1)


@pytest.mark.parametrize("keep", [True, False])
def test_i_deleted_what_they_changed(world, mine, keep):
    layer, guard = mine
    layer.startEditing()
    layer.deleteFeature(row(layer, "Z1").id())
    theirs(world, "Z1", name="他的")
    assert not layer.commitChanges()
    settle()
    assert set(world.store().read("drinking_water_zone")["uid"]) == {"Z1", "Z2"}
    clash = guard.dialog.watch.clashes[0]
    guard.dialog.keep(clash.feature, keep)
    guard.dialog.accept()
    settle()
    assert ("Z1" in set(world.store().read("drinking_water_zone")["uid"])) != keep
    assert not layer.isModified()


def test_both_deleted_is_no_question(world, mine):
    layer, guard = mine
    layer.startEditing()
    layer.deleteFeature(row(layer, "Z1").id())
    put(layer, "Z2", name="我的")
    other = world.open(user=1)
    other.startEditing()
    other.deleteFeature(row(other, "Z1").id())
    assert other.commitChanges()
    assert layer.commitChanges(), layer.commitErrors()
    settle()
    assert guard.dialog is None
    assert world.store().read("drinking_water_zone").set_index("uid").loc["Z2", "name"] == "我的"


def test_saving_on_without_ending_takes_a_new_start(world, mine):
    layer, guard = mine
    layer.startEditing()
    for name in ("一", "二", "三"):
        put(layer, "Z1", name=name)
        assert layer.commitChanges(False), layer.commitErrors()
    theirs(world, "Z1", name="他的")
    put(layer, "Z1", name="四")
    assert not layer.commitChanges(False)
    settle()
    guard.dialog.keep(guard.dialog.watch.clashes[0].feature, True)
    guard.dialog.accept()
    settle()
    assert layer.isEditable()
    assert not layer.isModified()
    put(layer, "Z1", name="五")
    assert layer.commitChanges(), layer.commitErrors()
    assert [after["name"] for *_, after in world.trail("Z1")] == ["一", "二", "三", "他的", "四", "五"]


@pytest.mark.parametrize("world", ["postgis"], indirect=True)
def test_the_database_closes_the_race(world, mine, monkeypatch):
    """Somebody saves between the comparison and QGIS's own writing (a GeoPackage knows no such moment)."""
    layer, guard = mine
    layer.startEditing()
    put(layer, "Z1", name="我的", geom=BOX)
    watch = guard._watches[layer.id()]
    plain = watch._stamp

    def late(held):
        plain(held)
        theirs(world, "Z1", name="他的")

    monkeypatch.setattr(watch, "_stamp", late)
    steps = layer.undoStack().count()
    assert not layer.commitChanges()
    settle()
    monkeypatch.undo()
    assert layer.undoStack().count() == steps
    assert world.store().read("drinking_water_zone").set_index("uid").loc["Z1", "name"] == "他的"
    clash = guard.dialog.watch.clashes[0]
    assert clash.who == "bob"
    guard.dialog.keep(clash.feature, True)
    guard.dialog.accept()
    settle()
    assert [after["name"] for *_, after in world.trail("Z1")] == ["他的", "我的"]


def test_a_large_layer_is_read_row_by_row(world, mine, monkeypatch):
    from envzones.plugin.gui import edit_guard

    layer, guard = mine
    monkeypatch.setattr(edit_guard, "MANY", 1)
    layer.startEditing()
    watch = guard._watches[layer.id()]
    assert watch._known == {}
    put(layer, "Z1", name="我的")
    assert len(watch._known) == 1
    theirs(world, "Z1", name="他的")
    assert not layer.commitChanges()
    settle()
    assert len(guard.dialog.watch.clashes) == 1
    guard.dialog.reject()


@pytest.mark.parametrize("world", ["gpkg"], indirect=True)
def test_a_locked_file_is_told_and_nothing_is_written(world, mine, window, monkeypatch):
    import sqlite3

    from envzones.plugin.project import editing_store

    monkeypatch.setattr(editing_store, "_WAIT_S", 0.2)
    layer, _ = mine
    layer.startEditing()
    put(layer, "Z1", name="我的")
    holder = sqlite3.connect(world.address, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert not layer.commitChanges()
    settle()
    holder.execute("ROLLBACK")
    holder.close()
    assert "being saved by another program" in window.said[-1][1]
    assert layer.isModified()
    assert layer.commitChanges(), layer.commitErrors()


def test_released_guard_leaves_plain_qgis(world, mine):
    layer, guard = mine
    layer.startEditing()
    guard.release()
    put(layer, "Z1", name="我的")
    theirs(world, "Z1", name="他的")
    assert layer.commitChanges()
    guard.__init__(guard._iface, QgsProject.instance())


def test_other_layers_are_left_alone(window, clean_project, tools):
    from envzones.plugin.gui.edit_guard import EditGuard

    layer = tools.make_layer("Polygon", "field=uid:string", [(None, ["1"])], "plain")
    clean_project.addMapLayer(layer)
    guard = EditGuard(window, clean_project)
    assert guard.watching() == []
    guard.release()


def test_two_programs_edit_one_row_and_lose_nothing(world, tmp_path):
    """Each is a QGIS of its own; both save at once, again and again."""
    import os
    import subprocess
    import sys

    script, environment = Path(__file__).with_name("editor_process.py"), {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    editors = []
    for user, who in enumerate(("甲", "乙")):
        source, provider = world._sources("drinking_water_zone", user)
        editors.append(
            subprocess.Popen(
                [sys.executable, str(script), provider, source, "Z1", who],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
                env={**environment, "QGIS_CUSTOM_CONFIG_PATH": str(tmp_path / who)},
            )  # fmt: skip
        )
    rounds, answers = 6, []
    try:
        for editor in editors:
            assert editor.stdout.readline().strip() == "ready"
        for number in range(rounds):
            for editor, who in zip(editors, "甲乙"):
                editor.stdin.write(f"{who}{number}\n")
                editor.stdin.flush()
            answers += [editor.stdout.readline().strip() for editor in editors]
    finally:
        for editor in editors:
            editor.stdin.close()
            editor.stdout.close()
            editor.wait(timeout=60)
    assert set(answers) == {"saved", "kept"}
    trail = world.trail("Z1")
    said = [after["remark"] for _, _, _, after in trail]
    assert sorted(said) == sorted(f"{who}{number}" for who in "甲乙" for number in range(rounds))
    # Every edit began from what the one before had left.
    for (*_, after), (*_, before, _after) in zip(trail, trail[1:]):
        assert before["remark"] == after["remark"]
    if world.address.endswith(".gpkg"):
        assert all(who == text[0] for (_, who, _, _), text in zip(trail, said))
    assert int(world.store().read("drinking_water_zone").set_index("uid").loc["Z1", "row_version"]) == 1 + 2 * rounds


def test_added_changed_and_deleted_rows_go_together(world, mine):
    from qgis.core import QgsVectorLayerCache
    from qgis.gui import QgsAttributeTableModel

    layer, _ = mine
    cache = QgsVectorLayerCache(layer, 100)
    cache.setCacheGeometry(False)
    model = QgsAttributeTableModel(cache)
    model.loadLayer()
    layer.startEditing()
    put(layer, "Z1", name="我的", geom=BOX)
    layer.deleteFeature(row(layer, "Z2").id())
    new = []
    for uid in ("N1", "N2"):
        feature = QgsFeature(layer.fields())
        feature["uid"], feature["level"], feature["source_name"], feature["name"] = uid, "quasi", "某水源", uid
        feature.setGeometry(QgsGeometry.fromWkt(OTHER))
        assert layer.addFeature(feature)
        new.append(feature.id())
    layer.selectByIds(new[:1])
    assert layer.commitChanges(False), layer.commitErrors()
    settle()
    assert not layer.isModified()
    assert layer.undoStack().count() == 0
    assert {one["name"] for one in layer.getFeatures()} == {"我的", "N1", "N2"}
    assert [one["uid"] for one in layer.selectedFeatures()] == ["N1"]
    assert layer.featureCount() == world.open().featureCount() == 3
    column = model.fieldCol(layer.fields().indexOf("name"))
    shown = {model.data(model.index(k, column), 0) for k in range(model.rowCount())}
    assert shown == {"我的", "N1", "N2"}
    put(layer, "N1", name="改")
    assert layer.commitChanges(), layer.commitErrors()
    assert [(action, who) for action, who, _, _ in world.trail("N1")] == [("insert", me(world)), ("update", me(world))]
    # The model goes before its cache and layer.
    del model
    del cache
