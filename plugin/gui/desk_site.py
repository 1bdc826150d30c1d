"""The desk's page of sites: where they come from, what is to be built there, and whether it may go there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsApplication
from qgis.gui import QgsCollapsibleGroupBox
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtGui import QIcon, QKeySequence
from qgis.PyQt.QtWidgets import (
    QAction,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QShortcut,
    QSplitter,
    QStackedWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from ..engine import facility_search
from ..engine.errors import EnvZonesError
from ..engine.findings_text import verdict_value, verdict_words
from ..paths import ICON
from ..project import findings_view, import_layers, outcome, report_out, settings, site_check, site_sources
from ..project import publication as kept
from ..project.candidates import CandidateList, Profile
from ..texts import tr
from .desk_page import Page
from .export_report import ExportButton, say_written
from .flash import Flight
from .help import help_button
from .probe_tool import ProbeTool
from .runner import Runner
from .running import Running
from .say import say
from .site_facility import FacilityForm
from .site_inputs import SiteInputs
from .site_list import SiteList, SiteModel
from .site_matrix import SiteMatrix
from .site_results import SiteResults
from .site_tools import SiteMarks

if TYPE_CHECKING:
    from qgis.core import QgsVectorLayer
    from qgis.gui import QgisInterface
    from qgis.PyQt.QtGui import QDragEnterEvent, QDropEvent

    from ..engine.siting import CheckResult
    from ..project.findings_view import View
    from ..project.report_out import Matter
    from ..project.site_sources import Taken
    from .desk_state import DeskState

#: Below so many lines of text the page is too low for questions and answer together.
_LINES = 50
#: What a result rests on -> why it no longer holds where that has changed.
_BASIS = {"stamp": "map", "onemap": "map", "as_of": "day", "books": "books", "working": "working"}


class SitePage(Page):
    """Candidate sites, their check, and its answer."""

    NAME = "site"

    def __init__(self, iface: QgisInterface, state: DeskState, actions: Mapping[str, QAction]) -> None:
        super().__init__(iface, state, actions)
        self.sites = CandidateList()
        #: What new sites are taken for.
        self.profile = Profile()
        self.result: CheckResult | None = None
        self.view: View | None = None
        self._onemap: Any = None
        #: What the result shown rests on: the project's settings, and the sites.
        self._about: dict[str, str] = {}
        self._checked = ""
        self._matrix: SiteMatrix | None = None
        #: Whether what is added next is checked at once.
        self._check_added = False
        self._marks = SiteMarks(iface.mapCanvas())
        self._flight = Flight(iface.mapCanvas())
        self._books_runner, self._view_runner = Runner(self), Runner(self)
        self._books_of: tuple[str, ...] | None = None
        self.setAcceptDrops(True)
        self._build()
        self.probe = ProbeTool(iface.mapCanvas(), state)
        self.probe.setAction(self.probe_action)
        self.probe.kept.connect(self.inputs.place)
        for signal, slot in self._signals():
            signal.connect(slot)
        self._recall()

    def title(self) -> str:
        """Return what the page is called."""
        return tr("Site")

    def _signals(self) -> list[tuple[Any, Any]]:
        state = self.desk
        return [
            (state.project_changed, self._recall), (state.map_changed, self._settings_changed),
            (state.settings_changed, self._settings_changed), (state.results_changed, self._show_state),
        ]  # fmt: skip

    def opened(self) -> None:
        """Show the sites on the map."""
        self._show_marks()

    def release(self) -> None:
        """Let go of the canvas, the project and what runs."""
        for signal, slot in self._signals():
            signal.disconnect(slot)
        for one in (self._books_runner, self._view_runner):
            one.stop()
        for one in (
            self.running, self.reading, self.inputs, self.probe, self.results, self._flight, self.export_button
        ):  # fmt: skip
            one.release()
        self._marks.clear()
        self._close_matrix()

    def hideEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Take the sites off the map with the page."""
        self._marks.clear()
        super().hideEvent(event)

    def showEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Show them again."""
        super().showEvent(event)
        self._show_marks()

    # --- widgets ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.running, self.reading = Running(), Running()
        self.form = FacilityForm()
        self.form.type.setAcceptDrops(False)
        self.form.edited.connect(self._edited)
        self.inputs = SiteInputs(
            self.iface, self.desk, self.reading, lambda: self.profile, self._next_name, self
        )
        self.inputs.added.connect(self._added)
        self.inputs.said.connect(self._told)
        self.group = QgsCollapsibleGroupBox(tr("Facility of new sites"))
        self.group.setObjectName("EnvZonesFacilityGroup")
        self.group.setSaveCollapsedState(False)
        self.group.collapsedStateChanged.connect(lambda _=False: self._remember())
        inner = QVBoxLayout(self.group)
        inner.setContentsMargins(4, 4, 4, 4)
        inner.addWidget(self.form)
        self.form.scroll.setMaximumHeight(round(self.fontMetrics().height() * 9))
        self.model = SiteModel(self.sites, self.form.type_title, self)
        self.model.renamed.connect(self._renamed)
        self.list = SiteList(self.model)
        self.list.chosen.connect(self._chosen)
        self.list.remove_asked.connect(self._remove)
        self.list.zoom_asked.connect(self._zoom)
        self._empty = QLabel(
            tr(
                "No sites yet. Click or draw them on the map, add the selection, a layer or a file with the buttons"
                " above, paste coordinates, or drop a file here."
            )
        )
        self._empty.setObjectName("EnvZonesNoSites")
        self._empty.setWordWrap(True)
        self._empty.setMargin(4)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.list)
        self.results = SiteResults(self.iface)
        self.results.site_chosen.connect(lambda site_id: self.list.select([site_id]))
        top = QWidget()
        box = QVBoxLayout(top)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(3)
        box.addWidget(self._stack, 1)
        box.addLayout(self._check_row())
        box.addWidget(self.running)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(top)
        self.splitter.addWidget(self.results)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 3)
        page = QVBoxLayout(self)
        page.setContentsMargins(4, 2, 4, 4)
        page.setSpacing(3)
        page.addWidget(self._input_bar())
        page.addWidget(self.reading)
        page.addWidget(self.group)
        page.addWidget(self.splitter, 1)
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self, self.inputs.paste)
        # Fields of text keep their own paste.
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def _input_bar(self) -> QToolBar:
        bar = QToolBar()
        bar.setObjectName("EnvZonesSiteTools")
        side = max(16, round(self.fontMetrics().height() * 1.2))
        bar.setIconSize(QSize(side, side))
        for name in ("point", "polygon"):
            bar.addAction(self.inputs.actions[name])
        self.probe_action = self.actions_by_name.get("probe")
        if self.probe_action is None:
            self.probe_action = QAction(QIcon(str(ICON.with_name("probe.svg"))), tr("Probe"), self)
            self.probe_action.setCheckable(True)
            self.probe_action.triggered.connect(lambda on: self.start_probe() if on else self.stop_probe())
        bar.addAction(self.probe_action)
        bar.addSeparator()
        for name in ("selection", "layer", "file", "paste"):
            bar.addAction(self.inputs.actions[name])
        bar.addSeparator()
        self.clear_action = self._action(
            "clear", tr("Clear"), tr("Take all sites out of the list"), "mActionDeselectAll.svg", self._clear
        )
        bar.addAction(self.clear_action)
        bar.addWidget(help_button("site", bar))
        return bar

    def _check_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2)
        self.check_button = QPushButton(QIcon(str(ICON.with_name("sitingcheck.svg"))), tr("Chec&k"))
        self.check_button.setObjectName("EnvZonesCheck")
        self.check_button.clicked.connect(lambda _checked=False: self.check())
        row.addWidget(self.check_button, 1)
        bar = QToolBar()
        side = max(16, round(self.fontMetrics().height() * 1.2))
        bar.setIconSize(QSize(side, side))
        self.compare_action = self._action(
            "compare", tr("Compare…"), tr("The sites of the check side by side"), "compare.svg", self._compare
        )
        self.copy_action = self._action(
            "copy", tr("Copy Result"), tr("The site's result as text for a letter"), "copy.svg", self.results.copy
        )
        bar.addAction(self.compare_action)
        bar.addAction(self.copy_action)
        self.export_button = ExportButton(
            "Site", self.iface, self.desk.project, self._matter, self.check, lambda: ("site", self.results.site or "")
        )
        bar.addWidget(self.export_button)
        row.addWidget(bar)
        return row

    def _action(self, name: str, title: str, tip: str, icon: str, slot: Any) -> QAction:
        own = ICON.with_name(icon)
        image = QIcon(str(own)) if own.is_file() else QgsApplication.getThemeIcon(f"/{icon}")
        action = QAction(image, title, self)
        action.setObjectName(f"EnvZonesSite_{name}")
        action.setToolTip(f"<b>{title}</b><br>{tip}")
        action.setStatusTip(tip)
        action.triggered.connect(lambda _checked=False: slot())
        return action

    # --- sites --------------------------------------------------------------------------------------------------

    def _next_name(self) -> str:
        return tr("Site {n}").format(n=self.sites.free_id()[1:])

    def _added(self, taken: Taken) -> None:
        try:
            ids = self.sites.add(taken.candidates)
        except EnvZonesError as error:
            say(self.iface, str(error), "warning")
            return
        self._list_changed()
        self.list.select(ids if len(ids) < 50 else ids[-1:])
        trouble = []
        if taken.empty:
            trouble.append(tr("Rows without a place, left out: {n}.").format(n=taken.empty))
        if taken.rejected:
            trouble.append(tr("Rows that could not be read: {n}.").format(n=taken.rejected))
        if taken.unknown_types:
            trouble.append(
                tr("These are no known facility types: {names}; choose them under Facility.").format(
                    names=", ".join(taken.unknown_types[:5])
                )
            )
        if trouble:
            say(self.iface, " ".join(trouble), "warning")
        if self._check_added:
            self._check_added = False
            self.check()

    # --- what others call -------------------------------------------------------------------------------------

    def add_place(self, longitude: float, latitude: float) -> None:
        """Add a point in degrees (EPSG:4490) and check."""
        self._check_added = True
        self.inputs.place(longitude, latitude)

    def add_layer(self, layer: QgsVectorLayer, fids: Sequence[int] | None = None, *, check: bool = False) -> None:
        """Add the features of a layer, all or those of these ids; check once they are read, if that is asked."""
        self._check_added = check
        self.inputs.layer(layer, fids)

    def _told(self, words: str, wrong: bool) -> None:
        self._check_added = self._check_added and not wrong
        say(self.iface, words, "warning" if wrong else "info")

    def _remove(self, ids: list[str]) -> None:
        self.sites.remove(ids)
        self._list_changed()

    def _clear(self) -> None:
        self.sites.clear()
        self._list_changed()

    def _renamed(self, _site_id: str) -> None:
        self._remember()

    def _list_changed(self) -> None:
        """Show the list anew and remember it."""
        chosen = self.list.selected_ids()
        self.model.take(self.sites)
        self.list.select([one for one in chosen if one in self.sites])
        self._remember()
        self._show_state()

    def _chosen(self) -> None:
        """Other sites are chosen: show what is to be built there."""
        ids = self.list.selected_ids()
        if not ids:
            self.group.setTitle(tr("Facility of new sites"))
            self.form.show_profile(self.profile)
        else:
            first = self.sites[ids[0]]
            mixed = any(self.sites[one].profile != first.profile for one in ids[1:])
            self.group.setTitle(
                tr("Facility of {name}").format(name=first.name or first.site_id) if len(ids) == 1
                else tr("Facilities of {n} sites, which differ").format(n=len(ids)) if mixed
                else tr("Facility of {n} sites").format(n=len(ids))
            )  # fmt: skip
            self.form.show_profile(first.profile)
        self._tell_probe()
        self._show_marks()
        if len(ids) == 1 and self.view is not None and self.view.verdict(ids[0]) is not None:
            self.results.choose_site(ids[0])

    def _edited(self, field: str, value: Any) -> None:
        """Apply one change to the sites chosen, and to those to come."""
        ids = self.list.selected_ids()
        for one in ids:
            self.sites.set_profile([one], self._changed(self.sites[one].profile, field, value))
        self.profile = self.sites[ids[0]].profile if ids else self._changed(self.profile, field, value)
        self.form.show_profile(self.profile)
        self.model.refresh()
        self._remember()
        self._show_state()
        self._tell_probe()

    def _changed(self, profile: Profile, field: str, value: Any) -> Profile:
        """Return a profile with one change; of another type no answers are kept that it is not asked for."""
        made = profile.changed(field, value) if field else profile
        if field == "facility_type":
            asked = facility_search.asked(
                made.facility_type, None, self.form.books, site_sources.facility_types()
            )
            names = {one.attribute.id for one in asked}
            made = replace(made, attributes={k: v for k, v in made.attributes.items() if k in names})
        return made

    def _zoom(self, ids: list[str]) -> None:
        sites = [self.sites[one] for one in ids] or list(self.sites)
        shapes = [import_layers.geometry(one.wkb) for one in sites]
        self._flight.to(shapes, shapes if len(shapes) < 50 else [], close=True)

    def _show_marks(self) -> None:
        if self.isVisible():
            chosen = set(self.list.selected_ids())
            self._marks.show(((one.wkb, one.site_id in chosen) for one in self.sites), import_layers.geometry)
        else:
            self._marks.clear()

    # --- files dropped here -------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Take files."""
        if self.inputs.dropped(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Add what they hold."""
        paths = self.inputs.dropped(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.inputs.files(paths)

    # --- the probe ----------------------------------------------------------------------------------------------

    def start_probe(self) -> None:
        """Take the probe in hand, with the facility that is shown."""
        self._tell_probe()
        self.iface.mapCanvas().setMapTool(self.probe)

    def stop_probe(self) -> None:
        """Put it away."""
        self.iface.mapCanvas().unsetMapTool(self.probe)

    def _tell_probe(self) -> None:
        if hasattr(self, "probe"):
            held = self.form.profile
            self.probe.set_wish(
                held.facility_type, held.nature, held.attributes, held.accuracy_m, self.form.title
            )

    # --- the check ----------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Check the sites in the list."""
        state = self.desk
        if not len(self.sites) or state.path is None:
            return
        wish = site_check.CheckWish(
            self.sites.to_frame(), state.path, state.books, state.day, state.working, state.lang
        )
        try:
            wish = site_check.prepare(wish, state.project)
        except EnvZonesError as error:
            say(self.iface, str(error), "warning")
            return
        out, about, digest = outcome.result_path(state.project, "check"), state.about(), self.sites.digest()

        def done(result: CheckResult) -> None:
            self._checked_sites(result, wish.onemap, out, about, digest)

        self.running.start(
            tr("Checking the sites"), lambda progress: site_check.run(wish, progress, out), done, self._failed,
            self._show_state,
        )  # fmt: skip
        self._show_state()

    def _failed(self, words: str) -> None:
        self._show_state()
        say(self.iface, words, "warning")

    def _checked_sites(self, result: CheckResult, onemap: Any, out: Path, about: dict[str, str], digest: str) -> None:
        self._about, self._checked, self._onemap, self.result = about, digest, onemap, result
        try:
            outcome.publish(self.desk.project, "check", out, self.desk.lang, about=about)
        except EnvZonesError as error:
            say(self.iface, str(error), "warning")
        self._show_view(findings_view.of_result(result, self.desk.lang))
        if self.height() < self.fontMetrics().height() * _LINES:
            # On a small screen the answer needs the room of the questions.
            self.group.setCollapsed(True)
        self._remember()
        self._tell_result()

    def _tell_result(self) -> None:
        verdicts = self.view.verdicts if self.view is not None else []
        if len(verdicts) == 1:
            words = verdict_words(verdicts[0], self.desk.lang)
        else:
            values = [verdict_value(one) for one in verdicts]
            said = tr("{n} sites checked: {fail} refused, {restricted} restricted, {undecided} to be verified.")
            counts = {one: values.count(one) for one in ("fail", "restricted", "undecided")}
            words = said.format(n=len(verdicts), **counts)
        wrong = len(self.view.issues) if self.view is not None else 0
        if wrong:
            words += " " + tr("Faults of the input, in the result's layer of issues: {n}.").format(n=wrong)
        say(self.iface, words, "warning" if len(verdicts) < len(self.sites) else "success")

    def _show_view(self, view: View | None) -> None:
        self.view = view
        self.results.show_result(view, self.desk.lang)
        if self._matrix is not None and not sip.isdeleted(self._matrix):
            self._matrix.show_result(view, self.desk.lang)
        self._show_state()

    def stale(self) -> str:
        """Return why the result shown no longer holds; empty while it does."""
        if self.view is None:
            return ""
        now = self.desk.about()
        for key, why in _BASIS.items():
            if self._about.get(key) != now.get(key):
                return why
        return "" if self._checked == self.sites.digest() else "sites"

    def _show_state(self) -> None:
        """Enable what can be done, and say what no longer holds."""
        busy, state = self.running.busy, self.desk
        self._stack.setCurrentIndex(1 if len(self.sites) else 0)
        lacking = (
            tr("There is no one map in this project; make or open one first.") if state.path is None
            else tr("No rulebook is chosen; choose the city's on the Map page.") if not state.books
            else tr("Add sites first.") if not len(self.sites) else ""
        )  # fmt: skip
        self.check_button.setEnabled(not lacking and not busy)
        self.check_button.setToolTip(lacking or tr("Check the sites in the list against the chosen rulebooks"))
        self.clear_action.setEnabled(len(self.sites) > 0)
        held = self.view is not None and bool(self.view.verdicts)
        self.compare_action.setEnabled(held and len(self.view.verdicts) > 1)
        self.copy_action.setEnabled(held)
        self.export_button.allow(held and not busy)
        why = self.stale()
        self.results.show_stale(why)
        verdicts = {} if self.view is None else {
            str(one["site_id"]): (verdict_value(one), verdict_words(one, self.desk.lang)) for one in self.view.verdicts
        }  # fmt: skip
        self.model.show_verdicts(verdicts, bool(why))
        self._show_marks()

    # --- what leaves --------------------------------------------------------------------------------------------

    def _compare(self) -> None:
        if self._matrix is None or sip.isdeleted(self._matrix):
            self._matrix = SiteMatrix(self.iface)
        self._matrix.show_result(self.view, self.desk.lang)
        self._matrix.show()
        self._matrix.raise_()

    def _close_matrix(self) -> None:
        if self._matrix is not None and not sip.isdeleted(self._matrix):
            self._matrix.release()
            self._matrix.close()
            self._matrix.deleteLater()
        self._matrix = None

    def _matter(self) -> Matter:
        """Return what a document of the check is made of: as it was computed, or as the opened project shows it."""
        from ..engine.report.content import of_check

        state, note = self.desk, report_out.note(self.stale())
        if self.result is None:
            return report_out.of_file(state.project, "check", state.lang, note)
        ids = [str(one["site_id"]) for one in self.view.verdicts]
        return report_out.of_content(
            state.project, of_check(self.result, self._onemap), state.lang, ids=ids, note=note
        )

    def export(self, path: Path) -> None:
        """Write a document of the check, by the name's end, for whom this project's are."""
        try:
            matter = self._matter()
        except EnvZonesError as error:
            self._failed(str(error))
            return
        lang, publication = self.desk.lang, kept.current(self.desk.project)

        def done(written: Path) -> None:
            self._show_state()
            say_written(self.iface, written)

        self.running.start(
            tr("Writing the document"),
            lambda progress: report_out.write(path, matter, "", lang, publication, progress=progress), done,
            self._failed, self._show_state,
        )  # fmt: skip
        self._show_state()

    # --- following the project ----------------------------------------------------------------------------------

    def _remember(self) -> None:
        self.desk.keep(self.NAME, {
            "sites": self.sites.to_json(), "profile": self.profile.to_json(), "about": self._about,
            "checked": self._checked, "collapsed": self.group.isCollapsed(),
        })  # fmt: skip

    def _recall(self) -> None:
        """Show what this project holds."""
        self.running.release()
        kept = self.desk.kept(self.NAME)
        self.sites = CandidateList.from_json(kept.get("sites"))
        self.profile = Profile.from_json(kept.get("profile", {"accuracy_m": settings.accuracy(self.desk.project)}))
        about = kept.get("about")
        self._about = {str(k): str(v) for k, v in about.items()} if isinstance(about, dict) else {}
        self._checked, self.result, self._onemap = str(kept.get("checked") or ""), None, None
        self.group.setCollapsed(bool(kept.get("collapsed")))
        self.model.take(self.sites)
        self._chosen()
        self._settings_changed()
        self._show_view(None)
        path = findings_view.stored_path(self.desk.project)
        if path is not None and self._about:
            lang = self.desk.lang
            self._view_runner.start(
                tr("Reading the result"), lambda _progress: findings_view.of_file(path, lang), self._show_view,
                self._failed,
            )  # fmt: skip

    def _settings_changed(self) -> None:
        """The map, the day or the rulebooks are others."""
        books = tuple(self.desk.books)
        if books != self._books_of:
            self._books_of = books
            self._books_runner.start(
                tr("Reading the rulebooks"), lambda _progress: site_sources.rulebooks(books), self.form.set_books,
                self._failed,
            )  # fmt: skip
        self._show_state()
