"""Take Back Ledger…: what an office changed in a ledger of items, shown before any of it is written."""

from __future__ import annotations

import getpass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsProject
from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from ..engine.errors import EnvZonesError
from ..project import settings, source
from ..texts import language, tr
from .help import add_help
from .paged import Bar
from .runner import Runner
from .say import say

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from ..engine.report.items_return import Change, Returned

_CHANGE = Qt.ItemDataRole.UserRole
#: Columns of the table.
_NUMBER, _NAME, _FIELD, _OLD, _NEW, _STATE = range(6)
#: More sentences than these would leave no room for the table; the list of changes has them all.
_MOST_TOLD = 6
_READY, _CONFLICT, _REFUSED = "ready", "conflict", "refused"


class ReturnDialog(QDialog):
    """Shows the changes of a ledger with a tick for each, and writes those that are ticked."""

    def __init__(self, iface: QgisInterface, project: QgsProject) -> None:
        super().__init__(iface.mainWindow())
        self.setObjectName("EnvZonesReturnLedger")
        self.setWindowTitle(tr("Take Back Ledger"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._iface, self._project = iface, project
        self._found: Returned | None = None
        self._items: Any = None
        self._runner = Runner(self)
        self._runner.progressed.connect(lambda percent, left: self._bar.tell(percent, left, self._doing))
        self._doing = ""
        self._build()
        width = 130 * self.fontMetrics().averageCharWidth()
        self.resize(min(width, iface.mainWindow().width()), 34 * self.fontMetrics().height())

    @classmethod
    def ask(cls, iface: QgisInterface, project: QgsProject) -> ReturnDialog | None:
        """Open the dialog for the project's one map; say why where it cannot be opened."""
        where = settings.onemap_path(project)
        if where is None:
            say(iface, tr("This project has no one map; make one with New One-Map Project… first."), "info")
            return None
        layer = source.map_layers(project, where).get("rectification_item")
        if layer is not None and layer.isModified():
            say(
                iface,
                tr("The items to be rectified have unsaved edits; save or discard them, then run again."),
                "warning",
            )
            return None
        dialog = cls(iface, project)
        dialog.open()
        return dialog

    def _build(self) -> None:
        self._file = QgsFileWidget()
        self._file.setObjectName("EnvZonesReturnFile")
        self._file.setFilter(tr("Excel workbook (*.xlsx)"))
        self._file.setDialogTitle(tr("Edited Ledger"))
        self._file.setDefaultRoot(settings.export_folder() or self._project.homePath())
        self._file.fileChanged.connect(self.read)
        self._blank = QCheckBox(tr("&Emptied cells empty the field"))
        self._blank.setToolTip(tr("Else an empty cell changes nothing"))
        self._blank.toggled.connect(lambda _on: self.read())
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("&Ledger:"), self._file)
        form.labelForField(self._file).setBuddy(self._file.lineEdit())
        form.addRow("", self._blank)
        self._show = QComboBox()
        self._show.setObjectName("EnvZonesReturnShow")
        self._show.setToolTip(tr("Which changes are listed"))
        for title, state in (
            (tr("All changes"), ""), (tr("Ready"), _READY), (tr("In conflict"), _CONFLICT), (tr("Refused"), _REFUSED),
        ):  # fmt: skip
            self._show.addItem(title, state)
        self._show.currentIndexChanged.connect(self._sift)
        self._counts = QLabel()
        self._counts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        line = QHBoxLayout()
        line.addWidget(self._show)
        line.addWidget(self._counts, 1)
        self._table = QTreeWidget()
        self._table.setObjectName("EnvZonesReturnChanges")
        self._table.setRootIsDecorated(False)
        self._table.setAlternatingRowColors(True)
        self._table.setUniformRowHeights(True)
        self._table.setHeaderLabels(
            [tr("Problem number"), self._name_title(), tr("Field"), tr("In the map"), tr("In the ledger"), tr("Result")]
        )
        self._table.itemChanged.connect(self._ticked)
        self._said = QLabel()
        self._said.setObjectName("EnvZonesReturnSaid")
        self._said.setWordWrap(True)
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        self._said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._bar = Bar()
        buttons = QDialogButtonBox.StandardButton
        self._buttons = QDialogButtonBox(buttons.Ok | buttons.Cancel)
        self._ok = self._buttons.button(buttons.Ok)
        self._ok.setText(tr("Apply"))
        self._buttons.button(buttons.Cancel).setText(tr("Cancel"))
        add_help(self._buttons, "export")
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addLayout(form)
        box.addLayout(line)
        box.addWidget(self._table, 1)
        box.addWidget(self._said)
        box.addWidget(self._bar)
        box.addWidget(self._buttons)
        self._tell(
            tr(
                "Choose a ledger that the office has edited; its changes are shown before any of them is written."
            )
        )
        self._allow()

    @staticmethod
    def _name_title() -> str:
        from ..engine.catalog import load_catalog

        return load_catalog()["rectification_item"].field("name").title(language())

    # ---- reading ----------------------------------------------------------------------------------------

    def read(self, _path: str = "") -> None:
        """Hold the ledger against the map, in the background."""
        text = self._file.filePath().strip()
        if not text:
            return
        if not Path(text).is_file():
            self._tell(tr("{file} does not exist.").format(file=text))
            return
        self._found = None
        self._table.clear()
        try:
            store = self._store()
        except EnvZonesError as error:
            self._tell(str(error))
            return
        day, lang, blank = settings.as_of(self._project) or date.today(), language(), self._blank.isChecked()
        # What an office enters today lies after the day that the map speaks of.
        day = max(day, date.today())

        def work(progress: Any) -> tuple[Returned, Any]:
            from ..store.follow_up import take_back

            return take_back(store, Path(text), as_of=day, lang=lang, blank_clears=blank, progress=progress)

        self._begin(tr("Reading the ledger"))
        self._runner.start(self._doing, work, self._read, self._failed, lambda: self._failed(tr("Cancelled.")))

    def _store(self) -> Any:
        from ..store.store import open_store

        place = source.location(settings.onemap_path(self._project))
        return open_store(place) if place.path else source.store(place)

    def _read(self, answer: tuple[Returned, Any]) -> None:
        self._end()
        self._found, self._items = answer
        titles = {_READY: tr("Ready"), _CONFLICT: tr("In conflict"), _REFUSED: tr("Refused")}
        self._table.blockSignals(True)
        for one in self._found.changes:
            state = titles[one.state] + (f": {one.why}" if one.why else "")
            row = QTreeWidgetItem([one.number, one.name, one.title, one.old, one.new, state])
            row.setData(_NUMBER, _CHANGE, one)
            for column in (_NAME, _OLD, _NEW, _STATE):
                row.setToolTip(column, row.text(column))
            if one.state == _REFUSED:
                row.setFlags(row.flags() & ~Qt.ItemFlag.ItemIsUserCheckable & ~Qt.ItemFlag.ItemIsEnabled)
            else:
                row.setCheckState(
                    _NUMBER, Qt.CheckState.Checked if one.state == _READY else Qt.CheckState.Unchecked
                )
            self._table.addTopLevelItem(row)
        self._table.blockSignals(False)
        widest = 24 * self.fontMetrics().averageCharWidth()
        for column in range(_STATE):
            self._table.resizeColumnToContents(column)
            self._table.setColumnWidth(column, min(self._table.columnWidth(column), widest))
        said = self._found.problems[:_MOST_TOLD] + ["…"] * (len(self._found.problems) > _MOST_TOLD)
        for words, numbers in (
            (tr("Not in the ledger any more, left as they are: {numbers}"), self._found.missing),
            (tr("Not in the map: {numbers}"), self._found.unknown),
        ):
            if numbers:
                said.append(words.format(numbers=", ".join(numbers[:12]) + ("…" if len(numbers) > 12 else "")))
        if not self._found.traced:
            said.append(
                tr(
                    "This ledger does not remember what it was written from; it is held against the map as it is."
                )
            )
        self._tell("\n".join(said) or ("" if self._found.changes else tr("The ledger brings nothing new.")))
        self._counts.setText(
            tr(
                "{rows} rows, {same} unchanged; {ready} changes ready, {conflict} in conflict, {refused} refused"
            ).format(
                rows=self._found.rows, same=self._found.unchanged, ready=len(self._found.of_state(_READY)),
                conflict=len(self._found.of_state(_CONFLICT)), refused=len(self._found.of_state(_REFUSED)),
            )
        )  # fmt: skip
        self._sift()
        self._allow()

    def _rows(self) -> list[QTreeWidgetItem]:
        return [self._table.topLevelItem(k) for k in range(self._table.topLevelItemCount())]

    def _sift(self, *_: Any) -> None:
        state = self._show.currentData()
        for row in self._rows():
            row.setHidden(bool(state) and row.data(_NUMBER, _CHANGE).state != state)

    def _ticked(self, row: QTreeWidgetItem, _column: int) -> None:
        """Tick what belongs to the same step alike: it is written whole or not."""
        one = row.data(_NUMBER, _CHANGE)
        if one.tied:
            self._table.blockSignals(True)
            for other in self._rows():
                like = other.data(_NUMBER, _CHANGE)
                if like.tied and like.number == one.number:
                    other.setCheckState(_NUMBER, row.checkState(_NUMBER))
            self._table.blockSignals(False)
            self._table.viewport().update()
        self._allow()

    def chosen(self) -> list[Change]:
        """Return the changes that are ticked."""
        return [
            row.data(_NUMBER, _CHANGE)
            for row in self._rows()
            if row.checkState(_NUMBER) == Qt.CheckState.Checked
        ]

    # ---- writing ----------------------------------------------------------------------------------------

    def accept(self) -> None:
        """Write the ticked changes as one edit."""
        if self._runner.busy or self._found is None:
            return
        chosen, found, items = self.chosen(), self._found, self._items
        try:
            store = self._store()
        except EnvZonesError as error:
            self._tell(str(error))
            return

        def work(progress: Any) -> int:
            from ..store.follow_up import apply_returned

            return apply_returned(store, found, items, chosen, who=getpass.getuser(), progress=progress)

        self._begin(tr("Writing the changes"))
        self._runner.start(
            self._doing, work, self._written, self._failed, lambda: self._failed(tr("Cancelled."))
        )

    def _written(self, count: int) -> None:
        where = settings.onemap_path(self._project)
        for table, layer in source.each_map_layer(self._project, where):
            if table == "rectification_item":
                layer.dataProvider().reloadData()
                layer.triggerRepaint()
        say(self._iface, tr("{n} items were changed as the ledger says.").format(n=count), "success")
        super().accept()

    def _failed(self, words: str) -> None:
        self._end()
        self._tell(words)
        self._allow()

    def reject(self) -> None:
        """Stop what runs; close where nothing does."""
        if self._runner.busy:
            self._runner.cancel()
        else:
            super().reject()

    def _begin(self, doing: str) -> None:
        self._doing = doing
        for one in (self._file, self._blank, self._table, self._ok):
            one.setEnabled(False)
        self._bar.begin(doing)

    def _end(self) -> None:
        for one in (self._file, self._blank, self._table):
            one.setEnabled(True)
        self._bar.hide()

    def _allow(self) -> None:
        self._ok.setEnabled(not self._runner.busy and bool(self.chosen()))

    def _tell(self, words: str) -> None:
        self._said.setText(words)
        self._said.setVisible(bool(words))
