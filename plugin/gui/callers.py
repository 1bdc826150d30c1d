"""What the search bar, identify and context menus call: each leads to the page or dialog that answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from qgis.core import QgsFeature, QgsVectorLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QMessageBox

from .. import paths
from ..texts import tr
from .say import say

if TYPE_CHECKING:
    from ..main import EnvZonesPlugin


class Callers:
    """Leads from QGIS to the plugin's pages, and keeps what expressions look up in step with the results."""

    def __init__(self, plugin: EnvZonesPlugin) -> None:
        self._plugin = plugin
        self._iface, self._state = plugin.iface, plugin.state
        for signal in self._signals():
            signal.connect(self._look_up)
        self._look_up()

    def _signals(self) -> list:
        state = self._state
        return [state.results_changed, state.map_changed, state.settings_changed]

    def release(self) -> None:
        """Let go of the project."""
        for signal in self._signals():
            signal.disconnect(self._look_up)

    def _look_up(self) -> None:
        """Let expressions say what the results on the map say now."""
        from ..project import lookup

        lookup.refresh(self._state.project, self._state.about())

    # --- search bar -----------------------------------------------------------------------------------------

    def clause(self, book: str, clause: str) -> None:
        """Show a clause's row of the plan board, or the words of the document where the board has no such row."""
        page = self._plugin.show_page("plan")
        if page is not None and not page.show_clause(book, clause):
            self._show_words(book, clause)

    def _show_words(self, book: str, clause: str) -> None:
        from ..engine.clauses.book import load_books
        from ..engine.errors import EnvZonesError

        try:
            (found,) = load_books([book], paths.user_rulebooks())
        except EnvZonesError as error:
            say(self._iface, str(error), "warning")
            return
        one = next((one for one in found.clauses if one.id == clause), None)
        if one is None:
            say(self._iface, tr("The rulebook has no clause {clause} any more.").format(clause=clause), "warning")
            return
        chinese = self._state.lang == "zh"
        title = one.zh if chinese else one.en or one.zh
        document = f"{found.document.zh} {found.document.number}".strip()
        box = QMessageBox(self._iface.mainWindow())
        box.setObjectName("EnvZonesClause")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setModal(False)
        box.setWindowTitle(f"{one.id} {one.clause}".strip())
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(title)
        box.setInformativeText(f"{one.quote}\n\n{document}")
        box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        box.setStandardButtons(QMessageBox.StandardButton.Close)
        box.show()

    # --- identify -------------------------------------------------------------------------------------------

    def feature(self, layer: QgsVectorLayer, feature: QgsFeature) -> None:
        """Check one feature as a site."""
        page = self._plugin.show_page("site")
        if page is not None:
            page.add_layer(layer, [feature.id()], check=True)

    def place(self, lon: float, lat: float) -> None:
        """Check a place as a site."""
        page = self._plugin.show_page("site")
        if page is not None:
            page.add_place(lon, lat)

    # --- the layer tree -------------------------------------------------------------------------------------

    def of_layer(self) -> dict[str, Callable[[QgsVectorLayer], None]]:
        """Return what the entries of a layer's context menu call."""
        return {
            "check_selected": lambda layer: self._sites(layer, True),
            "check_all": lambda layer: self._sites(layer, False),
            "validate": self._validate,
            "import": self._import,
            "export": lambda layer: self._plugin.run_algorithm("exportzones", {"LAYERS": [layer.id()]}),
            "declare": self._declare,
            "history": self._history,
        }

    def _sites(self, layer: QgsVectorLayer, selected: bool) -> None:
        page = self._plugin.show_page("site")
        if page is not None and selected and not layer.selectedFeatureCount():
            say(self._iface, tr("Nothing is selected in {layer}.").format(layer=layer.name()))
        elif page is not None:
            page.add_layer(layer, layer.selectedFeatureIds() if selected else None)

    def _validate(self, layer: QgsVectorLayer) -> None:
        self._iface.setActiveLayer(layer)
        self._plugin.editing.actions["validate"].trigger()

    def _history(self, layer: QgsVectorLayer) -> None:
        self._iface.setActiveLayer(layer)
        action = self._plugin.editing.actions["history"]
        if not action.isChecked():
            action.trigger()

    def _import(self, layer: QgsVectorLayer) -> None:
        self._iface.setActiveLayer(layer)
        self._plugin.import_files()

    def _declare(self, layer: QgsVectorLayer) -> None:
        from .declare import declare

        declare(self._iface, self._state, str(layer.customProperty("envzones/table") or ""), layer.name())
