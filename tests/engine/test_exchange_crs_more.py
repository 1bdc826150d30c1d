"""Declarations that bring points elsewhere, web Mercator in the east, shifts in projected numbers."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import CRS, Transformer

from envzones.plugin.engine import datum
from envzones.plugin.engine.exchange.crs_guard import look
from envzones.plugin.engine.exchange.model import Declared

RNG = np.random.default_rng(23)
PLACES = np.column_stack([RNG.uniform(112.0, 112.7, 100), RNG.uniform(34.9, 35.25, 100)])
HERE = shapely.box(111.9, 34.85, 112.8, 35.3)


def projected(epsg: int, xy: np.ndarray = PLACES) -> np.ndarray:
    return np.column_stack(Transformer.from_crs(4490, epsg, always_xy=True).transform(*xy.T))


def said(epsg: int) -> Declared:
    crs = CRS.from_epsg(epsg)
    return Declared(crs, crs.name, ".prj")


def test_another_meridian_that_fits_better_contradicts_the_declared_one():
    seen = look(projected(4546), declared=said(4547), jurisdiction=HERE)
    assert not seen.certain and any(note.code == "declared_elsewhere" for note in seen.doubts)
    shares = {one.choice.crs: one.inside for one in seen.candidates}
    assert shares["EPSG:4546"] == 1.0 and shares["EPSG:4547"] == 0.0
    right = look(projected(4547), declared=said(4547), jurisdiction=HERE)
    assert right.certain and right.candidates[0].inside == 1.0


@pytest.mark.parametrize("epsg", [4490, 4526, 4547])
def test_axes_against_the_declaration_are_told(epsg):
    xy = PLACES if epsg == 4490 else projected(epsg)
    seen = look(xy[:, ::-1], declared=said(epsg), jurisdiction=HERE)
    assert not seen.certain and seen.candidates[0].choice.swap
    assert any(note.code == "axes_swapped" for note in seen.doubts)


def test_web_mercator_east_of_117_degrees_is_told_from_the_far_west():
    east = np.column_stack([RNG.uniform(117.2, 121.9, 50), RNG.uniform(31, 36, 50)])
    west = np.column_stack([RNG.uniform(73.8, 77.5, 50), RNG.uniform(36, 40, 50)])
    assert look(projected(3857, east), jurisdiction=shapely.box(117, 30, 122, 37)).best.choice.crs == "EPSG:3857"
    assert look(projected(3857, east), declared=said(3857)).agrees
    zoned = projected(4491, west)
    assert look(zoned, jurisdiction=shapely.box(73, 35, 78, 41)).best.choice.crs == "EPSG:4491"
    assert look(zoned, declared=said(4491)).agrees
    # Nothing in the numbers themselves tells the two apart.
    assert look(projected(3857, east)).best is None


@pytest.mark.parametrize("epsg", [3857, 4526, 4547])
@pytest.mark.parametrize("name, turn", [("gcj02", datum.wgs_to_gcj), ("bd09", datum.wgs_to_bd)])
def test_the_shift_shows_in_projected_numbers_too(epsg, name, turn):
    reference = shapely.points(PLACES)
    xy = projected(epsg, np.column_stack(turn(*PLACES.T)))
    seen = look(xy, jurisdiction=HERE, reference=reference)
    (note,) = [note for note in seen.doubts if note.code == "web_map_shift"]
    assert f"from EPSG:{epsg} to degrees first, then from {name}" in note.en and name in note.zh and not seen.certain
    plain = look(projected(epsg), jurisdiction=HERE, reference=reference)
    assert any(note.code == "no_shift" for note in plain.doubts)
