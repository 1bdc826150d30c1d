"""Zhengzhou's three rulebooks for 2020 (air, water, soil), read as a planner reads them.

What each rule finds on a map is tried in ``tests/scenes``; here is what holds of the books as a whole.
"""

from __future__ import annotations

import re
from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from envzones.plugin.engine import plan
from envzones.plugin.engine.clauses.book import SHIPPED, load_book
from envzones.plugin.engine.clauses.conditions import YES, evaluate
from envzones.plugin.engine.clauses.model import OPERATIVE_EFFECTS, Combination
from envzones.plugin.engine.onemap import OneMap

BOOKS = {name: load_book(SHIPPED / f"zhengzhou-2020-{name}.yaml") for name in ("air", "water", "soil")}
CLAUSES = {clause.id: clause for book in BOOKS.values() for clause in book.clauses}
#: How many rows the index of the plans has for each book.
ROWS = {"air": ("ZA", 14), "water": ("ZW", 18), "soil": ("ZS", 16)}
CITY = shapely.box(112.7, 34.3, 114.2, 35.0)
DISTRICT = shapely.box(113.5, 34.6, 113.8, 34.9)
COUNTY = shapely.box(113.0, 34.4, 113.3, 34.7)


def test_one_notice_three_books():
    for book in BOOKS.values():
        assert book.jurisdiction.code == "410100"
        assert (book.document.number, book.document.issued) == ("", date(2020, 4, 16))  # the number is not printed
        assert book.period.end == date(2020, 12, 31)
    # Labels such as 三(一)1 stand in each of the three documents; a rule is told by its id.
    assert len(CLAUSES) == sum(len(book.clauses) for book in BOOKS.values())
    labels = [{clause.clause for clause in book.clauses} for book in BOOKS.values()]
    assert labels[0] & labels[1] and labels[1] & labels[2]


@pytest.mark.parametrize("name", BOOKS)
def test_every_row_is_there_and_more(name):
    letters, last = ROWS[name]
    rows = {clause.row for clause in BOOKS[name].clauses}
    assert {f"{letters}{n:02d}" for n in range(1, last + 1)} < rows
    for clause in BOOKS[name].clauses:
        assert re.fullmatch(rf"{letters}\d\d[a-z]?", clause.id) and clause.id.startswith(clause.row), clause.id


def test_only_named_projects_and_the_exchange_of_data_are_not_computed():
    assert {clause.id for clause in CLAUSES.values() if clause.kind == "register"} == {"ZA13", "ZA14", "ZS13"}


def test_what_refuses_is_what_the_words_refuse():
    """Water and soil refuse nothing: their words strengthen, survey and put right."""
    refusing = {clause.row for clause in CLAUSES.values() if clause.effect in OPERATIVE_EFFECTS}
    assert refusing == {"ZA01", "ZA05", "ZA07", "ZA08", "ZA11", "ZA21", "ZA28", "ZA31", "ZA33"}
    for name in ("ZA01f", "ZW10c", "ZW16", "ZS03a", "ZS05d", "ZS16b"):
        assert CLAUSES[name].effect == "attend" and not CLAUSES[name].operative, name


def test_the_focus_ranks_and_the_scope_binds():
    for name in ("ZW13a", "ZW13b"):
        clause = CLAUSES[name]
        assert clause.focus is not None and clause.focus.where is not None
        ranked = {relation.layer for relation in clause.focus.where.of}
        assert ranked == {"basin", "canal", "drinking_water_zone", "river_reach"}
        assert isinstance(clause.where, Combination) and {r.layer for r in clause.where.of} == {"admin_area"}


def test_eight_sections_are_named_each_with_its_target():
    figures = CLAUSES["ZW02"].figures
    assert len(figures) == 8
    for figure in figures:
        (target,) = figure.targets
        assert (target.minimum, target.by) == (100, date(2020, 12, 31))
        assert figure.having[0].among == ("class_1", "class_2", "class_3")  # 国控、省控: class III


@pytest.mark.parametrize("kind", ["river", "lake", "groundwater", "canal"])
@pytest.mark.parametrize("rank", ["city", "county", "township", "thousand_ton"])
def test_a_problem_inside_a_source_is_listed_once(kind, rank):
    zone = pd.DataFrame([{"source_type": kind, "source_rank": rank}])
    listed = [n for n in ("ZW08", "ZW21a", "ZW21b") if evaluate(CLAUSES[n].where.filter, zone)[0] == YES]
    small = rank in ("township", "thousand_ton")
    assert listed == ["ZW21a" if small else "ZW21b" if kind == "groundwater" else "ZW08"]


def test_distances_are_the_documents_or_the_offices():
    stated = {
        (clause.id, key): length.metres
        for clause in CLAUSES.values()
        for relation in clause.relations()
        for key, length in relation.lengths.items()
        if not length.working
    }
    assert stated == {("ZA09a", "distance"): 1000.0, ("ZW18", "bank"): 0.0}


def units():
    """Four coal units: CHP in the city, small in the county, large in the county, small and closed."""
    spots = [("city", 600, True, "operating", DISTRICT), ("small", 135, False, "operating", COUNTY),
             ("large", 300, True, "operating", COUNTY), ("gone", 50, True, "closed", COUNTY)]  # fmt: skip
    rows = [
        {"uid": uid, "name": uid, "fuel": "coal", "capacity_mw": mw, "chp": chp, "status": status,
         "plant_name": "某电厂", "geometry": area.centroid}
        for uid, mw, chp, status, area in spots
    ]  # fmt: skip
    areas = [
        {"uid": "Z", "level": "city", "code": "410100", "county_kind": None, "geometry": CITY},
        {"uid": "D", "level": "county", "code": "410103", "county_kind": "district", "geometry": DISTRICT},
        {"uid": "C", "level": "county", "code": "410185", "county_kind": "county_city", "geometry": COUNTY},
    ]
    frames = {"power_unit": rows, "admin_area": areas}
    frames = {name: gpd.GeoDataFrame(rows, geometry="geometry", crs=4490) for name, rows in frames.items()}
    cover = gpd.GeoDataFrame(
        {"layer": list(frames), "complete_as_of": "2019-01-01", "valid_until": "2030-01-01"},
        geometry=[CITY.buffer(1)] * len(frames), crs=4490,
    )  # fmt: skip
    return OneMap.from_frames(frames, coverage=cover)


@pytest.mark.parametrize(("day", "state", "late"), [(date(2020, 6, 30), "outstanding", 0), (date(2021, 1, 10), "overdue", 10)])
def test_all_coal_units_of_the_city_go_and_all_below_300_mw(day, state, late):
    result = plan.board(units(), [BOOKS["air"]], as_of=day)
    found = result.findings[result.findings["status"] == "hit"]
    listed = {name: set(found["site_id"][found["clause_id"] == name]) for name in ("ZA01a", "ZA01b")}
    assert listed == {"ZA01a": {"city"}, "ZA01b": {"small", "gone"}}  # 300 MW itself stays, CHP does not exempt
    row = result.board.set_index("clause_id").loc["ZA01b"]
    assert (row["state"], row["overdue_days"], row["settled"]) == (state, late, 1)
    assert bool(row["reference"]) == (day > date(2020, 12, 31))  # the book is over; what was left undone is not
