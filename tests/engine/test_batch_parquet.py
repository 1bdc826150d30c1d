"""Sites in GeoParquet datasets, and results as one that geopandas and dask-geopandas read."""

from __future__ import annotations

import json

import geopandas as gpd
import pandas as pd
import pytest

from envzones.plugin import cli
from envzones.plugin.engine import batch, batch_sites
from envzones.plugin.engine.batch_parts import TABLES
from envzones.plugin.engine.clauses.book import load_books
from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.findings import table

from .batch_world import (
    CANDIDATES,
    DAY,
    SHORT,
    assert_equal_frames,
    assert_same,
    make_map,
    points,
    whole,
    write,
)

pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def onemap(tmp_path_factory):
    return make_map(tmp_path_factory.mktemp("map"))


def run(sites, onemap, folder, **more):
    return batch.check_in_parts(batch_sites.open_sites(sites), onemap, load_books(SHORT), folder, as_of=DAY, **more)


def dataset(folder, made, sizes, group=3):
    """Write features as files of `sizes` rows with row groups of three."""
    folder.mkdir()
    frame = gpd.GeoDataFrame.from_features(made, crs=4490)
    start = 0
    for number, size in enumerate(sizes):
        part = frame.iloc[start : start + size]
        part.to_parquet(folder / f"part.{number}.parquet", row_group_size=group)
        start += size
    assert start == len(frame)
    return frame


def test_row_groups_and_files_do_not_bound_partitions(onemap, tmp_path):
    made = points(24, uid=[*range(100, 110), None, *range(111, 124)], facility_type=["coal_boiler", None, "outfall"] * 8)
    folder = tmp_path / "sites"
    frame = dataset(folder, made, [1] * 10 + [0, 9, 5])
    source = batch_sites.open_sites(folder)
    # part.10 comes after part.9.
    assert source.whole()["facility_type"].tolist() == frame["facility_type"].tolist()
    assert_same(run(folder, onemap, tmp_path / "out", chunk=7), whole(source.whole(), onemap))
    single = batch_sites.open_sites(sorted(folder.iterdir())[-3])
    assert single.whole().crs.to_epsg() == 4490


def test_what_is_no_geoparquet_is_refused(tmp_path):
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "plain.parquet")
    with pytest.raises(InputError, match="without geometries"):
        batch_sites.open_sites(tmp_path / "plain.parquet").whole()
    (tmp_path / "torn.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match="cannot be read as GeoParquet"):
        batch_sites.open_sites(tmp_path / "torn.parquet").whole()


def test_the_result_is_a_dataset_that_others_read(onemap, tmp_path, capsys):
    out = tmp_path / "out"
    arguments = ["check", str(CANDIDATES), "--onemap", str(onemap), "--rulebook", *SHORT, "--no-law", "--as-of",
                 DAY.isoformat(), "--out", str(out), "--engine", "chunks", "--chunk", "5"]  # fmt: skip
    assert cli.main(arguments) == 0
    assert "16 site(s) in 4 partition(s)" in capsys.readouterr().err
    from envzones.plugin.engine.onemap import read_file

    expected = whole(read_file(CANDIDATES), onemap)
    for name, count in (("verdict", 16), ("finding", len(expected.findings)), ("unit", len(expected.units))):
        frame = gpd.read_parquet(out / name)
        assert len(frame) == count and frame.crs.to_epsg() == 4490
        assert [*frame.columns] == [*TABLES[name], "geometry"]
    said = json.loads((out / "manifest.json").read_text("utf-8"))
    assert said["finished"] and said["inputs"]["asked"]["as_of"] == DAY.isoformat() and len(said["parts"]) == 4
    assert {one["layer"] for one in said["layers"]} == {one["layer"] for one in expected.fingerprints}
    assert sorted(path.name for path in out.iterdir()) == ["finding", "issue", "manifest.json", "unit", "verdict"]
    issues = gpd.read_parquet(out / "issue")
    assert sorted(issues["message_en"]) == sorted(expected.issues["message_en"])
    again = run(CANDIDATES, onemap, tmp_path / "again", chunk=5)
    assert_same(again, expected)
    # A finished run is found finished.
    assert cli.main(arguments) == 0
    assert "4 of them from before" in capsys.readouterr().err


# dask sets indexes in place, which pandas 3.1 warns of.
@pytest.mark.filterwarnings("ignore:The inplace keyword in GeoDataFrame")
def test_sites_and_results_are_partitions_to_dask_geopandas(onemap, tmp_path):
    dask_geopandas = pytest.importorskip("dask_geopandas")
    made = points(20, name=list("ABCDEFGHIJKLMNOPQRST"))
    folder = tmp_path / "sites"
    frame = gpd.GeoDataFrame.from_features(made, crs=4490)
    dask_geopandas.from_geopandas(frame, npartitions=3).to_parquet(folder)
    lazy = dask_geopandas.read_parquet(folder)
    assert lazy.npartitions == 3
    result = run(folder, onemap, tmp_path / "out", chunk=6)
    plain = write(tmp_path / "plain.geojson", made)
    assert_same(result, whole(batch_sites.open_sites(plain).whole(), onemap))
    found = dask_geopandas.read_parquet(tmp_path / "out" / "finding")
    assert found.npartitions == 4
    rows = table(found.compute(scheduler="synchronous").reset_index(drop=True), TABLES["finding"])
    assert_equal_frames(rows, table(pd.concat(list(result.read("finding")), ignore_index=True), TABLES["finding"]))
