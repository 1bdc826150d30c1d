"""What the rules of all books ask: of sites, attributes that are declared; of features, fields that their layers have."""

from __future__ import annotations

import pytest
import yaml

from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.clauses.book import SHIPPED, load_book
from envzones.plugin.engine.facilities import ANY, load_facility_types
from envzones.plugin.engine.facilities import SHIPPED as TYPES_FILE

TYPES = load_facility_types()
RAW = yaml.safe_load(TYPES_FILE.read_text(encoding="utf-8"))["attributes"]
BOOKS = {path.stem: load_book(path) for path in sorted(SHIPPED.glob("*.yaml"))}
SITING = [(name, clause) for name, book in BOOKS.items() for clause in book.of_kind("siting")]


@pytest.mark.parametrize("name", BOOKS)
def test_attributes_are_declared_for_the_types_that_are_asked(name):
    for clause in BOOKS[name].of_kind("siting"):
        for attribute in clause.attributes():
            told = RAW[attribute]["types"]
            lacking = [k for k in clause.applies_to if ANY not in told and TYPES.binds(k, told) is not True]
            assert lacking == [] or clause.applies_to == (ANY,), (clause.id, attribute)


def test_every_attribute_is_asked_by_some_rule():
    assert set(RAW) - {attribute for _, clause in SITING for attribute in clause.attributes()} == set()


@pytest.mark.parametrize("name", RAW)
def test_an_attribute_says_what_it_can_be(name):
    body = RAW[name]
    assert body["type"] in {"boolean", "number", "text", "choice"}
    assert ("choices" in body) == (body["type"] == "choice")
    assert "unit" not in body or body["type"] == "number"
    for kind in body["types"]:
        assert kind == ANY or TYPES.get(kind)


@pytest.mark.parametrize("name", BOOKS)
def test_tests_compare_an_attribute_with_what_it_can_be(name):
    for clause in BOOKS[name].of_kind("siting"):
        for test in (*clause.when, *(t for exemption in clause.unless for t in exemption.when)):
            body = RAW[test.attribute]
            if body["type"] == "boolean":
                assert isinstance(test.equals, bool), (clause.id, test)
            elif body["type"] == "choice":
                values = {*(test.among or ()), *(test.not_among or ())} or {test.equals}
                assert values <= set(body["choices"]), (clause.id, test)
            elif body["type"] == "number":
                # min with not_in says more than (超过): the bound itself is left out.
                values = (*(test.among or ()), *(test.not_among or ()))
                assert test.equals is None and all(isinstance(v, (int, float)) for v in values), (clause.id, test)


@pytest.mark.parametrize("name", BOOKS)
def test_what_is_asked_of_a_feature_is_a_field_of_every_layer_listed(name):
    catalog = load_catalog()
    for clause in BOOKS[name].of_kind("inventory", "coverage"):
        for attribute in clause.attributes():
            assert all(attribute in catalog[layer].field_names for layer in clause.of), (clause.id, attribute)
