"""Every rule of every rulebook is tried on sketch maps: where it hits, where it does not, where it cannot be told.

The sketches are files that a planner can read and write (``tests/scenes``); ``scenes.py`` draws and runs them.
"""

from __future__ import annotations

import pytest

from . import scenes

BOOKS = sorted(path.stem for path in scenes.SHIPPED.glob("*.yaml"))
FILES = {path.stem: path for path in sorted(scenes.FOLDER.glob("*.yaml"))}
SCENES = {name: scenes.load(path) for name, path in FILES.items() if name in BOOKS}
#: What a rule's sketches must show; a hit that rests on an office's own distance is tentative by nature.
NEEDED = {"indicator": [{"met"}, {"not_met"}, {"unknown"}]}
NEEDED_OF_PLACES = [{"hit", "tentative"}, {"miss"}, {"unknown"}]


@pytest.mark.parametrize("name", BOOKS)
def test_every_rule_that_computes_has_its_three_cases(name):
    assert name in SCENES, f"tests/scenes/{name}.yaml is missing"
    shown: dict[str, set[str]] = {}
    for scene in SCENES[name]:
        shown.setdefault(scene.clause, set()).add(scene.body["is"])
    lacking = {
        clause.id: [sorted(one) for one in NEEDED.get(clause.kind, NEEDED_OF_PLACES) if not one & shown.get(clause.id, set())]
        for clause in scenes.book(name).clauses
        if clause.kind != "register"
    }
    assert {name: cases for name, cases in lacking.items() if cases} == {}


@pytest.mark.parametrize("scene", [s for each in SCENES.values() for s in each], ids=lambda s: s.name)
def test_a_scene_comes_out_as_it_says(scene, tmp_path):
    answer, rows = scenes.play(scene, tmp_path)
    shown = [c for c in ("status", "tentative", "relation", "distance_m", "why_en", "met", "value", "low", "high", "missing") if c in rows]
    assert answer == scene.body["is"], f"{scene.body.get('says', '')}\n{rows[shown].to_string()}"
    if "distance_m" in scene.body:
        assert rows["distance_m"].min() == pytest.approx(scene.body["distance_m"], abs=0.5)
    for figure, value in (scene.body.get("value") or {}).items():
        mine = rows[rows["figure_id"] == figure]
        assert len(mine), f"no figure {figure}"
        assert mine["value"].iloc[0] == pytest.approx(value, rel=1e-3)
