"""Pictures of what lies around the desk: search bar, menu of the map, toolbox, styles, options and settings."""

from __future__ import annotations

from collections.abc import Callable

from qgis.PyQt.QtCore import QPoint, QRect, QSize, Qt, QTimer
from qgis.PyQt.QtGui import QPainter
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QDockWidget, QLineEdit, QTabWidget, QTreeView, QWidget
from qgis.utils import iface, plugins
from screenshots_window import OUT, PROJECT, desk, fold, go, hidden, layer, need, pixel, rest, shoot, wait

#: North-east of the city, where rivers, zones, roads and a plant meet.
_BUSY = (112.50, 35.03, 112.78, 35.19)


def around() -> None:
    """Take them all."""
    styles()
    locator()
    identify()
    toolbox()
    options()
    project_settings()


def options() -> None:
    """Show our page of QGIS's options."""
    taken: list[bool] = []

    def take() -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is None:
            return
        try:
            page = dialog.findChild(QWidget, "EnvZonesOptions")
            dialog.resize(1000, 660)
            if page is not None and wait(page.isVisible, 20):
                # Not the folder of the machine that takes the pictures.
                page.findChild(QLineEdit, "EnvZonesOwnFolder").setText("~/.local/share/QGIS/QGIS3/profiles/default/envzones")
                wait(lambda: False, 3.0)
                taken.append(dialog.grab().save(str(OUT / "options.png")))
        finally:
            dialog.reject()

    QTimer.singleShot(1500, take)
    iface.showOptionsDialog(iface.mainWindow(), "EnvZones")
    need(lambda: bool(taken), 10, "the options")


def project_settings() -> None:
    """Show the settings of the project."""
    from envzones.plugin.gui.project_settings import ProjectSettingsDialog

    window = ProjectSettingsDialog(plugins["envzones"]._state, iface.mainWindow())
    window.resize(640, 500)
    window.show()
    window.findChild(QTabWidget).setCurrentIndex(2)
    rest(3.0)
    shoot(window, "project-settings.png")
    window.reject()


def styles() -> None:
    """Show zones of many themes beside their legends, without the desk and without results."""
    desk().close()
    with hidden():
        fold("drinking_water_zone")
        root = PROJECT.layerTreeRoot()
        for table in ("black_odorous_water", "mine_site", "contaminated_plot", "machinery_no_go_zone", "monitoring_section"):
            node = root.findLayer(layer(table).id())
            node.parent().setExpanded(True)
            node.setExpanded(True)
        go(*_BUSY)
        rest(2.0)
        shoot(iface.mainWindow(), "styles.png")
        fold()
    desk()
    rest()


def locator() -> None:
    """Search for a place in QGIS's search bar."""
    window = iface.mainWindow()
    bar = next(one for one in window.findChildren(QWidget) if one.inherits("QgsLocatorWidget"))
    edit = bar.findChild(QLineEdit)
    edit.setFocus()
    found = next(one for one in window.findChildren(QTreeView) if one.inherits("QgsLocatorResultsView"))
    for _ in range(10):
        edit.clear()
        QTest.keyClicks(edit, "env ")
        # An input method hands Chinese over whole.
        edit.insert("五龙口")
        # The first search has the map indexed.
        if wait(lambda: found.isVisible() and found.model().rowCount() > 2, 5):
            break
    need(lambda: found.model().rowCount() > 2, 1, "results of the search")
    rest(1.0)
    at = found.mapTo(window, QPoint(0, 0))
    height = window.height() - at.y() + 12
    shoot(window, "locator.png", QRect(0, window.height() - height, min(at.x() + found.width() + 160, window.width()), height))
    edit.clear()
    iface.mapCanvas().setFocus()
    rest()
    # Without a window manager nothing tells the list that the focus went.
    found.parentWidget().hide()


def identify() -> None:
    """Open the menu of the map."""
    with hidden():
        go(*_BUSY)
        spot = pixel(112.68, 35.15)
        viewport = iface.mapCanvas().viewport()

        def ask() -> None:
            QTest.mouseClick(viewport, Qt.MouseButton.RightButton, pos=spot)

        with_menu(ask, "identify.png", QRect(viewport.mapTo(iface.mainWindow(), spot) - QPoint(330, 180), QSize(620, 400)))


def with_menu(ask: Callable[[], None], name: str, crop: QRect) -> None:
    """Take a picture while a menu is open; a menu holds up everything else."""
    window = iface.mainWindow()
    taken: list[bool] = []

    def take() -> None:
        menu = QApplication.activePopupWidget()
        if menu is None:
            return
        picture = window.grab()
        painter = QPainter(picture)
        painter.drawPixmap(window.mapFromGlobal(menu.mapToGlobal(QPoint(0, 0))), menu.grab())
        painter.end()
        taken.append(picture.copy(crop.intersected(window.rect())).save(str(OUT / name)))
        menu.close()

    QTimer.singleShot(1200, take)
    ask()
    wait(lambda: bool(taken), 5)
    if taken != [True]:
        raise RuntimeError(f"there was no menu for {name}")


def toolbox() -> None:
    """Show our algorithms and models in the toolbox."""
    window = iface.mainWindow()
    dock = window.findChild(QDockWidget, "ProcessingToolbox")
    dock.setFloating(True)
    dock.show()
    dock.resize(420, 680)
    tree = next(one for one in dock.findChildren(QTreeView) if one.inherits("QgsProcessingToolboxTreeView"))
    rest(1.0)
    model = tree.model()
    tree.collapseAll()
    for row in range(model.rowCount()):
        index = model.index(row, 0)
        if "EnvZones" in str(index.data()):
            tree.expand(index)
            for child in range(model.rowCount(index)):
                tree.expand(model.index(child, 0, index))
            tree.scrollTo(index, tree.ScrollHint.PositionAtTop)
    rest()
    shoot(dock, "toolbox.png")
    dock.setFloating(False)
    dock.hide()
