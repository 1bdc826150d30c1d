"""Zones come, change and go by documents: on any day one row of each, and the areas add up."""

from __future__ import annotations

from datetime import date, timedelta

import geopandas as gpd
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.conform import conform
from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.lifecycle import Document, adjust, cancel, changes
from envzones.plugin.engine.onemap import OneMap

CATALOG = load_catalog()
LAYER = "drinking_water_zone"
START = date(2020, 1, 1)
GEOD = pyproj.Geod(a=6378137.0, rf=298.257222101)


def zones(*boxes: shapely.Polygon, **cells: object) -> gpd.GeoDataFrame:
    rows = {
        "uid": [f"z{k}" for k in range(len(boxes))], "name": [f"保护区{k}" for k in range(len(boxes))],
        "level": "primary", "source_name": "甲水源地", "source_code": "SY01", "valid_from": START.isoformat(),
        "document_no": "豫政文〔2020〕1号", "document_date": "2019-12-20", "life_state": "delineated", **cells,
    }  # fmt: skip
    frame = gpd.GeoDataFrame(rows, geometry=list(boxes), crs=4490)
    return conform(frame, CATALOG[LAYER], "test")


def box(x: float, width: float = 0.01) -> shapely.Polygon:
    return shapely.box(112 + x, 35, 112 + x + width, 35.01)


def paper(day: date, number: str = "豫政文〔2023〕8号") -> Document:
    return Document(number, day - timedelta(days=10), day)


def with_edits(frame: gpd.GeoDataFrame, update: pd.DataFrame, insert: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    frame = frame.copy()
    for row in update.to_dict("records"):
        place = frame.index[frame["uid"] == row["uid"]][0]
        for name, value in row.items():
            frame.at[place, name] = value
    if insert is not None:
        frame = pd.concat([frame, insert], ignore_index=True)
    return conform(gpd.GeoDataFrame(frame, crs=4490), CATALOG[LAYER], "test")


def onemap(frame: gpd.GeoDataFrame) -> OneMap:
    return OneMap.from_frames({LAYER: frame}, catalog=CATALOG)


def geod_area(shape: shapely.Geometry) -> float:
    # Edges are straight in degrees: cut fine, a geodesic follows them.
    return abs(GEOD.geometry_area_perimeter(shapely.segmentize(shape, 1e-4))[0])


def test_an_adjusted_zone_keeps_its_code_and_names_its_origin() -> None:
    frame = zones(box(0))
    insert, update = adjust(frame, "z0", box(0.005), paper(date(2023, 2, 1)))
    (new,) = insert.to_dict("records")
    assert (new["adjusts_uid"], new["life_state"], new["source_code"]) == ("z0", "adjusted", "SY01")
    assert new["document_no"] == "豫政文〔2023〕8号" and new["valid_from"] == pd.Timestamp(2023, 2, 1)
    after = with_edits(frame, update, insert)
    one = onemap(after)
    assert list(one.in_force(LAYER, date(2023, 1, 31))["uid"]) == ["z0"]
    assert list(one.in_force(LAYER, date(2023, 2, 1))["uid"]) == [new["uid"]]
    told = changes(one, date(2022, 1, 1), date(2024, 1, 1))
    (row,) = told.rows.to_dict("records")
    assert (row["change"], row["uid"], row["before_uid"], row["on"]) == ("adjusted", new["uid"], "z0", "2023-02-01")
    for column, shape in {
        "area_before_m2": box(0), "area_after_m2": box(0.005), "gained_m2": box(0.01, 0.005), "lost_m2": box(0, 0.005),
    }.items():  # fmt: skip
        assert row[column] == pytest.approx(geod_area(shape), rel=1e-8), column
    assert sorted(told.pieces["part"]) == ["gained", "lost"]
    assert len(changes(one, date(2020, 6, 1), date(2022, 1, 1)).rows) == 0


def test_a_cancelled_zone_is_told_with_its_document_and_stays_in_the_past() -> None:
    frame = zones(box(0), box(0.1))
    update = cancel(frame, ["z1"], paper(date(2023, 2, 1), "豫政文〔2023〕9号"))
    after = onemap(with_edits(frame, update, None))
    assert list(after.in_force(LAYER, date(2023, 1, 31))["uid"]) == ["z0", "z1"]
    assert list(after.in_force(LAYER, date(2023, 2, 1))["uid"]) == ["z0"]
    (row,) = changes(after, date(2021, 1, 1), date(2024, 1, 1)).rows.to_dict("records")
    assert (row["change"], row["uid"], row["document_no"], row["on"]) == ("cancelled", "z1", "豫政文〔2023〕9号", "2023-02-01")
    assert row["lost_m2"] == pytest.approx(geod_area(box(0.1)), rel=1e-8) and row["gained_m2"] == 0


def test_new_ended_and_untouched_zones() -> None:
    frame = zones(box(0), box(0.1), box(0.2), valid_from=["2020-01-01", "2020-01-01", "2022-01-01"],
                  valid_to=[None, "2021-06-01", None])  # fmt: skip
    told = changes(onemap(frame), date(2021, 1, 1), date(2023, 1, 1)).rows
    assert dict(zip(told["uid"], told["change"])) == {"z1": "ended", "z2": "delineated"}


def test_a_zone_adjusted_twice_is_compared_with_its_first_extent() -> None:
    frame = zones(box(0))
    insert, update = adjust(frame, "z0", box(0, 0.02), paper(date(2021, 1, 1)))
    frame = with_edits(frame, update, insert)
    insert, update = adjust(frame, insert["uid"].iloc[0], box(0, 0.03), paper(date(2022, 1, 1)))
    one = onemap(with_edits(frame, update, insert))
    (row,) = changes(one, date(2020, 6, 1), date(2023, 1, 1)).rows.to_dict("records")
    assert row["before_uid"] == "z0" and row["gained_m2"] == pytest.approx(geod_area(box(0.01, 0.02)), rel=1e-8)


def test_contradictions_are_refused_in_a_sentence() -> None:
    frame = zones(box(0), valid_to=["2024-01-01"])
    for document, said in (
        (Document("x", date(2023, 5, 1), date(2023, 4, 1)), "before it was issued"),
        (paper(date(2020, 1, 1)), "give a later day"),
        (paper(date(2024, 1, 1)), "ended on 2024-01-01 already"),
    ):
        with pytest.raises(InputError, match=said):
            adjust(frame, "z0", box(0.1), document)
        with pytest.raises(InputError, match=said):
            cancel(frame, ["z0"], document)
    with pytest.raises(InputError, match="No rows have the uid nobody"):
        cancel(frame, ["nobody"], paper(date(2023, 1, 1)))
    gone = with_edits(zones(box(0)), cancel(zones(box(0)), ["z0"], paper(date(2023, 1, 1))), None)
    with pytest.raises(InputError, match="ended on 2023-01-01 already"):
        cancel(gone, ["z0"], paper(date(2024, 1, 1)))
    with pytest.raises(InputError, match="must come after"):
        changes(onemap(frame), date(2023, 1, 1), date(2023, 1, 1))
    with pytest.raises(InputError, match="no layer 'moon'"):
        changes(onemap(frame), date(2022, 1, 1), date(2023, 1, 1), layers=["moon"])


STEPS = st.lists(
    st.tuples(st.sampled_from(["adjust", "cancel"]), st.integers(1, 400), st.integers(0, 2), st.integers(1, 8)),
    max_size=6,
)


@given(STEPS)
def test_on_any_day_one_row_of_each_zone_and_areas_add_up(steps: list[tuple[str, int, int, int]]) -> None:
    frame, day, alive = zones(box(0), box(0.1), box(0.2)), START, {f"z{k}": f"z{k}" for k in range(3)}
    days = [START]
    for what, wait, which, width in steps:
        day += timedelta(days=wait)
        root = f"z{which}"
        if root not in alive:
            continue
        days.append(day)
        if what == "cancel":
            frame = with_edits(frame, cancel(frame, [alive.pop(root)], paper(day)), None)
        else:
            insert, update = adjust(frame, alive[root], box(which / 10, width / 1000), paper(day))
            frame = with_edits(frame, update, insert)
            alive[root] = insert["uid"].iloc[0]
    one = onemap(frame)
    replaced = dict(zip(frame["uid"], frame["adjusts_uid"]))

    def root_of(uid: str) -> str:
        while isinstance(replaced.get(uid), str):
            uid = replaced[uid]
        return uid

    for moment in days:
        for shift in (-1, 0, 1):
            roots = [root_of(uid) for uid in one.in_force(LAYER, moment + timedelta(days=shift))["uid"]]
            assert len(roots) == len(set(roots))
    assert {root_of(uid) for uid in one.in_force(LAYER, day)["uid"]} == set(alive)
    later = day + timedelta(days=1)
    rows = changes(one, START, later).rows
    before = sum(geod_area(g) for g in one.in_force(LAYER, START).geometry)
    after = sum(geod_area(g) for g in one.in_force(LAYER, later).geometry)
    assert after - before == pytest.approx((rows["gained_m2"] - rows["lost_m2"]).sum(), abs=1.0)
