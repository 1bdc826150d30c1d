"""Internal use or the public: asked once, remembered with the project, changed on request, entered by keys."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
from qgis.core import QgsProject, QgsSettings
from qgis.PyQt.QtCore import QPoint, Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QApplication,
    QComboBox,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
)

from envzones.plugin.engine.publication import Publication
from envzones.plugin.gui import publication_dialog as dialogs
from envzones.plugin.project import publication as kept

_spec = importlib.util.spec_from_file_location("window", Path(__file__).with_name("window.py"))
_window = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_window)
settle = _window.settle
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qgis_app):
    one = _window.Window()
    one.window.show()
    yield one
    one.window.close()
    one.window.deleteLater()
    settle()


@pytest.fixture(autouse=True)
def fresh_profile(qgis_app):
    for key in (kept.USUAL_OFFICE, kept.USUAL_DECIMALS):
        QgsSettings().remove(key)
    yield
    for key in (kept.USUAL_OFFICE, kept.USUAL_DECIMALS):
        QgsSettings().remove(key)


def drive(*steps):
    """Let the next modal dialog be used: each step gets it."""
    seen = []

    def act():
        dialog = QApplication.activeModalWidget()
        if dialog is None:
            QTimer.singleShot(20, act)
            return
        seen.append(dialog)
        for step in steps:
            step(dialog)

    QTimer.singleShot(0, act)
    return seen


def press(button):
    return lambda dialog: QTest.mouseClick(dialog.findChild(QDialogButtonBox).button(button), LEFT)


OK, CANCEL = (press(getattr(QDialogButtonBox.StandardButton, name)) for name in ("Ok", "Cancel"))


def pick(name):
    def step(dialog):
        button = dialog.findChild(QRadioButton, name)
        QTest.mouseClick(button, LEFT, pos=QPoint(8, button.height() // 2))

    return step


def enter(kind, name, text):
    def step(dialog):
        field = dialog.findChild(kind, name)
        field = field.lineEdit() if kind is QComboBox else field
        field.selectAll()
        if text.isascii():
            QTest.keyClicks(field, text)
        else:  # no keyboard has these keys
            QApplication.clipboard().setText(text)
            QTest.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)

    return step


def test_it_is_asked_once_and_stays_with_the_project(window, clean_project, tmp_path):
    seen = drive(enter(QComboBox, "EnvZonesClassification", "秘密"), enter(QLineEdit, "EnvZonesOffice", "示例市 环境局"), OK)
    found = dialogs.ask(window, clean_project)
    assert found == Publication(classification="秘密", office="示例市 环境局") and len(seen) == 1
    assert found.marks("zh") == ["内部资料", "密级：秘密"]
    # A second export asks nobody.
    assert dialogs.ask(window, clean_project) == found and QApplication.activeModalWidget() is None
    assert clean_project.write(str(tmp_path / "p.qgz"))
    clean_project.clear()
    assert kept.stored(clean_project) is None
    # The next project begins with the office, and is asked.
    offices = []
    drive(lambda dialog: offices.append(dialog.findChild(QLineEdit, "EnvZonesOffice").text()), CANCEL)
    assert dialogs.ask(window, clean_project) is None and kept.stored(clean_project) is None
    assert offices == ["示例市 环境局"]
    assert clean_project.read(str(tmp_path / "p.qgz"))
    assert dialogs.ask(window, clean_project) == found


def test_the_public_is_asked_for_the_approval_number(window, clean_project):
    said = {}

    def look(dialog):
        said["pending"] = dialog.findChild(QLabel, "EnvZonesPublicationWarning").text()
        said["meaning"] = dialog.findChild(QLabel, "EnvZonesPublicationMeaning").text()
        said["shut"] = not dialog.findChild(QComboBox, "EnvZonesClassification").isEnabled()

    def given(dialog):
        said["given"] = dialog.findChild(QLabel, "EnvZonesPublicationWarning").text()

    drive(pick("EnvZonesPublic"), look, enter(QLineEdit, "EnvZonesApproval", "GS(2019)1234"), given, OK)
    found = dialogs.ask(window, clean_project)
    assert found.public and found.approval_no == "GS(2019)1234" and said["shut"]
    assert "pending" in said["pending"] and said["given"] == "" and "left out" in said["meaning"]
    assert found.hides("water_intake") and found.marks("zh") == ["审图号：GS(2019)1234"]


def test_empty_approval_number_is_allowed_with_a_warning(window, clean_project):
    drive(pick("EnvZonesPublic"), OK)
    found = dialogs.ask(window, clean_project)
    assert found.public and "待取得" in found.marks("zh")[0]


@pytest.mark.parametrize("typed", ["待定", "x" * 90 + "1"])
def test_what_cannot_be_printed_is_refused(window, clean_project, typed):
    said = []
    drive(
        pick("EnvZonesPublic"), enter(QLineEdit, "EnvZonesApproval", typed), OK,
        lambda dialog: said.append((dialog.isVisible(), dialog.findChild(QLabel, "EnvZonesPublicationWarning").text())), CANCEL,
    )  # fmt: skip
    assert dialogs.ask(window, clean_project) is None
    assert said[0][0] and ("digits" in said[0][1] or "80 characters" in said[0][1])
    assert kept.stored(clean_project) is None


def test_the_line_of_an_export_dialog_changes_it(window, clean_project):
    kept.remember(clean_project, Publication(classification="内部"))
    line = dialogs.PublicationLine(clean_project, window.window)
    line.show()
    told = []
    line.changed.connect(lambda: told.append(line.publication))
    words = line.findChild(QLabel, "EnvZonesPublicationWords")
    assert words.text() == "internal use · 内部"
    drive(CANCEL)
    QTest.mouseClick(line.findChild(QPushButton, "EnvZonesPublicationChange"), LEFT)
    assert told == [] and words.text() == "internal use · 内部"
    drive(pick("EnvZonesPublic"), OK)
    QTest.mouseClick(line.findChild(QPushButton, "EnvZonesPublicationChange"), LEFT)
    assert told[0].public and words.text() == "the public · approval number pending"
    assert kept.stored(clean_project).public
    line.deleteLater()


def test_own_layer_files_hide_too(clean_project, monkeypatch, tmp_path):
    from envzones.plugin import paths

    shipped = paths.RESOURCES.parent / "layers"
    source = next(shipped.rglob("outfall.yaml"))
    text = re.sub(r"(?m)^public_coordinates:.*\n", "", source.read_text(encoding="utf-8"))
    text += "\npublic_coordinates: hidden\n"
    own = tmp_path / "layers" / source.relative_to(shipped)
    own.parent.mkdir(parents=True)
    own.write_text(text, encoding="utf-8")
    assert not Publication("public").hides("outfall")
    monkeypatch.setattr(paths, "user_folder", lambda: tmp_path)
    kept.remember(clean_project, Publication("public"))
    assert kept.stored(clean_project).hides("outfall") and kept.stored(clean_project).hides("water_intake")
    assert kept.stored(QgsProject.instance()) == kept.stored(clean_project)


@pytest.mark.parametrize(("decimals", "said"), [(0, "about 111 km"), (2, "about 1 km"), (3, "about 100 m"), (4, "about 10 m"), (6, "about 0.1 m")])
def test_rounding_is_told_in_metres(decimals, said):
    assert kept.rounding(decimals) == said
