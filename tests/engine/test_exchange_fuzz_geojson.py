"""GeoJSON that no program ever wrote: a result or a sentence, whatever its bytes and its tree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from envzones.plugin.engine.exchange import read
from envzones.plugin.engine.exchange.model import ReadOptions

from .fuzzing import fuzz, mutated, survives
from .test_exchange_fuzz_shapefile import adds_up
from .test_exchange_vector import FEATURE, collection

TOKENS = (
    b'"type"', b'"features"', b'"crs"', b'"geometry"', b"null", b"NaN", b"-Infinity", b"[[[[", b"]]", b"{", b"}", b"1e400",
    b'"FeatureCollection"', b'"Polygon"', b"\\ud800", b"\\u0000", b"9" * 5000, b"[" * 3000, b'{"a":' * 3000,
)  # fmt: skip
POLYGON = {"type": "Polygon", "coordinates": [[[0, 0], [0, 9], [9, 9], [0, 0]], [[1, 2], [1, 3], [2, 3], [1, 2]]]}
GOOD = [
    json.dumps(collection(FEATURE, {**FEATURE, "geometry": POLYGON}, crs={"type": "name", "properties": {"name": "EPSG:4547"}})),
    json.dumps(FEATURE) + "\n" + json.dumps(FEATURE), json.dumps(POLYGON),
]  # fmt: skip


def test_mutated_geojson(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"

    def check(data: bytes) -> None:
        path.write_bytes(data)
        adds_up(survives(lambda: read.read(path)))
        adds_up(survives(lambda: read.read(path, ReadOptions(limit=1))))

    good = [one.encode() for one in GOOD] + [GOOD[0].encode("utf-16"), GOOD[0].replace("甲", "甲乙").encode("gbk")]
    assert fuzz(mutated(good, TOKENS), check) >= 10


def test_trees(tmp_path: Path) -> None:
    kinds = st.sampled_from([
        "Feature", "FeatureCollection", "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon",
        "GeometryCollection", "LinearRing", "name", "link",
    ])  # fmt: skip
    keys = st.sampled_from(["type", "features", "geometry", "geometries", "coordinates", "properties", "crs", "name", "id", "甲"])
    numbers = st.one_of(st.integers(-400, 400), st.floats(), st.integers())
    leaves = st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=4), kinds)
    points = st.lists(numbers, max_size=4)
    rings = st.one_of(points, st.lists(points, max_size=5), st.lists(st.lists(points, max_size=5), max_size=3))
    shape = st.fixed_dictionaries({"type": kinds, "coordinates": rings})
    feature = st.fixed_dictionaries({"type": st.just("Feature"), "properties": leaves, "geometry": st.one_of(shape, leaves)})
    tree = st.recursive(
        st.one_of(leaves, shape, feature),
        lambda children: st.one_of(st.lists(children, max_size=4), st.dictionaries(keys, children, max_size=5)), max_leaves=12,
    )  # fmt: skip
    whole = st.one_of(tree, st.fixed_dictionaries({"type": st.just("FeatureCollection"), "features": st.lists(feature)}))
    path = tmp_path / "a.geojson"

    def check(document: Any) -> None:
        path.write_text(json.dumps(document), encoding="utf-8")
        adds_up(survives(lambda: read.read(path)))

    assert fuzz(whole, check) >= 10
