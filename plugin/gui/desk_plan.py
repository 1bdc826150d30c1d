"""The page for the plan board: how far each clause is carried out, what is overdue, and the features behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsApplication
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QModelIndex, QPoint, Qt
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QAction,
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..engine import plan_text as said
from ..engine.errors import EnvZonesError
from ..project import findings_view, outcome, plan_view, plan_work, report_out, source
from ..project import publication as kept
from ..texts import tr
from .desk_page import Page
from .export_report import ExportButton, say_written
from .flash import Flight
from .help import help_button
from .plan_features import PlanFeatures
from .plan_filters import PlanFilters
from .plan_model import PlanModel, day_words
from .running import Running
from .say import say
from .site_results import FindingsTree

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from ..project.plan_view import PlanView, Row
    from ..project.report_out import Matter
    from .desk_state import DeskState

#: More shapes than these flash as little as fewer would; drawing them takes its time.
_FLASHED = 300


class PlanPage(Page):
    """Shows one board; the engine computes it."""

    NAME = "plan"

    def __init__(self, iface: QgisInterface, state: DeskState, actions: Mapping[str, QAction]) -> None:
        super().__init__(iface, state, actions)
        self.view: PlanView | None = None
        self._computed: plan_work.Computed | None = None
        # Which board is shown, and which is being read: when they were made.
        self._shown = self._reading = ""
        self._stale = ""
        self._flight = Flight(iface.mapCanvas())
        self._build()
        self._signals = (
            (state.project_changed, self._another_project),
            (state.map_changed, self._follow),
            (state.settings_changed, self._follow),
            (state.results_changed, self._restore),
        )
        for signal, slot in self._signals:
            signal.connect(slot)
        self._show(None)
        self._restore()

    def title(self) -> str:
        """Return what the page is called on its tab."""
        return tr("Plan")

    def opened(self) -> None:
        """Look whether the board still holds."""
        self._follow()

    def show_clause(self, book: str, clause: str) -> bool:
        """Show a clause's first row; False where the board, as computed and filtered, has none."""
        above = [QModelIndex()]
        while above:
            parent = above.pop()
            for number in range(self.model.rowCount(parent)):
                index = self.model.index(number, 0, parent)
                row = self.model.row(index)
                if row is not None and (row["rulebook"], row["clause_id"]) == (book, clause):
                    self.tree.setCurrentIndex(index)
                    self.tree.expand(index)
                    self.tree.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtTop)
                    return True
                if row is None:
                    above.append(index)
        return False

    def release(self) -> None:
        """Let go of the work in the background and the canvas."""
        for signal, slot in self._signals:
            signal.disconnect(slot)
        self.running.release()
        self.export_button.release()
        self._filters.release()
        self._flight.release()
        self.view = self._computed = None

    # --- widgets ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(4, 4, 4, 4)
        box.setSpacing(4)
        box.addLayout(self._buttons())
        self.running = Running()
        self.running.idle.connect(self._allow)
        box.addWidget(self.running)
        self._banner = QFrame()
        self._banner.setObjectName("EnvZonesPlanStale")
        self._banner.setFrameShape(QFrame.Shape.StyledPanel)
        row = QHBoxLayout(self._banner)
        row.setContentsMargins(4, 2, 4, 2)
        sign = QLabel()
        side = round(self.fontMetrics().height() * 1.1)
        sign.setPixmap(QgsApplication.getThemeIcon("/mIconWarning.svg").pixmap(side, side))
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        self._why = QLabel()
        self._why.setWordWrap(True)
        row.addWidget(self._why, 1)
        box.addWidget(self._banner)
        self._empty = QLabel()
        self._empty.setObjectName("EnvZonesPlanEmpty")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._empty.setContentsMargins(4, 4, 4, 4)
        box.addWidget(self._empty, 1)
        self._page = QWidget()
        box.addWidget(self._page, 1)
        page = QVBoxLayout(self._page)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(4)
        self._filters = PlanFilters()
        self._filters.changed.connect(self._filters_changed)
        page.addWidget(self._filters)
        self.tree = FindingsTree()
        self.tree.setObjectName("EnvZonesPlanTree")
        self.model = PlanModel(self)
        self.tree.setModel(self.model)
        self.tree.fly.connect(self._clicked)
        self.tree.copy_asked.connect(self._copy_chosen)
        self.tree.customContextMenuRequested.connect(self._menu)
        self.features = PlanFeatures()
        self.features.chosen.connect(lambda one: self.select([one]))
        self.features.opened.connect(self.open_form)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.tree)
        splitter.addWidget(self.features)
        splitter.setStretchFactor(0, 2)
        splitter.setStretchFactor(1, 1)
        page.addWidget(splitter, 1)
        self._count = QLabel()
        self._count.setObjectName("EnvZonesPlanCount")
        self._count.setWordWrap(True)
        page.addWidget(self._count)

    def _buttons(self) -> QHBoxLayout:
        icon = QgsApplication.getThemeIcon
        self._compute = QPushButton(icon("/mActionStart.svg"), tr("Compute"))
        self._compute.setObjectName("EnvZonesPlanCompute")
        self._compute.setToolTip(tr("Compute the board from the map as it is now, unsaved edits included"))
        self._compute.clicked.connect(self.compute)
        self._tools: dict[str, QToolButton] = {}
        row = QHBoxLayout()
        row.addWidget(self._compute)
        row.addStretch(1)
        for name, title, tip, sign, slot in (
            ("copy", tr("Copy as Table"), tr("Copy the rows that are shown, to paste into a spreadsheet"),
             icon("/mActionEditCopy.svg"), self.copy),
            ("register", tr("Register Problems…"), tr("Make numbered items to be rectified of what the board found"),
             icon("/mActionNewAttribute.svg"), self.register),
        ):  # fmt: skip
            button = QToolButton()
            button.setObjectName(f"EnvZonesPlan_{name}")
            button.setAutoRaise(True)
            button.setIcon(sign)
            button.setText(title)
            button.setToolTip(f"<b>{title}</b><br>{tip}")
            button.setAccessibleName(title)
            button.clicked.connect(slot)
            row.addWidget(button)
            self._tools[name] = button
        row.insertWidget(2, self._export_button())
        row.addWidget(help_button("plan"))
        return row

    def _export_button(self) -> ExportButton:
        self.export_button = ExportButton(
            "Plan", self.iface, self.desk.project, self._matter, self.compute, lambda: ("onemap", "")
        )
        self.export_button.menu().addSeparator()
        for name, title, tip, icon, slot in (
            ("items", tr("Items Ledger…"), tr("Write the items to be rectified, of a week, a month or all"),
             "/mActionOpenTable.svg", self._items_ledger),
            ("return", tr("Take Back Ledger…"), tr("Read an edited ledger of items back into the map"),
             "/mActionFileOpen.svg", self._take_back),
        ):  # fmt: skip
            self.export_button.add(name, title, tip, icon, slot)
        return self.export_button

    def _allow(self) -> None:
        """Enable what can be done now."""
        can = self.desk.path is not None and bool(self.desk.books)
        self._compute.setEnabled(can and not self.running.busy)
        self.export_button.allow(self.view is not None and not self.running.busy, self.desk.path is not None)
        for name in ("items", "return"):
            self.export_button.entries[name].setEnabled(self.desk.path is not None)
        self._tools["copy"].setEnabled(self.view is not None)
        self._tools["register"].setEnabled(self.view is not None and not self.running.busy)

    # --- computing ----------------------------------------------------------------------------------------------

    def compute(self, _checked: bool = False) -> None:
        """Compute the board in the background and show it on the map."""
        self._start(None)

    def _start(self, ledger: Path | None) -> None:
        """Compute; then write a ledger as well, where one is asked for."""
        desk = self.desk
        if desk.path is None or not desk.books:
            self._follow()
            return
        path = outcome.result_path(desk.project, "plan")
        about, lang, publication = desk.about(), desk.lang, kept.current(desk.project)
        QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            wish = plan_work.prepare(desk.project, desk.path, desk.books, desk.day, desk.working, lang)
        except EnvZonesError as error:
            self._failed(str(error))
            return
        finally:
            QApplication.restoreOverrideCursor()

        def work(progress: Any) -> tuple[plan_work.Computed, PlanView, Path | None]:
            made = plan_work.run(wish, progress, path)
            written = None
            if ledger is not None:
                written = plan_work.write_ledger(ledger, made, lang, publication=publication)
            return made, plan_view.of_result(made.result, lang), written

        def done(answer: tuple[plan_work.Computed, PlanView, Path | None]) -> None:
            made, view, written = answer
            self._computed, self._shown = made, ""
            self._show(view)
            try:
                outcome.publish(desk.project, "plan", path, lang, about=about)
            except EnvZonesError as error:
                self._failed(str(error))
            else:
                found = plan_view.stored(desk.project)
                self._shown = found.made if found is not None else ""
            self._follow()
            if written is not None:
                say_written(self.iface, written)

        self.running.start(tr("Computing the plan board"), work, done, self._failed, self._allow)
        self._allow()

    def _failed(self, words: str) -> None:
        self._allow()
        say(self.iface, words, "warning")

    # --- following ----------------------------------------------------------------------------------------------

    def _another_project(self) -> None:
        self.running.release()
        self.view = self._computed = None
        self._shown = self._reading = ""
        self._show(None)
        self._restore()

    def _restore(self) -> None:
        """Show the board whose layers are on the map, or none where they are gone."""
        found = plan_view.stored(self.desk.project)
        if found is None:
            if self._shown and not self.running.busy:
                self._computed, self._shown = None, ""
                self._show(None)
            self._follow()
            return
        if found.made in (self._shown, self._reading) or self.running.busy:
            self._follow()
            return
        path, made = found.path, found.made
        self._reading = made

        def done(view: PlanView) -> None:
            self._reading, self._computed, self._shown = "", None, made
            self._show(view)
            self._follow()

        def failed(words: str) -> None:
            self._reading = ""
            self._failed(words)

        def cancelled() -> None:
            self._reading = ""

        lang, day = self.desk.lang, found.day
        self.running.start(
            tr("Reading the plan board"), lambda _progress: plan_view.of_file(path, lang, day), done, failed, cancelled
        )
        self._follow()

    def _follow(self) -> None:
        """Say whether the board still holds, and what can be done."""
        found = plan_view.stored(self.desk.project) if self.view is not None else None
        why = outcome.stale(found.layers[0], self.desk.about()) if found is not None else ""
        if found is None and self.view is not None:
            why = "gone"
        self._show_stale(why)
        self._empty.setText(self._first_step())
        self._allow()

    def _first_step(self) -> str:
        if self.desk.path is None:
            return tr("There is no one map in this project; make or open one first.")
        if not self.desk.books:
            return tr("No rulebook is chosen; choose the city's on the Map page.")
        return tr(
            "Nothing is computed yet. Press Compute to see how far each clause of the chosen rulebooks is carried out"
            " on {day}."
        ).format(day=day_words(self.desk.day))

    def _show_stale(self, why: str) -> None:
        sentences = {
            "map": tr("The map has changed since this board. Compute again."),
            "day": tr("The day is another one than that of this board. Compute again."),
            "books": tr("Other rulebooks are chosen than for this board. Compute again."),
            "working": tr("The office's own distances have changed since this board. Compute again."),
            "gone": tr("The layers of this board are no longer on the map. Compute again."),
        }
        self._stale = why
        self._why.setText(sentences.get(why, why))
        self._banner.setVisible(bool(why))

    @property
    def stale(self) -> str:
        """Why the board no longer holds; empty while it does."""
        return self._stale

    # --- showing ------------------------------------------------------------------------------------------------

    def _show(self, view: PlanView | None) -> None:
        first = self.view is None
        self.view = view
        self.model.show_view(view)
        self._filters.fill(view)
        if view is not None and first:
            self._filters.restore(self.desk.kept(self.NAME))
        self._page.setVisible(view is not None)
        self._empty.setVisible(view is None)
        self.features.hide()
        self._filter()

    def _filters_changed(self) -> None:
        if self.view is not None:
            self.desk.keep(self.NAME, self._filters.state())
        self._filter()

    def _filter(self) -> None:
        view = self.view
        if view is None:
            return
        self.model.filter(self._filters.wanted)
        # A count says what pressing it will show.
        among = self.model.passing(self._filters.unstated)
        self._filters.show_counts(said.counts(among), said.most_overdue(among), view.words.lang)
        self._tell()

    def _tell(self, more: str = "") -> None:
        """Say of which day the board is and how much of it is shown."""
        view = self.view
        if view is None:
            return
        parts = [tr("As of {date}").format(date=day_words(view.words.as_of))]
        shown, total = self.model.shown, len(view.rows)
        parts.append(
            tr("{n} rows").format(n=total) if shown == total else tr("{n} of {total} rows").format(n=shown, total=total)
        )
        self._count.setText(" · ".join([*parts, more] if more else parts))

    # --- one row ------------------------------------------------------------------------------------------------

    def _clicked(self, index: QModelIndex, twice: bool) -> None:
        rows = self.model.rows_of(index)
        # A rulebook is opened and closed; its features are those of the whole map.
        if self.view is None or not rows or not index.parent().isValid():
            return
        findings = self.view.behind(rows)
        self.select(findings)
        if twice:
            words = self.view.words
            name = words.clause_title(rows[0])
            title = name if len(rows) > 1 else " · ".join(dict.fromkeys((name, said.title(rows[0], words))))
            self.features.show_features(title, findings, words)

    def select(self, findings: Sequence[Row]) -> None:
        """Select the features of findings on the map, and them alone; show and flash them."""
        desk = self.desk
        found = plan_view.features(desk.project, desk.path, findings)
        for layer in source.map_layers(desk.project, desk.path).values() if desk.path is not None else ():
            if layer.selectedFeatureCount() and layer not in [one for one, _ in found.values()]:
                layer.removeSelection()
        count = 0
        for layer, fids in found.values():
            layer.selectByIds(sorted(fids.values()))
            count += len(fids)
        shapes = [findings_view.shape(one) for one in findings[:_FLASHED]]
        self._flight.to([findings_view.shape(one) for one in findings], shapes)
        wanted = len({(one["site_layer"], one["site_id"]) for one in findings})
        if not wanted:
            self._tell(tr("no feature lies behind this row"))
        elif count < wanted:
            self._tell(tr("{n} of {total} features selected; the others are not among the project's layers").format(
                n=count, total=wanted
            ))  # fmt: skip
        else:
            self._tell(tr("{n} features selected").format(n=count))

    def open_form(self, one: Row) -> None:
        """Open the form of the feature that a finding is about."""
        found = plan_view.features(self.desk.project, self.desk.path, [one])
        for layer, fids in found.values():
            for fid in fids.values():
                self.iface.openFeatureForm(layer, layer.getFeature(fid), False)
                return
        say(self.iface, tr("This feature is not among the project's layers."), "warning")

    def _menu(self, at: QPoint) -> None:
        index = self.tree.indexAt(at)
        if not index.isValid():
            return
        menu = QMenu(self.tree)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        icon = QgsApplication.getThemeIcon
        behind = index.parent().isValid()
        for title, sign, slot, able in (
            (tr("Select on Map"), "/mActionZoomToSelected.svg", lambda: self._clicked(index, False), behind),
            (tr("List Features"), "/mActionOpenTable.svg", lambda: self._clicked(index, True), behind),
            (tr("Copy"), "/mActionEditCopy.svg", self._copy_chosen, True),
        ):
            action = menu.addAction(icon(sign), title)
            action.setEnabled(able)
            action.triggered.connect(lambda _checked=False, slot=slot: slot())
        menu.popup(self.tree.viewport().mapToGlobal(at))

    # --- what leaves the page -----------------------------------------------------------------------------------

    def copy(self, _checked: bool = False) -> None:
        """Copy the rows that are shown."""
        if self.view is not None:
            QApplication.clipboard().setText(said.as_table(self.model.rows, self.view.words))

    def _copy_chosen(self) -> None:
        rows = self.model.rows_of(self.tree.currentIndex())
        if self.view is not None and rows:
            QApplication.clipboard().setText(said.as_table(rows, self.view.words))

    def _matter(self) -> Matter:
        """Return what a document of the board is made of: as it was computed, or as the opened project shows it."""
        from ..engine.report.content import of_plan

        desk, note = self.desk, report_out.note(self._stale)
        if self._computed is None:
            return report_out.of_file(desk.project, "plan", desk.lang, note)
        return report_out.of_content(
            desk.project, of_plan(self._computed.result, self._computed.onemap), desk.lang, note=note
        )

    def write_ledger(self, path: Path) -> None:
        """Write the ledger of the board as the map is now: what is shown is computed anew where it no longer holds."""
        made, lang = self._computed, self.desk.lang
        if made is None or self._stale:
            self._start(path)
            return
        publication = kept.current(self.desk.project)
        self.running.start(
            tr("Writing the ledger"),
            lambda _progress: plan_work.write_ledger(path, made, lang, publication=publication),
            lambda written: say_written(self.iface, written), self._failed, self._allow,
        )  # fmt: skip
        self._allow()

    def _items_ledger(self) -> None:
        from .items_ledger import items_ledger

        self.export_button.dialog = items_ledger(self.iface, self.desk)

    def _take_back(self) -> None:
        from .return_dialog import ReturnDialog

        ReturnDialog.ask(self.iface, self.desk.project)

    def register(self, _checked: bool = False) -> None:
        """Open the algorithm that makes items to be rectified of the findings."""
        found = plan_view.stored(self.desk.project)
        if found is None or self._stale:
            words = self._why.text() or tr("Compute the board first.")
            say(self.iface, words, "warning", buttons=[(tr("Compute"), self._compute_if_there)])
            return
        import processing

        processing.execAlgorithmDialog("envzones:registerproblems", self.register_parameters(found))

    def register_parameters(self, found: plan_view.Stored) -> dict[str, Any]:
        """Return what the algorithm is filled in with."""
        return {
            "ONEMAP": str(source.location(self.desk.path)),
            "FINDINGS": [layer.id() for layer in found.findings],
            "AS_OF": found.day.isoformat(),
        }

    def _compute_if_there(self) -> None:
        # The message stays when the page is gone.
        if not sip.isdeleted(self):
            self.compute()
