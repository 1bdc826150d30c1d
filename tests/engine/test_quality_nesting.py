"""Nesting of protection zones: both ways of drawing are right, each fault is found with its piece."""

from __future__ import annotations

import pytest
import shapely

from .quality_world import box, codes, issues, polygon, zones

NESTED = ("not_nested", "nesting_overlap", "nesting_gap", "nesting_detached", "not_enclosed")
INNER = box(100, 100, 300, 200)
OUTER = box(0, 0, 400, 300)
HOLED = polygon((0, 0), (400, 0), (400, 300), (0, 300), holes=[((100, 100), (300, 100), (300, 200), (100, 200))])


def nesting(shapes, levels, **columns):
    found = issues(zones(shapes, level=levels, **columns))
    return found[found["code"].isin(NESTED)]


@pytest.mark.parametrize("outer", [OUTER, HOLED], ids=["over all", "with a hole"])
def test_both_ways_of_drawing_are_right(outer):
    assert len(nesting([INNER, outer], ["primary", "secondary"])) == 0
    wide = box(-500, -500, 900, 800)
    assert len(nesting([INNER, outer, wide], ["primary", "secondary", "quasi"])) == 0
    # The third ring with a hole for both inner ones.
    ring = polygon((-500, -500), (900, -500), (900, 800), (-500, 800), holes=[((0, 0), (400, 0), (400, 300), (0, 300))])
    assert len(nesting([INNER, outer, ring], ["primary", "secondary", "quasi"])) == 0


def test_zones_in_pieces_and_side_by_side():
    """A primary zone between two pieces of the secondary, and one that fills the space between them and the dyke."""
    pieces = [box(100, 0, 300, 300), box(0, 0, 100, 300), box(300, 0, 400, 300)]
    assert len(nesting(pieces, ["primary", "secondary", "secondary"])) == 0
    assert len(nesting([box(0, 0, 200, 300), box(200, 0, 400, 300), OUTER], ["primary", "primary", "secondary"])) == 0


def test_what_reaches_beyond():
    found = nesting([box(100, 100, 450, 200), OUTER], ["primary", "secondary"])
    assert list(found["code"]) == ["not_nested"]
    assert found["severity"].iloc[0] == "error"
    assert found["area_m2"].iloc[0] == pytest.approx(5000, rel=1e-3)
    assert "一级保护区超出二级保护区5" in found["what_zh"].iloc[0]
    west = (shapely.bounds(found.geometry.iloc[0])[0] - 112.5) * 91290
    assert west == pytest.approx(400, abs=0.5)
    assert nesting([box(100, 100, 401, 200), OUTER], ["primary", "secondary"])["severity"].tolist() == ["warning"]
    assert len(nesting([box(100, 100, 400.02, 200), OUTER], ["primary", "secondary"])) == 0


def test_a_gap_within_the_hole():
    found = nesting([box(105, 100, 300, 200), HOLED], ["primary", "secondary"])
    assert list(found["code"]) == ["nesting_gap"]
    assert found["area_m2"].iloc[0] == pytest.approx(500, rel=1e-3)


def test_a_hole_that_holds_no_inner_zone_is_an_island():
    island = polygon((0, 0), (400, 0), (400, 300), (0, 300), holes=[((10, 10), (50, 10), (50, 50), (10, 50))])
    assert len(nesting([INNER, island], ["primary", "secondary"])) == 0


def test_an_inner_zone_partly_over_its_hole():
    found = nesting([box(100, 100, 320, 200), HOLED], ["primary", "secondary"])
    assert list(found["code"]) == ["nesting_overlap"]
    assert found["area_m2"].iloc[0] == pytest.approx(2000, rel=1e-3)


def test_apart_and_hardly_touching():
    found = nesting([box(1000, 0, 1100, 100), OUTER], ["primary", "secondary"])
    assert list(found["code"]) == ["nesting_detached"]
    assert "600 m" in found["what_en"].iloc[0]
    assert list(nesting([box(400, 0, 500, 100), OUTER], ["primary", "secondary"])["code"]) == ["not_enclosed"]


def test_sources_are_kept_apart_and_a_missing_level_is_skipped():
    shapes = [INNER, OUTER, box(5100, 100, 5300, 200), box(5000, 0, 5400, 300)]
    levels = ["primary", "secondary", "primary", "quasi"]
    names = ["甲", "甲", "乙", "乙"]
    assert len(nesting(shapes, levels, source_name=names)) == 0
    shapes[3] = box(5000, 0, 5200, 300)
    found = nesting(shapes, levels, source_name=names)
    assert list(zip(found["uid"], found["code"])) == [("Z2", "not_nested")]
    assert "准保护区" in found["what_zh"].iloc[0]
    assert len(nesting([INNER], ["primary"])) == 0


def test_only_zones_in_force_nest():
    shapes = [box(100, 100, 450, 200), INNER, OUTER]
    levels = ["primary", "primary", "secondary"]
    assert len(nesting(shapes, levels, valid_to=["2020-01-01", None, None])) == 0
    assert "not_nested" in codes(nesting(shapes, levels))
