"""Whose eyes a product is for: what it is marked with, and which places it keeps to itself."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.publication import INTERNAL, Publication, hidden_layers

PUBLIC = Publication("public", decimals=3)
DEGREES = st.floats(-180, 180, allow_nan=False, allow_infinity=False)


def _frame(**columns: list[str | None]) -> gpd.GeoDataFrame:
    shapes = [shapely.Point(112.123456, 35.0 + k / 7) for k in range(len(next(iter(columns.values()))))]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4490")


def test_the_intakes_the_sources_and_the_contaminated_plots_are_hidden() -> None:
    assert hidden_layers(load_catalog()) == {"water_intake", "drinking_water_source", "contaminated_plot"}
    assert PUBLIC.hides("water_intake") and not PUBLIC.hides("road") and not PUBLIC.hides(None)
    assert not INTERNAL.hides("water_intake")


def test_a_layer_of_the_office_can_be_hidden_too(tmp_path) -> None:
    (tmp_path / "layers" / "drinking_water").mkdir(parents=True)
    (tmp_path / "layers" / "drinking_water" / "well.yaml").write_text(
        "layer: well\ntheme: drinking_water\norder: 90\nzh: 自备井\nen: Well\ngeometry: Point\n"
        "department: 市水利局\npublic_coordinates: hidden\nfields:\n  depth: {type: real, zh: 井深, en: Depth}\n",
        encoding="utf-8",
    )
    hidden = hidden_layers(load_catalog(tmp_path / "layers"))
    assert "well" in hidden and Publication("public", hidden=hidden).hides("well")
    assert not PUBLIC.hides("well")


def test_a_layer_file_with_another_word_is_refused(tmp_path) -> None:
    (tmp_path / "drinking_water").mkdir()
    (tmp_path / "drinking_water" / "well.yaml").write_text(
        "layer: well\ntheme: drinking_water\norder: 90\nzh: 自备井\nen: Well\ngeometry: Point\n"
        "department: 市水利局\npublic_coordinates: secret\nfields:\n  depth: {type: real, zh: 井深, en: Depth}\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="public_coordinates.*expected one of rounded, hidden"):
        load_catalog(tmp_path)


@given(DEGREES, DEGREES, st.integers(0, 9))
def test_a_place_is_rounded_for_the_public_alone(lon: float, lat: float, decimals: int) -> None:
    public = Publication("public", decimals=decimals)
    told = public.point("road", lon, lat)
    assert told is not None
    assert abs(told[0] - lon) <= 0.5000001 * 10.0**-decimals and abs(told[1] - lat) <= 0.5000001 * 10.0**-decimals
    assert public.point("water_intake", lon, lat) is None
    assert INTERNAL.point("water_intake", lon, lat) == (lon, lat)


def test_the_geometry_of_a_frame_is_rounded_or_taken_out_row_by_row() -> None:
    frame = _frame(site_layer=[None, "outfall", "water_intake"], zone_layer=["road", "contaminated_plot", "road"])
    shown = PUBLIC.frame(frame)
    assert list(shown.geometry.isna()) == [False, True, True]
    assert shown.geometry.iloc[0] == shapely.Point(112.123, 35.0)
    assert list(frame.geometry.isna()) == [False] * 3 and frame.geometry.iloc[0].x == 112.123456
    assert shown.crs == frame.crs and list(shown.index) == list(frame.index)
    assert INTERNAL.frame(frame) is frame


def test_a_whole_layer_is_taken_out_by_its_name() -> None:
    frame = _frame(name=["甲", "乙"])
    assert PUBLIC.frame(frame, "water_intake").geometry.isna().all()
    lines = gpd.GeoDataFrame(geometry=[shapely.LineString([(0.00049, 1.23456), (2, 3)]), None], crs="EPSG:4490")
    rounded = PUBLIC.frame(lines, "river_reach").geometry
    assert np.allclose(shapely.get_coordinates(rounded.iloc[0]), [(0, 1.235), (2, 3)]) and rounded.isna().iloc[1]


def test_rows_tell_whether_they_give_a_place_away() -> None:
    assert PUBLIC.hides_row({"site_layer": "outfall", "zone_layer": "water_intake"})
    assert PUBLIC.hides_row({"feature_layer": "contaminated_plot"})
    assert not PUBLIC.hides_row({"site_layer": None, "zone_layer": float("nan")})
    assert not INTERNAL.hides_row({"feature_layer": "contaminated_plot"})


def test_marks() -> None:
    assert Publication(classification="秘密★1年").marks() == ["内部资料", "密级：秘密★1年"]
    assert INTERNAL.marks("en") == ["For internal use"]
    assert Publication("public", approval_no="豫S〔2019〕001号").marks() == ["审图号：豫S〔2019〕001号"]
    # A secret's grade on a public product, and a public number on an internal one, would be nonsense.
    assert Publication("public", classification="秘密").marks() == ["审图号：待取得，取得前不得公开"]
    assert Publication(approval_no="1").marks("en") == ["For internal use"]


def test_it_is_kept_as_text() -> None:
    one = Publication("public", "", "豫S〔2019〕001号", "济源市生态环境局", 5)
    assert Publication.from_json(one.to_json()) == one
    assert Publication.from_json('{"audience": "internal", "later": 1}') == INTERNAL
    for text in ("", "[1]", "7", '{"audience": "friends"}', json.dumps({"decimals": 20}), json.dumps({"decimals": "4"})):
        with pytest.raises(InputError):
            Publication.from_json(text)
