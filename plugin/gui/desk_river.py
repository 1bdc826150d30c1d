"""The page for river sections: click a section or a river, see its control zone follow the distances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsFeatureRequest,
    QgsPointXY,
    QgsRectangle,
    QgsSettings,
    QgsVectorLayer,
)
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QByteArray, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QResizeEvent, QShowEvent
from qgis.PyQt.QtWidgets import (
    QAction,
    QApplication,
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QScrollArea,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..compat import setting
from ..engine.errors import EnvZonesError
from ..project import publication as kept
from ..project import report_out
from ..texts import language, tr
from . import river_out, tasks
from .desk_page import Page
from .export_report import ExportButton, say_written
from .help import help_button
from .river_data import RIVER_QUESTIONS, STORAGE_CRS, Answer, Place, on_river, stored_place
from .river_form import SCOPE, RiverForm
from .river_map import PickTool, Preview
from .river_results import Results
from .river_runner import Runner
from .river_tools import Tools
from .say import say

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from ..project.report_out import Matter
    from .desk_state import DeskState

_CONTROLS_WIDTH = 300
#: A panel this much wider than high has its table beside the controls, else below them.
_WIDE = 1.2
_PAUSE_MS = 150
#: Work in the background that is over sooner shows no progress.
_PATIENCE_MS = 300
#: Around an issue or a feature that is zoomed to, degrees.
_MARGIN = 0.002
_METRES_PER_DEGREE = 111_000.0
_FOLDER = "envzones/export_folder"


class RiverPage(Page):
    """Shows one section's zone and what lies in it; the engine computes."""

    NAME = "river"

    #: The answer that the panel shows, features included.
    answered = pyqtSignal(object)

    def __init__(self, iface: QgisInterface, state: DeskState, actions: Mapping[str, QAction]) -> None:
        super().__init__(iface, state, actions)
        self._iface = iface
        self._project = state.project
        self._shared = False
        self._place: Place | None = None
        self._answer: Answer | None = None
        # A fault that every step of a spin box meets is told once.
        self._said = ""
        self._runner = Runner(self)
        self._preview = Preview(iface.mapCanvas())
        self._tool = PickTool(iface.mapCanvas())
        self._tool.picked.connect(self.pick)
        self._form = RiverForm(self._project)
        self._export = ExportButton(
            "River", iface, self._project, self._matter,
            shown=lambda: ("section", river_out.section_id(self._project, self._answer)),
        )  # fmt: skip
        self._tools = Tools(self._export)
        self._results = Results()
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self._controls())
        self._splitter.addWidget(self._results)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.splitterMoved.connect(self._dragged)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._splitter)
        self._connect_widgets()
        self._runner.busy.connect(self._show_busy)
        self._runner.layer_changed.connect(self._layer_changed)
        self._runner.zoned.connect(self._show_zone)
        self._runner.listed.connect(self._show_list)
        self._runner.failed.connect(self._show_problem)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._project_changed)
        self._reread = False
        for signal, slot in self._signals():
            signal.connect(slot)
        self._recall()
        self._form.fill()
        self._say_state()

    def _signals(self) -> list[tuple[Any, Any]]:
        project = self._project
        return [
            (project.readProject, self._new_project),
            (project.cleared, self._new_project),
            (project.layersAdded, self._later),
            (project.layersRemoved, self._later),
            (project.layersWillBeRemoved, self._layers_going),
            (self.desk.results_changed, self._say_state),
        ]

    def release(self) -> None:
        """Let go of the map, the layers and the project before the panel is deleted."""
        self._remember()
        self._timer.stop()
        self._busy_timer.stop()
        for signal, slot in self._signals():
            signal.disconnect(slot)
        self._runner.release()
        self._preview.release()
        self._export.release()
        canvas = self._iface.mapCanvas()
        if not sip.isdeleted(canvas) and not sip.isdeleted(self._tool):
            canvas.unsetMapTool(self._tool)
            self._tool.deleteLater()
        self._answer = self._place = None

    def title(self) -> str:
        """Return what the page is called on its tab."""
        return tr("River")

    def _connect_widgets(self) -> None:
        tools = self._tools
        self._tool.setAction(tools.pick)
        for action, slot in (
            (tools.pick, self.start_picking),
            (tools.zoom, self.zoom),
            (tools.keep, self.keep),
            (tools.save, self._ask_and_save),
            (tools.copy, self.copy),
            (tools.clear_all, self.clear),
        ):
            action.triggered.connect(slot)
        self._form.changed.connect(self._ask)
        self._form.layers_changed.connect(self._layers_chosen)
        self._results.chosen.connect(self._flash)
        self._results.opened.connect(self._zoom_to_feature)
        self._results.issue_opened.connect(self._zoom_to_issue)

    # --- widgets ------------------------------------------------------------------------------------------------

    def _controls(self) -> QWidget:
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(4, 4, 4, 4)
        row = QHBoxLayout()
        row.addWidget(self._tools, 1)
        row.addWidget(help_button("river"))
        box.addLayout(row)
        self._title = QLabel()
        self._title.setObjectName("EnvZonesRiverTitle")
        self._title.setWordWrap(True)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        box.addWidget(self._title)
        self._which = QComboBox()
        self._which.setObjectName("EnvZonesRiverWhich")
        self._which.setToolTip(tr("More than one river is in reach: say which one is meant"))
        self._which.activated.connect(self._river_chosen)
        self._which.hide()
        box.addWidget(self._which)
        row = QHBoxLayout()
        self._bar = QProgressBar()
        self._stop = QToolButton()
        self._stop.setText(tr("Cancel"))
        self._stop.clicked.connect(self._runner.cancel)
        row.addWidget(self._bar, 1)
        row.addWidget(self._stop)
        self._busy = QWidget()
        self._busy.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        self._busy.hide()
        # A bar that comes and goes with every step would only unsettle.
        self._busy_timer = QTimer(self)
        self._busy_timer.setSingleShot(True)
        self._busy_timer.setInterval(_PATIENCE_MS)
        self._busy_timer.timeout.connect(self._busy.show)
        box.addWidget(self._busy)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._form)
        self._scroll = scroll
        box.addWidget(scroll, 1)
        page.setMinimumWidth(_CONTROLS_WIDTH)
        return page

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Put the table beside the controls where the panel is wide, below them where it is high."""
        super().resizeEvent(event)
        wide = self.width() > _WIDE * self.height()
        wanted = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if self._splitter.orientation() != wanted:
            self._splitter.setOrientation(wanted)
            self._share()
        if not wide:
            # The help button stands beside them.
            self._tools.fit(self.width() - 2 * self.fontMetrics().height())

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Share the room between controls and table when the page is first shown."""
        super().showEvent(event)
        if not self._shared:
            self._share()

    def _share(self) -> None:
        """Give the controls what they need, and the table the rest."""
        if not self.isVisible():
            return
        self._shared = True
        if self._splitter.orientation() == Qt.Orientation.Horizontal:
            whole = self.width()
            line = self._splitter.widget(0).layout().itemAt(0)
            first = max(line.sizeHint().width() + 2 * self.fontMetrics().height(), _CONTROLS_WIDTH)
        else:
            whole = self.height()
            beside = self._splitter.widget(0).sizeHint().height() - self._scroll.sizeHint().height()
            first = min(beside + self._form.sizeHint().height() + self.fontMetrics().height(), whole // 2)
        share = setting(self._share_key(), 0.0, float)
        if 0.0 < share < 1.0:
            first = round(whole * share)
        self._splitter.setSizes([first, max(whole - first, 1)])

    def _share_key(self) -> str:
        beside = self._splitter.orientation() == Qt.Orientation.Horizontal
        return f"{SCOPE}/share_{'beside' if beside else 'below'}"

    def _dragged(self, *_: int) -> None:
        sizes = self._splitter.sizes()
        QgsSettings().setValue(self._share_key(), sizes[0] / max(sum(sizes), 1))

    # --- memory -------------------------------------------------------------------------------------------------

    def _remember(self) -> None:
        self._form.remember()
        QgsSettings().setValue(f"{SCOPE}/columns", self._results.save_state())

    def _recall(self) -> None:
        self._form.recall()
        stored = QgsSettings().value(f"{SCOPE}/columns")
        if isinstance(stored, QByteArray) and not stored.isEmpty():
            self._results.restore_state(stored)

    # --- following the project ----------------------------------------------------------------------------------

    def _new_project(self, *_: Any) -> None:
        self._reread = True
        self._later()

    def _later(self, *_: Any) -> None:
        self._timer.start()

    def _layers_going(self, names: Any) -> None:
        self._runner.forget([str(name) for name in names])

    def _project_changed(self) -> None:
        if self._reread:
            self._reread = False
            self.clear()
            self._form.fill()
        elif self._form.layer("rivers") is None:
            self._form.fill()
        else:
            self._form.list_features()
            if self._place is not None and self._form.request(self._meant()) != self._runner.request:
                self._ask()

    def _layer_changed(self, name: str) -> None:
        """Follow a stored section that was moved, renamed or deleted."""
        place = self._place
        if place is None or place.source is None or place.source[0] != name:
            return
        layer = self._project.mapLayer(name)
        found = None if layer is None else stored_place(layer, place.source[1], place.reach)
        if found is None:
            self.clear()
        elif found != place:
            self._place = found
            self._ask()

    def _layers_chosen(self) -> None:
        if self._form.layer("rivers") is None:
            self.clear()
        else:
            self._ask()

    # --- picking ------------------------------------------------------------------------------------------------

    def start_picking(self, checked: bool = True) -> None:
        """Take the tool in hand, or put it away."""
        canvas = self._iface.mapCanvas()
        if not checked:
            canvas.unsetMapTool(self._tool)
            return
        if self._form.layer("rivers") is None:
            self._tools.pick.setChecked(False)
            self._said = ""
            self._show_problem(tr("Choose the layer of rivers first (under Layers)."))
            return
        canvas.setMapTool(self._tool)
        self._runner.prepare(self._form.request(self._place))

    def pick(self, point: QgsPointXY, radius: float) -> None:
        """Take the section or the river at a place of the map; `radius` is in map units."""
        if self._form.layer("rivers") is None:
            self._show_problem(tr("Choose the layer of rivers first (under Layers)."))
            return
        try:
            place = self._section_at(point, radius) or self._place_at(point, radius)
        except QgsCsException:
            self._show_problem(tr("This place has no coordinates in CGCS2000."))
            return
        except EnvZonesError as error:
            self._show_problem(str(error))
            return
        self.show_place(place)

    def show_place(self, place: Place) -> None:
        """Show the zone of a section."""
        self._place = place
        self._which.hide()
        self._title.setText(self._name(place))
        self._runner.ask(self._form.request(place), 0)

    def _section_at(self, point: QgsPointXY, radius: float) -> Place | None:
        """Return the nearest stored section within `radius` map units, or None."""
        layer = self._form.layer("sections")
        if layer is None:
            return None
        canvas_crs = self._iface.mapCanvas().mapSettings().destinationCrs()
        there = QgsCoordinateTransform(layer.crs(), canvas_crs, self._project)
        box = QgsRectangle(point.x() - radius, point.y() - radius, point.x() + radius, point.y() + radius)
        box = QgsCoordinateTransform(canvas_crs, layer.crs(), self._project).transformBoundingBox(box)
        best: tuple[float, int] | None = None
        for feature in layer.getFeatures(QgsFeatureRequest().setFilterRect(box).setNoAttributes()):
            if not feature.hasGeometry():
                continue
            away = there.transform(feature.geometry().centroid().asPoint()).distance(point)
            if away <= radius and (best is None or away < best[0]):
                best = (away, feature.id())
        if best is None:
            return None
        return stored_place(layer, best[1], self._form.wish().tolerance)

    def _place_at(self, point: QgsPointXY, radius: float) -> Place:
        """Return a clicked place; a river must be within `radius` map units of it."""
        canvas_crs = self._iface.mapCanvas().mapSettings().destinationCrs()
        stored = QgsCoordinateReferenceSystem(STORAGE_CRS)
        there = QgsCoordinateTransform(canvas_crs, stored, self._project)
        here = there.transform(point)
        beside = there.transform(QgsPointXY(point.x(), point.y() + radius))
        return Place(here.x(), here.y(), reach=max(here.distance(beside) * _METRES_PER_DEGREE, 1.0))

    def _river_chosen(self, index: int) -> None:
        if self._answer is not None and 0 < index <= len(self._answer.rivers):
            self.show_place(on_river(self._answer.place, self._answer.rivers[index - 1]))

    # --- asking and showing -----------------------------------------------------------------------------------

    def _ask(self) -> None:
        if self._place is not None:
            self._runner.ask(self._form.request(self._meant()))

    def _meant(self) -> Place:
        """Return the place with the tolerance as it is set now."""
        place = self._place
        if place.ad_hoc or (place.asked and place.river is None):
            return place
        return replace(place, reach=self._form.wish().tolerance)

    def _show_busy(self, title: str, percent: float) -> None:
        if percent < 0:
            self._busy_timer.stop()
            self._busy.hide()
            return
        self._bar.setFormat(f"{title} %p%")
        self._bar.setValue(int(percent))
        if self._busy.isHidden() and not self._busy_timer.isActive():
            self._busy_timer.start()

    def _show_zone(self, answer: Answer) -> None:
        self._answer = answer
        self._said = ""
        self._title.setText(self._name(answer.place))
        self._preview.link(None)
        self._preview.show(answer)
        self._offer_rivers(answer)
        self._results.show_zone(answer)
        self._say_state()

    def _show_list(self, answer: Answer) -> None:
        self._answer = answer
        titles = {name: self._layer_title(name, answer) for name in answer.frames}
        self._results.show_list(answer, titles)
        self._say_state()
        self.answered.emit(answer)

    def _layer_title(self, name: str, answer: Answer) -> str:
        for (table, _), (layer_id, _) in answer.found.items():
            if table == name and self._project.mapLayer(layer_id) is not None:
                return self._project.mapLayer(layer_id).name()
        return name

    def _show_problem(self, said: str) -> None:
        self._results.say(said)
        if said == self._said:
            return
        self._said = said
        self._iface.messageBar().pushMessage("EnvZones", said, Qgis.MessageLevel.Warning)

    def _offer_rivers(self, answer: Answer) -> None:
        """Let the user say which river is meant, where the engine asks."""
        asked = RIVER_QUESTIONS & set(answer.result.issue["code"])
        self._which.setVisible(bool(asked) and len(answer.rivers) > 0)
        if self._which.isHidden():
            return
        self._which.clear()
        self._which.addItem(tr("Which river?"))
        for river in answer.rivers:
            name = river.name or tr("unnamed river")
            self._which.addItem(tr("{river}, {n} m away").format(river=name, n=round(river.metres)))

    def _name(self, place: Place) -> str:
        if not place.ad_hoc:
            return place.name or place.uid
        return tr("Place on {river}").format(river=place.river or tr("unnamed river")) if place.asked else tr(
            "Clicked place"
        )

    def _say_state(self) -> None:
        """Name the section, and allow what can be done now."""
        answer = self._answer
        shown = answer is not None and answer.has_zone
        self._tools.allow(result=shown, place=self._place is not None)
        on_map = report_out.stored(self._project, "section") is not None
        self._export.allow(shown or on_map, on_map)
        if self._place is None:
            self._title.setText(tr("Pick a section or a place on a river."))

    # --- one row ------------------------------------------------------------------------------------------------

    def _feature_of(self, row: Mapping[str, Any]) -> tuple[QgsVectorLayer, int] | None:
        layer_id, fid = (self._answer.found if self._answer else {}).get(row["key"], ("", 0))
        layer = self._project.mapLayer(layer_id)
        return None if layer is None else (layer, fid)

    def _flash(self, row: Mapping[str, Any] | None) -> None:
        """Show where a feature lies, and its way to the river."""
        self._preview.link(None if row is None else row["line"])
        found = None if row is None else self._feature_of(row)
        if found is not None:
            self._iface.mapCanvas().flashFeatureIds(found[0], [found[1]])

    def _zoom_to_feature(self, row: Mapping[str, Any]) -> None:
        found = self._feature_of(row)
        if found is None:
            return
        layer, fid = found
        shape = layer.getFeature(fid).geometry()
        if not shape.isEmpty():
            self._show_box(shape.boundingBox(), layer.crs())
            self._iface.mapCanvas().flashFeatureIds(layer, [fid])

    def _zoom_to_issue(self, row: Mapping[str, Any]) -> None:
        place = row["place"]
        if place is not None and not place.is_empty:
            self._show_box(QgsRectangle(*place.bounds), QgsCoordinateReferenceSystem(STORAGE_CRS))

    def zoom(self, _checked: bool = False) -> None:
        """Show the whole zone."""
        if self._answer is not None and self._answer.has_zone:
            box = QgsRectangle(*self._answer.result.zone.total_bounds)
            self._show_box(box, QgsCoordinateReferenceSystem(STORAGE_CRS))

    def _show_box(self, box: QgsRectangle, crs: QgsCoordinateReferenceSystem) -> None:
        canvas = self._iface.mapCanvas()
        stored = QgsCoordinateReferenceSystem(STORAGE_CRS)
        degrees = QgsCoordinateTransform(crs, stored, self._project).transformBoundingBox(box)
        degrees.grow(_MARGIN)
        there = QgsCoordinateTransform(stored, canvas.mapSettings().destinationCrs(), self._project)
        canvas.setExtent(there.transformBoundingBox(degrees))
        canvas.refresh()

    # --- what leaves the panel ------------------------------------------------------------------------------------

    def clear(self, _checked: bool = False) -> None:
        """Take the section off the map and out of the tables."""
        self._runner.ask(self._form.request(None))
        self._place = self._answer = None
        self._preview.clear()
        self._which.hide()
        self._results.clear()
        self._say_state()

    def keep(self, _checked: bool = False) -> None:
        """Add the result to the project as layers of its own."""
        if self._answer is not None and self._answer.has_zone:
            try:
                river_out.keep(self._project, self._answer, self.desk.about())
            except EnvZonesError as error:
                self._show_problem(str(error))

    def copy(self, _checked: bool = False) -> None:
        """Copy the table as it is shown."""
        QApplication.clipboard().setText(self._results.sorted.as_text())

    def _ask_and_save(self, _checked: bool = False) -> None:
        path = self._ask_path(tr("Keep in a GeoPackage"), "gpkg", tr("GeoPackage (*.gpkg)"))
        if path is not None:
            self.save(path)

    def save(self, path: Path) -> None:
        """Write the result to a GeoPackage and add it to the project."""
        try:
            river_out.save(self._project, self._answer, path)
        except EnvZonesError as error:
            self._show_problem(str(error))

    def _matter(self) -> Matter:
        return river_out.matter(self._project, self._answer, self.desk.about())

    def export(self, path: Path) -> None:
        """Write a document in the background, by the name's end, for whom this project's are."""
        try:
            matter = self._matter()
        except EnvZonesError as error:
            self._show_problem(str(error))
            return
        publication, lang = kept.current(self._project), language()

        def failed(said: str) -> None:
            say(self._iface, said, "warning")

        tasks.start_or_run(
            tasks.Work(
                tr("Writing the document"),
                lambda progress: report_out.write(path, matter, "", lang, publication, progress=progress),
                lambda written: say_written(self._iface, written), failed,
            )
        )  # fmt: skip

    def _ask_path(self, title: str, suffix: str, kinds: str) -> Path | None:
        if self._answer is None or not self._answer.has_zone:
            return None
        folder = QgsSettings().value(_FOLDER, self._project.homePath() or str(Path.home()), type=str)
        name = river_out.file_name(self._answer)
        chosen, _ = QFileDialog.getSaveFileName(self, title, str(Path(folder) / f"{name}.{suffix}"), kinds)
        if not chosen:
            return None
        path = Path(chosen)
        QgsSettings().setValue(_FOLDER, str(path.parent))
        return path if path.suffix.lower() == f".{suffix}" else path.with_name(f"{path.name}.{suffix}")
