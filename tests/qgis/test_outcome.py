"""Results on the map: what they rest on, what takes their place, and which files stay."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
import shapely
from qgis.core import QgsProject

DAY = date(2019, 6, 30)


@pytest.fixture(scope="module")
def checked(qgis_app, onemap, tmp_path_factory):
    """The result file of a check of one point and one polygon."""
    import geopandas as gpd

    from envzones.plugin.project.site_check import CheckWish, prepare, run

    class Quiet:
        cancelled = False

        def __call__(self, fraction, message=""):
            pass

    sites = gpd.GeoDataFrame(
        {"site_id": ["A", "B"], "name": ["甲", "乙"], "facility_type": ["coal_boiler", None],
         "nature": ["new", None], "accuracy_m": [1.0, 1.0]},
        geometry=[shapely.Point(112.61, 35.11), shapely.box(112.65, 35.15, 112.66, 35.16)], crs="EPSG:4490",
    )  # fmt: skip
    wish = prepare(CheckWish(sites, onemap, ["jiyuan-2018", "national-henan"], DAY), QgsProject.instance())
    path = tmp_path_factory.mktemp("checked") / "check.gpkg"
    result = run(wish, Quiet(), path)
    return path, result


@pytest.fixture
def project(clean_project, tmp_path):
    clean_project.write(str(tmp_path / "map.qgz"))
    return clean_project


def publish(project, checked, number, lang="zh", **more):
    from envzones.plugin.project import outcome

    path = outcome.results_folder(project) / f"check-{number}.gpkg"
    shutil.copy(checked[0], path)
    about = {"onemap": "m.gpkg", "stamp": "('1',)", "as_of": DAY.isoformat(), "books": "jiyuan-2018", **more}
    return path, outcome.publish(project, "check", path, lang, about=about)


def test_the_folder_lies_beside_a_saved_project(clean_project, tmp_path):
    from envzones.plugin.project import outcome

    assert not str(outcome.results_folder(clean_project)).startswith(str(tmp_path))
    clean_project.write(str(tmp_path / "济源.qgz"))
    assert outcome.results_folder(clean_project) == tmp_path / "济源.results"
    first, second = outcome.result_path(clean_project, "check"), outcome.result_path(clean_project, "check")
    assert first != second and first.parent == tmp_path / "济源.results"


def test_layers_say_what_they_rest_on(project, checked):
    path, layers = publish(project, checked, 1)
    assert {layer.customProperty("envzones/result") for layer in layers} >= {"check/verdict", "check/finding"}
    for layer in layers:
        assert layer.customProperty("envzones/kind") == "check"
        assert layer.customProperty("envzones/as_of") == "2019-06-30"
        assert layer.customProperty("envzones/books") == "jiyuan-2018"
        assert layer.customProperty("envzones/made")
        assert Path(layer.source().split("|")[0]) == path


def test_a_newer_result_takes_the_place_and_the_looks_of_the_older(project, checked):
    from envzones.plugin.project import outcome

    root = project.layerTreeRoot()
    root.insertGroup(0, "above")
    first, layers = publish(project, checked, 1)
    root.addGroup("below")
    group = outcome.groups(project, "check")[0]
    own = root.insertGroup(1, "mine")
    moved = group.clone()
    own.insertChildNode(0, moved)
    root.removeChildNode(group)
    group = outcome.groups(project, "check")[0]
    assert group.parent().name() == "mine"
    group.setItemVisibilityChecked(False)
    group.setExpanded(False)
    hidden = next(n for n in group.findLayers() if n.layer().customProperty("envzones/result") == "check/verdict")
    shown = next(n for n in group.findLayers() if n.layer().customProperty("envzones/result") == "check/finding")
    part = (shown.layer().customProperty("envzones/result"), shown.layer().geometryType())
    hidden.setItemVisibilityChecked(False)
    shown.setItemVisibilityChecked(True)
    hidden_part = (hidden.layer().customProperty("envzones/result"), hidden.layer().geometryType())

    order = [child.name() for child in root.children()]
    second, newer = publish(project, checked, 2)
    assert not {layer.source() for layer in layers_of(project)} & {str(first)}
    groups = outcome.groups(project, "check")
    assert len(groups) == 1
    assert groups[0].parent().name() == "mine"
    assert not groups[0].itemVisibilityChecked() and not groups[0].isExpanded()
    looks = {
        (n.layer().customProperty("envzones/result"), n.layer().geometryType()): n.itemVisibilityChecked()
        for n in groups[0].findLayers()
    }
    assert looks[part] is True and looks[hidden_part] is False
    assert [child.name() for child in root.children()] == order
    assert not first.exists() and second.exists()


def layers_of(project):
    return list(project.mapLayers().values())


def test_what_the_saved_project_shows_stays_until_it_is_saved_again(project, checked):
    first, _ = publish(project, checked, 1)
    project.write()
    second, _ = publish(project, checked, 2)
    assert first.exists(), "who closes without saving opens the saved project again"
    third, _ = publish(project, checked, 3)
    assert first.exists() and not second.exists() and third.exists()
    project.write()
    fourth, _ = publish(project, checked, 4)
    assert not first.exists() and third.exists() and fourth.exists()


def test_a_layer_dragged_out_of_its_group_goes_too(project, checked):
    from envzones.plugin.project import outcome

    _, layers = publish(project, checked, 1)
    root = project.layerTreeRoot()
    node = root.findLayer(layers[0].id())
    root.insertChildNode(0, node.clone())
    node.parent().removeChildNode(node)
    _, newer = publish(project, checked, 2)
    assert {layer.id() for layer in layers_of(project)} == {layer.id() for layer in newer}
    assert len(outcome.groups(project, "check")) == 1


def test_what_users_put_into_the_group_stays(project, checked, tools):
    from envzones.plugin.project import outcome

    publish(project, checked, 1)
    own = tools.make_layer("Point", "field=a:string", [("Point (112 35)", ["x"])], "own")
    project.addMapLayer(own, False)
    outcome.groups(project, "check")[0].addLayer(own)
    publish(project, checked, 2)
    assert project.mapLayer(own.id()) is not None
    assert project.layerTreeRoot().findLayer(own.id()) is not None


def test_a_file_that_cannot_be_read_leaves_the_older_result(project, checked, tmp_path):
    from envzones.plugin.engine.errors import InputError
    from envzones.plugin.project import outcome

    _, layers = publish(project, checked, 1)
    with pytest.raises(InputError):
        outcome.publish(project, "check", tmp_path / "none.gpkg", "zh", about={})
    assert {layer.id() for layer in layers_of(project)} == {layer.id() for layer in layers}


def test_a_result_tells_why_it_no_longer_holds(project, checked):
    from envzones.plugin.project import outcome

    about = outcome.about(checked[0], ("1", ()), DAY, ["a", "b"], {"d": 500.0})
    _, layers = publish(project, checked, 1, **about)
    layer = layers[0]
    assert outcome.stale(layer, about) == ""
    # A folder may be moved.
    assert outcome.stale(layer, {**about, "onemap": "elsewhere"}) == ""
    for other, why in (
        (outcome.about(checked[0], ("2", ()), DAY, ["a", "b"], {"d": 500.0}), "map"),
        (outcome.about(checked[0], ("1", ()), date(2020, 1, 1), ["a", "b"], {"d": 500.0}), "day"),
        (outcome.about(checked[0], ("1", ()), DAY, ["a"], {"d": 500.0}), "books"),
        (outcome.about(checked[0], ("1", ()), DAY, ["a", "b"]), "working"),
        ({}, "map"),
    ):
        assert outcome.stale(layer, other) == why
    layer.removeCustomProperty("envzones/stamp")
    assert outcome.stale(layer, about) == "map"


def test_marks_survive_the_project_file(project, checked):
    from envzones.plugin.project import findings_view, outcome

    about = outcome.about(checked[0], ("1", ()), DAY, ["a"])
    path, _ = publish(project, checked, 1, **about)
    project.write()
    file = project.fileName()
    project.clear()
    project.read(file)
    tables = outcome.published(project, "check")
    assert set(tables) >= {"verdict", "finding"}
    assert outcome.stale(tables["verdict"][0], about) == ""
    assert findings_view.stored_path(project) == path


def test_stored_rows_are_the_rows_of_the_check(checked):
    """A project opened again shows exactly what the check showed."""
    from envzones.plugin.project import findings_view

    path, result = checked
    made, stored = findings_view.of_result(result, "zh"), findings_view.of_file(path, "zh")
    assert len(made.findings) > 50 and len(made.verdicts) == 2
    for table in ("verdicts", "findings", "units", "issues"):
        assert getattr(stored, table) == getattr(made, table), table
    assert stored.words.as_of == made.words.as_of
    assert {book.id for book in stored.words.books} == {book.id for book in made.words.books}
    for one, other in zip(made.findings, stored.findings):
        assert findings_view.shape(one).equals(findings_view.shape(other)) or findings_view.shape(one).isNull()


def test_another_file_is_no_check(tmp_path, onemap):
    from envzones.plugin.engine.errors import InputError
    from envzones.plugin.project import findings_view

    with pytest.raises(InputError, match="no result of a siting check"):
        findings_view.of_file(onemap, "zh")


def test_results_of_a_project_without_a_name_lie_beside_it_once_it_is_saved(clean_project, checked, tmp_path):
    """QGIS empties its temporary folder when it ends; the project opened after that still shows the result."""
    from envzones.plugin.gui.desk_state import DeskState
    from envzones.plugin.project import outcome

    state = DeskState()
    try:
        temporary, layers = publish(clean_project, checked, 1)
        assert temporary.parent != tmp_path
        renderer = layers[0].renderer().dump()
        assert clean_project.write(str(tmp_path / "later.qgz"))
        clean_project.clear()
        temporary.unlink()
        assert clean_project.read(str(tmp_path / "later.qgz"))
        tables = outcome.published(clean_project, "check")
        found = [layer for several in tables.values() for layer in several]
        assert {Path(layer.source().split("|")[0]) for layer in found} == {tmp_path / "later.results" / "check-1.gpkg"}
        assert len(found) == len(layers) and all(layer.isValid() for layer in found)
        assert renderer in {layer.renderer().dump() for layer in found}
    finally:
        state.release()
