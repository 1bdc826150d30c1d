"""Each rulebook says what its document says, to the letter.

The documents are no part of the repository.  Where they are at hand (their folder named by ENVZONES_SEEDS, or
../shared/seeds beside the checkout) every word is held against them.  Everywhere, the words must be those that were
held against them last: ``tests/data/<rulebook>.words.json`` keeps a digest of each rule's words, so that a word changed
without the document fails.  With the documents at hand, ``ENVZONES_RECORD=1`` writes the digests anew, once the
rulebook's own tests pass.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from functools import cache
from pathlib import Path

import pytest

from envzones.plugin.engine.clauses.book import SHIPPED, load_book
from envzones.plugin.engine.clauses.model import OPERATIVE_EFFECTS
from envzones.plugin.engine.clauses.validate import missing_pieces, validate_book

#: Rulebook -> the file of its document.  A book of law (national-henan) states rules in its own words.
DOCUMENTS = {
    "jiyuan-2018": "000_5776f557509a0715.txt",
    "kaifeng-2020-air": "001_d8ec3b6b6fb149fb.txt",
    "zhengzhou-2020-air": "002_33e67be6bd980ec5.txt",
    "zhengzhou-2020-water": "002_33e67be6bd980ec5.txt",
    "zhengzhou-2020-soil": "002_33e67be6bd980ec5.txt",
    "qibin-2023": "003_38f0567491ab4d74.txt",
    "xuchang-2018": "004_eca488feed549976.txt",
}
RECORDS = Path(__file__).resolve().parents[1] / "data"
FOLDER = Path(os.environ.get("ENVZONES_SEEDS") or Path(__file__).resolve().parents[3] / "shared" / "seeds")
BOOKS = sorted(path.stem for path in SHIPPED.glob("*.yaml"))
PLANS = [name for name in BOOKS if name in DOCUMENTS]
AT_HAND = [name for name in PLANS if (FOLDER / DOCUMENTS[name]).is_file()]


@cache
def book(name):
    return load_book(SHIPPED / f"{name}.yaml")


@cache
def document(name):
    return (FOLDER / DOCUMENTS[name]).read_text(encoding="utf-8")


def squeeze(text):
    return re.sub(r"\s+", "", text)


def words_of(clause):
    """Return the words of a rule that stand in the document, apart from the quotation and who answers."""
    words = [*(due.words for due in clause.due), *(e.words for e in clause.unless), clause.scope]
    words += [target.words for figure in clause.figures for target in figure.targets]
    return [word for word in (*words, clause.focus.words if clause.focus else "") if word]


def digests(name):
    return {
        clause.id: hashlib.sha256(
            "\n".join([clause.quote, *words_of(clause), str(clause.responsible)]).encode()
        ).hexdigest()[:16]
        for clause in book(name).clauses
    }


def test_every_plan_has_its_book_and_every_book_its_document():
    assert set(DOCUMENTS) <= set(BOOKS)
    assert set(BOOKS) - set(DOCUMENTS) == {"national-henan"}


@pytest.mark.parametrize("name", BOOKS)
def test_effects_that_refuse_stand_in_the_words(name):
    for clause in book(name).clauses:
        if clause.operative:
            assert clause.operative in clause.quote, clause.id
        if clause.effect in OPERATIVE_EFFECTS:
            assert clause.operative, clause.id


@pytest.mark.parametrize("name", BOOKS)
def test_every_name_in_a_book_is_known(name):
    assert validate_book(SHIPPED / f"{name}.yaml") == []


@pytest.mark.parametrize("name", BOOKS)
def test_a_plan_is_quoted_and_the_law_is_stated_with_its_article(name):
    for clause in book(name).clauses:
        assert clause.verbatim == (name in DOCUMENTS), clause.id
        assert clause.verbatim or clause.basis is not None, clause.id


def test_a_document_named_is_a_document_found():
    assert not os.environ.get("ENVZONES_SEEDS") or AT_HAND == PLANS


if AT_HAND:

    @pytest.mark.parametrize("name", AT_HAND)
    def test_quotations_are_the_document_to_the_letter(name):
        wrong = {clause.id: missing_pieces(clause.quote, document(name)) for clause in book(name).clauses}
        assert {name: pieces for name, pieces in wrong.items() if pieces} == {}

    @pytest.mark.parametrize("name", AT_HAND)
    def test_the_pieces_of_a_quotation_stand_in_their_order(name):
        text = squeeze(document(name))
        for clause in book(name).clauses:
            at = 0
            for piece in clause.quote.split("…"):
                at = text.find(squeeze(piece), at)
                assert at >= 0, (clause.id, piece)
                at += len(squeeze(piece))

    @pytest.mark.parametrize("name", AT_HAND)
    def test_dates_scopes_focuses_and_exceptions_speak_the_document(name):
        for clause in book(name).clauses:
            for said in words_of(clause):
                assert missing_pieces(said, document(name)) == [], (clause.id, said)

    @pytest.mark.parametrize("name", AT_HAND)
    def test_who_answers_is_named_in_the_document(name):
        text = squeeze(document(name))
        for clause in book(name).clauses:
            who = clause.responsible
            for one in (who.lead, *who.support, *who.local):
                assert squeeze(one) in text, (clause.id, one)

    if "jiyuan-2018" in AT_HAND:

        def test_who_answers_is_the_list_at_the_end_of_the_paragraph():
            text = squeeze(document("jiyuan-2018"))
            for clause in book("jiyuan-2018").clauses:
                if not clause.responsible.lead:
                    assert clause.clause[0] in "一六", clause.id  # targets and safeguards name nobody
                    continue
                quoted = text.find(squeeze(clause.quote.split("…")[-1]))
                listed = text[text.find("(责任单位:", quoted) + len("(责任单位:") :].replace(",", "、")
                assert listed.startswith(f"{clause.responsible})"), clause.id


@pytest.mark.parametrize("name", PLANS)
def test_the_words_are_those_last_held_against_the_document(name):
    record = RECORDS / f"{name}.words.json"
    if os.environ.get("ENVZONES_RECORD") and name in AT_HAND:
        record.write_text(json.dumps(digests(name), indent=1) + "\n", encoding="utf-8")
    assert digests(name) == json.loads(record.read_text(encoding="utf-8"))
