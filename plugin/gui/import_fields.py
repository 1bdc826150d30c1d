"""The wizard's page of fields: into which layer the rows go, and which column becomes which field."""

from __future__ import annotations

import html
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QObject, QSize, Qt
from qgis.PyQt.QtGui import QBrush, QColor
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QCompleter,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
    QWizardPage,
)

from ..engine.errors import EnvZonesError
from ..project import import_layers, import_source, import_state
from ..project.import_state import State
from ..texts import language, tr
from .import_values import ValuesTable, empty

if TYPE_CHECKING:
    from ..engine.catalog import FieldSpec
    from ..engine.exchange.mapping import FieldMap, Mapping

_FOLDER = "envzones/import_template_folder"
#: Fields that the map fills itself.
_OWN = frozenset({"source_fields", "adjusts_uid"})
_FIELD, _FROM, _FIXED, _TIMES, _EXAMPLE, _WHY = range(6)
_UNSURE, _LACKING = QColor(255, 246, 220), QColor(253, 232, 230)
_INK = QColor(30, 30, 30)
_SURE = 0.8


class FieldsPage(QWizardPage):
    """Layer, columns, fixed values, words of domains; templates."""

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesImportFields")
        self.setTitle(tr("Layer and Fields"))
        self.setSubTitle(
            tr(
                "Choose the layer that receives the rows and confirm which column becomes which field; the rest is"
                " kept too."
            )
        )
        self._state = state
        self._targets: list[import_layers.Target] = []
        self._filling = False
        self._examples: dict[str, str] = {}
        self._for: Any = None
        self._fields: list[FieldSpec] = []
        self._no_wheel = _NoWheel(self)
        self._build()

    def _build(self) -> None:
        self.layer = QComboBox()
        self.layer.setObjectName("EnvZonesImportLayer")
        self.layer.setEditable(True)
        self.layer.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.layer.setToolTip(tr("Type a part of the layer's name, in Chinese or English"))
        self.layer.lineEdit().setPlaceholderText(tr("Choose a layer, or type a part of its name"))
        self.layer.lineEdit().setClearButtonEnabled(True)
        completer = QCompleter(self.layer.model(), self.layer)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.layer.setCompleter(completer)
        self.layer.activated.connect(lambda _=0: self._layer_chosen())
        self.layer.lineEdit().editingFinished.connect(self._layer_typed)
        label = QLabel(tr("Into &layer"))
        label.setBuddy(self.layer)
        load = QPushButton(tr("Load &Template…"))
        load.setToolTip(tr("Use a mapping that was saved before, also for files of the same kind"))
        load.clicked.connect(lambda _=False: self._load())
        self._save_button = QPushButton(tr("&Save Template…"))
        self._save_button.setToolTip(tr("Keep this mapping and the coordinate system for files like this one"))
        self._save_button.clicked.connect(lambda _=False: self._save())
        row = QHBoxLayout()
        row.addWidget(label)
        row.addWidget(self.layer, 1)
        row.addWidget(load)
        row.addWidget(self._save_button)
        self.table = QTableWidget(0, 6)
        self.table.setObjectName("EnvZonesImportMapping")
        self.table.setAccessibleName(tr("Which column becomes which field"))
        self.table.setHorizontalHeaderLabels(
            [tr("Our field"), tr("From column"), tr("Or fixed value"), tr("Times"), tr("Example"), tr("Why")]
        )
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.table.fontMetrics().height() + 12)
        head = self.table.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        head.setStretchLastSection(True)
        self.table.currentCellChanged.connect(lambda *_: self._show_values())
        self.values = ValuesTable()
        self.values.changed.connect(self._values_changed)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.table)
        split.addWidget(self.values)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 1)
        split.setSizes([320, 140])
        split.setChildrenCollapsible(False)
        self.rest = QLabel()
        self.rest.setObjectName("EnvZonesImportRest")
        self.rest.setWordWrap(True)
        self.rest.setTextFormat(Qt.TextFormat.RichText)
        self.said = QLabel()
        self.said.setObjectName("EnvZonesImportFieldsSaid")
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addLayout(row)
        box.addWidget(split, 1)
        box.addWidget(self.rest)
        box.addWidget(self.said)

    # --- the layer ----------------------------------------------------------------------------------------------

    def initializePage(self) -> None:  # noqa: N802 - Qt's name
        """List the layers that can take the file's features; keep what was mapped."""
        state = self._state
        self.said.clear()
        if state.sample is None:
            return
        wanted = (state.path, state.options, state.sample.name)
        if wanted == self._for and state.mapping is not None:
            self._show_values()
            return
        self._for = wanted
        self._examples = _examples(state)
        kinds = import_source.dimensions(state.sample)
        lang = language()
        try:
            self._targets = import_layers.targets(state.where, state.catalog, lang, kinds)
        except EnvZonesError as error:
            self._targets = []
            self.said.setText(str(error))
        self._filling = True
        self.layer.clear()
        for one in self._targets:
            self.layer.addItem(one.words(lang), one.table)
            tip = " · ".join(part for part in (one.theme, one.department) if part)
            self.layer.setItemData(self.layer.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.layer.setCurrentIndex(-1)
        self._filling = False
        before = state.mapping
        state.mapping = None
        self._fill()
        # A file like the one before goes the same way; it is shown, and can be changed.
        if before is not None and {one.source for one in before.fields.values()} <= set(
            import_source.titles(state.sample)
        ):
            self.use(before)

    def choose(self, table: str) -> None:
        """Choose a layer, as a click does."""
        self.layer.setCurrentIndex(self.layer.findData(table))
        self._layer_chosen()

    def _layer_typed(self) -> None:
        """A name typed in full, or the only one that has what was typed, is chosen."""
        if self._filling:
            return
        text = self.layer.currentText().strip().lower()
        if not text or text == self.layer.itemText(self.layer.currentIndex()).lower():
            return
        found = [k for k in range(self.layer.count()) if text in self.layer.itemText(k).lower()]
        if len(found) == 1:
            self.layer.setCurrentIndex(found[0])
            self._layer_chosen()

    def _layer_chosen(self) -> None:
        """Propose a mapping for the layer."""
        table, state = self.layer.currentData(), self._state
        if self._filling or table is None or state.sample is None:
            return
        if state.mapping is None or state.mapping.layer != table:
            state.mapping = import_state.proposal(state.sample, state.catalog[table])
            state.words = {}
        self._fill()

    def use(self, found: Mapping) -> None:
        """Take a mapping as it is, from a template or the file before."""
        index = self.layer.findData(found.layer)
        if index < 0:
            self.said.setText(
                tr("The template is for layer {layer}, which cannot take this file's features.").format(
                    layer=found.layer
                )
            )
            return
        self._state.mapping = found
        self._state.words = {}
        self._filling = True
        self.layer.setCurrentIndex(index)
        self._filling = False
        self._fill()

    # --- the table ----------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        """Show the mapping."""
        state = self._state
        self._filling = True
        empty(self.table)
        self._fields = []
        if state.mapping is not None and state.spec is not None and state.sample is not None:
            known = {*state.mapping.fields, *state.mapping.constants}
            # What is mapped or must be comes first; the rest follows in the layer's order.
            self._fields = sorted(
                (item for item in state.spec.fields if item.name not in _OWN),
                key=lambda item: (item.name not in known and (not item.required or item.name == "uid")),
            )
            columns = import_source.titles(state.sample)
            self.table.setRowCount(len(self._fields))
            for row, item in enumerate(self._fields):
                self._fill_row(row, item, columns)
            self.table.resizeColumnsToContents()
            for column, most in ((_FIELD, 210), (_FROM, 190), (_FIXED, 170), (_TIMES, 70), (_EXAMPLE, 170)):
                self.table.setColumnWidth(column, max(60, min(self.table.columnWidth(column) + 6, most)))
        self._filling = False
        domain = next((k for k, item in enumerate(self._fields) if item.domain and self._mapped(item.name)), 0)
        if self._fields:
            self.table.setCurrentCell(domain, _FIELD)
        self._follow()

    def _mapped(self, name: str) -> FieldMap | None:
        return None if self._state.mapping is None else self._state.mapping.fields.get(name)

    def _fill_row(self, row: int, item: FieldSpec, columns: tuple[str, ...]) -> None:
        lang = language()
        title = QTableWidgetItem(f"{item.title(lang)}{' *' if item.required and item.name != 'uid' else ''}")
        tip = item.name if not item.required else tr("{field}, required").format(field=item.name)
        title.setToolTip(f"{tip}\n{(item.hint or {}).get(lang, '')}".strip())
        self.table.setItem(row, _FIELD, title)
        box = QComboBox()
        box.setObjectName(f"EnvZonesImportFrom_{item.name}")
        box.setAccessibleName(tr("Column for {field}").format(field=item.title(lang)))
        box.addItem("—", None)
        for column in columns:
            box.addItem(column, column)
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box.installEventFilter(self._no_wheel)
        one = self._mapped(item.name)
        box.setCurrentIndex(0 if one is None else max(0, box.findData(one.source)))
        box.activated.connect(lambda _=0, k=row: self._column_chosen(k))
        self.table.setCellWidget(row, _FROM, box)
        self.table.setCellWidget(row, _FIXED, self._fixed(row, item))
        for column in (_TIMES, _EXAMPLE, _WHY):
            self.table.setItem(row, column, QTableWidgetItem())
        if item.type in ("real", "integer"):
            times = QLineEdit("" if one is None or one.factor is None else f"{one.factor:.12g}")
            times.setFrame(False)
            times.setToolTip(tr("What the column's numbers are multiplied with, where its unit is another"))
            times.editingFinished.connect(lambda k=row: self._factor_typed(k))
            self.table.setCellWidget(row, _TIMES, times)
        self._words(row)

    def _fixed(self, row: int, item: FieldSpec) -> QWidget:
        constants = self._state.mapping.constants if self._state.mapping is not None else {}
        value = constants.get(item.name)
        if item.domain or item.type == "boolean":
            lang = language()
            box = QComboBox()
            box.addItem("", None)
            if item.domain:
                for code, titles in item.domain.items():
                    box.addItem(titles[lang], code)
            else:
                box.addItem(tr("yes"), True)
                box.addItem(tr("no"), False)
            box.setCurrentIndex(max(0, box.findData(value)))
            box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            box.installEventFilter(self._no_wheel)
            box.activated.connect(
                lambda _=0, k=row: self._fixed_given(k, self.table.cellWidget(k, _FIXED).currentData())
            )
            made: QWidget = box
        else:
            edit = QLineEdit("" if value is None else str(value))
            edit.setFrame(False)
            edit.setPlaceholderText("2020-12-31" if item.type == "date" else "")
            edit.editingFinished.connect(
                lambda k=row: self._fixed_given(k, self.table.cellWidget(k, _FIXED).text().strip())
            )
            made = edit
        made.setObjectName(f"EnvZonesImportFixed_{item.name}")
        made.setToolTip(tr("The same value for all rows"))
        made.setAccessibleName(tr("Fixed value of {field}").format(field=item.title(language())))
        return made

    def _words(self, row: int) -> None:
        """Show a row's example and why it was proposed; tint what is not sure and what lacks."""
        item = self._fields[row]
        one, mapping = self._mapped(item.name), self._state.mapping
        constant = mapping is not None and item.name in mapping.constants
        zh = language() == "zh"
        why, tint = "", None
        if one is not None:
            why = one.why_zh if zh else one.why_en
            if one.sure < _SURE:
                why = tr("Please confirm: {why}").format(why=why)
                tint = _UNSURE
            missing = self._missing_words(item, one)
            if missing:
                why = tr("{n} words without a code below; {why}").format(n=len(missing), why=why)
                tint = _UNSURE
        elif constant:
            why = tr("the same for all rows")
        elif item.required and item.name != "uid":
            why, tint = tr("required: choose a column or a value"), _LACKING
        self.table.item(row, _EXAMPLE).setText("" if one is None else self._examples.get(one.source, ""))
        self.table.item(row, _WHY).setText(why)
        self.table.item(row, _WHY).setToolTip(why)
        for column in (_FIELD, _EXAMPLE, _WHY):
            cell = self.table.item(row, column)
            cell.setBackground(QBrush() if tint is None else QBrush(tint))
            # A tinted cell needs its own ink, whatever the theme of the window.
            cell.setForeground(QBrush() if tint is None else QBrush(_INK))

    def _column_chosen(self, row: int) -> None:
        item = self._fields[row]
        self._map(row, self.table.cellWidget(row, _FROM).currentData())
        self.table.setCurrentCell(row, _FIELD)
        self._follow()
        if self._mapped(item.name) is not None and item.name in self._constants():
            self._fixed_given(row, None)

    def map_column(self, field: str, column: str | None) -> None:
        """Choose the column of a field, as a click does."""
        row = next(k for k, item in enumerate(self._fields) if item.name == field)
        box = self.table.cellWidget(row, _FROM)
        box.setCurrentIndex(box.findData(column) if column is not None else 0)
        self._column_chosen(row)

    def _constants(self) -> dict[str, Any]:
        return dict(self._state.mapping.constants) if self._state.mapping is not None else {}

    def _map(self, row: int, column: str | None) -> None:
        from ..engine.exchange import map_values, mapping

        state, item = self._state, self._fields[row]
        if state.mapping is None or state.sample is None:
            return
        fields = dict(state.mapping.fields)
        fields.pop(item.name, None)
        if column is not None:
            known = mapping.aliases()
            words = map_values.propose(state.sample.frame[column], item, known) if item.domain else {}
            factor = map_values.units(column, item)
            fields[item.name] = mapping.FieldMap(column, words, factor)
        state.mapping = replace(state.mapping, fields=fields)
        times = self.table.cellWidget(row, _TIMES)
        if times is not None:
            one = fields.get(item.name)
            times.setText("" if one is None or one.factor is None else f"{one.factor:.12g}")
        self._words(row)

    def _fixed_given(self, row: int, value: Any) -> None:
        if self._filling or self._state.mapping is None:
            return
        item, constants = self._fields[row], self._constants()
        if value in (None, ""):
            constants.pop(item.name, None)
            widget = self.table.cellWidget(row, _FIXED)
            if isinstance(widget, QComboBox):
                widget.setCurrentIndex(0)
            else:
                widget.clear()
        else:
            constants[item.name] = value
            if self._mapped(item.name) is not None:
                self.table.cellWidget(row, _FROM).setCurrentIndex(0)
                self._map(row, None)
        self._state.mapping = replace(self._state.mapping, constants=constants)
        self._words(row)
        self._follow()

    def set_fixed(self, field: str, value: Any) -> None:
        """Give a field the same value for all rows, as the user does."""
        row = next(k for k, item in enumerate(self._fields) if item.name == field)
        widget = self.table.cellWidget(row, _FIXED)
        if isinstance(widget, QComboBox):
            widget.setCurrentIndex(max(0, widget.findData(value)))
        else:
            widget.setText(str(value))
        self._fixed_given(row, value)

    def _factor_typed(self, row: int) -> None:
        item, times = self._fields[row], self.table.cellWidget(row, _TIMES)
        one = self._mapped(item.name)
        if one is None or self._state.mapping is None:
            times.clear()
            return
        text = times.text().strip()
        try:
            factor = float(text) if text else None
        except ValueError:
            times.setText("" if one.factor is None else f"{one.factor:.12g}")
            return
        self._state.mapping = self._state.mapping.using(**{item.name: replace(one, factor=factor)})

    # --- words of domains ---------------------------------------------------------------------------------------

    def _found_words(self, item: FieldSpec, one: FieldMap) -> dict[str, int]:
        """The words of a column with how often they stand there, in the sample and as the check found them."""
        sample = self._state.sample
        if sample is None or not item.domain or one.source not in sample.frame:
            return {}
        cells = sample.frame[one.source].dropna().astype(str).str.strip()
        found = {str(word): int(n) for word, n in cells[cells != ""].value_counts().head(300).items()}
        for word, count in self._state.words.get(item.name, {}).items():
            found.setdefault(word, count)
        return found

    def _missing_words(self, item: FieldSpec, one: FieldMap) -> list[str]:
        codes = set(item.domain or ())
        return [word for word in self._found_words(item, one) if word not in one.values and word not in codes]

    def _show_values(self) -> None:
        row = self.table.currentRow()
        item = self._fields[row] if 0 <= row < len(self._fields) else None
        one = None if item is None else self._mapped(item.name)
        if item is None or one is None or not item.domain:
            self.values.show_none()
        else:
            self.values.show_words(item, one, self._found_words(item, one))

    def show_field(self, field: str) -> None:
        """Choose a field, so that its words are shown."""
        row = next((k for k, item in enumerate(self._fields) if item.name == field), None)
        if row is not None:
            self.table.setCurrentCell(row, _FIELD)
            self._words(row)
            self._show_values()

    def _values_changed(self, field: str, word: str, code: str) -> None:
        one = self._mapped(field)
        if one is None or self._state.mapping is None:
            return
        values = dict(one.values)
        values.pop(word, None)
        if code:
            values[word] = code
        self._state.mapping = self._state.mapping.using(**{field: replace(one, values=values)})
        row = next(k for k, item in enumerate(self._fields) if item.name == field)
        self._words(row)

    # --- templates ----------------------------------------------------------------------------------------------

    def _folder(self) -> str:
        return QgsSettings().value(_FOLDER, str(Path.home()), type=str)

    def _load(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, tr("Load an Import Template"), self._folder(), tr("Import template (*.yaml *.yml)")
        )
        if path:
            self.load_template(Path(path))

    def load_template(self, path: Path) -> None:
        """Use a template; what does not fit is told."""
        from ..engine.exchange import mapping_file

        self.said.clear()
        try:
            found = mapping_file.load(path)
        except EnvZonesError as error:
            self.said.setText(str(error))
            return
        QgsSettings().setValue(_FOLDER, str(path.parent))
        sample = self._state.sample
        columns = set() if sample is None else set(import_source.titles(sample))
        lacking = sorted({one.source for one in found.fields.values()} - columns)
        fields = {name: one for name, one in found.fields.items() if one.source in columns}
        self.use(replace(found, fields=fields))
        if lacking:
            self.said.setText(
                tr("The file has no column {columns}, which the template names; those fields are not mapped.").format(
                    columns=", ".join(lacking)
                )
            )

    def _save(self) -> None:
        mapping = self._state.mapping
        if mapping is None:
            return
        name = f"{mapping.layer}.yaml"
        path, _ = QFileDialog.getSaveFileName(
            self, tr("Save the Import Template"), str(Path(self._folder()) / name), tr("Import template (*.yaml *.yml)")
        )
        if path:
            self.save_template(Path(path if Path(path).suffix else f"{path}.yaml"))

    def save_template(self, path: Path) -> None:
        """Keep the mapping, the system and the way of reading for files like this one."""
        from ..engine.exchange import mapping_file

        state = self._state
        if state.mapping is None:
            return
        try:
            mapping_file.save(replace(state.mapping, choice=state.choice, options=state.options), path)
        except EnvZonesError as error:
            self.said.setText(str(error))
            return
        QgsSettings().setValue(_FOLDER, str(path.parent))
        self.said.setText(tr("Template written to {path}").format(path=path))

    # --- the wizard ---------------------------------------------------------------------------------------------

    def _lacking(self) -> list[str]:
        mapping = self._state.mapping
        if mapping is None:
            return []
        lang = language()
        return [
            item.title(lang, unit=False)
            for item in self._fields
            if item.required
            and item.name != "uid"
            and item.name not in mapping.fields
            and item.name not in mapping.constants
        ]

    def _follow(self) -> None:
        """Tell what becomes of the columns that match no field, and what lacks."""
        mapping, sample = self._state.mapping, self._state.sample
        self._save_button.setEnabled(mapping is not None)
        if mapping is None or sample is None:
            self.rest.clear()
        else:
            used = {one.source for one in mapping.fields.values()} | set(mapping.ignored)
            rest = [name for name in import_source.titles(sample) if name not in used]
            said = tr("Kept in source_fields: {columns}.").format(columns=html.escape(", ".join(rest))) if rest else ""
            lacking = self._lacking()
            if lacking:
                said += f" <b>{tr('Required and still empty: {fields}.').format(fields=', '.join(lacking))}</b>"
            self.rest.setText(said.strip())
        self._show_values()
        self.completeChanged.emit()

    def isComplete(self) -> bool:  # noqa: N802 - Qt's name
        """Tell whether a layer is chosen and every required field has a source."""
        return self._state.mapping is not None and not self._lacking()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size for a laptop's screen."""
        return QSize(980, 460)


class _NoWheel(QObject):
    """Keeps the wheel for scrolling the table: a list below the cursor does not change its value."""

    def eventFilter(self, watched: Any, event: Any) -> bool:  # noqa: N802 - Qt's name
        """Pass wheel events over unless the list has the focus."""
        if event.type() == event.Type.Wheel and not watched.hasFocus():
            event.ignore()
            return True
        return False


def _examples(state: State) -> dict[str, str]:
    """The first cell of each column that says anything."""
    if state.sample is None:
        return {}
    frame = state.sample.frame
    out = {}
    for name in import_source.titles(state.sample):
        cells = (import_source.cell(value) for value in frame[name].head(500).tolist())
        out[name] = next((text for text in cells if text.strip()), "")[:80]
    return out
