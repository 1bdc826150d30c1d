"""A shared map in QGIS: opened with stored credentials, edited, seen by plain QGIS; and no secret in a project."""

from __future__ import annotations

import contextlib
import sqlite3
import zipfile
from datetime import date
from pathlib import Path

import pytest
from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsFeature,
    QgsGeometry,
    QgsProcessingContext,
    QgsProject,
    QgsSettings,
    QgsVectorLayer,
)

from ..postgis_server import until

ZONE = "drinking_water_zone"


@pytest.fixture(scope="module")
def auth(qgis_app, postgis_server):
    """The ids under which QGIS keeps the passwords of `bob` and `locked`."""
    manager = QgsApplication.authManager()
    # pytest-qgis runs in a profile of its own.
    assert ".qgis-settings" in QgsApplication.qgisAuthDatabaseFilePath() and not manager.configIds()
    assert manager.setMasterPassword("a master password", True)
    ids = {}
    for user in ("bob", "locked"):
        config = QgsAuthMethodConfig("Basic")
        config.setName(f"EnvZones test {user}")
        config.setConfig("username", user)
        config.setConfig("password", postgis_server.passwords[user])
        # QGIS 3.22 hands back whether and what, later ones whether alone.
        stored = manager.storeAuthenticationConfig(config)
        done, config = stored if isinstance(stored, tuple) else (stored, config)
        assert done and config.id()
        ids[user] = config.id()
    yield ids
    QgsProject.instance().clear()
    for one in ids.values():
        manager.removeAuthenticationConfig(one)
    manager.clearMasterPassword()
    with contextlib.closing(sqlite3.connect(QgsApplication.qgisAuthDatabaseFilePath())) as kept, kept:
        kept.execute("DELETE FROM auth_pass")


@pytest.fixture(scope="module")
def shared(postgis_server, onemap):
    """A map in PostgreSQL with the rows of the sample map; `bob` and `locked` are editors.  Returns its address."""
    from envzones.plugin.engine.catalog import Catalog, load_catalog
    from envzones.plugin.engine.location import parse
    from envzones.plugin.store import postgis_roles
    from envzones.plugin.store.store import create, open_store

    file = open_store(onemap)
    full = load_catalog()
    frames = {name: file.read(name) for name in file.tables() if name in full}
    frames = {name: frame for name, frame in frames.items() if len(frame)}
    wanted = {*frames, "river_reach", "village", "road"}
    catalog = Catalog({name: spec for name, spec in full.items() if name in wanted}, full.themes)
    name = postgis_server.database()
    url = postgis_server.url(name)
    create(url, catalog, frames=frames, coverage=file.read("layer_coverage"), meta=file.info().meta)
    postgis_roles.grant(parse(url), {"bob": "editor", "locked": "editor", "reader": "reader"})
    yield parse(url)
    QgsProject.instance().clear()
    postgis_server.drop(name)


def with_auth(shared, authcfg: str):
    """The map's address with stored credentials instead of a user."""
    from envzones.plugin.engine.location import Location

    dsn = {**shared.dsn, "authcfg": authcfg}
    del dsn["user"]
    return Location(dsn=dsn, schema=shared.schema)


def build(place, out: Path) -> QgsProject:
    from envzones.plugin.project.make import open_project

    project = QgsProject.instance()
    open_project(project, place, out, "zh", date(2019, 6, 30))
    return project


def everything(path: Path) -> str:
    """All that a project file holds, unpacked."""
    with zipfile.ZipFile(path) as bundle:
        return "\n".join(bundle.read(name).decode("utf-8", "replace") for name in bundle.namelist())


def test_a_project_is_built_saved_and_opened_without_any_secret(
    clean_project, postgis_server, shared, auth, tmp_path
):
    from envzones.plugin.project import settings, source

    place = with_auth(shared, auth["locked"])
    project = build(place, tmp_path / "city.qgz")
    text = everything(tmp_path / "city.qgz")
    assert auth["locked"] in text
    for secret in (*postgis_server.passwords.values(), "user='locked'", "user='chief'", "password="):
        assert secret not in text
    project.clear()
    assert project.read(str(tmp_path / "city.qgz"))
    layers = source.map_layers(project, settings.onemap_path(project))
    assert {ZONE, "admin_area", "layer_coverage"} <= set(layers)
    assert all(layer.isValid() for layer in layers.values())
    assert layers[ZONE].featureCount() == 2 and layers[ZONE].crs().authid() == "EPSG:4490"
    assert settings.onemap_path(project) == place
    # Without the project's own entry its layers tell.
    project.removeEntry(settings.SCOPE, "/onemap")
    assert source.same(settings.onemap_path(project), place)


def test_a_project_by_service_file(clean_project, postgis_server, shared, tmp_path):
    from envzones.plugin.engine.location import parse
    from envzones.plugin.project import settings, source

    services = postgis_server.folder / "services"
    services.write_text(
        f"[city]\nhost=127.0.0.1\nport={postgis_server.port}\ndbname={shared.dsn['dbname']}\nuser=bob\n"
        f"password={postgis_server.passwords['bob']}\n"
    )
    place = parse("service=city")
    project = build(place, tmp_path / "city.qgz")
    assert postgis_server.passwords["bob"] not in everything(tmp_path / "city.qgz")
    assert settings.onemap_path(project) == place
    assert source.map_layers(project, place)[ZONE].featureCount() == 2


def test_edits_leave_the_database_users_name(clean_project, shared, auth, tmp_path):
    from envzones.plugin.project import source
    from envzones.plugin.store.store import open_store

    place = with_auth(shared, auth["bob"])
    layer = source.map_layers(build(place, tmp_path / "city.qgz"), place)[ZONE]
    store = open_store(shared)
    before = len(store.audit())
    assert layer.startEditing()
    first = next(f for f in layer.getFeatures() if f["uid"] == "Z1")
    layer.changeAttributeValue(first.id(), layer.fields().lookupField("name"), "改了名")
    layer.changeGeometry(first.id(), QgsGeometry.fromWkt("MultiPolygon (((112 35, 112.1 35, 112.1 35.1, 112 35)))"))
    added = QgsFeature(layer.fields())
    added["uid"], added["name"], added["level"] = "Z9", "新的", "primary"
    added.setGeometry(QgsGeometry.fromWkt("MultiPolygon (((112 35, 112.1 35, 112.1 35.1, 112 35)))"))
    assert layer.addFeature(added)
    found = source.open_onemap(place, QgsProject.instance()).layer(ZONE)
    assert set(found["name"]) >= {"改了名", "新的"}, "unsaved edits count"
    assert layer.commitChanges(), layer.commitErrors()
    entries = store.audit().iloc[before:].to_dict("records")
    assert sorted((e["who"], e["action"], e["uid"]) for e in entries) == [
        ("bob", "insert", "Z9"), ("bob", "update", "Z1")
    ]  # fmt: skip
    update = next(e for e in entries if e["action"] == "update")
    assert set(update["after"]) >= {"geom"} and update["after"]["name"] == "改了名"
    read = store.read(ZONE).set_index("uid")
    assert (read.row_version["Z1"], read.row_version["Z9"], read.edited_by["Z9"]) == (2, 1, "bob")
    # An old version is refused by the database, whatever the program.
    assert layer.startEditing()
    layer.changeAttributeValue(first.id(), layer.fields().lookupField("row_version"), 1)
    assert not layer.commitChanges()
    assert "envzones: row changed" in " ".join(layer.commitErrors())
    assert layer.rollBack()
    assert layer.startEditing() and layer.changeAttributeValue(first.id(), layer.fields().lookupField("level"), "特级")
    assert not layer.commitChanges() and layer.rollBack()


def test_a_readers_layer_cannot_be_edited(clean_project, postgis_server, shared):
    from envzones.plugin.engine.location import parse
    from envzones.plugin.project import source

    place = parse(postgis_server.url(shared.dsn["dbname"], "reader"))
    layer = QgsVectorLayer(source.table_uri(place, ZONE), "zones", "postgres")
    assert layer.isValid() and not layer.startEditing()


def test_plain_qgis_shows_style_and_form(clean_project, postgis_server, shared):
    """A layer as the browser of a QGIS without the plugin opens it."""
    uri = (
        f"dbname='{shared.dsn['dbname']}' host=127.0.0.1 port={postgis_server.port} user='bob' key='fid' srid=4490"
        f" type=MultiPolygon table=\"{shared.schema}\".\"{ZONE}\" (geom)"
    )
    layer = QgsVectorLayer(uri, "zones", "postgres")
    assert layer.isValid()
    assert layer.renderer().type() in ("categorizedSymbol", "RuleRenderer")
    setup = layer.editorWidgetSetup(layer.fields().lookupField("level"))
    assert setup.type() == "ValueMap" and "一级" in str(setup.config())
    from envzones.plugin.engine.catalog import load_catalog

    assert layer.attributeAlias(layer.fields().lookupField("level")) == load_catalog()[ZONE].field("level").zh
    assert layer.defaultValueDefinition(layer.fields().lookupField("uid")).expression()


def test_the_panel_and_a_check_take_a_shared_map(clean_project, provider, shared, onemap, auth, tools, tmp_path):
    import processing

    from envzones.plugin.engine.location import parse
    from envzones.plugin.gui.prefill import prefilled
    from envzones.plugin.project import overview, settings, source

    place = with_auth(shared, auth["bob"])
    project = build(place, tmp_path / "city.qgz")
    seen = overview.overview_here(place, date(2019, 6, 30), "zh")
    assert seen.meta["title"] == "示例一张图" and seen.path.name.startswith("envzones")
    assert {s.table: s.rows for states in seen.themes.values() for s in states}["heat_source"] == 1
    assert source.last_change(place) <= source.last_change(place)
    settings.set_rulebooks(project, ["jiyuan-2018"])
    known = prefilled("sitingcheck")
    assert parse(known["ONEMAP"]) == place
    assert set(prefilled("heatradius")) >= {"PLANTS", "BOILERS"}
    algorithm = QgsApplication.processingRegistry().algorithmById("envzones:sitingcheck")
    parameter = algorithm.parameterDefinition("ONEMAP")
    for text, taken in ((str(place), True), ("service=x schema=y", True), ("/a/b.gpkg", True), ("/a/b.shp", False)):
        assert parameter.checkValueIsAcceptable(text, QgsProcessingContext()) is taken, text
    kinds = "field=site_id:string&field=facility_type:string&field=nature:string&field=capacity_tph:double"
    boiler = ("Point (112.61 35.11)", ["S", "coal_boiler", "new", 10.0])
    site = tools.make_layer("Point", kinds, [boiler], "sites")
    answers = []
    for where in (str(place), str(onemap)):
        answer = processing.run(
            "envzones:sitingcheck",
            {"SITES": site, "ONEMAP": where, "AS_OF": "2019-06-30", "FINDING": "memory:", "VERDICT": "memory:",
             "ISSUE": "memory:"},
        )  # fmt: skip
        rows = [[str(cell) for cell in feature.attributes()] for feature in answer["FINDING"].getFeatures()]
        # The file has layers that the shared map lacks, and zones that were edited there; the rest is the same.
        answers.append([row for row in rows if "hit" in row and "J13b" in row])
    assert answers[0] == answers[1] and answers[0]


def test_credentials_that_qgis_has_not_are_told(clean_project, shared):
    from envzones.plugin.engine.errors import InputError
    from envzones.plugin.project import source

    with pytest.raises(InputError, match="no credentials 'zz99zz9'"):
        source.read_meta(with_auth(shared, "zz99zz9"))


def test_the_dialog_tests_a_connection_and_offers_the_maps(qgis_app, postgis_server, shared, auth, tmp_path):
    from envzones.plugin.gui.connect import SharedMapDialog

    QgsSettings().remove("envzones/shared")
    dialog = SharedMapDialog()
    try:
        said = dialog.findChild(type(dialog._said), "EnvZonesSharedSaid")
        assert not dialog._ok.isEnabled() and not dialog._test.isEnabled()
        place = with_auth(shared, auth["locked"])
        dialog.set_address(place, tmp_path / "city")
        assert dialog._ok.isEnabled() and dialog.place() == place
        assert dialog.wish().project == tmp_path / "city.qgz"
        dialog._schema.setEditText("nothere")
        dialog.test()
        assert until(lambda: (qgis_app.processEvents(), "envzones" in said.text())[1]), said.text()
        assert dialog.place() == place
        dialog._port.setText("1")
        dialog.test()
        assert until(lambda: (qgis_app.processEvents(), "cannot be opened" in said.text())[1]), said.text()
        assert postgis_server.passwords["locked"] not in said.text()
        dialog.accept()
        assert postgis_server.passwords["locked"] not in QgsSettings().value("envzones/shared/address")
        dialog._schema.setEditText("public")
        dialog.accept()
        assert "cannot be the schema" in said.text()
    finally:
        dialog.deleteLater()
        QgsSettings().remove("envzones/shared")


def test_opening_a_shared_map_fills_window_and_panel(clean_project, provider, shared, auth, tmp_path):
    from envzones.plugin.engine.location import parse
    from envzones.plugin.gui.connect import Wish, open_shared
    from envzones.plugin.gui.desk_map import MapPage
    from envzones.plugin.gui.desk_state import DeskState

    from .window import Window, settle, wait_until

    window = Window()
    state = DeskState()
    page = MapPage(window, state, {})
    page.show()
    try:
        open_shared(window, Wish(parse("postgresql://bob@127.0.0.1:1/nowhere"), tmp_path / "no.qgz"))
        wait_until(lambda: any("cannot be opened" in str(said) for said in window.said))
        assert not (tmp_path / "no.qgz").exists()
        window.said.clear()
        open_shared(window, Wish(with_auth(shared, auth["locked"]), tmp_path / "city.qgz"))
        wait_until(lambda: window.said, 60.0)
        assert "city.qgz" in str(window.said) and (tmp_path / "city.qgz").exists()
        wait_until(lambda: page._layers.topLevelItemCount() > 3)
        assert "示例" in page._title.text() and page._file.text() == f"envzones ({shared.dsn['dbname']})"
        assert not page._folder.isVisible()
    finally:
        page.release()
        state.release()
        page.deleteLater()
        window.window.close()
        settle()
