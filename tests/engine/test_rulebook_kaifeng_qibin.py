"""Kaifeng's plan of 2020 and Qibin's of 2023, read as a planner reads them: what differs, and why."""

from __future__ import annotations

import dataclasses
from datetime import date

import geopandas as gpd
import pytest

from envzones.plugin.engine import plan, siting

from . import scenes

ORIGIN = (114.35, 34.80)
KAIFENG, QIBIN = "kaifeng-2020-air", "qibin-2023"
DAY = {"jiyuan-2018": date(2019, 6, 30), KAIFENG: date(2020, 6, 30), QIBIN: date(2024, 6, 30)}
LANKAO = {"box": [20000, -10000, 40000, 40000], "level": "county", "code": "410225"}


def clause(book, name):
    return next(c for c in scenes.book(book).clauses if c.id == name)


def onemap(book, **contents):
    """Return the map of a sketch: the city's square and what `contents` draws."""
    return scenes.sketch(scenes.Scene(book, "", 0, ORIGIN, DAY[book], {"is": "hit", "map": contents}))


def alone(book, name):
    return dataclasses.replace(scenes.book(book), clauses=(clause(book, name),))


def listed(book, name, **contents):
    """Return what an inventory rule lists: feature -> its row."""
    rows = plan.board(onemap(book, **contents), [alone(book, name)], as_of=DAY[book]).findings
    return {row.site_id: row for row in rows[rows["status"] == "hit"].itertuples()}


def check(book, name, kind, nature, at=(0, 0), day=None, contents=None, **attributes):
    """Return the status of one siting rule for one site, and whether it is tentative."""
    shape = scenes.shape_of({"at": list(at)}, "Point", ORIGIN)
    row = {"site_id": "S", "facility_type": kind, "nature": nature, **attributes, "geometry": shape}
    site = gpd.GeoDataFrame([row], geometry="geometry", crs=4490)
    rows = siting.check(site, onemap(book, **(contents or {})), [alone(book, name)], as_of=day or DAY[book]).findings
    return rows["status"].iloc[0], bool(rows["tentative"].iloc[0]), rows["reference"].iloc[0]


def test_every_row_of_both_documents_is_there():
    for book, letter, last in ((KAIFENG, "K", 33), (QIBIN, "Q", 18)):
        rows = {c.row for c in scenes.book(book).clauses}
        assert {f"{letter}{n:02d}" for n in range(1, last + 1)} <= rows


def test_the_press_copy_prints_no_number_and_no_day_of_issue():
    assert (scenes.book(KAIFENG).document.number, scenes.book(KAIFENG).document.issued) == ("", None)
    assert scenes.book(QIBIN).document.number == "淇滨政〔2023〕12号"


def test_a_plant_of_200_mw_closes_boilers_in_jiyuan_and_not_in_kaifeng():
    boiler = {"at": [2000, 0], "fuel": "coal", "utility": False, "capacity_tph": 20}
    for unit, kaifeng in ((200, set()), (300, {"coal_boiler-1"})):
        plant = {"at": [0, 0], "chp": True, "status": "operating", "unit_capacity_mw": unit}
        works = {"heat_source": plant, "coal_boiler": boiler}
        assert set(listed("jiyuan-2018", "J14", **works)) == {"coal_boiler-1"}
        assert set(listed(KAIFENG, "K07", **works)) == kaifeng


def test_the_retrofit_of_35_to_65_t_exempts_no_boiler_from_closure():
    works = {
        "heat_source": {"at": [0, 0], "chp": True, "status": "operating", "unit_capacity_mw": 300},
        "coal_boiler": {"at": [2000, 0], "fuel": "coal", "utility": False, "capacity_tph": 50, "ultra_low_emission": False},
    }
    assert listed(KAIFENG, "K07", **works)["coal_boiler-1"].effect == "close"
    assert listed(KAIFENG, "K24b", **works)["coal_boiler-1"].effect == "rectify"
    assert clause(KAIFENG, "K07").unless == ()


def test_a_site_of_7000_m2_needs_dust_monitors_in_jiyuan_and_not_in_kaifeng():
    said = {"kind": "construction_site", "nature": "new", "floor_area_m2": 7000}
    assert check("jiyuan-2018", "J35a", **said)[0] == "hit"
    assert check(KAIFENG, "K30a", **said)[0] == "not_applicable"


def test_mixing_concrete_on_a_site_is_banned_in_the_built_up_area_alone():
    town = {"built_up_area": {"box": [-5000, -5000, 5000, 5000], "kind": "city"}}
    said = {"kind": "construction_site", "nature": "new", "mixes_on_site": True, "contents": town}
    assert check(KAIFENG, "K21b", **said)[0] == "hit"
    assert check(KAIFENG, "K21b", at=(9000, 0), **said)[0] == "clear"


@pytest.mark.parametrize(
    ("rule", "kind", "nature", "attributes"),
    [
        ("K05c", "coal_gasifier", "new", {}),
        ("K05d", "coal_boiler", "new", {"capacity_tph": 20}),
        ("K05e", "steel", "expand", {"adds_capacity": True}),
    ],
)
def test_what_holds_in_principle_refuses_only_once_the_exception_is_answered(rule, kind, nature, attributes):
    assert check(KAIFENG, rule, kind, nature, **attributes)[:2] == ("hit", True)
    assert check(KAIFENG, rule, kind, nature, principle_exception=False, **attributes)[:2] == ("hit", False)
    assert check(KAIFENG, rule, kind, nature, principle_exception=True, **attributes)[0] == "not_applicable"


def test_lankao_bans_loose_coal_from_november_and_the_rest_of_the_city_at_once():
    said = {"kind": "loose_coal", "nature": "new", "contents": {"admin_area": LANKAO}}
    june, november = date(2020, 6, 30), date(2020, 11, 1)
    assert check(KAIFENG, "K20a", day=june, **said) == ("hit", False, False)
    assert check(KAIFENG, "K20a", at=(30000, 0), day=november, **said)[0] == "clear"
    # Before November the ban in Lankao is a reference, outside the verdict; the start-up clause only notes.
    assert check(KAIFENG, "K20d", at=(30000, 0), day=june, **said) == ("hit", False, True)
    assert check(KAIFENG, "K20d", at=(30000, 0), day=november, **said) == ("hit", False, False)
    assert check(KAIFENG, "K20c", at=(30000, 0), day=june, **said) == ("hit", False, False)
    assert clause(KAIFENG, "K20c").effect == "attend"


def test_below_stage_iii_leaves_stage_iii_out():
    zone = {"machinery_no_go_zone": {"box": [-3000, -3000, 3000, 3000]}}
    for stage, status in ((1, "hit"), (2, "hit"), (3, "not_applicable")):
        said = check(KAIFENG, "K26a", "non_road_machinery", "existing", contents=zone, machine_stage=stage)
        assert said[0] == status


@pytest.mark.parametrize(
    ("book", "rule", "near", "far", "attributes", "contents"),
    [
        # The country comes first, yet a firm in the town is cleared too.
        (KAIFENG, "K19", [20000, 0], [0, 0], {"scattered": True},
         {"built_up_area": {"box": [-5000, -5000, 5000, 5000], "kind": "city"}}),
        (QIBIN, "Q13", [0, 0], [9000, 0], {"party_extinct": True},
         {"restoration_area": {"box": [-2000, -2000, 2000, 2000], "task_kind": "mine"}}),
    ],
)  # fmt: skip
def test_a_priority_ranks_and_never_clears(book, rule, near, far, attributes, contents):
    layer = clause(book, rule).of[0]
    rows = listed(book, rule, **{layer: [{"at": near, **attributes}, {"at": far, **attributes}]}, **contents)
    assert {uid: row.focus for uid, row in rows.items()} == {f"{layer}-1": "yes", f"{layer}-2": "no"}
    assert not any(row.tentative for row in rows.values())


def test_villages_along_the_canal_and_the_qi_come_first_at_the_offices_own_distance():
    lines = {
        "canal": {"line": [[0, -9000], [0, 9000]]},
        "river_reach": [{"line": [[9000, -9000], [9000, 9000]], "river": "淇河"}, {"line": [[-9000, -9000], [-9000, 9000]], "river": "卫河"}],
    }
    villages = [{"at": at, "sewage_treated": False} for at in ([300, 0], [9300, 0], [-9300, 0])]
    rows = listed(QIBIN, "Q15", village=villages, **lines)
    # The metres are the office's, so whether a village comes first stays open; that it is listed does not.
    assert [rows[f"village-{n}"].focus for n in (1, 2, 3)] == ["open", "open", "no"]
    assert not any(row.tentative for row in rows.values())


def test_what_the_map_cannot_tell_is_asked_and_said():
    downwind = clause(KAIFENG, "K02c")
    assert "downwind_of_town" in downwind.attributes() and "不计算" in downwind.note_zh
    assert downwind.effect == "encourage"


def test_heat_supply_is_floor_space_over_floor_space_and_the_core_counts_once():
    for figure in clause(KAIFENG, "K08a").figures:
        assert figure.measure == "ratio"
        assert (figure.column, figure.per.column) == ("heated_floor_area_10k_m2", "total_floor_area_10k_m2")
        assert all("core" not in (test.among or (test.equals,)) for test in figure.of.filter)


def test_what_only_delineates_compiles_or_urges_refuses_nothing():
    for book, name in ((KAIFENG, "K01c"), (KAIFENG, "K04"), (KAIFENG, "K06b"), (KAIFENG, "K16d"), (QIBIN, "Q02b")):
        assert clause(book, name).effect == "attend"


def test_a_district_plan_binds_the_district_and_not_the_city_around_it():
    district = {"box": [-5000, -5000, 5000, 5000], "level": "county", "code": "410611"}
    whole = onemap(QIBIN, admin_area=district)
    frame = whole.layer("admin_area")
    frame.loc[frame["level"] == "city", "code"] = "410600"
    book = alone(QIBIN, "Q06a")
    for at, status in (([0, 0], "hit"), ([9000, 0], "not_applicable")):
        shape = scenes.shape_of({"at": at}, "Point", ORIGIN)
        site = gpd.GeoDataFrame(
            [{"site_id": "S", "facility_type": "open_burning", "nature": "new", "geometry": shape}], geometry="geometry", crs=4490
        )
        rows = siting.check(site, whole, [book], as_of=DAY[QIBIN]).findings
        assert list(rows["status"]) == [status]
