"""The older benchmarks' results as every benchmark tells them: figures of goals, wrong answers, peers left out."""

from __future__ import annotations

import json
import sqlite3

import numpy as np
import pytest

from envzones.benchmarks import atlas, import_csv, probe, results, startup
from envzones.benchmarks.river_result import OURS, OURS_QGIS, result_of

STAGES = {"trace": [0.1, 0.2, 0.3], "zone": [0.3, 0.3, 0.3], "build": [1.0, 1.0, 1.0]}
ONE = {"cold": [0.9], "warm": [0.011], "warm, with sites of a city": [0.02]}


def python(whole):
    def runs(values):
        return {"all": values, "seconds": {name: sorted(v)[len(v) // 2] for name, v in values.items()}, "peak_mb": 900.0}

    return {"whole": runs({"whole": whole}), "staged": runs(STAGES), "one": runs(ONE)}


def river(**changes):
    score = {"sections": 1000, "pairs": 5000, "off by more than 0.1 m": 0, "largest error, m": 1e-4, "sites missed": 0, "sites false": 0}
    engine = python([1.5, 1.9, 1.8])
    data = {
        "world": "99,003 reaches", "runs": 3, "scale": 1.0, "sections": 1000, "ours": {"engine": engine},
        "systems": {
            OURS: {**engine["whole"], "note": "median of 3"}, "pgRouting": {"failed": "pgRouting is not installed"},
            "QGIS native chain": {"seconds": {"whole": 90.0}, "peak_mb": 950.0, "note": "once"},
        },
        "scores": {"ours": score, "QGIS native chain": {**score, "off by more than 0.1 m": 844}},
        "damaged": {"ours": {"off by more than 1 m, silently": 0}, "ours, on the line": {"off by more than 1 m, silently": 0},
                    "QGIS native chain": {"off by more than 1 m, silently": 667}},
    }  # fmt: skip
    return {**data, **changes}


def goals(result):
    return {goal.goal: goal for goal in result.goals}


def test_river_goals_take_medians_of_the_right_stages():
    result = result_of(river())
    told = goals(result)
    assert told["1,000 sections from file to list, engine's venv: at most 2 s"].figure == 1.8
    assert told["trace, cut and zone of 1,000 sections, engine's venv: at most 0.6 s"].figure == pytest.approx(0.5)
    assert told["one section, network there, engine's venv: at most 20 ms"].figure == pytest.approx(11.0)
    assert told["one section, nothing read yet, QGIS's Python: at most 1.5 s"].met is None
    silent = told["damaged network, of 1,000 sections silently wrong: none"]
    assert silent.met is True
    assert silent.words == "QGIS native chain 667"
    assert not result.wrong
    rows = {(row.task, row.who): row for row in result.rows}
    chain = rows["from files to the list of sites", "QGIS native chain"]
    assert chain.ratio == 50.0
    assert chain.note.startswith("once; 844 of 1,000 sections off by more than 0.1 m")
    assert rows["from files to the list of sites", "pgRouting"].note == "pgRouting is not installed"
    assert rows["from files to the list of sites", OURS].seconds == (1.5, 1.9, 1.8)
    assert results.to_json(results.from_json(json.loads(json.dumps(results.to_json(result))))) == results.to_json(result)


def test_river_with_both_pythons():
    data = river()
    data["ours"]["QGIS"] = python([5.5])
    told = goals(result_of(data))
    assert told["1,000 sections from file to list, QGIS's Python: at most 5 s"].met is False
    assert any(line.startswith(OURS_QGIS) for line in result_of(data).profile)


def test_river_tells_wrong_and_missing_answers():
    data = river()
    data["scores"]["ours"] = {**data["scores"]["ours"], "sites missed": 3}
    data["damaged"]["ours, on the line"] = {"failed": "it said nothing"}
    assert len(result_of(data).wrong) == 2
    data["damaged"]["ours"]["off by more than 1 m, silently"] = 2
    assert goals(result_of(data))["damaged network, of 1,000 sections silently wrong: none"].met is False
    data["scores"]["ours"] = {"failed": "no answer"}
    assert "ours: an answer" in result_of(data).wrong


def test_small_river_says_what_it_is():
    assert all("scale 0.1" in goal.words for goal in result_of(river(scale=0.1)).goals if goal.figure is not None)


def test_probe_is_held_to_its_slowest_row():
    row = {"p50": 1.0, "p95": 9.0, "rules": 40, "spent": np.array([0.001, 0.009]), "whole": np.array([1.0]), "flat": np.empty(0),
           "sample": 1, "wrong": 0}  # fmt: skip
    slow = {**row, "p95": 17.0, "wrong": 2}
    result = probe.result_of([("jiyuan, mine", row), ("kaifeng, mine", slow)], probe.ZONES, 2, 500.0)
    assert result.goals[0].met is False
    assert result.goals[0].words == "the slowest: kaifeng, mine"
    assert result.wrong
    assert {one.note for one in result.rows if not one.seconds} == {"left out"}


def test_start_and_atlas():
    told = startup.result_of({"envzones": [90.0, 95.0, 110.0], "processing": [200.0]})
    assert told.goals[0].figure == 95.0
    assert told.rows[1].ratio == pytest.approx(0.2 / 0.095)
    one = {"pages": 100, "seconds": 60.0, "longest": 0.5, "peak": 400.0, "memory": [(10, 300.0), (100, 350.0)]}
    made = atlas.result_of({"ours": one}, 100)
    assert made.goals[0].met is False
    assert made.rows[1].note == "left out"
    assert atlas.result_of({"ours": {**one, "pages": 99}}, 100).wrong
    assert atlas.result_of({"ours": {**one, "memory": []}}, 3).goals[0].met is None


def test_imports_are_compared(tmp_path):
    def written(path, table, column, places):
        with sqlite3.connect(path) as one:
            one.execute(f'CREATE TABLE "{table}" (fid INTEGER PRIMARY KEY, geom BLOB, "{column}" TEXT)')
            rows = [(b"GP" + np.array(place).tobytes(), f"n{k}") for k, place in enumerate(places)]
            one.executemany(f'INSERT INTO "{table}" (geom, "{column}") VALUES (?, ?)', rows)
            one.execute("CREATE TABLE envzones_audit (id INTEGER)")
            one.execute(f'CREATE VIRTUAL TABLE "rtree_{table}_geom" USING rtree(id, a, b, c, d)')
        one.close()

    written(tmp_path / "a.gpkg", import_csv.LAYER, "name", [(112.0, 35.0)])
    written(tmp_path / "b.gpkg", "rows", "企业名称", [(112.0, 35.0)])
    written(tmp_path / "c.gpkg", "rows", "企业名称", [(112.0, 35.1)])
    assert import_csv.compare(tmp_path / "a.gpkg", tmp_path / "b.gpkg", tmp_path / "rows.csv").ok
    assert not import_csv.compare(tmp_path / "a.gpkg", tmp_path / "c.gpkg", tmp_path / "rows.csv").ok
