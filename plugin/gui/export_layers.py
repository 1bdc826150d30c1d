"""Export Layers…: the dialog that writes layers for another office, filled in with the layers that are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import QgsVectorLayer

if TYPE_CHECKING:
    from qgis.gui import QgisInterface


def parameters(iface: QgisInterface) -> dict[str, Any]:
    """Return what the dialog begins with: the layers selected in the layer tree, else the active one."""
    view = iface.layerTreeView() if hasattr(iface, "layerTreeView") else None
    chosen = list(view.selectedLayers()) if view is not None else []
    if not chosen and hasattr(iface, "activeLayer"):
        chosen = [iface.activeLayer()]
    ids = [layer.id() for layer in chosen if isinstance(layer, QgsVectorLayer) and layer.isSpatial()]
    return {"LAYERS": ids} if ids else {}
