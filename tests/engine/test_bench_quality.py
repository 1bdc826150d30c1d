"""The benchmark's zones: what is planted is there, and all of it is found."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from envzones.benchmarks import quality_made
from envzones.benchmarks.quality import compare
from envzones.plugin.engine.quality_issues import CODES

from .quality_world import issues


def test_made_zones_and_their_faults():
    made = quality_made.make(0.03, 4)
    again = quality_made.make(0.03, 4)
    assert (shapely.to_wkb(made.geometry) == shapely.to_wkb(again.geometry)).all()
    size = shapely.get_num_coordinates(made.geometry)
    assert 50 <= size.min()
    assert size.max() < 420
    bad = np.flatnonzero(~shapely.is_valid(made.geometry))
    assert set(bad) == set(made.spoilt["invalid"])
    frame = gpd.GeoDataFrame(
        {"uid": [str(k) for k in range(len(made.geometry))], "name": made.source, "level": made.level, "source_name": made.source},
        geometry=made.geometry, crs="EPSG:4490",
    )  # fmt: skip
    found = issues(frame)
    shape = {code for code, known in CODES.items() if known.repair == "make_valid"}
    assert set(found.loc[found["code"].isin(shape), "uid"]) == {str(k) for k in bad}
    copies = set(found.loc[found["code"] == "same_geometry", "uid"]) | set(found.loc[found["code"] == "duplicate_row", "uid"])
    assert copies == {str(k) for k in made.spoilt["copied"]}
    spoilt = {str(k) for rows in made.spoilt.values() for k in rows}
    # Whatever else is told involves a spoilt zone.
    assert all(u in spoilt or o in spoilt or code.startswith(("nest", "not_")) for u, o, code in zip(found["uid"], found["other_uid"], found["code"]))


def test_pairs_are_compared_both_ways():
    missed, said = compare([["a", "b", 1.0], ["c", "d", 1e-12]], [["b", "a", 9.0], ["e", "f", 5.0]])
    assert "ours misses 0" in said
    assert "ours alone: 1" in said
    assert missed == 0
    assert compare([["a", "b", 1.0]], [])[0] == 1
