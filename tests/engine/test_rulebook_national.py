"""The law in force in Henan as rules: what it may say, on what it rests, and when it begins.

What each rule finds on a map is tried in ``tests/scenes``; here is what holds of the book as a whole.
"""

from __future__ import annotations

import re
from datetime import date

import geopandas as gpd
import pytest
import shapely

from envzones.plugin.engine.clauses.book import SHIPPED, load_book
from envzones.plugin.engine.facilities import load_facility_types
from envzones.plugin.engine.onemap import OneMap
from envzones.plugin.engine.siting import check

BOOK = load_book(SHIPPED / "national-henan.yaml")
CLAUSES = {clause.id: clause for clause in BOOK.clauses}
DAY = date(2024, 6, 30)
#: Metres that the law itself gives, by rule; all others are the office's own.
STATED = {
    "N20b": {200}, "N20c": {50}, "N20d": {500, 1000}, "N21": {200}, "N50a": {100}, "N50b": {50}, "N50c": {200},
    "N50d": {100}, "N50e": {100}, "N51a": {100}, "N51b": {200}, "N51c": {100}, "N51d": {100}, "N51e": {200},
    "N51f": {100}, "N52a": {30}, "N52b": {20}, "N52c": {15}, "N52d": {10}, "N52e": {5},
    "N53a": {80}, "N53b": {70}, "N53c": {65}, "N53d": {30}, "N53e": {25}, "N54a": {500, 3000},
    "N54b": {500, 2000}, "N54c": {500, 1000}, "N54d": {500, 1000, 2000, 3000}, "N55": {1000}, "N56": {200},
    "N57a": {500, 3000}, "N57b": {500, 2000}, "N57c": {500, 1000}, "N80a": {300}, "N80d": {299.99},
}  # fmt: skip


def test_the_law_is_open_ended_and_binds_every_city():
    assert (BOOK.jurisdiction.code, BOOK.period.end, BOOK.document.number) == ("410000", None, "")
    boxes = {"410200": shapely.box(114, 34.5, 114.5, 35), "411000": shapely.box(113.5, 33.8, 114, 34.3)}
    cities = gpd.GeoDataFrame(
        {"uid": list(boxes), "level": ["city"] * 2, "code": list(boxes)}, geometry=list(boxes.values()), crs=4490
    )
    zone = gpd.GeoDataFrame(
        {"uid": ["z"], "level": ["primary"]}, geometry=[shapely.box(113.7, 34.0, 113.8, 34.1)], crs=4490
    )
    site = gpd.GeoDataFrame(
        {"facility_type": ["outfall"], "nature": ["new"]}, geometry=[shapely.Point(113.75, 34.05)], crs=4490
    )
    found = check(site, OneMap.from_frames({"admin_area": cities, "drinking_water_zone": zone}), [BOOK], as_of=DAY)
    hit = found.findings[found.findings["clause_id"] == "N01a"].iloc[0]
    assert hit["status"] == "hit" and not hit["tentative"] and found.verdicts["known"].iloc[0] == "fail"
    assert hit["basis"] == "水污染防治法第六十四条" and not hit["verbatim"]


def test_every_rule_names_its_statute_and_one_statute_begins_on_one_day():
    begins = {}
    for clause in BOOK.clauses:
        assert not clause.verbatim and clause.basis and clause.responsible.lead, clause.id
        start = clause.period.start if clause.period else None
        assert begins.setdefault(clause.basis.zh, start) == start, clause.id
        if clause.basis.mark == "V-LAW":
            assert re.match("第[一二三四五六七八九十百]+条", clause.basis.article) and start, clause.id
    assert begins["河南省水污染防治条例"] == date(2019, 10, 1) and begins["黄河保护法"] == date(2023, 4, 1)
    assert BOOK.period.start == min(day for day in begins.values() if day)


def test_what_came_into_force_later_does_not_bind_before():
    for name, before, after in (
        ("N70a", date(2023, 3, 31), date(2023, 4, 1)),
        ("N64a", date(2020, 8, 31), date(2020, 9, 1)),
        ("N72", date(2021, 11, 30), date(2021, 12, 1)),
        ("N31", date(2018, 12, 31), date(2019, 1, 1)),
    ):
        assert BOOK.state(CLAUSES[name], before) == "not_yet", name
        assert BOOK.state(CLAUSES[name], after) == "in_force", name


def test_what_is_from_memory_never_refuses_and_says_so():
    remembered = [clause for clause in BOOK.clauses if clause.basis.mark == "MEM"]
    assert [clause.id for clause in remembered] == ["N25"]
    for clause in remembered:
        assert clause.effect == "attend" and "待核实" in clause.zh and "unverified" in clause.en
        for relation in clause.relations():
            for length in relation.lengths.values():
                assert length.working and "待核实" in length.zh and "unverified" in length.en


def test_second_hand_rules_are_told():
    for clause in BOOK.clauses:
        if clause.basis.mark == "V-2ND" and clause.effect != "attend":
            assert "核对" in clause.note_zh, clause.id


@pytest.mark.parametrize("clause", BOOK.clauses, ids=lambda one: one.id)
def test_metres_are_the_laws_or_the_offices(clause):
    lengths = [length for relation in clause.relations() for length in relation.lengths.values()]
    assert {length.metres for length in lengths if not length.working} - {0.0} == STATED.get(clause.id, set())
    assert all(length.zh and length.en for length in lengths if length.working)


def test_an_office_is_asked_for_one_working_distance_once():
    defaults = {}
    for clause in BOOK.clauses:
        for relation in clause.relations():
            for length in relation.lengths.values():
                if length.working:
                    said = (length.metres, length.zh, length.en)
                    assert defaults.setdefault(length.working, said) == said, clause.id


def test_every_facility_type_has_one_home_and_one_name():
    types = load_facility_types()
    names = {}
    for kind in types.types.values():
        for name in {kind.zh, kind.en.casefold(), *(word.casefold() for word in kind.synonyms)}:
            assert names.setdefault(name, kind.id) == kind.id, (name, kind.id)
    assert types.ancestors("chemical_park") == ["chemical_park", "industrial_park", "construction_project"]
    assert types.binds("quarry", ["mine"]) and types.binds("mine", ["quarry"]) is None
    assert types.binds("petrol_station", ["hazardous_goods_site"]) is False
