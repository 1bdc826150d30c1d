"""Help: every dialog, panel and page of ours has its button, F1 presses it, and it opens the right page."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import pkgutil
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from qgis.core import QgsApplication, QgsFeature, QgsGeometry, QgsVectorLayer
from qgis.gui import QgsDockWidget, QgsOptionsPageWidget
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QAction,
    QDialog,
    QDialogButtonBox,
    QDockWidget,
    QLineEdit,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

import envzones.plugin.gui as gui
from envzones.plugin.gui import help as help_
from envzones.plugin.gui.desk_page import Page
from envzones.plugin.project import guide

ROOT = Path(__file__).resolve().parents[2]
KINDS = (QDialog, QgsDockWidget, QgsOptionsPageWidget, Page)
CALLS = ("help_button", "add_help", "add_wizard_help")
#: Which need no button of their own, and why.
WITHOUT = {
    "Page": "what the pages have in common",
    "EnvZonesDesk": "each of its pages has one, and the empty desk offers the guide",
}


def _load(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


class Ids(HTMLParser):
    """The anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.ids |= {value for name, value in attributes if name == "id"}


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """The guide as `make setup` builds it, in a folder of the test's own."""
    build_guide = _load(ROOT / "docs" / "build_guide.py")
    folder = tmp_path_factory.mktemp("指南 guide") / "help"
    files = build_guide.build(
        build_guide.read(ROOT / "docs" / "guide", ".md"), build_guide.read(ROOT / "docs" / "img", ".png")
    )
    build_guide.write(files, folder)
    return folder


@pytest.fixture
def opened(built, monkeypatch) -> list:
    """What the help opens, instead of a browser."""
    addresses: list = []
    monkeypatch.setattr(guide, "FOLDER", built)
    monkeypatch.setattr(
        help_.QDesktopServices, "openUrl", staticmethod(lambda address: addresses.append(address) or True)
    )
    return addresses


def anchors(built: Path, page: str) -> set[str]:
    return Ids((built / "en" / f"{page}.html").read_text(encoding="utf-8")).ids


# --- opening ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_page_opens_in_the_users_language(opened, built, monkeypatch, lang):
    monkeypatch.setattr(guide, "language", lambda: lang)
    for page in guide.PAGES:
        help_.open_help(page)
        assert Path(opened[-1].toLocalFile()) == built / lang / f"{page}.html"
        assert opened[-1].isLocalFile()
    help_.open_help("processing#sitingcheck")
    assert opened[-1].fragment() == "sitingcheck"
    assert Path(opened[-1].toLocalFile()).is_file()


def test_a_guide_that_is_not_there_is_told(monkeypatch, tmp_path, qgis_app):
    said = []
    monkeypatch.setattr(guide, "FOLDER", tmp_path / "none")
    monkeypatch.setattr(help_.QMessageBox, "information", lambda _parent, _title, text: said.append(text))
    help_.open_help("site")
    assert len(said) == 1
    assert str(tmp_path / "none") in said[0]


def test_a_system_without_a_browser_is_told(opened, built, monkeypatch):
    said = []
    monkeypatch.setattr(help_.QDesktopServices, "openUrl", staticmethod(lambda _address: False))
    monkeypatch.setattr(help_.QMessageBox, "information", lambda _parent, _title, text: said.append(text))
    help_.open_help("site")
    assert len(said) == 1
    assert "site.html" in said[0]


def test_the_other_language_serves_where_a_page_is_missing(built, monkeypatch, tmp_path):
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "site.html").write_text("here", encoding="utf-8")
    monkeypatch.setattr(guide, "FOLDER", tmp_path)
    assert guide.page_file("site", "zh") == tmp_path / "en" / "site.html"
    assert guide.page_file("map", "zh") is None
    assert guide.page_file("../en/site", "zh") is None


# --- F1 -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def window(qgis_app):
    """A main window whose own F1 is a shortcut, as QGIS's is."""
    one = QMainWindow()
    own = QAction("Help Contents", one)
    own.setShortcut("F1")
    one.addAction(own)
    one.pressed = []
    own.triggered.connect(lambda: one.pressed.append("own"))
    one.setCentralWidget(QLineEdit())
    one.show()
    yield one
    one.close()
    one.deleteLater()


def test_f1_in_a_dialog_presses_its_button(opened, window):
    dialog = QDialog(window)
    box = QVBoxLayout(dialog)
    edit = QLineEdit()
    box.addWidget(edit)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok)
    button = help_.add_help(buttons, "new-project")
    box.addWidget(buttons)
    dialog.show()
    QTest.keyClick(edit, Qt.Key.Key_F1)
    assert [Path(one.toLocalFile()).stem for one in opened] == ["new-project"]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert len(opened) == 2
    QTest.keyClick(edit, Qt.Key.Key_F1, Qt.KeyboardModifier.ControlModifier)
    assert len(opened) == 2
    dialog.close()


def test_f1_in_a_panel_is_the_panels_and_elsewhere_qgis(opened, window):
    dock = QDockWidget("panel", window)
    inside = QWidget()
    box = QVBoxLayout(inside)
    edit = QLineEdit()
    box.addWidget(edit)
    box.addWidget(help_.help_button("editing#history"))
    dock.setWidget(inside)
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    dock.show()
    window.activateWindow()
    edit.setFocus()
    QgsApplication.processEvents()
    # As the window system sends keys: shortcuts are asked first.
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_F1)
    assert [one.fragment() for one in opened] == ["history"]
    assert window.pressed == []
    window.centralWidget().setFocus()
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_F1)
    assert window.pressed == ["own"]
    assert len(opened) == 1


# --- every dialog, panel and page ----------------------------------------------------------------------------------


def our_windows() -> dict[str, type]:
    """Every dialog, wizard, panel and page that the plugin defines."""
    found = {}
    for module in pkgutil.iter_modules(gui.__path__):
        loaded = importlib.import_module(f"{gui.__name__}.{module.name}")
        for name, one in vars(loaded).items():
            if inspect.isclass(one) and one.__module__ == loaded.__name__ and issubclass(one, KINDS):
                found[name] = one
    return found


def pages_named(tree: ast.AST) -> list[ast.Call]:
    """The calls in a piece of source that make a help button."""
    return [
        node for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in CALLS
    ]  # fmt: skip


def test_every_window_of_ours_has_a_help_button(qgis_app, qgis_processing):
    found = our_windows()
    assert {"NewProjectDialog", "SharedMapDialog", "ImportWizard", "LifeDialog", "MergeDialog", "ConflictDialog"} <= set(found)
    lacking = []
    for name, one in found.items():
        if name in WITHOUT:
            continue
        # A class may leave its widgets to helpers of its module.
        if not pages_named(ast.parse(Path(inspect.getsourcefile(one)).read_text(encoding="utf-8"))):
            lacking.append(name)
    assert lacking == []


def test_every_help_button_leads_to_a_page_and_a_heading_that_are_there(built):
    asked = []
    for path in sorted((ROOT / "plugin").rglob("*.py")):
        for call in pages_named(ast.parse(path.read_text(encoding="utf-8"))):
            for one in ast.walk(call):
                if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value.partition("#")[0] in guide.PAGES:
                    asked.append((path.name, one.value))
    assert len(asked) >= 8
    for where, wanted in asked:
        page, _, anchor = wanted.partition("#")
        for lang in ("zh", "en"):
            ids = Ids((built / lang / f"{page}.html").read_text(encoding="utf-8")).ids
            assert not anchor or anchor in ids, (where, wanted, lang)


def test_each_step_of_the_import_has_its_heading(built):
    from envzones.plugin.gui import import_wizard

    assert set(import_wizard._HELP) <= anchors(built, "import")


@pytest.fixture
def zones(qgis_app):
    layer = QgsVectorLayer("Polygon?crs=EPSG:4490&field=fid:integer&field=name:string&field=level:string", "zones", "memory")
    for k, level in enumerate(("primary", "secondary")):
        feature = QgsFeature(layer.fields())
        feature.setAttributes([k, f"Z{k}", level])
        feature.setGeometry(QgsGeometry.fromWkt(f"Polygon (({k} 0, {k + 1} 0, {k + 1} 1, {k} 1, {k} 0))"))
        layer.dataProvider().addFeatures([feature])
    layer.selectAll()
    return layer


def test_dialogs_open_their_page_by_click_and_by_f1(opened, zones, qgis_app):
    from envzones.plugin.gui.connect import SharedMapDialog
    from envzones.plugin.gui.edit_life import LifeDialog
    from envzones.plugin.gui.edit_merge import MergeDialog
    from envzones.plugin.gui.new_project import NewProjectDialog

    for dialog, wanted in (
        (NewProjectDialog(), "new-project"), (SharedMapDialog(), "shared-map"), (MergeDialog(zones), "editing#merge"),
        (LifeDialog(zones, "cancel"), "editing#life"),
    ):  # fmt: skip
        dialog.show()
        button = dialog.findChild(QWidget, help_.NAME)
        assert button.isVisible()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        QTest.keyClick(dialog, Qt.Key.Key_F1)
        said = [f"{Path(one.toLocalFile()).stem}#{one.fragment()}".rstrip("#") for one in opened]
        assert said == [wanted, wanted]
        opened.clear()
        dialog.close()
        dialog.deleteLater()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_guide_lists_the_shortcuts_that_there_are(lang):
    from envzones.plugin.gui.locator import PREFIX
    from envzones.plugin.gui.shortcuts import DEFAULTS

    text = (ROOT / "docs" / "guide" / lang / "searching.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| (Ctrl\+Alt\+\w) \|", text, re.MULTILINE)) == set(DEFAULTS.values())
    assert f"`{PREFIX}`" in text


def test_algorithms_lead_to_their_entry(opened, built, provider):
    headings = {lang: Ids((built / lang / "processing.html").read_text(encoding="utf-8")).ids for lang in ("zh", "en")}
    from envzones.plugin.processing.base import EnvZonesAlgorithm

    ours = [one for one in provider.algorithms() if isinstance(one, EnvZonesAlgorithm)]
    assert len(ours) >= 19
    for algorithm in ours:
        address = algorithm.helpUrl()
        assert address.startswith("file:///")
        assert address.endswith(f"processing.html#{algorithm.name()}")
        for lang in ("zh", "en"):
            assert algorithm.name() in headings[lang]
