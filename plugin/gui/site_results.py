"""The result of a siting check: each site's verdict, and its clauses by effect; a click flies to the place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsApplication, QgsProject
from qgis.gui import QgsFilterLineEdit, QgsGui
from qgis.PyQt.QtCore import QEvent, QModelIndex, QPoint, QSignalBlocker, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QAction,
    QApplication,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from ..engine import findings_text as said
from ..engine.errors import EnvZonesError
from ..project import findings_view, settings
from ..project.findings_view import View
from ..texts import tr
from .findings_delegate import FindingsDelegate
from .findings_model import STANDINGS, FindingsModel
from .flash import Flight
from .say import say
from .signs import VerdictChip, answer_icon, verdict_icon
from .told_model import GROUP, KIND

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

#: Typing is over after so long; then the rows are filtered.
_PAUSE_MS = 200
#: With more rows than these the view scrolls by rows: by pixels it would have to measure them all.
_MANY = 400


class FindingsTree(QTreeView):
    """The tree of one site's findings; arrows, Enter and Ctrl+C work in it."""

    fly = pyqtSignal(QModelIndex, bool)
    copy_asked = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesFindings")
        self.setAccessibleName(tr("Clauses"))
        self.setHeaderHidden(True)
        self.setExpandsOnDoubleClick(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # A bar that comes and goes would change the width that rows are wrapped to.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setUniformRowHeights(False)
        self.setIndentation(round(self.fontMetrics().height() * 0.9))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._delegate = FindingsDelegate(self)
        self.setItemDelegate(self._delegate)
        self._wide = 0
        self.clicked.connect(lambda index: self.fly.emit(index, False))
        self.doubleClicked.connect(lambda index: self.fly.emit(index, True))

    def setModel(self, model: Any) -> None:  # noqa: N802 - Qt's name
        """Show a model, and measure its rows anew whenever they change."""
        super().setModel(model)
        self.header().setStretchLastSection(True)
        model.modelReset.connect(self.made)

    def made(self) -> None:
        """Open the groups; leave what does not apply folded."""
        self._delegate.forget()
        many = self.model().shown > _MANY
        modes = QAbstractItemView.ScrollMode
        self.setVerticalScrollMode(modes.ScrollPerItem if many else modes.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(1 if many else self.fontMetrics().height())
        for row in range(self.model().rowCount()):
            index = self.model().index(row, 0)
            if index.data(KIND) == GROUP:
                self.expand(index)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        if self.viewport().width() != self._wide:
            self._wide = self.viewport().width()
            self._delegate.forget()
            self.scheduleDelayedItemsLayout()

    def event(self, event: QEvent) -> bool:
        # QGIS's own shortcut for copying would take the key.
        if event.type() == QEvent.Type.ShortcutOverride and event.matches(QKeySequence.StandardKey.Copy):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_asked.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.fly.emit(self.currentIndex(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)


class SiteResults(QWidget):
    """Shows the answer of a check, or what to do before there is one."""

    #: Another site is shown; its id.
    site_chosen = pyqtSignal(str)

    def __init__(self, iface: QgisInterface | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesSiteResults")
        self._iface = iface
        self._flight = Flight(iface.mapCanvas()) if iface is not None else None
        self.view: View | None = None
        self._stale = ""
        self._build()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_PAUSE_MS)
        self._later.timeout.connect(self._filter)
        self.show_result(None, "zh")

    def release(self) -> None:
        """Let go of the canvas."""
        self._later.stop()
        if self._flight is not None:
            self._flight.release()

    # --- widgets ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        self._empty = QLabel(tr("No result yet. Add sites, choose what is to be built, and press Check."))
        self._empty.setObjectName("EnvZonesNoResult")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._empty.setContentsMargins(4, 4, 4, 4)
        box.addWidget(self._empty, 1)
        self._page = QWidget()
        box.addWidget(self._page, 1)
        page = QVBoxLayout(self._page)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(4)
        self._banner = QFrame()
        self._banner.setObjectName("EnvZonesStale")
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
        page.addWidget(self._banner)
        self._sites = QComboBox()
        self._sites.setObjectName("EnvZonesResultSite")
        self._sites.setToolTip(tr("The site whose result is shown"))
        self._sites.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._sites.setMinimumContentsLength(10)
        self._sites.currentIndexChanged.connect(self._chosen)
        page.addWidget(self._sites)
        self._chip = VerdictChip()
        page.addWidget(self._chip)
        page.addLayout(self._filters())
        self.tree = FindingsTree()
        self._model = FindingsModel(self)
        self.tree.setModel(self._model)
        self.tree.fly.connect(self.fly)
        self.tree.copy_asked.connect(self.copy_clause)
        self.tree.customContextMenuRequested.connect(self._menu)
        page.addWidget(self.tree, 1)
        self._count = QLabel()
        self._count.setObjectName("EnvZonesResultCount")
        self._count.setWordWrap(True)
        page.addWidget(self._count)

    def _filters(self) -> QVBoxLayout:
        self._effect, self._standing = QComboBox(), QComboBox()
        self._effect.setObjectName("EnvZonesFilterEffect")
        self._standing.setObjectName("EnvZonesFilterStatus")
        self._effect.setToolTip(tr("Show clauses of one effect"))
        self._standing.setToolTip(tr("Show clauses with one answer"))
        row = QHBoxLayout()
        for combo in (self._effect, self._standing):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(6)
            combo.currentIndexChanged.connect(self._filter)
            row.addWidget(combo, 1)
        self._text = QgsFilterLineEdit()
        self._text.setObjectName("EnvZonesFilterText")
        self._text.setShowSearchIcon(True)
        self._text.setPlaceholderText(tr("Find in clauses"))
        self._text.setToolTip(tr("Words of the clause, its quotation, or the zone's name"))
        self._text.textChanged.connect(lambda _text: self._later.start())
        box = QVBoxLayout()
        box.setSpacing(4)
        box.addLayout(row)
        box.addWidget(self._text)
        return box

    # --- what is shown ------------------------------------------------------------------------------------------

    def show_result(self, result: Any, lang: str) -> None:
        """Show a check's result (or a View of one); None shows what to do first."""
        before = self.site
        if result is None or isinstance(result, View):
            self.view = result
        else:
            self.view = findings_view.of_result(result, lang)
        self.show_stale("")
        verdicts = self.view.verdicts if self.view is not None else []
        with QSignalBlocker(self._sites):
            self._sites.clear()
            for one in verdicts:
                self._sites.addItem(verdict_icon(said.verdict_value(one)), said.site_name(one), one["site_id"])
            self._sites.setCurrentIndex(max(0, self._sites.findData(before)) if verdicts else -1)
        self._sites.setVisible(len(verdicts) > 1)
        self._page.setVisible(bool(verdicts))
        self._empty.setVisible(not verdicts)
        self._empty.setText(
            tr("No result yet. Add sites, choose what is to be built, and press Check.") if self.view is None
            else tr("No site could be checked; the messages say why.")
        )  # fmt: skip
        self._fill_standings()
        self._show_site()

    def show_stale(self, why: str) -> None:
        """Say that the result no longer holds: ``map``, ``day``, ``books``, ``working``, ``sites``, or a sentence."""
        sentences = {
            "map": tr("The map has changed since this check. Check again."),
            "day": tr("The day is another one than that of this check. Check again."),
            "books": tr("Other rulebooks are chosen than for this check. Check again."),
            "working": tr("The office's own distances have changed since this check. Check again."),
            "sites": tr("The sites have changed since this check. Check again."),
        }
        self._stale = why
        self._why.setText(sentences.get(why, why))
        self._banner.setVisible(bool(why))

    @property
    def stale(self) -> str:
        """Why the result no longer holds; empty while it does."""
        return self._stale

    @property
    def site(self) -> Any:
        """The id of the site that is shown, or None."""
        return self._sites.currentData()

    def choose_site(self, site_id: Any) -> None:
        """Show another site's result."""
        place = self._sites.findData(site_id)
        if place >= 0:
            self._sites.setCurrentIndex(place)

    def _chosen(self, _place: int) -> None:
        self._show_site()
        if self.site is not None:
            self.site_chosen.emit(str(self.site))

    def _show_site(self) -> None:
        verdict = self.view.verdict(self.site) if self.view is not None else None
        if verdict is not None:
            self._chip.show_verdict(said.verdict_value(verdict), said.verdict_words(verdict, self.view.words.lang))
        self._model.show_site(self.view, self.site)
        wanted = self._effect.currentData()
        with QSignalBlocker(self._effect):
            self._effect.clear()
            self._effect.addItem(tr("All effects"), "")
            for name in self._model.effects():
                icon = answer_icon(name, said.HIT) if name != said.REFERENCE else answer_icon("attend", said.IDLE)
                self._effect.addItem(icon, said.group_title(name, self.view.words.lang), name)
            self._effect.setCurrentIndex(max(0, self._effect.findData(wanted)))
        self._filter()

    def _fill_standings(self) -> None:
        lang = self.view.words.lang if self.view is not None else "zh"
        wanted = self._standing.currentData()
        with QSignalBlocker(self._standing):
            self._standing.clear()
            for name in STANDINGS:
                self._standing.addItem(said.standing_title(name, lang) if name else tr("All answers"), name)
            self._standing.setCurrentIndex(max(0, self._standing.findData(wanted)))

    def _filter(self, *_: Any) -> None:
        self._model.filter(self._effect.currentData() or "", self._standing.currentData() or "", self._text.text())
        total = len(self.view.of_site(self.site)) if self.view is not None and self.site is not None else 0
        self._count.setText(tr("{shown} of {total} findings").format(shown=self._model.shown, total=total))
        self._count.setVisible(self._model.shown < total and bool(
            self._effect.currentData() or self._standing.currentData() or self._text.text()
        ))  # fmt: skip

    # --- one finding --------------------------------------------------------------------------------------------

    def row_of(self, index: QModelIndex) -> findings_view.Row | None:
        """Return the finding or unit that a row of the tree is of."""
        return self._model.row(index)

    def fly(self, index: QModelIndex, closer: bool = False) -> None:
        """Show the site and the zone of a row, and flash the shortest line or the overlap."""
        row = self.row_of(index)
        if row is None or self.view is None or self._flight is None:
            return
        place, site = findings_view.shape(row), findings_view.shape(self.view.verdict(row["site_id"]))
        own = place if not place.isNull() else site
        self._flight.to([] if closer and not place.isNull() else [site], [own], close=closer)

    def _menu(self, at: QPoint) -> None:
        index = self.tree.indexAt(at)
        row = self.row_of(index)
        menu = QMenu(self.tree)
        icon = QgsApplication.getThemeIcon
        finding = row is not None and "clause_id" in row
        for name, title, sign, slot, able in (
            ("fly", tr("Fly to Place"), "/mActionZoomToSelected.svg", lambda: self.fly(index), row is not None),
            ("copy", tr("Copy Clause"), "/mActionEditCopy.svg", self.copy_clause, finding),
            ("copy_all", tr("Copy Whole Result"), "/mActionEditCopy.svg", self.copy, True),
            ("form", tr("Open Zone Form"), "/mActionFormView.svg", lambda: self._open_form(row), finding),
            ("file", tr("Show Rulebook File"), "/mActionFileOpen.svg", lambda: self._show_file(row), finding),
        ):
            action = QAction(icon(sign), title, menu)
            action.setObjectName(f"EnvZonesResult_{name}")
            action.setEnabled(able)
            action.triggered.connect(lambda _checked=False, slot=slot: slot())
            menu.addAction(action)
        self._on_menu(menu, self.tree.viewport().mapToGlobal(at))

    def _on_menu(self, menu: QMenu, at: QPoint) -> None:
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    def _open_form(self, row: findings_view.Row) -> None:
        project = QgsProject.instance()
        try:
            found = findings_view.zone(project, settings.onemap_path(project), row)
        except EnvZonesError as error:
            self._tell(str(error))
            return
        if found is None:
            self._tell(tr("The zone of this clause is not among the project's layers."))
        elif self._iface is not None:
            layer, fid = found
            self._iface.openFeatureForm(layer, layer.getFeature(fid), False)

    def _show_file(self, row: findings_view.Row) -> None:
        path: Path | None = findings_view.clause_file(self.view, row) if self.view is not None else None
        if path is None:
            self._tell(tr("The rulebook of this clause is not there any more."))
        else:
            QgsGui.nativePlatformInterface().openFileExplorerAndSelectFile(str(path))

    def _tell(self, words: str) -> None:
        if self._iface is not None:
            say(self._iface, words, "warning")

    # --- copying ------------------------------------------------------------------------------------------------

    def text(self) -> str:
        """Return the shown site's result as text for a letter."""
        verdict = self.view.verdict(self.site) if self.view is not None else None
        if verdict is None:
            return ""
        return said.site_text(verdict, self.view.units, self.view.of_site(self.site), self.view.words)

    def copy(self) -> None:
        """Copy the shown site's result."""
        if self.view is not None:
            QApplication.clipboard().setText(self.text())

    def copy_clause(self) -> None:
        """Copy the chosen clause, or the whole result where none is chosen."""
        row = self.row_of(self.tree.currentIndex())
        if row is None or "clause_id" not in row or self.view is None:
            self.copy()
        else:
            QApplication.clipboard().setText(said.clause_text(row, self.view.words))
