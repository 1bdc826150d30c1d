"""The map as of a day: what layers show is what is in force; filters of users, edits and checks are left alone."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from qgis.core import QgsFeature, QgsGeometry, QgsProject

from ..postgis_server import until

ZONE = "drinking_water_zone"
#: uid -> (valid_from, valid_to, life_state)
ROWS = {
    "always": (None, None, None),
    "since-2018": (date(2018, 1, 1), None, "delineated"),
    "2018-to-2020": (date(2018, 1, 1), date(2020, 1, 1), "delineated"),
    "from-2020": (date(2020, 1, 1), None, "adjusted"),
    "cancelled-2021": (date(2019, 1, 1), date(2021, 1, 1), "cancelled"),
    "cancelled-undated": (date(2018, 1, 1), None, "cancelled"),
    "until-2019": (None, date(2019, 1, 1), "delineated"),
}
DAYS = [date(2017, 12, 31), date(2018, 1, 1), date(2018, 12, 31), date(2019, 1, 1), date(2019, 12, 31),
        date(2020, 1, 1), date(2020, 12, 31), date(2021, 1, 1), date(2030, 1, 1)]  # fmt: skip


def frames() -> dict[str, gpd.GeoDataFrame]:
    zone = {"source_type": "river", "source_rank": "city", "source_name": "示例", "source_code": "T1",
            "provenance": "illustrative", "accuracy_m": 5.0, "level": "primary"}  # fmt: skip
    rows = [
        {**zone, "uid": uid, "name": uid, "valid_from": start, "valid_to": end, "life_state": state,
         "geometry": shapely.box(112.6 + 0.02 * n, 35.1, 112.61 + 0.02 * n, 35.11)}
        for n, (uid, (start, end, state)) in enumerate(ROWS.items())
    ]  # fmt: skip
    river = [{"uid": "R1", "name": "沁河", "river": "沁河", "provenance": "illustrative", "accuracy_m": 5.0,
              "valid_from": date(2010, 1, 1), "geometry": shapely.LineString([(112.5, 35.0), (112.9, 35.2)])}]  # fmt: skip
    return {
        ZONE: gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4490"),
        "river_reach": gpd.GeoDataFrame(river, geometry="geometry", crs="EPSG:4490"),
    }


@pytest.fixture(scope="module")
def dated(tmp_path_factory, qgis_app) -> Path:
    from envzones.plugin.engine.catalog import Catalog, load_catalog
    from envzones.plugin.store.geopackage import create

    full = load_catalog()
    few = Catalog({name: full[name] for name in (ZONE, "river_reach", "village")}, full.themes)
    path = tmp_path_factory.mktemp("asof") / "dated.gpkg"
    create(path, few, frames=frames(), meta={"title": "试", "work_crs": "EPSG:4547"})
    return path


@pytest.fixture
def city(dated, tmp_path, clean_project) -> Path:
    from envzones.plugin.project.make import open_project

    path = tmp_path / "dated.gpkg"
    shutil.copy(dated, path)
    open_project(clean_project, path, tmp_path / "dated.qgz", "zh", date(2019, 6, 30))
    return path


class Desk:
    """The state and the view of it, as the plugin holds them."""

    def __init__(self) -> None:
        from envzones.plugin.gui.asof_view import AsOfView
        from envzones.plugin.gui.desk_state import DeskState

        self.state = DeskState()
        self.view = AsOfView(self.state)

    def shown(self, day: date) -> None:
        self.state.set_day(day)
        self.view.set_on(True)
        self.quiet()

    def quiet(self) -> None:
        """Let the asking and the filtering end."""
        import time

        from qgis.core import QgsApplication
        from qgis.PyQt.QtCore import QCoreApplication

        still = time.monotonic() + 0.3
        while time.monotonic() < still:
            QCoreApplication.processEvents()
            if self.view.busy or QgsApplication.taskManager().countActiveTasks():
                still = time.monotonic() + 0.3

    def release(self) -> None:
        self.view.release()
        self.state.release()


@pytest.fixture
def desk(city):
    one = Desk()
    yield one
    one.release()


def layer_of(table: str):
    from envzones.plugin.project import source

    return source.map_layers(QgsProject.instance())[table]


def visible(table: str = ZONE) -> set[str]:
    return {feature["uid"] for feature in layer_of(table).getFeatures()}


def in_force(where, day: date, table: str = ZONE) -> set[str]:
    from envzones.plugin.engine.onemap import OneMap

    return set(OneMap.open(where).in_force(table, day)["uid"])


def test_the_layers_show_what_is_in_force_on_each_day(desk, city):
    counts = set()
    for day in DAYS:
        desk.shown(day)
        assert visible() == in_force(city, day)
        assert visible("river_reach") == in_force(city, day, "river_reach") == {"R1"}
        counts.add(len(visible()))
    assert len(counts) > 2
    assert layer_of("river_reach").subsetString() == ""
    desk.view.set_on(False)
    desk.quiet()
    assert visible() == set(ROWS)
    assert not layer_of(ZONE).customPropertyKeys() or not any(
        key.startswith("envzones/as_of") for key in layer_of(ZONE).customPropertyKeys()
    )


def test_a_users_own_filter_counts_too_and_comes_back_alone(desk, city):
    own = "\"name\" LIKE '%20%'"
    assert layer_of(ZONE).setSubsetString(own)
    desk.shown(date(2019, 6, 30))
    assert visible() == {uid for uid in in_force(city, date(2019, 6, 30)) if "20" in uid}
    # The user changes the combined filter by hand.
    changed = layer_of(ZONE).subsetString() + " AND \"name\" <> 'since-2018'"
    assert layer_of(ZONE).setSubsetString(changed)
    desk.state.set_day(date(2020, 6, 30))
    desk.quiet()
    wanted = {uid for uid in in_force(city, date(2020, 6, 30)) if "20" in uid} - {"since-2018"}
    assert visible() == wanted
    desk.view.set_on(False)
    desk.quiet()
    assert visible() == {uid for uid in ROWS if "20" in uid} - {"since-2018"}
    assert "valid_" not in layer_of(ZONE).subsetString()


def test_a_layer_being_edited_is_left_alone_and_named(desk, city):
    layer = layer_of(ZONE)
    assert layer.startEditing()
    desk.shown(date(2019, 6, 30))
    assert visible() == set(ROWS)
    assert desk.view.left_alone == [layer.name()]
    assert layer.rollBack()
    desk.quiet()
    assert visible() == in_force(city, date(2019, 6, 30))
    assert desk.view.left_alone == []
    assert desk.view.hidden_in == [layer.name()]


def test_editing_sees_all_rows_and_the_filter_comes_back_with_what_was_committed(desk, city):
    desk.shown(date(2019, 6, 30))
    layer = layer_of(ZONE)
    assert visible() != set(ROWS)
    assert layer.startEditing()
    assert visible() == set(ROWS)
    feature = next(one for one in layer.getFeatures() if one["uid"] == "from-2020")
    assert layer.changeAttributeValue(feature.id(), layer.fields().lookupField("valid_from"), "2019-01-01")
    assert layer.commitChanges(), layer.commitErrors()
    desk.quiet()
    assert "from-2020" in visible()
    assert visible() == in_force(city, date(2019, 6, 30))


def test_checks_read_the_whole_map(desk, city):
    from envzones.plugin.project import source

    desk.shown(date(2017, 12, 31))
    assert visible() == {"always", "until-2019"}
    read = source.open_onemap(city, QgsProject.instance())
    assert set(read.layer(ZONE)["uid"]) == set(ROWS)
    # With unsaved edits of the filtered layer too.
    layer = layer_of(ZONE)
    assert layer.startEditing()
    feature = QgsFeature(layer.fields())
    feature["uid"] = "drawn"
    feature.setGeometry(QgsGeometry.fromWkt("MultiPolygon (((112.9 35.1, 112.91 35.1, 112.91 35.11, 112.9 35.1)))"))
    assert layer.addFeature(feature)
    read = source.open_onemap(city, QgsProject.instance())
    assert set(read.layer(ZONE)["uid"]) == {*ROWS, "drawn"}
    layer.rollBack()


def test_it_is_saved_with_the_project_and_taken_off_after_opening(desk, city, tmp_path):
    project = QgsProject.instance()
    desk.shown(date(2018, 6, 30))
    assert project.isDirty()
    assert project.write()
    wanted = in_force(city, date(2018, 6, 30))
    assert project.read(str(tmp_path / "dated.qgz"))
    desk.quiet()
    assert desk.view.on
    assert visible() == wanted
    assert not project.isDirty()
    desk.view.set_on(False)
    desk.quiet()
    assert visible() == set(ROWS)
    project.setDirty(False)


def test_a_filter_of_yesterday_follows_the_day_without_asking_to_save(city, tmp_path):
    project = QgsProject.instance()
    first = Desk()
    first.shown(date(2018, 6, 30))
    assert project.write()
    first.release()
    # The project speaks of today, and the filter in it is of another day.
    from envzones.plugin.project import settings

    settings.set_as_of(project, None)
    assert project.write()
    second = Desk()
    second.quiet()
    assert visible() == in_force(city, date.today())
    assert not project.isDirty()
    second.release()


def test_a_layer_added_later_is_filtered_too(desk, city):
    desk.shown(date(2018, 6, 30))
    twin = layer_of(ZONE).clone()
    twin.setSubsetString("")
    for name in twin.customPropertyKeys():
        if name.startswith("envzones/as_of"):
            twin.removeCustomProperty(name)
    QgsProject.instance().addMapLayer(twin)
    desk.quiet()
    assert {one["uid"] for one in twin.getFeatures()} == in_force(city, date(2018, 6, 30))


def test_in_postgresql_the_same_rows_are_shown(postgis_server, clean_project, tmp_path, qgis_app):
    from envzones.plugin.engine.catalog import Catalog, load_catalog
    from envzones.plugin.engine.location import parse
    from envzones.plugin.project.make import open_project
    from envzones.plugin.store.store import create

    full = load_catalog()
    few = Catalog({name: full[name] for name in (ZONE, "river_reach", "village")}, full.themes)
    name = postgis_server.database()
    url = postgis_server.url(name)
    create(url, few, frames=frames(), meta={"title": "试", "work_crs": "EPSG:4547"})
    try:
        open_project(clean_project, parse(url), tmp_path / "shared.qgz", "zh", date(2019, 6, 30))
        desk = Desk()
        until(lambda: desk.state.path is not None, 5.0)
        for day in DAYS:
            desk.shown(day)
            assert visible() == in_force(url, day)
        assert layer_of("river_reach").subsetString() == ""
        assert layer_of(ZONE).startEditing()
        assert visible() == set(ROWS)
        layer_of(ZONE).rollBack()
        desk.quiet()
        assert visible() == in_force(url, DAYS[-1])
        desk.view.set_on(False)
        desk.quiet()
        assert visible() == set(ROWS)
        desk.release()
    finally:
        clean_project.clear()
        postgis_server.drop(name)


@pytest.mark.parametrize("columns", [[], ["uid", "name"]])
def test_a_table_without_dates_is_never_filtered(columns):
    from envzones.plugin.project import asof

    assert asof.clause(columns, date(2020, 1, 1)) == ""


def test_layers_can_be_read_although_others_read_the_file_meanwhile(desk, city):
    import sqlite3
    from threading import Event, Thread

    stop = Event()

    def read_on() -> None:
        while not stop.is_set():
            connection = sqlite3.connect(f"{city.as_uri()}?mode=ro", uri=True)
            rows = connection.execute(f"SELECT uid, geom FROM {ZONE}")
            rows.fetchone()
            stop.wait(0.05)
            rows.close()
            connection.close()

    reader = Thread(target=read_on)
    reader.start()
    try:
        for day in DAYS[:6]:
            desk.shown(day)
    finally:
        stop.set()
        reader.join()
    desk.quiet()
    until(lambda: not desk.view.settling and not desk.quiet(), 8.0)
    assert layer_of(ZONE).featureCount() == len(in_force(city, DAYS[5]))
    assert visible() == in_force(city, DAYS[5])
    assert visible("river_reach") == {"R1"}
