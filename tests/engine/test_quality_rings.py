"""Rings that are not closed: found and closed in the bytes, in a map's file too."""

from __future__ import annotations

import sqlite3
import struct

import pytest
import shapely

from envzones.plugin.engine import gpkg
from envzones.plugin.engine.catalog import load_catalog
from envzones.plugin.engine.onemap import OneMap
from envzones.plugin.engine.quality import validate
from envzones.plugin.engine.quality_rings import closed
from envzones.plugin.store.geopackage import create

from .quality_world import DAY, box, ring, zones


def body(rings, order="<", size=2, code=3):
    """WKB of one polygon, rings as given."""
    out = struct.pack(f"{order}BII", 1 if order == "<" else 0, code, len(rings))
    for points in rings:
        out += struct.pack(f"{order}I", len(points))
        for point in points:
            out += struct.pack(f"{order}{size}d", *point, *([5.0] * (size - 2)))
    return out


OPEN = [(0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (0.0, 3.0)]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("size", "code"), [(2, 3), (3, 1003), (4, 3003), (3, 0x80000003)])
def test_open_rings_are_closed_whatever_the_bytes(order, size, code):
    wkb = body([OPEN, [(1.0, 1.0), (2.0, 1.0), (2.0, 2.0), (1.0, 1.0)]], order, size, code)
    with pytest.raises(shapely.errors.ShapelyError):
        shapely.from_wkb(wkb)
    out, ends = closed(wkb)
    assert ends == [((0.0, 0.0), (0.0, 3.0))]
    assert shapely.from_wkb(out).is_valid
    assert shapely.from_wkb(out).area == 11.5
    assert closed(out) == (out, [])


def test_other_geometries_come_back_as_they_are():
    shapes = [
        shapely.Point(1, 2), shapely.LineString([(0, 0), (1, 1)]), shapely.MultiPoint([(0, 0), (1, 1)]),
        shapely.MultiPolygon([box(0, 0, 1, 1), box(3, 3, 4, 4)]), shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3)]]),
        shapely.GeometryCollection([shapely.Point(1, 1), box(0, 0, 1, 1)]), shapely.Polygon(),
    ]  # fmt: skip
    for shape in shapes:
        assert closed(shape.wkb) == (shape.wkb, [])


@pytest.mark.parametrize("bad", [b"", b"\x01", b"\x01\x03\x00\x00\x00\x01\x00\x00\x00\x09\x00\x00\x00", b"\x01\x63\x00\x00\x00" + b"\x00" * 9])
def test_what_is_no_wkb_is_refused(bad):
    with pytest.raises(ValueError, match="no WKB|cut short|cannot be read"):
        closed(bad)


def test_a_ring_of_two_points_leaves_an_empty_polygon():
    out, ends = closed(body([[(0.0, 0.0), (1.0, 1.0)]]))
    assert len(ends) == 1
    assert shapely.from_wkb(out).is_empty


@pytest.fixture
def broken_map(tmp_path):
    """A map with three zones, the second of them not closed in the file."""
    path = tmp_path / "map.gpkg"
    frames = {"drinking_water_zone": zones([box(0, 0, 400, 300), box(1000, 0, 1400, 300), box(2000, 0, 2400, 300)])}
    create(path, load_catalog(), frames=frames)
    points = ring((1000, 0), (1400, 0), (1400, 300), (1000, 300))
    multi = struct.pack("<BII", 1, 6, 1) + body([points])
    with sqlite3.connect(path) as connection:
        gpkg.add_functions(connection)
        head = connection.execute("SELECT geom FROM drinking_water_zone WHERE uid = 'Z1'").fetchone()[0][:40]
        connection.execute("UPDATE drinking_water_zone SET geom = ? WHERE uid = 'Z1'", (head + multi,))
    connection.close()
    return path


def test_a_map_with_an_open_ring_is_read_and_told(broken_map):
    with pytest.raises(shapely.errors.ShapelyError):
        gpkg.read_table(broken_map, "drinking_water_zone")
    found = validate(OneMap.open(broken_map), as_of=DAY)
    assert list(zip(found["uid"], found["code"], found["repair"])) == [("Z1", "ring_not_closed", "close_ring")]
    assert "300.0" in found["what_zh"].iloc[0]
    assert found.geometry.iloc[0].distance(shapely.Point(ring((1000, 0))[0])) < 1e-9


def test_the_command_line_closes_it(broken_map, tmp_path):
    from envzones.plugin.cli import main

    out, new = tmp_path / "issues.gpkg", tmp_path / "new.gpkg"
    arguments = ["onemap", "validate", str(broken_map), "--out", str(out), "--repair", "all", "--repaired", str(new)]
    assert main([*arguments, "--fail-on", "error", "--who", "甲"]) == 0
    assert len(validate(OneMap.open(new), as_of=DAY)) == 0
