"""The import wizard, page by page, from files as offices send them to rows of a layer."""

from __future__ import annotations

import importlib.util
import shutil
from datetime import date
from pathlib import Path

import pytest
from qgis.core import QgsProject
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QMimeData, QUrl
from qgis.PyQt.QtWidgets import QRadioButton, QWizard

HERE = Path(__file__).resolve().parent


def _load(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_window = _load(HERE / "window.py")
messy = _load(HERE.parent / "engine" / "messy.py")
Window, settle, wait_until = _window.Window, _window.settle, _window.wait_until
CRS, FIELDS, CHECK, RUN = 1, 2, 3, 4


@pytest.fixture
def window(qgis_app):
    one = Window()
    one.window.show()
    yield one
    one.window.close()
    one.window.deleteLater()
    settle()


@pytest.fixture
def city(onemap, tmp_path, clean_project) -> Path:
    from envzones.plugin.project.make import open_project

    path = tmp_path / "map.gpkg"
    shutil.copy(onemap, path)
    open_project(clean_project, path, tmp_path / "map.qgz", "zh", date(2019, 6, 30))
    return path


@pytest.fixture
def wizard(window, city):
    from envzones.plugin.gui.import_wizard import open_wizard

    one = open_wizard(window)
    assert one is not None
    yield one
    if not sip.isdeleted(one):
        one.release()
    settle()


def give(wizard, *paths: Path) -> None:
    """Put files on the first page, and wait until the first is looked at."""
    wizard.files.add([str(path) for path in paths])
    wait_until(lambda: wizard.state.peek is not None)


def go(wizard, page: int) -> None:
    """Press Next, and wait for what the page does when it opens."""
    assert wizard.currentPage().isComplete()
    wizard.next()
    assert wizard.currentId() == page
    if page == CRS:
        wait_until(lambda: wizard.state.reading is not None)
    elif page == CHECK:
        wait_until(lambda: wizard.check.loaded is not None)
    elif page == RUN:
        wait_until(lambda: not wizard.run.busy)


def pick(wizard, crs: str, *, swap: bool = False) -> None:
    """Choose a candidate by its code."""
    found = wizard.state.reading.candidates
    number = next(k for k, one in enumerate(found) if (one.choice.crs, one.choice.swap) == (crs, swap))
    wizard.crs.choose(number)


def rows(path: Path, layer: str):
    from envzones.plugin.store.store import open_store

    return open_store(path).read(layer)


def next_enabled(wizard) -> bool:
    return wizard.button(QWizard.WizardButton.NextButton).isEnabled()


# --- from file to layer -----------------------------------------------------------------------------------------


def test_a_gbk_shapefile_without_prj_becomes_rows(wizard, city, tmp_path):
    path = messy.shapefile(tmp_path, epsg=4547)
    give(wizard, path)
    assert wizard.state.peek.encoding.name == "gb18030"
    assert "GBK" in wizard.files.encoding.itemText(0)
    assert wizard.files.rows.item(0, 0).text() == "济源市化工厂旧址"
    go(wizard, CRS)
    # Nothing is chosen unasked: no prj, and six-digit eastings do not tell their meridian by themselves.
    assert wizard.state.choice is None
    assert not any(button.isChecked() for button in wizard.crs.findChildren(QRadioButton))
    assert not next_enabled(wizard)
    assert wizard.crs.map.count() == 0
    best = wizard.state.reading.candidates[0]
    assert best.choice.crs == "EPSG:4547"
    assert best.inside == 1.0
    pick(wizard, "EPSG:4547")
    assert next_enabled(wizard)
    assert wizard.crs.map.count() == 4
    assert "4" in wizard.crs.map.said.text()
    go(wizard, FIELDS)
    assert wizard.state.mapping is None
    assert not next_enabled(wizard)
    wizard.fields.choose("contaminated_plot")
    assert wizard.state.mapping.fields["name"].source == "名称"
    assert not next_enabled(wizard)  # the register's state is required
    wizard.fields.set_fixed("register_state", "suspected")
    assert next_enabled(wizard)
    # What is merely alike is proposed with its doubt, and left out where the user says so.
    assert wizard.state.mapping.fields["planned_use"].sure < 0.8
    for field in ("planned_use", "document_date"):
        wizard.fields.map_column(field, None)
    assert "用途" in wizard.fields.rest.text()
    assert "DATE" in wizard.fields.rest.text()
    go(wizard, CHECK)
    assert (wizard.check.loaded.read, wizard.check.loaded.loaded, wizard.check.loaded.rejected) == (4, 4, 0)
    assert len(rows(city, "contaminated_plot")) == 0
    go(wizard, RUN)
    done = wizard.run.loaded
    assert (done.read, done.loaded, done.rejected) == (4, 4, 0)
    got = rows(city, "contaminated_plot")
    assert "采矿用地" in got.loc[got["name"] == "蟒河北岸砂场", "source_fields"].iloc[0]
    assert sorted(got["name"]) == sorted(plot[0] for plot in messy.PLOTS)
    want = messy.PLOTS[0][3][0]
    first = got[got["name"] == "济源市化工厂旧址"].geometry.iloc[0]
    assert first.bounds[:2] == pytest.approx(want, abs=1e-8)
    # The project's layer shows them, and is visible now.
    layer = wizard.run.layer
    assert layer.featureCount() == 4
    node = QgsProject.instance().layerTreeRoot().findLayer(layer.id())
    assert node.isVisible()


def test_a_csv_in_degrees_minutes_seconds_rejects_a_bad_row_and_shows_it(wizard, window, city, tmp_path):
    head = "企业名称,经度,纬度,规模"
    lines = [head]
    for name, x, y in (("甲厂", 112.61, 35.11), ("乙厂", 112.62, 35.12), ("丙厂", 112.63, 35.13)):
        lines.append(f"{name},{messy.dms(x)},{messy.dms(y)},10")
    lines.append(f"丁厂,{messy.dms(112.64)},不详,12")
    path = tmp_path / "企业.csv"
    path.write_bytes("\r\n".join(lines).encode("gb18030"))
    give(wizard, path)
    assert wizard.state.peek.columns == {"east": "经度", "north": "纬度"}
    assert "经度" in wizard.files.east.itemText(0)
    go(wizard, CRS)
    if wizard.state.choice is None:
        pick(wizard, "EPSG:4490")
    go(wizard, FIELDS)
    wizard.fields.choose("pollution_source")
    fix_required(wizard)
    go(wizard, CHECK)
    loaded = wizard.check.loaded
    assert (loaded.read, loaded.loaded, loaded.rejected) == (4, 3, 1)
    assert wizard.check.rejects.topLevelItemCount() == 1
    item = wizard.check.rejects.topLevelItem(0)
    assert item.text(0) == "5"  # the line in the file
    assert "丁厂" in item.text(1)
    go(wizard, RUN)
    done = wizard.run.loaded
    assert done.read == done.loaded + done.rejected == 4
    assert done.rejects_path.is_file()
    assert "丁厂" in done.rejects_path.read_text(encoding="utf-8-sig")
    assert wizard.run.to_rejects.isEnabled()
    assert any("4" in str(said[1]) and "3" in str(said[1]) for said in window.said)
    got = rows(city, "pollution_source")
    assert got.geometry.iloc[0].x == pytest.approx(112.61, abs=1e-6)
    wizard.run.open_layer()
    assert window.active is wizard.run.layer


def fix_required(wizard) -> None:
    """Give every required field that has no column the first code, or a word."""
    for item in wizard.state.spec.fields:
        lacks = item.required and item.name != "uid" and item.name not in wizard.state.mapping.fields
        if lacks:
            wizard.fields.set_fixed(item.name, next(iter(item.domain)) if item.domain else "示例")


def test_a_boundary_txt_is_certain_by_its_header(wizard, city, tmp_path):
    path = tmp_path / "界址点.txt"
    path.write_text(messy.boundary_txt(), encoding="gb18030")
    give(wizard, path)
    go(wizard, CRS)
    assert wizard.state.reading.agrees
    assert wizard.state.reading.certain
    assert wizard.state.choice.crs == "EPSG:4526"
    assert wizard.crs.map.count() == 4
    go(wizard, FIELDS)
    wizard.fields.choose("contaminated_plot")
    wizard.fields.map_column("name", "plot_name")
    wizard.fields.set_fixed("register_state", "surveyed")
    go(wizard, CHECK)
    assert wizard.check.loaded.loaded == 4
    go(wizard, RUN)
    got = rows(city, "contaminated_plot")
    assert len(got) == 4
    assert set(got["register_state"]) == {"surveyed"}
    plot = got[got["name"] == "蟒河北岸砂场"].geometry.iloc[0]
    assert plot.bounds == pytest.approx((112.61, 35.08, 112.612, 35.0815), abs=1e-7)


# --- the pages --------------------------------------------------------------------------------------------------


def test_encoding_is_changed_with_the_rows_in_view(wizard, tmp_path):
    path = messy.shapefile(tmp_path, epsg=4490)
    give(wizard, path)
    before = wizard.files.rows.item(0, 0).text()
    box = wizard.files.encoding
    box.setCurrentIndex(box.findData("big5"))
    box.activated.emit(box.currentIndex())
    wait_until(lambda: wizard.state.peek is not None and wizard.files.rows.item(0, 0) is not None)
    assert wizard.state.options.encoding == "big5"
    assert wizard.files.rows.item(0, 0).text() != before
    box.setCurrentIndex(0)
    box.activated.emit(0)
    wait_until(lambda: wizard.state.peek is not None)
    assert wizard.files.rows.item(0, 0).text() == before


def test_destroyed_text_is_told(wizard, tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("名称,经度,纬度\n锟斤拷厂,112.6,35.1\n乙厂,112.7,35.2\n", encoding="utf-8")
    give(wizard, path)
    assert [note.code for note in wizard.state.peek.notes].count("text_destroyed") == 1
    assert len(wizard.files.bar.items()) >= 1


def test_columns_are_named_where_none_is_found(wizard, tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("厂,甲,乙\nA,112.61,35.11\nB,112.62,35.12\n", encoding="utf-8")
    give(wizard, path)
    assert wizard.state.peek.refused
    assert not next_enabled(wizard)
    for box, column in ((wizard.files.east, "甲"), (wizard.files.north, "乙")):
        box.setCurrentIndex(box.findData(column))
    wizard.files.north.activated.emit(0)
    wait_until(lambda: wizard.state.peek is not None)
    assert not wizard.state.peek.refused
    assert next_enabled(wizard)


def test_a_shift_is_measured_against_a_layer_of_the_project(wizard, city, tmp_path):
    import geopandas as gpd
    import numpy as np
    import shapely

    from envzones.plugin.engine import datum
    from envzones.plugin.project import source

    at = np.column_stack([np.linspace(112.5, 112.8, 12), np.linspace(35.0, 35.3, 12)])
    layer = source.map_layers(QgsProject.instance(), city)["outfall"]
    spread(layer, at)
    moved = np.column_stack(datum.wgs_to_gcj(at[:, 0], at[:, 1]))
    path = tmp_path / "高德.geojson"
    gpd.GeoDataFrame({"名称": [f"口{k}" for k in range(12)]}, geometry=shapely.points(moved)).to_file(path, driver="GeoJSON")
    give(wizard, path)
    go(wizard, CRS)
    wizard.crs.reference.setLayer(layer)
    wait_until(lambda: wizard.state.reading is not None and not wizard.crs._runner.busy)
    first = wizard.state.reading.candidates[0]
    assert first.choice.crs == "gcj02"
    assert 400 < first.shift_m < 700
    # Proposed, not applied: what the user had chosen stays, and nothing is chosen if nothing was.
    assert wizard.state.choice is None or wizard.state.choice.crs != "gcj02"


def spread(layer, at) -> None:
    """Put points into a layer of the map."""
    from qgis.core import QgsFeature, QgsGeometry, QgsPointXY

    features = []
    for k, (x, y) in enumerate(at.tolist()):
        feature = QgsFeature(layer.fields())
        feature["uid"] = f"P{k}"
        feature["name"] = f"口{k}"
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(x, y)))
        features.append(feature)
    layer.startEditing()
    assert layer.addFeatures(features)


def test_an_old_datum_asks_for_its_parameters(wizard, tmp_path):
    from qgis.core import QgsCoordinateReferenceSystem

    give(wizard, messy.shapefile(tmp_path, epsg=4547))
    go(wizard, CRS)
    wizard.crs.other_crs.setCrs(QgsCoordinateReferenceSystem("EPSG:2383"))
    assert wizard.crs.other.isChecked()
    assert wizard.crs.shift.isVisibleTo(wizard.crs)
    assert not next_enabled(wizard)
    assert "seven parameters" in wizard.crs.map.said.text()
    for edit, number in zip(wizard.crs.parameters, ("24", "-123", "-94", "0.02", "-0.25", "-0.13", "1.1")):
        edit.setText(number)
    assert wizard.state.choice.shift == (24.0, -123.0, -94.0, 0.02, -0.25, -0.13, 1.1)
    assert next_enabled(wizard)
    wizard.crs.swap.setChecked(True)
    assert wizard.state.choice.swap


def test_words_outside_a_domain_are_mapped_and_kept_in_a_template(wizard, city, tmp_path):
    path = tmp_path / "plots.geojson"
    path.write_text(
        '{"type":"FeatureCollection","features":['
        + ",".join(
            f'{{"type":"Feature","properties":{{"名称":"地块{k}","名录状态":"{word}"}},"geometry":{{"type":"Polygon",'
            f'"coordinates":[[[112.6{k},35.1],[112.6{k}5,35.1],[112.6{k}5,35.105],[112.6{k},35.1]]]}}}}'
            for k, word in enumerate(("已调查", "没听过", "没听过"))
        )
        + "]}",
        encoding="utf-8",
    )
    give(wizard, path)
    go(wizard, CRS)
    if wizard.state.choice is None:
        pick(wizard, "EPSG:4490")
    go(wizard, FIELDS)
    wizard.fields.choose("contaminated_plot")
    assert wizard.state.mapping.fields["register_state"].values == {"已调查": "surveyed"}
    go(wizard, CHECK)
    assert wizard.check.loaded.outside == {("register_state", "没听过"): 2}
    assert wizard.check.loaded.loaded == 1
    assert wizard.check.outside.topLevelItemCount() == 1
    assert wizard.check.rejects.topLevelItemCount() == 2
    wizard.check.rejects.setCurrentItem(wizard.check.rejects.topLevelItem(1))
    assert "没听过" in wizard.check.map.said.text()
    assert wizard.check.map.canvas.extent().width() < 5000  # metres: close to the plot, not the whole city
    wizard.check.map_words.emit("register_state")
    assert wizard.currentId() == FIELDS
    wizard.fields.values.set_code("没听过", "suspected")
    assert wizard.state.mapping.fields["register_state"].values["没听过"] == "suspected"
    template = tmp_path / "plots.yaml"
    wizard.fields.save_template(template)
    wizard.fields.choose("planned_parcel")
    assert wizard.state.mapping.layer == "planned_parcel"
    wizard.fields.load_template(template)
    assert wizard.state.mapping.layer == "contaminated_plot"
    assert wizard.state.mapping.fields["register_state"].values["没听过"] == "suspected"
    go(wizard, CHECK)
    assert wizard.check.loaded.loaded == 3
    go(wizard, RUN)
    assert len(rows(city, "contaminated_plot")) == 3


def test_the_same_file_again_meets_itself(wizard, city, tmp_path):
    path = tmp_path / "界址点.txt"
    path.write_text(messy.boundary_txt(), encoding="gb18030")
    give(wizard, path)
    go(wizard, CRS)
    go(wizard, FIELDS)
    wizard.fields.choose("contaminated_plot")
    wizard.fields.map_column("name", "plot_name")
    wizard.fields.set_fixed("register_state", "surveyed")
    go(wizard, CHECK)
    go(wizard, RUN)
    wizard.restart()
    wait_until(lambda: wizard.state.peek is not None)
    go(wizard, CRS)
    go(wizard, FIELDS)
    wizard.next()
    wait_until(lambda: wizard.check.loaded is not None)
    assert wizard.check.loaded.rejected == 4
    assert not wizard.check.isComplete()
    assert "No row" in wizard.check.hint.text()
    wizard.check.conflict.setCurrentIndex(1)
    wizard.check.conflict.activated.emit(1)
    wait_until(lambda: wizard.check.loaded is not None)
    assert wizard.check.loaded.skipped == 4
    assert len(rows(city, "contaminated_plot")) == 4


def test_several_files_go_one_after_the_other(wizard, city, tmp_path):
    paths = []
    for k in range(2):
        folder = tmp_path / f"part{k}"
        folder.mkdir()
        path = folder / f"part{k}.txt"
        text = messy.boundary_txt() if k == 0 else messy.boundary_txt().replace("3885", "3886")
        path.write_text(text, encoding="gb18030")
        paths.append(path)
    give(wizard, *paths)
    assert wizard.files.waiting() == [str(path) for path in paths]
    go(wizard, CRS)
    go(wizard, FIELDS)
    wizard.fields.choose("contaminated_plot")
    wizard.fields.map_column("name", "plot_name")
    wizard.fields.set_fixed("register_state", "surveyed")
    go(wizard, CHECK)
    go(wizard, RUN)
    assert wizard.files.waiting() == [str(paths[1])]
    assert wizard.run.again.isVisibleTo(wizard.run)
    wizard.run.again.click()
    wait_until(lambda: wizard.state.peek is not None and wizard.state.path == str(paths[1]))
    go(wizard, CRS)
    go(wizard, FIELDS)
    # Like the file before, shown and free to be changed.
    assert wizard.state.mapping.layer == "contaminated_plot"
    assert wizard.state.mapping.constants["register_state"] == "surveyed"


def test_files_are_dropped_and_side_files_are_their_shapefile(wizard, tmp_path):
    from qgis.PyQt.QtCore import QPointF, Qt
    from qgis.PyQt.QtGui import QDropEvent

    path = messy.shapefile(tmp_path, epsg=4490, prj="")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path.with_suffix(suffix))) for suffix in (".dbf", ".shp", ".shx")])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    wizard.files.files.dropEvent(event)
    wait_until(lambda: wizard.state.peek is not None)
    assert wizard.files.paths() == [str(path)]


def test_what_cannot_be_read_is_told_and_stops_there(wizard, tmp_path):
    path = tmp_path / "map.dwg"
    path.write_bytes(b"AC1027" + bytes(100))
    wizard.files.add([str(path)])
    wait_until(lambda: bool(wizard.files.bar.items()))
    assert not next_enabled(wizard)


def test_a_cancelled_import_writes_nothing(wizard, city, tmp_path, monkeypatch):
    from envzones.plugin.engine.progress import report
    from envzones.plugin.project import import_state

    path = tmp_path / "界址点.txt"
    path.write_text(messy.boundary_txt(), encoding="gb18030")
    give(wizard, path)
    go(wizard, CRS)
    go(wizard, FIELDS)
    wizard.fields.choose("contaminated_plot")
    wizard.fields.map_column("name", "plot_name")
    wizard.fields.set_fixed("register_state", "surveyed")
    go(wizard, CHECK)

    def slow(_job, _rejects, progress, *, dry_run=False):
        import time

        for step in range(1000):
            report(progress, step / 1000)
            time.sleep(0.02)

    monkeypatch.setattr(import_state.Job, "run", slow)
    wizard.next()
    wait_until(lambda: wizard.run.bar.value() > 0)
    assert wizard.run.busy
    import time

    began = time.monotonic()
    wizard.run.stop.click()
    wait_until(lambda: not wizard.run.busy, 2.0)
    assert time.monotonic() - began < 1.0
    assert wizard.run.loaded is None
    assert len(rows(city, "contaminated_plot")) == 0
    assert wizard.run.again.isVisibleTo(wizard.run)


def test_the_export_dialog_begins_with_the_chosen_layer(window, city):
    from envzones.plugin.gui.export_layers import parameters
    from envzones.plugin.project import source

    assert parameters(window) == {}
    layer = source.map_layers(QgsProject.instance(), city)["outfall"]
    window.activeLayer = lambda: layer
    assert parameters(window) == {"LAYERS": [layer.id()]}


def test_it_closes_with_the_project_and_without_traces(window, city):
    from envzones.plugin.gui.import_wizard import ImportWizard, open_wizard

    one = open_wizard(window)
    QgsProject.instance().clear()
    settle()
    assert sip.isdeleted(one) or not one.isVisible()
    assert not [w for w in window.window.findChildren(ImportWizard) if w.isVisible()]
    assert open_wizard(window) is None
    assert window.said


def test_it_fits_a_small_screen_and_every_control_is_named(wizard, tmp_path):
    from qgis.PyQt.QtWidgets import QComboBox, QLineEdit, QPushButton, QToolButton

    path = messy.shapefile(tmp_path, epsg=4547)
    give(wizard, path)
    assert wizard.minimumSizeHint().height() <= 700
    assert wizard.minimumSizeHint().width() <= 1366
    for page in (wizard.files, wizard.crs, wizard.check, wizard.run):
        for kind in (QComboBox, QPushButton, QToolButton):
            for widget in page.findChildren(kind):
                ours = widget.objectName().startswith("EnvZones")
                assert not ours or widget.toolTip() or getattr(widget, "text", lambda: "")(), widget.objectName()
    assert wizard.crs.parameters[0].toolTip()
    assert isinstance(wizard.crs.parameters[0], QLineEdit)
