"""What happened to the items in a week, a month, a quarter: held against a plain count, day by day."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
from shapely.geometry import Point

from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.report.items import write_items
from envzones.plugin.engine.report.items_period import History, compared, events, groups, parse_period

_START = date(2018, 1, 1)


def world(seed: int, count: int = 60) -> gpd.GeoDataFrame:
    """Return items with all kinds of histories, some told badly."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    rows = []
    for k in range(count):
        found = _START + timedelta(days=draw.randrange(700))
        done = found + timedelta(days=draw.randrange(-5, 200))
        closed = done + timedelta(days=draw.randrange(60))
        state = draw.choice(["not_started", "rectifying", "done", "closed", "closed"])
        rows.append({
            "uid": f"u{k}", "problem_no": f"济源-J42-{k:04d}", "name": f"问题{k}", "status": state,
            "township": draw.choice(["克井镇", "五龙口镇", "大峪镇", None, " "]),
            "responsible_party": draw.choice(["甲局", "乙局", None]),
            "found_on": found if draw.random() < 0.9 else None,
            "due_on": found + timedelta(days=draw.randrange(300)) if draw.random() < 0.8 else None,
            "done_on": done if state in ("done", "closed") and draw.random() < 0.9 or draw.random() < 0.05 else None,
            "closed_on": closed if state == "closed" and draw.random() < 0.95 else None,
        })  # fmt: skip
    table = pd.DataFrame(rows)
    for name in ("found_on", "due_on", "done_on", "closed_on"):
        table[name] = pd.to_datetime(table[name])
    return gpd.GeoDataFrame(table, geometry=[Point(112.5, 35.1)] * count, crs="EPSG:4490")


def life(item: pd.Series) -> tuple[date, date, date]:
    """Return from which day an item is known, done, closed, told in plain steps (year 1: always, 9999: never)."""
    always, never = date(1, 1, 1), date(9999, 12, 31)

    def day(name: str, unknown: date) -> date:
        return unknown if pd.isna(item[name]) else item[name].date()

    found = day("found_on", always)
    if item["status"] not in ("done", "closed"):
        return found, never, never
    closed = day("closed_on", found) if item["status"] == "closed" else never
    done = day("done_on", never)
    if closed < done:
        done = closed
    if done == never:
        done = found
    return min(found, done), done, closed


def plain(items: pd.DataFrame, start: date, end: date) -> dict[str, int]:
    """Count by walking through the days."""
    told = dict.fromkeys(("opening", "new", "done", "closed", "open", "overdue", "known", "all_closed"), 0)
    for _, item in items.iterrows():
        found, done, closed = life(item)
        told["opening"] += found < start <= done
        day = start
        while day <= end:
            told["new"] += found == day
            told["done"] += done == day
            told["closed"] += closed == day
            day += timedelta(days=1)
        is_open = found <= end < done
        told["open"] += is_open
        told["overdue"] += bool(is_open and not pd.isna(item["due_on"]) and item["due_on"].date() < end)
        told["known"] += found <= end
        told["all_closed"] += closed <= end
    return told


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("said", ["week:2018-26", "week:2019-01", "month:2019-02", "quarter:2018-Q4", "year:2018"])
def test_counts_are_those_of_a_walk_through_the_days(seed: int, said: str) -> None:
    items, period = world(seed), parse_period(said)
    history, as_of = History(items), date(2019, 3, 1)
    end = min(period.end, as_of)
    for _, _, rows in groups(items, "zh"):
        now, before = compared(history, period, as_of, rows)
        assert vars(now) == plain(items[rows], period.start, end)
        assert vars(before) == plain(items[rows], period.before.start, period.before.end)
        assert now.opening + now.new - now.done == now.open
        assert before.open == now.opening and before.known + now.new == now.known
    told = events(history, period, as_of)
    everything = history.counts(period.start, end)
    names = [name for _, name, _ in told]
    assert [names.count(name) for name in ("found", "done", "closed")] == [
        everything.new, everything.done, everything.closed
    ]  # fmt: skip
    assert [day for _, _, day in told] == sorted(day for _, _, day in told)


def test_groups_part_the_items() -> None:
    items = world(9)
    for kind in ("属地乡镇", "责任单位"):
        parts = [rows for title, _, rows in groups(items, "zh") if title == kind]
        assert (np.sum(parts, axis=0) == 1).all()


@pytest.mark.parametrize(
    ("said", "start", "end", "before"),
    [
        ("week:2019-01", "2018-12-31", "2019-01-06", "2018-12-24"),
        ("week:2020-W53", "2020-12-28", "2021-01-03", "2020-12-21"),
        ("month:2019-12", "2019-12-01", "2019-12-31", "2019-11-01"),
        ("month:2020-2", "2020-02-01", "2020-02-29", "2020-01-01"),
        ("quarter:2019-Q1", "2019-01-01", "2019-03-31", "2018-10-01"),
        ("year:2019", "2019-01-01", "2019-12-31", "2018-01-01"),
    ],
)
def test_periods(said: str, start: str, end: str, before: str) -> None:
    period = parse_period(said)
    assert (period.start.isoformat(), period.end.isoformat()) == (start, end)
    assert period.before.start.isoformat() == before and period.before.end == period.start - timedelta(days=1)


@pytest.mark.parametrize("said", ["", "week:2019-54", "week:2019-00", "month:2019-13", "quarter:2019-5", "june", "year:0000"])
def test_what_is_no_period_is_refused(said: str) -> None:
    with pytest.raises(InputError, match="no period"):
        parse_period(said)


def sheet_rows(sheet: object, key: str) -> list[dict[str, object]]:
    """Return the rows below the header that has a title `key`."""
    lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
    top = next(k for k, line in enumerate(lines) if key in line)
    return [dict(zip(lines[top], line)) for line in lines[top + 1 :] if isinstance(line[0], int)]


def test_the_sheets_of_a_month(tmp_path: Path) -> None:
    items, as_of = world(3), date(2019, 3, 20)
    path = write_items(tmp_path / "i.xlsx", items, load_catalog(), as_of=as_of, period="month:2019-02")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["问题整改销号台账", "月通报", "逾期清单", "本期变动", "_envzones"]
    assert book.active.title == "月通报"
    first = sheet_rows(book["月通报"], "统计口径")[0]
    told = plain(items, date(2019, 2, 1), date(2019, 2, 28))
    names = ("期初未完成", "本期新增", "本期完成", "本期销号", "期末未完成", "期末逾期", "累计问题", "累计销号")
    assert [first[name] for name in names] == list(told.values())
    assert first["销号率"] == pytest.approx(told["all_closed"] / told["known"])
    january = plain(items, date(2019, 1, 1), date(2019, 1, 31))
    assert first["逾期较上期"] == told["overdue"] - january["overdue"]
    late = [row["逾期天数"] for row in sheet_rows(book["逾期清单"], "问题编号")]
    assert len(late) == told["overdue"] and late == sorted(late, reverse=True) and late[0] > 0
    moved = sheet_rows(book["本期变动"], "问题编号")
    assert len(moved) == told["new"] + told["done"] + told["closed"]


def test_a_period_that_is_not_over_says_so(tmp_path: Path) -> None:
    path = write_items(tmp_path / "i.xlsx", world(1), load_catalog(), as_of=date(2019, 2, 12), period="quarter:2019-Q1",
                       lang="en")  # fmt: skip
    sheet = openpyxl.load_workbook(path).worksheets[1]
    assert sheet.title == "Quarterly report" and "2019-01-01 to 2019-02-12 (not over yet)" in sheet["A2"].value


def test_no_items_make_sheets_too(tmp_path: Path) -> None:
    path = write_items(tmp_path / "i.xlsx", world(1).iloc[:0], load_catalog(), as_of=date(2019, 2, 12), period="week:2019-6")
    assert "没有逾期问题。" in [cell.value for row in openpyxl.load_workbook(path)["逾期清单"].iter_rows() for cell in row]
