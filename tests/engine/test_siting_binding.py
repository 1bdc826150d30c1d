"""Reasons by the thousand, and checks that go on where an earlier one stopped."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.plugin.engine import siting
from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.clauses.book import load_book
from envzones.plugin.engine.clauses.shelf import SHIPPED
from envzones.plugin.engine.onemap import OneMap
from envzones.plugin.engine.siting_binding import Reason, Reasons
from envzones.plugin.store.folder import read_folder

DAY = date(2019, 6, 30)
DEMO = Path(__file__).resolve().parents[2] / "resources" / "demo" / "jiyuan"
SOME = [Reason(f"原因{k}", f"reason {k}", asked=k % 2 == 0) for k in range(4)]


@given(st.lists(st.tuples(st.sets(st.integers(0, 19)), st.integers(0, 3)), max_size=12))
@settings(max_examples=60, deadline=None)
def test_reasons_are_those_of_lists(steps):
    plain: list[list[Reason]] = [[] for _ in range(20)]
    coded = Reasons(20)
    for rows, which in steps:
        coded.add(np.array(sorted(rows), dtype=np.intp), SOME[which])
        for row in rows:
            plain[row].append(SOME[which])
    assert [list(coded.combinations[code]) for code in coded.code.tolist()] == plain
    # Each combination is held once.
    assert len(set(coded.combinations)) == len(coded.combinations)


@pytest.fixture(scope="module")
def demo():
    catalog = load_catalog()
    content = read_folder(DEMO, catalog)
    onemap = OneMap.from_frames(content.frames, content.coverage, content.meta, catalog)
    books = [load_book(SHIPPED / f"{name}.yaml") for name in ("jiyuan-2018", "national-henan")]
    rng = np.random.default_rng(11)
    west, south, east, north = onemap.layer("admin_area").total_bounds
    places = rng.uniform([west, south], [east, north], (24, 2))
    shapes = [
        shapely.Point(x, y) if k % 3 == 0 else shapely.box(x, y, x + 0.004, y + 0.003) for k, (x, y) in enumerate(places)
    ]
    kinds = ["mine", "livestock_farm", None, "hazardous_waste_landfill"]
    known = siting.load_facility_types().types
    sites = gpd.GeoDataFrame(
        {
            "site_id": [f"s{k}" for k in range(24)],
            "facility_type": [kinds[k % 4] if kinds[k % 4] in known else None for k in range(24)],
            "nature": [("new", "expand", None)[k % 3] for k in range(24)],
            "accuracy_m": [0.0 if k % 2 else 30.0 for k in range(24)],
        },
        geometry=shapes, crs=4490,
    )  # fmt: skip
    return onemap, books, sites


@pytest.mark.parametrize("cuts", [[0, 1, 24], [0, 7, 13, 24]])
def test_a_check_goes_on_upon_the_ground_of_another(demo, cuts):
    """Sites checked part by part have the findings, units and verdicts of all at once."""
    onemap, books, sites = demo
    whole = siting.check(sites, onemap, books, as_of=DAY)
    ground, parts = None, []
    for low, high in zip(cuts[:-1], cuts[1:]):
        parts.append(siting.check(sites.iloc[low:high], onemap, books, as_of=DAY, ground=ground))
        ground = parts[-1].ground
    for name in ("findings", "units", "verdicts"):
        together = pd.concat([getattr(part, name) for part in parts], ignore_index=True)
        keys = [key for key in ("site_id", "rulebook", "clause_id", "zone_layer", "zone_id", "unit_id", "distance_m", "relation")
                if key in together]  # fmt: skip
        one, other = (
            frame.sort_values(keys, kind="stable").reset_index(drop=True) for frame in (getattr(whole, name), together)
        )
        assert list(one.columns) == list(other.columns)
        for column in one.columns:
            if column == "geometry":
                assert shapely.equals_identical(*(np.asarray(f.geometry.array) for f in (one, other))).all() or (
                    one.geometry.to_wkb().equals(other.geometry.to_wkb())
                )
            else:
                cells = [frame[column].astype(object).where(frame[column].notna(), None).tolist() for frame in (one, other)]
                assert cells[0] == cells[1], column
    # What is wrong with the map is told by the first part alone.
    said = [row for part in parts for row in part.issues["message_en"]]
    assert sorted(said) == sorted(whole.issues["message_en"])
    assert set(parts[-1].ground.used) == set(whole.ground.used)
