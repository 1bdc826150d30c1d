"""A check over partitions says what the check of all sites says, can be broken off and taken up, and refuses mixtures."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time

import geopandas as gpd
import pandas as pd
import pytest

from envzones.plugin import cli
from envzones.plugin.engine import batch, batch_manifest, batch_sites, gpkg
from envzones.plugin.engine.clauses.book import available, load_books
from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.onemap import read_file
from envzones.plugin.engine.result_file import read_about

from .batch_world import (
    CANDIDATES,
    DAY,
    DEMO,
    SHORT,
    assert_equal_frames,
    assert_same,
    features,
    make_map,
    points,
    whole,
    write,
)


@pytest.fixture(scope="module")
def onemap(tmp_path_factory):
    return make_map(tmp_path_factory.mktemp("map"))


def run(sites, onemap, folder, books=SHORT, chunk=7, **more):
    source = batch_sites.open_sites(sites)
    more.setdefault("kind", "pieces")
    return batch.check_in_parts(source, onemap, load_books(books), folder, as_of=DAY, chunk=chunk, **more)


# --------------------------------------------------------------------------------------------------------
# The same rows
# --------------------------------------------------------------------------------------------------------


def test_every_shipped_book_says_the_same_whatever_the_partitions(onemap, tmp_path):
    """All siting clauses of all books: partitions of 1, of 7 and of all; a relation that looked at other sites would show."""
    books = tuple(available(None))
    sites = read_file(CANDIDATES)
    expected = whole(sites, onemap, books)
    assert len(expected.findings) > 5000 and len(expected.issues) > 10
    assert_same(run(CANDIDATES, onemap, tmp_path / "seven", books, 7), expected, books)
    chosen = [3, 15]
    some = write(tmp_path / "some.geojson", [features()[row] for row in chosen])
    assert_same(run(some, onemap, tmp_path / "one", books, 1), expected, books, set(sites["site_id"].iloc[chosen]))


def test_ids_are_row_numbers_of_the_whole_and_types_those_of_the_whole(onemap, tmp_path):
    """One empty cell makes a column of integers floats, in every partition."""
    ids = [*range(100, 109), None, *range(110, 114)]
    made = points(14, uid=ids, capacity_tph=[None if row == 3 else row for row in range(14)],
                  facility_type=["coal_boiler", None, "outfall", None, "outfall"] * 2 + ["boiler"] * 4)  # fmt: skip
    sites = write(tmp_path / "sites.geojson", made)
    expected = whole(read_file(sites), onemap, nature="new")
    assert {"100.0", "10", "113.0"} <= set(expected.verdicts["site_id"])
    assert_same(run(sites, onemap, tmp_path / "parts", nature="new", chunk=7), expected)
    plain = write(tmp_path / "plain.geojson", points(9, name=list("ABCDEFGHI")))
    expected = whole(read_file(plain), onemap)
    assert expected.verdicts["site_id"].tolist() == [str(row) for row in range(1, 10)]
    assert_same(run(plain, onemap, tmp_path / "plain", chunk=4), expected)


def test_faulty_geometries_and_projected_areas(onemap, tmp_path):
    frame = gpd.GeoDataFrame.from_features(points(12, name=list("ABCDEFGHIJKL")), crs=4490).to_crs(4547)
    frame.geometry = frame.geometry.buffer(400.0)
    frame.loc[11, "geometry"] = None
    path = tmp_path / "areas.gpkg"
    frame.to_file(path, driver="GPKG")
    expected = whole(read_file(path), onemap, facility_type="coal_boiler", nature="new")
    assert "12" in set(expected.issues["site_id"])
    assert_same(run(path, onemap, tmp_path / "parts", facility_type="coal_boiler", nature="new", chunk=5), expected)
    made = points(9, name=list("ABCDEFGHI"))
    bow = [[112.5, 35.0], [112.51, 35.01], [112.51, 35.0], [112.5, 35.01], [112.5, 35.0]]
    for row in (2, 7):
        made[row]["geometry"] = {"type": "Polygon", "coordinates": [bow]}
    sites = write(tmp_path / "sites.geojson", made)
    expected = whole(read_file(sites), onemap)
    assert {"3", "8"} <= set(expected.issues["site_id"])
    assert_same(run(sites, onemap, tmp_path / "bow", chunk=4), expected)


# --------------------------------------------------------------------------------------------------------
# Refused before anything is checked
# --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"uid": [*"ABCDEFGH", "B"]}, "Site id 'B' is used twice"),
        ({"uid": [*"AB", "9", *"DEFGH", None]}, "Site id '9' is used twice"),  # the last has its row number
        ({"facility_type": [*["coal_boiler"] * 8, "coal_boilr"]}, "'coal_boilr' is unknown"),
        ({"nature": [*["new"] * 8, "newish"]}, "'newish' is unknown"),
    ],
)
def test_what_the_whole_would_refuse_is_refused_before_the_first_partition(onemap, tmp_path, columns, says):
    sites = write(tmp_path / "sites.geojson", points(9, **columns))
    for attempt in (lambda: whole(read_file(sites), onemap), lambda: run(sites, onemap, tmp_path / "out", chunk=4)):
        with pytest.raises(InputError, match=says):
            attempt()
    assert not (tmp_path / "out").exists()


def test_equal_hashes_of_different_ids_are_not_taken_for_equal(onemap, tmp_path, monkeypatch):
    monkeypatch.setattr(pd.util, "hash_array", lambda ids, categorize: pd.Series(ids).str.len().to_numpy().astype("uint64"))
    monkeypatch.setattr(batch_sites, "STEP", 4)
    good = batch_sites.open_sites(write(tmp_path / "good.geojson", points(9, uid=list("ABCDEFGHI"))))
    assert batch_sites.survey(good, None, None, batch.load_facility_types()).rows == 9
    bad = batch_sites.open_sites(write(tmp_path / "bad.geojson", points(9, uid=list("ABCDEFGBA"))))
    with pytest.raises(InputError, match="'B' is used twice"):
        batch_sites.survey(bad, None, None, batch.load_facility_types())


# --------------------------------------------------------------------------------------------------------
# Broken off and taken up
# --------------------------------------------------------------------------------------------------------


class Stopping:
    """Progress that cancels once `count` partitions are finished."""

    def __init__(self, count):
        self.count, self.cancelled, self.messages = count, False, []

    def __call__(self, fraction, message=""):
        assert 0 <= fraction <= 1
        self.messages.append(message)
        self.cancelled = self.cancelled or message.startswith(f"{self.count} of")


def test_a_run_is_taken_up_where_it_was_broken_off(onemap, tmp_path):
    sites = write(tmp_path / "sites.geojson", points(10, name=list("ABCDEFGHIJ")))
    folder = tmp_path / "parts"
    stopping = Stopping(2)
    with pytest.raises(Cancelled, match="2 of 3 partitions are finished and kept"):
        run(sites, onemap, folder, chunk=4, progress=stopping)
    stamps = {path.name: path.stat().st_mtime_ns for path in folder.glob("part-*.piece")}
    assert sorted(stamps) == ["part-00000.piece", "part-00001.piece"]
    (folder / ".part-00002.piece.1-abc.part").write_bytes(b"half")
    seen = Stopping(99)
    result = run(sites, onemap, folder, chunk=4, progress=seen)
    assert result.kept == 2 and any("left" in message for message in seen.messages)
    assert {name: (folder / name).stat().st_mtime_ns for name in stamps} == stamps
    assert not list(folder.glob(".part*"))
    expected = whole(read_file(sites), onemap)
    assert_same(result, expected)
    # A partition that is cut short is done again, the others are kept.
    with (folder / "part-00002.piece").open("r+b") as stream:
        stream.truncate(100)
    again = run(sites, onemap, folder, chunk=4)
    assert again.kept == 2
    assert_same(again, expected)


def test_partitions_of_other_inputs_are_refused(onemap, tmp_path, monkeypatch):
    sites = write(tmp_path / "sites.geojson", points(8, name=list("ABCDEFGH")))
    folder = tmp_path / "parts"
    run(sites, onemap, folder, chunk=4)
    other = tmp_path / "other.gpkg"
    shutil.copy(onemap, other)
    with gpkg.connect(other, write=True) as connection:
        connection.execute("UPDATE mine_site SET name = 'x' WHERE fid = 1")
    connection.close()
    for more, words in (
        ({"chunk": 3}, "the number of sites in a partition differ"),
        ({"omit": ["clear"]}, "what was asked"),
        ({"books": ("qibin-2023",)}, "the rulebooks"),
        ({"onemap": other}, "the map differ"),
    ):
        asked = {"sites": sites, "onemap": onemap, "chunk": 4, **more}
        with pytest.raises(InputError, match=words):
            run(folder=folder, **asked)
    write(sites, points(8, name=list("ABCDEFGX")))
    with pytest.raises(InputError, match="the sites differ"):
        run(sites, onemap, folder, chunk=4)
    monkeypatch.setattr(batch, "versions", lambda: {**batch_manifest.versions(), "geos": "9.9"})
    with pytest.raises(InputError, match="the sites and the versions of the software"):
        run(sites, onemap, folder, chunk=4)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").touch()
    with pytest.raises(InputError, match="holds no run"):
        run(sites, onemap, tmp_path / "mine", chunk=4)
    (folder / "manifest.json").write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        run(sites, onemap, folder, chunk=4)


def test_inputs_that_change_meanwhile_give_no_result(onemap, tmp_path):
    sites = write(tmp_path / "sites.geojson", points(8, name=list("ABCDEFGH")))

    class Writing(Stopping):
        def __call__(self, fraction, message=""):
            if message.startswith("1 of"):
                write(sites, points(8, name=list("ABCDEFGX")))

    with pytest.raises(InputError, match="changed while they were checked"):
        run(sites, onemap, tmp_path / "parts", chunk=4, progress=Writing(99))
    assert batch_manifest.read(tmp_path / "parts")["parts"] == {}


def test_a_worker_with_other_data_or_versions_is_refused(onemap, tmp_path, monkeypatch):
    sites = write(tmp_path / "sites.geojson", points(4, name=list("ABCD")))
    jobs = []
    monkeypatch.setattr(batch, "_one_by_one", lambda job, left, watch: jobs.append((job, left)))
    run(sites, onemap, tmp_path / "parts", chunk=4)
    job, pieces = jobs[0]
    monkeypatch.setattr(batch, "map_mark", lambda where: {"sha256": "other"})
    with pytest.raises(InputError, match="finds another map"):
        batch.check_part(job, pieces[0])
    monkeypatch.setattr(batch, "versions", lambda: {**batch_manifest.versions(), "geos": "9.9"})
    with pytest.raises(InputError, match="another version of geos"):
        batch.check_part(job, pieces[0])


# --------------------------------------------------------------------------------------------------------
# The command
# --------------------------------------------------------------------------------------------------------


def command(sites, onemap, out, *more):
    return ["check", str(sites), "--onemap", str(onemap), "--rulebook", *SHORT, "--no-law", "--as-of", DAY.isoformat(),
            "--out", str(out), *more]  # fmt: skip


def test_the_geopackage_is_that_of_the_check_in_memory(onemap, tmp_path, capsys):
    memory, chunks = tmp_path / "memory.gpkg", tmp_path / "chunks.gpkg"
    assert cli.main(command(CANDIDATES, onemap, memory)) == 0
    assert cli.main(command(CANDIDATES, onemap, chunks, "--engine", "chunks", "--chunk", "5")) == 0
    assert "Checked 16 site(s) in 4 partition(s)" in capsys.readouterr().err
    assert not (tmp_path / "chunks.gpkg.parts").exists()
    told = read_about(chunks)
    assert told == read_about(memory)
    for name in ("verdict", "finding", "unit", "issue"):
        frames = [gpkg.read_table(path, name) for path in (memory, chunks)]
        by = [one for one in ("site_id", "rulebook", "clause_id", "zone_id", "message_en") if one in frames[0]]
        for k, frame in enumerate(frames):
            frames[k] = frame.drop(columns="fid").sort_values(by, kind="stable", na_position="last").reset_index(drop=True)
        assert_equal_frames(frames[1], frames[0])
    schemas = []
    for path in (memory, chunks):
        with gpkg.connect(path) as connection:
            made = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()
            counts = connection.execute("SELECT * FROM gpkg_ogr_contents ORDER BY 1").fetchall()
            boxes = connection.execute("SELECT min_x, min_y, max_x, max_y FROM gpkg_contents ORDER BY table_name").fetchall()
            index = connection.execute("SELECT count(*), min(minx), max(maxy) FROM rtree_finding_geom").fetchall()
            sound = connection.execute("SELECT rtreecheck('rtree_finding_geom')").fetchall()
        connection.close()
        schemas.append((made, counts, index, sound, boxes))
    assert schemas[0][:4] == schemas[1][:4] and schemas[1][3] == [("ok",)]
    # The extents are sums of roundings of GDAL's.
    for one, other in zip(schemas[0][4], schemas[1][4]):
        assert one == pytest.approx(other, abs=1e-9, nan_ok=True)


def test_findings_may_be_left_out_and_verdicts_stay(onemap, tmp_path, capsys):
    out = tmp_path / "out.gpkg"
    arguments = command(CANDIDATES, onemap, out, "--engine", "chunks", "--omit", "not_applicable", "clear")
    assert cli.main([*arguments, "--fail-on", "pending"]) == 1
    assert set(gpkg.read_table(out, "finding")["status"]) <= {"hit", "not_assessed"}
    assert len(gpkg.read_table(out, "verdict")) == 16
    for more, words in (
        (["--engine", "chunks", "--xlsx", str(tmp_path / "a.xlsx")], "envzones report"),
        (["--engine", "chunks", "--workers", "2"], "--engine dask"),
        (["--engine", "chunks", "--scheduler", "tcp://x:1"], "--engine dask"),
        (["--chunk", "5"], "--engine chunks or dask"),
    ):
        capsys.readouterr()
        assert cli.main(command(CANDIDATES, onemap, out, *more)) == 2
        assert words in capsys.readouterr().err
    assert cli.main(command(CANDIDATES, onemap, tmp_path / "x.shp", "--engine", "chunks")) == 2
    assert cli.main(command(CANDIDATES, onemap, tmp_path / "no" / "x", "--engine", "chunks")) == 2


def test_ctrl_c_says_what_is_finished(onemap, tmp_path):
    sites = write(tmp_path / "sites.geojson", points(300, name=["x"] * 300))
    out = tmp_path / "out.gpkg"
    arguments = command(sites, onemap, out, "--engine", "chunks", "--chunk", "1")
    process = subprocess.Popen(
        [sys.executable, "-m", "envzones.plugin.cli", *arguments], stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    manifest = tmp_path / "out.gpkg.parts" / "manifest.json"
    try:
        while process.poll() is None and not (manifest.exists() and json.loads(manifest.read_text("utf-8"))["parts"]):
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[1]
    finally:
        process.kill()
    assert process.returncode == 130, said
    assert "of 300 partitions are finished and kept" in said and "Traceback" not in said
    assert not out.exists() and len(json.loads(manifest.read_text("utf-8"))["parts"]) >= 1


# --------------------------------------------------------------------------------------------------------
# PostGIS
# --------------------------------------------------------------------------------------------------------

TABLE = """
CREATE SCHEMA survey;
CREATE TABLE survey.sources (
  code text PRIMARY KEY, uid int, name text, facility_type text, capacity_tph numeric(8, 2), emits_voc boolean,
  tags jsonb, built date, shape geometry(Point, 4547)
);
INSERT INTO survey.sources SELECT 'K' || lpad((97 * i % 31)::text, 2, '0'), CASE WHEN i = 7 THEN NULL ELSE 500 + i END,
  'S' || i, CASE i % 3 WHEN 0 THEN 'coal_boiler' WHEN 1 THEN NULL ELSE 'outfall' END, i * 1.5,
  CASE WHEN i % 4 = 0 THEN NULL ELSE i % 4 = 1 END, '{"a": 1}', '2019-01-01',
  ST_SetSRID(ST_MakePoint(430000 + 1500 * i, 3870000 + 1000 * i), 4547) FROM generate_series(1, 25) i;
CREATE TABLE survey.keyless (uid int, shape geometry(Point, 4547));
"""


def test_a_table_is_read_by_ranges_of_its_key(onemap, tmp_path, postgis_server):
    name = postgis_server.database()
    with postgis_server.connect(name) as connection, connection.cursor() as cursor:
        cursor.execute(TABLE)
    connection.close()
    address = f"postgresql://chief@{postgis_server.host}:{postgis_server.port}/{name}"
    try:
        source = batch_sites.open_sites(f"{address}#survey.sources")
        sites = source.whole()
        assert len(sites) == 25 and sites.crs.to_epsg() == 4547 and sites["code"].is_monotonic_increasing
        pieces = source.pieces(25, 7)
        assert [one.count for one in pieces] == [7, 7, 7, 4]
        expected = whole(sites, onemap, nature="new")
        assert_same(run(f"{address}#survey.sources", onemap, tmp_path / "parts", nature="new"), expected)
        mark = source.mark()
        with postgis_server.connect(name) as connection, connection.cursor() as cursor:
            cursor.execute("UPDATE survey.sources SET name = 'other' WHERE uid = 503")
        connection.close()
        assert source.mark() != mark
        for table_, words in (("survey.keyless", "no primary key"), ("survey.nothing", "no table")):
            with pytest.raises(InputError, match=words):
                batch_sites.open_sites(f"{address}#{table_}").whole()
        with pytest.raises(InputError, match="names no table"):
            batch_sites.open_sites(address)
    finally:
        postgis_server.drop(name)


def test_a_map_in_postgis_answers_alike_and_is_known_by_its_content(onemap, tmp_path, pg_url):
    assert cli.main(["onemap", "create", pg_url, "--data", str(DEMO)]) == 0
    sites = write(tmp_path / "sites.geojson", points(6, name=list("ABCDEF")))
    result = run(sites, pg_url, tmp_path / "parts", chunk=4)
    assert_same(result, whole(read_file(sites), pg_url))
    mark = batch.map_mark(pg_url)
    assert result.manifest.said["inputs"]["map"] == mark and mark["mine_site"]["rows"] > 0
    frames = [pd.concat(list(one.read("verdict"))) for one in (result, run(sites, onemap, tmp_path / "file", chunk=4))]
    assert frames[0]["text_zh"].tolist() == frames[1]["text_zh"].tolist()
