"""Snapping presets: sets QGIS's own snapping of the project to what drawing zones needs."""

from __future__ import annotations

from typing import Any, Callable

from qgis.core import QgsProject, QgsTolerance, QgsVectorLayer, QgsWkbTypes
from qgis.PyQt import sip
from qgis.PyQt.QtWidgets import QAction, QActionGroup, QMenu

from .. import compat
from ..project import editing, editing_shapes
from ..texts import tr

#: Preset -> tables that are snapped to; zones are all areas of the map but the context's and rivers.
RIVERS = frozenset({"river_reach", "river_channel", "river_management_area"})
ROADS = frozenset({"road", "railway"})
TOLERANCES_PX = (8, 12, 20)
_POLYGON = QgsWkbTypes.GeometryType.PolygonGeometry


class SnapMenu(QMenu):
    """Choose what to snap to, how near, and whether neighbours move along and are not overlapped."""

    def __init__(self, project: QgsProject, say: Callable[[str], None]) -> None:
        super().__init__()
        self._project, self._say = project, say
        self._presets = QActionGroup(self)
        for name, title in (
            ("zones", tr("Zones and Rivers")),
            ("roads", tr("Zones, Rivers and Roads")),
            ("all", tr("All Layers of the Map")),
            ("off", tr("Off")),
        ):
            self._option(self._presets, name, title)
        self.addSeparator()
        self._tolerances = QActionGroup(self)
        for pixels in TOLERANCES_PX:
            self._option(self._tolerances, pixels, tr("Within {n} pixels").format(n=pixels))
        self._tolerances.actions()[1].setChecked(True)
        self.addSeparator()
        self.topological = self._switch(
            "topological",
            tr("Move Shared Vertices Together"),
            tr("Topological editing: neighbours keep their common boundary"),
        )
        self.avoid = self._switch(
            "avoid", tr("Avoid Overlaps"),
            tr("A new zone gives way to its neighbours; not where zones are meant to lie inside one another"),
        )  # fmt: skip
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._look)

    def release(self) -> None:
        """Delete the menu; the project keeps its snapping."""
        if not sip.isdeleted(self):
            self.deleteLater()

    def _option(self, group: QActionGroup, value: Any, title: str) -> None:
        action = QAction(title, self)
        action.setCheckable(True)
        action.setData(value)
        group.addAction(action)
        self.addAction(action)
        action.triggered.connect(self._apply)

    def _switch(self, name: str, title: str, tip: str) -> QAction:
        action = QAction(title, self)
        action.setObjectName(f"EnvZonesSnap_{name}")
        action.setCheckable(True)
        action.setToolTip(tip)
        self.addAction(action)
        action.triggered.connect(self._apply)
        return action

    def _look(self) -> None:
        """Show what the project has."""
        self.topological.setChecked(self._project.topologicalEditing())
        self.avoid.setChecked(bool(self._project.avoidIntersectionsLayers()))
        if not self._project.snappingConfig().enabled():
            for action in self._presets.actions():
                action.setChecked(action.data() == "off")

    def choose(self, preset: str, *, pixels: int = 12, topological: bool = True, avoid: bool = True) -> None:
        """Set a preset as if it were clicked."""
        for group, value in ((self._presets, preset), (self._tolerances, pixels)):
            for action in group.actions():
                action.setChecked(action.data() == value)
        self.topological.setChecked(topological)
        self.avoid.setChecked(avoid)
        self._apply()

    def _apply(self, *_: Any) -> None:
        chosen = self._presets.checkedAction()
        preset = "zones" if chosen is None else chosen.data()
        layers = wanted(self._project, preset)
        apply_preset(
            self._project,
            layers,
            self._tolerances.checkedAction().data(),
            self.topological.isChecked(),
            self.avoid.isChecked(),
        )
        if preset == "off":
            self._say(tr("Snapping is off."))
        else:
            self._say(tr("Snapping to vertices and edges of {n} layers.").format(n=len(layers)))


def wanted(project: QgsProject, preset: str) -> list[QgsVectorLayer]:
    """Return the layers of the map that a preset snaps to."""
    if preset == "off":
        return []
    out = []
    for layer in project.mapLayers().values():
        if not editing.is_stored(layer):
            continue
        name = editing.table(layer)
        if preset == "all" or name in RIVERS or _is_zone(layer) or (preset == "roads" and name in ROADS):
            out.append(layer)
    return out


def _is_zone(layer: QgsVectorLayer) -> bool:
    return layer.geometryType() == _POLYGON and editing.table(layer) != "layer_coverage"


def apply_preset(
    project: QgsProject, layers: list[QgsVectorLayer], pixels: int, topological: bool, avoid: bool
) -> None:
    """Write a preset into the project's snapping."""
    config = project.snappingConfig()
    config.setEnabled(bool(layers))
    compat.snap_to_chosen_layers(config)
    vertex_and_segment = compat.snap_vertex_and_segment()
    ids = {one.id() for one in layers}
    for layer in project.mapLayers().values():
        if not isinstance(layer, QgsVectorLayer):
            continue
        one = config.individualLayerSettings(layer)
        if not one.valid():
            continue
        one.setEnabled(layer.id() in ids)
        one.setTypeFlag(vertex_and_segment)
        one.setTolerance(pixels)
        one.setUnits(QgsTolerance.UnitType.Pixels)
        config.setIndividualLayerSettings(layer, one)
    config.setIntersectionSnapping(bool(layers))
    project.setSnappingConfig(config)
    project.setTopologicalEditing(topological and bool(layers))
    apart = [one for one in layers if _is_zone(one) and not editing_shapes.nests(one)] if avoid else []
    compat.avoid_intersections(project, apart)
