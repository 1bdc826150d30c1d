"""The tables of the River section panel: features by chainage, and issues."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qgis.PyQt.QtCore import QAbstractTableModel, QLocale, QModelIndex, QObject, QSortFilterProxyModel, Qt
from qgis.PyQt.QtGui import QBrush, QColor

from ..texts import language, tr

#: The role by which rows are sorted: numbers as numbers.
SORT = Qt.ItemDataRole.UserRole
#: Words that a table cell may not begin with where a spreadsheet takes them for a formula.
_FORMULA = ("=", "+", "-", "@")
_OPEN, _OUTSIDE, _ERROR = QColor(255, 246, 220), QColor(232, 234, 237), QColor(253, 232, 230)
#: A tinted row needs its own ink, whatever the theme of the window.
_INK = QColor(30, 30, 30)


@dataclass(frozen=True)
class Column:
    """A column: key of the row, title, digits behind the point (None for text), and its tip."""

    key: str
    title: str
    digits: int | None = None
    tip: str = ""


class Table(QAbstractTableModel):
    """Rows of plain values under named columns."""

    def __init__(self, columns: list[Column], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = columns
        self.rows: list[Mapping[str, Any]] = []

    def fill(self, rows: list[Mapping[str, Any]]) -> None:
        """Show these rows."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's signature
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's signature
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        """Return a column's title and tip."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        return self.columns[section].tip or None if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows, how it is sorted, aligned and tinted."""
        column, row = self.columns[index.column()], self.rows[index.row()]
        value = row.get(column.key)
        if role == Qt.ItemDataRole.DisplayRole:
            return shown(value, column.digits)
        if role == SORT:
            return value
        if role == Qt.ItemDataRole.TextAlignmentRole and column.digits is not None:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.get("note") or shown(value, column.digits)
        tint = row.get("tint")
        if role == Qt.ItemDataRole.BackgroundRole and tint is not None:
            return QBrush(tint)
        if role == Qt.ItemDataRole.ForegroundRole and tint is not None:
            return QBrush(_INK)
        return None


class Sorted(QSortFilterProxyModel):
    """Sorts numbers as numbers, keeps empty cells at the end, and finds a text in any column."""

    def __init__(self, model: Table, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setSourceModel(model)
        self.setSortRole(SORT)
        self.setFilterKeyColumn(-1)
        self.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)

    def lessThan(self, left: QModelIndex, right: QModelIndex) -> bool:  # noqa: N802 - Qt's name
        """Compare two cells."""
        one, two = left.data(SORT), right.data(SORT)
        if one is None or two is None:
            ascending = self.sortOrder() == Qt.SortOrder.AscendingOrder
            return (two is None and one is not None) if ascending else (one is None and two is not None)
        if isinstance(one, str) or isinstance(two, str):
            return str(one).casefold() < str(two).casefold()
        return one < two

    def row(self, number: int) -> Mapping[str, Any]:
        """Return the row that is shown at a place."""
        return self.sourceModel().rows[self.mapToSource(self.index(number, 0)).row()]

    def as_text(self) -> str:
        """Return what is shown, with its titles, for a spreadsheet."""
        columns = self.sourceModel().columns
        lines = ["\t".join(column.title for column in columns)]
        for number in range(self.rowCount()):
            row = self.row(number)
            lines.append("\t".join(_pasted(row.get(column.key), column.digits) for column in columns))
        return "\n".join(lines) + "\n"


def shown(value: Any, digits: int | None) -> str:
    """Return a value as the user reads it."""
    if value is None:
        return ""
    if digits is None:
        return str(value)
    # No "-0": what rounds to nothing has no sign.
    return QLocale().toString(round(float(value), digits) + 0.0, "f", digits)


def _pasted(value: Any, digits: int | None) -> str:
    """Return a cell as text that a spreadsheet neither splits nor computes."""
    if value is None:
        return ""
    if digits is not None:
        return f"{round(float(value), digits) + 0.0:.{digits}f}"
    text = " ".join(str(value).split())
    return f"'{text}" if text.startswith(_FORMULA) else text


def feature_columns() -> list[Column]:
    """Return the columns of the features."""
    return [
        Column("chainage", tr("Chainage (m)"), 0, tr("Metres along the river; upstream +, downstream −")),
        Column("name", tr("Feature")),
        Column("layer", tr("Layer")),
        Column("direction", tr("Direction")),
        Column("bank", tr("Bank"), None, tr("Looking downstream")),
        Column("offset", tr("From the bank (m)"), 1, tr("Distance from the bank, or from the centreline")),
        Column("straight", tr("Straight (m)"), 0, tr("Distance from the section as the crow flies")),
        Column("area", tr("Area inside (m²)"), 0, tr("Area within the control zone, on the ellipsoid")),
        Column("state", tr("Result")),
        Column("note", tr("Note")),
    ]


def issue_columns() -> list[Column]:
    """Return the columns of the issues."""
    return [Column("severity", tr("Severity")), Column("said", tr("Issue"))]


def feature_rows(finding: Any, titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the rows of a result's findings; `titles` names the layers as the project does."""
    from ..engine.report import text

    lang = language()
    rows = []
    for one in finding.to_dict("records"):
        note = one["why"] if lang == "zh" else one["why_en"]
        state, tint = _state(one)
        rows.append(
            {
                "name": one["site_name"] or one["site_id"],
                "layer": titles.get(one["site_layer"], one["site_layer"]),
                "chainage": _number(one["chainage_m"]),
                "direction": text.word(text.DIRECTION, one["direction"], lang),
                "bank": text.word(text.BANK, one["bank"], lang),
                "offset": _number(one["offset_m"]),
                "straight": _number(one["straight_m"]),
                "area": _number(one["area_m2"]),
                "state": state,
                "note": text.prose(note) if lang == "zh" and note else note,
                "tint": tint,
                "key": (one["site_layer"], one["site_id"]),
                "line": one["geometry"],
                "outside": bool(one["outside_jurisdiction"]),
                "open": bool(one["tentative"]) or one["status"] != "hit",
            }
        )
    return rows


def issue_rows(issue: Any) -> list[dict[str, Any]]:
    """Return the rows of a result's issues, the gravest first."""
    from ..engine.report import text

    lang = language()
    rank = {"error": 0, "warning": 1, "info": 2}
    rows = []
    for one in sorted(issue.to_dict("records"), key=lambda row: rank.get(row["severity"], 3)):
        said = one["message_zh"] if lang == "zh" else one["message_en"]
        rows.append(
            {
                "severity": text.word(text.SEVERITY, one["severity"], lang),
                "said": text.prose(said) if lang == "zh" else said,
                "note": said,
                "tint": {"error": _ERROR, "warning": _OPEN}.get(one["severity"]),
                "place": one["geometry"],
                "code": one["code"],
            }
        )
    return rows


def _state(one: Mapping[str, Any]) -> tuple[str, QColor | None]:
    """Say in a word what a finding is worth, and in which colour."""
    if one["outside_jurisdiction"]:
        return tr("Outside the jurisdiction"), _OUTSIDE
    if one["band"] == "approximate":
        return tr("About the distance"), _OPEN
    if one["tentative"] or one["status"] != "hit":
        return tr("To be verified"), _OPEN
    return tr("Inside"), None


def _number(value: Any) -> float | None:
    return None if value is None or math.isnan(value) else float(value)
