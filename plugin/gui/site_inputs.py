"""All ways in which candidate sites come to the desk: the map, layers, files, the clipboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import QgsApplication, QgsFeatureRequest, QgsGeometry, QgsMapLayerProxyModel, QgsVectorLayer
from qgis.gui import QgsMapLayerComboBox
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QMimeData, QObject, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import (
    QAction,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QInputDialog,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from ..bridge import LayerReader, crs_text
from ..engine.errors import EnvZonesError
from ..paths import ICON
from ..project import import_layers, import_source, site_sources
from ..project.import_source import Ground, main_file
from ..texts import language, tr
from .help import add_help
from .site_crs import CrsDialog
from .site_paste import PasteDialog
from .site_tools import PointTool, PolygonTool

if TYPE_CHECKING:
    from typing import Any

    from qgis.gui import QgisInterface

    from ..engine.exchange.model import CrsChoice
    from ..project.candidates import Profile
    from ..project.site_sources import Found, Taken
    from .desk_state import DeskState
    from .running import Running


_ENDS = "*.shp *.gpkg *.kml *.kmz *.ovkml *.geojson *.json *.dxf *.csv *.xlsx *.txt *.zip *.rar *.7z"


class LayerDialog(QDialog):
    """Asks for a layer all of whose features are sites."""

    def __init__(self, layer: QgsVectorLayer | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesSiteLayer")
        self.setWindowTitle(tr("Add a Layer of Sites"))
        self.layers = QgsMapLayerComboBox()
        self.layers.setObjectName("EnvZonesSiteLayers")
        self.layers.setFilters(QgsMapLayerProxyModel.Filter.HasGeometry)
        if layer is not None:
            self.layers.setLayer(layer)
        label = QLabel(tr("&Layer whose features are all sites"))
        label.setBuddy(self.layers)
        hint = QLabel(
            tr("The columns site_id, name, facility_type, nature, accuracy_m and the answers to questions are used.")
        )
        hint.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText(tr("Add"))
        buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(self.layers.count() > 0)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        add_help(buttons, "site")
        box = QVBoxLayout(self)
        for widget in (label, self.layers, hint, buttons):
            box.addWidget(widget)
        self.resize(self.fontMetrics().averageCharWidth() * 65, self.sizeHint().height())


class SiteInputs(QObject):
    """Turns what users point at into sites.

    Signals
    -------
    added : a Taken with new sites
    said : a sentence, and whether something is wrong
    """

    added = pyqtSignal(object)
    said = pyqtSignal(str, bool)

    def __init__(
        self, iface: QgisInterface, state: DeskState, running: Running, profile: Callable[[], Profile],
        next_name: Callable[[], str], parent: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._iface, self._state, self._running = iface, state, running
        self._profile, self._next_name, self._page = profile, next_name, parent
        self._ground: Ground | None = None
        self._ground_of: tuple[Any, ...] = ()
        self._waiting: list[str] = []
        self.dialog: QDialog | None = None
        canvas = iface.mapCanvas()
        self.point_tool, self.polygon_tool = PointTool(canvas), PolygonTool(canvas)
        self.polygon_tool.refused.connect(lambda words: self.said.emit(words, True))
        for tool in (self.point_tool, self.polygon_tool):
            tool.drawn.connect(self._drawn)
        self.actions: dict[str, QAction] = {}
        for name, title, tip, icon, slot in (
            ("point", tr("Click Sites"), tr("Each click on the map is a site"), "mActionCapturePoint.svg", self._point),
            ("polygon", tr("Draw a Site"),
             tr("Draw an area: right click or Enter closes it, Backspace takes a corner back, Esc gives up"),
             "polygon.svg", self._polygon),
            ("selection", tr("Add Selection"), tr("Add the selected features of the active layer"), "selection.svg",
             self.selection),
            ("layer", tr("Add Layer…"), tr("Add all features of a layer"), "mActionAddLayer.svg", self.ask_layer),
            ("file", tr("Add File…"),
             tr("Add the features of a file: shapefile, GeoPackage, KML, GeoJSON, DXF, table, boundary-point TXT, zip;"
                " files can be dropped here too"), "file.svg", self.browse),
            ("paste", tr("Paste Coordinates…"), tr("One coordinate, a table of them, or boundary-point text"),
             "paste.svg", self.paste),
        ):  # fmt: skip
            own = ICON.with_name(icon)
            image = QIcon(str(own)) if own.is_file() else QgsApplication.getThemeIcon(f"/{icon}")
            action = QAction(image, title, self)
            action.setObjectName(f"EnvZonesSiteInput_{name}")
            action.setToolTip(f"<b>{title}</b><br>{tip}")
            action.setStatusTip(tip)
            action.setCheckable(name in ("point", "polygon"))
            action.triggered.connect(lambda _checked=False, slot=slot: slot())
            self.actions[name] = action
        self.point_tool.setAction(self.actions["point"])
        self.polygon_tool.setAction(self.actions["polygon"])

    def release(self) -> None:
        """Let go of the canvas; close what is open."""
        self._waiting = []
        for tool in (self.point_tool, self.polygon_tool):
            tool.release()
        if self.dialog is not None and not sip.isdeleted(self.dialog):
            self.dialog.close()
        self._ground = None

    def ground(self) -> Ground:
        """Return what coordinates are held against; main thread."""
        state = self._state
        wanted = (str(state.path), state.stamp)
        if self._ground is None or self._ground_of != wanted:
            areas = import_layers.areas(state.project, state.path) if state.path is not None else None
            self._ground, self._ground_of = import_source.ground(areas, None), wanted
        return self._ground

    # --- the map ------------------------------------------------------------------------------------------------

    def _point(self) -> None:
        self._take_up(self.point_tool)

    def _polygon(self) -> None:
        self._take_up(self.polygon_tool)

    def _take_up(self, tool: PointTool | PolygonTool) -> None:
        canvas = self._iface.mapCanvas()
        if canvas.mapTool() is tool:
            canvas.unsetMapTool(tool)
        else:
            canvas.setMapTool(tool)
            # Enter, Esc and Backspace come to whoever has the focus.
            canvas.setFocus()

    def _drawn(self, shape: QgsGeometry) -> None:
        crs = crs_text(self._iface.mapCanvas().mapSettings().destinationCrs())
        if crs is None:
            self.said.emit(tr("The map has no coordinate system; set one in the project's properties."), True)
            return
        self._take(lambda: site_sources.from_drawing(bytes(shape.asWkb()), crs, self._next_name(), self._profile()))

    def place(self, longitude: float, latitude: float) -> None:
        """Add a point given in degrees, EPSG:4490."""
        wkb = bytes(QgsGeometry.fromWkt(f"Point ({longitude!r} {latitude!r})").asWkb())
        self._take(lambda: site_sources.from_drawing(wkb, "EPSG:4490", self._next_name(), self._profile()))

    def _take(self, make: Callable[[], Taken]) -> None:
        try:
            self._done(make())
        except EnvZonesError as error:
            self.said.emit(str(error), True)

    def _done(self, taken: Taken) -> None:
        self.added.emit(taken)
        self._go_on()

    def _broke(self, said: str) -> None:
        self.said.emit(said, True)
        self._go_on()

    def _go_on(self) -> None:
        """Take the next of several files, once nobody is asked anything."""
        if self._waiting and not self._running.busy and self.dialog is None:
            self._open_file(self._waiting.pop(0), None)

    # --- layers -------------------------------------------------------------------------------------------------

    def selection(self) -> None:
        """Add the selected features of the active layer."""
        layer = self._iface.activeLayer()
        if not isinstance(layer, QgsVectorLayer) or not layer.isSpatial():
            self.said.emit(tr("Choose a vector layer in the layer tree first, and select features of it."), True)
        elif not layer.selectedFeatureCount():
            self.said.emit(tr("No feature of the layer {layer} is selected.").format(layer=layer.name()), True)
        else:
            self._read(layer, QgsFeatureRequest().setFilterFids(layer.selectedFeatureIds()))

    def ask_layer(self) -> None:
        """Ask for a layer and add it."""
        layer = self._iface.activeLayer() if hasattr(self._iface, "activeLayer") else None
        dialog = LayerDialog(layer if isinstance(layer, QgsVectorLayer) else None, self._page)

        def accepted() -> None:
            chosen = dialog.layers.currentLayer()
            if chosen is not None:
                self.layer(chosen)

        dialog.accepted.connect(accepted)
        self._open(dialog)

    def layer(self, layer: QgsVectorLayer, fids: Sequence[int] | None = None) -> None:
        """Add the features of a layer, all or those of these ids."""
        self._read(layer, None if fids is None else QgsFeatureRequest().setFilterFids(list(fids)))

    def _read(self, layer: QgsVectorLayer, request: QgsFeatureRequest | None) -> None:
        if crs_text(layer.crs()) is None:
            said = tr("The layer {layer} has no coordinate system; set it first.")
            self.said.emit(said.format(layer=layer.name()), True)
            return
        reader, profile = LayerReader(layer, request), self._profile()
        self._running.start(
            tr("Reading {name}").format(name=layer.name()), lambda _progress: site_sources.from_layer(reader, profile),
            self._done, self._broke,
        )  # fmt: skip

    # --- files --------------------------------------------------------------------------------------------------

    def browse(self) -> None:
        """Ask for files and add them."""
        known, every = tr("All that can be read"), tr("All files")
        paths, _ = QFileDialog.getOpenFileNames(
            self._page, tr("Add a File of Sites"), "", f"{known} ({_ENDS});;{every} (*)"
        )
        self.files(paths)

    @staticmethod
    def dropped(data: QMimeData) -> list[str]:
        """Return the files that are dragged, each shapefile once."""
        found = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
        return list(dict.fromkeys(main_file(one) for one in found if one))

    def files(self, paths: Sequence[str]) -> None:
        """Add the features of files, one file after the other."""
        self._waiting.extend(main_file(one) for one in paths)
        self._go_on()

    def _open_file(self, path: str, layer: str | None) -> None:
        ground = self.ground()
        self._running.start(
            tr("Reading {name}").format(name=Path(path).name),
            lambda progress: site_sources.open_file(path, layer, ground, progress), self._opened, self._broke,
            self._waiting.clear,
        )  # fmt: skip

    def _opened(self, found: Found) -> None:
        if found.foreign is None:
            self._ask_which(found)
            return
        choice = site_sources.sure(found.reading)
        if choice is not None:
            self._place(found, choice)
            return
        dialog = CrsDialog(found.foreign, found.reading, self.ground().jurisdiction, self._page)
        dialog.accepted.connect(lambda: self._place(found, dialog.choice()))
        self._open(dialog)

    def _ask_which(self, found: Found) -> None:
        dialog = QInputDialog(self._page)
        dialog.setObjectName("EnvZonesSiteWhich")
        dialog.setWindowTitle(Path(found.path).name)
        dialog.setLabelText(tr("Which of these holds the sites?"))
        dialog.setComboBoxItems([one.name for one in found.layers])
        dialog.textValueSelected.connect(lambda name: self._open_file(found.path, name))
        self._open(dialog)

    def _place(self, found: Found, choice: CrsChoice | None) -> None:
        if found.foreign is None or choice is None:
            return
        try:
            taken = site_sources.from_foreign(found.foreign, choice, self._profile())
        except EnvZonesError as error:
            self._broke(str(error))
            return
        one = next((c for c in found.reading.candidates if c.choice == choice), None) if found.reading else None
        system = choice.crs if one is None else one.zh if language() == "zh" else one.en
        self.said.emit(tr("{file} was read as {system}.").format(file=Path(found.path).name, system=system), False)
        self._done(taken)

    def _open(self, dialog: QDialog) -> None:
        """Show a dialog; the page stays alive behind it."""
        self.dialog = dialog

        def closed(_result: int) -> None:
            self.dialog = None
            dialog.deleteLater()
            # What was answered is heard after this.
            QTimer.singleShot(0, self._go_on)

        dialog.finished.connect(closed)
        dialog.open()

    # --- the clipboard ------------------------------------------------------------------------------------------

    def paste(self) -> None:
        """Ask for coordinates, beginning with the clipboard's."""
        dialog = PasteDialog(self.ground(), self._profile(), self._next_name(), self._page)
        dialog.accepted.connect(lambda: self._done(dialog.taken))
        dialog.take_clipboard()
        self._open(dialog)


