"""The rule on the real Qin River (沁河) of the demonstration map."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from envzones.plugin.engine.river.network import build
from envzones.plugin.engine.river.section import control_section

from .river_world import geod_length

RIVERS = Path(__file__).parents[2] / "resources" / "demo" / "jiyuan" / "river_reach.geojson"


@pytest.fixture(scope="module")
def reaches():
    return gpd.read_file(RIVERS)


@pytest.fixture(scope="module")
def sections(reaches):
    """Sections along the Qin, as far from its ends as the rule reaches."""
    network = build(reaches)
    edges = [e for e in range(len(network)) if network.name[e] == "沁河" and network.length[e] > 6500]
    places = np.concatenate(
        [network.locate(np.full(5, e), np.linspace(5200.0, network.length[e] - 600.0, 5)) for e in edges]
    )
    data = {"uid": [f"S{n}" for n in range(len(places))], "river": ["沁河"] * len(places)}
    return gpd.GeoDataFrame(data, geometry=shapely.points(places), crs=4490)


@pytest.mark.parametrize("crs", [4490, 4547, 4526, 3857, 4326])
def test_every_section_reaches_5000_m_up_and_500_m_down(reaches, sections, crs):
    result = control_section(reaches.to_crs(crs), sections.to_crs(crs), main_stem=True)
    assert len(result.zone) == len(sections) >= 5
    for _, mine in result.reach.groupby("section_id"):
        for direction, asked in (("U", 5000.0), ("D", 500.0)):
            lines = mine.geometry[mine["direction"] == direction]
            assert sum(map(geod_length, lines)) == pytest.approx(asked, abs=0.5)


def test_every_path_of_every_tributary_ends_at_the_distance(reaches, sections):
    result = control_section(reaches, sections)
    for _, mine in result.reach.groupby("section_id"):
        for direction, asked in (("U", 5000.0), ("D", 500.0)):
            part = mine[mine["direction"] == direction]
            assert part["to_m"].max() == pytest.approx(asked, abs=0.5)
            assert [geod_length(g) for g in part.geometry] == pytest.approx(
                part["length_m"].to_list(), abs=0.001
            )


def test_the_zones_are_as_large_as_the_rule_makes_them(reaches, sections):
    result = control_section(reaches, sections, main_stem=True)
    # Bends overlap themselves, so a zone is hardly less than the rectangle; a bend just before a cut keeps the
    # land round its outside, so it can be a little more.
    assert result.zone["area_m2"].max() <= 5500 * 1000 * 1.02
    assert result.zone["area_m2"].min() > 5500 * 1000 * 0.85
    assert all(g.is_valid for g in result.zone.geometry)
