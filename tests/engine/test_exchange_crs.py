"""What coordinates look like, and how they are moved: against PROJ's own answers and EPSG's own definitions."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer

from envzones.plugin.engine import datum
from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.exchange import crs_systems as systems
from envzones.plugin.engine.exchange.crs_apply import from_4490, to_4490
from envzones.plugin.engine.exchange.crs_decide import decide
from envzones.plugin.engine.exchange.crs_guard import look
from envzones.plugin.engine.exchange.model import CrsChoice, Declared, Foreign

GEOD = Geod(a=6378137.0, rf=298.257222101)
JIYUAN = shapely.box(111.9, 34.85, 112.8, 35.3)
RNG = np.random.default_rng(11)
PLACES = np.column_stack([RNG.uniform(112.0, 112.7, 200), RNG.uniform(34.9, 35.25, 200)])


def frame(xy) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=shapely.points(np.asarray(xy)))


def projected(epsg: int, xy=PLACES) -> np.ndarray:
    return np.column_stack(Transformer.from_crs(4490, epsg, always_xy=True).transform(*np.asarray(xy).T))


def metres(a, b) -> float:
    return float(np.max(GEOD.inv(*np.asarray(a).T, *np.asarray(b).T)[2]))


# --------------------------------------------------------------------------------------------------------
# The table of systems
# --------------------------------------------------------------------------------------------------------


def test_every_code_is_what_the_table_says():
    names = {"cgcs2000": "China Geodetic", "xian80": "Xian 1980", "beijing54": "Beijing 1954", "wgs84": "WGS 84"}
    for crs, system in systems.table().items():
        if system.datum in (systems.GCJ02, systems.BD09):
            continue
        known = CRS.from_user_input(crs)
        assert names[system.datum] in known.geodetic_crs.name or names[system.datum] in known.name, crs
        assert systems.datum_of(known) == system.datum, crs
        assert system.geographic == known.is_geographic
        if system.width and system.datum != "wgs84":
            found = {p.name: p.value for p in known.coordinate_operation.params}
            east = 500000 + (system.zone or 0) * 1e6
            assert found["Longitude of natural origin"] == system.meridian, crs
            assert found["False easting"] == east and found["Scale factor at natural origin"] == 1, crs
            half = known.area_of_use
            assert half.west >= system.meridian - system.width / 2 - 4 and half.east <= system.meridian + system.width / 2 + 4
    # The check points of the project's facts: east and north of Zhengzhou, Kaifeng, Jiyuan.
    for place, epsg, east, north in (
        ((113.65, 34.76), 4547, 467956.061, 3848023.492), ((113.65, 34.76), 4526, 38467956.061, 3848023.492),
        ((114.35, 34.80), 4547, 532028.476, 3852460.983), ((112.60, 35.07), 4547, 372301.143, 3883255.310),
        ((111.93, 35.10), 4546, 584795.855, 3886082.781),
    ):  # fmt: skip
        assert np.allclose(projected(epsg, [place])[0], (east, north), atol=6e-4)


# --------------------------------------------------------------------------------------------------------
# Proposals
# --------------------------------------------------------------------------------------------------------

NUMBERS = {
    "degrees": (PLACES, "EPSG:4490", False), "latitude first": (PLACES[:, ::-1], "EPSG:4490", True),
    "zone 38": (projected(4526), "EPSG:4526", False), "zone 37": (projected(4525), "EPSG:4525", False),
    "north first, zone 38": (projected(4526)[:, ::-1], "EPSG:4526", True),
    "6 degrees, zone 19": (projected(4497), "EPSG:4497", False),
    "meridian 114": (projected(4547), "EPSG:4547", False), "meridian 111": (projected(4546), "EPSG:4546", False),
    "meridian 117": (projected(4548), "EPSG:4548", False), "north first, meridian 114": (projected(4547)[:, ::-1], "EPSG:4547", True),
    "web Mercator": (projected(3857), "EPSG:3857", False),
}  # fmt: skip


@pytest.mark.parametrize("case", NUMBERS)
def test_the_jurisdiction_tells_the_reading(case):
    xy, crs, swap = NUMBERS[case]
    seen = look(xy, jurisdiction=JIYUAN)
    assert seen.best is not None and (seen.best.choice.crs, seen.best.choice.swap) == (crs, swap)
    assert seen.best.inside == 1.0 and not seen.certain and seen.agrees is None
    assert metres(shapely.get_coordinates(to_4490(frame(xy), seen.best.choice, "x").geometry.array), PLACES) < 0.001
    assert seen.best.zh and seen.best.why_zh and seen.best.why_en


def test_without_a_zone_number_and_a_jurisdiction_nothing_is_proposed():
    seen = look(projected(4547))
    assert seen.best is None and {one.choice.crs for one in seen.candidates} == {"EPSG:4546", "EPSG:4547", "EPSG:4548"}


def test_old_datums_are_named_but_not_preferred():
    found = {one.choice.crs for one in look(projected(4526), jurisdiction=JIYUAN).candidates}
    assert {"EPSG:4526", "EPSG:2362", "EPSG:2414"} <= found


def said(epsg: int, where: str = ".prj") -> Declared:
    crs = CRS.from_epsg(epsg)
    return Declared(crs, crs.name, where)


@pytest.mark.parametrize(
    "case, epsg, agrees",
    [("degrees", 4490, True), ("degrees", 4326, True), ("degrees", 4547, False), ("zone 38", 4526, True), ("zone 38", 4525, False),
     ("zone 38", 4547, False), ("meridian 114", 4547, True), ("meridian 114", 4526, False), ("meridian 114", 4490, False),
     ("web Mercator", 3857, True), ("web Mercator", 4547, False), ("zone 38", 2362, True), ("degrees", 4610, True)],
)  # fmt: skip
def test_a_declaration_is_held_against_the_numbers(case, epsg, agrees):
    seen = look(NUMBERS[case][0], declared=said(epsg), jurisdiction=JIYUAN)
    assert seen.agrees is agrees
    if agrees:
        assert seen.certain and seen.candidates[0].choice.crs == f"EPSG:{epsg}"
    else:
        assert not seen.certain and any(note.code == "declaration_contradicts" for note in seen.doubts)


def test_a_prj_of_esri_is_recognised():
    words = CRS.from_epsg(4547).to_wkt("WKT1_ESRI")
    seen = look(projected(4547), declared=Declared(CRS.from_wkt(words), "x", ".prj"), jurisdiction=JIYUAN)
    assert seen.certain and seen.candidates[0].choice.crs == "EPSG:4547"


def test_what_a_format_says_by_definition_is_not_certain():
    assert not look(PLACES, declared=said(4326, "format"), jurisdiction=JIYUAN).certain


def test_mixed_rows_are_named():
    xy = PLACES.copy()
    xy[[3, 17]] = xy[[3, 17]][:, ::-1]
    xy[5] = projected(4526, [PLACES[5]])[0]
    notes = [note for note in look(xy, jurisdiction=JIYUAN).doubts if note.code == "mixed_coordinates"]
    assert any("4, 18" in note.en for note in notes) and any(note.row == 6 for note in notes)


@pytest.mark.parametrize("name, turn, low, high", [("gcj02", datum.wgs_to_gcj, 500, 620), ("bd09", datum.wgs_to_bd, 1150, 1350)])
def test_the_shift_of_web_maps_is_measured(name, turn, low, high):
    reference = shapely.points(PLACES)
    xy = np.column_stack(turn(*PLACES.T))
    seen = look(xy, reference=reference, jurisdiction=JIYUAN)
    assert seen.best is not None and seen.best.choice.crs == name and low < seen.best.shift_m < high
    assert any(note.code == "web_map_shift" for note in seen.doubts)
    assert look(PLACES, reference=reference).best.choice.crs == "EPSG:4490"
    # A declaration of WGS 84 does not hide it.
    assert look(xy, declared=said(4326), reference=reference).best.choice.crs == name


@pytest.mark.parametrize("xy", [np.empty((0, 2)), np.full((3, 2), np.nan), [[1.5, 2.5]], [[1e12, 1e12]], [[np.inf, 3]], [[12345.6, 23456.7]]])
def test_numbers_of_nowhere_have_no_reading(xy):
    seen = look(np.array(xy, dtype=float), jurisdiction=JIYUAN)
    assert seen.candidates == () and seen.best is None and seen.doubts


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.floats(allow_nan=True, allow_infinity=True), st.floats(allow_nan=True, allow_infinity=True)), max_size=8))
def test_any_numbers_get_an_answer(xy):
    seen = look(np.array(xy, dtype=float).reshape(-1, 2), jurisdiction=JIYUAN, declared=said(4547))
    assert all(one.en and one.zh for one in seen.candidates) and not (seen.certain and not seen.agrees)


def test_deciding_never_guesses(tmp_path):
    def foreign(xy, declared=None) -> Foreign:
        made = frame(xy)
        return Foreign("a", tmp_path / "a.shp", "shapefile", made, np.arange(len(made)) + 1, len(made), declared)

    assert decide(foreign(projected(4547), said(4547)), jurisdiction=JIYUAN)[0] == CrsChoice("EPSG:4547")
    assert decide(foreign(PLACES, said(4326)))[0].crs == "EPSG:4326"
    assert decide(foreign(projected(4547)), CrsChoice("EPSG:4546"))[0].crs == "EPSG:4546"
    with pytest.raises(InputError, match="EPSG:4547 .* Say which one"):
        decide(foreign(projected(4547)), jurisdiction=JIYUAN)
    with pytest.raises(InputError, match="declares"):
        decide(foreign(projected(4526), said(4547)), jurisdiction=JIYUAN)
    with pytest.raises(InputError, match="mostly|mixed|features have"):
        mixed = np.vstack([PLACES, PLACES[:3, ::-1]])
        decide(foreign(mixed, said(4490)), jurisdiction=JIYUAN)


# --------------------------------------------------------------------------------------------------------
# Moving
# --------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["EPSG:4526", "EPSG:4547", "EPSG:4546", "EPSG:4497", "EPSG:3857", "EPSG:32649", "gcj02", "bd09", "EPSG:4326"]),
    st.booleans(), st.integers(0, 9999),
)  # fmt: skip
def test_there_and_back(crs, swap, seed):
    rng = np.random.default_rng(seed)
    xy = np.column_stack([rng.uniform(111.5, 115.5, 40), rng.uniform(33, 36, 40)])
    choice = CrsChoice(crs, swap)
    there = from_4490(gpd.GeoDataFrame(geometry=shapely.points(xy), crs=4490), choice)
    back = to_4490(there.set_crs(None, allow_override=True), choice, "x")
    assert np.abs(shapely.get_coordinates(back.geometry.array) - xy).max() < 2e-9
    assert back.crs.to_epsg() == 4490


def test_edges_stay_where_they_were():
    """A straight edge of 20 km in the grid is not straight in degrees: it bends by metres without more vertices."""
    corners = projected(4547, [(112.1, 34.9), (112.4, 35.2), (112.6, 34.95)])
    ring = shapely.Polygon(corners)
    moved = to_4490(gpd.GeoDataFrame(geometry=[ring]), CrsChoice("EPSG:4547"), "x").geometry.iloc[0]
    back = shapely.transform(moved.segmentize(0.0005), lambda xy: projected(4547, xy))
    assert shapely.hausdorff_distance(back.boundary, ring.boundary, densify=0.1) < 0.002


@pytest.mark.parametrize("name, turn", [("gcj02", datum.wgs_to_gcj), ("bd09", datum.wgs_to_bd)])
def test_edges_of_web_maps_bend_by_less_than_a_decimetre(name, turn):
    line = shapely.LineString([(112.0, 34.9), (112.7, 35.2)])
    shifted = shapely.LineString(np.column_stack(turn(*np.array(line.coords).T)))
    moved = to_4490(gpd.GeoDataFrame(geometry=[shifted]), CrsChoice(name), "x").geometry.iloc[0]
    fine = np.array(shifted.segmentize(0.0002).coords)
    inverse = datum.gcj_to_wgs if name == "gcj02" else datum.bd_to_wgs
    truth = shapely.points(np.column_stack(inverse(*fine.T)) * [91000, 111000])
    own = shapely.LineString(np.array(moved.coords) * [91000, 111000])
    assert shapely.distance(truth, own).max() < 0.1


PARAMETERS = (12.5, -113.2, -50.1, 0.31, -1.2, 2.05, 3.4)


@pytest.mark.parametrize("epsg, ellipsoid", [(2434, "krass"), (4214, "krass"), (2382, "IAU76"), (4610, "IAU76")])
def test_seven_parameters_are_those_of_proj(epsg, ellipsoid):
    """Position vector, metres, arc seconds, ppm: PROJ's own pipeline, written out, says the same."""
    xy = projected(epsg) if epsg in (2434, 2382) else PLACES
    dx, dy, dz, rx, ry, rz, s = PARAMETERS
    base = CRS.from_epsg(epsg).geodetic_crs
    degrees = np.column_stack(Transformer.from_crs(epsg, base, always_xy=True).transform(*xy.T))
    pipeline = Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad"
        f" +step +proj=cart +ellps={ellipsoid} +step +proj=helmert +x={dx} +y={dy} +z={dz} +rx={rx} +ry={ry} +rz={rz} +s={s}"
        " +convention=position_vector +step +inv +proj=cart +ellps=GRS80 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )
    truth = np.column_stack(pipeline.transform(degrees[:, 0], degrees[:, 1], np.zeros(len(xy)))[:2])
    moved = to_4490(frame(xy), CrsChoice(f"EPSG:{epsg}", shift=PARAMETERS), "x")
    assert metres(shapely.get_coordinates(moved.geometry.array), truth) < 0.002
    back = from_4490(moved, CrsChoice(f"EPSG:{epsg}", shift=PARAMETERS))
    off = shapely.get_coordinates(back.geometry.array) - xy
    assert np.abs(off).max() < (0.005 if epsg in (2434, 2382) else 5e-8)


def test_an_old_datum_without_parameters_is_refused():
    for crs in ("EPSG:4610", "EPSG:2382", "EPSG:2434", "EPSG:4214"):
        with pytest.raises(InputError, match="surveyors"):
            to_4490(frame(PLACES if crs in ("EPSG:4610", "EPSG:4214") else projected(4547)), CrsChoice(crs), "x")
    with pytest.raises(InputError, match="seven numbers"):
        to_4490(frame(PLACES), CrsChoice("EPSG:4610", shift=(1.0, 2.0)), "x")
    with pytest.raises(InputError, match="units"):
        to_4490(frame(PLACES), CrsChoice("EPSG:4610", shift=(1e5, 0, 0, 0, 0, 0, 0)), "x")


def test_metres_taken_for_degrees_are_refused():
    for crs in ("gcj02", "EPSG:4490"):
        with pytest.raises(InputError, match="180"):
            to_4490(frame(projected(4547)), CrsChoice(crs), "x")
    with pytest.raises(InputError, match="no reference system"):
        to_4490(frame(PLACES), CrsChoice("nonsense"), "x")


def test_nothing_and_empty_shapes_pass():
    some = gpd.GeoDataFrame({"a": [1, 2]}, geometry=[None, shapely.Point()])
    for crs in ("EPSG:4490", "EPSG:4547", "gcj02"):
        out = to_4490(some, CrsChoice(crs, True), "x")
        assert len(out) == 2 and out.geometry.iloc[0] is None
