"""Attributes: each rule of a field, a layer and a link, broken and told in words."""

from __future__ import annotations

import dataclasses
from datetime import date

import pandas as pd
import shapely

from envzones.plugin.engine.catalog import Catalog, FieldSpec, load_catalog
from envzones.plugin.engine.catalog_rules import Link, Requires, Unique
from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.onemap import OneMap
from envzones.plugin.engine.quality import validate

from .quality_world import DAY, at, box, codes, issues, rows, zones

POINT = shapely.Point(at(10, 10))


def told(found, uid):
    return sorted(found.loc[found["uid"] == uid, "code"])


def test_required_domain_limits_and_types():
    found = issues(
        zones(
            [box(i * 1000, 0, i * 1000 + 400, 300) for i in range(5)],
            level=["primary", "first", None, "primary", "primary"], area_ha=[-1.0, 5.0, 5.0, "much", 5.0],
            source_name=["甲", "乙", "丙", "丁", ""], valid_from=["2020-13-40", None, None, None, None],
        )
    )  # fmt: skip
    assert told(found, "Z0") == ["below_minimum", "wrong_type"]
    assert told(found, "Z1") == ["not_in_domain"]
    assert told(found, "Z2") == ["required_empty"]
    assert told(found, "Z3") == ["wrong_type"]
    assert told(found, "Z4") == ["required_empty"]
    words = found.set_index(["uid", "code"])["what_zh"]
    assert words["Z1", "not_in_domain"] == "保护区级别的值first不在代码表内"
    assert words["Z2", "required_empty"] == "保护区级别未填"
    assert found["what_en"].str.len().gt(0).all()
    assert found["mend_zh"].str.len().gt(0).all()


def test_ids():
    found = issues(zones([box(0, 0, 400, 300), box(2000, 0, 2400, 300), box(4000, 0, 4400, 300)], uid=["A", "A", None]))
    assert list(zip(found["fid"], found["code"])) == [(2, "uid_duplicate"), (3, "uid_missing")]
    assert found["fid"].dtype == "Int64"


def test_dates_that_contradict():
    found = issues(
        zones(
            [box(i * 1000, 0, i * 1000 + 400, 300) for i in range(4)],
            valid_from=["2020-01-02", "2019-01-01", None, None], valid_to=["2020-01-01", None, None, "2021-01-01"],
            document_date=[None, "2019-02-01", None, None], life_state=["delineated", "delineated", "cancelled", "cancelled"],
            cancel_document_no=[None, None, None, "豫政文〔2023〕8号"],
        )
    )  # fmt: skip
    assert told(found, "Z0") == ["dates_contradict"]
    assert "2020-01-02" in found.set_index("uid")["what_zh"]["Z0"]
    assert told(found, "Z1") == ["in_force_before_issued"]
    # The catalog asks a cancelled zone for the document that cancels it and its last day.
    assert told(found, "Z2") == ["requires_empty", "requires_empty"]
    assert told(found, "Z3") == []


def test_a_cancelled_row_of_a_layer_without_a_rule_names_a_document_too():
    shapes = [box(0, 0, 400, 300), box(1000, 0, 1400, 300)]
    frame = rows("scenic_area", shapes, life_state=["cancelled"] * 2, document_no=[None, "1号"], document_date=[None, "2020-01-01"])
    found = issues({"scenic_area": frame})
    assert "cancelled_without_document" in told(found, "scenic_area-0")
    assert "cancelled_without_document" not in told(found, "scenic_area-1")


def test_numbers_in_order():
    frame = rows("mine_site", [box(0, 0, 400, 300)], restored_area_ha=[9.0], mined_area_ha=[3.0])
    assert "values_contradict" in codes(issues({"mine_site": frame}))


def with_rules(name, *rules, links=None, fields=None):
    """The catalog with other rules for one layer."""
    catalog = load_catalog()
    spec = dataclasses.replace(catalog[name], rules=tuple(rules), links=links or {})
    if fields:
        spec = dataclasses.replace(spec, fields=tuple(fields.get(item.name, item) for item in spec.fields))
    return Catalog({**catalog, name: spec}, catalog.themes)


def check(catalog, **frames):
    return validate(OneMap.from_frames(frames, catalog=catalog), as_of=DAY)


def test_requires_and_unique():
    catalog = with_rules(
        "rectification_item", Requires({"status": ("closed",)}, ("closed_on", "closed_by")), Unique(("problem_no",))
    )
    frame = rows(
        "rectification_item", [POINT, None, POINT], problem_no=["1", "1", "2"], status=["closed", "done", "closed"],
        closed_on=[None, None, "2024-01-01"], closed_by=[None, None, "某某"],
    )  # fmt: skip
    found = check(catalog, rectification_item=frame)
    assert told(found, "rectification_item-0") == ["requires_empty", "requires_empty"]
    assert told(found, "rectification_item-1") == ["not_unique"]
    assert told(found, "rectification_item-2") == []
    assert "整改状态为已销号时必填" in found["what_zh"].iloc[0]


def test_unique_counts_rows_in_force():
    catalog = with_rules("mine_site", Unique(("licence_no",)))
    shapes = [box(i * 1000, 0, i * 1000 + 400, 300) for i in range(3)]
    frame = rows("mine_site", shapes, licence_no=["C1", "C1", None], valid_to=["2020-01-01", None, None])
    assert "not_unique" not in codes(check(catalog, mine_site=frame))
    frame["valid_to"] = None
    assert told(check(catalog, mine_site=frame), "mine_site-1").count("not_unique") == 1


def test_pattern_and_future():
    spec = load_catalog()["mine_site"].field("licence_no")
    new = dataclasses.replace(spec, pattern=r"C\d+")
    assert isinstance(new, FieldSpec)
    day = dataclasses.replace(load_catalog()["mine_site"].field("document_date"), not_future=True)
    catalog = with_rules("mine_site", fields={"licence_no": new, "document_date": day})
    frame = rows("mine_site", [box(0, 0, 400, 300)] * 1, licence_no=["x1"], document_date=[pd.Timestamp(2024, 6, 2)])
    found = check(catalog, mine_site=frame)
    assert {"pattern_mismatch", "in_future"} <= set(told(found, "mine_site-0"))
    frame = rows("mine_site", [box(0, 0, 400, 300)], licence_no=["C12"], document_date=[pd.Timestamp(2024, 6, 1)])
    assert not {"pattern_mismatch", "in_future"} & set(codes(check(catalog, mine_site=frame)))


def test_links():
    catalog = with_rules("water_intake", links={"source_code": Link("drinking_water_zone", "source_code")})
    intakes = rows("water_intake", [POINT, POINT, POINT], name=["a", "b", "c"], source_code=["S1", "S9", None])
    found = check(catalog, water_intake=intakes, drinking_water_zone=zones([box(0, 0, 400, 300)]))
    broken = found[found["code"] == "link_broken"]
    assert list(broken["uid"]) == ["water_intake-1"]
    assert "S9" in broken["what_zh"].iloc[0]
    assert "drinking-water source protection zone" in broken["what_en"].iloc[0].lower()
    # No zone layer, nothing to point to: nothing is claimed.
    assert "link_broken" not in codes(check(catalog, water_intake=intakes))


def test_a_layer_that_the_catalog_does_not_know_is_checked_for_shape():
    own = rows("my_layer", [box(0, 0, 400, 300), shapely.Polygon([at(0, 0), at(9, 9), at(9, 0), at(0, 9)])], note=["a", "b"])
    found = issues({"my_layer": own})
    assert codes(found) == ["self_crossing"]


def test_only_the_layers_asked_for():
    frames = {"mine_site": rows("mine_site", [None]), "scenic_area": rows("scenic_area", [None])}
    assert set(issues(frames, layers=["scenic_area"])["layer"]) == {"scenic_area"}


def test_the_day_is_today_where_none_is_given():
    catalog = load_catalog()
    frame = zones([box(0, 0, 400, 300), box(300, 0, 700, 300)], valid_to=[str(date.today()), None])
    assert "overlap" not in codes(validate(OneMap.from_frames({"drinking_water_zone": frame}, catalog=catalog)))


def test_what_is_more_than_its_maximum():
    most = dataclasses.replace(load_catalog()["mine_site"].field("mined_area_ha"), maximum=5.0)
    catalog = with_rules("mine_site", fields={"mined_area_ha": most})
    frame = rows("mine_site", [box(0, 0, 400, 300), box(1000, 0, 1400, 300)], mined_area_ha=[5.0, 5.5])
    found = check(catalog, mine_site=frame)
    over = found[found["code"] == "above_maximum"]
    assert list(over["uid"]) == ["mine_site-1"]
    assert over["what_en"].iloc[0].endswith("5.5 is more than 5")


def test_a_layer_that_cannot_be_read_is_an_issue_and_the_others_are_checked():
    def broken():
        raise InputError("Layer 'road' cannot be read (disk image malformed); take a copy of the file.")

    onemap = OneMap({"road": broken, "drinking_water_zone": lambda: zones([None])}, catalog=load_catalog())
    found = validate(onemap, as_of=DAY)
    assert sorted(zip(found["layer"], found["code"])) == [("drinking_water_zone", "no_geometry"), ("road", "layer_unreadable")]
    assert "disk image malformed" in found.set_index("layer")["what_en"]["road"]
