"""The sheets of a week, month, quarter or year: counts beside those of the period before, what is late, what moved."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from . import text
from .items_period import TITLES, Counts, History, Period, compared, events, groups
from .sheet import Column, Styles, add_table

if TYPE_CHECKING:
    import geopandas as gpd

_EVENTS = {"found": ("新增", "New"), "done": ("完成", "Done"), "closed": ("销号", "Closed")}
_OVERDUE = ("problem_no", "township", "name", "responsible_party", "responsible_person", "due_on", "status", "measure",
            "clause", "remark")  # fmt: skip
_MOVED = ("problem_no", "township", "name", "responsible_party", "due_on", "status")


def add_dispatch(
    book: Any, styles: Styles, items: gpd.GeoDataFrame, period: Period, as_of: date, cells: Any
) -> None:
    """Add the three sheets of a period.

    Parameters
    ----------
    book, styles
    items : GeoDataFrame
    period : Period
    as_of : date
        Where the period is not over, it is counted up to this day.
    cells : items._Cells
        What each column says of each item.
    """
    history, say = History(items), cells.say
    end = min(period.end, as_of)
    dated = _dated(period, as_of, cells)
    _summary(book, styles, items, history, period, as_of, cells, dated)
    late = history.overdue_on(end)
    order = sorted(np.flatnonzero(late).tolist(), key=lambda k: (-late[k], str(cells.value(k, "problem_no"))))
    columns = cells.columns(_OVERDUE)
    columns.insert(7, Column(say("逾期天数", "Days overdue"), "int"))
    table = []
    for number, k in enumerate(order, start=1):
        row = cells.row(k, _OVERDUE)
        table.append([number, *row[:6], int(late[k]), *row[6:]])
    title = say("逾期清单", "Overdue")
    add_table(
        book, styles, title, say("逾期未完成问题清单", "Overdue items"), [dated], columns, table, fixed=4, paper="A4",
        lang=cells.lang, live=cells.overdue_rule(), empty=say("没有逾期问题。", "Nothing is overdue."),
    )  # fmt: skip
    moved = [
        [number, text.pick(_EVENTS[name], cells.lang), day, *cells.row(k, _MOVED)]
        for number, (k, name, day) in enumerate(events(history, period, as_of), start=1)
    ]
    columns = cells.columns(_MOVED)
    kinds = tuple(text.pick(pair, cells.lang) for pair in _EVENTS.values())
    columns[1:1] = [Column(say("变动", "Change"), widest=8, choices=kinds), Column(say("日期", "Day"), "date")]
    title = say("本期变动", "Changes")
    add_table(
        book, styles, title, say("本期新增、完成、销号", "New, done and closed in the period"), [dated], columns, moved,
        paper="A4", lang=cells.lang, empty=say("本期没有变动。", "Nothing changed in the period."),
    )  # fmt: skip


def _dated(period: Period, as_of: date, cells: Any) -> str:
    start, end, say = period.start, min(period.end, as_of), cells.say
    said = f"{period.title(cells.lang)}{say('：', ': ')}{text.period(start, end, cells.lang)}"
    return said if end == period.end else said + say("(本期未结束)", " (not over yet)")


def _summary(
    book: Any, styles: Styles, items: gpd.GeoDataFrame, history: History, period: Period, as_of: date, cells: Any,
    dated: str,
) -> None:  # fmt: skip
    say = cells.say
    counted = [
        Column(say(zh, en), "int")
        for zh, en in (
            ("期初未完成", "Open before"), ("本期新增", "New"), ("本期完成", "Done"), ("本期销号", "Closed"),
            ("期末未完成", "Open at the end"), ("期末逾期", "Overdue at the end"), ("累计问题", "All so far"),
            ("累计销号", "All closed"),
        )
    ]  # fmt: skip
    changes = [
        Column(say(zh, en), "int")
        for zh, en in (
            ("新增较上期", "New, change"), ("完成较上期", "Done, change"), ("销号较上期", "Closed, change"),
            ("未完成较上期", "Open, change"), ("逾期较上期", "Overdue, change"),
        )
    ]  # fmt: skip
    rate, rate_change = Column(say("销号率", "Closed (%)"), "share"), Column(
        say("销号率较上期(百分点)", "Closed, change (points)"), "area"
    )
    columns = [
        Column(say("序号", "No."), "int"), Column(say("统计口径", "Of"), widest=14), Column(say("名称", "Name"), widest=28),
        *counted, rate, *changes, rate_change,
    ]  # fmt: skip
    table, marks = [], []
    for number, (kind, name, rows) in enumerate(groups(items, cells.lang), start=1):
        now, before = compared(history, period, as_of, rows)
        table.append([number, kind, name, *_counts(now, before)])
        marks.append("late" if now.overdue and number > 1 else "")
    notes = [dated, say(
        "期初未完成＋本期新增－本期完成＝期末未完成；销号率＝累计销号÷累计问题；上期为上一个完整周期。",
        "Open before + new - done = open at the end; closed (%) is of all so far; changes are against the whole period"
        " before.",
    )]  # fmt: skip
    if history.undated:
        zh = f"{history.undated}项未填发现日期，按期初已有计。"
        notes.append(say(zh, f"{history.undated} items do not say when they were found: counted as there before."))
    if history.unsaid:
        zh = f"{history.unsaid}项已完成(销号)而未填日期，按发现当日计。"
        notes.append(say(zh, f"{history.unsaid} settled items do not say when: counted on the day of finding."))
    title = text.pick(TITLES[period.kind], cells.lang)
    heading = f"{period.title(cells.lang)}{say('问题整改', ': ')}{title if cells.lang == 'zh' else title.lower()}"
    add_table(book, styles, title, heading, notes, columns, table, marks=marks, fixed=3, paper="A4", lang=cells.lang)


def _counts(now: Counts, before: Counts) -> list[Any]:
    rates = (now.rate, before.rate)
    return [
        now.opening, now.new, now.done, now.closed, now.open, now.overdue, now.known, now.all_closed, now.rate,
        now.new - before.new, now.done - before.done, now.closed - before.closed, now.open - before.open,
        now.overdue - before.overdue,
        None if None in rates else 100 * (now.rate - before.rate),
    ]  # fmt: skip
