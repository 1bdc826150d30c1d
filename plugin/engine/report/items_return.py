"""An items ledger that comes back from the office: what was changed in it, told before any of it is written.

The ledger remembers what stood in the map when it was written (:mod:`.items_trace`).  So a cell that the office left
alone is no change even where the map has moved on since, and one that both changed is a conflict.  A ledger that has
lost its memory, because it was copied into a new workbook, is held against the map as it is.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalog import Catalog, FieldSpec, label
from ..errors import InputError
from ..exchange.map_values import codes, readable
from ..exchange.mapping import aliases
from ..exchange.matching import plain
from ..exchange.sheet_xlsx import ERRORS
from ..progress import SILENT, Progress, part, report
from ..rectification import LAYER, missing
from ..rectification_steps import check_photo
from .items import COLUMNS
from .items_return_sheet import KEY, Sheet, read_sheet
from .items_return_steps import CONFLICT, READY, REFUSED, Change, Steps
from .items_trace import canonical
from .ledger_places import WITHHELD
from .text import dms

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CONFLICT", "EDITABLE", "READY", "REFUSED", "UNCHANGED", "UNKNOWN", "Change", "Returned", "read_items"]

#: What a ledger may change: what people enter.  What the item is, and where it lies, is the map's.
EDITABLE = (
    "township", "responsible_party", "responsible_person", "measure", "due_on", "due_words", "status", "verification",
    "verified_by", "verified_on", "done_on", "closed_on", "closed_by", "photo_before", "photo_after", "remark",
)  # fmt: skip
#: What became of a row in which nothing was changed; whose number the map does not have.
UNCHANGED, UNKNOWN = "unchanged", "unknown"
_TOTALS = ("合计", "Total")
_OTHER_STATES: Mapping[str, tuple[str, ...]] = {
    "not_started": ("未开展", "未整改", "待整改", "尚未启动"), "rectifying": ("正在整改", "整改之中", "推进中"),
    "done": ("完成", "完成整改", "整改完成", "已整改", "已整改完成"), "closed": ("销号", "已办结", "办结"),
}  # fmt: skip
_WHITE, _DASHES = re.compile(r"\s+"), re.compile("[\u2010-\u2015\u2212]")
#: A day without its year, as people write it; not with a point, which is a number's.
_DAY_ALONE = re.compile(r"^(\d{1,2})\s*[-/月]\s*(\d{1,2})\s*日?$")
#: A number that is typed into a cell of days becomes a day of 1900.
_FIRST_YEAR = 1990
_EVERY = 200


@dataclass(frozen=True)
class Returned:
    """What came back.

    Attributes
    ----------
    changes : list of Change
        In the order of the sheet.
    rows : int
        Rows with a number, in the sheet.
    unchanged : int
        Rows that bring nothing new.
    states : mapping of str to int
        How many rows are ``ready``, in ``conflict``, ``refused``, ``unchanged`` or ``unknown``; a row with several
        changes is what the worst of them is.  Together they are `rows`.
    missing : list of str
        Numbers of the map that were in the ledger when it was written (or, where it does not remember, could have
        been) and are no longer in the sheet; nothing is deleted.
    unknown : list of str
        Numbers that the map does not have.
    problems : list of str
        Rows that could not be taken, each in a sentence; columns that were passed over.
    traced : bool
        Whether the ledger remembered what was written.
    """

    changes: list[Change] = field(default_factory=list)
    rows: int = 0
    unchanged: int = 0
    states: Mapping[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    traced: bool = False

    def of_state(self, state: str) -> list[Change]:
        """Return the changes of a state."""
        return [one for one in self.changes if one.state == state]

    def update(self, items: pd.DataFrame, chosen: Sequence[Change] | None = None) -> pd.DataFrame:
        """Return what to write: uid, row_version and the fields that change, one row per item.

        Parameters
        ----------
        items : DataFrame
            The items of the map that the ledger was held against.
        chosen : sequence of Change, optional
            Else those that are ready; a conflict may be chosen, a refusal not.

        Raises
        ------
        InputError
            If a refused change is chosen, or a part of what belongs to one step.
        """
        import pandas as pd

        wanted = self.of_state(READY) if chosen is None else list(chosen)
        if any(one.state == REFUSED for one in wanted):
            raise InputError("A change that was refused cannot be applied; choose others.")
        self._check_whole(wanted)
        at = {number: place for place, number in enumerate(items[KEY])}
        names = list(dict.fromkeys(one.field for one in wanted))
        cells: dict[str, dict[str, Any]] = {}
        for one in wanted:
            cells.setdefault(one.number, {})[one.field] = one.value
        # A frame has every column for every row: what an item does not change is written as it stands.
        rows = []
        for number, changed in cells.items():
            item = items.iloc[at[number]]
            row = {"uid": item["uid"], **{name: item.get(name) for name in names}, **changed}
            if "row_version" in items:
                row["row_version"] = item["row_version"]
            rows.append(row)
        if not rows:
            return pd.DataFrame(columns=["uid"])
        frame = pd.DataFrame(rows)
        for name in names:
            frame[name] = pd.Series([row[name] for row in rows], dtype=object)
        return frame

    def _check_whole(self, wanted: Sequence[Change]) -> None:
        chosen = {(one.number, one.field) for one in wanted if one.tied}
        tied: dict[str, list[Change]] = {}
        for one in self.changes:
            if one.tied:
                tied.setdefault(one.number, []).append(one)
        for number in dict.fromkeys(number for number, _ in chosen):
            if any((number, one.field) not in chosen for one in tied[number]):
                titles = ", ".join(one.title for one in tied[number])
                raise InputError(f"Item {number}: {titles} belong together; choose all of them or none.")


def read_items(
    path: str | Path,
    items: pd.DataFrame,
    catalog: Catalog,
    *,
    as_of: date,
    lang: str = "zh",
    blank_clears: bool = False,
    folder: Path | None = None,
    progress: Progress = SILENT,
) -> Returned:
    """Hold an edited ledger against the items of the map.

    Parameters
    ----------
    path : path
        The .xlsx.
    items : DataFrame
        The items of the map now, with ``row_version`` where the store keeps it.
    catalog : Catalog
    as_of : date
        No date of the ledger may lie after it, but deadlines.
    lang : {"zh", "en"}
        Of titles and sentences.
    blank_clears : bool
        Whether an emptied cell empties the field; else it is no change.
    folder : Path, optional
        Where the map lies: photos that are newly named must be there.
    progress : Progress

    Returns
    -------
    Returned
        Every row with a number is unchanged, changed, refused, or unknown; nothing is left unsaid.

    Raises
    ------
    InputError
        If the file is no workbook, or no sheet of it has a column of problem numbers.
    """
    sheet = read_sheet(Path(path), catalog, part(progress, 0.0, 0.5))
    reader = _Reader(sheet, items, catalog, as_of, lang, blank_clears, folder)
    return reader.result(part(progress, 0.5, 1.0))


class _Reader:
    """Goes through the rows of one sheet."""

    def __init__(
        self, sheet: Sheet, items: pd.DataFrame, catalog: Catalog, as_of: date, lang: str, blank_clears: bool,
        folder: Path | None,
    ) -> None:  # fmt: skip
        self.sheet, self.items, self.as_of, self.lang = sheet, items, as_of, lang
        self.blank_clears, self.folder = blank_clears, folder
        self.catalog, self.spec = catalog, catalog[LAYER]
        self.steps = Steps(self.spec, as_of, lang, self.say)
        known = aliases()
        self.codes = {one.name: codes(one, known) for one in self.spec.fields if one.domain}
        for code, words in _OTHER_STATES.items():
            self.codes["status"].update({plain(word): code for word in words})
        self.at: dict[str, int] = {}
        for place, number in enumerate(items[KEY] if len(items) else ()):
            if not missing(number):
                self.at[str(number)] = place
        # Full-width digits, spaces and dashes are the office's typewriter, not another number.
        self.spelt: dict[str, str | None] = {}
        for number in self.at:
            self.spelt[_spelt(number)] = None if _spelt(number) in self.spelt else number
        self.fields = [one for one in self.spec.fields if one.name in sheet.columns and one.name != KEY]
        # A column at a time: a row of a frame costs more than all of its cells.
        self.values = {name: items[name].tolist() for name in (*self.spec.field_names,) if name in items}
        self.points = list(items.geometry) if hasattr(items, "geometry") else [None] * len(items)

    def say(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def result(self, progress: Progress) -> Returned:
        """Return what came back."""
        found = Returned(traced=self.sheet.trace is not None)
        if self.sheet.passed:
            titles = self.say("、", ", ").join(self.sheet.passed)
            found.problems.append(
                self.say(
                    f"下列栏目不是台账字段，未读取：{titles}。",
                    f"These columns are none of ours and were passed over: {titles}.",
                )
            )
        places: dict[str, list[int]] = {}
        numbered: list[tuple[int, Sequence[Any], str]] = []
        for row, cells in self.sheet.rows:
            number = self._number(cells)
            if number:
                places.setdefault(number, []).append(row)
                numbered.append((row, cells, number))
            elif not self._is_total(cells) and self._told(cells):
                found.problems.append(
                    self.say(
                        f"第{row}行没有问题编号，未读取；新问题请在图上登记后再列入台账。",
                        f"Row {row} has no problem number and was passed over; register a new problem in the map.",
                    )
                )
        states = dict.fromkeys((READY, CONFLICT, REFUSED, UNCHANGED, UNKNOWN), 0)
        for k, (row, cells, number) in enumerate(numbered):
            if k % _EVERY == 0:
                report(progress, k / len(numbered))
            if len(places[number]) > 1:
                states[REFUSED] += 1
                if places[number][0] == row:
                    where = self.say("、", ", ").join(map(str, places[number]))
                    found.problems.append(
                        self.say(f"问题编号{number}出现在第{where}行，均未读取；请只留一行。",
                                 f"Number {number} stands in rows {where}; none was taken, leave one.")
                    )  # fmt: skip
                continue
            if number not in self.at:
                states[UNKNOWN] += 1
                found.unknown.append(number)
                continue
            changes = self._row(row, cells, number)
            found.changes.extend(changes)
            worst = {one.state for one in changes}
            states[next((one for one in (REFUSED, CONFLICT, READY) if one in worst), UNCHANGED)] += 1
        expected = self.sheet.trace.written if self.sheet.trace is not None else self.at
        gone = [number for number in expected if number in self.at and number not in places]
        return replace(found, rows=len(numbered), unchanged=states[UNCHANGED], states=states, missing=gone)

    def _number(self, cells: Sequence[Any]) -> str:
        if self._is_total(cells):
            return ""
        place = self.sheet.columns[KEY]
        said = _said(cells[place]) if place < len(cells) else ""
        return said if said in self.at else self.spelt.get(_spelt(said)) or said

    @staticmethod
    def _is_total(cells: Sequence[Any]) -> bool:
        return any(isinstance(cell, str) and cell.strip() in _TOTALS for cell in cells)

    def _told(self, cells: Sequence[Any]) -> bool:
        """Tell whether a row without number holds anything of ours: a remark below the table does not."""
        places = self.sheet.columns.values()
        return sum(1 for place in places if place < len(cells) and cells[place] not in (None, "")) > 1

    def _row(self, row: int, cells: Sequence[Any], number: str) -> list[Change]:
        place = self.at[number]
        item = {name: column[place] for name, column in self.values.items()}
        written = self.sheet.trace.written.get(number) if self.sheet.trace is not None else None
        name = item.get("name")
        like = Change(number, "", "", "", "", None, row=row, name="" if missing(name) else str(name))
        found: list[Change] = []
        for spec in self.fields:
            column = self.sheet.columns[spec.name]
            if (row, column + 1) in self.sheet.empty_formulas:
                found.append(
                    replace(
                        like, field=spec.name, title=spec.title(self.lang, unit=False), state=REFUSED,
                        old=label(spec, item.get(spec.name), self.lang), new=self.say("(公式)", "(formula)"),
                        why=self.say("公式没有结果；请改为数值或文字", "a formula without a value; enter the value"),
                    )  # fmt: skip
                )
                continue
            change = self._cell(cells[column] if column < len(cells) else None, spec, item, written, like)
            if change is not None:
                found.append(change)
        return [*self.steps.settled(found, item), *self._place(cells, place, written, like)]

    def _cell(
        self, cell: Any, spec: FieldSpec, item: Mapping[str, Any], written: Mapping[str, str] | None, like: Change
    ) -> Change | None:
        """Return what a cell changes, None where it changes nothing."""
        now = canonical(item.get(spec.name))
        before = written.get(spec.name, "") if written is not None else now
        said = _said(cell)
        if said in (_even(before), _even(now)):
            # By far the most cells; reading each by its type would take a minute for ten thousand items.
            return None
        if not said and not self.blank_clears:
            return None
        old = label(spec, item.get(spec.name), self.lang)
        if said == _even(old) and now == before:
            return None
        if spec.name not in EDITABLE and self._tells(said, spec, item, (now, before)):
            return None
        value, said, why = self._value(cell, spec)
        if not why and canonical(value) in (before, now):
            return None
        if spec.name not in EDITABLE:
            why = self.say("此栏不能由台账修改", "the ledger may not change this")
        shown = label(spec, value, self.lang) if not why else said
        change = replace(
            like, field=spec.name, title=spec.title(self.lang, unit=False), old=old, new=shown, value=value
        )
        if why:
            return replace(change, state=REFUSED, why=why)
        if written is not None and now != before:
            theirs = self.say(
                f"台账写出后图上已改为“{old or '空'}”", f"the map has come to say “{old or 'nothing'}” since"
            )
            return replace(change, state=CONFLICT, why=theirs)
        return change

    def _tells(self, said: str, spec: FieldSpec, item: Mapping[str, Any], known: Sequence[str]) -> bool:
        """Tell whether a cell of a field that the ledger may not change is as the ledger had it: titles, rounding."""
        told = [label(spec, item.get(spec.name), lang) for lang in ("zh", "en")]
        if spec.name == "feature_layer":
            told += [self.catalog[one].title(lang) for one in known for lang in ("zh", "en") if one in self.catalog]
        return said in (*map(_even, told), *WITHHELD) or any(_near(said, one) for one in known)

    def _value(self, cell: Any, spec: FieldSpec) -> tuple[Any, str, str]:
        """Return a cell's value as the layer holds it, what it says, and why it cannot be taken."""
        import pandas as pd

        from ..conform import typed
        from ..exchange.map_values import converted

        said = _said(cell)
        if not said:
            return None, "", self.say("不能为空", "must not be empty") if spec.required else ""
        if said in ERRORS:
            return None, said, self.say("公式出错", "the formula failed")
        if spec.domain:
            code = self.codes[spec.name].get(plain(said))
            if code is None:
                titles = self.say("、", ", ").join(one[self.lang] for one in spec.domain.values())
                return None, said, self.say(f"“{said}”不在可选项内：{titles}", f"“{said}” is none of: {titles}")
            return code, said, ""
        word = said
        if spec.type == "date" and isinstance(cell, str) and (day := self._day(said)) is not None:
            if spec.name == "due_on":
                return None, said, self.say(f"“{said}”没有年份", f"“{said}” lacks its year")
            word = day
        if spec.type != "text" and not readable(word, spec):
            kind = {"date": ("日期", "a date"), "boolean": ("是/否", "yes or no")}.get(
                spec.type, ("数字", "a number")
            )
            return None, said, self.say(f"“{said}”不是{kind[0]}", f"“{said}” is not {kind[1]}")
        column = converted(pd.Series([word], dtype=object), spec, {}, None)
        values, faults = typed(column, spec)
        if faults:
            return None, said, faults[0][1]
        value = values.iloc[0]
        if spec.type == "date" and value.year < _FIRST_YEAR:
            return None, said, self.say(f"{said}的年份不对", f"{said} is of a year that cannot be")
        if spec.type == "date" and spec.name != "due_on" and value.date() > self.as_of:
            return None, said, self.say(f"{said}在{self.as_of}之后", f"{said} is after {self.as_of}")
        if spec.name.startswith("photo_"):
            try:
                check_photo(said, self.folder)
            except InputError as error:
                return None, said, str(error)
        return value, said, ""

    def _day(self, said: str) -> str | None:
        """Return the last such day that is not in the future, for a day of the past without its year."""
        match = _DAY_ALONE.match(unicodedata.normalize("NFKC", said))
        if match is None:
            return None
        for year in range(self.as_of.year, self.as_of.year - 5, -1):
            try:
                day = date(year, int(match[1]), int(match[2]))
            except ValueError:
                continue
            if day <= self.as_of:
                return day.isoformat()
        return None

    # ---- where the item lies ----------------------------------------------------------------------------

    def _place(
        self, cells: Sequence[Any], place: int, written: Mapping[str, str] | None, like: Change
    ) -> list[Change]:
        """Report a place that was changed: an item is moved in the map, not in a ledger."""
        point = self.points[place]
        now = None if point is None or point.is_empty else {"lon": point.x, "lat": point.y}
        found = []
        for zh, en, name, _, _ in COLUMNS:
            axis = name[:3]
            if name not in ("lon", "lat", "lon_dms", "lat_dms") or name not in self.sheet.columns:
                continue
            column = self.sheet.columns[name]
            said = _said(cells[column]) if column < len(cells) else ""
            if not said or said in WITHHELD:
                continue
            known = [] if now is None else [now[axis]]
            if written is not None and written.get(axis):
                known.append(float(written[axis]))
            if name == axis:
                same = any(_rounded(said, one) for one in known)
            else:
                # Minutes and seconds of a ledger without memory may have been rounded for the public.
                same = written is None or any(said == dms(one, axis, d) for one in known for d in (0, 1, 2))
            if not same:
                old = "" if now is None else repr(round(now[axis], 6)) if name == axis else dms(now[axis], axis)
                why = self.say("位置不能由台账修改，请在图上移动", "the ledger may not move it; move it in the map")
                found.append(
                    replace(like, field=name, title=self.say(zh, en), old=old, new=said, state=REFUSED, why=why)
                )
        return found


def _said(cell: Any) -> str:
    """Return a cell as it reads: an ISO date, a whole number without a point."""
    if cell is None:
        return ""
    if isinstance(cell, (dt.date, dt.datetime)):
        return cell.isoformat()[:10]
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return _even(str(cell))


def _even(words: str) -> str:
    """Return a text without what programs do to the ends of its lines."""
    if "\r" in words or "_x000D_" in words:
        words = words.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
    return words.strip()


def _spelt(number: str) -> str:
    return _WHITE.sub("", _DASHES.sub("-", unicodedata.normalize("NFKC", number))).casefold()


def _near(said: str, known: str) -> bool:
    try:
        return abs(float(said.replace(",", "")) - float(known)) < 0.006
    except ValueError:
        return False


def _rounded(said: str, known: float) -> bool:
    """Tell whether a number is another one, rounded to the decimals that it has."""
    try:
        value = float(said)
    except ValueError:
        return False
    decimals = len(said.partition(".")[2])
    return abs(value - known) <= max(1e-6, 0.5000001 * 10**-decimals)
