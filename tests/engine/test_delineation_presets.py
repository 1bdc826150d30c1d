"""Presets: from memory, labelled, editable, and refused with file, line and key where they do not fit."""

from __future__ import annotations

import json

import pytest

from envzones.plugin.engine import delineation as dl
from envzones.plugin.engine.delineation_presets import SHIPPED
from envzones.plugin.engine.errors import InputError

from .test_delineation import AT_ORIGIN, lake, points, straight, wells

SOURCE = dl.Source("示例水源地")


def figures(preset):
    found = [v for level in preset.levels.values() for v in level.values()] + list(preset.own.values())
    return [v for v in found if isinstance(v, dl.Figure)]


def test_every_shipped_figure_stands_to_be_verified():
    found = dl.load_presets()
    assert len(found) >= 10
    for one in found.values():
        assert one.title().endswith("(待核实)")
        assert one.title("en").endswith("(to be verified)")
        assert figures(one)
        assert all(f.unverified and f.preset == one.id for f in figures(one))
    assert "HJ" not in SHIPPED.read_text(encoding="utf-8")


def test_what_is_drawn_by_a_preset_says_so_and_cites_nothing():
    results = [
        dl.intake_reach(straight(), AT_ORIGIN, dl.preset("river").reach_levels(), SOURCE),
        dl.water_circle(points([(-50, 0)]), lake(), dl.preset("reservoir_medium").circle_levels(), SOURCE),
        dl.well_zones(wells((0, 0)), dl.preset("pore_gravel").well_levels(), SOURCE),
    ]
    for result in results:
        assert len(result.zone)
        for row in result.zone.itertuples():
            told = json.loads(row.parameters)["figures"]
            own = [f for f in told if f["owner"] == "preset"]
            assert own
            assert all(f["label"] == "待核实" and f["mark"] == "MEM" for f in own)
            assert "预设值待核实" in row.remark
            assert "HJ" not in row.extent_text + row.parameters + row.remark


def write(tmp_path, change=lambda text: text):
    path = tmp_path / "delineation_presets.yaml"
    path.write_text(change(SHIPPED.read_text(encoding="utf-8")), encoding="utf-8")
    return path


def test_an_office_s_copy_takes_the_place_of_the_shipped_one(tmp_path):
    path = write(tmp_path, lambda text: text.replace("{value: 1000, mark: MEM}", "{value: 1500, mark: OFFICE}", 1))
    one = dl.preset("river", path)
    assert one.levels["primary"]["upstream"] == dl.Figure(1500.0, "preset", "OFFICE", "river")
    assert not one.levels["primary"]["upstream"].unverified
    assert one.unverified


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("verb: intake", "verb: dig", r"presets\.river\.verb: 'verb' must be one of intake, circle, wells"),
        ("upstream: {value: 1000, mark: MEM}", "upstream: {value: 1000}", r"upstream: 'mark' is missing"),
        ("{value: 1000, mark: MEM}", "{value: 1000, mark: HJ}", r"upstream\.mark: 'mark' must be one of MEM, OFFICE"),
        ("{value: 1000, mark: MEM}", "{value: many, mark: MEM}", r"upstream\.value: give a number"),
        ("{value: 1000, mark: MEM}", "{value: true, mark: MEM}", r"upstream\.value: give a number"),
        ("{value: 50, mark: MEM}", "{value: 0, mark: MEM}", r"land\.value: give a number"),
        ("{value: 1000, mark: MEM}", "{mark: MEM}", r"upstream: 'value' is missing"),
        ("{value: 1000, mark: MEM}", "{value: 1, unit: km, mark: MEM}", r"upstream\.unit: this figure is in m"),
        ("downstream: {value: 100, mark: MEM}", "depth: {value: 100, mark: MEM}", r"depth: unknown key"),
        ("to: 50", "to: 5", r"radius\.to: the upper end"),
        ("primary:", "innermost:", r"innermost: unknown key"),
        ("en: River\n", "en: River\n    en: Brook\n", "stands twice"),
    ],
)
def test_faults_have_a_line_and_a_key(tmp_path, old, new, message):
    path = write(tmp_path, lambda text: text.replace(old, new, 1))
    with pytest.raises(InputError, match=rf"delineation_presets\.yaml, line \d+.*{message}"):
        dl.load_presets(path)


def test_a_preset_fits_one_verb_and_must_be_there():
    with pytest.raises(InputError, match="for 'intake', not for 'wells'"):
        dl.preset("river").well_levels()
    with pytest.raises(InputError, match="no preset 'sea'"):
        dl.preset("sea")
