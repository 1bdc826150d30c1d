"""Drawings written: closed polylines on layers by class, Chinese text in either encoding, metres only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fiona
import geopandas as gpd
import pytest
import shapely

from envzones.plugin.engine.errors import InputError
from envzones.plugin.engine.exchange import read, write
from envzones.plugin.engine.exchange.model import CrsChoice
from envzones.plugin.engine.exchange.write import WriteOptions, write_layers
from envzones.plugin.engine.exchange.write_dxf import nearest

from . import writing_world as world

METRES = CrsChoice("EPSG:4547")


def both() -> dict[str, Any]:
    return {"drinking_water_zone": (world.zones(), world.ZONE), "water_intake": (world.intakes(), world.INTAKE)}


def groups(path: Path, encoding: str = "gbk") -> list[tuple[int, str]]:
    lines = path.read_text(encoding=encoding).split("\n")
    return [(int(code), value) for code, value in zip(lines[::2], lines[1::2])]


def entities(path: Path) -> list[dict[str, Any]]:
    with fiona.open(path) as source:
        return [{"shape": shapely.geometry.shape(one["geometry"]), **dict(one["properties"])} for one in source]


def test_gdal_reads_layers_texts_and_rings(tmp_path: Path) -> None:
    done = write_layers(both(), tmp_path / "a.dxf", WriteOptions(crs=METRES, label="name"))
    assert [note.code for note in done.notes] == ["edges_straightened", "dxf_system", "holes", "no_shape"]
    found = entities(tmp_path / "a.dxf")
    by_layer: dict[str, list[Any]] = {}
    for one in found:
        by_layer.setdefault(one["Layer"], []).append(one)
    assert set(by_layer) == {
        "饮用水水源保护区-一级保护区", "饮用水水源保护区-二级保护区", "饮用水水源保护区-一级保护区_注记",
        "饮用水水源保护区-二级保护区_注记", "取水口", "取水口_注记",
    }  # fmt: skip
    assert [one["Text"] for one in found if one["Text"]] == ["沁河<一级>&\"区\"", "蟒河水源", "取水口甲", "=SUM(A1)"]
    rings = [shapely.Polygon(one["shape"].coords) for one in by_layer["饮用水水源保护区-一级保护区"]]
    truth = world.zones().to_crs("EPSG:4547").geometry.array[0]
    assert shapely.equals_exact(rings[0], shapely.Polygon(truth.exterior), 6e-5, normalize=True)
    assert shapely.equals_exact(rings[1], shapely.Polygon(truth.interiors[0]), 6e-5, normalize=True)
    assert len(by_layer["饮用水水源保护区-二级保护区"]) == 4
    assert [one["shape"].geom_type for one in by_layer["取水口"]] == ["Point", "Point"]


def test_our_reader_reads_it_and_labels_the_zones(tmp_path: Path) -> None:
    write_layers(both(), tmp_path / "a.dxf", WriteOptions(crs=METRES, label="name"))
    frame = read.read(tmp_path / "a.dxf").frame
    areas = frame[frame.geometry.geom_type == "Polygon"]
    assert len(areas) == 6 and areas["Layer"].iloc[0] == "饮用水水源保护区-一级保护区"


@pytest.mark.parametrize(("encoding", "version", "codec"), [("", "AC1018", "gbk"), ("utf-8", "AC1021", "utf-8")])
def test_either_encoding(tmp_path: Path, encoding: str, version: str, codec: str) -> None:
    frame = gpd.GeoDataFrame({"名": ["沁河㑇 ^ 界\n桩"]}, geometry=[shapely.Point(5e5, 3.9e6)], crs="EPSG:4547")
    write.write(frame, tmp_path / "界桩.dxf", WriteOptions(encoding=encoding, label="名"))
    said = groups(tmp_path / "界桩.dxf", codec)
    assert (1, version) in said and (3, "ANSI_936") in said
    word = "沁河\\U+3447" if codec == "gbk" else "沁河㑇"
    assert (1, f"{word} ^  界 桩") in said
    assert (8, "界桩") in said
    frame["名"] = ["𬇕水"]
    if codec == "gbk":
        with pytest.raises(InputError, match=r"row 1 has the character 𬇕 \(U\+2C1D5\).*utf-8"):
            write.write(frame, tmp_path / "b.dxf", WriteOptions(label="名"))
        done = write.write(frame, tmp_path / "b.dxf", WriteOptions(label="名", lossy=True))
        assert "not_in_encoding" in [note.code for note in done.notes]
        assert (1, "?水") in groups(tmp_path / "b.dxf")


def test_degrees_are_refused_unless_asked_for(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="in degrees.*EPSG:4547"):
        write_layers(both(), tmp_path / "a.dxf")
    with pytest.raises(InputError, match="in degrees"):
        write_layers(both(), tmp_path / "a.dxf", WriteOptions(crs=CrsChoice("gcj02")))
    assert not list(tmp_path.iterdir())
    write_layers(both(), tmp_path / "a.dxf", WriteOptions(degrees=True))
    assert entities(tmp_path / "a.dxf")[0]["shape"].bounds == pytest.approx((112.5, 35, 112.52, 35.02), abs=1e-9)
    mixed = {"a": (world.intakes().to_crs("EPSG:4547"), None), "b": (world.intakes().to_crs("EPSG:4546"), None)}
    with pytest.raises(InputError, match="different reference systems"):
        write_layers(mixed, tmp_path / "b.dxf")


def test_layers_by_any_field_and_names_that_cad_takes(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"kind": ["甲/乙|<丙>", None, "x"], "n": [1, 2, 3]},
        geometry=[shapely.LineString([(0, 0), (1e5, 0), (1e5, 1e5), (0, 0)]), shapely.LineString([(0, 0), (2e5, 5)]),
                  shapely.MultiPoint([(0, 0), (9e4, 5)])],
        crs="EPSG:4547",
    )  # fmt: skip
    write.write(frame, tmp_path / "a.dxf", WriteOptions(layer_by="kind", layer="线"))
    found = entities(tmp_path / "a.dxf")
    assert [one["Layer"] for one in found] == ["线-甲_乙__丙_", "线", "线-x", "线-x"]
    assert found[0]["shape"].is_closed
    with pytest.raises(InputError, match="no field 'level'"):
        write.write(frame, tmp_path / "b.dxf", WriteOptions(layer_by="level"))
    write_layers(both(), tmp_path / "c.dxf", WriteOptions(crs=METRES, layer_by="none", titles=False))
    assert {one["Layer"] for one in entities(tmp_path / "c.dxf")} == {"drinking_water_zone", "water_intake"}


def test_colours_are_those_of_the_style(tmp_path: Path) -> None:
    write_layers(both(), tmp_path / "a.dxf", WriteOptions(crs=METRES))
    said = groups(tmp_path / "a.dxf")
    at = said.index((2, "饮用水水源保护区-一级保护区"))
    assert (420, str(200 << 16 | 40 << 8 | 30)) in said[at : at + 4]
    assert nearest((255, 0, 0)) == 1 and nearest((0, 0, 0)) == 7 and nearest((0, 0, 254)) == 5


def test_handles_are_unique_and_the_seed_lies_beyond(tmp_path: Path) -> None:
    write_layers(both(), tmp_path / "a.dxf", WriteOptions(crs=METRES, label="name"))
    said = groups(tmp_path / "a.dxf")
    handles = [value for code, value in said if code in (5, 105)]
    seed = said[said.index((9, "$HANDSEED")) + 1][1]
    handles.remove(seed)
    assert len(set(handles)) == len(handles)
    assert max(int(one, 16) for one in handles) < int(seed, 16)
    owners = {value for code, value in said if code == 330} - {"0"}
    assert owners <= set(handles)


def test_collections_are_taken_apart(tmp_path: Path) -> None:
    shape = shapely.GeometryCollection(
        [shapely.MultiPoint([(0, 0), (1, 1)]), shapely.GeometryCollection([shapely.box(0, 0, 1000, 1000)])]
    )
    write.write(gpd.GeoDataFrame({"n": [1]}, geometry=[shape], crs="EPSG:4547"), tmp_path / "a.dxf")
    assert [one["shape"].geom_type for one in entities(tmp_path / "a.dxf")] == ["Point", "Point", "LineString"]
