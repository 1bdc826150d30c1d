"""QGIS's search bar: what is typed finds sections, zones and clauses of the open project, and goes there."""

from __future__ import annotations

import importlib.util
import random
import shutil
from datetime import date
from pathlib import Path

import pytest
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsGeometry,
    QgsLocatorContext,
    QgsLocatorResult,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
)


def _load(name: str):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_window = _load("window")
Window, settle, wait_until = _window.Window, _window.settle, _window.wait_until


@pytest.fixture
def window(qgis_app):
    one = Window()
    one.window.resize(800, 600)
    one.window.show()
    yield one
    one.window.close()
    one.window.deleteLater()
    settle()


@pytest.fixture
def bar(window, onemap, tmp_path, clean_project):
    """The search bar of a window with a map open: type(text) -> results."""
    from envzones.plugin.gui.desk_state import DeskState
    from envzones.plugin.gui.locator import Locator
    from envzones.plugin.project.make import open_project

    path = tmp_path / "map.gpkg"
    shutil.copy(onemap, path)
    open_project(clean_project, path, tmp_path / "map.qgz", "zh", date(2019, 6, 30))
    window.canvas.setDestinationCrs(clean_project.crs())
    state = DeskState()
    state.set_books(["jiyuan-2018"])
    clauses = []
    locator = Locator(window, state, lambda book, clause: clauses.append((book, clause)))

    def type_(text: str) -> list:
        found, over = [], []

        def take(result) -> None:
            # QGIS deletes the result once its slots have run.
            found.append(QgsLocatorResult(result))

        window.locator.foundResult.connect(take)
        window.locator.finished.connect(lambda: over.append(1))
        window.locator.fetchResults(text, QgsLocatorContext())
        wait_until(lambda: over)
        window.locator.foundResult.disconnect(take)
        return found

    type_.state, type_.clauses, type_.locator, type_.window = state, clauses, locator, window
    type_("env x")
    wait_until(lambda: locator.ready, 60.0)
    yield type_
    locator.release()
    state.release()
    settle()


def test_a_clause_is_found_by_number_title_and_words(bar):
    for text in ("env J42", "env 断面上下游", "env 上游5000米 济源", "env ｊ４２"):
        found = bar(text)
        assert any("J42" in one.displayString for one in found), text
    first = bar("env J42")[0]
    assert first.group
    assert "济政" in first.description
    bar.locator.filter.triggerResult(first)
    assert bar.clauses == [("jiyuan-2018", "J42")]


def test_a_feature_is_found_and_flown_to(bar):
    from envzones.plugin.project import source

    zones = source.map_layers(QgsProject.instance())["drinking_water_zone"]
    zone = next(zones.getFeatures())
    found = bar(f"env {zone['uid']}")
    assert zone["uid"] in found[0].description
    window = bar.window
    window.canvas.setExtent(QgsRectangle(0, 0, 1000, 1000))
    bar.locator.filter.triggerResult(found[0])
    there = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4490"), QgsProject.instance().crs(), QgsProject.instance()
    )
    assert window.canvas.extent().contains(there.transform(zone.geometry().centroid().asPoint()))
    assert window.active is zones


def test_unsaved_edits_are_found_and_deleted_rows_are_not(bar):
    from envzones.plugin.project import source

    mines = source.map_layers(QgsProject.instance())["mine_site"]
    mines.startEditing()
    new = QgsFeature(mines.fields())
    new["uid"], new["name"] = "MS-NEW", "天字第一号矿"
    new.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(112.6, 35.1)).buffer(0.001, 8))
    mines.addFeature(new)
    bar.state.refresh()
    bar("env 天字第一号")
    wait_until(lambda: bar.locator.ready, 60.0)
    assert [one.displayString for one in bar("env 天字第一号")] == ["天字第一号矿"]
    mines.rollBack()
    bar.state.refresh()
    bar("env 天字第一号")
    wait_until(lambda: bar.locator.ready, 60.0)
    assert bar("env 天字第一号") == []


def test_nothing_is_found_of_a_project_that_is_closed(bar, clean_project):
    assert bar("env J42")
    clean_project.clear()
    bar.state.refresh()
    assert bar("env J42") == []


def test_it_leaves_the_bar_when_released(window, clean_project):
    from envzones.plugin.gui.desk_state import DeskState
    from envzones.plugin.gui.locator import Locator

    state = DeskState()
    before = len(window.locator.filters())
    for _ in range(2):
        one = Locator(window, state, lambda *_: None)
        assert len(window.locator.filters()) == before + 1
        one.release()
        assert len(window.locator.filters()) == before
    state.release()


# --- the index alone --------------------------------------------------------------------------------------------


def _entries(n: int):
    from envzones.plugin.project.search_index import ZONE, Entry, folded

    pick = random.Random(7)
    made = []
    for number in range(n):
        name = "".join(pick.choice("沁河蟒河水源一级二级矿区济源ABCabc12") for _ in range(pick.randint(2, 6)))
        made.append(Entry(ZONE, name, "", "layer", f"U-{number}", (0, 0, 0, 0), words=(folded(name), folded(f"U-{number}"))))
    return made


def test_search_finds_exactly_what_contains_the_words():
    from envzones.plugin.project.search_index import folded, search

    entries = _entries(3000)
    for text in ("沁", "河水", "a 1", "u-29", "Ｕ－２９", "一级 矿"):
        brute = {one.uid for one in entries if all(any(w in word for word in one.words) for w in folded(text).split())}
        assert {one.uid for one, _ in search(entries, text, limit=10**6)} == brute, text


def test_search_puts_the_nearest_first_and_stops_when_told():
    from envzones.plugin.project.search_index import search

    entries = _entries(5000)
    scores = [score for _, score in search(entries, "沁", limit=500)]
    assert scores == sorted(scores, reverse=True)
    names = [one.title for one, _ in search(entries, "沁", limit=500)]
    starts = [name.startswith("沁") for name in names]
    assert starts == sorted(starts, reverse=True)
    assert len(search(entries, "河")) <= 30
    assert search(entries, "河", lambda: True) == []
    assert search(entries, "   ") == []
