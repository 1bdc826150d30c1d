"""Weekly, monthly and quarterly dispatch (周调度、月通报、季度通报) of items: what came, what was settled, what is overdue.

All is counted from the items' own dates, so that any week of the past can be told today.  An item without a date of
finding was there before all; one that is settled but says no day counts as settled on the day it was found.  An item
is open from the day it was found to the day before it was done, so that what was open, plus what came, less what was
done is what is open: always.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from . import text

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

TITLES = {
    "week": ("周调度", "Weekly dispatch"),
    "month": ("月通报", "Monthly report"),
    "quarter": ("季度通报", "Quarterly report"),
    "year": ("年度通报", "Yearly report"),
}
_FORMS = re.compile(r"(?:week:(\d{4})-W?(\d{1,2})|month:(\d{4})-(\d{1,2})|quarter:(\d{4})-Q([1-4])|year:(\d{4}))")
_BEFORE_ALL, _NEVER = np.datetime64("0001-01-01", "D"), np.datetime64("9999-12-31", "D")


@dataclass(frozen=True)
class Period:
    """A week (Monday to Sunday, ISO), month, quarter or year; both days are in it."""

    kind: str
    start: date
    end: date

    @property
    def before(self) -> Period:
        """The period of the same kind before this one."""
        return _around(self.kind, self.start - timedelta(days=1))

    def title(self, lang: str) -> str:
        """Return what it is called: 2019年6月, 2019年第26周."""
        year, week, _ = self.start.isocalendar()
        if self.kind == "week":
            return f"{year}年第{week}周" if lang == "zh" else f"week {week} of {year}"
        if self.kind == "quarter":
            part = (self.start.month + 2) // 3
            return f"{self.start.year}年第{part}季度" if lang == "zh" else f"quarter {part} of {self.start.year}"
        if self.kind == "year":
            return f"{self.start.year}年" if lang == "zh" else f"{self.start.year}"
        return f"{self.start.year}年{self.start.month}月" if lang == "zh" else f"{self.start:%Y-%m}"


def parse_period(said: str) -> Period:
    """Read ``week:2019-26``, ``month:2019-06``, ``quarter:2019-Q2`` or ``year:2019``.

    Raises
    ------
    InputError
        If it is none of these, or no such week or month is.
    """
    match = _FORMS.fullmatch(said.strip())
    if match is None:
        raise InputError(
            f"'{said}' is no period; write week:2019-26, month:2019-06, quarter:2019-Q2 or year:2019."
        )
    year, week, month_year, month, quarter_year, quarter, whole = match.groups()
    try:
        if week:
            return _around("week", date.fromisocalendar(int(year), int(week), 1))
        if month:
            return _around("month", date(int(month_year), int(month), 1))
        if quarter:
            return _around("quarter", date(int(quarter_year), 3 * int(quarter) - 2, 1))
        return _around("year", date(int(whole), 1, 1))
    except (ValueError, OverflowError) as error:
        raise InputError(f"'{said}' is no period, because there is no such week or month ({error}).") from error


def _around(kind: str, day: date) -> Period:
    if kind == "week":
        start = day - timedelta(days=day.weekday())
        return Period(kind, start, start + timedelta(days=6))
    months = {"month": 1, "quarter": 3, "year": 12}[kind]
    first = (day.month - 1) // months * months + 1
    start = date(day.year, first, 1)
    last = first + months - 1
    end = date(day.year + last // 12, last % 12 + 1, 1) - timedelta(days=1)
    return Period(kind, start, end)


@dataclass(frozen=True)
class Counts:
    """What happened in a period, and what stands at its end."""

    opening: int = 0
    new: int = 0
    done: int = 0
    closed: int = 0
    open: int = 0
    overdue: int = 0
    known: int = 0
    all_closed: int = 0

    @property
    def rate(self) -> float | None:
        """The share of all problems known that are closed (销号率)."""
        return self.all_closed / self.known if self.known else None


class History:
    """When each item was found, done and closed, and is due; days as numpy has them.

    Parameters
    ----------
    items : DataFrame
        Of the layer rectification_item.
    """

    def __init__(self, items: pd.DataFrame) -> None:
        states = items["status"].to_numpy(dtype=object) if len(items) else np.empty(0, dtype=object)
        settled, ended = np.isin(states.astype(str), ["done", "closed"]), np.isin(states.astype(str), ["closed"])
        found = _days(items, "found_on", _BEFORE_ALL)
        # A date that the state contradicts is of a step that was taken back.
        done, closed = _days(items, "done_on", _NEVER), _days(items, "closed_on", _NEVER)
        self.closed = np.where(ended, np.where(closed == _NEVER, found, closed), _NEVER)
        done = np.minimum(done, self.closed)
        self.done = np.where(settled, np.where(done == _NEVER, found, done), _NEVER)
        self.found = np.minimum(found, self.done)
        self.due = _days(items, "due_on", _NEVER)
        self.undated = int((found == _BEFORE_ALL).sum())
        given = np.where(ended, closed, done)
        self.unsaid = int((settled & (given == _NEVER)).sum())

    def open_on(self, day: date) -> NDArray[np.bool_]:
        """Tell which items are known and not done at the end of a day."""
        end = np.datetime64(day, "D")
        return (self.found <= end) & (self.done > end)

    def overdue_on(self, day: date) -> NDArray[np.int64]:
        """Return how many days each item is overdue at the end of a day, 0 where it is not."""
        late = (np.datetime64(day, "D") - self.due).astype(np.int64)
        return np.where(self.open_on(day) & (late > 0), late, 0)

    def within(self, name: str, start: date, end: date) -> NDArray[np.bool_]:
        """Tell which items were found, done or closed in a span, both days included."""
        days = getattr(self, name)
        return (days >= np.datetime64(start, "D")) & (days <= np.datetime64(end, "D"))

    def counts(self, start: date, end: date, rows: NDArray[np.bool_] | None = None) -> Counts:
        """Count over a span, for some of the items."""
        of = np.ones(len(self.found), dtype=bool) if rows is None else rows

        def count(which: Any) -> int:
            return int((which & of).sum())

        last = np.datetime64(end, "D")
        return Counts(
            count(self.open_on(start - timedelta(days=1))), count(self.within("found", start, end)),
            count(self.within("done", start, end)), count(self.within("closed", start, end)),
            count(self.open_on(end)), count(self.overdue_on(end) > 0), count(self.found <= last),
            count(self.closed <= last),
        )  # fmt: skip


def _days(items: pd.DataFrame, name: str, unknown: np.datetime64) -> NDArray[np.datetime64]:
    import pandas as pd

    if name not in items:
        return np.full(len(items), unknown)
    days = pd.to_datetime(items[name]).to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(days), unknown, days)


def groups(items: pd.DataFrame, lang: str) -> list[tuple[str, str, NDArray[np.bool_]]]:
    """Return all items, those of each township and of each responsible unit: (kind, name, which rows)."""
    from ..rectification import missing

    found = [(text.pick(("全部", "All"), lang), text.pick(("合计", "All items"), lang), np.ones(len(items), dtype=bool))]
    blank = text.pick(("(未填)", "(not given)"), lang)
    for title, name in ((("属地乡镇", "Township"), "township"), (("责任单位", "Responsible unit"), "responsible_party")):
        cells = items[name] if name in items else [None] * len(items)
        said_names = [blank if missing(cell) else str(cell).strip() or blank for cell in cells]
        names = np.array(said_names, dtype=object)
        for one in sorted(set(names), key=lambda said: (said == blank, said)):
            found.append((text.pick(title, lang), one, names == one))
    return found


def compared(history: History, period: Period, as_of: date, rows: NDArray[np.bool_]) -> tuple[Counts, Counts]:
    """Count a period, up to `as_of` where it is not over, and the whole period before it."""
    before = period.before
    return (
        history.counts(period.start, min(period.end, as_of), rows),
        history.counts(before.start, before.end, rows),
    )


def events(history: History, period: Period, as_of: date) -> Sequence[tuple[int, str, date]]:
    """Return what happened in a period: (row, ``found``, ``done`` or ``closed``, day), day by day."""
    end = min(period.end, as_of)
    told = []
    for rank, name in enumerate(("found", "done", "closed")):
        for row in np.flatnonzero(history.within(name, period.start, end)).tolist():
            told.append((getattr(history, name)[row].item(), rank, row, name))
    return [(row, name, day) for day, _, row, name in sorted(told)]
