"""Rulebook files: what is loaded, and what is refused with file, line and key."""

from __future__ import annotations

import re
from datetime import date

import pytest

from envzones.plugin.engine.clauses.book import SHIPPED, available, load_book, load_books
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
    write(tmp_path, SOUND.replace("id: test", "id: jiyuan-2018", 1)).rename(tmp_path / "our copy.yaml")
    write(tmp_path, SOUND)
    found = available(tmp_path)
    assert found["jiyuan-2018"] == tmp_path / "our copy.yaml" and found["test"].parent == tmp_path
    assert "kaifeng-2020-air" in found
    book = load_books(["jiyuan-2018", "jiyuan-2018"], tmp_path)
    assert len(book) == 1 and book[0].path == str(tmp_path / "our copy.yaml")


def test_two_user_books_of_one_id_are_refused(tmp_path):
    write(tmp_path, SOUND).rename(tmp_path / "a.yaml")
    write(tmp_path, SOUND).rename(tmp_path / "b.yaml")
    with pytest.raises(InputError, match="b.yaml and a.yaml .* both have the id 'test'"):
        available(tmp_path)


def test_a_user_book_corrects_single_rules_of_ours(tmp_path):
    own = SOUND.replace("id: test", "id: jiyuan-2018\nextends: jiyuan-2018", 1).replace("- id: A", "- id: J14", 1)
    write(tmp_path, own)
    ours = load_book(SHIPPED / "jiyuan-2018.yaml")
    (book,) = load_books(["jiyuan-2018"], tmp_path)
    assert book.document.number == "测〔2018〕1号"
    assert [c.id for c in book.clauses][: len(ours.clauses)] == [c.id for c in ours.clauses]
    changed = {c.id for c, old in zip(book.clauses, ours.clauses) if c.quote != old.quote}
    assert changed == {"J14"}
    write(tmp_path, own.replace("extends: jiyuan-2018", "extends: nowhere"))
    with pytest.raises(InputError, match="extends 'nowhere', which does not exist"):
        load_books(["jiyuan-2018"], tmp_path)
    (tmp_path / "test.yaml").unlink()
    write(tmp_path, SOUND.replace("id: test", "id: a\nextends: b", 1)).rename(tmp_path / "a.yaml")
    write(tmp_path, SOUND.replace("id: test", "id: b\nextends: a", 1)).rename(tmp_path / "b.yaml")
    with pytest.raises(InputError, match="in a circle"):
        load_books(["a"], tmp_path)


INDICATOR = """
  - id: F
    clause: 一(二)1
    zh: 断面比例
    en: Sections
    quote: 比例达到55%以上
    kind: indicator
    effect: attend
    figures:
      - id: good
        zh: Ⅲ类及以上断面比例
        en: Share of good sections
        measure: share
        of: {layer: monitoring_section, filter: {assessed: {is: true}}}
        having: {actual_class: {in: [class_1, class_2, class_3]}}
        unit: '%'
        targets:
          - {by: 2018-12-31, min: 55}
          - {by: 2019-12-31, min: 60}
  - id: G
    clause: 一(二)2
    zh: 站点
    en: Stations
    quote: 所有镇建成自动站
    kind: coverage
    of: [admin_area]
    when: {level: {is: town}}
    where: {coverage: {layer: monitoring_station, filter: {station_kind: {is: air}}, count: 1}}
    effect: require
"""


def test_figures_and_coverage_are_read(tmp_path):
    book = load_book(write(tmp_path, SOUND.rstrip() + INDICATOR))
    figure = next(c for c in book.clauses if c.id == "F").figures[0]
    assert [figure.target(date(year, 6, 30)).minimum for year in (2017, 2018, 2019, 2020)] == [55, 55, 60, 60]
    served = next(c for c in book.clauses if c.id == "G").where
    assert (served.verb, served.count, served.layer) == ("coverage", 1, "monitoring_station")
    assert validate_book(write(tmp_path, "schema: 1\n" + SOUND.rstrip() + INDICATOR)) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("measure: share", "measure: portion", "unknown measure 'portion'"),
        ("        having: {actual_class: {in: [class_1, class_2, class_3]}}\n", "", "share needs 'having'"),
        ("min: 55", "least: 55", "unknown key"),
        ("{by: 2018-12-31, min: 55}", "{by: 2018-12-31}", "give min or max"),
        ("count: 1}", "count: 0}", "a whole number from 1"),
        ("count: 1}", "count: 1, min_share: 0.5}", "exactly one of count, distance, min_share"),
        ("coverage: {layer: monitoring_station, filter: {station_kind: {is: air}}, count: 1}",
         "inside: {layer: monitoring_station}", "needs a 'coverage' relation"),
        ("    kind: indicator\n", "    kind: register\n", "an indicator clause, and no other"),
    ],
)  # fmt: skip
def test_faults_of_figures_and_coverage(tmp_path, old, new, words):
    assert old in INDICATOR
    with pytest.raises(InputError, match=words):
        load_book(write(tmp_path, SOUND.rstrip() + INDICATOR.replace(old, new, 1)))


def test_figures_name_what_the_catalog_has(tmp_path):
    broken = INDICATOR.replace("layer: monitoring_section", "layer: sections", 1)
    assert "layer 'sections' is unknown" in "\n".join(validate_book(write(tmp_path, SOUND.rstrip() + broken)))
    broken = INDICATOR.replace("actual_class", "class_now", 1)
    assert "no field 'class_now'" in "\n".join(validate_book(write(tmp_path, SOUND.rstrip() + broken)))


def test_a_book_and_a_rule_say_when_they_bind(tmp_path):
    book = load_book(write(tmp_path, SOUND))
    assert [book.state(None, date(year, 6, 30)) for year in (2017, 2019, 2021)] == ["not_yet", "in_force", "expired"]
    later = load_book(write(tmp_path, SOUND.replace("    effect: prohibit", "    period: {from: 2019-01-01}\n    effect: prohibit", 1)))
    assert [later.state(later.clauses[0], date(2018, 11, 1)), later.state(None, date(2018, 11, 1))] == ["not_yet", "in_force"]
    gone = SOUND.replace("document: {", "document: {superseded: {by: 测〔2019〕2号, from: 2019-05-01}, ", 1)
    assert load_book(write(tmp_path, gone)).state(None, date(2019, 6, 30)) == "superseded"


def test_the_law_may_be_stated_in_other_words(tmp_path):
    text = SOUND.replace("    quote: ", "    basis: {zh: 某条例, en: A statute, article: 第十七条, mark: V-LAW}\n    paraphrase: ", 1)
    clause = load_book(write(tmp_path, text)).clauses[0]
    assert not clause.verbatim and clause.basis.article == "第十七条"
    with pytest.raises(InputError, match="either 'quote'"):
        load_book(write(tmp_path, text.replace("    paraphrase: ", "    quote: 禁止\n    paraphrase: ", 1)))
    with pytest.raises(InputError, match="use one of V-LAW"):
        load_book(write(tmp_path, text.replace("mark: V-LAW", "mark: SURE", 1)))


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
