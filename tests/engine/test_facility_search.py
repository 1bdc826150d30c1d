"""Types are found by what people call them, and what is asked of one is what the rulebooks' own files say."""

from __future__ import annotations

from functools import lru_cache

import pytest
import yaml

from envzones.plugin.engine.clauses.book import SHIPPED, load_books
from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.facilities import SHIPPED as TYPES_FILE
from envzones.plugin.engine.facilities import Attribute, load_facility_types
from envzones.plugin.engine.facility_search import answer, asked, path, search, tree

TYPES = load_facility_types()
RAW = yaml.safe_load(TYPES_FILE.read_text(encoding="utf-8"))["types"]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("燃煤锅炉", "coal_boiler"),
        ("煤锅炉", "coal_boiler"),  # a synonym
        ("coal boiler", "coal_boiler"),
        ("Coal-fired boil", "coal_boiler"),
        ("壁挂炉", "gas_wall_heater"),
        ("incinerator", "waste_incineration"),
        ("垃圾发电", "waste_incineration"),  # its characters in order, others between
        ("  锅 炉 ", "boiler"),
        ("coal_boiler", "coal_boiler"),
    ],
)
def test_a_type_is_found_by_any_of_its_names(typed, first):
    for lang in ("zh", "en"):
        assert search(typed, TYPES, lang)[0][0] == first


def test_each_name_in_the_file_finds_its_type_first_or_shares_the_name():
    for name, body in RAW.items():
        synonyms = body.get("synonyms") or {}
        for said in (body["zh"], body["en"], *synonyms.get("zh", []), *synonyms.get("en", [])):
            found = [one for one, _, _ in search(said, TYPES, "zh")]
            same = [other for other, its in RAW.items() if said in (its["zh"], its["en"])] or [name]
            assert name in found
            assert found[0] in same or name in found[:4], (said, found[:4])


def test_what_is_found_says_why():
    (_, title, why), *_ = search("煤锅炉", TYPES, "en")
    assert title == "Coal-fired boiler"
    assert why == "煤锅炉 · Construction project › Combustion facility › Boiler"
    (_, title, why), *_ = search("燃煤锅炉", TYPES, "zh")
    assert (title, why) == ("燃煤锅炉", "建设项目 › 燃烧设施 › 锅炉")


def test_nothing_typed_lists_all_in_the_order_of_the_tree():
    listed = [one for one, _, _ in search(" ", TYPES, "zh")]
    assert sorted(listed) == sorted(RAW)
    assert all(listed.index(body["parent"]) < listed.index(name) for name, body in RAW.items() if body.get("parent"))
    assert [one.id for one in tree(TYPES)] == listed
    assert path("construction_project", TYPES, "zh") == ""


@pytest.mark.parametrize("typed", ["zzzz", "？？？", "xqj"])
def test_nothing_is_found_for_what_is_no_name(typed):
    assert typed == "？？？" or search(typed, TYPES, "en") == []


# --- what is asked, read from the files by hand ----------------------------------------------------------------


def _above(name):
    return [] if name is None else [name, *_above(RAW[name].get("parent"))]


@lru_cache
def _raw_clauses(book):
    data = yaml.safe_load((SHIPPED / f"{book}.yaml").read_text(encoding="utf-8"))
    out = []
    for clause in data["clauses"]:
        rules = clause.get("rules") or [{}]
        for rule in rules:
            merged = {**{k: v for k, v in clause.items() if k != "rules"}, **rule}
            if merged.get("kind") == "siting":
                out.append(merged)
    return out


def _by_hand(book, kind, nature):
    names = set()
    for clause in _raw_clauses(book):
        bound = clause.get("applies_to", "any")
        bound = [bound] if isinstance(bound, str) else bound
        if "any" not in bound and not set(_above(kind)) & set(bound):
            continue
        natures = clause.get("nature") or clause.get("project_nature")
        natures = [natures] if isinstance(natures, str) else natures
        if nature and natures and nature not in natures and "any" not in natures:
            continue
        names |= set(clause.get("when") or {})
        for exemption in clause.get("unless") or []:
            names |= set(exemption.get("when") or {}) if isinstance(exemption, dict) else set()
    return names


@pytest.mark.parametrize("book", sorted(one.stem for one in SHIPPED.glob("*.yaml")))
def test_what_is_asked_is_what_the_files_of_the_rulebooks_ask(book):
    (loaded,) = load_books([book])
    if loaded.extends:
        pytest.skip("takes over the rules of another book")
    for kind in [None, *RAW]:
        for nature in (None, "new", "existing"):
            told = {one.attribute.id for one in asked(kind, nature, [loaded], TYPES)}
            assert told == _by_hand(book, kind, nature), (kind, nature)


def test_the_gravest_comes_first_and_names_its_clauses():
    books = load_books(["jiyuan-2018", "national-henan"])
    told = asked("coal_boiler", "new", books, TYPES)
    order = ["prohibit", "close", "restrict", "rectify", "require", "attend", "encourage"]
    places = [order.index(one.effect) for one in told]
    assert places == sorted(places) and len({one.attribute.id for one in told}) == len(told)
    capacity = next(one for one in told if one.attribute.id == "capacity_tph")
    assert capacity.attribute.unit and not capacity.exception
    assert {clause.id for _, clause in capacity.clauses} >= {
        clause.id for book in books for clause in book.of_kind("siting")
        if "capacity_tph" in clause.attributes() and "coal_boiler" in clause.applies_to and "new" in clause.nature
    }  # fmt: skip


def test_a_type_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="unknown"):
        asked("coal_boilr", None, load_books(["jiyuan-2018"]), TYPES)


@pytest.mark.parametrize(
    ("kind", "said", "held"),
    [
        ("boolean", "是", True), ("boolean", 0, False), ("boolean", "No", False), ("boolean", "也许", None),
        ("boolean", None, None), ("number", "1,200.5", 1200.5), ("number", "many", None), ("number", float("nan"), None),
        ("choice", "Class I", "class_1"), ("choice", "class_2", "class_2"), ("choice", "III", None), ("text", " x ", "x"),
    ],
)  # fmt: skip
def test_answers_of_files_become_answers(kind, said, held):
    choices = {"class_1": {"zh": "Ⅰ类", "en": "Class I"}, "class_2": {"zh": "Ⅱ类", "en": "Class II"}}
    assert answer(Attribute("a", "a", "a", kind, "", choices), said) == held
