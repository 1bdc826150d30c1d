"""Declaring a layer complete: the form of a declaration, filled in, and saved if it was not part of an edit session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import QgsFeature, QgsVectorLayer
from qgis.gui import QgsAttributeEditorContext
from qgis.PyQt.QtWidgets import QDialog

from ..engine.errors import EnvZonesError
from ..project import declare as project_declare
from ..texts import tr
from .say import say

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from .desk_state import DeskState


def declare(iface: QgisInterface, state: DeskState, table: str, title: str) -> bool:
    """Ask for a declaration that a layer is complete in the city, and save it; return whether it was made."""
    try:
        layer = project_declare.declarations(state.project, state.path, state.lang)
        feature = project_declare.declaration(state.project, state.path, layer, table, state.day)
    except EnvZonesError as error:
        say(iface, str(error), "warning")
        return False
    own = not layer.isEditable()
    if own and not layer.startEditing():
        say(iface, tr("{layer} cannot be edited here.").format(layer=layer.name()), "warning")
        return False
    if not ask(iface, layer, feature):
        if own:
            layer.rollBack()
        return False
    if own and not layer.commitChanges():
        said = tr("The declaration was not saved; it is still in the edits of {layer}.").format(layer=layer.name())
        say(iface, said, "warning", details="\n".join(layer.commitErrors()))
        return False
    done = tr("{layer} is declared complete.") if own else tr("{layer} is declared complete once the edits are saved.")
    say(iface, done.format(layer=title), "success")
    return True


def ask(iface: QgisInterface, layer: QgsVectorLayer, feature: QgsFeature) -> bool:
    """Show the form of a new feature; True where it was added to the layer."""
    form = iface.getFeatureForm(layer, feature)
    form.setMode(QgsAttributeEditorContext.Mode.AddFeatureMode)
    form.setWindowTitle(tr("Declare a Layer Complete"))
    return bool(form.exec() == QDialog.DialogCode.Accepted)
