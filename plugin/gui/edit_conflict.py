"""The question when somebody else has changed a row meanwhile: theirs or mine, field by field, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from qgis.core import QgsGeometry, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QRadioButton,
    QTableWidget,
    QTableWidgetItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from ..project import editing
from ..project.editing_store import Clash
from ..texts import tr
from . import edit_show
from .edit_guard import local_time, name_of
from .help import add_help

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from .edit_guard import Watch

_KEY = Qt.ItemDataRole.UserRole
_OURS, _THEIRS = QColor(255, 243, 205), QColor(214, 234, 248)


class ConflictDialog(QDialog):
    """Lists the rows that clash; the user keeps theirs or their own, or goes on editing."""

    def __init__(self, watch: Watch, iface: QgisInterface) -> None:
        super().__init__(iface.mainWindow())
        self.setObjectName("EnvZonesConflict")
        self.setWindowTitle(tr("Changed by Somebody Else"))
        self.setModal(True)
        self.watch = watch
        self._iface = iface
        self._held = editing.pending(watch.layer)
        self._mine: dict[int, bool] = {}
        self._entries = {clash.feature: watch.history(clash) for clash in watch.clashes}
        self._marks = edit_show.Marks(iface.mapCanvas())
        self._build()
        for clash in watch.clashes:
            self._add(clash)
        self._rows.setCurrentItem(self._rows.topLevelItem(0))
        self._allow()
        self.finished.connect(self._marks.release)
        self.resize(780, 520)

    def _build(self) -> None:
        box = QVBoxLayout(self)
        text = QLabel(
            tr("These rows were changed while you edited them. Nothing has been saved yet. Choose for each row.")
        )
        text.setWordWrap(True)
        box.addWidget(text)
        self._rows = QTreeWidget()
        self._rows.setObjectName("EnvZonesConflictRows")
        self._rows.setRootIsDecorated(False)
        self._rows.setHeaderLabels([tr("Row"), tr("They"), tr("Who"), tr("When"), tr("Keep")])
        self._rows.setMaximumHeight(130)
        self._rows.currentItemChanged.connect(self._show)
        box.addWidget(self._rows)
        self._table = QTableWidget(0, 3)
        self._table.setObjectName("EnvZonesConflictFields")
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self._table.verticalHeader().hide()
        self._table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._table.setHorizontalHeaderLabels([tr("Field"), tr("Mine"), tr("Theirs")])
        box.addWidget(self._table, 1)
        row = QHBoxLayout()
        self._theirs = QRadioButton(tr("Keep &theirs (give up my edit of this row)"))
        self._ours = QRadioButton(tr("Keep &mine (the history keeps both)"))
        self._choice = QButtonGroup(self)
        self._choice.addButton(self._theirs, 0)
        self._choice.addButton(self._ours, 1)
        self._choice.idClicked.connect(self._choose)
        row.addWidget(self._theirs)
        row.addWidget(self._ours)
        row.addStretch(1)
        self._zoom = QPushButton(tr("Show on the Map"))
        self._zoom.setAutoDefault(False)
        self._zoom.clicked.connect(self._to_map)
        row.addWidget(self._zoom)
        box.addLayout(row)
        buttons = QDialogButtonBox()
        self._save = buttons.addButton(tr("Save"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._save.setObjectName("EnvZonesConflictSave")
        cancel = buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        cancel.setText(tr("Cancel"))
        cancel.setToolTip(tr("Go on editing; nothing is saved"))
        add_help(buttons, "editing#conflict")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        box.addWidget(buttons)

    def _add(self, clash: Clash) -> None:
        item = QTreeWidgetItem(
            [
                name_of(self.watch.layer, clash),
                tr("deleted") if clash.deleted else tr("changed"),
                clash.who or tr("unknown"),
                local_time(clash.at),
                tr("choose"),
            ]
        )
        item.setData(0, _KEY, clash.feature)
        self._rows.addTopLevelItem(item)
        for column in range(4):
            self._rows.resizeColumnToContents(column)

    def keep(self, feature: int, mine: bool) -> None:
        """Choose for one row."""
        self._mine[feature] = mine
        for index in range(self._rows.topLevelItemCount()):
            item = self._rows.topLevelItem(index)
            if item.data(0, _KEY) == feature:
                item.setText(4, tr("mine") if mine else tr("theirs"))
        self._tick()
        self._allow()

    def accept(self) -> None:
        """Save what was chosen."""
        if not self._save.isEnabled():
            return
        super().accept()
        self.watch.resolve(self._mine)

    def _allow(self) -> None:
        self._save.setEnabled({one.feature for one in self.watch.clashes} <= set(self._mine))

    def _choose(self, number: int) -> None:
        clash = self._current()
        if clash is not None:
            self.keep(clash.feature, bool(number))

    def _current(self) -> Clash | None:
        item = self._rows.currentItem()
        feature = None if item is None else item.data(0, _KEY)
        return next((one for one in self.watch.clashes if one.feature == feature), None)

    def _show(self, *_: Any) -> None:
        clash = self._current()
        if clash is None:
            return
        theirs, before = self._theirs_of(clash)
        rows = differences(self.watch.layer, clash, self._held, theirs, before)
        self._table.setRowCount(len(rows))
        for number, (title, mine, theirs, mine_new, theirs_new) in enumerate(rows):
            for column, (words, colour) in enumerate(
                ((title, None), (mine, _OURS if mine_new else None), (theirs, _THEIRS if theirs_new else None))
            ):
                cell = QTableWidgetItem(words)
                cell.setToolTip(words)
                if colour is not None:
                    cell.setBackground(colour)
                    cell.setForeground(QColor(0, 0, 0))
                self._table.setItem(number, column, cell)
        self._table.resizeRowsToContents()
        self._tick()
        self._ours.setText(
            tr("Keep &mine (put the row back with my edit)")
            if clash.deleted
            else tr("Keep &mine (delete it)") if clash.mine_deleted else tr("Keep &mine (the history keeps both)")
        )
        self._marks.clear()

    def _tick(self) -> None:
        clash = self._current()
        chosen = None if clash is None else self._mine.get(clash.feature)
        self._choice.setExclusive(False)
        self._theirs.setChecked(chosen is False)
        self._ours.setChecked(chosen is True)
        self._choice.setExclusive(True)

    def _theirs_of(self, clash: Clash) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Return what they changed, by column, and how it was when it was read; from the trail, the oldest first."""
        found: dict[str, Any] = {}
        before: dict[str, Any] = {}
        for entry in reversed(self._entries[clash.feature]):
            for name in entry.changed():
                before.setdefault(name, (entry.before or {}).get(name))
                found[name] = None if entry.after is None else entry.after.get(name)
        return found, before

    def _to_map(self, _checked: bool = False) -> None:
        clash = self._current()
        if clash is None:
            return
        theirs = edit_show.stored_geometry(self.watch.layer, clash.feature)
        mine = self._held.shapes.get(clash.feature, theirs)
        shapes = [(mine, edit_show.MINE), (theirs, edit_show.THEIRS)]
        self._marks.show([(shape, look) for shape, look in shapes if shape is not None], self.watch.layer.crs())
        self._marks.zoom()


def differences(
    layer: QgsVectorLayer, clash: Clash, held: editing.Pending, theirs: Mapping[str, Any], before: Mapping[str, Any]
) -> list[tuple[str, str, str, bool, bool]]:
    """Return rows (field, my value, their value, changed by me, changed by them) of what either side changed.

    Where only they changed a value, mine is the one that was there `before`.
    """
    fields = layer.fields()
    mine = held.values.get(clash.feature, {})
    stored = edit_show.stored_feature(layer, clash.feature)
    out = []
    if clash.mine_deleted or clash.deleted:
        me = tr("(deleted)") if clash.mine_deleted else tr("(changed)") if mine or clash.feature in held.shapes else ""
        they = tr("(deleted)") if clash.deleted else tr("(changed)")
        out.append((tr("Row"), me, they, clash.mine_deleted, clash.deleted))
    for index, name in editing.store_indexes(fields).items():
        by_them = name in theirs and not clash.deleted
        if index not in mine and not by_them:
            continue
        now = theirs[name] if by_them else (editing.plain(stored.attribute(name)) if stored is not None else None)
        own = editing.plain(mine[index]) if index in mine else before.get(name)
        words = [edit_show.in_words(layer, index, value) for value in (own, now)]
        out.append(
            (layer.attributeDisplayName(index), *words, index in mine, by_them)
        )
    shape = held.shapes.get(clash.feature)
    by_them = "geom" in theirs and not clash.deleted
    if shape is not None or by_them:
        now = QgsGeometry() if stored is None else stored.geometry()
        own = shape if shape is not None else editing.from_hex(before.get("geom"))
        texts = [edit_show.measure_words(one, layer.crs(), QgsProject.instance()) for one in (own, now)]
        out.append((tr("Shape"), *texts, shape is not None, by_them))
    return out
