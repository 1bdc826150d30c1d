"""Results of benchmarks: arithmetic of goals and ratios, JSON there and back, the report, and runs with missing parts."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.benchmarks import counts, machine, results, run
from envzones.benchmarks.functions.cases import CASES
from envzones.benchmarks.results import ABSENT, DONE, FAILED, Aim, Check, Goal, Part, Result, Row

SAMPLE = {
    "name": "siting", "title": "Siting at province scale", "about": "Pairs.",
    "rows": [
        {"task": "points within 500 m", "who": "ours, 2 threads", "seconds": [0.41, 0.39, 0.42], "peak_mb": 310, "ratio": 1.14,
         "of": "raw STRtree", "note": ""},
        {"task": "points within 500 m", "who": "PostGIS", "seconds": [], "note": "no server | here"},
    ],
    "checks": [{"what": "same pairs as the oracle", "ok": True, "detail": "104,292 pairs"}],
    "goals": [{"goal": "at most 1.5 x the raw query", "figure": 1.14, "limit": 1.5, "sense": "<=", "met": True, "words": ""}],
    "profile": ["tree 40 %", "query 60 %"], "versions": {"shapely": "2.1.2"},
}  # fmt: skip


def part(**changes):
    return replace(Part("siting", "Siting", result=results.from_json(SAMPLE)), **changes)


@pytest.mark.parametrize(
    ("figure", "sense", "limit", "met"),
    [(1.5, "<=", 1.5, True), (1.5, "<", 1.5, False), (100, ">=", 100, True), (100, ">", 100, False), (0, "==", 0, True),
     (1, "==", 0, False), (1.51, "<=", 1.5, False), (None, "<=", 1.5, None), (1.0, "<=", None, None)],
)  # fmt: skip
def test_goal_is_arithmetic(figure, sense, limit, met):
    assert Goal("g", figure, limit, sense).met is met


def test_figure_counts_more_than_what_the_benchmark_says():
    goal = Goal("g", 2.0, 1.5, "<=", said=True)
    assert goal.met is False
    assert goal.disputed
    assert "says otherwise" in results.goals_table([part(result=Result("a", "A", goals=(goal,)))])
    assert Goal("the same rows", said=True).met is True
    assert not Goal("the same rows", said=True).disputed


def test_unknown_sense_is_refused():
    with pytest.raises(ValueError, match="no such sense"):
        results.holds(1, "~", 1)
    with pytest.raises(ValueError, match="no such sense"):
        results.from_json({**SAMPLE, "goals": [{"goal": "g", "sense": "~"}]})


@given(st.floats(0, 1e6), st.floats(0, 1e6))
@settings(max_examples=50)
def test_senses_divide_the_line(figure, limit):
    below, above, equal = (results.holds(figure, sense, limit) for sense in ("<", ">", "=="))
    assert below + above + equal == 1
    assert results.holds(figure, "<=", limit) == (below or equal)
    assert results.holds(figure, ">=", limit) == (above or equal)


def test_ratio_is_of_medians_of_the_same_task():
    rows = results.ratios(
        [Row("a", "ours", (2.0, 9.0, 3.0)), Row("a", "peer", (6.0, 6.0)), Row("b", "peer", (5.0,)), Row("a", "gone")], "ours"
    )
    assert [row.ratio for row in rows] == [None, 2.0, None, None]
    assert [row.of for row in rows] == ["", "ours", "", ""]
    none = results.ratios([Row("a", "ours", (0.0,)), Row("a", "peer", (1.0,))], "ours")
    assert none[1].ratio is None


def test_json_there_and_back(tmp_path):
    first = results.from_json(SAMPLE)
    path = tmp_path / "deep" / "r.json"
    results.write(path, SAMPLE)
    again = results.read(path)
    assert results.to_json(again) == results.to_json(first)
    assert again.rows[0].median == 0.41
    assert again.goals[0].met is True
    assert [one.name for one in path.parent.iterdir()] == ["r.json"]
    whole = part(load=1.5, busy=True, expected=(Aim("x", "x"),), began="2026-01-01 10:00")
    results.write_part(tmp_path / "p.json", whole)
    read = results.read_part(tmp_path / "p.json")
    assert replace(read, result=None) == replace(whole, result=None)
    assert results.to_json(read.result) == results.to_json(again)


def test_not_a_number_is_no_figure(tmp_path):
    odd = {**SAMPLE, "goals": [{"goal": "g", "figure": math.nan, "limit": 1}], "rows": [{"task": "t", "who": "w", "seconds": [math.inf, 1]}]}
    results.write(tmp_path / "r.json", odd)
    read = results.read(tmp_path / "r.json")
    assert read.goals[0].met is None
    assert read.rows[0].seconds == (1.0,)
    assert "NaN" not in (tmp_path / "r.json").read_text(encoding="utf-8")


def test_numbers_of_numpy_are_written_as_numbers(tmp_path):
    goal = Goal("g", np.float64(1.0), 2.0)
    made = Result("a", "A", rows=(Row("t", "w", (np.float64(1.0), np.float32(2.0))),), checks=(Check("c", np.True_),), goals=(goal,))
    results.write(tmp_path / "r.json", made)
    read = results.read(tmp_path / "r.json")
    assert read.rows[0].seconds == (1.0, 2.0)
    assert read.checks[0].ok is True
    assert read.goals[0].met is True
    with pytest.raises(TypeError, match="no place"):
        results.write(tmp_path / "s.json", Result("a", "A", profile=(object(),)))
    assert not (tmp_path / "s.json").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [({"name": None}, "name is missing"), ({"rows": "x"}, "rows is a list"), ({"rows": [{"task": "t"}]}, "who is missing"),
     ({"goals": [{"goal": "g", "figure": "1"}]}, "figure is a number"), ({"checks": [{"ok": True}]}, "what is missing")],
)  # fmt: skip
def test_wrong_json_is_named(change, words):
    with pytest.raises(ValueError, match=words):
        results.from_json({**SAMPLE, **change})


def test_check_is_only_right_if_it_says_so():
    assert results.from_json({**SAMPLE, "checks": [{"what": "w", "ok": "no"}]}).wrong == ["w"]


def test_report_shows_rows_checks_goals_and_spread():
    text = results.report([part(began="2026-01-01 10:00", command="python -m x", took_s=61)], {"shapely": "2.1.2"}, ["How."])
    assert "| Siting | at most 1.5 x the raw query | 1.14 | at most 1.5 | yes |  |" in text
    assert "| points within 500 m | ours, 2 threads | 0.39 | 0.41 | 0.42 | 1.14 x raw STRtree | 310 |  |" in text
    assert "| points within 500 m | PostGIS |  | not run |  |  |  | no server \\| here |" in text
    assert "| same pairs as the oracle | yes | 104,292 pairs |" in text
    assert "- tree 40 %" in text
    assert "With shapely" not in text  # the table of the machine has it already
    assert "`python -m x`, 2026-01-01 10:00, 61 s" in text
    assert text.index("## Goals") < text.index("## The machine") < text.index("## Siting")
    # Every row of a table has as many cells as its head.
    for block in text.split("\n\n"):
        lines = [line.replace("\\|", "") for line in block.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in lines}) <= 1


def test_busy_and_short_runs_say_so():
    text = results.report([part(busy=True, short=True, began="2026-01-01 10:00")], {}, [])
    assert "Something else was at work" in text
    assert "A short run" in text
    assert "(busy machine)" in text
    assert "at work" not in results.report([part()], {}, [])


def test_part_without_a_result_still_names_its_goals():
    gone = Part("x", "X", ABSENT, "there is no x.py yet", expected=(Aim("fast", "fast"), Aim("small", "small")))
    table = results.goals_table([gone, part()])
    assert "| X | fast |  |  | not measured | there is no x.py yet |" in table
    assert results.summary([gone, part()]) == "1 of 3 goals met, 2 not measured. In trouble: x (not there)."
    assert "**Not there.** there is no x.py yet" in results.part_text(gone)
    mute = part(result=Result("a", "A"), expected=(Aim("fast", "fast"),))
    assert [goal.words for goal in mute.goals()] == ["the benchmark gave no figure"]


def test_a_goal_that_is_not_spoken_of_is_named():
    aims = (Aim("at most 1.5 x the tree", "RAW QUERY"), Aim("100 x as fast as QGIS", "QGIS"))
    assert [goal.goal for goal in part(expected=aims).goals()] == ["at most 1.5 x the raw query", "100 x as fast as QGIS"]
    assert part(expected=aims).goals()[1].words == "the benchmark gave no figure"
    assert part(expected=aims, short=True).goals()[1].words == "left out of a short run"
    checked = part(expected=(Aim("every pair", "same pairs"),))
    assert (checked.goals()[1].met, checked.goals()[1].words) == (True, "checked 1 x below")
    wrong = replace(checked, result=Result("a", "A", checks=(Check("the same pairs", True), Check("same pairs", False))))
    assert (wrong.goals()[0].met, wrong.goals()[0].words) == (False, "checked 2 x below, wrong 1 x")
    # What a failed part did measure stays beside what it did not.
    failed = part(expected=aims, state=FAILED, words="exit 1").goals()
    assert [(goal.met, goal.words) for goal in failed] == [(True, ""), (None, "exit 1")]


def test_wrong_answer_is_trouble():
    bad = part(result=Result("a", "A", checks=(Check("same pairs", False, "3 missed"),)))
    assert not bad.good
    assert "wrong answers" in results.summary([bad])
    assert "| same pairs | **NO** | 3 missed |" in results.part_text(bad)


@pytest.mark.parametrize(
    ("value", "of", "text"),
    [(1.14, "raw", "1.14 x raw"), (51.3, "ours", "51 x ours"), (1234.0, "ours", "1,234 x ours"), (0.5, "ours", "0.50 x ours"),
     (0.002, "QGIS", "1/500 of QGIS"), (None, "", "")],
)  # fmt: skip
def test_ratio_in_words(value, of, text):
    assert results.ratio(value, of) == text


@pytest.mark.parametrize(("value", "text"), [(531.2, "531"), (99.96, "100"), (24.31, "24.3"), (1.204, "1.20"), (0.01234, "0.0123")])
def test_seconds_in_words(value, text):
    assert results.seconds(value) == text


# --- the run ------------------------------------------------------------------------------------------


def test_every_benchmark_of_the_run_is_named_once():
    names = [spec.name for spec in run.SPECS]
    assert len(names) == len(set(names))
    assert {"siting", "river", "suitable", "buffers", "bridge", "batch", "probe", "quality", "import_csv", "atlas", "startup"} <= set(names)


def test_a_missing_module_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "commit", lambda: "abc")
    got = run.run(run.Spec("no_such_benchmark", "None", expected=(Aim("fast", "fast"),)), tmp_path, run.parse(["--short"]), 0.0)
    assert got.state == ABSENT
    assert not got.good


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Run a module of our own making as a part."""
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "BENCH", tmp_path / "bench")
    monkeypatch.setattr(run, "SPECS", (*run.SPECS, run.Spec("one", "One")))
    monkeypatch.setattr(machine, "commit", lambda: "abc")
    monkeypatch.setattr(machine, "state", lambda *_, **__: machine.State(0.1, 0.0, False))
    (tmp_path / ".venv-engine" / "bin").mkdir(parents=True)
    program = tmp_path / ".venv-engine" / "bin" / "python"
    (tmp_path / "benchmarks").mkdir()

    def ran(code: str, *options: str) -> Part:
        (tmp_path / "benchmarks" / "one.py").write_text(code, encoding="utf-8")
        program.write_text(f'#!/bin/sh\nshift 2\nexec "{sys.executable}" "{tmp_path}/benchmarks/one.py" "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        return run.run(run.Spec("one", "One", expected=(Aim("fast", "fast"),)), tmp_path / "kept", run.parse(["--short", *options]), 0.0)

    return ran


_WRITE = "import json, sys\npath = sys.argv[sys.argv.index('--json') + 1]\njson.dump({}, open(path, 'w'))\n"


def test_a_part_that_ends_well(made, tmp_path):
    got = made(_WRITE.format(SAMPLE), "--peers", "none")
    assert got.good
    assert "--peers none" in got.command
    assert run.kept(run.Spec("one", "One"), tmp_path / "kept", True).result == got.result


def test_options_for_one_part_are_told(made):
    got = made(_WRITE.format(SAMPLE), "--with", "one --scale '0.3 x'")
    assert got.command.endswith("--scale '0.3 x'")
    assert "0.3" not in made(_WRITE.format(SAMPLE), "--with", "siting --scale 0.3").command


def test_a_part_that_fails_says_its_last_words(made):
    got = made("import sys\nprint('the disk is full', file=sys.stderr)\nsys.exit(3)\n")
    assert (got.state, got.words) == (FAILED, "exit 3: the disk is full")
    assert made("pass\n").words == "it wrote no result"


def test_a_part_with_wrong_answers_shows_its_checks(made):
    wrong = {**SAMPLE, "checks": [{"what": "same pairs", "ok": False}]}
    got = made(_WRITE.format(wrong) + "sys.exit(1)\n")
    assert got.state == DONE
    assert not got.good


def test_a_part_that_fails_after_its_result_failed(made):
    got = made(_WRITE.format(SAMPLE) + "sys.exit(1)\n")
    assert got.state == FAILED
    assert got.result is not None


def test_an_unreadable_result_is_a_failure(made):
    got = made("import sys\nopen(sys.argv[sys.argv.index('--json') + 1], 'w').write('{')\n")
    assert got.state == FAILED
    assert "cannot be read" in got.words


def test_what_hangs_is_ended_with_its_children(made, monkeypatch):
    monkeypatch.setattr(run, "_SHORT_LIMIT_S", 1.0)
    monkeypatch.setattr(run, "_GRACE_S", 1.0)
    got = made("import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])\n")
    assert got.state == FAILED
    assert got.words.startswith("it was ended")
    assert got.took_s < 30


def test_unknown_part_is_refused(capsys):
    with pytest.raises(SystemExit) as stop:
        run.parse(["--only", "siting,nothing"])
    assert stop.value.code == 2
    assert "no such part: nothing" in capsys.readouterr().err


def test_only_a_full_run_writes_the_report():
    assert run.parse([]).out == run.RESULTS
    assert run.parse(["--short"]).out is None
    assert run.parse(["--only", "river"]).out is None


def test_what_is_not_kept_or_not_readable_is_said(tmp_path):
    spec = run.Spec("one", "One", expected=(Aim("fast", "fast"),))
    assert run.kept(spec, tmp_path, False).state == ABSENT
    (tmp_path / "one.json").write_text(json.dumps({"name": "one", "else": 1}), encoding="utf-8")
    got = run.kept(spec, tmp_path, False)
    assert got.state == FAILED
    assert "another version" in got.words


# --- the machine --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("load", "used", "idle", "busy"),
    [(0.2, 0.0, math.inf, False), (1.5, 0.0, math.inf, True), (1.5, 0.0, 5.0, False), (0.1, 0.6, 5.0, True)],
)
def test_our_own_load_does_not_count(load, used, idle, busy):
    assert machine.is_busy(load, used, idle, 2) is busy


def test_machine_tells_a_share():
    assert 0.0 <= machine.share_used(0.05) <= 1.0


# --- instruction counts -------------------------------------------------------------------------------


def test_counts_beside_those_of_before(tmp_path):
    (tmp_path / "out.1").write_text("desc: Trigger: Client Request: trace\ntotals: 2000000\n", encoding="utf-8")
    (tmp_path / "out.2").write_text("desc: Trigger: Program termination\ntotals: 9\n", encoding="utf-8")
    assert counts.dumped(tmp_path) == {"trace": 2_000_000}
    now = {"commit": "new", "with": {"numpy": "2"}, "counts": {"trace": 2_000_000, "table": None}, "not made": {"table": "why"}}
    before = {"commit": "old", "with": {"numpy": "1"}, "counts": {"trace": 1_900_000}}
    text = counts.compared(now, before)
    assert "| trace | 2.0 | 1.9 | +5.3 % |" in text
    assert "table (now): why" in text
    assert "do not compare" in text
    assert counts.risen(now["counts"], before["counts"], 5) == ["trace"]
    assert counts.risen(now["counts"], before["counts"], 6) == []


def test_counts_of_other_files_are_refused(tmp_path):
    path = tmp_path / "c.json"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(counts.Trouble, match="holds no counts"):
        counts.load(path)
    with pytest.raises(counts.Trouble, match="no such case: nothing"):
        counts.chosen("nothing", None)
    assert counts.chosen(None, None) == list(counts.USUAL)


@pytest.mark.parametrize("name", [name for name in CASES if name not in ("siting.check", "probe.at")])
def test_a_case_can_be_made_small_and_called_again(name):
    call = CASES[name].make(0.01)
    call()
    call()


@pytest.mark.parametrize("spec", run.SPECS, ids=lambda spec: spec.name)
def test_a_part_knows_the_options_it_is_run_with(spec):
    path = run.ROOT / "benchmarks" / f"{spec.name}.py"
    if not path.exists():
        pytest.skip(f"there is no benchmarks/{spec.name}.py yet")
    given = [one for one in (*spec.full, *spec.short, "--json", *(["--peers"] if spec.peers else [])) if one.startswith("--")]
    text = path.read_text(encoding="utf-8")
    assert [one for one in given if f'"{one}"' not in text] == []
