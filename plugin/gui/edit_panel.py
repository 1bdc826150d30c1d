"""The Zone measures panel: area, faults, nesting and neighbours of the zone that is drawn, edited or selected."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsCoordinateTransform,
    QgsFeature,
    QgsGeometry,
    QgsMapLayer,
    QgsPoint,
    QgsPointXY,
    QgsProject,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.gui import QgsDockWidget, QgsMapToolCapture
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QSize, Qt, QTimer
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..project import editing, editing_shapes
from ..texts import tr
from . import edit_show
from .help import help_button

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

#: Milliseconds between two looks while the mouse moves, and the share of the time a look may take.
PAUSE_MS = 40
_SHARE = 2.0
_KEY = Qt.ItemDataRole.UserRole
_POLYGON = QgsWkbTypes.GeometryType.PolygonGeometry
_RED, _GREEN = "#b71c1c", "#1b5e20"


class LivePanel(QgsDockWidget):
    """Follows the canvas's drawing tool, the active layer's edits and its selection."""

    def __init__(self, iface: QgisInterface) -> None:
        super().__init__(tr("Zone Measures"), iface.mainWindow())
        self.setObjectName("EnvZonesLive")
        self._iface = iface
        self._canvas = iface.mapCanvas()
        self._project = QgsProject.instance()
        self._layer: QgsVectorLayer | None = None
        self._around: editing_shapes.Surroundings | None = None
        self._edited: int | None = None
        self._marks = edit_show.Marks(self._canvas)
        #: How long the last look took, seconds.
        self.took = 0.0
        self._build()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.look)
        for signal, slot in self._signals():
            signal.connect(slot)
        self._follow(self._canvas.currentLayer())

    def _signals(self) -> list[tuple[Any, Any]]:
        canvas = self._canvas
        return [
            (canvas.xyCoordinates, self._moved),
            (canvas.mapToolSet, self._later),
            (canvas.currentLayerChanged, self._follow),
            (self._project.crsChanged, self._later),
        ]

    def _layer_signals(self, layer: QgsVectorLayer) -> list[tuple[Any, Any]]:
        return [
            (layer.geometryChanged, self._changed),
            (layer.attributeValueChanged, self._forget_around),
            (layer.featureAdded, self._forget_around),
            (layer.featuresDeleted, self._forget_around),
            (layer.selectionChanged, self._selected),
            (layer.editingStopped, self._stopped),
            (layer.willBeDeleted, self._gone),
        ]

    def release(self) -> None:
        """Let go of the canvas, the project and the layer."""
        self._timer.stop()
        if not sip.isdeleted(self._canvas):
            for signal, slot in self._signals():
                signal.disconnect(slot)
        self._gone()
        self._marks.release()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size for a panel beside the map."""
        return QSize(300, 420)

    # --- widgets ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        page = QWidget()
        box = QVBoxLayout(page)
        self._title = _label("EnvZonesLiveTitle", bold=True)
        row = QHBoxLayout()
        row.addWidget(self._title, 1)
        row.addWidget(help_button("editing#measures"), 0, Qt.AlignmentFlag.AlignTop)
        box.addLayout(row)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        for column, (title, tip) in enumerate(
            ((tr("Ellipsoid"), tr("On the ellipsoid of the layer's coordinate system")),
             (tr("Plane"), tr("In the project's coordinate system"))), start=1,
        ):  # fmt: skip
            head = _label("", bold=True)
            head.setText(title)
            head.setToolTip(tip)
            head.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(head, 0, column)
        self._cells: dict[tuple[str, int], QLabel] = {}
        for row, (name, title) in enumerate(
            (("m2", tr("Area, m²")), ("ha", tr("Area, ha")), ("mu", tr("Area, mu")), ("m", tr("Perimeter, m"))), start=1
        ):
            head = QLabel(title)
            grid.addWidget(head, row, 0)
            for column in (1, 2):
                cell = _label(f"EnvZonesLive_{name}_{column}")
                cell.setAlignment(Qt.AlignmentFlag.AlignRight)
                cell.setWordWrap(False)
                cell.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                grid.addWidget(cell, row, column)
                self._cells[name, column] = cell
        box.addLayout(grid)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        line.setFrameShadow(QFrame.Shadow.Sunken)
        box.addWidget(line)
        self._state = _label("EnvZonesLiveState")
        self._state.linkActivated.connect(self._to_fault)
        box.addWidget(self._state)
        self._nesting = _label("EnvZonesLiveNesting")
        box.addWidget(self._nesting)
        self._tree = QTreeWidget()
        self._tree.setObjectName("EnvZonesLiveBeside")
        self._tree.setRootIsDecorated(False)
        self._tree.setUniformRowHeights(True)
        self._tree.setHeaderLabels([tr("Neighbour"), tr("Overlap or gap")])
        self._tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._tree.header().setStretchLastSection(False)
        self._tree.itemActivated.connect(self._to_neighbour)
        self._tree.itemClicked.connect(self._mark_neighbour)
        box.addWidget(self._tree, 1)
        self.setWidget(page)
        self._fault: QgsPointXY | None = None
        self._beside: list[editing_shapes.Beside] = []

    # --- following ----------------------------------------------------------------------------------------------

    def _follow(self, layer: QgsMapLayer | None) -> None:
        if layer is self._layer and layer is not None:
            return
        self._gone()
        if isinstance(layer, QgsVectorLayer) and layer.isValid() and layer.geometryType() == _POLYGON:
            self._layer = layer
            self._around = editing_shapes.Surroundings(layer, self._project)
            for signal, slot in self._layer_signals(layer):
                signal.connect(slot)
        self._later()

    def _gone(self) -> None:
        layer, self._layer, self._around, self._edited = self._layer, None, None, None
        if layer is not None and not sip.isdeleted(layer):
            for signal, slot in self._layer_signals(layer):
                signal.disconnect(slot)

    def _forget_around(self, *_: Any) -> None:
        if self._around is not None:
            self._around.forget()
        self._later()

    def _changed(self, fid: int, *_: Any) -> None:
        self._edited = fid
        self._forget_around()

    def _selected(self, *_: Any) -> None:
        self._edited = None
        self._later()

    def _stopped(self) -> None:
        self._edited = None
        self._forget_around()

    def _moved(self, *_: Any) -> None:
        if self._drawn() is not None:
            self._later()

    def _later(self, *_: Any) -> None:
        if not self._timer.isActive() and self.isVisible():
            # A large zone may take longer to look at; the mouse must not wait for it.
            self._timer.start(max(PAUSE_MS, int(1000 * self.took * _SHARE)))

    def showEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Catch up when the panel is shown."""
        super().showEvent(event)
        self._follow(self._canvas.currentLayer())
        self._later()

    def hideEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Leave no mark on the map."""
        super().hideEvent(event)
        self._marks.clear()

    # --- what is shown ------------------------------------------------------------------------------------------

    def _drawn(self) -> QgsGeometry | None:
        """Return the polygon that a drawing tool holds, the cursor as its last vertex; None where none is drawn."""
        tool = self._canvas.mapTool()
        if not isinstance(tool, QgsMapToolCapture) or not tool.isCapturing():
            return None
        if tool.mode() != QgsMapToolCapture.CaptureMode.CapturePolygon or self._layer is None:
            return None
        points = list(tool.pointsZM())
        pixel = self._canvas.mouseLastXY()
        if self._canvas.rect().contains(pixel):
            there = QgsCoordinateTransform(
                self._canvas.mapSettings().destinationCrs(), self._layer.crs(), self._project
            )
            cursor = self._canvas.getCoordinateTransform().toMapCoordinates(pixel)
            points.append(QgsPoint(there.transform(cursor)))
        return editing_shapes.polygon_of(points)

    def _subject(self) -> tuple[QgsGeometry, QgsFeature | None] | None:
        """Return the shape to look at and its feature: drawn, last edited, or the one selected."""
        drawn = self._drawn()
        if drawn is not None:
            return drawn, None
        layer = self._layer
        if layer is None:
            return None
        wanted = [self._edited] if self._edited is not None else layer.selectedFeatureIds()
        if len(wanted) != 1:
            return None
        feature = layer.getFeature(wanted[0])
        return (feature.geometry(), feature) if feature.isValid() and feature.hasGeometry() else None

    def look(self) -> None:
        """Measure and show what is drawn, edited or selected now."""
        began = time.perf_counter()
        self._marks.clear()
        self._fault = None
        found = self._subject()
        if found is None or self._layer is None:
            self._show_nothing()
            return
        shape, feature = found
        self._title.setText(self._name(feature))
        self._show_measures(shape)
        broken = editing_shapes.faults(shape)
        self._show_state(shape, broken)
        if broken or shape.isEmpty():
            self._nesting.clear()
            self._show_beside([])
        else:
            fid = None if feature is None else feature.id()
            level, source = (_cell(feature, name) for name in (editing_shapes.LEVEL, editing_shapes.SOURCE))
            self._show_nesting(self._around.nesting(shape, fid, level, source), level)
            meant = not level and editing_shapes.nests(self._layer)
            self._show_beside(self._around.beside(shape, fid, level, source), plain=meant)
        self.took = time.perf_counter() - began

    def _name(self, feature: QgsFeature | None) -> str:
        if feature is None:
            return tr("New zone in {layer}").format(layer=self._layer.name())
        return _cell(feature, "name") or tr("Feature {id} of {layer}").format(id=feature.id(), layer=self._layer.name())

    def _show_nothing(self) -> None:
        self._title.setText(
            tr("Draw, edit or select one zone of the active layer.")
            if self._layer is not None
            else tr("Make a layer of zones active.")
        )
        for cell in self._cells.values():
            cell.setText("—")
        self._state.clear()
        self._nesting.clear()
        self._show_beside([])

    def _show_measures(self, shape: QgsGeometry) -> None:
        if shape.isEmpty():
            for cell in self._cells.values():
                cell.setText("—")
            return
        found = editing_shapes.measure(shape, self._layer.crs(), self._project)
        for column, (area, edge) in enumerate(
            ((found.area, found.perimeter), (found.plane_area, found.plane_perimeter)), start=1
        ):
            known = area is not None
            self._cells["m2", column].setText(f"{area:,.1f}" if known else "—")
            self._cells["ha", column].setText(f"{area / 1e4:,.4f}" if known else "—")
            self._cells["mu", column].setText(f"{area / editing_shapes.MU_M2:,.2f}" if known else "—")
            self._cells["m", column].setText(f"{edge:,.1f}" if edge is not None else "—")

    def _show_state(self, shape: QgsGeometry, broken: list[editing_shapes.Fault]) -> None:
        if shape.isEmpty():
            self._state.setText(tr("Three vertices make a zone."))
            return
        if not broken:
            self._state.setText(_coloured(_GREEN, tr("The shape is valid.")))
            return
        first = broken[0]
        text = _coloured(_RED, first.reason)
        if first.place is not None:
            self._fault = first.place
            text += f" <a href=\"fault\">{tr('Show')}</a>"
            places = [(QgsGeometry.fromPointXY(one.place), edit_show.FAULT) for one in broken if one.place is not None]
            self._marks.show(places, self._layer.crs())
        self._state.setText(text)

    def _show_nesting(self, found: list[editing_shapes.Nesting], level: str) -> None:
        self._nesting.setVisible(bool(level))
        said = []
        for one in found:
            inner, outer = self._level(one.inner), self._level(one.outer)
            if one.state == "inside":
                text = tr("{inner} lies inside {outer} ({name}).").format(inner=inner, outer=outer, name=one.name)
                said.append(_coloured(_GREEN, text))
            elif one.state == "outside":
                text = tr("{inner} lies {n} m² outside {outer} ({name}).").format(
                    inner=inner, outer=outer, name=one.name, n=f"{one.outside_m2:,.1f}"
                )
                said.append(_coloured(_RED, text))
            else:
                said.append(tr("This source has no {outer} yet.").format(outer=outer))
        self._nesting.setText("<br>".join(said))

    def _level(self, code: str) -> str:
        return edit_show.in_words(self._layer, self._layer.fields().indexOf(editing_shapes.LEVEL), code)

    def _show_beside(self, found: list[editing_shapes.Beside], *, plain: bool = False) -> None:
        """List neighbours; `plain` while nobody knows yet whether an overlap is meant."""
        self._beside = found
        self._tree.clear()
        for number, one in enumerate(found):
            amount = (
                tr("overlap {n} m²").format(n=f"{one.overlap_m2:,.1f}")
                if one.overlap_m2
                else tr("gap {n} m").format(n=f"{one.gap_m:,.2f}")
            )
            # The names of zones of one source begin alike.
            name = f"{self._level(one.level)}: {one.name}" if one.level else one.name
            item = QTreeWidgetItem([name, amount])
            item.setData(0, _KEY, number)
            item.setToolTip(0, name)
            if one.overlap_m2 and not plain:
                item.setForeground(1, QColor(_RED))
            item.setTextAlignment(1, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter))
            self._tree.addTopLevelItem(item)

    # --- the map ------------------------------------------------------------------------------------------------

    def _to_fault(self, _link: str) -> None:
        if self._fault is not None and self._layer is not None:
            self._marks.show([(QgsGeometry.fromPointXY(self._fault), edit_show.FAULT)], self._layer.crs())
            self._marks.zoom()

    def _mark_neighbour(self, item: QTreeWidgetItem, _column: int) -> None:
        one = self._beside[item.data(0, _KEY)]
        if one.shape is not None and self._layer is not None:
            self._marks.show([(one.shape, edit_show.FAULT)], self._layer.crs())

    def _to_neighbour(self, item: QTreeWidgetItem, column: int) -> None:
        self._mark_neighbour(item, column)
        self._marks.zoom()


def _cell(feature: QgsFeature | None, name: str) -> str:
    index = -1 if feature is None else feature.fields().indexOf(name)
    value = feature.attribute(index) if index >= 0 else None
    return "" if editing.is_null(value) else str(value)


def _coloured(colour: str, text: str) -> str:
    import html

    return f"<span style=\"color:{colour}\">{html.escape(text)}</span>"


def _label(name: str, *, bold: bool = False) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    if bold:
        font = label.font()
        font.setBold(True)
        label.setFont(font)
    return label
