"""Several sites side by side, as a planner compares them: fewer rows, another order, to the place, taken elsewhere."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from qgis.core import QgsGeometry
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QAbstractItemModelTester, QTest
from qgis.PyQt.QtWidgets import QApplication, QCheckBox, QComboBox, QPushButton, QToolTip

_spec = importlib.util.spec_from_file_location("site_world", Path(__file__).with_name("site_world.py"))
_world = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_world)
settle, in_view = _world.settle, _world.in_view
wait_until = _world.wait_until


@pytest.fixture(scope="module")
def checked(qgis_app, onemap, tmp_path_factory, tools):
    return _world.check(onemap, tmp_path_factory.mktemp("checked"), tools)


@pytest.fixture
def window(qgis_app, clean_project):
    one = _world.open_window(clean_project)
    yield one
    _world.close_window(one)


@pytest.fixture
def matrix(window, checked):
    from envzones.plugin.gui.site_matrix import SiteMatrix

    one = SiteMatrix(window)
    one.show_result(checked[0], "zh")
    one.show()
    settle()
    yield one
    one.release()
    one.close()
    one.deleteLater()
    settle()


def answers(checked):
    """Clause and site -> the gravest answer, from the engine's frame."""
    frame = checked[0].findings
    rank = {"hit": 0, "tentative": 1, "not_assessed": 2, "clear": 3, "not_applicable": 4}
    found = {}
    for row in frame.itertuples():
        own = "tentative" if row.status == "hit" and row.tentative else row.status
        key = (row.rulebook, row.clause_id)
        cells = found.setdefault(key, {})
        cells[row.site_id] = min(cells.get(row.site_id, "not_applicable"), own, key=rank.__getitem__)
    return {key: cells for key, cells in found.items() if set(cells.values()) != {"not_applicable"}}


def test_each_clause_has_a_row_and_each_site_a_column(matrix, checked):
    model = matrix.table.model()
    truth = answers(checked)
    assert {(line.rulebook, line.clause_id) for line in model.lines} == set(truth)
    assert model.columnCount() == 3
    assert [model.headerData(k, Qt.Orientation.Horizontal).split("\n")[0] for k in range(3)] == ["甲地块", "乙地块", "丙地块"]
    for row in model.groups():
        assert matrix.table.columnSpan(row, 0) == 3
    names = {"hit": "涉及", "tentative": "涉及(待核实)", "not_assessed": "待核实", "clear": "未涉及", "not_applicable": "–"}
    k = 0
    for row in range(model.rowCount()):
        if row in model.groups():
            continue
        line = model.lines[k]
        k += 1
        for column, site in enumerate("ABC"):
            said = model.index(row, column).data() or "–"
            assert said.split("，")[0] == names[truth[line.rulebook, line.clause_id].get(site, "not_applicable")]
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)


def test_only_differences_and_hide_clear(matrix, checked):
    truth = answers(checked)
    model = matrix.table.model()
    differences = matrix.findChild(QCheckBox, "EnvZonesMatrixDifferences")
    clear = matrix.findChild(QCheckBox, "EnvZonesMatrixHideClear")
    QTest.mouseClick(differences, Qt.MouseButton.LeftButton, pos=QPoint(8, differences.height() // 2))
    assert differences.isChecked()
    full = {key: [cells.get(site, "not_applicable") for site in "ABC"] for key, cells in truth.items()}
    assert {(line.rulebook, line.clause_id) for line in model.lines} == {k for k, v in full.items() if len(set(v)) > 1}
    differences.setChecked(False)
    clear.setChecked(True)
    assert {(line.rulebook, line.clause_id) for line in model.lines} == {
        k for k, v in full.items() if set(v) - {"clear", "not_applicable"}
    }


def test_sites_are_sorted_by_verdict(matrix, checked):
    order = matrix.findChild(QComboBox, "EnvZonesMatrixOrder")
    order.setCurrentIndex(order.findData("verdict"))
    rank = ["pass", "note", "conditional", "restricted", "fail"]
    shown = [rank.index(one["known"]) for one in matrix.table.model().verdicts]
    assert shown == sorted(shown) and len(shown) == 3
    order.setCurrentIndex(order.findData("name"))
    assert [one["site_name"] for one in matrix.table.model().verdicts] == sorted(checked[0].verdicts["site_name"])


def test_a_cell_flies_and_its_tooltip_quotes(matrix, window):
    model = matrix.table.model()
    index = next(
        model.index(row, 0) for row in range(model.rowCount())
        if (model.finding(model.index(row, 0)) or {}).get("zone_id") == "Z1"
    )  # fmt: skip
    row = model.finding(index)
    assert row["quote"] in index.data(Qt.ItemDataRole.ToolTipRole)
    matrix.table.scrollTo(index)
    before = window.canvas.extent()
    QTest.mouseClick(matrix.table.viewport(), Qt.MouseButton.LeftButton, pos=matrix.table.visualRect(index).center())
    assert window.canvas.extent() != before
    assert in_view(window.canvas, QgsGeometry.fromWkt(
        "Polygon ((112.605 35.105, 112.607 35.105, 112.607 35.107, 112.605 35.107, 112.605 35.105))"))  # fmt: skip
    QToolTip.hideText()


def test_the_table_is_copied_for_spreadsheets_and_documents(matrix):
    matrix.table.setFocus()
    QTest.keyClick(matrix.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    data = QApplication.clipboard().mimeData()
    lines = [line.split("\t") for line in data.text().split("\n")]
    assert lines[0][3:] == ["甲地块", "乙地块", "丙地块"]
    assert len(lines) == len(matrix.table.model().lines) + 2 and {len(line) for line in lines} == {6}
    assert data.hasHtml() and data.html().count("<tr>") == len(lines)


def test_the_table_is_written_as_a_workbook(matrix, tmp_path, monkeypatch, window, clean_project):
    import openpyxl

    from envzones.plugin.engine.publication import Publication
    from envzones.plugin.gui import site_matrix
    from envzones.plugin.project import publication

    publication.remember(clean_project, Publication(classification="秘密"))
    told = []
    monkeypatch.setattr(site_matrix, "say", lambda _iface, words, level: told.append((words, level)))
    monkeypatch.setattr(
        site_matrix.QFileDialog, "getSaveFileName", staticmethod(lambda *_: (str(tmp_path / "比选"), ""))
    )
    QTest.mouseClick(matrix.findChild(QPushButton, "EnvZonesMatrixExport"), Qt.MouseButton.LeftButton)
    wait_until(lambda: told)
    sheet = openpyxl.load_workbook(tmp_path / "比选.xlsx").active
    values = [cell.value for row in sheet.iter_rows() for cell in row]
    assert {"甲地块", "乙地块", "丙地块"} <= set(values) and told[0][1] == "success"
    assert "密级：秘密" in values


def test_the_dialog_is_not_modal_has_help_and_fits_a_small_screen(matrix):
    from envzones.plugin.gui import help as helping

    assert not matrix.isModal() and matrix.isSizeGripEnabled()
    size = matrix.minimumSizeHint()
    assert size.width() <= 1300 and size.height() <= 700
    button = matrix.findChild(QPushButton, helping.NAME)
    assert button is not None and button.property(helping.PROPERTY) == "matrix"
