"""Problems found become items whose numbers stay; what people enter is theirs; nothing is closed unproved."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from envzones.plugin import cli
from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.clauses.book import SHIPPED, load_book
from envzones.plugin.engine.conform import conform
from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.findings import FINDING_COLUMNS, table
from envzones.plugin.engine.onemap import OneMap
from envzones.plugin.engine.plan import board
from envzones.plugin.engine.rectification import LAYER, draw_sample, overdue_days, register
from envzones.plugin.engine.rectification_steps import FOLLOWING, Step, settle
from envzones.plugin.store.geopackage import create
from envzones.plugin.store.store import Change, open_store

CATALOG = load_catalog()
DAY = date(2019, 6, 30)
ROOT = Path(__file__).resolve().parents[2]


def outfalls(count: int = 3) -> gpd.GeoDataFrame:
    rows = {"uid": [f"OU-{k}" for k in range(count)], "name": [f"排污口{k}" for k in range(count)]}
    frame = gpd.GeoDataFrame(rows, geometry=shapely.points([[112 + k / 100, 35] for k in range(count)]), crs=4490)
    for field in CATALOG["outfall"].fields:
        if field.required and field.name not in frame:
            frame[field.name] = next(iter(field.domain)) if field.domain else "x"
    return conform(frame, CATALOG["outfall"], "test")


def town() -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame({"uid": ["T1"], "name": ["五龙口镇"], "level": ["town"]}, geometry=[shapely.box(111, 34, 113, 36)], crs=4490)
    return conform(frame, CATALOG["admin_area"], "test")


def onemap(features: gpd.GeoDataFrame) -> OneMap:
    frames = {"outfall": features, "admin_area": town()}
    return OneMap.from_frames(frames, meta={"jurisdiction_zh": "济源市"}, catalog=CATALOG)


def hit(uid: str, rule: str = "J42", **cells: object) -> dict[str, object]:
    return {
        "site_id": uid, "site_name": f"名{uid}", "site_layer": "outfall", "rulebook": "jiyuan-2018", "clause_id": rule,
        "clause": "三(三)1", "clause_zh": "排查整治", "effect": "rectify", "status": "hit", "tentative": False,
        "relation": "river_section", "distance_m": 40.0, "operative": "排查整治", "deadline": "2018-12-31",
        "deadline_words": "2018年", "responsible": "市水利局、环境保护局", "section_id": "MS-01", "direction": "U",
        "bank": "left", "chainage_m": 249.7, "zone_name": "五龙口断面", **cells,
    }  # fmt: skip


def findings(*rows: dict[str, object]) -> gpd.GeoDataFrame:
    return table(list(rows), FINDING_COLUMNS)


def none() -> gpd.GeoDataFrame:
    from envzones.plugin.engine.conform import empty_frame

    return empty_frame(CATALOG[LAYER])


def run(rows: list[dict[str, object]], existing: gpd.GeoDataFrame, day: date = DAY, **options: object):
    return register(findings(*rows), onemap(outfalls()), existing, as_of=day, **options)


# ---- numbers that stay


def test_a_problem_becomes_an_item_with_all_that_a_ledger_needs() -> None:
    (item,) = run([hit("OU-1")], none()).new.to_dict("records")
    assert item["problem_no"] == "济源-J42-0001" and item["status"] == "not_started"
    assert (item["feature_layer"], item["feature_uid"], item["clause"]) == ("outfall", "OU-1", "三(三)1")
    assert (item["township"], item["responsible_party"]) == ("五龙口镇", "市水利局、环境保护局")
    assert (item["due_on"], item["due_words"]) == (pd.Timestamp(2018, 12, 31), "2018年")
    assert (item["direction"], item["bank"], item["chainage_m"]) == ("upstream", "left", 249.7)
    assert item["geometry"].equals(shapely.Point(112.01, 35)) and item["found_on"] == pd.Timestamp(DAY)
    conform(run([hit("OU-1")], none()).new.drop(columns="uid"), CATALOG[LAYER], "test")


def test_a_feature_near_two_sections_is_one_item_of_the_nearer() -> None:
    rows = [hit("OU-1", section_id="MS-02", distance_m=90.0), hit("OU-1", section_id="MS-01", distance_m=30.0)]
    for order in (rows, rows[::-1]):
        (item,) = run(order, none()).new.to_dict("records")
        assert (item["section_id"], item["distance_m"]) == ("MS-01,MS-02", 30.0)


def test_only_hits_of_rules_that_ask_for_something_count() -> None:
    rows = [
        hit("OU-0", effect="attend"), hit("OU-0", effect="encourage"), hit("OU-1", status="not_assessed"),
        hit("OU-1", status="clear"), hit("OU-2", relation="counted"), hit("gone"), hit("OU-2", site_layer="moon"),
    ]  # fmt: skip
    result = run(rows, none())
    assert len(result.new) == 0 and len(result.changed) == 0


def test_a_second_run_says_nothing_new_whatever_the_order() -> None:
    rows = [hit("OU-1"), hit("OU-0"), hit("OU-2", "J39")]
    first = run(rows, none()).new
    again = run(rows[::-1], first)
    assert (len(again.new), len(again.changed), again.unchanged, len(again.vanished)) == (0, 0, 3, 0)


def test_what_people_entered_is_never_written_over() -> None:
    first = run([hit("OU-1")], none()).new
    first.loc[0, ["responsible_person", "measure", "township", "responsible_party", "status"]] = [
        "李四", "封堵", "别镇", "别局", "rectifying",
    ]  # fmt: skip
    first.loc[0, "due_on"] = pd.Timestamp(2020, 1, 1)
    later = run([hit("OU-1", distance_m=44.0)], first, date(2019, 9, 1))
    (item,) = later.changed.to_dict("records")
    assert (item["responsible_person"], item["measure"], item["township"]) == ("李四", "封堵", "别镇")
    assert (item["responsible_party"], item["due_on"], item["status"]) == ("别局", pd.Timestamp(2020, 1, 1), "rectifying")
    assert (item["distance_m"], item["last_seen_on"], item["found_on"]) == (44.0, pd.Timestamp(2019, 9, 1), pd.Timestamp(DAY))
    # A run of an earlier day has nothing to add.
    assert run([hit("OU-1", distance_m=44.0)], later.changed, DAY).unchanged == 1


def test_what_is_no_longer_found_is_told_and_stays() -> None:
    first = run([hit("OU-0"), hit("OU-1"), hit("OU-2", "J39")], none()).new
    later = run([hit("OU-1")], first, date(2019, 9, 1))
    assert list(later.vanished["feature_uid"]) == ["OU-0"], "J39 was not run, so it says nothing of OU-2"
    assert len(later.new) == 0


def test_a_number_is_never_given_twice() -> None:
    first = run([hit("OU-0"), hit("OU-1")], none()).new
    left = first[first["feature_uid"] == "OU-0"].reset_index(drop=True)
    again = run([hit("OU-0"), hit("OU-1")], left, used=first["problem_no"])
    assert list(again.new["problem_no"]) == ["济源-J42-0003"]


def test_settled_features_make_no_item_and_closed_ones_that_come_back_are_told() -> None:
    features = outfalls()
    spec = CATALOG["outfall"]
    name, codes = next(iter(spec.settled.items()))
    features.loc[1, name] = codes[0]
    result = register(findings(hit("OU-0"), hit("OU-1")), onemap(features), none(), as_of=DAY)
    assert list(result.new["feature_uid"]) == ["OU-0"]
    closed = result.new.assign(status="closed")
    assert list(run([hit("OU-0")], closed, date(2020, 1, 1)).reappeared["feature_uid"]) == ["OU-0"]


def test_a_map_without_a_jurisdiction_needs_a_prefix() -> None:
    bare = OneMap.from_frames({"outfall": outfalls()}, catalog=CATALOG)
    with pytest.raises(InputError, match="give a prefix"):
        register(findings(hit("OU-0")), bare, none(), as_of=DAY)
    assert register(findings(hit("OU-0")), bare, none(), as_of=DAY, prefix="JY").new["problem_no"].iat[0] == "JY-J42-0001"


RUNS = st.lists(st.sets(st.tuples(st.integers(0, 4), st.sampled_from(["J42", "J39"])), max_size=8), min_size=1, max_size=5)


@settings(max_examples=30)
@given(RUNS)
def test_numbers_name_one_problem_for_ever(runs: list[set[tuple[int, str]]]) -> None:
    features = onemap(outfalls(5))
    items, named, used = none(), {}, set()
    for day, asked in enumerate(runs, start=1):
        rows = [hit(f"OU-{k}", rule) for k, rule in sorted(asked)]
        result = register(findings(*rows), features, items, as_of=date(2019, 1, day), used=used)
        for item in result.new.itertuples():
            assert item.problem_no not in named
            named[item.problem_no] = (item.feature_uid, item.clause_id)
        for item in result.changed.itertuples():
            assert named[item.problem_no] == (item.feature_uid, item.clause_id)
        kept = items[~items["problem_no"].isin(result.changed["problem_no"])]
        items = gpd.GeoDataFrame(pd.concat([kept, result.changed, result.new], ignore_index=True), crs=4490)
        used |= set(named)
        present = {(i.feature_uid, i.clause_id) for i in items.itertuples()}
        assert {(f"OU-{k}", rule) for k, rule in asked} <= present and len(present) == len(items)


# ---- steps


def item(**cells: object) -> gpd.GeoDataFrame:
    frame = run([hit("OU-1")], none()).new
    for name, value in cells.items():
        frame.loc[0, name] = value
    return frame.assign(row_version=4)


NUMBER = "济源-J42-0001"


def test_an_item_goes_its_way_step_by_step(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "后.jpg").write_bytes(b"x")
    one = item()
    for step, wanted in (
        (Step("rectifying", DAY), {"status": "rectifying"}),
        (Step("done", DAY, photo_after="photos/后.jpg"), {"status": "done", "done_on": pd.Timestamp(DAY)}),
        (
            Step("closed", date(2019, 7, 2), by="王局", verification="confirmed", verified_by="赵"),
            {"status": "closed", "closed_by": "王局", "closed_on": pd.Timestamp(2019, 7, 2)},
        ),
    ):
        update = settle(one, [NUMBER], step, folder=tmp_path)
        assert {name: update[name].iat[0] for name in wanted} == wanted and update["row_version"].iat[0] == 4
        for name in update.columns:
            one.loc[0, name] = update[name].iat[0]
    again = settle(one, [NUMBER], Step("rectifying", date(2020, 1, 1)))
    assert again["rechecked"].iat[0] and pd.isna(again["closed_on"].iat[0])


def test_a_wrong_step_is_refused_in_a_sentence(tmp_path: Path) -> None:
    for one, step, said in (
        (item(), Step("closed", DAY, by="x"), "from there it can go to rectifying or done, not to closed"),
        (item(status="done"), Step("closed", DAY, by="x"), "without the result of the verification, who verified"),
        (item(status="done", verification="confirmed", verified_by="y"), Step("closed", DAY), "who approved"),
        (item(status="done", done_on=pd.Timestamp(2020, 1, 1), verification="confirmed", verified_by="y"),
         Step("closed", DAY, by="x"), "was done on 2020-01-01"),
        (item(), Step("done", DAY, verification="maybe"), "no result of a verification"),
        (item(), Step("done", DAY, photo_after="../x.jpg"), "from the map's folder on"),
        (item(), Step("done", DAY, photo_after="C:\\x.jpg"), "from the map's folder on"),
        (item(), Step("done", DAY, photo_after="none.jpg"), "is not in"),
        (item(), Step("gone", DAY), "is no state of an item"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=said):
            settle(one, [NUMBER], step, folder=tmp_path)
    with pytest.raises(InputError, match="no items numbered 济源-J42-0009"):
        settle(item(), ["济源-J42-0009"], Step("done", DAY))
    assert set(FOLLOWING) == set(CATALOG[LAYER].field("status").domain)


def test_overdue_counts_days_of_open_items() -> None:
    late = [overdue_days(item(status=status), date(2019, 1, 10))[0] for status in FOLLOWING]
    assert late == [10, 10, 0, 0]
    assert overdue_days(item(), date(2018, 12, 31))[0] == 0 and overdue_days(item(due_on=pd.NaT), DAY)[0] == 0


def test_a_sample_is_large_enough_and_can_be_drawn_again() -> None:
    items = pd.DataFrame({"problem_no": [f"P-{k:04d}" for k in range(95)], "status": ["closed"] * 91 + ["done"] * 4})
    drawn = draw_sample(items, seed="2019")
    assert len(drawn) == 10 and drawn == draw_sample(items.sample(frac=1, random_state=1), seed="2019")
    assert drawn != draw_sample(items, seed="2020") and set(drawn) <= set(items["problem_no"][:91])
    with pytest.raises(InputError, match="above 0"):
        draw_sample(items, share=0, seed="x")


# ---- the demonstration, from the shell


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    from envzones.plugin.store.folder import read_folder
    from envzones.plugin.store.results import write_results

    folder = tmp_path_factory.mktemp("items")
    content = read_folder(ROOT / "resources" / "demo" / "jiyuan", CATALOG)
    path = folder / "图.gpkg"
    create(path, CATALOG, frames=content.frames, coverage=content.coverage, meta=content.meta)
    result = board(OneMap.open(path), [load_book(SHIPPED / "jiyuan-2018.yaml")], as_of=DAY)
    write_results(folder / "plan.gpkg", {"finding": result.findings})
    return path, folder / "plan.gpkg"


def test_register_edit_run_again_and_close_from_the_shell(demo: tuple[Path, Path], capsys: pytest.CaptureFixture) -> None:
    path, plan = map(str, demo)
    command = ["onemap", "items", "register", path, "--from", plan, "--as-of", "2019-06-30", "--who", "张三"]
    assert cli.main([*command, "--dry-run"]) == 0
    assert "would be registered" in capsys.readouterr().err
    store = open_store(path)
    before = len(store.read(LAYER))
    assert cli.main(command) == 0
    items = store.read(LAYER)
    made = items[items["clause_id"].notna()]
    assert len(made) > 50 and len(items) == before + len(made)
    assert made["responsible_party"].notna().all() and made["township"].notna().mean() > 0.8
    trail = store.audit(layer=LAYER)
    assert set(trail["who"]) == {"张三"} and len(trail) == len(made)
    capsys.readouterr()
    assert cli.main(command) == 0
    assert "0 items registered, 0 brought up to date" in capsys.readouterr().err
    chosen = made.iloc[0]
    store.apply([Change(LAYER, update=pd.DataFrame({"uid": [chosen["uid"]], "responsible_person": ["李四"]}))], who="李四")
    assert cli.main(command) == 0
    number = chosen["problem_no"]
    settled = ["onemap", "items", "settle", path, number, "--who", "王五", "--on", "2019-07-01", "--status"]
    assert cli.main([*settled, "closed"]) == 2
    assert "not to closed" in capsys.readouterr().err
    assert cli.main([*settled, "done"]) == 0
    closing = ["closed", "--by", "局长", "--verification", "confirmed", "--verified-by", "赵六"]
    assert cli.main([*settled, *closing]) == 0
    (row,) = store.read(LAYER).query("problem_no == @number").to_dict("records")
    assert (row["status"], row["closed_by"], row["responsible_person"]) == ("closed", "局长", "李四")
    assert cli.main(["onemap", "items", "sample", path, "--seed", "2019", "--share", "1"]) == 0
    assert store.read(LAYER).query("problem_no == @number")["sampled"].iat[0]
    ledger = Path(path).with_name("台账.xlsx")
    assert cli.main(["onemap", "items", "list", path, "--as-of", "2019-07-01", "--xlsx", str(ledger)]) == 0
    import openpyxl

    sheet = openpyxl.load_workbook(ledger).worksheets[0]
    lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
    values = lines[next(k for k, line in enumerate(lines) if "问题编号" in line) : -1]
    head = values[0]
    late = [line[head.index("逾期天数")] or 0 for line in values[1:]]
    assert late == sorted(late, reverse=True) and max(late) == 182
    assert number in [line[head.index("问题编号")] for line in values[1:]]
    capsys.readouterr()
    assert cli.main(["onemap", "audit", path, "--layer", LAYER, "--uid", row["uid"], "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["who"] for one in told] == ["张三", "李四", "王五", "王五", told[-1]["who"]]


def test_life_cycle_from_the_shell(demo: tuple[Path, Path], capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    path = str(demo[0])
    shape = gpd.GeoDataFrame(geometry=[shapely.box(112.5, 35.1, 112.51, 35.11)], crs=4490)
    shape.to_file(tmp_path / "new.geojson", driver="GeoJSON")
    paper = ["--document", "豫政文〔2023〕8号", "--issued", "2023-01-20", "--from", "2023-02-01", "--who", "张三"]
    zone = ["--layer", "drinking_water_zone", "--uid"]
    assert cli.main(["onemap", "adjust", path, *zone, "DWZ-007", "--geometry", str(tmp_path / "new.geojson"), *paper]) == 0
    assert cli.main(["onemap", "cancel", path, *zone, "DWZ-008", *paper]) == 0
    capsys.readouterr()
    out = tmp_path / "changes.gpkg"
    listed = ["onemap", "changes", path, "--from", "2022-01-01", "--to", "2024-01-01", "--out", str(out)]
    assert cli.main(listed) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "drinking_water_zone" in line]
    assert sorted(line.split()[1] for line in lines) == ["adjusted", "cancelled"]
    pieces = gpd.read_file(out, layer="piece")
    assert sorted(pieces.loc[pieces["layer"] == "drinking_water_zone", "part"]) == ["gained", "lost", "lost"]
    assert cli.main(["onemap", "cancel", path, *zone, "DWZ-008", *paper]) == 2
    assert "already" in capsys.readouterr().err
