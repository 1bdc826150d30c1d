"""Coordinates in every form that tables write them in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.exchange.coordinates import parse, settle, split_pairs, unpacked

from .messy import dms

SIGNS = {
    "signs": ("°", "′", "″"), "words": ("度", "分", "秒"), "quotes": ("°", "'", '"'), "mixed": ("º", "’", "”"), "blanks": (" ", " ", ""),
    "hyphens": ("-", "-", ""), "colons": (":", ":", ""),
}  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.floats(73.0, 135.99), min_size=1, max_size=6), st.sampled_from(sorted(SIGNS)), st.sampled_from(["", "东经", "E "]))
def test_degrees_minutes_seconds_in_every_writing(values, form, axis):
    found = parse([axis + dms(value, SIGNS[form]) for value in values])
    assert not found.bad and found.form == "dms" and found.axis == ("E" if axis else "")
    assert np.abs(found.values - values).max() <= 0.0005 / 3600 + 1e-12


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(73, 135), st.integers(0, 59), st.integers(0, 599999)), min_size=1, max_size=10))
def test_packed_degrees_both_ways(parts):
    truth = np.array([d + m / 60 + s / 1e4 / 3600 for d, m, s in parts])
    short = np.array([float(f"{d}.{m:02d}{s:06d}") for d, m, s in parts])
    whole = np.array([float(f"{d}{m:02d}{s // 10000:02d}.{s % 10000:04d}") for d, m, s in parts])
    for numbers in (short, whole):
        values, wrong = unpacked(numbers)
        assert not wrong.any() and np.abs(values - truth).max() < 1e-9
    assert unpacked(np.array([112.6, 1126000.0]))[1].all()


def test_packed_is_told_from_metres_by_both_columns():
    lon, lat = parse(["1123600", "1125959.5"]), parse(["350400", "345959.25"])
    assert lon.form == "metres"
    lon, lat = settle(lon, lat, None)
    assert np.allclose(lon.values, [112.6, 112 + 59 / 60 + 59.5 / 3600]) and np.allclose(lat.values[0], 35 + 4 / 60)
    east, north = settle(parse(["467956.06"] * 3), parse(["3848023.49"] * 3), None)
    assert east.form == north.form == "metres" and east.values[0] == 467956.06


def test_what_may_be_packed_is_asked():
    lon, lat = [f"112.{m:02d}{s:02d}" for m, s in zip(range(10, 50, 4), range(1, 60, 6))], [f"35.{m:02d}12" for m in range(10, 30, 2)]
    with pytest.raises(InputError, match="degrees or packed"):
        settle(parse(lon), parse(lat), None)
    assert settle(parse(["112.6543", "112.7777"]), parse(["35.01", "35.99"]), None)[0].form == "degrees"


@pytest.mark.parametrize(
    "cell, value",
    [("3,848,023.5", 3848023.5), ("38467956.06米", 38467956.06), ("112,6", 112.6), ("１１２．６", 112.6), ("112.6°", 112.6), (" 112.6 ", 112.6),
     ("112度36分", 112.6), ("112°36.0′", 112.6), ("东经:112.6", 112.6), ("112.6E", 112.6), (112.6, 112.6), ("1.126e2", 112.6)],
)  # fmt: skip
def test_single_cells(cell, value):
    found = parse([cell])
    assert not found.bad and found.values[0] == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("cell", ["", None, "abc", "112°75′", "112°36′61″", "nan", "inf", "1e999", "--", "112..6", "°", "经度", "12°3.5′4″"])
def test_cells_that_are_no_coordinate_say_so(cell):
    found = parse([cell, "112.6"])
    assert list(found.bad) == [0] and np.isnan(found.values[0]) and found.values[1] == 112.6
    assert all(found.bad[0])


def test_pairs_in_one_cell():
    cells = ["东经114度7分33.897秒,北纬35度37分41.353秒", "北纬35度37分,东经114度7分", "114.3,34.8", "(114.3 34.8)", "E114.3°, N34.8°", "x"]
    one, other = split_pairs(cells)
    assert parse(one).values[:5] == pytest.approx([114 + 7 / 60 + 33.897 / 3600, 114 + 7 / 60, 114.3, 114.3, 114.3])
    assert parse(other).values[1:5] == pytest.approx([35 + 37 / 60, 34.8, 34.8, 34.8])
    assert one[5] is None


def test_a_mistake_among_packed_numbers_leaves_the_others_packed():
    lon, lat = ["1123600"] * 19 + ["1127200"], ["350400"] * 19 + ["x"]
    lon, lat = settle(parse(lon), parse(lat), None)
    assert np.allclose(lon.values[:19], 112.6) and list(lon.bad) == [19] and list(lat.bad) == [19]
    assert lon.form == lat.form == "packed"


@pytest.mark.parametrize(
    "cells, values",
    [(["112,654", "112,7"], [112.654, 112.7]), (["112,654", "113,001"], [112.654, 113.001]), (["467,956", "112,654"], [467956, 112654]),
     (["3,848,023.5", "467,956"], [3848023.5, 467956]), (["467956,060", "467956,061"], [467956.06, 467956.061])],
)  # fmt: skip
def test_commas_part_thousands_or_decimals_by_the_column(cells, values):
    assert parse(cells).values.tolist() == pytest.approx(values, abs=1e-9)


@pytest.mark.parametrize(
    "cells, step",
    [(["112°36′01.25″"], 0.01 / 3600), (["112-36-01"], 1 / 3600), (["112.60", "112.6"], 0.01),
     ([112.65], 0.01), (["3848023.49"], 0.01), (["x"], 0.0)],
)  # fmt: skip
def test_the_last_digit_says_how_fine_a_column_is(cells, step):
    assert parse(cells).step == pytest.approx(step)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(73, 135.99), st.floats(3, 53.99)), min_size=1, max_size=30))
def test_decimal_degrees_come_back_whole(points):
    lon, lat = parse([repr(x) for x, _ in points]), parse([y for _, y in points])
    assert np.allclose(np.column_stack([lon.values, lat.values]), points, rtol=0, atol=1e-13)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(73.0, 135.99), min_size=20, max_size=40, unique=True),
    st.lists(st.floats(3.0, 53.99), min_size=20, max_size=40, unique=True),
)
def test_random_degrees_are_not_asked_about(east, north):
    n = min(len(east), len(north))
    lon, lat = parse(east[:n]), parse(north[:n])
    if unpacked(lon.raw)[1].any() or unpacked(lat.raw)[1].any():
        assert settle(lon, lat, None)[0].form == "degrees"
