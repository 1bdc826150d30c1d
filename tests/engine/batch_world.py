"""A demonstration map as a file, sites as files, and the comparison of a run over partitions with the check of the whole."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from envzones.plugin import cli
from envzones.plugin.engine.batch_parts import TABLES
from envzones.plugin.engine.clauses.book import load_books
from envzones.plugin.engine.findings import table
from envzones.plugin.engine.onemap import OneMap
from envzones.plugin.engine.siting import check

DEMO = Path(cli.__file__).resolve().parents[1] / "resources" / "demo" / "jiyuan"
CANDIDATES = DEMO / "candidates.geojson"
DAY = date(2019, 6, 30)
#: A book in force on the day, for what does not depend on the clauses.
SHORT = ("xuchang-2018",)


def make_map(folder: Path) -> Path:
    """Make the demonstration map as a GeoPackage."""
    path = folder / "jiyuan.gpkg"
    assert cli.main(["onemap", "create", str(path), "--data", str(DEMO)]) == 0
    return path


def features() -> list[dict]:
    """The candidates as GeoJSON features."""
    return json.loads(CANDIDATES.read_text(encoding="utf-8"))["features"]


def write(path: Path, chosen: list[dict]) -> Path:
    """Write GeoJSON features as a file."""
    path.write_text(json.dumps({"type": "FeatureCollection", "features": chosen}, ensure_ascii=False), encoding="utf-8")
    return path


def points(count: int, **columns) -> list[dict]:
    """Features at seeded places around the town; a column is a list of cells, None where one has none."""
    rng = np.random.default_rng(count)
    at = np.round(rng.uniform((112.2, 34.95), (112.7, 35.25), (count, 2)), 6)
    return [
        {
            "type": "Feature", "geometry": {"type": "Point", "coordinates": place.tolist()},
            "properties": {name: cells[row] for name, cells in columns.items()},
        }
        for row, place in enumerate(at)
    ]  # fmt: skip


def whole(sites, onemap: Path, books=SHORT, **more):
    """The check of all sites at once."""
    return check(sites, OneMap.open(onemap), load_books(books), as_of=DAY, **more)


def assert_same(result, expected, books=SHORT, only=None) -> None:
    """Compare every cell of every table, in the order of sites, books and clauses; issues as a set without repeats.

    With `only` (ids of sites) the rows of these sites, without the issues.
    """
    site = {one: row for row, one in enumerate(expected.verdicts["site_id"])}
    rule = {one: row for row, one in enumerate((b.id, c.id) for b in load_books(books) for c in b.of_kind("siting"))}
    frames = {"finding": expected.findings, "verdict": expected.verdicts, "unit": expected.units}
    for name, frame in frames.items():
        if only is not None:
            frame = frame[frame["site_id"].isin(only)].reset_index(drop=True)
        keys = [site[one] for one in frame["site_id"]]
        if name == "finding":
            keys = list(zip(keys, (rule[pair] for pair in zip(frame["rulebook"], frame["clause_id"]))))
        want = frame.iloc[sorted(range(len(keys)), key=keys.__getitem__)].reset_index(drop=True)
        got = table(pd.concat(list(result.read(name)), ignore_index=True), TABLES[name])
        assert_equal_frames(got, table(want, TABLES[name]))
    if only is not None:
        return
    columns = ["code", "site_id", "section_id", "message_zh", "message_en"]
    said = [tuple(row) for row in result.issues()[columns].fillna("").to_numpy()]
    meant = [tuple(row) for row in expected.issues[columns].fillna("").to_numpy()]
    assert sorted(said) == sorted(meant)
    assert [one["sha256"] for one in result.fingerprints] == [one["sha256"] for one in expected.fingerprints]


def assert_equal_frames(got, want) -> None:
    """Every cell to the last bit, geometries to the last byte."""
    assert shapely.to_wkb(np.asarray(got.geometry.array)).tolist() == shapely.to_wkb(np.asarray(want.geometry.array)).tolist()
    name = got.geometry.name
    plain = (pd.DataFrame(got.drop(columns=name)), pd.DataFrame(want.drop(columns=name)))
    pd.testing.assert_frame_equal(*plain, check_exact=True)
