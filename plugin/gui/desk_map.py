"""The Map page: which one map, its day and city, the rulebooks, and what each layer holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsApplication, QgsMapSettings, QgsVectorLayer
from qgis.gui import QgsFilterLineEdit
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QDate, QDateTime, QLocale, QPoint, Qt, QTimer, QUrl
from qgis.PyQt.QtGui import QDesktopServices, QShowEvent
from qgis.PyQt.QtWidgets import (
    QAction,
    QCheckBox,
    QComboBox,
    QDateEdit,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QToolButton,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..engine.errors import EnvZonesError
from ..project import settings, source
from ..project.overview import NO_TABLE, LayerState, Overview, overview_here
from ..texts import tr
from . import tasks
from .asof_view import AsOfView
from .desk_page import Page
from .help import help_button
from .map_books import BooksTree
from .map_layers import LayersTree
from .say import say

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from .desk_state import DeskState

#: A date is typed and scrolled to; only where it stays counts.
_DAY_PAUSE_MS = 300


class MapPage(Page):
    """Shows the project's one map; what it holds is read in the background."""

    NAME = "map"

    def __init__(self, iface: QgisInterface, state: DeskState, actions: Mapping[str, QAction]) -> None:
        super().__init__(iface, state, actions)
        self._generation = 0
        self._seen: tuple[Any, ...] | None = None
        self._found: Overview | None = None
        self._view = AsOfView.of(state)
        self._build()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_DAY_PAUSE_MS)
        self._pause.timeout.connect(self._day_stays)
        self._marks = QTimer(self)
        self._marks.setSingleShot(True)
        self._marks.timeout.connect(self._mark_shown)
        for signal, slot in self._signals():
            signal.connect(slot)
        self._project_changed()

    def title(self) -> str:
        """Return what the page is called."""
        return tr("Map")

    def _signals(self) -> list[tuple[Any, Any]]:
        state = self.desk
        return [
            (state.project_changed, self._project_changed), (state.map_changed, self.refresh),
            (state.settings_changed, self.refresh), (self._view.changed, self._show_view),
            (state.project.layersAdded, self._layers_changed), (state.project.layersRemoved, self._layers_changed),
        ]  # fmt: skip

    def release(self) -> None:
        """Let go of the project."""
        self._generation += 1
        self._pause.stop()
        self._marks.stop()
        for signal, slot in self._signals():
            signal.disconnect(slot)
        self._view.release()

    def opened(self) -> None:
        """Read what changed while the page was not seen."""
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self.refresh()

    # --- the widgets --------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._title = QLabel()
        self._title.setObjectName("EnvZonesMapTitle")
        self._title.setWordWrap(True)
        # What a map is called comes from its file.
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._file = QLabel()
        self._file.setObjectName("EnvZonesMapFile")
        self._file.setTextFormat(Qt.TextFormat.PlainText)
        # A long name is cut rather than widening the panel; the tooltip has all of it.
        self._file.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._file.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._folder = _tool("Folder", "/mActionFileOpen.svg", tr("Open Folder"), self.open_folder)
        self._reload = _tool("Reload", "/mActionRefresh.svg", tr("Reload"), self.reload)
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self._title, 1)
        buttons = [self._folder, self._reload]
        if "settings" in self.actions_by_name:
            chosen = QToolButton()
            chosen.setDefaultAction(self.actions_by_name["settings"])
            chosen.setIcon(QgsApplication.getThemeIcon("/mActionProjectProperties.svg"))
            chosen.setAutoRaise(True)
            buttons.append(chosen)
        for button in (*buttons, help_button("map", self)):
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        box = QVBoxLayout(self)
        box.setSpacing(4)
        box.addLayout(head)
        box.addWidget(self._file)
        box.addLayout(self._form())
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setChildrenCollapsible(False)
        self._books = BooksTree()
        self._books.setToolTip(tr("Checks use the rulebooks that are ticked"))
        self._books.chosen_changed.connect(self._books_chosen)
        self._split.addWidget(self._books)
        self._split.addWidget(self._layer_box())
        self._split.setStretchFactor(1, 1)
        line = self._books.fontMetrics().height()
        # The rulebooks have room for a few lines, the layers for the rest.
        self._books.setMinimumHeight(4 * line)
        self._layers.setMinimumHeight(5 * line)
        self._split.setSizes([7 * line, 30 * line])
        self._split.splitterMoved.connect(self._keep)
        box.addWidget(self._split, 1)
        self._note = QLabel()
        self._note.setObjectName("EnvZonesMapNote")
        self._note.setWordWrap(True)
        box.addWidget(self._note)
        box.addLayout(self._next_steps())

    def _form(self) -> QFormLayout:
        self._day = QDateEdit()
        self._day.setObjectName("EnvZonesAsOf")
        self._day.setCalendarPopup(True)
        self._day.setDisplayFormat("yyyy-MM-dd")
        self._day.setToolTip(tr("Zones, declarations of completeness and rulebooks count as of this day"))
        self._day.dateChanged.connect(self._day_chosen)
        self._today = QToolButton()
        self._today.setObjectName("EnvZonesToday")
        self._today.setText(tr("Today"))
        self._today.setToolTip(tr("Let the project speak of the day on which it is opened"))
        self._today.clicked.connect(self._today_chosen)
        row = QHBoxLayout()
        row.addWidget(self._day, 1)
        row.addWidget(self._today)
        self._filter_map = QCheckBox(tr("Show the &map as of this day"))
        self._filter_map.setObjectName("EnvZonesShowAsOf")
        self._filter_map.setToolTip(
            tr("Hide features that are not in force on this day. Checks read the whole map in any case.")
        )
        self._filter_map.toggled.connect(self._view.set_on)
        self._filtered = QLabel()
        self._filtered.setObjectName("EnvZonesShowAsOfNote")
        self._filtered.setWordWrap(True)
        self._city = QComboBox()
        self._city.setObjectName("EnvZonesCity")
        self._city.setToolTip(tr("The rulebooks of this place, its province and the state are suggested"))
        self._city.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._city.activated.connect(self._city_chosen)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("&As of:"), row)
        form.labelForField(row).setBuddy(self._day)
        form.addRow(self._filter_map)
        form.addRow(self._filtered)
        form.addRow(tr("&City:"), self._city)
        form.setVerticalSpacing(3)
        return form

    def _layer_box(self) -> QWidget:
        self._search = QgsFilterLineEdit()
        self._search.setObjectName("EnvZonesLayerFilter")
        self._search.setShowSearchIcon(True)
        self._search.setPlaceholderText(tr("Find layers…"))
        self._gaps = QCheckBox(tr("Only &gaps"))
        self._gaps.setObjectName("EnvZonesOnlyGaps")
        self._gaps.setToolTip(tr("Show only layers that are not declared complete on this day"))
        self._layers = LayersTree()
        self._search.textChanged.connect(self._narrow)
        self._gaps.toggled.connect(self._narrow)
        self._gaps.toggled.connect(self._keep)
        self._layers.itemDoubleClicked.connect(lambda item, _column: self._activate(item))
        self._layers.customContextMenuRequested.connect(self._open_menu)
        place = QWidget()
        grid = QGridLayout(place)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        grid.addWidget(self._search, 0, 0)
        grid.addWidget(self._gaps, 0, 1)
        grid.addWidget(self._layers, 1, 0, 1, 2)
        return place

    def _next_steps(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        for name, text in (("import", tr("Import Files…")), ("site", tr("Site Check"))):
            action = self.actions_by_name.get(name)
            if action is not None:
                row.addWidget(_step(f"Step_{name}", text, action.toolTip(), action.trigger))
        tip = tr("Check the map for errors of shape, topology and attributes")
        row.addWidget(_step("Step_validate", tr("Validate…"), tip, self.validate))
        return row

    # --- following ------------------------------------------------------------------------------------------

    def _project_changed(self) -> None:
        """Show what is remembered with the project."""
        kept = self.desk.kept(self.NAME)
        blocked = self._gaps.blockSignals(True)
        self._gaps.setChecked(bool(kept.get("only_gaps")))
        self._gaps.blockSignals(blocked)
        sizes = kept.get("split")
        if isinstance(sizes, list) and len(sizes) == 2 and all(isinstance(one, int) for one in sizes):
            self._split.setSizes(sizes)
        self._search.clear()
        self._seen = None
        self.refresh()

    def _keep(self, *_: Any) -> None:
        self.desk.keep(self.NAME, {"only_gaps": self._gaps.isChecked(), "split": self._split.sizes()})

    def refresh(self) -> None:
        """Show the map as it is now; read it only where it is another one, and only while the page is seen."""
        self._show_day()
        self._show_view()
        path = self.desk.path
        if path is None or not self.isVisible():
            return
        stamp = self.desk.stamp
        # Unsaved edits are not counted here, so they need no reading.
        wanted = (str(path), stamp[0] if stamp else "", self.desk.day, tuple(self.desk.books))
        if wanted == self._seen and stamp:
            return
        self._seen = wanted
        self._read()

    def _read(self) -> None:
        path, day, lang, books = self.desk.path, self.desk.day, self.desk.lang, self.desk.books
        self._generation += 1
        generation = self._generation
        if self._found is None:
            self._note.setText(tr("Reading the one map…"))

        def found(answer: Overview) -> None:
            if not sip.isdeleted(self) and generation == self._generation:
                self._show(answer)

        def failed(said: str) -> None:
            if not sip.isdeleted(self) and generation == self._generation:
                self._show_problem(said)

        tasks.start(
            tasks.Work(
                tr("Reading the one map"), lambda _progress: overview_here(path, day, lang, books), found, failed,
                quiet=True,
            )
        )  # fmt: skip

    def _show(self, found: Overview) -> None:
        self._found = found
        place = found.meta.get(f"jurisdiction_{self.desk.lang}", "")
        name = _file_name(found.path)
        self._title.setText(found.meta.get("title", "") or place or name)
        facts = [name]
        if found.size is not None:
            facts.append(QLocale().formattedDataSize(found.size))
        tip = [str(found.path)]
        if found.changed is not None:
            moment = QDateTime(found.changed)
            facts.append(QLocale().toString(moment.date(), QLocale.FormatType.ShortFormat))
            when = QLocale().toString(moment, QLocale.FormatType.ShortFormat)
            tip.append(tr("Changed {when}").format(when=when))
        self._file.setText(" · ".join(facts))
        self._file.setToolTip("\n".join(tip))
        self._folder.setVisible(isinstance(found.path, Path))
        self._fill_cities(found)
        if not settings.has_rulebooks(self.desk.project):
            self._suggest(found)
        self._books.fill(found, self.desk.books, self.city(), self.desk.day)
        self._fill_layers()
        self._show_note(found)

    def _show_problem(self, said: str) -> None:
        self._found = None
        path = self.desk.path
        self._title.setText(tr("The one map cannot be read"))
        self._file.setText("" if path is None else _file_name(path))
        self._layers.clear()
        self._books.clear()
        self._note.setText(said)

    def _show_note(self, found: Overview) -> None:
        lines = list(found.problems)
        rows = sum(state.rows or 0 for state in found.layers)
        gaps = [state for state in found.layers if state.gap and state.needs]
        lacking = [state for state in gaps if state.state == NO_TABLE]
        if not rows:
            lines.append(tr("The map has no features yet: import the files that offices have, or draw zones."))
        elif not self.desk.books:
            lines.append(tr("No rulebook is ticked: choose those of the city, or checks find nothing."))
        elif gaps:
            number = QLocale().toString(len(gaps))
            lines.append(
                tr("{n} layers that clauses look at are not declared complete; what depends on them is to be verified.")
                .format(n=number)
            )  # fmt: skip
        if rows and lacking:
            lines.append(tr("The map is older than this version: bring it up to date with envzones onemap migrate."))
        self._note.setText("\n".join(lines))
        self._note.setVisible(bool(lines))
        first = self.findChild(QPushButton, "EnvZonesStep_import")
        if first is not None:
            first.setDefault(not rows)

    def _show_day(self) -> None:
        if self._pause.isActive():
            return
        day = self.desk.day
        blocked = self._day.blockSignals(True)
        self._day.setDate(QDate(day.year, day.month, day.day))
        self._day.blockSignals(blocked)
        # Pressed in, while the project speaks of the day on which it is opened.
        self._today.setCheckable(True)
        self._today.setChecked(self.desk.day_set is None)

    def _show_view(self) -> None:
        view = self._view
        blocked = self._filter_map.blockSignals(True)
        self._filter_map.setChecked(view.on)
        self._filter_map.blockSignals(blocked)
        lines = []
        if view.problem:
            lines.append(view.problem)
        if view.busy:
            lines.append(tr("Filtering layers: {n} left…").format(n=QLocale().toString(view.left)))
        elif view.on:
            count = len(view.hidden_in)
            said = tr("Features are hidden in {n} layers.").format(n=QLocale().toString(count))
            lines.append(said if count else tr("All features of the map are in force on this day."))
            if view.left_alone:
                lines.append(tr("Being edited, shown whole: {layers}").format(layers=", ".join(view.left_alone)))
        self._filtered.setText("\n".join(lines))
        self._filtered.setVisible(bool(lines))

    # --- day, city, rulebooks -------------------------------------------------------------------------------

    def _day_chosen(self, _day: QDate) -> None:
        self._pause.start()

    def _day_stays(self) -> None:
        chosen = self._day.date()
        self.desk.set_day(date(chosen.year(), chosen.month(), chosen.day()))

    def _today_chosen(self) -> None:
        self._pause.stop()
        self.desk.set_day(None)
        self._show_day()

    def city(self) -> str:
        """Return the code of the city: the one chosen for the project, else the map's own."""
        found = self._found
        return settings.city(self.desk.project) or (found.meta.get("jurisdiction_code", "") if found else "")

    def _fill_cities(self, found: Overview) -> None:
        self._city.clear()
        for code, name in sorted(found.places.items()):
            self._city.addItem(name, code)
            self._city.setItemData(self._city.count() - 1, code, Qt.ItemDataRole.ToolTipRole)
        if self._city.findData(self.city()) < 0:
            self._city.insertItem(0, tr("not chosen"), "")
        self._city.setCurrentIndex(max(self._city.findData(self.city()), 0))

    def _city_chosen(self, index: int) -> None:
        code = self._city.itemData(index)
        if not code or self._found is None or code == self.city():
            return
        settings.set_city(self.desk.project, code)
        self.desk.set_books(self._found.suggested(code))
        self._books.fill(self._found, self.desk.books, code, self.desk.day)

    def _suggest(self, found: Overview) -> None:
        """Tick the books of a project that has none yet, without asking to save it."""
        changed = self.desk.project.isDirty()
        self.desk.set_books(found.suggested(self.city()))
        self.desk.project.setDirty(changed)

    def _books_chosen(self, ids: list[str]) -> None:
        self.desk.set_books(ids)

    # --- layers ---------------------------------------------------------------------------------------------

    def _project_layers(self) -> dict[str, QgsVectorLayer]:
        path = self.desk.path
        return {} if path is None else source.map_layers(self.desk.project, path)

    def _layers_changed(self, *_: Any) -> None:
        self._marks.start()

    def _mark_shown(self) -> None:
        if self._found is not None:
            self._fill_layers()

    def _fill_layers(self) -> None:
        self._layers.fill(self._found, self._project_layers())
        self._narrow()

    def _narrow(self, *_: Any) -> None:
        self._layers.narrow(self._search.text(), self._gaps.isChecked())

    def _activate(self, item: QTreeWidgetItem) -> None:
        state = self._layers.state(item)
        if state is None:
            return
        layer = self._project_layers().get(state.table)
        if layer is not None:
            self.iface.setActiveLayer(layer)
        elif state.rows is None:
            say(self.iface, tr("The map has no layer {layer}.").format(layer=state.title))
        else:
            add = tr("Add to Project")
            said = tr("{layer} is not in this project.").format(layer=state.title)
            say(self.iface, said, buttons=[(add, lambda: self.add_layer(state.table))])

    def _open_menu(self, at: QPoint) -> None:
        menu = self.menu(self._layers.itemAt(at))
        if menu is not None:
            menu.exec(self._layers.viewport().mapToGlobal(at))
            menu.deleteLater()

    def menu(self, item: QTreeWidgetItem | None) -> QMenu | None:
        """Return what can be done with a layer."""
        state = self._layers.state(item)
        if state is None or state.rows is None:
            return None
        layer = self._project_layers().get(state.table)
        menu = QMenu(self)
        if layer is None:
            _entry(menu, "/mActionAdd.svg", tr("Add to Project"), lambda: self.add_layer(state.table))
        else:
            _entry(menu, "/mActionOpenTable.svg", tr("Open Attribute Table"), lambda: self._open_table(layer))
            _entry(menu, "/mActionZoomToLayer.svg", tr("Zoom to Layer"), lambda: self._zoom_to(layer))
        menu.addSeparator()
        _entry(menu, "/mIconSuccess.svg", tr("Declare Complete…"), lambda: self.declare(state))
        return menu

    def _open_table(self, layer: QgsVectorLayer) -> None:
        self.iface.setActiveLayer(layer)
        self.iface.showAttributeTable(layer)

    def _zoom_to(self, layer: QgsVectorLayer) -> None:
        canvas = self.iface.mapCanvas()
        layer.updateExtents()
        if layer.featureCount() and not layer.extent().isNull():
            map_settings: QgsMapSettings = canvas.mapSettings()
            extent = map_settings.layerExtentToOutputExtent(layer, layer.extent())
            extent.scale(1.05)
            canvas.setExtent(extent)
            canvas.refresh()
        else:
            say(self.iface, tr("{layer} shows no features.").format(layer=layer.name()))

    def add_layer(self, table: str) -> None:
        """Add a layer of the map to the project, styled, in the group of its theme."""
        from ..engine.catalog import load_catalog
        from ..paths import user_layers
        from ..project import import_layers

        try:
            catalog = load_catalog(user_layers())
            layer = import_layers.refresh(self.desk.project, self.desk.path, table, catalog, self.desk.lang)
        except EnvZonesError as error:
            say(self.iface, str(error), "warning")
            return
        if layer is not None:
            self.iface.setActiveLayer(layer)

    def declare(self, state: LayerState) -> None:
        """Open the form of a declaration that the layer is complete."""
        from .declare import declare

        declare(self.iface, self.desk, state.table, state.title)

    # --- the map --------------------------------------------------------------------------------------------

    def open_folder(self) -> None:
        """Show the map's file in the system's file manager."""
        path = self.desk.path
        if isinstance(path, Path):
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))

    def reload(self) -> None:
        """Read the map again: its rows in the layers, what it holds here."""
        for layer in self._project_layers().values():
            if not layer.isEditable():
                layer.reload()
                layer.triggerRepaint()
        self._seen = None
        self.desk.refresh()
        self.refresh()
        self._view.refresh()

    def validate(self) -> None:
        """Open the dialog that checks the whole map."""
        import processing

        from .prefill import prefilled

        known = prefilled("validatezones")
        if self.desk.path is not None:
            known["ONEMAP"] = str(self.desk.path)
        processing.execAlgorithmDialog("envzones:validatezones", known)


def _file_name(path: Any) -> str:
    return path.name if isinstance(path, Path) else str(getattr(path, "name", path))


def _tool(name: str, icon: str, text: str, slot: Any) -> QToolButton:
    button = QToolButton()
    button.setObjectName(f"EnvZones{name}")
    button.setIcon(QgsApplication.getThemeIcon(icon))
    button.setAutoRaise(True)
    button.setText(text)
    button.setToolTip(text)
    button.clicked.connect(lambda _checked=False: slot())
    return button


def _step(name: str, text: str, tip: str, slot: Any) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(f"EnvZones{name}")
    button.setToolTip(tip)
    # Three beside each other share the width, whatever each says.
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    button.clicked.connect(lambda _checked=False: slot())
    return button


def _entry(menu: QMenu, icon: str, text: str, slot: Any) -> None:
    menu.addAction(QgsApplication.getThemeIcon(icon), text).triggered.connect(lambda _checked=False: slot())
