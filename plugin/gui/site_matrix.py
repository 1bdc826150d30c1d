"""Several candidate sites side by side: a row for each clause, a column for each site; a click flies to the place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import (
    QAbstractTableModel,
    QEvent,
    QMimeData,
    QModelIndex,
    QObject,
    QRect,
    QSize,
    Qt,
    pyqtSignal,
)
from qgis.PyQt.QtGui import QFont, QFontMetrics, QKeyEvent, QKeySequence, QPalette
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ..engine import findings_matrix as matrix
from ..engine import findings_text as said
from ..project import findings_view
from ..project import publication as kept
from ..project.findings_view import View
from ..texts import tr
from .flash import Flight
from .help import add_help
from .publication_dialog import ask
from .running import Running
from .say import say
from .signs import answer_icon, verdict_icon

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

_ROLE = Qt.ItemDataRole
_WRAP = (
    int(Qt.AlignmentFlag.AlignLeft) | int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextWordWrap)
)
#: How many lines of a finding's facts a tooltip tells.
_TOLD = 4


class MatrixModel(QAbstractTableModel):
    """The lines that are shown, with a line above each group."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.view: View | None = None
        self.verdicts: list[findings_view.Row] = []
        self.lines: list[matrix.Line] = []
        #: A group's name, or a line.
        self._rows: list[str | matrix.Line] = []
        self._bold = QFont()
        self._bold.setBold(True)
        #: Pixels for a line of a site's head.
        self.room = 200

    def show_view(self, view: View | None, order: str, differences: bool, hide_clear: bool) -> int:
        """Show a view's sites; return how many lines there are before any is hidden."""
        self.beginResetModel()
        self.view = view
        self.verdicts = matrix.sites_in_order(view.verdicts, order) if view is not None else []
        every = matrix.lines(self.verdicts, view.findings, view.words) if view is not None else []
        self.lines = matrix.chosen(every, differences=differences, hide_clear=hide_clear)
        self._rows = []
        for line in self.lines:
            if not self._rows or line.group != self._rows[-1].group:  # type: ignore[union-attr]
                self._rows.append(line.group)
            self._rows.append(line)
        self.endResetModel()
        return len(every)

    def groups(self) -> list[int]:
        """Return the rows that begin a group."""
        return [row for row, one in enumerate(self._rows) if isinstance(one, str)]

    def finding(self, index: QModelIndex) -> findings_view.Row | None:
        """Return the finding of a cell."""
        line = self._rows[index.row()] if index.isValid() else ""
        return None if isinstance(line, str) else line.rows[index.column()]

    def table(self) -> list[list[str]]:
        """Return what is shown as text."""
        return matrix.table(self.verdicts, self.lines, self.view.words) if self.view is not None else []

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's own signature
        """Return the number of lines and groups."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008, N802
        """Return the number of sites."""
        return 0 if parent.isValid() else len(self.verdicts)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole) -> Any:  # noqa: N802
        """Return a site with its verdict, or a clause with its number."""
        if self.view is None:
            return None
        if role == _ROLE.TextAlignmentRole:
            return _WRAP
        words = self.view.words
        if orientation == Qt.Orientation.Horizontal:
            one = self.verdicts[section]
            if role == _ROLE.DecorationRole:
                return verdict_icon(said.verdict_value(one))
            both = [said.site_name(one), said.verdict_words(one, words.lang)]
            if role == _ROLE.DisplayRole:
                # The tooltip has what a head of a few lines has not.
                metrics, elide = QFontMetrics(QApplication.font()), Qt.TextElideMode.ElideRight
                both = [metrics.elidedText(one, elide, round(self.room * k)) for one, k in zip(both, (1.6, 3.4))]
            return "\n".join(both) if role in (_ROLE.DisplayRole, _ROLE.ToolTipRole) else None
        line = self._rows[section]
        if isinstance(line, str):
            title = said.group_title(line, words.lang)
            return title if role == _ROLE.DisplayRole else self._bold if role == _ROLE.FontRole else None
        if role == _ROLE.DisplayRole:
            return f"{line.title} {line.number}".strip()
        if role == _ROLE.ToolTipRole:
            first = next(row for row in line.rows if row is not None)
            return f"{line.title}\n{said.document(first, words)}\n{words.quoted(first)}"
        return None

    def data(self, index: QModelIndex, role: int = _ROLE.DisplayRole) -> Any:
        """Return a cell's words and sign, and what the clause says as its tooltip."""
        line = self._rows[index.row()] if index.isValid() else ""
        if isinstance(line, str):
            brush = QApplication.palette().brush(QPalette.ColorRole.AlternateBase)
            return brush if role == _ROLE.BackgroundRole else None
        row = line.rows[index.column()]
        words = self.view.words
        if role == _ROLE.DisplayRole:
            told = matrix.cell(row, words)
            # The sign is drawn as an icon; what does not apply has none.
            return told.split(" ", 1)[1] if " " in told else told
        if role == _ROLE.AccessibleTextRole:
            return matrix.cell(row, words)
        if role == _ROLE.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        if row is None:
            return None
        if role == _ROLE.DecorationRole and said.standing(row) != said.IDLE:
            return answer_icon(str(row.get("effect")), said.standing(row))
        if role == _ROLE.ForegroundRole and said.standing(row) in (said.CLEAR, said.IDLE):
            return QApplication.palette().brush(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
        if role == _ROLE.ToolTipRole:
            facts = said.facts(row, words)[:_TOLD]
            return "\n".join([said.site_name({"site_name": row["site_name"], "site_id": row["site_id"]}),
                              *(f"{fact.label}: {fact.text}" for fact in facts)])  # fmt: skip
        return None


class _Table(QTableView):
    """A table in which Enter flies and Ctrl+C copies all that is shown."""

    fly = pyqtSignal(QModelIndex, bool)
    copy_asked = pyqtSignal()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and event.matches(QKeySequence.StandardKey.Copy):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_asked.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.fly.emit(self.currentIndex(), False)
            event.accept()
        else:
            super().keyPressEvent(event)


class SiteMatrix(QDialog):
    """Compares the sites of one check; stays open beside the map."""

    def __init__(self, iface: QgisInterface | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent or (iface.mainWindow() if iface is not None else None))
        self.setObjectName("EnvZonesMatrix")
        self.setWindowTitle(tr("Compare Sites"))
        self.setModal(False)
        self.setSizeGripEnabled(True)
        self._iface = iface
        self._flight = Flight(iface.mapCanvas()) if iface is not None else None
        self._view: View | None = None
        self._build()
        self._make()
        # The wrapped legend would make Qt open the dialog as low as it can be.
        self.resize(self.sizeHint())

    def release(self) -> None:
        """Stop what runs, and let go of the canvas."""
        self._running.release()
        if self._flight is not None:
            self._flight.release()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size that fits beside a small screen's taskbar."""
        letter = self.fontMetrics().horizontalAdvance("0")
        screen = self.screen().availableSize() if self.screen() is not None else QSize(1366, 728)
        return QSize(letter * 120, letter * 70).boundedTo(QSize(screen.width() - 80, screen.height() - 80))

    def _build(self) -> None:
        box = QVBoxLayout(self)
        row = QHBoxLayout()
        self._differences = QCheckBox(tr("Only &differences"))
        self._differences.setToolTip(tr("Show only clauses that the sites do not all answer alike"))
        self._hide_clear = QCheckBox(tr("&Hide clear clauses"))
        self._hide_clear.setToolTip(tr("Hide clauses that concern no site"))
        for check, name in ((self._differences, "Differences"), (self._hide_clear, "HideClear")):
            check.setObjectName(f"EnvZonesMatrix{name}")
            check.toggled.connect(self._make)
            row.addWidget(check)
        row.addStretch(1)
        label = QLabel(tr("&Sort sites:"))
        self._order = QComboBox()
        self._order.setObjectName("EnvZonesMatrixOrder")
        for title, name in ((tr("As given"), "given"), (tr("By verdict"), "verdict"), (tr("By name"), "name")):
            self._order.addItem(title, name)
        self._order.currentIndexChanged.connect(self._make)
        label.setBuddy(self._order)
        row.addWidget(label)
        row.addWidget(self._order)
        box.addLayout(row)
        self.table = _Table()
        self.table.setObjectName("EnvZonesMatrixTable")
        self._model = MatrixModel(self)
        self.table.setModel(self._model)
        self._lay_out()
        box.addWidget(self.table, 1)
        self._legend = QLabel()
        self._legend.setWordWrap(True)
        box.addWidget(self._legend)
        self._running = Running()
        box.addWidget(self._running)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._buttons.button(QDialogButtonBox.StandardButton.Close).setText(tr("Close"))
        copy = self._buttons.addButton(tr("&Copy Table"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.setObjectName("EnvZonesMatrixCopy")
        copy.setIcon(QgsApplication.getThemeIcon("/mActionEditCopy.svg"))
        copy.clicked.connect(self.copy)
        export = self._buttons.addButton(tr("&Export to Excel…"), QDialogButtonBox.ButtonRole.ActionRole)
        export.setObjectName("EnvZonesMatrixExport")
        export.clicked.connect(self._ask_file)
        add_help(self._buttons, "matrix")
        self._buttons.rejected.connect(self.reject)
        for button in (copy, export):
            button.setAutoDefault(False)
        box.addWidget(self._buttons)

    def _lay_out(self) -> None:
        table = self.table
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setWordWrap(True)
        letter = table.fontMetrics().horizontalAdvance("0")
        line = table.fontMetrics().height()
        for header, least in ((table.horizontalHeader(), letter * 22), (table.verticalHeader(), round(line * 2.6))):
            header.setDefaultSectionSize(least)
            header.setHighlightSections(False)
        table.horizontalHeader().setFixedHeight(round(line * 7.4))
        self._model.room = letter * 22 - round(line * 2.0)
        table.verticalHeader().setFixedWidth(letter * 34)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.clicked.connect(lambda index: self.fly(index))
        table.doubleClicked.connect(lambda index: self.fly(index, True))
        table.fly.connect(self.fly)
        table.copy_asked.connect(self.copy)

    # --- what is shown ------------------------------------------------------------------------------------------

    def show_result(self, result: Any, lang: str) -> None:
        """Compare the sites of a check's result (or of a View of one)."""
        self._view = result if result is None or isinstance(result, View) else findings_view.of_result(result, lang)
        self._make()

    def _make(self, *_: Any) -> None:
        wanted = (self._order.currentData(), self._differences.isChecked(), self._hide_clear.isChecked())
        total = self._model.show_view(self._view, *wanted)
        self.table.clearSpans()
        metrics, heads = self.table.fontMetrics(), self.table.verticalHeader()
        line = metrics.height()
        room = QRect(0, 0, heads.width() - 2 * line // 3, 100 * line)
        for row in range(self._model.rowCount()):
            title = str(self._model.headerData(row, Qt.Orientation.Vertical))
            # As many lines as the clause's title takes.
            tall = metrics.boundingRect(room, int(Qt.TextFlag.TextWordWrap), title).height()
            self.table.setRowHeight(row, max(round(line * 2.6), tall + line // 2))
        for row in self._model.groups():
            self.table.setRowHeight(row, round(line * 1.5))
            if self._model.columnCount() > 1:
                self.table.setSpan(row, 0, 1, self._model.columnCount())
        lang = self._view.words.lang if self._view is not None else "zh"
        shown = tr("{shown} of {total} clauses").format(shown=len(self._model.lines), total=total)
        named = [f"{said.SIGNS[said.IDLE]} {said.standing_title(said.IDLE, lang)}"]
        self._legend.setText(" · ".join([shown, *named, tr("click a cell to fly there")]))

    def fly(self, index: QModelIndex, closer: bool = False) -> None:
        """Show the site and the zone of a cell, and flash the shortest line or the overlap."""
        if not index.isValid() or self._view is None or self._flight is None:
            return
        row = self._model.finding(index)
        site = findings_view.shape(self._model.verdicts[index.column()])
        place = findings_view.shape(row)
        own = place if not place.isNull() else site
        self._flight.to([] if closer and not place.isNull() else [site], [own], close=closer)

    # --- taking it elsewhere ------------------------------------------------------------------------------------

    def copy(self, *_: Any) -> None:
        """Copy the table as it is shown, for a spreadsheet and for a document."""
        cells = self._model.table()
        data = QMimeData()
        data.setText(matrix.tsv(cells))
        data.setHtml(matrix.as_html(cells))
        QApplication.clipboard().setMimeData(data)

    def _ask_file(self, *_: Any) -> None:
        if self._iface is not None and ask(self._iface, QgsProject.instance()) is None:
            return
        name, _chosen = QFileDialog.getSaveFileName(
            self, tr("Export to Excel"), tr("Site comparison") + ".xlsx", tr("Excel workbooks (*.xlsx)")
        )
        if name:
            self.export(Path(name).with_suffix(".xlsx"))

    def export(self, path: Path) -> None:
        """Write the table as it is shown, in the background."""
        if self._view is None:
            return
        verdicts, lines, words = list(self._model.verdicts), list(self._model.lines), self._view.words
        publication = kept.current(QgsProject.instance())
        self._running.start(
            tr("Writing {file}").format(file=path.name),
            lambda _progress: matrix.write_xlsx(path, verdicts, lines, words, publication=publication),
            self._written,
        )

    def _written(self, path: Path) -> None:
        if self._iface is not None:
            say(self._iface, tr("Written: {file}").format(file=str(path)), "success")
