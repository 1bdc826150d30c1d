"""Repairs: only what is asked for, only what is safe, and all of it accounted for."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.plugin import cli_validate
from envzones.plugin.engine import geodesy
from envzones.plugin.engine.catalog_rules import Neighbours
from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.quality_issues import CODES
from envzones.plugin.engine.repair import REPAIRS, repair

from .quality_world import at, box, codes, issues, polygon, zones

GOOD = box(0, 0, 400, 300)
BOWTIE = polygon((0, 0), (400, 300), (400, 0), (0, 300))
AGAIN = polygon((0, 0), (400, 0), (400, 0), (400, 300), (0, 300))
SPIKE = polygon((1000, 0), (1400, 0), (1400, 149.9), (2400, 150), (1400, 150.1), (1400, 300), (1000, 300))
STRIPS = {"drinking_water_zone": [Neighbours(same=("level", "source_name"), width=2.0)]}


def mended(shapes, *codes_, rules=None, **columns):
    frame = zones(shapes, **columns)
    found = issues(frame, rules=rules)
    out, account = repair(frame, found, codes_ or None)
    return frame, out, account, issues(out, rules=rules)


def test_lists_of_repairs_agree():
    assert set(REPAIRS) == {code.repair for code in CODES.values()} - {""}
    assert tuple(REPAIRS) == cli_validate.REPAIRS
    assert all(len(words) == 2 and all(words) for words in REPAIRS.values())


def test_make_valid_keeps_polygons_and_counts_the_change():
    frame, out, account, left = mended([BOWTIE, GOOD], "make_valid")
    assert len(left) == 1  # the bow tie's two halves lie on the good one
    assert codes(left) == ["overlap"]
    row = account.iloc[0]
    assert (row["code"], row["uid"], row["done"]) == ("make_valid", "Z0", True)
    assert row["area_after_m2"] == pytest.approx(float(geodesy.area_m2([out.geometry.iloc[0]])[0]))
    assert row["changed_m2"] == pytest.approx(0, abs=1e-3)
    assert out.geometry.iloc[0].geom_type == "MultiPolygon"
    assert out.geometry.iloc[1].equals_exact(frame.geometry.iloc[1], 0)
    assert frame.geometry.iloc[0].equals_exact(BOWTIE, 0)  # the frame given is untouched


def test_what_leaves_no_polygon_is_left_alone():
    flat = polygon((0, 0), (400, 0), (200, 0))
    frame, out, account, left = mended([flat], "make_valid")
    assert not account["done"].any()
    assert account["why_en"].iloc[0] == "no polygon would be left; redraw it"
    assert out.geometry.iloc[0].equals_exact(flat, 0)
    assert len(left)


def test_repeated_points_and_spikes_go_each_when_asked():
    _, out, account, left = mended([AGAIN, SPIKE], "remove_repeated_points")
    assert list(account["uid"]) == ["Z0"]
    assert codes(left) == ["spike"]
    assert shapely.get_num_coordinates(out.geometry.iloc[0]) == 5
    _, out, account, left = mended([AGAIN, SPIKE], "remove_spikes")
    assert codes(left) == ["repeated_point"]
    assert out.geometry.iloc[1].equals(box(1000, 0, 1400, 300)) or out.geometry.iloc[1].area == pytest.approx(GOOD.area, rel=1e-3)
    assert account["changed_m2"].iloc[0] == pytest.approx(100, rel=0.01)
    assert codes(mended([AGAIN, SPIKE])[3]) == []


def test_a_spike_at_the_first_point_and_one_behind_another():
    first = polygon((4000, 150), (3000, 150.1), (3000, 300), (2600, 300), (2600, 0), (3000, 0), (3000, 149.9))
    double = polygon((0, 0), (400, 0), (400, 149.8), (700, 149.9), (1400, 150), (700, 150.1), (400, 150.2), (400, 300), (0, 300))
    _, out, _, left = mended([first, double], "remove_spikes")
    assert codes(left) == []
    assert shapely.bounds(out.geometry.iloc[1])[2] <= at(700.5, 0)[0]


def test_duplicates_and_swapped_axes():
    turned = shapely.transform(GOOD, lambda xy: xy[:, ::-1])
    frame, out, account, left = mended([GOOD, GOOD, turned], name=["a", "a", "b"], source_name=["甲", "甲", "乙"])
    assert list(out["uid"]) == ["Z0", "Z2"]
    assert list(out.index) == [0, 2]
    assert out.geometry.iloc[1].equals_exact(GOOD, 0)
    assert set(account["code"]) == {"drop_duplicate", "swap_axes"}
    assert codes(left) == ["same_geometry"]


@pytest.mark.parametrize("wide", [0.3, 1.0, 1.8])
def test_strips_are_snapped_to_the_neighbour(wide):
    bent = polygon((400 + wide, -1), (401 + wide, 160), (400 + wide, 300), (800, 300), (800, 0))
    west = polygon((0, 0), (400, 0), (401, 160), (400, 300), (0, 300))
    frame, out, account, left = mended([west, bent], "snap_to_neighbour", rules=STRIPS)
    assert account["done"].all()
    assert not {"gap", "overlap", "overlap_sliver"} & set(left["code"])
    assert account["changed_m2"].iloc[0] == pytest.approx(300 * wide, rel=0.1)
    assert out.geometry.iloc[0].equals_exact(west, 0)
    assert out.geometry.iloc[1].is_valid


def test_an_overlapping_sliver_goes_to_the_neighbour():
    _, out, account, left = mended([GOOD, box(399, 0, 700, 300)], "snap_to_neighbour")
    assert codes(left) == []
    assert account["changed_m2"].iloc[0] == pytest.approx(300, rel=0.01)
    assert shapely.dwithin(*out.geometry, 1e-9)
    assert shapely.intersection(*out.geometry).area < 1e-14


def test_a_snap_that_takes_much_is_refused():
    _, out, account, left = mended([box(0, 0, 20, 300), box(18.1, 0, 30, 300)], "snap_to_neighbour")
    assert not account["done"].any()
    assert "5 %" in account["why_en"].iloc[0]
    assert "overlap_sliver" in codes(left)


def test_only_what_was_asked_for_and_only_its_rows():
    shapes = [BOWTIE, SPIKE, AGAIN, box(5000, 0, 5400, 300)]
    frame = zones(shapes, source_name=list("甲乙丙丁"), fid=[7, 3, 9, 4])
    found = issues(frame)
    assert set(found["fid"]) == {7, 3, 9}
    out, account = repair(frame, found, ["remove_spikes"])
    assert list(account["fid"]) == [3]
    for row in (0, 2, 3):
        assert out.geometry.iloc[row].equals_exact(shapes[row], 0)
    out, account = repair(frame, found, [])
    assert not len(account)
    assert out.geometry.geom_equals_exact(frame.geometry, 0).all()
    assert out.drop(columns="geometry").equals(frame.drop(columns="geometry"))


def test_faults_of_the_caller():
    frame = zones([BOWTIE])
    found = issues(frame)
    with pytest.raises(InputError, match="no repair 'polish'"):
        repair(frame, found, ["polish"])
    with pytest.raises(InputError, match="no row 1"):
        repair(frame.iloc[:0], found)


place = st.tuples(st.integers(0, 9), st.integers(0, 9))


@settings(max_examples=60)
@given(st.lists(st.lists(place, min_size=3, max_size=8), min_size=1, max_size=4))
def test_whatever_is_drawn_repairs_leave_valid_polygons_or_say_why(drawn):
    shapes = [polygon(*[(10000 * i + 50 * x, 50 * y) for x, y in ring]) for i, ring in enumerate(drawn)]
    frame = zones(shapes, source_name=[str(i) for i in range(len(shapes))])
    found = issues(frame)
    out, account = repair(frame, found)
    refused = set(account.loc[~account["done"].astype(bool), "uid"])
    for uid, before, after in zip(out["uid"], frame.geometry, out.geometry):
        if uid not in refused:
            assert after.is_valid
            assert after.geom_type in ("Polygon", "MultiPolygon")
        if before.is_valid:
            assert after.is_valid
    again = issues(out)
    assert set(again.loc[again["severity"] == "error", "uid"]) <= refused
    with np.errstate(invalid="ignore"):
        assert (account["changed_m2"].dropna() >= 0).all()
