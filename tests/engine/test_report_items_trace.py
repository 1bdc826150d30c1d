"""What an items ledger remembers of itself."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from shapely.geometry import Point

from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.publication import Publication
from envzones.plugin.engine.report.items import write_items
from envzones.plugin.engine.report.items_trace import SHEET, Trace, canonical, parse_trace


def items() -> gpd.GeoDataFrame:
    """Return two items, one of which is settled."""
    return gpd.GeoDataFrame(
        {
            "uid": ["a", "b"], "problem_no": ["济源-J42-0001", "=1+1"], "name": ["甲", "乙"],
            "feature_layer": ["outfall", "outfall"], "status": ["rectifying", "done"], "tentative": [True, None],
            "due_on": pd.to_datetime(["2018-12-31", None]), "done_on": pd.to_datetime([None, "2019-03-01"]),
            "distance_m": [12.5, None], "row_version": [3, 1],
        },
        geometry=[Point(112.5, 35.1), None], crs="EPSG:4490",
    )  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_ledger_says_which_field_a_column_is_and_what_was_written(tmp_path: Path, lang: str) -> None:
    path = write_items(tmp_path / "i.xlsx", items(), load_catalog(), as_of=date(2019, 6, 30), lang=lang)
    book = openpyxl.load_workbook(path)
    page = book[SHEET]
    assert page.sheet_state == "veryHidden"
    trace = parse_trace(page.iter_rows(values_only=True))
    assert trace is not None and (trace.as_of, trace.lang) == (date(2019, 6, 30), lang)
    titles = {cell.value for row in book[trace.sheet].iter_rows() for cell in row}
    assert set(trace.columns) <= titles
    assert {"problem_no", "status", "due_on", "responsible_party", "photo_after"} <= set(trace.columns.values())
    one, two = trace.written["济源-J42-0001"], trace.written["=1+1"]
    assert (one["row_version"], one["status"], one["due_on"], one["tentative"]) == ("3", "rectifying", "2018-12-31", "true")
    assert (one["distance_m"], one["lon"], one["done_on"]) == ("12.5", "112.5", "")
    assert (two["status"], two["done_on"], two["lat"], two["tentative"]) == ("done", "2019-03-01", "", "")


def test_a_public_ledger_remembers_nothing(tmp_path: Path) -> None:
    path = write_items(
        tmp_path / "i.xlsx", items(), load_catalog(), as_of=date(2019, 6, 30), publication=Publication("public")
    )
    assert SHEET not in openpyxl.load_workbook(path).sheetnames


def test_another_versions_trace_is_none() -> None:
    assert parse_trace([("envzones.items", "99")]) is None
    assert parse_trace([]) is None
    rows = [("envzones.items", "1"), ("sheet", "s"), ("as_of", "no day"), ("lang", "zh"), ("rows", "problem_no")]
    assert parse_trace(rows) is None
    rows[2] = ("as_of", "2019-06-30", None)
    assert parse_trace(rows) == Trace("s", date(2019, 6, 30), "zh", {}, {})


def test_values_are_kept_exactly() -> None:
    assert [canonical(v) for v in (None, float("nan"), pd.NaT, pd.NA, "", 3, 3.0, 0.1, True)] == [
        "", "", "", "", "", "3", "3", "0.1", "true"
    ]  # fmt: skip
    assert canonical(pd.Timestamp("2019-06-30")) == canonical(date(2019, 6, 30)) == "2019-06-30"
