"""What is to be built: the type found by typing, its nature, and only those questions that its clauses ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qgis.gui import QgsDoubleSpinBox, QgsFilterLineEdit
from qgis.PyQt.QtCore import QAbstractListModel, QLocale, QModelIndex, QObject, Qt, pyqtSignal
from qgis.PyQt.QtGui import QDoubleValidator
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QCompleter,
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ..engine import facility_search
from ..project import site_sources
from ..project.candidates import Profile
from ..texts import language, tr

if TYPE_CHECKING:
    from ..engine.clauses.model import Rulebook
    from ..engine.facility_search import Asked

_ROLE = Qt.ItemDataRole
#: How many clauses a question names in its tooltip.
_NAMED = 6
_MOST_M = 10_000.0


class _Found(QAbstractListModel):
    """The types found so far; what completes is the title, what is shown tells the way down to it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: list[tuple[str, str, str]] = []

    def take(self, rows: list[tuple[str, str, str]]) -> None:
        """Show others."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's own signature
        """Return how many there are."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: QModelIndex, role: int = _ROLE.DisplayRole) -> Any:
        """Return a title, or what is shown."""
        _, title, why = self.rows[index.row()]
        if role == _ROLE.EditRole:
            return title
        if role in (_ROLE.DisplayRole, _ROLE.ToolTipRole):
            return f"{title}    {why}" if why else title
        return None


class FacilityForm(QWidget):
    """Shows and asks what is to be built.

    Signals
    -------
    edited : field (``facility_type``, ``nature``, ``accuracy_m``, or an attribute's name) and its new value
    """

    edited = pyqtSignal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("EnvZonesFacility")
        self._types = site_sources.facility_types()
        self._lang = language()
        self.books: Sequence[Rulebook] = ()
        self._profile = Profile()
        self._asked: list[Asked] = []
        self._editors: dict[str, QWidget] = {}
        self._shown: tuple[Any, ...] = ()
        self._build()
        self._ask()

    # --- widgets ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.type = QgsFilterLineEdit()
        self.type.setObjectName("EnvZonesFacilityType")
        self.type.setPlaceholderText(tr("Unknown; type a name to search"))
        self.type.setToolTip(tr("What is to be built: a name or a part of it, in Chinese or English"))
        self._found = _Found(self)
        self.completer = QCompleter(self._found, self)
        self.completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.completer.setCompletionRole(_ROLE.EditRole)
        self.completer.setMaxVisibleItems(12)
        self.completer.popup().setTextElideMode(Qt.TextElideMode.ElideRight)
        self.completer.activated[QModelIndex].connect(self._picked)
        self.type.setCompleter(self.completer)
        self.type.textEdited.connect(self._search)
        self.type.cleared.connect(lambda: self._set_type(None))
        self.type.editingFinished.connect(self._finished)
        self.path = QLabel()
        self.path.setObjectName("EnvZonesFacilityPath")
        self.path.setWordWrap(True)
        self.nature = QComboBox()
        self.nature.setObjectName("EnvZonesNature")
        for code, title in (
            ("", tr("Unknown")), ("new", tr("New construction")), ("rebuild", tr("Rebuilding")),
            ("expand", tr("Expansion")), ("existing", tr("Existing")),
        ):  # fmt: skip
            self.nature.addItem(title, code)
        self.nature.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.nature.setMinimumContentsLength(5)
        self.nature.setToolTip(tr("Many clauses bind new projects only; unknown leaves them to be verified"))
        self.nature.activated.connect(lambda _=0: self._set_nature())
        self.accuracy = QgsDoubleSpinBox()
        self.accuracy.setObjectName("EnvZonesAccuracy")
        self.accuracy.setRange(0.0, _MOST_M)
        self.accuracy.setDecimals(1)
        self.accuracy.setSuffix(" m")
        self.accuracy.setShowClearButton(False)
        self.accuracy.setKeyboardTracking(False)
        self.accuracy.setMinimumWidth(self.fontMetrics().horizontalAdvance("1000.0 m") + 24)
        self.accuracy.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.accuracy.setToolTip(tr("How exactly the place is known; a boundary nearer than this is said to be near"))
        self.accuracy.valueChanged.connect(self._set_accuracy)
        form = QGridLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setColumnStretch(1, 1)
        # One below the other takes the room of the questions.
        for row, column, span, title, widget in (
            (0, 0, 3, tr("&Type"), self.type), (2, 0, 1, tr("&Nature"), self.nature),
            (2, 2, 1, tr("Accurac&y"), self.accuracy),
        ):  # fmt: skip
            label = QLabel(title)
            label.setBuddy(widget)
            form.addWidget(label, row, column)
            form.addWidget(widget, row, column + 1, 1, span)
        form.addWidget(self.path, 1, 1, 1, 3)
        self.count = QLabel()
        self.count.setObjectName("EnvZonesAsked")
        self.count.setWordWrap(True)
        self.scroll = QScrollArea()
        self.scroll.setObjectName("EnvZonesQuestions")
        self.scroll.setWidgetResizable(True)
        self.scroll.setFrameShape(QFrame.Shape.StyledPanel)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setMinimumHeight(round(self.fontMetrics().height() * 5))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addLayout(form)
        box.addWidget(self.count)
        box.addWidget(self.scroll, 1)

    # --- what is shown ------------------------------------------------------------------------------------------

    @property
    def profile(self) -> Profile:
        """What is shown."""
        return self._profile

    @property
    def title(self) -> str:
        """What the shown type is called."""
        return self.type_title(self._profile.facility_type)

    def type_title(self, name: str | None) -> str:
        """Return what a type is called; one that this file does not know by its id."""
        if not name:
            return tr("Unknown")
        kind = self._types.types.get(name)
        return facility_search.titled(kind, self._lang) if kind is not None else name

    def questions(self) -> dict[str, QWidget]:
        """Return attribute -> the widget that asks for it."""
        return dict(self._editors)

    def set_books(self, books: Sequence[Rulebook]) -> None:
        """Ask what these rulebooks ask."""
        self.books = tuple(books)
        self._ask()

    def show_profile(self, profile: Profile) -> None:
        """Show what is to be built; nothing is told to anybody."""
        self._profile = profile
        self._ask()

    def _ask(self) -> None:
        """Show the profile, with the questions of its type."""
        profile = self._profile
        known = profile.facility_type in self._types.types
        if not self.type.hasFocus() or not self.type.isModified():
            self.type.setText(self.type_title(profile.facility_type) if profile.facility_type else "")
        self._tell_path(known)
        self.nature.setCurrentIndex(max(0, self.nature.findData(profile.nature or "")))
        self.accuracy.blockSignals(True)
        self.accuracy.setValue(profile.accuracy_m)
        self.accuracy.blockSignals(False)
        kind = profile.facility_type if known else None
        shown = (kind, profile.nature, tuple(id(book) for book in self.books))
        if shown != self._shown:
            self._shown = shown
            self._asked = facility_search.asked(kind, profile.nature, self.books, self._types)
            self._lay_out()
        for name, editor in self._editors.items():
            _show(editor, profile.attributes.get(name))
        self._tell_count()

    def _tell_path(self, known: bool) -> None:
        name = self._profile.facility_type
        if not name:
            self.path.setText(tr("Type unknown: all clauses on certain types remain to be verified."))
        elif not known:
            self.path.setText(tr("This type is not in the list of facility types; choose another."))
        else:
            self.path.setText(facility_search.path(name, self._types, self._lang) or tr("All types"))

    def _lay_out(self) -> None:
        """Build the questions anew."""
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(4, 4, 4, 4)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(0, 1)
        self._editors = {}
        row, heading = 0, ""
        for one in self._asked:
            title = _heading(one)
            if title != heading:
                heading = title
                label = QLabel(f"<b>{title}</b>")
                label.setWordWrap(True)
                grid.addWidget(label, row, 0, 1, 2)
                row += 1
            editor = self._editor(one)
            said = one.attribute.zh if self._lang == "zh" else one.attribute.en
            unit = f" ({one.attribute.unit})" if one.attribute.unit else ""
            label = QLabel(f"{said}{unit}".replace("&", "&&"))
            label.setWordWrap(True)
            label.setBuddy(editor)
            for widget in (label, editor):
                widget.setToolTip(self._tip(one))
            grid.addWidget(label, row, 0)
            grid.addWidget(editor, row, 1)
            self._editors[one.attribute.id] = editor
            row += 1
        grid.setRowStretch(row, 1)
        old = self.scroll.takeWidget()
        if old is not None:
            old.deleteLater()
        self.scroll.setWidget(page)
        self.scroll.setVisible(bool(self._asked))

    def _editor(self, one: Asked) -> QWidget:
        name, kind = one.attribute.id, one.attribute.type
        if kind in ("boolean", "choice"):
            editor = QComboBox()
            editor.addItem(tr("Unknown"), None)
            if kind == "boolean":
                editor.addItem(tr("Yes"), True)
                editor.addItem(tr("No"), False)
            for code, names in one.attribute.choices.items():
                editor.addItem(str(names.get(self._lang) or code), code)
            editor.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            editor.setMinimumContentsLength(6)
            editor.activated.connect(lambda _=0: self._answer(name, editor.currentData()))
        else:
            editor = QLineEdit()
            editor.setPlaceholderText(tr("Unknown"))
            if kind == "number":
                validator = QDoubleValidator(editor)
                validator.setNotation(QDoubleValidator.Notation.StandardNotation)
                editor.setValidator(validator)
            read = _number if kind == "number" else _word
            editor.editingFinished.connect(lambda: self._answer(name, read(editor)))
            editor.setProperty("number", kind == "number")
        editor.setObjectName(f"EnvZonesAsk_{name}")
        editor.setFixedWidth(self.fontMetrics().horizontalAdvance("未知未知未知") + 24)
        editor.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        return editor

    def _tip(self, one: Asked) -> str:
        lines = [tr("Asked by:")]
        for book, clause in one.clauses[:_NAMED]:
            title = clause.zh if self._lang == "zh" else clause.en
            lines.append(f"{book.id} {clause.clause} {title}")
        if len(one.clauses) > _NAMED:
            lines.append(tr("and {n} more").format(n=len(one.clauses) - _NAMED))
        return "\n".join(lines)

    def _tell_count(self) -> None:
        total = len(self._asked)
        given = sum(one.attribute.id in self._profile.attributes for one in self._asked)
        if not self.books:
            self.count.setText(tr("No rulebook is chosen; choose the city's on the Map page."))
        elif not total and not self._profile.facility_type:
            self.count.setText(tr("Choose the type to see what else is asked."))
        elif not total:
            self.count.setText(tr("The chosen rulebooks ask nothing more of it."))
        elif given < total:
            said = tr("{given} of {total} questions answered; the rest remains to be verified.")
            self.count.setText(said.format(given=given, total=total))
        else:
            self.count.setText(tr("All {total} questions are answered.").format(total=total))

    # --- what the user says -------------------------------------------------------------------------------------

    def _search(self, text: str) -> None:
        self._found.take(facility_search.search(text, self._types, self._lang)[:60])
        self.completer.complete()

    def _picked(self, index: QModelIndex) -> None:
        row = index.row()
        if 0 <= row < len(self._found.rows):
            self._set_type(self._found.rows[row][0])

    def _finished(self) -> None:
        """Take a name that was typed in full; else show again what holds."""
        if self.completer.popup().isVisible() or not self.type.isModified():
            return
        text = self.type.text().strip()
        named = site_sources.type_of(text, self._types) if text else None
        if not text or named is not None:
            self._set_type(named)
        else:
            self.type.setModified(False)
            self._ask()

    def _set_type(self, name: str | None) -> None:
        self.type.setModified(False)
        if name != self._profile.facility_type:
            self.edited.emit("facility_type", name)
        self.type.setText(self.type_title(self._profile.facility_type) if self._profile.facility_type else "")

    def _set_nature(self) -> None:
        nature = self.nature.currentData() or None
        if nature != self._profile.nature:
            self.edited.emit("nature", nature)

    def _set_accuracy(self, metres: float) -> None:
        if metres != self._profile.accuracy_m:
            self.edited.emit("accuracy_m", metres)

    def _answer(self, name: str, value: Any) -> None:
        held = self._profile.attributes.get(name)
        if value != held or type(value) is not type(held):
            self.edited.emit(name, value)


def _heading(one: Asked) -> str:
    if one.exception:
        return tr("Exceptions the documents make")
    if one.effect in ("prohibit", "close"):
        return tr("Decides on prohibitions")
    return tr("Decides on restrictions") if one.effect == "restrict" else tr("Decides on conditions and notes")


def _show(editor: QWidget, value: Any) -> None:
    if isinstance(editor, QComboBox):
        # findData would take 1 for True.
        held = [editor.itemData(row) for row in range(editor.count())]
        at = next((row for row, one in enumerate(held) if type(one) is type(value) and one == value), 0)
        editor.setCurrentIndex(at)
    elif value is None:
        editor.clear()
    elif editor.property("number"):
        editor.setText(QLocale().toString(float(value), "g", 12))
    else:
        editor.setText(str(value))


def _number(editor: QLineEdit) -> float | None:
    text = editor.text().strip()
    number, fine = QLocale().toDouble(text)
    return number if text and fine else None


def _word(editor: QLineEdit) -> str | None:
    return editor.text().strip() or None
