"""Foreign rows into a map: the same result as edits one by one, all or nothing, and counts that add up."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.errors import Cancelled, InputError
from envzones.plugin.engine.exchange import mapping as mapping_
from envzones.plugin.engine.exchange import mapping_file, read
from envzones.plugin.engine.exchange.mapping import FieldMap, Mapping
from envzones.plugin.engine.exchange.model import CrsChoice, ReadOptions
from envzones.plugin.store.load import load
from envzones.plugin.store.rtree_pack import pack
from envzones.plugin.store.store import Change, create, open_store

from . import messy

CATALOG = load_catalog()
DEGREES = CrsChoice("EPSG:4490")


def csv(path: Path, rows: list[list], head: list[str] | None = None) -> Path:
    head = head or ["名称", "经度", "纬度", "行业", "电话", "备注"]
    path.write_bytes("\n".join(",".join(map(str, row)) for row in [head, *rows]).encode("gbk"))
    return path


def many(n: int, seed: int = 1) -> list[list]:
    rng = np.random.default_rng(seed)
    return [
        [f"示例厂{k}", round(112 + rng.random(), 7), round(34.8 + rng.random() / 2, 7), rng.choice(["化工", "建材"]),
         f"0391-{k:07d}", "" if k % 3 else "正常"]
        for k in range(n)
    ]  # fmt: skip


@pytest.fixture
def the_map(tmp_path: Path) -> Path:
    path = tmp_path / "map.gpkg"
    create(path, CATALOG)
    return path


def bring(the_map, source, layer: str = "pollution_source", **more):
    sample = read.read(source, ReadOptions(limit=500))
    arguments = {"choice": DEGREES, "mapping": mapping_.propose(sample, CATALOG[layer]), "who": "王工", **more}
    return load(the_map, layer, source, **arguments)


def triggers(path: Path) -> list:
    with sqlite3.connect(path) as one:
        return one.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name").fetchall()


def sound(path: Path, layer: str = "pollution_source") -> None:
    """The file holds what it should: index, count, extent, triggers."""
    with sqlite3.connect(path) as one:
        tree = f"rtree_{layer}_geom"
        assert one.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert one.execute("SELECT rtreecheck(?)", (tree,)).fetchone() == ("ok",)
        (count,) = one.execute(f"SELECT count(*) FROM {layer}").fetchone()
        assert one.execute("SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = ?", (layer,)).fetchone() == (count,)
        assert one.execute(f"SELECT count(*) FROM {tree}").fetchone() == (count,)


def test_the_same_as_edits_one_by_one(tmp_path, the_map):
    """Rows, versions, editors, index and trail are those that single inserts leave; only empty fields are not written out."""
    before = triggers(the_map)
    source = csv(tmp_path / "a.csv", many(2500))
    done = bring(the_map, source)
    assert (done.read, done.loaded, done.rejected) == (2500, 2500, 0)
    other = tmp_path / "other.gpkg"
    create(other, CATALOG)
    loaded = open_store(the_map).read("pollution_source")
    open_store(other).apply([Change("pollution_source", insert=loaded)], who="王工")
    twin = open_store(other).read("pollution_source")
    assert loaded.drop(columns=["edited_at"]).equals(twin.drop(columns=["edited_at"]))
    assert triggers(the_map) == before
    sound(the_map)
    mine, its = (open_store(path).audit(layer="pollution_source") for path in (the_map, other))
    assert mine.drop(columns=["id", "at", "before", "after"]).equals(its.drop(columns=["id", "at", "before", "after"]))
    for one, twin_entry in zip(mine["after"], its["after"]):
        assert one == {key: value for key, value in twin_entry.items() if value is not None}
    assert mine["at"].str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z").all()


def test_rows_are_where_the_file_says_and_keep_what_matches_no_field(tmp_path, the_map):
    rows = many(300)
    bring(the_map, csv(tmp_path / "a.csv", rows))
    frame = open_store(the_map).read("pollution_source").set_index("name").loc[[row[0] for row in rows]]
    xy = shapely.get_coordinates(frame.geometry.array)
    assert np.array_equal(xy, np.array([[row[1], row[2]] for row in rows]))
    assert frame["industry"].tolist() == [{"化工": "chemical", "建材": "building_materials"}[row[3]] for row in rows]
    assert [json.loads(cell) for cell in frame["source_fields"]] == [{"电话": row[4]} for row in rows]


def test_an_edit_after_an_import_is_kept_in_the_trail_by_the_triggers(tmp_path, the_map):
    bring(the_map, csv(tmp_path / "a.csv", many(3000)))
    store = open_store(the_map)
    row = store.read("pollution_source").iloc[[7]][["uid", "row_version"]].assign(remark="改")
    store.apply([Change("pollution_source", update=row, delete=[(store.read("pollution_source")["uid"].iloc[8], None)])], who="李工")
    trail = store.audit(layer="pollution_source")
    assert trail["action"].tolist()[-2:] in (["update", "delete"], ["delete", "update"]) and set(trail["who"].iloc[-2:]) == {"李工"}
    sound(the_map)


def test_rejected_rows_are_counted_named_and_kept(tmp_path, the_map):
    rows = many(50)
    rows[3][1] = "112°75′"
    rows[4][3] = "=cmd|' /C calc'!A0"
    rows[5][1] = ""
    kept = tmp_path / "r.csv"
    done = bring(the_map, csv(tmp_path / "a.csv", rows), rejects=kept)
    assert (done.read, done.loaded, done.rejected) == (50, 47, 3) and done.rejects_path == kept
    table = pd.read_csv(kept, dtype=str, encoding="utf-8-sig").fillna("")
    assert table["row"].tolist() == ["5", "7", "6"] or sorted(table["row"]) == ["5", "6", "7"]
    bad = table.set_index("row")
    assert "75" in bad.loc["5", "reason_en"] and "坐标" in bad.loc["5", "reason_zh"]
    assert bad.loc["6", "行业"].startswith("'=") and bad.loc["6", "code"] == "outside_domain" and "值域" in bad.loc["6", "reason_zh"]
    assert bad.loc["6", "geometry"].startswith("POINT")
    assert done.outside == {("industry", "=cmd|' /C calc'!A0"): 1}
    assert open_store(the_map).read("pollution_source")["name"].tolist() == [r[0] for k, r in enumerate(rows) if k not in (3, 4, 5)]


def test_nothing_rejected_leaves_no_file(tmp_path, the_map):
    bring(the_map, csv(tmp_path / "a.csv", many(5)), rejects=tmp_path / "r.csv")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "map.gpkg"]


def test_the_same_file_twice_meets_itself(tmp_path, the_map):
    rows = many(120)
    rows += [rows[5], rows[5], rows[7]]  # the same name and place: rows of their own, with ids of their own
    source = csv(tmp_path / "a.csv", rows)
    assert bring(the_map, source).loaded == 123
    uids = set(open_store(the_map).read("pollution_source")["uid"])
    assert len(uids) == 123
    again = bring(the_map, source)
    assert (again.loaded, again.rejected) == (0, 123) and any("already" in en for _, en in again.reasons)
    skipped = bring(the_map, source, on_conflict="skip")
    assert (skipped.loaded, skipped.skipped, skipped.rejected) == (0, 123, 0)
    rows[0][5] = "停产"
    updated = bring(the_map, csv(source, rows), on_conflict="update")
    assert (updated.updated, updated.loaded) == (123, 0)
    frame = open_store(the_map).read("pollution_source")
    assert set(frame["uid"]) == uids and frame.set_index("name")["remark"].get(rows[0][0]) == "停产"
    assert (open_store(the_map).audit(layer="pollution_source")["action"] == "update").sum() >= 1


def test_ids_do_not_depend_on_how_a_file_is_cut(tmp_path, the_map, monkeypatch):
    from envzones.plugin.store import load as module

    rows = many(90)
    rows += rows[:40]
    source = csv(tmp_path / "a.csv", rows)
    bring(the_map, source)
    whole = open_store(the_map).read("pollution_source")
    other = tmp_path / "other.gpkg"
    create(other, CATALOG)
    monkeypatch.setattr(module, "_PIECE", 17)
    bring(other, source)
    cut = open_store(other).read("pollution_source")
    assert cut["uid"].tolist() == whole["uid"].tolist() and len(set(cut["uid"])) == 130


def test_into_a_layer_that_has_rows_already(tmp_path, the_map):
    bring(the_map, csv(tmp_path / "a.csv", many(5000, 1)))
    done = bring(the_map, csv(tmp_path / "b.csv", [[f"新{r[0]}", *r[1:]] for r in many(300, 2)]))
    assert done.loaded == 300
    sound(the_map)
    done = bring(the_map, csv(tmp_path / "c.csv", [[f"后{r[0]}", *r[1:]] for r in many(6000, 3)]))
    assert done.loaded == 6000
    sound(the_map)


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path, the_map):
    rows = many(60)
    rows[3][1] = "x"
    source = csv(tmp_path / "a.csv", rows)
    bytes_before = the_map.read_bytes()
    trial = bring(the_map, source, dry_run=True, rejects=tmp_path / "r.csv")
    assert the_map.read_bytes() == bytes_before and not (tmp_path / "r.csv").exists()
    real = bring(the_map, source)
    assert (trial.read, trial.loaded, trial.rejected, trial.reasons) == (real.read, real.loaded, real.rejected, real.reasons)
    assert trial.dry_run and not real.dry_run


class Stop:
    """Cancels after so many reports."""

    def __init__(self, after: int) -> None:
        self.left = after

    @property
    def cancelled(self) -> bool:
        return self.left <= 0

    def __call__(self, fraction, message="") -> None:
        self.left -= 1


@pytest.mark.parametrize("after", [0, 1, 2, 3, 5])
def test_cancelled_it_leaves_everything_as_it_was(tmp_path, the_map, after, monkeypatch):
    from envzones.plugin.store import load as module

    monkeypatch.setattr(module, "_PIECE", 500)
    rows = many(3000)
    rows[1][1] = "x"
    before = triggers(the_map)
    with pytest.raises(Cancelled):
        bring(the_map, csv(tmp_path / "a.csv", rows), progress=Stop(after), rejects=tmp_path / "r.csv")
    assert len(open_store(the_map).read("pollution_source")) == 0 and triggers(the_map) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "map.gpkg"]
    sound(the_map)


def test_killed_it_leaves_everything_as_it_was(tmp_path, the_map):
    source = csv(tmp_path / "a.csv", many(60_000))
    program = (
        "import sys; from envzones.plugin.cli import main; sys.exit(main(['onemap', 'import', sys.argv[1], sys.argv[2],"
        " '--layer', 'pollution_source', '--crs', 'EPSG:4490']))"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(the_map), str(source)], stderr=subprocess.DEVNULL)
    journal = the_map.with_name("map.gpkg-journal")
    deadline = time.monotonic() + 60
    while process.poll() is None and not journal.exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(0.3)
    process.kill()
    process.wait()
    assert len(open_store(the_map).read("pollution_source")) in (0, 60_000)
    assert bring(the_map, csv(tmp_path / "b.csv", many(10, 9)), on_conflict="skip").read == 10
    sound(the_map)


def test_what_does_not_fit_is_refused_in_a_sentence(tmp_path, the_map):
    source = csv(tmp_path / "a.csv", many(5))
    for words, arguments in (
        ("no field 'nonsense'", {"mapping": Mapping("pollution_source", {"nonsense": FieldMap("名称")})}),
        ("no column 没有", {"mapping": Mapping("pollution_source", {"name": FieldMap("没有")})}),
        ("is for layer 'road'", {"mapping": Mapping("road")}),
        ("no code wrong", {"mapping": Mapping("pollution_source", {"industry": FieldMap("行业", {"化工": "wrong"})})}),
        ("no way to meet", {"on_conflict": "maybe"}),
        ("no reference system", {"choice": CrsChoice("EPSG:1")}),
        ("old datum", {"choice": CrsChoice("EPSG:4610")}),
    ):
        with pytest.raises(InputError, match=words):
            bring(the_map, source, **arguments)
    assert len(open_store(the_map).read("pollution_source")) == 0


def test_a_projected_shapefile_lies_where_it_should(tmp_path, the_map):
    folder = tmp_path / "in"
    folder.mkdir()
    source = messy.shapefile(folder, epsg=4547)
    mapping = Mapping(
        "mine_site", {"name": FieldMap("名称")},
        {item.name: next(iter(item.domain)) for item in CATALOG["mine_site"].fields if item.required and item.domain},
    )  # fmt: skip
    done = load(the_map, "mine_site", source, choice=CrsChoice("EPSG:4547"), mapping=mapping)
    assert done.loaded == 4, done.reasons
    frame = open_store(the_map).read("mine_site")
    for shape, plot in zip(frame.geometry, messy.PLOTS):
        assert shapely.hausdorff_distance(shape, shapely.Polygon(plot[3])) < 1e-7
    assert json.loads(frame["source_fields"].iloc[0]) == {"用途": "工业用地", "面积亩": 35.5, "DATE": "2019-09-27"}
    trail = open_store(the_map).audit(layer="mine_site")
    assert [shapely.from_wkb(bytes.fromhex(one["geom"])) for one in trail["after"]] == list(frame.geometry)


def test_a_template_is_kept_and_used_again(tmp_path, the_map):
    source = csv(tmp_path / "a.csv", many(20))
    mapping = mapping_.propose(read.read(source), CATALOG["pollution_source"])
    path = tmp_path / "t.yaml"
    mapping = Mapping(mapping.layer, mapping.fields, {"source": "某局"}, mapping.ignored, DEGREES, ReadOptions(x="经度", y="纬度"))
    mapping_file.save(mapping, path)
    again = mapping_file.load(path)
    assert {k: (v.source, dict(v.values), v.factor) for k, v in again.fields.items()} == {
        k: (v.source, dict(v.values), v.factor) for k, v in mapping.fields.items()
    }
    assert (again.constants, again.ignored, again.choice, again.options) == (
        mapping.constants, mapping.ignored, mapping.choice, mapping.options)  # fmt: skip
    done = load(the_map, "pollution_source", source, choice=again.choice, mapping=again, options=again.options)
    assert done.loaded == 20 and set(open_store(the_map).read("pollution_source")["source"]) == {"某局"}
    for text, words in (("a: 1", "no import template"), ("envzones_mapping: 1\nlayer: x\nfoo: 1", "foo"),
                        ("envzones_mapping: 1\nlayer: x\nfields: {name: {of: y}}", "name"),
                        ("envzones_mapping: 1\nlayer: x\ncrs: {crs: 1}", "crs"), ("- &a [*a]", "anchors")):  # fmt: skip
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=words):
            mapping_file.load(path)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 9000), st.integers(0, 5), st.booleans())
def test_packed_trees_are_sound_and_find_what_a_scan_finds(n, seed, points):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(-180, 180, (n, 2)) if seed else np.tile([112.6, 35.07], (n, 1))
    size = np.zeros((n, 2)) if points else rng.exponential(0.5, (n, 2))
    boxes = np.column_stack([xy[:, 0], xy[:, 0] + size[:, 0], xy[:, 1], xy[:, 1] + size[:, 1]])
    ids = rng.permutation(n).astype(np.int64) * 3 + 1
    one = sqlite3.connect(":memory:")
    one.execute("CREATE VIRTUAL TABLE t USING rtree(id, minx, maxx, miny, maxy)")
    one.execute("INSERT INTO t VALUES (999999999, 0, 1, 0, 1)")
    pack(one, "t", ids, boxes)
    assert one.execute("SELECT rtreecheck('t')").fetchone() == ("ok",)
    assert one.execute("SELECT count(*) FROM t").fetchone() == (n,)
    for _ in range(3):
        w, s = rng.uniform(-180, 150, 2)
        e, t = w + 25, s + 25
        found = {row[0] for row in one.execute("SELECT id FROM t WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ?", (w, e, s, t))}
        hits = (boxes[:, 1] >= w) & (boxes[:, 0] <= e) & (boxes[:, 3] >= s) & (boxes[:, 2] <= t)
        assert set(ids[hits].tolist()) <= found
        wide = 1e-4
        near = (boxes[:, 1] >= w - wide) & (boxes[:, 0] <= e + wide) & (boxes[:, 3] >= s - wide) & (boxes[:, 2] <= t + wide)
        assert found <= set(ids[near].tolist())
    # It can be edited on as any other.
    one.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", [(10**9 + k, k, k + 1, k, k + 1) for k in range(100)])
    one.executemany("DELETE FROM t WHERE id = ?", [(int(k),) for k in ids[::2]])
    assert one.execute("SELECT rtreecheck('t')").fetchone() == ("ok",)


def test_into_postgis(tmp_path, pg_url):
    """The same into a shared map: rows, trail by its triggers, conflicts, and nothing after a failure."""
    rows = many(400)
    rows[3][1] = "x"
    source = csv(tmp_path / "a.csv", rows)
    create(pg_url, CATALOG)
    mapping = mapping_.propose(read.read(source, ReadOptions(limit=100)), CATALOG["pollution_source"])
    done = load(pg_url, "pollution_source", source, choice=DEGREES, mapping=mapping, rejects=tmp_path / "r.csv")
    assert (done.read, done.loaded, done.rejected) == (400, 399, 1) and (tmp_path / "r.csv").exists()
    store = open_store(pg_url)
    frame = store.read("pollution_source")
    other = tmp_path / "map.gpkg"
    create(other, CATALOG)
    load(other, "pollution_source", source, choice=DEGREES, mapping=mapping)
    twin = open_store(other).read("pollution_source")
    names = [*CATALOG["pollution_source"].field_names, "geometry"]
    assert frame[names].astype({"name": object}).equals(twin[names].astype({"name": object}))
    trail = store.audit(layer="pollution_source")
    assert len(trail) == 399 and set(trail["action"]) == {"insert"}
    again = load(pg_url, "pollution_source", source, choice=DEGREES, mapping=mapping, on_conflict="update")
    assert (again.updated, again.rejected) == (399, 1)
    with pytest.raises(Cancelled):
        load(pg_url, "road", messy.shapefile(tmp_path), choice=DEGREES, mapping=Mapping("road"), progress=Stop(1))
    assert len(store.read("road")) == 0
