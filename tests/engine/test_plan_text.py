"""What a plan board says in words: by hand-made rows with known answers, in both languages."""

from __future__ import annotations

from datetime import date

import pytest

from envzones.plugin.engine import plan_text as said
from envzones.plugin.engine.clauses.book import load_books
from envzones.plugin.engine.plan_columns import BOARD_COLUMNS
from envzones.plugin.engine.report.rows import Words

DAY = date(2019, 6, 30)


def row(**given):
    return {**dict.fromkeys(BOARD_COLUMNS), "rulebook": "gone", "clause_id": "X", "clause": "一", "clause_zh": "锅炉",
            "kind": "inventory", "layer": "coal_boiler", "state": "outstanding", "overdue_days": 0.0, **given}  # fmt: skip


@pytest.fixture(scope="module")
def words():
    return {lang: Words(lang, DAY, []) for lang in ("zh", "en")}


def test_counts_name_every_state_and_add_up():
    rows = [row(state=state) for state in ("done", "done", "overdue", "not_computable")]
    counted = said.counts(rows)
    assert counted == {"overdue": 1, "outstanding": 0, "not_computable": 1, "done": 2, "no_target": 0}
    assert sum(counted.values()) == len(rows)
    assert said.worst(rows) == "overdue" and said.worst(rows[:2]) == "done"
    assert said.most_overdue([row(overdue_days=3.0), row(overdue_days=12.0), row(overdue_days=None)]) == 12
    assert said.most_overdue([]) == 0


@pytest.mark.parametrize(
    ("given", "zh", "en"),
    [
        ({"listed": 12.0, "settled": 3.0}, "已销号3/12", "3 of 12 settled"),
        ({"listed": 2.0, "settled": 0.0, "tentative": 1.0, "open": 4.0}, "已销号0/2，待核实5", "0 of 2 settled, 5 to be verified"),
        ({"listed": 0.0, "settled": 0.0}, "未列入任何对象", "nothing listed"),
        ({"listed": None}, "", ""),
        ({"kind": "coverage", "denominator": 0.0, "numerator": 0.0}, "没有涉及的对象", "nothing concerned"),
        (
            {"kind": "indicator", "value": 62.5, "low": 62.5, "high": 62.5, "numerator": 5.0, "denominator": 8.0,
             "unit": "%", "target": "≥55", "target_words": "2018年度", "met": "met"},
            "62.50%（5/8），目标≥55%(2018年度)", "62.50% (5/8), target ≥55%(2018年度)",
        ),
        (
            {"kind": "indicator", "low": 10.0, "high": 90.0, "numerator": 1.0, "denominator": 10.0, "unit": "%",
             "target": "≥55", "met": "not_computable"},
            "10–90%（1/10），目标≥55%", "10–90% (1/10), target ≥55%",
        ),
    ],
)  # fmt: skip
def test_progress(words, given, zh, en):
    assert said.progress(row(**given), words["zh"]) == zh
    assert said.progress(row(**given), words["en"]) == en


def test_due_tells_a_missed_target_of_an_earlier_year_apart(words):
    late = row(deadline="2018-12-31", overdue_days=181.0)
    assert said.due(late, words["zh"]) == "时限2018-12-31，逾期181天"
    assert said.due(late, words["en"]) == "due 2018-12-31, 181 days overdue"
    earlier = row(deadline="2020-12-31", overdue_days=181.0)
    assert said.due(earlier, words["zh"]) == "时限2020-12-31，此前的目标逾期181天"
    assert said.due(row(deadline_words="采暖季前"), words["en"]) == "due 采暖季前"
    assert said.due(row(), words["en"]) == ""
    assert said.due(late, words["en"], lambda day: f"{day:%d.%m.%Y}").startswith("due 31.12.2018")


def test_lead_is_the_first_of_those_responsible(words):
    assert said.lead(row(responsible="市水利局、公安局"), words["zh"]) == "市水利局"
    assert said.lead(row(), words["en"]) == "Nobody named"
    books = load_books(["jiyuan-2018"])
    known = Words("zh", DAY, list(books))
    for clause in books[0].of_kind("inventory", "coverage", "indicator"):
        own = row(rulebook="jiyuan-2018", clause_id=clause.id, responsible=str(clause.responsible))
        assert said.lead(own, known) == (clause.responsible.lead or "未指明单位")


def test_whom_to_ask_names_each_department_once(words):
    asked = said.whom(row(missing="statistic.value,statistic,monitoring_section"), words["zh"])
    keepers = [words["zh"].catalog[name].department for name in ("statistic", "monitoring_section")]
    assert [one.partition("（")[0] for one in asked] == keepers
    assert asked[0].count("统计指标") == 2
    assert said.whom(row(), words["zh"]) == []
    assert said.whom(row(missing="own_layer"), words["en"]) == ["Nobody named (own_layer)"]


def test_facts_keep_a_summary_from_being_a_quotation(words):
    books = load_books(["national-henan"])
    clause = next(one for one in books[0].clauses if not one.verbatim)
    own = row(rulebook="national-henan", clause_id=clause.id, quote=clause.quote)
    first = said.facts(own, Words("zh", DAY, list(books)))[0]
    assert (first.label, first.text, first.quote) == ("摘要", clause.quote, True)
    first = said.facts(row(quote="全部关停"), words["zh"])[0]
    assert (first.label, first.text) == ("原文", "“全部关停”")
    assert all(fact.text for fact in said.facts(row(), words["en"]))


def test_a_pasted_table_stays_text(words):
    lines = said.as_table([row(clause_zh="=1+1", why="甲\t乙\n丙")], words["zh"]).split("\n")
    assert len(lines) == 2 and lines[0].count("\t") == lines[1].count("\t")
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in lines[1].split("\t"))
    assert "甲 乙 丙" in lines[1]


def test_search_finds_layer_department_and_quotation(words):
    hay = said.haystack(row(quote="全部关停", responsible="市水利局"), words["en"])
    assert all(one in hay for one in ("全部关停", "市水利局", "coal boiler", "锅炉"))
