"""The Jiyuan rulebook says what its document says, to the letter.

The document is no part of the repository.  Where it is at hand (its folder named by ENVZONES_SEEDS, or ../shared/seeds
beside the checkout) every word is held against it.  Everywhere, the words must be those that were held against it last:
``tests/data/jiyuan-2018.words.json`` keeps a digest of each clause's words, so that a word changed without the document
fails.  With the document at hand, ``ENVZONES_RECORD=1`` writes the digests anew, once all its tests pass.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

from envzones.plugin.engine.clauses.book import SHIPPED, load_book
from envzones.plugin.engine.clauses.model import OPERATIVE_EFFECTS
from envzones.plugin.engine.clauses.validate import missing_pieces

BOOK = load_book(SHIPPED / "jiyuan-2018.yaml")
RECORD = Path(__file__).resolve().parents[1] / "data" / "jiyuan-2018.words.json"
FOLDER = Path(os.environ.get("ENVZONES_SEEDS") or Path(__file__).resolve().parents[3] / "shared" / "seeds")
DOCUMENT = FOLDER / "000_5776f557509a0715.txt"


def squeeze(text):
    return re.sub(r"\s+", "", text)


def words_of(clause):
    """Return the words of a clause that stand in the document, apart from the quotation and who answers."""
    words = [*(due.words for due in clause.due), *(e.words for e in clause.unless), clause.scope]
    return [word for word in (*words, clause.focus.words if clause.focus else "") if word]


def digests():
    return {
        clause.id: hashlib.sha256(
            "\n".join([clause.quote, *words_of(clause), str(clause.responsible)]).encode()
        ).hexdigest()[:16]
        for clause in BOOK.clauses
    }


def test_effects_that_refuse_stand_in_the_quotation():
    for clause in BOOK.clauses:
        if clause.operative:
            assert clause.operative in clause.quote, clause.id
        if clause.effect in OPERATIVE_EFFECTS:
            assert clause.operative, clause.id


def test_a_document_named_is_a_document_found():
    assert not os.environ.get("ENVZONES_SEEDS") or DOCUMENT.is_file()


if DOCUMENT.is_file():
    TEXT = DOCUMENT.read_text(encoding="utf-8")

    def test_quotations_are_the_document_to_the_letter():
        wrong = {clause.id: missing_pieces(clause.quote, TEXT) for clause in BOOK.clauses}
        assert {name: pieces for name, pieces in wrong.items() if pieces} == {}

    def test_the_pieces_of_a_quotation_stand_in_their_order():
        text = squeeze(TEXT)
        for clause in BOOK.clauses:
            at = 0
            for piece in clause.quote.split("…"):
                at = text.find(squeeze(piece), at)
                assert at >= 0, (clause.id, piece)
                at += len(squeeze(piece))

    def test_dates_scopes_focuses_and_exceptions_speak_the_document():
        for clause in BOOK.clauses:
            for said in words_of(clause):
                assert missing_pieces(said, TEXT) == [], (clause.id, said)

    def test_who_answers_is_the_list_at_the_end_of_the_paragraph():
        text = squeeze(TEXT)
        for clause in BOOK.clauses:
            if not clause.responsible.lead:
                assert clause.clause[0] in "一六", clause.id  # targets and safeguards name nobody
                continue
            quoted = text.find(squeeze(clause.quote.split("…")[-1]))
            listed = text[text.find("(责任单位:", quoted) + len("(责任单位:") :].replace(",", "、")
            assert listed.startswith(f"{clause.responsible})"), clause.id


def test_the_words_are_those_last_held_against_the_document():
    if os.environ.get("ENVZONES_RECORD") and DOCUMENT.is_file():
        RECORD.write_text(json.dumps(digests(), indent=1) + "\n", encoding="utf-8")
    kept = json.loads(RECORD.read_text(encoding="utf-8"))
    assert digests() == kept
