"""Xuchang's opinion of 2018, read as a planner reads it.

What each rule finds on a map is tried in ``tests/scenes``; here is what holds of the book as a whole.
"""

from __future__ import annotations

import re
from datetime import date

import geopandas as gpd
import pytest
import shapely

from envzones.plugin.engine import siting
from envzones.plugin.engine.clauses.book import SHIPPED, load_book
from envzones.plugin.engine.clauses.model import OPERATIVE_EFFECTS
from envzones.plugin.engine.onemap import OneMap

BOOK = load_book(SHIPPED / "xuchang-2018.yaml")
CLAUSES = {clause.id: clause for clause in BOOK.clauses}
CITY = shapely.box(113.0, 33.6, 114.4, 34.4)
PLACE = shapely.box(113.80, 34.00, 113.82, 34.02)
PLOT = shapely.box(113.805, 34.005, 113.806, 34.006)


def test_the_document():
    assert BOOK.jurisdiction.code == "411000"
    assert (BOOK.document.number, BOOK.document.issued) == ("", date(2018, 11, 5))  # the number is not printed
    assert (BOOK.period.start, BOOK.period.end) == (date(2018, 11, 5), date(2020, 12, 31))
    # A date that goes beyond the period stands as the document gives it.
    assert date(2021, 12, 31) in {due.date for due in CLAUSES["X39"].due}


def test_every_row_is_there_and_more():
    assert {f"X{n:02d}" for n in range(1, 39)} < {clause.row for clause in BOOK.clauses}
    for clause in BOOK.clauses:
        assert re.fullmatch(r"X\d\d[a-g]?", clause.id) and clause.id.startswith(clause.row), clause.id


def test_only_a_slogan_and_duties_of_the_desk_are_not_computed():
    assert {c.id for c in BOOK.clauses if c.kind == "register"} == {"X09", "X25f", "X36b", "X54b", "X62"}


def test_only_what_the_words_refuse_is_refused():
    refusing = {c.row for c in BOOK.clauses if c.effect in OPERATIVE_EFFECTS}
    assert refusing == {
        "X05", "X06", "X07", "X11", "X12", "X25", "X26", "X27", "X28", "X30", "X37", "X47", "X48", "X50", "X59",
    }  # fmt: skip
    # 强化、打造、划定 carry no refusal, and neither does the 三线一单 that is to be compiled.
    for clause in BOOK.clauses:
        if clause.row in {"X15", "X21", "X31", "X32", "X36"} and clause.id != "X15c":
            assert clause.effect == "attend", clause.id
        if clause.row in {"X03", "X14", "X16", "X17", "X34"}:
            assert clause.effect not in OPERATIVE_EFFECTS, clause.id


def test_nobody_is_made_responsible_whom_the_document_does_not_name():
    named = {c.id: c.responsible.lead for c in BOOK.clauses if c.responsible.lead}
    assert named == {"X58a": "县级政府", "X62": "生态环境质量不达标县的政府(管委会)"}


def test_distances_of_the_document_are_two_and_the_others_are_the_office_s():
    stated = {}
    for clause in BOOK.clauses:
        for relation in clause.relations():
            for length in relation.lengths.values():
                if not length.working:
                    stated.setdefault(clause.id, set()).add(length.metres)
    assert stated == {"X31a": {200}, "X31b": {200}}  # the tree belt along the border of two districts


def test_heat_goes_by_place_and_by_floor_area():
    figures = {figure.id: figure for figure in CLAUSES["X17a"].figures}
    assert {name: figure.targets[0].minimum for name, figure in figures.items()} == {
        "city": 80, "yuzhou": 60, "changge": 50, "yanling": 30, "xiangcheng": 30,
    }  # fmt: skip
    assert {figure.column for figure in figures.values()} == {"heated_floor_area_10k_m2"}
    assert {figure.per.column for figure in figures.values()} == {"total_floor_area_10k_m2"}


def test_what_the_copy_garbles_is_quoted_as_it_stands_and_read_in_the_note():
    assert "三区二线" in CLAUSES["X02a"].quote and "三区两线" in CLAUSES["X02a"].note_zh
    assert "失露天矿山" in CLAUSES["X02a"].quote and "责任主体灭失露天矿山" in CLAUSES["X02a"].note_zh
    assert "次干道" not in CLAUSES["X14a"].quote and "次干道" in CLAUSES["X14a"].note_zh
    assert CLAUSES["X54"].clause == "三(二)"  # the passage pasted into 三(一) is quoted where it belongs


# --------------------------------------------------------------------------------------------------------
# The whole book on one site
# --------------------------------------------------------------------------------------------------------


def _map(**layers):
    frames = {name: gpd.GeoDataFrame(rows, geometry="geometry", crs=4490) for name, rows in layers.items()}
    frames["admin_area"] = gpd.GeoDataFrame(
        [{"uid": "city", "name": "许昌市", "level": "city", "code": "411000", "geometry": CITY}], crs=4490
    )
    declared = gpd.GeoDataFrame(
        {"layer": list(frames), "complete_as_of": "2000-01-01", "valid_until": "2099-12-31"},
        geometry=[CITY.buffer(0.5)] * len(frames), crs=4490,
    )  # fmt: skip
    return OneMap.from_frames(frames, coverage=declared)


def _findings(site, day, **layers):
    sites = gpd.GeoDataFrame([{"site_id": "S", "geometry": PLOT, **site}], geometry="geometry", crs=4490)
    rows = siting.check(sites, _map(**layers), [BOOK], as_of=day).findings
    return rows.set_index("clause_id")


def test_the_redline_refuses_only_what_does_not_fit():
    redline = [{"uid": "r1", "name": "红线", "geometry": PLACE}]
    site = {"facility_type": "tourism", "nature": "new"}
    status = {}
    for fits in (False, True, None):
        rows = _findings({**site, "fits_main_function": fits}, date(2019, 6, 30), ecological_redline=redline)
        status[fits] = rows.loc["X30a", "status"]
    assert status == {False: "hit", True: "not_applicable", None: "not_assessed"}


@pytest.mark.parametrize(("day", "state"), [(date(2019, 12, 31), "not_yet"), (date(2020, 1, 1), "in_force")])
def test_stage_four_binds_new_machines_from_its_day(day, state):
    rows = _findings({"facility_type": "non_road_machinery", "nature": "new", "machine_stage": 3}, day)
    assert (rows.loc["X15c", "status"], rows.loc["X15c", "book_state"]) == ("hit", state)


def test_a_listed_plot_takes_no_housing_but_a_store_is_only_restricted():
    plot = [{"uid": "p1", "name": "地块", "register_state": "contaminated", "geometry": PLACE}]
    hits = {}
    for kind in ("housing", "logistics"):
        rows = _findings({"facility_type": kind, "nature": "new"}, date(2019, 6, 30), contaminated_plot=plot)
        hits[kind] = {name for name in ("X26a", "X27a") if rows.loc[name, "status"] == "hit"}
    assert hits == {"housing": {"X26a", "X27a"}, "logistics": {"X27a"}}
