"""A check's answer in words: to read, to paste, and side by side."""

from __future__ import annotations

import itertools
import random
from datetime import date
from html.parser import HTMLParser

import pytest

from envzones.plugin.engine import findings_matrix as matrix
from envzones.plugin.engine import findings_text as said
from envzones.plugin.engine.clauses.book import load_books
from envzones.plugin.engine.control_units_text import list_facts, unit_line, unit_title
from envzones.plugin.engine.findings import FINDING_COLUMNS, verdict_text
from envzones.plugin.engine.report.rows import Words

DAY = date(2019, 6, 30)
BOOKS = load_books(["jiyuan-2018", "national-henan"])
_BLANK = {name: (False if kind == "b" else None) for name, kind in FINDING_COLUMNS.items()}


def words(lang="zh"):
    return Words(lang, DAY, list(BOOKS))


def clause_with(relation, effect):
    """A clause whose whole place is one relation."""
    for book in BOOKS:
        for clause in book.of_kind("siting"):
            if getattr(clause.where, "verb", "") == relation and clause.effect == effect:
                return book, clause
    raise LookupError(relation)


def finding(relation="within", effect="prohibit", site="S1", **more):
    book, clause = clause_with("within", "prohibit")
    return {
        **_BLANK, "site_id": site, "site_name": f"地块{site}", "rulebook": book.id, "clause_id": clause.id,
        "clause": clause.clause, "clause_zh": clause.zh, "effect": effect, "status": "hit", "quote": clause.quote,
        "verbatim": clause.verbatim, "book_state": "in_force", "relation": relation, "zone_layer": "drinking_water_zone",
        "zone_id": "Z1", "zone_name": "一级保护区", **more,
    }  # fmt: skip


def verdict(site="S1", known="fail", possible="pass", pending=0, **more):
    zh, en = verdict_text(known, possible, pending)
    return {"site_id": site, "site_name": f"地块{site}", "facility_type": "coal_boiler", "known": known,
            "possible": possible, "pending": float(pending), "hits": 1.0, "text_zh": zh, "text_en": en,
            "as_of": DAY.isoformat(), **more}  # fmt: skip


def test_a_distance_stands_beside_what_is_required():
    row = finding(distance_m=1240.4, threshold_m=3000.0, threshold_owner="document")
    assert said.measure(row, words()) == "距饮用水水源保护区“一级保护区”1240米，要求大于3000米"
    assert said.measure(row, words("en")) == (
        "1240 m from Drinking-water source protection zone “一级保护区”, must be more than 3000 m"
    )


@pytest.mark.parametrize("gap", [2999.96, 3000.04, 2999.6, 3000.4])
def test_rounding_moves_no_distance_over_its_threshold(gap):
    row = finding(distance_m=gap, threshold_m=3000.0)
    shown = said.measure(row, words("en")).split(" m from")[0]
    assert (float(shown) < 3000.0) == (gap < 3000.0)


def test_a_distance_that_grants_is_no_demand():
    """An encouragement within reach does not ask to keep away."""
    row = finding("within", "encourage", distance_m=500.0, threshold_m=3000.0)
    assert "控制距离3000米" in said.measure(row, words())


def test_under_none_nearness_is_wanted():
    """Where a clause holds only away from every feature of a kind, to be near one is what it asks for."""
    from envzones.plugin.engine.clauses.model import Clause, Combination, Relation

    book, clause = clause_with("within", "prohibit")
    turned = Clause(**{**clause.__dict__, "where": Combination("none", (Relation("within"),))})
    other = type(book)(**{**book.__dict__, "clauses": (turned,)})
    row = finding(distance_m=10.0, threshold_m=3000.0)
    assert "控制距离" in said.measure(row, Words("zh", DAY, [other]))
    assert "要求大于" in said.measure(row, words())


@pytest.mark.parametrize(
    "more,zh",
    [
        ({"relation": "inside"}, "位于饮用水水源保护区“一级保护区”内"),
        ({"relation": "outside"}, "不在饮用水水源保护区“一级保护区”内"),
        ({"relation": "outside", "status": "clear"}, "在饮用水水源保护区“一级保护区”内"),
        ({"relation": "anywhere"}, "全行政区适用"),
        ({"relation": "inside", "status": "clear", "zone_name": None}, "附近没有此类区域"),
        ({"status": "not_applicable", "why": "x"}, ""),
        ({"status": "not_assessed", "distance_m": None}, "饮用水水源保护区“一级保护区”"),
    ],
)
def test_places_without_a_distance(more, zh):
    assert said.measure(finding(**more), words()) == zh


def test_overlap_has_area_and_share():
    row = finding(overlap_m2=12_345.0, overlap_share=0.0825)
    assert said.overlap(row, words()) == f"重叠1.23公顷({12_345 * 15 / 10_000:.1f}亩)，占用地8.2%"
    assert said.overlap(finding(overlap_m2=0.0), words()) == ""


def test_the_document_has_number_and_date():
    book, clause = next((b, c) for b in BOOKS if b.id == "jiyuan-2018" for c in b.of_kind("siting"))
    row = finding(rulebook=book.id, clause_id=clause.id, clause=clause.clause)
    assert said.document(row, words()) == (
        f"《济源市污染防治攻坚战三年行动计划(2018—2020年)》(济政〔2018〕29号，2018年9月27日){clause.clause}"
    )


def test_facts_tell_whom_to_ask_and_whose_distance_it_is():
    row = finding(
        status="not_assessed", why="图层不完整;未提供属性:capacity_tph", why_en="layer open; attribute not given: capacity_tph",
        question="未提供属性:capacity_tph", question_en="attribute not given: capacity_tph", department="市生态环境局",
        threshold_m=500.0, threshold_owner="working", deadline="2019-06-01", deadline_words="2019年6月1日前", overdue=True,
    )  # fmt: skip
    facts = said.facts(row, words())
    told = {}
    for fact in facts:
        told.setdefault(fact.label, []).append(fact.text)
    assert facts[0].quote == bool(row["verbatim"])
    assert row["quote"] in told["原文"][0]
    assert told["距离来源"] == ["500米(本单位工作距离)"]
    assert [one for one in told["向谁核实"] if "市生态环境局" in one and "饮用水水源保护区" in one]
    assert any("申请单位" in one for one in told["向谁核实"])
    assert not any("capacity_tph" in one for one in told["待核实原因"])
    assert told["期限"] == ["2019年6月1日(2019年6月1日前)，已逾期"]


def test_a_summary_is_never_a_quotation():
    row = finding(verbatim=False, quote="不得建设")
    fact = said.facts(row, words())[0]
    assert not fact.quote and fact.text == "摘要:不得建设"


def test_groups_come_from_the_gravest_and_hits_before_doubts():
    effects, statuses = list(said.text.EFFECT), [("hit", False), ("hit", True), ("not_assessed", False), ("clear", False),
                                                  ("not_applicable", False)]  # fmt: skip
    rows = [
        finding(effect=effect, status=status, tentative=tentative, clause_id=f"{effect}-{status}-{tentative}",
                reference=reference, distance_m=float(i), zone_id=str(i))
        for i, (effect, (status, tentative), reference) in enumerate(
            itertools.product(effects, statuses, (False, True))
        )
    ]  # fmt: skip
    random.Random(7).shuffle(rows)
    groups = said.grouped(rows)
    assert [name for name, _ in groups] == [*effects, said.REFERENCE]
    for name, members in groups:
        assert all(row["reference"] == (name == said.REFERENCE) for row in members)
        if name != said.REFERENCE:
            assert [said.standing(row) for row in members] == list(said.STANDINGS)


def test_near_misses_come_before_far_ones_and_places_without_any():
    rows = [finding(status="clear", distance_m=d, zone_id=str(d), clause_id=f"C{d}") for d in (900.0, None, 20.0, 400.0)]
    assert [row["distance_m"] for row in said.ordered(rows)] == [20.0, 400.0, 900.0, None]


def test_what_reads_alike_is_said_once():
    rows = [finding(), finding(), finding(zone_id="Z2", zone_name="二级保护区")]
    assert len(said.ordered(rows)) == 2


def _world():
    rows = [
        finding(distance_m=1240.0, threshold_m=3000.0, overlap_m2=None),
        finding(effect="require", clause_id="R1", status="hit", tentative=True, why="定位精度", why_en="accuracy"),
        finding(effect="attend", clause_id="A1", status="not_assessed", why="未声明", why_en="nowhere declared",
                department="市水利局"),
        finding(effect="restrict", clause_id="C1", status="clear", distance_m=50.0),
        finding(effect="restrict", clause_id="N1", status="not_applicable", why="x", why_en="x"),
    ]  # fmt: skip
    units = [{"site_id": "S1", "status": "crossed", "unit_name": "单元甲", "unit_code": "ZH1", "unit_kind": None,
              "overlap_share": 0.5, "spatial_constraint": "禁止新建", "emission_control": None, "risk_prevention": None,
              "resource_efficiency": None, "version_date": "2023-12-01", "document_no": "济环〔2023〕1号"}]  # fmt: skip
    return verdict(pending=2), units, rows


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_letter_says_everything_and_always_the_same(lang):
    one, units, rows = _world()
    text = said.site_text(one, units, rows, words(lang))
    for seed in range(5):
        random.Random(seed).shuffle(rows)
        assert said.site_text(one, units, rows, words(lang)) == text
    lines = text.split("\n")
    expected = (["项目：地块S1", "初步结论：不通过，待核实2条", "环境管控单元：单元甲(ZH1)，50.0%", "一、禁止", "二、须落实要求",
                 "三、注意", "四、需核实的事项", "另有1条款经查未涉及，1条款不适用。"] if lang == "zh" else
                ["Site: 地块S1", "Preliminary answer: Refused, 2 to be verified", "Control units: 单元甲 (ZH1), 50.0%",
                 "1. Prohibited", "2. Requirement", "3. To be attended to", "4. To be verified"])  # fmt: skip
    assert [line for line in lines if line in expected] == expected
    assert any("市水利局" in line for line in lines)
    # A site that was not asked for stays out.
    more = [*rows, finding(site="S2", clause_id="X9", zone_name="别处")]
    assert said.site_text(one, units, more, words(lang)) == text


def test_several_sites_follow_each_other():
    one, units, rows = _world()
    both = said.result_text([one, verdict("S2", "pass")], units, [*rows, finding(site="S2", status="clear")], words())
    assert both.index("项目：地块S1") < both.index("项目：地块S2")
    assert "已查条款均未见限制" in both


def test_undecided_is_a_verdict_of_its_own():
    assert said.verdict_value(verdict(known="pass", pending=3)) == "undecided"
    assert said.verdict_value(verdict(known="pass", pending=0)) == "pass"
    assert said.verdict_value(verdict(known="restricted", pending=3)) == "restricted"


def test_a_unit_shows_its_list_to_the_letter():
    _, (unit,), _ = _world()
    assert unit_title(unit, words()) == "单元甲"
    assert unit_line(unit, words()) == "ZH1 · 50.0%"
    facts = list_facts(unit, words())
    assert [(fact.label, fact.text, fact.quote) for fact in facts] == [
        ("空间布局约束", "禁止新建", True), ("清单版本", "济环〔2023〕1号，2023年12月1日", False),
    ]  # fmt: skip
    none = {**dict.fromkeys(unit), "site_id": "S1", "status": "none"}
    assert unit_title(none, words()) == "不涉及任何管控单元"
    assert said.units_words([none], words()) == "不涉及任何管控单元"


def test_the_filter_finds_clause_quotation_and_zone_in_any_case():
    row = finding(zone_name="Qin River 沁河")
    hay = said.haystack(row, words("en"))
    for part in ("qin river", "沁河", row["quote"][:4].casefold(), row["clause"].casefold()):
        assert part in hay


# --- side by side -----------------------------------------------------------------------------------------------


def _sites(seed=3, count=6, clauses=25):
    rng = random.Random(seed)
    verdicts = [verdict(f"S{i}", rng.choice(("fail", "restricted", "pass")), "pass", rng.randint(0, 2)) for i in range(count)]
    rows = []
    for k in range(clauses):
        effect = rng.choice(list(said.text.EFFECT))
        for one in verdicts:
            for e in range(rng.randint(0, 3)):
                status = rng.choice(("hit", "not_assessed", "clear", "not_applicable"))
                rows.append(finding(effect=effect, site=one["site_id"], clause_id=f"K{k:02d}", status=status,
                                    tentative=rng.random() < 0.3, zone_id=f"{k}-{e}", distance_m=rng.choice((None, 10.0, 99.0))))  # fmt: skip
    rng.shuffle(rows)
    return verdicts, rows


def _answers(rows):
    """Site and clause -> the gravest standing, by looking at each row."""
    rank = ["hit", "tentative", "open", "clear", "idle"]
    found = {}
    for row in rows:
        own = {"hit": "tentative" if row["tentative"] else "hit", "not_assessed": "open", "clear": "clear"}.get(row["status"], "idle")
        key = (row["clause_id"], row["site_id"])
        found[key] = min(found.get(key, "idle"), own, key=rank.index)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_each_cell_is_the_gravest_answer(seed):
    verdicts, rows = _sites(seed)
    lines = matrix.lines(verdicts, rows, words())
    truth = _answers(rows)
    sites = [one["site_id"] for one in verdicts]
    wanted = {clause for (clause, _), own in truth.items() if own != "idle"}
    assert {line.clause_id for line in lines} == wanted
    for line in lines:
        assert list(line.standings) == [truth.get((line.clause_id, site), "idle") for site in sites]
    shown = matrix.chosen(lines, differences=True)
    assert {line.clause_id for line in shown} == {
        clause for clause in wanted if len({truth.get((clause, site), "idle") for site in sites}) > 1
    }
    shown = matrix.chosen(lines, hide_clear=True)
    assert {line.clause_id for line in shown} == {
        clause for clause in wanted
        if any(truth.get((clause, site), "idle") in ("hit", "tentative", "open") for site in sites)
    }  # fmt: skip
    order = [list(said.GROUPS).index(line.group) for line in lines]
    assert order == sorted(order)


def test_sites_are_sorted_by_verdict_and_name():
    verdicts = [verdict("b", "fail"), verdict("a", "pass"), verdict("c", "pass", "fail", 1), verdict("d", "restricted")]
    assert [one["site_id"] for one in matrix.sites_in_order(verdicts, "verdict")] == ["a", "c", "d", "b"]
    assert [one["site_id"] for one in matrix.sites_in_order(verdicts, "name")] == ["a", "b", "c", "d"]
    assert matrix.sites_in_order(verdicts, "given") == verdicts


_EVIL = ("=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "a\tb", "c\nd", "<b>&\"")


def test_pasted_cells_stay_cells_and_text():
    verdicts = [verdict(f"S{i}", site_name=name) for i, name in enumerate(_EVIL)]
    rows = [finding(site=one["site_id"]) for one in verdicts]
    cells = matrix.table(verdicts, matrix.lines(verdicts, rows, words()), words())
    pasted = [line.split("\t") for line in matrix.tsv(cells).split("\n")]
    assert {len(line) for line in pasted} == {len(cells[0])} and len(pasted) == len(cells)
    for line in pasted:
        assert not any(one.startswith(("=", "+", "-", "@")) for one in line)

    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.cells, self.tags = [], []

        def handle_starttag(self, tag, attrs):
            self.tags.append(tag)
            if tag in ("td", "th"):
                self.cells.append("")

        def handle_data(self, data):
            self.cells[-1] += data

    reader = Reader()
    reader.feed(matrix.as_html(cells))
    assert reader.cells == [one for row in cells for one in row]
    assert "b" not in reader.tags


def test_the_workbook_holds_text_only_and_the_same_bytes_each_time(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    verdicts = [verdict(f"S{i}", site_name=name) for i, name in enumerate(_EVIL[:4])]
    rows = [finding(site=one["site_id"], distance_m=12.0 + i, threshold_m=500.0) for i, one in enumerate(verdicts)]
    rows += [finding(site="S0", clause_id="=2+2", clause="=2+2", clause_zh="=HYPERLINK(\"x\")", status="clear")]
    lines = matrix.lines(verdicts, rows, words())
    path = matrix.write_xlsx(tmp_path / "m.xlsx", verdicts, lines, words())
    first = path.read_bytes()
    assert matrix.write_xlsx(tmp_path / "n.xlsx", verdicts, lines, words()).read_bytes() == first
    sheet = openpyxl.load_workbook(path).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert all(cell.data_type != "f" for cell in cells)
    values = {cell.value for cell in cells}
    assert set(_EVIL[:4]) <= values and "=HYPERLINK(\"x\")" in values
    assert any("12.0米" in str(value) or "12米" in str(value) for value in values)
    assert all(cell.quotePrefix for cell in cells if str(cell.value).startswith(("=", "+", "-", "@")))


def test_a_workbook_that_cannot_be_written_says_so(tmp_path):
    from envzones.plugin.engine.errors import InputError

    pytest.importorskip("openpyxl")
    verdicts, rows = _sites(count=2, clauses=3)
    with pytest.raises(InputError):
        matrix.write_xlsx(tmp_path / "none" / "m.xlsx", verdicts, matrix.lines(verdicts, rows, words()), words())
