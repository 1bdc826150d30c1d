"""The EnvZones panel: which one map the project has, what it holds, the checks, and their verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from qgis.core import QgsProject
from qgis.gui import QgsDockWidget
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QDate, QModelIndex, QRect, QSize, Qt, QTimer
from qgis.PyQt.QtGui import QFontMetrics
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QAction,
    QDateEdit,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTabWidget,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..project import settings, source, verdicts
from ..project.overview import DECLARED, EXPIRED, Overview, overview_here
from ..texts import language, tr
from . import tasks

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

_CHECKS = ("sitingcheck", "riversection", "heatradius")
#: Changes of a project come in bursts; the panel follows once they are over.
_PAUSE_MS = 150
#: Icon, frame and scroll bar beside a row's text, in pixels.
_ROW_MARGIN = 44
_KEY = Qt.ItemDataRole.UserRole


class EnvZonesDock(QgsDockWidget):
    """Shows the project's one map and starts the checks; it computes nothing itself."""

    def __init__(self, iface: QgisInterface, actions: Mapping[str, QAction]) -> None:
        super().__init__(tr("EnvZones"), iface.mainWindow())
        self.setObjectName("EnvZonesDock")
        self._iface = iface
        self._actions = actions
        self._project = QgsProject.instance()
        self._rows: list[verdicts.Row] = []
        self._generation = 0
        self._shown: tuple[Any, ...] | None = None
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty_page())
        self._pages.addWidget(self._map_page())
        self.setWidget(self._pages)
        self.setMinimumWidth(300)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self.refresh)
        for signal in self._signals():
            signal.connect(self._later)
        self.refresh()

    def _signals(self) -> list[Any]:
        project = self._project
        return [project.readProject, project.cleared, project.layersAdded, project.layersRemoved, project.projectSaved]

    def release(self) -> None:
        """Let go of the project before the panel is deleted."""
        self._generation += 1
        self._timer.stop()
        for signal in self._signals():
            signal.disconnect(self._later)

    # --- pages --------------------------------------------------------------------------------------------

    def _empty_page(self) -> QWidget:
        page = QWidget()
        box = QVBoxLayout(page)
        title = QLabel("<b>" + tr("No one map in this project yet") + "</b>")
        text = QLabel(
            tr(
                "A one map is a single file with all pollution-control zones of a city.<br><br>"
                "<b>1.</b> Make one: start with the demonstration map of Jiyuan, or with an empty map.<br>"
                "<b>2.</b> Draw or import zones; each layer has its form.<br>"
                "<b>3.</b> Run a check: may a project go here, what lies near a river section, which boilers are"
                " within a plant's heat radius."
            )
        )
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.RichText)
        box.addWidget(title)
        box.addWidget(text)
        box.addWidget(_button(self._actions["new"]), 0, Qt.AlignmentFlag.AlignLeft)
        hint = QLabel(tr("Or open a project whose layers come from a one map."))
        hint.setWordWrap(True)
        box.addWidget(hint)
        box.addStretch(1)
        return page

    def _map_page(self) -> QWidget:
        page = QWidget()
        box = QVBoxLayout(page)
        self._title = QLabel()
        self._title.setWordWrap(True)
        self._file = QLabel()
        self._file.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._file.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._day = QDateEdit()
        self._day.setObjectName("EnvZonesAsOf")
        self._day.setCalendarPopup(True)
        self._day.setDisplayFormat("yyyy-MM-dd")
        self._day.setToolTip(tr("Zones, declarations of completeness and rulebooks count as of this day"))
        self._day.dateChanged.connect(self._day_chosen)
        today = QToolButton()
        today.setText(tr("Today"))
        today.clicked.connect(lambda: self._day.setDate(QDate.currentDate()))
        row = QHBoxLayout()
        row.addWidget(self._day, 1)
        row.addWidget(today)
        self._books = QListWidget()
        self._books.setObjectName("EnvZonesRulebooks")
        self._books.setToolTip(tr("Rulebooks that a siting check uses"))
        self._books.itemChanged.connect(self._book_chosen)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("File"), self._file)
        form.addRow(tr("As of"), row)
        form.addRow(tr("Rulebooks"), self._books)
        box.addWidget(self._title)
        box.addLayout(form)
        for name in _CHECKS:
            box.addWidget(_button(self._actions[name]))
        self._tabs = QTabWidget()
        self._layers = _tree("EnvZonesLayers", [tr("Layer"), tr("Features"), tr("Complete as of")])
        self._layers.itemDoubleClicked.connect(self._activate_layer)
        self._verdicts = _tree("EnvZonesVerdicts", [tr("Sites, gravest first")])
        self._verdicts.setRootIsDecorated(False)
        self._verdicts.setUniformRowHeights(False)
        self._verdicts.setWordWrap(True)
        self._verdicts.setAlternatingRowColors(True)
        self._verdicts.setItemDelegate(_Wrapped(self._verdicts))
        self._verdicts.header().sectionResized.connect(self._verdicts.scheduleDelayedItemsLayout)
        self._verdicts.itemClicked.connect(self._show_site)
        self._verdicts.itemActivated.connect(self._show_site)
        self._tabs.addTab(self._layers, tr("Layers"))
        self._tabs.addTab(self._verdicts, tr("Verdicts"))
        box.addWidget(self._tabs, 1)
        self._note = QLabel()
        self._note.setWordWrap(True)
        box.addWidget(self._note)
        return page

    # --- following the project ------------------------------------------------------------------------------

    def _later(self, *_: Any) -> None:
        self._timer.start()

    def refresh(self) -> None:
        """Show the project as it is now; files are read in the background, and only when they changed."""
        path = settings.onemap_path(self._project)
        self._pages.setCurrentIndex(0 if path is None else 1)
        self._fill_verdicts()
        if path is None:
            self._shown = None
            return
        day = settings.as_of(self._project)
        wanted = (path, source.last_change(path), day, tuple(settings.rulebooks(self._project)))
        if wanted == self._shown:
            return
        self._shown = wanted
        self._generation += 1
        self._day.blockSignals(True)
        self._day.setDate(QDate(day.year, day.month, day.day) if day else QDate.currentDate())
        self._day.blockSignals(False)
        self._file.setText(path.name)
        self._file.setToolTip(str(path))
        generation, lang = self._generation, language()
        tasks.start(
            tasks.Work(
                tr("Reading the one map"),
                lambda _progress: overview_here(path, day or date.today(), lang),
                lambda answer: self._show_overview(answer, generation),
                lambda said: self._show_problem(said, generation),
                quiet=True,
            )
        )

    def _show_overview(self, found: Overview, generation: int) -> None:
        if generation != self._generation:
            return
        meta = found.meta
        place = meta.get(f"jurisdiction_{language()}", "")
        title = meta.get("title", "") or place or found.path.stem
        self._title.setText(f"<b>{title}</b>" + (f"<br>{place}" if place and place not in title else ""))
        self._fill_layers(found)
        self._fill_books(found)
        missing = sum(s.state != DECLARED for states in found.themes.values() for s in states)
        self._note.setText(
            tr("{n} layers are not declared complete: what depends on them is to be verified.").format(n=missing)
            if missing
            else ""
        )

    def _show_problem(self, said: str, generation: int) -> None:
        if generation == self._generation:
            self._title.clear()
            self._layers.clear()
            self._note.setText(said)

    def _fill_layers(self, found: Overview) -> None:
        self._layers.clear()
        for theme, states in found.themes.items():
            filled = sum(1 for s in states if s.rows)
            group = QTreeWidgetItem([theme, "", tr("{n} of {all} in use").format(n=filled, all=len(states))])
            self._layers.addTopLevelItem(group)
            for state in states:
                if state.state == DECLARED:
                    said = state.complete_as_of.isoformat() if state.complete_as_of else tr("declared")
                else:
                    said = tr("expired") if state.state == EXPIRED else tr("not declared")
                item = QTreeWidgetItem([state.title, str(state.rows) if state.rows else tr("empty"), said])
                item.setData(0, _KEY, state.table)
                item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                item.setToolTip(2, _coverage_tip(state.state))
                group.addChild(item)

    def _fill_books(self, found: Overview) -> None:
        chosen = settings.rulebooks(self._project)
        self._books.blockSignals(True)
        self._books.clear()
        for book in found.books:
            said = book.number or book.title
            item = QListWidgetItem(said if book.in_force else tr("{book} (for reference only)").format(book=said))
            item.setToolTip(book.title)
            item.setData(_KEY, book.id)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if book.id in chosen else Qt.CheckState.Unchecked)
            self._books.addItem(item)
        self._books.blockSignals(False)
        rows = min(max(self._books.count(), 1), 5)
        self._books.setFixedHeight(rows * (self._books.sizeHintForRow(0) + 2) + 2 * self._books.frameWidth() + 2)

    def _fill_verdicts(self) -> None:
        self._verdicts.clear()
        self._rows = verdicts.rows(verdicts.latest(self._project), language())
        if not self._rows:
            hint = QTreeWidgetItem([tr("No siting check in this project yet")])
            hint.setFlags(Qt.ItemFlag.NoItemFlags)
            self._verdicts.addTopLevelItem(hint)
            return
        for number, row in enumerate(self._rows):
            item = QTreeWidgetItem([f"{row.site}\n{row.text}"])
            item.setIcon(0, row.icon)
            item.setData(0, _KEY, number)
            item.setToolTip(0, tr("Click to show this site on the map"))
            self._verdicts.addTopLevelItem(item)

    # --- what users do ----------------------------------------------------------------------------------------

    def _day_chosen(self, day: QDate) -> None:
        settings.set_as_of(self._project, day.toPyDate())
        self._later()

    def _book_chosen(self, _item: QListWidgetItem) -> None:
        items = [self._books.item(row) for row in range(self._books.count())]
        chosen = [item.data(_KEY) for item in items if item.checkState() == Qt.CheckState.Checked]
        settings.set_rulebooks(self._project, chosen)

    def _activate_layer(self, item: QTreeWidgetItem, _column: int = 0) -> None:
        layer = source.map_layers(self._project, settings.onemap_path(self._project)).get(item.data(0, _KEY))
        if layer is not None:
            self._iface.setActiveLayer(layer)

    def _show_site(self, item: QTreeWidgetItem, _column: int = 0) -> None:
        number = item.data(0, _KEY)
        if number is None:
            return
        row = self._rows[number]
        if sip.isdeleted(row.layer):
            return
        canvas = self._iface.mapCanvas()
        verdicts.zoom_to(canvas, row.layer, row.fid)
        canvas.flashFeatureIds(row.layer, [row.fid])


class _Wrapped(QStyledItemDelegate):
    """Makes rows as high as their wrapped text needs; the default forgets that Chinese letters are taller."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # noqa: N802 - Qt's name
        view = self.parent()
        width = max(view.viewport().width() - view.iconSize().width() - _ROW_MARGIN, 80)
        room = QRect(0, 0, width, 10000)
        text = str(index.data(Qt.ItemDataRole.DisplayRole))
        box = QFontMetrics(view.font()).boundingRect(room, int(Qt.TextFlag.TextWordWrap), text)
        return QSize(0, int(box.height() * 1.2) + 8)


def _button(action: QAction) -> QPushButton:
    button = QPushButton(action.icon(), action.text())
    button.setToolTip(action.toolTip())
    button.clicked.connect(action.trigger)
    return button


def _tree(name: str, headers: list[str]) -> QTreeWidget:
    tree = QTreeWidget()
    tree.setObjectName(name)
    tree.setHeaderLabels(headers)
    tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    tree.setUniformRowHeights(True)
    header = tree.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    return tree


def _coverage_tip(state: str) -> str:
    if state == DECLARED:
        return tr("Declared complete: where it shows nothing, there is nothing")
    if state == EXPIRED:
        return tr("The declaration has expired: what depends on this layer is to be verified")
    return tr("Never declared complete: what depends on this layer is to be verified")


