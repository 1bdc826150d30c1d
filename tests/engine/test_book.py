"""Rulebook files: what is loaded, and what is refused with file, line and key."""

from __future__ import annotations

import re
from datetime import date

import pytest

from envzones.plugin.engine.clauses.book import available, load_book, load_books
from envzones.plugin.engine.clauses.model import Combination
from envzones.plugin.engine.clauses.validate import missing_pieces, validate_book
from envzones.plugin.engine.errors import InputError

SOUND = """\
id: test
jurisdiction: {code: "419001", zh: 济源市, en: Jiyuan}
document: {number: 测〔2018〕1号, zh: 测试, en: Test, issued: 2018-09-27}
period: {from: 2018-09-27, to: 2020-12-31}
clauses:
  - id: A
    clause: 一
    zh: 禁止
    en: Ban
    quote: 区内禁止新建化工项目…以及造纸项目
    operative: 禁止新建
    kind: siting
    applies_to: [chemical]
    nature: [new]
    when: {capacity_tph: {max: 35}}
    where:
      any:
        - inside: {layer: drinking_water_zone, filter: {level: {in: [primary]}}}
        - within: {layer: road, distance: {working: road_side, default: 1 km, zh: 道路两侧, en: road side}}
    unless: [{words: 除外, when: {keep: {is: true}}}]
    effect: prohibit
    due: [{words: 2019年底前, date: 2019-12-31}, {words: 2020年, date: 2020-12-31}]
    responsible: {lead: 甲局, support: [乙局, 丙局]}
"""


def write(tmp_path, text):
    path = tmp_path / "test.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_said_is_kept(tmp_path):
    book = load_book(write(tmp_path, SOUND))
    (clause,) = book.clauses
    assert book.period.holds(date(2018, 9, 27)) and book.period.holds(date(2020, 12, 31))
    assert not book.period.holds(date(2021, 1, 1))
    assert (clause.row, clause.line, clause.deadline) == ("A", 6, date(2020, 12, 31))
    assert clause.deadline_words == "2019年底前;2020年"
    assert str(clause.responsible) == "甲局、乙局、丙局"
    assert clause.attributes() == {"capacity_tph", "keep"}
    assert clause.layers() == {"drinking_water_zone", "road"}
    assert isinstance(clause.where, Combination)
    length = clause.where.of[1].lengths["distance"]
    assert length.resolve({}) == 1000 and length.resolve({"road_side": 300}) == 300


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("    effect: prohibit", "    efect: prohibit", 21, "unknown key"),
        ("distance: {working: road_side, default: 1 km,", "distance: {working: road_side, default: 1000,", 19, "unit"),
        ("    operative: 禁止新建", "    operative: 不得建设", 11, "does not stand in the quotation"),
        ("    operative: 禁止新建\n", "", 20, "needs an operative phrase"),
        ("    nature: [new]", "    nature: [fresh]", 14, "unknown nature"),
        ("        - inside: {", "        - insid: {", 18, "unknown relation"),
        ("{max: 35}", "{maks: 35}", 15, "unknown key"),
        ("{max: 35}", "{max: many}", 15, "expected a number"),
        ("    kind: siting", "    kind: sitting", 12, "unknown kind"),
        ("issued: 2018-09-27", "issued: 2018-13-27", 3, "no such date"),
        ("  - id: A\n", "  - id: B\n    clause: 零\n", 8, "this key stands twice"),
        ("    zh: 禁止\n", "", 6, "'zh' is missing"),
        ("layer: drinking_water_zone, filter", "filter", 18, "'layer' is missing"),
    ],
)
def test_faults_name_file_line_and_key(tmp_path, old, new, line, words):
    assert old in SOUND
    with pytest.raises(InputError) as caught:
        load_book(write(tmp_path, SOUND.replace(old, new, 1)))
    message = str(caught.value)
    assert message.startswith("test.yaml") and "\n" not in message
    assert re.search(words, message), message
    assert f"line {line}" in message, message


def test_two_rules_of_one_id_are_refused(tmp_path):
    rule = SOUND[SOUND.index("  - id: A") :]
    with pytest.raises(InputError, match=r"test.yaml, line 24, clauses.1.id: clause id 'A' is used twice"):
        load_book(write(tmp_path, SOUND + rule))


@pytest.mark.parametrize(
    "text", ["a: [1, 2", "a: !!python/object/apply:os.system ['true']", "[]", "", "a: 1", "a: &x [1]\nb: *x"]
)
def test_what_is_no_rulebook_is_refused(tmp_path, text):
    with pytest.raises(InputError, match=r"^test\.yaml"):
        load_book(write(tmp_path, text))


def test_missing_and_undecodable_files(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        load_book(tmp_path / "none.yaml")
    path = tmp_path / "gbk.yaml"
    path.write_bytes(SOUND.encode("gb18030"))
    with pytest.raises(InputError, match="UTF-8"):
        load_book(path)
    with pytest.raises(InputError, match="Rulebook 'nowhere' does not exist; there are: .*jiyuan-2018"):
        load_books(["nowhere"])


def test_user_books_stand_beside_and_before_ours(tmp_path):
    write(tmp_path, SOUND)
    write(tmp_path, SOUND).rename(tmp_path / "jiyuan-2018.yaml")
    found = available(tmp_path)
    assert found["jiyuan-2018"].parent == tmp_path
    assert load_books(["jiyuan-2018"], tmp_path)[0].id == "test"


def test_validation_knows_layers_fields_codes_types_and_quotations(tmp_path):
    broken = SOUND.replace("layer: road", "layer: rode").replace("[primary]", "[first]")
    broken = broken.replace("[chemical]", "[chemicals]")
    faults = "\n".join(validate_book(write(tmp_path, broken), "区内禁止新建化工项目,以及印染项目"))
    for words in (
        "layer 'rode' is unknown",
        "'first' is no code of drinking_water_zone.level",
        "'chemicals' is unknown",
        "“以及造纸项目” does not stand in the document",
    ):
        assert words in faults
    assert faults.count("quotation") == 1


def test_quotations_are_compared_without_white_space():
    assert missing_pieces("禁止新建…不得 扩建", "一、禁 止\n新建化工。二、不得扩建。") == []
    assert missing_pieces("禁止新建", "禁止扩建") == ["禁止新建"]
