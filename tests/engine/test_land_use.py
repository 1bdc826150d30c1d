"""Land-use codes: what they mean, and how they fill what an office has left empty."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.findings import ISSUE_COLUMNS
from envzones.plugin.engine.land_use import LAYERS, SHIPPED, STANDARDS, classify, fill, normalise
from envzones.plugin.engine.yaml_source import YamlSource

CATALOG = load_catalog()


@pytest.mark.parametrize(
    ("code", "standard", "category", "use"),
    [
        ("R", "gb50137", "first", "residential"),
        ("R21", "gb50137", "first", "residential"),
        ("A33", "gb50137", "first", "public"),
        ("A35", "gb50137", "second", "public"),
        ("A5", "gb50137", "first", "public"),
        ("A51", "gb50137", "first", "public"),
        ("A6", "gb50137", "first", "public"),
        ("A1", "gb50137", "second", "public"),
        ("B14", "gb50137", "second", "commercial"),
        ("M3", "gb50137", "second", "industrial"),
        ("W2", "gb50137", "second", "logistics"),
        ("S42", "gb50137", "second", "other"),
        ("U22", "gb50137", "second", "other"),
        ("G2", "gb50137", "second", "green"),
        ("0701", "ydyh", "first", "residential"),
        ("0702", "ydyh", "first", "residential"),
        ("080403", "ydyh", "first", "public"),
        ("080401", "ydyh", "second", "public"),
        ("0806", "ydyh", "first", "public"),
        ("0807", "ydyh", "first", "public"),
        ("0801", "ydyh", "second", "public"),
        ("0902", "ydyh", "second", "commercial"),
        ("100102", "ydyh", "second", "industrial"),
        ("1101", "ydyh", "second", "logistics"),
        ("1207", "ydyh", "second", "other"),
        ("1310", "ydyh", "second", "other"),
        ("1402", "ydyh", "second", "green"),
    ],
)
def test_what_a_code_means(code, standard, category, use):
    found = classify(code, standard)
    assert (found.category, found.planned_use, found.standard) == (category, use, standard)
    assert found.development and found.mark == "MEM"


@pytest.mark.parametrize(
    ("code", "standard"),
    # A whole of which only a part is of the first category, parks of any kind, land kept open, mines.
    [("A", "gb50137"), ("A3", "gb50137"), ("G", "gb50137"), ("G1", "gb50137"), ("H14", "gb50137"), ("08", "ydyh"),
     ("0804", "ydyh"), ("1401", "ydyh"), ("1002", "ydyh"), ("16", "ydyh")],
)  # fmt: skip
def test_what_the_standard_leaves_open_has_no_category(code, standard):
    found = classify(code, standard)
    assert found.category is None and found.development


def test_farmland_and_water_are_no_development_land():
    for code, standard in (("E2", "gb50137"), ("0101", "ydyh"), ("1701", "ydyh")):
        found = classify(code, standard)
        assert found.category is None and not found.development and found.planned_use == "other"


def test_a_finer_code_is_read_as_its_longest_listed_part():
    assert classify("R21a", "gb50137").listed == "R21"
    assert classify("A331", "gb50137").category == "first"
    assert classify("0601", "ydyh").listed == "06"
    assert classify("07010201", "ydyh").listed == "070102"


def test_full_width_and_small_letters_and_blanks_are_put_right():
    assert normalise(" ｒ２１ ") == "R21"
    assert classify("ａ３３", "gb50137") == classify("A33", "gb50137")
    assert classify("０７ ０１", "ydyh").zh == "城镇住宅用地"


@pytest.mark.parametrize("code", ["Z9", "", "?", "R2/B1"])
def test_an_unknown_code_names_code_and_standard(code):
    with pytest.raises(InputError) as caught:
        classify(code, "gb50137")
    assert f"'{code}'" in str(caught.value) and "gb50137" in str(caught.value)


def test_a_code_of_the_other_standard_is_told():
    with pytest.raises(InputError, match="it is one of ydyh"):
        classify("0701", "gb50137")
    # 0809 and 0810 are codes of the land survey (GB/T 21010), not of this classification.
    with pytest.raises(InputError, match="'0810' is not in standard ydyh"):
        classify("0810", "ydyh")
    with pytest.raises(InputError, match="'gb21010' is unknown"):
        classify("0810", "gb21010")


def test_the_file_says_that_it_is_to_be_verified_and_speaks_the_catalog():
    data = YamlSource(SHIPPED, "codes").data
    assert data["mark"] == "MEM" and data["status"]["zh"] == "待核实"
    assert "待核实" in SHIPPED.read_text(encoding="utf-8").split("mark:")[0]
    uses, standards = (set(CATALOG["planned_parcel"].field(name).domain) for name in ("planned_use", "code_standard"))
    assert standards == set(STANDARDS) == set(data["standards"])
    for standard, body in data["standards"].items():
        for code in body["codes"]:
            found = classify(code, standard)
            assert found.listed == code and found.zh and found.en
            assert found.planned_use in uses and found.category in (None, "first", "second")
    for layer in LAYERS:
        assert {"land_use_code", "code_standard", "land_use_category", "planned_use"} <= set(CATALOG[layer].field_names)


def parcels(*rows):
    names = ("land_use_code", "code_standard", "land_use_category", "planned_use")
    columns = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    return gpd.GeoDataFrame(
        {**columns, "uid": [f"P{i + 1}" for i in range(len(rows))]},
        geometry=[shapely.box(i, 0, i + 1, 1) for i in range(len(rows))],
        crs=4490,
    )


def test_fill_fills_what_is_empty():
    frame = parcels(
        ("R21", "gb50137", None, None), ("0902", None, None, ""), ("G1", None, None, None), (None, None, None, None)
    )
    found, issues = fill(frame)
    assert issues == []
    assert list(found["land_use_category"]) == ["first", "second", None, None]
    assert list(found["planned_use"]) == ["residential", "commercial", "green", None]
    assert list(frame["land_use_category"]) == [None] * 4  # the frame given is not changed


def test_fill_never_overwrites_and_tells_what_differs():
    found, issues = fill(parcels(("M1", "gb50137", "first", "industrial"), ("A33", "gb50137", None, "commercial")))
    assert list(found["land_use_category"]) == ["first", "first"]
    assert list(found["planned_use"]) == ["industrial", "commercial"]
    assert [issue["code"] for issue in issues] == ["land_use_differs"] * 2
    assert "P1" in issues[0]["message_en"] and "待核实" in issues[0]["message_zh"]
    assert "“第一类" in issues[0]["message_zh"] and "'Commerce'" in issues[1]["message_en"]  # as the catalog calls them
    assert set(ISSUE_COLUMNS) - {"section_id"} <= set(issues[0])
    assert shapely.within(issues[1]["geometry"], found.geometry.iloc[1])


def test_fill_tells_an_unknown_code_and_leaves_the_row():
    found, issues = fill(parcels(("Z9", "gb50137", None, None), ("M1", "gb2000", None, "industrial")))
    assert list(found["land_use_category"]) == [None, None]
    assert [issue["code"] for issue in issues] == ["land_use_code"] * 2
    assert "Z9" in issues[0]["message_en"] and "gb2000" in issues[1]["message_en"]


def test_fill_leaves_alone_what_has_no_codes():
    bare = gpd.GeoDataFrame({"uid": ["P1"]}, geometry=[shapely.Point(0, 0)], crs=4490)
    found, issues = fill(bare)
    assert found is bare and issues == []
    only = gpd.GeoDataFrame({"land_use_code": ["R"]}, geometry=[None], crs=4490)
    assert list(fill(only)[0]["planned_use"]) == ["residential"]
