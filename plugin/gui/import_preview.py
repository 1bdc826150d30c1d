"""The wizard's map: a file's features as they would lie under a reading, above the areas and rivers of the one map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import QgsProject, QgsRectangle
from qgis.gui import QgsMapCanvas, QgsMapToolPan
from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from ..project import import_layers
from ..texts import tr
from . import edit_show

if TYPE_CHECKING:
    import geopandas as gpd
    from qgis.core import QgsGeometry, QgsVectorLayer


class PreviewMap(QWidget):
    """A map of its own, with buttons to see the features, the one map, or both."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = QgsMapCanvas(self)
        self.canvas.setObjectName("EnvZonesImportMap")
        self.canvas.setCanvasColor(Qt.GlobalColor.white)
        self.canvas.enableAntiAliasing(True)
        self.canvas.setMinimumSize(260, 200)
        self.canvas.setAccessibleName(tr("Preview map"))
        self._pan = QgsMapToolPan(self.canvas)
        self.canvas.setMapTool(self._pan)
        self._drawn = import_layers.drawing_layers()
        self._ground: list[QgsVectorLayer] = []
        self._box = QgsRectangle()
        self._marks = edit_show.Marks(self.canvas)
        self.said = QLabel()
        self.said.setObjectName("EnvZonesImportPlace")
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.RichText)
        self.said.setMinimumHeight(2 * self.said.fontMetrics().lineSpacing() + 4)
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop)
        row = QHBoxLayout()
        self.buttons: dict[str, QToolButton] = {}
        for name, title, tip, slot in (
            ("features", tr("The File"), tr("Show the file's features"), self.to_features),
            ("map", tr("One Map"), tr("Show the one map's area"), self.to_ground),
            ("both", tr("Both"), tr("Show the features and the one map together"), self.to_both),
        ):
            button = QToolButton()
            button.setObjectName(f"EnvZonesImportZoom_{name}")
            button.setText(title)
            button.setToolTip(tip)
            button.clicked.connect(lambda _=False, go=slot: go())
            row.addWidget(button)
            self.buttons[name] = button
        row.insertWidget(0, QLabel(tr("Zoom to:")))
        row.addStretch(1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.canvas, 1)
        box.addLayout(row)
        box.addWidget(self.said)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size beside a list."""
        return QSize(480, 420)

    def release(self) -> None:
        """Let go of all layers before the widget goes."""
        self._marks.release()
        self.canvas.stopRendering()
        self.canvas.setLayers([])
        self._ground = []

    def set_ground(self, layers: list[QgsVectorLayer]) -> None:
        """Show these layers of the project below."""
        self._ground = layers
        self.canvas.setDestinationCrs(QgsProject.instance().crs())
        if not self.canvas.mapSettings().destinationCrs().isValid():
            self.canvas.setDestinationCrs(import_layers.storage_crs())
        self.canvas.setLayers([*reversed(self._drawn), *layers])

    def show_frame(self, frame: gpd.GeoDataFrame, *, zoom: bool = True) -> None:
        """Show a frame's features, EPSG:4490."""
        self._marks.clear()
        self._box = import_layers.draw(self._drawn, frame)
        for name in ("features", "both"):
            self.buttons[name].setEnabled(bool(len(frame)))
        if zoom:
            self.to_both()
        self.canvas.refresh()

    def show_nothing(self) -> None:
        """Show the one map alone."""
        self._marks.clear()
        self._box = QgsRectangle()
        import_layers.clear(self._drawn)
        for name in ("features", "both"):
            self.buttons[name].setEnabled(False)
        self.to_ground()

    def mark(self, shape: QgsGeometry, crs: Any) -> None:
        """Point out one shape, and go there."""
        self._marks.show([(shape, edit_show.FAULT)], crs)
        self._marks.zoom()

    def count(self) -> int:
        """Return how many features are drawn."""
        return sum(int(layer.featureCount()) for layer in self._drawn)

    def features_box(self) -> QgsRectangle:
        """Return where the features are, in the map's coordinates."""
        # Shapes that lie on one line have an empty box, and one point has none at all.
        if self._box.isNull():
            return QgsRectangle()
        return import_layers.reach(self.canvas.mapSettings().destinationCrs(), self._box)

    def ground_box(self) -> QgsRectangle:
        """Return where the one map is, in the map's coordinates."""
        box = QgsRectangle()
        box.setMinimal()
        for layer in self._ground[-1:]:
            box.combineExtentWith(self.canvas.mapSettings().layerExtentToOutputExtent(layer, layer.extent()))
        return box

    def to_features(self) -> None:
        """Show the features."""
        edit_show.zoom_to(self.canvas, self.features_box())

    def to_ground(self) -> None:
        """Show the one map."""
        edit_show.zoom_to(self.canvas, self.ground_box())

    def to_both(self) -> None:
        """Show the features and the one map together."""
        box = self.ground_box()
        box.combineExtentWith(self.features_box())
        edit_show.zoom_to(self.canvas, box)
